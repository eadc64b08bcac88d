//! `BrokerStats`: what a broker has done, and has, in numbers.

use crate::class::value_class;
use pyo3::prelude::*;

value_class! {
    /// Counters and gauges of a `Broker`.
    class BrokerStats [];
    text "(*, connections=0, sessions=0, connected=0, subscriptions=0, retained=0, \
          retained_bytes=0, queued_bytes=0, connects=0, refused=0, takeovers=0, bytes_received=0, \
          messages_received=0, messages_sent=0, dropped_offline=0, dropped_full=0, \
          dropped_too_large=0, dropped_refused=0, dropped_expired=0, not_authorized=0, \
          publisher_waits=0, wills=0, sessions_expired=0)";
    positional {}
    keyword [*] {
        connections: u64 = 0;
        sessions: u64 = 0;
        connected: u64 = 0;
        subscriptions: u64 = 0;
        retained: u64 = 0;
        retained_bytes: u64 = 0;
        queued_bytes: u64 = 0;
        connects: u64 = 0;
        refused: u64 = 0;
        takeovers: u64 = 0;
        bytes_received: u64 = 0;
        messages_received: u64 = 0;
        messages_sent: u64 = 0;
        dropped_offline: u64 = 0;
        dropped_full: u64 = 0;
        dropped_too_large: u64 = 0;
        dropped_refused: u64 = 0;
        dropped_expired: u64 = 0;
        not_authorized: u64 = 0;
        publisher_waits: u64 = 0;
        wills: u64 = 0;
        sessions_expired: u64 = 0;
    }
    methods {}
}

impl BrokerStats {
    pub(super) const fn of(stats: &mqtt_core::BrokerStats) -> Self {
        Self {
            connections: stats.connections as u64,
            sessions: stats.sessions as u64,
            connected: stats.connected as u64,
            subscriptions: stats.subscriptions as u64,
            retained: stats.retained as u64,
            retained_bytes: stats.retained_bytes as u64,
            queued_bytes: stats.queued_bytes as u64,
            connects: stats.connects,
            refused: stats.refused,
            takeovers: stats.takeovers,
            bytes_received: stats.bytes_received,
            messages_received: stats.messages_received,
            messages_sent: stats.messages_sent,
            dropped_offline: stats.dropped_offline,
            dropped_full: stats.dropped_full,
            dropped_too_large: stats.dropped_too_large,
            dropped_refused: stats.dropped_refused,
            dropped_expired: stats.dropped_expired,
            not_authorized: stats.not_authorized,
            publisher_waits: stats.publisher_waits,
            wills: stats.wills,
            sessions_expired: stats.sessions_expired,
        }
    }
}
