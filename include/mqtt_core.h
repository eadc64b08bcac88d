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
 *             the caller's buffer, valid as long as that buffer is neither changed nor freed. What an
 *             object shows is valid until its next call that is not const.
 * Objects     Made by a function that ends in _new, and some others, freed by the one that ends in
 *             _free, for which NULL is fine. After MQC_PANIC only that works.
 * Numbers     Types such as mqc_status are integers of a fixed width, their values constants. A
 *             structure that begins with struct_size may grow: begin with its INIT macro.
 * Time        Milliseconds of the caller's own monotonic clock. Nothing here has a clock, a thread,
 *             a socket or a callback.
 * Threads     Functions without an object: any number of threads at the same time. An object: one
 *             thread at a time; several, as long as all of them take it as const.
 * Heap        Packets and topics never allocate. Objects do; each function says so.
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

/// The defaults: `mqc_client_config config = MQC_CLIENT_CONFIG_INIT;`
#define MQC_CLIENT_CONFIG_INIT                                                                     \
    {                                                                                              \
        sizeof(mqc_client_config), MQC_VERSION_V5, MQC_DEFAULT_CONNECT_TIMEOUT_MS,                 \
        MQC_DEFAULT_PING_TIMEOUT_MS, MQC_SESSION_LOST_DROP, 1,                                     \
        MQC_DEFAULT_SESSION_MAX_PACKET_SIZE, MQC_DEFAULT_MAX_USER_PROPERTIES,                      \
        MQC_DEFAULT_MAX_FILTERS, MQC_DEFAULT_MAX_TOPIC_LEVELS, 0, MQC_ACK_AUTO,                    \
        MQC_DURABILITY_OFF, MQC_DEFAULT_QUEUE_MAX_COUNT, MQC_DEFAULT_MAX_OPEN, 0,                  \
        MQC_DEFAULT_QUEUE_MAX_BYTES, MQC_DEFAULT_MAX_OPEN_BYTES, MQC_DEFAULT_MAX_OUTPUT,           \
        MQC_DEFAULT_PERSIST_MAX_OPS, MQC_DEFAULT_PERSIST_MAX_BYTES, 0, 0                           \
    }

/// The defaults: `mqc_server_config config = MQC_SERVER_CONFIG_INIT;`
#define MQC_SERVER_CONFIG_INIT                                                                     \
    {                                                                                              \
        sizeof(mqc_server_config), MQC_DEFAULT_CONNECT_TIMEOUT_MS,                                 \
        MQC_DEFAULT_MAX_CONNECT_SIZE, 0, MQC_DEFAULT_SESSION_MAX_PACKET_SIZE,                      \
        MQC_DEFAULT_MAX_USER_PROPERTIES, MQC_DEFAULT_MAX_FILTERS,                                  \
        MQC_DEFAULT_MAX_TOPIC_LEVELS, 0, MQC_ACK_AUTO, MQC_DURABILITY_OFF,                         \
        MQC_DEFAULT_QUEUE_MAX_COUNT, MQC_DEFAULT_MAX_OPEN, 0, MQC_DEFAULT_QUEUE_MAX_BYTES,         \
        MQC_DEFAULT_MAX_OPEN_BYTES, MQC_DEFAULT_MAX_OUTPUT, MQC_DEFAULT_PERSIST_MAX_OPS,           \
        MQC_DEFAULT_PERSIST_MAX_BYTES, 0, 0                                                        \
    }

/// The defaults: `mqc_backoff options = MQC_BACKOFF_INIT;`
#define MQC_BACKOFF_INIT                                                                           \
    {                                                                                              \
        sizeof(mqc_backoff), 1000, 60000, 200, 20, 30000, 0                                        \
    }

/// The defaults: `mqc_broker_config config = MQC_BROKER_CONFIG_INIT;`
#define MQC_BROKER_CONFIG_INIT                                                                     \
    {                                                                                              \
        sizeof(mqc_broker_config), NULL, NULL, MQC_AUTHENTICATION_ALLOW_ALL,                       \
            MQC_AUTHORIZATION_ALLOW_ALL, MQC_SLOW_CONSUMER_DROP, MQC_BROKER_SHARE_ROUND_ROBIN,     \
            MQC_DEFAULT_MAX_SESSION_EXPIRY, 0, MQC_DEFAULT_SYS_INTERVAL_MS,                        \
            MQC_DEFAULT_BROKER_RECEIVE_MAXIMUM, MQC_DEFAULT_BROKER_TOPIC_ALIAS_MAXIMUM, 0,         \
            MQC_QOS_EXACTLY_ONCE, 1, 1, 1, 1, 1, 0, {0}, MQC_DEFAULT_MAX_CONNECTIONS,              \
            MQC_DEFAULT_MAX_SESSIONS, MQC_DEFAULT_MAX_SUBSCRIPTIONS,                               \
            MQC_DEFAULT_MAX_SUBSCRIPTIONS_PER_CLIENT, MQC_DEFAULT_MAX_LEVELS,                      \
            MQC_DEFAULT_MAX_RETAINED, MQC_DEFAULT_MAX_RETAINED_BYTES,                              \
            MQC_DEFAULT_MAX_QUEUED_BYTES, MQC_DEFAULT_MAX_EVENT_BYTES                              \
    }

/// Default of `receive_maximum` of a broker.
#define MQC_DEFAULT_BROKER_RECEIVE_MAXIMUM 100

/// Default of `topic_alias_maximum` of a broker.
#define MQC_DEFAULT_BROKER_TOPIC_ALIAS_MAXIMUM 10

/// Default of `max_session_expiry`: for ever.
#define MQC_DEFAULT_MAX_SESSION_EXPIRY 4294967295

/// Default of `sys_interval_ms`.
#define MQC_DEFAULT_SYS_INTERVAL_MS 10000

/// Default of `max_connections`.
#define MQC_DEFAULT_MAX_CONNECTIONS 100000

/// Default of `max_sessions`.
#define MQC_DEFAULT_MAX_SESSIONS 200000

/// Default of `max_subscriptions`.
#define MQC_DEFAULT_MAX_SUBSCRIPTIONS 10000000

/// Default of `max_subscriptions_per_client`.
#define MQC_DEFAULT_MAX_SUBSCRIPTIONS_PER_CLIENT 1000

/// Default of `max_levels`.
#define MQC_DEFAULT_MAX_LEVELS 128

/// Default of `max_retained`.
#define MQC_DEFAULT_MAX_RETAINED 1000000

/// Default of `max_retained_bytes`: 1 GiB.
#define MQC_DEFAULT_MAX_RETAINED_BYTES 1073741824

/// Default of `max_queued_bytes`: 1 GiB.
#define MQC_DEFAULT_MAX_QUEUED_BYTES 1073741824

/// Default of `max_event_bytes`: 16 MiB.
#define MQC_DEFAULT_MAX_EVENT_BYTES 16777216

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

/// Default of `max_packet_size` of a session: 1 MiB.
#define MQC_DEFAULT_SESSION_MAX_PACKET_SIZE 1048576

/// Default of `max_connect_size`: 128 KiB.
#define MQC_DEFAULT_MAX_CONNECT_SIZE 131072

/// Default of `connect_timeout_ms`.
#define MQC_DEFAULT_CONNECT_TIMEOUT_MS 30000

/// Default of `ping_timeout_ms`.
#define MQC_DEFAULT_PING_TIMEOUT_MS 10000

/// Default of `queue_max_count`.
#define MQC_DEFAULT_QUEUE_MAX_COUNT 1000

/// Default of `queue_max_bytes`: 1 MiB.
#define MQC_DEFAULT_QUEUE_MAX_BYTES 1048576

/// Default of `max_open`.
#define MQC_DEFAULT_MAX_OPEN 65535

/// Default of `max_open_bytes`: 4 MiB.
#define MQC_DEFAULT_MAX_OPEN_BYTES 4194304

/// Default of `max_output`: 256 KiB.
#define MQC_DEFAULT_MAX_OUTPUT 262144

/// Default of `persist_max_ops`.
#define MQC_DEFAULT_PERSIST_MAX_OPS 1024

/// Default of `persist_max_bytes`: 1 MiB.
#define MQC_DEFAULT_PERSIST_MAX_BYTES 1048576

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

/// Rules.
typedef struct mqc_acl mqc_acl;

/// A broker: bytes of many connections in, events and bytes for them out.
///
/// It does no I/O and has no clock, no threads and no randomness but that of its hash tables. What
/// comes from clients never makes a function fail.
typedef struct mqc_broker mqc_broker;

/// The client's side of a session, over any number of connections.
///
/// It does no I/O and has no clock: bytes go in and out by hand, and each call is told what time it
/// is. Messages that wait or are open outlive a connection.
typedef struct mqc_client mqc_client;

/// A journal that is being read.
typedef struct mqc_journal mqc_journal;

/// Messages that were copied.
typedef struct mqc_messages mqc_messages;

/// Merges subscriptions of one client that match the same message, so that the client gets it once:
/// at the highest QoS, with the Subscription Identifiers of all.
///
/// Kept from message to message: it allocates nothing once it has grown to what messages need. It
/// does not shrink. Shared subscriptions take no part: each sends a message of its own, with the
/// options of the member that was picked.
typedef struct mqc_overlaps mqc_overlaps;

/// A payload that several messages may have, of which from 2 KiB on none has a copy of its own.
typedef struct mqc_payload mqc_payload;

/// Says when to connect again. It has no clock and no randomness: both come from the caller.
typedef struct mqc_reconnect mqc_reconnect;

/// Requests that wait for their responses: tells them apart, and which have waited for too long.
///
/// The caller subscribes to the response topic, and puts the properties of mqc_requests_begin()
/// into each request.
typedef struct mqc_requests mqc_requests;

/// What a store gives back: rows, pages of a snapshot, the changes after it. Nothing is a session
/// before all of it is there and right: mqc_restore_finish().
typedef struct mqc_restore mqc_restore;

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

/// Says whether and when to publish a message again that was not taken. One goes with each message
/// that the caller keeps; it has no clock and no randomness.
typedef struct mqc_retry mqc_retry;

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

/// The server's side of one connection, with the state of its session.
///
/// It does no I/O and has no clock. Who may connect, who gets which message, and where sessions are
/// kept between connections is the caller's.
typedef struct mqc_server mqc_server;

/// What is left of a session without a connection: messages that are open or wait, identifiers of
/// QoS 2 messages that were received, and of a stored session of a server what its client has
/// subscribed to, and its will.
///
/// It comes from mqc_client_into_state(), mqc_server_into_state() or mqc_restore_finish(), and goes
/// to mqc_client_resume() or mqc_server_accept().
typedef struct mqc_session_state mqc_session_state;

/// A snapshot that is being made, page by page.
typedef struct mqc_snapshot mqc_snapshot;

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
/// - 300 to 399: a session does not take the command now; nothing has changed
/// - 400 to 499: a broker does not take the command; nothing has changed
/// - 1000 to 1199: the bytes are not a legal packet, or would not be one when encoded
/// - 1200 to 1299: a topic or key has no name on the other side
/// - 1300 to 1399: an index does not take something, or has changed
/// - 1400 to 1499: a pattern is no route
/// - 2000 to 2999: the packet cannot be encoded
/// - 3000 to 3999: what a store gives back is not what a session told it
typedef uint32_t mqc_status;

/// A view of bytes that belong to someone else. Not NUL-terminated.
typedef struct mqc_bytes {
    /// First byte; may be NULL if `len` is 0.
    const uint8_t *data;
    /// Number of bytes.
    size_t len;
} mqc_bytes;

/// What is wrong with rules, and where.
typedef struct mqc_acl_error {
    /// The line, from 1 on.
    uint32_t line;
    /// The column in characters, from 1 on.
    uint32_t column;
    /// Bytes of `text`.
    uint32_t text_len;
    /// What is wrong, in words: UTF-8, not NUL-terminated, cut off if there is no room.
    uint8_t text[116];
} mqc_acl_error;

/// Quality of service: how often a message may arrive.
typedef uint8_t mqc_qos;

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

/// A connection of a broker; never 0.
typedef uint64_t mqc_conn;

/// DISCONNECT: the last packet of a connection.
typedef struct mqc_disconnect {
    /// Reason code; 0, as all have, before 5.0.
    uint8_t reason_code;
    /// Zero.
    uint8_t reserved[7];
    /// Properties, as those of mqc_publish.
    struct mqc_bytes properties;
} mqc_disconnect;

/// Who may publish and subscribe to what.
typedef uint32_t mqc_authorization;

/// What a broker has, and has done since it was made.
typedef struct mqc_broker_stats {
    /// Connections, also those whose CONNECT is to come.
    uint64_t connections;
    /// Sessions, with a connection or without.
    uint64_t sessions;
    /// Clients that are connected.
    uint64_t connected;
    /// Subscriptions.
    uint64_t subscriptions;
    /// Retained messages.
    uint64_t retained;
    /// Bytes of their payloads and properties.
    uint64_t retained_bytes;
    /// Bytes of messages that wait for receivers or for their acknowledgement.
    uint64_t queued_bytes;
    /// Clients that were let in.
    uint64_t connects;
    /// Clients that were refused.
    uint64_t refused;
    /// Connections whose client identifier another one has taken.
    uint64_t takeovers;
    /// Bytes that came.
    uint64_t bytes_received;
    /// Messages that came.
    uint64_t messages_received;
    /// Messages that went out.
    uint64_t messages_sent;
    /// Messages of QoS 0 for clients that were away.
    uint64_t dropped_offline;
    /// Messages for which there was no room.
    uint64_t dropped_full;
    /// Messages larger than their receivers take.
    uint64_t dropped_too_large;
    /// Messages that their receivers have refused.
    uint64_t dropped_refused;
    /// Messages whose time was over.
    uint64_t dropped_expired;
    /// What clients wanted to do and were not allowed to.
    uint64_t not_authorized;
    /// How often a publisher was made to wait for a receiver.
    uint64_t publisher_waits;
    /// Wills that were published.
    uint64_t wills;
    /// Sessions whose time was over.
    uint64_t sessions_expired;
} mqc_broker_stats;

/// What a client that is accepted is told beside what the broker says by itself. Zeroed memory says
/// nothing.
typedef struct mqc_admission {
    /// Another client identifier than its own, UTF-8: it is told, if it is a 5.0 client without one.
    struct mqc_bytes client_id;
    /// Another user name than its own, UTF-8: for rules, questions, and as the one whose session it is.
    struct mqc_bytes user_name;
    /// Further properties of CONNACK, or of the AUTH that ends a later authentication.
    struct mqc_bytes properties;
    /// 1 if `client_id` is one, else 0.
    uint8_t has_client_id;
    /// 1 if `user_name` is one, else 0.
    uint8_t has_user_name;
    /// Zero.
    uint8_t reserved[6];
} mqc_admission;

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

/// What changes in a store.
typedef uint32_t mqc_persist_kind;

/// One change of what a store keeps of a session. Keys sort as bytes.
typedef struct mqc_persist_op {
    /// `MQC_PERSIST_*`
    mqc_persist_kind kind;
    /// Zero.
    uint32_t reserved;
    /// Its number: each is one more than the one before, also over restarts.
    uint64_t seq;
    /// That of the owner, as was configured.
    uint64_t epoch;
    /// The key, of Put and Delete: at most 65,535 bytes and a few.
    struct mqc_bytes key;
    /// The value, of Put: as large as a packet may be, and a few bytes.
    struct mqc_bytes value;
} mqc_persist_op;

/// Who acknowledges the messages of the peer.
typedef uint32_t mqc_ack_mode;

/// What a session tells of its changes, and whether it waits for them to be safe.
typedef uint32_t mqc_durability;

