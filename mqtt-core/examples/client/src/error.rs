//! What can go wrong.

use crate::address::Address;
use core::fmt;
use mqtt_core::{
    CloseReason, ConnAck, Disconnect, DropReason, PacketType, Properties, ReasonCode, UsageError,
    Version,
};
use std::io;
use std::sync::Arc;

/// Why something was not done.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use mqc_client::{Client, Error, Options};
/// // Nobody listens there.
/// let options = Options::new("mqtt://127.0.0.1:1".parse().unwrap());
/// assert!(matches!(Client::connect(options).await, Err(Error::Transport(..))));
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The broker cannot be reached, or the way to it has failed.
    Transport(Address, Arc<io::Error>),
    /// The broker has refused the connection.
    Refused(Refusal),
    /// The broker has ended the connection, and says why.
    Disconnected(Refusal),
    /// The broker broke the rules or did not answer.
    Broker(String),
    /// The broker has refused a message, a subscription or its end.
    Reason(ReasonCode),
    /// The message is gone without having been delivered for certain.
    Dropped(DropReason),
    /// What was asked for cannot be sent; nothing has been.
    Usage(UsageError),
    /// Enhanced authentication has failed on our side: what the [`Exchange`](crate::Exchange) says.
    Authentication(String),
    /// Files for TLS cannot be used.
    Tls(String),
    /// The session cannot be stored or restored: what, where and why. Nothing was acknowledged that is not
    /// stored.
    Store(String),
    /// The client has ended.
    Closed,
}

/// What a broker says when it refuses or ends a connection.
///
/// # Examples
/// ```
/// use mqc_client::Refusal;
/// let refusal = Refusal { name: "server busy".to_owned(), text: Some("at noon".to_owned()), ..Refusal::default() };
/// assert_eq!(refusal.to_string(), "server busy (at noon)");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Its code.
    pub reason: ReasonCode,
    /// What the standard calls that code in the packet that it came in.
    pub name: String,
    /// Its words (5.0).
    pub text: Option<String>,
    /// Another broker to be used instead (5.0).
    pub server_reference: Option<String>,
}

impl Refusal {
    fn new(
        reason: ReasonCode,
        packet: PacketType,
        version: Version,
        properties: &Properties<'_>,
    ) -> Self {
        Self {
            reason,
            name: reason_name(reason, packet, version),
            text: properties.reason_string().map(str::to_owned),
            server_reference: properties.server_reference().map(str::to_owned),
        }
    }
}

/// What the standard calls a reason in the answer to a packet.
pub(crate) fn reason_name(reason: ReasonCode, packet: PacketType, version: Version) -> String {
    match reason.name(packet, version) {
        Some(name) => name.replace('_', " "),
        None => format!("reason {:#04x}", reason.0),
    }
}

/// What the standard calls a reason in whichever packet it may come that refuses something. Before 5.0 there is
/// one, of the same number as 5.0's for no reason in particular.
fn refusal_name(reason: ReasonCode) -> String {
    let packets = [PacketType::SubAck, PacketType::PubRec, PacketType::Disconnect];
    let is_known = |packet: &PacketType| reason.name(*packet, Version::V5).is_some();
    let packet = packets.into_iter().find(is_known).unwrap_or(PacketType::Disconnect);
    reason_name(reason, packet, Version::V5)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(text) = &self.text {
            write!(f, " ({text})")?;
        }
        if let Some(server) = &self.server_reference {
            write!(f, "; use {server}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(address, error) => write!(f, "{address}: {error}"),
            Self::Refused(refusal) => write!(f, "the broker refuses the connection: {refusal}"),
            Self::Disconnected(refusal) => write!(f, "the broker disconnects: {refusal}"),
            Self::Broker(what) => f.write_str(what),
            Self::Reason(reason) => write!(f, "the broker refuses: {}", refusal_name(*reason)),
            Self::Dropped(DropReason::SessionLost) => f.write_str("the broker lost the session"),
            Self::Dropped(DropReason::Expired) => f.write_str("the message has expired"),
            Self::Dropped(DropReason::TooLarge) => f.write_str("too large for the broker"),
            Self::Dropped(DropReason::QueueFull) => f.write_str("the queue was full"),
            Self::Dropped(DropReason::NotSupported) => {
                f.write_str("the broker does not support its QoS, or retained messages")
            }
            Self::Dropped(why) => write!(f, "dropped: {why:?}"),
            Self::Usage(UsageError::NotSupported(reason)) => {
                write!(f, "the broker does not support this: {}", refusal_name(*reason))
            }
            Self::Usage(error) => error.fmt(f),
            Self::Authentication(why) => write!(f, "no authentication: {why}"),
            Self::Tls(what) | Self::Store(what) => f.write_str(what),
            Self::Closed => f.write_str("the client has ended"),
        }
    }
}

impl core::error::Error for Error {}

impl From<UsageError> for Error {
    fn from(error: UsageError) -> Self {
        Self::Usage(error)
    }
}

impl Error {
    pub(crate) fn io(address: &Address, error: io::Error) -> Self {
        Self::Transport(address.clone(), Arc::new(error))
    }

    /// `None` if the end was our own wish.
    pub(crate) fn of(reason: &CloseReason<'_>, version: Version) -> Option<Self> {
        Some(match reason {
            CloseReason::Local => return None,
            CloseReason::Eof => Self::Broker("the broker closed the connection".to_owned()),
            CloseReason::Disconnect(Disconnect { reason, properties }) => {
                let packet = PacketType::Disconnect;
                Self::Disconnected(Refusal::new(*reason, packet, version, properties))
            }
            CloseReason::Refused(ConnAck { reason, properties, .. }) => {
                let packet = PacketType::ConnAck;
                Self::Refused(Refusal::new(*reason, packet, version, properties))
            }
            CloseReason::Malformed(error) => Self::Broker(format!("the broker sends {error}")),
            CloseReason::Violation(what) => {
                Self::Broker(format!("the broker breaks a rule: {what:?}"))
            }
            CloseReason::Timeout(timer) => {
                Self::Broker(format!("the broker does not answer ({timer:?})"))
            }
            other => Self::Broker(format!("{other:?}")),
        })
    }

    /// False if connecting again would give the same answer, or take the place of another.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Refused(refusal) | Self::Disconnected(refusal) => !matches!(
                refusal.reason,
                ReasonCode::BAD_USER_NAME_OR_PASSWORD
                    | ReasonCode::NOT_AUTHORIZED
                    | ReasonCode::BANNED
                    | ReasonCode::BAD_AUTHENTICATION_METHOD
                    | ReasonCode::UNSUPPORTED_PROTOCOL_VERSION
                    | ReasonCode::CLIENT_IDENTIFIER_NOT_VALID
                    | ReasonCode::SESSION_TAKEN_OVER
                    | ReasonCode::V3_UNACCEPTABLE_PROTOCOL_VERSION
                    | ReasonCode::V3_IDENTIFIER_REJECTED
                    | ReasonCode::V3_BAD_USER_NAME_OR_PASSWORD
                    | ReasonCode::V3_NOT_AUTHORIZED
            ),
            Self::Authentication(_) | Self::Tls(_) | Self::Store(_) => false,
            _ => true,
        }
    }
}
