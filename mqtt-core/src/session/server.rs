//! The server's side of a session.

use super::capabilities::Capabilities;
use super::config::{ServerConfig, WhenFull};
use super::core::{Core, Phase};
use super::error::{AcceptRefused, AckRefused, BatchRefused, CloseReason, Timer, UsageError};
use super::event::Event;
use super::gate::Pass;
use super::input::Input;
use super::link::{Link, driving};
use super::output::Transmit;
use super::seldom::Seldom;
use super::sending::{Given, PublishStatus};
use super::server_role::{AuthState, Server};
use super::state::{AckToken, SessionState};
use super::stats::Stats;
use super::timers::millis;
use crate::store::{PersistOp, SnapshotCursor};
use crate::{
    Auth, ConnAck, Disconnect, Instant, Packet, PacketId, PacketType, Properties, Publish,
    ReasonCode, ReasonCodes, Sender, SubAck, UnsubAck, Version, Will,
};
use alloc::vec::Vec;
use bytes::Bytes;
use core::fmt;

/// The server's side of one connection, with the state of its session.
///
/// It does no I/O and has no clock. Who may connect, who gets which message, and where sessions are
/// kept between connections is the caller's.
///
/// # Examples
/// ```
/// use bytes::Buf;
/// use mqtt_core::{ConnAck, Event, Instant, Publish, ServerConfig, ServerSession, WhenFull};
///
/// let now = Instant::default();
/// let mut session = ServerSession::new(ServerConfig::default(), now);
/// session.handle_input(now, b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a");
/// let Some(Event::Connect(connect)) = session.poll_event() else { unreachable!() };
/// assert_eq!(connect.client_id, "a");
/// session.accept(now, &ConnAck::default(), None)?;
///
/// session.deliver(now, &Publish { topic: "t", ..Publish::default() }, 0, WhenFull::Queue)?;
/// assert_eq!(session.transmit().chunk(), b"\x20\x02\0\0\x30\x03\0\x01t");
/// # Ok::<(), mqtt_core::UsageError>(())
/// ```
pub struct ServerSession {
    pub(super) link: Link,
    pub(super) role: Server,
}

impl ServerSession {
    /// A session for a connection that has just been opened.
    ///
    /// See [`ServerSession`] for an example.
    #[must_use]
    #[allow(clippy::needless_pass_by_value)] // settings that are no plain numbers may come
    pub fn new(config: ServerConfig, now: Instant) -> Self {
        let mut core = Core::new(Sender::Server, Version::V5, &config.session);
        core.tick(now);
        core.open(Phase::Opening);
        core.connect_timeout = millis(config.connect_timeout);
        core.options.limits.max_packet_size =
            core.settings.max_packet_size.min(config.max_connect_size);
        let role = Server {
            keep_alive: 0,
            session_expiry: 0,
            has_expiry: false,
            clean_start: false,
            wants_id: false,
            wants_problem_info: true,
            wants_response_info: false,
            is_accepted: false,
            will: Seldom::default(),
            auth: AuthState::None,
            unanswered: Seldom::default(),
        };
        Self { link: Link { core, input: Input::default() }, role }
    }

    driving!();

    /// Says, before [`accept`](Self::accept) without a state, which was the last change that the store has of
    /// a session in whose place this one comes: see [`PersistConfig::after`](crate::PersistConfig::after), which
    /// is told before it is known who connects.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut config = ServerConfig::default();
    /// config.session.persist.durability = Durability::Report;
    /// let mut session = ServerSession::new(config, now);
    /// session.handle_input(now, b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a");
    /// # session.poll_event();
    /// // CONNECT is there, and asks for a clean session.
    /// session.persist_after(41);
    /// session.accept(now, &ConnAck::default(), None)?;
    /// assert_eq!(session.poll_persist().map(|op| op.seq), Some(42));
    /// # Ok::<(), UsageError>(())
    /// ```
    pub fn persist_after(&mut self, seq: u64) {
        if let Some(durable) = self.link.core.state.durable.as_mut().filter(|it| !it.is_active) {
            durable.journal.count_from(seq);
        }
    }

