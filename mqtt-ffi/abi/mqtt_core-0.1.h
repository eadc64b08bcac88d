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

/// Show the first bytes of long fields.
#define MQC_INSPECT_SHORT 0

/// Show all bytes of long fields.
#define MQC_INSPECT_WHOLE 1

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

/// CONNECT: a client asks for a connection.
typedef struct mqc_connect {
    /// The version that the client speaks. To encode, `MQC_VERSION_UNKNOWN` stands for the version
    /// that is encoded in; no other will do.
    mqc_version version;
    /// Longest time in seconds between two packets of the client; 0 turns it off.
    uint16_t keep_alive;
    /// 1 to begin a new session (3.1.1: CleanSession), else 0.
    uint8_t clean_start;
    /// 1 if there is a will, else 0; the fields of the will mean nothing then.
    uint8_t has_will;
    /// 1 if there is a user name, which may be empty; else 0.
    uint8_t has_user_name;
    /// 1 if there is a password, which may be empty; else 0.
    uint8_t has_password;
    /// QoS that the will is published with.
    mqc_qos will_qos;
    /// 1 if the will is published as a retained message, else 0.
    uint8_t will_retain;
    /// Zero.
    uint32_t reserved;
    /// Client identifier, UTF-8; empty asks the server to make one up.
    struct mqc_bytes client_id;
    /// Properties of the connection, as those of mqc_publish.
    struct mqc_bytes properties;
    /// Topic name of the will, UTF-8.
    struct mqc_bytes will_topic;
    /// Payload of the will.
    struct mqc_bytes will_payload;
    /// Properties of the will, as those of mqc_publish.
    struct mqc_bytes will_properties;
    /// User name, UTF-8.
    struct mqc_bytes user_name;
    /// Password.
    struct mqc_bytes password;
} mqc_connect;

/// CONNACK: the server answers CONNECT.
typedef struct mqc_connack {
    /// 1 if the server goes on with a session that it has, else 0.
    uint8_t session_present;
    /// Reason code of 5.0, or return code of 3.1.1; 0 is success.
    uint8_t reason_code;
    /// Zero.
    uint8_t reserved[6];
    /// Properties, as those of mqc_publish.
    struct mqc_bytes properties;
} mqc_connack;

/// PUBLISH: a message.
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

/// PUBACK, PUBREC, PUBREL or PUBCOMP: a step of the exchange that a message makes.
typedef struct mqc_ack {
    /// Of the PUBLISH: 1 to 65,535.
    uint16_t packet_id;
    /// Reason code; 0, success, before 5.0.
    uint8_t reason_code;
    /// Zero.
    uint8_t reserved[5];
    /// Properties, as those of mqc_publish.
    struct mqc_bytes properties;
} mqc_ack;

/// SUBSCRIBE: a client asks for messages.
typedef struct mqc_subscribe {
    /// 1 to 65,535; repeated by the SUBACK.
    uint16_t packet_id;
    /// Zero.
    uint8_t reserved[6];
    /// Properties, as those of mqc_publish.
    struct mqc_bytes properties;
    /// Filters with their options one after another as on the wire: one or more. Walk them with
    /// mqc_subscription_next(), build them with mqc_subscription_put().
    struct mqc_bytes subscriptions;
} mqc_subscribe;

/// SUBACK or UNSUBACK: the server answers SUBSCRIBE or UNSUBSCRIBE.
typedef struct mqc_filter_ack {
    /// Of the packet that this answers: 1 to 65,535.
    uint16_t packet_id;
    /// Zero.
    uint8_t reserved[6];
    /// Properties, as those of mqc_publish.
    struct mqc_bytes properties;
    /// A code for each filter, in the order of the filters, a byte each; none in an UNSUBACK before
    /// 5.0.
    struct mqc_bytes reason_codes;
} mqc_filter_ack;

/// UNSUBSCRIBE: a client ends subscriptions.
typedef struct mqc_unsubscribe {
    /// 1 to 65,535; repeated by the UNSUBACK.
    uint16_t packet_id;
    /// Zero.
    uint8_t reserved[6];
    /// Properties, as those of mqc_publish.
    struct mqc_bytes properties;
    /// Filters one after another as on the wire: one or more. Walk them with mqc_filter_next(),
    /// build them with mqc_filter_put().
    struct mqc_bytes filters;
} mqc_unsubscribe;

