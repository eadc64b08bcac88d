//! Sizes and bounds.

use crate::kit::{Peer, Session, Setup, both, bytes, publish, written};
use mqtt_core::{
    ConnAck, Connect, Disconnect, PacketId, Properties, Property, Publish, PublishStatus, QoS,
    ReasonCode, ReasonCodes, ServerSession, SubAck, UsageError, Version, WhenFull, WouldBlock,
};

const V5: Version = Version::V5;

#[test]
fn a_packet_that_the_peer_does_not_take_is_not_sent() {
    fn case<S: Session>(version: Version) {
        // The message has 9 bytes at QoS 1, and 7 at QoS 0.
        let mut it = S::up(&Setup::new(version).peer(Property::MaximumPacketSize(8)));
        it.publishes(0, 1, &publish(version, 0x30, 0));
        assert_eq!(it.publish(1, 2), Err(UsageError::PacketTooLarge { max: 8 }));
        let properties = [Property::UserProperty("a", "b")];
        let error = it.publish_with(0, 3, &properties).unwrap_err();
        assert_eq!(error, UsageError::PacketTooLarge { max: 8 });
        it.sends("");
        let mut it = S::up(&Setup::new(version).peer(Property::MaximumPacketSize(9)));
        it.opens(1, 2);
    }
    both!(case: V5);
}

#[test]
fn a_message_that_was_queued_before_the_limit_was_known() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.end();
        it.publish_to("topic", 1, 1).unwrap();
        it.publish(1, 2).unwrap();
        let setup = Setup::new(version).peer(Property::MaximumPacketSize(12));
        let mut it = S::next(it, &setup, true);
        let mut events = it.events();
        events.retain(|event| event != "resumed");
        assert_eq!(events, ["dropped 1 TooLarge"]);
        it.sends_message(0x32);
    }
    both!(case: V5);
}

#[test]
fn answers_lose_their_reason_string_first() {
    let list = [Property::ReasonString("because"), Property::UserProperty("a", "b")];
    let properties = Properties::new(&list);
    let code = [ReasonCode::SUCCESS];
    for (max, len) in [(100, 23), (23, 23), (22, 13), (13, 13), (12, 6), (6, 6)] {
        let mut server = ServerSession::up(&Setup::new(V5).peer(Property::MaximumPacketSize(max)));
        server.receive(&bytes("82 07 00 05 00 00 01 'a' 00"));
        server.tells(&["subscribe #5"]);
        let id = PacketId::new(5).unwrap();
        let suback = SubAck { properties, reasons: ReasonCodes::new(&code), ..SubAck::new(id) };
        server.session.suback(server.now(), &suback).unwrap();
        assert_eq!(server.output().len(), len, "limit {max}");
    }
    // DISCONNECT and CONNACK too.
    let mut server = ServerSession::up(&Setup::new(V5).peer(Property::MaximumPacketSize(5)));
    let bye = Disconnect { reason: ReasonCode::SERVER_BUSY, properties };
    server.session.disconnect(server.now(), &bye).unwrap();
    server.sends("E0 01 89");
    let setup = Setup::new(V5).peer(Property::MaximumPacketSize(5));
    let mut server = Peer::server(&setup);
    server.asked(&setup, true);
    let connack = ConnAck { properties, ..ConnAck::default() };
    server.accepts(&connack, None).unwrap();
    server.sends("20 03 00 00 00");
}

#[test]
fn a_packet_that_this_side_does_not_take() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).own(Property::MaximumPacketSize(9)));
        it.gets(&publish(version, 0x32, 1), &["message t 1 !"], "40 02 00 01");
        // Its header is enough.
        it.gets("32 08", &["closed malformed"], "E0 01 95");
    }
    both!(case: V5);
}

#[test]
fn a_huge_length_costs_nothing() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).largest(1 << 20));
        let last = if version == Version::V5 { "E0 01 95" } else { "" };
        it.gets("30 FF FF FF 7F", &["closed malformed"], last);
    }
    both!(case: V5, V311, V31);
    let mut server = Peer::server(&Setup::new(V5));
    server.receive(&bytes("10 FF FF FF 7F"));
    assert!(server.session.heap_bytes() < 4096);
    server.gets("00 06", &["closed malformed"], "");
    assert!(server.session.heap_bytes() < 4096);
}

