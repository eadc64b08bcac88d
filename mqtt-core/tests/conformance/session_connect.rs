//! The beginning of a connection.

use crate::kit::{Peer, Session, Setup, bytes, publish, written};
use mqtt_core::{
    ClientSession, ConnAck, Connect, Properties, Property, QoS, ReasonCode, ServerSession,
    SessionState, UsageError, Version, Will,
};

const V5: Version = Version::V5;
const V311: Version = Version::V311;

fn connect(version: Version, flags: u8) -> String {
    match version {
        V5 => format!("10 0E 00 04 'MQTT' 05 {flags:02X} 00 00 00 00 01 'a'"),
        _ => format!("10 0D 00 04 'MQTT' 04 {flags:02X} 00 00 00 01 'a'"),
    }
}

fn connack(version: Version, present: u8, code: u8) -> String {
    match version {
        V5 => format!("20 03 {present:02X} {code:02X} 00"),
        _ => format!("20 02 {present:02X} {code:02X}"),
    }
}

/// The DISCONNECT that 5.0 has for a code.
fn last(version: Version, code: &str) -> String {
    if version == V5 { format!("E0 01 {code}") } else { String::new() }
}

/// A server that has been asked.
fn asked(version: Version, flags: u8) -> Peer<ServerSession> {
    let mut server = Peer::server(&Setup::new(version));
    server.gets(&connect(version, flags), &["connect a"], "");
    server
}

fn accept(server: &mut Peer<ServerSession>, state: Option<SessionState>) -> Result<(), UsageError> {
    let session_present = state.is_some();
    let connack = ConnAck { session_present, ..ConnAck::default() };
    server.accepts(&connack, state)
}

fn refuse(server: &mut Peer<ServerSession>, code: u8) -> Result<(), UsageError> {
    let connack = ConnAck { reason: ReasonCode(code), ..ConnAck::default() };
    server.session.refuse(server.now(), &connack)
}

fn connect_comes_first(version: Version) {
    let mut client = Peer::client(&Setup::new(version));
    client.publish(1, 1).unwrap();
    client.sends("");
    let hello = Connect { version, client_id: "a", clean_start: true, ..Connect::default() };
    client.session.connect(client.now(), &hello).unwrap();
    client.sends(&connect(version, 2));
    let mut server = Peer::server(&Setup::new(version));
    server.gets("C0 00", &["closed malformed"], "");
}

#[test]
fn v5_3_1_0_1_connect_is_the_first_packet() {
    connect_comes_first(V5);
}

#[test]
fn v311_3_1_0_1_connect_is_the_first_packet() {
    connect_comes_first(V311);
}

fn a_second_connect(version: Version) {
    let will = Some(Will { topic: "w", ..Will::default() });
    let hello = Connect { version, client_id: "a", clean_start: true, will, ..Connect::default() };
    let mut server = Peer::server(&Setup::new(version));
    server.receive(&written(version, hello));
    server.tells(&["connect a"]);
    accept(&mut server, None).unwrap();
    server.output();
    server.gets(&connect(version, 2), &["closed Unexpected(Connect)"], &last(version, "82"));
    assert_eq!(server.session.will().map(|will| will.topic), Some("w"));
}

#[test]
fn v5_3_1_0_2_a_second_connect_ends_the_connection() {
    a_second_connect(V5);
}

#[test]
fn v311_3_1_0_2_a_second_connect_ends_the_connection() {
    a_second_connect(V311);
}

#[test]
fn v5_3_1_2_2_a_session_answers_levels_that_are_not_served() {
    for level in (0..=255).filter(|level| ![4, 5].contains(level)) {
        let mut server = Peer::server(&Setup::new(V5));
        server.receive(&bytes(&format!("10 0E 00 04 'MQTT' {level:02X} 02 00 00 00 00 01 'a'")));
        server.tells(&["closed malformed"]);
        server.sends("20 02 00 01");
    }
}

#[test]
fn v311_3_1_2_2_a_session_answers_levels_that_are_not_served() {
    for level in 0..4 {
        let mut server = Peer::server(&Setup::new(V311));
        let packet = format!("10 0D 00 04 'MQTT' 0{level} 02 00 00 00 01 'a'");
        server.gets(&packet, &["closed malformed"], "20 02 00 01");
    }
}

