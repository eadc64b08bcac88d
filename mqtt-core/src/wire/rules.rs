//! What can be wrong with a packet: every kind of fault, the statement it breaks, and the code that
//! answers it. This is data; the tests compare it with the tables of the standard.

use crate::{PacketType, ReasonCode, Sender, Version};
use core::fmt;

macro_rules! error_kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $message:literal;)*) => {
        /// What is wrong with a packet.
        ///
        /// One kind is one rule, so the kind, the packet type and the version give the statement
        /// that is broken and the code to answer with.
        ///
        /// # Examples
        /// ```
        /// use mqtt_core::ErrorKind;
        /// assert_eq!(ErrorKind::TopicWildcard.name(), "topic_wildcard");
        /// assert_eq!(ErrorKind::Truncated.to_string(), "field runs past the end of the packet");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $kind,)*
        }

        impl ErrorKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// A stable name in lower case with underscores, equal in Rust, C and Python.
            ///
            /// ```
            /// assert_eq!(mqtt_core::ErrorKind::Nul.name(), "nul");
            /// ```
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            pub(crate) const fn message(self) -> &'static str {
                match self { $(Self::$kind => $message,)* }
            }
        }
    };
}

error_kinds! {
    /// The version is not known yet and the packet is not CONNECT.
    ExpectedConnect = "expected_connect", "first packet is not CONNECT";
    /// Packet type 0, or 15 before 5.0.
    PacketTypeReserved = "packet_type_reserved", "reserved packet type";
    /// The lower half of the first byte differs from what the packet type requires.
    FixedHeaderFlags = "fixed_header_flags", "fixed header flags differ from the required ones";
    /// QoS 3 in PUBLISH.
    PublishQos = "publish_qos", "QoS 3 in PUBLISH";
    /// DUP 1 with QoS 0.
    DupWithoutQos = "dup_without_qos", "DUP 1 with QoS 0";
    /// The other side sends packets of this type.
    PacketDirection = "packet_direction", "packet type is not for this sender";
    /// The packet is larger than `Limits::max_packet_size`.
    PacketTooLarge = "packet_too_large", "packet is larger than the limit";
    /// A variable byte integer goes on after its fourth byte.
    VarintTooLong = "varint_too_long", "variable byte integer of more than four bytes";
    /// A variable byte integer is longer than needed (5.0).
    VarintNotMinimal = "varint_not_minimal", "variable byte integer is longer than needed";
    /// A field needs more bytes than the packet has left.
    Truncated = "truncated", "field runs past the end of the packet";
    /// Bytes are left after the last field.
    TrailingBytes = "trailing_bytes", "bytes left after the last field";
    /// A string is not well-formed UTF-8.
    Utf8 = "utf8", "string is not well-formed UTF-8";
    /// A string contains U+0000.
    Nul = "nul", "string contains U+0000";
    /// A string contains a character that should not occur (only with
    /// `Strictness::reject_control_characters`).
    ControlCharacter = "control_character", "string contains a control character or non-character";
    /// The protocol name of CONNECT is none that goes with a known level.
    ProtocolName = "protocol_name", "protocol name is not MQTT";
    /// The protocol level of CONNECT is not known.
    ProtocolLevel = "protocol_level", "protocol level is not supported";
    /// Bit 0 of the CONNECT flags is set.
    ConnectFlagsReserved = "connect_flags_reserved", "reserved bit of the connect flags is set";
    /// Will QoS 3.
    WillQos = "will_qos", "will QoS 3";
    /// Will QoS without a will.
    WillQosWithoutWill = "will_qos_without_will", "will QoS is not 0 although there is no will";
    /// Will Retain without a will.
    WillRetainWithoutWill = "will_retain_without_will", "will retain is set although there is no will";
    /// Password without a user name (3.1, 3.1.1).
    PasswordWithoutUserName = "password_without_user_name", "password without a user name";
    /// Empty client identifier where it is not legal (3.1; 3.1.1 with CleanSession 0).
    ClientIdEmpty = "client_id_empty", "client identifier is empty";
    /// Client identifier of more than 23 characters (3.1).
    ClientIdTooLong = "client_id_too_long", "client identifier has more than 23 characters";
    /// Packet identifier 0.
    PacketIdZero = "packet_id_zero", "packet identifier is 0";
    /// Empty topic name without a topic alias, or empty will topic.
    TopicEmpty = "topic_empty", "topic name is empty";
    /// Wildcard in a topic name or will topic.
    TopicWildcard = "topic_wildcard", "topic name contains a wildcard";
    /// More levels than `Limits::max_topic_levels`.
    TopicLevels = "topic_levels", "topic has more levels than the limit";
    /// Empty response topic.
    ResponseTopicEmpty = "response_topic_empty", "response topic is empty";
    /// Wildcard in a response topic.
    ResponseTopicWildcard = "response_topic_wildcard", "response topic contains a wildcard";
    /// Empty topic filter.
    FilterEmpty = "filter_empty", "topic filter is empty";
    /// `#` that is not the last character or not alone in its level.
    FilterMultiLevel = "filter_multi_level", "# is not the last level of the topic filter";
    /// `+` that is not alone in its level.
    FilterSingleLevel = "filter_single_level", "+ is not alone in its level";
    /// `$share/` with an empty share name (5.0).
    ShareNameEmpty = "share_name_empty", "share name is empty";
    /// `$share/` with a wildcard in the share name, or without a filter behind it (5.0).
    ShareName = "share_name", "shared subscription without a legal share name and filter";
    /// More topic filters, or more codes that answer them, than `Limits::max_filters`.
    FilterCount = "filter_count", "more topic filters, or codes for them, than the limit";
    /// SUBSCRIBE or UNSUBSCRIBE without a topic filter.
    SubscriptionsEmpty = "subscriptions_empty", "no topic filter";
    /// Reserved bits of the subscription options.
    SubscriptionOptionsReserved = "subscription_options_reserved", "reserved subscription option bits are set";
    /// Subscription QoS 3.
    SubscriptionQos = "subscription_qos", "subscription QoS 3";
    /// Retain Handling 3.
    RetainHandling = "retain_handling", "retain handling 3";
    /// No Local on a shared subscription.
    NoLocalOnShare = "no_local_on_share", "No Local on a shared subscription";
    /// SUBACK or UNSUBACK without a code.
    ReasonCodesEmpty = "reason_codes_empty", "no reason code";
    /// A code that this packet does not carry.
    ReasonCode = "reason_code", "reason code is not legal in this packet";
    /// A code that the other side sends.
    ReasonCodeSender = "reason_code_sender", "reason code is not for this sender";
    /// Reserved bits of the CONNACK flags.
    ConnAckFlags = "connack_flags", "reserved bits of the acknowledge flags are set";
    /// Session Present 1 with a refusal.
    SessionPresentOnRefusal = "session_present_on_refusal", "Session Present 1 with a refusal";
    /// The property section is longer than the packet.
    PropertyLength = "property_length", "property length runs past the end of the packet";
    /// An identifier that is not defined.
    PropertyUnknown = "property_unknown", "unknown property identifier";
    /// A property of another packet.
    PropertyNotAllowed = "property_not_allowed", "property is not legal in this packet";
    /// A property again that may occur once.
    PropertyDuplicate = "property_duplicate", "property occurs more than once";
    /// A property value is longer than the property section.
    PropertyTruncated = "property_truncated", "property value runs past the property section";
    /// A property value that is not legal.
    PropertyValue = "property_value", "property value is not legal";
    /// Topic alias 0.
    TopicAliasZero = "topic_alias_zero", "topic alias is 0";
    /// Authentication data without a method.
    AuthenticationDataAlone = "authentication_data_alone", "authentication data without a method";
    /// Subscription identifier in a client's PUBLISH.
    SubscriptionIdFromClient = "subscription_id_from_client", "subscription identifier in a PUBLISH from a client";
    /// Session expiry interval in a server's DISCONNECT.
    SessionExpiryFromServer = "session_expiry_from_server", "session expiry interval in a DISCONNECT from a server";
    /// More user properties than `Limits::max_user_properties`.
    UserPropertyCount = "user_property_count", "more user properties than the limit";
    /// A payload marked as text is not well-formed UTF-8 (only with
    /// `Strictness::check_payload_format`).
    PayloadNotUtf8 = "payload_not_utf8", "payload marked as UTF-8 is not well-formed";
}

