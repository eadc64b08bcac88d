//! What outlives a connection, and what does not come from it.

use crate::kit::{Peer, Session, Setup, bytes, hex, publish, written};
use mqtt_core::{
    ClientSession, ConnAck, Event, Properties, Property, Publish, ServerSession, SessionState,
    UsageError, Version, WhenFull,
};
use std::collections::HashMap;

const V5: Version = Version::V5;
const V311: Version = Version::V311;

/// A server's session that has a message open and one that waits, after its connection.
fn left(setup: &Setup) -> SessionState {
    let mut server = ServerSession::up(setup);
    server.opens(1, 1);
    server.end();
    server.publish(1, 2).unwrap();
    server.session.into_state()
}

#[test]
fn v5_3_1_2_4_a_clean_start_begins_with_nothing() {
    let setup = Setup::new(V5).own(Property::SessionExpiryInterval(60));
    let state = left(&setup);
    let mut server = Peer::server(&setup);
    server.asked(&setup, true);
    let connack = ConnAck { session_present: true, ..ConnAck::default() };
    let refused = server.accepts(&connack, Some(state));
    assert_eq!(refused, Err(UsageError::NotAllowed));
    server.accepts(&ConnAck::default(), None).unwrap();
    server.sends("20 03 00 00 00");
    server.publishes(1, 3, &publish(V5, 0x32, 1));

    let mut client = ClientSession::up(&setup);
    client.opens(1, 1);
    client.gets(&publish(V5, 0x34, 9), &["message t 2 !"], "50 02 00 09");
    client.end();
    client.connect(&setup, true);
    client.receive(&setup.connack(false));
    client.tells(&["lost 1", "dropped 1 SessionLost"]);
    // What the other session had under this identifier is another message now.
    client.gets(&publish(V5, 0x34, 9), &["message t 2 !"], "50 02 00 09");
}

#[test]
fn v5_3_1_2_23_a_session_is_kept_at_both_ends() {
    let setup = Setup::new(V5)
        .own(Property::SessionExpiryInterval(60))
        .peer(Property::SessionExpiryInterval(60));
    let server = ServerSession::up(&setup);
    assert_eq!(server.session.session_expiry(), 60);
    let state = left(&setup);
    assert_eq!((state.open_messages(), state.queued_messages()), (1, 1));
    let mut server = Peer::server(&setup);
    server.at(29_000);
    server.asked(&setup, false);
    server.accept(&setup, Some(state));
    server.sends(&[publish(V5, 0x3A, 1), publish(V5, 0x32, 2)].join(" "));

    let mut client = ClientSession::up(&setup);
    client.opens(2, 1);
    client.at(29_000);
    let mut client = ClientSession::next(client, &setup, true);
    client.tells(&["resumed"]);
    client.sends(&publish(V5, 0x3C, 1));
}

fn kept_without_clean_session(version: Version) {
    let setup = Setup::new(version);
    let mut states = HashMap::from([("c", left(&setup))]);
    for known in [true, false] {
        let mut server = Peer::server(&setup);
        server.asked(&setup, false);
        assert_eq!(server.session.session_expiry(), u32::MAX);
        let state = states.remove("c");
        assert_eq!(state.is_some(), known);
        let connack = ConnAck { session_present: known, ..ConnAck::default() };
        server.accepts(&connack, state).unwrap();
        let open = [publish(version, 0x3A, 1), publish(version, 0x32, 2)].join(" ");
        match known {
            true => server.sends(&format!("20 02 01 00 {open}")),
            false => server.sends("20 02 00 00"),
        }
    }
}

#[test]
fn v311_3_1_2_4_the_session_goes_on_or_is_new() {
    kept_without_clean_session(V311);
}

/// CONNECT of a client that has no identifier, or this one.
fn connect(client_id: &str) -> Vec<u8> {
    let packet =
        mqtt_core::Connect { client_id, clean_start: false, ..mqtt_core::Connect::default() };
    written(V5, packet)
}

/// CONNACK that assigns an identifier.
fn assigned(server: &mut Peer<ServerSession>, client_id: &str) -> String {
    let list = [Property::AssignedClientIdentifier(client_id)];
    let connack = ConnAck { properties: Properties::new(&list), ..ConnAck::default() };
    server.accepts(&connack, None).unwrap();
    hex(&server.output())
}

#[test]
fn v5_3_1_3_7_an_assigned_identifier_is_told_and_found_again() {
    let setup = Setup::new(V5);
    let mut states = HashMap::new();
    let mut server = Peer::server(&setup);
    server.receive(&connect(""));
    server.tells(&["connect "]);
    assert_eq!(assigned(&mut server, "x7"), "20 08 00 00 05 12 00 02 78 37");
    server.opens(1, 1);
    server.end();
    states.insert("x7", server.session.into_state());
    let mut server = Peer::server(&setup);
    server.receive(&connect("x7"));
    server.tells(&["connect x7"]);
    let connack = ConnAck { session_present: true, ..ConnAck::default() };
    server.accepts(&connack, states.remove("x7")).unwrap();
    server.sends(&format!("20 03 01 00 00 {}", publish(V5, 0x3A, 1)));
}

#[test]
fn v5_3_2_2_16_an_empty_identifier_is_answered_with_one() {
    let mut server = Peer::server(&Setup::new(V5));
    server.receive(&connect(""));
    server.tells(&["connect "]);
    assert_eq!(server.accepts(&ConnAck::default(), None), Err(UsageError::NotAllowed));
    server.sends("");
    assert_eq!(assigned(&mut server, "x"), "20 07 00 00 04 12 00 01 78");
}

/// A message that came as a repeat goes on to another client.
fn forwarded(version: Version) {
    let mut from = ServerSession::up(&Setup::new(version));
    let mut to = ServerSession::up(&Setup::new(version));
    from.receive(&bytes(&publish(version, 0x3A, 9)));
    let Some(Event::Message { publish: came, .. }) = from.session.poll_event() else {
        panic!("no message")
    };
    assert!(came.dup);
    let now = to.now();
    // The bit cannot be taken over.
    let refused = to.session.deliver(now, &Publish { packet_id: None, ..came }, 1, WhenFull::Queue);
    assert_eq!(refused, Err(UsageError::NotAllowed));
    let goes = Publish { dup: false, packet_id: None, ..came };
    to.session.deliver(now, &goes, 1, WhenFull::Queue).unwrap();
    to.sends(&publish(version, 0x32, 1));
    // It is set only when this side repeats.
    let mut to = ServerSession::next(to, &Setup::new(version), true);
    to.sends(&publish(version, 0x3A, 1));
}

#[test]
fn v5_3_3_1_3_dup_is_of_the_outgoing_packet() {
    forwarded(V5);
}

#[test]
fn v311_3_3_1_3_dup_is_of_the_outgoing_packet() {
    forwarded(V311);
}
