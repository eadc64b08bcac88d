//! Reason codes of 5.0 and return codes of 3.1.1: one byte that says how something ended.

use crate::{PacketType, Sender, Version};
use core::fmt;

/// The result carried by an acknowledgement, DISCONNECT or AUTH.
///
/// In 5.0 it is a reason code; in 3.1 and 3.1.1 the same field holds the return code of CONNACK
/// (the `V3_*` constants) or of one filter in SUBACK. Values below 0x80 are successes in 5.0.
///
/// # Spec
/// v5 section 2.4; v3 table 3.1 and section 3.9.3.
///
/// # Examples
/// ```
/// use mqtt_core::{PacketType, ReasonCode, Version};
/// assert!(ReasonCode::NO_MATCHING_SUBSCRIBERS.is_success());
/// assert_eq!(
///     ReasonCode::PACKET_TOO_LARGE.name(PacketType::Disconnect, Version::V5),
///     Some("packet_too_large"),
/// );
/// assert_eq!(
///     ReasonCode(2).name(PacketType::ConnAck, Version::V311),
///     Some("identifier_rejected"),
/// );
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct ReasonCode(pub u8);

impl ReasonCode {
    /// 0x00: Operation worked.
    pub const SUCCESS: Self = Self(0x00);
    /// 0x00: Orderly close; the will is discarded when the client sends it.
    pub const NORMAL_DISCONNECTION: Self = Self(0x00);
    /// 0x00: Subscribed, delivery at QoS 0.
    pub const GRANTED_QOS_0: Self = Self(0x00);
    /// 0x01: Subscribed, delivery at QoS 1 or less.
    pub const GRANTED_QOS_1: Self = Self(0x01);
    /// 0x02: Subscribed, delivery at any QoS.
    pub const GRANTED_QOS_2: Self = Self(0x02);
    /// 0x04: Client closes but wants its will published.
    pub const DISCONNECT_WITH_WILL_MESSAGE: Self = Self(0x04);
    /// 0x10: Accepted, nobody is subscribed.
    pub const NO_MATCHING_SUBSCRIBERS: Self = Self(0x10);
    /// 0x11: The filter was not subscribed.
    pub const NO_SUBSCRIPTION_EXISTED: Self = Self(0x11);
    /// 0x18: One more authentication step follows.
    pub const CONTINUE_AUTHENTICATION: Self = Self(0x18);
    /// 0x19: Client starts re-authentication.
    pub const RE_AUTHENTICATE: Self = Self(0x19);
    /// 0x80: Failure without a stated or fitting reason.
    pub const UNSPECIFIED_ERROR: Self = Self(0x80);
    /// 0x81: Packet could not be parsed.
    pub const MALFORMED_PACKET: Self = Self(0x81);
    /// 0x82: Packet parsed but not allowed here.
    pub const PROTOCOL_ERROR: Self = Self(0x82);
    /// 0x83: Valid packet this implementation will not process.
    pub const IMPLEMENTATION_SPECIFIC_ERROR: Self = Self(0x83);
    /// 0x84: Protocol version not served.
    pub const UNSUPPORTED_PROTOCOL_VERSION: Self = Self(0x84);
    /// 0x85: Client identifier is a legal string but refused.
    pub const CLIENT_IDENTIFIER_NOT_VALID: Self = Self(0x85);
    /// 0x86: Credentials refused.
    pub const BAD_USER_NAME_OR_PASSWORD: Self = Self(0x86);
    /// 0x87: No permission.
    pub const NOT_AUTHORIZED: Self = Self(0x87);
    /// 0x88: MQTT service not available.
    pub const SERVER_UNAVAILABLE: Self = Self(0x88);
    /// 0x89: Try again later.
    pub const SERVER_BUSY: Self = Self(0x89);
    /// 0x8A: Client banned by administration.
    pub const BANNED: Self = Self(0x8A);
    /// 0x8B: Server stops.
    pub const SERVER_SHUTTING_DOWN: Self = Self(0x8B);
    /// 0x8C: Method not supported or not the one in use.
    pub const BAD_AUTHENTICATION_METHOD: Self = Self(0x8C);
    /// 0x8D: Nothing received for 1.5 times the keep alive.
    pub const KEEP_ALIVE_TIMEOUT: Self = Self(0x8D);
    /// 0x8E: Same client identifier connected elsewhere.
    pub const SESSION_TAKEN_OVER: Self = Self(0x8E);
    /// 0x8F: Filter well formed but not accepted.
    pub const TOPIC_FILTER_INVALID: Self = Self(0x8F);
    /// 0x90: Topic name well formed but not accepted.
    pub const TOPIC_NAME_INVALID: Self = Self(0x90);
    /// 0x91: Identifier belongs to another open exchange.
    pub const PACKET_IDENTIFIER_IN_USE: Self = Self(0x91);
    /// 0x92: Identifier unknown.
    pub const PACKET_IDENTIFIER_NOT_FOUND: Self = Self(0x92);
    /// 0x93: Too many open QoS 1 and 2 messages.
    pub const RECEIVE_MAXIMUM_EXCEEDED: Self = Self(0x93);
    /// 0x94: Alias is 0 or above the maximum.
    pub const TOPIC_ALIAS_INVALID: Self = Self(0x94);
    /// 0x95: Packet above the maximum packet size.
    pub const PACKET_TOO_LARGE: Self = Self(0x95);
    /// 0x96: Data arrives too fast.
    pub const MESSAGE_RATE_TOO_HIGH: Self = Self(0x96);
    /// 0x97: A limit of the implementation or administrator was hit.
    pub const QUOTA_EXCEEDED: Self = Self(0x97);
    /// 0x98: Closed by an administrator.
    pub const ADMINISTRATIVE_ACTION: Self = Self(0x98);
    /// 0x99: Payload contradicts payload_format_indicator.
    pub const PAYLOAD_FORMAT_INVALID: Self = Self(0x99);
    /// 0x9A: Retained messages not offered.
    pub const RETAIN_NOT_SUPPORTED: Self = Self(0x9A);
    /// 0x9B: QoS above the announced maximum.
    pub const QOS_NOT_SUPPORTED: Self = Self(0x9B);
    /// 0x9C: Switch to another server for now.
    pub const USE_ANOTHER_SERVER: Self = Self(0x9C);
    /// 0x9D: Switch to another server for good.
    pub const SERVER_MOVED: Self = Self(0x9D);
    /// 0x9E: Shared subscriptions not offered.
    pub const SHARED_SUBSCRIPTIONS_NOT_SUPPORTED: Self = Self(0x9E);
    /// 0x9F: Too many connection attempts.
    pub const CONNECTION_RATE_EXCEEDED: Self = Self(0x9F);
    /// 0xA0: Authorized connection time is over.
    pub const MAXIMUM_CONNECT_TIME: Self = Self(0xA0);
    /// 0xA1: Subscription identifiers not offered.
    pub const SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED: Self = Self(0xA1);
    /// 0xA2: Wildcard filters not offered.
    pub const WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED: Self = Self(0xA2);

