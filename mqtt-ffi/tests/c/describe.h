/* Packets as text, in the form that the shared vectors have them in. */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include "check.h"

/* The name of the vector at hand. */
static const char *vector = "";

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: vector %s: %s\n", __FILE__, __LINE__, vector, #condition);     \
            exit(EXIT_FAILURE);                                                                    \
        }                                                                                          \
    } while (0)

/* Bytes that grow. */
typedef struct text {
    char *data;
    size_t len, capacity;
} text;

static inline void append(text *out, const char *data, size_t len) {
    if (out->capacity - out->len < len + 1) {
        out->capacity = 2 * out->capacity + len + 64;
        out->data = realloc(out->data, out->capacity);
        CHECK(out->data != NULL);
    }
    memcpy(out->data + out->len, data, len);
    out->len += len;
    out->data[out->len] = '\0';
}

static inline void append_string(text *out, const char *string) {
    append(out, string, strlen(string));
}

static inline uint32_t next_scalar(const uint8_t **at, const uint8_t *end) {
    const uint8_t first = *(*at)++;
    if (first < 0x80) {
        return first;
    }
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    uint32_t scalar = first & (0x3Fu >> more);
    for (int i = 0; i < more; i++) {
        EXPECT(*at < end);
        scalar = scalar << 6 | (*(*at)++ & 0x3Fu);
    }
    return scalar;
}

static inline void append_json(text *out, mqc_bytes string) {
    const uint8_t *at = string.data;
    const uint8_t *end = string.data + string.len;
    append(out, "\"", 1);
    while (at < end) {
        const uint32_t scalar = next_scalar(&at, end);
        char escaped[16];
        if (scalar == '"' || scalar == '\\') {
            snprintf(escaped, sizeof escaped, "\\%c", (int)scalar);
        } else if (scalar >= 0x20 && scalar <= 0x7E) {
            snprintf(escaped, sizeof escaped, "%c", (int)scalar);
        } else if (scalar <= 0xFFFF) {
            snprintf(escaped, sizeof escaped, "\\u%04x", scalar);
        } else {
            const uint32_t rest = scalar - 0x10000;
            snprintf(escaped, sizeof escaped, "\\u%04x\\u%04x", 0xD800 + (rest >> 10),
                     0xDC00 + (rest & 0x3FF));
        }
        append_string(out, escaped);
    }
    append(out, "\"", 1);
}

static inline void append_binary(text *out, mqc_bytes bytes) {
    append(out, "\"", 1);
    for (size_t i = 0; i < bytes.len; i++) {
        char byte[3];
        snprintf(byte, sizeof byte, "%02x", bytes.data[i]);
        append(out, byte, 2);
    }
    append(out, "\"", 1);
}

/* The input of this vector: views of what was decoded lie in it. */
static const uint8_t *input_data;
static size_t input_len;

static inline mqc_bytes seen(mqc_bytes view) {
    EXPECT(view.len == 0 || inside(view, input_data, input_len));
    return view;
}

static inline void append_number(text *out, const char *key, unsigned long number) {
    char cell[96];
    snprintf(cell, sizeof cell, "%s%lu", key, number);
    append_string(out, cell);
}

static inline void append_flag(text *out, const char *key, uint8_t flag) {
    EXPECT(flag <= 1);
    append_string(out, key);
    append_string(out, flag ? "true" : "false");
}

static inline void append_text(text *out, const char *key, mqc_bytes string) {
    append_string(out, key);
    append_json(out, seen(string));
}

static inline void append_hex(text *out, const char *key, mqc_bytes bytes) {
    append_string(out, key);
    append_binary(out, seen(bytes));
}

