//! Classes 11 to 13: topics.

use crate::tools::Judged::{Illegal, Legal};
use crate::tools::{DEFAULT, VERSIONS, frame, judge, string, subscribe, v5};
use core::fmt::Write as _;
use mqtt_core::ErrorKind as K;
use mqtt_core::{DecodeOptions, Limits, Version};

/// Topics of tens of thousands of levels overflowed stacks.
#[test]
fn class_11_deep_topics() {
    for version in VERSIONS {
        let publish = |topic: &[u8]| {
            let tail: &[u8] = if version == Version::V5 { b"\0" } else { b"" };
            frame(0x30, &[&string(topic)[..], tail].concat())
        };
        for (bytes, is_deep) in [
            (publish(&b"/".repeat(65_400)), true),
            (publish(&b"a/".repeat(32_767)), true),
            (publish(&b"/".repeat(200)), true),
            (publish(&b"/".repeat(199)), false),
            (publish(&[b'a'; 65_535]), false),
            (subscribe(version, &b"/".repeat(65_400)), true),
            (subscribe(version, &[&b"+/".repeat(32_767)[..], b"#"].concat()), true),
            (subscribe(version, &b"/".repeat(199)), false),
        ] {
            let expected = if is_deep { Illegal(K::TopicLevels) } else { Legal };
            assert_eq!(judge(Some(version), &bytes, DEFAULT), expected);
            let limits = Limits { max_topic_levels: u32::MAX, ..Limits::DEFAULT };
            let options = DecodeOptions { limits, ..DecodeOptions::DEFAULT };
            assert_eq!(judge(Some(version), &bytes, &options), Legal);
        }
    }
}

/// Names and filters that begin with `$` were refused, taken for shared subscriptions, or crashed.
#[test]
fn class_12_dollar_topics() {
    for topic in ["$", "$SYS", "$SYS/broker/uptime", "$share", "$share/", "$shared/g/a", "a/$x"] {
        assert_eq!(v5(&frame(0x30, &[&string(topic.as_bytes())[..], b"\0"].concat())), Legal);
    }
    for (filter, in_v311, in_v5) in [
        ("$SYS/#", true, true),
        ("$SYS/+", true, true),
        ("$", true, true),
        ("$share", true, true),
        ("$shared/g/a", true, true),
        ("$share/g/a", true, true),
        ("$share/g//finance", true, true),
        ("$share/g/$SYS/#", true, true),
        ("$share/g/#", true, true),
        ("$share/g", true, false),
        ("$share/", true, false),
        ("$share//a", true, false),
        ("$share/+/a", true, false),
        ("$share/#", true, false),
        ("$share/g+/a", false, false),
        ("$+/x", false, false),
        ("$#", false, false),
    ] {
        for (version, legal) in
            [(Version::V31, in_v311), (Version::V311, in_v311), (Version::V5, in_v5)]
        {
            let judged = judge(Some(version), &subscribe(version, filter.as_bytes()), DEFAULT);
            assert_eq!(judged == Legal, legal, "{version} {filter}: {judged:?}");
        }
    }
}

/// Wildcards beside multi-byte characters, at the ends and in odd places crashed matchers or made
/// filters that match what they should not.
#[test]
fn class_13_wildcards_in_odd_places() {
    let levels = ["", "a", "+", "#", "\u{E9}", "\u{1F600}", "a+", "+a", "\u{E9}#", "#\u{E9}", "++"];
    let mut filter = String::new();
    for first in levels {
        for second in levels {
            for third in levels {
                filter.clear();
                write!(filter, "{first}/{second}/{third}").unwrap();
                // The rule by levels: a wildcard is alone, and `#` is in the last one.
                let count = filter.split('/').count();
                let legal = filter.split('/').enumerate().all(|(index, level)| match level {
                    "#" => index + 1 == count,
                    "+" => true,
                    other => !other.contains(['+', '#']),
                });
                for version in VERSIONS {
                    let bytes = subscribe(version, filter.as_bytes());
                    let judged = judge(Some(version), &bytes, DEFAULT);
                    assert_eq!(judged == Legal, legal, "{filter}: {judged:?}");
                }
            }
        }
    }
}
