//! Sessions on paper: bytes as text, events as words.
//!
//! Bytes are hexadecimal, text stands in quotes: `30 04 00 01 't' 00`.

use bytes::{Buf, Bytes};
use core::fmt::Write as _;
use mqtt_core::{
    AckMode, AckToken, ClientConfig, ClientSession, CloseReason, ConnAck, Connect, Disconnect,
    Event, Instant, Limits, Packet, Properties, Property, Publish, PublishStatus, QoS, ReasonCode,
    ReasonCodes, ServerConfig, ServerSession, SessionConfig, SessionStart, SessionState, Transmit,
    UsageError, Version, WhenFull,
};

/// The bytes that a text means.
#[track_caller]
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let mut all = Vec::new();
    for word in text.split_whitespace() {
        match word.strip_prefix('\'').and_then(|word| word.strip_suffix('\'')) {
            Some(word) => all.extend_from_slice(word.as_bytes()),
            None => all.push(u8::from_str_radix(word, 16).unwrap_or_else(|_| panic!("{word}"))),
        }
    }
    all
}

/// Bytes as text, without quotes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let words: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    words.join(" ")
}

/// A packet as the other side writes it.
pub(crate) fn written<'p>(version: Version, packet: impl Into<Packet<'p>>) -> Vec<u8> {
    let mut out = Vec::new();
    packet.into().encode(version, &mut out).unwrap();
    out
}

/// PUBLISH of `!` to `t`, with that first byte and identifier.
pub(crate) fn publish(version: Version, first: u8, id: u16) -> String {
    let (high, low) = (id >> 8, id & 0xFF);
    let id = if first & 6 == 0 { String::new() } else { format!("{high:02X} {low:02X}") };
    let properties = if version == Version::V5 { "00" } else { "" };
    let len = 4 + usize::from(first & 6 != 0) * 2 + usize::from(version == Version::V5);
    format!("{first:02X} {len:02X} 00 01 't' {id} {properties} '!'")
}

/// What a session is set up with.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) version: Version,
    pub(crate) session: SessionConfig,
    /// In seconds, of CONNECT.
    pub(crate) keep_alive: u16,
    /// What this side and the other one say of themselves, in CONNECT and CONNACK.
    pub(crate) own: Vec<Property<'static>>,
    pub(crate) peer: Vec<Property<'static>>,
}

impl Setup {
    pub(crate) fn new(version: Version) -> Self {
        // All sizes, so that CONNECT and CONNACK say no more than a test lets them.
        let session = SessionConfig { limits: Limits::DEFAULT, ..SessionConfig::default() };
        Self { version, session, keep_alive: 0, own: Vec::new(), peer: Vec::new() }
    }

    /// Packets of so many bytes are taken, which it does not say.
    pub(crate) fn largest(mut self, bytes: u32) -> Self {
        self.session.limits.max_packet_size = bytes;
        self
    }

    pub(crate) fn manual(mut self) -> Self {
        self.session.ack = AckMode::Manual;
        self
    }

    pub(crate) fn own(mut self, property: Property<'static>) -> Self {
        self.own.push(property);
        self
    }

    pub(crate) fn peer(mut self, property: Property<'static>) -> Self {
        self.peer.push(property);
        self
    }

    /// Only in 5.0.
    pub(crate) fn peer_v5(self, property: Property<'static>) -> Self {
        if self.version == Version::V5 { self.peer(property) } else { self }
    }

    pub(crate) fn own_v5(self, property: Property<'static>) -> Self {
        if self.version == Version::V5 { self.own(property) } else { self }
    }

    pub(crate) fn keep_alive(mut self, seconds: u16) -> Self {
        self.keep_alive = seconds;
        self
    }
}

