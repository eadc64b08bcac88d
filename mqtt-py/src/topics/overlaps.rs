//! `Overlaps` and `MergedDelivery`.

use super::keys::{HasKeys, Keys, find};
use super::shared::Shared;
use crate::python::{self, member};
use core::mem;
use core::num::NonZeroU32;
use mqtt_core::{Granted, QoS, SubscriptionOptions};
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyList, PyTuple};
use std::hash::RandomState;

/// Most that a Subscription Identifier can be.
const MAX_ID: u32 = 268_435_455;

/// What the mutex guards. The core's keys are places in `objects`.
struct State {
    core: mqtt_core::Overlaps<usize, RandomState>,
    keys: Keys<usize>,
    objects: Vec<Py<PyAny>>,
}

impl State {
    fn new() -> Self {
        Self { core: mqtt_core::Overlaps::default(), keys: Keys::new(), objects: Vec::new() }
    }
}

impl HasKeys for State {
    type Info = usize;

    fn keys(&self) -> &Keys<usize> {
        &self.keys
    }
}

/// Merges subscriptions of one client that match the same message.
#[pyclass(frozen, weakref, generic, module = "mqtt_core")]
pub(crate) struct Overlaps {
    state: Shared<State>,
}

impl Overlaps {
    /// Hands the state to `body`, with the place of a key that is added if it is new.
    fn with_key(
        &self,
        key: &Bound<'_, PyAny>,
        body: impl FnOnce(&mut mqtt_core::Overlaps<usize, RandomState>, usize),
    ) -> PyResult<()> {
        let mut found = find(&self.state, key)?;
        let State { core, keys, objects } = &mut *found.state;
        let at = match found.place.and_then(|place| keys.get(place)) {
            Some(key) => key.info,
            None => {
                let at = objects.len();
                objects.push(key.clone().unbind());
                keys.add(keys.vacant(found.hash), key.clone().unbind(), at);
                at
            }
        };
        body(core, at);
        Ok(())
    }
}

/// An argument that is a Subscription Identifier, or none.
fn subscription_id(object: &Bound<'_, PyAny>) -> PyResult<Option<NonZeroU32>> {
    if object.is_none() {
        return Ok(None);
    }
    let number = object.extract::<i64>()?;
    let id = u32::try_from(number).ok().filter(|&id| id <= MAX_ID).and_then(NonZeroU32::new);
    match id {
        Some(id) => Ok(Some(id)),
        None => Err(PyValueError::new_err(format!("subscription_id is 1 to {MAX_ID}"))),
    }
}

/// An argument that is several of them.
fn subscription_ids(object: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    let mut ids = Vec::new();
    for item in object.try_iter()? {
        match subscription_id(&item?)? {
            Some(id) => ids.push(id.get()),
            None => return Err(PyValueError::new_err("a subscription identifier is missing")),
        }
    }
    Ok(ids)
}

#[pymethods]
impl Overlaps {
    #[new]
    fn new() -> Self {
        Self { state: Shared::new(State::new()) }
    }

    #[pyo3(signature = (publisher = None))]
    fn start(&self, publisher: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        // A key that fails to be hashed leaves the last message as it is.
        if let Some(publisher) = publisher {
            publisher.hash()?;
        }
        self.clear();
        match publisher {
            Some(publisher) => self.with_key(publisher, |core, at| core.start(Some(at))),
            None => Ok(()),
        }
    }

    #[pyo3(
        signature = (
            key, *, qos = QoS::AtMostOnce, no_local = false, retain_as_published = false,
            subscription_id = None,
        ),
        text_signature = "($self, key, *, qos=QoS.AT_MOST_ONCE, no_local=False, \
                          retain_as_published=False, subscription_id=None)",
    )]
    fn add(
        &self,
        key: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = python::enum_argument)] qos: QoS,
        #[pyo3(from_py_with = python::flag)] no_local: bool,
        #[pyo3(from_py_with = python::flag)] retain_as_published: bool,
        #[pyo3(from_py_with = subscription_id)] subscription_id: Option<NonZeroU32>,
    ) -> PyResult<()> {
        let options = SubscriptionOptions {
            qos,
            no_local,
            retain_as_published,
            ..SubscriptionOptions::DEFAULT
        };
        self.with_key(key, |core, at| core.add(&at, &Granted { options, subscription_id }))
    }

    fn deliveries<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let mut merged = Vec::new();
        let state = self.state.lock();
        merged.extend(state.core.iter().filter_map(|delivery| {
            let ids: Vec<u32> = delivery.subscription_ids().map(NonZeroU32::get).collect();
            let key = state.objects.get(*delivery.key)?.clone_ref(py);
            Some((key, delivery.qos, delivery.retain_as_published, ids))
        }));
        drop(state);
        let list = PyList::empty(py);
        for (key, qos, retain_as_published, ids) in merged {
            let subscription_ids = PyTuple::new(py, ids)?.unbind();
            list.append(MergedDelivery { key, qos, retain_as_published, subscription_ids })?;
        }
        Ok(list)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        self.deliveries(py)?.try_iter()
    }

    fn __len__(&self) -> usize {
        self.state.lock().core.len()
    }

    fn clear(&self) {
        let old = mem::replace(&mut *self.state.lock(), State::new());
        drop(old);
    }

    fn __repr__(&self) -> String {
        let len = self.__len__();
        let plural = if len == 1 { "y" } else { "ies" };
        format!("<Overlaps with {len} deliver{plural}>")
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Some(state) = self.state.look() else { return Ok(()) };
        state.objects.iter().try_for_each(|object| visit.call(object))?;
        state.keys.iter().try_for_each(|key| visit.call(&key.object))
    }

    fn __clear__(&self) {
        self.clear();
    }
}

