//! Connections of a broker: bytes in, bytes out, deadlines.

use super::{
    Core, Engine, at, change, config, get, mqc_broker, mqc_broker_config, mqc_conn, of_error,
};
use crate::{
    MQC_INVALID_ARGUMENT,
    boundary::{input, required},
    mqc_bytes, mqc_status,
    object::{self, Object},
    session,
};
use bytes::Buf as _;
use mqtt_core::{ConnId, Instant};

/// Makes a broker without clients.
///
/// @param config    borrowed during the call, with what it points to; NULL for the defaults
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param out       written with MQC_OK
///
/// Ownership: `config` is copied before return; `*out` is the caller's, to be freed with
///   mqc_broker_free().
/// Lifetime: `*out` lives until it is freed.
/// Threads: any.
/// Errors: MQC_NULL_POINTER or MQC_INVALID_ARGUMENT.
/// Cost: O(1), allocates the object. Since 0.1.
///
/// # Safety
/// `config` is NULL or points to as many bytes as its first field says, `out` is NULL or points to
/// a writable pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_new(
    config: *const mqc_broker_config,
    now_ms: u64,
    out: *mut *mut mqc_broker,
) -> mqc_status {
    // SAFETY: the caller's promises.
    unsafe {
        object::create(out, || {
            let broker = Core::new(config::read(config)?, at(now_ms));
            Ok(mqc_broker(Object::new(Engine { broker, scratch: Vec::new() })))
        })
    }
}

/// Frees a broker with all its connections and sessions; NULL is fine.
///
/// @param broker    of no use after the call
///
/// Ownership: `broker` is taken.
/// Lifetime: what came from it ends.
/// Threads: one at a time for each object.
/// Errors: none.
/// Cost: O(all it has). Since 0.1.
///
/// # Safety
/// `broker` is NULL or came from mqc_broker_new() or mqc_broker_restore(), and is not used any
/// more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_free(broker: *mut mqc_broker) {
    // SAFETY: the caller's promise.
    unsafe { object::free(broker) }
}

