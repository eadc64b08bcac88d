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

/// No limits but those of numbers: `mqc_index_limits limits = MQC_INDEX_LIMITS_INIT;`
#define MQC_INDEX_LIMITS_INIT                                                                      \
    { sizeof(mqc_index_limits), SIZE_MAX, SIZE_MAX }

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

/// Merges subscriptions of one client that match the same message, so that the client gets it once:
/// at the highest QoS, with the Subscription Identifiers of all.
///
/// Kept from message to message: it allocates nothing once it has grown to what messages need. It
/// does not shrink. Shared subscriptions take no part: each sends a message of its own, with the
/// options of the member that was picked.
typedef struct mqc_overlaps mqc_overlaps;

/// Values by topic name, asked by topic filter: retained messages.
///
/// A value is a number of the caller's: a place in a table of messages, or a pointer as uintptr_t.
/// The library does not look at it; what it stands for is the caller's to free when
/// mqc_retained_insert() or mqc_retained_remove() gives the old one. Levels are hashed with a seed
/// of the system's, so that nobody can choose names that collide; no result and no order depends on
/// it.
typedef struct mqc_retained mqc_retained;

/// Memory for a lookup, and where it is: kept by the caller, so that looking up allocates nothing
/// once it has grown to what filters and names need. It does not shrink. Each thread that reads an
/// index has its own, and each lookup that is under way.
typedef struct mqc_retained_cursor mqc_retained_cursor;

/// A walk over the names of an index.
typedef struct mqc_retained_walk mqc_retained_walk;

/// Memory for matching: kept by the caller from topic to topic, so that matching allocates nothing
/// once it has grown to what the topics need. It does not shrink. Each thread that reads a router
/// has its own.
typedef struct mqc_route_matches mqc_route_matches;

/// Which handler of a client a message is for, by the topic name.
///
/// A route is a pattern and a handler: a number of the caller's, say a place in a table of
/// functions, or a pointer as uintptr_t. Each level of a pattern is one of these:
///
/// - text, `+`, and `#` as the last level: itself;
/// - `{name}`: `+`, and captures the level;
/// - `{*name}`, as the last level: `#`, and captures all levels that are left, if any are.
///
/// `{{` and `}}` stand for the braces themselves. A name has no `+`, `#`, `*` or brace, and is
/// there once in a pattern. With `$share/group/` in front the subscription is shared; messages,
/// which come without it, are matched by what follows.
typedef struct mqc_router mqc_router;

/// Who subscribes to which filter, asked by topic name.
///
/// A subscription is a filter, a key that says who, and how: an mqc_granted. The key is a number of
/// the caller's, say that of a client, or a pointer as uintptr_t; of each filter there is one
/// subscription for each key. `$share/group/filter` joins the group of that filter under that share
/// name.
///
/// Matching takes O(levels of the topic) for each way through the wildcards that exist, and
/// allocates nothing. Levels and keys are hashed with a seed of the system's, so that nobody can
/// choose filters that collide; no result and no order depends on it.
typedef struct mqc_trie mqc_trie;

/// Memory for matching, and where a match is: kept by the caller from topic to topic, so that
/// matching allocates nothing once it has grown to what the topics need. It does not shrink. Each
/// thread that reads a trie has its own.
typedef struct mqc_trie_matches mqc_trie_matches;

/// A walk over the subscriptions of a trie.
typedef struct mqc_trie_walk mqc_trie_walk;

/// The result of a function. The numbers are stable and never used again:
///
/// - 0 to 99: no fault; only with `MQC_OK` are all outputs written
/// - 100 to 199: the caller's fault
/// - 200 to 299: the library's fault
/// - 1000 to 1199: the bytes are not a legal packet, or would not be one when encoded
/// - 1200 to 1299: a topic or key has no name on the other side
/// - 1300 to 1399: an index does not take something, or has changed
/// - 1400 to 1499: a pattern is no route
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

/// Why a text is no topic name, no topic filter, no pattern, or cannot be mapped.
typedef struct mqc_topic_error {
    /// What is wrong: the `MQC_ERR_*` that the function returned.
    mqc_status kind;
    /// Zero.
    uint32_t reserved;
    /// Where: bytes from the first byte of the text; 0 if the fault is the text as a whole. In a
    /// text that is too long, the most bytes that there may be.
    size_t offset;
    /// The statement of the standard that is broken: `MQTT-` and its number, in the count of the
    /// version that was given, of 5.0 where none was; no bytes where the standard has no such rule.
    /// Static, not NUL-terminated.
    struct mqc_bytes statement;
} mqc_topic_error;

/// The identifier of a property, as on the wire.
typedef uint8_t mqc_property_id;

/// How one subscribes: what was granted. Zeroed memory is QoS 0, everything as in 3.1.1, and no
/// subscription identifier.
typedef struct mqc_granted {
    /// Highest QoS of delivery: `MQC_QOS_*`.
    mqc_qos qos;
    /// 1 not to get what this client published itself, else 0.
    uint8_t no_local;
    /// 1 to get RETAIN as the publisher set it, else 0.
    uint8_t retain_as_published;
    /// When to get retained messages: `MQC_RETAIN_HANDLING_*`.
    mqc_retain_handling retain_handling;
    /// The Subscription Identifier: 1 to 268,435,455; 0 for none.
    uint32_t subscription_id;
} mqc_granted;

/// How one client gets a message.
typedef struct mqc_delivery {
    /// The client.
    uint64_t key;
    /// The Subscription Identifiers of all its subscriptions that have one, in the order in which
    /// these were added; one that several share comes several times. NULL if there are none.
    const uint32_t *subscription_ids;
    /// How many.
    size_t subscription_id_count;
    /// The highest QoS of its subscriptions; the message goes out with this or its own, the lower.
    mqc_qos qos;
    /// 1 if one of its subscriptions gets RETAIN as the publisher set it, else 0.
    uint8_t retain_as_published;
    /// Zero.
    uint8_t reserved[6];
} mqc_delivery;

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

/// How much may be in an index. Judged when something is added, and only then: what is in an index
/// is always found. Begin with `MQC_INDEX_LIMITS_INIT`: no limits but those of numbers.
typedef struct mqc_index_limits {
    /// `sizeof(mqc_index_limits)`: later versions may add fields at the end, with 0 as default.
    size_t struct_size;
    /// Subscriptions, or names.
    size_t max_entries;
    /// Levels of a filter, without the share name; of a name.
    size_t max_levels;
} mqc_index_limits;

/// A name with its value.
typedef struct mqc_retained_entry {
    /// The topic name.
    struct mqc_bytes topic;
    /// What was stored with it.
    uint64_t value;
} mqc_retained_entry;

/// What matches a topic.
typedef uint32_t mqc_route_kind;

/// A route of one router: a number that counts up from 1, and is never that of another route.
typedef uint64_t mqc_route_id;

/// What a capture of a pattern stands for in a topic name.
typedef struct mqc_capture {
    /// Its name.
    struct mqc_bytes name;
    /// The level, which may be empty; of `{*name}` all levels that are left.
    struct mqc_bytes value;
} mqc_capture;

/// A route that matches a topic name, or the fallback.
typedef struct mqc_route_match {
    /// `MQC_ROUTE_*`
    mqc_route_kind kind;
    /// Zero.
    uint32_t reserved;
    /// The route; `MQC_ROUTE_ID_NONE` for the fallback.
    mqc_route_id id;
    /// Its handler.
    uint64_t handler;
    /// What its captures stand for, in the order of the levels. A `{*name}` that the topic ends
    /// before is not among them.
    const struct mqc_capture *captures;
    /// How many.
    size_t capture_count;
} mqc_route_match;

