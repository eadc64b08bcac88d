//! The lines of the contract, at the level of bytes.

use crate::sent;
use mqtt_core::{
    AckMode, ClientConfig, ClientSession, CloseReason, ConnAck, Connect, Event, Instant, Publish,
    QoS, ReasonCode, ServerConfig, ServerSession, Timer, UsageError, Violation, WhenFull,
};

pub(crate) fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// A client of 5.0 that is connected, keep alive 10 s, and has sent what it had.
pub(crate) fn connected(connack: &[u8]) -> ClientSession {
    let mut session = ClientSession::new(ClientConfig::default());
    let connect = Connect { client_id: "c", keep_alive: 10, ..Connect::default() };
    session.connect(at(0), &connect).unwrap();
    sent(session.transmit());
    session.handle_input(at(0), connack);
    assert!(matches!(session.poll_event(), Some(Event::Connected { .. })));
    session
}

const CONNACK: &[u8] = b"\x20\x03\0\0\0";

fn publish(qos: QoS) -> Publish<'static> {
    Publish { topic: "t", qos, payload: b"!", ..Publish::default() }
}

/// All that happens, in words.
fn events(session: &mut ClientSession) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(event) = session.poll_event() {
        all.push(format!("{event:?}"));
    }
    all
}

#[test]
fn chopping_changes_nothing() {
    let input = b"\x32\x07\0\x01a\0\x07\0!\x34\x07\0\x01b\0\x07\0?\x62\x02\0\x07\xD0\0\x30\x04\0\x01c\0\x40\x02\0\x09";
    let whole = {
        let mut session = connected(CONNACK);
        session.handle_input(at(1), input);
        (events(&mut session), sent(session.transmit()))
    };
    assert_eq!(whole.0.len(), 3, "{whole:?}");
    assert_eq!(whole.1, b"\x40\x02\0\x07\x50\x02\0\x07\x70\x02\0\x07");
    for size in 1..input.len() {
        let mut session = connected(CONNACK);
        let (mut seen, mut bytes) = (Vec::new(), Vec::new());
        for chunk in input.chunks(size) {
            assert_eq!(session.handle_input(at(1), chunk), chunk.len());
            seen.extend(events(&mut session));
            bytes.extend(sent(session.transmit()));
        }
        assert_eq!((seen, bytes), whole, "chunks of {size}");
    }
}

#[test]
fn a_fault_has_its_last_packet_and_one_closed() {
    // QoS 3; a second CONNACK; PUBREC for a QoS 1 message.
    let cases: [(&[u8], &[u8]); 3] = [
        (b"\x36\x04\0\x01a\0", b"\xE0\x01\x81"),
        (CONNACK, b"\xE0\x01\x82"),
        (b"\x50\x02\0\x01", b"\xE0\x01\x82"),
    ];
    for (input, last) in cases {
        let mut session = connected(CONNACK);
        session.publish(at(0), &publish(QoS::AtLeastOnce), 1, WhenFull::Queue).unwrap();
        sent(session.transmit());
        session.handle_input(at(0), input);
        // What comes behind it means nothing any more.
        session.handle_input(at(0), b"\x30\x04\0\x01a\0");
        let events = events(&mut session);
        assert!(events.len() == 1 && events[0].starts_with("Closed"), "{events:?}");
        assert_eq!(sent(session.transmit()), last, "{input:?}");
        session.handle_eof(at(0));
        assert_eq!(session.poll_event(), None);
        assert_eq!(session.handle_input(at(0), CONNACK), CONNACK.len());
        assert_eq!(session.poll_event(), None);
        assert_eq!(session.poll_timeout(), None);
        let error = session.disconnect(at(0), &mqtt_core::Disconnect::default()).unwrap_err();
        assert_eq!(error, UsageError::NotConnected);
    }
}

#[test]
fn the_receive_maximum_holds_for_what_is_sent_again() {
    let mut session = connected(CONNACK);
    for token in 0..3 {
        session.publish(at(0), &publish(QoS::AtLeastOnce), token, WhenFull::Queue).unwrap();
    }
    session.handle_eof(at(0));
    assert_eq!(session.poll_event(), Some(Event::Closed(CloseReason::Eof)));
    sent(session.transmit());
    session.connect(at(0), &Connect { client_id: "c", ..Connect::default() }).unwrap();
    sent(session.transmit());
    // Session Present, Receive Maximum 1.
    session.handle_input(at(0), b"\x20\x06\x01\0\x03\x21\0\x01");
    assert!(matches!(session.poll_event(), Some(Event::Connected { .. })));
    for id in 1..=3 {
        let again = [0x3A, 7, 0, 1, b't', 0, id, 0, b'!'];
        assert_eq!(sent(session.transmit()), again);
        assert_eq!(session.poll_event(), None);
        session.handle_input(at(0), &[0x40, 2, 0, id]);
        assert!(matches!(session.poll_event(), Some(Event::Published { .. })));
    }
    assert_eq!(sent(session.transmit()), b"");
}

