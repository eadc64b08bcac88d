/*
 * mqtt_core/session.hpp: what both sides of a session have.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_SESSION_HPP
#define MQTT_CORE_SESSION_HPP

#include "../mqtt_core.h"
#include "bytes.hpp"
#include "objects.hpp"
#include "persistence.hpp"
#include "ranges.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mqc {

/// A payload that several messages may have without copies: mqc_payload.
class payload : public detail::object<mqc_payload, mqc_payload_free> {
  public:
    using object::object;
    explicit payload(std::string_view data)
        : object(handle_type::make(mqc_payload_new, mqc::bytes(data).data, data.size())) {}

    /// Its bytes, valid as long as it is: mqc_payload_bytes().
    [[nodiscard]] std::string_view text() const {
        mqc_bytes out{};
        check(mqc_payload_bytes(get(), &out));
        return mqc::text(out);
    }
};

/// What has happened in a session. A structure of C with getters that look at its kind; what they
/// view is valid until the next call with the session that is not `const`.
class event {
  public:
    event() noexcept : raw_() {}
    explicit event(const mqc_event &raw) noexcept : raw_(raw) {}

    /// `MQC_EVENT_*`
    mqc_event_kind kind() const noexcept { return raw_.kind; }
    bool is(mqc_event_kind kind) const noexcept { return raw_.kind == kind; }

    // The fields; `MQC_INVALID_ARGUMENT` is thrown for an event of another kind.
    const mqc_event_connected &connected() const { return of(MQC_EVENT_CONNECTED).connected; }
    const mqc_connect &connect() const { return of(MQC_EVENT_CONNECT).connect; }
    const mqc_event_message &message() const { return of(MQC_EVENT_MESSAGE).message; }
    const mqc_event_published &published() const { return of(MQC_EVENT_PUBLISHED).published; }
    const mqc_event_dropped &dropped() const { return of(MQC_EVENT_DROPPED).dropped; }
    const mqc_event_fenced &fenced() const { return of(MQC_EVENT_FENCED).fenced; }
    const mqc_event_subscribed &subscribed() const { return of(MQC_EVENT_SUBSCRIBED).subscribed; }
    const mqc_event_subscribed &unsubscribed() const {
        return of(MQC_EVENT_UNSUBSCRIBED).unsubscribed;
    }
    const mqc_subscribe &subscribe() const { return of(MQC_EVENT_SUBSCRIBE).subscribe; }
    const mqc_unsubscribe &unsubscribe() const { return of(MQC_EVENT_UNSUBSCRIBE).unsubscribe; }
    const mqc_auth &auth() const { return of(MQC_EVENT_AUTH).auth; }
    const mqc_event_closed &closed() const { return of(MQC_EVENT_CLOSED).closed; }

    /// The structure of C.
    const mqc_event &raw() const noexcept { return raw_; }
    mqc_event &raw() noexcept { return raw_; }

  private:
    const mqc_event_body &of(mqc_event_kind kind) const {
        if (!is(kind)) {
            throw error(MQC_INVALID_ARGUMENT);
        }
        return raw_.body;
    }

    mqc_event raw_;
};

namespace detail {

/// What both sides of a session do: mqc_client_...() and mqc_server_...() of the same name.
template <typename Calls>
class session : public object<typename Calls::raw, Calls::free> {
    using base = object<typename Calls::raw, Calls::free>;

  public:
    using typename base::handle_type;
    using base::base;
    using base::get;

    /// Takes bytes of the peer; says how many: `_handle_input`. Hand in the rest again, once events
    /// are polled and what is to be sent is sent.
    [[nodiscard]] std::size_t handle_input(std::uint64_t now_ms, std::string_view data) {
        std::size_t taken = 0;
        const mqc_bytes in = bytes(data);
        done(Calls::handle_input(get(), now_ms, in.data, in.len, &taken));
        return taken;
    }

    /// The transport has come to its end: `_handle_eof`.
    void handle_eof(std::uint64_t now_ms) { done(Calls::handle_eof(get(), now_ms)); }
    /// Does what is due by now: `_handle_timeout`.
    void handle_timeout(std::uint64_t now_ms) { done(Calls::handle_timeout(get(), now_ms)); }

    /// When handle_timeout() is to be called, and why; none for never: `_poll_timeout`.
    [[nodiscard]] std::optional<std::uint64_t> poll_timeout(mqc_timer *timer = nullptr) const {
        std::uint64_t at_ms = 0;
        done(Calls::poll_timeout(get(), &at_ms, timer));
        return moment(at_ms);
    }

    /// Takes what has happened next: `_poll_event`. `while (const auto event = it.poll_event())`
    [[nodiscard]] std::optional<event> poll_event() {
        std::optional<event> out(std::in_place);
        done(Calls::poll_event(get(), &out->raw()));
        if (out->is(MQC_EVENT_NONE)) {
            out.reset();
        }
        return out;
    }

    /// What is to be sent next, no bytes if there is nothing; valid until the next call that is not
    /// `const`: `_transmit_peek`.
    [[nodiscard]] std::string_view transmit_peek() {
        mqc_bytes out{};
        done(Calls::transmit_peek(get(), &out));
        return text(out);
    }

    /// The same in pieces for `writev`, at most 64; says how many: `_transmit_peek_vectored`.
    [[nodiscard]] std::size_t transmit_peek_vectored(mqc_bytes *out, std::size_t capacity) {
        std::size_t count = 0;
        done(Calls::transmit_peek_vectored(get(), out, capacity, &count));
        return count;
    }

    /// So many bytes are with the transport: `_transmit_advance`.
    void transmit_advance(std::size_t count) { done(Calls::transmit_advance(get(), count)); }

    /// How many bytes handle_input() would take at least; 0 means to wait: `_wants_input`.
    [[nodiscard]] std::size_t wants_input() const {
        std::size_t out = 0;
        done(Calls::wants_input(get(), &out));
        return out;
    }

    /// From CONNACK to the end of the connection: `_is_connected`.
    [[nodiscard]] bool is_connected() const {
        std::uint8_t out = 0;
        done(Calls::is_connected(get(), &out));
        return out != 0;
    }

    /// More of the last command that was refused, also when "none" said so: `_refusal`.
    [[nodiscard]] mqc_refusal refusal() const {
        mqc_refusal out{};
        check(Calls::refusal(get(), &out));
        return out;
    }

    /// Acknowledges a message, with `MQC_ACK_MANUAL`; false if nothing waits for that any more:
    /// `_ack`.
    bool ack(std::uint64_t now_ms, mqc_ack_token token, std::uint8_t reason_code = 0) {
        const mqc_status status = Calls::ack(get(), now_ms, token, reason_code);
        if (status == MQC_UNKNOWN_TOKEN) {
            return false;
        }
        done(status);
        return true;
    }

    /// One step of an enhanced authentication: `_auth`.
    void auth(std::uint64_t now_ms, const mqc_auth &with) {
        done(Calls::auth(get(), now_ms, &with));
    }
    /// Says goodbye: `_disconnect`.
    void disconnect(std::uint64_t now_ms, const mqc_disconnect &with = {}) {
        done(Calls::disconnect(get(), now_ms, &with));
    }
    /// Says goodbye as soon as all that waits or is open is done: `_quiesce`.
    void quiesce(std::uint64_t now_ms, const mqc_disconnect &with = {}) {
        done(Calls::quiesce(get(), now_ms, &with));
    }

    /// What the session has done: `_stats`.
    [[nodiscard]] mqc_stats stats() const {
        mqc_stats out{};
        done(Calls::stats(get(), &out));
        return out;
    }
    /// The same, and begins to count anew: `_stats_and_reset`.
    [[nodiscard]] mqc_stats stats_and_reset(std::uint64_t now_ms) {
        mqc_stats out{};
        done(Calls::stats_and_reset(get(), now_ms, &out));
        return out;
    }

    /// Bytes on the heap: `_heap_bytes`.
    [[nodiscard]] std::size_t heap_bytes() const {
        std::size_t out = 0;
        done(Calls::heap_bytes(get(), &out));
        return out;
    }
    /// Gives back memory that is not needed now: `_shrink_to_fit`.
    void shrink_to_fit() { done(Calls::shrink_to_fit(get())); }

    /// Tells what time of the world it is, for what is stored: `_set_unix_time`.
    void set_unix_time(std::uint64_t now_ms, std::uint64_t unix_ms) {
        done(Calls::set_unix_time(get(), now_ms, unix_ms));
    }

    /// Takes the next change that a store is to keep: `_poll_persist`. Its views are valid until
    /// the next call that is not `const`.
    [[nodiscard]] std::optional<mqc_persist_op> poll_persist() {
        mqc_persist_op op{};
        done(Calls::poll_persist(get(), &op));
        return change(op);
    }
    /// All changes up to this number are safe: `_persisted`.
    void persisted(std::uint64_t now_ms, std::uint64_t seq) {
        done(Calls::persisted(get(), now_ms, seq));
    }
    /// The number of the last change, 0 if there was none: `_persist_seq`.
    [[nodiscard]] std::uint64_t persist_seq() const {
        std::uint64_t out = 0;
        done(Calls::persist_seq(get(), &out));
        return out;
    }
    /// Another owner, of this epoch, has the session: `_fenced`.
    void fenced(std::uint64_t now_ms, std::uint64_t epoch) {
        done(Calls::fenced(get(), now_ms, epoch));
    }

    /// The next page of a snapshot, none after the last; valid until the next call with `into`:
    /// `_snapshot`.
    [[nodiscard]] std::optional<std::string_view> snapshot_page(snapshot &into,
                                                                std::size_t max_bytes) const {
        mqc_bytes page{};
        done(Calls::snapshot(get(), into.get(), max_bytes, &page));
        return page.len != 0 ? std::optional<std::string_view>(text(page)) : std::nullopt;
    }

    /// Takes what is left of the session out of it: `_into_state`. All but refusal() throws
    /// `MQC_SPENT` then: `auto state = std::move(it).into_state();`
    [[nodiscard]] session_state into_state() &&;

  protected:
    /// As check(), with what the session tells of a refusal.
    void done(mqc_status status) const {
        if (status == MQC_OK) {
            return;
        }
        mqc_refusal more{};
        if (status >= MQC_WOULD_BLOCK && status <= MQC_REFUSED_OTHER &&
            Calls::refusal(get(), &more) == MQC_OK && more.status == status) {
            throw refused(more);
        }
        throw error(status);
    }

    /// Whether there was room.
    bool had_room(mqc_status status) const {
        if (status == MQC_WOULD_BLOCK) {
            return false;
        }
        done(status);
        return true;
    }

    std::optional<mqc_publish_result> send(std::uint64_t now_ms, const mqc_publish &publish,
                                           const mqc_payload *with, std::uint64_t token,
                                           mqc_when_full when_full) {
        mqc_publish_result out{};
        const mqc_status status =
            with == nullptr
                ? Calls::send(get(), now_ms, &publish, token, when_full, &out)
                : Calls::send_payload(get(), now_ms, &publish, with, token, when_full, &out);
        return had_room(status) ? std::optional<mqc_publish_result>(out) : std::nullopt;
    }

    std::size_t send_all(std::uint64_t now_ms, span<mqc_publish> messages,
                         span<std::uint64_t> tokens, mqc_when_full when_full) {
        if (!tokens.empty() && tokens.size() != messages.size()) {
            throw error(MQC_INVALID_ARGUMENT);
        }
        std::size_t taken = 0;
        const mqc_status status = Calls::send_all(get(), now_ms, messages.data(), tokens.data(),
                                                  messages.size(), when_full, &taken);
        // What was taken is to be known; the rest meets the same fault when it comes again.
        if (taken == 0 && status != MQC_WOULD_BLOCK) {
            done(status);
        }
        return taken;
    }
};

} // namespace detail

template <typename Calls> session_state detail::session<Calls>::into_state() && {
    session_state::handle_type out;
    done(Calls::into_state(get(), out.out()));
    return session_state(std::move(out));
}

/// The numbers as Prometheus reads them: mqc_stats_prometheus().
[[nodiscard]] inline std::string prometheus(const mqc_stats &stats, std::string_view labels = {}) {
    std::string out(4096 + 20 * labels.size(), '\0');
    std::size_t written = 0;
    // Both types may look at any bytes.
    check(mqc_stats_prometheus(&stats, bytes(labels), reinterpret_cast<std::uint8_t *>(out.data()),
                               out.size(), &written));
    out.resize(written);
    return out;
}

} // namespace mqc

#endif // MQTT_CORE_SESSION_HPP
