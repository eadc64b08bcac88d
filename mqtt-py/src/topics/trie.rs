//! `SubscriptionTrie`.

use super::faults;
use super::keys::{HasKeys, KeyId, Keys, Place, find};
use super::share::{ShareGroup, Strategy, number, pair_of};
use super::shared::Shared;
use super::text::{self, OwnFilter};
use super::trie_matches::TrieMatches;
use core::mem;
use mqtt_core::{Found, IndexLimits, MatchScratch, ShareStrategy, TopicFilter};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyList, PyString, PyTuple};
use std::collections::BTreeSet;
use std::hash::RandomState;

/// What is kept of a subscription: `(key, value)`, made once and handed out with each match. Of a shared
/// one, this pair and the filter.
pub(super) type Pair = Py<PyTuple>;

pub(super) type CoreTrie = mqtt_core::SubscriptionTrie<KeyId, Pair, RandomState>;

/// What the mutex guards.
pub(super) struct State {
    pub(super) trie: CoreTrie,
    keys: Keys<Filters>,
    scratch: MatchScratch,
}

/// The filters that a key subscribes to, one at least.
pub(super) enum Filters {
    One(OwnFilter),
    Several(BTreeSet<OwnFilter>),
}

impl Filters {
    fn add(&mut self, filter: OwnFilter) {
        match self {
            Self::One(first) => {
                // A set of two allocates no more than one of one.
                let first = mem::replace(first, filter.clone());
                *self = Self::Several([first, filter].into());
            }
            Self::Several(filters) => {
                filters.insert(filter);
            }
        }
    }

