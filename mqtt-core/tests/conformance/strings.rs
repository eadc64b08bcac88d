//! String fields: 5.0 sections 1.5.4 and 1.5.7, 3.1.1 section 1.5.3.

use mqtt_core::{
    Connect, ErrorKind, PacketType, Properties, Property, PropertyId, Publish, QoS, Subscribe,
    Subscription, Subscriptions, TopicFilters, Unsubscribe, Version, Will,
};

use crate::support::{
    CLOSE, connack, disconnect, id, invalid, invalid_property, unwritable, v5, v311,
};

/// Ill-formed sequences, and the byte that is not part of a well-formed character any more.
const ILL_FORMED: &[(&str, &[u8], usize)] = &[
    ("surrogate U+D800", b"\xED\xA0\x80", 0),
    ("surrogate U+DFFF", b"\xED\xBF\xBF", 0),
    ("a pair of surrogates", b"\xED\xA0\xBD\xED\xB8\x80", 0),
    ("U+0000 in two bytes", b"\xC0\x80", 0),
    ("slash in two bytes", b"\xC0\xAF", 0),
    ("slash in three bytes", b"\xE0\x80\xAF", 0),
    ("above U+10FFFF", b"\xF4\x90\x80\x80", 0),
    ("five-byte form", b"\xF8\x88\x80\x80\x80", 0),
    ("continuation byte alone", b"\x80", 0),
    ("byte FF", b"\xFF", 0),
    ("character cut off by the end", b"ok\xE2\x82", 2),
    ("character cut off by another", b"\xF0\x9F\x98A", 0),
];

