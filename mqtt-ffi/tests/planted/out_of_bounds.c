/* Reads the byte behind a payload: a tool that looks for such reads has to say so. */
#include "../c/check.h"

int main(void) {
    uint8_t *buffer = malloc(sizeof PUBLISH_V311);
    CHECK(buffer != NULL);
    memcpy(buffer, PUBLISH_V311, sizeof PUBLISH_V311);
    mqc_packet packet;
    size_t size = 0;
    CHECK_STATUS(mqc_decode(buffer, sizeof PUBLISH_V311, MQC_VERSION_V311, NULL, &packet, &size,
                            NULL),
                 MQC_OK);
    const mqc_bytes payload = packet.body.publish.payload;
    const volatile uint8_t *data = payload.data;
    /* The branch keeps valgrind from overlooking what is read and not used. */
    if (data[payload.len] == 0xFF) {
        puts("it happened to be 255");
    }
    free(buffer);
    return EXIT_SUCCESS;
}
