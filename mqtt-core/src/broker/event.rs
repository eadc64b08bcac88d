//! What a broker asks and reports.

use super::ConnId;
use crate::{
    Auth, CloseReason, Connect, DecodeError, Publish, ReasonCode, SubscriptionOptions, Timer,
    Violation,
};

/// What a [`Broker`](super::Broker) asks or reports. It borrows from the broker until the broker is used again.
///
/// # Examples
/// See [`Broker`](super::Broker).
#[derive(Debug, PartialEq)]
#[non_exhaustive]
pub enum BrokerEvent<'a> {
    /// Who is this? Answer with [`accept`](super::Broker::accept), [`refuse`](super::Broker::refuse), or
    /// [`challenge`](super::Broker::challenge) if CONNECT has an authentication method; at once or later. Until
    /// then nothing more is read from this connection.
    Authenticate {
        /// The connection.
        conn: ConnId,
        /// Its CONNECT: client identifier, user name, password, will, authentication method.
        connect: Connect<'a>,
    },
    /// The next step of an enhanced authentication, or the begin of another one. Answer as before; with
    /// [`accept`](super::Broker::accept) also at the end of one that began after CONNACK.
    Auth {
        /// The connection.
        conn: ConnId,
        /// What the client says.
        auth: Auth<'a>,
    },
    /// May it do this? Answer with [`authorize`](super::Broker::authorize), at once or later. Until then
    /// nothing more is read from this connection.
    Authorize {
        /// The connection.
        conn: ConnId,
        /// Its client identifier.
        client_id: &'a str,
        /// Its user name, if it gave one.
        user_name: Option<&'a str>,
        /// What it wants to do.
        action: Action<'a>,
    },
    /// A client is accepted.
    Connected {
        /// The connection.
        conn: ConnId,
        /// Its client identifier; one that was assigned if it gave none.
        client_id: &'a str,
        /// Its session of before goes on.
        session_present: bool,
    },
    /// A message for a subscription of the caller: see [`subscribe`](super::Broker::subscribe).
    Message {
        /// The caller's number for the subscription.
        token: u64,
        /// The message. Its QoS is the one that it was published with, or that of the subscription.
        publish: Publish<'a>,
    },
    /// Another broker has the store, as [`fenced`](super::Broker::fenced) was told.
    Fenced {
        /// The epoch of the other.
        epoch: u64,
    },
    /// A connection is over. Send what [`transmit`](super::Broker::transmit) still has for it, then close the
    /// transport.
    Closed {
        /// The connection.
        conn: ConnId,
        /// Why.
        reason: Closed,
    },
}

/// What a client wants to do.
///
/// # Examples
/// See [`BrokerEvent::Authorize`].
#[derive(Debug, PartialEq)]
#[non_exhaustive]
pub enum Action<'a> {
    /// To publish this message.
    Publish(Publish<'a>),
    /// To subscribe to this filter, which may be shared.
    Subscribe {
        /// The topic filter.
        filter: &'a str,
        /// With these options.
        options: SubscriptionOptions,
    },
}

/// Why a connection is over, as far as it can be kept: see [`CloseReason`].
///
/// # Examples
/// ```
/// use mqtt_core::{Closed, ReasonCode};
/// let closed = Closed::Disconnect(ReasonCode::NORMAL_DISCONNECTION);
/// assert_ne!(closed, Closed::Eof);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Closed {
    /// The transport came to its end without a word.
    Eof,
    /// The broker or its caller has ended it, or has refused the client.
    Local,
    /// The client said DISCONNECT, with this code.
    Disconnect(ReasonCode),
    /// The client sent what is no legal packet.
    Malformed(DecodeError),
    /// The client sent a legal packet that breaks the protocol.
    Violation(Violation),
    /// The client has been silent for too long.
    Timeout(Timer),
    /// Another connection took over the session.
    TakenOver,
    /// Another broker has the session.
    Fenced,
}

impl From<&CloseReason<'_>> for Closed {
    fn from(reason: &CloseReason<'_>) -> Self {
        match reason {
            CloseReason::Eof => Self::Eof,
            CloseReason::Local | CloseReason::Refused(_) => Self::Local,
            CloseReason::Disconnect(disconnect) => Self::Disconnect(disconnect.reason),
            CloseReason::Malformed(error) => Self::Malformed(*error),
            CloseReason::Violation(violation) => Self::Violation(*violation),
            CloseReason::Timeout(timer) => Self::Timeout(*timer),
            CloseReason::TakenOver => Self::TakenOver,
            CloseReason::Fenced => Self::Fenced,
        }
    }
}
