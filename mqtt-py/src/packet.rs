//! From the core's packets to Python's and back.

use crate::bytes::Received;
use crate::publish::Publish;
use mqtt_core::Packet;
use pyo3::exceptions::{PyNotImplementedError, PyTypeError};
use pyo3::prelude::*;

/// A class of packets.
pub(crate) trait PacketClass {
    /// Hands the core's view of the packet to `body`.
    fn with_core<T>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(Packet<'_>) -> PyResult<T>,
    ) -> PyResult<T>;
}

/// The object for a packet that was received.
pub(crate) fn give<'py>(
    py: Python<'py>,
    received: &Received<'_, '_>,
    packet: &Packet<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    match packet {
        Packet::Publish(it) => Ok(Bound::new(py, Publish::received(received, it))?.into_any()),
        _ => Err(PyNotImplementedError::new_err("no class yet")),
    }
}

/// Hands the core's view of a packet object to `body`.
pub(crate) fn with_core<T>(
    packet: &Bound<'_, PyAny>,
    body: impl FnOnce(Packet<'_>) -> PyResult<T>,
) -> PyResult<T> {
    let py = packet.py();
    if let Ok(packet) = packet.cast_exact::<Publish>() {
        return packet.get().with_core(py, body);
    }
    let found = packet.get_type().name()?;
    Err(PyTypeError::new_err(format!("expected a packet, not {found}")))
}
