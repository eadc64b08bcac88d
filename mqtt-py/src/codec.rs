//! `decode` and `encode`.

use crate::errors::{decode_error, encode_error, unsupported};
use crate::publish::Publish;
use crate::python::{bytes_like, version as version_of};
use mqtt_core::{DecodeOptions, Packet, Status};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Decodes the packet at the front of `data`.
#[pyfunction]
#[pyo3(signature = (data, *, version))]
pub(crate) fn decode(
    data: &Bound<'_, PyAny>,
    version: &Bound<'_, PyAny>,
) -> PyResult<Option<(Publish, usize)>> {
    let py = data.py();
    let version = version_of(version)?;
    let owner = bytes_like(data)?;
    match mqtt_core::decode(owner.as_bytes(), Some(version), &DecodeOptions::DEFAULT) {
        Ok(Status::Complete(decoded)) => match &decoded.packet {
            Packet::Publish(publish) => {
                let consumed = decoded.consumed;
                Ok(Some((Publish::received(&owner, publish, consumed, version), consumed)))
            }
            other => Err(unsupported(py, other, decoded.consumed)),
        },
        Ok(Status::Incomplete { .. }) => Ok(None),
        Err(error) => Err(decode_error(py, &error)),
    }
}

/// Encodes a packet.
#[pyfunction]
#[pyo3(signature = (packet, *, version))]
pub(crate) fn encode<'py>(
    packet: &Bound<'py, Publish>,
    version: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = packet.py();
    let version = version_of(version)?;
    packet.get().with_core(py, |core| {
        let core = Packet::from(*core);
        let len = core.encoded_len(version).map_err(|error| encode_error(py, &error))?;
        PyBytes::new_with(py, len, |out| match core.encode_to_slice(version, out) {
            Ok(_) => Ok(()),
            Err(error) => Err(encode_error(py, &error)),
        })
    })
}
