//! A broker as a value.

mod acl;
mod admin;
mod answer;
mod config;
mod durable;
mod event;
mod io;
mod retained;

pub use acl::*;
pub use admin::*;
pub use answer::*;
pub use config::*;
pub use durable::*;
pub use event::*;
pub use io::*;
pub use retained::*;

use crate::{
    MQC_ERR_ENCODE_OTHER, MQC_FULL, MQC_NOT_ASKED, MQC_SHUTTING_DOWN, MQC_UNKNOWN,
    boundary::{Outcome, required},
    mqc_status,
    object::{self, Object},
    session, status,
};
use mqtt_core::{BrokerError, Instant};
use std::hash::RandomState;

/// A broker: bytes of many connections in, events and bytes for them out.
///
/// It does no I/O and has no clock, no threads and no randomness but that of its hash tables. What
/// comes from clients never makes a function fail.
pub struct mqc_broker(Object<Engine>);

type Core = mqtt_core::Broker<RandomState>;

/// What is behind the pointer.
pub(crate) struct Engine {
    broker: Core,
    /// Properties of the last event, if they had to be put together.
    scratch: Vec<u8>,
}

/// A connection of a broker; never 0.
pub type mqc_conn = u64;
/// No connection.
pub const MQC_CONN_NONE: mqc_conn = 0;

const fn at(now_ms: u64) -> Instant {
    Instant::from_millis(now_ms)
}

/// Runs `body` with a broker that nobody else uses.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
unsafe fn change(broker: *mut mqc_broker, body: impl FnOnce(&mut Core) -> Outcome) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe {
        object::with_mut(broker, |it| &mut it.0, |engine: &mut Engine| body(&mut engine.broker))
    }
}

/// Runs `body` with a broker that others may look at too.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread changes.
unsafe fn look(broker: *const mqc_broker, body: impl FnOnce(&Core) -> Outcome) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { object::with(broker, |it| &it.0, |engine: &Engine| body(&engine.broker)) }
}

/// Writes what a getter finds.
///
/// # Safety
/// As [`look`]; `out` is NULL or points to a writable value.
unsafe fn get<T>(
    broker: *const mqc_broker,
    out: *mut T,
    value: impl FnOnce(&Core) -> T,
) -> mqc_status {
    let body = |broker: &Core| {
        required(out)?;
        let value = value(broker);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(value) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { look(broker, body) }
}

/// The status for what the core refuses.
fn of_error(error: &BrokerError) -> mqc_status {
    match error {
        BrokerError::Full => MQC_FULL,
        BrokerError::ShuttingDown => MQC_SHUTTING_DOWN,
        BrokerError::Unknown => MQC_UNKNOWN,
        BrokerError::NotAsked => MQC_NOT_ASKED,
        BrokerError::Topic(error) => status::of_topic_error(error),
        BrokerError::Session(error) => session::mqc_refusal::of(error).status,
        _ => MQC_ERR_ENCODE_OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MQC_WOULD_BLOCK, session::variants::assert_variants};
    use mqtt_core::{TopicName, UsageError, WouldBlock};

    #[test]
    fn every_error_has_a_status() {
        let topic = TopicName::new("").expect_err("a name is not empty");
        let all = [
            BrokerError::Full,
            BrokerError::ShuttingDown,
            BrokerError::Unknown,
            BrokerError::NotAsked,
            BrokerError::Topic(topic),
            BrokerError::Session(UsageError::WouldBlock(WouldBlock::Output)),
        ];
        let source = include_str!("../../../mqtt-core/src/broker/error.rs");
        assert_variants(source, "BrokerError", &all);
        let statuses = [
            MQC_FULL,
            MQC_SHUTTING_DOWN,
            MQC_UNKNOWN,
            MQC_NOT_ASKED,
            crate::MQC_ERR_TOPIC_EMPTY,
            MQC_WOULD_BLOCK,
        ];
        assert_eq!(all.each_ref().map(of_error), statuses);
    }
}
