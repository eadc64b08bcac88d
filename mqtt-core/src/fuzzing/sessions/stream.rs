//! One session that gets any bytes, in whatever pieces.

use super::apps::{App, Memory, Told};
use super::party::Party;
use super::side::{Side, tried};
use crate::fuzzing::Source;
use crate::fuzzing::input::Input;
use crate::{
    AckToken, ClientSession, DecodeOptions, Disconnect, Event, Instant, Packet, Properties,
    Property, Publish, QoS, ReasonCode, SessionLost, Status, UsageError, Version, WhenFull,
};
use bytes::Buf;
use core::fmt::Debug;
use std::{string::String, vec::Vec};

/// Connections of one input, at most.
const MAX_CONNECTIONS: usize = 4;
/// Deadlines until a peer that says nothing is given up: it is asked once a second, and not for longer
/// than an answer may take.
const MAX_DEADLINES: usize = 24;

/// How a session is set up, and what its application does.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) version: Version,
    pub(super) party: Party,
    pub(super) keep_alive: u16,
    pub(super) clean_start: bool,
    pub(super) session_lost: SessionLost,
    /// Authentication takes a step more.
    pub(super) asks_again: bool,
    pub(super) refuses: bool,
    /// The application waits until deadlines have passed.
    waits: bool,
    /// Where its sequence of commands begins.
    script: u32,
    /// The sizes of the pieces in which bytes come.
    seed: u32,
}

/// When a session is handed its input, and its output is fetched.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Each piece has so many bytes at most; 0 for sizes that follow from the setup.
    piece: usize,
    /// What is to be sent is fetched whenever something is, not only at the end.
    drains: bool,
    /// Events are polled after each piece, not only after the last.
    polls: bool,
}

/// Does as a client, to which the data comes as the bytes of a server. Layout:
/// `| setup 17 bytes | (length u16 | bytes) * |`, each of the parts a connection of the session.
pub fn check_client(data: &[u8]) {
    check::<ClientSession>(data);
}

/// The same as a server.
pub fn check_server(data: &[u8]) {
    check::<crate::ServerSession>(data);
}

fn check<S: App>(data: &[u8]) {
    let mut input = Input::new(data);
    let setup = Setup {
        version: [Version::V5, Version::V311, Version::V31][source(&mut input, 3) as usize],
        party: Party::new(&mut input),
        keep_alive: source(&mut input, 4) as u16,
        clean_start: source(&mut input, 2) == 1,
        session_lost: [SessionLost::Drop, SessionLost::PublishAgain]
            [source(&mut input, 2) as usize],
        asks_again: source(&mut input, 2) == 1,
        refuses: source(&mut input, 8) == 7,
        waits: source(&mut input, 2) == 1,
        script: source(&mut input, 256),
        seed: source(&mut input, 256),
    };
    let mut parts = Vec::new();
    while input.len() > 0 && parts.len() < MAX_CONNECTIONS {
        let len = source(&mut input, 1 << 16) as usize;
        parts.push(input.bytes(len));
    }
    let whole = Plan { piece: usize::MAX, drains: true, polls: true };
    let told = Run::<S>::new(&setup, whole).all(&parts);
    let mut plans = std::vec![Plan { piece: 1, ..whole }, Plan { piece: 0, ..whole }];
    // What waits for room in the output is sent in another order if that is fetched later.
    if setup.party.session.max_output > data.len() * 64 {
        plans.push(Plan { drains: false, ..whole });
        plans.push(Plan { piece: 0, drains: false, polls: false });
    }
    for plan in plans {
        let other = Run::<S>::new(&setup, plan).all(&parts);
        for (line, (other, told)) in other.log.iter().zip(&told.log).enumerate() {
            assert_eq!(other, told, "{plan:?}, line {line}");
        }
        assert_eq!(other, told, "{plan:?}");
    }
}

fn source(input: &mut Input<'_>, bound: u32) -> u32 {
    Source::below(input, bound)
}

/// What has happened, in words, and what was sent on each connection.
#[derive(Debug, Default, PartialEq)]
struct Transcript {
    log: Vec<String>,
    sent: Vec<Vec<u8>>,
}

/// A session and its application.
struct Run<'a, S> {
    session: S,
    setup: &'a Setup,
    plan: Plan,
    now: u64,
    told: Transcript,
    sent: Vec<u8>,
    events: u32,
    closed: u32,
    next_token: u64,
    memory: Memory,
    acks: Vec<AckToken>,
    /// Requests of the peer that are not answered.
    requests: Vec<Told>,
}

