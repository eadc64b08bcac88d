//! Bounds of the whole, and hostile clients.

use crate::texts::{Hello, V5, V31, V311, VERSIONS, config, message};
use crate::world::World;
use mqtt_core::{
    BrokerConfig, BrokerError, BrokerLimits, Closed, Property, SubscriptionOptions, TopicFilter,
};

fn limited(limits: BrokerLimits) -> World {
    World::with(BrokerConfig { limits, ..config() })
}

#[test]
fn there_are_no_more_connections_than_may_be() {
    let mut world = limited(BrokerLimits { max_connections: 2, ..BrokerLimits::default() });
    let silent = world.open(V5, "silent");
    let anna = world.stay(V5, "anna");
    assert_eq!(world.broker.open(world.now), Err(BrokerError::Full));
    // Each end makes room; a session without a connection needs none.
    world.cut(silent);
    let second = world.open(V311, "second");
    assert_eq!(world.broker.open(world.now), Err(BrokerError::Full));
    world.cut(anna);
    world.stay(V5, "anna");
    assert_eq!(world.broker.open(world.now), Err(BrokerError::Full));
    world.send(second, "00 00");
    assert!(world.closed(second).is_some());
    world.open(V5, "third");
}

#[test]
fn there_are_no_more_subscriptions_than_may_be() {
    let mut world = limited(BrokerLimits { max_subscriptions: 3, ..BrokerLimits::default() });
    let (anna, old) = (world.join(V5, "anna"), world.join(V311, "old"));
    assert_eq!(world.subscribe(anna, &["a q1", "$share/g/a", "#"]), [1, 0, 0]);
    assert_eq!(world.subscribe(anna, &["b", "$share/g/b", "a q2"]), [0x97, 0x97, 2]);
    assert_eq!(world.subscribe(old, &["b"]), [0x80]);
    let filter = TopicFilter::from_static("x");
    let inside = world.broker.subscribe(filter, SubscriptionOptions::DEFAULT, 1);
    assert_eq!(inside, Err(BrokerError::Full));
    // Those that are refused leave no trace.
    assert_eq!(world.unsubscribe(anna, &["b", "$share/g/b", "#"]), Some(vec![0x11, 0x11, 0]));
    assert_eq!(world.subscribe(old, &["b"]), [0]);
    assert_eq!(world.broker.stats().subscriptions, 3);
    world.cut(anna);
    world.cut(old);
    assert_eq!(world.broker.stats().subscriptions, 0);
}

#[test]
fn one_client_has_no_more_subscriptions_than_it_may() {
    let limits = BrokerLimits { max_subscriptions_per_client: 2, ..BrokerLimits::default() };
    for version in VERSIONS {
        let mut world = limited(limits);
        let anna = world.stay(version, "anna");
        // 3.1 has no code for it.
        let refused = match version {
            V31 => 0,
            V311 => 0x80,
            _ => 0x97,
        };
        assert_eq!(world.subscribe(anna, &["a", "b", "c", "a q1"]), [0, 0, refused, 1]);
        world.cut(anna);
        // It counts them when it comes back.
        let anna = world.stay(version, "anna");
        assert_eq!(world.subscribe(anna, &["c"]), [refused]);
        world.unsubscribe(anna, &["a"]);
        assert_eq!(world.subscribe(anna, &["c"]), [0]);
        let ben = world.join(version, "ben");
        assert_eq!(world.subscribe(ben, &["a", "b"]), [0, 0]);
    }
}

#[test]
fn input_pauses_while_events_wait_and_nothing_is_lost() {
    let mut world = limited(BrokerLimits { max_event_bytes: 2000, ..BrokerLimits::default() });
    world.broker.subscribe(TopicFilter::from_static("#"), SubscriptionOptions::DEFAULT, 7).unwrap();
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    world.subscribe(ben, &["# q1"]);
    world.events();
    world.is_deaf = true;
    let long = "x".repeat(30);
    for number in 0..10_000 {
        let text = format!("t={number:05}{long}");
        world.send_packet(anna, message(&text, &[]));
    }
    // Some of it has come through, the rest waits with its sender.
    let heard = world.got(ben).len();
    assert!((20..200).contains(&heard), "{heard}");
    assert_eq!(world.broker.wants_input(world.id(anna)), 0);
    assert!(world.broker.heap_bytes() < 4 << 20, "{}", world.broker.heap_bytes());
    world.is_deaf = false;
    world.pump();
    let told = world.events();
    assert_eq!(told.len(), 10_000);
    for (number, text) in told.iter().enumerate() {
        assert_eq!(*text, format!("message 7 t={number:05}{long}"));
    }
    assert_eq!(world.got(ben).len() + heard, 10_000);
    assert!(world.broker.wants_input(world.id(anna)) > 0);
}