static inline void append_property(text *out, const mqc_property *property) {
    enum kind { NUMBER, FLAG, STRING, BINARY, PAIR } kind;
    switch (property->id) {
    case MQC_PROPERTY_CONTENT_TYPE:
    case MQC_PROPERTY_RESPONSE_TOPIC:
    case MQC_PROPERTY_ASSIGNED_CLIENT_IDENTIFIER:
    case MQC_PROPERTY_AUTHENTICATION_METHOD:
    case MQC_PROPERTY_RESPONSE_INFORMATION:
    case MQC_PROPERTY_SERVER_REFERENCE:
    case MQC_PROPERTY_REASON_STRING:
        kind = STRING;
        break;
    case MQC_PROPERTY_CORRELATION_DATA:
    case MQC_PROPERTY_AUTHENTICATION_DATA:
        kind = BINARY;
        break;
    case MQC_PROPERTY_USER_PROPERTY:
        kind = PAIR;
        break;
    case MQC_PROPERTY_REQUEST_PROBLEM_INFORMATION:
    case MQC_PROPERTY_REQUEST_RESPONSE_INFORMATION:
    case MQC_PROPERTY_RETAIN_AVAILABLE:
    case MQC_PROPERTY_WILDCARD_SUBSCRIPTION_AVAILABLE:
    case MQC_PROPERTY_SUBSCRIPTION_IDENTIFIER_AVAILABLE:
    case MQC_PROPERTY_SHARED_SUBSCRIPTION_AVAILABLE:
        kind = FLAG;
        break;
    default:
        kind = NUMBER;
        break;
    }
    append_string(out, "[\"");
    append_string(out, mqc_property_name(property->id));
    append_string(out, "\"");
    switch (kind) {
    case NUMBER:
        append_number(out, ",", property->number);
        break;
    case FLAG:
        append_flag(out, ",", (uint8_t)property->number);
        break;
    case PAIR:
        append_text(out, ",", property->name);
        append_text(out, ",", property->value);
        break;
    case STRING:
        append_text(out, ",", property->value);
        break;
    case BINARY:
        append_hex(out, ",", property->value);
        break;
    }
    append_string(out, "]");
}

static inline void append_properties(text *out, mqc_bytes block) {
    mqc_bytes rest = seen(block);
    append_string(out, ",\"properties\":[");
    for (const char *comma = "";; comma = ",") {
        mqc_property property;
        EXPECT(mqc_property_next(&rest, &property) == MQC_OK);
        if (property.id == MQC_PROPERTY_NONE) {
            break;
        }
        append_string(out, comma);
        append_property(out, &property);
    }
    append_string(out, "]");
}

static inline void append_connect(text *out, const mqc_connect *connect) {
    append_string(out, ",\"version\":\"");
    append_string(out, connect->version == MQC_VERSION_V5     ? "5"
                       : connect->version == MQC_VERSION_V311 ? "3.1.1"
                                                              : "3.1");
    append_flag(out, "\",\"clean_start\":", connect->clean_start);
    append_number(out, ",\"keep_alive\":", connect->keep_alive);
    append_text(out, ",\"client_id\":", connect->client_id);
    append_string(out, ",\"will\":");
    if (connect->has_will) {
        append_number(out, "{\"qos\":", connect->will_qos);
        append_flag(out, ",\"retain\":", connect->will_retain);
        append_text(out, ",\"topic\":", connect->will_topic);
        append_hex(out, ",\"payload\":", connect->will_payload);
        append_properties(out, connect->will_properties);
        append_string(out, "}");
    } else {
        append_string(out, "null");
    }
    append_string(out, ",\"user_name\":");
    if (connect->has_user_name) {
        append_text(out, "", connect->user_name);
    } else {
        append_string(out, "null");
    }
    append_string(out, ",\"password\":");
    if (connect->has_password) {
        append_hex(out, "", connect->password);
    } else {
        append_string(out, "null");
    }
    append_properties(out, connect->properties);
}

static inline void append_publish(text *out, const mqc_publish *publish) {
    append_flag(out, ",\"dup\":", publish->dup);
    append_number(out, ",\"qos\":", publish->qos);
    append_flag(out, ",\"retain\":", publish->retain);
    append_text(out, ",\"topic\":", publish->topic);
    if (publish->packet_id == 0) {
        append_string(out, ",\"packet_id\":null");
    } else {
        append_number(out, ",\"packet_id\":", publish->packet_id);
    }
    append_properties(out, publish->properties);
    append_hex(out, ",\"payload\":", publish->payload);
}

