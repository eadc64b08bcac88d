//! A server's session: what it is told to do.

use super::config::{self, mqc_server_config, mqc_when_full};
use super::message::{self, mqc_publish_result, mqc_will};
use super::payload::mqc_payload;
use super::shared::{self, Handle, Side, at, change, whole};
use super::tokens::Tokens;
use crate::{
    MQC_INVALID_ARGUMENT, MQC_PACKET_CONNACK, MQC_PACKET_SUBACK, MQC_PACKET_UNSUBACK, mqc_connack,
    mqc_filter_ack, mqc_publish, mqc_session_state, mqc_status,
    object::{self, Object},
};
use mqtt_core::{AcceptRefused, ConnAck, Packet, ServerSession, Version};

/// The server's side of one connection, with the state of its session.
///
/// It does no I/O and has no clock. Who may connect, who gets which message, and where sessions are
/// kept between connections is the caller's.
pub struct mqc_server(Object<Side<ServerSession>>);

impl Handle for mqc_server {
    type Session = ServerSession;
    fn object(&self) -> &Object<Side<ServerSession>> {
        &self.0
    }
    fn object_mut(&mut self) -> &mut Object<Side<ServerSession>> {
        &mut self.0
    }
}

/// Makes a session for a connection that has just been opened.
///
/// @param config    borrowed during the call; NULL for the defaults
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param out       written with MQC_OK
///
/// Ownership: `config` is copied before return; `*out` is the caller's, to be freed with
///   mqc_server_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// `config` is NULL or points to as many bytes as its first field says, `out` is NULL or points to
/// a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_new(
    config: *const mqc_server_config,
    now_ms: u64,
    out: *mut *mut mqc_server,
) -> mqc_status {
    // SAFETY: the caller's promise about `out`.
    unsafe {
        object::create(out, || {
            // SAFETY: the caller's promise about `config`.
            let config = config::server(config)?;
            let session = ServerSession::new(config, at(now_ms));
            Ok(mqc_server(Side::new(session, Version::V5, Tokens::default())))
        })
    }
}

/// Says, before mqc_server_accept() without a state, which was the last change that the store has
/// of a session in whose place this one comes: `persist_after` of the configuration, once it is
/// known who connects.
///
/// @param session   made with mqc_server_new()
/// @param seq       the number of that change
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_persist_after(
    session: *mut mqc_server,
    seq: u64,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::tell(session, |it| it.persist_after(seq)) }
}

