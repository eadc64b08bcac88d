//! A client and a server joined by a network that chops, delays and breaks.
//!
//! All comes from one number: `SEED=n cargo test -p mqtt-core --test session network` runs that one alone.

use bytes::Buf;
use mqtt_core::{
    AckMode, AckToken, ClientConfig, ClientSession, ConnAck, Connect, Event, Instant, Properties,
    Property, Publish, PublishStatus, QoS, ReasonCode, ServerConfig, ServerSession, SessionStart,
    SessionState, UsageError, Version, WhenFull,
};
use std::collections::{BTreeMap, VecDeque};

/// A sequence of numbers that look random (xorshift).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What one side has sent, and what came of it.
#[derive(Default)]
struct Flow {
    /// By token: the QoS, and how often it has arrived.
    messages: BTreeMap<u64, (QoS, u32)>,
    /// By token: whether the sender knows that it is done, or gone.
    done: BTreeMap<u64, bool>,
    /// The last token that arrived for the first time, by QoS.
    last: [u64; 3],
    next: u64,
}

impl Flow {
    fn arrived(&mut self, publish: &Publish<'_>) {
        let token = u64::from_be_bytes(publish.payload[..8].try_into().unwrap());
        let (qos, count) = self.messages.get_mut(&token).expect("it was sent");
        assert_eq!(publish.qos, *qos, "{token}");
        assert_eq!(publish.topic, topic(token), "{token}");
        *count += 1;
        let limit = if *qos == QoS::AtLeastOnce { u32::MAX } else { 1 };
        assert!(*count <= limit, "{token} at {qos:?} came {count} times");
        if *count == 1 {
            let last = &mut self.last[*qos as usize];
            assert!(*last < token + 1, "{token} came behind {last}");
            *last = token + 1;
        }
    }

    fn published(&mut self, token: u64, reason: ReasonCode) {
        assert_eq!(reason, ReasonCode::SUCCESS);
        let known = self.done.insert(token, true);
        assert_eq!(known, None, "{token} is done twice");
        assert!(self.messages[&token].1 > 0, "{token} is done and did not arrive");
    }
}

fn topic(token: u64) -> String {
    format!("topic/{}", token % 5)
}

/// The bytes under way in one direction.
#[derive(Default)]
struct Pipe(VecDeque<u8>);

