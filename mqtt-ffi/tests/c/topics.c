/* Topic names and filters: what is legal, what is wrong with the rest and where, what matches. */
#include "check.h"

static const mqc_version VERSIONS[] = {MQC_VERSION_V31, MQC_VERSION_V311, MQC_VERSION_V5};

static mqc_bytes text(const char *string) {
    return (mqc_bytes){(const uint8_t *)string, strlen(string)};
}

static int is(mqc_bytes view, const char *string) {
    return equal(view, text(string));
}

/* All bytes 0x5A: what a function does not write stays so. */
#define UNTOUCHED(structure)                                                                       \
    (memset(&(structure), 0x5A, sizeof(structure)), (const uint8_t *)&(structure))

static int untouched(const uint8_t *bytes, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0x5A) {
            return 0;
        }
    }
    return 1;
}

static void bad_name(mqc_bytes name, mqc_status kind, size_t offset, const char *v311,
                     const char *v5) {
    for (size_t i = 0; i < 3; i++) {
        mqc_topic_info info;
        mqc_topic_error error;
        const uint8_t *bytes = UNTOUCHED(info);
        CHECK_STATUS(mqc_topic_check(name, VERSIONS[i], &info, &error), kind);
        CHECK(untouched(bytes, sizeof info));
        CHECK(error.kind == kind && error.reserved == 0 && error.offset == offset);
        CHECK(is(error.statement, VERSIONS[i] == MQC_VERSION_V5 ? v5 : v311));
        CHECK_STATUS(mqc_topic_check(name, VERSIONS[i], NULL, NULL), kind);
    }
}

static void names(void) {
    mqc_topic_info info;
    mqc_topic_error error;
    const uint8_t *bytes = UNTOUCHED(error);
    CHECK_STATUS(mqc_topic_check(TEXT("site/7//state"), MQC_VERSION_V5, &info, &error), MQC_OK);
    CHECK(untouched(bytes, sizeof error));
    CHECK(info.level_count == 4 && info.starts_with_dollar == 0);
    CHECK_STATUS(mqc_topic_check(TEXT("$SYS"), MQC_VERSION_V311, &info, NULL), MQC_OK);
    CHECK(info.level_count == 1 && info.starts_with_dollar == 1);
    for (size_t i = 0; i < sizeof info.reserved; i++) {
        CHECK(info.reserved[i] == 0);
    }

    bad_name(TEXT(""), MQC_ERR_TOPIC_EMPTY, 0, "MQTT-4.7.3-1", "MQTT-4.7.3-1");
    bad_name(TEXT("a/+"), MQC_ERR_TOPIC_WILDCARD, 2, "MQTT-4.7.1-1", "MQTT-4.7.0-1");
    bad_name(TEXT("a/b#"), MQC_ERR_TOPIC_WILDCARD, 3, "MQTT-4.7.1-1", "MQTT-4.7.0-1");
    bad_name(TEXT("a\0b"), MQC_ERR_NUL, 1, "MQTT-4.7.3-2", "MQTT-4.7.3-2");
    bad_name(TEXT("a\xC3\xA9\xFF"), MQC_ERR_UTF8, 3, "MQTT-1.5.3-1", "MQTT-1.5.4-1");

    static char longest[65536 + 1];
    memset(longest, 'a', 65536);
    mqc_bytes name = {(const uint8_t *)longest, 65535};
    CHECK_STATUS(mqc_topic_check(name, MQC_VERSION_V5, NULL, NULL), MQC_OK);
    name.len = 65536;
    bad_name(name, MQC_ERR_ENCODE_FIELD_TOO_LONG, 65535, "MQTT-4.7.3-3", "MQTT-4.7.3-3");
}

static void bad_filter(mqc_bytes filter, mqc_status kind, size_t offset, const char *statement) {
    mqc_filter_info info;
    mqc_topic_error error;
    const uint8_t *bytes = UNTOUCHED(info);
    CHECK_STATUS(mqc_filter_check(filter, MQC_VERSION_V5, &info, &error), kind);
    CHECK(untouched(bytes, sizeof info));
    CHECK(error.kind == kind && error.offset == offset && is(error.statement, statement));
    uint8_t matches = 7;
    CHECK_STATUS(mqc_filter_matches(filter, MQC_VERSION_V5, TEXT("a"), &matches), kind);
    CHECK_STATUS(mqc_filter_covers(filter, TEXT("a"), MQC_VERSION_V5, &matches), kind);
    CHECK_STATUS(mqc_filter_overlaps(TEXT("a"), filter, MQC_VERSION_V5, &matches), kind);
    CHECK(matches == 7);
}

