//! A client's session: what it is told to do.

use super::config::{self, mqc_client_config, mqc_when_full};
use super::message::{self, mqc_publish_result};
use super::payload::mqc_payload;
use super::shared::{Handle, Side, at, change};
use super::tokens::Tokens;
use crate::{
    boundary::{Outcome, required},
    mqc_bytes, mqc_connect, mqc_publish, mqc_session_state, mqc_status, mqc_subscription,
    object::{self, Object},
    packet,
};
use mqtt_core::{
    ClientSession, PacketId, PacketType, Subscribe, Subscriptions, TopicFilters, Unsubscribe,
};

/// The client's side of a session, over any number of connections.
///
/// It does no I/O and has no clock: bytes go in and out by hand, and each call is told what time it
/// is. Messages that wait or are open outlive a connection.
pub struct mqc_client(Object<Side<ClientSession>>);

impl Handle for mqc_client {
    type Session = ClientSession;
    fn object(&self) -> &Object<Side<ClientSession>> {
        &self.0
    }
    fn object_mut(&mut self) -> &mut Object<Side<ClientSession>> {
        &mut self.0
    }
}

/// Makes a session that has not been connected.
///
/// @param config    borrowed during the call; NULL for the defaults
/// @param out       written with MQC_OK
///
/// Ownership: `config` is copied before return; `*out` is the caller's, to be freed with
///   mqc_client_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// `config` is NULL or points to as many bytes as its first field says, `out` is NULL or points to
/// a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_new(
    config: *const mqc_client_config,
    out: *mut *mut mqc_client,
) -> mqc_status {
    // SAFETY: the caller's promise about `out`.
    unsafe {
        object::create(out, || {
            // SAFETY: the caller's promise about `config`.
            let config = config::client(config)?;
            let version = config.version;
            Ok(mqc_client(Side::new(ClientSession::new(config), version, Tokens::default())))
        })
    }
}

/// Makes a session that goes on with the state of another, and has not been connected. The next
/// CONNECT is to ask for it: with `clean_start` 0.
///
/// @param config    borrowed during the call; NULL for the defaults
/// @param state     taken with MQC_OK: of no use any more, and still to be freed
/// @param out       written with MQC_OK
///
/// Ownership: `config` is copied before return; what `state` has is taken; `*out` is the caller's,
///   to be freed with mqc_client_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, or MQC_SPENT for a state that was
///   taken before.
/// Cost: O(messages), allocates the object. Since 0.1.
///
/// # Safety
/// As mqc_client_new(); `state` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_resume(
    config: *const mqc_client_config,
    state: *mut mqc_session_state,
    out: *mut *mut mqc_client,
) -> mqc_status {
    let make = || {
        // SAFETY: the caller's promise about `config`.
        let config = unsafe { config::client(config)? };
        let version = config.version;
        // SAFETY: the caller's promise about `state`.
        let (state, tokens) = unsafe { mqc_session_state::take(state)? };
        Ok(mqc_client(Side::new(ClientSession::resume(config, state), version, tokens)))
    };
    // SAFETY: the caller's promise about `out`.
    unsafe { object::create(out, make) }
}

