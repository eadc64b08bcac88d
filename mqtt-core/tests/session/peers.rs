//! What other libraries got wrong, one test each.

use crate::kit::{Peer, Session, Setup, both, bytes, hex, publish};
use mqtt_core::{ClientSession, Property, ServerSession, Version};

const V5: Version = Version::V5;

/// CONNECT of `a` with these properties.
fn connect(properties: &str) -> String {
    let len = bytes(properties).len();
    format!("10 {:02X} 00 04 'MQTT' 05 02 00 00 {len:02X} {properties} 00 01 'a'", 14 + len)
}

#[test]
fn a_topic_alias_maximum_of_0_is_legal() {
    let mut server = Peer::server(&Setup::new(V5));
    server.gets(&connect("22 00 00"), &["connect a"], "");
    let setup = Setup::new(V5).own(Property::TopicAliasMaximum(0));
    server.accept(&setup, None);
    server.publishes(0, 1, &publish(V5, 0x30, 0));
    server.gets("30 08 00 01 't' 03 23 00 01 '!'", &["closed TopicAlias"], "E0 01 94");
}

#[test]
fn limits_at_their_edges() {
    for properties in [
        "21 00 01",
        "21 FF FF",
        "22 FF FF",
        "27 00 00 00 05",
        "27 FF FF FF FF",
        "11 FF FF FF FF",
        "21 00 01 22 00 00 27 00 00 00 05",
    ] {
        let mut server = Peer::server(&Setup::new(V5));
        server.gets(&connect(properties), &["connect a"], "");
        server.accept(&Setup::new(V5), None);
        let _ = server.publish(1, 1);
        let _ = server.publish(0, 1);
        server.output();
        server.gets("C0 00", &[], "D0 00");
    }
}

#[test]
fn a_resend_stays_within_the_receive_maximum_and_the_quota_does_not_underflow() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.opens(1, 1);
        it.opens(1, 2);
        let setup = Setup::new(version).peer(Property::ReceiveMaximum(1));
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends(&publish(version, 0x3A, 1));
        it.gets("40 02 00 01", &["published 1 #1"], &publish(version, 0x3A, 2));
        it.gets("40 02 00 02", &["published 2 #2"], "");
        // One, and not 65,535.
        it.opens(1, 3);
        it.publishes(1, 4, "");
    }
    both!(case: V5);
}

#[test]
fn nothing_but_connect_is_taken_first() {
    let mut server = Peer::server(&Setup::new(V5));
    server.gets(&publish(V5, 0x30, 0), &["closed malformed"], "");
}

#[test]
fn a_second_connack() {
    let mut client = ClientSession::up(&Setup::new(V5));
    client.gets("20 03 00 00 00", &["closed Unexpected(ConnAck)"], "E0 01 82");
}

#[test]
fn a_pingreq_for_a_client() {
    let mut client = ClientSession::up(&Setup::new(V5));
    client.receive(&bytes("C0 00"));
    assert!(client.events()[0].starts_with("closed"));
    assert_eq!(hex(&client.output())[..5], *"E0 01");
}

#[test]
fn half_a_packet_does_not_reach_the_next_connection() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.gets("30 7F 00 01", &[], "");
        let mut it = S::next(it, &Setup::new(version), true);
        it.events();
        it.gets(&publish(version, 0x30, 0), &["message t 0 !"], "");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn no_matching_subscribers_is_no_failure() {
    let mut client = ClientSession::up(&Setup::new(V5));
    client.opens(2, 1);
    client.gets("50 03 00 01 10", &[], "62 02 00 01");
    // Its identifier is taken until PUBCOMP.
    assert_ne!(client.opens(1, 2), 1);
    client.gets("70 02 00 01", &["published 1 #1 10"], "");
}

#[test]
fn an_alias_is_not_set_by_what_was_not_sent() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version)
            .peer(Property::ReceiveMaximum(1))
            .peer(Property::TopicAliasMaximum(5));
        setup.session.max_auto_aliases = 5;
        setup.session.queue.max_count = 0;
        let mut it = S::up(&setup);
        it.publish(1, 1).unwrap();
        it.sends("32 0A 00 01 't' 00 01 03 23 00 01 '!'");
        assert!(it.publish_to("b", 1, 2).is_err());
        it.receive(&bytes("40 02 00 01"));
        it.events();
        it.publish_to("b", 0, 3).unwrap();
        it.sends("30 08 00 01 'b' 03 23 00 02 '!'");
    }
    both!(case: V5);
}