/// Accepts the client, with the state of its session if there is one. What this server offers is in
/// the properties of CONNACK; the Maximum Packet Size of the configuration is added to them (5.0).
///
/// @param session   made with mqc_server_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param connack   borrowed during the call, with what it points to; `session_present` says
///                  whether there is a state
/// @param state     taken with MQC_OK: of no use any more, and still to be freed; NULL for a new
///                  session
///
/// Ownership: `connack` is borrowed during the call, with what it points to; what `state` has is
///   taken with MQC_OK, and stays in it otherwise.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_FENCED;
///   MQC_NOT_ALLOWED if there is no CONNECT to be answered, the code is no success, Session Present
///   does not say whether there is a state, there is one although CONNECT has Clean Start, the
///   authentication method is not that of CONNECT, or a 5.0 client without an identifier is not
///   assigned one; MQC_NOT_SUPPORTED for a will that is beyond what CONNACK offers;
///   MQC_PACKET_TOO_LARGE, MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes + messages), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures and objects, and their views to their bytes; no
/// other thread uses `session` or `state`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_accept(
    session: *mut mqc_server,
    now_ms: u64,
    connack: *const mqc_connack,
    state: *mut mqc_session_state,
) -> mqc_status {
    let body = |side: &mut Side<ServerSession>| {
        // SAFETY: the caller's promise.
        let connack = unsafe { read_connack(connack)? };
        side.session()?;
        if state.is_null() {
            let accept = |session: &mut ServerSession| {
                session.accept(at(now_ms), &connack, None).map_err(|refused| refused.error)
            };
            return side.command(accept);
        }
        // SAFETY: the caller's promise.
        let (core, tokens) = unsafe { mqc_session_state::take(state)? };
        match side.session_mut()?.accept(at(now_ms), &connack, Some(core)) {
            Ok(()) => {
                side.tokens.go_on(tokens);
                Ok(())
            }
            Err(AcceptRefused { error, state: core }) => {
                // SAFETY: as above.
                unsafe { mqc_session_state::put_back(state, core, tokens) };
                Err(side.refuse(&error))
            }
        }
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// # Safety
/// `connack` is NULL or points to such a packet, and its view to its bytes.
unsafe fn read_connack<'a>(connack: *const mqc_connack) -> Result<ConnAck<'a>, mqc_status> {
    // SAFETY: the caller's promise.
    match unsafe { whole(MQC_PACKET_CONNACK, connack)? } {
        Packet::ConnAck(connack) => Ok(connack),
        _ => Err(MQC_INVALID_ARGUMENT),
    }
}

/// Refuses the client and ends the connection.
///
/// @param session   made with mqc_server_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param connack   borrowed during the call, with what it points to
///
/// Ownership: `connack` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT; MQC_NOT_ALLOWED if
///   there is no CONNECT to be answered, or the code is a success; MQC_PACKET_TOO_LARGE,
///   MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_refuse(
    session: *mut mqc_server,
    now_ms: u64,
    connack: *const mqc_connack,
) -> mqc_status {
    let body = |side: &mut Side<ServerSession>| {
        // SAFETY: the caller's promise.
        let connack = unsafe { read_connack(connack)? };
        side.command(|session| session.refuse(at(now_ms), &connack))
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// Sends a message to the client; `token` comes back with what becomes of it, for QoS 1 and 2.
///
/// Its packet identifier and DUP are the session's: both are to be 0. A topic alias that
/// the caller sets must be one that the peer takes.
///
/// @param session    made with mqc_server_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param publish    borrowed during the call, with what it points to
/// @param token      the caller's number for it
/// @param when_full  what to do if it cannot be sent now: `MQC_WHEN_FULL_*`
/// @param out        written with MQC_OK; may be NULL
///
/// Ownership: `publish` is copied before return, with what it points to.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and
///   mqc_server_poll_persist() gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_WOULD_BLOCK,
///   MQC_QUIESCING, MQC_FENCED; MQC_NOT_SUPPORTED: the client does not take this
///   alias;
///   MQC_NOT_CONNECTED: it was not to wait; MQC_NOT_ALLOWED: a packet identifier or DUP is set;
///   MQC_PACKET_TOO_LARGE, MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written or kept. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_deliver(
    session: *mut mqc_server,
    now_ms: u64,
    publish: *const mqc_publish,
    token: u64,
    when_full: mqc_when_full,
    out: *mut mqc_publish_result,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { message::send(session, now_ms, publish, token, when_full, out) }
}

/// As mqc_server_deliver(), with a payload that is shared: from 2 KiB on it is not copied, but kept
/// and sent as it is. That of `publish` is to be empty.
///
/// @param session    made with mqc_server_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param publish    borrowed during the call, with what it points to
/// @param payload    made with mqc_payload_new(); may be freed after the call
/// @param token      the caller's number for it
/// @param when_full  what to do if it cannot be sent now: `MQC_WHEN_FULL_*`
/// @param out        written with MQC_OK; may be NULL
///
/// Ownership: `publish` is copied before return, with what it points to; the session has a part in
///   the bytes of `payload`, which stays the caller's.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and
///   mqc_server_poll_persist() gave ends.
/// Threads: one at a time for each session; several may share `payload` while none frees it.
/// Errors: as mqc_server_deliver(); MQC_NOT_ALLOWED also if `publish` has a payload.
/// Cost: O(bytes without those of a payload of 2 KiB or more), allocates for what is written or
///   kept. Since 0.1.
///
/// # Safety
/// As mqc_server_deliver(); `payload` is NULL or points to such an object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_deliver_payload(
    session: *mut mqc_server,
    now_ms: u64,
    publish: *const mqc_publish,
    payload: *const mqc_payload,
    token: u64,
    when_full: mqc_when_full,
    out: *mut mqc_publish_result,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { message::send_payload(session, now_ms, publish, payload, token, when_full, out) }
}

/// Sends messages in order up to the first that is not taken; says how many.
///
/// @param session    made with mqc_server_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param messages   borrowed during the call, with what they point to
/// @param tokens     the caller's number for each of them; NULL for 0
/// @param count      messages
/// @param when_full  what to do if one cannot be sent now: `MQC_WHEN_FULL_*`
/// @param taken      written with MQC_OK, and with the error of a message: how many were taken
///                   before
///
/// Ownership: the messages are copied before return, with what they point to.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and
///   mqc_server_poll_persist() gave ends.
/// Threads: one at a time for each object.
/// Errors: as mqc_server_deliver(): those of the first message that is not taken.
/// Cost: O(bytes), allocates for what is written or kept. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to as many such structures, and their views to their bytes; no other
/// thread uses `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_deliver_all(
    session: *mut mqc_server,
    now_ms: u64,
    messages: *const mqc_publish,
    tokens: *const u64,
    count: usize,
    when_full: mqc_when_full,
    taken: *mut usize,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { message::send_all(session, now_ms, (messages, tokens, count), when_full, taken) }
}