/// Begins a connection: the transport is up, and CONNECT is to be the first packet on it. The
/// Maximum Packet Size of the configuration is added to its properties (5.0).
///
/// @param session   made with mqc_client_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param connect   borrowed during the call, with what it points to; `MQC_VERSION_UNKNOWN` stands
///                  for the version of the configuration
///
/// Ownership: `connect` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_CONNECTED,
///   MQC_FENCED; MQC_NOT_ALLOWED for another version than that of the configuration, or while
///   events of the last connection wait; MQC_ERR_ENCODE_* or MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_connect(
    session: *mut mqc_client,
    now_ms: u64,
    connect: *const mqc_connect,
) -> mqc_status {
    let body = |side: &mut Side<ClientSession>| {
        required(connect)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let connect = unsafe { packet::connect(&*connect, side.version)? };
        side.command(|session| session.connect(at(now_ms), &connect))
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// Sends a message; `token` comes back with what becomes of it, for QoS 1 and 2.
///
/// Before the connection is up it waits in the queue. Its packet identifier and DUP are the
/// session's: both are to be 0. A topic alias that the caller sets must be one that the peer takes.
///
/// @param session    made with mqc_client_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param publish    borrowed during the call, with what it points to
/// @param token      the caller's number for it
/// @param when_full  what to do if it cannot be sent now: `MQC_WHEN_FULL_*`
/// @param out        written with MQC_OK; may be NULL
///
/// Ownership: `publish` is copied before return, with what it points to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and
///   mqc_client_poll_persist() gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_WOULD_BLOCK,
///   MQC_QUIESCING, MQC_FENCED; MQC_NOT_SUPPORTED: the server does not take this QoS, retained
///   messages or this alias; MQC_NOT_CONNECTED: it was not to wait; MQC_NOT_ALLOWED: a packet
///   identifier, DUP or a subscription identifier is set; MQC_PACKET_TOO_LARGE, MQC_ERR_ENCODE_* or
///   MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written or kept. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_publish(
    session: *mut mqc_client,
    now_ms: u64,
    publish: *const mqc_publish,
    token: u64,
    when_full: mqc_when_full,
    out: *mut mqc_publish_result,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { message::send(session, now_ms, publish, token, when_full, out) }
}

/// As mqc_client_publish(), with a payload that is shared: from 2 KiB on it is not copied, but kept
/// and sent as it is. That of `publish` is to be empty.
///
/// @param session    made with mqc_client_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param publish    borrowed during the call, with what it points to
/// @param payload    made with mqc_payload_new(); may be freed after the call
/// @param token      the caller's number for it
/// @param when_full  what to do if it cannot be sent now: `MQC_WHEN_FULL_*`
/// @param out        written with MQC_OK; may be NULL
///
/// Ownership: `publish` is copied before return, with what it points to; the session has a part in
///   the bytes of `payload`, which stays the caller's.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and
///   mqc_client_poll_persist() gave ends.
/// Threads: one at a time for each session; several may share `payload` while none frees it.
/// Errors: as mqc_client_publish(); MQC_NOT_ALLOWED also if `publish` has a payload.
/// Cost: O(bytes without those of a payload of 2 KiB or more), allocates for what is written or
///   kept. Since 0.1.
///
/// # Safety
/// As mqc_client_publish(); `payload` is NULL or points to such an object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_publish_payload(
    session: *mut mqc_client,
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
/// @param session    made with mqc_client_new()
/// @param now_ms     what time it is, on the caller's monotonic clock
/// @param messages   borrowed during the call, with what they point to
/// @param tokens     the caller's number for each of them; NULL for 0
/// @param count      messages
/// @param when_full  what to do if one cannot be sent now: `MQC_WHEN_FULL_*`
/// @param taken      written with MQC_OK, and with the error of a message: how many were taken
///                   before
///
/// Ownership: the messages are copied before return, with what they point to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and
///   mqc_client_poll_persist() gave ends.
/// Threads: one at a time for each object.
/// Errors: as mqc_client_publish(): those of the first message that is not taken.
/// Cost: O(bytes), allocates for what is written or kept. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to as many such structures, and their views to their bytes; no other
/// thread uses `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_publish_all(
    session: *mut mqc_client,
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

/// Subscribes; the packet identifier is chosen here. `MQC_EVENT_SUBSCRIBED` has `token`.
///
/// @param session        made with mqc_client_new()
/// @param now_ms         what time it is, on the caller's monotonic clock
/// @param subscriptions  borrowed during the call, with what they point to
/// @param count          subscriptions: one or more
/// @param properties     as those of mqc_publish; borrowed during the call
/// @param token          the caller's number for it
/// @param packet_id      written with MQC_OK; may be NULL
///
/// Ownership: `subscriptions` and `properties` are borrowed during the call, with what they point
///   to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_SPENT, MQC_NOT_CONNECTED,
///   MQC_QUIESCING, MQC_WOULD_BLOCK; MQC_NOT_SUPPORTED for wildcards, shared subscriptions and
///   identifiers that the server does not take; MQC_PACKET_TOO_LARGE, MQC_ERR_ENCODE_* or
///   MQC_ERR_*.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to as many such structures, and their views to their bytes; no other
/// thread uses `session`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_subscribe(
    session: *mut mqc_client,
    now_ms: u64,
    subscriptions: *const mqc_subscription,
    count: usize,
    properties: mqc_bytes,
    token: u64,
    packet_id: *mut u16,
) -> mqc_status {
    let body = |side: &mut Side<ClientSession>| {
        // SAFETY: the caller's promise, for both.
        let (list, properties) = unsafe {
            let list = each(subscriptions, count, |it| it.core())?;
            (list, packet::properties(properties, PacketType::Subscribe)?)
        };
        let filters: Subscriptions<'_> = Subscriptions::new(&list);
        let subscribe = Subscribe { properties, filters, ..Subscribe::new(PacketId::MIN) };
        let id = side.command(|session| session.subscribe(at(now_ms), &subscribe, token))?;
        // SAFETY: the caller's promise.
        unsafe { give(id, packet_id) }
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// Unsubscribes; the packet identifier is chosen here. `MQC_EVENT_UNSUBSCRIBED` has `token`.
///
/// @param session     made with mqc_client_new()
/// @param now_ms      what time it is, on the caller's monotonic clock
/// @param filters     UTF-8, borrowed during the call, with what they point to
/// @param count       filters: one or more
/// @param properties  as those of mqc_publish; borrowed during the call
/// @param token       the caller's number for it
/// @param packet_id   written with MQC_OK; may be NULL
///
/// Ownership: `filters` and `properties` are borrowed during the call, with what they point to.
/// Lifetime: what mqc_client_poll_event(), mqc_client_transmit_peek() and mqc_client_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: as mqc_client_subscribe().
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// As mqc_client_subscribe().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_client_unsubscribe(
    session: *mut mqc_client,
    now_ms: u64,
    filters: *const mqc_bytes,
    count: usize,
    properties: mqc_bytes,
    token: u64,
    packet_id: *mut u16,
) -> mqc_status {
    let body = |side: &mut Side<ClientSession>| {
        // SAFETY: the caller's promise, for both.
        let (list, properties) = unsafe {
            let list = each(filters, count, |it| packet::text(it))?;
            (list, packet::properties(properties, PacketType::Unsubscribe)?)
        };
        let filters = TopicFilters::new(&list);
        let unsubscribe = Unsubscribe { properties, filters, ..Unsubscribe::new(PacketId::MIN) };
        let id = side.command(|session| session.unsubscribe(at(now_ms), &unsubscribe, token))?;
        // SAFETY: the caller's promise.
        unsafe { give(id, packet_id) }
    };
    // SAFETY: the caller's promise.
    unsafe { change(session, body) }
}

/// # Safety
/// `out` is NULL or points to a writable number.
unsafe fn give(id: PacketId, out: *mut u16) -> Outcome {
    if !out.is_null() {
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(id.get()) };
    }
    Ok(())
}

/// The core's view of each value of an array.
///
/// # Safety
/// `values` is NULL or points to so many of them.
unsafe fn each<T: Copy, U>(
    values: *const T,
    count: usize,
    view: impl Fn(T) -> Result<U, mqc_status>,
) -> Result<Vec<U>, mqc_status> {
    // SAFETY: the caller's promise.
    unsafe { message::array(values, count)? }.iter().map(|it| view(*it)).collect()
}
