//! What sessions allocate once they have been busy for a while: nothing.
//!
//! A client and a server hand their bytes to each other directly. The allocator of this test counts per
//! thread, so both sides are counted.

use allocation_counter::measure;
use bytes::Buf;
use mqtt_core::{
    AckMode, AckToken, ClientConfig, ClientSession, ConnAck, Connect, Durability, Event, Instant,
    Properties, Property, Publish, QoS, ReasonCode, ReasonCodes, ServerConfig, ServerSession,
    SubAck, Subscribe, Subscription, Subscriptions, TopicFilters, UnsubAck, Unsubscribe, Version,
    WhenFull,
};

const VERSIONS: [Version; 3] = [Version::V5, Version::V311, Version::V31];
const ALL_QOS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];
/// Messages that are sent at a time, and how often that is done before it counts, and then.
const BATCH: u64 = 12;
const WARM: u64 = 100;
const ROUNDS: u64 = 250;

/// How messages are sent.
#[derive(Clone, Copy, Debug)]
struct Case {
    version: Version,
    qos: QoS,
    from_client: bool,
    ack: AckMode,
    stats: bool,
    /// Of both sides.
    receive_maximum: u16,
    /// With all the properties that PUBLISH has.
    properties: bool,
    aliases: Aliases,
    /// Messages are given to the session while nothing is drained, so that they wait.
    max_output: usize,
    /// Milliseconds between that and the sending.
    waits: u64,
    /// What is told is safe at once.
    durability: Durability,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Aliases {
    None,
    /// Chosen by the session: so many, for three topics.
    Automatic(u16),
    /// Chosen by the caller, who then leaves the topic out.
    Chosen,
}

impl Case {
    fn new(version: Version, qos: QoS, from_client: bool) -> Self {
        Self {
            version,
            qos,
            from_client,
            ack: AckMode::Auto,
            stats: false,
            receive_maximum: u16::MAX,
            properties: false,
            aliases: Aliases::None,
            max_output: 256 * 1024,
            waits: 0,
            durability: Durability::Off,
        }
    }

