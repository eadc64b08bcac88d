//! The caller is asked: who may connect, who may do what.

use crate::texts::{Hello, V5, V311, VERSIONS, config};
use crate::world::{Client, World};
use bytes::Buf;
use mqtt_core::{
    Acl, Admission, Authentication, Authorization, Broker, BrokerConfig, BrokerError, BrokerEvent,
    Closed, ConnAck, Disconnect, Instant, Properties, Property, ReasonCode, Timer, UsageError,
    Version,
};
use std::hash::RandomState;

fn asks_who() -> World {
    World::with(BrokerConfig { authentication: Authentication::Ask, ..config() })
}

fn asks_what() -> World {
    World::with(BrokerConfig { authorization: Authorization::Ask, ..config() })
}

/// The place of a version.
fn version_at(version: Version) -> usize {
    VERSIONS.iter().position(|other| *other == version).unwrap()
}

const REFUSAL: ConnAck<'static> = ConnAck {
    session_present: false,
    reason: ReasonCode::NOT_AUTHORIZED,
    properties: Properties::EMPTY,
};

#[test]
fn a_client_waits_for_its_answer() {
    for version in VERSIONS {
        let mut world = asks_who();
        let anna = world.connect(&Hello::new(version, "anna").user("u"));
        world.tells(&["who is anna Some(\"u\")"]);
        world.pass(600);
        // What it sends meanwhile is read afterwards; others are not held up.
        world.send(anna, "C0 00");
        let ben = world.connect(&Hello::new(version, "ben"));
        world.tells(&["who is ben None"]);
        world.accept(ben);
        world.tells(&["connected ben"]);
        assert_eq!(world.connack(ben), "connack");
        assert_eq!(world.raw(anna), "");
        world.accept(anna);
        world.tells(&["connected anna"]);
        world.gets(anna, &["pingresp"]);
    }
}

#[test]
fn a_refusal_is_told_in_the_words_of_the_version() {
    for (code, v5, v311) in [
        (0x87, "connack 87", "connack 05"),
        (0x86, "connack 86", "connack 04"),
        (0x85, "connack 85", "connack 02"),
        (0x88, "connack 88", "connack 03"),
        (0x97, "connack 97", "connack 03"),
        (0x8A, "connack 8A", "connack 05"),
        (0x9C, "connack 9C", "connack 03"),
    ] {
        for version in VERSIONS {
            let mut world = asks_who();
            let anna = world.connect(&Hello::new(version, "anna"));
            world.events();
            world.refuse(anna, code);
            assert_eq!(world.connack(anna), if version == V5 { v5 } else { v311 });
            world.tells(&["closed anna Local"]);
            assert_eq!((world.broker.stats().refused, world.broker.stats().sessions), (1, 0));
        }
    }
}

#[test]
fn a_client_is_told_more_and_may_get_another_name() {
    let mut world = asks_who();
    let hello = Hello::new(V5, "").property(Property::RequestResponseInformation(true));
    let anna = world.connect(&hello);
    let properties = [Property::ResponseInformation("r/7"), Property::UserProperty("k", "v")];
    let admission = Admission {
        client_id: Some("seven"),
        properties: Properties::new(&properties),
        ..Admission::default()
    };
    let (conn, now) = (world.id(anna), world.now);
    assert_eq!(world.broker.accept(conn, now, &admission), Ok(()));
    world.pump();
    let offers = world.offers(anna).join(" ");
    for offer in ["ResponseInformation(\"r/7\")", "UserProperty(\"k\", \"v\")", "\"seven\""] {
        assert!(offers.contains(offer), "{offers}");
    }
    assert_eq!(world.events().last().unwrap(), "connected seven");
    // One that has a name of its own does not learn the other one.
    let ben = world.connect(&Hello::new(V5, "ben"));
    let admission = Admission { client_id: Some("eight"), ..Admission::default() };
    let (conn, now) = (world.id(ben), world.now);
    assert_eq!(world.broker.accept(conn, now, &admission), Ok(()));
    world.pump();
    assert!(!world.offers(ben).join(" ").contains("eight"));
    assert_eq!(world.broker.client_id(conn), Some("eight"));
}

