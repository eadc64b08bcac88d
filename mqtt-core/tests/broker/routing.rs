//! Messages on their way to those who have subscribed.

use crate::texts::{Hello, V5, V31, V311, VERSIONS, config, message};
use crate::world::World;
use mqtt_core::{BrokerConfig, Closed, Property, QoS, Violation};

#[test]
fn a_message_goes_out_with_the_lower_qos_of_both() {
    for (from, to) in VERSIONS.iter().flat_map(|a| VERSIONS.map(|b| (*a, b))) {
        let mut world = World::new();
        let (anna, ben) = (world.join(to, "anna"), world.join(from, "ben"));
        assert_eq!(world.subscribe(anna, &["a", "b q1", "c q2"]), [0, 1, 2]);
        for topic in ["a", "b", "c"] {
            for qos in ["", " q1", " q2"] {
                let code = world.publish(ben, &format!("{topic}=x{qos}"));
                assert_eq!(code.is_some(), !qos.is_empty());
            }
        }
        let wanted = ["a=x", "a=x", "a=x", "b=x", "b=x q1", "b=x q1", "c=x", "c=x q1", "c=x q2"];
        world.gets(anna, &wanted);
        assert_eq!(world.broker.stats().queued_bytes, 0);
    }
}

#[test]
fn wildcards_and_dollar_topics() {
    let mut world = World::new();
    let anna = world.join(V5, "anna");
    let gets = |world: &mut World, filter: &str, topics: &[&str]| {
        assert_eq!(world.subscribe(anna, &[filter]), [0]);
        for topic in ["a", "a/b", "a/b/c", "/a", "$SYS/a", "$x"] {
            world.publish_inside(&format!("{topic}=1"));
        }
        let wanted: Vec<_> = topics.iter().map(|topic| format!("{topic}=1")).collect();
        assert_eq!(world.got(anna), wanted, "{filter}");
        assert_eq!(world.unsubscribe(anna, &[filter]), Some(vec![0]));
    };
    gets(&mut world, "a", &["a"]);
    gets(&mut world, "a/#", &["a", "a/b", "a/b/c"]);
    gets(&mut world, "a/+", &["a/b"]);
    gets(&mut world, "+/+", &["a/b", "/a"]);
    gets(&mut world, "#", &["a", "a/b", "a/b/c", "/a"]);
    gets(&mut world, "$SYS/#", &["$SYS/a"]);
    gets(&mut world, "+/a", &["/a"]);
    assert_eq!(world.broker.stats().subscriptions, 0);
}

#[test]
fn clients_do_not_publish_to_dollar_topics() {
    for version in VERSIONS {
        let mut world = World::new();
        let (anna, ben) = (world.join(V5, "anna"), world.join(version, "ben"));
        world.subscribe(anna, &["$SYS/# q2", "$x q2"]);
        let refusal = Some(if version == V5 { 0x87 } else { 0 });
        assert_eq!(world.publish(ben, "$SYS/a=1 q1 retain"), refusal);
        assert_eq!(world.publish(ben, "$x=1 q2"), refusal);
        world.publish(ben, "$x=1");
        world.gets(anna, &[]);
        let stats = world.broker.stats();
        assert_eq!((stats.not_authorized, stats.retained), (3, 0));
        let will = world.connect(&Hello::new(version, "carl").will("$x=1"));
        assert_eq!(world.connack(will), if version == V5 { "connack 87" } else { "connack 05" });
    }
}

#[test]
fn a_publisher_learns_that_nobody_has_subscribed() {
    let mut world = World::new();
    let (anna, ben) = (world.join(V5, "anna"), world.join(V311, "ben"));
    assert_eq!(world.publish(anna, "t=1 q1"), Some(0x10));
    assert_eq!(world.publish(anna, "t=1 q2"), Some(0x10));
    assert_eq!(world.publish(ben, "t=1 q1"), Some(0));
    assert_eq!(world.publish_inside("t=1"), 0);
    world.subscribe(anna, &["t"]);
    assert_eq!(world.publish(anna, "t=1 q1"), Some(0));
    assert_eq!(world.publish_inside("t=1"), 1);
}

