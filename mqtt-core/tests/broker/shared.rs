//! Shared subscriptions.

use crate::texts::{Hello, V5, V311, VERSIONS, config};
use crate::world::{Client, World};
use mqtt_core::{BrokerConfig, Property, SubscriptionOptions, TopicFilter};

/// A world in which so many clients share `$share/g/t`, with sessions that stay.
fn sharing(count: usize, filter: &str) -> (World, Vec<Client>) {
    let mut world = World::new();
    let members = (0..count)
        .map(|at| {
            let client = world.stay(V5, &format!("m{at}"));
            world.subscribe(client, &[filter]);
            client
        })
        .collect();
    (world, members)
}

/// How many messages each has got.
fn counts(world: &mut World, members: &[Client]) -> Vec<usize> {
    members.iter().map(|member| world.got(*member).len()).collect()
}

#[test]
fn members_take_turns_whatever_their_version() {
    let mut world = World::new();
    let members = VERSIONS.map(|version| {
        let client = world.join(version, &format!("{version:?}"));
        world.subscribe(client, &["$share/g/t/# q1"]);
        client
    });
    for number in 0..9 {
        assert_eq!(world.publish_inside(&format!("t/{number}=1 q2")), 1);
    }
    assert_eq!(counts(&mut world, &members), [3, 3, 3]);
    assert_eq!(world.publish_inside("t/x=1 q2"), 1);
    let got: Vec<_> = members.iter().flat_map(|member| world.got(*member)).collect();
    assert_eq!(got, ["t/x=1 q1"]);
}

#[test]
fn groups_are_apart_and_so_are_filters() {
    let mut world = World::new();
    let clients = ["$share/g/t", "$share/h/t", "$share/g/+", "t", "$share/g/t"].map(|filter| {
        let client = world.join(V5, &format!("{filter}{}", world.broker.stats().sessions));
        world.subscribe(client, &[filter]);
        client
    });
    for _ in 0..4 {
        assert_eq!(world.publish_inside("t=1"), 4);
    }
    assert_eq!(counts(&mut world, &clients), [2, 4, 4, 4, 2]);
}

#[test]
fn members_keep_their_own_qos_options_and_identifiers() {
    let mut world = World::new();
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    world.subscribe_as(anna, 1, &["$share/g/t q2 rap"]);
    world.subscribe_as(ben, 2, &["$share/g/t"]);
    world.publish_inside("t=1 q2 retain");
    world.publish_inside("t=2 q2 retain");
    let mut got = world.got(anna);
    got.extend(world.got(ben));
    got.sort_unstable_by_key(|text| !text.contains("q2"));
    assert!(got[0].ends_with("q2 retain SubscriptionIdentifier(1)"), "{got:?}");
    assert!(got[1].ends_with("SubscriptionIdentifier(2)") && !got[1].contains('q'), "{got:?}");
    // A second SUBSCRIBE changes its options; it stays one member.
    world.subscribe(ben, &["$share/g/t q1"]);
    for _ in 0..4 {
        world.publish_inside("t=3 q1");
    }
    let got = world.got(ben);
    assert_eq!(got, ["t=3 q1", "t=3 q1"]);
}

#[test]
fn a_copy_of_ones_own_comes_beside_the_shared_one() {
    let mut world = World::new();
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    world.subscribe(anna, &["t q1", "$share/g/t"]);
    world.subscribe(ben, &["$share/g/t"]);
    for _ in 0..2 {
        world.publish_inside("t=1 q1");
    }
    let mut got = world.got(anna);
    got.sort_unstable();
    assert_eq!(got, ["t=1", "t=1 q1", "t=1 q1"]);
    world.gets(ben, &["t=1"]);
}

#[test]
fn retained_messages_are_not_sent_for_them() {
    let mut world = World::new();
    world.publish_inside("t=1 retain");
    for version in VERSIONS {
        let anna = world.join(version, "anna");
        assert_eq!(world.subscribe(anna, &["$share/g/t", "$share/g/#"]), [0, 0]);
        world.gets(anna, &[]);
    }
}

#[test]
fn members_that_are_away_are_skipped() {
    let (mut world, members) = sharing(3, "$share/g/t q1");
    world.cut(members[1]);
    for _ in 0..4 {
        world.publish_inside("t=1 q1");
    }
    assert_eq!(counts(&mut world, &members), [2, 0, 2]);
    // If all are away, it waits for one of them.
    world.cut(members[0]);
    world.cut(members[2]);
    world.publish_inside("t=2 q1");
    let members: Vec<_> = (0..3).map(|at| world.stay(V5, &format!("m{at}"))).collect();
    assert_eq!(counts(&mut world, &members).iter().sum::<usize>(), 1);
}

