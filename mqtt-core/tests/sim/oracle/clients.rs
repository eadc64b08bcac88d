//! How connections and sessions begin and end, and what becomes of wills.

use super::{Conn, Oracle, Session, Span};
use mqtt_core::{Closed, ConnId, ReasonCode, Timer, Version};
use std::collections::{BTreeSet, HashMap};

impl Oracle {
    /// The broker has accepted a client.
    pub(crate) fn connected(&mut self, id: ConnId, client: &str, session_present: bool) {
        let conn = self.conn(id);
        let tick = self.next_tick();
        let hello = self.conns[conn].connect.clone().expect("CONNECT was sent");
        let is_honest = self.conns[conn].is_honest;
        assert!(hello.client.is_empty() || hello.client == client, "{client}");
        assert!(!self.conns[conn].is_refused, "{client}");
        let old = self.current.get(client).copied();
        if let Some(old) = old {
            if let Some(old_conn) = self.sessions[old].conn {
                self.seen.insert("taken over");
                self.conns[old_conn].is_taken_over = true;
                self.left(old);
            }
            if hello.clean && self.sessions[old].ended.is_none() {
                self.end(old);
            }
        }
        // One whose end is not known may have ended just now, before the store has told of it.
        let may_be_over =
            |it: &Session| it.ended.is_none() && it.unsure.is_some_and(|(lo, _)| self.now >= lo);
        if let Some(old) = old.filter(|old| !session_present && may_be_over(&self.sessions[*old])) {
            self.end(old);
        }
        let resumed = old.filter(|old| self.sessions[*old].ended.is_none());
        if is_honest {
            assert_eq!(session_present, resumed.is_some(), "{client}");
        }
        self.seen.insert(if resumed.is_some() { "resumed" } else { "new" });
        let expiry = hello.expiry.min(self.rules.max_session_expiry);
        let session = resumed.unwrap_or_else(|| {
            self.sessions.push(Session {
                client: client.to_owned(),
                version: hello.version,
                is_honest,
                conn: None,
                begun: tick,
                ended: None,
                expiry,
                subscriptions: Vec::new(),
                requests: Vec::new(),
                flights: Vec::new(),
                received: HashMap::new(),
                done: BTreeSet::new(),
                load: 0,
                load_bytes: 0,
                backlog: 0,
                since: tick,
                excused: BTreeSet::new(),
                last: HashMap::new(),
                copies: HashMap::new(),
                will: None,
                will_due: None,
                ends: None,
                max_packet: u32::MAX,
                was_slow: false,
                left: None,
                is_safe: false,
                terms: Vec::new(),
                unsure: None,
            });
            self.sessions.len() - 1
        });
        self.current.insert(client.to_owned(), session);
        let it = &mut self.sessions[session];
        (it.conn, it.expiry, it.version) = (Some(conn), expiry, hello.version);
        (it.will, it.will_due, it.ends) = (hello.will, None, None);
        (it.left, it.unsure) = (None, None);
        (it.backlog, it.since) = (0, tick);
        let is_known = it.is_honest;
        it.was_slow |= self.conns[conn].is_slow;
        it.max_packet = it.max_packet.min(hello.max_packet);
        // Another member may have got it in between.
        for flight in it.flights.iter_mut().filter(|it| it.is_shared) {
            if flight.qos < mqtt_core::QoS::ExactlyOnce {
                flight.phase = super::Phase::MaybeDone;
            }
        }
        self.note_terms(session);
        let it = &mut self.conns[conn];
        (it.session, it.session_present) = (Some(session), resumed.is_some());
        // Of what a crash has left of it nothing is known.
        it.is_honest &= is_known;
        self.catch_up(conn);
    }

    /// The transport of a connection has come to its end.
    pub(crate) fn eof(&mut self, id: ConnId) {
        let conn = self.conn(id);
        self.conns[conn].has_eof = true;
    }

    /// The broker has ended a connection, or has learnt of its end.
    pub(crate) fn closed(&mut self, id: ConnId, reason: Closed) {
        let conn = self.conn(id);
        self.next_tick();
        let it = &mut self.conns[conn];
        assert!(!it.is_closed, "it ends twice");
        it.is_closed = true;
        it.early.clear();
        let silent = self.now - it.heard_packet;
        let is_fair = match reason {
            Closed::Eof => it.has_eof && (it.goodbye.is_none() || !it.pending.is_empty()),
            Closed::Disconnect(code) => it.goodbye.is_some_and(|(said, _)| said == code),
            Closed::TakenOver => it.is_taken_over,
            // What it says is not read if it does not take what it is sent.
            Closed::Timeout(Timer::KeepAlive) => it.connect.as_ref().is_some_and(|hello| {
                it.is_slow || self.rules.waits() || silent >= u64::from(hello.keep_alive) * 1500
            }),
            Closed::Timeout(_) => it.session.is_none() && self.now - it.opened >= 30_000,
            Closed::Local => self.rules.drops_slow || it.is_refused,
            _ => false,
        };
        assert!(is_fair || !it.is_honest, "{reason:?}: {it:?}");
        self.seen.insert(match reason {
            Closed::Eof => "end of transport",
            Closed::Disconnect(_) => "DISCONNECT",
            Closed::TakenOver => "session taken over",
            Closed::Timeout(_) => "timeout",
            Closed::Local if it.is_refused => "refused",
            Closed::Local => "slow consumer",
            _ => "fault",
        });
        let session = it.session;
        if reason == Closed::Local {
            self.doubt(conn);
        }
        let it = &self.conns[conn];
        let Some(session) = session else { return };
        if self.sessions[session].conn != Some(conn) {
            return;
        }
        if let (Closed::Disconnect(code), Some((_, expiry))) = (reason, it.goodbye) {
            let is_v3 = self.sessions[session].version != Version::V5;
            let it = &mut self.sessions[session];
            if is_v3 || code == ReasonCode::NORMAL_DISCONNECTION {
                it.will = None;
            }
            if let Some(expiry) = expiry {
                it.expiry = expiry.min(self.rules.max_session_expiry);
            }
        }
        self.left(session);
    }

