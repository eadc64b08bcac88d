//! What waits for the store.

use super::core::{Core, Notice};
use super::error::{CloseReason, UsageError, WouldBlock};
use super::pump::Written;
use super::state::{Change, signed};
use crate::store::{SessionRecord, SubscriptionRecord};
use crate::{
    DecodeOptions, Disconnect, Instant, Limits, Packet, QoS, ReasonCode, ReasonCodes, Sender,
    Status, Subscribe, Subscription, SubscriptionOptions, Unsubscribe, decode,
};
use alloc::vec::Vec;
use bytes::Bytes;
use core::num::NonZeroU64;

/// Whether a packet waits for the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// It does not, and goes before those that do; but not before the first of the connection.
    Free,
    /// It does not, but stays behind those that do.
    Behind,
    /// It waits until all that has changed is safe.
    Waits,
    /// The same, and nothing goes before it.
    First,
}

/// Packets that wait for the store, which lie at the end of what was written.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Those from `first` on; the ones before do not wait any more, and go with the last that does.
    waits: Vec<Wait>,
    first: usize,
    /// The first of the connection is among them.
    has_first: bool,
    /// Messages of QoS 0 are: others stay behind them.
    has_qos_0: bool,
}

/// Packets one behind the other that wait for the same change.
#[derive(Debug)]
struct Wait {
    seq: u64,
    len: usize,
    /// Bytes of payloads of their own.
    body: usize,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.first == self.waits.len()
    }

    /// Takes those away that have waited for changes up to this one; gives how many bytes they have, and of
    /// payloads.
    fn release(&mut self, persisted: u64) -> (usize, usize) {
        let waiting = self.waits.get(self.first..).unwrap_or_default();
        let (mut len, mut body) = (0, 0);
        for wait in waiting.iter().take_while(|wait| wait.seq <= persisted) {
            (len, body, self.first) = (len + wait.len, body + wait.body, self.first + 1);
        }
        // Each is moved once at most.
        if self.first > self.waits.len() / 2 {
            self.waits.drain(..self.first);
            self.first = 0;
        }
        (len, body)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.waits.capacity() * size_of::<Wait>()
    }
}

impl Core {
    /// What has been written, of so many bytes and a payload that is not copied, goes out.
    #[inline(always)]
    pub(super) fn sent(&mut self, len: usize, body: Option<&Bytes>) {
        self.output.keep(len, body);
        self.last_sent = self.now;
    }

    /// The packet of so many bytes that has been written goes out, or waits for the store.
    #[inline]
    pub(super) fn pass(&mut self, len: usize, pass: Pass) {
        match self.state.durable {
            None => self.sent(len, None),
            Some(_) => self.hold(len, None, pass),
        }
    }

    /// The same for a message of a session that is stored.
    #[inline(never)]
    pub(super) fn sent_stored(&mut self, written: Written, body: Option<&Bytes>) {
        let Written { qos, head, has_alias, .. } = written;
        if qos > QoS::AtMostOnce {
            if body.is_some() || !self.hold_next(head) {
                self.hold(head, body, Pass::Waits);
            }
            return;
        }
        // Behind the one that sets the alias, and behind others of QoS 0.
        let held = self.held.get_mut().filter(|held| !held.is_empty());
        match held.filter(|held| has_alias || held.has_first || held.has_qos_0) {
            Some(held) => {
                held.has_qos_0 = true;
                self.hold(head, body, Pass::Behind);
            }
            None => self.hold(head, body, Pass::Free),
        }
    }

    /// Lets a message of so many bytes wait as nearly all do: behind another, and for a change of its own.
    /// False if it does not, or there is no room for one more.
    #[inline(always)]
    fn hold_next(&mut self, len: usize) -> bool {
        let (Some(durable), Some(held)) = (&self.state.durable, self.held.get_mut()) else {
            return false;
        };
        let (seq, waits) = (durable.journal.seq(), &mut held.waits);
        let is_behind = waits.last().is_some_and(|last| last.seq < seq);
        let is_next = is_behind && durable.journal.gates() && waits.len() < waits.capacity();
        if is_next {
            waits.push(Wait { seq, len, body: 0 });
            self.output.hold(len, None);
        }
        is_next
    }

