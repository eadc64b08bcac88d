//! Messages and requests of this side: those that wait, and those that are open.

use super::super::seldom::Seldom;
use super::message::{Message, MessageHead};
use crate::{PacketId, QoS, ReasonCode, Version};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use bytes::Bytes;
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

/// A packet identifier in use.
#[derive(Debug)]
struct Flight {
    wait: Wait,
    /// The next and the one before in the order of first transmission; of a free one, the next free one.
    next: u16,
    before: u16,
    /// Filters of a SUBSCRIBE or UNSUBSCRIBE.
    filters: u32,
    /// What PUBREC said; from 0x80 on, why the message was given up without one.
    reason: ReasonCode,
    /// It takes up one of the peer's Receive Maximum. A PUBREL that is sent again does not, and its end
    /// gives nothing back: a peer that counts otherwise would see too many.
    is_charged: bool,
    /// Its PUBREL has been sent on this connection.
    is_released: bool,
    message: Message,
}

/// No packet identifier.
const NONE: u16 = 0;
/// As many identifiers are left alone before one is used again.
const REST: u16 = 8;
/// So many buffers of messages that wait are kept to be used again.
const SPARE: usize = 16;
/// So many identifiers keep their buffers, of so many bytes at most.
const KEEPS: usize = 64;
const KEEPS_BYTES: usize = 4096;

/// Messages and requests of this side.
#[derive(Debug, Default)]
pub(in crate::session) struct Outgoing {
    /// By packet identifier, less one.
    flights: Vec<Flight>,
    free: Chain,
    /// Open messages in the order of their first transmission.
    open: Chain,
    /// Open messages and requests.
    in_use: u16,
    /// Bytes of open messages that have not arrived for certain.
    open_bytes: u32,
    queue: Seldom<Queue>,
    /// How many more QoS 1 and 2 messages the peer takes, and how many it takes at all.
    quota: u16,
    receive_maximum: u16,
    /// The open message that is to be sent again next.
    resend: u16,
    /// If that waits for quota: where the next PUBREL to be sent again is looked for, which does not.
    release: Option<u16>,
}

/// Messages that have not been sent yet, and what is kept for them.
#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<Message>,
    /// Bytes of their packets.
    bytes: usize,
    /// Buffers to be used again.
    spare: Vec<Vec<u8>>,
}

/// A chain of flights.
#[derive(Clone, Copy, Debug, Default)]
struct Chain {
    first: u16,
    last: u16,
    len: u16,
}

impl Outgoing {
    /// A buffer for a packet.
    pub(in crate::session) fn buffer(&mut self) -> Vec<u8> {
        self.queue.make().spare.pop().unwrap_or_default()
    }

    /// Takes a buffer back.
    pub(in crate::session) fn recycle(&mut self, mut buffer: Vec<u8>) {
        // A large one would be kept for small ones.
        let spare = &mut self.queue.make().spare;
        if spare.len() < SPARE && buffer.capacity() <= KEEPS_BYTES {
            buffer.clear();
            spare.push(buffer);
        }
    }

    fn flight(&self, id: PacketId) -> Option<&Flight> {
        self.flights.get(id.get() as usize - 1)
    }

    fn flight_mut(&mut self, id: PacketId) -> Option<&mut Flight> {
        self.flights.get_mut(id.get() as usize - 1)
    }

    /// What an identifier waits for.
    pub(in crate::session) fn wait(&self, id: PacketId) -> Wait {
        self.flight(id).map_or(Wait::Free, |flight| flight.wait)
    }

    /// How many filters the open request has.
    pub(in crate::session) fn filters(&self, id: PacketId) -> u32 {
        self.flight(id).map_or(0, |flight| flight.filters)
    }

    /// The identifier that is opened next; there is one unless 65,535 are in use.
    #[inline]
    pub(in crate::session) fn free_id(&self) -> Option<PacketId> {
        PacketId::new(match self.grows() {
            true => self.flights.len() as u16 + 1,
            false => self.free.first,
        })
    }

    /// True if a new identifier is used, for those that are free have not rested.
    #[inline]
    fn grows(&self) -> bool {
        self.free.len <= REST && self.flights.len() < usize::from(u16::MAX)
    }

