//! What brokers and their rules raise.

use crate::session::faults;
use crate::topics;
use mqtt_core::{AclError, AclErrorKind, BrokerError, Version};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

/// For a command that has changed nothing: `LimitError`, `LocalProtocolError`, `TopicError`, or what a
/// session raises.
#[cold]
pub(super) fn refuse(py: Python<'_>, error: &BrokerError) -> PyErr {
    let kind = match error {
        BrokerError::Full => return faults::limit(py, "full", &error.to_string()),
        BrokerError::Topic(error) => return topics::faults::refuse(py, error, Version::V5),
        BrokerError::Session(error) => return faults::usage(py, error),
        BrokerError::ShuttingDown => "shutting_down",
        BrokerError::Unknown => "unknown",
        BrokerError::NotAsked => "not_asked",
        _ => "other",
    };
    faults::local(py, kind, &error.to_string())
}

/// `AclError`.
#[cold]
pub(super) fn acl(py: Python<'_>, error: &AclError) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let build = || {
        let class = CLASS.import(py, "mqtt_core._errors", "AclError")?;
        let fields = PyDict::new(py);
        fields.set_item("kind", kind(error.kind()))?;
        fields.set_item("line", error.line())?;
        fields.set_item("column", error.column())?;
        Ok(PyErr::from_value(class.call((error.to_string(),), Some(&fields))?))
    };
    build().unwrap_or_else(|error: PyErr| error)
}

const fn kind(kind: AclErrorKind) -> &'static str {
    match kind {
        AclErrorKind::Decision => "decision",
        AclErrorKind::Action => "action",
        AclErrorKind::Default => "default",
        AclErrorKind::DefaultTwice => "default_twice",
        AclErrorKind::Name => "name",
        AclErrorKind::NoFilter => "no_filter",
        AclErrorKind::Filter(_) => "filter",
        AclErrorKind::Shared => "shared",
        AclErrorKind::LineEnd => "line_end",
        AclErrorKind::QuoteOpen => "quote_open",
        AclErrorKind::QuoteEnd => "quote_end",
        AclErrorKind::Escape => "escape",
        AclErrorKind::Character => "character",
        AclErrorKind::TooManyRules => "too_many_rules",
        AclErrorKind::TooLong => "too_long",
        _ => "other",
    }
}
