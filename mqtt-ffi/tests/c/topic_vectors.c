/* Runs the shared vectors of topics; the arguments are their files: names.tsv, filters.tsv and
 * matches.tsv. The format is told in the README beside them. */
#include "check.h"

#define MAX_CELLS 8

static const char *row = "";

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, row, #condition);               \
            exit(EXIT_FAILURE);                                                                    \
        }                                                                                          \
    } while (0)

static unsigned hex_digit(char digit) {
    const char *digits = "0123456789ABCDEF";
    const char *found = strchr(digits, digit);
    EXPECT(digit != '\0' && found != NULL);
    return (unsigned)(found - digits);
}

/* The text of a cell, in which a backslash, an x and two digits are a byte; in place. */
static mqc_bytes unescape(char *cell) {
    uint8_t *out = (uint8_t *)cell;
    size_t len = 0;
    for (const char *at = cell; *at != '\0'; at++) {
        if (at[0] == '\\') {
            EXPECT(at[1] == 'x');
            out[len++] = (uint8_t)(hex_digit(at[2]) << 4 | hex_digit(at[3]));
            at += 3;
        } else {
            out[len++] = (uint8_t)*at;
        }
    }
    return (mqc_bytes){out, len};
}

static int is(mqc_bytes cell, const char *string) {
    return equal(cell, (mqc_bytes){(const uint8_t *)string, strlen(string)});
}

static int verdict(mqc_bytes cell) {
    EXPECT(is(cell, "valid") || is(cell, "invalid"));
    return is(cell, "valid");
}

static void run_name(const mqc_bytes *cells) {
    const mqc_version versions[] = {MQC_VERSION_V31, MQC_VERSION_V311, MQC_VERSION_V5};
    for (size_t i = 0; i < 3; i++) {
        const mqc_status status = mqc_topic_check(cells[0], versions[i], NULL, NULL);
        EXPECT((status == MQC_OK) == verdict(cells[1]));
        EXPECT(status == MQC_OK || (status >= 1000 && status < 1200));
    }
}

static void run_filter(const mqc_bytes *cells) {
    const mqc_version versions[] = {MQC_VERSION_V31, MQC_VERSION_V311, MQC_VERSION_V5};
    for (size_t i = 0; i < 3; i++) {
        const int is_v5 = versions[i] == MQC_VERSION_V5;
        mqc_filter_info info;
        const mqc_status status = mqc_filter_check(cells[0], versions[i], &info, NULL);
        EXPECT((status == MQC_OK) == verdict(cells[is_v5 ? 2 : 1]));
        if (status != MQC_OK) {
            continue;
        }
        const int shared = is_v5 && !is(cells[3], "-");
        EXPECT(info.is_shared == shared);
        EXPECT(shared ? equal(info.share_name, cells[3]) : info.share_name.len == 0);
        EXPECT(equal(info.filter, shared ? cells[4] : cells[0]));
    }
}

static void run_match(const mqc_bytes *cells) {
    const mqc_version versions[] = {MQC_VERSION_V31, MQC_VERSION_V311, MQC_VERSION_V5};
    const int old = is(cells[2], "3.1.1") || is(cells[2], "both");
    const int new = is(cells[2], "5.0") || is(cells[2], "both");
    EXPECT(old || new);
    EXPECT(is(cells[3], "yes") || is(cells[3], "no"));
    mqc_trie *trie;
    mqc_trie_matches *matches;
    mqc_retained *retained;
    mqc_retained_cursor *cursor;
    const mqc_granted granted = {0};
    CHECK_STATUS(mqc_trie_new(NULL, &trie), MQC_OK);
    CHECK_STATUS(mqc_trie_matches_new(&matches), MQC_OK);
    CHECK_STATUS(mqc_retained_new(NULL, &retained), MQC_OK);
    CHECK_STATUS(mqc_retained_cursor_new(&cursor), MQC_OK);
    CHECK_STATUS(mqc_retained_insert(retained, cells[1], 1, NULL, NULL), MQC_OK);
    for (size_t i = old ? 0 : 2; i < (new ? 3 : 2); i++) {
        uint8_t found = 7;
        CHECK_STATUS(mqc_filter_matches(cells[0], versions[i], cells[1], &found), MQC_OK);
        EXPECT(found == is(cells[3], "yes"));
        /* The indexes say the same. */
        size_t count = 7;
        CHECK_STATUS(mqc_trie_insert(trie, cells[0], versions[i], 1, &granted, NULL, NULL), MQC_OK);
        CHECK_STATUS(mqc_trie_match(trie, cells[1], matches, &count), MQC_OK);
        EXPECT(count == found);
        CHECK_STATUS(mqc_trie_remove(trie, cells[0], versions[i], 1, NULL, NULL), MQC_OK);
        const mqc_retained_entry *page;
        CHECK_STATUS(mqc_retained_lookup(retained, cells[0], versions[i], cursor), MQC_OK);
        CHECK_STATUS(mqc_retained_cursor_next(cursor, retained, 2, &page, &count), MQC_OK);
        EXPECT(count == found && (count == 0 || equal(page[0].topic, cells[1])));
    }
    mqc_trie_free(trie);
    mqc_trie_matches_free(matches);
    mqc_retained_free(retained);
    mqc_retained_cursor_free(cursor);
}

/* The rows of a table of so many columns without its header; the source is the last cell. */
static void run_table(const char *path, size_t columns, long spec_rows,
                      void (*run)(const mqc_bytes *)) {
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    static char line[1 << 20];
    static char shown[1 << 20];
    long rows = 0;
    long spec = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (rows++ == 0) {
            continue;
        }
        memcpy(shown, line, strlen(line) + 1);
        row = shown;
        mqc_bytes cells[MAX_CELLS];
        size_t count = 0;
        for (char *cell = line; cell != NULL;) {
            char *tab = strchr(cell, '\t');
            if (tab != NULL) {
                *tab++ = '\0';
            }
            EXPECT(count < columns);
            cells[count++] = unescape(cell);
            cell = tab;
        }
        EXPECT(count == columns);
        spec += is(cells[columns - 1], "spec");
        run(cells);
    }
    fclose(file);
    row = path;
    EXPECT(rows > 100 && spec == spec_rows);
}

int main(int argc, char **argv) {
    int tables = 0;
    for (int i = 1; i < argc; i++) {
        if (strstr(argv[i], "names.tsv") != NULL) {
            run_table(argv[i], 3, 0, run_name);
            tables |= 1;
        } else if (strstr(argv[i], "filters.tsv") != NULL) {
            run_table(argv[i], 6, 33, run_filter);
            tables |= 2;
        } else {
            CHECK(strstr(argv[i], "matches.tsv") != NULL);
            run_table(argv[i], 5, 90, run_match);
            tables |= 4;
        }
    }
    CHECK(tables == 7);
    return EXIT_SUCCESS;
}