    /// True if `free_id` would give one.
    pub(in crate::session) const fn has_free_id(&self) -> bool {
        self.in_use < u16::MAX
    }

    /// Opens a request under the identifier that `free_id` gave.
    pub(in crate::session) fn open_request(&mut self, wait: Wait, token: u64, filters: u32) {
        let Some(id) = self.take_id() else { return };
        if let Some(flight) = self.flight_mut(id) {
            (flight.wait, flight.filters, flight.message.head.token) = (wait, filters, token);
        }
        self.in_use += 1;
    }

    /// Opens a message under the identifier that `free_id` gave; `wire` is its packet, `body` its payload
    /// if that is kept apart.
    #[inline(always)]
    pub(super) fn open_written(&mut self, head: MessageHead, wire: &[u8], body: &Bytes) {
        if let Some((_, flight)) = self.open(head.qos) {
            flight.message.head = head;
            flight.message.wire.clear();
            flight.message.wire.extend_from_slice(wire);
            if !body.is_empty() {
                flight.message.body = body.clone();
            }
            let len = flight.message.len();
            self.open_bytes = self.open_bytes.saturating_add(len as u32);
        }
    }

    /// Opens the first message of the queue.
    pub(super) fn open_front(&mut self) {
        let Some(mut message) = self.unqueue(0) else { return };
        if let Some((id, flight)) = self.open(message.head.qos) {
            message.set_id(id);
            let len = message.len();
            let old = mem::replace(&mut flight.message, message);
            self.open_bytes = self.open_bytes.saturating_add(len as u32);
            self.recycle(old.wire);
        }
    }

    /// Takes the next free identifier for a message.
    #[inline]
    fn open(&mut self, qos: QoS) -> Option<(PacketId, &mut Flight)> {
        let id = self.take_id()?;
        self.quota = self.quota.saturating_sub(1);
        let flight = self.append(id)?;
        flight.wait = match qos {
            QoS::ExactlyOnce => Wait::PubRec,
            _ => Wait::PubAck,
        };
        flight.is_charged = true;
        Some((id, flight))
    }

    /// Appends the flight of an identifier to those that are open.
    #[inline]
    fn append(&mut self, id: PacketId) -> Option<&mut Flight> {
        let last = mem::replace(&mut self.open.last, id.get());
        match PacketId::new(last).and_then(|last| self.flight_mut(last)) {
            Some(last) => last.next = id.get(),
            None => self.open.first = id.get(),
        }
        self.open.len += 1;
        self.in_use += 1;
        let flight = self.flight_mut(id)?;
        (flight.before, flight.next) = (last, NONE);
        Some(flight)
    }

    /// Takes up an open message that was stored, behind all others; `None` if its identifier is in use.
    /// At the end [`free_others`](Self::free_others) is due.
    pub(super) fn restore_open(
        &mut self,
        id: PacketId,
        wait: Wait,
        reason: ReasonCode,
        message: Message,
    ) -> Option<()> {
        while self.flights.len() < id.get().into() {
            self.grow();
        }
        if self.wait(id) != Wait::Free {
            return None;
        }
        self.open_bytes = self.open_bytes.saturating_add(message.len() as u32);
        let flight = self.append(id)?;
        (flight.wait, flight.reason, flight.message) = (wait, reason, message);
        Some(())
    }

    /// Notes which identifiers are free, after messages have been restored.
    pub(super) fn free_others(&mut self) {
        for id in 1..=self.flights.len() as u16 {
            if let Some(id) = PacketId::new(id).filter(|id| self.wait(*id) == Wait::Free) {
                self.push_free(id);
            }
        }
    }

    /// Open messages in the order of first transmission: the identifier, what that waits for, the code of
    /// PUBREC.
    pub(in crate::session) fn open_messages(
        &self,
    ) -> impl Iterator<Item = (PacketId, Wait, ReasonCode, &Message)> {
        let mut next = self.open.first;
        core::iter::from_fn(move || {
            let id = PacketId::new(next)?;
            let flight = self.flight(id)?;
            next = flight.next;
            Some((id, flight.wait, flight.reason, &flight.message))
        })
    }

