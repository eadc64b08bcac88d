//! Client identifiers, sessions that go on and end, takeover.

use crate::kit::written;
use crate::texts::{Hello, V5, V31, V311, VERSIONS, config, message};
use crate::world::{Client, World};
use mqtt_core::{BrokerConfig, BrokerLimits, Closed, Property, ReasonCode, Timer, Violation};

/// A world with somebody who gets everything.
fn watched() -> (World, Client) {
    let mut world = World::new();
    let watcher = world.join(V5, "watcher");
    world.subscribe(watcher, &["# q2"]);
    (world, watcher)
}

#[test]
fn a_session_is_found_by_its_identifier_whatever_the_version() {
    for (before, after) in VERSIONS.iter().flat_map(|a| VERSIONS.map(|b| (*a, b))) {
        let mut world = World::new();
        let anna = world.stay(before, "anna");
        world.subscribe(anna, &["t q1"]);
        world.leave(anna);
        world.publish_inside("t=1 q1");
        let other = world.stay(after, "anna2");
        assert_eq!(world.connack(other), "connack");
        let anna = world.stay(after, "anna");
        // 3.1 cannot be told.
        let told = if after == V31 { "connack" } else { "connack present" };
        assert_eq!(world.connack(anna), told, "{before:?} {after:?}");
        world.gets(anna, &["t=1 q1"]);
        assert_eq!(world.events().last().unwrap(), "connected anna again");
        assert_eq!(world.broker.stats().sessions, 2);
    }
}

#[test]
fn identifiers_are_compared_byte_by_byte() {
    let mut world = World::new();
    for id in ["a", "A", "a ", "\u{E9}", "e\u{301}", "$share", "a/b"] {
        let client = world.stay(V5, id);
        assert_eq!(world.connack(client), "connack", "{id}");
        assert_eq!(world.broker.client_id(world.id(client)), Some(id));
    }
    assert_eq!(world.broker.stats().sessions, 7);
}

#[test]
fn a_client_without_an_identifier_is_assigned_one() {
    let mut world = World::new();
    let first = world.accepted(&Hello::new(V5, "").expiry(60));
    let second = world.accepted(&Hello::new(V5, "").expiry(60));
    let assigned =
        |world: &World, client| world.broker.client_id(world.id(client)).unwrap().to_owned();
    let (one, two) = (assigned(&world, first), assigned(&world, second));
    assert_ne!(one, two);
    let offer = format!("AssignedClientIdentifier({one:?})");
    assert!(world.offers(first).contains(&offer), "{:?}", world.offers(first));
    world.subscribe(first, &["t q1"]);
    world.cut(first);
    world.publish_inside("t=1 q1");
    // It comes back by what it was told.
    let first = world.accepted(&Hello::new(V5, &one).expiry(60));
    assert_eq!(world.connack(first), "connack present");
    assert!(!world.offers(first).iter().any(|it| it.starts_with("Assigned")));
    world.gets(first, &["t=1 q1"]);
    // The events say it too.
    let told = world.events();
    assert!(told.contains(&format!("connected {two}")), "{told:?}");
}

#[test]
fn an_identifier_that_somebody_has_is_not_assigned() {
    let (mut first, mut second) = (World::new(), World::new());
    let anna = first.join(V5, "");
    let assigned = first.broker.client_id(first.id(anna)).expect("an identifier").to_owned();
    // The same broker would assign the same one.
    let squatter = second.join(V5, &assigned);
    let ben = second.join(V5, "");
    assert_ne!(second.broker.client_id(second.id(ben)), Some(&*assigned));
    assert_eq!((second.closed(squatter), second.broker.stats().sessions), (None, 2));
}

