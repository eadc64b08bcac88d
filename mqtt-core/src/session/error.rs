//! What a caller did wrong, and why a connection ended.

use super::state::{AckToken, SessionState};
use crate::{ConnAck, DecodeError, Disconnect, EncodeError, PacketType, ReasonCode};
use core::fmt;

/// A command that cannot be carried out, by the caller's fault or for lack of room. Nothing has changed.
///
/// # Examples
/// ```
/// use mqtt_core::{ClientConfig, ClientSession, Disconnect, Instant, UsageError};
/// let mut session = ClientSession::new(ClientConfig::default());
/// let error = session.disconnect(Instant::default(), &Disconnect::default()).unwrap_err();
/// assert_eq!(error, UsageError::NotConnected);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UsageError {
    /// There is no connection, or it is not far enough for this.
    NotConnected,
    /// There is a connection already.
    Connected,
    /// There is no room now. Nothing is wrong: try again after [`Event::Writable`](crate::Event::Writable).
    WouldBlock(WouldBlock),
    /// The packet cannot be written.
    Encode(EncodeError),
    /// The packet is larger than the peer takes: its Maximum Packet Size, in bytes.
    PacketTooLarge {
        /// The limit of the peer.
        max: u32,
    },
    /// The peer said that it does not take this: the code with which it would refuse it.
    ///
    /// [`QOS_NOT_SUPPORTED`](ReasonCode::QOS_NOT_SUPPORTED), `RETAIN_NOT_SUPPORTED`,
    /// `WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED`, `SHARED_SUBSCRIPTIONS_NOT_SUPPORTED`,
    /// `SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED`, `TOPIC_ALIAS_INVALID`.
    NotSupported(ReasonCode),
    /// This may not be sent now: out of order, or by this side.
    NotAllowed,
    /// There is no packet that waits for this acknowledgement: its connection is gone.
    UnknownToken,
    /// The connection is about to end: see [`quiesce`](crate::ClientSession::quiesce).
    Quiescing,
    /// Another owner has the session: see [`fenced`](crate::ClientSession::fenced).
    Fenced,
}

/// What there is no room for.
///
/// # Examples
/// ```
/// use mqtt_core::{UsageError, WouldBlock};
/// let error = UsageError::WouldBlock(WouldBlock::QueueCount);
/// assert_eq!(error.to_string(), "no room now: the queue has as many messages as it may");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WouldBlock {
    /// The peer's Receive Maximum is used up, as many bytes are open as may, or messages wait already; the
    /// message was not to wait.
    ReceiveMaximum,
    /// Every packet identifier is in use.
    PacketIds,
    /// The queue has as many messages as it may.
    QueueCount,
    /// The queue has as many bytes as it may.
    QueueBytes,
    /// What was written before has not been sent yet.
    Output,
    /// Events wait to be polled.
    Events,
    /// As many changes wait to be polled as may: see [`PersistConfig`](crate::PersistConfig).
    Persist,
}

impl fmt::Display for WouldBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReceiveMaximum => "no room now: the peer's Receive Maximum is used up",
            Self::PacketIds => "no room now: every packet identifier is in use",
            Self::QueueCount => "no room now: the queue has as many messages as it may",
            Self::QueueBytes => "no room now: the queue has as many bytes as it may",
            Self::Output => "no room now: what was written before has not been sent",
            Self::Events => "no room now: events wait to be polled",
            Self::Persist => "no room now: changes wait to be polled",
        })
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected => f.write_str("there is no connection for this"),
            Self::Connected => f.write_str("there is a connection already"),
            Self::WouldBlock(what) => what.fmt(f),
            Self::Encode(error) => error.fmt(f),
            Self::PacketTooLarge { max } => write!(f, "the peer takes packets of {max} bytes"),
            Self::NotSupported(reason) => write!(f, "the peer does not support this: {reason:?}"),
            Self::NotAllowed => f.write_str("this may not be sent now"),
            Self::UnknownToken => f.write_str("no packet waits for this acknowledgement"),
            Self::Quiescing => f.write_str("the connection is about to end"),
            Self::Fenced => f.write_str("another owner has the session"),
        }
    }
}