    #[inline(never)]
    fn hold(&mut self, len: usize, body: Option<&Bytes>, pass: Pass) {
        let journal = self.state.durable.as_ref().map(|durable| &durable.journal);
        let Some(journal) = journal.filter(|journal| journal.gates()) else {
            return self.sent(len, body);
        };
        let (seq, is_persisted) = (journal.seq(), journal.is_persisted());
        let waits = matches!(pass, Pass::Waits | Pass::First);
        let held = self.held.make();
        let own = body.map_or(0, Bytes::len);
        match held.waits.last_mut() {
            None if !waits || is_persisted => return self.sent(len, body),
            Some(_) if pass == Pass::Free && !held.has_first => {
                self.last_sent = self.now;
                return self.output.pass(len, body);
            }
            Some(last) if !waits || last.seq == seq => {
                (last.len, last.body) = (last.len + len, last.body + own);
            }
            _ => held.waits.push(Wait { seq, len, body: own }),
        }
        held.has_first |= pass == Pass::First;
        self.output.hold(len, body);
    }

    /// Forgets what waits for the store.
    pub(super) fn drop_held(&mut self) {
        if self.held.take().is_some() {
            self.output.drop_held();
        }
    }

    /// True if nothing waits for the store.
    pub(super) fn holds_nothing(&self) -> bool {
        self.held.get().is_none_or(Held::is_empty)
    }

    /// True if there is room for more changes.
    #[inline]
    pub(super) fn has_journal_room(&self) -> bool {
        self.state.durable.as_ref().is_none_or(|it| it.journal.has_room())
    }

    /// True if what was written, and what of it waits for the store, leaves room for more.
    #[inline]
    pub(super) fn has_output_room(&self) -> bool {
        self.output.len() + self.output.held_len() < self.settings.max_output
    }

    /// True if another owner has the session.
    pub(super) fn is_fenced(&self) -> bool {
        self.state.durable.as_ref().is_some_and(|durable| durable.is_fenced)
    }

    /// What keeps a message from being taken, of what has to do with the store.
    pub(super) fn judge_store(&mut self, qos: QoS) -> Result<(), UsageError> {
        let Some(durable) = &self.state.durable else { return Ok(()) };
        if self.is_fenced() {
            return Err(UsageError::Fenced);
        }
        if qos > QoS::AtMostOnce && durable.is_active && !durable.journal.has_room() {
            return self.would_block(WouldBlock::Persist);
        }
        Ok(())
    }

    /// Sees to it that an acknowledgement which the session gives waits for the caller's word.
    #[inline]
    pub(super) fn mark(&mut self) {
        if let Some(durable) = self.state.durable.as_mut().filter(|it| it.journal.gates()) {
            durable.journal.mark();
        }
    }

    /// The change that the acknowledgement of a message waits for, which the session gives.
    #[inline]
    pub(super) fn seq_of(&self, qos: QoS) -> Option<NonZeroU64> {
        let journal = &self.state.durable.as_ref().filter(|it| it.is_active)?.journal;
        let has = qos == QoS::ExactlyOnce || qos == QoS::AtLeastOnce && journal.gates();
        NonZeroU64::new(journal.seq()).filter(|_| has)
    }

    /// Notes that all changes up to a number are safe: what waited for them goes out.
    pub(super) fn persisted(&mut self, now: Instant, seq: u64) {
        self.tick(now);
        let Some(durable) = &mut self.state.durable else { return };
        durable.journal.set_persisted(seq);
        let persisted = durable.journal.persisted();
        if let Some(held) = self.held.get_mut() {
            let (len, body) = held.release(persisted);
            if len > 0 {
                self.output.release(len, body);
                (held.has_first, self.last_sent) = (false, self.now);
                held.has_qos_0 &= !held.is_empty();
            }
        }
        self.pump();
    }

    /// Notes that another owner has the session. Nothing that was held back goes out.
    pub(super) fn fenced(&mut self, now: Instant, epoch: u64) {
        self.tick(now);
        let Some(durable) = self.state.durable.as_mut().filter(|it| !it.is_fenced) else { return };
        (durable.is_fenced, durable.is_active) = (true, false);
        self.notices.make().push_back(Notice::Fenced { epoch });
        self.attention = true;
        if self.is_open() && self.role == Sender::Server && self.version.is_v5() {
            let reason = ReasonCode::SESSION_TAKEN_OVER;
            self.answer(Disconnect { reason, ..Disconnect::default() });
        }
        if self.is_up() {
            self.close(Some(CloseReason::Fenced));
        }
    }

