//! Silence.

use crate::kit::{Peer, Session, Setup, bytes, publish, written};
use bytes::Buf;
use core::time::Duration;
use mqtt_core::{ClientConfig, ClientSession, Property, Publish, ServerSession, Version, WhenFull};

const ALL: [Version; 3] = [Version::V5, Version::V311, Version::V31];

#[test]
fn a_client_pings_when_it_has_been_silent() {
    for version in ALL {
        let mut client = ClientSession::up(&Setup::new(version).keep_alive(10));
        assert_eq!(client.due(), Some(9_000));
        client.at(8_999);
        client.sends("");
        // What it sends counts, what comes does not.
        client.publishes(0, 1, &publish(version, 0x30, 0));
        assert_eq!(client.due(), Some(17_999));
        client.at(15_000);
        client.gets(&publish(version, 0x30, 0), &["message t 0 !"], "");
        assert_eq!(client.due(), Some(17_999));
        client.gets(&publish(version, 0x32, 1), &["message t 1 !"], "40 02 00 01");
        assert_eq!(client.due(), Some(24_000));
        client.at(25_000);
        client.sends("C0 00");
        client.at(26_000);
        client.gets("D0 00", &[], "");
        assert_eq!(client.due(), Some(34_000));
    }
}

#[test]
fn pingresp_is_to_come_in_time() {
    for version in ALL {
        let mut client = ClientSession::up(&Setup::new(version).keep_alive(20));
        client.at(20_000);
        client.sends("C0 00");
        client.at(29_999);
        client.tells(&[]);
        client.at(30_000);
        client.tells(&["closed timeout PingResponse"]);
        client.sends("");
    }
}

#[test]
fn a_client_stays_within_its_keep_alive_though_it_waits_for_pingresp() {
    let version = Version::V5;
    let setup = Setup::new(version).keep_alive(4);
    let ping_timeout = Duration::from_secs(10);
    let mut client = Peer::of(ClientConfig {
        version,
        session: setup.session.clone(),
        ping_timeout,
        ..ClientConfig::default()
    });
    client.connect(&setup, true);
    client.connack(&setup, false, "connected");
    client.at(4_000);
    client.sends("C0 00");
    // An eighth of the keep alive earlier, or a second, for nobody wakes up in time.
    assert_eq!(client.due(), Some(7_500));
    client.at(8_000);
    client.sends("C0 00");
    client.at(12_000);
    client.sends("C0 00");
    assert_eq!(client.due(), Some(14_000));
    client.at(14_000);
    client.tells(&["closed timeout PingResponse"]);
}

#[test]
fn a_server_closes_after_one_and_a_half_times() {
    for version in ALL {
        // An odd number: 7.5 s.
        let mut server = ServerSession::up(&Setup::new(version).keep_alive(5));
        assert_eq!(server.due(), Some(7_500));
        server.at(7_499);
        server.tells(&[]);
        // What it sends does not count; half a packet does not either.
        server.publishes(0, 1, &publish(version, 0x30, 0));
        server.gets("C0", &[], "");
        assert_eq!(server.due(), Some(7_500));
        server.gets("00", &[], "D0 00");
        assert_eq!(server.due(), Some(14_999));
        server.at(14_998);
        server.tells(&[]);
        server.at(14_999);
        server.tells(&["closed timeout KeepAlive"]);
        server.sends(if version == Version::V5 { "E0 01 8D" } else { "" });
    }
}

#[test]
fn every_packet_counts_for_the_server() {
    let mut server = ServerSession::up(&Setup::new(Version::V5).keep_alive(10));
    for (packet, millis) in
        [("40 02 00 01", 14_000), ("62 02 00 01", 28_000), ("30 04 00 01 't' 00", 42_000)]
    {
        server.at(millis);
        server.receive(&crate::kit::bytes(packet));
        server.events();
        assert_eq!(server.due(), Some(millis + 15_000), "{packet}");
    }
}

#[test]
fn no_keep_alive_no_timer() {
    for version in ALL {
        let mut client = ClientSession::up(&Setup::new(version));
        let mut server = ServerSession::up(&Setup::new(version));
        assert_eq!((client.due(), server.due()), (None, None));
        client.at(1 << 40);
        server.at(1 << 40);
        client.sends("");
        client.tells(&[]);
        server.tells(&[]);
    }
}

#[test]
fn the_longest_keep_alive() {
    let server = ServerSession::up(&Setup::new(Version::V311).keep_alive(u16::MAX));
    assert_eq!(server.due(), Some(98_302_500));
}