static void filters(void) {
    mqc_filter_info info;
    const mqc_bytes shared = TEXT("$share/workers/$SYS/+/#");
    CHECK_STATUS(mqc_filter_check(shared, MQC_VERSION_V5, &info, NULL), MQC_OK);
    CHECK(info.is_shared == 1 && info.has_wildcards == 1 && info.starts_with_dollar == 1);
    CHECK(info.level_count == 3);
    CHECK(is(info.share_name, "workers") && is(info.filter, "$SYS/+/#"));
    CHECK(inside(info.share_name, shared.data, shared.len));
    CHECK(inside(info.filter, shared.data, shared.len));
    for (size_t i = 0; i < sizeof info.reserved; i++) {
        CHECK(info.reserved[i] == 0);
    }
    /* Before 5.0 this is a filter like others. */
    CHECK_STATUS(mqc_filter_check(shared, MQC_VERSION_V311, &info, NULL), MQC_OK);
    CHECK(info.is_shared == 0 && info.share_name.len == 0 && equal(info.filter, shared));
    CHECK(info.level_count == 5);
    CHECK_STATUS(mqc_filter_check(TEXT("a/b"), MQC_VERSION_V5, &info, NULL), MQC_OK);
    CHECK(info.is_shared == 0 && info.has_wildcards == 0 && info.starts_with_dollar == 0);

    bad_filter(TEXT(""), MQC_ERR_FILTER_EMPTY, 0, "MQTT-4.7.3-1");
    bad_filter(TEXT("a/#/b"), MQC_ERR_FILTER_MULTI_LEVEL, 2, "MQTT-4.7.1-1");
    bad_filter(TEXT("a/b+"), MQC_ERR_FILTER_SINGLE_LEVEL, 3, "MQTT-4.7.1-2");
    bad_filter(TEXT("$share/g"), MQC_ERR_SHARE_NAME, 0, "MQTT-4.8.2-2");
    bad_filter(TEXT("$share//a"), MQC_ERR_SHARE_NAME_EMPTY, 0, "MQTT-4.8.2-1");
    bad_filter(TEXT("a\0"), MQC_ERR_NUL, 1, "MQTT-4.7.3-2");
    bad_filter(TEXT("\x80"), MQC_ERR_UTF8, 0, "MQTT-1.5.4-1");
    CHECK_STATUS(mqc_filter_check(TEXT("$share//a"), MQC_VERSION_V311, NULL, NULL), MQC_OK);
}

static int matches(const char *filter, const char *topic, mqc_version version) {
    uint8_t result = 7;
    CHECK_STATUS(mqc_filter_matches(text(filter), version, text(topic), &result), MQC_OK);
    CHECK(result <= 1);
    return result;
}

static int covers(const char *filter, const char *other) {
    uint8_t result = 7;
    CHECK_STATUS(mqc_filter_covers(text(filter), text(other), MQC_VERSION_V5, &result), MQC_OK);
    CHECK(result <= 1);
    return result;
}

static int overlaps(const char *filter, const char *other) {
    uint8_t there = 7;
    uint8_t back = 7;
    CHECK_STATUS(mqc_filter_overlaps(text(filter), text(other), MQC_VERSION_V5, &there), MQC_OK);
    CHECK_STATUS(mqc_filter_overlaps(text(other), text(filter), MQC_VERSION_V5, &back), MQC_OK);
    CHECK(there == back && there <= 1);
    return there;
}

static void matching(void) {
    const mqc_version v5 = MQC_VERSION_V5;
    CHECK(matches("sport/+/#", "sport/tennis", v5));
    CHECK(!matches("sport/+/#", "sport", v5));
    CHECK(matches("sport/#", "sport", v5));
    CHECK(!matches("#", "$SYS/uptime", v5) && !matches("+/uptime", "$SYS/uptime", v5));
    CHECK(matches("$SYS/#", "$SYS/uptime", v5));
    CHECK(matches("$share/g/a/+", "a/b", v5) && !matches("$share/g/#", "$SYS/a", v5));
    CHECK(!matches("$share/g/a", "a", MQC_VERSION_V311));
    CHECK(matches("$share/g/a", "$share/g/a", MQC_VERSION_V311));
    CHECK(!matches("a", "A", v5) && matches("/+", "/", v5) && !matches("+", "/", v5));

    CHECK(covers("site/7/#", "site/7/+/state") && !covers("site/7/#", "site/+/state"));
    CHECK(!covers("#", "$SYS/#") && covers("#", "$share/g/a/+"));
    CHECK(overlaps("site/+/secret", "site/7/#") && !overlaps("site/+/secret", "site/7/state"));
    CHECK(!overlaps("#", "$SYS/#"));

    uint8_t result = 7;
    CHECK_STATUS(mqc_filter_matches(TEXT("a"), v5, TEXT("+"), &result), MQC_ERR_TOPIC_WILDCARD);
    CHECK(result == 7);
}

