/*
 * mqtt_core.h: MQTT 3.1.1 and 5.0 without I/O, the C interface of mqtt-core.
 *
 * Generated from mqtt-ffi/src; do not edit. `MQC_UPDATE_HEADER=1 cargo test -p mqtt-ffi --test
 * header` writes it anew.
 *
 * Results     Every function that can fail returns an mqc_status; MQC_OK is 0. Outputs are written
 *             only with MQC_OK, except where a function says otherwise.
 * Pointers    A required pointer that is NULL gives MQC_NULL_POINTER. A byte range may be NULL
 *             when its length is 0. Outputs must not overlap inputs.
 * Bytes       mqc_bytes is a view: never NUL-terminated, never freed. Decoding makes views into
 *             the caller's buffer, valid as long as that buffer is neither changed nor freed.
 * Threads     The functions keep no state: any number of threads may call them at the same time.
 * Heap        Nothing here allocates.
 * Panics      No Rust panic leaves a function; one that is caught gives MQC_PANIC.
 */


#ifndef MQTT_CORE_H
#define MQTT_CORE_H

#include <stddef.h>
#include <stdint.h>

/// The defaults: `mqc_decode_options options = MQC_DECODE_OPTIONS_INIT;`
#define MQC_DECODE_OPTIONS_INIT                                                                    \
    {                                                                                              \
        sizeof(mqc_decode_options), MQC_DEFAULT_MAX_PACKET_SIZE, MQC_DEFAULT_MAX_USER_PROPERTIES,  \
            MQC_DEFAULT_MAX_FILTERS, MQC_DEFAULT_MAX_TOPIC_LEVELS, 0, MQC_SENDER_UNKNOWN           \
    }

/// Accept variable byte integers that are longer than needed (5.0).
#define MQC_ALLOW_NON_MINIMAL_VARINTS 1

/// Accept DUP 1 on a QoS 0 PUBLISH.
#define MQC_ALLOW_DUP_QOS0 2

/// Accept client identifiers of more than 23 characters (3.1).
#define MQC_ALLOW_LONG_CLIENT_ID 4

/// Accept a password without a user name (3.1, 3.1.1).
#define MQC_ALLOW_PASSWORD_WITHOUT_USER_NAME 8

/// Refuse a payload that is marked as text and is not well-formed UTF-8 (5.0).
#define MQC_CHECK_PAYLOAD_FORMAT 16

/// Refuse strings with control characters or non-characters.
#define MQC_REJECT_CONTROL_CHARACTERS 32

/// Default of `max_packet_size`: no limit beyond the protocol's.
#define MQC_DEFAULT_MAX_PACKET_SIZE 268435460

/// Default of `max_user_properties`.
#define MQC_DEFAULT_MAX_USER_PROPERTIES 64

/// Default of `max_filters`.
#define MQC_DEFAULT_MAX_FILTERS 512

/// Default of `max_topic_levels`.
#define MQC_DEFAULT_MAX_TOPIC_LEVELS 200

/// Number of the binary interface described by this header.
///
/// It changes when a program compiled with an older header could no longer run on the library.
#define MQC_ABI_VERSION 1

/// First part of the version of this header.
#define MQC_LIBRARY_VERSION_MAJOR 0

/// Second part of the version of this header.
#define MQC_LIBRARY_VERSION_MINOR 1

/// Third part of the version of this header.
#define MQC_LIBRARY_VERSION_PATCH 0

/// The result of a function. The numbers are stable and never used again:
///
/// - 0 to 99: no fault; only with `MQC_OK` are all outputs written
/// - 100 to 199: the caller's fault
/// - 200 to 299: the library's fault
/// - 1000 to 1999: the bytes are not a legal packet, or would not be one when encoded
/// - 2000 to 2999: the packet cannot be encoded
typedef uint32_t mqc_status;

/// A version of the protocol: the protocol level byte of CONNECT.
typedef uint32_t mqc_version;

/// Who sent the bytes.
typedef uint32_t mqc_sender;

