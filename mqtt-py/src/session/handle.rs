//! What the handles of both roles have in common.

use super::choice::size;
use super::faults;
use super::state::Left;
use super::tokens::Tokens;
use bytes::Buf as _;
use mqtt_core::{Transmit, UsageError, Version};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::sync::{Mutex, PoisonError};

/// The number of the first command, if the caller gives none.
pub(super) const FIRST_TOKEN: u64 = 1;

/// A session of the core behind a mutex.
///
/// **While it is locked, nothing of Python may run**: no object is made that the garbage collector
/// knows (which may run finalizers), nothing is called. Strings and bytes may be made, and their
/// references dropped. Then the lock is never held when the interpreter switches to another thread,
/// and never asked for by the thread that has it.
pub(super) struct Handle<S>(Mutex<Inner<S>>);

struct Inner<S> {
    /// Taken, once its state has been taken out of it.
    session: Option<S>,
    beside: Beside,
}

/// What is kept beside the core's session.
pub(super) struct Beside {
    /// Of messages that wait for the caller's acknowledgement.
    pub(super) tokens: Tokens,
    /// Of a server, once it has seen CONNECT.
    pub(super) version: Version,
    /// The number of the next command.
    pub(super) next_token: u64,
}

impl Beside {
    /// Owners of a later epoch count on from higher numbers: those of a restored session are not given
    /// twice.
    pub(super) fn new(version: Version, epoch: u64) -> Self {
        let next_token = (epoch << 32).saturating_add(FIRST_TOKEN);
        Self { tokens: Tokens::default(), version, next_token }
    }

    /// Takes up what was beside a session that goes on.
    pub(super) fn go_on(&mut self, tokens: Tokens, next_token: u64) {
        self.tokens.go_on(tokens);
        self.next_token = self.next_token.max(next_token);
    }
}

impl<S> Handle<S> {
    pub(super) const fn new(session: S, beside: Beside) -> Self {
        Self(Mutex::new(Inner { session: Some(session), beside }))
    }

    /// Locks the session for `body`, in which nothing of Python may run.
    #[inline]
    pub(super) fn with<T>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(&mut S, &mut Beside) -> T,
    ) -> PyResult<T> {
        let result = {
            // Nothing panics while it is locked; if something did, the state would still be memory-safe.
            let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let Inner { session, beside } = &mut *inner;
            session.as_mut().map(|session| body(session, beside))
        };
        result.ok_or_else(|| faults::spent(py))
    }

    /// The same for what may be refused.
    #[inline]
    pub(super) fn command<T>(
        &self,
        py: Python<'_>,
        body: impl FnOnce(&mut S, &mut Beside) -> Result<T, UsageError>,
    ) -> PyResult<T> {
        self.with(py, body)?.map_err(|error| faults::usage(py, &error))
    }

    /// Takes the state out of the session, which is of no use then.
    pub(super) fn spend(
        &self,
        py: Python<'_>,
        into_state: impl FnOnce(S) -> mqtt_core::SessionState,
    ) -> PyResult<Left> {
        let taken = {
            let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let session = inner.session.take();
            session.map(|session| {
                let beside = &mut inner.beside;
                let mut tokens = core::mem::take(&mut beside.tokens);
                tokens.disconnect();
                (session, tokens, beside.next_token)
            })
        };
        let (session, tokens, next_token) = taken.ok_or_else(|| faults::spent(py))?;
        Ok(Left { state: into_state(session), tokens, next_token })
    }
}

/// What is to be sent, up to so many bytes.
#[inline]
pub(crate) fn sent<'py>(
    py: Python<'py>,
    mut transmit: Transmit<'_>,
    max_bytes: Option<u64>,
) -> PyResult<Bound<'py, PyBytes>> {
    let most = max_bytes.map_or(usize::MAX, size);
    match transmit.remaining().min(most) {
        0 => Ok(PyBytes::new(py, &[])),
        len => PyBytes::new_with(py, len, |out| {
            transmit.copy_to_slice(out);
            Ok(())
        }),
    }
}