/// DISCONNECT: the last packet of a connection.
typedef struct mqc_disconnect {
    /// Reason code; 0, as all have, before 5.0.
    uint8_t reason_code;
    /// Zero.
    uint8_t reserved[7];
    /// Properties, as those of mqc_publish.
    struct mqc_bytes properties;
} mqc_disconnect;

/// AUTH: one step of enhanced authentication (5.0).
typedef struct mqc_auth {
    /// Reason code.
    uint8_t reason_code;
    /// Zero.
    uint8_t reserved[7];
    /// Properties, as those of mqc_publish.
    struct mqc_bytes properties;
} mqc_auth;

/// The fields of a packet; `packet_type` says which member is set. PINGREQ and PINGRESP have none.
typedef union mqc_packet_body {
    /// `MQC_PACKET_CONNECT`
    struct mqc_connect connect;
    /// `MQC_PACKET_CONNACK`
    struct mqc_connack connack;
    /// `MQC_PACKET_PUBLISH`
    struct mqc_publish publish;
    /// `MQC_PACKET_PUBACK`
    struct mqc_ack puback;
    /// `MQC_PACKET_PUBREC`
    struct mqc_ack pubrec;
    /// `MQC_PACKET_PUBREL`
    struct mqc_ack pubrel;
    /// `MQC_PACKET_PUBCOMP`
    struct mqc_ack pubcomp;
    /// `MQC_PACKET_SUBSCRIBE`
    struct mqc_subscribe subscribe;
    /// `MQC_PACKET_SUBACK`
    struct mqc_filter_ack suback;
    /// `MQC_PACKET_UNSUBSCRIBE`
    struct mqc_unsubscribe unsubscribe;
    /// `MQC_PACKET_UNSUBACK`
    struct mqc_filter_ack unsuback;
    /// `MQC_PACKET_DISCONNECT`
    struct mqc_disconnect disconnect;
    /// `MQC_PACKET_AUTH`
    struct mqc_auth auth;
    /// Room for fields to come, so that this structure keeps its size.
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

/// When a new subscription gets retained messages.
typedef uint8_t mqc_retain_handling;

/// A topic filter with the options of its subscription. Zeroed memory is QoS 0 and everything as in
/// 3.1.1, which has only the QoS.
typedef struct mqc_subscription {
    /// Topic filter, UTF-8; in 5.0 also `$share/group/filter`.
    struct mqc_bytes filter;
    /// Highest QoS of delivery: `MQC_QOS_*`.
    mqc_qos qos;
    /// 1 not to get what this client published itself, else 0; not for shared subscriptions.
    uint8_t no_local;
    /// 1 to get RETAIN as the publisher set it, else 0.
    uint8_t retain_as_published;
    /// When to get retained messages: `MQC_RETAIN_HANDLING_*`.
    mqc_retain_handling retain_handling;
    /// Zero.
    uint32_t reserved;
} mqc_subscription;

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

/// A decoder of a stream of chunks, in memory of the caller. It holds no other memory and needs no
/// end; it may be moved, but not copied and then used twice.
typedef struct mqc_stream {
    /// Of no meaning to the caller.
    uint64_t opaque[40];
} mqc_stream;

/// What mqc_stream_next() found.
typedef uint32_t mqc_stream_kind;

/// A packet, or a part of one.
typedef struct mqc_stream_item {
    /// `MQC_STREAM_*`: which fields are set.
    mqc_stream_kind kind;
    /// Bytes of payload that follow a head: at least one.
    uint32_t payload_len;
    /// Of a part: bytes where the caller has them; at least one.
    struct mqc_bytes payload;
    /// Of a part: 1 for the last one, else 0.
    uint8_t last;
    /// Zero.
    uint8_t reserved[7];
    /// A packet, or its head.
    struct mqc_packet packet;
} mqc_stream_item;

/// Close without a word.
#define MQC_RESPONSE_CLOSE 0

/// Send a CONNACK with the code, then close.
#define MQC_RESPONSE_CONNACK 1

/// Send a DISCONNECT with the code, then close (5.0).
#define MQC_RESPONSE_DISCONNECT 2

/// At every SUBSCRIBE.
#define MQC_RETAIN_HANDLING_SEND_ALWAYS 0

/// Only if the subscription did not exist before.
#define MQC_RETAIN_HANDLING_SEND_IF_NEW 1

/// Never.
#define MQC_RETAIN_HANDLING_DO_NOT_SEND 2

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

/// The object is of no use any more: a defect was caught in an earlier call. Only its `_free` works.
#define MQC_POISONED 103

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

/// Nothing: more bytes are needed.
#define MQC_STREAM_NONE 0

/// A packet that fits into the buffer: `packet`.
#define MQC_STREAM_PACKET 1

/// The head of a larger PUBLISH: `packet` without its payload, of which `payload_len` bytes follow.
#define MQC_STREAM_PUBLISH_HEAD 2

/// The next part of the payload: `payload`.
#define MQC_STREAM_PAYLOAD 3

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
/// @param out       written with MQC_OK
/// @param size      written with MQC_OK: length of the packet; with MQC_NEED_MORE: how many bytes
///                  are missing, exactly (until the header is complete: of the header)
/// @param error     written if the packet is illegal; may be NULL
///
/// Ownership: `data` and `options` are borrowed during the call.
/// Lifetime: the views in `*out` live as long as `data` is neither changed nor freed;
///   `error->statement` for ever.
/// Threads: any.
/// Errors: MQC_NEED_MORE, MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or MQC_ERR_* for an illegal
///   packet.
/// Cost: O(length of the packet), no allocation. Since 0.1.
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
///
/// Ownership: `data` and `options` are borrowed during the call.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_NEED_MORE, MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or MQC_ERR_*.
/// Cost: O(1), no allocation. Since 0.1.
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
/// @param packet    borrowed during the call, with what it points to
/// @param version   of the connection
/// @param len       written with MQC_OK
///
/// Ownership: `packet` and what it points to are borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_ENCODE_*, or the MQC_ERR_* that a
///   receiver would find.
/// Cost: O(bytes but those of the payload), no allocation. Since 0.1.
///
/// # Safety
/// `packet` and `len` are NULL or point to such values, and the views in `*packet` to their bytes.
mqc_status mqc_encoded_len(const struct mqc_packet *packet, mqc_version version, size_t *len);

/// Encodes a packet into the caller's buffer: all of it or nothing.
///
/// What was encoded decodes to the same packet.
///
/// @param packet    borrowed during the call, with what it points to
/// @param version   of the connection
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK
///
/// Ownership: `packet` and what it points to are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: as mqc_encoded_len(), or MQC_BUFFER_TOO_SMALL.
/// Cost: O(bytes), no allocation. Since 0.1.
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
///
/// Ownership: `packet` and what it points to are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: as mqc_encoded_len(), MQC_INVALID_ARGUMENT for another packet, or MQC_BUFFER_TOO_SMALL.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// As mqc_encode().
mqc_status mqc_encode_publish_head(const struct mqc_packet *packet,
                                   mqc_version version,
                                   uint8_t *out,
                                   size_t capacity,
                                   size_t *written);

/// Takes the next subscription from the front of a block.
///
/// Begin with a copy of the `subscriptions` of an mqc_subscribe; each call shortens it. At the end
/// of the block `out->filter` has no bytes, again and again. Nothing is copied: the view in `*out`
/// points into the block. A block that comes from mqc_decode() never gives an error; of any other
/// only the layout is checked here.
///
/// @param rest      what is left of the block; advanced with MQC_OK
/// @param out       written with MQC_OK
///
/// Ownership: the bytes of `rest` are borrowed during the call.
/// Lifetime: the view in `*out` lives as long as the block.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or MQC_ERR_TRUNCATED if the block does not begin
///   with a subscription.
/// Cost: O(bytes of the subscription), no allocation. Since 0.1.
///
/// # Safety
/// `rest` and `out` are NULL or point to such structures, and `*rest` to its bytes.
mqc_status mqc_subscription_next(struct mqc_bytes *rest, struct mqc_subscription *out);

/// Takes the next topic filter from the front of a block.
///
/// Begin with a copy of the `filters` of an mqc_unsubscribe; each call shortens it. At the end of
/// the block `*out` has no bytes, again and again. Nothing is copied: the view in `*out` points into
/// the block. A block that comes from mqc_decode() never gives an error; of any other only the layout
/// is checked here.
///
/// @param rest      what is left of the block; advanced with MQC_OK
/// @param out       written with MQC_OK
///
/// Ownership: the bytes of `rest` are borrowed during the call.
/// Lifetime: the view in `*out` lives as long as the block.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or MQC_ERR_TRUNCATED if the block does not begin
///   with a filter.
/// Cost: O(bytes of the filter), no allocation. Since 0.1.
///
/// # Safety
/// `rest` and `out` are NULL or point to such structures, and `*rest` to its bytes.
mqc_status mqc_filter_next(struct mqc_bytes *rest,
                           struct mqc_bytes *out);

/// Writes one subscription in wire form, to append it to a block.
///
/// The block goes into the `subscriptions` of an mqc_subscribe.
///
/// @param subscription  borrowed during the call, with what it points to
/// @param version       of the connection
/// @param out           written with MQC_OK, `*written` bytes
/// @param capacity      bytes at `out`
/// @param written       written with MQC_OK
///
/// Ownership: `subscription` and what it points to are borrowed during the call; `out` is the
///   caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, MQC_ERR_ENCODE_*, or the
///   MQC_ERR_* of a filter that is not legal.
/// Cost: O(bytes written), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_subscription_put(const struct mqc_subscription *subscription,
                                mqc_version version,
                                uint8_t *out,
                                size_t capacity,
                                size_t *written);