/// Answers a SUBSCRIBE.
///
/// @param session   made with mqc_server_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param suback    borrowed during the call, with what it points to
///
/// Ownership: `suback` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT; MQC_UNKNOWN_TOKEN if no
///   such request with this identifier waits; MQC_NOT_ALLOWED if it has another number of filters,
///   or asks for a lower QoS; MQC_PACKET_TOO_LARGE, MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_suback(
    session: *mut mqc_server,
    now_ms: u64,
    suback: *const mqc_filter_ack,
) -> mqc_status {
    let body = |side: &mut Side<ServerSession>| {
        // SAFETY: the caller's promise.
        let packet = unsafe { whole(MQC_PACKET_SUBACK, suback)? };
        let Packet::SubAck(suback) = packet else { return Err(MQC_INVALID_ARGUMENT) };
        side.command(|session| session.suback(at(now_ms), &suback))
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// Answers an UNSUBSCRIBE. Before 5.0 the answer has no codes.
///
/// @param session   made with mqc_server_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param unsuback  borrowed during the call, with what it points to
///
/// Ownership: `unsuback` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: as mqc_server_suback().
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// As mqc_server_suback().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_unsuback(
    session: *mut mqc_server,
    now_ms: u64,
    unsuback: *const mqc_filter_ack,
) -> mqc_status {
    let body = |side: &mut Side<ServerSession>| {
        // SAFETY: the caller's promise.
        let packet = unsafe { whole(MQC_PACKET_UNSUBACK, unsuback)? };
        let Packet::UnsubAck(unsuback) = packet else { return Err(MQC_INVALID_ARGUMENT) };
        side.command(|session| session.unsuback(at(now_ms), &unsuback))
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// Ends the connection because another one has the session now.
///
/// @param session   made with mqc_server_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what mqc_server_poll_event(), mqc_server_transmit_peek() and mqc_server_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_SPENT or MQC_NOT_CONNECTED.
/// Cost: O(1), allocates for what is written. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_take_over(session: *mut mqc_server, now_ms: u64) -> mqc_status {
    let body =
        |side: &mut Side<ServerSession>| side.command(|session| session.take_over(at(now_ms)));
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// The will, if it is to be published: when the connection has ended, and after its delay, unless
/// the client has come back to the session by then. There is none after a refusal, after a
/// DISCONNECT that takes it back, and when it had none: then `out->has_will` is 0.
///
/// @param session   made with mqc_server_new()
/// @param out       written with MQC_OK
///
/// Ownership: the bytes that `*out` views are the session's.
/// Lifetime: the views in `*out` live until the next call with `session` that is not `const`.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(bytes of the will), no allocation. Since 0.1.
///
/// # Safety
/// `session` is NULL or points to such an object, which no other thread changes; `out` is NULL or
/// points to such a place.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_will(
    session: *const mqc_server,
    out: *mut mqc_will,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::get(session, out, |it| mqc_will::of(it.will(), it.will_delay())) }
}

/// For how long the session is kept when the connection ends, in seconds; UINT32_MAX for ever. In
/// 3.1 and 3.1.1 for ever, or not at all with a clean session.
///
/// @param session   made with mqc_server_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER, MQC_POISONED or MQC_SPENT.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// As mqc_server_will().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_server_session_expiry(
    session: *const mqc_server,
    out: *mut u32,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { shared::get(session, out, ServerSession::session_expiry) }
}
