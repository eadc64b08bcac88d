//! Packet identifiers, and what is open under each.

use super::super::message::Message;
use crate::{PacketId, ReasonCode};
use alloc::vec::Vec;
use core::mem;

/// What a packet identifier waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::session) enum Wait {
    /// Nothing: it is free.
    Free,
    PubAck,
    PubRec,
    PubComp,
    SubAck,
    UnsubAck,
}

/// A packet identifier, and what is open under it.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) wait: Wait,
    /// The next and the one before in the order of first transmission; of a free one, the next free one.
    pub(super) next: u16,
    pub(super) before: u16,
    /// Filters of a SUBSCRIBE or UNSUBSCRIBE.
    pub(super) filters: u32,
    /// What PUBREC said; from 0x80 on, why the message was given up without one.
    pub(super) reason: ReasonCode,
    /// It takes up one of the peer's Receive Maximum. A PUBREL that is sent again does not, and its end
    /// gives nothing back: a peer that counts otherwise would see too many.
    pub(super) is_charged: bool,
    /// Its PUBREL has been sent on this connection.
    pub(super) is_released: bool,
    pub(super) message: Message,
}

/// No packet identifier.
pub(super) const NONE: u16 = 0;
/// As many identifiers are left alone before one is used again.
const REST: u16 = 8;
/// So many bytes may be kept by free identifiers, in buffers to be used again.
const KEEPS: usize = 32 << 10;
/// As if there were so many identifiers at least: the first are closed before the others are there.
const KEEPERS: usize = 32;

/// True if as many buffers as this one as there are identifiers are not to be kept.
#[inline]
#[allow(clippy::ptr_arg)] // it is the capacity that counts
fn is_too_much(identifiers: usize, buffer: &Vec<u8>) -> bool {
    buffer.capacity() * identifiers.max(KEEPERS) > KEEPS
}

/// Packet identifiers, and what is open under each.
#[derive(Debug, Default)]
pub(super) struct Flights {
    /// By packet identifier, less one.
    all: Vec<Flight>,
    free: Chain,
    /// Open messages in the order of their first transmission.
    open: Chain,
    /// Open messages and requests.
    in_use: u16,
}

/// A chain of flights.
#[derive(Clone, Copy, Debug, Default)]
struct Chain {
    first: u16,
    last: u16,
    len: u16,
}

/// What has been closed.
pub(super) struct Closed {
    /// It was a message, no request.
    pub(super) is_message: bool,
    /// It took up one of the peer's Receive Maximum.
    pub(super) is_charged: bool,
    /// Bytes of the message that were still kept.
    pub(super) len: usize,
    /// The message that was sent next.
    pub(super) next: u16,
    /// More is kept for the identifier than it needs: [`trim`](Flights::trim) it.
    pub(super) trims: bool,
}

impl Flights {
    #[inline]
    pub(super) fn get(&self, id: PacketId) -> Option<&Flight> {
        self.all.get(id.get() as usize - 1)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: PacketId) -> Option<&mut Flight> {
        self.all.get_mut(id.get() as usize - 1)
    }