#[test]
fn members_that_have_much_to_read_are_left_alone() {
    let (mut world, members) = sharing(2, "$share/g/t q1");
    world.hold(members[0]);
    // As many as it may have open; the rest is for the other.
    let slow = Hello::new(V5, "m0").stays().property(Property::ReceiveMaximum(1));
    let first = world.accepted(&slow);
    world.hold(first);
    for number in 0..10 {
        world.publish_inside(&format!("t={number} q1"));
    }
    let counts = counts(&mut world, &[first, members[1]]);
    assert_eq!(counts, [1, 9]);
}

#[test]
fn what_a_member_has_not_acknowledged_goes_to_another_when_its_connection_is_lost() {
    let (mut world, members) = sharing(2, "$share/g/t q1");
    world.hold(members[0]);
    for number in 0..4 {
        world.publish_inside(&format!("t={number} q1"));
    }
    assert_eq!(counts(&mut world, &members), [2, 2]);
    world.cut(members[0]);
    let got = world.got(members[1]);
    // In order, and new to this one.
    assert_eq!(got.len(), 2);
    assert!(got[0] < got[1] && !got[0].contains("dup"), "{got:?}");
    // The one that left does not get them again.
    let back = world.stay(V5, "m0");
    world.gets(back, &[]);
    assert_eq!(world.broker.stats().queued_bytes, 0);
}

#[test]
fn without_another_member_it_waits_for_the_one_that_left() {
    let (mut world, members) = sharing(2, "$share/g/t q1");
    world.hold(members[0]);
    world.cut(members[1]);
    world.publish_inside("t=1 q1");
    world.gets(members[0], &["t=1 q1"]);
    world.cut(members[0]);
    let first = world.stay(V5, "m0");
    world.gets(first, &["t=1 q1 dup"]);
}

#[test]
fn at_the_end_of_its_session_it_goes_to_any_other() {
    for by in ["expiry", "clean", "drop"] {
        let mut world = World::new();
        let first = world.accepted(&Hello::new(V5, "m0").expiry(10));
        let second = world.stay(V5, "m1");
        world.subscribe(first, &["$share/g/t q1"]);
        world.hold(first);
        world.publish_inside("t=1 q1");
        world.gets(first, &["t=1 q1"]);
        world.subscribe(second, &["$share/g/t q1"]);
        world.cut(second);
        match by {
            "expiry" => {
                world.cut(first);
                world.pass(10);
            }
            "clean" => {
                world.join(V5, "m0");
            }
            _ => assert!(world.broker.drop_session("m0", world.now)),
        }
        world.pump();
        let second = world.stay(V5, "m1");
        assert_eq!(world.got(second), ["t=1 q1"], "{by}");
    }
}

#[test]
fn qos_2_that_was_sent_stays_with_its_session() {
    let (mut world, members) = sharing(2, "$share/g/t q2");
    world.hold(members[0]);
    for number in 0..2 {
        world.publish_inside(&format!("t={number} q2"));
    }
    let first = world.got(members[0]);
    assert_eq!(counts(&mut world, &members), [0, 1]);
    world.cut(members[0]);
    world.gets(members[1], &[]);
    let back = world.stay(V5, "m0");
    world.gets(back, &[&format!("{} dup", first[0])]);
    // When its session ends it is gone.
    let (mut world, members) = sharing(2, "$share/g/t q2");
    world.hold(members[0]);
    for number in 0..2 {
        world.publish_inside(&format!("t={number} q2"));
    }
    world.got(members[1]);
    world.join(V5, "m0");
    world.gets(members[1], &[]);
}

#[test]
fn one_that_waits_behind_the_receive_maximum_is_given_away_too() {
    let mut world = World::new();
    let slow = Hello::new(V5, "m0").stays().property(Property::ReceiveMaximum(1));
    let first = world.accepted(&slow);
    world.hold(first);
    world.subscribe(first, &["$share/g/t q2"]);
    world.publish_inside("t=1 q2");
    world.publish_inside("t=2 q2");
    world.publish_inside("t=3 q1");
    let second = world.stay(V5, "m1");
    world.subscribe(second, &["$share/g/t q2"]);
    world.cut(first);
    world.gets(second, &["t=2 q2", "t=3 q1"]);
    let first = world.stay(V5, "m0");
    world.gets(first, &["t=1 q2 dup"]);
}

#[test]
fn a_message_that_a_member_refuses_is_dropped() {
    for qos in ["q1", "q2"] {
        let (mut world, members) = sharing(2, "$share/g/t q2");
        world.hold(members[0]);
        world.publish_inside(&format!("t=1 {qos}"));
        world.publish_inside(&format!("t=2 {qos}"));
        assert_eq!(counts(&mut world, &members), [1, 1]);
        world.ack(members[0], 0x87);
        world.cut(members[0]);
        world.gets(members[1], &[]);
        let back = world.stay(V5, "m0");
        world.gets(back, &[]);
        assert_eq!(world.broker.stats().queued_bytes, 0, "{qos}");
    }
}

