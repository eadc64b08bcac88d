/* A PUBLISH is written into the caller's buffer: all of it, or its head for a vectored write. */
#include "check.h"

static mqc_packet publish(void) {
    mqc_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.packet_type = MQC_PACKET_PUBLISH;
    packet.body.publish.topic = TEXT("a/b");
    packet.body.publish.payload = TEXT("hi");
    packet.body.publish.qos = MQC_QOS_AT_LEAST_ONCE;
    packet.body.publish.packet_id = 10;
    return packet;
}

/* Decoding what was encoded, and encoding what was decoded, changes nothing. */
static void round_trip(const uint8_t *bytes, size_t len, mqc_version version) {
    mqc_packet packet;
    size_t size = 0;
    CHECK_STATUS(mqc_decode(bytes, len, version, NULL, &packet, &size, NULL), MQC_OK);
    size_t expected = 0;
    CHECK_STATUS(mqc_encoded_len(&packet, version, &expected), MQC_OK);
    CHECK(expected == len);

    uint8_t *out = malloc(len);
    CHECK(out != NULL);
    size_t written = 77;
    for (size_t capacity = 0; capacity < len; capacity++) {
        memset(out, 0x5A, len);
        CHECK_STATUS(mqc_encode(&packet, version, out, capacity, &written), MQC_BUFFER_TOO_SMALL);
        CHECK(written == 77);
        for (size_t i = 0; i < len; i++) {
            CHECK(out[i] == 0x5A);
        }
    }
    CHECK_STATUS(mqc_encode(&packet, version, out, len, &written), MQC_OK);
    CHECK(written == len);
    CHECK(memcmp(out, bytes, len) == 0);
    free(out);
}

/* The head alone, followed by the payload from where it is, makes the same packet. */
static void head_for_a_vectored_write(void) {
    const mqc_packet packet = publish();
    const mqc_bytes payload = packet.body.publish.payload;
    uint8_t head[16];
    size_t written = 0;
    CHECK_STATUS(mqc_encode_publish_head(&packet, MQC_VERSION_V311, head, sizeof head, &written),
                 MQC_OK);
    CHECK(written + payload.len == sizeof PUBLISH_V311);
    CHECK(memcmp(head, PUBLISH_V311, written) == 0);
    CHECK(memcmp(payload.data, PUBLISH_V311 + written, payload.len) == 0);
    CHECK_STATUS(mqc_encode_publish_head(&packet, MQC_VERSION_V311, head, written - 1, &written),
                 MQC_BUFFER_TOO_SMALL);
}

/* Fields that mean nothing may hold anything: the reserved ones, and the payload of a head. */
static void fields_that_mean_nothing(void) {
    const mqc_packet plain = publish();
    uint8_t expected[16], found[16];
    size_t len = 0, written = 0;
    CHECK_STATUS(mqc_encode(&plain, MQC_VERSION_V5, expected, sizeof expected, &len), MQC_OK);

    mqc_packet packet;
    memset(&packet, 0xA5, sizeof packet);
    packet.packet_type = plain.packet_type;
    packet.body.publish.dup = 0;
    packet.body.publish.qos = plain.body.publish.qos;
    packet.body.publish.retain = 0;
    packet.body.publish.packet_id = plain.body.publish.packet_id;
    packet.body.publish.topic = plain.body.publish.topic;
    packet.body.publish.properties = (mqc_bytes){NULL, 0};
    const size_t payload_len = plain.body.publish.payload.len;
    CHECK_STATUS(mqc_encode_stream_head(&packet, (uint32_t)payload_len, MQC_VERSION_V5, found,
                                        sizeof found, &written),
                 MQC_OK);
    CHECK(written + payload_len == len && memcmp(found, expected, written) == 0);
    packet.body.publish.payload = plain.body.publish.payload;
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V5, found, sizeof found, &written), MQC_OK);
    CHECK(written == len && memcmp(found, expected, len) == 0);

    mqc_property property;
    memset(&property, 0xA5, sizeof property);
    property.id = MQC_PROPERTY_TOPIC_ALIAS;
    property.number = 3;
    property.name = property.value = (mqc_bytes){NULL, 0};
    CHECK_STATUS(mqc_property_put(&property, found, sizeof found, &written), MQC_OK);
    CHECK(written == 3 && memcmp(found, "\x23\x00\x03", 3) == 0);

    mqc_subscription subscription;
    memset(&subscription, 0xA5, sizeof subscription);
    subscription.filter = TEXT("a/#");
    subscription.qos = MQC_QOS_AT_LEAST_ONCE;
    subscription.no_local = subscription.retain_as_published = 0;
    subscription.retain_handling = 0;
    CHECK_STATUS(mqc_subscription_put(&subscription, MQC_VERSION_V5, found, sizeof found, &written),
                 MQC_OK);
    CHECK(written == 6 && memcmp(found, "\0\3a/#\1", 6) == 0);
}

