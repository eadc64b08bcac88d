//! What waits for the store, and what does not.

use crate::{
    NOW, Side, Store, bytes_of, client_config, connect, open_aliasing_client, open_client,
    open_server, open_server_to, server_config,
};
use mqtt_core::{
    AckMode, Auth, ClientSession, ConnAck, Connect, Disconnect, Durability, Event, Instant,
    PersistConfig, Publish, QoS, ReasonCode, ReasonCodes, ServerSession, SubAck, UnsubAck,
    UsageError, WhenFull, WouldBlock,
};

/// Nothing goes out before what was told is safe, and then exactly this does.
#[track_caller]
fn waits(side: &mut (impl Side + ?Sized), store: &mut Store, bytes: &[u8]) {
    assert_eq!(side.output(), b"", "it goes out before it is safe");
    assert!(side.ops(store) > 0, "nothing is told");
    assert_eq!(side.output(), b"", "it goes out before it is safe");
    side.is_safe(store.seq - 1);
    assert_eq!(side.output(), b"", "it goes out before all is safe");
    side.is_safe(store.seq);
    assert_eq!(side.output(), bytes);
}

const GATE: Durability = Durability::Gate;

#[test]
fn connect_of_a_new_session_waits() {
    let (mut store, mut client) =
        (Store::default(), ClientSession::new(client_config(GATE, AckMode::Auto)));
    client.connect(NOW, &Connect { client_id: "c", ..Connect::default() }).unwrap();
    waits(&mut client, &mut store, b"\x10\x13\0\x04MQTT\x05\0\0\0\x05\x27\0\x10\0\0\0\x01c");
}

#[test]
fn connack_waits() {
    let mut server = ServerSession::new(server_config(GATE, AckMode::Auto), NOW);
    server.input(&connect(true, 60));
    server.words();
    server.accept(NOW, &ConnAck::default(), None).unwrap();
    // Nothing goes before it.
    server.send(QoS::AtMostOnce, 1);
    server.input(b"\xC0\0");
    server.words();
    let all = b"\x20\x08\0\0\x05\x27\0\x10\0\0\x30\x05\0\x01t\0!\xD0\0";
    waits(&mut server, &mut Store::default(), all);
}

#[test]
fn puback_waits_for_the_callers_word() {
    for mut side in both(AckMode::Auto) {
        let mut store = side.1;
        side.0.input(b"\x32\x07\0\x01t\0\x07\0!");
        assert_eq!(side.0.words(), [format!("t Some({})", store.seq + 1)]);
        waits(&mut *side.0, &mut store, b"\x40\x02\0\x07");
    }
}

#[test]
fn pubrec_and_pubcomp_wait() {
    for mut side in both(AckMode::Auto) {
        let mut store = side.1;
        side.0.input(b"\x34\x07\0\x01t\0\x07\0!");
        assert_eq!(side.0.words(), [format!("t Some({})", store.seq + 1)]);
        waits(&mut *side.0, &mut store, b"\x50\x02\0\x07");
        assert_eq!(store.kinds(), "rs");
        side.0.input(b"\x62\x02\0\x07");
        assert_eq!(side.0.words(), [""; 0]);
        waits(&mut *side.0, &mut store, b"\x70\x02\0\x07");
        assert_eq!(store.kinds(), "s");
    }
}

#[test]
fn publish_and_pubrel_wait() {
    for mut side in both(AckMode::Auto) {
        let mut store = side.1;
        side.0.send(QoS::ExactlyOnce, 5);
        waits(&mut *side.0, &mut store, b"\x34\x07\0\x01t\0\x01\0!");
        assert_eq!(store.kinds(), "ms");
        side.0.input(b"\x50\x02\0\x01");
        assert_eq!(side.0.words(), [""; 0]);
        waits(&mut *side.0, &mut store, b"\x62\x02\0\x01");
        assert_eq!(store.kinds(), "ps");
        side.0.input(b"\x70\x02\0\x01");
        assert_eq!(side.0.words(), ["published 5"]);
        side.0.ops(&mut store);
        assert_eq!(store.kinds(), "s");
    }
}

