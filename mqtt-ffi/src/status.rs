//! The results of functions: numbers, names, and how the core's errors map to them.

use core::ffi::{CStr, c_char};
use mqtt_core::mapping::{Unmappable, Why};
use mqtt_core::{EncodeError, ErrorKind, TopicError};
#[cfg(feature = "tries")]
use mqtt_core::{IndexFull, RouteErrorKind};

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
pub type mqc_status = u32;

/// Done.
pub const MQC_OK: mqc_status = 0;
/// The bytes are the beginning of a packet: call again with more of them.
pub const MQC_NEED_MORE: mqc_status = 1;

/// A pointer that must not be NULL is NULL.
pub const MQC_NULL_POINTER: mqc_status = 100;
/// A number is none of its set, or a structure is of an unknown size.
pub const MQC_INVALID_ARGUMENT: mqc_status = 101;
/// The output buffer is too small; nothing was written to it.
pub const MQC_BUFFER_TOO_SMALL: mqc_status = 102;
/// The object is of no use any more: a defect was caught in an earlier call. Only its `_free` works.
pub const MQC_POISONED: mqc_status = 103;

/// There is no room for one more.
pub const MQC_FULL: mqc_status = 400;
/// The broker is shutting down.
pub const MQC_SHUTTING_DOWN: mqc_status = 401;
/// There is none of that name; a connection of that name is over.
pub const MQC_UNKNOWN: mqc_status = 402;
/// Nothing was asked that this could answer.
pub const MQC_NOT_ASKED: mqc_status = 403;
/// A rule of who may publish and subscribe to what is none.
pub const MQC_ERR_ACL: mqc_status = 404;

/// A defect of the library was caught at its boundary. Outputs are untouched.
pub const MQC_PANIC: mqc_status = 200;

/// There is no room now. Nothing is wrong: try again after `MQC_EVENT_WRITABLE`.
pub const MQC_WOULD_BLOCK: mqc_status = 300;
/// There is no connection, or it is not far enough for this.
pub const MQC_NOT_CONNECTED: mqc_status = 301;
/// There is a connection already.
pub const MQC_CONNECTED: mqc_status = 302;
/// The packet is larger than the peer takes.
pub const MQC_PACKET_TOO_LARGE: mqc_status = 303;
/// The peer said that it does not take this.
pub const MQC_NOT_SUPPORTED: mqc_status = 304;
/// This may not be sent now: out of order, or by this side.
pub const MQC_NOT_ALLOWED: mqc_status = 305;
/// There is no packet that waits for this acknowledgement: its connection is gone.
pub const MQC_UNKNOWN_TOKEN: mqc_status = 306;
/// The connection is about to end, as the caller has said.
pub const MQC_QUIESCING: mqc_status = 307;
/// Another owner has the session.
pub const MQC_FENCED: mqc_status = 308;
/// What the object had was taken out of it. Only its `_free` works.
pub const MQC_SPENT: mqc_status = 309;
/// The session does not take the command for a reason that this header does not name.
pub const MQC_REFUSED_OTHER: mqc_status = 399;

