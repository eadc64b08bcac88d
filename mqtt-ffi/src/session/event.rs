//! What a session reports.

use super::tokens::mqc_ack_token;
use crate::{
    mqc_auth, mqc_bytes, mqc_connack, mqc_connect, mqc_decode_error, mqc_packet_type, mqc_publish,
    mqc_subscribe, mqc_unsubscribe,
};

/// What has happened.
pub type mqc_event_kind = u32;
/// Nothing: all has been polled.
pub const MQC_EVENT_NONE: mqc_event_kind = 0;
/// Client: the server has accepted the CONNECT: `connected`.
pub const MQC_EVENT_CONNECTED: mqc_event_kind = 1;
/// Server: a client wants to connect: `connect`. Answer with mqc_server_accept() or
/// mqc_server_refuse().
pub const MQC_EVENT_CONNECT: mqc_event_kind = 2;
/// A message has come: `message`.
pub const MQC_EVENT_MESSAGE: mqc_event_kind = 3;
/// A message of QoS 1 or 2 is done: the peer has it, or has refused it: `published`.
pub const MQC_EVENT_PUBLISHED: mqc_event_kind = 4;
/// A message is gone without having been delivered for certain: `dropped`.
pub const MQC_EVENT_DROPPED: mqc_event_kind = 5;
/// Another owner has the session, as the caller has said: `fenced`.
pub const MQC_EVENT_FENCED: mqc_event_kind = 6;
/// There is room again for what was turned away with `MQC_WOULD_BLOCK`. It has no fields.
pub const MQC_EVENT_WRITABLE: mqc_event_kind = 7;
/// Client: SUBSCRIBE is answered: `subscribed`.
pub const MQC_EVENT_SUBSCRIBED: mqc_event_kind = 8;
/// Client: UNSUBSCRIBE is answered: `unsubscribed`.
pub const MQC_EVENT_UNSUBSCRIBED: mqc_event_kind = 9;
/// Server: answer with mqc_server_suback(): `subscribe`.
pub const MQC_EVENT_SUBSCRIBE: mqc_event_kind = 10;
/// Server: answer with mqc_server_unsuback(): `unsubscribe`.
pub const MQC_EVENT_UNSUBSCRIBE: mqc_event_kind = 11;
/// One step of an enhanced authentication: `auth`.
pub const MQC_EVENT_AUTH: mqc_event_kind = 12;
/// The connection is over, the last event of it: `closed`. What is still to be sent goes out before
/// the transport is closed.
pub const MQC_EVENT_CLOSED: mqc_event_kind = 13;
/// Something that this header does not name. It may be passed over.
pub const MQC_EVENT_OTHER: mqc_event_kind = 255;

/// What became of the session of before.
pub type mqc_session_start = u32;
/// There was none, or none was asked for.
pub const MQC_SESSION_START_NEW: mqc_session_start = 0;
/// Both sides have it: open messages go on.
pub const MQC_SESSION_START_RESUMED: mqc_session_start = 1;
/// The server does not have it. Each open message is dropped, or published again as new, as was
/// configured.
pub const MQC_SESSION_START_LOST: mqc_session_start = 2;
/// Something that this header does not name.
pub const MQC_SESSION_START_OTHER: mqc_session_start = 255;

/// Why a message is gone.
pub type mqc_drop_reason = u32;
/// The server lost the session; whether the message was delivered is not known.
pub const MQC_DROP_SESSION_LOST: mqc_drop_reason = 1;
/// Its Message Expiry Interval ran out while it waited.
pub const MQC_DROP_EXPIRED: mqc_drop_reason = 2;
/// A newer message needed its room, or the state with which a session goes on has none for it.
pub const MQC_DROP_QUEUE_FULL: mqc_drop_reason = 3;
/// It is larger than the peer takes, which was not known when it was queued.
pub const MQC_DROP_TOO_LARGE: mqc_drop_reason = 4;
/// The peer does not take messages like it, which was not known when it was queued: QoS, retain.
pub const MQC_DROP_NOT_SUPPORTED: mqc_drop_reason = 5;
/// Something that this header does not name.
pub const MQC_DROP_OTHER: mqc_drop_reason = 255;

