//! The fixed header: 5.0 sections 1.5.5 and 2.1.3, 3.1.1 section 2.2.2, and the flags of each
//! packet.

use mqtt_core::{
    Auth, ConnAck, Connect, DecodeOptions, Disconnect, ErrorKind, Packet, Properties, Property,
    PubAck, PubComp, PubRec, PubRel, Publish, PublishWriter, QoS, ReasonCode, ReasonCodes,
    Response, Sender, Status, SubAck, Subscribe, Subscription, Subscriptions, TopicFilters,
    UnsubAck, Unsubscribe, Version, decode,
};

use crate::support::{CLOSE, disconnect, id, v5, v311, written};

/// Every packet type but PUBLISH in 5.0: the number, the flags the table asks for, the rest of a
/// legal packet.
const PACKETS_V5: &[(u8, u8, &[u8])] = &[
    (1, 0b0000, b"\x0D\x00\x04MQTT\x05\x02\x00\x3C\x00\x00\x00"),
    (2, 0b0000, b"\x03\x00\x00\x00"),
    (4, 0b0000, b"\x02\x00\x01"),
    (5, 0b0000, b"\x02\x00\x01"),
    (6, 0b0010, b"\x02\x00\x01"),
    (7, 0b0000, b"\x02\x00\x01"),
    (8, 0b0010, b"\x07\x00\x01\x00\x00\x01a\x00"),
    (9, 0b0000, b"\x04\x00\x01\x00\x00"),
    (10, 0b0010, b"\x06\x00\x01\x00\x00\x01a"),
    (11, 0b0000, b"\x04\x00\x01\x00\x00"),
    (12, 0b0000, b"\x00"),
    (13, 0b0000, b"\x00"),
    (14, 0b0000, b"\x00"),
    (15, 0b0000, b"\x00"),
];

/// As `PACKETS_V5`, of 3.1.1.
const PACKETS_V311: &[(u8, u8, &[u8])] = &[
    (1, 0b0000, b"\x0C\x00\x04MQTT\x04\x02\x00\x3C\x00\x00"),
    (2, 0b0000, b"\x02\x00\x00"),
    (4, 0b0000, b"\x02\x00\x01"),
    (5, 0b0000, b"\x02\x00\x01"),
    (6, 0b0010, b"\x02\x00\x01"),
    (7, 0b0000, b"\x02\x00\x01"),
    (8, 0b0010, b"\x06\x00\x01\x00\x01a\x00"),
    (9, 0b0000, b"\x03\x00\x01\x00"),
    (10, 0b0010, b"\x05\x00\x01\x00\x01a"),
    (11, 0b0000, b"\x02\x00\x01"),
    (12, 0b0000, b"\x00"),
    (13, 0b0000, b"\x00"),
    (14, 0b0000, b"\x00"),
];

/// Which statement of 5.0 asks for the flags of this type.
fn statement_v5(number: u8) -> &'static str {
    match number {
        6 => "MQTT-3.6.1-1",
        8 => "MQTT-3.8.1-1",
        10 => "MQTT-3.10.1-1",
        14 => "MQTT-3.14.1-1",
        15 => "MQTT-3.15.1-1",
        _ => "MQTT-2.1.3-1",
    }
}

/// Which statement of 3.1.1 asks for the flags of this type. A CONNECT whose first byte is wrong
/// has not named its version.
fn statement_v311(number: u8) -> &'static str {
    match number {
        1 => "MQTT-2.1.3-1",
        6 => "MQTT-3.6.1-1",
        8 => "MQTT-3.8.1-1",
        10 => "MQTT-3.10.1-1",
        14 => "MQTT-3.14.1-1",
        _ => "MQTT-2.2.2-2",
    }
}

/// Tries all sixteen flags of one type of 5.0.
fn all_flags_v5(number: u8) {
    let &(_, required, rest) =
        PACKETS_V5.iter().find(|packet| packet.0 == number).expect("a packet type");
    for flags in 0..16 {
        let bytes = [&[number << 4 | flags], rest].concat();
        if flags == required {
            assert!(v5(&bytes).decode().is_ok(), "{bytes:02X?}");
        } else {
            // The version of a CONNECT is not known yet, so that nothing can be answered.
            let answer = if number == 1 { CLOSE } else { disconnect(0x81) };
            v5(&bytes).refused(ErrorKind::FixedHeaderFlags, 0, statement_v5(number), answer);
        }
    }
}