/// The bytes break a rule that this header does not name.
pub const MQC_ERR_OTHER: mqc_status = 1000;
/// The version is not known yet and the packet is not CONNECT.
pub const MQC_ERR_EXPECTED_CONNECT: mqc_status = 1001;
/// Packet type 0, or 15 before 5.0.
pub const MQC_ERR_PACKET_TYPE_RESERVED: mqc_status = 1002;
/// The lower half of the first byte differs from what the packet type requires.
pub const MQC_ERR_FIXED_HEADER_FLAGS: mqc_status = 1003;
/// QoS 3 in PUBLISH.
pub const MQC_ERR_PUBLISH_QOS: mqc_status = 1004;
/// DUP 1 with QoS 0.
pub const MQC_ERR_DUP_WITHOUT_QOS: mqc_status = 1005;
/// The other side sends packets of this type.
pub const MQC_ERR_PACKET_DIRECTION: mqc_status = 1006;
/// The packet is larger than the option `max_packet_size`.
pub const MQC_ERR_PACKET_TOO_LARGE: mqc_status = 1007;
/// A variable byte integer goes on after its fourth byte.
pub const MQC_ERR_VARINT_TOO_LONG: mqc_status = 1008;
/// A variable byte integer is longer than needed (5.0).
pub const MQC_ERR_VARINT_NOT_MINIMAL: mqc_status = 1009;
/// A field needs more bytes than the packet has left.
pub const MQC_ERR_TRUNCATED: mqc_status = 1010;
/// Bytes are left after the last field.
pub const MQC_ERR_TRAILING_BYTES: mqc_status = 1011;
/// A string is not well-formed UTF-8.
pub const MQC_ERR_UTF8: mqc_status = 1012;
/// A string contains U+0000.
pub const MQC_ERR_NUL: mqc_status = 1013;
/// A string contains a character that should not occur (only with
/// `MQC_REJECT_CONTROL_CHARACTERS`).
pub const MQC_ERR_CONTROL_CHARACTER: mqc_status = 1014;
/// The protocol name of CONNECT is none that goes with a known level.
pub const MQC_ERR_PROTOCOL_NAME: mqc_status = 1015;
/// The protocol level of CONNECT is not known.
pub const MQC_ERR_PROTOCOL_LEVEL: mqc_status = 1016;
/// Bit 0 of the CONNECT flags is set.
pub const MQC_ERR_CONNECT_FLAGS_RESERVED: mqc_status = 1017;
/// Will QoS 3.
pub const MQC_ERR_WILL_QOS: mqc_status = 1018;
/// Will QoS without a will.
pub const MQC_ERR_WILL_QOS_WITHOUT_WILL: mqc_status = 1019;
/// Will Retain without a will.
pub const MQC_ERR_WILL_RETAIN_WITHOUT_WILL: mqc_status = 1020;
/// Password without a user name (3.1, 3.1.1).
pub const MQC_ERR_PASSWORD_WITHOUT_USER_NAME: mqc_status = 1021;
/// Empty client identifier where it is not legal (3.1; 3.1.1 with CleanSession 0).
pub const MQC_ERR_CLIENT_ID_EMPTY: mqc_status = 1022;
/// Client identifier of more than 23 characters (3.1).
pub const MQC_ERR_CLIENT_ID_TOO_LONG: mqc_status = 1023;
/// Packet identifier 0.
pub const MQC_ERR_PACKET_ID_ZERO: mqc_status = 1024;
/// Empty topic name without a topic alias, or empty will topic.
pub const MQC_ERR_TOPIC_EMPTY: mqc_status = 1025;
/// Wildcard in a topic name or will topic.
pub const MQC_ERR_TOPIC_WILDCARD: mqc_status = 1026;
/// More levels than the option `max_topic_levels`.
pub const MQC_ERR_TOPIC_LEVELS: mqc_status = 1027;
/// Empty response topic.
pub const MQC_ERR_RESPONSE_TOPIC_EMPTY: mqc_status = 1028;
/// Wildcard in a response topic.
pub const MQC_ERR_RESPONSE_TOPIC_WILDCARD: mqc_status = 1029;
/// Empty topic filter.
pub const MQC_ERR_FILTER_EMPTY: mqc_status = 1030;
/// `#` that is not the last character or not alone in its level.
pub const MQC_ERR_FILTER_MULTI_LEVEL: mqc_status = 1031;
/// `+` that is not alone in its level.
pub const MQC_ERR_FILTER_SINGLE_LEVEL: mqc_status = 1032;
/// `$share/` with a wildcard in the share name, or without a filter behind it (5.0).
pub const MQC_ERR_SHARE_NAME: mqc_status = 1033;
/// More topic filters, or more codes that answer them, than the option `max_filters`.
pub const MQC_ERR_FILTER_COUNT: mqc_status = 1034;
/// SUBSCRIBE or UNSUBSCRIBE without a topic filter.
pub const MQC_ERR_SUBSCRIPTIONS_EMPTY: mqc_status = 1035;
/// Reserved bits of the subscription options.
pub const MQC_ERR_SUBSCRIPTION_OPTIONS_RESERVED: mqc_status = 1036;
/// Subscription QoS 3.
pub const MQC_ERR_SUBSCRIPTION_QOS: mqc_status = 1037;
/// Retain Handling 3.
pub const MQC_ERR_RETAIN_HANDLING: mqc_status = 1038;
/// No Local on a shared subscription.
pub const MQC_ERR_NO_LOCAL_ON_SHARE: mqc_status = 1039;
/// SUBACK or UNSUBACK without a code.
pub const MQC_ERR_REASON_CODES_EMPTY: mqc_status = 1040;
/// A code that this packet does not carry.
pub const MQC_ERR_REASON_CODE: mqc_status = 1041;
/// A code that the other side sends.
pub const MQC_ERR_REASON_CODE_SENDER: mqc_status = 1042;
/// Reserved bits of the CONNACK flags.
pub const MQC_ERR_CONNACK_FLAGS: mqc_status = 1043;
/// Session Present 1 with a refusal.
pub const MQC_ERR_SESSION_PRESENT_ON_REFUSAL: mqc_status = 1044;
/// The property section is longer than the packet.
pub const MQC_ERR_PROPERTY_LENGTH: mqc_status = 1045;
/// An identifier that is not defined.
pub const MQC_ERR_PROPERTY_UNKNOWN: mqc_status = 1046;
/// A property of another packet.
pub const MQC_ERR_PROPERTY_NOT_ALLOWED: mqc_status = 1047;
/// A property again that may occur once.
pub const MQC_ERR_PROPERTY_DUPLICATE: mqc_status = 1048;
/// A property value is longer than the property section.
pub const MQC_ERR_PROPERTY_TRUNCATED: mqc_status = 1049;
/// A property value that is not legal.
pub const MQC_ERR_PROPERTY_VALUE: mqc_status = 1050;
/// Topic alias 0.
pub const MQC_ERR_TOPIC_ALIAS_ZERO: mqc_status = 1051;
/// Authentication data without a method.
pub const MQC_ERR_AUTHENTICATION_DATA_ALONE: mqc_status = 1052;
/// Subscription identifier in a client's PUBLISH.
pub const MQC_ERR_SUBSCRIPTION_ID_FROM_CLIENT: mqc_status = 1053;
/// Session expiry interval in a server's DISCONNECT.
pub const MQC_ERR_SESSION_EXPIRY_FROM_SERVER: mqc_status = 1054;
/// More user properties than the option `max_user_properties`.
pub const MQC_ERR_USER_PROPERTY_COUNT: mqc_status = 1055;
/// A payload marked as text is not well-formed UTF-8 (only with
/// `MQC_CHECK_PAYLOAD_FORMAT`).
pub const MQC_ERR_PAYLOAD_NOT_UTF8: mqc_status = 1056;
/// `$share/` with an empty share name (5.0).
pub const MQC_ERR_SHARE_NAME_EMPTY: mqc_status = 1057;

