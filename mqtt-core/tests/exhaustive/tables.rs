//! The tables of the standard, row by row: reason codes and properties in every packet.

use crate::check_again;
use mqtt_core::{
    DecodeOptions, ErrorKind, PacketType, PropertyId, Sender, Status, Version, decode,
};

/// The rows of a table of the standard, by cell.
fn table(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().skip(1).map(|line| line.split('\t').collect())
}

fn number(cell: &str) -> u8 {
    u8::from_str_radix(cell.trim_start_matches("0x"), 16).expect("a number in hex")
}

/// A packet with this reason code, and the offset of the code.
fn with_reason(packet: PacketType, code: u8) -> Option<(Vec<u8>, usize)> {
    use PacketType as P;
    let (first, before, after): (u8, &[u8], &[u8]) = match packet {
        P::ConnAck => (0x20, &[0], &[0]),
        P::PubAck => (0x40, &[0, 1], &[]),
        P::PubRec => (0x50, &[0, 1], &[]),
        P::PubRel => (0x62, &[0, 1], &[]),
        P::PubComp => (0x70, &[0, 1], &[]),
        P::SubAck => (0x90, &[0, 1, 0], &[]),
        P::UnsubAck => (0xB0, &[0, 1, 0], &[]),
        P::Disconnect => (0xE0, &[], &[]),
        P::Auth => (0xF0, &[], &[0]),
        _ => return None,
    };
    let body = [before, &[code], after].concat();
    Some(([&[first, body.len() as u8], body.as_slice()].concat(), 2 + before.len()))
}

fn packet_types() -> impl Iterator<Item = PacketType> {
    (1..=15).map(|number| PacketType::try_from(number).expect("a packet type"))
}

#[test]
fn every_reason_code_in_every_packet() {
    let rows: Vec<_> = table(include_str!("../spec/reason-codes-v5.tsv")).collect();
    // Who may send the code: `None` if the packet may not carry it.
    let sender = |packet: PacketType, code: u8| {
        let row = rows.iter().find(|row| {
            number(row[0]) == code && row[2].split(',').any(|name| name == packet.name())
        })?;
        // 5.0 section 3.3.4 gives this one to clients too, against its own table.
        if (packet, code) == (PacketType::Disconnect, 0x9B) {
            return Some("both");
        }
        row[4].split(';').find_map(|cell| cell.strip_prefix(packet.name())?.strip_prefix('='))
    };
    let mut legal = 0;
    for packet in packet_types() {
        for code in 0..=u8::MAX {
            let Some((frame, at)) = with_reason(packet, code) else { continue };
            for from in [None, Some(Sender::Client), Some(Sender::Server)] {
                if from.is_some_and(|from| !packet.may_be_sent_by(from, Version::V5)) {
                    continue;
                }
                let options = DecodeOptions { sender: from, ..DecodeOptions::DEFAULT };
                let expected = match (sender(packet, code), from) {
                    (None, _) => Some(ErrorKind::ReasonCode),
                    (Some("client"), Some(Sender::Server))
                    | (Some("server"), Some(Sender::Client)) => Some(ErrorKind::ReasonCodeSender),
                    _ => None,
                };
                match decode(&frame, Some(Version::V5), &options) {
                    Ok(Status::Complete(decoded)) => {
                        assert_eq!(expected, None, "{packet} {code:#x} from {from:?}");
                        check_again(&frame, Some(Version::V5), &decoded.packet);
                        legal += 1;
                    }
                    Ok(other) => panic!("{other:?}"),
                    Err(error) => {
                        assert_eq!(
                            Some(error.kind()),
                            expected,
                            "{packet} {code:#x} from {from:?}"
                        );
                        assert_eq!(error.offset(), at);
                    }
                }
            }
        }
    }
    assert!(legal > 150);
}

#[test]
fn every_return_code_of_3_1_1() {
    let rows: Vec<_> = table(include_str!("../spec/return-codes-v311.tsv")).collect();
    for version in [Version::V31, Version::V311] {
        for code in 0..=u8::MAX {
            for (name, frame, at) in
                [("CONNACK", vec![0x20, 2, 0, code], 3), ("SUBACK", vec![0x90, 3, 0, 1, code], 4)]
            {
                let is_legal = rows.iter().any(|row| {
                    let exact = row[1].len() == 4 && number(row[1]) == code;
                    // 3.1 has no failure in SUBACK.
                    row[0] == name && exact && !(version == Version::V31 && code == 0x80)
                });
                match decode(&frame, Some(version), &DecodeOptions::DEFAULT) {
                    Ok(Status::Complete(decoded)) => {
                        assert!(is_legal, "{name} {code:#x} of {version}");
                        check_again(&frame, Some(version), &decoded.packet);
                    }
                    Ok(other) => panic!("{other:?}"),
                    Err(error) => {
                        assert!(!is_legal, "{name} {code:#x} of {version}");
                        assert_eq!((error.kind(), error.offset()), (ErrorKind::ReasonCode, at));
                    }
                }
            }
        }
    }
}

