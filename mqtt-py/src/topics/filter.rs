//! `TopicFilter` and `matches`.

use super::faults;
use super::text::{self, levels, plain};
use crate::python::{self, member};
use mqtt_core::Version;
use pyo3::IntoPyObjectExt;
use pyo3::basic::CompareOp;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

/// A text that is a topic filter.
#[pyclass(frozen, weakref, module = "mqtt_core")]
pub(crate) struct TopicFilter {
    text: Py<PyString>,
    /// By whose rules it is read.
    version: Version,
}

impl TopicFilter {
    pub(super) fn core<'a>(&'a self, py: Python<'a>) -> PyResult<mqtt_core::TopicFilter<'a>> {
        let text = self.text.to_str(py)?;
        mqtt_core::TopicFilter::for_version(text, self.version)
            .map_err(|error| faults::refuse(py, &error, self.version))
    }

    /// The constructor's arguments that make an equal object with the same version.
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let arguments = PyDict::new(py);
        if self.version != Version::V5 {
            arguments.set_item("version", member(py, self.version)?)?;
        }
        Ok(arguments)
    }
}

/// True if a message to `topic` is for `filter`.
#[pyfunction]
pub(crate) fn matches(filter: &Bound<'_, PyAny>, topic: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(text::filter(filter)?.matches(text::name(topic)?))
}

#[pymethods]
impl TopicFilter {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str,) = ("text",);

    #[new]
    #[pyo3(
        signature = (text, *, version = Version::V5),
        text_signature = "(text, *, version=Version.V5)",
    )]
    fn new(
        text: &Bound<'_, PyString>,
        #[pyo3(from_py_with = python::enum_argument)] version: Version,
    ) -> PyResult<Self> {
        let filter = Self { text: plain(text)?.unbind(), version };
        filter.core(text.py())?;
        Ok(filter)
    }

    #[getter]
    fn text(&self) -> &Py<PyString> {
        &self.text
    }

    #[getter]
    fn version<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        member(py, self.version)
    }

    #[getter]
    fn levels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        levels(py, self.core(py)?.levels())
    }

    #[getter]
    fn is_shared(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.core(py)?.is_shared())
    }

    #[getter]
    fn share_name<'py>(&'py self, py: Python<'py>) -> PyResult<Option<&'py str>> {
        Ok(self.core(py)?.share_name())
    }

    #[getter]
    fn filter<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        let py = slf.py();
        let core = slf.get().core(py)?;
        if !core.is_shared() {
            return Ok(slf.clone());
        }
        let inner = core.filter().as_str();
        // What is left is not shared, even if it looks like it.
        let is_same = mqtt_core::TopicFilter::new(inner).is_ok_and(|again| !again.is_shared());
        let version = if is_same { Version::V5 } else { Version::V311 };
        Bound::new(py, Self { text: PyString::new(py, inner).unbind(), version })
    }

    #[getter]
    fn has_wildcards(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.core(py)?.has_wildcards())
    }

    #[getter]
    fn starts_with_dollar(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.core(py)?.starts_with_dollar())
    }

    fn matches(&self, topic: &Bound<'_, PyAny>) -> PyResult<bool> {
        Ok(self.core(topic.py())?.matches(text::name(topic)?))
    }

    fn covers(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        Ok(self.core(other.py())?.covers(text::filter(other)?))
    }

    fn overlaps(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        Ok(self.core(other.py())?.overlaps(text::filter(other)?))
    }

    fn __str__(&self) -> &Py<PyString> {
        &self.text
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let text = self.text.bind(py).repr()?;
        let version = match self.version {
            Version::V31 => ", version=Version.V31",
            Version::V311 => ", version=Version.V311",
            Version::V5 => "",
        };
        Ok(format!("TopicFilter({}{version})", text.to_str()?))
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.text.bind(py).hash()
    }

    fn __richcmp__(&self, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
        let py = other.py();
        let Ok(other) = other.cast::<Self>() else { return Ok(py.NotImplemented()) };
        let order = self.core(py)?.cmp(&other.get().core(py)?);
        op.matches(order).into_py_any(py)
    }

    /// For `pickle` and `copy`.
    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        Ok((PyTuple::new(py, [&self.text])?, self.arguments(py)?))
    }

    #[pyo3(signature = (**changes))]
    fn replace<'py>(
        slf: &Bound<'py, Self>,
        changes: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arguments = slf.get().arguments(slf.py())?;
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