static void other_version(void) {
    /* The same values make one byte more in 5.0: no properties. */
    const mqc_packet packet = publish();
    size_t len = 0;
    CHECK_STATUS(mqc_encoded_len(&packet, MQC_VERSION_V5, &len), MQC_OK);
    CHECK(len == sizeof PUBLISH_V311 + 1);
    /* A buffer that is larger than needed is left alone behind the packet. */
    uint8_t out[32];
    memset(out, 0x5A, sizeof out);
    size_t written = 0;
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V5, out, sizeof out, &written), MQC_OK);
    CHECK(written == len && out[len] == 0x5A);
}

static void refused(void) {
    uint8_t out[32];
    size_t written = 77;
    mqc_packet packet = publish();
    packet.body.publish.topic = TEXT("a/#");
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V5, out, sizeof out, &written),
                 MQC_ERR_TOPIC_WILDCARD);
    packet = publish();
    packet.body.publish.topic = TEXT("\xFF");
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V5, out, sizeof out, &written), MQC_ERR_UTF8);
    packet = publish();
    packet.body.publish.topic.len = 0;
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V5, out, sizeof out, &written),
                 MQC_ERR_TOPIC_EMPTY);
    packet = publish();
    packet.body.publish.packet_id = 0;
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V5, out, sizeof out, &written),
                 MQC_ERR_PACKET_ID_ZERO);
    packet = publish();
    packet.body.publish.properties = TEXT("\x01\x01");
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V311, out, sizeof out, &written),
                 MQC_ERR_ENCODE_NOT_IN_VERSION);
    packet.body.publish.properties = TEXT("\x01\x02");
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V5, out, sizeof out, &written),
                 MQC_ERR_PROPERTY_VALUE);
    packet.body.publish.properties = TEXT("\x21\x00\x01");
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V5, out, sizeof out, &written),
                 MQC_ERR_PROPERTY_NOT_ALLOWED);
    packet.body.publish.properties = TEXT("\x23\x00");
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V5, out, sizeof out, &written),
                 MQC_ERR_PROPERTY_TRUNCATED);
    packet = publish();
    packet.packet_type = 16;
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V5, out, sizeof out, &written),
                 MQC_INVALID_ARGUMENT);
    packet.packet_type = MQC_PACKET_PINGREQ;
    CHECK_STATUS(mqc_encode_publish_head(&packet, MQC_VERSION_V5, out, sizeof out, &written),
                 MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_encode_stream_head(&packet, 1, MQC_VERSION_V5, out, sizeof out, &written),
                 MQC_INVALID_ARGUMENT);
    CHECK(written == 77);
}

/* A PUBACK loses its reason string first, then its user properties; a PUBLISH loses nothing. */
static void fitting(void) {
    mqc_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.packet_type = MQC_PACKET_PUBACK;
    packet.body.puback.packet_id = 7;
    packet.body.puback.reason_code = 0x97;
    packet.body.puback.properties = TEXT("\x1F\0\x04"
                                         "full"
                                         "\x26\0\x01k\0\x01v");
    const size_t whole = 20, without_reason = 13, bare = 5;
    const struct {
        uint32_t max;
        size_t len;
    } rows[] = {{20, whole}, {19, without_reason}, {13, without_reason}, {12, bare}, {5, bare}};
    uint8_t out[32];
    size_t written = 77;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_STATUS(mqc_encode_fit(&packet, MQC_VERSION_V5, rows[i].max, out, sizeof out, &written),
                     MQC_OK);
        CHECK(written == rows[i].len);
        mqc_packet again;
        size_t size = 0;
        CHECK_STATUS(mqc_decode(out, written, MQC_VERSION_V5, NULL, &again, &size, NULL), MQC_OK);
        CHECK(again.body.puback.packet_id == 7 && again.body.puback.reason_code == 0x97);
    }
    written = 77;
    CHECK_STATUS(mqc_encode_fit(&packet, MQC_VERSION_V5, 4, out, sizeof out, &written),
                 MQC_ERR_ENCODE_TOO_LARGE);
    CHECK_STATUS(mqc_encode_fit(&packet, MQC_VERSION_V5, 19, out, 12, &written),
                 MQC_BUFFER_TOO_SMALL);
    const mqc_packet message = publish();
    CHECK_STATUS(mqc_encode_fit(&message, MQC_VERSION_V5, 11, out, sizeof out, &written),
                 MQC_ERR_ENCODE_TOO_LARGE);
    CHECK(written == 77);
    CHECK_STATUS(mqc_encode_fit(&message, MQC_VERSION_V5, 12, out, sizeof out, &written), MQC_OK);
    CHECK(written == 12);
}

int main(void) {
    fitting();
    round_trip(PUBLISH_V311, sizeof PUBLISH_V311, MQC_VERSION_V311);
    round_trip(PUBLISH_V5, sizeof PUBLISH_V5, MQC_VERSION_V5);
    head_for_a_vectored_write();
    fields_that_mean_nothing();
    other_version();
    refused();
    return EXIT_SUCCESS;
}