#[test]
fn no_local_is_judged_for_each_subscription() {
    let mut world = World::new();
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    world.subscribe_as(anna, 1, &["t nolocal"]);
    world.publish(anna, "t=own");
    world.publish(ben, "t=other");
    world.gets(anna, &["t=other SubscriptionIdentifier(1)"]);
    // Another subscription of hers gets it all the same; retained messages are hers too.
    world.subscribe_as(anna, 2, &["+"]);
    world.publish(anna, "t=own retain");
    world.gets(anna, &["t=own SubscriptionIdentifier(2)"]);
    world.publish(ben, "u=other retain");
    world.got(anna);
    world.subscribe(anna, &["# nolocal"]);
    world.gets(anna, &["u=other retain"]);
    world.subscribe(ben, &["# nolocal"]);
    world.gets(ben, &["t=own retain"]);
}

#[test]
fn retain_is_shown_as_it_was_published_only_to_those_who_want_it() {
    let mut world = World::new();
    let (anna, ben, carl) =
        (world.join(V5, "anna"), world.join(V5, "ben"), world.join(V311, "carl"));
    world.subscribe(anna, &["t rap"]);
    world.subscribe(ben, &["t"]);
    world.subscribe(carl, &["t"]);
    world.publish_inside("t=1 retain");
    world.publish_inside("t=2");
    world.gets(anna, &["t=1 retain", "t=2"]);
    world.gets(ben, &["t=1", "t=2"]);
    world.gets(carl, &["t=1", "t=2"]);
    // Of subscriptions that overlap, one that wants it is enough.
    world.subscribe(ben, &["+ rap"]);
    world.publish_inside("t=3 retain");
    world.gets(ben, &["t=1 retain", "t=3 retain"]);
}

#[test]
fn subscriptions_that_overlap_are_one_delivery() {
    for version in VERSIONS {
        let mut world = World::new();
        let anna = world.join(version, "anna");
        world.subscribe(anna, &["a/# q1", "a/+", "a/b q2", "+/b q1", "x q2"]);
        for qos in ["", " q1", " q2"] {
            world.publish_inside(&format!("a/b=1{qos}"));
            world.gets(anna, &[&format!("a/b=1{qos}")]);
        }
    }
    let mut world = World::new();
    let anna = world.join(V5, "anna");
    for (id, filter) in [(7, "a/#"), (9, "a/+ q1"), (9, "+/b"), (1, "x")] {
        world.subscribe_as(anna, id, &[filter]);
    }
    world.subscribe(anna, &["#"]);
    world.publish_inside("a/b=1 q2");
    let got = world.got(anna);
    assert_eq!(got.len(), 1);
    let mut words: Vec<_> = got[0].split(' ').collect();
    words.sort_unstable();
    let (seven, nine) = ("SubscriptionIdentifier(7)", "SubscriptionIdentifier(9)");
    words.retain(|word| word.starts_with('S'));
    words.dedup();
    assert_eq!(words, [seven, nine]);
    assert!(got[0].starts_with("a/b=1 q1 "), "{got:?}");
}

#[test]
fn an_identifier_belongs_to_the_subscription_and_its_session() {
    let mut world = World::new();
    let anna = world.stay(V5, "anna");
    world.subscribe_as(anna, 268_435_455, &["t q1", "u q1"]);
    world.publish_inside("u=1");
    world.gets(anna, &["u=1 SubscriptionIdentifier(268435455)"]);
    // Away and back; through another version.
    world.cut(anna);
    world.publish_inside("u=2 q1");
    let anna = world.stay(V311, "anna");
    world.gets(anna, &["u=2 q1"]);
    let anna = world.stay(V5, "anna");
    world.publish_inside("u=3");
    world.gets(anna, &["u=3 SubscriptionIdentifier(268435455)"]);
    // Replaced by one without; and gone with the subscription.
    world.subscribe(anna, &["u"]);
    world.publish_inside("u=4");
    world.gets(anna, &["u=4"]);
    world.subscribe_as(anna, 3, &["u"]);
    world.unsubscribe(anna, &["u"]);
    world.subscribe(anna, &["u"]);
    world.publish_inside("u=5");
    world.gets(anna, &["u=5"]);
}

