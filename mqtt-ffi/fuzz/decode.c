/* A libFuzzer target for the codec through C: what is decoded lies in the input, can be walked and
 * named, encodes to what decodes alike, and a stream of the same bytes, chopped, tells the same.
 *
 * The first byte of the input is the version and the sender, the second how the stream is chopped. */
#include "mqtt_core.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_len);

/* The input of this run. */
static const uint8_t *data;
static size_t len;

static void inside(mqc_bytes view) {
    REQUIRE(view.len == 0 || (view.data >= data && view.data + view.len <= data + len));
}

static void walk_properties(mqc_bytes rest) {
    inside(rest);
    for (;;) {
        mqc_property property, found;
        const mqc_bytes before = rest;
        REQUIRE(mqc_property_next(&rest, &property) == MQC_OK);
        if (property.id == MQC_PROPERTY_NONE) {
            break;
        }
        REQUIRE(rest.len < before.len);
        inside(property.name);
        inside(property.value);
        REQUIRE(strcmp(mqc_property_name(property.id), "?") != 0);
        REQUIRE(mqc_property_find(before, property.id, &found) == MQC_OK);
        REQUIRE(found.id == property.id && found.number == property.number &&
                found.value.data == property.value.data);
        const size_t room = 5 + property.name.len + property.value.len;
        uint8_t *out = malloc(room);
        REQUIRE(out != NULL);
        size_t written = 0;
        REQUIRE(mqc_property_put(&property, out, room, &written) == MQC_OK);
        REQUIRE(written <= room);
        free(out);
    }
}

static void walk_subscriptions(mqc_bytes rest) {
    mqc_subscription found;
    do {
        REQUIRE(mqc_subscription_next(&rest, &found) == MQC_OK);
        inside(found.filter);
    } while (found.filter.len != 0);
    REQUIRE(rest.len == 0);
}

static void walk_filters(mqc_bytes rest) {
    mqc_bytes found;
    do {
        REQUIRE(mqc_filter_next(&rest, &found) == MQC_OK);
        inside(found);
    } while (found.len != 0);
    REQUIRE(rest.len == 0);
}

/* Every view of a packet lies in the input, and every block can be walked. */
static void walk(const mqc_packet *packet) {
    const mqc_packet_body *body = &packet->body;
    switch (packet->packet_type) {
    case MQC_PACKET_CONNECT:
        walk_properties(body->connect.properties);
        inside(body->connect.client_id);
        if (body->connect.has_will) {
            walk_properties(body->connect.will_properties);
            inside(body->connect.will_topic);
            inside(body->connect.will_payload);
        }
        break;
    case MQC_PACKET_CONNACK:
        walk_properties(body->connack.properties);
        break;
    case MQC_PACKET_PUBLISH:
        walk_properties(body->publish.properties);
        inside(body->publish.topic);
        inside(body->publish.payload);
        break;
    case MQC_PACKET_PUBACK:
    case MQC_PACKET_PUBREC:
    case MQC_PACKET_PUBREL:
    case MQC_PACKET_PUBCOMP:
        walk_properties(body->puback.properties);
        break;
    case MQC_PACKET_SUBSCRIBE:
        walk_properties(body->subscribe.properties);
        walk_subscriptions(body->subscribe.subscriptions);
        break;
    case MQC_PACKET_UNSUBSCRIBE:
        walk_properties(body->unsubscribe.properties);
        walk_filters(body->unsubscribe.filters);
        break;
    case MQC_PACKET_SUBACK:
    case MQC_PACKET_UNSUBACK:
        walk_properties(body->suback.properties);
        inside(body->suback.reason_codes);
        break;
    case MQC_PACKET_DISCONNECT:
        walk_properties(body->disconnect.properties);
        break;
    case MQC_PACKET_AUTH:
        walk_properties(body->auth.properties);
        break;
    default:
        REQUIRE(packet->packet_type == MQC_PACKET_PINGREQ ||
                packet->packet_type == MQC_PACKET_PINGRESP);
    }
}

