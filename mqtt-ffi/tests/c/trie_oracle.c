/* The tries beside a list that is searched from end to end by a matcher of a few lines: thousands
 * of random filters and topics, put in and taken out, looked for whole and in pages. */
#include "check.h"

#define SUBSCRIPTIONS 3000
#define KEYS 40
#define STEPS 12000

typedef struct subscription {
    char filter[48];
    uint64_t key;
    mqc_granted granted;
} subscription;

static subscription subscriptions[SUBSCRIPTIONS];
static size_t len;

/* The same numbers everywhere. */
static uint32_t below(uint32_t bound) {
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % bound;
}

static mqc_bytes text(const char *string) {
    return (mqc_bytes){(const uint8_t *)string, strlen(string)};
}

/* Does a filter without share name match? Level by level. */
static int matches(const char *filter, const char *topic) {
    if (topic[0] == '$' && (filter[0] == '+' || filter[0] == '#')) {
        return 0;
    }
    for (;;) {
        if (strcmp(filter, "#") == 0) {
            return 1;
        }
        const size_t level = strcspn(topic, "/");
        const size_t pattern = strcspn(filter, "/");
        const int same = level == pattern && memcmp(topic, filter, level) == 0;
        if (!same && !(pattern == 1 && filter[0] == '+')) {
            return 0;
        }
        topic += level;
        filter += pattern;
        if (*topic == '\0') {
            return *filter == '\0' || strcmp(filter, "/#") == 0;
        }
        if (*filter == '\0') {
            return 0;
        }
        topic++;
        filter++;
    }
}

static void append_level(char *out, const char *level) {
    if (out[0] != '\0' && strcmp(out, "$share/g/") != 0 && strcmp(out, "$share/h/") != 0) {
        strcat(out, "/");
    }
    strcat(out, level);
}

static void some_topic(char *out) {
    const char *levels[] = {"a", "b", "c", "aa", "$SYS", "d"};
    const uint32_t count = 1 + below(4);
    out[0] = '\0';
    for (uint32_t i = 0; i < count; i++) {
        append_level(out, levels[below(6)]);
    }
}

static void some_filter(char *out) {
    const char *levels[] = {"a", "b", "c", "aa", "$SYS", "+", "+"};
    const uint32_t count = 1 + below(4);
    strcpy(out, below(5) > 0 ? "" : below(2) > 0 ? "$share/g/" : "$share/h/");
    for (uint32_t i = 0; i < count; i++) {
        append_level(out, i + 1 == count && below(4) == 0 ? "#" : levels[below(7)]);
    }
}

/* The part that matches. */
static const char *inner(const char *filter) {
    return strncmp(filter, "$share/", 7) == 0 ? filter + 9 : filter;
}

static subscription *find(const char *filter, uint64_t key) {
    for (size_t i = 0; i < len; i++) {
        if (subscriptions[i].key == key && strcmp(subscriptions[i].filter, filter) == 0) {
            return &subscriptions[i];
        }
    }
    return NULL;
}

static void change(mqc_trie *trie) {
    char filter[48];
    some_filter(filter);
    uint64_t key = below(KEYS);
    if (below(3) == 0 && len > 0) {
        /* One that is there. */
        const subscription *there = &subscriptions[below((uint32_t)len)];
        strcpy(filter, there->filter);
        key = there->key;
    }
    subscription *there = find(filter, key);
    uint8_t found = 7;
    mqc_granted old;
    const mqc_granted none = {0};
    const mqc_granted before = there == NULL ? none : there->granted;
    const int existed = there != NULL;
    if (below(3) > 0 && (there != NULL || len < SUBSCRIPTIONS)) {
        const mqc_granted granted = {(mqc_qos)below(3), (uint8_t)below(2), (uint8_t)below(2), 0,
                                     below(100)};
        CHECK_STATUS(mqc_trie_insert(trie, text(filter), MQC_VERSION_V5, key, &granted, &found,
                                     &old), MQC_OK);
        if (there == NULL) {
            there = &subscriptions[len++];
            strcpy(there->filter, filter);
            there->key = key;
        }
        there->granted = granted;
    } else {
        CHECK_STATUS(mqc_trie_remove(trie, text(filter), MQC_VERSION_V5, key, &found, &old),
                     MQC_OK);
        if (existed) {
            *there = subscriptions[--len];
        }
    }
    CHECK(found == existed && memcmp(&old, &before, sizeof old) == 0);
    size_t count = 0;
    CHECK_STATUS(mqc_trie_len(trie, &count), MQC_OK);
    CHECK(count == len);
}

/* A number for each find, so that two lists can be compared whatever their order. */
static uint64_t number_of(uint64_t key, const mqc_granted *granted) {
    uint64_t number = key * 1000003 + granted->qos * 7 + granted->no_local * 31u +
                      granted->retain_as_published * 131u + granted->subscription_id * 1009u + 1;
    number *= 0x9E3779B97F4A7C15u;
    return number ^ number >> 29;
}

/* Members of the groups of one match count as finds, marked. */
#define MEMBER 0xD6E8FEB86659FD93u

