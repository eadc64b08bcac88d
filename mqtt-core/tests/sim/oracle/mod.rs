//! What a broker owes to its clients, by the standards alone.
//!
//! The oracle stands at the broker's door: it sees the bytes that go in and come out, which connections open and
//! end, and when. Of each packet that went in it knows between which two ticks the broker has dealt with it: at once,
//! unless the connection does not take what the broker has for it, for then the broker may let its input wait. What
//! is certain is demanded, and what is possible is allowed.

mod claims;
mod clients;
mod crash;
mod debts;
mod given;
mod publish;
mod rest;
mod retained;
mod taken;

use crate::rules::Rules;
use crate::trace::Trace;
use claims::Copy;
use crash::Terms;
use mqtt_core::{ConnId, QoS, ReasonCode, Version};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// When something has happened: not before, not after. Ticks count packets and ends of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) lo: u64,
    pub(crate) hi: u64,
}

impl Span {
    pub(crate) const NEVER: Self = Self { lo: u64::MAX, hi: u64::MAX };

    pub(crate) fn is_before(self, other: Self) -> bool {
        self.hi < other.lo
    }

    pub(crate) fn may_be_before(self, other: Self) -> bool {
        self.lo <= other.hi
    }
}

/// A message as it came to the broker, or a will as it fell due.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) publisher: String,
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
    /// In seconds.
    pub(crate) expiry: Option<u32>,
    /// Those that go on unchanged.
    pub(crate) properties: Vec<String>,
    pub(crate) span: Span,
    /// In milliseconds, not before and not after.
    pub(crate) came: [u64; 2],
    /// The broker must take it, if it deals with it at all; a crash may have undone that.
    pub(crate) is_sure: bool,
    /// It came more than once: the first time may count for nothing.
    pub(crate) is_again: bool,
    /// Its publisher is not allowed to: nobody gets it.
    pub(crate) is_denied: bool,
}

impl Message {
    pub(crate) fn is_over(&self, now: u64) -> bool {
        self.expiry.is_some_and(|seconds| now >= self.came[0] + u64::from(seconds) * 1000)
    }
}

/// A subscription of a session.
#[derive(Clone, Debug)]
pub(crate) struct Subscribed {
    /// The whole text.
    pub(crate) text: String,
    /// Without `$share`.
    pub(crate) filter: String,
    pub(crate) is_shared: bool,
    pub(crate) qos: QoS,
    pub(crate) no_local: bool,
    pub(crate) retain_as_published: bool,
    pub(crate) id: Option<u32>,
    pub(crate) begins: Span,
    pub(crate) ends: Span,
}

/// Retained messages that a subscription asked for.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) subscription: usize,
    pub(crate) is_certain: bool,
}

/// An UNSUBSCRIBE that went in.
#[derive(Clone, Debug)]
pub(crate) struct Unsubscribed {
    pub(crate) tick: u64,
    pub(crate) texts: Vec<String>,
    /// Whether there was such a subscription, as far as that is known.
    pub(crate) found: Vec<Option<bool>>,
}

/// Where the exchange of a message to a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Sent,
    Received,
    /// The last acknowledgement has gone in, and may not have been read.
    MaybeDone,
}

/// A message of QoS 1 or 2 on its way to a client.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) id: u16,
    pub(crate) message: usize,
    pub(crate) qos: QoS,
    pub(crate) phase: Phase,
    /// Its PUBREC was read for certain.
    pub(crate) is_read: bool,
    /// The connection on which its PUBLISH was sent last.
    pub(crate) conn: usize,
    pub(crate) is_shared: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Will {
    pub(crate) message: Message,
    /// In seconds.
    pub(crate) delay: u32,
}