#[test]
fn a_connect_has_its_own_limit() {
    let password = vec![0; 60_000];
    let connect = |size: usize| {
        let list = vec![Property::UserProperty("n", "v"); size];
        let connect = Connect {
            password: Some(&password),
            properties: Properties::new(&list),
            ..Connect::default()
        };
        written(V5, connect)
    };
    let mut config = mqtt_core::ServerConfig::default();
    config.session.limits.max_user_properties = u16::MAX.into();
    config.max_connect_size = 70_000;
    for (size, answer) in [(1_000, "connect "), (2_000, "closed malformed")] {
        let mut server = Peer {
            session: ServerSession::new(config.clone(), mqtt_core::Instant::default()),
            version: V5,
            millis: 0,
            acks: Vec::new(),
        };
        let bytes = connect(size);
        let mut taken = 0;
        while taken < bytes.len() {
            let now = server.now();
            taken += server.session.handle_input(now, &bytes[taken..]);
            if server.session.wants_input() == 0 {
                break;
            }
        }
        server.tells(&[answer]);
    }
}

#[test]
fn a_queue_that_is_full() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.queue.max_count = 2;
        let mut it = S::up(&setup.clone().peer(Property::ReceiveMaximum(1)));
        it.opens(1, 1);
        assert_eq!(it.publish(1, 2), Ok(PublishStatus::Queued));
        assert_eq!(it.publish(1, 3), Ok(PublishStatus::Queued));
        let full = Err(UsageError::WouldBlock(WouldBlock::QueueCount));
        assert_eq!(it.publish(1, 4), full);
        assert_eq!(it.publish(0, 5), full);
        it.tells(&[]);
        it.receive(&bytes("40 02 00 01"));
        it.tells(&["published 1 #1", "writable"]);
        // Once for one.
        it.tells(&[]);
        assert_eq!(it.publish(1, 4), Ok(PublishStatus::Queued));
    }
    both!(case: V5);
}

#[test]
fn a_queue_that_is_full_of_bytes() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.queue.max_bytes = 30;
        let mut it = S::up(&setup.clone().peer(Property::ReceiveMaximum(1)));
        it.opens(1, 1);
        for token in 2..=4 {
            assert_eq!(it.publish(1, token), Ok(PublishStatus::Queued));
        }
        // 27 of 30 are taken: there is room, and not for this.
        assert_eq!(it.publish(1, 5), Err(UsageError::WouldBlock(WouldBlock::QueueBytes)));
        it.tells(&[]);
        it.receive(&bytes("40 02 00 01"));
        it.tells(&["published 1 #1", "writable"]);
        assert_eq!(it.publish(1, 5), Ok(PublishStatus::Queued));
    }
    both!(case: V5);
}

#[test]
fn what_is_not_to_wait_is_turned_away_until_it_can_go() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::ReceiveMaximum(1)));
        it.opens(1, 1);
        let message =
            Publish { topic: "t", qos: QoS::AtLeastOnce, payload: b"!", ..Publish::default() };
        let turned = Err(UsageError::WouldBlock(WouldBlock::ReceiveMaximum));
        let now = it.now();
        assert_eq!(it.session.send(now, &message, 2, WhenFull::Reject), turned);
        // Nothing has changed: there is no use in trying again.
        it.tells(&[]);
        it.receive(&bytes("40 02 00 01"));
        it.tells(&["published 1 #1", "writable"]);
        assert!(matches!(
            it.session.send(now, &message, 2, WhenFull::Reject),
            Ok(PublishStatus::Sent(_))
        ));
    }
    both!(case: V5);
}

#[test]
fn output_that_is_not_drained() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.max_output = 20;
        let mut it = S::up(&setup);
        for token in 0..5 {
            it.publish(0, token).unwrap();
        }
        let message = Publish { topic: "t", payload: b"!", ..Publish::default() };
        let now = it.now();
        let turned = Err(UsageError::WouldBlock(WouldBlock::Output));
        assert_eq!(it.session.send(now, &message, 9, WhenFull::Reject), turned);
        it.tells(&[]);
        // No input is read either.
        it.receive(&bytes(&publish(version, 0x32, 1)));
        it.tells(&[]);
        assert!(it.output().len() > 20);
        let mut events = it.events();
        events.sort();
        assert_eq!(events, ["message t 1 !", "writable"]);
    }
    both!(case: V5, V311, V31);
}