#[test]
fn a_subscription_is_replaced_by_the_next_of_its_filter() {
    for version in VERSIONS {
        let mut world = World::new();
        let anna = world.join(version, "anna");
        for (filter, message) in [("t", "t=1"), ("t q2", "t=1 q2"), ("t q1", "t=1 q1")] {
            world.subscribe(anna, &[filter]);
            world.publish_inside("t=1 q2");
            world.gets(anna, &[message]);
            assert_eq!(world.broker.stats().subscriptions, 1);
        }
        // Twice in one packet: the last one counts.
        assert_eq!(world.subscribe(anna, &["t q2", "t"]), [2, 0]);
        world.publish_inside("t=2 q2");
        world.gets(anna, &["t=2"]);
    }
}

#[test]
fn unsubscribe_compares_characters_and_says_what_was_there() {
    for version in VERSIONS {
        let mut world = World::new();
        let anna = world.join(version, "anna");
        world.subscribe(anna, &["a/+", "a/b", "a/#"]);
        let codes = world.unsubscribe(anna, &["a/+", "a/c", "A/b", "a/+"]).unwrap();
        assert_eq!(codes, if version == V5 { vec![0, 0x11, 0x11, 0x11] } else { vec![] });
        world.publish_inside("a/b=1");
        world.gets(anna, &["a/b=1"]);
        world.unsubscribe(anna, &["a/#"]).unwrap();
        world.publish_inside("a/b=2");
        world.publish_inside("a/c=2");
        world.gets(anna, &["a/b=2"]);
        world.unsubscribe(anna, &["a/b"]).unwrap();
        world.publish_inside("a/b=3");
        world.gets(anna, &[]);
        assert_eq!(world.broker.stats().subscriptions, 0);
    }
}

#[test]
fn an_open_exchange_ends_after_unsubscribe() {
    let mut world = World::new();
    let anna = world.stay(V5, "anna");
    world.subscribe(anna, &["t q2"]);
    world.hold(anna);
    world.publish_inside("t=1 q1");
    world.publish_inside("t=2 q2");
    world.unsubscribe(anna, &["t"]);
    world.publish_inside("t=3 q2");
    world.gets(anna, &["t=1 q1", "t=2 q2"]);
    world.cut(anna);
    let anna = world.stay(V5, "anna");
    world.gets(anna, &["t=1 q1 dup", "t=2 q2 dup"]);
    assert_eq!(world.broker.stats().queued_bytes, 0);
}

const FORWARDED: [Property<'static>; 8] = [
    Property::UserProperty("b", "1"),
    Property::PayloadFormatIndicator(1),
    Property::ContentType("text"),
    Property::UserProperty("a", ""),
    Property::ResponseTopic("reply"),
    Property::CorrelationData(b"\0\xFF"),
    Property::MessageExpiryInterval(60),
    Property::UserProperty("b", "1"),
];

#[test]
fn properties_go_on_in_their_order_and_unchanged() {
    let mut world = World::new();
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    let old = world.join(V311, "old");
    world.subscribe(anna, &["t q1"]);
    world.subscribe(old, &["t q1"]);
    let wanted = mqtt_core::Publish {
        packet_id: mqtt_core::PacketId::new(1),
        ..message("t=1 q1", &FORWARDED)
    };
    let wanted = crate::kit::hex(&crate::kit::written(V5, wanted));
    world.raw(anna);
    world.publish_with(ben, "t=1 q1", &FORWARDED);
    assert_eq!(world.raw(anna), wanted);
    world.gets(old, &["t=1 q1"]);
    // The same as a retained message, and for one that was away: only the time goes down.
    world.publish_with(ben, "t=1 q1 retain", &FORWARDED);
    world.got(anna);
    world.pass(10);
    world.subscribe(anna, &["t"]);
    let text: Vec<_> = FORWARDED
        .iter()
        .map(|property| match property {
            Property::MessageExpiryInterval(60) => "MessageExpiryInterval(50)".into(),
            other => format!("{other:?}"),
        })
        .collect();
    world.gets(anna, &[&format!("t=1 retain {}", text.join(" "))]);
}

