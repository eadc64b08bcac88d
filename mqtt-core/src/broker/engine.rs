//! The broker, and how it is driven.

use super::asked::{About, Asked, Hello};
use super::event::{Action, BrokerEvent};
use super::message::Message;
use super::net::{Net, Notice, Owner};
use super::retained::RetainedMessages;
use super::route::{Routing, Subscribed};
use super::shares::Shares;
use super::stats::BrokerStats;
use super::{
    Authentication, Authorization, BrokerConfig, BrokerError, BrokerLimits, Closed, ConnId,
};
use crate::session::NothingToSend;
use crate::{
    DecodeOptions, Event, IndexLimits, Instant, Limits, Packet, Publish, Status, SubscriptionTrie,
    Transmit, Version, decode,
};
use alloc::vec::Vec;
use core::fmt;
use core::hash::BuildHasher;
use core::mem;

/// A broker as a value: bytes of many connections go in, bytes for them come out. It does no I/O and has no
/// clock, threads or randomness: the same calls give the same bytes.
///
/// `S` hashes client identifiers and topics; with a keyed one such as `RandomState` nobody can choose those that
/// collide, nor guess identifiers that the broker assigns.
///
/// # Driving
/// - [`open`](Self::open) a connection when a transport is there; give it what comes by
///   [`handle_input`](Self::handle_input), and its end by [`handle_eof`](Self::handle_eof).
/// - After each input, and after [`handle_timeout`](Self::handle_timeout) at
///   [`poll_timeout`](Self::poll_timeout): [`poll_event`](Self::poll_event) until there is none, then
///   [`poll_writable`](Self::poll_writable) until there is none, and write what
///   [`transmit`](Self::transmit) has for each. A transport that does not take all of it is asked for again
///   when it does.
/// - After [`Closed`](BrokerEvent::Closed), close the transport when `transmit` has nothing more.
///
/// Inputs never fail. Nothing grows without bound: see [`BrokerLimits`].
///
/// # Examples
/// One client subscribes, another publishes:
/// ```
/// use bytes::Buf;
/// use mqtt_core::{Broker, BrokerConfig, Instant};
/// use std::hash::RandomState;
///
/// let now = Instant::default();
/// let mut broker: Broker<RandomState> = Broker::new(BrokerConfig::default(), now);
/// let anna = broker.open(now)?;
/// broker.handle_input(anna, now, b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a");
/// broker.handle_input(anna, now, b"\x82\x06\0\x07\0\x01t\0");
/// let ben = broker.open(now)?;
/// broker.handle_input(ben, now, b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01b");
/// broker.handle_input(ben, now, b"\x30\x05\0\x01thi");
///
/// while let Some(event) = broker.poll_event() {
///     println!("{event:?}");
/// }
/// while let Some(conn) = broker.poll_writable() {
///     let mut bytes = broker.transmit(conn);
///     if conn == anna {
///         // CONNACK, SUBACK, PUBLISH.
///         assert_eq!(bytes.chunk(), b"\x20\x02\0\0\x90\x03\0\x07\0\x30\x05\0\x01thi");
///     }
///     let len = bytes.remaining();
///     bytes.advance(len);
/// }
/// # Ok::<(), mqtt_core::BrokerError>(())
/// ```
pub struct Broker<S> {
    pub(super) net: Net<S>,
    pub(super) trie: SubscriptionTrie<u32, Subscribed, S>,
    pub(super) shares: Shares<S>,
    pub(super) retained: RetainedMessages<S>,
    pub(super) routing: Routing,
    /// The message that is on its way.
    pub(super) message: Message,
    authentication: Authentication,
    pub(super) authorization: Authorization,
    pub(super) is_shutting_down: bool,
    pub(super) sys_due: Option<Instant>,
    pub(super) started: Instant,
    /// There are events that came when what was sent was looked at: the caller may be done with polling them.
    has_late_events: bool,
    /// The notice that was polled last.
    shown: Option<Notice>,
    nothing: NothingToSend,
}

impl<S: BuildHasher + Clone + Default> Broker<S> {
    /// A broker without clients, with a hasher of its own.
    ///
    /// See [`Broker`] for an example.
    #[must_use]
    pub fn new(config: BrokerConfig, now: Instant) -> Self {
        Self::with_hasher(config, now, S::default())
    }
}

