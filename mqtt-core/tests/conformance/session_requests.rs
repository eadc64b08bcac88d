//! Requests and their answers.

use crate::kit::{Peer, Session, Setup, publish};
use mqtt_core::{
    Disconnect, PacketId, Property, QoS, ReasonCode, ReasonCodes, ServerSession, SubAck, UnsubAck,
    UsageError, Version,
};

const V5: Version = Version::V5;
const V311: Version = Version::V311;

fn subscribed(version: Version) -> Peer<ServerSession> {
    let mut server = ServerSession::up(&Setup::new(version));
    let packet = match version {
        V5 => "82 0F 00 05 00 00 01 'a' 00 00 01 'b' 01 00 01 'c' 02",
        _ => "82 0E 00 05 00 01 'a' 00 00 01 'b' 01 00 01 'c' 02",
    };
    server.gets(packet, &["subscribe #5"], "");
    server
}

fn suback(server: &mut Peer<ServerSession>, id: u16, codes: &[u8]) -> Result<(), UsageError> {
    let codes: Vec<_> = codes.iter().map(|code| ReasonCode(*code)).collect();
    let id = PacketId::new(id).unwrap();
    let suback = SubAck { reasons: ReasonCodes::new(&codes), ..SubAck::new(id) };
    server.session.suback(server.now(), &suback)
}

fn unsubscribed(version: Version) -> Peer<ServerSession> {
    let mut server = ServerSession::up(&Setup::new(version));
    let packet = match version {
        V5 => "A2 0C 00 06 00 00 01 'a' 00 01 'b' 00 01 'c'",
        _ => "A2 0B 00 06 00 01 'a' 00 01 'b' 00 01 'c'",
    };
    server.gets(packet, &["unsubscribe #6"], "");
    server
}

fn unsuback(server: &mut Peer<ServerSession>, id: u16, codes: &[u8]) -> Result<(), UsageError> {
    let codes: Vec<_> = codes.iter().map(|code| ReasonCode(*code)).collect();
    let id = PacketId::new(id).unwrap();
    let unsuback = UnsubAck { reasons: ReasonCodes::new(&codes), ..UnsubAck::new(id) };
    server.session.unsuback(server.now(), &unsuback)
}

/// One SUBACK with the identifier of SUBSCRIBE and a code for each filter.
fn answered(version: Version) {
    let mut server = subscribed(version);
    assert_eq!(suback(&mut server, 4, &[0, 0x80, 2]), Err(UsageError::UnknownToken));
    assert_eq!(suback(&mut server, 5, &[0]), Err(UsageError::NotAllowed));
    assert_eq!(suback(&mut server, 5, &[0, 0, 0, 0]), Err(UsageError::NotAllowed));
    server.sends("");
    suback(&mut server, 5, &[0, 0x80, 2]).unwrap();
    let properties = if version == V5 { "00" } else { "" };
    let len = if version == V5 { 6 } else { 5 };
    server.sends(&format!("90 {len:02X} 00 05 {properties} 00 80 02"));
    assert_eq!(suback(&mut server, 5, &[0, 0x80, 2]), Err(UsageError::UnknownToken));
}

#[test]
fn v5_3_8_4_7_a_code_grants_no_more_than_was_asked_for() {
    let mut server = subscribed(V5);
    for codes in [[1, 1, 2], [0, 2, 2], [2, 1, 0]] {
        assert_eq!(suback(&mut server, 5, &codes), Err(UsageError::NotAllowed));
        server.sends("");
    }
    suback(&mut server, 5, &[0, 0, 0x97]).unwrap();
    server.sends("90 06 00 05 00 00 00 97");
}

#[test]
fn v5_3_8_4_1_subscribe_is_answered_with_suback() {
    answered(V5);
}

#[test]
fn v311_3_8_4_1_subscribe_is_answered_with_suback() {
    answered(V311);
}

#[test]
fn v5_3_8_4_2_suback_has_the_identifier() {
    answered(V5);
}

#[test]
fn v311_3_8_4_2_suback_has_the_identifier() {
    answered(V311);
}

#[test]
fn v5_3_8_4_5_several_filters_have_one_answer() {
    answered(V5);
}

#[test]
fn v311_3_8_4_4_several_filters_have_one_answer() {
    answered(V311);
}

#[test]
fn v5_3_8_4_6_suback_has_a_code_for_each_filter() {
    answered(V5);
}

#[test]
fn v311_3_8_4_5_suback_has_a_code_for_each_filter() {
    answered(V311);
}

#[test]
fn v5_3_9_3_1_codes_are_in_the_order_of_filters() {
    let mut server = subscribed(V5);
    suback(&mut server, 5, &[0, 1, 0x87]).unwrap();
    server.sends("90 06 00 05 00 00 01 87");
}

#[test]
fn v311_3_9_3_1_codes_are_in_the_order_of_filters() {
    let mut server = subscribed(V311);
    suback(&mut server, 5, &[0, 1, 0x80]).unwrap();
    server.sends("90 05 00 05 00 01 80");
}

#[test]
fn v5_2_2_1_6_answers_have_the_identifier_of_the_request() {
    answered(V5);
    unsubscribe_is_answered(V5);
}

#[test]
fn v311_2_3_1_7_answers_have_the_identifier_of_the_request() {
    answered(V311);
    unsubscribe_is_answered(V311);
}

