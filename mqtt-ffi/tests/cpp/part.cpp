/* A program that needs packets alone includes that part of the header, and gets no other. */
#include <mqtt_core/codec.hpp>

#ifdef MQTT_CORE_SESSION_HPP
#error "sessions come with packets"
#endif

#include <cstdlib>

int main() {
    mqc::check_abi();
    const mqc::buffer wire = mqc::encode(mqc::packet::ping(), MQC_VERSION_V5);
    const auto found = mqc::decode(wire, MQC_VERSION_V5);
    return found && found->packet.is(MQC_PACKET_PINGREQ) ? EXIT_SUCCESS : EXIT_FAILURE;
}
