//! MQTT topics in AMQP and Kafka, and back.

use crate::naive::{amqp_matches, is_filter, is_name};
use crate::{filter, name, texts};
use mqtt_core::mapping::*;
use mqtt_core::{EncodeError, TopicFilter, TopicName, Version};
use proptest::prelude::*;

const LEN: usize = if cfg!(debug_assertions) { 5 } else { 6 };

fn why<T>(result: Result<T, Unmappable>) -> Why {
    result.err().expect("cannot be mapped").why
}

/// A name that can be a key or the end of one, in other words.
fn levels_are_words(text: &str) -> bool {
    text.split('/').all(|level| level != "*" && !level.contains('.'))
}

/// A key that can be a name or the end of one, in other words.
fn words_are_levels(text: &str) -> bool {
    text.split('.').all(|word| word != "*" && !word.contains(['/', '+', '#', '\0']))
}

/// A binding key that can be a filter or the end of one, in other words.
fn pattern_is_levels(text: &str) -> bool {
    let words: Vec<_> = text.split('.').collect();
    words.iter().enumerate().all(|(index, word)| {
        (*word == "#" && index + 1 == words.len()) || !word.contains(['/', '+', '#', '\0'])
    })
}

fn stands_alone(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('$')
}

#[test]
fn keys_map_back_and_only_they_map() {
    for text in texts("a./*$+#", LEN) {
        if let Ok(name) = TopicName::new(&text) {
            let key = name_to_routing_key(name).map(|key| key.to_string());
            assert_eq!(key.is_ok(), stands_alone(&text) && levels_are_words(&text), "{text}");
            if let Ok(key) = key {
                assert_eq!(key, text.replace('/', "."));
                assert_eq!(routing_key_to_name(&key).expect("a name"), text.as_str());
            }
        }
        let back = routing_key_to_name(&text).map(|name| name.to_string());
        assert_eq!(back.is_ok(), stands_alone(&text) && words_are_levels(&text), "{text}");
        if let Ok(back) = back {
            assert!(is_name(&back), "{text}");
            assert_eq!(name_to_routing_key(name(&back)).expect("a key"), text.as_str());
        }
    }
}

#[test]
fn bindings_map_back_and_only_they_map() {
    for text in texts("a./*$+#", LEN) {
        if let Ok(filter) = TopicFilter::new(&text) {
            let key = filter_to_binding_key(filter).map(|key| key.to_string());
            assert_eq!(key.is_ok(), stands_alone(&text) && levels_are_words(&text), "{text}");
            if let Ok(key) = key {
                assert_eq!(key, text.replace('/', ".").replace('+', "*"));
                assert_eq!(binding_key_to_filter(&key).expect("a filter"), text.as_str());
            }
        }
        let back = binding_key_to_filter(&text).map(|filter| filter.to_string());
        assert_eq!(back.is_ok(), stands_alone(&text) && pattern_is_levels(&text), "{text}");
        if let Ok(back) = back {
            assert!(is_filter(&back), "{text}");
            assert_eq!(filter_to_binding_key(filter(&back)).expect("a key"), text.as_str());
        }
    }
}