/// What there is to know of a route. Of none, `id` is `MQC_ROUTE_ID_NONE`.
typedef struct mqc_route {
    /// The route.
    mqc_route_id id;
    /// Its handler.
    uint64_t handler;
    /// Its pattern, as it was given.
    struct mqc_bytes pattern;
    /// What to subscribe to for it: with its share name, if it has one.
    struct mqc_bytes filter;
} mqc_route;

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

/// What there is to know of a topic name.
typedef struct mqc_topic_info {
    /// Levels: one more than slashes.
    size_t level_count;
    /// 1 if the first character is `$`, else 0. Filters that begin with a wildcard do not match it.
    uint8_t starts_with_dollar;
    /// Zero.
    uint8_t reserved[7];
} mqc_topic_info;

/// What there is to know of a topic filter.
typedef struct mqc_filter_info {
    /// The share name of a shared subscription; else no bytes.
    struct mqc_bytes share_name;
    /// The part that matches: of `$share/group/filter` the filter, of others all.
    struct mqc_bytes filter;
    /// Levels of the part that matches: one more than slashes.
    size_t level_count;
    /// 1 if there is `+` or `#`, else 0: then it matches one name only.
    uint8_t has_wildcards;
    /// 1 if the first character of the part that matches is `$`, else 0.
    uint8_t starts_with_dollar;
    /// 1 for a shared subscription, else 0.
    uint8_t is_shared;
    /// Zero.
    uint8_t reserved[5];
} mqc_filter_info;

/// What matches a topic.
typedef uint32_t mqc_found_kind;

/// A subscription that matches a topic.
typedef struct mqc_trie_found {
    /// `MQC_FOUND_*`
    mqc_found_kind kind;
    /// Number of the group, for mqc_trie_matches_pick() and mqc_trie_matches_members().
    uint32_t group;
    /// Who.
    uint64_t key;
    /// How.
    struct mqc_granted granted;
    /// The share name.
    struct mqc_bytes share_name;
    /// Members of the group: one or more.
    uint64_t member_count;
} mqc_trie_found;

/// How one member of a shared subscription is chosen.
typedef uint32_t mqc_share_strategy;

/// A member of a shared subscription.
typedef struct mqc_trie_member {
    /// Who.
    uint64_t key;
    /// How.
    struct mqc_granted granted;
} mqc_trie_member;

/// A subscription. Of none, `filter` has no bytes.
typedef struct mqc_trie_entry {
    /// The filter: with its share name, if it is shared.
    struct mqc_bytes filter;
    /// The share name of a shared subscription; else no bytes. Without it, a filter that begins
    /// with `$share/` is one of 3.1.1.
    struct mqc_bytes share_name;
    /// Who.
    uint64_t key;
    /// How.
    struct mqc_granted granted;
} mqc_trie_entry;

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

/// Nothing: neither a route nor a fallback.
#define MQC_ROUTE_NONE 0

/// A route.
#define MQC_ROUTE_MATCH 1

/// No route, and the fallback is `handler`.
#define MQC_ROUTE_FALLBACK 2

/// No route.
#define MQC_ROUTE_ID_NONE 0

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

/// The text cannot be mapped for a reason that this header does not name.
#define MQC_ERR_MAP_OTHER 1200

/// More bytes than the other side takes.
#define MQC_ERR_MAP_TOO_LONG 1201

/// A character that separates levels or words on the other side.
#define MQC_ERR_MAP_SEPARATOR 1202

/// A wildcard, or a character that means one, where the other side has none.
#define MQC_ERR_MAP_WILDCARD 1203

/// A character that does not exist on the other side.
#define MQC_ERR_MAP_CHARACTER 1204

/// A key or Kafka topic without a character.
#define MQC_ERR_MAP_EMPTY 1205

/// One empty level behind the exchange: in AMQP this is the same as none.
#define MQC_ERR_MAP_EMPTY_LEVEL 1206

/// The text begins with `$`, which MQTT alone keeps from wildcards.
#define MQC_ERR_MAP_DOLLAR 1207

/// The filter is a shared subscription.
#define MQC_ERR_MAP_SHARED 1208

/// The exchange, or the first level, is not 1 to 127 of `A-Z a-z 0-9 - _ . :`.
#define MQC_ERR_MAP_EXCHANGE 1209

/// A Kafka topic `.` or `..`, which Kafka reserves.
#define MQC_ERR_MAP_DOTS 1210

/// The index takes no more, for a reason that this header does not name. As with the others,
/// nothing has changed then.
#define MQC_ERR_INDEX_OTHER 1300

/// As many entries as the limit `max_entries`.
#define MQC_ERR_INDEX_ENTRIES 1301

/// More levels than the limit `max_levels`.
#define MQC_ERR_INDEX_LEVELS 1302

/// There are no more numbers for nodes: 2^27 or more of them.
#define MQC_ERR_INDEX_NODES 1303

/// The index has changed since: begin anew.
#define MQC_ERR_INDEX_CHANGED 1304

/// The pattern is refused for a reason that this header does not name.
#define MQC_ERR_ROUTE_OTHER 1400

/// A brace that is not doubled, and not around a whole level.
#define MQC_ERR_ROUTE_BRACE 1401

/// A capture `{}` or `{*}`.
#define MQC_ERR_ROUTE_NAME_EMPTY 1402

/// `+`, `#` or `*` in the name of a capture.
#define MQC_ERR_ROUTE_NAME_CHARACTER 1403

/// Two captures of the pattern have one name.
#define MQC_ERR_ROUTE_NAME_TWICE 1404

/// `{*name}` before the last level.
#define MQC_ERR_ROUTE_REST_NOT_LAST 1405

/// There is no more room for routes.
#define MQC_ERR_ROUTE_FULL 1406

/// Nothing: more bytes are needed.
#define MQC_STREAM_NONE 0

/// A packet that fits into the buffer: `packet`.
#define MQC_STREAM_PACKET 1

/// The head of a larger PUBLISH: `packet` without its payload, of which `payload_len` bytes follow.
#define MQC_STREAM_PUBLISH_HEAD 2

/// The next part of the payload: `payload`.
#define MQC_STREAM_PAYLOAD 3

/// Nothing.
#define MQC_FOUND_NONE 0

/// A subscriber of its own: `key` and `granted`.
#define MQC_FOUND_SUBSCRIBER 1

/// A shared subscription, of whose members one is to get the message: `group`, `share_name` and
/// `member_count`.
#define MQC_FOUND_GROUP 2

/// The member behind the one that was picked last, in the order in which they joined.
#define MQC_SHARE_ROUND_ROBIN 0

/// The member that was picked last, as long as it can be; then the one behind it.
#define MQC_SHARE_STICKY 1

/// The same member for the same number, say a hash of the topic or of the publisher: messages that
/// belong together stay together and in order. When a member goes, only its numbers go to others;
/// when one comes, it takes over its part. O(members).
#define MQC_SHARE_HASH 2

/// The member with this number, counted in the order in which they joined and around; the one
/// behind it if that cannot be picked. With a random number: each as often as the others.
#define MQC_SHARE_NUMBER 3

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

/// Writes the AMQP routing key for a topic name: `sensors/temperature` is `sensors.temperature`.
///
/// What maps, maps back to the same text, and matching is kept: a filter matches a name if and only
/// if its binding key matches the routing key. What the other side cannot carry is refused; nothing
/// is escaped, shortened or replaced.
///
/// @param topic     a topic name, UTF-8
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 255 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the key
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `topic` is borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, those of
///   mqc_topic_check(), MQC_ERR_MAP_TOO_LONG above 255 bytes, MQC_ERR_MAP_DOLLAR,
///   MQC_ERR_MAP_SEPARATOR for `.`, or MQC_ERR_MAP_WILDCARD for a level `*`.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_topic_to_routing_key(struct mqc_bytes topic,
                                    uint8_t *out,
                                    size_t capacity,
                                    size_t *written,
                                    struct mqc_topic_error *error);

