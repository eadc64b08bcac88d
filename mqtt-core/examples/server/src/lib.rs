//! A server: the broker of mqtt-core behind sockets.
//!
//! ```text
//! Server        threads: start, stop
//!   Hub         the broker, on one thread with its sockets; wakes who has something to send
//!     serve     one task for each connection: socket -> broker, broker -> socket, without a copy between
//!   Wrapping    TLS and WebSocket, on other threads; a pipe leads to the broker's
//!   Keeper      a thread that stores; what comes up meanwhile is stored together
//!   Gatekeeper  threads that verify passwords, a few at a time
//! ```

mod alarm;
mod connection;
mod gatekeeper;
mod hub;
mod keeper;
mod listener;
mod metrics;
mod passwd;
mod server;
mod users;

pub use listener::{Listen, Tls, TlsError};
pub use passwd::set_password;
pub use server::{Server, Settings};
pub use users::Users;