/// How a server's session behaves. Begin with `MQC_SERVER_CONFIG_INIT`, the defaults. What it tells
/// the client is said in CONNACK.
typedef struct mqc_server_config {
    /// `sizeof(mqc_server_config)`: later versions may add fields at the end, with 0 as default.
    size_t struct_size;
    /// How long to wait for CONNECT, and in an authentication for the next step, in milliseconds.
    /// Default 30 s.
    uint32_t connect_timeout_ms;
    /// Largest CONNECT in bytes. Default 128 KiB.
    uint32_t max_connect_size;
    /// 1 to count what happens, for the stats; else 0. Default 1 for clients, 0 for servers.
    uint32_t stats;
    /// Largest packet of the peer in bytes, fixed header included. Default 1 MiB.
    uint32_t max_packet_size;
    /// User properties in one property section.
    uint32_t max_user_properties;
    /// Topic filters in one SUBSCRIBE or UNSUBSCRIBE, and codes in one SUBACK or UNSUBACK.
    uint32_t max_filters;
    /// Levels of a topic name or topic filter.
    uint32_t max_topic_levels;
    /// `MQC_ALLOW_*`, `MQC_CHECK_*` and `MQC_REJECT_*`, added up. Default 0.
    uint32_t switches;
    /// Who acknowledges messages: `MQC_ACK_*`. Default the session.
    mqc_ack_mode ack_mode;
    /// What is told of changes of what outlives a connection, and whether promises wait for it:
    /// `MQC_DURABILITY_*`. Default nothing.
    mqc_durability durability;
    /// Messages that may wait to be sent. Default 1,000.
    uint32_t queue_max_count;
    /// Messages of QoS 1 and 2 that may be sent and not acknowledged, if the peer does not take
    /// fewer; then further ones wait. 0 is 1. Default 65,535.
    uint16_t max_open;
    /// Topic aliases that are chosen for messages, at most (5.0). Default 0: none are.
    uint16_t max_auto_aliases;
    /// Bytes of the packets of the messages that wait. Default 1 MiB.
    size_t queue_max_bytes;
    /// Bytes of the packets that are sent and not acknowledged: when there are so many, further
    /// messages of QoS 1 and 2 wait. Default 4 MiB.
    size_t max_open_bytes;
    /// So many bytes may have been written and not be sent; then messages wait, and no more input
    /// is read. One packet more may be written. Default 256 KiB.
    size_t max_output;
    /// So many changes may wait to be polled; then no more input is read, and no message taken.
    /// Default 1,024.
    size_t persist_max_ops;
    /// The same in bytes of their keys and values. Default 1 MiB.
    size_t persist_max_bytes;
    /// Which owner of the session this is: it stands in each change, so that a store can refuse
    /// those of an owner whose place another one has taken, with a higher number. Default 0.
    uint64_t persist_epoch;
    /// The number of the last change that the store has of this session, or of one that had its
    /// place: a new session counts on from there. One that goes on knows it. Default 0.
    uint64_t persist_after;
} mqc_server_config;

/// Who may connect.
typedef uint32_t mqc_authentication;

/// What becomes of a client that takes less than it gets, when its queue is full.
typedef uint32_t mqc_slow_consumer;

/// Which member of a shared subscription gets a message.
typedef uint32_t mqc_broker_share;

/// How a broker behaves. Begin with `MQC_BROKER_CONFIG_INIT`, the defaults.
typedef struct mqc_broker_config {
    /// `sizeof(mqc_broker_config)`: later versions may add fields at the end, with 0 as default.
    size_t struct_size;
    /// What each connection may do and keep: sizes of packets, messages that wait, bytes that are
    /// not sent; and whether changes are told to a store. Who acknowledges is the broker's. Borrowed
    /// during the call; NULL for the defaults.
    const struct mqc_server_config *server;
    /// With `MQC_AUTHORIZATION_ACL`: the rules, copied before return. NULL otherwise.
    const struct mqc_acl *acl;
    /// Who may connect: `MQC_AUTHENTICATION_*`. Default all.
    mqc_authentication authentication;
    /// Who may publish and subscribe to what: `MQC_AUTHORIZATION_*`. Default everything.
    mqc_authorization authorization;
    /// What becomes of slow clients: `MQC_SLOW_CONSUMER_*`. Default: messages are dropped.
    mqc_slow_consumer slow_consumer;
    /// Who of a shared subscription gets a message: `MQC_BROKER_SHARE_*`. Default one after the other.
    mqc_broker_share share;
    /// For how many seconds a session may outlive its connection. Default for ever.
    uint32_t max_session_expiry;
    /// So long the input of a client waits, at most, when it has published to one whose queue is half
    /// full, in milliseconds. Default 0: nobody waits.
    uint32_t max_publisher_wait_ms;
    /// How often `$SYS` topics are published, in milliseconds; 0 for never. Default 10 s.
    uint32_t sys_interval_ms;
    /// How many messages of QoS 1 and 2 a 5.0 client may have open. Default 100. 0 is 1.
    uint16_t receive_maximum;
    /// How many topic aliases a 5.0 client may set. Default 10.
    uint16_t topic_alias_maximum;
    /// The longest keep alive in seconds; 0 for any. A 5.0 client that asks for more, or for none, is
    /// told this one. Default 0.
    uint16_t max_keep_alive;
    /// The highest QoS. Default 2.
    mqc_qos max_qos;
    /// 1 if a session is its user's, with `MQC_AUTHENTICATION_ASK`: nobody else connects with its
    /// client identifier; else 0. Default 1.
    uint8_t sessions_of_users;
    /// 1 if there are retained messages, else 0. Default 1.
    uint8_t retain_available;
    /// 1 if filters may have wildcards, else 0. Default 1.
    uint8_t wildcards_available;
    /// 1 if there are shared subscriptions, else 0. Default 1.
    uint8_t shared_available;
    /// 1 if subscriptions may have identifiers, else 0. Default 1.
    uint8_t subscription_ids_available;
    /// 1 if messages of QoS 0 wait for clients that are away, else 0. Default 0.
    uint8_t queue_qos_0;
    /// Zero.
    uint8_t reserved[7];
    /// Connections, also those whose CONNECT is to come. Default 100,000.
    size_t max_connections;
    /// Sessions, with a connection or without. Default 200,000.
    size_t max_sessions;
    /// Subscriptions of all sessions. Default 10,000,000.
    size_t max_subscriptions;
    /// Subscriptions of one session. Default 1,000.
    size_t max_subscriptions_per_client;
    /// Levels of a topic filter or of a retained message's topic. Default 128.
    size_t max_levels;
    /// Retained messages. Default 1,000,000.
    size_t max_retained;
    /// Bytes of retained payloads and properties. Default 1 GiB.
    size_t max_retained_bytes;
    /// Bytes of all messages that wait for receivers or for their acknowledgement. Default 1 GiB.
    size_t max_queued_bytes;
    /// Bytes of messages and questions for the caller. Default 16 MiB.
    size_t max_event_bytes;
} mqc_broker_config;

/// What is wrong with what a store gives back, and where.
typedef struct mqc_store_error {
    /// What: the `MQC_ERR_STORE_*` that the function returned.
    mqc_status kind;
    /// The first byte of the key at fault, or 0.
    uint8_t key_kind;
    /// With `MQC_ERR_STORE_FORMAT`: the format.
    uint8_t format;
    /// Zero.
    uint16_t reserved;
    /// Where: in the page, in the journal, or in the value, in bytes.
    uint64_t offset;
    /// With `MQC_ERR_STORE_OUT_OF_ORDER` and `MQC_ERR_STORE_EPOCH`: the number that was to come.
    uint64_t expected;
    /// That which came.
    uint64_t found;
} mqc_store_error;

/// Which event it is, and with it which member of the body is set.
typedef uint32_t mqc_broker_event_kind;

/// A version of the protocol: the protocol level byte of CONNECT.
typedef uint32_t mqc_version;

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

/// AUTH: one step of enhanced authentication (5.0).
typedef struct mqc_auth {
    /// Reason code.
    uint8_t reason_code;
    /// Zero.
    uint8_t reserved[7];
    /// Properties, as those of mqc_publish.
    struct mqc_bytes properties;
} mqc_auth;

/// What a client wants to do.
typedef uint32_t mqc_action;

/// A client wants to publish or to subscribe.
typedef struct mqc_broker_event_authorize {
    /// Its client identifier.
    struct mqc_bytes client_id;
    /// Its user name.
    struct mqc_bytes user_name;
    /// 1 if it has a user name, else 0.
    uint32_t has_user_name;
    /// What: `MQC_ACTION_*`.
    mqc_action action;
    /// With `MQC_ACTION_PUBLISH`: the message; else zeros.
    struct mqc_publish publish;
    /// With `MQC_ACTION_SUBSCRIBE`: the filter and its options; else zeros.
    struct mqc_subscription subscription;
} mqc_broker_event_authorize;

/// A client has been let in.
typedef struct mqc_broker_event_connected {
    /// Its client identifier, which may have been made up.
    struct mqc_bytes client_id;
    /// 1 if its session goes on, else 0.
    uint32_t session_present;
    /// Zero.
    uint32_t reserved;
} mqc_broker_event_connected;

/// A message for a subscription of the caller's.
typedef struct mqc_broker_event_message {
    /// That of mqc_broker_subscribe().
    uint64_t token;
    /// The message.
    struct mqc_publish publish;
} mqc_broker_event_message;

/// Another broker has the store.
typedef struct mqc_broker_event_fenced {
    /// Its epoch.
    uint64_t epoch;
} mqc_broker_event_fenced;

/// Why a connection has ended.
typedef uint32_t mqc_close_reason;

/// What a session waits for, up to a deadline.
typedef uint32_t mqc_timer;

/// How a peer broke the protocol with a legal packet.
typedef uint32_t mqc_violation;

/// The type of a packet: the upper half of its first byte.
typedef uint32_t mqc_packet_type;

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

/// The connection is over.
typedef struct mqc_event_closed {
    /// Why: `MQC_CLOSE_*`.
    mqc_close_reason reason;
    /// Which timer ran out: `MQC_TIMER_*`.
    mqc_timer timer;
    /// How the peer broke the protocol: `MQC_VIOLATION_*`.
    mqc_violation violation;
    /// The packet that has no place here.
    mqc_packet_type packet_type;
    /// The code of the DISCONNECT or CONNACK, or the one that answers the fault; else 0.
    uint8_t reason_code;
    /// 1 if the peer did something wrong, or nothing at all; else 0.
    uint8_t is_fault;
    /// Zero.
    uint8_t reserved[6];
    /// The properties of the DISCONNECT or CONNACK, as those of mqc_publish.
    struct mqc_bytes properties;
    /// What is wrong with the bytes; its `kind` is `MQC_OK` if nothing is.
    struct mqc_decode_error decode_error;
} mqc_event_closed;

/// What belongs to an event; its kind says which member is set.
typedef union mqc_broker_event_body {
    /// `MQC_BROKER_EVENT_AUTHENTICATE`
    struct mqc_connect authenticate;
    /// `MQC_BROKER_EVENT_AUTH`
    struct mqc_auth auth;
    /// `MQC_BROKER_EVENT_AUTHORIZE`
    struct mqc_broker_event_authorize authorize;
    /// `MQC_BROKER_EVENT_CONNECTED`
    struct mqc_broker_event_connected connected;
    /// `MQC_BROKER_EVENT_MESSAGE`
    struct mqc_broker_event_message message;
    /// `MQC_BROKER_EVENT_FENCED`
    struct mqc_broker_event_fenced fenced;
    /// `MQC_BROKER_EVENT_CLOSED`
    struct mqc_event_closed closed;
    /// Room for fields to come, so that this structure keeps its size.
    uint64_t reserved[32];
} mqc_broker_event_body;

/// Something that a broker asks or reports.
typedef struct mqc_broker_event {
    /// `MQC_BROKER_EVENT_*`
    mqc_broker_event_kind kind;
    /// Zero.
    uint32_t reserved;
    /// The connection that it is about; `MQC_CONN_NONE` if there is none.
    mqc_conn conn;
    /// What belongs to it.
    union mqc_broker_event_body body;
} mqc_broker_event;

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

/// What a session's state has, in numbers.
typedef struct mqc_session_info {
    /// Messages that were sent and are not done.
    uint64_t open_messages;
    /// Messages that wait to be sent.
    uint64_t queued_messages;
    /// When the session ends, in Unix milliseconds, of a server's session that is stored; 0 if it
    /// never does, or if it had a connection when it was stored, or the time was never told: then
    /// its interval begins now.
    uint64_t ends_unix_ms;
    /// Its Session Expiry Interval in seconds, of a server's session that is stored; UINT32_MAX for
    /// ever.
    uint32_t session_expiry;
    /// 1 if the next connection of a client is to ask for a Clean Start, for the server's session
    /// may be another one than this; else 0.
    uint8_t wants_clean_start;
    /// Zero.
    uint8_t reserved[3];
    /// Room for numbers to come, so that this structure keeps its size.
    uint64_t reserved_2[4];
} mqc_session_info;

/// A subscription of a stored session.
typedef struct mqc_stored_subscription {
    /// The filter and its options.
    struct mqc_subscription subscription;
    /// Its Subscription Identifier; 0 if it has none.
    uint32_t identifier;
    /// Zero.
    uint32_t reserved;
} mqc_stored_subscription;

/// A message that a server is to publish when a client is gone.
typedef struct mqc_will {
    /// 1 if there is one, else 0; the other fields mean nothing then.
    uint8_t has_will;
    /// QoS that it is published with.
    mqc_qos qos;
    /// 1 if it is published as a retained message, else 0.
    uint8_t retain;
    /// Zero.
    uint8_t reserved;
    /// How many seconds after the end of the connection it is to be published: its Will Delay
    /// Interval, or less if the session ends sooner.
    uint32_t delay;
    /// Topic name, UTF-8.
    struct mqc_bytes topic;
    /// Properties, as those of mqc_publish; the Will Delay Interval is among them.
    struct mqc_bytes properties;
    /// Payload.
    struct mqc_bytes payload;
} mqc_will;

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

/// What becomes of open messages when the server has lost the session.
typedef uint32_t mqc_session_lost;

/// How a client's session behaves. Begin with `MQC_CLIENT_CONFIG_INIT`, the defaults. What it tells
/// the server (keep alive, Receive Maximum and such) is said in CONNECT.
typedef struct mqc_client_config {
    /// `sizeof(mqc_client_config)`: later versions may add fields at the end, with 0 as default.
    size_t struct_size;
    /// The version that is spoken. Default 5.0.
    mqc_version version;
    /// How long to wait for CONNACK, and in an authentication for the next step, in milliseconds.
    /// Default 30 s.
    uint32_t connect_timeout_ms;
    /// How long the server may be silent after a PINGREQ, in milliseconds. Default 10 s.
    uint32_t ping_timeout_ms;
    /// What becomes of open messages when the server has lost the session: `MQC_SESSION_LOST_*`.
    /// Default: dropped.
    mqc_session_lost session_lost;
    /// 1 to count what happens, for the stats; else 0. Default 1 for clients, 0 for servers.
    uint32_t stats;
    /// Largest packet of the peer in bytes, fixed header included. Default 1 MiB.
    uint32_t max_packet_size;
    /// User properties in one property section.
    uint32_t max_user_properties;
    /// Topic filters in one SUBSCRIBE or UNSUBSCRIBE, and codes in one SUBACK or UNSUBACK.
    uint32_t max_filters;
    /// Levels of a topic name or topic filter.
    uint32_t max_topic_levels;
    /// `MQC_ALLOW_*`, `MQC_CHECK_*` and `MQC_REJECT_*`, added up. Default 0.
    uint32_t switches;
    /// Who acknowledges messages: `MQC_ACK_*`. Default the session.
    mqc_ack_mode ack_mode;
    /// What is told of changes of what outlives a connection, and whether promises wait for it:
    /// `MQC_DURABILITY_*`. Default nothing.
    mqc_durability durability;
    /// Messages that may wait to be sent. Default 1,000.
    uint32_t queue_max_count;
    /// Messages of QoS 1 and 2 that may be sent and not acknowledged, if the peer does not take
    /// fewer; then further ones wait. 0 is 1. Default 65,535.
    uint16_t max_open;
    /// Topic aliases that are chosen for messages, at most (5.0). Default 0: none are.
    uint16_t max_auto_aliases;
    /// Bytes of the packets of the messages that wait. Default 1 MiB.
    size_t queue_max_bytes;
    /// Bytes of the packets that are sent and not acknowledged: when there are so many, further
    /// messages of QoS 1 and 2 wait. Default 4 MiB.
    size_t max_open_bytes;
    /// So many bytes may have been written and not be sent; then messages wait, and no more input
    /// is read. One packet more may be written. Default 256 KiB.
    size_t max_output;
    /// So many changes may wait to be polled; then no more input is read, and no message taken.
    /// Default 1,024.
    size_t persist_max_ops;
    /// The same in bytes of their keys and values. Default 1 MiB.
    size_t persist_max_bytes;
    /// Which owner of the session this is: it stands in each change, so that a store can refuse
    /// those of an owner whose place another one has taken, with a higher number. Default 0.
    uint64_t persist_epoch;
    /// The number of the last change that the store has of this session, or of one that had its
    /// place: a new session counts on from there. One that goes on knows it. Default 0.
    uint64_t persist_after;
} mqc_client_config;

/// What to do with a message that cannot be sent now.
typedef uint32_t mqc_when_full;

/// What became of a message.
typedef uint32_t mqc_publish_status;

/// What became of a message, and its packet identifier.
typedef struct mqc_publish_result {
    /// `MQC_PUBLISH_*`
    mqc_publish_status status;
    /// 0 if it has none: its QoS is 0, or it waits.
    uint16_t packet_id;
    /// Zero.
    uint16_t reserved;
} mqc_publish_result;

/// What has happened.
typedef uint32_t mqc_event_kind;

/// What became of the session of before.
typedef uint32_t mqc_session_start;

/// Client: the server has accepted the CONNECT.
typedef struct mqc_event_connected {
    /// Its answer, with its limits and what it assigns.
    struct mqc_connack connack;
    /// What became of the session of before: `MQC_SESSION_START_*`.
    mqc_session_start session;
    /// Zero.
    uint32_t reserved;
    /// With `MQC_SESSION_START_LOST`: how many open messages that concerns.
    uint64_t dropped;
} mqc_event_connected;