#[test]
fn exchanges_map_back() {
    for text in texts("a./*$+#", LEN) {
        let parts = text.split_once('/').unwrap_or((&text, ""));
        let is_exchange = !parts.0.is_empty() && !parts.0.contains(['*', '$', '+', '#']);
        let is_ambiguous = text.ends_with('/') && parts.1.is_empty();
        let fits = is_exchange && !is_ambiguous && levels_are_words(parts.1);
        if let Ok(name) = TopicName::new(&text) {
            let mapped = name_to_exchange(name);
            assert_eq!(mapped.is_ok(), fits, "{text}");
            if let Ok((exchange, key)) = mapped {
                assert_eq!((exchange, key.to_string()), (parts.0, parts.1.replace('/', ".")));
                let back =
                    exchange_to_name(exchange, &key.to_string()).expect("a name").to_string();
                assert_eq!(back, text);
            }
        }
        if let Ok(filter) = TopicFilter::new(&text) {
            let mapped = filter_to_exchange(filter);
            assert_eq!(mapped.is_ok(), fits, "{text}");
            if let Ok((exchange, key)) = mapped {
                let key = key.to_string();
                assert_eq!(exchange_to_filter(exchange, &key).expect("a filter"), text.as_str());
            }
        }
        let back = exchange_to_name("amq.topic", &text).map(|name| name.to_string());
        assert_eq!(back.is_ok(), words_are_levels(&text), "{text}");
        if let Ok(back) = back {
            let (exchange, key) = name_to_exchange(name(&back)).expect("an exchange");
            assert_eq!((exchange, key.to_string()), ("amq.topic", text.clone()));
        }
        let back = exchange_to_filter("x", &text).map(|filter| filter.to_string());
        assert_eq!(back.is_ok(), pattern_is_levels(&text), "{text}");
        if let Ok(back) = back {
            let (exchange, key) = filter_to_exchange(filter(&back)).expect("an exchange");
            assert_eq!((exchange, key.to_string()), ("x", text));
        }
    }
}

#[test]
fn matching_is_kept_for_all_short_texts() {
    let (filter_texts, name_texts) = (texts("a/+#$*", LEN - 1), texts("a/$*", LEN));
    let names: Vec<_> = name_texts.iter().filter_map(|text| TopicName::new(text).ok()).collect();
    let keys: Vec<_> = names.iter().map(|&name| name_to_routing_key(name).ok()).collect();
    let keys: Vec<_> = keys.into_iter().map(|key| key.map(|key| key.to_string())).collect();
    let mut count = 0;
    for filter in filter_texts.iter().filter_map(|text| TopicFilter::new(text).ok()) {
        let Ok(binding) = filter_to_binding_key(filter).map(|key| key.to_string()) else {
            continue;
        };
        for (name, key) in names.iter().zip(&keys) {
            let Some(key) = key else { continue };
            let expected = filter.matches(*name);
            assert_eq!(amqp_matches(&binding, key), expected, "{filter} {name}");
            count += usize::from(expected);
        }
    }
    assert!(count > 1000, "{count}");
}

#[test]
fn matching_is_kept_behind_an_exchange() {
    let exchanged = |text: &str, is_name: bool| {
        let mapped =
            if is_name { name_to_exchange(name(text)) } else { filter_to_exchange(filter(text)) };
        mapped.map(|(exchange, key)| (String::from(exchange), key.to_string())).ok()
    };
    let names: Vec<_> = texts("a/$*", LEN).into_iter().filter(|text| is_name(text)).collect();
    let keys: Vec<_> = names.iter().map(|name| exchanged(name, true)).collect();
    let mut count = 0;
    for text in texts("a/+#$*", LEN - 1).into_iter().filter(|text| is_filter(text)) {
        let Some((exchange, binding)) = exchanged(&text, false) else { continue };
        for (name_text, key) in names.iter().zip(&keys) {
            let Some((to, key)) = key else { continue };
            let expected = filter(&text).matches(name(name_text));
            assert_eq!(
                *to == exchange && amqp_matches(&binding, key),
                expected,
                "{text} {name_text}"
            );
            count += usize::from(expected);
        }
    }
    assert!(count > 200, "{count}");
}

#[test]
fn kafka_topics_map_back_and_only_they_map() {
    for text in texts("aB3./_-é", LEN - 1) {
        if text.is_empty() {
            continue;
        }
        let topic = name_to_kafka_topic(name(&text)).map(|topic| topic.to_string());
        let fits = !text.contains(['.', 'é']) && text != "/" && text != "//";
        assert_eq!(topic.is_ok(), fits, "{text}");
        if let Ok(topic) = topic {
            assert_eq!(topic, text.replace('/', "."));
            assert_eq!(kafka_topic_to_name(&topic).expect("a name"), text.as_str());
        }
        let back = kafka_topic_to_name(&text).map(|name| name.to_string());
        assert_eq!(back.is_ok(), !text.contains(['/', 'é']) && text != "." && text != "..");
        if let Ok(back) = back {
            assert_eq!(name_to_kafka_topic(name(&back)).expect("a topic"), text.as_str());
        }
    }
}

