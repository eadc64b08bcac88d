//! Wills: what they are, when they go out.

use crate::texts::{Hello, V5, V31, V311, VERSIONS, config};
use crate::world::{Client, World};
use mqtt_core::{BrokerConfig, Closed, Property, QoS};

/// Somebody who gets everything, and when.
struct Watched {
    world: World,
    watcher: Client,
}

impl Watched {
    fn new() -> Self {
        Self::with(config())
    }

    fn with(config: BrokerConfig) -> Self {
        let mut world = World::with(config);
        let watcher = world.join(V5, "watcher");
        world.subscribe(watcher, &["# q2 rap"]);
        Self { world, watcher }
    }

    #[track_caller]
    fn hears(&mut self, wanted: &[&str]) {
        self.world.gets(self.watcher, wanted);
    }
}

#[test]
fn it_goes_out_however_the_connection_ends_but_by_a_disconnect() {
    for version in VERSIONS {
        type End = fn(&mut World, Client);
        let cut: End = World::cut;
        let garbage: End = |world, client| world.send(client, "00 00");
        let silence: End = |world, _| world.pass(15);
        let wrong: End = |world, client| world.send(client, "20 02 00 00");
        for end in [cut, garbage, silence, wrong] {
            let mut it = Watched::new();
            let hello = Hello::new(version, "anna").will("w=gone q1").keep_alive(10);
            let anna = it.world.accepted(&hello);
            it.hears(&[]);
            end(&mut it.world, anna);
            assert!(it.world.closed(anna).is_some());
            it.hears(&["w=gone q1"]);
            assert_eq!(it.world.broker.stats().wills, 1);
        }
        let mut it = Watched::new();
        let anna = it.world.accepted(&Hello::new(version, "anna").will("w=gone"));
        it.world.leave(anna);
        it.world.cut(anna);
        it.world.pass(1000);
        it.hears(&[]);
    }
}

#[test]
fn a_disconnect_may_ask_for_it() {
    for (code, wanted) in [(0x00, false), (0x04, true), (0x80, true), (0x93, true)] {
        let mut it = Watched::new();
        let anna = it.world.accepted(&Hello::new(V5, "anna").will("w=gone"));
        it.world.leave_with(anna, code, &[]);
        assert_eq!(it.world.closed(anna), Some(Closed::Disconnect(mqtt_core::ReasonCode(code))));
        it.hears(if wanted { &["w=gone"] } else { &[] });
    }
}

/// After how many seconds the will goes out.
#[track_caller]
fn after(hello: &Hello) -> u64 {
    let mut it = Watched::new();
    let anna = it.world.accepted(&hello.clone().will("w=gone"));
    it.world.pass(50);
    it.world.cut(anna);
    let mut seconds = 0;
    while it.world.broker.stats().wills == 0 {
        assert!(seconds < 1000);
        it.world.pass(1);
        seconds += 1;
    }
    it.hears(&["w=gone"]);
    it.world.pass(2000);
    it.hears(&[]);
    seconds
}

#[test]
fn its_delay_ends_with_the_session_at_the_latest() {
    let hello = |expiry| Hello::new(V5, "anna").expiry(expiry);
    assert_eq!(after(&hello(60)), 0);
    assert_eq!(after(&hello(60).delay(0)), 0);
    assert_eq!(after(&hello(60).delay(5)), 5);
    assert_eq!(after(&hello(60).delay(60)), 60);
    assert_eq!(after(&hello(60).delay(600)), 60);
    assert_eq!(after(&hello(0).delay(600)), 0);
    assert_eq!(after(&Hello::new(V5, "anna").delay(600)), 0);
    assert_eq!(after(&hello(u32::MAX).delay(7)), 7);
    assert_eq!(after(&Hello::new(V311, "anna").stays()), 0);
    assert_eq!(after(&Hello::new(V31, "anna")), 0);
}

#[test]
fn a_broker_that_ends_sessions_early_publishes_it_then() {
    let mut it = Watched::with(BrokerConfig { max_session_expiry: 10, ..config() });
    let anna = it.world.accepted(&Hello::new(V5, "anna").expiry(100).delay(50).will("w=gone"));
    it.world.cut(anna);
    it.world.pass(9);
    it.hears(&[]);
    it.world.pass(1);
    it.hears(&["w=gone"]);
}

#[test]
fn who_comes_back_in_time_has_not_gone() {
    let mut it = Watched::new();
    let hello = Hello::new(V5, "anna").expiry(60).delay(5).will("w=gone");
    for _ in 0..3 {
        let anna = it.world.accepted(&hello);
        it.world.cut(anna);
        it.world.pass_ms(4_999);
    }
    let anna = it.world.accepted(&hello);
    it.world.pass(100);
    it.hears(&[]);
    // Too late.
    it.world.cut(anna);
    it.world.pass(5);
    it.hears(&["w=gone"]);
    it.world.accepted(&hello);
    it.hears(&[]);
}

#[test]
fn who_begins_anew_has_gone() {
    let mut it = Watched::new();
    let hello = Hello::new(V5, "anna").expiry(60).delay(5).will("w=gone");
    let anna = it.world.accepted(&hello);
    it.world.cut(anna);
    it.world.pass(3);
    let anna = it.world.accepted(&Hello::new(V5, "anna"));
    it.hears(&["w=gone"]);
    it.world.leave(anna);
    it.world.pass(100);
    it.hears(&[]);
}

