/* An illegal packet is refused with kind, place, statement and the answer to give. */
#include "check.h"

typedef struct row {
    const char *what;
    mqc_version version;
    mqc_status kind;
    size_t offset;
    const char *statement;
    mqc_response response;
    uint8_t reason_code;
    uint8_t property_id;
    size_t len;
    uint8_t bytes[16];
} row;

static const row PACKETS[] = {
    {"QoS 3", MQC_VERSION_V5, MQC_ERR_PUBLISH_QOS, 0, "MQTT-3.3.1-4", MQC_RESPONSE_DISCONNECT,
     0x81, 0, 1, {0x36}},
    {"QoS 3 in 3.1.1", MQC_VERSION_V311, MQC_ERR_PUBLISH_QOS, 0, "MQTT-3.3.1-4", MQC_RESPONSE_CLOSE,
     0x81, 0, 1, {0x36}},
    {"DUP with QoS 0", MQC_VERSION_V5, MQC_ERR_DUP_WITHOUT_QOS, 0, "MQTT-3.3.1-2",
     MQC_RESPONSE_DISCONNECT, 0x81, 0, 5, {0x38, 3, 0, 1, 'a'}},
    {"wildcard in topic", MQC_VERSION_V5, MQC_ERR_TOPIC_WILDCARD, 6, "MQTT-3.3.2-2",
     MQC_RESPONSE_DISCONNECT, 0x90, 0, 8, {0x30, 6, 0, 3, 'a', '/', '#', 0}},
    {"packet id 0", MQC_VERSION_V311, MQC_ERR_PACKET_ID_ZERO, 5, "MQTT-2.3.1-1",
     MQC_RESPONSE_CLOSE, 0x82, 0, 7, {0x32, 5, 0, 1, 'a', 0, 0}},
    {"topic past the end", MQC_VERSION_V311, MQC_ERR_TRUNCATED, 2, "MQTT-4.8.0-1",
     MQC_RESPONSE_CLOSE, 0x81, 0, 5, {0x30, 3, 0, 9, 'a'}},
    {"ill-formed UTF-8", MQC_VERSION_V5, MQC_ERR_UTF8, 5, "MQTT-1.5.4-1", MQC_RESPONSE_DISCONNECT,
     0x81, 0, 7, {0x30, 5, 0, 2, 'a', 0xFF, 0}},
    {"topic alias 0", MQC_VERSION_V5, MQC_ERR_TOPIC_ALIAS_ZERO, 6, "MQTT-3.3.2-8",
     MQC_RESPONSE_DISCONNECT, 0x94, MQC_PROPERTY_TOPIC_ALIAS, 9,
     {0x30, 7, 0, 1, 'a', 3, 0x23, 0, 0}},
    {"property of CONNECT", MQC_VERSION_V5, MQC_ERR_PROPERTY_NOT_ALLOWED, 6, "section 2.2.2.2",
     MQC_RESPONSE_DISCONNECT, 0x81, MQC_PROPERTY_RECEIVE_MAXIMUM, 9,
     {0x30, 7, 0, 1, 'a', 3, 0x21, 0, 9}},
    {"five bytes of length", MQC_VERSION_V5, MQC_ERR_VARINT_TOO_LONG, 4, "section 1.5.5",
     MQC_RESPONSE_DISCONNECT, 0x81, 0, 5, {0x30, 0xFF, 0xFF, 0xFF, 0xFF}},
    {"reserved type", MQC_VERSION_V5, MQC_ERR_PACKET_TYPE_RESERVED, 0, "section 2.1.2",
     MQC_RESPONSE_DISCONNECT, 0x81, 0, 1, {0x00}},
    {"CONNECT expected", MQC_VERSION_UNKNOWN, MQC_ERR_EXPECTED_CONNECT, 0, "MQTT-3.1.0-1",
     MQC_RESPONSE_CLOSE, 0x82, 0, 2, {0x30, 0}},
};

static void check(const row *illegal) {
    mqc_packet packet;
    memset(&packet, 0x5A, sizeof packet);
    const mqc_packet before = packet;
    size_t size = 77;
    mqc_decode_error error;
    const mqc_status status = mqc_decode(illegal->bytes, illegal->len, illegal->version, NULL,
                                         &packet, &size, &error);
    if (status != illegal->kind || error.offset != illegal->offset) {
        fprintf(stderr, "%s: %s at %zu\n", illegal->what, mqc_status_name(status), error.offset);
        exit(EXIT_FAILURE);
    }
    CHECK(error.kind == status);
    const mqc_bytes statement = {(const uint8_t *)illegal->statement, strlen(illegal->statement)};
    CHECK(equal(error.statement, statement));
    const mqc_bytes known = mqc_status_statement(status, error.packet_type, MQC_SENDER_UNKNOWN,
                                                 illegal->version);
    CHECK(illegal->version == MQC_VERSION_UNKNOWN ? known.len == 0 : equal(known, statement));
    CHECK(error.response == illegal->response);
    CHECK(error.reason_code == illegal->reason_code);
    CHECK(error.response_code == (error.response == MQC_RESPONSE_CLOSE ? 0 : error.reason_code));
    CHECK(error.property_id == illegal->property_id);
    CHECK(error.packet_type == (mqc_packet_type)(illegal->bytes[0] >> 4));
    /* Outputs are untouched. */
    CHECK(memcmp(&packet, &before, sizeof packet) == 0);
    CHECK(size == 77);
    /* The detail is optional. */
    CHECK_STATUS(mqc_decode(illegal->bytes, illegal->len, illegal->version, NULL, &packet, &size,
                            NULL),
                 illegal->kind);
}

