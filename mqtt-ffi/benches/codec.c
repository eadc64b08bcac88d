/* Decodes or encodes the packets of a file again and again, for an instruction counter:
 *
 *     codec read|decode|encode VERSION FILE RUNS
 *
 * `read` decodes alone; `decode` looks at every value too, as the benches in Rust do; `encode` encodes
 * what it has decoded. */
#include <mqtt_core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t sum;

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(EXIT_FAILURE);
}

static void number(uint64_t value) {
    sum += value;
}

static void bytes(mqc_bytes view) {
    sum += view.len;
}

static void properties(mqc_bytes block) {
    while (block.len > 0) {
        mqc_property property;
        if (mqc_property_next(&block, &property) != MQC_OK) {
            fail("a property");
        }
        number(property.number);
        bytes(property.name);
        bytes(property.value);
    }
}

static void visit(const mqc_packet *packet) {
    switch (packet->packet_type) {
    case MQC_PACKET_PUBLISH: {
        const mqc_publish *publish = &packet->body.publish;
        number(publish->dup);
        number(publish->retain);
        number(publish->qos);
        bytes(publish->topic);
        number(publish->packet_id);
        properties(publish->properties);
        bytes(publish->payload);
        break;
    }
    case MQC_PACKET_PUBACK:
        number(packet->body.puback.packet_id);
        number(packet->body.puback.reason_code);
        properties(packet->body.puback.properties);
        break;
    case MQC_PACKET_SUBSCRIBE: {
        const mqc_subscribe *subscribe = &packet->body.subscribe;
        number(subscribe->packet_id);
        properties(subscribe->properties);
        mqc_bytes rest = subscribe->subscriptions;
        while (rest.len > 0) {
            mqc_subscription subscription;
            if (mqc_subscription_next(&rest, &subscription) != MQC_OK) {
                fail("a subscription");
            }
            bytes(subscription.filter);
            number(subscription.qos);
            number(subscription.no_local);
            number(subscription.retain_as_published);
            number(subscription.retain_handling);
        }
        break;
    }
    case MQC_PACKET_CONNECT: {
        const mqc_connect *connect = &packet->body.connect;
        number(connect->clean_start);
        number(connect->keep_alive);
        properties(connect->properties);
        bytes(connect->client_id);
        number(connect->will_qos);
        number(connect->will_retain);
        properties(connect->will_properties);
        bytes(connect->will_topic);
        bytes(connect->will_payload);
        bytes(connect->user_name);
        bytes(connect->password);
        break;
    }
    default:
        break;
    }
}

static size_t decode_all(const uint8_t *data, size_t len, mqc_version version, int looks,
                         mqc_packet *keep) {
    size_t count = 0;
    while (len > 0) {
        mqc_packet packet;
        size_t size = 0;
        if (mqc_decode(data, len, version, NULL, &packet, &size, NULL) != MQC_OK) {
            fail("a packet");
        }
        data += size;
        len -= size;
        if (keep != NULL) {
            keep[count] = packet;
        } else if (looks) {
            visit(&packet);
        } else {
            number(packet.packet_type);
        }
        count++;
    }
    return count;
}

static void encode_all(const mqc_packet *packets, size_t count, mqc_version version, uint8_t *out,
                       size_t capacity) {
    for (size_t i = 0; i < count; i++) {
        size_t written = 0;
        if (mqc_encode(&packets[i], version, out, capacity, &written) != MQC_OK) {
            fail("encoding");
        }
        out += written;
        capacity -= written;
    }
    number(capacity);
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fail("codec read|decode|encode VERSION FILE RUNS");
    }
    const mqc_version version = strcmp(argv[2], "5.0") == 0 ? MQC_VERSION_V5 : MQC_VERSION_V311;
    FILE *file = fopen(argv[3], "rb");
    if (file == NULL) {
        fail(argv[3]);
    }
    static uint8_t data[1 << 22], out[1 << 22];
    const size_t len = fread(data, 1, sizeof data, file);
    fclose(file);
    static mqc_packet packets[10000];
    const size_t count = decode_all(data, len, version, 0, packets);
    const unsigned long runs = strtoul(argv[4], NULL, 10);
    const int encodes = strcmp(argv[1], "encode") == 0, looks = strcmp(argv[1], "decode") == 0;
    for (unsigned long run = 0; run < runs; run++) {
        if (encodes) {
            encode_all(packets, count, version, out, len);
        } else {
            decode_all(data, len, version, looks, NULL);
        }
    }
    if (encodes && memcmp(out, data, len) != 0) {
        fail("other bytes");
    }
    printf("%llu\n", (unsigned long long)sum);
    return EXIT_SUCCESS;
}
