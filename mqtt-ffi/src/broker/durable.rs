//! A broker and its store.

use super::{Core, Engine, at, change, config, mqc_broker, mqc_broker_config};
use crate::{
    boundary::required,
    mqc_persist_op, mqc_restore, mqc_status, mqc_store_error,
    object::{self, Object},
    persist,
};
use std::hash::RandomState;

/// The next change of what outlives the process: sessions and retained messages, if `durability` of
/// the configuration for connections says that changes are told; its kind is `MQC_PERSIST_NONE` if
/// there is none.
///
/// The broker is one owner of one store: the numbers count all its changes, and the first of one
/// that was not restored clears the store.
///
/// @param broker    made with mqc_broker_new()
/// @param out       written with MQC_OK
///
/// Ownership: the bytes are the broker's.
/// Lifetime: the views in `*out` live until the next call with `broker` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_poll_persist(
    broker: *mut mqc_broker,
    out: *mut mqc_persist_op,
) -> mqc_status {
    let body = |broker: &mut Core| {
        required(out)?;
        let op = mqc_persist_op::of(broker.poll_persist());
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(op) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// Says that all changes up to this number are safe: what waits for them goes out.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param seq       the number of a change that was polled
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(what waited), allocates for what is written. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_persisted(
    broker: *mut mqc_broker,
    now_ms: u64,
    seq: u64,
) -> mqc_status {
    let body = |broker: &mut Core| {
        broker.persisted(at(now_ms), seq);
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// Says that the store has refused a change because another broker has it: all connections end, and
/// no more are taken.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param epoch     that of the other broker
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(connections), allocates for what is written. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_fenced(
    broker: *mut mqc_broker,
    now_ms: u64,
    epoch: u64,
) -> mqc_status {
    let body = |broker: &mut Core| {
        broker.fenced(at(now_ms), epoch);
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// Tells the time of the world, so that what is stored knows when it ends, whenever that is. Before
/// anything is opened, and again when that clock is set.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param unix_ms   milliseconds since 1970
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(connections + sessions), no allocation. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_set_unix_time(
    broker: *mut mqc_broker,
    now_ms: u64,
    unix_ms: u64,
) -> mqc_status {
    let body = |broker: &mut Core| {
        broker.set_unix_time(at(now_ms), unix_ms);
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// Makes a broker that goes on with what a store has: sessions with their messages, wills and
/// retained messages.
///
/// @param config    borrowed during the call, with what it points to; NULL for the defaults
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param unix_ms   milliseconds since 1970
/// @param restore   all that the store has; it stays as it is
/// @param out       written with MQC_OK
/// @param error     written if the store has what is no broker's; may be NULL
///
/// Ownership: `config` is copied before return; `*out` is the caller's, to be freed with
///   mqc_broker_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any; none changes `restore` meanwhile.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED or MQC_ERR_STORE_*; then nothing is
///   restored.
/// Cost: O(bytes), allocates what is restored. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures and objects.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_restore(
    config: *const mqc_broker_config,
    now_ms: u64,
    unix_ms: u64,
    restore: *const mqc_restore,
    out: *mut *mut mqc_broker,
    error: *mut mqc_store_error,
) -> mqc_status {
    let body = |rows: &mqtt_core::store::Restore| {
        let make = || {
            // SAFETY: the caller's promise.
            let config = unsafe { config::read(config)? };
            let hasher = RandomState::new();
            let broker = Core::restore(config, at(now_ms), unix_ms, hasher, rows);
            // SAFETY: as above.
            let broker = broker.map_err(|fault| unsafe { persist::refuse(&fault, error) })?;
            Ok(mqc_broker(Object::new(Engine { broker, scratch: Vec::new() })))
        };
        // SAFETY: as above.
        crate::session::outcome(unsafe { object::create(out, make) })
    };
    // SAFETY: the caller's promise.
    unsafe { object::with(restore, |it| &it.0, body) }
}
