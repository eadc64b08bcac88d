//! Sessions, ours and those of peers, driven over the same exchanges: bytes in, events and bytes out.
//!
//! | exchange | the peer sends | the session |
//! |---|---|---|
//! | recv0 | PUBLISH of QoS 0, case a of the corpus | reports the message |
//! | recv1 | PUBLISH of QoS 1, case b of the corpus | reports the message, sends PUBACK |
//! | send1 | PUBACK | sends a message of QoS 1 with 256 bytes, and reports that it is done |
//! | send2 | PUBREC, PUBCOMP | sends a message of QoS 2 with 256 bytes, PUBREL, and reports the same |
//!
//! A run of an exchange is a window of 16 messages: all are open before the first is acknowledged. Each
//! packet is an input of its own, or 16 are one. What the session has to send is taken after each input
//! and each command, or after 16 commands. The packets of the peer are made before; only the identifier
//! that a session has chosen for its message is put into their acknowledgement then.

use crate::corpus::{Case, Fact, Protocol, TOPIC, push_varint, sample};
use crate::ours::{version, visit_properties, visit_publish};
use crate::visit::{Record, Visit};
use bytes::Buf;
use core::hint::black_box;
use mqtt_core::store::Persist;
use mqtt_core::{
    ClientConfig, ClientSession, ConnAck, Connect, Durability, Event, Instant, Packet, PersistOp,
    Publish, PublishStatus, QoS, ServerConfig, ServerSession, WhenFull,
};

/// Messages of a run, and how many are open at a time.
pub const WINDOW: usize = 16;

/// The packets of one input: one, or those of a whole window.
pub const BATCHES: [usize; 2] = [1, WINDOW];

/// What is exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// Messages of QoS 0 come.
    Recv0,
    /// Messages of QoS 1 come.
    Recv1,
    /// Messages of QoS 1 go out.
    Send1,
    /// Messages of QoS 2 go out.
    Send2,
}

impl Scenario {
    /// Each.
    pub const ALL: [Scenario; 4] =
        [Scenario::Recv0, Scenario::Recv1, Scenario::Send1, Scenario::Send2];

    /// One word for tables and arguments.
    pub fn name(self) -> &'static str {
        ["recv0", "recv1", "send1", "send2"][self as usize]
    }

    /// What happens, for a legend.
    pub fn title(self) -> &'static str {
        match self {
            Scenario::Recv0 => "PUBLISH QoS 0 in (16 B), message out",
            Scenario::Recv1 => {
                "PUBLISH QoS 1 in (256 B; 5.0: 6 properties), message and PUBACK out"
            }
            Scenario::Send1 => "message in (256 B), PUBLISH QoS 1 out, PUBACK in",
            Scenario::Send2 => {
                "message in (256 B), PUBLISH QoS 2 out, PUBREC in, PUBREL out, PUBCOMP in"
            }
        }
    }
}

/// A session under test.
pub trait Engine {
    /// A session whose connection is open; what it sends has this payload.
    fn open(protocol: Protocol, payload: &'static [u8]) -> Self;

    /// Sends a message of QoS 1 or 2, and gives its packet identifier. `wire` gets bytes to send, now or
    /// by `flush`.
    fn publish<W: Visit>(&mut self, qos: u8, wire: &mut W) -> u16;

    /// Takes bytes of the peer, and shows each event to `events`. Gives how many messages have come or
    /// are done. `wire` gets bytes to send, now or by `flush`.
    fn receive<E: Visit, W: Visit>(&mut self, input: &[u8], events: &mut E, wire: &mut W) -> usize;

    /// Gives `wire` what is to be sent, as far as it has not got it.
    fn flush<W: Visit>(&mut self, wire: &mut W);

    /// Stores what is to be stored, of a whole window, and gives `wire` what waited for that.
    #[inline]
    fn commit<W: Visit>(&mut self, _wire: &mut W) {}
}

/// What a peer sends in one scenario.
#[derive(Debug)]
pub struct Exchange {
    protocol: Protocol,
    scenario: Scenario,
    batch: usize,
    /// The messages that come, as they are handed in.
    inputs: Vec<Vec<u8>>,
    /// The acknowledgements of messages that go out, one after the other.
    acks: [u8; WINDOW * ACK_LEN],
}

/// An acknowledgement in its short form: type, length, identifier.
const ACK_LEN: usize = 4;
const PUBACK: u8 = 0x40;
const PUBREC: u8 = 0x50;
const PUBREL: u8 = 0x62;
const PUBCOMP: u8 = 0x70;
/// The packet identifier in case b of the corpus.
const CORPUS_ID: u16 = 0x1234;

impl Exchange {
    /// The packets, so many of them in an input.
    pub fn new(protocol: Protocol, scenario: Scenario, batch: usize) -> Self {
        let packet = |id| match scenario {
            Scenario::Recv0 => sample(protocol, Case::A).bytes.clone(),
            Scenario::Recv1 => {
                let mut bytes = sample(protocol, Case::B).bytes.clone();
                let topic = bytes.windows(TOPIC.len()).position(|part| part == TOPIC.as_bytes());
                let at = topic.expect("it has the topic") + TOPIC.len();
                bytes[at..at + 2].copy_from_slice(&u16::to_be_bytes(id));
                bytes
            }
            Scenario::Send1 | Scenario::Send2 => Vec::new(),
        };
        let packets: Vec<Vec<u8>> = (1..=WINDOW as u16).map(packet).collect();
        let inputs = packets.chunks(batch).map(<[Vec<u8>]>::concat).collect();
        let mut acks = [0; WINDOW * ACK_LEN];
        acks.chunks_exact_mut(ACK_LEN).for_each(|ack| ack[1] = 2);
        Exchange { protocol, scenario, batch, inputs, acks }
    }

