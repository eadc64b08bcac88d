//! Publishers whose input waits for receivers that have much to read.

use super::config::BrokerConfig;
use super::net::{Net, Owner};
use crate::Instant;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::hash::BuildHasher;

/// A publisher that has waited in vain waits for nobody for so many times as long: who does not read takes at most a
/// small part of its time from it, however many they are.
const FREE: u32 = 10;

/// Who waits for whom, by the places of their connections.
#[derive(Debug, Default)]
pub(super) struct Holds {
    /// The connection of a receiver whose queue became half full with the message that is on its way.
    crowded: Option<u32>,
    publishers: BTreeMap<u32, Hold>,
    /// The publishers that wait for a receiver, or have waited.
    receivers: BTreeMap<u32, Vec<u32>>,
}

/// A publisher that waits; or, for a while, is not to wait again.
#[derive(Debug)]
struct Hold {
    generation: u32,
    /// For whom it waits.
    receiver: Option<u32>,
    until: Instant,
}

impl Holds {
    /// True if a publisher is to wait.
    #[inline]
    pub(super) const fn is_wanted(&self) -> bool {
        self.crowded.is_some()
    }

    /// Nobody is to wait for what was sent so far.
    pub(super) const fn clear(&mut self) {
        self.crowded = None;
    }

    /// A publisher does not wait for a receiver any more.
    fn forget(&mut self, slot: u32, receiver: u32) {
        if let Some(waiting) = self.receivers.get_mut(&receiver) {
            waiting.retain(|other| *other != slot);
            if waiting.is_empty() {
                self.receivers.remove(&receiver);
            }
        }
    }

    /// True if at this moment something is due.
    pub(super) fn is_due(&self, slot: u32, generation: u32, at: Instant) -> bool {
        let hold = self.publishers.get(&slot);
        hold.is_some_and(|hold| hold.generation == generation && hold.until == at)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let waiting: usize = self.receivers.values().map(|slots| slots.capacity() * 4).sum();
        let receivers = self.receivers.len() * size_of::<(u32, Vec<u32>)>();
        self.publishers.len() * size_of::<(u32, Hold)>() + receivers + waiting
    }
}

impl<S: BuildHasher> Net<S> {
    /// A message waits for a client that has this connection. If it has much to read now, who sends more is to wait.
    #[cold]
    pub(super) fn note_crowded(&mut self, place: u32, slot: u32) {
        let BrokerConfig { max_publisher_wait, .. } = &self.config;
        let Some(client) = self.clients.get(place) else { return };
        if !max_publisher_wait.is_zero() && !client.is_slow && client.session.queue_is_over(2) {
            self.holds.crowded = Some(slot);
        }
    }

    /// The publisher of the message that was on its way waits, if it is one that can.
    #[cold]
    pub(super) fn hold(&mut self, publisher: Option<u32>) {
        let Some(receiver) = self.holds.crowded.take() else { return };
        let client = publisher.and_then(|place| self.clients.get(place));
        // One that is to acknowledge what it has got says so behind what it publishes.
        let client = client.filter(|it| it.session.is_connected() && it.session.has_send_quota());
        let Some(slot) = client.and_then(|client| client.conn) else { return };
        if self.holds.publishers.contains_key(&slot) {
            return;
        }
        let Some(conn) = self.conns.get_mut(slot as usize) else { return };
        conn.is_held = true;
        let generation = conn.generation;
        let until = self.now.after(self.config.max_publisher_wait);
        let hold = Hold { generation, receiver: Some(receiver), until };
        self.holds.publishers.insert(slot, hold);
        self.holds.receivers.entry(receiver).or_default().push(slot);
        // Most do not wait so long, and wait often.
        self.sweep_timers();
        self.timers.arm(&mut None, until, Owner::Held(slot, generation));
        if let Some(conn) = self.conns.get_mut(receiver as usize) {
            conn.is_awaited = true;
        }
        self.stats.publisher_waits += 1;
    }

    /// True if what a connection sends is not read, because it waits for a receiver.
    pub(super) fn is_held(&self, slot: u32) -> bool {
        self.conns.get(slot as usize).is_some_and(|conn| conn.is_held)
    }

    /// A receiver has little to read now, or is gone: those that wait for it go on.
    #[cold]
    pub(super) fn release(&mut self, receiver: u32) {
        if let Some(conn) = self.conns.get_mut(receiver as usize) {
            conn.is_awaited = false;
        }
        for slot in self.holds.receivers.remove(&receiver).unwrap_or_default() {
            let hold = self.holds.publishers.get(&slot);
            if hold.is_some_and(|hold| hold.receiver == Some(receiver)) {
                self.holds.publishers.remove(&slot);
                self.go_on(slot);
            }
        }
    }

    /// A connection is over: nobody waits for it, and it for nobody.
    pub(super) fn end_holds(&mut self, slot: u32) {
        let Some(conn) = self.conns.get(slot as usize) else { return };
        let (is_awaited, is_held) = (conn.is_awaited, conn.is_held);
        if is_awaited {
            self.release(slot);
        }
        let hold = self.holds.publishers.remove(&slot);
        if let Some(receiver) = hold.and_then(|hold| hold.receiver) {
            self.holds.forget(slot, receiver);
        }
        if is_held {
            self.go_on(slot);
        }
    }

    /// A publisher has waited in vain, and its receiver is slow; or it may wait again.
    pub(super) fn hold_due(&mut self, slot: u32, generation: u32, at: Instant) {
        if !self.holds.is_due(slot, generation, at) {
            return;
        }
        let Some(mut hold) = self.holds.publishers.remove(&slot) else { return };
        let Some(receiver) = hold.receiver.take() else { return };
        // One that waits itself may have read, and not be able to say so.
        let conn = self.conns.get(receiver as usize).filter(|conn| !conn.is_held);
        let client = conn.and_then(|conn| conn.client);
        if let Some(client) = client.and_then(|place| self.clients.get_mut(place)) {
            client.is_slow = true;
        }
        hold.until = self.now.after(self.config.max_publisher_wait.saturating_mul(FREE));
        self.timers.arm(&mut None, hold.until, Owner::Held(slot, generation));
        self.holds.publishers.insert(slot, hold);
        // It may be that others wait for that one too: not any more.
        self.release(receiver);
        self.go_on(slot);
    }

    /// A publisher waits no longer: what it has sent is read, and its transport too.
    fn go_on(&mut self, slot: u32) {
        if let Some(conn) = self.conns.get_mut(slot as usize) {
            conn.is_held = false;
            self.tell_time(slot);
            self.mark_ready(slot);
            self.mark_writable(slot);
        }
    }
}