/// Commits that lag behind while more comes: each message leaves as soon as its own change is safe.
#[test]
fn messages_leave_as_their_changes_are_safe() {
    let mut store = Store::default();
    let mut client = open_client(client_config(GATE, AckMode::Auto), &mut store);
    let mut is_safe = store.seq;
    let mut next = 1;
    let mut leaves = |out: &[u8], count: usize| {
        assert_eq!(out.len(), count * 9);
        for packet in out.chunks(9) {
            assert_eq!(packet, [0x32, 7, 0, 1, b't', 0, next, 0, b'!']);
            next += 1;
        }
    };
    for _ in 0..40 {
        (0..3).for_each(|token| client.send(QoS::AtLeastOnce, token));
        client.ops(&mut store);
        is_safe += 2;
        client.is_safe(is_safe);
        leaves(&client.output(), 2);
    }
    client.is_safe(store.seq);
    leaves(&client.output(), 40);
}

#[test]
fn suback_and_unsuback_wait() {
    let mut store = Store::default();
    let mut server = open_server(server_config(GATE, AckMode::Auto), &mut store);
    server.input(b"\x82\x0B\0\x01\x02\x0B\x07\0\x03a/+\x02");
    server.words();
    let codes = [ReasonCode::GRANTED_QOS_1];
    let suback =
        SubAck { reasons: ReasonCodes::new(&codes), ..SubAck::new(mqtt_core::PacketId::MIN) };
    server.suback(NOW, &suback).unwrap();
    waits(&mut server, &mut store, b"\x90\x04\0\x01\0\x01");
    assert_eq!(store.kinds(), "st");
    let state = store.restored();
    let (subscription, identifier) = state.subscriptions().next().unwrap();
    assert_eq!((subscription.filter, subscription.options.qos), ("a/+", QoS::AtLeastOnce));
    assert_eq!(identifier, Some(7));

    server.input(b"\xA2\x08\0\x01\0\0\x03a/+");
    server.words();
    let codes = [ReasonCode::SUCCESS];
    let unsuback =
        UnsubAck { reasons: ReasonCodes::new(&codes), ..UnsubAck::new(mqtt_core::PacketId::MIN) };
    server.unsuback(NOW, &unsuback).unwrap();
    waits(&mut server, &mut store, b"\xB0\x04\0\x01\0\0");
    assert_eq!(store.kinds(), "s");
}

#[test]
fn other_packets_pass_those_that_wait() {
    let mut store = Store::default();
    let mut client = open_client(client_config(GATE, AckMode::Auto), &mut store);
    client.send(QoS::AtLeastOnce, 5);
    client.send(QoS::AtMostOnce, 0);
    assert_eq!(client.output(), b"\x30\x05\0\x01t\0!");
    client.disconnect(NOW, &Disconnect::default()).unwrap();
    assert_eq!(client.output(), b"\xE0\0");
    // What waited does not follow DISCONNECT: it is sent on the next connection.
    client.ops(&mut store);
    client.is_safe(store.seq);
    assert_eq!(client.output(), b"");
    assert_eq!(store.restored().open_messages(), 1);
}

#[test]
fn an_alias_is_not_used_before_it_is_set() {
    let mut store = Store::default();
    let mut client = open_aliasing_client(&mut store);
    client.send(QoS::AtLeastOnce, 5);
    client.send(QoS::AtMostOnce, 0);
    let both = b"\x32\x0A\0\x01t\0\x01\x03\x23\0\x01!\x30\x07\0\0\x03\x23\0\x01!";
    waits(&mut client, &mut store, both);
}

#[test]
fn what_was_not_polled_is_not_safe() {
    let mut store = Store::default();
    let mut client = open_client(client_config(GATE, AckMode::Auto), &mut store);
    client.send(QoS::AtLeastOnce, 5);
    client.is_safe(u64::MAX);
    assert_eq!(client.output(), b"");
}

