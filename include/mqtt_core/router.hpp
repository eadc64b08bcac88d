/*
 * mqtt_core/router.hpp: which handler a message is for.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_ROUTER_HPP
#define MQTT_CORE_ROUTER_HPP

#include "../mqtt_core.h"
#include "bytes.hpp"
#include "objects.hpp"
#include "ranges.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mqc {

/// A route that matches a topic name, or the fallback. A view, as mqc_route_match is.
class route_match {
  public:
    explicit route_match(const mqc_route_match &from) noexcept : raw_(from) {}

    /// `MQC_ROUTE_*`
    mqc_route_kind kind() const noexcept { return raw_.kind; }
    bool is_fallback() const noexcept { return raw_.kind == MQC_ROUTE_FALLBACK; }
    mqc_route_id id() const noexcept { return raw_.id; }
    std::uint64_t handler() const noexcept { return raw_.handler; }

    /// What a capture stands for: mqc_route_match_capture(). None if the pattern has no such name,
    /// or the topic ends before it.
    [[nodiscard]] std::optional<std::string_view> capture(std::string_view name) const {
        mqc_bytes value{};
        check(mqc_route_match_capture(&raw_, bytes(name), &value));
        return value.data != nullptr ? std::optional<std::string_view>(text(value)) : std::nullopt;
    }

    /// All of them, in the order of the levels.
    span<mqc_capture> captures() const noexcept { return {raw_.captures, raw_.capture_count}; }

  private:
    mqc_route_match raw_;
};

/// What there is to know of a route.
struct route {
    mqc_route_id id = MQC_ROUTE_ID_NONE;
    std::uint64_t handler = 0;
    /// As it was given.
    std::string_view pattern;
    /// What to subscribe to for it.
    std::string_view filter;
};

namespace detail {

using next_route = mqc_status (*)(const mqc_router *, mqc_route_id, mqc_route *);

inline bool take_route(next_route next, const mqc_router *router, mqc_route_id of, route &out) {
    mqc_route found;
    check(next(router, of, &found));
    out = {found.id, found.handler, text(found.pattern), text(found.filter)};
    return found.id != MQC_ROUTE_ID_NONE;
}

} // namespace detail

/// Routes in the order of adding. The router may change meanwhile; what was taken before views what
/// may be gone then.
class routes : public detail::pulled<routes, route> {
  public:
    routes(const mqc_router *router, detail::next_route step) noexcept
        : router_(router), step_(step) {}

    /// Takes the next; false at the end.
    bool pull(route &out) {
        const bool is_there = detail::take_route(step_, router_, after_, out);
        after_ = out.id;
        return is_there;
    }

  private:
    const mqc_router *router_;
    detail::next_route step_;
    mqc_route_id after_ = MQC_ROUTE_ID_NONE;
};

/// Memory for matching, kept from topic to topic: mqc_route_matches. One for each thread.
class route_matches : public detail::object<mqc_route_matches, mqc_route_matches_free> {
  public:
    using object::object;
    route_matches() : object(handle_type::make(mqc_route_matches_new)) {}
};

/// Which handler a message is for, by the topic name: mqc_router.
class router : public detail::object<mqc_router, mqc_router_free> {
  public:
    using object::object;
    router() : object(handle_type::make(mqc_router_new)) {}

    /// Adds a route, such as `sensors/{name}/#`: mqc_router_add(). Throws topic_error.
    mqc_route_id add(std::string_view pattern, std::uint64_t handler) {
        mqc_route_id id = MQC_ROUTE_ID_NONE;
        mqc_topic_error fault{};
        detail::check_topic(mqc_router_add(get(), bytes(pattern), handler, &id, &fault), fault);
        return id;
    }

    /// Removes a route; gives its handler: mqc_router_remove().
    std::optional<std::uint64_t> remove(mqc_route_id id) {
        std::uint8_t found = 0;
        std::uint64_t handler = 0;
        check(mqc_router_remove(get(), id, &found, &handler));
        return detail::if_found(found, handler);
    }

    /// Gives a route another handler; gives the old one, none if there is no such route:
    /// mqc_router_set_handler().
    std::optional<std::uint64_t> set_handler(mqc_route_id id, std::uint64_t handler) {
        std::uint8_t found = 0;
        std::uint64_t old = 0;
        check(mqc_router_set_handler(get(), id, handler, &found, &old));
        return detail::if_found(found, old);
    }

    /// Sets the handler of messages that no route matches: mqc_router_set_fallback().
    void set_fallback(std::optional<std::uint64_t> handler) {
        check(mqc_router_set_fallback(get(), handler ? &*handler : nullptr));
    }

    /// The handler of messages that no route matches: mqc_router_fallback().
    [[nodiscard]] std::optional<std::uint64_t> fallback() const {
        std::uint8_t found = 0;
        std::uint64_t handler = 0;
        check(mqc_router_fallback(get(), &found, &handler));
        return detail::if_found(found, handler);
    }

    /// How many routes there are: mqc_router_len().
    [[nodiscard]] std::size_t size() const {
        std::size_t len = 0;
        check(mqc_router_len(get(), &len));
        return len;
    }
    [[nodiscard]] bool empty() const { return size() == 0; }

    /// What there is to know of a route; valid until the router changes: mqc_router_get().
    [[nodiscard]] std::optional<route> find(mqc_route_id id) const {
        route out;
        return detail::take_route(mqc_router_get, get(), id, out) ? std::optional<route>(out)
                                                                  : std::nullopt;
    }

    /// All routes: mqc_router_next().
    [[nodiscard]] mqc::routes routes() const noexcept { return {get(), mqc_router_next}; }

    /// What to subscribe to for all routes, each filter once: mqc_router_next_filter().
    [[nodiscard]] mqc::routes filters() const noexcept { return {get(), mqc_router_next_filter}; }

    /// The routes that subscribe with a filter: mqc_router_filter_routes().
    [[nodiscard]] std::vector<mqc_route_id> filter_routes(std::string_view filter) const {
        std::vector<mqc_route_id> out;
        std::size_t count = 0;
        mqc_route_id none = MQC_ROUTE_ID_NONE;
        mqc_status status = mqc_router_filter_routes(get(), bytes(filter), &none, 0, &count);
        if (status == MQC_BUFFER_TOO_SMALL) {
            out.resize(count);
            status =
                mqc_router_filter_routes(get(), bytes(filter), out.data(), out.size(), &count);
        }
        check(status);
        return out;
    }

    /// All routes that match, the fallback alone if none does; valid until the next call with
    /// `matches`, or the router changes: mqc_router_match().
    [[nodiscard]] view<mqc_route_match, route_match> match(std::string_view topic,
                                                           route_matches &matches) const {
        const mqc_route_match *out = nullptr;
        std::size_t count = 0;
        check(mqc_router_match(get(), bytes(topic), matches.get(), &out, &count));
        return {out, count};
    }

    /// The most specific route that matches, or the fallback: mqc_router_most_specific().
    [[nodiscard]] std::optional<route_match> most_specific(std::string_view topic,
                                                           route_matches &matches) const {
        mqc_route_match out;
        check(mqc_router_most_specific(get(), bytes(topic), matches.get(), &out));
        return out.kind != MQC_ROUTE_NONE ? std::optional<route_match>(route_match(out))
                                          : std::nullopt;
    }
};

} // namespace mqc

#endif // MQTT_CORE_ROUTER_HPP
