//! Random changes, and what a list makes of them.

use crate::{Trie, describe, filter, naive, name};
use mqtt_core::{MatchScratch, TopicFilter};
use proptest::prelude::*;
use std::hash::RandomState;

/// Subscriptions in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model(pub(crate) Vec<(String, u32, u32)>);

impl Model {
    fn position(&self, text: &str, key: u32) -> Option<usize> {
        self.0.iter().position(|(other, known, _)| other == text && *known == key)
    }

    pub(crate) fn insert(&mut self, text: &str, key: u32, value: u32) -> Option<u32> {
        match self.position(text, key) {
            Some(at) => Some(core::mem::replace(&mut self.0[at].2, value)),
            None => {
                self.0.push((text.to_owned(), key, value));
                None
            }
        }
    }

    pub(crate) fn remove(&mut self, text: &str, key: u32) -> Option<u32> {
        self.position(text, key).map(|at| self.0.remove(at).2)
    }

    /// Share name, inner filter, key and value of all that match, sorted.
    pub(crate) fn matches(&self, topic: &str) -> Vec<(String, String, u32, u32)> {
        let mut all = Vec::new();
        for (text, key, value) in &self.0 {
            let (share, inner) = naive::shared(text).unwrap_or(("", text));
            if naive::matches(inner, topic) {
                all.push((share.to_owned(), inner.to_owned(), *key, *value));
            }
        }
        all.sort();
        all
    }
}

/// A change to a trie.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Insert(String, u32, u32),
    Remove(String, u32),
}

pub(crate) fn a_filter() -> impl Strategy<Value = String> {
    let level =
        prop_oneof![4 => "[ab]?", 2 => Just("+".to_owned()), 1 => "\\$?long level name [ab]"];
    let levels = prop::collection::vec(level, 1..5);
    (levels, any::<bool>(), 0..4_usize).prop_filter_map("a filter", |(levels, multi, share)| {
        let mut text = levels.join("/");
        if multi {
            text += if text.is_empty() { "#" } else { "/#" };
        }
        if let Some(name) = ["g", "h"].get(share) {
            text = format!("$share/{name}/{text}");
        }
        TopicFilter::new(&text).is_ok().then_some(text)
    })
}

pub(crate) fn a_topic() -> impl Strategy<Value = String> {
    let level = prop_oneof![4 => "[ab]?", 1 => "\\$?long level name [abc]"];
    prop::collection::vec(level, 1..6)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("a name", |text| !text.is_empty())
}

pub(crate) fn a_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (a_filter(), 0..4_u32, any::<u32>()).prop_map(|(f, k, v)| Change::Insert(f, k, v)),
        2 => (a_filter(), 0..4_u32).prop_map(|(f, k)| Change::Remove(f, k)),
    ]
}

/// Makes a change to both, which say the same about it.
pub(crate) fn apply(change: &Change, trie: &mut Trie, model: &mut Model) {
    match change {
        Change::Insert(text, key, value) => {
            let old = trie.insert(filter(text), *key, *value).expect("room");
            assert_eq!(old, model.insert(text, *key, *value));
        }
        Change::Remove(text, key) => {
            assert_eq!(trie.remove(filter(text), key), model.remove(text, *key));
        }
    }
}

fn check(trie: &Trie, model: &Model, topics: &[String]) {
    assert_eq!(trie.len(), model.0.len());
    let mut all: Vec<_> =
        trie.iter().map(|entry| (entry.filter(), *entry.key, *entry.value)).collect();
    all.sort();
    let mut expected = model.0.clone();
    expected.sort();
    assert_eq!(all, expected);
    for (text, key, value) in &model.0 {
        assert_eq!(trie.get(filter(text), key), Some(value));
    }
    let mut scratch = MatchScratch::default();
    for topic in topics {
        let expected = model.matches(topic);
        let mut finds: Vec<_> = trie.matches(name(topic), &mut scratch).map(describe).collect();
        // Two groups of one name may be at two nodes; the same subscriber too.
        assert_eq!(trie.count_matches(name(topic), &mut scratch), finds.len());
        assert_eq!(trie.matches_any(name(topic), &mut scratch), !finds.is_empty());
        let mut groups: Vec<_> =
            expected.iter().filter(|e| !e.0.is_empty()).map(|e| (&e.0, &e.1)).collect();
        groups.dedup();
        assert_eq!(finds.iter().filter(|(share, _)| !share.is_empty()).count(), groups.len());
        let mut members: Vec<_> = finds
            .drain(..)
            .flat_map(|(share, list)| list.into_iter().map(move |(k, v)| (share.clone(), k, v)))
            .collect();
        members.sort();
        let mut expected: Vec<_> = expected.into_iter().map(|(s, _, k, v)| (s, k, v)).collect();
        expected.sort();
        assert_eq!(members, expected, "{topic}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_trie_is_a_list_that_is_found_faster(
        changes in prop::collection::vec(a_change(), 0..120),
        topics in prop::collection::vec(a_topic(), 1..20),
        shrink_at in 0..120_usize,
    ) {
        let mut trie = Trie::<RandomState>::default();
        let mut model = Model::default();
        for (index, change) in changes.iter().enumerate() {
            apply(change, &mut trie, &mut model);
            if index == shrink_at {
                trie.shrink_to_fit();
                check(&trie, &model, &topics);
            }
        }
        check(&trie, &model, &topics);
        for (text, key, value) in model.0.clone() {
            prop_assert_eq!(trie.remove(filter(&text), &key), Some(value));
        }
        prop_assert_eq!((trie.len(), trie.heap_bytes()), (0, 0));
    }
}
