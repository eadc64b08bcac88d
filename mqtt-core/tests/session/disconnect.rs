//! The end of a connection.

use crate::kit::{Peer, Session, Setup, both, bytes, hex, publish};
use mqtt_core::{
    ClientSession, Disconnect, Properties, Property, ReasonCode, ServerSession, UsageError, Version,
};

const ALL: [Version; 3] = [Version::V5, Version::V311, Version::V31];

fn bye(reason: u8, properties: &[Property<'static>]) -> Disconnect<'static> {
    let list = Vec::leak(properties.to_vec());
    Disconnect { reason: ReasonCode(reason), properties: Properties::new(list) }
}

#[test]
fn a_client_says_goodbye() {
    for version in ALL {
        let mut client = ClientSession::up(&Setup::new(version).keep_alive(10));
        client.publish(0, 1).unwrap();
        client.session.disconnect(client.now(), &Disconnect::default()).unwrap();
        // What was written goes before, nothing behind.
        client.publish(0, 2).unwrap();
        client.publish(1, 3).unwrap();
        client.at(100_000);
        client.receive(&bytes(&publish(version, 0x32, 1)));
        client.sends(&format!("{} E0 00", publish(version, 0x30, 0)));
        client.tells(&["closed Local"]);
        client.sends("");
        client.session.handle_eof(client.now());
        client.tells(&[]);
        let error = client.session.disconnect(client.now(), &Disconnect::default()).unwrap_err();
        assert_eq!(error, UsageError::NotConnected);
    }
}

#[test]
fn a_server_says_goodbye_in_5_0() {
    for version in ALL {
        let mut server = ServerSession::up(&Setup::new(version));
        server.session.disconnect(server.now(), &bye(0x8B, &[])).unwrap();
        server.sends(if version == Version::V5 { "E0 01 8B" } else { "" });
        server.tells(&["closed Local"]);
        server.gets(&publish(version, 0x32, 1), &[], "");
    }
}

#[test]
fn a_session_that_is_taken_over() {
    for version in ALL {
        let mut server = ServerSession::up(&Setup::new(version));
        server.opens(1, 1);
        server.session.take_over(server.now()).unwrap();
        server.sends(if version == Version::V5 { "E0 01 8E" } else { "" });
        server.tells(&["closed TakenOver"]);
        // The other connection goes on where this one was.
        let state = server.session.into_state();
        let setup = Setup::new(version);
        let mut server = Peer::server(&setup);
        server.asked(&setup, false);
        server.accept(&setup, Some(state));
        server.sends(&publish(version, 0x3A, 1));
    }
}

#[test]
fn a_client_that_cannot_be_told_goes_all_the_same() {
    let setup = Setup::new(Version::V5).peer(Property::MaximumPacketSize(2));
    let mut server = Peer::server(&setup);
    server.asked(&setup, true);
    // Not even CONNACK fits: only the transport is left.
    let error = server.accepts(&mqtt_core::ConnAck::default(), None);
    assert_eq!(error, Err(UsageError::PacketTooLarge { max: 2 }));
    server.session.take_over(server.now()).unwrap();
    server.tells(&["closed TakenOver"]);
    server.sends("");
}

#[test]
fn the_peer_says_goodbye() {
    for code in [0x00, 0x04, 0x80, 0x93] {
        let mut server = ServerSession::up(&Setup::new(Version::V5));
        let packet = format!("E0 01 {code:02X}");
        server.gets(&packet, &[&format!("closed by peer {code:02X}")], "");
        // What comes behind it means nothing.
        server.gets("C0 00", &[], "");
    }
    for code in [0x00, 0x80, 0x8B, 0x8D, 0x8E, 0x9C] {
        let mut client = ClientSession::up(&Setup::new(Version::V5));
        let packet = format!("E0 01 {code:02X} {}", publish(Version::V5, 0x30, 0));
        client.gets(&packet, &[&format!("closed by peer {code:02X}")], "");
    }
    for version in [Version::V311, Version::V31] {
        let mut server = ServerSession::up(&Setup::new(version));
        server.gets("E0 00 C0 00", &["closed by peer 00"], "");
        // No server says it there.
        let mut client = ClientSession::up(&Setup::new(version));
        client.gets("E0 00", &["closed malformed"], "");
    }
}

#[test]
fn codes_and_properties_of_the_other_side() {
    let mut client = ClientSession::up(&Setup::new(Version::V5));
    let reference = Property::ServerReference("b");
    for packet in
        [bye(0x8B, &[]), bye(0x8D, &[]), bye(0x8E, &[]), bye(0x9C, &[]), bye(0x00, &[reference])]
    {
        let error = client.session.disconnect(client.now(), &packet).unwrap_err();
        assert_eq!(error, UsageError::NotAllowed, "{packet:?}");
    }
    let mut server = ServerSession::up(&Setup::new(Version::V5));
    let expiry = Property::SessionExpiryInterval(0);
    for packet in [bye(0x04, &[]), bye(0x8B, &[expiry])] {
        let error = server.session.disconnect(server.now(), &packet).unwrap_err();
        assert_eq!(error, UsageError::NotAllowed, "{packet:?}");
    }
    client.sends("");
    server.sends("");
    server.session.disconnect(server.now(), &bye(0x9C, &[reference])).unwrap();
    server.sends("E0 06 9C 04 1C 00 01 'b'");
}

#[test]
fn how_long_the_session_is_kept() {
    let of = |seconds| Property::SessionExpiryInterval(seconds);
    let closed = |property: Option<u32>, packet: &str| {
        let mut setup = Setup::new(Version::V5);
        setup.peer.extend(property.map(of));
        let mut server = ServerSession::up(&setup);
        server.receive(&bytes(packet));
        let event = server.events().remove(0);
        let output = hex(&server.output());
        (event, output, server.session.session_expiry())
    };
    let done = |seconds| ("closed by peer 00".to_owned(), String::new(), seconds);
    assert_eq!(closed(Some(10), "E0 00"), done(10));
    assert_eq!(closed(Some(10), "E0 07 00 05 11 00 00 00 05"), done(5));
    assert_eq!(closed(Some(10), "E0 07 00 05 11 00 00 00 00"), done(0));
    assert_eq!(closed(None, "E0 07 00 05 11 00 00 00 00"), done(0));
    let fault = ("closed SessionExpiry".to_owned(), "E0 01 82".to_owned(), 0);
    for none in [None, Some(0)] {
        assert_eq!(closed(none, "E0 07 00 05 11 00 00 00 05"), fault);
    }
    // It is what CONNECT said that counts, also if the server has said otherwise.
    let setup = Setup::new(Version::V5).peer(of(10)).own(of(0));
    let mut server = ServerSession::up(&setup);
    server.gets("E0 07 00 05 11 00 00 00 05", &["closed by peer 00"], "");
    assert_eq!(server.session.session_expiry(), 5);
}

#[test]
fn a_client_does_not_bring_up_a_session_expiry_at_the_end() {
    let of = |seconds| Property::SessionExpiryInterval(seconds);
    for connect in [vec![], vec![of(0)]] {
        let mut setup = Setup::new(Version::V5);
        setup.own = connect;
        let mut client = ClientSession::up(&setup);
        let error = client.session.disconnect(client.now(), &bye(0, &[of(5)])).unwrap_err();
        assert_eq!(error, UsageError::NotAllowed);
        client.session.disconnect(client.now(), &bye(0, &[of(0)])).unwrap();
        client.sends("E0 07 00 05 11 00 00 00 00");
    }
    let mut client = ClientSession::up(&Setup::new(Version::V5).own(of(1)));
    client.session.disconnect(client.now(), &bye(0, &[of(5)])).unwrap();
    client.sends("E0 07 00 05 11 00 00 00 05");
}

#[test]
fn broken_packets_end_the_connection() {
    fn case<S: Session>(version: Version) {
        let cases = [
            // Flags, a type that does not exist, QoS 3, no identifier, a length without an end.
            ("C1 00", "81"),
            ("00 00", "81"),
            ("36 04 00 01 'a' 00", "81"),
            ("32 05 00 01 'a' 00 00", "8"),
            ("30 FF FF FF FF", "81"),
            // A second CONNECT that is broken, of this version and of another one.
            ("10 0E 00 04 'MQTT' 05 03 00 00 00 00 01 'a'", "8"),
            ("10 0D 00 04 'MQTT' 04 03 00 00 00 01 'a'", "8"),
            ("10 0D 00 04 'MQTT' 03 02 00 00 00 01 'a'", "8"),
        ];
        for (packet, code) in cases {
            let mut it = S::up(&Setup::new(version));
            it.receive(&bytes(packet));
            let events = it.events();
            assert!(events.len() == 1 && events[0].starts_with("closed"), "{packet}: {events:?}");
            let output = hex(&it.output());
            if version == Version::V5 {
                assert!(output.starts_with(&format!("E0 01 {code}")), "{packet}: {output}");
            } else {
                assert_eq!(output, "", "{packet}");
            }
        }
    }
    both!(case: V5, V311, V31);
}

#[test]
fn the_end_of_the_transport() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.receive(&bytes(&format!("{} 30 0A", publish(version, 0x30, 0))));
        it.session.handle_eof(it.now());
        it.session.handle_eof(it.now());
        it.tells(&["message t 0 !", "closed Eof"]);
        it.receive(&bytes("C0 00"));
        it.tells(&[]);
        it.sends("");
        assert_eq!(it.due(), None);
    }
    both!(case: V5, V311, V31);
}

