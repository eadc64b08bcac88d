//! Our trie of subscriptions, driven over a workload: the code that every bench and the instruction
//! counter run. Texts are checked where they are used, as a broker that has just received them does.

use crate::topics::{Texts, Workload};
use core::hash::BuildHasher;
use core::hint::black_box;
use mqtt_core::{Found, MatchScratch, SubscriptionTrie, TopicFilter, TopicName};

/// A trie with numbers for keys and nothing for values.
pub type Trie<S> = SubscriptionTrie<u32, (), S>;

/// Adds a subscription that is not there yet.
#[inline]
pub fn insert<S: BuildHasher>(trie: &mut Trie<S>, filter: &str, key: u32) {
    let filter = TopicFilter::new(filter).expect("workloads hold valid filters");
    let old = trie.insert(filter, key, ()).expect("there is room");
    assert!(old.is_none(), "{filter:?} was there");
}

/// Removes a subscription that is there.
#[inline]
pub fn remove<S: BuildHasher>(trie: &mut Trie<S>, filter: &str, key: u32) {
    let filter = TopicFilter::new(filter).expect("workloads hold valid filters");
    trie.remove(filter, &key).expect("it was there");
}

/// Shows each subscriber of a topic to `visitor`.
#[inline]
pub fn matches<S: BuildHasher>(
    trie: &Trie<S>,
    topic: &str,
    scratch: &mut MatchScratch,
    mut visitor: impl FnMut(u32),
) {
    let topic = TopicName::new(topic).expect("workloads hold valid topics");
    for found in trie.matches(topic, scratch) {
        match found {
            Found::Subscriber { key, .. } => visitor(*key),
            _ => unreachable!("workloads hold no shared subscriptions"),
        }
    }
}

/// Adds all subscriptions.
pub fn insert_all<S: BuildHasher>(trie: &mut Trie<S>, filters: &Texts) {
    for (key, filter) in filters.iter().enumerate() {
        insert(trie, filter, key as u32);
    }
}

/// Removes all subscriptions.
pub fn remove_all<S: BuildHasher>(trie: &mut Trie<S>, workload: &Workload) {
    for &key in &workload.removal {
        remove(trie, workload.filters.get(key as usize), key);
    }
}

/// Matches all topics, and looks at each subscriber.
pub fn match_all<S: BuildHasher>(
    trie: &Trie<S>,
    topics: &Texts,
    scratch: &mut MatchScratch,
) -> u64 {
    let mut sum = 0_u64;
    for topic in topics.iter() {
        matches(trie, topic, scratch, |key| sum = sum.wrapping_add(black_box(key).into()));
    }
    sum
}
