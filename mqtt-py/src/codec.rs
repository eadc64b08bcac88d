//! `decode` and `encode`.

use crate::bytes::Received;
use crate::errors::{decode_error, encode_error};
use crate::field::Field;
use crate::packet;
use crate::python::bytes_like;
use mqtt_core::{DecodeOptions, Status, Version};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Decodes the packet at the front of `data`.
#[pyfunction]
#[pyo3(
    signature = (data, *, version = Some(Version::V5)),
    text_signature = "(data, *, version=Version.V5)",
)]
pub(crate) fn decode<'py>(
    data: &Bound<'py, PyAny>,
    #[pyo3(from_py_with = <Option<Version> as Field>::take)] version: Option<Version>,
) -> PyResult<Option<(Bound<'py, PyAny>, usize)>> {
    let py = data.py();
    let owner = bytes_like(data)?;
    let bytes = owner.as_bytes();
    match mqtt_core::decode(bytes, version, &DecodeOptions::DEFAULT) {
        Ok(Status::Complete(decoded)) => {
            let received = Received::new(&owner, bytes);
            let packet = packet::give(py, &received, &decoded.packet)?;
            Ok(Some((packet, decoded.consumed)))
        }
        Ok(Status::Incomplete { .. }) => Ok(None),
        Err(error) => Err(decode_error(py, &error)),
    }
}

/// Encodes a packet.
#[pyfunction]
#[pyo3(
    signature = (packet, *, version = Version::V5),
    text_signature = "(packet, *, version=Version.V5)",
)]
pub(crate) fn encode<'py>(
    packet: &Bound<'py, PyAny>,
    #[pyo3(from_py_with = <Version as Field>::take)] version: Version,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = packet.py();
    packet::with_core(packet, |core| {
        let len = core.encoded_len(version).map_err(|error| encode_error(py, &error))?;
        PyBytes::new_with(py, len, |out| match core.encode_to_slice(version, out) {
            Ok(_) => Ok(()),
            Err(error) => Err(encode_error(py, &error)),
        })
    })
}
