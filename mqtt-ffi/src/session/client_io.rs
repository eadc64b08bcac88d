//! What drives a client's session: bytes, time, and events.

use super::driven::Driven;
use super::event::{mqc_event, mqc_timer};
use super::refusal::mqc_refusal;
use super::shared;
use super::tokens::mqc_ack_token;
use crate::{mqc_auth, mqc_bytes, mqc_client, mqc_disconnect, mqc_status, object};

/// Frees a session; NULL is fine. Nothing is said to the peer, and what is not stored is lost.
///
/// @param session  of no use after the call
///
/// Ownership: `session` is taken.
/// Lifetime: all that the session gave ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(messages). Since 0.1.
///
/// # Safety
/// `session` is NULL or came from mqc_client_new(), and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_free(session: *mut mqc_client) {
    // SAFETY: the caller's promise.
    unsafe { object::free(session) }
}

/// Takes bytes of the peer; says how many. Fewer than there are: poll events, send what is to be
/// sent, and hand in the rest again.
///
/// They are read by mqc_client_poll_event(). After the end of the connection all are taken, and
/// ignored.
///
/// @param session  made with mqc_client_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param data     borrowed during the call; NULL only if `len` is 0
/// @param len      bytes at `data`
/// @param taken    written with MQC_OK: how many of them were taken
///
/// Ownership: `data` is copied before return.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED or MQC_SPENT; the peer's faults
///   come as an event.
/// Cost: O(bytes taken), allocates as much as there is not room for. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses
/// `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_handle_input(
    session: *mut mqc_client,
    now_ms: u64,
    data: *const u8,
    len: usize,
    taken: *mut usize,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::handle_input(session, now_ms, data, len, taken) }
}

/// The transport has come to its end. Packets that have come before are events before
/// `MQC_EVENT_CLOSED`.
///
/// @param session  made with mqc_client_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_handle_eof(
    session: *mut mqc_client,
    now_ms: u64,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::tell(session, |it| it.handle_eof(shared::at(now_ms))) }
}

/// Does what is due by now; nothing, if nothing is.
///
/// @param session  made with mqc_client_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_handle_timeout(
    session: *mut mqc_client,
    now_ms: u64,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::tell(session, |it| it.handle_timeout(shared::at(now_ms))) }
}

/// When mqc_client_handle_timeout() is to be called, as things stand, and why.
///
/// @param session  made with mqc_client_new()
/// @param at_ms    written with MQC_OK: the moment, on the caller's clock; UINT64_MAX for never
/// @param timer    written with MQC_OK: why, `MQC_TIMER_*`; may be NULL
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such an object or number; no other thread changes `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_poll_timeout(
    session: *const mqc_client,
    at_ms: *mut u64,
    timer: *mut mqc_timer,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::poll_timeout(session, at_ms, timer) }
}

/// Takes what has happened next. Packets are read here, and answers written: poll until `out->kind`
/// is `MQC_EVENT_NONE`, then send.
///
/// Nothing is copied: the views in `*out` point into what the session has.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the session's.
/// Lifetime: the views in `*out` live until the next call with `session` that is not `const`;
///   `statement` of a decode error for ever.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(bytes of the packets read); allocates for what it keeps, and nothing for a message of
///   QoS 0. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_poll_event(
    session: *mut mqc_client,
    out: *mut mqc_event,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::poll_event(session, out) }
}

/// Views what is to be sent next, in one piece: no bytes if there is nothing. Messages that wait
/// are written first, as far as there is room.
///
/// Send it, or some of it, and say how much with mqc_client_transmit_advance(); then look again.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK
///
/// Ownership: the bytes are the session's.
/// Lifetime: the view lives until the next call with `session` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(messages that need not wait any more); allocates for their packets. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses; `out` is NULL or
/// points to such a place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_transmit_peek(
    session: *mut mqc_client,
    out: *mut mqc_bytes,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::transmit_peek(session, out) }
}

/// Views what is to be sent next, in pieces for `writev`: at most 64, and none if there is nothing.
/// Large payloads that are shared are pieces of their own.
///
/// Say how many bytes were sent of all pieces with mqc_client_transmit_advance().
///
/// @param session   made with mqc_client_new()
/// @param out       written with MQC_OK, `*count` views
/// @param capacity  views at `out`
/// @param count     written with MQC_OK
///
/// Ownership: the bytes are the session's.
/// Lifetime: the views live until the next call with `session` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(pieces + messages that need not wait any more); allocates for their packets. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses
/// `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_transmit_peek_vectored(
    session: *mut mqc_client,
    out: *mut mqc_bytes,
    capacity: usize,
    count: *mut usize,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::transmit_peek_vectored(session, out, capacity, count) }
}

