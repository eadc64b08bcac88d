//! What a store is told of a session.

use super::{Change, Clock, Incoming, Message, MessageHead, Outgoing, SessionState, Wait, signed};
use crate::store::{
    Journal, Key, MessageRecord, PersistConfig, Phase, PhaseRecord, SessionRecord,
    SubscriptionRecord, WillRecord,
};
use crate::{Instant, PacketId, QoS, ReasonCode, Version};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use bytes::Bytes;
use core::mem;

/// What a session has only if it is stored, or was.
#[derive(Debug)]
pub(in crate::session) struct Durable {
    pub(in crate::session) journal: Journal,
    /// Changes are told. Not those of a server before it knows the session, nor of a session that ends with
    /// its connection.
    pub(in crate::session) is_active: bool,
    /// Its messages outlive its connection.
    pub(in crate::session) is_kept: bool,
    /// Another owner has it.
    pub(in crate::session) is_fenced: bool,
    /// The store has this session as it was before the last changes, and nothing of one before.
    pub(super) is_begun: bool,
    /// The session is told with the next connection, also if nothing has changed.
    pub(super) retells_session: bool,
    /// That of the last message.
    pub(super) order: u64,
    /// As it was told last.
    pub(in crate::session) session: SessionRecord,
    /// Server: for how long it is kept after the connection, in seconds.
    pub(in crate::session) expiry: u32,
    /// Server: what the client has subscribed to.
    pub(super) subscriptions: BTreeMap<String, SubscriptionRecord>,
    /// Server: a CONNECT that has the will, and its version.
    pub(super) will: Option<(Version, Vec<u8>)>,
    /// What to add to the session's time for Unix milliseconds, if that has been told.
    pub(in crate::session) offset: Option<i64>,
    /// What the store has too much: the process ended between two changes of one step.
    pub(super) rest: Vec<Key<'static>>,
    /// The store has other sessions too, under other keys: nobody clears it for this one, which tells all its
    /// changes from its beginning to its end.
    pub(in crate::session) is_one_of_many: bool,
    /// Messages may have come by another clock: what time it is has not been told since they were restored.
    pub(super) has_other_clocks: bool,
}

impl Durable {
    pub(in crate::session) fn new(config: PersistConfig, session: SessionRecord) -> Self {
        Self {
            journal: Journal::new(config),
            is_active: !session.is_server,
            is_kept: true,
            is_fenced: false,
            is_begun: false,
            retells_session: false,
            order: 0,
            session,
            expiry: session.expiry,
            subscriptions: BTreeMap::new(),
            will: None,
            offset: None,
            rest: Vec::new(),
            is_one_of_many: false,
            has_other_clocks: false,
        }
    }

    /// When a message is of no use any more, in Unix milliseconds; 0 for never, or if it is not known.
    fn expires(&self, head: &MessageHead) -> u64 {
        let Some(expiry) = head.expiry else { return 0 };
        let offset = match expiry.clock {
            Clock::Session => self.offset,
            Clock::Unix => Some(0),
            Clock::Unknown => None,
        };
        offset.map_or(0, |offset| {
            u64::try_from(expiry.ends().saturating_add(offset)).unwrap_or(1).max(1)
        })
    }

