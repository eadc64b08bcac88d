//! Statements that depend on more than the kind of error: on the packet, the sender, the version. And
//! the statements that `inspect` puts beside the fields.

use mqtt_core::{
    DecodeError, DecodeOptions, ErrorKind, Limits, PacketType, Sender, Version, decode, inspect,
};

use crate::support::{Wire, on, v5, v311};

/// Bytes on a connection of 3.1.
fn v31<'a, B: AsRef<[u8]> + ?Sized>(bytes: &'a B) -> Wire<'a> {
    on(Version::V31, bytes)
}

#[track_caller]
fn breaks(wire: Wire<'_>, kind: ErrorKind, statement: &str) {
    let error = wire.decode().expect_err("a fault");
    assert_eq!((error.kind(), error.statement()), (kind, statement), "{error}");
}

#[test]
fn packet_identifier_0() {
    let breaks = |wire, statement| breaks(wire, ErrorKind::PacketIdZero, statement);
    let acks: [(&[u8], &str, &str); 4] = [
        (&[0x40, 2, 0, 0], "MQTT-2.2.1-5", "MQTT-2.3.1-6"),
        (&[0x50, 2, 0, 0], "MQTT-2.2.1-5", "MQTT-2.3.1-6"),
        (&[0x62, 2, 0, 0], "MQTT-2.2.1-5", "MQTT-2.3.1-6"),
        (&[0x70, 2, 0, 0], "MQTT-2.2.1-5", "section 2.3.1"),
    ];
    for (bytes, new, old) in acks {
        for sender in [Sender::Client, Sender::Server] {
            breaks(v5(bytes).sent_by(sender), new);
            breaks(v311(bytes).sent_by(sender), old);
        }
        breaks(v5(bytes), new);
        breaks(v311(bytes), old);
    }
    breaks(v5(&[0x82, 7, 0, 0, 0, 0, 1, b'a', 0]), "MQTT-2.2.1-3");
    breaks(v5(&[0xA2, 6, 0, 0, 0, 0, 1, b'a']), "MQTT-2.2.1-3");
    breaks(v5(&[0x90, 4, 0, 0, 0, 0]), "MQTT-2.2.1-6");
    breaks(v5(&[0xB0, 4, 0, 0, 0, 0]), "MQTT-2.2.1-6");
    breaks(v311(&[0x82, 6, 0, 0, 0, 1, b'a', 0]), "MQTT-2.3.1-1");
    breaks(v311(&[0xA2, 5, 0, 0, 0, 1, b'a']), "MQTT-2.3.1-1");
    breaks(v311(&[0x90, 3, 0, 0, 0]), "MQTT-2.3.1-7");
    breaks(v311(&[0xB0, 2, 0, 0]), "MQTT-2.3.1-7");
    let publish = [0x32, 6, 0, 1, b't', 0, 0, 0];
    breaks(v5(&publish).sent_by(Sender::Client), "MQTT-2.2.1-3");
    breaks(v5(&publish).sent_by(Sender::Server), "MQTT-2.2.1-4");
    breaks(v5(&publish), "section 2.2.1");
    let publish = [0x32, 5, 0, 1, b't', 0, 0];
    for sender in [Sender::Client, Sender::Server] {
        breaks(v311(&publish).sent_by(sender), "MQTT-2.3.1-1");
    }
}

#[test]
fn packets_above_the_limit() {
    let limits = Limits { max_packet_size: 1, ..Limits::DEFAULT };
    let breaks = |wire: Wire<'_>, statement| {
        breaks(wire.within(limits), ErrorKind::PacketTooLarge, statement);
    };
    for first in [0x82, 0xA2, 0xC0] {
        breaks(v5(&[first, 0]), "MQTT-3.2.2-15");
    }
    for first in [0x20, 0x90, 0xB0, 0xD0] {
        breaks(v5(&[first, 0]), "MQTT-3.1.2-24");
    }
    for first in [0x30, 0x40, 0x50, 0x62, 0x70, 0xE0, 0xF0] {
        breaks(v5(&[first, 0]).sent_by(Sender::Client), "MQTT-3.2.2-15");
        breaks(v5(&[first, 0]).sent_by(Sender::Server), "MQTT-3.1.2-24");
        breaks(v5(&[first, 0]), "section 2.1.4");
    }
    // No server has named a limit yet.
    breaks(v5(&[0x10, 0]), "MQTT-3.1.4-2");
    breaks(v5(&[0x10, 0]).sent_by(Sender::Client), "MQTT-3.1.4-2");
    for first in [0x30, 0x82, 0x90] {
        breaks(v311(&[first, 0]), "section 2.2.3");
    }
}

#[test]
fn more_filters_or_codes_than_the_limit() {
    let limits = Limits { max_filters: 1, ..Limits::DEFAULT };
    let breaks =
        |wire: Wire<'_>, statement| breaks(wire.within(limits), ErrorKind::FilterCount, statement);
    let codes = [0x90, 5, 0, 1, 0, 0, 0];
    breaks(v5(&codes), "section 3.9.3");
    breaks(v5(&codes).sent_by(Sender::Server), "section 3.9.3");
    breaks(v5(&[0xB0, 5, 0, 1, 0, 0, 0]), "section 3.11.3");
    breaks(v311(&[0x90, 4, 0, 1, 0, 0]), "section 3.9.3");
    breaks(v5(b"\x82\x0B\0\x01\0\0\x01a\0\0\x01b\0"), "section 3.8.3");
    breaks(v5(b"\xA2\x09\0\x01\0\0\x01a\0\x01b"), "section 3.10.3");
    breaks(v311(b"\xA2\x08\0\x01\0\x01a\0\x01b"), "section 3.10.3");
}

