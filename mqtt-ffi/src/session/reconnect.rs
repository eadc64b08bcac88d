//! When to connect again, and when to publish again.

use super::event::{
    MQC_DROP_EXPIRED, MQC_DROP_NOT_SUPPORTED, MQC_DROP_QUEUE_FULL, MQC_DROP_SESSION_LOST,
    MQC_DROP_TOO_LARGE,
};
use super::shared::at;
use crate::{
    MQC_INVALID_ARGUMENT, MQC_NOT_CONNECTED, MQC_QUIESCING, MQC_WOULD_BLOCK,
    boundary::{Growing, Outcome, growing, required},
    mqc_status,
    object::{self, Object},
};
use core::{mem, time::Duration};
use mqtt_core::{
    Backoff, DropReason, Instant, PublishFailure, ReasonCode, Reconnect, Retry, UsageError,
    WouldBlock,
};

/// How to wait between attempts. Begin with `MQC_BACKOFF_INIT`, the defaults.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_backoff {
    /// `sizeof(mqc_backoff)`: later versions may add fields at the end, with 0 as default.
    pub struct_size: usize,
    /// The first wait, in milliseconds. Default 1 s.
    pub initial_ms: u32,
    /// The longest wait, in milliseconds. Default 60 s.
    pub max_ms: u32,
    /// Each wait is so many percent of the one before. Default 200; below 100 counts as 100.
    pub multiplier_percent: u32,
    /// A wait is shorter by up to so many percent, as a number of the caller says, so that clients
    /// of one server do not all come at once. Default 20; above 100 counts as 100.
    pub jitter_percent: u32,
    /// A connection that has lasted so long begins anew with the first wait, in milliseconds.
    /// Default 30 s.
    pub stable_after_ms: u32,
    /// Zero.
    pub reserved: u32,
}

/// `MQC_BACKOFF_INIT`.
const BACKOFF: mqc_backoff = mqc_backoff {
    struct_size: mem::size_of::<mqc_backoff>(),
    initial_ms: 1000,
    max_ms: 60_000,
    multiplier_percent: 200,
    jitter_percent: 20,
    stable_after_ms: 30_000,
    reserved: 0,
};

// SAFETY: integers alone, and no padding.
unsafe impl Growing for mqc_backoff {}

/// The core's settings; NULL gives the defaults.
///
/// # Safety
/// As [`growing`].
unsafe fn backoff(backoff: *const mqc_backoff) -> Result<Backoff, mqc_status> {
    if backoff.is_null() {
        return Ok(Backoff::default());
    }
    // SAFETY: the caller's promise.
    let known = unsafe { growing(backoff, BACKOFF)? };
    if known.reserved != 0 {
        return Err(MQC_INVALID_ARGUMENT);
    }
    let millis = |number: u32| Duration::from_millis(number.into());
    Ok(Backoff {
        initial: millis(known.initial_ms),
        max: millis(known.max_ms),
        multiplier_percent: known.multiplier_percent,
        jitter_percent: known.jitter_percent,
        stable_after: millis(known.stable_after_ms),
    })
}

/// Says when to connect again. It has no clock and no randomness: both come from the caller.
pub struct mqc_reconnect(Object<Reconnect>);

/// Before the first attempt to connect.
///
/// @param options   borrowed during the call; NULL for the defaults
/// @param out       written with MQC_OK
///
/// Ownership: `options` are copied before return; `*out` is the caller's, to be freed with
///   mqc_reconnect_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// `options` is NULL or points to as many bytes as its first field says, `out` is NULL or points to
/// a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_reconnect_new(
    options: *const mqc_backoff,
    out: *mut *mut mqc_reconnect,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe {
        object::create(out, || Ok(mqc_reconnect(Object::new(Reconnect::new(backoff(options)?)))))
    }
}

/// Frees it; NULL is fine.
///
/// @param reconnect  of no use after the call
///
/// Ownership: `reconnect` is taken.
/// Lifetime: nothing came out that could end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `reconnect` is NULL or came from mqc_reconnect_new(), and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_reconnect_free(reconnect: *mut mqc_reconnect) {
    // SAFETY: the caller's promise.
    unsafe { object::free(reconnect) }
}

/// Notes that the server has accepted the connection.
///
/// @param reconnect  made with mqc_reconnect_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept but the number.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `reconnect` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_reconnect_connected(
    reconnect: *mut mqc_reconnect,
    now_ms: u64,
) -> mqc_status {
    let body = |it: &mut Reconnect| {
        it.connected(at(now_ms));
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(reconnect, |it| &mut it.0, body) }
}

