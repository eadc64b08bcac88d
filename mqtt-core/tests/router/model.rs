//! Random changes, and what a list makes of them.

use crate::{Router, naive, name};
use mqtt_core::{MatchScratch, RouteId, TopicFilter};
use proptest::prelude::*;
use std::hash::RandomState;

/// A route of the list.
#[derive(Clone, Debug)]
struct Entry {
    id: RouteId,
    handler: u32,
    pattern: String,
}

/// What a level of a pattern is.
#[derive(Clone, Copy)]
enum Kind<'p> {
    Text,
    Single(Option<&'p str>),
    Multi(Option<&'p str>),
}

fn kind(level: &str) -> Kind<'_> {
    match level {
        "+" => Kind::Single(None),
        "#" => Kind::Multi(None),
        _ if level.starts_with("{{") || !level.starts_with('{') => Kind::Text,
        _ => match level[1..level.len() - 1].strip_prefix('*') {
            Some(name) => Kind::Multi(Some(name)),
            None => Kind::Single(Some(&level[1..level.len() - 1])),
        },
    }
}

/// The share name, and the levels that match.
fn levels(pattern: &str) -> (&str, Vec<&str>) {
    let (share, inner) = match pattern.strip_prefix("$share/") {
        Some(rest) => rest.split_once('/').unwrap(),
        None => ("", pattern),
    };
    (share, inner.split('/').collect())
}

/// The filter that matches.
fn inner_filter(pattern: &str) -> String {
    let levels = levels(pattern).1.into_iter().map(|level| match kind(level) {
        Kind::Text => level.replace("{{", "{").replace("}}", "}"),
        Kind::Single(_) => "+".to_owned(),
        Kind::Multi(_) => "#".to_owned(),
    });
    levels.collect::<Vec<_>>().join("/")
}

/// The filter to subscribe with.
fn whole_filter(pattern: &str) -> String {
    let inner = inner_filter(pattern);
    match levels(pattern).0 {
        "" => inner,
        share => format!("$share/{share}/{inner}"),
    }
}

/// The captures, level by level.
fn captures<'a>(pattern: &'a str, topic: &str) -> Vec<(&'a str, String)> {
    let topic: Vec<&str> = topic.split('/').collect();
    let mut all = Vec::new();
    for (index, level) in levels(pattern).1.into_iter().enumerate() {
        match kind(level) {
            Kind::Single(Some(name)) => all.push((name, topic[index].to_owned())),
            Kind::Multi(Some(name)) if index < topic.len() => {
                all.push((name, topic[index..].join("/")));
            }
            _ => {}
        }
    }
    all
}

/// The most specific of those that match: level by level, the others fall out.
fn most_specific(mut all: Vec<&Entry>) -> Option<&Entry> {
    let rank = |entry: &Entry, index: usize| match levels(&entry.pattern).1.get(index) {
        None => 0,
        Some(level) => match kind(level) {
            Kind::Text => 1,
            Kind::Single(_) => 2,
            Kind::Multi(_) => 3,
        },
    };
    for index in 0..10 {
        let least = all.iter().map(|entry| rank(entry, index)).min()?;
        all.retain(|entry| rank(entry, index) == least);
    }
    // The list is in the order of adding.
    all.first().copied()
}

/// A change to a router.
#[derive(Clone, Debug)]
enum Change {
    Add(String),
    /// One of those that are or were there.
    Remove(prop::sample::Index),
    Fallback(Option<u32>),
}

fn a_pattern() -> impl Strategy<Value = String> {
    let level = prop_oneof![
        4 => "[ab]?",
        2 => Just("+".to_owned()),
        3 => Just("{}".to_owned()),
        1 => Just("{{a}}".to_owned()),
        1 => "\\$[ab]",
    ];
    let end = prop_oneof![3 => Just(""), 1 => Just("#"), 1 => Just("{*rest}")];
    (prop::collection::vec(level, 0..4), end, 0..5_usize).prop_filter_map(
        "a pattern",
        |(mut levels, end, share)| {
            for (index, level) in levels.iter_mut().enumerate() {
                if level == "{}" {
                    *level = format!("{{n{index}}}");
                }
            }
            if !end.is_empty() {
                levels.push(end.to_owned());
            }
            let text = levels.join("/");
            let share = ["$share/g/", "$share/h/"].get(share).copied().unwrap_or_default();
            (!text.is_empty()).then(|| format!("{share}{text}"))
        },
    )
}

fn a_topic() -> impl Strategy<Value = String> {
    let level = prop_oneof![5 => "[ab]?", 1 => Just("{a}".to_owned()), 1 => "\\$[ab]"];
    prop::collection::vec(level, 1..5)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("a name", |text| !text.is_empty())
}

fn a_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => a_pattern().prop_map(Change::Add),
        3 => any::<prop::sample::Index>().prop_map(Change::Remove),
        1 => any::<Option<u32>>().prop_map(Change::Fallback),
    ]
}

