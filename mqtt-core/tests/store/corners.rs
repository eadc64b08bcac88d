//! Processes that end between two changes, and other corners.

use crate::{
    NOW, Side, Store, client_config, connect, connect_with_will, open_aliasing_client, open_client,
    open_server, open_server_to, persist, reconnect, server_config,
};
use bytes::{Buf, Bytes};
use mqtt_core::store::{Persist, Restore};
use mqtt_core::{
    AckMode, ClientConfig, ClientSession, ConnAck, Connect, Durability, Event, Packet, Publish,
    QoS, ServerSession, SessionLost, SessionState, UsageError, Version, WhenFull,
};

const GATE: Durability = Durability::Gate;

fn whole(client: &ClientSession) -> Vec<u8> {
    let mut page = Vec::new();
    assert_eq!(client.snapshot(None, usize::MAX, &mut page), None);
    page
}

/// PUBREL is stored, and the body of the message too: it is not sent again, and its body goes with it.
#[test]
fn an_end_between_pubrel_and_its_body() {
    let mut store = Store::default();
    let mut client = open_client(client_config(GATE, AckMode::Auto), &mut store);
    client.send(QoS::ExactlyOnce, 5);
    client.ops(&mut store);
    client.is_safe(store.seq);
    client.input(b"\x50\x02\0\x01");
    client.words();
    store.apply(&client.poll_persist().unwrap());
    assert_eq!(store.kinds(), "mps");
    let config = client_config(GATE, AckMode::Auto);
    let mut client = ClientSession::resume(config.clone(), store.restored());
    assert_eq!(reconnect(&mut client, &mut store, true), b"\x62\x02\0\x01");
    client.input(b"\x70\x02\0\x01");
    assert_eq!(client.words(), ["published 5"]);
    client.ops(&mut store);
    assert_eq!(store.kinds(), "s");
}

/// The body is gone, and the phase is left: nothing is sent, and the phase goes too.
#[test]
fn an_end_between_a_body_and_its_phase() {
    let mut store = Store::default();
    let mut client = ClientSession::new(client_config(GATE, AckMode::Auto));
    client.send(QoS::AtLeastOnce, 5);
    assert_eq!(reconnect(&mut client, &mut store, false)[0], 0x32);
    client.input(b"\x40\x02\0\x01");
    assert_eq!(client.words(), ["published 5"]);
    store.apply(&client.poll_persist().unwrap());
    assert_eq!(store.kinds(), "ps");
    let mut client = ClientSession::resume(client_config(GATE, AckMode::Auto), store.restored());
    assert_eq!(reconnect(&mut client, &mut store, true), b"");
    assert_eq!(store.kinds(), "s");
}

/// All messages that were open wait again: wherever that ends, they go out in their order.
#[test]
fn an_end_while_messages_are_published_again() {
    for count in 0..=3 {
        let mut store = Store::default();
        let mut config = client_config(GATE, AckMode::Auto);
        config.session_lost = SessionLost::PublishAgain;
        let mut client = open_client(config.clone(), &mut store);
        (0..3).for_each(|token| client.send(QoS::AtLeastOnce, token));
        client.ops(&mut store);
        client.is_safe(store.seq);
        client.output();
        client.handle_eof(NOW);
        client.words();
        client
            .connect(NOW, &Connect { client_id: "c", clean_start: false, ..Connect::default() })
            .unwrap();
        client.output();
        client.input(b"\x20\x03\0\0\0");
        client.words();
        for _ in 0..count {
            store.apply(&client.poll_persist().unwrap());
        }
        let mut client = ClientSession::resume(config, store.restored());
        // As it would have been.
        let mut restore = Restore::new();
        restore.page(&whole(&client)).unwrap();
        let out = reconnect(&mut client, &mut store, false);
        let lens: Vec<_> = out.chunks(9).map(|packet| (packet[0], packet.len())).collect();
        assert_eq!(lens, [(0x32, 9); 3], "{count}");
        client.input(b"");
        let mut tokens = Vec::new();
        for packet in out.chunks(9) {
            client.input(&[0x40, 2, packet[5], packet[6]]);
            tokens.extend(client.words());
        }
        assert_eq!(tokens, ["published 0", "published 1", "published 2"], "{count}");
    }
}

