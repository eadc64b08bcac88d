//! Keys and values: what they say, and how it is written.

use super::error::StoreErrorKind;
use crate::wire::cursor::Cursor;
use crate::{PacketId, ReasonCode, Version};
use alloc::vec::Vec;

/// The format that values have.
const FORMAT: u8 = 1;

/// Nobody counts so far: larger orders and sequence numbers were made up.
pub(crate) const MAX_NUMBER: u64 = u64::MAX >> 1;

/// What a value is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key<'a> {
    Message(u64),
    Phase(u64),
    Received(PacketId),
    Session,
    Subscription(&'a str),
    Will,
}

/// Bytes of a key with an order.
pub(super) const ORDER_KEY: usize = 9;

impl<'a> Key<'a> {
    pub(crate) const MESSAGE: u8 = b'm';
    pub(crate) const PHASE: u8 = b'p';

    /// The key of this kind with an order.
    #[inline(always)]
    pub(super) fn order_key(kind: u8, order: u64) -> [u8; ORDER_KEY] {
        let mut key = [kind; ORDER_KEY];
        key[1..].copy_from_slice(&order.to_be_bytes());
        key
    }

    /// The first byte.
    pub(crate) const fn kind(self) -> u8 {
        match self {
            Self::Message(_) => Self::MESSAGE,
            Self::Phase(_) => Self::PHASE,
            Self::Received(_) => b'r',
            Self::Session => b's',
            Self::Subscription(_) => b't',
            Self::Will => b'w',
        }
    }

    pub(crate) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Message(order) | Self::Phase(order) => {
                out.extend_from_slice(&Self::order_key(self.kind(), order));
            }
            Self::Received(id) => {
                let [high, low] = id.get().to_be_bytes();
                out.extend_from_slice(&[self.kind(), high, low]);
            }
            Self::Session | Self::Will => out.push(self.kind()),
            Self::Subscription(filter) => {
                out.push(self.kind());
                out.extend_from_slice(filter.as_bytes());
            }
        }
    }

    pub(crate) fn parse(key: &'a [u8]) -> Result<Self, StoreErrorKind> {
        let unknown = StoreErrorKind::UnknownKey { kind: key.first().copied().unwrap_or(0) };
        let (kind, rest) = key.split_first().ok_or(unknown)?;
        let wrong = StoreErrorKind::Value { kind: *kind };
        let order = || {
            let order = rest.try_into().map(u64::from_be_bytes).ok();
            order.filter(|order| (1..=MAX_NUMBER).contains(order)).ok_or(wrong)
        };
        Ok(match kind {
            b'm' => Self::Message(order()?),
            b'p' => Self::Phase(order()?),
            b'r' => {
                let id = rest.try_into().map(u16::from_be_bytes).map_err(|_| wrong)?;
                Self::Received(PacketId::new(id).ok_or(wrong)?)
            }
            b's' if rest.is_empty() => Self::Session,
            b't' => Self::Subscription(core::str::from_utf8(rest).map_err(|_| wrong)?),
            b'w' if rest.is_empty() => Self::Will,
            _ => return Err(unknown),
        })
    }
}

/// A value: what there is to write, or was read.
pub(crate) trait Record<'a>: Sized {
    /// Appends what comes behind the format.
    fn write_fields(&self, out: &mut Vec<u8>);

    /// Reads what comes behind the format.
    fn parse_fields(rest: &mut Cursor<'a>) -> Option<Self>;

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        out.push(FORMAT);
        self.write_fields(out);
    }

    /// Reads a value of a key of this kind; the place of a fault is told in bytes.
    fn parse(kind: u8, value: &'a [u8]) -> Result<Self, (StoreErrorKind, usize)> {
        match value.first() {
            None => return Err((StoreErrorKind::Value { kind }, 0)),
            Some(&FORMAT) => {}
            Some(&found) => return Err((StoreErrorKind::Format { found }, 0)),
        }
        let mut rest = Cursor::new(&value[1..]);
        let record = Self::parse_fields(&mut rest).filter(|_| rest.is_empty());
        record.ok_or((StoreErrorKind::Value { kind }, value.len() - rest.len()))
    }
}

fn u64_of(rest: &mut Cursor<'_>) -> Option<u64> {
    rest.take(8)?.first_chunk().map(|bytes| u64::from_be_bytes(*bytes))
}

fn version_of(rest: &mut Cursor<'_>) -> Option<Version> {
    Version::from_level(rest.u8()?)
}

/// Bytes of a message's value before its packet.
pub(super) const MESSAGE_HEAD: usize = 21;
/// The bit of DUP in the first byte of a packet.
const DUP: u8 = 0b1000;

/// A message of this side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MessageRecord<'a> {
    /// The identifier under which it is open.
    pub(crate) id: Option<PacketId>,
    pub(crate) version: Version,
    pub(crate) token: u64,
    /// When it is of no use any more, in Unix milliseconds; 0 for never.
    pub(crate) expires: u64,
    /// The packet, in two parts.
    pub(crate) packet: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl MessageRecord<'_> {
    /// What comes before the packet.
    #[inline(always)]
    pub(super) fn head(&self) -> [u8; MESSAGE_HEAD] {
        let id = self.id.map_or(0, PacketId::get);
        let mut head = [FORMAT; MESSAGE_HEAD];
        (head[1], head[2]) = (u8::from(self.id.is_some()), self.version.level());
        head[3..5].copy_from_slice(&id.to_be_bytes());
        head[5..13].copy_from_slice(&self.token.to_be_bytes());
        head[13..].copy_from_slice(&self.expires.to_be_bytes());
        head
    }

    #[inline(always)]
    pub(super) fn write_packet(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(self.packet);
        if let Some(first) = out.get_mut(start) {
            *first &= !DUP;
        }
        if !self.body.is_empty() {
            out.extend_from_slice(self.body);
        }
    }
}

