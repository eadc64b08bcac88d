//! What is owed to clients, and whether they have got it.

use super::claims::{Claim, Copy};
use super::{Message, Oracle, Phase, Subscribed};
use mqtt_core::{ConnId, QoS};
use std::collections::BTreeSet;

/// What a message is larger in its packet than topic and payload, at most.
const FRAME: usize = 160;

/// How many bytes a message has in its packet, at most.
fn len_of(message: &Message) -> usize {
    message.topic.len() + message.payload.len() + FRAME
}

impl Oracle {
    /// True if a message is no larger than the client takes.
    pub(super) fn has_room(&self, session: usize, message: &Message) -> bool {
        len_of(message) as u64 <= u64::from(self.sessions[session].max_packet)
    }

    /// True if a message may wait where nothing else does: else it is lost if it has to (docs, bounds of one client).
    pub(super) fn may_wait(&self, message: &Message) -> bool {
        len_of(message) < self.rules.max_queue_bytes
    }

    /// How many of these messages may come for a session, and how many bytes they have.
    pub(super) fn load_of(&self, session: usize, messages: &[usize]) -> (usize, usize) {
        let it = &self.sessions[session];
        let all = messages.iter().map(|at| &self.messages[*at]);
        let its = all
            .filter(|from| !from.is_denied && it.subscriptions.iter().any(|it| it.may_match(from)));
        its.fold((0, 0), |(count, bytes), from| (count + 1, bytes + len_of(from)))
    }

    /// A message has come that a session may have to get.
    pub(super) fn owe(&mut self, session: usize, message: usize) {
        let [sure, maybe] = self.matching(session, message);
        let from = &self.messages[message];
        let it = &self.sessions[session];
        let shares = it.subscriptions.iter().filter(|it| it.is_shared);
        let has_shares = shares.clone().count() > 0;
        if maybe.is_empty() && !shares.into_iter().any(|it| it.may_match(from)) {
            return;
        }
        let is_there = it.conn.is_some_and(|conn| !self.is_slow(conn));
        let is_prompt = is_there
            && !sure.is_empty()
            && !has_shares
            && it.load == 0
            && it.flights.is_empty()
            && from.is_sure
            && from.span.hi != u64::MAX
            && self.has_room(session, from);
        if is_prompt {
            self.prompt.push((session, message));
        }
        let it = &mut self.sessions[session];
        it.load += 1;
        it.load_bytes += len_of(from);
        // What another member of a shared subscription leaves comes besides. How many wait when a message is dealt
        // with later nobody knows now.
        let is_small = self.rules.has_small_queues();
        let is_late = from.span.hi == u64::MAX;
        let is_full =
            it.load >= self.rules.max_queue || it.load_bytes >= self.rules.max_queue_bytes;
        if is_full || (has_shares || is_late) && is_small {
            it.excused.insert(message);
        }
    }

    /// The session of a connection, and how often a payload was sent with QoS 2 in it.
    pub(crate) fn copies(&self, id: ConnId, payload: &[u8]) -> (usize, u32) {
        let session = self.conns[self.conn(id)].session.expect("a session");
        (session, self.sessions[session].copies.get(payload).copied().unwrap_or(0))
    }

    /// All that was under way has arrived: nothing is owed any more.
    pub(crate) fn judge_debts(&self) {
        for session in 0..self.sessions.len() {
            let it = &self.sessions[session];
            if it.ended.is_some() || !it.is_honest || it.conn.is_none() {
                continue;
            }
            let open = it.flights.iter().find(|it| it.phase != Phase::MaybeDone);
            assert!(open.is_none(), "{}: {open:?} is not done", it.client);
            for message in 0..self.messages.len() {
                self.judge_debt(session, message);
            }
            self.judge_requests(session);
        }
        self.judge_shares();
    }

    fn judge_debt(&self, session: usize, message: usize) {
        let (it, from) = (&self.sessions[session], &self.messages[message]);
        // Empty ones look alike: which of them was late cannot be told.
        let is_known = !from.payload.is_empty() || from.span.lo == from.span.hi;
        if it.done.contains(&message) || !is_known || !self.is_owed(session, message) {
            return;
        }
        // Of those that look alike nobody can say which has come.
        let alike = || self.alike(&from.topic, &from.payload);
        let is_alike = |claim: &Claim| match *claim {
            Claim::Match { session: other, message } => {
                other == session && alike().any(|at| at == message)
            }
            _ => false,
        };
        let copies = self.claimed.get(&from.topic).into_iter().flatten();
        let came = copies.filter(|copy| copy.claims.iter().any(is_alike)).count();
        let owed = alike().filter(|at| self.is_owed(session, *at)).count();
        let [sure, _] = self.matching(session, message);
        assert!(owed <= came, "{} has not got {from:?}: {sure:?}", it.client);
    }

