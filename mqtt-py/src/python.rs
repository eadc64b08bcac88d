//! Values that live in Python: the enums of the package, bytes-like objects.

use mqtt_core::{QoS, Version};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyMemoryView};

/// An enum of the package with three members. There is one object of each, so that a member is
/// known by its identity.
struct Enum {
    name: &'static str,
    numbers: [u8; 3],
    members: PyOnceLock<[Py<PyAny>; 3]>,
}

static QOS: Enum = Enum { name: "QoS", numbers: [0, 1, 2], members: PyOnceLock::new() };
static VERSION: Enum = Enum { name: "Version", numbers: [3, 4, 5], members: PyOnceLock::new() };

impl Enum {
    fn members(&self, py: Python<'_>) -> PyResult<&[Py<PyAny>; 3]> {
        self.members.get_or_try_init(py, || {
            let class = py.import("mqtt_core._enums")?.getattr(self.name)?;
            let [a, b, c] = self.numbers.map(|number| class.call1((number,)));
            Ok([a?.unbind(), b?.unbind(), c?.unbind()])
        })
    }

    /// The index of a member; anything else is of a wrong type.
    fn index(&self, object: &Bound<'_, PyAny>) -> PyResult<usize> {
        let members = self.members(object.py())?;
        match members.iter().position(|member| object.is(member)) {
            Some(index) => Ok(index),
            None => {
                let found = object.get_type().name()?;
                let expected = self.name;
                Err(PyTypeError::new_err(format!("expected mqtt_core.{expected}, not {found}")))
            }
        }
    }
}

/// The member of the package's `QoS`.
pub(crate) fn qos_member(py: Python<'_>, qos: QoS) -> PyResult<Bound<'_, PyAny>> {
    Ok(QOS.members(py)?[qos as usize].bind(py).clone())
}

/// An argument of type `QoS`.
pub(crate) fn qos(object: &Bound<'_, PyAny>) -> PyResult<QoS> {
    Ok([QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][QOS.index(object)?])
}

/// An argument of type `Version`.
pub(crate) fn version(object: &Bound<'_, PyAny>) -> PyResult<Version> {
    Ok([Version::V31, Version::V311, Version::V5][VERSION.index(object)?])
}

/// An argument of type `bool`; nothing else counts as a truth value.
pub(crate) fn flag(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(object.cast::<PyBool>()?.is_true())
}

/// A bytes-like argument: `bytes` as it is, anything else (which may change) copied once.
pub(crate) fn bytes_like<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    match object.cast::<PyBytes>() {
        Ok(bytes) => Ok(bytes.clone()),
        Err(_) => Ok(PyMemoryView::from(object)?.call_method0("tobytes")?.cast_into()?),
    }
}

/// The member of the package's `Version`.
pub(crate) fn version_member(py: Python<'_>, version: Version) -> PyResult<Bound<'_, PyAny>> {
    let index = match version {
        Version::V31 => 0,
        Version::V311 => 1,
        Version::V5 => 2,
    };
    Ok(VERSION.members(py)?[index].bind(py).clone())
}
