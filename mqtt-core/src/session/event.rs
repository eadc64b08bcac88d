//! What a session reports.

use super::error::CloseReason;
use super::state::AckToken;
use crate::{
    Auth, ConnAck, Connect, PacketId, Properties, Publish, ReasonCode, ReasonCodes, Subscribe,
    Unsubscribe,
};
use core::num::NonZeroU64;

/// What has happened. It borrows from the session until the session is used again.
///
/// # Examples
/// See [`ClientSession`](crate::ClientSession) and [`ServerSession`](crate::ServerSession).
#[derive(Debug, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Client: the server has accepted the CONNECT.
    Connected {
        /// Its answer, with its limits and what it assigns.
        connack: ConnAck<'a>,
        /// What became of the session of before.
        session: SessionStart,
    },
    /// Server: a client wants to connect. Answer with [`accept`](crate::ServerSession::accept) or
    /// [`refuse`](crate::ServerSession::refuse).
    Connect(Connect<'a>),
    /// A message has come; its topic is never an alias, and there is none among its properties.
    Message {
        /// The message.
        publish: Publish<'a>,
        /// What acknowledges it, unless it was acknowledged at once.
        ack: Option<AckToken>,
        /// The change that its acknowledgement waits for, if the session gives it and changes are told: what
        /// is made of the message is to be safe before this number is reported
        /// [`persisted`](crate::ClientSession::persisted).
        seq: Option<NonZeroU64>,
    },
    /// A message of QoS 1 or 2 is done: the peer has it, or has refused it.
    Published {
        /// The caller's number for it.
        token: u64,
        /// Its packet identifier, which is free now.
        packet_id: PacketId,
        /// The code of PUBACK or PUBREC; from 0x80 on the peer has refused it.
        reason: ReasonCode,
        /// The properties of the packet that ended it.
        properties: Properties<'a>,
    },
    /// A message is gone without having been delivered for certain.
    Dropped {
        /// The caller's number for it.
        token: u64,
        /// Why.
        why: DropReason,
    },
    /// Another owner has the session, as [`fenced`](crate::ClientSession::fenced) was told. What the store has
    /// is the other's; what it does not have has not been promised to anyone.
    Fenced {
        /// The epoch of the other.
        epoch: u64,
    },
    /// There is room again for what was turned away with [`WouldBlock`](crate::WouldBlock).
    Writable,
    /// Client: SUBSCRIBE is answered.
    Subscribed {
        /// The caller's number for it.
        token: u64,
        /// Its packet identifier, which is free now.
        packet_id: PacketId,
        /// One code for each filter, in their order.
        reasons: ReasonCodes<'a>,
        /// The properties of SUBACK.
        properties: Properties<'a>,
    },
    /// Client: UNSUBSCRIBE is answered.
    Unsubscribed {
        /// The caller's number for it.
        token: u64,
        /// Its packet identifier, which is free now.
        packet_id: PacketId,
        /// 5.0: one code for each filter, in their order. None before.
        reasons: ReasonCodes<'a>,
        /// The properties of UNSUBACK.
        properties: Properties<'a>,
    },
    /// Server: answer with [`suback`](crate::ServerSession::suback).
    Subscribe(Subscribe<'a>),
    /// Server: answer with [`unsuback`](crate::ServerSession::unsuback).
    Unsubscribe(Unsubscribe<'a>),
    /// One step of an enhanced authentication.
    Auth(Auth<'a>),
    /// The connection is over: the last event of it. What is still to be sent goes out before the
    /// transport is closed.
    Closed(CloseReason<'a>),
}

/// What became of the session of before.
///
/// # Examples
/// ```
/// use mqtt_core::SessionStart;
/// assert_ne!(SessionStart::New, SessionStart::Lost { dropped: 0 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionStart {
    /// There was none, or none was asked for.
    New,
    /// Both sides have it: open messages go on.
    Resumed,
    /// The server does not have it. Each open message is [`Dropped`](Event::Dropped), or published again
    /// as new, as was configured.
    Lost {
        /// How many open messages that concerns.
        dropped: usize,
    },
}

/// Why a message is gone.
///
/// # Examples
/// ```
/// use mqtt_core::DropReason;
/// assert_ne!(DropReason::Expired, DropReason::SessionLost);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// The server lost the session; whether the message was delivered is not known.
    SessionLost,
    /// Its Message Expiry Interval ran out while it waited.
    Expired,
    /// A newer message needed its room: [`WhenFull::DropOldestQoS0`](crate::WhenFull::DropOldestQoS0). Or the
    /// state of the session with which [`accept`](crate::ServerSession::accept) goes on has no room for it.
    QueueFull,
    /// It is larger than the peer takes, which was not known when it was queued.
    TooLarge,
    /// The peer does not take messages like it, which was not known when it was queued: QoS, retain.
    NotSupported,
}
