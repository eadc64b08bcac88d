/* Decoding, walking and encoding allocate nothing. The linker sends every allocation of the program
 * and of the static library here (`--wrap`). */
#include "check.h"

static int allocations;

/* The names that the linker looks for. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
int __real_posix_memalign(void **out, size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size);

void *__wrap_malloc(size_t size) {
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
    allocations++;
    return __real_realloc(old, size);
}

int __wrap_posix_memalign(void **out, size_t alignment, size_t size) {
    allocations++;
    return __real_posix_memalign(out, alignment, size);
}

int main(void) {
    /* The wrapping works. */
    void *volatile block = malloc(1);
    CHECK(block != NULL && allocations == 1);
    free(block);

    allocations = 0;
    for (size_t len = 0; len <= sizeof PUBLISH_V5; len++) {
        mqc_packet packet;
        size_t size = 0;
        mqc_decode_error error;
        if (mqc_decode(PUBLISH_V5, len, MQC_VERSION_V5, NULL, &packet, &size, &error) != MQC_OK) {
            continue;
        }
        mqc_bytes rest = packet.body.publish.properties;
        mqc_property property;
        uint8_t out[128];
        do {
            CHECK_STATUS(mqc_property_next(&rest, &property), MQC_OK);
            if (property.id != MQC_PROPERTY_NONE) {
                CHECK_STATUS(mqc_property_put(&property, out, sizeof out, &size), MQC_OK);
            }
        } while (property.id != MQC_PROPERTY_NONE);
        CHECK_STATUS(mqc_encode(&packet, MQC_VERSION_V5, out, sizeof out, &size), MQC_OK);
        CHECK(size == sizeof PUBLISH_V5);
    }
    const uint8_t illegal[] = {0x36};
    mqc_packet packet;
    size_t size = 0;
    mqc_decode_error error;
    CHECK_STATUS(mqc_decode(illegal, 1, MQC_VERSION_V5, NULL, &packet, &size, &error),
                 MQC_ERR_PUBLISH_QOS);
    CHECK(allocations == 0);
    return EXIT_SUCCESS;
}