impl<S: BuildHasher + Clone> Broker<S> {
    /// A broker without clients.
    ///
    /// ```
    /// use mqtt_core::{Broker, BrokerConfig, Instant};
    /// use std::hash::RandomState;
    /// let hasher = RandomState::new();
    /// let broker = Broker::with_hasher(BrokerConfig::default(), Instant::default(), hasher);
    /// assert_eq!(broker.stats().sessions, 0);
    /// ```
    #[must_use]
    pub fn with_hasher(config: BrokerConfig, now: Instant, hasher: S) -> Self {
        Self::build(config, now, hasher, false)
    }

    /// A broker without clients, with an empty store or one that it goes on with.
    pub(super) fn build(mut config: BrokerConfig, now: Instant, hasher: S, goes_on: bool) -> Self {
        let limits = config.limits;
        let authentication = config.authentication;
        let authorization = mem::take(&mut config.authorization);
        let mut trie = SubscriptionTrie::with_hasher(hasher.clone());
        trie.set_limits(subscription_limits(&limits));
        let max_levels = limits.max_levels;
        let bounds = IndexLimits { max_entries: limits.max_retained, max_levels };
        let retained = RetainedMessages::new(bounds, limits.max_retained_bytes, hasher.clone());
        let sys_interval = config.sys_interval;
        let mut broker = Self {
            net: Net::new(config, now, hasher.clone(), goes_on),
            trie,
            shares: Shares::new(hasher),
            retained,
            routing: Routing::default(),
            message: Message::default(),
            authentication,
            authorization,
            is_shutting_down: false,
            sys_due: None,
            started: now,
            has_late_events: false,
            shown: None,
            nothing: NothingToSend::default(),
        };
        if let Some(interval) = sys_interval {
            broker.net.timers.arm(&mut broker.sys_due, now.after(interval), Owner::Sys);
        }
        broker
    }

    /// The latest moment that the caller has told.
    #[inline]
    pub(super) fn tick(&mut self, now: Instant) {
        self.net.now = self.net.now.max(now);
    }

    /// A transport is there; its CONNECT is to come.
    ///
    /// # Errors
    /// [`Full`](BrokerError::Full), [`ShuttingDown`](BrokerError::ShuttingDown).
    ///
    /// See [`Broker`] for an example.
    pub fn open(&mut self, now: Instant) -> Result<ConnId, BrokerError> {
        self.tick(now);
        if self.is_shutting_down {
            return Err(BrokerError::ShuttingDown);
        }
        if self.net.conns.len() >= self.net.config.limits.max_connections {
            return Err(BrokerError::Full);
        }
        self.net.sweep_timers();
        Ok(self.net.open())
    }

    /// Takes bytes of a connection; gives how many. Fewer than there are: drain what is to be sent and polled,
    /// and hand in the rest again. After the end of the connection all are taken, and ignored.
    ///
    /// See [`Broker`] for an example.
    pub fn handle_input(&mut self, conn: ConnId, now: Instant, data: &[u8]) -> usize {
        self.tick(now);
        let Some(slot) = self.net.slot(conn) else { return data.len() };
        let (mut taken, now) = (0, self.net.now);
        while let Some(session) = self.net.session(slot) {
            let more = session.handle_input(now, &data[taken..]);
            taken += more;
            if self.net.is_full() {
                self.net.mark_ready(slot);
            } else {
                self.read(slot);
                self.work();
            }
            if more == 0 || taken == data.len() {
                break;
            }
        }
        self.net.stats.bytes_received += taken as u64;
        taken
    }

    /// How many bytes [`handle_input`](Self::handle_input) would take of a connection at least: 0 means to wait
    /// with reading.
    #[must_use]
    pub fn wants_input(&mut self, conn: ConnId) -> usize {
        match self.net.slot(conn) {
            Some(slot) if !self.net.is_full() => {
                self.net.session(slot).map_or(0, |session| session.wants_input())
            }
            _ => 0,
        }
    }

    /// The transport of a connection has come to its end: nothing more comes. It may still take what is to be sent,
    /// and the connection has its place until it has.
    ///
    /// Called again, before or after [`Closed`](BrokerEvent::Closed): the transport is gone and takes nothing either.
    /// What was to be sent is given up, and the place is free when [`Closed`](BrokerEvent::Closed) has been told.
    ///
    /// While a question about what came before is open, [`Closed`](BrokerEvent::Closed) waits for the answer.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut broker: Broker<std::hash::RandomState> = Broker::new(BrokerConfig::default(), now);
    /// let conn = broker.open(now)?;
    /// broker.handle_eof(conn, now);
    /// assert_eq!(broker.poll_event(), Some(BrokerEvent::Closed { conn, reason: Closed::Eof }));
    /// # Ok::<(), BrokerError>(())
    /// ```
    pub fn handle_eof(&mut self, conn: ConnId, now: Instant) {
        self.tick(now);
        let Some(slot) = self.net.slot(conn) else { return };
        if self.net.is_closed(slot) {
            self.net.forget(slot);
            return;
        }
        self.net.note_end(slot);
        let now = self.net.now;
        if let Some(session) = self.net.session(slot) {
            session.handle_eof(now);
            self.net.mark_ready(slot);
            self.work();
        }
    }

