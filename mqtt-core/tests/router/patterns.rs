//! What a pattern subscribes to and captures, and what is none.

use crate::{Router, found, naive, name, router};
use mqtt_core::{ErrorKind, MatchScratch, RouteErrorKind, TopicError, TopicFilter, Version};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Pattern, filter, a topic that matches, and what is captured of it.
type Good = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const GOOD: [Good; 26] = [
    ("a", "a", "a", &[]),
    ("/", "/", "/", &[]),
    ("a/+/#", "a/+/#", "a/b/c", &[]),
    ("{a}", "+", "x", &[("a", "x")]),
    ("{a}/", "+/", "x/", &[("a", "x")]),
    ("/{a}", "/+", "/x", &[("a", "x")]),
    (
        "sensors/{room}/temperature",
        "sensors/+/temperature",
        "sensors/7/temperature",
        &[("room", "7")],
    ),
    ("{a}/{b}/{c}", "+/+/+", "x/y/z", &[("a", "x"), ("b", "y"), ("c", "z")]),
    // Empty levels are levels.
    ("{a}/{b}", "+/+", "/", &[("a", ""), ("b", "")]),
    ("{*all}", "#", "x/y//z", &[("all", "x/y//z")]),
    ("{*all}", "#", "/", &[("all", "/")]),
    ("a/{*rest}", "a/#", "a/x/y", &[("rest", "x/y")]),
    ("a/{*rest}", "a/#", "a/", &[("rest", "")]),
    ("a/{*rest}", "a/#", "a", &[]),
    ("{a}/{*rest}", "+/#", "x", &[("a", "x")]),
    ("{a}/+/{b}/#", "+/+/+/#", "x/y/z", &[("a", "x"), ("b", "z")]),
    ("{{a}}", "{a}", "{a}", &[]),
    ("{{{{/}}{{/{a}", "{{/}{/+", "{{/}{/x", &[("a", "x")]),
    ("{{a/b}}", "{a/b}", "{a/b}", &[]),
    ("{ä ö}/ü", "+/ü", "€/ü", &[("ä ö", "€")]),
    ("$SYS/{*rest}", "$SYS/#", "$SYS/a/b", &[("rest", "a/b")]),
    ("{$a}", "+", "x", &[("$a", "x")]),
    ("$share/g/{a}", "$share/g/+", "x", &[("a", "x")]),
    ("$share/{{g}}/b/{a}", "$share/{g}/b/+", "b/x", &[("a", "x")]),
    ("$share/g/{*all}", "$share/g/#", "x/y", &[("all", "x/y")]),
    ("$share/g/$share/h/{a}", "$share/g/$share/h/+", "$share/h/x", &[("a", "x")]),
];

#[test]
fn patterns_subscribe_to_filters_and_capture_levels() {
    let mut scratch = MatchScratch::default();
    for (pattern, filter, topic, captures) in GOOD {
        let mut router = Router::<std::hash::RandomState>::default();
        let id = router.add(pattern, 7).expect(pattern);
        assert_eq!(router.pattern(id), Some(pattern));
        assert_eq!(router.filter(id), TopicFilter::new(filter).ok(), "{pattern}");
        let found = router.most_specific(name(topic), &mut scratch).expect(pattern);
        assert_eq!((found.id, *found.handler), (Some(id), 7));
        assert!(found.captures.iter().eq(captures.iter().copied()), "{pattern} {found:?}");
        assert_eq!(found.captures.len(), captures.len());
        assert_eq!(found.captures.is_empty(), captures.is_empty());
        for (name, value) in captures {
            assert_eq!(found.captures.get(name), Some(*value));
        }
        assert_eq!(found.captures.get("none"), None);
    }
}

