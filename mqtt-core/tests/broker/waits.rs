//! Publishers that wait for receivers that have much to read.

use crate::kit::written;
use crate::texts::{Hello, V5, V31, V311, VERSIONS, config, message};
use crate::world::{Client, World};
use core::time::Duration;
use mqtt_core::{
    BrokerConfig, PacketId, Property, Publish, QueueLimits, ServerConfig, SessionConfig, Version,
};

const WAIT: Duration = Duration::from_millis(100);

/// A queue of 20 messages behind little output, and publishers that wait.
fn waiting() -> BrokerConfig {
    let queue = QueueLimits { max_count: 20, ..QueueLimits::default() };
    let session = SessionConfig { queue, max_output: 400, ..SessionConfig::default() };
    let server = ServerConfig { session, ..ServerConfig::default() };
    BrokerConfig { server, max_publisher_wait: WAIT, ..config() }
}

/// So many messages of 36 bytes, at once.
fn flood(
    world: &mut World,
    client: Client,
    version: Version,
    qos: u8,
    numbers: core::ops::Range<u16>,
) {
    let mut bytes = Vec::new();
    for number in numbers {
        let text = format!("t={number:030} q{qos}").replace(" q0", "");
        let packet_id = PacketId::new(number + 1).filter(|_| qos > 0);
        let publish = Publish { packet_id, ..message(&text, &[]) };
        bytes.extend(written(version, publish));
    }
    world.send_bytes(client, &bytes);
}

fn texts(numbers: core::ops::Range<u16>, qos: u8) -> Vec<String> {
    numbers.map(|number| format!("t={number:030} q{qos}").replace(" q0", "")).collect()
}

#[test]
fn nothing_is_lost_to_a_flood_while_the_receiver_reads() {
    for version in VERSIONS {
        for qos in 0..=2 {
            let mut world = World::with(BrokerConfig { receive_maximum: 65535, ..waiting() });
            let (anna, ben) = (world.join(version, "anna"), world.join(version, "ben"));
            world.subscribe(anna, &["t q2"]);
            world.stall(anna);
            flood(&mut world, ben, version, qos, 0..500);
            let stats = world.broker.stats();
            assert!(stats.messages_received < 100, "{version:?} {qos}: {stats:?}");
            // Each time that it reads, more is read of the publisher.
            let mut got = Vec::new();
            for _ in 0..500 {
                world.unstall(anna);
                world.stall(anna);
                got.extend(world.got(anna));
            }
            got.retain(|text| text != "pubrel");
            assert_eq!(got, texts(0..500, qos), "{version:?} {qos}");
            assert_eq!(world.broker.stats().dropped_full, 0);
            assert!(world.broker.stats().publisher_waits > 10);
        }
    }
}

#[test]
fn without_it_nobody_waits() {
    let mut world = World::with(BrokerConfig { max_publisher_wait: Duration::ZERO, ..waiting() });
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    world.subscribe(anna, &["t q2"]);
    world.stall(anna);
    flood(&mut world, ben, V5, 0, 0..500);
    let stats = world.broker.stats();
    assert_eq!((stats.messages_received, stats.publisher_waits), (500, 0));
    assert!(stats.dropped_full > 400, "{stats:?}");
}

#[test]
fn who_does_not_read_delays_others_once() {
    for version in [V31, V5] {
        let mut world = World::with(waiting());
        let (anna, ben) = (world.join(version, "anna"), world.join(version, "ben"));
        world.subscribe(anna, &["t q2"]);
        world.stall(anna);
        flood(&mut world, ben, version, 0, 0..500);
        world.pass_ms(99);
        assert!(world.broker.stats().messages_received < 100);
        world.pass_ms(1);
        let stats = world.broker.stats();
        assert_eq!((stats.messages_received, stats.publisher_waits), (500, 1), "{stats:?}");
        assert!(stats.dropped_full > 400);
        // Nor does another one wait for it, however long it is.
        let carl = world.join(version, "carl");
        flood(&mut world, carl, version, 0, 0..500);
        world.pass(100);
        flood(&mut world, ben, version, 0, 0..500);
        let stats = world.broker.stats();
        assert_eq!((stats.messages_received, stats.publisher_waits), (1500, 1));
        // Until it has read what there is for it.
        world.unstall(anna);
        world.got(anna);
        world.stall(anna);
        flood(&mut world, carl, version, 0, 0..500);
        let stats = world.broker.stats();
        assert!(stats.messages_received < 1600 && stats.publisher_waits == 2, "{stats:?}");
    }
}