#[test]
fn the_server_has_the_last_word() {
    let ten = Property::ServerKeepAlive(10);
    let client = ClientSession::up(&Setup::new(Version::V5).keep_alive(60).peer(ten));
    assert_eq!(client.due(), Some(9_000));
    let server = ServerSession::up(&Setup::new(Version::V5).keep_alive(60).own(ten));
    assert_eq!(server.due(), Some(15_000));
    // It may also switch it off, and on.
    let none = Property::ServerKeepAlive(0);
    let client = ClientSession::up(&Setup::new(Version::V5).keep_alive(60).peer(none));
    let server = ServerSession::up(&Setup::new(Version::V5).keep_alive(60).own(none));
    assert_eq!((client.due(), server.due()), (None, None));
    let client = ClientSession::up(&Setup::new(Version::V5).peer(ten));
    let server = ServerSession::up(&Setup::new(Version::V5).own(ten));
    assert_eq!((client.due(), server.due()), (Some(9_000), Some(15_000)));
}

#[test]
fn the_beginning_has_its_time_too() {
    for version in ALL {
        let setup = Setup::new(version);
        let mut client = Peer::client(&setup);
        assert_eq!(client.due(), None);
        client.connect(&setup, true);
        assert_eq!(client.due(), Some(30_000));
        client.at(30_000);
        client.tells(&["closed timeout Connect"]);
        let mut server = Peer::server(&setup);
        // Half a CONNECT is none.
        server.gets("10 0E 00 04", &[], "");
        assert_eq!(server.due(), Some(30_000));
        server.at(30_000);
        server.tells(&["closed timeout Connect"]);
        server.sends("");
        // An application that thinks about it has time.
        let mut server = Peer::server(&setup);
        server.asked(&setup, true);
        assert_eq!(server.due(), None);
    }
}

#[test]
fn a_clock_that_goes_back() {
    let mut server = ServerSession::up(&Setup::new(Version::V5).keep_alive(10));
    server.at(14_000);
    server.gets("C0 00", &[], "D0 00");
    server.millis = 3_000;
    server.gets("C0 00", &[], "D0 00");
    assert_eq!(server.due(), Some(29_000));
}

#[test]
fn a_server_of_5_0_pings_are_answered_always() {
    for version in ALL {
        let mut server = ServerSession::up(&Setup::new(version));
        server.gets("C0 00 C0 00", &[], "D0 00 D0 00");
        let mut client = ClientSession::up(&Setup::new(version));
        // One that nobody asked for is of no harm.
        client.gets("D0 00", &[], "");
    }
}

/// A peer that sends and does not take what is sent to it: its packets are not read, so they do not count
/// as silence, but it is not waited for without end.
#[test]
fn a_peer_that_takes_nothing_is_given_up() {
    for version in ALL {
        let setup = Setup::new(version).keep_alive(10);
        let mut server = ServerSession::up(&setup);
        server.session.poll_event();
        server.at(1_000);
        let payload = vec![0; 300_000];
        let large = Publish { topic: "t", payload: &payload, ..Publish::default() };
        server.session.deliver(server.now(), &large, 0, WhenFull::Queue).unwrap();
        server.at(12_000);
        server.receive(&bytes("C0 00"));
        server.tells(&[]);
        // The transport takes some at 12 s.
        server.session.transmit().advance(1);
        server.at(12_000);
        assert_eq!(server.due(), Some(27_000));
        server.at(26_999);
        server.tells(&[]);
        server.at(27_000);
        server.tells(&["closed timeout KeepAlive"]);
    }
}

#[test]
fn a_peer_that_takes_slowly_has_time() {
    for version in ALL {
        let mut server = ServerSession::up(&Setup::new(version).keep_alive(10));
        let payload = vec![0; 300_000];
        let large = Publish { topic: "t", payload: &payload, ..Publish::default() };
        server.session.deliver(server.now(), &large, 0, WhenFull::Queue).unwrap();
        server.receive(&bytes("C0 00"));
        for second in 0..100 {
            server.at(second * 14_000);
            server.tells(&[]);
            server.session.transmit().advance(10);
        }
    }
}

/// PINGRESP comes behind what the server is sending: any bytes show that it is there.
#[test]
fn a_server_is_not_late_while_a_large_message_comes() {
    for version in ALL {
        let payload = [b'!'; 600];
        let message = Publish { topic: "t", payload: &payload, ..Publish::default() };
        let mut client = ClientSession::up(&Setup::new(version).keep_alive(60));
        client.at(59_000);
        client.sends("C0 00");
        let mut events = Vec::new();
        for piece in written(version, message).chunks(100) {
            client.at(client.millis + 9_000);
            client.receive(piece);
            events.extend(client.events());
        }
        assert_eq!(events.len(), 1, "{events:?}");
        client.sends("C0 00");
        client.at(client.millis + 9_999);
        client.tells(&[]);
        client.gets("D0 00", &[], "");
        client.at(client.millis + 1);
        client.tells(&[]);
        // It falls silent in the middle of a packet.
        let mut client = ClientSession::up(&Setup::new(version).keep_alive(60));
        client.at(59_000);
        client.gets("30 7F 00 01", &[], "C0 00");
        client.at(65_000);
        client.gets("'t'", &[], "");
        client.at(74_999);
        client.tells(&[]);
        client.at(75_000);
        client.tells(&["closed timeout PingResponse"]);
    }
}
