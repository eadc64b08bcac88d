//! Events on their way from the core to Python.

use super::event::{
    Action, Authenticate, Authorize, BrokerAuth, BrokerClosed, BrokerConnected, BrokerMessage,
};
use crate::bytes::Text;
use crate::connect::Connect;
use crate::others::Auth;
use crate::publish::Publish;
use crate::session::polled::{Whole, closed, message};
use crate::session::{Closed, Fenced};
use crate::subscribe::Subscription;
use mqtt_core::{BrokerEvent, CloseReason, Disconnect, Version};
use pyo3::prelude::*;

/// An event that borrows nothing from the broker. It is made while the broker is locked, so only strings
/// and bytes are made with it, which are no business of the garbage collector, and errors that become
/// objects later.
pub(super) enum Polled {
    Authenticate(u64, Whole),
    Auth(u64, Whole),
    Authorize {
        conn: u64,
        client_id: Text,
        user_name: Option<Text>,
        wish: Wish,
    },
    Connected(BrokerConnected),
    Message(u64, Publish),
    Fenced(Fenced),
    Closed(u64, Closed),
    /// One that this package has no name for.
    Unnamed,
}

/// What a client wants to do.
pub(super) enum Wish {
    Publish(Publish),
    Subscribe(Subscription),
}

impl Polled {
    /// Takes an event out of the core.
    pub(super) fn of(py: Python<'_>, event: BrokerEvent<'_>) -> PyResult<Self> {
        Ok(match event {
            BrokerEvent::Authenticate { conn, connect } => {
                Self::Authenticate(conn.as_u64(), Whole::new(&connect.into(), connect.version))
            }
            BrokerEvent::Auth { conn, auth } => {
                Self::Auth(conn.as_u64(), Whole::new(&auth.into(), Version::V5))
            }
            BrokerEvent::Authorize { conn, client_id, user_name, action } => {
                let wish = match action {
                    mqtt_core::Action::Publish(publish) => Wish::Publish(message(py, &publish)?),
                    mqtt_core::Action::Subscribe { filter, options } => {
                        Wish::Subscribe(Subscription {
                            filter: Text::new(py, filter),
                            qos: options.qos,
                            no_local: options.no_local,
                            retain_as_published: options.retain_as_published,
                            retain_handling: options.retain_handling,
                        })
                    }
                    _ => return Ok(Self::Unnamed),
                };
                let client_id = Text::new(py, client_id);
                let user_name = user_name.map(|name| Text::new(py, name));
                Self::Authorize { conn: conn.as_u64(), client_id, user_name, wish }
            }
            BrokerEvent::Connected { conn, client_id, session_present } => {
                let client_id = Text::new(py, client_id);
                Self::Connected(BrokerConnected { conn: conn.as_u64(), client_id, session_present })
            }
            BrokerEvent::Message { token, publish } => Self::Message(token, message(py, &publish)?),
            BrokerEvent::Fenced { epoch } => Self::Fenced(Fenced { epoch }),
            BrokerEvent::Closed { conn, reason } => Self::Closed(conn.as_u64(), end(py, reason)?),
            _ => Self::Unnamed,
        })
    }

    /// The object; `None` if there is none for it. Nothing is locked now.
    pub(super) fn give(self, py: Python<'_>) -> PyResult<Option<Bound<'_, PyAny>>> {
        Ok(Some(match self {
            Self::Authenticate(conn, whole) => {
                let connect = whole.give(py)?.cast_into::<Connect>()?.unbind();
                Bound::new(py, Authenticate { conn, connect })?.into_any()
            }
            Self::Auth(conn, whole) => {
                let auth = whole.give(py)?.cast_into::<Auth>()?.unbind();
                Bound::new(py, BrokerAuth { conn, auth })?.into_any()
            }
            Self::Authorize { conn, client_id, user_name, wish } => {
                let action = match wish {
                    Wish::Publish(publish) => Action::Publish(Py::new(py, publish)?),
                    Wish::Subscribe(it) => Action::Subscribe(Py::new(py, it)?),
                };
                Bound::new(py, Authorize { conn, action, client_id, user_name })?.into_any()
            }
            Self::Connected(it) => Bound::new(py, it)?.into_any(),
            Self::Message(token, publish) => {
                let publish = Py::new(py, publish)?;
                Bound::new(py, BrokerMessage { token, publish })?.into_any()
            }
            Self::Fenced(it) => Bound::new(py, it)?.into_any(),
            Self::Closed(conn, closed) => {
                let closed = Py::new(py, closed)?;
                Bound::new(py, BrokerClosed { conn, closed })?.into_any()
            }
            Self::Unnamed => return Ok(None),
        }))
    }
}

/// Why a connection has ended, as a session says it. The broker keeps no packet, only its code.
fn end(py: Python<'_>, reason: mqtt_core::Closed) -> PyResult<Closed> {
    closed(
        py,
        &match reason {
            mqtt_core::Closed::Eof => CloseReason::Eof,
            mqtt_core::Closed::Disconnect(reason) => {
                CloseReason::Disconnect(Disconnect { reason, ..Disconnect::default() })
            }
            mqtt_core::Closed::Malformed(error) => CloseReason::Malformed(error),
            mqtt_core::Closed::Violation(violation) => CloseReason::Violation(violation),
            mqtt_core::Closed::Timeout(timer) => CloseReason::Timeout(timer),
            mqtt_core::Closed::TakenOver => CloseReason::TakenOver,
            mqtt_core::Closed::Fenced => CloseReason::Fenced,
            _ => CloseReason::Local,
        },
    )
}