/// A session of either role.
pub(crate) trait Session: Sized {
    const IS_SERVER: bool;
    fn handle_input(&mut self, now: Instant, data: &[u8]) -> usize;
    fn handle_eof(&mut self, now: Instant);
    fn handle_timeout(&mut self, now: Instant);
    fn poll_event(&mut self) -> Option<Event<'_>>;
    fn poll_timeout(&self) -> Option<Instant>;
    fn transmit(&mut self) -> Transmit<'_>;
    fn send(
        &mut self,
        now: Instant,
        publish: &Publish<'_>,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError>;
    fn send_bytes(
        &mut self,
        now: Instant,
        publish: &Publish<'_>,
        payload: &Bytes,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError>;
    fn quiesce(&mut self, now: Instant, disconnect: &Disconnect<'_>) -> Result<(), UsageError>;
    fn heap_bytes(&self) -> usize;
    fn ack(&mut self, now: Instant, token: AckToken, reason: ReasonCode) -> Result<(), UsageError>;
    /// A session whose connection is up, and which has sent what it had.
    fn up(setup: &Setup) -> Peer<Self>;
    /// The next connection of the same session, which the other side has or has not. CONNECT or CONNACK
    /// is gone; what comes behind it is not.
    fn next(peer: Peer<Self>, setup: &Setup, present: bool) -> Peer<Self>;
}

macro_rules! driven {
    ($send:ident, $send_bytes:ident) => {
        fn send_bytes(
            &mut self,
            now: Instant,
            publish: &Publish<'_>,
            payload: &Bytes,
            token: u64,
            when_full: WhenFull,
        ) -> Result<PublishStatus, UsageError> {
            self.$send_bytes(now, publish, payload, token, when_full)
        }
        fn quiesce(&mut self, now: Instant, disconnect: &Disconnect<'_>) -> Result<(), UsageError> {
            self.quiesce(now, disconnect)
        }
        fn heap_bytes(&self) -> usize {
            self.heap_bytes()
        }
        fn handle_input(&mut self, now: Instant, data: &[u8]) -> usize {
            self.handle_input(now, data)
        }
        fn handle_eof(&mut self, now: Instant) {
            self.handle_eof(now);
        }
        fn handle_timeout(&mut self, now: Instant) {
            self.handle_timeout(now);
        }
        fn poll_event(&mut self) -> Option<Event<'_>> {
            self.poll_event()
        }
        fn poll_timeout(&self) -> Option<Instant> {
            self.poll_timeout()
        }
        fn transmit(&mut self) -> Transmit<'_> {
            self.transmit()
        }
        fn send(
            &mut self,
            now: Instant,
            publish: &Publish<'_>,
            token: u64,
            when_full: WhenFull,
        ) -> Result<PublishStatus, UsageError> {
            self.$send(now, publish, token, when_full)
        }
        fn ack(
            &mut self,
            now: Instant,
            token: AckToken,
            reason: ReasonCode,
        ) -> Result<(), UsageError> {
            Ok(self.ack(now, token, reason)?)
        }
    };
}

impl Session for ClientSession {
    const IS_SERVER: bool = false;
    driven!(publish, publish_bytes);

    fn up(setup: &Setup) -> Peer<Self> {
        let mut client = Peer::client(setup);
        // Before 5.0 a clean session would end with its connection.
        client.connect(setup, setup.version == Version::V5);
        client.connack(setup, false, "connected");
        client
    }

    fn next(mut client: Peer<Self>, setup: &Setup, present: bool) -> Peer<Self> {
        client.end();
        client.connect(setup, false);
        let packet = setup.connack(present);
        client.session.handle_input(client.now(), &packet);
        client
    }
}

impl Session for ServerSession {
    const IS_SERVER: bool = true;
    driven!(deliver, deliver_bytes);

    fn up(setup: &Setup) -> Peer<Self> {
        let mut server = Peer::server(setup);
        server.asked(setup, true);
        server.accept(setup, None);
        server
    }

    fn next(mut server: Peer<Self>, setup: &Setup, present: bool) -> Peer<Self> {
        server.end();
        let (now, acks) = (server.millis, core::mem::take(&mut server.acks));
        let state = server.session.into_state();
        let mut server = Peer { millis: now, acks, ..Peer::server(setup) };
        server.asked(setup, false);
        server.accept(setup, present.then_some(state));
        server
    }
}

impl Setup {
    /// CONNACK of the other side.
    pub(crate) fn connack(&self, session_present: bool) -> Vec<u8> {
        let properties = Properties::new(&self.peer);
        // 3.1 does not say it.
        let session_present = session_present && self.version != Version::V31;
        written(self.version, ConnAck { session_present, properties, ..ConnAck::default() })
    }
}

/// A session, what time it is, and the tokens of messages that are to be acknowledged.
pub(crate) struct Peer<S> {
    pub(crate) session: S,
    pub(crate) version: Version,
    pub(crate) millis: u64,
    pub(crate) acks: Vec<AckToken>,
}

impl<S: Session> Peer<S> {
    pub(crate) fn now(&self) -> Instant {
        Instant::from_millis(self.millis)
    }

    /// Lets it become that late, and does what is due.
    pub(crate) fn at(&mut self, millis: u64) {
        self.millis = millis;
        self.session.handle_timeout(Instant::from_millis(millis));
    }

    /// These bytes come.
    #[track_caller]
    pub(crate) fn receive(&mut self, input: &[u8]) {
        assert_eq!(self.session.handle_input(self.now(), input), input.len());
    }

    /// What happens next.
    pub(crate) fn next_event(&mut self) -> Option<String> {
        let event = self.session.poll_event()?;
        Some(say(event, &mut self.acks))
    }

    /// What happens, to the last.
    pub(crate) fn events(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(event) = self.next_event() {
            all.push(event);
            assert!(all.len() < 100_000, "events without end: {:?}", all.last());
        }
        all
    }