/// The packet would be larger than the protocol allows.
pub const MQC_ERR_ENCODE_TOO_LARGE: mqc_status = 2001;
/// A string or binary field has more than 65,535 bytes.
pub const MQC_ERR_ENCODE_FIELD_TOO_LONG: mqc_status = 2002;
/// The packet or one of its fields does not exist in this version.
pub const MQC_ERR_ENCODE_NOT_IN_VERSION: mqc_status = 2003;
/// The packet cannot be encoded for a reason that this header does not name.
pub const MQC_ERR_ENCODE_OTHER: mqc_status = 2000;

/// The text cannot be mapped for a reason that this header does not name.
pub const MQC_ERR_MAP_OTHER: mqc_status = 1200;
/// More bytes than the other side takes.
pub const MQC_ERR_MAP_TOO_LONG: mqc_status = 1201;
/// A character that separates levels or words on the other side.
pub const MQC_ERR_MAP_SEPARATOR: mqc_status = 1202;
/// A wildcard, or a character that means one, where the other side has none.
pub const MQC_ERR_MAP_WILDCARD: mqc_status = 1203;
/// A character that does not exist on the other side.
pub const MQC_ERR_MAP_CHARACTER: mqc_status = 1204;
/// A key or Kafka topic without a character.
pub const MQC_ERR_MAP_EMPTY: mqc_status = 1205;
/// One empty level behind the exchange: in AMQP this is the same as none.
pub const MQC_ERR_MAP_EMPTY_LEVEL: mqc_status = 1206;
/// The text begins with `$`, which MQTT alone keeps from wildcards.
pub const MQC_ERR_MAP_DOLLAR: mqc_status = 1207;
/// The filter is a shared subscription.
pub const MQC_ERR_MAP_SHARED: mqc_status = 1208;
/// The exchange, or the first level, is not 1 to 127 of `A-Z a-z 0-9 - _ . :`.
pub const MQC_ERR_MAP_EXCHANGE: mqc_status = 1209;
/// A Kafka topic `.` or `..`, which Kafka reserves.
pub const MQC_ERR_MAP_DOTS: mqc_status = 1210;

/// The index takes no more, for a reason that this header does not name. As with the others,
/// nothing has changed then.
pub const MQC_ERR_INDEX_OTHER: mqc_status = 1300;
/// As many entries as the limit `max_entries`.
pub const MQC_ERR_INDEX_ENTRIES: mqc_status = 1301;
/// More levels than the limit `max_levels`.
pub const MQC_ERR_INDEX_LEVELS: mqc_status = 1302;
/// There are no more numbers for nodes: 2^27 or more of them.
pub const MQC_ERR_INDEX_NODES: mqc_status = 1303;
/// The index has changed since, or was given to a function that might have changed it, also if that
/// failed: begin anew.
pub const MQC_ERR_INDEX_CHANGED: mqc_status = 1304;

