//! Packets as nearly all are, from fields that nobody has judged yet: for bindings to languages whose strings are bytes.
//!
//! Each writes all of the packet, or says nothing about it (`None`) and writes nothing. `V5` is said by the caller: of two
//! functions each has what it needs in registers, where one for both would not.

use crate::limits::Limits;
use crate::packet::{Properties, are_usual_filters, flag};
use crate::strictness::Strictness;
use crate::topic;
use crate::wire::utf8;
use crate::wire::writer::{Put, SliceWriter, VARINT_MAX, varint_len};
use crate::{DecodeOptions, PacketType, QoS, Version};

/// How what is to be sent is judged: by the standard alone. A number in more bytes than needed, from a lenient decoder, is
/// written in as many as are needed.
#[doc(hidden)]
pub const SENDING: DecodeOptions = DecodeOptions {
    limits: Limits::UNLIMITED,
    strictness: Strictness { allow_non_minimal_varints: true, ..Strictness::DEFAULT },
    sender: None,
};

/// A PUBLISH.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct SentPublish<'a> {
    /// DUP, a QoS that there is, and RETAIN, where the first byte has them.
    pub flags: u8,
    pub topic: &'a [u8],
    /// 0 for none.
    pub packet_id: u16,
    pub properties: &'a [u8],
    pub payload: &'a [u8],
}

impl SentPublish<'_> {
    /// Writes the packet to the front of `out`, and gives its length in bytes.
    #[inline(always)]
    pub fn encode<const V5: bool>(&self, out: &mut [u8]) -> Option<usize> {
        let has_id = self.packet_id != 0;
        // An identifier with QoS 1 and 2, and without it no DUP.
        let is_legal = if has_id { self.flags & 0b0110 != 0 } else { self.flags & 0b1110 == 0 };
        if !is_legal || !is_name(self.topic) {
            return None;
        }
        let mut body = 2 + self.topic.len() + self.payload.len();
        if has_id {
            body += 2;
        }
        body += section_len::<V5, { PacketType::Publish as u8 }>(self.properties)?;
        let first = (PacketType::Publish as u8) << 4 | self.flags;
        let (mut to, len) = begin(first, body, out)?;
        to = to.binary(self.topic)?;
        if has_id {
            to = to.u16(self.packet_id)?;
        }
        section::<V5>(self.properties, to)?.bytes(self.payload)?;
        Some(len)
    }
}

/// A CONNECT of 3.1.1 or 5.0. What its flags say is not there is not looked at.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
pub struct SentConnect<'a> {
    pub clean_start: bool,
    pub has_will: bool,
    pub will_qos: QoS,
    pub will_retain: bool,
    pub has_user_name: bool,
    pub has_password: bool,
    pub keep_alive: u16,
    pub client_id: &'a [u8],
    pub will_topic: &'a [u8],
    pub will_payload: &'a [u8],
    pub will_properties: &'a [u8],
    pub user_name: &'a [u8],
    pub password: &'a [u8],
    pub properties: &'a [u8],
}

impl SentConnect<'_> {
    /// Writes the packet to the front of `out`, and gives its length in bytes.
    #[inline(always)]
    pub fn encode<const V5: bool>(&self, out: &mut [u8]) -> Option<usize> {
        let (mut flags, mut body) = (0, 10 + plain_len(self.client_id)?);
        if self.clean_start {
            flags |= flag::CLEAN_START;
        } else if !V5 && self.client_id.is_empty() {
            return None;
        }
        body += section_len::<V5, { PacketType::Connect as u8 }>(self.properties)?;
        if self.has_will {
            flags |= flag::WILL | (self.will_qos as u8) << flag::WILL_QOS_SHIFT;
            if self.will_retain {
                flags |= flag::WILL_RETAIN;
            }
            if !is_name(self.will_topic) {
                return None;
            }
            body += 2 + self.will_topic.len() + binary_len(self.will_payload)?;
            body += section_len::<V5, 0>(self.will_properties)?;
        }
        if self.has_user_name {
            flags |= flag::USER_NAME;
            body += plain_len(self.user_name)?;
        }
        if self.has_password {
            flags |= flag::PASSWORD;
            body += binary_len(self.password)?;
            if !V5 && !self.has_user_name {
                return None;
            }
        }
        let version = if V5 { Version::V5 } else { Version::V311 };
        let [high, low] = self.keep_alive.to_be_bytes();
        let head = [0, 4, b'M', b'Q', b'T', b'T', version.level(), flags, high, low];
        let (mut to, len) = begin((PacketType::Connect as u8) << 4, body, out)?;
        to = section::<V5>(self.properties, to.array(head)?)?.binary(self.client_id)?;
        if self.has_will {
            to = section::<V5>(self.will_properties, to)?;
            to = to.binary(self.will_topic)?.binary(self.will_payload)?;
        }
        if self.has_user_name {
            to = to.binary(self.user_name)?;
        }
        if self.has_password {
            to.binary(self.password)?;
        }
        Some(len)
    }
}