/// Writes the topic name for an AMQP routing key: `sensors.temperature` is `sensors/temperature`.
///
/// @param key       a routing key, UTF-8
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 255 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the name
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `key` is borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, MQC_ERR_UTF8,
///   MQC_ERR_MAP_EMPTY, MQC_ERR_MAP_TOO_LONG above 255 bytes, MQC_ERR_MAP_DOLLAR,
///   MQC_ERR_MAP_SEPARATOR for `/`, MQC_ERR_MAP_WILDCARD for `+`, `#` and a word `*`, or
///   MQC_ERR_MAP_CHARACTER for U+0000.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_routing_key_to_topic(struct mqc_bytes key,
                                    uint8_t *out,
                                    size_t capacity,
                                    size_t *written,
                                    struct mqc_topic_error *error);

/// Writes the AMQP binding key for a topic filter: `sensors/+/#` is `sensors.*.#`.
///
/// @param filter    UTF-8; of a shared one, map the part that matches, and let the group share a
///                  queue
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 255 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the key
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `filter` is borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_ERR_MAP_SHARED, those of mqc_filter_check(), and those of
///   mqc_topic_to_routing_key().
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_filter_to_binding_key(struct mqc_bytes filter,
                                     mqc_version version,
                                     uint8_t *out,
                                     size_t capacity,
                                     size_t *written,
                                     struct mqc_topic_error *error);

/// Writes the topic filter for an AMQP binding key: `sensors.*.#` is `sensors/+/#`.
///
/// @param key       a binding key, UTF-8
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 255 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the filter
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `key` is borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: those of mqc_routing_key_to_topic(), but MQC_ERR_MAP_WILDCARD for `+`, and for `#` that
///   is not the last word.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_binding_key_to_filter(struct mqc_bytes key,
                                     uint8_t *out,
                                     size_t capacity,
                                     size_t *written,
                                     struct mqc_topic_error *error);

/// Gives the AMQP exchange and writes the routing key for a topic name, whose first level is the
/// exchange: `orders/eu/new` is `orders` and `eu.new`; `orders` is `orders` and the empty key.
///
/// @param topic     a topic name, UTF-8
/// @param exchange  written with MQC_OK: a view of the first level of `topic`
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 255 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the key
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `topic` is borrowed during the call; `out` is the caller's.
/// Lifetime: the view in `*exchange` lives as long as `topic`; `error->statement` for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, those of
///   mqc_topic_check(), MQC_ERR_MAP_EXCHANGE, MQC_ERR_MAP_EMPTY_LEVEL, MQC_ERR_MAP_TOO_LONG above
///   255 bytes of the key, MQC_ERR_MAP_SEPARATOR for `.` in the key, or MQC_ERR_MAP_WILDCARD for a
///   level `*`.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_topic_to_exchange(struct mqc_bytes topic,
                                 struct mqc_bytes *exchange,
                                 uint8_t *out,
                                 size_t capacity,
                                 size_t *written,
                                 struct mqc_topic_error *error);

/// Writes the topic name for an AMQP exchange and a routing key: `orders` and `eu.new` are
/// `orders/eu/new`.
///
/// @param exchange  1 to 127 of `A-Z a-z 0-9 - _ . :`
/// @param key       a routing key, UTF-8; may have no bytes
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 383 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the name
/// @param error     written if a text is refused; may be NULL. Its offset is in `key`, with
///                  MQC_ERR_MAP_EXCHANGE it is 0
///
/// Ownership: `exchange` and `key` are borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_ERR_MAP_EXCHANGE, and those of mqc_routing_key_to_topic() but MQC_ERR_MAP_EMPTY and
///   MQC_ERR_MAP_DOLLAR.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_exchange_to_topic(struct mqc_bytes exchange,
                                 struct mqc_bytes key,
                                 uint8_t *out,
                                 size_t capacity,
                                 size_t *written,
                                 struct mqc_topic_error *error);

/// Gives the AMQP exchange and writes the binding key for a topic filter, whose first level is the
/// exchange: `orders/+/#` is `orders` and `*.#`; `orders` is `orders` and the empty key.
///
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param exchange  written with MQC_OK: a view of the first level of `filter`
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 255 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the key
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `filter` is borrowed during the call; `out` is the caller's.
/// Lifetime: the view in `*exchange` lives as long as `filter`; `error->statement` for ever.
/// Threads: any.
/// Errors: MQC_ERR_MAP_SHARED, those of mqc_filter_check(), and those of mqc_topic_to_exchange();
///   MQC_ERR_MAP_EXCHANGE also for a wildcard there.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_filter_to_exchange(struct mqc_bytes filter,
                                  mqc_version version,
                                  struct mqc_bytes *exchange,
                                  uint8_t *out,
                                  size_t capacity,
                                  size_t *written,
                                  struct mqc_topic_error *error);

/// Writes the topic filter for an AMQP exchange and a binding key: `orders` and `*.#` are
/// `orders/+/#`.
///
/// @param exchange  1 to 127 of `A-Z a-z 0-9 - _ . :`
/// @param key       a binding key, UTF-8; may have no bytes
/// @param out       written with MQC_OK, `*written` bytes, UTF-8, not NUL-terminated
/// @param capacity  bytes at `out`; 383 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the filter
/// @param error     written if a text is refused; may be NULL. Its offset is in `key`, with
///                  MQC_ERR_MAP_EXCHANGE it is 0
///
/// Ownership: `exchange` and `key` are borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_ERR_MAP_EXCHANGE, and those of mqc_binding_key_to_filter() but MQC_ERR_MAP_EMPTY and
///   MQC_ERR_MAP_DOLLAR.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_exchange_to_filter(struct mqc_bytes exchange,
                                  struct mqc_bytes key,
                                  uint8_t *out,
                                  size_t capacity,
                                  size_t *written,
                                  struct mqc_topic_error *error);

/// Writes the Kafka topic for a topic name: `sensors/temperature` is `sensors.temperature`.
///
/// Kafka does not let two topics exist that differ only in `.` and `_`, such as those for `a/b` and
/// `a_b`.
///
/// @param topic     a topic name, UTF-8
/// @param out       written with MQC_OK, `*written` bytes, ASCII, not NUL-terminated
/// @param capacity  bytes at `out`; 249 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the Kafka topic
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `topic` is borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, those of
///   mqc_topic_check(), MQC_ERR_MAP_TOO_LONG above 249 bytes, MQC_ERR_MAP_SEPARATOR for `.`,
///   MQC_ERR_MAP_CHARACTER for what is not of `A-Z a-z 0-9 _ -`, or MQC_ERR_MAP_DOTS for `/` and
///   `//`.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_topic_to_kafka_topic(struct mqc_bytes topic,
                                    uint8_t *out,
                                    size_t capacity,
                                    size_t *written,
                                    struct mqc_topic_error *error);

