//! `RetainedIndex`.

use super::faults;
use super::shared::Shared;
use super::text::{self, OwnFilter};
use super::trie::{limit, limits};
use core::mem;
use mqtt_core::{IndexLimits, RetainedCursor, RetainedEntry};
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyList, PyString, PyTuple};
use std::hash::RandomState;

type CoreIndex = mqtt_core::RetainedIndex<Py<PyAny>, RandomState>;

/// What the mutex guards.
struct State {
    index: CoreIndex,
    cursor: RetainedCursor,
}

impl State {
    fn new(limits: IndexLimits) -> Self {
        let mut index = CoreIndex::default();
        index.set_limits(limits);
        Self { index, cursor: RetainedCursor::default() }
    }
}

/// Names with values that were found, their texts in one.
#[derive(Default)]
struct Finds {
    names: String,
    /// Where each name ends, and its value.
    finds: Vec<(usize, Py<PyAny>)>,
}

impl Finds {
    fn add(&mut self, py: Python<'_>, entry: RetainedEntry<'_, Py<PyAny>, RandomState>) {
        entry.write_name(&mut self.names);
        self.finds.push((self.names.len(), entry.value.clone_ref(py)));
    }

    /// Names and values, when nothing is locked any more.
    fn into_list(self, py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
        let mut start = 0;
        let pairs = self.finds.into_iter().map(|(end, value)| {
            let name = self.names.get(start..end).unwrap_or_default();
            start = end;
            PyTuple::new(py, [PyString::new(py, name).into_any(), value.into_bound(py)])
        });
        PyList::new(py, pairs.collect::<PyResult<Vec<_>>>()?)
    }
}

/// Values by topic name, asked by topic filter.
#[pyclass(frozen, weakref, generic, module = "mqtt_core")]
pub(crate) struct RetainedIndex {
    state: Shared<State>,
}

#[pymethods]
impl RetainedIndex {
    #[new]
    #[pyo3(signature = (*, max_entries = None, max_levels = None))]
    fn new(max_entries: Option<usize>, max_levels: Option<usize>) -> Self {
        Self { state: Shared::new(State::new(limits(max_entries, max_levels))) }
    }

    #[getter]
    fn max_entries(&self) -> Option<usize> {
        limit(self.state.lock().index.limits().max_entries)
    }

    #[getter]
    fn max_levels(&self) -> Option<usize> {
        limit(self.state.lock().index.limits().max_levels)
    }

    fn insert(&self, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        let core = text::name(name)?;
        // Should it be refused, it is dropped in there; the caller has another reference.
        let outcome = self.state.lock().index.insert(core, value.clone().unbind());
        match outcome {
            Ok(old) => Ok(old.is_none()),
            Err(full) => Err(faults::index_full(name.py(), full)),
        }
    }

    fn remove(&self, name: &Bound<'_, PyAny>) -> PyResult<bool> {
        let core = text::name(name)?;
        let value = self.state.lock().index.remove(core);
        Ok(value.is_some())
    }

    #[pyo3(signature = (name, default = None), text_signature = "($self, name, default=None)")]
    fn get(
        &self,
        name: &Bound<'_, PyAny>,
        default: Option<Py<PyAny>>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let core = text::name(name)?;
        let state = self.state.lock();
        let value = state.index.get(core).map(|value| value.clone_ref(name.py()));
        drop(state);
        Ok(value.or(default))
    }

    fn lookup<'py>(&self, filter: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let py = filter.py();
        let filter = text::filter(filter)?;
        let mut finds = Finds::default();
        let mut state = self.state.lock();
        let State { index, cursor } = &mut *state;
        index.lookup(filter, cursor).for_each(|entry| finds.add(py, entry));
        drop(state);
        finds.into_list(py)
    }

    #[pyo3(signature = (filter, size = 1000), text_signature = "($self, filter, size=1000)")]
    fn pages(
        slf: &Bound<'_, Self>,
        filter: &Bound<'_, PyAny>,
        size: usize,
    ) -> PyResult<RetainedPages> {
        if size == 0 {
            return Err(PyValueError::new_err("size is 1 at least"));
        }
        let filter = OwnFilter::new(text::filter(filter)?);
        let walk = Shared::new(Walk::default());
        Ok(RetainedPages { index: slf.clone().unbind(), filter, size, walk })
    }

    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let mut finds = Finds::default();
        let state = self.state.lock();
        state.index.iter().for_each(|entry| finds.add(py, entry));
        drop(state);
        finds.into_list(py)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        let mut names = Vec::new();
        let state = self.state.lock();
        names.extend(state.index.iter().map(|entry| entry.name()));
        drop(state);
        PyList::new(py, names)?.try_iter()
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> PyResult<bool> {
        let core = text::name(name)?;
        Ok(self.state.lock().index.get(core).is_some())
    }

    fn __len__(&self) -> usize {
        self.state.lock().index.len()
    }

    fn clear(&self) {
        let mut state = self.state.lock();
        let empty = State::new(state.index.limits());
        let old = mem::replace(&mut *state, empty);
        drop(state);
        drop(old);
    }

    fn shrink_to_fit(&self) {
        let mut state = self.state.lock();
        state.index.shrink_to_fit();
        state.cursor = RetainedCursor::default();
    }

    fn __sizeof__(&self) -> usize {
        mem::size_of::<Self>() + self.state.lock().index.heap_bytes()
    }

    fn __repr__(&self) -> String {
        let len = self.__len__();
        let plural = if len == 1 { "" } else { "s" };
        format!("<RetainedIndex with {len} name{plural}>")
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Some(state) = self.state.look() else { return Ok(()) };
        state.index.iter().try_for_each(|entry| visit.call(entry.value))
    }

    fn __clear__(&self) {
        self.clear();
    }
}

/// A lookup page by page, also if the index changes meanwhile.
#[pyclass(frozen, module = "mqtt_core")]
pub(crate) struct RetainedPages {
    index: Py<RetainedIndex>,
    filter: OwnFilter,
    size: usize,
    walk: Shared<Walk>,
}

#[derive(Default)]
struct Walk {
    cursor: RetainedCursor,
    has_begun: bool,
    is_done: bool,
}

#[pymethods]
impl RetainedPages {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyList>>> {
        let Some(filter) = self.filter.core() else { return Ok(None) };
        let mut finds = Finds::default();
        // Always in this order.
        let mut walk = self.walk.lock();
        if walk.is_done {
            return Ok(None);
        }
        let state = self.index.get().state.lock();
        let begins = !mem::replace(&mut walk.has_begun, true);
        let rest = if begins {
            state.index.lookup(filter, &mut walk.cursor)
        } else {
            state.index.resume(filter, &mut walk.cursor)
        };
        rest.take(self.size).for_each(|entry| finds.add(py, entry));
        walk.is_done = finds.finds.len() < self.size;
        drop(state);
        drop(walk);
        if finds.finds.is_empty() { Ok(None) } else { finds.into_list(py).map(Some) }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.index)
    }
}