    /// True if a session must have got a message.
    fn is_owed(&self, session: usize, message: usize) -> bool {
        let (it, from) = (&self.sessions[session], &self.messages[message]);
        let may_be_lost = !from.is_sure
            || from.span.hi == u64::MAX
            || from.span.lo <= it.begun
            || from.is_over(self.now)
            || it.excused.contains(&message)
            || !self.has_room(session, from);
        let [sure, _] = self.matching(session, message);
        let qos = sure.iter().map(|it| it.qos).max().unwrap_or_default().min(from.qos);
        // What waited when a client unsubscribed may still be sent, or not.
        let is_open = sure.iter().any(|it| it.ends.lo == u64::MAX);
        !may_be_lost && qos > QoS::AtMostOnce && is_open
    }

    /// Each shared subscription has got each message.
    fn judge_shares(&self) {
        let all = self.sessions.iter().flat_map(|it| &it.subscriptions);
        let texts: BTreeSet<_> = all.filter(|it| it.is_shared).map(|it| &it.text).collect();
        for (text, message) in
            texts.into_iter().flat_map(|text| (0..self.messages.len()).map(move |at| (text, at)))
        {
            let from = &self.messages[message];
            let claim = Claim::Share { message, text: text.clone() };
            let may_move = self.may_have_moved(text, from);
            // A copy that went from one member to another may be for either of several, and one that looks like
            // what nobody owes may be for the shared subscription. Of those that look alike any may have come.
            let is_open = |it: &Copy| match *it.claim() {
                Claim::Match { session, message } => !self.is_owed(session, message),
                Claim::Request { .. } => true,
                Claim::Share { message: other, ref text } => {
                    may_move || other != message || !self.is_owed_to_share(text, other)
                }
            };
            let copies = self.claimed.get(&from.topic).map_or(&[][..], |all| all);
            let has_gone = || {
                copies.iter().any(|it| *it.claim() == claim)
                    || may_be_for(copies, &claim, &is_open, &mut Vec::new())
            };
            let is_owed = self.is_owed_to_share(text, message);
            assert!(!is_owed || has_gone(), "nobody of {text} has got {from:?}");
        }
    }

    /// True if a message may have gone from one member of a shared subscription to another.
    fn may_have_moved(&self, text: &str, from: &Message) -> bool {
        self.losses.get(text).is_some_and(|lost| *lost >= from.span.lo)
    }

    /// True if some member of a shared subscription must have got a message.
    fn is_owed_to_share(&self, text: &str, message: usize) -> bool {
        let from = &self.messages[message];
        let may_move = self.may_have_moved(text, from);
        let is_small = self.rules.has_small_queues();
        let was_lost = may_move && (from.qos == QoS::ExactlyOnce || is_small);
        if was_lost || !from.is_sure || from.is_over(self.now) {
            return false;
        }
        let members = self.sessions.iter().enumerate().flat_map(|(number, it)| {
            it.subscriptions.iter().map(move |subscription| (number, subscription))
        });
        // What moves may also go to a member that came behind it, for which the same holds.
        let may_get =
            |it: &Subscribed| it.may_match(from) || may_move && it.ends.hi >= from.span.lo;
        let members = members.filter(|(_, it)| it.text == *text && may_get(it));
        let (mut is_owed, mut may_be_lost) = (false, false);
        for (session, it) in members {
            is_owed |= it.is_in_force(from);
            may_be_lost |= it.qos.min(from.qos) == QoS::AtMostOnce
                || it.ends.lo != u64::MAX
                // What it gets after a crash of which nothing is known is not looked at.
                || !self.sessions[session].is_honest
                || self.sessions[session].conn.is_none()
                || self.sessions[session].excused.contains(&message)
                || !self.has_room(session, from);
        }
        is_owed && !may_be_lost
    }
}

/// True if one of the copies may be for this instead: nobody else is owed it, or another copy may be for that.
fn may_be_for(
    copies: &[Copy],
    claim: &Claim,
    is_open: &dyn Fn(&Copy) -> bool,
    seen: &mut Vec<Claim>,
) -> bool {
    copies.iter().filter(|it| it.claims.contains(claim)).any(|it| {
        let is_new = !seen.contains(it.claim()) && it.claim() != claim;
        if is_new {
            seen.push(it.claim().clone());
        }
        is_open(it) || is_new && may_be_for(copies, it.claim(), is_open, seen)
    })
}
