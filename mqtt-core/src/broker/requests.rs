//! What clients ask for: to publish, to subscribe, to unsubscribe.

use super::asked::{About, Asked};
use super::clients::Walk;
use super::engine::Broker;
use super::net::Delivery;
use super::route::{Subscribed, subscription_id};
use super::{Authorization, BrokerError, ConnId, Identity};
use crate::{
    AckToken, Granted, IndexFull, Instant, Packet, QoS, ReasonCode, ReasonCodes, RetainHandling,
    RetainedCursor, SubAck, Subscription, SubscriptionOptions, TopicFilter, UnsubAck, Version,
};
use alloc::vec::Vec;
use core::hash::BuildHasher;
use core::mem;

/// So many retained messages are sent to a client before others have their turn.
const PAGE: usize = 64;

impl<S: BuildHasher + Clone> Broker<S> {
    fn client_of(&self, slot: u32) -> Option<u32> {
        self.net.conns.get(slot as usize)?.client
    }

    /// A message has come from a client, and is taken up.
    pub(super) fn take_message(&mut self, slot: u32, ack: Option<AckToken>) {
        let Some(place) = self.client_of(slot) else { return };
        let reason = match &self.authorization {
            Authorization::Acl(acl) => {
                let client = self.net.clients.get(place);
                let allows = client.is_some_and(|client| {
                    let user_name = client.user_name.as_deref();
                    let who = Identity { client_id: &client.id, user_name };
                    acl.allows_publish(&who, self.message.name())
                });
                if allows { ReasonCode::SUCCESS } else { ReasonCode::NOT_AUTHORIZED }
            }
            _ => ReasonCode::SUCCESS,
        };
        self.judged_message(place, ack, reason);
    }

    /// It is known whether the client may publish the message that was taken up.
    #[inline]
    fn judged_message(&mut self, place: u32, ack: Option<AckToken>, reason: ReasonCode) {
        let since = if ack.is_some() { self.net.persist_seq() } else { 0 };
        // Topics with a dollar sign are the broker's, whatever was said.
        let reason = if !reason.is_success() || self.message.name().starts_with_dollar() {
            self.net.stats.not_authorized += 1;
            if reason.is_success() { ReasonCode::NOT_AUTHORIZED } else { reason }
        } else {
            match self.publish_message(Some(place)) {
                (false, _) => ReasonCode::QUOTA_EXCEEDED,
                (true, 0) => ReasonCode::NO_MATCHING_SUBSCRIBERS,
                (true, _) => ReasonCode::SUCCESS,
            }
        };
        if let Some(token) = ack {
            self.acknowledge_client(place, token, reason, since);
        }
    }

    /// Acknowledges a message of a client. If changes have been told since, the acknowledgement waits for the
    /// store; what it changes itself is told right behind them, so that a batch has both.
    fn acknowledge_client(&mut self, place: u32, token: AckToken, reason: ReasonCode, since: u64) {
        let now = self.net.now;
        let waits = self.net.waits_for_store(since);
        if let Some(client) = self.net.clients.get_mut(place) {
            let session = &mut client.session;
            if waits {
                session.mark();
            }
            // Before 5.0 there are no codes: what is not allowed is taken, and goes nowhere.
            let reason = if session.version().is_v5() { reason } else { ReasonCode::SUCCESS };
            // Its connection may be over.
            let _ = session.ack(now, token, reason);
            if let Some(slot) = client.conn {
                self.net.check_writable(slot);
            }
            self.net.collect(place);
        }
    }

    /// Publishes the message that was taken up: gives whether it is retained, if it wants to be, and how many
    /// get it.
    pub(super) fn publish_message(&mut self, publisher: Option<u32>) -> (bool, usize) {
        self.net.stats.messages_received += 1;
        // Retained messages, `$SYS` and shares that go on are nobody's who could wait.
        self.net.holds.clear();
        let has_room = !self.message.retain || self.retain_and_tell(publisher);
        let count = self.route(publisher);
        if self.net.holds.is_wanted() {
            self.net.hold(publisher);
        }
        (has_room, count)
    }

    #[inline(never)]
    fn retain_and_tell(&mut self, publisher: Option<u32>) -> bool {
        let has_room = self.retain_message(publisher);
        let retains = self.net.config.retain_available;
        if let Some(durable) = self.net.durable.as_mut().filter(|_| retains) {
            let name = self.message.name();
            durable.tell_retained(name.as_str(), self.retained.index.get(name));
        }
        has_room
    }

