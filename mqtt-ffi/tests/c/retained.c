/* The index of retained messages: values by topic name, looked for by filter, in pages. */
#include "check.h"

static const mqc_version V5 = MQC_VERSION_V5;

static mqc_bytes text(const char *string) {
    return (mqc_bytes){(const uint8_t *)string, strlen(string)};
}

static mqc_retained *new_index(void) {
    mqc_retained *index = NULL;
    CHECK_STATUS(mqc_retained_new(NULL, &index), MQC_OK);
    CHECK(index != NULL);
    return index;
}

static void insert(mqc_retained *index, const char *topic, uint64_t value) {
    uint8_t found = 7;
    CHECK_STATUS(mqc_retained_insert(index, text(topic), value, &found, NULL), MQC_OK);
    CHECK(found == 0);
}

static size_t len_of(const mqc_retained *index) {
    size_t len = 77777;
    CHECK_STATUS(mqc_retained_len(index, &len), MQC_OK);
    return len;
}

static void changes(void) {
    mqc_retained *index = new_index();
    size_t bytes = 7;
    CHECK_STATUS(mqc_retained_heap_bytes(index, &bytes), MQC_OK);
    CHECK(bytes == 0);
    uint8_t found = 7;
    uint64_t value = 7;
    CHECK_STATUS(mqc_retained_insert(index, TEXT("a/b"), UINT64_MAX, &found, &value), MQC_OK);
    CHECK(found == 0 && value == 0);
    CHECK_STATUS(mqc_retained_insert(index, TEXT("a/b"), 5, &found, &value), MQC_OK);
    CHECK(found == 1 && value == UINT64_MAX);
    CHECK_STATUS(mqc_retained_get(index, TEXT("a/b"), &found, &value), MQC_OK);
    CHECK(found == 1 && value == 5);
    CHECK_STATUS(mqc_retained_get(index, TEXT("a"), &found, &value), MQC_OK);
    CHECK(found == 0 && value == 0 && len_of(index) == 1);
    CHECK_STATUS(mqc_retained_heap_bytes(index, &bytes), MQC_OK);
    CHECK(bytes > 0);

    mqc_retained *copy = NULL;
    CHECK_STATUS(mqc_retained_clone(index, &copy), MQC_OK);
    CHECK_STATUS(mqc_retained_remove(index, TEXT("a"), &found, &value), MQC_OK);
    CHECK(found == 0 && value == 0);
    CHECK_STATUS(mqc_retained_remove(index, TEXT("a/b"), &found, &value), MQC_OK);
    CHECK(found == 1 && value == 5 && len_of(index) == 0 && len_of(copy) == 1);
    insert(copy, "c", 1);
    CHECK_STATUS(mqc_retained_shrink(copy), MQC_OK);
    CHECK(len_of(copy) == 2);
    CHECK_STATUS(mqc_retained_clear(copy), MQC_OK);
    CHECK(len_of(copy) == 0);
    mqc_retained_free(copy);

    mqc_index_limits limits = MQC_INDEX_LIMITS_INIT;
    limits.max_entries = 1;
    limits.max_levels = 2;
    CHECK_STATUS(mqc_retained_set_limits(index, &limits), MQC_OK);
    CHECK_STATUS(mqc_retained_insert(index, TEXT("a/b/c"), 1, &found, NULL), MQC_ERR_INDEX_LEVELS);
    insert(index, "a/b", 1);
    CHECK_STATUS(mqc_retained_insert(index, TEXT("a"), 1, &found, NULL), MQC_ERR_INDEX_ENTRIES);
    CHECK_STATUS(mqc_retained_insert(index, TEXT("a/b"), 2, &found, NULL), MQC_OK);
    CHECK(found == 1);
    CHECK_STATUS(mqc_retained_set_limits(index, NULL), MQC_OK);
    insert(index, "a/b/c", 1);
    mqc_retained_free(index);
    CHECK_STATUS(mqc_retained_new(&limits, &index), MQC_OK);
    CHECK_STATUS(mqc_retained_insert(index, TEXT("a/b/c"), 1, NULL, NULL), MQC_ERR_INDEX_LEVELS);
    mqc_retained_free(index);
}