    /// A session, which must have reported and sent what it should.
    ///
    /// # Panics
    /// It has not.
    pub fn open<S: Engine>(&mut self) -> S {
        let mut session = S::open(self.protocol, payload());
        for _ in 0..2 {
            let (mut events, mut wire) = (Record::default(), Record::default());
            let done = self.run(&mut session, &mut events, &mut wire);
            assert_eq!(done, WINDOW, "messages");
            assert_eq!(wire.0.concat(), self.expected_bytes(), "bytes sent");
            if let Some(facts) = self.expected_facts() {
                assert!(events.is(&facts), "messages reported");
            }
        }
        session
    }

    /// Exchanges a window of messages; gives how many have come or are done.
    #[inline]
    pub fn run<S: Engine, E: Visit, W: Visit>(
        &mut self,
        session: &mut S,
        events: &mut E,
        wire: &mut W,
    ) -> usize {
        match self.scenario {
            Scenario::Recv0 | Scenario::Recv1 => {
                let mut done = 0;
                for input in &self.inputs {
                    done += session.receive(black_box(input), events, wire);
                    session.flush(wire);
                }
                session.commit(wire);
                done
            }
            Scenario::Send1 => {
                self.publish(1, session, wire);
                self.acknowledge(PUBACK, session, events, wire)
            }
            Scenario::Send2 => {
                self.publish(2, session, wire);
                self.acknowledge(PUBREC, session, events, wire)
                    + self.acknowledge(PUBCOMP, session, events, wire)
            }
        }
    }

    #[inline(always)]
    fn publish<S: Engine, W: Visit>(&mut self, qos: u8, session: &mut S, wire: &mut W) {
        for acks in self.acks.chunks_mut(self.batch * ACK_LEN) {
            for ack in acks.chunks_exact_mut(ACK_LEN) {
                let id = session.publish(qos, wire);
                ack[2..].copy_from_slice(&id.to_be_bytes());
            }
            session.flush(wire);
        }
        session.commit(wire);
    }

    #[inline(always)]
    fn acknowledge<S: Engine, E: Visit, W: Visit>(
        &mut self,
        first_byte: u8,
        session: &mut S,
        events: &mut E,
        wire: &mut W,
    ) -> usize {
        let mut done = 0;
        for acks in self.acks.chunks_mut(self.batch * ACK_LEN) {
            acks.chunks_exact_mut(ACK_LEN).for_each(|ack| ack[0] = first_byte);
            done += session.receive(black_box(acks), events, wire);
            session.flush(wire);
        }
        session.commit(wire);
        done
    }

    /// What a session has sent, by the identifiers of the last run.
    fn expected_bytes(&self) -> Vec<u8> {
        let ids = self.acks.chunks_exact(ACK_LEN).map(|ack| [ack[2], ack[3]]);
        let publish =
            |qos: u8| ids.clone().flat_map(move |id| publish_bytes(self.protocol, qos, id));
        let ack = |first_byte: u8, [high, low]: [u8; 2]| [first_byte, 2, high, low];
        match self.scenario {
            Scenario::Recv0 => Vec::new(),
            Scenario::Recv1 => {
                (1..=WINDOW as u16).flat_map(|id| ack(PUBACK, id.to_be_bytes())).collect()
            }
            Scenario::Send1 => publish(1).collect(),
            Scenario::Send2 => publish(2).chain(ids.flat_map(|id| ack(PUBREL, id))).collect(),
        }
    }