#[test]
fn the_oldest_of_qos_0_make_room() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.queue.max_count = 3;
        setup.session.queue.max_bytes = 60;
        let mut it = S::up(&setup.clone().peer(Property::ReceiveMaximum(1)));
        it.opens(1, 1);
        for (qos, token) in [(1, 3), (0, 2), (0, 4)] {
            assert_eq!(it.publish(qos, token), Ok(PublishStatus::Queued));
        }
        let now = it.now();
        let mut send = |len: usize, token| {
            let payload = vec![b'!'; len];
            let message = Publish {
                topic: "t",
                qos: QoS::AtLeastOnce,
                payload: &payload,
                ..Publish::default()
            };
            it.session.send(now, &message, token, WhenFull::DropOldestQoS0)
        };
        // All of them would not be enough: none is dropped.
        assert_eq!(send(50, 5), Err(UsageError::WouldBlock(WouldBlock::QueueCount)));
        assert_eq!(send(1, 6), Ok(PublishStatus::Queued));
        assert_eq!(send(30, 7), Ok(PublishStatus::Queued));
        it.tells(&["dropped 2 QueueFull", "dropped 4 QueueFull"]);
    }
    both!(case: V5);
}

#[test]
fn requests_that_nobody_answers_stop_the_input() {
    let mut server = ServerSession::up(&Setup::new(V5));
    let one = bytes("82 07 00 05 00 00 01 'a' 00");
    let mut taken = 0;
    for _ in 0..10_000 {
        taken += server.session.handle_input(server.now(), &one);
    }
    assert!(taken <= 17 * 1024);
    assert_eq!(server.events().len(), 64);
    assert!(server.session.heap_bytes() < 64 * 1024);
}

#[test]
fn the_end_is_told_though_requests_wait() {
    let mut server = ServerSession::up(&Setup::new(V5));
    for _ in 0..64 {
        server.receive(&bytes("82 07 00 05 00 00 01 'a' 00"));
    }
    assert_eq!(server.events().len(), 64);
    server.session.handle_eof(server.now());
    server.tells(&["closed Eof"]);
}

#[test]
fn what_is_queued_off_line_is_not_judged_by_the_last_connection() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::MaximumPacketSize(9)));
        it.end();
        assert_eq!(it.publish_to("topic", 1, 1), Ok(PublishStatus::Queued));
        let mut it = S::next(it, &Setup::new(version), true);
        it.events();
        it.sends("32 0B 00 05 'topic' 00 01 00 '!'");
    }
    both!(case: V5);
}

/// v5 section 3.2.2.2: a CONNECT that is too large is answered if it says that it is one of 5.0. What is to come of it behind
/// that is not waited for, and the answer is the same whether it comes at once or byte by byte.
#[test]
fn a_connect_that_is_too_large() {
    for (packet, answer) in [
        ("10 FF FF FF 7F 00 04 'MQTT' 05 02 00 00 00 00 01 'a'", "20 03 00 95 00"),
        ("10 64 00 04 'MQTT' 05", "20 03 00 95 00"),
        ("10 64 00 04 'MQTT' 04 02", ""),
        ("10 64 00 06 'MQIsdp' 03 02", ""),
        ("10 64 00 04 'MQTX' 05 02", ""),
        ("10 64 01", ""),
    ] {
        let mut server = Peer::server(&Setup::new(V5).largest(100));
        server.gets(packet, &["closed malformed"], answer);
    }
    // Byte by byte.
    let mut server = Peer::server(&Setup::new(V5).largest(100));
    for byte in ["10", "64", "00", "04", "4D", "51", "54", "54"] {
        server.gets(byte, &[], "");
    }
    server.gets("05", &["closed malformed"], "20 03 00 95 00");
    // It ends before it has said so.
    for packet in ["10 64", "10 64 00 04 'MQTT'"] {
        let mut server = Peer::server(&Setup::new(V5).largest(100));
        server.gets(packet, &[], "");
        server.session.handle_eof(server.now());
        server.tells(&["closed malformed"]);
        server.sends("");
    }
    // Too short ever to say so.
    let mut server = Peer::server(&Setup::new(V5).largest(4));
    server.gets("10 06", &["closed malformed"], "");
}