    /// 3.1.1 CONNACK 0: accepted.
    pub const V3_ACCEPTED: Self = Self(0);
    /// 3.1.1 CONNACK 1: the server does not support this protocol level.
    pub const V3_UNACCEPTABLE_PROTOCOL_VERSION: Self = Self(1);
    /// 3.1.1 CONNACK 2: the client identifier is refused.
    pub const V3_IDENTIFIER_REJECTED: Self = Self(2);
    /// 3.1.1 CONNACK 3: the MQTT service is not available.
    pub const V3_SERVER_UNAVAILABLE: Self = Self(3);
    /// 3.1.1 CONNACK 4: user name or password have a bad form.
    pub const V3_BAD_USER_NAME_OR_PASSWORD: Self = Self(4);
    /// 3.1.1 CONNACK 5: the client may not connect.
    pub const V3_NOT_AUTHORIZED: Self = Self(5);
    /// 3.1.1 SUBACK 0x80: this filter was not subscribed.
    pub const V3_FAILURE: Self = Self(0x80);

    /// True below 0x80.
    ///
    /// ```
    /// use mqtt_core::ReasonCode;
    /// assert!(ReasonCode::GRANTED_QOS_2.is_success());
    /// assert!(!ReasonCode::NOT_AUTHORIZED.is_success());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.0 < 0x80
    }

    /// The standard's name of this code in that packet, or `None` if it is not legal there.
    ///
    /// ```
    /// use mqtt_core::{PacketType, ReasonCode, Version};
    /// let name = |packet| ReasonCode(0).name(packet, Version::V5);
    /// assert_eq!(name(PacketType::SubAck), Some("granted_qos_0"));
    /// assert_eq!(name(PacketType::Disconnect), Some("normal_disconnection"));
    /// assert_eq!(name(PacketType::PingReq), None);
    /// ```
    #[must_use]
    pub const fn name(self, packet: PacketType, version: Version) -> Option<&'static str> {
        if !self.is_legal(packet, version) {
            return None;
        }
        if !version.is_v5() {
            return Some(match packet {
                ConnAck => V3_CONNACK_NAMES[self.0 as usize],
                _ if self.0 == Self::V3_FAILURE.0 => "failure",
                _ => V3_SUBACK_NAMES[self.0 as usize],
            });
        }
        // Only 0 has several names.
        Some(match (self.0, packet) {
            (0, Disconnect) => "normal_disconnection",
            (0, SubAck) => "granted_qos_0",
            _ => V5_CODES[ROWS[self.0 as usize] as usize].1,
        })
    }

    /// True if that packet may carry this code in that version, whoever sends it.
    ///
    /// ```
    /// use mqtt_core::{PacketType, ReasonCode, Version};
    /// assert!(ReasonCode(0x80).is_legal(PacketType::SubAck, Version::V311));
    /// assert!(!ReasonCode(0x80).is_legal(PacketType::SubAck, Version::V31));
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_legal(self, packet: PacketType, version: Version) -> bool {
        match (version, packet) {
            (Version::V5, _) => {
                let packets = PACKETS[self.0 as usize];
                (packets.of_client | packets.of_server) & bit(packet) != 0
            }
            (_, PacketType::ConnAck) => self.0 <= 5,
            (Version::V311, PacketType::SubAck) => self.0 <= 2 || self.0 == 0x80,
            (Version::V31, PacketType::SubAck) => self.0 <= 2,
            _ => false,
        }
    }

    /// True if `sender` may put this code into that packet. A code of which the standard does not
    /// say who sends it passes.
    ///
    /// ```
    /// use mqtt_core::{PacketType, ReasonCode, Sender, Version};
    /// let will = ReasonCode::DISCONNECT_WITH_WILL_MESSAGE;
    /// assert!(!will.may_be_sent_by(Sender::Server, PacketType::Disconnect, Version::V5));
    /// ```
    #[inline]
    #[must_use]
    pub const fn may_be_sent_by(
        self,
        sender: Sender,
        packet: PacketType,
        version: Version,
    ) -> bool {
        if !version.is_v5() {
            return self.is_legal(packet, version) && packet.may_be_sent_by(sender, version);
        }
        let packets = PACKETS[self.0 as usize];
        let packets = match sender {
            Sender::Client => packets.of_client,
            Sender::Server => packets.of_server,
        };
        packets & bit(packet) != 0
    }

    /// The return code that tells a 3.1.1 client in CONNACK what this 5.0 code means; `None` where
    /// 3.1.1 has no such code and the connection is closed without CONNACK.
    ///
    /// ```
    /// use mqtt_core::ReasonCode;
    /// assert_eq!(ReasonCode::BANNED.to_v3_connack(), Some(ReasonCode::V3_NOT_AUTHORIZED));
    /// assert_eq!(ReasonCode::MALFORMED_PACKET.to_v3_connack(), None);
    /// ```
    #[must_use]
    pub const fn to_v3_connack(self) -> Option<Self> {
        match self {
            Self::SUCCESS => Some(Self::V3_ACCEPTED),
            Self::UNSUPPORTED_PROTOCOL_VERSION => Some(Self::V3_UNACCEPTABLE_PROTOCOL_VERSION),
            Self::CLIENT_IDENTIFIER_NOT_VALID => Some(Self::V3_IDENTIFIER_REJECTED),
            Self::SERVER_UNAVAILABLE
            | Self::SERVER_BUSY
            | Self::USE_ANOTHER_SERVER
            | Self::SERVER_MOVED
            | Self::QUOTA_EXCEEDED
            | Self::CONNECTION_RATE_EXCEEDED => Some(Self::V3_SERVER_UNAVAILABLE),
            Self::BAD_USER_NAME_OR_PASSWORD => Some(Self::V3_BAD_USER_NAME_OR_PASSWORD),
            Self::NOT_AUTHORIZED | Self::BANNED => Some(Self::V3_NOT_AUTHORIZED),
            _ => None,
        }
    }
}