/// Notes that a connection has ended, or an attempt has failed; says when to try again.
///
/// @param reconnect  made with mqc_reconnect_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param random     any number, of which all 32 bits count
/// @param at_ms      written with MQC_OK: the moment, on the caller's clock
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `reconnect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_reconnect_lost(
    reconnect: *mut mqc_reconnect,
    now_ms: u64,
    random: u32,
    at_ms: *mut u64,
) -> mqc_status {
    let body = |it: &mut Reconnect| {
        required(at_ms)?;
        let next = it.lost(at(now_ms), random).as_millis();
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { at_ms.write(next) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(reconnect, |it| &mut it.0, body) }
}

/// The next wait in milliseconds, as if no number were to shorten it.
///
/// @param reconnect  made with mqc_reconnect_new()
/// @param wait_ms    written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `reconnect`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_reconnect_next_wait(
    reconnect: *const mqc_reconnect,
    wait_ms: *mut u64,
) -> mqc_status {
    let body = |it: &Reconnect| {
        required(wait_ms)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { wait_ms.write(Instant::from(it.next_wait()).as_millis()) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with(reconnect, |it| &it.0, body) }
}

/// Why a message has not arrived.
pub type mqc_publish_failure = u32;
/// The session did not take it: the status that it gave.
pub const MQC_FAILURE_NOT_TAKEN: mqc_publish_failure = 1;
/// The session dropped it: `MQC_DROP_*`.
pub const MQC_FAILURE_DROPPED: mqc_publish_failure = 2;
/// The peer refused it: a code from 0x80 on.
pub const MQC_FAILURE_REFUSED: mqc_publish_failure = 3;

/// Says whether and when to publish a message again that was not taken. One goes with each message
/// that the caller keeps; it has no clock and no randomness.
pub struct mqc_retry(Object<Retry>);

/// For a message that has not been published yet.
///
/// @param options   borrowed during the call; NULL for the defaults
/// @param attempts  how often it is published once more after it has failed
/// @param out       written with MQC_OK
///
/// Ownership: `options` are copied before return; `*out` is the caller's, to be freed with
///   mqc_retry_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// As mqc_reconnect_new().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retry_new(
    options: *const mqc_backoff,
    attempts: u32,
    out: *mut *mut mqc_retry,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe {
        object::create(out, || Ok(mqc_retry(Object::new(Retry::new(backoff(options)?, attempts)))))
    }
}

/// Frees it; NULL is fine.
///
/// @param retry     of no use after the call
///
/// Ownership: `retry` is taken.
/// Lifetime: nothing came out that could end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(1). Since 0.1.
///
/// # Safety
/// `retry` is NULL or came from mqc_retry_new(), and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retry_free(retry: *mut mqc_retry) {
    // SAFETY: the caller's promise.
    unsafe { object::free(retry) }
}

/// Notes that the message has failed; says when to publish it again, or to give up: it has failed
/// too often, or would fail again.
///
/// @param retry     made with mqc_retry_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param failure   `MQC_FAILURE_*`
/// @param why       the status, reason or code that goes with it
/// @param random    any number, of which all 32 bits count
/// @param again     written with MQC_OK: 1 to publish it again, 0 to give up
/// @param at_ms     written with MQC_OK: when; UINT64_MAX for never
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `retry`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_retry_failed(
    retry: *mut mqc_retry,
    now_ms: u64,
    failure: mqc_publish_failure,
    why: u32,
    random: u32,
    again: *mut u8,
    at_ms: *mut u64,
) -> mqc_status {
    let body = |it: &mut Retry| -> Outcome {
        required(again)?;
        required(at_ms)?;
        let next = it.failed(at(now_ms), failure_of(failure, why)?, random);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe {
            again.write(u8::from(next.is_some()));
            at_ms.write(next.map_or(u64::MAX, Instant::as_millis));
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(retry, |it| &mut it.0, body) }
}

fn failure_of(failure: mqc_publish_failure, why: u32) -> Result<PublishFailure, mqc_status> {
    Ok(match (failure, why) {
        (MQC_FAILURE_NOT_TAKEN, MQC_WOULD_BLOCK) => {
            UsageError::WouldBlock(WouldBlock::QueueCount).into()
        }
        (MQC_FAILURE_NOT_TAKEN, MQC_NOT_CONNECTED) => UsageError::NotConnected.into(),
        (MQC_FAILURE_NOT_TAKEN, MQC_QUIESCING) => UsageError::Quiescing.into(),
        // Something is wrong with the message.
        (MQC_FAILURE_NOT_TAKEN, _) => UsageError::NotAllowed.into(),
        (MQC_FAILURE_DROPPED, MQC_DROP_SESSION_LOST) => DropReason::SessionLost.into(),
        (MQC_FAILURE_DROPPED, MQC_DROP_EXPIRED) => DropReason::Expired.into(),
        (MQC_FAILURE_DROPPED, MQC_DROP_QUEUE_FULL) => DropReason::QueueFull.into(),
        (MQC_FAILURE_DROPPED, MQC_DROP_TOO_LARGE) => DropReason::TooLarge.into(),
        (MQC_FAILURE_DROPPED, MQC_DROP_NOT_SUPPORTED) => DropReason::NotSupported.into(),
        (MQC_FAILURE_REFUSED, _) => {
            ReasonCode(u8::try_from(why).map_err(|_| MQC_INVALID_ARGUMENT)?).into()
        }
        _ => return Err(MQC_INVALID_ARGUMENT),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::variants::assert_variants;

    #[test]
    fn defaults_are_those_of_the_core() {
        let ours = BACKOFF;
        // SAFETY: the structure is as long as it says.
        assert_eq!(unsafe { backoff(&raw const ours) }, Ok(Backoff::default()));
    }

    #[test]
    fn every_failure_has_a_number() {
        let all = [
            failure_of(MQC_FAILURE_NOT_TAKEN, MQC_WOULD_BLOCK).unwrap(),
            failure_of(MQC_FAILURE_DROPPED, MQC_DROP_EXPIRED).unwrap(),
            failure_of(MQC_FAILURE_REFUSED, 0x97).unwrap(),
        ];
        let source = include_str!("../../../mqtt-core/src/session/retry.rs");
        assert_variants(source, "PublishFailure", &all);
        assert!(all[0].is_passing() && !all[1].is_passing() && all[2].is_passing());
        assert_eq!(failure_of(MQC_FAILURE_REFUSED, 256), Err(MQC_INVALID_ARGUMENT));
        assert_eq!(failure_of(0, 0), Err(MQC_INVALID_ARGUMENT));
    }
}
