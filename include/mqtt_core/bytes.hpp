/*
 * mqtt_core/bytes.hpp: views of bytes, and bytes that are owned.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_BYTES_HPP
#define MQTT_CORE_BYTES_HPP

#include "../mqtt_core.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace mqc {

/// Bytes that were encoded.
using buffer = std::vector<std::uint8_t>;

/// The text or payload that a view of C shows.
inline std::string_view text(mqc_bytes bytes) noexcept {
    // Both types may look at any bytes.
    return {reinterpret_cast<const char *>(bytes.data), bytes.len};
}

/// A view of C of a text or payload.
inline mqc_bytes bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()};
}

/// A view of C of bytes that were encoded.
inline mqc_bytes bytes(const buffer &from) noexcept { return {from.data(), from.size()}; }

/// The bytes of a buffer, to be decoded or printed.
inline std::string_view text(const buffer &from) noexcept { return text(bytes(from)); }

} // namespace mqc

#endif // MQTT_CORE_BYTES_HPP