#[test]
fn it_is_published_once() {
    let mut it = Watched::new();
    let anna = it.world.accepted(&Hello::new(V5, "anna").expiry(60).will("w=gone"));
    it.world.cut(anna);
    it.hears(&["w=gone"]);
    it.world.pass(100);
    it.hears(&[]);
    // The session that goes on has it no more.
    let mut it = Watched::new();
    let anna = it.world.accepted(&Hello::new(V5, "anna").expiry(60).will("w=gone"));
    it.world.cut(anna);
    let anna = it.world.accepted(&Hello::new(V5, "anna").expiry(60));
    it.world.cut(anna);
    it.world.pass(100);
    it.hears(&["w=gone"]);
}

#[test]
fn it_keeps_its_qos_retain_and_properties() {
    let mut it = Watched::new();
    let hello = Hello::new(V5, "anna")
        .will("w=gone q2 retain")
        .will_property(Property::UserProperty("b", "1"))
        .will_property(Property::WillDelayInterval(0))
        .will_property(Property::ContentType("text"))
        .will_property(Property::MessageExpiryInterval(30))
        .will_property(Property::UserProperty("a", "2"));
    let anna = it.world.accepted(&hello.expiry(100));
    it.world.pass(1000);
    it.world.cut(anna);
    let properties = |seconds| {
        format!(
            "UserProperty(\"b\", \"1\") ContentType(\"text\") \
             MessageExpiryInterval({seconds}) UserProperty(\"a\", \"2\")"
        )
    };
    // Its time begins when it is published.
    it.hears(&[&format!("w=gone q2 retain {}", properties(30))]);
    it.world.pass(20);
    let late = it.world.join(V5, "late");
    it.world.subscribe(late, &["w q1"]);
    it.world.gets(late, &[&format!("w=gone q1 retain {}", properties(10))]);
    it.world.pass(10);
    it.world.subscribe(late, &["w"]);
    it.world.gets(late, &[]);
}

#[test]
fn one_that_is_not_to_be_retained_changes_nothing_there() {
    for version in VERSIONS {
        let mut it = Watched::new();
        it.world.publish_inside("w=before retain");
        let anna = it.world.accepted(&Hello::new(version, "anna").will("w=gone q1"));
        it.world.cut(anna);
        it.hears(&["w=before retain", "w=gone q1"]);
        let late = it.world.join(version, "late");
        it.world.subscribe(late, &["w"]);
        it.world.gets(late, &["w=before retain"]);
        // An empty one that is retained deletes.
        let anna = it.world.accepted(&Hello::new(version, "anna").will("w= retain"));
        it.world.cut(anna);
        it.hears(&["w= retain"]);
        assert_eq!(it.world.broker.stats().retained, 0);
    }
}

#[test]
fn a_will_that_the_broker_could_not_publish_is_refused() {
    let config = BrokerConfig { max_qos: QoS::AtLeastOnce, retain_available: false, ..config() };
    let mut world = World::with(config);
    let mut answers = |version, will| {
        let client = world.connect(&Hello::new(version, "anna").will(will));
        world.connack(client).to_owned()
    };
    assert_eq!(answers(V5, "w=1 q2"), "connack 9B");
    assert_eq!(answers(V5, "w=1 retain"), "connack 9A");
    assert_eq!(answers(V5, "w=1 q1"), "connack");
    assert_eq!(answers(V311, "w=1 q2"), "connack 03");
    assert_eq!(answers(V311, "w=1 retain"), "connack 03");
    assert_eq!(answers(V31, "w=1 q1"), "connack");
}

#[test]
fn a_client_may_get_its_own_will() {
    let mut world = World::new();
    let anna = world.accepted(&Hello::new(V5, "anna").expiry(60).will("w=gone q1"));
    world.subscribe(anna, &["w q1"]);
    world.cut(anna);
    let anna = world.accepted(&Hello::new(V5, "anna").expiry(60));
    world.gets(anna, &["w=gone q1"]);
    // Not with No Local.
    world.subscribe(anna, &["w q1 nolocal"]);
    world.cut(anna);
    let anna = world.accepted(&Hello::new(V5, "anna").expiry(60).will("w=gone q1"));
    world.cut(anna);
    let anna = world.accepted(&Hello::new(V5, "anna").expiry(60));
    world.gets(anna, &[]);
}

#[test]
fn the_wills_of_many_go_out_in_the_order_of_their_time() {
    let mut it = Watched::new();
    let wills = ["w/0=x", "w/1=x", "w/2=x", "w/3=x"];
    let delays = [30, 10, 20, 10];
    for (at, (will, delay)) in wills.iter().zip(delays).enumerate() {
        let hello = Hello::new(V5, &format!("c{at}")).stays().will(will).delay(delay);
        let client = it.world.accepted(&hello);
        it.world.cut(client);
    }
    for (seconds, wanted) in
        [(9, &[][..]), (1, &["w/1=x", "w/3=x"]), (10, &["w/2=x"]), (10, &["w/0=x"])]
    {
        it.world.pass(seconds);
        it.hears(wanted);
    }
}

#[test]
fn the_caller_ends_a_connection_and_the_will_goes_out() {
    let mut it = Watched::new();
    let anna = it.world.accepted(&Hello::new(V311, "anna").will("w=gone"));
    let (conn, now) = (it.world.id(anna), it.world.now);
    it.world.broker.disconnect(conn, now, &mqtt_core::Disconnect::default()).unwrap();
    it.world.pump();
    it.hears(&["w=gone"]);
    it.world.accepted(&Hello::new(V5, "ben").stays().delay(50).will("w=gone"));
    assert!(it.world.broker.drop_session("ben", it.world.now));
    it.world.pump();
    it.hears(&["w=gone"]);
}
