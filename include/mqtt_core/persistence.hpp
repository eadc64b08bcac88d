/*
 * mqtt_core/persistence.hpp: sessions in stores.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_PERSISTENCE_HPP
#define MQTT_CORE_PERSISTENCE_HPP

#include "../mqtt_core.h"
#include "bytes.hpp"
#include "objects.hpp"
#include "properties.hpp"
#include "ranges.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace mqc {

/// A snapshot that is being made, page by page: mqc_snapshot. The pages come from `snapshot_page()`
/// of a session or a state, the same one for all.
class snapshot : public detail::object<mqc_snapshot, mqc_snapshot_free> {
  public:
    using object::object;
    snapshot() : object(handle_type::make(mqc_snapshot_new)) {}

    /// The change after which changes are to be kept with the snapshot: mqc_snapshot_seq().
    [[nodiscard]] std::uint64_t seq() const {
        std::uint64_t out = 0;
        check(mqc_snapshot_seq(get(), &out));
        return out;
    }
};

namespace detail {

/// A change of what is stored, none if there is none.
inline std::optional<mqc_persist_op> change(const mqc_persist_op &op) noexcept {
    return op.kind != MQC_PERSIST_NONE ? std::optional<mqc_persist_op>(op) : std::nullopt;
}

} // namespace detail

/// A subscription of a stored session.
struct stored_subscription {
    mqc::subscription subscription;
    /// Its Subscription Identifier; 0 if it has none.
    std::uint32_t identifier = 0;
};

/// The subscriptions of a stored session in the order of their filters, walked once. They are views
/// into the state.
class stored_subscriptions
    : public detail::pulled<stored_subscriptions, stored_subscription> {
  public:
    explicit stored_subscriptions(const mqc_session_state *state) noexcept : state_(state) {}

    /// Takes the next; false at the end.
    bool pull(stored_subscription &out) {
        if (at_ == count_) {
            check(mqc_session_state_subscriptions(state_, first_, page_.data(), page_.size(),
                                                  &count_));
            at_ = 0;
            first_ += count_;
            if (count_ == 0) {
                return false;
            }
        }
        const mqc_stored_subscription &it = page_[at_++];
        const mqc_subscription &how = it.subscription;
        out = {{text(how.filter), how.qos, how.no_local != 0, how.retain_as_published != 0,
                how.retain_handling},
               it.identifier};
        return true;
    }

  private:
    const mqc_session_state *state_;
    std::array<mqc_stored_subscription, 16> page_{};
    std::size_t first_ = 0;
    std::size_t at_ = 0;
    std::size_t count_ = 0;
};

/// What is left of a session without a connection: mqc_session_state. Empty once a session goes on
/// with it.
class session_state : public detail::object<mqc_session_state, mqc_session_state_free> {
  public:
    using object::object;
    /// An empty one.
    session_state() noexcept = default;

    /// What it has, in numbers: mqc_session_state_info().
    [[nodiscard]] mqc_session_info info() const {
        mqc_session_info out{};
        check(mqc_session_state_info(get(), &out));
        return out;
    }

    /// Of a server's session that is stored: mqc_session_state_subscriptions().
    [[nodiscard]] stored_subscriptions subscriptions() const noexcept {
        return stored_subscriptions(get());
    }

    /// The will that is to be published, or is not due yet: mqc_session_state_will().
    [[nodiscard]] std::optional<mqc_will> will() const {
        mqc_will out{};
        check(mqc_session_state_will(get(), &out));
        return out.has_will != 0 ? std::optional<mqc_will>(out) : std::nullopt;
    }

    /// The will has been published, or is not to be: mqc_session_state_clear_will().
    void clear_will() { check(mqc_session_state_clear_will(get())); }
    /// The session has ended: mqc_session_state_end().
    void end() { check(mqc_session_state_end(get())); }

    /// Takes the next change that a store is to keep: mqc_session_state_poll_persist().
    [[nodiscard]] std::optional<mqc_persist_op> poll_persist() {
        mqc_persist_op op{};
        check(mqc_session_state_poll_persist(get(), &op));
        return detail::change(op);
    }
    /// All changes up to this number are safe: mqc_session_state_persisted().
    void persisted(std::uint64_t seq) { check(mqc_session_state_persisted(get(), seq)); }

    /// The next page of a snapshot, none after the last; valid until the next call with `into`:
    /// mqc_session_state_snapshot().
    [[nodiscard]] std::optional<std::string_view> snapshot_page(snapshot &into,
                                                                std::size_t max_bytes) const {
        mqc_bytes page{};
        check(mqc_session_state_snapshot(get(), into.get(), max_bytes, &page));
        return page.len != 0 ? std::optional<std::string_view>(text(page)) : std::nullopt;
    }
};

/// Appends a change to a journal: mqc_persist_op_encode().
inline void journal_append(const mqc_persist_op &op, buffer &out) {
    const std::size_t before = out.size();
    // What stands around the key and the value.
    out.resize(before + op.key.len + op.value.len + 29);
    std::size_t written = 0;
    const mqc_status status =
        mqc_persist_op_encode(&op, out.data() + before, out.size() - before, &written);
    out.resize(before + (status == MQC_OK ? written : 0));
    check(status);
}

/// What a journal begins with: mqc_journal_header().
[[nodiscard]] inline std::string_view journal_header() {
    mqc_bytes out{};
    check(mqc_journal_header(&out));
    return text(out);
}

/// A journal that is being read, over bytes that nobody changes or frees: mqc_journal. A damaged
/// one throws store_error; what comes before holds, up to offset().
class journal : public detail::object<mqc_journal, mqc_journal_free>,
                public detail::pulled<journal, mqc_persist_op> {
  public:
    using object::object;
    explicit journal(std::string_view data) : object() {
        const mqc_bytes in = bytes(data);
        mqc_store_error fault{};
        detail::check_store(mqc_journal_new(in.data, in.len, handle_.out(), &fault), fault);
    }

    /// Takes the next change; false at the end: mqc_journal_next().
    bool pull(mqc_persist_op &out) {
        mqc_store_error fault{};
        detail::check_store(mqc_journal_next(get(), &out, &fault), fault);
        return out.kind != MQC_PERSIST_NONE;
    }

    /// Behind the last change that was given, in bytes: mqc_journal_offset().
    [[nodiscard]] std::size_t offset() const {
        std::size_t out = 0;
        check(mqc_journal_offset(get(), &out));
        return out;
    }
};

/// What a store gives back: rows, pages of a snapshot, the changes after it: mqc_restore.
class restore : public detail::object<mqc_restore, mqc_restore_free> {
  public:
    using object::object;
    restore() : object(handle_type::make(mqc_restore_new)) {}

    /// Skips rows of kinds that this version does not know: mqc_restore_skip_unknown().
    void skip_unknown() { check(mqc_restore_skip_unknown(get())); }
    /// Takes a row: mqc_restore_put().
    void put(std::string_view key, std::string_view value) {
        check(mqc_restore_put(get(), bytes(key), bytes(value)));
    }
    /// Which was the last change that the rows have: mqc_restore_at().
    void at(std::uint64_t epoch, std::uint64_t seq) { check(mqc_restore_at(get(), epoch, seq)); }

    /// Takes the next page of a snapshot; says whether it is the last: mqc_restore_page(). Throws
    /// store_error.
    bool page(std::string_view data) {
        const mqc_bytes in = bytes(data);
        std::uint8_t is_last = 0;
        mqc_store_error fault{};
        detail::check_store(mqc_restore_page(get(), in.data, in.len, &is_last, &fault), fault);
        return is_last != 0;
    }

    /// Makes a change, say of a journal: mqc_restore_apply(). Throws store_error.
    void apply(const mqc_persist_op &op) {
        mqc_store_error fault{};
        detail::check_store(mqc_restore_apply(get(), &op, &fault), fault);
    }

    /// The session, none if the store has none: mqc_restore_finish(). Throws store_error.
    [[nodiscard]] std::optional<session_state> finish() const {
        session_state::handle_type out;
        mqc_store_error fault{};
        detail::check_store(mqc_restore_finish(get(), out.out(), &fault), fault);
        return out ? std::optional<session_state>(session_state(std::move(out))) : std::nullopt;
    }
};

} // namespace mqc

#endif // MQTT_CORE_PERSISTENCE_HPP
