//! A session and the bytes that come to it: what both roles are driven by.

use super::core::Core;
use super::error::{CloseReason, Timer};
use super::event::Event;
use super::input::Input;
use super::receiving::{Step, Taken};
use crate::packet::property::Omit;
use crate::wire::header::Header;
use crate::{
    Ack, DecodeError, DecodeOptions, ErrorKind, Instant, Limits, Packet, PacketType, Publish,
    ReasonCode, Sender, Status, Version, decode,
};
use core::mem;

/// What one role does apart from the other.
pub(super) trait Role {
    /// Takes a packet that is not for both, or that comes before the connection is open.
    fn take<'a>(&mut self, core: &mut Core, packet: Packet<'a>) -> Step<'a>;

    /// The version that the next packet is read by.
    fn version(&self, core: &Core) -> Option<Version>;

    /// False as long as the caller has something to answer first.
    fn reads(&self, core: &Core) -> bool;

    /// What is to be reported before packets are read.
    fn next_quiet(&mut self, core: &mut Core) -> Option<Event<'static>>;

    /// Gives back memory that is not needed now.
    fn shrink(&mut self) {}

    /// Bytes on the heap.
    fn heap_bytes(&self) -> usize {
        0
    }
}

/// A session and the bytes that come to it.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) core: Core,
    pub(super) input: Input,
}

impl Link {
    #[inline]
    pub(super) fn handle_input(&mut self, now: Instant, data: &[u8], role: &impl Role) -> usize {
        self.core.tick(now);
        if !self.core.is_up() || self.input.is_at_end {
            return data.len();
        }
        if let Some(counters) = &mut self.core.counters {
            counters.input(self.core.now);
        }
        self.input.take(data, role.version(&self.core), &self.core.options)
    }

    pub(super) fn wants_input(&self, role: &impl Role) -> usize {
        match self.core.is_up() && !self.input.is_at_end {
            true => self.input.room(role.version(&self.core), &self.core.options),
            false => 0,
        }
    }

    pub(super) fn handle_eof(&mut self, now: Instant) {
        self.core.tick(now);
        self.input.is_at_end |= self.core.is_up();
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.core.tick(now);
        self.core.handle_timeout(self.input.has_whole());
    }

    pub(super) fn deadline(&self) -> Option<(Instant, Timer)> {
        self.core.deadline(self.input.has_whole())
    }

    pub(super) fn shrink(&mut self, role: &mut impl Role) {
        self.core.shrink();
        self.input.shrink();
        role.shrink();
    }

    pub(super) fn heap_bytes(&self, role: &impl Role) -> usize {
        self.core.heap_bytes() + self.input.heap_bytes() + role.heap_bytes()
    }

