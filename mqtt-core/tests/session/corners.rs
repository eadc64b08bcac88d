//! What the other tests do not look at, or only the simulated network meets.

use crate::kit::{Peer, Session, Setup, both, bytes, hex, publish};
use bytes::{Buf, Bytes};
use mqtt_core::*;

const ALL: [Version; 3] = [Version::V5, Version::V311, Version::V31];

/// A message to `t` with such a payload.
fn message(qos: QoS, payload: &[u8]) -> Publish<'_> {
    Publish { topic: "t", qos, payload, ..Publish::default() }
}

/// An acknowledgement does not pass that of a message before it, which another session handed out.
#[test]
fn acknowledgements_keep_their_order_though_nothing_else_is_kept() {
    for version in ALL {
        let mut setup = Setup::new(version).manual();
        let mut server = ServerSession::up(&setup);
        server.gets(&publish(version, 0x34, 9), &["message t 2 !"], "");
        setup.session.ack = AckMode::Auto;
        let mut server = ServerSession::next(server, &setup, true);
        server.receive(&bytes(&publish(version, 0x3C, 9)));
        server.tells(&[]);
        server.receive(&bytes(&publish(version, 0x32, 10)));
        server.tells(&["message t 1 !"]);
        let (now, token) = (server.now(), server.acks.remove(0));
        let _ = server.session.ack(now, token, ReasonCode::SUCCESS);
        server.sends("50 02 00 09 40 02 00 0A");
    }
}

/// v5 \[MQTT-3.3.4-7\], \[MQTT-3.3.4-9\].
#[test]
fn a_message_that_could_be_acknowledged_at_once_counts_too() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).own(Property::ReceiveMaximum(1)));
        it.gets(&publish(version, 0x34, 1), &["message t 2 !"], "50 02 00 01");
        it.gets(&publish(version, 0x32, 2), &["closed ReceiveMaximum"], "E0 01 93");
    }
    both!(case: V5);
}

/// What was received on a connection before counts when it comes again.
#[test]
fn a_repeat_of_qos_2_counts_at_the_receiver() {
    fn case<S: Session>(version: Version) {
        for manual in [false, true] {
            let mut setup = Setup::new(version).own(Property::ReceiveMaximum(1));
            if manual {
                setup = setup.manual();
            }
            let pubrec = if manual { "" } else { "50 02 00 01" };
            let mut it = S::up(&setup);
            it.gets(&publish(version, 0x34, 1), &["message t 2 !"], pubrec);
            let mut it = S::next(it, &setup, true);
            it.events();
            it.gets(&publish(version, 0x3C, 1), &[], pubrec);
            it.gets(&publish(version, 0x32, 2), &["closed ReceiveMaximum"], "E0 01 93");
        }
    }
    both!(case: V5);
}

#[test]
fn quiescing_is_over_with_its_connection() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version);
        let mut it = S::up(&setup);
        it.opens(1, 1);
        it.session.quiesce(it.now(), &Disconnect::default()).unwrap();
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends_message(0x3A);
        it.opens(1, 2);
        it.gets("40 02 00 01 40 02 00 02", &["published 1 #1", "published 2 #2"], "");
        it.opens(1, 3);
    }
    both!(case: V5, V311, V31);
}

/// From PUBREC on the message is not sent again, so nothing keeps its payload.
#[test]
fn pubrec_lets_go_of_a_payload_that_was_handed_over() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        let body = Bytes::from(vec![7; 5_000]);
        let (now, publish) = (it.now(), message(QoS::ExactlyOnce, b""));
        it.session.send_bytes(now, &publish, &body, 1, WhenFull::Queue).unwrap();
        it.output();
        assert!(!body.is_unique());
        it.gets("50 02 00 01", &[], "62 02 00 01");
        assert!(body.is_unique());
    }
    both!(case: V5, V311, V31);
}