#[test]
fn v5_3_1_2_5_a_session_that_is_there_goes_on() {
    let mut server = ServerSession::up(&Setup::new(V5));
    server.opens(1, 1);
    server.end();
    let state = server.session.into_state();
    let mut server = asked(V5, 0);
    accept(&mut server, Some(state)).unwrap();
    server.sends(&format!("{} {}", connack(V5, 1, 0), publish(V5, 0x3A, 1)));
}

#[test]
fn v5_3_1_2_6_without_a_session_a_new_one_begins() {
    let mut server = asked(V5, 0);
    accept(&mut server, None).unwrap();
    server.sends(&connack(V5, 0, 0));
    server.opens(1, 1);
    let mut client = Peer::client(&Setup::new(V5));
    client.connect(&Setup::new(V5), false);
    client.connack(&Setup::new(V5), false, "connected");
    client.sends("");
}

#[test]
fn v5_3_1_2_30_only_auth_and_disconnect_before_connack() {
    let setup = Setup::new(V5).own(Property::AuthenticationMethod("m"));
    let mut client = Peer::client(&setup);
    client.connect(&setup, true);
    client.publish(0, 1).unwrap();
    client.publish(2, 2).unwrap();
    client.at(20_000);
    client.sends("");
    client.gets("F0 06 18 04 15 00 01 'm'", &["auth 18"], "");
}

#[test]
fn v5_3_1_4_2_a_refusal_says_why() {
    for code in [0x86, 0x87] {
        let mut server = asked(V5, 2);
        refuse(&mut server, code).unwrap();
        server.sends(&connack(V5, 0, code));
        server.tells(&["closed Local"]);
    }
}

#[test]
fn v5_3_1_3_8_a_client_identifier_may_be_refused() {
    let mut server = asked(V5, 2);
    refuse(&mut server, 0x85).unwrap();
    server.sends(&connack(V5, 0, 0x85));
    server.tells(&["closed Local"]);
}

#[test]
fn v311_3_1_3_9_a_client_identifier_may_be_refused() {
    let mut server = asked(V311, 2);
    refuse(&mut server, 2).unwrap();
    server.sends(&connack(V311, 0, 2));
    server.tells(&["closed Local"]);
}

#[test]
fn v311_3_1_3_8_an_empty_client_identifier_is_answered_and_closed() {
    let mut server = Peer::server(&Setup::new(V311));
    server.gets("10 0C 00 04 'MQTT' 04 00 00 00 00 00", &["closed malformed"], "20 02 00 02");
    server.gets("C0 00", &[], "");
}

fn clean_start(version: Version) {
    let mut server = asked(version, 2);
    let refused = accept(&mut server, Some(SessionState::default()));
    assert_eq!(refused, Err(UsageError::NotAllowed));
    server.sends("");
    accept(&mut server, None).unwrap();
    server.sends(&connack(version, 0, 0));
    let mut server = asked(version, 0);
    accept(&mut server, Some(SessionState::default())).unwrap();
    server.sends(&connack(version, 1, 0));
}

#[test]
fn v5_3_1_4_4_clean_start_has_no_session() {
    clean_start(V5);
}

#[test]
fn v311_3_1_4_3_clean_session_has_no_session() {
    clean_start(V311);
}

fn connack_answers(version: Version) {
    let mut server = asked(version, 2);
    server.sends("");
    accept(&mut server, None).unwrap();
    server.sends(&connack(version, 0, 0));
}

#[test]
fn v5_3_1_4_5_connect_is_answered_with_connack() {
    connack_answers(V5);
}

#[test]
fn v311_3_1_4_4_connect_is_answered_with_connack() {
    connack_answers(V311);
}

fn nothing_behind_a_refusal(version: Version, code: u8) {
    let mut server = Peer::server(&Setup::new(version));
    let packets = format!("{} {} F0 00", connect(version, 2), publish(version, 0x32, 1));
    server.gets(&packets, &["connect a"], "");
    refuse(&mut server, code).unwrap();
    server.tells(&["closed Local"]);
    server.sends(&connack(version, 0, code));
}

#[test]
fn v5_3_1_4_6_what_comes_behind_a_refused_connect_is_ignored() {
    nothing_behind_a_refusal(V5, 0x87);
}

#[test]
fn v311_3_1_4_5_what_comes_behind_a_refused_connect_is_ignored() {
    nothing_behind_a_refusal(V311, 5);
}

fn connack_comes_first(version: Version) {
    let mut server = Peer::server(&Setup::new(version));
    server.receive(&bytes(&format!("{} {} C0 00", connect(version, 2), publish(version, 0x32, 1))));
    server.tells(&["connect a"]);
    server.publish(0, 1).unwrap();
    server.publish(1, 2).unwrap();
    server.sends("");
    accept(&mut server, None).unwrap();
    let output = server.output();
    assert!(output.starts_with(&bytes(&connack(version, 0, 0))), "{output:?}");
}

