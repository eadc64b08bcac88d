//! A client and a server joined by a network that chops, delays and breaks.

use super::broker::Broker;
use super::commands::codes_for;
use super::disk::Disk;
use super::flow::Flow;
use super::party::Party;
use super::watch::Watch;
use crate::fuzzing::Source;
use crate::{
    AckMode, AckToken, ClientConfig, ClientSession, CloseReason, Connect, DropReason, Event,
    Instant, Properties, Property, QoS, Sender, SessionLost, SessionStart, Timer, Version, Will,
};
use bytes::Buf;
use std::{collections::BTreeSet, format, string::String, vec::Vec};

/// How both sides are set up.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) version: Version,
    pub(super) client: Party,
    pub(super) server: Party,
    keep_alive: u16,
    /// In seconds, of CONNECT (5.0).
    pub(super) expiry: u32,
    session_lost: SessionLost,
    pub(super) will: Option<QoS>,
}

/// A client and a server joined by a network that chops, delays and breaks.
///
/// What is checked at each step: messages arrive once, or at least once, in order, and are told to be
/// done, or gone, once; what is on the wire is legal, and within what the other side takes; nothing
/// ends without a reason; memory has a bound.
pub struct World {
    pub(super) setup: Setup,
    /// In milliseconds.
    pub(super) now: u64,
    pub(super) client: ClientSession,
    pub(super) watch: Watch,
    /// The client has a transport, which is that of the last of the broker's connections.
    pub(super) is_up: bool,
    pub(super) broker: Broker,
    pub(super) from_client: Flow,
    pub(super) from_server: Flow,
    /// Tokens of messages, and their numbers.
    pub(super) client_acks: Vec<(AckToken, u64)>,
    /// What the client and the server have stored.
    pub(super) disks: [Disk; 2],
    /// The client has learnt that the server's session is a new one: the change with which that is stored.
    pub(super) learnt: Option<u64>,
    /// A clean start was asked for, and has not been answered: it is asked for again.
    pub(super) wants_clean_start: bool,
    /// The last CONNECT did.
    was_clean_start: bool,
    /// One of the sides was asked to end when all is done.
    pub(super) quiesces: bool,
    /// A command was turned away, and it was not told since that there is room.
    pub(super) blocked: [bool; 2],
    pub(super) next_request: u64,
    /// How often a client with a gate died after CONNACK without Session Present, before it had stored that, with
    /// messages of the session before in its store: a gap of the protocol, see docs/durability.md. What comes of it is
    /// not judged; the server's new session ends too.
    pub not_judged: usize,
    /// What has happened at all, in words.
    pub seen: BTreeSet<&'static str>,
    /// Requests of this connection that are not answered.
    pub(super) requests: Vec<u64>,
}

impl Setup {
    pub(super) fn client_config(&self) -> ClientConfig {
        ClientConfig {
            version: self.version,
            session: self.client.session.clone(),
            session_lost: self.session_lost,
            ..ClientConfig::default()
        }
    }
}

pub(super) const NAME: &str = "client";
pub(super) const WILL: &str = "will";

impl World {
    /// Two sides as the source chooses.
    pub fn new(source: &mut dyn Source) -> Self {
        let version = [Version::V5, Version::V311, Version::V31][source.below(3) as usize];
        let setup = Setup {
            version,
            client: Party::new(source),
            server: Party::new(source),
            keep_alive: [0, 5, 30][source.below(3) as usize],
            expiry: [u32::MAX, 0, 20, 100][source.below(4) as usize],
            session_lost: [SessionLost::Drop, SessionLost::PublishAgain][source.below(2) as usize],
            will: [None, Some(QoS::AtMostOnce), Some(QoS::ExactlyOnce)][source.below(3) as usize],
        };
        Self::of(setup)
    }

    /// Two sides without limits.
    pub fn plain(version: Version, ack: AckMode) -> Self {
        struct First;
        impl Source for First {
            fn below(&mut self, _: u32) -> u32 {
                0
            }
        }
        let mut party = Party::new(&mut First);
        party.session.ack = ack;
        Self::of(Setup {
            version,
            client: party.clone(),
            server: party,
            keep_alive: 0,
            expiry: u32::MAX,
            session_lost: SessionLost::Drop,
            will: None,
        })
    }