#[test]
fn input_behind_the_end_is_taken_and_forgotten() {
    fn case<S: Session>(version: Version) {
        let mut it = S::up(&Setup::new(version));
        it.receive(&bytes("00 00"));
        assert_eq!(it.events().len(), 1);
        let (now, much) = (it.now(), vec![0x30; 100_000]);
        assert_eq!(it.session.handle_input(now, &much), much.len());
        it.tells(&[]);
        // The same before the end has been told.
        let mut it = S::up(&Setup::new(version));
        it.session.handle_eof(now);
        assert_eq!(it.session.handle_input(now, &much), much.len());
        it.tells(&["closed Eof"]);
    }
    both!(case: V5, V311, V31);
}

#[test]
fn the_end_is_told_before_connect_is_answered() {
    let setup = Setup::new(Version::V5);
    let mut server = Peer::server(&setup);
    server.asked(&setup, true);
    server.session.handle_eof(server.now());
    server.tells(&["closed Eof"]);
}

/// What a DISCONNECT says is judged when there is a connection that it could end.
#[test]
fn a_connection_that_is_not_there_cannot_be_ended() {
    let (of_server, of_client) = (bye(0x8B, &[]), bye(0x04, &[]));
    for version in ALL {
        let setup = Setup::new(version);
        let mut client = Peer::client(&setup);
        let mut server = ServerSession::up(&setup);
        server.end();
        for _ in 0..2 {
            let now = client.now();
            let results = [
                client.session.disconnect(now, &of_server),
                client.session.quiesce(now, &of_server),
                server.session.disconnect(now, &of_client),
                server.session.quiesce(now, &of_client),
            ];
            assert_eq!(results, [Err(UsageError::NotConnected); 4]);
            client.connect(&setup, true);
            client.end();
        }
        // Before CONNACK there is nothing to wait for.
        let mut server = Peer::server(&setup);
        server.asked(&setup, true);
        let error = server.session.quiesce(server.now(), &of_client);
        assert_eq!(error, Err(UsageError::NotConnected));
    }
}
