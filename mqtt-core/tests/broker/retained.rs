//! Retained messages.

use crate::texts::{V5, V311, VERSIONS, config};
use crate::world::{Client, World};
use mqtt_core::{
    BrokerConfig, BrokerLimits, Property, QoS, ServerConfig, SessionConfig, TopicFilter,
};

#[test]
fn the_last_one_is_kept_with_its_qos() {
    for version in VERSIONS {
        let mut world = World::new();
        let ben = world.join(version, "ben");
        for text in ["t=1 retain q2", "t=2 retain q1", "t=3", "u=1 retain", "v=1"] {
            world.publish(ben, text);
        }
        // It outlives the one who has sent it.
        world.cut(ben);
        for (filter, wanted) in
            [("+", "t=2 retain"), ("+ q1", "t=2 q1 retain"), ("t q2", "t=2 q1 retain")]
        {
            let anna = world.join(version, "anna");
            world.subscribe(anna, &[filter]);
            let mut got = world.got(anna);
            got.retain(|text| text != "u=1 retain");
            assert_eq!(got, [wanted], "{filter}");
        }
        assert_eq!((world.broker.stats().retained, world.broker.stats().retained_bytes), (2, 2));
    }
}

#[test]
fn an_empty_one_deletes_and_goes_on_to_those_who_have_subscribed() {
    for version in VERSIONS {
        let mut world = World::new();
        let (anna, ben) = (world.join(version, "anna"), world.join(version, "ben"));
        world.subscribe(anna, &["t q1"]);
        world.publish(ben, "t=1 retain");
        world.publish(ben, "t= retain q1");
        // Without RETAIN it deletes nothing.
        world.publish(ben, "u=1 retain");
        world.publish(ben, "u=");
        world.gets(anna, &["t=1", "t= q1"]);
        let late = world.join(version, "late");
        world.subscribe(late, &["#"]);
        world.gets(late, &["u=1 retain"]);
        world.publish(ben, "none= retain");
        assert_eq!((world.broker.stats().retained, world.broker.stats().retained_bytes), (1, 1));
    }
}

/// What comes for a subscription that is made twice.
fn twice(filter: &str) -> [usize; 2] {
    let mut world = World::new();
    let anna = world.join(V5, "anna");
    world.publish_inside("t=1 retain");
    let mut gets = || {
        world.subscribe(anna, &[filter]);
        let got = world.got(anna);
        assert!(got.iter().all(|text| text == "t=1 retain"));
        got.len()
    };
    [gets(), gets()]
}

#[test]
fn who_subscribes_says_whether_they_are_sent() {
    assert_eq!(twice("t"), [1, 1]);
    assert_eq!(twice("t new"), [1, 0]);
    assert_eq!(twice("t never"), [0, 0]);
    assert_eq!(twice("+ new rap"), [1, 0]);
    // New is what the session did not have: also after unsubscribing, not after coming back.
    let mut world = World::new();
    let anna = world.stay(V5, "anna");
    world.publish_inside("t=1 retain");
    world.subscribe(anna, &["t new"]);
    world.cut(anna);
    let anna = world.stay(V5, "anna");
    world.gets(anna, &[]);
    world.subscribe(anna, &["t new"]);
    world.gets(anna, &[]);
    world.unsubscribe(anna, &["t"]);
    world.subscribe(anna, &["t new"]);
    world.gets(anna, &["t=1 retain"]);
    // Before 5.0 always.
    let old = world.join(V311, "old");
    for _ in 0..2 {
        world.subscribe(old, &["t"]);
        world.gets(old, &["t=1 retain"]);
    }
}

