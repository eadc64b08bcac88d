//! The client's side of a session.

use super::capabilities::Capabilities;
use super::client_role::Client;
use super::config::{ClientConfig, WhenFull};
use super::core::{Core, Phase, fingerprint};
use super::error::{AckRefused, BatchRefused, CloseReason, Timer, UsageError, WouldBlock};
use super::event::Event;
use super::gate::Pass;
use super::input::Input;
use super::link::{Link, Role, driving};
use super::output::Transmit;
use super::seldom::Seldom;
use super::sending::{Given, PublishStatus};
use super::state::{AckToken, SessionState, Wait};
use super::stats::Stats;
use super::timers::millis;
use crate::store::{PersistOp, SnapshotCursor};
use crate::{
    Auth, Connect, Disconnect, Instant, Packet, PacketId, Properties, Publish, ReasonCode, Sender,
    Subscribe, Unsubscribe,
};
use alloc::vec::Vec;
use bytes::Bytes;
use core::fmt;

/// The client's side of a session, over any number of connections.
///
/// It does no I/O and has no clock: bytes go in and out by hand, and each call is told what time it is.
/// Messages that wait or are open outlive a connection; aliases, quotas and half-read packets do not.
///
/// # Examples
/// ```
/// use bytes::Buf;
/// use mqtt_core::{
///     ClientConfig, ClientSession, Connect, Event, Instant, Publish, QoS, Subscribe, Subscription,
///     Subscriptions, PacketId, WhenFull,
/// };
///
/// let now = Instant::default();
/// let mut session = ClientSession::new(ClientConfig::default());
/// session.connect(now, &Connect { client_id: "sensor", keep_alive: 30, ..Connect::default() })?;
/// // What is to be sent; a transport may take part of it at a time.
/// let mut out = session.transmit();
/// let sent = out.copy_to_bytes(out.remaining());
/// assert_eq!(sent[..2], [0x10, 24]);
///
/// // What the server answers.
/// assert_eq!(session.handle_input(now, b"\x20\x03\0\0\0"), 5);
/// assert!(matches!(session.poll_event(), Some(Event::Connected { .. })));
///
/// let message = Publish { topic: "a", qos: QoS::AtLeastOnce, payload: b"1", ..Publish::default() };
/// session.publish(now, &message, 7, WhenFull::Queue)?;
/// session.handle_input(now, b"\x40\x02\0\x01");
/// assert!(matches!(session.poll_event(), Some(Event::Published { token: 7, .. })));
/// assert_eq!(session.poll_event(), None);
/// # Ok::<(), mqtt_core::UsageError>(())
/// ```
pub struct ClientSession {
    link: Link,
    role: Client,
}

impl ClientSession {
    /// A session that has not been connected.
    ///
    /// ```
    /// use mqtt_core::{ClientConfig, ClientSession};
    /// let session = ClientSession::new(ClientConfig::default());
    /// assert!(!session.is_connected());
    /// ```
    #[must_use]
    #[allow(clippy::needless_pass_by_value)] // settings that are no plain numbers may come
    pub fn new(config: ClientConfig) -> Self {
        let mut core = Core::new(Sender::Client, config.version, &config.session);
        core.connect_timeout = millis(config.connect_timeout);
        core.ping_timeout = millis(config.ping_timeout);
        let role = Client {
            session_lost: config.session_lost,
            has_session: false,
            may_have_session: false,
            expects_session: false,
            is_clean: false,
            lost: Seldom::default(),
            keep_alive: 0,
            is_reauthenticating: false,
            is_asked: false,
            has_expiry: false,
        };
        Self { link: Link { core, input: Input::default() }, role }
    }

    /// A session that goes on with the state of another, and has not been connected. The next CONNECT is
    /// to ask for it: without Clean Start.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// let mut session = ClientSession::new(ClientConfig::default());
    /// let message = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
    /// session.publish(now, &message, 7, WhenFull::Queue)?;
    ///
    /// let session = ClientSession::resume(ClientConfig::default(), session.into_state());
    /// assert_eq!(session.stats().unwrap().queued, 1);
    /// # Ok::<(), UsageError>(())
    /// ```
    #[must_use]
    pub fn resume(config: ClientConfig, state: SessionState) -> Self {
        let mut session = Self::new(config);
        session.link.core.resume(state);
        (session.role.has_session, session.role.may_have_session) = (true, true);
        session
    }

