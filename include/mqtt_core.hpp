/*
 * mqtt_core.hpp: mqtt_core.h for C++17 and later. A header alone; link with libmqtt_core.
 *
 * Errors      are exceptions: a status that is a fault throws mqc::error, which has the status, and
 *             the detail of an illegal packet where there is one. Classes that derive from it have
 *             other details: topic_error, store_error, acl_error and refused.
 * Outcomes    that are to be expected are no faults. "None right now" is an empty std::optional, or
 *             the end of a range. MQC_WOULD_BLOCK is an empty std::optional too, or false, or a
 *             number that is too small: try again after MQC_EVENT_WRITABLE. A broker's answer to a
 *             connection that is over is false, and so is a late acknowledgement.
 * Bytes       are std::string_view, text and payload alike, in and out. What comes out of decoding
 *             views the buffer that was decoded, and is valid as long as that is neither changed
 *             nor freed. What goes in is borrowed during the call.
 * Objects     are classes, or mqc::handle: moved, never copied, freed at the end of their life. One
 *             that was moved from is empty: it may be assigned to, and its methods throw
 *             MQC_NULL_POINTER. Several threads may call `const` methods at a time where the
 *             function of C says so.
 * Structures  are those of mqtt_core.h. Nothing is hidden: the classes here give them out, `get()`
 *             gives the object of C, and the functions of both headers go together.
 *
 * A client over a connected socket, which subscribes and prints what comes:
 *
 *     void run(int fd, std::uint64_t (*now)()) {
 *         mqc::client_session session;
 *         session.connect(now(), mqc::connect_as("printer"));
 *         for (bool is_open = true; is_open;) {
 *             while (const auto event = session.poll_event()) {
 *                 if (event->is(MQC_EVENT_CONNECTED)) {
 *                     (void)session.subscribe(now(), mqc::subscription{"sensors/#"});
 *                 } else if (event->is(MQC_EVENT_MESSAGE)) {
 *                     std::cout << mqc::text(event->message().publish.payload) << std::endl;
 *                 } else if (event->is(MQC_EVENT_CLOSED)) {
 *                     is_open = false;
 *                 }
 *             }
 *             while (!session.transmit_peek().empty()) {
 *                 const auto out = session.transmit_peek();
 *                 const ssize_t count = send(fd, out.data(), out.size(), 0); // the socket blocks
 *                 session.transmit_advance(count < 0 ? out.size() : std::size_t(count));
 *             }
 *             pollfd place{fd, POLLIN, 0};
 *             if (is_open && poll(&place, 1, 100) > 0) { // or until session.poll_timeout()
 *                 char data[4096];
 *                 const auto most = std::min(sizeof data, session.wants_input());
 *                 const ssize_t count = recv(fd, data, most, 0);
 *                 if (count <= 0) {
 *                     session.handle_eof(now());
 *                 } else {
 *                     (void)session.handle_input(now(), {data, std::size_t(count)});
 *                 }
 *             }
 *             session.handle_timeout(now());
 *         }
 *     }
 */
#ifndef MQTT_CORE_HPP
#define MQTT_CORE_HPP

#include "mqtt_core.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
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

  protected:
    error(mqc_status status, const std::string &message)
        : std::runtime_error(message), status_(status) {}

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

    /// The structure of C, which views the filter.
    operator mqc_subscription() const noexcept {
        mqc_subscription it{};
        it.filter = bytes(filter);
        it.qos = qos;
        it.no_local = no_local ? 1 : 0;
        it.retain_as_published = retain_as_published ? 1 : 0;
        it.retain_handling = retain_handling;
        return it;
    }
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
        const mqc_subscription it = from;
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