/// Writes the topic name for a Kafka topic: `sensors.temperature` is `sensors/temperature`. Every
/// legal topic of Kafka has one.
///
/// @param topic     a Kafka topic
/// @param out       written with MQC_OK, `*written` bytes, ASCII, not NUL-terminated
/// @param capacity  bytes at `out`; 249 suffice
/// @param written   written with MQC_OK and MQC_BUFFER_TOO_SMALL: bytes of the name
/// @param error     written if the text is refused; may be NULL
///
/// Ownership: `topic` is borrowed during the call; `out` is the caller's.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_BUFFER_TOO_SMALL, MQC_ERR_UTF8, or for what
///   is no topic of Kafka: MQC_ERR_MAP_EMPTY, MQC_ERR_MAP_TOO_LONG above 249 bytes,
///   MQC_ERR_MAP_DOTS or MQC_ERR_MAP_CHARACTER.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_kafka_topic_to_topic(struct mqc_bytes topic,
                                    uint8_t *out,
                                    size_t capacity,
                                    size_t *written,
                                    struct mqc_topic_error *error);

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

/// Makes memory for merging.
///
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_overlaps_free()
///
/// Ownership: the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_overlaps_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
mqc_status mqc_overlaps_new(struct mqc_overlaps **out);

/// Frees memory for merging.
///
/// @param overlaps  not used any more; NULL is fine
///
/// Ownership: `overlaps` is taken back.
/// Lifetime: its deliveries end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `overlaps` is NULL or was made by this library, and is not used any more.
void mqc_overlaps_free(struct mqc_overlaps *overlaps);

/// Forgets the last message, and begins the next.
///
/// @param overlaps   to be changed
/// @param publisher  the key of who published: subscriptions with No Local do not send the message
///                   back to it; NULL if it is none of the clients
///
/// Ownership: `publisher` is copied before the return.
/// Lifetime: earlier deliveries end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(clients of the last message), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `overlaps`.
mqc_status mqc_overlaps_start(struct mqc_overlaps *overlaps, const uint64_t *publisher);

/// Adds a subscription that matches, as mqc_trie_matches_next() gives it.
///
/// @param overlaps  to be changed
/// @param key       who
/// @param granted   how
///
/// Ownership: `granted` is copied before the return.
/// Lifetime: earlier deliveries end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation once `overlaps` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `overlaps`.
mqc_status mqc_overlaps_add(struct mqc_overlaps *overlaps,
                            uint64_t key,
                            const struct mqc_granted *granted);

/// Gives the clients that get the message, in the order in which they were added first.
///
/// @param overlaps  changed
/// @param out       written with MQC_OK: an array
/// @param count     written with MQC_OK: entries of the array
///
/// Ownership: the array and what it points to belong to `overlaps`.
/// Lifetime: the array lives until the next call with `overlaps`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(what was added), no allocation once `overlaps` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `overlaps`.
mqc_status mqc_overlaps_deliveries(struct mqc_overlaps *overlaps,
                                   const struct mqc_delivery **out,
                                   size_t *count);

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

/// Makes an empty index.
///
/// @param limits    borrowed during the call; NULL for none
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_retained_free()
///
/// Ownership: `limits` are borrowed during the call; the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_retained_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
mqc_status mqc_retained_new(const struct mqc_index_limits *limits, struct mqc_retained **out);

/// Makes another index with the same names, values and limits.
///
/// @param retained  to be copied
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_retained_free()
///
/// Ownership: `retained` is borrowed during the call; the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_retained_free().
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), allocates. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained`.
mqc_status mqc_retained_clone(const struct mqc_retained *retained, struct mqc_retained **out);

/// Frees an index.
///
/// @param retained  not used any more; NULL is fine
///
/// Ownership: `retained` is taken back; what the values stand for stays the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(all). Since 0.1.
///
/// # Safety
/// `retained` is NULL or was made by this library, and is not used any more.
void mqc_retained_free(struct mqc_retained *retained);

/// Says how much may be added from now on; what is there stays.
///
/// @param retained  to be changed
/// @param limits    borrowed during the call; NULL for none
///
/// Ownership: `limits` are borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `retained`.
mqc_status mqc_retained_set_limits(struct mqc_retained *retained,
                                   const struct mqc_index_limits *limits);

/// Adds a name, or replaces its value.
///
/// A value can be replaced whatever the limits are.
///
/// @param retained  to be changed
/// @param topic     a topic name, UTF-8
/// @param value     of the caller's
/// @param found     written with MQC_OK: 1 if the name was there, else 0; may be NULL
/// @param old       written with MQC_OK: the value that it had, 0 if it was not there; may be NULL
///
/// Ownership: `topic` is copied before the return.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, those of mqc_topic_check(), or
///   MQC_ERR_INDEX_*; nothing has changed then.
/// Cost: O(levels), whatever else there is; now and then a table grows. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `retained`.
mqc_status mqc_retained_insert(struct mqc_retained *retained,
                               struct mqc_bytes topic,
                               uint64_t value,
                               uint8_t *found,
                               uint64_t *old);

/// Removes a name.
///
/// @param retained  to be changed
/// @param topic     a topic name, UTF-8
/// @param found     written with MQC_OK: 1 if the name was there, else 0; may be NULL
/// @param old       written with MQC_OK: the value that it had, 0 if it was not there; may be NULL
///
/// Ownership: `topic` is borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_topic_check().
/// Cost: O(levels). Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `retained`.
mqc_status mqc_retained_remove(struct mqc_retained *retained,
                               struct mqc_bytes topic,
                               uint8_t *found,
                               uint64_t *old);

/// Gives the value of a name.
///
/// @param retained  to be read
/// @param topic     a topic name, UTF-8
/// @param found     written with MQC_OK: 1 if the name is there, else 0; may be NULL
/// @param value     written with MQC_OK: 0 if it is not there; may be NULL
///
/// Ownership: `topic` is borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_topic_check().
/// Cost: O(levels), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained`.
mqc_status mqc_retained_get(const struct mqc_retained *retained,
                            struct mqc_bytes topic,
                            uint8_t *found,
                            uint64_t *value);

/// Tells how many names there are.
///
/// @param retained  to be read
/// @param len       written with MQC_OK
///
/// Ownership: nothing is passed but the object.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained`.
mqc_status mqc_retained_len(const struct mqc_retained *retained, size_t *len);

/// Tells how many bytes of the heap the names take.
///
/// @param retained  to be read
/// @param bytes     written with MQC_OK
///
/// Ownership: nothing is passed but the object.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained`.
mqc_status mqc_retained_heap_bytes(const struct mqc_retained *retained, size_t *bytes);

/// Removes everything and gives the memory back.
///
/// @param retained  to be changed
///
/// Ownership: what the values stand for stays the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all). Since 0.1.
///
/// # Safety
/// `retained` is NULL or was made by this library, and no other thread uses it.
mqc_status mqc_retained_clear(struct mqc_retained *retained);

/// Gives back memory that is not needed: what was removed is else kept for what comes next.
///
/// @param retained  to be changed
///
/// Ownership: nothing is passed but the object.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), allocates. Since 0.1.
///
/// # Safety
/// `retained` is NULL or was made by this library, and no other thread uses it.
mqc_status mqc_retained_shrink(struct mqc_retained *retained);

/// Makes memory for a lookup.
///
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_retained_cursor_free()
///
/// Ownership: the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_retained_cursor_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
mqc_status mqc_retained_cursor_new(struct mqc_retained_cursor **out);

/// Frees memory for a lookup.
///
/// @param cursor    not used any more; NULL is fine
///
/// Ownership: `cursor` is taken back; the index may be gone.
/// Lifetime: its page ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `cursor` is NULL or was made by this library, and is not used any more.
void mqc_retained_cursor_free(struct mqc_retained_cursor *cursor);

/// Begins to look for the names that match a filter; mqc_retained_cursor_next() gives them.
///
/// Of a shared subscription, the filter without the share name is looked for. What `cursor` held
/// before is forgotten.
///
/// @param retained  to be read
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param cursor    changed
///
/// Ownership: `filter` is copied before the return.
/// Lifetime: what `cursor` gave before ends.
/// Threads: one at a time for each `cursor`; several may read the index at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_filter_check().
/// Cost: O(levels), no allocation once `cursor` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained` or
/// uses `cursor`.
mqc_status mqc_retained_lookup(const struct mqc_retained *retained,
                               struct mqc_bytes filter,
                               mqc_version version,
                               struct mqc_retained_cursor *cursor);