#[test]
fn v5_3_2_0_1_connack_is_the_first_packet_of_a_server() {
    connack_comes_first(V5);
}

#[test]
fn v311_3_2_0_1_connack_is_the_first_packet_of_a_server() {
    connack_comes_first(V311);
}

#[test]
fn v5_3_2_0_2_there_is_one_connack() {
    let mut server = asked(V5, 2);
    accept(&mut server, None).unwrap();
    assert_eq!(accept(&mut server, None), Err(UsageError::NotAllowed));
    assert_eq!(refuse(&mut server, 0x87), Err(UsageError::NotAllowed));
    server.sends(&connack(V5, 0, 0));
    // Nor for a second CONNECT that is broken.
    server.gets(&connect(V5, 3), &["closed malformed"], "E0 01 81");
    let mut client = ClientSession::up(&Setup::new(V5));
    client.gets(&connack(V5, 0, 0), &["closed Unexpected(ConnAck)"], "E0 01 82");
}

#[test]
fn v5_3_2_2_2_no_session_present_with_clean_start() {
    clean_start(V5);
}

#[test]
fn v311_3_2_2_1_no_session_present_with_clean_session() {
    clean_start(V311);
}

fn session_present(version: Version, state: Option<SessionState>) {
    let present = state.is_some();
    let mut server = asked(version, 0);
    // What it says and what it has are the same.
    let wrong = ConnAck { session_present: !present, ..ConnAck::default() };
    let other = if present { None } else { Some(SessionState::default()) };
    let error = Err(UsageError::NotAllowed);
    assert_eq!(server.accepts(&ConnAck { session_present: present, ..wrong }, other), error);
    accept(&mut server, state).unwrap();
    server.sends(&connack(version, u8::from(present), 0));
}

#[test]
fn v5_3_2_2_3_session_present_says_whether_there_is_a_session() {
    session_present(V5, Some(SessionState::default()));
    session_present(V5, None);
}

#[test]
fn v311_3_2_2_2_session_present_if_there_is_a_session() {
    session_present(V311, Some(SessionState::default()));
}

#[test]
fn v311_3_2_2_3_no_session_present_if_there_is_none() {
    session_present(V311, None);
}

#[test]
fn v5_3_2_2_4_a_client_without_a_session_closes() {
    let setup = Setup::new(V5);
    let mut client = Peer::client(&setup);
    client.connect(&setup, false);
    client.gets("20 03 01 00 00", &["closed SessionPresent"], "E0 01 82");
    let mut client = ClientSession::up(&setup);
    client.end();
    client.connect(&setup, true);
    client.gets("20 03 01 00 00", &["closed SessionPresent"], "E0 01 82");
}

#[test]
fn v5_3_2_2_5_a_session_that_the_server_lost_is_dropped() {
    let mut client = ClientSession::up(&Setup::new(V5));
    client.opens(1, 1);
    client.gets(&publish(V5, 0x34, 9), &["message t 2 !"], "50 02 00 09");
    let mut client = ClientSession::next(client, &Setup::new(V5), false);
    client.tells(&["lost 1", "dropped 1 SessionLost"]);
    client.sends("");
    client.gets("40 02 00 01", &[], "");
    client.gets("62 02 00 09", &[], "70 03 00 09 92");
    for token in 2..10 {
        client.opens(1, token);
    }
}

fn a_refusal_closes(version: Version, code: u8) {
    let mut server = asked(version, 2);
    refuse(&mut server, code).unwrap();
    server.sends(&connack(version, 0, code));
    server.tells(&["closed Local"]);
    server.gets("C0 00", &[], "");
    let mut client = Peer::client(&Setup::new(version));
    client.connect(&Setup::new(version), true);
    let event = format!("closed refused {code:02X}");
    client.gets(&connack(version, 0, code), &[&event], "");
}

#[test]
fn v5_3_2_2_7_a_refusal_closes() {
    a_refusal_closes(V5, 0x87);
}

#[test]
fn v311_3_2_2_5_a_refusal_closes() {
    a_refusal_closes(V311, 5);
}

