//! What is told of a session, and that it can be put together again.

use crate::{
    NOW, Side, Store, client_config, connect, connect_with_will, fill, open_client, open_server,
    open_server_to, pages, server_config,
};
use mqtt_core::store::{Persist, Restore};
use mqtt_core::{
    AckMode, ClientSession, ConnAck, Connect, Durability, Instant, Properties, Property, Publish,
    QoS, ServerSession, SessionState, WhenFull,
};

#[test]
fn a_session_is_as_it_was() {
    let mut store = Store::default();
    let mut client = open_client(client_config(Durability::Gate, AckMode::Auto), &mut store);
    fill(&mut client, &mut store);
    assert_eq!(store.kinds(), "mmmprs");

    let whole = pages(|cursor, out| client.snapshot(cursor, usize::MAX, out));
    let small = pages(|cursor, out| client.snapshot(cursor, 1, out));
    assert_eq!((whole.len(), small.len()), (1, 6));
    for pages in [&whole, &small] {
        let mut restore = Restore::new();
        for (at, page) in pages.iter().enumerate() {
            assert_eq!(restore.page(page).unwrap(), at + 1 == pages.len());
        }
        let state = SessionState::restore(&restore).unwrap().unwrap();
        assert_eq!(crate::pages(|cursor, out| state.snapshot(cursor, usize::MAX, out)), whole);
    }

    let config = client_config(Durability::Gate, AckMode::Auto);
    let mut client = ClientSession::resume(config, store.restored());
    let connect = Connect { client_id: "c", clean_start: false, ..Connect::default() };
    client.connect(NOW, &connect).unwrap();
    assert_eq!(client.output()[0], 0x10, "nothing is new");
    client.input(b"\x20\x03\x01\0\0");
    assert_eq!(client.words(), ["Connected"]);
    let (dup, one, two) = ("\x3C\x07\0\x01t\0", "\x01\0!", "\x03\0!");
    let expected = [dup, one, "\x62\x02\0\x02", dup, two].concat();
    assert_eq!(client.output(), expected.as_bytes());
    // The fourth is under its identifier for the first time.
    client.ops(&mut store);
    client.is_safe(store.seq);
    assert_eq!(client.output(), b"\x32\x07\0\x01t\0\x04\0!");
    // What has been acknowledged is not handed out again.
    client.input(b"\x3C\x07\0\x01t\0\x07\0!");
    assert_eq!(client.words(), [""; 0]);
    assert_eq!(client.output(), b"\x50\x02\0\x07");
}

#[test]
fn a_will_and_an_end_are_told() {
    let config = server_config(Durability::Gate, AckMode::Auto);
    let mut store = Store::default();
    let mut server = open_server_to(&connect_with_will(), config, &mut store);
    server.set_unix_time(NOW, 1_000_000);
    assert_eq!(store.kinds(), "sw");
    assert_eq!(store.restored().will().unwrap().topic, "gone");
    assert_eq!(store.restored().ends(), None);
    server.handle_eof(Instant::from_millis(3_000));
    server.words();
    server.ops(&mut store);
    assert_eq!(store.restored().ends(), Some(1_002_000 + 60_000));
    let mut state = server.into_state();
    state.clear_will();
    while let Some(op) = state.poll_persist() {
        store.apply(&op);
    }
    assert_eq!(store.kinds(), "s");
}

#[test]
fn a_session_that_ends_with_its_connection_is_not_kept() {
    let mut store = Store::default();
    let mut server = ServerSession::new(server_config(Durability::Gate, AckMode::Auto), NOW);
    server.input(&connect(true, 0));
    server.words();
    server.accept(NOW, &ConnAck::default(), None).unwrap();
    server.ops(&mut store);
    server.is_safe(store.seq);
    server.output();
    server.send(QoS::AtLeastOnce, 1);
    assert_eq!(server.output(), b"\x32\x07\0\x01t\0\x01\0!");
    server.handle_eof(NOW);
    server.words();
    server.ops(&mut store);
    assert_eq!(store.kinds(), "");
}

#[test]
fn time_goes_on_while_nothing_runs() {
    let mut store = Store::default();
    let config = client_config(Durability::Gate, AckMode::Auto);
    let mut client = ClientSession::new(config.clone());
    let at = Instant::from_millis;
    client.set_unix_time(at(50), 1_000_000_050);
    let list = [Property::MessageExpiryInterval(100)];
    let properties = Properties::new(&list);
    let message = Publish { topic: "t", qos: QoS::AtLeastOnce, properties, ..Publish::default() };
    client.publish(at(50), &message, 1, WhenFull::Queue).unwrap();
    client.ops(&mut store);
    for (passed, is_there) in [(40_000, true), (99_999, true), (100_000, false)] {
        // Another process, which has just begun.
        let mut client = ClientSession::resume(config.clone(), store.restored());
        client.set_unix_time(at(0), 1_000_000_050 + passed - 1_000);
        // That the clock jumps means nothing.
        client.set_unix_time(at(0), 5_000_000_000);
        let connect = Connect { client_id: "c", clean_start: false, ..Connect::default() };
        client.connect(at(0), &connect).unwrap();
        let mut other = store.clone();
        client.ops(&mut other);
        client.is_safe(other.seq);
        client.output();
        client.input(b"\x20\x03\x01\0\0");
        let words = client.words();
        client.ops(&mut other);
        client.is_safe(other.seq);
        let out = client.output();
        assert_eq!(words.contains(&"Dropped".into()), !is_there, "{passed}: {words:?}");
        let left = 100 - (passed / 1000) as u8;
        let publish = b"\x32\x0B\0\x01t\0\x01\x05\x02\0\0\0".to_vec();
        let expected = if is_there { [publish, vec![left]].concat() } else { Vec::new() };
        assert_eq!(out, expected, "{passed}");
    }
}

/// A message that has expired makes room for another one, of a session that was restored too: it is gone from
/// the store.
#[test]
fn what_makes_room_is_gone_from_the_store() {
    let mut store = Store::default();
    let mut config = client_config(Durability::Gate, AckMode::Auto);
    config.session.queue.max_count = 2;
    let mut client = ClientSession::new(config.clone());
    client.set_unix_time(NOW, 1_000_000_000);
    client.send(QoS::AtLeastOnce, 1);
    let list = [Property::MessageExpiryInterval(100)];
    let properties = Properties::new(&list);
    let message = Publish { topic: "t", qos: QoS::AtLeastOnce, properties, ..Publish::default() };
    client.publish(NOW, &message, 2, WhenFull::Queue).unwrap();
    client.ops(&mut store);
    assert_eq!(store.kinds(), "mms");

    let mut client = ClientSession::resume(config, store.restored());
    let publish = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
    assert!(client.publish(NOW, &publish, 3, WhenFull::Queue).is_err());
    client.set_unix_time(NOW, 1_000_100_000);
    client.publish(NOW, &publish, 3, WhenFull::Queue).unwrap();
    assert_eq!(client.words(), ["Dropped"]);
    assert_eq!(client.ops(&mut store), 2);
    assert_eq!(store.restored().queued_messages(), 2);
    assert!(client.publish(NOW, &publish, 4, WhenFull::Queue).is_err());
}

#[test]
fn a_journal_without_its_beginning_is_refused() {
    let mut store = Store::default();
    let mut server = open_server(server_config(Durability::Report, AckMode::Auto), &mut store);
    server.send(QoS::AtLeastOnce, 1);
    let op = server.poll_persist().unwrap();
    assert!(matches!(op.change, Persist::Put { .. }));
    assert!(Restore::new().apply(&op).is_err());
}