    /// All versions, QoS and directions.
    fn all(versions: &[Version], change: impl Fn(Self) -> Self) -> Vec<Self> {
        let mut all = Vec::new();
        for &version in versions {
            for qos in ALL_QOS {
                all.extend([true, false].map(|from| change(Self::new(version, qos, from))));
            }
        }
        all
    }
}

/// A client and a server that are connected.
struct Pair {
    case: Case,
    client: ClientSession,
    server: ServerSession,
    now: u64,
    seen: Seen,
}

/// What has been polled.
#[derive(Default)]
struct Seen {
    messages: u64,
    published: u64,
    requests: u64,
    answers: u64,
    tokens: Vec<AckToken>,
}

impl Seen {
    fn message(&mut self, publish: &Publish<'_>, ack: Option<AckToken>) {
        assert!(publish.topic.starts_with("sensors/"));
        self.messages += 1;
        self.tokens.extend(ack);
    }
}

impl Pair {
    fn new(case: Case) -> Self {
        let mut config = ClientConfig { version: case.version, ..ClientConfig::default() };
        config.session.stats = case.stats;
        config.session.ack = case.ack;
        config.session.max_output = case.max_output;
        config.session.persist.durability = case.durability;
        if let Aliases::Automatic(max) = case.aliases {
            config.session.max_auto_aliases = max;
        }
        let server = ServerConfig { session: config.session.clone(), ..ServerConfig::default() };
        let mut pair = Self {
            case,
            client: ClientSession::new(config),
            server: ServerSession::new(server, Instant::default()),
            now: 0,
            seen: Seen::default(),
        };
        let list = [Property::ReceiveMaximum(case.receive_maximum), Property::TopicAliasMaximum(3)];
        let list = if case.version == Version::V5 { &list[..] } else { &[] };
        let connect = Connect {
            version: case.version,
            client_id: "c",
            keep_alive: 10,
            properties: Properties::new(list),
            ..Connect::default()
        };
        pair.client.connect(pair.now(), &connect).expect("a legal CONNECT");
        pair.carry();
        assert!(matches!(pair.server.poll_event(), Some(Event::Connect(_))));
        let connack = ConnAck { properties: Properties::new(list), ..ConnAck::default() };
        pair.server.accept(pair.now(), &connack, None).expect("a legal CONNACK");
        pair.carry();
        assert!(matches!(pair.client.poll_event(), Some(Event::Connected { .. })));
        pair
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    /// Hands over what is to be sent; false if there is nothing.
    fn carry(&mut self) -> bool {
        let now = self.now();
        while let Some(seq) = self.client.poll_persist().map(|op| op.seq) {
            self.client.persisted(now, seq);
        }
        while let Some(seq) = self.server.poll_persist().map(|op| op.seq) {
            self.server.persisted(now, seq);
        }
        let mut out = self.client.transmit();
        let to_server = self.server.handle_input(now, out.chunk());
        out.advance(to_server);
        let mut out = self.server.transmit();
        let to_client = self.client.handle_input(now, out.chunk());
        out.advance(to_client);
        to_server + to_client > 0
    }

    /// Polls all events, and acknowledges all messages.
    fn poll(&mut self) {
        let (now, seen) = (self.now(), &mut self.seen);
        while let Some(event) = self.client.poll_event() {
            match event {
                Event::Message { publish, ack, .. } => seen.message(&publish, ack),
                Event::Published { .. } => seen.published += 1,
                Event::Subscribed { .. } | Event::Unsubscribed { .. } => seen.answers += 1,
                other => panic!("{other:?}"),
            }
        }
        for token in seen.tokens.drain(..) {
            self.client.ack(now, token, ReasonCode::SUCCESS).expect("a good token");
        }
        let codes = ReasonCodes::new(&[ReasonCode::SUCCESS]);
        loop {
            let (subscribe, id) = match self.server.poll_event() {
                Some(Event::Message { publish, ack, .. }) => {
                    seen.message(&publish, ack);
                    continue;
                }
                Some(Event::Published { .. }) => {
                    seen.published += 1;
                    continue;
                }
                Some(Event::Subscribe(packet)) => (true, packet.packet_id),
                Some(Event::Unsubscribe(packet)) => (false, packet.packet_id),
                Some(other) => panic!("{other:?}"),
                None => break,
            };
            seen.requests += 1;
            let answer = match subscribe {
                true => self.server.suback(now, &SubAck { reasons: codes, ..SubAck::new(id) }),
                false => {
                    let none = ReasonCodes::new(&[]);
                    let reasons = if self.case.version == Version::V5 { codes } else { none };
                    self.server.unsuback(now, &UnsubAck { reasons, ..UnsubAck::new(id) })
                }
            };
            answer.expect("the request waits");
        }
        for token in seen.tokens.drain(..) {
            self.server.ack(now, token, ReasonCode::SUCCESS).expect("a good token");
        }
    }

    fn settle(&mut self) {
        while self.carry() {
            self.poll();
        }
    }

    /// Sends a batch of messages, and lets all come to its end.
    fn round(&mut self, round: u64) {
        self.now += 1;
        let case = self.case;
        let (messages, published) = (self.seen.messages, self.seen.published);
        for number in 0..BATCH {
            let topics = ["sensors/1/heat", "sensors/2", "sensors/a/longer/name"];
            let which = (number % 3) as usize;
            let list = [
                Property::TopicAlias(1 + which as u16),
                Property::PayloadFormatIndicator(1),
                Property::MessageExpiryInterval(60),
                Property::ContentType("text/plain"),
                Property::ResponseTopic("r"),
                Property::CorrelationData(b"1234"),
                Property::UserProperty("unit", "K"),
            ];
            let chosen = case.aliases == Aliases::Chosen;
            let from = usize::from(!chosen);
            let list = &list[from..if case.properties { list.len() } else { 1 }];
            let is_known = chosen && (round, number) > (0, 2);
            let payload = [b'.'; 100];
            // Each buffer has had the longest packet before it counts, and all lengths have been seen.
            let max = payload.len() - topics[which].len();
            let len = if round < WARM / 2 { max } else { (round + number) as usize % 50 };
            let publish = Publish {
                topic: if is_known { "" } else { topics[which] },
                qos: case.qos,
                payload: &payload[..len],
                properties: Properties::new(list),
                ..Publish::default()
            };
            let (now, token) = (self.now(), round * BATCH + number);
            let status = match case.from_client {
                true => self.client.publish(now, &publish, token, WhenFull::Queue),
                false => self.server.deliver(now, &publish, token, WhenFull::Queue),
            };
            status.expect("there is room");
        }
        self.now += case.waits;
        self.settle();
        assert_eq!(self.seen.messages - messages, BATCH);
        let done = if case.qos == QoS::AtMostOnce { 0 } else { BATCH };
        assert_eq!(self.seen.published - published, done);
    }
}

/// Allocations of `rounds`, after as many that do not count.
fn count(pair: &mut Pair, mut round: impl FnMut(&mut Pair, u64)) -> u64 {
    (0..WARM).for_each(|number| round(pair, number));
    let heap = (pair.client.heap_bytes(), pair.server.heap_bytes());
    let info = measure(|| (WARM..WARM + ROUNDS).for_each(|number| round(pair, number)));
    assert_eq!((pair.client.heap_bytes(), pair.server.heap_bytes()), heap);
    info.count_total
}

/// Fails with the cases that allocate.
fn none_allocates(cases: impl IntoIterator<Item = Case>) {
    let counts = cases.into_iter().map(|case| (count(&mut Pair::new(case), Pair::round), case));
    let wrong: Vec<_> = counts.filter(|(count, _)| *count > 0).collect();
    assert!(wrong.is_empty(), "allocations of {} messages: {wrong:#?}", ROUNDS * BATCH);
}

#[test]
fn messages() {
    none_allocates(Case::all(&VERSIONS, |case| case));
}

#[test]
fn messages_acknowledged_by_hand() {
    none_allocates(Case::all(&VERSIONS, |case| Case { ack: AckMode::Manual, ..case }));
}

#[test]
fn messages_that_wait_for_a_store() {
    let gated = |case| Case { durability: Durability::Gate, ..case };
    none_allocates(Case::all(&VERSIONS, gated));
    none_allocates(Case::all(&VERSIONS, |case| Case { ack: AckMode::Manual, ..gated(case) }));
}

#[test]
fn messages_that_are_counted() {
    none_allocates(Case::all(&VERSIONS, |case| Case { stats: true, ..case }));
}

#[test]
fn messages_with_properties() {
    none_allocates(Case::all(&[Version::V5], |case| Case { properties: true, ..case }));
}

#[test]
fn messages_that_wait_for_the_receive_maximum() {
    let slow = |case| Case { receive_maximum: 2, properties: true, ..case };
    none_allocates(Case::all(&[Version::V5], slow));
}

#[test]
fn messages_that_wait_for_the_transport() {
    none_allocates(Case::all(&VERSIONS, |case| Case { max_output: 100, stats: true, ..case }));
}

#[test]
fn aliases_of_the_session() {
    for max in [2, 3] {
        let case = |case| Case { aliases: Aliases::Automatic(max), ..case };
        none_allocates(Case::all(&[Version::V5], case));
        let rich = |case| Case { aliases: Aliases::Automatic(max), properties: true, ..case };
        none_allocates(Case::all(&[Version::V5], rich));
    }
}

/// All but the first of a batch wait for a second.
#[test]
fn messages_whose_expiry_goes_down() {
    let slow = |case| Case { max_output: 1, properties: true, waits: 1_001, ..case };
    none_allocates(Case::all(&[Version::V5], slow));
}

#[test]
fn aliases_of_the_caller() {
    let chosen = |case| Case { aliases: Aliases::Chosen, ..case };
    none_allocates(Case::all(&[Version::V5], chosen));
    none_allocates(Case::all(&[Version::V5], |case| Case { properties: true, ..chosen(case) }));
}

#[test]
fn requests_and_pings() {
    for version in VERSIONS {
        let mut pair = Pair::new(Case::new(version, QoS::AtMostOnce, true));
        let filters = [Subscription::new("sensors/#", QoS::ExactlyOnce)];
        let names = ["sensors/#"];
        let allocations = count(&mut pair, |pair, round| {
            pair.now += 10_000;
            pair.client.handle_timeout(pair.now());
            pair.server.handle_timeout(pair.now());
            let subscribe = Subscribe {
                filters: Subscriptions::new(&filters),
                ..Subscribe::new(mqtt_core::PacketId::MIN)
            };
            let unsubscribe = Unsubscribe {
                filters: TopicFilters::new(&names),
                ..Unsubscribe::new(mqtt_core::PacketId::MIN)
            };
            pair.client.subscribe(pair.now(), &subscribe, round).expect("there is room");
            pair.client.unsubscribe(pair.now(), &unsubscribe, round).expect("there is room");
            pair.settle();
            assert_eq!((pair.seen.requests, pair.seen.answers), (2 * round + 2, 2 * round + 2));
        });
        assert_eq!(allocations, 0, "{version:?}");
    }
}
