//! The way to the broker: connecting, taking leave, connecting again.

use super::anew::Clearing;
use super::{Driver, LAST_BYTES, LAST_BYTES_UNHEARD, Line, Open, Outcome};
use crate::authentication::Authentication;
use crate::client::{Connected, Status};
use crate::error::Error;
use crate::options::Options;
use crate::transport::Stream;
use bytes::{Buf, Bytes};
use core::task::{Context, Poll, ready};
use core::time::Duration;
use mqtt_core::{
    Auth, Connect, Disconnect, Instant, Properties, Property, ReasonCode, SessionStart, UsageError,
    Version, Will,
};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time;

impl Driver {
    /// Gets the way to the broker a step further.
    pub(super) fn poll_line(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<()> {
        match &mut self.line {
            Line::Down(until) => {
                // At the end it only waits for the store.
                if *until > now || self.end.is_some() {
                    return Poll::Pending;
                }
                match self.connecting() {
                    Ok(connecting) => self.line = Line::Connecting(Box::pin(connecting)),
                    Err(error) => self.end = Some(Some(error.into())),
                }
            }
            Line::Connecting(connecting) => match ready!(connecting.as_mut().poll(cx)) {
                Ok(stream) => {
                    self.line = Line::Up(stream);
                    (self.is_at_end, self.failure, self.unread) = (false, None, 0..0);
                    self.begins_anew = false;
                    if let Err(error) = self.say_hello(now) {
                        self.end = Some(Some(error.into()));
                        self.hang_up(now, false);
                    }
                }
                Err(error) => self.lost(now, error),
            },
            Line::Up(_) => return Poll::Pending,
            Line::Closing { goodbye, next } => {
                ready!(goodbye.as_mut().poll(cx));
                self.line = Line::Down(*next);
            }
        }
        Poll::Ready(())
    }

    /// Connects, after it has had the broker forget what it has, if that is to be.
    fn connecting(
        &self,
    ) -> Result<impl Future<Output = Outcome<Box<dyn Stream>>> + use<>, UsageError> {
        let (connector, wait) = (self.connector.clone(), self.options.connect_timeout);
        let (address, max) = (self.options.address.clone(), self.options.max_packet_size);
        let clearing = self.begins_anew.then(|| Clearing::new(&who(&self.options))).transpose()?;
        Ok(async move {
            let connect = async || {
                let connecting = connector.clone().connect(wait, max);
                time::timeout(wait, connecting).await.map_err(late)?
            };
            let connecting = async {
                if let Some(clearing) = clearing {
                    if let Err(error) = clearing.run(connect().await?, wait).await? {
                        return Ok(Err(error));
                    }
                }
                connect().await.map(Ok)
            };
            connecting.await.unwrap_or_else(|error| Err(Error::io(&address, error)))
        })
    }

    /// Gives CONNECT to the session.
    pub(super) fn say_hello(&mut self, now: Instant) -> Result<(), UsageError> {
        let options = &self.options;
        let is_v5 = options.version == Version::V5;
        let is_first = !self.was_connected;
        let authentication = options.authentication.as_ref().filter(|_| is_v5);
        self.exchange = authentication.map(Authentication::open);
        let begun = self.exchange.as_mut().map(|exchange| exchange.begin()).unwrap_or_default();
        let mut list = authentication.map(|of| auth_properties(of, &begun)).unwrap_or_default();
        if is_v5 {
            let receive_maximum = options.receive_maximum.unwrap_or(u16::MAX);
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
        let connect = Connect {
            // Of 5.0, only the first connection begins anew; before, it says that nothing is to be kept.
            clean_start: options.clean_start && (is_first || !is_v5),
            keep_alive: options.keep_alive,
            will,
            properties: Properties::new(&list),
            ..who(options)
        };
        self.session.connect(now, &connect)
    }

    /// Answers the broker's challenge.
    pub(super) fn authenticate(&mut self, now: Instant, answer: &[u8]) -> Result<(), UsageError> {
        let authentication = self.options.authentication.as_ref();
        let list = authentication.map(|of| auth_properties(of, answer)).unwrap_or_default();
        let reason = ReasonCode::CONTINUE_AUTHENTICATION;
        self.session.auth(now, &Auth { reason, properties: Properties::new(&list) })
    }

    /// The connection is over: sends what there is to be sent, and closes it.
    pub(super) fn hang_up(&mut self, now: Instant, is_heard: bool) {
        let mut out = self.session.transmit();
        let last: Bytes = out.copy_to_bytes(out.remaining());
        if let Line::Up(stream) = core::mem::replace(&mut self.line, Line::Down(now)) {
            let is_answered = matches!(*self.ways.status.borrow(), Status::Connected(_));
            let wait = if is_answered { LAST_BYTES } else { LAST_BYTES_UNHEARD };
            let goodbye = Box::pin(farewell(stream, last, is_heard, wait));
            self.line = Line::Closing { goodbye, next: now };
        }
    }

    /// There is no connection any more, or there was none: decides whether and when to try again.
    pub(super) fn lost(&mut self, now: Instant, error: Error) {
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

    /// The broker has accepted the connection.
    pub(super) fn connected(&mut self, now: Instant, session: SessionStart) {
        self.reconnect.connected(now);
        self.is_blocked = false;
        if session != SessionStart::Resumed && self.was_connected {
            self.subscribe_again();
        }
        self.was_connected = true;
        let client_id = self.options.client_id.clone();
        self.ways.status.send_replace(Status::Connected(Connected {
            session,
            client_id,
            refused: Vec::new(),
        }));
        if let Some(first) = self.first.take() {
            let _ = first.send(Ok(()));
        }
    }

    /// Takes leave of the broker when that is wished and nothing of ours is under way. Messages that have
    /// come and are not acknowledged stay with the broker: nobody may ever take them.
    pub(super) fn say_goodbye(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        if self.quiescing.is_empty() || self.end.is_some() {
            return false;
        }
        // What was acknowledged before the wish to leave is acknowledged before leaving.
        if !self.ways.acks.is_empty() {
            return self.take_acks(cx, now);
        }
        let last = *self.leaving.get_or_insert_with(|| self.session.persist_seq());
        if self.keeper.as_ref().is_some_and(|keeper| keeper.stored() < last) {
            return false;
        }
        let is_under_way = |open: &Open| matches!(open, Open::Request(_));
        let is_done = self.session.stats().is_none_or(|stats| stats.in_flight + stats.queued == 0)
            && self.held.is_empty()
            && !self.open.iter().any(|(_, open)| is_under_way(open))
            && !self.session.transmit().has_remaining();
        // Who leaves does not wait for another try, and in haste not for the first one.
        let was_lost = matches!(*self.ways.status.borrow(), Status::Lost(_));
        if (was_lost || self.is_in_haste) && matches!(self.line, Line::Connecting(_)) {
            self.line = Line::Down(now);
        }
        if !self.session.is_connected() && matches!(self.line, Line::Down(_)) {
            let why =
                || Error::Broker("there is no connection, and messages wait for one".to_owned());
            self.end = Some((!is_done).then(why));
            return true;
        }
        let is_over = is_done || self.is_in_haste && !self.session.is_connected();
        is_over && self.session.disconnect(now, &Disconnect::default()).is_ok()
    }
}

/// What took too long.
pub(super) fn late(_: time::error::Elapsed) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "no connection in time")
}

/// CONNECT, as far as it says who connects.
fn who(options: &Options) -> Connect<'_> {
    let Options { address, version, client_id, user_name, password, .. } = options;
    let of_address = address.password.as_deref().map(str::as_bytes);
    Connect {
        version: *version,
        client_id,
        user_name: user_name.as_deref().or(address.user_name.as_deref()),
        password: password.as_deref().or(of_address),
        ..Connect::default()
    }
}

/// Sends the last bytes of a connection, and closes it. If the broker still listens, this waits for it to close
/// first: TCP answers what comes to a closed end with a reset, and that takes our last bytes away from the broker,
/// if it has not read them.
pub(super) async fn farewell(
    mut stream: Box<dyn Stream>,
    last: Bytes,
    is_heard: bool,
    wait: Duration,
) {
    let goodbye = async {
        stream.write_all(&last).await?;
        stream.flush().await?;
        stream.shutdown().await?;
        let mut rest = [0; 4096];
        while is_heard && stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    // Nobody is left to be told of a failure.
    let _ = time::timeout(wait, goodbye).await;
}

/// One step of an enhanced authentication.
fn auth_properties<'a>(authentication: &'a Authentication, data: &'a [u8]) -> Vec<Property<'a>> {
    let mut list = vec![Property::AuthenticationMethod(authentication.method())];
    if !data.is_empty() {
        list.push(Property::AuthenticationData(data));
    }
    list
}
