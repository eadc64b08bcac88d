//! Topic names and topic filters: sections 4.7 of both versions and 4.8 of 5.0.

use mqtt_core::{
    Connect, EncodeError, ErrorKind, Found, MatchScratch, PacketType, Properties, Property,
    Publish, QoS, Response, RetainedCursor, RetainedIndex, Subscribe, Subscription,
    SubscriptionTrie, Subscriptions, TopicFilter, TopicFilters, TopicName, Unsubscribe, Version,
    Will,
};
use std::collections::BTreeSet;
use std::hash::RandomState;

use crate::support::{CLOSE, connack, disconnect, id, invalid, on, unwritable, v5, v311, written};

/// SUBSCRIBE of that version with one filter: identifier 1, QoS 0.
fn subscribe(version: Version, filter: &[u8]) -> Vec<u8> {
    let properties: &[u8] = if version == Version::V5 { &[0x00] } else { &[] };
    let len = 2 + properties.len() + 2 + filter.len() + 1;
    let header = [0x82, u8::try_from(len).unwrap(), 0x00, 0x01];
    let filter_len = [0x00, filter.len() as u8];
    [&header, properties, &filter_len, filter, &[0x00]].concat()
}

/// Where the first byte of the filter is.
fn filter_at(version: Version) -> usize {
    if version == Version::V5 { 7 } else { 6 }
}

/// Both directions and both packets: filters that follow the rules.
fn legal(version: Version, filters: &[&str]) {
    for &filter in filters {
        println!("{filter}");
        let list = [Subscription::new(filter, QoS::AtMostOnce)];
        on(version, &subscribe(version, filter.as_bytes()))
            .is(Subscribe { filters: Subscriptions::new(&list), ..Subscribe::new(id(1)) });
        let list = [filter];
        let packet = Unsubscribe { filters: TopicFilters::new(&list), ..Unsubscribe::new(id(1)) };
        on(version, &written(version, packet)).is(packet);
    }
}

/// Both directions and both packets: filters that do not, and where in the filter that shows;
/// `None` stands for the whole of it.
fn illegal(
    version: Version,
    kind: ErrorKind,
    statement: &str,
    answer: Response,
    filters: &[(&str, Option<usize>)],
) {
    for &(filter, at) in filters {
        println!("{filter}");
        let text_at = filter_at(version);
        let offset = at.map_or(text_at - 2, |at| text_at + at);
        let bytes = subscribe(version, filter.as_bytes());
        on(version, &bytes).refused(kind, offset, statement, answer);
        let mut unsubscribe = bytes[..bytes.len() - 1].to_vec(); // without the options
        unsubscribe[0] = 0xA2;
        unsubscribe[1] -= 1;
        on(version, &unsubscribe).refused(kind, offset, statement, answer);

        let list = [Subscription::new(filter, QoS::AtMostOnce)];
        let packet = Subscribe { filters: Subscriptions::new(&list), ..Subscribe::new(id(1)) };
        unwritable(version, packet, invalid(PacketType::Subscribe, kind));
        let list = [filter];
        let packet = Unsubscribe { filters: TopicFilters::new(&list), ..Unsubscribe::new(id(1)) };
        unwritable(version, packet, invalid(PacketType::Unsubscribe, kind));
    }
}

/// Filters that hold in both versions.
const LEGAL: &[&str] = &[
    "#",
    "+",
    "/",
    "//",
    "sport/#",
    "/#",
    "+/tennis/#",
    "sport/+/player1",
    "+/+",
    "$SYS/#",
    "Accounts payable",
    "$share",
    "$shared/g/a",
];

const MULTI_LEVEL: &[(&str, Option<usize>)] = &[
    ("sport/tennis#", Some(12)),
    ("sport/tennis/#/ranking", Some(13)),
    ("#/", Some(0)),
    ("##", Some(0)),
    ("a/b#c", Some(3)),
];

const SINGLE_LEVEL: &[(&str, Option<usize>)] = &[
    ("sport+", Some(5)),
    ("+sport", Some(0)),
    ("++", Some(0)),
    ("+#", Some(0)),
    ("$+/x", Some(1)),
];