    /// What is to be sent.
    pub(crate) fn output(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let mut out = self.session.transmit();
            let len = out.remaining();
            if len == 0 {
                return all;
            }
            all.extend(out.copy_to_bytes(len));
        }
    }

    /// This happens, and no more.
    #[track_caller]
    pub(crate) fn tells(&mut self, events: &[&str]) {
        assert_eq!(self.events(), events);
    }

    /// This is sent, and no more.
    #[track_caller]
    pub(crate) fn sends(&mut self, output: &str) {
        assert_eq!(hex(&self.output()), hex(&bytes(output)), "wanted: {output}");
    }

    /// Such bytes come, such events follow, and such an answer.
    #[track_caller]
    pub(crate) fn gets(&mut self, input: &str, events: &[&str], answer: &str) {
        self.receive(&bytes(input));
        self.tells(events);
        self.sends(answer);
    }

    /// A message `!` to `t`.
    pub(crate) fn publish(&mut self, qos: u8, token: u64) -> Result<PublishStatus, UsageError> {
        self.publish_to("t", qos, token)
    }

    /// A message `!`.
    pub(crate) fn publish_to(
        &mut self,
        topic: &str,
        qos: u8,
        token: u64,
    ) -> Result<PublishStatus, UsageError> {
        let qos = QoS::try_from(qos).unwrap();
        let publish = Publish { topic, qos, payload: b"!", ..Publish::default() };
        self.session.send(self.now(), &publish, token, WhenFull::Queue)
    }

    /// A message `!` to `t`, and what is sent for it.
    #[track_caller]
    pub(crate) fn publishes(&mut self, qos: u8, token: u64, output: &str) {
        self.publish(qos, token).unwrap();
        self.sends(output);
    }

    /// A message `!` to `t` goes out with that first byte; gives its identifier.
    #[track_caller]
    pub(crate) fn sends_message(&mut self, first: u8) -> u16 {
        let output = self.output();
        let id = output.get(5..7).map_or(0, |id| u16::from_be_bytes([id[0], id[1]]));
        assert_eq!(hex(&output), hex(&bytes(&publish(self.version, first, id))));
        assert_ne!(id, 0);
        id
    }

    /// A message `!` to `t`, which goes out; gives its identifier.
    #[track_caller]
    pub(crate) fn opens(&mut self, qos: u8, token: u64) -> u16 {
        let status = self.publish(qos, token).unwrap();
        let id = self.sends_message(0x30 | qos << 1);
        assert_eq!(status, PublishStatus::Sent(mqtt_core::PacketId::new(id)));
        id
    }

    /// A message `!` to `t` with these properties.
    pub(crate) fn publish_with(
        &mut self,
        qos: u8,
        token: u64,
        properties: &[Property<'_>],
    ) -> Result<PublishStatus, UsageError> {
        let (qos, properties) = (QoS::try_from(qos).unwrap(), Properties::new(properties));
        let publish = Publish { topic: "t", qos, payload: b"!", properties, ..Publish::default() };
        self.session.send(self.now(), &publish, token, WhenFull::Queue)
    }

    /// Acknowledges the message whose token is at that place.
    #[track_caller]
    pub(crate) fn ack(&mut self, at: usize, code: u8) {
        let (now, token) = (self.now(), self.acks.remove(at));
        self.session.ack(now, token, ReasonCode(code)).unwrap();
    }

    /// The transport ends.
    pub(crate) fn end(&mut self) {
        self.session.handle_eof(self.now());
        self.events();
        self.output();
    }

    /// When something is due, in milliseconds.
    pub(crate) fn due(&self) -> Option<u64> {
        self.session.poll_timeout().map(|at| at.since(Instant::default()).as_millis() as u64)
    }
}

impl Peer<ClientSession> {
    /// A client that is not connected.
    pub(crate) fn client(setup: &Setup) -> Self {
        let (version, session) = (setup.version, setup.session.clone());
        Self::of(ClientConfig { version, session, ..ClientConfig::default() })
    }

    pub(crate) fn of(config: ClientConfig) -> Self {
        let version = config.version;
        Self { session: ClientSession::new(config), version, millis: 0, acks: Vec::new() }
    }

    /// Sends CONNECT.
    #[track_caller]
    pub(crate) fn connect(&mut self, setup: &Setup, clean_start: bool) {
        let properties = Properties::new(&setup.own);
        let (version, keep_alive) = (setup.version, setup.keep_alive);
        let connect = Connect {
            version,
            clean_start,
            client_id: "c",
            keep_alive,
            properties,
            ..Connect::default()
        };
        self.session.connect(self.now(), &connect).unwrap();
        let output = self.output();
        assert_eq!(output[0], 0x10);
    }

