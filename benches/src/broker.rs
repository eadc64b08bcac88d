//! A whole broker in memory: bytes of publishers in, bytes for subscribers out.
//!
//! | exchange | bytes in | bytes out |
//! |---|---|---|
//! | one0 | PUBLISH of QoS 0, 256 bytes | the same for one subscriber |
//! | one1 | PUBLISH of QoS 1; PUBACK of the subscriber | PUBACK; PUBLISH |
//! | one2 | PUBLISH, PUBREL; PUBREC, PUBCOMP of the subscriber | PUBREC, PUBCOMP; PUBLISH, PUBREL |
//! | fan0 | PUBLISH of QoS 0, 256 bytes | the same for each of 1,000 subscribers |
//!
//! Each packet is an input of its own; events are polled and what is to be sent is taken after each.

use crate::corpus::{Protocol, TOPIC};
use crate::ours::version;
use crate::visit::Visit;
use bytes::Buf;
use core::hash::BuildHasher;
use foldhash::fast::FixedState;
use mqtt_core::{
    Broker, BrokerConfig, ConnId, Connect, Instant, Packet, PacketId, Publish, QoS, Subscribe,
    Subscription, Subscriptions,
};

/// Subscribers of the exchange with many.
pub const MANY: usize = 1_000;
/// Bytes of a payload.
pub const PAYLOAD: usize = 256;

/// What is exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// One publisher, one subscriber, by QoS.
    One(QoS),
    /// One publisher, many subscribers, QoS 0.
    Many,
}

impl Exchange {
    /// Each.
    pub const ALL: [Self; 4] = [
        Self::One(QoS::AtMostOnce),
        Self::One(QoS::AtLeastOnce),
        Self::One(QoS::ExactlyOnce),
        Self::Many,
    ];

    /// One word for tables and arguments.
    pub fn name(self) -> &'static str {
        match self {
            Self::One(qos) => ["one0", "one1", "one2"][qos as usize],
            Self::Many => "fan0",
        }
    }

    /// How many subscribers get each message.
    pub fn deliveries(self) -> usize {
        if self == Self::Many { MANY } else { 1 }
    }
}

/// A broker with its clients.
pub struct World<S> {
    /// The broker.
    pub broker: Broker<S>,
    protocol: Protocol,
    publisher: ConnId,
    subscribers: Vec<ConnId>,
    qos: QoS,
    publish: Vec<u8>,
    now: Instant,
}

/// The moment that never passes.
pub const NOW: Instant = Instant::from_millis(0);

/// The hasher that a broker is measured with, with a fixed seed: the one that hashbrown comes with. SipHash, which
/// the standard library has, costs some 200 instructions more for each level of a topic.
pub fn hasher() -> FixedState {
    FixedState::with_seed(7)
}

/// A client is let in.
pub fn connect<S: BuildHasher + Clone>(
    broker: &mut Broker<S>,
    protocol: Protocol,
    client_id: &str,
) -> ConnId {
    let conn = broker.open(NOW).expect("there is room");
    let version = version(protocol);
    let connect = Connect { version, client_id, clean_start: true, ..Connect::default() };
    send(broker, conn, connect.into(), protocol);
    conn
}

/// A client subscribes.
pub fn subscribe<S: BuildHasher + Clone>(
    broker: &mut Broker<S>,
    protocol: Protocol,
    conn: ConnId,
    filter: &str,
    qos: QoS,
) {
    let filters = [Subscription::new(filter, qos)];
    let filters = Subscriptions::new(&filters);
    let subscribe = Subscribe { filters, ..Subscribe::new(PacketId::MIN) };
    send(broker, conn, subscribe.into(), protocol);
}

/// A client sends a packet.
pub fn send<S: BuildHasher + Clone>(
    broker: &mut Broker<S>,
    conn: ConnId,
    packet: Packet<'_>,
    protocol: Protocol,
) {
    let mut bytes = Vec::new();
    packet.encode(version(protocol), &mut bytes).expect("it is legal");
    assert_eq!(broker.handle_input(conn, NOW, &bytes), bytes.len());
    drain(broker, |_, _| {});
}

/// Polls all events, and takes all that is to be sent, piece by piece.
pub fn drain<S: BuildHasher + Clone>(broker: &mut Broker<S>, mut each: impl FnMut(ConnId, &[u8])) {
    while broker.poll_event().is_some() {}
    while let Some((conn, mut out)) = broker.poll_transmit() {
        while out.has_remaining() {
            let chunk = out.chunk();
            each(conn, chunk);
            let len = chunk.len();
            out.advance(len);
        }
    }
}

impl<S: BuildHasher + Clone> World<S> {
    /// A broker with a publisher and subscribers to one topic.
    pub fn new(protocol: Protocol, exchange: Exchange, hasher: S) -> Self {
        let config = BrokerConfig { sys_interval: None, ..BrokerConfig::default() };
        let mut broker = Broker::with_hasher(config, NOW, hasher);
        let publisher = connect(&mut broker, protocol, "publisher");
        let qos = match exchange {
            Exchange::One(qos) => qos,
            Exchange::Many => QoS::AtMostOnce,
        };
        let subscribers = (0..exchange.deliveries())
            .map(|number| {
                let conn = connect(&mut broker, protocol, &format!("subscriber-{number}"));
                subscribe(&mut broker, protocol, conn, TOPIC, qos);
                conn
            })
            .collect();
        let mut publish = Vec::new();
        let packet_id = (qos > QoS::AtMostOnce).then_some(PacketId::MIN);
        let payload = &[b'x'; PAYLOAD];
        let packet = Publish { topic: TOPIC, qos, packet_id, payload, ..Publish::default() };
        Packet::from(packet).encode(version(protocol), &mut publish).expect("it is legal");
        Self { broker, protocol, publisher, subscribers, qos, publish, now: NOW }
    }

    /// The version that is spoken.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// One message, from its bytes to those for all subscribers, with all acknowledgements; gives how many bytes
    /// went out.
    pub fn run<V: Visit>(&mut self, wire: &mut V) -> usize {
        let Self { broker, publisher, subscribers, publish, now, .. } = self;
        let (publisher, subscriber) = (*publisher, subscribers[0]);
        // The identifier that the broker has chosen for the subscriber.
        let (mut sent, mut id) = (0, [0; 2]);
        let mut step = |conn: ConnId, packet: &[u8]| {
            broker.handle_input(conn, *now, packet);
            drain(broker, |conn, bytes| {
                wire.bytes(bytes);
                sent += bytes.len();
                if conn == subscriber && bytes[0] >> 4 == 3 {
                    let at = ID_AT.min(bytes.len() - 2);
                    id = [bytes[at], bytes[at + 1]];
                }
            });
            id
        };
        let [high, low] = step(publisher, publish);
        match self.qos {
            QoS::AtMostOnce => {}
            QoS::AtLeastOnce => {
                step(subscriber, &[0x40, 2, high, low]);
            }
            QoS::ExactlyOnce => {
                step(subscriber, &[0x50, 2, high, low]);
                step(publisher, &[0x62, 2, 0, 1]);
                step(subscriber, &[0x70, 2, high, low]);
            }
        }
        sent
    }
}

/// Where the identifier is in PUBLISH: behind two bytes of length and the topic.
const ID_AT: usize = 1 + 2 + 2 + TOPIC.len();
