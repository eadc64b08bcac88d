/*
 * mqtt_core.hpp: mqtt_core.h for C++17 and later. A header alone; link with libmqtt_core.
 *
 * Errors      are exceptions: a status that is a fault throws mqc::error, which has the status, and
 *             the detail of an illegal packet where there is one. Classes that derive from it have
 *             other details: topic_error, store_error, acl_error and refused.
 * Outcomes    that are to be expected are no faults. "None right now" is an empty std::optional, or
 *             the end of a range. MQC_WOULD_BLOCK is an empty std::optional too, or false, or a
 *             number that is too small: try again after MQC_EVENT_WRITABLE. A broker's answer to a
 *             connection that is over is false, and so is a late acknowledgement.
 * Bytes       are std::string_view, text and payload alike, in and out. What comes out of decoding
 *             views the buffer that was decoded, and is valid as long as that is neither changed
 *             nor freed. What goes in is borrowed during the call.
 * Objects     are classes, or mqc::handle: moved, never copied, freed at the end of their life. One
 *             that was moved from is empty: it may be assigned to, and its methods throw
 *             MQC_NULL_POINTER. Several threads may call `const` methods at a time where the
 *             function of C says so.
 * Structures  are those of mqtt_core.h. Nothing is hidden: the classes here give them out, `get()`
 *             gives the object of C, and the functions of both headers go together.
 * Parts       lie in mqtt_core/, and each may be included alone: bytes.hpp, errors.hpp, objects.hpp
 *             and ranges.hpp, which the others need; properties.hpp, codec.hpp and stream.hpp;
 *             topics.hpp, mapping.hpp, indexes.hpp and router.hpp; persistence.hpp, session.hpp,
 *             client.hpp and server.hpp; broker.hpp.
 *
 * A client over a connected socket, which subscribes and prints what comes:
 *
 *     void run(int fd, std::uint64_t (*now)()) {
 *         mqc::client_session session;
 *         session.connect(now(), mqc::connect_as("printer"));
 *         for (bool is_open = true; is_open;) {
 *             while (const auto event = session.poll_event()) {
 *                 if (event->is(MQC_EVENT_CONNECTED)) {
 *                     (void)session.subscribe(now(), mqc::subscription{"sensors/#"});
 *                 } else if (event->is(MQC_EVENT_MESSAGE)) {
 *                     std::cout << mqc::text(event->message().publish.payload) << std::endl;
 *                 } else if (event->is(MQC_EVENT_CLOSED)) {
 *                     is_open = false;
 *                 }
 *             }
 *             while (!session.transmit_peek().empty()) {
 *                 const auto out = session.transmit_peek();
 *                 const ssize_t count = send(fd, out.data(), out.size(), 0); // the socket blocks
 *                 session.transmit_advance(count < 0 ? out.size() : std::size_t(count));
 *             }
 *             pollfd place{fd, POLLIN, 0};
 *             if (is_open && poll(&place, 1, 100) > 0) { // or until session.poll_timeout()
 *                 char data[4096];
 *                 const auto most = std::min(sizeof data, session.wants_input());
 *                 const ssize_t count = recv(fd, data, most, 0);
 *                 if (count <= 0) {
 *                     session.handle_eof(now());
 *                 } else {
 *                     (void)session.handle_input(now(), {data, std::size_t(count)});
 *                 }
 *             }
 *             session.handle_timeout(now());
 *         }
 *     }
 */
#ifndef MQTT_CORE_HPP
#define MQTT_CORE_HPP

#include "mqtt_core/broker.hpp"
#include "mqtt_core/bytes.hpp"
#include "mqtt_core/client.hpp"
#include "mqtt_core/codec.hpp"
#include "mqtt_core/errors.hpp"
#include "mqtt_core/indexes.hpp"
#include "mqtt_core/mapping.hpp"
#include "mqtt_core/objects.hpp"
#include "mqtt_core/persistence.hpp"
#include "mqtt_core/properties.hpp"
#include "mqtt_core/ranges.hpp"
#include "mqtt_core/router.hpp"
#include "mqtt_core/server.hpp"
#include "mqtt_core/session.hpp"
#include "mqtt_core/stream.hpp"
#include "mqtt_core/topics.hpp"

#endif // MQTT_CORE_HPP