impl fmt::Debug for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReasonCode({:#04X})", self.0)
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#04X}", self.0)
    }
}

/// Packets that may carry a code, by who sends them: a bit for each type.
#[derive(Clone, Copy)]
struct Packets {
    of_client: u16,
    of_server: u16,
}

const fn bit(packet: PacketType) -> u16 {
    1 << packet as u8
}

/// By code.
static PACKETS: [Packets; 256] = {
    let mut packets = [Packets { of_client: 0, of_server: 0 }; 256];
    let mut row = 0;
    while row < V5_CODES.len() {
        let (code, _, users) = V5_CODES[row];
        let of_code = &mut packets[code as usize];
        let mut user = 0;
        while user < users.len() {
            let (packet, sender) = users[user];
            if !matches!(sender, Server) {
                of_code.of_client |= bit(packet);
            }
            if !matches!(sender, Client) {
                of_code.of_server |= bit(packet);
            }
            user += 1;
        }
        row += 1;
    }
    // v5 section 3.3.4 lets a client answer an unsolicited QoS with 0x9B, against its table.
    packets[0x9B].of_client |= bit(Disconnect);
    packets
};

/// By code: its row in `V5_CODES`, if it has one.
static ROWS: [u8; 256] = {
    let mut rows = [0; 256];
    let mut row = 0;
    while row < V5_CODES.len() {
        rows[V5_CODES[row].0 as usize] = row as u8;
        row += 1;
    }
    rows
};

