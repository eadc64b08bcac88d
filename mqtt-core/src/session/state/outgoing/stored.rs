//! What a store needs of the messages of this side.

use super::flights::Wait;
use super::{Message, Outgoing, Queue};
use crate::{PacketId, ReasonCode};

impl Outgoing {
    /// Open messages in the order of first transmission: the identifier, what that waits for, the code of
    /// PUBREC.
    pub(in crate::session) fn open_messages(
        &self,
    ) -> impl Iterator<Item = (PacketId, Wait, ReasonCode, &Message)> {
        let open = self.flights.open_messages();
        open.map(|(id, flight)| (id, flight.wait, flight.reason, &flight.message))
    }

    /// The same, to change them.
    pub(in crate::session) fn each_open(
        &mut self,
        mut each: impl FnMut(PacketId, Wait, ReasonCode, &mut Message),
    ) {
        let mut next = self.flights.first_open();
        while let Some(id) = PacketId::new(next) {
            let Some(flight) = self.flights.get_mut(id) else { return };
            next = flight.next;
            each(id, flight.wait, flight.reason, &mut flight.message);
        }
    }

    pub(in crate::session) fn message_mut(&mut self, id: PacketId) -> Option<&mut Message> {
        self.flights.get_mut(id).map(|flight| &mut flight.message)
    }

    /// Messages that wait, in order.
    pub(in crate::session) fn queued_messages(&self) -> impl Iterator<Item = &Message> {
        self.queue.get().into_iter().flat_map(Queue::iter)
    }

    /// The same, to change them.
    pub(in crate::session) fn each_queued(&mut self, each: impl FnMut(&mut Message)) {
        if let Some(queue) = self.queue.get_mut() {
            queue.iter_mut().for_each(each);
        }
    }

    /// Notes again when messages that wait are of no use any more.
    pub(in crate::session) fn find_ends(&mut self) {
        if let Some(queue) = self.queue.get_mut() {
            queue.find_ends();
        }
    }

    pub(in crate::session) fn queued_mut(&mut self, at: usize) -> Option<&mut Message> {
        self.queue.get_mut()?.get_mut(at)
    }

    /// Takes up an open message that was stored, behind all others; `None` if its identifier is in use.
    /// At the end [`free_others`](Self::free_others) is due.
    pub(in crate::session) fn restore_open(
        &mut self,
        id: PacketId,
        wait: Wait,
        reason: ReasonCode,
        message: Message,
    ) -> Option<()> {
        let len = message.len();
        let flight = self.flights.restore(id)?;
        (flight.wait, flight.reason, flight.message) = (wait, reason, message);
        self.open_bytes = self.open_bytes.saturating_add(len as u32);
        Some(())
    }

    /// Notes which identifiers are free, after messages have been restored.
    pub(in crate::session) fn free_others(&mut self) {
        self.flights.free_others();
    }
}
