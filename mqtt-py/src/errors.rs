//! The package's exceptions, raised with what the core's errors say.
//!
//! They are classes written in Python, because the stable ABI of 3.11 cannot subclass exceptions.

use crate::python::member;
use mqtt_core::{DecodeError, EncodeError, ErrorKind, PacketType, PropertyId, ReasonCode, Version};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

/// An exception class of `mqtt_core._errors`.
struct Class {
    name: &'static str,
    class: PyOnceLock<Py<PyType>>,
}

static MALFORMED_PACKET: Class = Class::new("MalformedPacketError");
static REMOTE_PROTOCOL: Class = Class::new("RemoteProtocolError");
static LOCAL_PROTOCOL: Class = Class::new("LocalProtocolError");
static LIMIT: Class = Class::new("LimitError");

impl Class {
    const fn new(name: &'static str) -> Self {
        Self { name, class: PyOnceLock::new() }
    }

    /// An exception with this text; `fill` gives the other arguments. What goes wrong meanwhile is
    /// raised in its place.
    fn error(
        &self,
        py: Python<'_>,
        message: String,
        fill: impl FnOnce(&Bound<'_, PyDict>) -> PyResult<()>,
    ) -> PyErr {
        let build = || {
            let fields = PyDict::new(py);
            fill(&fields)?;
            let class = self.class.import(py, "mqtt_core._errors", self.name)?;
            Ok(PyErr::from_value(class.call((message,), Some(&fields))?))
        };
        build().unwrap_or_else(|error| error)
    }
}

/// True for what `Limits` refuses and the standard does not.
const fn is_limit(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::PacketTooLarge
            | ErrorKind::FilterCount
            | ErrorKind::UserPropertyCount
            | ErrorKind::TopicLevels
    )
}

/// A fault of the peer: `MalformedPacketError`, `RemoteProtocolError` or `LimitError`.
#[cold]
pub(crate) fn decode_error(py: Python<'_>, error: &DecodeError) -> PyErr {
    let class = match error.reason_code() {
        _ if is_limit(error.kind()) => &LIMIT,
        ReasonCode::MALFORMED_PACKET => &MALFORMED_PACKET,
        _ => &REMOTE_PROTOCOL,
    };
    class.error(py, error.to_string(), |fields| {
        fields.set_item("kind", error.kind().name())?;
        fields.set_item("reason", member(py, error.reason_code())?)?;
        fields.set_item("offset", error.offset())?;
        fields.set_item("clause", clause(error))?;
        set_packet_type(fields, error.packet())
    })
}

/// A fault in properties that the caller made: `LocalProtocolError`.
#[cold]
pub(crate) fn properties_error(py: Python<'_>, error: &DecodeError) -> PyErr {
    let class = if is_limit(error.kind()) { &LIMIT } else { &LOCAL_PROTOCOL };
    let mut message = String::new();
    for part in [error.packet().map(PacketType::name), error.property().map(PropertyId::name)] {
        message.extend(part.into_iter().flat_map(|part| [part, ": "]));
    }
    message.push_str(&error.kind().to_string());
    class.error(py, message, |fields| {
        fields.set_item("kind", error.kind().name())?;
        fields.set_item("clause", clause(error))?;
        set_packet_type(fields, error.packet())
    })
}

/// A fault of the caller: `LocalProtocolError` or `LimitError`; with its statement if the version is
/// known.
#[cold]
pub(crate) fn encode_error(py: Python<'_>, error: &EncodeError, version: Option<Version>) -> PyErr {
    let (class, kind, packet) = match *error {
        EncodeError::Invalid { kind, packet, .. } => (&LOCAL_PROTOCOL, kind.name(), Some(packet)),
        EncodeError::FieldTooLong { packet, .. } => {
            (&LOCAL_PROTOCOL, "field_too_long", Some(packet))
        }
        EncodeError::NotInVersion { packet, .. } => {
            (&LOCAL_PROTOCOL, "not_in_version", Some(packet))
        }
        EncodeError::PacketTooLarge { .. } => (&LIMIT, "packet_too_large", None),
        EncodeError::BufferTooSmall { .. } => (&LIMIT, "buffer_too_small", None),
        EncodeError::PayloadLength { .. } => (&LOCAL_PROTOCOL, "payload_length", None),
        _ => (&LOCAL_PROTOCOL, "other", None),
    };
    let clause = match (error, version) {
        (EncodeError::Invalid { kind, packet, .. }, Some(version)) => {
            // Both sides send most packets; which one this is, is not known.
            kind.statement(Some(*packet), None, version)
        }
        _ => None,
    };
    class.error(py, error.to_string(), |fields| {
        fields.set_item("kind", kind)?;
        fields.set_item("clause", clause)?;
        set_packet_type(fields, packet)
    })
}

/// The statement that is broken, if one is.
fn clause(error: &DecodeError) -> Option<&'static str> {
    Some(error.statement()).filter(|&statement| statement != "-")
}

fn set_packet_type(fields: &Bound<'_, PyDict>, packet: Option<PacketType>) -> PyResult<()> {
    match packet {
        Some(packet) => fields.set_item("packet_type", member(fields.py(), packet)?),
        None => Ok(()),
    }
}
