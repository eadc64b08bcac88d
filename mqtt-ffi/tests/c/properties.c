/* Properties are walked in place, in wire order, and built in the caller's memory. */
#include "check.h"

static const struct {
    mqc_property_id id;
    uint32_t number;
    size_t name_len, value_len;
    const char *name, *value;
} EXPECTED[] = {
    {MQC_PROPERTY_PAYLOAD_FORMAT_INDICATOR, 1, 0, 0, "", ""},
    {MQC_PROPERTY_MESSAGE_EXPIRY_INTERVAL, 86400, 0, 0, "", ""},
    {MQC_PROPERTY_USER_PROPERTY, 0, 1, 2, "k", "v1"},
    {MQC_PROPERTY_CONTENT_TYPE, 0, 0, 10, "", "text/plain"},
    {MQC_PROPERTY_CORRELATION_DATA, 0, 0, 2, "", "\0\xFF"},
    {MQC_PROPERTY_SUBSCRIPTION_IDENTIFIER, 128, 0, 0, "", ""},
    {MQC_PROPERTY_USER_PROPERTY, 0, 1, 2, "k", "v2"},
    {MQC_PROPERTY_RESPONSE_TOPIC, 0, 0, 2, "", "re"},
};
#define COUNT (sizeof EXPECTED / sizeof EXPECTED[0])

static mqc_bytes decoded_properties(void) {
    mqc_packet packet;
    size_t size = 0;
    CHECK_STATUS(
        mqc_decode(PUBLISH_V5, sizeof PUBLISH_V5, MQC_VERSION_V5, NULL, &packet, &size, NULL),
        MQC_OK);
    return packet.body.publish.properties;
}

static void walk(void) {
    const mqc_bytes all = decoded_properties();
    mqc_bytes rest = all;
    for (size_t i = 0; i < COUNT; i++) {
        mqc_property property;
        CHECK_STATUS(mqc_property_next(&rest, &property), MQC_OK);
        CHECK(property.id == EXPECTED[i].id);
        CHECK(property.number == EXPECTED[i].number);
        CHECK(property.name.len == EXPECTED[i].name_len);
        CHECK(property.value.len == EXPECTED[i].value_len);
        CHECK(memcmp(property.name.data, EXPECTED[i].name, EXPECTED[i].name_len) == 0);
        CHECK(memcmp(property.value.data, EXPECTED[i].value, EXPECTED[i].value_len) == 0);
        if (property.value.len > 0) {
            CHECK(inside(property.value, all.data, all.len));
        }
        if (property.name.len > 0) {
            CHECK(inside(property.name, all.data, all.len));
        }
    }
    /* At the end, and ever after, there is none. */
    for (int again = 0; again < 2; again++) {
        mqc_property property = {0};
        property.id = MQC_PROPERTY_USER_PROPERTY;
        CHECK_STATUS(mqc_property_next(&rest, &property), MQC_OK);
        CHECK(property.id == MQC_PROPERTY_NONE);
        CHECK(rest.len == 0);
    }
}

/* What was walked and written again is the same bytes. */
static void copy_one_by_one(void) {
    const mqc_bytes all = decoded_properties();
    mqc_bytes rest = all;
    uint8_t block[64];
    size_t len = 0;
    for (;;) {
        mqc_property property;
        CHECK_STATUS(mqc_property_next(&rest, &property), MQC_OK);
        if (property.id == MQC_PROPERTY_NONE) {
            break;
        }
        size_t written = 0;
        CHECK_STATUS(mqc_property_put(&property, block + len, sizeof block - len, &written),
                     MQC_OK);
        len += written;
    }
    const mqc_bytes copy = {block, len};
    CHECK(equal(copy, all));
}

