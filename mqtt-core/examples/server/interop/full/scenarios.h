/* What C programs need to play scenarios; programs.py tells how they are run. */

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* So many milliseconds each thing may take that is waited for. */
#define PATIENCE 10000
#define COUNT(list) (sizeof(list) / sizeof *(list))

typedef struct {
    const char *name;
    void (*play)(int version);
    /* Versions: a bit for each, as their number on the wire, 3, 4 and 5, says. */
    int versions;
} scenario;

enum { ALL = 1 << 3 | 1 << 4 | 1 << 5, ONLY_V5 = 1 << 5 };

static jmp_buf failed;
static char reason[1024];

static inline _Noreturn void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    longjmp(failed, 1);
}

static inline void expect(const char *what, long came, long expected) {
    if (came != expected) fail("%s: expected %ld (0x%lx), came %ld (0x%lx)", what, expected, expected, came, came);
}

static inline void expect_text(const char *what, const char *came, const char *expected) {
    if (came == NULL || strcmp(came, expected) != 0) fail("%s: expected \"%.200s\", came \"%.200s\"", what, expected, came ? came : "nothing");
}

static inline const char *setting(const char *name) {
    const char *value = getenv(name);
    if (value == NULL) fail("%s is not set", name);
    return value;
}

static inline int port(const char *name) { return atoi(setting(name)); }

/* A name that nobody else has; the caller's for as long as the program runs. */
static inline const char *fresh(const char *what) {
    static int number;
    char *name = malloc(128);
    snprintf(name, 128, "%s%s%d", setting("MQC_PREFIX"), what, ++number);
    return name;
}

/* Two names, one behind the other. */
static inline const char *joined(const char *one, const char *other) {
    char *name = malloc(strlen(one) + strlen(other) + 1);
    return strcat(strcpy(name, one), other);
}

static inline int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Plays all whose names have `part` in them; the exit status. */
static inline int play_all(const scenario *list, size_t count, const char *part, void (*after)(void)) {
    static const char *const versions[] = {[3] = "v31", [4] = "v311", [5] = "v5"};
    volatile int status = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (volatile size_t at = 0; at < count; ++at) {
        for (volatile int version = 3; version <= 5; ++version) {
            char name[200];
            snprintf(name, sizeof name, "%s %s", versions[version], list[at].name);
            if (!(list[at].versions & 1 << version) || !strstr(name, part ? part : "")) continue;
            /* What waits has a bound of its own; this is for a library that hangs. */
            alarm(60);
            if (setjmp(failed) == 0) {
                list[at].play(version);
                printf("ok %s\n", name);
            } else {
                printf("FAILED %s\n%s\n", name, reason);
                status = 1;
            }
            after();
        }
    }
    return status;
}
