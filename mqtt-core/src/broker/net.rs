//! Connections, and the way of messages out to them.

use super::ConnId;
use super::asked::{About, Asked, Hello};
use super::clients::Clients;
use super::config::{BrokerConfig, SlowConsumer};
use super::durable::Durable;
use super::event::Closed;
use super::holds::Holds;
use super::message::Message;
use super::stats::BrokerStats;
use super::timers::Timers;
use super::turns::Turns;
use crate::{
    Disconnect, Event, Instant, PublishStatus, QoS, ReasonCode, ServerSession, UsageError, WhenFull,
};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::BuildHasher;
use core::mem;
use slab::Slab;

/// A connection.
#[derive(Debug)]
pub(super) struct Conn {
    pub(super) generation: u32,
    /// Its session: before it is accepted, and after it was taken over or ended. Else it is with its client.
    pub(super) session: Option<Box<ServerSession>>,
    pub(super) client: Option<u32>,
    /// What CONNECT said, until it is answered.
    pub(super) hello: Option<Box<Hello>>,
    /// What the caller has been asked.
    pub(super) asked: Option<Box<Asked>>,
    /// It is in the queue of those that have something to be read, or to be sent.
    is_ready: bool,
    is_writable: bool,
    /// The caller knows that it is over.
    is_closed: bool,
    /// The caller has said that nothing more comes.
    is_at_end: bool,
    /// The caller has said that nothing is taken any more either.
    is_gone: bool,
    /// What it sends is not read: it waits for a receiver.
    pub(super) is_held: bool,
    /// Publishers wait for it.
    pub(super) is_awaited: bool,
    /// Something is to be done when it has sent what it has.
    waits: bool,
    /// How many bytes of it had been sent when that was last looked at, modulo 2^32.
    pub(super) gone: u32,
    /// When it is looked at next.
    pub(super) armed: Option<Instant>,
}

/// Who is looked at at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// A connection, by place and generation: timers of its session.
    Conn(u32, u32),
    /// A client without a connection: its will, and the end of its session.
    Client(u32, u32),
    /// A publisher that waits for a receiver, by place and generation of its connection.
    Held(u32, u32),
    /// The topics of the broker itself.
    Sys,
}

/// Something to be told.
#[derive(Debug)]
pub(super) enum Notice {
    /// The question that this connection waits for.
    Asked(ConnId),
    Connected {
        conn: ConnId,
        client_id: String,
        session_present: bool,
    },
    /// A message for the caller, as a packet of 5.0.
    Message {
        token: u64,
        packet: Vec<u8>,
    },
    Closed {
        conn: ConnId,
        reason: Closed,
    },
    Fenced {
        epoch: u64,
    },
}

/// Connections and clients, without subscriptions and retained messages.
#[derive(Debug)]
pub(super) struct Net<S> {
    pub(super) config: BrokerConfig,
    pub(super) now: Instant,
    pub(super) conns: Slab<Conn>,
    next_generation: u32,
    pub(super) clients: Clients<S>,
    /// Connections that have something to be read.
    pub(super) ready: VecDeque<u32>,
    /// Connections that have something to be sent.
    writable: Turns,
    pub(super) timers: Timers<Owner>,
    pub(super) holds: Holds,
    pub(super) notices: VecDeque<Notice>,
    /// Bytes of messages and questions among them.
    pub(super) notice_bytes: usize,
    /// Bytes of the messages of all sessions.
    pub(super) queued_bytes: usize,
    pub(super) stats: BrokerStats,
    /// What is told of changes, if anything is.
    pub(super) durable: Option<Box<Durable>>,
}

/// How a message goes to one receiver.
#[derive(Clone, Copy)]
pub(super) struct Delivery {
    pub(super) client: u32,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    /// The number of the shared subscription that it is for, or 0.
    pub(super) share: u32,
}

/// The session of a connection: its own, or that of its client.
#[inline(always)]
fn session_at<'n, S: BuildHasher>(
    conn: &'n mut Conn,
    clients: &'n mut Clients<S>,
) -> Option<&'n mut ServerSession> {
    match (&mut conn.session, conn.client) {
        (Some(session), _) => Some(session),
        (None, Some(client)) => Some(&mut clients.get_mut(client)?.session),
        (None, None) => None,
    }
}