/// A packet of 5.0 with three bytes in each string field in turn, and where these begin.
const FIELDS_V5: &[(&str, &[u8], usize)] = &[
    // CONNECT: name, level, flags, keep alive, property length, ...
    ("protocol name", b"\x10\x0C\x00\x03\xED\xA0\x80\x05\x02\x00\x3C\x00\x00\x00", 4),
    ("client identifier", b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3C\x00\x00\x03\xED\xA0\x80", 15),
    (
        "will topic",
        b"\x10\x16\x00\x04MQTT\x05\x06\x00\x3C\x00\x00\x00\x00\x00\x03\xED\xA0\x80\x00\x01w",
        18,
    ),
    ("user name", b"\x10\x12\x00\x04MQTT\x05\x82\x00\x3C\x00\x00\x00\x00\x03\xED\xA0\x80", 17),
    (
        "authentication method",
        b"\x10\x13\x00\x04MQTT\x05\x02\x00\x3C\x06\x15\x00\x03\xED\xA0\x80\x00\x00",
        16,
    ),
    // CONNACK: flags, code, property length, property.
    ("assigned client identifier", b"\x20\x09\x00\x00\x06\x12\x00\x03\xED\xA0\x80", 8),
    ("response information", b"\x20\x09\x00\x00\x06\x1A\x00\x03\xED\xA0\x80", 8),
    ("server reference", b"\x20\x09\x00\x9C\x06\x1C\x00\x03\xED\xA0\x80", 8),
    ("reason string", b"\x20\x09\x00\x80\x06\x1F\x00\x03\xED\xA0\x80", 8),
    // PUBLISH: topic, property length, property.
    ("topic name", b"\x30\x06\x00\x03\xED\xA0\x80\x00", 4),
    ("content type", b"\x30\x0A\x00\x01t\x06\x03\x00\x03\xED\xA0\x80", 9),
    ("response topic", b"\x30\x0A\x00\x01t\x06\x08\x00\x03\xED\xA0\x80", 9),
    ("user property name", b"\x30\x0C\x00\x01t\x08\x26\x00\x03\xED\xA0\x80\x00\x00", 9),
    ("user property value", b"\x30\x0C\x00\x01t\x08\x26\x00\x00\x00\x03\xED\xA0\x80", 11),
    // SUBSCRIBE and UNSUBSCRIBE: packet identifier, property length, filter, options.
    ("subscribed filter", b"\x82\x09\x00\x01\x00\x00\x03\xED\xA0\x80\x00", 7),
    ("unsubscribed filter", b"\xA2\x08\x00\x01\x00\x00\x03\xED\xA0\x80", 7),
];

/// As `FIELDS_V5`, of 3.1.1.
const FIELDS_V311: &[(&str, &[u8], usize)] = &[
    ("protocol name", b"\x10\x0B\x00\x03\xED\xA0\x80\x04\x02\x00\x3C\x00\x00", 4),
    ("client identifier", b"\x10\x0F\x00\x04MQTT\x04\x02\x00\x3C\x00\x03\xED\xA0\x80", 14),
    (
        "will topic",
        b"\x10\x14\x00\x04MQTT\x04\x06\x00\x3C\x00\x00\x00\x03\xED\xA0\x80\x00\x01w",
        16,
    ),
    ("user name", b"\x10\x11\x00\x04MQTT\x04\x82\x00\x3C\x00\x00\x00\x03\xED\xA0\x80", 16),
    ("topic name", b"\x30\x05\x00\x03\xED\xA0\x80", 4),
    ("subscribed filter", b"\x82\x08\x00\x01\x00\x03\xED\xA0\x80\x00", 6),
    ("unsubscribed filter", b"\xA2\x07\x00\x01\x00\x03\xED\xA0\x80", 6),
];

/// The packet with other bytes, as many, in place of the three at `at`.
fn with(bytes: &[u8], at: usize, three: &[u8; 3]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    assert_eq!(bytes[at..at + 3], *b"\xED\xA0\x80", "a table of this file");
    bytes[at..at + 3].copy_from_slice(three);
    bytes
}

/// What a receiver of 5.0 answers to a bad string in a packet.
fn answer_v5(field: &str, packet: u8) -> mqtt_core::Response {
    match (field, packet) {
        ("protocol name", _) => CLOSE, // the version is not known yet
        (_, 0x10) => connack(0x81),
        _ => disconnect(0x81),
    }
}

/// PUBLISH with that topic and no payload.
fn publish(version: Version, topic: &[u8]) -> Vec<u8> {
    let properties: &[u8] = if version == Version::V5 { &[0] } else { &[] };
    let len = u8::try_from(2 + topic.len() + properties.len()).expect("short topic");
    let topic_len = u8::try_from(topic.len()).expect("short topic");
    [&[0x30, len, 0, topic_len], topic, properties].concat()
}

#[test]
fn v5_1_5_4_1_ill_formed_utf8_is_malformed() {
    for (name, sequence, bad) in ILL_FORMED {
        println!("{name}");
        let bytes = publish(Version::V5, sequence);
        v5(&bytes).refused(ErrorKind::Utf8, 4 + bad, "MQTT-1.5.4-1", disconnect(0x81));
    }
}

#[test]
fn v5_1_5_4_1_holds_for_every_string_field() {
    for &(field, bytes, at) in FIELDS_V5 {
        println!("{field}");
        v5(bytes).refused(ErrorKind::Utf8, at, "MQTT-1.5.4-1", answer_v5(field, bytes[0]));
        if field != "protocol name" {
            let euro = with(bytes, at, b"\xE2\x82\xAC"); // U+20AC, as long
            assert!(v5(&euro).decode().is_ok());
        }
    }
}

#[test]
fn v5_1_5_4_2_nul_is_malformed_in_every_string_field() {
    v5(&[
        0x30, 0x06, // PUBLISH, 6 bytes follow
        0x00, 0x03, b'a', 0x00, b'b', // topic with U+0000 in the middle
        0x00, // no properties
    ])
    .refused(ErrorKind::Nul, 5, "MQTT-1.5.4-2", disconnect(0x81));
    for &(field, bytes, at) in FIELDS_V5 {
        println!("{field}");
        let nul = with(bytes, at, b"ab\0");
        v5(&nul).refused(ErrorKind::Nul, at + 2, "MQTT-1.5.4-2", answer_v5(field, bytes[0]));
    }
}

#[test]
fn v5_1_5_4_2_nul_is_never_written() {
    use PacketType as P;
    let nul = |packet| invalid(packet, ErrorKind::Nul);
    let will = Will { topic: "w\0", ..Will::default() };
    let connects = [
        Connect { client_id: "\0", ..Connect::default() },
        Connect { will: Some(will), ..Connect::default() },
        Connect { user_name: Some("u\0"), ..Connect::default() },
    ];
    for connect in connects {
        unwritable(Version::V5, connect, nul(P::Connect));
    }
    unwritable(Version::V5, Publish { topic: "a\0b", ..Publish::default() }, nul(P::Publish));
    let filters = [Subscription::new("a\0", QoS::AtMostOnce)];
    let subscribe = Subscribe { filters: Subscriptions::new(&filters), ..Subscribe::new(id(1)) };
    unwritable(Version::V5, subscribe, nul(P::Subscribe));
    let filters = TopicFilters::new(&["\0"]);
    unwritable(
        Version::V5,
        Unsubscribe { filters, ..Unsubscribe::new(id(1)) },
        nul(P::Unsubscribe),
    );
    for property in [Property::ContentType("c\0"), Property::ResponseTopic("r\0")] {
        let list = [property];
        let publish =
            Publish { topic: "a", properties: Properties::new(&list), ..Publish::default() };
        unwritable(
            Version::V5,
            publish,
            invalid_property(P::Publish, ErrorKind::Nul, property.id()),
        );
    }
}

#[test]
fn v5_1_5_4_3_byte_order_mark_is_a_character() {
    v5(&[
        0x30, 0x0A, // PUBLISH, 10 bytes follow
        0x00, 0x07, 0xEF, 0xBB, 0xBF, b'a', 0xEF, 0xBB, 0xBF, // at the start and inside
        0x00, // no properties
    ])
    .is(Publish { topic: "\u{FEFF}a\u{FEFF}", ..Publish::default() });
}

#[test]
fn v5_1_5_7_1_both_strings_of_a_pair_are_checked() {
    let name = [
        0x30, 0x0B, // PUBLISH, 11 bytes follow
        0x00, 0x01, b't', // topic
        0x07, 0x26, // 7 bytes of properties: user property
        0x00, 0x01, 0xFF, // name, ill-formed
        0x00, 0x01, b'v', // value
    ];
    v5(&name).refused(ErrorKind::Utf8, 9, "MQTT-1.5.4-1", disconnect(0x81));
    let value = [
        0x30, 0x0B, // PUBLISH, 11 bytes follow
        0x00, 0x01, b't', // topic
        0x07, 0x26, // 7 bytes of properties: user property
        0x00, 0x01, b'n', // name
        0x00, 0x01, 0x00, // value, U+0000
    ];
    v5(&value).refused(ErrorKind::Nul, 12, "MQTT-1.5.4-2", disconnect(0x81));
    assert_eq!(v5(&value).decode().unwrap_err().property(), Some(PropertyId::UserProperty));

    for pair in [Property::UserProperty("\0", ""), Property::UserProperty("", "\0")] {
        let list = [pair];
        let publish =
            Publish { topic: "t", properties: Properties::new(&list), ..Publish::default() };
        let error = invalid_property(PacketType::Publish, ErrorKind::Nul, PropertyId::UserProperty);
        unwritable(Version::V5, publish, error);
    }
}

#[test]
fn v311_1_5_3_1_ill_formed_utf8_closes() {
    for (name, sequence, bad) in ILL_FORMED {
        println!("{name}");
        let bytes = publish(Version::V311, sequence);
        v311(&bytes).refused(ErrorKind::Utf8, 4 + bad, "MQTT-1.5.3-1", CLOSE);
    }
}

#[test]
fn v311_1_5_3_1_holds_for_every_string_field() {
    for &(field, bytes, at) in FIELDS_V311 {
        println!("{field}");
        v311(bytes).refused(ErrorKind::Utf8, at, statement_v311(field, 1), CLOSE);
        if field != "protocol name" {
            let euro = with(bytes, at, b"\xE2\x82\xAC"); // U+20AC, as long
            assert!(v311(&euro).decode().is_ok());
        }
    }
}

/// In the protocol name the version is not known, so that the statement of 5.0 is named.
fn statement_v311(field: &str, number: usize) -> &'static str {
    match (field, number) {
        ("protocol name", 1) => "MQTT-1.5.4-1",
        ("protocol name", _) => "MQTT-1.5.4-2",
        (_, 1) => "MQTT-1.5.3-1",
        _ => "MQTT-1.5.3-2",
    }
}

