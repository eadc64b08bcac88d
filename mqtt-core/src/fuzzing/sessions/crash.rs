//! What the two sides of a world store, and what they forget.

use super::broker::Kept;
use super::disk::Disk;
use super::flow::Flow;
use super::side::Side;
use super::world::World;
use crate::{ClientConfig, ClientSession, SessionState, Version};
use core::time::Duration;
use std::vec::Vec;

/// The time of the world at the beginning, in milliseconds.
const UNIX: u64 = 1_700_000_000_000;

/// Takes the changes that a session tells.
fn take<S: Side>(session: &mut S, disk: &mut Disk, from_peer: &mut Flow) {
    while let Some(op) = session.poll_persist() {
        if let Some(id) = disk.take(&op) {
            from_peer.accepted(id, op.seq);
        }
    }
}

/// A snapshot in one page.
fn whole<S: Side>(session: &S) -> impl Fn(&mut Vec<u8>) {
    |out| assert_eq!(session.snapshot(None, usize::MAX, out), None)
}

impl World {
    pub(super) fn unix(&self) -> u64 {
        UNIX + self.now
    }

    pub(super) fn client_config(&self) -> ClientConfig {
        let mut config = self.setup.client_config();
        let (persist, disk) = (&mut config.session.persist, &self.disks[0]);
        (persist.epoch, persist.after) = (disk.epoch, disk.polled());
        config
    }

    /// Takes the changes of a side, of which what has happened is told first; they are what has changed.
    pub(super) fn poll_ops(&mut self, side: usize) {
        let stores = [self.setup.client.stores(), self.setup.server.stores()];
        if side == 0 {
            while self.poll_client() {}
            take(&mut self.client, &mut self.disks[0], &mut self.from_server);
            if stores[0] {
                self.disks[0].judge(whole(&self.client));
            }
            return;
        }
        while self.poll_server(usize::MAX) {}
        let Some(connection) = self.broker.accepted() else { return };
        let keeps = connection.keeps();
        if let Some(session) = &mut connection.session {
            take(session, &mut self.disks[1], &mut self.from_client);
            if stores[1] && keeps {
                self.disks[1].judge(whole(session));
            }
        }
    }

    /// A side stores its next changes, so many at most, and goes on.
    pub fn commit(&mut self, side: usize, most: usize) {
        self.poll_ops(side);
        self.disks[side].commit(most);
        let (now, seq) = (self.now(), self.disks[side].seq);
        if side == 0 {
            self.client.persisted(now, seq);
            self.learnt = self.learnt.filter(|learnt| *learnt > seq);
        } else if let Some(session) = self.broker.accepted().and_then(|it| it.session.as_mut()) {
            session.persisted(now, seq);
        } else if let Some(kept) = &mut self.broker.kept {
            kept.state.persisted(seq);
        }
    }

    /// The number of the last change that a side has stored.
    #[must_use]
    pub fn stored(&self, side: usize) -> u64 {
        self.disks[side].seq
    }

    /// A side takes a page of a snapshot.
    pub(super) fn page(&mut self, side: usize, max_bytes: usize) {
        self.poll_ops(side);
        let disk = &mut self.disks[side];
        if side == 0 {
            if self.setup.client.stores() && disk.polled() > 0 {
                let client = &self.client;
                let page = |cursor, max, out: &mut Vec<u8>| client.snapshot(cursor, max, out);
                disk.page(max_bytes, page, whole(client));
            }
        } else if let Some(connection) = self.broker.accepted().filter(|it| it.keeps()) {
            let Some(session) = connection.session.as_ref() else { return };
            if self.setup.server.stores() {
                let page = |cursor, max, out: &mut Vec<u8>| session.snapshot(cursor, max, out);
                disk.page(max_bytes, page, whole(session));
            }
        }
    }

    /// A process ends, whatever it was about, and another one goes on with what is stored.
    pub fn crash(&mut self, side: usize) {
        let gates = [self.setup.client.gates(), self.setup.server.gates()];
        if self.setup.version == Version::V31 && !gates[side] {
            // It cannot say that a session is lost.
            return;
        }
        self.poll_ops(side);
        match side {
            0 => self.crash_client(gates[0]),
            _ => self.crash_server(gates[1]),
        }
    }