#[test]
fn refusals_say_why_and_where() {
    assert_eq!(why(name_to_routing_key(name("é/b.c"))), Why::Separator { at: 4 });
    assert_eq!(why(name_to_routing_key(name("é/*/c"))), Why::Wildcard { at: 3 });
    assert_eq!(why(name_to_routing_key(name("$SYS/x"))), Why::Dollar);
    assert_eq!(why(routing_key_to_name("")), Why::Empty);
    assert_eq!(why(routing_key_to_name("é.b/c")), Why::Separator { at: 4 });
    assert_eq!(why(routing_key_to_name("é.b+")), Why::Wildcard { at: 4 });
    assert_eq!(why(routing_key_to_name("é.b\0")), Why::Character { at: 4 });
    assert_eq!(why(routing_key_to_name("a.#")), Why::Wildcard { at: 2 });
    assert_eq!(why(filter_to_binding_key(filter("$share/g/a"))), Why::Shared);
    assert_eq!(why(filter_to_exchange(filter("$share/g/a"))), Why::Shared);
    assert_eq!(why(binding_key_to_filter("a.#.#")), Why::Wildcard { at: 2 });
    assert_eq!(why(binding_key_to_filter("a.#b")), Why::Wildcard { at: 2 });
    assert_eq!(why(name_to_exchange(name("/a"))), Why::Exchange);
    assert_eq!(why(name_to_exchange(name("é/a"))), Why::Exchange);
    assert_eq!(why(name_to_exchange(name("a/"))), Why::EmptyLevel);
    assert_eq!(why(name_to_exchange(name("orders/b.c"))), Why::Separator { at: 8 });
    assert_eq!(why(filter_to_exchange(filter("+/a"))), Why::Exchange);
    assert_eq!(why(filter_to_exchange(filter("#"))), Why::Exchange);
    assert_eq!(why(exchange_to_name("", "a")), Why::Exchange);
    assert_eq!(why(exchange_to_filter("a/b", "a")), Why::Exchange);
    assert_eq!(why(name_to_kafka_topic(name("a/b c"))), Why::Character { at: 3 });
    assert_eq!(why(name_to_kafka_topic(name("//"))), Why::Dots);
    assert_eq!(why(kafka_topic_to_name("..")), Why::Dots);
    assert_eq!(why(kafka_topic_to_name("")), Why::Empty);
    assert_eq!(why(kafka_topic_to_name("a/b")), Why::Character { at: 1 });
}

#[test]
fn lengths_are_those_of_the_other_side() {
    let long = "a".repeat(256);
    let behind = |len: usize| format!("x/{}", &long[..len]);
    let too_long = |len, max| Why::TooLong { len, max };
    assert!(name_to_routing_key(name(&long[..255])).is_ok());
    assert_eq!(why(name_to_routing_key(name(&long))), too_long(256, 255));
    assert!(routing_key_to_name(&long[..255]).is_ok());
    assert_eq!(why(routing_key_to_name(&long)), too_long(256, 255));
    assert_eq!(why(binding_key_to_filter(&long)), too_long(256, 255));
    assert!(name_to_exchange(name(&behind(255))).is_ok());
    assert_eq!(why(name_to_exchange(name(&behind(256)))), too_long(256, 255));
    assert!(exchange_to_name(&long[..127], &long[..255]).is_ok_and(|name| name.len() == 383));
    assert_eq!(why(exchange_to_name(&long[..128], "")), Why::Exchange);
    assert_eq!(why(name_to_exchange(name(&long[..128]))), Why::Exchange);
    assert!(name_to_kafka_topic(name(&long[..249])).is_ok());
    assert_eq!(why(name_to_kafka_topic(name(&long[..250]))), too_long(250, 249));
    assert_eq!(why(kafka_topic_to_name(&long[..250])), too_long(250, 249));
}

