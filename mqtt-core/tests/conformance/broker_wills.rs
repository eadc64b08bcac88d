//! Wills that a broker publishes, and does not.

use crate::texts::{Hello, V5, V311, config};
use crate::world::{Client, World};
use core::hash::BuildHasherDefault;
use mqtt_core::store::Restore;
use mqtt_core::{Broker, Durability, Property, Version};

/// A broker with somebody who gets everything.
fn watched() -> (World, Client) {
    let mut world = World::new();
    let watcher = world.join(V5, "watcher");
    world.subscribe(watcher, &["# q2"]);
    (world, watcher)
}

fn delayed() -> Hello {
    Hello::new(V5, "a").expiry(60).delay(5).will("w=!")
}

#[test]
fn v5_3_1_2_7_the_will_stays_with_the_session() {
    let (mut world, watcher) = watched();
    let client = world.accepted(&delayed());
    world.cut(client);
    world.pass(4);
    world.gets(watcher, &[]);
    // It ends, and its will is published.
    world.accepted(&Hello::new(V5, "a"));
    world.gets(watcher, &["w=!"]);
}

#[test]
fn v5_3_1_2_7_the_will_is_part_of_what_is_stored() {
    let mut config = config();
    config.server.session.persist.durability = Durability::Report;
    let mut world = World::with(config.clone());
    let unix = 1_700_000_000_000;
    world.broker.set_unix_time(world.now, unix);
    world.accepted(&delayed());
    let mut restore = Restore::new();
    while let Some(op) = world.broker.poll_persist() {
        restore.apply(&op).expect("in order");
    }
    let mut next = World::with(config.clone());
    let hasher = BuildHasherDefault::default();
    next.broker = Broker::restore(config, next.now, unix, hasher, &restore).expect("sound");
    let watcher = next.join(V5, "watcher");
    next.subscribe(watcher, &["# q2"]);
    next.pass(4);
    next.gets(watcher, &[]);
    next.pass(56);
    next.gets(watcher, &["w=!"]);
}

#[test]
fn v5_3_1_2_8_a_will_is_published_after_its_delay() {
    let (mut world, watcher) = watched();
    let client = world.accepted(&delayed());
    world.cut(client);
    world.pass_ms(4_999);
    world.gets(watcher, &[]);
    world.pass_ms(1);
    world.gets(watcher, &["w=!"]);
    // Or at the end of the session.
    let short = Hello::new(V5, "a").expiry(3).delay(5).will("w=!");
    let client = world.accepted(&short);
    world.cut(client);
    world.pass(3);
    world.gets(watcher, &["w=!"]);
    let client = world.accepted(&delayed());
    world.leave(client);
    world.pass(60);
    world.gets(watcher, &[]);
    let client = world.accepted(&delayed());
    world.cut(client);
    world.pass(3);
    world.accepted(&delayed());
    world.pass(60);
    world.gets(watcher, &[]);
}

#[test]
fn v311_3_1_2_8_a_will_is_published_when_the_connection_is_lost() {
    let (mut world, watcher) = watched();
    let hello = Hello::new(V311, "a").will("w=! q1").keep_alive(10);
    let client = world.accepted(&hello);
    world.cut(client);
    world.gets(watcher, &["w=! q1"]);
    world.accepted(&hello);
    world.pass(15);
    world.gets(watcher, &["w=! q1"]);
    let client = world.accepted(&hello);
    world.send(client, "00 00");
    world.gets(watcher, &["w=! q1"]);
    let client = world.accepted(&hello);
    world.leave(client);
    world.gets(watcher, &[]);
}

fn published_once(version: Version) {
    let (mut world, watcher) = watched();
    let client = world.accepted(&Hello::new(version, "a").stays().will("w=!"));
    world.cut(client);
    world.gets(watcher, &["w=!"]);
    let client = world.accepted(&Hello::new(version, "a").stays());
    world.cut(client);
    world.pass(1000);
    world.gets(watcher, &[]);
    let client = world.accepted(&Hello::new(version, "a").stays().will("w=!"));
    world.leave(client);
    let client = world.accepted(&Hello::new(version, "a").stays());
    world.cut(client);
    world.pass(1000);
    world.gets(watcher, &[]);
}

#[test]
fn v5_3_1_2_10_a_will_is_published_once() {
    published_once(V5);
}

#[test]
fn v311_3_1_2_10_a_will_is_published_once() {
    published_once(V311);
}

#[test]
fn v311_3_1_2_12_without_a_will_nothing_is_published() {
    let (mut world, watcher) = watched();
    let client = world.join(V311, "a");
    world.cut(client);
    world.gets(watcher, &[]);
    assert_eq!(world.broker.stats().wills, 0);
}

/// What somebody gets who subscribes after the will.
fn left(version: Version, will: &'static str) -> Vec<String> {
    let mut world = World::new();
    world.publish_inside("w=before retain");
    let client = world.accepted(&Hello::new(version, "a").will(will));
    world.cut(client);
    let late = world.join(version, "late");
    world.subscribe(late, &["w q2"]);
    world.got(late)
}

#[test]
fn v5_3_1_2_14_a_will_without_retain_is_not_kept() {
    assert_eq!(left(V5, "w=!"), ["w=before retain"]);
}

#[test]
fn v311_3_1_2_16_a_will_without_retain_is_not_kept() {
    assert_eq!(left(V311, "w=!"), ["w=before retain"]);
}

#[test]
fn v5_3_1_2_15_a_will_with_retain_is_kept() {
    assert_eq!(left(V5, "w=! q1 retain"), ["w=! q1 retain"]);
}

#[test]
fn v311_3_1_2_17_a_will_with_retain_is_kept() {
    assert_eq!(left(V311, "w=! q1 retain"), ["w=! q1 retain"]);
}

#[test]
fn v5_3_1_3_9_who_comes_back_within_the_delay_has_no_will() {
    let (mut world, watcher) = watched();
    let client = world.accepted(&delayed());
    world.cut(client);
    world.pass(3);
    let client = world.accepted(&Hello::new(V5, "a").expiry(60));
    assert_eq!(world.connack(client), "connack present");
    world.pass(60);
    world.gets(watcher, &[]);
}

#[test]
fn v5_3_1_3_10_user_properties_of_a_will_keep_their_order() {
    let (mut world, watcher) = watched();
    let pair = |name, value| Property::UserProperty(name, value);
    let hello = Hello::new(V5, "a").will("w=!").will_property(pair("b", "1"));
    let client = world.accepted(&hello.will_property(pair("a", "2")).will_property(pair("b", "3")));
    world.raw(watcher);
    world.cut(client);
    let pairs = "26 00 01 62 00 01 31 26 00 01 61 00 01 32 26 00 01 62 00 01 33";
    assert_eq!(world.raw(watcher), format!("30 1A 00 01 77 15 {pairs} 21"));
}

fn taken_back(version: Version) {
    let (mut world, watcher) = watched();
    let client = world.accepted(&Hello::new(version, "a").will("w=!"));
    world.send(client, "E0 00");
    world.cut(client);
    world.pass(1000);
    world.gets(watcher, &[]);
}

#[test]
fn v5_3_14_4_3_a_disconnect_takes_the_will_back() {
    taken_back(V5);
    // Not with another code.
    let (mut world, watcher) = watched();
    let client = world.accepted(&Hello::new(V5, "a").will("w=!"));
    world.send(client, "E0 01 04");
    world.gets(watcher, &["w=!"]);
}

#[test]
fn v311_3_14_4_3_a_disconnect_takes_the_will_back() {
    taken_back(V311);
}
