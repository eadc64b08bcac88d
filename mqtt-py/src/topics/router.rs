//! `Router` and `Route`.

use super::faults;
use super::shared::Shared;
use super::text;
use core::{mem, ptr};
use mqtt_core::{Captures, MatchScratch, RouteId, TopicFilter, TopicName, Version};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyList, PyString, PyTuple};
use std::hash::RandomState;
use std::sync::OnceLock;

/// Handlers are found as routes; that of the fallback is alone.
type CoreRouter = mqtt_core::Router<Py<Route>, RandomState>;

/// What the mutex guards.
#[derive(Default)]
struct State {
    router: CoreRouter,
    fallback: Option<Py<PyAny>>,
    scratch: MatchScratch,
}

/// A route of a router.
#[pyclass(frozen, weakref, generic, module = "mqtt_core")]
pub(crate) struct Route {
    /// What the router calls it, as soon as it is added; never the id of another.
    id: OnceLock<RouteId>,
    pattern: Py<PyString>,
    filter: Py<PyString>,
    handler: Py<PyAny>,
    /// The names of the captures, in the order of the levels.
    names: Py<PyTuple>,
}

#[pymethods]
impl Route {
    #[getter]
    fn pattern(&self) -> &Py<PyString> {
        &self.pattern
    }

    #[getter]
    fn filter(&self) -> &Py<PyString> {
        &self.filter
    }

    #[getter]
    fn handler(&self) -> &Py<PyAny> {
        &self.handler
    }

    #[getter]
    fn names(&self) -> &Py<PyTuple> {
        &self.names
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<Route {}>", self.pattern.bind(py).repr()?.to_str()?))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.handler)
    }
}

/// A topic that a filter matches, with a text for each wildcard.
fn example(filter: TopicFilter<'_>) -> String {
    let levels = filter.levels().map(|level| if matches!(level, "+" | "#") { "x" } else { level });
    levels.collect::<Vec<_>>().join("/")
}

/// A route that is not in a router yet. The core judges the pattern, and says what its names are.
fn make<'py>(pattern: &Bound<'py, PyString>, handler: Py<PyAny>) -> PyResult<Bound<'py, Route>> {
    let py = pattern.py();
    let mut trial = mqtt_core::Router::<(), RandomState>::default();
    let id = trial.add(text::text(pattern)?, ()).map_err(|error| faults::route_error(py, error))?;
    let filter = trial.filter(id);
    let (filter_text, topic) = match filter {
        Some(filter) => (filter.as_str().to_owned(), example(filter)),
        None => Default::default(),
    };
    let topic = TopicName::new(&topic).map_err(|error| faults::refuse(py, &error, Version::V5))?;
    let mut scratch = MatchScratch::default();
    let found = trial.most_specific(topic, &mut scratch);
    let names: Vec<&str> =
        found.iter().flat_map(|found| found.captures.iter().map(|(name, _)| name)).collect();
    Bound::new(
        py,
        Route {
            id: OnceLock::new(),
            pattern: text::plain(pattern)?.unbind(),
            filter: PyString::new(py, &filter_text).unbind(),
            handler,
            names: PyTuple::new(py, names)?.unbind(),
        },
    )
}

/// A route that matches, and what its captures stand for.
struct Match<'t> {
    route: Py<Route>,
    values: Vec<&'t str>,
}

impl<'t> Match<'t> {
    fn note(py: Python<'_>, route: &Py<Route>, captures: &Captures<'_, 't>) -> Self {
        Self {
            route: route.clone_ref(py),
            values: captures.iter().map(|(_, value)| value).collect(),
        }
    }

    /// The handler and the captures, when nothing is locked any more.
    fn into_pair(self, py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        let route = self.route.get();
        let captures = PyDict::new(py);
        // A last name may stand for nothing.
        for (name, value) in route.names.bind(py).iter().zip(self.values) {
            captures.set_item(name, value)?;
        }
        (&route.handler, captures).into_pyobject(py)
    }
}

/// Which handler a message is for.
#[pyclass(frozen, weakref, generic, module = "mqtt_core")]
pub(crate) struct Router {
    state: Shared<State>,
}

impl Router {
    fn fallback_pair<'py>(
        py: Python<'py>,
        fallback: Option<Py<PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyTuple>>> {
        fallback.map(|handler| (handler, PyDict::new(py)).into_pyobject(py)).transpose()
    }
}

