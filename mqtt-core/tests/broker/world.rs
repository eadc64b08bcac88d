//! A broker and its clients on paper, in a time of their own. Clients read and acknowledge at once, unless a test
//! tells them not to.

use crate::kit::{bytes, hex, written};
use crate::texts::{Hello, coded, config, list, message, show, subscription};
use bytes::Buf;
use core::hash::BuildHasherDefault;
use core::mem;
use core::time::Duration;
use mqtt_core::{
    Action, Admission, Auth, Broker, BrokerConfig, BrokerEvent, Closed, ConnAck, ConnId,
    DecodeOptions, Disconnect, Instant, Limits, List, Packet, PacketId, Properties, Property,
    PubAck, PubComp, PubRec, PubRel, Publish, QoS, ReasonCode, Sender, Status, Subscribe,
    Unsubscribe, Version, decode,
};
use std::collections::VecDeque;
use std::hash::DefaultHasher;

pub(crate) type TestBroker = Broker<BuildHasherDefault<DefaultHasher>>;

/// A connection of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Client(usize);

struct Wire {
    conn: ConnId,
    name: String,
    version: Version,
    /// What has come and is no whole packet yet.
    incoming: Vec<u8>,
    /// What the broker has not taken yet.
    outgoing: Vec<u8>,
    /// All that has come, until somebody asks.
    raw: Vec<u8>,
    got: Vec<String>,
    /// Answers to requests: the last code, or codes, by packet identifier.
    answers: Vec<(u16, Vec<u8>)>,
    /// Messages that are to be acknowledged, and to be completed.
    open: VecDeque<(PacketId, QoS)>,
    released: VecDeque<PacketId>,
    acknowledges: bool,
    reads: bool,
    next_id: u16,
    connack: String,
    offers: Vec<String>,
    closed: Option<Closed>,
}

