//! A broker with connections that send any bytes, beside two clients that keep to the rules.

use super::input::Input;
use crate::{
    Acl, Admission, Authentication, Authorization, Broker, BrokerConfig, BrokerError, BrokerEvent,
    BrokerLimits, ClientConfig, ClientSession, Closed, ConnAck, ConnId, Connect, Event, Instant,
    Packet, PacketId, Properties, Property, Publish, QoS, QueueLimits, ReasonCode, SlowConsumer,
    Subscribe, Subscription, Subscriptions, Version, WhenFull,
};
use bytes::Buf;
use core::hash::BuildHasherDefault;
use core::time::Duration;
use std::collections::VecDeque;
use std::hash::DefaultHasher;
use std::{format, string::String, vec::Vec};

/// Hostile connections at a time.
const HOSTILE: usize = 5;
/// Things that happen, at most.
const MAX_STEPS: usize = 2_000;
/// Rounds until the broker must rest.
const MAX_ROUNDS: usize = 10_000;
/// In milliseconds; after it the sessions of those who left are gone.
const EXPIRY: u64 = 100_000;
/// So many milliseconds publishers wait for receivers.
const WAIT: u64 = 100;
/// What the broker may have on the heap.
const MAX_HEAP: usize = 2 << 20;
const NAMES: [&str; 2] = ["anna", "ben"];
const TOPICS: [&str; 2] = ["honest/anna", "honest/ben"];
/// Nobody else publishes to those.
const RULES: &str = "allow all client anna honest/#
allow all client ben honest/#
deny publish honest/#
default allow";
const LIMITS: BrokerLimits = BrokerLimits {
    max_connections: HOSTILE + 2,
    max_sessions: 8,
    max_subscriptions: 30,
    max_subscriptions_per_client: 8,
    max_levels: 6,
    max_retained: 10,
    max_retained_bytes: 600,
    max_queued_bytes: 1 << 20,
    max_event_bytes: 2000,
};

type Keyless = BuildHasherDefault<DefaultHasher>;

/// A client that keeps to the rules, and gets what the other one publishes.
struct Honest {
    session: ClientSession,
    conn: ConnId,
    /// Messages of each QoS that it has not got yet, in order.
    due: [VecDeque<u32>; 3],
    is_ready: bool,
}

/// A connection that sends any bytes.
struct Hostile {
    conn: ConnId,
    /// It takes what it is sent.
    takes: bool,
}

/// A broker, two clients, and others.
struct Siege {
    now: u64,
    broker: Broker<Keyless>,
    honest: Vec<Honest>,
    hostile: Vec<Hostile>,
    /// What the broker has asked of hostile connections, and whether they may.
    questions: VecDeque<(ConnId, bool, ReasonCode)>,
    next_number: u32,
    /// Publishers wait for receivers.
    waits: bool,
}

/// Gives a broker what the data says, from connections that keep to no rules. Two others lose nothing, and the
/// broker keeps its bounds. Layout: `| setup u8 | step * |`, a step being a byte, modulo 16, and its arguments:
/// bytes of a connection are `| place u8 | length u8 | bytes |`.
pub fn check_broker(data: &[u8]) {
    let mut input = Input::new(data);
    let mut siege = Siege::new(&mut input);
    for _ in 0..MAX_STEPS {
        if input.len() == 0 {
            break;
        }
        siege.step(&mut input);
        siege.judge();
    }
    siege.finish();
}

