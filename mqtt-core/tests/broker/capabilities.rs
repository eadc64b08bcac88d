//! What a broker offers, and what becomes of those who do more.

use crate::texts::{Hello, V5, V31, V311, VERSIONS, config};
use crate::world::World;
use mqtt_core::{
    BrokerConfig, Closed, Limits, Property, QoS, ReasonCode, ServerConfig, SessionConfig, Timer,
    Violation,
};

fn ends(config: BrokerConfig, act: impl FnOnce(&mut World, crate::world::Client)) -> Vec<String> {
    let mut world = World::with(config);
    let anna = world.join(V5, "anna");
    world.hold(anna);
    act(&mut world, anna);
    let got = world.got(anna);
    assert_eq!(world.closed(anna).is_some(), got.iter().any(|it| it.starts_with("disconnect")));
    got
}

#[test]
fn a_broker_says_what_it_does_not_have() {
    let mut world = World::new();
    let anna = world.join(V5, "anna");
    let size = "MaximumPacketSize(1048576)";
    assert_eq!(world.offers(anna), ["ReceiveMaximum(100)", "TopicAliasMaximum(10)", size]);
    let mut world = World::with(BrokerConfig {
        max_qos: QoS::AtMostOnce,
        retain_available: false,
        wildcards_available: false,
        shared_available: false,
        subscription_ids_available: false,
        receive_maximum: 0,
        topic_alias_maximum: 0,
        max_keep_alive: Some(60),
        max_session_expiry: 5,
        ..config()
    });
    let anna = world.accepted(&Hello::new(V5, "anna").expiry(10));
    let mut offers = world.offers(anna).to_vec();
    offers.sort_unstable();
    let wanted = [
        "MaximumPacketSize(1048576)",
        "MaximumQoS(AtMostOnce)",
        "ReceiveMaximum(1)",
        "RetainAvailable(false)",
        "ServerKeepAlive(60)",
        "SessionExpiryInterval(5)",
        "SharedSubscriptionAvailable(false)",
        "SubscriptionIdentifierAvailable(false)",
        "WildcardSubscriptionAvailable(false)",
    ];
    assert_eq!(offers, wanted);
    let old = world.join(V311, "old");
    assert_eq!(world.raw(old), "20 02 00 00");
}

#[test]
fn qos_above_the_highest() {
    let config = || BrokerConfig { max_qos: QoS::AtLeastOnce, ..config() };
    let too_high = ends(config(), |world, anna| {
        assert_eq!(world.subscribe(anna, &["t q2"]), [1]);
        assert_eq!(world.publish(anna, "t=1 q1"), Some(0));
        world.publish(anna, "t=2 q2");
    });
    assert_eq!(too_high, ["t=1 q1", "disconnect 9B"]);
    // Before 5.0 a client cannot know: what it grants is less.
    let mut world = World::with(config());
    let old = world.join(V311, "old");
    assert_eq!(world.subscribe(old, &["t q2"]), [1]);
    world.publish(old, "t=1 q2");
    world.gets(old, &["t=1 q1"]);
}

#[test]
fn retain_wildcards_shares_and_identifiers_that_are_not_there() {
    let config = || BrokerConfig {
        retain_available: false,
        wildcards_available: false,
        shared_available: false,
        subscription_ids_available: false,
        ..config()
    };
    let retain = ends(config(), |world, anna| {
        world.publish(anna, "t=1 retain");
    });
    assert_eq!(retain, ["disconnect 9A"]);
    for (filter, code) in [("+/t", "A2"), ("#", "A2"), ("$share/g/t", "9E")] {
        let got = ends(config(), |world, anna| {
            world.subscribe(anna, &["t", filter]);
            assert_eq!(world.broker.stats().subscriptions, 0);
        });
        assert_eq!(got, [format!("disconnect {code}")], "{filter}");
    }
    let id = ends(config(), |world, anna| {
        world.subscribe_as(anna, 7, &["t"]);
    });
    assert_eq!(id, ["disconnect A1"]);
    // Before 5.0 filters are refused one by one.
    for version in &VERSIONS[..2] {
        let mut world = World::with(config());
        let old = world.join(*version, "old");
        // 3.1 has no code for it.
        let no = if *version == V31 { 0 } else { 0x80 };
        assert_eq!(world.subscribe(old, &["t", "#", "a/+", "$share/g/t"]), [0, no, no, no]);
        assert_eq!(world.broker.stats().subscriptions, 1);
    }
}

#[test]
fn more_open_messages_than_may_be() {
    let config = || BrokerConfig { receive_maximum: 2, ..config() };
    // Those that are acknowledged do not count.
    assert!(
        ends(config(), |world, anna| {
            for _ in 0..10 {
                assert_eq!(world.publish(anna, "t=1 q1"), Some(0x10));
            }
        })
        .is_empty()
    );
    let got = ends(config(), |world, anna| {
        for _ in 0..3 {
            world.publish(anna, "t=1 q2");
        }
    });
    assert_eq!(got, ["disconnect 93"]);
}

#[test]
fn aliases_above_the_highest() {
    for (alias, ends_it) in [(1, false), (3, false), (4, true)] {
        let config = BrokerConfig { topic_alias_maximum: 3, ..config() };
        let got = ends(config, |world, anna| {
            world.publish_with(anna, "t=1", &[Property::TopicAlias(alias)]);
        });
        assert_eq!(got == ["disconnect 94"], ends_it, "{alias}");
    }
    let none = BrokerConfig { topic_alias_maximum: 0, ..config() };
    let got = ends(none, |world, anna| {
        world.publish_with(anna, "t=1", &[Property::TopicAlias(1)]);
    });
    assert_eq!(got, ["disconnect 94"]);
}

