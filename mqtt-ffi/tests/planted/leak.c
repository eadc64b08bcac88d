/* Loses buffers: a tool that looks for leaks has to say so. Apart from that, it is right. */
#include "../c/check.h"

static uint8_t *volatile kept;

/* Many, so that no register or forgotten place of the stack still knows them all. */
static void lose(void) {
    for (int i = 0; i < 100; i++) {
        uint8_t *buffer = malloc(sizeof PUBLISH_V311);
        CHECK(buffer != NULL);
        memcpy(buffer, PUBLISH_V311, sizeof PUBLISH_V311);
        mqc_packet packet;
        size_t size = 0;
        CHECK_STATUS(mqc_decode(buffer, sizeof PUBLISH_V311, MQC_VERSION_V311, NULL, &packet,
                                &size, NULL),
                     MQC_OK);
        kept = buffer;
    }
    kept = NULL;
}

int main(void) {
    lose();
    return EXIT_SUCCESS;
}
