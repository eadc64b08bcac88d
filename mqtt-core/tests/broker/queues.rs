//! Messages for clients that are away, or slow.

use crate::texts::{Hello, V5, V31, V311, VERSIONS, config};
use crate::world::World;
use mqtt_core::{
    BrokerConfig, BrokerLimits, Closed, Property, QueueLimits, ServerConfig, SessionConfig,
    SlowConsumer,
};

fn queue(max_count: usize) -> BrokerConfig {
    let queue = QueueLimits { max_count, ..QueueLimits::default() };
    with_session(SessionConfig { queue, ..SessionConfig::default() })
}

fn with_session(session: SessionConfig) -> BrokerConfig {
    BrokerConfig { server: ServerConfig { session, ..ServerConfig::default() }, ..config() }
}

#[test]
fn what_comes_while_a_client_is_away_waits_for_it() {
    for version in VERSIONS {
        let mut world = World::new();
        let anna = world.stay(version, "anna");
        world.subscribe(anna, &["+ q2"]);
        world.cut(anna);
        for text in ["t=1 q1", "t=2 q2", "t=3", "u=4 q1"] {
            world.publish_inside(text);
        }
        assert!(world.broker.stats().queued_bytes > 0);
        assert_eq!(world.broker.stats().dropped_offline, 1);
        let anna = world.stay(version, "anna");
        world.gets(anna, &["t=1 q1", "t=2 q2", "u=4 q1"]);
        world.publish_inside("t=5");
        world.gets(anna, &["t=5"]);
        assert_eq!(world.broker.stats().queued_bytes, 0);
    }
}

#[test]
fn qos_0_waits_if_the_broker_is_told_so() {
    let mut world = World::with(BrokerConfig { queue_qos_0: true, ..config() });
    let anna = world.stay(V5, "anna");
    world.subscribe(anna, &["t q1"]);
    world.cut(anna);
    for text in ["t=1", "t=2 q1", "t=3"] {
        world.publish_inside(text);
    }
    let anna = world.stay(V5, "anna");
    world.gets(anna, &["t=1", "t=2 q1", "t=3"]);
    assert_eq!(world.broker.stats().dropped_offline, 0);
}

#[test]
fn so_many_messages_wait_and_no_more() {
    let mut world = World::with(queue(3));
    let anna = world.stay(V5, "anna");
    world.subscribe(anna, &["t q1"]);
    world.cut(anna);
    for number in 0..6 {
        world.publish_inside(&format!("t={number} q1"));
    }
    assert_eq!(world.broker.stats().dropped_full, 3);
    let anna = world.stay(V5, "anna");
    world.gets(anna, &["t=0 q1", "t=1 q1", "t=2 q1"]);
}

#[test]
fn for_a_new_message_older_ones_of_qos_0_go() {
    let mut world = World::with(BrokerConfig { queue_qos_0: true, ..queue(3) });
    let anna = world.stay(V5, "anna");
    world.subscribe(anna, &["t q1"]);
    world.cut(anna);
    for text in ["t=0", "t=1 q1", "t=2", "t=3 q1", "t=4 q1", "t=5 q1", "t=6"] {
        world.publish_inside(text);
    }
    let anna = world.stay(V5, "anna");
    world.gets(anna, &["t=1 q1", "t=3 q1", "t=4 q1"]);
    assert_eq!(world.broker.stats().dropped_full, 4);
}

#[test]
fn the_newest_of_qos_0_stay_however_many_come() {
    let mut world = World::with(BrokerConfig { queue_qos_0: true, ..queue(3) });
    let anna = world.stay(V5, "anna");
    world.subscribe(anna, &["t"]);
    world.cut(anna);
    for number in 0..1000 {
        world.publish_inside(&format!("t={number}"));
    }
    assert_eq!(world.broker.stats().dropped_full, 997);
    let anna = world.stay(V5, "anna");
    world.gets(anna, &["t=997", "t=998", "t=999"]);
}

#[test]
fn bytes_that_wait_are_bounded_too() {
    let limits = QueueLimits { max_bytes: 300, ..QueueLimits::default() };
    let mut world =
        World::with(with_session(SessionConfig { queue: limits, ..SessionConfig::default() }));
    let anna = world.stay(V5, "anna");
    world.subscribe(anna, &["t q1"]);
    world.cut(anna);
    let long = "x".repeat(100);
    for _ in 0..10 {
        world.publish_inside(&format!("t={long} q1"));
    }
    assert!(world.broker.stats().queued_bytes <= 300);
    let anna = world.stay(V5, "anna");
    let got = world.got(anna).len();
    assert!((1..=2).contains(&got), "{got}");
}