#[test]
fn before_5_0_an_identifier_is_assigned_in_silence_and_only_to_clean_sessions() {
    let mut world = World::new();
    let first = world.join(V311, "");
    let second = world.join(V311, "");
    assert_eq!(world.raw(first), "20 02 00 00");
    let assigned = |client| world.broker.client_id(world.id(client)).unwrap();
    assert_ne!(assigned(first), assigned(second));
    assert_eq!(world.broker.stats().sessions, 2);
    world.events();
    let third = world.open(V311, "third");
    world.send(third, "10 0C 00 04 'MQTT' 04 00 00 00 00 00");
    assert_eq!(world.raw(third), "20 02 00 02");
    assert!(world.closed(third).is_some());
    assert_eq!((world.broker.stats().sessions, world.broker.stats().connections), (2, 2));
}

/// CONNECT of a client whose session went on, or not, when it is away: what CONNACK says, and whether the message
/// that came meanwhile is there.
fn comes_back(first: &Hello, second: &Hello) -> (String, bool) {
    let mut world = World::new();
    let anna = world.accepted(first);
    world.subscribe(anna, &["t q1"]);
    world.cut(anna);
    world.publish_inside("t=1 q1");
    let anna = world.accepted(second);
    world.publish_inside("t=2 q1");
    let got = world.got(anna);
    assert!(got.is_empty() || got == ["t=1 q1", "t=2 q1"], "{got:?}");
    (world.connack(anna).into(), !got.is_empty())
}

#[test]
fn what_goes_on_and_what_begins() {
    for version in [V311, V5] {
        let clean = Hello::new(version, "anna");
        let stays = clean.clone().stays();
        let stays_clean = stays.clone().clean();
        let kept = ("connack present".to_owned(), true);
        let new = ("connack".to_owned(), false);
        assert_eq!(comes_back(&stays, &stays), kept);
        assert_eq!(comes_back(&stays, &clean), new);
        assert_eq!(comes_back(&clean, &stays), new);
        assert_eq!(comes_back(&clean, &clean), new);
        // A session of 5.0 may begin clean, and stay: before 5.0 that is one thing.
        let after = if version == V5 { &kept } else { &new };
        assert_eq!(comes_back(&stays_clean, &stays), *after);
        assert_eq!(comes_back(&stays, &stays_clean), new);
    }
    // No clean start, and no time to stay.
    let short = Hello::new(V5, "anna").expiry(0);
    assert_eq!(comes_back(&short, &short).0, "connack");
}

#[test]
fn a_second_connection_takes_the_session_over() {
    for (old, new) in VERSIONS.iter().flat_map(|a| VERSIONS.map(|b| (*a, b))) {
        let mut world = World::new();
        let first = world.stay(old, "anna");
        world.subscribe(first, &["t q1"]);
        world.hold(first);
        world.publish_inside("t=1 q1");
        world.gets(first, &["t=1 q1"]);
        world.events();
        let second = world.stay(new, "anna");
        world.gets(first, if old == V5 { &["disconnect 8E"] } else { &[] });
        assert_eq!(world.closed(first), Some(Closed::TakenOver));
        world.gets(second, &["t=1 q1 dup"]);
        world.tells(&["connected anna again", "closed anna TakenOver"]);
        // The old connection has nothing to do with it any more.
        world.send(first, "C0 00");
        world.cut(first);
        world.publish_inside("t=2 q1");
        world.gets(second, &["t=2 q1"]);
        let stats = world.broker.stats();
        assert_eq!((stats.sessions, stats.connected, stats.connections), (1, 1, 1));
        assert_eq!((stats.takeovers, stats.connects), (1, 2));
    }
}

#[test]
fn a_takeover_with_a_clean_start_leaves_nothing() {
    let mut world = World::new();
    let first = world.stay(V5, "anna");
    world.subscribe(first, &["t q1"]);
    world.hold(first);
    world.publish_inside("t=1 q1");
    world.gets(first, &["t=1 q1"]);
    let second = world.join(V5, "anna");
    assert_eq!(world.connack(second), "connack");
    world.gets(first, &["disconnect 8E"]);
    assert_eq!(world.broker.stats().subscriptions, 0);
    assert_eq!(world.broker.stats().queued_bytes, 0);
    world.publish_inside("t=2 q1");
    world.gets(second, &[]);
}