/// A pattern, what is wrong with it, at which byte, and in words.
const BAD: [(&str, RouteErrorKind, usize, &str); 33] = [
    ("{", BRACE, 0, "brace is neither doubled nor around a whole level at byte 0"),
    ("}", BRACE, 0, ""),
    ("a{", BRACE, 1, ""),
    ("a/{b", BRACE, 2, ""),
    ("a/b}", BRACE, 3, ""),
    ("a/{b}c", BRACE, 2, ""),
    ("a/b{c}", BRACE, 3, ""),
    ("a/{b}{c}", BRACE, 2, ""),
    ("a/{b}}", BRACE, 2, ""),
    ("a/{{b}", BRACE, 5, ""),
    ("{{{a}", BRACE, 2, ""),
    ("a/}}}", BRACE, 4, ""),
    // A slash ends a level wherever it is.
    ("ä/{a/b}", BRACE, 3, ""),
    ("a/{}", NAME_EMPTY, 2, "capture without a name at byte 2"),
    ("a/{*}", NAME_EMPTY, 2, ""),
    ("a/{b+}", RouteErrorKind::NameCharacter, 4, "+, # or * in the name of a capture at byte 4"),
    ("{#b}", RouteErrorKind::NameCharacter, 1, ""),
    ("{b*}", RouteErrorKind::NameCharacter, 2, ""),
    ("{**b}", RouteErrorKind::NameCharacter, 2, ""),
    ("{a}/b/{a}", RouteErrorKind::NameTwice, 7, "another capture has the name at byte 7"),
    ("{a}/{*a}", RouteErrorKind::NameTwice, 6, ""),
    (
        "a/{*b}/c",
        RouteErrorKind::RestNotLast,
        2,
        "capture of the rest is not the last level at byte 2",
    ),
    ("{*b}/", RouteErrorKind::RestNotLast, 0, ""),
    // Faults of the filter are found behind what is written otherwise.
    ("", of_filter(ErrorKind::FilterEmpty, 0), 0, "topic filter is empty at byte 0"),
    ("a+", of_filter(ErrorKind::FilterSingleLevel, 1), 1, ""),
    ("{name}/a+", of_filter(ErrorKind::FilterSingleLevel, 8), 8, ""),
    ("{{ä}}/{b}/{{{{+", of_filter(ErrorKind::FilterSingleLevel, 15), 15, ""),
    (
        "{a}/#/{b}",
        of_filter(ErrorKind::FilterMultiLevel, 4),
        4,
        "# is not the last level of the topic filter at byte 4",
    ),
    ("a{{#}}", of_filter(ErrorKind::FilterMultiLevel, 3), 3, ""),
    ("{a}/\0", of_filter(ErrorKind::Nul, 4), 4, ""),
    ("$share//{a}", of_filter(ErrorKind::ShareNameEmpty, 0), 0, ""),
    // A share name is no level of a topic.
    ("$share/{g}/a", of_filter(ErrorKind::ShareName, 0), 0, ""),
    ("$share/{*g}", of_filter(ErrorKind::ShareName, 0), 0, ""),
];

const BRACE: RouteErrorKind = RouteErrorKind::Brace;
const NAME_EMPTY: RouteErrorKind = RouteErrorKind::NameEmpty;

const fn of_filter(kind: ErrorKind, offset: usize) -> RouteErrorKind {
    RouteErrorKind::Filter(TopicError::Invalid { kind, offset })
}

#[test]
fn faults_are_named_and_located() {
    let mut router = router(&["a"]);
    for (pattern, kind, offset, text) in BAD {
        let error = router.add(pattern, 7).expect_err(pattern);
        assert_eq!((error.kind(), error.offset()), (kind, offset), "{pattern}");
        if !text.is_empty() {
            assert_eq!(error.to_string(), text);
        }
        assert_eq!(
            error.statement(Version::V5).is_some(),
            matches!(kind, RouteErrorKind::Filter(_)),
            "{pattern}"
        );
    }
    // Nothing is left of them.
    assert_eq!(router.len(), 1);
    assert_eq!(found(&router, "a"), [0]);
    assert!(router.filters().map(|filter| filter.as_str()).eq(["a"]));
}

