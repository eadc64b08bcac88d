//! QoS 2.

use crate::kit::{Session, Setup, both, bytes, publish};
use mqtt_core::{Property, ServerSession, Version};

#[test]
fn a_message_is_sent_in_four_steps() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        assert_eq!(it.opens(2, 7), 1);
        it.gets("50 02 00 01", &[], "62 02 00 01");
        it.gets("70 02 00 01", &["published 7 #1"], "");
        // The identifier is free: nobody waits for more.
        it.gets("70 02 00 01", &[], "");
        let mut it = S::next(it, &Setup::new(version), true);
        it.sends("");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn pubrec_that_comes_again_is_answered_again() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.opens(2, 7);
        it.gets("50 02 00 01", &[], "62 02 00 01");
        it.gets("50 02 00 01", &[], "62 02 00 01");
        it.gets("70 02 00 01", &["published 7 #1"], "");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn pubrec_below_0x80_is_a_success() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(1)));
        it.opens(2, 7);
        it.publishes(2, 8, "");
        it.gets("50 04 00 01 10 00", &[], "62 02 00 01");
        it.receive(&bytes("70 02 00 01"));
        it.tells(&["published 7 #1 10"]);
        it.sends_message(0x34);
    }
    // A client does not know of subscribers: it may not say this.
    case::<mqtt_core::ClientSession>(Version::V5);
}

#[test]
fn pubrec_from_0x80_on_ends_it() {
    fn case<S: Session>(version: Version) {
        for code in ["80", "83", "87", "90", "91", "97", "99"] {
            let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(1)));
            it.opens(2, 7);
            it.publishes(2, 8, "");
            it.receive(&bytes(&format!("50 03 00 01 {code}")));
            it.tells(&[&format!("published 7 #1 {code}")]);
            // No PUBREL, and room for the next.
            it.sends_message(0x34);
        }
    }
    both!(case: V5);
}

#[test]
fn the_wrong_acknowledgement() {
    fn case<S: Session>(version: Version) {
        let last = if version == Version::V5 { "E0 01 82" } else { "" };
        for (packet, name) in [("40 02 00 01", "PubAck"), ("70 02 00 01", "PubComp")] {
            let mut it = S::up(&Setup::new(version));
            it.opens(2, 7);
            it.gets(packet, &[&format!("closed Unexpected({name})")], last);
        }
        let mut it = S::up(&Setup::new(version));
        it.opens(2, 7);
        it.gets("50 02 00 01", &[], "62 02 00 01");
        it.gets("40 02 00 01", &["closed Unexpected(PubAck)"], last);
        if version == Version::V5 {
            // What was accepted cannot be refused.
            let mut it = S::up(&Setup::new(version));
            it.opens(2, 7);
            it.gets("50 02 00 01", &[], "62 02 00 01");
            it.gets("50 03 00 01 80", &["closed Unexpected(PubRec)"], last);
        }
    }
    both!(case: V5, V311, V31);
}

#[test]
fn pubcomp_with_a_code_ends_it_too() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(1)));
        it.opens(2, 7);
        it.publishes(2, 8, "");
        it.gets("50 02 00 01", &[], "62 02 00 01");
        it.receive(&bytes("70 03 00 01 92"));
        // The peer had it: PUBREC said so.
        it.tells(&["published 7 #1"]);
        it.sends_message(0x34);
    }
    both!(case: V5);
}

#[test]
fn unknown_identifiers_are_answered() {
    fn case<S: Session>(version: Version) {
        let (rel, comp) = match version {
            Version::V5 => ("62 03 01 00 92", "70 03 01 00 92"),
            _ => ("62 02 01 00", "70 02 01 00"),
        };
        let mut it = S::up(&Setup::new(version));
        it.gets("40 02 01 00", &[], "");
        it.gets("50 02 01 00", &[], rel);
        it.gets("62 02 01 00", &[], comp);
        it.gets("70 02 01 00", &[], "");
        // The connection is as it was.
        it.opens(2, 7);
    }
    both!(case: V5, V311, V31);
}

#[test]
fn a_refusal_of_what_is_not_known_has_no_answer() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.gets("50 03 01 00 87", &[], "");
    }
    both!(case: V5);
}

#[test]
fn a_message_is_taken_once() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
        it.gets(&publish(version, 0x34, 11), &[], "50 02 00 0B");
        it.gets(&publish(version, 0x3C, 11), &[], "50 02 00 0B");
        it.gets("62 02 00 0B", &[], "70 02 00 0B");
        // Now it is free, for another message.
        it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
        it.gets("62 02 00 0B", &[], "70 02 00 0B");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn pubrel_twice() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
        it.gets("62 02 00 0B", &[], "70 02 00 0B");
        let again = if version == Version::V5 { "70 03 00 0B 92" } else { "70 02 00 0B" };
        it.gets("62 02 00 0B", &[], again);
    }
    both!(case: V5, V311, V31);
}

#[test]
fn a_message_that_waits_for_the_application_is_not_answered_twice() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).manual());
        it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "");
        it.gets(&publish(version, 0x3C, 11), &[], "");
        it.ack(0, 0);
        it.sends("50 02 00 0B");
        it.gets(&publish(version, 0x3C, 11), &[], "50 02 00 0B");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn messages_are_acknowledged_in_their_order() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).manual());
        for id in [3, 1, 2] {
            it.gets(&publish(version, 0x34, id), &["message t 2 !"], "");
        }
        it.ack(2, 0);
        it.ack(1, 0);
        it.sends("");
        it.ack(0, 0);
        it.sends("50 02 00 03 50 02 00 01 50 02 00 02");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn a_refused_identifier_is_free() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).manual().own(Property::ReceiveMaximum(1)));
        for code in [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99] {
            it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "");
            it.ack(0, code);
            it.sends(&format!("50 03 00 0B {code:02X}"));
        }
        // Nothing was stored.
        it.gets("62 02 00 0B", &[], "70 03 00 0B 92");
    }
    both!(case: V5);
    let mut server = ServerSession::up(&Setup::new(Version::V5).manual());
    server.gets(&publish(Version::V5, 0x34, 11), &["message t 2 !"], "");
    server.ack(0, 0x10);
    server.sends("50 03 00 0B 10");
    server.gets(&publish(Version::V5, 0x3C, 11), &[], "50 02 00 0B");
}

#[test]
fn the_two_directions_do_not_know_of_each_other() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.opens(2, 7);
        it.gets(&publish(version, 0x34, 1), &["message t 2 !"], "50 02 00 01");
        it.gets("50 02 00 01", &[], "62 02 00 01");
        it.gets("62 02 00 01", &[], "70 02 00 01");
        it.gets("70 02 00 01", &["published 7 #1"], "");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn pubrels_follow_the_order_of_pubrecs() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        for token in 1..=3 {
            it.opens(2, token);
        }
        it.gets("50 02 00 02 50 02 00 01 50 02 00 03", &[], "62 02 00 02 62 02 00 01 62 02 00 03");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn a_handshake_goes_on_when_its_message_has_expired() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        let input = "34 0C 00 01 't' 00 0B 05 02 00 00 00 01 '!'";
        it.gets(input, &["message t 2 !"], "50 02 00 0B");
        it.at(5_000);
        it.gets("62 02 00 0B", &[], "70 02 00 0B");
    }
    both!(case: V5);
}
