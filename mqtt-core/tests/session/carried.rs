//! State that goes from one session to another.

use crate::kit::{Peer, Session, Setup, both, bytes, hex, publish, written};
use bytes::{Buf, Bytes};
use mqtt_core::{
    AckMode, ClientConfig, ClientSession, ConnAck, Connect, Property, Publish, QoS, ReasonCode,
    ServerSession, SessionState, Version, WhenFull,
};

const ALL: [Version; 3] = [Version::V5, Version::V311, Version::V31];

/// Contract 8: a command that fails has changed nothing. The state of the session is not the session's yet.
#[test]
fn an_accept_that_fails_does_not_destroy_the_state() {
    let setup = Setup::new(Version::V5);
    let mut server = ServerSession::up(&setup);
    let body = Bytes::from(vec![7; 4096]);
    let message = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
    let now = server.now();
    server.session.deliver_bytes(now, &message, &body, 1, WhenFull::Queue).unwrap();
    server.output();
    server.end();
    let state = server.session.into_state();
    assert!(!body.is_unique());
    // The client has come back, and is gone before the caller has found its state.
    let mut server = Peer::server(&setup);
    server.asked(&setup, false);
    server.end();
    let connack = ConnAck { session_present: true, ..ConnAck::default() };
    let result = server.session.accept(now, &connack, Some(state));
    assert!(result.is_err());
    assert!(!body.is_unique(), "the message of the session is gone");
}

/// A message of the largest size has no room for a list of properties: it cannot be sent in 5.0. What may
/// not happen is that its payload is sent without a header.
#[test]
fn a_message_that_does_not_fit_another_version_is_not_torn() {
    let mut setup = Setup::new(Version::V311);
    setup.session.max_output = usize::MAX;
    let mut server = ServerSession::up(&setup);
    let body = Bytes::from(vec![0; 268_435_455 - 2 - 1 - 2]);
    let message = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
    let now = server.now();
    server.session.deliver_bytes(now, &message, &body, 1, WhenFull::Queue).unwrap();
    let len = server.session.transmit().remaining();
    server.session.transmit().advance(len);
    server.session.handle_eof(now);
    server.events();
    let state = server.session.into_state();
    setup.version = Version::V5;
    let mut server = Peer::server(&setup);
    server.asked(&setup, false);
    server.accept(&setup, Some(state));
    let mut out = server.session.transmit();
    let mut head = [0; 14];
    let len = out.remaining().min(14);
    out.copy_to_slice(&mut head[..len]);
    // Nothing, or a PUBLISH with a length of four bytes at most.
    assert!(len == 0 || head[4] < 0x80, "{head:02X?}");
    server.tells(&["dropped 1 TooLarge"]);
}

/// As for a session that was not carried over: tests/session/clean_start.rs.
#[test]
fn a_clean_start_that_was_not_answered_is_known_after_a_restart() {
    let version = Version::V5;
    let setup = Setup::new(version);
    let mut client = ClientSession::up(&setup);
    client.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
    client.end();
    client.connect(&setup, true);
    client.end();
    let config = ClientConfig { version, session: setup.session.clone(), ..Default::default() };
    let session = ClientSession::resume(config, client.session.into_state());
    let mut client = Peer { session, version, millis: 0, acks: Vec::new() };
    client.connect(&setup, false);
    // The session that the clean start began.
    client.receive(&setup.connack(true));
    let events = client.events();
    client.output();
    client.receive(&bytes(&publish(version, 0x34, 11)));
    let message = client.events();
    assert!(
        events == ["closed SessionPresent"] || message == ["message t 2 !"],
        "a new message is taken for an old one: {events:?} {message:?}"
    );
}