/// The right to acknowledge one message, once. It is of use with the session that gave it, and with
/// the one that goes on with its state.
typedef struct mqc_ack_token {
    /// Of no meaning to the caller.
    uint64_t number;
    /// The packet identifier of the message; 0 if there is nothing to acknowledge.
    uint16_t packet_id;
    /// Zero.
    uint8_t reserved[6];
} mqc_ack_token;

/// A message has come.
typedef struct mqc_event_message {
    /// The message; its topic is never an alias, and there is none among its properties.
    struct mqc_publish publish;
    /// What acknowledges it; its `packet_id` is 0 if there is nothing to acknowledge.
    struct mqc_ack_token ack;
    /// The change that its acknowledgement waits for, if the session gives it and changes are told;
    /// else 0. What is made of the message is to be safe before this number is reported with
    /// mqc_client_persisted() or mqc_server_persisted().
    uint64_t seq;
} mqc_event_message;

/// A message of QoS 1 or 2 is done.
typedef struct mqc_event_published {
    /// The caller's number for it.
    uint64_t token;
    /// Its packet identifier, which is free now.
    uint16_t packet_id;
    /// The code of PUBACK or PUBREC; from 0x80 on the peer has refused it.
    uint8_t reason_code;
    /// Zero.
    uint8_t reserved[5];
    /// The properties of the packet that ended it, as those of mqc_publish.
    struct mqc_bytes properties;
} mqc_event_published;

/// Why a message is gone.
typedef uint32_t mqc_drop_reason;

/// A message is gone.
typedef struct mqc_event_dropped {
    /// The caller's number for it.
    uint64_t token;
    /// Why: `MQC_DROP_*`.
    mqc_drop_reason why;
    /// Zero.
    uint32_t reserved;
} mqc_event_dropped;

/// Another owner has the session. What the store has is the other's; what it does not have has not
/// been promised to anyone.
typedef struct mqc_event_fenced {
    /// The epoch of the other.
    uint64_t epoch;
} mqc_event_fenced;

/// Client: SUBSCRIBE or UNSUBSCRIBE is answered.
typedef struct mqc_event_subscribed {
    /// The caller's number for it.
    uint64_t token;
    /// Its packet identifier, which is free now.
    uint16_t packet_id;
    /// Zero.
    uint8_t reserved[6];
    /// The properties of the answer, as those of mqc_publish.
    struct mqc_bytes properties;
    /// A code for each filter, in their order, a byte each; none in an UNSUBACK before 5.0.
    struct mqc_bytes reason_codes;
} mqc_event_subscribed;

/// The fields of an event; `kind` says which member is set.
typedef union mqc_event_body {
    /// `MQC_EVENT_CONNECTED`
    struct mqc_event_connected connected;
    /// `MQC_EVENT_CONNECT`
    struct mqc_connect connect;
    /// `MQC_EVENT_MESSAGE`
    struct mqc_event_message message;
    /// `MQC_EVENT_PUBLISHED`
    struct mqc_event_published published;
    /// `MQC_EVENT_DROPPED`
    struct mqc_event_dropped dropped;
    /// `MQC_EVENT_FENCED`
    struct mqc_event_fenced fenced;
    /// `MQC_EVENT_SUBSCRIBED`
    struct mqc_event_subscribed subscribed;
    /// `MQC_EVENT_UNSUBSCRIBED`
    struct mqc_event_subscribed unsubscribed;
    /// `MQC_EVENT_SUBSCRIBE`
    struct mqc_subscribe subscribe;
    /// `MQC_EVENT_UNSUBSCRIBE`
    struct mqc_unsubscribe unsubscribe;
    /// `MQC_EVENT_AUTH`
    struct mqc_auth auth;
    /// `MQC_EVENT_CLOSED`
    struct mqc_event_closed closed;
    /// Room for fields to come, so that this structure keeps its size.
    uint64_t reserved[32];
} mqc_event_body;

/// What has happened, in memory of the caller.
typedef struct mqc_event {
    /// `MQC_EVENT_*`
    mqc_event_kind kind;
    /// Zero.
    uint32_t reserved;
    /// Its fields.
    union mqc_event_body body;
} mqc_event;

/// What there is no room for.
typedef uint32_t mqc_would_block;

/// Why a session has refused a command: more than the status says.
typedef struct mqc_refusal {
    /// The status of the last command that the session has refused; `MQC_OK` if it has refused
    /// none.
    mqc_status status;
    /// With `MQC_WOULD_BLOCK`: what there is no room for.
    mqc_would_block would_block;
    /// With `MQC_PACKET_TOO_LARGE`: the limit of the peer in bytes.
    uint32_t max_packet_size;
    /// With `MQC_NOT_SUPPORTED`: the code with which the peer would refuse it.
    uint8_t reason_code;
    /// Zero.
    uint8_t reserved[3];
} mqc_refusal;

/// Messages of one direction, by QoS.
typedef struct mqc_traffic {
    /// How many, of QoS 0, 1, 2.
    uint64_t messages[3];
    /// Bytes of their packets, of QoS 0, 1, 2.
    uint64_t bytes[3];
} mqc_traffic;

/// The least, the most and the sum of some numbers.
typedef struct mqc_spread {
    /// The least; 0 if there are none.
    uint64_t min;
    /// The most.
    uint64_t max;
    /// All added up.
    uint64_t sum;
    /// How many there are.
    uint64_t count;
} mqc_spread;

/// What a session has done since it was made or its numbers were reset.
typedef struct mqc_stats {
    /// 1 if it is counted, as was configured; else 0, and so are all numbers.
    uint64_t is_counted;
    /// Messages of this side, each time they were written: those that were sent again count again.
    struct mqc_traffic sent;
    /// Messages of the peer, each time they came.
    struct mqc_traffic received;
    /// Connections that came as far as CONNACK.
    uint64_t connects;
    /// Connections that have ended, of those.
    uint64_t disconnects;
    /// Connections that a fault or a silence of the peer has ended, messages that it has refused,
    /// and messages that were dropped.
    uint64_t errors;
    /// Messages that are sent and not done, now.
    uint64_t in_flight;
    /// Messages that wait to be sent, now; also those that have expired and were not dropped yet.
    uint64_t queued;
    /// Bytes of their packets, now.
    uint64_t queued_bytes;
    /// How long messages of the peer waited to be polled, in milliseconds.
    struct mqc_spread latency;
    /// How many messages came with one input.
    struct mqc_spread batch;
    /// Since when it is counted, in the caller's milliseconds.
    uint64_t from_ms;
    /// Until when it is counted.
    uint64_t to_ms;
    /// Room for numbers to come, so that this structure keeps its size.
    uint64_t reserved[8];
} mqc_stats;

/// How to wait between attempts. Begin with `MQC_BACKOFF_INIT`, the defaults.
typedef struct mqc_backoff {
    /// `sizeof(mqc_backoff)`: later versions may add fields at the end, with 0 as default.
    size_t struct_size;
    /// The first wait, in milliseconds. Default 1 s.
    uint32_t initial_ms;
    /// The longest wait, in milliseconds. Default 60 s.
    uint32_t max_ms;
    /// Each wait is so many percent of the one before. Default 200; below 100 counts as 100.
    uint32_t multiplier_percent;
    /// A wait is shorter by up to so many percent, as a number of the caller says, so that clients
    /// of one server do not all come at once. Default 20; above 100 counts as 100.
    uint32_t jitter_percent;
    /// A connection that has lasted so long begins anew with the first wait, in milliseconds.
    /// Default 30 s.
    uint32_t stable_after_ms;
    /// Zero.
    uint32_t reserved;
} mqc_backoff;

/// Why a message has not arrived.
typedef uint32_t mqc_publish_failure;

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

/// No connection.
#define MQC_CONN_NONE 0

/// Everybody.
#define MQC_AUTHENTICATION_ALLOW_ALL 0

/// The caller says, for each: `MQC_BROKER_EVENT_AUTHENTICATE`.
#define MQC_AUTHENTICATION_ASK 1

/// Everybody everything.
#define MQC_AUTHORIZATION_ALLOW_ALL 0

/// As rules say.
#define MQC_AUTHORIZATION_ACL 1

/// The caller says, for each message and each filter: `MQC_BROKER_EVENT_AUTHORIZE`.
#define MQC_AUTHORIZATION_ASK 2

/// The oldest messages of QoS 0 that wait are dropped for a new one; if there are not enough, the new
/// one is.
#define MQC_SLOW_CONSUMER_DROP 0

/// Its connection ends: Quota exceeded.
#define MQC_SLOW_CONSUMER_DISCONNECT 1

/// One after the other.
#define MQC_BROKER_SHARE_ROUND_ROBIN 0

/// The same one, as long as it can.
#define MQC_BROKER_SHARE_STICKY 1

/// None: all have been polled.
#define MQC_BROKER_EVENT_NONE 0

/// A client wants in, with `MQC_AUTHENTICATION_ASK`: `authenticate`. The answer is mqc_broker_accept(),
/// mqc_broker_refuse() or mqc_broker_challenge(), now or later; nothing more is read of it until then.
#define MQC_BROKER_EVENT_AUTHENTICATE 1

/// The next step of an authentication (5.0): `auth`. It is answered as the first one.
#define MQC_BROKER_EVENT_AUTH 2

/// A client wants to publish or to subscribe, with `MQC_AUTHORIZATION_ASK`: `authorize`. The answer is
/// mqc_broker_authorize(), now or later; nothing more is read of it until then.
#define MQC_BROKER_EVENT_AUTHORIZE 3

/// A client has been let in: `connected`.
#define MQC_BROKER_EVENT_CONNECTED 4

/// A message for a subscription of the caller's: `message`.
#define MQC_BROKER_EVENT_MESSAGE 5

/// Another broker has the store: `fenced`.
#define MQC_BROKER_EVENT_FENCED 6

/// A connection is over: `closed`. What there is to be sent can still be sent; then its transport is to
/// be closed, and mqc_broker_handle_eof() called.
#define MQC_BROKER_EVENT_CLOSED 7

/// One that this header does not name.
#define MQC_BROKER_EVENT_OTHER 255

/// To publish: `publish`.
#define MQC_ACTION_PUBLISH 1

/// To subscribe: `subscription`.
#define MQC_ACTION_SUBSCRIBE 2

/// Something that this header does not name: refuse it.
#define MQC_ACTION_OTHER 255

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

/// Nothing: all has been polled.
#define MQC_PERSIST_NONE 0

/// The key has this value from now on.
#define MQC_PERSIST_PUT 1

/// The key is gone. It may not have been there.
#define MQC_PERSIST_DELETE 2

/// All keys of the session are gone.
#define MQC_PERSIST_CLEAR 3

/// Nothing changes, but an acknowledgement waits for this number: what was made of the messages
/// that have come is to be safe before it is reported.
#define MQC_PERSIST_MARK 4

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

/// The session, when it hands out the event.
#define MQC_ACK_AUTO 0

/// The caller, with the token of the event.
#define MQC_ACK_MANUAL 1

/// Each is dropped, with an event.
#define MQC_SESSION_LOST_DROP 0

/// Those whose PUBREC has not come are published again as new, before all others: a message that
/// had arrived arrives twice.
#define MQC_SESSION_LOST_PUBLISH_AGAIN 1

/// Nothing is told: the session lives as long as its process.
#define MQC_DURABILITY_OFF 0

/// Changes are told, and nothing waits for them.
#define MQC_DURABILITY_REPORT 1

/// Changes are told, and what depends on them waits until they are safe.
#define MQC_DURABILITY_GATE 2

/// It waits, if there is room in the queue.
#define MQC_WHEN_FULL_QUEUE 0

/// It is turned away.
#define MQC_WHEN_FULL_REJECT 1

/// It waits; if there is no room, the oldest messages of QoS 0 that wait are dropped for it.
#define MQC_WHEN_FULL_DROP_OLDEST_QOS0 2

/// Nothing: all has been polled.
#define MQC_EVENT_NONE 0

/// Client: the server has accepted the CONNECT: `connected`.
#define MQC_EVENT_CONNECTED 1

/// Server: a client wants to connect: `connect`. Answer with mqc_server_accept() or
/// mqc_server_refuse().
#define MQC_EVENT_CONNECT 2

/// A message has come: `message`.
#define MQC_EVENT_MESSAGE 3

/// A message of QoS 1 or 2 is done: the peer has it, or has refused it: `published`.
#define MQC_EVENT_PUBLISHED 4

/// A message is gone without having been delivered for certain: `dropped`.
#define MQC_EVENT_DROPPED 5

/// Another owner has the session, as the caller has said: `fenced`.
#define MQC_EVENT_FENCED 6

/// There is room again for what was turned away with `MQC_WOULD_BLOCK`. It has no fields.
#define MQC_EVENT_WRITABLE 7

/// Client: SUBSCRIBE is answered: `subscribed`.
#define MQC_EVENT_SUBSCRIBED 8

/// Client: UNSUBSCRIBE is answered: `unsubscribed`.
#define MQC_EVENT_UNSUBSCRIBED 9

/// Server: answer with mqc_server_suback(): `subscribe`.
#define MQC_EVENT_SUBSCRIBE 10

/// Server: answer with mqc_server_unsuback(): `unsubscribe`.
#define MQC_EVENT_UNSUBSCRIBE 11

/// One step of an enhanced authentication: `auth`.
#define MQC_EVENT_AUTH 12

/// The connection is over, the last event of it: `closed`. What is still to be sent goes out before
/// the transport is closed.
#define MQC_EVENT_CLOSED 13

/// Something that this header does not name. It may be passed over.
#define MQC_EVENT_OTHER 255

/// There was none, or none was asked for.
#define MQC_SESSION_START_NEW 0

/// Both sides have it: open messages go on.
#define MQC_SESSION_START_RESUMED 1

/// The server does not have it. Each open message is dropped, or published again as new, as was
/// configured.
#define MQC_SESSION_START_LOST 2

/// Something that this header does not name.
#define MQC_SESSION_START_OTHER 255

/// The server lost the session; whether the message was delivered is not known.
#define MQC_DROP_SESSION_LOST 1

/// Its Message Expiry Interval ran out while it waited.
#define MQC_DROP_EXPIRED 2

/// A newer message needed its room, or the state with which a session goes on has none for it.
#define MQC_DROP_QUEUE_FULL 3

/// It is larger than the peer takes, which was not known when it was queued.
#define MQC_DROP_TOO_LARGE 4

/// The peer does not take messages like it, which was not known when it was queued: QoS, retain.
#define MQC_DROP_NOT_SUPPORTED 5

/// Something that this header does not name.
#define MQC_DROP_OTHER 255

/// The transport came to its end without a word.
#define MQC_CLOSE_EOF 1

/// The caller said DISCONNECT, or refused the CONNECT.
#define MQC_CLOSE_LOCAL 2

/// The peer said DISCONNECT: `reason_code`, `properties`.
#define MQC_CLOSE_DISCONNECT 3

/// The server refused the CONNECT: `reason_code`, `properties` of its CONNACK.
#define MQC_CLOSE_REFUSED 4

/// The peer sent what is no legal packet: `decode_error`.
#define MQC_CLOSE_MALFORMED 5

/// The peer sent a legal packet that breaks the protocol here: `violation`.
#define MQC_CLOSE_VIOLATION 6

/// The peer has been silent for too long: `timer`.
#define MQC_CLOSE_TIMEOUT 7

/// Another connection took over the session.
#define MQC_CLOSE_TAKEN_OVER 8

/// Another owner took over the session.
#define MQC_CLOSE_FENCED 9

/// Something that this header does not name.
#define MQC_CLOSE_OTHER 255

/// It did not.
#define MQC_VIOLATION_NONE 0

/// A packet that has no place here: `packet_type`.
#define MQC_VIOLATION_UNEXPECTED 1

/// More QoS 1 and 2 messages than this side's Receive Maximum.
#define MQC_VIOLATION_RECEIVE_MAXIMUM 2

/// A topic alias of 0 or above this side's maximum.
#define MQC_VIOLATION_TOPIC_ALIAS 3

/// A topic alias that has no topic.
#define MQC_VIOLATION_UNKNOWN_TOPIC_ALIAS 4

/// Session Present, although this side has no session.
#define MQC_VIOLATION_SESSION_PRESENT 5

/// A SUBACK or UNSUBACK with another number of codes than there were filters.
#define MQC_VIOLATION_REASON_CODE_COUNT 6

/// AUTH or CONNACK with another method than CONNECT, or without its method.
#define MQC_VIOLATION_AUTHENTICATION_METHOD 7

/// DISCONNECT sets a Session Expiry Interval, although CONNECT had none.
#define MQC_VIOLATION_SESSION_EXPIRY 8

/// Something that CONNACK has said this server does not support: `reason_code`.
#define MQC_VIOLATION_NOT_SUPPORTED 9

/// Something that this header does not name.
#define MQC_VIOLATION_OTHER 255

/// Nothing.
#define MQC_TIMER_NONE 0

/// The packet that begins a connection: CONNECT, or CONNACK.
#define MQC_TIMER_CONNECT 1

/// It is time for PINGREQ.
#define MQC_TIMER_PING 2

