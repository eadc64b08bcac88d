//! The server of a world: its connections, and the session it keeps between them.

use super::commands::{acknowledge, codes_for, due};
use super::side::tried;
use super::watch::Watch;
use super::world::{NAME, Setup, WILL, World, name};
use crate::fuzzing::Source;
use crate::{
    AckToken, CloseReason, ConnAck, Disconnect, Event, Instant, PacketId, Properties, QoS,
    ReasonCode, ReasonCodes, Sender, ServerConfig, ServerSession, SessionState, SubAck, Timer,
    UnsubAck, UsageError, Version,
};
use bytes::Buf;
use core::time::Duration;
use std::collections::BTreeSet;
use std::vec::Vec;

/// The connections of the client of which the server does not know that they are over, and its session.
#[derive(Default)]
pub(super) struct Broker {
    /// The last is that of the client, if it has one.
    pub(super) connections: Vec<Connection>,
    pub(super) kept: Option<Kept>,
}

/// One connection, and the bytes under way on it.
pub(super) struct Connection {
    /// Until its end is told.
    pub(super) session: Option<ServerSession>,
    pub(super) watch: Watch,
    pub(super) to_server: Vec<u8>,
    pub(super) to_client: Vec<u8>,
    /// No more bytes come from the client.
    pub(super) client_is_gone: bool,
    pub(super) is_accepted: bool,
    /// The session of before goes on.
    pub(super) resumes: bool,
    /// The client does not know of the session any more.
    pub(super) is_void: bool,
    pub(super) has_will: bool,
    /// The change with which the connection is stored.
    pub(super) begun: u64,
    keep_alive: Duration,
    /// When something was last sent, in milliseconds.
    last_taken: u64,
    acks: Vec<(AckToken, u64)>,
    /// Requests that are not answered: subscribes or not, with the number of filters.
    requests: Vec<(PacketId, bool, usize)>,
}

/// A session without a connection.
pub(super) struct Kept {
    pub(super) state: SessionState,
    /// Messages that are not done, by what was on the wire.
    pub(super) messages: BTreeSet<PacketId>,
    pub(super) acks: Vec<(AckToken, u64)>,
    pub(super) until: Instant,
    /// The change with which it began, on its last connection.
    pub(super) begun: u64,
}

impl Broker {
    /// A transport is there. What has not come of a CONNECT of before does not come any more: it would
    /// take over the session from this one.
    pub(super) fn opened(&mut self, setup: &Setup, epoch: u64, now: Instant, unix: u64) {
        self.connections.retain(|it| it.is_accepted);
        let mut session = setup.server.session.clone();
        session.persist.epoch = epoch;
        let config = ServerConfig { session, ..ServerConfig::default() };
        let mut session = ServerSession::new(config, now);
        session.set_unix_time(now, unix);
        self.connections.push(Connection {
            session: Some(session),
            watch: Watch::new(Sender::Server, setup.version),
            to_server: Vec::new(),
            to_client: Vec::new(),
            client_is_gone: false,
            is_accepted: false,
            resumes: false,
            is_void: false,
            begun: 0,
            has_will: false,
            keep_alive: Duration::ZERO,
            last_taken: now.as_millis(),
            acks: Vec::new(),
            requests: Vec::new(),
        });
    }

    /// The session of the last connection, if it is open.
    pub(super) fn open(&mut self) -> Option<&mut ServerSession> {
        let session = self.connections.last_mut()?.session.as_mut()?;
        session.is_connected().then_some(session)
    }

    /// Moves bytes; gives how many the client's connection has taken.
    pub(super) fn carry(&mut self, now: Instant, to_server: usize, to_client: usize) -> usize {
        self.connections.retain(|it| it.session.is_some() || !it.client_is_gone);
        let mut taken = 0;
        for connection in &mut self.connections {
            taken = connection.carry(now, to_server, to_client);
        }
        taken
    }

