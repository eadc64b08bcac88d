//! What a broker asks and reports.

use super::{Engine, MQC_CONN_NONE, mqc_broker, mqc_conn};
use crate::{
    boundary::required, mqc_auth, mqc_bytes, mqc_connect, mqc_event_closed, mqc_publish,
    mqc_status, mqc_subscription, object, packet, session::report, topic,
};
use mqtt_core::{
    Action, BrokerEvent, CloseReason, Closed, Disconnect, Properties, Publish, Subscription,
};

/// Which event it is, and with it which member of the body is set.
pub type mqc_broker_event_kind = u32;
/// None: all have been polled.
pub const MQC_BROKER_EVENT_NONE: mqc_broker_event_kind = 0;
/// A client wants in, with `MQC_AUTHENTICATION_ASK`: `authenticate`. The answer is mqc_broker_accept(),
/// mqc_broker_refuse() or mqc_broker_challenge(), now or later; nothing more is read of it until then.
pub const MQC_BROKER_EVENT_AUTHENTICATE: mqc_broker_event_kind = 1;
/// The next step of an authentication (5.0): `auth`. It is answered as the first one.
pub const MQC_BROKER_EVENT_AUTH: mqc_broker_event_kind = 2;
/// A client wants to publish or to subscribe, with `MQC_AUTHORIZATION_ASK`: `authorize`. The answer is
/// mqc_broker_authorize(), now or later; nothing more is read of it until then.
pub const MQC_BROKER_EVENT_AUTHORIZE: mqc_broker_event_kind = 3;
/// A client has been let in: `connected`.
pub const MQC_BROKER_EVENT_CONNECTED: mqc_broker_event_kind = 4;
/// A message for a subscription of the caller's: `message`.
pub const MQC_BROKER_EVENT_MESSAGE: mqc_broker_event_kind = 5;
/// Another broker has the store: `fenced`.
pub const MQC_BROKER_EVENT_FENCED: mqc_broker_event_kind = 6;
/// A connection is over: `closed`. What there is to be sent can still be sent; then its transport is to
/// be closed, and mqc_broker_handle_eof() called.
pub const MQC_BROKER_EVENT_CLOSED: mqc_broker_event_kind = 7;
/// One that this header does not name.
pub const MQC_BROKER_EVENT_OTHER: mqc_broker_event_kind = 255;

/// What a client wants to do.
pub type mqc_action = u32;
/// To publish: `publish`.
pub const MQC_ACTION_PUBLISH: mqc_action = 1;
/// To subscribe: `subscription`.
pub const MQC_ACTION_SUBSCRIBE: mqc_action = 2;
/// Something that this header does not name: refuse it.
pub const MQC_ACTION_OTHER: mqc_action = 255;

/// A client wants to publish or to subscribe.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mqc_broker_event_authorize {
    /// Its client identifier.
    pub client_id: mqc_bytes,
    /// Its user name.
    pub user_name: mqc_bytes,
    /// 1 if it has a user name, else 0.
    pub has_user_name: u32,
    /// What: `MQC_ACTION_*`.
    pub action: mqc_action,
    /// With `MQC_ACTION_PUBLISH`: the message; else zeros.
    pub publish: mqc_publish,
    /// With `MQC_ACTION_SUBSCRIBE`: the filter and its options; else zeros.
    pub subscription: mqc_subscription,
}

/// A client has been let in.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mqc_broker_event_connected {
    /// Its client identifier, which may have been made up.
    pub client_id: mqc_bytes,
    /// 1 if its session goes on, else 0.
    pub session_present: u32,
    /// Zero.
    pub reserved: u32,
}

/// A message for a subscription of the caller's.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mqc_broker_event_message {
    /// That of mqc_broker_subscribe().
    pub token: u64,
    /// The message.
    pub publish: mqc_publish,
}

/// Another broker has the store.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mqc_broker_event_fenced {
    /// Its epoch.
    pub epoch: u64,
}

/// What belongs to an event; its kind says which member is set.
#[repr(C)]
#[derive(Clone, Copy)]
pub union mqc_broker_event_body {
    /// `MQC_BROKER_EVENT_AUTHENTICATE`
    pub authenticate: mqc_connect,
    /// `MQC_BROKER_EVENT_AUTH`
    pub auth: mqc_auth,
    /// `MQC_BROKER_EVENT_AUTHORIZE`
    pub authorize: mqc_broker_event_authorize,
    /// `MQC_BROKER_EVENT_CONNECTED`
    pub connected: mqc_broker_event_connected,
    /// `MQC_BROKER_EVENT_MESSAGE`
    pub message: mqc_broker_event_message,
    /// `MQC_BROKER_EVENT_FENCED`
    pub fenced: mqc_broker_event_fenced,
    /// `MQC_BROKER_EVENT_CLOSED`
    pub closed: mqc_event_closed,
    /// Room for fields to come, so that this structure keeps its size.
    pub reserved: [u64; 32],
}

/// Something that a broker asks or reports.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mqc_broker_event {
    /// `MQC_BROKER_EVENT_*`
    pub kind: mqc_broker_event_kind,
    /// Zero.
    pub reserved: u32,
    /// The connection that it is about; `MQC_CONN_NONE` if there is none.
    pub conn: mqc_conn,
    /// What belongs to it.
    pub body: mqc_broker_event_body,
}