/// How to judge received packets. Begin with `MQC_DECODE_OPTIONS_INIT`, the defaults.
typedef struct mqc_decode_options {
    /// `sizeof(mqc_decode_options)`: later versions may add fields at the end, with 0 as default.
    size_t struct_size;
    /// Largest packet in bytes, fixed header included.
    uint32_t max_packet_size;
    /// User properties in one property section.
    uint32_t max_user_properties;
    /// Topic filters in one SUBSCRIBE or UNSUBSCRIBE, and codes in one SUBACK or UNSUBACK.
    uint32_t max_filters;
    /// Levels of a topic name or topic filter.
    uint32_t max_topic_levels;
    /// `MQC_ALLOW_*`, `MQC_CHECK_*` and `MQC_REJECT_*`, added up. Default 0.
    uint32_t switches;
    /// `MQC_SENDER_*`. Default unknown.
    mqc_sender sender;
} mqc_decode_options;

/// The type of a packet: the upper half of its first byte.
typedef uint32_t mqc_packet_type;

/// Quality of service: how often a message may arrive.
typedef uint8_t mqc_qos;

/// A view of bytes that belong to someone else. Not NUL-terminated.
typedef struct mqc_bytes {
    /// First byte; may be NULL if `len` is 0.
    const uint8_t *data;
    /// Number of bytes.
    size_t len;
} mqc_bytes;

/// A PUBLISH packet.
///
/// Decoded, its views point into the decoder's input. To encode one, set every field; zeroed
/// memory is a QoS 0 message without properties, topic and payload.
typedef struct mqc_publish {
    /// 1 if this is sent again, else 0.
    uint8_t dup;
    /// `MQC_QOS_*`.
    mqc_qos qos;
    /// 1 if the server shall keep the message, or has kept it; else 0.
    uint8_t retain;
    /// Zero.
    uint8_t reserved;
    /// 1 to 65,535; 0 with QoS 0, which has none.
    uint16_t packet_id;
    /// Zero.
    uint16_t reserved_2;
    /// Topic name, UTF-8.
    struct mqc_bytes topic;
    /// Properties one after another as on the wire, without the length in front of them. Walk them
    /// with mqc_property_next(), build them with mqc_property_put(). Empty before 5.0.
    struct mqc_bytes properties;
    /// Payload.
    struct mqc_bytes payload;
} mqc_publish;

/// The fields of a packet; `packet_type` says which member is set.
typedef union mqc_packet_body {
    /// `MQC_PACKET_PUBLISH`
    struct mqc_publish publish;
    /// Room for packets to come, so that this structure keeps its size.
    uint64_t reserved[24];
} mqc_packet_body;

/// A packet, in memory of the caller.
typedef struct mqc_packet {
    /// `MQC_PACKET_*`
    mqc_packet_type packet_type;
    /// Zero.
    uint32_t reserved;
    /// Its fields.
    union mqc_packet_body body;
} mqc_packet;

/// What the standard lets the receiver of an illegal packet answer before it closes the connection.
typedef uint32_t mqc_response;

/// Why bytes are not a legal packet.
typedef struct mqc_decode_error {
    /// What is wrong: the `MQC_ERR_*` that the function returned.
    mqc_status kind;
    /// In which packet; `MQC_PACKET_NONE` if its first byte names none.
    mqc_packet_type packet_type;
    /// Where: bytes from the first byte of the packet.
    size_t offset;
    /// The statement of the standard that is broken: `MQTT-` and its number, or the section where
    /// the rule has none. Static, not NUL-terminated.
    struct mqc_bytes statement;
    /// What to answer.
    mqc_response response;
    /// The code in that answer; 0 with `MQC_RESPONSE_CLOSE`.
    uint8_t response_code;
    /// The reason code of 5.0 for this fault, whatever the version: for logs and counters.
    uint8_t reason_code;
    /// The property at fault (`MQC_PROPERTY_*`), or 0.
    uint8_t property_id;
    /// Zero.
    uint8_t reserved;
} mqc_decode_error;

/// The identifier of a property, as on the wire.
typedef uint8_t mqc_property_id;

/// A property: its identifier and its value.
typedef struct mqc_property {
    /// `MQC_PROPERTY_*`
    mqc_property_id id;
    /// Zero.
    uint8_t reserved[3];
    /// The value, if it is a number.
    uint32_t number;
    /// The name of a user property.
    struct mqc_bytes name;
    /// The value of a user property, and any other value that is a string or bytes.
    struct mqc_bytes value;
} mqc_property;