#[test]
fn each_message_and_each_filter_is_asked_for() {
    for version in VERSIONS {
        let mut world = asks_what();
        let anna = world.join(version, "anna");
        world.events();
        assert_eq!(world.subscribe(anna, &["a q1", "b", "c q2"]), [0; 0]);
        world.tells(&["may anna subscribe a q1"]);
        world.authorize(anna, 0);
        world.tells(&["may anna subscribe b q0"]);
        world.authorize(anna, 0x87);
        world.tells(&["may anna subscribe c q2"]);
        world.authorize(anna, 0);
        // 3.1 has no code for it.
        let refused = [0, 0x80, 0x87][version_at(version)];
        assert_eq!(world.answer(anna, 1), Some(vec![1, refused, 2]));
        assert_eq!(world.broker.stats().subscriptions, 2);
        // The answer comes before what is sent for it.
        assert_eq!(world.publish(anna, "a=1 q1 retain"), None);
        world.tells(&["may anna publish a=1 q1 retain"]);
        world.gets(anna, &[]);
        world.authorize(anna, 0);
        assert_eq!(world.answer(anna, 2), Some(vec![0]));
        world.gets(anna, &["a=1 q1"]);
        world.publish(anna, "a=2 q2");
        world.authorize(anna, 0x99);
        let refused = if version == V5 { 0x99 } else { 0 };
        assert_eq!(world.answer(anna, 3), Some(vec![refused]));
        world.publish(anna, "c=3");
        world.authorize(anna, 0x87);
        world.gets(anna, &[]);
        assert_eq!(world.broker.stats().not_authorized, 2);
    }
}

#[test]
fn only_the_connection_that_is_asked_about_waits() {
    let mut world = asks_what();
    let (anna, ben) = (world.join(V5, "anna"), world.join(V5, "ben"));
    world.subscribe(anna, &["t"]);
    world.authorize(anna, 0);
    world.events();
    for text in ["t=1", "t=2", "t=3"] {
        world.publish(ben, text);
    }
    world.tells(&["may ben publish t=1"]);
    world.send(anna, "C0 00");
    world.publish_inside("t=inside");
    world.gets(anna, &["pingresp", "t=inside"]);
    // What is sent to the one that waits, is sent.
    world.send(ben, "C0 00");
    world.gets(ben, &[]);
    for text in ["t=1", "t=2", "t=3"] {
        world.authorize(ben, 0);
        world.gets(anna, &[text]);
    }
    world.gets(ben, &["pingresp"]);
    world.tells(&["may ben publish t=2", "may ben publish t=3"]);
}

#[test]
fn the_topics_of_the_broker_stay_its_own() {
    let mut world = asks_what();
    let anna = world.join(V5, "anna");
    world.publish(anna, "$SYS/x=1 q1 retain");
    if world.events().iter().any(|event| event.starts_with("may")) {
        world.authorize(anna, 0);
    }
    assert_eq!(world.answer(anna, 1), Some(vec![0x87]));
    assert_eq!(world.broker.stats().retained, 0);
}

/// All answers to what was not asked.
fn answers_nothing(world: &mut World, client: Client, error: BrokerError) {
    let (conn, now) = (world.id(client), world.now);
    let admission = Admission::default();
    assert_eq!(world.broker.accept(conn, now, &admission), Err(error));
    assert_eq!(world.broker.refuse(conn, now, &REFUSAL), Err(error));
    assert_eq!(world.broker.challenge(conn, now, Properties::EMPTY), Err(error));
    assert_eq!(world.broker.authorize(conn, now, ReasonCode::SUCCESS), Err(error));
}

/// What the client is to be told cannot be written: nothing has changed, for the connection that it has
/// already neither.
#[test]
fn an_admission_that_cannot_be_written_leaves_the_question() {
    let wrong = [
        Property::AuthenticationData(b"1"),
        Property::TopicAlias(1),
        Property::ReasonString("\0"),
        Property::ReceiveMaximum(0),
    ];
    for property in wrong {
        let mut world = asks_who();
        let hello = Hello::new(V5, "anna").stays().written();
        let [old, new] = [(); 2].map(|()| {
            let client = world.open(V5, "anna");
            world.send_bytes(client, &hello);
            client
        });
        world.accept(old);
        let (conn, now) = (world.id(new), world.now);
        let properties = &[property];
        let admission = Admission { properties: properties.into(), ..Admission::default() };
        let refused = world.broker.accept(conn, now, &admission);
        assert!(matches!(refused, Err(BrokerError::Session(UsageError::Encode(_)))), "{refused:?}");
        assert_eq!(world.broker.stats().connected, 1);
        world.publish(old, "t=1 q1");
        assert!(world.answer(old, 1).is_some());
        // The question is still to be answered; or the end of the connection answers it.
        if property == wrong[0] {
            world.cut(new);
            assert_eq!(world.broker.stats().connections, 1);
        } else {
            world.accept(new);
            assert_eq!(world.broker.stats().connected, 1);
        }
        world.broker.shut_down(world.now, &Disconnect::default());
        world.cut(old);
        world.cut(new);
        assert_eq!(world.broker.stats().connections, 0);
    }
}

