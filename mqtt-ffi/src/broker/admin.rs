//! What the caller of a broker does itself.

use super::{Core, at, change, config, get, mqc_authorization, mqc_broker, mqc_conn, of_error};
use crate::{
    MQC_INVALID_ARGUMENT, MQC_PACKET_DISCONNECT, boundary::required, mqc_acl, mqc_bytes,
    mqc_disconnect, mqc_publish, mqc_status, mqc_subscription, packet, session, status,
};
use mqtt_core::{ConnId, Disconnect, InsideId, Packet, TopicFilter};

/// Publishes a message of the caller's. Topics that begin with `$` are the caller's too.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param publish   without DUP and packet identifier, whatever its QoS
/// @param receivers written with MQC_OK: how many get it, or will; may be NULL
///
/// Ownership: `publish` is copied before return, with what it points to.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED; MQC_NOT_ALLOWED for DUP or a
///   packet identifier; the MQC_ERR_* of a message that is not legal.
/// Cost: O(bytes + receivers), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_publish(
    broker: *mut mqc_broker,
    now_ms: u64,
    publish: *const mqc_publish,
    receivers: *mut usize,
) -> mqc_status {
    let body = |broker: &mut Core| {
        required(publish)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let publish = unsafe { packet::publish(publish)? };
        let count = broker.publish(at(now_ms), &publish).map_err(|error| of_error(&error))?;
        if !receivers.is_null() {
            // SAFETY: not NULL; the rest is the caller's promise.
            unsafe { receivers.write(count) };
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// Subscribes for the caller: messages come as `MQC_BROKER_EVENT_MESSAGE`. Retained messages do
/// not: mqc_broker_retained().
///
/// @param broker    made with mqc_broker_new()
/// @param subscription topic filter and options
/// @param token     given back with each message
/// @param out       written with MQC_OK: names the subscription for mqc_broker_unsubscribe()
///
/// Ownership: `subscription` is copied before return, with what it points to.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED, MQC_FULL, MQC_ERR_UTF8, or the
///   MQC_ERR_* of a filter that is not legal.
/// Cost: O(levels), allocates for what is kept. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_subscribe(
    broker: *mut mqc_broker,
    subscription: *const mqc_subscription,
    token: u64,
    out: *mut u64,
) -> mqc_status {
    let body = |broker: &mut Core| {
        required(subscription)?;
        required(out)?;
        // SAFETY: not NULL; the rest is the caller's promise.
        let subscription = unsafe { (*subscription).core()? };
        let filter = TopicFilter::new(subscription.filter);
        let filter = filter.map_err(|error| status::of_topic_error(&error))?;
        let id = broker.subscribe(filter, subscription.options, token);
        let id = id.map_err(|error| of_error(&error))?;
        // SAFETY: as above.
        unsafe { out.write(id.as_u64()) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// Ends a subscription of the caller's.
///
/// @param broker    made with mqc_broker_new()
/// @param id        from mqc_broker_subscribe()
/// @param was_there written with MQC_OK: 1 if there was one, else 0; may be NULL
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(levels), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_unsubscribe(
    broker: *mut mqc_broker,
    id: u64,
    was_there: *mut u8,
) -> mqc_status {
    let body = |broker: &mut Core| {
        let was = broker.unsubscribe(InsideId::from(id));
        // SAFETY: the caller's promise.
        unsafe { tell(was, was_there) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// # Safety
/// `out` is NULL or points to a writable byte.
unsafe fn tell(truth: bool, out: *mut u8) {
    if !out.is_null() {
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(u8::from(truth)) };
    }
}

/// # Safety
/// `disconnect` is NULL or points to such a packet, and its view to its bytes.
unsafe fn read<'a>(disconnect: *const mqc_disconnect) -> Result<Disconnect<'a>, mqc_status> {
    // SAFETY: the caller's promise.
    match unsafe { session::whole(MQC_PACKET_DISCONNECT, disconnect)? } {
        Packet::Disconnect(disconnect) => Ok(disconnect),
        _ => Err(MQC_INVALID_ARGUMENT),
    }
}

/// Ends a connection: with DISCONNECT, if the client speaks 5.0 and is connected. Its session and its will stay or
/// go as if it had been lost.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param disconnect what the client is told
///
/// Ownership: `disconnect` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED; MQC_UNKNOWN if the connection is
///   over; the MQC_ERR_* of what cannot be written.
/// Cost: O(what waits), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_disconnect(
    broker: *mut mqc_broker,
    conn: mqc_conn,
    now_ms: u64,
    disconnect: *const mqc_disconnect,
) -> mqc_status {
    let body = |broker: &mut Core| {
        // SAFETY: the caller's promise.
        let disconnect = unsafe { read(disconnect)? };
        let ended = broker.disconnect(ConnId::from(conn), at(now_ms), &disconnect);
        ended.map_err(|error| of_error(&error))
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// Ends a session and what belongs to it, with its connection if it has one.
///
/// @param broker    made with mqc_broker_new()
/// @param client_id UTF-8
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param was_there written with MQC_OK: 1 if there was one, else 0; may be NULL
///
/// Ownership: `client_id` is borrowed during the call.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED or MQC_ERR_UTF8.
/// Cost: O(what it has), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects, `client_id` to its bytes; no other thread uses
/// `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_drop_session(
    broker: *mut mqc_broker,
    client_id: mqc_bytes,
    now_ms: u64,
    was_there: *mut u8,
) -> mqc_status {
    let body = |broker: &mut Core| {
        // SAFETY: the caller's promise.
        let client_id = unsafe { packet::text(client_id)? };
        let was = broker.drop_session(client_id, at(now_ms));
        // SAFETY: as above.
        unsafe { tell(was, was_there) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// Ends all connections and takes no more.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param disconnect what 5.0 clients are told, such as 0x8B: Server shutting down
///
/// Ownership: `disconnect` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(connections), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_shut_down(
    broker: *mut mqc_broker,
    now_ms: u64,
    disconnect: *const mqc_disconnect,
) -> mqc_status {
    let body = |broker: &mut Core| {
        // SAFETY: the caller's promise.
        let disconnect = unsafe { read(disconnect)? };
        broker.shut_down(at(now_ms), &disconnect);
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// The client identifier of a connection; no bytes if the connection is over, or nobody has been
/// let in on it.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param out       written with MQC_OK
///
/// Ownership: the bytes are the broker's.
/// Lifetime: the view lives until the next call with `broker` that is not `const`.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_client_id(
    broker: *const mqc_broker,
    conn: mqc_conn,
    out: *mut mqc_bytes,
) -> mqc_status {
    let name = |broker: &Core| {
        let name = broker.client_id(ConnId::from(conn)).unwrap_or_default();
        mqc_bytes::of(name.as_bytes())
    };
    // SAFETY: the caller's promise.
    unsafe { get(broker, out, name) }
}

/// Says who may publish and subscribe to what from now on. Subscriptions that there are stay.
///
/// @param broker    made with mqc_broker_new()
/// @param authorization `MQC_AUTHORIZATION_*`
/// @param acl       the rules, with `MQC_AUTHORIZATION_ACL`; else NULL
///
/// Ownership: `acl` is copied before return.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(rules), allocates the copy. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_set_authorization(
    broker: *mut mqc_broker,
    authorization: mqc_authorization,
    acl: *const mqc_acl,
) -> mqc_status {
    let body = |broker: &mut Core| {
        // SAFETY: the caller's promise.
        broker.set_authorization(unsafe { config::authorization(authorization, acl)? });
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// What a broker has, and has done since it was made.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_broker_stats {
    /// Connections, also those whose CONNECT is to come.
    pub connections: u64,
    /// Sessions, with a connection or without.
    pub sessions: u64,
    /// Clients that are connected.
    pub connected: u64,
    /// Subscriptions.
    pub subscriptions: u64,
    /// Retained messages.
    pub retained: u64,
    /// Bytes of their payloads and properties.
    pub retained_bytes: u64,
    /// Bytes of messages that wait for receivers or for their acknowledgement.
    pub queued_bytes: u64,
    /// Clients that were let in.
    pub connects: u64,
    /// Clients that were refused.
    pub refused: u64,
    /// Connections whose client identifier another one has taken.
    pub takeovers: u64,
    /// Bytes that came.
    pub bytes_received: u64,
    /// Messages that came.
    pub messages_received: u64,
    /// Messages that went out.
    pub messages_sent: u64,
    /// Messages of QoS 0 for clients that were away.
    pub dropped_offline: u64,
    /// Messages for which there was no room.
    pub dropped_full: u64,
    /// Messages larger than their receivers take.
    pub dropped_too_large: u64,
    /// Messages that their receivers have refused.
    pub dropped_refused: u64,
    /// Messages whose time was over.
    pub dropped_expired: u64,
    /// What clients wanted to do and were not allowed to.
    pub not_authorized: u64,
    /// How often a publisher was made to wait for a receiver.
    pub publisher_waits: u64,
    /// Wills that were published.
    pub wills: u64,
    /// Sessions whose time was over.
    pub sessions_expired: u64,
}

/// What a broker has, and has done since it was made.
///
/// @param broker    made with mqc_broker_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_stats_get(
    broker: *const mqc_broker,
    out: *mut mqc_broker_stats,
) -> mqc_status {
    let stats = |broker: &Core| {
        let stats = broker.stats();
        mqc_broker_stats {
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
    };
    // SAFETY: the caller's promise.
    unsafe { get(broker, out, stats) }
}

/// The memory that a broker has, in bytes: about.
///
/// @param broker    made with mqc_broker_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(connections + sessions), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_heap_bytes(
    broker: *const mqc_broker,
    out: *mut usize,
) -> mqc_status {
    // SAFETY: the caller's promise.
    unsafe { get(broker, out, Core::heap_bytes) }
}