    pub(super) fn due(&mut self, now: Instant) {
        for session in self.connections.iter_mut().filter_map(|it| it.session.as_mut()) {
            due(session, now);
        }
    }

    /// The connection that has the session.
    pub(super) fn accepted(&mut self) -> Option<&mut Connection> {
        self.connections.iter_mut().find(|it| it.is_accepted && it.session.is_some())
    }

    /// The session is forgotten, unless it has a connection; gives it, if there was one.
    fn forget(&mut self) -> Option<Kept> {
        let has_connection =
            self.connections.iter().any(|it| it.is_accepted && it.session.is_some());
        self.kept.take_if(|_| !has_connection)
    }
}

impl Connection {
    fn carry(&mut self, now: Instant, to_server: usize, to_client: usize) -> usize {
        let Some(session) = &mut self.session else {
            self.to_server.clear();
            return 0;
        };
        let is_connected = session.is_connected();
        let mut out = session.transmit();
        let len = out.remaining().min(to_client);
        if len > 0 && is_connected {
            self.last_taken = now.as_millis();
        }
        let bytes = out.copy_to_bytes(len);
        self.watch.sends(&bytes);
        if !self.client_is_gone {
            self.to_client.extend_from_slice(&bytes);
        }
        let len = self.to_server.len().min(to_server);
        // After the end all are taken, and ignored.
        let is_up = session.wants_input() > 0;
        let taken = session.handle_input(now, &self.to_server[..len]);
        if is_up {
            self.watch.gets(&self.to_server[..taken], now.as_millis());
        }
        self.to_server.drain(..taken);
        if self.client_is_gone && self.to_server.is_empty() {
            session.handle_eof(now);
        }
        taken
    }

    /// True if its session outlives it, or may.
    pub(super) fn keeps(&self) -> bool {
        self.resumes || self.session.as_ref().is_some_and(|it| it.session_expiry() > 0)
    }

    /// A client that may not know of a new session would take it for the one of before. 3.1 has no way to
    /// say so.
    pub(super) fn is_known(&self, version: Version) -> bool {
        let is_known = self.resumes || self.watch.exchange.packets > 1;
        is_known && !self.is_void || version == Version::V31
    }

    /// What is still to be sent goes out, then the transport is closed.
    fn close(&mut self) -> Option<ServerSession> {
        let mut session = self.session.take()?;
        let mut out = session.transmit();
        let len = out.remaining();
        let bytes = out.copy_to_bytes(len);
        self.watch.sends(&bytes);
        if !self.client_is_gone {
            self.to_client.extend_from_slice(&bytes);
        }
        self.to_server.clear();
        Some(session)
    }
}

impl World {
    /// Polls the connections of the server so often at most.
    pub(super) fn poll_server(&mut self, most: usize) -> bool {
        let mut events = 0;
        let mut at = 0;
        while at < self.broker.connections.len() && events < most {
            match self.poll_connection(at) {
                true => events += 1,
                false => at += 1,
            }
        }
        events > 0
    }