#[test]
fn answers_to_what_was_not_asked_are_errors_and_change_nothing() {
    let mut world = World::with(BrokerConfig {
        authentication: Authentication::Ask,
        authorization: Authorization::Ask,
        ..config()
    });
    let anna = world.open(V5, "anna");
    answers_nothing(&mut world, anna, BrokerError::NotAsked);
    world.send_bytes(anna, &Hello::new(V5, "anna").written());
    let (conn, now) = (world.id(anna), world.now);
    // The wrong kind of answer.
    assert_eq!(world.broker.authorize(conn, now, ReasonCode::SUCCESS), Err(BrokerError::NotAsked));
    let refused = Err(BrokerError::Session(UsageError::NotAllowed));
    assert_eq!(world.broker.refuse(conn, now, &ConnAck::default()), refused);
    assert_eq!(world.broker.challenge(conn, now, Properties::EMPTY), refused);
    world.accept(anna);
    answers_nothing(&mut world, anna, BrokerError::NotAsked);
    world.publish(anna, "t=1 q1");
    let (conn, now) = (world.id(anna), world.now);
    assert_eq!(world.broker.accept(conn, now, &Admission::default()), Err(BrokerError::NotAsked));
    assert_eq!(world.broker.refuse(conn, now, &REFUSAL), Err(BrokerError::NotAsked));
    world.authorize(anna, 0);
    answers_nothing(&mut world, anna, BrokerError::NotAsked);
    assert_eq!(world.answer(anna, 1), Some(vec![0x10]));
    world.cut(anna);
    answers_nothing(&mut world, anna, BrokerError::Unknown);
}

#[test]
fn what_was_read_before_the_end_is_judged_all_the_same() {
    let mut world = asks_what();
    let watcher = world.join(V5, "watcher");
    world.subscribe(watcher, &["#"]);
    world.authorize(watcher, 0);
    let anna = world.accepted(&Hello::new(V5, "anna").will("w=gone"));
    world.events();
    world.publish(anna, "t=1");
    world.publish(anna, "t=2");
    world.leave(anna);
    world.cut(anna);
    world.tells(&["may anna publish t=1"]);
    world.authorize(anna, 0);
    world.tells(&["may anna publish t=2"]);
    world.authorize(anna, 0);
    world.tells(&["closed anna Disconnect(ReasonCode(0x00))"]);
    world.gets(watcher, &["t=1", "t=2"]);
}

#[test]
fn a_client_that_is_gone_before_it_is_accepted() {
    let mut world = asks_who();
    let anna = world.connect(&Hello::new(V5, "anna").will("w=gone"));
    world.cut(anna);
    world.tells(&["who is anna None", "closed anna Eof"]);
    answers_nothing(&mut world, anna, BrokerError::Unknown);
    let stats = world.broker.stats();
    assert_eq!((stats.connections, stats.sessions, stats.wills), (0, 0, 0));
}

#[test]
fn a_connection_that_is_taken_over_while_it_is_asked_about() {
    for is_deaf in [false, true] {
        let mut world = asks_what();
        let anna = world.accepted(&Hello::new(V5, "anna").stays());
        world.events();
        world.is_deaf = is_deaf;
        world.publish(anna, "t=1 q1");
        let second = world.connect(&Hello::new(V5, "anna").stays());
        let third = world.connect(&Hello::new(V5, "ben"));
        world.is_deaf = false;
        world.pump();
        assert_eq!(world.closed(anna), Some(Closed::TakenOver), "{is_deaf}");
        world.gets(anna, &["disconnect 8E"]);
        answers_nothing(&mut world, anna, BrokerError::Unknown);
        let told = world.events();
        assert!(told.contains(&"connected ben".to_owned()), "{told:?}");
        assert_eq!((world.connack(second), world.connack(third)), ("connack present", "connack"));
        assert_eq!(world.broker.stats().connections, 2);
    }
}

