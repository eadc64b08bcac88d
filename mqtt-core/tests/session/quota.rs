//! Receive Maximum and send quota (5.0).

use crate::kit::{Peer, Session, Setup, both, bytes, publish};
use mqtt_core::{ClientSession, Event, Property, ServerSession, Version};

const V5: Version = Version::V5;

#[test]
fn no_more_than_the_peer_takes() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(3)));
        for token in 1..=5 {
            it.publish(1 + token as u8 % 2, token).unwrap();
        }
        it.sends(
            &[publish(version, 0x34, 1), publish(version, 0x32, 2), publish(version, 0x34, 3)]
                .join(" "),
        );
        // One for one, in their order.
        it.receive(&bytes("40 02 00 02"));
        it.tells(&["published 2 #2"]);
        it.sends_message(0x32);
        it.sends("");
    }
    both!(case: V5);
}

#[test]
fn qos_0_and_requests_are_not_counted() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(1)));
        it.opens(1, 1);
        it.publishes(0, 2, &publish(version, 0x30, 0));
        // What comes is answered all the same.
        it.gets(&publish(version, 0x32, 5), &["message t 1 !"], "40 02 00 05");
        it.gets(&publish(version, 0x34, 6), &["message t 2 !"], "50 02 00 06");
        it.gets("62 02 00 06", &[], "70 02 00 06");
    }
    both!(case: V5);
}

#[test]
fn pubcomp_gives_back_and_pubrec_does_not() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(1)));
        it.opens(2, 1);
        it.publishes(2, 2, "");
        it.gets("50 02 00 01", &[], "62 02 00 01");
        it.gets("50 02 00 01", &[], "62 02 00 01");
        it.receive(&bytes("70 02 00 01"));
        it.tells(&["published 1 #1"]);
        it.sends_message(0x34);
    }
    both!(case: V5);
}

#[test]
fn what_nobody_waits_for_gives_nothing_back() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(1)));
        it.opens(1, 1);
        it.publishes(1, 2, "");
        for packet in ["40 02 00 09", "70 02 00 09"] {
            it.gets(packet, &[], "");
        }
        it.gets("50 02 00 09", &[], "62 03 00 09 92");
        it.receive(&bytes("40 02 00 01"));
        it.tells(&["published 1 #1"]);
        it.sends_message(0x32);
    }
    both!(case: V5);
}

#[test]
fn never_more_than_at_the_beginning() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).peer(Property::ReceiveMaximum(1));
        let mut it = S::up(&setup);
        it.opens(2, 1);
        it.gets("50 02 00 01", &[], "62 02 00 01");
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends("62 02 00 01");
        // PUBREL is not counted: there is room for one, and its end does not make it two.
        it.opens(1, 2);
        it.publishes(1, 3, "");
        it.gets("70 02 00 01", &["published 1 #1"], "");
    }
    both!(case: V5);
}

#[test]
fn a_repeat_is_counted() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        let mut it = S::up(&setup);
        for token in 1..=4 {
            it.opens(1, token);
        }
        setup.peer = vec![Property::ReceiveMaximum(2)];
        let mut it = S::next(it, &setup, true);
        it.events();
        it.publish(1, 5).unwrap();
        it.sends(&format!("{} {}", publish(version, 0x3A, 1), publish(version, 0x3A, 2)));
        it.gets("40 02 00 01", &["published 1 #1"], &publish(version, 0x3A, 3));
        it.gets("40 02 00 02", &["published 2 #2"], &publish(version, 0x3A, 4));
        it.receive(&bytes("40 02 00 03"));
        it.tells(&["published 3 #3"]);
        it.sends_message(0x32);
    }
    both!(case: V5);
}

#[test]
fn pubrel_does_not_wait_for_room() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.opens(2, 1);
        it.opens(1, 2);
        it.opens(2, 3);
        it.gets("50 02 00 03 50 02 00 01", &[], "62 02 00 03 62 02 00 01");
        setup.peer = vec![Property::ReceiveMaximum(1)];
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends(&format!("62 02 00 01 {} 62 02 00 03", publish(version, 0x3A, 2)));
    }
    both!(case: V5);
}

#[test]
fn a_quota_is_never_carried_over() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).peer(Property::ReceiveMaximum(1));
        let mut it = S::up(&setup);
        it.opens(1, 1);
        let mut it = S::next(it, &setup, false);
        it.events();
        it.opens(1, 2);
        // And without a word it is 65,535.
        let mut it = S::next(it, &Setup::new(version), false);
        it.events();
        for token in 0..10 {
            it.opens(1, token);
        }
    }
    both!(case: V5);
}

