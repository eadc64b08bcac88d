//! QoS 0 and 1.

use crate::kit::{Session, Setup, both, bytes, publish};
use mqtt_core::{ClientSession, Property, PublishStatus, ServerSession, Version};

#[test]
fn qos_0_is_sent_and_forgotten() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).peer_v5(Property::ReceiveMaximum(1));
        let mut it = S::up(&setup);
        for token in 0..3 {
            assert_eq!(it.publish(0, token), Ok(PublishStatus::Sent(None)));
            it.sends(&publish(version, 0x30, 0));
        }
        it.tells(&[]);
        let mut it = S::next(it, &setup, true);
        it.sends("");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn qos_0_is_taken_and_not_answered() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.gets(&publish(version, 0x30, 0), &["message t 0 !"], "");
        it.gets(&publish(version, 0x31, 0), &["message t 0 !"], "");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn puback_ends_a_message() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.publishes(1, 7, &publish(version, 0x32, 1));
        it.publishes(1, 8, &publish(version, 0x32, 2));
        it.gets("40 02 00 02", &["published 8 #2"], "");
        it.gets("40 02 00 01", &["published 7 #1"], "");
        // They are not in use any more, and nobody waits for more.
        it.gets("40 02 00 01", &[], "");
        let mut it = S::next(it, &Setup::new(version), true);
        it.sends("");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn puback_with_a_code() {
    fn case<S: Session>(version: Version) {
        // No matching subscribers is said by servers alone.
        let codes: &[u8] = if S::IS_SERVER { &[0x80, 0x87, 0x97] } else { &[0x10, 0x80, 0x97] };
        let mut it = S::up(&Setup::new(version));
        for code in codes {
            let id = it.opens(1, 7);
            let packet = format!("40 03 00 0{id} {code:02X}");
            let event = format!("published 7 #{id} {code:02X}");
            it.gets(&packet, &[&event], "");
        }
        // What was refused is never sent again.
        let mut it = S::next(it, &Setup::new(version), true);
        it.sends("");
    }
    both!(case: V5);
}

#[test]
fn a_refused_message_gives_its_room_back() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(1)));
        it.publishes(1, 1, &publish(version, 0x32, 1));
        it.publishes(1, 2, "");
        it.receive(&bytes("40 03 00 01 87"));
        it.tells(&["published 1 #1 87"]);
        it.sends_message(0x32);
        it.tells(&[]);
    }
    both!(case: V5);
}

#[test]
fn the_wrong_acknowledgement() {
    fn case<S: Session>(version: Version) {
        let last = if version == Version::V5 { "E0 01 82" } else { "" };
        for (packet, name) in [("50 02 00 01", "PubRec"), ("70 02 00 01", "PubComp")] {
            let mut it = S::up(&Setup::new(version));
            it.publishes(1, 7, &publish(version, 0x32, 1));
            it.gets(packet, &[&format!("closed Unexpected({name})")], last);
        }
    }
    both!(case: V5, V311, V31);
}

#[test]
fn a_message_is_acknowledged() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.gets(&publish(version, 0x32, 10), &["message t 1 !"], "40 02 00 0A");
        // The same identifier is another message, whatever DUP says.
        it.gets(&publish(version, 0x32, 10), &["message t 1 !"], "40 02 00 0A");
        it.gets(&publish(version, 0x3A, 10), &["message t 1 !"], "40 02 00 0A");
        it.gets(&publish(version, 0x32, 0xFFFF), &["message t 1 !"], "40 02 FF FF");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn messages_are_acknowledged_in_their_order() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).manual());
        for id in 1..=3 {
            it.gets(&publish(version, 0x32, id), &["message t 1 !"], "");
        }
        it.ack(2, 0);
        it.sends("");
        it.ack(0, 0);
        it.sends("40 02 00 01");
        it.ack(0, 0);
        it.sends("40 02 00 02 40 02 00 03");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn one_acknowledgement_for_each_message_of_an_identifier() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).manual());
        it.gets(&publish(version, 0x32, 5), &["message t 1 !"], "");
        it.gets(&publish(version, 0x3A, 5), &["message t 1 !"], "");
        it.ack(1, 0);
        it.sends("");
        it.ack(0, 0);
        it.sends("40 02 00 05 40 02 00 05");
    }
    both!(case: V311);
}

/// Section 6 of the state machines: on one connection nothing is sent again.
#[test]
fn a_message_that_waits_does_not_come_again_in_5_0() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).manual();
        let mut it = S::up(&setup);
        it.gets(&publish(version, 0x32, 5), &["message t 1 !"], "");
        it.gets(&publish(version, 0x3A, 5), &["closed Unexpected(Publish)"], "E0 01 82");
        // On the next it does; and once it is acknowledged, its identifier is that of another.
        let mut it = S::next(it, &setup, true);
        it.events();
        it.gets(&publish(version, 0x3A, 5), &["message t 1 !"], "");
        it.gets(&publish(version, 0x32, 6), &["message t 1 !"], "");
        // The first token is of the connection before.
        it.ack(2, 0);
        it.ack(1, 0);
        it.sends("40 02 00 05 40 02 00 06");
        it.gets(&publish(version, 0x32, 6), &["message t 1 !"], "");
    }
    both!(case: V5);
}

#[test]
fn a_message_may_be_refused_in_5_0() {
    fn case<S: Session>(version: Version) {
        for code in [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99] {
            let mut it = S::up(&Setup::new(version).manual());
            it.gets(&publish(version, 0x32, 5), &["message t 1 !"], "");
            it.ack(0, code);
            it.sends(&format!("40 03 00 05 {code:02X}"));
        }
    }
    both!(case: V5);
    // Only a server knows of subscribers.
    let mut server = ServerSession::up(&Setup::new(Version::V5).manual());
    server.gets(&publish(Version::V5, 0x32, 5), &["message t 1 !"], "");
    server.ack(0, 0x10);
    server.sends("40 03 00 05 10");
    let mut client = ClientSession::up(&Setup::new(Version::V5).manual());
    client.gets(&publish(Version::V5, 0x32, 5), &["message t 1 !"], "");
    let (now, token) = (client.now(), client.acks.remove(0));
    let reason = mqtt_core::ReasonCode::NO_MATCHING_SUBSCRIBERS;
    let refused = client.session.ack(now, token, reason).unwrap_err();
    assert_eq!(refused.error, mqtt_core::UsageError::NotAllowed);
    client.sends("");
}

#[test]
fn a_refused_acknowledgement_does_not_lose_its_token() {
    let mut server = ServerSession::up(&Setup::new(Version::V311).manual());
    server.gets(&publish(Version::V311, 0x32, 1), &["message t 1 !"], "");
    let (now, token) = (server.now(), server.acks.remove(0));
    let refused =
        server.session.ack(now, token, mqtt_core::ReasonCode::NOT_AUTHORIZED).unwrap_err();
    server.sends("");
    server.session.ack(now, refused.token, mqtt_core::ReasonCode::SUCCESS).unwrap();
    server.sends("40 02 00 01");
}

#[test]
fn an_identifier_rests_before_it_is_used_again() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        let mut last = Vec::new();
        for token in 0..100 {
            let id = it.opens(1, token);
            assert!(id <= 9, "{id}");
            assert!(!last.iter().rev().take(8).any(|old| *old == id), "{id} after {last:?}");
            last.push(id);
            it.gets(&format!("40 02 00 {id:02X}"), &[&format!("published {token} #{id}")], "");
        }
    }
    both!(case: V5, V311, V31);
}
