//! Messages of this side.

use super::alias::AliasUse;
use super::config::WhenFull;
use super::core::{Core, MAX_NOTICES, Phase};
use super::error::{UsageError, WouldBlock};
use super::event::DropReason;
use super::outgoing::{Message, MessageHead, Wait};
use crate::{
    DecodeOptions, Packet, PacketId, Properties, Property, PropertyId, PubRel, Publish, QoS,
    ReasonCode, Status, decode,
};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

/// What became of a message.
///
/// # Examples
/// ```
/// use mqtt_core::PublishStatus;
/// assert_ne!(PublishStatus::Queued, PublishStatus::Sent(None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PublishStatus {
    /// It has been written; with a packet identifier, if its QoS is 1 or 2.
    Sent(Option<PacketId>),
    /// It waits to be sent.
    Queued,
}

/// As many bytes more a packet has with a topic alias, at most: the property, and lengths that grow.
const ALIAS_LEN: usize = 5;
/// The identifier that stands in a message until it has one.
const UNKNOWN_ID: PacketId = PacketId::MIN;

impl Core {
    /// Sends a message, or lets it wait.
    pub(super) fn publish(
        &mut self,
        publish: &Publish<'_>,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError> {
        self.judge(publish)?;
        if publish.properties.may_have(PropertyId::TopicAlias) {
            if let Some(alias) = publish.properties.topic_alias() {
                return self.publish_aliased(publish, alias, token, when_full);
            }
        }
        let can_send = self.can_send();
        if can_send {
            if publish.qos == QoS::AtMostOnce {
                return self.send_now(publish, None, token);
            }
            if self.outgoing.has_quota() {
                return match self.outgoing.free_id() {
                    Some(id) => self.send_now(publish, Some(id), token),
                    None => self.would_block(WouldBlock::PacketIds),
                };
            }
        }
        if when_full == WhenFull::Reject {
            return self.would_block(match self.has_output_room() {
                true if !self.is_open() => return Err(UsageError::NotConnected),
                true => WouldBlock::ReceiveMaximum,
                false => WouldBlock::Output,
            });
        }
        let head = self.head(publish, token);
        let message = self.message(publish, head)?;
        if let Err(what) = self.make_room(message.len(), when_full) {
            self.wants_len = message.len();
            self.outgoing.recycle(message.wire);
            return self.would_block(what);
        }
        self.outgoing.push_back(message);
        Ok(PublishStatus::Queued)
    }

    /// True if a message may be written now, as far as its QoS allows.
    #[inline]
    fn can_send(&self) -> bool {
        self.is_open() && self.outgoing.queue_len() == 0 && self.has_output_room()
    }

