//! What outlives a connection, and what is sent again.

use crate::kit::{Peer, Session, Setup, both, bytes, hex, publish};
use bytes::Buf;
use mqtt_core::{
    ClientConfig, ClientSession, Property, PublishStatus, ReasonCode, ServerSession, SessionLost,
    Version,
};

/// The bytes of several packets.
fn all(packets: &[&str]) -> String {
    packets.join(" ")
}

#[test]
fn what_is_open_is_sent_again_in_its_order() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.opens(2, 1);
        it.opens(1, 2);
        it.opens(2, 3);
        it.opens(1, 4);
        it.gets("50 02 00 03", &[], "62 02 00 03");
        it.gets("40 02 00 02", &["published 2 #2"], "");
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends(&all(&[&publish(version, 0x3C, 1), "62 02 00 03", &publish(version, 0x3A, 4)]));
        // Once on each connection, however long it takes.
        it.at(100_000);
        it.sends("");
        it.gets("70 02 00 03", &["published 3 #3"], "");
        it.gets("50 02 00 01", &[], "62 02 00 01");
        it.gets("40 02 00 04", &["published 4 #4"], "");
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends("62 02 00 01");
        it.gets("70 02 00 01", &["published 1 #1"], "");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn the_order_is_that_of_sending_and_not_of_identifiers() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        // So that identifiers begin anew.
        let mut used = Vec::new();
        for token in 0..30 {
            let id = it.opens(1, token);
            if token % 3 == 0 {
                used.push(id);
                continue;
            }
            it.receive(&bytes(&format!("40 02 00 {id:02X}")));
            it.events();
        }
        assert!(!used.is_sorted(), "{used:?}");
        let mut it = S::next(it, &setup, true);
        it.events();
        let again: Vec<_> = used.iter().map(|id| publish(version, 0x3A, *id)).collect();
        it.sends(&again.join(" "));
    }
    both!(case: V5, V311, V31);
}

#[test]
fn what_waits_goes_behind_what_is_sent_again() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.opens(1, 1);
        it.end();
        assert_eq!(it.publish(1, 2), Ok(PublishStatus::Queued));
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends(&all(&[&publish(version, 0x3A, 1), &publish(version, 0x32, 2)]));
    }
    both!(case: V5, V311, V31);
}

#[test]
fn dup_is_set_on_a_repeat_alone() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).peer_v5(Property::ReceiveMaximum(1));
        let mut it = S::up(&setup);
        it.opens(1, 1);
        let queued = version == Version::V5;
        it.publish(1, 2).unwrap();
        it.sends(&if queued { String::new() } else { publish(version, 0x32, 2) });
        let mut it = S::next(it, &setup, true);
        it.events();
        let second = if queued { String::new() } else { publish(version, 0x3A, 2) };
        it.sends(&all(&[&publish(version, 0x3A, 1), &second]));
        it.receive(&bytes("40 02 00 01"));
        it.events();
        // It was never sent before.
        if queued {
            it.sends_message(0x32);
        }
    }
    both!(case: V5, V311);
}

#[test]
fn identifiers_of_open_messages_stay_taken() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        let first = it.opens(1, 1);
        let second = it.opens(2, 2);
        it.gets(&format!("50 02 00 {second:02X}"), &[], &format!("62 02 00 {second:02X}"));
        let mut it = S::next(it, &setup, true);
        it.events();
        it.output();
        for token in 3..100 {
            let id = it.opens(1, token);
            assert!(id != first && id != second);
            it.receive(&bytes(&format!("40 02 00 {id:02X}")));
            it.events();
        }
    }
    both!(case: V5, V311, V31);
}