#[pymethods]
impl Router {
    #[new]
    #[pyo3(signature = (*, fallback = None))]
    fn new(fallback: Option<Py<PyAny>>) -> Self {
        Self { state: Shared::new(State { fallback, ..State::default() }) }
    }

    #[getter]
    fn get_fallback(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.state.lock().fallback.as_ref().map(|handler| handler.clone_ref(py))
    }

    #[setter]
    fn set_fallback(&self, handler: Option<Py<PyAny>>) {
        let old = mem::replace(&mut self.state.lock().fallback, handler);
        drop(old);
    }

    fn add<'py>(
        &self,
        pattern: &Bound<'py, PyString>,
        handler: Py<PyAny>,
    ) -> PyResult<Bound<'py, Route>> {
        let py = pattern.py();
        let route = make(pattern, handler)?;
        let text = text::text(pattern)?;
        let mut state = self.state.lock();
        let outcome = state.router.add(text, route.clone().unbind());
        if let Ok(id) = outcome {
            // It was not set before.
            let _ = route.get().id.set(id);
        }
        drop(state);
        outcome.map_err(|error| faults::route_error(py, error))?;
        Ok(route)
    }

    fn remove(&self, route: &Bound<'_, Route>) -> bool {
        let Some(&id) = route.get().id.get() else { return false };
        let mut state = self.state.lock();
        // Another router may have one with the same id.
        let is_here = state.router.get(id).is_some_and(|here| ptr::eq(here.get(), route.get()));
        let removed = if is_here { state.router.remove(id) } else { None };
        drop(state);
        removed.is_some()
    }

    fn route<'py>(&self, topic: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let py = topic.py();
        let name = text::name(topic)?;
        let mut matches = Vec::new();
        let mut fallback = None;
        let mut state = self.state.lock();
        let State { router, scratch, fallback: other } = &mut *state;
        router
            .route(name, scratch)
            .for_each(|found| matches.push(Match::note(py, found.handler, &found.captures)));
        if matches.is_empty() {
            fallback = other.as_ref().map(|handler| handler.clone_ref(py));
        }
        drop(state);
        let mut pairs = Vec::with_capacity(matches.len().max(1));
        for found in matches {
            pairs.push(found.into_pair(py)?);
        }
        pairs.extend(Self::fallback_pair(py, fallback)?);
        PyList::new(py, pairs)
    }

    fn most_specific<'py>(
        &self,
        topic: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let py = topic.py();
        let name = text::name(topic)?;
        let mut state = self.state.lock();
        let State { router, scratch, fallback } = &mut *state;
        let found = router.most_specific(name, scratch);
        let found = found.map(|found| Match::note(py, found.handler, &found.captures));
        let fallback = fallback.as_ref().map(|handler| handler.clone_ref(py));
        drop(state);
        match found {
            Some(found) => found.into_pair(py).map(Some),
            None => Self::fallback_pair(py, fallback),
        }
    }

    fn with_filter<'py>(&self, filter: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let py = filter.py();
        let filter = text::filter(filter)?;
        let mut routes = Vec::new();
        let state = self.state.lock();
        let ids = state.router.with_filter(filter);
        routes.extend(ids.filter_map(|id| Some(state.router.get(id)?.clone_ref(py))));
        drop(state);
        PyList::new(py, routes)
    }

    fn filters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let mut filters = Vec::new();
        let state = self.state.lock();
        filters.extend(state.router.filters().map(|filter| filter.as_str().to_owned()));
        drop(state);
        PyList::new(py, filters)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        let mut routes = Vec::new();
        let state = self.state.lock();
        routes.extend(state.router.iter().map(|(_, route)| route.clone_ref(py)));
        drop(state);
        PyList::new(py, routes)?.try_iter()
    }

    fn __len__(&self) -> usize {
        self.state.lock().router.len()
    }

    fn clear(&self) {
        let old = mem::take(&mut self.state.lock().router);
        drop(old);
    }

    fn __repr__(&self) -> String {
        let len = self.__len__();
        let plural = if len == 1 { "" } else { "s" };
        format!("<Router with {len} route{plural}>")
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Some(state) = self.state.look() else { return Ok(()) };
        visit.call(&state.fallback)?;
        state.router.iter().try_for_each(|(_, route)| visit.call(route))
    }

    fn __clear__(&self) {
        let old = mem::take(&mut *self.state.lock());
        drop(old);
    }
}