    /// What is stored of a message.
    pub(super) fn record<'m>(
        &self,
        message: &'m Message,
        id: Option<PacketId>,
        version: Version,
    ) -> MessageRecord<'m> {
        let Message { wire, body, head } = message;
        let (token, expires) = (head.token, self.expires(head));
        MessageRecord { id, version, token, expires, packet: wire, body }
    }

    #[inline(never)]
    fn put_message(&mut self, message: &Message, id: Option<PacketId>, version: Version) {
        if message.wire.is_empty() {
            // It did not fit another version, and is dropped when it would be sent.
            return self.journal.delete_order(Key::MESSAGE, message.head.order);
        }
        let record = self.record(message, id, version);
        self.journal.put_message(message.head.order, &record);
    }

    fn put_phase(
        &mut self,
        head: &mut MessageHead,
        phase: Phase,
        id: Option<PacketId>,
        reason: ReasonCode,
    ) {
        head.has_phase = true;
        let record = PhaseRecord { phase, id, reason, token: head.token };
        self.journal.put_phase(head.order, &record);
    }

    fn next_order(&mut self) -> u64 {
        self.order += 1;
        self.order
    }

    /// A message is gone, of which the store has the body or not.
    #[inline]
    fn forget(&mut self, order: u64, has_body: bool, has_phase: bool) {
        if has_body {
            self.journal.delete_order(Key::MESSAGE, order);
        }
        if has_phase {
            self.journal.delete_order(Key::PHASE, order);
        }
    }

    /// Tells what is about to change.
    pub(super) fn note(
        &mut self,
        change: &mut Change<'_>,
        version: Version,
        outgoing: &mut Outgoing,
        incoming: &Incoming,
    ) {
        if !self.is_begun {
            match change {
                // The messages are told as they are then.
                Change::Convert(version) => {
                    self.session.version = *version;
                    return;
                }
                Change::Session(record) => self.session = *record,
                _ => {}
            }
            self.note_all(version, outgoing, incoming);
        }
        let is_of_session = matches!(change, Change::Session(_) | Change::Will(_) | Change::End);
        if !self.is_kept && !is_of_session {
            return;
        }
        match change {
            Change::Queue(message) => {
                if message.head.qos > QoS::AtMostOnce {
                    message.head.order = self.next_order();
                    self.put_message(message, None, version);
                }
            }
            Change::Unqueue(at) => {
                if let Some(message) = outgoing.queued(*at).filter(|it| it.head.order > 0) {
                    self.forget(message.head.order, true, message.head.has_phase);
                }
            }
            Change::Send => {
                let id = outgoing.free_id();
                if let Some(message) = outgoing.queued_mut(0) {
                    self.put_phase(&mut message.head, Phase::IsOpen, id, ReasonCode::SUCCESS);
                }
            }
            Change::Received(id, reason) => {
                if let Some(message) = outgoing.message_mut(*id) {
                    let head = &mut message.head;
                    self.put_phase(head, Phase::IsReleased, Some(*id), *reason);
                    self.journal.delete_order(Key::MESSAGE, head.order);
                }
            }
            Change::Reopen => {
                // The last one first: wherever it is cut off, those that wait are behind those that are open.
                let open = outgoing.open_messages().filter(|(_, wait, ..)| *wait != Wait::PubComp);
                let open: Vec<PacketId> = open.map(|(id, ..)| id).collect();
                for id in open.into_iter().rev() {
                    if let Some(message) = outgoing.message_mut(id) {
                        self.put_phase(&mut message.head, Phase::Waits, None, ReasonCode::SUCCESS);
                    }
                }
            }
            Change::Accept(id) => self.journal.put(Key::Received(*id), &()),
            Change::Release(id) => self.journal.delete(Key::Received(*id)),
            Change::Forget => {
                incoming.accepted().for_each(|id| self.journal.delete(Key::Received(id)));
            }
            Change::Session(record) => {
                if mem::take(&mut self.retells_session) || self.session != *record {
                    self.journal.put(Key::Session, record);
                }
            }
            Change::End => {
                self.clear(outgoing, incoming);
                (self.is_active, self.is_begun) = (false, false);
            }
            Change::Subscribe(filter, record) => {
                self.journal.put(Key::Subscription(filter), record);
            }
            Change::Unsubscribe(filter) => {
                if self.subscriptions.contains_key(*filter) {
                    self.journal.delete(Key::Subscription(filter));
                }
            }
            Change::Will(Some((version, connect))) => {
                self.journal.put(Key::Will, &WillRecord { version: *version, connect });
            }
            Change::Will(None) => {
                if self.will.is_some() {
                    self.journal.delete(Key::Will);
                }
            }
            // What becomes of the messages is told afterwards.
            Change::Convert(_) => {}
            // They have ways of their own.
            Change::Open(..) | Change::Close(_) => {}
        }
        self.follow(change);
    }

    /// Tells that nothing of the session is there any more.
    fn clear(&mut self, outgoing: &Outgoing, incoming: &Incoming) {
        if !self.is_one_of_many {
            self.journal.clear();
            return;
        }
        let open = outgoing.open_messages().map(|(_, wait, _, it)| (wait != Wait::PubComp, it));
        let queued = outgoing.queued_messages().map(|message| (true, message));
        for (has_body, MessageHead { order, has_phase, .. }) in
            open.chain(queued).map(|(has_body, message)| (has_body, message.head))
        {
            if order > 0 {
                self.forget(order, has_body, has_phase);
            }
        }
        incoming.accepted().for_each(|id| self.journal.delete(Key::Received(id)));
        for filter in self.subscriptions.keys() {
            self.journal.delete(Key::Subscription(filter));
        }
        if self.will.is_some() {
            self.journal.delete(Key::Will);
        }
        self.journal.delete(Key::Session);
    }

    /// Keeps up with a change of what is kept only here, told or not.
    fn follow(&mut self, change: &Change<'_>) {
        match change {
            Change::Session(record) => self.session = *record,
            Change::Subscribe(filter, record) => {
                self.subscriptions.insert(String::from(*filter), *record);
            }
            Change::Unsubscribe(filter) => drop(self.subscriptions.remove(*filter)),
            Change::Will(will) => {
                self.will = will.map(|(version, connect)| (version, connect.to_vec()));
            }
            Change::End => {
                self.subscriptions.clear();
                self.will = None;
            }
            _ => {}
        }
    }

    /// Before the first change, also the first after others that were not told: tells all that there is. What
    /// the store had is gone.
    fn note_all(&mut self, version: Version, outgoing: &mut Outgoing, incoming: &Incoming) {
        self.is_begun = true;
        if !self.is_one_of_many {
            self.journal.clear();
        }
        self.journal.put(Key::Session, &self.session);
        if !self.is_kept {
            return;
        }
        outgoing.each_open(|id, wait, reason, message| {
            (message.head.order, message.head.has_phase) = (self.next_order(), false);
            if wait == Wait::PubComp {
                self.put_phase(&mut message.head, Phase::IsReleased, Some(id), reason);
            } else {
                self.put_message(message, Some(id), version);
            }
        });
        outgoing.each_queued(|message| {
            if message.head.qos > QoS::AtMostOnce {
                (message.head.order, message.head.has_phase) = (self.next_order(), false);
                self.put_message(message, None, version);
            }
        });
        incoming.accepted().for_each(|id| self.journal.put(Key::Received(id), &()));
        let Self { journal, subscriptions, will, .. } = self;
        for (filter, record) in subscriptions {
            journal.put(Key::Subscription(filter), record);
        }
        if let Some((version, connect)) = will {
            journal.put(Key::Will, &WillRecord { version: *version, connect });
        }
    }

    /// Tells the messages that have become packets of another version, and the session.
    pub(super) fn note_bodies(&mut self, version: Version, outgoing: &mut Outgoing) {
        outgoing.each_open(|id, wait, _, message| {
            if wait != Wait::PubComp {
                self.put_message(message, Some(id), version);
            }
        });
        outgoing.each_queued(|message| {
            if message.head.order > 0 {
                self.put_message(message, None, version);
            }
        });
        self.session.version = version;
        self.journal.put(Key::Session, &self.session);
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let filters = self.subscriptions.keys().map(String::capacity).sum::<usize>();
        let entry = size_of::<(String, SubscriptionRecord)>();
        let will = self.will.as_ref().map_or(0, |(_, will)| will.capacity());
        size_of::<Self>()
            + self.journal.heap_bytes()
            + filters
            + self.subscriptions.len() * entry
            + will
    }
}