/// A buffer that was large once is not kept for small messages.
#[test]
fn a_large_message_leaves_no_large_buffer() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.opens(1, 1);
        let (now, payload) = (it.now(), vec![0; 100_000]);
        let publish = message(QoS::AtLeastOnce, &payload);
        it.session.send(now, &publish, 2, WhenFull::Queue).unwrap();
        it.output();
        let while_open = it.session.heap_bytes();
        it.gets("40 02 00 02", &["published 2 #2"], "");
        assert!(it.session.heap_bytes() + 100_000 <= while_open);
    }
    both!(case: V5, V311, V31);
}

/// One of the commands that were turned away can go: that is enough.
#[test]
fn writable_as_soon_as_there_is_room_for_one() {
    let mut setup = Setup::new(Version::V5).peer(Property::ReceiveMaximum(1));
    setup.session.max_output = 5;
    setup.session.queue.max_count = 1;
    let mut client = ClientSession::up(&setup);
    client.publish(1, 1).unwrap();
    assert_eq!(client.publish(1, 2), Ok(PublishStatus::Queued));
    let full = Err(UsageError::WouldBlock(WouldBlock::QueueCount));
    assert_eq!(client.publish(1, 3), full);
    let filters = [Subscription::new("a", QoS::AtMostOnce)];
    let subscribe =
        Subscribe { filters: Subscriptions::new(&filters), ..Subscribe::new(PacketId::MIN) };
    let now = client.now();
    let turned = client.session.subscribe(now, &subscribe, 4);
    assert_eq!(turned, Err(UsageError::WouldBlock(WouldBlock::Output)));
    client.tells(&[]);
    client.sends_message(0x32);
    client.tells(&["writable"]);
    assert_eq!(client.publish(1, 3), full);
    assert!(client.session.subscribe(now, &subscribe, 4).is_ok());
}

/// A client that ends before it has been told what the server has lost.
#[test]
fn what_the_server_has_lost_is_not_carried_over() {
    for version in [Version::V5, Version::V311] {
        let setup = Setup::new(version);
        let mut client = ClientSession::up(&setup);
        client.opens(1, 1);
        client.opens(2, 2);
        client.end();
        client.connect(&setup, false);
        client.receive(&setup.connack(false));
        assert_eq!(client.next_event().as_deref(), Some("lost 2"));
        assert_eq!(client.session.into_state().open_messages(), 0);
    }
}

/// A transport that is never done: what has gone does not pile up.
#[test]
fn the_output_does_not_grow_with_what_is_gone() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        let (now, payload) = (it.now(), [b'!'; 100]);
        let mut most = 0;
        it.publish(0, 0).unwrap();
        for token in 0..2_000 {
            it.session
                .send(now, &message(QoS::AtMostOnce, &payload), token, WhenFull::Queue)
                .unwrap();
            let mut out = it.session.transmit();
            out.advance(out.remaining() - 1);
            most = most.max(it.session.heap_bytes());
        }
        assert!(most < 4_096, "{most} bytes");
    }
    both!(case: V5, V311, V31);
}

/// The payload that was handed over stays where it was though what is in front of it has gone.
#[test]
fn a_payload_moves_with_the_packets_around_it() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        let now = it.now();
        let body: Bytes = (0..3_000).map(|at| at as u8).collect();
        let small = publish(version, 0x30, 0) + " ";
        let mut all = bytes(&small.repeat(100));
        for token in 0..100 {
            it.publish(0, token).unwrap();
        }
        let of = message(QoS::AtMostOnce, b"");
        it.session.send_bytes(now, &of, &body, 100, WhenFull::Queue).unwrap();
        let large = Publish { payload: &body, ..of };
        all.extend(crate::kit::written(version, large));
        // Most of what is in front has gone when the next one comes.
        it.session.transmit().advance(all.len() - 3_000 - 20);
        all.drain(..all.len() - 3_000 - 20);
        for token in 101..200 {
            it.publish(0, token).unwrap();
        }
        all.extend(bytes(&small.repeat(99)));
        assert_eq!(hex(&it.output()), hex(&all));
    }
    both!(case: V5, V311, V31);
}