impl ErrorKind {
    /// The statement that a packet of this type from this sender breaks so, in this version: `MQTT-` and its number,
    /// or the section where the rule has no number.
    ///
    /// `None` for a packet or a sender stands for one that is not known. Where the rule depends on it, the answer is
    /// then what holds for all of them, or `None` if there is nothing. It is `None` too where no such packet can be wrong
    /// so: none of this type, in this version, from this side. Of a packet that this side may not send, only that is
    /// wrong, and what a decoder finds before: faults of the first byte. A [`DecodeError`](crate::DecodeError) knows all
    /// of this by itself.
    ///
    /// ```
    /// use mqtt_core::{ErrorKind, PacketType, Sender, Version};
    /// let kind = ErrorKind::PacketIdZero;
    /// let publish = |sender| kind.statement(Some(PacketType::Publish), sender, Version::V5);
    /// assert_eq!(publish(Some(Sender::Client)), Some("MQTT-2.2.1-3"));
    /// assert_eq!(publish(Some(Sender::Server)), Some("MQTT-2.2.1-4"));
    /// assert_eq!(publish(None), Some("section 2.2.1"));
    /// // No identifier is in it.
    /// assert_eq!(kind.statement(Some(PacketType::PingReq), None, Version::V5), None);
    /// // No server sends it.
    /// let subscribe = kind.statement(Some(PacketType::Subscribe), Some(Sender::Server), Version::V5);
    /// assert_eq!(subscribe, None);
    /// ```
    #[must_use]
    pub fn statement(
        self,
        packet: Option<PacketType>,
        sender: Option<Sender>,
        version: Version,
    ) -> Option<&'static str> {
        let senders = match sender {
            Some(sender) => [sender; 2],
            None => [S::Client, S::Server],
        };
        let is_of = |packet| senders.iter().any(|&sender| self.is_of(packet, sender, version));
        let occurs = match packet {
            Some(packet) => is_of(packet),
            // Of a reserved type there is no packet.
            None => self == K::PacketTypeReserved || P::ALL.iter().any(|&packet| is_of(packet)),
        };
        if !occurs {
            return None;
        }
        // What the rule of a sender is depends on the type as well.
        let sender = sender.filter(|_| packet.is_some());
        let statement = Rule::of(self, packet, sender).statement(Some(version));
        (statement != "-").then_some(statement)
    }

    /// Whether packets of this type can be wrong so if they come from this side. What a version does not have at all
    /// is said by its column in the table.
    fn is_of(self, packet: PacketType, sender: Sender, version: Version) -> bool {
        let v5 = version.is_v5();
        // In the order of a decoder: first byte, side, length, body.
        match self {
            K::ExpectedConnect => return packet != P::Connect,
            // A type that a version does not have is wrong as a whole.
            K::PacketTypeReserved => return packet == P::Auth && !v5,
            _ if packet == P::Auth && !v5 => return false,
            K::FixedHeaderFlags => return packet != P::Publish,
            K::PacketDirection => return !packet.may_be_sent_by(sender, version),
            _ if !packet.may_be_sent_by(sender, version) => return false,
            _ => {}
        }
        let has_properties = v5 && !matches!(packet, P::PingReq | P::PingResp);
        match self {
            K::ExpectedConnect
            | K::PacketTypeReserved
            | K::FixedHeaderFlags
            | K::PacketDirection => false, // judged above
            K::PacketTooLarge | K::VarintTooLong | K::VarintNotMinimal => true,
            K::PublishQos | K::DupWithoutQos | K::TopicAliasZero => packet == P::Publish,
            K::SubscriptionIdFromClient => packet == P::Publish && sender == S::Client,
            K::ProtocolName
            | K::ProtocolLevel
            | K::ConnectFlagsReserved
            | K::WillQos
            | K::WillQosWithoutWill
            | K::WillRetainWithoutWill
            | K::PasswordWithoutUserName
            | K::ClientIdEmpty
            | K::ClientIdTooLong => packet == P::Connect,
            K::PacketIdZero => !matches!(
                packet,
                P::Connect | P::ConnAck | P::PingReq | P::PingResp | P::Disconnect | P::Auth
            ),
            K::TopicEmpty
            | K::TopicWildcard
            | K::ResponseTopicEmpty
            | K::ResponseTopicWildcard
            | K::PayloadNotUtf8 => matches!(packet, P::Connect | P::Publish),
            K::TopicLevels => has_text(packet),
            K::FilterEmpty
            | K::FilterMultiLevel
            | K::FilterSingleLevel
            | K::ShareNameEmpty
            | K::ShareName
            | K::SubscriptionsEmpty => matches!(packet, P::Subscribe | P::Unsubscribe),
            K::FilterCount => {
                matches!(packet, P::Subscribe | P::SubAck | P::Unsubscribe | P::UnsubAck)
            }
            K::SubscriptionOptionsReserved
            | K::SubscriptionQos
            | K::RetainHandling
            | K::NoLocalOnShare => packet == P::Subscribe,
            K::ReasonCodesEmpty => matches!(packet, P::SubAck | P::UnsubAck),
            // Of their codes, one is for servers alone and none for clients alone.
            K::ReasonCodeSender if matches!(packet, P::PubAck | P::PubRec) => sender == S::Client,
            K::ReasonCodeSender => matches!(packet, P::Disconnect | P::Auth),
            K::ReasonCode => !matches!(
                packet,
                P::Connect | P::Publish | P::Subscribe | P::Unsubscribe | P::PingReq | P::PingResp
            ),
            K::ConnAckFlags | K::SessionPresentOnRefusal => packet == P::ConnAck,
            K::SessionExpiryFromServer => packet == P::Disconnect && sender == S::Server,
            K::PropertyLength
            | K::PropertyUnknown
            | K::PropertyNotAllowed
            | K::PropertyTruncated
            | K::UserPropertyCount => has_properties,
            // It has user properties alone, as many as one likes.
            K::PropertyDuplicate => has_properties && packet != P::Unsubscribe,
            // The properties of the others may have all values that their types have.
            K::PropertyValue => {
                matches!(packet, P::Connect | P::ConnAck | P::Publish | P::Subscribe)
            }
            // An AUTH without a method is wrong with and without data, which is for the session to say.
            K::AuthenticationDataAlone => matches!(packet, P::Connect | P::ConnAck),
            K::Truncated => has_properties || has_text(packet) || is_ack(packet),
            // Lists and payloads take all that is left.
            K::TrailingBytes => match packet {
                P::Publish | P::Subscribe | P::SubAck | P::Unsubscribe => false,
                P::UnsubAck => !v5,
                _ => true,
            },
            K::Utf8 | K::Nul | K::ControlCharacter => has_properties || has_text(packet),
        }
    }
}

