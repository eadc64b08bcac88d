//! `TopicName`.

use super::faults;
use super::text::{levels, plain};
use mqtt_core::Version;
use pyo3::IntoPyObjectExt;
use pyo3::basic::CompareOp;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

/// A text that is a topic name.
#[pyclass(frozen, weakref, module = "mqtt_core")]
pub(crate) struct TopicName {
    text: Py<PyString>,
}

impl TopicName {
    pub(super) fn as_str<'a>(&'a self, py: Python<'a>) -> PyResult<&'a str> {
        self.text.to_str(py)
    }

    fn core<'a>(&'a self, py: Python<'a>) -> PyResult<mqtt_core::TopicName<'a>> {
        mqtt_core::TopicName::new(self.as_str(py)?)
            .map_err(|error| faults::refuse(py, &error, Version::V5))
    }
}

#[pymethods]
impl TopicName {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("text",);

    #[new]
    fn new(text: &Bound<'_, PyString>) -> PyResult<Self> {
        let name = Self { text: plain(text)?.unbind() };
        name.core(text.py())?;
        Ok(name)
    }

    #[getter]
    fn text(&self) -> &Py<PyString> {
        &self.text
    }

    #[getter]
    fn levels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        levels(py, self.core(py)?.levels())
    }

    #[getter]
    fn starts_with_dollar(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.as_str(py)?.starts_with('$'))
    }

    fn __str__(&self) -> &Py<PyString> {
        &self.text
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let text = self.text.bind(py).repr()?;
        Ok(format!("TopicName({})", text.to_str()?))
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.text.bind(py).hash()
    }

    fn __richcmp__(&self, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
        let py = other.py();
        let Ok(other) = other.cast::<Self>() else { return Ok(py.NotImplemented()) };
        let order = self.as_str(py)?.cmp(other.get().as_str(py)?);
        op.matches(order).into_py_any(py)
    }

    /// For `pickle` and `copy`.
    fn __getnewargs__(&self) -> (&Py<PyString>,) {
        (&self.text,)
    }

    #[pyo3(signature = (**changes))]
    fn replace<'py>(
        slf: &Bound<'py, Self>,
        changes: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arguments = PyDict::new(slf.py());
        arguments.set_item("text", &slf.get().text)?;
        if let Some(changes) = changes {
            arguments.update(changes.as_mapping())?;
        }
        slf.get_type().call((), Some(&arguments))
    }

    #[pyo3(signature = (**changes))]
    fn __replace__<'py>(
        slf: &Bound<'py, Self>,
        changes: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::replace(slf, changes)
    }
}
