//! What is raised for bad texts and full indexes.

use mqtt_core::{IndexFull, RouteError, RouteErrorKind, TopicError, Version};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

/// `TopicError`: the offset is in bytes of UTF-8.
#[cold]
pub(super) fn topic_error(
    py: Python<'_>,
    message: String,
    kind: &str,
    offset: Option<usize>,
    clause: Option<&str>,
) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let build = || {
        let class = CLASS.import(py, "mqtt_core._errors", "TopicError")?;
        let fields = PyDict::new(py);
        fields.set_item("kind", kind)?;
        fields.set_item("offset", offset)?;
        fields.set_item("clause", clause)?;
        Ok(PyErr::from_value(class.call((message,), Some(&fields))?))
    };
    build().unwrap_or_else(|error: PyErr| error)
}

/// `TopicError` for what the core says of a text by the rules of a version.
#[cold]
pub(crate) fn refuse(py: Python<'_>, error: &TopicError, version: Version) -> PyErr {
    let kind = error.kind().map_or("topic_too_long", |kind| kind.name());
    let (offset, clause) = (error.offset(), error.statement(version));
    topic_error(py, error.to_string(), kind, Some(offset), clause)
}

/// `TopicError` for a pattern, `LimitError` if there is no room.
#[cold]
pub(super) fn route_error(py: Python<'_>, error: RouteError) -> PyErr {
    let kind = match error.kind() {
        RouteErrorKind::Full => return limit_error(py, error.to_string(), "index_nodes"),
        RouteErrorKind::Filter(fault) => fault.kind().map_or("topic_too_long", |kind| kind.name()),
        RouteErrorKind::Brace => "route_brace",
        RouteErrorKind::NameEmpty => "route_name_empty",
        RouteErrorKind::NameCharacter => "route_name_character",
        RouteErrorKind::NameTwice => "route_name_twice",
        RouteErrorKind::RestNotLast => "route_rest_not_last",
        _ => "route_other",
    };
    let (offset, clause) = (error.offset(), error.statement(Version::V5));
    topic_error(py, error.to_string(), kind, Some(offset), clause)
}

/// `LimitError` for an index that has no room.
#[cold]
pub(super) fn index_full(py: Python<'_>, full: IndexFull) -> PyErr {
    let kind = match full {
        IndexFull::Entries { .. } => "index_entries",
        IndexFull::Levels { .. } => "index_levels",
        _ => "index_nodes",
    };
    limit_error(py, full.to_string(), kind)
}

#[cold]
fn limit_error(py: Python<'_>, message: String, kind: &str) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let build = || {
        let class = CLASS.import(py, "mqtt_core._errors", "LimitError")?;
        let fields = PyDict::new(py);
        fields.set_item("kind", kind)?;
        Ok(PyErr::from_value(class.call((message,), Some(&fields))?))
    };
    build().unwrap_or_else(|error: PyErr| error)
}
