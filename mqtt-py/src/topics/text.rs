//! Arguments that are topic names or topic filters, and what is raised for bad ones.

use super::faults;
use super::{TopicFilter, TopicName};
use mqtt_core::Version;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

/// The text of a string, which may not be one in UTF-8.
pub(super) fn text<'a>(string: &'a Bound<'_, PyString>) -> PyResult<&'a str> {
    string.to_str().map_err(|error| no_text(string).unwrap_or(error))
}

/// The exception for a string with a surrogate.
#[cold]
fn no_text(string: &Bound<'_, PyString>) -> PyResult<PyErr> {
    let py = string.py();
    // Three bytes for each surrogate, as if it were a character.
    let bytes = string.call_method1("encode", ("utf-8", "surrogatepass"))?;
    let bytes = bytes.extract::<Vec<u8>>()?;
    let offset = match core::str::from_utf8(&bytes) {
        Ok(text) => text.len(),
        Err(error) => error.valid_up_to(),
    };
    let message = format!("surrogate at byte {offset}: not a character of UTF-8");
    Ok(faults::topic_error(py, message, "utf8", Some(offset), Some("MQTT-1.5.4-1")))
}

/// The text of a string, and the string itself without what a subclass adds.
pub(super) fn plain<'py>(string: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyString>> {
    let text = text(string)?;
    if string.is_exact_instance_of::<PyString>() {
        return Ok(string.clone());
    }
    Ok(PyString::new(string.py(), text))
}

/// An argument that is a topic name: `str` or `TopicName`.
#[inline]
pub(crate) fn name<'a>(object: &'a Bound<'_, PyAny>) -> PyResult<mqtt_core::TopicName<'a>> {
    let string = match object.cast::<PyString>() {
        Ok(string) => text(string)?,
        Err(_) => match object.cast::<TopicName>() {
            Ok(name) => name.get().as_str(object.py())?,
            Err(_) => return Err(wrong(object, "str or mqtt_core.TopicName")),
        },
    };
    mqtt_core::TopicName::new(string)
        .map_err(|error| faults::refuse(object.py(), &error, Version::V5))
}

/// An argument that is a topic filter: `str`, by the rules of 5.0, or `TopicFilter`.
#[inline]
pub(crate) fn filter<'a>(object: &'a Bound<'_, PyAny>) -> PyResult<mqtt_core::TopicFilter<'a>> {
    if let Ok(string) = object.cast::<PyString>() {
        let filter = mqtt_core::TopicFilter::new(text(string)?);
        return filter.map_err(|error| faults::refuse(object.py(), &error, Version::V5));
    }
    match object.cast::<TopicFilter>() {
        Ok(filter) => filter.get().core(object.py()),
        Err(_) => Err(wrong(object, "str or mqtt_core.TopicFilter")),
    }
}

/// Levels as a tuple of `str`.
pub(super) fn levels<'py>(
    py: Python<'py>,
    levels: mqtt_core::Levels<'_>,
) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, levels.collect::<Vec<_>>())
}

/// The exception for an argument of another type.
#[cold]
pub(crate) fn wrong(object: &Bound<'_, PyAny>, expected: &str) -> PyErr {
    match object.get_type().name() {
        Ok(found) => PyTypeError::new_err(format!("expected {expected}, not {found}")),
        Err(error) => error,
    }
}

/// A topic filter that is kept.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OwnFilter {
    text: Box<str>,
    /// If not, `$share/` means nothing.
    is_shared: bool,
}

impl OwnFilter {
    pub(super) fn new(filter: mqtt_core::TopicFilter<'_>) -> Self {
        Self { text: filter.as_str().into(), is_shared: filter.is_shared() }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The filter; never `None`.
    pub(super) fn core(&self) -> Option<mqtt_core::TopicFilter<'_>> {
        // What is not shared is read so by the rules of 3.1.1, whatever it begins with.
        let version = if self.is_shared { Version::V5 } else { Version::V311 };
        mqtt_core::TopicFilter::for_version(&self.text, version).ok()
    }
}