/* The levels of a text, from either end. */
static void levels_of(mqc_bytes whole, const char *const *expected, size_t count) {
    mqc_bytes rest = whole;
    mqc_bytes level;
    for (size_t i = 0; i < count; i++) {
        CHECK_STATUS(mqc_level_next(&rest, &level), MQC_OK);
        CHECK(level.data != NULL && is(level, expected[i]) && inside(level, whole.data, whole.len));
    }
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(mqc_level_next(&rest, &level), MQC_OK);
        CHECK(level.data == NULL && level.len == 0);
    }
    rest = whole;
    for (size_t i = count; i > 0; i--) {
        CHECK_STATUS(mqc_level_next_back(&rest, &level), MQC_OK);
        CHECK(level.data != NULL && is(level, expected[i - 1]));
    }
    CHECK_STATUS(mqc_level_next_back(&rest, &level), MQC_OK);
    CHECK(level.data == NULL);
    /* Both ends of one rest. */
    rest = whole;
    size_t taken = 0;
    for (;; taken++) {
        const size_t at = taken % 2 == 0 ? taken / 2 : count - 1 - taken / 2;
        CHECK_STATUS(taken % 2 == 0 ? mqc_level_next(&rest, &level) :
                                      mqc_level_next_back(&rest, &level), MQC_OK);
        if (level.data == NULL) {
            break;
        }
        CHECK(is(level, expected[at]));
    }
    CHECK(taken == count);
}

static void levels(void) {
    levels_of(TEXT("/site/7"), (const char *const[]){"", "site", "7"}, 3);
    levels_of(TEXT("/"), (const char *const[]){"", ""}, 2);
    levels_of(TEXT("a"), (const char *const[]){"a"}, 1);
    levels_of(TEXT("a//#"), (const char *const[]){"a", "", "#"}, 3);
}

static void garbage(void) {
    const mqc_version versions[] = {0, 1, 2, 6, 255, 256 + 5, UINT32_MAX};
    uint8_t result = 7;
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        const mqc_version version = versions[i];
        CHECK_STATUS(mqc_topic_check(TEXT("a"), version, NULL, NULL), MQC_INVALID_ARGUMENT);
        CHECK_STATUS(mqc_filter_check(TEXT("a"), version, NULL, NULL), MQC_INVALID_ARGUMENT);
        CHECK_STATUS(mqc_filter_matches(TEXT("a"), version, TEXT("a"), &result),
                     MQC_INVALID_ARGUMENT);
        CHECK_STATUS(mqc_filter_covers(TEXT("a"), TEXT("a"), version, &result),
                     MQC_INVALID_ARGUMENT);
        CHECK_STATUS(mqc_filter_overlaps(TEXT("a"), TEXT("a"), version, &result),
                     MQC_INVALID_ARGUMENT);
    }
    const mqc_version v5 = MQC_VERSION_V5;
    const mqc_bytes null = {NULL, 1};
    const mqc_bytes nothing = {NULL, 0};
    const mqc_bytes endless = {(const uint8_t *)"a", SIZE_MAX};
    CHECK_STATUS(mqc_topic_check(null, v5, NULL, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_topic_check(nothing, v5, NULL, NULL), MQC_ERR_TOPIC_EMPTY);
    CHECK_STATUS(mqc_topic_check(endless, v5, NULL, NULL), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_filter_check(null, v5, NULL, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_filter_check(nothing, v5, NULL, NULL), MQC_ERR_FILTER_EMPTY);
    CHECK_STATUS(mqc_filter_check(endless, v5, NULL, NULL), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_filter_matches(TEXT("a"), v5, TEXT("a"), NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_filter_matches(null, v5, TEXT("a"), &result), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_filter_matches(TEXT("a"), v5, null, &result), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_filter_covers(TEXT("a"), TEXT("a"), v5, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_filter_covers(TEXT("a"), null, v5, &result), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_filter_overlaps(TEXT("a"), TEXT("a"), v5, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_filter_overlaps(null, TEXT("a"), v5, &result), MQC_NULL_POINTER);
    CHECK(result == 7);

    mqc_bytes rest = TEXT("a");
    mqc_bytes level = {NULL, 7};
    CHECK_STATUS(mqc_level_next(NULL, &level), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_level_next(&rest, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_level_next_back(NULL, &level), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_level_next_back(&rest, NULL), MQC_NULL_POINTER);
    CHECK(is(rest, "a"));
    rest = null;
    CHECK_STATUS(mqc_level_next(&rest, &level), MQC_NULL_POINTER);
    rest = endless;
    CHECK_STATUS(mqc_level_next_back(&rest, &level), MQC_INVALID_ARGUMENT);
    CHECK(level.len == 7);
}

int main(void) {
    names();
    filters();
    matching();
    levels();
    garbage();
    return EXIT_SUCCESS;
}