/// How one client gets a message.
#[pyclass(frozen, weakref, generic, module = "mqtt_core")]
pub(crate) struct MergedDelivery {
    key: Py<PyAny>,
    qos: QoS,
    retain_as_published: bool,
    subscription_ids: Py<PyTuple>,
}

impl MergedDelivery {
    /// The constructor's arguments that make an equal object.
    fn arguments<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let arguments = PyDict::new(py);
        arguments.set_item("key", &self.key)?;
        arguments.set_item("qos", member(py, self.qos)?)?;
        arguments.set_item("retain_as_published", self.retain_as_published)?;
        arguments.set_item("subscription_ids", &self.subscription_ids)?;
        Ok(arguments)
    }

    /// What decides if two are equal.
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let qos = self.qos as u8;
        (&self.key, qos, self.retain_as_published, &self.subscription_ids).into_pyobject(py)
    }
}

#[pymethods]
impl MergedDelivery {
    #[classattr]
    #[pyo3(name = "__match_args__")]
    const MATCH_ARGS: (&'static str, &'static str) = ("key", "qos");

    #[new]
    #[pyo3(
        signature = (
            key, qos = QoS::AtMostOnce, *, retain_as_published = false, subscription_ids = Vec::new(),
        ),
        text_signature = "(key, qos=QoS.AT_MOST_ONCE, *, retain_as_published=False, \
                          subscription_ids=())",
    )]
    fn new(
        py: Python<'_>,
        key: Py<PyAny>,
        #[pyo3(from_py_with = python::enum_argument)] qos: QoS,
        #[pyo3(from_py_with = python::flag)] retain_as_published: bool,
        #[pyo3(from_py_with = subscription_ids)] subscription_ids: Vec<u32>,
    ) -> PyResult<Self> {
        let subscription_ids = PyTuple::new(py, subscription_ids)?.unbind();
        Ok(Self { key, qos, retain_as_published, subscription_ids })
    }

    #[getter]
    fn key(&self) -> &Py<PyAny> {
        &self.key
    }

    #[getter]
    fn qos<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        member(py, self.qos)
    }

    #[getter]
    fn retain_as_published(&self) -> bool {
        self.retain_as_published
    }

    #[getter]
    fn subscription_ids(&self) -> &Py<PyTuple> {
        &self.subscription_ids
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (key, ids) = (self.key.bind(py).repr()?, self.subscription_ids.bind(py).repr()?);
        let qos = ["AT_MOST_ONCE", "AT_LEAST_ONCE", "EXACTLY_ONCE"];
        let qos = qos.get(self.qos as usize).unwrap_or(&"");
        let retain = if self.retain_as_published { ", retain_as_published=True" } else { "" };
        let (key, mut text) = (key.to_str()?, String::new());
        if !self.subscription_ids.bind(py).is_empty() {
            text = format!(", subscription_ids={}", ids.to_str()?);
        }
        Ok(format!("MergedDelivery({key}, QoS.{qos}{retain}{text})"))
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.fields(py)?.hash()
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = other.py();
        let Ok(other) = other.cast::<Self>() else { return Ok(py.NotImplemented()) };
        let is_equal =
            self.fields(py)?.rich_compare(other.get().fields(py)?, pyo3::basic::CompareOp::Eq);
        is_equal.map(Bound::unbind)
    }

    /// For `pickle` and `copy`.
    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        Ok((PyTuple::empty(py), self.arguments(py)?))
    }

    #[pyo3(signature = (**changes))]
    fn replace<'py>(
        slf: &Bound<'py, Self>,
        changes: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let arguments = slf.get().arguments(slf.py())?;
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

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.key)
    }
}