#[test]
fn many_who_do_not_read_take_a_small_part_of_the_time() {
    let mut world = World::with(waiting());
    let ben = world.join(V5, "ben");
    let mut is_held = 0;
    for step in 0..110 {
        // Each time somebody else.
        let slow = world.join(V5, &format!("slow {step}"));
        world.subscribe(slow, &["t"]);
        world.stall(slow);
        let before = world.broker.stats().messages_received;
        flood(&mut world, ben, V5, 0, 0..100);
        is_held += u32::from(world.broker.stats().messages_received < before + 100);
        world.pass_ms(100);
    }
    // 11 seconds, of which it may be one.
    assert!((5..=10).contains(&is_held), "{is_held}");
}

#[test]
fn a_receiver_that_goes_lets_them_go_on() {
    let mut world = World::with(waiting());
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    world.subscribe(anna, &["t q2"]);
    world.stall(anna);
    flood(&mut world, ben, V5, 1, 0..90);
    assert!(world.broker.stats().messages_received < 90);
    world.cut(anna);
    assert_eq!(world.broker.stats().messages_received, 90);
}

#[test]
fn a_receiver_that_is_taken_over_lets_them_go_on() {
    let mut world = World::with(waiting());
    let (anna, ben) = (world.stay(V5, "anna"), world.join(V5, "ben"));
    world.subscribe(anna, &["t q1"]);
    world.stall(anna);
    flood(&mut world, ben, V5, 1, 0..90);
    assert!(world.broker.stats().messages_received < 90);
    let anna = world.stay(V5, "anna");
    let mut got = world.got(anna);
    got.dedup();
    assert_eq!(world.broker.stats().messages_received, 90);
    assert_eq!(world.broker.stats().dropped_full, 0);
    assert_eq!(got.last(), texts(89..90, 1).last());
}

#[test]
fn a_publisher_that_waits_may_go() {
    let mut world = World::with(waiting());
    let (anna, carl) = (world.join(V5, "anna"), world.join(V5, "carl"));
    world.subscribe(anna, &["# q2"]);
    let ben = world.accepted(&Hello::new(V5, "ben").will("will=gone"));
    world.stall(anna);
    flood(&mut world, ben, V5, 0, 0..50);
    // What it has sent is read first.
    world.cut(ben);
    assert_eq!(world.broker.stats().wills, 0);
    world.pass_ms(100);
    let stats = world.broker.stats();
    assert_eq!((stats.messages_received, stats.wills, stats.connected), (51, 1, 2));
    // Nobody else waits in its place.
    let dora = world.join(V5, "dora");
    world.publish(dora, "u=1");
    world.publish(carl, "u=2");
    assert_eq!(world.broker.stats().connections, 3);
    world.pass(10);
    world.unstall(anna);
    assert!(world.got(anna).contains(&"will=gone".to_owned()));
}

#[test]
fn neither_wills_nor_the_caller_make_anybody_wait() {
    let mut world = World::with(waiting());
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    world.subscribe(anna, &["# q2"]);
    world.stall(anna);
    let long = "x".repeat(100);
    for number in 0..25 {
        world.publish_inside(&format!("t={number}.{long}"));
    }
    for number in 0..3 {
        let hello = Hello::new(V5, &format!("c{number}")).will("will=x");
        let client = world.accepted(&hello);
        world.cut(client);
    }
    assert_eq!(world.broker.stats().publisher_waits, 0);
    // Who publishes elsewhere does not.
    world.publish(ben, "$none=1");
    assert_eq!(world.broker.stats().publisher_waits, 0);
}

#[test]
fn nobody_waits_for_who_reads_what_the_broker_tells_of_itself() {
    let sys_interval = Some(Duration::from_secs(10));
    let mut world = World::with(BrokerConfig { sys_interval, ..waiting() });
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    world.subscribe(anna, &["$SYS/# q1"]);
    world.stall(anna);
    // Her queue becomes half full with it.
    (0..5).for_each(|_| world.pass(10));
    let before = world.broker.stats();
    assert!(before.dropped_full > 0, "{before:?}");
    world.publish(ben, "elsewhere=1");
    assert_eq!(world.broker.stats().publisher_waits, 0);
}

#[test]
fn publishers_that_come_and_go_leave_nothing_behind() {
    let mut world = World::with(waiting());
    let anna = world.join(V5, "anna");
    world.subscribe(anna, &["t"]);
    world.stall(anna);
    let ben = world.join(V5, "ben");
    flood(&mut world, ben, V5, 0, 0..60);
    let mut bytes = 0;
    for round in 0..200 {
        let carl = world.join(V5, "carl");
        flood(&mut world, carl, V5, 0, 0..1);
        assert_eq!(world.broker.stats().publisher_waits, 2 + round, "he waits");
        world.cut(carl);
        match round {
            10 => bytes = world.broker.heap_bytes(),
            11.. => assert!(world.broker.heap_bytes() <= bytes, "{round}"),
            _ => {}
        }
    }
}

