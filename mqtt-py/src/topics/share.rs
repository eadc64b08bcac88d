//! `ShareGroup`, and how one of its members is chosen.

use super::keys::KeyId;
use super::text::wrong;
use super::trie::{Pair, SubscriptionTrie};
use mqtt_core::ShareStrategy;
use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyString, PyTuple};

/// An argument of type `ShareStrategy`, not yet with its number.
#[derive(Clone, Copy)]
pub(super) struct Strategy(u8);

impl Strategy {
    pub(super) const ROUND_ROBIN: Self = Self(0);

    pub(super) fn read(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        const EXPECTED: &str = "mqtt_core.ShareStrategy";
        static MEMBERS: PyOnceLock<[Py<PyAny>; 4]> = PyOnceLock::new();
        let py = object.py();
        let members = MEMBERS.get_or_try_init(py, || {
            let class = py.import("mqtt_core._enums")?.getattr("ShareStrategy")?;
            let [a, b, c, d] = [0, 1, 2, 3].map(|number: u8| class.call1((number,)));
            Ok::<_, PyErr>([a?.unbind(), b?.unbind(), c?.unbind(), d?.unbind()])
        })?;
        match (0..).zip(members).find(|(_, member)| object.is(member)) {
            Some((number, _)) => Ok(Self(number)),
            None if object.is_instance_of::<PyBool>() => Err(wrong(object, EXPECTED)),
            None => match object.extract::<i64>() {
                Ok(number @ 0..4) => Ok(Self(number as u8)),
                Ok(number) => Err(PyValueError::new_err(format!("{number} is no ShareStrategy"))),
                Err(_) => Err(wrong(object, EXPECTED)),
            },
        }
    }

    /// `None` for none.
    pub(super) fn read_optional(object: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        if object.is_none() { Ok(None) } else { Self::read(object).map(Some) }
    }

    pub(super) const fn with(self, number: u64) -> ShareStrategy {
        match self.0 {
            0 => ShareStrategy::RoundRobin,
            1 => ShareStrategy::Sticky,
            2 => ShareStrategy::Hash(number),
            _ => ShareStrategy::Number(number),
        }
    }
}

/// An argument that any `hash()` is right for: the lowest 64 bits, as two's complement.
pub(super) fn number(object: &Bound<'_, PyAny>) -> PyResult<u64> {
    if let Ok(number) = object.extract::<u64>() {
        return Ok(number);
    }
    match object.extract::<i64>() {
        Ok(number) => Ok(number as u64),
        Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => {
            Err(PyValueError::new_err("number is -2**63 to 2**64 - 1"))
        }
        Err(error) => Err(error),
    }
}

/// A shared subscription that matches a topic.
#[pyclass(frozen, weakref, generic, module = "mqtt_core")]
pub(crate) struct ShareGroup {
    pub(super) trie: Py<SubscriptionTrie>,
    pub(super) filter: Py<PyString>,
    pub(super) members: Py<PyTuple>,
}

#[pymethods]
impl ShareGroup {
    #[getter]
    fn filter(&self) -> &Py<PyString> {
        &self.filter
    }

    #[getter]
    fn share_name<'py>(&'py self, py: Python<'py>) -> PyResult<&'py str> {
        let filter = self.filter.to_str(py)?;
        // It was a shared filter when the group was found.
        Ok(mqtt_core::TopicFilter::new(filter)
            .ok()
            .and_then(|filter| filter.share_name())
            .unwrap_or(""))
    }

    #[getter]
    fn members(&self) -> &Py<PyTuple> {
        &self.members
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.members.bind(py).len()
    }

    #[pyo3(
        signature = (*, strategy = Strategy::ROUND_ROBIN, number = 0, available = None),
        text_signature = "($self, *, strategy=ShareStrategy.ROUND_ROBIN, number=0, available=None)",
    )]
    fn pick<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = Strategy::read)] strategy: Strategy,
        #[pyo3(from_py_with = number)] number: u64,
        available: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let strategy = strategy.with(number);
        let filter = self.filter.to_str(py)?;
        let Ok(filter) = mqtt_core::TopicFilter::new(filter) else { return Ok(None) };
        let trie = self.trie.get();
        let Some(available) = available else {
            let picked = trie.pick(py, filter, strategy, |_| true);
            return Ok(picked.map(|(_, pair)| pair.into_bound(py)));
        };
        // Asked while nothing is locked, so one after the other; who was refused is not asked again.
        let mut refused: Vec<KeyId> = Vec::new();
        loop {
            let next = trie.next_to_pick(py, filter, strategy, &refused);
            let Some((next, pair)) = next else { return Ok(None) };
            let pair = pair.into_bound(py);
            let is_available = available.call1((pair.get_item(0)?, pair.get_item(1)?))?;
            // Who has left meanwhile is not picked.
            if is_available.is_truthy()?
                && trie.pick(py, filter, strategy, |id| id == next).is_some()
            {
                return Ok(Some(pair));
            }
            refused.push(next);
        }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let (filter, len) = (self.filter.bind(py).repr()?, self.__len__(py));
        let plural = if len == 1 { "" } else { "s" };
        Ok(format!("<ShareGroup {} of {len} member{plural}>", filter.to_str()?))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.trie)?;
        visit.call(&self.members)
    }
}

/// A member of a group: who, and what is kept of the subscription, which has the filter beside the pair.
pub(super) fn pair_of(py: Python<'_>, value: &Pair) -> Option<Py<PyTuple>> {
    let first = value.bind(py).get_borrowed_item(0).ok()?.to_owned();
    Some(first.cast_into::<PyTuple>().ok()?.unbind())
}