    /// All that is in the messages that come.
    fn expected_facts(&self) -> Option<Vec<Fact>> {
        let case = match self.scenario {
            Scenario::Recv0 => Case::A,
            Scenario::Recv1 => Case::B,
            Scenario::Send1 | Scenario::Send2 => return None,
        };
        let int = |id: u16| u64::from(id).to_be_bytes().to_vec();
        let facts = |id| {
            let facts = sample(self.protocol, case).facts.iter().cloned();
            facts.map(move |fact| if fact == int(CORPUS_ID) { int(id) } else { fact })
        };
        Some((1..=WINDOW as u16).flat_map(facts).collect())
    }
}

/// The payload of case b, in both versions.
fn payload() -> &'static [u8] {
    let bytes = &sample(Protocol::V311, Case::B).bytes[..];
    &bytes[bytes.len() - 256..]
}

/// A message without properties.
fn publish_bytes(protocol: Protocol, qos: u8, id: [u8; 2]) -> Vec<u8> {
    let mut body = (TOPIC.len() as u16).to_be_bytes().to_vec();
    body.extend_from_slice(TOPIC.as_bytes());
    body.extend_from_slice(&id);
    if protocol == Protocol::V5 {
        body.push(0);
    }
    body.extend_from_slice(payload());
    let mut bytes = vec![0x30 | qos << 1];
    push_varint(&mut bytes, body.len());
    bytes.extend_from_slice(&body);
    bytes
}

/// Our client, as it is configured by default. Its clock stands still.
#[derive(Debug)]
pub struct Client {
    session: ClientSession,
    payload: &'static [u8],
}

impl Client {
    fn new(protocol: Protocol, payload: &'static [u8]) -> Self {
        let version = version(protocol);
        Self::open(ClientConfig { version, ..ClientConfig::default() }, protocol, payload)
    }

    fn open(config: ClientConfig, protocol: Protocol, payload: &'static [u8]) -> Self {
        let mut session = ClientSession::new(config);
        session.connect(Instant::default(), &connect(protocol)).expect("it may connect");
        commit(&mut session, &mut Vec::new());
        drain(session.transmit(), &mut Record::default());
        let connack: &[u8] = match protocol {
            Protocol::V311 => b"\x20\x02\0\0",
            Protocol::V5 => b"\x20\x03\0\0\0",
        };
        session.handle_input(Instant::default(), connack);
        assert!(matches!(session.poll_event(), Some(Event::Connected { .. })));
        Client { session, payload }
    }
}

/// Our client, whose promises wait for a store: one in memory, which commits what a window of messages
/// changes at a time.
#[derive(Debug)]
pub struct GatedClient {
    client: Client,
    /// What the store writes.
    journal: Vec<u8>,
}

/// Lets a store have what is told, and says that it is safe.
fn commit(session: &mut ClientSession, journal: &mut Vec<u8>) {
    let mut last = 0;
    // The numbers follow from the first.
    journal.clear();
    while let Some(PersistOp { seq, change, .. }) = session.poll_persist() {
        last = seq;
        let (key, value): (&[u8], &[u8]) = match change {
            Persist::Put { key, value } => (key, value),
            Persist::Delete { key } => (key, &[]),
            Persist::Clear | Persist::Mark => (&[], &[]),
        };
        journal.extend_from_slice(key);
        journal.extend_from_slice(value);
    }
    black_box(&journal);
    if last > 0 {
        session.persisted(Instant::default(), last);
    }
}

impl Engine for GatedClient {
    fn open(protocol: Protocol, payload: &'static [u8]) -> Self {
        let version = version(protocol);
        let mut config = ClientConfig { version, ..ClientConfig::default() };
        config.session.persist.durability = Durability::Gate;
        Self { client: Client::open(config, protocol, payload), journal: Vec::new() }
    }

    fn publish<W: Visit>(&mut self, qos: u8, wire: &mut W) -> u16 {
        self.client.publish(qos, wire)
    }

    fn receive<E: Visit, W: Visit>(&mut self, input: &[u8], events: &mut E, wire: &mut W) -> usize {
        self.client.receive(input, events, wire)
    }

