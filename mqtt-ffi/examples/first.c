/* A PUBLISH into bytes, and back. */
#include "mqtt_core.h"

#include <stdio.h>

int main(void) {
    mqc_packet packet = {.packet_type = MQC_PACKET_PUBLISH};
    packet.body.publish.topic = (mqc_bytes){(const uint8_t *)"sensors/7", 9};
    packet.body.publish.payload = (mqc_bytes){(const uint8_t *)"21.5", 4};
    uint8_t bytes[64];
    size_t len = 0, size = 0;
    mqc_status status = mqc_encode(&packet, MQC_VERSION_V5, bytes, sizeof bytes, &len);

    if (status == MQC_OK) {
        status = mqc_decode(bytes, len, MQC_VERSION_V5, NULL, &packet, &size, NULL);
    }
    if (status == MQC_OK) {
        const mqc_publish *publish = &packet.body.publish; /* its views point into `bytes` */
        printf("%.*s: %zu bytes of %zu\n", (int)publish->topic.len,
               (const char *)publish->topic.data, publish->payload.len, size);
    }
    return status != MQC_OK;
}