/// The pattern is refused for a reason that this header does not name.
pub const MQC_ERR_ROUTE_OTHER: mqc_status = 1400;
/// A brace that is not doubled, and not around a whole level.
pub const MQC_ERR_ROUTE_BRACE: mqc_status = 1401;
/// A capture `{}` or `{*}`.
pub const MQC_ERR_ROUTE_NAME_EMPTY: mqc_status = 1402;
/// `+`, `#` or `*` in the name of a capture.
pub const MQC_ERR_ROUTE_NAME_CHARACTER: mqc_status = 1403;
/// Two captures of the pattern have one name.
pub const MQC_ERR_ROUTE_NAME_TWICE: mqc_status = 1404;
/// `{*name}` before the last level.
pub const MQC_ERR_ROUTE_REST_NOT_LAST: mqc_status = 1405;
/// There is no more room for routes.
pub const MQC_ERR_ROUTE_FULL: mqc_status = 1406;
/// What a store gives back is wrong in a way that this header does not name.
pub const MQC_ERR_STORE_OTHER: mqc_status = 3000;
/// It ends too early. At the end of a journal: the last write was cut off, and what is before
/// holds.
pub const MQC_ERR_STORE_TRUNCATED: mqc_status = 3001;
/// It does not begin like a page, or a journal.
pub const MQC_ERR_STORE_NOT_OURS: mqc_status = 3002;
/// It is of an older or newer format.
pub const MQC_ERR_STORE_FORMAT: mqc_status = 3003;
/// Its checksum is another one.
pub const MQC_ERR_STORE_CHECKSUM: mqc_status = 3004;
/// Bytes lie behind the end.
pub const MQC_ERR_STORE_TRAILING: mqc_status = 3005;
/// A page or change is not the one that is to come next.
pub const MQC_ERR_STORE_OUT_OF_ORDER: mqc_status = 3006;
/// The change is of an owner before.
pub const MQC_ERR_STORE_EPOCH: mqc_status = 3007;
/// A page is missing at the end.
pub const MQC_ERR_STORE_UNFINISHED: mqc_status = 3008;
/// A key of a kind that this version does not know; it may be skipped.
pub const MQC_ERR_STORE_UNKNOWN_KEY: mqc_status = 3009;
/// The value of a key does not say what it should.
pub const MQC_ERR_STORE_VALUE: mqc_status = 3010;
/// Values do not go together.
pub const MQC_ERR_STORE_CONTRADICTION: mqc_status = 3011;