#[test]
fn a_connection_that_ends_by_itself_while_it_is_asked_about() {
    let mut world = asks_what();
    let anna = world.accepted(&Hello::new(V5, "anna").keep_alive(10).will("w=gone"));
    world
        .broker
        .subscribe(mqtt_core::TopicFilter::from_static("w"), Default::default(), 1)
        .unwrap();
    world.events();
    world.publish(anna, "t=1");
    world.tells(&["may anna publish t=1"]);
    world.pass(15);
    world.tells(&["message 1 w=gone", "closed anna Timeout(KeepAlive)"]);
    answers_nothing(&mut world, anna, BrokerError::Unknown);
    // The caller ends it: nobody waits for the answer.
    let ben = world.join(V5, "ben");
    world.publish(ben, "t=1");
    let (conn, now) = (world.id(ben), world.now);
    world.broker.disconnect(conn, now, &Disconnect::default()).unwrap();
    world.pump();
    assert_eq!(world.closed(ben), Some(Closed::Local));
    answers_nothing(&mut world, ben, BrokerError::Unknown);
}

const METHOD: Property<'static> = Property::AuthenticationMethod("m");

fn step(world: &mut World, client: Client, code: u8, data: &'static [u8]) {
    let list = [METHOD, Property::AuthenticationData(data)];
    let auth = mqtt_core::Auth { reason: ReasonCode(code), properties: Properties::new(&list) };
    world.send_packet(client, auth);
}

fn challenge(world: &mut World, client: Client, data: &'static [u8]) {
    let list = [Property::AuthenticationData(data)];
    let (conn, now) = (world.id(client), world.now);
    assert_eq!(world.broker.challenge(conn, now, Properties::new(&list)), Ok(()));
    world.pump();
}

const CHALLENGE: &str = "auth 18 AuthenticationData(1 bytes) AuthenticationMethod(\"m\")";

#[test]
fn an_authentication_in_steps_at_connect_and_once_more() {
    let mut world = asks_who();
    let anna = world.connect(&Hello::new(V5, "anna").property(METHOD));
    world.tells(&["who is anna None"]);
    challenge(&mut world, anna, &[1]);
    world.gets(anna, &[CHALLENGE]);
    step(&mut world, anna, 0x18, &[2]);
    let told = "of anna AuthenticationMethod(\"m\") AuthenticationData(1 bytes)";
    world.tells(&[&format!("auth 18 {told}")]);
    challenge(&mut world, anna, &[1]);
    step(&mut world, anna, 0x18, &[2]);
    world.accept(anna);
    assert!(world.offers(anna).contains(&"AuthenticationMethod(\"m\")".to_owned()));
    world.got(anna);
    world.events();
    // Once more, while messages come and go.
    world.subscribe(anna, &["t"]);
    step(&mut world, anna, 0x19, &[2]);
    world.tells(&[&format!("auth 19 {told}")]);
    world.publish_inside("t=1");
    challenge(&mut world, anna, &[1]);
    world.gets(anna, &["t=1", CHALLENGE]);
    world.publish(anna, "t=2");
    world.gets(anna, &["t=2"]);
    step(&mut world, anna, 0x18, &[2]);
    world.events();
    world.accept(anna);
    world.gets(anna, &["auth AuthenticationMethod(\"m\")"]);
    world.tells(&[]);
    // And refused.
    step(&mut world, anna, 0x19, &[2]);
    world.refuse(anna, 0x87);
    world.gets(anna, &["disconnect 87"]);
    assert_eq!(world.closed(anna), Some(Closed::Local));
}

#[test]
fn a_client_does_not_answer_a_challenge() {
    let mut world = asks_who();
    let anna = world.connect(&Hello::new(V5, "anna").property(METHOD));
    challenge(&mut world, anna, &[1]);
    world.events();
    world.pass(100);
    world.tells(&["closed anna Timeout(Connect)"]);
    // Or wrongly, or by a packet that may not come now.
    for (bytes, code) in [("F0 06 18 04 15 00 01 'n'", "82"), ("C0 00", "82")] {
        let anna = world.connect(&Hello::new(V5, "anna").property(METHOD));
        challenge(&mut world, anna, &[1]);
        world.send(anna, bytes);
        assert_eq!(world.connack(anna), format!("connack {code}"));
        assert!(world.closed(anna).is_some());
    }
    assert_eq!(world.broker.stats().connections, 0);
}

#[test]
fn a_method_that_there_is_none_of() {
    let mut world = World::new();
    let anna = world.connect(&Hello::new(V5, "anna").property(METHOD));
    assert_eq!(world.connack(anna), "connack 8C");
}

