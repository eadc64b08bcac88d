//! The beginning of a connection.

use crate::kit::{Peer, Session, Setup, bytes, hex, publish};
use mqtt_core::{
    ClientSession, ConnAck, Connect, DecodeOptions, Disconnect, Limits, Packet, Properties,
    Property, PublishStatus, QoS, ReasonCode, ServerSession, SessionConfig, SessionState, Status,
    UsageError, Version, Will, decode,
};

const ALL: [Version; 3] = [Version::V5, Version::V311, Version::V31];

/// CONNECT of `a` with that flags byte, keep alive 0.
fn connect(version: Version, flags: u8) -> String {
    match version {
        Version::V5 => format!("10 0E 00 04 'MQTT' 05 {flags:02X} 00 00 00 00 01 'a'"),
        Version::V311 => format!("10 0D 00 04 'MQTT' 04 {flags:02X} 00 00 00 01 'a'"),
        _ => format!("10 0F 00 06 'MQIsdp' 03 {flags:02X} 00 00 00 01 'a'"),
    }
}

/// CONNACK with that code; in 3.1.1 the code of that meaning.
fn connack(version: Version, code: u8) -> String {
    if version == Version::V5 {
        format!("20 03 00 {code:02X} 00")
    } else {
        format!("20 02 00 {code:02X}")
    }
}

fn server() -> Peer<ServerSession> {
    Peer::server(&Setup::new(Version::V5))
}

#[test]
fn connect_goes_out_first_and_what_waits_after_connack() {
    for version in ALL {
        let mut client = Peer::client(&Setup::new(version));
        assert_eq!(client.publish(0, 1), Ok(PublishStatus::Queued));
        assert_eq!(client.publish(1, 2), Ok(PublishStatus::Queued));
        client.sends("");
        let hello = Connect { version, client_id: "a", clean_start: true, ..Connect::default() };
        client.session.connect(client.now(), &hello).unwrap();
        client.sends(&connect(version, 2));
        client.gets(
            &connack(version, 0),
            &["connected"],
            &format!("{} {}", publish(version, 0x30, 0), publish(version, 0x32, 1)),
        );
    }
}

#[test]
fn a_refusal_closes() {
    for version in ALL {
        let code = if version == Version::V5 { 0x87 } else { 5 };
        let mut client = Peer::client(&Setup::new(version));
        client.connect(&Setup::new(version), true);
        client.gets(&connack(version, code), &[&format!("closed refused {code:02X}")], "");
        client.gets(&connack(version, 0), &[], "");
        assert_eq!(client.due(), None);
    }
}

#[test]
fn nothing_but_connack_may_come_first() {
    for version in ALL {
        let last = if version == Version::V5 { "E0 01 82" } else { "" };
        let packets = [
            (publish(version, 0x30, 0), "Publish"),
            ("40 02 00 01".into(), "PubAck"),
            ("62 02 00 01".into(), "PubRel"),
            ("D0 00".into(), "PingResp"),
        ];
        for (packet, name) in packets {
            let mut client = Peer::client(&Setup::new(version));
            client.connect(&Setup::new(version), true);
            client.gets(&packet, &[&format!("closed Unexpected({name})")], last);
        }
    }
}

#[test]
fn a_server_that_speaks_like_a_client() {
    for version in ALL {
        let last = if version == Version::V5 { "E0 01 8" } else { "" };
        let subscribe = if version == Version::V5 {
            "82 07 00 01 00 00 01 'a' 00"
        } else {
            "82 06 00 01 00 01 'a' 00"
        };
        let unsubscribe = if version == Version::V5 {
            "A2 06 00 01 00 00 01 'a'"
        } else {
            "A2 05 00 01 00 01 'a'"
        };
        for packet in ["C0 00", subscribe, unsubscribe, &connect(version, 2), &connack(version, 0)]
        {
            let mut client = ClientSession::up(&Setup::new(version));
            client.receive(&bytes(packet));
            let events = client.events();
            assert!(events.len() == 1 && events[0].starts_with("closed "), "{packet}: {events:?}");
            let out = hex(&client.output());
            assert!(out.starts_with(last) && out.is_empty() == last.is_empty(), "{packet}: {out}");
        }
    }
}