/// The next event; `out->kind` is `MQC_BROKER_EVENT_NONE` if there is none.
///
/// @param broker    made with mqc_broker_new()
/// @param out       written with MQC_OK
///
/// Ownership: views in `*out` are the broker's.
/// Lifetime: the views in `*out` live until the next call with `broker` that is not `const`.
/// Threads: one at a time for each object.
/// Errors: MQC_NULL_POINTER or MQC_POISONED.
/// Cost: O(input that is read), allocates for what that makes. Since 0.1.
///
/// # Safety
/// Pointers are NULL or point to such objects; no other thread uses `broker`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mqc_broker_poll_event(
    broker: *mut mqc_broker,
    out: *mut mqc_broker_event,
) -> mqc_status {
    let body = |engine: &mut Engine| {
        required(out)?;
        let Engine { broker, scratch } = engine;
        // SAFETY: not NULL; the rest is the caller's promise.
        unsafe { write(broker.poll_event(), scratch, out) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { object::with_mut(broker, |it| &mut it.0, body) }
}

/// # Safety
/// `out` points to a writable event, which need not be initialized.
unsafe fn write(event: Option<BrokerEvent<'_>>, scratch: &mut Vec<u8>, out: *mut mqc_broker_event) {
    macro_rules! body {
        ($member:ident, $value:expr) => {{
            let value = $value;
            // SAFETY: the caller's promise.
            unsafe { (&raw mut (*out).body.$member).write(value) };
        }};
    }
    let (kind, conn) = match event {
        None => (MQC_BROKER_EVENT_NONE, MQC_CONN_NONE),
        Some(BrokerEvent::Authenticate { conn, connect }) => {
            body!(authenticate, packet::of_connect(&connect));
            (MQC_BROKER_EVENT_AUTHENTICATE, conn.as_u64())
        }
        Some(BrokerEvent::Auth { conn, auth }) => {
            let properties = report::block(&auth.properties);
            body!(auth, mqc_auth { reason_code: auth.reason.0, reserved: [0; 7], properties });
            (MQC_BROKER_EVENT_AUTH, conn.as_u64())
        }
        Some(BrokerEvent::Authorize { conn, client_id, user_name, action }) => {
            body!(authorize, of_question(client_id, user_name, &action, scratch));
            (MQC_BROKER_EVENT_AUTHORIZE, conn.as_u64())
        }
        Some(BrokerEvent::Connected { conn, client_id, session_present }) => {
            let client_id = mqc_bytes::of(client_id.as_bytes());
            let session_present = u32::from(session_present);
            body!(
                connected,
                mqc_broker_event_connected { client_id, session_present, reserved: 0 }
            );
            (MQC_BROKER_EVENT_CONNECTED, conn.as_u64())
        }
        Some(BrokerEvent::Message { token, publish }) => {
            let publish = message(&publish, scratch);
            body!(message, mqc_broker_event_message { token, publish });
            (MQC_BROKER_EVENT_MESSAGE, MQC_CONN_NONE)
        }
        Some(BrokerEvent::Fenced { epoch }) => {
            body!(fenced, mqc_broker_event_fenced { epoch });
            (MQC_BROKER_EVENT_FENCED, MQC_CONN_NONE)
        }
        Some(BrokerEvent::Closed { conn, reason }) => {
            body!(closed, of_closed(&reason));
            (MQC_BROKER_EVENT_CLOSED, conn.as_u64())
        }
        Some(_) => (MQC_BROKER_EVENT_OTHER, MQC_CONN_NONE),
    };
    // SAFETY: the caller's promise.
    unsafe {
        (&raw mut (*out).kind).write(kind);
        (&raw mut (*out).reserved).write(0);
        (&raw mut (*out).conn).write(conn);
    }
}

/// A message as C has it; its properties may have to be put together.
pub(super) fn message(publish: &Publish<'_>, scratch: &mut Vec<u8>) -> mqc_publish {
    let mut body = packet::of_publish(publish);
    if publish.properties.wire().is_none() {
        report::rewrite(&publish.properties, scratch);
        body.properties = mqc_bytes::of(scratch);
    }
    body
}

fn of_question(
    client_id: &str,
    user_name: Option<&str>,
    action: &Action<'_>,
    scratch: &mut Vec<u8>,
) -> mqc_broker_event_authorize {
    const NOTHING: mqc_bytes = topic::NOTHING;
    let nothing =
        packet::of_publish(&Publish { properties: Properties::EMPTY, ..Publish::default() });
    let mut question = mqc_broker_event_authorize {
        client_id: mqc_bytes::of(client_id.as_bytes()),
        user_name: user_name.map_or(NOTHING, |name| mqc_bytes::of(name.as_bytes())),
        has_user_name: u32::from(user_name.is_some()),
        action: MQC_ACTION_OTHER,
        publish: mqc_publish { topic: NOTHING, properties: NOTHING, payload: NOTHING, ..nothing },
        subscription: mqc_subscription { filter: NOTHING, ..mqc_subscription::NONE },
    };
    match action {
        Action::Publish(publish) => {
            question.action = MQC_ACTION_PUBLISH;
            question.publish = message(publish, scratch);
        }
        Action::Subscribe { filter, options } => {
            question.action = MQC_ACTION_SUBSCRIBE;
            let (filter, options) = (*filter, *options);
            question.subscription = mqc_subscription::of(&Subscription { filter, options });
        }
        _ => {}
    }
    question
}

fn of_closed(why: &Closed) -> mqc_event_closed {
    report::of_close_reason(&match *why {
        Closed::Eof => CloseReason::Eof,
        Closed::Disconnect(reason) => {
            CloseReason::Disconnect(Disconnect { reason, ..Disconnect::default() })
        }
        Closed::Malformed(error) => CloseReason::Malformed(error),
        Closed::Violation(violation) => CloseReason::Violation(violation),
        Closed::Timeout(timer) => CloseReason::Timeout(timer),
        Closed::TakenOver => CloseReason::TakenOver,
        Closed::Fenced => CloseReason::Fenced,
        _ => CloseReason::Local,
    })
}