/// Close without a word.
#define MQC_RESPONSE_CLOSE 0

/// Send a CONNACK with the code, then close.
#define MQC_RESPONSE_CONNACK 1

/// Send a DISCONNECT with the code, then close (5.0).
#define MQC_RESPONSE_DISCONNECT 2

/// Not known: the rules that depend on it are skipped.
#define MQC_SENDER_UNKNOWN 0

/// The side that sent CONNECT.
#define MQC_SENDER_CLIENT 1

/// The side that sent CONNACK.
#define MQC_SENDER_SERVER 2

/// No property: the walk is over.
#define MQC_PROPERTY_NONE 0

/// Whether the payload is text: 0 unspecified bytes, 1 UTF-8.
#define MQC_PROPERTY_PAYLOAD_FORMAT_INDICATOR 1

/// Lifetime of the message in seconds; absent means for ever.
#define MQC_PROPERTY_MESSAGE_EXPIRY_INTERVAL 2

/// What the payload is, in words of the application.
#define MQC_PROPERTY_CONTENT_TYPE 3

/// Topic name for an answer.
#define MQC_PROPERTY_RESPONSE_TOPIC 8

/// Bytes by which an answer is recognised.
#define MQC_PROPERTY_CORRELATION_DATA 9

/// Number of a subscription: 1 to 268,435,455.
#define MQC_PROPERTY_SUBSCRIPTION_IDENTIFIER 11

/// Seconds that the session outlives the connection; 4,294,967,295 means for ever.
#define MQC_PROPERTY_SESSION_EXPIRY_INTERVAL 17

/// Client identifier that the server made up.
#define MQC_PROPERTY_ASSIGNED_CLIENT_IDENTIFIER 18

/// Keep alive in seconds that replaces the client's.
#define MQC_PROPERTY_SERVER_KEEP_ALIVE 19

/// Name of the authentication method.
#define MQC_PROPERTY_AUTHENTICATION_METHOD 21

/// Data of the authentication method.
#define MQC_PROPERTY_AUTHENTICATION_DATA 22

/// Whether the server may send reason strings and user properties in all packets; absent means
/// that it may.
#define MQC_PROPERTY_REQUEST_PROBLEM_INFORMATION 23

/// Seconds between the end of the connection and the publication of the will.
#define MQC_PROPERTY_WILL_DELAY_INTERVAL 24

/// Whether the client asks for response information.
#define MQC_PROPERTY_REQUEST_RESPONSE_INFORMATION 25

/// Basis for response topics.
#define MQC_PROPERTY_RESPONSE_INFORMATION 26

/// Other servers to use, separated by spaces.
#define MQC_PROPERTY_SERVER_REFERENCE 28

/// Text for people that says why.
#define MQC_PROPERTY_REASON_STRING 31

/// QoS 1 and 2 messages that may be open towards the sender of this: 1 to 65,535; absent means
/// 65,535.
#define MQC_PROPERTY_RECEIVE_MAXIMUM 33

/// Largest topic alias the sender of this accepts; absent means 0, none.
#define MQC_PROPERTY_TOPIC_ALIAS_MAXIMUM 34

/// Number that stands for a topic name: 1 to 65,535.
#define MQC_PROPERTY_TOPIC_ALIAS 35

/// Best QoS the server offers: 0 or 1; absent means 2, which is not a legal value.
#define MQC_PROPERTY_MAXIMUM_QOS 36

/// Whether the server keeps retained messages; absent means that it does.
#define MQC_PROPERTY_RETAIN_AVAILABLE 37

/// Name and value, both strings; free for the application.
#define MQC_PROPERTY_USER_PROPERTY 38

/// Size in bytes of the largest packet the sender of this accepts, fixed header included; not
/// 0; absent means no limit.
#define MQC_PROPERTY_MAXIMUM_PACKET_SIZE 39

/// Whether the server takes wildcard subscriptions; absent means that it does.
#define MQC_PROPERTY_WILDCARD_SUBSCRIPTION_AVAILABLE 40

/// Whether the server takes subscription identifiers; absent means that it does.
#define MQC_PROPERTY_SUBSCRIPTION_IDENTIFIER_AVAILABLE 41