    /// What PUBREC said of an open message, or why it was given up.
    pub(in crate::session) fn reason(&self, id: PacketId) -> ReasonCode {
        self.flight(id).map_or(ReasonCode::SUCCESS, |flight| flight.reason)
    }

    /// Notes that PUBREL goes out: the message is not sent again.
    pub(super) fn received(&mut self, id: PacketId, reason: ReasonCode) {
        if let Some(flight) = self.flight_mut(id) {
            (flight.wait, flight.reason, flight.is_released) = (Wait::PubComp, reason, true);
            let len = flight.message.len();
            flight.message.wire.clear();
            flight.message.let_go();
            self.open_bytes = self.open_bytes.saturating_sub(len as u32);
        }
    }

    /// The caller's number for what is open under an identifier.
    #[inline]
    pub(in crate::session) fn token(&self, id: PacketId) -> u64 {
        self.flight(id).map_or(0, |flight| flight.message.head.token)
    }

    /// The message that is open under an identifier.
    pub(in crate::session) fn message(&self, id: PacketId) -> Option<&Message> {
        self.flight(id).map(|flight| &flight.message)
    }

    pub(super) fn message_mut(&mut self, id: PacketId) -> Option<&mut Message> {
        self.flight_mut(id).map(|flight| &mut flight.message)
    }

    /// Each open message in the order of first transmission: its identifier, what that waits for, and the code
    /// of PUBREC.
    pub(super) fn each_open(
        &mut self,
        mut each: impl FnMut(PacketId, Wait, ReasonCode, &mut Message),
    ) {
        let mut next = self.open.first;
        while let Some(id) = PacketId::new(next) {
            let Some(flight) = self.flight_mut(id) else { return };
            next = flight.next;
            each(id, flight.wait, flight.reason, &mut flight.message);
        }
    }

    /// Each message that waits, in order.
    pub(super) fn each_queued(&mut self, each: impl FnMut(&mut Message)) {
        if let Some(queue) = self.queue.get_mut() {
            queue.messages.iter_mut().for_each(each);
        }
    }

    /// Closes a request; gives the caller's number.
    pub(in crate::session) fn close_request(&mut self, id: PacketId) -> u64 {
        let token = self.token(id);
        self.close(id);
        token
    }

    /// Closes what is open under an identifier.
    #[inline]
    pub(super) fn close(&mut self, id: PacketId) {
        let keeps = self.flights.len() <= KEEPS;
        let Some(flight) = self.flight_mut(id) else { return };
        let wait = mem::replace(&mut flight.wait, Wait::Free);
        let is_charged = mem::replace(&mut flight.is_charged, false);
        let (before, next) = (flight.before, flight.next);
        // The buffer is kept where it will be used again, unless that adds up.
        let len = flight.message.len();
        flight.is_released = false;
        flight.message.wire.clear();
        flight.message.let_go();
        if !keeps || flight.message.wire.capacity() > KEEPS_BYTES {
            flight.message.wire = Vec::new();
        }
        if matches!(wait, Wait::PubAck | Wait::PubRec | Wait::PubComp) {
            self.open_bytes = self.open_bytes.saturating_sub(len as u32);
            if self.resend == id.get() {
                self.resend = next;
            }
            if self.release == Some(id.get()) {
                self.release = Some(next);
            }
            match PacketId::new(before).and_then(|before| self.flight_mut(before)) {
                Some(before) => before.next = next,
                None => self.open.first = next,
            }
            match PacketId::new(next).and_then(|next| self.flight_mut(next)) {
                Some(next) => next.before = before,
                None => self.open.last = before,
            }
            self.open.len -= 1;
            if is_charged {
                self.quota = self.quota.saturating_add(1).min(self.receive_maximum);
            }
        }
        self.in_use -= 1;
        self.push_free(id);
    }

    fn push_free(&mut self, id: PacketId) {
        match PacketId::new(self.free.last).filter(|_| self.free.len > 0) {
            Some(last) => {
                if let Some(last) = self.flight_mut(last) {
                    last.next = id.get();
                }
            }
            None => self.free.first = id.get(),
        }
        self.free.last = id.get();
        self.free.len += 1;
        if let Some(flight) = self.flight_mut(id) {
            flight.next = NONE;
        }
    }

