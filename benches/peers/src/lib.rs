//! Ours beside others: the same work, one process, interleaved rounds.
//!
//! `codec`, `sessions`, `topics`, `clients` and `server` measure time, print tables and judge the targets; `allocs` counts
//! memory, and is run by all. [`codec::peer`], [`sessions`] and `topics::subscriptions` say how each peer
//! is driven, [`measure`] how the time is taken.

pub mod arguments;
#[cfg(any(feature = "clients", feature = "server"))]
pub mod children;
#[cfg(feature = "clients")]
pub mod clients;
pub mod codec;
pub mod count;
pub mod measure;
pub mod plot;
pub mod report;
pub mod row;
#[cfg(feature = "server")]
pub mod server;
pub mod sessions;
pub mod target;
#[cfg(feature = "topics")]
pub mod topics;