/// A session of a client.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: String,
    pub(crate) version: Version,
    pub(crate) is_honest: bool,
    pub(crate) conn: Option<usize>,
    /// When it began and ended.
    pub(crate) begun: u64,
    pub(crate) ended: Option<u64>,
    /// In seconds.
    pub(crate) expiry: u32,
    pub(crate) subscriptions: Vec<Subscribed>,
    pub(crate) requests: Vec<Request>,
    /// In the order in which they were sent first.
    pub(crate) flights: Vec<Flight>,
    /// QoS 2 identifiers that came, and their messages.
    pub(crate) received: HashMap<u16, usize>,
    /// Messages that were sent for subscriptions that are not shared, or may have been.
    pub(crate) done: BTreeSet<usize>,
    /// So many messages may wait for it, since it was seen to have nothing to do.
    pub(crate) load: usize,
    /// The same in bytes, at most.
    pub(crate) load_bytes: usize,
    /// So many of them came before its connection, and were sent on it.
    pub(crate) backlog: usize,
    pub(crate) since: u64,
    /// Those for which there may have been no room.
    pub(crate) excused: BTreeSet<usize>,
    /// The last message of each publisher, topic and QoS.
    pub(crate) last: HashMap<(String, String, QoS, QoS), usize>,
    /// How often each payload was sent with QoS 2.
    pub(crate) copies: HashMap<Vec<u8>, u32>,
    pub(crate) will: Option<Will>,
    /// In milliseconds.
    pub(crate) will_due: Option<u64>,
    pub(crate) ends: Option<u64>,
    /// The smallest Maximum Packet Size of its connections.
    pub(crate) max_packet: u32,
    /// One of its connections did not take all that the broker had.
    pub(crate) was_slow: bool,
    /// In milliseconds: since when it has no connection.
    pub(crate) left: Option<u64>,
    /// It is there after a crash for certain, on one of these terms: the last are those that hold now.
    pub(crate) is_safe: bool,
    pub(crate) terms: Vec<Terms>,
    /// It was away at a crash, and its terms are not known: it ends at some moment of these, in milliseconds.
    pub(crate) unsure: Option<(u64, u64)>,
}

/// What has gone in and was not dealt with for certain.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pending {
    Message(usize),
    Begin { session: usize, subscription: usize },
    End { session: usize, subscription: usize },
    Received { session: usize, id: u16 },
    Done { session: usize, id: u16 },
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Conn {
    pub(crate) id: ConnId,
    pub(crate) is_honest: bool,
    pub(crate) up: Vec<u8>,
    pub(crate) down: Vec<u8>,
    /// Since when there is what is no packet.
    pub(crate) is_broken: bool,
    pub(crate) connect: Option<Hello>,
    pub(crate) session: Option<usize>,
    /// Packets that came before the client was accepted, by tick.
    pub(crate) early: Vec<(u64, Vec<u8>)>,
    pub(crate) pending: Vec<Pending>,
    /// What has gone in since the broker rested last, and was dealt with if the connection has not ended.
    pub(crate) recent: Vec<Pending>,
    /// It does not take all that the broker has.
    pub(crate) is_slow: bool,
    /// The broker has asked something of it, and waits for the answer.
    pub(crate) is_asked: bool,
    pub(crate) is_closed: bool,
    pub(crate) has_eof: bool,
    /// DISCONNECT: its code and its Session Expiry Interval.
    pub(crate) goodbye: Option<(ReasonCode, Option<u32>)>,
    pub(crate) is_taken_over: bool,
    /// It was to be told that it is not accepted.
    pub(crate) is_refused: bool,
    pub(crate) has_connack: bool,
    pub(crate) session_present: bool,
    pub(crate) aliases: [HashMap<u16, String>; 2],
    /// The subscriptions that each SUBSCRIBE makes: none for a filter that is not allowed.
    pub(crate) subscribes: HashMap<u16, Vec<Option<usize>>>,
    pub(crate) unsubscribes: HashMap<u16, Unsubscribed>,
    pub(crate) publishes: HashMap<u16, usize>,
    /// In milliseconds: when it opened, when bytes came last, and a whole packet, when all was taken last.
    pub(crate) opened: u64,
    pub(crate) heard: u64,
    /// What came then may not have been read.
    pub(crate) is_unread: bool,
    pub(crate) heard_packet: u64,
    pub(crate) clear: u64,
}

/// What CONNECT says.
#[derive(Clone, Debug)]
pub(crate) struct Hello {
    pub(crate) version: Version,
    pub(crate) client: String,
    pub(crate) clean: bool,
    pub(crate) keep_alive: u16,
    pub(crate) expiry: u32,
    pub(crate) receive_maximum: u16,
    pub(crate) max_packet: u32,
    pub(crate) alias_maximum: u16,
    pub(crate) will: Option<Will>,
}

