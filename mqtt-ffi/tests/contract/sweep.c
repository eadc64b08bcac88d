/* What the program that is made from the header needs besides: see sweep.rs. */
#include "mqtt_core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s: %s\n", current, #condition);                                      \
            exit(EXIT_FAILURE);                                                                    \
        }                                                                                          \
    } while (0)

/* Bytes behind a pointer to bytes. */
#define BYTES ((size_t)512)
/* Choices of a view. */
#define VIEWS 6u
#define MOST_PARAMETERS 16
#define MOST_BLOCKS 512

typedef struct entry {
    const char *name;
    void (*call)(const unsigned pick[]);
    /* Choices of each parameter. */
    const unsigned *choices;
    size_t count;
    int gives_status;
    int frees;
    /* True if there are all objects that it is called with. */
    int (*has_objects)(void);
} entry;

static const char *current = "";
static size_t calls;

/* Memory that lasts as long as a call, each block by itself so that tools see its ends. */
static void *blocks[MOST_BLOCKS];
static size_t block_count;

static void *memory(size_t size) {
    REQUIRE(block_count < MOST_BLOCKS);
    void *block = calloc(1, size);
    REQUIRE(block != NULL);
    blocks[block_count++] = block;
    return block;
}

/* Blocks that objects may look at: they last as long as those. */
static size_t kept_count;

static void keep(void) {
    kept_count = block_count;
}

static void release(void) {
    while (block_count > kept_count) {
        free(blocks[--block_count]);
    }
}

static void release_all(void) {
    kept_count = 0;
    release();
}

/* A PUBLISH of 3.1.1 and 5.0 alike, and zeros. */
static void *bytes(void) {
    static const uint8_t packet[] = {0x30, 0x06, 0x00, 0x03, 'a', '/', 'b', 0x00};
    void *block = memory(BYTES);
    memcpy(block, packet, sizeof packet);
    return block;
}

static mqc_bytes view(unsigned choice) {
    static const uint8_t text[] = {'a', '/', 'b'};
    static const uint8_t no_text[] = {0xC3, 0x28, 0x00};
    const mqc_bytes views[VIEWS] = {
        {text, sizeof text}, {NULL, 0}, {NULL, 5}, {no_text, sizeof no_text}, {text, SIZE_MAX},
        {text, 0},
    };
    return views[choice];
}

#ifdef FAULTS
void mqc_fault_inject(uint32_t on);
static uint32_t armed;
static size_t panics;
static size_t without_object;
static int expects_panic;
#define ROUNDS 20

static void unarmed(void) {
    mqc_fault_inject(0);
}

static void rearm(void) {
    mqc_fault_inject(armed);
}

static void verdict(const char *name, mqc_status status) {
    calls++;
    /* What is refused before the body runs, but never with legal arguments. */
    const int may = !expects_panic && (status == MQC_POISONED || status == MQC_NULL_POINTER ||
                                       status == MQC_INVALID_ARGUMENT);
    if (status != MQC_PANIC && !may) {
        fprintf(stderr, "%s gives %s with a panic inside\n", name, mqc_status_name(status));
        exit(EXIT_FAILURE);
    }
}
#else
#define ROUNDS 300
static void unarmed(void) {}
static void rearm(void) {}

static void verdict(const char *name, mqc_status status) {
    calls++;
    const char *text = mqc_status_name(status);
    if (status == MQC_PANIC || status == MQC_POISONED || strcmp(text, "MQC_?") == 0) {
        fprintf(stderr, "%s gives %s (%u)\n", name, text, (unsigned)status);
        exit(EXIT_FAILURE);
    }
}
#endif

static void make_objects(void);
static void free_objects(void);
static int missing_objects(void);

static uint32_t next_number(void) {
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* The legal call, each parameter with each of its choices, all pairs of them, and many more. */
static void sweep(const entry *it) {
    unsigned pick[MOST_PARAMETERS] = {0};
    REQUIRE(it->count <= MOST_PARAMETERS);
    for (size_t a = 0; a < it->count; a++) {
        for (unsigned x = 0; x < it->choices[a]; x++) {
            for (size_t b = 0; b < it->count; b++) {
                for (unsigned y = 0; b != a && y < it->choices[b]; y++) {
                    memset(pick, 0, sizeof pick);
                    pick[a] = x;
                    pick[b] = y;
                    if (!it->frees) {
                        it->call(pick);
                    }
                }
            }
            memset(pick, 0, sizeof pick);
            pick[a] = x;
            /* A freed object is gone: 1 is NULL. */
            if (!it->frees || x == 1) {
                it->call(pick);
            }
        }
    }
    for (int round = 0; round < ROUNDS && !it->frees; round++) {
        for (size_t a = 0; a < it->count; a++) {
            pick[a] = next_number() % it->choices[a];
        }
        it->call(pick);
    }
}

static int run(const entry *entries, size_t count) {
    make_objects();
    if (missing_objects() != 0) {
        return EXIT_FAILURE;
    }
#ifdef FAULTS
    size_t answering = 0;
    for (size_t i = 0; i < count; i++) {
        const entry *it = &entries[i];
        const unsigned legal[MOST_PARAMETERS] = {0};
        current = it->name;
        if (it->gives_status) {
            /* The objects of the call before are of no use any more. */
            free_objects();
            make_objects();
            answering++;
            expects_panic = it->has_objects();
            armed = 1;
            rearm();
            it->call(legal);
            panics += (size_t)expects_panic;
            without_object += (size_t)!expects_panic;
            expects_panic = 0;
        }
        armed = 1;
        rearm();
        sweep(it);
        armed = 0;
        rearm();
    }
    free_objects();
    printf("faults: %zu functions answer, %zu caught a panic, %zu had no object; %zu calls\n",
           answering, panics, without_object, calls);
#else
    for (size_t i = 0; i < count; i++) {
        current = entries[i].name;
        const size_t before = calls;
        /* New ones: a call may have been the last that an object was good for. */
        free_objects();
        make_objects();
        sweep(&entries[i]);
        REQUIRE(!entries[i].gives_status || calls > before);
    }
    free_objects();
    printf("sweep: %zu functions, %zu calls\n", count, calls);
#endif
    return EXIT_SUCCESS;
}
