/*
 * mqtt_core/server.hpp: the server's side of a session.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_SERVER_HPP
#define MQTT_CORE_SERVER_HPP

#include "../mqtt_core.h"
#include "session.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace mqc {

/// The defaults of a server's session.
[[nodiscard]] inline mqc_server_config server_config() noexcept { return MQC_SERVER_CONFIG_INIT; }

namespace detail {

struct server_calls {
    using raw = mqc_server;
    static constexpr auto free = mqc_server_free;
    static constexpr auto handle_input = mqc_server_handle_input;
    static constexpr auto handle_eof = mqc_server_handle_eof;
    static constexpr auto handle_timeout = mqc_server_handle_timeout;
    static constexpr auto poll_timeout = mqc_server_poll_timeout;
    static constexpr auto poll_event = mqc_server_poll_event;
    static constexpr auto transmit_peek = mqc_server_transmit_peek;
    static constexpr auto transmit_peek_vectored = mqc_server_transmit_peek_vectored;
    static constexpr auto transmit_advance = mqc_server_transmit_advance;
    static constexpr auto wants_input = mqc_server_wants_input;
    static constexpr auto is_connected = mqc_server_is_connected;
    static constexpr auto refusal = mqc_server_refusal;
    static constexpr auto ack = mqc_server_ack;
    static constexpr auto auth = mqc_server_auth;
    static constexpr auto disconnect = mqc_server_disconnect;
    static constexpr auto quiesce = mqc_server_quiesce;
    static constexpr auto stats = mqc_server_stats;
    static constexpr auto stats_and_reset = mqc_server_stats_and_reset;
    static constexpr auto heap_bytes = mqc_server_heap_bytes;
    static constexpr auto shrink_to_fit = mqc_server_shrink_to_fit;
    static constexpr auto set_unix_time = mqc_server_set_unix_time;
    static constexpr auto poll_persist = mqc_server_poll_persist;
    static constexpr auto persisted = mqc_server_persisted;
    static constexpr auto persist_seq = mqc_server_persist_seq;
    static constexpr auto fenced = mqc_server_fenced;
    static constexpr auto snapshot = mqc_server_snapshot;
    static constexpr auto into_state = mqc_server_into_state;
    static constexpr auto send = mqc_server_deliver;
    static constexpr auto send_payload = mqc_server_deliver_payload;
    static constexpr auto send_all = mqc_server_deliver_all;
};

} // namespace detail

/// The server's side of one connection: mqc_server.
class server_session : public detail::session<detail::server_calls> {
  public:
    using session::session;
    explicit server_session(std::uint64_t now_ms, const mqc_server_config &config = server_config())
        : session(handle_type::make(mqc_server_new, &config, now_ms)) {}

    /// The last change that the store has of a session in whose place this one comes:
    /// mqc_server_persist_after().
    void persist_after(std::uint64_t seq) { done(mqc_server_persist_after(get(), seq)); }

    /// Accepts the client with a new session: mqc_server_accept().
    void accept(std::uint64_t now_ms, const mqc_connack &connack = {}) {
        done(mqc_server_accept(get(), now_ms, &connack, nullptr));
    }
    /// Accepts the client with the state of its session, which is empty then. With an error the
    /// state is as it was.
    void accept(std::uint64_t now_ms, const mqc_connack &connack, session_state &&state) {
        if (!state) {
            throw error(MQC_NULL_POINTER);
        }
        done(mqc_server_accept(get(), now_ms, &connack, state.get()));
        state = session_state();
    }
    /// Refuses the client and ends the connection: mqc_server_refuse().
    void refuse(std::uint64_t now_ms, const mqc_connack &connack) {
        done(mqc_server_refuse(get(), now_ms, &connack));
    }

    /// Sends a message; none if there is no room: mqc_server_deliver().
    [[nodiscard]] std::optional<mqc_publish_result>
    deliver(std::uint64_t now_ms, const mqc_publish &what, std::uint64_t token = 0,
            mqc_when_full when_full = MQC_WHEN_FULL_QUEUE) {
        return send(now_ms, what, nullptr, token, when_full);
    }
    /// The same with a payload that is shared, `what` having none: mqc_server_deliver_payload().
    [[nodiscard]] std::optional<mqc_publish_result>
    deliver(std::uint64_t now_ms, const mqc_publish &what, const payload &with,
            std::uint64_t token = 0, mqc_when_full when_full = MQC_WHEN_FULL_QUEUE) {
        if (!with) {
            throw error(MQC_NULL_POINTER);
        }
        return send(now_ms, what, with.get(), token, when_full);
    }
    /// Sends messages in order, as client_session::publish_all() does: mqc_server_deliver_all().
    [[nodiscard]] std::size_t deliver_all(std::uint64_t now_ms, span<mqc_publish> messages,
                                          span<std::uint64_t> tokens = {},
                                          mqc_when_full when_full = MQC_WHEN_FULL_QUEUE) {
        return send_all(now_ms, messages, tokens, when_full);
    }

    /// Answers a SUBSCRIBE, a code for each filter: mqc_server_suback().
    void suback(std::uint64_t now_ms, const mqc_filter_ack &with) {
        done(mqc_server_suback(get(), now_ms, &with));
    }
    /// Answers an UNSUBSCRIBE: mqc_server_unsuback().
    void unsuback(std::uint64_t now_ms, const mqc_filter_ack &with) {
        done(mqc_server_unsuback(get(), now_ms, &with));
    }

    /// Another connection has the session now: mqc_server_take_over().
    void take_over(std::uint64_t now_ms) { done(mqc_server_take_over(get(), now_ms)); }

    /// The will, if it is to be published: mqc_server_will().
    [[nodiscard]] std::optional<mqc_will> will() const {
        mqc_will out{};
        done(mqc_server_will(get(), &out));
        return out.has_will != 0 ? std::optional<mqc_will>(out) : std::nullopt;
    }

    /// For how many seconds the session is kept when the connection ends; `UINT32_MAX` for ever:
    /// mqc_server_session_expiry().
    [[nodiscard]] std::uint32_t session_expiry() const {
        std::uint32_t out = 0;
        done(mqc_server_session_expiry(get(), &out));
        return out;
    }
};

} // namespace mqc

#endif // MQTT_CORE_SERVER_HPP