/// True for the packets that have strings in all versions: topics and filters.
fn has_text(packet: PacketType) -> bool {
    matches!(packet, P::Connect | P::Publish | P::Subscribe | P::Unsubscribe)
}

/// True for the packets that answer another one and have fields in all versions.
fn is_ack(packet: PacketType) -> bool {
    matches!(
        packet,
        P::ConnAck | P::PubAck | P::PubRec | P::PubRel | P::PubComp | P::SubAck | P::UnsubAck
    )
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

/// One row: a kind, in packets of one type or one sender or in any, the statement it breaks in 5.0
/// and in 3.1.1 (`-` where it cannot occur, or each packet has a rule of its own), and the reason
/// code of 5.0. A statement is a numbered one of the standard, or a section where the rule has no
/// number. The first row that fits holds.
pub(crate) struct Rule {
    pub(crate) kind: ErrorKind,
    packets: Packets,
    pub(crate) v5: &'static str,
    pub(crate) v311: &'static str,
    pub(crate) v31: &'static str,
    pub(crate) reason: ReasonCode,
}

/// The packets that a row is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Packets {
    Any,
    Of(PacketType),
    From(Sender),
}

impl Rule {
    /// The row for this kind in this packet type from this sender, as far as they are known.
    pub(crate) fn of(
        kind: ErrorKind,
        packet: Option<PacketType>,
        sender: Option<Sender>,
    ) -> &'static Self {
        let sender = sender.or_else(|| packet.and_then(only_sender));
        RULES
            .iter()
            .find(|rule| {
                rule.kind == kind
                    && match rule.packets {
                        Packets::Any => true,
                        Packets::Of(of) => packet == Some(of),
                        Packets::From(from) => sender == Some(from),
                    }
            })
            // A test shows that every kind has a row for any packet.
            .unwrap_or(&RULES[0])
    }

    /// The statement in this version; 5.0 where the version is not known.
    pub(crate) fn statement(&self, version: Option<Version>) -> &'static str {
        match version {
            Some(Version::V31) => self.v31,
            Some(Version::V311) => self.v311,
            Some(Version::V5) | None => self.v5,
        }
    }

    /// The row with this section of 3.1, where that differs from 3.1.1.
    const fn in_v31(mut self, v31: &'static str) -> Self {
        self.v31 = v31;
        self
    }
}

