//! The index of retained messages against a list that is searched from end to end.

use crate::{Same, filter, naive, name, on_a_small_stack};
use allocation_counter::measure;
use core::hash::{BuildHasher, BuildHasherDefault};
use mqtt_core::{IndexFull, IndexLimits, RetainedCursor, RetainedIndex};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::RandomState;

pub(crate) type Index<S = RandomState> = RetainedIndex<u32, S>;

/// Names and values found, in the order in which they were.
pub(crate) fn found<S: BuildHasher>(index: &Index<S>, text: &str) -> Vec<(String, u32)> {
    let mut cursor = RetainedCursor::default();
    let found = index.lookup(filter(text), &mut cursor);
    found.map(|entry| (entry.name(), *entry.value)).collect()
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}

/// Few texts, so that names have levels in common at all places.
fn a_name() -> impl Strategy<Value = String> {
    let level =
        prop_oneof![6 => "[ab]?", 2 => "[c-h]", 1 => "\\$?a long level [ab]", 1 => "\\$[ab]"];
    prop::collection::vec(level, 1..6)
        .prop_filter_map("a name", |levels| Some(levels.join("/")).filter(|text| !text.is_empty()))
}

fn a_filter() -> impl Strategy<Value = String> {
    let level = prop_oneof![
        4 => "[ab]?".prop_map(String::from),
        5 => Just("+".to_owned()),
        2 => "[c-h]",
        1 => "\\$?a long level [ab]",
        1 => "\\$[ab]",
    ];
    (prop::collection::vec(level, 0..6), any::<bool>()).prop_filter_map(
        "a filter",
        |(mut levels, multi)| {
            if multi {
                levels.push("#".to_owned());
            }
            Some(levels.join("/")).filter(|text| !text.is_empty())
        },
    )
}

#[derive(Clone, Debug)]
enum Change {
    Insert(String, u32),
    Remove(prop::sample::Index),
    Shrink,
    Clear,
}

fn changes(count: usize) -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(
        prop_oneof![
            60 => (a_name(), any::<u32>()).prop_map(|(name, value)| Change::Insert(name, value)),
            35 => any::<prop::sample::Index>().prop_map(Change::Remove),
            4 => Just(Change::Shrink),
            1 => Just(Change::Clear),
        ],
        0..count,
    )
}

/// Makes a change to the index and to the model; names that went are handed out.
fn apply<S: BuildHasher>(
    change: &Change,
    index: &mut Index<S>,
    model: &mut BTreeMap<String, u32>,
    mut gone: impl FnMut(&str),
) {
    match change {
        Change::Insert(text, value) => {
            assert_eq!(index.insert(name(text), *value), Ok(model.insert(text.clone(), *value)));
        }
        Change::Remove(which) if !model.is_empty() => {
            let text = which.get(&model.keys().collect::<Vec<_>>()).to_string();
            assert_eq!(index.remove(name(&text)), model.remove(&text));
            gone(&text);
        }
        Change::Remove(_) => assert_eq!(index.remove(name("a")), None),
        Change::Shrink => index.shrink_to_fit(),
        Change::Clear => {
            index.clear();
            model.keys().for_each(|text| gone(text));
            model.clear();
        }
    }
}

proptest! {
    #[test]
    fn it_is_a_list_that_is_searched_quickly(
        changes in changes(300),
        filters in prop::collection::vec(a_filter(), 1..20),
        asked in prop::collection::vec(a_name(), 1..20),
    ) {
        let mut index = Index::<RandomState>::default();
        let mut same = Index::<BuildHasherDefault<Same>>::default();
        let (mut model, mut other) = (BTreeMap::new(), BTreeMap::new());
        for change in &changes {
            apply(change, &mut index, &mut model, |_| ());
            apply(change, &mut same, &mut other, |_| ());
        }
        prop_assert_eq!(index.len(), model.len());
        for text in &asked {
            prop_assert_eq!(index.get(name(text)), model.get(text));
        }
        let all: Vec<_> = index.iter().map(|entry| (entry.name(), *entry.value)).collect();
        prop_assert!(sorted(all.clone()).into_iter().eq(model.clone()));
        prop_assert!(same.iter().map(|entry| (entry.name(), *entry.value)).eq(all));
        for text in &filters {
            let expected = model.iter().filter(|(name, _)| naive::matches(text, name));
            let expected: Vec<_> = expected.map(|(name, value)| (name.clone(), *value)).collect();
            let found_now = found(&index, text);
            // No order comes from hashes.
            prop_assert_eq!(&found(&same, text), &found_now);
            prop_assert_eq!(sorted(found_now), expected, "{}", text);
        }
        for text in model.keys() {
            prop_assert!(index.remove(name(text)).is_some());
        }
        prop_assert_eq!((index.len(), index.heap_bytes()), (0, 0));
    }

    #[test]
    fn pages_have_each_name_that_stays_once(
        before in changes(200),
        text in a_filter(),
        pages in prop::collection::vec((0..8_usize, changes(12)), 0..30),
    ) {
        let mut index = Index::<RandomState>::default();
        let mut model = BTreeMap::new();
        for change in &before {
            apply(change, &mut index, &mut model, |_| ());
        }
        // Those that were there from the first page on.
        let start: BTreeSet<_> = model.keys().cloned().collect();
        let mut stay = start.clone();
        let mut cursor = RetainedCursor::default();
        let _ = index.lookup(filter(&text), &mut cursor);
        let mut seen = Vec::new();
        let mut check = |index: &Index, model: &BTreeMap<String, u32>, stay: &BTreeSet<String>, len| {
            for entry in index.resume(filter(&text), &mut cursor).take(len) {
                let name = entry.name();
                // What is there now, with its value, and was there all the time.
                assert_eq!(model.get(&name), Some(entry.value), "{name}");
                assert!(stay.contains(&name), "{name}");
                seen.push(name);
            }
        };
        for (len, changes) in &pages {
            check(&index, &model, &stay, *len);
            for change in changes {
                apply(change, &mut index, &mut model, |gone| {
                    stay.remove(gone);
                });
            }
        }
        check(&index, &model, &stay, usize::MAX);
        let count = seen.len();
        let seen: BTreeSet<_> = seen.into_iter().collect();
        prop_assert_eq!(count, seen.len(), "found twice");
        for name in stay.iter().filter(|name| naive::matches(&text, name)) {
            prop_assert!(seen.contains(name), "{} is missing", name);
        }
        prop_assert!(seen.iter().all(|name| naive::matches(&text, name)));
    }
}