static inline void append_subscribe(text *out, const mqc_subscribe *subscribe) {
    append_number(out, ",\"packet_id\":", subscribe->packet_id);
    append_properties(out, subscribe->properties);
    append_string(out, ",\"filters\":[");
    mqc_bytes rest = seen(subscribe->subscriptions);
    for (const char *comma = "";; comma = ",") {
        mqc_subscription subscription;
        EXPECT(mqc_subscription_next(&rest, &subscription) == MQC_OK);
        if (subscription.filter.len == 0) {
            break;
        }
        append_string(out, comma);
        append_text(out, "{\"filter\":", subscription.filter);
        append_number(out, ",\"qos\":", subscription.qos);
        append_flag(out, ",\"no_local\":", subscription.no_local);
        append_flag(out, ",\"retain_as_published\":", subscription.retain_as_published);
        append_number(out, ",\"retain_handling\":", subscription.retain_handling);
        append_string(out, "}");
    }
    append_string(out, "]");
}

static inline void append_unsubscribe(text *out, const mqc_unsubscribe *unsubscribe) {
    append_number(out, ",\"packet_id\":", unsubscribe->packet_id);
    append_properties(out, unsubscribe->properties);
    append_string(out, ",\"filters\":[");
    mqc_bytes rest = seen(unsubscribe->filters);
    for (const char *comma = "";; comma = ",") {
        mqc_bytes filter;
        EXPECT(mqc_filter_next(&rest, &filter) == MQC_OK);
        if (filter.len == 0) {
            break;
        }
        append_text(out, comma, filter);
    }
    append_string(out, "]");
}

static inline void append_ack(text *out, const mqc_ack *ack) {
    append_number(out, ",\"packet_id\":", ack->packet_id);
    append_number(out, ",\"reason\":", ack->reason_code);
    append_properties(out, ack->properties);
}

static inline void append_filter_ack(text *out, const mqc_filter_ack *ack) {
    append_number(out, ",\"packet_id\":", ack->packet_id);
    append_properties(out, ack->properties);
    append_string(out, ",\"reasons\":[");
    const mqc_bytes codes = seen(ack->reason_codes);
    for (size_t i = 0; i < codes.len; i++) {
        append_number(out, i == 0 ? "" : ",", codes.data[i]);
    }
    append_string(out, "]");
}

static inline text describe(const mqc_packet *packet) {
    text out = {0};
    append_string(&out, "{\"type\":\"");
    for (const char *at = mqc_packet_type_name(packet->packet_type); *at != '\0'; at++) {
        const char lower = (char)(*at + ('a' - 'A'));
        append(&out, &lower, 1);
    }
    append_string(&out, "\"");
    switch (packet->packet_type) {
    case MQC_PACKET_CONNECT:
        append_connect(&out, &packet->body.connect);
        break;
    case MQC_PACKET_CONNACK:
        append_flag(&out, ",\"session_present\":", packet->body.connack.session_present);
        append_number(&out, ",\"reason\":", packet->body.connack.reason_code);
        append_properties(&out, packet->body.connack.properties);
        break;
    case MQC_PACKET_PUBLISH:
        append_publish(&out, &packet->body.publish);
        break;
    case MQC_PACKET_PUBACK:
        append_ack(&out, &packet->body.puback);
        break;
    case MQC_PACKET_PUBREC:
        append_ack(&out, &packet->body.pubrec);
        break;
    case MQC_PACKET_PUBREL:
        append_ack(&out, &packet->body.pubrel);
        break;
    case MQC_PACKET_PUBCOMP:
        append_ack(&out, &packet->body.pubcomp);
        break;
    case MQC_PACKET_SUBSCRIBE:
        append_subscribe(&out, &packet->body.subscribe);
        break;
    case MQC_PACKET_SUBACK:
        append_filter_ack(&out, &packet->body.suback);
        break;
    case MQC_PACKET_UNSUBSCRIBE:
        append_unsubscribe(&out, &packet->body.unsubscribe);
        break;
    case MQC_PACKET_UNSUBACK:
        append_filter_ack(&out, &packet->body.unsuback);
        break;
    case MQC_PACKET_PINGREQ:
    case MQC_PACKET_PINGRESP:
        break;
    case MQC_PACKET_DISCONNECT:
        append_number(&out, ",\"reason\":", packet->body.disconnect.reason_code);
        append_properties(&out, packet->body.disconnect.properties);
        break;
    case MQC_PACKET_AUTH:
        append_number(&out, ",\"reason\":", packet->body.auth.reason_code);
        append_properties(&out, packet->body.auth.properties);
        break;
    default:
        EXPECT(0 && "a packet type");
    }
    append_string(&out, "}");
    return out;
}

#endif
