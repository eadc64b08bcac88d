//! Messages and requests of this side: those that wait, and those that are open.

mod flights;
mod queue;
mod stored;

pub(in crate::session) use flights::Wait;
pub(in crate::session) use queue::Load;

use super::super::seldom::Seldom;
use super::message::{Message, MessageHead};
use crate::{Instant, PacketId, QoS, ReasonCode, Version};
use alloc::vec::Vec;
use bytes::Bytes;
use core::mem;
use flights::{Closed, Flight, Flights, NONE};
use queue::Queue;

/// Messages and requests of this side.
#[derive(Debug, Default)]
pub(in crate::session) struct Outgoing {
    flights: Flights,
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

impl Outgoing {
    /// A buffer for a packet.
    pub(in crate::session) fn buffer(&mut self) -> Vec<u8> {
        self.queue.make().buffer()
    }

    /// Takes a buffer back.
    pub(in crate::session) fn recycle(&mut self, buffer: Vec<u8>) {
        self.queue.make().recycle(buffer);
    }

    /// What an identifier waits for.
    pub(in crate::session) fn wait(&self, id: PacketId) -> Wait {
        self.flights.get(id).map_or(Wait::Free, |flight| flight.wait)
    }

    /// How many filters the open request has.
    pub(in crate::session) fn filters(&self, id: PacketId) -> u32 {
        self.flights.get(id).map_or(0, |flight| flight.filters)
    }

    /// The identifier that is opened next; there is one unless 65,535 are in use.
    #[inline]
    pub(in crate::session) fn free_id(&self) -> Option<PacketId> {
        self.flights.free_id()
    }

    /// True if `free_id` would give one.
    pub(in crate::session) const fn has_free_id(&self) -> bool {
        self.flights.has_free_id()
    }

    /// Opens a request under the identifier that `free_id` gave.
    pub(in crate::session) fn open_request(
        &mut self,
        id: PacketId,
        wait: Wait,
        token: u64,
        filters: u32,
    ) {
        if let Some(flight) = self.flights.open_request(id) {
            (flight.wait, flight.filters, flight.message.head.token) = (wait, filters, token);
        }
    }

