//! What a crash of the broker may cost: all that was not promised, and was not safe for certain.

use super::{Oracle, Session, Span, Will};
use mqtt_core::QoS;

/// What is stored of a session beside what it has to do.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// In seconds.
    expiry: u32,
    will: Option<Will>,
    /// In milliseconds: since when it has no connection.
    left: Option<u64>,
}

/// What becomes of terms when a broker goes on: the end of the session, its will and when that is due.
type Outlook = (u64, Option<(u64, Vec<u8>)>);

impl Terms {
    fn outlook(&self, now: u64) -> Outlook {
        let after = |seconds: u32| self.left.unwrap_or(now) + u64::from(seconds) * 1000;
        let ends = if self.expiry == u32::MAX { u64::MAX } else { after(self.expiry) };
        let due = |will: &Will| (after(will.delay.min(self.expiry)), will.message.payload.clone());
        (ends, self.will.as_ref().map(due))
    }
}

impl Oracle {
    /// All that has happened is safe.
    pub(super) fn checkpoint(&mut self) {
        for it in self.sessions.iter_mut().filter(|it| it.ended.is_none() && it.unsure.is_none()) {
            let last = it.terms.len().saturating_sub(1);
            it.terms.drain(..last);
            it.is_safe = true;
        }
        self.unsafe_wills.clear();
        self.unsafe_ends.clear();
    }

    /// The terms of a session have changed.
    pub(super) fn note_terms(&mut self, session: usize) {
        let it = &mut self.sessions[session];
        if self.rules.gates {
            it.terms.push(Terms { expiry: it.expiry, will: it.will.clone(), left: it.left });
        }
    }

    /// A client was told that it is accepted: its session is safe, as this connection has begun it.
    pub(super) fn promised_session(&mut self, session: usize) {
        let it = &mut self.sessions[session];
        it.is_safe = true;
        let begins = it.terms.iter().rposition(|it| it.left.is_none()).unwrap_or(0);
        it.terms.drain(..begins);
    }

    /// A client was told that it is subscribed.
    pub(super) fn promised_subscriptions(&mut self, session: usize, made: &[usize]) {
        let tick = self.tick;
        let all = &mut self.sessions[session].subscriptions;
        for at in made.iter().copied() {
            all[at].begins.hi = all[at].begins.hi.min(tick);
            let (before, rest) = all.split_at_mut(at);
            for old in before.iter_mut().filter(|old| old.text == rest[0].text) {
                old.ends.hi = old.ends.hi.min(tick);
            }
        }
    }

    /// A client was told that it is not subscribed any more, as it asked at this tick.
    pub(super) fn promised_ends(&mut self, session: usize, texts: &[String], asked: u64) {
        let tick = self.tick;
        let all = self.sessions[session].subscriptions.iter_mut();
        for old in all.filter(|it| texts.contains(&it.text) && it.ends.lo <= asked) {
            old.ends.hi = old.ends.hi.min(tick);
        }
    }

    /// The broker dies, and all connections with it.
    pub(crate) fn crashed(&mut self) {
        let (tick, now) = (self.next_tick(), self.now);
        self.seen.insert("crash");
        self.was_stalled = self.is_stalled;
        self.by_id.clear();
        for conn in &mut self.conns {
            conn.is_closed = true;
            conn.early.clear();
            conn.pending.clear();
            conn.recent.clear();
        }
        self.prompt.clear();
        // What was not acknowledged may not have come.
        for message in self.messages.iter_mut().filter(|it| it.span.hi == u64::MAX) {
            (message.is_sure, message.span.hi, message.came[1]) = (false, tick, now);
        }
        for will in core::mem::take(&mut self.unsafe_wills) {
            self.messages[will].is_sure = false;
        }
    }

    /// Another broker goes on, with the sessions that `has` says.
    pub(crate) fn restored(&mut self, has: impl Fn(&str) -> bool) {
        self.begin_window();
        (self.wills, self.possible_wills) = (0, 0);
        let ended = core::mem::take(&mut self.unsafe_ends);
        // Their end was not safe. What is left of them nobody knows.
        for session in ended.iter().copied() {
            let client = self.sessions[session].client.clone();
            let next = self.current.get(&client).copied();
            if next.is_some_and(|next| self.sessions[next].is_safe) {
                continue;
            }
            if !has(&client) {
                // It may have ended again at once, which is not safe either.
                self.may_publish_wills(session);
                self.unsafe_ends.push(session);
                continue;
            }
            self.seen.insert("crash, undone");
            let it = &mut self.sessions[session];
            it.subscriptions.iter_mut().for_each(|it| it.ends.hi = u64::MAX);
            match next {
                Some(next) => {
                    // What there is may be either.
                    let terms = it.terms.clone();
                    let next = &mut self.sessions[next];
                    next.is_honest = false;
                    next.terms.splice(0..0, terms);
                }
                None => {
                    (it.ended, it.is_honest) = (None, false);
                    it.unsure = Some((0, u64::MAX));
                    self.current.insert(it.client.clone(), session);
                }
            }
        }
        let all: Vec<_> = self.current.values().copied().collect();
        for session in all {
            let exists = has(&self.sessions[session].client);
            self.survive(session, exists);
        }
    }

