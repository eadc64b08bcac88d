//! `decode`, `encode` and their like, `inspect`.

use crate::bytes::Received;
use crate::errors::{decode_error, encode_error};
use crate::field::Field;
use crate::options::{Limits, Strictness, options};
use crate::packet;
use crate::publish::Publish;
use crate::python::bytes_like;
use mqtt_core::{EncodeError, Packet, Sender, Status, Version};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMemoryView, PySlice, PyTuple};

/// Decodes the packet at the front of `data`.
#[pyfunction]
#[pyo3(
    signature = (data, *, version = Some(Version::V5), limits = None, strictness = None, sender = None),
    text_signature = "(data, *, version=Version.V5, limits=None, strictness=None, sender=None)",
)]
pub(crate) fn decode<'py>(
    data: &Bound<'py, PyAny>,
    #[pyo3(from_py_with = <Option<Version> as Field>::take)] version: Option<Version>,
    limits: Option<&Bound<'py, Limits>>,
    strictness: Option<&Bound<'py, Strictness>>,
    #[pyo3(from_py_with = <Option<Sender> as Field>::take)] sender: Option<Sender>,
) -> PyResult<Option<(Bound<'py, PyAny>, i64)>> {
    let py = data.py();
    let owner = bytes_like(data)?;
    let bytes = owner.as_bytes();
    match mqtt_core::decode(bytes, version, &options(limits, strictness, sender)) {
        Ok(Status::Complete(decoded)) => {
            let received = Received::new(&owner, bytes);
            let packet = packet::give(py, &received, &decoded.packet)?;
            // Lengths of objects fit, and Python makes signed numbers faster.
            Ok(Some((packet, decoded.consumed as i64)))
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
    packet::with_core(packet, |core| whole(packet.py(), &core, version))
}

/// All of a packet.
fn whole<'py>(
    py: Python<'py>,
    core: &Packet<'_>,
    version: Version,
) -> PyResult<Bound<'py, PyBytes>> {
    let made = core.encode_with(version, |len, write| {
        PyBytes::new_with(py, len, |out| match write(out) {
            true => Ok(()),
            // Not so: the place is as long as it was said to be.
            false => Err(encode_error(py, &EncodeError::BufferTooSmall { needed: len }, None)),
        })
    });
    made.map_err(|error| encode_error(py, &error, Some(version)))?
}

/// Encodes a packet into a buffer.
#[pyfunction]
#[pyo3(
    signature = (packet, buffer, *, offset = 0, version = Version::V5),
    text_signature = "(packet, buffer, *, offset=0, version=Version.V5)",
)]
pub(crate) fn encode_into(
    packet: &Bound<'_, PyAny>,
    buffer: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = <usize as Field>::take)] offset: usize,
    #[pyo3(from_py_with = <Version as Field>::take)] version: Version,
) -> PyResult<usize> {
    let py = packet.py();
    let data = packet::with_core(packet, |core| whole(py, &core, version))?;
    let needed = data.as_bytes().len();
    let room = PyMemoryView::from(buffer)?.call_method1("cast", ("B",))?;
    if room.getattr("readonly")?.is_truthy()? {
        return Err(PyTypeError::new_err("expected a writable buffer"));
    }
    match offset.checked_add(needed) {
        Some(end) if end <= room.len()? => {
            // Lengths of objects fit.
            room.set_item(PySlice::new(py, offset as isize, end as isize, 1), data)?;
            Ok(needed)
        }
        _ => Err(encode_error(py, &EncodeError::BufferTooSmall { needed }, None)),
    }
}

/// Encodes a packet for a vectored write.
#[pyfunction]
#[pyo3(
    signature = (packet, *, version = Version::V5),
    text_signature = "(packet, *, version=Version.V5)",
)]
pub(crate) fn encode_segments<'py>(
    packet: &Bound<'py, PyAny>,
    #[pyo3(from_py_with = <Version as Field>::take)] version: Version,
) -> PyResult<Bound<'py, PyTuple>> {
    let py = packet.py();
    packet::with_core(packet, |core| {
        let payload = core.payload().len();
        let Some(publish) = packet.cast_exact::<Publish>().ok().filter(|_| payload > 0) else {
            return PyTuple::new(py, [whole(py, &core, version)?]);
        };
        let len =
            core.encoded_len(version).map_err(|error| encode_error(py, &error, Some(version)))?;
        let head =
            PyBytes::new_with(py, len - payload, |out| match core.encode_head(version, out) {
                Ok(_) => Ok(()),
                Err(error) => Err(encode_error(py, &error, Some(version))),
            })?;
        PyTuple::new(py, [head.into_any(), publish.get().payload.view(py)?])
    })
}

/// Explains the packet at the front of `data`.
#[pyfunction]
#[pyo3(
    signature = (data, *, version = None, limits = None, strictness = None, sender = None),
    text_signature = "(data, *, version=None, limits=None, strictness=None, sender=None)",
)]
pub(crate) fn inspect(
    data: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = <Option<Version> as Field>::take)] version: Option<Version>,
    limits: Option<&Bound<'_, Limits>>,
    strictness: Option<&Bound<'_, Strictness>>,
    #[pyo3(from_py_with = <Option<Sender> as Field>::take)] sender: Option<Sender>,
) -> PyResult<String> {
    let owner = bytes_like(data)?;
    let options = options(limits, strictness, sender);
    Ok(mqtt_core::inspect(owner.as_bytes(), version, &options).to_string())
}
