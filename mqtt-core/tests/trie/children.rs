//! Retained names with few, many and very many others beside them: what hangs on a node moves as it grows.

use crate::retained::{Index, found};
use crate::{filter, name};
use mqtt_core::RetainedCursor;
use std::collections::BTreeSet;
use std::hash::RandomState;

fn numbers(index: &Index, text: &str) -> Vec<u32> {
    found(index, text).into_iter().map(|(_, value)| value).collect()
}

fn child(value: u32) -> String {
    format!("a/{value}")
}

/// The same numbers each time, none of which can be told from the one before.
fn mixed(number: u32) -> u32 {
    number.wrapping_mul(2_654_435_761) >> 7
}

#[test]
fn children_keep_their_order_at_any_number_of_them() {
    for count in 1..70 {
        let mut index = Index::<RandomState>::default();
        for value in 0..count {
            index.insert(name(&child(value)), value).unwrap();
            assert_eq!(numbers(&index, "a/+"), (0..=value).collect::<Vec<_>>());
        }
        let mut left: Vec<u32> = (0..count).collect();
        for round in 0..count {
            let value = left.remove(mixed(round) as usize % left.len());
            assert_eq!(index.remove(name(&child(value))), Some(value));
            assert_eq!(numbers(&index, "a/+"), left, "of {count}");
            assert_eq!(numbers(&index, "+/#"), left);
        }
        assert_eq!(index.heap_bytes(), 0);
    }
}

#[test]
fn pages_go_on_while_children_move() {
    // How many there are, how many are found first, and how many of all go and come then.
    for (count, page) in (1..40).flat_map(|count| (0..=count).map(move |page| (count, page))) {
        for (goes, comes) in [(0, 1), (0, 40), (1, 0), (count / 2, 3), (count, 40)] {
            let mut index = Index::<RandomState>::default();
            index.insert(name("b"), 0).unwrap();
            for value in 0..count {
                index.insert(name(&child(value)), value).unwrap();
            }
            let mut cursor = RetainedCursor::default();
            let first = index.lookup(filter("a/+"), &mut cursor).take(page as usize);
            let mut seen: Vec<u32> = first.map(|entry| *entry.value).collect();
            let gone: BTreeSet<u32> = (0..goes).map(|value| mixed(value) % count).collect();
            for value in &gone {
                index.remove(name(&child(*value))).unwrap();
            }
            for value in count..count + comes {
                index.insert(name(&child(value)), value).unwrap();
            }
            seen.extend(index.resume(filter("a/+"), &mut cursor).map(|entry| *entry.value));
            let expected: Vec<u32> =
                (0..count).filter(|value| *value < page || !gone.contains(value)).collect();
            assert_eq!(seen, expected, "{count}, {page}, {gone:?}, {comes}");
        }
    }
}

#[test]
fn names_are_found_above_others_whichever_came_first() {
    for order in [["a", "a/b", "a/b/c"], ["a/b/c", "a/b", "a"], ["a/b", "a/b/c", "a"]] {
        let mut index = Index::<RandomState>::default();
        for text in order {
            index.insert(name(text), text.len() as u32).unwrap();
        }
        for shrinks in [false, true] {
            if shrinks {
                index.shrink_to_fit();
            }
            for (text, expected) in [
                ("a/#", &[1, 3, 5][..]),
                ("+/b", &[3]),
                ("a/+", &[3]),
                ("+/b/#", &[3, 5]),
                ("+/+/+", &[5]),
                ("+", &[1]),
                ("a", &[1]),
            ] {
                assert_eq!(numbers(&index, text), expected, "{text} after {order:?}");
            }
        }
        assert_eq!(index.remove(name("a/b")), Some(3));
        assert_eq!(index.remove(name("a/b")), None);
        assert_eq!(index.get(name("a/b")), None);
        assert_eq!(numbers(&index, "a/#"), [1, 5]);
        assert_eq!(numbers(&index, "+/b"), []);
        assert_eq!(index.remove(name("a/b/c")), Some(5));
        assert_eq!((numbers(&index, "#"), numbers(&index, "a/+/#")), (vec![1], vec![]));
        assert_eq!(index.insert(name("a/b"), 3), Ok(None));
        assert_eq!(numbers(&index, "a/#"), [1, 3]);
    }
}