impl SessionState {
    /// Tells a change, and makes it.
    #[inline(always)]
    pub(super) fn change_stored(&mut self, change: Change<'_>) {
        match change {
            Change::Open(id, head, wire, body) => self.open_stored(id, head, wire, body),
            Change::Close(id) => self.close_stored(id),
            seldom => self.change_seldom(seldom),
        }
    }

    /// What is told, if the messages of the session are.
    #[inline]
    fn told(&mut self) -> Option<&mut Durable> {
        self.durable.as_deref_mut().filter(|durable| durable.is_active && durable.is_kept)
    }

    /// A message is sent at once. There is a connection, so something has been told before.
    fn open_stored(&mut self, id: PacketId, mut head: MessageHead, packet: &[u8], body: &Bytes) {
        let version = self.version;
        if let Some(durable) = self.told() {
            head.order = durable.next_order();
            let (token, expires) = (head.token, durable.expires(&head));
            let record = MessageRecord { id: Some(id), version, token, expires, packet, body };
            durable.journal.put_message(head.order, &record);
        }
        self.outgoing.open_written(id, head, packet, body);
    }

    /// A message is done.
    fn close_stored(&mut self, id: PacketId) {
        if let Some(message) = self.outgoing.message(id) {
            let (order, has_phase) = (message.head.order, message.head.has_phase);
            let has_body = self.outgoing.wait(id) != Wait::PubComp;
            if let Some(durable) = self.told() {
                durable.forget(order, has_body, has_phase);
            }
        }
        self.outgoing.close(id);
    }

