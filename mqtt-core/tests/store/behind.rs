//! Sessions that have gone on without telling it: the next store has all of them, and nothing else.

use crate::{
    NOW, Side, Store, bytes_of, client_config, connect, connect_with_will, fill, open_client,
    open_server_to, pages, reconnect, server_config,
};
use mqtt_core::store::Persist;
use mqtt_core::{
    AckMode, ClientSession, ConnAck, Connect, Durability, Instant, PacketId, Properties, Property,
    Publish, QoS, ReasonCode, ReasonCodes, ServerSession, SessionState, SubAck, UnsubAck, WhenFull,
};

const GATE: Durability = Durability::Gate;
const OFF: Durability = Durability::Off;

/// A client that goes on with a session.
fn resumed(state: SessionState, durability: Durability) -> ClientSession {
    ClientSession::resume(client_config(durability, AckMode::Auto), state)
}

fn ended(mut client: ClientSession) -> SessionState {
    client.handle_eof(NOW);
    client.words();
    client.into_state()
}

/// What the store has is what the session has.
fn is_whole(store: &Store, client: &ClientSession) {
    let [restored, own] = [
        pages(|cursor, out| store.restored().snapshot(cursor, usize::MAX, out)),
        pages(|cursor, out| client.snapshot(cursor, usize::MAX, out)),
    ];
    assert_eq!(restored, own);
}

#[test]
fn a_store_that_fell_behind_is_told_all() {
    let mut store = Store::default();
    let mut client = open_client(client_config(GATE, AckMode::Auto), &mut store);
    fill(&mut client, &mut store);
    assert_eq!(store.kinds(), "mmmprs");

    // Without a store the released message is done, another one is released, and there is one more.
    let behind = store.clone();
    let mut client = resumed(ended(client), OFF);
    reconnect(&mut client, &mut store, true);
    client.input(b"\x70\x02\0\x02\x50\x02\0\x01\x62\x02\0\x07");
    assert_eq!(client.words(), ["published 1"]);
    client.send(QoS::AtLeastOnce, 4);
    let state = ended(client);
    assert_eq!((store.seq, &store.rows), (behind.seq, &behind.rows), "nothing is told");

    let mut client = resumed(state, GATE);
    assert_eq!(client.poll_persist(), None, "it is not known what time it is");
    client
        .connect(NOW, &Connect { client_id: "c", clean_start: false, ..Connect::default() })
        .unwrap();
    assert_eq!(client.output(), b"", "CONNECT waits");
    let first = client.poll_persist().unwrap();
    assert_eq!((first.seq, first.change), (store.seq + 1, Persist::Clear));
    store.apply(&first);
    client.ops(&mut store);
    assert_eq!(store.kinds(), "mmmps");
    is_whole(&store, &client);
    let state = store.restored();
    assert_eq!((state.open_messages(), state.queued_messages()), (4, 0));

    // Once it has caught up it is told changes, and no more than those.
    client.is_safe(store.seq);
    assert_eq!(client.output()[0], 0x10);
    client.input(b"\x20\x03\x01\0\0\x40\x02\0\x04");
    assert_eq!(client.words(), ["Connected", "published 3"]);
    assert_eq!(client.ops(&mut store), 1);
    is_whole(&store, &client);
}

/// One that was never told anything is told in the same way, in another version too.
#[test]
fn a_store_that_is_new_to_a_session_is_told_all() {
    for version in [mqtt_core::Version::V5, mqtt_core::Version::V311] {
        let (mut none, mut store) = (Store::default(), Store::default());
        let mut client = open_client(client_config(OFF, AckMode::Auto), &mut none);
        fill(&mut client, &mut none);
        assert_eq!(none.seq, 0);
        // What another session has left.
        store.rows.insert(b"m\0\0\0\0\0\0\0\x09".to_vec(), vec![1]);
        let config = mqtt_core::ClientConfig { version, ..client_config(GATE, AckMode::Auto) };
        let mut client = ClientSession::resume(config, ended(client));
        // A message is a change: it comes behind all the others.
        client.send(QoS::AtLeastOnce, 4);
        client.ops(&mut store);
        assert_eq!(store.kinds(), "mmmmprs");
        is_whole(&store, &client);
    }
}