#[test]
fn the_default_limit_on_codes() {
    for (first, version, head) in [
        (0x90, Version::V5, &b"\0\x01\0"[..]),
        (0xB0, Version::V5, b"\0\x01\0"),
        (0x90, Version::V311, b"\0\x01"),
        (0x90, Version::V31, b"\0\x01"),
    ] {
        let packet = |codes: usize| {
            let len = head.len() + codes;
            let header = [first, len as u8 | 0x80, (len >> 7) as u8];
            [&header[..], head, &vec![0; codes]].concat()
        };
        assert!(on(version, &packet(512)).decode().is_ok());
        let error = on(version, &packet(513)).decode().expect_err("one too many");
        assert_eq!((error.kind(), error.offset()), (ErrorKind::FilterCount, 3 + head.len() + 512));
        let limits = Limits { max_filters: 513, ..Limits::DEFAULT };
        assert!(on(version, &packet(513)).within(limits).decode().is_ok());
    }
    // The limit is not of the protocol: UNSUBACK of 3.1.1 has no codes, and none is counted.
    let limits = Limits { max_filters: 0, ..Limits::DEFAULT };
    assert!(v311(&[0xB0, 2, 0, 1]).within(limits).decode().is_ok());
}

#[test]
fn rules_that_3_1_has_and_3_1_1_has_not() {
    let long = b"\x10\x26\0\x06MQIsdp\x03\x02\0\0\0\x18abcdefghijklmnopqrstuvwx";
    breaks(v31(long), ErrorKind::ClientIdTooLong, "section 3.1");
    let empty = b"\x10\x0E\0\x06MQIsdp\x03\x02\0\0\0\0";
    breaks(v31(empty), ErrorKind::ClientIdEmpty, "section 3.1");
    let error = v31(empty).decode().expect_err("a fault");
    assert!(error.to_string().ends_with("(MQTT 3.1 section 3.1)"), "{error}");
    let empty = b"\x10\x0C\0\x04MQTT\x04\0\0\0\0\0";
    breaks(v311(empty), ErrorKind::ClientIdEmpty, "MQTT-3.1.3-7");
    // What 3.1.1 allows, its statement cannot forbid.
    breaks(v31(&[0x90, 3, 0, 1, 0x80]), ErrorKind::ReasonCode, "section 3.9");
    breaks(v31(&[0x20, 2, 1, 0]), ErrorKind::ConnAckFlags, "section 3.2");
    breaks(v311(&[0x90, 3, 0, 1, 0x81]), ErrorKind::ReasonCode, "MQTT-3.9.3-2");
    breaks(v311(&[0x20, 2, 2, 0]), ErrorKind::ConnAckFlags, "section 3.2.2.1");
}

#[test]
fn an_error_is_small_and_keeps_what_it_knows() {
    assert_eq!(size_of::<DecodeError>(), 8);
    let publish = [0x32, 6, 0, 1, b't', 0, 0, 0];
    let mut errors = Vec::new();
    for sender in [None, Some(Sender::Client), Some(Sender::Server)] {
        let options = DecodeOptions { sender, ..DecodeOptions::DEFAULT };
        let error = decode(&publish, Some(Version::V5), &options).unwrap_err();
        let found = (error.packet(), error.version(), error.offset());
        assert_eq!(found, (Some(PacketType::Publish), Some(Version::V5), 5));
        // Equal errors say the same.
        assert!(!errors.contains(&error));
        errors.push(error);
    }
}

/// The statement beside a field.
#[track_caller]
fn beside(bytes: &[u8], version: Version, field: &str) -> String {
    let text = inspect(bytes, Some(version), &DecodeOptions::DEFAULT).to_string();
    let line = text.lines().find(|line| line.contains(&format!(" {field} ")));
    let line = line.unwrap_or_else(|| panic!("no {field} in {text}"));
    let words: Vec<_> = line.split_whitespace().rev().collect();
    if words[1] == "section" { format!("section {}", words[0]) } else { words[0].to_owned() }
}

#[test]
fn fields_are_shown_with_the_statement_of_their_packet() {
    let code = |version, bytes: &[u8]| beside(bytes, version, "reason code");
    assert_eq!(code(Version::V311, &[0x90, 3, 0, 1, 0x80]), "MQTT-3.9.3-2");
    assert_eq!(code(Version::V311, &[0x20, 2, 0, 5]), "section 3.2.2.3");
    assert_eq!(code(Version::V5, &[0x90, 4, 0, 1, 0, 0x80]), "section 2.4");
    assert_eq!(code(Version::V5, &[0x40, 3, 0, 1, 0x80]), "section 2.4");
    // The lower half of the first byte is fixed in all packets but PUBLISH.
    let packet_type = |version, bytes: &[u8]| beside(bytes, version, "packet type");
    assert_eq!(packet_type(Version::V311, b"\x30\x03\0\x01t"), "section 2.2.1");
    assert_eq!(packet_type(Version::V5, b"\x30\x04\0\x01t\0"), "section 2.1.2");
    assert_eq!(packet_type(Version::V311, &[0xC0, 0]), "MQTT-2.2.2-1");
    assert_eq!(packet_type(Version::V5, &[0xC0, 0]), "MQTT-2.1.3-1");
    // MQTT-2.3.1-1 is not about acknowledgements.
    assert_eq!(beside(&[0x40, 2, 0, 1], Version::V311, "packet identifier"), "section 2.3.1");
}