impl<'a, S: App> Run<'a, S> {
    fn new(setup: &'a Setup, plan: Plan) -> Self {
        Self {
            session: S::new(setup),
            setup,
            plan,
            now: 0,
            told: Transcript::default(),
            sent: Vec::new(),
            events: 0,
            closed: 0,
            next_token: 0,
            memory: Memory::default(),
            acks: Vec::new(),
            requests: Vec::new(),
        }
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    fn all(mut self, parts: &[&[u8]]) -> Transcript {
        let total: usize = parts.iter().map(|part| part.len()).sum();
        for (number, part) in parts.iter().enumerate() {
            self.now += 1000 * u64::from(number > 0);
            self.closed = 0;
            self.requests.clear();
            // Some messages are there before.
            (0..3).for_each(|which| self.publish(which));
            let now = self.now();
            self.command("begin", |session, setup, memory| session.begin(setup, now, memory));
            (0..3).for_each(|which| self.publish(which));
            self.connection(part);
            let heap = self.session.heap_bytes();
            let bound = 32 * 1024 + 16 * total + self.told.sent.iter().map(Vec::len).sum::<usize>();
            assert!(heap <= bound, "{heap} bytes for {total} bytes of input");
        }
        self.told
    }

    fn connection(&mut self, part: &[u8]) {
        let mut rest = part;
        let mut random = self.setup.seed | 0x100;
        while !rest.is_empty() {
            random = random.wrapping_mul(0x0019_660D).wrapping_add(0x3C6E_F35F);
            let size = if self.plan.piece == 0 {
                1 + (random >> 24) as usize % 9
            } else {
                self.plan.piece
            };
            let (piece, behind) = rest.split_at(size.min(rest.len()));
            rest = behind;
            self.input(piece);
        }
        self.poll_all();
        self.settle();
        if self.setup.waits {
            self.wait();
        }
        self.session.handle_eof(self.now());
        self.poll_all();
        self.settle();
        assert_eq!(self.closed, 1, "the end is told once");
        self.drain();
        assert_eq!(self.session.poll_timeout(), None);
        assert_eq!(self.session.handle_input(self.now(), b"\xC0\0\x30"), 3);
        assert!(!self.poll(), "an event after the last");
        self.judge_sent();
    }

    /// Hands in bytes; polls where that is needed for all of them to be taken.
    fn input(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let wanted = self.session.wants_input();
            let taken = self.session.handle_input(self.now(), piece);
            assert!(taken >= wanted.min(piece.len()), "fewer bytes than were wanted");
            piece = &piece[taken..];
            if self.plan.polls || taken == 0 {
                self.poll_all();
            }
            if taken == 0 {
                // Nothing more is read before what has come is answered.
                self.drain();
                self.settle();
                self.drain();
                assert!(self.session.wants_input() > 0, "stuck");
            }
        }
    }

    fn drain(&mut self) {
        loop {
            let mut out = self.session.transmit();
            let len = out.remaining();
            if len == 0 {
                return;
            }
            self.sent.extend_from_slice(&out.copy_to_bytes(len));
        }
    }

    /// Polls until nothing happens, however much is fetched.
    fn poll_all(&mut self) {
        loop {
            let sent = self.sent.len();
            if self.plan.drains {
                self.drain();
            }
            let is_idle = !self.plan.drains || self.sent.len() == sent;
            if !self.poll() && is_idle {
                return;
            }
        }
    }

    fn poll(&mut self) -> bool {
        let Some(event) = self.session.poll_event() else { return false };
        self.told.log.push(std::format!("{event:?}"));
        let is_closed = matches!(event, Event::Closed(_));
        let is_notice = matches!(event, Event::Writable | Event::Dropped { .. });
        assert!(self.closed == 0 || is_notice, "{event:?} after the end");
        let told = Told::from(event);
        self.events += 1;
        self.closed += u32::from(is_closed);
        let now = self.now();
        match told {
            Told::Message(token) => self.acks.push(token),
            told @ (Told::Subscribe(..) | Told::Unsubscribe(..)) => self.requests.push(told),
            Told::None => {}
            told => self.command("answer", |session, setup, memory| {
                session.answer(setup, now, &told, memory)
            }),
        }
        self.act();
        // The store may take its time.
        if (self.setup.script + self.events) % 3 != 0 {
            self.commit();
        }
        true
    }

    /// The store has all that has changed; gives whether anything has.
    fn commit(&mut self) -> bool {
        let mut last = None;
        while let Some(op) = self.session.poll_persist() {
            assert!(last.is_none_or(|last| last + 1 == op.seq), "{op:?} behind {last:?}");
            last = Some(op.seq);
        }
        if let Some(seq) = last {
            self.session.persisted(self.now(), seq);
        }
        last.is_some()
    }

    /// What the application does after an event.
    fn act(&mut self) {
        let (now, token) = (self.now(), u64::from(self.events));
        match (self.setup.script + self.events * (1 + self.setup.script / 64)) % 12 {
            which @ 0..4 => self.publish(which),
            4 => self.ack(true),
            5..7 => (0..self.acks.len()).for_each(|_| self.ack(false)),
            7..9 => self.answer(),
            9 => self.command("request", |session, _, _| session.request(now, token)),
            10 if self.events % 7 == 6 => {
                self.command("disconnect", |session, _, _| App::disconnect(session, now));
            }
            11 if self.events % 5 == 4 => self
                .command("quiesce", |session, _, _| session.quiesce(now, &Disconnect::default())),
            _ => {}
        }
    }

