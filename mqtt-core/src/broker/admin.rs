//! What the caller does itself: to publish, to subscribe, to end connections and sessions.

use super::engine::Broker;
use super::route::{Subscribed, subscription_id};
use super::{Authorization, BrokerError, ConnId};
use crate::{
    DecodeOptions, Disconnect, Granted, Instant, Limits, Packet, PacketId, Publish, QoS,
    ReasonCode, RetainedCursor, Status, SubscriptionOptions, TopicFilter, TopicName, UsageError,
    Version, decode,
};
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::BuildHasher;

/// A subscription of the caller of a [`Broker`].
///
/// # Examples
/// See [`Broker::subscribe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InsideId {
    receiver: u32,
    /// Not that of another one in the same place.
    serial: u32,
}

impl InsideId {
    /// The name as a number, for callers that keep it elsewhere; [`From`] gives it back.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # use std::hash::RandomState;
    /// let mut broker: Broker<RandomState> = Broker::new(BrokerConfig::default(), Instant::default());
    /// let id = broker.subscribe(TopicFilter::new("a/#")?, SubscriptionOptions::DEFAULT, 7)?;
    /// assert!(broker.unsubscribe(InsideId::from(id.as_u64())));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        (self.serial as u64) << 32 | self.receiver as u64
    }
}

impl From<u64> for InsideId {
    fn from(number: u64) -> Self {
        Self { receiver: number as u32, serial: (number >> 32) as u32 }
    }
}

impl<S: BuildHasher + Clone> Broker<S> {
    /// Publishes a message of the caller's, also to topics that begin with `$`; gives to how many receivers it
    /// goes. If it is to be retained and there is no room, it is not.
    ///
    /// # Errors
    /// [`Topic`](BrokerError::Topic), [`Session`](BrokerError::Session): it is no legal message.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut broker: Broker<std::hash::RandomState> = Broker::new(BrokerConfig::default(), now);
    /// let message = Publish { topic: "site/state", payload: b"on", retain: true, ..Publish::default() };
    /// assert_eq!(broker.publish(now, &message), Ok(0));
    /// assert_eq!(broker.stats().retained, 1);
    /// ```
    pub fn publish(&mut self, now: Instant, publish: &Publish<'_>) -> Result<usize, BrokerError> {
        self.tick(now);
        TopicName::new(publish.topic)?;
        if publish.dup || publish.packet_id.is_some() {
            return Err(UsageError::NotAllowed.into());
        }
        // Checked by being written and read.
        let mut bytes = Vec::new();
        let packet_id = (publish.qos > QoS::AtMostOnce).then_some(PacketId::MIN);
        let packet = Packet::from(Publish { packet_id, ..*publish });
        packet.encode(Version::V5, &mut bytes).map_err(UsageError::Encode)?;
        let options = DecodeOptions { limits: Limits::UNLIMITED, ..DecodeOptions::DEFAULT };
        let decoded = decode(&bytes, Some(Version::V5), &options);
        let Ok(Status::Complete(decoded)) = decoded else {
            return Err(UsageError::NotAllowed.into());
        };
        if let Packet::Publish(publish) = decoded.packet {
            self.message.set(&publish);
        }
        Ok(self.publish_message(None).1)
    }

    /// Subscribes the caller: messages come as [`BrokerEvent::Message`](super::BrokerEvent::Message) with its
    /// `token`. It may be a shared subscription. Retained messages are not sent:
    /// [`retained`](Self::retained) shows them.
    ///
    /// # Errors
    /// [`Full`](BrokerError::Full).
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut broker: Broker<std::hash::RandomState> = Broker::new(BrokerConfig::default(), now);
    /// let filter = TopicFilter::from_static("site/#");
    /// let id = broker.subscribe(filter, SubscriptionOptions::DEFAULT, 7)?;
    /// broker.publish(now, &Publish { topic: "site/state", ..Publish::default() })?;
    /// let Some(BrokerEvent::Message { token: 7, publish }) = broker.poll_event() else { unreachable!() };
    /// assert_eq!(publish.topic, "site/state");
    /// assert!(broker.unsubscribe(id));
    /// # Ok::<(), BrokerError>(())
    /// ```
    pub fn subscribe(
        &mut self,
        filter: TopicFilter<'_>,
        options: SubscriptionOptions,
        token: u64,
    ) -> Result<InsideId, BrokerError> {
        let (receiver, serial) = self.routing.add_inside(token, filter.as_str());
        let share = if filter.is_shared() { self.shares.join(filter.as_str()) } else { 0 };
        let granted = Granted { options, subscription_id: subscription_id(None) };
        if self.trie.insert(filter, receiver, Subscribed { granted, share }).is_err() {
            self.routing.remove_inside(receiver, serial);
            if filter.is_shared() {
                self.shares.leave(filter.as_str());
            }
            return Err(BrokerError::Full);
        }
        Ok(InsideId { receiver, serial })
    }

