/* Runs the shared vectors; the arguments are their files. The format is told in the README beside
 * the files. */
#include "describe.h"

/* Tells of every difference, so that one run shows them all. */
static long differences;

#define EXPECT_TEXT(found, expected)                                                               \
    do {                                                                                           \
        if (strcmp(found, expected) != 0) {                                                        \
            fprintf(stderr, "vector %s: %s, not %s\n", vector, found, expected);                   \
            differences++;                                                                         \
        }                                                                                          \
    } while (0)

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
