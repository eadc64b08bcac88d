//! A broker, its clients, and the network between them.

use crate::asked::Question;
use crate::client::Client;
use crate::oracle::Oracle;
use crate::rules::config;
use crate::seeds::Random;
use crate::store::{Store, UNIX};
use bytes::Buf;
use core::hash::{BuildHasher, Hasher};
use core::time::Duration;
use mqtt_core::{Broker, BrokerError, BrokerEvent, ConnId, Instant, Version};
use std::collections::BTreeSet;
use std::hash::DefaultHasher;

/// Rounds until the broker must rest.
const MAX_ROUNDS: usize = 10_000;

/// Hashes with a key of its own, always alike.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Keyed(pub(crate) u64);

impl BuildHasher for Keyed {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(self.0);
        hasher
    }
}

/// A transport between a client and the broker.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) id: ConnId,
    /// The client that still has it.
    pub(crate) client: Option<usize>,
    /// Bytes on their way to the broker, and to the client.
    pub(crate) up: Vec<u8>,
    pub(crate) down: Vec<u8>,
    /// How many bytes it takes of the broker.
    pub(crate) room: usize,
    /// The broker has said that it has bytes for it.
    is_writable: bool,
    /// Its end comes behind the bytes to the broker.
    pub(crate) ends: bool,
    has_eof: bool,
    /// The broker has ended it.
    is_over: bool,
}

impl Link {
    /// True if nothing happens to it any more.
    pub(crate) fn is_dead(&self) -> bool {
        self.client.is_none() && self.is_over && !self.is_writable
    }

    /// True if nothing is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.up.is_empty() && self.down.is_empty() && (self.has_eof || !self.ends)
    }
}

pub(crate) struct World {
    pub(crate) random: Random,
    /// In milliseconds.
    pub(crate) now: u64,
    pub(crate) broker: Broker<Keyed>,
    pub(crate) links: Vec<Link>,
    pub(crate) clients: Vec<Client>,
    pub(crate) oracle: Oracle,
    /// What is stored, if anything is.
    pub(crate) store: Option<Store>,
    /// What the broker has asked.
    pub(crate) questions: Vec<(ConnId, Question)>,
    /// How many answers it has got.
    pub(crate) answers: u64,
    /// So many connections may there be.
    max_conns: usize,
    /// There are no more faults.
    pub(crate) is_calm: bool,
    /// Of payloads and hostile clients.
    pub(crate) next_number: u64,
    /// All that the broker has sent, in short.
    pub(crate) sent: DefaultHasher,
}

