//! The subscription trie against a list that is searched from end to end.

mod alloc;
mod children;
mod hostile;
mod model;
#[path = "../topics/naive.rs"]
#[allow(dead_code)] // more of it is used elsewhere
mod naive;
mod overlaps;
mod resume;
mod retained;
mod share;

use core::hash::{BuildHasher, BuildHasherDefault, Hasher};
use mqtt_core::{Found, MatchScratch, SubscriptionTrie, TopicFilter, TopicName};
use std::hash::{DefaultHasher, RandomState};
use std::thread;

/// Keys and values are numbers.
type Trie<S = RandomState> = SubscriptionTrie<u32, u32, S>;

fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::new(text).expect("a filter")
}

fn name(text: &str) -> TopicName<'_> {
    TopicName::new(text).expect("a name")
}

/// What a match has found: a share name, empty for a subscriber of its own, and keys with values.
type Described = (String, Vec<(u32, u32)>);

fn describe(found: Found<'_, u32, u32>) -> Described {
    match found {
        Found::Subscriber { key, value } => (String::new(), vec![(*key, *value)]),
        Found::Group(group) => {
            let members: Vec<_> = group.members().map(|(key, value)| (*key, *value)).collect();
            assert_eq!(members.len(), group.len());
            (group.share_name().to_owned(), members)
        }
    }
}

fn found<S: BuildHasher>(trie: &Trie<S>, topic: &str) -> Vec<Described> {
    trie.matches(name(topic), &mut MatchScratch::default()).map(describe).collect()
}

/// All texts and numbers have the same hash.
#[derive(Default)]
struct Same;

impl Hasher for Same {
    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        7
    }
}

/// Runs on a stack that recursion would overflow.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(64 << 10).spawn(test).unwrap().join().unwrap();
}

#[test]
fn the_order_is_that_of_the_changes() {
    fn fill<S: BuildHasher + Default>() -> (Vec<Described>, Vec<String>) {
        let mut trie: Trie<S> = Trie::default();
        let filters =
            ["a/b", "+/b", "a/#", "#", "$share/g/a/b", "$share/f/a/b", "a/+", "+/+", "a/b/#"];
        for key in 0..20 {
            for (index, text) in filters.iter().enumerate() {
                if (key as usize + index) % 3 != 0 {
                    trie.insert(filter(text), key, 0).unwrap();
                }
            }
        }
        for key in [3, 4, 11, 19] {
            filters.iter().for_each(|text| {
                trie.remove(filter(text), &key);
            });
        }
        let all = trie.iter().map(|entry| format!("{entry:?}")).collect();
        (found(&trie, "a/b"), all)
    }
    let expected = fill::<RandomState>();
    assert_eq!(expected, fill::<RandomState>());
    assert_eq!(expected, fill::<BuildHasherDefault<DefaultHasher>>());
    assert_eq!(expected, fill::<BuildHasherDefault<Same>>());
}

#[test]
fn one_filter_has_many_subscribers() {
    let mut trie = Trie::<RandomState>::default();
    for key in 0..1_000 {
        assert_eq!(trie.insert(filter("a/+"), key, key), Ok(None));
        assert_eq!(trie.insert(filter("$share/g/a/+"), key, key), Ok(None));
    }
    assert_eq!(trie.insert(filter("a/+"), 500, 1), Ok(Some(500)));
    assert_eq!(trie.len(), 2_000);
    assert_eq!(trie.count_matches(name("a/b"), &mut MatchScratch::default()), 1_001);
    for key in (0..1_000).filter(|key| key % 10 != 0) {
        assert!(trie.remove(filter("a/+"), &key).is_some());
        assert_eq!(trie.remove(filter("a/+"), &key), None);
        assert_eq!(trie.remove(filter("$share/g/a/+"), &key), Some(key));
    }
    let keys: Vec<u32> = (0..1_000).step_by(10).collect();
    let found = found(&trie, "a/b");
    assert_eq!(found.len(), 101);
    assert!(found[..100].iter().map(|(_, entry)| entry[0].0).eq(keys.iter().copied()));
    assert!(found[100].1.iter().map(|(key, _)| *key).eq(keys));
    assert_eq!(trie.get(filter("a/+"), &500), Some(&1));
    assert_eq!(trie.get(filter("$share/g/a/+"), &501), None);
    assert_eq!(trie.get(filter("$share/h/a/+"), &500), None);
}

#[test]
fn share_names_play_no_part_in_where_a_subscription_is() {
    let mut trie = Trie::<RandomState>::default();
    for text in ["$share/g/a", "$share/h/a", "a", "a/b"] {
        trie.insert(filter(text), 1, 0).unwrap();
    }
    assert_eq!(found(&trie, "a").len(), 3);
    let below: Vec<_> = trie.iter_below(filter("a")).map(|entry| entry.filter()).collect();
    assert_eq!(below, ["a", "$share/g/a", "$share/h/a", "a/b"]);
    assert_eq!(trie.iter_below(filter("a/b")).count(), 1);
    assert_eq!(trie.iter_below(filter("b")).count(), 0);
    assert_eq!(trie.remove(filter("a"), &1), Some(0));
    assert_eq!(trie.remove(filter("a"), &1), None);
    assert_eq!(found(&trie, "a").len(), 2);
}

#[test]
fn an_emptied_trie_is_as_new() {
    let mut trie = Trie::<RandomState>::default();
    assert_eq!(trie.heap_bytes(), 0);
    for round in 0..3 {
        let filters: Vec<_> = (0..500).map(|i| format!("site/{}/+/{i}/{round}", i % 7)).collect();
        for (key, text) in filters.iter().enumerate() {
            trie.insert(filter(text), key as u32, 0).unwrap();
            trie.insert(filter(text), 1_000, 0).unwrap();
        }
        assert!(trie.heap_bytes() > 0);
        for (key, text) in filters.iter().enumerate().rev() {
            assert!(trie.remove(filter(text), &1_000).is_some());
            assert!(trie.remove(filter(text), &(key as u32)).is_some());
        }
        assert_eq!((trie.len(), trie.heap_bytes()), (0, 0), "{trie:?}");
    }
}

#[test]
fn shrinking_gives_memory_back_and_changes_nothing() {
    let mut trie = Trie::<RandomState>::default();
    let texts: Vec<_> = (0..2_000).map(|i| format!("site/{i}/state")).collect();
    for text in &texts {
        trie.insert(filter(text), 1, 0).unwrap();
    }
    for text in &texts[..1_900] {
        trie.remove(filter(text), &1).unwrap();
    }
    let before = trie.heap_bytes();
    trie.shrink_to_fit();
    assert!(trie.heap_bytes() < before / 4, "{} of {before}", trie.heap_bytes());
    for (index, text) in texts.iter().enumerate() {
        assert_eq!(found(&trie, text).len(), usize::from(index >= 1_900));
        trie.insert(filter(text), 2, 0).unwrap();
    }
    assert_eq!(trie.len(), 2_100);
}