    driving!();

    /// Begins a connection: the transport is up, and CONNECT is to be the first packet on it. The Maximum
    /// Packet Size of the configuration is added to its properties (5.0).
    ///
    /// A Clean Start that was not granted is to be asked for again: nobody knows which session the server
    /// has, and what is open is not sent in it.
    ///
    /// # Errors
    /// [`Connected`](UsageError::Connected); [`NotAllowed`](UsageError::NotAllowed) for another version
    /// than that of the configuration, or while events of the last connection wait;
    /// [`Encode`](UsageError::Encode).
    ///
    /// # Spec
    /// v3 section 3.1, \[MQTT-3.1.0-1\]; v5 section 3.1, \[MQTT-3.1.0-1\].
    ///
    /// See [`ClientSession`] for an example.
    pub fn connect(&mut self, now: Instant, connect: &Connect<'_>) -> Result<(), UsageError> {
        let (core, role) = (&mut self.link.core, &mut self.role);
        core.tick(now);
        if !matches!(core.phase, Phase::Idle | Phase::Closed) {
            return Err(UsageError::Connected);
        }
        if core.is_fenced() {
            return Err(UsageError::Fenced);
        }
        if connect.version != core.version
            || core.closed.is_some()
            || role.lost.get().is_some_and(|lost| !lost.is_empty())
        {
            return Err(UsageError::NotAllowed);
        }
        let list = core.announcing(&connect.properties);
        let properties = list.as_deref().map_or(connect.properties, Properties::new);
        let connect = Connect { properties, ..*connect };
        let packet = Packet::from(connect);
        packet.encoded_len(core.version)?;
        core.open(Phase::Opening);
        self.link.input.clear();
        core.own = Capabilities::of(&connect.properties);
        core.limit_packets(&connect.properties);
        core.set_auth_method(connect.properties.authentication_method());
        role.keep_alive = connect.keep_alive;
        // What this side has is not of the session of another client identifier.
        let client = fingerprint(connect.client_id);
        let is_other = core.state.client != 0 && core.state.client != client;
        core.state.client = client;
        // The last bit tells the two sides of one client apart.
        core.state.incoming.begin(client ^ core.now.as_millis() << 1 ^ 1);
        role.has_session &= !connect.clean_start && !is_other;
        role.is_clean = connect.clean_start;
        core.state.is_cleaned |= connect.clean_start || is_other;
        role.expects_session = role.may_have_session && !core.state.is_cleaned;
        role.may_have_session = true;
        role.is_reauthenticating = false;
        role.is_asked = false;
        role.has_expiry =
            connect.properties.session_expiry_interval().is_some_and(|seconds| seconds > 0);
        core.state.version = core.version;
        core.tell_session();
        core.write_connect(packet);
        Ok(())
    }

    /// Sends a message; `token` comes back with what becomes of it, for QoS 1 and 2.
    ///
    /// Before the connection is up it waits in the queue. Its packet identifier and DUP are the
    /// session's. A topic alias that the caller sets must be one that the peer takes.
    ///
    /// # Errors
    /// [`WouldBlock`](UsageError::WouldBlock): there is no room, also not as `when_full` says.
    /// [`NotSupported`](UsageError::NotSupported): the server does not take this QoS, retained messages or
    /// this alias. [`PacketTooLarge`](UsageError::PacketTooLarge), [`Encode`](UsageError::Encode),
    /// [`Quiescing`](UsageError::Quiescing). [`NotConnected`](UsageError::NotConnected): it was not to wait.
    /// [`NotAllowed`](UsageError::NotAllowed): a packet identifier, DUP or a subscription identifier is set.
    ///
    /// # Spec
    /// v5 \[MQTT-3.2.2-11\], \[MQTT-3.2.2-14\], \[MQTT-3.2.2-15\], \[MQTT-3.3.4-6\], \[MQTT-3.3.4-7\].
    ///
    /// See [`ClientSession`] for an example.
    #[inline]
    pub fn publish(
        &mut self,
        now: Instant,
        publish: &Publish<'_>,
        token: u64,
        when_full: WhenFull,
    ) -> Result<PublishStatus, UsageError> {
        self.link.core.tick(now);
        self.link.core.publish(Given::new(publish, token, when_full))
    }