/// PINGRESP is to come.
#define MQC_TIMER_PING_RESPONSE 3

/// Anything is to come from the client: one and a half times the keep alive.
#define MQC_TIMER_KEEP_ALIVE 4

/// Something that this header does not name.
#define MQC_TIMER_OTHER 255

/// It has been written; with a packet identifier, if its QoS is 1 or 2.
#define MQC_PUBLISH_SENT 1

/// It waits to be sent.
#define MQC_PUBLISH_QUEUED 2

/// The session did not take it: the status that it gave.
#define MQC_FAILURE_NOT_TAKEN 1

/// The session dropped it: `MQC_DROP_*`.
#define MQC_FAILURE_DROPPED 2

/// The peer refused it: a code from 0x80 on.
#define MQC_FAILURE_REFUSED 3

/// The last command was not refused for lack of room.
#define MQC_WOULD_BLOCK_NONE 0

/// The peer's Receive Maximum is used up, as many bytes are open as may, or messages wait already;
/// the message was not to wait.
#define MQC_WOULD_BLOCK_RECEIVE_MAXIMUM 1

/// Every packet identifier is in use.
#define MQC_WOULD_BLOCK_PACKET_IDS 2

/// The queue has as many messages as it may.
#define MQC_WOULD_BLOCK_QUEUE_COUNT 3

/// The queue has as many bytes as it may.
#define MQC_WOULD_BLOCK_QUEUE_BYTES 4

/// What was written before has not been sent yet.
#define MQC_WOULD_BLOCK_OUTPUT 5

/// Events wait to be polled.
#define MQC_WOULD_BLOCK_EVENTS 6

/// As many changes wait to be polled as may.
#define MQC_WOULD_BLOCK_PERSIST 7

/// Something that this header does not name.
#define MQC_WOULD_BLOCK_OTHER 255

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

/// There is no room for one more.
#define MQC_FULL 400

/// The broker is shutting down.
#define MQC_SHUTTING_DOWN 401

/// There is none of that name; a connection of that name is over.
#define MQC_UNKNOWN 402

/// Nothing was asked that this could answer.
#define MQC_NOT_ASKED 403

/// A rule of who may publish and subscribe to what is none.
#define MQC_ERR_ACL 404

/// A defect of the library was caught at its boundary. Outputs are untouched.
#define MQC_PANIC 200

/// There is no room now. Nothing is wrong: try again after `MQC_EVENT_WRITABLE`.
#define MQC_WOULD_BLOCK 300

/// There is no connection, or it is not far enough for this.
#define MQC_NOT_CONNECTED 301

/// There is a connection already.
#define MQC_CONNECTED 302

/// The packet is larger than the peer takes.
#define MQC_PACKET_TOO_LARGE 303

/// The peer said that it does not take this.
#define MQC_NOT_SUPPORTED 304

/// This may not be sent now: out of order, or by this side.
#define MQC_NOT_ALLOWED 305

/// There is no packet that waits for this acknowledgement: its connection is gone.
#define MQC_UNKNOWN_TOKEN 306

/// The connection is about to end, as the caller has said.
#define MQC_QUIESCING 307

/// Another owner has the session.
#define MQC_FENCED 308

/// What the object had was taken out of it. Only its `_free` works.
#define MQC_SPENT 309

/// The session does not take the command for a reason that this header does not name.
#define MQC_REFUSED_OTHER 399

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

/// The index has changed since, or was given to a function that might have changed it, also if that
/// failed: begin anew.
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

/// What a store gives back is wrong in a way that this header does not name.
#define MQC_ERR_STORE_OTHER 3000

/// It ends too early. At the end of a journal: the last write was cut off, and what is before
/// holds.
#define MQC_ERR_STORE_TRUNCATED 3001

/// It does not begin like a page, or a journal.
#define MQC_ERR_STORE_NOT_OURS 3002

/// It is of an older or newer format.
#define MQC_ERR_STORE_FORMAT 3003

/// Its checksum is another one.
#define MQC_ERR_STORE_CHECKSUM 3004

/// Bytes lie behind the end.
#define MQC_ERR_STORE_TRAILING 3005

/// A page or change is not the one that is to come next.
#define MQC_ERR_STORE_OUT_OF_ORDER 3006

/// The change is of an owner before.
#define MQC_ERR_STORE_EPOCH 3007

/// A page is missing at the end.
#define MQC_ERR_STORE_UNFINISHED 3008

/// A key of a kind that this version does not know; it may be skipped.
#define MQC_ERR_STORE_UNKNOWN_KEY 3009

/// The value of a key does not say what it should.
#define MQC_ERR_STORE_VALUE 3010

/// Values do not go together.
#define MQC_ERR_STORE_CONTRADICTION 3011

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

/// Reads rules: a line each, such as `allow publish user anna sensors/%u/#` or `deny all #`; what
/// no rule speaks of is denied, unless `default allow` stands among them.
///
/// @param text      UTF-8
/// @param out       written with MQC_OK
/// @param error     written with MQC_ERR_ACL; may be NULL
///
/// Ownership: `text` is copied before return; `*out` is the caller's, to be freed with
///   mqc_acl_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_UTF8 or MQC_ERR_ACL.
/// Cost: O(bytes), allocates the rules. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such memory, `text` to its bytes.
mqc_status mqc_acl_parse(struct mqc_bytes text, struct mqc_acl **out, struct mqc_acl_error *error);

/// Frees rules; NULL is fine. Brokers have copies of their own.
///
/// @param acl       of no use after the call
///
/// Ownership: `acl` is taken.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(rules). Since 0.1.
///
/// # Safety
/// `acl` is NULL or came from mqc_acl_parse(), and is not used any more.
void mqc_acl_free(struct mqc_acl *acl);

/// Says whether a client may publish to this topic.
///
/// @param acl       made with mqc_acl_parse()
/// @param client_id UTF-8
/// @param user_name UTF-8; NULL if the client has none
/// @param topic     UTF-8
/// @param out       written with MQC_OK: 1 or 0
///
/// Ownership: all is borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_ERR_UTF8, or the MQC_ERR_* of
///   a topic that is not legal.
/// Cost: O(rules), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects, views to their bytes; no other thread changes `acl`.
mqc_status mqc_acl_allows_publish(const struct mqc_acl *acl,
                                  struct mqc_bytes client_id,
                                  const struct mqc_bytes *user_name,
                                  struct mqc_bytes topic,
                                  uint8_t *out);

/// Says whether a client may subscribe to this filter.
///
/// @param acl       made with mqc_acl_parse()
/// @param client_id UTF-8
/// @param user_name UTF-8; NULL if the client has none
/// @param filter    UTF-8
/// @param out       written with MQC_OK: 1 or 0
///
/// Ownership: all is borrowed during the call.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_ERR_UTF8, or the MQC_ERR_* of
///   a filter that is not legal.
/// Cost: O(rules), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects, views to their bytes; no other thread changes `acl`.
mqc_status mqc_acl_allows_subscribe(const struct mqc_acl *acl,
                                    struct mqc_bytes client_id,
                                    const struct mqc_bytes *user_name,
                                    struct mqc_bytes filter,
                                    uint8_t *out);

/// Publishes a message of the caller's. Topics that begin with `$` are the caller's too.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param publish   without DUP and packet identifier, whatever its QoS
/// @param receivers written with MQC_OK: how many get it, or will; may be NULL
///
/// Ownership: `publish` is copied before return, with what it points to.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED; MQC_NOT_ALLOWED for DUP or a
///   packet identifier; the MQC_ERR_* of a message that is not legal.
/// Cost: O(bytes + receivers), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `broker`.
mqc_status mqc_broker_publish(struct mqc_broker *broker,
                              uint64_t now_ms,
                              const struct mqc_publish *publish,
                              size_t *receivers);

/// Subscribes for the caller: messages come as `MQC_BROKER_EVENT_MESSAGE`. Retained messages do
/// not: mqc_broker_retained().
///
/// @param broker    made with mqc_broker_new()
/// @param subscription topic filter and options
/// @param token     given back with each message
/// @param out       written with MQC_OK: names the subscription for mqc_broker_unsubscribe()
///
/// Ownership: `subscription` is copied before return, with what it points to.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_FULL, MQC_ERR_UTF8, or the
///   MQC_ERR_* of a filter that is not legal.
/// Cost: O(levels), allocates for what is kept. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `broker`.
mqc_status mqc_broker_subscribe(struct mqc_broker *broker,
                                const struct mqc_subscription *subscription,
                                uint64_t token,
                                uint64_t *out);

/// Ends a subscription of the caller's.
///
/// @param broker    made with mqc_broker_new()
/// @param id        from mqc_broker_subscribe()
/// @param was_there written with MQC_OK: 1 if there was one, else 0; may be NULL
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(levels), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
mqc_status mqc_broker_unsubscribe(struct mqc_broker *broker, uint64_t id, uint8_t *was_there);

/// Ends a connection: with DISCONNECT, if the client speaks 5.0 and is connected. Its session and its will stay or
/// go as if it had been lost.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param disconnect what the client is told
///
/// Ownership: `disconnect` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED; MQC_UNKNOWN if the connection is
///   over; the MQC_ERR_* of what cannot be written.
/// Cost: O(what waits), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `broker`.
mqc_status mqc_broker_disconnect(struct mqc_broker *broker,
                                 mqc_conn conn,
                                 uint64_t now_ms,
                                 const struct mqc_disconnect *disconnect);

/// Ends a session and what belongs to it, with its connection if it has one.
///
/// @param broker    made with mqc_broker_new()
/// @param client_id UTF-8
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param was_there written with MQC_OK: 1 if there was one, else 0; may be NULL
///
/// Ownership: `client_id` is borrowed during the call.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED or MQC_ERR_UTF8.
/// Cost: O(what it has), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects, `client_id` to its bytes; no other thread uses
/// `broker`.
mqc_status mqc_broker_drop_session(struct mqc_broker *broker,
                                   struct mqc_bytes client_id,
                                   uint64_t now_ms,
                                   uint8_t *was_there);

/// Ends all connections and takes no more.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param disconnect what 5.0 clients are told, such as 0x8B: Server shutting down
///
/// Ownership: `disconnect` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(connections), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `broker`.
mqc_status mqc_broker_shut_down(struct mqc_broker *broker,
                                uint64_t now_ms,
                                const struct mqc_disconnect *disconnect);

/// The client identifier of a connection; no bytes if the connection is over, or nobody has been
/// let in on it.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param out       written with MQC_OK
///
/// Ownership: the bytes are the broker's.
/// Lifetime: the view lives until the next call with `broker` that is not `const`.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `broker`.
mqc_status mqc_broker_client_id(const struct mqc_broker *broker,
                                mqc_conn conn,
                                struct mqc_bytes *out);

/// Says who may publish and subscribe to what from now on. Subscriptions that there are stay.
///
/// @param broker    made with mqc_broker_new()
/// @param authorization `MQC_AUTHORIZATION_*`
/// @param acl       the rules, with `MQC_AUTHORIZATION_ACL`; else NULL
///
/// Ownership: `acl` is copied before return.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(rules), allocates the copy. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
mqc_status mqc_broker_set_authorization(struct mqc_broker *broker,
                                        mqc_authorization authorization,
                                        const struct mqc_acl *acl);

/// What a broker has, and has done since it was made.
///
/// @param broker    made with mqc_broker_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `broker`.
mqc_status mqc_broker_stats_get(const struct mqc_broker *broker, struct mqc_broker_stats *out);

/// The memory that a broker has, in bytes: about.
///
/// @param broker    made with mqc_broker_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(connections + sessions), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `broker`.
mqc_status mqc_broker_heap_bytes(const struct mqc_broker *broker, size_t *out);

/// Lets a client in, or goes to the end of an authentication that began after CONNACK: answers
/// `MQC_BROKER_EVENT_AUTHENTICATE` and `MQC_BROKER_EVENT_AUTH`.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param admission NULL for nothing
///
/// Ownership: `admission` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED; MQC_UNKNOWN if the connection is
///   over, MQC_NOT_ASKED; the MQC_ERR_* of what cannot be written, MQC_PACKET_TOO_LARGE or
///   MQC_NOT_ALLOWED: then the question stands.
/// Cost: O(bytes + what waits), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `broker`.
mqc_status mqc_broker_accept(struct mqc_broker *broker,
                             mqc_conn conn,
                             uint64_t now_ms,
                             const struct mqc_admission *admission);

/// Refuses a client: answers `MQC_BROKER_EVENT_AUTHENTICATE` with CONNACK, and
/// `MQC_BROKER_EVENT_AUTH` behind that with DISCONNECT of the same code. The connection ends.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param connack   with a code that is no success, of 5.0 or of 3.1.1 as the client speaks
///
/// Ownership: `connack` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED; MQC_UNKNOWN if the connection is
///   over, MQC_NOT_ASKED; MQC_NOT_ALLOWED for success; the MQC_ERR_* of what cannot be written:
///   then the question stands.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `broker`.
mqc_status mqc_broker_refuse(struct mqc_broker *broker,
                             mqc_conn conn,
                             uint64_t now_ms,
                             const struct mqc_connack *connack);

/// Goes on with an authentication: AUTH with Continue authentication (5.0).
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param properties a block for AUTH; the authentication method is added
///
/// Ownership: `properties` are borrowed during the call.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED; MQC_UNKNOWN if the connection is
///   over, MQC_NOT_ASKED; MQC_NOT_ALLOWED if the client has named no method; the MQC_ERR_* of what
///   cannot be written: then the question stands.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses, and `properties` to
/// its bytes.
mqc_status mqc_broker_challenge(struct mqc_broker *broker,
                                mqc_conn conn,
                                uint64_t now_ms,
                                struct mqc_bytes properties);

/// Says whether a client may publish or subscribe: answers `MQC_BROKER_EVENT_AUTHORIZE`.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param reason_code 0 to allow it; else the code that the client is told, such as 0x87: Not
///                    authorized
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED; MQC_UNKNOWN if the connection is over, MQC_NOT_ASKED.
/// Cost: O(receivers), allocates for what is written. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_broker_authorize(struct mqc_broker *broker,
                                mqc_conn conn,
                                uint64_t now_ms,
                                uint8_t reason_code);

/// The next change of what outlives the process: sessions and retained messages, if `durability` of
/// the configuration for connections says that changes are told; its kind is `MQC_PERSIST_NONE` if
/// there is none.
///
/// The broker is one owner of one store: the numbers count all its changes, and the first of one
/// that was not restored clears the store.
///
/// @param broker    made with mqc_broker_new()
/// @param out       written with MQC_OK
///
/// Ownership: the bytes are the broker's.
/// Lifetime: the views in `*out` live until the next call with `broker` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
mqc_status mqc_broker_poll_persist(struct mqc_broker *broker, struct mqc_persist_op *out);

/// Says that all changes up to this number are safe: what waits for them goes out.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param seq       the number of a change that was polled
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(what waited), allocates for what is written. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_broker_persisted(struct mqc_broker *broker, uint64_t now_ms, uint64_t seq);

/// Says that the store has refused a change because another broker has it: all connections end, and
/// no more are taken.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param epoch     that of the other broker
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(connections), allocates for what is written. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_broker_fenced(struct mqc_broker *broker, uint64_t now_ms, uint64_t epoch);

/// Tells the time of the world, so that what is stored knows when it ends, whenever that is. Before
/// anything is opened, and again when that clock is set.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param unix_ms   milliseconds since 1970
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(connections + sessions), no allocation. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_broker_set_unix_time(struct mqc_broker *broker, uint64_t now_ms, uint64_t unix_ms);

/// Makes a broker that goes on with what a store has: sessions with their messages, wills and
/// retained messages.
///
/// @param config    borrowed during the call, with what it points to; NULL for the defaults
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param unix_ms   milliseconds since 1970
/// @param restore   all that the store has; it stays as it is
/// @param out       written with MQC_OK
/// @param error     written if the store has what is no broker's; may be NULL
///
/// Ownership: `config` is copied before return; `*out` is the caller's, to be freed with
///   mqc_broker_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any; none changes `restore` meanwhile.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED or MQC_ERR_STORE_*; then nothing is
///   restored.
/// Cost: O(bytes), allocates what is restored. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures and objects.
mqc_status mqc_broker_restore(const struct mqc_broker_config *config,
                              uint64_t now_ms,
                              uint64_t unix_ms,
                              const struct mqc_restore *restore,
                              struct mqc_broker **out,
                              struct mqc_store_error *error);

/// The next event; `out->kind` is `MQC_BROKER_EVENT_NONE` if there is none.
///
/// @param broker    made with mqc_broker_new()
/// @param out       written with MQC_OK
///
/// Ownership: views in `*out` are the broker's.
/// Lifetime: the views in `*out` live until the next call with `broker` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(input that is read), allocates for what that makes. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
mqc_status mqc_broker_poll_event(struct mqc_broker *broker, struct mqc_broker_event *out);