#[test]
fn a_repeat_is_known_on_the_next_connection() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
        it.gets(&publish(version, 0x34, 12), &["message t 2 !"], "50 02 00 0C");
        let mut it = S::next(it, &setup, true);
        it.events();
        // Acknowledgements are not sent again on their own.
        it.sends("");
        it.gets(&publish(version, 0x3C, 11), &[], "50 02 00 0B");
        it.gets("62 02 00 0B", &[], "70 02 00 0B");
        it.gets("62 02 00 0C", &[], "70 02 00 0C");
        it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn a_qos_1_message_that_was_not_acknowledged_comes_again() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).manual();
        let mut it = S::up(&setup);
        it.gets(&publish(version, 0x32, 11), &["message t 1 !"], "");
        let mut it = S::next(it, &setup, true);
        it.events();
        let (now, old) = (it.now(), it.acks.remove(0));
        let error = it.session.ack(now, old, mqtt_core::ReasonCode::SUCCESS).unwrap_err();
        assert_eq!(error, mqtt_core::UsageError::UnknownToken);
        it.sends("");
        it.gets(&publish(version, 0x3A, 11), &["message t 1 !"], "");
        it.ack(0, 0);
        it.sends("40 02 00 0B");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn a_qos_2_message_that_was_not_acknowledged_is_handed_out_once() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).manual();
        let mut it = S::up(&setup);
        it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "");
        it.gets(&publish(version, 0x34, 12), &["message t 2 !"], "");
        let mut it = S::next(it, &setup, true);
        it.events();
        // The first one is acknowledged before it comes again, the second one behind that.
        it.ack(0, 0);
        it.sends("");
        it.gets(&publish(version, 0x3C, 11), &[], "50 02 00 0B");
        it.gets(&publish(version, 0x3C, 12), &[], "");
        it.ack(0, 0);
        it.sends("50 02 00 0C");
        it.gets("62 02 00 0B 62 02 00 0C", &[], "70 02 00 0B 70 02 00 0C");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn a_new_session_knows_of_nothing() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.opens(1, 1);
        it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
        let mut it = S::next(it, &setup, false);
        it.events();
        it.sends("");
        it.opens(1, 2);
        it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
    }
    both!(case: V5, V311);
}

#[test]
fn a_client_is_told_what_the_server_has_lost() {
    for version in [Version::V5, Version::V311] {
        let setup = Setup::new(version);
        let mut client = ClientSession::up(&setup);
        client.opens(1, 1);
        client.opens(2, 2);
        client.opens(2, 3);
        client.gets("50 02 00 03", &[], "62 02 00 03");
        client.end();
        client.publish(1, 4).unwrap();
        let mut client = ClientSession::next(client, &setup, false);
        client.tells(&[
            "lost 3",
            "dropped 1 SessionLost",
            "dropped 2 SessionLost",
            "dropped 3 SessionLost",
        ]);
        // What had not been sent is not lost.
        client.sends_message(0x32);
    }
}

#[test]
fn a_client_may_publish_again_what_the_server_has_lost() {
    for version in [Version::V5, Version::V311] {
        let setup = Setup::new(version);
        let session_lost = SessionLost::PublishAgain;
        let mut client =
            Peer::of(ClientConfig { version, session_lost, ..ClientConfig::default() });
        client.connect(&setup, false);
        client.connack(&setup, false, "connected");
        client.opens(1, 1);
        client.opens(2, 2);
        client.opens(2, 3);
        client.gets("50 02 00 03", &[], "62 02 00 03");
        // Sent again once, so that they have DUP.
        let mut client = ClientSession::next(client, &setup, true);
        client.tells(&["resumed"]);
        assert_eq!(client.output()[0], 0x3A);
        client.end();
        client.publish(1, 4).unwrap();
        client.connect(&setup, false);
        client.receive(&setup.connack(false));
        // The server had taken the third: whether it goes on nobody knows.
        client.tells(&["lost 3", "dropped 3 SessionLost"]);
        let out = client.output();
        let first: Vec<_> = out.chunks(if version == Version::V5 { 9 } else { 8 }).collect();
        // As new ones, before what waited: no DUP.
        assert_eq!(first.iter().map(|packet| packet[0]).collect::<Vec<_>>(), [0x32, 0x34, 0x32]);
    }
}

#[test]
fn a_clean_start_drops_the_old_session() {
    for version in [Version::V5, Version::V311] {
        let setup = Setup::new(version);
        let mut client = ClientSession::up(&setup);
        client.opens(1, 1);
        client.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
        client.end();
        client.connect(&setup, true);
        client.receive(&setup.connack(false));
        client.tells(&["lost 1", "dropped 1 SessionLost"]);
        client.sends("");
        client.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
    }
}

#[test]
fn a_session_that_was_not_asked_for() {
    // Clean Start 1: there is none that could be present.
    let setup = Setup::new(Version::V5);
    let mut client = ClientSession::up(&setup);
    client.end();
    client.connect(&setup, true);
    client.receive(&setup.connack(true));
    client.tells(&["closed SessionPresent"]);
    client.sends("E0 01 82");
}