#[test]
fn a_connect_that_is_refused_takes_nothing_over() {
    let config = BrokerConfig { max_qos: mqtt_core::QoS::AtLeastOnce, ..config() };
    let mut world = World::with(config);
    let first = world.stay(V5, "anna");
    let second = world.connect(&Hello::new(V5, "anna").will("w=1 q2"));
    assert_eq!(world.connack(second), "connack 9B");
    assert_eq!(world.closed(second), Some(Closed::Local));
    world.send(first, "C0 00");
    world.gets(first, &["pingresp"]);
    let stats = world.broker.stats();
    assert_eq!((stats.takeovers, stats.refused, stats.connected), (0, 1, 1));
}

/// When the will of a connection that is taken over goes out: at once, or not at all.
fn will_of_taken_over(old: Hello, new: &Hello) -> bool {
    let (mut world, watcher) = watched();
    world.accepted(&old.will("w=gone"));
    world.accepted(new);
    let at_once = world.got(watcher);
    world.pass(10_000);
    world.gets(watcher, &[]);
    assert!(at_once.is_empty() || at_once == ["w=gone"]);
    !at_once.is_empty()
}

#[test]
fn the_will_of_a_connection_that_is_taken_over() {
    let old = |expiry| Hello::new(V5, "anna").expiry(expiry);
    let (goes_on, clean) = (Hello::new(V5, "anna").expiry(60), Hello::new(V5, "anna"));
    // Without a delay it goes out with the connection.
    assert!(will_of_taken_over(old(60), &goes_on));
    assert!(will_of_taken_over(old(60), &clean));
    assert!(will_of_taken_over(old(0), &goes_on));
    // With one: not at all if the session goes on, at once if it ends.
    assert!(!will_of_taken_over(old(60).delay(5), &goes_on));
    assert!(will_of_taken_over(old(60).delay(5), &clean));
    assert!(will_of_taken_over(old(0).delay(5), &goes_on));
    assert!(will_of_taken_over(old(0).delay(5), &clean));
    for version in [V31, V311] {
        let old = Hello::new(version, "anna");
        assert!(will_of_taken_over(old.clone(), &old));
        assert!(will_of_taken_over(old.clone().stays(), &old.stays()));
        assert!(will_of_taken_over(Hello::new(version, "anna").stays(), &goes_on));
    }
}

#[test]
fn the_will_of_the_new_connection_is_its_own() {
    let (mut world, watcher) = watched();
    world.accepted(&Hello::new(V5, "anna").expiry(60).will("w=old").delay(5));
    let second = world.accepted(&Hello::new(V5, "anna").expiry(60).will("w=new"));
    world.gets(watcher, &[]);
    world.cut(second);
    world.gets(watcher, &["w=new"]);
    // One that has none inherits none.
    world.accepted(&Hello::new(V5, "ben").expiry(60).will("w=old").delay(5));
    let second = world.accepted(&Hello::new(V5, "ben").expiry(60));
    world.cut(second);
    world.pass(100);
    world.gets(watcher, &[]);
}

#[test]
fn a_session_ends_when_its_time_is_over() {
    let mut world = World::new();
    let anna = world.accepted(&Hello::new(V5, "anna").expiry(10));
    world.subscribe(anna, &["t q1"]);
    // It counts from the end of the connection.
    world.pass(100);
    world.cut(anna);
    world.publish_inside("t=1 q1");
    world.pass_ms(9_999);
    assert_eq!(world.broker.stats().sessions, 1);
    let anna = world.accepted(&Hello::new(V5, "anna").expiry(10));
    assert_eq!(world.connack(anna), "connack present");
    world.gets(anna, &["t=1 q1"]);
    world.pass(100);
    world.cut(anna);
    world.publish_inside("t=2 q1");
    world.pass(10);
    let stats = world.broker.stats();
    assert_eq!((stats.sessions, stats.subscriptions, stats.queued_bytes), (0, 0, 0));
    assert_eq!(stats.sessions_expired, 1);
    let anna = world.accepted(&Hello::new(V5, "anna").expiry(10));
    assert_eq!(world.connack(anna), "connack");
    world.gets(anna, &[]);
}

