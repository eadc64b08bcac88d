/* Runs the shared vectors; the arguments are their files. The format is told in the README beside
 * the files. */
#include "check.h"

static const char *vector = "";

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: vector %s: %s\n", __FILE__, __LINE__, vector, #condition);     \
            exit(EXIT_FAILURE);                                                                    \
        }                                                                                          \
    } while (0)

/* Tells of every difference, so that one run shows them all. */
static long differences;

#define EXPECT_TEXT(found, expected)                                                               \
    do {                                                                                           \
        if (strcmp(found, expected) != 0) {                                                        \
            fprintf(stderr, "vector %s: %s, not %s\n", vector, found, expected);                   \
            differences++;                                                                         \
        }                                                                                          \
    } while (0)

/* Bytes that grow. */
typedef struct text {
    char *data;
    size_t len, capacity;
} text;

static void append(text *out, const char *data, size_t len) {
    if (out->capacity - out->len < len + 1) {
        out->capacity = 2 * out->capacity + len + 64;
        out->data = realloc(out->data, out->capacity);
        CHECK(out->data != NULL);
    }
    memcpy(out->data + out->len, data, len);
    out->len += len;
    out->data[out->len] = '\0';
}

static void append_string(text *out, const char *string) {
    append(out, string, strlen(string));
}

static unsigned hex_digit(char digit) {
    const char *digits = "0123456789abcdef";
    const char *found = strchr(digits, digit);
    EXPECT(digit != '\0' && found != NULL);
    return (unsigned)(found - digits);
}

/* "30 06*2" is 30 06 06. */
static text parse_hex(const char *cell) {
    text bytes = {0};
    append(&bytes, "", 0);
    if (strcmp(cell, "-") == 0) {
        return bytes;
    }
    while (*cell != '\0') {
        const size_t digits = strcspn(cell, " *");
        EXPECT(digits > 0 && digits % 2 == 0);
        const char *behind = cell + digits;
        unsigned long copies = 1;
        if (*behind == '*') {
            char *end = NULL;
            copies = strtoul(behind + 1, &end, 10);
            behind = end;
        }
        for (; copies > 0; copies--) {
            for (size_t i = 0; i < digits; i += 2) {
                const char byte = (char)(hex_digit(cell[i]) << 4 | hex_digit(cell[i + 1]));
                append(&bytes, &byte, 1);
            }
        }
        cell = *behind == ' ' ? behind + 1 : behind;
    }
    return bytes;
}

/* A backslash and "(ab*2)" is "abab". */
static text unfold(const char *cell) {
    text out = {0};
    append(&out, "", 0);
    while (*cell != '\0') {
        if (cell[0] == '\\' && cell[1] == '(') {
            const size_t len = strcspn(cell + 2, "*");
            char *end = NULL;
            unsigned long copies = strtoul(cell + 2 + len + 1, &end, 10);
            EXPECT(*end == ')');
            for (; copies > 0; copies--) {
                append(&out, cell + 2, len);
            }
            cell = end + 1;
        } else {
            const size_t len = cell[0] == '\\' && cell[1] != '\0' ? 2 : 1;
            append(&out, cell, len);
            cell += len;
        }
    }
    return out;
}