#[test]
fn the_filter_may_have_65535_bytes_and_the_pattern_more() {
    let mut router = router(&[]);
    let long = "x".repeat(70_000);
    let id = router.add(&format!("a/{{{long}}}"), 7).unwrap();
    assert_eq!(router.filter(id).unwrap().as_str(), "a/+");

    let braces = "{{".repeat(65_535);
    let id = router.add(&braces, 7).unwrap();
    assert_eq!(router.filter(id).unwrap().as_str(), "{".repeat(65_535));

    let too_long = |len| RouteErrorKind::Filter(TopicError::TooLong { len });
    for (pattern, len, offset) in [
        (long.clone(), 70_000, 65_535),
        (format!("{braces}/a"), 65_537, 131_070),
        (format!("{{{long}}}/{long}"), 70_002, 65_535 + 70_001),
        // A capture, and the slash behind it, are the first byte too many.
        (format!("{}/{{a}}/b", "x".repeat(65_534)), 65_538, 65_535),
        (format!("{}/{{a}}/b", "x".repeat(65_533)), 65_537, 65_537),
    ] {
        let error = router.add(&pattern, 7).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (too_long(len), offset));
        assert_eq!(error.statement(Version::V5), Some("MQTT-4.7.3-3"));
    }
}

/// The filter of a pattern, once more in as few lines as possible.
fn naive_filter(pattern: &str) -> Option<String> {
    let levels: Vec<&str> = pattern.split('/').collect();
    let mut names = BTreeSet::new();
    let mut filter = Vec::new();
    for (index, level) in levels.iter().enumerate() {
        let name = level.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        if let Some(name) = name.filter(|_| !level.starts_with("{{")) {
            let rest = name.strip_prefix('*');
            let name = rest.unwrap_or(name);
            let is_name = !name.is_empty() && !name.contains(['{', '}', '+', '#', '*']);
            let is_there = rest.is_none() || index + 1 == levels.len();
            if !is_name || !is_there || !names.insert(name) {
                return None;
            }
            filter.push(if rest.is_some() { "#" } else { "+" }.to_owned());
        } else {
            let doubled = level.replace("{{", "\u{1}").replace("}}", "\u{2}");
            if doubled.contains(['{', '}']) {
                return None;
            }
            filter.push(doubled.replace('\u{1}', "{").replace('\u{2}', "}"));
        }
    }
    let filter = filter.join("/");
    let is_shared = filter.starts_with("$share/");
    let is_legal =
        if is_shared { naive::shared(&filter).is_some() } else { naive::is_filter(&filter) };
    is_legal.then_some(filter)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_pattern_or_not(
        pieces in prop::collection::vec(
            prop::sample::select(vec!["{", "}", "{{", "}}", "{a}", "{b}", "{*c}", "*", "/", "/", "+", "#", "a", "ä"]),
            0..10,
        ),
        share in 0..4_usize,
    ) {
        let start = ["$share/g/", "$share/"].get(share).copied().unwrap_or_default();
        let pattern = format!("{start}{}", pieces.concat());
        let mut router = router(&[]);
        match (router.add(&pattern, 7), naive_filter(&pattern)) {
            (Ok(id), Some(filter)) => {
                prop_assert_eq!(router.filter(id).map(|filter| filter.as_str()), Some(&*filter));
            }
            (Err(error), None) => {
                let text = error.to_string();
                prop_assert!(text.ends_with(&format!("at byte {}", error.offset())), "{}", text);
                // There is what it speaks of, and no fault of the filter before it.
                let fault = pattern.get(error.offset()..).expect("a boundary");
                let before = &pattern[..error.offset()];
                let begins: &[char] = match error.kind() {
                    RouteErrorKind::Brace => &['{', '}'],
                    RouteErrorKind::NameEmpty | RouteErrorKind::RestNotLast => &['{'],
                    RouteErrorKind::NameCharacter => &['+', '#', '*'],
                    RouteErrorKind::NameTwice => &['a', 'b', 'c'],
                    RouteErrorKind::Filter(TopicError::Invalid { kind, .. }) => match kind {
                        ErrorKind::FilterSingleLevel => &['+'],
                        ErrorKind::FilterMultiLevel => &['#'],
                        _ => return Ok(()),
                    },
                    kind => panic!("{kind:?}"),
                };
                prop_assert!(fault.starts_with(begins), "{} {:?}", pattern, error);
                if let (Some((whole, _)), RouteErrorKind::Filter(_)) =
                    (before.rsplit_once('/'), error.kind())
                {
                    let is_share = whole.starts_with("$share");
                    prop_assert!(is_share || whole.is_empty() || naive_filter(whole).is_some());
                }
            }
            (got, expected) => panic!("{pattern}: {got:?}, {expected:?}"),
        }
    }
}
