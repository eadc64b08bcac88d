//! Acknowledgements, repeats and order.

use crate::kit::{Session, Setup, both, bytes, publish};
use mqtt_core::{ClientSession, Property, ServerSession, Version};

const V5: Version = Version::V5;
const V311: Version = Version::V311;

fn same_ids<S: Session>(version: Version) {
    let mut it = S::up(&Setup::new(version));
    it.gets(&publish(version, 0x32, 10), &["message t 1 !"], "40 02 00 0A");
    it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
    it.gets("62 02 00 0B", &[], "70 02 00 0B");
    let id = it.opens(2, 1);
    it.gets(&format!("50 02 00 {id:02X}"), &[], &format!("62 02 00 {id:02X}"));
}

#[test]
fn v5_2_2_1_5_answers_have_the_identifier_of_the_message() {
    both!(same_ids: V5);
}

#[test]
fn v311_2_3_1_6_answers_have_the_identifier_of_the_message() {
    both!(same_ids: V311);
}

fn repeat_has_dup<S: Session>(version: Version) {
    for (qos, first) in [(1, 0x3A), (2, 0x3C)] {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.opens(qos, 1);
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends(&publish(version, first, 1));
    }
}

#[test]
fn v5_3_3_1_1_a_repeat_has_dup() {
    both!(repeat_has_dup: V5);
}

#[test]
fn v311_3_3_1_1_a_repeat_has_dup() {
    both!(repeat_has_dup: V311);
}

fn answers<S: Session>(version: Version) {
    let mut it = S::up(&Setup::new(version));
    it.gets(&publish(version, 0x30, 0), &["message t 0 !"], "");
    it.gets(&publish(version, 0x32, 1), &["message t 1 !"], "40 02 00 01");
    it.gets(&publish(version, 0x34, 2), &["message t 2 !"], "50 02 00 02");
}

#[test]
fn v5_3_3_4_1_each_qos_has_its_answer() {
    both!(answers: V5);
}

#[test]
fn v311_3_3_4_1_each_qos_has_its_answer() {
    both!(answers: V311);
}

fn qos_0<S: Session>(version: Version) {
    let mut it = S::up(&Setup::new(version));
    it.publishes(0, 1, &publish(version, 0x30, 0));
}

#[test]
fn v5_4_3_1_1_qos_0_has_no_dup() {
    both!(qos_0: V5);
}

#[test]
fn v311_4_3_1_1_qos_0_has_no_dup() {
    both!(qos_0: V311);
}

fn the_next_id<S: Session>(version: Version, qos: u8) {
    let mut it = S::up(&Setup::new(version));
    it.opens(1, 1);
    it.opens(2, 2);
    assert_eq!(it.opens(qos, 3), 3);
}

#[test]
fn v5_4_3_2_1_a_new_message_has_an_unused_identifier() {
    the_next_id::<ClientSession>(V5, 1);
    the_next_id::<ServerSession>(V5, 1);
}

#[test]
fn v5_4_3_3_1_a_new_message_has_an_unused_identifier() {
    the_next_id::<ClientSession>(V5, 2);
    the_next_id::<ServerSession>(V5, 2);
}

fn first_of_qos_1<S: Session>(version: Version) {
    let mut it = S::up(&Setup::new(version));
    it.publishes(1, 1, &publish(version, 0x32, 1));
}

#[test]
fn v5_4_3_2_2_qos_1_has_an_identifier_and_no_dup() {
    both!(first_of_qos_1: V5);
}

fn in_use_until_puback<S: Session>(version: Version) {
    let mut it = S::up(&Setup::new(version));
    assert_eq!(it.opens(1, 1), 1);
    for token in 2..30 {
        let id = it.opens(1, token);
        assert_ne!(id, 1);
        it.receive(&bytes(&format!("40 02 00 {id:02X}")));
        it.events();
    }
    let mut it = S::next(it, &Setup::new(version), true);
    it.events();
    it.sends(&publish(version, 0x3A, 1));
    it.gets("40 02 00 01", &["published 1 #1"], "");
    let mut it = S::next(it, &Setup::new(version), true);
    it.events();
    it.sends("");
}

