//! What the caller does itself.

use crate::texts::{Hello, V5, V31, V311, VERSIONS, config, message};
use crate::world::World;
use core::time::Duration;
use mqtt_core::{
    BrokerConfig, BrokerError, Closed, Disconnect, Instant, PacketId, Properties, Property,
    Publish, QoS, ReasonCode, SubscriptionOptions, TopicFilter, UsageError,
};

#[test]
fn the_caller_publishes_like_a_client_and_to_its_own_topics_too() {
    let mut world = World::new();
    let (anna, old) = (world.join(V5, "anna"), world.join(V31, "old"));
    world.subscribe(anna, &["t q1", "$SYS/x"]);
    world.subscribe(old, &["t q2"]);
    let list = [Property::UserProperty("k", "v"), Property::MessageExpiryInterval(9)];
    let publish = message("t=1 q2 retain", &list);
    assert_eq!(world.broker.publish(world.now, &publish), Ok(2));
    world.pump();
    world.gets(anna, &["t=1 q1 UserProperty(\"k\", \"v\") MessageExpiryInterval(9)"]);
    world.gets(old, &["t=1 q2"]);
    assert_eq!(world.publish_inside("$SYS/x=2"), 1);
    world.gets(anna, &["$SYS/x=2"]);
}

#[test]
fn what_is_no_message_is_refused() {
    let mut world = World::new();
    let mut refused = |publish: Publish<'_>| world.broker.publish(world.now, &publish).unwrap_err();
    let t = message("t=1", &[]);
    assert!(matches!(refused(Publish { topic: "", ..t }), BrokerError::Topic(_)));
    assert!(matches!(refused(Publish { topic: "a/#", ..t }), BrokerError::Topic(_)));
    assert!(matches!(refused(Publish { topic: "a\0", ..t }), BrokerError::Topic(_)));
    let not_allowed = BrokerError::Session(UsageError::NotAllowed);
    assert_eq!(refused(Publish { dup: true, qos: QoS::AtLeastOnce, ..t }), not_allowed);
    let packet_id = PacketId::new(7);
    assert_eq!(refused(Publish { packet_id, qos: QoS::AtLeastOnce, ..t }), not_allowed);
    let wrong = [Property::ReceiveMaximum(1)];
    let properties = Properties::new(&wrong);
    assert!(matches!(refused(Publish { properties, ..t }), BrokerError::Session(_)));
    assert_eq!(world.broker.stats().messages_received, 0);
}

#[test]
fn the_caller_subscribes_like_a_client() {
    let mut world = World::new();
    let ben = world.join(V311, "ben");
    let options = |qos, rap| SubscriptionOptions {
        qos,
        retain_as_published: rap,
        ..SubscriptionOptions::DEFAULT
    };
    let mut inside = |filter, options, token| {
        let filter = TopicFilter::new(filter).unwrap();
        world.broker.subscribe(filter, options, token).unwrap()
    };
    let one = inside("t/#", options(QoS::AtLeastOnce, false), 1);
    let two = inside("+/x", options(QoS::ExactlyOnce, true), 2);
    world.events();
    assert_eq!(world.publish(ben, "t/x=1 q2 retain"), Some(0));
    let mut told = world.events();
    told.sort_unstable();
    assert_eq!(told, ["message 1 t/x=1 q1", "message 2 t/x=1 q2 retain"]);
    assert!(world.broker.unsubscribe(one));
    assert!(!world.broker.unsubscribe(one));
    world.publish(ben, "t/x=2");
    world.tells(&["message 2 t/x=2"]);
    assert!(world.broker.unsubscribe(two));
    assert_eq!((world.broker.stats().subscriptions, world.publish_inside("t/x=3")), (0, 0));
}

#[test]
fn a_subscription_that_has_ended_is_not_another_one() {
    let mut world = World::new();
    let filter = TopicFilter::from_static("t");
    let old = world.broker.subscribe(filter, SubscriptionOptions::DEFAULT, 1).unwrap();
    assert!(world.broker.unsubscribe(old));
    world.broker.subscribe(filter, SubscriptionOptions::DEFAULT, 2).unwrap();
    assert!(!world.broker.unsubscribe(old));
    world.publish_inside("t=1");
    world.tells(&["message 2 t=1"]);
}

#[test]
fn a_connection_is_sent_to_another_server() {
    let mut world = World::new();
    let (anna, old) = (world.stay(V5, "anna"), world.stay(V311, "old"));
    let list = [Property::ServerReference("other.example")];
    let properties = Properties::new(&list);
    let bye = Disconnect { reason: ReasonCode::USE_ANOTHER_SERVER, properties };
    for client in [anna, old] {
        assert_eq!(world.broker.disconnect(world.id(client), world.now, &bye), Ok(()));
        world.pump();
        assert_eq!(world.closed(client), Some(Closed::Local));
    }
    world.gets(anna, &["disconnect 9C ServerReference(\"other.example\")"]);
    world.gets(old, &[]);
    // Their sessions are there.
    assert_eq!((world.broker.stats().sessions, world.broker.stats().connected), (2, 0));
    let gone = world.broker.disconnect(world.id(anna), world.now, &bye);
    assert_eq!(gone, Err(BrokerError::Unknown));
    // What a server may not say.
    let anna = world.stay(V5, "anna");
    let list = [Property::SessionExpiryInterval(5)];
    let wrong = Disconnect { properties: Properties::new(&list), ..bye };
    assert!(world.broker.disconnect(world.id(anna), world.now, &wrong).is_err());
    world.send(anna, "C0 00");
    world.gets(anna, &["pingresp"]);
}