#[test]
fn what_is_open_is_sent_again_before_what_waits() {
    for version in VERSIONS {
        let mut world = World::new();
        let anna = world.stay(version, "anna");
        world.subscribe(anna, &["t q2"]);
        world.hold(anna);
        for text in ["t=1 q1", "t=2 q2", "t=3 q2", "t=4 q1"] {
            world.publish_inside(text);
        }
        world.gets(anna, &["t=1 q1", "t=2 q2", "t=3 q2", "t=4 q1"]);
        world.ack(anna, 0);
        // PUBREC for the second, whose PUBREL is lost or not answered.
        world.ack(anna, 0);
        world.gets(anna, &["pubrel"]);
        world.cut(anna);
        world.publish_inside("t=5 q1");
        let hello = Hello::new(version, "anna").stays();
        let anna = world.open(version, "anna");
        world.hold(anna);
        world.send_bytes(anna, &hello.written());
        world.gets(anna, &["pubrel", "t=3 q2 dup", "t=4 q1 dup", "t=5 q1"]);
        world.complete(anna);
        world.ack(anna, 0);
        world.gets(anna, &["pubrel"]);
        world.ack(anna, 0);
        world.complete(anna);
        world.ack(anna, 0);
        assert_eq!(world.broker.stats().queued_bytes, 0);
    }
}

#[test]
fn a_client_that_allows_few_at_once_gets_them_one_after_the_other() {
    let mut world = World::new();
    let slow = Hello::new(V5, "anna").stays().property(Property::ReceiveMaximum(2));
    let anna = world.accepted(&slow);
    world.subscribe(anna, &["t q2"]);
    world.hold(anna);
    for number in 0..5 {
        world.publish_inside(&format!("t={number} q{}", 1 + number % 2));
    }
    world.gets(anna, &["t=0 q1", "t=1 q2"]);
    world.publish_inside("t=x");
    world.ack(anna, 0);
    world.gets(anna, &["t=2 q1"]);
    world.ack(anna, 0);
    world.gets(anna, &["pubrel"]);
    world.complete(anna);
    world.gets(anna, &["t=3 q2"]);
    world.cut(anna);
    // Less than before: the resends come within it.
    let less = Hello::new(V5, "anna").stays().property(Property::ReceiveMaximum(1));
    let anna = world.open(V5, "anna");
    world.hold(anna);
    world.send_bytes(anna, &less.written());
    world.gets(anna, &["t=2 q1 dup"]);
    world.ack(anna, 0x80);
    world.gets(anna, &["t=3 q2 dup"]);
    world.ack(anna, 0x97);
    world.gets(anna, &["t=4 q1", "t=x"]);
}

#[test]
fn messages_expire_while_they_wait_and_not_when_they_were_sent() {
    let mut world = World::new();
    let (anna, ben) = (world.stay(V5, "anna"), world.join(V5, "ben"));
    world.subscribe(anna, &["t q2"]);
    world.hold(anna);
    let expiry = |seconds| [Property::MessageExpiryInterval(seconds)];
    world.publish_with(ben, "t=sent q1", &expiry(5));
    world.got(anna);
    world.cut(anna);
    world.publish_with(ben, "t=short q1", &expiry(5));
    world.publish_with(ben, "t=long q2", &expiry(100));
    world.publish_with(ben, "t=ever q1", &[]);
    world.pass(30);
    let anna = world.stay(V5, "anna");
    let got = world.got(anna);
    assert!(got[0].starts_with("t=sent q1 dup"), "{got:?}");
    assert_eq!(got[1..], ["t=long q2 MessageExpiryInterval(70)", "t=ever q1"]);
    assert_eq!(world.broker.stats().dropped_expired, 1);
    // Before 5.0 a client is not told of it, and gets them no longer either.
    world.cut(anna);
    world.publish_with(ben, "t=short q1", &expiry(5));
    world.publish_with(ben, "t=long q2", &expiry(100));
    world.pass(5);
    let anna = world.stay(V311, "anna");
    world.gets(anna, &["t=long q2"]);
}

/// Their sessions keep messages without properties.
#[test]
fn messages_expire_for_clients_before_5_0_too() {
    for version in [V31, V311] {
        let mut world = World::new();
        let (anna, ben) = (world.stay(version, "anna"), world.join(V5, "ben"));
        world.subscribe(anna, &["t q2"]);
        world.cut(anna);
        for (text, seconds) in [("t=short q1", 5), ("t=long q2", 100)] {
            world.publish_with(ben, text, &[Property::MessageExpiryInterval(seconds)]);
        }
        world.pass(5);
        let anna = world.stay(version, "anna");
        world.gets(anna, &["t=long q2"]);
        assert_eq!(world.broker.stats().dropped_expired, 1);
    }
}