/// Statuses that stand for no kind of the core, with their names.
const PLAIN: &[(mqc_status, &CStr)] = &[
    (MQC_OK, c"MQC_OK"),
    (MQC_NEED_MORE, c"MQC_NEED_MORE"),
    (MQC_NULL_POINTER, c"MQC_NULL_POINTER"),
    (MQC_INVALID_ARGUMENT, c"MQC_INVALID_ARGUMENT"),
    (MQC_BUFFER_TOO_SMALL, c"MQC_BUFFER_TOO_SMALL"),
    (MQC_POISONED, c"MQC_POISONED"),
    (MQC_FULL, c"MQC_FULL"),
    (MQC_SHUTTING_DOWN, c"MQC_SHUTTING_DOWN"),
    (MQC_UNKNOWN, c"MQC_UNKNOWN"),
    (MQC_NOT_ASKED, c"MQC_NOT_ASKED"),
    (MQC_ERR_ACL, c"MQC_ERR_ACL"),
    (MQC_PANIC, c"MQC_PANIC"),
    (MQC_ERR_OTHER, c"MQC_ERR_OTHER"),
    (MQC_ERR_ENCODE_OTHER, c"MQC_ERR_ENCODE_OTHER"),
    (MQC_ERR_ENCODE_TOO_LARGE, c"MQC_ERR_ENCODE_TOO_LARGE"),
    (MQC_ERR_ENCODE_FIELD_TOO_LONG, c"MQC_ERR_ENCODE_FIELD_TOO_LONG"),
    (MQC_ERR_ENCODE_NOT_IN_VERSION, c"MQC_ERR_ENCODE_NOT_IN_VERSION"),
    (MQC_ERR_MAP_OTHER, c"MQC_ERR_MAP_OTHER"),
    (MQC_ERR_MAP_TOO_LONG, c"MQC_ERR_MAP_TOO_LONG"),
    (MQC_ERR_MAP_SEPARATOR, c"MQC_ERR_MAP_SEPARATOR"),
    (MQC_ERR_MAP_WILDCARD, c"MQC_ERR_MAP_WILDCARD"),
    (MQC_ERR_MAP_CHARACTER, c"MQC_ERR_MAP_CHARACTER"),
    (MQC_ERR_MAP_EMPTY, c"MQC_ERR_MAP_EMPTY"),
    (MQC_ERR_MAP_EMPTY_LEVEL, c"MQC_ERR_MAP_EMPTY_LEVEL"),
    (MQC_ERR_MAP_DOLLAR, c"MQC_ERR_MAP_DOLLAR"),
    (MQC_ERR_MAP_SHARED, c"MQC_ERR_MAP_SHARED"),
    (MQC_ERR_MAP_EXCHANGE, c"MQC_ERR_MAP_EXCHANGE"),
    (MQC_ERR_MAP_DOTS, c"MQC_ERR_MAP_DOTS"),
    (MQC_ERR_INDEX_OTHER, c"MQC_ERR_INDEX_OTHER"),
    (MQC_ERR_INDEX_ENTRIES, c"MQC_ERR_INDEX_ENTRIES"),
    (MQC_ERR_INDEX_LEVELS, c"MQC_ERR_INDEX_LEVELS"),
    (MQC_ERR_INDEX_NODES, c"MQC_ERR_INDEX_NODES"),
    (MQC_ERR_INDEX_CHANGED, c"MQC_ERR_INDEX_CHANGED"),
    (MQC_ERR_ROUTE_OTHER, c"MQC_ERR_ROUTE_OTHER"),
    (MQC_ERR_ROUTE_BRACE, c"MQC_ERR_ROUTE_BRACE"),
    (MQC_ERR_ROUTE_NAME_EMPTY, c"MQC_ERR_ROUTE_NAME_EMPTY"),
    (MQC_ERR_ROUTE_NAME_CHARACTER, c"MQC_ERR_ROUTE_NAME_CHARACTER"),
    (MQC_ERR_ROUTE_NAME_TWICE, c"MQC_ERR_ROUTE_NAME_TWICE"),
    (MQC_ERR_ROUTE_REST_NOT_LAST, c"MQC_ERR_ROUTE_REST_NOT_LAST"),
    (MQC_ERR_ROUTE_FULL, c"MQC_ERR_ROUTE_FULL"),
    (MQC_WOULD_BLOCK, c"MQC_WOULD_BLOCK"),
    (MQC_NOT_CONNECTED, c"MQC_NOT_CONNECTED"),
    (MQC_CONNECTED, c"MQC_CONNECTED"),
    (MQC_PACKET_TOO_LARGE, c"MQC_PACKET_TOO_LARGE"),
    (MQC_NOT_SUPPORTED, c"MQC_NOT_SUPPORTED"),
    (MQC_NOT_ALLOWED, c"MQC_NOT_ALLOWED"),
    (MQC_UNKNOWN_TOKEN, c"MQC_UNKNOWN_TOKEN"),
    (MQC_QUIESCING, c"MQC_QUIESCING"),
    (MQC_FENCED, c"MQC_FENCED"),
    (MQC_SPENT, c"MQC_SPENT"),
    (MQC_REFUSED_OTHER, c"MQC_REFUSED_OTHER"),
    (MQC_ERR_STORE_OTHER, c"MQC_ERR_STORE_OTHER"),
    (MQC_ERR_STORE_TRUNCATED, c"MQC_ERR_STORE_TRUNCATED"),
    (MQC_ERR_STORE_NOT_OURS, c"MQC_ERR_STORE_NOT_OURS"),
    (MQC_ERR_STORE_FORMAT, c"MQC_ERR_STORE_FORMAT"),
    (MQC_ERR_STORE_CHECKSUM, c"MQC_ERR_STORE_CHECKSUM"),
    (MQC_ERR_STORE_TRAILING, c"MQC_ERR_STORE_TRAILING"),
    (MQC_ERR_STORE_OUT_OF_ORDER, c"MQC_ERR_STORE_OUT_OF_ORDER"),
    (MQC_ERR_STORE_EPOCH, c"MQC_ERR_STORE_EPOCH"),
    (MQC_ERR_STORE_UNFINISHED, c"MQC_ERR_STORE_UNFINISHED"),
    (MQC_ERR_STORE_UNKNOWN_KEY, c"MQC_ERR_STORE_UNKNOWN_KEY"),
    (MQC_ERR_STORE_VALUE, c"MQC_ERR_STORE_VALUE"),
    (MQC_ERR_STORE_CONTRADICTION, c"MQC_ERR_STORE_CONTRADICTION"),
];

