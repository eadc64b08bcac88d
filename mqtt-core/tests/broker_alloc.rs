//! What a broker allocates once it has been busy for a while: nothing.

use allocation_counter::measure;
use bytes::Buf;
use core::hash::BuildHasherDefault;
use mqtt_core::{
    Broker, BrokerConfig, ConnId, Connect, Instant, Packet, PacketId, Properties, Property,
    Publish, QoS, Subscribe, Subscription, Subscriptions, Version,
};
use std::hash::DefaultHasher;

type World = Broker<BuildHasherDefault<DefaultHasher>>;

const NOW: Instant = Instant::from_millis(0);
const TOPIC: &str = "plant/7/line/2/temp/00142";
/// Messages before it counts, and then.
const WARM: usize = 100;
const MESSAGES: usize = 200;

/// Who gets what.
#[derive(Clone, Copy, Debug)]
struct Case {
    /// Of the publisher, and of subscribers by turns.
    version: Version,
    others: Version,
    subscribers: usize,
    /// Each has two subscriptions that match.
    overlapping: bool,
    qos: QoS,
    properties: bool,
}

impl Case {
    fn all(qos: QoS) -> Vec<Self> {
        let (v3, v5) = (Version::V311, Version::V5);
        let mut all = Vec::new();
        for (version, others) in [(v3, v3), (v5, v5), (v5, v3)] {
            for subscribers in [1, 100] {
                for (overlapping, properties) in [(false, false), (true, false), (false, true)] {
                    let properties = properties && version == v5;
                    all.push(Self { version, others, subscribers, overlapping, qos, properties });
                }
            }
        }
        all
    }
}

/// A broker with a publisher and subscribers.
struct Exchange {
    broker: World,
    publisher: ConnId,
    publish: Vec<u8>,
    /// How many came to subscribers, and what is to be answered.
    messages: usize,
    answers: Vec<(ConnId, [u8; 4])>,
}

impl Exchange {
    fn new(case: Case) -> Self {
        let config = BrokerConfig { sys_interval: None, ..BrokerConfig::default() };
        let mut broker = World::new(config, NOW);
        let publisher = connect(&mut broker, case.version, "publisher");
        for number in 0..case.subscribers {
            let version = if number % 2 == 0 { case.version } else { case.others };
            let conn = connect(&mut broker, version, &format!("subscriber-{number}"));
            let filters = [
                Subscription::new(TOPIC, QoS::ExactlyOnce),
                Subscription::new("plant/#", QoS::ExactlyOnce),
            ];
            let filters = Subscriptions::new(&filters[..1 + usize::from(case.overlapping)]);
            let subscribe = Subscribe { filters, ..Subscribe::new(PacketId::MIN) };
            broker.handle_input(conn, NOW, &encoded(subscribe.into(), version));
        }
        let list = [Property::ContentType("text/plain"), Property::UserProperty("unit", "K")];
        let publish = Publish {
            topic: TOPIC,
            qos: case.qos,
            packet_id: (case.qos > QoS::AtMostOnce).then_some(PacketId::MIN),
            payload: &[b'x'; 256],
            properties: Properties::new(if case.properties { &list } else { &[] }),
            ..Publish::default()
        };
        let publish = encoded(publish.into(), case.version);
        let answers = Vec::with_capacity(200);
        let mut exchange = Self { broker, publisher, publish, messages: 0, answers };
        exchange.drain();
        exchange
    }

    /// One message, with all that is answered.
    fn run(&mut self) {
        self.broker.handle_input(self.publisher, NOW, &self.publish);
        self.drain();
        while let Some((conn, answer)) = self.answers.pop() {
            self.broker.handle_input(conn, NOW, &answer);
            self.drain();
        }
    }

    /// Polls all events, and takes all that is to be sent.
    fn drain(&mut self) {
        let Self { broker, messages, answers, .. } = self;
        while broker.poll_event().is_some() {}
        while let Some((conn, mut out)) = broker.poll_transmit() {
            while out.has_remaining() {
                let chunk = out.chunk();
                *messages += usize::from(chunk[0] >> 4 == 3);
                let (len, answer) = read(chunk);
                answers.extend(answer.map(|answer| (conn, answer)));
                out.advance(len);
            }
        }
    }
}

/// Reads the first packet: its length, and what answers it.
fn read(bytes: &[u8]) -> (usize, Option<[u8; 4]>) {
    let (mut len, mut head) = (0, 1);
    while head == 1 || bytes[head - 1] >= 128 {
        len |= usize::from(bytes[head] & 127) << (7 * (head - 1));
        head += 1;
    }
    let body = &bytes[head..head + len];
    let (at, first) = match (bytes[0] >> 4, bytes[0] >> 1 & 3) {
        // PUBLISH of QoS 1 and 2, with the identifier behind the topic.
        (3, 1) => (2 + TOPIC.len(), 0x40),
        (3, 2) => (2 + TOPIC.len(), 0x50),
        // PUBREC, PUBREL.
        (5, _) => (0, 0x62),
        (6, _) => (0, 0x70),
        _ => return (head + len, None),
    };
    (head + len, Some([first, 2, body[at], body[at + 1]]))
}

fn encoded(packet: Packet<'_>, version: Version) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.encode(version, &mut bytes).expect("it is legal");
    bytes
}

fn connect(broker: &mut World, version: Version, client_id: &str) -> ConnId {
    let conn = broker.open(NOW).expect("there is room");
    let connect = Connect { version, client_id, clean_start: true, ..Connect::default() };
    broker.handle_input(conn, NOW, &encoded(connect.into(), version));
    conn
}

/// Allocations of many messages, after as many that do not count.
fn count(case: Case) -> u64 {
    let mut exchange = Exchange::new(case);
    (0..WARM).for_each(|_| exchange.run());
    exchange.messages = 0;
    let info = measure(|| (0..MESSAGES).for_each(|_| exchange.run()));
    assert_eq!(exchange.messages, MESSAGES * case.subscribers, "{case:?}");
    info.count_total
}

fn none_allocates(qos: QoS) {
    let counts = Case::all(qos).into_iter().map(|case| (count(case), case));
    let wrong: Vec<_> = counts.filter(|(count, _)| *count > 0).collect();
    assert!(wrong.is_empty(), "allocations of {MESSAGES} messages: {wrong:#?}");
}

#[test]
fn messages_of_qos_0() {
    none_allocates(QoS::AtMostOnce);
}

#[test]
fn messages_of_qos_1() {
    none_allocates(QoS::AtLeastOnce);
}

#[test]
fn messages_of_qos_2() {
    none_allocates(QoS::ExactlyOnce);
}