static mqc_bytes statement(mqc_status status, mqc_packet_type type, mqc_sender sender) {
    return mqc_status_statement(status, type, sender, MQC_VERSION_V5);
}

static void statements(void) {
    const mqc_packet_type publish = MQC_PACKET_PUBLISH;
    const mqc_status zero = MQC_ERR_PACKET_ID_ZERO;
    CHECK(equal(statement(zero, publish, MQC_SENDER_CLIENT), TEXT("MQTT-2.2.1-3")));
    CHECK(equal(statement(zero, publish, MQC_SENDER_SERVER), TEXT("MQTT-2.2.1-4")));
    CHECK(equal(statement(zero, publish, MQC_SENDER_UNKNOWN), TEXT("section 2.2.1")));
    CHECK(equal(statement(zero, MQC_PACKET_SUBSCRIBE, MQC_SENDER_UNKNOWN), TEXT("MQTT-2.2.1-3")));
    CHECK(equal(statement(MQC_ERR_UTF8, MQC_PACKET_NONE, MQC_SENDER_UNKNOWN),
                TEXT("MQTT-1.5.4-1")));

    /* No fault of a packet, not of this one, none that all types share. */
    CHECK(statement(MQC_NEED_MORE, MQC_PACKET_CONNECT, MQC_SENDER_UNKNOWN).len == 0);
    CHECK(statement(MQC_ERR_STORE_CHECKSUM, publish, MQC_SENDER_UNKNOWN).len == 0);
    CHECK(statement(zero, MQC_PACKET_PINGREQ, MQC_SENDER_UNKNOWN).len == 0);
    CHECK(statement(MQC_ERR_SUBSCRIPTIONS_EMPTY, MQC_PACKET_NONE, MQC_SENDER_UNKNOWN).len == 0);
    /* 3.1.1 has no properties. */
    CHECK(mqc_status_statement(MQC_ERR_PROPERTY_VALUE, publish, MQC_SENDER_UNKNOWN,
                               MQC_VERSION_V311)
              .len == 0);
    /* Numbers that are none. */
    CHECK(statement(12345, publish, MQC_SENDER_UNKNOWN).len == 0);
    CHECK(statement(zero, 16, MQC_SENDER_UNKNOWN).len == 0);
    CHECK(statement(zero, publish, 3).len == 0);
    CHECK(mqc_status_statement(zero, publish, MQC_SENDER_UNKNOWN, 6).len == 0);

    /* A packet that was refused says the same when the decoder knows who sent it. */
    const uint8_t bytes[] = {0x32, 5, 0, 1, 'a', 0, 0, 0};
    for (mqc_sender sender = MQC_SENDER_UNKNOWN; sender <= MQC_SENDER_SERVER; sender++) {
        mqc_decode_options options = MQC_DECODE_OPTIONS_INIT;
        options.sender = sender;
        mqc_packet packet;
        size_t size = 0;
        mqc_decode_error error;
        CHECK_STATUS(mqc_decode(bytes, sizeof bytes, MQC_VERSION_V5, &options, &packet, &size,
                                &error),
                     zero);
        CHECK(equal(error.statement, statement(zero, publish, sender)));
    }
}

static void limits_and_switches(void) {
    const uint8_t dup[] = {0x38, 3, 0, 1, 'a'};
    mqc_packet packet;
    size_t size = 0;
    mqc_decode_error error;
    mqc_decode_options options = MQC_DECODE_OPTIONS_INIT;
    options.switches = MQC_ALLOW_DUP_QOS0;
    CHECK_STATUS(mqc_decode(dup, sizeof dup, MQC_VERSION_V311, &options, &packet, &size, NULL),
                 MQC_OK);
    CHECK(packet.body.publish.dup == 1);

    /* The size is judged on the header, before the body is there. */
    options.max_packet_size = 100;
    const uint8_t header[] = {0x30, 0x63};
    CHECK_STATUS(mqc_decode(header, 2, MQC_VERSION_V5, &options, &packet, &size, &error),
                 MQC_ERR_PACKET_TOO_LARGE);
    CHECK(error.offset == 1 && error.reason_code == 0x95);
    options.max_packet_size = 101;
    CHECK_STATUS(mqc_decode(header, 2, MQC_VERSION_V5, &options, &packet, &size, NULL),
                 MQC_NEED_MORE);

    /* A PUBLISH with subscription identifiers comes from a server only. */
    options.sender = MQC_SENDER_CLIENT;
    CHECK_STATUS(mqc_decode(PUBLISH_V5, sizeof PUBLISH_V5, MQC_VERSION_V5, &options, &packet,
                            &size, &error),
                 MQC_ERR_SUBSCRIPTION_ID_FROM_CLIENT);
    CHECK(error.property_id == MQC_PROPERTY_SUBSCRIPTION_IDENTIFIER);
    options.sender = MQC_SENDER_SERVER;
    CHECK_STATUS(mqc_decode(PUBLISH_V5, sizeof PUBLISH_V5, MQC_VERSION_V5, &options, &packet,
                            &size, NULL),
                 MQC_OK);
}

int main(void) {
    statements();
    for (size_t i = 0; i < sizeof PACKETS / sizeof PACKETS[0]; i++) {
        check(&PACKETS[i]);
    }
    limits_and_switches();
    return EXIT_SUCCESS;
}
