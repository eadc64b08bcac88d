//! Clients of a broker, their sessions, and shared subscriptions.

use crate::texts::{Hello, V5, V311};
use crate::world::{Client, World};
use mqtt_core::{Closed, Version};

fn found_again(version: Version) {
    let mut world = World::new();
    let client = world.stay(version, "one");
    world.subscribe(client, &["t q1"]);
    world.cut(client);
    let client = world.stay(version, "two");
    assert_eq!(world.connack(client), "connack");
    assert_eq!(world.broker.stats().sessions, 2);
    let client = world.stay(version, "one");
    assert_eq!(world.connack(client), "connack present");
    world.publish_inside("t=1 q1");
    world.gets(client, &["t=1 q1"]);
}

#[test]
fn v5_3_1_3_2_a_session_is_found_by_the_client_identifier() {
    found_again(V5);
}

#[test]
fn v311_3_1_3_2_a_session_is_found_by_the_client_identifier() {
    found_again(V311);
}

/// Two clients without an identifier get different ones.
fn assigned(version: Version) -> World {
    let mut world = World::new();
    let clients = [(); 2].map(|()| world.join(version, ""));
    let ids = clients.map(|client| world.broker.client_id(world.id(client)).unwrap().to_owned());
    assert_ne!(ids[0], ids[1]);
    assert!(ids.iter().all(|id| !id.is_empty()));
    for (client, id) in clients.iter().zip(ids) {
        let told = world.offers(*client).contains(&format!("AssignedClientIdentifier({id:?})"));
        assert_eq!(told, version == V5);
    }
    assert_eq!(world.broker.stats().sessions, 2);
    world
}

#[test]
fn v5_3_1_3_6_a_client_without_an_identifier_gets_one_of_its_own() {
    assigned(V5);
}

#[test]
fn v311_3_1_3_6_a_client_without_an_identifier_gets_one_of_its_own() {
    let world = assigned(V311);
    assert_eq!(world.broker.stats().refused, 0);
}

fn taken_over(version: Version) -> String {
    let mut world = World::new();
    let first = world.stay(version, "a");
    world.raw(first);
    let second = world.stay(version, "a");
    assert_eq!(world.closed(first), Some(Closed::TakenOver));
    assert_eq!(world.connack(second), "connack present");
    assert_eq!(world.broker.stats().connections, 1);
    world.raw(first)
}

#[test]
fn v5_3_1_4_3_the_old_connection_is_told_that_it_was_taken_over() {
    assert_eq!(taken_over(V5), "E0 01 8E");
}

#[test]
fn v311_3_1_4_2_the_old_connection_ends() {
    assert_eq!(taken_over(V311), "");
}

#[test]
fn v311_3_1_2_5_messages_wait_for_a_client_that_is_away() {
    let mut world = World::new();
    let client = world.stay(V311, "a");
    world.subscribe(client, &["t q2"]);
    world.leave(client);
    world.publish_inside("t=1 q1");
    world.publish_inside("t=2 q2");
    let client = world.stay(V311, "a");
    world.gets(client, &["t=1 q1", "t=2 q2"]);
}

#[test]
fn v5_4_1_0_2_a_session_is_dropped_when_its_time_is_over() {
    let mut world = World::new();
    let hello = Hello::new(V5, "a").expiry(10);
    let client = world.accepted(&hello);
    world.subscribe(client, &["t q1"]);
    world.cut(client);
    world.pass_ms(9_999);
    assert_eq!(world.broker.stats().sessions, 1);
    world.pass_ms(1);
    let stats = world.broker.stats();
    assert_eq!((stats.sessions, stats.subscriptions), (0, 0));
    let client = world.accepted(&hello);
    assert_eq!(world.connack(client), "connack");
}

#[test]
fn v5_4_8_2_3_members_get_what_they_were_granted() {
    let mut world = World::new();
    let (low, high) = (world.join(V5, "low"), world.join(V5, "high"));
    assert_eq!(world.subscribe(low, &["$share/g/t"]), [0]);
    assert_eq!(world.subscribe(high, &["$share/g/t q2"]), [2]);
    world.publish_inside("t=1 q2");
    world.publish_inside("t=1 q2");
    world.gets(low, &["t=1"]);
    world.gets(high, &["t=1 q2"]);
}

/// Two members, the first of which has a message of that QoS and does not answer.
fn unanswered(qos: &str) -> (World, [Client; 2]) {
    let mut world = World::new();
    let first = world.stay(V5, "first");
    world.subscribe(first, &["$share/g/t q2"]);
    world.hold(first);
    world.publish_inside(&format!("t=1 {qos}"));
    world.gets(first, &[&format!("t=1 {qos}")]);
    let second = world.stay(V5, "second");
    world.subscribe(second, &["$share/g/t q2"]);
    (world, [first, second])
}

#[test]
fn v5_4_8_2_4_an_exchange_of_qos_2_goes_on_with_its_session() {
    let (mut world, [first, second]) = unanswered("q2");
    world.ack(first, 0);
    world.gets(first, &["pubrel"]);
    world.cut(first);
    world.gets(second, &[]);
    let first = world.open(V5, "first");
    world.hold(first);
    world.send_bytes(first, &Hello::new(V5, "first").stays().written());
    world.gets(first, &["pubrel"]);
}

#[test]
fn v5_4_8_2_5_a_message_of_qos_2_ends_with_its_session() {
    for answers in [false, true] {
        let (mut world, [first, second]) = unanswered("q2");
        if answers {
            world.ack(first, 0);
        }
        world.cut(first);
        world.join(V5, "first");
        world.gets(second, &[]);
        assert_eq!(world.broker.stats().queued_bytes, 0);
    }
}

#[test]
fn v5_4_8_2_6_a_message_that_a_member_refuses_goes_to_no_other() {
    for qos in ["q1", "q2"] {
        let (mut world, [first, second]) = unanswered(qos);
        world.ack(first, 0x87);
        world.cut(first);
        world.join(V5, "first");
        world.gets(second, &[]);
    }
}