#[test]
fn v311_3_2_2_6_without_a_code_there_is_no_connack() {
    let mut server = asked(V311, 2);
    assert!(matches!(refuse(&mut server, 0x9C), Err(UsageError::Encode(_))));
    server.session.disconnect(server.now(), &mqtt_core::Disconnect::default()).unwrap();
    server.tells(&["closed Local"]);
    server.sends("");
}

/// What a client may not publish after such a CONNACK.
fn refused_publish(property: Property<'static>, qos: QoS, retain: bool, code: u8) {
    let mut client = ClientSession::up(&Setup::new(V5).peer(property));
    let publish = mqtt_core::Publish { topic: "t", qos, retain, ..Default::default() };
    let when_full = mqtt_core::WhenFull::Queue;
    let error = client.session.publish(client.now(), &publish, 1, when_full).unwrap_err();
    assert_eq!(error, UsageError::NotSupported(ReasonCode(code)));
    client.sends("");
}

#[test]
fn v5_3_2_2_11_nothing_above_the_maximum_qos_is_published() {
    refused_publish(Property::MaximumQoS(QoS::AtMostOnce), QoS::AtLeastOnce, false, 0x9B);
    refused_publish(Property::MaximumQoS(QoS::AtLeastOnce), QoS::ExactlyOnce, false, 0x9B);
    // Nor what was queued before, nor what was open.
    let setup = Setup::new(V5).peer(Property::MaximumQoS(QoS::AtMostOnce));
    let mut client = ClientSession::up(&Setup::new(V5));
    client.opens(1, 1);
    client.end();
    client.publish(2, 2).unwrap();
    let mut client = ClientSession::next(client, &setup, true);
    client.tells(&["resumed", "dropped 1 NotSupported", "dropped 2 NotSupported"]);
    client.sends("");
}

#[test]
fn v5_3_2_2_14_nothing_retained_is_published() {
    refused_publish(Property::RetainAvailable(false), QoS::AtMostOnce, true, 0x9A);
}

/// A will that is beyond what CONNACK says.
fn refused_will(property: Property<'static>, qos: QoS, retain: bool, code: u8) {
    let will = Some(Will { topic: "w", qos, retain, ..Will::default() });
    let hello = Connect { client_id: "a", clean_start: true, will, ..Connect::default() };
    let mut server = Peer::server(&Setup::new(V5));
    server.receive(&written(V5, hello));
    server.tells(&["connect a"]);
    let list = [property];
    let offer = ConnAck { properties: Properties::new(&list), ..ConnAck::default() };
    let error = server.accepts(&offer, None).unwrap_err();
    assert_eq!(error, UsageError::NotSupported(ReasonCode(code)));
    refuse(&mut server, code).unwrap();
    server.sends(&connack(V5, 0, code));
    server.tells(&["closed Local"]);
}

#[test]
fn v5_3_2_2_12_a_will_above_the_maximum_qos() {
    refused_will(Property::MaximumQoS(QoS::AtMostOnce), QoS::AtLeastOnce, false, 0x9B);
}

#[test]
fn v5_3_2_2_13_a_will_that_is_to_be_retained() {
    refused_will(Property::RetainAvailable(false), QoS::AtMostOnce, true, 0x9A);
}

#[test]
fn v5_4_1_0_1_a_session_stays_while_it_is_connected() {
    let setup = Setup::new(V5).peer(Property::SessionExpiryInterval(1));
    let mut server = ServerSession::up(&setup);
    server.opens(1, 1);
    server.at(100_000_000);
    server.tells(&[]);
    server.end();
    assert_eq!(server.session.into_state().open_messages(), 1);
}

#[test]
fn v311_4_1_0_2_a_session_stays_while_it_is_connected() {
    let mut server = ServerSession::up(&Setup::new(V311));
    server.opens(1, 1);
    server.at(86_400_000);
    server.tells(&[]);
    server.gets("40 02 00 01", &["published 1 #1"], "");
}

#[test]
fn v5_3_1_2_28_response_information_only_if_it_was_asked_for() {
    let list = [Property::ResponseInformation("r")];
    let offer = ConnAck { properties: Properties::new(&list), ..ConnAck::default() };
    for wants in [None, Some(false), Some(true)] {
        let mut setup = Setup::new(V5);
        setup.peer.extend(wants.map(Property::RequestResponseInformation));
        let mut server = Peer::server(&setup);
        server.asked(&setup, true);
        let result = server.accepts(&offer, None);
        if wants == Some(true) {
            result.unwrap();
            server.sends("20 07 00 00 04 1A 00 01 'r'");
        } else {
            assert_eq!(result, Err(UsageError::NotAllowed));
            server.sends("");
        }
    }
}