#[test]
fn a_member_leaves_by_the_whole_text() {
    let (mut world, members) = sharing(2, "$share/g/t q1");
    assert_eq!(world.unsubscribe(members[0], &["t", "$share/h/t"]), Some(vec![0x11, 0x11]));
    world.hold(members[0]);
    world.publish_inside("t=1 q1");
    world.publish_inside("t=2 q1");
    assert_eq!(counts(&mut world, &members), [1, 1]);
    assert_eq!(world.unsubscribe(members[0], &["$share/g/t"]), Some(vec![0]));
    for _ in 0..2 {
        world.publish_inside("t=3 q1");
    }
    assert_eq!(counts(&mut world, &members), [0, 2]);
    // What is open ends with it, or goes to another when it is lost.
    world.cut(members[0]);
    let got = world.got(members[1]);
    let back = world.stay(V5, "m0");
    assert_eq!(got.len() + world.got(back).len(), 1);
    world.unsubscribe(members[1], &["$share/g/t"]);
    assert_eq!(world.publish_inside("t=4 q1"), 0);
    assert_eq!(world.broker.stats().subscriptions, 0);
}

#[test]
fn the_last_member_takes_what_is_not_delivered_with_it() {
    let (mut world, members) = sharing(1, "$share/g/t q1");
    world.cut(members[0]);
    world.publish_inside("t=1 q1");
    world.join(V5, "m0");
    let later = world.join(V5, "later");
    world.subscribe(later, &["$share/g/t q1"]);
    world.gets(later, &[]);
    assert_eq!(world.broker.stats().queued_bytes, 0);
}

#[test]
fn the_time_of_a_message_that_is_given_away_goes_on() {
    let (mut world, members) = sharing(2, "$share/g/t q1");
    let ben = world.join(V5, "ben");
    world.hold(members[0]);
    world.hold(members[1]);
    for number in 0..2 {
        world.publish_with(
            ben,
            &format!("t={number} q1"),
            &[Property::UserProperty("k", "v"), Property::MessageExpiryInterval(60)],
        );
    }
    counts(&mut world, &members);
    world.pass(20);
    world.cut(members[0]);
    let got = world.got(members[1]);
    assert_eq!(got.len(), 1);
    let wanted = " q1 UserProperty(\"k\", \"v\") MessageExpiryInterval(40)";
    assert!(got[0].ends_with(wanted), "{got:?}");
}

#[test]
fn one_that_has_expired_is_not_given_away() {
    let (mut world, members) = sharing(2, "$share/g/t q1");
    let ben = world.join(V5, "ben");
    world.hold(members[0]);
    world.publish_with(ben, "t=1 q1", &[Property::MessageExpiryInterval(60)]);
    world.gets(members[0], &["t=1 q1 MessageExpiryInterval(60)"]);
    world.pass(60);
    world.cut(members[0]);
    world.gets(members[1], &[]);
    assert_eq!(world.broker.stats().queued_bytes, 0);
}

#[test]
fn the_caller_may_be_a_member() {
    let mut world = World::new();
    let anna = world.join(V311, "anna");
    world.subscribe(anna, &["$share/g/t"]);
    let filter = TopicFilter::from_static("$share/g/t");
    world.broker.subscribe(filter, SubscriptionOptions::DEFAULT, 7).unwrap();
    world.events();
    for number in 0..4 {
        world.publish_inside(&format!("t={number}"));
    }
    assert_eq!((world.events().len(), world.got(anna).len()), (2, 2));
}

#[test]
fn a_broker_without_them_says_so() {
    let mut world = World::with(BrokerConfig { shared_available: false, ..config() });
    let (anna, old) = (world.join(V5, "anna"), world.join(V311, "old"));
    assert!(world.offers(anna).contains(&"SharedSubscriptionAvailable(false)".to_owned()));
    assert_eq!(world.subscribe(old, &["$share/g/t", "t"]), [0x80, 0]);
    world.subscribe(anna, &["$share/g/t"]);
    world.gets(anna, &["disconnect 9E"]);
}

#[test]
fn no_local_is_not_for_them() {
    let mut world = World::new();
    let anna = world.join(V5, "anna");
    world.send(anna, "82 10 00 01 00 00 0A '$share/g/t' 04");
    world.gets(anna, &["disconnect 82"]);
    assert_eq!(world.broker.stats().subscriptions, 0);
}
