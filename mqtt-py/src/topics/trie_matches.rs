//! The iterator over matches.

use super::shared::Shared;
use super::trie::{Pair, SubscriptionTrie, chosen};
use mqtt_core::{MatchScratch, ShareStrategy, TopicName};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Matches one by one, also if the trie changes meanwhile.
#[pyclass(frozen, module = "mqtt_core")]
pub(crate) struct TrieMatches {
    trie: Py<SubscriptionTrie>,
    topic: Py<PyString>,
    strategy: Option<ShareStrategy>,
    walk: Shared<Walk>,
}

#[derive(Default)]
struct Walk {
    scratch: MatchScratch,
    has_begun: bool,
    is_done: bool,
}

impl TrieMatches {
    pub(super) fn new(
        trie: &Bound<'_, SubscriptionTrie>,
        topic: Bound<'_, PyString>,
        strategy: Option<ShareStrategy>,
    ) -> Self {
        let (trie, topic) = (trie.clone().unbind(), topic.unbind());
        Self { trie, topic, strategy, walk: Shared::new(Walk::default()) }
    }
}

#[pymethods]
impl TrieMatches {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Pair>> {
        // It was one when the iterator was made.
        let Ok(name) = TopicName::new(self.topic.to_str(py)?) else { return Ok(None) };
        // Always in this order.
        let mut walk = self.walk.lock();
        let state = self.trie.get().state.lock();
        let Walk { scratch, has_begun, is_done } = &mut *walk;
        if *is_done {
            return Ok(None);
        }
        let mut rest = if *has_begun {
            state.trie.resume(name, scratch)
        } else {
            state.trie.matches(name, scratch)
        };
        *has_begun = true;
        let pair = rest.find_map(|found| chosen(py, found, self.strategy));
        // What comes later is not found, or an iterator could go on after its end.
        *is_done = pair.is_none();
        Ok(pair)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.trie)
    }
}
