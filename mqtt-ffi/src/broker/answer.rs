//! Answers to what a broker asks.

use super::{Core, at, change, mqc_broker, mqc_conn, of_error};
use crate::{
    MQC_INVALID_ARGUMENT, MQC_PACKET_CONNACK, mqc_bytes, mqc_connack, mqc_status, packet, session,
    types,
};
use mqtt_core::{Admission, ConnId, Packet, PacketType, ReasonCode};

/// What a client that is accepted is told beside what the broker says by itself. Zeroed memory says
/// nothing.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_admission {
    /// Another client identifier than its own, UTF-8: it is told, if it is a 5.0 client without one.
    pub client_id: mqc_bytes,
    /// Another user name than its own, UTF-8: for rules, questions, and as the one whose session it is.
    pub user_name: mqc_bytes,
    /// Further properties of CONNACK, or of the AUTH that ends a later authentication.
    pub properties: mqc_bytes,
    /// 1 if `client_id` is one, else 0.
    pub has_client_id: u8,
    /// 1 if `user_name` is one, else 0.
    pub has_user_name: u8,
    /// Zero.
    pub reserved: [u8; 6],
}

/// Lets a client in, or goes to the end of an authentication that began after CONNACK: answers
/// `MQC_BROKER_EVENT_AUTHENTICATE` and `MQC_BROKER_EVENT_AUTH`.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param admission NULL for nothing
///
/// Ownership: `admission` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED; MQC_UNKNOWN if the connection is
///   over, MQC_NOT_ASKED; the MQC_ERR_* of what cannot be written, MQC_PACKET_TOO_LARGE or
///   MQC_NOT_ALLOWED: then the question stands.
/// Cost: O(bytes + what waits), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_accept(
    broker: *mut mqc_broker,
    conn: mqc_conn,
    now_ms: u64,
    admission: *const mqc_admission,
) -> mqc_status {
    let body = |broker: &mut Core| {
        // SAFETY: the caller's promise.
        let admission = unsafe { read(admission)? };
        let accepted = broker.accept(ConnId::from(conn), at(now_ms), &admission);
        accepted.map_err(|error| of_error(&error))
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// # Safety
/// `admission` is NULL or points to such a structure, and its views to their bytes.
unsafe fn read<'a>(admission: *const mqc_admission) -> Result<Admission<'a>, mqc_status> {
    if admission.is_null() {
        return Ok(Admission::default());
    }
    // SAFETY: not NULL; the rest is the caller's promise, for all these.
    unsafe {
        let known = admission.read();
        let text = |is_there, bytes| match types::flag(is_there)? {
            true => packet::text(bytes).map(Some),
            false => Ok(None),
        };
        Ok(Admission {
            client_id: text(known.has_client_id, known.client_id)?,
            user_name: text(known.has_user_name, known.user_name)?,
            // The core says whether they go with what they are written into.
            properties: packet::properties(known.properties, PacketType::ConnAck)?,
        })
    }
}

/// Refuses a client: answers `MQC_BROKER_EVENT_AUTHENTICATE` with CONNACK, and
/// `MQC_BROKER_EVENT_AUTH` behind that with DISCONNECT of the same code. The connection ends.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param connack   with a code that is no success, of 5.0 or of 3.1.1 as the client speaks
///
/// Ownership: `connack` is borrowed during the call, with what it points to.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED; MQC_UNKNOWN if the connection is
///   over, MQC_NOT_ASKED; MQC_NOT_ALLOWED for success; the MQC_ERR_* of what cannot be written:
///   then the question stands.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such structures, and their views to their bytes; no other thread
/// uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_refuse(
    broker: *mut mqc_broker,
    conn: mqc_conn,
    now_ms: u64,
    connack: *const mqc_connack,
) -> mqc_status {
    let body = |broker: &mut Core| {
        // SAFETY: the caller's promise.
        let packet = unsafe { session::whole(MQC_PACKET_CONNACK, connack)? };
        let Packet::ConnAck(connack) = packet else { return Err(MQC_INVALID_ARGUMENT) };
        let refused = broker.refuse(ConnId::from(conn), at(now_ms), &connack);
        refused.map_err(|error| of_error(&error))
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// Goes on with an authentication: AUTH with Continue authentication (5.0).
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param properties a block for AUTH; the authentication method is added
///
/// Ownership: `properties` are borrowed during the call.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_INVALID_ARGUMENT, MQC_POISONED; MQC_UNKNOWN if the connection is
///   over, MQC_NOT_ASKED; MQC_NOT_ALLOWED if the client has named no method; the MQC_ERR_* of what
///   cannot be written: then the question stands.
/// Cost: O(bytes), allocates for what is written. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses, and `properties` to
/// its bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_challenge(
    broker: *mut mqc_broker,
    conn: mqc_conn,
    now_ms: u64,
    properties: mqc_bytes,
) -> mqc_status {
    let body = |broker: &mut Core| {
        // SAFETY: the caller's promise.
        let properties = unsafe { packet::properties(properties, PacketType::Auth)? };
        let challenged = broker.challenge(ConnId::from(conn), at(now_ms), properties);
        challenged.map_err(|error| of_error(&error))
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}

/// Says whether a client may publish or subscribe: answers `MQC_BROKER_EVENT_AUTHORIZE`.
///
/// @param broker    made with mqc_broker_new()
/// @param conn      the connection
/// @param now_ms    what time it is, on the caller's monotonic clock
/// @param reason_code 0 to allow it; else the code that the client is told, such as 0x87: Not
///                    authorized
///
/// Ownership: nothing is kept but the number.
/// Lifetime: what mqc_broker_poll_event(), mqc_broker_transmit_peek() and mqc_broker_poll_persist()
///   gave ends.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER, MQC_POISONED; MQC_UNKNOWN if the connection is over, MQC_NOT_ASKED.
/// Cost: O(receivers), allocates for what is written. Since 0.1.
///
/// # Safety
/// `broker` is NULL or points to such an object, which no other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_authorize(
    broker: *mut mqc_broker,
    conn: mqc_conn,
    now_ms: u64,
    reason_code: u8,
) -> mqc_status {
    let body = |broker: &mut Core| {
        let authorized = broker.authorize(ConnId::from(conn), at(now_ms), ReasonCode(reason_code));
        authorized.map_err(|error| of_error(&error))
    };
    // SAFETY: the caller's promise.
    unsafe { change(broker, body) }
}