#[test]
fn one_is_sent_for_each_subscription_that_it_matches() {
    let mut world = World::new();
    let anna = world.join(V5, "anna");
    for text in ["a=1 retain", "a/b=2 retain", "a/b/c=3 retain", "$SYS/x=4 retain", "b=5 retain"] {
        world.publish_inside(text);
    }
    world.subscribe_as(anna, 7, &["a/#", "+ q1"]);
    let mut got = world.got(anna);
    got.sort_unstable();
    let id = "SubscriptionIdentifier(7)";
    let wanted = ["a/b/c=3", "a/b=2", "a=1", "a=1", "b=5"].map(|it| format!("{it} retain {id}"));
    assert_eq!(got, wanted);
    world.subscribe(anna, &["$SYS/+"]);
    world.gets(anna, &["$SYS/x=4 retain"]);
}

#[test]
fn they_expire() {
    let mut world = World::new();
    let ben = world.join(V5, "ben");
    let expiry = |seconds| [Property::MessageExpiryInterval(seconds)];
    world.publish_with(ben, "t=1 retain", &expiry(10));
    world.publish_with(ben, "u=1 retain", &expiry(20));
    world.publish_with(ben, "v=1 retain", &expiry(0));
    world.publish_with(ben, "w=1 retain", &[]);
    world.pass(9);
    let subscribes = |world: &mut World| {
        let anna = world.join(V5, "anna");
        world.subscribe(anna, &["#"]);
        let mut got = world.got(anna);
        got.sort_unstable();
        got
    };
    let (t, u) = ("t=1 retain MessageExpiryInterval(1)", "u=1 retain MessageExpiryInterval(11)");
    assert_eq!(subscribes(&mut world), [t, u, "w=1 retain"]);
    // A later one has its own time.
    world.publish_with(ben, "u=2 retain", &expiry(100));
    world.pass(1);
    let u = "u=2 retain MessageExpiryInterval(99)";
    assert_eq!(subscribes(&mut world), [u, "w=1 retain"]);
    world.pass(98);
    let u = "u=2 retain MessageExpiryInterval(1)";
    assert_eq!(subscribes(&mut world), [u, "w=1 retain"]);
    world.pass(1);
    assert_eq!(subscribes(&mut world), ["w=1 retain"]);
    assert_eq!((world.broker.stats().retained, world.broker.stats().retained_bytes), (1, 1));
    // Replaced by one that stays; by one that goes earlier.
    world.publish_with(ben, "t=1 retain", &expiry(10));
    world.publish_with(ben, "t=2 retain", &[]);
    world.publish_with(ben, "u=1 retain", &expiry(100));
    world.publish_with(ben, "u=2 retain", &expiry(5));
    world.pass(50);
    assert_eq!(subscribes(&mut world), ["t=2 retain", "w=1 retain"]);
    assert_eq!(world.broker.stats().retained, 2);
}

#[test]
fn a_subscriber_before_5_0_gets_them_as_long_as_they_are_there() {
    let mut world = World::new();
    let ben = world.join(V5, "ben");
    world.publish_with(ben, "t=1 retain", &[Property::MessageExpiryInterval(10)]);
    let old = world.join(V311, "old");
    world.subscribe(old, &["t"]);
    world.gets(old, &["t=1 retain"]);
    world.pass(10);
    world.subscribe(old, &["t"]);
    world.gets(old, &[]);
}

/// So many names that a slow client cannot have them all at once.
fn many(count: usize) -> World {
    let session = SessionConfig { max_output: 4096, ..SessionConfig::default() };
    let server = ServerConfig { session, ..ServerConfig::default() };
    let mut world = World::with(BrokerConfig { server, ..config() });
    for number in 0..count {
        world.publish_inside(&format!("many/{number}/x={number} q1 retain"));
    }
    world
}

/// Reads all that comes for a client that has been slow.
fn reads(world: &mut World, client: Client) -> Vec<String> {
    world.unstall(client);
    world.got(client)
}

