//! What a broker asks and reports, as values for `match`.

use crate::bytes::Text;
use crate::class::value_class;
use crate::connect::Connect;
use crate::field::Field;
use crate::others::Auth;
use crate::publish::Publish;
use crate::session::Closed;
use crate::session::event::packets;
use crate::subscribe::Subscription;
use crate::topics::text::wrong;
use pyo3::prelude::*;

packets! { Connect Auth Closed }

/// What a client wants to do.
pub(crate) enum Action {
    Publish(Py<Publish>),
    Subscribe(Py<Subscription>),
}

impl Field for Action {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(publish) = object.cast::<Publish>() {
            return Ok(Self::Publish(publish.clone().unbind()));
        }
        match object.cast::<Subscription>() {
            Ok(subscription) => Ok(Self::Subscribe(subscription.clone().unbind())),
            Err(_) => Err(wrong(object, "mqtt_core.Publish or mqtt_core.Subscription")),
        }
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Publish(publish) => publish.give(py),
            Self::Subscribe(subscription) => subscription.give(py),
        }
    }

    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        match (self, other) {
            (Self::Publish(a), Self::Publish(b)) => a.same(b, py),
            (Self::Subscribe(a), Self::Subscribe(b)) => a.same(b, py),
            _ => Ok(false),
        }
    }
}

value_class! {
    /// Who is this?
    class Authenticate ["conn", "connect"];
    text "(conn, connect)";
    positional {
        conn: u64;
        connect: Py<Connect>;
    }
    keyword [] {}
    methods {}
}

value_class! {
    /// The next step of an enhanced authentication, or the begin of another one.
    class BrokerAuth ["conn", "auth"];
    text "(conn, auth)";
    positional {
        conn: u64;
        auth: Py<Auth>;
    }
    keyword [] {}
    methods {}
}

value_class! {
    /// May it do this?
    class Authorize ["conn", "action"];
    text "(conn, action, *, client_id, user_name=None)";
    positional {
        conn: u64;
        action: Action;
    }
    keyword [*] {
        client_id: Text;
        user_name: Option<Text> = None;
    }
    methods {}
}

value_class! {
    /// A client is accepted.
    class BrokerConnected ["conn", "client_id", "session_present"];
    text "(conn, client_id, session_present=False)";
    positional {
        conn: u64;
        client_id: Text;
        session_present: bool = false;
    }
    keyword [] {}
    methods {}
}

value_class! {
    /// A message for a subscription of the caller's.
    class BrokerMessage ["token", "publish"];
    text "(token, publish)";
    positional {
        token: u64;
        publish: Py<Publish>;
    }
    keyword [] {}
    methods {}
}

value_class! {
    /// A connection is over: the last event of it.
    class BrokerClosed ["conn", "closed"];
    text "(conn, closed)";
    positional {
        conn: u64;
        closed: Py<Closed>;
    }
    keyword [] {}
    methods {}
}
