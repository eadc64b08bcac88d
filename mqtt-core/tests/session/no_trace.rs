//! A command that fails has changed nothing: what comes after it is what comes without it.

use crate::kit::{Peer, Session, Setup, bytes, hex};
use bytes::Bytes;
use mqtt_core::{
    Auth, ClientSession, ConnAck, Connect, Disconnect, PacketId, Properties, Property, Publish,
    QoS, ReasonCode, ReasonCodes, ServerSession, SessionState, SubAck, Subscribe, Subscription,
    Subscriptions, TopicFilters, UnsubAck, Unsubscribe, UsageError, Version, WhenFull, Will,
};

const ALL: [Version; 3] = [Version::V5, Version::V311, Version::V31];
const METHOD: Property<'static> = Property::AuthenticationMethod("m");
const ID: PacketId = PacketId::MIN;

type Result = core::result::Result<(), UsageError>;
type Command<S> = (&'static str, Box<dyn Fn(&mut Peer<S>) -> Result>);

fn command<S>(name: &'static str, run: impl Fn(&mut Peer<S>) -> Result + 'static) -> Command<S> {
    (name, Box::new(run))
}

fn list(properties: &[Property<'static>]) -> Properties<'static> {
    Properties::new(Vec::leak(properties.to_vec()))
}

fn auth(code: u8, method: &'static str) -> Auth<'static> {
    let properties = list(&[Property::AuthenticationMethod(method)]);
    Auth { reason: ReasonCode(code), properties }
}

fn bye(code: u8, properties: &[Property<'static>]) -> Disconnect<'static> {
    Disconnect { reason: ReasonCode(code), properties: list(properties) }
}

/// Messages that are none, for both roles.
fn messages<S: Session + 'static>() -> Vec<Command<S>> {
    let plain = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
    let of = |properties: &[Property<'static>]| Publish { properties: list(properties), ..plain };
    let messages = [
        ("a wildcard", Publish { topic: "a/#", ..plain }),
        ("no topic", Publish { topic: "", ..plain }),
        ("DUP", Publish { dup: true, ..plain }),
        ("an identifier", Publish { packet_id: Some(ID), ..plain }),
        (
            "QoS 2 and an identifier",
            Publish { qos: QoS::ExactlyOnce, packet_id: Some(ID), ..plain },
        ),
        ("too large", Publish { payload: &[0; 100], ..plain }),
        ("retained", Publish { retain: true, ..plain }),
        ("a foreign property", of(&[Property::ReceiveMaximum(5)])),
        ("a wildcard to respond to", of(&[Property::ResponseTopic("a/#")])),
        ("alias 0", of(&[Property::TopicAlias(0)])),
        ("alias 3", of(&[Property::TopicAlias(3)])),
        ("two aliases", of(&[Property::TopicAlias(1), Property::TopicAlias(2)])),
        ("an unknown alias", Publish { topic: "", ..of(&[Property::TopicAlias(1)]) }),
        (
            "too large with its alias",
            Publish { payload: &[0; 24], qos: QoS::AtMostOnce, ..of(&[Property::TopicAlias(1)]) },
        ),
        ("an expiry twice", {
            let expiry = Property::MessageExpiryInterval(1);
            of(&[expiry, expiry])
        }),
    ];
    let mut all: Vec<_> = messages
        .into_iter()
        .map(|(name, message)| {
            command(name, move |it: &mut Peer<S>| {
                it.session.send(it.now(), &message, 9, WhenFull::Reject).map(|_| ())
            })
        })
        .collect();
    let apart = |name, publish: Publish<'static>, len| {
        command(name, move |it: &mut Peer<S>| {
            let body = Bytes::from(vec![0; len]);
            it.session.send_bytes(it.now(), &publish, &body, 9, WhenFull::Queue).map(|_| ())
        })
    };
    all.push(apart("two payloads", Publish { payload: b"!", ..plain }, 5));
    all.push(apart("a wildcard and a payload apart", Publish { topic: "+", ..plain }, 5_000));
    all.push(apart("a payload apart that is too large", plain, 5_000));
    all
}

fn connect(
    name: &'static str,
    of: impl Fn(Connect<'static>) -> Connect<'static> + 'static,
) -> Command<ClientSession> {
    command(name, move |it: &mut Peer<ClientSession>| {
        let connect = Connect {
            version: it.version,
            client_id: "c",
            clean_start: true,
            ..Connect::default()
        };
        it.session.connect(it.now(), &of(connect))
    })
}

fn subscribe(
    name: &'static str,
    filters: &'static [&'static str],
    id: Option<u32>,
) -> Command<ClientSession> {
    command(name, move |it: &mut Peer<ClientSession>| {
        let all: Vec<_> =
            filters.iter().map(|it| Subscription::new(it, QoS::AtLeastOnce)).collect();
        let list: Vec<_> = id.map(Property::SubscriptionIdentifier).into_iter().collect();
        let (filters, properties) = (Subscriptions::new(&all), Properties::new(&list));
        let subscribe = Subscribe { filters, properties, ..Subscribe::new(ID) };
        it.session.subscribe(it.now(), &subscribe, 9).map(|_| ())
    })
}

fn unsubscribe(name: &'static str, filters: &'static [&'static str]) -> Command<ClientSession> {
    command(name, move |it: &mut Peer<ClientSession>| {
        let filters = TopicFilters::new(filters);
        let unsubscribe = Unsubscribe { filters, ..Unsubscribe::new(ID) };
        it.session.unsubscribe(it.now(), &unsubscribe, 9).map(|_| ())
    })
}

fn of_client() -> Vec<Command<ClientSession>> {
    type Client = Peer<ClientSession>;
    let other = |version| if version == Version::V5 { Version::V311 } else { Version::V5 };
    let will = Will { topic: "#", ..Will::default() };
    let mut all = messages();
    all.extend([
        connect("another version", move |it| Connect { version: other(it.version), ..it }),
        connect("a will to a wildcard", move |it| Connect { will: Some(will), ..it }),
        connect("a foreign property", |it| Connect {
            properties: list(&[Property::TopicAlias(1)]),
            ..it
        }),
        subscribe("to nothing", &[], None),
        subscribe("to no filter", &["a#"], None),
        subscribe("too large", &["0123456789012345678901234567890123456789"], None),
        subscribe("identifier 0", &["a"], Some(0)),
        unsubscribe("from nothing", &[]),
        unsubscribe("from no filter", &["a#"]),
        command("AUTH without a method", |it: &mut Client| {
            it.session.auth(it.now(), &Auth::default())
        }),
        command("AUTH that goes on", |it: &mut Client| it.session.auth(it.now(), &auth(0x18, "m"))),
        command("AUTH by another method", |it: &mut Client| {
            it.session.auth(it.now(), &auth(0x19, "n"))
        }),
    ]);
    let byes = [
        bye(0x8B, &[]),
        bye(0, &[Property::SessionExpiryInterval(5)]),
        bye(0, &[Property::ServerReference("b")]),
        bye(0, &[Property::ReceiveMaximum(5)]),
    ];
    for bye in byes {
        all.push(command("DISCONNECT", move |it: &mut Client| {
            it.session.disconnect(it.now(), &bye)
        }));
        all.push(command("quiesce", move |it: &mut Client| it.session.quiesce(it.now(), &bye)));
    }
    all
}

fn of_server() -> Vec<Command<ServerSession>> {
    type Server = Peer<ServerSession>;
    let accept = |name, connack: ConnAck<'static>, has_state: bool| {
        command(name, move |it: &mut Server| {
            it.accepts(&connack, has_state.then(SessionState::default))
        })
    };
    let plain = ConnAck::default();
    let present = ConnAck { session_present: true, ..plain };
    let refusal = |code| ConnAck { reason: ReasonCode(code), ..plain };
    let mut all = messages();
    all.extend([
        accept("a refusal that accepts", refusal(0x87), false),
        accept("a session without state", present, false),
        accept("a state without a session", plain, true),
        accept("a state for a clean start", present, true),
        accept(
            "a foreign property",
            ConnAck { properties: list(&[Property::TopicAlias(1)]), ..plain },
            false,
        ),
        accept("a method", ConnAck { properties: list(&[METHOD]), ..plain }, false),
        command("UNSUBACK for a SUBSCRIBE", |it: &mut Server| {
            it.session.unsuback(it.now(), &UnsubAck::new(PacketId::new(5).unwrap()))
        }),
        command("AUTH without a method", |it: &mut Server| {
            it.session.auth(it.now(), &Auth::default())
        }),
        command("AUTH", |it: &mut Server| it.session.auth(it.now(), &auth(0x18, "m"))),
    ]);
    for connack in [plain, refusal(0x04), ConnAck { session_present: true, ..refusal(0x9F) }] {
        all.push(command("refuse", move |it: &mut Server| it.session.refuse(it.now(), &connack)));
    }
    for (id, codes) in [(9, &[0, 0][..]), (5, &[0]), (5, &[1, 1]), (5, &[0, 0x18])] {
        all.push(command("SUBACK", move |it: &mut Server| suback(it, id, codes)));
    }
    for bye in [bye(0x04, &[]), bye(0, &[Property::SessionExpiryInterval(0)])] {
        all.push(command("DISCONNECT", move |it: &mut Server| {
            it.session.disconnect(it.now(), &bye)
        }));
        all.push(command("quiesce", move |it: &mut Server| it.session.quiesce(it.now(), &bye)));
    }
    all
}

fn suback(server: &mut Peer<ServerSession>, id: u16, codes: &[u8]) -> Result {
    let codes: Vec<_> = codes.iter().map(|code| ReasonCode(*code)).collect();
    let reasons = ReasonCodes::new(&codes);
    let suback = SubAck { reasons, ..SubAck::new(PacketId::new(id).unwrap()) };
    server.session.suback(server.now(), &suback)
}

/// What a session does from now on.
fn goes_on<S: Session>(it: &mut Peer<S>) -> Vec<String> {
    let mut log = vec![format!("{:?}", it.due())];
    log.extend(it.events());
    log.push(hex(&it.output()));
    let aliased = list(&[Property::TopicAlias(1)]);
    for (topic, qos) in [("a", QoS::AtMostOnce), ("t", QoS::AtLeastOnce), ("", QoS::AtMostOnce)] {
        let publish = Publish { topic, qos, properties: aliased, ..Publish::default() };
        log.push(format!("{:?}", it.session.send(it.now(), &publish, 5, WhenFull::Queue)));
    }
    for qos in 0..3 {
        log.push(format!("{:?}", it.publish(qos, 20 + u64::from(qos))));
    }
    log.push(hex(&it.output()));
    it.receive(&bytes("40 02 00 01"));
    log.extend(it.events());
    for millis in [9_000, 20_000, 40_000] {
        it.at(millis);
        log.push(format!("{:?}", it.due()));
        log.extend(it.events());
        log.push(hex(&it.output()));
    }
    log
}

/// Runs each command in a session of each kind, and compares it with its twin. Gives the names of those
/// that have failed.
fn compare<S: Session>(
    commands: &[Command<S>],
    what: &str,
    make: impl Fn() -> Peer<S>,
    goes_on: impl Fn(&mut Peer<S>) -> Vec<String>,
) -> Vec<&'static str> {
    let mut failed = Vec::new();
    for (name, run) in commands {
        let (mut one, mut other) = (make(), make());
        match run(&mut one) {
            // That there will be room again is to be told.
            Ok(()) | Err(UsageError::WouldBlock(_)) => {}
            Err(error) => {
                assert_eq!(goes_on(&mut one), goes_on(&mut other), "{what}: {name}: {error:?}");
                failed.push(*name);
            }
        }
    }
    failed
}

fn setups(version: Version) -> [Setup; 3] {
    let setup = Setup::new(version).keep_alive(10);
    [
        setup.clone().manual(),
        setup
            .clone()
            .peer_v5(Property::ReceiveMaximum(1))
            .peer_v5(Property::TopicAliasMaximum(2))
            .peer_v5(Property::MaximumPacketSize(30)),
        setup
            .own_v5(METHOD)
            .peer_v5(METHOD)
            .peer_v5(Property::RetainAvailable(false))
            .peer_v5(Property::MaximumQoS(QoS::AtMostOnce)),
    ]
}

#[test]
fn a_command_of_a_client_that_fails() {
    let commands = of_client();
    let mut failed = Vec::new();
    for version in ALL {
        for (number, setup) in setups(version).iter().enumerate() {
            // Not connected, without CONNACK, connected, with open messages, quiescing, closed.
            for phase in 0..6 {
                let make = || {
                    let mut client = Peer::client(setup);
                    if phase >= 1 {
                        client.connect(setup, true);
                    }
                    if phase >= 2 {
                        client.connack(setup, false, "connected");
                    }
                    if phase >= 3 {
                        // Some do not find room, or are not taken.
                        (0..3).for_each(|qos| _ = client.publish(qos, qos.into()));
                    }
                    if phase == 4 {
                        client.session.quiesce(client.now(), &bye(0, &[])).unwrap();
                    }
                    if phase == 5 {
                        client.session.handle_eof(client.now());
                        client.events();
                    }
                    client
                };
                let run = |client: &mut Peer<ClientSession>| {
                    let mut log = vec![format!("{:?}", client.session.stats())];
                    if phase == 0 || phase == 5 {
                        client.connect(setup, false);
                    }
                    if matches!(phase, 0 | 1 | 5) {
                        client.receive(&setup.connack(phase == 5));
                    }
                    log.extend(goes_on(client));
                    log
                };
                let what = format!("{version:?}, {number}, {phase}");
                failed.extend(compare(&commands, &what, make, run));
            }
        }
    }
    all_have_failed(&commands, &failed);
}

#[test]
fn a_command_of_a_server_that_fails() {
    let commands = of_server();
    let mut failed = Vec::new();
    for version in ALL {
        for (number, setup) in setups(version).iter().take(2).enumerate() {
            // Without CONNECT, not accepted, accepted, asked for a subscription, closed.
            for phase in 0..5 {
                let make = || {
                    let mut server = Peer::server(setup);
                    if phase >= 1 {
                        server.asked(setup, true);
                    }
                    if phase >= 2 {
                        server.accept(setup, None);
                    }
                    if phase >= 3 {
                        let subscribe = match version {
                            Version::V5 => "82 0C 00 05 00 00 01 'a' 00 00 02 'bb' 01",
                            _ => "82 0B 00 05 00 01 'a' 00 00 02 'bb' 01",
                        };
                        server.receive(&bytes(subscribe));
                        server.tells(&["subscribe #5"]);
                        server.publish(1, 1).unwrap();
                    }
                    if phase == 4 {
                        server.session.handle_eof(server.now());
                        server.events();
                    }
                    server
                };
                let run = |server: &mut Peer<ServerSession>| {
                    if phase == 0 {
                        server.asked(setup, true);
                    }
                    if phase <= 1 {
                        server.accept(setup, None);
                    }
                    let mut log = vec![format!("{:?}", suback(server, 5, &[0, 1]))];
                    log.extend(goes_on(server));
                    let session = &server.session;
                    log.push(format!("{:?} {}", session.will(), session.session_expiry()));
                    log
                };
                let what = format!("{version:?}, {number}, {phase}");
                failed.extend(compare(&commands, &what, make, run));
            }
        }
    }
    all_have_failed(&commands, &failed);
}

/// Each command has failed somewhere.
fn all_have_failed<S>(commands: &[Command<S>], failed: &[&str]) {
    let never: Vec<_> = commands.iter().map(|(name, _)| name).collect();
    let never: Vec<_> = never.into_iter().filter(|name| !failed.contains(name)).collect();
    assert!(never.is_empty(), "{never:?}");
}