/// Whether the server takes shared subscriptions; absent means that it does.
#define MQC_PROPERTY_SHARED_SUBSCRIPTION_AVAILABLE 42

/// Done.
#define MQC_OK 0

/// The bytes are the beginning of a packet: call again with more of them.
#define MQC_NEED_MORE 1

/// A pointer that must not be NULL is NULL.
#define MQC_NULL_POINTER 100

/// A number is none of its set, or a structure is of an unknown size.
#define MQC_INVALID_ARGUMENT 101

/// The output buffer is too small; nothing was written to it.
#define MQC_BUFFER_TOO_SMALL 102

/// A legal packet of a type that this function has no structure for.
#define MQC_UNSUPPORTED 103

/// A defect of the library was caught at its boundary. Outputs are untouched.
#define MQC_PANIC 200

/// The bytes break a rule that this header does not name.
#define MQC_ERR_OTHER 1000

/// The version is not known yet and the packet is not CONNECT.
#define MQC_ERR_EXPECTED_CONNECT 1001

/// Packet type 0, or 15 before 5.0.
#define MQC_ERR_PACKET_TYPE_RESERVED 1002

/// The lower half of the first byte differs from what the packet type requires.
#define MQC_ERR_FIXED_HEADER_FLAGS 1003

/// QoS 3 in PUBLISH.
#define MQC_ERR_PUBLISH_QOS 1004

/// DUP 1 with QoS 0.
#define MQC_ERR_DUP_WITHOUT_QOS 1005

/// The other side sends packets of this type.
#define MQC_ERR_PACKET_DIRECTION 1006

/// The packet is larger than the option `max_packet_size`.
#define MQC_ERR_PACKET_TOO_LARGE 1007

/// A variable byte integer goes on after its fourth byte.
#define MQC_ERR_VARINT_TOO_LONG 1008

/// A variable byte integer is longer than needed (5.0).
#define MQC_ERR_VARINT_NOT_MINIMAL 1009

/// A field needs more bytes than the packet has left.
#define MQC_ERR_TRUNCATED 1010

/// Bytes are left after the last field.
#define MQC_ERR_TRAILING_BYTES 1011

/// A string is not well-formed UTF-8.
#define MQC_ERR_UTF8 1012

/// A string contains U+0000.
#define MQC_ERR_NUL 1013

/// A string contains a character that should not occur (only with
/// `MQC_REJECT_CONTROL_CHARACTERS`).
#define MQC_ERR_CONTROL_CHARACTER 1014

/// The protocol name of CONNECT is none that goes with a known level.
#define MQC_ERR_PROTOCOL_NAME 1015

/// The protocol level of CONNECT is not known.
#define MQC_ERR_PROTOCOL_LEVEL 1016

/// Bit 0 of the CONNECT flags is set.
#define MQC_ERR_CONNECT_FLAGS_RESERVED 1017

/// Will QoS 3.
#define MQC_ERR_WILL_QOS 1018

/// Will QoS without a will.
#define MQC_ERR_WILL_QOS_WITHOUT_WILL 1019

/// Will Retain without a will.
#define MQC_ERR_WILL_RETAIN_WITHOUT_WILL 1020

/// Password without a user name (3.1, 3.1.1).
#define MQC_ERR_PASSWORD_WITHOUT_USER_NAME 1021

/// Empty client identifier where it is not legal (3.1; 3.1.1 with CleanSession 0).
#define MQC_ERR_CLIENT_ID_EMPTY 1022

/// Client identifier of more than 23 characters (3.1).
#define MQC_ERR_CLIENT_ID_TOO_LONG 1023

/// Packet identifier 0.
#define MQC_ERR_PACKET_ID_ZERO 1024

/// Empty topic name without a topic alias, or empty will topic.
#define MQC_ERR_TOPIC_EMPTY 1025

/// Wildcard in a topic name or will topic.
#define MQC_ERR_TOPIC_WILDCARD 1026

/// More levels than the option `max_topic_levels`.
#define MQC_ERR_TOPIC_LEVELS 1027

/// Empty response topic.
#define MQC_ERR_RESPONSE_TOPIC_EMPTY 1028

/// Wildcard in a response topic.
#define MQC_ERR_RESPONSE_TOPIC_WILDCARD 1029

