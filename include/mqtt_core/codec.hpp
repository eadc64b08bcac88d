/*
 * mqtt_core/codec.hpp: packets, from bytes and to bytes.
 * A part of mqtt_core.hpp, which says what holds for all of them.
 */
#ifndef MQTT_CORE_CODEC_HPP
#define MQTT_CORE_CODEC_HPP

#include "../mqtt_core.h"
#include "bytes.hpp"
#include "errors.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mqc {

/// The defaults.
inline mqc_decode_options decode_options() noexcept { return MQC_DECODE_OPTIONS_INIT; }

/// A packet: decoded, or to be encoded. A structure of C with getters that look at its type.
class packet {
  public:
    packet() noexcept : raw_() {}
    packet(const mqc_packet &raw) noexcept : raw_(raw) {}
    packet(const mqc_connect &body) noexcept : packet(MQC_PACKET_CONNECT) {
        raw_.body.connect = body;
    }
    packet(const mqc_connack &body) noexcept : packet(MQC_PACKET_CONNACK) {
        raw_.body.connack = body;
    }
    packet(const mqc_publish &body) noexcept : packet(MQC_PACKET_PUBLISH) {
        raw_.body.publish = body;
    }
    packet(const mqc_subscribe &body) noexcept : packet(MQC_PACKET_SUBSCRIBE) {
        raw_.body.subscribe = body;
    }
    packet(const mqc_unsubscribe &body) noexcept : packet(MQC_PACKET_UNSUBSCRIBE) {
        raw_.body.unsubscribe = body;
    }
    packet(const mqc_disconnect &body) noexcept : packet(MQC_PACKET_DISCONNECT) {
        raw_.body.disconnect = body;
    }
    packet(const mqc_auth &body) noexcept : packet(MQC_PACKET_AUTH) { raw_.body.auth = body; }

    /// PUBACK, PUBREC, PUBREL or PUBCOMP.
    static packet ack(mqc_packet_type type, const mqc_ack &body) noexcept {
        packet it(type);
        it.raw_.body.puback = body;
        return it;
    }
    /// SUBACK or UNSUBACK.
    static packet filter_ack(mqc_packet_type type, const mqc_filter_ack &body) noexcept {
        packet it(type);
        it.raw_.body.suback = body;
        return it;
    }
    /// PINGREQ or PINGRESP.
    static packet ping(mqc_packet_type type = MQC_PACKET_PINGREQ) noexcept { return packet(type); }

    mqc_packet_type type() const noexcept { return raw_.packet_type; }
    std::string_view type_name() const noexcept { return mqc_packet_type_name(type()); }
    bool is(mqc_packet_type type) const noexcept { return raw_.packet_type == type; }

    // The fields; `MQC_INVALID_ARGUMENT` is thrown for a packet of another type.
    const mqc_connect &connect() const { return of(MQC_PACKET_CONNECT).connect; }
    const mqc_connack &connack() const { return of(MQC_PACKET_CONNACK).connack; }
    const mqc_publish &publish() const { return of(MQC_PACKET_PUBLISH).publish; }
    const mqc_subscribe &subscribe() const { return of(MQC_PACKET_SUBSCRIBE).subscribe; }
    const mqc_unsubscribe &unsubscribe() const { return of(MQC_PACKET_UNSUBSCRIBE).unsubscribe; }
    const mqc_disconnect &disconnect() const { return of(MQC_PACKET_DISCONNECT).disconnect; }
    const mqc_auth &auth() const { return of(MQC_PACKET_AUTH).auth; }
    const mqc_ack &ack() const {
        return when(type() >= MQC_PACKET_PUBACK && type() <= MQC_PACKET_PUBCOMP).puback;
    }
    const mqc_filter_ack &filter_ack() const {
        return when(is(MQC_PACKET_SUBACK) || is(MQC_PACKET_UNSUBACK)).suback;
    }

    /// The structure of C.
    const mqc_packet &raw() const noexcept { return raw_; }
    mqc_packet &raw() noexcept { return raw_; }

  private:
    explicit packet(mqc_packet_type type) noexcept : raw_() { raw_.packet_type = type; }

    const mqc_packet_body &of(mqc_packet_type type) const { return when(is(type)); }
    const mqc_packet_body &when(bool is_it) const {
        if (!is_it) {
            throw error(MQC_INVALID_ARGUMENT);
        }
        return raw_.body;
    }

    mqc_packet raw_;
};

/// A packet and its bytes.
struct decoded {
    mqc::packet packet;
    /// Length: the next packet begins there.
    std::size_t size = 0;
};

/// Decodes the packet at the front of `data`; none if more bytes are needed, `*needed` of them.
inline std::optional<decoded> decode(std::string_view data, mqc_version version,
                                     const mqc_decode_options *options = nullptr,
                                     std::size_t *needed = nullptr) {
    decoded found;
    mqc_decode_error fault{};
    const mqc_bytes in = bytes(data);
    const mqc_status status =
        mqc_decode(in.data, in.len, version, options, &found.packet.raw(), &found.size, &fault);
    if (status == MQC_OK) {
        return found;
    }
    if (status == MQC_NEED_MORE) {
        if (needed != nullptr) {
            *needed = found.size;
        }
        return std::nullopt;
    }
    if (fault.kind == status) {
        throw error(status, fault);
    }
    throw error(status);
}

inline std::optional<decoded> decode(const buffer &data, mqc_version version,
                                     const mqc_decode_options *options = nullptr,
                                     std::size_t *needed = nullptr) {
    return decode(text(data), version, options, needed);
}

