/* What the test programs share. */
#ifndef CHECK_HPP
#define CHECK_HPP

#include "mqtt_core.hpp"

#include <cstdio>
#include <cstdlib>
#include <type_traits>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                   \
            std::exit(EXIT_FAILURE);                                                               \
        }                                                                                          \
    } while (0)

/// What `body` throws, which has to be an `Error`.
template <typename Error = mqc::error, typename Body> Error error_of(Body body) {
    try {
        body();
    } catch (const Error &error) {
        return error;
    }
    std::fprintf(stderr, "nothing of the kind was thrown\n");
    std::exit(EXIT_FAILURE);
}

/// Objects are moved and not copied, and one that was moved from is empty and says so.
template <typename T, typename Use> void check_moves(T first, T second, Use use) {
    static_assert(!std::is_copy_constructible<T>::value && !std::is_copy_assignable<T>::value);
    static_assert(std::is_nothrow_move_constructible<T>::value);
    static_assert(std::is_nothrow_move_assignable<T>::value);
    auto *const raw = first.get();
    CHECK(raw != nullptr && first && second);
    T moved = std::move(first);
    CHECK(moved.get() == raw && !first && first.get() == nullptr);
    CHECK(error_of([&] { use(first); }).status() == MQC_NULL_POINTER);
    use(moved);
    // What was in the target is freed.
    second = std::move(moved);
    CHECK(second.get() == raw && !moved);
    T &itself = second;
    second = std::move(itself);
    CHECK(second.get() == raw);
    use(second);
    // One that was moved from can be assigned to.
    moved = std::move(second);
    CHECK(moved.get() == raw && !second);
    use(moved);
    using handle = typename T::handle_type;
    if constexpr (std::is_constructible<T, handle>::value) {
        T taken{handle(moved.release())};
        CHECK(taken.get() == raw && !moved);
        use(taken);
    }
}

#endif