    /// Polls one connection once.
    fn poll_connection(&mut self, at: usize) -> bool {
        let millis = self.now;
        let Some(connection) = self.broker.connections.get_mut(at) else { return false };
        let keeps = connection.keeps();
        let Some(session) = &mut connection.session else { return false };
        let Some(event) = session.poll_event() else { return false };
        self.seen.insert(name(&event));
        match event {
            Event::Connect(connect) => {
                assert_eq!((connect.client_id, connect.version), (NAME, self.setup.version));
                connection.has_will = connect.will.is_some();
                connection.keep_alive = Duration::from_secs(connect.keep_alive.into());
                let clean_start = connect.clean_start;
                self.accept(at, clean_start);
            }
            Event::Message { publish, ack, seq } => {
                let seq = self.setup.server.seq_of(&publish, seq);
                // Nothing is stored of a session that ends with its connection.
                let seq = seq.or((!keeps).then_some(0));
                let number = self.from_client.arrived(&publish, millis, seq);
                connection.acks.extend(ack.map(|ack| (ack, number)));
            }
            Event::Published { token, reason, .. } => self.from_server.published(token, reason),
            Event::Dropped { token, why } => self.from_server.dropped(token, why, millis),
            Event::Writable => self.blocked[1] = false,
            Event::Subscribe(packet) => {
                let request = (packet.packet_id, true, packet.filters.iter().count());
                connection.requests.push(request);
            }
            Event::Unsubscribe(packet) => {
                let request = (packet.packet_id, false, packet.filters.iter().count());
                connection.requests.push(request);
            }
            Event::Closed(reason) => {
                let exchange = &connection.watch.exchange;
                let is_v5 = self.setup.version == Version::V5;
                let is_fair = match reason {
                    // Packets that have come are told before.
                    CloseReason::Eof => exchange.goodbye.is_none() || !connection.is_accepted,
                    CloseReason::Local | CloseReason::TakenOver => true,
                    CloseReason::Disconnect(packet) => exchange.goodbye == Some(packet.reason),
                    CloseReason::Timeout(Timer::KeepAlive) => {
                        let since = |last| Duration::from_millis(millis - last);
                        let silence = connection.keep_alive * 3 / 2;
                        // What has come may wait because nothing that is to be sent is taken.
                        let is_long = since(exchange.last_received) >= silence
                            || since(connection.last_taken) >= silence;
                        !silence.is_zero() && is_long
                    }
                    CloseReason::Timeout(timer) => timer == Timer::Connect,
                    _ => false,
                };
                assert!(is_fair, "{reason:?} at {millis}, {exchange:?}");
                let is_clean = |code| code == ReasonCode::NORMAL_DISCONNECTION || !is_v5;
                let is_taken_back =
                    matches!(reason, CloseReason::Disconnect(packet) if is_clean(packet.reason));
                self.ended(at, !is_taken_back);
            }
            other => panic!("{other:?}"),
        }
        true
    }

    /// Answers CONNECT. Other connections of the client end before.
    fn accept(&mut self, at: usize, clean_start: bool) {
        let now = self.now();
        for other in 0..self.broker.connections.len() {
            if other == at {
                continue;
            }
            let Some(session) = &mut self.broker.connections[other].session else { continue };
            // It may be closed, and that not be told.
            let _ = session.take_over(now);
            while self.broker.connections[other].session.is_some() {
                let told = self.poll_connection(other);
                assert!(told, "the end is not told");
            }
        }
        let kept = self.broker.kept.take().filter(|kept| !clean_start && kept.until > now);
        if kept.is_none() {
            self.from_server.lost();
        }
        let list = self.setup.server.properties(self.setup.version);
        let connection = &mut self.broker.connections[at];
        let Some(session) = &mut connection.session else { return };
        let session_present = kept.is_some() && self.setup.version != Version::V31;
        let properties = Properties::new(&list);
        let connack = ConnAck { session_present, properties, ..ConnAck::default() };
        let resumes = kept.is_some();
        let state = kept.map(|kept| {
            connection.watch.resume(kept.messages);
            connection.acks = kept.acks;
            kept.state
        });
        if state.is_none() {
            session.persist_after(self.disks[1].polled());
        }
        session.accept(now, &connack, state).expect("CONNECT waits");
        (connection.is_accepted, connection.resumes) = (true, resumes);
        connection.begun = session.persist_seq();
    }

