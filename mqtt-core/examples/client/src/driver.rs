//! The task that owns session and socket.

use crate::client::{Connected, Filter, Published, Status};
use crate::error::Error;
use crate::inbox::Inbox;
use crate::message::{Message, Received};
use crate::options::{Options, Overflow};
use crate::transport::{Connector, Stream};
use bytes::{Buf, Bytes};
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use futures_util::future::BoxFuture;
use mqtt_core::{
    AckMode, AckToken, ClientConfig, ClientSession, Connect, Disconnect, Event, Instant, Limits,
    PacketId, Properties, Property, Publish, QoS, QueueLimits, ReasonCode, Reconnect,
    SessionConfig, SessionStart, SessionState, Stats, Subscribe, Subscription, SubscriptionOptions,
    Subscriptions, TopicFilters, Unsubscribe, UsageError, Version, WhenFull, Will,
};
use slab::Slab;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, IoSlice};
use std::sync::Arc;
use tokio::io::{AsyncRead as _, AsyncReadExt, AsyncWrite as _, AsyncWriteExt, ReadBuf};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{self, Sleep};

/// What an order comes to.
pub type Outcome<T> = Result<T, Error>;

type Done<T> = oneshot::Sender<Outcome<T>>;

/// An order of the program.
pub(crate) enum Command {
    Publish(Message, Option<Done<Published>>),
    Subscribe { filters: Vec<Filter>, identifier: Option<u32>, done: Option<Done<Vec<ReasonCode>>> },
    Unsubscribe { filters: Vec<String>, done: Option<Done<Vec<ReasonCode>>> },
    Stats(oneshot::Sender<Stats>),
    Quiesce(Done<()>),
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
/// How many orders, acknowledgements and pieces of output are taken at a time.
const BATCH: usize = 64;
/// How long the last bytes of a connection may take.
const LAST_BYTES: Duration = Duration::from_secs(5);
/// How much is read at a time.
const READ: usize = 64 * 1024;

/// The way to the broker.
enum Line {
    /// None until then.
    Down(Instant),
    Connecting(BoxFuture<'static, io::Result<Box<dyn Stream>>>),
    Up(Box<dyn Stream>),
    /// The last bytes go out. Then there is none until `next`.
    Closing {
        goodbye: BoxFuture<'static, ()>,
        next: Instant,
    },
}

/// The task: polled whenever anything may go on, and then all goes on as far as it can.
pub(crate) struct Driver {
    options: Options,
    connector: Connector,
    session: ClientSession,
    line: Line,
    /// The transport has come to its end, the session has been told.
    is_at_end: bool,
    /// Why, if it was no good end.
    failure: Option<io::Error>,
    /// Something was written since the last flush.
    is_unflushed: bool,
    ways: Ways,
    /// Who waits for the first connection.
    first: Option<oneshot::Sender<Outcome<()>>>,
    /// There has been a connection.
    was_connected: bool,
    /// Orders that wait for room or for a connection.
    held: VecDeque<Command>,
    /// The first of them has been turned away, and nothing has changed since.
    is_blocked: bool,
    open: Slab<Open>,
    /// What to subscribe to if the broker has forgotten it.
    subscribed: BTreeMap<String, (SubscriptionOptions, Option<u32>)>,
    reconnect: Reconnect,
    /// Who waits for the end.
    quiescing: Vec<Done<()>>,
    /// Not to be connected again; with the reason, if it was not our wish.
    end: Option<Option<Error>>,
    started: time::Instant,
    sleep: Pin<Box<Sleep>>,
    /// When that ends.
    alarm: Option<Instant>,
    buffer: Box<[u8]>,
    arrived: Vec<Received>,
    commands: Vec<Command>,
    acks: Vec<(AckToken, ReasonCode)>,
}

impl Driver {
    pub(crate) fn new(
        options: Options,
        ways: Ways,
        first: Option<oneshot::Sender<Outcome<()>>>,
    ) -> Outcome<Self> {
        let connector = Connector::new(&options.address, &options.tls)?;
        let max_open = if options.version == Version::V5 { u16::MAX } else { 20 };
        let max_open = options.max_open.unwrap_or(max_open);
        let config = ClientConfig {
            version: options.version,
            session: SessionConfig {
                limits: Limits { max_packet_size: options.max_packet_size, ..Limits::DEFAULT },
                ack: AckMode::Manual,
                queue: QueueLimits { max_open, ..options.queue },
                max_auto_aliases: options.auto_aliases,
                stats: true,
                ..SessionConfig::default()
            },
            connect_timeout: options.connect_timeout,
            session_lost: options.session_lost,
            ..ClientConfig::default()
        };
        // Who does not begin anew says that the session is its own, though nothing of it is at hand.
        let session = match options.clean_start {
            true => ClientSession::new(config),
            false => ClientSession::resume(config, SessionState::default()),
        };
        Ok(Self {
            connector,
            session,
            line: Line::Down(Instant::default()),
            is_at_end: false,
            failure: None,
            is_unflushed: false,
            ways,
            first,
            was_connected: false,
            held: VecDeque::new(),
            is_blocked: false,
            open: Slab::new(),
            subscribed: BTreeMap::new(),
            reconnect: options.reconnect.map(Reconnect::new).unwrap_or_default(),
            quiescing: Vec::new(),
            end: None,
            started: time::Instant::now(),
            sleep: Box::pin(time::sleep(Duration::ZERO)),
            alarm: None,
            buffer: vec![0; READ].into_boxed_slice(),
            arrived: Vec::new(),
            commands: Vec::new(),
            acks: Vec::new(),
            options,
        })
    }