    /// Removes one. True if there are none left then.
    fn remove(&mut self, filter: &OwnFilter) -> bool {
        match self {
            Self::One(_) => true,
            Self::Several(filters) => {
                filters.remove(filter);
                filters.is_empty()
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = &OwnFilter> {
        let (one, several) = match self {
            Self::One(filter) => (Some(filter), None),
            Self::Several(filters) => (None, Some(filters)),
        };
        one.into_iter().chain(several.into_iter().flatten())
    }
}

impl HasKeys for State {
    type Info = Filters;

    fn keys(&self) -> &Keys<Filters> {
        &self.keys
    }
}

impl State {
    fn new(limits: IndexLimits) -> Self {
        let mut trie = CoreTrie::default();
        trie.set_limits(limits);
        Self { trie, keys: Keys::new(), scratch: MatchScratch::default() }
    }
}

/// Who subscribes to which filter.
#[pyclass(frozen, weakref, generic, module = "mqtt_core")]
pub(crate) struct SubscriptionTrie {
    pub(super) state: Shared<State>,
}

impl SubscriptionTrie {
    /// Picks a member of a group, and notes whose turn it was.
    pub(super) fn pick(
        &self,
        py: Python<'_>,
        filter: TopicFilter<'_>,
        strategy: ShareStrategy,
        is_available: impl Fn(KeyId) -> bool,
    ) -> Option<(KeyId, Pair)> {
        let state = self.state.lock();
        let group = state.trie.share_group(filter)?;
        let (id, value) = group.pick(strategy, |id, _| is_available(*id))?;
        Some((*id, pair_of(py, value)?))
    }

    /// The member that would be picked if these are not available; it is not noted.
    pub(super) fn next_to_pick(
        &self,
        py: Python<'_>,
        filter: TopicFilter<'_>,
        strategy: ShareStrategy,
        refused: &[KeyId],
    ) -> Option<(KeyId, Pair)> {
        if matches!(strategy, ShareStrategy::Hash(_) | ShareStrategy::Number(_)) {
            // These have no turns.
            return self.pick(py, filter, strategy, |id| !refused.contains(&id));
        }
        let mut next = None;
        let state = self.state.lock();
        let group = state.trie.share_group(filter)?;
        // Asked in the order of their turns, of which none is used.
        group.pick(strategy, |id, value| {
            if next.is_none() && !refused.contains(id) {
                next = pair_of(py, value).map(|pair| (*id, pair));
            }
            false
        });
        next
    }
}

/// What a match gives: the subscriber, or who of a group was chosen.
#[inline]
pub(super) fn chosen(
    py: Python<'_>,
    found: Found<'_, KeyId, Pair>,
    strategy: Option<ShareStrategy>,
) -> Option<Pair> {
    match found {
        Found::Subscriber { value, .. } => Some(value.clone_ref(py)),
        Found::Group(group) => pair_of(py, group.pick(strategy?, |_, _| true)?.1),
    }
}

/// A limit that is given, or none.
pub(super) fn limits(max_entries: Option<usize>, max_levels: Option<usize>) -> IndexLimits {
    IndexLimits {
        max_entries: max_entries.unwrap_or(usize::MAX),
        max_levels: max_levels.unwrap_or(usize::MAX),
    }
}

/// A limit as Python has it.
pub(super) const fn limit(max: usize) -> Option<usize> {
    if max == usize::MAX { None } else { Some(max) }
}

#[pymethods]
impl SubscriptionTrie {
    #[new]
    #[pyo3(signature = (*, max_entries = None, max_levels = None))]
    fn new(max_entries: Option<usize>, max_levels: Option<usize>) -> Self {
        Self { state: Shared::new(State::new(limits(max_entries, max_levels))) }
    }

    #[getter]
    fn max_entries(&self) -> Option<usize> {
        limit(self.state.lock().trie.limits().max_entries)
    }

    #[getter]
    fn max_levels(&self) -> Option<usize> {
        limit(self.state.lock().trie.limits().max_levels)
    }

    #[pyo3(signature = (filter, key, value = None), text_signature = "($self, filter, key, value=None)")]
    fn insert(
        &self,
        filter: &Bound<'_, PyAny>,
        key: &Bound<'_, PyAny>,
        value: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        let py = key.py();
        let core = text::filter(filter)?;
        let filter_text =
            if core.is_shared() { Some(PyString::new(py, core.as_str())) } else { None };
        let none = py.None().into_bound(py);
        let value = value.unwrap_or(&none);
        let pair = |key: &Bound<'_, PyAny>| -> PyResult<Pair> {
            let pair = PyTuple::new(py, [key, value])?;
            Ok(match &filter_text {
                Some(filter) => (pair, filter).into_pyobject(py)?.unbind(),
                None => pair.unbind(),
            })
        };
        // With the key object that came first, so that equal ones are not all kept.
        let mut shown = key.clone();
        let mut stored = pair(key)?;
        let (mut state, place, is_known) = loop {
            let found = find(&self.state, &shown)?;
            let Some(place) = found.place else {
                let place = found.state.keys.vacant(found.hash);
                break (found.state, place, false);
            };
            let first = found.state.keys.get(place).map(|key| key.object.clone_ref(py));
            match first {
                Some(first) if !first.is(&shown) => {
                    drop(found);
                    shown = first.into_bound(py);
                    stored = pair(&shown)?;
                }
                _ => break (found.state, place, true),
            }
        };
        let State { trie, keys, .. } = &mut *state;
        // Should it be refused, it is dropped in there, which then is not the last of it.
        let outcome = trie.insert(core, place.id(), stored.clone_ref(py));
        if let Ok(None) = outcome {
            let filter = OwnFilter::new(core);
            match keys.get_mut(place) {
                Some(known) if is_known => known.info.add(filter),
                _ => keys.add(place, shown.clone().unbind(), Filters::One(filter)),
            }
        }
        drop(state);
        match outcome {
            Ok(old) => Ok(old.is_none()),
            Err(full) => Err(faults::index_full(py, full)),
        }
    }

    fn remove(&self, filter: &Bound<'_, PyAny>, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        let core = text::filter(filter)?;
        let mut found = find(&self.state, key)?;
        let Some(place) = found.place else { return Ok(false) };
        let State { trie, keys, .. } = &mut *found.state;
        let value = trie.remove(core, &place.id());
        let mut gone = None;
        if value.is_some() {
            let is_last =
                |key: &mut super::keys::Key<Filters>| key.info.remove(&OwnFilter::new(core));
            if keys.get_mut(place).is_some_and(is_last) {
                gone = keys.remove(place);
            }
        }
        drop(found);
        drop(gone);
        Ok(value.is_some())
    }

    fn remove_key(&self, key: &Bound<'_, PyAny>) -> PyResult<usize> {
        let mut found = find(&self.state, key)?;
        let Some(place) = found.place else { return Ok(0) };
        let State { trie, keys, .. } = &mut *found.state;
        let gone = keys.remove(place);
        let mut values = Vec::new();
        if let Some(key) = &gone {
            let filters = key.info.iter().filter_map(OwnFilter::core);
            values.extend(filters.filter_map(|filter| trie.remove(filter, &place.id())));
        }
        drop(found);
        Ok(values.len())
    }

    #[pyo3(signature = (filter, key, default = None), text_signature = "($self, filter, key, default=None)")]
    fn get<'py>(
        &self,
        filter: &Bound<'py, PyAny>,
        key: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = key.py();
        let core = text::filter(filter)?;
        let found = find(&self.state, key)?;
        let value = found.place.and_then(|place| found.state.trie.get(core, &place.id()));
        let value = value.map(|value| value.clone_ref(py));
        drop(found);
        match value {
            None => Ok(default),
            Some(value) if core.is_shared() => {
                value.bind(py).get_item(0)?.cast::<PyTuple>()?.get_item(1).map(Some)
            }
            Some(value) => value.bind(py).get_item(1).map(Some),
        }
    }

    fn filters<'py>(&self, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let found = find(&self.state, key)?;
        let known = found.place.and_then(|place: Place| found.state.keys.get(place));
        let filters: Vec<String> = known
            .into_iter()
            .flat_map(|key| key.info.iter().map(|filter| filter.as_str().to_owned()))
            .collect();
        drop(found);
        PyList::new(key.py(), filters)
    }

