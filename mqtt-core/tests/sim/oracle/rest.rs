//! What is certain when the broker rests, and what is not when it ends a connection.

use super::{Conn, Oracle, Pending, Phase};
use mqtt_core::ConnId;

impl Oracle {
    /// The broker has nothing to do: what went in is dealt with, and what had to be sent at once is.
    pub(crate) fn rest(&mut self) {
        let may_hold = self.may_hold();
        for at in 0..self.conns.len() {
            if self.is_slow(at) || self.conns[at].is_closed {
                continue;
            }
            self.conns[at].clear = self.now;
            if !may_hold {
                if core::mem::take(&mut self.conns[at].is_unread) {
                    // The broker may have read it only now, and does not count the silence before that.
                    self.conns[at].heard = self.now;
                }
                self.dealt_with(at);
            }
        }
        let late = (0..self.messages.len()).filter(|at| self.messages[*at].span.hi == u64::MAX);
        let late: Vec<_> = late.collect();
        for at in 0..self.conns.len() {
            let Some(session) = self.conns[at].session else { continue };
            let it = &self.sessions[session];
            let is_read = self.conns[at].pending.is_empty();
            if it.conn == Some(at) && it.flights.is_empty() && is_read && !self.is_slow(at) {
                // Nothing is in its way, so nothing waits.
                if it.is_honest {
                    self.judge_requests(session);
                }
                let load = self.load_of(session, &late);
                let it = &mut self.sessions[session];
                (it.load, it.load_bytes) = load;
                it.requests.clear();
            }
        }
        for (session, message) in core::mem::take(&mut self.prompt) {
            let it = &self.sessions[session];
            let is_there = it.conn.is_some_and(|conn| !self.is_slow(conn));
            let (client, message_text) = (&it.client, &self.messages[message]);
            assert!(
                !is_there || it.done.contains(&message),
                "{client} is not sent {message_text:?}, though nothing is in its way"
            );
        }
        self.window = None;
        if self.rules.gates && !self.is_stalled {
            self.checkpoint();
        }
    }

    /// True if what the broker has for a connection may wait.
    pub(super) fn is_slow(&self, conn: usize) -> bool {
        self.is_stalled || self.conns[conn].is_slow || self.conns[conn].is_asked
    }

    /// True if what came may wait for a receiver: one that does not take what there is for it, or has to acknowledge
    /// first.
    fn may_hold(&self) -> bool {
        let has_flights =
            |conn: &Conn| conn.session.is_some_and(|at| !self.sessions[at].flights.is_empty());
        let is_behind = |at: usize| {
            !self.conns[at].is_closed && (self.is_slow(at) || has_flights(&self.conns[at]))
        };
        self.rules.holds && (0..self.conns.len()).any(is_behind)
    }

    /// The broker has asked something of a connection, or has the answer.
    pub(crate) fn set_asked(&mut self, id: ConnId, is_asked: bool) {
        let at = self.conn(id);
        self.conns[at].is_asked = is_asked;
        if !is_asked {
            // It is read again from now on.
            self.conns[at].heard = self.now;
        }
    }

    /// A client is not to be let in.
    pub(crate) fn refuse(&mut self, id: ConnId) {
        let at = self.conn(id);
        self.conns[at].is_refused = true;
    }

    /// True if a connection has ended.
    pub(crate) fn is_over(&self, id: ConnId) -> bool {
        self.conns[self.conn(id)].is_closed
    }

    /// All that went in on a connection is dealt with.
    fn dealt_with(&mut self, conn: usize) {
        let it = &mut self.conns[conn];
        let (late, recent) = (core::mem::take(&mut it.pending), core::mem::take(&mut it.recent));
        if late.is_empty() && recent.is_empty() {
            return;
        }
        let (tick, now) = (self.next_tick(), self.now);
        for pending in late.into_iter().chain(recent) {
            match pending {
                Pending::Message(message) => {
                    let message = &mut self.messages[message];
                    message.span.hi = message.span.hi.min(tick);
                    message.came[1] = message.came[1].min(now);
                }
                Pending::Begin { session, subscription } => {
                    let begins = &mut self.sessions[session].subscriptions[subscription].begins;
                    begins.hi = begins.hi.min(tick);
                }
                Pending::End { session, subscription } => {
                    let ends = &mut self.sessions[session].subscriptions[subscription].ends;
                    ends.hi = ends.hi.min(tick);
                }
                Pending::Received { session, id } => {
                    let flights = &mut self.sessions[session].flights;
                    let flight = flights.iter_mut().find(|it| it.id == id);
                    if let Some(flight) = flight.filter(|it| it.phase == Phase::Received) {
                        flight.is_read = true;
                    }
                }
                Pending::Done { session, id } => {
                    let flights = &mut self.sessions[session].flights;
                    flights.retain(|it| it.id != id || it.phase != Phase::MaybeDone);
                }
            }
        }
    }

    /// The broker has ended a connection of its own will: what went in before may count for nothing.
    pub(super) fn doubt(&mut self, conn: usize) {
        for recent in core::mem::take(&mut self.conns[conn].recent) {
            match recent {
                Pending::Message(message) => {
                    let it = &mut self.messages[message];
                    (it.span.hi, it.came[1]) = (u64::MAX, u64::MAX);
                    self.prompt.retain(|(_, other)| *other != message);
                }
                Pending::Begin { session, subscription } => {
                    self.sessions[session].subscriptions[subscription].begins.hi = u64::MAX;
                }
                Pending::End { session, subscription } => {
                    self.sessions[session].subscriptions[subscription].ends.hi = u64::MAX;
                }
                Pending::Received { .. } | Pending::Done { .. } => {}
            }
        }
        if let Some(session) = self.conns[conn].session {
            self.sessions[session].was_slow = true;
        }
    }
}
