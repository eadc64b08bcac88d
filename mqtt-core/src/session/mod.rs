//! Sessions: state machines without I/O, clock, threads or randomness.
//!
//! ```text
//! ClientSession, ServerSession   commands of one role
//!   Link                         bytes in, events out: packets are read when an event is polled
//!     Core                       phases, timers, limits of both sides, what is written
//!       SessionState             what outlives a connection; every change of it is a Change
//!         Outgoing               messages that wait, and those that are open, by packet identifier
//!         Incoming               messages to be acknowledged in order, QoS 2 identifiers received
//!       aliases                  of one connection
//!
//!              connect                    CONNACK
//!   Idle ------------------> Opening ------------------> Open
//!             CONNECT               accept                |
//!   Opening ---------> Asked -----------------> Open      |  fault, end of the transport, DISCONNECT
//!                                                v        v
//!                                              Closed (a client may connect again)
//! ```
//!
//! The contract, which the tests hold line by line:
//!
//! 1. Deterministic: the same calls give the same events and bytes.
//! 2. Draining late delays things and never breaks them: what is to be sent and what is to be polled may
//!    wait for each other in any order.
//! 3. `now` may repeat; an earlier one counts as the latest seen. `handle_timeout` too early does nothing.
//! 4. Any chopping of the same input gives the same events and the same bytes.
//! 5. A fault of the peer gives the right last packet, where the version has one, and then exactly one
//!    [`Event::Closed`]. Inputs never fail.
//! 6. After `Closed` inputs are ignored, commands fail, what was written can still be sent. Messages may
//!    still be given to the session: they wait for the next connection. Those of QoS 2 that came may still be
//!    acknowledged.
//! 7. Every queue is bounded. What finds no room is turned away with [`UsageError::WouldBlock`], and
//!    [`Event::Writable`] says when there is room again; a session that is not drained takes no more input.
//! 8. A command that fails has changed nothing.

mod alias;
mod capabilities;
mod client;
mod client_role;
mod config;
mod core;
mod error;
mod event;
mod gate;
mod input;
mod link;
mod output;
mod pump;
mod receiving;
mod reconnect;
mod requests;
mod retry;
mod routed;
mod seldom;
mod sending;
mod server;
mod server_role;
mod state;
mod stats;
mod timers;
mod unanswered;

pub use client::ClientSession;
pub use config::{
    AckMode, ClientConfig, QueueLimits, ServerConfig, SessionConfig, SessionLost, WhenFull,
};
pub use error::{
    AcceptRefused, AckRefused, BatchRefused, CloseReason, Timer, UsageError, Violation, WouldBlock,
};
pub use event::{DropReason, Event, SessionStart};
pub(crate) use output::NothingToSend;
pub use output::Transmit;
pub use reconnect::{Backoff, Reconnect};
pub use requests::{Correlation, Requests};
pub use retry::{PublishFailure, Retry};
pub(crate) use routed::TakenMessage;
pub use sending::PublishStatus;
pub use server::ServerSession;
pub(crate) use state::shorten_expiry;
pub use state::{AckToken, SessionState};
pub use stats::{Spread, Stats, Traffic};