    /// Opens a message under the identifier that `free_id` gave; `wire` is its packet, `body` its payload
    /// if that is kept apart.
    #[inline(always)]
    pub(super) fn open_written(
        &mut self,
        id: PacketId,
        head: MessageHead,
        wire: &[u8],
        body: &Bytes,
    ) {
        if let Some(flight) = self.open(id, head.qos) {
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
        let Some(id) = self.free_id() else { return };
        let Some(mut message) = self.unqueue(0) else { return };
        if let Some(flight) = self.open(id, message.head.qos) {
            message.set_id(id);
            let len = message.len();
            let old = mem::replace(&mut flight.message, message);
            self.open_bytes = self.open_bytes.saturating_add(len as u32);
            self.recycle(old.wire);
        }
    }

    /// Takes the identifier that `free_id` gave for a message.
    #[inline]
    fn open(&mut self, id: PacketId, qos: QoS) -> Option<&mut Flight> {
        let flight = self.flights.open_message(id)?;
        self.quota = self.quota.saturating_sub(1);
        flight.wait = match qos {
            QoS::ExactlyOnce => Wait::PubRec,
            _ => Wait::PubAck,
        };
        flight.is_charged = true;
        Some(flight)
    }

    /// What PUBREC said of an open message, or why it was given up.
    pub(in crate::session) fn reason(&self, id: PacketId) -> ReasonCode {
        self.flights.get(id).map_or(ReasonCode::SUCCESS, |flight| flight.reason)
    }

    /// Notes that PUBREL goes out: the message is not sent again.
    pub(super) fn received(&mut self, id: PacketId, reason: ReasonCode) {
        if let Some(flight) = self.flights.get_mut(id) {
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
        self.flights.get(id).map_or(0, |flight| flight.message.head.token)
    }

    /// The message that is open under an identifier.
    pub(in crate::session) fn message(&self, id: PacketId) -> Option<&Message> {
        self.flights.get(id).map(|flight| &flight.message)
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
        let Some(closed) = self.flights.close(id) else { return };
        let Closed { is_message, is_charged, len, next, trims } = closed;
        if is_message {
            self.open_bytes = self.open_bytes.saturating_sub(len as u32);
            if self.resend == id.get() {
                self.resend = next;
            }
            if self.release == Some(id.get()) {
                self.release = Some(next);
            }
            if is_charged {
                self.quota = self.quota.saturating_add(1).min(self.receive_maximum);
            }
        }
        if trims {
            self.flights.trim(id);
        }
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
        for flight in self.flights.iter_mut() {
            (flight.is_charged, flight.is_released) = (false, false);
        }
        self.resend = if resumes { self.flights.first_open() } else { NONE };
        self.release = None;
    }

    /// Ends a connection: requests are forgotten, and nothing is sent until the next.
    pub(in crate::session) fn disconnected(&mut self) {
        (self.quota, self.resend) = (0, NONE);
        if self.flights.requests_len() == 0 {
            return;
        }
        for id in self.flights.ids() {
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
            let flight = self.flights.get_mut(id)?;
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
            let flight = self.flights.get_mut(id)?;
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
        PacketId::new(self.flights.first_open())
    }

    /// Lets open messages wait before all others, to be sent as new; but for those whose PUBREC came.
    pub(super) fn queue_open(&mut self) {
        let mut next = self.flights.last_open();
        while let Some(id) = PacketId::new(next) {
            let Some(flight) = self.flights.get_mut(id) else { return };
            next = flight.before;
            if flight.wait != Wait::PubComp {
                let mut message = mem::take(&mut flight.message);
                let len = message.len();
                flight.message.head.token = message.head.token;
                message.set_dup(false);
                message.set_id(PacketId::MIN);
                self.open_bytes = self.open_bytes.saturating_sub(len as u32);
                self.close(id);
                self.queue.make().push_front(message);
            }
        }
    }

    /// True if nothing is open and nothing waits.
    pub(in crate::session) fn is_idle(&self) -> bool {
        self.flights.is_empty() && self.queue_len() == 0
    }

    /// Open messages.
    pub(in crate::session) const fn open_len(&self) -> usize {
        self.flights.open_len() as usize
    }

    /// True if a message waits to be sent, for the first time or again.
    #[inline]
    pub(in crate::session) fn has_waiting(&self) -> bool {
        self.resend != NONE || self.queue_len() > 0
    }

    pub(super) fn push_back(&mut self, message: Message) {
        self.queue.make().push_back(message);
    }

    /// Removes the message at a place of the queue.
    pub(super) fn unqueue(&mut self, at: usize) -> Option<Message> {
        self.queue.get_mut()?.remove(at)
    }

    /// What of the queue is of no use any more.
    pub(in crate::session) fn expired(&mut self, now: Instant) -> Load {
        self.queue.get_mut().map_or(Load::default(), |queue| queue.expired(now))
    }

    /// The messages that [were](Self::expired): their places in the queue and their lengths.
    pub(in crate::session) fn all_expired(&self) -> impl Iterator<Item = (usize, usize)> {
        self.queue.get().into_iter().flat_map(Queue::all_expired)
    }

    /// Other messages of QoS 0 that wait, the oldest first: their places in the queue and their lengths.
    pub(in crate::session) fn queued_qos_0(&self) -> impl Iterator<Item = (usize, usize)> {
        self.queue.get().into_iter().flat_map(Queue::qos_0)
    }

    /// The message at a place of the queue.
    pub(in crate::session) fn queued(&self, at: usize) -> Option<&Message> {
        self.queue.get()?.get(at)
    }

    /// The first message at a place of the queue or behind it, and its place.
    pub(in crate::session) fn next_queued(&self, at: usize) -> Option<(usize, &Message)> {
        self.queue.get()?.next(at)
    }

    /// Makes all messages packets of another version.
    pub(super) fn convert(&mut self, from: Version, to: Version) {
        let open = self.flights.iter_mut().map(|flight| &mut flight.message);
        let mut bytes = 0_usize;
        for message in open.filter(|message| !message.wire.is_empty()) {
            message.convert(from, to);
            bytes += message.len();
        }
        self.open_bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        if let Some(queue) = self.queue.get_mut() {
            queue.convert(from, to);
        }
    }

    /// Gives what waits, in order.
    pub(super) fn take_queue(&mut self) -> impl Iterator<Item = Message> + use<> {
        self.queue.take().unwrap_or_default().into_messages()
    }

    pub(in crate::session) fn queue_len(&self) -> usize {
        self.queue.get().map_or(0, |queue| queue.load().count)
    }

    /// What waits, with what is of no use any more.
    pub(in crate::session) fn queue_load(&self) -> Load {
        self.queue.get().map_or(Load::default(), Queue::load)
    }

    /// Gives back memory that is not needed.
    pub(in crate::session) fn shrink(&mut self) {
        if let Some(queue) = self.queue.get_mut() {
            queue.shrink();
        }
        self.queue.keep_if(|queue| queue.load().count > 0);
        self.flights.shrink();
    }

    pub(in crate::session) fn heap_bytes(&self) -> usize {
        self.flights.heap_bytes() + self.queue.heap_bytes(Queue::heap_bytes)
    }
}
