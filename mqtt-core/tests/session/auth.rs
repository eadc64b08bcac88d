//! Enhanced authentication (5.0).

use crate::kit::{Peer, Session, Setup, bytes};
use mqtt_core::{
    Auth, ClientSession, ConnAck, Disconnect, Properties, Property, ReasonCode, ServerSession,
    UsageError, Version,
};

const METHOD: Property<'static> = Property::AuthenticationMethod("m");
const CONNECT: &str = "10 12 00 04 'MQTT' 05 02 00 00 04 15 00 01 'm' 00 01 'c'";
/// AUTH of the method, to be continued.
const STEP: &str = "F0 06 18 04 15 00 01 'm'";
const AGAIN: &str = "F0 06 19 04 15 00 01 'm'";
const DONE: &str = "F0 06 00 04 15 00 01 'm'";
const CONNACK: &str = "20 07 00 00 04 15 00 01 'm'";

fn with(reason: u8, properties: &[Property<'static>]) -> Auth<'static> {
    let list = Vec::leak(properties.to_vec());
    Auth { reason: ReasonCode(reason), properties: Properties::new(list) }
}

/// A client that has sent CONNECT with the method.
fn client() -> Peer<ClientSession> {
    let setup = Setup::new(Version::V5).own(METHOD);
    let mut client = Peer::client(&setup);
    client.connect(&setup, true);
    client
}

/// A server that has such a CONNECT before it.
fn server() -> Peer<ServerSession> {
    let mut server = Peer::server(&Setup::new(Version::V5));
    server.gets(CONNECT, &["connect c"], "");
    server
}

/// Both, when they are connected.
fn up() -> (Peer<ClientSession>, Peer<ServerSession>) {
    let setup = Setup::new(Version::V5).own(METHOD).peer(METHOD);
    let mut client = client();
    client.gets(CONNACK, &["connected"], "");
    (client, ServerSession::up(&setup))
}

#[test]
fn at_connect() {
    let (mut client, mut server) = (client(), server());
    let now = server.now();
    for _ in 0..2 {
        server.session.auth(now, &with(0x18, &[METHOD])).unwrap();
        server.sends(STEP);
        client.gets(STEP, &["auth 18"], "");
        client.session.auth(now, &with(0x18, &[METHOD])).unwrap();
        client.sends(STEP);
        server.gets(STEP, &["auth 18"], "");
    }
    let list = [METHOD];
    let connack = ConnAck { properties: Properties::new(&list), ..ConnAck::default() };
    server.accepts(&connack, None).unwrap();
    server.sends(CONNACK);
    client.gets(CONNACK, &["connected"], "");
}

#[test]
fn connack_names_the_method() {
    let mut server = server();
    let error = server.accepts(&ConnAck::default(), None).unwrap_err();
    assert_eq!(error, UsageError::NotAllowed);
    let list = [Property::AuthenticationMethod("n")];
    let connack = ConnAck { properties: Properties::new(&list), ..ConnAck::default() };
    assert_eq!(server.accepts(&connack, None), Err(UsageError::NotAllowed));
    server.sends("");
    // The same of one that nobody asked for.
    let mut server = Peer::server(&Setup::new(Version::V5));
    server.asked(&Setup::new(Version::V5), true);
    let list = [METHOD];
    let connack = ConnAck { properties: Properties::new(&list), ..ConnAck::default() };
    assert_eq!(server.accepts(&connack, None), Err(UsageError::NotAllowed));
}

#[test]
fn a_refusal() {
    for code in [0x86, 0x87, 0x8C] {
        let mut server = server();
        let refusal = ConnAck { reason: ReasonCode(code), ..ConnAck::default() };
        server.session.refuse(server.now(), &refusal).unwrap();
        server.sends(&format!("20 03 00 {code:02X} 00"));
        server.tells(&["closed Local"]);
        // Also in the middle.
        let mut server = self::server();
        server.session.auth(server.now(), &with(0x18, &[METHOD])).unwrap();
        server.sends(STEP);
        server.gets(STEP, &["auth 18"], "");
        server.session.refuse(server.now(), &refusal).unwrap();
        server.sends(&format!("20 03 00 {code:02X} 00"));
    }
}

#[test]
fn nothing_else_goes_out_before_connack() {
    let mut client = client();
    client.publish(0, 1).unwrap();
    client.publish(1, 2).unwrap();
    client.sends("");
    client.gets(STEP, &["auth 18"], "");
    client.session.disconnect(client.now(), &Disconnect::default()).unwrap();
    client.sends("E0 00");
}

#[test]
fn another_method_or_none() {
    for packet in ["F0 06 18 04 15 00 01 'n'", "F0 02 18 00", "F0 00"] {
        let mut client = client();
        client.receive(&bytes(packet));
        let events = client.events();
        assert!(events.len() == 1 && events[0].starts_with("closed"), "{packet}: {events:?}");
        client.sends("E0 01 82");
        let mut server = server();
        server.session.auth(server.now(), &with(0x18, &[METHOD])).unwrap();
        server.sends(STEP);
        server.receive(&bytes(packet));
        let events = server.events();
        assert!(events.len() == 1 && events[0].starts_with("closed"), "{packet}: {events:?}");
        // No DISCONNECT before CONNACK.
        server.sends("20 03 00 82 00");
    }
}

#[test]
fn a_broken_packet_before_connack_is_not_answered_with_disconnect() {
    let mut server = server();
    server.session.auth(server.now(), &with(0x18, &[METHOD])).unwrap();
    server.sends(STEP);
    server.gets("F1 00", &["closed malformed"], "20 03 00 81 00");
}

#[test]
fn the_wrong_step_before_connack() {
    for packet in [AGAIN, DONE] {
        let mut client = client();
        client.receive(&bytes(packet));
        assert_eq!(client.events().len(), 1);
        assert_eq!(client.output()[..2], [0xE0, 1]);
        let mut server = server();
        server.session.auth(server.now(), &with(0x18, &[METHOD])).unwrap();
        server.sends(STEP);
        server.receive(&bytes(packet));
        assert_eq!(server.events().len(), 1);
        assert_eq!(server.output()[..3], [0x20, 3, 0]);
    }
    for packet in ["C0 00", "30 05 00 01 't' 00 '!'", "82 07 00 01 00 00 01 'a' 00"] {
        let mut server = server();
        server.session.auth(server.now(), &with(0x18, &[METHOD])).unwrap();
        server.sends(STEP);
        server.receive(&bytes(packet));
        assert_eq!(server.events().len(), 1);
        server.sends("20 03 00 82 00");
    }
}

#[test]
fn the_client_may_give_up() {
    let mut server = server();
    server.session.auth(server.now(), &with(0x18, &[METHOD])).unwrap();
    server.sends(STEP);
    server.gets("E0 00", &["closed by peer 00"], "");
}

#[test]
fn without_a_method_there_is_no_auth() {
    let setup = Setup::new(Version::V5);
    let (mut client, mut server) = (ClientSession::up(&setup), ServerSession::up(&setup));
    let now = client.now();
    for reason in [0x18, 0x19, 0x00] {
        let auth = with(reason, &[METHOD]);
        assert_eq!(client.session.auth(now, &auth), Err(UsageError::NotAllowed));
        assert_eq!(server.session.auth(now, &auth), Err(UsageError::NotAllowed));
    }
    client.sends("");
    client.gets(STEP, &["closed Unexpected(Auth)"], "E0 01 82");
    server.sends("");
    server.gets(STEP, &["closed Unexpected(Auth)"], "E0 01 82");
}

#[test]
fn once_more() {
    let (mut client, mut server) = up();
    let now = client.now();
    client.session.auth(now, &with(0x19, &[METHOD])).unwrap();
    client.sends(AGAIN);
    server.gets(AGAIN, &["auth 19"], "");
    // Meanwhile all else goes on.
    server.gets("C0 00", &[], "D0 00");
    client.opens(1, 7);
    server.session.auth(now, &with(0x18, &[METHOD])).unwrap();
    server.sends(STEP);
    client.gets(STEP, &["auth 18"], "");
    client.session.auth(now, &with(0x18, &[METHOD])).unwrap();
    client.sends(STEP);
    server.gets(STEP, &["auth 18"], "");
    server.session.auth(now, &with(0x00, &[METHOD])).unwrap();
    server.sends(DONE);
    client.gets(DONE, &["auth 00"], "");
    // And again.
    client.session.auth(now, &with(0x19, &[METHOD])).unwrap();
    client.sends(AGAIN);
    server.gets(AGAIN, &["auth 19"], "");
}

#[test]
fn once_more_with_the_wrong_packet() {
    // The server does not begin; nor does it say that it is done when nothing is under way.
    for packet in [STEP, DONE] {
        let (mut client, _) = up();
        client.gets(packet, &["closed Unexpected(Auth)"], "E0 01 82");
    }
    // A step of nothing; and a second beginning.
    let (_, mut server) = up();
    server.gets(STEP, &["closed Unexpected(Auth)"], "E0 01 82");
    let (_, mut server) = up();
    server.gets(AGAIN, &["auth 19"], "");
    server.gets(AGAIN, &["closed Unexpected(Auth)"], "E0 01 82");
    let (_, mut server) = up();
    server.gets("F0 06 19 04 15 00 01 'n'", &["closed AuthenticationMethod"], "E0 01 82");
}

#[test]
fn commands_at_the_wrong_time() {
    let (mut client, mut server) = up();
    let now = client.now();
    // The client begins with 0x19, and does not end it.
    for reason in [0x18, 0x00] {
        assert_eq!(client.session.auth(now, &with(reason, &[METHOD])), Err(UsageError::NotAllowed));
    }
    for auth in [with(0x19, &[]), with(0x19, &[Property::AuthenticationMethod("n")])] {
        assert_eq!(client.session.auth(now, &auth), Err(UsageError::NotAllowed));
    }
    for reason in [0x18, 0x19, 0x00] {
        assert_eq!(server.session.auth(now, &with(reason, &[METHOD])), Err(UsageError::NotAllowed));
    }
    // Not before the server asks: its answer to an AUTH of the server, one for each.
    let mut client = self::client();
    assert_eq!(client.session.auth(now, &with(0x18, &[METHOD])), Err(UsageError::NotAllowed));
    client.gets(STEP, &["auth 18"], "");
    client.session.auth(now, &with(0x18, &[METHOD])).unwrap();
    assert_eq!(client.session.auth(now, &with(0x18, &[METHOD])), Err(UsageError::NotAllowed));
    client.sends(STEP);
    let (mut client, _) = up();
    client.session.auth(now, &with(0x19, &[METHOD])).unwrap();
    assert_eq!(client.session.auth(now, &with(0x18, &[METHOD])), Err(UsageError::NotAllowed));
    assert_eq!(client.session.auth(now, &with(0x19, &[METHOD])), Err(UsageError::NotAllowed));
}

#[test]
fn a_failure_after_connack_is_a_disconnect() {
    let (mut client, mut server) = up();
    let now = client.now();
    client.session.auth(now, &with(0x19, &[METHOD])).unwrap();
    client.sends(AGAIN);
    server.gets(AGAIN, &["auth 19"], "");
    let bye = Disconnect { reason: ReasonCode::NOT_AUTHORIZED, ..Disconnect::default() };
    server.session.disconnect(now, &bye).unwrap();
    server.sends("E0 01 87");
    client.gets("E0 01 87", &["closed by peer 87"], "");
}

#[test]
fn who_is_slow() {
    // The application may think; the client may not.
    let mut server = server();
    assert_eq!(server.due(), None);
    server.at(100_000);
    server.tells(&[]);
    server.session.auth(server.now(), &with(0x18, &[METHOD])).unwrap();
    server.sends(STEP);
    assert_eq!(server.due(), Some(130_000));
    server.gets(STEP, &["auth 18"], "");
    assert_eq!(server.due(), None);
    server.session.auth(server.now(), &with(0x18, &[METHOD])).unwrap();
    server.sends(STEP);
    server.at(130_000);
    server.tells(&["closed timeout Connect"]);
    server.sends("");
}

/// v5 \[MQTT-4.12.0-5\]: a CONNACK that accepts names the method of CONNECT; without one in CONNECT there is
/// none.
#[test]
fn a_client_wants_its_method_in_connack() {
    const NAMED: &str = "20 07 00 00 04 15 00 01 'm'";
    const OTHER: &str = "20 07 00 00 04 15 00 01 'n'";
    const NONE: &str = "20 03 00 00 00";
    for connack in [NONE, OTHER] {
        let mut client = client();
        client.gets(connack, &["closed AuthenticationMethod"], "E0 01 82");
    }
    client().gets(NAMED, &["connected"], "");
    let setup = Setup::new(Version::V5);
    let mut client = Peer::client(&setup);
    client.connect(&setup, true);
    client.gets(NAMED, &["closed AuthenticationMethod"], "E0 01 82");
    // A refusal need not name it.
    self::client().gets("20 03 00 87 00", &["closed refused 87"], "");
}
