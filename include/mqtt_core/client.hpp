/*
 * mqtt_core/client.hpp: the client's side of a session.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_CLIENT_HPP
#define MQTT_CORE_CLIENT_HPP

#include "../mqtt_core.h"
#include "properties.hpp"
#include "session.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

namespace mqc {

/// The defaults of a client's session.
[[nodiscard]] inline mqc_client_config client_config() noexcept { return MQC_CLIENT_CONFIG_INIT; }

/// The defaults of waiting between attempts.
[[nodiscard]] inline mqc_backoff backoff() noexcept { return MQC_BACKOFF_INIT; }

namespace detail {

/// The functions of C for the two sides of a session.
struct client_calls {
    using raw = mqc_client;
    static constexpr auto free = mqc_client_free;
    static constexpr auto handle_input = mqc_client_handle_input;
    static constexpr auto handle_eof = mqc_client_handle_eof;
    static constexpr auto handle_timeout = mqc_client_handle_timeout;
    static constexpr auto poll_timeout = mqc_client_poll_timeout;
    static constexpr auto poll_event = mqc_client_poll_event;
    static constexpr auto transmit_peek = mqc_client_transmit_peek;
    static constexpr auto transmit_peek_vectored = mqc_client_transmit_peek_vectored;
    static constexpr auto transmit_advance = mqc_client_transmit_advance;
    static constexpr auto wants_input = mqc_client_wants_input;
    static constexpr auto is_connected = mqc_client_is_connected;
    static constexpr auto refusal = mqc_client_refusal;
    static constexpr auto ack = mqc_client_ack;
    static constexpr auto auth = mqc_client_auth;
    static constexpr auto disconnect = mqc_client_disconnect;
    static constexpr auto quiesce = mqc_client_quiesce;
    static constexpr auto stats = mqc_client_stats;
    static constexpr auto stats_and_reset = mqc_client_stats_and_reset;
    static constexpr auto heap_bytes = mqc_client_heap_bytes;
    static constexpr auto shrink_to_fit = mqc_client_shrink_to_fit;
    static constexpr auto set_unix_time = mqc_client_set_unix_time;
    static constexpr auto poll_persist = mqc_client_poll_persist;
    static constexpr auto persisted = mqc_client_persisted;
    static constexpr auto persist_seq = mqc_client_persist_seq;
    static constexpr auto fenced = mqc_client_fenced;
    static constexpr auto snapshot = mqc_client_snapshot;
    static constexpr auto into_state = mqc_client_into_state;
    static constexpr auto send = mqc_client_publish;
    static constexpr auto send_payload = mqc_client_publish_payload;
    static constexpr auto send_all = mqc_client_publish_all;
};

} // namespace detail

/// The client's side of a session, over any number of connections: mqc_client.
class client_session : public detail::session<detail::client_calls> {
  public:
    using session::session;
    explicit client_session(const mqc_client_config &config = client_config())
        : session(handle_type::make(mqc_client_new, &config)) {}

    /// One that goes on with a state, which is empty then: mqc_client_resume(). With an error the
    /// state is as it was.
    [[nodiscard]] static client_session resume(session_state &&state,
                                               const mqc_client_config &config = client_config()) {
        client_session it(handle_type::make(mqc_client_resume, &config, state.get()));
        state = session_state();
        return it;
    }

    /// The transport is up: mqc_client_connect().
    void connect(std::uint64_t now_ms, const mqc_connect &with) {
        done(mqc_client_connect(get(), now_ms, &with));
    }

    /// Sends a message; none if there is no room: mqc_client_publish(). `token` comes back with
    /// what becomes of it, for QoS 1 and 2.
    [[nodiscard]] std::optional<mqc_publish_result>
    publish(std::uint64_t now_ms, const mqc_publish &what, std::uint64_t token = 0,
            mqc_when_full when_full = MQC_WHEN_FULL_QUEUE) {
        return send(now_ms, what, nullptr, token, when_full);
    }

    /// The same with a payload that is shared, `what` having none: mqc_client_publish_payload().
    [[nodiscard]] std::optional<mqc_publish_result>
    publish(std::uint64_t now_ms, const mqc_publish &what, const payload &with,
            std::uint64_t token = 0, mqc_when_full when_full = MQC_WHEN_FULL_QUEUE) {
        return send(now_ms, what, need(with), token, when_full);
    }

    /// Sends messages in order, and says how many were taken: mqc_client_publish_all(). Fewer than
    /// there are: there is no room, or the next one is refused, which throws when it comes first.
    [[nodiscard]] std::size_t publish_all(std::uint64_t now_ms, span<mqc_publish> messages,
                                          span<std::uint64_t> tokens = {},
                                          mqc_when_full when_full = MQC_WHEN_FULL_QUEUE) {
        return send_all(now_ms, messages, tokens, when_full);
    }

    /// Subscribes; gives the packet identifier, none if there is no room: mqc_client_subscribe().
    /// `MQC_EVENT_SUBSCRIBED` has `token`.
    [[nodiscard]] std::optional<std::uint16_t> subscribe(std::uint64_t now_ms,
                                                         span<mqc_subscription> to,
                                                         std::uint64_t token = 0,
                                                         mqc_bytes properties = {}) {
        std::uint16_t packet_id = 0;
        const mqc_status status = mqc_client_subscribe(get(), now_ms, to.data(), to.size(),
                                                       properties, token, &packet_id);
        return had_room(status) ? std::optional<std::uint16_t>(packet_id) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::uint16_t>
    subscribe(std::uint64_t now_ms, std::initializer_list<mqc_subscription> to,
              std::uint64_t token = 0, mqc_bytes properties = {}) {
        return subscribe(now_ms, span<mqc_subscription>(to.begin(), to.size()), token, properties);
    }
    [[nodiscard]] std::optional<std::uint16_t> subscribe(std::uint64_t now_ms,
                                                         const subscription &to,
                                                         std::uint64_t token = 0,
                                                         mqc_bytes properties = {}) {
        const mqc_subscription one = to;
        return subscribe(now_ms, span<mqc_subscription>(&one, 1), token, properties);
    }

    /// Unsubscribes; gives the packet identifier, none if there is no room:
    /// mqc_client_unsubscribe(). `MQC_EVENT_UNSUBSCRIBED` has `token`.
    [[nodiscard]] std::optional<std::uint16_t> unsubscribe(std::uint64_t now_ms,
                                                           span<mqc_bytes> from,
                                                           std::uint64_t token = 0,
                                                           mqc_bytes properties = {}) {
        std::uint16_t packet_id = 0;
        const mqc_status status = mqc_client_unsubscribe(get(), now_ms, from.data(), from.size(),
                                                         properties, token, &packet_id);
        return had_room(status) ? std::optional<std::uint16_t>(packet_id) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::uint16_t> unsubscribe(std::uint64_t now_ms,
                                                           std::string_view from,
                                                           std::uint64_t token = 0,
                                                           mqc_bytes properties = {}) {
        const mqc_bytes one = bytes(from);
        return unsubscribe(now_ms, span<mqc_bytes>(&one, 1), token, properties);
    }

  private:
    static const mqc_payload *need(const payload &with) {
        if (!with) {
            throw error(MQC_NULL_POINTER);
        }
        return with.get();
    }
};

/// Says when to connect again: mqc_reconnect.
class reconnect : public detail::object<mqc_reconnect, mqc_reconnect_free> {
  public:
    using object::object;
    explicit reconnect(const mqc_backoff &options = backoff())
        : object(handle_type::make(mqc_reconnect_new, &options)) {}

    /// The server has accepted the connection: mqc_reconnect_connected().
    void connected(std::uint64_t now_ms) { check(mqc_reconnect_connected(get(), now_ms)); }

    /// A connection has ended, or an attempt failed; says when to try again: mqc_reconnect_lost().
    [[nodiscard]] std::uint64_t lost(std::uint64_t now_ms, std::uint32_t random) {
        std::uint64_t at_ms = 0;
        check(mqc_reconnect_lost(get(), now_ms, random, &at_ms));
        return at_ms;
    }

    /// The next wait, as if no number were to shorten it: mqc_reconnect_next_wait().
    [[nodiscard]] std::uint64_t next_wait() const {
        std::uint64_t wait_ms = 0;
        check(mqc_reconnect_next_wait(get(), &wait_ms));
        return wait_ms;
    }
};

/// Says whether and when to publish a message again that was not taken: mqc_retry.
class retry : public detail::object<mqc_retry, mqc_retry_free> {
  public:
    using object::object;
    explicit retry(std::uint32_t attempts, const mqc_backoff &options = backoff())
        : object(handle_type::make(mqc_retry_new, &options, attempts)) {}

    /// The message has failed; says when to publish it again, or to give up: mqc_retry_failed().
    [[nodiscard]] std::optional<std::uint64_t> failed(std::uint64_t now_ms,
                                                      mqc_publish_failure failure,
                                                      std::uint32_t why, std::uint32_t random) {
        std::uint8_t again = 0;
        std::uint64_t at_ms = 0;
        check(mqc_retry_failed(get(), now_ms, failure, why, random, &again, &at_ms));
        return detail::if_found(again, at_ms);
    }
};

/// Requests that wait for their responses: mqc_requests.
class requests : public detail::object<mqc_requests, mqc_requests_free> {
  public:
    explicit requests(std::string_view response_topic, std::size_t max_count)
        : object(handle_type::make(mqc_requests_new, bytes(response_topic), max_count)),
          // The topic, the correlation data, and what stands before both.
          most_(response_topic.size() + 14) {}

    /// Begins a request, and appends the properties that make a message one to `out`; false if as
    /// many wait as may: mqc_requests_begin().
    [[nodiscard]] bool begin(std::uint64_t now_ms, std::uint64_t timeout_ms, std::uint64_t value,
                             buffer &out) {
        const std::size_t before = out.size();
        out.resize(before + most_);
        std::size_t written = 0;
        const mqc_status status = mqc_requests_begin(get(), now_ms, timeout_ms, value,
                                                     out.data() + before, most_, &written);
        out.resize(before + (status == MQC_OK ? written : 0));
        if (status == MQC_WOULD_BLOCK) {
            return false;
        }
        check(status);
        return true;
    }

    /// If a message is the response to a request, gives its value: mqc_requests_take().
    [[nodiscard]] std::optional<std::uint64_t> take(const mqc_publish &publish) {
        std::uint8_t found = 0;
        std::uint64_t value = 0;
        check(mqc_requests_take(get(), &publish, &found, &value));
        return detail::if_found(found, value);
    }

    /// Takes a request whose time is over; call it until there is none: mqc_requests_expire().
    [[nodiscard]] std::optional<std::uint64_t> expire(std::uint64_t now_ms) {
        std::uint8_t found = 0;
        std::uint64_t value = 0;
        check(mqc_requests_expire(get(), now_ms, &found, &value));
        return detail::if_found(found, value);
    }

    /// When expire() is to be called, none for never: mqc_requests_poll_timeout().
    [[nodiscard]] std::optional<std::uint64_t> poll_timeout() const {
        std::uint64_t at_ms = 0;
        check(mqc_requests_poll_timeout(get(), &at_ms));
        return detail::moment(at_ms);
    }

    /// How many wait: mqc_requests_count().
    [[nodiscard]] std::size_t size() const {
        std::size_t out = 0;
        check(mqc_requests_count(get(), &out));
        return out;
    }

  private:
    std::size_t most_;
};

} // namespace mqc

#endif // MQTT_CORE_CLIENT_HPP
