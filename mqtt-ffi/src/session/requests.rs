//! Requests and their responses (5.0).

use super::shared::at;
use crate::{
    MQC_BUFFER_TOO_SMALL, MQC_WOULD_BLOCK,
    boundary::{Outcome, output, required},
    mqc_bytes, mqc_publish, mqc_status,
    object::{self, Object},
    packet, status,
};
use core::time::Duration;
use mqtt_core::{Instant, Requests};

/// Requests that wait for their responses: tells them apart, and which have waited for too long.
///
/// The caller subscribes to the response topic, and puts the properties of mqc_requests_begin()
/// into each request.
pub struct mqc_requests(Object<Requests<u64>>);

/// No requests yet.
///
/// @param response_topic  UTF-8, where responses go; no other client may have it
/// @param max_count       how many requests may wait at a time
/// @param out             written with MQC_OK
///
/// Ownership: `response_topic` is copied before return; `*out` is the caller's, to be freed with
///   mqc_requests_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, or the MQC_ERR_* of a text that is no topic
///   name.
/// Cost: O(bytes), allocates the object. Since 0.1.
///
/// # Safety
/// `response_topic` points to its bytes, `out` is NULL or points to a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_requests_new(
    response_topic: mqc_bytes,
    max_count: usize,
    out: *mut *mut mqc_requests,
) -> mqc_status {
    let make = || {
        // SAFETY: the caller's promise.
        let topic = unsafe { packet::text(response_topic)? };
        mqtt_core::TopicName::new(topic).map_err(|error| status::of_topic_error(&error))?;
        Ok(mqc_requests(Object::new(Requests::new(topic, max_count))))
    };
    // SAFETY: the caller's promise about `out`.
    unsafe { object::create(out, make) }
}

/// Frees it; NULL is fine.
///
/// @param requests  of no use after the call
///
/// Ownership: `requests` is taken.
/// Lifetime: nothing came out that could end.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(requests). Since 0.1.
///
/// # Safety
/// `requests` is NULL or came from mqc_requests_new(), and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_requests_free(requests: *mut mqc_requests) {
    // SAFETY: the caller's promise.
    unsafe { object::free(requests) }
}

/// Begins a request: gives the properties that make a message one, Response Topic and Correlation
/// Data, one after another as on the wire. They go into the message, before or behind others.
///
/// @param requests    made with mqc_requests_new()
/// @param now_ms      what time it is, on the caller's monotonic clock
/// @param timeout_ms  how long to wait for the response
/// @param value       comes back with the response, or when the time is over
/// @param out         written with MQC_OK, `*written` bytes
/// @param capacity    bytes at `out`; those of the response topic and 14 more are enough
/// @param written     written with MQC_OK
///
/// Ownership: nothing is kept but the numbers; `out` is the caller's.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_BUFFER_TOO_SMALL, or
///   MQC_WOULD_BLOCK if as many requests wait as may.
/// Cost: O(log(requests) + bytes), allocates a place for the request. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses
/// `requests`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_requests_begin(
    requests: *mut mqc_requests,
    now_ms: u64,
    timeout_ms: u64,
    value: u64,
    out: *mut u8,
    capacity: usize,
    written: *mut usize,
) -> mqc_status {
    let body = |it: &mut Requests<u64>| -> Outcome {
        required(written)?;
        // SAFETY: the caller's promise about `out`.
        let out = unsafe { output(out, capacity)? };
        // Three bytes before each string, and eight of correlation data.
        if out.len() < it.response_topic().len() + 14 {
            return Err(MQC_BUFFER_TOO_SMALL);
        }
        let timeout = Duration::from_millis(timeout_ms);
        let correlation = it.begin(at(now_ms), timeout, value).map_err(|_| MQC_WOULD_BLOCK)?;
        let mut len = 0;
        for property in it.properties(&correlation) {
            let place = out.get_mut(len..).unwrap_or_default();
            len += property.encode_to_slice(place).map_err(|e| status::of_encode_error(&e))?;
        }
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { written.write(len) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(requests, |it| &mut it.0, body) }
}

/// Takes a message that has come: if it is the response to a request, that waits no longer.
///
/// @param requests  made with mqc_requests_new()
/// @param publish   borrowed during the call, with what it points to
/// @param found     written with MQC_OK: 1 if it is a response, 0 if it is none, or too late
/// @param value     written with MQC_OK: that of the request, or 0
///
/// Ownership: `publish` is borrowed during the call, with what it points to.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or MQC_ERR_* of a message that is
///   not legal.
/// Cost: O(log(requests) + bytes), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `requests`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_requests_take(
    requests: *mut mqc_requests,
    publish: *const mqc_publish,
    found: *mut u8,
    value: *mut u64,
) -> mqc_status {
    let body = |it: &mut Requests<u64>| {
        required(publish)?;
        required(found)?;
        required(value)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let publish = unsafe { packet::publish(publish)? };
        let taken = it.take(&publish);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { give(taken, found, value) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(requests, |it| &mut it.0, body) }
}

/// Takes a request whose time is over; it waits no longer. Call it until there is none.
///
/// @param requests  made with mqc_requests_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param found     written with MQC_OK: 1 if there is one, else 0
/// @param value     written with MQC_OK: that of the request, or 0
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(log(requests)), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `requests`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_requests_expire(
    requests: *mut mqc_requests,
    now_ms: u64,
    found: *mut u8,
    value: *mut u64,
) -> mqc_status {
    let body = |it: &mut Requests<u64>| {
        required(found)?;
        required(value)?;
        let taken = it.expire(at(now_ms));
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { give(taken, found, value) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(requests, |it| &mut it.0, body) }
}

/// # Safety
/// The pointers are not NULL, and writable.
unsafe fn give(taken: Option<u64>, found: *mut u8, value: *mut u64) {
    // SAFETY: the caller's promise.
    unsafe {
        found.write(u8::from(taken.is_some()));
        value.write(taken.unwrap_or(0));
    }
}

/// When mqc_requests_expire() is to be called.
///
/// @param requests  made with mqc_requests_new()
/// @param at_ms     written with MQC_OK: the moment, on the caller's clock; UINT64_MAX for never
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(log(requests)), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `requests`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_requests_poll_timeout(
    requests: *const mqc_requests,
    at_ms: *mut u64,
) -> mqc_status {
    let body = |it: &Requests<u64>| {
        required(at_ms)?;
        let due = it.poll_timeout().map_or(u64::MAX, Instant::as_millis);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { at_ms.write(due) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with(requests, |it| &it.0, body) }
}

/// How many requests wait.
///
/// @param requests  made with mqc_requests_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `requests`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_requests_count(
    requests: *const mqc_requests,
    out: *mut usize,
) -> mqc_status {
    let body = |it: &Requests<u64>| {
        required(out)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(it.len()) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with(requests, |it| &it.0, body) }
}