    fn crash_client(&mut self, gates: bool) {
        self.seen.insert("client crashes");
        let stores = self.setup.client.stores();
        let disk = &mut self.disks[0];
        let lost = disk.crash();
        self.from_server.receiver_crashed(disk.seq, lost, gates || !stores);
        if self.is_up {
            self.is_up = false;
            let connection = self.broker.connections.last_mut().expect("a connection");
            connection.client_is_gone = true;
            connection.to_client.clear();
        }
        self.requests.clear();
        self.client_acks.clear();
        self.blocked[0] = false;
        let is_known = self.learnt.take().is_none_or(|learnt| learnt <= self.disks[0].seq);
        let state = self.disks[0].restored();
        // What it has of the session of before, it takes for the new one's.
        let is_asked = state.as_ref().is_some_and(SessionState::wants_clean_start);
        let disk = &self.disks[0];
        let has_old = disk.count(b"r") > 0 || !disk.open_ids().is_empty();
        let is_stale = !is_known && (!gates || !is_asked && has_old);
        if is_stale && gates {
            self.seen.insert("client forgets that its session was lost");
            self.not_judged += 1;
        }
        if stores && state.is_some() {
            let disk = &self.disks[0];
            self.from_client.sender_crashed(disk.seq, &disk.tokens(), lost, gates);
            self.watch.crash(disk.open_ids(), gates);
        } else {
            self.from_client.lost();
            self.watch.crash(Default::default(), false);
        }
        // With a gate nothing has left before there was something stored.
        let knows = state.is_some() || gates;
        if is_stale || !knows {
            self.void();
        }
        let config = self.client_config();
        self.wants_clean_start |= state.as_ref().map_or(!knows, SessionState::wants_clean_start);
        self.client = match state {
            Some(state) => ClientSession::resume(config, state),
            None => ClientSession::new(config),
        };
        self.client.set_unix_time(self.now(), self.unix());
    }

    /// The server's session ends with its connection, or now.
    fn void(&mut self) {
        match self.broker.accepted() {
            Some(connection) => connection.is_void = true,
            None => self.forget(),
        }
    }

    fn crash_server(&mut self, gates: bool) {
        self.seen.insert("server crashes");
        let (now, unix, version) = (self.now(), self.unix(), self.setup.version);
        let stores = self.setup.server.stores();
        let disk = &mut self.disks[1];
        let lost = disk.crash();
        self.from_client.receiver_crashed(disk.seq, lost, gates || !stores);
        self.blocked[1] = false;
        let mut is_known = true;
        let mut will = None;
        let mut ids = disk.open_ids();
        if let Some(connection) = self.broker.accepted() {
            is_known = connection.is_known(version);
            // Without a gate it may have been accepted, and that be forgotten.
            let is_begun = connection.resumes || connection.begun <= self.disks[1].seq;
            let has_answer = connection.watch.exchange.packets > 1;
            assert!(is_begun || !gates || !has_answer, "CONNACK left too early");
            is_known &= is_begun;
            will = (connection.begun <= self.disks[1].seq).then_some(connection.has_will);
            connection.watch.crash(core::mem::take(&mut ids), gates && connection.keeps());
            ids = connection.watch.exchange.take_messages();
        }
        let kept = self.broker.kept.take();
        is_known &= kept.as_ref().is_none_or(|kept| kept.begun <= self.disks[1].seq);
        for connection in &mut self.broker.connections {
            // What has left still comes to the client.
            connection.session = None;
            connection.to_server.clear();
        }
        let disk = &mut self.disks[1];
        let Some(mut state) = disk.restored().filter(|_| stores) else {
            self.from_server.lost();
            return;
        };
        if state.session_expiry() == 0 || !is_known {
            self.from_server.lost();
            disk.end(&mut state);
            return;
        }
        if let Some(will) = will {
            assert_eq!(state.will().is_some(), will, "the will");
        }
        state.clear_will();
        assert!(state.will().is_none());
        while let Some(op) = state.poll_persist() {
            disk.take(&op);
        }
        self.from_server.sender_crashed(disk.seq, &disk.tokens(), lost, gates);
        let until = match (state.ends(), state.session_expiry()) {
            (Some(ends), _) => now.after(Duration::from_millis(ends.saturating_sub(unix))),
            (None, u32::MAX) => now.after(Duration::MAX),
            (None, seconds) => now.after(Duration::from_secs(seconds.into())),
        };
        if let (Some(kept), Some(_), true) = (&kept, state.ends(), lost == 0) {
            assert!(kept.until <= now || kept.until >= until, "the end is another one");
        }
        self.broker.kept = Some(Kept { state, messages: ids, acks: Vec::new(), until, begun: 0 });
    }

    /// At the end nothing is stored of what is done.
    pub(super) fn judge_disks(&self) {
        let gates = self.setup.client.gates() && self.setup.server.gates();
        for disk in &self.disks {
            assert_eq!(disk.count(b"mp"), 0, "messages that are done are stored");
            assert!(!gates || disk.count(b"r") == 0, "identifiers that are free are stored");
        }
    }
}