static uint32_t next_scalar(const uint8_t **at, const uint8_t *end) {
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

static void append_json(text *out, mqc_bytes string) {
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

static void append_binary(text *out, mqc_bytes bytes) {
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

static mqc_bytes seen(mqc_bytes view) {
    EXPECT(view.len == 0 || inside(view, input_data, input_len));
    return view;
}

static void append_number(text *out, const char *key, unsigned long number) {
    char cell[96];
    snprintf(cell, sizeof cell, "%s%lu", key, number);
    append_string(out, cell);
}

static void append_flag(text *out, const char *key, uint8_t flag) {
    EXPECT(flag <= 1);
    append_string(out, key);
    append_string(out, flag ? "true" : "false");
}

static void append_text(text *out, const char *key, mqc_bytes string) {
    append_string(out, key);
    append_json(out, seen(string));
}

static void append_hex(text *out, const char *key, mqc_bytes bytes) {
    append_string(out, key);
    append_binary(out, seen(bytes));
}

static void append_property(text *out, const mqc_property *property) {
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

static void append_properties(text *out, mqc_bytes block) {
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

static void append_connect(text *out, const mqc_connect *connect) {
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

static void append_publish(text *out, const mqc_publish *publish) {
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

static void append_subscribe(text *out, const mqc_subscribe *subscribe) {
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

static void append_unsubscribe(text *out, const mqc_unsubscribe *unsubscribe) {
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

static void append_ack(text *out, const mqc_ack *ack) {
    append_number(out, ",\"packet_id\":", ack->packet_id);
    append_number(out, ",\"reason\":", ack->reason_code);
    append_properties(out, ack->properties);
}

static void append_filter_ack(text *out, const mqc_filter_ack *ack) {
    append_number(out, ",\"packet_id\":", ack->packet_id);
    append_properties(out, ack->properties);
    append_string(out, ",\"reasons\":[");
    const mqc_bytes codes = seen(ack->reason_codes);
    for (size_t i = 0; i < codes.len; i++) {
        append_number(out, i == 0 ? "" : ",", codes.data[i]);
    }
    append_string(out, "]");
}

static text describe(const mqc_packet *packet) {
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

static mqc_version parse_version(const char *cell) {
    static const struct {
        const char *name;
        mqc_version version;
    } versions[] = {
        {"-", MQC_VERSION_UNKNOWN},
        {"3.1", MQC_VERSION_V31},
        {"3.1.1", MQC_VERSION_V311},
        {"5", MQC_VERSION_V5},
    };
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        if (strcmp(cell, versions[i].name) == 0) {
            return versions[i].version;
        }
    }
    fprintf(stderr, "vector %s: unknown version %s\n", vector, cell);
    exit(EXIT_FAILURE);
}

static mqc_decode_options parse_options(char *cell) {
    mqc_decode_options options = MQC_DECODE_OPTIONS_INIT;
    const struct {
        const char *name;
        uint32_t *place, value; /* value 0: the number behind the name */
    } known[] = {
        {"sender=client", &options.sender, MQC_SENDER_CLIENT},
        {"sender=server", &options.sender, MQC_SENDER_SERVER},
        {"max_packet_size=", &options.max_packet_size, 0},
        {"max_user_properties=", &options.max_user_properties, 0},
        {"max_filters=", &options.max_filters, 0},
        {"max_topic_levels=", &options.max_topic_levels, 0},
        {"allow_non_minimal_varints", &options.switches, MQC_ALLOW_NON_MINIMAL_VARINTS},
        {"allow_dup_qos0", &options.switches, MQC_ALLOW_DUP_QOS0},
        {"allow_long_client_id", &options.switches, MQC_ALLOW_LONG_CLIENT_ID},
        {"allow_password_without_user_name", &options.switches,
         MQC_ALLOW_PASSWORD_WITHOUT_USER_NAME},
        {"check_payload_format", &options.switches, MQC_CHECK_PAYLOAD_FORMAT},
        {"reject_control_characters", &options.switches, MQC_REJECT_CONTROL_CHARACTERS},
    };
    if (strcmp(cell, "-") == 0) {
        return options;
    }
    for (char *option = strtok(cell, ","); option != NULL; option = strtok(NULL, ",")) {
        size_t i = 0;
        while (i < sizeof known / sizeof known[0] &&
               strncmp(option, known[i].name, strlen(known[i].name)) != 0) {
            i++;
        }
        EXPECT(i < sizeof known / sizeof known[0]);
        if (known[i].value != 0) {
            *known[i].place |= known[i].value;
        } else {
            *known[i].place = (uint32_t)strtoul(option + strlen(known[i].name), NULL, 10);
        }
    }
    return options;
}

/* Decodes and compares; then encodes and compares. */
static void run_ok(const uint8_t *data, size_t len, mqc_version version,
                   const mqc_decode_options *options, const char *description, const char *re) {
    mqc_packet packet;
    size_t size = 0;
    const mqc_status status = mqc_decode(data, len, version, options, &packet, &size, NULL);
    EXPECT(status == MQC_OK && size == len);
    EXPECT(packet.packet_type == (mqc_packet_type)(data[0] >> 4));
    input_data = data;
    input_len = len;
    text expected = unfold(description);
    text found = describe(&packet);
    EXPECT_TEXT(found.data, expected.data);
    free(expected.data);
    free(found.data);

    /* A CONNECT is encoded in the version that it names. */
    if (packet.packet_type == MQC_PACKET_CONNECT) {
        version = packet.body.connect.version;
    }
    size_t needed = 0;
    const mqc_status measured = mqc_encoded_len(&packet, version, &needed);
    if (re != NULL && strcmp(re, "refused") == 0) {
        EXPECT(measured != MQC_OK);
        return;
    }
    EXPECT(measured == MQC_OK);
    text again = {0};
    if (re == NULL) {
        append(&again, (const char *)data, len);
    } else {
        again = parse_hex(re);
    }
    EXPECT(needed == again.len);
    uint8_t *out = malloc(needed);
    CHECK(out != NULL);
    size_t written = 0;
    EXPECT(mqc_encode(&packet, version, out, needed, &written) == MQC_OK);
    EXPECT(written == needed && memcmp(out, again.data, needed) == 0);
    free(out);
    free(again.data);
}

static void run_error(const uint8_t *data, size_t len, mqc_version version,
                      const mqc_decode_options *options, const char *expectation) {
    mqc_packet packet;
    size_t size = 0;
    mqc_decode_error error;
    memset(&error, 0, sizeof error);
    const mqc_status status = mqc_decode(data, len, version, options, &packet, &size, &error);
    const char *response = error.response == MQC_RESPONSE_CONNACK ? "connack" : "disconnect";
    char kind[64], answer[32] = "close", found[160];
    size_t i = 0;
    for (const char *name = mqc_status_name(status); *name != '\0'; name++) {
        kind[i++] = *name >= 'A' && *name <= 'Z' ? (char)(*name + 32) : *name;
    }
    kind[i] = '\0';
    if (error.response != MQC_RESPONSE_CLOSE) {
        snprintf(answer, sizeof answer, "%s:0x%02x", response, error.response_code);
    }
    snprintf(found, sizeof found, "%s %zu %s", kind, error.offset, answer);
    EXPECT(error.kind == status || status < MQC_ERR_OTHER);
    EXPECT_TEXT(strncmp(found, "mqc_err_", 8) == 0 ? found + 8 : found, expectation);
}

static void run_incomplete(const uint8_t *data, size_t len, mqc_version version,
                           const mqc_decode_options *options, const char *expectation) {
    mqc_packet packet;
    size_t needed = 0;
    const mqc_status status = mqc_decode(data, len, version, options, &packet, &needed, NULL);
    EXPECT_TEXT(mqc_status_name(status), "MQC_NEED_MORE");
    EXPECT(status != MQC_NEED_MORE || needed == strtoul(expectation, NULL, 10));
}

/* The next cell of a line, ended by a NUL; `*line` goes on behind it. */
static char *next_cell(char **line) {
    char *cell = *line;
    if (cell == NULL) {
        return NULL;
    }
    char *bar = strstr(cell, " | ");
    if (bar != NULL) {
        *bar = '\0';
        *line = bar + 3;
    } else {
        *line = NULL;
    }
    return cell;
}

static void run_line(char *line) {
    vector = next_cell(&line);
    const char *version_cell = next_cell(&line);
    char *options_cell = next_cell(&line);
    const char *hex = next_cell(&line);
    EXPECT(line != NULL);
    /* Strings in a description may contain bars. */
    char *expectation = line;
    const char *re = NULL;
    char *last = strstr(expectation, "} | re=");
    if (last != NULL) {
        last[1] = '\0';
        re = last + 7;
    }
    const mqc_version version = parse_version(version_cell);
    const mqc_decode_options options = parse_options(options_cell);
    text input = parse_hex(hex);
    /* Memory of exactly that size, so that a memory checker sees a read past it. */
    uint8_t *data = input.len == 0 ? NULL : malloc(input.len);
    CHECK(input.len == 0 || data != NULL);
    if (input.len > 0) {
        memcpy(data, input.data, input.len);
    }
    if (strncmp(expectation, "ok ", 3) == 0) {
        run_ok(data, input.len, version, &options, expectation + 3, re);
    } else if (strncmp(expectation, "error ", 6) == 0) {
        run_error(data, input.len, version, &options, expectation + 6);
    } else {
        EXPECT(strncmp(expectation, "incomplete ", 11) == 0);
        run_incomplete(data, input.len, version, &options, expectation + 11);
    }
    free(data);
    free(input.data);
}

int main(int argc, char **argv) {
    long count = 0;
    CHECK(argc > 1);
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "r");
        CHECK(file != NULL);
        static char line[1 << 16];
        while (fgets(line, sizeof line, file) != NULL) {
            const size_t len = strlen(line);
            CHECK(len > 0 && line[len - 1] == '\n');
            line[len - 1] = '\0';
            if (line[0] != '\0' && line[0] != '#') {
                run_line(line);
                count++;
            }
        }
        fclose(file);
    }
    printf("%ld vectors\n", count);
    CHECK(count > 0 && differences == 0);
    return EXIT_SUCCESS;
}
