/*
 * mqtt_core/broker.hpp: a broker, and who may do what there.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_BROKER_HPP
#define MQTT_CORE_BROKER_HPP

#include "../mqtt_core.h"
#include "bytes.hpp"
#include "objects.hpp"
#include "persistence.hpp"
#include "properties.hpp"
#include "ranges.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace mqc {

/// The defaults of a broker.
[[nodiscard]] inline mqc_broker_config broker_config() noexcept { return MQC_BROKER_CONFIG_INIT; }

/// Rules of who may publish and subscribe to what: mqc_acl.
class acl : public detail::object<mqc_acl, mqc_acl_free> {
  public:
    using object::object;
    /// Reads rules, a line each: mqc_acl_parse(). Throws acl_error.
    explicit acl(std::string_view rules) : object() {
        mqc_acl_error fault{};
        const mqc_status status = mqc_acl_parse(bytes(rules), handle_.out(), &fault);
        if (status == MQC_ERR_ACL) {
            throw acl_error(fault);
        }
        check(status);
    }

    /// mqc_acl_allows_publish(); no user name is not an empty one.
    [[nodiscard]] bool allows_publish(std::string_view client_id,
                                      std::optional<std::string_view> user_name,
                                      std::string_view topic) const {
        const mqc_bytes user = bytes(user_name.value_or(std::string_view()));
        std::uint8_t out = 0;
        check(mqc_acl_allows_publish(get(), bytes(client_id), user_name ? &user : nullptr,
                                     bytes(topic), &out));
        return out != 0;
    }

    /// mqc_acl_allows_subscribe(); no user name is not an empty one.
    [[nodiscard]] bool allows_subscribe(std::string_view client_id,
                                        std::optional<std::string_view> user_name,
                                        std::string_view filter) const {
        const mqc_bytes user = bytes(user_name.value_or(std::string_view()));
        std::uint8_t out = 0;
        check(mqc_acl_allows_subscribe(get(), bytes(client_id), user_name ? &user : nullptr,
                                       bytes(filter), &out));
        return out != 0;
    }
};

/// Messages that were copied, walked once; views into this: mqc_messages.
class messages : public detail::object<mqc_messages, mqc_messages_free>,
                 public detail::pulled<messages, mqc_publish> {
  public:
    using object::object;

    /// Takes the next; false at the end: mqc_messages_next().
    bool pull(mqc_publish &out) {
        std::uint8_t is_there = 0;
        check(mqc_messages_next(get(), &out, &is_there));
        return is_there != 0;
    }
};

/// Something that a broker asks or reports. A structure of C with getters that look at its kind;
/// what they view is valid until the next call with the broker that is not `const`.
class broker_event {
  public:
    broker_event() noexcept : raw_() {}
    explicit broker_event(const mqc_broker_event &raw) noexcept : raw_(raw) {}

    /// `MQC_BROKER_EVENT_*`
    mqc_broker_event_kind kind() const noexcept { return raw_.kind; }
    bool is(mqc_broker_event_kind kind) const noexcept { return raw_.kind == kind; }
    /// The connection that it is about; `MQC_CONN_NONE` if there is none.
    mqc_conn conn() const noexcept { return raw_.conn; }

    // The fields; `MQC_INVALID_ARGUMENT` is thrown for an event of another kind.
    const mqc_connect &authenticate() const {
        return of(MQC_BROKER_EVENT_AUTHENTICATE).authenticate;
    }
    const mqc_auth &auth() const { return of(MQC_BROKER_EVENT_AUTH).auth; }
    const mqc_broker_event_authorize &authorize() const {
        return of(MQC_BROKER_EVENT_AUTHORIZE).authorize;
    }
    const mqc_broker_event_connected &connected() const {
        return of(MQC_BROKER_EVENT_CONNECTED).connected;
    }
    const mqc_broker_event_message &message() const {
        return of(MQC_BROKER_EVENT_MESSAGE).message;
    }
    const mqc_broker_event_fenced &fenced() const { return of(MQC_BROKER_EVENT_FENCED).fenced; }
    const mqc_event_closed &closed() const { return of(MQC_BROKER_EVENT_CLOSED).closed; }

    /// The structure of C.
    const mqc_broker_event &raw() const noexcept { return raw_; }
    mqc_broker_event &raw() noexcept { return raw_; }

  private:
    const mqc_broker_event_body &of(mqc_broker_event_kind kind) const {
        if (!is(kind)) {
            throw error(MQC_INVALID_ARGUMENT);
        }
        return raw_.body;
    }

    mqc_broker_event raw_;
};

/// A broker: bytes of many connections in, events and bytes for them out: mqc_broker.
class broker : public detail::object<mqc_broker, mqc_broker_free> {
  public:
    using object::object;
    explicit broker(std::uint64_t now_ms, const mqc_broker_config &config = broker_config())
        : object(handle_type::make(mqc_broker_new, &config, now_ms)) {}

    /// One that goes on with what a store has: mqc_broker_restore(). Throws store_error.
    [[nodiscard]] static broker resume(const restore &from, std::uint64_t now_ms,
                                       std::uint64_t unix_ms,
                                       const mqc_broker_config &config = broker_config()) {
        handle_type out;
        mqc_store_error fault{};
        detail::check_store(
            mqc_broker_restore(&config, now_ms, unix_ms, from.get(), out.out(), &fault), fault);
        return broker(std::move(out));
    }

    /// A connection has been opened; none if the broker takes no more, and the transport is to be
    /// closed: mqc_broker_open().
    [[nodiscard]] std::optional<mqc_conn> open(std::uint64_t now_ms) {
        mqc_conn out = MQC_CONN_NONE;
        const mqc_status status = mqc_broker_open(get(), now_ms, &out);
        if (status == MQC_FULL || status == MQC_SHUTTING_DOWN) {
            return std::nullopt;
        }
        check(status);
        return out;
    }

    /// Takes what has come on a connection; says how much: mqc_broker_handle_input().
    [[nodiscard]] std::size_t handle_input(mqc_conn conn, std::uint64_t now_ms,
                                           std::string_view data) {
        std::size_t taken = 0;
        const mqc_bytes in = bytes(data);
        check(mqc_broker_handle_input(get(), conn, now_ms, in.data, in.len, &taken));
        return taken;
    }
    /// How many bytes would be taken at least; 0 means to wait: mqc_broker_wants_input().
    [[nodiscard]] std::size_t wants_input(mqc_conn conn) {
        std::size_t out = 0;
        check(mqc_broker_wants_input(get(), conn, &out));
        return out;
    }
    /// The transport of a connection is gone: mqc_broker_handle_eof().
    void handle_eof(mqc_conn conn, std::uint64_t now_ms) {
        check(mqc_broker_handle_eof(get(), conn, now_ms));
    }
    /// Does what is due: mqc_broker_handle_timeout().
    void handle_timeout(std::uint64_t now_ms) { check(mqc_broker_handle_timeout(get(), now_ms)); }
    /// When handle_timeout() is to be called, none for never: mqc_broker_poll_timeout().
    [[nodiscard]] std::optional<std::uint64_t> poll_timeout() const {
        std::uint64_t at_ms = 0;
        check(mqc_broker_poll_timeout(get(), &at_ms));
        return detail::moment(at_ms);
    }

    /// Takes what is asked or reported next: mqc_broker_poll_event().
    [[nodiscard]] std::optional<broker_event> poll_event() {
        std::optional<broker_event> out(std::in_place);
        check(mqc_broker_poll_event(get(), &out->raw()));
        if (out->is(MQC_BROKER_EVENT_NONE)) {
            out.reset();
        }
        return out;
    }

    /// The next connection that there is something to be done about: mqc_broker_poll_writable().
    [[nodiscard]] std::optional<mqc_conn> poll_writable() {
        mqc_conn out = MQC_CONN_NONE;
        check(mqc_broker_poll_writable(get(), &out));
        return out != MQC_CONN_NONE ? std::optional<mqc_conn>(out) : std::nullopt;
    }
    /// The next bytes for a connection, none if there are none: mqc_broker_transmit_peek().
    [[nodiscard]] std::string_view transmit_peek(mqc_conn conn) {
        mqc_bytes out{};
        check(mqc_broker_transmit_peek(get(), conn, &out));
        return text(out);
    }
    /// The same in pieces for `writev`, at most 64: mqc_broker_transmit_peek_vectored().
    [[nodiscard]] std::size_t transmit_peek_vectored(mqc_conn conn, mqc_bytes *out,
                                                     std::size_t capacity) {
        std::size_t count = 0;
        check(mqc_broker_transmit_peek_vectored(get(), conn, out, capacity, &count));
        return count;
    }
    /// So many bytes have been sent: mqc_broker_transmit_advance().
    void transmit_advance(mqc_conn conn, std::size_t count) {
        check(mqc_broker_transmit_advance(get(), conn, count));
    }

    // Answers to what is asked. False if the connection is over: nobody is left to be told.

    /// Lets a client in: mqc_broker_accept().
    bool accept(mqc_conn conn, std::uint64_t now_ms, const mqc_admission &admission = {}) {
        return is_there(mqc_broker_accept(get(), conn, now_ms, &admission));
    }
    /// Refuses a client: mqc_broker_refuse().
    bool refuse(mqc_conn conn, std::uint64_t now_ms, const mqc_connack &connack) {
        return is_there(mqc_broker_refuse(get(), conn, now_ms, &connack));
    }
    /// Goes on with an authentication: mqc_broker_challenge().
    bool challenge(mqc_conn conn, std::uint64_t now_ms, mqc_bytes properties) {
        return is_there(mqc_broker_challenge(get(), conn, now_ms, properties));
    }
    /// Says whether a client may publish or subscribe: mqc_broker_authorize().
    bool authorize(mqc_conn conn, std::uint64_t now_ms, std::uint8_t reason_code = 0) {
        return is_there(mqc_broker_authorize(get(), conn, now_ms, reason_code));
    }

    /// Ends a connection; false if it is over: mqc_broker_disconnect().
    bool disconnect(mqc_conn conn, std::uint64_t now_ms, const mqc_disconnect &with = {}) {
        return is_there(mqc_broker_disconnect(get(), conn, now_ms, &with));
    }
    /// Ends a session; false if there is none: mqc_broker_drop_session().
    bool drop_session(std::string_view client_id, std::uint64_t now_ms) {
        std::uint8_t was_there = 0;
        check(mqc_broker_drop_session(get(), bytes(client_id), now_ms, &was_there));
        return was_there != 0;
    }
    /// Ends all connections and takes no more: mqc_broker_shut_down().
    void shut_down(std::uint64_t now_ms, const mqc_disconnect &with) {
        check(mqc_broker_shut_down(get(), now_ms, &with));
    }

    /// Publishes a message of the caller's; says how many get it: mqc_broker_publish().
    std::size_t publish(std::uint64_t now_ms, const mqc_publish &what) {
        std::size_t receivers = 0;
        check(mqc_broker_publish(get(), now_ms, &what, &receivers));
        return receivers;
    }
    /// Subscribes for the caller: mqc_broker_subscribe(). Messages come with `token`.
    [[nodiscard]] std::uint64_t subscribe(const subscription &to, std::uint64_t token = 0) {
        const mqc_subscription one = to;
        std::uint64_t id = 0;
        check(mqc_broker_subscribe(get(), &one, token, &id));
        return id;
    }
    /// Ends a subscription of the caller's; false if there is none: mqc_broker_unsubscribe().
    bool unsubscribe(std::uint64_t id) {
        std::uint8_t was_there = 0;
        check(mqc_broker_unsubscribe(get(), id, &was_there));
        return was_there != 0;
    }
    /// Copies the retained messages whose topics a filter matches: mqc_broker_retained().
    [[nodiscard]] messages retained(std::string_view filter) const {
        messages::handle_type out;
        check(mqc_broker_retained(get(), bytes(filter), out.out()));
        return messages(std::move(out));
    }

    /// The client identifier of a connection, no bytes if it has none: mqc_broker_client_id().
    [[nodiscard]] std::string_view client_id(mqc_conn conn) const {
        mqc_bytes out{};
        check(mqc_broker_client_id(get(), conn, &out));
        return text(out);
    }
    /// Who may do what from now on, other than by rules: mqc_broker_set_authorization().
    void set_authorization(mqc_authorization authorization) {
        check(mqc_broker_set_authorization(get(), authorization, nullptr));
    }
    /// The rules from now on, which are copied.
    void set_authorization(const acl &rules) {
        check(mqc_broker_set_authorization(get(), MQC_AUTHORIZATION_ACL, rules.get()));
    }
    /// What it has, and has done: mqc_broker_stats_get().
    [[nodiscard]] mqc_broker_stats stats() const {
        mqc_broker_stats out{};
        check(mqc_broker_stats_get(get(), &out));
        return out;
    }
    /// Bytes on the heap, about: mqc_broker_heap_bytes().
    [[nodiscard]] std::size_t heap_bytes() const {
        std::size_t out = 0;
        check(mqc_broker_heap_bytes(get(), &out));
        return out;
    }

    /// Takes the next change that a store is to keep: mqc_broker_poll_persist().
    [[nodiscard]] std::optional<mqc_persist_op> poll_persist() {
        mqc_persist_op op{};
        check(mqc_broker_poll_persist(get(), &op));
        return detail::change(op);
    }
    /// All changes up to this number are safe: mqc_broker_persisted().
    void persisted(std::uint64_t now_ms, std::uint64_t seq) {
        check(mqc_broker_persisted(get(), now_ms, seq));
    }
    /// Another broker, of this epoch, has the store: mqc_broker_fenced().
    void fenced(std::uint64_t now_ms, std::uint64_t epoch) {
        check(mqc_broker_fenced(get(), now_ms, epoch));
    }
    /// Tells what time of the world it is: mqc_broker_set_unix_time().
    void set_unix_time(std::uint64_t now_ms, std::uint64_t unix_ms) {
        check(mqc_broker_set_unix_time(get(), now_ms, unix_ms));
    }

  private:
    static bool is_there(mqc_status status) {
        if (status == MQC_UNKNOWN) {
            return false;
        }
        check(status);
        return true;
    }
};

} // namespace mqc

#endif // MQTT_CORE_BROKER_HPP