/// The side that sends all packets of this type, in all versions, if there is one.
fn only_sender(packet: PacketType) -> Option<Sender> {
    let sends = |sender| packet.may_be_sent_by(sender, Version::V5);
    match (sends(Sender::Client), sends(Sender::Server)) {
        (true, false) => Some(Sender::Client),
        (false, true) => Some(Sender::Server),
        _ => None,
    }
}

const fn row(
    kind: ErrorKind,
    packets: Packets,
    v5: &'static str,
    v3: &'static str,
    reason: u8,
) -> Rule {
    Rule { kind, packets, v5, v311: v3, v31: v3, reason: ReasonCode(reason) }
}

const fn any(kind: ErrorKind, v5: &'static str, v3: &'static str, reason: u8) -> Rule {
    row(kind, Packets::Any, v5, v3, reason)
}

const fn of(
    packet: PacketType,
    kind: ErrorKind,
    v5: &'static str,
    v3: &'static str,
    reason: u8,
) -> Rule {
    row(kind, Packets::Of(packet), v5, v3, reason)
}

const fn from(
    sender: Sender,
    kind: ErrorKind,
    v5: &'static str,
    v3: &'static str,
    reason: u8,
) -> Rule {
    row(kind, Packets::From(sender), v5, v3, reason)
}