/// Tries all sixteen flags of one type of 3.1.1.
fn all_flags_v311(number: u8) {
    let &(_, required, rest) =
        PACKETS_V311.iter().find(|packet| packet.0 == number).expect("a packet type");
    for flags in 0..16 {
        let bytes = [&[number << 4 | flags], rest].concat();
        if flags == required {
            assert!(v311(&bytes).decode().is_ok(), "{bytes:02X?}");
        } else {
            v311(&bytes).refused(ErrorKind::FixedHeaderFlags, 0, statement_v311(number), CLOSE);
        }
    }
}

#[test]
fn v5_2_1_3_1_flags_of_all_packets_but_publish() {
    v5(&[
        0xC1, // PINGREQ with flags 0001
        0x00,
    ])
    .refused(ErrorKind::FixedHeaderFlags, 0, "MQTT-2.1.3-1", disconnect(0x81));
    for &(number, ..) in PACKETS_V5 {
        all_flags_v5(number);
    }
}

#[test]
fn v5_2_1_3_1_wrong_flags_need_no_second_byte() {
    let error = decode(&[0x21], Some(Version::V5), &DecodeOptions::DEFAULT).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::FixedHeaderFlags, 0));
}

#[test]
fn v5_2_1_3_1_flags_are_written() {
    let filters = [Subscription::new("a", QoS::AtMostOnce)];
    let codes = [ReasonCode::SUCCESS];
    let reasons = ReasonCodes::new(&codes);
    let packets: &[(u8, Packet<'_>)] = &[
        (0x10, Connect::default().into()),
        (0x20, ConnAck::default().into()),
        (0x40, PubAck::new(id(1)).into()),
        (0x50, PubRec::new(id(1)).into()),
        (0x62, PubRel::new(id(1)).into()),
        (0x70, PubComp::new(id(1)).into()),
        (0x82, Subscribe { filters: Subscriptions::new(&filters), ..Subscribe::new(id(1)) }.into()),
        (0x90, SubAck { reasons, ..SubAck::new(id(1)) }.into()),
        (
            0xA2,
            Unsubscribe { filters: TopicFilters::new(&["a"]), ..Unsubscribe::new(id(1)) }.into(),
        ),
        (0xB0, UnsubAck { reasons, ..UnsubAck::new(id(1)) }.into()),
        (0xC0, Packet::PingReq),
        (0xD0, Packet::PingResp),
        (0xE0, Disconnect::default().into()),
        (0xF0, Auth::default().into()),
    ];
    for (first, packet) in packets {
        assert_eq!(written(Version::V5, *packet)[0], *first, "{packet:?}");
    }
}

#[test]
fn v5_3_6_1_1_flags_of_pubrel() {
    v5(&[
        0x60, 0x02, // PUBREL with flags 0000
        0x00, 0x01, // packet identifier
    ])
    .refused(ErrorKind::FixedHeaderFlags, 0, "MQTT-3.6.1-1", disconnect(0x81));
    all_flags_v5(6);
    v5(&[0x62, 0x02, 0x00, 0x01]).is(PubRel::new(id(1)));
}

#[test]
fn v5_3_8_1_1_flags_of_subscribe() {
    let mut bytes = [
        0x80, 0x07, // SUBSCRIBE with flags 0000
        0x00, 0x01, // packet identifier
        0x00, // no properties
        0x00, 0x01, b'a', // filter
        0x00, // options
    ];
    v5(&bytes).refused(ErrorKind::FixedHeaderFlags, 0, "MQTT-3.8.1-1", disconnect(0x81));
    all_flags_v5(8);
    bytes[0] = 0x82;
    let filters = [Subscription::new("a", QoS::AtMostOnce)];
    v5(&bytes).is(Subscribe { filters: Subscriptions::new(&filters), ..Subscribe::new(id(1)) });
}

#[test]
fn v5_3_10_1_1_flags_of_unsubscribe() {
    let mut bytes = [
        0xA0, 0x06, // UNSUBSCRIBE with flags 0000
        0x00, 0x01, // packet identifier
        0x00, // no properties
        0x00, 0x01, b'a', // filter
    ];
    v5(&bytes).refused(ErrorKind::FixedHeaderFlags, 0, "MQTT-3.10.1-1", disconnect(0x81));
    all_flags_v5(10);
    bytes[0] = 0xA2;
    v5(&bytes).is(Unsubscribe { filters: TopicFilters::new(&["a"]), ..Unsubscribe::new(id(1)) });
}

#[test]
fn v5_3_14_1_1_flags_of_disconnect() {
    for sender in [Sender::Client, Sender::Server] {
        v5(&[
            0xE1, // DISCONNECT with flags 0001
            0x00,
        ])
        .sent_by(sender)
        .refused(ErrorKind::FixedHeaderFlags, 0, "MQTT-3.14.1-1", disconnect(0x81));
    }
    all_flags_v5(14);
    v5(&[0xE0, 0x00]).is(Disconnect::default());
}

#[test]
fn v5_3_15_1_1_flags_of_auth() {
    for sender in [Sender::Client, Sender::Server] {
        v5(&[
            0xF2, // AUTH with flags 0010
            0x00,
        ])
        .sent_by(sender)
        .refused(ErrorKind::FixedHeaderFlags, 0, "MQTT-3.15.1-1", disconnect(0x81));
    }
    all_flags_v5(15);
    v5(&[0xF0, 0x00]).is(Auth::default());
}

#[test]
fn v311_2_2_2_1_flags_of_all_packets_but_publish() {
    for &(number, required, rest) in PACKETS_V311 {
        let bytes = [&[number << 4 | required], rest].concat();
        let packet = v311(&bytes).packet();
        assert_eq!(written(Version::V311, packet), bytes);
    }
}

#[test]
fn v311_2_2_2_2_wrong_flags_close() {
    v311(&[
        0xC1, // PINGREQ with flags 0001
        0x00,
    ])
    .refused(ErrorKind::FixedHeaderFlags, 0, "MQTT-2.2.2-2", CLOSE);
    for &(number, ..) in PACKETS_V311 {
        all_flags_v311(number);
    }
}

#[test]
fn v311_3_6_1_1_flags_of_pubrel() {
    v311(&[
        0x60, 0x02, // PUBREL with flags 0000
        0x00, 0x01, // packet identifier
    ])
    .refused(ErrorKind::FixedHeaderFlags, 0, "MQTT-3.6.1-1", CLOSE);
    all_flags_v311(6);
    v311(&[0x62, 0x02, 0x00, 0x01]).is(PubRel::new(id(1)));
}

#[test]
fn v311_3_8_1_1_flags_of_subscribe() {
    let mut bytes = [
        0x80, 0x06, // SUBSCRIBE with flags 0000
        0x00, 0x01, // packet identifier
        0x00, 0x01, b'a', // filter
        0x00, // QoS 0
    ];
    v311(&bytes).refused(ErrorKind::FixedHeaderFlags, 0, "MQTT-3.8.1-1", CLOSE);
    all_flags_v311(8);
    bytes[0] = 0x82;
    let filters = [Subscription::new("a", QoS::AtMostOnce)];
    v311(&bytes).is(Subscribe { filters: Subscriptions::new(&filters), ..Subscribe::new(id(1)) });
}

#[test]
fn v311_3_10_1_1_flags_of_unsubscribe() {
    let mut bytes = [
        0xA0, 0x05, // UNSUBSCRIBE with flags 0000
        0x00, 0x01, // packet identifier
        0x00, 0x01, b'a', // filter
    ];
    v311(&bytes).refused(ErrorKind::FixedHeaderFlags, 0, "MQTT-3.10.1-1", CLOSE);
    all_flags_v311(10);
    bytes[0] = 0xA2;
    v311(&bytes).is(Unsubscribe { filters: TopicFilters::new(&["a"]), ..Unsubscribe::new(id(1)) });
}

#[test]
fn v311_3_14_1_1_flags_of_disconnect() {
    v311(&[
        0xE1, // DISCONNECT with flags 0001
        0x00,
    ])
    .sent_by(Sender::Client)
    .refused(ErrorKind::FixedHeaderFlags, 0, "MQTT-3.14.1-1", CLOSE);
    all_flags_v311(14);
    v311(&[0xE0, 0x00]).is(Disconnect::default());
}

/// Lengths at the borders of each form, and the form.
const SHORTEST: &[(u32, &[u8])] = &[
    (0, &[0x00]),
    (127, &[0x7F]),
    (128, &[0x80, 0x01]),
    (16_383, &[0xFF, 0x7F]),
    (16_384, &[0x80, 0x80, 0x01]),
    (2_097_151, &[0xFF, 0xFF, 0x7F]),
    (2_097_152, &[0x80, 0x80, 0x80, 0x01]),
    (268_435_455, &[0xFF, 0xFF, 0xFF, 0x7F]),
];

#[test]
fn v5_1_5_5_1_remaining_length_is_written_in_the_shortest_form() {
    // The head of a PUBLISH is written without the payload, so that no memory is needed for it.
    let publish = Publish { topic: "a", ..Publish::default() };
    const HEAD: u32 = 4; // topic and property length
    for &(length, form) in SHORTEST.iter().filter(|(length, _)| *length >= HEAD) {
        let mut out = [0; 16];
        let (_, len) =
            PublishWriter::begin(&publish, length - HEAD, Version::V5, &mut out).unwrap();
        let expected = [&[0x30], form, &[0x00, 0x01, b'a', 0x00]].concat();
        assert_eq!(out[..len], expected, "length {length}");
    }
    assert_eq!(written(Version::V5, Packet::PingReq), [0xC0, 0x00]);
}

#[test]
fn v5_1_5_5_1_property_length_is_written_in_the_shortest_form() {
    // A content type of n bytes makes 3 + n bytes of properties.
    let text = "x".repeat(16_381);
    for (length, form) in &SHORTEST[1..5] {
        let list = [Property::ContentType(&text[..*length as usize - 3])];
        let publish =
            Publish { topic: "a", properties: Properties::new(&list), ..Publish::default() };
        let bytes = written(Version::V5, publish);
        // Behind the topic; the fixed header has as many bytes as its length needs.
        let header = bytes.len() - (3 + form.len() + *length as usize);
        assert_eq!(bytes[header + 3..][..form.len()], **form, "length {length}");
    }
}

#[test]
fn v5_1_5_5_1_subscription_identifier_is_written_in_the_shortest_form() {
    for &(value, form) in SHORTEST.iter().filter(|(value, _)| *value > 0) {
        let list = [Property::SubscriptionIdentifier(value)];
        let publish =
            Publish { topic: "a", properties: Properties::new(&list), ..Publish::default() };
        let size = form.len() as u8;
        let head = [0x30, 5 + size, 0x00, 0x01, b'a', 1 + size, 0x0B];
        v5(&[&head[..], form].concat()).is(publish);
    }
}

#[test]
fn v5_1_5_5_1_longer_forms_are_refused() {
    v5(&[
        0xC0, 0x80, 0x00, // PINGREQ, length 0 in two bytes
    ])
    .refused(ErrorKind::VarintNotMinimal, 1, "MQTT-1.5.5-1", disconnect(0x81));
    v5(&[
        0x30, 0x05, // PUBLISH, 5 bytes follow
        0x00, 0x01, b'a', // topic
        0x80, 0x00, // property length 0 in two bytes
    ])
    .refused(ErrorKind::VarintNotMinimal, 5, "MQTT-1.5.5-1", disconnect(0x81));
    v5(&[
        0x30, 0x07, // PUBLISH, 7 bytes follow
        0x00, 0x01, b'a', // topic
        0x03, 0x0B, // 3 bytes of properties: subscription identifier
        0x81, 0x00, // 1 in two bytes
    ])
    .refused(ErrorKind::VarintNotMinimal, 7, "MQTT-1.5.5-1", disconnect(0x81));
    let connect = [
        0x10, 0x8D, 0x00, // CONNECT, length 13 in two bytes
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name and level
        0x02, 0x00, 0x3C, // Clean Start, keep alive
        0x00, 0x00, 0x00, // no properties, empty client identifier
    ];
    let answer = Response::ConnAck(ReasonCode::MALFORMED_PACKET);
    v5(&connect).refused(ErrorKind::VarintNotMinimal, 1, "MQTT-1.5.5-1", answer);
}

#[test]
fn v5_1_5_5_1_a_fifth_byte_is_refused() {
    let endless = [0xC0, 0x80, 0x80, 0x80, 0x80, 0x01];
    v5(&endless).refused(ErrorKind::VarintTooLong, 4, "section 1.5.5", disconnect(0x81));
    // Four bytes are enough to know, and three are not.
    let options = DecodeOptions::DEFAULT;
    assert!(decode(&endless[..5], Some(Version::V5), &options).is_err());
    let open = decode(&endless[..4], Some(Version::V5), &options);
    assert!(matches!(open, Ok(Status::Incomplete { needed }) if needed.get() == 1));
}