/// A handle of one role, with the methods of both and its own.
macro_rules! handle {
    (
        $(#[$doc:meta])*
        class $Class:ident, $Events:ident;
        methods { $($methods:tt)* }
    ) => {
        $(#[$doc])*
        #[pyo3::pyclass(frozen, weakref, module = "mqtt_core")]
        pub(crate) struct $Class($crate::session::handle::Handle<mqtt_core::$Class>);

        #[pyo3::pymethods]
        impl $Class {
            #[pyo3(signature = (data, *, now), text_signature = "($self, data, *, now)")]
            fn receive_data(
                &self,
                data: &Bound<'_, PyAny>,
                #[pyo3(from_py_with = $crate::session::time::now)] now: mqtt_core::Instant,
            ) -> PyResult<usize> {
                let data_bytes = $crate::python::bytes_like(data)?;
                let input = data_bytes.as_bytes();
                self.0.with(data.py(), |session, _| session.handle_input(now, input))
            }

            #[getter]
            fn wants_input(&self, py: Python<'_>) -> PyResult<usize> {
                self.0.with(py, |session, _| session.wants_input())
            }

            #[pyo3(signature = (*, now), text_signature = "($self, *, now)")]
            fn receive_eof(
                &self,
                py: Python<'_>,
                #[pyo3(from_py_with = $crate::session::time::now)] now: mqtt_core::Instant,
            ) -> PyResult<()> {
                self.0.with(py, |session, _| session.handle_eof(now))
            }

            fn handle_timeout(
                &self,
                py: Python<'_>,
                #[pyo3(from_py_with = $crate::session::time::now)] now: mqtt_core::Instant,
            ) -> PyResult<()> {
                self.0.with(py, |session, _| session.handle_timeout(now))
            }

            fn next_timeout(&self, py: Python<'_>) -> PyResult<Option<f64>> {
                let at = self.0.with(py, |session, _| session.poll_timeout())?;
                Ok(at.map(|at| $crate::session::time::to_seconds(at.as_millis())))
            }

            fn next_timer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                let timer = self.0.with(py, |session, _| session.next_timer())?;
                $crate::field::Field::give(&timer, py)
            }

            fn next_event<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
                let polled = self.0.with(py, |session, beside| {
                    let event = session.poll_event()?;
                    let (tokens, version) = (&mut beside.tokens, &mut beside.version);
                    Some($crate::session::polled::Polled::of(py, event, tokens, version))
                })?;
                polled.map(|polled| polled?.give(py)).transpose()
            }

            fn events(slf: Bound<'_, Self>) -> $Events {
                $Events(slf.unbind())
            }

            #[pyo3(
                signature = (max_bytes = None),
                text_signature = "($self, max_bytes=None)",
            )]
            fn data_to_send<'py>(
                &self,
                py: Python<'py>,
                #[pyo3(from_py_with = <Option<u64> as $crate::field::Field>::take)]
                max_bytes: Option<u64>,
            ) -> PyResult<Bound<'py, pyo3::types::PyBytes>> {
                self.0.with(py, |session, _| {
                    $crate::session::handle::sent(py, session.transmit(), max_bytes)
                })?
            }

            #[getter]
            fn is_connected(&self, py: Python<'_>) -> PyResult<bool> {
                self.0.with(py, |session, _| session.is_connected())
            }

            #[pyo3(
                signature = (token, reason = mqtt_core::ReasonCode::SUCCESS, *, now),
                text_signature = "($self, token, reason=ReasonCode.SUCCESS, *, now)",
            )]
            fn ack(
                &self,
                py: Python<'_>,
                #[pyo3(from_py_with = <u64 as $crate::field::Field>::take)] token: u64,
                #[pyo3(from_py_with = <mqtt_core::ReasonCode as $crate::field::Field>::take)]
                reason: mqtt_core::ReasonCode,
                #[pyo3(from_py_with = $crate::session::time::now)] now: mqtt_core::Instant,
            ) -> PyResult<()> {
                self.0.command(py, |session, beside| {
                    let Some((core, qos)) = beside.tokens.take(token) else {
                        return Err(mqtt_core::UsageError::UnknownToken);
                    };
                    session.ack(now, core, reason).map_err(|refused| {
                        if refused.error != mqtt_core::UsageError::UnknownToken {
                            beside.tokens.put_back(token, refused.token, qos);
                        }
                        refused.error
                    })
                })
            }

            #[pyo3(signature = (auth, *, now), text_signature = "($self, auth, *, now)")]
            fn auth(
                &self,
                auth: &Bound<'_, $crate::others::Auth>,
                #[pyo3(from_py_with = $crate::session::time::now)] now: mqtt_core::Instant,
            ) -> PyResult<()> {
                $crate::session::handle::packet!(self, auth, Auth, |session| session.auth(now, &auth))
            }

            #[pyo3(
                signature = (disconnect = None, *, now),
                text_signature = "($self, disconnect=None, *, now)",
            )]
            fn disconnect(
                &self,
                py: Python<'_>,
                disconnect: Option<&Bound<'_, $crate::others::Disconnect>>,
                #[pyo3(from_py_with = $crate::session::time::now)] now: mqtt_core::Instant,
            ) -> PyResult<()> {
                let Some(disconnect) = disconnect else {
                    let disconnect = mqtt_core::Disconnect::default();
                    return self.0.command(py, |session, _| session.disconnect(now, &disconnect));
                };
                $crate::session::handle::packet!(self, disconnect, Disconnect, |session| {
                    session.disconnect(now, &disconnect)
                })
            }

            #[pyo3(
                signature = (disconnect = None, *, now),
                text_signature = "($self, disconnect=None, *, now)",
            )]
            fn quiesce(
                &self,
                py: Python<'_>,
                disconnect: Option<&Bound<'_, $crate::others::Disconnect>>,
                #[pyo3(from_py_with = $crate::session::time::now)] now: mqtt_core::Instant,
            ) -> PyResult<()> {
                let Some(disconnect) = disconnect else {
                    let disconnect = mqtt_core::Disconnect::default();
                    return self.0.command(py, |session, _| session.quiesce(now, &disconnect));
                };
                $crate::session::handle::packet!(self, disconnect, Disconnect, |session| {
                    session.quiesce(now, &disconnect)
                })
            }

            #[getter]
            fn heap_bytes(&self, py: Python<'_>) -> PyResult<usize> {
                self.0.with(py, |session, beside| session.heap_bytes() + beside.tokens.heap_bytes())
            }

            fn shrink_to_fit(&self, py: Python<'_>) -> PyResult<()> {
                self.0.with(py, |session, _| session.shrink_to_fit())
            }

            fn stats(&self, py: Python<'_>) -> PyResult<Option<$crate::session::Stats>> {
                let stats = self.0.with(py, |session, _| session.stats())?;
                Ok(stats.as_ref().map($crate::session::Stats::of))
            }

            #[pyo3(signature = (*, now), text_signature = "($self, *, now)")]
            fn stats_and_reset(
                &self,
                py: Python<'_>,
                #[pyo3(from_py_with = $crate::session::time::now)] now: mqtt_core::Instant,
            ) -> PyResult<Option<$crate::session::Stats>> {
                let stats = self.0.with(py, |session, _| session.stats_and_reset(now))?;
                Ok(stats.as_ref().map($crate::session::Stats::of))
            }

            #[pyo3(signature = (unix_time, *, now), text_signature = "($self, unix_time, *, now)")]
            fn set_unix_time(
                &self,
                py: Python<'_>,
                #[pyo3(from_py_with = $crate::session::time::now)] unix_time: mqtt_core::Instant,
                #[pyo3(from_py_with = $crate::session::time::now)] now: mqtt_core::Instant,
            ) -> PyResult<()> {
                self.0.with(py, |session, _| session.set_unix_time(now, unix_time.as_millis()))
            }

            fn next_persist_op(
                &self,
                py: Python<'_>,
            ) -> PyResult<Option<$crate::session::PersistOp>> {
                self.0.with(py, |session, _| {
                    let op = session.poll_persist();
                    op.map(|op| $crate::session::PersistOp::of(py, &op)).transpose()
                })?
            }

            fn persist_ops(&self, py: Python<'_>) -> PyResult<Vec<$crate::session::PersistOp>> {
                let mut ops = Vec::new();
                while let Some(op) = self.next_persist_op(py)? {
                    ops.push(op);
                }
                Ok(ops)
            }

            #[pyo3(signature = (seq, *, now), text_signature = "($self, seq, *, now)")]
            fn persisted(
                &self,
                py: Python<'_>,
                #[pyo3(from_py_with = <u64 as $crate::field::Field>::take)] seq: u64,
                #[pyo3(from_py_with = $crate::session::time::now)] now: mqtt_core::Instant,
            ) -> PyResult<()> {
                self.0.with(py, |session, _| session.persisted(now, seq))
            }

            #[getter]
            fn persist_seq(&self, py: Python<'_>) -> PyResult<u64> {
                self.0.with(py, |session, _| session.persist_seq())
            }

            #[pyo3(signature = (epoch, *, now), text_signature = "($self, epoch, *, now)")]
            fn fenced(
                &self,
                py: Python<'_>,
                #[pyo3(from_py_with = <u64 as $crate::field::Field>::take)] epoch: u64,
                #[pyo3(from_py_with = $crate::session::time::now)] now: mqtt_core::Instant,
            ) -> PyResult<()> {
                self.0.with(py, |session, _| session.fenced(now, epoch))
            }

            fn snapshot<'py>(
                &self,
                py: Python<'py>,
            ) -> PyResult<Bound<'py, pyo3::types::PyBytes>> {
                let mut page = Vec::new();
                self.0.with(py, |session, _| session.snapshot(None, usize::MAX, &mut page))?;
                Ok(pyo3::types::PyBytes::new(py, &page))
            }

            #[allow(clippy::wrong_self_convention, reason = "a handle of Python")]
            fn into_state(&self, py: Python<'_>) -> PyResult<$crate::session::SessionState> {
                self.0.spend(py, mqtt_core::$Class::into_state).map($crate::session::SessionState::new)
            }

            fn __repr__(&self, py: Python<'_>) -> String {
                match self.0.with(py, |session, _| format!("<{session:?}>")) {
                    Ok(text) => text,
                    Err(_) => concat!("<", stringify!($Class), "(Spent)>").to_owned(),
                }
            }

            $($methods)*
        }

        /// The events of a session, up to the last that there is now.
        #[pyo3::pyclass(frozen, module = "mqtt_core")]
        pub(crate) struct $Events(Py<$Class>);

        #[pyo3::pymethods]
        impl $Events {
            fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
                slf
            }

            fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
                self.0.get().next_event(py)
            }
        }
    };
}

/// A command that takes a packet: the name of the argument stands for the core's packet in it.
macro_rules! packet {
    ($self:ident, $packet:ident, $Packet:ident, |$session:ident| $command:expr) => {{
        let py = $packet.py();
        $crate::packet::PacketClass::with_core($packet.get(), py, |packet| {
            let mqtt_core::Packet::$Packet($packet) = packet else {
                // Each class gives its own packet.
                return Err($crate::session::faults::local(py, "other", "another packet"));
            };
            $self.0.command(py, |$session, _| $command)
        })
    }};
}

pub(super) use {handle, packet};
