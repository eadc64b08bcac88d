//! Sessions: `ClientSession` and `ServerSession`, their settings, and what they report.
//!
//! ```text
//! ClientSession, ServerSession   commands of one role, by `handle!`
//!   Handle                       the core's session behind a mutex
//!     Polled                     an event, taken out of the core while that is locked
//! Event classes, Stats           frozen values
//! ```

pub(crate) mod choice;
mod client;
mod config;
pub(crate) mod event;
pub(crate) mod faults;
pub(crate) mod handle;
pub(crate) mod message;
pub(crate) mod polled;
mod server;
pub(crate) mod state;
mod stats;
mod store;
pub(crate) mod time;
mod tokens;

pub(crate) use client::{ClientEvents, ClientSession};
pub(crate) use config::{ClientConfig, PersistConfig, QueueLimits, ServerConfig};
pub(crate) use event::{
    Closed, Connected, Dropped, Fenced, Message, Published, Subscribed, Unsubscribed, Writable,
};
pub(crate) use server::{ServerEvents, ServerSession};
pub(crate) use state::SessionState;
pub(crate) use stats::{Spread, Stats, Traffic};
pub(crate) use store::PersistOp;
