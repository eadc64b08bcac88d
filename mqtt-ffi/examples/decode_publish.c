/* Reads a stream of PUBLISH packets from a file or the standard input and prints them.
 *
 *     printf '\062\011\000\003a/b\000\012hi' | ./decode_publish 4
 *
 * The argument is the protocol level: 3 (MQTT 3.1), 4 (3.1.1) or 5 (5.0). A program that reads from
 * a socket does the same: read, decode what is there, keep the rest.
 */
#include "mqtt_core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_bytes(const char *name, mqc_bytes bytes) {
    printf(" %s=\"", name);
    for (size_t i = 0; i < bytes.len; i++) {
        const uint8_t byte = bytes.data[i];
        if (byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\') {
            putchar(byte);
        } else {
            printf("\\x%02x", byte);
        }
    }
    putchar('"');
}

static void print_publish(const mqc_publish *publish) {
    printf("PUBLISH qos=%d%s%s", publish->qos, publish->dup ? " dup" : "",
           publish->retain ? " retain" : "");
    if (publish->packet_id != 0) {
        printf(" packet_id=%d", publish->packet_id);
    }
    print_bytes("topic", publish->topic);
    /* A copy of the view is the cursor; the packet stays as it is. */
    mqc_bytes rest = publish->properties;
    mqc_property property;
    while (mqc_property_next(&rest, &property) == MQC_OK && property.id != MQC_PROPERTY_NONE) {
        if (property.id == MQC_PROPERTY_USER_PROPERTY) {
            print_bytes("user_name", property.name);
            print_bytes("user_value", property.value);
        } else if (property.id == MQC_PROPERTY_CONTENT_TYPE) {
            print_bytes("content_type", property.value);
        }
    }
    print_bytes("payload", publish->payload);
    putchar('\n');
}

int main(int argc, char **argv) {
    const mqc_version version = argc > 1 ? (mqc_version)strtoul(argv[1], NULL, 10) : MQC_VERSION_V5;
    static uint8_t buffer[1 << 16];
    size_t have = 0;
    if (mqc_abi_version() != MQC_ABI_VERSION) {
        fprintf(stderr, "library %s does not go with this program\n", mqc_version_string());
        return EXIT_FAILURE;
    }
    for (;;) {
        mqc_packet packet;
        mqc_decode_error error;
        size_t size = 0;
        const mqc_status status = mqc_decode(buffer, have, version, NULL, &packet, &size, &error);
        if (status == MQC_OK) {
            if (packet.packet_type == MQC_PACKET_PUBLISH) {
                /* Its views point into `buffer`: use them before the bytes move. */
                print_publish(&packet.body.publish);
            } else {
                printf("packet of type %u, %zu bytes\n", (unsigned)packet.packet_type, size);
            }
            memmove(buffer, buffer + size, have - size);
            have -= size;
        } else if (status == MQC_NEED_MORE) {
            if (size > sizeof buffer - have) {
                fprintf(stderr, "packet is larger than the buffer\n");
                return EXIT_FAILURE;
            }
            /* `size` bytes are missing; what comes with them is welcome. */
            const size_t got = fread(buffer + have, 1, size, stdin);
            if (got == 0) {
                break;
            }
            have += got;
        } else {
            fprintf(stderr, "%s at byte %zu (%.*s)\n", mqc_status_name(status), error.offset,
                    (int)error.statement.len, (const char *)error.statement.data);
            return EXIT_FAILURE;
        }
    }
    if (have != 0) {
        fprintf(stderr, "%zu bytes of an unfinished packet\n", have);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