/// Why a connection has ended.
pub type mqc_close_reason = u32;
/// The transport came to its end without a word.
pub const MQC_CLOSE_EOF: mqc_close_reason = 1;
/// The caller said DISCONNECT, or refused the CONNECT.
pub const MQC_CLOSE_LOCAL: mqc_close_reason = 2;
/// The peer said DISCONNECT: `reason_code`, `properties`.
pub const MQC_CLOSE_DISCONNECT: mqc_close_reason = 3;
/// The server refused the CONNECT: `reason_code`, `properties` of its CONNACK.
pub const MQC_CLOSE_REFUSED: mqc_close_reason = 4;
/// The peer sent what is no legal packet: `decode_error`.
pub const MQC_CLOSE_MALFORMED: mqc_close_reason = 5;
/// The peer sent a legal packet that breaks the protocol here: `violation`.
pub const MQC_CLOSE_VIOLATION: mqc_close_reason = 6;
/// The peer has been silent for too long: `timer`.
pub const MQC_CLOSE_TIMEOUT: mqc_close_reason = 7;
/// Another connection took over the session.
pub const MQC_CLOSE_TAKEN_OVER: mqc_close_reason = 8;
/// Another owner took over the session.
pub const MQC_CLOSE_FENCED: mqc_close_reason = 9;
/// Something that this header does not name.
pub const MQC_CLOSE_OTHER: mqc_close_reason = 255;

/// How a peer broke the protocol with a legal packet.
pub type mqc_violation = u32;
/// It did not.
pub const MQC_VIOLATION_NONE: mqc_violation = 0;
/// A packet that has no place here: `packet_type`.
pub const MQC_VIOLATION_UNEXPECTED: mqc_violation = 1;
/// More QoS 1 and 2 messages than this side's Receive Maximum.
pub const MQC_VIOLATION_RECEIVE_MAXIMUM: mqc_violation = 2;
/// A topic alias of 0 or above this side's maximum.
pub const MQC_VIOLATION_TOPIC_ALIAS: mqc_violation = 3;
/// A topic alias that has no topic.
pub const MQC_VIOLATION_UNKNOWN_TOPIC_ALIAS: mqc_violation = 4;
/// Session Present, although this side has no session.
pub const MQC_VIOLATION_SESSION_PRESENT: mqc_violation = 5;
/// A SUBACK or UNSUBACK with another number of codes than there were filters.
pub const MQC_VIOLATION_REASON_CODE_COUNT: mqc_violation = 6;
/// AUTH or CONNACK with another method than CONNECT, or without its method.
pub const MQC_VIOLATION_AUTHENTICATION_METHOD: mqc_violation = 7;
/// DISCONNECT sets a Session Expiry Interval, although CONNECT had none.
pub const MQC_VIOLATION_SESSION_EXPIRY: mqc_violation = 8;
/// Something that CONNACK has said this server does not support: `reason_code`.
pub const MQC_VIOLATION_NOT_SUPPORTED: mqc_violation = 9;
/// Something that this header does not name.
pub const MQC_VIOLATION_OTHER: mqc_violation = 255;

/// What a session waits for, up to a deadline.
pub type mqc_timer = u32;
/// Nothing.
pub const MQC_TIMER_NONE: mqc_timer = 0;
/// The packet that begins a connection: CONNECT, or CONNACK.
pub const MQC_TIMER_CONNECT: mqc_timer = 1;
/// It is time for PINGREQ.
pub const MQC_TIMER_PING: mqc_timer = 2;
/// PINGRESP is to come.
pub const MQC_TIMER_PING_RESPONSE: mqc_timer = 3;
/// Anything is to come from the client: one and a half times the keep alive.
pub const MQC_TIMER_KEEP_ALIVE: mqc_timer = 4;
/// Something that this header does not name.
pub const MQC_TIMER_OTHER: mqc_timer = 255;

/// Client: the server has accepted the CONNECT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_event_connected {
    /// Its answer, with its limits and what it assigns.
    pub connack: mqc_connack,
    /// What became of the session of before: `MQC_SESSION_START_*`.
    pub session: mqc_session_start,
    /// Zero.
    pub reserved: u32,
    /// With `MQC_SESSION_START_LOST`: how many open messages that concerns.
    pub dropped: u64,
}