#[test]
fn a_session_is_resumed_though_connack_was_lost() {
    let setup = Setup::new(Version::V5);
    let mut client = Peer::client(&setup);
    client.connect(&setup, false);
    client.end();
    client.connect(&setup, false);
    client.connack(&setup, true, "resumed");
}

#[test]
fn the_state_of_a_server_counts_its_messages() {
    let setup = Setup::new(Version::V5).peer(Property::ReceiveMaximum(2));
    let mut server = ServerSession::up(&setup);
    for token in 0..5 {
        server.publish(1, token).unwrap();
    }
    server.end();
    let state = server.session.into_state();
    assert_eq!((state.open_messages(), state.queued_messages()), (2, 3));
}

#[test]
fn requests_do_not_outlive_a_connection() {
    use mqtt_core::{PacketId, QoS, Subscribe, Subscription, Subscriptions};
    let setup = Setup::new(Version::V5);
    let mut client = ClientSession::up(&setup);
    let filters = [Subscription::new("a", QoS::AtMostOnce)];
    let subscribe =
        Subscribe { filters: Subscriptions::new(&filters), ..Subscribe::new(PacketId::MIN) };
    let id = client.session.subscribe(client.now(), &subscribe, 7).unwrap();
    assert_eq!(id.get(), 1);
    client.sends("82 07 00 01 00 00 01 'a' 00");
    let mut client = ClientSession::next(client, &setup, true);
    client.tells(&["resumed"]);
    client.sends("");
    // Its identifier is free: an answer to it is an answer to nothing.
    client.gets("90 04 00 01 00 00", &["closed Unexpected(SubAck)"], "E0 01 82");
}

#[test]
fn the_server_takes_up_what_was_to_be_sent_before_it_answered() {
    let setup = Setup::new(Version::V5);
    let mut server = ServerSession::up(&setup);
    server.opens(1, 1);
    server.end();
    let state = server.session.into_state();
    let mut server = Peer::server(&setup);
    server.asked(&setup, false);
    // Found by the router while the application still looks for the state.
    assert_eq!(server.publish(1, 2), Ok(PublishStatus::Queued));
    server.accept(&setup, Some(state));
    server.sends(&all(&[&publish(Version::V5, 0x3A, 1), &publish(Version::V5, 0x32, 2)]));
}

#[test]
fn a_repeat_that_is_too_large_for_the_new_connection() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.opens(1, 1);
        it.publish_to("topic", 1, 2).unwrap();
        it.output();
        it.opens(2, 3);
        // `t` has 9 bytes, `topic` 13.
        let setup = setup.peer(Property::MaximumPacketSize(12));
        let mut it = S::next(it, &setup, true);
        let mut events = it.events();
        events.retain(|event| event != "resumed");
        assert_eq!(events, ["dropped 2 TooLarge"]);
        it.sends(&all(&[&publish(version, 0x3A, 1), &publish(version, 0x3C, 3)]));
        it.gets("40 02 00 02", &[], "");
    }
    both!(case: V5);
}

#[test]
fn a_repeat_that_the_server_does_not_take_any_more() {
    let setup = Setup::new(Version::V5);
    let mut client = ClientSession::up(&setup);
    client.opens(2, 1);
    client.opens(1, 2);
    let setup = setup.peer(Property::MaximumQoS(mqtt_core::QoS::AtLeastOnce));
    let mut client = ClientSession::next(client, &setup, true);
    client.tells(&["resumed"]);
    // The server may have it, and would take another one under its identifier for it.
    client.sends(&all(&["62 02 00 01", &publish(Version::V5, 0x3A, 2)]));
    client.gets("70 03 00 01 92", &["dropped 1 NotSupported"], "");
}