/// Length of the packet at the front of `data`, from its fixed header alone; none if that is not
/// complete.
inline std::optional<std::size_t> frame_len(std::string_view data, mqc_version version,
                                            const mqc_decode_options *options = nullptr) {
    std::size_t len = 0;
    mqc_decode_error fault{};
    const mqc_bytes in = bytes(data);
    const mqc_status status = mqc_frame_len(in.data, in.len, version, options, &len, &fault);
    if (status == MQC_OK) {
        return len;
    }
    if (status == MQC_NEED_MORE) {
        return std::nullopt;
    }
    if (fault.kind == status) {
        throw error(status, fault);
    }
    throw error(status);
}

/// Bytes that a packet has when it is encoded.
inline std::size_t encoded_len(const packet &from, mqc_version version) {
    std::size_t len = 0;
    check(mqc_encoded_len(&from.raw(), version, &len));
    return len;
}

/// Encodes a packet into memory of the caller, all of it or nothing; gives its length.
inline std::size_t encode_to(const packet &from, mqc_version version, std::uint8_t *out,
                             std::size_t capacity) {
    std::size_t written = 0;
    check(mqc_encode(&from.raw(), version, out, capacity, &written));
    return written;
}

/// Encodes a packet so that it fits a peer's Maximum Packet Size, without its reason string and user
/// properties if need be: mqc_encode_fit().
inline std::size_t encode_fit(const packet &from, mqc_version version,
                              std::uint32_t max_packet_size, std::uint8_t *out,
                              std::size_t capacity) {
    std::size_t written = 0;
    check(mqc_encode_fit(&from.raw(), version, max_packet_size, out, capacity, &written));
    return written;
}

/// Encodes a packet behind what is in `out`; with an error, `out` is as it was.
inline void encode_append(const packet &from, mqc_version version, buffer &out) {
    const std::size_t before = out.size();
    const std::size_t len = encoded_len(from, version);
    out.resize(before + len);
    try {
        encode_to(from, version, out.data() + before, len);
    } catch (...) {
        out.resize(before);
        throw;
    }
}

/// Encodes a packet.
inline buffer encode(const packet &from, mqc_version version) {
    buffer out;
    encode_append(from, version, out);
    return out;
}

/// Encodes all of a PUBLISH but its payload, for a vectored write of the two.
inline buffer encode_publish_head(const packet &from, mqc_version version) {
    buffer out(encoded_len(from, version) - from.publish().payload.len);
    std::size_t written = 0;
    check(mqc_encode_publish_head(&from.raw(), version, out.data(), out.size(), &written));
    out.resize(written);
    return out;
}

/// Encodes all of a PUBLISH but its payload, of which `payload_len` bytes follow from elsewhere:
/// mqc_encode_stream_head().
[[nodiscard]] inline buffer encode_stream_head(const packet &from, std::uint32_t payload_len,
                                               mqc_version version) {
    mqc_publish body = from.publish();
    body.payload = {nullptr, 0};
    const packet head(body);
    // The length at the front may take more bytes.
    buffer out(encoded_len(head, version) + 3);
    std::size_t written = 0;
    check(mqc_encode_stream_head(&head.raw(), payload_len, version, out.data(), out.size(),
                                 &written));
    out.resize(written);
    return out;
}

/// A message, which views its topic, payload and properties.
[[nodiscard]] inline mqc_publish message(std::string_view topic, std::string_view payload,
                                         mqc_qos qos = MQC_QOS_AT_MOST_ONCE, bool retain = false,
                                         mqc_bytes properties = {}) noexcept {
    mqc_publish it{};
    it.qos = qos;
    it.retain = retain ? 1 : 0;
    it.topic = bytes(topic);
    it.payload = bytes(payload);
    it.properties = properties;
    return it;
}

/// A CONNECT without will and password, which views the client identifier. Its version is that of
/// the session.
[[nodiscard]] inline mqc_connect connect_as(std::string_view client_id, bool clean_start = true,
                                            std::uint16_t keep_alive = 60,
                                            mqc_bytes properties = {}) noexcept {
    mqc_connect it{};
    it.client_id = bytes(client_id);
    it.clean_start = clean_start ? 1 : 0;
    it.keep_alive = keep_alive;
    it.properties = properties;
    return it;
}

/// Explains the packet at the front of `data`, field by field; of a malformed one, up to the fault.
inline std::string inspect(std::string_view data, mqc_version version,
                           const mqc_decode_options *options = nullptr,
                           std::uint32_t style = MQC_INSPECT_SHORT) {
    const mqc_bytes in = bytes(data);
    std::string out;
    std::size_t len = 0;
    mqc_status status =
        mqc_inspect(in.data, in.len, version, options, style, out.data(), 0, &len);
    if (status == MQC_BUFFER_TOO_SMALL) {
        out.resize(len);
        status = mqc_inspect(in.data, in.len, version, options, style, out.data(), out.size(),
                             &len);
    }
    check(status);
    return out;
}

/// The name of a property: mqc_property_name().
inline std::string_view property_name(mqc_property_id id) noexcept { return mqc_property_name(id); }

/// The name of a code in packets of this type and version: mqc_reason_code_name().
inline std::string_view reason_code_name(std::uint8_t code, mqc_packet_type type,
                                         mqc_version version) noexcept {
    return mqc_reason_code_name(code, type, version);
}

/// The statement that a packet of this type from this sender breaks if it is refused with this
/// status; empty if there is none: mqc_status_statement().
inline std::string_view status_statement(mqc_status status, mqc_packet_type type,
                                         mqc_sender sender, mqc_version version) noexcept {
    return text(mqc_status_statement(status, type, sender, version));
}

} // namespace mqc

#endif // MQTT_CORE_CODEC_HPP