#[test]
fn a_million_matches_come_in_pages_while_names_come_and_go() {
    const COUNT: u32 = 200_000;
    let mut index = Index::<RandomState>::default();
    let text = |value: u32| format!("site/{}/device/{value}", value % 100);
    for value in 0..COUNT {
        index.insert(name(&text(value)), value).unwrap();
    }
    let mut cursor = RetainedCursor::default();
    let _ = index.lookup(filter("site/+/device/#"), &mut cursor);
    let mut seen = vec![0_u8; COUNT as usize];
    let mut gone = vec![false; COUNT as usize];
    let mut random = 1_u32;
    for round in 0.. {
        let before = index.len();
        let mut count = 0;
        for entry in index.resume(filter("site/+/device/#"), &mut cursor).take(1_000) {
            seen[*entry.value as usize] += 1;
            count += 1;
        }
        if count == 0 {
            break;
        }
        // One name goes for each that is found, one comes, one that went comes again.
        for _ in 0..1_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let value = (random >> 8) % COUNT;
            if index.remove(name(&text(value))).is_some() {
                gone[value as usize] = true;
            }
            index.insert(name(&format!("site/{}/device/new{value}", value % 100)), value).unwrap();
            index.insert(name(&text(value / 2)), value / 2).unwrap();
        }
        if round % 50 == 49 {
            index.shrink_to_fit();
        }
        assert!(before > 0);
    }
    for value in 0..COUNT as usize {
        assert!(seen[value] <= 1 && (seen[value] == 1 || gone[value]), "{value}");
    }
}

#[test]
fn a_lookup_that_has_not_begun_finds_nothing() {
    let mut index = Index::<RandomState>::default();
    index.insert(name("a"), 1).unwrap();
    let mut cursor = RetainedCursor::default();
    assert_eq!(index.resume(filter("#"), &mut cursor).count(), 0);
    // And one that is at its end, too.
    assert_eq!(index.lookup(filter("#"), &mut cursor).count(), 1);
    index.insert(name("b"), 2).unwrap();
    assert_eq!(index.resume(filter("#"), &mut cursor).count(), 0);
}

#[test]
fn limits_are_judged_when_a_name_is_added() {
    let mut index = Index::<RandomState>::default();
    index.set_limits(IndexLimits { max_entries: 2, max_levels: 3 });
    assert_eq!(index.insert(name("a/b/c/d"), 1), Err(IndexFull::Levels { max: 3 }));
    assert_eq!((index.len(), index.heap_bytes()), (0, 0));
    index.insert(name("a/b/c"), 1).unwrap();
    index.insert(name("a"), 2).unwrap();
    assert_eq!(index.insert(name("b"), 3), Err(IndexFull::Entries { max: 2 }));
    assert_eq!(index.insert(name("a"), 4), Ok(Some(2)));
    index.set_limits(IndexLimits { max_entries: 0, max_levels: 0 });
    assert_eq!(found(&index, "#").len(), 2);
    assert_eq!(index.insert(name("a"), 5), Ok(Some(4)));
}

#[test]
fn looking_up_allocates_nothing() {
    let mut index = Index::<RandomState>::default();
    for value in 0..1_000 {
        index.insert(name(&format!("a/{}/{value}/b", value % 7)), value).unwrap();
    }
    let filters = ["#", "a/#", "+/+/+/b", "a/3/+/b", "+/+/77/+", "a/3/3/b", "x/+", "$SYS/#"];
    let mut cursor = RetainedCursor::default();
    let mut topic = String::with_capacity(100);
    let mut all = || {
        for text in filters {
            for entry in index.lookup(filter(text), &mut cursor) {
                topic.clear();
                entry.write_name(&mut topic);
                assert!(topic.starts_with("a/"));
            }
        }
    };
    all();
    let info = measure(all);
    assert_eq!(info.count_total, 0, "{info:?}");
}

#[test]
fn the_deepest_names_come_and_go() {
    on_a_small_stack(|| {
        let mut index = Index::<RandomState>::default();
        let deepest = "/".repeat(65_535);
        let long = format!("{}a", "b/".repeat(30_000));
        for (value, text) in [&deepest, &long, "b"].into_iter().enumerate() {
            index.insert(name(text), value as u32).unwrap();
        }
        assert_eq!(found(&index, "#").len(), 3);
        assert_eq!(found(&index, &format!("{}+", "+/".repeat(30_000))), [(long.clone(), 1)]);
        assert_eq!(found(&index, &format!("{}a", "+/".repeat(30_000))), [(long.clone(), 1)]);
        assert_eq!(found(&index, &format!("{}#", "b/".repeat(30_000))), [(long.clone(), 1)]);
        assert_eq!(index.remove(name(&deepest)), Some(0));
        assert_eq!(index.remove(name("b")), Some(2));
        assert_eq!(index.remove(name(&long)), Some(1));
        assert_eq!((index.len(), index.heap_bytes()), (0, 0));
        index.insert(name(&deepest), 0).unwrap();
    });
}