/// The largest interval is none.
#[test]
fn a_session_that_stays_for_ever_has_no_end() {
    for version in VERSIONS {
        let mut world = World::new();
        let anna = world.stay(version, "anna");
        world.cut(anna);
        world.pass(u64::from(u32::MAX) + 1);
        assert_eq!(world.broker.stats().sessions, 1, "{version:?}");
    }
}

/// For how many seconds a session is there after the connection, of the first 1000.
fn stays_for(config: BrokerConfig, hello: &Hello, leaves: impl FnOnce(&mut World, Client)) -> u64 {
    let mut world = World::with(config);
    let anna = world.accepted(hello);
    leaves(&mut world, anna);
    let mut seconds = 0;
    while world.broker.stats().sessions > 0 && seconds < 1000 {
        world.pass(1);
        seconds += 1;
    }
    seconds
}

#[test]
fn disconnect_changes_how_long_a_session_stays() {
    let hello = |expiry| Hello::new(V5, "anna").expiry(expiry);
    let says = |expiry| {
        move |world: &mut World, client| {
            world.leave_with(client, 0, &[Property::SessionExpiryInterval(expiry)]);
        }
    };
    assert_eq!(stays_for(config(), &hello(10), World::leave), 10);
    assert_eq!(stays_for(config(), &hello(10), says(3)), 3);
    assert_eq!(stays_for(config(), &hello(10), says(30)), 30);
    assert_eq!(stays_for(config(), &hello(10), says(0)), 0);
    assert_eq!(stays_for(config(), &hello(u32::MAX), says(5)), 5);
    assert_eq!(stays_for(config(), &hello(10), says(u32::MAX)), 1000);
    assert_eq!(stays_for(config(), &Hello::new(V311, "anna").stays(), World::leave), 1000);
    assert_eq!(stays_for(config(), &Hello::new(V311, "anna"), World::cut), 0);
    // No longer than there may be, whoever asks.
    let capped = || BrokerConfig { max_session_expiry: 20, ..config() };
    assert_eq!(stays_for(capped(), &hello(10), says(30)), 20);
    assert_eq!(stays_for(capped(), &hello(u32::MAX), World::cut), 20);
    assert_eq!(stays_for(capped(), &Hello::new(V311, "anna").stays(), World::cut), 20);
    assert_eq!(stays_for(capped(), &Hello::new(V31, "anna").stays(), World::cut), 20);
    assert_eq!(stays_for(capped(), &hello(10), World::cut), 10);
}

#[test]
fn a_session_that_was_to_end_with_its_connection_cannot_be_prolonged() {
    let (mut world, watcher) = watched();
    let anna = world.accepted(&Hello::new(V5, "anna").will("w=gone"));
    world.leave_with(anna, 0, &[Property::SessionExpiryInterval(5)]);
    world.gets(anna, &["disconnect 82"]);
    assert_eq!(world.closed(anna), Some(Closed::Violation(Violation::SessionExpiry)));
    // That was no DISCONNECT.
    world.gets(watcher, &["w=gone"]);
    assert_eq!(world.broker.stats().sessions, 1);
}

#[test]
fn a_client_is_told_for_how_long_its_session_may_stay() {
    let mut world = World::with(BrokerConfig { max_session_expiry: 20, ..config() });
    for (asked, told) in [(10, false), (20, false), (21, true), (u32::MAX, true)] {
        let anna = world.accepted(&Hello::new(V5, &format!("c{asked}")).expiry(asked));
        let offer = "SessionExpiryInterval(20)".to_owned();
        assert_eq!(world.offers(anna).contains(&offer), told, "{asked}");
    }
    let none = world.accepted(&Hello::new(V5, "none"));
    assert!(!world.offers(none).iter().any(|it| it.starts_with("SessionExpiry")));
    // Before 5.0 there is no way to say it.
    let old = world.stay(V311, "old");
    assert_eq!(world.raw(old), "20 02 00 00");
}

