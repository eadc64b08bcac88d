//! The task that owns session and socket.

mod anew;
mod events;
mod line;
mod orders;
mod socket;
mod storing;

use crate::authentication::Exchange;
use crate::client::{Filter, Published, Status};
use crate::error::Error;
use crate::inbox::Inbox;
use crate::message::{Message, Received};
use crate::options::Options;
use crate::storage::{Effect, Keeper};
use crate::transport::{Connector, Stream};
use core::ops::Range;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use futures_util::future::BoxFuture;
use mqtt_core::{
    AckMode, AckToken, ClientConfig, ClientSession, Instant, Limits, QueueLimits, ReasonCode,
    Reconnect, SessionConfig, SessionState, Stats, SubscriptionOptions, Version,
};
use orders::answer;
use slab::Slab;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{self, Sleep};

/// What an order comes to.
pub type Outcome<T> = Result<T, Error>;

type Done<T> = oneshot::Sender<Outcome<T>>;

/// An order of the program.
pub(crate) enum Command {
    Publish(Message, Option<Done<Published>>, Option<Effect>),
    Subscribe { filters: Vec<Filter>, identifier: Option<u32>, done: Option<Done<Vec<ReasonCode>>> },
    Unsubscribe { filters: Vec<String>, done: Option<Done<Vec<ReasonCode>>> },
    Stats(oneshot::Sender<Stats>),
    Quiesce { done: Done<()>, in_haste: bool },
}

/// The ends of what leads to the program.
pub(crate) struct Ways {
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) acks: mpsc::UnboundedReceiver<(AckToken, ReasonCode)>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) inbox: Arc<Inbox>,
}

/// An order that the broker has not answered yet. Its place is the token that the session knows it by.
enum Open {
    Publish(Done<Published>),
    /// Kept as a whole: it is sent again if the connection is lost.
    Request(Command),
}

/// The token of messages whose end nobody waits for.
const NOBODY: u64 = u64::MAX;
/// Tokens of stored messages come back in a later life of the session: each life has so many of its own.
const LIFE: u64 = 1 << 32;
/// How many orders, acknowledgements and pieces of output are taken at a time.
const BATCH: usize = 64;
/// How many orders are held while the first of them cannot be carried out.
const MAX_HELD: usize = 256;
/// How long the last bytes of a connection may take.
const LAST_BYTES: Duration = Duration::from_secs(5);
/// The same if the broker has said nothing yet.
const LAST_BYTES_UNHEARD: Duration = Duration::from_secs(1);
/// How much is read at a time.
const READ: usize = 64 * 1024;

/// The way to the broker.
enum Line {
    /// None until then.
    Down(Instant),
    Connecting(BoxFuture<'static, Outcome<Box<dyn Stream>>>),
    Up(Box<dyn Stream>),
    /// The last bytes go out. Then there is none until `next`.
    Closing {
        goodbye: BoxFuture<'static, ()>,
        next: Instant,
    },
}

/// What has been read and is not answered by anything that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unanswered {
    Nothing,
    /// The program may not have seen it yet.
    New,
    /// The program had its turn.
    Seen,
}

/// The task: polled whenever anything may go on, and then all goes on as far as it can.
pub(crate) struct Driver {
    options: Options,
    connector: Connector,
    session: ClientSession,
    /// What stores the session, if anything does.
    keeper: Option<Keeper>,
    /// The first token of this life.
    life: u64,
    line: Line,
    /// The transport has come to its end, the session has been told.
    is_at_end: bool,
    /// Why, if it was no good end.
    failure: Option<io::Error>,
    /// Something was written since the last flush.
    is_unflushed: bool,
    /// What was read since the last write.
    unanswered: Unanswered,
    ways: Ways,
    /// Who waits for the first connection.
    first: Option<oneshot::Sender<Outcome<()>>>,
    /// The enhanced authentication of this connection.
    exchange: Option<Box<dyn Exchange>>,
    /// There has been a connection.
    was_connected: bool,
    /// Before 5.0: the broker may have a session that is not this one, and is to forget it first.
    begins_anew: bool,
    /// Orders that wait for room or for a connection.
    held: VecDeque<Command>,
    /// The first of them has been turned away, and nothing has changed since.
    is_blocked: bool,
    open: Slab<Open>,
    /// What to subscribe to if the broker has forgotten it.
    subscribed: BTreeMap<String, (SubscriptionOptions, Option<u32>)>,
    reconnect: Reconnect,
    /// The last change when that was wished first.
    leaving: Option<u64>,
    /// Who waits for the end.
    quiescing: Vec<Done<()>>,
    /// One of them does not wait for a first connection.
    is_in_haste: bool,
    /// Not to be connected again; with the reason, if it was not our wish.
    end: Option<Option<Error>>,
    started: time::Instant,
    sleep: Pin<Box<Sleep>>,
    /// When that ends.
    alarm: Option<Instant>,
    buffer: Box<[u8]>,
    /// What of it the session has not taken yet.
    unread: Range<usize>,
    arrived: Vec<Received>,
    commands: Vec<Command>,
    acks: Vec<(AckToken, ReasonCode)>,
}