#[test]
fn v5_4_7_0_1_no_wildcard_in_a_topic_name() {
    let mut will = [
        0x10, 0x15, // CONNECT, 21 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0x06, 0x00, 0x3C, 0x00, // will and Clean Start, keep alive 60, no properties
        0x00, 0x00, // client identifier
        0x00, // will: no properties
        0x00, 0x03, b'w', b'/', b'+', // will topic
        0x00, 0x00, // will payload
    ];
    v5(&will).refused(ErrorKind::TopicWildcard, 20, "MQTT-4.7.0-1", connack(0x90));
    will[20] = b'#';
    v5(&will).refused(ErrorKind::TopicWildcard, 20, "MQTT-4.7.0-1", connack(0x90));
    v5(&[
        0x30, 0x04, // PUBLISH, 4 bytes follow
        0x00, 0x01, b'#', // topic
        0x00, // no properties
    ])
    .refused(ErrorKind::TopicWildcard, 4, "MQTT-3.3.2-2", disconnect(0x90));
    for topic in ["#", "+", "w/+", "w#"] {
        let will = Some(Will { topic, ..Will::default() });
        let error = invalid(PacketType::Connect, ErrorKind::TopicWildcard);
        unwritable(Version::V5, Connect { will, ..Connect::default() }, error);
    }
    legal(Version::V5, &["#", "+"]); // a filter may
}

#[test]
fn v5_4_7_1_1_multi_level_wildcard_is_the_last_level() {
    let kind = ErrorKind::FilterMultiLevel;
    illegal(Version::V5, kind, "MQTT-4.7.1-1", disconnect(0x82), MULTI_LEVEL);
    legal(Version::V5, LEGAL);
}

#[test]
fn v5_4_7_1_2_single_level_wildcard_fills_its_level() {
    let kind = ErrorKind::FilterSingleLevel;
    illegal(Version::V5, kind, "MQTT-4.7.1-2", disconnect(0x82), SINGLE_LEVEL);
    legal(Version::V5, &["+", "+/+", "a/+/b/+", "/+", "+/"]);
}

#[test]
fn v5_4_7_3_1_names_and_filters_are_not_empty() {
    v5(&[
        0x30, 0x03, // PUBLISH, 3 bytes follow
        0x00, 0x00, // topic
        0x00, // no properties
    ])
    .refused(ErrorKind::TopicEmpty, 2, "MQTT-4.7.3-1", disconnect(0x82));
    let error = invalid(PacketType::Publish, ErrorKind::TopicEmpty);
    unwritable(Version::V5, Publish::default(), error);
    let list = [Property::TopicAlias(1)];
    v5(&[
        0x30, 0x06, // PUBLISH, 6 bytes follow
        0x00, 0x00, // topic, for which the alias stands
        0x03, 0x23, 0x00, 0x01, // topic alias 1
    ])
    .is(Publish { properties: Properties::new(&list), ..Publish::default() });
    v5(&[
        0x10, 0x12, // CONNECT, 18 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0x06, 0x00, 0x3C, 0x00, // will and Clean Start, keep alive 60, no properties
        0x00, 0x00, // client identifier
        0x00, // will: no properties
        0x00, 0x00, // will topic
        0x00, 0x00, // will payload
    ])
    .refused(ErrorKind::TopicEmpty, 16, "MQTT-4.7.3-1", connack(0x82));
    let will = Some(Will::default());
    let error = invalid(PacketType::Connect, ErrorKind::TopicEmpty);
    unwritable(Version::V5, Connect { will, ..Connect::default() }, error);
    v5(&[
        0x30, 0x07, // PUBLISH, 7 bytes follow
        0x00, 0x01, b't', // topic
        0x03, 0x08, 0x00, 0x00, // response topic
    ])
    .refused(ErrorKind::ResponseTopicEmpty, 6, "MQTT-4.7.3-1", disconnect(0x82));
    let kind = ErrorKind::FilterEmpty;
    illegal(Version::V5, kind, "MQTT-4.7.3-1", disconnect(0x82), &[("", None)]);
}

#[test]
fn v5_4_7_3_2_no_nul_in_names_and_filters() {
    v5(&[
        0x30, 0x06, // PUBLISH, 6 bytes follow
        0x00, 0x03, b'a', 0x00, b'#', // topic: U+0000 before the wildcard
        0x00, // no properties
    ])
    .refused(ErrorKind::Nul, 5, "MQTT-1.5.4-2", disconnect(0x81));
    let error = invalid(PacketType::Publish, ErrorKind::Nul);
    unwritable(Version::V5, Publish { topic: "a\0", ..Publish::default() }, error);
    let filters = [("\0", Some(0)), ("a/\0/#", Some(2)), ("#\0", Some(1))];
    illegal(Version::V5, ErrorKind::Nul, "MQTT-1.5.4-2", disconnect(0x81), &filters);
}