    /// All of them, also those that are free.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Flight> {
        self.all.iter_mut()
    }

    /// The identifiers that there are, also those that are free.
    pub(super) fn ids(&self) -> impl Iterator<Item = PacketId> + use<> {
        (1..=self.all.len() as u16).filter_map(PacketId::new)
    }

    /// Open messages in the order of first transmission.
    pub(super) fn open_messages(&self) -> impl Iterator<Item = (PacketId, &Flight)> {
        let mut next = self.open.first;
        core::iter::from_fn(move || {
            let id = PacketId::new(next)?;
            let flight = self.get(id)?;
            next = flight.next;
            Some((id, flight))
        })
    }

    /// The open messages that were sent first and last; [`NONE`] if none is open.
    #[inline]
    pub(super) const fn first_open(&self) -> u16 {
        self.open.first
    }

    pub(super) const fn last_open(&self) -> u16 {
        self.open.last
    }

    /// Open messages.
    #[inline]
    pub(super) const fn open_len(&self) -> u16 {
        self.open.len
    }

    /// Open requests.
    #[inline]
    pub(super) const fn requests_len(&self) -> u16 {
        self.in_use - self.open.len
    }

    /// True if nothing is open.
    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.in_use == 0
    }

    /// The identifier that is opened next; there is one unless 65,535 are in use.
    #[inline]
    pub(super) fn free_id(&self) -> Option<PacketId> {
        PacketId::new(match self.grows() {
            true => self.all.len() as u16 + 1,
            false => self.free.first,
        })
    }

    /// True if a new identifier is used, for those that are free have not rested.
    #[inline]
    fn grows(&self) -> bool {
        self.free.len <= REST && self.all.len() < usize::from(u16::MAX)
    }

    /// True if `free_id` would give one.
    pub(super) const fn has_free_id(&self) -> bool {
        self.in_use < u16::MAX
    }

    /// Takes the identifier that `free_id` gave, for a request.
    pub(super) fn open_request(&mut self, id: PacketId) -> Option<&mut Flight> {
        self.take(id);
        self.in_use += 1;
        self.get_mut(id)
    }

    /// Takes the identifier that `free_id` gave, for a message.
    #[inline]
    pub(super) fn open_message(&mut self, id: PacketId) -> Option<&mut Flight> {
        self.take(id);
        self.append(id)
    }

    #[inline]
    fn take(&mut self, id: PacketId) {
        match self.get(id) {
            Some(flight) => (self.free.first, self.free.len) = (flight.next, self.free.len - 1),
            None => self.grow(),
        }
    }

    #[cold]
    fn grow(&mut self) {
        self.all.push(Flight {
            wait: Wait::Free,
            next: NONE,
            before: NONE,
            filters: 0,
            reason: ReasonCode::SUCCESS,
            is_charged: false,
            is_released: false,
            message: Message::default(),
        });
    }

    /// Appends the flight of an identifier to the messages that are open.
    #[inline]
    fn append(&mut self, id: PacketId) -> Option<&mut Flight> {
        let last = mem::replace(&mut self.open.last, id.get());
        match PacketId::new(last).and_then(|last| self.get_mut(last)) {
            Some(last) => last.next = id.get(),
            None => self.open.first = id.get(),
        }
        self.open.len += 1;
        self.in_use += 1;
        let flight = self.get_mut(id)?;
        (flight.before, flight.next) = (last, NONE);
        Some(flight)
    }

    /// Opens a message under this identifier, behind all others; `None` if it is in use. At the end
    /// [`free_others`](Self::free_others) is due.
    pub(super) fn restore(&mut self, id: PacketId) -> Option<&mut Flight> {
        while self.all.len() < id.get().into() {
            self.grow();
        }
        self.get(id).filter(|flight| flight.wait == Wait::Free)?;
        self.append(id)
    }

    /// Notes which identifiers are free, after messages have been restored.
    pub(super) fn free_others(&mut self) {
        for id in self.ids() {
            if self.get(id).is_some_and(|flight| flight.wait == Wait::Free) {
                self.push_free(id);
            }
        }
    }

    /// Closes what is open under an identifier.
    #[inline]
    pub(super) fn close(&mut self, id: PacketId) -> Option<Closed> {
        let identifiers = self.all.len();
        let flight = self.get_mut(id)?;
        let wait = mem::replace(&mut flight.wait, Wait::Free);
        let is_charged = mem::replace(&mut flight.is_charged, false);
        let (before, next, len) = (flight.before, flight.next, flight.message.len());
        flight.is_released = false;
        flight.message.wire.clear();
        let trims =
            is_too_much(identifiers, &flight.message.wire) || !flight.message.body.is_empty();
        let is_message = matches!(wait, Wait::PubAck | Wait::PubRec | Wait::PubComp);
        if is_message {
            self.unlink(before, next);
        }
        self.in_use -= 1;
        self.push_free(id);
        Some(Closed { is_message, is_charged, len, next, trims })
    }

    /// Lets go of what a free identifier keeps, but for its buffer: that is kept to be used again, unless as many
    /// as there are identifiers would be too much.
    #[cold]
    pub(super) fn trim(&mut self, id: PacketId) {
        let identifiers = self.all.len();
        let Some(flight) = self.get_mut(id) else { return };
        flight.message.let_go();
        if is_too_much(identifiers, &flight.message.wire) {
            flight.message.wire = Vec::new();
        }
    }

    /// Takes a message out of those that are open, which stood between these two.
    #[inline]
    fn unlink(&mut self, before: u16, next: u16) {
        match PacketId::new(before).and_then(|before| self.get_mut(before)) {
            Some(before) => before.next = next,
            None => self.open.first = next,
        }
        match PacketId::new(next).and_then(|next| self.get_mut(next)) {
            Some(next) => next.before = before,
            None => self.open.last = before,
        }
        self.open.len -= 1;
    }

    fn push_free(&mut self, id: PacketId) {
        match PacketId::new(self.free.last).filter(|_| self.free.len > 0) {
            Some(last) => {
                if let Some(last) = self.get_mut(last) {
                    last.next = id.get();
                }
            }
            None => self.free.first = id.get(),
        }
        self.free.last = id.get();
        self.free.len += 1;
        if let Some(flight) = self.get_mut(id) {
            flight.next = NONE;
        }
    }

    /// Gives back memory that is not needed.
    pub(super) fn shrink(&mut self) {
        if self.is_empty() {
            (self.all, self.free) = (Vec::new(), Chain::default());
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let messages = self.all.iter().map(|flight| flight.message.heap_bytes());
        self.all.capacity() * size_of::<Flight>() + messages.sum::<usize>()
    }
}