    /// A connection of the server is over.
    fn ended(&mut self, at: usize, leaves_will: bool) {
        let now = self.now();
        let connection = &mut self.broker.connections[at];
        let Some(mut session) = connection.close() else { return };
        // What has no room may have some, for the next connection.
        let last = session.poll_event();
        assert!(matches!(last, None | Some(Event::Writable)), "{last:?}");
        assert_eq!(session.poll_event(), None);
        assert_eq!((session.poll_timeout(), session.wants_input()), (None, 0));
        let will = session.will();
        let is_due = connection.has_will && connection.is_accepted && leaves_will;
        assert_eq!(will.is_some(), is_due, "the will");
        if let Some(will) = will {
            assert_eq!((will.topic, will.payload), (WILL, &b"gone"[..]));
            assert_eq!(Some(will.qos), self.setup.will);
            assert_eq!(will.retain, will.qos == QoS::ExactlyOnce);
            self.seen.insert("will");
        }
        if !connection.is_accepted {
            return;
        }
        self.blocked[1] = false;
        let is_known = connection.is_known(self.setup.version);
        let expiry = if is_known { session.session_expiry() } else { 0 };
        let messages = connection.watch.exchange.take_messages();
        let acks = core::mem::take(&mut connection.acks);
        let begun = if connection.resumes { 0 } else { connection.begun };
        let mut state = session.into_state();
        while let Some(op) = state.poll_persist() {
            if let Some(id) = self.disks[1].take(&op) {
                self.from_client.accepted(id, op.seq);
            }
        }
        match expiry {
            0 => {
                self.from_server.lost();
                self.disks[1].end(&mut state);
            }
            _ => {
                let until = match expiry {
                    u32::MAX => now.after(Duration::MAX),
                    seconds => now.after(Duration::from_secs(seconds.into())),
                };
                self.broker.kept = Some(Kept { state, messages, acks, until, begun });
            }
        }
    }

    /// The server loses the session, if it has no connection.
    pub fn forget(&mut self) {
        if let Some(mut kept) = self.broker.forget() {
            self.from_server.lost();
            self.disks[1].end(&mut kept.state);
        }
    }

    /// The server says goodbye; as soon as all is done, if it waits.
    pub(super) fn server_disconnects(&mut self, waits: bool) {
        let now = self.now();
        let reason = ReasonCode::SERVER_SHUTTING_DOWN;
        let disconnect = Disconnect { reason, ..Disconnect::default() };
        let quiesces = self.quiesces;
        if let Some(server) = self.broker.open() {
            let result = tried(server, true, |it| match waits {
                true => it.quiesce(now, &disconnect),
                false => it.disconnect(now, &disconnect),
            });
            self.quiesces |= waits;
            // One that waits for the end may come to it when what it has to send is asked for.
            let is_over = quiesces && result == Err(UsageError::NotConnected);
            assert!(result.is_ok() || is_over, "{result:?}");
        }
    }

    /// The server acknowledges one of its messages, any of them.
    pub(super) fn server_acknowledges(&mut self, source: &mut dyn Source) {
        let now = self.now();
        if let Some(Connection { session: Some(session), acks, .. }) =
            self.broker.connections.last_mut()
        {
            let number = acknowledge(session, acks, now, source);
            number.into_iter().for_each(|number| self.from_client.acknowledged(number));
        }
    }

    /// The server answers one of the requests, any of them.
    pub(super) fn answer(&mut self, source: &mut dyn Source) {
        let (now, is_v5) = (self.now(), self.setup.version == Version::V5);
        let Some(connection) = self.broker.connections.last_mut() else { return };
        let (Some(session), false) = (&mut connection.session, connection.requests.is_empty())
        else {
            return;
        };
        let which = source.below(connection.requests.len() as u32) as usize;
        let (id, subscribes, count) = connection.requests.swap_remove(which);
        let codes = codes_for(count as u64 - 1);
        let result = tried(session, true, |it| match subscribes {
            true => it.suback(now, &SubAck { reasons: ReasonCodes::new(codes), ..SubAck::new(id) }),
            false => {
                let codes = &[ReasonCode::SUCCESS; 2][..if is_v5 { count } else { 0 }];
                let reasons = ReasonCodes::new(codes);
                it.unsuback(now, &UnsubAck { reasons, ..UnsubAck::new(id) })
            }
        });
        assert!(matches!(result, Ok(()) | Err(UsageError::UnknownToken)), "{result:?}");
    }
}