#[test]
fn a_session_is_dropped() {
    for version in VERSIONS {
        let mut world = World::new();
        let anna = world.stay(version, "anna");
        world.subscribe(anna, &["t q1"]);
        assert!(world.broker.drop_session("anna", world.now));
        assert!(!world.broker.drop_session("anna", world.now));
        world.pump();
        world.gets(anna, if version == V5 { &["disconnect 98"] } else { &[] });
        assert_eq!(world.closed(anna), Some(Closed::Local));
        let stats = world.broker.stats();
        assert_eq!((stats.sessions, stats.connected, stats.connections), (0, 0, 0));
        let anna = world.stay(version, "anna");
        assert_eq!(world.connack(anna), "connack");
        world.subscribe(anna, &["t q1"]);
        world.cut(anna);
        world.publish_inside("t=1 q1");
        // One that is away.
        assert!(world.broker.drop_session("anna", world.now));
        let stats = world.broker.stats();
        assert_eq!((stats.sessions, stats.queued_bytes, stats.subscriptions), (0, 0, 0));
    }
}

#[test]
fn a_broker_that_shuts_down_lets_all_go_and_takes_none() {
    let mut world = World::new();
    let watcher = world.stay(V5, "watcher");
    world.subscribe(watcher, &["# q1"]);
    let (silent, old) = (world.open(V5, "silent"), world.join(V311, "old"));
    world.accepted(&Hello::new(V5, "anna").stays().will("w=gone q1").delay(60));
    let reason = ReasonCode::SERVER_SHUTTING_DOWN;
    let bye = Disconnect { reason, ..Disconnect::default() };
    world.broker.shut_down(world.now, &bye);
    world.pump();
    world.gets(watcher, &["disconnect 8B"]);
    for client in [watcher, silent, old] {
        assert_eq!(world.closed(client), Some(Closed::Local));
    }
    assert_eq!(world.broker.open(world.now), Err(BrokerError::ShuttingDown));
    let stats = world.broker.stats();
    assert_eq!((stats.connections, stats.sessions), (0, 2));
    // Time goes on for those that are away.
    world.pass(60);
    assert_eq!(world.broker.stats().wills, 1);
    world.broker.shut_down(world.now, &bye);
}

#[test]
fn the_broker_tells_of_itself() {
    let sys_interval = Some(Duration::from_secs(10));
    let mut world = World::with(BrokerConfig { sys_interval, ..config() });
    let anna = world.join(V5, "anna");
    world.subscribe(anna, &["$SYS/broker/clients/connected", "$SYS/broker/uptime"]);
    world.pass(9);
    world.gets(anna, &[]);
    world.pass(1);
    let mut got = world.got(anna);
    got.sort_unstable();
    assert_eq!(got, ["$SYS/broker/clients/connected=1", "$SYS/broker/uptime=10"]);
    world.pass(10);
    assert_eq!(world.got(anna).len(), 2);
    // They are retained, and not among what `#` gets.
    let late = world.join(V311, "late");
    world.subscribe(late, &["#"]);
    world.gets(late, &[]);
    world.subscribe(late, &["$SYS/broker/version"]);
    assert!(world.got(late)[0].starts_with("$SYS/broker/version=mqtt-core "));
    world.subscribe(late, &["$SYS/broker/bytes/+"]);
    assert_eq!(world.got(late).len(), 1);
    let all = world.broker.stats().retained;
    world.pass(100);
    assert_eq!(world.broker.stats().retained, all);
}

#[test]
fn times_that_make_no_sense_do_no_harm() {
    let sys_interval = Some(Duration::ZERO);
    let mut world = World::with(BrokerConfig { sys_interval, ..config() });
    let anna = world.join(V5, "anna");
    world.pass_ms(50);
    world.send(anna, "C0 00");
    world.gets(anna, &["pingresp"]);
    // The end of time; and topics of the broker that are due each ten seconds until then.
    let sys_interval = Some(Duration::from_secs(10));
    let mut world = World::with(BrokerConfig { sys_interval, ..config() });
    let anna = world.accepted(&Hello::new(V5, "anna").expiry(7).keep_alive(60));
    world.now = Instant::from_millis(u64::MAX);
    world.broker.handle_timeout(world.now);
    world.pump();
    assert!(world.closed(anna).is_some());
    world.join(V5, "ben");
}
