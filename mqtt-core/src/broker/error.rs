//! What a caller of a broker did wrong.

use crate::{TopicError, UsageError};
use core::fmt;

/// A command of a [`Broker`](super::Broker) that cannot be carried out. Nothing has changed.
///
/// # Examples
/// ```
/// use mqtt_core::{Broker, BrokerConfig, BrokerError, BrokerLimits, Instant};
/// use std::hash::RandomState;
/// let limits = BrokerLimits { max_connections: 0, ..BrokerLimits::default() };
/// let config = BrokerConfig { limits, ..BrokerConfig::default() };
/// let mut broker: Broker<RandomState> = Broker::new(config, Instant::default());
/// assert_eq!(broker.open(Instant::default()), Err(BrokerError::Full));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BrokerError {
    /// There are as many connections or subscriptions as may be.
    Full,
    /// The broker is shutting down.
    ShuttingDown,
    /// There is no such connection, client or subscription.
    Unknown,
    /// Nothing was asked that this could answer.
    NotAsked,
    /// A topic name or filter that is none.
    Topic(TopicError),
    /// What the session says.
    Session(UsageError),
}

impl fmt::Display for BrokerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("there is no room for one more"),
            Self::ShuttingDown => f.write_str("the broker is shutting down"),
            Self::Unknown => f.write_str("there is none of that name"),
            Self::NotAsked => f.write_str("nothing was asked that this could answer"),
            Self::Topic(error) => error.fmt(f),
            Self::Session(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for BrokerError {}

impl From<UsageError> for BrokerError {
    fn from(error: UsageError) -> Self {
        Self::Session(error)
    }
}

impl From<TopicError> for BrokerError {
    fn from(error: TopicError) -> Self {
        Self::Topic(error)
    }
}
