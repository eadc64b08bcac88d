/* Every proper prefix of a packet needs more bytes, and the decoder says exactly how many. */
#include "check.h"

/* Each prefix lies at the end of memory of its own, so that a memory checker sees a read past it. */
static void every_prefix(const uint8_t *packet, size_t len, size_t header_len, mqc_version version) {
    for (size_t have = 0; have < len; have++) {
        uint8_t *prefix = have == 0 ? NULL : malloc(have);
        CHECK(have == 0 || prefix != NULL);
        if (have > 0) {
            memcpy(prefix, packet, have);
        }
        mqc_packet out;
        memset(&out, 0x5A, sizeof out);
        mqc_packet before = out;
        size_t needed = 0;
        CHECK_STATUS(mqc_decode(prefix, have, version, NULL, &out, &needed, NULL), MQC_NEED_MORE);
        const size_t expected = have >= header_len ? len - have : have == 0 ? 2 : 1;
        CHECK(needed == expected);
        CHECK(memcmp(&out, &before, sizeof out) == 0);

        size_t frame = 77;
        const mqc_status status = mqc_frame_len(prefix, have, version, NULL, &frame, NULL);
        if (have >= header_len) {
            CHECK(status == MQC_OK && frame == len);
        } else {
            CHECK(status == MQC_NEED_MORE && frame == expected);
        }
        free(prefix);
    }
}

int main(void) {
    every_prefix(PUBLISH_V311, sizeof PUBLISH_V311, 2, MQC_VERSION_V311);
    every_prefix(PUBLISH_V5, sizeof PUBLISH_V5, 2, MQC_VERSION_V5);

    uint8_t longer[3 + 300] = {0x30, 0xAC, 0x02, 0x00, 0x01, 'a'};
    every_prefix(longer, sizeof longer, 3, MQC_VERSION_V311);
    return EXIT_SUCCESS;
}