    /// Sends a message with an alias that the caller has chosen. What is kept, or waits, has the topic
    /// instead: on another connection the alias means nothing.
    fn publish_aliased(
        &mut self,
        publish: &Publish<'_>,
        alias: u16,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError> {
        let unknown = UsageError::NotSupported(ReasonCode::TOPIC_ALIAS_INVALID);
        if !self.is_open() || alias == 0 || alias > self.peer.topic_alias_maximum {
            return Err(unknown);
        }
        let mut topic = String::from(publish.topic);
        if topic.is_empty() {
            topic.push_str(self.sent_aliases.topic(alias).ok_or(unknown)?);
        }
        let others = |property: &Property<'_>| !matches!(property, Property::TopicAlias(_));
        let list: Vec<_> = publish.properties.iter().filter(others).collect();
        let plain = Publish { topic: &topic, properties: Properties::new(&list), ..*publish };
        let waits = publish.qos != QoS::AtMostOnce;
        if !self.can_send() || waits && !self.outgoing.has_quota() {
            return self.publish(&plain, token, when_full);
        }
        let packet_id = if waits { self.outgoing.free_id() } else { None };
        if waits && packet_id.is_none() {
            return self.would_block(WouldBlock::PacketIds);
        }
        let head = self.head(&plain, token);
        let mut message = self.message(&plain, head)?;
        if let Err(error) = self.write(Publish { packet_id, ..*publish }) {
            self.outgoing.recycle(message.wire);
            return Err(error);
        }
        self.count(|stats| stats.sent.count(publish.qos, message.wire.len()));
        self.sent_aliases.commit(&topic, AliasUse::New(alias));
        match packet_id {
            Some(id) => {
                message.set_id(id);
                self.outgoing.open_message(message);
            }
            None => self.outgoing.recycle(message.wire),
        }
        Ok(PublishStatus::Sent(packet_id))
    }

    /// Writes a message, and keeps it until it is done.
    #[inline]
    fn send_now(
        &mut self,
        publish: &Publish<'_>,
        packet_id: Option<PacketId>,
        token: u64,
    ) -> Result<PublishStatus, UsageError> {
        let head = self.head(publish, token);
        if !self.sent_aliases.is_off() {
            let message = self.message(publish, head)?;
            self.send(message, packet_id);
            return Ok(PublishStatus::Sent(packet_id));
        }
        let output = self.output.bytes();
        let from = output.len();
        let len = Packet::from(Publish { packet_id, ..*publish }).encode(self.version, output)?;
        let max = self.peer.max_packet_size;
        if len > max as usize {
            output.truncate(from);
            return Err(UsageError::PacketTooLarge { max });
        }
        self.last_sent = self.now;
        if packet_id.is_some() {
            self.outgoing.open_written(head, output.get(from..).unwrap_or_default());
        }
        self.count(|stats| stats.sent.count(publish.qos, len));
        Ok(PublishStatus::Sent(packet_id))
    }

    /// What is known of a message beside its packet.
    #[inline]
    fn head(&self, publish: &Publish<'_>, token: u64) -> MessageHead {
        let has = publish.properties.may_have(PropertyId::MessageExpiryInterval);
        let interval = if has { publish.properties.message_expiry_interval() } else { None };
        let expiry =
            interval.map(|seconds| (self.now, self.now.after(Duration::from_secs(seconds.into()))));
        MessageHead { token, qos: publish.qos, expiry }
    }

    /// Turns a command away.
    pub(super) fn would_block<T>(&mut self, what: WouldBlock) -> Result<T, UsageError> {
        self.wants_room |= 1 << what as u8;
        Err(UsageError::WouldBlock(what))
    }

    /// True if there is room again for one of the commands that were turned away.
    pub(super) fn has_wanted_room(&self) -> bool {
        const ALL: [WouldBlock; 6] = [
            WouldBlock::ReceiveMaximum,
            WouldBlock::PacketIds,
            WouldBlock::QueueCount,
            WouldBlock::QueueBytes,
            WouldBlock::Output,
            WouldBlock::Events,
        ];
        ALL.iter().any(|what| self.wants_room >> *what as u8 & 1 != 0 && self.has_room(*what))
    }

    fn has_room(&self, what: WouldBlock) -> bool {
        let limits = &self.config.queue;
        let can_send = self.is_open()
            && self.has_output_room()
            && self.outgoing.queue_len() == 0
            && self.outgoing.has_quota();
        match what {
            WouldBlock::ReceiveMaximum => can_send,
            WouldBlock::Output => self.has_output_room(),
            WouldBlock::PacketIds => self.outgoing.has_free_id(),
            WouldBlock::Events => self.notices.is_empty(),
            WouldBlock::QueueCount => can_send || self.outgoing.queue_len() < limits.max_count,
            WouldBlock::QueueBytes => {
                can_send || self.outgoing.queue_bytes() + self.wants_len <= limits.max_bytes
            }
        }
    }

    /// What is wrong with a message for this peer.
    fn judge(&self, publish: &Publish<'_>) -> Result<(), UsageError> {
        if publish.dup || publish.packet_id.is_some() {
            return Err(UsageError::NotAllowed);
        }
        if self.is_open() {
            if publish.qos > self.peer.max_qos {
                return Err(UsageError::NotSupported(ReasonCode::QOS_NOT_SUPPORTED));
            }
            if publish.retain && !self.peer.retain {
                return Err(UsageError::NotSupported(ReasonCode::RETAIN_NOT_SUPPORTED));
            }
        }
        Ok(())
    }

    /// Makes room in the queue.
    fn make_room(&mut self, len: usize, when_full: WhenFull) -> Result<(), WouldBlock> {
        let limits = self.config.queue;
        let full = |count, bytes| match () {
            () if count >= limits.max_count => Some(WouldBlock::QueueCount),
            () if bytes + len > limits.max_bytes => Some(WouldBlock::QueueBytes),
            () => None,
        };
        let (mut count, mut bytes) = (self.outgoing.queue_len(), self.outgoing.queue_bytes());
        let Some(what) = full(count, bytes) else { return Ok(()) };
        if when_full != WhenFull::DropOldestQoS0 {
            return Err(what);
        }
        // None is dropped, if dropping all is not enough.
        let mut drops = 0;
        for oldest in self.outgoing.queued_qos_0() {
            (count, bytes, drops) = (count - 1, bytes - oldest, drops + 1);
            if full(count, bytes).is_none() {
                break;
            }
        }
        if full(count, bytes).is_some() {
            return Err(what);
        }
        if self.notices.len() + drops > MAX_NOTICES {
            return Err(WouldBlock::Events);
        }
        for _ in 0..drops {
            let Some(oldest) = self.outgoing.drop_oldest_qos_0() else { break };
            self.dropped(oldest, DropReason::QueueFull);
        }
        Ok(())
    }

    /// Puts a message together.
    fn message(&mut self, publish: &Publish<'_>, head: MessageHead) -> Result<Message, UsageError> {
        let mut wire = self.outgoing.buffer();
        let packet_id = (publish.qos != QoS::AtMostOnce).then_some(UNKNOWN_ID);
        let packet = Packet::from(Publish { packet_id, ..*publish });
        if let Err(error) = packet.encode(self.version, &mut wire) {
            self.outgoing.recycle(wire);
            return Err(error.into());
        }
        // Without a connection it is not known.
        let max = if self.phase == Phase::Closed { u32::MAX } else { self.peer.max_packet_size };
        if wire.len() > max as usize {
            self.outgoing.recycle(wire);
            return Err(UsageError::PacketTooLarge { max });
        }
        Ok(Message { wire, head })
    }

    /// Writes a message for the first time; with this identifier, if its QoS is 1 or 2.
    fn send(&mut self, mut message: Message, id: Option<PacketId>) {
        if let Some(id) = id {
            message.set_id(id);
        }
        self.put(&message);
        match id {
            Some(_) => self.outgoing.open_message(message),
            None => self.outgoing.recycle(message.wire),
        }
    }

    /// Writes a message: as it is, but for an alias and the time that has passed.
    fn put(&mut self, message: &Message) {
        self.last_sent = self.now;
        let head = message.head;
        self.count(|stats| stats.sent.count(head.qos, message.wire.len()));
        let waited = message.head.expiry.map_or(0, |(came, _)| self.now.since(came).as_secs());
        if self.sent_aliases.is_off() && waited == 0 {
            self.output.bytes().extend_from_slice(&message.wire);
        } else {
            self.put_changed(&message.wire, waited);
        }
    }

    /// Writes a message with an alias, or so many seconds after it came.
    fn put_changed(&mut self, wire: &[u8], waited: u64) {
        let options = DecodeOptions { limits: crate::Limits::UNLIMITED, ..DecodeOptions::DEFAULT };
        let Ok(Status::Complete(decoded)) = decode(wire, Some(self.version), &options) else {
            return;
        };
        let Packet::Publish(mut publish) = decoded.packet else { return };
        let topic = publish.topic;
        // With an alias that is set it may be too large.
        let fits = wire.len() + ALIAS_LEN <= self.peer.max_packet_size as usize;
        let alias = self.sent_aliases.choose(topic).filter(|_| fits);
        let mut list = Vec::new();
        list.extend(publish.properties.iter().map(|property| match property {
            Property::MessageExpiryInterval(seconds) => {
                let left = u64::from(seconds).saturating_sub(waited);
                Property::MessageExpiryInterval(u32::try_from(left).unwrap_or(u32::MAX))
            }
            other => other,
        }));
        if let Some(AliasUse::Known(number) | AliasUse::New(number)) = alias {
            list.push(Property::TopicAlias(number));
        }
        if let Some(AliasUse::Known(_)) = alias {
            publish.topic = "";
        }
        publish.properties = Properties::new(&list);
        // It is a packet that has been written before.
        let written = Packet::from(publish).encode(self.version, self.output.bytes()).is_ok();
        if let Some(alias) = alias.filter(|_| written) {
            self.sent_aliases.commit(topic, alias);
        }
    }

    /// Writes what may go out now: what is to be sent again, then what waits.
    #[inline]
    pub(super) fn pump(&mut self) {
        if self.outgoing.has_waiting() {
            self.pump_all();
        }
    }

    fn pump_all(&mut self) {
        while self.is_open() && self.has_output_room() {
            if self.notices.len() >= MAX_NOTICES {
                return;
            }
            if let Some((id, wait)) = self.outgoing.next_resend() {
                self.send_again(id, wait);
                continue;
            }
            let Some(first) = self.outgoing.front() else { return };
            let why = if first.head.expiry.is_some_and(|(_, at)| at <= self.now) {
                Some(DropReason::Expired)
            } else {
                self.unfit(first)
            };
            let is_at_most_once = first.head.qos == QoS::AtMostOnce;
            if why.is_none() && !is_at_most_once && !self.outgoing.has_quota() {
                return;
            }
            let id = match why.is_none() && !is_at_most_once {
                true => match self.outgoing.free_id() {
                    Some(id) => Some(id),
                    None => return,
                },
                false => None,
            };
            let Some(message) = self.outgoing.pop_front() else { return };
            match why {
                Some(why) => self.dropped(message, why),
                None => self.send(message, id),
            }
        }
    }

    /// Why this peer does not get such a message, if it does not.
    fn unfit(&self, message: &Message) -> Option<DropReason> {
        if message.len() as u64 > u64::from(self.peer.max_packet_size) {
            return Some(DropReason::TooLarge);
        }
        let is_supported =
            message.head.qos <= self.peer.max_qos && (self.peer.retain || !message.is_retained());
        (!is_supported).then_some(DropReason::NotSupported)
    }

    /// Writes what an open message has need of on a new connection.
    fn send_again(&mut self, id: PacketId, wait: Wait) {
        if wait == Wait::PubComp {
            self.acknowledge(PubRel::new(id));
            return;
        }
        let Some(mut message) = self.outgoing.take_message(id) else { return };
        // The new connection may take less than the one on which it was sent first.
        if let Some(why) = self.unfit(&message) {
            self.outgoing.close(id);
            self.dropped(message, why);
            return;
        }
        message.set_dup(true);
        self.put(&message);
        self.outgoing.put_message(id, message);
    }
}