impl core::error::Error for UsageError {}

impl From<EncodeError> for UsageError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

/// A CONNACK that was refused, and the state of the session that was to go on.
///
/// # Examples
/// ```
/// # use mqtt_core::*;
/// # let now = Instant::default();
/// # let mut session = ServerSession::new(ServerConfig::default(), now);
/// # session.handle_input(now, b"\x10\x0D\0\x04MQTT\x04\0\0\x3C\0\x01a");
/// # session.poll_event();
/// let state = SessionState::default();
/// // Session Present is missing.
/// let refused = session.accept(now, &ConnAck::default(), Some(state)).unwrap_err();
/// assert_eq!(refused.error, UsageError::NotAllowed);
/// let connack = ConnAck { session_present: true, ..ConnAck::default() };
/// session.accept(now, &connack, refused.state)?;
/// # Ok::<(), UsageError>(())
/// ```
#[derive(Debug)]
pub struct AcceptRefused {
    /// Why.
    pub error: UsageError,
    /// What was given.
    pub state: Option<SessionState>,
}

impl fmt::Display for AcceptRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl core::error::Error for AcceptRefused {}

impl From<AcceptRefused> for UsageError {
    fn from(refused: AcceptRefused) -> Self {
        refused.error
    }
}

/// Where a batch of messages stopped: see [`publish_all`](crate::ClientSession::publish_all).
///
/// # Examples
/// See [`ClientSession::publish_all`](crate::ClientSession::publish_all).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BatchRefused {
    /// How many messages were taken; the next one was not.
    pub taken: usize,
    /// Why.
    pub error: UsageError,
}

impl fmt::Display for BatchRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {} of the batch: {}", self.taken, self.error)
    }
}

impl core::error::Error for BatchRefused {}

/// An acknowledgement that was refused; its token is still good, unless it is not known.
///
/// # Examples
/// ```
/// # use mqtt_core::*;
/// # let now = Instant::default();
/// # let mut session = ServerSession::new(ServerConfig::default(), now);
/// # let mut config = ServerConfig::default();
/// # config.session.ack = AckMode::Manual;
/// # let mut session = ServerSession::new(config, now);
/// # session.handle_input(now, b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a\x32\x05\0\x01t\0\x07");
/// # session.poll_event();
/// # session.accept(now, &ConnAck::default(), None)?;
/// # let Some(Event::Message { ack: Some(token), .. }) = session.poll_event() else { unreachable!() };
/// // In 3.1.1 an acknowledgement has no code.
/// let refused = session.ack(now, token, ReasonCode::NOT_AUTHORIZED).unwrap_err();
/// assert_eq!(refused.error, UsageError::NotAllowed);
/// session.ack(now, refused.token, ReasonCode::SUCCESS)?;
/// # Ok::<(), UsageError>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct AckRefused {
    /// Why.
    pub error: UsageError,
    /// What it was to be acknowledged with.
    pub token: AckToken,
}

impl fmt::Display for AckRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl core::error::Error for AckRefused {}

impl From<AckRefused> for UsageError {
    fn from(refused: AckRefused) -> Self {
        refused.error
    }
}