    /// Accepts the client, with the state of its session if there is one. What this server offers is in
    /// the properties of CONNACK; the Maximum Packet Size of the configuration is added to them (5.0).
    ///
    /// # Errors
    /// The state comes back with them.
    /// [`NotAllowed`](UsageError::NotAllowed): there is no CONNECT to be answered, the code is no success,
    /// Session Present does not say whether there is a state, there is one although CONNECT has Clean
    /// Start, the authentication method is not that of CONNECT, or a 5.0 client without an identifier is
    /// not assigned one.
    /// [`NotSupported`](UsageError::NotSupported): a will that is beyond what CONNACK offers; refuse it
    /// with that code. [`Encode`](UsageError::Encode), [`PacketTooLarge`](UsageError::PacketTooLarge).
    ///
    /// # Spec
    /// v3 section 3.2, \[MQTT-3.2.2-1\] to \[MQTT-3.2.2-3\]; v5 section 3.2, \[MQTT-3.2.2-2\],
    /// \[MQTT-3.2.2-3\], \[MQTT-3.2.2-16\].
    ///
    /// See [`ServerSession`] and [`SessionState`] for examples.
    #[allow(clippy::result_large_err)] // what was given comes back
    pub fn accept(
        &mut self,
        now: Instant,
        connack: &ConnAck<'_>,
        state: Option<SessionState>,
    ) -> Result<(), AcceptRefused> {
        let written = match self.admit(now, connack, state.is_some()) {
            Ok(written) => written,
            Err(error) => return Err(AcceptRefused { error, state }),
        };
        let (core, resumes) = (&mut self.link.core, state.is_some());
        let client = core.state.client;
        if let Some(state) = state {
            core.resume(state);
        }
        core.state.client = match connack.properties.assigned_client_identifier() {
            Some(assigned) => super::core::fingerprint(assigned),
            None => client,
        };
        let will = self.role.will.get().map(|will| &will[..]);
        core.begin_stored(self.role.session_expiry, resumes, will);
        core.pass(written, Pass::First);
        core.established(resumes);
        Ok(())
    }

    /// Why [`accept`](Self::accept) would fail, but for a CONNACK that cannot be written.
    pub(super) fn judge_accept(
        &self,
        connack: &ConnAck<'_>,
        has_state: bool,
    ) -> Result<(), UsageError> {
        let core = &self.link.core;
        if core.is_fenced() {
            return Err(UsageError::Fenced);
        }
        // 3.1 has no Session Present.
        let shows = connack.session_present == has_state;
        let fits = core.phase == Phase::Asked
            && self.role.auth != AuthState::Client
            && connack.reason == ReasonCode::SUCCESS
            && (shows || core.version == Version::V31 && !connack.session_present)
            && !(self.role.clean_start && has_state)
            && (connack.properties.assigned_client_identifier().is_some()
                || !self.role.wants_id
                || !core.version.is_v5());
        let method = connack.properties.authentication_method();
        let is_asked =
            self.role.wants_response_info || connack.properties.response_information().is_none();
        if !fits || !is_asked || method != core.auth_method() {
            return Err(UsageError::NotAllowed);
        }
        let own = Capabilities::of(&connack.properties);
        match self.role.will(core) {
            Some(will) if will.qos > own.max_qos => {
                Err(UsageError::NotSupported(ReasonCode::QOS_NOT_SUPPORTED))
            }
            Some(will) if will.retain && !own.retain => {
                Err(UsageError::NotSupported(ReasonCode::RETAIN_NOT_SUPPORTED))
            }
            _ => Ok(()),
        }
    }

    /// Sends CONNACK, if it may be sent.
    fn admit(
        &mut self,
        now: Instant,
        connack: &ConnAck<'_>,
        has_state: bool,
    ) -> Result<usize, UsageError> {
        self.link.core.tick(now);
        self.judge_accept(connack, has_state)?;
        let core = &mut self.link.core;
        let list = core.announcing(&connack.properties);
        let properties = list.as_deref().map_or(connack.properties, Properties::new);
        let connack = ConnAck { properties, ..*connack };
        let own = Capabilities::of(&connack.properties);
        let written = core.put(connack)?;
        core.own = own;
        core.limit_packets(&connack.properties);
        let keep_alive = connack.properties.server_keep_alive().unwrap_or(self.role.keep_alive);
        core.keep_alive = keep_alive;
        if let Some(expiry) = connack.properties.session_expiry_interval() {
            self.role.session_expiry = expiry;
        }
        self.role.auth = AuthState::None;
        self.role.is_accepted = true;
        Ok(written)
    }