/// The status of every kind of the core.
#[rustfmt::skip]
const KINDS: &[(ErrorKind, mqc_status, &CStr)] = &[
    (ErrorKind::ExpectedConnect, MQC_ERR_EXPECTED_CONNECT, c"MQC_ERR_EXPECTED_CONNECT"),
    (ErrorKind::PacketTypeReserved, MQC_ERR_PACKET_TYPE_RESERVED, c"MQC_ERR_PACKET_TYPE_RESERVED"),
    (ErrorKind::FixedHeaderFlags, MQC_ERR_FIXED_HEADER_FLAGS, c"MQC_ERR_FIXED_HEADER_FLAGS"),
    (ErrorKind::PublishQos, MQC_ERR_PUBLISH_QOS, c"MQC_ERR_PUBLISH_QOS"),
    (ErrorKind::DupWithoutQos, MQC_ERR_DUP_WITHOUT_QOS, c"MQC_ERR_DUP_WITHOUT_QOS"),
    (ErrorKind::PacketDirection, MQC_ERR_PACKET_DIRECTION, c"MQC_ERR_PACKET_DIRECTION"),
    (ErrorKind::PacketTooLarge, MQC_ERR_PACKET_TOO_LARGE, c"MQC_ERR_PACKET_TOO_LARGE"),
    (ErrorKind::VarintTooLong, MQC_ERR_VARINT_TOO_LONG, c"MQC_ERR_VARINT_TOO_LONG"),
    (ErrorKind::VarintNotMinimal, MQC_ERR_VARINT_NOT_MINIMAL, c"MQC_ERR_VARINT_NOT_MINIMAL"),
    (ErrorKind::Truncated, MQC_ERR_TRUNCATED, c"MQC_ERR_TRUNCATED"),
    (ErrorKind::TrailingBytes, MQC_ERR_TRAILING_BYTES, c"MQC_ERR_TRAILING_BYTES"),
    (ErrorKind::Utf8, MQC_ERR_UTF8, c"MQC_ERR_UTF8"),
    (ErrorKind::Nul, MQC_ERR_NUL, c"MQC_ERR_NUL"),
    (ErrorKind::ControlCharacter, MQC_ERR_CONTROL_CHARACTER, c"MQC_ERR_CONTROL_CHARACTER"),
    (ErrorKind::ProtocolName, MQC_ERR_PROTOCOL_NAME, c"MQC_ERR_PROTOCOL_NAME"),
    (ErrorKind::ProtocolLevel, MQC_ERR_PROTOCOL_LEVEL, c"MQC_ERR_PROTOCOL_LEVEL"),
    (ErrorKind::ConnectFlagsReserved, MQC_ERR_CONNECT_FLAGS_RESERVED, c"MQC_ERR_CONNECT_FLAGS_RESERVED"),
    (ErrorKind::WillQos, MQC_ERR_WILL_QOS, c"MQC_ERR_WILL_QOS"),
    (ErrorKind::WillQosWithoutWill, MQC_ERR_WILL_QOS_WITHOUT_WILL, c"MQC_ERR_WILL_QOS_WITHOUT_WILL"),
    (ErrorKind::WillRetainWithoutWill, MQC_ERR_WILL_RETAIN_WITHOUT_WILL, c"MQC_ERR_WILL_RETAIN_WITHOUT_WILL"),
    (ErrorKind::PasswordWithoutUserName, MQC_ERR_PASSWORD_WITHOUT_USER_NAME, c"MQC_ERR_PASSWORD_WITHOUT_USER_NAME"),
    (ErrorKind::ClientIdEmpty, MQC_ERR_CLIENT_ID_EMPTY, c"MQC_ERR_CLIENT_ID_EMPTY"),
    (ErrorKind::ClientIdTooLong, MQC_ERR_CLIENT_ID_TOO_LONG, c"MQC_ERR_CLIENT_ID_TOO_LONG"),
    (ErrorKind::PacketIdZero, MQC_ERR_PACKET_ID_ZERO, c"MQC_ERR_PACKET_ID_ZERO"),
    (ErrorKind::TopicEmpty, MQC_ERR_TOPIC_EMPTY, c"MQC_ERR_TOPIC_EMPTY"),
    (ErrorKind::TopicWildcard, MQC_ERR_TOPIC_WILDCARD, c"MQC_ERR_TOPIC_WILDCARD"),
    (ErrorKind::TopicLevels, MQC_ERR_TOPIC_LEVELS, c"MQC_ERR_TOPIC_LEVELS"),
    (ErrorKind::ResponseTopicEmpty, MQC_ERR_RESPONSE_TOPIC_EMPTY, c"MQC_ERR_RESPONSE_TOPIC_EMPTY"),
    (ErrorKind::ResponseTopicWildcard, MQC_ERR_RESPONSE_TOPIC_WILDCARD, c"MQC_ERR_RESPONSE_TOPIC_WILDCARD"),
    (ErrorKind::FilterEmpty, MQC_ERR_FILTER_EMPTY, c"MQC_ERR_FILTER_EMPTY"),
    (ErrorKind::FilterMultiLevel, MQC_ERR_FILTER_MULTI_LEVEL, c"MQC_ERR_FILTER_MULTI_LEVEL"),
    (ErrorKind::FilterSingleLevel, MQC_ERR_FILTER_SINGLE_LEVEL, c"MQC_ERR_FILTER_SINGLE_LEVEL"),
    (ErrorKind::ShareNameEmpty, MQC_ERR_SHARE_NAME_EMPTY, c"MQC_ERR_SHARE_NAME_EMPTY"),
    (ErrorKind::ShareName, MQC_ERR_SHARE_NAME, c"MQC_ERR_SHARE_NAME"),
    (ErrorKind::FilterCount, MQC_ERR_FILTER_COUNT, c"MQC_ERR_FILTER_COUNT"),
    (ErrorKind::SubscriptionsEmpty, MQC_ERR_SUBSCRIPTIONS_EMPTY, c"MQC_ERR_SUBSCRIPTIONS_EMPTY"),
    (ErrorKind::SubscriptionOptionsReserved, MQC_ERR_SUBSCRIPTION_OPTIONS_RESERVED, c"MQC_ERR_SUBSCRIPTION_OPTIONS_RESERVED"),
    (ErrorKind::SubscriptionQos, MQC_ERR_SUBSCRIPTION_QOS, c"MQC_ERR_SUBSCRIPTION_QOS"),
    (ErrorKind::RetainHandling, MQC_ERR_RETAIN_HANDLING, c"MQC_ERR_RETAIN_HANDLING"),
    (ErrorKind::NoLocalOnShare, MQC_ERR_NO_LOCAL_ON_SHARE, c"MQC_ERR_NO_LOCAL_ON_SHARE"),
    (ErrorKind::ReasonCodesEmpty, MQC_ERR_REASON_CODES_EMPTY, c"MQC_ERR_REASON_CODES_EMPTY"),
    (ErrorKind::ReasonCode, MQC_ERR_REASON_CODE, c"MQC_ERR_REASON_CODE"),
    (ErrorKind::ReasonCodeSender, MQC_ERR_REASON_CODE_SENDER, c"MQC_ERR_REASON_CODE_SENDER"),
    (ErrorKind::ConnAckFlags, MQC_ERR_CONNACK_FLAGS, c"MQC_ERR_CONNACK_FLAGS"),
    (ErrorKind::SessionPresentOnRefusal, MQC_ERR_SESSION_PRESENT_ON_REFUSAL, c"MQC_ERR_SESSION_PRESENT_ON_REFUSAL"),
    (ErrorKind::PropertyLength, MQC_ERR_PROPERTY_LENGTH, c"MQC_ERR_PROPERTY_LENGTH"),
    (ErrorKind::PropertyUnknown, MQC_ERR_PROPERTY_UNKNOWN, c"MQC_ERR_PROPERTY_UNKNOWN"),
    (ErrorKind::PropertyNotAllowed, MQC_ERR_PROPERTY_NOT_ALLOWED, c"MQC_ERR_PROPERTY_NOT_ALLOWED"),
    (ErrorKind::PropertyDuplicate, MQC_ERR_PROPERTY_DUPLICATE, c"MQC_ERR_PROPERTY_DUPLICATE"),
    (ErrorKind::PropertyTruncated, MQC_ERR_PROPERTY_TRUNCATED, c"MQC_ERR_PROPERTY_TRUNCATED"),
    (ErrorKind::PropertyValue, MQC_ERR_PROPERTY_VALUE, c"MQC_ERR_PROPERTY_VALUE"),
    (ErrorKind::TopicAliasZero, MQC_ERR_TOPIC_ALIAS_ZERO, c"MQC_ERR_TOPIC_ALIAS_ZERO"),
    (ErrorKind::AuthenticationDataAlone, MQC_ERR_AUTHENTICATION_DATA_ALONE, c"MQC_ERR_AUTHENTICATION_DATA_ALONE"),
    (ErrorKind::SubscriptionIdFromClient, MQC_ERR_SUBSCRIPTION_ID_FROM_CLIENT, c"MQC_ERR_SUBSCRIPTION_ID_FROM_CLIENT"),
    (ErrorKind::SessionExpiryFromServer, MQC_ERR_SESSION_EXPIRY_FROM_SERVER, c"MQC_ERR_SESSION_EXPIRY_FROM_SERVER"),
    (ErrorKind::UserPropertyCount, MQC_ERR_USER_PROPERTY_COUNT, c"MQC_ERR_USER_PROPERTY_COUNT"),
    (ErrorKind::PayloadNotUtf8, MQC_ERR_PAYLOAD_NOT_UTF8, c"MQC_ERR_PAYLOAD_NOT_UTF8"),
];

