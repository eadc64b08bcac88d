//! What a server keeps of the packets of its client.

use crate::kit::{Peer, Session, Setup, written};
use mqtt_core::{
    ClientSession, ConnAck, Connect, PacketId, ReasonCode, ReasonCodes, ServerSession,
    TopicFilters, UnsubAck, Unsubscribe, Version, Will,
};

const ALL: [Version; 3] = [Version::V5, Version::V311, Version::V31];

fn is_there(server: &Peer<ServerSession>) -> bool {
    server.session.will().is_some_and(|will| (will.topic, will.payload) == ("w", b"!"))
}

/// A will is good, though the rest of its CONNECT is only let pass.
#[test]
fn a_will_of_a_connect_that_is_let_pass() {
    // A password without a user name.
    let mut setup = Setup::new(Version::V311);
    setup.session.strictness.allow_password_without_user_name = true;
    let mut server = Peer::server(&setup);
    let connect = "10 16 00 04 'MQTT' 04 46 00 00 00 01 'c' 00 01 'w' 00 01 '!' 00 01 'p'";
    server.gets(connect, &["connect c"], "");
    server.accept(&setup, None);
    server.end();
    assert!(is_there(&server));
    // A client identifier of 26 characters.
    let mut setup = Setup::new(Version::V31);
    setup.session.strictness.allow_long_client_id = true;
    let mut server = Peer::server(&setup);
    let id = "abcdefghijklmnopqrstuvwxyz";
    let connect = format!("10 2E 00 06 'MQIsdp' 03 06 00 00 00 1A '{id}' 00 01 'w' 00 01 '!'");
    server.gets(&connect, &[&format!("connect {id}")], "");
    server.accept(&setup, None);
    server.end();
    assert!(is_there(&server));
}

/// The password is of no use once the client is accepted.
#[test]
fn nothing_but_the_will_is_kept() {
    let (payload, password) = (vec![b'!'; 10_000], vec![b'p'; 60_000]);
    for version in ALL {
        let bytes = |will: &[u8]| {
            let will = Some(Will { topic: "w", payload: will, ..Will::default() });
            let (user_name, password) = (Some("u"), Some(password.as_slice()));
            let connect = Connect {
                version,
                client_id: "c",
                will,
                user_name,
                password,
                ..Connect::default()
            };
            let setup = Setup::new(version);
            let mut server = Peer::server(&setup);
            server.receive(&written(version, connect));
            server.tells(&["connect c"]);
            server.accepts(&ConnAck::default(), None).unwrap();
            server.output();
            server.session.shrink_to_fit();
            server.session.heap_bytes()
        };
        assert!(bytes(b"!") < 500, "{}", bytes(b"!"));
        assert!((10_000..11_000).contains(&bytes(&payload)), "{}", bytes(&payload));
    }
}

/// Requests that wait for the caller are memory too, which is given back when they are answered.
#[test]
fn requests_are_counted() {
    let names: Vec<_> = (0..512).map(|number| format!("topic/{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let mut client = ClientSession::up(&Setup::new(Version::V5));
    let unsubscribe =
        Unsubscribe { filters: TopicFilters::new(&names), ..Unsubscribe::new(PacketId::MIN) };
    client.session.unsubscribe(client.now(), &unsubscribe, 1).unwrap();
    let mut server = ServerSession::up(&Setup::new(Version::V5));
    server.session.shrink_to_fit();
    let before = server.session.heap_bytes();
    server.receive(&client.output());
    server.tells(&["unsubscribe #1"]);
    server.session.shrink_to_fit();
    assert!(server.session.heap_bytes() >= before + 512);
    let codes = [ReasonCode::SUCCESS; 512];
    let unsuback = UnsubAck { reasons: ReasonCodes::new(&codes), ..UnsubAck::new(PacketId::MIN) };
    server.session.unsuback(server.now(), &unsuback).unwrap();
    client.receive(&server.output());
    assert_eq!(client.events().len(), 1);
    server.session.shrink_to_fit();
    assert_eq!(server.session.heap_bytes(), before);
}