/// A connection has been opened: its transport carries bytes.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param out       written with MQC_OK: never `MQC_CONN_NONE`
///
/// Ownership: `*out` is a number; it is not used for another
///   connection before 2^32 others.
/// Lifetime: it means something until mqc_broker_handle_eof(), and what was to be sent has been
///   sent.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, MQC_FULL or MQC_SHUTTING_DOWN: the transport is to be
///   closed.
/// Cost: O(1), allocates the connection. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_open(
    broker: *mut mqc_broker,
    now_ms: u64,
    out: *mut mqc_conn,
) -> mqc_status {
    let body = |broker: &mut Core| {
        required(out)?;
        let conn = broker.open(at(now_ms)).map_err(|error| of_error(&error))?;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(conn.as_u64()) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// Hands over what has come on a connection. What is not taken is to be handed over again, when
/// mqc_broker_wants_input() says so or something has been sent; of a connection that is over, all
/// is taken and nothing read.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param data      NULL only if `len` is 0
/// @param len       bytes at `data`
/// @param taken     written with MQC_OK: how many of them were taken
///
/// Ownership: `data` is copied, as far as it is taken.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT or MQC_POISONED.
/// Cost: O(bytes and what they ask for), allocates for what that makes. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_handle_input(
    broker: *mut mqc_broker,
    conn: mqc_conn,
    now_ms: u64,
    data: *const u8,
    len: usize,
    taken: *mut usize,
) -> mqc_status {
    let body = |broker: &mut Core| {
        required(taken)?;
        // SAFETY: the caller's promise about `data`.
        let data = unsafe { input(data, len)? };
        let count = broker.handle_input(ConnId::from(conn), at(now_ms), data);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { taken.write(count) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// How many bytes of a connection would be taken now, at least; 0 if none, or the connection is
/// over.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_wants_input(
    broker: *mut mqc_broker,
    conn: mqc_conn,
    out: *mut usize,
) -> mqc_status {
    let body = |broker: &mut Core| {
        required(out)?;
        let count = broker.wants_input(ConnId::from(conn));
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(count) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// The transport of a connection is gone: nothing more comes, and nothing can be sent. If nobody
/// has said goodbye, the will is published.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(what waits), allocates for what that makes. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_handle_eof(
    broker: *mut mqc_broker,
    conn: mqc_conn,
    now_ms: u64,
) -> mqc_status {
    let body = |broker: &mut Core| {
        // The second time says that nothing is taken any more.
        broker.handle_eof(ConnId::from(conn), at(now_ms));
        broker.handle_eof(ConnId::from(conn), at(now_ms));
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// Does what is due: keep alive, wills, sessions and messages whose time is over, `$SYS`. Too early
/// does nothing.
///
/// @param broker    made with mqc_broker_new()
/// @param now_ms    what time it is, on the caller's monotonic clock
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(what is due), allocates for what that makes. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_handle_timeout(
    broker: *mut mqc_broker,
    now_ms: u64,
) -> mqc_status {
    let body = |broker: &mut Core| {
        broker.handle_timeout(at(now_ms));
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// When mqc_broker_handle_timeout() is to be called next; `UINT64_MAX` if nothing is due at any
/// time. It may be sooner after any call.
///
/// @param broker    made with mqc_broker_new()
/// @param out       written with MQC_OK: milliseconds on the caller's clock
///
/// Ownership: nothing is kept.
/// Lifetime: nothing comes out that could end.
/// Threads: several may read at a time while none changes it.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(log(connections)), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread changes `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_poll_timeout(
    broker: *const mqc_broker,
    out: *mut u64,
) -> mqc_status {
    let due = |broker: &Core| broker.poll_timeout().map_or(u64::MAX, Instant::as_millis);
    // SAFETY: the caller's promise.
    unsafe { get(broker, out, due) }
}

/// The next connection that there is something to be done about: to send, to hand over more of its
/// input, or to close; `MQC_CONN_NONE` if there is none. It does not come again until there is
/// more.
///
/// @param broker    made with mqc_broker_new()
/// @param out       written with MQC_OK
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(1), no allocation. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_poll_writable(
    broker: *mut mqc_broker,
    out: *mut mqc_conn,
) -> mqc_status {
    let body = |broker: &mut Core| {
        required(out)?;
        let conn = broker.poll_writable().map_or(super::MQC_CONN_NONE, ConnId::as_u64);
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(conn) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// The next bytes for a connection, as far as they lie together; none if there is nothing to be
/// sent.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param out       written with MQC_OK
///
/// Ownership: the bytes are the broker's.
/// Lifetime: the view lives until the next call with `broker` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(messages that are written), allocates for these. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_transmit_peek(
    broker: *mut mqc_broker,
    conn: mqc_conn,
    out: *mut mqc_bytes,
) -> mqc_status {
    let body = |broker: &mut Core| {
        required(out)?;
        let piece = mqc_bytes::of(broker.transmit(ConnId::from(conn)).chunk());
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { out.write(piece) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// The next bytes for a connection in pieces, for a vectored write: at most 64.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param out       written with MQC_OK, `*count` views; NULL only if `capacity` is 0
/// @param capacity  views at `out`
/// @param count     written with MQC_OK
///
/// Ownership: the bytes are the broker's.
/// Lifetime: the views live until the next call with `broker` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(messages that are written + pieces), allocates for these. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to memory of the stated kind and size; no other thread uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_transmit_peek_vectored(
    broker: *mut mqc_broker,
    conn: mqc_conn,
    out: *mut mqc_bytes,
    capacity: usize,
    count: *mut usize,
) -> mqc_status {
    let body = |broker: &mut Core| {
        let transmit = broker.transmit(ConnId::from(conn));
        // SAFETY: the caller's promise.
        unsafe { session::write_pieces(&transmit, out, capacity, count) }
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// Says that so many bytes for a connection have been sent.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param count     bytes, no more than there are
///
/// Ownership: nothing is kept.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED, or MQC_INVALID_ARGUMENT if there are not so many.
/// Cost: O(pieces), no allocation. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_transmit_advance(
    broker: *mut mqc_broker,
    conn: mqc_conn,
    count: usize,
) -> mqc_status {
    let body = |broker: &mut Core| {
        let mut transmit = broker.transmit(ConnId::from(conn));
        if count > transmit.remaining() {
            return Err(MQC_INVALID_ARGUMENT);
        }
        transmit.advance(count);
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}