/// Writes one topic filter in wire form, to append it to a block.
///
/// The block goes into the `filters` of an mqc_unsubscribe.
///
/// @param filter    UTF-8; borrowed during the call
/// @param version   of the connection
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK
///
/// Ownership: `filter` is borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL,
///   MQC_ERR_ENCODE_FIELD_TOO_LONG, or the MQC_ERR_* of a filter that is not legal.
/// Cost: O(bytes written), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_filter_put(struct mqc_bytes filter,
                          mqc_version version,
                          uint8_t *out,
                          size_t capacity,
                          size_t *written);

/// Explains the packet at the front of a buffer: each field on a line with its offset, bytes, name,
/// value and the statement of the standard that defines it; of a malformed packet, all up to the
/// fault, and the fault.
///
/// The text is UTF-8, not NUL-terminated. It is made twice: once to count, once to write.
///
/// @param data      borrowed; NULL only if `len` is 0
/// @param version   of the connection; `MQC_VERSION_UNKNOWN` accepts only CONNECT
/// @param options   borrowed during the call; NULL for the defaults
/// @param style     `MQC_INSPECT_*`
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the text
///
/// Ownership: `data` and `options` are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_BUFFER_TOO_SMALL, MQC_NULL_POINTER or MQC_INVALID_ARGUMENT; a malformed packet is
///   explained as well.
/// Cost: O(bytes of the text), no allocation. Since 0.1.
///
/// # Safety
/// As mqc_decode(); `out` is NULL or points to `capacity` writable bytes that overlap nothing else.
mqc_status mqc_inspect(const uint8_t *data,
                       size_t len,
                       mqc_version version,
                       const struct mqc_decode_options *options,
                       uint32_t style,
                       char *out,
                       size_t capacity,
                       size_t *written);