/// The longest name and filter there is, and one that is a byte longer.
fn lengths(version: Version) {
    let text = "x".repeat(65_536);
    let (longest, longer) = (&text[..65_535], &text[..]);
    let publish = Publish { topic: longest, ..Publish::default() };
    let bytes = written(version, publish);
    assert_eq!(bytes[4..6], [0xFF, 0xFF]); // behind three bytes of remaining length
    on(version, &bytes).is(publish);
    let too_long = |packet| EncodeError::FieldTooLong { packet, property: None, len: 65_536 };
    let publish = Publish { topic: longer, ..publish };
    unwritable(version, publish, too_long(PacketType::Publish));

    let list = [Subscription::new(longest, QoS::AtMostOnce)];
    let packet = Subscribe { filters: Subscriptions::new(&list), ..Subscribe::new(id(1)) };
    on(version, &written(version, packet)).is(packet);
    let list = [Subscription::new(longer, QoS::AtMostOnce)];
    let packet = Subscribe { filters: Subscriptions::new(&list), ..Subscribe::new(id(1)) };
    unwritable(version, packet, too_long(PacketType::Subscribe));

    let base = Connect { version, clean_start: true, client_id: "c", ..Connect::default() };
    let will = Some(Will { topic: longest, ..Will::default() });
    on(version, &written(version, Connect { will, ..base })).is(Connect { will, ..base });
    let will = Some(Will { topic: longer, ..Will::default() });
    unwritable(version, Connect { will, ..base }, too_long(PacketType::Connect));
}

#[test]
fn v5_4_7_3_3_at_most_65535_bytes() {
    lengths(Version::V5);
}

#[test]
fn v5_4_8_2_1_share_name_is_not_empty() {
    let kind = ErrorKind::ShareNameEmpty;
    let filters = [("$share//a", None), ("$share/", None), ("$share//", None), ("$share//#", None)];
    illegal(Version::V5, kind, "MQTT-4.8.2-1", disconnect(0x82), &filters);
    legal(Version::V5, &["$share/g/a/b", "$share/g/#", "$share/g//finance", "$share/é/+"]);
}

#[test]
fn v5_4_8_2_2_share_name_has_no_wildcard_and_a_filter_behind_it() {
    let kind = ErrorKind::ShareName;
    let filters = [
        ("$share/g/", None),
        ("$share/g", None),
        ("$share/g+/a", None),
        ("$share/+/a", None),
        ("$share/#", None),
        ("$share/g#/a", None),
    ];
    illegal(Version::V5, kind, "MQTT-4.8.2-2", disconnect(0x82), &filters);
    // The filter behind it follows the rules of filters.
    let kind = ErrorKind::FilterMultiLevel;
    illegal(Version::V5, kind, "MQTT-4.7.1-1", disconnect(0x82), &[("$share/g/a#", Some(10))]);
}

#[test]
fn v311_4_7_1_1_no_wildcard_in_a_topic_name() {
    let mut will = [
        0x10, 0x13, // CONNECT, 19 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, // name, level 4
        0x06, 0x00, 0x3C, // will and CleanSession, keep alive 60
        0x00, 0x00, // client identifier
        0x00, 0x03, b'w', b'/', b'+', // will topic
        0x00, 0x00, // will message
    ];
    v311(&will).refused(ErrorKind::TopicWildcard, 18, "MQTT-4.7.1-1", CLOSE);
    will[18] = b'#';
    v311(&will).refused(ErrorKind::TopicWildcard, 18, "MQTT-4.7.1-1", CLOSE);
    v311(&[
        0x30, 0x03, // PUBLISH, 3 bytes follow
        0x00, 0x01, b'#', // topic
    ])
    .refused(ErrorKind::TopicWildcard, 4, "MQTT-3.3.2-2", CLOSE);
    let will = Some(Will { topic: "w/+", ..Will::default() });
    let base = Connect { version: Version::V311, clean_start: true, ..Connect::default() };
    let error = invalid(PacketType::Connect, ErrorKind::TopicWildcard);
    unwritable(Version::V311, Connect { will, ..base }, error);
    legal(Version::V311, &["#", "+"]); // a filter may
}

#[test]
fn v311_4_7_1_2_multi_level_wildcard_is_the_last_level() {
    let kind = ErrorKind::FilterMultiLevel;
    illegal(Version::V311, kind, "MQTT-4.7.1-2", CLOSE, MULTI_LEVEL);
    legal(Version::V311, LEGAL);
    // Shared subscriptions are not known yet: these are filters like any other.
    legal(Version::V311, &["$share/g/", "$share/g", "$share//a", "$share/", "$share/+/a"]);
}

#[test]
fn v311_4_7_1_3_single_level_wildcard_fills_its_level() {
    let kind = ErrorKind::FilterSingleLevel;
    illegal(Version::V311, kind, "MQTT-4.7.1-3", CLOSE, SINGLE_LEVEL);
    illegal(Version::V311, kind, "MQTT-4.7.1-3", CLOSE, &[("$share/g+/a", Some(8))]);
    legal(Version::V311, &["+", "+/+", "a/+/b/+", "/+", "+/"]);
}