/// A packet around a property section, and the offset of its first property. `None` stands for the
/// will of a CONNECT.
fn with_properties(packet: Option<PacketType>, section: &[u8]) -> Option<(Vec<u8>, usize)> {
    use PacketType as P;
    let (first, before, after): (u8, &[u8], &[u8]) = match packet {
        None => (0x10, b"\0\x04MQTT\x05\x04\0\0\0\0\0", b"\0\x01w\0\0"),
        Some(P::Connect) => (0x10, b"\0\x04MQTT\x05\0\0\0", b"\0\0"),
        Some(P::ConnAck) => (0x20, b"\0\0", b""),
        Some(P::Publish) => (0x30, b"\0\x01a", b""),
        Some(P::PubAck) => (0x40, b"\0\x01\0", b""),
        Some(P::PubRec) => (0x50, b"\0\x01\0", b""),
        Some(P::PubRel) => (0x62, b"\0\x01\0", b""),
        Some(P::PubComp) => (0x70, b"\0\x01\0", b""),
        Some(P::Subscribe) => (0x82, b"\0\x01", b"\0\x01a\0"),
        Some(P::SubAck) => (0x90, b"\0\x01", b"\0"),
        Some(P::Unsubscribe) => (0xA2, b"\0\x01", b"\0\x01a"),
        Some(P::UnsubAck) => (0xB0, b"\0\x01", b"\0"),
        Some(P::Disconnect) => (0xE0, b"\0", b""),
        Some(P::Auth) => (0xF0, b"\0", b""),
        Some(P::PingReq | P::PingResp) => return None,
    };
    let body = [before, &[section.len() as u8], section, after].concat();
    Some(([&[first, body.len() as u8], body.as_slice()].concat(), 2 + before.len() + 1))
}

/// A legal value of this type.
fn value(kind: &str) -> &'static [u8] {
    match kind {
        "byte" => &[1],
        "two_byte_int" => &[0, 1],
        "four_byte_int" => &[0, 0, 0, 1],
        "varint" => &[1],
        "utf8_string" | "binary" => b"\0\x01x",
        "utf8_pair" => b"\0\x01x\0\x01y",
        _ => panic!("{kind}"),
    }
}

#[test]
fn every_property_identifier_in_every_packet() {
    let rows: Vec<_> = table(include_str!("../spec/properties-v5.tsv")).collect();
    assert_eq!(rows.len(), PropertyId::ALL.len());
    let sections = packet_types().map(Some).chain([None]);
    let mut legal = 0;
    for packet in sections {
        let section_name = packet.map_or("WILL", PacketType::name);
        for id in 0..=u8::MAX {
            let row = rows.iter().find(|row| number(row[0]) == id);
            let value = row.map_or(&[][..], |row| value(row[2]));
            let mut once = [&[id], value].concat();
            // Data needs a method beside it.
            let alone = id == PropertyId::AuthenticationData as u8
                && matches!(packet, Some(PacketType::Connect | PacketType::ConnAck));
            if alone {
                once.extend([PropertyId::AuthenticationMethod as u8, 0, 0]);
            }
            let Some((frame, at)) = with_properties(packet, &once) else { continue };
            let allowed = row.is_some_and(|row| row[3].split(',').any(|of| of == section_name));
            match decode(&frame, Some(Version::V5), &DecodeOptions::DEFAULT) {
                Ok(Status::Complete(decoded)) => {
                    assert!(allowed, "{section_name} {id:#x}");
                    check_again(&frame, Some(Version::V5), &decoded.packet);
                }
                Ok(other) => panic!("{other:?}"),
                Err(error) => {
                    assert!(!allowed, "{section_name} {id:#x}: {error}");
                    let expected = match row {
                        Some(_) => ErrorKind::PropertyNotAllowed,
                        None => ErrorKind::PropertyUnknown,
                    };
                    assert_eq!((error.kind(), error.offset()), (expected, at), "{error}");
                    continue;
                }
            }
            legal += 1;
            let twice = [&once[..], &[id], value].concat();
            let (frame, at) = with_properties(packet, &twice).expect("as before");
            let repeats = row.is_some_and(|row| {
                row[4] == "yes" || row[4].contains(&format!("{section_name}=yes"))
            });
            match decode(&frame, Some(Version::V5), &DecodeOptions::DEFAULT) {
                Ok(_) => assert!(repeats, "{section_name} {id:#x} twice"),
                Err(error) => {
                    assert!(!repeats, "{section_name} {id:#x} twice: {error}");
                    let expected = (ErrorKind::PropertyDuplicate, at + once.len());
                    assert_eq!((error.kind(), error.offset()), expected);
                }
            }
        }
    }
    assert_eq!(legal, rows.iter().map(|row| row[3].split(',').count()).sum::<usize>());
}
