//! Snapshots of a session, and what a store gives back.

use super::durable::Durable;
use super::message::{Clock, Expiry, Message, MessageHead};
use super::outgoing::Wait;
use super::{Outgoing, SessionState};
use crate::store::{
    Key, MessageRecord, PageWriter, PersistConfig, PersistOp, Phase, PhaseRecord, Record, Restore,
    SessionRecord, SnapshotCursor, StoreError, StoreErrorKind, SubscriptionRecord, WillRecord,
};
use crate::{
    Connect, DecodeOptions, Limits, Packet, PacketId, Publish, QoS, ReasonCode, Status,
    Subscription, SubscriptionOptions, TopicFilter, Version, Will, decode,
};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;

/// Of packets that were legal when they were stored.
const OPTIONS: DecodeOptions =
    DecodeOptions { limits: Limits::UNLIMITED, ..DecodeOptions::DEFAULT };

/// A message that is being restored.
struct Restored {
    order: u64,
    message: Option<Message>,
    /// Of its packet.
    version: Version,
    id: Option<PacketId>,
    phase: Option<PhaseRecord>,
}

impl Restored {
    /// What the store has of it and should not, if the process ended between two changes of one step.
    fn rest(&self) -> Option<Key<'static>> {
        let is_released = self.phase.is_some_and(|it| it.phase == Phase::IsReleased);
        match (is_released, self.message.is_some()) {
            (true, true) => Some(Key::Message(self.order)),
            (false, false) => Some(Key::Phase(self.order)),
            _ => None,
        }
    }

    /// Puts it where it stood; what it contradicts is told by the first byte of its key.
    fn take_up(self, outgoing: &mut Outgoing, version: Version) -> Result<(), u8> {
        let Self { order, message, phase, .. } = self;
        if let Some(PhaseRecord { phase: Phase::IsReleased, id: Some(id), reason, token }) = phase {
            let (qos, has_phase) = (QoS::ExactlyOnce, true);
            if message.is_some_and(|message| message.head.qos != qos) {
                return Err(b'p');
            }
            let head = MessageHead { token, qos, order, has_phase, ..MessageHead::default() };
            let message = Message { head, ..Message::default() };
            return outgoing.restore_open(id, Wait::PubComp, reason, message).ok_or(b'p');
        }
        // Without its message a phase is what is left of one that is done.
        let Some(mut message) = message else { return Ok(()) };
        message.head.has_phase = phase.is_some();
        let id = phase.map_or(self.id, |phase| phase.id);
        message.set_id(id.unwrap_or(PacketId::MIN));
        if self.version.is_v5() != version.is_v5() {
            message.convert(self.version, version);
        }
        let Some(id) = id else {
            outgoing.push_back(message);
            return Ok(());
        };
        // They go out in their order: one that waits is behind all that are open.
        if outgoing.queue_len() > 0 {
            return Err(b'm');
        }
        let wait = match message.head.qos {
            QoS::ExactlyOnce => Wait::PubRec,
            _ => Wait::PubAck,
        };
        outgoing.restore_open(id, wait, ReasonCode::SUCCESS, message).ok_or(b'm')
    }
}