#[test]
fn v5_3_1_2_29_no_words_for_a_client_that_wants_none() {
    use mqtt_core::{Auth, Disconnect, PacketId, ReasonCodes, SubAck};
    const METHOD: Property<'static> = Property::AuthenticationMethod("m");
    const WORDS: [Property<'static>; 3] =
        [METHOD, Property::ReasonString("because"), Property::UserProperty("a", "b")];
    let none = Property::RequestProblemInformation(false);
    let setup = Setup::new(V5).peer(none).peer(METHOD);
    let mut server = Peer::server(&setup);
    server.asked(&setup, true);
    let step = Auth { reason: ReasonCode(0x18), properties: Properties::new(&WORDS) };
    server.session.auth(server.now(), &step).unwrap();
    server.sends("F0 06 18 04 15 00 01 'm'");
    server.gets("F0 06 18 04 15 00 01 'm'", &["auth 18"], "");
    // CONNACK and DISCONNECT keep theirs.
    let connack = ConnAck { properties: Properties::new(&WORDS), ..ConnAck::default() };
    server.accepts(&connack, None).unwrap();
    assert_eq!(server.output().len(), 26);
    server.gets("82 07 00 05 00 00 01 'a' 00", &["subscribe #5"], "");
    let codes = [ReasonCode::SUCCESS];
    let (packet_id, reasons) = (PacketId::new(5).unwrap(), ReasonCodes::new(&codes));
    let suback = SubAck { packet_id, reasons, properties: Properties::new(&WORDS[1..]) };
    server.session.suback(server.now(), &suback).unwrap();
    server.sends("90 04 00 05 00 00");
    let reason = ReasonCode::SERVER_BUSY;
    let bye = Disconnect { reason, properties: Properties::new(&WORDS[1..]) };
    server.session.disconnect(server.now(), &bye).unwrap();
    assert_eq!(server.output().len(), 21);
}

/// 23 letters and digits, which the session hands on like any other.
fn an_identifier_of_23(version: Version) {
    let hello = Connect {
        version,
        client_id: "0123456789abcdefghijXYZ",
        clean_start: true,
        ..Connect::default()
    };
    let mut server = Peer::server(&Setup::new(version));
    server.receive(&written(version, hello));
    server.tells(&["connect 0123456789abcdefghijXYZ"]);
    accept(&mut server, None).unwrap();
    server.sends(&connack(version, 0, 0));
}

#[test]
fn v5_3_1_3_5_identifiers_of_23_letters_and_digits() {
    an_identifier_of_23(V5);
}

#[test]
fn v311_3_1_3_5_identifiers_of_23_letters_and_digits() {
    an_identifier_of_23(V311);
}

#[test]
fn v5_3_2_2_9_connack_says_the_maximum_qos() {
    let setup = Setup::new(V5);
    let mut server = Peer::server(&setup);
    server.asked(&setup, true);
    let list = [Property::MaximumQoS(QoS::AtLeastOnce)];
    let offer = ConnAck { properties: Properties::new(&list), ..ConnAck::default() };
    server.accepts(&offer, None).unwrap();
    server.sends("20 05 00 00 02 24 01");
    // And it holds.
    server.gets(&publish(V5, 0x34, 1), &["closed NotSupported(ReasonCode(0x9B))"], "E0 01 9B");
}

#[test]
fn v311_3_1_2_6_a_clean_session_ends_with_its_connection() {
    let mut server = asked(V311, 2);
    accept(&mut server, None).unwrap();
    assert_eq!(server.session.session_expiry(), 0);
    // The next one does not get it, whatever is left of it.
    server.end();
    let state = server.session.into_state();
    let mut server = asked(V311, 2);
    assert_eq!(accept(&mut server, Some(state)), Err(UsageError::NotAllowed));
    accept(&mut server, None).unwrap();
    server.sends(&connack(V311, 0, 0));
}

#[test]
fn v311_4_1_0_1_a_session_is_kept_without_an_end() {
    let mut server = asked(V311, 0);
    accept(&mut server, None).unwrap();
    server.output();
    server.publish(1, 1).unwrap();
    assert_eq!(server.session.session_expiry(), u32::MAX);
    server.end();
    let state = server.session.into_state();
    let mut server = Peer { millis: 86_400_000, ..asked(V311, 0) };
    accept(&mut server, Some(state)).unwrap();
    server.sends(&format!("20 02 01 00 {}", publish(V311, 0x3A, 1)));
}
