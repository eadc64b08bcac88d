//! The way of a message through a broker.

use crate::kit::bytes;
use crate::texts::{V5, V311};
use crate::world::World;
use mqtt_core::Version;

/// What one subscriber gets of these messages.
fn routed(version: Version, filters: &[&str], messages: &[&str]) -> Vec<String> {
    let mut world = World::new();
    let (to, from) = (world.join(version, "to"), world.join(version, "from"));
    for filter in filters {
        world.subscribe(to, &[filter]);
    }
    for text in messages {
        world.publish(from, text);
    }
    world.got(to)
}

#[test]
fn v5_3_3_2_3_the_topic_matches_the_filter() {
    assert_eq!(routed(V5, &["a/+"], &["a/b=1", "b/a=2"]), ["a/b=1"]);
}

#[test]
fn v311_3_3_2_3_the_topic_matches_the_filter() {
    assert_eq!(routed(V311, &["a/+"], &["a/b=1", "b/a=2"]), ["a/b=1"]);
}

/// A message with these properties comes out as it went in.
#[track_caller]
fn goes_on(properties: &str) {
    let mut world = World::new();
    let (to, from) = (world.join(V5, "to"), world.join(V5, "from"));
    world.subscribe(to, &["t"]);
    world.raw(to);
    let len = bytes(properties).len();
    let packet = format!("30 {:02X} 00 01 't' {len:02X} {properties} '!'", len + 5);
    world.send(from, &packet);
    assert_eq!(world.raw(to), crate::kit::hex(&bytes(&packet)));
}

#[test]
fn v5_3_3_2_4_the_payload_format_goes_on() {
    goes_on("01 01");
    goes_on("01 00");
}

#[test]
fn v5_3_3_2_15_the_response_topic_goes_on() {
    goes_on("08 00 01 'r'");
}

#[test]
fn v5_3_3_2_16_correlation_data_go_on() {
    goes_on("09 00 02 01 02");
    goes_on("09 00 00");
}

#[test]
fn v5_3_3_2_17_user_properties_go_on() {
    goes_on("26 00 01 'a' 00 01 '1' 26 00 01 'a' 00 01 '2'");
}

#[test]
fn v5_3_3_2_18_user_properties_keep_their_order() {
    goes_on("26 00 01 'b' 00 00 26 00 01 'a' 00 00 26 00 01 'b' 00 00");
    goes_on("26 00 01 'b' 00 00 03 00 01 't' 26 00 01 'a' 00 00 01 01 26 00 01 'b' 00 00");
}

#[test]
fn v5_3_3_2_20_the_content_type_goes_on() {
    goes_on("03 00 01 't'");
}

#[test]
fn v5_3_3_4_2_one_copy_has_the_highest_qos() {
    assert_eq!(routed(V5, &["a/#", "a/+ q2"], &["a/b=1 q2", "a/b=2 q1"]), ["a/b=1 q2", "a/b=2 q1"]);
}

#[test]
fn v311_3_3_5_1_one_copy_has_the_highest_qos() {
    let got = routed(V311, &["a/#", "a/+ q2"], &["a/b=1 q2", "a/b=2 q1"]);
    assert_eq!(got, ["a/b=1 q2", "a/b=2 q1"]);
}

/// One message for subscriptions with identifiers 7 and 9, and for one without.
fn with_identifiers() -> String {
    let mut world = World::new();
    let to = world.join(V5, "to");
    world.subscribe_as(to, 7, &["a/#"]);
    world.subscribe_as(to, 9, &["a/+"]);
    world.subscribe(to, &["#"]);
    world.raw(to);
    world.publish_inside("a/b=!");
    world.raw(to)
}

#[test]
fn v5_3_3_4_3_the_copy_has_the_identifiers() {
    let got = with_identifiers();
    assert!(got.contains("0B 07") && got.contains("0B 09"), "{got}");
}

#[test]
fn v5_3_3_4_4_the_one_copy_has_them_all() {
    let wanted =
        ["0B 07 0B 09", "0B 09 0B 07"].map(|ids| format!("30 0B 00 03 61 2F 62 04 {ids} 21"));
    assert!(wanted.contains(&with_identifiers()));
}

#[test]
fn v5_3_8_3_3_no_local_keeps_ones_own_messages_away() {
    let mut world = World::new();
    let (one, other) = (world.join(V5, "one"), world.join(V5, "other"));
    world.subscribe(one, &["t q1 nolocal"]);
    assert_eq!(world.publish(one, "t=own q1"), Some(0x10));
    assert_eq!(world.publish(other, "t=other q1"), Some(0));
    world.gets(one, &["t=other q1"]);
}

