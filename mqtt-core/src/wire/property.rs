//! Property identifiers: type, legal packets, repeat rule. One table for reader, writer and docs.

use crate::PacketType;
use core::{fmt, num::NonZeroU32};

/// A property section: the bit of the packet type it belongs to, or bit 0 for the will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Section(NonZeroU32);

impl Section {
    /// The section inside the payload of CONNECT.
    pub(crate) const WILL: Self = Self::of_bits(WILL);

    /// The section of this packet type.
    #[inline(always)]
    pub(crate) const fn of(packet: PacketType) -> Self {
        Self::of_bits(1 << packet as u16)
    }

    /// The section of the packet type of this number; 0 for the will.
    #[inline(always)]
    pub(crate) const fn numbered(number: u8) -> Self {
        Self::of_bits(1 << number)
    }

    /// The packet that has it.
    pub(crate) const fn packet(self) -> PacketType {
        match self.0.get() {
            0..=1 => PacketType::Connect,
            bits => PacketType::numbered(bits.trailing_zeros() as u8),
        }
    }

    /// Its bit.
    #[inline(always)]
    pub(crate) const fn bits(self) -> u32 {
        self.0.get()
    }

    #[inline(always)]
    const fn of_bits(bits: u16) -> Self {
        match NonZeroU32::new(bits as u32) {
            Some(bits) => Self(bits),
            None => panic!("no section"),
        }
    }
}

/// How the value of a property is laid out, and what is checked about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One byte, 0 or 1.
    Bit,
    /// Two bytes.
    U16,
    /// Two bytes, not 0.
    U16NonZero,
    /// Two bytes, not 0; 0 has a code of its own.
    Alias,
    /// Four bytes.
    U32,
    /// Four bytes, not 0.
    U32NonZero,
    /// Variable byte integer, not 0.
    Varint,
    /// String.
    Utf8,
    /// String, not empty.
    Utf8NonEmpty,
    /// String that is a topic name.
    Topic,
    /// Length-prefixed bytes.
    Binary,
    /// Two strings.
    Pair,
}

/// What kind of value a property has.
///
/// # Examples
/// ```
/// use mqtt_core::{PropertyId, PropertyKind};
/// assert_eq!(PropertyId::TopicAlias.kind(), PropertyKind::Number);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PropertyKind {
    /// A number of one, two or four bytes, of variable length, or a flag.
    Number,
    /// A string.
    Text,
    /// Bytes.
    Binary,
    /// Two strings: name and value.
    Pair,
}

/// What the standard says of one property.
#[derive(Clone, Copy)]
pub(crate) struct Info {
    pub(crate) id: PropertyId,
    pub(crate) layout: Layout,
    /// Sections that may have it.
    sections: u16,
    /// Sections that may have it more than once.
    repeats: u16,
}

impl Info {
    /// The entry of the identifier with this number.
    #[inline]
    pub(crate) fn of(number: u8) -> Option<&'static Self> {
        INDEX.get(usize::from(number))?.as_ref()
    }

    #[inline]
    pub(crate) const fn allowed_in(&self, section: Section) -> bool {
        self.sections as u32 & section.0.get() != 0
    }

    /// The first section that may have it.
    pub(crate) const fn first_section(&self) -> Section {
        Section::of_bits(self.sections & self.sections.wrapping_neg())
    }

    #[inline]
    pub(crate) const fn repeats_in(&self, section: Section) -> bool {
        self.repeats as u32 & section.0.get() != 0
    }
}

const WILL: u16 = 1;
const CONNECT: u16 = 1 << PacketType::Connect as u16;
const CONNACK: u16 = 1 << PacketType::ConnAck as u16;
const PUBLISH: u16 = 1 << PacketType::Publish as u16;
const PUBACK: u16 = 1 << PacketType::PubAck as u16;
const PUBREC: u16 = 1 << PacketType::PubRec as u16;
const PUBREL: u16 = 1 << PacketType::PubRel as u16;
const PUBCOMP: u16 = 1 << PacketType::PubComp as u16;
const SUBSCRIBE: u16 = 1 << PacketType::Subscribe as u16;
const SUBACK: u16 = 1 << PacketType::SubAck as u16;
const UNSUBSCRIBE: u16 = 1 << PacketType::Unsubscribe as u16;
const UNSUBACK: u16 = 1 << PacketType::UnsubAck as u16;
const DISCONNECT: u16 = 1 << PacketType::Disconnect as u16;
const AUTH: u16 = 1 << PacketType::Auth as u16;
/// Every section there is.
const ALL: u16 = WILL
    | CONNECT
    | CONNACK
    | PUBLISH
    | PUBACK
    | PUBREC
    | PUBREL
    | PUBCOMP
    | SUBSCRIBE
    | SUBACK
    | UNSUBSCRIBE
    | UNSUBACK
    | DISCONNECT
    | AUTH;
