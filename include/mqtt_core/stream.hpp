/*
 * mqtt_core/stream.hpp: packets from chunks of bytes.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_STREAM_HPP
#define MQTT_CORE_STREAM_HPP

#include "../mqtt_core.h"
#include "bytes.hpp"
#include "errors.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mqc {

/// A decoder of a stream of chunks, with a buffer of its own for packets that come in pieces.
class stream {
  public:
    stream(std::size_t capacity, mqc_version version, const mqc_decode_options *options = nullptr)
        : buffer_(capacity), raw_() {
        check(mqc_stream_init(&raw_, buffer_.data(), buffer_.size(), version, options));
    }
    // The buffer moves without its bytes, and the decoder may move.
    stream(stream &&) noexcept = default;
    stream &operator=(stream &&) noexcept = default;
    stream(const stream &) = delete;
    stream &operator=(const stream &) = delete;
    ~stream() = default;

    /// Takes the next packet, or part of one, from the front of `chunk`; none once all is taken.
    /// What comes out is valid until the next call, payload as long as the chunk.
    std::optional<mqc_stream_item> next(std::string_view &chunk) {
        mqc_bytes rest = bytes(chunk);
        mqc_stream_item item;
        mqc_decode_error fault{};
        const mqc_status status = mqc_stream_next(&raw_, &rest, &item, &fault);
        chunk = text(rest);
        if (status != MQC_OK) {
            if (fault.kind == status) {
                throw error(status, fault);
            }
            throw error(status);
        }
        if (item.kind == MQC_STREAM_NONE) {
            return std::nullopt;
        }
        return item;
    }

    void set_version(mqc_version version) { check(mqc_stream_set_version(&raw_, version)); }
    void set_max_packet_size(std::uint32_t bytes) {
        check(mqc_stream_set_max_packet_size(&raw_, bytes));
    }
    void clear() { check(mqc_stream_clear(&raw_)); }

    /// Bytes that are certainly missing to the end of the packet at hand; never 0, and 2 between
    /// two packets and after an error.
    std::size_t needed() const {
        std::size_t bytes = 0;
        check(mqc_stream_needed(&raw_, &bytes));
        return bytes;
    }
    /// Whether nothing of a packet has been taken yet; false after an error.
    bool is_idle() const {
        std::uint8_t idle = 0;
        check(mqc_stream_is_idle(&raw_, &idle));
        return idle != 0;
    }

  private:
    buffer buffer_;
    mqc_stream raw_;
};

} // namespace mqc

#endif // MQTT_CORE_STREAM_HPP