#[test]
fn v5_4_3_2_3_a_message_is_open_until_puback() {
    both!(in_use_until_puback: V5);
}

#[test]
fn v311_4_3_2_1_a_message_is_open_until_puback() {
    both!(first_of_qos_1: V311);
    both!(in_use_until_puback: V311);
    the_next_id::<ClientSession>(V311, 1);
}

#[test]
fn v5_4_3_2_4_puback_has_the_identifier() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).manual());
        it.gets(&publish(version, 0x32, 10), &["message t 1 !"], "");
        it.ack(0, 0);
        it.sends("40 02 00 0A");
    }
    both!(case: V5);
}

fn twice<S: Session>(version: Version) {
    let mut it = S::up(&Setup::new(version));
    it.gets(&publish(version, 0x32, 10), &["message t 1 !"], "40 02 00 0A");
    it.gets(&publish(version, 0x3A, 10), &["message t 1 !"], "40 02 00 0A");
}

#[test]
fn v5_4_3_2_5_after_puback_it_is_another_message() {
    both!(twice: V5);
}

#[test]
fn v311_4_3_2_2_after_puback_it_is_another_message() {
    both!(twice: V311);
}

fn first_of_qos_2<S: Session>(version: Version) {
    let mut it = S::up(&Setup::new(version));
    it.publishes(2, 1, &publish(version, 0x34, 1));
}

#[test]
fn v5_4_3_3_2_qos_2_has_an_identifier_and_no_dup() {
    both!(first_of_qos_2: V5);
}

fn open_until_pubrec<S: Session>(version: Version) {
    let mut it = S::up(&Setup::new(version));
    it.opens(2, 1);
    let mut it = S::next(it, &Setup::new(version), true);
    it.events();
    it.sends(&publish(version, 0x3C, 1));
}

#[test]
fn v5_4_3_3_3_a_message_is_open_until_pubrec() {
    both!(open_until_pubrec: V5);
}

fn pubrel<S: Session>(version: Version) {
    let mut it = S::up(&Setup::new(version));
    it.opens(2, 1);
    it.gets("50 02 00 01", &[], "62 02 00 01");
}

#[test]
fn v5_4_3_3_4_pubrec_below_0x80_is_answered_with_pubrel() {
    both!(pubrel: V5);
    let mut client = ClientSession::up(&Setup::new(V5));
    client.opens(2, 1);
    client.gets("50 03 00 01 10", &[], "62 02 00 01");
    fn refused<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.opens(2, 1);
        it.gets("50 03 00 01 80", &["published 1 #1 80"], "");
    }
    both!(refused: V5);
}

fn pubrel_until_pubcomp<S: Session>(version: Version) {
    let setup = Setup::new(version);
    let mut it = S::up(&setup);
    it.opens(2, 1);
    it.gets("50 02 00 01", &[], "62 02 00 01");
    let mut it = S::next(it, &setup, true);
    it.events();
    // And no PUBLISH.
    it.sends("62 02 00 01");
    it.gets("70 02 00 01", &["published 1 #1"], "");
    let mut it = S::next(it, &setup, true);
    it.events();
    it.sends("");
}

#[test]
fn v5_4_3_3_5_pubrel_is_open_until_pubcomp() {
    both!(pubrel_until_pubcomp: V5);
}

#[test]
fn v5_4_3_3_6_after_pubrel_the_message_is_not_sent_again() {
    both!(pubrel_until_pubcomp: V5);
}

#[test]
fn v311_4_3_3_1_a_sender_of_qos_2() {
    both!(first_of_qos_2: V311);
    both!(open_until_pubrec: V311);
    both!(pubrel: V311);
    both!(pubrel_until_pubcomp: V311);
}

