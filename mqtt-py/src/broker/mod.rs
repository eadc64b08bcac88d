//! `Broker`, its settings, and what it asks and reports.
//!
//! ```text
//! Broker (engine)      the core's broker behind a mutex
//!   Polled             an event, taken out of the core while that is locked
//! Event classes, Acl, BrokerConfig, BrokerStats   frozen values
//! ```

mod acl;
mod choice;
mod config;
mod engine;
mod event;
mod faults;
mod polled;
mod stats;

pub(crate) use acl::Acl;
pub(crate) use config::{BrokerConfig, BrokerLimits};
pub(crate) use engine::{Broker, BrokerEvents};
pub(crate) use event::{
    Authenticate, Authorize, BrokerAuth, BrokerClosed, BrokerConnected, BrokerMessage,
};
pub(crate) use stats::BrokerStats;