#[test]
fn ten_thousand_names_come_in_pages_while_names_come_and_go() {
    let mut world = many(10_000);
    let anna = world.join(V5, "anna");
    world.stall(anna);
    world.subscribe(anna, &["many/# q1"]);
    // She does not read, so little of it is kept for her.
    assert!(world.broker.stats().queued_bytes < 2 << 20);
    let sent = world.broker.stats().messages_sent;
    assert!(sent < 9_000, "{sent}");
    for number in (0..10_000).step_by(20) {
        world.publish_inside(&format!("many/{number}/x= retain"));
        world.publish_inside(&format!("more/{number}=1 retain"));
    }
    // Another client is served meanwhile.
    let ben = world.join(V311, "ben");
    world.subscribe(ben, &["many/1/#"]);
    world.gets(ben, &["many/1/x=1 retain"]);
    let mut got = reads(&mut world, anna);
    got.retain(|text| text.ends_with(" retain"));
    let all = got.len();
    got.sort_unstable();
    got.dedup();
    assert_eq!(got.len(), all, "none comes twice");
    // All that were there all the time.
    let stayed = (0..10_000).filter(|number| number % 20 > 0);
    for number in stayed {
        let text = format!("many/{number}/x={number} q1 retain");
        assert!(got.binary_search(&text).is_ok(), "{text}");
    }
    assert!(got.iter().all(|text| text.starts_with("many/")));
    assert_eq!(world.broker.stats().dropped_full, 0);
    // And messages come as before.
    world.publish_inside("many/x=1 q1");
    world.gets(anna, &["many/x=1 q1"]);
}

#[test]
fn pages_end_with_the_subscription_and_with_the_session() {
    for unsubscribes in [true, false] {
        let mut world = many(5_000);
        let anna = world.stay(V5, "anna");
        world.stall(anna);
        world.subscribe(anna, &["many/# q1"]);
        if unsubscribes {
            world.unsubscribe(anna, &["many/#"]);
            assert!(reads(&mut world, anna).len() < 5_000);
        } else {
            world.cut(anna);
            assert!(world.broker.drop_session("anna", world.now));
        }
        world.pump();
        assert_eq!(world.broker.stats().connected, usize::from(unsubscribes));
    }
}

#[test]
fn those_that_are_left_are_sent_when_a_client_comes_back() {
    let mut world = many(6_000);
    let anna = world.stay(V5, "anna");
    world.stall(anna);
    world.subscribe(anna, &["many/# q1"]);
    world.cut(anna);
    let anna = world.stay(V5, "anna");
    let mut numbers: Vec<usize> = world
        .got(anna)
        .iter()
        .map(|text| text.split('/').nth(1).unwrap().parse().unwrap())
        .collect();
    numbers.sort_unstable();
    assert!(numbers == (0..6_000).collect::<Vec<_>>(), "{} of 6000", numbers.len());
}

#[test]
fn those_that_are_left_are_sent_after_another_subscribe() {
    for handling in ["new", "never"] {
        let mut world = many(5_000);
        let anna = world.stay(V5, "anna");
        world.stall(anna);
        world.subscribe(anna, &["many/# q1"]);
        world.subscribe(anna, &[&format!("many/# q1 {handling}")]);
        let got = reads(&mut world, anna);
        let count = got.iter().filter(|text| text.starts_with("many/")).count();
        assert_eq!(count, 5_000, "{handling}");
    }
}

#[test]
fn their_number_is_bounded() {
    let limits = BrokerLimits { max_retained: 2, ..BrokerLimits::default() };
    let mut world = World::with(BrokerConfig { limits, ..config() });
    let (anna, ben) = (world.join(V5, "anna"), world.join(V311, "ben"));
    world.subscribe(ben, &["# q1"]);
    for (text, code) in [("a=1", 0), ("b=1", 0), ("c=1", 0x97), ("b=2", 0), ("a=", 0), ("c=2", 0)] {
        assert_eq!(world.publish(anna, &format!("{text} q1 retain")), Some(code), "{text}");
        world.gets(ben, &[&format!("{text} q1")]);
    }
    assert_eq!(world.broker.stats().retained, 2);
    assert_eq!(world.publish(ben, "d=1 q1 retain"), Some(0));
    assert_eq!(world.broker.stats().retained, 2);
}