    /// Retains the message that was taken up, if it wants to be. False if there is no room.
    pub(super) fn retain_message(&mut self, publisher: Option<u32>) -> bool {
        if !self.message.retain || !self.net.config.retain_available {
            return true;
        }
        let client = publisher.and_then(|place| self.net.clients.get(place));
        let publisher = client.map(|client| client.id.clone());
        self.retained.keep(&self.message, self.net.now, publisher)
    }

    /// Says whether a client may do what it wants: answers
    /// [`Authorize`](super::BrokerEvent::Authorize). [`SUCCESS`](ReasonCode::SUCCESS), or the code with which it is
    /// refused, say [`NOT_AUTHORIZED`](ReasonCode::NOT_AUTHORIZED). Before 5.0 a message that is refused is
    /// acknowledged and goes nowhere; so does one of QoS 0.
    ///
    /// # Errors
    /// [`Unknown`](BrokerError::Unknown): the connection is over. [`NotAsked`](BrokerError::NotAsked).
    ///
    /// # Spec
    /// v3 \[MQTT-3.3.5-2\]; v5 section 3.4.2.1.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// let authorization = Authorization::Ask;
    /// let config = BrokerConfig { authorization, ..BrokerConfig::default() };
    /// let mut broker: Broker<std::hash::RandomState> = Broker::new(config, now);
    /// let conn = broker.open(now)?;
    /// broker.handle_input(conn, now, b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a");
    /// broker.handle_input(conn, now, b"\x82\x06\0\x07\0\x01t\0");
    /// # broker.poll_event();
    /// let event = broker.poll_event();
    /// assert!(matches!(event, Some(BrokerEvent::Authorize { client_id: "a", .. })));
    /// broker.authorize(conn, now, ReasonCode::NOT_AUTHORIZED)?;
    /// # use bytes::Buf;
    /// assert_eq!(broker.transmit(conn).chunk(), b"\x20\x02\0\0\x90\x03\0\x07\x80");
    /// # Ok::<(), BrokerError>(())
    /// ```
    pub fn authorize(
        &mut self,
        conn: ConnId,
        now: Instant,
        reason: ReasonCode,
    ) -> Result<(), BrokerError> {
        self.tick(now);
        let fits = |about: &About| matches!(about, About::Publish(_) | About::Subscribe(_));
        let (slot, mut asked) = self.answered(conn, fits)?;
        let place = self.client_of(slot).ok_or(BrokerError::Unknown)?;
        if let About::Publish(ack) = &mut asked.about {
            let ack = ack.take();
            if let Some(Packet::Publish(publish)) = asked.packet() {
                self.message.set(&publish);
                self.judged_message(place, ack, reason);
            }
        } else {
            self.subscribe_on(slot, asked, Some(reason));
        }
        self.go_on(slot);
        Ok(())
    }

    /// SUBSCRIBE has come.
    pub(super) fn take_subscribe(&mut self, slot: u32, asked: Asked) {
        self.subscribe_on(slot, asked, None);
    }

    /// Goes on with a SUBSCRIBE, where it stands: up to a filter that the caller is to judge. `verdict` is what it
    /// says of the first.
    fn subscribe_on(&mut self, slot: u32, mut asked: Asked, mut verdict: Option<ReasonCode>) {
        let Some(place) = self.client_of(slot) else { return };
        let About::Subscribe(codes) = &mut asked.about else { return };
        let mut codes = mem::take(codes);
        let Some(Packet::Subscribe(subscribe)) = asked.packet() else { return };
        let id = subscribe.properties.subscription_identifiers().next();
        let Some(session) = self.net.session(slot) else { return };
        let version = session.version();
        let is_v5 = version.is_v5();
        for subscription in subscribe.filters.iter().skip(codes.len()) {
            let judged = verdict.take().or_else(|| self.judge(place, &subscription));
            let Some(judged) = judged else {
                asked.about = About::Subscribe(codes);
                self.ask(slot, asked);
                return;
            };
            let code = match judged.is_success() {
                true => self.subscribe_client(place, &subscription, id, is_v5),
                false => judged,
            };
            codes.push(match version {
                _ if code.is_success() || is_v5 => code,
                // It has no code for that.
                Version::V31 => ReasonCode::GRANTED_QOS_0,
                _ => ReasonCode::V3_FAILURE,
            });
        }
        let reasons = ReasonCodes::new(&codes);
        let suback = SubAck { reasons, ..SubAck::new(subscribe.packet_id) };
        let now = self.net.now;
        if let Some(session) = self.net.session(slot) {
            // Its connection may be over.
            let _ = session.suback(now, &suback);
        }
    }