    /// Refuses the client and ends the connection.
    ///
    /// # Errors
    /// [`NotAllowed`](UsageError::NotAllowed): there is no CONNECT to be answered, or the code is a
    /// success. [`Encode`](UsageError::Encode).
    ///
    /// # Spec
    /// v3 section 3.2.2.3; v5 \[MQTT-3.1.4-2\], \[MQTT-3.2.2-7\].
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut session = ServerSession::new(ServerConfig::default(), now);
    /// # session.handle_input(now, b"\x10\x0E\0\x04MQTT\x05\0\0\x3C\0\0\x01a");
    /// # session.poll_event();
    /// let reason = ReasonCode::NOT_AUTHORIZED;
    /// session.refuse(now, &ConnAck { reason, ..ConnAck::default() })?;
    /// assert_eq!(session.poll_event(), Some(Event::Closed(CloseReason::Local)));
    /// # Ok::<(), UsageError>(())
    /// ```
    pub fn refuse(&mut self, now: Instant, connack: &ConnAck<'_>) -> Result<(), UsageError> {
        let core = &mut self.link.core;
        core.tick(now);
        if core.phase != Phase::Asked || connack.reason == ReasonCode::SUCCESS {
            return Err(UsageError::NotAllowed);
        }
        core.write(*connack, Pass::Free)?;
        self.role.will.take();
        core.close(Some(CloseReason::Local));
        Ok(())
    }

    /// Sends a message to the client; `token` comes back with what becomes of it, for QoS 1 and 2.
    ///
    /// Its packet identifier and DUP are the session's. A topic alias that the caller sets must be one that
    /// the peer takes. A Message Expiry Interval goes down by the seconds that the message waits here.
    ///
    /// # Errors
    /// [`WouldBlock`](UsageError::WouldBlock): there is no room, also not as `when_full` says.
    /// [`PacketTooLarge`](UsageError::PacketTooLarge): the client does not take it; by the standard that
    /// is as if it had been delivered. [`Encode`](UsageError::Encode).
    /// [`NotSupported`](UsageError::NotSupported): the client does not take this alias.
    /// [`Quiescing`](UsageError::Quiescing). [`NotConnected`](UsageError::NotConnected): it was not to wait.
    /// [`NotAllowed`](UsageError::NotAllowed): a packet identifier or DUP is set.
    ///
    /// # Spec
    /// v5 \[MQTT-3.1.2-24\], \[MQTT-3.1.2-25\], \[MQTT-3.3.2-6\], \[MQTT-3.3.4-7\].
    ///
    /// See [`ServerSession`] for an example.
    #[inline]
    pub fn deliver(
        &mut self,
        now: Instant,
        publish: &Publish<'_>,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError> {
        self.link.core.tick(now);
        self.link.core.publish(Given::new(publish, token, when_full))
    }