    fn flush<W: Visit>(&mut self, wire: &mut W) {
        self.client.flush(wire);
    }

    fn commit<W: Visit>(&mut self, wire: &mut W) {
        commit(&mut self.client.session, &mut self.journal);
        self.flush(wire);
    }
}

/// The server's side of ours, as it is configured by default. Its clock stands still.
#[derive(Debug)]
pub struct Server {
    session: ServerSession,
    payload: &'static [u8],
}

impl Server {
    fn new(protocol: Protocol, payload: &'static [u8]) -> Self {
        Server { session: idle_server(protocol), payload }
    }
}

/// The server's side of a clean session just after CONNACK: all is drained, and nothing waits.
pub fn idle_server(protocol: Protocol) -> ServerSession {
    let now = Instant::default();
    let mut buffer = [0; 64];
    let connect = Packet::from(connect(protocol));
    let len = connect.encode_to_slice(version(protocol), &mut buffer).expect("there is room");
    let mut session = ServerSession::new(ServerConfig::default(), now);
    session.handle_input(now, &buffer[..len]);
    assert!(matches!(session.poll_event(), Some(Event::Connect(_))));
    session.accept(now, &ConnAck::default(), None).expect("it is asked");
    assert!(session.poll_event().is_none());
    let sent = session.transmit().remaining();
    session.transmit().advance(sent);
    session
}

fn connect(protocol: Protocol) -> Connect<'static> {
    Connect {
        version: version(protocol),
        clean_start: true,
        keep_alive: 60,
        client_id: "gateway-north-0042-a7f3c2",
        ..Connect::default()
    }
}

#[inline]
fn drain<W: Visit>(mut transmit: impl Buf, wire: &mut W) {
    while transmit.has_remaining() {
        let chunk = transmit.chunk();
        wire.bytes(chunk);
        let len = chunk.len();
        transmit.advance(len);
    }
}

macro_rules! engine {
    ($side:ident, $send:ident) => {
        impl Engine for $side {
            fn open(protocol: Protocol, payload: &'static [u8]) -> Self {
                $side::new(protocol, payload)
            }

            #[inline]
            fn publish<W: Visit>(&mut self, qos: u8, _wire: &mut W) -> u16 {
                let qos = if qos == 1 { QoS::AtLeastOnce } else { QoS::ExactlyOnce };
                let (topic, payload) = (TOPIC, self.payload);
                let publish = black_box(Publish { topic, qos, payload, ..Publish::default() });
                let status = self.session.$send(Instant::default(), &publish, 7, WhenFull::Queue);
                match status {
                    Ok(PublishStatus::Sent(Some(id))) => id.get(),
                    other => panic!("the peer takes it: {other:?}"),
                }
            }

            #[inline]
            fn receive<E: Visit, W: Visit>(
                &mut self,
                input: &[u8],
                events: &mut E,
                _wire: &mut W,
            ) -> usize {
                let taken = self.session.handle_input(Instant::default(), input);
                assert_eq!(taken, input.len());
                let mut done = 0;
                while let Some(event) = &self.session.poll_event() {
                    visit_event(black_box(event), events);
                    done += 1;
                }
                done
            }

            #[inline]
            fn flush<W: Visit>(&mut self, wire: &mut W) {
                drain(self.session.transmit(), wire);
            }
        }
    };
}

engine!(Client, publish);
engine!(Server, deliver);

#[inline]
fn visit_event<V: Visit>(event: &Event<'_>, visitor: &mut V) {
    match event {
        Event::Message { publish, ack: None, .. } => visit_publish(publish, visitor),
        Event::Published { token, packet_id, reason, properties } => {
            visitor.int(*token);
            visitor.int(packet_id.get().into());
            visitor.int(reason.0.into());
            visit_properties(properties, visitor);
        }
        other => panic!("not in the exchanges: {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_report_and_send_what_they_should() {
        for protocol in Protocol::ALL {
            for scenario in Scenario::ALL {
                for batch in BATCHES {
                    let mut exchange = Exchange::new(protocol, scenario, batch);
                    exchange.open::<Client>();
                    exchange.open::<Server>();
                    exchange.open::<GatedClient>();
                }
            }
        }
    }

    #[test]
    fn an_idle_session_has_nothing_to_do() {
        for protocol in Protocol::ALL {
            let mut session = idle_server(protocol);
            assert!(session.is_connected() && session.poll_event().is_none());
            assert!(!session.transmit().has_remaining());
        }
    }
}