/* What was decoded encodes, and the encoding is a fixed point. `version` is of the connection. */
static void encode(const mqc_packet *packet, mqc_version version,
                   const mqc_decode_options *options) {
    size_t expected = 0, written = 0, size = 0, again = 0;
    if (packet->packet_type == MQC_PACKET_CONNECT) {
        version = packet->body.connect.version;
    }
    REQUIRE(mqc_encoded_len(packet, version, &expected) == MQC_OK);
    uint8_t *out = malloc(expected), *second = malloc(expected);
    REQUIRE(out != NULL && second != NULL);
    REQUIRE(mqc_encode(packet, version, out, expected - 1, &written) == MQC_BUFFER_TOO_SMALL);
    REQUIRE(mqc_encode(packet, version, out, expected, &written) == MQC_OK);
    REQUIRE(written == expected);
    mqc_packet decoded;
    REQUIRE(mqc_decode(out, written, version, options, &decoded, &size, NULL) == MQC_OK);
    REQUIRE(size == written && decoded.packet_type == packet->packet_type);
    REQUIRE(mqc_encode(&decoded, version, second, expected, &again) == MQC_OK);
    REQUIRE(again == written && memcmp(out, second, written) == 0);
    if (packet->packet_type == MQC_PACKET_PUBLISH) {
        const mqc_bytes payload = packet->body.publish.payload;
        REQUIRE(mqc_encode_publish_head(packet, version, second, expected, &again) == MQC_OK);
        REQUIRE(again + payload.len == written && memcmp(out, second, again) == 0);
        REQUIRE(mqc_encode_stream_head(packet, (uint32_t)payload.len, version, second, expected,
                                       &again) == MQC_OK);
        REQUIRE(again + payload.len == written && memcmp(out, second, again) == 0);
    }
    free(out);
    free(second);
}

/* The packets of a stream are those that decoding one after another gives, up to the first fault. */
static void stream(mqc_version version, const mqc_decode_options *options, size_t step,
                   size_t packets, mqc_status end) {
    uint8_t *buffer = malloc(len + 1);
    REQUIRE(buffer != NULL);
    mqc_stream state;
    REQUIRE(mqc_stream_init(&state, buffer, len + 1, version, options) == MQC_OK);
    size_t found = 0;
    mqc_status status = MQC_OK;
    for (size_t at = 0; at < len && status == MQC_OK; at += step) {
        mqc_bytes rest = {data + at, len - at < step ? len - at : step};
        mqc_stream_item item;
        mqc_decode_error error;
        while ((status = mqc_stream_next(&state, &rest, &item, &error)) == MQC_OK &&
               item.kind != MQC_STREAM_NONE) {
            size_t needed = 0;
            REQUIRE(mqc_stream_needed(&state, &needed) == MQC_OK && needed > 0);
            /* The buffer holds all of the input: a packet comes in parts if it is still larger. */
            found += item.kind == MQC_STREAM_PACKET;
        }
        REQUIRE(status != MQC_OK || rest.len == 0);
    }
    REQUIRE(status != MQC_PANIC && status != MQC_POISONED);
    if (end != MQC_NEED_MORE) {
        REQUIRE(status == end);
        REQUIRE(found == packets);
    } else {
        REQUIRE(status != MQC_OK || found == packets);
    }
    free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_len) {
    static const mqc_version versions[] = {MQC_VERSION_UNKNOWN, MQC_VERSION_V31, MQC_VERSION_V311,
                                           MQC_VERSION_V5};
    if (input_len < 2) {
        return 0;
    }
    const mqc_version version = versions[input[0] & 3];
    mqc_decode_options options = MQC_DECODE_OPTIONS_INIT;
    options.sender = (input[0] >> 2) % 3;
    const size_t step = 1 + input[1] % 61;
    /* A copy, so that the sanitizer sees a read behind its end. */
    len = input_len - 2;
    uint8_t *copy = malloc(len + (len == 0));
    REQUIRE(copy != NULL);
    memcpy(copy, input + 2, len);
    data = copy;

    size_t at = 0, packets = 0;
    mqc_status status = MQC_NEED_MORE;
    while (at < len) {
        mqc_packet packet;
        size_t size = 0, frame = 0;
        mqc_decode_error error;
        status = mqc_decode(data + at, len - at, version, &options, &packet, &size, &error);
        const mqc_status header =
            mqc_frame_len(data + at, len - at, version, &options, &frame, NULL);
        if (status != MQC_OK) {
            if (status == MQC_NEED_MORE) {
                REQUIRE(size > 0);
            } else {
                REQUIRE(status >= 1000 && status < 2000 && error.kind == status);
                REQUIRE(error.offset <= len - at && error.statement.len > 0);
                /* A CONNECT says by itself what version it is judged by. */
                if (version != MQC_VERSION_UNKNOWN && error.packet_type != MQC_PACKET_CONNECT) {
                    const mqc_bytes named = mqc_status_statement(status, error.packet_type,
                                                                 options.sender, version);
                    REQUIRE(named.len == error.statement.len &&
                            memcmp(named.data, error.statement.data, named.len) == 0);
                }
            }
            break;
        }
        REQUIRE(header == MQC_OK && frame == size && size <= len - at);
        walk(&packet);
        encode(&packet, version, &options);
        size_t text_len = 0;
        REQUIRE(mqc_inspect(data + at, len - at, version, &options, MQC_INSPECT_SHORT, NULL, 0,
                            &text_len) == MQC_BUFFER_TOO_SMALL);
        at += size;
        packets++;
        status = MQC_NEED_MORE;
    }
    if (len > 0) {
        stream(version, &options, step, packets, status);
    }
    free(copy);
    return 0;
}