fn unsubscribe_is_answered(version: Version) {
    let mut server = unsubscribed(version);
    // The second one is not subscribed.
    let codes: &[u8] = if version == V5 { &[0, 0x11, 0] } else { &[] };
    assert_eq!(unsuback(&mut server, 5, codes), Err(UsageError::UnknownToken));
    server.sends("");
    unsuback(&mut server, 6, codes).unwrap();
    server.sends(if version == V5 { "B0 06 00 06 00 00 11 00" } else { "B0 02 00 06" });
    assert_eq!(unsuback(&mut server, 6, codes), Err(UsageError::UnknownToken));
}

#[test]
fn v5_3_10_4_4_unsubscribe_is_answered_with_unsuback() {
    unsubscribe_is_answered(V5);
}

#[test]
fn v311_3_10_4_4_unsubscribe_is_answered_with_unsuback() {
    unsubscribe_is_answered(V311);
}

#[test]
fn v5_3_10_4_5_also_if_nothing_was_subscribed() {
    let mut server = ServerSession::up(&Setup::new(V5));
    server.gets("A2 06 00 06 00 00 01 'z'", &["unsubscribe #6"], "");
    unsuback(&mut server, 6, &[0x11]).unwrap();
    server.sends("B0 04 00 06 00 11");
}

#[test]
fn v311_3_10_4_5_also_if_nothing_was_subscribed() {
    let mut server = ServerSession::up(&Setup::new(V311));
    server.gets("A2 05 00 06 00 01 'z'", &["unsubscribe #6"], "");
    unsuback(&mut server, 6, &[]).unwrap();
    server.sends("B0 02 00 06");
}

#[test]
fn v5_3_10_4_6_several_filters_have_one_answer() {
    unsubscribe_is_answered(V5);
}

#[test]
fn v311_3_10_4_6_several_filters_have_one_answer() {
    unsubscribe_is_answered(V311);
}

#[test]
fn v5_3_11_3_1_unsuback_has_a_code_for_each_filter() {
    let mut server = unsubscribed(V5);
    for codes in [&[0, 0][..], &[0, 0, 0, 0]] {
        assert_eq!(unsuback(&mut server, 6, codes), Err(UsageError::NotAllowed));
    }
    unsuback(&mut server, 6, &[0x11, 0, 0x87]).unwrap();
    server.sends("B0 06 00 06 00 11 00 87");
}

fn ends_after_unsubscribe(version: Version) {
    let mut server = ServerSession::up(&Setup::new(version));
    server.opens(2, 1);
    let packet = if version == V5 { "A2 06 00 06 00 00 01 't'" } else { "A2 05 00 06 00 01 't'" };
    server.gets(packet, &["unsubscribe #6"], "");
    unsuback(&mut server, 6, if version == V5 { &[0] } else { &[] }).unwrap();
    server.output();
    server.gets("50 02 00 01", &[], "62 02 00 01");
    server.gets("70 02 00 01", &["published 1 #1"], "");
}

#[test]
fn v5_3_10_4_3_what_is_open_comes_to_its_end() {
    ends_after_unsubscribe(V5);
}

#[test]
fn v311_3_10_4_3_what_is_open_comes_to_its_end() {
    ends_after_unsubscribe(V311);
}

#[test]
fn v5_3_12_4_1_pingreq_is_answered() {
    ServerSession::up(&Setup::new(V5)).gets("C0 00", &[], "D0 00");
}

#[test]
fn v311_3_12_4_1_pingreq_is_answered() {
    ServerSession::up(&Setup::new(V311)).gets("C0 00", &[], "D0 00");
}

#[test]
fn v5_3_2_2_10_subscribing_above_the_maximum_qos_is_fine() {
    let setup = Setup::new(V5).own(Property::MaximumQoS(QoS::AtMostOnce));
    let mut server = ServerSession::up(&setup);
    server.gets("82 07 00 05 00 00 01 'a' 02", &["subscribe #5"], "");
    suback(&mut server, 5, &[0]).unwrap();
    server.sends("90 04 00 05 00 00");
}

#[test]
fn v311_3_8_3_2_a_server_without_wildcards_refuses_the_filter() {
    let mut server = ServerSession::up(&Setup::new(V311));
    server.gets("82 08 00 05 00 03 'a/#' 00", &["subscribe #5"], "");
    suback(&mut server, 5, &[0x80]).unwrap();
    server.sends("90 03 00 05 80");
}

#[test]
fn v311_3_3_5_2_a_message_is_acknowledged_or_the_connection_ends() {
    let mut server = ServerSession::up(&Setup::new(V311).manual());
    server.gets(&publish(V311, 0x32, 1), &["message t 1 !"], "");
    server.gets(&publish(V311, 0x32, 2), &["message t 1 !"], "");
    // There is no way to say that it was refused.
    let (now, token) = (server.now(), server.acks.remove(0));
    let refused = server.session.ack(now, token, ReasonCode::NOT_AUTHORIZED).unwrap_err();
    assert_eq!(refused.error, UsageError::NotAllowed);
    server.sends("");
    server.session.disconnect(now, &Disconnect::default()).unwrap();
    server.tells(&["closed Local"]);
    server.sends("");
}
