//! What a broker does with its sessions beside what every caller can do.

use super::config::{ServerConfig, WhenFull};
use super::core::Core;
use super::error::{CloseReason, UsageError};
use super::link::Link;
use super::sending::{Given, PublishStatus};
use super::server::ServerSession;
use super::state::{Change, Message, SessionState, Wait};
use crate::codec::encode_body;
use crate::packet::PublishHead;
use crate::{ConnAck, Instant, PacketId, Properties, Publish, QoS, Version};
use alloc::sync::Arc;
use alloc::vec::Vec;
use bytes::Bytes;

impl ServerSession {
    /// As [`deliver`](Self::deliver), of a message whose payload may be shared, and whose Message Expiry Interval
    /// is known: a client before 5.0 does not get it with its properties.
    #[inline]
    pub(crate) fn deliver_routed(
        &mut self,
        now: Instant,
        publish: &Publish<'_>,
        body: Option<&Bytes>,
        expiry: Option<u32>,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError> {
        let core = &mut self.link.core;
        core.tick(now);
        let mut given = Given::new(publish, token, when_full);
        given.expiry = expiry;
        match body {
            None => core.publish(given),
            Some(payload) => core.publish_shared(given, payload),
        }
    }

    /// Sends a packet of QoS 0 as it is, if it is as it would be made for this client, and nothing is to be done but
    /// that. Else nothing has changed, and it is to be delivered as any other.
    #[inline(always)]
    pub(crate) fn send_form(&mut self, now: Instant, packet: &Arc<Vec<u8>>) -> bool {
        let core = &mut self.link.core;
        if !core.sends_plain() || packet.len() > core.peer.max_packet_size as usize {
            return false;
        }
        core.tick(now);
        core.output.put_form(packet);
        core.last_sent = core.now;
        true
    }

    /// The same, of a message that is no packet yet.
    #[inline]
    pub(crate) fn send_plain(&mut self, now: Instant, publish: &Publish<'_>) -> bool {
        let core = &mut self.link.core;
        if !core.sends_plain() {
            return false;
        }
        core.tick(now);
        let body = PublishHead { publish, payload_len: publish.payload.len() as u64 };
        match core.output.put(|place| encode_body(&body, core.version, place)) {
            Ok(len) if len <= core.peer.max_packet_size as usize => core.sent(len, None),
            _ => return false,
        }
        true
    }

    /// What is read of what came before happens now.
    pub(crate) fn tell_time(&mut self, now: Instant) {
        self.link.core.tick(now);
    }

    /// The version that the client speaks.
    #[inline]
    pub(crate) fn version(&self) -> Version {
        self.link.core.version
    }

    /// True if there is something to be sent. What waits is written as soon as it may be, by what makes room
    /// for it.
    #[inline]
    pub(crate) fn has_output(&self) -> bool {
        self.link.core.output.len() > 0
    }

    /// True if there is a deadline, or will be as soon as all that has come is read.
    #[inline]
    pub(crate) fn may_time_out(&self) -> bool {
        let core = &self.link.core;
        core.keep_alive > 0 || core.awaits_step
    }

    /// True if there may be an event that waits: a packet that is not read, a notice, the end.
    pub(crate) fn has_unread(&self) -> bool {
        let Link { core, input } = &self.link;
        let is_unread = input.has_whole && input.read < input.bytes.len() || input.is_at_end;
        is_unread && core.is_up() || core.attention
    }

    /// How many bytes have been sent in all, modulo 2^32.
    pub(crate) fn sent_bytes(&self) -> u32 {
        self.link.core.output.gone()
    }

    /// The method of the authentication of this connection.
    pub(crate) fn auth_method(&self) -> Option<&str> {
        self.link.core.auth_method()
    }

    /// Why a client cannot be accepted so, if it cannot: nothing has changed.
    pub(crate) fn may_accept(
        &self,
        connack: &ConnAck<'_>,
        has_state: bool,
    ) -> Result<(), UsageError> {
        self.judge_accept(connack, has_state)?;
        let core = &self.link.core;
        let list = core.announcing(&connack.properties);
        let properties = list.as_deref().map_or(connack.properties, Properties::new);
        // The size is that of a packet that can be written.
        core.fitted(ConnAck { properties, ..*connack }.into())?.encoded_len(core.version)?;
        Ok(())
    }

    /// Ends the connection without a word.
    pub(crate) fn abort(&mut self) {
        self.link.core.close(Some(CloseReason::Local));
    }

    /// The will has been published, or is not to be.
    pub(crate) fn clear_will(&mut self) {
        self.role.will.take();
        self.state_mut().change(Change::Will(None));
    }

    /// Notes that the session is one of many in a store, which nobody clears for it, and what to add to its time
    /// for Unix milliseconds, if that is known.
    pub(crate) fn set_one_of_many(&mut self, now: Instant, offset: Option<i64>) {
        let core = &mut self.link.core;
        core.tick(now);
        core.clock = offset;
        if let Some(offset) = offset {
            core.state.set_offset(core.now, offset);
        }
        if let Some(durable) = &mut core.state.durable {
            durable.is_one_of_many = true;
        }
    }

    /// A session that was stored, without a connection: messages wait there for the next one. If it had one when it
    /// was stored, that ends now.
    pub(crate) fn away(
        config: ServerConfig,
        now: Instant,
        offset: Option<i64>,
        state: SessionState,
    ) -> Self {
        let (expiry, has_no_end) = (state.session_expiry(), state.has_no_end());
        let mut session = Self::new(config, now);
        session.set_one_of_many(now, offset);
        if let Some(will) = state.will() {
            session.role.set_will(state.version, &will);
            session.role.is_accepted = true;
        }
        session.role.session_expiry = expiry;
        let core = &mut session.link.core;
        core.close(None);
        (core.version, core.state.version) = (state.version, state.version);
        core.resume(state);
        if has_no_end {
            core.end_stored();
        }
        session
    }

    /// True if a message of any QoS would be written at once, as far as its queue and the Receive Maximum say.
    pub(crate) fn is_idle(&self) -> bool {
        self.link.core.state.outgoing.queue_len() == 0 && self.has_send_quota()
    }

    /// True if one more message of QoS 1 or 2 may be sent before another is acknowledged.
    pub(crate) fn has_send_quota(&self) -> bool {
        let core = &self.link.core;
        core.state.outgoing.has_quota(core.settings.max_open_bytes)
    }

    /// True if more than one of so many parts of its queue is full.
    pub(crate) fn queue_is_over(&self, parts: usize) -> bool {
        let core = &self.link.core;
        let (load, limits) = (core.state.outgoing.queue_load(), &core.settings);
        load.count.saturating_mul(parts) > limits.max_count as usize
            || load.bytes.saturating_mul(parts) > limits.max_bytes
    }

    /// What outlives the connection.
    pub(crate) fn state(&self) -> &SessionState {
        &self.link.core.state
    }

    /// Ends the connection and takes away what outlives it. What was written can still be sent.
    pub(crate) fn take_state(&mut self) -> SessionState {
        let core = &mut self.link.core;
        core.close(None);
        let none = SessionState::new(core.version);
        core::mem::replace(&mut core.state, none)
    }

    /// What it says next waits until the store has what was told before.
    pub(crate) fn mark(&mut self) {
        self.link.core.mark();
    }

    /// The same, as something to be changed.
    pub(crate) fn state_mut(&mut self) -> &mut SessionState {
        &mut self.link.core.state
    }
}

impl Core {
    /// True if a message of QoS 0 would be written at once, and that is all.
    #[inline(always)]
    fn sends_plain(&self) -> bool {
        self.is_plain
            && self.state.outgoing.queue_len() == 0
            && self.output.len() < self.settings.max_output
    }
}

/// A message that is taken out of a session, for another one.
pub(crate) struct TakenMessage<'m> {
    pub(crate) token: u64,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    pub(crate) topic: &'m str,
    pub(crate) properties: Properties<'m>,
    pub(crate) payload: &'m [u8],
    /// Seconds for which it has waited, of which its Message Expiry Interval goes down.
    pub(crate) waited: u32,
}