#[test]
fn v5_4_3_3_7_what_has_been_sent_does_not_expire() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.publish_with(2, 1, &[Property::MessageExpiryInterval(10)]).unwrap();
        it.sends("34 0C 00 01 't' 00 01 05 02 00 00 00 0A '!'");
        it.at(11_000);
        let mut it = S::next(it, &setup, true);
        it.events();
        assert_eq!(it.output()[..7], bytes("3C 0C 00 01 't' 00 01"));
        it.gets("50 02 00 01", &[], "62 02 00 01");
    }
    both!(case: V5);
}

fn received_once<S: Session>(version: Version) {
    let mut it = S::up(&Setup::new(version));
    it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
    it.gets(&publish(version, 0x3C, 11), &[], "50 02 00 0B");
    it.gets("62 02 00 0B", &[], "70 02 00 0B");
    it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
}

#[test]
fn v5_4_3_3_8_pubrec_has_the_identifier() {
    both!(answers: V5);
    both!(received_once: V5);
}

#[test]
fn v5_4_3_3_9_after_a_failing_pubrec_it_is_another_message() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).manual());
        for _ in 0..2 {
            it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "");
            it.ack(0, 0x87);
            it.sends("50 03 00 0B 87");
        }
    }
    both!(case: V5);
}

#[test]
fn v5_4_3_3_10_a_repeat_is_answered_and_not_delivered() {
    both!(received_once: V5);
    // On the next connection too.
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.gets(&publish(version, 0x34, 11), &["message t 2 !"], "50 02 00 0B");
        let mut it = S::next(it, &setup, true);
        it.events();
        it.gets(&publish(version, 0x3C, 11), &[], "50 02 00 0B");
    }
    both!(case: V5);
}

#[test]
fn v5_4_3_3_11_pubrel_is_answered_with_pubcomp() {
    both!(received_once: V5);
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.gets("62 02 00 0B", &[], "70 03 00 0B 92");
    }
    both!(case: V5);
}

#[test]
fn v5_4_3_3_12_after_pubcomp_it_is_another_message() {
    both!(received_once: V5);
}

#[test]
fn v5_4_3_3_13_an_expired_message_is_answered_to_the_end() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).manual());
        let packet = "34 0C 00 01 't' 00 0B 05 02 00 00 00 01 '!'";
        it.gets(packet, &["message t 2 !"], "");
        it.at(2_000);
        it.ack(0, 0);
        it.sends("50 02 00 0B");
        it.gets("62 02 00 0B", &[], "70 02 00 0B");
    }
    both!(case: V5);
}

#[test]
fn v311_4_3_3_2_a_receiver_of_qos_2() {
    both!(received_once: V311);
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.gets("62 02 00 0B", &[], "70 02 00 0B");
    }
    both!(case: V311);
}

fn resent_once<S: Session>(version: Version) {
    let setup = Setup::new(version);
    let mut it = S::up(&setup);
    it.opens(1, 1);
    it.opens(2, 2);
    it.opens(2, 3);
    it.gets("50 02 00 03", &[], "62 02 00 03");
    // Not for lack of an answer.
    it.at(60_000);
    it.sends("");
    let mut it = S::next(it, &setup, true);
    it.events();
    let again = [publish(version, 0x3A, 1), publish(version, 0x3C, 2), "62 02 00 03".into()];
    it.sends(&again.join(" "));
    it.at(120_000);
    it.sends("");
    // Not in a session that begins anew.
    let mut it = S::next(it, &setup, false);
    it.events();
    it.sends("");
}

#[test]
fn v5_4_4_0_1_what_is_open_is_sent_again_on_a_new_connection_alone() {
    both!(resent_once: V5);
}

#[test]
fn v311_4_4_0_1_what_is_open_is_sent_again_on_a_new_connection() {
    both!(resent_once: V311);
}

#[test]
fn v5_4_4_0_2_what_was_refused_is_done() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.opens(1, 1);
        it.opens(2, 2);
        it.gets("40 03 00 01 87", &["published 1 #1 87"], "");
        it.gets("50 03 00 02 80", &["published 2 #2 80"], "");
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends("");
    }
    both!(case: V5);
}