impl<'a> Record<'a> for MessageRecord<'a> {
    fn write_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head()[1..]);
        self.write_packet(out);
    }

    fn parse_fields(rest: &mut Cursor<'a>) -> Option<Self> {
        let is_open = match rest.u8()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        let version = version_of(rest)?;
        let id = PacketId::new(rest.u16()?);
        let (token, expires) = (u64_of(rest)?, u64_of(rest)?);
        let record = Self { id, version, token, expires, packet: rest.take_rest(), body: &[] };
        (is_open == id.is_some()).then_some(record)
    }
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Waits = 0,
    IsOpen = 1,
    /// PUBREL is out.
    IsReleased = 2,
}

/// Where a message stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PhaseRecord {
    pub(crate) phase: Phase,
    pub(crate) id: Option<PacketId>,
    pub(crate) reason: ReasonCode,
    pub(crate) token: u64,
}

/// Bytes of its value.
pub(super) const PHASE_LEN: usize = 13;

impl PhaseRecord {
    /// The whole value.
    #[inline(always)]
    pub(super) fn to_bytes(self) -> [u8; PHASE_LEN] {
        let mut value = [FORMAT; PHASE_LEN];
        value[1] = self.phase as u8;
        value[2..4].copy_from_slice(&self.id.map_or(0, PacketId::get).to_be_bytes());
        value[4] = self.reason.0;
        value[5..].copy_from_slice(&self.token.to_be_bytes());
        value
    }
}

impl<'a> Record<'a> for PhaseRecord {
    fn write_fields(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bytes()[1..]);
    }

    fn parse_fields(rest: &mut Cursor<'a>) -> Option<Self> {
        let phase = match rest.u8()? {
            0 => Phase::Waits,
            1 => Phase::IsOpen,
            2 => Phase::IsReleased,
            _ => return None,
        };
        let id = PacketId::new(rest.u16()?);
        let record = Self { phase, id, reason: ReasonCode(rest.u8()?), token: u64_of(rest)? };
        ((phase == Phase::Waits) == id.is_none()).then_some(record)
    }
}

/// Nothing but that it is there.
impl<'a> Record<'a> for () {
    fn write_fields(&self, _: &mut Vec<u8>) {}

    fn parse_fields(_: &mut Cursor<'a>) -> Option<Self> {
        Some(())
    }
}

/// The session itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionRecord {
    pub(crate) is_server: bool,
    pub(crate) version: Version,
    /// Client: the server's session is not the one that this side has.
    pub(crate) is_cleaned: bool,
    /// The client identifier, as a number.
    pub(crate) client: u64,
    /// Server: for how long it is kept after the connection, in seconds.
    pub(crate) expiry: u32,
    /// Server: when it ends, in Unix milliseconds; 0 if that is not known, as long as it has a connection.
    pub(crate) ends: u64,
}

impl<'a> Record<'a> for SessionRecord {
    fn write_fields(&self, out: &mut Vec<u8>) {
        let flags = u8::from(self.is_cleaned);
        out.extend_from_slice(&[u8::from(self.is_server), self.version.level(), flags]);
        out.extend_from_slice(&self.client.to_be_bytes());
        out.extend_from_slice(&self.expiry.to_be_bytes());
        out.extend_from_slice(&self.ends.to_be_bytes());
    }

    fn parse_fields(rest: &mut Cursor<'a>) -> Option<Self> {
        let role = rest.u8().filter(|role| *role < 2)?;
        let version = version_of(rest)?;
        let flags = rest.u8().filter(|flags| *flags < 2)?;
        Some(Self {
            is_server: role == 1,
            version,
            is_cleaned: flags == 1,
            client: u64_of(rest)?,
            expiry: rest.u32()?,
            ends: u64_of(rest)?,
        })
    }
}

/// What a subscription is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SubscriptionRecord {
    /// As in SUBSCRIBE.
    pub(crate) options: u8,
    /// 0 for none.
    pub(crate) identifier: u32,
}

impl<'a> Record<'a> for SubscriptionRecord {
    fn write_fields(&self, out: &mut Vec<u8>) {
        out.push(self.options);
        out.extend_from_slice(&self.identifier.to_be_bytes());
    }

    fn parse_fields(rest: &mut Cursor<'a>) -> Option<Self> {
        Some(Self { options: rest.u8()?, identifier: rest.u32()? })
    }
}

/// A will.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WillRecord<'a> {
    pub(crate) version: Version,
    /// A CONNECT that has it.
    pub(crate) connect: &'a [u8],
}

impl<'a> Record<'a> for WillRecord<'a> {
    fn write_fields(&self, out: &mut Vec<u8>) {
        out.push(self.version.level());
        out.extend_from_slice(self.connect);
    }

    fn parse_fields(rest: &mut Cursor<'a>) -> Option<Self> {
        Some(Self { version: version_of(rest)?, connect: rest.take_rest() })
    }
}
