//! What commands are refused with.

use crate::errors::encode_error;
use crate::python::member;
use mqtt_core::store::{StoreError, StoreErrorKind};
use mqtt_core::{ReasonCode, UsageError, WouldBlock};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

/// The exceptions of sessions.
#[derive(Clone, Copy)]
enum Class {
    WouldBlock,
    LocalProtocol,
    Limit,
    Persistence,
}

impl Class {
    fn error(
        self,
        py: Python<'_>,
        message: &str,
        fill: impl FnOnce(&Bound<'_, PyDict>) -> PyResult<()>,
    ) -> PyErr {
        static CLASSES: [PyOnceLock<Py<PyType>>; 4] = [const { PyOnceLock::new() }; 4];
        let [would_block, local, limit, persistence] = &CLASSES;
        let (class, name) = match self {
            Self::WouldBlock => (would_block, "WouldBlock"),
            Self::LocalProtocol => (local, "LocalProtocolError"),
            Self::Limit => (limit, "LimitError"),
            Self::Persistence => (persistence, "PersistenceError"),
        };
        let build = || {
            let class = class.import(py, "mqtt_core._errors", name)?;
            let fields = PyDict::new(py);
            fill(&fields)?;
            Ok(PyErr::from_value(class.call((message,), Some(&fields))?))
        };
        build().unwrap_or_else(|error: PyErr| error)
    }
}

const fn needed(what: WouldBlock) -> &'static str {
    match what {
        WouldBlock::ReceiveMaximum => "receive-maximum",
        WouldBlock::PacketIds => "packet-ids",
        WouldBlock::QueueCount => "queue-count",
        WouldBlock::QueueBytes => "queue-bytes",
        WouldBlock::Output => "output",
        WouldBlock::Events => "events",
        WouldBlock::Persist => "persist",
        _ => "other",
    }
}

/// `WouldBlock`, `LocalProtocolError` or `LimitError`: a command that has changed nothing.
#[cold]
pub(crate) fn usage(py: Python<'_>, error: &UsageError) -> PyErr {
    let kind = match error {
        UsageError::WouldBlock(what) => {
            return Class::WouldBlock
                .error(py, &error.to_string(), |fields| fields.set_item("needed", needed(*what)));
        }
        UsageError::Encode(error) => return encode_error(py, error, None),
        UsageError::PacketTooLarge { .. } => {
            return Class::Limit.error(py, &error.to_string(), |fields| {
                fields.set_item("kind", "packet_too_large")?;
                fields.set_item("reason", member(py, ReasonCode::PACKET_TOO_LARGE)?)
            });
        }
        UsageError::NotSupported(reason) => {
            return Class::LocalProtocol.error(py, &error.to_string(), |fields| {
                fields.set_item("kind", "not_supported")?;
                fields.set_item("reason", member(py, *reason)?)
            });
        }
        UsageError::NotConnected => "not_connected",
        UsageError::Connected => "connected",
        UsageError::NotAllowed => "not_allowed",
        UsageError::UnknownToken => "unknown_token",
        UsageError::Quiescing => "quiescing",
        UsageError::Fenced => "fenced",
        _ => "other",
    };
    local(py, kind, &error.to_string())
}

/// `LocalProtocolError` of this kind.
#[cold]
pub(crate) fn local(py: Python<'_>, kind: &str, message: &str) -> PyErr {
    Class::LocalProtocol.error(py, message, |fields| fields.set_item("kind", kind))
}

/// `LimitError` of this kind.
#[cold]
pub(crate) fn limit(py: Python<'_>, kind: &str, message: &str) -> PyErr {
    Class::Limit.error(py, message, |fields| fields.set_item("kind", kind))
}

/// The session's state was taken out of it.
#[cold]
pub(super) fn spent(py: Python<'_>) -> PyErr {
    local(py, "spent", "the state of this session was taken out of it")
}

/// `PersistenceError`.
#[cold]
pub(crate) fn store(py: Python<'_>, error: &StoreError) -> PyErr {
    let text = match error.kind {
        // These are not about a place in bytes.
        StoreErrorKind::Unfinished | StoreErrorKind::Epoch { .. } => error.kind.to_string(),
        _ => error.to_string(),
    };
    Class::Persistence.error(py, &text, |_| Ok(()))
}
