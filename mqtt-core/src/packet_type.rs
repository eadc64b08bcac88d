//! The types of control packets.

use crate::{Sender, Version};
use core::fmt;

/// The type of a control packet: the upper four bits of its first byte.
///
/// # Spec
/// v3 section 2.2.1; v5 section 2.1.2. Type 15 exists in 5.0 only; type 0 is reserved.
///
/// # Examples
/// ```
/// use mqtt_core::PacketType;
/// assert_eq!(PacketType::try_from(3), Ok(PacketType::Publish));
/// assert_eq!(PacketType::PubRel.to_string(), "PUBREL");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PacketType {
    /// Client asks for a connection.
    Connect = 1,
    /// Server answers CONNECT.
    ConnAck = 2,
    /// A message.
    Publish = 3,
    /// Answer to a QoS 1 PUBLISH.
    PubAck = 4,
    /// First answer to a QoS 2 PUBLISH.
    PubRec = 5,
    /// Answer to PUBREC.
    PubRel = 6,
    /// Answer to PUBREL.
    PubComp = 7,
    /// Client subscribes.
    Subscribe = 8,
    /// Server answers SUBSCRIBE.
    SubAck = 9,
    /// Client unsubscribes.
    Unsubscribe = 10,
    /// Server answers UNSUBSCRIBE.
    UnsubAck = 11,
    /// Client shows that it is alive.
    PingReq = 12,
    /// Server answers PINGREQ.
    PingResp = 13,
    /// Last packet of a connection.
    Disconnect = 14,
    /// One step of enhanced authentication (5.0).
    Auth = 15,
}

/// By number; entry 0 stands for the reserved type.
const TYPES: [Option<PacketType>; 16] = {
    use PacketType::*;
    [
        None,
        Some(Connect),
        Some(ConnAck),
        Some(Publish),
        Some(PubAck),
        Some(PubRec),
        Some(PubRel),
        Some(PubComp),
        Some(Subscribe),
        Some(SubAck),
        Some(Unsubscribe),
        Some(UnsubAck),
        Some(PingReq),
        Some(PingResp),
        Some(Disconnect),
        Some(Auth),
    ]
};

impl PacketType {
    /// All types, by number.
    ///
    /// ```
    /// use mqtt_core::PacketType;
    /// assert_eq!(PacketType::ALL.len(), 15);
    /// assert_eq!(PacketType::ALL[2], PacketType::Publish);
    /// ```
    pub const ALL: &'static [Self] = {
        use PacketType::*;
        &[
            Connect,
            ConnAck,
            Publish,
            PubAck,
            PubRec,
            PubRel,
            PubComp,
            Subscribe,
            SubAck,
            Unsubscribe,
            UnsubAck,
            PingReq,
            PingResp,
            Disconnect,
            Auth,
        ]
    };

    /// The name used by the standard, in capitals.
    ///
    /// ```
    /// assert_eq!(mqtt_core::PacketType::SubAck.name(), "SUBACK");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::ConnAck => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::PubAck => "PUBACK",
            Self::PubRec => "PUBREC",
            Self::PubRel => "PUBREL",
            Self::PubComp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::SubAck => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::UnsubAck => "UNSUBACK",
            Self::PingReq => "PINGREQ",
            Self::PingResp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
        }
    }

    /// The type in the upper half of the first byte of a packet.
    #[inline]
    pub(crate) const fn of_first_byte(first: u8) -> Option<Self> {
        TYPES[(first >> 4) as usize]
    }

    /// The type with this number, for constants: it does not compile with a number of none.
    pub(crate) const fn numbered(number: u8) -> Self {
        match Self::of_first_byte(number << 4) {
            Some(packet) => packet,
            None => panic!("not the number of a packet type"),
        }
    }

    /// The lower half of the first byte, where the standard fixes it: all types but PUBLISH.
    ///
    /// # Spec
    /// v3 \[MQTT-2.2.2-1\]; v5 \[MQTT-2.1.3-1\].
    #[inline]
    pub(crate) const fn required_flags(self) -> u8 {
        match self {
            Self::PubRel | Self::Subscribe | Self::Unsubscribe => 0b0010,
            _ => 0,
        }
    }

    /// True if `sender` may send packets of this type in `version`.
    ///
    /// ```
    /// use mqtt_core::{PacketType, Sender, Version};
    /// assert!(PacketType::Disconnect.may_be_sent_by(Sender::Server, Version::V5));
    /// assert!(!PacketType::Disconnect.may_be_sent_by(Sender::Server, Version::V311));
    /// ```
    #[must_use]
    pub const fn may_be_sent_by(self, sender: Sender, version: Version) -> bool {
        match self {
            Self::Connect | Self::Subscribe | Self::Unsubscribe | Self::PingReq => {
                matches!(sender, Sender::Client)
            }
            Self::ConnAck | Self::SubAck | Self::UnsubAck | Self::PingResp => {
                matches!(sender, Sender::Server)
            }
            Self::Publish | Self::PubAck | Self::PubRec | Self::PubRel | Self::PubComp => true,
            Self::Disconnect => version.is_v5() || matches!(sender, Sender::Client),
            Self::Auth => version.is_v5(),
        }
    }
}

impl TryFrom<u8> for PacketType {
    type Error = u8;

    /// The type with this number; the number itself if it is 0 or above 15.
    ///
    /// ```
    /// use mqtt_core::PacketType;
    /// assert_eq!(PacketType::try_from(15), Ok(PacketType::Auth));
    /// assert_eq!(PacketType::try_from(0), Err(0));
    /// ```
    fn try_from(value: u8) -> Result<Self, u8> {
        TYPES.get(usize::from(value)).copied().flatten().ok_or(value)
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