    /// The same for what is not part of each message.
    #[inline(never)]
    fn change_seldom(&mut self, mut change: Change<'_>) {
        let converts = matches!(change, Change::Convert(to) if to.is_v5() != self.version.is_v5());
        if let Some(durable) = self.durable.as_deref_mut() {
            match durable.is_active {
                true => {
                    durable.note(&mut change, self.version, &mut self.outgoing, &self.incoming);
                }
                false => durable.follow(&change),
            }
        }
        self.make(change);
        let tells = |durable: &&mut Durable| durable.is_active && durable.is_begun;
        if let Some(durable) = self.durable.as_deref_mut().filter(tells).filter(|_| converts) {
            durable.note_bodies(self.version, &mut self.outgoing);
        }
    }

    /// Begins to tell changes: the session is known now, and nothing of it has been told.
    pub(in crate::session) fn begin_durable(&mut self) {
        let Self { version, outgoing, incoming, durable, .. } = self;
        if let Some(durable) = durable {
            durable.is_active = true;
            durable.note_all(*version, outgoing, incoming);
        }
    }

    /// What is told of changes goes on as a configuration says.
    pub(super) fn adopt(&mut self, configured: Option<alloc::boxed::Box<Durable>>) {
        match (&mut self.durable, configured) {
            (Some(own), Some(configured)) => {
                own.journal.config = configured.journal.config;
                own.is_one_of_many = configured.is_one_of_many;
                own.is_active = true;
                core::mem::take(&mut own.rest).into_iter().for_each(|key| own.journal.delete(key));
            }
            // From now on the store falls behind: if changes are told again, all is.
            (Some(own), None) => {
                (own.is_active, own.is_begun) = (false, false);
                own.rest.clear();
            }
            // All is told before the first change: by then it is known what time it is.
            (None, Some(mut configured)) => {
                configured.is_active = true;
                self.durable = Some(configured);
            }
            (None, None) => {}
        }
        let record = self.record();
        if let Some(durable) = self.durable.as_mut().filter(|durable| !durable.is_begun) {
            durable.session = record;
        }
    }

    /// Notes what to add to the session's time, which is now so, for Unix milliseconds.
    pub(in crate::session) fn set_offset(&mut self, now: Instant, offset: i64) {
        let Some(durable) = &mut self.durable else { return };
        durable.offset = Some(offset);
        if core::mem::take(&mut durable.has_other_clocks) {
            let shift = |message: &mut Message| {
                let Some(expiry) = &mut message.head.expiry else { return };
                expiry.came = match expiry.clock {
                    Clock::Session => expiry.came,
                    Clock::Unix => expiry.came.saturating_sub(offset),
                    Clock::Unknown => signed(now),
                };
                expiry.clock = Clock::Session;
            };
            self.outgoing.each_open(|_, _, _, message| shift(message));
            self.outgoing.each_queued(shift);
            self.outgoing.find_ends();
        }
    }
}