    /// A session has no connection any more.
    fn left(&mut self, session: usize) {
        let (now, tick) = (self.now, self.next_tick());
        let it = &mut self.sessions[session];
        (it.conn, it.left) = (None, Some(now));
        // What was written may have waited for the store.
        it.was_slow |= self.rules.gates;
        for subscription in it.subscriptions.iter().filter(|it| it.is_shared) {
            self.losses.insert(subscription.text.clone(), tick);
        }
        let after = |seconds: u32| now + u64::from(seconds) * 1000;
        it.ends = (it.expiry < u32::MAX).then(|| after(it.expiry));
        it.will_due = it.will.as_ref().map(|will| after(will.delay.min(it.expiry)));
        self.note_terms(session);
        self.due(session);
    }

    pub(super) fn due(&mut self, session: usize) {
        let now = self.now;
        let it = &self.sessions[session];
        let ends = it.ends.is_some_and(|at| at <= now);
        if it.will_due.is_some_and(|at| at <= now) {
            self.publish_will(session);
        }
        if ends {
            self.end(session);
        }
    }

    fn publish_will(&mut self, session: usize) {
        let tick = self.next_tick();
        let it = &mut self.sessions[session];
        it.will_due = None;
        let Some(will) = it.will.take() else { return };
        let mut message = will.message;
        message.span = self.window.unwrap_or(Span { lo: tick, hi: tick });
        message.came = [self.now; 2];
        self.wills += 1;
        let is_late = will.delay > 0;
        self.seen.insert(if is_late { "will, delayed" } else { "will" });
        self.trace.note(|| format!("will of {}", message.publisher));
        let message = self.came(message);
        self.unsafe_wills.push(message);
        self.note_terms(session);
    }

    /// A session ends.
    pub(crate) fn end(&mut self, session: usize) {
        self.publish_will(session);
        let tick = self.next_tick();
        let it = &mut self.sessions[session];
        let span = self.window.unwrap_or(Span { lo: tick, hi: tick });
        for subscription in &mut it.subscriptions {
            let ends = &mut subscription.ends;
            *ends = Span { lo: ends.lo.min(span.lo), hi: ends.hi.min(span.hi) };
            if subscription.is_shared {
                self.losses.insert(subscription.text.clone(), tick);
            }
        }
        it.ended = Some(tick);
        it.unsure = None;
        self.unsafe_ends.push(session);
        let it = &mut self.sessions[session];
        (it.ends, it.will_due) = (None, None);
        it.flights.clear();
        self.current.remove(&it.client);
    }

    /// The broker has done what was due by now.
    pub(crate) fn timeout(&mut self) {
        self.begin_window();
        for session in 0..self.sessions.len() {
            self.due(session);
        }
    }

    /// What happens now happens in no order that could be told.
    pub(super) fn begin_window(&mut self) {
        let lo = self.tick + 1;
        self.tick += 1000;
        self.window = Some(Span { lo, hi: self.tick });
    }

    /// The next moment, in milliseconds, at which something is due.
    pub(crate) fn next_due(&self) -> Option<u64> {
        let each = |it: &Session| it.will_due.into_iter().chain(it.ends).min();
        self.sessions.iter().filter_map(each).min()
    }

    /// Clients that have been silent for too long have no connection.
    pub(crate) fn judge_silence(&self) {
        // What waits behind a question, or for the store, may be a packet that was sent in time (MQTT-3.1.2-22).
        let waits = |it: &Conn| it.is_slow || it.is_asked || it.is_unread;
        for it in self.conns.iter().filter(|it| !it.is_closed && !waits(it)) {
            let keep_alive = it.connect.as_ref().map_or(0, |hello| hello.keep_alive);
            let silent = self.now - it.heard;
            let most = u64::from(keep_alive) * 1500;
            assert!(
                keep_alive == 0 || it.session.is_none() || silent <= most,
                "{:?} is silent for {silent} ms: {keep_alive} s, {it:?}",
                it.id
            );
        }
    }
}