#[test]
fn rules_are_for_all_that_clients_do() {
    for asks in [false, true] {
        let acl = Acl::parse("allow all user anna own/%c/#\ndefault deny").unwrap();
        let authentication = match asks {
            true => Authentication::Ask,
            false => Authentication::AllowAll,
        };
        let authorization = Authorization::Acl(acl);
        let mut world = World::with(BrokerConfig { authentication, authorization, ..config() });
        let comes = |world: &mut World, hello: &Hello| {
            let client = world.connect(hello);
            if asks && world.closed(client).is_none() {
                world.accept(client);
            }
            (client, world.connack(client).to_owned())
        };
        let (c1, connack) =
            comes(&mut world, &Hello::new(V5, "c1").user("anna").will("own/c1/w=1"));
        assert_eq!(connack, "connack");
        assert_eq!(world.subscribe(c1, &["own/c1/+ q1", "own/c2/+", "#"]), [1, 0x87, 0x87]);
        assert_eq!(world.publish(c1, "own/c1/t=1 q1"), Some(0));
        assert_eq!(world.publish(c1, "own/c2/t=1 q1 retain"), Some(0x87));
        let (c2, _) = comes(&mut world, &Hello::new(V311, "c2").user("ben"));
        assert_eq!(world.subscribe(c2, &["own/c2/t"]), [0x80]);
        assert_eq!(world.publish(c2, "own/c2/t=1 q1 retain"), Some(0));
        assert_eq!(world.broker.stats().retained, 0);
        // Wills too.
        for (hello, wanted) in [
            (Hello::new(V5, "c3").user("anna").will("own/c1/w=1"), "connack 87"),
            (Hello::new(V5, "c3").user("ben").will("own/c3/w=1"), "connack 87"),
            (Hello::new(V311, "c3").user("ben").will("own/c3/w=1"), "connack 05"),
            (Hello::new(V5, "c3").user("anna").will("own/c3/w=1"), "connack"),
        ] {
            assert_eq!(comes(&mut world, &hello).1, wanted, "{asks}");
        }
    }
}

#[test]
fn the_caller_says_who_a_client_is_for_the_rules() {
    let acl = Acl::parse("allow all user trusted #\ndefault deny").unwrap();
    let (authentication, authorization) = (Authentication::Ask, Authorization::Acl(acl));
    let mut world = World::with(BrokerConfig { authentication, authorization, ..config() });
    let anna = world.connect(&Hello::new(V5, "anna").user("token").will("w=1"));
    let admission = Admission { user_name: Some("trusted"), ..Admission::default() };
    let (conn, now) = (world.id(anna), world.now);
    assert_eq!(world.broker.accept(conn, now, &admission), Ok(()));
    world.pump();
    assert_eq!(world.connack(anna), "connack");
    assert_eq!(world.subscribe(anna, &["t"]), [0]);
}

#[test]
fn who_does_not_say_connect_in_time_is_gone_and_who_is_asked_about_is_not() {
    let mut world = asks_who();
    let (silent, anna) = (world.open(V5, "silent"), world.connect(&Hello::new(V5, "anna")));
    world.pass(30);
    assert_eq!(world.closed(silent), Some(Closed::Timeout(Timer::Connect)));
    world.pass(3000);
    assert_eq!(world.closed(anna), None);
    world.accept(anna);
    assert_eq!(world.connack(anna), "connack");
}

/// A caller that reads no more of a connection than it is asked to, and hears of it by `poll_writable`.
#[test]
fn a_connection_whose_input_may_go_on_after_an_answer_is_named() {
    let now = Instant::default();
    let config = BrokerConfig { authorization: Authorization::Ask, ..config() };
    let mut broker: Broker<RandomState> = Broker::new(config, now);
    let conn = broker.open(now).unwrap();
    let hello = b"\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01a";
    assert_eq!(broker.handle_input(conn, now, hello), hello.len());
    while broker.poll_event().is_some() {}
    while let Some((_, mut connack)) = broker.poll_transmit() {
        connack.advance(connack.remaining());
    }
    // Ten messages of QoS 0, to which nothing is answered.
    let mut message = vec![0x30, 0xA3, 0x8D, 0x06, 0, 1, b't'];
    message.resize(4 + 3 + 100_000, b'x');
    let mut input = message.repeat(10);
    let mut asked = 0;
    while !input.is_empty() {
        loop {
            let taken = broker.handle_input(conn, now, &input);
            input.drain(..taken);
            if taken == 0 {
                break;
            }
        }
        let mut may_go_on = false;
        while !may_go_on && !input.is_empty() {
            let event = broker.poll_event();
            let is_question = matches!(event, Some(BrokerEvent::Authorize { .. }));
            assert!(is_question, "{} bytes are left, and there is {event:?}", input.len());
            asked += 1;
            broker.authorize(conn, now, ReasonCode::SUCCESS).unwrap();
            may_go_on = core::iter::from_fn(|| broker.poll_writable()).any(|it| it == conn);
        }
    }
    assert!(asked >= 8);
}
