//! Random names and filters, longer ones and all kinds of characters.

use crate::naive;
use mqtt_core::{TopicError, TopicFilter, TopicName, Version};
use proptest::prelude::*;

/// Levels that many names have in common, and some that are anything.
fn level() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab]{0,2}",
        2 => Just(String::from("room-22-temperature-celsius")),
        1 => Just(String::from("$SYS")),
        1 => "[^/+#\0]{0,20}",
    ]
}

fn name_text() -> impl Strategy<Value = String> {
    prop::collection::vec(level(), 1..8)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("not empty", |text| !text.is_empty())
}

/// What may be changed in a name to make a filter of it.
#[derive(Clone, Copy, Debug)]
enum Change {
    Keep,
    Plus,
    End,
    Hash,
    Other,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        5 => Just(Change::Keep),
        3 => Just(Change::Plus),
        1 => Just(Change::End),
        1 => Just(Change::Hash),
        1 => Just(Change::Other),
    ]
}

/// A name, and a filter that is near it.
fn pair() -> impl Strategy<Value = (String, String)> {
    (name_text(), prop::collection::vec(change(), 9)).prop_map(|(name, changes)| {
        let mut filter = Vec::new();
        for (level, change) in name.split('/').chain(["more"]).zip(changes) {
            match change {
                Change::Keep if level == "more" => {}
                Change::Keep => filter.push(level),
                Change::Plus => filter.push("+"),
                Change::End => break,
                Change::Hash => {
                    filter.push("#");
                    break;
                }
                Change::Other => filter.push("a"),
            }
        }
        let filter = filter.join("/");
        (name, if filter.is_empty() { String::from("#") } else { filter })
    })
}

proptest! {
    #[test]
    fn matching_is_the_naive_one((name, filter) in pair()) {
        let name = TopicName::new(&name).expect("a name");
        let shared_text = format!("$share/group/{filter}");
        let shared = TopicFilter::new(&shared_text).expect("a shared filter");
        let expected = naive::matches(&filter, name.as_str());
        prop_assert_eq!(shared.matches(name), expected);
        let filter = TopicFilter::for_version(&filter, Version::V311).expect("a filter");
        prop_assert_eq!(filter.matches(name), expected);
        prop_assert_eq!(filter, shared.filter());
        // A name is covered as it is matched, and has only itself in common with a filter.
        prop_assert_eq!(filter.covers(TopicFilter::from(name)), expected);
        prop_assert_eq!(filter.overlaps(TopicFilter::from(name)), expected);
        prop_assert_eq!(TopicFilter::from(name).overlaps(filter), expected);
        prop_assert!(TopicFilter::from(name).matches(name));
        prop_assert!(filter.covers(filter) && filter.overlaps(filter));
    }

    #[test]
    fn a_name_alone_matches_as_a_filter(a in name_text(), b in name_text()) {
        let (a, b) = (TopicName::new(&a).expect("a name"), TopicName::new(&b).expect("a name"));
        prop_assert_eq!(TopicFilter::from(a).matches(b), a == b);
        prop_assert_eq!(TopicFilter::from(a).covers(TopicFilter::from(b)), a == b);
        prop_assert!(!TopicFilter::from(a).has_wildcards());
    }

    #[test]
    fn faults_are_where_they_are_said_to_be(text in "[a/+#$é\0]{0,40}") {
        for error in [TopicName::new(&text).err(), TopicFilter::new(&text).err()] {
            let Some(error) = error else { continue };
            let found = text.as_bytes().get(error.offset());
            use mqtt_core::ErrorKind as K;
            let expected: &[u8] = match error.kind() {
                Some(K::Nul) => b"\0",
                Some(K::TopicWildcard) => b"+#",
                Some(K::FilterSingleLevel) => b"+",
                Some(K::FilterMultiLevel) => b"#",
                Some(K::TopicEmpty | K::FilterEmpty) => {
                    prop_assert!(text.is_empty());
                    continue;
                }
                Some(K::ShareName | K::ShareNameEmpty) => b"$",
                other => return Err(TestCaseError::fail(format!("{other:?}"))),
            };
            prop_assert!(found.is_some_and(|byte| expected.contains(byte)), "{error}");
        }
    }

    #[test]
    fn length_is_in_bytes(len in 65_530_usize..65_540, two_bytes in any::<bool>()) {
        let text = if two_bytes { "é".repeat(len / 2) } else { "a".repeat(len) };
        let expected = text.len() <= 65_535;
        prop_assert_eq!(TopicName::new(&text).is_ok(), expected);
        prop_assert_eq!(TopicFilter::new(&text).is_ok(), expected);
        if !expected {
            let error = TopicError::TooLong { len: text.len() };
            prop_assert_eq!(TopicFilter::new(&text), Err(error));
            prop_assert_eq!(TopicName::new(&text), Err(error));
        }
    }
}