#[derive(Debug)]
pub(crate) struct Oracle {
    pub(crate) rules: Rules,
    pub(crate) trace: Trace,
    pub(crate) tick: u64,
    /// In milliseconds.
    pub(crate) now: u64,
    /// What comes of a deadline comes in this span, in any order.
    pub(crate) window: Option<Span>,
    pub(crate) conns: Vec<Conn>,
    by_id: BTreeMap<ConnId, usize>,
    pub(crate) sessions: Vec<Session>,
    /// The session of each client identifier.
    pub(crate) current: BTreeMap<String, usize>,
    pub(crate) messages: Vec<Message>,
    by_payload: HashMap<Vec<u8>, Vec<usize>>,
    /// Those that are to be retained, of each topic.
    pub(crate) retained: BTreeMap<String, Vec<usize>>,
    /// The copies that were sent, by topic.
    pub(crate) claimed: HashMap<String, Vec<Copy>>,
    /// When a member of a shared subscription has lost its connection, or left, last.
    pub(crate) losses: HashMap<String, u64>,
    /// What must have been sent when the broker rests.
    pub(crate) prompt: Vec<(usize, usize)>,
    /// How many wills have been published.
    pub(crate) wills: u64,
    /// How many more may have been.
    pub(crate) possible_wills: u64,
    /// The broker has told what is not safe: it holds back what depends on that.
    pub(crate) is_stalled: bool,
    /// Another broker has the store.
    pub(crate) is_fenced: bool,
    /// It had, at the last crash.
    was_stalled: bool,
    /// Wills that were published, and sessions that have ended, since all was safe.
    unsafe_wills: Vec<usize>,
    unsafe_ends: Vec<usize>,
    /// When a crash may have come between what a shared subscription gave to one member and took from another.
    torn: HashMap<String, u64>,
    /// What has happened at all, in words.
    pub(crate) seen: BTreeSet<&'static str>,
}

impl Oracle {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            trace: Trace::new(),
            tick: 0,
            now: 0,
            window: None,
            conns: Vec::new(),
            by_id: BTreeMap::new(),
            sessions: Vec::new(),
            current: BTreeMap::new(),
            messages: Vec::new(),
            by_payload: HashMap::new(),
            retained: BTreeMap::new(),
            claimed: HashMap::new(),
            losses: HashMap::new(),
            prompt: Vec::new(),
            wills: 0,
            possible_wills: 0,
            is_stalled: false,
            is_fenced: false,
            was_stalled: false,
            unsafe_wills: Vec::new(),
            unsafe_ends: Vec::new(),
            torn: HashMap::new(),
            seen: BTreeSet::new(),
        }
    }

    pub(crate) fn next_tick(&mut self) -> u64 {
        self.tick += 1;
        self.tick
    }

    pub(crate) fn conn(&self, id: ConnId) -> usize {
        *self.by_id.get(&id).expect("a connection that was opened")
    }

    /// A connection opens.
    pub(crate) fn opened(&mut self, id: ConnId, is_honest: bool) {
        let at = self.conns.len();
        assert!(self.by_id.insert(id, at).is_none(), "{id:?} is used again");
        self.conns.push(Conn {
            id,
            is_honest,
            up: Vec::new(),
            down: Vec::new(),
            is_broken: false,
            connect: None,
            session: None,
            early: Vec::new(),
            pending: Vec::new(),
            recent: Vec::new(),
            is_slow: false,
            is_asked: false,
            is_closed: false,
            has_eof: false,
            goodbye: None,
            is_taken_over: false,
            is_refused: false,
            has_connack: false,
            session_present: false,
            aliases: Default::default(),
            subscribes: HashMap::new(),
            unsubscribes: HashMap::new(),
            publishes: HashMap::new(),
            opened: self.now,
            heard: self.now,
            is_unread: false,
            heard_packet: self.now,
            clear: self.now,
        });
    }

    /// From now on a connection takes all that the broker has for it, or not.
    pub(crate) fn set_slow(&mut self, id: ConnId, is_slow: bool) {
        let at = self.conn(id);
        self.conns[at].is_slow = is_slow;
        if let Some(session) = self.conns[at].session {
            self.sessions[session].was_slow |= is_slow;
        }
    }

    /// When this happens that went in on a connection.
    pub(crate) fn span_of(&self, conn: usize, tick: u64) -> Span {
        let conn = &self.conns[conn];
        let is_late = self.rules.waits() || conn.is_slow || !conn.pending.is_empty();
        Span { lo: tick, hi: if is_late { u64::MAX } else { tick } }
    }

    /// A message has come, of a client or of a will.
    pub(crate) fn came(&mut self, message: Message) -> usize {
        let number = self.messages.len();
        if message.is_denied {
            self.messages.push(message);
            return number;
        }
        self.by_payload.entry(message.payload.clone()).or_default().push(number);
        if message.retain {
            self.retained.entry(message.topic.clone()).or_default().push(number);
        }
        self.messages.push(message);
        for session in 0..self.sessions.len() {
            if self.sessions[session].ended.is_none() && self.sessions[session].is_honest {
                self.owe(session, number);
            }
        }
        number
    }
}