/// Gives the next names that match the filter, at most `max` of them.
///
/// At the end `*count` is 0. The order depends on the changes to the index alone: a name before
/// those below it. The index may change between two calls: a name that was there when the lookup
/// began, and has not been removed since, is found once, with the value that it has now; a name
/// that came later is not found. So the pages come to an end, however fast names come.
///
/// @param cursor    set by mqc_retained_lookup(); changed
/// @param retained  the same
/// @param max       how many at most: not 0; SIZE_MAX for all
/// @param out       written with MQC_OK: an array
/// @param count     written with MQC_OK: entries of the array
///
/// Ownership: the array and the names in it belong to `cursor`.
/// Lifetime: the array and the names in it live until the next call with `cursor`.
/// Threads: one at a time for each `cursor`; several may read the index at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT if `max` is 0 or the index another, or
///   MQC_POISONED.
/// Cost: O(bytes of the filter and the names, and what a `+` goes through); no allocation once
///   `cursor` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained` or
/// uses `cursor`.
mqc_status mqc_retained_cursor_next(struct mqc_retained_cursor *cursor,
                                    const struct mqc_retained *retained,
                                    size_t max,
                                    const struct mqc_retained_entry **out,
                                    size_t *count);

/// Begins a walk over all names of an index, those that begin with `$` too.
///
/// The order depends on the changes to the index alone. When the index changes, the walk is over.
///
/// @param retained  to be read
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_retained_walk_free()
///
/// Ownership: the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_retained_walk_free(), and is of use until the index changes.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), two allocations. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained`.
mqc_status mqc_retained_walk_new(const struct mqc_retained *retained,
                                 struct mqc_retained_walk **out);

/// Frees a walk.
///
/// @param walk      not used any more; NULL is fine
///
/// Ownership: `walk` is taken back; the index may be gone.
/// Lifetime: the name of the last entry ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `walk` is NULL or was made by this library, and is not used any more.
void mqc_retained_walk_free(struct mqc_retained_walk *walk);

/// Gives the next name. At the end `out->topic` has no bytes, again and again.
///
/// @param walk      begun with mqc_retained_walk_new()
/// @param retained  the same
/// @param out       written with MQC_OK
///
/// Ownership: the index is borrowed during the call.
/// Lifetime: the name in `*out` lives until the next call with this walk.
/// Threads: one at a time for each walk; several may read the index at a time while none changes
///   it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT if the index is another, MQC_POISONED, or
///   MQC_ERR_INDEX_CHANGED.
/// Cost: O(bytes of the name), no allocation once the walk has seen as long a name. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `retained` or
/// uses `walk`.
mqc_status mqc_retained_walk_next(struct mqc_retained_walk *walk,
                                  const struct mqc_retained *retained,
                                  struct mqc_retained_entry *out);

/// Makes memory for matching.
///
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_route_matches_free()
///
/// Ownership: the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_route_matches_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
mqc_status mqc_route_matches_new(struct mqc_route_matches **out);

/// Frees memory for matching.
///
/// @param matches   not used any more; NULL is fine
///
/// Ownership: `matches` is taken back; the router may be gone.
/// Lifetime: what was found ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `matches` is NULL or was made by this library, and is not used any more.
void mqc_route_matches_free(struct mqc_route_matches *matches);

/// Gives all routes that match a topic name, each once; the fallback alone if none does.
///
/// The order depends on the changes to the router alone: filter by filter, and for each filter the
/// routes that are not shared before the others, both in the order of adding. Topic names that
/// begin with `$` are not for patterns that begin with a wildcard or a capture.
///
/// @param router    to be read
/// @param topic     a topic name, UTF-8
/// @param matches   changed
/// @param out       written with MQC_OK: an array
/// @param count     written with MQC_OK: entries of the array
///
/// Ownership: the array and the captures belong to `matches`; names of captures view the router,
///   their values `topic`.
/// Lifetime: the array lives until the next call with `matches`, names until the router changes,
///   values as long as `topic`.
/// Threads: one at a time for each `matches`; several may read the router at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_topic_check().
/// Cost: O(levels) for each way through the wildcards that exist, and O(bytes) for each match; no
///   allocation once `matches` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router` or
/// uses `matches`.
mqc_status mqc_router_match(const struct mqc_router *router,
                            struct mqc_bytes topic,
                            struct mqc_route_matches *matches,
                            const struct mqc_route_match **out,
                            size_t *count);

/// Gives the route that matches a topic name most specifically; the fallback if none does.
///
/// The leftmost level that differs decides: text before `+` or `{name}` before `#` or `{*name}`;
/// the end of the pattern before these too. Of the same filter, shared or not, it is the first
/// added.
///
/// @param router    to be read
/// @param topic     a topic name, UTF-8
/// @param matches   changed
/// @param out       written with MQC_OK; `MQC_ROUTE_NONE` if there is neither
///
/// Ownership: the captures belong to `matches`; their names view the router, their values `topic`.
/// Lifetime: the captures live until the next call with `matches`, names until the router changes,
///   values as long as `topic`.
/// Threads: one at a time for each `matches`; several may read the router at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_topic_check().
/// Cost: as mqc_router_match(), and a comparison for each filter that matches. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router` or
/// uses `matches`.
mqc_status mqc_router_most_specific(const struct mqc_router *router,
                                    struct mqc_bytes topic,
                                    struct mqc_route_matches *matches,
                                    struct mqc_route_match *out);

/// Gives what a capture stands for, by its name.
///
/// @param found     a match, with its captures
/// @param name      of the capture
/// @param value     written with MQC_OK; `data` is NULL if the pattern has no such name, or the
///                  topic ends before it
///
/// Ownership: `found` and `name` are borrowed during the call.
/// Lifetime: the view in `*value` lives as long as the topic.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(captures), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; `*found` was made by this library, and
/// what it views is there.
mqc_status mqc_route_match_capture(const struct mqc_route_match *found,
                                   struct mqc_bytes name,
                                   struct mqc_bytes *value);

/// Makes a router without routes and fallback.
///
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_router_free()
///
/// Ownership: the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_router_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
mqc_status mqc_router_new(struct mqc_router **out);

/// Frees a router.
///
/// @param router    not used any more; NULL is fine
///
/// Ownership: `router` is taken back; what the handlers stand for stays the caller's.
/// Lifetime: patterns, filters and the names of captures end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(all). Since 0.1.
///
/// # Safety
/// `router` is NULL or was made by this library, and is not used any more.
void mqc_router_free(struct mqc_router *router);

/// Adds a route. Others may have the same pattern; it comes behind them.
///
/// @param router    to be changed
/// @param pattern   UTF-8, by the rules of 5.0
/// @param handler   of the caller's: comes back with each match
/// @param id        written with MQC_OK; may be NULL
/// @param error     written if the pattern is refused; may be NULL
///
/// Ownership: `pattern` is copied before the return.
/// Lifetime: patterns, filters and the names of captures end; `error->statement` lives for ever.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_ERR_ROUTE_*, or those of
///   mqc_filter_check() for what the pattern subscribes to; nothing has changed then.
/// Cost: O(bytes), or O(n log n) for n captures; now and then a table grows. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `router`.
mqc_status mqc_router_add(struct mqc_router *router,
                          struct mqc_bytes pattern,
                          uint64_t handler,
                          mqc_route_id *id,
                          struct mqc_topic_error *error);