/// A snapshot of messages that wait again under no identifier, and of PUBRELs that are not in their order.
#[test]
fn a_snapshot_of_messages_that_are_published_again() {
    let mut store = Store::default();
    let mut config = client_config(GATE, AckMode::Auto);
    config.session_lost = SessionLost::PublishAgain;
    let mut client = open_client(config, &mut store);
    comes_back(&mut client, &mut store);
    // One at a time: two wait.
    client.input(b"\x20\x06\0\0\x03\x21\0\x01");
    client.words();
    client.ops(&mut store);
    let mut told = Vec::new();
    store.restored().snapshot(None, usize::MAX, &mut told);
    assert_eq!(told, whole(&client));
    for max_bytes in [usize::MAX, 1] {
        let mut restore = Restore::new();
        for page in crate::pages(|cursor, out| client.snapshot(cursor, max_bytes, out)) {
            restore.page(&page).unwrap();
        }
        let state = SessionState::restore(&restore).unwrap().unwrap();
        assert_eq!((state.open_messages(), state.queued_messages()), (1, 2));
        let mut page = Vec::new();
        state.snapshot(None, usize::MAX, &mut page);
        assert_eq!(page, whole(&client));
    }
}

/// Three messages are open when the connection ends, and the next one begins.
fn comes_back(client: &mut ClientSession, store: &mut Store) {
    (0..3).for_each(|token| client.send(QoS::ExactlyOnce, token));
    client.ops(store);
    client.is_safe(store.seq);
    client.handle_eof(NOW);
    client.words();
    let connect = Connect { client_id: "c", clean_start: false, ..Connect::default() };
    client.connect(NOW, &connect).unwrap();
    client.output();
}

/// The server has begun a new session: what it has lost is gone before anything goes out on the new one.
#[test]
fn what_the_server_has_lost_is_not_sent_again() {
    let mut store = Store::default();
    let mut client = open_client(client_config(GATE, AckMode::Auto), &mut store);
    comes_back(&mut client, &mut store);
    client.input(b"\x20\x03\0\0\0");
    assert!(matches!(client.poll_event(), Some(Event::Connected { .. })));
    client.send(QoS::ExactlyOnce, 3);
    client.ops(&mut store);
    client.is_safe(store.seq);
    assert_eq!(client.output()[0], 0x34);
    assert_eq!(store.kinds(), "ms");
    assert_eq!(client.words(), ["Dropped"; 3]);
}

/// The server has begun a new session: an identifier of the one before means nothing, in the store too.
#[test]
fn what_the_server_had_sent_is_forgotten() {
    let mut store = Store::default();
    let config = client_config(GATE, AckMode::Auto);
    let mut client = open_client(config.clone(), &mut store);
    client.input(b"\x34\x07\0\x01t\0\x07\0!");
    client.words();
    client.ops(&mut store);
    assert_eq!(store.kinds(), "rs");
    client.handle_eof(NOW);
    client.words();
    reconnect(&mut client, &mut store, false);
    assert_eq!(store.kinds(), "s");
    let mut client = ClientSession::resume(config, store.restored());
    reconnect(&mut client, &mut store, true);
    client.input(b"\x34\x07\0\x01t\0\x07\0!");
    assert_eq!(client.words().len(), 1);
}

/// A Clean Start that was told for a connection before, and is not safe, keeps CONNECT waiting as well.
#[test]
fn the_second_connect_waits_too() {
    let mut store = Store::default();
    let mut client = ClientSession::new(client_config(GATE, AckMode::Auto));
    let connect = Connect { client_id: "c", clean_start: true, ..Connect::default() };
    for _ in 0..2 {
        client.connect(NOW, &connect).unwrap();
        assert_eq!(client.output(), b"");
        client.handle_eof(NOW);
        assert_eq!(client.words(), ["Closed"]);
    }
    client.connect(NOW, &connect).unwrap();
    client.ops(&mut store);
    assert_eq!(client.output(), b"");
    assert!(store.restored().wants_clean_start());
    client.is_safe(store.seq);
    assert_eq!(client.output()[0], 0x10);
    client.input(b"\x20\x03\0\0\0");
    client.words();
    client.ops(&mut store);
    assert!(!store.restored().wants_clean_start());
}

/// A client dies before its first connection: what the server may have under its name is not its own, and what it
/// was given goes out in the session that begins then.
#[test]
fn messages_that_are_stored_before_the_first_connection() {
    let mut store = Store::default();
    let config = client_config(GATE, AckMode::Auto);
    let mut client = ClientSession::new(config.clone());
    (1..=2).for_each(|token| client.send(QoS::ExactlyOnce, token));
    client.ops(&mut store);
    let state = store.restored();
    assert!(state.wants_clean_start());
    let mut client = ClientSession::resume(config, state);
    let connect = Connect { client_id: "c", clean_start: true, ..Connect::default() };
    client.connect(NOW, &connect).unwrap();
    client.ops(&mut store);
    client.is_safe(store.seq);
    client.output();
    client.input(b"\x20\x03\0\0\0");
    client.words();
    client.ops(&mut store);
    client.is_safe(store.seq);
    let out = client.output();
    assert_eq!(out.chunks(9).map(|packet| packet[0]).collect::<Vec<_>>(), [0x34; 2]);
    assert!(!store.restored().wants_clean_start());
    for id in 1..=2 {
        client.input(&[0x50, 2, 0, id]);
        client.ops(&mut store);
        client.is_safe(store.seq);
        client.input(&[0x70, 2, 0, id]);
    }
    assert_eq!(client.words(), ["published 1", "published 2"]);
}

