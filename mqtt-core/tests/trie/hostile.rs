//! Filters and topics that are made to hurt: the work is bounded by what is stored.

use crate::{Trie, filter, found, name, on_a_small_stack};
use mqtt_core::MatchScratch;
use std::hash::RandomState;

#[test]
fn the_deepest_filters_match_the_deepest_topic() {
    on_a_small_stack(|| {
        let topic = "/".repeat(65_535);
        let plus = format!("{}+", "+/".repeat(32_767));
        let mut trie = Trie::<RandomState>::default();
        for (key, text) in [&topic, &plus, &"/".repeat(30_000), "#"].into_iter().enumerate() {
            trie.insert(filter(text), key as u32, 0).unwrap();
        }
        trie.insert(filter(&format!("{}#", "/".repeat(65_534))), 9, 0).unwrap();
        let mut scratch = MatchScratch::default();
        assert_eq!(trie.count_matches(name(&topic), &mut scratch), 3);
        assert_eq!(trie.count_matches(name(&"/".repeat(30_000)), &mut scratch), 2);
        assert_eq!(trie.count_matches(name(&"/".repeat(32_767)), &mut scratch), 2);
        assert_eq!(trie.iter().map(|entry| entry.filter().len()).max(), Some(65_535));
    });
}

#[test]
fn wildcards_that_branch_at_every_level_cost_what_they_take_to_store() {
    let mut trie = Trie::<RandomState>::default();
    for mask in 0..1_u32 << 12 {
        let levels: Vec<_> =
            (0..12).map(|bit| if mask >> bit & 1 == 0 { "a" } else { "+" }).collect();
        trie.insert(filter(&levels.join("/")), mask, 0).unwrap();
    }
    let mut scratch = MatchScratch::default();
    let topic = ["a"; 12].join("/");
    assert_eq!(trie.count_matches(name(&topic), &mut scratch), 1 << 12);
    // No way leads past the last level.
    assert_eq!(trie.count_matches(name(&format!("{topic}/a")), &mut scratch), 0);
}

#[test]
fn many_filters_that_differ_at_their_end_come_and_go() {
    let mut trie = Trie::<RandomState>::default();
    let texts: Vec<_> = (0..100_000).map(|i| format!("site/7/device/{i}")).collect();
    for text in &texts {
        trie.insert(filter(text), 1, 0).unwrap();
    }
    let mut scratch = MatchScratch::default();
    assert_eq!(trie.count_matches(name("site/7/device/4711"), &mut scratch), 1);
    let (first, second) = texts.split_at(50_000);
    for text in second.iter().chain(first) {
        assert_eq!(trie.remove(filter(text), &1), Some(0));
    }
    assert_eq!((trie.len(), trie.heap_bytes()), (0, 0));
}

#[test]
fn one_subscriber_of_many_comes_and_goes_quickly() {
    let mut trie = Trie::<RandomState>::default();
    for key in 0..50_000 {
        trie.insert(filter("#"), key, 0).unwrap();
        trie.insert(filter(&format!("$share/{key}/#")), key, 0).unwrap();
    }
    for key in (0..50_000).rev() {
        assert_eq!(trie.remove(filter("#"), &key), Some(0));
        assert_eq!(trie.remove(filter(&format!("$share/{key}/#")), &key), Some(0));
    }
    assert_eq!((trie.len(), trie.heap_bytes()), (0, 0));
}

#[test]
fn long_levels_come_and_go_while_others_stay() {
    let mut trie = Trie::<RandomState>::default();
    trie.insert(filter("a level that stays"), 1, 0).unwrap();
    let before = trie.heap_bytes();
    for round in 0..1_000 {
        let text = format!("a level that goes {round}");
        trie.insert(filter(&text), 1, 0).unwrap();
        assert_eq!(trie.remove(filter(&text), &1), Some(0));
    }
    trie.shrink_to_fit();
    assert!(trie.heap_bytes() <= before);
    assert!(found(&trie, "a level that goes 1").is_empty());
    assert_eq!(found(&trie, "a level that stays").len(), 1);
}