#[test]
fn an_alias_is_between_two_and_goes_no_further() {
    let mut world = World::new();
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    let taking = Hello::new(V5, "carl").property(Property::TopicAliasMaximum(5));
    let carl = world.accepted(&taking);
    world.subscribe(anna, &["#"]);
    world.subscribe(carl, &["#"]);
    let alias = [Property::TopicAlias(3)];
    world.publish_with(ben, "t=1 retain", &alias);
    world.publish_with(ben, "=2 q1 retain", &alias);
    world.publish_with(ben, "u=3", &alias);
    world.publish_with(ben, "=4", &alias);
    for client in [anna, carl] {
        world.gets(client, &["t=1", "t=2", "u=3", "u=4"]);
    }
    world.subscribe(anna, &["t"]);
    world.gets(anna, &["t=2 retain"]);
    // Its own is gone with the connection, and was never another's.
    world.publish_with(anna, "=5", &alias);
    assert_eq!(world.closed(anna), Some(Closed::Violation(Violation::UnknownTopicAlias)));
    world.cut(ben);
    let ben = world.join(V5, "ben");
    world.publish_with(ben, "=6", &alias);
    world.gets(ben, &["disconnect 82"]);
    world.gets(carl, &[]);
}

#[test]
fn the_expiry_goes_down_by_the_time_that_a_message_has_waited() {
    let mut world = World::new();
    let (anna, ben) = (world.stay(V5, "anna"), world.join(V5, "ben"));
    world.subscribe(anna, &["t q1"]);
    let expiry = |seconds| [Property::MessageExpiryInterval(seconds)];
    world.publish_with(ben, "t=0 q1", &expiry(60));
    world.gets(anna, &["t=0 q1 MessageExpiryInterval(60)"]);
    world.cut(anna);
    world.publish_with(ben, "t=1 q1", &expiry(60));
    world.publish_with(ben, "t=2 q1", &expiry(10));
    world.pass_ms(10_500);
    let anna = world.stay(V5, "anna");
    world.gets(anna, &["t=1 q1 MessageExpiryInterval(50)"]);
    assert_eq!(world.broker.stats().dropped_expired, 1);
    // At once, or never.
    world.publish_with(ben, "t=3 q1", &expiry(0));
    world.gets(anna, &["t=3 q1 MessageExpiryInterval(0)"]);
    world.publish_with(ben, "t=4 q1", &expiry(u32::MAX));
    world.gets(anna, &["t=4 q1 MessageExpiryInterval(4294967295)"]);
}

#[test]
fn a_message_that_was_sent_does_not_expire() {
    let mut world = World::new();
    let anna = world.stay(V5, "anna");
    world.subscribe(anna, &["t q2"]);
    world.hold(anna);
    let ben = world.join(V5, "ben");
    world.publish_with(ben, "t=1 q2", &[Property::MessageExpiryInterval(5)]);
    world.got(anna);
    world.cut(anna);
    world.pass(60);
    let anna = world.stay(V5, "anna");
    let got = world.got(anna);
    assert!(got.len() == 1 && got[0].starts_with("t=1 q2 dup"), "{got:?}");
}

#[test]
fn the_order_of_a_publisher_is_kept() {
    for (from, to) in VERSIONS.iter().flat_map(|a| VERSIONS.map(|b| (*a, b))) {
        let mut world = World::new();
        let (anna, ben) = (world.stay(to, "anna"), world.join(from, "ben"));
        world.subscribe(anna, &["+ q2"]);
        let mut wanted = Vec::new();
        for number in 0..60 {
            let text = format!("t{}={number} q{}", number % 3, 1 + number / 30);
            if number == 20 {
                world.cut(anna);
            }
            world.publish(ben, &text);
            wanted.push(text);
        }
        let mut got = world.got(anna);
        let anna = world.stay(to, "anna");
        got.extend(world.got(anna));
        assert_eq!(got, wanted);
    }
}