/// The times that are told are those of the world, although the session was told late what time it is.
#[test]
fn what_was_not_told_expires_in_time() {
    let mut store = Store::default();
    let mut client = ClientSession::new(client_config(OFF, AckMode::Auto));
    let list = [Property::MessageExpiryInterval(100)];
    let properties = Properties::new(&list);
    let message = Publish { topic: "t", qos: QoS::AtLeastOnce, properties, ..Publish::default() };
    client.publish(NOW, &message, 1, WhenFull::Queue).unwrap();
    let mut client = resumed(client.into_state(), GATE);
    client.set_unix_time(NOW, 1_000_000_000);
    client.connect(NOW, &Connect { client_id: "c", ..Connect::default() }).unwrap();
    client.ops(&mut store);
    for (passed, is_there) in [(99_999, true), (100_000, false)] {
        let mut client = resumed(store.restored(), GATE);
        client.set_unix_time(Instant::from_millis(0), 1_000_000_000 + passed - 1_000);
        let mut store = store.clone();
        assert_eq!(reconnect(&mut client, &mut store, true).is_empty(), !is_there, "{passed}");
    }
}

/// A server's subscriptions and will are told too, as they are by then.
#[test]
fn a_servers_store_that_fell_behind_is_told_all() {
    let mut store = Store::default();
    let mut server =
        open_server_to(&connect_with_will(), server_config(GATE, AckMode::Auto), &mut store);
    let subscribes = |server: &mut ServerSession, request: &[u8]| {
        server.input(request);
        server.words();
        let codes = [ReasonCode::GRANTED_QOS_1];
        let reasons = ReasonCodes::new(&codes);
        server.suback(NOW, &SubAck { reasons, ..SubAck::new(PacketId::MIN) }).unwrap();
    };
    subscribes(&mut server, b"\x82\x07\0\x01\0\0\x01a\x01");
    subscribes(&mut server, b"\x82\x07\0\x01\0\0\x01b\x01");
    server.ops(&mut store);
    assert_eq!(store.kinds(), "sttw");
    let resumed = |state: SessionState, durability| {
        let mut server = ServerSession::new(server_config(durability, AckMode::Auto), NOW);
        server.input(&connect(false, 60));
        server.words();
        let connack = ConnAck { session_present: true, ..ConnAck::default() };
        server.accept(NOW, &connack, Some(state)).unwrap();
        server
    };

    let mut server = resumed(server.into_state(), OFF);
    server.ops(&mut store);
    let told = store.seq;
    subscribes(&mut server, b"\x82\x07\0\x01\0\0\x01c\x01");
    server.input(&bytes_of(mqtt_core::Unsubscribe {
        packet_id: PacketId::MIN,
        filters: mqtt_core::TopicFilters::new(&["a"]),
        properties: Properties::default(),
    }));
    server.words();
    let codes = [ReasonCode::SUCCESS];
    let reasons = ReasonCodes::new(&codes);
    server.unsuback(NOW, &UnsubAck { reasons, ..UnsubAck::new(PacketId::MIN) }).unwrap();
    let mut state = server.into_state();
    // What it is asked to forget it forgets; the store would take that for the whole.
    state.clear_will();
    assert_eq!(state.poll_persist(), None);

    let mut server = resumed(state, GATE);
    let first = server.poll_persist().unwrap();
    assert_eq!((first.seq, first.change), (told + 1, Persist::Clear));
    store.apply(&first);
    server.ops(&mut store);
    assert_eq!(store.kinds(), "stt");
    let state = store.restored();
    let filters: Vec<_> = state.subscriptions().map(|(it, _)| it.filter).collect();
    assert_eq!(filters, ["b", "c"]);
}
