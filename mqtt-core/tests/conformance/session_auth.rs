//! Enhanced authentication.

use crate::kit::{Peer, Session, Setup};
use crate::session_sizes::LIST;
use mqtt_core::{
    Auth, ClientSession, ConnAck, Disconnect, Properties, Property, ReasonCode, ServerSession,
    UsageError, Version,
};

const V5: Version = Version::V5;

pub(crate) const METHOD: Property<'static> = Property::AuthenticationMethod("m");
pub(crate) const STEP: &str = "F0 06 18 04 15 00 01 'm'";
pub(crate) const AGAIN: &str = "F0 06 19 04 15 00 01 'm'";

pub(crate) fn auth(reason: u8, list: &'static [Property<'static>]) -> Auth<'static> {
    Auth { reason: ReasonCode(reason), properties: Properties::new(list) }
}

/// A client that has asked with the method, and a server that has been asked.
pub(crate) fn asking() -> (Peer<ClientSession>, Peer<ServerSession>) {
    let (own, peer) = (Setup::new(V5).own(METHOD), Setup::new(V5).peer(METHOD));
    let (mut client, mut server) = (Peer::client(&own), Peer::server(&peer));
    client.connect(&own, true);
    server.asked(&peer, true);
    (client, server)
}

fn up() -> (Peer<ClientSession>, Peer<ServerSession>) {
    let setup = Setup::new(V5).own(METHOD).peer(METHOD);
    (ClientSession::up(&setup), ServerSession::up(&setup))
}