/// The packets that may carry a reason string.
const ANSWERS: u16 =
    CONNACK | PUBACK | PUBREC | PUBREL | PUBCOMP | SUBACK | UNSUBACK | DISCONNECT | AUTH;

macro_rules! properties {
    ($(($number:literal, $id:ident, $name:literal, $layout:ident, $sections:expr, $repeats:expr),)*) => {
        /// The identifier of a property of 5.0.
        ///
        /// # Spec
        /// v5 section 2.2.2.2, table 2-4. Each fits in one byte.
        ///
        /// # Examples
        /// ```
        /// use mqtt_core::{PacketType, PropertyId};
        /// let id = PropertyId::try_from(0x23).unwrap();
        /// assert_eq!(id, PropertyId::TopicAlias);
        /// assert_eq!(id.name(), "topic_alias");
        /// assert!(id.is_allowed_in(PacketType::Publish) && !id.is_allowed_in_will());
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum PropertyId {
            $(
                #[doc = concat!("`", stringify!($number), "`: ", $name, ".")]
                $id = $number,
            )*
        }

        impl PropertyId {
            /// All identifiers, by number.
            pub const ALL: &'static [Self] = &[$(Self::$id),*];

            /// The name in the standard, in lower case with underscores.
            ///
            /// ```
            /// assert_eq!(mqtt_core::PropertyId::MaximumQoS.name(), "maximum_qos");
            /// ```
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$id => $name,)* }
            }
        }

        impl Info {
            /// Gives the entry of the identifier with this number to `to`, in a branch of its own
            /// for each, so that all that depends on the identifier is known when compiled.
            #[inline(always)]
            pub(crate) fn dissect<R>(number: u8, to: impl FnOnce(&Self) -> R) -> Option<R> {
                Some(match number {
                    $($number => to(const { PropertyId::$id.info() }),)*
                    _ => return None,
                })
            }
        }

        const TABLE: &[Info] = &[
            $(Info {
                id: PropertyId::$id,
                layout: Layout::$layout,
                sections: $sections,
                repeats: $repeats,
            },)*
        ];
    };
}

// Number, identifier, name, layout, sections, sections that may repeat it.
properties! {
    (0x01, PayloadFormatIndicator, "payload_format_indicator", Bit, PUBLISH | WILL, 0),
    (0x02, MessageExpiryInterval, "message_expiry_interval", U32, PUBLISH | WILL, 0),
    (0x03, ContentType, "content_type", Utf8, PUBLISH | WILL, 0),
    (0x08, ResponseTopic, "response_topic", Topic, PUBLISH | WILL, 0),
    (0x09, CorrelationData, "correlation_data", Binary, PUBLISH | WILL, 0),
    (0x0B, SubscriptionIdentifier, "subscription_identifier", Varint, PUBLISH | SUBSCRIBE, PUBLISH),
    (0x11, SessionExpiryInterval, "session_expiry_interval", U32, CONNECT | CONNACK | DISCONNECT, 0),
    (0x12, AssignedClientIdentifier, "assigned_client_identifier", Utf8NonEmpty, CONNACK, 0),
    (0x13, ServerKeepAlive, "server_keep_alive", U16, CONNACK, 0),
    (0x15, AuthenticationMethod, "authentication_method", Utf8, CONNECT | CONNACK | AUTH, 0),
    (0x16, AuthenticationData, "authentication_data", Binary, CONNECT | CONNACK | AUTH, 0),
    (0x17, RequestProblemInformation, "request_problem_information", Bit, CONNECT, 0),
    (0x18, WillDelayInterval, "will_delay_interval", U32, WILL, 0),
    (0x19, RequestResponseInformation, "request_response_information", Bit, CONNECT, 0),
    (0x1A, ResponseInformation, "response_information", Utf8, CONNACK, 0),
    (0x1C, ServerReference, "server_reference", Utf8, CONNACK | DISCONNECT, 0),
    (0x1F, ReasonString, "reason_string", Utf8, ANSWERS, 0),
    (0x21, ReceiveMaximum, "receive_maximum", U16NonZero, CONNECT | CONNACK, 0),
    (0x22, TopicAliasMaximum, "topic_alias_maximum", U16, CONNECT | CONNACK, 0),
    (0x23, TopicAlias, "topic_alias", Alias, PUBLISH, 0),
    (0x24, MaximumQoS, "maximum_qos", Bit, CONNACK, 0),
    (0x25, RetainAvailable, "retain_available", Bit, CONNACK, 0),
    (0x26, UserProperty, "user_property", Pair, ALL, ALL),
    (0x27, MaximumPacketSize, "maximum_packet_size", U32NonZero, CONNECT | CONNACK, 0),
    (0x28, WildcardSubscriptionAvailable, "wildcard_subscription_available", Bit, CONNACK, 0),
    (0x29, SubscriptionIdentifierAvailable, "subscription_identifier_available", Bit, CONNACK, 0),
    (0x2A, SharedSubscriptionAvailable, "shared_subscription_available", Bit, CONNACK, 0),
}