/// Name of a packet type, as in `"PUBACK"`: NUL-terminated; `"?"` for a number that is
/// none.
///
/// Ownership: static.
/// Lifetime: for ever.
/// Threads: any.
/// Errors: none; never NULL.
/// Cost: O(1), no allocation. Since 0.1.
const char *mqc_packet_type_name(mqc_packet_type packet_type);

/// Name of a property, as in `"topic_alias"`: NUL-terminated; `"?"` for a number that is none.
///
/// Ownership: static.
/// Lifetime: for ever.
/// Threads: any.
/// Errors: none; never NULL.
/// Cost: O(1), no allocation. Since 0.1.
const char *mqc_property_name(mqc_property_id id);

/// Name of a reason code, or of a return code before 5.0, in packets of this type and version, as in
/// `"not_authorized"`: NUL-terminated; `"?"` for a code that these packets do not carry.
///
/// Ownership: static.
/// Lifetime: for ever.
/// Threads: any.
/// Errors: none; never NULL.
/// Cost: O(1), no allocation. Since 0.1.
const char *mqc_reason_code_name(uint8_t reason_code,
                                 mqc_packet_type packet_type,
                                 mqc_version version);

/// Takes the next property from the front of a block.
///
/// Begin with a copy of a packet's `properties`; each call shortens it. At the end of the block
/// `out->id` is `MQC_PROPERTY_NONE`, again and again. Nothing is copied: the views in `*out` point
/// into the block. A block that comes from mqc_decode() never gives an error. Of any other, each
/// property is judged alone; which of them a packet may carry, and how often, by the function that
/// encodes it.
///
/// @param rest      what is left of the block; advanced with MQC_OK
/// @param out       written with MQC_OK
///
/// Ownership: the bytes of `rest` are borrowed during the call.
/// Lifetime: the views in `*out` live as long as the block.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or the MQC_ERR_* of a property that is not
///   legal.
/// Cost: O(bytes of the property), no allocation. Since 0.1.
///
/// # Safety
/// `rest` and `out` are NULL or point to such structures, and `*rest` to its bytes.
mqc_status mqc_property_next(struct mqc_bytes *rest, struct mqc_property *out);

