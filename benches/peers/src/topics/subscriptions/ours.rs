//! mqtt-core: `SubscriptionTrie` with the hasher of its examples, and memory for matching that is kept.

use super::Subscriptions;
use crate::row::{OURS, Row};
use mqtt_benches::subscriptions::{self, Trie};
use mqtt_core::MatchScratch;
use std::hash::RandomState;

#[derive(Default)]
pub(super) struct Ours {
    trie: Trie<RandomState>,
    scratch: MatchScratch,
}

impl Subscriptions for Ours {
    const ROW: Row = OURS;

    #[inline]
    fn insert(&mut self, filter: &str, key: u32) {
        subscriptions::insert(&mut self.trie, filter, key);
    }

    #[inline]
    fn remove(&mut self, filter: &str, key: u32) {
        subscriptions::remove(&mut self.trie, filter, key);
    }

    #[inline]
    fn matches(&mut self, topic: &str, visitor: impl FnMut(u32)) {
        subscriptions::matches(&self.trie, topic, &mut self.scratch, visitor);
    }

    fn settle(&mut self) {
        self.scratch = MatchScratch::default();
        assert_eq!(self.trie.heap_bytes(), 0, "an empty trie keeps nothing");
    }
}
