/*
 * mqtt_core/topics.hpp: topic names and topic filters.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_TOPICS_HPP
#define MQTT_CORE_TOPICS_HPP

#include "../mqtt_core.h"
#include "bytes.hpp"
#include "errors.hpp"
#include "ranges.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mqc {

/// Judges a topic name: mqc_topic_check(). Throws topic_error.
inline mqc_topic_info check_topic(std::string_view name, mqc_version version = MQC_VERSION_V5) {
    mqc_topic_info out{};
    mqc_topic_error fault{};
    detail::check_topic(mqc_topic_check(bytes(name), version, &out, &fault), fault);
    return out;
}

/// Judges a topic filter, and takes it apart: mqc_filter_check(). Throws topic_error.
inline mqc_filter_info check_filter(std::string_view filter, mqc_version version = MQC_VERSION_V5) {
    mqc_filter_info out{};
    mqc_topic_error fault{};
    detail::check_topic(mqc_filter_check(bytes(filter), version, &out, &fault), fault);
    return out;
}

/// Whether a message to a topic is for a filter: mqc_filter_matches().
[[nodiscard]] inline bool filter_matches(std::string_view filter, std::string_view topic,
                                         mqc_version version = MQC_VERSION_V5) {
    std::uint8_t out = 0;
    check(mqc_filter_matches(bytes(filter), version, bytes(topic), &out));
    return out != 0;
}

/// Whether `filter` matches every name that `other` matches: mqc_filter_covers().
[[nodiscard]] inline bool filter_covers(std::string_view filter, std::string_view other,
                                        mqc_version version = MQC_VERSION_V5) {
    std::uint8_t out = 0;
    check(mqc_filter_covers(bytes(filter), bytes(other), version, &out));
    return out != 0;
}

/// Whether there is a name that both match: mqc_filter_overlaps().
[[nodiscard]] inline bool filter_overlaps(std::string_view filter, std::string_view other,
                                          mqc_version version = MQC_VERSION_V5) {
    std::uint8_t out = 0;
    check(mqc_filter_overlaps(bytes(filter), bytes(other), version, &out));
    return out != 0;
}

/// The levels of a topic name or topic filter: mqc_level_next(), mqc_level_next_back().
class levels : public detail::pulled<levels, std::string_view> {
  public:
    explicit levels(std::string_view text) noexcept : rest_(bytes(text)) {}

    /// Takes the first of those that are left.
    bool pull(std::string_view &out) { return take(mqc_level_next, out); }

    /// Takes the last of those that are left; none if all are taken.
    [[nodiscard]] std::optional<std::string_view> next_back() {
        std::string_view out;
        return take(mqc_level_next_back, out) ? std::optional<std::string_view>(out) : std::nullopt;
    }

  private:
    template <typename Step> bool take(Step step, std::string_view &out) {
        mqc_bytes level{};
        check(step(&rest_, &level));
        out = text(level);
        return level.data != nullptr;
    }

    mqc_bytes rest_;
};

} // namespace mqc

#endif // MQTT_CORE_TOPICS_HPP