    fn now(&self) -> Instant {
        Instant::from(self.started.elapsed())
    }

    /// Gets the way to the broker a step further.
    fn poll_line(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<()> {
        match &mut self.line {
            Line::Down(until) => {
                if *until > now {
                    return Poll::Pending;
                }
                let (connector, wait) = (self.connector.clone(), self.options.connect_timeout);
                self.line = Line::Connecting(Box::pin(async move {
                    let late = |_| io::Error::new(io::ErrorKind::TimedOut, "no connection in time");
                    time::timeout(wait, connector.connect()).await.map_err(late)?
                }));
            }
            Line::Connecting(connecting) => match ready!(connecting.as_mut().poll(cx)) {
                Ok(stream) => {
                    self.line = Line::Up(stream);
                    (self.is_at_end, self.failure) = (false, None);
                    if let Err(error) = self.say_hello(now) {
                        self.end = Some(Some(error.into()));
                        self.hang_up(now, false);
                    }
                }
                Err(error) => self.lost(now, Error::io(&self.options.address, error)),
            },
            Line::Up(_) => return Poll::Pending,
            Line::Closing { goodbye, next } => {
                ready!(goodbye.as_mut().poll(cx));
                self.line = Line::Down(*next);
            }
        }
        Poll::Ready(())
    }

    /// Gives CONNECT to the session.
    fn say_hello(&mut self, now: Instant) -> Result<(), UsageError> {
        let options = &self.options;
        let is_v5 = options.version == Version::V5;
        let is_first = !self.was_connected;
        let mut list = Vec::new();
        if is_v5 {
            let receive_maximum = u16::try_from(options.inbox.max(1)).unwrap_or(u16::MAX);
            let receive_maximum = options.receive_maximum.unwrap_or(receive_maximum);
            // Not said, it is the most there is, and a broker keeps to its own.
            if receive_maximum < u16::MAX {
                list.push(Property::ReceiveMaximum(receive_maximum));
            }
            if options.session_expiry > 0 {
                list.push(Property::SessionExpiryInterval(options.session_expiry));
            }
            if options.topic_alias_maximum > 0 {
                list.push(Property::TopicAliasMaximum(options.topic_alias_maximum));
            }
            let pairs = options.user_properties.iter();
            list.extend(pairs.map(|(name, value)| Property::UserProperty(name, value)));
        }
        let mut of_will = Vec::new();
        if let Some(will) = &options.will {
            of_will = will.properties().list();
            if options.will_delay > 0 && is_v5 {
                of_will.push(Property::WillDelayInterval(options.will_delay));
            }
        }
        let will = options.will.as_ref().map(|will| Will {
            topic: &will.topic,
            payload: &will.payload,
            qos: will.qos,
            retain: will.retain,
            properties: Properties::new(&of_will),
        });
        let address = &options.address;
        let user_name = options.user_name.as_deref().or(address.user_name.as_deref());
        let password = options.password.as_deref();
        let password = password.or(address.password.as_deref().map(str::as_bytes));
        let connect = Connect {
            version: options.version,
            // Of 5.0, only the first connection begins anew; before, it says that nothing is to be kept.
            clean_start: options.clean_start && (is_first || !is_v5),
            keep_alive: options.keep_alive,
            client_id: &options.client_id,
            will,
            user_name,
            password,
            properties: Properties::new(&list),
        };
        self.session.connect(now, &connect)
    }

    /// The connection is over: sends what there is to be sent, and closes it. If the broker still listens,
    /// this waits for it to close first: TCP answers what comes to a closed end with a reset, and that takes
    /// our last bytes away from the broker, if it has not read them.
    fn hang_up(&mut self, now: Instant, is_heard: bool) {
        let mut out = self.session.transmit();
        let last: Bytes = out.copy_to_bytes(out.remaining());
        if let Line::Up(mut stream) = core::mem::replace(&mut self.line, Line::Down(now)) {
            let goodbye = Box::pin(async move {
                let goodbye = async {
                    stream.write_all(&last).await?;
                    stream.flush().await?;
                    stream.shutdown().await?;
                    let mut rest = [0; 4096];
                    while is_heard && stream.read(&mut rest).await? > 0 {}
                    io::Result::Ok(())
                };
                // Nobody is left to be told of a failure.
                let _ = time::timeout(LAST_BYTES, goodbye).await;
            });
            self.line = Line::Closing { goodbye, next: now };
        }
    }

    /// There is no connection any more, or there was none: decides whether and when to try again.
    fn lost(&mut self, now: Instant, error: Error) {
        let goes_on = self.options.reconnect.is_some()
            && self.first.is_none()
            && self.quiescing.is_empty()
            && self.end.is_none()
            && error.may_pass();
        // What was asked and not answered is asked again, before what was asked later.
        let requests: Vec<usize> = self
            .open
            .iter()
            .filter(|(_, open)| matches!(open, Open::Request(_)))
            .map(|(key, _)| key)
            .collect();
        for key in requests.into_iter().rev() {
            if let Open::Request(command) = self.open.remove(key) {
                self.held.push_front(command);
            }
        }
        if goes_on {
            let at = self.reconnect.lost(now, fastrand::u32(..));
            match &mut self.line {
                Line::Closing { next, .. } => *next = at,
                line => *line = Line::Down(at),
            }
            self.ways.status.send_replace(Status::Lost(error));
        } else {
            self.end.get_or_insert(Some(error));
            if !matches!(self.line, Line::Closing { .. }) {
                self.line = Line::Down(now);
            }
        }
    }

    /// Acknowledges what the program has dealt with.
    fn take_acks(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let Poll::Ready(1..) = self.ways.acks.poll_recv_many(cx, &mut self.acks, BATCH) else {
            return false;
        };
        for (token, reason) in self.acks.drain(..) {
            // One that is unknown is of a connection before: the message comes again.
            let _ = self.session.ack(now, token, reason);
        }
        true
    }

    /// Carries out orders, as long as there is room.
    fn take_commands(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut moved = false;
        while !self.is_blocked && self.quiescing.is_empty() {
            if self.held.is_empty() {
                match self.ways.commands.poll_recv_many(cx, &mut self.commands, BATCH) {
                    Poll::Ready(1..) => self.held.extend(self.commands.drain(..)),
                    // The last handle is gone.
                    Poll::Ready(0) if self.end.is_none() => {
                        self.held.push_back(Command::Quiesce(oneshot::channel().0));
                    }
                    _ => break,
                }
            }
            let Some(command) = self.held.pop_front() else { break };
            if let Some(command) = self.carry_out(command, now) {
                self.held.push_front(command);
                self.is_blocked = true;
                break;
            }
            moved = true;
        }
        moved
    }

    /// Carries out an order, or gives it back if there is no room now.
    fn carry_out(&mut self, command: Command, now: Instant) -> Option<Command> {
        match command {
            Command::Publish(message, done) => self.publish(message, done, now),
            Command::Subscribe { filters, identifier, done } => {
                let list: Vec<_> = filters
                    .iter()
                    .map(|Filter { filter, options }| Subscription { filter, options: *options })
                    .collect();
                let property = identifier.map(Property::SubscriptionIdentifier);
                let subscribe = Subscribe {
                    properties: Properties::new(property.as_slice()),
                    filters: Subscriptions::new(&list),
                    ..Subscribe::new(PacketId::MIN)
                };
                let token = self.open.vacant_key() as u64;
                let result = self.session.subscribe(now, &subscribe, token);
                self.requested(Command::Subscribe { filters, identifier, done }, result)
            }
            Command::Unsubscribe { filters, done } => {
                let list: Vec<_> = filters.iter().map(String::as_str).collect();
                let unsubscribe = Unsubscribe {
                    filters: TopicFilters::new(&list),
                    ..Unsubscribe::new(PacketId::MIN)
                };
                let token = self.open.vacant_key() as u64;
                let result = self.session.unsubscribe(now, &unsubscribe, token);
                self.requested(Command::Unsubscribe { filters, done }, result)
            }
            Command::Stats(done) => {
                if let Some(stats) = self.session.stats() {
                    // Who asked may be gone, here and below.
                    let _ = done.send(stats);
                }
                None
            }
            Command::Quiesce(done) => {
                self.quiescing.push(done);
                None
            }
        }
    }

    fn publish(
        &mut self,
        message: Message,
        done: Option<Done<Published>>,
        now: Instant,
    ) -> Option<Command> {
        let list = if message.has_properties() { message.properties().list() } else { Vec::new() };
        let publish = Publish {
            topic: &message.topic,
            qos: message.qos,
            retain: message.retain,
            properties: Properties::new(&list),
            ..Publish::default()
        };
        let is_open = done.is_some() && message.qos != QoS::AtMostOnce;
        let token = if is_open { self.open.vacant_key() as u64 } else { NOBODY };
        let payload = &message.payload;
        let result = self.session.publish_bytes(now, &publish, payload, token, WhenFull::Queue);
        if let Err(UsageError::WouldBlock(_)) = result {
            return Some(Command::Publish(message, done));
        }
        if let Some(done) = done {
            if result.is_ok() && is_open {
                self.open.insert(Open::Publish(done));
            } else {
                let published = Published { packet_id: None, reason: ReasonCode::SUCCESS };
                let _ = done.send(result.map(|_| published).map_err(Error::from));
            }
        }
        None
    }

    /// Keeps a request that has been sent; gives it back if it is to be sent later.
    fn requested(
        &mut self,
        command: Command,
        result: Result<PacketId, UsageError>,
    ) -> Option<Command> {
        match result {
            Ok(_) => {
                self.open.insert(Open::Request(command));
                None
            }
            Err(UsageError::NotConnected | UsageError::WouldBlock(_)) if self.end.is_none() => {
                Some(command)
            }
            Err(error) => {
                answer(command, Err(error.into()));
                None
            }
        }
    }

    /// Hands out what has happened, as long as there is room for messages.
    fn take_events(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut room = self.ways.inbox.poll_room(cx);
        let mut dropped = 0;
        let mut moved = false;
        let over = loop {
            if room == Some(0) && self.options.overflow == Overflow::Wait {
                break None;
            }
            let Some(event) = self.session.poll_event() else { break None };
            moved = true;
            match event {
                Event::Message { publish, ack } => match (&mut room, ack) {
                    (None, Some(token)) => self.acks.push((token, ReasonCode::SUCCESS)),
                    (None, None) => {}
                    (Some(0), None) => dropped += 1,
                    (Some(room), ack) => {
                        *room = room.saturating_sub(1);
                        let (message, dup) = (Message::received(&publish), publish.dup);
                        let packet_id = publish.packet_id;
                        self.arrived.push(Received { message, dup, packet_id, ack });
                    }
                },
                Event::Published { token, packet_id, reason, .. } => {
                    let published = Published { packet_id: Some(packet_id), reason };
                    let is_done = reason.is_success();
                    let result = if is_done { Ok(published) } else { Err(Error::Reason(reason)) };
                    finish(&mut self.open, token, result);
                }
                Event::Dropped { token, why } => {
                    finish(&mut self.open, token, Err(Error::Dropped(why)));
                }
                Event::Subscribed { token, reasons, .. } => {
                    let codes: Vec<_> = reasons.iter().collect();
                    if let Some(Open::Request(command)) = self.open.try_remove(token as usize) {
                        remember(&mut self.subscribed, &command, &codes);
                        answer(command, Ok(codes));
                    }
                }
                Event::Unsubscribed { token, reasons, .. } => {
                    let codes: Vec<_> = reasons.iter().collect();
                    if let Some(Open::Request(command)) = self.open.try_remove(token as usize) {
                        remember(&mut self.subscribed, &command, &codes);
                        answer(command, Ok(codes));
                    }
                }
                Event::Writable => self.is_blocked = false,
                Event::Connected { connack, session } => {
                    if let Some(id) = connack.properties.assigned_client_identifier() {
                        id.clone_into(&mut self.options.client_id);
                    }
                    self.connected(now, session);
                }
                Event::Closed(reason) => break Some(Error::of(&reason, self.options.version)),
                // The rest is for servers, and for enhanced authentication, of which this driver has none.
                _ => {}
            }
        };
        if !self.arrived.is_empty() || dropped > 0 {
            self.ways.inbox.push(&mut self.arrived, dropped);
        }
        for (token, reason) in self.acks.drain(..) {
            let _ = self.session.ack(now, token, reason);
        }
        if let Some(error) = over {
            // Of our own wish: the broker knows that this is the end, and closes.
            self.hang_up(now, error.is_none());
            match (error, self.failure.take()) {
                (None, _) => self.end = Some(None),
                (Some(_), Some(failure)) => {
                    let error = Error::io(&self.options.address, failure);
                    self.lost(now, error);
                }
                (Some(error), None) => self.lost(now, error),
            }
        }
        moved
    }

    /// The broker has accepted the connection.
    fn connected(&mut self, now: Instant, session: SessionStart) {
        self.reconnect.connected(now);
        self.is_blocked = false;
        if session != SessionStart::Resumed && self.was_connected {
            self.subscribe_again();
        }
        self.was_connected = true;
        let client_id = self.options.client_id.clone();
        self.ways.status.send_replace(Status::Connected(Connected { session, client_id }));
        if let Some(first) = self.first.take() {
            let _ = first.send(Ok(()));
        }
    }

    /// Orders all subscriptions that there were, before anything else.
    fn subscribe_again(&mut self) {
        let mut by_identifier: BTreeMap<Option<u32>, Vec<Filter>> = BTreeMap::new();
        for (filter, (options, identifier)) in &self.subscribed {
            let filter = Filter { filter: filter.clone(), options: *options };
            by_identifier.entry(*identifier).or_default().push(filter);
        }
        for (identifier, filters) in by_identifier {
            for filters in filters.chunks(BATCH) {
                let filters = filters.to_vec();
                self.held.push_front(Command::Subscribe { filters, identifier, done: None });
            }
        }
    }

    /// Takes leave of the broker when that is wished and nothing of ours is under way. Messages that have
    /// come and are not acknowledged stay with the broker: nobody may ever take them.
    fn say_goodbye(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        if self.quiescing.is_empty() || self.end.is_some() {
            return false;
        }
        // What was acknowledged before the wish to leave is acknowledged before leaving.
        if !self.ways.acks.is_empty() {
            return self.take_acks(cx, now);
        }
        let is_done = self.session.stats().is_none_or(|stats| stats.in_flight + stats.queued == 0);
        if !self.session.is_connected() && matches!(self.line, Line::Down(_)) {
            let why =
                || Error::Broker("there is no connection, and messages wait for one".to_owned());
            self.end = Some((!is_done).then(why));
            return true;
        }
        is_done && self.session.disconnect(now, &Disconnect::default()).is_ok()
    }

    /// Writes what is to be sent.
    fn write(&mut self, cx: &mut Context<'_>) -> bool {
        let Line::Up(stream) = &mut self.line else { return false };
        if self.failure.is_some() {
            return false;
        }
        let mut stream = Pin::new(stream);
        let mut moved = false;
        loop {
            let mut out = self.session.transmit();
            let written = if !out.has_remaining() {
                if !self.is_unflushed {
                    return moved;
                }
                let flushed = stream.as_mut().poll_flush(cx);
                self.is_unflushed &= flushed.is_pending();
                flushed.map_ok(|()| 0)
            } else if stream.is_write_vectored() {
                let mut slices = [IoSlice::new(&[]); BATCH];
                let count = out.chunks_vectored(&mut slices);
                stream.as_mut().poll_write_vectored(cx, &slices[..count])
            } else {
                stream.as_mut().poll_write(cx, out.chunk())
            };
            match written {
                Poll::Pending => return moved,
                Poll::Ready(Ok(len)) => {
                    out.advance(len);
                    self.is_unflushed |= len > 0;
                    moved = true;
                }
                Poll::Ready(Err(error)) => {
                    // What the broker has said before can still be read.
                    self.failure = Some(error);
                    return true;
                }
            }
        }
    }

    /// Reads what has come, as far as the session takes it.
    fn read(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let Line::Up(stream) = &mut self.line else { return false };
        let wanted = self.session.wants_input().min(self.buffer.len());
        if wanted == 0 || self.is_at_end {
            return false;
        }
        let mut read = ReadBuf::new(&mut self.buffer[..wanted]);
        match Pin::new(stream).poll_read(cx, &mut read) {
            Poll::Pending => return false,
            Poll::Ready(Ok(())) if !read.filled().is_empty() => {
                let taken = self.session.handle_input(now, read.filled());
                debug_assert_eq!(taken, read.filled().len(), "it said that it wants so many");
                return true;
            }
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => {
                self.failure.get_or_insert(error);
            }
        }
        self.is_at_end = true;
        self.session.handle_eof(now);
        true
    }

    /// True if a moment has come for which something waited; else it will wake the task.
    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> bool {
        let of_line = match self.line {
            Line::Down(until) => Some(until),
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
        self.ways.commands.close();
        while let Ok(command) = self.ways.commands.try_recv() {
            self.held.push_back(command);
        }
        for (_, open) in core::mem::take(&mut self.open) {
            match open {
                Open::Publish(done) => drop(done.send(Err(Error::Closed))),
                Open::Request(command) => answer(command, Err(Error::Closed)),
            }
        }
        for command in self.held.drain(..) {
            match command {
                Command::Publish(_, Some(done)) => drop(done.send(Err(Error::Closed))),
                Command::Quiesce(done) => self.quiescing.push(done),
                other => answer(other, Err(Error::Closed)),
            }
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

/// Tells whoever waits for a message what has become of it.
fn finish(open: &mut Slab<Open>, token: u64, result: Outcome<Published>) {
    // `NOBODY` has no place.
    let open = usize::try_from(token).ok().and_then(|key| open.try_remove(key));
    if let Some(Open::Publish(done)) = open {
        let _ = done.send(result);
    }
}

/// Tells whoever waits for a request what has become of it.
fn answer(command: Command, result: Outcome<Vec<ReasonCode>>) {
    if let Command::Subscribe { done: Some(done), .. }
    | Command::Unsubscribe { done: Some(done), .. } = command
    {
        let _ = done.send(result);
    }
}

/// Notes what is subscribed to by now.
fn remember(
    subscribed: &mut BTreeMap<String, (SubscriptionOptions, Option<u32>)>,
    command: &Command,
    codes: &[ReasonCode],
) {
    match command {
        Command::Subscribe { filters, identifier, .. } => {
            for (Filter { filter, options }, code) in filters.iter().zip(codes) {
                match code.is_success() {
                    true => subscribed.insert(filter.clone(), (*options, *identifier)),
                    false => subscribed.remove(filter),
                };
            }
        }
        Command::Unsubscribe { filters, .. } => {
            subscribed.retain(|filter, _| !filters.contains(filter));
        }
        _ => {}
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
        loop {
            let now = this.now();
            this.session.handle_timeout(now);
            let mut moved = this.poll_line(cx, now).is_ready();
            moved |= this.read(cx, now);
            moved |= this.take_events(cx, now);
            moved |= this.take_acks(cx, now);
            moved |= this.take_commands(cx, now);
            moved |= this.say_goodbye(cx, now);
            moved |= this.write(cx);
            if let (Line::Down(_), Some(error)) = (&this.line, &this.end) {
                let error = error.clone();
                this.finish(error);
                return Poll::Ready(());
            }
            if !moved && !this.poll_alarm(cx) {
                return Poll::Pending;
            }
        }
    }
}