#[test]
fn without_the_gate_nothing_waits() {
    let mut store = Store::default();
    let mut client = ClientSession::new(client_config(Durability::Report, AckMode::Auto));
    client.connect(NOW, &Connect { client_id: "c", ..Connect::default() }).unwrap();
    assert_eq!(client.output()[0], 0x10);
    client.input(b"\x20\x03\0\0\0");
    client.words();
    client.input(b"\x34\x07\0\x01t\0\x07\0!");
    assert_eq!(client.words(), ["t Some(3)"]);
    assert_eq!(client.output(), b"\x50\x02\0\x07");
    client.ops(&mut store);
    assert_eq!(store.kinds(), "rs");
}

#[test]
fn changes_have_a_bound() {
    let mut config = client_config(GATE, AckMode::Auto);
    config.session.persist = PersistConfig { max_ops: 4, ..config.session.persist };
    let mut store = Store::default();
    let mut client = open_client(config, &mut store);
    let publish = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
    let full = Err(UsageError::WouldBlock(WouldBlock::Persist));
    for _ in 0..4 {
        client.publish(NOW, &publish, 1, WhenFull::Queue).unwrap();
    }
    assert_eq!(client.publish(NOW, &publish, 1, WhenFull::Queue), full);
    // Input is not read either.
    client.input(b"\x34\x07\0\x01t\0\x07\0!");
    assert_eq!(client.words(), [""; 0]);
    client.ops(&mut store);
    let words = client.words();
    assert!(words.contains(&"Writable".into()) && words.len() == 2, "{words:?}");
}

/// Whose packets wait for the store is not silent, whatever it has not taken yet.
#[test]
fn a_store_may_take_its_time() {
    let at = Instant::from_millis;
    for first in [&b""[..], b"\xC0\0"] {
        // With PUBACK, which waits, there is no room for another answer.
        let mut config = server_config(GATE, AckMode::Auto);
        config.session.max_output = first.len() + 4;
        let mut store = Store::default();
        let connect = Connect { client_id: "c", keep_alive: 10, ..Connect::default() };
        let mut server = open_server_to(&bytes_of(connect), config, &mut store);
        assert_eq!(server.poll_timeout(), Some(at(16_000)));
        server.input(&[first, b"\x32\x07\0\x01t\0\x07\0!\xC0\0"].concat());
        assert_eq!(server.words().len(), 1);
        assert_eq!(server.poll_timeout(), None);
        server.handle_timeout(at(100_000));
        assert_eq!(server.words(), [""; 0]);
        // Then it is the client's turn again.
        server.ops(&mut store);
        server.persisted(at(100_000), store.seq);
        assert!(server.output().ends_with(b"\x40\x02\0\x07"));
        assert_eq!(server.words(), [""; 0]);
        assert_eq!(server.output(), b"\xD0\0");
        assert_eq!(server.poll_timeout(), Some(at(115_000)));
    }
}

#[test]
fn a_fenced_session_is_over() {
    let mut store = Store::default();
    let mut server = open_server(server_config(GATE, AckMode::Auto), &mut store);
    server.input(b"\x34\x07\0\x01t\0\x07\0!");
    server.words();
    server.ops(&mut store);
    server.fenced(NOW, 9);
    assert_eq!(server.poll_event(), Some(Event::Fenced { epoch: 9 }));
    assert_eq!(server.words(), ["Closed"]);
    // PUBREC does not go out, whatever is said later.
    server.is_safe(store.seq);
    assert_eq!(server.output(), b"\xE0\x01\x8E");
    let publish = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
    assert_eq!(server.deliver(NOW, &publish, 1, WhenFull::Queue), Err(UsageError::Fenced));
    assert_eq!(server.auth(NOW, &Auth::default()), Err(UsageError::NotAllowed));
    assert_eq!(server.ops(&mut store), 0);
}

/// A client and a server that are connected.
fn both(ack: AckMode) -> [(Box<dyn Side>, Store); 2] {
    let (mut one, mut other) = (Store::default(), Store::default());
    let client = open_client(client_config(GATE, ack), &mut one);
    let server = open_server(server_config(GATE, ack), &mut other);
    [(Box::new(client), one), (Box::new(server), other)]
}
