//! What is bounded, and what is said when a bound is reached or left.

use crate::kit::{Peer, Session, Setup, both, bytes, publish, written};
use bytes::Buf;
use mqtt_core::{
    ClientSession, ConnAck, PacketId, Property, Publish, PublishStatus, QoS, ServerSession,
    Subscribe, Subscription, Subscriptions, UsageError, Version, WhenFull,
};

const ALL: [Version; 3] = [Version::V5, Version::V311, Version::V31];

/// Contract 7: `Writable` says when there is room again, and then there is.
#[test]
fn writable_is_not_said_for_ever() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.queue.max_bytes = 2_000;
        let mut it = S::up(&setup);
        it.end();
        for token in 0..100 {
            it.publish(0, token).unwrap();
        }
        let payload = vec![0; 1_900];
        let large = Publish { topic: "t", payload: &payload, ..Publish::default() };
        for _ in 0..10 {
            let now = it.now();
            let result = it.session.send(now, &large, 200, WhenFull::DropOldestQoS0);
            if result.is_ok() {
                return;
            }
            // Again and again: "no room: events wait", and none does.
            assert_eq!(it.events().last().map(String::as_str), Some("writable"));
        }
        panic!("it is writable, and is not");
    }
    both!(case: V5, V311, V31);
}

#[test]
fn qos_0_is_told_when_it_can_go() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(1)));
        it.opens(1, 1);
        it.publish(1, 2).unwrap();
        let message = Publish { topic: "t", payload: b"!", ..Publish::default() };
        let now = it.now();
        assert!(it.session.send(now, &message, 3, WhenFull::Reject).is_err());
        it.receive(&bytes("40 02 00 01"));
        let events = it.events();
        // It would be taken now; the peer need never acknowledge the other one.
        assert!(it.session.send(now, &message, 3, WhenFull::Reject).is_ok());
        assert_eq!(events, ["published 1 #1", "writable"]);
    }
    both!(case: V5);
}

/// "The connection is over: the last event of it."
#[test]
fn closed_is_the_last_event() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.max_output = 20;
        let mut it = S::up(&setup);
        for token in 0..5 {
            it.publish(0, token).unwrap();
        }
        let message = Publish { topic: "t", payload: b"!", ..Publish::default() };
        let now = it.now();
        assert!(it.session.send(now, &message, 9, WhenFull::Reject).is_err());
        it.session.handle_eof(now);
        it.tells(&["closed Eof"]);
        it.output();
        it.tells(&[]);
    }
    both!(case: V5, V311, V31);
}

#[test]
fn what_is_rejected_without_a_connection_is_not_connected() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.max_output = 4;
        let mut it = S::up(&setup);
        it.publish(0, 1).unwrap();
        it.session.handle_eof(it.now());
        it.tells(&["closed Eof"]);
        let message = Publish { topic: "t", payload: b"!", ..Publish::default() };
        let now = it.now();
        let result = it.session.send(now, &message, 9, WhenFull::Reject);
        assert_eq!(result, Err(UsageError::NotConnected));
    }
    both!(case: V5, V311, V31);
}

/// Contract 7: every queue is bounded.
#[test]
fn what_waits_is_bounded_over_connections() {
    for version in ALL {
        let mut setup = Setup::new(version);
        setup.session.queue.max_count = 2;
        setup.session.max_output = 1;
        let mut server = ServerSession::up(&setup);
        for _ in 0..10 {
            server.session.handle_eof(server.now());
            while server.session.poll_event().is_some() {}
            let state = server.session.into_state();
            server = Peer::server(&setup);
            server.asked(&setup, false);
            for token in 0..4 {
                let _ = server.publish(1, token);
            }
            let present = version != Version::V31;
            let connack = ConnAck { session_present: present, ..ConnAck::default() };
            server.session.accept(server.now(), &connack, Some(state)).unwrap();
        }
        let state = server.session.into_state();
        assert!(state.queued_messages() <= 4, "{} wait", state.queued_messages());
    }
}

