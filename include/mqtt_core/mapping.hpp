/*
 * mqtt_core/mapping.hpp: topics in AMQP and Kafka.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_MAPPING_HPP
#define MQTT_CORE_MAPPING_HPP

#include "../mqtt_core.h"
#include "bytes.hpp"
#include "errors.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mqc {

namespace detail {

/// Calls a function that maps a text: `map(out, capacity, &len, &fault)`. Throws topic_error.
template <typename Map> std::string mapped(Map map) {
    std::string out;
    // Enough for all but the longest: then the function is called once.
    out.resize(64);
    std::size_t len = 0;
    mqc_topic_error fault{};
    // Both types may look at any bytes.
    mqc_status status =
        map(reinterpret_cast<std::uint8_t *>(out.data()), out.size(), &len, &fault);
    if (status == MQC_BUFFER_TOO_SMALL) {
        out.resize(len);
        status = map(reinterpret_cast<std::uint8_t *>(out.data()), out.size(), &len, &fault);
    }
    check_topic(status, fault);
    out.resize(len);
    return out;
}

} // namespace detail

// What is mapped keeps its meaning, and maps back; what cannot be throws topic_error.

/// The AMQP routing key for a topic name: mqc_topic_to_routing_key().
[[nodiscard]] inline std::string topic_to_routing_key(std::string_view topic) {
    return detail::mapped([&](std::uint8_t *out, std::size_t capacity, std::size_t *len,
                              mqc_topic_error *fault) {
        return mqc_topic_to_routing_key(bytes(topic), out, capacity, len, fault);
    });
}

/// The topic name for an AMQP routing key: mqc_routing_key_to_topic().
[[nodiscard]] inline std::string routing_key_to_topic(std::string_view key) {
    return detail::mapped([&](std::uint8_t *out, std::size_t capacity, std::size_t *len,
                              mqc_topic_error *fault) {
        return mqc_routing_key_to_topic(bytes(key), out, capacity, len, fault);
    });
}

/// The AMQP binding key for a topic filter: mqc_filter_to_binding_key().
[[nodiscard]] inline std::string filter_to_binding_key(std::string_view filter,
                                                mqc_version version = MQC_VERSION_V5) {
    return detail::mapped([&](std::uint8_t *out, std::size_t capacity, std::size_t *len,
                              mqc_topic_error *fault) {
        return mqc_filter_to_binding_key(bytes(filter), version, out, capacity, len, fault);
    });
}

/// The topic filter for an AMQP binding key: mqc_binding_key_to_filter().
[[nodiscard]] inline std::string binding_key_to_filter(std::string_view key) {
    return detail::mapped([&](std::uint8_t *out, std::size_t capacity, std::size_t *len,
                              mqc_topic_error *fault) {
        return mqc_binding_key_to_filter(bytes(key), out, capacity, len, fault);
    });
}

/// The Kafka topic for a topic name: mqc_topic_to_kafka_topic().
[[nodiscard]] inline std::string topic_to_kafka_topic(std::string_view topic) {
    return detail::mapped([&](std::uint8_t *out, std::size_t capacity, std::size_t *len,
                              mqc_topic_error *fault) {
        return mqc_topic_to_kafka_topic(bytes(topic), out, capacity, len, fault);
    });
}

/// The topic name for a Kafka topic: mqc_kafka_topic_to_topic().
[[nodiscard]] inline std::string kafka_topic_to_topic(std::string_view topic) {
    return detail::mapped([&](std::uint8_t *out, std::size_t capacity, std::size_t *len,
                              mqc_topic_error *fault) {
        return mqc_kafka_topic_to_topic(bytes(topic), out, capacity, len, fault);
    });
}

/// An AMQP exchange, and a key of it.
struct exchange_key {
    /// A view of the first level of what was mapped.
    std::string_view exchange;
    std::string key;
};

/// The AMQP exchange and routing key for a topic name: mqc_topic_to_exchange().
[[nodiscard]] inline exchange_key topic_to_exchange(std::string_view topic) {
    mqc_bytes exchange{};
    std::string key = detail::mapped([&](std::uint8_t *out, std::size_t capacity,
                                         std::size_t *len, mqc_topic_error *fault) {
        return mqc_topic_to_exchange(bytes(topic), &exchange, out, capacity, len, fault);
    });
    return {text(exchange), std::move(key)};
}

/// The AMQP exchange and binding key for a topic filter: mqc_filter_to_exchange().
[[nodiscard]] inline exchange_key filter_to_exchange(std::string_view filter,
                                                     mqc_version version = MQC_VERSION_V5) {
    mqc_bytes exchange{};
    std::string key = detail::mapped([&](std::uint8_t *out, std::size_t capacity,
                                         std::size_t *len, mqc_topic_error *fault) {
        return mqc_filter_to_exchange(bytes(filter), version, &exchange, out, capacity, len, fault);
    });
    return {text(exchange), std::move(key)};
}

/// The topic name for an AMQP exchange and routing key: mqc_exchange_to_topic().
[[nodiscard]] inline std::string exchange_to_topic(std::string_view exchange,
                                                std::string_view key) {
    return detail::mapped([&](std::uint8_t *out, std::size_t capacity, std::size_t *len,
                              mqc_topic_error *fault) {
        return mqc_exchange_to_topic(bytes(exchange), bytes(key), out, capacity, len, fault);
    });
}

/// The topic filter for an AMQP exchange and binding key: mqc_exchange_to_filter().
[[nodiscard]] inline std::string exchange_to_filter(std::string_view exchange,
                                                 std::string_view key) {
    return detail::mapped([&](std::uint8_t *out, std::size_t capacity, std::size_t *len,
                              mqc_topic_error *fault) {
        return mqc_exchange_to_filter(bytes(exchange), bytes(key), out, capacity, len, fault);
    });
}

} // namespace mqc

#endif // MQTT_CORE_MAPPING_HPP