#[cfg(feature = "std")] // pieces for a vectored write
#[test]
fn what_is_behind_the_last_payload_is_a_piece_too() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        let body = Bytes::from(vec![7; 5_000]);
        let (now, of) = (it.now(), message(QoS::AtMostOnce, b""));
        it.session.send_bytes(now, &of, &body, 1, WhenFull::Queue).unwrap();
        it.publish(0, 2).unwrap();
        let out = it.session.transmit();
        let mut slices = [std::io::IoSlice::new(&[]); 4];
        assert_eq!(out.chunks_vectored(&mut slices), 3);
        assert_eq!(slices[1].as_ptr(), body.as_ptr());
        assert_eq!(hex(&slices[2]), hex(&bytes(&publish(version, 0x30, 0))));
        let seen: usize = slices.iter().map(|slice| slice.len()).sum();
        assert_eq!(seen, out.remaining());
    }
    both!(case: V5, V311, V31);
}

/// What is to be told about what waits is bounded too: the rest waits until it has been polled.
#[test]
fn events_that_wait_are_bounded() {
    let mut setup = Setup::new(Version::V5);
    setup.session.stats = true;
    let mut client = Peer::client(&setup);
    for token in 0..200 {
        client.publish_with(0, token, &[Property::MessageExpiryInterval(1)]).unwrap();
    }
    client.at(10_000);
    client.connect(&setup, true);
    client.receive(&setup.connack(false));
    assert_eq!(client.next_event().as_deref(), Some("connected"));
    client.sends("");
    let queued = client.session.stats().unwrap().queued;
    assert_eq!(queued, 200 - 64);
    assert_eq!(client.events().len(), 200);
}

/// What came before the end is told, whether the caller has answered or not, and whether or not there is
/// room for answers.
#[test]
fn packets_before_the_end_are_events_before_it() {
    for version in ALL {
        let mut server = ServerSession::up(&Setup::new(version));
        let subscribe = match version {
            Version::V5 => "82 07 00 05 00 00 01 'a' 00",
            _ => "82 06 00 05 00 01 'a' 00",
        };
        for _ in 0..64 {
            server.receive(&bytes(subscribe));
        }
        server.receive(&bytes(&publish(version, 0x30, 0)));
        assert_eq!(server.events().len(), 64);
        server.session.handle_eof(server.now());
        server.tells(&["message t 0 !", "closed Eof"]);
    }
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        setup.session.max_output = 5;
        let mut it = S::up(&setup);
        it.publish(0, 1).unwrap();
        it.receive(&bytes(&publish(version, 0x32, 1)));
        it.tells(&[]);
        it.session.handle_eof(it.now());
        it.tells(&["message t 1 !", "closed Eof"]);
    }
    both!(case: V5, V311, V31);
}

/// A peer that acknowledges what was not yet sent again on this connection.
#[test]
fn a_message_that_is_done_before_it_is_sent_again_is_not_sent_again() {
    fn case<S: Session>(version: Version) {
        let mut setup = Setup::new(version);
        let mut it = S::up(&setup);
        for token in 1..=3 {
            it.opens(1, token);
        }
        setup.peer = vec![Property::ReceiveMaximum(1)];
        let mut it = S::next(it, &setup, true);
        it.events();
        it.sends(&publish(version, 0x3A, 1));
        it.gets("40 02 00 02", &["published 2 #2"], "");
        it.gets("40 02 00 01", &["published 1 #1"], &publish(version, 0x3A, 3));
        it.gets("40 02 00 03", &["published 3 #3"], "");
        it.opens(1, 4);
    }
    both!(case: V5);
}

/// A message that could never be sent on this connection does not wait on it.
#[test]
fn a_message_that_is_too_large_is_not_queued() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version)
            .peer(Property::ReceiveMaximum(1))
            .peer(Property::MaximumPacketSize(9));
        let mut it = S::up(&setup);
        it.opens(1, 1);
        let error = it.publish_to("topic", 1, 2);
        assert_eq!(error, Err(UsageError::PacketTooLarge { max: 9 }));
        it.gets("40 02 00 01", &["published 1 #1"], "");
    }
    both!(case: V5);
}

