//! Messages on their way out: those that are sent again, and those that waited.

use super::alias::{AliasUse, SentAliases};
use super::core::{Core, MAX_NOTICES};
use super::event::DropReason;
use super::output::Output;
use super::receiving::PUBREL;
use super::state::{Change, Message, SessionState, Wait};
use crate::{Instant, Limits, PacketId, QoS, ReasonCode, Version};

impl Core {
    /// What is kept, and the way out for it.
    pub(super) fn split(&mut self) -> (&SessionState, WayOut<'_>) {
        let (version, now, max_packet_size) = (self.version, self.now, self.peer.max_packet_size);
        let aliases = self.aliases.get_mut().map(|aliases| &mut aliases.sent);
        let output = &mut self.output;
        (&self.state, WayOut { version, now, max_packet_size, aliases, output })
    }

    /// Writes the first message of the queue.
    fn put_front(&mut self) {
        let (state, mut way) = self.split();
        if let Some(message) = state.outgoing.queued(0) {
            let (written, body) = (way.put(message), message.body());
            self.note_sent(written, body.as_ref());
        }
    }

    /// Writes an open message.
    fn put_open(&mut self, id: PacketId) {
        let (state, mut way) = self.split();
        if let Some(message) = state.outgoing.message(id) {
            let (written, body) = (way.put(message), message.body());
            self.note_sent(written, body.as_ref());
        }
    }

    /// Writes what may go out now: what is to be sent again, then what waits.
    #[inline]
    pub(super) fn pump(&mut self) {
        if self.state.outgoing.has_waiting() || self.is_quiescing() {
            self.pump_all();
            self.say_goodbye();
        }
    }

    fn pump_all(&mut self) {
        while self.is_open() && self.has_room_to_write() && self.notices_len() < MAX_NOTICES {
            if let Some((id, wait)) = self.state.outgoing.next_resend() {
                self.send_again(id, wait);
                continue;
            }
            let Some(first) = self.state.outgoing.queued(0) else { return };
            let is_expired = first.head.expiry.is_some_and(|expiry| expiry.is_over(self.now));
            let why = if is_expired { Some(DropReason::Expired) } else { self.unfit(first) };
            if let Some(why) = why {
                self.drop_queued(0, why);
                continue;
            }
            if first.head.qos == QoS::AtMostOnce {
                self.put_front();
                self.state.change(Change::Unqueue(0));
                continue;
            }
            let id = self.state.outgoing.free_id();
            let Some(id) = id.filter(|_| self.has_quota()) else { return };
            self.state.change(Change::Send);
            self.put_open(id);
        }
    }

    /// Why this peer does not get such a message, if it does not.
    fn unfit(&self, message: &Message) -> Option<DropReason> {
        // One that did not fit another version is empty.
        let is_too_large = message.len() as u64 > u64::from(self.peer.max_packet_size);
        if is_too_large || message.wire.is_empty() {
            return Some(DropReason::TooLarge);
        }
        let is_supported =
            message.head.qos <= self.peer.max_qos && (self.peer.retain || !message.is_retained());
        (!is_supported).then_some(DropReason::NotSupported)
    }

    /// Writes what an open message has need of on a new connection.
    fn send_again(&mut self, id: PacketId, wait: Wait) {
        if wait == Wait::PubComp {
            self.acknowledge::<PUBREL>(id, ReasonCode::SUCCESS);
            return;
        }
        let Some(message) = self.state.outgoing.message(id) else { return };
        // The new connection may take less than the one on which it was sent first.
        match self.unfit(message) {
            // The peer may have it, and would take the next one under this identifier for it: until PUBCOMP
            // it is in use.
            Some(why) if wait == Wait::PubRec => {
                let reason = match why {
                    DropReason::TooLarge => ReasonCode::PACKET_TOO_LARGE,
                    _ => ReasonCode::QOS_NOT_SUPPORTED,
                };
                self.state.change(Change::Received(id, reason));
                self.acknowledge::<PUBREL>(id, ReasonCode::SUCCESS);
            }
            Some(why) => {
                self.dropped(message.head.token, why);
                self.state.change(Change::Close(id));
            }
            None => self.put_open(id),
        }
    }

    /// Notes that a message that was given up is released.
    #[cold]
    pub(super) fn released(&mut self, id: PacketId, reason: ReasonCode) {
        let why = match reason {
            ReasonCode::PACKET_TOO_LARGE => DropReason::TooLarge,
            _ => DropReason::NotSupported,
        };
        self.dropped(self.state.outgoing.token(id), why);
        self.state.change(Change::Close(id));
        self.pump();
    }

    /// Notes that the peer has refused a message: it may not have taken the alias that was chosen for it
    /// either.
    #[cold]
    pub(super) fn refused(&mut self, id: PacketId) {
        self.count(|stats| stats.errors += 1);
        let parts = self.state.outgoing.message(id).and_then(|it| it.parts(self.version));
        if let (Some(aliases), Some(parts)) = (self.aliases.get_mut(), parts) {
            aliases.sent.forget_topic(parts.topic);
        }
    }
}

/// A message that has been written.
#[derive(Clone, Copy)]
pub(super) struct Written {
    pub(super) qos: QoS,
    /// Bytes of its packet.
    pub(super) len: usize,
    /// Those of them that are not a payload of its own.
    pub(super) head: usize,
    pub(super) has_alias: bool,
}

/// What messages go out through.
pub(super) struct WayOut<'c> {
    version: Version,
    now: Instant,
    /// What the peer takes.
    max_packet_size: u32,
    aliases: Option<&'c mut SentAliases>,
    output: &'c mut Output,
}

impl WayOut<'_> {
    /// Writes a message: as it is, but for an alias and the time that has passed.
    pub(super) fn put(&mut self, message: &Message) -> Written {
        let (topic, alias) = self.alias_for(message).unzip();
        let head = message.put(self.version, alias, message.waited(self.now), self.output);
        if let (Some(aliases), Some(topic), Some(alias)) = (&mut self.aliases, topic, alias) {
            aliases.commit(topic, alias);
        }
        Written { qos: message.head.qos, len: message.len(), head, has_alias: alias.is_some() }
    }

    /// The topic of a message, and the alias that it goes out with.
    fn alias_for<'m>(&self, message: &'m Message) -> Option<(&'m str, AliasUse)> {
        let aliases = self.aliases.as_ref().filter(|aliases| !aliases.is_off())?;
        let parts = message.parts(self.version)?;
        let topic = core::str::from_utf8(parts.topic).ok()?;
        // With an alias that is set it may be too large.
        let len = parts.len_with_alias(self.version, message.body.len());
        let max = self.max_packet_size.min(Limits::DEFAULT.max_packet_size);
        let alias = aliases.choose(topic)?;
        (len <= max as usize).then_some((topic, alias))
    }
}