    #[pyo3(
        signature = (topic, *, strategy = Some(Strategy::ROUND_ROBIN), number = 0),
        text_signature = "($self, topic, *, strategy=ShareStrategy.ROUND_ROBIN, number=0)",
    )]
    fn matches<'py>(
        &self,
        topic: &Bound<'py, PyAny>,
        #[pyo3(from_py_with = Strategy::read_optional)] strategy: Option<Strategy>,
        #[pyo3(from_py_with = number)] number: u64,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = topic.py();
        let name = text::name(topic)?;
        let strategy = strategy.map(|strategy| strategy.with(number));
        let mut pairs = Vec::with_capacity(8);
        let mut state = self.state.lock();
        let State { trie, scratch, .. } = &mut *state;
        trie.matches(name, scratch).for_each(|found| pairs.extend(chosen(py, found, strategy)));
        drop(state);
        PyList::new(py, pairs)
    }

    #[pyo3(
        signature = (topic, *, strategy = Some(Strategy::ROUND_ROBIN), number = 0),
        text_signature = "($self, topic, *, strategy=ShareStrategy.ROUND_ROBIN, number=0)",
    )]
    fn iter_matches<'py>(
        slf: &Bound<'py, Self>,
        topic: &Bound<'py, PyAny>,
        #[pyo3(from_py_with = Strategy::read_optional)] strategy: Option<Strategy>,
        #[pyo3(from_py_with = number)] number: u64,
    ) -> PyResult<TrieMatches> {
        let topic = text::name(topic)?.as_str();
        let strategy = strategy.map(|strategy| strategy.with(number));
        Ok(TrieMatches::new(slf, PyString::new(slf.py(), topic), strategy))
    }

    fn groups<'py>(
        slf: &Bound<'py, Self>,
        topic: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = slf.py();
        let name = text::name(topic)?;
        let mut groups: Vec<Vec<Pair>> = Vec::new();
        let mut state = slf.get().state.lock();
        let State { trie, scratch, .. } = &mut *state;
        for found in trie.matches(name, scratch) {
            if let Found::Group(group) = found {
                groups.push(group.members().map(|(_, value)| value.clone_ref(py)).collect());
            }
        }
        drop(state);
        let made = groups.into_iter().map(|members| -> PyResult<ShareGroup> {
            let mut pairs = Vec::with_capacity(members.len());
            let mut filter = None;
            for member in members {
                let (pair, text): (Pair, Py<PyString>) = member.extract(py)?;
                pairs.push(pair);
                filter = filter.or(Some(text));
            }
            let filter = filter.unwrap_or_else(|| PyString::new(py, "").unbind());
            let members = PyTuple::new(py, pairs)?.unbind();
            Ok(ShareGroup { trie: slf.clone().unbind(), filter, members })
        });
        PyList::new(
            py,
            made.map(|group| group.and_then(|group| Py::new(py, group)))
                .collect::<PyResult<Vec<_>>>()?,
        )
    }

    fn count_matches(&self, topic: &Bound<'_, PyAny>) -> PyResult<usize> {
        let name = text::name(topic)?;
        let mut state = self.state.lock();
        let State { trie, scratch, .. } = &mut *state;
        Ok(trie.count_matches(name, scratch))
    }

    fn matches_any(&self, topic: &Bound<'_, PyAny>) -> PyResult<bool> {
        let name = text::name(topic)?;
        let mut state = self.state.lock();
        let State { trie, scratch, .. } = &mut *state;
        Ok(trie.matches_any(name, scratch))
    }

    #[pyo3(signature = (*, below = None), text_signature = "($self, *, below=None)")]
    fn entries<'py>(
        &self,
        py: Python<'py>,
        below: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let below = below.map(text::filter).transpose()?;
        let mut entries: Vec<(String, bool, Pair)> = Vec::new();
        let state = self.state.lock();
        let mut add = |entry: mqtt_core::TrieEntry<'_, KeyId, Pair, RandomState>| {
            let is_shared = entry.share_name().is_some();
            entries.push((entry.filter(), is_shared, entry.value.clone_ref(py)));
        };
        match below {
            Some(below) => state.trie.iter_below(below).for_each(&mut add),
            None => state.trie.iter().for_each(&mut add),
        }
        drop(state);
        let list = PyList::empty(py);
        for (filter, is_shared, stored) in entries {
            let stored = stored.into_bound(py);
            let pair = if is_shared { stored.get_item(0)?.cast_into()? } else { stored };
            list.append((filter, pair.get_item(0)?, pair.get_item(1)?))?;
        }
        Ok(list)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        self.entries(py, None)?.try_iter()
    }

    fn __len__(&self) -> usize {
        self.state.lock().trie.len()
    }

    fn clear(&self) {
        let mut state = self.state.lock();
        let empty = State::new(state.trie.limits());
        let old = mem::replace(&mut *state, empty);
        drop(state);
        drop(old);
    }

    fn shrink_to_fit(&self) {
        let mut state = self.state.lock();
        state.trie.shrink_to_fit();
        state.keys.shrink();
        state.scratch = MatchScratch::default();
    }

    fn __sizeof__(&self) -> usize {
        let state = self.state.lock();
        mem::size_of::<Self>() + state.trie.heap_bytes() + state.keys.heap_bytes()
    }

    fn __repr__(&self) -> String {
        let len = self.__len__();
        let plural = if len == 1 { "" } else { "s" };
        format!("<SubscriptionTrie with {len} subscription{plural}>")
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Some(state) = self.state.look() else { return Ok(()) };
        state.keys.iter().try_for_each(|key| visit.call(&key.object))?;
        state.trie.iter().try_for_each(|entry| visit.call(entry.value))
    }

    fn __clear__(&self) {
        self.clear();
    }
}