/// What the server has lost is published again in its order, before what waits.
#[test]
fn what_is_published_again_keeps_its_order() {
    for version in [Version::V5, Version::V311] {
        let config = ClientConfig { version, ..ClientConfig::default() };
        let mut client =
            Peer::of(ClientConfig { session_lost: SessionLost::PublishAgain, ..config });
        let setup = Setup::new(version);
        client.connect(&setup, true);
        client.connack(&setup, false, "connected");
        for (at, topic) in ["a", "b", "c"].into_iter().enumerate() {
            client.publish_to(topic, 1, at as u64).unwrap();
        }
        client.end();
        client.publish_to("d", 1, 3).unwrap();
        client.connect(&setup, false);
        client.receive(&setup.connack(false));
        client.tells(&["lost 3"]);
        let output = client.output();
        let topics: Vec<_> = output.iter().filter(|byte| byte.is_ascii_lowercase()).collect();
        assert_eq!(topics, [b"a", b"b", b"c", b"d"].map(|topic| &topic[0]), "{}", hex(&output));
    }
}

/// v5 \[MQTT-4.6.0-2\]: a PUBACK belongs to a PUBLISH of its own connection.
#[test]
fn a_token_of_qos_1_ends_with_its_connection() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version).manual();
        let mut it = S::up(&setup);
        it.gets(&publish(version, 0x34, 3), &["message t 2 !"], "");
        it.gets(&publish(version, 0x32, 7), &["message t 1 !"], "");
        let mut it = S::next(it, &setup, true);
        it.events();
        let (now, token) = (it.now(), it.acks.remove(1));
        let refused = it.session.ack(now, token, ReasonCode::SUCCESS);
        assert_eq!(refused, Err(UsageError::UnknownToken));
        it.sends("");
    }
    both!(case: V5, V311, V31);
}

/// What was to be sent on a connection that is over does not go out on the next one.
#[test]
fn output_ends_with_its_connection() {
    for version in ALL {
        let setup = Setup::new(version);
        let mut client = ClientSession::up(&setup);
        client.publish(0, 1).unwrap();
        client.session.handle_eof(client.now());
        client.tells(&["closed Eof"]);
        let connect = Connect { version, client_id: "c", ..Connect::default() };
        client.session.connect(client.now(), &connect).unwrap();
        assert_eq!(hex(&client.output()), hex(&crate::kit::written(version, connect)));
    }
}

/// v5 \[MQTT-3.2.2-14\]: also for what was queued before the server has said so.
#[test]
fn a_retained_message_that_waits_is_not_sent_where_none_is_taken() {
    let setup = Setup::new(Version::V5).peer(Property::RetainAvailable(false));
    let mut client = Peer::client(&setup);
    let retained = Publish { retain: true, ..message(QoS::AtLeastOnce, b"!") };
    client.session.publish(client.now(), &retained, 1, WhenFull::Queue).unwrap();
    client.connect(&setup, true);
    client.receive(&setup.connack(false));
    client.tells(&["connected", "dropped 1 NotSupported"]);
    client.sends("");
}

/// What is open and what is not read yet is no memory that is not needed.
#[test]
fn memory_is_given_back_and_nothing_is_lost() {
    let setup = Setup::new(Version::V5).peer(Property::ReceiveMaximum(1));
    let mut client = ClientSession::up(&setup);
    let filters = [Subscription::new("a", QoS::AtMostOnce)];
    let subscribe =
        Subscribe { filters: Subscriptions::new(&filters), ..Subscribe::new(PacketId::MIN) };
    let id = client.session.subscribe(client.now(), &subscribe, 7).unwrap();
    client.output();
    client.session.shrink_to_fit();
    client.receive(&bytes("90 04 00 01 00 00 30 04 00"));
    assert_eq!(client.next_event(), Some(format!("subscribed 7 #{id} 00")));
    client.session.shrink_to_fit();
    client.gets("01 't' 00", &["message t 0 "], "");
    let id = client.opens(1, 1);
    client.publish(1, 2).unwrap();
    client.session.shrink_to_fit();
    client.receive(&[0x40, 2, 0, id as u8]);
    client.tells(&[&format!("published 1 #{id}")]);
    client.sends_message(0x32);
}