#[test]
fn a_client_that_speaks_like_a_server() {
    for version in ALL {
        let (suback, unsuback) = match version {
            Version::V5 => ("90 04 00 01 00 00", "B0 04 00 01 00 00"),
            _ => ("90 03 00 01 00", "B0 02 00 01"),
        };
        for packet in [&connack(version, 0), suback, unsuback, "D0 00"] {
            let mut server = ServerSession::up(&Setup::new(version));
            server.receive(&bytes(packet));
            let events = server.events();
            assert!(events.len() == 1 && events[0].starts_with("closed "), "{packet}: {events:?}");
            let out = hex(&server.output());
            let wanted = if version == Version::V5 { "E0 01 82" } else { "" };
            assert_eq!(out, wanted, "{packet}");
        }
    }
}

#[test]
fn the_first_packet_is_connect_or_nothing_is_said() {
    for packet in
        ["C0 00", "30 03 00 01 't'", "E0 00", "F0 00", "20 03 00 00 00", "00 00", "16 03 01"]
    {
        let mut server = server();
        server.gets(packet, &["closed malformed"], "");
        server.gets(&connect(Version::V5, 2), &[], "");
    }
}

#[test]
fn a_second_connect() {
    for version in ALL {
        let mut server = ServerSession::up(&Setup::new(version));
        let last = if version == Version::V5 { "E0 01 82" } else { "" };
        server.gets(&connect(version, 2), &["closed Unexpected(Connect)"], last);
    }
}

#[test]
fn a_connect_that_is_broken() {
    // A reserved flag; a level that nobody serves; another name; no bytes of the identifier.
    let cases = [
        ("10 0E 00 04 'MQTT' 05 03 00 00 00 00 01 'a'", "20 03 00 81 00"),
        ("10 0D 00 04 'MQTT' 04 03 00 00 00 01 'a'", ""),
        ("10 0D 00 04 'MQTT' 03 02 00 00 00 01 'a'", "20 02 00 01"),
        ("10 0E 00 04 'MQTT' 06 02 00 00 00 00 01 'a'", "20 02 00 01"),
        ("10 0C 00 04 'MQTT' 04 00 00 00 00 00", "20 02 00 02"),
    ];
    for (input, answer) in cases {
        let mut server = server();
        server.gets(input, &["closed malformed"], answer);
        server.gets("C0 00", &[], "");
    }
}

#[test]
fn what_comes_with_connect_waits_for_the_answer() {
    for version in ALL {
        let mut server = server();
        let packets = format!("{} {} C0 00", connect(version, 2), publish(version, 0x32, 5));
        server.gets(&packets, &["connect a"], "");
        server.accepts(&ConnAck::default(), None).unwrap();
        server.sends(&connack(version, 0));
        server.tells(&["message t 1 !"]);
        server.sends("40 02 00 05 D0 00");
    }
}

#[test]
fn what_comes_with_a_refused_connect_means_nothing() {
    for version in ALL {
        let code = if version == Version::V5 { 0x87 } else { 5 };
        let mut server = server();
        let packets = format!("{} {} C0 00", connect(version, 2), publish(version, 0x32, 5));
        server.gets(&packets, &["connect a"], "");
        let refusal = ConnAck { reason: ReasonCode(code), ..ConnAck::default() };
        let now = server.now();
        server.session.refuse(now, &refusal).unwrap();
        server.tells(&["closed Local"]);
        server.sends(&connack(version, code));
        assert_eq!(server.accepts(&ConnAck::default(), None), Err(UsageError::NotAllowed));
    }
}

#[test]
fn connack_is_said_once() {
    let mut server = server();
    let now = server.now();
    let accept = ConnAck::default();
    assert_eq!(server.accepts(&accept, None), Err(UsageError::NotAllowed));
    server.gets(&connect(Version::V5, 2), &["connect a"], "");
    server.accepts(&accept, None).unwrap();
    assert_eq!(server.accepts(&accept, None), Err(UsageError::NotAllowed));
    let refusal = ConnAck { reason: ReasonCode::NOT_AUTHORIZED, ..accept };
    assert_eq!(server.session.refuse(now, &refusal), Err(UsageError::NotAllowed));
    server.sends("20 03 00 00 00");
}

