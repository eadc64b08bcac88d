//! Retained messages of a broker.

use crate::texts::{V5, V311};
use crate::world::World;
use mqtt_core::Version;

/// What somebody gets who subscribes after these messages, and what one gets who has subscribed before.
fn kept(version: Version, messages: &[&str], filter: &str) -> (Vec<String>, Vec<String>) {
    let mut world = World::new();
    let standing = world.join(version, "standing");
    world.subscribe(standing, &["# q2"]);
    let publisher = world.join(version, "publisher");
    for text in messages {
        world.publish(publisher, text);
    }
    let late = world.join(version, "late");
    world.subscribe(late, &[filter]);
    (world.got(late), world.got(standing))
}

#[test]
fn v5_3_3_1_5_the_last_retained_message_is_kept() {
    assert_eq!(kept(V5, &["t=A q1 retain", "t=B retain"], "t q2").0, ["t=B retain"]);
    assert_eq!(kept(V5, &["t=A retain", "t=B q2 retain"], "t q2").0, ["t=B q2 retain"]);
}

#[test]
fn v311_3_3_1_5_a_retained_message_is_kept_with_its_qos() {
    assert_eq!(kept(V311, &["t=A q1 retain"], "t q2").0, ["t=A q1 retain"]);
}

#[test]
fn v311_3_3_1_6_the_last_one_of_each_name_is_sent() {
    let mut got = kept(V311, &["a=1 retain", "b=2 retain", "c/d=3 retain", "b=4 retain"], "#").0;
    got.sort_unstable();
    assert_eq!(got, ["a=1 retain", "b=4 retain", "c/d=3 retain"]);
}

#[test]
fn v311_3_3_1_7_one_of_qos_0_takes_the_place_of_the_one_before() {
    assert_eq!(kept(V311, &["t=A q1 retain", "t=B retain"], "t q1").0, ["t=B retain"]);
}

#[test]
fn v311_3_3_1_8_it_is_sent_with_retain_to_a_new_subscription() {
    assert_eq!(kept(V311, &["t=A retain"], "t").0, ["t=A retain"]);
}

#[test]
fn v311_3_3_1_9_it_is_sent_without_retain_to_one_that_stands() {
    assert_eq!(kept(V311, &["t=A q1 retain"], "x").1, ["t=A q1"]);
}

fn deleted(version: Version) {
    let (late, standing) = kept(version, &["t=A retain", "t= retain"], "t");
    assert_eq!((late, standing), (vec![], vec!["t=A".to_owned(), "t=".to_owned()]));
}

#[test]
fn v5_3_3_1_6_an_empty_one_deletes() {
    deleted(V5);
}

#[test]
fn v311_3_3_1_10_an_empty_one_deletes() {
    deleted(V311);
}

fn not_kept(version: Version) {
    let mut world = World::new();
    let publisher = world.join(version, "publisher");
    world.publish(publisher, "t= q1 retain");
    assert_eq!((world.broker.stats().retained, world.broker.stats().retained_bytes), (0, 0));
    world.subscribe(publisher, &["#"]);
    world.gets(publisher, &[]);
}

#[test]
fn v5_3_3_1_7_an_empty_one_is_not_kept() {
    not_kept(V5);
}

#[test]
fn v311_3_3_1_11_an_empty_one_is_not_kept() {
    not_kept(V311);
}

#[test]
fn v5_3_3_1_8_one_without_retain_changes_nothing() {
    assert_eq!(kept(V5, &["t=A retain", "t=B", "t="], "t").0, ["t=A retain"]);
}

#[test]
fn v311_3_3_1_12_one_without_retain_changes_nothing() {
    assert_eq!(kept(V311, &["t=A retain", "t=B", "t="], "t").0, ["t=A retain"]);
}

/// How many come for a subscription that is made twice.
fn twice(filter: &str) -> [usize; 2] {
    let mut world = World::new();
    world.publish_inside("t=A retain");
    let client = world.join(V5, "a");
    [(); 2].map(|()| {
        world.subscribe(client, &[filter]);
        world.got(client).len()
    })
}

#[test]
fn v5_3_3_1_9_retain_handling_0_sends_always() {
    assert_eq!(twice("t"), [1, 1]);
}

#[test]
fn v5_3_3_1_10_retain_handling_1_sends_to_what_is_new() {
    assert_eq!(twice("t new"), [1, 0]);
}

#[test]
fn v5_3_3_1_11_retain_handling_2_sends_nothing() {
    assert_eq!(twice("t never"), [0, 0]);
}

#[test]
fn v5_3_3_1_12_retain_is_0_for_those_who_do_not_want_it() {
    assert_eq!(kept(V5, &["t=A q1 retain"], "x").1, ["t=A q1"]);
}

#[test]
fn v5_3_3_1_13_retain_is_as_published_for_those_who_want_it() {
    let mut world = World::new();
    let client = world.join(V5, "a");
    world.subscribe(client, &["t rap"]);
    world.publish_inside("t=A retain");
    world.publish_inside("t=B");
    world.gets(client, &["t=A retain", "t=B"]);
}

#[test]
fn v311_3_1_2_7_they_outlive_the_session() {
    let mut world = World::new();
    let client = world.join(V311, "a");
    world.publish(client, "t=A retain");
    world.cut(client);
    assert_eq!(world.broker.stats().sessions, 0);
    let late = world.join(V311, "late");
    world.subscribe(late, &["t"]);
    world.gets(late, &["t=A retain"]);
}

/// A subscription is replaced while messages flow: one for each, and the retained one again.
fn replaced(version: Version) {
    let mut world = World::new();
    let client = world.join(version, "a");
    let publisher = world.join(version, "publisher");
    world.publish(publisher, "t=kept retain");
    world.subscribe(client, &["t"]);
    world.publish(publisher, "t=1 q1");
    assert_eq!(world.subscribe(client, &["t q1"]), [1]);
    world.publish(publisher, "t=2 q1");
    world.gets(client, &["t=kept retain", "t=1", "t=kept retain", "t=2 q1"]);
    assert_eq!(world.broker.stats().subscriptions, 1);
}

#[test]
fn v5_3_8_4_4_a_subscription_is_replaced_without_a_gap() {
    replaced(V5);
}

#[test]
fn v311_3_8_4_3_a_subscription_is_replaced_without_a_gap() {
    replaced(V311);
}