/// A SUBSCRIBE.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct SentSubscribe<'a> {
    pub packet_id: u16,
    pub properties: &'a [u8],
    /// Filters, each with its options.
    pub filters: &'a [u8],
}

impl SentSubscribe<'_> {
    /// Writes the packet to the front of `out`, and gives its length in bytes.
    #[inline(always)]
    pub fn encode<const V5: bool>(&self, out: &mut [u8]) -> Option<usize> {
        let version = if V5 { Version::V5 } else { Version::V311 };
        let filters = self.filters;
        // Before they are walked, which counts places in 32 bits.
        if filters.len() > VARINT_MAX as usize {
            return None;
        }
        // Lengths and options are ASCII too, if the filters are.
        utf8::ascii_str(filters)?;
        let is_legal = self.packet_id != 0 && !filters.is_empty();
        if !is_legal || !are_usual_filters(filters, version, &SENDING.limits) {
            return None;
        }
        let properties = section_len::<V5, { PacketType::Subscribe as u8 }>(self.properties)?;
        let first = (PacketType::Subscribe as u8) << 4 | PacketType::Subscribe.required_flags();
        let (to, len) = begin(first, 2 + properties + filters.len(), out)?;
        section::<V5>(self.properties, to.u16(self.packet_id)?)?.bytes(filters)?;
        Some(len)
    }
}

/// The fixed header, and the length of the packet. No sum of lengths has overflowed: at most one of them, that of a payload,
/// is as long as half of all addresses.
#[inline(always)]
fn begin(first: u8, body: usize, out: &mut [u8]) -> Option<(SliceWriter<'_>, usize)> {
    if body > VARINT_MAX as usize {
        return None;
    }
    let len = 1 + varint_len(body as u32) as usize + body;
    Some((SliceWriter::new(out.get_mut(..len)?).u8(first)?.varint(body as u32)?, len))
}

/// Bytes of a section with the length in front of it, if there is nothing out of the ordinary in it.
#[inline(always)]
fn section_len<const V5: bool, const SECTION: u8>(wire: &[u8]) -> Option<usize> {
    match wire {
        [] => Some(usize::from(V5)),
        _ if !V5 => None,
        _ => {
            Properties::usual_wire::<SECTION>(wire, &SENDING)?;
            Some(varint_len(wire.len() as u32) as usize + wire.len())
        }
    }
}

#[inline(always)]
fn section<'b, const V5: bool>(wire: &[u8], to: SliceWriter<'b>) -> Option<SliceWriter<'b>> {
    match wire {
        _ if !V5 => Some(to),
        [] => to.u8(0),
        _ => to.varint(wire.len() as u32)?.bytes(wire),
    }
}

#[inline(always)]
fn is_name(topic: &[u8]) -> bool {
    topic::is_usual_name(topic, 1 << 16)
}

/// Bytes on the wire of a string, if it is ASCII without U+0000.
#[inline(always)]
fn plain_len(text: &[u8]) -> Option<usize> {
    if utf8::is_plain(text) { binary_len(text) } else { None }
}

#[inline(always)]
fn binary_len(bytes: &[u8]) -> Option<usize> {
    (bytes.len() <= usize::from(u16::MAX)).then_some(2 + bytes.len())
}