struct World {
    random: Random,
    now: u64,
    version: Version,
    client: ClientSession,
    server: ServerSession,
    /// What the server keeps between connections.
    state: Option<SessionState>,
    is_up: bool,
    to_server: Pipe,
    to_client: Pipe,
    from_client: Flow,
    from_server: Flow,
    /// Messages that are not yet acknowledged by hand.
    client_acks: Vec<AckToken>,
    server_acks: Vec<AckToken>,
    receive_maximum: u16,
    aliases: u16,
    manual: bool,
    ids: [usize; 2],
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let version = if random.chance(50) { Version::V5 } else { Version::V311 };
        let manual = random.chance(40);
        let mut client = ClientConfig { version, ..ClientConfig::default() };
        client.session.ack = if manual { AckMode::Manual } else { AckMode::Auto };
        client.session.max_auto_aliases = random.below(4) as u16;
        client.session.max_output = 1 << (5 + random.below(8));
        let mut server =
            ServerConfig { session: client.session.clone(), ..ServerConfig::default() };
        server.session.max_output = 1 << (5 + random.below(8));
        let receive_maximum = 1 + random.below(6) as u16;
        Self {
            now: 0,
            version,
            client: ClientSession::new(client),
            server: ServerSession::new(server, Instant::default()),
            state: None,
            is_up: false,
            to_server: Pipe::default(),
            to_client: Pipe::default(),
            from_client: Flow::default(),
            from_server: Flow::default(),
            client_acks: Vec::new(),
            server_acks: Vec::new(),
            receive_maximum,
            aliases: random.below(4) as u16,
            manual,
            ids: [0; 2],
            random,
        }
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    fn properties(&self) -> Vec<Property<'static>> {
        match self.version == Version::V5 {
            true => vec![
                Property::ReceiveMaximum(self.receive_maximum),
                Property::TopicAliasMaximum(self.aliases),
            ],
            false => Vec::new(),
        }
    }

    fn connect(&mut self) {
        let mut list = self.properties();
        if self.version == Version::V5 {
            list.push(Property::SessionExpiryInterval(1000));
        }
        let properties = Properties::new(&list);
        let connect = Connect {
            version: self.version,
            client_id: "client",
            keep_alive: 60,
            properties,
            ..Connect::default()
        };
        let config = {
            let mut config = ServerConfig::default();
            config.session.ack = if self.manual { AckMode::Manual } else { AckMode::Auto };
            config.session.max_auto_aliases = 2;
            config
        };
        self.server = ServerSession::new(config, self.now());
        self.client.connect(self.now(), &connect).unwrap();
        self.is_up = true;
    }

    /// The network breaks: what is under way is lost, from some byte on.
    fn cut(&mut self) {
        let (some, more) = (self.random.below(40) as usize, self.random.below(40) as usize);
        self.carry(some, more);
        self.to_server.0.clear();
        self.to_client.0.clear();
        self.client.handle_eof(self.now());
        self.server.handle_eof(self.now());
        self.poll_all();
        assert!(!self.client.is_connected() && !self.server.is_connected());
        let server = ServerSession::new(ServerConfig::default(), self.now());
        self.keep(server);
        self.is_up = false;
    }

    fn keep(&mut self, next: ServerSession) {
        let server = core::mem::replace(&mut self.server, next);
        if self.state.is_none() {
            self.state = Some(server.into_state());
        }
    }

    /// Moves bytes: out of the sessions, through the network, into the sessions.
    fn carry(&mut self, to_server: usize, to_client: usize) {
        if !self.is_up {
            return;
        }
        let now = self.now();
        let mut out = self.client.transmit();
        let len = out.remaining().min(to_server);
        self.to_server.0.extend(out.copy_to_bytes(len));
        let mut out = self.server.transmit();
        let len = out.remaining().min(to_client);
        self.to_client.0.extend(out.copy_to_bytes(len));
        let len = self.to_server.0.len().min(to_server);
        let bytes: Vec<u8> = self.to_server.0.iter().copied().take(len).collect();
        let taken = self.server.handle_input(now, &bytes);
        self.to_server.0.drain(..taken);
        let len = self.to_client.0.len().min(to_client);
        let bytes: Vec<u8> = self.to_client.0.iter().copied().take(len).collect();
        let taken = self.client.handle_input(now, &bytes);
        self.to_client.0.drain(..taken);
    }

    /// Polls until nothing happens.
    fn poll_all(&mut self) {
        while self.poll_client() || self.poll_server() {}
    }

    fn poll_client(&mut self) -> bool {
        let Some(event) = self.client.poll_event() else { return false };
        match event {
            Event::Connected { session, connack } => match session {
                SessionStart::Resumed => assert!(connack.session_present),
                SessionStart::New => assert!(!connack.session_present),
                lost => panic!("{lost:?}"),
            },
            Event::Message { publish, ack } => {
                self.from_server.arrived(&publish);
                assert_eq!(ack.is_some(), self.manual && publish.qos != QoS::AtMostOnce);
                self.client_acks.extend(ack);
            }
            Event::Published { token, reason, .. } => self.from_client.published(token, reason),
            Event::Writable => {}
            Event::Closed(reason) => assert_eq!(reason, mqtt_core::CloseReason::Eof),
            other => panic!("{other:?}"),
        }
        true
    }

    fn poll_server(&mut self) -> bool {
        let Some(event) = self.server.poll_event() else { return false };
        match event {
            Event::Connect(connect) => {
                assert_eq!(connect.client_id, "client");
                let list = self.properties();
                let state = self.state.take();
                let connack = ConnAck {
                    session_present: state.is_some(),
                    properties: Properties::new(&list),
                    ..ConnAck::default()
                };
                self.server.accept(Instant::from_millis(self.now), &connack, state).unwrap();
            }
            Event::Message { publish, ack } => {
                self.from_client.arrived(&publish);
                self.server_acks.extend(ack);
            }
            Event::Published { token, reason, .. } => self.from_server.published(token, reason),
            Event::Writable => {}
            Event::Closed(reason) => assert_eq!(reason, mqtt_core::CloseReason::Eof),
            other => panic!("{other:?}"),
        }
        true
    }

    fn publish(&mut self, from_client: bool) {
        let now = self.now();
        let flow = if from_client { &mut self.from_client } else { &mut self.from_server };
        let token = flow.next;
        let qos =
            [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][self.random.below(3) as usize];
        let mut payload = token.to_be_bytes().to_vec();
        payload.resize(8 + self.random.below(60) as usize, b'.');
        let topic = topic(token);
        let publish = Publish { topic: &topic, qos, payload: &payload, ..Publish::default() };
        let when_full = if self.random.chance(80) { WhenFull::Queue } else { WhenFull::Reject };
        let result = match from_client {
            true => self.client.publish(now, &publish, token, when_full),
            false => self.server.deliver(now, &publish, token, when_full),
        };
        match result {
            Ok(status) => {
                if let PublishStatus::Sent(id) = status {
                    assert_eq!(id.is_some(), qos != QoS::AtMostOnce);
                }
                flow.next += 1;
                flow.messages.insert(token, (qos, 0));
            }
            Err(UsageError::WouldBlock(_) | UsageError::NotConnected) => {}
            Err(error) => panic!("{error}"),
        }
    }

    /// Acknowledges a message of each side, in any order. Those of QoS 1 may be of a connection before.
    fn acknowledge(&mut self) {
        let now = self.now();
        let fits = |result: Result<(), mqtt_core::AckRefused>| {
            result.map_or_else(|refused| refused.error == UsageError::UnknownToken, |()| true)
        };
        if !self.client_acks.is_empty() {
            let at = self.random.below(self.client_acks.len() as u64) as usize;
            let ack = self.client_acks.swap_remove(at);
            assert!(fits(self.client.ack(now, ack, ReasonCode::SUCCESS)));
        }
        if !self.server_acks.is_empty() && self.server.is_connected() {
            let at = self.random.below(self.server_acks.len() as u64) as usize;
            let ack = self.server_acks.swap_remove(at);
            assert!(fits(self.server.ack(now, ack, ReasonCode::SUCCESS)));
        }
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0..20 => self.publish(true),
            20..40 if self.server.is_connected() => self.publish(false),
            40..70 => {
                let (some, more) = (self.random.below(60) as usize, self.random.below(60) as usize);
                self.carry(some, more);
            }
            70..80 => {
                self.poll_client();
            }
            80..88 => {
                self.poll_server();
            }
            88..94 => self.acknowledge(),
            94..97 => self.now += self.random.below(2_000),
            97..98 if self.is_up => self.cut(),
            98..100 if !self.is_up => self.connect(),
            _ => self.poll_all(),
        }
        // No more identifiers are used than messages are open.
        self.ids = [self.client.heap_bytes(), self.server.heap_bytes()];
        assert!(self.ids.iter().all(|bytes| *bytes < 4 << 20), "{:?}", self.ids);
    }

    /// Lets all that is open come to its end.
    fn finish(&mut self) {
        if !self.is_up {
            self.connect();
        }
        for _ in 0..100_000 {
            self.carry(usize::MAX, usize::MAX);
            self.poll_all();
            self.acknowledge();
            let is_done = |flow: &Flow| {
                let mut open = flow.messages.iter().filter(|(_, (qos, _))| *qos != QoS::AtMostOnce);
                open.all(|(token, _)| flow.done.contains_key(token))
            };
            if is_done(&self.from_client) && is_done(&self.from_server) {
                return;
            }
        }
        panic!("something is never done");
    }
}

fn run(seed: u64, steps: u32) {
    let mut world = World::new(seed);
    for _ in 0..steps {
        world.step();
    }
    world.finish();
    for flow in [&world.from_client, &world.from_server] {
        for (token, (qos, count)) in &flow.messages {
            assert!(*qos == QoS::AtMostOnce || *count > 0, "{token} did not arrive");
        }
    }
}

#[test]
fn messages_arrive_whatever_the_network_does() {
    let seeds = match std::env::var("SEED") {
        Ok(seed) => {
            let seed = seed.parse().expect("SEED is a number");
            seed..seed + 1
        }
        Err(_) => 0..300,
    };
    for seed in seeds {
        println!("SEED={seed}");
        run(seed, 1_000);
    }
}
