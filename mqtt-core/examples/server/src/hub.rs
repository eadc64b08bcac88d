//! The broker, and the connections that it has.

mod events;

use crate::alarm::Alarm;
use crate::gatekeeper::Gatekeeper;
use crate::keeper::Keeper;
use crate::metrics::Monitor;
use crate::users::Users;
use bytes::Buf as _;
use core::mem;
use core::net::SocketAddr;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use events::Peer;
use mqtt_core::{
    Authorization, Broker, BrokerError, BrokerStats, ConnId, Disconnect, Instant, ReasonCode,
    Transmit,
};
use std::collections::{HashMap, HashSet};
use std::hash::RandomState;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Notify;
use tracing::info;

/// So many bytes are read at once.
const READ: usize = 64 << 10;

/// The broker with its connections. One thread has it; others encrypt, and store.
pub(crate) struct Hub {
    broker: Broker<RandomState>,
    started: std::time::Instant,
    links: HashMap<ConnId, Link>,
    /// Of the tasks of this thread.
    alarm: Alarm,
    /// Each open socket has a clone, also when its connection is over and the client is still to read its last words.
    sockets: Arc<()>,
    /// Those whose input the broker does not take until changes are stored or passwords are verified.
    stalled: HashSet<ConnId>,
    keeper: Option<Keeper>,
    gatekeeper: Gatekeeper,
    pub(crate) monitor: Monitor,
    /// Into this all connections are read.
    buffer: Vec<u8>,
    /// When the broker wants to be looked at, as far as the one who does that knows.
    armed: Option<Instant>,
    /// Tells him that it is earlier now.
    changed: Rc<Notify>,
}

/// What the hub knows of a connection.
struct Link {
    peer: Peer,
    /// Of the task that reads and writes.
    waker: Option<Waker>,
    /// The broker is done with it; what there is for it is still sent.
    is_closed: bool,
}

impl Hub {
    /// `started` is the moment at which the broker's clock was 0.
    pub(crate) fn new(
        broker: Broker<RandomState>,
        started: std::time::Instant,
        keeper: Option<Keeper>,
        gatekeeper: Gatekeeper,
        monitor: Monitor,
    ) -> Self {
        Self {
            broker,
            started,
            links: HashMap::new(),
            alarm: Alarm::default(),
            sockets: Arc::default(),
            stalled: HashSet::new(),
            keeper,
            gatekeeper,
            monitor,
            buffer: vec![0; READ],
            armed: None,
            changed: Rc::default(),
        }
    }

    fn now(&self) -> Instant {
        let millis = self.started.elapsed().as_millis();
        Instant::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    // ---- For a connection

    /// A transport is there; `door` is the number of the listener where it came in.
    pub(crate) fn open(&mut self, address: SocketAddr, door: usize) -> Result<ConnId, BrokerError> {
        let conn = self.broker.open(self.now())?;
        let peer = Peer::new(address, door);
        self.links.insert(conn, Link { peer, waker: None, is_closed: false });
        if let Some(door) = self.monitor.doors.get_mut(door) {
            door.enter();
        }
        self.turn();
        Ok(conn)
    }

    /// To be held as long as the socket of a connection is open.
    pub(crate) fn socket(&self) -> Arc<()> {
        self.sockets.clone()
    }

    /// Notes who is to be woken for a connection. False if the broker is done with it.
    pub(crate) fn attend(&mut self, conn: ConnId, cx: &Context<'_>) -> bool {
        let Some(link) = self.links.get_mut(&conn) else { return false };
        match &mut link.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        !link.is_closed
    }

    /// Room to read into. It is to be given back.
    pub(crate) fn take_buffer(&mut self) -> Vec<u8> {
        mem::take(&mut self.buffer)
    }

    pub(crate) fn give_buffer(&mut self, buffer: Vec<u8>) {
        self.buffer = buffer;
    }

    /// Hands input to the broker; gives how many bytes it took.
    pub(crate) fn input(&mut self, conn: ConnId, data: &[u8]) -> usize {
        let now = self.now();
        let mut taken = 0;
        loop {
            let count = self.broker.handle_input(conn, now, &data[taken..]);
            taken += count;
            self.turn();
            // Something may have had to be polled first.
            if count == 0 || taken == data.len() {
                break;
            }
        }
        // Else it waits for its own output to be taken, and goes on with that.
        if taken < data.len() && (self.keeper.is_some() || self.gatekeeper.waiting() > 0) {
            self.stalled.insert(conn);
        }
        taken
    }

    /// What is to be sent on a connection.
    pub(crate) fn output(&mut self, conn: ConnId) -> Transmit<'_> {
        self.broker.transmit(conn)
    }