#[test]
fn a_client_that_publishes_to_itself_loses_nothing() {
    let mut world = World::with(waiting());
    let anna = world.join(V311, "anna");
    world.subscribe(anna, &["t"]);
    world.stall(anna);
    flood(&mut world, anna, V311, 0, 0..500);
    assert!(world.broker.stats().messages_received < 100);
    world.unstall(anna);
    assert_eq!(world.got(anna), texts(0..500, 0));
}

#[test]
fn what_an_older_client_sends_while_it_waits_is_not_lost() {
    // One that is allowed 2 at once, with a queue that others fill.
    let mut world = World::with(waiting());
    let anna = world.accepted(&Hello::new(V5, "anna").property(Property::ReceiveMaximum(2)));
    let (ben, carl) = (world.join(V311, "ben"), world.join(V311, "carl"));
    world.subscribe(anna, &["t q1"]);
    world.subscribe(ben, &["u q1"]);
    world.hold(anna);
    flood(&mut world, ben, V311, 1, 0..60);
    world.publish(carl, "u=x q1");
    world.gets(ben, &["u=x q1"]);
    for _ in 0..60 {
        world.ack(anna, 0);
    }
    assert_eq!(world.got(anna), texts(0..60, 1));
    assert_eq!(world.broker.stats().queued_bytes, 0);
}

#[test]
fn a_receiver_that_waits_for_another_is_not_slow_if_it_reads() {
    let mut world = World::with(waiting());
    let [anna, ben, carl] = ["anna", "ben", "carl"].map(|name| world.join(V5, name));
    world.subscribe(anna, &["a"]);
    world.subscribe(ben, &["b"]);
    let many = |text: &str| written(V5, message(text, &[])).repeat(200);
    world.stall(ben);
    world.send_bytes(anna, &many(&format!("b={:030}", 0)));
    world.stall(anna);
    world.send_bytes(carl, &many(&format!("a={:030}", 0)));
    assert_eq!(world.broker.stats().publisher_waits, 2);
    // Anna waits for Ben, who does not read. She does, and that is enough for Carl.
    for _ in 0..200 {
        world.unstall(anna);
        world.stall(anna);
    }
    assert_eq!(world.got(anna).len(), 200);
    assert_eq!(world.broker.stats().dropped_full, 0);
}

#[test]
fn retained_messages_make_nobody_wait() {
    let mut config = waiting();
    // One message fills more than half of the queue.
    config.server.session.queue.max_count = 1;
    let mut world = World::with(config);
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    for number in 0..20 {
        world.publish(ben, &format!("r/{number}={number:030} retain"));
    }
    world.stall(anna);
    world.subscribe(anna, &["r/#"]);
    assert!(world.broker.stats().queued_bytes > 0);
    world.publish(ben, "elsewhere=1");
    assert_eq!(world.broker.stats().publisher_waits, 0);
}

#[test]
fn those_who_wait_often_take_no_memory() {
    let mut world =
        World::with(BrokerConfig { max_publisher_wait: Duration::from_secs(60), ..waiting() });
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    world.subscribe(anna, &["t"]);
    let round = |world: &mut World| {
        world.stall(anna);
        flood(world, ben, V5, 0, 0..500);
        for _ in 0..60 {
            world.unstall(anna);
            world.stall(anna);
            world.pass_ms(1);
        }
        world.unstall(anna);
        world.got(anna);
        (world.broker.stats().publisher_waits, world.broker.heap_bytes())
    };
    round(&mut world);
    let (waits, before) = round(&mut world);
    let after = (0..30).map(|_| round(&mut world)).last().expect("rounds");
    assert!(after.0 > waits + 900, "{after:?}");
    assert!(after.1 < before + 8192, "{before}, {after:?}");
}

#[test]
fn one_that_has_to_acknowledge_is_read() {
    let mut world = World::with(waiting());
    let hello = Hello::new(V5, "anna").property(Property::ReceiveMaximum(2));
    let anna = world.accepted(&hello);
    world.subscribe(anna, &["t q1"]);
    world.hold(anna);
    // Its queue is half full, and what it has to say to make room is behind what it publishes.
    flood(&mut world, anna, V5, 1, 0..15);
    let stats = world.broker.stats();
    assert_eq!((stats.messages_received, stats.publisher_waits), (15, 0));
    for _ in 0..15 {
        world.ack(anna, 0);
    }
    assert_eq!(world.got(anna), texts(0..15, 1));
    assert_eq!(world.broker.stats().dropped_full, 0);
}