impl<S: BuildHasher> Net<S> {
    pub(super) fn new(config: BrokerConfig, now: Instant, hasher: S, goes_on: bool) -> Self {
        let durable = Durable::new(config.server.session.persist, goes_on).map(Box::new);
        Self {
            config,
            now,
            conns: Slab::new(),
            next_generation: 0,
            clients: Clients::new(hasher),
            ready: VecDeque::new(),
            writable: Turns::default(),
            timers: Timers::new(),
            holds: Holds::default(),
            notices: VecDeque::new(),
            notice_bytes: 0,
            queued_bytes: 0,
            stats: BrokerStats::default(),
            durable,
        }
    }

    /// Opens a connection; gives its place.
    pub(super) fn open(&mut self) -> ConnId {
        // Not 0, so that no name of a connection is.
        self.next_generation = self.next_generation.checked_add(1).unwrap_or(1);
        let mut session = Box::new(ServerSession::new(self.config.server(), self.now));
        if let Some(durable) = &self.durable {
            session.set_one_of_many(self.now, durable.offset);
        }
        let session = Some(session);
        let generation = self.next_generation;
        let slot = self.conns.insert(Conn {
            generation,
            session,
            client: None,
            hello: None,
            asked: None,
            is_ready: false,
            is_writable: false,
            is_closed: false,
            is_at_end: false,
            is_gone: false,
            is_held: false,
            is_awaited: false,
            waits: false,
            gone: 0,
            armed: None,
        }) as u32;
        self.arm_conn(slot);
        ConnId::new(slot, generation)
    }

    /// The place of a connection, if it is still there.
    #[inline]
    pub(super) fn slot(&self, id: ConnId) -> Option<u32> {
        let conn = self.conns.get(id.slot())?;
        id.is(conn.generation).then_some(id.slot() as u32)
    }

    pub(super) fn id(&self, slot: u32) -> ConnId {
        ConnId::new(slot, self.conns.get(slot as usize).map_or(0, |conn| conn.generation))
    }

    /// The session of a connection, if that is still there.
    #[inline]
    pub(super) fn session_of(&mut self, id: ConnId) -> Option<&mut ServerSession> {
        let conn = self.conns.get_mut(id.slot()).filter(|conn| id.is(conn.generation))?;
        session_at(conn, &mut self.clients)
    }

    /// The session of a connection.
    #[inline]
    pub(super) fn session(&mut self, slot: u32) -> Option<&mut ServerSession> {
        let conn = self.conns.get_mut(slot as usize)?;
        session_at(conn, &mut self.clients)
    }

    /// What a connection has waited with happens now.
    pub(super) fn tell_time(&mut self, slot: u32) {
        let now = self.now;
        if let Some(session) = self.session(slot) {
            session.tell_time(now);
        }
    }

    /// The session of a connection, if it is to be read: it is there, and waits for no answer and no receiver. One
    /// that waits to be let in has nothing to be read but its end; one that has ended waits for nobody.
    #[inline]
    pub(super) fn readable(&mut self, slot: u32) -> Option<&mut ServerSession> {
        let conn = self.conns.get_mut(slot as usize)?;
        let asked = conn.asked.as_ref();
        let is_asked = asked.is_some_and(|asked| !matches!(asked.about, About::Connect));
        let waits = is_asked || conn.is_held;
        session_at(conn, &mut self.clients).filter(|session| !waits || !session.is_connected())
    }

    /// Notes that a connection may have something to be read.
    #[inline]
    pub(super) fn mark_ready(&mut self, slot: u32) {
        if let Some(conn) = self.conns.get_mut(slot as usize).filter(|conn| !conn.is_ready) {
            conn.is_ready = true;
            self.ready.push_back(slot);
        }
    }

    /// True if any connection may have something to be read.
    #[inline]
    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The next connection that may have something to be read.
    pub(super) fn next_ready(&mut self) -> Option<u32> {
        let slot = self.ready.pop_front()?;
        if let Some(conn) = self.conns.get_mut(slot as usize) {
            conn.is_ready = false;
        }
        Some(slot)
    }