/// Makes a broker without clients.
///
/// @param config    borrowed during the call, with what it points to; NULL for the defaults
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param out       written with MQC_OK
///
/// Ownership: `config` is copied before return; `*out` is the caller's, to be freed with
///   mqc_broker_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// `config` is NULL or points to as many bytes as its first field says, `out` is NULL or points to
/// a writable pointer.
mqc_status mqc_broker_new(const struct mqc_broker_config *config,
                          uint64_t now_ms,
                          struct mqc_broker **out);

/// Frees a broker with all its connections and sessions; NULL is fine.
///
/// @param broker    of no use after the call
///
/// Ownership: `broker` is taken.
/// Lifetime: what came from it ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(all it has). Since 0.1.
///
/// # Safety
/// `broker` is NULL or came from mqc_broker_new() or mqc_broker_restore(), and is not used any
/// more.
void mqc_broker_free(struct mqc_broker *broker);

/// A connection has been opened: its transport carries bytes.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param out       written with MQC_OK: never `MQC_CONN_NONE`
///
/// Ownership: `*out` is a number; it is not used for another
///   connection before 2^32 others.
/// Lifetime: it means something until mqc_broker_handle_eof(), and what was to be sent has been
///   sent.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_FULL or MQC_SHUTTING_DOWN: the transport is to be
///   closed.
/// Cost: O(1), allocates the connection. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
mqc_status mqc_broker_open(struct mqc_broker *broker, uint64_t now_ms, mqc_conn *out);

/// Hands over what has come on a connection. What is not taken is to be handed over again, when
/// mqc_broker_wants_input() says so or something has been sent; of a connection that is over, all
/// is taken and nothing read.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param data      NULL only if `len` is 0
/// @param len       bytes at `data`
/// @param taken     written with MQC_OK: how many of them were taken
///
/// Ownership: `data` is copied, as far as it is taken.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(bytes and what they ask for), allocates for what that makes. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses `broker`.
mqc_status mqc_broker_handle_input(struct mqc_broker *broker,
                                   mqc_conn conn,
                                   uint64_t now_ms,
                                   const uint8_t *data,
                                   size_t len,
                                   size_t *taken);

/// How many bytes of a connection would be taken now, at least; 0 if none, or the connection is
/// over.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
mqc_status mqc_broker_wants_input(struct mqc_broker *broker, mqc_conn conn, size_t *out);

/// The transport of a connection is gone: nothing more comes, and nothing can be sent. If nobody
/// has said goodbye, the will is published.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(what waits), allocates for what that makes. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_broker_handle_eof(struct mqc_broker *broker, mqc_conn conn, uint64_t now_ms);

/// Does what is due: keep alive, wills, sessions and messages whose time is over, `$SYS`. Too early
/// does nothing.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(what is due), allocates for what that makes. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_broker_handle_timeout(struct mqc_broker *broker, uint64_t now_ms);

/// When mqc_broker_handle_timeout() is to be called next; `UINT64_MAX` if nothing is due at any
/// time. It may be sooner after any call.
///
/// @param broker    made with mqc_broker_new()
/// @param out       written with MQC_OK: milliseconds on the caller's clock
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(log(connections)), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `broker`.
mqc_status mqc_broker_poll_timeout(const struct mqc_broker *broker, uint64_t *out);

/// The next connection that there is something to be done about: to send, to hand over more of its
/// input, or to close; `MQC_CONN_NONE` if there is none. It does not come again until there is
/// more.
///
/// @param broker    made with mqc_broker_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
mqc_status mqc_broker_poll_writable(struct mqc_broker *broker, mqc_conn *out);

/// The next bytes for a connection, as far as they lie together; none if there is nothing to be
/// sent.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param out       written with MQC_OK
///
/// Ownership: the bytes are the broker's.
/// Lifetime: the view lives until the next call with `broker` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(messages that are written), allocates for these. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
mqc_status mqc_broker_transmit_peek(struct mqc_broker *broker,
                                    mqc_conn conn,
                                    struct mqc_bytes *out);

/// The next bytes for a connection in pieces, for a vectored write: at most 64.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param out       written with MQC_OK, `*count` views; NULL only if `capacity` is 0
/// @param capacity  views at `out`
/// @param count     written with MQC_OK
///
/// Ownership: the bytes are the broker's.
/// Lifetime: the views live until the next call with `broker` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(messages that are written + pieces), allocates for these. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses `broker`.
mqc_status mqc_broker_transmit_peek_vectored(struct mqc_broker *broker,
                                             mqc_conn conn,
                                             struct mqc_bytes *out,
                                             size_t capacity,
                                             size_t *count);

/// Says that so many bytes for a connection have been sent.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param count     bytes, no more than there are
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, or MQC_INVALID_ARGUMENT if there are not so many.
/// Cost: O(pieces), no allocation. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_broker_transmit_advance(struct mqc_broker *broker, mqc_conn conn, size_t count);

/// Copies the retained messages whose topics a filter matches.
///
/// @param broker    made with mqc_broker_new()
/// @param filter    UTF-8
/// @param out       written with MQC_OK
///
/// Ownership: `filter` is borrowed during the call; `*out` is the caller's, to be freed with
///   mqc_messages_free().
/// Lifetime: `*out` lives until it is freed, whatever becomes of the broker.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_ERR_UTF8, or the MQC_ERR_* of
///   a filter that is not legal.
/// Cost: O(topics that match), allocates the copies. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects, `filter` to its bytes; no other thread changes
/// `broker`.
mqc_status mqc_broker_retained(const struct mqc_broker *broker,
                               struct mqc_bytes filter,
                               struct mqc_messages **out);

/// Takes the next message; `*is_there` is 0 if there is none.
///
/// @param messages  made with mqc_broker_retained()
/// @param out       written with MQC_OK, if there is one
/// @param is_there  written with MQC_OK: 1 or 0
///
/// Ownership: the bytes are those of `messages`.
/// Lifetime: the views in `*out` live until `messages` is freed.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `messages`.
mqc_status mqc_messages_next(struct mqc_messages *messages,
                             struct mqc_publish *out,
                             uint8_t *is_there);

/// Frees copied messages; NULL is fine.
///
/// @param messages  of no use after the call
///
/// Ownership: `messages` is taken.
/// Lifetime: what came from it ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(messages). Since 0.1.
///
/// # Safety
/// `messages` is NULL or came from mqc_broker_retained(), and is not used any more.
void mqc_messages_free(struct mqc_messages *messages);

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

/// Encodes a packet so that it fits a peer's Maximum Packet Size.
///
/// One that is too large loses its reason string, and if that is not enough its user properties too, where the standard
/// lets a sender leave them out: in answers, DISCONNECT and AUTH. CONNECT, PUBLISH, SUBSCRIBE and UNSUBSCRIBE are never
/// shortened.
///
/// @param packet           borrowed during the call, with what it points to
/// @param version          of the connection
/// @param max_packet_size  the peer's, in bytes, fixed header included
/// @param out              written with MQC_OK, `*written` bytes
/// @param capacity         bytes at `out`
/// @param written          written with MQC_OK
///
/// Ownership: `packet` and what it points to are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: as mqc_encode(); MQC_ERR_ENCODE_TOO_LARGE if it does not fit at all.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// As mqc_encode().
mqc_status mqc_encode_fit(const struct mqc_packet *packet,
                          mqc_version version,
                          uint32_t max_packet_size,
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
/// only the layout is checked here, and that filters are not empty.
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
/// is checked here, and that filters are not empty.
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

/// Writes the AMQP binding key for a topic filter.
///
/// `sensors/+/#` is `sensors.*.#`.
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

/// Writes the topic filter for an AMQP binding key.
///
/// `sensors.*.#` is `sensors/+/#`.
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
/// exchange.
///
/// `orders/+/#` is `orders` and `*.#`; `orders` is `orders` and the empty key.
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

/// Writes the topic filter for an AMQP exchange and a binding key.
///
/// `orders` and `*.#` are `orders/+/#`.
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

/// The statement of the standard that a packet of this type from this sender breaks if it is refused with this status, in
/// this version: `MQTT-` and its number, or the section where the rule has none.
///
/// Of a packet that was refused, mqc_decode_error says it. `MQC_PACKET_NONE` and `MQC_SENDER_UNKNOWN` stand for what is
/// not known: where the rule depends on it, the answer is a section that holds for all of them, or empty. Empty too for a
/// status that is no fault of a packet, for one that such a packet cannot have in this version, and for numbers that are
/// no packet type, sender or version.
///
/// Ownership: static.
/// Lifetime: for ever; not NUL-terminated.
/// Threads: any.
/// Errors: none.
/// Cost: O(1), no allocation. Since 0.1.
struct mqc_bytes mqc_status_statement(mqc_status status,
                                      mqc_packet_type packet_type,
                                      mqc_sender sender,
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

/// Writes a change as an entry of a journal.
///
/// A journal begins with the eight bytes of mqc_journal_header(); mqc_journal_next() reads it.
///
/// @param op        borrowed during the call, with what it points to
/// @param out       written with MQC_OK, `*written` bytes
/// @param capacity  bytes at `out`; key, value and 29 more are enough
/// @param written   written with MQC_OK
///
/// Ownership: `op` is borrowed during the call, with what it points to; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_BUFFER_TOO_SMALL.
/// Cost: O(bytes), allocates the entry once. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_persist_op_encode(const struct mqc_persist_op *op,
                                 uint8_t *out,
                                 size_t capacity,
                                 size_t *written);

/// What a journal begins with: its name and format.
///
/// @param out       written with MQC_OK
///
/// Ownership: static.
/// Lifetime: for ever.
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable view.
mqc_status mqc_journal_header(struct mqc_bytes *out);

/// Begins to read a journal.
///
/// @param data      kept until mqc_journal_free(): nobody changes or frees it; NULL only if `len`
///                  is 0
/// @param len       bytes at `data`
/// @param out       written with MQC_OK
/// @param error     written if it is no journal; may be NULL
///
/// Ownership: `data` is borrowed until mqc_journal_free(); `*out` is the caller's, to be freed with
///   that.
/// Lifetime: `*out` lives until it is freed, and is of use as long as `data`.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_STORE_NOT_OURS, MQC_ERR_STORE_TRUNCATED
///   or MQC_ERR_STORE_FORMAT.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `data` stays as long as the
/// object is used.
mqc_status mqc_journal_new(const uint8_t *data,
                           size_t len,
                           struct mqc_journal **out,
                           struct mqc_store_error *error);

/// Frees a reader of a journal; NULL is fine.
///
/// @param journal   of no use after the call
///
/// Ownership: `journal` is taken; its bytes are the caller's again.
/// Lifetime: what mqc_journal_next() gave lives as long as those bytes.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `journal` is NULL or came from mqc_journal_new(), and is not used any more.
void mqc_journal_free(struct mqc_journal *journal);

/// Takes the next change from a journal; at its end, and behind a fault, `out->kind` is
/// `MQC_PERSIST_NONE`.
///
/// A journal whose last write was cut off ends with MQC_ERR_STORE_TRUNCATED, or, if the place of
/// the cut has other bytes, with MQC_ERR_STORE_CHECKSUM, where mqc_journal_offset() says that it is
/// to be cut.
///
/// @param journal   made with mqc_journal_new()
/// @param out       written with MQC_OK
/// @param error     written if the entry is damaged; may be NULL
///
/// Ownership: nothing is kept.
/// Lifetime: the views in `*out` live as long as the bytes of the journal.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_ERR_STORE_*.
/// Cost: O(bytes of the entry), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `journal`.
mqc_status mqc_journal_next(struct mqc_journal *journal,
                            struct mqc_persist_op *out,
                            struct mqc_store_error *error);

/// How far a journal has been read, in bytes: behind the last entry that was given.
///
/// @param journal   made with mqc_journal_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `journal`.
mqc_status mqc_journal_offset(const struct mqc_journal *journal, size_t *out);

/// Begins a snapshot.
///
/// Its pages come from mqc_client_snapshot(), mqc_server_snapshot() or
/// mqc_session_state_snapshot().
///
/// @param out       written with MQC_OK
///
/// Ownership: `*out` is the caller's, to be freed with mqc_snapshot_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
mqc_status mqc_snapshot_new(struct mqc_snapshot **out);

/// Frees a snapshot; NULL is fine.
///
/// @param snapshot  of no use after the call
///
/// Ownership: `snapshot` is taken.
/// Lifetime: its page ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `snapshot` is NULL or came from mqc_snapshot_new(), and is not used any more.
void mqc_snapshot_free(struct mqc_snapshot *snapshot);

/// The number of the change that had been reached when the first page was made: the changes after
/// it are to be kept with the snapshot, those up to it are in it. 0 before the first page.
///
/// @param snapshot  made with mqc_snapshot_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `snapshot`.
mqc_status mqc_snapshot_seq(const struct mqc_snapshot *snapshot, uint64_t *out);

/// Begins to put together what a store gives back.
///
/// @param out       written with MQC_OK
///
/// Ownership: `*out` is the caller's, to be freed with mqc_restore_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// `out` is NULL or points to a writable pointer.
mqc_status mqc_restore_new(struct mqc_restore **out);

/// Frees what a store has given back; NULL is fine.
///
/// @param restore   of no use after the call
///
/// Ownership: `restore` is taken.
/// Lifetime: nothing came out that could end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(rows). Since 0.1.
///
/// # Safety
/// `restore` is NULL or came from mqc_restore_new(), and is not used any more.
void mqc_restore_free(struct mqc_restore *restore);

/// Skips rows of kinds that this version does not know, instead of refusing them: what a newer
/// version has stored with them is lost.
///
/// @param restore   made with mqc_restore_new()
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `restore` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_restore_skip_unknown(struct mqc_restore *restore);

/// Takes a row of a store of keys and values, in any order.
///
/// @param restore   made with mqc_restore_new()
/// @param key       copied before return
/// @param value     copied before return
///
/// Ownership: `key` and `value` are copied before return.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(bytes + log(rows)), allocates the copies. Since 0.1.
///
/// # Safety
/// `restore` is NULL or points to such an object, which no other thread uses; the views point to
/// their bytes.
mqc_status mqc_restore_put(struct mqc_restore *restore,
                           struct mqc_bytes key,
                           struct mqc_bytes value);

/// Says which was the last change that the rows have, and its epoch.
///
/// @param restore   made with mqc_restore_new()
/// @param epoch     of that change
/// @param seq       its number
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `restore` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_restore_at(struct mqc_restore *restore, uint64_t epoch, uint64_t seq);

/// Takes the next page of a snapshot.
///
/// @param restore   made with mqc_restore_new()
/// @param data      copied before return; NULL only if `len` is 0
/// @param len       bytes at `data`: a whole page
/// @param is_last   written with MQC_OK: 1 for the last page, else 0; may be NULL
/// @param error     written if the page is damaged, or not the next one; may be NULL
///
/// Ownership: `data` is copied before return.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED or MQC_ERR_STORE_*; then nothing of
///   the page has been taken.
/// Cost: O(bytes + entries * log(rows)), allocates the copies. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses
/// `restore`.
mqc_status mqc_restore_page(struct mqc_restore *restore,
                            const uint8_t *data,
                            size_t len,
                            uint8_t *is_last,
                            struct mqc_store_error *error);

/// Makes a change, say of a journal. One that the snapshot has already may come again.
///
/// @param restore   made with mqc_restore_new()
/// @param op        copied before return, with what it points to
/// @param error     written if the change is not the next one; may be NULL
///
/// Ownership: `op` is copied before return, with what it points to.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED; MQC_ERR_STORE_OUT_OF_ORDER if one
///   before it is missing, and without a snapshot or rows the first is no Clear;
///   MQC_ERR_STORE_EPOCH if an owner made it that has lost the session; MQC_ERR_STORE_UNFINISHED.
/// Cost: O(bytes + log(rows)), allocates the copies. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `restore`.
mqc_status mqc_restore_apply(struct mqc_restore *restore,
                             const struct mqc_persist_op *op,
                             struct mqc_store_error *error);

/// The session that a store gives back; `*out` is NULL if it has none, or had one whose end it has
/// been told.
///
/// One that was to end with its connection is there, if the process ended before that: its Session
/// Expiry Interval is 0. It is to be ended, as one whose time is over: mqc_session_state_end().
///
/// @param restore   made with mqc_restore_new(); it stays as it is
/// @param out       written with MQC_OK
/// @param error     written if what is there is no session; may be NULL
///
/// Ownership: `*out` is the caller's, to be freed with mqc_session_state_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_ERR_STORE_*; then nothing is restored.
/// Cost: O(bytes), allocates the state. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `restore`.
mqc_status mqc_restore_finish(const struct mqc_restore *restore,
                              struct mqc_session_state **out,
                              struct mqc_store_error *error);

/// Frees a state; NULL is fine. What is not stored is lost.
///
/// @param state     of no use after the call
///
/// Ownership: `state` is taken.
/// Lifetime: all that the state gave ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(messages). Since 0.1.
///
/// # Safety
/// `state` is NULL or came from this library, and is not used any more.
void mqc_session_state_free(struct mqc_session_state *state);

/// Tells what a state has, in numbers.
///
/// @param state     that no session goes on with
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `state`.
mqc_status mqc_session_state_info(const struct mqc_session_state *state,
                                  struct mqc_session_info *out);

/// Views the subscriptions of a server's session that is stored, in the order of their filters.
///
/// Fewer than `capacity` are the last ones; if there are as many, there may be more behind them.
///
/// @param state     that no session goes on with
/// @param first     how many to pass over
/// @param out       written with MQC_OK, `*count` of them
/// @param capacity  subscriptions at `out`
/// @param count     written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the state's.
/// Lifetime: the views live until the next call with `state` that is not `const`.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED or MQC_SPENT.
/// Cost: O(first + count), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread changes
/// `state`.
mqc_status mqc_session_state_subscriptions(const struct mqc_session_state *state,
                                           size_t first,
                                           struct mqc_stored_subscription *out,
                                           size_t capacity,
                                           size_t *count);

/// The will of a server's session that is stored, and that has not said goodbye. It is to be
/// published, or is not due yet; if there is none, `out->has_will` is 0. Its `delay` is its Will
/// Delay Interval, from the end of the connection; it is due with the end of the session if that is
/// sooner.
///
/// @param state     that no session goes on with
/// @param out       written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the state's.
/// Lifetime: the views in `*out` live until the next call with `state` that is not `const`.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(bytes of the will), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `state`.
mqc_status mqc_session_state_will(const struct mqc_session_state *state, struct mqc_will *out);

/// Says that the will has been published, or is not to be. That is a change of a state that was
/// restored, too: of the epoch and behind the number that mqc_restore_at() was told. A session that
/// is not kept, of which only the will was left, ends.
///
/// @param state     that no session goes on with
///
/// Ownership: nothing is kept.
/// Lifetime: what the state gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), allocates for the change. Since 0.1.
///
/// # Safety
/// `state` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_session_state_clear_will(struct mqc_session_state *state);

/// Says that the session has ended: its time is over, or whoever has it gives it up. The change
/// that is told for it is a Clear.
///
/// @param state     that no session goes on with
///
/// Ownership: nothing is kept.
/// Lifetime: what the state gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), allocates for the change. Since 0.1.
///
/// # Safety
/// `state` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_session_state_end(struct mqc_session_state *state);

/// Takes the next change that a store is to keep, of a state that was taken out of its session
/// before all of them were polled, or that was changed itself. `out->kind` is `MQC_PERSIST_NONE` if
/// there is none.
///
/// @param state     that no session goes on with
/// @param out       written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the state's.
/// Lifetime: the views in `*out` live until the next call with `state` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `state`.
mqc_status mqc_session_state_poll_persist(struct mqc_session_state *state,
                                          struct mqc_persist_op *out);

/// Says that all changes up to this number are safe, of those that were polled from the state: the
/// session that goes on with it does not wait for them. Or say it to that session.
///
/// @param state     that no session goes on with
/// @param seq       of the last change that is safe
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what the state gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `state` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_session_state_persisted(struct mqc_session_state *state, uint64_t seq);

/// Makes the next page of a snapshot of a state; no bytes after the last one.
///
/// @param state      that no session goes on with
/// @param snapshot   made with mqc_snapshot_new(); one for all pages of this state
/// @param max_bytes  that a page has at most, but one entry at least
/// @param page       written with MQC_OK
///
/// Ownership: the bytes of the page are those of `snapshot`.
/// Lifetime: the view lives until the next call with `snapshot` that is not `const`.
/// Threads: several may read the state at a time while none changes it; one at a time for each
///   `snapshot`.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), allocates the page. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `state` or uses `snapshot`.
mqc_status mqc_session_state_snapshot(const struct mqc_session_state *state,
                                      struct mqc_snapshot *snapshot,
                                      size_t max_bytes,
                                      struct mqc_bytes *page);

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

/// Makes a session that has not been connected.
///
/// @param config    borrowed during the call; NULL for the defaults
/// @param out       written with MQC_OK
///
/// Ownership: `config` is copied before return; `*out` is the caller's, to be freed with
///   mqc_client_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// `config` is NULL or points to as many bytes as its first field says, `out` is NULL or points to
/// a writable pointer.
mqc_status mqc_client_new(const struct mqc_client_config *config, struct mqc_client **out);

/// Makes a session that goes on with the state of another, and has not been connected. The next
/// CONNECT is to ask for it: with `clean_start` 0.
///
/// @param config    borrowed during the call; NULL for the defaults
/// @param state     taken with MQC_OK: of no use any more, and still to be freed
/// @param out       written with MQC_OK
///
/// Ownership: `config` is copied before return; what `state` has is taken; `*out` is the caller's,
///   to be freed with mqc_client_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or MQC_SPENT for a state that was
///   taken before.
/// Cost: O(messages), allocates the object. Since 0.1.
///
/// # Safety
/// As mqc_client_new(); `state` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_client_resume(const struct mqc_client_config *config,
                             struct mqc_session_state *state,
                             struct mqc_client **out);

