//! Bugs that other implementations had with topics, by class, and what this one does instead. The
//! numbers are those of a survey of published vulnerabilities and issue trackers.

use crate::{filter, name};
use mqtt_core::{ErrorKind, TopicError, TopicFilter, TopicName, Version};

/// Tens of thousands of levels overflowed the stack of brokers that walk them by recursion.
#[test]
fn class_11_deep_topics() {
    let check = || {
        let slashes = "/".repeat(65_535);
        let (deep, all) = (name(&slashes), filter(&slashes));
        assert_eq!((deep.level_count(), deep.levels().count()), (65_536, 65_536));
        assert!(all.matches(deep) && all.covers(all));
        assert!(filter("/#").matches(deep) && filter("/#").covers(all));
        let pluses = format!("{}+", "+/".repeat(32_767));
        assert_eq!(pluses.len(), 65_535);
        let pluses = filter(&pluses);
        assert!(!pluses.matches(deep));
        assert!(pluses.matches(name(&slashes[..32_767])));
        assert!(!pluses.matches(name(&slashes[..32_766])));
        let with_hash = format!("{}#", "+/".repeat(32_767));
        assert!(filter(&with_hash).matches(deep) && filter(&with_hash).covers(pluses));
    };
    std::thread::Builder::new()
        .stack_size(64 << 10)
        .spawn(check)
        .expect("a thread")
        .join()
        .expect("no overflow");
}

/// `#` and `+/x` handed out what is below `$SYS`, or `$SYS/x` did not even match itself.
#[test]
fn class_12_dollar_topics() {
    for text in ["#", "+", "+/#", "+/x", "+/+", "$share/g/#", "$share/g/+/x"] {
        assert!(!filter(text).matches(name("$SYS/x")), "{text}");
        assert!(!filter(text).matches(name("$")), "{text}");
        assert!(!filter(text).covers(filter("$SYS/x")), "{text}");
    }
    for text in ["$SYS/x", "$SYS/+", "$SYS/#", "$SYS/x/#", "$share/g/$SYS/#"] {
        assert!(filter(text).matches(name("$SYS/x")), "{text}");
    }
    assert!(filter("a/#").matches(name("a/$SYS")) && filter("+/+").matches(name("a/$")));
}

/// Matchers panicked for four overlapping `+`, for a first character that is not ASCII, or read
/// behind the end; `home/#` missed `home`.
#[test]
fn class_13_matchers_panic_or_miss() {
    let texts = [
        "+/+/+/+",
        "a/+/+/+",
        "+/b/+/+",
        "+/+/c/+",
        "+/+/+/d",
        "é/#",
        "日本/+",
        "😀",
        "/",
        "//",
        "#",
        "+",
        "home/#",
        "home",
        "home/",
        "\u{FEFF}",
        "$share",
        "$share/g/#",
        "$share/日本/é",
    ];
    for filter_text in texts {
        for name_text in texts {
            for end in (0..=name_text.len()).filter(|&end| name_text.is_char_boundary(end)) {
                if let Ok(name) = TopicName::new(&name_text[..end]) {
                    let inner = filter(filter_text).filter();
                    let expected = crate::naive::matches(inner.as_str(), name.as_str());
                    assert_eq!(filter(filter_text).matches(name), expected);
                }
            }
        }
    }
    assert!(filter("home/#").matches(name("home")));
    assert!(filter("é").matches(name("é")) && !filter("e").matches(name("é")));
}

/// `$share` alone, or without a filter, panicked or subscribed to nothing.
#[test]
fn class_23_shared_subscriptions() {
    let kind = |text| TopicFilter::new(text).err().and_then(|error: TopicError| error.kind());
    assert_eq!(kind("$share"), None);
    assert_eq!(kind("$share/"), Some(ErrorKind::ShareNameEmpty));
    assert_eq!(kind("$share//a"), Some(ErrorKind::ShareNameEmpty));
    assert_eq!(kind("$share/g"), Some(ErrorKind::ShareName));
    assert_eq!(kind("$share/g/"), Some(ErrorKind::ShareName));
    assert_eq!(kind("$share/g+/a"), Some(ErrorKind::ShareName));
    assert_eq!(kind("$share/g/a#"), Some(ErrorKind::FilterMultiLevel));
    assert_eq!(kind("$shared/g/a"), None);
    // Another group is another subscription, and a client of 3.1.1 asked for another topic.
    assert_ne!(filter("$share/g/a"), filter("$share/h/a"));
    let v311 = TopicFilter::for_version("$share/g/a", Version::V311).expect("a filter");
    assert!(v311.matches(name("$share/g/a")) && !v311.matches(name("a")));
    assert!(!filter("$share/g/a").matches(name("$share/g/a")));
}
