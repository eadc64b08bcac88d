/*
 * mqtt_core/objects.hpp: objects of the library that are owned.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_OBJECTS_HPP
#define MQTT_CORE_OBJECTS_HPP

#include "../mqtt_core.h"
#include "errors.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace mqc {

/// An object of the library, owned: `mqc::handle<mqc_x, mqc_x_free>`.
template <typename T, void (*Free)(T *)> class handle {
  public:
    handle() noexcept = default;
    /// Takes an object over.
    explicit handle(T *object) noexcept : object_(object) {}
    handle(handle &&other) noexcept : object_(other.release()) {}
    handle &operator=(handle &&other) noexcept {
        reset(other.release());
        return *this;
    }
    handle(const handle &) = delete;
    handle &operator=(const handle &) = delete;
    ~handle() { reset(); }

    /// For functions of C; the object stays owned.
    T *get() const noexcept { return object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

    /// Gives the object up: the caller frees it.
    T *release() noexcept { return std::exchange(object_, nullptr); }

    /// Frees the object, and takes another over.
    void reset(T *object = nullptr) noexcept {
        T *old = std::exchange(object_, object);
        if (old != nullptr && old != object) {
            Free(old);
        }
    }

    /// The object that a function makes from these arguments, which come before the pointer to it:
    /// `handle::make(mqc_x_new, &options)`. Throws what the function answers.
    template <typename Make, typename... Arguments>
    static handle make(Make make, Arguments... arguments) {
        handle it;
        check(make(arguments..., it.out()));
        return it;
    }

    /// Where a function that makes an object puts it. Frees the object that was there.
    T **out() noexcept {
        reset();
        return &object_;
    }

  private:
    T *object_ = nullptr;
};

namespace detail {

/// What each class of an object is: a handle that functions of C can be called with.
template <typename T, void (*Free)(T *)> class object {
  public:
    using handle_type = handle<T, Free>;

    /// Takes an object over, or none: `mqc::trie(mqc::trie::handle_type(made_in_c))`.
    explicit object(handle_type from) noexcept : handle_(std::move(from)) {}

    /// For functions of C; the object stays owned.
    [[nodiscard]] T *get() const noexcept { return handle_.get(); }
    /// False once it was moved from: its methods throw `MQC_NULL_POINTER` then.
    explicit operator bool() const noexcept { return static_cast<bool>(handle_); }
    /// Gives the object up: the caller frees it.
    [[nodiscard]] T *release() noexcept { return handle_.release(); }

  protected:
    object() noexcept = default;

    handle_type handle_;
};

/// A moment that `UINT64_MAX` stands for is never.
inline std::optional<std::uint64_t> moment(std::uint64_t at_ms) noexcept {
    return at_ms == UINT64_MAX ? std::nullopt : std::optional<std::uint64_t>(at_ms);
}

inline std::optional<std::uint64_t> if_found(std::uint8_t found, std::uint64_t value) noexcept {
    return found != 0 ? std::optional<std::uint64_t>(value) : std::nullopt;
}

} // namespace detail

} // namespace mqc

#endif // MQTT_CORE_OBJECTS_HPP