    /// What has happened next: packets are read here.
    #[inline]
    pub(super) fn poll<'s>(&'s mut self, role: &mut impl Role) -> Option<Event<'s>> {
        let Self { core, input } = self;
        if core.attention || core.state.outgoing.has_waiting() {
            if let Some(event) = core.next_quiet(role) {
                return Some(event);
            }
        }
        let bytes = input.bytes.as_slice();
        // A message with an alias, which has to wait for the end of the loop.
        let aliased = loop {
            let unread = bytes.get(input.read..).unwrap_or_default();
            if unread.is_empty() && !input.is_at_end {
                break None;
            }
            // At the end nothing waits for answers any more.
            let has_room = core.has_room_to_write() || input.is_at_end;
            let reads = role.reads(core) || input.is_at_end && core.is_open();
            if input.is_at_end && !reads {
                // Whoever is to answer CONNECT learns that nobody waits for it.
                core.close(Some(CloseReason::Eof));
            }
            if !core.is_up() || !has_room || !reads {
                break None;
            }
            // The packet stays where it was made: it is large.
            let result = decode(unread, role.version(core), &core.options);
            let decoded = match &result {
                Ok(Status::Complete(decoded)) => decoded,
                Ok(Status::Incomplete { .. }) => {
                    if mem::take(&mut input.has_whole) && core.role == Sender::Client {
                        // The server is not silent: PINGRESP comes behind this packet.
                        core.last_received = core.now;
                    }
                    if input.is_at_end {
                        core.close(Some(CloseReason::Eof));
                    }
                    break None;
                }
                Err(error) => {
                    if let Some(error) = of_known_version(*error, unread, input.is_at_end) {
                        core.malformed(error);
                    }
                    break None;
                }
            };
            input.read += decoded.consumed;
            core.last_received = core.now;
            let is_open = core.is_open();
            let taken = match &decoded.packet {
                Packet::Publish(publish) if is_open => {
                    if let Some(counters) = &mut core.counters {
                        counters.received(core.now, publish.qos, decoded.consumed);
                    }
                    match core.take_publish(publish) {
                        Taken::Message(ack) => {
                            let seq = core.seq_of(publish.qos).filter(|_| ack.is_none());
                            return Some(Event::Message { publish: *publish, ack, seq });
                        }
                        Taken::Aliased(ack, alias) => break Some((*publish, ack, alias)),
                        other => other,
                    }
                }
                Packet::PubAck(ack) if is_open => match core.take_puback(ack) {
                    Taken::Done(token, reason) => return Some(published(ack, token, reason)),
                    other => other,
                },
                Packet::PubRec(ack) if is_open => match core.take_pubrec(ack) {
                    Taken::Done(token, reason) => return Some(published(ack, token, reason)),
                    other => other,
                },
                Packet::PubRel(ack) if is_open => {
                    core.take_pubrel(ack);
                    Taken::Quiet
                }
                Packet::PubComp(ack) if is_open => match core.take_pubcomp(ack) {
                    Taken::Done(token, reason) => return Some(published(ack, token, reason)),
                    other => other,
                },
                packet => match role.take(core, *packet) {
                    Step::Event(event) => return Some(event),
                    Step::Violation(violation) => Taken::Violation(violation),
                    Step::Quiet => Taken::Quiet,
                },
            };
            if let Taken::Violation(violation) = taken {
                core.fail(violation);
                break None;
            }
            if core.notices_len() > 0 {
                break None;
            }
        };
        if let Some((publish, ack, alias)) = aliased {
            let topic = match publish.topic {
                "" => core.aliases.get().map_or("", |aliases| aliases.received.get(alias)),
                topic => topic,
            };
            // On other connections the number means something else.
            let properties = publish.properties.omitting(Omit::TopicAlias);
            let seq = core.seq_of(publish.qos).filter(|_| ack.is_none());
            let publish = Publish { topic, properties, ..publish };
            return Some(Event::Message { publish, ack, seq });
        }
        if !core.attention {
            return None;
        }
        core.next_notice().or_else(|| core.closed.take().map(|reason| Event::Closed(*reason)))
    }
}

/// The fault of a CONNECT that is too large, with the version if it says that it speaks 5.0, where that is answered. Nobody
/// waits for the rest of it; `None` if it may still be about to say so, for the answer does not depend on how the bytes
/// come.
///
/// # Spec
/// v5 section 3.2.2.2 (0x95).
#[cold]
fn of_known_version(error: DecodeError, bytes: &[u8], is_at_end: bool) -> Option<DecodeError> {
    const FRONT: &[u8] = b"\0\x04MQTT\x05";
    if (error.packet(), error.kind()) != (Some(PacketType::Connect), ErrorKind::PacketTooLarge) {
        return Some(error);
    }
    let unlimited = DecodeOptions { limits: Limits::UNLIMITED, ..DecodeOptions::DEFAULT };
    let Ok(header) = Header::parse(bytes, None, &unlimited) else { return Some(error) };
    let body = bytes.get(header.len.into()..header.frame_len().min(bytes.len())).unwrap_or(&[]);
    let may_say = header.remaining as usize >= FRONT.len() && !is_at_end;
    match body.starts_with(FRONT) {
        true => Some(error.of_version(Version::V5)),
        false if may_say && FRONT.starts_with(body) => None,
        false => Some(error),
    }
}

fn published<'a, const TYPE: u8>(ack: &Ack<'a, TYPE>, token: u64, reason: ReasonCode) -> Event<'a> {
    let Ack { packet_id, properties, .. } = *ack;
    Event::Published { token, packet_id, reason, properties }
}