    /// As [`publish`](Self::publish), with a payload that is handed over: from 2 KiB on it is not copied, but
    /// kept and sent as it is. `publish.payload` is to be empty.
    ///
    /// # Errors
    /// As for [`publish`](Self::publish); [`NotAllowed`](UsageError::NotAllowed) also if there is another
    /// payload.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # use bytes::Buf;
    /// # let now = Instant::default();
    /// # let mut session = ClientSession::new(ClientConfig::default());
    /// # session.connect(now, &Connect::default())?;
    /// # session.handle_input(now, b"\x20\x03\0\0\0");
    /// # session.poll_event();
    /// # let written = session.transmit().remaining();
    /// # session.transmit().advance(written);
    /// let image = bytes::Bytes::from(vec![7; 100_000]);
    /// let publish = Publish { topic: "camera", ..Publish::default() };
    /// session.publish_bytes(now, &publish, &image, 0, WhenFull::Queue)?;
    /// let mut out = session.transmit();
    /// out.advance(out.chunk().len());
    /// assert_eq!(out.chunk().as_ptr(), image.as_ptr());
    /// # Ok::<(), UsageError>(())
    /// ```
    pub fn publish_bytes(
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
    /// Those of [`publish`](Self::publish), and how many were taken before.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// let mut config = ClientConfig::default();
    /// config.session.queue.max_count = 2;
    /// let mut session = ClientSession::new(config);
    /// let reading = Publish { topic: "reading", ..Publish::default() };
    /// let batch = (0..3).map(|token| (reading, token));
    /// let refused = session.publish_all(now, batch, WhenFull::Queue).unwrap_err();
    /// assert_eq!(refused.taken, 2);
    /// assert_eq!(refused.error, UsageError::WouldBlock(WouldBlock::QueueCount));
    /// ```
    pub fn publish_all<'p>(
        &mut self,
        now: Instant,
        messages: impl IntoIterator<Item = (Publish<'p>, u64)>,
        when_full: WhenFull,
    ) -> Result<usize, BatchRefused> {
        self.link.core.tick(now);
        self.link.core.publish_all(messages, when_full)
    }

    /// Subscribes; the packet identifier is chosen here. [`Event::Subscribed`] has `token`.
    ///
    /// # Errors
    /// [`NotConnected`](UsageError::NotConnected); [`Quiescing`](UsageError::Quiescing);
    /// [`NotSupported`](UsageError::NotSupported) for wildcards, shared subscriptions and identifiers that the
    /// server does not take; [`WouldBlock`](UsageError::WouldBlock);
    /// [`PacketTooLarge`](UsageError::PacketTooLarge); [`Encode`](UsageError::Encode).
    ///
    /// # Spec
    /// v3 section 3.8; v5 section 3.8.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut session = ClientSession::new(ClientConfig::default());
    /// # session.connect(now, &Connect::default())?;
    /// # session.handle_input(now, b"\x20\x03\0\0\0");
    /// # session.poll_event();
    /// let filters = [Subscription::new("a/+", QoS::AtLeastOnce)];
    /// let subscribe =
    ///     Subscribe { filters: Subscriptions::new(&filters), ..Subscribe::new(PacketId::MIN) };
    /// let id = session.subscribe(now, &subscribe, 7)?;
    /// session.handle_input(now, b"\x90\x04\0\x01\0\x01");
    /// let Some(Event::Subscribed { token: 7, packet_id, reasons, .. }) = session.poll_event() else {
    ///     unreachable!()
    /// };
    /// assert_eq!((packet_id, reasons.iter().next()), (id, Some(ReasonCode::GRANTED_QOS_1)));
    /// # Ok::<(), UsageError>(())
    /// ```
    pub fn subscribe(
        &mut self,
        now: Instant,
        subscribe: &Subscribe<'_>,
        token: u64,
    ) -> Result<PacketId, UsageError> {
        self.may_request(now)?;
        let Core { peer, version, .. } = self.link.core;
        let filters = peer.judge(subscribe, version).map_err(UsageError::NotSupported)?;
        let packet = |packet_id| Packet::from(Subscribe { packet_id, ..*subscribe });
        self.request(packet, Wait::SubAck, token, filters)
    }

    /// Unsubscribes; the packet identifier is chosen here. [`Event::Unsubscribed`] has `token`.
    ///
    /// # Errors
    /// As for [`subscribe`](Self::subscribe).
    ///
    /// # Spec
    /// v3 section 3.10; v5 section 3.10.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut session = ClientSession::new(ClientConfig::default());
    /// let filters = ["a/+"];
    /// let unsubscribe =
    ///     Unsubscribe { filters: TopicFilters::new(&filters), ..Unsubscribe::new(PacketId::MIN) };
    /// assert_eq!(session.unsubscribe(now, &unsubscribe, 7), Err(UsageError::NotConnected));
    /// ```
    pub fn unsubscribe(
        &mut self,
        now: Instant,
        unsubscribe: &Unsubscribe<'_>,
        token: u64,
    ) -> Result<PacketId, UsageError> {
        self.may_request(now)?;
        let filters = unsubscribe.filters.iter().count() as u32;
        let packet = |packet_id| Packet::from(Unsubscribe { packet_id, ..*unsubscribe });
        self.request(packet, Wait::UnsubAck, token, filters)
    }

    /// True if there is a connection for a request.
    fn may_request(&mut self, now: Instant) -> Result<(), UsageError> {
        let core = &mut self.link.core;
        core.tick(now);
        match () {
            () if !core.is_open() => Err(UsageError::NotConnected),
            () if core.is_quiescing() => Err(UsageError::Quiescing),
            () => Ok(()),
        }
    }

    fn request<'p>(
        &mut self,
        packet: impl FnOnce(PacketId) -> Packet<'p>,
        wait: Wait,
        token: u64,
        filters: u32,
    ) -> Result<PacketId, UsageError> {
        let core = &mut self.link.core;
        if !core.has_output_room() {
            return core.would_block(WouldBlock::Output);
        }
        let Some(id) = core.state.outgoing.free_id() else {
            return core.would_block(WouldBlock::PacketIds);
        };
        core.write(packet(id), Pass::Behind)?;
        core.state.outgoing.open_request(id, wait, token, filters);
        Ok(id)
    }