#[test]
fn v5_3_8_4_3_the_same_filter_replaces_its_subscription() {
    assert_eq!(routed(V5, &["a", "a q1"], &["a=1 q2"]), ["a=1 q1"]);
}

const QOS: &[&str] = &["t=0", "t=1 q1", "t=2 q2"];

#[test]
fn v5_3_8_4_8_the_qos_is_the_lower_one() {
    assert_eq!(routed(V5, &["t q1"], QOS), ["t=0", "t=1 q1", "t=2 q1"]);
}

#[test]
fn v311_3_8_4_6_the_qos_is_the_lower_one() {
    assert_eq!(routed(V311, &["t q1"], QOS), ["t=0", "t=1 q1", "t=2 q1"]);
}

fn compares_characters(version: Version) {
    let mut world = World::new();
    let client = world.join(version, "a");
    world.subscribe(client, &["a/+", "a/b"]);
    let codes = world.unsubscribe(client, &["a/+"]).expect("UNSUBACK");
    assert_eq!(codes, if version == V5 { vec![0] } else { vec![] });
    world.publish_inside("a/b=1");
    world.publish_inside("a/c=1");
    world.gets(client, &["a/b=1"]);
}

#[test]
fn v5_3_10_4_1_filters_are_compared_by_character() {
    compares_characters(V5);
}

#[test]
fn v311_3_10_4_1_filters_are_compared_by_character() {
    compares_characters(V311);
}

fn no_more(version: Version) {
    let mut world = World::new();
    let client = world.stay(version, "a");
    world.subscribe(client, &["t q1"]);
    world.unsubscribe(client, &["t"]).expect("UNSUBACK");
    world.publish_inside("t=1 q1");
    world.cut(client);
    world.publish_inside("t=2 q1");
    let client = world.stay(version, "a");
    world.gets(client, &[]);
    assert_eq!(world.broker.stats().queued_bytes, 0);
}

#[test]
fn v5_3_10_4_2_nothing_comes_after_unsubscribe() {
    no_more(V5);
}

#[test]
fn v311_3_10_4_2_nothing_comes_after_unsubscribe() {
    no_more(V311);
}

fn reaches_all(version: Version) {
    let mut world = World::new();
    let (there, away) = (world.stay(version, "there"), world.stay(version, "away"));
    world.subscribe(there, &["t q1"]);
    world.subscribe(away, &["# q1"]);
    world.cut(away);
    world.publish_inside("t=1 q1");
    world.gets(there, &["t=1 q1"]);
    let away = world.stay(version, "away");
    world.gets(away, &["t=1 q1"]);
}

#[test]
fn v5_4_5_0_1_a_message_reaches_all_that_have_subscribed() {
    reaches_all(V5);
}

#[test]
fn v311_4_5_0_1_a_message_reaches_all_that_have_subscribed() {
    reaches_all(V311);
}

/// Ten messages to each topic, at each QoS, come in their order.
fn in_order(version: Version, topics: &[&str]) {
    let mut world = World::new();
    let from = world.join(version, "from");
    let subscribers = [V5, V311].map(|other| {
        let client = world.join(other, &format!("{other:?}"));
        world.subscribe(client, &["# q2"]);
        client
    });
    for (topic, qos) in topics.iter().flat_map(|topic| ["", " q1", " q2"].map(|qos| (topic, qos))) {
        let sent: Vec<_> = (0..10).map(|number| format!("{topic}={number}{qos}")).collect();
        for text in &sent {
            world.publish(from, text);
        }
        for client in subscribers {
            assert_eq!(world.got(client), sent);
        }
    }
}

#[test]
fn v5_4_6_0_5_messages_of_a_topic_come_in_their_order() {
    in_order(V5, &["t"]);
}

#[test]
fn v311_4_6_0_6_messages_of_a_topic_come_in_their_order() {
    in_order(V311, &["t"]);
}

const TOPICS: &[&str] = &["t", "/", "a/b/c", "\u{E9}", "x/$y"];

#[test]
fn v5_4_6_0_6_every_topic_has_an_order() {
    in_order(V5, TOPICS);
}

#[test]
fn v311_4_6_0_5_every_topic_has_an_order() {
    in_order(V311, TOPICS);
}
