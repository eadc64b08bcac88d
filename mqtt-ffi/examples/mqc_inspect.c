/* Explains packets: reads them from standard input, binary or (-x) as hex, and prints each field of
 * each with its offset, bytes, name, value and the statement of the standard.
 *
 *     printf '30 05 00 01 61 68 69' | mqc_inspect -x -V 311
 *
 * -x hex, -V version until a CONNECT names it (5, 311, 31), -l all bytes of long fields. */
#include <ctype.h>
#include <mqtt_core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t input[1 << 20];

static _Noreturn void fail(const char *why) {
    fprintf(stderr, "mqc_inspect: %s\n", why);
    exit(EXIT_FAILURE);
}

static size_t read_hex(void) {
    size_t digits = 0;
    for (int letter; (letter = getchar()) != EOF;) {
        if (isspace(letter)) {
            continue;
        }
        if (!isxdigit(letter)) {
            fail("a character that is no hex digit");
        }
        const int digit = isdigit(letter) ? letter - '0' : tolower(letter) - 'a' + 10;
        if (digits / 2 == sizeof input) {
            fail("more than a MiB");
        }
        input[digits / 2] = (uint8_t)(input[digits / 2] << 4 | digit);
        digits++;
    }
    if (digits % 2 != 0) {
        fail("half a byte");
    }
    return digits / 2;
}

/* Prints the packet at the front. */
static void explain(const uint8_t *data, size_t len, mqc_version version, uint32_t style) {
    size_t text_len = 0;
    mqc_inspect(data, len, version, NULL, style, NULL, 0, &text_len);
    char *text = malloc(text_len + 1);
    if (text == NULL ||
        mqc_inspect(data, len, version, NULL, style, text, text_len, &text_len) != MQC_OK) {
        fail("no text");
    }
    fwrite(text, 1, text_len, stdout);
    putchar('\n');
    free(text);
}

int main(int argc, char **argv) {
    mqc_version version = MQC_VERSION_UNKNOWN;
    uint32_t style = MQC_INSPECT_SHORT;
    int is_hex = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-x") == 0) {
            is_hex = 1;
        } else if (strcmp(argv[i], "-l") == 0) {
            style = MQC_INSPECT_WHOLE;
        } else if (strcmp(argv[i], "-V") == 0 && i + 1 < argc) {
            const char *name = argv[++i];
            version = strcmp(name, "5") == 0     ? MQC_VERSION_V5
                      : strcmp(name, "311") == 0 ? MQC_VERSION_V311
                      : strcmp(name, "31") == 0  ? MQC_VERSION_V31
                                                 : MQC_VERSION_UNKNOWN;
            if (version == MQC_VERSION_UNKNOWN) {
                fail("the versions are 5, 311 and 31");
            }
        } else {
            fail("usage: mqc_inspect [-x] [-l] [-V 5|311|31]");
        }
    }
    size_t len = is_hex ? read_hex() : fread(input, 1, sizeof input, stdin);
    const uint8_t *at = input;
    while (len > 0) {
        mqc_packet packet;
        size_t size = 0;
        explain(at, len, version, style);
        const mqc_status status = mqc_decode(at, len, version, NULL, &packet, &size, NULL);
        if (status != MQC_OK) {
            fprintf(stderr, "mqc_inspect: %s\n", mqc_status_name(status));
            return EXIT_FAILURE;
        }
        if (packet.packet_type == MQC_PACKET_CONNECT) {
            version = packet.body.connect.version;
        }
        at += size;
        len -= size;
    }
    return EXIT_SUCCESS;
}