/// Begins a connection: the transport is up, and CONNECT is to be the first packet on it. The
/// Maximum Packet Size of the configuration is added to its properties (5.0).
///
/// @param session   made with mqc_client_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param connect   borrowed during the call, with what it points to; `MQC_VERSION_UNKNOWN` stands
///                  for the version of the configuration
///
/// Ownership: `connect` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_CONNECTED,
///   MQC_FENCED; MQC_NOT_ALLOWED for another version than that of the configuration, or while
///   events of the last connection wait; MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
mqc_status mqc_client_connect(struct mqc_client *session,
                              uint64_t now_ms,
                              const struct mqc_connect *connect);

/// Sends a message; `token` comes back with what becomes of it, for QoS 1 and 2.
///
/// Before the connection is up it waits in the queue. Its packet identifier and DUP are the
/// session's: both are to be 0. A topic alias that the caller sets must be one that the peer takes.
///
/// @param session    made with mqc_client_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param publish    borrowed during the call, with what it points to
/// @param token      the caller's number for it
/// @param when_full  what to do if it cannot be sent now: `MQC_WHEN_FULL_*`
/// @param out        written with MQC_OK; may be NULL
///
/// Ownership: `publish` is copied before return, with what it points to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and
///   mqc_client_poll_persist() gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_WOULD_BLOCK,
///   MQC_QUIESCING, MQC_FENCED; MQC_NOT_SUPPORTED: the server does not take this QoS, retained
///   messages or this alias; MQC_NOT_CONNECTED: it was not to wait; MQC_NOT_ALLOWED: a packet
///   identifier, DUP or a subscription identifier is set; MQC_PACKET_TOO_LARGE, MQC_ERR_ENCODE_* or
///   MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written or kept. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
mqc_status mqc_client_publish(struct mqc_client *session,
                              uint64_t now_ms,
                              const struct mqc_publish *publish,
                              uint64_t token,
                              mqc_when_full when_full,
                              struct mqc_publish_result *out);

/// As mqc_client_publish(), with a payload that is shared: from 2 KiB on it is not copied, but kept
/// and sent as it is. That of `publish` is to be empty.
///
/// @param session    made with mqc_client_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param publish    borrowed during the call, with what it points to
/// @param payload    made with mqc_payload_new(); may be freed after the call
/// @param token      the caller's number for it
/// @param when_full  what to do if it cannot be sent now: `MQC_WHEN_FULL_*`
/// @param out        written with MQC_OK; may be NULL
///
/// Ownership: `publish` is copied before return, with what it points to; the session has a part in
///   the bytes of `payload`, which stays the caller's.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and
///   mqc_client_poll_persist() gave ends.
/// Threads: one at a time for each session; several may share `payload` while none frees it.
/// Errors: as mqc_client_publish(); MQC_NOT_ALLOWED also if `publish` has a payload.
/// Cost: O(bytes without those of a payload of 2 KiB or more), allocates for what is written or
///   kept. Since 0.1.
///
/// # Safety
/// As mqc_client_publish(); `payload` is NULL or points to such an object.
mqc_status mqc_client_publish_payload(struct mqc_client *session,
                                      uint64_t now_ms,
                                      const struct mqc_publish *publish,
                                      const struct mqc_payload *payload,
                                      uint64_t token,
                                      mqc_when_full when_full,
                                      struct mqc_publish_result *out);

/// Sends messages in order up to the first that is not taken; says how many.
///
/// @param session    made with mqc_client_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param messages   borrowed during the call, with what they point to
/// @param tokens     the caller's number for each of them; NULL for 0
/// @param count      messages
/// @param when_full  what to do if one cannot be sent now: `MQC_WHEN_FULL_*`
/// @param taken      written with MQC_OK, and with the error of a message: how many were taken
///                   before
///
/// Ownership: the messages are copied before return, with what they point to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and
///   mqc_client_poll_persist() gave ends.
/// Threads: one at a time for each object.
/// Errors: as mqc_client_publish(): those of the first message that is not taken.
/// Cost: O(bytes), allocates for what is written or kept. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to as many such structures, and their views to their bytes; no other
/// thread uses `session`.
mqc_status mqc_client_publish_all(struct mqc_client *session,
                                  uint64_t now_ms,
                                  const struct mqc_publish *messages,
                                  const uint64_t *tokens,
                                  size_t count,
                                  mqc_when_full when_full,
                                  size_t *taken);

/// Subscribes; the packet identifier is chosen here. `MQC_EVENT_SUBSCRIBED` has `token`.
///
/// @param session        made with mqc_client_new()
/// @param now_ms         what time it is, on the caller's monotonic clock
/// @param subscriptions  borrowed during the call, with what they point to
/// @param count          subscriptions: one or more
/// @param properties     as those of mqc_publish; borrowed during the call
/// @param token          the caller's number for it
/// @param packet_id      written with MQC_OK; may be NULL
///
/// Ownership: `subscriptions` and `properties` are borrowed during the call, with what they point
///   to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_NOT_CONNECTED,
///   MQC_QUIESCING, MQC_WOULD_BLOCK; MQC_NOT_SUPPORTED for wildcards, shared subscriptions and
///   identifiers that the server does not take; MQC_PACKET_TOO_LARGE, MQC_ERR_ENCODE_* or
///   MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to as many such structures, and their views to their bytes; no other
/// thread uses `session`.
mqc_status mqc_client_subscribe(struct mqc_client *session,
                                uint64_t now_ms,
                                const struct mqc_subscription *subscriptions,
                                size_t count,
                                struct mqc_bytes properties,
                                uint64_t token,
                                uint16_t *packet_id);

/// Unsubscribes; the packet identifier is chosen here. `MQC_EVENT_UNSUBSCRIBED` has `token`.
///
/// @param session     made with mqc_client_new()
/// @param now_ms      what time it is, on the caller's monotonic clock
/// @param filters     UTF-8, borrowed during the call, with what they point to
/// @param count       filters: one or more
/// @param properties  as those of mqc_publish; borrowed during the call
/// @param token       the caller's number for it
/// @param packet_id   written with MQC_OK; may be NULL
///
/// Ownership: `filters` and `properties` are borrowed during the call, with what they point to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: as mqc_client_subscribe().
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// As mqc_client_subscribe().
mqc_status mqc_client_unsubscribe(struct mqc_client *session,
                                  uint64_t now_ms,
                                  const struct mqc_bytes *filters,
                                  size_t count,
                                  struct mqc_bytes properties,
                                  uint64_t token,
                                  uint16_t *packet_id);

/// Frees a session; NULL is fine. Nothing is said to the peer, and what is not stored is lost.
///
/// @param session  of no use after the call
///
/// Ownership: `session` is taken.
/// Lifetime: all that the session gave ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(messages). Since 0.1.
///
/// # Safety
/// `session` is NULL or came from mqc_client_new(), and is not used any more.
void mqc_client_free(struct mqc_client *session);

/// Takes bytes of the peer; says how many. Fewer than there are: poll events, send what is to be
/// sent, and hand in the rest again.
///
/// They are read by mqc_client_poll_event(). After the end of the connection all are taken, and
/// ignored.
///
/// @param session  made with mqc_client_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param data     borrowed during the call; NULL only if `len` is 0
/// @param len      bytes at `data`
/// @param taken    written with MQC_OK: how many of them were taken
///
/// Ownership: `data` is copied before return.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED or MQC_SPENT; the peer's faults
///   come as an event.
/// Cost: O(bytes taken), allocates as much as there is not room for. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses
/// `session`.
mqc_status mqc_client_handle_input(struct mqc_client *session,
                                   uint64_t now_ms,
                                   const uint8_t *data,
                                   size_t len,
                                   size_t *taken);

/// The transport has come to its end. Packets that have come before are events before
/// `MQC_EVENT_CLOSED`.
///
/// @param session  made with mqc_client_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_client_handle_eof(struct mqc_client *session, uint64_t now_ms);

/// Does what is due by now; nothing, if nothing is.
///
/// @param session  made with mqc_client_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_client_handle_timeout(struct mqc_client *session, uint64_t now_ms);

/// When mqc_client_handle_timeout() is to be called, as things stand, and why.
///
/// @param session  made with mqc_client_new()
/// @param at_ms    written with MQC_OK: the moment, on the caller's clock; UINT64_MAX for never
/// @param timer    written with MQC_OK: why, `MQC_TIMER_*`; may be NULL
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such an object or number; no other thread changes `session`.
mqc_status mqc_client_poll_timeout(const struct mqc_client *session,
                                   uint64_t *at_ms,
                                   mqc_timer *timer);

/// Takes what has happened next. Packets are read here, and answers written: poll until `out->kind`
/// is `MQC_EVENT_NONE`, then send.
///
/// Nothing is copied: the views in `*out` point into what the session has.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the session's.
/// Lifetime: the views in `*out` live until the next call with `session` that is not `const`;
///   `statement` of a decode error for ever.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(bytes of the packets read); allocates for what it keeps, and nothing for a message of
///   QoS 0. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
mqc_status mqc_client_poll_event(struct mqc_client *session, struct mqc_event *out);

/// Views what is to be sent next, in one piece: no bytes if there is nothing. Messages that wait
/// are written first, as far as there is room.
///
/// Send it, or some of it, and say how much with mqc_client_transmit_advance(); then look again.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK
///
/// Ownership: the bytes are the session's.
/// Lifetime: the view lives until the next call with `session` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages that need not wait any more); allocates for their packets. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
mqc_status mqc_client_transmit_peek(struct mqc_client *session, struct mqc_bytes *out);

/// Views what is to be sent next, in pieces for `writev`: at most 64, and none if there is nothing.
/// Large payloads that are shared are pieces of their own.
///
/// Say how many bytes were sent of all pieces with mqc_client_transmit_advance().
///
/// @param session   made with mqc_client_new()
/// @param out       written with MQC_OK, `*count` views
/// @param capacity  views at `out`
/// @param count     written with MQC_OK
///
/// Ownership: the bytes are the session's.
/// Lifetime: the views live until the next call with `session` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(pieces + messages that need not wait any more); allocates for their packets. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses
/// `session`.
mqc_status mqc_client_transmit_peek_vectored(struct mqc_client *session,
                                             struct mqc_bytes *out,
                                             size_t capacity,
                                             size_t *count);

/// Says that so many bytes of what is to be sent are with the transport: they are gone for good. It
/// may be any part, also of a packet.
///
/// @param session  made with mqc_client_new()
/// @param count    bytes
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_SPENT, or MQC_INVALID_ARGUMENT if there are not so
///   many.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_client_transmit_advance(struct mqc_client *session, size_t count);

/// How many bytes mqc_client_handle_input() would take at least: 0 means to wait with reading.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
mqc_status mqc_client_wants_input(const struct mqc_client *session, size_t *out);

/// Tells whether there is a connection: from CONNACK to its end.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK: 1 or 0
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
mqc_status mqc_client_is_connected(const struct mqc_client *session, uint8_t *out);

/// Tells more of the last command that the session has refused: what there is no room for, what the
/// peer does not take.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
mqc_status mqc_client_refusal(const struct mqc_client *session, struct mqc_refusal *out);

/// Acknowledges a message, with `MQC_ACK_MANUAL`. It goes out after those of the messages before
/// it.
///
/// A message of QoS 2 can be acknowledged after its connection too: it comes again, and is not
/// handed out again.
///
/// @param session      made with mqc_client_new()
/// @param now_ms       what time it is, on the caller's monotonic clock
/// @param token        of the event; of no use after the call, unless that gives MQC_NOT_ALLOWED
/// @param reason_code  for PUBACK or PUBREC; 0 is success
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_SPENT; MQC_UNKNOWN_TOKEN if it is acknowledged, or
///   its connection is over and its QoS is 1, or its session is lost; MQC_NOT_ALLOWED for a code
///   that this side may not send.
/// Cost: O(log(messages to be acknowledged)), allocates for what is written. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_client_ack(struct mqc_client *session,
                          uint64_t now_ms,
                          struct mqc_ack_token token,
                          uint8_t reason_code);

/// Sends one step of an enhanced authentication (5.0): after `MQC_EVENT_AUTH`, or to authenticate
/// once more.
///
/// @param session  made with mqc_client_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param auth     borrowed during the call, with what it points to
///
/// Ownership: `auth` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT; MQC_NOT_CONNECTED;
///   MQC_NOT_ALLOWED if CONNECT had no method or another, or the code does not fit;
///   MQC_PACKET_TOO_LARGE, MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
mqc_status mqc_client_auth(struct mqc_client *session,
                           uint64_t now_ms,
                           const struct mqc_auth *auth);

