//! A message of this side, as it is kept.

use super::super::alias::AliasUse;
use super::super::output::Output;
use crate::wire::cursor::Cursor;
use crate::wire::property::{Info, Layout};
use crate::wire::writer::{Put, SliceWriter, VARINT_MAX, varint_len};
use crate::{EncodeError, Instant, PacketId, PropertyId, QoS, Version};
use alloc::vec;
use alloc::vec::Vec;
use bytes::Bytes;

/// A PUBLISH as it goes out, but for the identifier and what a connection adds.
#[derive(Debug, Default)]
pub(in crate::session) struct Message {
    /// The packet; without its payload, if that is kept apart.
    pub(in crate::session) wire: Vec<u8>,
    /// A payload that was not copied.
    pub(in crate::session) body: Bytes,
    pub(in crate::session) head: MessageHead,
}

/// What is known of a message beside its packet.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::session) struct MessageHead {
    /// The caller's number for it.
    pub(in crate::session) token: u64,
    pub(in crate::session) qos: QoS,
    pub(in crate::session) expiry: Option<Expiry>,
    /// Its number in the store; 0 if it is not there.
    pub(in crate::session) order: u64,
    /// The store has it in a phase of its own.
    pub(in crate::session) has_phase: bool,
}

/// When a message came, and after how many seconds it is of no use any more.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Expiry {
    /// In milliseconds; one that was restored may have come before the session's time began.
    pub(in crate::session) came: i64,
    pub(in crate::session) seconds: u32,
    /// The clock by which it came.
    pub(in crate::session) clock: Clock,
}

/// The clock by which a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Clock {
    Session,
    /// That of the world: it was restored, and what time it is has not been told since.
    Unix,
    /// Not known, as it was not when the message was stored: it comes when the time is told.
    Unknown,
}

impl Expiry {
    /// When it is of no use any more, in milliseconds.
    pub(super) fn ends(self) -> i64 {
        self.came.saturating_add(i64::from(self.seconds) * 1000)
    }

    pub(in crate::session) fn is_over(self, now: Instant) -> bool {
        self.clock == Clock::Session && self.ends() <= signed(now)
    }
}

/// A time in milliseconds.
pub(in crate::session) fn signed(time: Instant) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// The bit of DUP in the first byte, and that of RETAIN.
const DUP: u8 = 0b1000;
const RETAIN: u8 = 1;

impl Message {
    /// Notes that it has been sent before, or not.
    pub(super) fn set_dup(&mut self, dup: bool) {
        if let Some(first) = self.wire.first_mut() {
            *first = *first & !DUP | if dup { DUP } else { 0 };
        }
    }

    /// Sets the identifier, which lies behind the topic.
    pub(super) fn set_id(&mut self, id: PacketId) {
        let header = 2 + self.wire.iter().skip(1).take_while(|&&byte| byte >= 0x80).count();
        let topic = self
            .wire
            .get(header..header + 2)
            .map_or(0, |len| usize::from(len[0]) << 8 | usize::from(len[1]));
        let at = header + 2 + topic;
        if let Some(place) = self.wire.get_mut(at..at + 2) {
            place.copy_from_slice(&id.get().to_be_bytes());
        }
    }

    pub(in crate::session) fn is_retained(&self) -> bool {
        self.wire.first().is_some_and(|first| first & RETAIN != 0)
    }

    /// Bytes of the packet.
    pub(in crate::session) fn len(&self) -> usize {
        self.wire.len() + self.body.len()
    }

    /// Lets go of a payload that was not copied.
    #[inline]
    pub(super) fn let_go(&mut self) {
        if !self.body.is_empty() {
            self.body = Bytes::new();
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.wire.capacity() + self.body.len()
    }

    /// Seconds for which it has waited, of which the Message Expiry Interval goes down.
    pub(in crate::session) fn waited(&self, now: Instant) -> u32 {
        let Some(Expiry { came, clock: Clock::Session, .. }) = self.head.expiry else { return 0 };
        u32::try_from(signed(now).saturating_sub(came).max(0) / 1000).unwrap_or(u32::MAX)
    }

    pub(in crate::session) fn parts(&self, version: Version) -> Option<Parts<'_>> {
        Parts::of(&self.wire, version)
    }

    /// Writes it as it is, but for an alias and the seconds that it has waited; gives how many bytes, without
    /// a payload that is kept apart.
    #[inline]
    pub(in crate::session) fn put(
        &self,
        version: Version,
        alias: Option<AliasUse>,
        waited: u32,
        output: &mut Output,
    ) -> usize {
        if alias.is_none() && waited == 0 {
            return output.put_bytes(&self.wire);
        }
        let Some(parts) = self.parts(version) else { return 0 };
        // It is no longer than it was, but for an alias and longer lengths.
        let most = self.wire.len() + 3 + ALIAS_LEN as usize;
        let apart = self.body.len();
        let written = output.put(|place| {
            let too_small = EncodeError::BufferTooSmall { needed: most };
            let place = place.get_mut(..most).ok_or(too_small)?;
            parts.put(version, alias, waited, apart, place).ok_or(too_small)
        });
        written.unwrap_or(0)
    }

    /// A payload that is kept apart, once more.
    #[inline]
    pub(in crate::session) fn body(&self) -> Option<Bytes> {
        (!self.body.is_empty()).then(|| self.body.clone())
    }

