/*
 * mqtt_core/indexes.hpp: subscriptions by topic filter, retained messages by topic name.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_INDEXES_HPP
#define MQTT_CORE_INDEXES_HPP

#include "../mqtt_core.h"
#include "bytes.hpp"
#include "objects.hpp"
#include "ranges.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace mqc {

/// No limits but those of numbers.
[[nodiscard]] inline mqc_index_limits index_limits() noexcept { return MQC_INDEX_LIMITS_INIT; }

/// A subscription of a trie.
struct trie_entry {
    /// With its share name, if it is shared.
    std::string_view filter;
    /// Of a shared subscription; else no bytes.
    std::string_view share_name;
    /// Who.
    std::uint64_t key = 0;
    /// How.
    mqc_granted granted = {};
};

/// A subscription, or a group of a shared one, that matches a topic.
struct trie_found {
    trie_found() noexcept = default;
    explicit trie_found(const mqc_trie_found &from) noexcept
        : kind(from.kind), group(from.group), key(from.key), granted(from.granted),
          share_name(text(from.share_name)), member_count(from.member_count) {}

    /// `MQC_FOUND_*`
    mqc_found_kind kind = MQC_FOUND_NONE;
    /// Of a group: its number, for trie_matches::pick() and trie_matches::members().
    std::uint32_t group = 0;
    /// Of a subscriber: who.
    std::uint64_t key = 0;
    /// Of a subscriber: how.
    mqc_granted granted = {};
    /// Of a group.
    std::string_view share_name;
    /// Of a group: one or more.
    std::uint64_t member_count = 0;
};

class trie;

/// Memory for matching, kept from topic to topic: mqc_trie_matches. One for each thread.
class trie_matches : public detail::object<mqc_trie_matches, mqc_trie_matches_free> {
  public:
    using object::object;
    trie_matches() : object(handle_type::make(mqc_trie_matches_new)) {}

    /// The next page of a match, empty at the end; valid until the next call with this memory. The
    /// trie may change between two pages: mqc_trie_matches_next().
    [[nodiscard]] view<mqc_trie_found, trie_found> next(const trie &of,
                                                        std::size_t max = SIZE_MAX);

    /// The member of a group that gets the next message, none if none can: mqc_trie_matches_pick().
    /// `unavailable` are keys in ascending order that are passed over.
    [[nodiscard]] std::optional<mqc_trie_member>
    pick(const trie &of, std::uint32_t group, mqc_share_strategy strategy = MQC_SHARE_ROUND_ROBIN,
         std::uint64_t number = 0, span<std::uint64_t> unavailable = {}) const;

    /// All members of a group, in the order in which they joined; valid until the next call with
    /// this memory: mqc_trie_matches_members().
    [[nodiscard]] span<mqc_trie_member> members(const trie &of, std::uint32_t group);
};

/// The subscriptions that match a topic: `for (const auto &it : trie.match(topic, matches))`. They
/// are walked once, in pages of 64.
class trie_match : public detail::pulled<trie_match, trie_found> {
  public:
    trie_match(const mqc_trie *trie, mqc_trie_matches *matches, std::size_t size) noexcept
        : trie_(trie), matches_(matches), size_(size) {}

    /// How many there were when it began, each group counted once.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    /// Takes the next; false at the end.
    bool pull(trie_found &out) {
        if (at_ == count_) {
            at_ = count_ = 0;
            check(mqc_trie_matches_next(matches_, trie_, 64, &page_, &count_));
            if (count_ == 0) {
                return false;
            }
        }
        out = trie_found(page_[at_++]);
        return true;
    }

  private:
    const mqc_trie *trie_;
    mqc_trie_matches *matches_;
    std::size_t size_;
    const mqc_trie_found *page_ = nullptr;
    std::size_t at_ = 0;
    std::size_t count_ = 0;
};

/// A walk over the subscriptions of a trie, over when that changes: mqc_trie_walk. What it gives is
/// valid until the next one is taken.
class trie_walk : public detail::object<mqc_trie_walk, mqc_trie_walk_free>,
                  public detail::pulled<trie_walk, trie_entry> {
  public:
    /// Takes a walk of this trie over.
    trie_walk(handle_type from, const mqc_trie *trie) noexcept
        : object(std::move(from)), trie_(trie) {}

    /// Takes the next; false at the end.
    bool pull(trie_entry &out) {
        mqc_trie_entry found;
        check(mqc_trie_walk_next(get(), trie_, &found));
        out = {text(found.filter), text(found.share_name), found.key, found.granted};
        return found.filter.len != 0;
    }

  private:
    const mqc_trie *trie_;
};

/// Who subscribes to which filter, asked by topic name: mqc_trie.
class trie : public detail::object<mqc_trie, mqc_trie_free> {
  public:
    using object::object;
    explicit trie(const mqc_index_limits &limits = index_limits())
        : object(handle_type::make(mqc_trie_new, &limits)) {}

    /// Another one with the same subscriptions: mqc_trie_clone().
    [[nodiscard]] trie clone() const {
        const mqc_trie *from = get();
        return trie(handle_type::make(mqc_trie_clone, from));
    }

    /// How much may be added from now on: mqc_trie_set_limits().
    void set_limits(const mqc_index_limits &limits) { check(mqc_trie_set_limits(get(), &limits)); }

    /// Adds a subscription, or replaces it; gives what there was: mqc_trie_insert().
    std::optional<mqc_granted> insert(std::string_view filter, std::uint64_t key,
                                      const mqc_granted &granted = {},
                                      mqc_version version = MQC_VERSION_V5) {
        std::uint8_t found = 0;
        mqc_granted old{};
        check(mqc_trie_insert(get(), bytes(filter), version, key, &granted, &found, &old));
        return found != 0 ? std::optional<mqc_granted>(old) : std::nullopt;
    }

    /// Removes a subscription; gives what there was: mqc_trie_remove().
    std::optional<mqc_granted> remove(std::string_view filter, std::uint64_t key,
                                      mqc_version version = MQC_VERSION_V5) {
        std::uint8_t found = 0;
        mqc_granted old{};
        check(mqc_trie_remove(get(), bytes(filter), version, key, &found, &old));
        return found != 0 ? std::optional<mqc_granted>(old) : std::nullopt;
    }

    /// Removes all subscriptions of a key, and says how many: mqc_trie_remove_key().
    std::size_t remove_key(std::uint64_t key) {
        std::size_t count = 0;
        check(mqc_trie_remove_key(get(), key, &count));
        return count;
    }

    /// How one subscribes: mqc_trie_get().
    [[nodiscard]] std::optional<mqc_granted> find(std::string_view filter, std::uint64_t key,
                                                  mqc_version version = MQC_VERSION_V5) const {
        std::uint8_t found = 0;
        mqc_granted out{};
        check(mqc_trie_get(get(), bytes(filter), version, key, &found, &out));
        return found != 0 ? std::optional<mqc_granted>(out) : std::nullopt;
    }

    /// How many subscriptions there are: mqc_trie_len().
    [[nodiscard]] std::size_t size() const {
        std::size_t len = 0;
        check(mqc_trie_len(get(), &len));
        return len;
    }
    [[nodiscard]] bool empty() const { return size() == 0; }

    /// Bytes of the heap: mqc_trie_heap_bytes().
    [[nodiscard]] std::size_t heap_bytes() const {
        std::size_t out = 0;
        check(mqc_trie_heap_bytes(get(), &out));
        return out;
    }

    /// Removes everything: mqc_trie_clear().
    void clear() { check(mqc_trie_clear(get())); }
    /// Gives back memory that is not needed: mqc_trie_shrink().
    void shrink() { check(mqc_trie_shrink(get())); }

    /// Looks for the subscriptions that match a topic name: mqc_trie_match(). What `matches` held
    /// before is forgotten.
    [[nodiscard]] trie_match match(std::string_view topic, trie_matches &matches) const {
        std::size_t count = 0;
        check(mqc_trie_match(get(), bytes(topic), matches.get(), &count));
        return {get(), matches.get(), count};
    }

    /// Looks for a shared subscription by its filter: mqc_trie_group().
    [[nodiscard]] std::optional<trie_found> group(std::string_view filter,
                                                  trie_matches &matches) const {
        mqc_trie_found found;
        check(mqc_trie_group(get(), bytes(filter), matches.get(), &found));
        return found.kind != MQC_FOUND_NONE ? std::optional<trie_found>(trie_found(found))
                                            : std::nullopt;
    }

    /// Walks over the subscriptions whose filter begins with these levels; over all for no bytes:
    /// mqc_trie_walk_new().
    [[nodiscard]] trie_walk walk(std::string_view below = {},
                                 mqc_version version = MQC_VERSION_V5) const {
        trie_walk::handle_type out;
        check(mqc_trie_walk_new(get(), bytes(below), version, out.out()));
        return {std::move(out), get()};
    }
};

inline view<mqc_trie_found, trie_found> trie_matches::next(const trie &of, std::size_t max) {
    const mqc_trie_found *out = nullptr;
    std::size_t count = 0;
    check(mqc_trie_matches_next(get(), of.get(), max, &out, &count));
    return {out, count};
}

inline std::optional<mqc_trie_member> trie_matches::pick(const trie &of, std::uint32_t group,
                                                         mqc_share_strategy strategy,
                                                         std::uint64_t number,
                                                         span<std::uint64_t> unavailable) const {
    std::uint8_t found = 0;
    mqc_trie_member out{};
    check(mqc_trie_matches_pick(get(), of.get(), group, strategy, number, unavailable.data(),
                                unavailable.size(), &found, &out));
    return found != 0 ? std::optional<mqc_trie_member>(out) : std::nullopt;
}

inline span<mqc_trie_member> trie_matches::members(const trie &of, std::uint32_t group) {
    const mqc_trie_member *out = nullptr;
    std::size_t count = 0;
    check(mqc_trie_matches_members(get(), of.get(), group, &out, &count));
    return {out, count};
}

/// How one client gets a message.
struct delivery {
    explicit delivery(const mqc_delivery &from) noexcept
        : key(from.key), qos(from.qos), retain_as_published(from.retain_as_published != 0),
          subscription_ids(from.subscription_ids, from.subscription_id_count) {}

    /// The client.
    std::uint64_t key;
    /// The highest of its subscriptions; the message goes out with this or its own, the lower.
    mqc_qos qos;
    /// Whether one of them gets RETAIN as the publisher set it.
    bool retain_as_published;
    /// The Subscription Identifiers of those that have one.
    span<std::uint32_t> subscription_ids;
};

/// Merges subscriptions of one client that match the same message: mqc_overlaps.
class overlaps : public detail::object<mqc_overlaps, mqc_overlaps_free> {
  public:
    using object::object;
    overlaps() : object(handle_type::make(mqc_overlaps_new)) {}

    /// Begins the next message, of this publisher if No Local is to count: mqc_overlaps_start().
    void start(std::optional<std::uint64_t> publisher = std::nullopt) {
        check(mqc_overlaps_start(get(), publisher ? &*publisher : nullptr));
    }

    /// Adds a subscription that matches: mqc_overlaps_add().
    void add(std::uint64_t key, const mqc_granted &granted) {
        check(mqc_overlaps_add(get(), key, &granted));
    }

    /// The clients that get the message; valid until the next call: mqc_overlaps_deliveries().
    [[nodiscard]] view<mqc_delivery, delivery> deliveries() {
        const mqc_delivery *out = nullptr;
        std::size_t count = 0;
        check(mqc_overlaps_deliveries(get(), &out, &count));
        return {out, count};
    }
};

/// A name with its value.
struct retained_entry {
    retained_entry() noexcept = default;
    explicit retained_entry(const mqc_retained_entry &from) noexcept
        : topic(text(from.topic)), value(from.value) {}

    std::string_view topic;
    std::uint64_t value = 0;
};

class retained_index;

/// Memory for a lookup, and where it is: mqc_retained_cursor.
class retained_cursor : public detail::object<mqc_retained_cursor, mqc_retained_cursor_free> {
  public:
    using object::object;
    retained_cursor() : object(handle_type::make(mqc_retained_cursor_new)) {}

    /// The next page of a lookup, empty at the end; valid until the next call with this memory. The
    /// index may change between two pages: mqc_retained_cursor_next().
    [[nodiscard]] view<mqc_retained_entry, retained_entry> next(const retained_index &of,
                                                                std::size_t max = SIZE_MAX);
};

/// The names that match a filter, walked once, in pages of 64.
class retained_lookup : public detail::pulled<retained_lookup, retained_entry> {
  public:
    retained_lookup(const mqc_retained *index, mqc_retained_cursor *cursor) noexcept
        : index_(index), cursor_(cursor) {}

    /// Takes the next; false at the end.
    bool pull(retained_entry &out) {
        if (at_ == count_) {
            at_ = count_ = 0;
            check(mqc_retained_cursor_next(cursor_, index_, 64, &page_, &count_));
            if (count_ == 0) {
                return false;
            }
        }
        out = retained_entry(page_[at_++]);
        return true;
    }

  private:
    const mqc_retained *index_;
    mqc_retained_cursor *cursor_;
    const mqc_retained_entry *page_ = nullptr;
    std::size_t at_ = 0;
    std::size_t count_ = 0;
};

/// A walk over all names of an index, over when that changes: mqc_retained_walk. A name that it
/// gives is valid until the next one is taken.
class retained_walk : public detail::object<mqc_retained_walk, mqc_retained_walk_free>,
                      public detail::pulled<retained_walk, retained_entry> {
  public:
    /// Takes a walk of this index over.
    retained_walk(handle_type from, const mqc_retained *index) noexcept
        : object(std::move(from)), index_(index) {}

    /// Takes the next; false at the end.
    bool pull(retained_entry &out) {
        mqc_retained_entry found;
        check(mqc_retained_walk_next(get(), index_, &found));
        out = retained_entry(found);
        return found.topic.len != 0;
    }

  private:
    const mqc_retained *index_;
};

/// Values by topic name, asked by topic filter: mqc_retained.
class retained_index : public detail::object<mqc_retained, mqc_retained_free> {
  public:
    using object::object;
    explicit retained_index(const mqc_index_limits &limits = index_limits())
        : object(handle_type::make(mqc_retained_new, &limits)) {}

    /// Another one with the same names and values: mqc_retained_clone().
    [[nodiscard]] retained_index clone() const {
        const mqc_retained *from = get();
        return retained_index(handle_type::make(mqc_retained_clone, from));
    }

    /// How much may be added from now on: mqc_retained_set_limits().
    void set_limits(const mqc_index_limits &limits) {
        check(mqc_retained_set_limits(get(), &limits));
    }

    /// Adds a name, or replaces its value; gives the old one: mqc_retained_insert().
    std::optional<std::uint64_t> insert(std::string_view topic, std::uint64_t value) {
        std::uint8_t found = 0;
        std::uint64_t old = 0;
        check(mqc_retained_insert(get(), bytes(topic), value, &found, &old));
        return detail::if_found(found, old);
    }

    /// Removes a name; gives its value: mqc_retained_remove().
    std::optional<std::uint64_t> remove(std::string_view topic) {
        std::uint8_t found = 0;
        std::uint64_t old = 0;
        check(mqc_retained_remove(get(), bytes(topic), &found, &old));
        return detail::if_found(found, old);
    }

    /// The value of a name: mqc_retained_get().
    [[nodiscard]] std::optional<std::uint64_t> find(std::string_view topic) const {
        std::uint8_t found = 0;
        std::uint64_t value = 0;
        check(mqc_retained_get(get(), bytes(topic), &found, &value));
        return detail::if_found(found, value);
    }

    /// How many names there are: mqc_retained_len().
    [[nodiscard]] std::size_t size() const {
        std::size_t len = 0;
        check(mqc_retained_len(get(), &len));
        return len;
    }
    [[nodiscard]] bool empty() const { return size() == 0; }

    /// Bytes of the heap: mqc_retained_heap_bytes().
    [[nodiscard]] std::size_t heap_bytes() const {
        std::size_t out = 0;
        check(mqc_retained_heap_bytes(get(), &out));
        return out;
    }

    /// Removes everything: mqc_retained_clear().
    void clear() { check(mqc_retained_clear(get())); }
    /// Gives back memory that is not needed: mqc_retained_shrink().
    void shrink() { check(mqc_retained_shrink(get())); }

    /// Looks for the names that match a filter: mqc_retained_lookup(). What `cursor` held before is
    /// forgotten.
    [[nodiscard]] retained_lookup lookup(std::string_view filter, retained_cursor &cursor,
                                         mqc_version version = MQC_VERSION_V5) const {
        check(mqc_retained_lookup(get(), bytes(filter), version, cursor.get()));
        return {get(), cursor.get()};
    }

    /// Walks over all names: mqc_retained_walk_new().
    [[nodiscard]] retained_walk walk() const {
        retained_walk::handle_type out;
        check(mqc_retained_walk_new(get(), out.out()));
        return {std::move(out), get()};
    }
};

inline view<mqc_retained_entry, retained_entry> retained_cursor::next(const retained_index &of,
                                                                      std::size_t max) {
    const mqc_retained_entry *out = nullptr;
    std::size_t count = 0;
    check(mqc_retained_cursor_next(get(), of.get(), max, &out, &count));
    return {out, count};
}

} // namespace mqc

#endif // MQTT_CORE_INDEXES_HPP
