//! What a session reports, as values for `match`. CONNECT, SUBSCRIBE, UNSUBSCRIBE and AUTH are events
//! as the packets that they are.

use super::choice::{CloseCause, SessionStart};
use crate::bytes::Text;
use crate::class::value_class;
use crate::connect::ConnAck;
use crate::field::{Field, List};
use crate::others::Disconnect;
use crate::properties::Section;
use crate::publish::Publish;
use mqtt_core::{DropReason, PacketId, PacketType, ReasonCode, Timer};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// Objects of other classes in events.
macro_rules! packets {
    ($($Class:ident)*) => {
        $(impl Field for Py<$Class> {
            fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
                Ok(object.cast::<$Class>()?.clone().unbind())
            }

            fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                Ok(self.bind(py).clone().into_any())
            }

            fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
                self.bind(py).eq(other.bind(py))
            }
        })*
    };
}

pub(crate) use packets;

packets! { Publish ConnAck }

/// The packet that ended a connection: DISCONNECT, or the CONNACK that refused it.
pub(crate) struct LastPacket(pub(super) Py<PyAny>);

impl Field for LastPacket {
    fn take(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        if object.cast::<Disconnect>().is_err() && object.cast::<ConnAck>().is_err() {
            let found = object.get_type().name()?;
            return Err(PyTypeError::new_err(format!(
                "expected mqtt_core.Disconnect or mqtt_core.ConnAck, not {found}"
            )));
        }
        Ok(Self(object.clone().unbind()))
    }

    fn give<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.0.bind(py).clone())
    }

    fn same(&self, other: &Self, py: Python<'_>) -> PyResult<bool> {
        self.0.bind(py).eq(other.0.bind(py))
    }
}

value_class! {
    /// Client: the server has accepted the CONNECT.
    class Connected ["connack", "session"];
    text "(connack, session=SessionStart.NEW, *, dropped=0)";
    positional {
        connack: Py<ConnAck>;
        session: SessionStart = SessionStart::New;
    }
    keyword [*] {
        dropped: u64 = 0;
    }
    methods {}
}

value_class! {
    /// A message has come.
    class Message ["publish", "ack"];
    text "(publish, ack=None, *, seq=None)";
    positional {
        publish: Py<Publish>;
        ack: Option<u64> = None;
    }
    keyword [*] {
        seq: Option<u64> = None;
    }
    methods {}
}

value_class! {
    /// A message of QoS 1 or 2 is done: the peer has it, or has refused it.
    class Published ["token", "reason"];
    text "(token, reason=ReasonCode.SUCCESS, *, packet_id, reason_string=None, user_properties=())";
    positional {
        token: u64;
        reason: ReasonCode = ReasonCode::SUCCESS;
    }
    keyword [*] {
        packet_id: PacketId;
    }
    properties of Section::Packet(PacketType::PubAck); {
        reason_string = ReasonString;
        user_properties = UserProperty;
    }
    methods {}
}

value_class! {
    /// A message is gone without having been delivered for certain.
    class Dropped ["token", "why"];
    text "(token, why)";
    positional {
        token: u64;
        why: DropReason;
    }
    keyword [] {}
    methods {}
}

value_class! {
    /// Another owner has the session.
    class Fenced ["epoch"];
    text "(epoch)";
    positional {
        epoch: u64;
    }
    keyword [] {}
    methods {}
}

value_class! {
    /// There is room again for what was turned away with `WouldBlock`.
    class Writable [];
    text "()";
    positional {}
    keyword [] {}
    methods {}
}

value_class! {
    /// Client: SUBSCRIBE is answered.
    class Subscribed ["token", "reasons"];
    text "(token, reasons, *, packet_id, reason_string=None, user_properties=())";
    positional {
        token: u64;
        reasons: List<ReasonCode>;
    }
    keyword [*] {
        packet_id: PacketId;
    }
    properties of Section::Packet(PacketType::SubAck); {
        reason_string = ReasonString;
        user_properties = UserProperty;
    }
    methods {}
}

value_class! {
    /// Client: UNSUBSCRIBE is answered.
    class Unsubscribed ["token", "reasons"];
    text "(token, reasons=(), *, packet_id, reason_string=None, user_properties=())";
    positional {
        token: u64;
        reasons: List<ReasonCode> = List::new(Vec::new());
    }
    keyword [*] {
        packet_id: PacketId;
    }
    properties of Section::Packet(PacketType::UnsubAck); {
        reason_string = ReasonString;
        user_properties = UserProperty;
    }
    methods {}
}

value_class! {
    /// The connection is over: the last event of it.
    class Closed ["cause", "reason"];
    text "(cause, reason=None, *, packet=None, timer=None, kind=None, message=None, offset=None, \
          clause=None, packet_type=None)";
    positional {
        cause: CloseCause;
        reason: Option<ReasonCode> = None;
    }
    keyword [*] {
        packet: Option<LastPacket> = None;
        timer: Option<Timer> = None;
        kind: Option<Text> = None;
        message: Option<Text> = None;
        offset: Option<u64> = None;
        clause: Option<Text> = None;
        packet_type: Option<PacketType> = None;
    }
    methods {
        /// True if the peer did something wrong, or nothing at all.
        #[getter]
        fn is_fault(&self) -> bool {
            matches!(
                self.cause,
                CloseCause::Malformed | CloseCause::Violation | CloseCause::Timeout
            )
        }
    }
}