    /// As [`deliver`](Self::deliver), with a payload that is handed over: from 2 KiB on it is not copied, but
    /// kept and sent as it is, so that all who get a large message share it. `publish.payload` is to be empty.
    ///
    /// # Errors
    /// As for [`deliver`](Self::deliver); [`NotAllowed`](UsageError::NotAllowed) also if there is another
    /// payload.
    ///
    /// See [`ClientSession::publish_bytes`](crate::ClientSession::publish_bytes) for an example.
    pub fn deliver_bytes(
        &mut self,
        now: Instant,
        publish: &Publish<'_>,
        payload: &Bytes,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError> {
        self.link.core.tick(now);
        self.link.core.publish_bytes(publish, payload, token, when_full)
    }

    /// Sends messages, each with its token, in order up to the first that is not taken; gives how many.
    ///
    /// # Errors
    /// Those of [`deliver`](Self::deliver), and how many were taken before.
    ///
    /// See [`ClientSession::publish_all`](crate::ClientSession::publish_all) for an example.
    pub fn deliver_all<'p>(
        &mut self,
        now: Instant,
        messages: impl IntoIterator<Item = (Publish<'p>, u64)>,
        when_full: WhenFull,
    ) -> Result<usize, BatchRefused> {
        self.link.core.tick(now);
        self.link.core.publish_all(messages, when_full)
    }

    /// Answers a SUBSCRIBE.
    ///
    /// # Errors
    /// [`UnknownToken`](UsageError::UnknownToken): no SUBSCRIBE with this identifier waits.
    /// [`NotAllowed`](UsageError::NotAllowed): it has another number of filters, or asks for a lower QoS.
    /// [`Encode`](UsageError::Encode).
    ///
    /// # Spec
    /// v3 \[MQTT-3.8.4-1\], \[MQTT-3.8.4-5\]; v5 \[MQTT-3.8.4-1\], \[MQTT-3.8.4-6\].
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut session = ServerSession::new(ServerConfig::default(), now);
    /// # session.handle_input(now, b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a");
    /// # session.poll_event();
    /// # session.accept(now, &ConnAck::default(), None)?;
    /// session.handle_input(now, b"\x82\x06\0\x07\0\x01t\x01");
    /// let Some(Event::Subscribe(subscribe)) = session.poll_event() else { unreachable!() };
    /// let codes = [ReasonCode::GRANTED_QOS_1];
    /// let reasons = ReasonCodes::new(&codes);
    /// let suback = SubAck { reasons, ..SubAck::new(subscribe.packet_id) };
    /// session.suback(now, &suback)?;
    /// # Ok::<(), UsageError>(())
    /// ```
    pub fn suback(&mut self, now: Instant, suback: &SubAck<'_>) -> Result<(), UsageError> {
        let properties = self.role.worded(suback.properties);
        let suback = SubAck { properties, ..*suback };
        let reasons = Some(suback.reasons);
        self.answer(now, suback.into(), suback.packet_id, PacketType::Subscribe, reasons)
    }

    /// Answers an UNSUBSCRIBE.
    ///
    /// # Errors
    /// As for [`suback`](Self::suback).
    ///
    /// # Spec
    /// v3 \[MQTT-3.10.4-4\]; v5 \[MQTT-3.10.4-4\], \[MQTT-3.11.3-1\].
    pub fn unsuback(&mut self, now: Instant, unsuback: &UnsubAck<'_>) -> Result<(), UsageError> {
        let is_v5 = self.link.core.version.is_v5();
        let reasons = is_v5.then_some(unsuback.reasons);
        let properties = self.role.worded(unsuback.properties);
        let unsuback = UnsubAck { properties, ..*unsuback };
        self.answer(now, unsuback.into(), unsuback.packet_id, PacketType::Unsubscribe, reasons)
    }

    fn answer(
        &mut self,
        now: Instant,
        answer: Packet<'_>,
        id: PacketId,
        packet: PacketType,
        reasons: Option<ReasonCodes<'_>>,
    ) -> Result<(), UsageError> {
        let core = &mut self.link.core;
        core.tick(now);
        let unanswered = self.role.unanswered.get_mut().filter(|_| core.is_open());
        let unanswered = unanswered.ok_or(UsageError::UnknownToken)?;
        let (at, most) = unanswered.find(id, packet).ok_or(UsageError::UnknownToken)?;
        if let Some(reasons) = reasons {
            // A code below 3 is a QoS that is granted.
            let most = most.iter().map(|qos| *qos as u8);
            let grants_more = |(reason, most): (ReasonCode, u8)| (most + 1..3).contains(&reason.0);
            let is_subscribe = packet == PacketType::Subscribe;
            if reasons.iter().count() != most.len()
                || is_subscribe && reasons.iter().zip(most).any(grants_more)
            {
                return Err(UsageError::NotAllowed);
            }
        }
        let written = core.put(answer)?;
        if let Some(request) = unanswered.remove(at) {
            core.tell_subscriptions(&request, reasons);
        }
        core.pass(written, Pass::Waits);
        core.unanswered = core.unanswered.saturating_sub(1);
        Ok(())
    }

    /// Sends one step of an enhanced authentication (5.0): Continue authentication, and at the end of
    /// one that began after CONNACK, success.
    ///
    /// # Errors
    /// [`NotAllowed`](UsageError::NotAllowed): the client has not asked, the method is another, or the
    /// code does not fit. [`Encode`](UsageError::Encode).
    ///
    /// # Spec
    /// v5 section 4.12, \[MQTT-4.12.0-2\], \[MQTT-4.12.0-5\].
    pub fn auth(&mut self, now: Instant, auth: &Auth<'_>) -> Result<(), UsageError> {
        let core = &mut self.link.core;
        core.tick(now);
        let goes_on = auth.reason == ReasonCode::CONTINUE_AUTHENTICATION;
        let ends = auth.reason == ReasonCode::SUCCESS && core.is_open();
        let method = auth.properties.authentication_method();
        let fits = method.is_some() && method == core.auth_method();
        if !core.is_up() || self.role.auth != AuthState::Server || !fits || !(goes_on || ends) {
            return Err(UsageError::NotAllowed);
        }
        let auth = Auth { properties: self.role.worded(auth.properties), ..*auth };
        core.write(auth, Pass::Free)?;
        core.opened_at = core.now;
        core.awaits_step = goes_on;
        self.role.auth = if goes_on { AuthState::Client } else { AuthState::None };
        Ok(())
    }

    /// Ends the connection; 5.0: with this DISCONNECT, where it may be sent.
    ///
    /// # Errors
    /// [`NotConnected`](UsageError::NotConnected), [`Encode`](UsageError::Encode),
    /// [`NotAllowed`](UsageError::NotAllowed): a code or property that only clients send.
    ///
    /// # Spec
    /// v5 section 3.14, \[MQTT-3.14.0-1\], \[MQTT-3.14.4-1\].
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # use bytes::Buf;
    /// # let now = Instant::default();
    /// # let mut session = ServerSession::new(ServerConfig::default(), now);
    /// # session.handle_input(now, b"\x10\x0E\0\x04MQTT\x05\0\0\x3C\0\0\x01a");
    /// # session.poll_event();
    /// # session.accept(now, &ConnAck::default(), None)?;
    /// # session.transmit().advance(10);
    /// let reason = ReasonCode::SERVER_SHUTTING_DOWN;
    /// session.disconnect(now, &Disconnect { reason, ..Disconnect::default() })?;
    /// assert_eq!(session.transmit().chunk(), b"\xE0\x01\x8B");
    /// # Ok::<(), UsageError>(())
    /// ```
    pub fn disconnect(
        &mut self,
        now: Instant,
        disconnect: &Disconnect<'_>,
    ) -> Result<(), UsageError> {
        self.end(now, disconnect, CloseReason::Local)
    }

    /// Ends the connection as soon as all that waits or is open is done, as
    /// [`disconnect`](Self::disconnect) does. Until then no message is taken from the caller; those of the
    /// client still come.
    ///
    /// # Errors
    /// As for [`disconnect`](Self::disconnect).
    ///
    /// See [`ClientSession::quiesce`](crate::ClientSession::quiesce) for an example.
    pub fn quiesce(&mut self, now: Instant, disconnect: &Disconnect<'_>) -> Result<(), UsageError> {
        self.link.core.tick(now);
        let (may_say, is_v5) = (self.may_say(disconnect), self.link.core.version.is_v5());
        self.link.core.quiesce(may_say, is_v5.then_some((*disconnect).into()))
    }

    /// True if this DISCONNECT may be sent.
    fn may_say(&self, disconnect: &Disconnect<'_>) -> bool {
        // No server changes how long a session is kept.
        let has_expiry = disconnect.properties.session_expiry_interval().is_some();
        !has_expiry && self.link.core.may_say(disconnect)
    }

    /// Ends the connection because another one has the session now.
    ///
    /// # Errors
    /// [`NotConnected`](UsageError::NotConnected).
    ///
    /// # Spec
    /// v3 \[MQTT-3.1.4-2\]; v5 \[MQTT-3.1.4-3\].
    pub fn take_over(&mut self, now: Instant) -> Result<(), UsageError> {
        let reason = ReasonCode::SESSION_TAKEN_OVER;
        let disconnect = Disconnect { reason, ..Disconnect::default() };
        self.end(now, &disconnect, CloseReason::TakenOver)
    }

    fn end(
        &mut self,
        now: Instant,
        disconnect: &Disconnect<'_>,
        reason: CloseReason<'static>,
    ) -> Result<(), UsageError> {
        self.link.core.tick(now);
        if !self.link.core.is_up() {
            return Err(UsageError::NotConnected);
        }
        if !self.may_say(disconnect) {
            return Err(UsageError::NotAllowed);
        }
        let core = &mut self.link.core;
        if core.is_open() && core.version.is_v5() {
            match core.write(*disconnect, Pass::Free) {
                // The client is to go, whether it can be told or not.
                Err(UsageError::PacketTooLarge { .. }) if reason == CloseReason::TakenOver => {}
                result => result?,
            }
        }
        core.close(Some(reason));
        Ok(())
    }

    /// The will, if it is to be published: at once when the connection has ended, or after its delay.
    /// There is none after a refusal, after a DISCONNECT that takes it back, and when it had none.
    ///
    /// # Spec
    /// v3 section 3.1.2.5, \[MQTT-3.14.4-3\]; v5 section 3.1.2.5, \[MQTT-3.14.4-3\].
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut session = ServerSession::new(ServerConfig::default(), now);
    /// session.handle_input(now, b"\x10\x13\0\x04MQTT\x04\x06\0\x3C\0\x01a\0\x01w\0\x01!");
    /// # session.poll_event();
    /// session.accept(now, &ConnAck::default(), None)?;
    /// session.handle_eof(now);
    /// # session.poll_event();
    /// assert_eq!(session.will().map(|will| will.topic), Some("w"));
    /// # Ok::<(), UsageError>(())
    /// ```
    #[must_use]
    pub fn will(&self) -> Option<Will<'_>> {
        self.role.will(&self.link.core).filter(|_| self.role.is_accepted)
    }