impl World {
    pub(crate) fn new(seed: u64, key: u64) -> Self {
        let mut random = Random::new(seed);
        let (mut config, rules) = config(&mut random, &mut Random::new(seed ^ 0xFACE));
        let count = 6 + random.below(20);
        let max_conns = [100_000, count as usize + 1][random.below(2) as usize];
        config.limits.max_connections = max_conns;
        let mut oracle = Oracle::new(rules);
        oracle.trace.note(|| format!("{config:?}"));
        let pace = [1, 3, 10, 30][random.below(4) as usize];
        let store = rules.gates.then(|| Store::new(config.clone(), key, pace));
        let mut broker = Broker::with_hasher(config, Instant::default(), Keyed(key));
        broker.set_unix_time(Instant::default(), UNIX);
        let mut clients: Vec<_> =
            (0..count).map(|number| Client::new(format!("c{number}"), &mut random)).collect();
        let version = [Version::V5, Version::V311][random.below(2) as usize];
        for _ in 0..2 {
            clients.push(Client::rival(version, &mut random));
        }
        let (links, sent) = (Vec::new(), DefaultHasher::new());
        let (next_number, is_calm, questions) = (0, false, Vec::new());
        Self {
            random,
            now: 0,
            broker,
            links,
            clients,
            oracle,
            store,
            max_conns,
            questions,
            answers: 0,
            is_calm,
            next_number,
            sent,
        }
    }

    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        self.random.below(bound)
    }

    pub(crate) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.random.below(list.len() as u32) as usize]
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    /// True if there may be one connection more; else the broker must say so.
    pub(crate) fn has_room(&mut self) -> bool {
        let has_room = self.broker.stats().connections < self.max_conns;
        if !has_room {
            self.oracle.seen.insert("no room");
            assert_eq!(self.broker.open(self.now()), Err(BrokerError::Full));
        }
        has_room
    }

    /// A transport to the broker; gives its place.
    pub(crate) fn open(&mut self, client: Option<usize>, is_honest: bool) -> usize {
        let id = self.broker.open(self.now()).expect("there is room");
        self.oracle.opened(id, is_honest);
        self.links.push(Link {
            id,
            client,
            up: Vec::new(),
            down: Vec::new(),
            room: usize::MAX,
            is_writable: false,
            ends: false,
            has_eof: false,
            is_over: false,
        });
        self.links.len() - 1
    }

    /// Does what the broker asks for, until it has nothing more.
    pub(crate) fn settle(&mut self) {
        for _ in 0..MAX_ROUNDS {
            let mut has_happened = self.poll_broker();
            for at in 0..self.links.len() {
                if self.links[at].is_writable {
                    has_happened |= self.take(at);
                }
            }
            if !has_happened && !self.answer_one() && !self.store_goes_on() {
                self.oracle.rest();
                self.judge_store();
                self.judge_bounds();
                return;
            }
        }
        panic!("the broker does not rest");
    }

    fn poll_broker(&mut self) -> bool {
        let mut has_happened = false;
        while let Some(event) = self.broker.poll_event() {
            has_happened = true;
            self.oracle.trace.note(|| format!("broker: {event:?}"));
            match event {
                BrokerEvent::Connected { conn, client_id, session_present } => {
                    self.oracle.connected(conn, client_id, session_present);
                }
                BrokerEvent::Closed { conn, reason } => {
                    self.oracle.closed(conn, reason);
                    let link = self.links.iter_mut().find(|link| link.id == conn);
                    let link = link.expect("a link of each connection");
                    link.is_over = true;
                    link.room = usize::MAX;
                    self.oracle.set_slow(conn, false);
                }
                BrokerEvent::Authenticate { conn, .. } => {
                    self.questions.push((conn, Question::Who));
                    self.oracle.set_asked(conn, true);
                }
                BrokerEvent::Authorize { conn, client_id, ref action, .. } => {
                    let verdicts = self.oracle.rules.verdicts.expect("nothing is asked");
                    self.questions.push((conn, Question::of(verdicts, client_id, action)));
                    self.oracle.set_asked(conn, true);
                }
                other => panic!("{other:?}"),
            }
        }
        while let Some(conn) = self.broker.poll_writable() {
            has_happened = true;
            let link = self.links.iter_mut().find(|link| link.id == conn);
            link.expect("a link of each connection").is_writable = true;
        }
        has_happened | self.tell()
    }

    /// A transport takes what the broker has for it, as far as it goes.
    fn take(&mut self, at: usize) -> bool {
        let most =
            if self.random.below(4) == 0 { 1 + self.random.below(40) as usize } else { usize::MAX };
        let link = &mut self.links[at];
        let mut out = self.broker.transmit(link.id);
        let len = out.remaining().min(link.room).min(most);
        let bytes = out.copy_to_bytes(len);
        // There may be more when it has taken all.
        link.is_writable = len > 0 || out.remaining() > 0;
        if link.room != usize::MAX {
            link.room -= len;
        }
        if link.client.is_some() {
            link.down.extend_from_slice(&bytes);
        }
        self.sent.write(&bytes);
        self.oracle.taken(link.id, &bytes);
        // The broker may have read on, and have something to tell, although there was nothing to be sent.
        len > 0 || !link.is_writable
    }

    /// So many bytes go to the broker. True if something has happened.
    pub(crate) fn carry_up(&mut self, at: usize, most: usize) -> bool {
        let now = self.now();
        let link = &mut self.links[at];
        if link.is_over {
            link.up.clear();
        }
        let len = link.up.len().min(most);
        let mut has_happened = false;
        if len > 0 {
            let taken = self.broker.handle_input(link.id, now, &link.up[..len]);
            self.oracle.given(link.id, &link.up[..taken]);
            link.up.drain(..taken);
            has_happened = taken > 0;
            self.settle();
        }
        let link = &mut self.links[at];
        if link.ends && link.up.is_empty() && !link.has_eof {
            link.has_eof = true;
            self.broker.handle_eof(link.id, now);
            self.oracle.eof(link.id);
            has_happened = true;
            self.settle();
        }
        has_happened
    }

    /// So many bytes go to the client. True if something has happened.
    pub(crate) fn carry_down(&mut self, at: usize, most: usize) -> bool {
        let now = self.now();
        let link = &mut self.links[at];
        let Some(client) = link.client else {
            link.down.clear();
            return false;
        };
        let session = &mut self.clients[client].session;
        let len = link.down.len().min(most);
        let taken = session.handle_input(now, &link.down[..len]);
        link.down.drain(..taken);
        let is_end = link.down.is_empty() && link.is_over && !link.is_writable;
        if is_end {
            session.handle_eof(now);
        }
        if taken > 0 || is_end {
            self.poll_client(client);
        }
        taken > 0 || is_end
    }

    /// All that is under way arrives.
    pub(crate) fn carry_all(&mut self) {
        for _ in 0..MAX_ROUNDS {
            let mut has_happened = false;
            for at in 0..self.links.len() {
                if !self.links[at].is_dead() {
                    has_happened |= self.carry_up(at, usize::MAX);
                    has_happened |= self.carry_down(at, usize::MAX);
                }
            }
            if !has_happened {
                return;
            }
        }
        panic!("the network does not rest");
    }

    /// A transport breaks: so much of what is under way to the broker still arrives. The broker learns of it,
    /// or not.
    pub(crate) fn cut(&mut self, at: usize, learns: bool) {
        let rest = self.random.below(self.links[at].up.len() as u32 + 1) as usize;
        let link = &mut self.links[at];
        link.up.truncate(rest);
        link.down.clear();
        link.ends |= learns;
        self.oracle.trace.note(|| format!("cut {:?}, learns: {learns}", link.id));
        if let Some(client) = link.client.take() {
            let now = self.now();
            self.clients[client].session.handle_eof(now);
            self.poll_client(client);
        }
    }

    /// A transport takes no more than so many bytes of the broker from now on.
    pub(crate) fn slow_down(&mut self, at: usize, room: usize) {
        let link = &mut self.links[at];
        if !link.is_over {
            link.room = room;
            self.oracle.trace.note(|| format!("{:?} takes {room} bytes", link.id));
            self.oracle.set_slow(link.id, true);
        }
    }

    /// It takes all again.
    pub(crate) fn speed_up(&mut self, at: usize) {
        let link = &mut self.links[at];
        if link.room != usize::MAX {
            link.room = usize::MAX;
            self.settle();
            let id = self.links[at].id;
            self.oracle.trace.note(|| format!("{id:?} takes all"));
            self.oracle.set_slow(id, false);
            self.oracle.rest();
        }
    }

    /// Lets time pass; each deadline is met. If the network is calm, it carries meanwhile.
    pub(crate) fn pass(&mut self, millis: u64, is_calm: bool) {
        let end = self.now + millis;
        let mut stops = 0;
        loop {
            stops += 1;
            assert!(stops < MAX_ROUNDS, "deadlines without end");
            let millis = |at: Instant| at.since(Instant::default()).as_millis() as u64;
            let of_clients = self.clients.iter().filter_map(|it| it.session.poll_timeout());
            let all = of_clients.chain(self.broker.poll_timeout()).map(millis);
            let next = all.chain(self.oracle.next_due()).min().filter(|at| *at < end);
            self.now = next.unwrap_or(end).max(self.now);
            self.oracle.now = self.now;
            let (now, mut answers) = (self.now(), self.answers);
            self.broker.handle_timeout(now);
            self.oracle.timeout();
            self.settle();
            self.oracle.judge_silence();
            let is_due = |broker: &Broker<Keyed>| broker.poll_timeout().is_some_and(|at| at <= now);
            // What is sent may have made events, once; and each answer may have made something due: silence behind a
            // question counts when that is answered.
            let mut may_be_due = true;
            while is_due(&self.broker) {
                may_be_due |= self.answers > answers;
                assert!(core::mem::take(&mut may_be_due), "what is due is not done");
                answers = self.answers;
                self.broker.handle_timeout(now);
                self.settle();
            }
            for client in 0..self.clients.len() {
                self.clients[client].session.handle_timeout(now);
                self.poll_client(client);
            }
            if is_calm {
                self.carry_all();
            }
            if next.is_none() {
                return;
            }
        }
    }

    fn judge_bounds(&mut self) {
        let stats = self.broker.stats();
        if stats.publisher_waits > 0 {
            self.oracle.seen.insert("publisher waited");
        }
        let (least, more) = (self.oracle.wills, self.oracle.possible_wills);
        assert!(
            (least..=least + more).contains(&stats.wills),
            "wills: {least} + {more}, {stats:?}"
        );
        let up = self.oracle.conns.iter().filter(|conn| !conn.is_closed).count();
        assert!(stats.connections >= up && stats.connected <= up, "{stats:?}");
        assert_eq!(stats.sessions, self.oracle.current.len(), "{stats:?}");
        let rules = &self.oracle.rules;
        assert!(stats.connections <= self.max_conns, "{stats:?}");
        assert!(stats.retained <= rules.max_retained, "{stats:?}");
        assert!(stats.retained_bytes <= rules.max_retained_bytes, "{stats:?}");
        assert!(stats.subscriptions <= rules.max_subscriptions * stats.sessions, "{stats:?}");
    }

    /// What is retained is what the oracle says.
    pub(crate) fn judge_retained(&self) {
        let mut kept = BTreeSet::new();
        let all = mqtt_core::TopicFilter::from_static("#");
        self.broker.retained(all, |publish| {
            let (topic, payload) = (publish.topic.to_owned(), publish.payload.to_vec());
            assert!(self.oracle.may_be_retained(&topic, &payload), "{publish:?}");
            kept.insert((topic, payload));
        });
        for (topic, payload) in self.oracle.surely_retained() {
            let is_there = kept.contains(&(topic.to_owned(), payload.to_vec()));
            assert!(is_there, "{topic} has lost {payload:?}");
        }
    }

    /// A little later.
    pub(crate) fn wait(&mut self, duration: Duration) {
        self.pass(duration.as_millis() as u64, true);
    }
}
