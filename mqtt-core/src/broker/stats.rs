//! What a broker has done, and has.

/// Counters and gauges of a [`Broker`](super::Broker).
///
/// # Examples
/// ```
/// # use mqtt_core::{Broker, BrokerConfig, Instant};
/// # use std::hash::RandomState;
/// # let now = Instant::default();
/// let mut broker: Broker<RandomState> = Broker::new(BrokerConfig::default(), now);
/// broker.open(now)?;
/// assert_eq!(broker.stats().connections, 1);
/// # Ok::<(), mqtt_core::BrokerError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrokerStats {
    /// Connections, also those that are not accepted yet.
    pub connections: usize,
    /// Sessions, with a connection or without.
    pub sessions: usize,
    /// Sessions with a connection.
    pub connected: usize,
    /// Subscriptions.
    pub subscriptions: usize,
    /// Retained messages.
    pub retained: usize,
    /// Bytes of their payloads and properties.
    pub retained_bytes: usize,
    /// Bytes of the messages that wait or are not acknowledged.
    pub queued_bytes: usize,
    /// Clients that were accepted.
    pub connects: u64,
    /// Clients that were refused.
    pub refused: u64,
    /// Connections whose session went to another one.
    pub takeovers: u64,
    /// Bytes that came.
    pub bytes_received: u64,
    /// Messages that clients, wills and the caller have published.
    pub messages_received: u64,
    /// Messages that were given to receivers' sessions.
    pub messages_sent: u64,
    /// Messages of QoS 0 for a client that is away.
    pub dropped_offline: u64,
    /// Messages for which there was no room.
    pub dropped_full: u64,
    /// Messages that are larger than the receiver takes.
    pub dropped_too_large: u64,
    /// Messages that the receiver's session did not take for another reason: it is about to end.
    pub dropped_refused: u64,
    /// Messages that expired while they waited.
    pub dropped_expired: u64,
    /// Messages that their publishers were not allowed.
    pub not_authorized: u64,
    /// Times that a publisher waited for a receiver.
    pub publisher_waits: u64,
    /// Wills that were published.
    pub wills: u64,
    /// Sessions that have ended because their time was over.
    pub sessions_expired: u64,
}
