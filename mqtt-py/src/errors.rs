//! The package's exceptions, raised with what the core's errors say.
//!
//! They are classes written in Python, because the stable ABI of 3.11 cannot subclass exceptions.

use mqtt_core::{DecodeError, EncodeError, Packet, PacketType};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

type Class = PyOnceLock<Py<PyType>>;

fn raise(
    class: &Class,
    name: &str,
    message: String,
    fields: &Bound<'_, PyDict>,
) -> PyResult<PyErr> {
    let py = fields.py();
    let class = class.import(py, "mqtt_core._errors", name)?;
    Ok(PyErr::from_value(class.call((message,), Some(fields))?))
}

/// `DecodeError`.
pub(crate) fn decode_error(py: Python<'_>, error: &DecodeError) -> PyErr {
    static CLASS: Class = PyOnceLock::new();
    let build = || {
        let fields = PyDict::new(py);
        fields.set_item("kind", error.kind().name())?;
        fields.set_item("offset", error.offset())?;
        fields.set_item("statement", error.statement())?;
        fields.set_item("reason_code", error.reason_code().0)?;
        fields.set_item("packet_type", error.packet().map(PacketType::name))?;
        raise(&CLASS, "DecodeError", error.to_string(), &fields)
    };
    build().unwrap_or_else(|error| error)
}

/// `EncodeError`.
pub(crate) fn encode_error(py: Python<'_>, error: &EncodeError) -> PyErr {
    static CLASS: Class = PyOnceLock::new();
    let kind = match error {
        EncodeError::Invalid { kind, .. } => kind.name(),
        EncodeError::FieldTooLong { .. } => "field_too_long",
        EncodeError::NotInVersion { .. } => "not_in_version",
        EncodeError::PacketTooLarge { .. } => "packet_too_large",
        _ => "other",
    };
    let build = || {
        let fields = PyDict::new(py);
        fields.set_item("kind", kind)?;
        raise(&CLASS, "EncodeError", error.to_string(), &fields)
    };
    build().unwrap_or_else(|error| error)
}

/// `UnsupportedPacket`.
pub(crate) fn unsupported(py: Python<'_>, packet: &Packet<'_>, consumed: usize) -> PyErr {
    static CLASS: Class = PyOnceLock::new();
    let name = packet.packet_type().name();
    let build = || {
        let fields = PyDict::new(py);
        fields.set_item("packet_type", name)?;
        fields.set_item("consumed", consumed)?;
        raise(&CLASS, "UnsupportedPacket", format!("{name} has no Python class yet"), &fields)
    };
    build().unwrap_or_else(|error| error)
}