impl SessionState {
    /// The session that a store gives back; `None` if it has none, or had one whose end it has been told. One that
    /// was to end with its connection is there, if the process ended before that: its Session Expiry Interval is 0.
    /// It is to be [ended](Self::end), as one whose [time](Self::ends) is over.
    ///
    /// The times that it has are counted from the moment that
    /// [`set_unix_time`](crate::ClientSession::set_unix_time) tells; before that nothing expires.
    ///
    /// # Errors
    /// A [`StoreError`], and nothing is restored.
    ///
    /// See [`Restore`] for an example.
    pub fn restore(restore: &Restore) -> Result<Option<Self>, StoreError> {
        let rows = restore.rows()?;
        let contradiction =
            |kind| StoreError { kind: StoreErrorKind::Contradiction { kind }, offset: 0 };
        let mut session = None;
        let mut messages: BTreeMap<u64, Restored> = BTreeMap::new();
        let mut state = Self::default();
        let (mut subscriptions, mut will) = (BTreeMap::new(), None);
        for (key, value) in rows.iter().copied() {
            let at = |(kind, offset)| StoreError { kind, offset };
            let wrong =
                |offset| StoreError { kind: StoreErrorKind::Value { kind: key.kind() }, offset };
            match key {
                Key::Message(order) => {
                    let record = MessageRecord::parse(key.kind(), value).map_err(at)?;
                    let message = message_of(&record, order).ok_or(wrong(21))?;
                    let (message, MessageRecord { id, version, .. }) = (Some(message), record);
                    messages.insert(order, Restored { order, message, version, id, phase: None });
                }
                Key::Phase(order) => {
                    let record = PhaseRecord::parse(key.kind(), value).map_err(at)?;
                    let (message, version, id) = (None, Version::V5, None);
                    let none = Restored { order, message, version, id, phase: None };
                    messages.entry(order).or_insert(none).phase = Some(record);
                }
                Key::Received(id) => {
                    <()>::parse(key.kind(), value).map_err(at)?;
                    state.incoming.restore(id);
                }
                Key::Session => {
                    session = Some(SessionRecord::parse(key.kind(), value).map_err(at)?);
                }
                Key::Subscription(filter) => {
                    let record = SubscriptionRecord::parse(key.kind(), value).map_err(at)?;
                    let is_legal = TopicFilter::new(filter).is_ok()
                        && SubscriptionOptions::from_defined(record.options).is_some()
                        && record.identifier <= MAX_IDENTIFIER;
                    if !is_legal {
                        return Err(wrong(1));
                    }
                    subscriptions.insert(String::from(filter), record);
                }
                Key::Will => {
                    let record = WillRecord::parse(key.kind(), value).map_err(at)?;
                    will_of(record.connect).ok_or(wrong(2))?;
                    will = Some((record.version, record.connect.to_vec()));
                }
            }
        }
        let Some(session) = session else {
            // Nothing is stored before the session is.
            let first = rows.first().map(|(key, _)| key.kind());
            return first.map_or(Ok(None), |kind| Err(contradiction(kind)));
        };
        let rest = messages.values().filter_map(Restored::rest).collect();
        let order = messages.last_key_value().map_or(0, |(order, _)| *order);
        state.version = session.version;
        (state.is_cleaned, state.client) = (session.is_cleaned, session.client);
        for (_, message) in messages {
            message.take_up(&mut state.outgoing, session.version).map_err(contradiction)?;
        }
        state.outgoing.free_others();
        let (epoch, after) = restore.last();
        let config = PersistConfig { epoch, after, ..PersistConfig::default() };
        let durable = Durable { order, subscriptions, will, rest, ..Durable::new(config, session) };
        let durable =
            Durable { is_active: false, is_begun: true, has_other_clocks: true, ..durable };
        state.durable = Some(Box::new(durable));
        Ok(Some(state))
    }

    /// Appends a page of a snapshot to `out`: the first one, or the one behind a cursor. `None`: it was the
    /// last. A page has so many bytes at most, but one entry at least.
    ///
    /// See [`ClientSession::snapshot`](crate::ClientSession::snapshot).
    pub fn snapshot(
        &self,
        cursor: Option<SnapshotCursor>,
        max_bytes: usize,
        out: &mut Vec<u8>,
    ) -> Option<SnapshotCursor> {
        let journal = self.durable.as_ref().map(|durable| &durable.journal);
        let at = journal.map_or((0, 0), |journal| (journal.config.epoch, journal.seq()));
        let mut page = PageWriter::new(cursor, at, max_bytes, out);
        let _ = self.write_rows(&mut page);
        page.finish()
    }

    /// Writes all rows in the order of their keys, as far as there is room.
    fn write_rows(&self, page: &mut PageWriter<'_>) -> Option<()> {
        let put = |has_room: bool| has_room.then_some(());
        let none = Durable::new(PersistConfig::default(), self.record());
        let durable = self.durable.as_deref().unwrap_or(&none);
        // What was never told has no order yet.
        let mut order = durable.order;
        let mut order_of = |head: &MessageHead| match head.order {
            0 => {
                order += 1;
                order
            }
            order => order,
        };
        let (mut phases, version) = (Vec::new(), self.version);
        for (id, wait, reason, message) in self.outgoing.open_messages() {
            let (order, token) = (order_of(&message.head), message.head.token);
            if wait == Wait::PubComp {
                let (phase, id) = (Phase::IsReleased, Some(id));
                phases.push((order, PhaseRecord { phase, id, reason, token }));
            } else if !message.wire.is_empty() {
                put(page.put(Key::Message(order), &durable.record(message, Some(id), version)))?;
            }
        }
        for message in self.outgoing.queued_messages() {
            if message.head.qos > QoS::AtMostOnce && !message.wire.is_empty() {
                let order = order_of(&message.head);
                put(page.put(Key::Message(order), &durable.record(message, None, version)))?;
            }
        }
        // In the order in which they were sent, which is another one after some were sent as new.
        phases.sort_unstable_by_key(|(order, _)| *order);
        for (order, record) in phases {
            put(page.put(Key::Phase(order), &record))?;
        }
        let mut accepted: Vec<PacketId> = self.incoming.accepted().collect();
        accepted.sort_unstable();
        for id in accepted {
            put(page.put(Key::Received(id), &()))?;
        }
        put(page.put(Key::Session, &durable.session))?;
        for (filter, record) in &durable.subscriptions {
            put(page.put(Key::Subscription(filter), record))?;
        }
        if let Some((version, connect)) = &durable.will {
            put(page.put(Key::Will, &WillRecord { version: *version, connect }))?;
        }
        Some(())
    }