#[test]
fn their_bytes_are_bounded() {
    let limits = BrokerLimits { max_retained_bytes: 10, ..BrokerLimits::default() };
    let mut world = World::with(BrokerConfig { limits, ..config() });
    let anna = world.join(V5, "anna");
    assert_eq!(world.publish(anna, "a=12345 q1 retain"), Some(0x10));
    assert_eq!(world.publish(anna, "b=123456 q1 retain"), Some(0x97));
    assert_eq!(world.publish(anna, "b=12345 q1 retain"), Some(0x10));
    assert_eq!(world.broker.stats().retained_bytes, 10);
    // What does not fit leaves nothing of before: it is not the last one any more.
    assert_eq!(world.publish(anna, "a=123456 q1 retain"), Some(0x97));
    let mut topics = Vec::new();
    world.broker.retained(TopicFilter::from_static("#"), |it| topics.push(it.topic.to_owned()));
    assert_eq!((topics, world.broker.stats().retained_bytes), (vec!["b".to_owned()], 5));
    // Properties count.
    let long = [Property::ContentType("12345")];
    assert_eq!(world.publish_with(anna, "c=1 q1 retain", &long), Some(0x97));
}

#[test]
fn their_levels_are_bounded() {
    let limits = BrokerLimits { max_levels: 3, ..BrokerLimits::default() };
    let mut world = World::with(BrokerConfig { limits, ..config() });
    let anna = world.join(V5, "anna");
    assert_eq!(world.subscribe(anna, &["a/b/c", "a/b/c/d", "#"]), [0, 0x8F, 0]);
    assert_eq!(world.publish(anna, "a/b/c=1 q1 retain"), Some(0));
    assert_eq!(world.publish(anna, "a/b/c/d=1 q1 retain"), Some(0x97));
    world.gets(anna, &["a/b/c=1", "a/b/c/d=1"]);
    assert_eq!(world.broker.stats().retained, 1);
}

#[test]
fn a_broker_without_them_keeps_none() {
    let mut world = World::with(BrokerConfig { retain_available: false, ..config() });
    let (anna, old) = (world.join(V5, "anna"), world.join(V311, "old"));
    assert!(world.offers(anna).contains(&"RetainAvailable(false)".to_owned()));
    world.subscribe(anna, &["t"]);
    // Before 5.0 a client cannot know.
    assert_eq!(world.publish(old, "t=1 q1 retain"), Some(0));
    world.gets(anna, &["t=1"]);
    assert_eq!(world.broker.stats().retained, 0);
    world.subscribe(old, &["t"]);
    world.gets(old, &[]);
    world.publish(anna, "t=1 retain");
    world.gets(anna, &["disconnect 9A"]);
}

#[test]
fn the_caller_sees_them() {
    let mut world = World::new();
    let ben = world.join(V5, "ben");
    world.publish_with(ben, "t=1 retain q1", &[Property::MessageExpiryInterval(5)]);
    world.publish(ben, "u/x=2 retain");
    let seen = |world: &World, filter: &'static str| {
        let mut seen = Vec::new();
        world.broker.retained(TopicFilter::from_static(filter), |it| {
            assert!(it.retain);
            seen.push((it.topic.to_owned(), it.qos));
        });
        seen.sort_unstable();
        seen
    };
    let t = ("t".to_owned(), QoS::AtLeastOnce);
    assert_eq!(seen(&world, "#"), [t, ("u/x".to_owned(), QoS::AtMostOnce)]);
    assert_eq!(seen(&world, "u/+").len(), 1);
    world.now = world.now.after(core::time::Duration::from_secs(5));
    world.broker.handle_timeout(world.now);
    assert_eq!(seen(&world, "t").len(), 0);
}