#[test]
fn a_pubrec_that_is_no_error_is_a_success() {
    let mut session = connected(CONNACK);
    session.publish(at(0), &publish(QoS::ExactlyOnce), 7, WhenFull::Queue).unwrap();
    sent(session.transmit());
    session.handle_input(at(0), b"\x50\x03\0\x01\x10");
    assert_eq!(session.poll_event(), None);
    assert_eq!(sent(session.transmit()), b"\x62\x02\0\x01");
    session.handle_input(at(0), b"\x70\x02\0\x01");
    let Some(Event::Published { token, reason, .. }) = session.poll_event() else {
        panic!("not published")
    };
    assert_eq!((token, reason), (7, ReasonCode::NO_MATCHING_SUBSCRIBERS));
}

#[test]
fn keep_alive_on_both_sides() {
    let mut client = connected(CONNACK);
    assert_eq!((client.poll_timeout(), client.next_timer()), (Some(at(9_000)), Some(Timer::Ping)));
    client.handle_timeout(at(8_999));
    assert_eq!(sent(client.transmit()), b"");
    client.handle_timeout(at(10_000));
    assert_eq!(sent(client.transmit()), b"\xC0\0");
    assert_eq!((client.poll_timeout(), client.next_timer()), (Some(at(19_000)), Some(Timer::Ping)));
    client.handle_input(at(10_001), b"\xD0\0");
    assert_eq!(client.poll_event(), None);
    assert_eq!(client.poll_timeout(), Some(at(19_000)));
    client.handle_timeout(at(20_000));
    client.handle_timeout(at(30_000));
    let closed = Event::Closed(CloseReason::Timeout(Timer::PingResponse));
    assert_eq!(client.poll_event(), Some(closed));

    let mut server = ServerSession::new(ServerConfig::default(), at(0));
    assert_eq!(server.next_timer(), Some(Timer::Connect));
    server.handle_input(at(0), b"\x10\x0E\0\x04MQTT\x05\x02\0\x0A\0\0\x01a");
    assert!(matches!(server.poll_event(), Some(Event::Connect(_))));
    server.accept(at(0), &mqtt_core::ConnAck::default(), None).unwrap();
    sent(server.transmit());
    assert_eq!(server.poll_timeout(), Some(at(15_000)));
    server.handle_input(at(14_000), b"\xC0\0");
    assert_eq!(server.poll_event(), None);
    assert_eq!(sent(server.transmit()), b"\xD0\0");
    server.handle_timeout(at(28_999));
    assert_eq!(server.poll_event(), None);
    server.handle_timeout(at(29_000));
    assert_eq!(sent(server.transmit()), b"\xE0\x01\x8D");
    let closed = Event::Closed(CloseReason::Timeout(Timer::KeepAlive));
    assert_eq!(server.poll_event(), Some(closed));
}

#[test]
fn a_half_read_packet_does_not_outlive_its_connection() {
    let mut session = connected(CONNACK);
    session.handle_input(at(0), b"\x30\x7F\0\x01");
    session.handle_eof(at(0));
    assert_eq!(session.poll_event(), Some(Event::Closed(CloseReason::Eof)));
    session.connect(at(0), &Connect { clean_start: true, ..Connect::default() }).unwrap();
    session.handle_input(at(0), CONNACK);
    assert!(matches!(session.poll_event(), Some(Event::Connected { .. })));
}

#[test]
fn a_session_that_nobody_has_is_not_taken_up() {
    let mut session = ClientSession::new(ClientConfig::default());
    session.connect(at(0), &Connect::default()).unwrap();
    sent(session.transmit());
    session.handle_input(at(0), b"\x20\x03\x01\0\0");
    let closed = Event::Closed(CloseReason::Violation(Violation::SessionPresent));
    assert_eq!(session.poll_event(), Some(closed));
}

#[test]
fn a_token_is_good_in_its_own_session_only() {
    fn server(client_id: char, millis: u64) -> ServerSession {
        let mut config = ServerConfig::default();
        config.session.ack = AckMode::Manual;
        let mut server = ServerSession::new(config, at(millis));
        let connect = format!("\x10\x0D\0\x04MQTT\x04\x02\0\x3C\0\x01{client_id}");
        server.handle_input(at(0), connect.as_bytes());
        assert!(matches!(server.poll_event(), Some(Event::Connect(_))));
        server.accept(at(0), &ConnAck::default(), None).unwrap();
        server
    }
    let message = b"\x32\x05\0\x01t\0\x07";
    let (mut one, mut other) = (server('a', 0), server('b', 0));
    one.handle_input(at(0), message);
    other.handle_input(at(0), message);
    let Some(Event::Message { ack: Some(token), .. }) = one.poll_event() else {
        panic!("no token")
    };
    assert!(matches!(other.poll_event(), Some(Event::Message { ack: Some(_), .. })));
    let refused = other.ack(at(0), token, ReasonCode::SUCCESS).unwrap_err();
    assert_eq!(refused.error, UsageError::UnknownToken);
    // Nor in the next sessions of the same client, which begin a little later.
    let mut token = refused.token;
    for millis in 1..50 {
        let mut next = server('a', millis);
        for _ in 0..100 {
            next.handle_input(at(millis), message);
            assert!(matches!(next.poll_event(), Some(Event::Message { ack: Some(_), .. })));
        }
        let refused = next.ack(at(millis), token, ReasonCode::SUCCESS).unwrap_err();
        assert_eq!(refused.error, UsageError::UnknownToken);
        token = refused.token;
    }
    one.ack(at(0), token, ReasonCode::SUCCESS).unwrap();
}