    /// Makes it a packet of another version; an empty one, if it is too large for that.
    pub(super) fn convert(&mut self, from: Version, to: Version) {
        // A list of no properties, and lengths that grow by it.
        let mut wire = vec![0; self.wire.len() + 4];
        if let Some(parts) = self.parts(from) {
            let parts = Parts { properties: parts.properties.filter(|_| to.is_v5()), ..parts };
            let len = parts.put(to, None, 0, self.body.len(), &mut wire);
            wire.truncate(len.unwrap_or(0));
        }
        self.wire = wire;
    }
}

/// A PUBLISH taken apart. Those that are kept were made by the encoder, so there is nothing to check.
pub(in crate::session) struct Parts<'w> {
    first: u8,
    pub(in crate::session) topic: &'w [u8],
    id: &'w [u8],
    /// The properties without their length (5.0).
    pub(in crate::session) properties: Option<&'w [u8]>,
    /// The payload, unless it is kept apart.
    pub(in crate::session) payload: &'w [u8],
}

impl<'w> Parts<'w> {
    fn of(wire: &'w [u8], version: Version) -> Option<Self> {
        let mut rest = Cursor::new(wire);
        let first = rest.u8()?;
        rest.varint().ok()?;
        let topic = rest.binary()?;
        let id = rest.take(if first & 0b110 == 0 { 0 } else { 2 })?;
        let properties = match version.is_v5() {
            true => {
                let len = rest.varint().ok()?.value;
                Some(rest.take(len as usize)?)
            }
            false => None,
        };
        Some(Self { first, topic, id, properties, payload: rest.rest() })
    }

    /// Bytes of the packet with another topic and so many more bytes of properties, and a payload of so
    /// many bytes that is kept apart.
    fn body_len(&self, version: Version, topic: &[u8], properties: u32, apart: usize) -> u32 {
        let fixed = 2 + topic.len() + self.id.len() + self.payload.len() + apart;
        let section = if version.is_v5() { varint_len(properties) + properties } else { 0 };
        fixed as u32 + section
    }

    /// How many bytes the packet has with an alias.
    pub(in crate::session) fn len_with_alias(&self, version: Version, apart: usize) -> usize {
        let properties = self.properties.map_or(0, <[u8]>::len) as u32 + ALIAS_LEN;
        let body = self.body_len(version, self.topic, properties, apart);
        (1 + varint_len(body) + body) as usize
    }

    /// Writes all that is not kept apart to the front of `out`; gives its length.
    fn put(
        &self,
        version: Version,
        alias: Option<AliasUse>,
        waited: u32,
        apart: usize,
        out: &mut [u8],
    ) -> Option<usize> {
        let (topic, alias) = match alias {
            Some(AliasUse::Known(alias)) => (&[][..], Some(alias)),
            Some(AliasUse::New(alias)) => (self.topic, Some(alias)),
            None => (self.topic, None),
        };
        let old = self.properties.unwrap_or_default();
        let properties = old.len() as u32 + if alias.is_some() { ALIAS_LEN } else { 0 };
        let body = self.body_len(version, topic, properties, apart);
        if body > VARINT_MAX {
            return None;
        }
        let len = (1 + varint_len(body) + body) as usize - apart;
        let out = out.get_mut(..len)?;
        let mut rest = SliceWriter::new(out).u8(self.first)?.varint(body)?;
        rest = rest.binary(topic)?.bytes(self.id)?;
        if version.is_v5() {
            rest = rest.varint(properties)?.bytes(old)?;
        }
        if let Some(alias) = alias {
            rest = rest.tagged(PropertyId::TopicAlias as u8, alias.to_be_bytes())?;
        }
        rest.bytes(self.payload)?;
        if waited > 0 {
            let end =
                len - self.payload.len() - if alias.is_some() { ALIAS_LEN as usize } else { 0 };
            shorten_expiry(out.get_mut(end - old.len()..end)?, waited);
        }
        Some(len)
    }
}

/// Bytes of a topic alias among the properties.
const ALIAS_LEN: u32 = 3;

/// Takes seconds off the Message Expiry Interval, if there is one.
pub(crate) fn shorten_expiry(properties: &mut [u8], waited: u32) {
    let Some(at) = find(properties, PropertyId::MessageExpiryInterval) else { return };
    if let Some(place) = properties.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *place = u32::from_be_bytes(*place).saturating_sub(waited).to_be_bytes();
    }
}

/// Where the value of a property is.
fn find(properties: &[u8], id: PropertyId) -> Option<usize> {
    let mut rest = Cursor::new(properties);
    while let Some(number) = rest.u8() {
        if number == id as u8 {
            return Some(properties.len() - rest.len());
        }
        match Info::of(number)?.layout {
            Layout::Bit => rest.take(1)?,
            Layout::U16 | Layout::U16NonZero | Layout::Alias => rest.take(2)?,
            Layout::U32 | Layout::U32NonZero => rest.take(4)?,
            Layout::Varint => {
                rest.varint().ok()?;
                &[]
            }
            Layout::Utf8 | Layout::Utf8NonEmpty | Layout::Topic | Layout::Binary => {
                rest.binary()?
            }
            Layout::Pair => {
                rest.binary()?;
                rest.binary()?
            }
        };
    }
    None
}