static void put_is_all_or_nothing(void) {
    mqc_property property = {0};
    property.id = MQC_PROPERTY_USER_PROPERTY;
    property.name = TEXT("name");
    property.value = TEXT("value");
    uint8_t block[14];
    for (size_t capacity = 0; capacity < sizeof block; capacity++) {
        memset(block, 0x5A, sizeof block);
        size_t written = 77;
        CHECK_STATUS(mqc_property_put(&property, block, capacity, &written), MQC_BUFFER_TOO_SMALL);
        CHECK(written == 77);
        for (size_t i = 0; i < sizeof block; i++) {
            CHECK(block[i] == 0x5A);
        }
    }
    size_t written = 0;
    CHECK_STATUS(mqc_property_put(&property, block, sizeof block, &written), MQC_OK);
    CHECK(written == sizeof block);
    CHECK(memcmp(block, "\x26\0\4name\0\5value", sizeof block) == 0);
}

static void put_refuses_illegal_values(void) {
    static uint8_t long_bytes[65536];
    uint8_t block[16];
    size_t written = 77;
    mqc_property property = {0};
    CHECK_STATUS(mqc_property_put(&property, block, sizeof block, &written),
                 MQC_ERR_PROPERTY_UNKNOWN);
    property.id = MQC_PROPERTY_PAYLOAD_FORMAT_INDICATOR;
    property.number = 256;
    CHECK_STATUS(mqc_property_put(&property, block, sizeof block, &written),
                 MQC_ERR_PROPERTY_VALUE);
    property.id = MQC_PROPERTY_TOPIC_ALIAS;
    property.number = 65536;
    CHECK_STATUS(mqc_property_put(&property, block, sizeof block, &written),
                 MQC_ERR_PROPERTY_VALUE);
    property.id = MQC_PROPERTY_CORRELATION_DATA;
    property.value = (mqc_bytes){long_bytes, sizeof long_bytes};
    CHECK_STATUS(mqc_property_put(&property, block, sizeof block, &written),
                 MQC_ERR_ENCODE_FIELD_TOO_LONG);
    property.id = MQC_PROPERTY_SUBSCRIPTION_IDENTIFIER;
    property.number = 268435456;
    CHECK_STATUS(mqc_property_put(&property, block, sizeof block, &written),
                 MQC_ERR_PROPERTY_VALUE);
    CHECK(written == 77);
}

/* Bytes that no decoder has seen are judged as they are walked. */
static void walk_of_illegal_bytes(void) {
    static const struct {
        size_t len;
        mqc_status status;
        uint8_t bytes[4];
    } blocks[] = {
        {1, MQC_ERR_PROPERTY_UNKNOWN, {0x00}},
        {2, MQC_ERR_PROPERTY_UNKNOWN, {0x7F, 0x00}},
        {2, MQC_ERR_PROPERTY_TRUNCATED, {0x23, 0x00}},
        {4, MQC_ERR_PROPERTY_TRUNCATED, {0x03, 0x00, 0x02, 'a'}},
        {4, MQC_ERR_PROPERTY_TRUNCATED, {0x26, 0x00, 0x01, 'k'}},
        {3, MQC_ERR_PROPERTY_TRUNCATED, {0x0B, 0x80, 0x80}},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        mqc_bytes rest = {blocks[i].bytes, blocks[i].len};
        mqc_property property = {0};
        property.id = MQC_PROPERTY_TOPIC_ALIAS;
        CHECK_STATUS(mqc_property_next(&rest, &property), blocks[i].status);
        CHECK(property.id == MQC_PROPERTY_TOPIC_ALIAS);
        CHECK(rest.data == blocks[i].bytes && rest.len == blocks[i].len);
    }
}

/* An empty filter would look like the end of the list. */
static void filters_are_not_empty(void) {
    const uint8_t block[] = {0, 0, 1, 0, 1, 'a', 0};
    mqc_bytes rest = {block, sizeof block};
    mqc_subscription subscription;
    CHECK_STATUS(mqc_subscription_next(&rest, &subscription), MQC_ERR_TRUNCATED);
    CHECK(rest.len == sizeof block);
    mqc_bytes filter;
    CHECK_STATUS(mqc_filter_next(&rest, &filter), MQC_ERR_TRUNCATED);
    CHECK(rest.len == sizeof block);
}

int main(void) {
    filters_are_not_empty();
    walk();
    copy_one_by_one();
    put_is_all_or_nothing();
    put_refuses_illegal_values();
    walk_of_illegal_bytes();
    return EXIT_SUCCESS;
}
