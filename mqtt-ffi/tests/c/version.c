/* Header and library are of one version; every status has a name. */
#include "check.h"

int main(void) {
    CHECK(mqc_abi_version() == MQC_ABI_VERSION);
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", MQC_LIBRARY_VERSION_MAJOR,
             MQC_LIBRARY_VERSION_MINOR, MQC_LIBRARY_VERSION_PATCH);
    CHECK(strcmp(mqc_version_string(), version) == 0);

    CHECK(MQC_OK == 0);
    CHECK(strcmp(mqc_status_name(MQC_OK), "MQC_OK") == 0);
    CHECK(strcmp(mqc_status_name(MQC_NEED_MORE), "MQC_NEED_MORE") == 0);
    CHECK(strcmp(mqc_status_name(MQC_ERR_PUBLISH_QOS), "MQC_ERR_PUBLISH_QOS") == 0);
    CHECK(strcmp(mqc_status_name(12345), "MQC_?") == 0);

    /* A program compiled with this header must go on running with later libraries. */
    CHECK(sizeof(mqc_packet_body) == 24 * sizeof(uint64_t));
    CHECK(sizeof(mqc_packet) == 200);
    CHECK(sizeof(mqc_bytes) == 2 * sizeof(size_t));
    CHECK(sizeof(mqc_publish) == 8 + 3 * sizeof(mqc_bytes));
    CHECK(sizeof(mqc_property) == 8 + 2 * sizeof(mqc_bytes));
    return EXIT_SUCCESS;
}