    /// Notes that a connection has something to be sent.
    #[inline(always)]
    pub(super) fn mark_writable(&mut self, slot: u32) {
        if let Some(conn) = self.conns.get_mut(slot as usize).filter(|conn| !conn.is_writable) {
            conn.is_writable = true;
            self.writable.push(slot);
        }
    }

    /// The same, if it has.
    pub(super) fn check_writable(&mut self, slot: u32) {
        if self.session(slot).is_some_and(|session| session.has_output()) {
            self.mark_writable(slot);
        }
    }

    /// The next connection that has something to be sent, and its client, if that has its session and nothing
    /// is to be done first.
    #[inline]
    pub(super) fn next_writable(&mut self) -> Option<(ConnId, Option<u32>)> {
        loop {
            let slot = self.writable.pop()?;
            if let Some(conn) = self.conns.get_mut(slot as usize) {
                conn.is_writable = false;
                let client = conn.client.filter(|_| !conn.waits && conn.session.is_none());
                return Some((ConnId::new(slot, conn.generation), client));
            }
        }
    }

    /// Notes that something is to be done when a connection has sent what it has: its queue goes on, what has come
    /// is read, or it is over.
    #[inline]
    pub(super) fn note_waiting(&mut self, slot: u32) {
        if let Some(conn) = self.conns.get_mut(slot as usize) {
            conn.waits = true;
        }
    }

    /// True if that was noted since this was last asked.
    #[inline]
    pub(super) fn has_waited(&mut self, id: ConnId) -> bool {
        let conn = self.conns.get_mut(id.slot()).filter(|conn| id.is(conn.generation));
        conn.is_some_and(|conn| mem::take(&mut conn.waits))
    }

    /// True if there is something to be sent on a connection.
    pub(super) fn has_output(&mut self, slot: u32) -> bool {
        self.session(slot).is_some_and(|session| session.has_output())
    }

    /// True if there may be something to be read.
    #[inline]
    pub(super) fn has_unread(&mut self, slot: u32) -> bool {
        self.session(slot).is_some_and(|session| session.has_unread())
    }

    /// A connection has been read: what it has is to be sent, and its deadlines are noticed. False, and nothing is
    /// done, if it is to be fed with retained messages before.
    #[inline]
    pub(super) fn rest(&mut self, slot: u32, is_fed: bool) -> bool {
        let Some(conn) = self.conns.get_mut(slot as usize) else { return true };
        let mut goes_on = false;
        let session = match (&conn.session, conn.client) {
            (Some(session), _) => session,
            (None, Some(place)) => {
                let Some(client) = self.clients.get_mut(place) else { return true };
                if !client.walks.is_empty() {
                    if !is_fed {
                        return false;
                    }
                    conn.waits = true;
                }
                client.settle(&mut self.queued_bytes);
                let has_queue = client.session.state().queued_messages() > 0;
                client.catches_up &= has_queue;
                client.is_slow &= has_queue;
                goes_on = conn.is_awaited && !client.session.queue_is_over(4);
                &client.session
            }
            (None, None) => return true,
        };
        conn.waits |= session.has_unread() || session.state().queued_messages() > 0;
        let has_output = session.has_output() && !conn.is_writable;
        let is_armed = conn.armed.is_some() || !session.may_time_out();
        let client = conn.client;
        if let Some(place) = client {
            self.collect(place);
        }
        if has_output {
            self.mark_writable(slot);
        }
        if !is_armed {
            self.arm_conn(slot);
        }
        if goes_on {
            self.release(slot);
        }
        true
    }

    /// Sees to it that the deadlines of a connection are noticed.
    pub(super) fn arm_conn(&mut self, slot: u32) {
        let Some(at) = self.session(slot).and_then(|session| session.poll_timeout()) else {
            return;
        };
        if let Some(conn) = self.conns.get_mut(slot as usize) {
            self.timers.arm(&mut conn.armed, at, Owner::Conn(slot, conn.generation));
        }
    }

    /// The same for a client without a connection.
    pub(super) fn arm_client(&mut self, place: u32) {
        if let Some(client) = self.clients.get_mut(place) {
            let at = client.will_due.into_iter().chain(client.ends).min();
            if let Some(at) = at {
                let owner = Owner::Client(place, client.generation);
                self.timers.arm(&mut client.armed, at, owner);
            }
        }
    }