#[test]
fn clients_that_come_and_go_leave_nothing() {
    let mut world = World::new();
    let mut bytes = 0;
    for round in 0..6 {
        for number in 0..200 {
            let name = format!("c{number}");
            let hello = Hello::new(VERSIONS[number % 3], &name).will("w=gone retain").keep_alive(9);
            let client = world.accepted(&hello);
            world.subscribe(client, &["t q1", "$share/g/t q1", "w q2"]);
            world.publish(client, "t=1 q1");
            if number % 2 == 0 {
                world.cut(client);
            } else {
                world.leave(client);
            }
        }
        world.pass(100);
        world.events();
        let stats = world.broker.stats();
        assert_eq!((stats.connections, stats.sessions, stats.subscriptions), (0, 0, 0));
        assert_eq!((stats.queued_bytes, stats.retained, stats.connected), (0, 1, 0));
        let now = world.broker.heap_bytes();
        assert!(round == 0 || now <= bytes, "{now} after {bytes}");
        bytes = now;
    }
}

/// Moments that mean nothing any more are dropped, and no others.
#[test]
fn who_is_away_is_not_forgotten_for_those_who_come_and_go() {
    let mut world = World::new();
    let hello = |name: &str| Hello::new(V5, name).expiry(10).will("w=gone").delay(5);
    let anna = world.accepted(&hello("anna"));
    world.cut(anna);
    for number in 0..200 {
        let client = world.accepted(&Hello::new(V5, &number.to_string()).keep_alive(60));
        world.leave(client);
    }
    world.pass(5);
    assert_eq!(world.broker.stats().wills, 1);
    world.pass(5);
    assert_eq!(world.broker.stats().sessions, 0);
}

#[test]
fn deep_topics_are_no_harm() {
    let mut world = World::new();
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    assert_eq!(world.subscribe(anna, &["#"]), [0]);
    let deep = "/".repeat(65_400);
    let codes = world.subscribe(anna, &[&deep]);
    assert!(codes.iter().all(|code| *code == 0x8F), "{codes:?}");
    let ben_was = world.closed(ben);
    world.publish(ben, &format!("{deep}=1 retain"));
    assert_eq!((ben_was, world.broker.stats().retained), (None, 0));
    // The others are well.
    world.publish_inside("t=1");
    if world.closed(anna).is_none() {
        assert_eq!(world.got(anna).last().unwrap(), "t=1");
    }
}

#[test]
fn one_subscribe_may_have_thousands_of_filters() {
    for version in [V31, V311, V5] {
        let mut world = World::new();
        let anna = world.join(version, "anna");
        let filters: Vec<_> = (0..3000).map(|number| format!("f/{number}")).collect();
        let filters: Vec<_> = filters.iter().map(String::as_str).collect();
        let codes = world.subscribe(anna, &filters);
        if world.closed(anna).is_none() {
            assert_eq!(codes.len(), 3000);
            let granted = codes.iter().filter(|code| **code == 0).count();
            assert_eq!(granted, 1000);
        }
        assert!(world.broker.stats().subscriptions <= 1000);
    }
}

#[test]
fn what_a_connection_declares_costs_nothing() {
    let mut world = World::new();
    let before = world.broker.heap_bytes();
    let mut large = Vec::new();
    for first in ["10 FF FF FF 7F", "30 FF FF FF 7F", "82 FF FF FF 7F"] {
        for _ in 0..10 {
            let client = world.open(V5, "huge");
            world.send(client, first);
            if first.starts_with("10") {
                large.push(client);
            }
        }
    }
    // No CONNECT at all: they are gone. A CONNECT that is too large has seven bytes to say that it is one of 5.0.
    assert_eq!(world.broker.stats().connections, 10);
    assert!(world.broker.heap_bytes() < before + (64 << 10));
    for client in large {
        world.send(client, "00 06");
    }
    assert_eq!(world.broker.stats().connections, 0);
    let anna = world.join(V5, "anna");
    world.send(anna, "30 FF FF FF 7F");
    world.gets(anna, &["disconnect 95"]);
}

#[test]
fn many_user_properties_do_not_multiply() {
    let mut world = World::new();
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    world.subscribe(anna, &["t"]);
    let many = vec![Property::UserProperty("", ""); 10_000];
    world.publish_with(ben, "t=1", &many);
    match world.closed(ben) {
        Some(reason) => assert!(matches!(reason, Closed::Malformed(_)), "{reason:?}"),
        None => assert_eq!(world.got(anna).len(), 1),
    }
}

#[test]
fn a_flood_of_one_client_leaves_others_their_turn() {
    let mut world = World::new();
    let (flood, ben) = (world.join(V311, "flood"), world.join(V311, "ben"));
    let packet = crate::kit::written(V311, message("x=1", &[]));
    let all: Vec<u8> = packet.iter().copied().cycle().take(packet.len() * 5000).collect();
    // Two inputs, without anybody being asked between them.
    let mut taken = world.broker.handle_input(world.id(flood), world.now, &all);
    world.broker.handle_input(world.id(ben), world.now, &[0xC0, 0x00]);
    world.pump();
    world.gets(ben, &["pingresp"]);
    while taken < all.len() {
        let more = world.broker.handle_input(world.id(flood), world.now, &all[taken..]);
        taken += more;
        assert!(more > 0);
    }
    world.pump();
    assert_eq!(world.broker.stats().messages_received, 5000);
}