#[test]
fn v311_1_5_3_2_nul_closes_in_every_string_field() {
    v311(&[
        0x30, 0x05, // PUBLISH, 5 bytes follow
        0x00, 0x03, b'a', 0x00, b'b', // topic with U+0000 in the middle
    ])
    .refused(ErrorKind::Nul, 5, "MQTT-1.5.3-2", CLOSE);
    for &(field, bytes, at) in FIELDS_V311 {
        println!("{field}");
        let nul = with(bytes, at, b"ab\0");
        v311(&nul).refused(ErrorKind::Nul, at + 2, statement_v311(field, 2), CLOSE);
    }
}

#[test]
fn v311_1_5_3_2_nul_is_never_written() {
    use PacketType as P;
    let nul = |packet| invalid(packet, ErrorKind::Nul);
    let base = Connect { version: Version::V311, clean_start: true, ..Connect::default() };
    let will = Will { topic: "w\0", ..Will::default() };
    let connects = [
        Connect { client_id: "\0", ..base },
        Connect { will: Some(will), ..base },
        Connect { user_name: Some("u\0"), ..base },
    ];
    for connect in connects {
        unwritable(Version::V311, connect, nul(P::Connect));
    }
    unwritable(Version::V311, Publish { topic: "a\0b", ..Publish::default() }, nul(P::Publish));
}

#[test]
fn v311_1_5_3_3_byte_order_mark_is_a_character() {
    v311(&[
        0x30, 0x09, // PUBLISH, 9 bytes follow
        0x00, 0x07, 0xEF, 0xBB, 0xBF, b'a', 0xEF, 0xBB, 0xBF, // at the start and inside
    ])
    .is(Publish { topic: "\u{FEFF}a\u{FEFF}", ..Publish::default() });
}