    /// All that is asked for is answered, and all that has changed is safe.
    fn settle(&mut self) {
        while self.commit() || !self.acks.is_empty() || !self.requests.is_empty() {
            (0..self.acks.len()).for_each(|_| self.ack(false));
            (0..self.requests.len()).for_each(|_| self.answer());
            self.poll_all();
        }
    }

    fn ack(&mut self, newest: bool) {
        if self.acks.is_empty() {
            return;
        }
        let token = self.acks.remove(if newest { self.acks.len() - 1 } else { 0 });
        let now = self.now();
        let code = match self.events % 5 {
            0 => ReasonCode::QUOTA_EXCEEDED,
            _ => ReasonCode::SUCCESS,
        };
        let mut back = None;
        self.command("ack", |session, _, _| {
            session.ack(now, token, code).map_err(|refused| {
                back = Some(refused.token);
                refused.error
            })
        });
        // Before 5.0 there are no codes.
        if let Some(token) = back {
            self.command("ack", |session, _, _| {
                Ok(session.ack(now, token, ReasonCode::SUCCESS)?)
            });
        }
    }

    fn answer(&mut self) {
        if !self.requests.is_empty() {
            let request = self.requests.remove(0);
            let now = self.now();
            self.command("answer", |session, setup, memory| {
                session.answer(setup, now, &request, memory)
            });
        }
    }

    fn publish(&mut self, which: u32) {
        let list = [Property::TopicAlias(1), Property::MessageExpiryInterval(2)];
        let is_v5 = self.setup.version == Version::V5;
        let properties = Properties::new(if which == 3 && is_v5 { &list } else { &[] });
        let topics = ["a", "topic", "a/long/topic/name"];
        let number = self.next_token;
        self.next_token += 1;
        let publish = Publish {
            topic: topics[number as usize % 3],
            qos: [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][which as usize % 3],
            retain: number % 8 == 7,
            payload: &[b'.'; 40][..number as usize % 40],
            properties,
            ..Publish::default()
        };
        let full = [WhenFull::Queue, WhenFull::Reject, WhenFull::DropOldestQoS0];
        let (now, full) = (self.now(), full[number as usize % 3]);
        self.command("publish", |session, _, _| session.send(now, &publish, number, full));
    }

    /// Carries out a command. One that fails has changed nothing.
    fn command<T: Debug>(
        &mut self,
        name: &str,
        command: impl FnOnce(&mut S, &Setup, &mut Memory) -> Result<T, UsageError>,
    ) {
        if self.plan.drains {
            self.drain();
        }
        let result = tried(&mut self.session, self.plan.drains, |it| {
            command(it, self.setup, &mut self.memory)
        });
        self.told.log.push(std::format!("{name}: {result:?}"));
    }

    /// Lets deadlines pass until there are none.
    fn wait(&mut self) {
        for _ in 0..MAX_DEADLINES {
            let Some(at) = self.session.poll_timeout() else { return };
            assert!(at > self.now(), "a deadline that has passed: {:?}", self.session.next_timer());
            self.now = at.since(Instant::default()).as_millis() as u64;
            // Before, nothing is due.
            let early = self.session.visible();
            self.session.handle_timeout(Instant::from_millis(self.now - 1));
            assert_eq!(self.session.visible(), early);
            self.told.log.push(std::format!("{:?} at {}", self.session.next_timer(), self.now));
            self.session.handle_timeout(self.now());
            self.poll_all();
            self.settle();
        }
        panic!("deadlines without end: {:?}", self.session.next_timer());
    }

    /// What was sent are packets that this side may send, no larger than the peer takes; nothing follows
    /// the last.
    fn judge_sent(&mut self) {
        let sent = core::mem::take(&mut self.sent);
        let versions = [Version::V5, Version::V311, Version::V31];
        let is_legal = match self.memory.version {
            Some(version) => is_legal::<S>(&sent, version),
            None => versions.into_iter().any(|version| is_legal::<S>(&sent, version)),
        };
        assert!(is_legal, "{sent:02x?}");
        self.told.sent.push(sent);
    }
}

fn is_legal<S: Side>(mut sent: &[u8], version: Version) -> bool {
    let options = DecodeOptions { sender: Some(S::SENDER), ..DecodeOptions::DEFAULT };
    let mut is_over = false;
    while !sent.is_empty() {
        let Ok(Status::Complete(decoded)) = crate::decode(sent, Some(version), &options) else {
            return false;
        };
        if is_over {
            return false;
        }
        is_over = match decoded.packet {
            Packet::Disconnect(_) => true,
            Packet::ConnAck(connack) => connack.reason != ReasonCode::SUCCESS,
            _ => false,
        };
        sent = &sent[decoded.consumed..];
    }
    true
}