/// Empty topic filter.
#define MQC_ERR_FILTER_EMPTY 1030

/// `#` that is not the last character or not alone in its level.
#define MQC_ERR_FILTER_MULTI_LEVEL 1031

/// `+` that is not alone in its level.
#define MQC_ERR_FILTER_SINGLE_LEVEL 1032

/// `$share/` with a wildcard in the share name, or without a filter behind it (5.0).
#define MQC_ERR_SHARE_NAME 1033

/// More topic filters, or more codes that answer them, than the option `max_filters`.
#define MQC_ERR_FILTER_COUNT 1034

/// SUBSCRIBE or UNSUBSCRIBE without a topic filter.
#define MQC_ERR_SUBSCRIPTIONS_EMPTY 1035

/// Reserved bits of the subscription options.
#define MQC_ERR_SUBSCRIPTION_OPTIONS_RESERVED 1036

/// Subscription QoS 3.
#define MQC_ERR_SUBSCRIPTION_QOS 1037

/// Retain Handling 3.
#define MQC_ERR_RETAIN_HANDLING 1038

/// No Local on a shared subscription.
#define MQC_ERR_NO_LOCAL_ON_SHARE 1039

/// SUBACK or UNSUBACK without a code.
#define MQC_ERR_REASON_CODES_EMPTY 1040

/// A code that this packet does not carry.
#define MQC_ERR_REASON_CODE 1041

/// A code that the other side sends.
#define MQC_ERR_REASON_CODE_SENDER 1042

/// Reserved bits of the CONNACK flags.
#define MQC_ERR_CONNACK_FLAGS 1043

/// Session Present 1 with a refusal.
#define MQC_ERR_SESSION_PRESENT_ON_REFUSAL 1044

/// The property section is longer than the packet.
#define MQC_ERR_PROPERTY_LENGTH 1045

/// An identifier that is not defined.
#define MQC_ERR_PROPERTY_UNKNOWN 1046

/// A property of another packet.
#define MQC_ERR_PROPERTY_NOT_ALLOWED 1047

/// A property again that may occur once.
#define MQC_ERR_PROPERTY_DUPLICATE 1048

/// A property value is longer than the property section.
#define MQC_ERR_PROPERTY_TRUNCATED 1049

/// A property value that is not legal.
#define MQC_ERR_PROPERTY_VALUE 1050

/// Topic alias 0.
#define MQC_ERR_TOPIC_ALIAS_ZERO 1051

/// Authentication data without a method.
#define MQC_ERR_AUTHENTICATION_DATA_ALONE 1052

/// Subscription identifier in a client's PUBLISH.
#define MQC_ERR_SUBSCRIPTION_ID_FROM_CLIENT 1053

/// Session expiry interval in a server's DISCONNECT.
#define MQC_ERR_SESSION_EXPIRY_FROM_SERVER 1054

/// More user properties than the option `max_user_properties`.
#define MQC_ERR_USER_PROPERTY_COUNT 1055

/// A payload marked as text is not well-formed UTF-8 (only with
/// `MQC_CHECK_PAYLOAD_FORMAT`).
#define MQC_ERR_PAYLOAD_NOT_UTF8 1056

/// `$share/` with an empty share name (5.0).
#define MQC_ERR_SHARE_NAME_EMPTY 1057

/// The packet would be larger than the protocol allows.
#define MQC_ERR_ENCODE_TOO_LARGE 2001

/// A string or binary field has more than 65,535 bytes.
#define MQC_ERR_ENCODE_FIELD_TOO_LONG 2002

/// The packet or one of its fields does not exist in this version.
#define MQC_ERR_ENCODE_NOT_IN_VERSION 2003

/// The packet cannot be encoded for a reason that this header does not name.
#define MQC_ERR_ENCODE_OTHER 2000

/// Not known yet: only a CONNECT is accepted, which names its own version.
#define MQC_VERSION_UNKNOWN 0

/// MQTT 3.1.
#define MQC_VERSION_V31 3

/// MQTT 3.1.1.
#define MQC_VERSION_V311 4

/// MQTT 5.0.
#define MQC_VERSION_V5 5

/// Fire and forget.
#define MQC_QOS_AT_MOST_ONCE 0

