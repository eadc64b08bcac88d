//! The fields of packets, and the modes in which they are read.

use super::error::DecodeError;
use crate::PacketType;

/// A field: its name, and the statement that defines it in 5.0 and in 3.1.1.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) v5: &'static str,
    pub(crate) v3: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Number(u32),
    /// A byte of flags.
    Flags(u8),
    Text(&'a str),
    /// Text that is known to be well-formed.
    Utf8(&'a [u8]),
    Bytes(&'a [u8]),
    Word(&'static str),
}

/// How a packet is read by its `parse`. Nothing of what a mode does not want is left in its copy of
/// the parser.
///
/// Good packets that are not read by a `usual` already are read in [`Quick`] mode, which keeps no
/// account of where it is. When that fails, the packet is read again in [`Precise`] mode, which finds
/// out what is wrong.
pub(crate) trait Mode: Copy {
    /// What is said of a packet that is refused.
    type Error;

    /// True if nobody asks for single fields.
    const QUICK: bool = false;

    /// Told of every field as it is read, in wire order: `len` bytes at `at`, both in bytes from
    /// the start of the packet. Zero bytes: a part of the field named last.
    fn field(self, at: usize, len: usize, field: &'static Field, value: Value<'_>);

    /// Makes the error, if this mode wants one.
    fn error(make: impl FnOnce() -> DecodeError) -> Self::Error;
}

/// Says only that a packet is refused.
#[derive(Clone, Copy)]
pub(crate) struct Quick;

/// What [`Quick`] says: read the packet again.
pub(crate) struct Refused;

impl Mode for Quick {
    type Error = Refused;

    const QUICK: bool = true;

    #[inline(always)]
    fn field(self, _: usize, _: usize, _: &'static Field, _: Value<'_>) {}

    #[inline(always)]
    fn error(_: impl FnOnce() -> DecodeError) -> Refused {
        Refused
    }
}

/// Says why and where a packet is refused.
#[derive(Clone, Copy)]
pub(crate) struct Precise;

impl Mode for Precise {
    type Error = DecodeError;

    #[inline(always)]
    fn field(self, _: usize, _: usize, _: &'static Field, _: Value<'_>) {}

    #[inline(always)]
    fn error(make: impl FnOnce() -> DecodeError) -> DecodeError {
        make()
    }
}

macro_rules! fields {
    ($($constant:ident = $name:literal, $v5:literal, $v3:literal;)*) => {
        $(pub(crate) static $constant: Field = Field { name: $name, v5: $v5, v3: $v3 };)*
    };
}

/// The first byte. Only in PUBLISH its lower half is not fixed: those bits are fields of their own.
#[inline(always)]
pub(crate) fn packet_type(packet: PacketType) -> &'static Field {
    if packet == PacketType::Publish { &PACKET_TYPE_PUBLISH } else { &PACKET_TYPE }
}

/// The reason code of 5.0. Before, only CONNACK and SUBACK have codes, of different meanings.
#[inline(always)]
pub(crate) fn reason_code(packet: PacketType) -> &'static Field {
    if packet == PacketType::SubAck { &REASON_CODE_SUBACK } else { &REASON_CODE }
}

fields! {
    PACKET_TYPE = "packet type", "MQTT-2.1.3-1", "MQTT-2.2.2-1";
    PACKET_TYPE_PUBLISH = "packet type", "section 2.1.2", "section 2.2.1";
    DUP = "DUP", "MQTT-3.3.1-2", "MQTT-3.3.1-2";
    QOS = "QoS", "MQTT-3.3.1-4", "MQTT-3.3.1-4";
    RETAIN = "RETAIN", "section 3.3.1.3", "section 3.3.1.3";
    REMAINING_LENGTH = "remaining length", "MQTT-1.5.5-1", "section 2.2.3";
    PROTOCOL_NAME = "protocol name", "MQTT-3.1.2-1", "MQTT-3.1.2-1";
    PROTOCOL_LEVEL = "protocol level", "MQTT-3.1.2-2", "MQTT-3.1.2-2";
    CONNECT_FLAGS = "connect flags", "MQTT-3.1.2-3", "MQTT-3.1.2-3";
    CLEAN_START = "clean start", "MQTT-3.1.2-4", "section 3.1.2.4";
    WILL_FLAG = "will flag", "MQTT-3.1.2-9", "MQTT-3.1.2-9";
    WILL_QOS = "will QoS", "MQTT-3.1.2-12", "MQTT-3.1.2-14";
    WILL_RETAIN = "will retain", "MQTT-3.1.2-13", "MQTT-3.1.2-15";
    USER_NAME_FLAG = "user name flag", "MQTT-3.1.2-17", "MQTT-3.1.2-19";
    PASSWORD_FLAG = "password flag", "MQTT-3.1.2-19", "MQTT-3.1.2-21";
    KEEP_ALIVE = "keep alive", "section 3.1.2.10", "section 3.1.2.10";
    CLIENT_ID = "client identifier", "MQTT-3.1.3-4", "MQTT-3.1.3-4";
    WILL_TOPIC = "will topic", "MQTT-3.1.3-11", "MQTT-3.1.3-10";
    WILL_PAYLOAD = "will payload", "section 3.1.3.4", "section 3.1.3.3";
    USER_NAME = "user name", "MQTT-3.1.3-12", "MQTT-3.1.3-11";
    PASSWORD = "password", "section 3.1.3.6", "section 3.1.3.5";
    CONNACK_FLAGS = "acknowledge flags", "MQTT-3.2.2-1", "section 3.2.2.1";
    SESSION_PRESENT = "session present", "MQTT-3.2.2-6", "MQTT-3.2.2-4";
    REASON_CODE = "reason code", "section 2.4", "section 3.2.2.3";
    REASON_CODE_SUBACK = "reason code", "section 2.4", "MQTT-3.9.3-2";
    TOPIC_NAME = "topic name", "MQTT-3.3.2-1", "MQTT-3.3.2-1";
    PACKET_ID = "packet identifier", "section 2.2.1", "section 2.3.1";
    PAYLOAD = "payload", "section 3.3.3", "section 3.3.3";
    TOPIC_FILTER = "topic filter", "MQTT-3.8.3-1", "MQTT-3.8.3-1";
    UNSUBSCRIBE_FILTER = "topic filter", "MQTT-3.10.3-1", "MQTT-3.10.3-1";
    SUBSCRIPTION_OPTIONS = "subscription options", "MQTT-3.8.3-5", "MQTT-3.8.3-4";
    SUBSCRIPTION_QOS = "maximum QoS", "section 3.8.3.1", "MQTT-3.8.3-4";
    NO_LOCAL = "no local", "MQTT-3.8.3-4", "-";
    RETAIN_AS_PUBLISHED = "retain as published", "section 3.8.3.1", "-";
    RETAIN_HANDLING = "retain handling", "section 3.8.3.1", "-";
    PROPERTY_LENGTH = "property length", "MQTT-2.2.2-1", "-";
    WILL_PROPERTY_LENGTH = "will property length", "MQTT-2.2.2-1", "-";
    PROPERTY = "property", "section 2.2.2.2", "-";
    PROPERTY_VALUE = "value", "section 2.2.2.2", "-";
    PROPERTY_NAME = "name", "MQTT-1.5.7-1", "-";
}
