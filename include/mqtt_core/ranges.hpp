/*
 * mqtt_core/ranges.hpp: elements in a row, and such as come one after another.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_RANGES_HPP
#define MQTT_CORE_RANGES_HPP

#include "../mqtt_core.h"

#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace mqc {

/// Elements in a row that belong to someone else.
template <typename T> class span {
  public:
    using value_type = T;
    using iterator = const T *;
    using const_iterator = const T *;

    constexpr span() noexcept = default;
    constexpr span(const T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <std::size_t N>
    constexpr span(const T (&from)[N]) noexcept : data_(from), size_(N) {}
    template <std::size_t N>
    constexpr span(const std::array<T, N> &from) noexcept : data_(from.data()), size_(N) {}
    span(const std::vector<T> &from) noexcept : data_(from.data()), size_(from.size()) {}

    constexpr const T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr const T *begin() const noexcept { return data_; }
    constexpr const T *end() const noexcept { return data_ + size_; }
    constexpr const T &operator[](std::size_t at) const noexcept { return data_[at]; }

  private:
    const T *data_ = nullptr;
    std::size_t size_ = 0;
};

/// Elements of C in a row, each shown as a `Value`.
template <typename Raw, typename Value> class view {
  public:
    using value_type = Value;

    class iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Value;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = Value;

        iterator() noexcept = default;
        explicit iterator(const Raw *at) noexcept : at_(at) {}

        Value operator*() const { return Value(*at_); }
        iterator &operator++() noexcept {
            ++at_;
            return *this;
        }
        iterator operator++(int) noexcept { return iterator(at_++); }
        friend bool operator==(const iterator &a, const iterator &b) noexcept {
            return a.at_ == b.at_;
        }
        friend bool operator!=(const iterator &a, const iterator &b) noexcept {
            return a.at_ != b.at_;
        }

      private:
        const Raw *at_ = nullptr;
    };

    view() noexcept = default;
    view(const Raw *data, std::size_t size) noexcept : raw_(data, size) {}

    std::size_t size() const noexcept { return raw_.size(); }
    bool empty() const noexcept { return raw_.empty(); }
    Value operator[](std::size_t at) const { return Value(raw_[at]); }
    iterator begin() const noexcept { return iterator(raw_.begin()); }
    iterator end() const noexcept { return iterator(raw_.end()); }
    /// The structures of C.
    span<Raw> raw() const noexcept { return raw_; }

  private:
    span<Raw> raw_;
};

namespace detail {

/// A range whose elements are taken out of `Self` one after another: walked once.
template <typename Self, typename Value> class pulled {
  public:
    using value_type = Value;

    class iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Value;
        using difference_type = std::ptrdiff_t;
        using pointer = const Value *;
        using reference = const Value &;

        /// The end.
        iterator() noexcept = default;
        explicit iterator(Self *from) : from_(from) { ++*this; }

        reference operator*() const noexcept { return value_; }
        pointer operator->() const noexcept { return &value_; }
        iterator &operator++() {
            if (!from_->pull(value_)) {
                from_ = nullptr;
            }
            return *this;
        }
        iterator operator++(int) {
            iterator before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(const iterator &a, const iterator &b) noexcept {
            return a.from_ == b.from_;
        }
        friend bool operator!=(const iterator &a, const iterator &b) noexcept {
            return a.from_ != b.from_;
        }

      private:
        Self *from_ = nullptr;
        Value value_{};
    };

    /// Takes the first of those that are left.
    iterator begin() { return iterator(static_cast<Self *>(this)); }
    iterator end() const noexcept { return iterator(); }

    /// Takes the next; none at the end.
    [[nodiscard]] std::optional<Value> next() {
        std::optional<Value> out(std::in_place);
        if (!static_cast<Self *>(this)->pull(*out)) {
            out.reset();
        }
        return out;
    }
};

} // namespace detail

} // namespace mqc

#endif // MQTT_CORE_RANGES_HPP