/// The length of AUTH with both properties.
fn auth_len(max: u32) -> usize {
    let setup = Setup::new(V5).peer(METHOD).peer(Property::MaximumPacketSize(max));
    let mut server = Peer::server(&setup);
    server.asked(&setup, true);
    const PROPERTIES: &[Property<'static>] = &[METHOD, LIST[0], LIST[1]];
    server.session.auth(server.now(), &auth(0x18, PROPERTIES)).unwrap();
    server.output().len()
}

#[test]
fn v5_3_15_2_2_a_session_leaves_out_the_reason_string_of_auth() {
    assert_eq!([25, 24, 15].map(auth_len), [25, 15, 15]);
}

#[test]
fn v5_3_15_2_3_a_session_leaves_out_user_properties_of_auth() {
    assert_eq!([14, 8].map(auth_len), [8, 8]);
}

#[test]
fn v5_4_12_0_1_a_method_that_the_server_does_not_have() {
    let (_, mut server) = asking();
    let refusal = ConnAck { reason: ReasonCode(0x8C), ..ConnAck::default() };
    server.session.refuse(server.now(), &refusal).unwrap();
    server.sends("20 03 00 8C 00");
    server.tells(&["closed Local"]);
}

#[test]
fn v5_4_12_0_2_a_server_asks_for_more() {
    let (_, mut server) = asking();
    assert_eq!(
        server.session.auth(server.now(), &auth(0x00, &[METHOD])),
        Err(UsageError::NotAllowed)
    );
    server.session.auth(server.now(), &auth(0x18, &[METHOD])).unwrap();
    server.sends(STEP);
}

#[test]
fn v5_4_12_0_3_a_client_answers() {
    let (mut client, _) = asking();
    client.gets(STEP, &["auth 18"], "");
    assert_eq!(
        client.session.auth(client.now(), &auth(0x19, &[METHOD])),
        Err(UsageError::NotAllowed)
    );
    client.session.auth(client.now(), &auth(0x18, &[METHOD])).unwrap();
    client.sends(STEP);
}

#[test]
fn v5_4_12_0_4_a_server_may_refuse_at_any_step() {
    let (_, mut server) = asking();
    server.session.auth(server.now(), &auth(0x18, &[METHOD])).unwrap();
    server.sends(STEP);
    server.gets(STEP, &["auth 18"], "");
    let refusal = ConnAck { reason: ReasonCode(0x87), ..ConnAck::default() };
    server.session.refuse(server.now(), &refusal).unwrap();
    server.sends("20 03 00 87 00");
    server.tells(&["closed Local"]);
}

#[test]
fn v5_4_12_0_5_the_method_stays_the_same() {
    let (mut client, mut server) = asking();
    let now = server.now();
    const OTHER: &[Property<'static>] = &[Property::AuthenticationMethod("n")];
    for wrong in [auth(0x18, OTHER), auth(0x18, &[])] {
        assert_eq!(server.session.auth(now, &wrong), Err(UsageError::NotAllowed));
    }
    for list in [OTHER, &[]] {
        let connack = ConnAck { properties: Properties::new(list), ..ConnAck::default() };
        assert_eq!(server.accepts(&connack, None), Err(UsageError::NotAllowed));
    }
    server.session.auth(now, &auth(0x18, &[METHOD])).unwrap();
    server.sends(STEP);
    server.gets("F0 06 18 04 15 00 01 'n'", &["closed AuthenticationMethod"], "20 03 00 82 00");
    client.gets("F0 06 18 04 15 00 01 'n'", &["closed AuthenticationMethod"], "E0 01 82");
    let (_, mut server) = asking();
    let connack = ConnAck { properties: Properties::new(&[METHOD]), ..ConnAck::default() };
    server.accepts(&connack, None).unwrap();
    server.sends("20 07 00 00 04 15 00 01 'm'");
}

#[test]
fn v5_4_12_0_6_without_a_method_a_server_sends_no_auth() {
    let mut server = Peer::server(&Setup::new(V5));
    server.asked(&Setup::new(V5), true);
    let now = server.now();
    assert_eq!(server.session.auth(now, &auth(0x18, &[METHOD])), Err(UsageError::NotAllowed));
    let connack = ConnAck { properties: Properties::new(&[METHOD]), ..ConnAck::default() };
    assert_eq!(server.accepts(&connack, None), Err(UsageError::NotAllowed));
    server.accept(&Setup::new(V5), None);
    assert_eq!(server.session.auth(now, &auth(0x18, &[METHOD])), Err(UsageError::NotAllowed));
    server.sends("");
}

#[test]
fn v5_4_12_0_7_without_a_method_a_client_sends_no_auth() {
    let mut client = ClientSession::up(&Setup::new(V5));
    for reason in [0x18, 0x19] {
        let error = client.session.auth(client.now(), &auth(reason, &[METHOD])).unwrap_err();
        assert_eq!(error, UsageError::NotAllowed);
    }
    client.sends("");
    client.gets(STEP, &["closed Unexpected(Auth)"], "E0 01 82");
}

#[test]
fn v5_4_12_1_1_a_client_authenticates_once_more() {
    let (mut client, mut server) = up();
    client.session.auth(client.now(), &auth(0x19, &[METHOD])).unwrap();
    client.sends(AGAIN);
    server.gets(AGAIN, &["auth 19"], "");
    // With the method of CONNECT; not before CONNACK.
    const OTHER: &[Property<'static>] = &[Property::AuthenticationMethod("n")];
    let (mut client, _) = up();
    let now = client.now();
    assert_eq!(client.session.auth(now, &auth(0x19, OTHER)), Err(UsageError::NotAllowed));
    let (mut client, _) = asking();
    assert_eq!(client.session.auth(now, &auth(0x19, &[METHOD])), Err(UsageError::NotAllowed));
    client.sends("");
}

#[test]
fn v5_4_12_1_2_a_failure_ends_the_connection() {
    let (_, mut server) = up();
    server.gets(AGAIN, &["auth 19"], "");
    let bye = Disconnect { reason: ReasonCode(0x87), ..Disconnect::default() };
    server.session.disconnect(server.now(), &bye).unwrap();
    server.sends("E0 01 87");
    server.tells(&["closed Local"]);
}
