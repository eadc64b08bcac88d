//! Silence.

use crate::kit::{Peer, Session, Setup, bytes, publish};
use mqtt_core::{ClientSession, Property, Publish, ServerSession, Version, WhenFull};

const V5: Version = Version::V5;
const V311: Version = Version::V311;

/// The DISCONNECT that 5.0 has for a code.
fn last(version: Version, code: &str) -> String {
    if version == V5 { format!("E0 01 {code}") } else { String::new() }
}

fn a_silent_client_pings(version: Version) {
    let mut client = ClientSession::up(&Setup::new(version).keep_alive(10));
    client.at(4_000);
    client.publishes(0, 1, &publish(version, 0x30, 0));
    client.at(10_000);
    client.sends("");
    client.at(14_000);
    client.sends("C0 00");
}

#[test]
fn v5_3_1_2_20_a_silent_client_sends_pingreq() {
    a_silent_client_pings(V5);
    let mut client = ClientSession::up(&Setup::new(V5));
    client.at(u64::MAX);
    client.sends("");
}

#[test]
fn v311_3_1_2_23_a_silent_client_sends_pingreq() {
    a_silent_client_pings(V311);
}

#[test]
fn v5_3_1_2_21_server_keep_alive_replaces_that_of_connect() {
    let setup = Setup::new(V5).keep_alive(60);
    let mut client = ClientSession::up(&setup.clone().peer(Property::ServerKeepAlive(10)));
    client.at(10_000);
    client.sends("C0 00");
    let mut server = ServerSession::up(&setup.own(Property::ServerKeepAlive(10)));
    server.at(15_000);
    server.tells(&["closed timeout KeepAlive"]);
}

#[test]
fn v5_3_2_2_21_a_client_keeps_to_server_keep_alive() {
    for seconds in [0, 60] {
        let setup = Setup::new(V5).keep_alive(seconds).peer(Property::ServerKeepAlive(5));
        let mut client = ClientSession::up(&setup);
        // An eighth of it earlier, so that it is in time.
        client.at(4_374);
        client.sends("");
        client.at(4_375);
        client.sends("C0 00");
    }
}

fn one_and_a_half_times(version: Version) {
    let mut server = ServerSession::up(&Setup::new(version).keep_alive(10));
    server.at(14_999);
    server.tells(&[]);
    server.sends("");
    server.at(15_000);
    server.tells(&["closed timeout KeepAlive"]);
    server.sends(&last(version, "8D"));
}

#[test]
fn v5_3_1_2_22_a_server_closes_after_one_and_a_half_times() {
    one_and_a_half_times(V5);
}

#[test]
fn v311_3_1_2_24_a_server_closes_after_one_and_a_half_times() {
    one_and_a_half_times(V311);
}

#[test]
fn v5_3_2_2_22_without_server_keep_alive_that_of_connect_holds() {
    one_and_a_half_times(V5);
    assert_eq!(ServerSession::up(&Setup::new(V5)).due(), None);
}

/// A session that has more to send than it may keep, and whose peer takes nothing of it.
fn stuck<S: Session>(version: Version) -> Peer<S> {
    let mut setup = Setup::new(version).keep_alive(10).manual();
    setup.session.max_output = 100;
    let mut it = S::up(&setup);
    let payload = [0; 200];
    let publish = Publish { topic: "t", payload: &payload, ..Publish::default() };
    it.session.send(it.now(), &publish, 0, WhenFull::Queue).unwrap();
    it
}

#[test]
fn v311_4_8_0_2_what_cannot_be_handled_ends_the_connection() {
    let mut server = stuck::<ServerSession>(V311);
    let message = publish(V311, 0x32, 7);
    let mut taken = 0;
    // Nothing is read, and no more taken than a bounded buffer holds.
    for _ in 0..10_000 {
        let some = server.session.handle_input(server.now(), &bytes(&message));
        server.tells(&[]);
        taken += some;
    }
    assert!((1..100_000).contains(&taken), "{taken}");
    assert_eq!(server.session.handle_input(server.now(), &bytes(&message)), 0);
    server.at(15_000);
    server.tells(&["closed timeout KeepAlive"]);
    let output = server.output();
    assert_eq!((output.len(), output[0]), (2 + 1 + 3 + 200, 0x30));
}