    fn of(setup: Setup) -> Self {
        let mut world = Self {
            now: 0,
            client: ClientSession::new(setup.client_config()),
            watch: Watch::new(Sender::Client, setup.version),
            is_up: false,
            broker: Broker::default(),
            from_client: Flow::default(),
            from_server: Flow::default(),
            client_acks: Vec::new(),
            disks: Default::default(),
            learnt: None,
            wants_clean_start: false,
            was_clean_start: false,
            quiesces: false,
            blocked: [false; 2],
            next_request: 0,
            not_judged: 0,
            seen: BTreeSet::new(),
            requests: Vec::new(),
            setup,
        };
        world.client.set_unix_time(world.now(), world.unix());
        world
    }

    pub(super) fn now(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    /// Begins a connection, if there is none.
    pub fn connect(&mut self, clean_start: bool) {
        if self.is_up {
            return;
        }
        while self.poll_client() {}
        self.wants_clean_start |= clean_start;
        let clean_start = self.wants_clean_start;
        let Setup { version, ref client, expiry, will, .. } = self.setup;
        let mut list = client.properties(version);
        if version == Version::V5 {
            list.push(Property::SessionExpiryInterval(expiry));
        }
        let will = will.map(|qos| Will {
            topic: WILL,
            payload: b"gone",
            qos,
            retain: qos == QoS::ExactlyOnce,
            ..Will::default()
        });
        let connect = Connect {
            version,
            client_id: NAME,
            clean_start,
            keep_alive: self.setup.keep_alive,
            properties: Properties::new(&list),
            will,
            ..Connect::default()
        };
        self.client.connect(self.now(), &connect).expect("there is no connection");
        // In 3.1 a session of a Clean Start has ended with its connection, and no CONNACK says so.
        let has_ended = version == Version::V31 && self.was_clean_start;
        self.watch.next(!clean_start && !has_ended);
        self.was_clean_start = clean_start;
        self.requests.clear();
        self.is_up = true;
        let (now, unix) = (self.now(), self.unix());
        self.broker.opened(&self.setup, self.disks[1].epoch, now, unix);
    }

    /// Moves bytes: out of the sessions, through the network, into the sessions. So many at most go to
    /// the server, and to the client.
    pub fn carry(&mut self, to_server: usize, to_client: usize) -> [usize; 2] {
        let now = self.now();
        let mut carried = [0; 2];
        if self.is_up {
            let mut out = self.client.transmit();
            let len = out.remaining().min(to_server);
            let bytes = out.copy_to_bytes(len);
            self.watch.sends(&bytes);
            let connection = self.broker.connections.last_mut().expect("a connection");
            connection.to_server.extend_from_slice(&bytes);
        }
        carried[0] = self.broker.carry(now, to_server, to_client);
        if self.is_up {
            let connection = self.broker.connections.last_mut().expect("a connection");
            let len = connection.to_client.len().min(to_client);
            let is_up = self.client.wants_input() > 0;
            let taken = self.client.handle_input(now, &connection.to_client[..len]);
            if is_up {
                self.watch.gets(&connection.to_client[..taken], self.now);
            }
            connection.to_client.drain(..taken);
            carried[1] = taken;
            if connection.session.is_none() && connection.to_client.is_empty() {
                self.client.handle_eof(now);
            }
        }
        carried
    }

    /// The network breaks, and what is under way is lost. The server may not learn of it.
    pub fn cut(&mut self, server_learns: bool) {
        if !self.is_up {
            return;
        }
        let connection = self.broker.connections.last_mut().expect("a connection");
        connection.to_client.clear();
        if server_learns {
            connection.to_server.clear();
            connection.client_is_gone = true;
        }
        self.client.handle_eof(self.now());
        while self.poll_client() {}
        assert!(!self.is_up && !self.client.is_connected());
    }

    /// Polls until nothing happens.
    pub fn poll_all(&mut self) {
        while self.poll_client() | self.poll_server(usize::MAX) {}
    }

    pub(super) fn poll_client(&mut self) -> bool {
        let now = self.now;
        let Some(event) = self.client.poll_event() else { return false };
        self.seen.insert(name(&event));
        // Without a transport nothing comes.
        assert!(self.is_up || matches!(event, Event::Dropped { .. } | Event::Writable));
        match event {
            Event::Connected { session, connack } => {
                self.wants_clean_start = false;
                let is_resumed = session == SessionStart::Resumed;
                if self.setup.version != Version::V31 {
                    assert_eq!(is_resumed, connack.session_present);
                }
                if !is_resumed && self.setup.session_lost == SessionLost::PublishAgain {
                    self.from_client.may_repeat();
                }
                // With a gate nothing has left for a session before the first.
                let is_first = session == SessionStart::New && self.setup.client.gates();
                let is_new = !is_resumed && !is_first;
                self.learnt = is_new.then(|| self.client.persist_seq());
            }
            Event::Message { publish, ack, seq } => {
                let seq = self.setup.client.seq_of(&publish, seq);
                let number = self.from_server.arrived(&publish, now, seq);
                self.client_acks.extend(ack.map(|ack| (ack, number)));
            }
            Event::Published { token, reason, .. } => self.from_client.published(token, reason),
            Event::Dropped { token, why } => self.from_client.dropped(token, why, now),
            Event::Writable => self.blocked[0] = false,
            Event::Subscribed { token, reasons, .. } => {
                let codes: Vec<_> = reasons.iter().collect();
                assert_eq!(codes, codes_for(token), "{token}");
                self.answered(token);
            }
            Event::Unsubscribed { token, .. } => self.answered(token),
            Event::Closed(reason) => {
                let is_fair = match reason {
                    CloseReason::Eof | CloseReason::Local => true,
                    CloseReason::Disconnect(_) => self.setup.version == Version::V5,
                    CloseReason::Timeout(timer) => timer != Timer::KeepAlive,
                    _ => false,
                };
                assert!(is_fair, "{reason:?}");
                self.client_closed();
            }
            other => panic!("{other:?}"),
        }
        true
    }

    fn answered(&mut self, token: u64) {
        let at = self.requests.iter().position(|request| *request == token);
        self.requests.swap_remove(at.expect("a request of this connection"));
    }

    /// What is still to be sent goes out, then the transport is closed.
    fn client_closed(&mut self) {
        self.is_up = false;
        let connection = self.broker.connections.last_mut().expect("a connection");
        let mut out = self.client.transmit();
        let len = out.remaining();
        let bytes = out.copy_to_bytes(len);
        // A connection that was cut takes nothing any more.
        if !connection.client_is_gone && connection.session.is_some() {
            self.watch.sends(&bytes);
            connection.to_server.extend_from_slice(&bytes);
        }
        connection.client_is_gone = true;
        connection.to_client.clear();
        assert_eq!(self.client.poll_timeout(), None);
    }

    /// True if both sides are connected.
    pub fn is_open(&mut self) -> bool {
        self.client.is_connected() && self.broker.open().is_some()
    }

    /// What has not come to its end, in words.
    pub(super) fn unsettled(&self) -> String {
        let Self { setup, from_client, from_server, requests, blocked, .. } = self;
        let open = (from_client.open, from_server.open);
        format!("{open:?} messages, requests {requests:?}, blocked {blocked:?}, {setup:?}")
    }

    /// True if all messages and requests have come to their end, on a connection that is up.
    pub(super) fn is_settled(&mut self) -> bool {
        let open = self.from_client.open + self.from_server.open + self.requests.len();
        let stats = [self.client.stats(), self.broker.open().and_then(|it| it.stats())];
        let mut counts = stats.into_iter().flatten();
        let is_empty = counts.all(|it| (it.in_flight, it.queued, it.queued_bytes) == (0, 0, 0));
        open == 0 && self.is_open() && self.blocked == [false; 2] && is_empty
    }
}

/// What kind of event it is, of which there are many.
pub(super) fn name(event: &Event<'_>) -> &'static str {
    match event {
        Event::Connected { session: SessionStart::New, .. } => "new",
        Event::Connected { session: SessionStart::Resumed, .. } => "resumed",
        Event::Connected { .. } => "lost",
        Event::Message { publish, .. } if publish.dup => "again",
        Event::Dropped { why: DropReason::SessionLost, .. } => "dropped: session lost",
        Event::Dropped { why: DropReason::Expired, .. } => "dropped: expired",
        Event::Dropped { why: DropReason::QueueFull, .. } => "dropped: queue full",
        Event::Dropped { why: DropReason::TooLarge, .. } => "dropped: too large",
        Event::Closed(CloseReason::Disconnect(_)) => "closed: DISCONNECT",
        Event::Closed(CloseReason::TakenOver) => "closed: taken over",
        Event::Closed(CloseReason::Timeout(Timer::KeepAlive)) => "closed: keep alive",
        Event::Closed(CloseReason::Timeout(Timer::PingResponse)) => "closed: no answer",
        Event::Closed(CloseReason::Timeout(Timer::Connect)) => "closed: no connection",
        Event::Writable => "writable",
        Event::Subscribed { .. } => "subscribed",
        Event::Unsubscribed { .. } => "unsubscribed",
        _ => "others",
    }
}