    /// Notes what time of the world it is.
    pub(super) fn set_unix_time(&mut self, now: Instant, unix_ms: u64) {
        self.tick(now);
        let unix = i64::try_from(unix_ms).unwrap_or(i64::MAX);
        let offset = unix.saturating_sub(signed(now));
        self.clock = Some(offset);
        self.state.set_offset(self.now, offset);
    }

    /// Server: tells how the session begins, or goes on.
    pub(super) fn begin_stored(&mut self, expiry: u32, resumes: bool, will: Option<&[u8]>) {
        let (version, client) = (self.version, self.state.client);
        let Some(durable) = &mut self.state.durable else { return };
        (durable.is_kept, durable.expiry) = (resumes || expiry > 0, expiry);
        let record =
            SessionRecord { is_server: true, version, is_cleaned: false, client, expiry, ends: 0 };
        if !resumes {
            durable.session = record;
            self.state.begin_durable();
        }
        self.state.change(Change::Session(record));
        self.state.change(Change::Will(will.map(|will| (version, will))));
    }

    /// Client: tells what is known of the session, if that has changed.
    pub(super) fn tell_session(&mut self) {
        self.state.change(Change::Session(self.state.record()));
    }

    /// Client: writes CONNECT. It waits for the store: with Clean Start the server forgets what this side has,
    /// too, which may have been told for a connection before and not be safe yet.
    pub(super) fn write_connect(&mut self, connect: Packet<'_>) {
        let written = self.output.put(|place| connect.encode_to_slice(self.version, place));
        self.pass(written.unwrap_or(0), Pass::First);
    }

    /// Server: tells what has become of a SUBSCRIBE or UNSUBSCRIBE that is answered with these codes.
    pub(super) fn tell_subscriptions(&mut self, request: &[u8], reasons: Option<ReasonCodes<'_>>) {
        let options = DecodeOptions { limits: Limits::UNLIMITED, ..self.options };
        let Ok(Status::Complete(decoded)) = decode(request, Some(self.version), &options) else {
            return;
        };
        // Before 5.0 UNSUBACK has no codes.
        let codes = reasons.into_iter().flat_map(|reasons| reasons.iter());
        let codes = codes.chain(core::iter::repeat(ReasonCode::SUCCESS));
        match decoded.packet {
            Packet::Subscribe(Subscribe { filters, properties, .. }) => {
                let identifier = properties.subscription_identifiers().next().unwrap_or(0);
                for (Subscription { filter, options }, code) in filters.iter().zip(codes) {
                    if let Some(qos) = QoS::from_bits(code.0).filter(|_| code.0 < 3) {
                        let options = SubscriptionOptions { qos, ..options }.to_byte();
                        let record = SubscriptionRecord { options, identifier };
                        self.state.change(Change::Subscribe(filter, record));
                    }
                }
            }
            Packet::Unsubscribe(Unsubscribe { filters, .. }) => {
                for (filter, code) in filters.iter().zip(codes) {
                    if code.is_success() {
                        self.state.change(Change::Unsubscribe(filter));
                    }
                }
            }
            _ => {}
        }
    }

    /// Server: notes for how long the session is kept, which DISCONNECT may change.
    pub(super) fn set_stored_expiry(&mut self, seconds: u32) {
        if let Some(durable) = self.state.durable.as_mut().filter(|it| it.is_active) {
            durable.expiry = seconds;
        }
    }

    /// Server: tells when the session ends, now that its connection has.
    pub(super) fn end_stored(&mut self) {
        let is_server = self.role == Sender::Server;
        let durable = self.state.durable.as_ref().filter(|it| it.is_active && is_server);
        let Some(durable) = durable else { return };
        let (record, expiry) = (self.state.record(), durable.expiry);
        if expiry == 0 && self.state.will().is_none() {
            self.state.change(Change::End);
            return;
        }
        let now = durable.offset.map(|offset| signed(self.now).saturating_add(offset));
        // Also of one that never ends: its will is due at some time after its connection.
        let ends = now.map_or(0, |now| {
            let now = u64::try_from(now).unwrap_or(0);
            now.saturating_add(u64::from(expiry) * 1000).max(1)
        });
        self.state.change(Change::Session(SessionRecord { expiry, ends, ..record }));
    }
}