    /// Whether a client may subscribe, if that is not for the caller to say.
    fn judge(&self, place: u32, subscription: &Subscription<'_>) -> Option<ReasonCode> {
        let client = self.net.clients.get(place)?;
        let who = Identity { client_id: &client.id, user_name: client.user_name.as_deref() };
        match &self.authorization {
            Authorization::Ask => None,
            Authorization::AllowAll => Some(ReasonCode::SUCCESS),
            Authorization::Acl(acl) => {
                let filter = TopicFilter::new(subscription.filter);
                let allows = filter.is_ok_and(|filter| acl.allows_subscribe(&who, filter));
                Some(if allows { ReasonCode::SUCCESS } else { ReasonCode::NOT_AUTHORIZED })
            }
        }
    }

    /// Makes a subscription of a client; gives its code.
    ///
    /// # Spec
    /// v3 \[MQTT-3.8.4-3\]; v5 \[MQTT-3.8.4-3\], \[MQTT-3.8.4-4\], \[MQTT-3.3.1-9\] to
    /// \[MQTT-3.3.1-11\].
    fn subscribe_client(
        &mut self,
        place: u32,
        subscription: &Subscription<'_>,
        id: Option<u32>,
        is_v5: bool,
    ) -> ReasonCode {
        let text = subscription.filter;
        let Ok(filter) = TopicFilter::new(text) else { return ReasonCode::TOPIC_FILTER_INVALID };
        let config = &self.net.config;
        let (is_shared, max) = (filter.is_shared(), config.limits.max_subscriptions_per_client);
        if is_shared && !config.shared_available {
            return ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
        }
        // A 5.0 client was told so, and its connection has ended.
        if filter.has_wildcards() && !config.wildcards_available {
            return ReasonCode::WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED;
        }
        let qos = subscription.options.qos.min(config.max_qos);
        let retain_available = config.retain_available;
        let Some(client) = self.net.clients.get_mut(place) else {
            return ReasonCode::UNSPECIFIED_ERROR;
        };
        let at = client.filters.binary_search_by(|other| (**other).cmp(text));
        if at.is_err() && client.filters.len() >= max {
            return ReasonCode::QUOTA_EXCEEDED;
        }
        let options = SubscriptionOptions { qos, ..subscription.options };
        let granted = Granted { options, subscription_id: subscription_id(id) };
        let old = self.trie.get(filter, &place).copied();
        let share = match old {
            Some(old) => old.share,
            None if is_shared => self.shares.join(text),
            None => 0,
        };
        if let Err(full) = self.trie.insert(filter, place, Subscribed { granted, share }) {
            if is_shared {
                self.shares.leave(text);
            }
            return match full {
                IndexFull::Levels { .. } => ReasonCode::TOPIC_FILTER_INVALID,
                _ => ReasonCode::QUOTA_EXCEEDED,
            };
        }
        if let Err(at) = at {
            client.filters.insert(at, text.into());
        }
        let wants = match options.retain_handling {
            _ if is_shared || !retain_available => false,
            _ if !is_v5 => true,
            RetainHandling::SendAlways => true,
            RetainHandling::SendIfNew => old.is_none(),
            RetainHandling::DoNotSend => false,
        };
        if wants {
            client.walks.retain(|walk| *walk.filter != *text);
            client.walks.push_back(Walk {
                filter: text.into(),
                cursor: RetainedCursor::default(),
                has_begun: false,
                qos,
                no_local: options.no_local,
                subscription_id: granted.subscription_id,
            });
        } else if let Some(walk) = client.walks.iter_mut().find(|walk| *walk.filter == *text) {
            // What the subscription that it replaces is still to get is not lost.
            (walk.qos, walk.no_local) = (qos, options.no_local);
            walk.subscription_id = granted.subscription_id;
        }
        match qos {
            QoS::AtMostOnce => ReasonCode::GRANTED_QOS_0,
            QoS::AtLeastOnce => ReasonCode::GRANTED_QOS_1,
            QoS::ExactlyOnce => ReasonCode::GRANTED_QOS_2,
        }
    }