/// A message that is short for its alias takes no payload of the one before it along.
#[test]
fn an_alias_behind_a_payload_that_is_handed_over() {
    let mut store = Store::default();
    let mut client = open_aliasing_client(&mut store);
    let publish = Publish { topic: "a/long/topic", qos: QoS::AtLeastOnce, ..Publish::default() };
    let body = Bytes::from(vec![b'!'; 4_000]);
    client.publish_bytes(NOW, &publish, &body, 1, WhenFull::Queue).unwrap();
    client.ops(&mut store);
    client.is_safe(store.seq);
    let before = client.transmit().remaining();
    assert!(before > 4_000);
    client.publish(NOW, &publish, 2, WhenFull::Queue).unwrap();
    assert_eq!(client.transmit().remaining(), before);
    client.ops(&mut store);
    client.is_safe(store.seq);
    let out = client.output();
    assert_eq!(&out[out.len() - 9..], b"\x32\x08\0\0\0\x02\x03\x23\0\x01"[1..].as_ref());
    assert_eq!(out.iter().filter(|byte| **byte == b'!').count(), 4_000);
}

/// A message of QoS 0 that stays behind CONNACK and a message is not overtaken by the next one.
#[test]
fn messages_of_qos_0_stay_in_order() {
    let mut store = Store::default();
    let mut server = ServerSession::new(server_config(GATE, AckMode::Auto), NOW);
    server.input(&connect(true, 60));
    server.words();
    server.accept(NOW, &ConnAck::default(), None).unwrap();
    server.ops(&mut store);
    let connack = store.seq;
    server.send(QoS::AtLeastOnce, 1);
    server.send(QoS::AtMostOnce, 2);
    server.is_safe(connack);
    assert_eq!(server.output()[0], 0x20);
    server.send(QoS::AtMostOnce, 3);
    assert_eq!(server.output(), b"");
    server.ops(&mut store);
    server.is_safe(store.seq);
    assert_eq!(server.output(), b"\x32\x07\0\x01t\0\x01\0!\x30\x05\0\x01t\0!\x30\x05\0\x01t\0!");
    // With nothing before them they pass again.
    server.send(QoS::AtLeastOnce, 4);
    server.send(QoS::AtMostOnce, 5);
    assert_eq!(server.output(), b"\x30\x05\0\x01t\0!");
}

/// PUBREC with an error ends a message, in the store too; nothing follows it.
#[test]
fn a_message_that_is_refused_is_gone() {
    let mut store = Store::default();
    let mut client = open_client(client_config(GATE, AckMode::Auto), &mut store);
    client.send(QoS::ExactlyOnce, 5);
    client.ops(&mut store);
    client.is_safe(store.seq);
    client.output();
    client.input(b"\x50\x03\0\x01\x97");
    assert_eq!(client.words(), ["published 5"]);
    client.ops(&mut store);
    client.is_safe(store.seq);
    assert_eq!((store.kinds(), client.output()), ("s".into(), vec![]));
}

/// What is refused by hand is not remembered: the peer may use the identifier for the next one.
#[test]
fn a_message_that_this_side_refuses_is_not_stored() {
    let mut store = Store::default();
    let mut client = open_client(client_config(GATE, AckMode::Manual), &mut store);
    client.input(b"\x34\x07\0\x01t\0\x07\0!");
    let Some(Event::Message { ack: Some(token), .. }) = client.poll_event() else { panic!() };
    client.ack(NOW, token, mqtt_core::ReasonCode::QUOTA_EXCEEDED).unwrap();
    assert_eq!((client.ops(&mut store), client.output()), (0, b"\x50\x03\0\x07\x97".to_vec()));
    client.input(b"\x34\x07\0\x01t\0\x07\0!");
    assert_eq!(client.words(), ["t None"]);
}

#[test]
fn nothing_is_told_behind_a_fence() {
    let mut store = Store::default();
    let mut server = open_server(server_config(GATE, AckMode::Auto), &mut store);
    server.input(b"\x34\x07\0\x01t\0\x07\0!");
    server.words();
    server.fenced(NOW, 9);
    assert_eq!(server.poll_persist(), None);
    assert_eq!(server.into_state().poll_persist(), None);
}