#[test]
fn one_that_does_not_read_holds_nobody_up() {
    let session = SessionConfig { max_output: 4096, ..SessionConfig::default() };
    let mut world = World::with(with_session(session));
    let (slow, fast) = (world.join(V5, "slow"), world.join(V5, "fast"));
    for client in [slow, fast] {
        world.subscribe(client, &["t q1"]);
    }
    world.stall(slow);
    let long = "x".repeat(1000);
    for number in 0..2000 {
        world.publish_inside(&format!("t={number}.{long} q{}", number % 2).replace(" q0", ""));
    }
    assert_eq!(world.got(fast).len(), 2000);
    let stats = world.broker.stats();
    assert!(stats.dropped_full > 0 && stats.queued_bytes < 8 << 20, "{stats:?}");
    world.unstall(slow);
    let got = world.got(slow).len() as u64;
    assert_eq!(got + world.broker.stats().dropped_full, 2000);
    world.publish_inside("t=after q1");
    world.gets(slow, &["t=after q1"]);
}

#[test]
fn one_that_does_not_read_may_be_sent_away() {
    for version in VERSIONS {
        let session = SessionConfig { max_output: 4096, ..SessionConfig::default() };
        let queue = QueueLimits { max_count: 10, ..QueueLimits::default() };
        let slow_consumer = SlowConsumer::Disconnect;
        let server = with_session(SessionConfig { queue, ..session });
        let mut world = World::with(BrokerConfig { slow_consumer, ..server });
        let slow = world.stay(version, "slow");
        world.subscribe(slow, &["t q1"]);
        world.stall(slow);
        let long = "x".repeat(1000);
        for number in 0..20 {
            world.publish_inside(&format!("t={number}.{long} q1"));
        }
        assert_eq!(world.closed(slow), Some(Closed::Local));
        world.unstall(slow);
        let got = world.got(slow);
        assert_eq!(got.last().unwrap() == "disconnect 97", version == V5, "{got:?}");
        assert_eq!(world.broker.stats().connected, 0);
        // What has waited for it waits still.
        let slow = world.stay(version, "slow");
        let got = world.got(slow);
        assert!(got[0].starts_with("t=<") && got.len() >= 10, "{}", got.len());
    }
}

#[test]
fn one_that_comes_back_to_a_full_queue_is_not_sent_away() {
    let config = BrokerConfig { slow_consumer: SlowConsumer::Disconnect, ..queue(10) };
    let mut world = World::with(config);
    let hello = Hello::new(V5, "anna").stays().property(Property::ReceiveMaximum(1));
    let anna = world.accepted(&hello);
    world.subscribe(anna, &["t q1"]);
    world.cut(anna);
    let publish = |world: &mut World, numbers: core::ops::Range<u32>| {
        for number in numbers {
            world.publish_inside(&format!("t={number} q1"));
        }
    };
    publish(&mut world, 0..10);
    let anna = world.open(V5, "anna");
    world.hold(anna);
    world.send_bytes(anna, &hello.written());
    publish(&mut world, 10..60);
    assert_eq!(world.closed(anna), None);
    assert_eq!(world.broker.stats().dropped_full, 49, "there was room for one");
    for _ in 0..11 {
        world.ack(anna, 0);
    }
    assert_eq!(world.got(anna).len(), 11);
    // It has got what waited: from now on it is slow as others are.
    publish(&mut world, 60..80);
    assert_eq!(world.closed(anna), Some(Closed::Local));
}

#[test]
fn bytes_of_all_clients_together_are_bounded() {
    let limits = BrokerLimits { max_queued_bytes: 2000, ..BrokerLimits::default() };
    let mut world = World::with(BrokerConfig { limits, ..config() });
    let there = world.join(V5, "there");
    world.subscribe(there, &["t q1"]);
    for at in 0..20 {
        let client = world.stay(V5, &format!("c{at}"));
        world.subscribe(client, &["t q1"]);
        world.cut(client);
    }
    let long = "x".repeat(100);
    for _ in 0..10 {
        world.publish_inside(&format!("t={long} q1"));
    }
    let stats = world.broker.stats();
    assert!((1900..2400).contains(&stats.queued_bytes), "{stats:?}");
    assert!(stats.dropped_full > 150);
    // Who takes it at once gets all of it.
    assert_eq!(world.got(there).len(), 10);
    for at in 0..20 {
        world.broker.drop_session(&format!("c{at}"), world.now);
    }
    assert_eq!(world.broker.stats().queued_bytes, 0);
}

#[test]
fn what_is_acknowledged_is_counted_no_more() {
    let mut world = World::new();
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    world.subscribe(anna, &["t q2"]);
    world.hold(anna);
    for qos in ["q1", "q2"] {
        world.publish(ben, &format!("t=1 {qos}"));
        assert!(world.broker.stats().queued_bytes > 0);
        world.ack(anna, 0);
        if qos == "q2" {
            world.complete(anna);
        }
        assert_eq!(world.broker.stats().queued_bytes, 0, "{qos}");
    }
}
