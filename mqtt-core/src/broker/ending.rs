//! How connections and sessions end: wills, expiry, what others take over.

use super::Closed;
use super::engine::Broker;
use super::message::Message;
use crate::{DropReason, Instant};
use alloc::vec::Vec;
use core::hash::BuildHasher;
use core::time::Duration;

impl<S: BuildHasher + Clone> Broker<S> {
    /// A connection is over, and its session has said why.
    pub(super) fn take_closed(&mut self, slot: u32, reason: Closed) {
        let client = self.net.conns.get(slot as usize).and_then(|conn| conn.client);
        if let Some(place) = client {
            self.left(place);
        }
        self.net.tell_closed(slot, reason);
        self.net.check_writable(slot);
    }

    /// A client has no connection any more: its will, and the end of its session, are due now or later.
    ///
    /// # Spec
    /// v3 \[MQTT-3.1.2-8\]; v5 \[MQTT-3.1.2-8\], \[MQTT-3.1.3-9\], section 3.1.2.11.2.
    pub(super) fn left(&mut self, place: u32) {
        self.net.stats.connected -= 1;
        self.begin_absence(place);
        self.net.collect(place);
        self.client_is_due(place);
        self.give_away(place, false);
    }

    /// Notes when the will and the end of the session of a client are due, which has no connection from now on.
    pub(super) fn begin_absence(&mut self, place: u32) {
        let (now, max) = (self.net.now, self.net.config.max_session_expiry);
        let Some(client) = self.net.clients.get_mut(place) else { return };
        let expiry = client.session.session_expiry().min(max);
        let seconds = |seconds: u32| now.after(Duration::from_secs(seconds.into()));
        let delay = client.session.will_delay().min(expiry);
        client.ends = (expiry < u32::MAX).then(|| seconds(expiry));
        if client.session.will().is_some() {
            client.will_due = Some(seconds(delay));
        }
        self.net.arm_client(place);
    }

    /// Does what is due of a client without a connection.
    fn client_is_due(&mut self, place: u32) {
        let now = self.net.now;
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let Some(client) = self.net.clients.get_mut(place) else { return };
        let ends = is_due(client.ends);
        if is_due(client.will_due) {
            self.publish_will(place);
        }
        if ends {
            self.end_session(place);
        } else {
            self.net.arm_client(place);
        }
    }

    /// A moment has come at which a client wanted to be looked at.
    pub(super) fn client_due(&mut self, place: u32, generation: u32, at: Instant) {
        let now = self.net.now;
        let Some(client) = self.net.clients.get_mut(place) else { return };
        if client.generation != generation || client.armed != Some(at) {
            return;
        }
        client.armed = None;
        if client.ends.is_some_and(|ends| ends <= now) {
            self.net.stats.sessions_expired += 1;
        }
        self.client_is_due(place);
    }

    /// Publishes the will of a client, if it has one.
    ///
    /// # Spec
    /// v3 \[MQTT-3.1.2-10\], \[MQTT-3.1.2-16\], \[MQTT-3.1.2-17\]; v5 \[MQTT-3.1.2-10\], \[MQTT-3.1.2-14\],
    /// \[MQTT-3.1.2-15\], \[MQTT-3.1.3-10\].
    fn publish_will(&mut self, place: u32) {
        let Some(client) = self.net.clients.get_mut(place) else { return };
        client.will_due = None;
        let Some(will) = client.session.will() else { return };
        self.message.set_will(&will);
        self.net.stats.wills += 1;
        self.publish_message(Some(place));
        // A store has the message with its receivers before the will is gone.
        if let Some(client) = self.net.clients.get_mut(place) {
            client.session.clear_will();
            self.net.collect(place);
        }
    }

    /// Ends the session of a client that has no connection, or whose connection ends now.
    pub(super) fn end_session(&mut self, place: u32) {
        self.publish_will(place);
        let Some(client) = self.net.clients.get_mut(place) else { return };
        let filters = core::mem::take(&mut client.filters);
        for filter in &filters {
            self.forget_subscription(place, filter);
        }
        self.give_away(place, true);
        if let Some(client) = self.net.clients.get_mut(place) {
            client.session.state_mut().end();
            self.net.collect(place);
        }
        let Some(client) = self.net.clients.remove(place) else { return };
        self.net.queued_bytes -= client.counted;
        if let Some(slot) = client.conn {
            self.net.detach(slot, client.session);
        }
    }

    /// Gives messages of shared subscriptions that a client has not acknowledged to other members: when its
    /// session ends, or as soon as its connection is over if another member has one.
    ///
    /// # Spec
    /// v5 section 4.8.2, \[MQTT-4.8.2-4\], \[MQTT-4.8.2-5\].
    fn give_away(&mut self, place: u32, session_ends: bool) {
        let now = self.net.now;
        let Some(client) = self.net.clients.get(place) else { return };
        // The token of a message is the number of its share.
        let tokens = client.session.state().tokens();
        let mut shares: Vec<u32> = tokens.map(|token| token as u32).collect();
        shares.sort_unstable();
        shares.dedup();
        shares.retain(|share| *share > 0 && (session_ends || self.has_other_member(*share, place)));
        if shares.is_empty() {
            return;
        }
        let mut taken: Vec<(u32, Message)> = Vec::new();
        let Some(client) = self.net.clients.get_mut(place) else { return };
        let is_given = |token: u64| shares.binary_search(&(token as u32)).is_ok();
        client.session.state_mut().take_messages(now, is_given, |left| {
            let mut message = Message::default();
            message.set_taken(&left);
            taken.push((left.token as u32, message));
        });
        self.net.settle(place);
        // What has expired with one member is not sent to another.
        taken.retain(|(_, message)| message.expiry != Some(0));
        for (share, message) in taken {
            self.message = message;
            self.route_to_share(share, place);
        }
        // A store has them with the others before they are gone here.
        self.net.collect(place);
    }
}

impl<S: BuildHasher> super::net::Net<S> {
    /// Counts a message that a session has dropped.
    pub(super) const fn count_dropped(&mut self, why: DropReason) {
        let count = match why {
            DropReason::Expired => &mut self.stats.dropped_expired,
            DropReason::TooLarge => &mut self.stats.dropped_too_large,
            DropReason::QueueFull => &mut self.stats.dropped_full,
            _ => &mut self.stats.dropped_refused,
        };
        *count += 1;
    }
}