/// v5 \[MQTT-4.3.3-10\]: under the identifier of a QoS 2 message that the peer may have, the next one would be
/// taken for a repeat.
#[test]
fn a_repeat_that_cannot_be_sent_does_not_free_its_identifier() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.publish_to("topic", 2, 1).unwrap();
        it.output();
        let small = setup.peer(Property::MaximumPacketSize(12)).peer(Property::ReceiveMaximum(1));
        let mut it = S::next(it, &small, true);
        it.events();
        it.publish(2, 2).unwrap();
        it.sends("62 02 00 01");
        // Nor on the connection after that.
        let mut it = S::next(it, &small, true);
        it.events();
        it.sends(&all(&["62 02 00 01", &publish(version, 0x34, 2)]));
        it.gets("70 03 00 01 92", &["dropped 1 TooLarge"], "");
        it.gets("70 02 00 01", &[], "");
    }
    both!(case: V5);
    // The other side has lost it all.
    let setup = Setup::new(Version::V5);
    let mut client = ClientSession::up(&setup);
    client.opens(2, 1);
    let low = setup.clone().peer(Property::MaximumQoS(mqtt_core::QoS::AtMostOnce));
    let mut client = ClientSession::next(client, &low, true);
    client.tells(&["resumed"]);
    let mut client = ClientSession::next(client, &setup, false);
    client.tells(&["lost 1", "dropped 1 SessionLost"]);
}

#[test]
fn a_new_message_does_not_pass_what_is_still_to_be_sent_again() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.max_output = 1;
        let mut it = S::up(&setup);
        for token in 1..=3 {
            it.opens(1, token);
        }
        let mut it = S::next(it, &setup, true);
        it.events();
        // There is room for one at a time; when the first is gone, the second is not yet written.
        let mut out = it.session.transmit();
        let len = out.remaining();
        out.advance(len);
        it.publish(1, 4).unwrap();
        let rest =
            [publish(version, 0x3A, 2), publish(version, 0x3A, 3), publish(version, 0x32, 4)];
        it.sends(&rest.join(" "));
    }
    both!(case: V5, V311, V31);
}

/// v5 \[MQTT-4.3.3-4\]: one PUBREL for one PUBREC, though the message has not been sent again.
#[test]
fn a_pubrel_that_has_gone_out_is_not_sent_again() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.opens(1, 1);
        it.opens(2, 2);
        it.opens(1, 3);
        let mut it = S::next(it, &setup.peer(Property::ReceiveMaximum(1)), true);
        it.events();
        it.sends(&publish(version, 0x3A, 1));
        it.gets("50 02 00 02", &[], "62 02 00 02");
        it.gets("40 02 00 01", &["published 1 #1"], &publish(version, 0x3A, 3));
        it.gets("70 02 00 02", &["published 2 #2"], "");
    }
    both!(case: V5);
}

/// Messages that the caller has not acknowledged come again in another order, some after the caller has
/// said so and some before: each is answered once, in the order in which it came.
#[test]
fn messages_that_come_again_in_another_order() {
    const COUNT: u16 = 2_000;
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).manual();
        let mut it = S::up(&setup);
        for id in 1..=COUNT {
            it.receive(&bytes(&publish(version, 0x34, id)));
            it.tells(&["message t 2 !"]);
        }
        let mut it = S::next(it, &setup, true);
        it.events();
        // Those of odd identifiers are acknowledged before they come.
        let mut late = Vec::new();
        for (at, token) in core::mem::take(&mut it.acks).into_iter().enumerate() {
            if at % 2 == 0 {
                it.session.ack(it.now(), token, ReasonCode::SUCCESS).unwrap();
            } else {
                late.push(token);
            }
        }
        it.sends("");
        for id in (1..=COUNT).rev() {
            it.receive(&bytes(&publish(version, 0x3C, id)));
            it.receive(&bytes(&publish(version, 0x3C, id)));
            it.tells(&[]);
        }
        // A new one among them.
        it.receive(&bytes(&publish(version, 0x34, COUNT + 1)));
        it.tells(&["message t 2 !"]);
        it.ack(0, 0);
        // The last that came is the first of those that are late.
        let answer = |id: u16| [0x50, 2, (id >> 8) as u8, id as u8];
        let mut sent = Vec::new();
        for token in late {
            it.session.ack(it.now(), token, ReasonCode::SUCCESS).unwrap();
            sent.extend(it.output());
        }
        let order: Vec<u8> = (1..=COUNT).rev().chain([COUNT + 1]).flat_map(answer).collect();
        assert!(sent == order, "{}", hex(&sent[..20]));
        // They are acknowledged: on the next connection too.
        let mut it = S::next(it, &setup, true);
        it.events();
        it.gets(&publish(version, 0x3C, 7), &[], "50 02 00 07");
    }
    both!(case: V5, V311);
}