/// A peer that takes all and acknowledges nothing: what is open is memory, too.
#[test]
fn what_is_open_has_a_bound_in_bytes() {
    for version in ALL {
        let mut server = ServerSession::up(&Setup::new(version));
        let payload = vec![0; 100_000];
        let message =
            Publish { topic: "t", qos: QoS::AtLeastOnce, payload: &payload, ..Publish::default() };
        let now = server.now();
        for token in 0..500 {
            let _ = server.session.deliver(now, &message, token, WhenFull::Queue);
            let len = server.session.transmit().remaining();
            server.session.transmit().advance(len);
        }
        let bytes = server.session.heap_bytes();
        assert!(bytes < 6 << 20, "{bytes} bytes");
    }
}

/// One packet of 10 bytes.
#[test]
fn an_alias_costs_what_it_has() {
    let setup = Setup::new(Version::V5).own(Property::TopicAliasMaximum(65_535));
    let mut server = ServerSession::up(&setup);
    server.gets("30 08 00 01 't' 03 23 FF FF '!'", &["message t 0 !"], "");
    assert!(server.session.heap_bytes() < 64 * 1024, "{}", server.session.heap_bytes());
}

/// A message waits, if there is room in the queue.
#[test]
fn a_message_waits_for_an_identifier() {
    let setup = Setup::new(Version::V311);
    let mut client = ClientSession::up(&setup);
    for token in 0..65_534 {
        client.publish(1, token).unwrap();
        client.output();
    }
    let filters = [Subscription::new("a", QoS::AtMostOnce)];
    let subscribe =
        Subscribe { filters: Subscriptions::new(&filters), ..Subscribe::new(PacketId::MIN) };
    client.session.subscribe(client.now(), &subscribe, 0).unwrap();
    assert_eq!(client.publish(1, 70_000), Ok(PublishStatus::Queued));
}

/// There is room for one of those that were turned away, though not for the last of them.
#[test]
fn writable_though_the_last_one_was_longer() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.queue.max_bytes = 30;
        let mut it = S::up(&setup.clone().peer(Property::ReceiveMaximum(1)));
        it.opens(1, 1);
        for token in 2..=4 {
            assert_eq!(it.publish(1, token), Ok(PublishStatus::Queued));
        }
        assert!(it.publish(1, 5).is_err());
        assert!(it.publish_to("a/long/topic", 1, 6).is_err());
        it.receive(&bytes("40 02 00 01"));
        let events = it.events();
        assert_eq!(it.publish(1, 5), Ok(PublishStatus::Queued));
        assert_eq!(events, ["published 1 #1", "writable"]);
    }
    both!(case: V5);
}

#[test]
fn a_max_output_of_0_is_not_the_end() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.max_output = 0;
        let mut it = S::up(&setup);
        it.gets(&publish(version, 0x30, 1), &["message t 0 !"], "");
    }
    both!(case: V5);
}

/// "How many bytes handle_input would take".
#[test]
fn as_many_bytes_are_taken_as_are_wanted() {
    let mut client = ClientSession::up(&Setup::new(Version::V5));
    let payload = vec![b'!'; 100_000];
    let packet = Publish { topic: "t", payload: &payload, ..Publish::default() };
    let packet = written(Version::V5, packet);
    let wanted = client.session.wants_input();
    assert!(client.session.handle_input(client.now(), &packet) >= wanted);
}

/// What CONNECT says is taken, is taken.
#[test]
fn a_packet_as_large_as_was_said_is_taken() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).largest(100).own(Property::MaximumPacketSize(1_000));
        let mut it = S::up(&setup);
        let payload = vec![b'!'; 500];
        let message = Publish { topic: "t", payload: &payload, ..Publish::default() };
        it.receive(&written(version, message));
        let events = it.events();
        assert!(events[0].starts_with("message"), "{events:?}");
    }
    both!(case: V5);
}
