/* NULL, numbers outside their set, and structures of other sizes are refused, never followed. */
#include "check.h"

#define LEN (sizeof PUBLISH_V311)

static mqc_packet packet;
static size_t size;
static mqc_decode_error error;

static void null_pointers(void) {
    const mqc_version v = MQC_VERSION_V311;
    uint8_t out[64];
    mqc_property property = {0};
    mqc_bytes rest = TEXT("\x01\x01");

    CHECK_STATUS(mqc_decode(NULL, LEN, v, NULL, &packet, &size, &error), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_decode(PUBLISH_V311, LEN, v, NULL, NULL, &size, &error), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_decode(PUBLISH_V311, LEN, v, NULL, &packet, NULL, &error), MQC_NULL_POINTER);
    /* No bytes need no pointer. */
    CHECK_STATUS(mqc_decode(NULL, 0, v, NULL, &packet, &size, &error), MQC_NEED_MORE);

    CHECK_STATUS(mqc_frame_len(NULL, LEN, v, NULL, &size, &error), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_frame_len(PUBLISH_V311, LEN, v, NULL, NULL, &error), MQC_NULL_POINTER);

    CHECK_STATUS(mqc_decode(PUBLISH_V311, LEN, v, NULL, &packet, &size, NULL), MQC_OK);
    CHECK_STATUS(mqc_encoded_len(NULL, v, &size), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_encoded_len(&packet, v, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_encode(NULL, v, out, sizeof out, &size), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_encode(&packet, v, NULL, sizeof out, &size), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_encode(&packet, v, NULL, 0, &size), MQC_BUFFER_TOO_SMALL);
    CHECK_STATUS(mqc_encode(&packet, v, out, sizeof out, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_encode_publish_head(NULL, v, out, sizeof out, &size), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_encode_publish_head(&packet, v, NULL, sizeof out, &size), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_encode_publish_head(&packet, v, out, sizeof out, NULL), MQC_NULL_POINTER);
    mqc_packet broken = packet;
    broken.body.publish.topic.data = NULL;
    CHECK_STATUS(mqc_encode(&broken, v, out, sizeof out, &size), MQC_NULL_POINTER);
    broken = packet;
    broken.body.publish.payload.data = NULL;
    CHECK_STATUS(mqc_encode(&broken, v, out, sizeof out, &size), MQC_NULL_POINTER);
    broken.body.publish.payload.len = 0;
    CHECK_STATUS(mqc_encode(&broken, v, out, sizeof out, &size), MQC_OK);

    CHECK_STATUS(mqc_property_next(NULL, &property), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_property_next(&rest, NULL), MQC_NULL_POINTER);
    rest.data = NULL;
    CHECK_STATUS(mqc_property_next(&rest, &property), MQC_NULL_POINTER);
    property.id = MQC_PROPERTY_CONTENT_TYPE;
    property.value = rest;
    CHECK_STATUS(mqc_property_put(&property, out, sizeof out, &size), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_property_put(NULL, out, sizeof out, &size), MQC_NULL_POINTER);
    property.value.len = 0;
    CHECK_STATUS(mqc_property_put(&property, NULL, sizeof out, &size), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_property_put(&property, out, sizeof out, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_property_put(&property, out, sizeof out, &size), MQC_OK);
    CHECK(size == 3);
}

static void numbers_outside_their_set(void) {
    const mqc_version versions[] = {1, 2, 6, 255, 256 + 4, UINT32_MAX};
    uint8_t out[64];
    CHECK_STATUS(mqc_decode(PUBLISH_V311, LEN, MQC_VERSION_V311, NULL, &packet, &size, NULL),
                 MQC_OK);
    const mqc_packet good = packet;
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        CHECK_STATUS(mqc_decode(PUBLISH_V311, LEN, versions[i], NULL, &packet, &size, NULL),
                     MQC_INVALID_ARGUMENT);
        CHECK_STATUS(mqc_frame_len(PUBLISH_V311, LEN, versions[i], NULL, &size, NULL),
                     MQC_INVALID_ARGUMENT);
        CHECK_STATUS(mqc_encode(&good, versions[i], out, sizeof out, &size), MQC_INVALID_ARGUMENT);
    }
    /* To encode, the version must be known. */
    CHECK_STATUS(mqc_encode(&good, MQC_VERSION_UNKNOWN, out, sizeof out, &size),
                 MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_decode(PUBLISH_V311, SIZE_MAX, MQC_VERSION_V311, NULL, &packet, &size, NULL),
                 MQC_INVALID_ARGUMENT);

    packet = good;
    packet.body.publish.qos = 3;
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V311, out, sizeof out, &size),
                 MQC_INVALID_ARGUMENT);
    packet = good;
    packet.body.publish.retain = 2;
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V311, out, sizeof out, &size),
                 MQC_INVALID_ARGUMENT);
    packet = good;
    packet.body.publish.dup = 255;
    CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V311, out, sizeof out, &size),
                 MQC_INVALID_ARGUMENT);
}