/// Why a connection has ended: see [`Event::Closed`](crate::Event::Closed).
///
/// # Examples
/// ```
/// use mqtt_core::{CloseReason, ClientConfig, ClientSession, Connect, Event, Instant};
/// let mut session = ClientSession::new(ClientConfig::default());
/// session.connect(Instant::default(), &Connect::default())?;
/// session.handle_eof(Instant::default());
/// assert_eq!(session.poll_event(), Some(Event::Closed(CloseReason::Eof)));
/// # Ok::<(), mqtt_core::UsageError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason<'a> {
    /// The transport came to its end without a word.
    Eof,
    /// The caller said DISCONNECT, or refused the CONNECT.
    Local,
    /// The peer said DISCONNECT.
    Disconnect(Disconnect<'a>),
    /// The server refused the CONNECT. Its code, and where else to go, are in the CONNACK.
    Refused(ConnAck<'a>),
    /// The peer sent what is no legal packet.
    Malformed(DecodeError),
    /// The peer sent a legal packet that breaks the protocol here.
    Violation(Violation),
    /// The peer has been silent for too long.
    Timeout(Timer),
    /// Another connection took over the session.
    TakenOver,
    /// Another owner took over the session: see [`Event::Fenced`](crate::Event::Fenced).
    Fenced,
}

impl CloseReason<'_> {
    /// True if the peer did something wrong, or nothing at all.
    ///
    /// ```
    /// use mqtt_core::{CloseReason, Timer};
    /// assert!(CloseReason::Timeout(Timer::KeepAlive).is_fault());
    /// assert!(!CloseReason::Local.is_fault());
    /// ```
    #[must_use]
    pub const fn is_fault(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Violation(_) | Self::Timeout(_))
    }
}

/// How a peer broke the protocol with a legal packet.
///
/// # Examples
/// ```
/// use mqtt_core::{PacketType, ReasonCode, Violation};
/// let violation = Violation::Unexpected(PacketType::ConnAck);
/// assert_eq!(violation.reason_code(), ReasonCode::PROTOCOL_ERROR);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// A packet that has no place here: a second CONNECT or CONNACK, AUTH without a method, an
    /// acknowledgement of what was not sent or of another kind, a QoS 1 message once more on the same
    /// connection before it was acknowledged (5.0).
    Unexpected(PacketType),
    /// More QoS 1 and 2 messages than this side's Receive Maximum.
    ReceiveMaximum,
    /// A topic alias of 0 or above this side's maximum.
    TopicAlias,
    /// A topic alias that has no topic.
    UnknownTopicAlias,
    /// Session Present, although this side has no session.
    SessionPresent,
    /// A SUBACK or UNSUBACK with another number of codes than there were filters.
    ReasonCodeCount,
    /// AUTH or CONNACK with another method than CONNECT, or without its method.
    AuthenticationMethod,
    /// DISCONNECT sets a Session Expiry Interval, although CONNECT had none.
    SessionExpiry,
    /// Something that CONNACK has said this server does not support: a QoS, retained messages, wildcards,
    /// shared subscriptions, subscription identifiers.
    NotSupported(ReasonCode),
}

impl Violation {
    /// The code that answers it.
    ///
    /// See [`Violation`] for an example.
    #[must_use]
    pub const fn reason_code(self) -> ReasonCode {
        match self {
            Self::ReceiveMaximum => ReasonCode::RECEIVE_MAXIMUM_EXCEEDED,
            Self::TopicAlias => ReasonCode::TOPIC_ALIAS_INVALID,
            Self::NotSupported(reason) => reason,
            _ => ReasonCode::PROTOCOL_ERROR,
        }
    }
}

/// What a session waits for, up to a deadline.
///
/// # Examples
/// ```
/// use mqtt_core::{ClientConfig, ClientSession, Connect, Instant, Timer};
/// let mut session = ClientSession::new(ClientConfig::default());
/// session.connect(Instant::default(), &Connect::default())?;
/// assert_eq!(session.next_timer(), Some(Timer::Connect));
/// # Ok::<(), mqtt_core::UsageError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Timer {
    /// The packet that begins a connection: CONNECT, or CONNACK.
    Connect,
    /// It is time for PINGREQ.
    Ping,
    /// PINGRESP is to come.
    PingResponse,
    /// Anything is to come from the client: one and a half times the keep alive.
    KeepAlive,
}