/// The order of `route`: those with one filter follow each other, by share name, as they were added;
/// `#` above the last level goes first, the shorter before the longer.
fn check_order(found: &[&Entry], topic: &str) {
    let mut seen: Vec<(String, Vec<&str>)> = Vec::new();
    for entry in found {
        let (share, filter) = (levels(&entry.pattern).0, inner_filter(&entry.pattern));
        match seen.last_mut() {
            Some((last, shares)) if *last == filter => {
                if shares.last() != Some(&share) {
                    assert!(!share.is_empty() && !shares.contains(&share), "{found:?}");
                    shares.push(share);
                }
            }
            _ => {
                assert!(seen.iter().all(|(other, _)| *other != filter), "{found:?}");
                seen.push((filter, vec![share]));
            }
        }
    }
    for pair in found.windows(2) {
        if whole_filter(&pair[0].pattern) == whole_filter(&pair[1].pattern) {
            assert!(pair[0].id < pair[1].id);
        }
    }
    let depth = topic.split('/').count();
    let lens: Vec<usize> = seen
        .iter()
        .map(|(filter, _)| {
            let len = filter.split('/').count();
            if filter.ends_with('#') && len < depth { len } else { usize::MAX }
        })
        .collect();
    assert!(lens.is_sorted(), "{topic} {seen:?}");
}

fn check(router: &mut Router, list: &[Entry], fallback: Option<u32>, topics: &[String]) {
    assert_eq!((router.len(), router.is_empty()), (list.len(), list.is_empty()));
    assert!(router.iter().eq(list.iter().map(|entry| (entry.id, &entry.handler))));
    let mut filters: Vec<String> = Vec::new();
    for entry in list {
        let filter = whole_filter(&entry.pattern);
        assert_eq!(router.pattern(entry.id), Some(&*entry.pattern));
        assert_eq!(router.filter(entry.id), TopicFilter::new(&filter).ok());
        let same = list.iter().filter(|other| whole_filter(&other.pattern) == filter);
        let with = router.with_filter(TopicFilter::new(&filter).unwrap());
        assert!(with.eq(same.map(|entry| entry.id)));
        if !filters.contains(&filter) {
            filters.push(filter);
        }
    }
    assert!(router.filters().map(|filter| filter.as_str()).eq(filters.iter()));

    let mut scratch = MatchScratch::default();
    for topic in topics {
        let expected: Vec<&Entry> = list
            .iter()
            .filter(|entry| naive::matches(&inner_filter(&entry.pattern), topic))
            .collect();
        let mut finds = Vec::new();
        for found in router.route(name(topic), &mut scratch) {
            let Some(id) = found.id else {
                assert!(expected.is_empty() && finds.is_empty() && found.captures.is_empty());
                assert_eq!(Some(*found.handler), fallback);
                continue;
            };
            let entry = *expected.iter().find(|entry| entry.id == id).expect("no other matches");
            assert_eq!(*found.handler, entry.handler);
            let captures = captures(&entry.pattern, topic);
            assert!(
                found.captures.iter().eq(captures.iter().map(|(name, value)| (*name, &**value))),
                "{} {topic} {:?}",
                entry.pattern,
                found.captures
            );
            for (name, value) in &captures {
                assert_eq!(found.captures.get(name), Some(&**value));
            }
            finds.push(entry);
        }
        check_order(&finds, topic);

        let mut again = Vec::new();
        let mut matches = router.route_mut(name(topic), &mut scratch);
        while let Some(found) = matches.next_match() {
            again.push((found.id, *found.handler, format!("{:?}", found.captures)));
        }
        let once: Vec<_> = router
            .route(name(topic), &mut scratch)
            .map(|found| (found.id, *found.handler, format!("{:?}", found.captures)))
            .collect();
        assert_eq!(once, again);
        assert_eq!(once.len(), expected.len().max(usize::from(fallback.is_some())));

        finds.sort_by_key(|entry| entry.id);
        assert!(finds.iter().map(|entry| entry.id).eq(expected.iter().map(|entry| entry.id)));

        let best = most_specific(expected);
        let best = best.map(|entry| (Some(entry.id), entry.handler));
        let best = best.or(fallback.map(|handler| (None, handler)));
        let found = router.most_specific(name(topic), &mut scratch);
        assert_eq!(found.map(|found| (found.id, *found.handler)), best, "{topic}");
        let found = router.most_specific_mut(name(topic), &mut scratch);
        assert_eq!(found.map(|found| (found.id, *found.handler)), best, "{topic}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_router_is_a_list_that_is_found_faster(
        changes in prop::collection::vec(a_change(), 0..60),
        topics in prop::collection::vec(a_topic(), 1..20),
        check_at in 0..60_usize,
    ) {
        let mut router = Router::<RandomState>::default();
        let (mut list, mut fallback) = (Vec::<Entry>::new(), None);
        let mut ids = Vec::new();
        for (number, change) in changes.iter().enumerate() {
            match change {
                Change::Add(pattern) => {
                    let handler = number as u32;
                    let id = router.add(pattern, handler).expect("a pattern");
                    prop_assert!(!ids.contains(&id));
                    ids.push(id);
                    list.push(Entry { id, handler, pattern: pattern.clone() });
                }
                Change::Remove(index) if !ids.is_empty() => {
                    let id = *index.get(&ids);
                    let at = list.iter().position(|entry| entry.id == id);
                    let expected = at.map(|at| list.remove(at).handler);
                    prop_assert_eq!(router.get(id).copied(), expected);
                    prop_assert_eq!(router.get_mut(id).copied(), expected);
                    prop_assert_eq!(router.remove(id), expected);
                }
                Change::Remove(_) => {}
                Change::Fallback(handler) => {
                    prop_assert_eq!(router.set_fallback(*handler), fallback);
                    fallback = *handler;
                }
            }
            if number == check_at {
                check(&mut router, &list, fallback, &topics);
            }
        }
        check(&mut router, &list, fallback, &topics);
        for entry in list.drain(..) {
            prop_assert_eq!(router.remove(entry.id), Some(entry.handler));
        }
        check(&mut router, &[], fallback, &topics);
    }
}