    /// Ends a subscription of the caller's. False if it is not there.
    ///
    /// See [`subscribe`](Self::subscribe) for an example.
    pub fn unsubscribe(&mut self, id: InsideId) -> bool {
        let InsideId { receiver, serial } = id;
        let Some(inside) = self.routing.remove_inside(receiver, serial) else { return false };
        self.forget_subscription(receiver, &inside.filter);
        true
    }

    /// Shows the retained messages that match a filter. O(levels) and O(matches), as
    /// [`RetainedIndex::lookup`](crate::RetainedIndex::lookup).
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut broker: Broker<std::hash::RandomState> = Broker::new(BrokerConfig::default(), now);
    /// let message = Publish { topic: "site/state", payload: b"on", retain: true, ..Publish::default() };
    /// broker.publish(now, &message)?;
    /// let mut topics = Vec::new();
    /// broker.retained(TopicFilter::from_static("site/+"), |publish| topics.push(publish.topic.to_string()));
    /// assert_eq!(topics, ["site/state"]);
    /// # Ok::<(), BrokerError>(())
    /// ```
    pub fn retained(&self, filter: TopicFilter<'_>, mut each: impl FnMut(Publish<'_>)) {
        let (mut cursor, mut topic) = (RetainedCursor::default(), String::new());
        for entry in self.retained.index.lookup(filter, &mut cursor) {
            let kept = entry.value;
            if !kept.is_over(self.net.now) {
                topic.clear();
                entry.write_name(&mut topic);
                each(kept.publish(&topic));
            }
        }
    }

    /// Ends a connection; a 5.0 client gets this DISCONNECT, say with another server to go to.
    ///
    /// # Errors
    /// [`Unknown`](BrokerError::Unknown), [`Session`](BrokerError::Session): it may not be said, or not written.
    ///
    /// # Spec
    /// v5 section 3.14, section 4.11.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut broker: Broker<std::hash::RandomState> = Broker::new(BrokerConfig::default(), now);
    /// # let conn = broker.open(now)?;
    /// # broker.handle_input(conn, now, b"\x10\x0E\0\x04MQTT\x05\x02\0\x3C\0\0\x01a");
    /// # broker.poll_event();
    /// let properties = [Property::ServerReference("other.example")];
    /// let properties = Properties::new(&properties);
    /// let reason = ReasonCode::USE_ANOTHER_SERVER;
    /// broker.disconnect(conn, now, &Disconnect { reason, properties })?;
    /// assert_eq!(broker.poll_event(), Some(BrokerEvent::Closed { conn, reason: Closed::Local }));
    /// # Ok::<(), BrokerError>(())
    /// ```
    pub fn disconnect(
        &mut self,
        conn: ConnId,
        now: Instant,
        disconnect: &Disconnect<'_>,
    ) -> Result<(), BrokerError> {
        self.tick(now);
        let slot = self.net.slot(conn).ok_or(BrokerError::Unknown)?;
        let now = self.net.now;
        let session = self.net.session(slot).ok_or(BrokerError::Unknown)?;
        session.disconnect(now, disconnect)?;
        self.drop_question(slot);
        self.go_on(slot);
        Ok(())
    }

    /// Nobody waits for an answer any more.
    pub(super) fn drop_question(&mut self, slot: u32) {
        if let Some(conn) = self.net.conns.get_mut(slot as usize) {
            if let Some(asked) = conn.asked.take() {
                self.net.notice_bytes = self.net.notice_bytes.saturating_sub(asked.len());
            }
        }
    }

    /// Says who may publish and subscribe to what from now on. Subscriptions that were made stay, and so do wills;
    /// what the caller was asked is for it to answer.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut broker: Broker<std::hash::RandomState> = Broker::new(BrokerConfig::default(), now);
    /// # let conn = broker.open(now)?;
    /// # broker.handle_input(conn, now, b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a");
    /// let acl = Acl::parse("deny all secret/#\ndefault allow").unwrap();
    /// broker.set_authorization(Authorization::Acl(acl));
    /// broker.handle_input(conn, now, b"\x30\x0B\0\x08secret/ax");
    /// assert_eq!(broker.stats().not_authorized, 1);
    /// # Ok::<(), BrokerError>(())
    /// ```
    pub fn set_authorization(&mut self, authorization: Authorization) {
        self.authorization = authorization;
    }

    /// Ends the session of a client, and its connection if it has one. False if there is no such session.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut broker: Broker<std::hash::RandomState> = Broker::new(BrokerConfig::default(), now);
    /// # let conn = broker.open(now)?;
    /// # broker.handle_input(conn, now, b"\x10\x0D\0\x04MQTT\x04\0\0\x3C\0\x01a");
    /// assert!(broker.drop_session("a", now));
    /// assert_eq!(broker.stats().sessions, 0);
    /// # Ok::<(), BrokerError>(())
    /// ```
    pub fn drop_session(&mut self, client_id: &str, now: Instant) -> bool {
        self.tick(now);
        let now = self.net.now;
        let Some(place) = self.net.clients.find(client_id) else { return false };
        let Some(client) = self.net.clients.get_mut(place) else { return false };
        let conn = client.conn;
        if client.session.is_connected() {
            let reason = ReasonCode::ADMINISTRATIVE_ACTION;
            let disconnect = Disconnect { reason, ..Disconnect::default() };
            if client.session.disconnect(now, &disconnect).is_err() {
                client.session.abort();
            }
            self.left(place);
        }
        if let Some(slot) = conn {
            self.drop_question(slot);
        }
        self.end_session(place);
        self.work();
        true
    }

    /// Ends all connections, 5.0 clients get this DISCONNECT, and opens no more. Sessions stay.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut broker: Broker<std::hash::RandomState> = Broker::new(BrokerConfig::default(), now);
    /// let reason = ReasonCode::SERVER_SHUTTING_DOWN;
    /// broker.shut_down(now, &Disconnect { reason, ..Disconnect::default() });
    /// assert_eq!(broker.open(now), Err(BrokerError::ShuttingDown));
    /// ```
    pub fn shut_down(&mut self, now: Instant, disconnect: &Disconnect<'_>) {
        self.tick(now);
        self.is_shutting_down = true;
        let now = self.net.now;
        let slots: Vec<u32> = self.net.conns.iter().map(|(slot, _)| slot as u32).collect();
        for slot in slots {
            let Some(session) = self.net.session(slot) else { continue };
            if session.disconnect(now, disconnect).is_err() {
                session.abort();
            }
            self.drop_question(slot);
            self.go_on(slot);
        }
    }

    /// The client identifier of a connection that was accepted.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut broker: Broker<std::hash::RandomState> = Broker::new(BrokerConfig::default(), now);
    /// let conn = broker.open(now)?;
    /// assert_eq!(broker.client_id(conn), None);
    /// broker.handle_input(conn, now, b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a");
    /// assert_eq!(broker.client_id(conn), Some("a"));
    /// # Ok::<(), BrokerError>(())
    /// ```
    #[must_use]
    pub fn client_id(&self, conn: ConnId) -> Option<&str> {
        let slot = self.net.slot(conn)?;
        let place = self.net.conns.get(slot as usize)?.client?;
        Some(&self.net.clients.get(place)?.id)
    }
}