/// The methods by which a session of either role is driven.
macro_rules! driving {
    () => {
        /// Takes bytes of the peer; gives how many. Fewer than there are: poll events, drain what is to
        /// be sent, and hand in the rest again. They are copied once, and read by
        /// [`poll_event`](Self::poll_event).
        ///
        /// After the end of the connection all are taken, and ignored.
        #[inline]
        pub fn handle_input(&mut self, now: Instant, data: &[u8]) -> usize {
            self.link.handle_input(now, data, &self.role)
        }

        /// How many bytes [`handle_input`](Self::handle_input) would take at least: 0 means to wait with
        /// reading.
        #[must_use]
        pub fn wants_input(&self) -> usize {
            self.link.wants_input(&self.role)
        }

        /// The transport has come to its end. Packets that have come before are events before
        /// [`Event::Closed`].
        pub fn handle_eof(&mut self, now: Instant) {
            self.link.handle_eof(now);
        }

        /// Does what is due by now; nothing, if nothing is.
        pub fn handle_timeout(&mut self, now: Instant) {
            self.link.handle_timeout(now);
        }

        /// When [`handle_timeout`](Self::handle_timeout) is to be called, as things stand.
        #[must_use]
        pub fn poll_timeout(&self) -> Option<Instant> {
            self.link.deadline().map(|(at, _)| at)
        }

        /// Why that deadline is there.
        #[must_use]
        pub fn next_timer(&self) -> Option<Timer> {
            self.link.deadline().map(|(_, timer)| timer)
        }

        /// What has happened next. Packets are read here, and answers written: poll until there is
        /// nothing left, then send.
        #[inline]
        pub fn poll_event(&mut self) -> Option<Event<'_>> {
            self.link.poll(&mut self.role)
        }

        /// What is to be sent: written as far as there is room. When it has been drained there may be more.
        ///
        /// See [`Transmit`] for an example.
        #[inline]
        pub fn transmit(&mut self) -> Transmit<'_> {
            self.link.core.pump();
            Transmit(&mut self.link.core.output)
        }

        /// True between CONNACK and the end of the connection.
        #[must_use]
        pub fn is_connected(&self) -> bool {
            self.link.core.is_open()
        }

        /// Acknowledges a message. It goes out after those of the messages before it. A message of QoS 2
        /// can be acknowledged after its connection too: it comes again, and is not handed out again.
        ///
        /// # Errors
        /// [`UnknownToken`](UsageError::UnknownToken): its connection is over and its QoS is 1, or its
        /// session is lost. [`NotAllowed`](UsageError::NotAllowed): a code that this side may not send in
        /// PUBACK or PUBREC. The token comes back with it.
        ///
        /// # Spec
        /// v3 \[MQTT-4.6.0-2\], \[MQTT-4.6.0-3\]; v5 \[MQTT-4.6.0-2\], \[MQTT-4.6.0-3\].
        pub fn ack(
            &mut self,
            now: Instant,
            token: AckToken,
            reason: ReasonCode,
        ) -> Result<(), AckRefused> {
            self.link.core.tick(now);
            let result = self.link.core.ack(&token, reason);
            result.map_err(|error| AckRefused { error, token })
        }

        /// Bytes on the heap. O(messages). Payloads that are not copied count for each message that has them.
        #[must_use]
        pub fn heap_bytes(&self) -> usize {
            self.link.heap_bytes(&self.role)
        }

        /// What the session has done, if that is counted:
        /// [`SessionConfig::stats`](crate::SessionConfig::stats).
        ///
        /// See [`Stats`](crate::Stats) for an example.
        #[must_use]
        pub fn stats(&self) -> Option<Stats> {
            self.link.core.stats()
        }

        /// The same, and begins to count anew.
        ///
        /// See [`Stats`](crate::Stats) for an example.
        pub fn stats_and_reset(&mut self, now: Instant) -> Option<Stats> {
            self.link.core.tick(now);
            let stats = self.link.core.stats();
            if let Some(counters) = &mut self.link.core.counters {
                counters.reset(self.link.core.now);
            }
            stats
        }

        /// Tells what time of the world it is, in milliseconds since 1970: at the beginning, after a state was
        /// restored, and whenever the caller likes. Only what is stored has such times; no timer depends on
        /// them, and a jump of the clock makes nothing expire.
        ///
        /// ```
        /// # use mqtt_core::{ClientConfig, ClientSession, Instant};
        /// use std::time::{SystemTime, UNIX_EPOCH};
        /// let mut session = ClientSession::new(ClientConfig::default());
        /// let unix = SystemTime::now().duration_since(UNIX_EPOCH)?;
        /// session.set_unix_time(Instant::default(), unix.as_millis() as u64);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub fn set_unix_time(&mut self, now: Instant, unix_ms: u64) {
            self.link.core.set_unix_time(now, unix_ms);
        }

        /// The next change of what outlives a connection, which a store is to keep:
        /// [`PersistConfig`](crate::PersistConfig). Poll until there is nothing left; what has been polled
        /// does not come again.
        ///
        /// See [`persisted`](Self::persisted) for an example.
        #[inline]
        pub fn poll_persist(&mut self) -> Option<PersistOp<'_>> {
            self.link.core.state.poll_persist()
        }

        /// Says that all changes up to this number are safe, and what was made of the messages whose events had
        /// no later one. With [`Durability::Gate`](crate::Durability::Gate) what depends on them may go out now.
        /// Numbers that have not been polled are not believed.
        ///
        /// ```
        /// # use mqtt_core::*;
        /// # use bytes::Buf;
        /// # let now = Instant::default();
        /// # let mut config = ClientConfig::default();
        /// config.session.persist.durability = Durability::Gate;
        /// let mut session = ClientSession::new(config);
        /// session.connect(now, &Connect::default())?;
        /// // A new session begins by clearing the store. CONNECT waits for that.
        /// assert_eq!(session.transmit().remaining(), 0);
        /// let mut batch = Vec::new();
        /// while let Some(op) = session.poll_persist() {
        ///     batch.push(op.seq);
        /// }
        /// // The store commits what is in the batch, and says so.
        /// session.persisted(now, batch[batch.len() - 1]);
        /// assert_eq!(session.transmit().chunk()[0], 0x10);
        /// # Ok::<(), UsageError>(())
        /// ```
        pub fn persisted(&mut self, now: Instant, seq: u64) {
            self.link.core.persisted(now, seq);
        }

        /// The number of the last change; 0 if there was none. What was made of a message of QoS 2 is safe with
        /// it, if it is looked at after [`ack`](Self::ack) of this one and of all before it: acknowledgements
        /// keep their order. Nothing is told of one of QoS 1: what was made of it is to be safe before `ack`.
        #[must_use]
        pub fn persist_seq(&self) -> u64 {
            self.link.core.state.persist_seq()
        }

        /// Says that the store has refused a change because another owner, of this epoch, has the session. The
        /// connection ends; nothing that was held back goes out, and nothing more is told.
        ///
        /// ```
        /// # use mqtt_core::*;
        /// # let now = Instant::default();
        /// # let mut config = ClientConfig::default();
        /// config.session.persist =
        ///     PersistConfig { durability: Durability::Gate, epoch: 3, ..PersistConfig::default() };
        /// let mut session = ClientSession::new(config);
        /// session.fenced(now, 4);
        /// assert_eq!(session.poll_event(), Some(Event::Fenced { epoch: 4 }));
        /// assert_eq!(session.connect(now, &Connect::default()), Err(UsageError::Fenced));
        /// ```
        pub fn fenced(&mut self, now: Instant, epoch: u64) {
            self.link.core.fenced(now, epoch);
        }

        /// Appends a page of a snapshot of what outlives a connection to `out`: the first one, or the one
        /// behind a cursor; gives where the next one begins, `None` after the last. A page has `max_bytes` at
        /// most, but one entry at least. O(messages) each.
        ///
        /// The session may go on between pages, if its changes are told: those after
        /// [`SnapshotCursor::seq`](crate::store::SnapshotCursor::seq) of the first page are to be kept
        /// with the snapshot, and applied after it.
        ///
        /// ```
        /// # use mqtt_core::*;
        /// use mqtt_core::store::Restore;
        /// # let now = Instant::default();
        /// # let mut session = ClientSession::new(ClientConfig::default());
        /// # let message = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
        /// # session.publish(now, &message, 7, WhenFull::Queue)?;
        /// let mut restore = Restore::new();
        /// let mut cursor = None;
        /// loop {
        ///     let mut page = Vec::new();
        ///     cursor = session.snapshot(cursor, 64 * 1024, &mut page);
        ///     restore.page(&page)?;
        ///     if cursor.is_none() {
        ///         break;
        ///     }
        /// }
        /// let state = SessionState::restore(&restore)?.expect("a session");
        /// assert_eq!(state.queued_messages(), 1);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub fn snapshot(
            &self,
            cursor: Option<SnapshotCursor>,
            max_bytes: usize,
            out: &mut Vec<u8>,
        ) -> Option<SnapshotCursor> {
            self.link.core.state.snapshot(cursor, max_bytes, out)
        }

        /// Gives back memory that is not needed now, say of a session that has been quiet for a while.
        pub fn shrink_to_fit(&mut self) {
            self.link.shrink(&mut self.role);
        }
    };
}

pub(super) use driving;