/// The server has begun again, and publishes the will of a session whose client is away.
#[test]
fn a_will_that_was_restored_is_published_once() {
    let mut store = Store::default();
    open_server_to(&connect_with_will(), server_config(GATE, AckMode::Auto), &mut store);
    let mut state = store.restored_by(7);
    assert_eq!(state.will().unwrap().topic, "gone");
    state.clear_will();
    assert_eq!(state.will(), None);
    let op = state.poll_persist().unwrap();
    assert_eq!((op.epoch, op.change), (7, Persist::Delete { key: b"w" }));
    store.apply(&op);
    assert_eq!(state.poll_persist(), None);
    state.persisted(store.seq);
    assert_eq!(store.restored().will(), None);
    // What is safe of the state does not keep the next connection waiting.
    let mut server = ServerSession::new(server_config(GATE, AckMode::Auto), NOW);
    server.input(&connect(false, 60));
    server.words();
    let connack = ConnAck { session_present: true, ..ConnAck::default() };
    server.accept(NOW, &connack, Some(state)).unwrap();
    assert_eq!((server.ops(&mut store), server.output()[0]), (0, 0x20));
}

/// A session comes in the place of another: its changes are numbered behind those of that one.
#[test]
fn a_clean_start_counts_on() {
    let mut store = Store::default();
    let mut server = open_server(server_config(GATE, AckMode::Auto), &mut store);
    server.send(QoS::AtLeastOnce, 1);
    let mut next = ServerSession::new(server_config(GATE, AckMode::Auto), NOW);
    next.input(&connect(true, 60));
    next.words();
    server.take_over(NOW).unwrap();
    server.words();
    server.ops(&mut store);
    assert_eq!(store.kinds(), "ms");
    next.persist_after(store.seq);
    next.accept(NOW, &ConnAck::default(), None).unwrap();
    // It is too late for another number.
    next.persist_after(1);
    assert_eq!(next.output(), b"");
    next.ops(&mut store);
    next.is_safe(store.seq);
    assert_eq!((store.kinds(), next.output()[0]), ("s".into(), 0x20));
}

/// A full queue of changes turns messages away, and nothing else.
#[test]
fn room_for_changes() {
    let mut config = client_config(GATE, AckMode::Auto);
    config.session.persist = mqtt_core::PersistConfig { max_bytes: 1, ..persist(GATE) };
    let mut store = Store::default();
    let mut client = open_client(config, &mut store);
    client.send(QoS::AtLeastOnce, 1);
    let publish = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
    let result = client.publish(NOW, &publish, 2, WhenFull::Queue);
    assert!(matches!(result, Err(UsageError::WouldBlock(_))), "{result:?}");
    let publish = Publish { topic: "t", ..Publish::default() };
    client.publish(NOW, &publish, 2, WhenFull::Queue).unwrap();
    client.ops(&mut store);
    client.is_safe(store.seq);
    let first = |out: Vec<u8>| out.first().copied();
    assert_eq!(first(client.output()), Some(0x32));
}

/// A session goes on in another version, and that is cut off anywhere.
#[test]
fn an_end_while_messages_become_packets_of_another_version() {
    for (from, to) in [(Version::V5, Version::V311), (Version::V311, Version::V5)] {
        let mut store = Store::default();
        let config = |version| {
            let session_lost = SessionLost::PublishAgain;
            ClientConfig { version, session_lost, ..client_config(GATE, AckMode::Auto) }
        };
        let connect = Connect { version: from, client_id: "c", ..Connect::default() };
        let mut client = ClientSession::new(config(from));
        (0..3).for_each(|token| client.send(QoS::ExactlyOnce, token));
        for _ in 0..2 {
            client.connect(NOW, &connect).unwrap();
            client.ops(&mut store);
            client.is_safe(store.seq);
            let connack = ConnAck::default();
            let mut bytes = Vec::new();
            Packet::from(connack).encode(from, &mut bytes).unwrap();
            client.input(&bytes);
            client.words();
            client.ops(&mut store);
            client.is_safe(store.seq);
            // One is released; the others wait again on the second connection.
            client.input(b"\x50\x02\0\x01");
            client.words();
            client.handle_eof(NOW);
            client.words();
        }
        client.ops(&mut store);
        let mut client = ClientSession::resume(config(to), client.into_state());
        let before = {
            let state = store.restored();
            (state.open_messages(), state.queued_messages())
        };
        while let Some(op) = client.poll_persist() {
            store.apply(&op);
            let state = store.restored();
            assert_eq!((state.open_messages(), state.queued_messages()), before);
        }
        let state = store.restored();
        let mut page = Vec::new();
        state.snapshot(None, usize::MAX, &mut page);
        assert_eq!(page, whole(&client));
    }
}