/// Says goodbye and ends the connection. What has been written goes out before.
///
/// @param session     made with mqc_client_new()
/// @param now_ms      what time it is, on the caller's monotonic clock
/// @param disconnect  borrowed during the call, with what it points to; NULL for one without a
///                    fault
///
/// Ownership: `disconnect` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_NOT_CONNECTED;
///   MQC_NOT_ALLOWED for a code or property that this side may not send; MQC_PACKET_TOO_LARGE,
///   MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
mqc_status mqc_client_disconnect(struct mqc_client *session,
                                 uint64_t now_ms,
                                 const struct mqc_disconnect *disconnect);

/// Says goodbye as soon as all that waits or is open is done, and ends the connection. Until then
/// no message is taken from the caller; those of the peer still come.
///
/// @param session     made with mqc_client_new()
/// @param now_ms      what time it is, on the caller's monotonic clock
/// @param disconnect  borrowed during the call, with what it points to; NULL for one without a
///                    fault
///
/// Ownership: `disconnect` is copied before return.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_NOT_CONNECTED;
///   MQC_NOT_ALLOWED for a code or property that this side may not send; MQC_PACKET_TOO_LARGE,
///   MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for the packet. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
mqc_status mqc_client_quiesce(struct mqc_client *session,
                              uint64_t now_ms,
                              const struct mqc_disconnect *disconnect);

/// Tells what the session has done, if that is counted.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
mqc_status mqc_client_stats(const struct mqc_client *session, struct mqc_stats *out);

/// Tells what the session has done, if that is counted, and begins to count anew.
///
/// @param session  made with mqc_client_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
mqc_status mqc_client_stats_and_reset(struct mqc_client *session,
                                      uint64_t now_ms,
                                      struct mqc_stats *out);

/// Bytes that the session has on the heap. Payloads that are shared count for each message that has
/// them.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
mqc_status mqc_client_heap_bytes(const struct mqc_client *session, size_t *out);

/// Gives back memory that is not needed now, say of a session that has been quiet for a while.
///
/// @param session  made with mqc_client_new()
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(bytes kept). Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_client_shrink_to_fit(struct mqc_client *session);

/// Tells what time of the world it is: at the beginning, after a state was restored, and whenever
/// the caller likes. Only what is stored has such times; no timer depends on them.
///
/// @param session  made with mqc_client_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param unix_ms  milliseconds since 1970
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_client_set_unix_time(struct mqc_client *session, uint64_t now_ms, uint64_t unix_ms);

/// Takes the next change of what outlives a connection, which a store is to keep. Poll until
/// `out->kind` is `MQC_PERSIST_NONE`; what has been polled does not come again.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the session's.
/// Lifetime: the views in `*out` live until the next call with `session` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
mqc_status mqc_client_poll_persist(struct mqc_client *session, struct mqc_persist_op *out);

/// Says that all changes up to this number are safe, and what was made of the messages whose events
/// had no later one. With `MQC_DURABILITY_GATE` what depends on them may go out now. Numbers that
/// have not been polled are not believed.
///
/// @param session  made with mqc_client_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param seq      of the last change that is safe
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(packets that waited); allocates for what is written. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_client_persisted(struct mqc_client *session, uint64_t now_ms, uint64_t seq);

/// The number of the last change; 0 if there was none.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
mqc_status mqc_client_persist_seq(const struct mqc_client *session, uint64_t *out);

/// Says that the store has refused a change because another owner, of this epoch, has the session.
/// The connection ends; nothing that was held back goes out, and nothing more is told.
///
/// @param session  made with mqc_client_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param epoch    of the other owner
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), allocates for the event. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_client_fenced(struct mqc_client *session, uint64_t now_ms, uint64_t epoch);

/// Makes the next page of a snapshot of what outlives a connection; no bytes after the last one.
///
/// The session may go on between pages, if its changes are told: those after mqc_snapshot_seq() are
/// to be kept with the snapshot, and applied after it.
///
/// @param session    made with mqc_client_new()
/// @param snapshot   made with mqc_snapshot_new(); one for all pages of this session
/// @param max_bytes  that a page has at most, but one entry at least
/// @param page       written with MQC_OK
///
/// Ownership: the bytes of the page are those of `snapshot`.
/// Lifetime: the view lives until the next call with `snapshot` that is not `const`.
/// Threads: several may read the session at a time while none changes it; one at a time for each
///   `snapshot`.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), allocates the page. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `session` or uses
/// `snapshot`.
mqc_status mqc_client_snapshot(const struct mqc_client *session,
                               struct mqc_snapshot *snapshot,
                               size_t max_bytes,
                               struct mqc_bytes *page);

/// Takes what is left of the session out of it, for mqc_client_resume(). Events that were not
/// polled are lost; so is what was not sent. Of `session` only mqc_client_free() and
/// mqc_client_refusal() work then.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK
///
/// Ownership: `session` and `*out` are the caller's, to be freed apart.
/// Lifetime: all that the session gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), allocates the object. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
mqc_status mqc_client_into_state(struct mqc_client *session, struct mqc_session_state **out);

/// Makes a payload to be shared.
///
/// @param data      copied before return; NULL only if `len` is 0
/// @param len       bytes at `data`
/// @param out       written with MQC_OK
///
/// Ownership: `data` is copied before return; `*out` is the caller's, to be freed with
///   mqc_payload_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(len), allocates a copy of the payload. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size.
mqc_status mqc_payload_new(const uint8_t *data, size_t len, struct mqc_payload **out);

/// Lets go of a payload; NULL is fine. Messages that have it keep it as long as they need it.
///
/// @param payload   of no use after the call
///
/// Ownership: `payload` is taken.
/// Lifetime: what mqc_payload_bytes() gave ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `payload` is NULL or came from mqc_payload_new(), and is not used any more.
void mqc_payload_free(struct mqc_payload *payload);

/// The bytes of a payload.
///
/// @param payload   made with mqc_payload_new()
/// @param out       written with MQC_OK
///
/// Ownership: the bytes are the payload's.
/// Lifetime: the view lives as long as `payload` is not freed.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects.
mqc_status mqc_payload_bytes(const struct mqc_payload *payload, struct mqc_bytes *out);

/// Before the first attempt to connect.
///
/// @param options   borrowed during the call; NULL for the defaults
/// @param out       written with MQC_OK
///
/// Ownership: `options` are copied before return; `*out` is the caller's, to be freed with
///   mqc_reconnect_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// `options` is NULL or points to as many bytes as its first field says, `out` is NULL or points to
/// a writable pointer.
mqc_status mqc_reconnect_new(const struct mqc_backoff *options, struct mqc_reconnect **out);

/// Frees it; NULL is fine.
///
/// @param reconnect  of no use after the call
///
/// Ownership: `reconnect` is taken.
/// Lifetime: nothing came out that could end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `reconnect` is NULL or came from mqc_reconnect_new(), and is not used any more.
void mqc_reconnect_free(struct mqc_reconnect *reconnect);

/// Notes that the server has accepted the connection.
///
/// @param reconnect  made with mqc_reconnect_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept but the number.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `reconnect` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_reconnect_connected(struct mqc_reconnect *reconnect, uint64_t now_ms);

/// Notes that a connection has ended, or an attempt has failed; says when to try again.
///
/// @param reconnect  made with mqc_reconnect_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param random     any number, of which all 32 bits count
/// @param at_ms      written with MQC_OK: the moment, on the caller's clock
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `reconnect`.
mqc_status mqc_reconnect_lost(struct mqc_reconnect *reconnect,
                              uint64_t now_ms,
                              uint32_t random,
                              uint64_t *at_ms);

/// The next wait in milliseconds, as if no number were to shorten it.
///
/// @param reconnect  made with mqc_reconnect_new()
/// @param wait_ms    written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `reconnect`.
mqc_status mqc_reconnect_next_wait(const struct mqc_reconnect *reconnect, uint64_t *wait_ms);

/// For a message that has not been published yet.
///
/// @param options   borrowed during the call; NULL for the defaults
/// @param attempts  how often it is published once more after it has failed
/// @param out       written with MQC_OK
///
/// Ownership: `options` are copied before return; `*out` is the caller's, to be freed with
///   mqc_retry_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// As mqc_reconnect_new().
mqc_status mqc_retry_new(const struct mqc_backoff *options,
                         uint32_t attempts,
                         struct mqc_retry **out);

/// Frees it; NULL is fine.
///
/// @param retry     of no use after the call
///
/// Ownership: `retry` is taken.
/// Lifetime: nothing came out that could end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `retry` is NULL or came from mqc_retry_new(), and is not used any more.
void mqc_retry_free(struct mqc_retry *retry);

/// Notes that the message has failed; says when to publish it again, or to give up: it has failed
/// too often, or would fail again.
///
/// @param retry     made with mqc_retry_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param failure   `MQC_FAILURE_*`
/// @param why       the status, reason or code that goes with it
/// @param random    any number, of which all 32 bits count
/// @param again     written with MQC_OK: 1 to publish it again, 0 to give up
/// @param at_ms     written with MQC_OK: when; UINT64_MAX for never
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `retry`.
mqc_status mqc_retry_failed(struct mqc_retry *retry,
                            uint64_t now_ms,
                            mqc_publish_failure failure,
                            uint32_t why,
                            uint32_t random,
                            uint8_t *again,
                            uint64_t *at_ms);

/// No requests yet.
///
/// @param response_topic  UTF-8, where responses go; no other client may have it
/// @param max_count       how many requests may wait at a time
/// @param out             written with MQC_OK
///
/// Ownership: `response_topic` is copied before return; `*out` is the caller's, to be freed with
///   mqc_requests_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or the MQC_ERR_* of a text that is no topic
///   name.
/// Cost: O(bytes), allocates the object. Since 0.1.
///
/// # Safety
/// `response_topic` points to its bytes, `out` is NULL or points to a writable pointer.
mqc_status mqc_requests_new(struct mqc_bytes response_topic,
                            size_t max_count,
                            struct mqc_requests **out);

/// Frees it; NULL is fine.
///
/// @param requests  of no use after the call
///
/// Ownership: `requests` is taken.
/// Lifetime: nothing came out that could end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(requests). Since 0.1.
///
/// # Safety
/// `requests` is NULL or came from mqc_requests_new(), and is not used any more.
void mqc_requests_free(struct mqc_requests *requests);

/// Begins a request: gives the properties that make a message one, Response Topic and Correlation
/// Data, one after another as on the wire. They go into the message, before or behind others.
///
/// @param requests    made with mqc_requests_new()
/// @param now_ms      what time it is, on the caller's monotonic clock
/// @param timeout_ms  how long to wait for the response
/// @param value       comes back with the response, or when the time is over
/// @param out         written with MQC_OK, `*written` bytes
/// @param capacity    bytes at `out`; those of the response topic and 14 more are enough
/// @param written     written with MQC_OK
///
/// Ownership: nothing is kept but the numbers; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_BUFFER_TOO_SMALL, or
///   MQC_WOULD_BLOCK if as many requests wait as may.
/// Cost: O(log(requests) + bytes), allocates a place for the request. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses
/// `requests`.
mqc_status mqc_requests_begin(struct mqc_requests *requests,
                              uint64_t now_ms,
                              uint64_t timeout_ms,
                              uint64_t value,
                              uint8_t *out,
                              size_t capacity,
                              size_t *written);

/// Takes a message that has come: if it is the response to a request, that waits no longer.
///
/// @param requests  made with mqc_requests_new()
/// @param publish   borrowed during the call, with what it points to
/// @param found     written with MQC_OK: 1 if it is a response, 0 if it is none, or too late
/// @param value     written with MQC_OK: that of the request, or 0
///
/// Ownership: `publish` is borrowed during the call, with what it points to.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or MQC_ERR_* of a message that is
///   not legal.
/// Cost: O(log(requests) + bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `requests`.
mqc_status mqc_requests_take(struct mqc_requests *requests,
                             const struct mqc_publish *publish,
                             uint8_t *found,
                             uint64_t *value);

/// Takes a request whose time is over; it waits no longer. Call it until there is none.
///
/// @param requests  made with mqc_requests_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param found     written with MQC_OK: 1 if there is one, else 0
/// @param value     written with MQC_OK: that of the request, or 0
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(log(requests)), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `requests`.
mqc_status mqc_requests_expire(struct mqc_requests *requests,
                               uint64_t now_ms,
                               uint8_t *found,
                               uint64_t *value);

/// When mqc_requests_expire() is to be called.
///
/// @param requests  made with mqc_requests_new()
/// @param at_ms     written with MQC_OK: the moment, on the caller's clock; UINT64_MAX for never
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(log(requests)), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `requests`.
mqc_status mqc_requests_poll_timeout(const struct mqc_requests *requests, uint64_t *at_ms);

/// How many requests wait.
///
/// @param requests  made with mqc_requests_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `requests`.
mqc_status mqc_requests_count(const struct mqc_requests *requests, size_t *out);

/// Makes a session for a connection that has just been opened.
///
/// @param config    borrowed during the call; NULL for the defaults
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param out       written with MQC_OK
///
/// Ownership: `config` is copied before return; `*out` is the caller's, to be freed with
///   mqc_server_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// `config` is NULL or points to as many bytes as its first field says, `out` is NULL or points to
/// a writable pointer.
mqc_status mqc_server_new(const struct mqc_server_config *config,
                          uint64_t now_ms,
                          struct mqc_server **out);

/// Says, before mqc_server_accept() without a state, which was the last change that the store has
/// of a session in whose place this one comes: `persist_after` of the configuration, once it is
/// known who connects.
///
/// @param session   made with mqc_server_new()
/// @param seq       the number of that change
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_server_persist_after(struct mqc_server *session, uint64_t seq);

/// Accepts the client, with the state of its session if there is one. What this server offers is in
/// the properties of CONNACK; the Maximum Packet Size of the configuration is added to them (5.0).
///
/// @param session   made with mqc_server_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param connack   borrowed during the call, with what it points to; `session_present` says
///                  whether there is a state
/// @param state     taken with MQC_OK: of no use any more, and still to be freed; NULL for a new
///                  session
///
/// Ownership: `connack` is borrowed during the call, with what it points to; what `state` has is
///   taken with MQC_OK, and stays in it otherwise.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_FENCED;
///   MQC_NOT_ALLOWED if there is no CONNECT to be answered, the code is no success, Session Present
///   does not say whether there is a state, there is one although CONNECT has Clean Start, the
///   authentication method is not that of CONNECT, or a 5.0 client without an identifier is not
///   assigned one; MQC_NOT_SUPPORTED for a will that is beyond what CONNACK offers;
///   MQC_PACKET_TOO_LARGE, MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes + messages), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures and objects, and their views to their bytes; no
/// other thread uses `session` or `state`.
mqc_status mqc_server_accept(struct mqc_server *session,
                             uint64_t now_ms,
                             const struct mqc_connack *connack,
                             struct mqc_session_state *state);

/// Refuses the client and ends the connection.
///
/// @param session   made with mqc_server_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param connack   borrowed during the call, with what it points to
///
/// Ownership: `connack` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT; MQC_NOT_ALLOWED if
///   there is no CONNECT to be answered, or the code is a success; MQC_PACKET_TOO_LARGE,
///   MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
mqc_status mqc_server_refuse(struct mqc_server *session,
                             uint64_t now_ms,
                             const struct mqc_connack *connack);

/// Sends a message to the client; `token` comes back with what becomes of it, for QoS 1 and 2.
///
/// Its packet identifier and DUP are the session's: both are to be 0. A topic alias that
/// the caller sets must be one that the peer takes.
///
/// @param session    made with mqc_server_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param publish    borrowed during the call, with what it points to
/// @param token      the caller's number for it
/// @param when_full  what to do if it cannot be sent now: `MQC_WHEN_FULL_*`
/// @param out        written with MQC_OK; may be NULL
///
/// Ownership: `publish` is copied before return, with what it points to.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and
///   mqc_server_poll_persist() gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_WOULD_BLOCK,
///   MQC_QUIESCING, MQC_FENCED; MQC_NOT_SUPPORTED: the client does not take this
///   alias;
///   MQC_NOT_CONNECTED: it was not to wait; MQC_NOT_ALLOWED: a packet identifier or DUP is set;
///   MQC_PACKET_TOO_LARGE, MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written or kept. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
mqc_status mqc_server_deliver(struct mqc_server *session,
                              uint64_t now_ms,
                              const struct mqc_publish *publish,
                              uint64_t token,
                              mqc_when_full when_full,
                              struct mqc_publish_result *out);