#[test]
fn a_text_that_one_node_has_is_found_wherever_its_children_are() {
    let mut index = Index::<RandomState>::default();
    for value in 0..3_000 {
        // Three children for each, after those of others.
        let text = format!("site/{}/device {}/{value}", value % 50, value % 1_000);
        index.insert(name(&text), value).unwrap();
        let expected: Vec<u32> = (0..=value / 1_000).map(|i| value % 1_000 + 1_000 * i).collect();
        let text = format!("+/+/device {}/+", value % 1_000);
        assert_eq!(numbers(&index, &text), expected);
    }
    index.shrink_to_fit();
    for value in (0..1_000).step_by(2) {
        index.remove(name(&format!("site/{}/device {value}/{value}", value % 50))).unwrap();
    }
    for value in 0..1_000 {
        let kept = if value % 2 == 0 { 1 } else { 0 };
        let expected: Vec<u32> = (kept..3).map(|i| value + 1_000 * i).collect();
        assert_eq!(numbers(&index, &format!("+/+/device {value}/#")), expected);
    }
}

#[test]
fn very_many_children_come_and_go_quickly() {
    const COUNT: u32 = 1 << 17;
    let mut index = Index::<RandomState>::default();
    index.insert(name("b"), COUNT).unwrap();
    let before = index.heap_bytes();
    for value in 0..COUNT {
        index.insert(name(&child(value)), value).unwrap();
        // One goes and comes again, at each number of others.
        let other = mixed(value) % (value + 1);
        assert_eq!(index.remove(name(&child(other))), Some(other));
        index.insert(name(&child(other)), other).unwrap();
    }
    for value in (0..COUNT).rev().chain(0..COUNT) {
        assert_eq!(index.remove(name(&child(value))), Some(value));
        index.insert(name(&child(value)), value).unwrap();
    }
    let mut cursor = RetainedCursor::default();
    let first = |index: &Index, cursor: &mut RetainedCursor| {
        index.lookup(filter("a/+"), cursor).next().map(|entry| *entry.value)
    };
    // From the front, then every second, then the rest from the back.
    for value in 0..COUNT / 2 {
        assert_eq!(index.remove(name(&child(value))), Some(value));
        if value % 1_000 == 0 {
            assert_eq!(first(&index, &mut cursor), Some(value + 1));
        }
    }
    for value in (COUNT / 2..COUNT).step_by(2) {
        assert_eq!(index.remove(name(&child(value))), Some(value));
    }
    assert!(numbers(&index, "a/+").into_iter().eq((COUNT / 2 + 1..COUNT).step_by(2)));
    for value in (COUNT / 2 + 1..COUNT).rev().step_by(2) {
        assert_eq!(index.remove(name(&child(value))), Some(value));
    }
    assert_eq!(first(&index, &mut cursor), None);
    index.shrink_to_fit();
    assert!(index.heap_bytes() <= before);
    assert_eq!(index.remove(name("b")), Some(COUNT));
    assert_eq!(index.heap_bytes(), 0);
}

#[test]
fn memory_of_what_has_gone_is_used_again() {
    let mut index = Index::<RandomState>::default();
    index.insert(name("b"), 0).unwrap();
    let text = |parent: u32, value: u32| format!("a/{parent}/{value}");
    let mut most = 0;
    for round in 0..20 {
        // Up to 60 children each, another number in each round.
        let count = |parent: u32| mixed(parent + 1_000 * round) % 60 + 1;
        for value in 0..60 {
            for parent in (0..300).filter(|parent| value < count(*parent)) {
                index.insert(name(&text(parent, value)), value).unwrap();
            }
        }
        for parent in 0..300 {
            assert_eq!(numbers(&index, &format!("a/{parent}/+")).len(), count(parent) as usize);
        }
        if round == 1 {
            most = index.heap_bytes();
        }
        for parent in 0..300 {
            for value in 0..count(parent) {
                assert_eq!(index.remove(name(&text(parent, value))), Some(value));
            }
        }
    }
    assert!(index.heap_bytes() <= 2 * most, "{} of {most}", index.heap_bytes());
}