/// Acknowledged, duplicates possible.
#define MQC_QOS_AT_LEAST_ONCE 1

/// Acknowledged twice, no duplicates.
#define MQC_QOS_EXACTLY_ONCE 2

/// No type.
#define MQC_PACKET_NONE 0

/// Client asks for a connection.
#define MQC_PACKET_CONNECT 1

/// Server answers CONNECT.
#define MQC_PACKET_CONNACK 2

/// A message.
#define MQC_PACKET_PUBLISH 3

/// Answer to a QoS 1 PUBLISH.
#define MQC_PACKET_PUBACK 4

/// First answer to a QoS 2 PUBLISH.
#define MQC_PACKET_PUBREC 5

/// Answer to PUBREC.
#define MQC_PACKET_PUBREL 6

/// Answer to PUBREL.
#define MQC_PACKET_PUBCOMP 7

/// Client subscribes.
#define MQC_PACKET_SUBSCRIBE 8

/// Server answers SUBSCRIBE.
#define MQC_PACKET_SUBACK 9

/// Client unsubscribes.
#define MQC_PACKET_UNSUBSCRIBE 10

/// Server answers UNSUBSCRIBE.
#define MQC_PACKET_UNSUBACK 11

/// Client shows that it is alive.
#define MQC_PACKET_PINGREQ 12

/// Server answers PINGREQ.
#define MQC_PACKET_PINGRESP 13

/// Last packet of a connection.
#define MQC_PACKET_DISCONNECT 14

/// One step of enhanced authentication (5.0).
#define MQC_PACKET_AUTH 15

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/// Decodes the packet at the front of a buffer.
///
/// Reads `len` bytes at `data` and judges them by `version` and `options`. With `MQC_OK`, `*out` is
/// the packet and `*size` its length in bytes: the next packet begins there. Nothing is copied: the
/// views in `*out` point into `data` and live as long as it does.
///
/// @param data      borrowed; NULL only if `len` is 0
/// @param version   of the connection; `MQC_VERSION_UNKNOWN` accepts only CONNECT
/// @param options   borrowed during the call; NULL for the defaults
/// @param out       written with MQC_OK; with MQC_UNSUPPORTED only its `packet_type`
/// @param size      written with MQC_OK and MQC_UNSUPPORTED: length of the packet; with
///                  MQC_NEED_MORE: how many bytes are missing, exactly (until the header is
///                  complete: of the header)
/// @param error     written if the packet is illegal; may be NULL
/// @return MQC_OK, MQC_NEED_MORE, MQC_UNSUPPORTED for a legal packet other than PUBLISH,
///         MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or MQC_ERR_* for an illegal packet
///
/// O(length of the packet), no allocation. Any thread. Since 0.1.
///
/// # Safety
/// Pointers are NULL where that is allowed, or point to memory of the stated kind and size that
/// nobody else writes to during the call.
mqc_status mqc_decode(const uint8_t *data,
                      size_t len,
                      mqc_version version,
                      const struct mqc_decode_options *options,
                      struct mqc_packet *out,
                      size_t *size,
                      struct mqc_decode_error *error);

/// Tells how long the packet at the front of a buffer is, from its fixed header alone.
///
/// For programs that read a packet into memory of its own. The body need not be there and is not
/// judged.
///
/// @param data       borrowed; NULL only if `len` is 0
/// @param version    of the connection; `MQC_VERSION_UNKNOWN` accepts only CONNECT
/// @param options    borrowed during the call; NULL for the defaults
/// @param frame_len  written with MQC_OK: bytes of the packet, fixed header included; with
///                   MQC_NEED_MORE: how many bytes of the header are certainly missing
/// @param error      written if the header is illegal; may be NULL
/// @return MQC_OK, MQC_NEED_MORE, MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or MQC_ERR_*
///
/// O(1), no allocation. Any thread. Since 0.1.
///
/// # Safety
/// As mqc_decode().
mqc_status mqc_frame_len(const uint8_t *data,
                         size_t len,
                         mqc_version version,
                         const struct mqc_decode_options *options,
                         size_t *frame_len,
                         struct mqc_decode_error *error);