static void look(const mqc_trie *trie, mqc_trie_matches *scratch, const char *topic,
                 size_t page_len) {
    uint64_t expected = 0;
    size_t own = 0;
    size_t members = 0;
    for (size_t i = 0; i < len; i++) {
        const subscription *at = &subscriptions[i];
        if (matches(inner(at->filter), topic)) {
            const int is_member = inner(at->filter) != at->filter;
            expected += number_of(at->key, &at->granted) * (is_member ? MEMBER : 1);
            *(is_member ? &members : &own) += 1;
        }
    }
    size_t count = 0;
    CHECK_STATUS(mqc_trie_match(trie, text(topic), scratch, &count), MQC_OK);
    const size_t announced = count;
    uint64_t sum = 0;
    size_t found_own = 0;
    size_t found_members = 0;
    size_t finds = 0;
    for (;;) {
        const mqc_trie_found *found;
        CHECK_STATUS(mqc_trie_matches_next(scratch, trie, page_len, &found, &count), MQC_OK);
        if (count == 0) {
            break;
        }
        CHECK(count <= page_len);
        finds += count;
        for (size_t i = 0; i < count; i++) {
            if (found[i].kind == MQC_FOUND_SUBSCRIBER) {
                sum += number_of(found[i].key, &found[i].granted);
                found_own++;
                continue;
            }
            CHECK(found[i].kind == MQC_FOUND_GROUP);
            const mqc_trie_member *group;
            size_t group_len = 0;
            CHECK_STATUS(mqc_trie_matches_members(scratch, trie, found[i].group, &group,
                                                  &group_len), MQC_OK);
            CHECK(group_len == found[i].member_count && group_len > 0);
            for (size_t k = 0; k < group_len; k++) {
                sum += number_of(group[k].key, &group[k].granted) * MEMBER;
            }
            found_members += group_len;
        }
    }
    CHECK(found_own == own && found_members == members && sum == expected && finds == announced);
}

/* Retained messages by the same filters. */
static void retained(void) {
    enum { NAMES = 800 };
    static char names[NAMES][48];
    size_t count = 0;
    mqc_retained *index = NULL;
    mqc_retained_cursor *cursor = NULL;
    CHECK_STATUS(mqc_retained_new(NULL, &index), MQC_OK);
    CHECK_STATUS(mqc_retained_cursor_new(&cursor), MQC_OK);
    for (int step = 0; step < 4000; step++) {
        char name[48];
        some_topic(name);
        size_t at = 0;
        while (at < count && strcmp(names[at], name) != 0) {
            at++;
        }
        uint8_t found = 7;
        uint64_t old = 7;
        if (below(3) > 0 && count < NAMES) {
            CHECK_STATUS(mqc_retained_insert(index, text(name), strlen(name), &found, &old),
                         MQC_OK);
            if (at == count) {
                strcpy(names[count++], name);
                CHECK(found == 0 && old == 0);
            } else {
                CHECK(found == 1 && old == strlen(name));
            }
        } else {
            CHECK_STATUS(mqc_retained_remove(index, text(name), &found, &old), MQC_OK);
            CHECK(found == (at < count) && old == (at < count ? strlen(name) : 0));
            if (at < count) {
                memmove(names[at], names[--count], sizeof names[0]);
            }
        }
        char filter[48];
        some_filter(filter);
        const size_t page_len = 1 + below(9);
        CHECK_STATUS(mqc_retained_lookup(index, text(filter), MQC_VERSION_V5, cursor), MQC_OK);
        size_t finds = 0;
        static uint8_t seen[NAMES];
        memset(seen, 0, sizeof seen);
        for (;;) {
            const mqc_retained_entry *page;
            size_t page_count = 0;
            CHECK_STATUS(mqc_retained_cursor_next(cursor, index, page_len, &page, &page_count),
                         MQC_OK);
            if (page_count == 0) {
                break;
            }
            for (size_t i = 0; i < page_count; i++) {
                size_t name_at = 0;
                while (name_at < count && !equal(text(names[name_at]), page[i].topic)) {
                    name_at++;
                }
                CHECK(name_at < count && !seen[name_at]++);
                CHECK(matches(inner(filter), names[name_at]));
                CHECK(page[i].value == page[i].topic.len);
            }
            finds += page_count;
        }
        size_t expected = 0;
        for (size_t i = 0; i < count; i++) {
            expected += (size_t)matches(inner(filter), names[i]);
        }
        CHECK(finds == expected);
    }
    CHECK(count > 100);
    mqc_retained_free(index);
    mqc_retained_cursor_free(cursor);
}

int main(void) {
    mqc_trie *trie = NULL;
    mqc_trie_matches *scratch = NULL;
    CHECK_STATUS(mqc_trie_new(NULL, &trie), MQC_OK);
    CHECK_STATUS(mqc_trie_matches_new(&scratch), MQC_OK);
    size_t most = 0;
    for (int step = 0; step < STEPS; step++) {
        change(trie);
        if (step % 4 == 0) {
            char topic[48];
            some_topic(topic);
            look(trie, scratch, topic, step % 8 == 0 ? SIZE_MAX : 1 + below(7));
        }
        most = len > most ? len : most;
    }
    CHECK(most > 1000);
    for (uint64_t key = 0; key < KEYS; key++) {
        size_t expected = 0;
        for (size_t i = 0; i < len;) {
            if (subscriptions[i].key == key) {
                subscriptions[i] = subscriptions[--len];
                expected++;
            } else {
                i++;
            }
        }
        size_t count = 0;
        CHECK_STATUS(mqc_trie_remove_key(trie, key, &count), MQC_OK);
        CHECK(count == expected);
        look(trie, scratch, "a/b", SIZE_MAX);
    }
    CHECK(len == 0);
    mqc_trie_free(trie);
    mqc_trie_matches_free(scratch);
    retained();
    return EXIT_SUCCESS;
}