#[test]
fn more_than_this_side_takes() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).manual().own(Property::ReceiveMaximum(2));
        let mut it = S::up(&setup);
        it.gets(&publish(version, 0x32, 1), &["message t 1 !"], "");
        it.gets(&publish(version, 0x34, 2), &["message t 2 !"], "");
        // QoS 0 does not count, nor does a repeat.
        it.gets(&publish(version, 0x30, 0), &["message t 0 !"], "");
        it.gets(&publish(version, 0x3C, 2), &[], "");
        it.gets(&publish(version, 0x32, 3), &["closed ReceiveMaximum"], "E0 01 93");
    }
    both!(case: V5);
}

#[test]
fn what_makes_room_at_the_receiver() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).manual().own(Property::ReceiveMaximum(1));
        let mut it = S::up(&setup);
        it.gets(&publish(version, 0x32, 1), &["message t 1 !"], "");
        it.ack(0, 0);
        it.sends("40 02 00 01");
        it.gets(&publish(version, 0x32, 1), &["message t 1 !"], "");
        it.ack(0, 0x87);
        it.sends("40 03 00 01 87");
        it.gets(&publish(version, 0x34, 1), &["message t 2 !"], "");
        it.ack(0, 0x87);
        it.sends("50 03 00 01 87");
        it.gets(&publish(version, 0x34, 1), &["message t 2 !"], "");
        it.ack(0, 0);
        it.sends("50 02 00 01");
        it.gets("62 02 00 01", &[], "70 02 00 01");
        it.gets(&publish(version, 0x34, 1), &["message t 2 !"], "");
        it.ack(0, 0);
        it.sends("50 02 00 01");
        // PUBREC alone does not.
        it.gets(&publish(version, 0x32, 2), &["closed ReceiveMaximum"], "E0 01 93");
    }
    both!(case: V5);
}

#[test]
fn in_3_1_1_there_is_no_quota() {
    for version in [Version::V311, Version::V31] {
        let mut server = ServerSession::up(&Setup::new(version));
        for token in 0..200 {
            server.opens(1, token);
        }
    }
}

/// A bound of our own, where the peer has none or a larger one.
#[test]
fn so_many_may_be_open_and_no_more() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.queue.max_open = 2;
        let mut it = S::up(&setup);
        for token in 1..=3 {
            it.publish(1, token).unwrap();
        }
        it.sends(&[publish(version, 0x32, 1), publish(version, 0x32, 2)].join(" "));
        // QoS 0 is not counted, and waits for those before it.
        it.receive(&bytes("40 02 00 01"));
        it.tells(&["published 1 #1"]);
        it.sends_message(0x32);
        it.sends("");
    }
    both!(case: V311, V5);
}

#[test]
fn all_identifiers_in_use() {
    let mut client = ClientSession::up(&Setup::new(V5));
    for token in 1..=65_535 {
        client.publish(1, token).unwrap();
        if token % 4096 == 0 {
            client.output();
        }
    }
    client.output();
    // It waits, for the quota is used up too.
    client.publishes(1, 65_536, "");
    let unsubscribe = mqtt_core::Unsubscribe {
        filters: mqtt_core::TopicFilters::new(&["a"]),
        ..mqtt_core::Unsubscribe::new(mqtt_core::PacketId::MIN)
    };
    let error = client.session.unsubscribe(client.now(), &unsubscribe, 1).unwrap_err();
    assert_eq!(error, mqtt_core::UsageError::WouldBlock(mqtt_core::WouldBlock::PacketIds));
    assert_eq!(client.session.poll_event(), None);
    client.receive(&bytes("40 02 12 34 40 02 43 21"));
    assert_eq!(client.events(), ["published 4660 #4660", "published 17185 #17185", "writable"]);
    assert_eq!(client.sends_message(0x32), 0x1234);
    let id = client.session.unsubscribe(client.now(), &unsubscribe, 1).unwrap();
    assert_eq!(id.get(), 0x4321);
}

#[test]
fn a_client_does_not_know_the_quota_before_connack() {
    let setup = Setup::new(V5).peer(Property::ReceiveMaximum(1));
    let mut client = Peer::client(&setup);
    client.publish(1, 1).unwrap();
    client.publish(1, 2).unwrap();
    client.connect(&setup, true);
    client.receive(&setup.connack(false));
    assert!(matches!(client.session.poll_event(), Some(Event::Connected { .. })));
    client.sends(&publish(V5, 0x32, 1));
}