#[test]
fn a_publisher_may_be_among_those_who_get_it() {
    for version in [V31, V311, V5] {
        let mut world = World::new();
        let anna = world.join(version, "anna");
        world.subscribe(anna, &["t q2"]);
        assert_eq!(world.publish(anna, "t=1 q2"), Some(0));
        world.gets(anna, &["t=1 q2"]);
    }
}

#[test]
fn a_message_of_qos_2_that_comes_again_is_routed_once() {
    for version in [V311, V5] {
        let mut world = World::new();
        let (anna, ben) = (world.join(V5, "anna"), world.stay(version, "ben"));
        world.subscribe(anna, &["t q2"]);
        world.hold(ben);
        let publish = |dup| {
            let packet_id = mqtt_core::PacketId::new(9);
            let message = message("t=1 q2", &[]);
            crate::kit::written(version, mqtt_core::Publish { dup, packet_id, ..message })
        };
        world.send_bytes(ben, &publish(false));
        world.send_bytes(ben, &publish(true));
        world.gets(anna, &["t=1 q2"]);
        // Also on the next connection.
        world.cut(ben);
        let ben = world.stay(version, "ben");
        world.hold(ben);
        world.send_bytes(ben, &publish(true));
        world.raw(ben);
        world.send(ben, "62 02 00 09 62 02 00 09");
        let unknown = if version == V5 { "70 03 00 09 92" } else { "70 02 00 09" };
        assert_eq!(world.raw(ben), format!("70 02 00 09 {unknown}"));
        world.gets(anna, &[]);
        // Then it is another one.
        world.send_bytes(ben, &publish(false));
        world.gets(anna, &["t=1 q2"]);
    }
}

#[test]
fn both_sides_may_use_the_same_identifier() {
    let mut world = World::new();
    let anna = world.join(V5, "anna");
    world.subscribe(anna, &["t q2"]);
    world.hold(anna);
    world.publish_inside("t=1 q2");
    let publish =
        mqtt_core::Publish { packet_id: mqtt_core::PacketId::new(1), ..message("t=2 q2", &[]) };
    world.send_packet(anna, publish);
    world.gets(anna, &["t=1 q2", "t=2 q2"]);
    world.send(anna, "62 02 00 01 50 02 00 01");
    world.gets(anna, &["pubrel"]);
    world.send(anna, "70 02 00 01");
    assert_eq!(world.closed(anna), None);
}

#[test]
fn large_payloads_reach_all() {
    let mut world = World::new();
    let large = format!("t={} q1", "x".repeat(100_000));
    let clients: Vec<_> = (0..20)
        .map(|at| {
            let client = world.join(VERSIONS[at % 3], &format!("c{at}"));
            world.subscribe(client, &["t q1"]);
            client
        })
        .collect();
    world.publish_inside(&large);
    for client in clients {
        world.gets(client, &["t=<100000> q1"]);
    }
    assert_eq!(world.broker.stats().messages_sent, 20);
}

#[test]
fn a_message_that_is_too_large_for_one_reaches_the_others() {
    let mut world = World::with(BrokerConfig { max_qos: QoS::AtLeastOnce, ..config() });
    let small = Hello::new(V5, "small").property(Property::MaximumPacketSize(20));
    let (small, large) = (world.accepted(&small), world.join(V5, "large"));
    for client in [small, large] {
        assert_eq!(world.subscribe(client, &["t q2"]), [1]);
    }
    world.publish_inside("t=12345678901234567890 q1");
    world.publish_inside("t=1 q1");
    world.gets(small, &["t=1 q1"]);
    world.gets(large, &["t=12345678901234567890 q1", "t=1 q1"]);
    assert_eq!(world.broker.stats().dropped_too_large, 1);
}
