//! Messages of QoS 0 that many get: what each is sent, whenever it takes what was sent before.

use bytes::Buf;
use core::hash::BuildHasherDefault;
use mqtt_core::{
    Broker, BrokerConfig, ConnId, Connect, Instant, Packet, PacketId, Properties, Property,
    Publish, Subscribe, Subscription, SubscriptionOptions, Subscriptions, Version,
};
use std::hash::DefaultHasher;

const NOW: Instant = Instant::from_millis(0);

struct Site {
    broker: Broker<BuildHasherDefault<DefaultHasher>>,
    publisher: ConnId,
}

impl Site {
    fn new() -> Self {
        let config = BrokerConfig { sys_interval: None, ..BrokerConfig::default() };
        let mut broker = Broker::new(config, NOW);
        let publisher = broker.open(NOW).expect("there is room");
        let mut site = Self { broker, publisher };
        site.connect(publisher, "publisher", Version::V5, &[]);
        site
    }

    fn send(&mut self, conn: ConnId, version: Version, packet: Packet<'_>) {
        let mut bytes = Vec::new();
        packet.encode(version, &mut bytes).expect("it is legal");
        assert_eq!(self.broker.handle_input(conn, NOW, &bytes), bytes.len());
        while self.broker.poll_event().is_some() {}
    }

    fn connect(&mut self, conn: ConnId, client_id: &str, version: Version, list: &[Property<'_>]) {
        let properties = Properties::new(list);
        let connect =
            Connect { version, client_id, clean_start: true, properties, ..Connect::default() };
        self.send(conn, version, connect.into());
        self.take(conn);
    }

    /// A client that subscribes to all topics.
    fn subscriber(&mut self, client_id: &str, kind: &Kind) -> ConnId {
        let conn = self.broker.open(NOW).expect("there is room");
        self.connect(conn, client_id, kind.version, &kind.properties);
        let retain_as_published = kind.retain_as_published;
        let options = SubscriptionOptions { retain_as_published, ..SubscriptionOptions::default() };
        let filters = [Subscription { filter: "#", options }];
        let list: Vec<Property<'_>> =
            kind.id.map(Property::SubscriptionIdentifier).into_iter().collect();
        let (filters, properties) = (Subscriptions::new(&filters), Properties::new(&list));
        let subscribe = Subscribe { filters, properties, ..Subscribe::new(PacketId::MIN) };
        self.send(conn, kind.version, subscribe.into());
        self.take(conn);
        conn
    }

    fn publish(&mut self, publish: Publish<'_>) {
        self.send(self.publisher, Version::V5, publish.into());
    }

    /// Takes some bytes of a connection at most.
    fn take_some(&mut self, conn: ConnId, most: usize) -> Vec<u8> {
        let mut out = self.broker.transmit(conn);
        let mut taken = Vec::new();
        while out.has_remaining() && taken.len() < most {
            let len = out.chunk().len().min(most - taken.len());
            taken.extend_from_slice(&out.chunk()[..len]);
            out.advance(len);
        }
        taken
    }

    fn take(&mut self, conn: ConnId) -> Vec<u8> {
        self.take_some(conn, usize::MAX)
    }
}

/// A subscriber.
#[derive(Clone)]
struct Kind {
    version: Version,
    retain_as_published: bool,
    id: Option<u32>,
    properties: Vec<Property<'static>>,
}

impl Kind {
    const fn new(version: Version) -> Self {
        Self { version, retain_as_published: false, id: None, properties: Vec::new() }
    }
}

fn kinds() -> Vec<Kind> {
    let v5 = Kind::new(Version::V5);
    vec![
        Kind::new(Version::V31),
        Kind::new(Version::V311),
        v5.clone(),
        Kind { retain_as_published: true, ..v5.clone() },
        Kind { id: Some(7), ..v5.clone() },
        Kind { id: Some(700), retain_as_published: true, ..v5.clone() },
        Kind { properties: vec![Property::MaximumPacketSize(30)], ..v5.clone() },
        Kind { properties: vec![Property::TopicAliasMaximum(5)], ..v5 },
    ]
}

const LIST: [Property<'static>; 2] =
    [Property::ContentType("text/plain"), Property::UserProperty("unit", "K")];

fn messages() -> [Publish<'static>; 5] {
    let plain = Publish { topic: "a/b", payload: b"first", ..Publish::default() };
    [
        plain,
        Publish { payload: b"second", retain: true, ..plain },
        Publish { properties: Properties::new(&LIST), topic: "a/longer/name", ..plain },
        Publish { payload: b"", topic: "c", ..plain },
        Publish { payload: &[b'x'; 5000], ..plain },
    ]
}

/// What each kind of subscriber is sent for some messages, if it is alone.
fn alone(kind: &Kind, messages: &[Publish<'_>]) -> Vec<u8> {
    let mut site = Site::new();
    let conn = site.subscriber("s", kind);
    let mut bytes = Vec::new();
    for message in messages {
        site.publish(*message);
        bytes.extend(site.take(conn));
    }
    bytes
}

/// A broker with three subscribers of each kind.
fn all() -> (Site, Vec<(Kind, ConnId)>) {
    let mut site = Site::new();
    let kinds = (0..3).flat_map(|_| kinds()).enumerate();
    let conns = kinds.map(|(number, kind)| {
        let conn = site.subscriber(&format!("s{number}"), &kind);
        (kind, conn)
    });
    let conns = conns.collect();
    (site, conns)
}

#[test]
fn each_of_many_gets_what_it_gets_alone() {
    let (mut site, conns) = all();
    for message in messages() {
        site.publish(message);
        for (kind, conn) in &conns {
            assert_eq!(site.take(*conn), alone(kind, &[message]), "{:?}", kind.version);
        }
    }
}

/// Some take all of each message, some a part, some nothing.
#[test]
fn what_was_not_taken_goes_before_the_next() {
    let (mut site, conns) = all();
    let mut taken = vec![Vec::new(); conns.len()];
    for message in messages() {
        site.publish(message);
        for (number, (_, conn)) in conns.iter().enumerate() {
            let most = [usize::MAX, 3, 0, 1, 17][number % 5];
            taken[number].extend(site.take_some(*conn, most));
        }
    }
    for ((kind, conn), mut taken) in conns.iter().zip(taken) {
        taken.extend(site.take(*conn));
        assert_eq!(taken, alone(kind, &messages()), "{:?}", kind.version);
    }
}

/// An answer goes behind a message that was not taken.
#[test]
fn an_answer_goes_behind() {
    let (mut site, conns) = all();
    let message = messages()[0];
    site.publish(message);
    for (kind, conn) in &conns {
        site.send(*conn, kind.version, Packet::PingReq);
        let expected = [&alone(kind, &[message])[..], b"\xD0\0"].concat();
        assert_eq!(site.take(*conn), expected);
    }
}

#[cfg(feature = "std")] // slices for a vectored write
#[test]
fn one_piece_each() {
    let (mut site, conns) = all();
    let message = messages()[0];
    site.publish(message);
    for (kind, conn) in &conns {
        let expected = alone(kind, &[message]);
        let mut out = site.broker.transmit(*conn);
        out.advance(2);
        let mut slices = [std::io::IoSlice::new(b""); 4];
        assert_eq!(out.chunks_vectored(&mut slices), 1);
        assert_eq!(*slices[0], expected[2..]);
        assert_eq!(out.chunk(), &expected[2..]);
    }
}