static mqc_status decode_with(const mqc_decode_options *options) {
    return mqc_decode(PUBLISH_V311, LEN, MQC_VERSION_V311, options, &packet, &size, NULL);
}

static void options_of_any_size(void) {
    mqc_decode_options options = MQC_DECODE_OPTIONS_INIT;
    CHECK_STATUS(decode_with(&options), MQC_OK);
    options.switches = 1u << 31;
    CHECK_STATUS(decode_with(&options), MQC_INVALID_ARGUMENT);
    options.switches = 0;
    options.sender = 3;
    CHECK_STATUS(decode_with(&options), MQC_INVALID_ARGUMENT);
    options.struct_size = 0;
    CHECK_STATUS(decode_with(&options), MQC_INVALID_ARGUMENT);
    options.struct_size = sizeof options - 1;
    CHECK_STATUS(decode_with(&options), MQC_INVALID_ARGUMENT);

    /* A program compiled with an older header has fewer fields: the rest is not even looked at. */
    options.max_packet_size = 5;
    options.struct_size = offsetof(mqc_decode_options, max_user_properties);
    CHECK_STATUS(decode_with(&options), MQC_ERR_PACKET_TOO_LARGE);
    options.struct_size = offsetof(mqc_decode_options, max_packet_size);
    CHECK_STATUS(decode_with(&options), MQC_OK);

    /* One with a newer header has more: fine as long as it does not use them. */
    struct {
        mqc_decode_options known;
        uint64_t added;
    } newer = {MQC_DECODE_OPTIONS_INIT, 0};
    newer.known.struct_size = sizeof newer;
    CHECK_STATUS(decode_with(&newer.known), MQC_OK);
    newer.added = 1;
    CHECK_STATUS(decode_with(&newer.known), MQC_INVALID_ARGUMENT);
}

/* What is wrong with the call is found for acknowledgements too, which are decoded and encoded in a way of their own. */
static void acknowledgements(void) {
    const uint8_t bytes[] = {0x40, 2, 0, 7};
    mqc_packet ack, before;
    memset(&ack, 0x5A, sizeof ack);
    before = ack;
    size_t len = 77;
    CHECK_STATUS(mqc_decode(NULL, 4, MQC_VERSION_V5, NULL, &ack, &len, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_decode(bytes, 4, MQC_VERSION_V5, NULL, NULL, &len, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_decode(bytes, 4, MQC_VERSION_V5, NULL, &ack, NULL, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_decode(bytes, SIZE_MAX, MQC_VERSION_V5, NULL, &ack, &len, NULL),
                 MQC_INVALID_ARGUMENT);
    const mqc_version versions[] = {2, 6, UINT32_MAX};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        CHECK_STATUS(mqc_decode(bytes, 4, versions[i], NULL, &ack, &len, NULL),
                     MQC_INVALID_ARGUMENT);
    }
    CHECK_STATUS(mqc_decode(bytes, 4, MQC_VERSION_UNKNOWN, NULL, &ack, &len, NULL),
                 MQC_ERR_EXPECTED_CONNECT);
    mqc_decode_options options = MQC_DECODE_OPTIONS_INIT;
    options.max_packet_size = 3;
    CHECK_STATUS(mqc_decode(bytes, 4, MQC_VERSION_V5, &options, &ack, &len, NULL),
                 MQC_ERR_PACKET_TOO_LARGE);
    CHECK(len == 77 && memcmp(&ack, &before, sizeof ack) == 0);
    CHECK_STATUS(mqc_decode(bytes, 3, MQC_VERSION_V5, NULL, &ack, &len, NULL), MQC_NEED_MORE);
    CHECK(len == 1);

    CHECK_STATUS(mqc_decode(bytes, 4, MQC_VERSION_V5, NULL, &ack, &len, NULL), MQC_OK);
    uint8_t out[4] = {9, 9, 9, 9};
    const uint8_t untouched[4] = {9, 9, 9, 9};
    size_t written = 77;
    CHECK_STATUS(mqc_encode(NULL, MQC_VERSION_V5, out, 4, &written), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_encode(&ack, MQC_VERSION_V5, NULL, 4, &written), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_encode(&ack, MQC_VERSION_V5, out, 4, NULL), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_encode(&ack, MQC_VERSION_V5, out, SIZE_MAX, &written), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_encode(&ack, MQC_VERSION_UNKNOWN, out, 4, &written), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_encode(&ack, 6, out, 4, &written), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_encode(&ack, MQC_VERSION_V5, out, 3, &written), MQC_BUFFER_TOO_SMALL);
    ack.body.puback.packet_id = 0;
    CHECK_STATUS(mqc_encode(&ack, MQC_VERSION_V5, out, 4, &written), MQC_ERR_PACKET_ID_ZERO);
    CHECK(written == 77 && memcmp(out, untouched, 4) == 0);
}

int main(void) {
    acknowledgements();
    null_pointers();
    numbers_outside_their_set();
    options_of_any_size();
    return EXIT_SUCCESS;
}
