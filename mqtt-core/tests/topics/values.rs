//! Names and filters as values: equality, order, hash, text, conversions, errors.

use crate::{filter, name, texts};
use core::borrow::Borrow;
use core::hash::{BuildHasher, BuildHasherDefault, Hash};
use core::panic::UnwindSafe;
use mqtt_core::mapping::{Mapped, Unmappable};
use mqtt_core::{ErrorKind, Levels, TopicError, TopicFilter, TopicName, Version};
use std::collections::{BTreeSet, HashMap};
use std::hash::DefaultHasher;

fn hash(value: impl Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

const NAME: TopicName<'_> = TopicName::from_static("a/é");
const SHARED: TopicFilter<'_> = TopicFilter::from_static("$share/g/a/+");

#[test]
fn types_are_small_and_cross_threads() {
    fn fine<T: Send + Sync + UnwindSafe + Clone>() {}
    fine::<TopicName<'_>>();
    fine::<TopicFilter<'_>>();
    fine::<TopicError>();
    fine::<Levels<'_>>();
    fine::<Mapped<'_>>();
    fine::<Unmappable>();
    assert_eq!(size_of::<TopicName<'_>>(), size_of::<&str>());
    assert!(size_of::<TopicFilter<'_>>() <= size_of::<&str>() + size_of::<usize>());
}

#[test]
fn a_name_is_its_text() {
    for (a, b) in texts("a/$", 3).iter().zip(texts("$/é", 3)).skip(1) {
        let (left, right) = (name(a), name(&b));
        assert_eq!(left == right, *a == b);
        assert_eq!(left.cmp(&right), a.cmp(&b));
        assert_eq!(hash(left), hash(a));
        assert_eq!(<TopicName<'_> as Borrow<str>>::borrow(&left), a);
        assert_eq!((left.as_ref(), left.as_str(), <&str>::from(left)), (&**a, &**a, &**a));
        assert_eq!(TopicName::try_from(a.as_str()), Ok(left));
    }
    assert_eq!(format!("{NAME}|{NAME:>5}|{NAME:?}"), "a/é|  a/é|TopicName(\"a/é\")");
    let map = HashMap::from([(NAME, 7)]);
    assert_eq!(map.get("a/é"), Some(&7));
}

#[test]
fn a_filter_is_its_text_and_its_meaning() {
    let text = SHARED.as_str();
    let plain = TopicFilter::for_version(text, Version::V311).expect("a filter");
    assert_eq!(filter(text), SHARED);
    assert_ne!(plain, SHARED);
    assert!(plain < SHARED && SHARED < filter("$share/g/a0"));
    assert_eq!((hash(plain), hash(SHARED)), (hash(text), hash(text)));
    assert_eq!(TopicFilter::for_version("a", Version::V31), TopicFilter::new("a"));
    assert_eq!(TopicFilter::try_from(text), Ok(SHARED));
    assert_eq!((SHARED.as_ref(), <&str>::from(SHARED)), (text, text));
    assert_eq!(format!("{SHARED}|{plain:>13}"), "$share/g/a/+| $share/g/a/+");
    assert_eq!(format!("{SHARED:?}"), "TopicFilter(\"$share/g/a/+\", shared)");
    assert_eq!(format!("{plain:?}"), "TopicFilter(\"$share/g/a/+\")");
    let all: BTreeSet<_> = [SHARED, plain, filter("a"), SHARED].into_iter().collect();
    assert!(all.into_iter().eq([plain, SHARED, filter("a")]));
}

#[test]
fn the_inner_filter_of_a_shared_one_is_not_shared() {
    let nested = filter("$share/g/$share/h/a");
    assert_eq!((nested.share_name(), nested.filter().as_str()), (Some("g"), "$share/h/a"));
    assert!(!nested.filter().is_shared());
    assert_eq!(nested.filter(), nested.filter().filter());
    assert!(nested.matches(name("$share/h/a")) && !nested.matches(name("a")));
    assert!(nested.starts_with_dollar() && nested.level_count() == 3);
    assert!(!nested.has_wildcards() && filter("$share/g/+").has_wildcards());
}

#[test]
fn a_name_as_a_filter_is_not_shared() {
    for text in ["$share/g/a", "$share/g", "$share/", "a"] {
        let filter = TopicFilter::from(name(text));
        assert!(filter.matches(name(text)) && !filter.is_shared());
        assert_eq!(TopicFilter::for_version(text, Version::V311), Ok(filter));
    }
}

#[test]
fn errors_name_the_statement_of_each_version() {
    use ErrorKind as K;
    let name_error = |text| TopicName::new(text).expect_err("no name");
    let filter_error = |text| TopicFilter::new(text).expect_err("no filter");
    for (error, kind, offset, v5, v311) in [
        (name_error(""), K::TopicEmpty, 0, Some("4.7.3-1"), Some("4.7.3-1")),
        (name_error("a/b\0"), K::Nul, 3, Some("4.7.3-2"), Some("4.7.3-2")),
        (name_error("a/#"), K::TopicWildcard, 2, Some("4.7.0-1"), Some("4.7.1-1")),
        (filter_error(""), K::FilterEmpty, 0, Some("4.7.3-1"), Some("4.7.3-1")),
        (filter_error("a\0"), K::Nul, 1, Some("4.7.3-2"), Some("4.7.3-2")),
        (filter_error("é#"), K::FilterMultiLevel, 2, Some("4.7.1-1"), Some("4.7.1-2")),
        (filter_error("é+"), K::FilterSingleLevel, 2, Some("4.7.1-2"), Some("4.7.1-3")),
        (filter_error("$share//a"), K::ShareNameEmpty, 0, Some("4.8.2-1"), None),
        (filter_error("$share/+/a"), K::ShareName, 0, Some("4.8.2-2"), None),
    ] {
        assert_eq!(error, TopicError::Invalid { kind, offset });
        assert_eq!((error.kind(), error.offset()), (Some(kind), offset));
        let statement = |version| error.statement(version);
        let with_prefix = |id: Option<&str>| id.map(|id| format!("MQTT-{id}"));
        assert_eq!(statement(Version::V5).map(String::from), with_prefix(v5));
        assert_eq!(statement(Version::V311).map(String::from), with_prefix(v311));
        assert_eq!(statement(Version::V31), statement(Version::V311));
        assert_eq!(error.to_string(), format!("{kind} at byte {offset}"));
    }
    let long = "a".repeat(70_000);
    let error = name_error(&long);
    assert_eq!((error.kind(), error.offset()), (None, 65_535));
    assert_eq!(error.statement(Version::V31), Some("MQTT-4.7.3-3"));
    assert_eq!(error.to_string(), "topic of 70000 bytes, at most 65535 are allowed");
}