    /// The session itself is told with the next connection, also if nothing of it has changed that is known here.
    pub(crate) fn retell_session(&mut self) {
        if let Some(durable) = &mut self.durable {
            durable.retells_session = true;
        }
    }

    /// What is known of the session itself.
    pub(in crate::session) fn record(&self) -> SessionRecord {
        let (version, is_cleaned, client) = (self.version, self.is_cleaned, self.client);
        match &self.durable {
            Some(durable) => SessionRecord { version, is_cleaned, client, ..durable.session },
            None => {
                SessionRecord { is_server: false, version, is_cleaned, client, expiry: 0, ends: 0 }
            }
        }
    }

    /// The next change, as [`ClientSession::poll_persist`](crate::ClientSession::poll_persist): of a state that
    /// was taken out of its session before all of them were polled.
    pub fn poll_persist(&mut self) -> Option<PersistOp<'_>> {
        self.durable.as_mut().filter(|durable| !durable.is_fenced)?.journal.poll()
    }

    /// Says that all changes up to this number are safe, of those that were polled from the state: the session
    /// that goes on with it does not wait for them. Or say it to that session.
    pub fn persisted(&mut self, seq: u64) {
        if let Some(durable) = &mut self.durable {
            durable.journal.set_persisted(seq);
        }
    }

    /// True if the next connection of a client is to ask for a Clean Start, for the server's session may be another
    /// one than this: it has asked for one and the answer is not stored, or has never begun a connection, though it
    /// may have messages. Those that wait are sent in the new session.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// let client = ClientSession::new(ClientConfig::default());
    /// let state = client.into_state();
    /// assert!(state.wants_clean_start());
    ///
    /// let mut client = ClientSession::resume(ClientConfig::default(), state);
    /// client.connect(now, &Connect { client_id: "a", clean_start: true, ..Connect::default() })?;
    /// client.handle_input(now, b"\x20\x03\0\0\0");
    /// # client.poll_event();
    /// assert!(!client.into_state().wants_clean_start());
    /// # Ok::<(), UsageError>(())
    /// ```
    #[must_use]
    pub const fn wants_clean_start(&self) -> bool {
        self.is_cleaned || self.client == 0
    }

    /// The number of the last change.
    pub(in crate::session) fn persist_seq(&self) -> u64 {
        self.durable.as_ref().map_or(0, |durable| durable.journal.seq())
    }

    /// When the session ends, in Unix milliseconds, of a server's session that is stored. `None` if it never does,
    /// for its [Session Expiry Interval](Self::session_expiry) is `u32::MAX`; or if it had a connection when it was
    /// stored, or the server was never [told the time](crate::ServerSession::set_unix_time): then the interval
    /// begins now.
    #[must_use]
    pub fn ends(&self) -> Option<u64> {
        let SessionRecord { ends, expiry, .. } = self.durable.as_ref()?.session;
        (expiry < u32::MAX && ends > 0).then_some(ends)
    }

    /// Since when the session has no connection, in Unix milliseconds, if the store has been told.
    pub(crate) fn left(&self) -> Option<u64> {
        let SessionRecord { ends, expiry, .. } = self.durable.as_ref()?.session;
        (ends > 0).then(|| ends.saturating_sub(u64::from(expiry) * 1000))
    }

    /// True if the store has not been told when the session ends, or that it never does.
    pub(crate) fn has_no_end(&self) -> bool {
        self.durable.as_ref().is_none_or(|durable| durable.session.ends == 0)
    }

    /// Says that the session has ended: its time is over, or whoever has it gives it up. The change that is told for
    /// it is [`Clear`](crate::store::Persist::Clear). Of a state that was restored it has the epoch and comes behind
    /// the number that [`Restore::at`] was told. It is not told of a state that has gone on without telling its
    /// changes, nor of one that has ended before.
    ///
    /// ```
    /// # use mqtt_core::{store::{Persist, Restore}, *};
    /// # let now = Instant::default();
    /// # let mut config = ServerConfig::default();
    /// # config.session.persist.durability = Durability::Report;
    /// # let mut session = ServerSession::new(config, now);
    /// # session.handle_input(now, b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a");
    /// # session.poll_event();
    /// # session.accept(now, &ConnAck::default(), None)?;
    /// # let (mut restore, mut page) = (Restore::new(), Vec::new());
    /// # while session.poll_persist().is_some() {}
    /// # session.snapshot(None, usize::MAX, &mut page);
    /// # restore.page(&page)?;
    /// // The process has ended, and a session with it that was to last as long as its connection.
    /// let mut state = SessionState::restore(&restore)?.expect("a session");
    /// assert_eq!(state.session_expiry(), 0);
    /// // If it has a will, that is published now.
    /// assert_eq!(state.will(), None);
    /// state.end();
    /// assert_eq!(state.poll_persist().map(|op| op.change), Some(Persist::Clear));
    /// assert_eq!(state.poll_persist(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn end(&mut self) {
        if let Some(durable) = self.durable.as_mut().filter(|it| !it.is_fenced) {
            // Not if other changes were not told.
            durable.is_active = durable.is_begun;
        }
        self.change(super::Change::End);
    }

    /// Its Session Expiry Interval in seconds, of a server's session that is stored.
    #[must_use]
    pub fn session_expiry(&self) -> u32 {
        self.durable.as_ref().map_or(0, |durable| durable.session.expiry)
    }

    /// The subscriptions of a server's session that is stored, with their identifiers, in the order of
    /// their filters.
    pub fn subscriptions(&self) -> impl Iterator<Item = (Subscription<'_>, Option<u32>)> {
        let all = self.durable.as_ref().into_iter().flat_map(|durable| &durable.subscriptions);
        all.filter_map(|(filter, record)| {
            let options = SubscriptionOptions::from_defined(record.options)?;
            let identifier = Some(record.identifier).filter(|identifier| *identifier > 0);
            Some((Subscription { filter, options }, identifier))
        })
    }

    /// The will of a server's session that is stored, and that has not said goodbye. It is to be published,
    /// or is not due yet.
    #[must_use]
    pub fn will(&self) -> Option<Will<'_>> {
        let (_, connect) = self.durable.as_ref()?.will.as_ref()?;
        will_of(connect)
    }

    /// Says that the will has been published, or is not to be. That is a change of a state that was restored,
    /// too: of the epoch and behind the number that [`Restore::at`] was told. It is not told of a state that has
    /// gone on without telling its changes. A session that is not kept, of which only the will was left,
    /// [ends](Self::end).
    pub fn clear_will(&mut self) {
        let durable = self.durable.as_mut().filter(|it| it.will.is_some() && !it.is_fenced);
        match durable {
            Some(durable) if durable.session.expiry > 0 => {
                // Not if other changes were not told.
                durable.is_active = durable.is_begun;
                self.change(super::Change::Will(None));
            }
            Some(_) => self.end(),
            None => {}
        }
    }
}