/// Above the largest identifier, so that a set of them fits in 64 bits.
const NUMBERS: usize = 0x2B;

/// `TABLE` by number.
const INDEX: &[Option<Info>; NUMBERS] = &{
    let mut index = [None; NUMBERS];
    let mut row = 0;
    while row < TABLE.len() {
        index[TABLE[row].id as usize] = Some(TABLE[row]);
        row += 1;
    }
    index
};

impl PropertyId {
    /// True if a packet of this type may have the property (for CONNECT: outside the will).
    ///
    /// ```
    /// use mqtt_core::{PacketType, PropertyId};
    /// assert!(PropertyId::ReasonString.is_allowed_in(PacketType::Disconnect));
    /// ```
    #[must_use]
    pub const fn is_allowed_in(self, packet: PacketType) -> bool {
        self.info().allowed_in(Section::of(packet))
    }

    /// True if a will may have the property.
    ///
    /// ```
    /// assert!(mqtt_core::PropertyId::WillDelayInterval.is_allowed_in_will());
    /// ```
    #[must_use]
    pub const fn is_allowed_in_will(self) -> bool {
        self.info().allowed_in(Section::WILL)
    }

    /// True if a packet of this type may have the property more than once.
    ///
    /// ```
    /// use mqtt_core::{PacketType, PropertyId};
    /// assert!(PropertyId::SubscriptionIdentifier.may_repeat_in(PacketType::Publish));
    /// assert!(!PropertyId::SubscriptionIdentifier.may_repeat_in(PacketType::Subscribe));
    /// ```
    #[must_use]
    pub const fn may_repeat_in(self, packet: PacketType) -> bool {
        self.info().repeats_in(Section::of(packet))
    }

    /// The kind of value that the property has.
    ///
    /// ```
    /// use mqtt_core::{PropertyId, PropertyKind};
    /// assert_eq!(PropertyId::UserProperty.kind(), PropertyKind::Pair);
    /// ```
    #[must_use]
    pub const fn kind(self) -> PropertyKind {
        match self.info().layout {
            Layout::Utf8 | Layout::Utf8NonEmpty | Layout::Topic => PropertyKind::Text,
            Layout::Binary => PropertyKind::Binary,
            Layout::Pair => PropertyKind::Pair,
            Layout::Bit
            | Layout::U16
            | Layout::U16NonZero
            | Layout::Alias
            | Layout::U32
            | Layout::U32NonZero
            | Layout::Varint => PropertyKind::Number,
        }
    }

    #[inline(always)]
    pub(crate) const fn info(self) -> &'static Info {
        match &INDEX[self as usize] {
            Some(info) => info,
            // Every identifier has a row: both come from one macro.
            None => &TABLE[0],
        }
    }
}

impl TryFrom<u8> for PropertyId {
    type Error = u8;

    /// The identifier with this number; the number itself if none is defined.
    fn try_from(number: u8) -> Result<Self, u8> {
        Info::of(number).map(|info| info.id).ok_or(number)
    }
}

impl fmt::Display for PropertyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