impl Siege {
    fn new(input: &mut Input<'_>) -> Self {
        let mut config = BrokerConfig {
            limits: LIMITS,
            max_session_expiry: (EXPIRY / 1000) as u32,
            sys_interval: None,
            authentication: Authentication::Ask,
            authorization: Authorization::Acl(Acl::parse(RULES).expect("they are rules")),
            ..BrokerConfig::default()
        };
        let setup = input.byte();
        if setup & 1 != 0 {
            config.authorization = Authorization::Ask;
        }
        if setup & 2 != 0 {
            config.slow_consumer = SlowConsumer::Disconnect;
        }
        config.queue_qos_0 = setup & 4 != 0;
        let session = &mut config.server.session;
        session.queue = QueueLimits {
            max_count: 20,
            max_bytes: 4000,
            max_open_bytes: 4000,
            max_open: [u16::MAX, 2][usize::from(setup >> 3 & 1)],
        };
        session.max_output = [1000, 20_000][usize::from(setup >> 4 & 1)];
        session.limits.max_packet_size = 1000;
        session.max_auto_aliases = u16::from(setup >> 5 & 1);
        let waits = setup & 64 != 0;
        if waits {
            config.max_publisher_wait = Duration::from_millis(WAIT);
        }
        let broker = Broker::new(config, Instant::default());
        let (hostile, questions) = (Vec::new(), VecDeque::new());
        let honest = Vec::new();
        let mut siege = Self { now: 0, broker, honest, hostile, questions, next_number: 0, waits };
        for (at, version) in [Version::V5, Version::V311].into_iter().enumerate() {
            let conn = siege.broker.open(siege.now()).expect("there is room");
            let config = ClientConfig { version, ..ClientConfig::default() };
            let session = ClientSession::new(config);
            siege.honest.push(Honest { session, conn, due: Default::default(), is_ready: false });
            siege.connect(at);
            siege.settle();
            let filters = [Subscription::new(TOPICS[1 - at], QoS::ExactlyOnce)];
            let filters = Subscriptions::new(&filters);
            let subscribe = Subscribe { filters, ..Subscribe::new(PacketId::MIN) };
            let now = siege.now();
            siege.honest[at].session.subscribe(now, &subscribe, 0).expect("it is connected");
            siege.settle();
            assert!(siege.honest[at].is_ready);
        }
        siege
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    fn connect(&mut self, at: usize) {
        let now = self.now();
        let version = [Version::V5, Version::V311][at];
        let list = [Property::SessionExpiryInterval(1000)];
        let properties = Properties::new(if version == Version::V5 { &list } else { &[] });
        let (client_id, clean_start) = (NAMES[at], false);
        let connect = Connect { version, client_id, clean_start, properties, ..Connect::default() };
        self.honest[at].session.connect(now, &connect).expect("there is no connection");
    }

    fn step(&mut self, input: &mut Input<'_>) {
        let now = self.now();
        match input.below(16) {
            0..6 => {
                let (place, len) = (input.byte(), input.byte());
                let bytes = input.bytes(len.into());
                self.feed(place, bytes);
            }
            6 => drop(self.open()),
            7 => self.greet(input.byte()),
            8 => {
                if let Some(conn) = self.hostile_at(input.byte()) {
                    self.broker.handle_eof(conn, now);
                }
            }
            9 => self.pass(u64::from(input.byte()) * 100),
            10 | 11 => self.publish(input.byte()),
            12 => {
                let place = input.byte();
                if !self.hostile.is_empty() {
                    let at = usize::from(place) % self.hostile.len();
                    self.hostile[at].takes ^= true;
                }
            }
            13 => self.answer(),
            14 => self.cut(usize::from(input.byte() & 1)),
            _ => {
                if let Some(conn) = self.hostile_at(input.byte()) {
                    // It may be over.
                    let _ = self.broker.disconnect(conn, now, &Default::default());
                }
            }
        }
        self.settle_all();
    }

    fn hostile_at(&self, place: u8) -> Option<ConnId> {
        let at = usize::from(place).checked_rem(self.hostile.len())?;
        Some(self.hostile[at].conn)
    }

    fn open(&mut self) -> Option<ConnId> {
        if self.hostile.len() == HOSTILE {
            return None;
        }
        let conn = match self.broker.open(self.now()) {
            Ok(conn) => conn,
            // Those that are over and have not taken all are still there.
            Err(error) => {
                assert_eq!(error, BrokerError::Full);
                return None;
            }
        };
        self.hostile.push(Hostile { conn, takes: true });
        Some(conn)
    }

    /// A connection with a CONNECT that is right.
    fn greet(&mut self, choice: u8) {
        let version = [Version::V5, Version::V311, Version::V31][usize::from(choice % 3)];
        let list = [Property::SessionExpiryInterval(50), Property::ReceiveMaximum(2)];
        let properties = Properties::new(if version == Version::V5 { &list } else { &[] });
        let client_id = &*format!("hostile-{}", choice >> 3 & 3);
        let clean_start = choice & 0x80 != 0;
        let keep_alive = u16::from(choice >> 5 & 1);
        let connect = Connect {
            version,
            client_id,
            clean_start,
            keep_alive,
            properties,
            ..Connect::default()
        };
        let mut bytes = Vec::new();
        Packet::from(connect).encode(version, &mut bytes).expect("a packet");
        if self.open().is_some() {
            self.feed((self.hostile.len() - 1) as u8, &bytes);
        }
    }

    /// Bytes of a hostile connection. What the broker does not take is lost.
    fn feed(&mut self, place: u8, bytes: &[u8]) {
        let now = self.now();
        let Some(conn) = self.hostile_at(place) else { return };
        let taken = self.broker.handle_input(conn, now, bytes);
        assert!(taken <= bytes.len());
    }

    fn publish(&mut self, choice: u8) {
        let (now, at) = (self.now(), usize::from(choice & 1));
        let qos = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
        let qos = qos[usize::from(choice >> 1) % 3];
        let number = self.next_number;
        self.next_number += 1;
        let payload = number.to_be_bytes();
        let publish = Publish { topic: TOPICS[at], qos, payload: &payload, ..Publish::default() };
        let session = &mut self.honest[at].session;
        session.publish(now, &publish, number.into(), WhenFull::Queue).expect("there is room");
        self.honest[1 - at].due[qos as usize].push_back(number);
    }

    /// Answers what was asked first.
    fn answer(&mut self) {
        let now = self.now();
        let Some((conn, is_connect, reason)) = self.questions.pop_front() else { return };
        // The connection may be over.
        let result = match (is_connect, reason) {
            (false, _) => self.broker.authorize(conn, now, reason),
            (true, ReasonCode::SUCCESS) => self.broker.accept(conn, now, &Admission::default()),
            (true, _) => self.broker.refuse(conn, now, &ConnAck { reason, ..ConnAck::default() }),
        };
        let is_over = [Ok(()), Err(BrokerError::Unknown), Err(BrokerError::NotAsked)];
        let is_known = is_over.contains(&result) || matches!(result, Err(BrokerError::Session(_)));
        assert!(is_known, "{result:?}");
    }

    /// A client that keeps to the rules loses its connection, and comes back.
    fn cut(&mut self, at: usize) {
        let now = self.now();
        self.settle();
        self.broker.handle_eof(self.honest[at].conn, now);
        self.honest[at].session.handle_eof(now);
        while self.honest[at].session.poll_event().is_some() {}
        // Its old place may be taken until the end is told.
        while self.poll_broker() {}
        match self.broker.open(now) {
            Ok(conn) => self.honest[at].conn = conn,
            Err(error) => panic!("{error}: {:?}", self.broker.stats()),
        }
        self.connect(at);
    }

    fn pass(&mut self, millis: u64) {
        self.now += millis;
        let now = self.now();
        self.broker.handle_timeout(now);
        assert!(self.broker.poll_timeout().is_none_or(|at| at > now));
        for honest in &mut self.honest {
            honest.session.handle_timeout(now);
        }
    }

    fn poll_broker(&mut self) -> bool {
        let Some(event) = self.broker.poll_event() else { return false };
        match event {
            BrokerEvent::Authenticate { conn, connect } => {
                let is_honest = self.honest.iter().any(|it| it.conn == conn);
                let has_own_will = connect.will.is_some_and(|will| TOPICS.contains(&will.topic));
                let is_own = NAMES.contains(&connect.client_id) || has_own_will;
                let is_allowed = is_honest || !is_own;
                let reason =
                    if is_allowed { ReasonCode::SUCCESS } else { ReasonCode::NOT_AUTHORIZED };
                let question = (conn, true, reason);
                self.ask(question, is_honest);
            }
            BrokerEvent::Auth { conn, .. } => {
                self.ask((conn, true, ReasonCode::SUCCESS), false);
            }
            BrokerEvent::Authorize { conn, action, .. } => {
                let is_honest = self.honest.iter().any(|it| it.conn == conn);
                let is_allowed = match action {
                    crate::Action::Publish(publish) => !TOPICS.contains(&publish.topic),
                    _ => true,
                };
                let is_allowed = is_honest || is_allowed;
                let reason =
                    if is_allowed { ReasonCode::SUCCESS } else { ReasonCode::NOT_AUTHORIZED };
                self.ask((conn, false, reason), is_honest);
            }
            BrokerEvent::Closed { conn, reason } => {
                let is_honest = self.honest.iter().any(|it| it.conn == conn);
                assert!(!is_honest || reason == Closed::Eof, "{reason:?}");
                self.hostile.retain(|it| it.conn != conn);
                self.take(conn);
            }
            _ => {}
        }
        true
    }

    /// Notes a question; one of a client that keeps to the rules is answered at once.
    fn ask(&mut self, question: (ConnId, bool, ReasonCode), is_honest: bool) {
        if is_honest {
            self.questions.push_front(question);
            self.answer();
        } else {
            self.questions.push_back(question);
        }
    }

    /// A transport takes all that there is for it.
    fn take(&mut self, conn: ConnId) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let mut out = self.broker.transmit(conn);
            let len = out.remaining();
            if len == 0 {
                return all;
            }
            all.extend_from_slice(&out.copy_to_bytes(len));
        }
    }

    /// Lets the clients and the broker talk until they rest.
    fn settle(&mut self) {
        for _ in 0..MAX_ROUNDS {
            let mut has_happened = self.poll_broker();
            while self.broker.poll_writable().is_some() {
                has_happened = true;
            }
            let takers: Vec<_> =
                self.hostile.iter().filter(|it| it.takes).map(|it| it.conn).collect();
            for conn in takers {
                has_happened |= !self.take(conn).is_empty();
            }
            for at in 0..self.honest.len() {
                has_happened |= self.carry(at);
            }
            if !has_happened {
                return;
            }
        }
        panic!("the broker does not rest");
    }

    /// The same; who waits for others to read does so no longer than it may.
    fn settle_all(&mut self) {
        self.settle();
        let is_due = |honest: &Honest| honest.due.iter().any(|due| !due.is_empty());
        if self.waits && self.honest.iter().any(is_due) {
            self.pass(WAIT);
            self.settle();
        }
    }

    fn carry(&mut self, at: usize) -> bool {
        let (now, conn) = (self.now(), self.honest[at].conn);
        let down = self.take(conn);
        let honest = &mut self.honest[at];
        let mut rest = &down[..];
        while !rest.is_empty() {
            let taken = honest.session.handle_input(now, rest);
            rest = &rest[taken..];
            honest.poll();
        }
        let mut out = honest.session.transmit();
        let len = out.remaining();
        let up = out.copy_to_bytes(len);
        let (mut rest, mut has_waited) = (&up[..], false);
        while !rest.is_empty() {
            let taken = self.broker.handle_input(conn, self.now(), rest);
            rest = &rest[taken..];
            has_waited &= taken == 0;
            if taken == 0 {
                // It waits for what is to be polled and drained.
                let has_moved = self.poll_broker() | !self.take(conn).is_empty();
                if self.waits && !has_moved && !has_waited {
                    self.pass(WAIT);
                    has_waited = true;
                    continue;
                }
                assert!(has_moved, "the broker takes nothing of {}", NAMES[at]);
            }
        }
        len > 0 || !down.is_empty()
    }

    /// What the broker has is within its bounds.
    fn judge(&self) {
        let stats = self.broker.stats();
        let is_within = stats.connections <= LIMITS.max_connections
            && stats.sessions <= LIMITS.max_sessions
            && stats.subscriptions <= LIMITS.max_subscriptions
            && stats.retained <= LIMITS.max_retained
            && stats.retained_bytes <= LIMITS.max_retained_bytes
            && stats.queued_bytes <= LIMITS.max_queued_bytes;
        assert!(is_within, "{stats:?}");
        let bytes = self.broker.heap_bytes();
        assert!(bytes < MAX_HEAP, "{bytes} bytes");
        for (honest, name) in self.honest.iter().zip(NAMES) {
            let lost: Vec<&VecDeque<u32>> = honest.due.iter().filter(|it| !it.is_empty()).collect();
            assert!(lost.is_empty(), "{name} has not got {lost:?}");
        }
    }

    /// The others go, and their sessions end.
    fn finish(&mut self) {
        while !self.questions.is_empty() {
            self.answer();
            self.settle_all();
        }
        for hostile in core::mem::take(&mut self.hostile) {
            let now = self.now();
            self.broker.handle_eof(hostile.conn, now);
            self.settle_all();
            self.take(hostile.conn);
        }
        self.pass(EXPIRY);
        self.settle_all();
        for choice in 0..6 {
            self.publish(choice);
            self.settle_all();
        }
        self.judge();
        let stats = self.broker.stats();
        let left = (stats.connections, stats.sessions, stats.connected, stats.queued_bytes);
        assert_eq!(left, (2, 2, 2, 0), "{stats:?}");
    }
}

impl Honest {
    fn poll(&mut self) {
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Message { publish, .. } => {
                    let number = publish.payload.try_into().map(u32::from_be_bytes);
                    let due = &mut self.due[publish.qos as usize];
                    assert_eq!(due.pop_front(), number.ok(), "{publish:?}");
                }
                Event::Published { reason, .. } => {
                    assert!(reason.is_success(), "{reason:?}");
                }
                Event::Subscribed { reasons, .. } => {
                    let codes: Vec<_> = reasons.iter().collect();
                    assert_eq!(codes, [ReasonCode::GRANTED_QOS_2]);
                    self.is_ready = true;
                }
                Event::Connected { .. } | Event::Writable => {}
                other => {
                    let what: String = format!("{other:?}");
                    panic!("{what}");
                }
            }
        }
    }
}
