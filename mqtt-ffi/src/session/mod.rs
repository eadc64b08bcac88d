//! Sessions: what is behind the pointers of both roles, and what they have in common.

mod client;
mod client_io;
mod config;
mod event;
mod message;
mod payload;
mod reconnect;
mod refusal;
pub(crate) mod report;
mod requests;
mod server;
mod server_io;
mod shared;
mod stats;
mod tokens;
#[cfg(test)]
pub(crate) mod variants;

pub use client::*;
pub use client_io::*;
pub use config::*;
pub use event::*;
pub use message::*;
pub use payload::*;
pub use reconnect::*;
pub use refusal::*;
pub use requests::*;
pub use server::*;
pub use server_io::*;
pub use stats::*;
pub use tokens::mqc_ack_token;

pub(crate) use config::server as server_config;
pub(crate) use shared::{outcome, whole};
pub(crate) use tokens::Tokens;
