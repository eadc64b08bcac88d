//! `SessionState`: what outlives a connection, between two sessions.

use super::faults;
use super::handle::FIRST_TOKEN;
use super::store::PersistOp;
use super::tokens::Tokens;
use crate::field::iterate;
use crate::python::bytes_like;
use mqtt_core::store::Restore;
use pyo3::prelude::*;
use std::sync::{Mutex, PoisonError};

/// What is left of a session, for the one that goes on with it.
#[pyclass(frozen, weakref, module = "mqtt_core")]
pub(crate) struct SessionState(Mutex<Option<Left>>);

/// What is left of a session.
pub(super) struct Left {
    pub(super) state: mqtt_core::SessionState,
    pub(super) tokens: Tokens,
    /// The number of the next command.
    pub(super) next_token: u64,
}

impl SessionState {
    pub(super) const fn new(left: Left) -> Self {
        Self(Mutex::new(Some(left)))
    }

    /// What is there, once.
    pub(super) fn take(&self, py: Python<'_>) -> PyResult<Left> {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        left.ok_or_else(|| faults::local(py, "spent", "a session goes on with this state already"))
    }

    /// The command was refused: the state is still good.
    pub(super) fn put_back(&self, left: Left) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(left);
    }

    /// Nothing of Python is in a state.
    fn look<T>(&self, body: impl FnOnce(&mqtt_core::SessionState) -> T) -> Option<T> {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        left.as_ref().map(|left| body(&left.state))
    }
}

/// What a store has: a snapshot, or rows up to a change; and the changes behind them.
pub(crate) fn stored(
    py: Python<'_>,
    snapshot: Option<&Bound<'_, PyAny>>,
    rows: Option<&Bound<'_, PyAny>>,
    at: Option<(u64, u64)>,
    ops: Option<&Bound<'_, PyAny>>,
    skip_unknown: bool,
) -> PyResult<Restore> {
    let mut restore = Restore::new();
    if skip_unknown {
        restore = restore.skip_unknown();
    }
    if let Some(page) = snapshot {
        let page = bytes_like(page)?;
        restore.page(page.as_bytes()).map_err(|error| faults::store(py, &error))?;
    }
    if let Some(rows) = rows {
        for row in iterate(rows)? {
            let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = row?.extract()?;
            restore.put(bytes_like(&key)?.as_bytes(), bytes_like(&value)?.as_bytes());
        }
    }
    if let Some((epoch, seq)) = at {
        restore.at(epoch, seq);
    }
    if let Some(ops) = ops {
        for op in iterate(ops)? {
            let op = op?;
            let op = op.cast::<PersistOp>()?.get().core(py);
            restore.apply(&op).map_err(|error| faults::store(py, &error))?;
        }
    }
    Ok(restore)
}

#[pymethods]
impl SessionState {
    /// The session that a snapshot, rows and changes give back.
    #[staticmethod]
    #[pyo3(
        signature = (snapshot = None, *, rows = None, at = None, ops = None, skip_unknown = false),
        text_signature = "(snapshot=None, *, rows=(), at=None, ops=(), skip_unknown=False)",
    )]
    fn restore(
        py: Python<'_>,
        snapshot: Option<&Bound<'_, PyAny>>,
        rows: Option<&Bound<'_, PyAny>>,
        at: Option<(u64, u64)>,
        ops: Option<&Bound<'_, PyAny>>,
        skip_unknown: bool,
    ) -> PyResult<Option<Self>> {
        let restore = stored(py, snapshot, rows, at, ops, skip_unknown)?;
        let state = mqtt_core::SessionState::restore(&restore);
        let state = state.map_err(|error| faults::store(py, &error))?;
        Ok(state.map(|state| {
            let tokens = Tokens::default();
            Self::new(Left { state, tokens, next_token: FIRST_TOKEN })
        }))
    }

    /// Messages that were sent and are not done.
    #[getter]
    fn open_messages(&self) -> usize {
        self.look(mqtt_core::SessionState::open_messages).unwrap_or(0)
    }

    /// Messages that wait to be sent.
    #[getter]
    fn queued_messages(&self) -> usize {
        self.look(mqtt_core::SessionState::queued_messages).unwrap_or(0)
    }

    /// True if the next connection of a client is to ask for a Clean Start.
    #[getter]
    fn wants_clean_start(&self) -> bool {
        self.look(mqtt_core::SessionState::wants_clean_start).unwrap_or(false)
    }

    fn __repr__(&self) -> String {
        match self.look(|state| (state.open_messages(), state.queued_messages())) {
            Some((open, queued)) => format!("<SessionState open={open} queued={queued}>"),
            None => "<SessionState spent>".to_owned(),
        }
    }
}