impl Driver {
    pub(crate) fn new(
        mut options: Options,
        connector: Connector,
        mut keeper: Option<Keeper>,
        ways: Ways,
        first: Option<oneshot::Sender<Outcome<()>>>,
    ) -> Self {
        let max_open = if options.version == Version::V5 { u16::MAX } else { 20 };
        let max_open = options.max_open.unwrap_or(max_open);
        let (persist, restored) = keeper.as_mut().map(Keeper::take_restored).unwrap_or_default();
        let mut begins_anew = false;
        if keeper.is_some() {
            // What the broker has is not this session, if this one never came to a connection.
            let is_new = restored.as_ref().is_none_or(SessionState::wants_clean_start);
            options.clean_start = is_new && options.version == Version::V5;
            // Before 5.0 a broker keeps nothing of a session that begins so.
            begins_anew = is_new && !options.clean_start;
            if options.session_expiry == 0 {
                options.session_expiry = u32::MAX;
            }
        }
        // What has its effect in the store's transaction is acknowledged by that.
        let has_effects = keeper.as_ref().is_some_and(|keeper| keeper.on_message().is_some());
        let config = ClientConfig {
            version: options.version,
            session: SessionConfig {
                limits: Limits { max_packet_size: options.max_packet_size, ..Limits::DEFAULT },
                ack: if has_effects { AckMode::Auto } else { AckMode::Manual },
                persist,
                queue: QueueLimits { max_open, ..options.queue },
                max_auto_aliases: options.auto_aliases,
                stats: true,
                ..SessionConfig::default()
            },
            connect_timeout: options.connect_timeout,
            session_lost: options.session_lost,
            ..ClientConfig::default()
        };
        // Who does not begin anew says that the session is its own, though nothing of it is at hand. One that is
        // stored may have messages that were never sent.
        let mut session = match keeper {
            None if options.clean_start => ClientSession::new(config),
            _ => ClientSession::resume(config, restored.unwrap_or_default()),
        };
        if keeper.is_some() {
            let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            session.set_unix_time(Instant::default(), Instant::from(unix).as_millis());
        }
        Self {
            connector,
            session,
            life: persist.epoch.wrapping_mul(LIFE),
            keeper,
            line: Line::Down(Instant::default()),
            is_at_end: false,
            failure: None,
            is_unflushed: false,
            unanswered: Unanswered::Nothing,
            ways,
            first,
            exchange: None,
            was_connected: false,
            begins_anew,
            held: VecDeque::new(),
            is_blocked: false,
            open: Slab::new(),
            subscribed: BTreeMap::new(),
            reconnect: options.reconnect.map(Reconnect::new).unwrap_or_default(),
            leaving: None,
            quiescing: Vec::new(),
            is_in_haste: false,
            end: None,
            started: time::Instant::now(),
            sleep: Box::pin(time::sleep(Duration::ZERO)),
            alarm: None,
            buffer: vec![0; READ].into_boxed_slice(),
            unread: 0..0,
            arrived: Vec::new(),
            commands: Vec::new(),
            acks: Vec::new(),
            options,
        }
    }

    fn now(&self) -> Instant {
        Instant::from(self.started.elapsed())
    }

    /// True if a moment has come for which something waited; else it will wake the task.
    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> bool {
        let of_line = match self.line {
            Line::Down(until) if self.end.is_none() => Some(until),
            _ => None,
        };
        let next = self.session.poll_timeout().into_iter().chain(of_line).min();
        let Some(next) = next else { return false };
        // One that is too early does no harm, and moving it costs more than waking.
        if self.alarm.is_none_or(|alarm| alarm > next) {
            let at = self.started + Duration::from_millis(next.as_millis());
            self.sleep.as_mut().reset(at);
            self.alarm = Some(next);
        }
        let is_over = self.sleep.as_mut().poll(cx).is_ready();
        if is_over {
            self.alarm = None;
        }
        is_over
    }

    /// Tells everybody that it is over.
    fn finish(&mut self, error: Option<Error>) {
        let why = || error.clone().unwrap_or(Error::Closed);
        self.ways.commands.close();
        while let Ok(command) = self.ways.commands.try_recv() {
            self.held.push_back(command);
        }
        for (_, open) in core::mem::take(&mut self.open) {
            match open {
                Open::Publish(done) => drop(done.send(Err(why()))),
                Open::Request(command) => answer(command, Err(why())),
            }
        }
        while let Some(command) = self.held.pop_front() {
            self.turn_away(command, why());
        }
        let farewell = || error.clone().map_or(Ok(()), Err);
        for done in self.quiescing.drain(..) {
            let _ = done.send(farewell());
        }
        if let Some(first) = self.first.take() {
            let _ = first.send(farewell());
        }
        self.ways.status.send_replace(Status::Ended(error));
        self.ways.inbox.close();
    }
}

/// Also a driver that is dropped before its end tells everybody.
impl Drop for Driver {
    fn drop(&mut self) {
        let is_over = matches!(*self.ways.status.borrow(), Status::Ended(_));
        if !is_over {
            self.finish(Some(Error::Closed));
        }
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut now = this.now();
        loop {
            this.session.handle_timeout(now);
            let mut moved = this.poll_line(cx, now).is_ready();
            moved |= this.read(cx, now);
            moved |= this.take_events(cx, now);
            moved |= this.take_acks(cx, now);
            moved |= this.take_commands(cx, now);
            moved |= this.say_goodbye(cx, now);
            moved |= this.store(cx, now);
            moved |= this.write(cx);
            let is_stored = this.keeper.as_ref().is_none_or(Keeper::is_idle);
            if let (Line::Down(_), Some(error), true) = (&this.line, &this.end, is_stored) {
                let error = error.clone();
                // Whoever is told that it is over may open the store again.
                if let Some(keeper) = &mut this.keeper {
                    ready!(keeper.poll_close(cx));
                }
                this.finish(error);
                return Poll::Ready(());
            }
            if !moved {
                if !this.poll_alarm(cx) {
                    this.acknowledge_now(cx);
                    return Poll::Pending;
                }
                now = this.now();
            }
        }
    }
}