#[test]
fn an_identifier_is_not_lost_to_a_message_that_is_too_large() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::MaximumPacketSize(9)));
        for token in 0..100 {
            assert!(it.publish_to("topic", 1, token).is_err());
        }
        assert_eq!(it.opens(1, 100), 1);
    }
    both!(case: V5);
}

#[test]
fn an_unknown_puback_and_a_second_pubrec_close_nothing() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.gets("40 02 00 07", &[], "");
        it.opens(2, 1);
        it.gets("50 02 00 01 50 02 00 01", &[], "62 02 00 01 62 02 00 01");
        it.gets("70 02 00 01 70 02 00 01", &["published 1 #1"], "");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn properties_do_not_leak_into_the_payload() {
    let mut client = ClientSession::up(&Setup::new(V5));
    // Two subscription identifiers, then a payload format indicator.
    client.gets("30 0B 00 01 't' 06 0B 01 0B 02 01 01 '!'", &["message t 0 !"], "");
}

#[test]
fn a_repeat_of_qos_2_is_not_seen_by_the_application() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.gets(&publish(version, 0x34, 1), &["message t 2 !"], "50 02 00 01");
        for _ in 0..3 {
            it.gets(&publish(version, 0x3C, 1), &[], "50 02 00 01");
        }
    }
    both!(case: V5, V311, V31);
}

#[test]
fn the_application_sees_the_topic_of_an_alias() {
    let setup = Setup::new(V5).own(Property::TopicAliasMaximum(1));
    let mut client = ClientSession::up(&setup);
    client.gets("30 08 00 01 't' 03 23 00 01 '!'", &["message t 0 !"], "");
    client.gets("30 07 00 00 03 23 00 01 '!'", &["message t 0 !"], "");
}

#[test]
fn an_identifier_in_use_is_not_given_again() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        let first = it.opens(1, 0);
        // A whole round, and one more.
        for token in 1..70_000_u64 {
            it.publish(1, token).unwrap();
            let id = it.sends_message(0x32);
            assert_ne!(id, first);
            it.receive(&[0x40, 2, (id >> 8) as u8, id as u8]);
            it.events();
        }
    }
    case::<ClientSession>(V5);
}

#[test]
fn an_owed_pubrel_is_sent_again_and_its_publish_is_not() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.opens(2, 1);
        it.gets("50 02 00 01", &[], "62 02 00 01");
        for _ in 0..3 {
            it = S::next(it, &setup, true);
            it.events();
            it.sends("62 02 00 01");
        }
        it.gets("70 02 00 01", &["published 1 #1"], "");
        let mut it = S::next(it, &setup, true);
        it.sends("");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn a_quota_comes_back_with_pubcomp_and_not_with_pubrec() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(1)));
        it.opens(2, 1);
        it.publishes(1, 2, "");
        it.gets("50 02 00 01", &[], "62 02 00 01");
        it.receive(&bytes("70 02 00 01"));
        it.events();
        it.sends_message(0x32);
    }
    both!(case: V5);
}

#[test]
fn the_last_word_names_the_fault() {
    let mut client = ClientSession::up(&Setup::new(V5));
    client.gets("36 04 00 01 'a' 00", &["closed malformed"], "E0 01 81");
    let mut server = ServerSession::up(&Setup::new(V5));
    server.gets("82 07 00 01 00 00 01 'a' C0", &["closed malformed"], "E0 01 81");
    let mut server = ServerSession::up(&Setup::new(V5));
    server.gets("82 07 00 01 00 00 01 'a' 30", &["closed malformed"], "E0 01 82");
}

#[test]
fn a_pubrec_for_what_is_not_known_wedges_nobody() {
    let setup = Setup::new(V5);
    let mut client = ClientSession::up(&setup);
    client.opens(2, 1);
    // The client loses its state, the server still sends PUBREC.
    let mut client = ClientSession::next(client, &setup, false);
    client.events();
    client.output();
    client.gets("50 02 00 01", &[], "62 03 00 01 92");
}

#[test]
fn acknowledgements_stay_within_the_maximum_packet_size() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::MaximumPacketSize(4)));
        it.gets(&publish(version, 0x32, 1), &["message t 1 !"], "40 02 00 01");
        // The answer with its code would have five bytes.
        it.gets("62 02 00 09", &[], "");
        it.gets("36 04 00 01 'a' 00", &["closed malformed"], "E0 01 81");
    }
    // CONNACK alone is larger.
    case::<ClientSession>(V5);
}
