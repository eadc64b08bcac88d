//! A client on tokio, as a driver around [`mqtt_core::ClientSession`]: TCP, TLS and WebSocket, both versions
//! of MQTT.
//!
//! - [`Client`] is a handle: `publish`, `subscribe` and the others wait for the broker's answer.
//! - [`Messages`] are those that come.
//! - [`Authentication`] answers a broker's challenges.
//! - A task of its own ([`driver`](self)) owns session and socket. It is one `poll` function: bytes in, events
//!   out, orders in, bytes out. All else, which packet comes when and what it means, is the session's.
//! - [`Storage`] keeps the session, so that it outlives the process.
//! - [`service`] is what programs have in common that run until they are asked to end.
//! - [`bench`](mod@bench) puts load on a broker.
//!
//! # Examples
//! See [`Client`].

mod address;
mod authentication;
pub mod bench;
#[doc(hidden)]
pub mod cli;
mod client;
mod driver;
mod error;
mod inbox;
mod message;
mod options;
pub mod service;
mod storage;
mod transport;

pub use address::{Address, BadAddress, Scheme};
pub use authentication::{Authentication, Exchange};
pub use client::{Client, Connected, Delivery, Filter, Messages, Published, Status};
pub use driver::Outcome;
pub use error::{Error, Refusal};
pub use message::{Message, MessageProperties, Received};
pub use options::{Acks, Options, Overflow, Tls};
pub use storage::{Effect, Storage};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