/* What a filter finds, in pages, is what is expected, in that order. */
static void finds(const mqc_retained *index, mqc_retained_cursor *cursor, const char *filter,
                  size_t page_len, const char *const *expected, size_t len) {
    CHECK_STATUS(mqc_retained_lookup(index, text(filter), V5, cursor), MQC_OK);
    size_t at = 0;
    for (;;) {
        const mqc_retained_entry *page;
        size_t count = 0;
        CHECK_STATUS(mqc_retained_cursor_next(cursor, index, page_len, &page, &count), MQC_OK);
        if (count == 0) {
            break;
        }
        CHECK(count <= page_len);
        for (size_t i = 0; i < count; i++, at++) {
            CHECK(at < len && equal(page[i].topic, text(expected[at])));
            CHECK(page[i].value == page[i].topic.len);
        }
    }
    CHECK(at == len);
}

static void lookups(void) {
    mqc_retained *index = new_index();
    mqc_retained_cursor *cursor = NULL;
    CHECK_STATUS(mqc_retained_cursor_new(&cursor), MQC_OK);
    const mqc_retained_entry *page = NULL;
    size_t count = 7;
    CHECK_STATUS(mqc_retained_cursor_next(cursor, index, 1, &page, &count), MQC_OK);
    CHECK(count == 0);

    const char *const names[] = {"a/b", "a/c", "a", "$SYS/b", "//", "a/b/c"};
    for (size_t i = 0; i < 6; i++) {
        insert(index, names[i], strlen(names[i]));
    }
    /* A name before those below it. */
    for (size_t page_len = 1; page_len < 5; page_len++) {
        finds(index, cursor, "a/#", page_len, (const char *const[]){"a", "a/b", "a/b/c", "a/c"}, 4);
        finds(index, cursor, "a/+", page_len, (const char *const[]){"a/b", "a/c"}, 2);
        finds(index, cursor, "$share/g/a/+", page_len, (const char *const[]){"a/b", "a/c"}, 2);
        finds(index, cursor, "$SYS/+", page_len, (const char *const[]){"$SYS/b"}, 1);
        finds(index, cursor, "+/b", page_len, (const char *const[]){"a/b"}, 1);
        finds(index, cursor, "//", page_len, (const char *const[]){"//"}, 1);
        finds(index, cursor, "b/#", page_len, NULL, 0);
    }
    CHECK_STATUS(mqc_retained_lookup(index, TEXT("$share/g/a"), MQC_VERSION_V311, cursor), MQC_OK);
    CHECK_STATUS(mqc_retained_cursor_next(cursor, index, SIZE_MAX, &page, &count), MQC_OK);
    CHECK(count == 0);

    /* A walk finds the names that begin with "$" too. */
    mqc_retained_walk *walk = NULL;
    mqc_retained_entry entry;
    CHECK_STATUS(mqc_retained_walk_new(index, &walk), MQC_OK);
    unsigned seen = 0;
    for (;;) {
        CHECK_STATUS(mqc_retained_walk_next(walk, index, &entry), MQC_OK);
        if (entry.topic.len == 0) {
            break;
        }
        for (unsigned i = 0; i < 6; i++) {
            if (equal(entry.topic, text(names[i]))) {
                CHECK((seen & 1u << i) == 0 && entry.value == entry.topic.len);
                seen |= 1u << i;
            }
        }
    }
    CHECK(seen == 63 && entry.value == 0);
    insert(index, "new", 3);
    CHECK_STATUS(mqc_retained_walk_next(walk, index, &entry), MQC_ERR_INDEX_CHANGED);
    mqc_retained_free(index);
    index = new_index();
    CHECK_STATUS(mqc_retained_walk_next(walk, index, &entry), MQC_INVALID_ARGUMENT);
    mqc_retained_walk_free(walk);
    mqc_retained_free(index);
    mqc_retained_cursor_free(cursor);
}