fn unasked(version: Version) {
    let mut client = ClientSession::up(&Setup::new(version));
    client.gets(&publish(version, 0x32, 1), &["message t 1 !"], "40 02 00 01");
    client.gets(&publish(version, 0x34, 2), &["message t 2 !"], "50 02 00 02");
}

#[test]
fn v5_4_5_0_2_a_client_acknowledges_what_it_did_not_ask_for() {
    unasked(V5);
}

#[test]
fn v311_4_5_0_2_a_client_acknowledges_what_it_did_not_ask_for() {
    unasked(V311);
}

fn resend_order<S: Session>(version: Version) {
    let setup = Setup::new(version);
    let mut it = S::up(&setup);
    // Identifiers that do not grow with the order.
    let mut open = Vec::new();
    for token in 0..40 {
        let id = it.opens(1 + (token % 2) as u8, token);
        if token % 4 < 2 {
            open.push(publish(version, 0x3A + (token % 2) as u8 * 2, id));
        } else {
            let ack = if token % 2 == 0 { 0x40 } else { 0x50 };
            it.receive(&[ack, 2, 0, id as u8]);
            it.events();
            it.output();
            if token % 2 == 1 {
                it.receive(&[0x70, 2, 0, id as u8]);
                it.events();
            }
        }
    }
    let mut it = S::next(it, &setup, true);
    it.events();
    it.sends(&open.join(" "));
}

#[test]
fn v5_4_6_0_1_repeats_are_in_the_order_of_first_sending() {
    both!(resend_order: V5);
}

#[test]
fn v311_4_6_0_1_repeats_are_in_the_order_of_first_sending() {
    both!(resend_order: V311);
}

fn in_order<S: Session>(version: Version, first: u8, ack: &str) {
    let mut it = S::up(&Setup::new(version).manual());
    for id in 1..=3 {
        it.receive(&bytes(&publish(version, first, id)));
        assert_eq!(it.events().len(), 1);
    }
    it.ack(2, 0);
    it.sends("");
    it.ack(0, 0);
    it.sends(&format!("{ack} 02 00 01"));
    it.ack(0, 0);
    it.sends(&format!("{ack} 02 00 02 {ack} 02 00 03"));
}

#[test]
fn v5_4_6_0_2_pubacks_are_in_the_order_of_their_messages() {
    in_order::<ClientSession>(V5, 0x32, "40");
    in_order::<ServerSession>(V5, 0x32, "40");
}

#[test]
fn v311_4_6_0_2_pubacks_are_in_the_order_of_their_messages() {
    in_order::<ClientSession>(V311, 0x32, "40");
    in_order::<ServerSession>(V311, 0x32, "40");
}

#[test]
fn v5_4_6_0_3_pubrecs_are_in_the_order_of_their_messages() {
    in_order::<ClientSession>(V5, 0x34, "50");
    in_order::<ServerSession>(V5, 0x34, "50");
}

#[test]
fn v311_4_6_0_3_pubrecs_are_in_the_order_of_their_messages() {
    in_order::<ClientSession>(V311, 0x34, "50");
    in_order::<ServerSession>(V311, 0x34, "50");
}

fn pubrels_in_order<S: Session>(version: Version) {
    let mut it = S::up(&Setup::new(version));
    for token in 1..=3 {
        it.opens(2, token);
    }
    it.receive(&bytes("50 02 00 02 50 02 00 01 50 02 00 03"));
    it.tells(&[]);
    it.sends("62 02 00 02 62 02 00 01 62 02 00 03");
}

#[test]
fn v5_4_6_0_4_pubrels_are_in_the_order_of_pubrecs() {
    both!(pubrels_in_order: V5);
}

#[test]
fn v311_4_6_0_4_pubrels_are_in_the_order_of_pubrecs() {
    both!(pubrels_in_order: V311);
}