/// A message has come.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_event_message {
    /// The message; its topic is never an alias, and there is none among its properties.
    pub publish: mqc_publish,
    /// What acknowledges it; its `packet_id` is 0 if there is nothing to acknowledge.
    pub ack: mqc_ack_token,
    /// The change that its acknowledgement waits for, if the session gives it and changes are told;
    /// else 0. What is made of the message is to be safe before this number is reported with
    /// mqc_client_persisted() or mqc_server_persisted().
    pub seq: u64,
}

/// A message of QoS 1 or 2 is done.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_event_published {
    /// The caller's number for it.
    pub token: u64,
    /// Its packet identifier, which is free now.
    pub packet_id: u16,
    /// The code of PUBACK or PUBREC; from 0x80 on the peer has refused it.
    pub reason_code: u8,
    /// Zero.
    pub reserved: [u8; 5],
    /// The properties of the packet that ended it, as those of mqc_publish.
    pub properties: mqc_bytes,
}

/// A message is gone.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_event_dropped {
    /// The caller's number for it.
    pub token: u64,
    /// Why: `MQC_DROP_*`.
    pub why: mqc_drop_reason,
    /// Zero.
    pub reserved: u32,
}

/// Another owner has the session. What the store has is the other's; what it does not have has not
/// been promised to anyone.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_event_fenced {
    /// The epoch of the other.
    pub epoch: u64,
}

/// Client: SUBSCRIBE or UNSUBSCRIBE is answered.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_event_subscribed {
    /// The caller's number for it.
    pub token: u64,
    /// Its packet identifier, which is free now.
    pub packet_id: u16,
    /// Zero.
    pub reserved: [u8; 6],
    /// The properties of the answer, as those of mqc_publish.
    pub properties: mqc_bytes,
    /// A code for each filter, in their order, a byte each; none in an UNSUBACK before 5.0.
    pub reason_codes: mqc_bytes,
}

/// The connection is over.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_event_closed {
    /// Why: `MQC_CLOSE_*`.
    pub reason: mqc_close_reason,
    /// Which timer ran out: `MQC_TIMER_*`.
    pub timer: mqc_timer,
    /// How the peer broke the protocol: `MQC_VIOLATION_*`.
    pub violation: mqc_violation,
    /// The packet that has no place here.
    pub packet_type: mqc_packet_type,
    /// The code of the DISCONNECT or CONNACK, or the one that answers the fault; else 0.
    pub reason_code: u8,
    /// 1 if the peer did something wrong, or nothing at all; else 0.
    pub is_fault: u8,
    /// Zero.
    pub reserved: [u8; 6],
    /// The properties of the DISCONNECT or CONNACK, as those of mqc_publish.
    pub properties: mqc_bytes,
    /// What is wrong with the bytes; its `kind` is `MQC_OK` if nothing is.
    pub decode_error: mqc_decode_error,
}

/// The fields of an event; `kind` says which member is set.
#[repr(C)]
#[derive(Clone, Copy)]
pub union mqc_event_body {
    /// `MQC_EVENT_CONNECTED`
    pub connected: mqc_event_connected,
    /// `MQC_EVENT_CONNECT`
    pub connect: mqc_connect,
    /// `MQC_EVENT_MESSAGE`
    pub message: mqc_event_message,
    /// `MQC_EVENT_PUBLISHED`
    pub published: mqc_event_published,
    /// `MQC_EVENT_DROPPED`
    pub dropped: mqc_event_dropped,
    /// `MQC_EVENT_FENCED`
    pub fenced: mqc_event_fenced,
    /// `MQC_EVENT_SUBSCRIBED`
    pub subscribed: mqc_event_subscribed,
    /// `MQC_EVENT_UNSUBSCRIBED`
    pub unsubscribed: mqc_event_subscribed,
    /// `MQC_EVENT_SUBSCRIBE`
    pub subscribe: mqc_subscribe,
    /// `MQC_EVENT_UNSUBSCRIBE`
    pub unsubscribe: mqc_unsubscribe,
    /// `MQC_EVENT_AUTH`
    pub auth: mqc_auth,
    /// `MQC_EVENT_CLOSED`
    pub closed: mqc_event_closed,
    /// Room for fields to come, so that this structure keeps its size.
    pub reserved: [u64; 32],
}

/// What has happened, in memory of the caller.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mqc_event {
    /// `MQC_EVENT_*`
    pub kind: mqc_event_kind,
    /// Zero.
    pub reserved: u32,
    /// Its fields.
    pub body: mqc_event_body,
}