/* Pages of an index that changes in between. */
static void changing(void) {
    mqc_retained *index = new_index();
    mqc_retained_cursor *cursor = NULL;
    CHECK_STATUS(mqc_retained_cursor_new(&cursor), MQC_OK);
    for (uint64_t value = 0; value < 10; value++) {
        char name[8];
        snprintf(name, sizeof name, "a/%d", (int)value);
        insert(index, name, value);
    }
    const mqc_retained_entry *page;
    size_t count = 0;
    CHECK_STATUS(mqc_retained_lookup(index, TEXT("a/+"), V5, cursor), MQC_OK);
    CHECK_STATUS(mqc_retained_cursor_next(cursor, index, 4, &page, &count), MQC_OK);
    CHECK(count == 4 && page[3].value == 3);
    CHECK_STATUS(mqc_retained_remove(index, TEXT("a/3"), NULL, NULL), MQC_OK);
    CHECK_STATUS(mqc_retained_remove(index, TEXT("a/4"), NULL, NULL), MQC_OK);
    CHECK_STATUS(mqc_retained_insert(index, TEXT("a/5"), 55, NULL, NULL), MQC_OK);
    insert(index, "a/10", 10);
    CHECK_STATUS(mqc_retained_cursor_next(cursor, index, SIZE_MAX, &page, &count), MQC_OK);
    const uint64_t values[] = {55, 6, 7, 8, 9};
    CHECK(count == 5);
    for (size_t i = 0; i < 5; i++) {
        CHECK(page[i].value == values[i]);
    }
    CHECK_STATUS(mqc_retained_cursor_next(cursor, index, SIZE_MAX, &page, &count), MQC_OK);
    CHECK(count == 0);
    mqc_retained *other = new_index();
    CHECK_STATUS(mqc_retained_cursor_next(cursor, other, 1, &page, &count), MQC_INVALID_ARGUMENT);
    mqc_retained_free(other);
    mqc_retained_free(index);
    mqc_retained_cursor_free(cursor);
}

static void garbage(void) {
    mqc_retained *index = new_index();
    mqc_retained_cursor *cursor = NULL;
    mqc_retained *none = NULL;
    const mqc_bytes null = {NULL, 1};
    uint8_t found = 7;
    uint64_t value = 77777;
    size_t count = 77777;
    const mqc_retained_entry *page = NULL;
    mqc_index_limits limits = {1, 1, 1};
    CHECK_STATUS(mqc_retained_new(NULL, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_new(&limits, &none), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_retained_set_limits(index, &limits), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_retained_set_limits(NULL, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_clone(NULL, &none), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_clone(index, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_insert(NULL, TEXT("a"), 1, &found, &value), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_insert(index, null, 1, &found, &value), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_insert(index, TEXT("a/+"), 1, &found, &value),
                 MQC_ERR_TOPIC_WILDCARD);
    CHECK_STATUS(mqc_retained_remove(NULL, TEXT("a"), &found, &value), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_remove(index, null, &found, &value), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_get(NULL, TEXT("a"), &found, &value), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_get(index, TEXT(""), &found, &value), MQC_ERR_TOPIC_EMPTY);
    CHECK_STATUS(mqc_retained_len(NULL, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_len(index, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_heap_bytes(NULL, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_heap_bytes(index, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_clear(NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_shrink(NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_cursor_new(NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_cursor_new(&cursor), MQC_OK);
    CHECK_STATUS(mqc_retained_lookup(NULL, TEXT("a"), V5, cursor), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_lookup(index, TEXT("a"), V5, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_lookup(index, null, V5, cursor), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_lookup(index, TEXT("a"), 0, cursor), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_retained_lookup(index, TEXT("a+"), V5, cursor), MQC_ERR_FILTER_SINGLE_LEVEL);
    CHECK_STATUS(mqc_retained_cursor_next(NULL, index, 1, &page, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_cursor_next(cursor, NULL, 1, &page, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_cursor_next(cursor, index, 1, NULL, &count), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_cursor_next(cursor, index, 1, &page, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_cursor_next(cursor, index, 0, &page, &count), MQC_INVALID_ARGUMENT);
    mqc_retained_walk *walk = NULL;
    mqc_retained_entry entry;
    CHECK_STATUS(mqc_retained_walk_new(NULL, &walk), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_walk_new(index, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_walk_new(index, &walk), MQC_OK);
    CHECK_STATUS(mqc_retained_walk_next(NULL, index, &entry), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_walk_next(walk, NULL, &entry), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_retained_walk_next(walk, index, NULL), MQC_NULL_POINTER);
    CHECK(found == 7 && value == 77777 && count == 77777 && page == NULL && none == NULL);
    mqc_retained_walk_free(walk);
    mqc_retained_walk_free(NULL);
    mqc_retained_cursor_free(cursor);
    mqc_retained_cursor_free(NULL);
    mqc_retained_free(index);
    mqc_retained_free(NULL);
}

int main(void) {
    changes();
    lookups();
    changing();
    garbage();
    return EXIT_SUCCESS;
}