#[test]
fn nothing_goes_out_before_connack() {
    for version in ALL {
        let mut server = server();
        server.gets(&connect(version, 2), &["connect a"], "");
        server.publish(0, 1).unwrap();
        server.publish(1, 2).unwrap();
        server.sends("");
        server.accepts(&ConnAck::default(), None).unwrap();
        let packets = [connack(version, 0), publish(version, 0x30, 0), publish(version, 0x32, 1)];
        server.sends(&packets.join(" "));
    }
}

#[test]
fn session_present_says_whether_there_is_a_state() {
    for (version, present) in [(Version::V5, "20 03 01 00 00"), (Version::V311, "20 02 01 00")] {
        let (yes, no) =
            (ConnAck { session_present: true, ..ConnAck::default() }, ConnAck::default());
        let mut server = server();
        server.gets(&connect(version, 0), &["connect a"], "");
        let state = || Some(SessionState::default());
        assert_eq!(server.accepts(&yes, None), Err(UsageError::NotAllowed));
        assert_eq!(server.accepts(&no, state()), Err(UsageError::NotAllowed));
        server.sends("");
        server.accepts(&yes, state()).unwrap();
        server.sends(present);
    }
}

#[test]
fn a_clean_start_has_no_state() {
    for version in ALL {
        let mut server = server();
        server.gets(&connect(version, 2), &["connect a"], "");
        let session_present = version != Version::V31;
        let connack = ConnAck { session_present, ..ConnAck::default() };
        let state = Some(SessionState::default());
        assert_eq!(server.accepts(&connack, state), Err(UsageError::NotAllowed));
        server.sends("");
    }
}

#[test]
fn a_3_1_client_is_not_told_of_its_session() {
    let mut server = server();
    server.gets(&connect(Version::V31, 0), &["connect a"], "");
    let state = Some(SessionState::default());
    server.accepts(&ConnAck::default(), state).unwrap();
    server.sends("20 02 00 00");
}

#[test]
fn for_how_long_a_session_is_kept() {
    let cases = [
        (connect(Version::V31, 2), 0),
        (connect(Version::V311, 2), 0),
        (connect(Version::V311, 0), u32::MAX),
        (connect(Version::V5, 0), 0),
        ("10 13 00 04 'MQTT' 05 02 00 00 05 11 00 00 00 0A 00 01 'a'".into(), 10),
        ("10 13 00 04 'MQTT' 05 02 00 00 05 11 FF FF FF FF 00 01 'a'".into(), u32::MAX),
    ];
    for (input, seconds) in cases {
        let mut server = server();
        server.gets(&input, &["connect a"], "");
        server.accepts(&ConnAck::default(), None).unwrap();
        assert_eq!(server.session.session_expiry(), seconds, "{input}");
    }
    // The server has the last word.
    let mut server = server();
    server.gets("10 13 00 04 'MQTT' 05 02 00 00 05 11 00 00 00 0A 00 01 'a'", &["connect a"], "");
    let list = [Property::SessionExpiryInterval(7)];
    let connack = ConnAck { properties: Properties::new(&list), ..ConnAck::default() };
    server.accepts(&connack, None).unwrap();
    assert_eq!(server.session.session_expiry(), 7);
}

/// A server that has a CONNECT with a will before it.
fn with_will(version: Version, qos: QoS, retain: bool) -> Peer<ServerSession> {
    let mut server = server();
    let will = Some(Will { topic: "w", payload: b"gone", qos, retain, ..Will::default() });
    let connect =
        Connect { version, clean_start: true, client_id: "a", will, ..Connect::default() };
    server.receive(&crate::kit::written(version, connect));
    server.tells(&["connect a"]);
    server
}

fn has_will(server: &Peer<ServerSession>) -> bool {
    server.session.will().is_some_and(|will| (will.topic, will.payload) == ("w", b"gone"))
}