    /// Sends one step of an enhanced authentication (5.0): after [`Event::Auth`], or to authenticate
    /// once more.
    ///
    /// # Errors
    /// [`NotConnected`](UsageError::NotConnected); [`NotAllowed`](UsageError::NotAllowed) if CONNECT had
    /// no method or another, or if the code does not fit; [`Encode`](UsageError::Encode).
    ///
    /// # Spec
    /// v5 section 4.12, \[MQTT-4.12.0-3\], \[MQTT-4.12.0-5\], \[MQTT-4.12.1-1\].
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let mut session = ClientSession::new(ClientConfig::default());
    /// let error = session.auth(Instant::default(), &Auth::default()).unwrap_err();
    /// assert_eq!(error, UsageError::NotConnected);
    /// ```
    pub fn auth(&mut self, now: Instant, auth: &Auth<'_>) -> Result<(), UsageError> {
        let core = &mut self.link.core;
        core.tick(now);
        let reason = match core.phase {
            Phase::Open if !self.role.is_reauthenticating => ReasonCode::RE_AUTHENTICATE,
            Phase::Opening | Phase::Open => ReasonCode::CONTINUE_AUTHENTICATION,
            _ => return Err(UsageError::NotConnected),
        };
        let is_asked = self.role.is_asked || reason == ReasonCode::RE_AUTHENTICATE;
        let method = auth.properties.authentication_method();
        if auth.reason != reason || !is_asked || method.is_none() || method != core.auth_method() {
            return Err(UsageError::NotAllowed);
        }
        core.write(*auth, Pass::Free)?;
        (core.awaits_step, core.opened_at) = (true, core.now);
        self.role.is_reauthenticating |= core.is_open();
        self.role.is_asked = false;
        Ok(())
    }

