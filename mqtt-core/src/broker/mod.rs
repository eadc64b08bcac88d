//! A broker as a value: deterministic, without I/O.
//!
//! ```text
//! Broker (engine)         open, bytes in, events and bytes out, deadlines
//!   connect ending        clients come and go: takeover, sessions, wills, expiry
//!   requests              PUBLISH, SUBSCRIBE, UNSUBSCRIBE; retained messages in pages
//!   route                 a message to all who get it: trie, overlaps, shared subscriptions
//!   admin sys             what the caller does itself; $SYS
//!     Net                 connections, clients, who is ready, who is writable, timers, what is to be told
//!       ServerSession     one of each client: all that is one connection's
//! ```
//!
//! A client's session stays with it when its connection ends: what comes meanwhile waits there.

mod acl;
mod admin;
mod asked;
mod bodies;
mod clients;
mod config;
mod connect;
mod durable;
mod ending;
mod engine;
mod error;
mod event;
mod holds;
mod ids;
mod message;
mod net;
mod receivers;
mod requests;
mod restore;
mod retained;
mod route;
mod shares;
mod stats;
mod sys;
mod timers;
mod turns;

pub use acl::{Acl, AclAction, AclDecision, AclError, AclErrorKind, AclRule, AclSubject, Identity};
pub use admin::InsideId;
pub use config::{Authentication, Authorization, BrokerConfig, BrokerLimits, SlowConsumer};
pub use connect::Admission;
pub use engine::Broker;
pub use error::BrokerError;
pub use event::{Action, BrokerEvent, Closed};
pub use ids::ConnId;
pub use stats::BrokerStats;