/// A refusal that was said off line has no code in 3.1.1: the peer waits for PUBREC.
#[test]
fn a_message_refused_off_line_is_answered_in_another_version() {
    let mut setup = Setup::new(Version::V5).manual();
    let mut server = ServerSession::up(&setup);
    server.gets(&publish(Version::V5, 0x34, 9), &["message t 2 !"], "");
    server.end();
    server.ack(0, 0x87);
    let state = server.session.into_state();
    setup.version = Version::V311;
    let mut server = Peer::server(&setup);
    server.asked(&setup, false);
    server.accept(&setup, Some(state));
    server.gets(&publish(Version::V311, 0x3C, 9), &[], "50 02 00 09");
}

/// The session acknowledges: so also what another one, to which the tokens went, did not.
#[test]
fn a_session_that_acknowledges_by_itself_does_not_wait_for_old_tokens() {
    for version in ALL {
        let mut setup = Setup::new(version).manual();
        let mut server = ServerSession::up(&setup);
        server.gets(&publish(version, 0x34, 9), &["message t 2 !"], "");
        server.end();
        let state = server.session.into_state();
        setup.session.ack = AckMode::Auto;
        let mut server = Peer::server(&setup);
        server.asked(&setup, false);
        server.accept(&setup, Some(state));
        server.gets(&publish(version, 0x3C, 9), &[], "50 02 00 09");
        server.gets(&publish(version, 0x32, 10), &["message t 1 !"], "40 02 00 0A");
    }
}

/// A token of one session is unknown in others.
#[test]
fn tokens_of_sessions_that_begin_with_an_empty_state() {
    let up = |id: &str| {
        let setup = Setup::new(Version::V5).manual();
        let mut server = Peer::server(&setup);
        let connect = Connect { client_id: id, ..Connect::default() };
        server.receive(&written(Version::V5, connect));
        server.events();
        server.accept(&setup, Some(SessionState::default()));
        server.receive(&bytes(&publish(Version::V5, 0x32, 1)));
        server.events();
        server
    };
    let (mut one, mut other) = (up("one"), up("other"));
    let (now, token) = (one.now(), one.acks.remove(0));
    assert!(other.session.ack(now, token, ReasonCode::SUCCESS).is_err());
}

/// v5 MQTT-3.3.2-5: the copy for a subscriber is deleted, whatever version it comes back with.
#[test]
fn a_message_expires_though_its_session_goes_on_in_3_1_1() {
    let mut setup = Setup::new(Version::V5);
    let mut server = ServerSession::up(&setup);
    server.end();
    server.publish_with(1, 1, &[Property::MessageExpiryInterval(10)]).unwrap();
    let state = server.session.into_state();
    setup.version = Version::V311;
    let mut server = Peer { millis: 60_000, ..Peer::server(&setup) };
    server.asked(&setup, false);
    server.accept(&setup, Some(state));
    server.tells(&["dropped 1 Expired"]);
    server.sends("");
}

/// v5 MQTT-3.2.2-4: of the session of another client identifier this side has no state.
#[test]
fn the_session_of_another_client_is_not_taken_up() {
    let setup = Setup::new(Version::V5);
    let mut client = ClientSession::up(&setup);
    client.opens(1, 1);
    client.end();
    let connect = Connect { client_id: "another", clean_start: false, ..Connect::default() };
    if client.session.connect(client.now(), &connect).is_ok() {
        client.output();
        client.receive(&setup.connack(true));
        let events = client.events();
        let output = client.output();
        assert_ne!(output.first(), Some(&0x3A), "{events:?}: {}", hex(&output));
    }
}

/// State machines, 8: PUBRELs do not wait for quota.
#[test]
fn a_pubrel_does_not_wait_behind_a_publish_that_does() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.opens(1, 1);
        it.opens(1, 2);
        it.opens(2, 3);
        it.gets("50 02 00 03", &[], "62 02 00 03");
        setup.peer = vec![Property::ReceiveMaximum(1)];
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends(&format!("{} 62 02 00 03", publish(version, 0x3A, 1)));
    }
    both!(case: V5);
}