    /// Takes the identifier that `free_id` gives.
    #[inline]
    fn take_id(&mut self) -> Option<PacketId> {
        let id = self.free_id()?;
        if self.grows() {
            self.grow();
        } else {
            self.free.first = self.flight(id)?.next;
            self.free.len -= 1;
        }
        Some(id)
    }

    #[cold]
    fn grow(&mut self) {
        self.flights.push(Flight {
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

    /// True if a QoS 1 or 2 message may go out now: those to be sent again go first.
    #[inline]
    pub(in crate::session) fn has_quota(&self, max_bytes: usize) -> bool {
        self.quota > 0 && self.resend == NONE && (self.open_bytes as usize) < max_bytes
    }

    /// Bytes of open messages that have not arrived for certain.
    #[inline]
    pub(in crate::session) const fn open_bytes(&self) -> usize {
        self.open_bytes as usize
    }

    /// Begins a connection. What is open is sent again, if the session goes on.
    pub(in crate::session) fn connected(&mut self, receive_maximum: u16, resumes: bool) {
        (self.quota, self.receive_maximum) = (receive_maximum, receive_maximum);
        for flight in &mut self.flights {
            (flight.is_charged, flight.is_released) = (false, false);
        }
        self.resend = if resumes { self.open.first } else { NONE };
        self.release = None;
    }

    /// Ends a connection: requests are forgotten, and nothing is sent until the next.
    pub(in crate::session) fn disconnected(&mut self) {
        (self.quota, self.resend) = (0, NONE);
        if self.in_use == self.open.len {
            return;
        }
        for id in 1..=self.flights.len() as u16 {
            let Some(id) = PacketId::new(id) else { continue };
            if matches!(self.wait(id), Wait::SubAck | Wait::UnsubAck) {
                self.close(id);
            }
        }
    }

    /// The next open message that is to be sent again, if it may be, and what it waits for.
    pub(in crate::session) fn next_resend(&mut self) -> Option<(PacketId, Wait)> {
        loop {
            let id = PacketId::new(self.resend)?;
            let quota = self.quota;
            let flight = self.flight_mut(id)?;
            let (wait, next) = (flight.wait, flight.next);
            if wait == Wait::PubComp {
                let is_released = mem::replace(&mut flight.is_released, true);
                self.resend = next;
                if is_released {
                    continue;
                }
                return Some((id, wait));
            }
            if quota == 0 {
                return self.next_release(id);
            }
            flight.is_charged = true;
            flight.message.set_dup(true);
            (self.quota, self.resend) = (quota - 1, next);
            return Some((id, wait));
        }
    }

    /// The next PUBREL that is to be sent again, behind a message that waits for quota.
    fn next_release(&mut self, blocked: PacketId) -> Option<(PacketId, Wait)> {
        let mut at = self.release.unwrap_or(blocked.get());
        while let Some(id) = PacketId::new(at) {
            let flight = self.flight_mut(id)?;
            at = flight.next;
            if flight.wait == Wait::PubComp && !flight.is_released {
                flight.is_released = true;
                self.release = Some(at);
                return Some((id, Wait::PubComp));
            }
        }
        self.release = Some(NONE);
        None
    }

    /// The first open message, in the order of first transmission.
    pub(in crate::session) const fn first_open(&self) -> Option<PacketId> {
        PacketId::new(self.open.first)
    }

    /// Lets open messages wait before all others, to be sent as new; but for those whose PUBREC came.
    pub(super) fn queue_open(&mut self) {
        let mut next = self.open.last;
        while let Some(id) = PacketId::new(next) {
            let Some(flight) = self.flight_mut(id) else { return };
            next = flight.before;
            if flight.wait != Wait::PubComp {
                let mut message = mem::take(&mut flight.message);
                let len = message.len();
                flight.message.head.token = message.head.token;
                message.set_dup(false);
                message.set_id(PacketId::MIN);
                self.open_bytes = self.open_bytes.saturating_sub(len as u32);
                self.close(id);
                let queue = self.queue.make();
                queue.bytes += message.len();
                queue.messages.push_front(message);
            }
        }
    }

    /// True if nothing is open and nothing waits.
    pub(in crate::session) fn is_idle(&self) -> bool {
        self.in_use == 0 && self.queue_len() == 0
    }

    /// Open messages.
    pub(in crate::session) const fn open_len(&self) -> usize {
        self.open.len as usize
    }

    /// True if a message waits to be sent, for the first time or again.
    #[inline]
    pub(in crate::session) fn has_waiting(&self) -> bool {
        self.resend != NONE || self.queue_len() > 0
    }

    pub(super) fn push_back(&mut self, message: Message) {
        let queue = self.queue.make();
        queue.bytes += message.len();
        queue.messages.push_back(message);
    }

    /// Messages that wait, in order.
    pub(in crate::session) fn queued_messages(&self) -> impl Iterator<Item = &Message> {
        self.queue.get().into_iter().flat_map(|queue| &queue.messages)
    }

    /// Removes a message from the queue.
    pub(super) fn unqueue(&mut self, at: usize) -> Option<Message> {
        let queue = self.queue.get_mut()?;
        let message = queue.messages.remove(at)?;
        queue.bytes -= message.len();
        Some(message)
    }

    /// Messages of QoS 0 that wait, the oldest first: their places in the queue and their lengths.
    pub(in crate::session) fn queued_qos_0(&self) -> impl Iterator<Item = (usize, usize)> {
        let all = self.queue.get().into_iter().flat_map(|queue| queue.messages.iter().enumerate());
        let some = all.filter(|(_, message)| message.head.qos == QoS::AtMostOnce);
        some.map(|(at, message)| (at, message.len()))
    }

    /// The message at a place of the queue.
    pub(in crate::session) fn queued(&self, at: usize) -> Option<&Message> {
        self.queue.get()?.messages.get(at)
    }

    pub(super) fn queued_mut(&mut self, at: usize) -> Option<&mut Message> {
        self.queue.get_mut()?.messages.get_mut(at)
    }

    /// Makes all messages packets of another version.
    pub(super) fn convert(&mut self, from: Version, to: Version) {
        let open = self.flights.iter_mut().filter(|flight| !flight.message.wire.is_empty());
        let open = open.map(|flight| &mut flight.message);
        let mut bytes = 0_usize;
        open.for_each(|message| {
            message.convert(from, to);
            bytes += message.len();
        });
        self.open_bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        if let Some(queue) = self.queue.get_mut() {
            queue.messages.iter_mut().for_each(|message| message.convert(from, to));
            queue.bytes = queue.messages.iter().map(Message::len).sum();
        }
    }

    /// Gives what waits, in order.
    pub(super) fn take_queue(&mut self) -> VecDeque<Message> {
        self.queue.take().unwrap_or_default().messages
    }

    pub(in crate::session) fn queue_len(&self) -> usize {
        self.queue.get().map_or(0, |queue| queue.messages.len())
    }

    pub(in crate::session) fn queue_bytes(&self) -> usize {
        self.queue.get().map_or(0, |queue| queue.bytes)
    }

    /// Gives back memory that is not needed.
    pub(in crate::session) fn shrink(&mut self) {
        if let Some(queue) = self.queue.get_mut() {
            queue.spare = Vec::new();
            queue.messages.shrink_to_fit();
        }
        self.queue.keep_if(|queue| !queue.messages.is_empty());
        if self.in_use == 0 {
            (self.flights, self.free) = (Vec::new(), Chain::default());
        }
    }

    pub(in crate::session) fn heap_bytes(&self) -> usize {
        let flights = self.flights.iter().map(|flight| flight.message.heap_bytes());
        let queue = |queue: &Queue| {
            let messages = queue.messages.iter().map(Message::heap_bytes);
            let all = messages.chain(queue.spare.iter().map(Vec::capacity));
            all.sum::<usize>()
                + queue.messages.capacity() * size_of::<Message>()
                + queue.spare.capacity() * size_of::<Vec<u8>>()
        };
        self.flights.capacity() * size_of::<Flight>()
            + flights.sum::<usize>()
            + self.queue.heap_bytes(queue)
    }
}