    /// A session that there was may go on.
    fn survive(&mut self, session: usize, exists: bool) {
        let (now, tick, stalled) = (self.now, self.next_tick(), self.was_stalled);
        let it = &mut self.sessions[session];
        it.conn = None;
        it.was_slow |= stalled;
        it.requests.iter_mut().for_each(|request| request.is_certain = false);
        for subscription in it.subscriptions.iter().filter(|it| it.is_shared) {
            self.losses.insert(subscription.text.clone(), tick);
            if stalled {
                self.torn.insert(subscription.text.clone(), tick);
            }
        }
        let outlooks: Vec<Outlook> = it.terms.iter().map(|terms| terms.outlook(now)).collect();
        let is_exact = it.is_safe
            && it.is_honest
            && it.unsure.is_none()
            && outlooks.iter().all(|it| *it == outlooks[0]);
        let (client, last) = (it.client.clone(), it.terms.last().cloned());
        let last = last.expect("the terms of a session");
        if is_exact {
            let (ends, will) = outlooks[0].clone();
            assert_eq!(
                exists,
                ends > now,
                "{client}: a session after a crash, {now}: {:?}",
                it.terms
            );
            it.left = last.left.or(Some(now));
            (it.expiry, it.will) = (last.expiry, last.will.clone());
            it.ends = (ends < u64::MAX).then_some(ends);
            it.will_due = will.map(|(due, _)| due);
            it.terms = vec![last];
            self.seen.insert(if exists { "crash, goes on" } else { "crash, expired" });
            self.note_terms(session);
            self.due(session);
            return;
        }
        let is_known = it.is_safe && it.is_honest && it.unsure.is_none();
        let ends = outlooks.iter().map(|it| it.0);
        let (lo, hi) = (ends.clone().min().unwrap_or(0), ends.max().unwrap_or(u64::MAX));
        let (lo, hi) = if is_known { (lo, hi) } else { (0, u64::MAX) };
        assert!(exists || lo <= now, "{client}: no session after a crash");
        assert!(!exists || hi > now, "{client}: a session after its end");
        it.unsure = Some((lo, hi));
        (it.will, it.will_due, it.ends) = (None, None, None);
        // Who had a connection has lost it now; the next crash may undo that too.
        let lost: Vec<_> = it.terms.iter().filter(|terms| terms.left.is_none()).cloned().collect();
        it.terms.extend(lost.into_iter().map(|terms| Terms { left: Some(now), ..terms }));
        self.may_publish_wills(session);
        if !exists {
            self.end(session);
        }
    }

    /// The wills that a session may have are published now or later, or not.
    fn may_publish_wills(&mut self, session: usize) {
        let mut wills: Vec<Will> = Vec::new();
        for will in self.sessions[session].terms.iter().filter_map(|terms| terms.will.as_ref()) {
            if wills.iter().all(|it| it.message.payload != will.message.payload) {
                wills.push(will.clone());
            }
        }
        for will in wills {
            let mut message = will.message;
            (message.span, message.is_sure) = (Span { lo: self.tick, hi: u64::MAX }, false);
            message.came = [self.now, u64::MAX];
            self.possible_wills += 1;
            self.came(message);
        }
    }

    /// Sessions whose end is not known may have ended: `has` says which are there.
    pub(crate) fn resolve(&mut self, has: impl Fn(&str) -> bool) {
        let open = |session: &usize| self.sessions[*session].unsure.is_some();
        let open: Vec<_> = self.current.values().copied().filter(open).collect();
        for session in open {
            let it: &Session = &self.sessions[session];
            let Some((lo, hi)) = it.unsure else { continue };
            if has(&it.client) {
                assert!(self.now < hi, "{} still has a session", it.client);
            } else {
                assert!(self.now >= lo, "{} has no session any more", it.client);
                self.end(session);
            }
        }
    }

    /// A QoS 2 message comes again. If it was not acknowledged when the broker crashed, it may have gone out before,
    /// and not be known; if `may_be_new`, it may go out again.
    pub(super) fn comes_again(
        &mut self,
        message: usize,
        span: Span,
        came: [u64; 2],
        may_be_new: bool,
    ) {
        let it = &mut self.messages[message];
        if it.is_denied || it.qos < QoS::ExactlyOnce || it.is_sure && !may_be_new {
            return;
        }
        let mut twin = it.clone();
        if it.is_sure {
            (twin.is_sure, twin.span, twin.came) = (false, span, came);
            self.seen.insert("QoS 2 again, refused");
        } else {
            (it.is_sure, it.span.hi, it.came[1]) = (true, span.hi, came[1]);
            self.seen.insert("QoS 2 again, crash");
        }
        self.came(twin);
    }
}