/// The status for a rule that is broken.
pub(crate) fn of_kind(kind: ErrorKind) -> mqc_status {
    KINDS.iter().find(|row| row.0 == kind).map_or(MQC_ERR_OTHER, |row| row.1)
}

/// The kind of fault that a status stands for, if it does.
pub(crate) fn kind_of(status: mqc_status) -> Option<ErrorKind> {
    KINDS.iter().find(|row| row.1 == status).map(|row| row.0)
}

/// The status for a packet that cannot be encoded.
pub(crate) fn of_encode_error(error: &EncodeError) -> mqc_status {
    match error {
        EncodeError::BufferTooSmall { .. } => MQC_BUFFER_TOO_SMALL,
        EncodeError::PacketTooLarge { .. } => MQC_ERR_ENCODE_TOO_LARGE,
        EncodeError::FieldTooLong { .. } => MQC_ERR_ENCODE_FIELD_TOO_LONG,
        EncodeError::NotInVersion { .. } => MQC_ERR_ENCODE_NOT_IN_VERSION,
        EncodeError::Invalid { kind, .. } => of_kind(*kind),
        _ => MQC_ERR_ENCODE_OTHER,
    }
}

/// The status for a text that is no topic name or topic filter.
pub(crate) fn of_topic_error(error: &TopicError) -> mqc_status {
    error.kind().map_or(MQC_ERR_ENCODE_FIELD_TOO_LONG, of_kind)
}

