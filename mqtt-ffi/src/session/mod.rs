//! Sessions: what is behind the pointers of both roles, and what they have in common.

mod client;
mod client_io;
mod client_store;
mod config;
mod driven;
mod event;
mod message;
mod payload;
mod reconnect;
mod refusal;
pub(crate) mod report;
mod requests;
mod server;
mod server_io;
mod server_store;
mod shared;
mod stats;
mod tokens;
#[cfg(test)]
pub(crate) mod variants;

pub use client::*;
pub use client_io::*;
pub use client_store::*;
pub use config::*;
pub use event::*;
pub use message::*;
pub use payload::*;
pub use reconnect::*;
pub use refusal::*;
pub use requests::*;
pub use server::*;
pub use server_io::*;
pub use server_store::*;
pub use stats::*;
pub use tokens::mqc_ack_token;

#[cfg(feature = "broker")]
pub(crate) use config::server as server_config;
pub(crate) use shared::outcome;
#[cfg(feature = "broker")]
pub(crate) use shared::{whole, write_pieces};
pub(crate) use tokens::Tokens;