/// A broker and its clients.
pub(crate) struct World {
    pub(crate) broker: TestBroker,
    pub(crate) now: Instant,
    /// Bytes reach the broker in pieces of this size.
    pub(crate) chop: usize,
    /// Nobody polls events.
    pub(crate) is_deaf: bool,
    wires: Vec<Wire>,
    told: Vec<String>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: BrokerConfig) -> Self {
        let now = Instant::from_millis(1_000_000);
        let broker = Broker::new(config, now);
        let (wires, told) = (Vec::new(), Vec::new());
        Self { broker, now, chop: usize::MAX, is_deaf: false, wires, told }
    }

    // ---- Connections

    /// A connection that says nothing yet.
    #[track_caller]
    pub(crate) fn open(&mut self, version: Version, name: &str) -> Client {
        let conn = self.broker.open(self.now).expect("room");
        self.wires.push(Wire {
            conn,
            name: name.into(),
            version,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            raw: Vec::new(),
            got: Vec::new(),
            answers: Vec::new(),
            open: VecDeque::new(),
            released: VecDeque::new(),
            acknowledges: true,
            reads: true,
            next_id: 0,
            connack: String::new(),
            offers: Vec::new(),
            closed: None,
        });
        Client(self.wires.len() - 1)
    }

    #[track_caller]
    pub(crate) fn connect(&mut self, hello: &Hello) -> Client {
        let client = self.open(hello.version, &hello.client_id);
        self.send_bytes(client, &hello.written());
        client
    }

    /// A client with a session that ends with its connection.
    #[track_caller]
    pub(crate) fn join(&mut self, version: Version, client_id: &str) -> Client {
        self.accepted(&Hello::new(version, client_id))
    }

    /// A client whose session goes on, and stays.
    #[track_caller]
    pub(crate) fn stay(&mut self, version: Version, client_id: &str) -> Client {
        self.accepted(&Hello::new(version, client_id).stays())
    }

    #[track_caller]
    pub(crate) fn accepted(&mut self, hello: &Hello) -> Client {
        let client = self.connect(hello);
        assert!(["connack", "connack present"].contains(&self.connack(client)));
        client
    }

    /// What CONNACK said.
    pub(crate) fn connack(&self, client: Client) -> &str {
        &self.wires[client.0].connack
    }

    /// The properties that CONNACK had.
    pub(crate) fn offers(&self, client: Client) -> &[String] {
        &self.wires[client.0].offers
    }

    pub(crate) fn id(&self, client: Client) -> ConnId {
        self.wires[client.0].conn
    }

    pub(crate) fn closed(&self, client: Client) -> Option<Closed> {
        self.wires[client.0].closed
    }

    /// The transport ends without a word.
    pub(crate) fn cut(&mut self, client: Client) {
        self.broker.handle_eof(self.id(client), self.now);
        self.pump();
    }

    /// DISCONNECT.
    pub(crate) fn leave(&mut self, client: Client) {
        self.leave_with(client, 0, &[]);
    }

    pub(crate) fn leave_with(&mut self, client: Client, code: u8, properties: &[Property<'_>]) {
        let properties = Properties::new(properties);
        self.send_packet(client, Disconnect { reason: ReasonCode(code), properties });
    }

    /// It does not acknowledge by itself any more.
    pub(crate) fn hold(&mut self, client: Client) {
        self.wires[client.0].acknowledges = false;
    }

    /// It does not read any more.
    pub(crate) fn stall(&mut self, client: Client) {
        self.wires[client.0].reads = false;
    }

    pub(crate) fn unstall(&mut self, client: Client) {
        self.wires[client.0].reads = true;
        self.drain(client.0);
        self.pump();
    }

    // ---- What clients do

    pub(crate) fn send(&mut self, client: Client, text: &str) {
        self.send_bytes(client, &bytes(text));
    }

    pub(crate) fn send_bytes(&mut self, client: Client, bytes: &[u8]) {
        self.wires[client.0].outgoing.extend_from_slice(bytes);
        self.pump();
    }

    pub(crate) fn send_packet<'p>(&mut self, client: Client, packet: impl Into<Packet<'p>>) {
        let bytes = written(self.wires[client.0].version, packet);
        self.send_bytes(client, &bytes);
    }

    /// Sends a request; gives the answer, if there is one.
    fn request<'p>(
        &mut self,
        client: Client,
        packet: impl FnOnce(PacketId) -> Packet<'p>,
    ) -> Option<Vec<u8>> {
        let wire = &mut self.wires[client.0];
        wire.next_id += 1;
        let id = wire.next_id;
        wire.answers.clear();
        let packet = packet(PacketId::new(id).expect("not 0"));
        self.send_packet(client, packet);
        self.answer(client, id)
    }

    /// What a request of this identifier was answered.
    pub(crate) fn answer(&self, client: Client, id: u16) -> Option<Vec<u8>> {
        let answers = &self.wires[client.0].answers;
        answers.iter().find(|(other, _)| *other == id).map(|(_, codes)| codes.clone())
    }

    /// Publishes; gives the code of PUBACK or PUBREC.
    pub(crate) fn publish(&mut self, client: Client, text: &str) -> Option<u8> {
        self.publish_with(client, text, &[])
    }

    pub(crate) fn publish_with(
        &mut self,
        client: Client,
        text: &str,
        properties: &[Property<'_>],
    ) -> Option<u8> {
        let publish = message(text, properties);
        self.publish_packet(client, publish)
    }

    /// The same, of any message.
    pub(crate) fn publish_packet(&mut self, client: Client, publish: Publish<'_>) -> Option<u8> {
        if publish.qos == QoS::AtMostOnce {
            self.send_packet(client, publish);
            return None;
        }
        let codes = self.request(client, |id| Publish { packet_id: Some(id), ..publish }.into());
        codes.and_then(|codes| codes.first().copied())
    }

    /// Subscribes; gives the codes of SUBACK.
    pub(crate) fn subscribe(&mut self, client: Client, filters: &[&str]) -> Vec<u8> {
        self.subscribe_with(client, &[], filters)
    }

    /// The same with a subscription identifier.
    pub(crate) fn subscribe_as(&mut self, client: Client, id: u32, filters: &[&str]) -> Vec<u8> {
        self.subscribe_with(client, &[Property::SubscriptionIdentifier(id)], filters)
    }

    fn subscribe_with(
        &mut self,
        client: Client,
        properties: &[Property<'_>],
        filters: &[&str],
    ) -> Vec<u8> {
        let filters: Vec<_> = filters.iter().map(|text| subscription(text)).collect();
        let (filters, properties) = (List::new(&filters), Properties::new(properties));
        let packet = |packet_id| Subscribe { packet_id, properties, filters }.into();
        self.request(client, packet).unwrap_or_default()
    }

    /// Unsubscribes; gives the codes of UNSUBACK, which are none before 5.0.
    pub(crate) fn unsubscribe(&mut self, client: Client, filters: &[&str]) -> Option<Vec<u8>> {
        let filters = List::new(filters);
        let unsubscribe = |packet_id| Unsubscribe { filters, ..Unsubscribe::new(packet_id) }.into();
        self.request(client, unsubscribe)
    }

    /// Acknowledges the first message that is not acknowledged: PUBACK or PUBREC.
    #[track_caller]
    pub(crate) fn ack(&mut self, client: Client, code: u8) {
        let (packet_id, qos) = self.wires[client.0].open.pop_front().expect("an open message");
        let reason = ReasonCode(code);
        match qos {
            QoS::ExactlyOnce => {
                self.send_packet(client, PubRec { reason, ..PubRec::new(packet_id) });
            }
            _ => {
                self.send_packet(client, PubAck { reason, ..PubAck::new(packet_id) });
            }
        }
    }

    /// Answers the first PUBREL that is not answered.
    #[track_caller]
    pub(crate) fn complete(&mut self, client: Client) {
        let packet_id = self.wires[client.0].released.pop_front().expect("a released message");
        self.send_packet(client, PubComp::new(packet_id));
    }

    // ---- What clients and the caller get

    /// What a client has got beside answers to requests: all of it, in this order.
    #[track_caller]
    pub(crate) fn gets(&mut self, client: Client, wanted: &[&str]) {
        assert_eq!(self.got(client), wanted, "{}", self.wires[client.0].name);
    }

    pub(crate) fn got(&mut self, client: Client) -> Vec<String> {
        mem::take(&mut self.wires[client.0].got)
    }

    /// The bytes that a client has got.
    pub(crate) fn raw(&mut self, client: Client) -> String {
        hex(&mem::take(&mut self.wires[client.0].raw))
    }

    /// The events that the caller was told.
    #[track_caller]
    pub(crate) fn tells(&mut self, wanted: &[&str]) {
        assert_eq!(self.events(), wanted);
    }

    pub(crate) fn events(&mut self) -> Vec<String> {
        mem::take(&mut self.told)
    }

    /// The caller publishes.
    pub(crate) fn publish_inside(&mut self, text: &str) -> usize {
        let receivers = self.broker.publish(self.now, &message(text, &[])).expect("a message");
        self.pump();
        receivers
    }

    // ---- The caller's answers

    #[track_caller]
    pub(crate) fn accept(&mut self, client: Client) {
        let (conn, now) = (self.id(client), self.now);
        assert_eq!(self.broker.accept(conn, now, &Admission::default()), Ok(()));
        self.pump();
    }

    #[track_caller]
    pub(crate) fn refuse(&mut self, client: Client, code: u8) {
        let (conn, now) = (self.id(client), self.now);
        let connack = ConnAck { reason: ReasonCode(code), ..ConnAck::default() };
        assert_eq!(self.broker.refuse(conn, now, &connack), Ok(()));
        self.pump();
    }

    #[track_caller]
    pub(crate) fn authorize(&mut self, client: Client, code: u8) {
        let (conn, now) = (self.id(client), self.now);
        assert_eq!(self.broker.authorize(conn, now, ReasonCode(code)), Ok(()));
        self.pump();
    }

    // ---- Time

    /// Time passes; the broker is called when it wants to be, and not otherwise.
    pub(crate) fn pass(&mut self, seconds: u64) {
        self.pass_ms(seconds * 1000);
    }

    pub(crate) fn pass_ms(&mut self, millis: u64) {
        let end = self.now.after(Duration::from_millis(millis));
        let mut calls = 0;
        while let Some(at) = self.broker.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.broker.handle_timeout(self.now);
            self.pump();
            calls += 1;
            assert!(calls < 10_000, "always due");
        }
        self.now = end;
    }

    // ---- The wires

    /// Lets everything happen that can.
    pub(crate) fn pump(&mut self) {
        let mut turns = 0;
        loop {
            let mut moved = self.hear();
            while let Some(conn) = self.broker.poll_writable() {
                turns += 1;
                assert!(turns < 1_000_000, "always writable");
                let at = self.wires.iter().position(|wire| wire.conn == conn).expect("a wire");
                moved |= self.drain(at);
            }
            for at in 0..self.wires.len() {
                moved |= self.hand_in(at);
            }
            if !moved {
                return;
            }
        }
    }

    /// Hands in what a client sends, as far as it is taken.
    fn hand_in(&mut self, at: usize) -> bool {
        let Self { wires, broker, .. } = self;
        let wire = &mut wires[at];
        let len = wire.outgoing.len().min(self.chop);
        if len == 0 {
            return false;
        }
        let taken = broker.handle_input(wire.conn, self.now, &wire.outgoing[..len]);
        wire.outgoing.drain(..taken);
        taken > 0
    }

    fn hear(&mut self) -> bool {
        let mut heard = false;
        while let Some(event) = (!self.is_deaf).then(|| self.broker.poll_event()).flatten() {
            heard = true;
            let at = |conn: ConnId| self.wires.iter().position(|wire| wire.conn == conn);
            let name = |conn| at(conn).map_or("?", |at| &self.wires[at].name);
            let over = match &event {
                BrokerEvent::Closed { conn, reason } => Some((*conn, *reason)),
                _ => None,
            };
            let text = match event {
                BrokerEvent::Authenticate { conn, connect } => {
                    format!("who is {} {:?}", name(conn), connect.user_name)
                }
                BrokerEvent::Auth { conn, auth } => {
                    format!(
                        "{} of {}{}",
                        coded("auth", auth.reason),
                        name(conn),
                        list(&auth.properties)
                    )
                }
                BrokerEvent::Authorize { client_id, action: Action::Publish(publish), .. } => {
                    format!("may {client_id} publish {}", show(&publish))
                }
                BrokerEvent::Authorize {
                    client_id,
                    action: Action::Subscribe { filter, options },
                    ..
                } => format!("may {client_id} subscribe {filter} q{}", options.qos as u8),
                BrokerEvent::Connected { client_id, session_present: false, .. } => {
                    format!("connected {client_id}")
                }
                BrokerEvent::Connected { client_id, .. } => {
                    format!("connected {client_id} again")
                }
                BrokerEvent::Message { token, publish } => {
                    format!("message {token} {}", show(&publish))
                }
                BrokerEvent::Closed { conn, reason } => format!("closed {} {reason:?}", name(conn)),
                other => panic!("{other:?}"),
            };
            if let Some((conn, reason)) = over {
                let at = self.wires.iter().position(|wire| wire.conn == conn).expect("a wire");
                assert_eq!(self.wires[at].closed.replace(reason), None, "told twice");
            }
            self.told.push(text);
        }
        heard
    }

    /// Reads what the broker sends on one connection.
    fn drain(&mut self, at: usize) -> bool {
        let wire = &mut self.wires[at];
        if !wire.reads {
            return false;
        }
        let before = wire.incoming.len();
        loop {
            let mut out = self.broker.transmit(wire.conn);
            if !out.has_remaining() {
                break;
            }
            let len = out.chunk().len();
            wire.incoming.extend_from_slice(out.chunk());
            wire.raw.extend_from_slice(out.chunk());
            out.advance(len);
        }
        let moved = wire.incoming.len() > before;
        let incoming = mem::take(&mut wire.incoming);
        let options = DecodeOptions {
            limits: Limits::UNLIMITED,
            sender: Some(Sender::Server),
            ..DecodeOptions::DEFAULT
        };
        let mut rest = &incoming[..];
        loop {
            match decode(rest, Some(wire.version), &options) {
                Ok(Status::Complete(decoded)) => {
                    wire.take(&decoded.packet);
                    rest = &rest[decoded.consumed..];
                }
                Ok(Status::Incomplete { .. }) => break,
                Err(error) => panic!("{} gets {}: {error}", wire.name, hex(rest)),
            }
        }
        wire.incoming = rest.to_vec();
        moved
    }
}