/// Encodes a packet so that it fits a peer's Maximum Packet Size, without its reason string and user properties if need be.
inline std::size_t encode_fit(const packet &from, mqc_version version, std::uint32_t max_packet_size,
                              std::uint8_t *out, std::size_t capacity) {
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

/// The statement that a packet of this type from this sender breaks if it is refused with this
/// status; empty if there is none: mqc_status_statement().
inline std::string_view status_statement(mqc_status status, mqc_packet_type type,
                                         mqc_sender sender, mqc_version version) noexcept {
    return text(mqc_status_statement(status, type, sender, version));
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

    /// Bytes that are certainly missing to the end of the packet at hand; never 0, and 2 between two
    /// packets and after an error.
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

// ---- What the objects below have in common ----

/// A text that is no topic name, no filter, no pattern, or cannot be mapped.
class topic_error : public error {
  public:
    explicit topic_error(const mqc_topic_error &fault)
        : error(fault.kind, message(fault)), fault_(fault) {}

    /// Where, and which statement of the standard is broken.
    const mqc_topic_error &fault() const noexcept { return fault_; }

  private:
    static std::string message(const mqc_topic_error &fault) {
        return std::string(mqc_status_name(fault.kind)) + " at byte " +
               std::to_string(fault.offset);
    }

    mqc_topic_error fault_;
};

/// What a store gives back is not what a session told it.
class store_error : public error {
  public:
    explicit store_error(const mqc_store_error &fault)
        : error(fault.kind, message(fault)), fault_(fault) {}

    /// Where, and what was to come.
    const mqc_store_error &fault() const noexcept { return fault_; }

  private:
    static std::string message(const mqc_store_error &fault) {
        return std::string(mqc_status_name(fault.kind)) + " at byte " +
               std::to_string(fault.offset);
    }

    mqc_store_error fault_;
};

/// A rule of who may publish and subscribe to what is none.
class acl_error : public error {
  public:
    explicit acl_error(const mqc_acl_error &fault)
        : error(MQC_ERR_ACL, message(fault)), fault_(fault) {}

    /// Where, and what is wrong in words.
    const mqc_acl_error &fault() const noexcept { return fault_; }

  private:
    static std::string message(const mqc_acl_error &fault) {
        return "line " + std::to_string(fault.line) + ", column " + std::to_string(fault.column) +
               ": " + std::string(text({fault.text, fault.text_len}));
    }

    mqc_acl_error fault_;
};

/// A session does not take a command now, and nothing has changed.
class refused : public error {
  public:
    explicit refused(const mqc_refusal &refusal) : error(refusal.status), refusal_(refusal) {}

    /// What the peer does not take.
    const mqc_refusal &refusal() const noexcept { return refusal_; }

  private:
    mqc_refusal refusal_;
};

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

/// As check(), for functions that tell where a text is wrong.
inline void check_topic(mqc_status status, const mqc_topic_error &fault) {
    if (status != MQC_OK) {
        if (fault.kind == status) {
            throw topic_error(fault);
        }
        throw error(status);
    }
}

/// As check(), for functions that tell where a store is wrong.
inline void check_store(mqc_status status, const mqc_store_error &fault) {
    if (status != MQC_OK) {
        if (fault.kind == status) {
            throw store_error(fault);
        }
        throw error(status);
    }
}

/// A moment that `UINT64_MAX` stands for is never.
inline std::optional<std::uint64_t> moment(std::uint64_t at_ms) noexcept {
    return at_ms == UINT64_MAX ? std::nullopt : std::optional<std::uint64_t>(at_ms);
}

inline std::optional<std::uint64_t> if_found(std::uint8_t found, std::uint64_t value) noexcept {
    return found != 0 ? std::optional<std::uint64_t>(value) : std::nullopt;
}

} // namespace detail

/// No limits but those of numbers.
[[nodiscard]] inline mqc_index_limits index_limits() noexcept { return MQC_INDEX_LIMITS_INIT; }
/// The defaults of a client's session.
[[nodiscard]] inline mqc_client_config client_config() noexcept { return MQC_CLIENT_CONFIG_INIT; }
/// The defaults of a server's session.
[[nodiscard]] inline mqc_server_config server_config() noexcept { return MQC_SERVER_CONFIG_INIT; }
/// The defaults of a broker.
[[nodiscard]] inline mqc_broker_config broker_config() noexcept { return MQC_BROKER_CONFIG_INIT; }
/// The defaults of waiting between attempts.
[[nodiscard]] inline mqc_backoff backoff() noexcept { return MQC_BACKOFF_INIT; }

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

// ---- Topics ----

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

// ---- Tries ----

/// A subscription of a trie.
struct trie_entry {
    /// With its share name, if it is shared.
    std::string_view filter;
    /// Of a shared subscription; else no bytes.
    std::string_view share_name;
    /// Who.
    std::uint64_t key = 0;
    /// How.
    mqc_granted granted = {};
};

/// A subscription, or a group of a shared one, that matches a topic.
struct trie_found {
    trie_found() noexcept = default;
    explicit trie_found(const mqc_trie_found &from) noexcept
        : kind(from.kind), group(from.group), key(from.key), granted(from.granted),
          share_name(text(from.share_name)), member_count(from.member_count) {}

    /// `MQC_FOUND_*`
    mqc_found_kind kind = MQC_FOUND_NONE;
    /// Of a group: its number, for trie_matches::pick() and trie_matches::members().
    std::uint32_t group = 0;
    /// Of a subscriber: who.
    std::uint64_t key = 0;
    /// Of a subscriber: how.
    mqc_granted granted = {};
    /// Of a group.
    std::string_view share_name;
    /// Of a group: one or more.
    std::uint64_t member_count = 0;
};

class trie;

/// Memory for matching, kept from topic to topic: mqc_trie_matches. One for each thread.
class trie_matches : public detail::object<mqc_trie_matches, mqc_trie_matches_free> {
  public:
    using object::object;
    trie_matches() : object(handle_type::make(mqc_trie_matches_new)) {}

    /// The next page of a match, empty at the end; valid until the next call with this memory. The
    /// trie may change between two pages: mqc_trie_matches_next().
    [[nodiscard]] view<mqc_trie_found, trie_found> next(const trie &of,
                                                        std::size_t max = SIZE_MAX);

    /// The member of a group that gets the next message, none if none can: mqc_trie_matches_pick().
    /// `unavailable` are keys in ascending order that are passed over.
    [[nodiscard]] std::optional<mqc_trie_member>
    pick(const trie &of, std::uint32_t group, mqc_share_strategy strategy = MQC_SHARE_ROUND_ROBIN,
         std::uint64_t number = 0, span<std::uint64_t> unavailable = {}) const;

    /// All members of a group, in the order in which they joined; valid until the next call with
    /// this memory: mqc_trie_matches_members().
    [[nodiscard]] span<mqc_trie_member> members(const trie &of, std::uint32_t group);
};

/// The subscriptions that match a topic: `for (const auto &it : trie.match(topic, matches))`. They
/// are walked once, in pages of 64.
class trie_match : public detail::pulled<trie_match, trie_found> {
  public:
    trie_match(const mqc_trie *trie, mqc_trie_matches *matches, std::size_t size) noexcept
        : trie_(trie), matches_(matches), size_(size) {}

    /// How many there were when it began, each group counted once.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    /// Takes the next; false at the end.
    bool pull(trie_found &out) {
        if (at_ == count_) {
            at_ = count_ = 0;
            check(mqc_trie_matches_next(matches_, trie_, 64, &page_, &count_));
            if (count_ == 0) {
                return false;
            }
        }
        out = trie_found(page_[at_++]);
        return true;
    }

  private:
    const mqc_trie *trie_;
    mqc_trie_matches *matches_;
    std::size_t size_;
    const mqc_trie_found *page_ = nullptr;
    std::size_t at_ = 0;
    std::size_t count_ = 0;
};

/// A walk over the subscriptions of a trie, over when that changes: mqc_trie_walk. What it gives is
/// valid until the next one is taken.
class trie_walk : public detail::object<mqc_trie_walk, mqc_trie_walk_free>,
                  public detail::pulled<trie_walk, trie_entry> {
  public:
    /// Takes a walk of this trie over.
    trie_walk(handle_type from, const mqc_trie *trie) noexcept
        : object(std::move(from)), trie_(trie) {}

    /// Takes the next; false at the end.
    bool pull(trie_entry &out) {
        mqc_trie_entry found;
        check(mqc_trie_walk_next(get(), trie_, &found));
        out = {text(found.filter), text(found.share_name), found.key, found.granted};
        return found.filter.len != 0;
    }

  private:
    const mqc_trie *trie_;
};

/// Who subscribes to which filter, asked by topic name: mqc_trie.
class trie : public detail::object<mqc_trie, mqc_trie_free> {
  public:
    using object::object;
    explicit trie(const mqc_index_limits &limits = index_limits())
        : object(handle_type::make(mqc_trie_new, &limits)) {}

    /// Another one with the same subscriptions: mqc_trie_clone().
    [[nodiscard]] trie clone() const {
        const mqc_trie *from = get();
        return trie(handle_type::make(mqc_trie_clone, from));
    }

    /// How much may be added from now on: mqc_trie_set_limits().
    void set_limits(const mqc_index_limits &limits) { check(mqc_trie_set_limits(get(), &limits)); }

    /// Adds a subscription, or replaces it; gives what there was: mqc_trie_insert().
    std::optional<mqc_granted> insert(std::string_view filter, std::uint64_t key,
                                      const mqc_granted &granted = {},
                                      mqc_version version = MQC_VERSION_V5) {
        std::uint8_t found = 0;
        mqc_granted old{};
        check(mqc_trie_insert(get(), bytes(filter), version, key, &granted, &found, &old));
        return found != 0 ? std::optional<mqc_granted>(old) : std::nullopt;
    }

    /// Removes a subscription; gives what there was: mqc_trie_remove().
    std::optional<mqc_granted> remove(std::string_view filter, std::uint64_t key,
                                      mqc_version version = MQC_VERSION_V5) {
        std::uint8_t found = 0;
        mqc_granted old{};
        check(mqc_trie_remove(get(), bytes(filter), version, key, &found, &old));
        return found != 0 ? std::optional<mqc_granted>(old) : std::nullopt;
    }

    /// Removes all subscriptions of a key, and says how many: mqc_trie_remove_key().
    std::size_t remove_key(std::uint64_t key) {
        std::size_t count = 0;
        check(mqc_trie_remove_key(get(), key, &count));
        return count;
    }

    /// How one subscribes: mqc_trie_get().
    [[nodiscard]] std::optional<mqc_granted> find(std::string_view filter, std::uint64_t key,
                                                  mqc_version version = MQC_VERSION_V5) const {
        std::uint8_t found = 0;
        mqc_granted out{};
        check(mqc_trie_get(get(), bytes(filter), version, key, &found, &out));
        return found != 0 ? std::optional<mqc_granted>(out) : std::nullopt;
    }

    /// How many subscriptions there are: mqc_trie_len().
    [[nodiscard]] std::size_t size() const {
        std::size_t len = 0;
        check(mqc_trie_len(get(), &len));
        return len;
    }
    [[nodiscard]] bool empty() const { return size() == 0; }

    /// Bytes of the heap: mqc_trie_heap_bytes().
    [[nodiscard]] std::size_t heap_bytes() const {
        std::size_t out = 0;
        check(mqc_trie_heap_bytes(get(), &out));
        return out;
    }

    /// Removes everything: mqc_trie_clear().
    void clear() { check(mqc_trie_clear(get())); }
    /// Gives back memory that is not needed: mqc_trie_shrink().
    void shrink() { check(mqc_trie_shrink(get())); }

    /// Looks for the subscriptions that match a topic name: mqc_trie_match(). What `matches` held
    /// before is forgotten.
    [[nodiscard]] trie_match match(std::string_view topic, trie_matches &matches) const {
        std::size_t count = 0;
        check(mqc_trie_match(get(), bytes(topic), matches.get(), &count));
        return {get(), matches.get(), count};
    }

    /// Looks for a shared subscription by its filter: mqc_trie_group().
    [[nodiscard]] std::optional<trie_found> group(std::string_view filter,
                                                  trie_matches &matches) const {
        mqc_trie_found found;
        check(mqc_trie_group(get(), bytes(filter), matches.get(), &found));
        return found.kind != MQC_FOUND_NONE ? std::optional<trie_found>(trie_found(found))
                                            : std::nullopt;
    }

    /// Walks over the subscriptions whose filter begins with these levels; over all for no bytes:
    /// mqc_trie_walk_new().
    [[nodiscard]] trie_walk walk(std::string_view below = {},
                                 mqc_version version = MQC_VERSION_V5) const {
        trie_walk::handle_type out;
        check(mqc_trie_walk_new(get(), bytes(below), version, out.out()));
        return {std::move(out), get()};
    }
};

inline view<mqc_trie_found, trie_found> trie_matches::next(const trie &of, std::size_t max) {
    const mqc_trie_found *out = nullptr;
    std::size_t count = 0;
    check(mqc_trie_matches_next(get(), of.get(), max, &out, &count));
    return {out, count};
}

inline std::optional<mqc_trie_member> trie_matches::pick(const trie &of, std::uint32_t group,
                                                         mqc_share_strategy strategy,
                                                         std::uint64_t number,
                                                         span<std::uint64_t> unavailable) const {
    std::uint8_t found = 0;
    mqc_trie_member out{};
    check(mqc_trie_matches_pick(get(), of.get(), group, strategy, number, unavailable.data(),
                                unavailable.size(), &found, &out));
    return found != 0 ? std::optional<mqc_trie_member>(out) : std::nullopt;
}

inline span<mqc_trie_member> trie_matches::members(const trie &of, std::uint32_t group) {
    const mqc_trie_member *out = nullptr;
    std::size_t count = 0;
    check(mqc_trie_matches_members(get(), of.get(), group, &out, &count));
    return {out, count};
}

/// How one client gets a message.
struct delivery {
    explicit delivery(const mqc_delivery &from) noexcept
        : key(from.key), qos(from.qos), retain_as_published(from.retain_as_published != 0),
          subscription_ids(from.subscription_ids, from.subscription_id_count) {}

    /// The client.
    std::uint64_t key;
    /// The highest of its subscriptions; the message goes out with this or its own, the lower.
    mqc_qos qos;
    /// Whether one of them gets RETAIN as the publisher set it.
    bool retain_as_published;
    /// The Subscription Identifiers of those that have one.
    span<std::uint32_t> subscription_ids;
};

/// Merges subscriptions of one client that match the same message: mqc_overlaps.
class overlaps : public detail::object<mqc_overlaps, mqc_overlaps_free> {
  public:
    using object::object;
    overlaps() : object(handle_type::make(mqc_overlaps_new)) {}

    /// Begins the next message, of this publisher if No Local is to count: mqc_overlaps_start().
    void start(std::optional<std::uint64_t> publisher = std::nullopt) {
        check(mqc_overlaps_start(get(), publisher ? &*publisher : nullptr));
    }

    /// Adds a subscription that matches: mqc_overlaps_add().
    void add(std::uint64_t key, const mqc_granted &granted) {
        check(mqc_overlaps_add(get(), key, &granted));
    }

    /// The clients that get the message; valid until the next call: mqc_overlaps_deliveries().
    [[nodiscard]] view<mqc_delivery, delivery> deliveries() {
        const mqc_delivery *out = nullptr;
        std::size_t count = 0;
        check(mqc_overlaps_deliveries(get(), &out, &count));
        return {out, count};
    }
};

// ---- Retained messages ----

/// A name with its value.
struct retained_entry {
    retained_entry() noexcept = default;
    explicit retained_entry(const mqc_retained_entry &from) noexcept
        : topic(text(from.topic)), value(from.value) {}

    std::string_view topic;
    std::uint64_t value = 0;
};

class retained_index;

/// Memory for a lookup, and where it is: mqc_retained_cursor.
class retained_cursor : public detail::object<mqc_retained_cursor, mqc_retained_cursor_free> {
  public:
    using object::object;
    retained_cursor() : object(handle_type::make(mqc_retained_cursor_new)) {}

    /// The next page of a lookup, empty at the end; valid until the next call with this memory. The
    /// index may change between two pages: mqc_retained_cursor_next().
    [[nodiscard]] view<mqc_retained_entry, retained_entry> next(const retained_index &of,
                                                                std::size_t max = SIZE_MAX);
};

/// The names that match a filter, walked once, in pages of 64.
class retained_lookup : public detail::pulled<retained_lookup, retained_entry> {
  public:
    retained_lookup(const mqc_retained *index, mqc_retained_cursor *cursor) noexcept
        : index_(index), cursor_(cursor) {}

    /// Takes the next; false at the end.
    bool pull(retained_entry &out) {
        if (at_ == count_) {
            at_ = count_ = 0;
            check(mqc_retained_cursor_next(cursor_, index_, 64, &page_, &count_));
            if (count_ == 0) {
                return false;
            }
        }
        out = retained_entry(page_[at_++]);
        return true;
    }

  private:
    const mqc_retained *index_;
    mqc_retained_cursor *cursor_;
    const mqc_retained_entry *page_ = nullptr;
    std::size_t at_ = 0;
    std::size_t count_ = 0;
};

/// A walk over all names of an index, over when that changes: mqc_retained_walk. A name that it
/// gives is valid until the next one is taken.
class retained_walk : public detail::object<mqc_retained_walk, mqc_retained_walk_free>,
                      public detail::pulled<retained_walk, retained_entry> {
  public:
    /// Takes a walk of this index over.
    retained_walk(handle_type from, const mqc_retained *index) noexcept
        : object(std::move(from)), index_(index) {}

    /// Takes the next; false at the end.
    bool pull(retained_entry &out) {
        mqc_retained_entry found;
        check(mqc_retained_walk_next(get(), index_, &found));
        out = retained_entry(found);
        return found.topic.len != 0;
    }

  private:
    const mqc_retained *index_;
};

/// Values by topic name, asked by topic filter: mqc_retained.
class retained_index : public detail::object<mqc_retained, mqc_retained_free> {
  public:
    using object::object;
    explicit retained_index(const mqc_index_limits &limits = index_limits())
        : object(handle_type::make(mqc_retained_new, &limits)) {}

    /// Another one with the same names and values: mqc_retained_clone().
    [[nodiscard]] retained_index clone() const {
        const mqc_retained *from = get();
        return retained_index(handle_type::make(mqc_retained_clone, from));
    }

    /// How much may be added from now on: mqc_retained_set_limits().
    void set_limits(const mqc_index_limits &limits) {
        check(mqc_retained_set_limits(get(), &limits));
    }

    /// Adds a name, or replaces its value; gives the old one: mqc_retained_insert().
    std::optional<std::uint64_t> insert(std::string_view topic, std::uint64_t value) {
        std::uint8_t found = 0;
        std::uint64_t old = 0;
        check(mqc_retained_insert(get(), bytes(topic), value, &found, &old));
        return detail::if_found(found, old);
    }

    /// Removes a name; gives its value: mqc_retained_remove().
    std::optional<std::uint64_t> remove(std::string_view topic) {
        std::uint8_t found = 0;
        std::uint64_t old = 0;
        check(mqc_retained_remove(get(), bytes(topic), &found, &old));
        return detail::if_found(found, old);
    }

    /// The value of a name: mqc_retained_get().
    [[nodiscard]] std::optional<std::uint64_t> find(std::string_view topic) const {
        std::uint8_t found = 0;
        std::uint64_t value = 0;
        check(mqc_retained_get(get(), bytes(topic), &found, &value));
        return detail::if_found(found, value);
    }

    /// How many names there are: mqc_retained_len().
    [[nodiscard]] std::size_t size() const {
        std::size_t len = 0;
        check(mqc_retained_len(get(), &len));
        return len;
    }
    [[nodiscard]] bool empty() const { return size() == 0; }

    /// Bytes of the heap: mqc_retained_heap_bytes().
    [[nodiscard]] std::size_t heap_bytes() const {
        std::size_t out = 0;
        check(mqc_retained_heap_bytes(get(), &out));
        return out;
    }

    /// Removes everything: mqc_retained_clear().
    void clear() { check(mqc_retained_clear(get())); }
    /// Gives back memory that is not needed: mqc_retained_shrink().
    void shrink() { check(mqc_retained_shrink(get())); }

    /// Looks for the names that match a filter: mqc_retained_lookup(). What `cursor` held before is
    /// forgotten.
    [[nodiscard]] retained_lookup lookup(std::string_view filter, retained_cursor &cursor,
                                         mqc_version version = MQC_VERSION_V5) const {
        check(mqc_retained_lookup(get(), bytes(filter), version, cursor.get()));
        return {get(), cursor.get()};
    }

    /// Walks over all names: mqc_retained_walk_new().
    [[nodiscard]] retained_walk walk() const {
        retained_walk::handle_type out;
        check(mqc_retained_walk_new(get(), out.out()));
        return {std::move(out), get()};
    }
};

inline view<mqc_retained_entry, retained_entry> retained_cursor::next(const retained_index &of,
                                                                      std::size_t max) {
    const mqc_retained_entry *out = nullptr;
    std::size_t count = 0;
    check(mqc_retained_cursor_next(get(), of.get(), max, &out, &count));
    return {out, count};
}

// ---- Routes ----

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

// ---- Sessions: what they share ----

/// A payload that several messages may have without copies: mqc_payload.
class payload : public detail::object<mqc_payload, mqc_payload_free> {
  public:
    using object::object;
    explicit payload(std::string_view data)
        : object(handle_type::make(mqc_payload_new, mqc::bytes(data).data, data.size())) {}

    /// Its bytes, valid as long as it is: mqc_payload_bytes().
    [[nodiscard]] std::string_view text() const {
        mqc_bytes out{};
        check(mqc_payload_bytes(get(), &out));
        return mqc::text(out);
    }
};

/// A snapshot that is being made, page by page: mqc_snapshot. The pages come from `snapshot_page()`
/// of a session or a state, the same one for all.
class snapshot : public detail::object<mqc_snapshot, mqc_snapshot_free> {
  public:
    using object::object;
    snapshot() : object(handle_type::make(mqc_snapshot_new)) {}

    /// The change after which changes are to be kept with the snapshot: mqc_snapshot_seq().
    [[nodiscard]] std::uint64_t seq() const {
        std::uint64_t out = 0;
        check(mqc_snapshot_seq(get(), &out));
        return out;
    }
};

/// What has happened in a session. A structure of C with getters that look at its kind; what they
/// view is valid until the next call with the session that is not `const`.
class event {
  public:
    event() noexcept : raw_() {}
    explicit event(const mqc_event &raw) noexcept : raw_(raw) {}

    /// `MQC_EVENT_*`
    mqc_event_kind kind() const noexcept { return raw_.kind; }
    bool is(mqc_event_kind kind) const noexcept { return raw_.kind == kind; }

    // The fields; `MQC_INVALID_ARGUMENT` is thrown for an event of another kind.
    const mqc_event_connected &connected() const { return of(MQC_EVENT_CONNECTED).connected; }
    const mqc_connect &connect() const { return of(MQC_EVENT_CONNECT).connect; }
    const mqc_event_message &message() const { return of(MQC_EVENT_MESSAGE).message; }
    const mqc_event_published &published() const { return of(MQC_EVENT_PUBLISHED).published; }
    const mqc_event_dropped &dropped() const { return of(MQC_EVENT_DROPPED).dropped; }
    const mqc_event_fenced &fenced() const { return of(MQC_EVENT_FENCED).fenced; }
    const mqc_event_subscribed &subscribed() const { return of(MQC_EVENT_SUBSCRIBED).subscribed; }
    const mqc_event_subscribed &unsubscribed() const {
        return of(MQC_EVENT_UNSUBSCRIBED).unsubscribed;
    }
    const mqc_subscribe &subscribe() const { return of(MQC_EVENT_SUBSCRIBE).subscribe; }
    const mqc_unsubscribe &unsubscribe() const { return of(MQC_EVENT_UNSUBSCRIBE).unsubscribe; }
    const mqc_auth &auth() const { return of(MQC_EVENT_AUTH).auth; }
    const mqc_event_closed &closed() const { return of(MQC_EVENT_CLOSED).closed; }

    /// The structure of C.
    const mqc_event &raw() const noexcept { return raw_; }
    mqc_event &raw() noexcept { return raw_; }

  private:
    const mqc_event_body &of(mqc_event_kind kind) const {
        if (!is(kind)) {
            throw error(MQC_INVALID_ARGUMENT);
        }
        return raw_.body;
    }

    mqc_event raw_;
};

class session_state;

namespace detail {

/// A change of what is stored, none if there is none.
inline std::optional<mqc_persist_op> change(const mqc_persist_op &op) noexcept {
    return op.kind != MQC_PERSIST_NONE ? std::optional<mqc_persist_op>(op) : std::nullopt;
}

/// The functions of C for the two sides of a session.
struct client_calls {
    using raw = mqc_client;
    static constexpr auto free = mqc_client_free;
    static constexpr auto handle_input = mqc_client_handle_input;
    static constexpr auto handle_eof = mqc_client_handle_eof;
    static constexpr auto handle_timeout = mqc_client_handle_timeout;
    static constexpr auto poll_timeout = mqc_client_poll_timeout;
    static constexpr auto poll_event = mqc_client_poll_event;
    static constexpr auto transmit_peek = mqc_client_transmit_peek;
    static constexpr auto transmit_peek_vectored = mqc_client_transmit_peek_vectored;
    static constexpr auto transmit_advance = mqc_client_transmit_advance;
    static constexpr auto wants_input = mqc_client_wants_input;
    static constexpr auto is_connected = mqc_client_is_connected;
    static constexpr auto refusal = mqc_client_refusal;
    static constexpr auto ack = mqc_client_ack;
    static constexpr auto auth = mqc_client_auth;
    static constexpr auto disconnect = mqc_client_disconnect;
    static constexpr auto quiesce = mqc_client_quiesce;
    static constexpr auto stats = mqc_client_stats;
    static constexpr auto stats_and_reset = mqc_client_stats_and_reset;
    static constexpr auto heap_bytes = mqc_client_heap_bytes;
    static constexpr auto shrink_to_fit = mqc_client_shrink_to_fit;
    static constexpr auto set_unix_time = mqc_client_set_unix_time;
    static constexpr auto poll_persist = mqc_client_poll_persist;
    static constexpr auto persisted = mqc_client_persisted;
    static constexpr auto persist_seq = mqc_client_persist_seq;
    static constexpr auto fenced = mqc_client_fenced;
    static constexpr auto snapshot = mqc_client_snapshot;
    static constexpr auto into_state = mqc_client_into_state;
    static constexpr auto send = mqc_client_publish;
    static constexpr auto send_payload = mqc_client_publish_payload;
    static constexpr auto send_all = mqc_client_publish_all;
};

struct server_calls {
    using raw = mqc_server;
    static constexpr auto free = mqc_server_free;
    static constexpr auto handle_input = mqc_server_handle_input;
    static constexpr auto handle_eof = mqc_server_handle_eof;
    static constexpr auto handle_timeout = mqc_server_handle_timeout;
    static constexpr auto poll_timeout = mqc_server_poll_timeout;
    static constexpr auto poll_event = mqc_server_poll_event;
    static constexpr auto transmit_peek = mqc_server_transmit_peek;
    static constexpr auto transmit_peek_vectored = mqc_server_transmit_peek_vectored;
    static constexpr auto transmit_advance = mqc_server_transmit_advance;
    static constexpr auto wants_input = mqc_server_wants_input;
    static constexpr auto is_connected = mqc_server_is_connected;
    static constexpr auto refusal = mqc_server_refusal;
    static constexpr auto ack = mqc_server_ack;
    static constexpr auto auth = mqc_server_auth;
    static constexpr auto disconnect = mqc_server_disconnect;
    static constexpr auto quiesce = mqc_server_quiesce;
    static constexpr auto stats = mqc_server_stats;
    static constexpr auto stats_and_reset = mqc_server_stats_and_reset;
    static constexpr auto heap_bytes = mqc_server_heap_bytes;
    static constexpr auto shrink_to_fit = mqc_server_shrink_to_fit;
    static constexpr auto set_unix_time = mqc_server_set_unix_time;
    static constexpr auto poll_persist = mqc_server_poll_persist;
    static constexpr auto persisted = mqc_server_persisted;
    static constexpr auto persist_seq = mqc_server_persist_seq;
    static constexpr auto fenced = mqc_server_fenced;
    static constexpr auto snapshot = mqc_server_snapshot;
    static constexpr auto into_state = mqc_server_into_state;
    static constexpr auto send = mqc_server_deliver;
    static constexpr auto send_payload = mqc_server_deliver_payload;
    static constexpr auto send_all = mqc_server_deliver_all;
};

/// What both sides of a session do: mqc_client_...() and mqc_server_...() of the same name.
template <typename Calls>
class session : public object<typename Calls::raw, Calls::free> {
    using base = object<typename Calls::raw, Calls::free>;

  public:
    using typename base::handle_type;
    using base::base;
    using base::get;

    /// Takes bytes of the peer; says how many: `_handle_input`. Hand in the rest again, once events
    /// are polled and what is to be sent is sent.
    [[nodiscard]] std::size_t handle_input(std::uint64_t now_ms, std::string_view data) {
        std::size_t taken = 0;
        const mqc_bytes in = bytes(data);
        done(Calls::handle_input(get(), now_ms, in.data, in.len, &taken));
        return taken;
    }

    /// The transport has come to its end: `_handle_eof`.
    void handle_eof(std::uint64_t now_ms) { done(Calls::handle_eof(get(), now_ms)); }
    /// Does what is due by now: `_handle_timeout`.
    void handle_timeout(std::uint64_t now_ms) { done(Calls::handle_timeout(get(), now_ms)); }

    /// When handle_timeout() is to be called, and why; none for never: `_poll_timeout`.
    [[nodiscard]] std::optional<std::uint64_t> poll_timeout(mqc_timer *timer = nullptr) const {
        std::uint64_t at_ms = 0;
        done(Calls::poll_timeout(get(), &at_ms, timer));
        return moment(at_ms);
    }

    /// Takes what has happened next: `_poll_event`. `while (const auto event = it.poll_event())`
    [[nodiscard]] std::optional<event> poll_event() {
        std::optional<event> out(std::in_place);
        done(Calls::poll_event(get(), &out->raw()));
        if (out->is(MQC_EVENT_NONE)) {
            out.reset();
        }
        return out;
    }

    /// What is to be sent next, no bytes if there is nothing; valid until the next call that is not
    /// `const`: `_transmit_peek`.
    [[nodiscard]] std::string_view transmit_peek() {
        mqc_bytes out{};
        done(Calls::transmit_peek(get(), &out));
        return text(out);
    }

    /// The same in pieces for `writev`, at most 64; says how many: `_transmit_peek_vectored`.
    [[nodiscard]] std::size_t transmit_peek_vectored(mqc_bytes *out, std::size_t capacity) {
        std::size_t count = 0;
        done(Calls::transmit_peek_vectored(get(), out, capacity, &count));
        return count;
    }

    /// So many bytes are with the transport: `_transmit_advance`.
    void transmit_advance(std::size_t count) { done(Calls::transmit_advance(get(), count)); }

    /// How many bytes handle_input() would take at least; 0 means to wait: `_wants_input`.
    [[nodiscard]] std::size_t wants_input() const {
        std::size_t out = 0;
        done(Calls::wants_input(get(), &out));
        return out;
    }

    /// From CONNACK to the end of the connection: `_is_connected`.
    [[nodiscard]] bool is_connected() const {
        std::uint8_t out = 0;
        done(Calls::is_connected(get(), &out));
        return out != 0;
    }

    /// More of the last command that was refused, also when "none" said so: `_refusal`.
    [[nodiscard]] mqc_refusal refusal() const {
        mqc_refusal out{};
        check(Calls::refusal(get(), &out));
        return out;
    }

    /// Acknowledges a message, with `MQC_ACK_MANUAL`; false if nothing waits for that any more:
    /// `_ack`.
    bool ack(std::uint64_t now_ms, mqc_ack_token token, std::uint8_t reason_code = 0) {
        const mqc_status status = Calls::ack(get(), now_ms, token, reason_code);
        if (status == MQC_UNKNOWN_TOKEN) {
            return false;
        }
        done(status);
        return true;
    }

    /// One step of an enhanced authentication: `_auth`.
    void auth(std::uint64_t now_ms, const mqc_auth &with) {
        done(Calls::auth(get(), now_ms, &with));
    }
    /// Says goodbye: `_disconnect`.
    void disconnect(std::uint64_t now_ms, const mqc_disconnect &with = {}) {
        done(Calls::disconnect(get(), now_ms, &with));
    }
    /// Says goodbye as soon as all that waits or is open is done: `_quiesce`.
    void quiesce(std::uint64_t now_ms, const mqc_disconnect &with = {}) {
        done(Calls::quiesce(get(), now_ms, &with));
    }

    /// What the session has done: `_stats`.
    [[nodiscard]] mqc_stats stats() const {
        mqc_stats out{};
        done(Calls::stats(get(), &out));
        return out;
    }
    /// The same, and begins to count anew: `_stats_and_reset`.
    [[nodiscard]] mqc_stats stats_and_reset(std::uint64_t now_ms) {
        mqc_stats out{};
        done(Calls::stats_and_reset(get(), now_ms, &out));
        return out;
    }

    /// Bytes on the heap: `_heap_bytes`.
    [[nodiscard]] std::size_t heap_bytes() const {
        std::size_t out = 0;
        done(Calls::heap_bytes(get(), &out));
        return out;
    }
    /// Gives back memory that is not needed now: `_shrink_to_fit`.
    void shrink_to_fit() { done(Calls::shrink_to_fit(get())); }

    /// Tells what time of the world it is, for what is stored: `_set_unix_time`.
    void set_unix_time(std::uint64_t now_ms, std::uint64_t unix_ms) {
        done(Calls::set_unix_time(get(), now_ms, unix_ms));
    }

    /// Takes the next change that a store is to keep: `_poll_persist`. Its views are valid until
    /// the next call that is not `const`.
    [[nodiscard]] std::optional<mqc_persist_op> poll_persist() {
        mqc_persist_op op{};
        done(Calls::poll_persist(get(), &op));
        return change(op);
    }
    /// All changes up to this number are safe: `_persisted`.
    void persisted(std::uint64_t now_ms, std::uint64_t seq) {
        done(Calls::persisted(get(), now_ms, seq));
    }
    /// The number of the last change, 0 if there was none: `_persist_seq`.
    [[nodiscard]] std::uint64_t persist_seq() const {
        std::uint64_t out = 0;
        done(Calls::persist_seq(get(), &out));
        return out;
    }
    /// Another owner, of this epoch, has the session: `_fenced`.
    void fenced(std::uint64_t now_ms, std::uint64_t epoch) {
        done(Calls::fenced(get(), now_ms, epoch));
    }

    /// The next page of a snapshot, none after the last; valid until the next call with `into`:
    /// `_snapshot`.
    [[nodiscard]] std::optional<std::string_view> snapshot_page(snapshot &into,
                                                                std::size_t max_bytes) const {
        mqc_bytes page{};
        done(Calls::snapshot(get(), into.get(), max_bytes, &page));
        return page.len != 0 ? std::optional<std::string_view>(text(page)) : std::nullopt;
    }

    /// Takes what is left of the session out of it: `_into_state`. All but refusal() throws
    /// `MQC_SPENT` then: `auto state = std::move(it).into_state();`
    [[nodiscard]] session_state into_state() &&;

  protected:
    /// As check(), with what the session tells of a refusal.
    void done(mqc_status status) const {
        if (status == MQC_OK) {
            return;
        }
        mqc_refusal more{};
        if (status >= MQC_WOULD_BLOCK && status <= MQC_REFUSED_OTHER &&
            Calls::refusal(get(), &more) == MQC_OK && more.status == status) {
            throw refused(more);
        }
        throw error(status);
    }

    /// Whether there was room.
    bool had_room(mqc_status status) const {
        if (status == MQC_WOULD_BLOCK) {
            return false;
        }
        done(status);
        return true;
    }

    std::optional<mqc_publish_result> send(std::uint64_t now_ms, const mqc_publish &publish,
                                           const mqc_payload *with, std::uint64_t token,
                                           mqc_when_full when_full) {
        mqc_publish_result out{};
        const mqc_status status =
            with == nullptr
                ? Calls::send(get(), now_ms, &publish, token, when_full, &out)
                : Calls::send_payload(get(), now_ms, &publish, with, token, when_full, &out);
        return had_room(status) ? std::optional<mqc_publish_result>(out) : std::nullopt;
    }

    std::size_t send_all(std::uint64_t now_ms, span<mqc_publish> messages,
                         span<std::uint64_t> tokens, mqc_when_full when_full) {
        if (!tokens.empty() && tokens.size() != messages.size()) {
            throw error(MQC_INVALID_ARGUMENT);
        }
        std::size_t taken = 0;
        const mqc_status status = Calls::send_all(get(), now_ms, messages.data(), tokens.data(),
                                                  messages.size(), when_full, &taken);
        // What was taken is to be known; the rest meets the same fault when it comes again.
        if (taken == 0 && status != MQC_WOULD_BLOCK) {
            done(status);
        }
        return taken;
    }
};

} // namespace detail

/// A subscription of a stored session.
struct stored_subscription {
    mqc::subscription subscription;
    /// Its Subscription Identifier; 0 if it has none.
    std::uint32_t identifier = 0;
};

/// The subscriptions of a stored session in the order of their filters, walked once. They are views
/// into the state.
class stored_subscriptions
    : public detail::pulled<stored_subscriptions, stored_subscription> {
  public:
    explicit stored_subscriptions(const mqc_session_state *state) noexcept : state_(state) {}

    /// Takes the next; false at the end.
    bool pull(stored_subscription &out) {
        if (at_ == count_) {
            check(mqc_session_state_subscriptions(state_, first_, page_.data(), page_.size(),
                                                  &count_));
            at_ = 0;
            first_ += count_;
            if (count_ == 0) {
                return false;
            }
        }
        const mqc_stored_subscription &it = page_[at_++];
        const mqc_subscription &how = it.subscription;
        out = {{text(how.filter), how.qos, how.no_local != 0, how.retain_as_published != 0,
                how.retain_handling},
               it.identifier};
        return true;
    }

  private:
    const mqc_session_state *state_;
    std::array<mqc_stored_subscription, 16> page_{};
    std::size_t first_ = 0;
    std::size_t at_ = 0;
    std::size_t count_ = 0;
};

/// What is left of a session without a connection: mqc_session_state. Empty once a session goes on
/// with it.
class session_state : public detail::object<mqc_session_state, mqc_session_state_free> {
  public:
    using object::object;
    /// An empty one.
    session_state() noexcept = default;

    /// What it has, in numbers: mqc_session_state_info().
    [[nodiscard]] mqc_session_info info() const {
        mqc_session_info out{};
        check(mqc_session_state_info(get(), &out));
        return out;
    }

    /// Of a server's session that is stored: mqc_session_state_subscriptions().
    [[nodiscard]] stored_subscriptions subscriptions() const noexcept {
        return stored_subscriptions(get());
    }

    /// The will that is to be published, or is not due yet: mqc_session_state_will().
    [[nodiscard]] std::optional<mqc_will> will() const {
        mqc_will out{};
        check(mqc_session_state_will(get(), &out));
        return out.has_will != 0 ? std::optional<mqc_will>(out) : std::nullopt;
    }

    /// The will has been published, or is not to be: mqc_session_state_clear_will().
    void clear_will() { check(mqc_session_state_clear_will(get())); }
    /// The session has ended: mqc_session_state_end().
    void end() { check(mqc_session_state_end(get())); }

    /// Takes the next change that a store is to keep: mqc_session_state_poll_persist().
    [[nodiscard]] std::optional<mqc_persist_op> poll_persist() {
        mqc_persist_op op{};
        check(mqc_session_state_poll_persist(get(), &op));
        return detail::change(op);
    }
    /// All changes up to this number are safe: mqc_session_state_persisted().
    void persisted(std::uint64_t seq) { check(mqc_session_state_persisted(get(), seq)); }

    /// The next page of a snapshot, none after the last; valid until the next call with `into`:
    /// mqc_session_state_snapshot().
    [[nodiscard]] std::optional<std::string_view> snapshot_page(snapshot &into,
                                                                std::size_t max_bytes) const {
        mqc_bytes page{};
        check(mqc_session_state_snapshot(get(), into.get(), max_bytes, &page));
        return page.len != 0 ? std::optional<std::string_view>(text(page)) : std::nullopt;
    }
};

template <typename Calls> session_state detail::session<Calls>::into_state() && {
    session_state::handle_type out;
    done(Calls::into_state(get(), out.out()));
    return session_state(std::move(out));
}

// ---- The client's side ----

/// The client's side of a session, over any number of connections: mqc_client.
class client_session : public detail::session<detail::client_calls> {
  public:
    using session::session;
    explicit client_session(const mqc_client_config &config = client_config())
        : session(handle_type::make(mqc_client_new, &config)) {}

    /// One that goes on with a state, which is empty then: mqc_client_resume(). With an error the
    /// state is as it was.
    [[nodiscard]] static client_session resume(session_state &&state,
                                               const mqc_client_config &config = client_config()) {
        client_session it(handle_type::make(mqc_client_resume, &config, state.get()));
        state = session_state();
        return it;
    }

    /// The transport is up: mqc_client_connect().
    void connect(std::uint64_t now_ms, const mqc_connect &with) {
        done(mqc_client_connect(get(), now_ms, &with));
    }

    /// Sends a message; none if there is no room: mqc_client_publish(). `token` comes back with
    /// what becomes of it, for QoS 1 and 2.
    [[nodiscard]] std::optional<mqc_publish_result>
    publish(std::uint64_t now_ms, const mqc_publish &what, std::uint64_t token = 0,
            mqc_when_full when_full = MQC_WHEN_FULL_QUEUE) {
        return send(now_ms, what, nullptr, token, when_full);
    }

    /// The same with a payload that is shared, `what` having none: mqc_client_publish_payload().
    [[nodiscard]] std::optional<mqc_publish_result>
    publish(std::uint64_t now_ms, const mqc_publish &what, const payload &with,
            std::uint64_t token = 0, mqc_when_full when_full = MQC_WHEN_FULL_QUEUE) {
        return send(now_ms, what, need(with), token, when_full);
    }

    /// Sends messages in order, and says how many were taken: mqc_client_publish_all(). Fewer than
    /// there are: there is no room, or the next one is refused, which throws when it comes first.
    [[nodiscard]] std::size_t publish_all(std::uint64_t now_ms, span<mqc_publish> messages,
                                          span<std::uint64_t> tokens = {},
                                          mqc_when_full when_full = MQC_WHEN_FULL_QUEUE) {
        return send_all(now_ms, messages, tokens, when_full);
    }

    /// Subscribes; gives the packet identifier, none if there is no room: mqc_client_subscribe().
    /// `MQC_EVENT_SUBSCRIBED` has `token`.
    [[nodiscard]] std::optional<std::uint16_t> subscribe(std::uint64_t now_ms,
                                                         span<mqc_subscription> to,
                                                         std::uint64_t token = 0,
                                                         mqc_bytes properties = {}) {
        std::uint16_t packet_id = 0;
        const mqc_status status = mqc_client_subscribe(get(), now_ms, to.data(), to.size(),
                                                       properties, token, &packet_id);
        return had_room(status) ? std::optional<std::uint16_t>(packet_id) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::uint16_t>
    subscribe(std::uint64_t now_ms, std::initializer_list<mqc_subscription> to,
              std::uint64_t token = 0, mqc_bytes properties = {}) {
        return subscribe(now_ms, span<mqc_subscription>(to.begin(), to.size()), token, properties);
    }
    [[nodiscard]] std::optional<std::uint16_t> subscribe(std::uint64_t now_ms,
                                                         const subscription &to,
                                                         std::uint64_t token = 0,
                                                         mqc_bytes properties = {}) {
        const mqc_subscription one = to;
        return subscribe(now_ms, span<mqc_subscription>(&one, 1), token, properties);
    }

    /// Unsubscribes; gives the packet identifier, none if there is no room:
    /// mqc_client_unsubscribe(). `MQC_EVENT_UNSUBSCRIBED` has `token`.
    [[nodiscard]] std::optional<std::uint16_t> unsubscribe(std::uint64_t now_ms,
                                                           span<mqc_bytes> from,
                                                           std::uint64_t token = 0,
                                                           mqc_bytes properties = {}) {
        std::uint16_t packet_id = 0;
        const mqc_status status = mqc_client_unsubscribe(get(), now_ms, from.data(), from.size(),
                                                         properties, token, &packet_id);
        return had_room(status) ? std::optional<std::uint16_t>(packet_id) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::uint16_t> unsubscribe(std::uint64_t now_ms,
                                                           std::string_view from,
                                                           std::uint64_t token = 0,
                                                           mqc_bytes properties = {}) {
        const mqc_bytes one = bytes(from);
        return unsubscribe(now_ms, span<mqc_bytes>(&one, 1), token, properties);
    }

  private:
    static const mqc_payload *need(const payload &with) {
        if (!with) {
            throw error(MQC_NULL_POINTER);
        }
        return with.get();
    }
};

/// Says when to connect again: mqc_reconnect.
class reconnect : public detail::object<mqc_reconnect, mqc_reconnect_free> {
  public:
    using object::object;
    explicit reconnect(const mqc_backoff &options = backoff())
        : object(handle_type::make(mqc_reconnect_new, &options)) {}

    /// The server has accepted the connection: mqc_reconnect_connected().
    void connected(std::uint64_t now_ms) { check(mqc_reconnect_connected(get(), now_ms)); }

    /// A connection has ended, or an attempt failed; says when to try again: mqc_reconnect_lost().
    [[nodiscard]] std::uint64_t lost(std::uint64_t now_ms, std::uint32_t random) {
        std::uint64_t at_ms = 0;
        check(mqc_reconnect_lost(get(), now_ms, random, &at_ms));
        return at_ms;
    }

    /// The next wait, as if no number were to shorten it: mqc_reconnect_next_wait().
    [[nodiscard]] std::uint64_t next_wait() const {
        std::uint64_t wait_ms = 0;
        check(mqc_reconnect_next_wait(get(), &wait_ms));
        return wait_ms;
    }
};

/// Says whether and when to publish a message again that was not taken: mqc_retry.
class retry : public detail::object<mqc_retry, mqc_retry_free> {
  public:
    using object::object;
    explicit retry(std::uint32_t attempts, const mqc_backoff &options = backoff())
        : object(handle_type::make(mqc_retry_new, &options, attempts)) {}

    /// The message has failed; says when to publish it again, or to give up: mqc_retry_failed().
    [[nodiscard]] std::optional<std::uint64_t> failed(std::uint64_t now_ms,
                                                      mqc_publish_failure failure,
                                                      std::uint32_t why, std::uint32_t random) {
        std::uint8_t again = 0;
        std::uint64_t at_ms = 0;
        check(mqc_retry_failed(get(), now_ms, failure, why, random, &again, &at_ms));
        return detail::if_found(again, at_ms);
    }
};

/// Requests that wait for their responses: mqc_requests.
class requests : public detail::object<mqc_requests, mqc_requests_free> {
  public:
    explicit requests(std::string_view response_topic, std::size_t max_count)
        : object(handle_type::make(mqc_requests_new, bytes(response_topic), max_count)),
          // The topic, the correlation data, and what stands before both.
          most_(response_topic.size() + 14) {}

    /// Begins a request, and appends the properties that make a message one to `out`; false if as
    /// many wait as may: mqc_requests_begin().
    [[nodiscard]] bool begin(std::uint64_t now_ms, std::uint64_t timeout_ms, std::uint64_t value,
                             buffer &out) {
        const std::size_t before = out.size();
        out.resize(before + most_);
        std::size_t written = 0;
        const mqc_status status = mqc_requests_begin(get(), now_ms, timeout_ms, value,
                                                     out.data() + before, most_, &written);
        out.resize(before + (status == MQC_OK ? written : 0));
        if (status == MQC_WOULD_BLOCK) {
            return false;
        }
        check(status);
        return true;
    }

    /// If a message is the response to a request, gives its value: mqc_requests_take().
    [[nodiscard]] std::optional<std::uint64_t> take(const mqc_publish &publish) {
        std::uint8_t found = 0;
        std::uint64_t value = 0;
        check(mqc_requests_take(get(), &publish, &found, &value));
        return detail::if_found(found, value);
    }

    /// Takes a request whose time is over; call it until there is none: mqc_requests_expire().
    [[nodiscard]] std::optional<std::uint64_t> expire(std::uint64_t now_ms) {
        std::uint8_t found = 0;
        std::uint64_t value = 0;
        check(mqc_requests_expire(get(), now_ms, &found, &value));
        return detail::if_found(found, value);
    }

    /// When expire() is to be called, none for never: mqc_requests_poll_timeout().
    [[nodiscard]] std::optional<std::uint64_t> poll_timeout() const {
        std::uint64_t at_ms = 0;
        check(mqc_requests_poll_timeout(get(), &at_ms));
        return detail::moment(at_ms);
    }

    /// How many wait: mqc_requests_count().
    [[nodiscard]] std::size_t size() const {
        std::size_t out = 0;
        check(mqc_requests_count(get(), &out));
        return out;
    }

  private:
    std::size_t most_;
};

// ---- The server's side ----

/// The server's side of one connection: mqc_server.
class server_session : public detail::session<detail::server_calls> {
  public:
    using session::session;
    explicit server_session(std::uint64_t now_ms, const mqc_server_config &config = server_config())
        : session(handle_type::make(mqc_server_new, &config, now_ms)) {}

    /// The last change that the store has of a session in whose place this one comes:
    /// mqc_server_persist_after().
    void persist_after(std::uint64_t seq) { done(mqc_server_persist_after(get(), seq)); }

    /// Accepts the client with a new session: mqc_server_accept().
    void accept(std::uint64_t now_ms, const mqc_connack &connack = {}) {
        done(mqc_server_accept(get(), now_ms, &connack, nullptr));
    }
    /// Accepts the client with the state of its session, which is empty then. With an error the
    /// state is as it was.
    void accept(std::uint64_t now_ms, const mqc_connack &connack, session_state &&state) {
        if (!state) {
            throw error(MQC_NULL_POINTER);
        }
        done(mqc_server_accept(get(), now_ms, &connack, state.get()));
        state = session_state();
    }
    /// Refuses the client and ends the connection: mqc_server_refuse().
    void refuse(std::uint64_t now_ms, const mqc_connack &connack) {
        done(mqc_server_refuse(get(), now_ms, &connack));
    }

    /// Sends a message; none if there is no room: mqc_server_deliver().
    [[nodiscard]] std::optional<mqc_publish_result>
    deliver(std::uint64_t now_ms, const mqc_publish &what, std::uint64_t token = 0,
            mqc_when_full when_full = MQC_WHEN_FULL_QUEUE) {
        return send(now_ms, what, nullptr, token, when_full);
    }
    /// The same with a payload that is shared, `what` having none: mqc_server_deliver_payload().
    [[nodiscard]] std::optional<mqc_publish_result>
    deliver(std::uint64_t now_ms, const mqc_publish &what, const payload &with,
            std::uint64_t token = 0, mqc_when_full when_full = MQC_WHEN_FULL_QUEUE) {
        if (!with) {
            throw error(MQC_NULL_POINTER);
        }
        return send(now_ms, what, with.get(), token, when_full);
    }
    /// Sends messages in order, as client_session::publish_all() does: mqc_server_deliver_all().
    [[nodiscard]] std::size_t deliver_all(std::uint64_t now_ms, span<mqc_publish> messages,
                                          span<std::uint64_t> tokens = {},
                                          mqc_when_full when_full = MQC_WHEN_FULL_QUEUE) {
        return send_all(now_ms, messages, tokens, when_full);
    }

    /// Answers a SUBSCRIBE, a code for each filter: mqc_server_suback().
    void suback(std::uint64_t now_ms, const mqc_filter_ack &with) {
        done(mqc_server_suback(get(), now_ms, &with));
    }
    /// Answers an UNSUBSCRIBE: mqc_server_unsuback().
    void unsuback(std::uint64_t now_ms, const mqc_filter_ack &with) {
        done(mqc_server_unsuback(get(), now_ms, &with));
    }

    /// Another connection has the session now: mqc_server_take_over().
    void take_over(std::uint64_t now_ms) { done(mqc_server_take_over(get(), now_ms)); }

    /// The will, if it is to be published: mqc_server_will().
    [[nodiscard]] std::optional<mqc_will> will() const {
        mqc_will out{};
        done(mqc_server_will(get(), &out));
        return out.has_will != 0 ? std::optional<mqc_will>(out) : std::nullopt;
    }

    /// For how many seconds the session is kept when the connection ends; `UINT32_MAX` for ever:
    /// mqc_server_session_expiry().
    [[nodiscard]] std::uint32_t session_expiry() const {
        std::uint32_t out = 0;
        done(mqc_server_session_expiry(get(), &out));
        return out;
    }
};

/// The numbers as Prometheus reads them: mqc_stats_prometheus().
[[nodiscard]] inline std::string prometheus(const mqc_stats &stats, std::string_view labels = {}) {
    std::string out(4096 + 20 * labels.size(), '\0');
    std::size_t written = 0;
    // Both types may look at any bytes.
    check(mqc_stats_prometheus(&stats, bytes(labels), reinterpret_cast<std::uint8_t *>(out.data()),
                               out.size(), &written));
    out.resize(written);
    return out;
}

// ---- Stores ----

/// Appends a change to a journal: mqc_persist_op_encode().
inline void journal_append(const mqc_persist_op &op, buffer &out) {
    const std::size_t before = out.size();
    // What stands around the key and the value.
    out.resize(before + op.key.len + op.value.len + 29);
    std::size_t written = 0;
    const mqc_status status =
        mqc_persist_op_encode(&op, out.data() + before, out.size() - before, &written);
    out.resize(before + (status == MQC_OK ? written : 0));
    check(status);
}

/// What a journal begins with: mqc_journal_header().
[[nodiscard]] inline std::string_view journal_header() {
    mqc_bytes out{};
    check(mqc_journal_header(&out));
    return text(out);
}

/// A journal that is being read, over bytes that nobody changes or frees: mqc_journal. A damaged
/// one throws store_error; what comes before holds, up to offset().
class journal : public detail::object<mqc_journal, mqc_journal_free>,
                public detail::pulled<journal, mqc_persist_op> {
  public:
    using object::object;
    explicit journal(std::string_view data) : object() {
        const mqc_bytes in = bytes(data);
        mqc_store_error fault{};
        detail::check_store(mqc_journal_new(in.data, in.len, handle_.out(), &fault), fault);
    }

    /// Takes the next change; false at the end: mqc_journal_next().
    bool pull(mqc_persist_op &out) {
        mqc_store_error fault{};
        detail::check_store(mqc_journal_next(get(), &out, &fault), fault);
        return out.kind != MQC_PERSIST_NONE;
    }

    /// Behind the last change that was given, in bytes: mqc_journal_offset().
    [[nodiscard]] std::size_t offset() const {
        std::size_t out = 0;
        check(mqc_journal_offset(get(), &out));
        return out;
    }
};

/// What a store gives back: rows, pages of a snapshot, the changes after it: mqc_restore.
class restore : public detail::object<mqc_restore, mqc_restore_free> {
  public:
    using object::object;
    restore() : object(handle_type::make(mqc_restore_new)) {}

    /// Skips rows of kinds that this version does not know: mqc_restore_skip_unknown().
    void skip_unknown() { check(mqc_restore_skip_unknown(get())); }
    /// Takes a row: mqc_restore_put().
    void put(std::string_view key, std::string_view value) {
        check(mqc_restore_put(get(), bytes(key), bytes(value)));
    }
    /// Which was the last change that the rows have: mqc_restore_at().
    void at(std::uint64_t epoch, std::uint64_t seq) { check(mqc_restore_at(get(), epoch, seq)); }

    /// Takes the next page of a snapshot; says whether it is the last: mqc_restore_page(). Throws
    /// store_error.
    bool page(std::string_view data) {
        const mqc_bytes in = bytes(data);
        std::uint8_t is_last = 0;
        mqc_store_error fault{};
        detail::check_store(mqc_restore_page(get(), in.data, in.len, &is_last, &fault), fault);
        return is_last != 0;
    }

    /// Makes a change, say of a journal: mqc_restore_apply(). Throws store_error.
    void apply(const mqc_persist_op &op) {
        mqc_store_error fault{};
        detail::check_store(mqc_restore_apply(get(), &op, &fault), fault);
    }

    /// The session, none if the store has none: mqc_restore_finish(). Throws store_error.
    [[nodiscard]] std::optional<session_state> finish() const {
        session_state::handle_type out;
        mqc_store_error fault{};
        detail::check_store(mqc_restore_finish(get(), out.out(), &fault), fault);
        return out ? std::optional<session_state>(session_state(std::move(out))) : std::nullopt;
    }
};

// ---- Brokers ----

/// Rules of who may publish and subscribe to what: mqc_acl.
class acl : public detail::object<mqc_acl, mqc_acl_free> {
  public:
    using object::object;
    /// Reads rules, a line each: mqc_acl_parse(). Throws acl_error.
    explicit acl(std::string_view rules) : object() {
        mqc_acl_error fault{};
        const mqc_status status = mqc_acl_parse(bytes(rules), handle_.out(), &fault);
        if (status == MQC_ERR_ACL) {
            throw acl_error(fault);
        }
        check(status);
    }

    /// mqc_acl_allows_publish(); no user name is not an empty one.
    [[nodiscard]] bool allows_publish(std::string_view client_id,
                                      std::optional<std::string_view> user_name,
                                      std::string_view topic) const {
        const mqc_bytes user = bytes(user_name.value_or(std::string_view()));
        std::uint8_t out = 0;
        check(mqc_acl_allows_publish(get(), bytes(client_id), user_name ? &user : nullptr,
                                     bytes(topic), &out));
        return out != 0;
    }

    /// mqc_acl_allows_subscribe(); no user name is not an empty one.
    [[nodiscard]] bool allows_subscribe(std::string_view client_id,
                                        std::optional<std::string_view> user_name,
                                        std::string_view filter) const {
        const mqc_bytes user = bytes(user_name.value_or(std::string_view()));
        std::uint8_t out = 0;
        check(mqc_acl_allows_subscribe(get(), bytes(client_id), user_name ? &user : nullptr,
                                       bytes(filter), &out));
        return out != 0;
    }
};

/// Messages that were copied, walked once; views into this: mqc_messages.
class messages : public detail::object<mqc_messages, mqc_messages_free>,
                 public detail::pulled<messages, mqc_publish> {
  public:
    using object::object;

    /// Takes the next; false at the end: mqc_messages_next().
    bool pull(mqc_publish &out) {
        std::uint8_t is_there = 0;
        check(mqc_messages_next(get(), &out, &is_there));
        return is_there != 0;
    }
};

/// Something that a broker asks or reports. A structure of C with getters that look at its kind;
/// what they view is valid until the next call with the broker that is not `const`.
class broker_event {
  public:
    broker_event() noexcept : raw_() {}
    explicit broker_event(const mqc_broker_event &raw) noexcept : raw_(raw) {}

    /// `MQC_BROKER_EVENT_*`
    mqc_broker_event_kind kind() const noexcept { return raw_.kind; }
    bool is(mqc_broker_event_kind kind) const noexcept { return raw_.kind == kind; }
    /// The connection that it is about; `MQC_CONN_NONE` if there is none.
    mqc_conn conn() const noexcept { return raw_.conn; }

    // The fields; `MQC_INVALID_ARGUMENT` is thrown for an event of another kind.
    const mqc_connect &authenticate() const {
        return of(MQC_BROKER_EVENT_AUTHENTICATE).authenticate;
    }
    const mqc_auth &auth() const { return of(MQC_BROKER_EVENT_AUTH).auth; }
    const mqc_broker_event_authorize &authorize() const {
        return of(MQC_BROKER_EVENT_AUTHORIZE).authorize;
    }
    const mqc_broker_event_connected &connected() const {
        return of(MQC_BROKER_EVENT_CONNECTED).connected;
    }
    const mqc_broker_event_message &message() const {
        return of(MQC_BROKER_EVENT_MESSAGE).message;
    }
    const mqc_broker_event_fenced &fenced() const { return of(MQC_BROKER_EVENT_FENCED).fenced; }
    const mqc_event_closed &closed() const { return of(MQC_BROKER_EVENT_CLOSED).closed; }

    /// The structure of C.
    const mqc_broker_event &raw() const noexcept { return raw_; }
    mqc_broker_event &raw() noexcept { return raw_; }

  private:
    const mqc_broker_event_body &of(mqc_broker_event_kind kind) const {
        if (!is(kind)) {
            throw error(MQC_INVALID_ARGUMENT);
        }
        return raw_.body;
    }

    mqc_broker_event raw_;
};

/// A broker: bytes of many connections in, events and bytes for them out: mqc_broker.
class broker : public detail::object<mqc_broker, mqc_broker_free> {
  public:
    using object::object;
    explicit broker(std::uint64_t now_ms, const mqc_broker_config &config = broker_config())
        : object(handle_type::make(mqc_broker_new, &config, now_ms)) {}

    /// One that goes on with what a store has: mqc_broker_restore(). Throws store_error.
    [[nodiscard]] static broker resume(const restore &from, std::uint64_t now_ms,
                                       std::uint64_t unix_ms,
                                       const mqc_broker_config &config = broker_config()) {
        handle_type out;
        mqc_store_error fault{};
        detail::check_store(
            mqc_broker_restore(&config, now_ms, unix_ms, from.get(), out.out(), &fault), fault);
        return broker(std::move(out));
    }

    /// A connection has been opened; none if the broker takes no more, and the transport is to be
    /// closed: mqc_broker_open().
    [[nodiscard]] std::optional<mqc_conn> open(std::uint64_t now_ms) {
        mqc_conn out = MQC_CONN_NONE;
        const mqc_status status = mqc_broker_open(get(), now_ms, &out);
        if (status == MQC_FULL || status == MQC_SHUTTING_DOWN) {
            return std::nullopt;
        }
        check(status);
        return out;
    }

    /// Takes what has come on a connection; says how much: mqc_broker_handle_input().
    [[nodiscard]] std::size_t handle_input(mqc_conn conn, std::uint64_t now_ms,
                                           std::string_view data) {
        std::size_t taken = 0;
        const mqc_bytes in = bytes(data);
        check(mqc_broker_handle_input(get(), conn, now_ms, in.data, in.len, &taken));
        return taken;
    }
    /// How many bytes would be taken at least; 0 means to wait: mqc_broker_wants_input().
    [[nodiscard]] std::size_t wants_input(mqc_conn conn) {
        std::size_t out = 0;
        check(mqc_broker_wants_input(get(), conn, &out));
        return out;
    }
    /// The transport of a connection is gone: mqc_broker_handle_eof().
    void handle_eof(mqc_conn conn, std::uint64_t now_ms) {
        check(mqc_broker_handle_eof(get(), conn, now_ms));
    }
    /// Does what is due: mqc_broker_handle_timeout().
    void handle_timeout(std::uint64_t now_ms) { check(mqc_broker_handle_timeout(get(), now_ms)); }
    /// When handle_timeout() is to be called, none for never: mqc_broker_poll_timeout().
    [[nodiscard]] std::optional<std::uint64_t> poll_timeout() const {
        std::uint64_t at_ms = 0;
        check(mqc_broker_poll_timeout(get(), &at_ms));
        return detail::moment(at_ms);
    }

    /// Takes what is asked or reported next: mqc_broker_poll_event().
    [[nodiscard]] std::optional<broker_event> poll_event() {
        std::optional<broker_event> out(std::in_place);
        check(mqc_broker_poll_event(get(), &out->raw()));
        if (out->is(MQC_BROKER_EVENT_NONE)) {
            out.reset();
        }
        return out;
    }

    /// The next connection that there is something to be done about: mqc_broker_poll_writable().
    [[nodiscard]] std::optional<mqc_conn> poll_writable() {
        mqc_conn out = MQC_CONN_NONE;
        check(mqc_broker_poll_writable(get(), &out));
        return out != MQC_CONN_NONE ? std::optional<mqc_conn>(out) : std::nullopt;
    }
    /// The next bytes for a connection, none if there are none: mqc_broker_transmit_peek().
    [[nodiscard]] std::string_view transmit_peek(mqc_conn conn) {
        mqc_bytes out{};
        check(mqc_broker_transmit_peek(get(), conn, &out));
        return text(out);
    }
    /// The same in pieces for `writev`, at most 64: mqc_broker_transmit_peek_vectored().
    [[nodiscard]] std::size_t transmit_peek_vectored(mqc_conn conn, mqc_bytes *out,
                                                     std::size_t capacity) {
        std::size_t count = 0;
        check(mqc_broker_transmit_peek_vectored(get(), conn, out, capacity, &count));
        return count;
    }
    /// So many bytes have been sent: mqc_broker_transmit_advance().
    void transmit_advance(mqc_conn conn, std::size_t count) {
        check(mqc_broker_transmit_advance(get(), conn, count));
    }

    // Answers to what is asked. False if the connection is over: nobody is left to be told.

    /// Lets a client in: mqc_broker_accept().
    bool accept(mqc_conn conn, std::uint64_t now_ms, const mqc_admission &admission = {}) {
        return is_there(mqc_broker_accept(get(), conn, now_ms, &admission));
    }
    /// Refuses a client: mqc_broker_refuse().
    bool refuse(mqc_conn conn, std::uint64_t now_ms, const mqc_connack &connack) {
        return is_there(mqc_broker_refuse(get(), conn, now_ms, &connack));
    }
    /// Goes on with an authentication: mqc_broker_challenge().
    bool challenge(mqc_conn conn, std::uint64_t now_ms, mqc_bytes properties) {
        return is_there(mqc_broker_challenge(get(), conn, now_ms, properties));
    }
    /// Says whether a client may publish or subscribe: mqc_broker_authorize().
    bool authorize(mqc_conn conn, std::uint64_t now_ms, std::uint8_t reason_code = 0) {
        return is_there(mqc_broker_authorize(get(), conn, now_ms, reason_code));
    }

    /// Ends a connection; false if it is over: mqc_broker_disconnect().
    bool disconnect(mqc_conn conn, std::uint64_t now_ms, const mqc_disconnect &with = {}) {
        return is_there(mqc_broker_disconnect(get(), conn, now_ms, &with));
    }
    /// Ends a session; false if there is none: mqc_broker_drop_session().
    bool drop_session(std::string_view client_id, std::uint64_t now_ms) {
        std::uint8_t was_there = 0;
        check(mqc_broker_drop_session(get(), bytes(client_id), now_ms, &was_there));
        return was_there != 0;
    }
    /// Ends all connections and takes no more: mqc_broker_shut_down().
    void shut_down(std::uint64_t now_ms, const mqc_disconnect &with) {
        check(mqc_broker_shut_down(get(), now_ms, &with));
    }

    /// Publishes a message of the caller's; says how many get it: mqc_broker_publish().
    std::size_t publish(std::uint64_t now_ms, const mqc_publish &what) {
        std::size_t receivers = 0;
        check(mqc_broker_publish(get(), now_ms, &what, &receivers));
        return receivers;
    }
    /// Subscribes for the caller: mqc_broker_subscribe(). Messages come with `token`.
    [[nodiscard]] std::uint64_t subscribe(const subscription &to, std::uint64_t token = 0) {
        const mqc_subscription one = to;
        std::uint64_t id = 0;
        check(mqc_broker_subscribe(get(), &one, token, &id));
        return id;
    }
    /// Ends a subscription of the caller's; false if there is none: mqc_broker_unsubscribe().
    bool unsubscribe(std::uint64_t id) {
        std::uint8_t was_there = 0;
        check(mqc_broker_unsubscribe(get(), id, &was_there));
        return was_there != 0;
    }
    /// Copies the retained messages whose topics a filter matches: mqc_broker_retained().
    [[nodiscard]] messages retained(std::string_view filter) const {
        messages::handle_type out;
        check(mqc_broker_retained(get(), bytes(filter), out.out()));
        return messages(std::move(out));
    }

    /// The client identifier of a connection, no bytes if it has none: mqc_broker_client_id().
    [[nodiscard]] std::string_view client_id(mqc_conn conn) const {
        mqc_bytes out{};
        check(mqc_broker_client_id(get(), conn, &out));
        return text(out);
    }
    /// Who may do what from now on, other than by rules: mqc_broker_set_authorization().
    void set_authorization(mqc_authorization authorization) {
        check(mqc_broker_set_authorization(get(), authorization, nullptr));
    }
    /// The rules from now on, which are copied.
    void set_authorization(const acl &rules) {
        check(mqc_broker_set_authorization(get(), MQC_AUTHORIZATION_ACL, rules.get()));
    }
    /// What it has, and has done: mqc_broker_stats_get().
    [[nodiscard]] mqc_broker_stats stats() const {
        mqc_broker_stats out{};
        check(mqc_broker_stats_get(get(), &out));
        return out;
    }
    /// Bytes on the heap, about: mqc_broker_heap_bytes().
    [[nodiscard]] std::size_t heap_bytes() const {
        std::size_t out = 0;
        check(mqc_broker_heap_bytes(get(), &out));
        return out;
    }

    /// Takes the next change that a store is to keep: mqc_broker_poll_persist().
    [[nodiscard]] std::optional<mqc_persist_op> poll_persist() {
        mqc_persist_op op{};
        check(mqc_broker_poll_persist(get(), &op));
        return detail::change(op);
    }
    /// All changes up to this number are safe: mqc_broker_persisted().
    void persisted(std::uint64_t now_ms, std::uint64_t seq) {
        check(mqc_broker_persisted(get(), now_ms, seq));
    }
    /// Another broker, of this epoch, has the store: mqc_broker_fenced().
    void fenced(std::uint64_t now_ms, std::uint64_t epoch) {
        check(mqc_broker_fenced(get(), now_ms, epoch));
    }
    /// Tells what time of the world it is: mqc_broker_set_unix_time().
    void set_unix_time(std::uint64_t now_ms, std::uint64_t unix_ms) {
        check(mqc_broker_set_unix_time(get(), now_ms, unix_ms));
    }

  private:
    static bool is_there(mqc_status status) {
        if (status == MQC_UNKNOWN) {
            return false;
        }
        check(status);
        return true;
    }
};

} // namespace mqc

#endif // MQTT_CORE_HPP