    /// How many seconds after the end of the connection the will is to be published, unless the client has
    /// come back to the session by then: its Will Delay Interval, or less if the session ends sooner.
    ///
    /// # Spec
    /// v5 section 3.1.3.2.2, \[MQTT-3.1.2-8\], \[MQTT-3.1.3-9\].
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut connect = Vec::new();
    /// let delay = [Property::WillDelayInterval(60)];
    /// let will = Will { topic: "w", properties: Properties::new(&delay), ..Will::default() };
    /// let expiry = [Property::SessionExpiryInterval(10)];
    /// # let properties = Properties::new(&expiry);
    /// # let packet = Connect { will: Some(will), properties, client_id: "a", ..Connect::default() };
    /// # Packet::from(packet).encode(Version::V5, &mut connect)?;
    /// # let mut session = ServerSession::new(ServerConfig::default(), now);
    /// session.handle_input(now, &connect);
    /// # session.poll_event();
    /// session.accept(now, &ConnAck::default(), None)?;
    /// assert_eq!(session.will_delay(), 10);
    /// # Ok::<(), UsageError>(())
    /// ```
    #[must_use]
    pub fn will_delay(&self) -> u32 {
        let delay = self.will().and_then(|will| will.properties.will_delay_interval());
        delay.unwrap_or(0).min(self.role.session_expiry)
    }

    /// For how long the session is kept when the connection ends, in seconds; `u32::MAX` for ever. In 3.1
    /// and 3.1.1 for ever, or not at all with a clean session.
    #[must_use]
    pub const fn session_expiry(&self) -> u32 {
        self.role.session_expiry
    }

    /// What is left of the session, for its next connection. Events that were not polled are lost.
    ///
    /// See [`SessionState`] for an example.
    #[must_use]
    pub fn into_state(mut self) -> SessionState {
        self.link.core.close(None);
        self.link.core.state
    }
}

impl fmt::Debug for ServerSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerSession({:?})", self.link.core.phase)
    }
}