impl Wire {
    /// Takes a packet of the broker.
    fn take(&mut self, packet: &Packet<'_>) {
        match packet {
            Packet::ConnAck(connack) => {
                let present = if connack.session_present { " present" } else { "" };
                self.connack = coded("connack", connack.reason) + present;
                self.offers = connack.properties.iter().map(|it| format!("{it:?}")).collect();
            }
            Packet::Publish(publish) => {
                self.got.push(show(publish));
                let Some(id) = publish.packet_id else { return };
                match (self.acknowledges, publish.qos) {
                    (false, qos) => self.open.push_back((id, qos)),
                    (true, QoS::ExactlyOnce) => self.reply(PubRec::new(id)),
                    (true, _) => self.reply(PubAck::new(id)),
                }
            }
            Packet::PubRel(pubrel) if self.acknowledges => {
                self.reply(PubComp::new(pubrel.packet_id));
            }
            Packet::PubRel(pubrel) => {
                self.got.push(coded("pubrel", pubrel.reason));
                self.released.push_back(pubrel.packet_id);
            }
            Packet::PubAck(ack) => self.answered(ack.packet_id, vec![ack.reason.0]),
            Packet::PubRec(ack) => {
                self.answered(ack.packet_id, vec![ack.reason.0]);
                if ack.reason.is_success() && self.acknowledges {
                    self.reply(PubRel::new(ack.packet_id));
                }
            }
            Packet::PubComp(_) => {}
            Packet::SubAck(ack) => {
                self.answered(ack.packet_id, ack.reasons.iter().map(|code| code.0).collect());
            }
            Packet::UnsubAck(ack) => {
                self.answered(ack.packet_id, ack.reasons.iter().map(|code| code.0).collect());
            }
            Packet::PingResp => self.got.push("pingresp".into()),
            Packet::Disconnect(Disconnect { reason, properties }) => {
                self.got.push(coded("disconnect", *reason) + &list(properties));
            }
            Packet::Auth(Auth { reason, properties }) => {
                self.got.push(coded("auth", *reason) + &list(properties));
            }
            other => panic!("{} gets {other:?}", self.name),
        }
    }

    fn reply<'p>(&mut self, packet: impl Into<Packet<'p>>) {
        self.outgoing.extend(written(self.version, packet));
    }

    fn answered(&mut self, id: PacketId, codes: Vec<u8>) {
        self.answers.push((id.get(), codes));
    }
}