/// Who may send a code in a packet.
#[derive(Clone, Copy)]
enum Users {
    Both,
    Client,
    Server,
}

use PacketType::*;
use Users::*;

/// A code, its name, and the packets that carry it.
type CodeRow = (u8, &'static str, &'static [(PacketType, Users)]);

/// The reason codes of 5.0 (v5 table 2-6 and the table of each packet), by number. 0x8C in
/// DISCONNECT is in one table of the standard and not in the other: it is accepted from both.
const V5_CODES: &[CodeRow] = &[
    (
        // Also `normal_disconnection` and `granted_qos_0`.
        0x00,
        "success",
        &[
            (ConnAck, Server),
            (PubAck, Both),
            (PubRec, Both),
            (PubRel, Both),
            (PubComp, Both),
            (SubAck, Server),
            (UnsubAck, Server),
            (Disconnect, Both),
            (Auth, Server),
        ],
    ),
    (0x01, "granted_qos_1", &[(SubAck, Server)]),
    (0x02, "granted_qos_2", &[(SubAck, Server)]),
    (0x04, "disconnect_with_will_message", &[(Disconnect, Client)]),
    (0x10, "no_matching_subscribers", &[(PubAck, Server), (PubRec, Server)]),
    (0x11, "no_subscription_existed", &[(UnsubAck, Server)]),
    (0x18, "continue_authentication", &[(Auth, Both)]),
    (0x19, "re_authenticate", &[(Auth, Client)]),
    (
        0x80,
        "unspecified_error",
        &[
            (ConnAck, Server),
            (PubAck, Both),
            (PubRec, Both),
            (SubAck, Server),
            (UnsubAck, Server),
            (Disconnect, Both),
        ],
    ),
    (0x81, "malformed_packet", &[(ConnAck, Server), (Disconnect, Both)]),
    (0x82, "protocol_error", &[(ConnAck, Server), (Disconnect, Both)]),
    (
        0x83,
        "implementation_specific_error",
        &[
            (ConnAck, Server),
            (PubAck, Both),
            (PubRec, Both),
            (SubAck, Server),
            (UnsubAck, Server),
            (Disconnect, Both),
        ],
    ),
    (0x84, "unsupported_protocol_version", &[(ConnAck, Server)]),
    (0x85, "client_identifier_not_valid", &[(ConnAck, Server)]),
    (0x86, "bad_user_name_or_password", &[(ConnAck, Server)]),
    (
        0x87,
        "not_authorized",
        &[
            (ConnAck, Server),
            (PubAck, Both),
            (PubRec, Both),
            (SubAck, Server),
            (UnsubAck, Server),
            (Disconnect, Server),
        ],
    ),
    (0x88, "server_unavailable", &[(ConnAck, Server)]),
    (0x89, "server_busy", &[(ConnAck, Server), (Disconnect, Server)]),
    (0x8A, "banned", &[(ConnAck, Server)]),
    (0x8B, "server_shutting_down", &[(Disconnect, Server)]),
    (0x8C, "bad_authentication_method", &[(ConnAck, Server), (Disconnect, Both)]),
    (0x8D, "keep_alive_timeout", &[(Disconnect, Server)]),
    (0x8E, "session_taken_over", &[(Disconnect, Server)]),
    (0x8F, "topic_filter_invalid", &[(SubAck, Server), (UnsubAck, Server), (Disconnect, Server)]),
    (
        0x90,
        "topic_name_invalid",
        &[(ConnAck, Server), (PubAck, Both), (PubRec, Both), (Disconnect, Both)],
    ),
    (
        0x91,
        "packet_identifier_in_use",
        &[(PubAck, Both), (PubRec, Both), (SubAck, Server), (UnsubAck, Server)],
    ),
    (0x92, "packet_identifier_not_found", &[(PubRel, Both), (PubComp, Both)]),
    (0x93, "receive_maximum_exceeded", &[(Disconnect, Both)]),
    (0x94, "topic_alias_invalid", &[(Disconnect, Both)]),
    (0x95, "packet_too_large", &[(ConnAck, Server), (Disconnect, Both)]),
    (0x96, "message_rate_too_high", &[(Disconnect, Both)]),
    (
        0x97,
        "quota_exceeded",
        &[(ConnAck, Server), (PubAck, Both), (PubRec, Both), (SubAck, Server), (Disconnect, Both)],
    ),
    (0x98, "administrative_action", &[(Disconnect, Both)]),
    (
        0x99,
        "payload_format_invalid",
        &[(ConnAck, Server), (PubAck, Both), (PubRec, Both), (Disconnect, Both)],
    ),
    (0x9A, "retain_not_supported", &[(ConnAck, Server), (Disconnect, Server)]),
    (0x9B, "qos_not_supported", &[(ConnAck, Server), (Disconnect, Server)]),
    (0x9C, "use_another_server", &[(ConnAck, Server), (Disconnect, Server)]),
    (0x9D, "server_moved", &[(ConnAck, Server), (Disconnect, Server)]),
    (0x9E, "shared_subscriptions_not_supported", &[(SubAck, Server), (Disconnect, Server)]),
    (0x9F, "connection_rate_exceeded", &[(ConnAck, Server), (Disconnect, Server)]),
    (0xA0, "maximum_connect_time", &[(Disconnect, Server)]),
    (0xA1, "subscription_identifiers_not_supported", &[(SubAck, Server), (Disconnect, Server)]),
    (0xA2, "wildcard_subscriptions_not_supported", &[(SubAck, Server), (Disconnect, Server)]),
];

/// The return codes of CONNACK in 3.1 and 3.1.1, by number.
static V3_CONNACK_NAMES: [&str; 6] = [
    "connection_accepted",
    "unacceptable_protocol_version",
    "identifier_rejected",
    "server_unavailable",
    "bad_user_name_or_password",
    "not_authorized",
];

/// Those of SUBACK that grant a QoS, by number. 3.1.1 has 0x80 besides.
static V3_SUBACK_NAMES: [&str; 3] =
    ["success_maximum_qos_0", "success_maximum_qos_1", "success_maximum_qos_2"];