#[test]
fn v311_4_7_3_1_names_and_filters_are_not_empty() {
    v311(&[
        0x30, 0x02, // PUBLISH, 2 bytes follow
        0x00, 0x00, // topic
    ])
    .refused(ErrorKind::TopicEmpty, 2, "MQTT-4.7.3-1", CLOSE);
    let error = invalid(PacketType::Publish, ErrorKind::TopicEmpty);
    unwritable(Version::V311, Publish::default(), error);
    v311(&[
        0x10, 0x10, // CONNECT, 16 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, // name, level 4
        0x06, 0x00, 0x3C, // will and CleanSession, keep alive 60
        0x00, 0x00, // client identifier
        0x00, 0x00, // will topic
        0x00, 0x00, // will message
    ])
    .refused(ErrorKind::TopicEmpty, 14, "MQTT-4.7.3-1", CLOSE);
    illegal(Version::V311, ErrorKind::FilterEmpty, "MQTT-4.7.3-1", CLOSE, &[("", None)]);
}

#[test]
fn v311_4_7_3_2_no_nul_in_names_and_filters() {
    v311(&[
        0x30, 0x05, // PUBLISH, 5 bytes follow
        0x00, 0x03, b'a', 0x00, b'#', // topic: U+0000 before the wildcard
    ])
    .refused(ErrorKind::Nul, 5, "MQTT-1.5.3-2", CLOSE);
    let error = invalid(PacketType::Publish, ErrorKind::Nul);
    unwritable(Version::V311, Publish { topic: "a\0", ..Publish::default() }, error);
    let filters = [("\0", Some(0)), ("a/\0/#", Some(2)), ("#\0", Some(1))];
    illegal(Version::V311, ErrorKind::Nul, "MQTT-1.5.3-2", CLOSE, &filters);
}

#[test]
fn v311_4_7_3_3_at_most_65535_bytes() {
    lengths(Version::V311);
}

/// Which of the filters match the topic.
fn matching<'f>(version: Version, filters: &[&'f str], topic: &str) -> Vec<&'f str> {
    let name = TopicName::new(topic).unwrap();
    let filter = |text| TopicFilter::for_version(text, version).unwrap();
    // All filters in one trie, and the name in an index.
    let mut trie: SubscriptionTrie<&str, (), RandomState> = SubscriptionTrie::default();
    filters.iter().for_each(|text| assert_eq!(trie.insert(filter(text), *text, ()), Ok(None)));
    let mut index: RetainedIndex<(), RandomState> = RetainedIndex::default();
    index.insert(name, ()).unwrap();
    let found: BTreeSet<&str> = trie
        .matches(name, &mut MatchScratch::default())
        .flat_map(|found| match found {
            Found::Subscriber { key, .. } => vec![*key],
            Found::Group(group) => group.members().map(|(key, ())| *key).collect(),
        })
        .collect();
    let matches = |text: &&'f str| {
        let is_match = filter(text).matches(name);
        assert_eq!(found.contains(text), is_match, "{text} in a trie");
        let mut cursor = RetainedCursor::default();
        let retained = index.lookup(filter(text), &mut cursor).count();
        assert_eq!(retained, usize::from(is_match), "{text} in an index");
        is_match
    };
    filters.iter().copied().filter(matches).collect()
}

/// A wildcard at the start of a filter does not match a name that begins with $.
fn dollar(version: Version) {
    let filters = ["#", "+", "+/x", "+/#", "$SYS/#", "$SYS/+", "$SYS/x"];
    assert_eq!(matching(version, &filters, "$SYS/x"), ["$SYS/#", "$SYS/+", "$SYS/x"]);
    // Only the first character of the name counts.
    assert_eq!(matching(version, &["#", "+/$SYS", "a/+"], "a/$SYS").len(), 3);
}

/// Characters are compared as they are.
fn as_they_are(version: Version) {
    let filters = ["\u{E9}", "e\u{301}", "A", "a", "a ", "+"];
    assert_eq!(matching(version, &filters, "e\u{301}"), ["e\u{301}", "+"]);
    assert_eq!(matching(version, &filters, "\u{E9}"), ["\u{E9}", "+"]);
    assert_eq!(matching(version, &filters, "a"), ["a", "+"]);
}

#[test]
fn v5_4_7_2_1_wildcards_do_not_match_dollar_topics() {
    dollar(Version::V5);
    // The rule is for the inner filter of a shared subscription.
    let shared = ["$share/g/#", "$share/g/$SYS/#"];
    assert_eq!(matching(Version::V5, &shared, "$SYS/x"), ["$share/g/$SYS/#"]);
}

#[test]
fn v311_4_7_2_1_wildcards_do_not_match_dollar_topics() {
    dollar(Version::V311);
}

#[test]
fn v5_4_7_3_4_topics_are_compared_without_normalization() {
    as_they_are(Version::V5);
}

#[test]
fn v311_4_7_3_4_topics_are_compared_without_normalization() {
    as_they_are(Version::V311);
}
