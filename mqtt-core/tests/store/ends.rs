//! When sessions and messages end, and what is known of that.

use crate::{NOW, Side, Store, client_config, connect, connect_of, open_server_to, server_config};
use mqtt_core::{
    AckMode, ClientSession, Connect, DropReason, Durability, Event, Instant, Properties, Property,
    Publish, QoS, ServerSession, SessionState, WhenFull, Will,
};

const UNIX: u64 = 1_700_000_000_000;

/// A server whose client asks for a session of so many seconds.
fn open(expiry: u32, will: Option<Will<'_>>, store: &mut Store) -> ServerSession {
    let connect = connect_of(Connect { client_id: "c", will, ..Connect::default() }, expiry);
    open_server_to(&connect, server_config(Durability::Gate, AckMode::Auto), store)
}

fn ops(state: &mut SessionState, store: &mut Store) -> usize {
    let mut count = 0;
    while let Some(op) = state.poll_persist() {
        assert_eq!(op.epoch, 7);
        store.apply(&op);
        count += 1;
    }
    count
}

const WILL: Will<'_> =
    Will { topic: "gone", payload: b"!", qos: QoS::AtMostOnce, retain: false, properties: NONE };
const NONE: Properties<'_> = Properties::new(&[]);

#[test]
fn a_session_that_was_restored_is_ended() {
    let mut store = Store::default();
    let mut server = open(60, Some(WILL), &mut store);
    server.send(QoS::AtLeastOnce, 1);
    server.ops(&mut store);
    assert_eq!(store.kinds(), "msw");
    let mut state = store.restored_by(7);
    state.end();
    assert_eq!((ops(&mut state, &mut store), store.kinds().as_str()), (1, ""));
    state.end();
    state.clear_will();
    assert_eq!(ops(&mut state, &mut store), 0);
}

#[test]
fn a_session_of_which_a_will_was_left_ends_with_it() {
    // Its process ends after its connection, or before.
    for has_connection in [false, true] {
        let mut store = Store::default();
        let mut server = open(0, Some(WILL), &mut store);
        if !has_connection {
            server.handle_eof(NOW);
            server.words();
            server.ops(&mut store);
        }
        assert_eq!(store.kinds(), "sw");
        let mut state = store.restored_by(7);
        assert_eq!((state.session_expiry(), state.will().is_some()), (0, true));
        state.clear_will();
        assert!(state.will().is_none());
        assert_eq!((ops(&mut state, &mut store), store.kinds().as_str()), (1, ""));
    }
}

#[test]
fn the_end_of_a_session() {
    let end = |expiry: u32, unix: Option<u64>, is_over: bool| {
        let mut store = Store::default();
        let mut server = open(expiry, None, &mut store);
        if let Some(unix) = unix {
            server.set_unix_time(NOW, unix);
        }
        if is_over {
            server.handle_eof(Instant::from_millis(3_000));
            server.words();
            server.ops(&mut store);
        }
        let state = store.restored();
        assert_eq!(state.session_expiry(), expiry);
        state.ends()
    };
    assert_eq!(end(60, Some(UNIX), false), None);
    assert_eq!(end(60, Some(UNIX), true), Some(UNIX + 62_000));
    // It never does.
    assert_eq!(end(u32::MAX, Some(UNIX), true), None);
    assert_eq!(end(u32::MAX, None, true), None);
    // Nobody had told the time.
    assert_eq!(end(60, None, true), None);
}

/// What comes of a message that was stored before anybody had told the time, if the next process goes on so many
/// milliseconds after it has been told.
fn of_unknown_time(later: u64) -> (Vec<u8>, Vec<u64>) {
    let mut store = Store::default();
    let config = || client_config(Durability::Gate, AckMode::Auto);
    let mut client = ClientSession::new(config());
    let list = [Property::MessageExpiryInterval(10)];
    let properties = Properties::new(&list);
    let publish = Publish { topic: "t", qos: QoS::AtLeastOnce, properties, ..Publish::default() };
    client.publish(Instant::from_millis(500_000), &publish, 5, WhenFull::Queue).unwrap();
    client.ops(&mut store);

    // Restored twice: it is not known in between either.
    let client = ClientSession::resume(config(), store.restored());
    let mut page = Vec::new();
    client.snapshot(None, usize::MAX, &mut page);
    let mut restore = mqtt_core::store::Restore::new();
    restore.page(&page).unwrap();
    let state = SessionState::restore(&restore).unwrap().unwrap();

    let mut client = ClientSession::resume(config(), state);
    client.set_unix_time(NOW, UNIX);
    let now = Instant::from_millis(1_000 + later);
    let connect = Connect { client_id: "c", clean_start: false, ..Connect::default() };
    client.connect(now, &connect).unwrap();
    client.ops(&mut store);
    client.persisted(now, store.seq);
    client.output();
    client.handle_input(now, b"\x20\x03\x01\0\0");
    let mut dropped = Vec::new();
    while let Some(event) = client.poll_event() {
        if let Event::Dropped { token, why: DropReason::Expired } = event {
            dropped.push(token);
        }
    }
    client.ops(&mut store);
    client.persisted(now, store.seq);
    (client.output(), dropped)
}

#[test]
fn a_message_from_before_the_time_was_told() {
    // Its interval begins when the time is told.
    let sent = b"\x32\x0B\0\x01t\0\x01\x05\x02\0\0\0\x06";
    assert_eq!(of_unknown_time(4_000), (sent.to_vec(), vec![]));
    assert_eq!(of_unknown_time(10_000), (vec![], vec![5]));
}

#[test]
fn an_end_is_not_told_behind_a_fence() {
    let mut store = Store::default();
    let mut server = ServerSession::new(server_config(Durability::Gate, AckMode::Auto), NOW);
    server.input(&connect(true, 60));
    server.words();
    server.accept(NOW, &mqtt_core::ConnAck::default(), None).unwrap();
    server.ops(&mut store);
    server.fenced(NOW, 9);
    let mut state = server.into_state();
    state.end();
    assert_eq!(state.poll_persist(), None);
}
