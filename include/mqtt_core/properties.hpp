/*
 * mqtt_core/properties.hpp: properties, subscriptions and topic filters, walked and built.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_PROPERTIES_HPP
#define MQTT_CORE_PROPERTIES_HPP

#include "../mqtt_core.h"
#include "bytes.hpp"
#include "errors.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace mqc {

/// A property, its bytes as text.
struct property {
    mqc_property_id id = MQC_PROPERTY_NONE;
    /// The value, if it is a number.
    std::uint32_t number = 0;
    /// The name of a user property.
    std::string_view name;
    /// The value, if it is no number.
    std::string_view value;
};

/// A topic filter with the options of its subscription.
struct subscription {
    std::string_view filter;
    mqc_qos qos = MQC_QOS_AT_MOST_ONCE;
    bool no_local = false;
    bool retain_as_published = false;
    mqc_retain_handling retain_handling = MQC_RETAIN_HANDLING_SEND_ALWAYS;

    /// The structure of C, which views the filter.
    operator mqc_subscription() const noexcept {
        mqc_subscription it{};
        it.filter = bytes(filter);
        it.qos = qos;
        it.no_local = no_local ? 1 : 0;
        it.retain_as_published = retain_as_published ? 1 : 0;
        it.retain_handling = retain_handling;
        return it;
    }
};

namespace detail {

/// How a block is walked: `next` takes an element from its front, or none at its end.
struct properties_of {
    using value_type = property;
    static bool next(mqc_bytes &rest, value_type &out) {
        mqc_property found;
        check(mqc_property_next(&rest, &found));
        out = {found.id, found.number, text(found.name), text(found.value)};
        return found.id != MQC_PROPERTY_NONE;
    }
};

struct subscriptions_of {
    using value_type = subscription;
    static bool next(mqc_bytes &rest, value_type &out) {
        mqc_subscription found;
        check(mqc_subscription_next(&rest, &found));
        out = {text(found.filter), found.qos, found.no_local != 0, found.retain_as_published != 0,
               found.retain_handling};
        return found.filter.len != 0;
    }
};

struct filters_of {
    using value_type = std::string_view;
    static bool next(mqc_bytes &rest, value_type &out) {
        mqc_bytes found;
        check(mqc_filter_next(&rest, &found));
        out = text(found);
        return found.len != 0;
    }
};

} // namespace detail

/// The elements of a block in wire form, one after another: `for (const auto &it : range)`.
///
/// A block that comes from decoding never throws; any other may throw while it is walked.
template <typename Walk> class range {
  public:
    using value_type = typename Walk::value_type;

    class iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = typename Walk::value_type;
        using difference_type = std::ptrdiff_t;
        using pointer = const value_type *;
        using reference = const value_type &;

        /// The end.
        iterator() noexcept = default;
        explicit iterator(mqc_bytes rest) : rest_(rest) { ++*this; }

        reference operator*() const noexcept { return value_; }
        pointer operator->() const noexcept { return &value_; }
        iterator &operator++() {
            at_end_ = !Walk::next(rest_, value_);
            return *this;
        }
        iterator operator++(int) {
            iterator before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(const iterator &a, const iterator &b) noexcept {
            return a.at_end_ == b.at_end_ && (a.at_end_ || a.rest_.len == b.rest_.len);
        }
        friend bool operator!=(const iterator &a, const iterator &b) noexcept { return !(a == b); }

      private:
        mqc_bytes rest_ = {nullptr, 0};
        value_type value_{};
        bool at_end_ = true;
    };

    explicit range(mqc_bytes block) noexcept : block_(block) {}

    iterator begin() const { return iterator(block_); }
    iterator end() const noexcept { return iterator(); }
    bool empty() const noexcept { return block_.len == 0; }
    /// The block, in wire form.
    mqc_bytes wire() const noexcept { return block_; }

  private:
    mqc_bytes block_;
};

/// Properties, with a look-up.
class properties : public range<detail::properties_of> {
  public:
    using range::range;

    /// The first property with this identifier, if there is one.
    std::optional<property> find(mqc_property_id id) const {
        mqc_property found;
        check(mqc_property_find(wire(), id, &found));
        if (found.id == MQC_PROPERTY_NONE) {
            return std::nullopt;
        }
        return property{found.id, found.number, text(found.name), text(found.value)};
    }
};

using subscriptions = range<detail::subscriptions_of>;
using filters = range<detail::filters_of>;

/// A block that is built element by element. It has to outlive the packet that shows it.
class block {
  public:
    /// Appends a property whose value is a number.
    block &add(mqc_property_id id, std::uint32_t number) {
        mqc_property it{};
        it.id = id;
        it.number = number;
        return put(it);
    }

    /// Appends a property whose value is a string or bytes.
    block &add(mqc_property_id id, std::string_view value) {
        mqc_property it{};
        it.id = id;
        it.value = bytes(value);
        return put(it);
    }

    /// Appends a user property.
    block &add_user(std::string_view name, std::string_view value) {
        mqc_property it{};
        it.id = MQC_PROPERTY_USER_PROPERTY;
        it.name = bytes(name);
        it.value = bytes(value);
        return put(it);
    }

    /// Appends a subscription.
    block &add(const subscription &from, mqc_version version) {
        const mqc_subscription it = from;
        // Two bytes of length and one of options.
        return append(from.filter.size() + 3, [&](std::uint8_t *out, std::size_t capacity) {
            std::size_t written = 0;
            check(mqc_subscription_put(&it, version, out, capacity, &written));
            return written;
        });
    }

    /// Appends a topic filter to unsubscribe from.
    block &add_filter(std::string_view filter, mqc_version version) {
        return append(filter.size() + 2, [&](std::uint8_t *out, std::size_t capacity) {
            std::size_t written = 0;
            check(mqc_filter_put(bytes(filter), version, out, capacity, &written));
            return written;
        });
    }

    /// For the field of a packet; valid until the block is changed.
    mqc_bytes wire() const noexcept { return bytes(data_); }
    operator mqc_bytes() const noexcept { return wire(); }

  private:
    block &put(const mqc_property &it) {
        // The identifier, and two lengths or a number.
        const std::size_t most = 5 + it.name.len + it.value.len;
        return append(most, [&](std::uint8_t *out, std::size_t capacity) {
            std::size_t written = 0;
            check(mqc_property_put(&it, out, capacity, &written));
            return written;
        });
    }

    template <typename Write> block &append(std::size_t most, Write write) {
        const std::size_t before = data_.size();
        data_.resize(before + most);
        std::size_t written = 0;
        try {
            written = write(data_.data() + before, most);
        } catch (...) {
            data_.resize(before);
            throw;
        }
        data_.resize(before + written);
        return *this;
    }

    buffer data_;
};

} // namespace mqc

#endif // MQTT_CORE_PROPERTIES_HPP