#[test]
fn a_mapped_text_is_written_whole_or_not_at_all() {
    for (mapped, expected) in [
        (exchange_to_filter("orders", "*.é.#"), "orders/+/é/#"),
        (exchange_to_name("orders", ""), "orders"),
        (name_to_routing_key(name("a//b/")), "a..b."),
        (name_to_exchange(name("a")).map(|(_, key)| key), ""),
    ] {
        let mapped = mapped.expect("mappable");
        assert_eq!((mapped.len(), mapped.is_empty()), (expected.len(), expected.is_empty()));
        assert_eq!(mapped, expected);
        assert_eq!(
            (mapped.to_string(), format!("{mapped:?}")),
            (expected.into(), format!("Mapped({expected})"))
        );
        for len in 0..20 {
            let mut out = [0xFF; 20];
            let written = mapped.write_to_slice(&mut out[..len]);
            if len < expected.len() {
                assert_eq!(written, Err(EncodeError::BufferTooSmall { needed: expected.len() }));
                assert_eq!(out, [0xFF; 20]);
            } else {
                assert_eq!(written, Ok(expected));
                assert!(out[expected.len()..].iter().all(|&byte| byte == 0xFF));
            }
        }
        for other in ["", "orders/", "a..b", "a..b..", "orders/+/é/#/", "x"] {
            assert_eq!(mapped == other, other == expected);
        }
    }
}

proptest! {
    #[test]
    fn what_maps_maps_back(text in "\\PC{1,12}([/.*+#$]|\\PC){0,12}", exchange in "[a-z.:_-]{1,9}") {
        let string = |mapped: Mapped<'_>| mapped.to_string();
        if let Ok(name) = TopicName::new(&text) {
            if let Ok(key) = name_to_routing_key(name).map(string) {
                prop_assert_eq!(routing_key_to_name(&key).expect("a name"), text.as_str());
            }
            if let Ok(topic) = name_to_kafka_topic(name).map(string) {
                prop_assert_eq!(kafka_topic_to_name(&topic).expect("a name"), text.as_str());
            }
        }
        if let Ok(filter) = TopicFilter::for_version(&text, Version::V311) {
            if let Ok(key) = filter_to_binding_key(filter).map(string) {
                prop_assert_eq!(binding_key_to_filter(&key).expect("a filter"), text.as_str());
            }
        }
        if let Ok(back) = routing_key_to_name(&text).map(string) {
            prop_assert_eq!(name_to_routing_key(name(&back)).expect("a key"), text.as_str());
        }
        if let Ok(back) = binding_key_to_filter(&text).map(string) {
            prop_assert_eq!(filter_to_binding_key(filter(&back)).expect("a key"), text.as_str());
        }
        if let Ok(back) = exchange_to_name(&exchange, &text).map(string) {
            let (to, key) = name_to_exchange(name(&back)).expect("an exchange");
            prop_assert_eq!((to, key.to_string()), (&*exchange, text));
        }
    }

    #[test]
    fn matching_is_kept(
        filter_text in "([ab+]|)(/([ab+]|)){0,4}(/#)?",
        name_text in "[ab]?(/[ab]?){0,5}",
    ) {
        let (Ok(filter), Ok(name)) = (TopicFilter::new(&filter_text), TopicName::new(&name_text))
        else {
            return Ok(());
        };
        let binding = filter_to_binding_key(filter).expect("a binding key").to_string();
        let key = name_to_routing_key(name).expect("a routing key").to_string();
        prop_assert_eq!(amqp_matches(&binding, &key), filter.matches(name));
    }
}