/// Says that so many bytes of what is to be sent are with the transport: they are gone for good. It
/// may be any part, also of a packet.
///
/// @param session  made with mqc_client_new()
/// @param count    bytes
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_SPENT, or MQC_INVALID_ARGUMENT if there are not so
///   many.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_transmit_advance(
    session: *mut mqc_client,
    count: usize,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::transmit_advance(session, count) }
}

/// How many bytes mqc_client_handle_input() would take at least: 0 means to wait with reading.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_wants_input(
    session: *const mqc_client,
    out: *mut usize,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::get(session, out, Driven::wants_input) }
}

/// Tells whether there is a connection: from CONNACK to its end.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK: 1 or 0
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_is_connected(
    session: *const mqc_client,
    out: *mut u8,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::get(session, out, |it| u8::from(it.is_connected())) }
}

/// Tells more of the last command that the session has refused: what there is no room for, what the
/// peer does not take.
///
/// @param session  made with mqc_client_new()
/// @param out      written with MQC_OK
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_refusal(
    session: *const mqc_client,
    out: *mut mqc_refusal,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::refusal(session, out) }
}

/// Acknowledges a message, with `MQC_ACK_MANUAL`. It goes out after those of the messages before
/// it.
///
/// A message of QoS 2 can be acknowledged after its connection too: it comes again, and is not
/// handed out again.
///
/// @param session      made with mqc_client_new()
/// @param now_ms       what time it is, on the caller's monotonic clock
/// @param token        of the event; of no use after the call, unless that gives MQC_NOT_ALLOWED
/// @param reason_code  for PUBACK or PUBREC; 0 is success
///
/// Ownership: nothing is kept but the numbers.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_SPENT; MQC_UNKNOWN_TOKEN if it is acknowledged, or
///   its connection is over and its QoS is 1, or its session is lost; MQC_NOT_ALLOWED for a code
///   that this side may not send.
/// Cost: O(log(messages to be acknowledged)), allocates for what is written. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_ack(
    session: *mut mqc_client,
    now_ms: u64,
    token: mqc_ack_token,
    reason_code: u8,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::ack(session, now_ms, token, reason_code) }
}

/// Sends one step of an enhanced authentication (5.0): after `MQC_EVENT_AUTH`, or to authenticate
/// once more.
///
/// @param session  made with mqc_client_new()
/// @param now_ms   what time it is, on the caller's monotonic clock
/// @param auth     borrowed during the call, with what it points to
///
/// Ownership: `auth` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT; MQC_NOT_CONNECTED;
///   MQC_NOT_ALLOWED if CONNECT had no method or another, or the code does not fit;
///   MQC_PACKET_TOO_LARGE, MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_auth(
    session: *mut mqc_client,
    now_ms: u64,
    auth: *const mqc_auth,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::auth(session, now_ms, auth) }
}

/// Says goodbye and ends the connection. What has been written goes out before.
///
/// @param session     made with mqc_client_new()
/// @param now_ms      what time it is, on the caller's monotonic clock
/// @param disconnect  borrowed during the call, with what it points to; NULL for one without a
///                    fault
///
/// Ownership: `disconnect` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_NOT_CONNECTED;
///   MQC_NOT_ALLOWED for a code or property that this side may not send; MQC_PACKET_TOO_LARGE,
///   MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_disconnect(
    session: *mut mqc_client,
    now_ms: u64,
    disconnect: *const mqc_disconnect,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::goodbye(session, now_ms, disconnect, Driven::disconnect) }
}

/// Says goodbye as soon as all that waits or is open is done, and ends the connection. Until then
/// no message is taken from the caller; those of the peer still come.
///
/// @param session     made with mqc_client_new()
/// @param now_ms      what time it is, on the caller's monotonic clock
/// @param disconnect  borrowed during the call, with what it points to; NULL for one without a
///                    fault
///
/// Ownership: `disconnect` is copied before return.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_NOT_CONNECTED;
///   MQC_NOT_ALLOWED for a code or property that this side may not send; MQC_PACKET_TOO_LARGE,
///   MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for the packet. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_quiesce(
    session: *mut mqc_client,
    now_ms: u64,
    disconnect: *const mqc_disconnect,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::goodbye(session, now_ms, disconnect, Driven::quiesce) }
}