/// The status for a text that cannot be mapped.
pub(crate) fn of_unmappable(fault: Unmappable) -> mqc_status {
    match fault.why {
        Why::TooLong { .. } => MQC_ERR_MAP_TOO_LONG,
        Why::Separator { .. } => MQC_ERR_MAP_SEPARATOR,
        Why::Wildcard { .. } => MQC_ERR_MAP_WILDCARD,
        Why::Character { .. } => MQC_ERR_MAP_CHARACTER,
        Why::Empty => MQC_ERR_MAP_EMPTY,
        Why::EmptyLevel => MQC_ERR_MAP_EMPTY_LEVEL,
        Why::Dollar => MQC_ERR_MAP_DOLLAR,
        Why::Shared => MQC_ERR_MAP_SHARED,
        Why::Exchange => MQC_ERR_MAP_EXCHANGE,
        Why::Dots => MQC_ERR_MAP_DOTS,
        _ => MQC_ERR_MAP_OTHER,
    }
}

/// The status for what an index does not take.
#[cfg(feature = "tries")]
pub(crate) fn of_index_full(fault: IndexFull) -> mqc_status {
    match fault {
        IndexFull::Entries { .. } => MQC_ERR_INDEX_ENTRIES,
        IndexFull::Levels { .. } => MQC_ERR_INDEX_LEVELS,
        IndexFull::Nodes => MQC_ERR_INDEX_NODES,
        _ => MQC_ERR_INDEX_OTHER,
    }
}

/// The status for a pattern that is no route.
#[cfg(feature = "tries")]
pub(crate) fn of_route_error(kind: RouteErrorKind) -> mqc_status {
    match kind {
        RouteErrorKind::Filter(error) => of_topic_error(&error),
        RouteErrorKind::Brace => MQC_ERR_ROUTE_BRACE,
        RouteErrorKind::NameEmpty => MQC_ERR_ROUTE_NAME_EMPTY,
        RouteErrorKind::NameCharacter => MQC_ERR_ROUTE_NAME_CHARACTER,
        RouteErrorKind::NameTwice => MQC_ERR_ROUTE_NAME_TWICE,
        RouteErrorKind::RestNotLast => MQC_ERR_ROUTE_REST_NOT_LAST,
        RouteErrorKind::Full => MQC_ERR_ROUTE_FULL,
        _ => MQC_ERR_ROUTE_OTHER,
    }
}

/// Name of a status, as in `"MQC_NEED_MORE"`: NUL-terminated, static; `"MQC_?"` for a number that
/// is none.
///
/// Ownership: static.
/// Lifetime: for ever.
/// Threads: any.
/// Errors: none; never NULL.
/// Cost: O(1), no allocation. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn mqc_status_name(status: mqc_status) -> *const c_char {
    let plain = PLAIN.iter().map(|&(number, name)| (number, name));
    let kinds = KINDS.iter().map(|&(_, number, name)| (number, name));
    let found = plain.chain(kinds).find(|&(number, _)| number == status);
    found.map_or(c"MQC_?", |(_, name)| name).as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_kind_has_a_status_named_after_it() {
        for kind in ErrorKind::ALL {
            let row = KINDS.iter().find(|row| row.0 == *kind);
            let (_, number, name) = row.unwrap_or_else(|| panic!("{kind:?} has no status"));
            assert_eq!(name.to_str(), Ok(&*format!("MQC_ERR_{}", kind.name().to_uppercase())));
            assert!((1001..2000).contains(number));
        }
        assert_eq!(KINDS.len(), ErrorKind::ALL.len());
    }

    #[test]
    fn no_number_is_used_twice() {
        let mut seen = HashSet::new();
        let numbers = PLAIN.iter().map(|row| row.0).chain(KINDS.iter().map(|row| row.1));
        assert!(numbers.into_iter().all(|number| seen.insert(number)));
    }
}