/// Removes a route.
///
/// Whether to unsubscribe, mqc_router_filter_routes() tells before.
///
/// @param router    to be changed
/// @param id        of the route
/// @param found     written with MQC_OK: 1 if there was such a route, else 0; may be NULL
/// @param handler   written with MQC_OK: its handler, 0 if there was none; may be NULL
///
/// Ownership: what the handler stands for stays the caller's.
/// Lifetime: patterns, filters and the names of captures end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(bytes of the filter, and log routes). Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `router`.
mqc_status mqc_router_remove(struct mqc_router *router,
                             mqc_route_id id,
                             uint8_t *found,
                             uint64_t *handler);

/// Gives a route another handler.
///
/// @param router    to be changed
/// @param id        of the route
/// @param handler   of the caller's
/// @param found     written with MQC_OK: 1 if there is such a route, else 0; may be NULL
/// @param old       written with MQC_OK: the handler that it had, 0 if there is none; may be NULL
///
/// Ownership: what the handlers stand for stays the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(log routes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `router`.
mqc_status mqc_router_set_handler(struct mqc_router *router,
                                  mqc_route_id id,
                                  uint64_t handler,
                                  uint8_t *found,
                                  uint64_t *old);

/// Sets the handler of messages that no route matches.
///
/// @param router    to be changed
/// @param handler   of the caller's; NULL for none
///
/// Ownership: `handler` is copied before the return.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `router`.
mqc_status mqc_router_set_fallback(struct mqc_router *router, const uint64_t *handler);

/// Tells the handler of messages that no route matches.
///
/// @param router    to be read
/// @param found     written with MQC_OK: 1 if there is one, else 0; may be NULL
/// @param handler   written with MQC_OK: 0 if there is none; may be NULL
///
/// Ownership: what the handler stands for stays the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router`.
mqc_status mqc_router_fallback(const struct mqc_router *router, uint8_t *found, uint64_t *handler);

/// Tells how many routes there are, without the fallback.
///
/// @param router    to be read
/// @param len       written with MQC_OK
///
/// Ownership: nothing is passed but the object.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router`.
mqc_status mqc_router_len(const struct mqc_router *router, size_t *len);

/// Tells what there is to know of a route.
///
/// @param router    to be read
/// @param id        of the route
/// @param out       written with MQC_OK
///
/// Ownership: the views in `*out` belong to the router.
/// Lifetime: the views in `*out` live until the router changes.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(bytes of the filter, and log routes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router`.
mqc_status mqc_router_get(const struct mqc_router *router, mqc_route_id id, struct mqc_route *out);

/// Gives the route that was added next after another.
///
/// @param router    to be read
/// @param after     of the route before, which may be gone; `MQC_ROUTE_ID_NONE` for the first route
/// @param out       written with MQC_OK
///
/// Ownership: the views in `*out` belong to the router.
/// Lifetime: the views in `*out` live until the router changes.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(bytes of the filter, and log routes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router`.
mqc_status mqc_router_next(const struct mqc_router *router,
                           mqc_route_id after,
                           struct mqc_route *out);

/// Gives the route that was added next after another, of those that are the first with their
/// filter: what to subscribe to for all routes, each filter once.
///
/// @param router    to be read
/// @param after     of the route before, which may be gone; `MQC_ROUTE_ID_NONE` for the first route
/// @param out       written with MQC_OK
///
/// Ownership: the views in `*out` belong to the router.
/// Lifetime: the views in `*out` live until the router changes.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(bytes of the filters, and log routes), for each route that is passed over; no
///   allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `router`.
mqc_status mqc_router_next_filter(const struct mqc_router *router,
                                  mqc_route_id after,
                                  struct mqc_route *out);

/// Gives the routes that subscribe with a filter, in the order of adding. A share name is part of
/// it.
///
/// If there is one, and it is to be removed, unsubscribe from the filter.
///
/// @param router    to be read
/// @param filter    UTF-8, by the rules of 5.0
/// @param out       written with MQC_OK, `*count` ids
/// @param capacity  ids at `out`
/// @param count     written with MQC_OK and MQC_BUFFER_TOO_SMALL: how many there are
///
/// Ownership: `filter` is borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_BUFFER_TOO_SMALL, or those of
///   mqc_filter_check().
/// Cost: O(levels, and routes with the filter), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread changes
/// `router`.
mqc_status mqc_router_filter_routes(const struct mqc_router *router,
                                    struct mqc_bytes filter,
                                    mqc_route_id *out,
                                    size_t capacity,
                                    size_t *count);

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

/// Judges a topic name, and tells what there is to know of it.
///
/// @param name      UTF-8
/// @param version   a version: by whose count `error->statement` is
/// @param out       written with MQC_OK; may be NULL
/// @param error     written if the name is not legal; may be NULL
///
/// Ownership: `name` is borrowed during the call.
/// Lifetime: `error->statement` lives for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_UTF8, MQC_ERR_NUL, MQC_ERR_TOPIC_EMPTY,
///   MQC_ERR_TOPIC_WILDCARD, or MQC_ERR_ENCODE_FIELD_TOO_LONG above 65,535 bytes.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
mqc_status mqc_topic_check(struct mqc_bytes name,
                           mqc_version version,
                           struct mqc_topic_info *out,
                           struct mqc_topic_error *error);

/// Judges a topic filter, and tells what there is to know of it: `$share/group/filter` is taken
/// apart.
///
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param out       written with MQC_OK; may be NULL
/// @param error     written if the filter is not legal; may be NULL
///
/// Ownership: `filter` is borrowed during the call.
/// Lifetime: the views in `*out` live as long as `filter`; `error->statement` for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_UTF8, MQC_ERR_NUL, MQC_ERR_FILTER_*,
///   MQC_ERR_SHARE_NAME, MQC_ERR_SHARE_NAME_EMPTY, or MQC_ERR_ENCODE_FIELD_TOO_LONG above 65,535
///   bytes.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
mqc_status mqc_filter_check(struct mqc_bytes filter,
                            mqc_version version,
                            struct mqc_filter_info *out,
                            struct mqc_topic_error *error);

/// Tells whether a message to a topic is for a filter.
///
/// Of a shared subscription, only the filter behind the share name matches. Characters are compared
/// as they are; `a/#` matches `a`; empty levels count; a filter that begins with a wildcard matches
/// no name that begins with `$`.
///
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param topic     a topic name, UTF-8
/// @param matches   written with MQC_OK: 1 if it is, else 0
///
/// Ownership: `filter` and `topic` are borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or those of mqc_filter_check() and
///   mqc_topic_check().
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
mqc_status mqc_filter_matches(struct mqc_bytes filter,
                              mqc_version version,
                              struct mqc_bytes topic,
                              uint8_t *matches);

/// Tells whether one filter matches every name that another matches. Share names play no part.
///
/// Whether a subscription adds nothing to another, or is within what a client may read.
///
/// @param filter    UTF-8
/// @param other     UTF-8
/// @param version   by whose rules both are read: before 5.0, `$share/` means nothing
/// @param covers    written with MQC_OK: 1 if it does, else 0
///
/// Ownership: `filter` and `other` are borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or those of mqc_filter_check().
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
mqc_status mqc_filter_covers(struct mqc_bytes filter,
                             struct mqc_bytes other,
                             mqc_version version,
                             uint8_t *covers);

/// Tells whether there is a name that two filters both match. Share names play no part.
///
/// Whether one message can be for both.
///
/// @param filter    UTF-8
/// @param other     UTF-8
/// @param version   by whose rules both are read: before 5.0, `$share/` means nothing
/// @param overlaps  written with MQC_OK: 1 if there is, else 0
///
/// Ownership: `filter` and `other` are borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or those of mqc_filter_check().
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
mqc_status mqc_filter_overlaps(struct mqc_bytes filter,
                               struct mqc_bytes other,
                               mqc_version version,
                               uint8_t *overlaps);

