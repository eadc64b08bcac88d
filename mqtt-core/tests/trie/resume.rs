//! A match that is left and gone on with, while the trie changes.

use crate::model::{Change, Model, a_change, a_topic, apply};
use crate::{Described, Trie, describe, filter, name};
use core::cell::RefCell;
use mqtt_core::MatchScratch;
use proptest::prelude::*;
use std::hash::RandomState;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_is_there_all_the_time_is_found_once(
        before in prop::collection::vec(a_change(), 0..80),
        pages in prop::collection::vec((0..6_usize, prop::collection::vec(a_change(), 0..12)), 1..12),
        topic in a_topic(),
    ) {
        let mut trie = Trie::<RandomState>::default();
        let mut model = Model::default();
        // Values are unique, and tell which filter a find is of.
        let history = RefCell::new(vec![String::new()]);
        let numbered = |change: &Change| match change {
            Change::Insert(text, key, _) => {
                history.borrow_mut().push(text.clone());
                Change::Insert(text.clone(), *key, history.borrow().len() as u32 - 1)
            }
            change => change.clone(),
        };
        before.iter().for_each(|change| apply(&numbered(change), &mut trie, &mut model));

        // Each subscriber of its own by filter and key, each group by filter alone.
        let matching = |model: &Model| -> Vec<(String, Option<u32>)> {
            let finds = model.matches(&topic).into_iter();
            let mut finds: Vec<_> = finds
                .map(|(share, filter, key, _)| match share.as_str() {
                    "" => (filter, Some(key)),
                    _ => (format!("$share/{share}/{filter}"), None),
                })
                .collect();
            finds.sort();
            finds.dedup();
            finds
        };
        let mut always = matching(&model);
        // Once for each time it came.
        let mut ever = always.clone();
        let mut now = always.clone();
        let mut scratch = MatchScratch::default();
        let mut seen: Vec<Described> = Vec::new();
        let _ = trie.matches(name(&topic), &mut scratch);
        for (page, changes) in &pages {
            seen.extend(trie.resume(name(&topic), &mut scratch).take(*page).map(describe));
            for change in changes {
                apply(&numbered(change), &mut trie, &mut model);
                let before = core::mem::replace(&mut now, matching(&model));
                always.retain(|entry| now.contains(entry));
                ever.extend(now.iter().filter(|entry| !before.contains(entry)).cloned());
            }
        }
        seen.extend(trie.resume(name(&topic), &mut scratch).map(describe));
        prop_assert_eq!(trie.resume(name(&topic), &mut scratch).count(), 0);

        let seen: Vec<_> = seen
            .into_iter()
            .map(|(share, members)| {
                let (key, value) = members[0];
                (history.borrow()[value as usize].clone(), share.is_empty().then_some(key))
            })
            .collect();
        for find in always.iter().chain(&ever).chain(&seen) {
            let count = |list: &[_]| list.iter().filter(|other| *other == find).count();
            prop_assert!(
                count(&always) <= count(&seen) && count(&seen) <= count(&ever),
                "{find:?} in {seen:?}"
            );
        }
    }
}

#[test]
fn a_page_ends_within_the_subscribers_of_one_filter() {
    let mut trie = Trie::<RandomState>::default();
    for key in 0..10_000 {
        trie.insert(filter("a/+"), key, 0).unwrap();
    }
    let mut scratch = MatchScratch::default();
    let _ = trie.matches(name("a/b"), &mut scratch);
    let mut seen = Vec::new();
    for round in 0.. {
        let before = seen.len();
        let page =
            trie.resume(name("a/b"), &mut scratch).take(100).map(|found| describe(found).1[0].0);
        seen.extend(page);
        if seen.len() == before {
            break;
        }
        // Of those found and those to be found, the odd ones go.
        for key in (0..200).map(|key| (seen.len() as u32 / 2 + key) | 1) {
            trie.remove(filter("a/+"), &key);
        }
        trie.insert(filter(&format!("a/{round}")), 1, 0).unwrap();
        if round % 7 == 0 {
            trie.shrink_to_fit();
        }
    }
    assert!(seen.is_sorted() && seen.windows(2).all(|pair| pair[0] != pair[1]));
    assert!((0..10_000).step_by(2).all(|key| seen.binary_search(&key).is_ok()));
}

#[test]
fn a_match_that_has_not_begun_finds_nothing() {
    let mut trie = Trie::<RandomState>::default();
    trie.insert(filter("#"), 1, 0).unwrap();
    assert_eq!(trie.resume(name("a"), &mut MatchScratch::default()).count(), 0);
}