    /// Forgets moments that mean nothing.
    pub(super) fn sweep_timers(&mut self) {
        let (conns, clients, holds) = (&self.conns, &self.clients, &self.holds);
        self.timers.sweep(|at, owner| match *owner {
            Owner::Conn(slot, generation) => conns
                .get(slot as usize)
                .is_some_and(|conn| conn.generation == generation && conn.armed == Some(at)),
            Owner::Client(place, generation) => clients
                .get(place)
                .is_some_and(|client| client.generation == generation && client.armed == Some(at)),
            Owner::Held(slot, generation) => holds.is_due(slot, generation, at),
            Owner::Sys => true,
        });
    }

    /// Counts the messages of a session anew.
    #[inline]
    pub(super) fn settle(&mut self, place: u32) {
        if let Some(client) = self.clients.get_mut(place) {
            client.settle(&mut self.queued_bytes);
        }
    }

    /// Sends a message to a client, or lets it wait there. False if it is lost.
    // All but this one way is apart, so that the loop over many receivers is short.
    #[inline(always)]
    pub(super) fn deliver(&mut self, message: &mut Message, to: Delivery) -> bool {
        if to.qos == QoS::AtMostOnce {
            let Some(client) = self.clients.get_mut(to.client) else { return false };
            // What many get is written once.
            if let Some(form) = message.form(to.retain, client.session.version()) {
                if client.session.send_form(self.now, form) {
                    self.stats.messages_sent += 1;
                    if let Some(slot) = client.conn {
                        self.mark_writable(slot);
                    }
                    return true;
                }
            } else if message.shared().is_none() {
                return self.deliver_plain(message, to);
            }
        }
        self.deliver_any(message, to)
    }

    /// The same for a message of QoS 0 that is copied.
    #[inline(never)]
    fn deliver_plain(&mut self, message: &Message, to: Delivery) -> bool {
        let Some(client) = self.clients.get_mut(to.client) else { return false };
        let publish = message.publish(to.qos, to.retain, client.session.version());
        if !client.session.send_plain(self.now, &publish) {
            return self.deliver_any(message, to);
        }
        self.stats.messages_sent += 1;
        if let Some(slot) = client.conn {
            self.mark_writable(slot);
        }
        true
    }

    /// The same for any message.
    #[inline(never)]
    fn deliver_any(&mut self, message: &Message, to: Delivery) -> bool {
        let Some(client) = self.clients.get_mut(to.client) else { return false };
        let is_connected = client.session.is_connected();
        if !is_connected && to.qos == QoS::AtMostOnce && !self.config.queue_qos_0 {
            self.stats.dropped_offline += 1;
            return false;
        }
        let when_full = match self.config.slow_consumer {
            _ if self.queued_bytes >= self.config.limits.max_queued_bytes => WhenFull::Reject,
            SlowConsumer::Disconnect if !client.catches_up => WhenFull::Queue,
            _ => WhenFull::DropOldestQoS0,
        };
        let publish = message.publish(to.qos, to.retain, client.session.version());
        let (body, expiry) = (message.shared(), message.expiry);
        let token = u64::from(to.share);
        let session = &mut client.session;
        let result = session.deliver_routed(self.now, &publish, body, expiry, token, when_full);
        let conn = client.conn;
        match result {
            Ok(status) => {
                self.stats.messages_sent += 1;
                if to.qos > QoS::AtMostOnce || status == PublishStatus::Queued {
                    self.settle(to.client);
                    self.collect(to.client);
                }
                if !is_connected && conn.is_none_or(|slot| self.is_closed(slot)) {
                    self.note_drops(to.client);
                }
                if let Some(slot) = conn.filter(|_| is_connected) {
                    self.mark_writable(slot);
                    if status == PublishStatus::Queued {
                        self.note_waiting(slot);
                        self.note_crowded(to.client, slot);
                        // Something may have been dropped for it.
                        self.mark_ready(slot);
                    }
                }
                true
            }
            Err(error) => {
                self.not_delivered(to, error);
                false
            }
        }
    }

    /// Counts what a session has dropped for a new message whose connection is over: nobody reads that.
    fn note_drops(&mut self, place: u32) {
        while let Some(client) = self.clients.get_mut(place) {
            match client.session.poll_event() {
                Some(Event::Dropped { why, .. }) => self.count_dropped(why),
                Some(_) => {}
                None => return,
            }
        }
    }