use ErrorKind as K;
use PacketType as P;
use Sender as S;

/// Every rule that decoding enforces.
#[rustfmt::skip]
pub(crate) static RULES: &[Rule] = &[
    any(K::ExpectedConnect,                     "MQTT-3.1.0-1",  "MQTT-3.1.0-1",  0x82),
    any(K::PacketTypeReserved,                  "section 2.1.2", "section 2.2.1", 0x81),
    of(P::PubRel,      K::FixedHeaderFlags,     "MQTT-3.6.1-1",  "MQTT-3.6.1-1",  0x81),
    of(P::Subscribe,   K::FixedHeaderFlags,     "MQTT-3.8.1-1",  "MQTT-3.8.1-1",  0x81),
    of(P::Unsubscribe, K::FixedHeaderFlags,     "MQTT-3.10.1-1", "MQTT-3.10.1-1", 0x81),
    of(P::Disconnect,  K::FixedHeaderFlags,     "MQTT-3.14.1-1", "MQTT-3.14.1-1", 0x81),
    of(P::Auth,        K::FixedHeaderFlags,     "MQTT-3.15.1-1", "-",             0x81),
    any(K::FixedHeaderFlags,                    "MQTT-2.1.3-1",  "MQTT-2.2.2-2",  0x81),
    any(K::PublishQos,                          "MQTT-3.3.1-4",  "MQTT-3.3.1-4",  0x81),
    any(K::DupWithoutQos,                       "MQTT-3.3.1-2",  "MQTT-3.3.1-2",  0x81),
    any(K::PacketDirection,                     "section 2.1.2", "section 2.2.1", 0x82),
    // Before a server has named its limit, the size is one of its further checks.
    of(P::Connect,     K::PacketTooLarge,       "MQTT-3.1.4-2",  "section 2.2.3", 0x95),
    from(S::Client,    K::PacketTooLarge,       "MQTT-3.2.2-15", "section 2.2.3", 0x95),
    from(S::Server,    K::PacketTooLarge,       "MQTT-3.1.2-24", "section 2.2.3", 0x95),
    any(K::PacketTooLarge,                      "section 2.1.4", "section 2.2.3", 0x95),
    any(K::VarintTooLong,                       "section 1.5.5", "section 2.2.3", 0x81),
    any(K::VarintNotMinimal,                    "MQTT-1.5.5-1",  "-",             0x81),
    of(P::Connect,     K::Truncated,            "MQTT-3.1.4-1",  "MQTT-3.1.4-1",  0x81),
    any(K::Truncated,                           "section 1.2",   "MQTT-4.8.0-1",  0x81),
    of(P::Connect,     K::TrailingBytes,        "MQTT-3.1.4-1",  "MQTT-3.1.4-1",  0x81),
    any(K::TrailingBytes,                       "section 1.2",   "MQTT-4.8.0-1",  0x81),
    any(K::Utf8,                                "MQTT-1.5.4-1",  "MQTT-1.5.3-1",  0x81),
    any(K::Nul,                                 "MQTT-1.5.4-2",  "MQTT-1.5.3-2",  0x81),
    any(K::ControlCharacter,                    "section 1.5.4", "section 1.5.3", 0x81),
    any(K::ProtocolName,                        "MQTT-3.1.2-1",  "MQTT-3.1.2-1",  0x84),
    any(K::ProtocolLevel,                       "MQTT-3.1.2-2",  "MQTT-3.1.2-2",  0x84),
    any(K::ConnectFlagsReserved,                "MQTT-3.1.2-3",  "MQTT-3.1.2-3",  0x81),
    any(K::WillQos,                             "MQTT-3.1.2-12", "MQTT-3.1.2-14", 0x81),
    any(K::WillQosWithoutWill,                  "MQTT-3.1.2-11", "MQTT-3.1.2-13", 0x81),
    any(K::WillRetainWithoutWill,               "MQTT-3.1.2-13", "MQTT-3.1.2-15", 0x81),
    any(K::PasswordWithoutUserName,             "-",             "MQTT-3.1.2-22", 0x81),
    any(K::ClientIdEmpty,                       "-",             "MQTT-3.1.3-7",  0x85).in_v31("section 3.1"),
    any(K::ClientIdTooLong,                     "-",             "-",             0x85).in_v31("section 3.1"),
    // Acknowledgements repeat the identifier of a packet that cannot have 0.
    of(P::PubAck,      K::PacketIdZero,         "MQTT-2.2.1-5",  "MQTT-2.3.1-6",  0x82),
    of(P::PubRec,      K::PacketIdZero,         "MQTT-2.2.1-5",  "MQTT-2.3.1-6",  0x82),
    of(P::PubRel,      K::PacketIdZero,         "MQTT-2.2.1-5",  "MQTT-2.3.1-6",  0x82),
    // The statement of 3.1.1 leaves PUBCOMP out.
    of(P::PubComp,     K::PacketIdZero,         "MQTT-2.2.1-5",  "section 2.3.1", 0x82),
    of(P::SubAck,      K::PacketIdZero,         "MQTT-2.2.1-6",  "MQTT-2.3.1-7",  0x82),
    of(P::UnsubAck,    K::PacketIdZero,         "MQTT-2.2.1-6",  "MQTT-2.3.1-7",  0x82),
    from(S::Client,    K::PacketIdZero,         "MQTT-2.2.1-3",  "MQTT-2.3.1-1",  0x82),
    from(S::Server,    K::PacketIdZero,         "MQTT-2.2.1-4",  "MQTT-2.3.1-1",  0x82),
    of(P::Publish,     K::PacketIdZero,         "section 2.2.1", "MQTT-2.3.1-1",  0x82),
    any(K::PacketIdZero,                        "section 2.2.1", "section 2.3.1", 0x82),
    any(K::TopicEmpty,                          "MQTT-4.7.3-1",  "MQTT-4.7.3-1",  0x82),
    of(P::Publish,     K::TopicWildcard,        "MQTT-3.3.2-2",  "MQTT-3.3.2-2",  0x90),
    any(K::TopicWildcard,                       "MQTT-4.7.0-1",  "MQTT-4.7.1-1",  0x90),
    of(P::Subscribe,   K::TopicLevels,          "section 4.7.3", "section 4.7.3", 0x8F),
    of(P::Unsubscribe, K::TopicLevels,          "section 4.7.3", "section 4.7.3", 0x8F),
    any(K::TopicLevels,                         "section 4.7.3", "section 4.7.3", 0x90),
    any(K::ResponseTopicEmpty,                  "MQTT-4.7.3-1",  "-",             0x82),
    of(P::Publish,     K::ResponseTopicWildcard, "MQTT-3.3.2-14", "-",            0x82),
    any(K::ResponseTopicWildcard,               "MQTT-4.7.0-1",  "-",             0x82),
    any(K::FilterEmpty,                         "MQTT-4.7.3-1",  "MQTT-4.7.3-1",  0x82),
    any(K::FilterMultiLevel,                    "MQTT-4.7.1-1",  "MQTT-4.7.1-2",  0x82),
    any(K::FilterSingleLevel,                   "MQTT-4.7.1-2",  "MQTT-4.7.1-3",  0x82),
    any(K::ShareNameEmpty,                      "MQTT-4.8.2-1",  "-",             0x82),
    any(K::ShareName,                           "MQTT-4.8.2-2",  "-",             0x82),
    of(P::SubAck,      K::FilterCount,          "section 3.9.3", "section 3.9.3", 0x97),
    of(P::Unsubscribe, K::FilterCount,          "section 3.10.3", "section 3.10.3", 0x97),
    of(P::UnsubAck,    K::FilterCount,          "section 3.11.3", "-",            0x97),
    of(P::Subscribe,   K::FilterCount,          "section 3.8.3", "section 3.8.3", 0x97),
    any(K::FilterCount,                         "-",             "-",             0x97),
    of(P::Unsubscribe, K::SubscriptionsEmpty,   "MQTT-3.10.3-2", "MQTT-3.10.3-2", 0x82),
    of(P::Subscribe,   K::SubscriptionsEmpty,   "MQTT-3.8.3-2",  "MQTT-3.8.3-3",  0x82),
    any(K::SubscriptionsEmpty,                  "-",             "-",             0x82),
    any(K::SubscriptionOptionsReserved,         "MQTT-3.8.3-5",  "MQTT-3.8.3-4",  0x81),
    any(K::SubscriptionQos,                     "section 3.8.3.1", "MQTT-3.8.3-4", 0x82),
    any(K::RetainHandling,                      "section 3.8.3.1", "-",           0x82),
    any(K::NoLocalOnShare,                      "MQTT-3.8.3-4",  "-",             0x82),
    of(P::UnsubAck,    K::ReasonCodesEmpty,     "section 3.11.3", "-",            0x82),
    of(P::SubAck,      K::ReasonCodesEmpty,     "MQTT-3.8.4-6",  "MQTT-3.8.4-5",  0x82),
    any(K::ReasonCodesEmpty,                    "-",             "-",             0x82),
    of(P::ConnAck,     K::ReasonCode,           "MQTT-3.2.2-8",  "section 3.2.2.3", 0x82),
    of(P::PubAck,      K::ReasonCode,           "MQTT-3.4.2-1",  "-",             0x82),
    of(P::PubRec,      K::ReasonCode,           "MQTT-3.5.2-1",  "-",             0x82),
    of(P::PubRel,      K::ReasonCode,           "MQTT-3.6.2-1",  "-",             0x82),
    of(P::PubComp,     K::ReasonCode,           "MQTT-3.7.2-1",  "-",             0x82),
    of(P::SubAck,      K::ReasonCode,           "MQTT-3.9.3-2",  "MQTT-3.9.3-2",  0x82).in_v31("section 3.9"),
    of(P::UnsubAck,    K::ReasonCode,           "MQTT-3.11.3-2", "-",             0x82),
    of(P::Disconnect,  K::ReasonCode,           "MQTT-3.14.2-1", "-",             0x82),
    of(P::Auth,        K::ReasonCode,           "MQTT-3.15.2-1", "-",             0x82),
    any(K::ReasonCode,                          "section 2.4",   "-",             0x82),
    any(K::ReasonCodeSender,                    "section 2.4",   "-",             0x82),
    any(K::ConnAckFlags,                        "MQTT-3.2.2-1",  "section 3.2.2.1", 0x81).in_v31("section 3.2"),
    any(K::SessionPresentOnRefusal,             "MQTT-3.2.2-6",  "MQTT-3.2.2-4",  0x82).in_v31("-"),
    any(K::PropertyLength,                      "section 2.2.2.1", "-",           0x81),
    any(K::PropertyUnknown,                     "section 2.2.2.2", "-",           0x81),
    any(K::PropertyNotAllowed,                  "section 2.2.2.2", "-",           0x81),
    any(K::PropertyDuplicate,                   "section 2.2.2.2", "-",           0x82),
    any(K::PropertyTruncated,                   "section 2.2.2.1", "-",           0x81),
    any(K::PropertyValue,                       "section 2.2.2.2", "-",           0x82),
    any(K::TopicAliasZero,                      "MQTT-3.3.2-8",  "-",             0x94),
    of(P::Connect,     K::AuthenticationDataAlone, "section 3.1.2.11.10", "-",    0x82),
    // What the chapter of CONNACK does not say follows from that on authentication.
    any(K::AuthenticationDataAlone,             "section 4.12",  "-",             0x82),
    any(K::SubscriptionIdFromClient,            "MQTT-3.3.4-6",  "-",             0x82),
    any(K::SessionExpiryFromServer,             "MQTT-3.14.2-2", "-",             0x82),
    any(K::UserPropertyCount,                   "section 2.2.2.2", "-",           0x97),
    of(P::Connect,     K::PayloadNotUtf8,       "section 3.1.3.2.3", "-",         0x99),
    of(P::Publish,     K::PayloadNotUtf8,       "section 3.3.2.3.2", "-",         0x99),
    any(K::PayloadNotUtf8,                      "-",             "-",             0x99),
];