    /// CONNACK comes.
    #[track_caller]
    pub(crate) fn connack(&mut self, setup: &Setup, session_present: bool, event: &str) {
        self.receive(&setup.connack(session_present));
        self.tells(&[event]);
    }
}

impl Peer<ServerSession> {
    /// A server to which nothing has been said.
    pub(crate) fn server(setup: &Setup) -> Self {
        let config = ServerConfig { session: setup.session.clone(), ..ServerConfig::default() };
        let session = ServerSession::new(config, Instant::default());
        Self { session, version: setup.version, millis: 0, acks: Vec::new() }
    }

    /// CONNECT comes.
    #[track_caller]
    pub(crate) fn asked(&mut self, setup: &Setup, clean_start: bool) {
        let properties = Properties::new(&setup.peer);
        let (version, keep_alive) = (setup.version, setup.keep_alive);
        let connect = Connect {
            version,
            clean_start,
            client_id: "c",
            keep_alive,
            properties,
            ..Connect::default()
        };
        self.receive(&written(version, connect));
        self.tells(&["connect c"]);
    }

    /// Tries to accept.
    pub(crate) fn accepts(
        &mut self,
        connack: &ConnAck<'_>,
        state: Option<SessionState>,
    ) -> Result<(), UsageError> {
        Ok(self.session.accept(self.now(), connack, state)?)
    }

    /// Accepts, and sends CONNACK.
    #[track_caller]
    pub(crate) fn accept(&mut self, setup: &Setup, state: Option<SessionState>) {
        let properties = Properties::new(&setup.own);
        let session_present = state.is_some() && setup.version != Version::V31;
        let connack = ConnAck { session_present, properties, ..ConnAck::default() };
        self.session.accept(self.now(), &connack, state).unwrap();
        let mut out = self.session.transmit();
        assert_eq!(out.chunk()[0], 0x20);
        assert!(out.chunk()[1] < 0x80);
        out.advance(2 + usize::from(out.chunk()[1]));
    }
}

/// An event in words. The token of a message is kept.
fn say(event: Event<'_>, acks: &mut Vec<AckToken>) -> String {
    match event {
        Event::Connected { session: SessionStart::New, .. } => "connected".into(),
        Event::Connected { session: SessionStart::Resumed, .. } => "resumed".into(),
        Event::Connected { session: SessionStart::Lost { dropped }, .. } => {
            format!("lost {dropped}")
        }
        Event::Connect(connect) => format!("connect {}", connect.client_id),
        Event::Message { publish, ack, .. } => {
            acks.extend(ack);
            let payload = String::from_utf8_lossy(publish.payload);
            format!("message {} {} {payload}", publish.topic, publish.qos as u8)
        }
        Event::Published { token, packet_id, reason, .. } => {
            format!("published {token} #{packet_id}{}", code(reason))
        }
        Event::Dropped { token, why } => format!("dropped {token} {why:?}"),
        Event::Writable => "writable".into(),
        Event::Subscribed { token, packet_id, reasons, .. } => {
            format!("subscribed {token} #{packet_id}{}", codes(reasons))
        }
        Event::Unsubscribed { token, packet_id, reasons, .. } => {
            format!("unsubscribed {token} #{packet_id}{}", codes(reasons))
        }
        Event::Subscribe(subscribe) => format!("subscribe #{}", subscribe.packet_id),
        Event::Unsubscribe(unsubscribe) => format!("unsubscribe #{}", unsubscribe.packet_id),
        Event::Auth(auth) => format!("auth {:02X}", auth.reason.0),
        Event::Closed(reason) => match reason {
            CloseReason::Disconnect(packet) => format!("closed by peer {:02X}", packet.reason.0),
            CloseReason::Refused(connack) => format!("closed refused {:02X}", connack.reason.0),
            CloseReason::Malformed(_) => "closed malformed".into(),
            CloseReason::Violation(violation) => format!("closed {violation:?}"),
            CloseReason::Timeout(timer) => format!("closed timeout {timer:?}"),
            other => format!("closed {other:?}"),
        },
        other => format!("{other:?}"),
    }
}

/// A code that is not 0.
fn code(reason: ReasonCode) -> String {
    if reason.0 == 0 { String::new() } else { format!(" {:02X}", reason.0) }
}

fn codes(reasons: ReasonCodes<'_>) -> String {
    let mut text = String::new();
    for reason in reasons.iter() {
        write!(text, " {:02X}", reason.0).unwrap();
    }
    text
}

/// Runs a case for both roles and each of the versions.
macro_rules! both {
    ($case:ident: $($version:ident),+) => {$(
        $case::<mqtt_core::ClientSession>(mqtt_core::Version::$version);
        $case::<mqtt_core::ServerSession>(mqtt_core::Version::$version);
    )+};
}
pub(crate) use both;