    /// The transport of a connection is over.
    pub(crate) fn lost(&mut self, conn: ConnId) {
        let now = self.now();
        self.broker.handle_eof(conn, now);
        self.turn();
    }

    /// Nothing more is read or sent.
    pub(crate) fn forget(&mut self, conn: ConnId) {
        self.lost(conn);
        // What it did not take is of no use to anybody.
        let mut rest = self.broker.transmit(conn);
        while rest.has_remaining() {
            rest.advance(rest.chunk().len());
        }
        self.stalled.remove(&conn);
        if let Some(link) = self.links.remove(&conn) {
            if let Some(door) = self.monitor.doors.get_mut(link.peer.door) {
                door.open -= 1;
            }
        }
        self.turn();
    }

    // ---- For the whole

    /// Does what the broker wants: tells of events, wakes those that have something to send, has changes stored.
    pub(crate) fn turn(&mut self) {
        self.take_events();
        while let Some(conn) = self.broker.poll_writable() {
            self.wake(conn);
        }
        if let Some(keeper) = &mut self.keeper {
            while keeper.has_room() {
                let Some(op) = self.broker.poll_persist() else { break };
                keeper.push(&op);
            }
            keeper.hand_over();
        }
        let next = self.broker.poll_timeout();
        if next.is_some_and(|next| self.armed.is_none_or(|armed| next < armed)) {
            self.armed = next;
            self.changed.notify_one();
        }
    }

    fn wake(&self, conn: ConnId) {
        if let Some(link) = self.links.get(&conn) {
            link.waker.iter().for_each(Waker::wake_by_ref);
        }
    }

    /// Does what is due by now; gives how long until something will be.
    pub(crate) fn tend(&mut self) -> Option<Duration> {
        let now = self.now();
        self.broker.handle_timeout(now);
        // Else it would be told of what it is about to be told.
        self.armed = self.broker.poll_timeout();
        self.turn();
        self.armed.map(|at| at.since(now))
    }

    /// To be held by each task of this thread.
    pub(crate) fn alarm(&self) -> Alarm {
        self.alarm.clone()
    }

    /// Wakes when [`tend`](Self::tend) is to be called earlier than it said.
    pub(crate) fn changed(&self) -> Rc<Notify> {
        self.changed.clone()
    }

    /// Tells the broker what time it is in the world.
    pub(crate) fn set_clock(&mut self) {
        self.broker.set_unix_time(self.now(), crate::server::unix_ms());
    }

    /// Pending until changes have been stored.
    pub(crate) fn poll_stored(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(keeper) = &mut self.keeper else { return Poll::Pending };
        match keeper.poll_stored(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(seq)) => {
                let now = self.now();
                self.broker.persisted(now, seq);
            }
            Poll::Ready(Err(epoch)) => {
                let now = self.now();
                self.broker.fenced(now, epoch);
            }
        }
        self.turn();
        self.wake_stalled();
        Poll::Ready(())
    }

    /// There may be room for what they have, now.
    fn wake_stalled(&mut self) {
        for conn in mem::take(&mut self.stalled) {
            self.wake(conn);
        }
    }

    /// Ends all connections, and takes no more.
    pub(crate) fn stop(&mut self) {
        self.monitor.is_stopping = true;
        let stats = self.broker.stats();
        info!(connections = stats.connections, "shutting down");
        let reason = ReasonCode::SERVER_SHUTTING_DOWN;
        self.broker.shut_down(self.now(), &Disconnect { reason, ..Disconnect::default() });
        self.turn();
    }

    /// True if all connections are gone, their sockets closed, and all changes stored.
    pub(crate) fn is_done(&self) -> bool {
        let has_sockets = Arc::strong_count(&self.sockets) > 1;
        self.links.is_empty() && !has_sockets && self.keeper.as_ref().is_none_or(Keeper::is_idle)
    }

    // ---- From outside

    /// Other users and rules from now on, if they are said.
    pub(crate) fn set_access(
        &mut self,
        users: Option<Users>,
        authorization: Option<Authorization>,
    ) {
        if let Some(users) = users {
            self.gatekeeper.set_users(users);
        }
        if let Some(authorization) = authorization {
            self.broker.set_authorization(authorization);
        }
    }

    /// The numbers of the broker.
    pub(crate) fn stats(&self) -> BrokerStats {
        self.broker.stats()
    }

    pub(crate) fn passwords_waiting(&self) -> usize {
        self.gatekeeper.waiting()
    }

    pub(crate) fn has_store(&self) -> bool {
        self.keeper.is_some()
    }

    /// Why the store has failed, if it has.
    pub(crate) fn store_trouble(&self) -> Option<String> {
        self.keeper.as_ref()?.trouble()
    }
}
