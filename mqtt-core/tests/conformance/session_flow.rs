//! Identifiers, quota, and messages that wait.

use crate::kit::{Session, Setup, both, bytes, publish};
use mqtt_core::{ClientSession, Property, ServerSession, Version};

const V5: Version = Version::V5;
const V311: Version = Version::V311;

/// As many different identifiers as there are open messages.
fn different_ids<S: Session>(version: Version) {
    let mut it = S::up(&Setup::new(version));
    let mut ids: Vec<_> = (0..40).map(|token| it.opens(1 + token as u8 % 2, token)).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), ids.contains(&0)), (40, false));
}

#[test]
fn v5_2_2_1_4_identifiers_of_a_server_are_not_in_use() {
    different_ids::<ServerSession>(V5);
}

#[test]
fn v311_2_3_1_4_identifiers_of_a_server_are_not_in_use() {
    different_ids::<ServerSession>(V311);
}

/// PUBLISH, SUBSCRIBE and UNSUBSCRIBE share their identifiers.
fn different_requests(version: Version) {
    use mqtt_core::{
        PacketId, QoS, Subscribe, Subscription, Subscriptions, TopicFilters, Unsubscribe,
    };
    let mut client = ClientSession::up(&Setup::new(version));
    let list = [Subscription::new("a", QoS::AtMostOnce)];
    let subscribe =
        Subscribe { filters: Subscriptions::new(&list), ..Subscribe::new(PacketId::MIN) };
    let unsubscribe =
        Unsubscribe { filters: TopicFilters::new(&["a"]), ..Unsubscribe::new(PacketId::MIN) };
    let (now, mut ids) = (client.now(), Vec::new());
    for token in 0..10 {
        ids.push(client.session.subscribe(now, &subscribe, token).unwrap().get());
        ids.push(client.session.unsubscribe(now, &unsubscribe, token).unwrap().get());
        client.output();
        ids.push(client.opens(1, token));
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), ids.contains(&0)), (30, false));
}

#[test]
fn v5_2_2_1_3_identifiers_of_a_client_are_not_in_use() {
    different_requests(V5);
}

#[test]
fn v311_2_3_1_2_identifiers_of_a_client_are_not_in_use() {
    different_requests(V311);
}

#[test]
fn v311_2_3_1_3_a_repeat_has_its_old_identifier() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.opens(1, 1);
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends(&publish(version, 0x3A, 1));
        assert_ne!(it.opens(1, 2), 1);
        it.gets("40 02 00 01", &["published 1 #1"], "");
    }
    both!(case: V311);
}

fn two_at_most<S: Session>(version: Version) {
    let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(2)));
    it.opens(2, 1);
    it.opens(1, 2);
    it.publishes(1, 3, "");
    it.publishes(2, 4, "");
    it.receive(&bytes("50 03 00 01 80"));
    it.tells(&["published 1 #1 80"]);
    it.sends_message(0x32);
    it.receive(&bytes("40 02 00 02"));
    it.tells(&["published 2 #2"]);
    it.sends_message(0x34);
}

#[test]
fn v5_3_3_4_7_a_client_keeps_to_receive_maximum() {
    two_at_most::<ClientSession>(V5);
}

#[test]
fn v5_3_3_4_9_a_server_keeps_to_receive_maximum() {
    two_at_most::<ServerSession>(V5);
}

#[test]
fn v5_3_3_4_8_requests_do_not_wait_for_quota() {
    use mqtt_core::{PacketId, QoS, Subscribe, Subscription, Subscriptions};
    let setup = Setup::new(V5).keep_alive(10).peer(Property::ReceiveMaximum(1));
    let mut client = ClientSession::up(&setup);
    client.opens(1, 1);
    let list = [Subscription::new("a", QoS::AtMostOnce)];
    let subscribe =
        Subscribe { filters: Subscriptions::new(&list), ..Subscribe::new(PacketId::MIN) };
    client.session.subscribe(client.now(), &subscribe, 1).unwrap();
    client.sends("82 07 00 02 00 00 01 'a' 00");
    client.at(10_000);
    client.sends("C0 00");
}

#[test]
fn v5_3_3_4_10_answers_do_not_wait_for_quota() {
    use mqtt_core::{PacketId, ReasonCode, ReasonCodes, SubAck};
    let mut server = ServerSession::up(&Setup::new(V5).peer(Property::ReceiveMaximum(1)));
    server.opens(1, 1);
    server.gets("C0 00 82 07 00 05 00 00 01 'a' 00", &["subscribe #5"], "D0 00");
    let code = [ReasonCode::SUCCESS];
    let id = PacketId::new(5).unwrap();
    let suback = SubAck { reasons: ReasonCodes::new(&code), ..SubAck::new(id) };
    server.session.suback(server.now(), &suback).unwrap();
    server.sends("90 04 00 05 00 00");
}

#[test]
fn v5_3_3_2_5_a_message_that_waited_too_long_is_not_sent() {
    let mut server = ServerSession::up(&Setup::new(V5));
    server.end();
    server.publish_with(1, 1, &[Property::MessageExpiryInterval(10)]).unwrap();
    server.at(11_000);
    let mut server = ServerSession::next(server, &Setup::new(V5), true);
    server.sends("");
    server.tells(&["dropped 1 Expired"]);
}

#[test]
fn v5_3_3_2_6_the_time_waited_is_taken_off_the_interval() {
    let mut server = ServerSession::up(&Setup::new(V5));
    server.end();
    server.publish_with(1, 1, &[Property::MessageExpiryInterval(10)]).unwrap();
    server.at(4_000);
    let mut server = ServerSession::next(server, &Setup::new(V5), true);
    server.sends("32 0C 00 01 't' 00 01 05 02 00 00 00 06 '!'");
}

#[test]
fn v5_4_9_0_1_the_quota_begins_with_receive_maximum() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).peer(Property::ReceiveMaximum(3));
        let mut it = S::up(&setup);
        for token in 1..=3 {
            it.opens(1, token);
        }
        it.publishes(1, 4, "");
        // Anew on each connection.
        let mut it = S::next(it, &setup, true);
        it.events();
        let again: Vec<_> = (1..=3).map(|id| publish(version, 0x3A, id)).collect();
        it.sends(&again.join(" "));
    }
    both!(case: V5);
}

#[test]
fn v5_4_9_0_2_without_quota_nothing_is_sent() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(1)));
        it.opens(2, 1);
        it.publishes(2, 2, "");
        it.gets("50 02 00 01", &[], "62 02 00 01");
        it.receive(&bytes("70 02 00 01"));
        it.tells(&["published 1 #1"]);
        it.sends_message(0x34);
    }
    both!(case: V5);
}

#[test]
fn v5_4_9_0_3_without_quota_all_else_is_taken() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(1)));
        it.opens(2, 1);
        it.publishes(1, 2, "");
        it.gets(&publish(version, 0x32, 9), &["message t 1 !"], "40 02 00 09");
        it.gets(&publish(version, 0x34, 8), &["message t 2 !"], "50 02 00 08");
        it.gets("62 02 00 08", &[], "70 02 00 08");
        it.gets("50 02 00 01", &[], "62 02 00 01");
    }
    both!(case: V5);
    let mut server = ServerSession::up(&Setup::new(V5).peer(Property::ReceiveMaximum(1)));
    server.opens(1, 1);
    server.publishes(1, 2, "");
    server.gets("C0 00", &[], "D0 00");
}