/// As mqc_server_deliver(), with a payload that is shared: from 2 KiB on it is not copied, but kept
/// and sent as it is. That of `publish` is to be empty.
///
/// @param session    made with mqc_server_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param publish    borrowed during the call, with what it points to
/// @param payload    made with mqc_payload_new(); may be freed after the call
/// @param token      the caller's number for it
/// @param when_full  what to do if it cannot be sent now: `MQC_WHEN_FULL_*`
/// @param out        written with MQC_OK; may be NULL
///
/// Ownership: `publish` is copied before return, with what it points to; the session has a part in
///   the bytes of `payload`, which stays the caller's.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and
///   mqc_server_poll_persist() gave ends.
/// Threads: one at a time for each session; several may share `payload` while none frees it.
/// Errors: as mqc_server_deliver(); MQC_NOT_ALLOWED also if `publish` has a payload.
/// Cost: O(bytes without those of a payload of 2 KiB or more), allocates for what is written or
///   kept. Since 0.1.
///
/// # Safety
/// As mqc_server_deliver(); `payload` is NULL or points to such an object.
mqc_status mqc_server_deliver_payload(struct mqc_server *session,
                                      uint64_t now_ms,
                                      const struct mqc_publish *publish,
                                      const struct mqc_payload *payload,
                                      uint64_t token,
                                      mqc_when_full when_full,
                                      struct mqc_publish_result *out);

/// Sends messages in order up to the first that is not taken; says how many.
///
/// @param session    made with mqc_server_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param messages   borrowed during the call, with what they point to
/// @param tokens     the caller's number for each of them; NULL for 0
/// @param count      messages
/// @param when_full  what to do if one cannot be sent now: `MQC_WHEN_FULL_*`
/// @param taken      written with MQC_OK, and with the error of a message: how many were taken
///                   before
///
/// Ownership: the messages are copied before return, with what they point to.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and
///   mqc_server_poll_persist() gave ends.
/// Threads: one at a time for each object.
/// Errors: as mqc_server_deliver(): those of the first message that is not taken.
/// Cost: O(bytes), allocates for what is written or kept. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to as many such structures, and their views to their bytes; no other
/// thread uses `session`.
mqc_status mqc_server_deliver_all(struct mqc_server *session,
                                  uint64_t now_ms,
                                  const struct mqc_publish *messages,
                                  const uint64_t *tokens,
                                  size_t count,
                                  mqc_when_full when_full,
                                  size_t *taken);

/// Answers a SUBSCRIBE.
///
/// @param session   made with mqc_server_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param suback    borrowed during the call, with what it points to
///
/// Ownership: `suback` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT; MQC_UNKNOWN_TOKEN if no
///   such request with this identifier waits; MQC_NOT_ALLOWED if it has another number of filters,
///   or asks for a lower QoS; MQC_PACKET_TOO_LARGE, MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
mqc_status mqc_server_suback(struct mqc_server *session,
                             uint64_t now_ms,
                             const struct mqc_filter_ack *suback);

/// Answers an UNSUBSCRIBE. Before 5.0 the answer has no codes.
///
/// @param session   made with mqc_server_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param unsuback  borrowed during the call, with what it points to
///
/// Ownership: `unsuback` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: as mqc_server_suback().
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// As mqc_server_suback().
mqc_status mqc_server_unsuback(struct mqc_server *session,
                               uint64_t now_ms,
                               const struct mqc_filter_ack *unsuback);

/// Ends the connection because another one has the session now.
///
/// @param session   made with mqc_server_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_SPENT or MQC_NOT_CONNECTED.
/// Cost: O(1), allocates for what is written. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_server_take_over(struct mqc_server *session, uint64_t now_ms);

/// The will, if it is to be published: when the connection has ended, and after its delay, unless
/// the client has come back to the session by then. There is none after a refusal, after a
/// DISCONNECT that takes it back, and when it had none: then `out->has_will` is 0.
///
/// @param session   made with mqc_server_new()
/// @param out       written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the session's.
/// Lifetime: the views in `*out` live until the next call with `session` that is not `const`.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(bytes of the will), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
mqc_status mqc_server_will(const struct mqc_server *session, struct mqc_will *out);

/// For how long the session is kept when the connection ends, in seconds; UINT32_MAX for ever. In
/// 3.1 and 3.1.1 for ever, or not at all with a clean session.
///
/// @param session   made with mqc_server_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// As mqc_server_will().
mqc_status mqc_server_session_expiry(const struct mqc_server *session, uint32_t *out);

/// Frees a session; NULL is fine. Nothing is said to the peer, and what is not stored is lost.
///
/// @param session  of no use after the call
///
/// Ownership: `session` is taken.
/// Lifetime: all that the session gave ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(messages). Since 0.1.
///
/// # Safety
/// `session` is NULL or came from mqc_server_new(), and is not used any more.
void mqc_server_free(struct mqc_server *session);

/// Takes bytes of the peer; says how many. Fewer than there are: poll events, send what is to be
/// sent, and hand in the rest again.
///
/// They are read by mqc_server_poll_event(). After the end of the connection all are taken, and
/// ignored.
///
/// @param session  made with mqc_server_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param data     borrowed during the call; NULL only if `len` is 0
/// @param len      bytes at `data`
/// @param taken    written with MQC_OK: how many of them were taken
///
/// Ownership: `data` is copied before return.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED or MQC_SPENT; the peer's faults
///   come as an event.
/// Cost: O(bytes taken), allocates as much as there is not room for. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses
/// `session`.
mqc_status mqc_server_handle_input(struct mqc_server *session,
                                   uint64_t now_ms,
                                   const uint8_t *data,
                                   size_t len,
                                   size_t *taken);

/// The transport has come to its end. Packets that have come before are events before
/// `MQC_EVENT_CLOSED`.
///
/// @param session  made with mqc_server_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_server_handle_eof(struct mqc_server *session, uint64_t now_ms);

/// Does what is due by now; nothing, if nothing is.
///
/// @param session  made with mqc_server_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_server_handle_timeout(struct mqc_server *session, uint64_t now_ms);

/// When mqc_server_handle_timeout() is to be called, as things stand, and why.
///
/// @param session  made with mqc_server_new()
/// @param at_ms    written with MQC_OK: the moment, on the caller's clock; UINT64_MAX for never
/// @param timer    written with MQC_OK: why, `MQC_TIMER_*`; may be NULL
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such an object or number; no other thread changes `session`.
mqc_status mqc_server_poll_timeout(const struct mqc_server *session,
                                   uint64_t *at_ms,
                                   mqc_timer *timer);

/// Takes what has happened next. Packets are read here, and answers written: poll until `out->kind`
/// is `MQC_EVENT_NONE`, then send.
///
/// Nothing is copied: the views in `*out` point into what the session has.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the session's.
/// Lifetime: the views in `*out` live until the next call with `session` that is not `const`;
///   `statement` of a decode error for ever.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(bytes of the packets read); allocates for what it keeps, and nothing for a message of
///   QoS 0. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
mqc_status mqc_server_poll_event(struct mqc_server *session, struct mqc_event *out);

/// Views what is to be sent next, in one piece: no bytes if there is nothing. Messages that wait
/// are written first, as far as there is room.
///
/// Send it, or some of it, and say how much with mqc_server_transmit_advance(); then look again.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: the bytes are the session's.
/// Lifetime: the view lives until the next call with `session` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages that need not wait any more); allocates for their packets. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
mqc_status mqc_server_transmit_peek(struct mqc_server *session, struct mqc_bytes *out);

/// Views what is to be sent next, in pieces for `writev`: at most 64, and none if there is nothing.
/// Large payloads that are shared are pieces of their own.
///
/// Say how many bytes were sent of all pieces with mqc_server_transmit_advance().
///
/// @param session   made with mqc_server_new()
/// @param out       written with MQC_OK, `*count` views
/// @param capacity  views at `out`
/// @param count     written with MQC_OK
///
/// Ownership: the bytes are the session's.
/// Lifetime: the views live until the next call with `session` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(pieces + messages that need not wait any more); allocates for their packets. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses
/// `session`.
mqc_status mqc_server_transmit_peek_vectored(struct mqc_server *session,
                                             struct mqc_bytes *out,
                                             size_t capacity,
                                             size_t *count);

/// Says that so many bytes of what is to be sent are with the transport: they are gone for good. It
/// may be any part, also of a packet.
///
/// @param session  made with mqc_server_new()
/// @param count    bytes
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_SPENT, or MQC_INVALID_ARGUMENT if there are not so
///   many.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_server_transmit_advance(struct mqc_server *session, size_t count);

/// How many bytes mqc_server_handle_input() would take at least: 0 means to wait with reading.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
mqc_status mqc_server_wants_input(const struct mqc_server *session, size_t *out);

/// Tells whether there is a connection: from CONNACK to its end.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK: 1 or 0
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
mqc_status mqc_server_is_connected(const struct mqc_server *session, uint8_t *out);

/// Tells more of the last command that the session has refused: what there is no room for, what the
/// peer does not take.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
mqc_status mqc_server_refusal(const struct mqc_server *session, struct mqc_refusal *out);

/// Acknowledges a message, with `MQC_ACK_MANUAL`. It goes out after those of the messages before
/// it.
///
/// A message of QoS 2 can be acknowledged after its connection too: it comes again, and is not
/// handed out again.
///
/// @param session      made with mqc_server_new()
/// @param now_ms       what time it is, on the caller's monotonic clock
/// @param token        of the event; of no use after the call, unless that gives MQC_NOT_ALLOWED
/// @param reason_code  for PUBACK or PUBREC; 0 is success
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_SPENT; MQC_UNKNOWN_TOKEN if it is acknowledged, or
///   its connection is over and its QoS is 1, or its session is lost; MQC_NOT_ALLOWED for a code
///   that this side may not send.
/// Cost: O(log(messages to be acknowledged)), allocates for what is written. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_server_ack(struct mqc_server *session,
                          uint64_t now_ms,
                          struct mqc_ack_token token,
                          uint8_t reason_code);

/// Sends one step of an enhanced authentication (5.0): Continue authentication, and at the end of
/// one that began after CONNACK, success.
///
/// @param session  made with mqc_server_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param auth     borrowed during the call, with what it points to
///
/// Ownership: `auth` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT; MQC_NOT_ALLOWED if the
///   client has not asked, the method is another, or the code does not fit; MQC_PACKET_TOO_LARGE,
///   MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
mqc_status mqc_server_auth(struct mqc_server *session,
                           uint64_t now_ms,
                           const struct mqc_auth *auth);

/// Ends the connection; 5.0: with this DISCONNECT, where it may be sent.
///
/// @param session     made with mqc_server_new()
/// @param now_ms      what time it is, on the caller's monotonic clock
/// @param disconnect  borrowed during the call, with what it points to; NULL for one without a
///                    fault
///
/// Ownership: `disconnect` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_NOT_CONNECTED;
///   MQC_NOT_ALLOWED for a code or property that this side may not send; MQC_PACKET_TOO_LARGE,
///   MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
mqc_status mqc_server_disconnect(struct mqc_server *session,
                                 uint64_t now_ms,
                                 const struct mqc_disconnect *disconnect);

/// Says goodbye as soon as all that waits or is open is done, and ends the connection. Until then
/// no message is taken from the caller; those of the peer still come.
///
/// @param session     made with mqc_server_new()
/// @param now_ms      what time it is, on the caller's monotonic clock
/// @param disconnect  borrowed during the call, with what it points to; NULL for one without a
///                    fault
///
/// Ownership: `disconnect` is copied before return.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_NOT_CONNECTED;
///   MQC_NOT_ALLOWED for a code or property that this side may not send; MQC_PACKET_TOO_LARGE,
///   MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for the packet. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
mqc_status mqc_server_quiesce(struct mqc_server *session,
                              uint64_t now_ms,
                              const struct mqc_disconnect *disconnect);

/// Tells what the session has done, if that is counted.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
mqc_status mqc_server_stats(const struct mqc_server *session, struct mqc_stats *out);

/// Tells what the session has done, if that is counted, and begins to count anew.
///
/// @param session  made with mqc_server_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
mqc_status mqc_server_stats_and_reset(struct mqc_server *session,
                                      uint64_t now_ms,
                                      struct mqc_stats *out);

/// Bytes that the session has on the heap. Payloads that are shared count for each message that has
/// them.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
mqc_status mqc_server_heap_bytes(const struct mqc_server *session, size_t *out);

/// Gives back memory that is not needed now, say of a session that has been quiet for a while.
///
/// @param session  made with mqc_server_new()
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(bytes kept). Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_server_shrink_to_fit(struct mqc_server *session);

/// Tells what time of the world it is: at the beginning, after a state was restored, and whenever
/// the caller likes. Only what is stored has such times; no timer depends on them.
///
/// @param session  made with mqc_server_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param unix_ms  milliseconds since 1970
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_server_set_unix_time(struct mqc_server *session, uint64_t now_ms, uint64_t unix_ms);

/// Takes the next change of what outlives a connection, which a store is to keep. Poll until
/// `out->kind` is `MQC_PERSIST_NONE`; what has been polled does not come again.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the session's.
/// Lifetime: the views in `*out` live until the next call with `session` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
mqc_status mqc_server_poll_persist(struct mqc_server *session, struct mqc_persist_op *out);

/// Says that all changes up to this number are safe, and what was made of the messages whose events
/// had no later one. With `MQC_DURABILITY_GATE` what depends on them may go out now. Numbers that
/// have not been polled are not believed.
///
/// @param session  made with mqc_server_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param seq      of the last change that is safe
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(packets that waited); allocates for what is written. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_server_persisted(struct mqc_server *session, uint64_t now_ms, uint64_t seq);

/// The number of the last change; 0 if there was none.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
mqc_status mqc_server_persist_seq(const struct mqc_server *session, uint64_t *out);

/// Says that the store has refused a change because another owner, of this epoch, has the session.
/// The connection ends; nothing that was held back goes out, and nothing more is told.
///
/// @param session  made with mqc_server_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param epoch    of the other owner
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), allocates for the event. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
mqc_status mqc_server_fenced(struct mqc_server *session, uint64_t now_ms, uint64_t epoch);

/// Makes the next page of a snapshot of what outlives a connection; no bytes after the last one.
///
/// The session may go on between pages, if its changes are told: those after mqc_snapshot_seq() are
/// to be kept with the snapshot, and applied after it.
///
/// @param session    made with mqc_server_new()
/// @param snapshot   made with mqc_snapshot_new(); one for all pages of this session
/// @param max_bytes  that a page has at most, but one entry at least
/// @param page       written with MQC_OK
///
/// Ownership: the bytes of the page are those of `snapshot`.
/// Lifetime: the view lives until the next call with `snapshot` that is not `const`.
/// Threads: several may read the session at a time while none changes it; one at a time for each
///   `snapshot`.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), allocates the page. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `session` or uses
/// `snapshot`.
mqc_status mqc_server_snapshot(const struct mqc_server *session,
                               struct mqc_snapshot *snapshot,
                               size_t max_bytes,
                               struct mqc_bytes *page);

/// Takes what is left of the session out of it, for mqc_server_accept() of its next connection.
/// Events that were not polled are lost; so is what was not sent. Of `session` only
/// mqc_server_free() and mqc_server_refusal() work then.
///
/// @param session  made with mqc_server_new()
/// @param out      written with MQC_OK
///
/// Ownership: `session` and `*out` are the caller's, to be freed apart.
/// Lifetime: all that the session gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages), allocates the object. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
mqc_status mqc_server_into_state(struct mqc_server *session, struct mqc_session_state **out);

/// Writes the numbers as Prometheus reads them.
///
/// @param stats     borrowed during the call
/// @param labels    UTF-8, goes with each number, as in `client="7"`; may be empty
/// @param out       written with MQC_OK, `*written` bytes of text, without a NUL
/// @param capacity  bytes at `out`; 4 KiB and 22 times `labels` are enough
/// @param written   written with MQC_OK
///
/// Ownership: `stats` and `labels` are borrowed during the call; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_ERR_UTF8 or MQC_BUFFER_TOO_SMALL.
/// Cost: O(bytes written), allocates them once. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; `out` overlaps nothing else.
mqc_status mqc_stats_prometheus(const struct mqc_stats *stats,
                                struct mqc_bytes labels,
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

/// Tells how many bytes are certainly missing to the end of the packet at hand, payload included.
///
/// Exact once the fixed header of the packet is there; never 0. Reading that many never reads into the next packet. Between
/// two packets it is 2, the shortest there is. It is 2 after an error too, where nothing more is taken: what the first
/// packet after mqc_stream_clear() has at least. mqc_stream_is_idle() tells the two apart.
///
/// @param stream    begun with mqc_stream_init()
/// @param needed    written with MQC_OK: bytes
///
/// Ownership: `needed` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `stream` is NULL or points to a stream, `needed` is NULL or points to such a number.
mqc_status mqc_stream_needed(const struct mqc_stream *stream,
                             size_t *needed);

/// Tells whether nothing of a packet has been taken yet: where a connection may end in peace.
///
/// @param stream    begun with mqc_stream_init()
/// @param idle      written with MQC_OK: 1 between two packets, else 0, which it is after an error too
///
/// Ownership: `idle` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `stream` is NULL or points to a stream, `idle` is NULL or points to such a number.
mqc_status mqc_stream_is_idle(const struct mqc_stream *stream,
                              uint8_t *idle);

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