    /// UNSUBSCRIBE has come.
    ///
    /// # Spec
    /// v3 \[MQTT-3.10.4-1\], \[MQTT-3.10.4-2\]; v5 \[MQTT-3.10.4-1\], \[MQTT-3.10.4-2\].
    pub(super) fn take_unsubscribe(&mut self, slot: u32, asked: &Asked) {
        let Some(place) = self.client_of(slot) else { return };
        let Some(Packet::Unsubscribe(unsubscribe)) = asked.packet() else { return };
        let codes: Vec<ReasonCode> = unsubscribe
            .filters
            .iter()
            .map(|filter| match self.unsubscribe_client(place, filter) {
                true => ReasonCode::SUCCESS,
                false => ReasonCode::NO_SUBSCRIPTION_EXISTED,
            })
            .collect();
        let now = self.net.now;
        if let Some(session) = self.net.session(slot) {
            // Before 5.0 there are no codes.
            let codes = if session.version().is_v5() { &codes[..] } else { &[] };
            let reasons = ReasonCodes::new(codes);
            let unsuback = UnsubAck { reasons, ..UnsubAck::new(unsubscribe.packet_id) };
            // Its connection may be over.
            let _ = session.unsuback(now, &unsuback);
        }
    }

    fn unsubscribe_client(&mut self, place: u32, text: &str) -> bool {
        let Some(client) = self.net.clients.get_mut(place) else { return false };
        let Ok(at) = client.filters.binary_search_by(|other| (**other).cmp(text)) else {
            return false;
        };
        client.filters.remove(at);
        client.walks.retain(|walk| *walk.filter != *text);
        self.forget_subscription(place, text);
        true
    }

    /// A subscription is gone from the trie.
    pub(super) fn forget_subscription(&mut self, place: u32, text: &str) {
        if let Ok(filter) = TopicFilter::new(text) {
            self.trie.remove(filter, &place);
            if filter.is_shared() {
                self.shares.leave(text);
            }
        }
    }

    /// Sends retained messages that a client is still to get, as long as they do not have to wait there.
    ///
    /// # Spec
    /// v3 \[MQTT-3.3.1-6\], \[MQTT-3.3.1-8\]; v5 section 3.3.1.3, \[MQTT-3.3.2-5\], \[MQTT-3.3.2-6\].
    pub(super) fn feed(&mut self, slot: u32) {
        let Some(place) = self.client_of(slot) else { return };
        let mut left = PAGE;
        while let Some(client) = self.net.clients.get_mut(place) {
            let session = &client.session;
            if client.walks.is_empty()
                || !session.is_connected()
                || session.state().queued_messages() > 0
            {
                return;
            }
            if left == 0 {
                self.net.mark_ready(slot);
                return;
            }
            let Some(mut walk) = client.walks.pop_front() else { return };
            let is_done = self.send_retained(place, &mut walk, &mut left);
            let Some(client) = self.net.clients.get_mut(place) else { return };
            if !is_done {
                client.walks.push_front(walk);
            } else if client.walks.is_empty() {
                // Most clients subscribe once, and stay.
                client.walks.shrink_to_fit();
            }
        }
    }

    /// Sends a page of retained messages. True if there are no more.
    fn send_retained(&mut self, place: u32, walk: &mut Walk, left: &mut usize) -> bool {
        let Self { net, retained, message, .. } = self;
        let Ok(filter) = TopicFilter::new(&walk.filter) else { return true };
        let begun = mem::replace(&mut walk.has_begun, true);
        let mut found = match begun {
            true => retained.index.resume(filter, &mut walk.cursor),
            false => retained.index.lookup(filter, &mut walk.cursor),
        };
        loop {
            let client = net.clients.get(place);
            let waits = |session: &crate::ServerSession| session.state().queued_messages() > 0;
            if *left == 0 || client.is_none_or(|client| waits(&client.session)) {
                return false;
            }
            let Some(entry) = found.next() else { return true };
            let kept = entry.value;
            let own =
                walk.no_local && kept.publisher.as_deref() == client.map(|client| &*client.id);
            if own || kept.is_over(net.now) {
                continue;
            }
            *left -= 1;
            message.set_retained(|topic| entry.write_name(topic), kept, net.now);
            message.set_ids(walk.subscription_id);
            let qos = walk.qos.min(message.qos);
            net.deliver(message, Delivery { client: place, qos, retain: true, share: 0 });
        }
    }
}