    /// Says goodbye and ends the connection. What has been written goes out before.
    ///
    /// # Errors
    /// [`NotConnected`](UsageError::NotConnected), [`Encode`](UsageError::Encode).
    /// [`NotAllowed`](UsageError::NotAllowed): a code or property that only servers send, or a Session
    /// Expiry Interval although CONNECT had none.
    ///
    /// # Spec
    /// v3 section 3.14; v5 section 3.14, \[MQTT-3.14.4-1\], \[MQTT-3.14.4-2\].
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut session = ClientSession::new(ClientConfig::default());
    /// session.connect(now, &Connect::default())?;
    /// session.disconnect(now, &Disconnect::default())?;
    /// assert_eq!(session.poll_event(), Some(Event::Closed(CloseReason::Local)));
    /// # Ok::<(), UsageError>(())
    /// ```
    pub fn disconnect(
        &mut self,
        now: Instant,
        disconnect: &Disconnect<'_>,
    ) -> Result<(), UsageError> {
        let core = &mut self.link.core;
        core.tick(now);
        if !matches!(core.phase, Phase::Opening | Phase::Open) {
            return Err(UsageError::NotConnected);
        }
        if !self.role.may_say(core, disconnect) {
            return Err(UsageError::NotAllowed);
        }
        core.write(*disconnect, Pass::Free)?;
        core.close(Some(CloseReason::Local));
        Ok(())
    }

    /// Says goodbye as soon as all that waits or is open is done, and ends the connection. Until then nothing
    /// new is taken; messages still come. The caller may lose patience and [`disconnect`](Self::disconnect).
    ///
    /// # Errors
    /// As for [`disconnect`](Self::disconnect).
    ///
    /// ```
    /// # use mqtt_core::*;
    /// # let now = Instant::default();
    /// # let mut session = ClientSession::new(ClientConfig::default());
    /// # session.connect(now, &Connect::default())?;
    /// # session.handle_input(now, b"\x20\x03\0\0\0");
    /// # session.poll_event();
    /// let message = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
    /// session.publish(now, &message, 7, WhenFull::Queue)?;
    /// session.quiesce(now, &Disconnect::default())?;
    /// assert_eq!(session.publish(now, &message, 8, WhenFull::Queue), Err(UsageError::Quiescing));
    /// session.handle_input(now, b"\x40\x02\0\x01");
    /// assert!(matches!(session.poll_event(), Some(Event::Published { token: 7, .. })));
    /// assert_eq!(session.poll_event(), Some(Event::Closed(CloseReason::Local)));
    /// # Ok::<(), UsageError>(())
    /// ```
    pub fn quiesce(&mut self, now: Instant, disconnect: &Disconnect<'_>) -> Result<(), UsageError> {
        let core = &mut self.link.core;
        core.tick(now);
        let may_say = self.role.may_say(core, disconnect);
        core.quiesce(may_say, Some((*disconnect).into()))
    }

    /// What is left of the session, to [resume](Self::resume) it: messages that are open or wait. Events that
    /// were not polled are lost.
    ///
    /// See [`resume`](Self::resume) for an example.
    #[must_use]
    pub fn into_state(mut self) -> SessionState {
        self.link.core.close(None);
        while self.role.next_quiet(&mut self.link.core).is_some() {}
        self.link.core.state
    }
}

impl fmt::Debug for ClientSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientSession({:?})", self.link.core.phase)
    }
}
