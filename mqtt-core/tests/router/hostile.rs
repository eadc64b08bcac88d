//! Patterns and topics that are made to hurt: the work is bounded by what is stored.

use crate::{Router, best, found, name, router};
use core::fmt::Write;
use mqtt_core::{MatchScratch, RouteErrorKind, TopicName};
use std::hash::RandomState;
use std::thread;

/// Runs on a stack that recursion would overflow.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(64 << 10).spawn(test).unwrap().join().unwrap();
}

/// A pattern of so many captures.
fn captures(count: usize) -> String {
    let mut pattern = String::new();
    for number in 0..count {
        write!(pattern, "{{n{number}}}/").unwrap();
    }
    pattern
}

#[test]
fn deep_patterns_match_deep_topics() {
    const DEPTH: usize = 30_000;
    on_a_small_stack(|| {
        let named = captures(DEPTH);
        let mut router = Router::<RandomState>::default();
        router.add(&format!("{named}{{*rest}}"), 0).unwrap();
        router.add(&named, 1).unwrap();
        router.add(&"+/".repeat(DEPTH), 2).unwrap();
        router.add(&"{{/".repeat(DEPTH), 3).unwrap();
        router.add(&format!("{}+/", "{{/".repeat(DEPTH - 1)), 4).unwrap();

        let topic = "{/".repeat(DEPTH);
        let topic = name(&topic);
        let mut scratch = MatchScratch::default();
        let mut numbers: Vec<u32> =
            router.route(topic, &mut scratch).map(|found| *found.handler).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [0, 1, 2, 3, 4]);
        assert_eq!(best(&router, topic.as_str()), Some(3));

        for (id, _) in router.iter().skip(2).map(|(id, handler)| (id, *handler)).collect::<Vec<_>>()
        {
            router.remove(id).unwrap();
        }
        let found = router.most_specific(topic, &mut scratch).unwrap();
        assert_eq!((*found.handler, found.captures.len()), (1, DEPTH));
        assert_eq!(found.captures.get("n29999"), Some("{"));

        // The same name, far away.
        let twice = format!("{named}{{n0}}");
        let error = router.add(&twice, 5).unwrap_err();
        assert_eq!(error.kind(), RouteErrorKind::NameTwice);
        assert_eq!(error.offset(), named.len() + 1);
    });
}

#[test]
fn many_routes_have_one_pattern() {
    const COUNT: u32 = 100_000;
    let mut router = router(&[]);
    let ids: Vec<_> = (0..COUNT).map(|number| router.add("a/{x}", number).unwrap()).collect();
    assert_eq!(router.filters().count(), 1);
    // From both ends and within.
    for (number, id) in ids.iter().enumerate().filter(|(number, _)| number % 10 != 5) {
        assert_eq!(router.remove(*id), Some(number as u32));
    }
    for id in ids.iter().skip(5).step_by(10).rev().take(9_000) {
        assert!(router.remove(*id).is_some());
    }
    let expected: Vec<u32> = (5..COUNT).step_by(10).take(1_000).collect();
    assert_eq!(found(&router, "a/b"), expected);
    assert!(router.iter().map(|(_, handler)| *handler).eq(expected));
    assert_eq!(router.filters().count(), 1);
}

#[test]
fn wildcards_that_branch_at_every_level_cost_what_they_take_to_store() {
    let mut router = router(&[]);
    for mask in 0..1_u32 << 12 {
        let levels: Vec<String> = (0..12)
            .map(|bit| if mask >> bit & 1 == 0 { "a".to_owned() } else { format!("{{n{bit}}}") })
            .collect();
        router.add(&levels.join("/"), mask).unwrap();
    }
    let topic = ["a"; 12].join("/");
    assert_eq!(found(&router, &topic).len(), 1 << 12);
    assert_eq!(best(&router, &topic), Some(0));
    assert_eq!(best(&router, &topic.replace('a', "b")), Some((1 << 12) - 1));
    // No way leads past the last level.
    assert!(found(&router, &format!("{topic}/a")).is_empty());
}

#[test]
fn the_longest_name_of_a_share_is_left_out_of_captures() {
    let group = "}}".repeat(65_525);
    let router = router(&[&format!("$share/{group}/{{x}}")]);
    let found = router.most_specific(TopicName::from_static("y"), &mut MatchScratch::default());
    assert_eq!(found.unwrap().captures.get("x"), Some("y"));
}