#[test]
fn when_the_will_is_published() {
    for version in ALL {
        let up = || {
            let mut server = with_will(version, QoS::AtMostOnce, false);
            server.accepts(&ConnAck::default(), None).unwrap();
            server.output();
            server
        };
        let mut eof = up();
        eof.end();
        assert!(has_will(&eof));
        let mut fault = up();
        fault.receive(&bytes("00 00"));
        fault.tells(&["closed malformed"]);
        assert!(has_will(&fault));
        let mut twice = up();
        twice.receive(&bytes(&connect(version, 2)));
        twice.events();
        assert!(has_will(&twice));
        let mut over = up();
        over.session.take_over(over.now()).unwrap();
        over.tells(&["closed TakenOver"]);
        assert!(has_will(&over));
        let mut stop = up();
        stop.session.disconnect(stop.now(), &Disconnect::default()).unwrap();
        assert!(has_will(&stop));
        let mut bye = up();
        bye.gets("E0 00", &["closed by peer 00"], "");
        assert!(!has_will(&bye));
        if version == Version::V5 {
            for code in [0x04, 0x80, 0x93] {
                let mut kept = up();
                let packet = format!("E0 01 {code:02X}");
                kept.gets(&packet, &[&format!("closed by peer {code:02X}")], "");
                assert!(has_will(&kept));
            }
        }
    }
}

#[test]
fn a_connect_that_is_not_accepted_leaves_no_will() {
    for version in ALL {
        let mut refused = with_will(version, QoS::AtMostOnce, false);
        let code = if version == Version::V5 { 0x87 } else { 5 };
        let refusal = ConnAck { reason: ReasonCode(code), ..ConnAck::default() };
        refused.session.refuse(refused.now(), &refusal).unwrap();
        assert!(!has_will(&refused));
        // Closed without a word.
        let mut closed = with_will(version, QoS::AtMostOnce, false);
        closed.session.disconnect(closed.now(), &Disconnect::default()).unwrap();
        closed.tells(&["closed Local"]);
        assert!(!has_will(&closed));
    }
}

#[test]
fn a_will_is_not_bound_by_what_the_server_takes_later() {
    let mut server = with_will(Version::V5, QoS::AtMostOnce, false);
    let list = [Property::MaximumPacketSize(10)];
    let connack = ConnAck { properties: Properties::new(&list), ..ConnAck::default() };
    server.accepts(&connack, None).unwrap();
    server.end();
    assert!(has_will(&server));
}

#[test]
fn a_will_that_the_server_does_not_take() {
    let cases = [
        (QoS::AtLeastOnce, false, Property::MaximumQoS(QoS::AtMostOnce), 0x9B),
        (QoS::ExactlyOnce, false, Property::MaximumQoS(QoS::AtLeastOnce), 0x9B),
        (QoS::AtMostOnce, true, Property::RetainAvailable(false), 0x9A),
    ];
    for (qos, retain, property, code) in cases {
        let mut server = with_will(Version::V5, qos, retain);
        let list = [property];
        let connack = ConnAck { properties: Properties::new(&list), ..ConnAck::default() };
        let error = server.accepts(&connack, None).unwrap_err();
        assert_eq!(error, UsageError::NotSupported(ReasonCode(code)));
        server.sends("");
    }
}

#[test]
fn commands_of_another_time() {
    let mut client = Peer::client(&Setup::new(Version::V5));
    let (now, bye) = (client.now(), Disconnect::default());
    assert_eq!(client.session.disconnect(now, &bye), Err(UsageError::NotConnected));
    let other = Connect { version: Version::V311, client_id: "c", ..Connect::default() };
    assert_eq!(client.session.connect(now, &other), Err(UsageError::NotAllowed));
    client.connect(&Setup::new(Version::V5), true);
    assert_eq!(client.session.connect(now, &Connect::default()), Err(UsageError::Connected));
    client.connack(&Setup::new(Version::V5), false, "connected");
    assert_eq!(client.session.connect(now, &Connect::default()), Err(UsageError::Connected));
}