/// Bytes that a packet has when it is encoded.
///
/// @param packet    borrowed during the call, with what it points to; a PUBLISH
/// @param version   of the connection
/// @param len       written with MQC_OK
/// @return MQC_OK, MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_UNSUPPORTED for a packet other than
///         PUBLISH, MQC_ERR_ENCODE_*, or the MQC_ERR_* that a receiver would find
///
/// O(bytes but those of the payload), no allocation. Any thread. Since 0.1.
///
/// # Safety
/// `packet` and `len` are NULL or point to such values, and the views in `*packet` to their bytes.
mqc_status mqc_encoded_len(const struct mqc_packet *packet, mqc_version version, size_t *len);

/// Encodes a packet into the caller's buffer: all of it or nothing.
///
/// What was encoded decodes to the same packet. At most 128 properties.
///
/// @param packet    borrowed during the call, with what it points to; a PUBLISH
/// @param version   of the connection
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK
/// @return as mqc_encoded_len(), or MQC_BUFFER_TOO_SMALL
///
/// O(bytes), no allocation. Any thread. Since 0.1.
///
/// # Safety
/// As mqc_encoded_len(); `out` is NULL or points to `capacity` writable bytes that overlap nothing
/// else.
mqc_status mqc_encode(const struct mqc_packet *packet,
                      mqc_version version,
                      uint8_t *out,
                      size_t capacity,
                      size_t *written);

/// Encodes all of a PUBLISH but its payload, for a vectored write of the two.
///
/// The head says how long the payload is, so the bytes that follow it must be `payload`, unchanged.
///
/// @param packet    borrowed during the call, with what it points to; a PUBLISH
/// @param version   of the connection
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK
/// @return as mqc_encoded_len(), or MQC_BUFFER_TOO_SMALL
///
/// O(bytes), no allocation. Any thread. Since 0.1.
///
/// # Safety
/// As mqc_encode().
mqc_status mqc_encode_publish_head(const struct mqc_packet *packet,
                                   mqc_version version,
                                   uint8_t *out,
                                   size_t capacity,
                                   size_t *written);

/// Takes the next property from the front of a block.
///
/// Begin with a copy of a packet's `properties`; each call shortens it. At the end of the block
/// `out->id` is `MQC_PROPERTY_NONE`, again and again. Nothing is copied: the views in `*out` point
/// into the block. A block that comes from mqc_decode() never gives an error. In any other, only
/// the layout is checked here; values are judged by the function that encodes the packet.
///
/// @param rest      what is left of the block; advanced with MQC_OK
/// @param out       written with MQC_OK
/// @return MQC_OK, MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_PROPERTY_UNKNOWN,
///         MQC_ERR_PROPERTY_TRUNCATED or MQC_ERR_VARINT_TOO_LONG
///
/// O(1), no allocation. Any thread. Since 0.1.
///
/// # Safety
/// `rest` and `out` are NULL or point to such structures, and `*rest` to its bytes.
mqc_status mqc_property_next(struct mqc_bytes *rest, struct mqc_property *out);

/// Writes one property in wire form, to append it to a block.
///
/// The block goes into a packet's `properties`. Whether a packet may carry the property, how often,
/// and with which value is judged by the function that encodes the packet.
///
/// @param property  borrowed during the call, with what it points to
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK
/// @return MQC_OK, MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL,
///         MQC_ERR_PROPERTY_UNKNOWN, MQC_ERR_PROPERTY_VALUE for a number that does not fit, or
///         MQC_ERR_ENCODE_FIELD_TOO_LONG
///
/// O(bytes written), no allocation. Any thread. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_property_put(const struct mqc_property *property,
                            uint8_t *out,
                            size_t capacity,
                            size_t *written);

/// Name of a status, as in `"MQC_NEED_MORE"`: NUL-terminated, static; `"MQC_?"` for a number that
/// is none.
///
/// Never NULL. Any thread. Since 0.1.
const char *mqc_status_name(mqc_status status);

/// Number of the binary interface of the library at run time.
///
/// A program may check once that it equals `MQC_ABI_VERSION`.
///
/// Never fails. Any thread. Since 0.1.
uint32_t mqc_abi_version(void);

/// Version of the library at run time, as in `"0.1.0"`: NUL-terminated, static.
///
/// Never NULL. Any thread. Since 0.1.
const char *mqc_version_string(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* MQTT_CORE_H */