#[test]
fn packets_that_are_too_large() {
    let limits = Limits { max_packet_size: 100, ..Limits::DEFAULT };
    let session = SessionConfig { limits, ..SessionConfig::default() };
    let server = ServerConfig { session, ..ServerConfig::default() };
    let got = ends(BrokerConfig { server, ..config() }, |world, anna| {
        assert!(world.offers(anna).contains(&"MaximumPacketSize(100)".to_owned()));
        world.publish(anna, &format!("t={}", "x".repeat(50)));
        world.publish(anna, &format!("t={}", "x".repeat(100)));
    });
    assert_eq!(got, ["disconnect 95"]);
}

/// After how many seconds a client is sent away that says nothing, and says something at the times given.
fn silent_for(config: BrokerConfig, hello: &Hello, says_at: &[u64]) -> Option<u64> {
    let mut world = World::with(config);
    let anna = world.accepted(hello);
    for second in 0..400 {
        if world.closed(anna).is_some() {
            return Some(second);
        }
        if says_at.contains(&second) {
            world.send(anna, "C0 00");
        }
        world.pass(1);
    }
    None
}

#[test]
fn who_is_silent_for_too_long_is_sent_away() {
    for version in VERSIONS {
        let hello = |seconds| Hello::new(version, "anna").keep_alive(seconds);
        assert_eq!(silent_for(config(), &hello(10), &[]), Some(15));
        assert_eq!(silent_for(config(), &hello(10), &[14]), Some(29));
        assert_eq!(silent_for(config(), &hello(10), &[5, 15, 29]), Some(44));
        assert_eq!(silent_for(config(), &hello(0), &[]), None);
        let mut world = World::new();
        let anna = world.accepted(&hello(10));
        world.pass(15);
        world.gets(anna, if version == V5 { &["disconnect 8D"] } else { &[] });
        assert_eq!(world.closed(anna), Some(Closed::Timeout(Timer::KeepAlive)));
        assert_eq!(world.broker.stats().sessions, 0);
    }
}

#[test]
fn part_of_a_packet_is_silence() {
    let mut world = World::new();
    let anna = world.accepted(&Hello::new(V5, "anna").keep_alive(10));
    world.send(anna, "30 80 01 00 01 't' 00");
    for _ in 0..15 {
        assert_eq!(world.closed(anna), None);
        world.send(anna, "'x'");
        world.pass(1);
    }
    assert_eq!(world.closed(anna), Some(Closed::Timeout(Timer::KeepAlive)));
}

#[test]
fn the_broker_says_what_the_keep_alive_is() {
    let config = || BrokerConfig { max_keep_alive: Some(20), ..config() };
    let hello = |seconds| Hello::new(V5, "anna").keep_alive(seconds);
    assert_eq!(silent_for(config(), &hello(10), &[]), Some(15));
    assert_eq!(silent_for(config(), &hello(100), &[]), Some(30));
    assert_eq!(silent_for(config(), &hello(0), &[]), Some(30));
    for (asked, told) in [(0, true), (10, false), (20, false), (21, true)] {
        let mut world = World::with(config());
        let anna = world.accepted(&hello(asked));
        let offer = "ServerKeepAlive(20)".to_owned();
        assert_eq!(world.offers(anna).contains(&offer), told, "{asked}");
    }
    // Before 5.0 the client decides.
    let old = Hello::new(V311, "old").keep_alive(100);
    assert_eq!(silent_for(config(), &old, &[]), Some(150));
}

#[test]
fn what_the_client_takes_is_minded() {
    let mut world = World::new();
    let hello = Hello::new(V5, "anna")
        .property(Property::MaximumPacketSize(30))
        .property(Property::RequestProblemInformation(false));
    let anna = world.accepted(&hello);
    world.subscribe(anna, &["t q2"]);
    let long = "x".repeat(30);
    world.publish_inside(&format!("t={long} q1"));
    world.publish_inside("t=1 q1");
    world.gets(anna, &["t=1 q1"]);
    // Words that do not fit are left out.
    let (conn, now) = (world.id(anna), world.now);
    let list = [Property::ReasonString("a long story that nobody wants")];
    let properties = mqtt_core::Properties::new(&list);
    let reason = ReasonCode::ADMINISTRATIVE_ACTION;
    let bye = mqtt_core::Disconnect { reason, properties };
    world.broker.disconnect(conn, now, &bye).unwrap();
    world.pump();
    world.gets(anna, &["disconnect 98"]);
}

#[test]
fn what_nobody_may_send_ends_that_connection_only() {
    for (bytes, code) in [
        ("20 03 00 00 00", "82"),
        ("90 04 00 01 00 00", "82"),
        ("B0 04 00 01 00 00", "82"),
        ("D0 00", "82"),
        ("F0 00", "82"),
        ("00 00", "81"),
        ("60 02 00 01", "81"),
        ("36 07 00 01 't' 00 01 00", "81"),
    ] {
        let mut world = World::new();
        let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
        world.subscribe(ben, &["t"]);
        world.send(anna, bytes);
        world.gets(anna, &[&format!("disconnect {code}")]);
        let reason = world.closed(anna).unwrap();
        let is_violation = matches!(reason, Closed::Violation(Violation::Unexpected(_)));
        assert!(is_violation || matches!(reason, Closed::Malformed(_)), "{reason:?}");
        world.publish_inside("t=1");
        world.gets(ben, &["t=1"]);
    }
}
