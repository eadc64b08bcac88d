//! Messages of this side.

use super::alias::Aliases;
use super::config::WhenFull;
use super::core::{Core, MAX_NOTICES, Phase};
use super::error::{BatchRefused, UsageError, WouldBlock};
use super::event::DropReason;
use super::pump::Written;
use super::seldom::Seldom;
use super::state::{Change, Clock, Expiry, Message, MessageHead, signed};
use crate::packet::property::Omit;
use crate::{Packet, PacketId, PropertyId, Publish, QoS, ReasonCode, Sender};
use bytes::Bytes;
use core::mem;

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

/// The identifier that stands in a message until it has one.
const UNKNOWN_ID: PacketId = PacketId::MIN;
/// Why a topic alias of the caller is none.
const UNKNOWN_ALIAS: UsageError = UsageError::NotSupported(ReasonCode::TOPIC_ALIAS_INVALID);
/// In the bits of what is wanted: room for a message of QoS 0 that was not to wait.
const WANTS_QOS_0: u8 = 1 << 7;
/// Payloads that are handed over are not copied from so many bytes on: below, a copy costs less than
/// counting references.
const APART: usize = 2048;

/// A message of the caller.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    publish: &'a Publish<'a>,
    /// Its payload, if it is not to be copied; else empty.
    body: &'a Bytes,
    /// Its Message Expiry Interval, if that is not among its properties.
    pub(super) expiry: Option<u32>,
    token: u64,
    when_full: WhenFull,
}

impl<'a> Given<'a> {
    /// A message whose payload is copied.
    pub(super) const fn new(publish: &'a Publish<'a>, token: u64, when_full: WhenFull) -> Self {
        static NONE: Bytes = Bytes::new();
        Self { publish, body: &NONE, expiry: None, token, when_full }
    }
}

impl Given<'_> {
    /// Its payload, if that is not copied.
    #[inline(always)]
    fn own_body(&self) -> Option<&Bytes> {
        (!self.body.is_empty()).then_some(self.body)
    }
}