/// Takes the first level from a topic name or a topic filter.
///
/// Begin with a copy of the text, or of `filter` in an mqc_filter_info: of a shared subscription,
/// only that part matches. Empty levels count; behind the last one `out->data` is NULL, again and
/// again. The text is not judged. Both ends of one `rest` can be taken from.
///
/// @param rest      what is left; advanced with MQC_OK
/// @param out       written with MQC_OK
///
/// Ownership: the bytes of `rest` are borrowed during the call.
/// Lifetime: the view in `*out` lives as long as the text.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(bytes of the level), no allocation. Since 0.1.
///
/// # Safety
/// `rest` and `out` are NULL or point to such structures, and `*rest` to its bytes.
mqc_status mqc_level_next(struct mqc_bytes *rest, struct mqc_bytes *out);

/// Takes the last level from a topic name or a topic filter; otherwise as mqc_level_next().
///
/// @param rest      what is left; shortened with MQC_OK
/// @param out       written with MQC_OK
///
/// Ownership: the bytes of `rest` are borrowed during the call.
/// Lifetime: the view in `*out` lives as long as the text.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(bytes of the level), no allocation. Since 0.1.
///
/// # Safety
/// `rest` and `out` are NULL or point to such structures, and `*rest` to its bytes.
mqc_status mqc_level_next_back(struct mqc_bytes *rest, struct mqc_bytes *out);

/// Makes an empty trie.
///
/// @param limits    borrowed during the call; NULL for none
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_trie_free()
///
/// Ownership: `limits` are borrowed during the call; the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_trie_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind.
mqc_status mqc_trie_new(const struct mqc_index_limits *limits, struct mqc_trie **out);

/// Makes another trie with the same subscriptions and limits.
///
/// For threads that read one while the other changes.
///
/// @param trie      to be copied
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_trie_free()
///
/// Ownership: `trie` is borrowed during the call; the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_trie_free().
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), allocates. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie`.
mqc_status mqc_trie_clone(const struct mqc_trie *trie, struct mqc_trie **out);

/// Frees a trie.
///
/// @param trie      not used any more; NULL is fine
///
/// Ownership: `trie` is taken back.
/// Lifetime: all views into the trie end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(all). Since 0.1.
///
/// # Safety
/// `trie` is NULL or was made by this library, and is not used any more.
void mqc_trie_free(struct mqc_trie *trie);

/// Says how much may be added from now on; what is there stays.
///
/// @param trie      to be changed
/// @param limits    borrowed during the call; NULL for none
///
/// Ownership: `limits` are borrowed during the call.
/// Lifetime: groups that were found and walks end, as with any call that may change the trie.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `trie`.
mqc_status mqc_trie_set_limits(struct mqc_trie *trie, const struct mqc_index_limits *limits);

/// Adds a subscription, or replaces how one subscribes.
///
/// A subscription that is replaced keeps its place in the order, and needs no room.
///
/// @param trie      to be changed
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param key       who
/// @param granted   how
/// @param found     written with MQC_OK: 1 if there was such a subscription, else 0; may be NULL
/// @param old       written with MQC_OK: what there was, zeroed if there was none; may be NULL
///
/// Ownership: `filter` and `granted` are copied before the return.
/// Lifetime: views into the trie end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, those of mqc_filter_check(), or
///   MQC_ERR_INDEX_*; nothing has changed then.
/// Cost: O(levels), whatever else there is; now and then a table grows. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `trie`.
mqc_status mqc_trie_insert(struct mqc_trie *trie,
                           struct mqc_bytes filter,
                           mqc_version version,
                           uint64_t key,
                           const struct mqc_granted *granted,
                           uint8_t *found,
                           struct mqc_granted *old);

/// Removes a subscription.
///
/// @param trie      to be changed
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param key       who
/// @param found     written with MQC_OK: 1 if there was such a subscription, else 0; may be NULL
/// @param old       written with MQC_OK: what there was, zeroed if there was none; may be NULL
///
/// Ownership: `filter` is borrowed during the call.
/// Lifetime: views into the trie end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_filter_check().
/// Cost: O(levels). Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `trie`.
mqc_status mqc_trie_remove(struct mqc_trie *trie,
                           struct mqc_bytes filter,
                           mqc_version version,
                           uint64_t key,
                           uint8_t *found,
                           struct mqc_granted *old);

/// Removes all subscriptions of a key.
///
/// It looks at all subscriptions. Who removes many keys one by one keeps the filters of each beside
/// the trie, and calls mqc_trie_remove() for them.
///
/// @param trie      to be changed
/// @param key       who
/// @param count     written with MQC_OK: how many there were; may be NULL
///
/// Ownership: nothing is passed but numbers.
/// Lifetime: views into the trie end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), allocates a text for each that is removed. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread uses `trie`.
mqc_status mqc_trie_remove_key(struct mqc_trie *trie, uint64_t key, size_t *count);

/// Tells how one subscribes.
///
/// @param trie      to be read
/// @param filter    UTF-8
/// @param version   by whose rules: before 5.0, `$share/` means nothing
/// @param key       who
/// @param found     written with MQC_OK: 1 if there is such a subscription, else 0; may be NULL
/// @param out       written with MQC_OK: zeroed if there is none; may be NULL
///
/// Ownership: `filter` is borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_filter_check().
/// Cost: O(levels), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie`.
mqc_status mqc_trie_get(const struct mqc_trie *trie,
                        struct mqc_bytes filter,
                        mqc_version version,
                        uint64_t key,
                        uint8_t *found,
                        struct mqc_granted *out);

/// Tells how many subscriptions there are.
///
/// @param trie      to be read
/// @param len       written with MQC_OK
///
/// Ownership: nothing is passed but the object.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie`.
mqc_status mqc_trie_len(const struct mqc_trie *trie, size_t *len);

/// Tells how many bytes of the heap the subscriptions take.
///
/// @param trie      to be read
/// @param bytes     written with MQC_OK
///
/// Ownership: nothing is passed but the object.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie`.
mqc_status mqc_trie_heap_bytes(const struct mqc_trie *trie, size_t *bytes);

/// Removes everything and gives the memory back.
///
/// @param trie      to be changed
///
/// Ownership: nothing is passed but the object.
/// Lifetime: views into the trie end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all). Since 0.1.
///
/// # Safety
/// `trie` is NULL or was made by this library, and no other thread uses it.
mqc_status mqc_trie_clear(struct mqc_trie *trie);

/// Gives back memory that is not needed: what was removed is else kept for what comes next.
///
/// @param trie      to be changed
///
/// Ownership: nothing is passed but the object.
/// Lifetime: views into the trie end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(all), allocates. Since 0.1.
///
/// # Safety
/// `trie` is NULL or was made by this library, and no other thread uses it.
mqc_status mqc_trie_shrink(struct mqc_trie *trie);

/// Makes memory for matching.
///
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_trie_matches_free()
///
/// Ownership: the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_trie_matches_free().
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), one allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
mqc_status mqc_trie_matches_new(struct mqc_trie_matches **out);

/// Frees memory for matching.
///
/// @param matches   not used any more; NULL is fine
///
/// Ownership: `matches` is taken back; the trie may be gone.
/// Lifetime: what was found ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `matches` is NULL or was made by this library, and is not used any more.
void mqc_trie_matches_free(struct mqc_trie_matches *matches);

