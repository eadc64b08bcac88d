/*
 * mqtt_core.hpp: mqtt_core.h for C++17 and later. A header alone; link with libmqtt_core.
 *
 * Errors      are exceptions: a status that is a fault throws mqc::error, which has the status, and
 *             the detail of an illegal packet where there is one. "None right now" is no fault: it is
 *             an empty std::optional, or the end of a range.
 * Bytes       are std::string_view, text and payload alike, in and out. What comes out of decoding
 *             views the buffer that was decoded, and is valid as long as that is neither changed nor
 *             freed. What goes in is borrowed during the call.
 * Objects     are mqc::handle: moved, never copied, freed at the end of their life.
 * Structures  are those of mqtt_core.h. Nothing is hidden: the classes here give them out, and the
 *             functions of both headers go together.
 */
#ifndef MQTT_CORE_HPP
#define MQTT_CORE_HPP

#include "mqtt_core.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
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

/// A fault: of the caller, of the library, or of the bytes of a peer.
class error : public std::runtime_error {
  public:
    explicit error(mqc_status status)
        : std::runtime_error(mqc_status_name(status)), status_(status) {}

    error(mqc_status status, const mqc_decode_error &detail)
        : std::runtime_error(message(status, detail)), status_(status), detail_(detail) {}

    /// Which fault: `MQC_*`.
    mqc_status status() const noexcept { return status_; }

    /// Of an illegal packet: where, why, and what to answer.
    const std::optional<mqc_decode_error> &detail() const noexcept { return detail_; }

  private:
    static std::string message(mqc_status status, const mqc_decode_error &detail) {
        std::string text = mqc_status_name(status);
        text += " at byte ";
        text += std::to_string(detail.offset);
        text += " (";
        text += mqc::text(detail.statement);
        text += ')';
        return text;
    }

    mqc_status status_;
    std::optional<mqc_decode_error> detail_;
};

/// Throws an error for any status but `MQC_OK`.
inline void check(mqc_status status) {
    if (status != MQC_OK) {
        throw error(status);
    }
}

/// Throws if the library that runs does not go with the header that the program was compiled with.
inline void check_abi() {
    if (mqc_abi_version() != MQC_ABI_VERSION) {
        throw std::runtime_error(std::string("libmqtt_core ") + mqc_version_string() +
                                 " does not go with this program");
    }
}

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

/// The defaults.
inline mqc_decode_options decode_options() noexcept { return MQC_DECODE_OPTIONS_INIT; }

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
        mqc_subscription it{};
        it.filter = bytes(from.filter);
        it.qos = from.qos;
        it.no_local = from.no_local ? 1 : 0;
        it.retain_as_published = from.retain_as_published ? 1 : 0;
        it.retain_handling = from.retain_handling;
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

inline std::string_view property_name(mqc_property_id id) noexcept { return mqc_property_name(id); }

inline std::string_view reason_code_name(std::uint8_t code, mqc_packet_type type,
                                         mqc_version version) noexcept {
    return mqc_reason_code_name(code, type, version);
}

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

  private:
    buffer buffer_;
    mqc_stream raw_;
};

} // namespace mqc

#endif // MQTT_CORE_HPP