#[test]
fn a_large_message_that_waited_leaves_no_large_buffer() {
    let setup = Setup::new(Version::V5);
    let mut client = Peer::client(&setup);
    let payload = vec![0; 100_000];
    let now = client.now();
    client.session.publish(now, &message(QoS::AtMostOnce, &payload), 1, WhenFull::Queue).unwrap();
    client.connect(&setup, true);
    client.connack(&setup, false, "connected");
    assert_eq!(client.output().len(), 100_008);
    // What it was written to is kept, and not what it waited in.
    assert!(client.session.heap_bytes() < 160_000);
}

/// v5 \[MQTT-3.1.2-4\]: who asks for a new session has not lost one.
#[test]
fn a_clean_start_with_nothing_open_loses_nothing() {
    for version in [Version::V5, Version::V311] {
        let setup = Setup::new(version);
        let mut client = ClientSession::up(&setup);
        client.end();
        client.connect(&setup, true);
        client.connack(&setup, false, "connected");
    }
}

#[test]
fn each_step_of_an_authentication_has_its_time() {
    const METHOD: Property<'static> = Property::AuthenticationMethod("m");
    let setup = Setup::new(Version::V5).own(METHOD);
    let mut client = Peer::client(&setup);
    client.connect(&setup, true);
    client.at(10_000);
    client.gets("F0 06 18 04 15 00 01 'm'", &["auth 18"], "");
    let list = [METHOD];
    let reason = ReasonCode::CONTINUE_AUTHENTICATION;
    let auth = Auth { reason, properties: Properties::new(&list) };
    client.session.auth(client.now(), &auth).unwrap();
    assert_eq!(client.due(), Some(40_000));
}

/// v5 \[MQTT-3.14.2-3\]: without the Reason String, if it is too large with it.
#[test]
fn the_last_packet_of_quiescing_stays_within_the_maximum_packet_size() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version).peer(Property::MaximumPacketSize(12)));
        it.opens(1, 1);
        let list = [Property::ReasonString("until the next time")];
        let bye = Disconnect { properties: Properties::new(&list), ..Disconnect::default() };
        it.session.quiesce(it.now(), &bye).unwrap();
        it.gets("40 02 00 01", &["published 1 #1", "closed Local"], "E0 00");
    }
    both!(case: V5);
}

/// A PINGREQ that was not answered belongs to its connection.
#[test]
fn a_ping_ends_with_its_connection() {
    for version in ALL {
        let setup = Setup::new(version).keep_alive(60);
        let mut client = ClientSession::up(&setup);
        client.at(59_000);
        client.sends("C0 00");
        let mut client = ClientSession::next(client, &setup, false);
        client.events();
        client.at(100_000);
        client.tells(&[]);
        assert_eq!(client.due(), Some(118_000));
    }
}

/// v5 \[MQTT-3.1.2-24\], \[MQTT-3.2.2-15\]: an alias is not set by a message that is too large with it.
#[test]
fn an_alias_is_not_set_by_a_message_that_is_too_large() {
    fn case<S: Session>(version: Version) {
        let setup = Setup::new(version)
            .peer(Property::MaximumPacketSize(10))
            .peer(Property::TopicAliasMaximum(5));
        let mut it = S::up(&setup);
        let (now, list) = (it.now(), [Property::TopicAlias(1)]);
        let publish =
            Publish { topic: "topic", properties: Properties::new(&list), ..Publish::default() };
        let result = it.session.send(now, &publish, 1, WhenFull::Queue);
        assert_eq!(result, Err(UsageError::PacketTooLarge { max: 10 }));
        let publish = Publish { topic: "", ..publish };
        let result = it.session.send(now, &publish, 1, WhenFull::Queue);
        let unknown = ReasonCode::TOPIC_ALIAS_INVALID;
        assert_eq!(result, Err(UsageError::NotSupported(unknown)));
        it.sends("");
    }
    both!(case: V5);
}