/// Finds the first property with an identifier in a block.
///
/// If there is none, `out->id` is `MQC_PROPERTY_NONE`. For those that occur several times (user
/// properties, subscription identifiers) walk the block with mqc_property_next().
///
/// @param block     borrowed; `out` views it
/// @param id        `MQC_PROPERTY_*`
/// @param out       written with MQC_OK
///
/// Ownership: the bytes of `block` are borrowed during the call.
/// Lifetime: the views in `*out` live as long as the block.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_PROPERTY_UNKNOWN if there is no such
///   identifier, or the MQC_ERR_* of a property before it that is not legal.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to such a structure, and `block` to its bytes.
mqc_status mqc_property_find(struct mqc_bytes block, mqc_property_id id, struct mqc_property *out);

/// Writes one property in wire form, to append it to a block.
///
/// The block goes into a packet's `properties`. Whether a packet may carry the property, and how
/// often, is judged by the function that encodes the packet.
///
/// @param property  borrowed during the call, with what it points to
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`
/// @param written   written with MQC_OK
///
/// Ownership: `property` and what it points to are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, MQC_ERR_PROPERTY_UNKNOWN,
///   MQC_ERR_ENCODE_FIELD_TOO_LONG, or the MQC_ERR_* of a value that is not legal.
/// Cost: O(bytes written), no allocation. Since 0.1.
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
/// Ownership: static.
/// Lifetime: for ever.
/// Threads: any.
/// Errors: none; never NULL.
/// Cost: O(1), no allocation. Since 0.1.
const char *mqc_status_name(mqc_status status);

/// Begins a stream.
///
/// Packets that fit into the buffer come whole. Of a larger PUBLISH comes the head, then the payload
/// in parts that lie in the caller's chunks: not buffered, not copied. What is whole and what is not
/// depends on the size of the buffer alone, never on how the stream is chopped.
///
/// @param stream    written with MQC_OK
/// @param buffer    belongs to the stream as long as that is used: nobody else reads or writes it
/// @param capacity  bytes at `buffer`
/// @param version   of the connection; `MQC_VERSION_UNKNOWN` accepts only CONNECT, until
///                  mqc_stream_set_version()
/// @param options   borrowed during the call; NULL for the defaults
///
/// Ownership: `buffer` belongs to the stream as long as that is used: nobody else reads or writes
///   it. `options` are borrowed during the call.
/// Lifetime: `*stream` is of use as long as `buffer` is.
/// Threads: one at a time for each stream.
/// Errors: MQC_NULL_POINTER, or MQC_INVALID_ARGUMENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `buffer` stays as long as the
/// stream is used.
mqc_status mqc_stream_init(struct mqc_stream *stream,
                           uint8_t *buffer,
                           size_t capacity,
                           mqc_version version,
                           const struct mqc_decode_options *options);

/// Tells the version of the connection, once a CONNECT has named it. It holds from the next packet on.
///
/// @param stream    begun with mqc_stream_init()
/// @param version   a version
///
/// Ownership: nothing is kept but the number.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each stream.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `stream` is NULL or points to a stream.
mqc_status mqc_stream_set_version(struct mqc_stream *stream,
                                  mqc_version version);

/// Tells the largest packet from the next one on, in bytes, fixed header included.
///
/// @param stream           begun with mqc_stream_init()
/// @param max_packet_size  bytes
///
/// Ownership: nothing is kept but the number.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each stream.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `stream` is NULL or points to a stream.
mqc_status mqc_stream_set_max_packet_size(struct mqc_stream *stream, uint32_t max_packet_size);

/// Forgets a packet that is not complete, and an error: the stream begins anew, without a version.
///
/// @param stream    begun with mqc_stream_init()
///
/// Ownership: the buffer stays the stream's.
/// Lifetime: what earlier calls gave ends.
/// Threads: one at a time for each stream.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `stream` is NULL or points to a stream.
mqc_status mqc_stream_clear(struct mqc_stream *stream);

/// Takes the next packet, or part of one, from a chunk.
///
/// Call it until `out->kind` is `MQC_STREAM_NONE`; then all bytes of the chunk have been taken.
///
/// @param stream    begun with mqc_stream_init()
/// @param rest      what is left of the chunk; advanced
/// @param out       written with MQC_OK; its views are valid until the next call with this stream,
///                  those of `payload` as long as the chunk
/// @param error     written if the packet is illegal; may be NULL
///
/// Ownership: the bytes of `rest` are borrowed during the call.
/// Lifetime: the views in `*out` live until the next call with this stream; `payload` as long as
///   the chunk.
/// Threads: one at a time for each stream.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or MQC_ERR_*, after which each
///   call gives the same until mqc_stream_clear().
/// Cost: O(bytes taken), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind, `*rest` to its bytes.
mqc_status mqc_stream_next(struct mqc_stream *stream,
                           struct mqc_bytes *rest,
                           struct mqc_stream_item *out,
                           struct mqc_decode_error *error);

/// Encodes all of a PUBLISH but its payload, for a payload that is not in memory.
///
/// The payload of `packet` is not looked at. The caller sends `payload_len` bytes behind the head, no
/// more and no less.
///
/// @param packet       borrowed during the call, with what it points to; a PUBLISH
/// @param payload_len  bytes that follow
/// @param version      of the connection
/// @param out          written with MQC_OK, `*written` bytes
/// @param capacity     bytes at `out`
/// @param written      written with MQC_OK
///
/// Ownership: `packet` and what it points to are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: as mqc_encode_publish_head().
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// As mqc_encode().
mqc_status mqc_encode_stream_head(const struct mqc_packet *packet,
                                  uint32_t payload_len,
                                  mqc_version version,
                                  uint8_t *out,
                                  size_t capacity,
                                  size_t *written);

/// Number of the binary interface of the library at run time.
///
/// A program may check once that it equals `MQC_ABI_VERSION`.
///
/// Ownership: nothing is passed.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: none.
/// Cost: O(1), no allocation. Since 0.1.
uint32_t mqc_abi_version(void);

/// Version of the library at run time, as in `"0.1.0"`: NUL-terminated, static.
///
/// Ownership: static.
/// Lifetime: for ever.
/// Threads: any.
/// Errors: none; never NULL.
/// Cost: O(1), no allocation. Since 0.1.
const char *mqc_version_string(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* MQTT_CORE_H */
