/* Packets come out of a stream whatever chunks go in, a large PUBLISH in parts through a small buffer. */
#include "check.h"

/* Takes the next item; the chunk is advanced. */
static mqc_stream_item next(mqc_stream *stream, mqc_bytes *rest) {
    mqc_stream_item item;
    memset(&item, 0x5A, sizeof item);
    CHECK_STATUS(mqc_stream_next(stream, rest, &item, NULL), MQC_OK);
    return item;
}

static size_t needed(const mqc_stream *stream) {
    size_t bytes = 0;
    CHECK_STATUS(mqc_stream_needed(stream, &bytes), MQC_OK);
    return bytes;
}

static int idle(const mqc_stream *stream) {
    uint8_t is_idle = 77;
    CHECK_STATUS(mqc_stream_is_idle(stream, &is_idle), MQC_OK);
    CHECK(is_idle <= 1);
    return is_idle;
}

/* Two packets in chunks of every size. */
static void whole_packets(void) {
    uint8_t bytes[sizeof PUBLISH_V5 + 2];
    memcpy(bytes, PUBLISH_V5, sizeof PUBLISH_V5);
    memcpy(bytes + sizeof PUBLISH_V5, "\xC0", 2);
    for (size_t size = 1; size <= sizeof bytes; size++) {
        uint8_t buffer[128];
        mqc_stream stream;
        CHECK_STATUS(mqc_stream_init(&stream, buffer, sizeof buffer, MQC_VERSION_V5, NULL), MQC_OK);
        CHECK(idle(&stream) && needed(&stream) == 2);
        size_t count = 0;
        for (size_t at = 0; at < sizeof bytes; at += size) {
            const size_t left = sizeof bytes - at;
            mqc_bytes rest = {bytes + at, left < size ? left : size};
            for (;;) {
                const mqc_stream_item item = next(&stream, &rest);
                if (item.kind == MQC_STREAM_NONE) {
                    break;
                }
                CHECK(item.kind == MQC_STREAM_PACKET);
                if (count++ == 0) {
                    CHECK(item.packet.packet_type == MQC_PACKET_PUBLISH);
                    CHECK(equal(item.packet.body.publish.payload, TEXT("x\0y")));
                } else {
                    CHECK(item.packet.packet_type == MQC_PACKET_PINGREQ);
                }
            }
            CHECK(rest.len == 0);
            const size_t taken = left < size ? sizeof bytes : at + size;
            CHECK(idle(&stream) == (taken == sizeof PUBLISH_V5 || taken == sizeof bytes));
            if (taken > 1 && taken < sizeof PUBLISH_V5) {
                CHECK(needed(&stream) == sizeof PUBLISH_V5 - taken);
            }
        }
        CHECK(count == 2);
    }
}

/* 16 MiB through 1 KiB; no part is copied. */
static void large_publish(void) {
    const uint32_t payload_len = 16u << 20;
    mqc_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.packet_type = MQC_PACKET_PUBLISH;
    packet.body.publish.topic = TEXT("firmware");
    uint8_t head[64], buffer[1024], chunk[5000];
    size_t head_len = 0;
    CHECK_STATUS(mqc_encode_stream_head(&packet, payload_len, MQC_VERSION_V5, head, sizeof head,
                                        &head_len),
                 MQC_OK);
    mqc_decode_options options = MQC_DECODE_OPTIONS_INIT;
    options.max_packet_size = 32u << 20;
    mqc_stream stream;
    CHECK_STATUS(mqc_stream_init(&stream, buffer, sizeof buffer, MQC_VERSION_V5, &options), MQC_OK);

    mqc_bytes rest = {head, head_len};
    mqc_stream_item item = next(&stream, &rest);
    CHECK(item.kind == MQC_STREAM_PUBLISH_HEAD && item.payload_len == payload_len);
    CHECK(equal(item.packet.body.publish.topic, TEXT("firmware")));
    CHECK(next(&stream, &rest).kind == MQC_STREAM_NONE);

    size_t sent = 0, received = 0;
    memset(chunk, 'f', sizeof chunk);
    while (sent < payload_len) {
        CHECK(needed(&stream) == payload_len - sent && !idle(&stream));
        const size_t left = payload_len - sent;
        rest = (mqc_bytes){chunk, left < sizeof chunk ? left : sizeof chunk};
        sent += rest.len;
        while ((item = next(&stream, &rest)).kind != MQC_STREAM_NONE) {
            CHECK(item.kind == MQC_STREAM_PAYLOAD && item.payload.len > 0);
            CHECK(inside(item.payload, chunk, sizeof chunk));
            received += item.payload.len;
            CHECK((item.last == 1) == (received == payload_len));
        }
    }
    CHECK(received == payload_len && idle(&stream));
}

/* An error stays until the stream begins anew, which forgets the version too. */
static void error_and_clear(void) {
    uint8_t buffer[64];
    mqc_stream stream;
    CHECK_STATUS(mqc_stream_init(&stream, buffer, sizeof buffer, MQC_VERSION_V311, NULL), MQC_OK);
    mqc_stream_item item;
    mqc_decode_error error;
    mqc_bytes rest = TEXT("\x36");
    CHECK_STATUS(mqc_stream_next(&stream, &rest, &item, &error), MQC_ERR_PUBLISH_QOS);
    CHECK(error.kind == MQC_ERR_PUBLISH_QOS && !idle(&stream) && needed(&stream) == 2);
    rest = TEXT("\xC0\0");
    CHECK_STATUS(mqc_stream_next(&stream, &rest, &item, NULL), MQC_ERR_PUBLISH_QOS);

    CHECK_STATUS(mqc_stream_clear(&stream), MQC_OK);
    CHECK(idle(&stream));
    rest = TEXT("\xC0\0");
    CHECK_STATUS(mqc_stream_next(&stream, &rest, &item, NULL), MQC_ERR_EXPECTED_CONNECT);
    CHECK_STATUS(mqc_stream_clear(&stream), MQC_OK);
    CHECK_STATUS(mqc_stream_set_version(&stream, MQC_VERSION_V311), MQC_OK);
    CHECK_STATUS(mqc_stream_set_max_packet_size(&stream, 4), MQC_OK);
    rest = TEXT("\xC0\0");
    CHECK(next(&stream, &rest).packet.packet_type == MQC_PACKET_PINGREQ);
    rest = TEXT("\x30\x03");
    CHECK_STATUS(mqc_stream_next(&stream, &rest, &item, NULL), MQC_ERR_PACKET_TOO_LARGE);
}

/* Memory where no stream was begun. */
static void no_stream(void) {
    mqc_stream stream;
    memset(&stream, 0, sizeof stream);
    size_t bytes = 77;
    uint8_t is_idle = 77;
    CHECK_STATUS(mqc_stream_needed(&stream, &bytes), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_stream_is_idle(&stream, &is_idle), MQC_INVALID_ARGUMENT);
    CHECK_STATUS(mqc_stream_needed(NULL, &bytes), MQC_NULL_POINTER);
    CHECK_STATUS(mqc_stream_is_idle(NULL, &is_idle), MQC_NULL_POINTER);
    CHECK(bytes == 77 && is_idle == 77);
}

int main(void) {
    no_stream();
    whole_packets();
    large_publish();
    error_and_clear();
    return EXIT_SUCCESS;
}