impl Core {
    /// Sends a message whose payload is handed over, or lets it wait.
    pub(super) fn publish_bytes(
        &mut self,
        publish: &Publish<'_>,
        payload: &Bytes,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError> {
        if !publish.payload.is_empty() {
            return Err(UsageError::NotAllowed);
        }
        self.publish_shared(Given::new(publish, token, when_full), payload)
    }

    /// The same, of a message without another payload.
    pub(super) fn publish_shared(
        &mut self,
        given: Given<'_>,
        payload: &Bytes,
    ) -> Result<PublishStatus, UsageError> {
        let publish = Publish { payload, ..*given.publish };
        let given = Given { publish: &publish, ..given };
        if payload.len() < APART {
            return self.publish(given);
        }
        self.publish(Given { body: payload, ..given })
    }

    /// Sends messages up to the first that is not taken.
    pub(super) fn publish_all<'p>(
        &mut self,
        messages: impl IntoIterator<Item = (Publish<'p>, u64)>,
        when_full: WhenFull,
    ) -> Result<usize, BatchRefused> {
        let mut taken = 0;
        for (publish, token) in messages {
            let result = self.publish(Given::new(&publish, token, when_full));
            result.map_err(|error| BatchRefused { taken, error })?;
            taken += 1;
        }
        Ok(taken)
    }

    /// Sends a message, or lets it wait.
    #[inline]
    pub(super) fn publish(&mut self, given: Given<'_>) -> Result<PublishStatus, UsageError> {
        let publish = given.publish;
        self.judge(publish)?;
        if publish.properties.may_have_alias() {
            if let Some(alias) = publish.properties.topic_alias() {
                return self.publish_aliased(given, alias);
            }
        }
        if self.can_send() {
            if publish.qos == QoS::AtMostOnce {
                return self.send_now(given, None);
            }
            if self.has_quota() {
                if let Some(id) = self.state.outgoing.free_id() {
                    return self.send_now(given, Some(id));
                }
            }
        }
        self.enqueue(given)
    }

    /// Lets a message wait.
    fn enqueue(&mut self, given: Given<'_>) -> Result<PublishStatus, UsageError> {
        self.judge_store(given.publish.qos)?;
        if given.when_full == WhenFull::Reject {
            if !self.is_open() {
                return Err(UsageError::NotConnected);
            }
            if given.publish.qos == QoS::AtMostOnce {
                self.wants_room |= WANTS_QOS_0;
            }
            return self.would_block(match () {
                () if !self.has_journal_room() => WouldBlock::Persist,
                () if !self.has_output_room() => WouldBlock::Output,
                () if !self.state.outgoing.has_free_id() => WouldBlock::PacketIds,
                () => WouldBlock::ReceiveMaximum,
            });
        }
        let packet_id = (given.publish.qos != QoS::AtMostOnce).then_some(UNKNOWN_ID);
        let message = self.message(given, packet_id)?;
        if let Err(what) = self.make_room(message.len(), given.when_full, MAX_NOTICES) {
            // The least of those that were turned away.
            let bit = 1 << WouldBlock::QueueBytes as u8;
            let least = if self.wants_room & bit == 0 { usize::MAX } else { self.wants_len };
            self.wants_len = least.min(message.len());
            self.state.outgoing.recycle(message.wire);
            return self.would_block(what);
        }
        self.state.change(Change::Queue(message));
        Ok(PublishStatus::Queued)
    }

    /// True if a message of QoS 1 or 2 may go out now.
    #[inline]
    pub(super) fn has_quota(&self) -> bool {
        self.state.outgoing.has_quota(self.settings.max_open_bytes)
    }

    /// True if aliases are chosen here.
    #[inline]
    pub(super) fn chooses_aliases(&self) -> bool {
        self.aliases.get().is_some_and(|aliases| !aliases.sent.is_off())
    }

    /// True if a message may be written now, as far as its QoS allows.
    #[inline]
    pub(super) fn can_send(&self) -> bool {
        self.is_open() && self.state.outgoing.queue_len() == 0 && self.has_room_to_write()
    }

    /// Sends a message with an alias that the caller has chosen.
    fn publish_aliased(
        &mut self,
        given: Given<'_>,
        alias: u16,
    ) -> Result<PublishStatus, UsageError> {
        if !self.is_open() || alias == 0 || alias > self.peer.topic_alias_maximum {
            return Err(UNKNOWN_ALIAS);
        }
        // Apart from all else for now: the topic may be borrowed from them.
        let mut aliases = mem::take(&mut self.aliases);
        let result = self.send_aliased(given, alias, &mut aliases);
        self.aliases = aliases;
        result
    }

    /// Sends a message with an alias, or lets it wait. What is kept, or waits, has the topic instead: on
    /// another connection the alias means nothing.
    fn send_aliased(
        &mut self,
        given: Given<'_>,
        alias: u16,
        aliases: &mut Seldom<Aliases>,
    ) -> Result<PublishStatus, UsageError> {
        let publish = given.publish;
        let topic = match publish.topic {
            "" => aliases.get().and_then(|it| it.sent.topic(alias)).ok_or(UNKNOWN_ALIAS)?,
            topic => topic,
        };
        let properties = publish.properties.omitting(Omit::TopicAlias);
        let plain = Publish { topic, properties, ..*publish };
        let plain = Given { publish: &plain, ..given };
        let is_kept = publish.qos != QoS::AtMostOnce;
        let packet_id = if is_kept { self.state.outgoing.free_id() } else { None };
        let has_room = !is_kept || self.has_quota() && packet_id.is_some();
        if !self.can_send() || !has_room {
            let status = self.enqueue(plain)?;
            if !publish.topic.is_empty() {
                aliases.make().sent.forget(alias);
            }
            return Ok(status);
        }
        let kept = if is_kept { Some(self.message(plain, packet_id)?) } else { None };
        let result = self.put_given(Given { publish: &Publish { packet_id, ..*publish }, ..given });
        if let Some(message) = kept {
            if result.is_ok() {
                self.open_sent(&message, packet_id);
            }
            self.state.outgoing.recycle(message.wire);
        }
        let written = result?;
        aliases.make().sent.pin(publish.topic, alias);
        self.note_sent(Written { has_alias: true, ..written }, given.own_body());
        Ok(PublishStatus::Sent(packet_id))
    }

    /// Keeps a message that has been written until it is done.
    fn open_sent(&mut self, message: &Message, packet_id: Option<PacketId>) {
        if let Some(id) = packet_id {
            self.state.change(Change::Open(id, message.head, &message.wire, &message.body));
        }
    }

    /// Writes a message, and keeps it until it is done.
    #[inline]
    fn send_now(
        &mut self,
        given: Given<'_>,
        packet_id: Option<PacketId>,
    ) -> Result<PublishStatus, UsageError> {
        if self.chooses_aliases() {
            let message = self.message(given, packet_id)?;
            let written = self.split().1.put(&message);
            self.open_sent(&message, packet_id);
            self.note_sent(written, given.own_body());
            self.state.outgoing.recycle(message.wire);
            return Ok(PublishStatus::Sent(packet_id));
        }
        let publish = Publish { packet_id, ..*given.publish };
        let written = self.put_given(Given { publish: &publish, ..given })?;
        if let Some(id) = packet_id {
            let (head, packet) = (self.head(given), self.output.put_last(written.head));
            self.state.change(Change::Open(id, head, packet, given.body));
        }
        self.note_sent(written, given.own_body());
        Ok(PublishStatus::Sent(packet_id))
    }

    /// Writes a message as the caller gave it.
    #[inline(always)]
    pub(super) fn put_given(&mut self, given: Given<'_>) -> Result<Written, UsageError> {
        let packet = Packet::from(*given.publish);
        let (version, apart) = (self.version, given.body.len());
        let head = match apart {
            0 => self.output.put(|place| packet.encode_to_slice(version, place))?,
            _ => self.output.put(|place| packet.encode_head(version, place))?,
        };
        let max = self.peer.max_packet_size;
        if head + apart > max as usize {
            return Err(UsageError::PacketTooLarge { max });
        }
        Ok(Written { qos: given.publish.qos, len: head + apart, head, has_alias: false })
    }

    /// Notes that a message has been written.
    #[inline(always)]
    pub(super) fn note_sent(&mut self, written: Written, body: Option<&Bytes>) {
        self.count(|stats| stats.sent.count(written.qos, written.len));
        match self.state.durable {
            None => self.sent(written.head, body),
            Some(_) => self.sent_stored(written, body),
        }
    }

    /// What is known of a message beside its packet.
    #[inline]
    fn head(&self, given: Given<'_>) -> MessageHead {
        let properties = &given.publish.properties;
        let has = properties.may_have(PropertyId::MessageExpiryInterval);
        let seconds = if has { properties.message_expiry_interval() } else { given.expiry };
        let (came, clock) = (signed(self.now), Clock::Session);
        let expiry = seconds.map(|seconds| Expiry { came, seconds, clock });
        let Given { publish, token, .. } = given;
        MessageHead { token, qos: publish.qos, expiry, ..MessageHead::default() }
    }

    /// Turns a command away.
    pub(super) fn would_block<T>(&mut self, what: WouldBlock) -> Result<T, UsageError> {
        self.wants_room |= 1 << what as u8;
        self.attention = true;
        Err(UsageError::WouldBlock(what))
    }

    /// True if there is room again for one of the commands that were turned away.
    pub(super) fn has_wanted_room(&mut self) -> bool {
        const ALL: [WouldBlock; 7] = [
            WouldBlock::ReceiveMaximum,
            WouldBlock::PacketIds,
            WouldBlock::QueueCount,
            WouldBlock::QueueBytes,
            WouldBlock::Output,
            WouldBlock::Events,
            WouldBlock::Persist,
        ];
        let is_quiet = self.wants_room & WANTS_QOS_0 != 0 && self.can_send();
        is_quiet
            || ALL
                .iter()
                .any(|what| self.wants_room >> *what as u8 & 1 != 0 && self.has_room(*what))
    }

    fn has_room(&mut self, what: WouldBlock) -> bool {
        let (limits, now) = (self.settings, self.now);
        let queue = self.state.outgoing.queue_load().without(self.state.outgoing.expired(now));
        let can_send = self.is_open()
            && self.has_room_to_write()
            && self.state.outgoing.queue_len() == 0
            && self.has_quota();
        match what {
            WouldBlock::ReceiveMaximum => can_send,
            WouldBlock::Output => self.has_output_room(),
            WouldBlock::PacketIds => self.state.outgoing.has_free_id(),
            WouldBlock::Events => self.notices_len() == 0,
            WouldBlock::Persist => self.has_room_to_write(),
            WouldBlock::QueueCount => can_send || queue.count < limits.max_count as usize,
            WouldBlock::QueueBytes => can_send || queue.bytes + self.wants_len <= limits.max_bytes,
        }
    }

    /// What is wrong with a message for this peer.
    fn judge(&self, publish: &Publish<'_>) -> Result<(), UsageError> {
        if publish.dup || publish.packet_id.is_some() {
            return Err(UsageError::NotAllowed);
        }
        // Only servers say for which subscriptions a message is: v5 [MQTT-3.3.4-6].
        let properties = &publish.properties;
        let is_routed = || properties.subscription_identifiers().next().is_some();
        if !properties.is_empty() && self.role == Sender::Client && is_routed() {
            return Err(UsageError::NotAllowed);
        }
        if self.is_open() {
            if self.is_quiescing() {
                return Err(UsageError::Quiescing);
            }
            if publish.qos > self.peer.max_qos {
                return Err(UsageError::NotSupported(ReasonCode::QOS_NOT_SUPPORTED));
            }
            if publish.retain && !self.peer.retain {
                return Err(UsageError::NotSupported(ReasonCode::RETAIN_NOT_SUPPORTED));
            }
        }
        Ok(())
    }

    /// Makes room in the queue for a message of so many bytes; none is dropped for which there are too many
    /// notices.
    pub(super) fn make_room(
        &mut self,
        len: usize,
        when_full: WhenFull,
        max_notices: usize,
    ) -> Result<(), WouldBlock> {
        let (limits, is_dropping) = (self.settings, when_full == WhenFull::DropOldestQoS0);
        let mut queue = self.state.outgoing.queue_load();
        let Some(what) = limits.lack(queue, len) else { return Ok(()) };
        let expired = self.state.outgoing.expired(self.now);
        if !is_dropping && limits.lack(queue.without(expired), len).is_some() {
            return Err(what);
        }
        // None is dropped, if dropping all is not enough.
        let outgoing = &self.state.outgoing;
        let oldest = outgoing.queued_qos_0().take_while(|_| is_dropping);
        let mut drops = 0;
        for (_, bytes) in outgoing.all_expired().chain(oldest) {
            (queue, drops) = (queue.without_one(bytes), drops + 1);
            if limits.lack(queue, len).is_none() {
                break;
            }
        }
        if limits.lack(queue, len).is_some() {
            return Err(what);
        }
        // However many they are, if none waits before.
        if self.notices_len() > 0 && self.notices_len() + drops > max_notices {
            return Err(WouldBlock::Events);
        }
        for _ in 0..drops {
            let outgoing = &self.state.outgoing;
            let expired = outgoing.all_expired().map(|(at, _)| (at, DropReason::Expired));
            let oldest = outgoing.queued_qos_0().map(|(at, _)| (at, DropReason::QueueFull));
            let Some((at, why)) = expired.chain(oldest).next() else { break };
            self.drop_queued(at, why);
        }
        Ok(())
    }

    /// Drops a message that waits.
    pub(super) fn drop_queued(&mut self, at: usize, why: DropReason) {
        if let Some(message) = self.state.outgoing.queued(at) {
            self.dropped(message.head.token, why);
            self.state.change(Change::Unqueue(at));
        }
    }

    /// Puts a message together.
    fn message(
        &mut self,
        given: Given<'_>,
        packet_id: Option<PacketId>,
    ) -> Result<Message, UsageError> {
        let packet = Packet::from(Publish { packet_id, ..*given.publish });
        let len = packet.encoded_len(self.version)?;
        // Without a connection it is not known.
        let max = if self.phase == Phase::Closed { u32::MAX } else { self.peer.max_packet_size };
        if len > max as usize {
            return Err(UsageError::PacketTooLarge { max });
        }
        let mut wire = self.state.outgoing.buffer();
        wire.resize(len - given.body.len(), 0);
        // Measuring has found nothing wrong.
        let _ = match given.body.len() {
            0 => packet.encode_to_slice(self.version, &mut wire),
            _ => packet.encode_head(self.version, &mut wire),
        };
        Ok(Message { wire, body: given.body.clone(), head: self.head(given) })
    }
}