/// The largest Subscription Identifier.
const MAX_IDENTIFIER: u32 = 268_435_455;

/// The will that a CONNECT has.
fn will_of(connect: &[u8]) -> Option<Will<'_>> {
    match whole(connect, None)? {
        Packet::Connect(Connect { will, .. }) => will,
        _ => None,
    }
}

/// The packet that bytes are, if they are one and nothing else.
fn whole(bytes: &[u8], version: Option<Version>) -> Option<Packet<'_>> {
    match decode(bytes, version, &OPTIONS) {
        Ok(Status::Complete(decoded)) if decoded.consumed == bytes.len() => Some(decoded.packet),
        _ => None,
    }
}

/// The message of a record.
fn message_of(record: &MessageRecord<'_>, order: u64) -> Option<Message> {
    let Packet::Publish(publish) = whole(record.packet, Some(record.version))? else { return None };
    let Publish { qos, dup, packet_id, properties, .. } = publish;
    let expected = record.id.unwrap_or(PacketId::MIN);
    if packet_id != Some(expected) || dup {
        return None;
    }
    let seconds = properties.message_expiry_interval();
    if qos == QoS::AtMostOnce {
        return None;
    }
    let expiry = match (i64::try_from(record.expires).ok()?, seconds) {
        (0, None) => None,
        // Nobody had told what time it was.
        (0, Some(seconds)) => Some(Expiry { came: 0, seconds, clock: Clock::Unknown }),
        // One that was converted for 3.1.1 has an end, and no interval.
        (ends, seconds) => {
            let seconds = seconds.unwrap_or(0);
            Some(Expiry { came: ends - i64::from(seconds) * 1000, seconds, clock: Clock::Unix })
        }
    };
    let head = MessageHead { token: record.token, qos, expiry, order, has_phase: false };
    Some(Message { wire: record.packet.to_vec(), body: Bytes::new(), head })
}
