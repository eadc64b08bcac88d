/* A decoded PUBLISH is a set of views into the caller's buffer. */
#include "check.h"

static void decode_v311(void) {
    mqc_packet packet;
    size_t size = 0;
    CHECK_STATUS(mqc_decode(PUBLISH_V311, sizeof PUBLISH_V311, MQC_VERSION_V311, NULL, &packet,
                            &size, NULL),
                 MQC_OK);
    CHECK(size == sizeof PUBLISH_V311);
    CHECK(packet.packet_type == MQC_PACKET_PUBLISH);
    const mqc_publish *publish = &packet.body.publish;
    CHECK(publish->dup == 0 && publish->retain == 0);
    CHECK(publish->qos == MQC_QOS_AT_LEAST_ONCE);
    CHECK(publish->packet_id == 10);
    CHECK(equal(publish->topic, TEXT("a/b")));
    CHECK(equal(publish->payload, TEXT("hi")));
    CHECK(publish->properties.len == 0);
    CHECK(publish->topic.data == PUBLISH_V311 + 4);
    CHECK(publish->payload.data == PUBLISH_V311 + 9);
}

static void decode_v5(void) {
    mqc_packet packet;
    size_t size = 0;
    CHECK_STATUS(
        mqc_decode(PUBLISH_V5, sizeof PUBLISH_V5, MQC_VERSION_V5, NULL, &packet, &size, NULL),
        MQC_OK);
    CHECK(size == sizeof PUBLISH_V5);
    const mqc_publish *publish = &packet.body.publish;
    CHECK(publish->dup == 1 && publish->retain == 1);
    CHECK(publish->qos == MQC_QOS_EXACTLY_ONCE);
    CHECK(publish->packet_id == 258);
    CHECK(equal(publish->topic, TEXT("t")));
    CHECK(equal(publish->payload, TEXT("x\0y")));
    CHECK(publish->topic.data == PUBLISH_V5 + 4);
    CHECK(publish->properties.data == PUBLISH_V5 + 8);
    CHECK(publish->properties.len == 49);
    CHECK(publish->payload.data == PUBLISH_V5 + 57);
}

/* Packets follow one another in one buffer; the decoder looks at the first only. */
static void decode_two_in_a_row(void) {
    uint8_t stream[2 * sizeof PUBLISH_V311];
    memcpy(stream, PUBLISH_V311, sizeof PUBLISH_V311);
    memcpy(stream + sizeof PUBLISH_V311, PUBLISH_V311, sizeof PUBLISH_V311);
    size_t at = 0;
    int count = 0;
    while (at < sizeof stream) {
        mqc_packet packet;
        size_t size = 0;
        CHECK_STATUS(mqc_decode(stream + at, sizeof stream - at, MQC_VERSION_V311, NULL, &packet,
                                &size, NULL),
                     MQC_OK);
        CHECK(inside(packet.body.publish.topic, stream + at, size));
        CHECK(inside(packet.body.publish.payload, stream + at, size));
        at += size;
        count++;
    }
    CHECK(count == 2 && at == sizeof stream);
}

/* A large payload in memory of its own: the view is that memory, whatever its size. */
static void decode_large(void) {
    const size_t payload_len = 1 << 20;
    const size_t head_len = 4 + 3;
    uint8_t *buffer = malloc(head_len + payload_len);
    CHECK(buffer != NULL);
    const uint8_t head[] = {0x30, 0x83, 0x80, 0x40, 0x00, 0x01, 'b'};
    CHECK(sizeof head == head_len);
    memcpy(buffer, head, head_len);
    memset(buffer + head_len, 0xA5, payload_len);
    mqc_packet packet;
    size_t size = 0;
    CHECK_STATUS(mqc_decode(buffer, head_len + payload_len, MQC_VERSION_V31, NULL, &packet, &size,
                            NULL),
                 MQC_OK);
    CHECK(size == head_len + payload_len);
    CHECK(packet.body.publish.payload.data == buffer + head_len);
    CHECK(packet.body.publish.payload.len == payload_len);
    free(buffer);
}

static void other_packets_are_named(void) {
    const uint8_t pingreq_and_more[] = {0xC0, 0x00, 0x30};
    mqc_packet packet;
    size_t size = 0;
    CHECK_STATUS(mqc_decode(pingreq_and_more, sizeof pingreq_and_more, MQC_VERSION_V5, NULL,
                            &packet, &size, NULL),
                 MQC_OK);
    CHECK(packet.packet_type == MQC_PACKET_PINGREQ);
    CHECK(size == 2);
}

int main(void) {
    decode_v311();
    decode_v5();
    decode_two_in_a_row();
    decode_large();
    other_packets_are_named();
    return EXIT_SUCCESS;
}