#[test]
fn there_are_no_more_sessions_than_may_be() {
    let limits = BrokerLimits { max_sessions: 2, ..BrokerLimits::default() };
    let mut world = World::with(BrokerConfig { limits, ..config() });
    let anna = world.accepted(&Hello::new(V5, "anna").expiry(10));
    world.accepted(&Hello::new(V311, "ben").stays());
    for (version, answer) in [(V5, "connack 97"), (V311, "connack 03"), (V31, "connack 03")] {
        let carl = world.connect(&Hello::new(version, "carl"));
        assert_eq!((world.connack(carl), world.closed(carl)), (answer, Some(Closed::Local)));
    }
    assert_eq!(world.broker.stats().refused, 3);
    // Those that are there may come back, also by a clean start; sessions that end make room.
    world.accepted(&Hello::new(V5, "ben"));
    world.cut(anna);
    world.accepted(&Hello::new(V5, "anna").expiry(10));
    let anna = world.accepted(&Hello::new(V5, "anna").expiry(10));
    world.cut(anna);
    world.pass(10);
    world.accepted(&Hello::new(V5, "carl"));
}

#[test]
fn a_client_that_takes_no_connack_gets_none_and_its_session_waits_as_before() {
    let mut world = World::new();
    let anna = world.accepted(&Hello::new(V5, "anna").expiry(10));
    world.subscribe(anna, &["t q1"]);
    world.cut(anna);
    world.publish_inside("t=1 q1");
    let small = Hello::new(V5, "anna").expiry(10).property(Property::MaximumPacketSize(4));
    let refused = world.connect(&small);
    assert_eq!(world.raw(refused), "");
    assert_eq!(world.closed(refused), Some(Closed::Local));
    let stats = world.broker.stats();
    assert_eq!((stats.sessions, stats.connected, stats.refused), (1, 0, 1));
    let anna = world.accepted(&Hello::new(V5, "anna").expiry(10));
    world.gets(anna, &["t=1 q1"]);
    world.cut(anna);
    world.connect(&small);
    world.pass(20);
    assert_eq!(world.broker.stats().sessions, 0);
}

#[test]
fn who_says_nothing_is_not_waited_for() {
    let mut world = World::new();
    let anna = world.open(V5, "anna");
    world.pass(29);
    assert_eq!(world.closed(anna), None);
    world.pass(1);
    assert_eq!(world.closed(anna), Some(Closed::Timeout(Timer::Connect)));
    assert_eq!(world.raw(anna), "");
    assert_eq!(world.broker.stats().connections, 0);
}

#[test]
fn the_first_packet_is_connect_and_there_is_no_second() {
    for (bytes, version) in [("C0 00", V311), ("30 03 00 01 't'", V5), ("E0 00", V5)] {
        let mut world = World::new();
        let anna = world.open(version, "anna");
        world.send(anna, bytes);
        assert!(world.closed(anna).is_some(), "{bytes}");
        assert_eq!((world.raw(anna), world.broker.stats().connections), (String::new(), 0));
    }
    for version in VERSIONS {
        let (mut world, watcher) = watched();
        let hello = Hello::new(version, "anna").will("w=gone");
        let anna = world.accepted(&hello);
        world.send_bytes(anna, &hello.written());
        world.gets(anna, if version == V5 { &["disconnect 82"] } else { &[] });
        world.gets(watcher, &["w=gone"]);
        assert_eq!((world.broker.stats().sessions, world.broker.stats().connected), (1, 1));
    }
}

#[test]
fn a_client_may_say_everything_at_once_and_leave() {
    for version in VERSIONS {
        let (mut world, watcher) = watched();
        let mut all = Hello::new(version, "anna").will("w=gone").written();
        all.extend(written(version, message("t=1", &[])));
        all.extend([0xE0, 0x00]);
        let anna = world.open(version, "anna");
        world.broker.handle_input(world.id(anna), world.now, &all);
        world.cut(anna);
        world.gets(watcher, &["t=1"]);
        assert_eq!(world.closed(anna), Some(Closed::Disconnect(ReasonCode(0))));
        assert_eq!(world.broker.stats().sessions, 1);
    }
}