    /// Does what is due by now; nothing, if nothing is.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.tick(now);
        let now = self.net.now;
        while let Some((at, owner)) = self.net.timers.due(now) {
            match owner {
                Owner::Conn(slot, generation) => self.conn_due(slot, generation, at),
                Owner::Client(place, generation) => self.client_due(place, generation, at),
                Owner::Held(slot, generation) => self.net.hold_due(slot, generation, at),
                Owner::Sys => self.publish_sys(),
            }
            self.work();
        }
        let durable = &mut self.net.durable;
        self.retained.expire(now, |topic| {
            if let Some(durable) = durable {
                durable.tell_retained(topic, None);
            }
        });
    }

    fn conn_due(&mut self, slot: u32, generation: u32, at: Instant) {
        let conn = self.net.conns.get_mut(slot as usize);
        let is_noted =
            |conn: &&mut super::net::Conn| conn.generation == generation && conn.armed == Some(at);
        let Some(conn) = conn.filter(is_noted) else { return };
        conn.armed = None;
        let now = self.net.now;
        if let Some(session) = self.net.session(slot) {
            session.handle_timeout(now);
            self.net.arm_conn(slot);
            self.net.mark_ready(slot);
            self.net.check_writable(slot);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, as things stand; sometimes there is nothing
    /// to be done then. At once, if what was sent has made events that were not polled. O(1).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.has_late_events {
            return Some(self.net.now);
        }
        self.net.timers.first().into_iter().chain(self.retained.next()).min()
    }

    /// The next connection that has something to be sent, or whose input may go on that was not taken, each once.
    ///
    /// See [`Broker`] for an example.
    pub fn poll_writable(&mut self) -> Option<ConnId> {
        self.net.next_writable().map(|(conn, _)| conn)
    }

    /// The next connection that has something to be sent, and that: [`poll_writable`](Self::poll_writable) and
    /// [`transmit`](Self::transmit) in one.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// use bytes::Buf;
    /// # let now = Instant::default();
    /// # let mut broker: Broker<std::hash::RandomState> = Broker::new(BrokerConfig::default(), now);
    /// # let conn = broker.open(now)?;
    /// broker.handle_input(conn, now, b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a");
    /// while let Some((conn, mut bytes)) = broker.poll_transmit() {
    ///     println!("{conn:?}: {:?}", bytes.chunk());
    ///     bytes.advance(bytes.remaining());
    /// }
    /// # Ok::<(), BrokerError>(())
    /// ```
    #[inline]
    pub fn poll_transmit(&mut self) -> Option<(ConnId, Transmit<'_>)> {
        let (conn, client) = self.net.next_writable()?;
        let Some(place) = client else { return Some((conn, self.transmit(conn))) };
        let transmit = match self.net.clients.get_mut(place) {
            Some(client) => client.session.transmit(),
            None => self.nothing.transmit(),
        };
        Some((conn, transmit))
    }

    /// What is to be sent on a connection, as far as there is room. When it has been drained there may be more.
    ///
    /// See [`Broker`] for an example.
    #[inline(never)]
    pub fn transmit(&mut self, conn: ConnId) -> Transmit<'_> {
        if self.net.has_waited(conn) {
            self.prepare(conn.slot() as u32);
        }
        let Self { net, nothing, .. } = self;
        match net.session_of(conn) {
            Some(session) => session.transmit(),
            None => nothing.transmit(),
        }
    }

    /// What was sent on a connection before may have made room, or was the last. If something has been sent since
    /// this was last looked at, the connection is named once more, to see whether more has.
    #[cold]
    fn prepare(&mut self, slot: u32) {
        let is_closed = self.net.is_closed(slot);
        let Some(session) = self.net.session(slot) else { return };
        let (is_empty, gone) = (!session.has_output(), session.sent_bytes());
        let Some(conn) = self.net.conns.get_mut(slot as usize) else { return };
        let has_moved = mem::replace(&mut conn.gone, gone) != gone;
        if is_closed && is_empty {
            self.net.forget(slot);
            return;
        }
        self.net.note_waiting(slot);
        if has_moved || is_empty {
            if !is_closed {
                let events = self.net.notices.len();
                self.net.mark_ready(slot);
                self.work();
                self.has_late_events |= self.net.notices.len() > events;
            }
            if !is_empty || self.net.has_output(slot) {
                self.net.mark_writable(slot);
            }
        }
    }

    /// What the broker asks or reports next.
    ///
    /// See [`BrokerEvent`].
    pub fn poll_event(&mut self) -> Option<BrokerEvent<'_>> {
        self.work();
        loop {
            let Some(notice) = self.net.notices.pop_front() else {
                self.has_late_events = false;
                return None;
            };
            match &notice {
                Notice::Asked(conn) if self.asked(*conn).is_none() => continue,
                Notice::Message { packet, .. } => {
                    self.net.notice_bytes = self.net.notice_bytes.saturating_sub(packet.len());
                }
                Notice::Closed { conn, .. } => self.closed(*conn),
                _ => {}
            }
            self.shown = Some(notice);
            return self.show();
        }
    }

    fn asked(&self, conn: ConnId) -> Option<&Asked> {
        let slot = self.net.slot(conn)?;
        self.net.conns.get(slot as usize)?.asked.as_deref()
    }

    /// The end of a connection has been told: its place is free, if it has nothing more to say, or nobody to say it to.
    fn closed(&mut self, conn: ConnId) {
        let Some(slot) = self.net.slot(conn) else { return };
        let has_output = self.net.session(slot).is_some_and(|session| session.has_output());
        if !has_output || self.net.is_gone(slot) {
            self.net.forget(slot);
        }
    }

    fn show(&self) -> Option<BrokerEvent<'_>> {
        Some(match self.shown.as_ref()? {
            Notice::Asked(conn) => return self.question(*conn),
            Notice::Connected { conn, client_id, session_present } => {
                BrokerEvent::Connected { conn: *conn, client_id, session_present: *session_present }
            }
            Notice::Message { token, packet } => {
                // It has an identifier only to be a packet.
                let publish = Publish { packet_id: None, ..publish_of(packet)? };
                BrokerEvent::Message { token: *token, publish }
            }
            Notice::Closed { conn, reason } => BrokerEvent::Closed { conn: *conn, reason: *reason },
            Notice::Fenced { epoch } => BrokerEvent::Fenced { epoch: *epoch },
        })
    }

    /// The question that a connection waits for.
    fn question(&self, conn: ConnId) -> Option<BrokerEvent<'_>> {
        let asked = self.asked(conn)?;
        let action = match (&asked.about, asked.packet()?) {
            (_, Packet::Connect(connect)) => {
                return Some(BrokerEvent::Authenticate { conn, connect });
            }
            (_, Packet::Auth(auth)) => return Some(BrokerEvent::Auth { conn, auth }),
            (_, Packet::Publish(publish)) => Action::Publish(publish),
            (About::Subscribe(codes), Packet::Subscribe(subscribe)) => {
                let subscription = subscribe.filters.iter().nth(codes.len())?;
                Action::Subscribe { filter: subscription.filter, options: subscription.options }
            }
            _ => return None,
        };
        let place = self.net.conns.get(conn.slot())?.client?;
        let client = self.net.clients.get(place)?;
        let user_name = client.user_name.as_deref();
        Some(BrokerEvent::Authorize { conn, client_id: &client.id, user_name, action })
    }

    /// Reads what the connections have that may be read.
    pub(super) fn work(&mut self) {
        while self.net.has_ready() && !self.net.is_full() {
            let Some(slot) = self.net.next_ready() else { return };
            self.read(slot);
        }
    }

    /// Reads packets of a connection, up to a question or so many that others have their turn.
    fn read(&mut self, slot: u32) {
        let mut left = TURN;
        loop {
            if left == 0 || self.net.is_full() {
                if self.net.readable(slot).is_some() {
                    self.net.mark_ready(slot);
                } else if !self.net.is_held(slot) {
                    return;
                }
                break;
            }
            left -= 1;
            match self.read_one(slot) {
                // What there is for it is looked at all the same: others may wait until that is little.
                None if self.net.is_held(slot) => break,
                None => return,
                Some(true) if self.net.has_unread(slot) => {}
                Some(_) => break,
            }
        }
        if !self.net.rest(slot, false) {
            self.feed(slot);
            self.net.rest(slot, true);
        }
    }

    /// Reads one packet of a connection: false if there is none, `None` if it is not to be read.
    #[inline]
    fn read_one(&mut self, slot: u32) -> Option<bool> {
        let session = self.net.readable(slot)?;
        let version = session.version();
        // What an event has is taken apart here: it borrows from the session.
        match session.poll_event() {
            None => return Some(false),
            Some(Event::Message { publish, ack, .. }) => {
                if matches!(self.authorization, Authorization::Ask) {
                    let asked = Asked::new(publish, Version::V5, About::Publish(ack));
                    self.ask(slot, asked);
                } else {
                    self.message.set(&publish);
                    self.take_message(slot, ack);
                }
            }
            Some(Event::Connect(connect)) => {
                let hello = Hello::new(&connect);
                let asks = self.authentication == Authentication::Ask;
                let asked = asks.then(|| Asked::new(connect, connect.version, About::Connect));
                self.take_connect(slot, hello, asked);
            }
            Some(Event::Auth(auth)) => {
                let asked = Asked::new(auth, version, About::Auth);
                self.ask(slot, asked);
            }
            Some(Event::Subscribe(subscribe)) => {
                let asked = Asked::new(subscribe, version, About::Subscribe(Vec::new()));
                self.take_subscribe(slot, asked);
            }
            Some(Event::Unsubscribe(unsubscribe)) => {
                let asked = Asked::new(unsubscribe, version, About::Subscribe(Vec::new()));
                self.take_unsubscribe(slot, &asked);
            }
            Some(Event::Dropped { why, .. }) => self.net.count_dropped(why),
            Some(Event::Closed(reason)) => {
                let reason = Closed::from(&reason);
                self.take_closed(slot, reason);
                return Some(false);
            }
            // A message is done.
            Some(_) => {}
        }
        Some(true)
    }

    /// Asks the caller.
    pub(super) fn ask(&mut self, slot: u32, asked: Asked) {
        let id = self.net.id(slot);
        self.net.notice_bytes += asked.len();
        if let Some(conn) = self.net.conns.get_mut(slot as usize) {
            conn.asked = Some(alloc::boxed::Box::new(asked));
            self.net.notices.push_back(Notice::Asked(id));
        }
    }

    /// The answer is there: gives the question.
    pub(super) fn answered(
        &mut self,
        conn: ConnId,
        fits: impl FnOnce(&About) -> bool,
    ) -> Result<(u32, Asked), BrokerError> {
        let slot = self.net.slot(conn).ok_or(BrokerError::Unknown)?;
        let entry = self.net.conns.get_mut(slot as usize).ok_or(BrokerError::Unknown)?;
        match entry.asked.take() {
            Some(asked) if fits(&asked.about) => {
                self.net.notice_bytes = self.net.notice_bytes.saturating_sub(asked.len());
                Ok((slot, *asked))
            }
            asked => {
                entry.asked = asked;
                Err(BrokerError::NotAsked)
            }
        }
    }

    /// What the broker has done, and has. O(1).
    ///
    /// See [`BrokerStats`] for an example.
    #[must_use]
    pub fn stats(&self) -> BrokerStats {
        BrokerStats {
            connections: self.net.conns.len(),
            sessions: self.net.clients.entries.len(),
            subscriptions: self.trie.len(),
            retained: self.retained.index.len(),
            retained_bytes: self.retained.bytes(),
            queued_bytes: self.net.queued_bytes,
            ..self.net.stats
        }
    }

    /// Bytes on the heap. O(connections and sessions).
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.net.heap_bytes() + self.trie.heap_bytes() + self.retained.heap_bytes()
    }
}

/// So many packets of a connection are read before others have their turn.
const TURN: usize = 32;

/// A message that was kept as a packet of 5.0.
pub(super) fn publish_of(packet: &[u8]) -> Option<Publish<'_>> {
    let options = DecodeOptions { limits: Limits::UNLIMITED, ..DecodeOptions::DEFAULT };
    match decode(packet, Some(Version::V5), &options) {
        Ok(Status::Complete(decoded)) => match decoded.packet {
            Packet::Publish(publish) => Some(publish),
            _ => None,
        },
        _ => None,
    }
}

impl<S> fmt::Debug for Broker<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (conns, clients) = (self.net.conns.len(), self.net.clients.entries.len());
        write!(f, "Broker({conns} connections, {clients} sessions)")
    }
}

/// Bounds of the subscriptions of all clients.
pub(super) const fn subscription_limits(limits: &BrokerLimits) -> IndexLimits {
    IndexLimits { max_entries: limits.max_subscriptions, max_levels: limits.max_levels }
}