    /// Notes that a client does not get a message.
    #[cold]
    fn not_delivered(&mut self, to: Delivery, error: UsageError) {
        match error {
            UsageError::PacketTooLarge { .. } => self.stats.dropped_too_large += 1,
            // It was not to wait.
            UsageError::NotConnected => self.stats.dropped_full += 1,
            UsageError::WouldBlock(_) => {
                self.stats.dropped_full += 1;
                let slow = self.config.slow_consumer == SlowConsumer::Disconnect;
                let now = self.now;
                let Some(client) = self.clients.get_mut(to.client) else { return };
                let conn = client.conn;
                if slow && !client.catches_up && client.session.is_connected() {
                    let reason = ReasonCode::QUOTA_EXCEEDED;
                    let disconnect = Disconnect { reason, ..Disconnect::default() };
                    // It is up, so it can be ended.
                    let _ = client.session.disconnect(now, &disconnect);
                }
                if let Some(slot) = conn {
                    self.mark_ready(slot);
                    self.check_writable(slot);
                }
            }
            _ => self.stats.dropped_refused += 1,
        }
    }

    /// The session of a client goes to its connection, which is all that is left of it: what was written is
    /// still sent.
    pub(super) fn detach(&mut self, slot: u32, session: Box<ServerSession>) {
        if let Some(conn) = self.conns.get_mut(slot as usize) {
            (conn.session, conn.client) = (Some(session), None);
            self.mark_ready(slot);
            self.check_writable(slot);
        }
    }

    /// Tells that a connection is over.
    pub(super) fn tell_closed(&mut self, slot: u32, reason: Closed) {
        let id = self.id(slot);
        self.end_holds(slot);
        if let Some(conn) = self.conns.get_mut(slot as usize).filter(|conn| !conn.is_closed) {
            (conn.is_closed, conn.waits) = (true, true);
            if let Some(asked) = conn.asked.take() {
                self.notice_bytes = self.notice_bytes.saturating_sub(asked.len());
            }
            self.notices.push_back(Notice::Closed { conn: id, reason });
        }
    }

    pub(super) fn is_closed(&self, slot: u32) -> bool {
        self.conns.get(slot as usize).is_none_or(|conn| conn.is_closed)
    }

    /// Notes that nothing more comes on a connection; the second time, that nothing is taken either.
    pub(super) fn note_end(&mut self, slot: u32) {
        if let Some(conn) = self.conns.get_mut(slot as usize) {
            conn.is_gone = conn.is_at_end;
            conn.is_at_end = true;
        }
    }

    pub(super) fn is_gone(&self, slot: u32) -> bool {
        self.conns.get(slot as usize).is_none_or(|conn| conn.is_gone)
    }

    /// Forgets a connection whose transport is gone, or that has nothing to say any more.
    pub(super) fn forget(&mut self, slot: u32) {
        self.end_holds(slot);
        if let Some(conn) = self.conns.try_remove(slot as usize) {
            if let Some(client) = conn.client.and_then(|place| self.clients.get_mut(place)) {
                client.conn = None;
                // Its next connection has buffers of its own.
                client.session.shrink_to_fit();
            }
        }
    }

    /// True if so much waits for the caller, or for the store, that nothing more is read.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.notice_bytes >= self.config.limits.max_event_bytes
            || self.durable.as_ref().is_some_and(|durable| !durable.journal.has_room())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let sessions = self.conns.iter().filter_map(|(_, conn)| conn.session.as_ref());
        let sessions: usize =
            sessions.map(|session| size_of::<ServerSession>() + session.heap_bytes()).sum();
        let queues = self.ready.capacity() * 4 + self.writable.heap_bytes();
        sessions
            + self.conns.capacity() * (size_of::<Conn>() + 8)
            + self.clients.heap_bytes()
            + queues
            + self.timers.heap_bytes()
            + self.holds.heap_bytes()
            + self.notices.capacity() * size_of::<Notice>()
            + self.notice_bytes
            + self.durable.as_ref().map_or(0, |durable| durable.heap_bytes())
    }
}