/// Looks for the subscriptions that match a topic name; mqc_trie_matches_next() gives them.
///
/// What `matches` held before is forgotten.
///
/// @param trie      to be read
/// @param topic     a topic name, UTF-8
/// @param matches   changed
/// @param count     written with MQC_OK: how many there are, each shared subscription counted once;
///                  may be NULL
///
/// Ownership: `topic` is copied before the return.
/// Lifetime: what `matches` gave before ends.
/// Threads: one at a time for each `matches`; several may read the trie at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_topic_check().
/// Cost: O(levels) for each way through the wildcards that exist; no allocation once `matches` has
///   grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie` or uses
/// `matches`.
mqc_status mqc_trie_match(const struct mqc_trie *trie,
                          struct mqc_bytes topic,
                          struct mqc_trie_matches *matches,
                          size_t *count);

/// Gives the next subscriptions that match the topic, at most `max` of them, each once.
///
/// At the end `*count` is 0, again and again. The order depends on the changes to the trie alone:
/// filter by filter, groups behind subscribers of their own. The trie may change between two calls:
/// what was in it all the time is found once, what came or went is found or not.
///
/// @param matches   set by mqc_trie_match(); changed
/// @param trie      the same
/// @param max       how many at most: not 0; SIZE_MAX for all
/// @param out       written with MQC_OK: an array
/// @param count     written with MQC_OK: entries of the array
///
/// Ownership: the array belongs to `matches`.
/// Lifetime: the array lives until the next call with `matches`, share names in it until the trie
///   changes.
/// Threads: one at a time for each `matches`; several may read the trie at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT if `max` is 0 or the trie another, or
///   MQC_POISONED.
/// Cost: O(bytes of the topic, and entries); no allocation once `matches` has grown, but after a
///   change of the trie. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie` or uses
/// `matches`.
mqc_status mqc_trie_matches_next(struct mqc_trie_matches *matches,
                                 const struct mqc_trie *trie,
                                 size_t max,
                                 const struct mqc_trie_found **out,
                                 size_t *count);

/// Looks for a shared subscription by its filter, to choose a member apart from a match: who takes
/// over what a member left behind, say.
///
/// What `matches` held before is forgotten. If there is none, or the filter is not shared,
/// `out->kind` is `MQC_FOUND_NONE`.
///
/// @param trie      to be read
/// @param filter    `$share/group/filter`, UTF-8
/// @param matches   changed
/// @param out       written with MQC_OK
///
/// Ownership: `filter` is borrowed during the call.
/// Lifetime: what `matches` gave before ends; the share name in `*out` lives until the trie
///   changes.
/// Threads: one at a time for each `matches`; several may read the trie at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_filter_check().
/// Cost: O(levels), no allocation once `matches` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie` or uses
/// `matches`.
mqc_status mqc_trie_group(const struct mqc_trie *trie,
                          struct mqc_bytes filter,
                          struct mqc_trie_matches *matches,
                          struct mqc_trie_found *out);

/// Chooses the member of a shared subscription that gets the next message.
///
/// The group remembers who was picked last; members may come and go in between. When all have left,
/// that is forgotten. Threads that pick at the same moment may pick the same.
///
/// Whom the message cannot go to now, say because there is no connection, is passed over. To learn
/// it one by one, pick without a list, and again with whoever cannot have it on the list: the
/// others keep their turn.
///
/// @param matches            holds the group
/// @param trie               the same
/// @param group              its number in an mqc_trie_found
/// @param strategy           `MQC_SHARE_*`
/// @param number             for `MQC_SHARE_HASH` and `MQC_SHARE_NUMBER`; else of no meaning
/// @param unavailable        keys that are passed over, in ascending order; NULL for none
/// @param unavailable_count  how many
/// @param found              written with MQC_OK: 1 if a member was picked; 0 if none can be, then
///                           pick without a list who is to have the message later
/// @param out                written with MQC_OK: the member, zeroed if there is none
///
/// Ownership: `unavailable` is borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes the trie or `matches`.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_ERR_INDEX_CHANGED if the trie has changed since the
///   group was found, or MQC_INVALID_ARGUMENT if the trie is another, or there is no such group or
///   strategy, or the keys are not in order.
/// Cost: O(log members, and keys that are passed over); O(members) for `MQC_SHARE_HASH`; no
///   allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread changes `trie`
/// or `matches`.
mqc_status mqc_trie_matches_pick(const struct mqc_trie_matches *matches,
                                 const struct mqc_trie *trie,
                                 uint32_t group,
                                 mqc_share_strategy strategy,
                                 uint64_t number,
                                 const uint64_t *unavailable,
                                 size_t unavailable_count,
                                 uint8_t *found,
                                 struct mqc_trie_member *out);

/// Gives all members of a shared subscription, in the order in which they joined.
///
/// @param matches   holds the group; changed
/// @param trie      the same
/// @param group     its number in an mqc_trie_found
/// @param out       written with MQC_OK: an array
/// @param count     written with MQC_OK: entries of the array
///
/// Ownership: the array belongs to `matches`.
/// Lifetime: the array lives until the next call with `matches`.
/// Threads: one at a time for each `matches`; several may read the trie at a time while none
///   changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_ERR_INDEX_CHANGED if the trie has changed since the
///   group was found, or MQC_INVALID_ARGUMENT if the trie is another or there is no such group.
/// Cost: O(members), no allocation once `matches` has grown. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie` or uses
/// `matches`.
mqc_status mqc_trie_matches_members(struct mqc_trie_matches *matches,
                                    const struct mqc_trie *trie,
                                    uint32_t group,
                                    const struct mqc_trie_member **out,
                                    size_t *count);

/// Begins a walk over the subscriptions of a trie.
///
/// The order depends on the changes to the trie alone. When the trie changes, the walk is over.
///
/// @param trie      to be read
/// @param below     only subscriptions whose filter begins with these levels, that of exactly these
///                  levels among them; wildcards are levels like others, share names play no part.
///                  No bytes for all subscriptions
/// @param version   by whose rules `below` is read
/// @param out       written with MQC_OK: the caller's, to be freed with mqc_trie_walk_free()
///
/// Ownership: `below` is borrowed during the call; the caller owns `*out`.
/// Lifetime: `*out` lives until mqc_trie_walk_free(), and is of use until the trie changes.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or those of mqc_filter_check().
/// Cost: O(levels), two allocations. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie`.
mqc_status mqc_trie_walk_new(const struct mqc_trie *trie,
                             struct mqc_bytes below,
                             mqc_version version,
                             struct mqc_trie_walk **out);

/// Frees a walk.
///
/// @param walk      not used any more; NULL is fine
///
/// Ownership: `walk` is taken back; the trie may be gone.
/// Lifetime: the views of the last entry end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `walk` is NULL or was made by this library, and is not used any more.
void mqc_trie_walk_free(struct mqc_trie_walk *walk);

/// Gives the next subscription. At the end `out->filter` has no bytes, again and again.
///
/// @param walk      begun with mqc_trie_walk_new()
/// @param trie      the same
/// @param out       written with MQC_OK
///
/// Ownership: the trie is borrowed during the call.
/// Lifetime: the views in `*out` live until the next call with this walk.
/// Threads: one at a time for each walk; several may read the trie at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT if the trie is another, MQC_POISONED, or
///   MQC_ERR_INDEX_CHANGED.
/// Cost: O(bytes of the filter), a text is allocated; below a filter, O(all) for the whole walk.
///   Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind; no other thread changes `trie` or uses
/// `walk`.
mqc_status mqc_trie_walk_next(struct mqc_trie_walk *walk,
                              const struct mqc_trie *trie,
                              struct mqc_trie_entry *out);

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