impl SessionState {
    /// Bytes of the messages that wait or are open.
    #[inline]
    pub(crate) fn message_bytes(&self) -> usize {
        self.outgoing.queue_load().bytes + self.outgoing.open_bytes()
    }

    /// The tokens of all messages that wait or are open.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = u64> {
        let open = self.outgoing.open_messages().map(|(_, _, _, message)| message);
        open.chain(self.outgoing.queued_messages()).map(|message| message.head.token)
    }

    /// Takes the tokens of messages away that `is_good` does not say are good for their topics.
    pub(crate) fn retain_tokens(&mut self, is_good: impl Fn(u64, &str) -> bool) {
        let version = self.version;
        let judge = |message: &mut Message| {
            let token = message.head.token;
            if token != 0 {
                let topic = message.parts(version).map(|parts| parts.topic);
                let topic = topic.and_then(|topic| core::str::from_utf8(topic).ok());
                if !topic.is_some_and(|topic| is_good(token, topic)) {
                    message.head.token = 0;
                }
            }
        };
        self.outgoing.each_open(|_, _, _, message| judge(message));
        self.outgoing.each_queued(judge);
    }

    /// Takes out messages with such tokens, in order, that another session may have instead: those that wait,
    /// and those of QoS 1 that are not acknowledged. One of QoS 2 that was sent stays.
    pub(crate) fn take_messages(
        &mut self,
        now: Instant,
        wanted: impl Fn(u64) -> bool,
        mut each: impl FnMut(TakenMessage<'_>),
    ) {
        let version = self.version;
        let mut show = |message: &Message| {
            let Some(taken) = message.taken(version, now) else { return };
            each(taken);
        };
        let mut open: Vec<PacketId> = Vec::new();
        for (id, wait, _, message) in self.outgoing.open_messages() {
            if wait == Wait::PubAck && wanted(message.head.token) {
                show(message);
                open.push(id);
            }
        }
        for id in open {
            self.change(Change::Close(id));
        }
        let mut at = 0;
        while let Some((place, message)) = self.outgoing.next_queued(at) {
            at = place;
            if message.head.qos == QoS::AtMostOnce || !wanted(message.head.token) {
                at += 1;
                continue;
            }
            show(message);
            self.change(Change::Unqueue(at));
        }
    }
}

impl Message {
    fn taken(&self, version: Version, now: Instant) -> Option<TakenMessage<'_>> {
        let parts = self.parts(version)?;
        let payload = if self.body.is_empty() { parts.payload } else { &self.body };
        Some(TakenMessage {
            token: self.head.token,
            qos: self.head.qos,
            retain: self.is_retained(),
            topic: core::str::from_utf8(parts.topic).ok()?,
            properties: Properties::received(parts.properties.unwrap_or_default()),
            payload,
            waited: self.waited(now),
        })
    }
}