/// The Maximum Packet Size that CONNECT or CONNACK says, if the configuration has it and the caller another.
fn told(limit: u32, own: Option<u32>) -> [Option<u32>; 2] {
    let list: Vec<_> = own.map(Property::MaximumPacketSize).into_iter().collect();
    let properties = Properties::new(&list);
    let said = |output: &[u8], version| match decode(output, version, &DecodeOptions::DEFAULT) {
        Ok(Status::Complete(decoded)) => match decoded.packet {
            Packet::Connect(connect) => connect.properties.maximum_packet_size(),
            Packet::ConnAck(connack) => connack.properties.maximum_packet_size(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    let setup = Setup::new(Version::V5).largest(limit);
    let mut client = Peer::client(&setup);
    let connect = Connect { client_id: "c", properties, ..Connect::default() };
    client.session.connect(client.now(), &connect).unwrap();
    let from_client = said(&client.output(), None);
    let mut server = Peer::server(&setup);
    server.asked(&setup, true);
    let connack = ConnAck { properties, ..ConnAck::default() };
    server.accepts(&connack, None).unwrap();
    [from_client, said(&server.output(), Some(Version::V5))]
}

#[test]
fn the_peer_is_told_how_large_a_packet_may_be() {
    assert_eq!(told(1 << 20, None), [Some(1 << 20); 2]);
    // The caller has the say.
    assert_eq!(told(1 << 20, Some(500)), [Some(500); 2]);
    assert_eq!(told(Limits::DEFAULT.max_packet_size, None), [None; 2]);
    assert_eq!(SessionConfig::default().limits.max_packet_size, 1 << 20);
    // Before 5.0 there is no word for it.
    let setup = Setup::new(Version::V311).largest(1 << 20);
    let mut server = Peer::server(&setup);
    server.asked(&setup, true);
    server.accepts(&ConnAck::default(), None).unwrap();
    server.sends("20 02 00 00");
}

#[test]
fn a_client_without_an_identifier_is_assigned_one() {
    let mut server = Peer::server(&Setup::new(Version::V5));
    server.receive(&bytes("10 0D 00 04 'MQTT' 05 02 00 00 00 00 00"));
    server.tells(&["connect "]);
    let refused = server.accepts(&ConnAck::default(), None);
    assert_eq!(refused, Err(UsageError::NotAllowed));
    server.sends("");
    let list = [Property::AssignedClientIdentifier("x")];
    let connack = ConnAck { properties: Properties::new(&list), ..ConnAck::default() };
    server.accepts(&connack, None).unwrap();
    server.sends("20 07 00 00 04 12 00 01 'x'");
    // In 3.1.1 there is no way to tell it.
    let mut server = Peer::server(&Setup::new(Version::V311));
    server.receive(&bytes("10 0C 00 04 'MQTT' 04 02 00 00 00 00"));
    server.tells(&["connect "]);
    server.accepts(&ConnAck::default(), None).unwrap();
}

#[test]
fn how_long_the_will_is_put_off() {
    // Will Delay Interval, Session Expiry Interval, that of CONNACK or DISCONNECT 04; what is left.
    let cases = [
        (Some(60), Some(100), None, 60),
        (Some(60), Some(10), None, 10),
        (Some(60), None, None, 0),
        (None, Some(100), None, 0),
        (Some(60), Some(100), Some(20), 20),
        (Some(u32::MAX), Some(u32::MAX), None, u32::MAX),
    ];
    for (delay, expiry, of_server, left) in cases {
        let list: Vec<_> = delay.map(Property::WillDelayInterval).into_iter().collect();
        let will = Will { topic: "w", properties: Properties::new(&list), ..Will::default() };
        let list: Vec<_> = expiry.map(Property::SessionExpiryInterval).into_iter().collect();
        let properties = Properties::new(&list);
        let connect =
            Connect { client_id: "a", will: Some(will), properties, ..Connect::default() };
        let mut server = server();
        server.receive(&crate::kit::written(Version::V5, connect));
        server.tells(&["connect a"]);
        let list: Vec<_> = of_server.map(Property::SessionExpiryInterval).into_iter().collect();
        let connack = ConnAck { properties: Properties::new(&list), ..ConnAck::default() };
        server.accepts(&connack, None).unwrap();
        assert_eq!(server.session.will_delay(), left);
        server.end();
        assert_eq!(server.session.will_delay(), left);
    }
    let mut server = with_will(Version::V311, QoS::AtMostOnce, false);
    server.accepts(&ConnAck::default(), None).unwrap();
    assert_eq!(server.session.will_delay(), 0);
}
