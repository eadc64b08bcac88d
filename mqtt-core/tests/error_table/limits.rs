//! Every row of `limits.tsv`: what the codec makes of bytes at the limit and beyond it.

use std::collections::BTreeSet;

use mqtt_core::ErrorKind as K;
use mqtt_core::{
    DecodeOptions, EncodeError, ErrorKind, Limits, PacketType, Publish, PublishWriter, ReasonCode,
    Response, Status, Version, decode,
};

use crate::limit_cases::Case::{Below, Code, Old, OtherCode, Session, Taken, Transport};
use crate::limit_cases::cases;
use crate::support::{CLOSE, Table, Wire, byte, unwritable, v5};

/// Functions of this file that a case may name.
const BELOW: &[&str] = &[
    "the_longest_packet",
    "lengths_at_their_borders",
    "fields_that_cannot_be_encoded",
    "levels_without_a_limit",
    "the_first_packet",
    "a_connect_that_is_too_large",
];

/// Kinds that no limit of the standard is behind.
const OTHER_KINDS: &[(ErrorKind, &str)] = &[
    (K::ExpectedConnect, "L44; the version is not known, so that it has no code"),
    (K::PacketDirection, "the table of packets"),
    (K::FilterCount, "a limit of ours"),
    (K::UserPropertyCount, "a limit of ours"),
    (K::ReasonCodeSender, "the table of reason codes"),
    (K::ResponseTopicEmpty, "the table of properties"),
    (K::PayloadNotUtf8, "the table of properties"),
];

/// The codes in a cell like `0x82 for value 0; 0x93 when exceeded`, each with its words.
fn codes(cell: &str) -> Vec<(u8, &str)> {
    let parts = cell.split("; ").filter(|part| *part != "-");
    parts
        .map(|part| {
            let (code, words) = part.split_once(' ').unwrap_or((part, ""));
            (byte(code).expect("a code"), words)
        })
        .collect()
}

/// The refusal of a packet.
#[track_caller]
fn refusal(limit: &str, wire: Wire<'_>, kind: ErrorKind) -> (ReasonCode, Response) {
    let error = match wire.decode() {
        Ok(packet) => panic!("{limit}: {packet:?} is taken"),
        Err(error) => error,
    };
    assert_eq!(error.kind(), kind, "{limit}: {error}");
    (error.reason_code(), error.response())
}

#[test]
fn every_limit_of_the_table_is_enforced_or_somebody_elses() {
    let table = Table::of_spec("limits.tsv");
    let cases = cases();
    let listed: BTreeSet<_> = cases.iter().map(|(limit, _)| *limit).collect();
    assert_eq!(listed, table.rows().map(|row| row.get("id")).collect());
    for row in table.rows() {
        let limit = row.get("id");
        let of_table = codes(row.get("reason_v5"));
        for (_, case) in cases.iter().filter(|(of, _)| *of == limit) {
            match *case {
                Code(wire, kind, words) => {
                    assert_ne!(row.get("version"), "3.1.1", "{limit}");
                    let expected = of_table.iter().find(|code| code.1 == words);
                    let expected = expected.unwrap_or_else(|| panic!("{limit}: no code {words}"));
                    let (reason, response) = refusal(limit, wire, kind);
                    assert_eq!(reason, ReasonCode(expected.0), "{limit}");
                    let sent = match kind {
                        // 3.1.1 asks for an answer, 5.0 leaves it open.
                        ErrorKind::ProtocolLevel => [Response::ConnAck(ReasonCode(0x01)); 2],
                        _ => [Response::ConnAck(reason), Response::Disconnect(reason)],
                    };
                    assert!(sent.contains(&response), "{limit}: {response:?}");
                }
                OtherCode(wire, kind, code, why) => {
                    let (reason, _) = refusal(limit, wire, kind);
                    assert_eq!(reason, ReasonCode(code), "{limit}: {why}");
                    assert!(!of_table.iter().any(|of| of.0 == code), "{limit}: as in the table");
                }
                Old(wire, kind, expected) => {
                    assert_ne!(row.get("version"), "5.0", "{limit}");
                    let (_, response) = refusal(limit, wire, kind);
                    assert_eq!(response, expected, "{limit}");
                }
                Taken(wire) => assert!(wire.decode().is_ok(), "{limit}"),
                Below(function) => assert!(BELOW.contains(&function), "{limit}: {function}"),
                Session | Transport => {}
            }
        }
    }
}

#[test]
fn both_versions_of_a_limit_are_tried() {
    let cases = cases();
    for row in Table::of_spec("limits.tsv").rows() {
        let of_row = || cases.iter().filter(|(limit, _)| *limit == row.get("id"));
        let elsewhere = of_row().any(|(_, case)| matches!(case, Below(_) | Session | Transport));
        let new = of_row().any(|(_, case)| matches!(case, Code(..) | OtherCode(..)));
        let old = of_row().any(|(_, case)| matches!(case, Old(..)));
        let taken = of_row().any(|(_, case)| matches!(case, Taken(_)));
        match row.get("version") {
            _ if elsewhere => {}
            "5.0" => assert!(new || taken, "{}", row.get("id")),
            "3.1.1" => assert!(old || taken, "{}", row.get("id")),
            _ => assert!((new && old) || taken, "{}", row.get("id")),
        }
    }
}

#[test]
fn every_kind_has_a_limit_or_another_origin() {
    let mut kinds: Vec<_> = OTHER_KINDS.iter().map(|(kind, _)| *kind).collect();
    for (limit, case) in cases() {
        if let Code(_, kind, _) | OtherCode(_, kind, ..) | Old(_, kind, _) = case {
            let other = OTHER_KINDS.iter().any(|(other, _)| *other == kind);
            assert!(!other, "{limit}: {kind:?} has one");
            kinds.push(kind);
        }
    }
    let found: BTreeSet<_> = kinds.into_iter().collect();
    assert_eq!(found, ErrorKind::ALL.iter().copied().collect());
}

#[test]
fn the_longest_packet() {
    // Its header is legal, and all of its 268,435,455 bytes are still to come.
    for (version, head) in [(Version::V5, 4), (Version::V311, 3)] {
        let header = [0x30, 0xFF, 0xFF, 0xFF, 0x7F];
        match decode(&header, Some(version), &DecodeOptions::DEFAULT) {
            Ok(Status::Incomplete { needed }) => assert_eq!(needed.get(), 268_435_455),
            other => panic!("{other:?}"),
        }
        let publish = Publish { topic: "t", ..Publish::default() };
        let mut out = [0; 16];
        let payload = 268_435_455 - head;
        let begun = PublishWriter::begin(&publish, payload, version, &mut out);
        assert_eq!(begun.expect("it fits").1, 5 + head as usize);
        assert_eq!(out[..5], header);
        let begun = PublishWriter::begin(&publish, payload + 1, version, &mut out);
        let error = EncodeError::PacketTooLarge { size: 268_435_461, limit: 268_435_460 };
        assert_eq!(begun.err(), Some(error));
    }
}

#[test]
fn lengths_at_their_borders() {
    let borders: &[(&[u8], usize)] = &[
        (&[0x00], 0),
        (&[0x7F], 127),
        (&[0x80, 0x01], 128),
        (&[0xFF, 0x7F], 16_383),
        (&[0x80, 0x80, 0x01], 16_384),
        (&[0xFF, 0xFF, 0x7F], 2_097_151),
        (&[0x80, 0x80, 0x80, 0x01], 2_097_152),
        (&[0xFF, 0xFF, 0xFF, 0x7F], 268_435_455),
    ];
    for version in [Version::V5, Version::V311] {
        for (form, length) in borders {
            let header = [&[0xC0], *form].concat();
            match decode(&header, Some(version), &DecodeOptions::DEFAULT) {
                Ok(Status::Incomplete { needed }) => assert_eq!(needed.get(), *length),
                Ok(Status::Complete(decoded)) => assert_eq!((*length, decoded.consumed), (0, 2)),
                Err(error) => panic!("{header:02X?}: {error}"),
            }
        }
    }
}

#[test]
fn fields_that_cannot_be_encoded() {
    use mqtt_core::{Connect, Properties, Property, Will};
    let long = "x".repeat(65_536);
    let bytes = long.as_bytes();
    let error = |packet, property| EncodeError::FieldTooLong { packet, property, len: 65_536 };
    let connect = Connect { clean_start: true, ..Connect::default() };
    let will = Some(Will { topic: "w", payload: bytes, ..Will::default() });
    for version in [Version::V5, Version::V311] {
        let connect = Connect { version, user_name: Some("u"), ..connect };
        let connects = [
            Connect { client_id: &long, ..connect },
            Connect { user_name: Some(&long), ..connect },
            Connect { password: Some(bytes), ..connect },
            Connect { will, ..connect },
        ];
        for connect in connects {
            unwritable(version, connect, error(PacketType::Connect, None));
        }
    }
    let properties = [
        (PacketType::Publish, Property::CorrelationData(bytes)),
        (PacketType::Publish, Property::ContentType(&long)),
        (PacketType::Publish, Property::UserProperty("k", &long)),
        (PacketType::Auth, Property::AuthenticationData(bytes)),
    ];
    for (packet, property) in properties {
        let list = [property];
        let error = error(packet, Some(property.id()));
        let properties = Properties::new(&list);
        if packet == PacketType::Auth {
            let reason = ReasonCode::CONTINUE_AUTHENTICATION;
            unwritable(Version::V5, mqtt_core::Auth { reason, properties }, error);
        } else {
            let publish = Publish { topic: "t", properties, ..Publish::default() };
            unwritable(Version::V5, publish, error);
        }
    }
}

#[test]
fn levels_without_a_limit() {
    // 65,535 slashes are 65,536 levels: as many as a string can hold.
    let mut bytes = vec![0x30, 0x82, 0x80, 0x04, 0xFF, 0xFF];
    bytes.extend([b'/'; 65_535]);
    bytes.push(0); // no properties
    let all = Limits { max_topic_levels: 65_536, ..Limits::DEFAULT };
    assert!(v5(&bytes).within(all).decode().is_ok());
    let error = v5(&bytes).decode().unwrap_err(); // the default is a limit of ours
    assert_eq!(error.kind(), ErrorKind::TopicLevels);
}

#[test]
fn the_first_packet() {
    let of_table = Table::of_spec("limits.tsv");
    let row = of_table.rows().find(|row| row.get("id") == "L44").expect("a row");
    for number in 2..=15_u8 {
        let flags = if let 6 | 8 | 10 = number { 2 } else { 0 };
        let bytes = [number << 4 | flags, 0x00];
        let error = decode(&bytes, None, &DecodeOptions::DEFAULT).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::ExpectedConnect, 0));
        assert_eq!(error.reason_code(), ReasonCode(row.byte("reason_v5")));
        assert_eq!(error.response(), CLOSE); // no version, no DISCONNECT yet
    }
}

#[test]
fn a_connect_that_is_too_large() {
    // The header is enough to refuse it, but not to know the version.
    let limits = Limits { max_packet_size: 64, ..Limits::DEFAULT };
    let options = DecodeOptions { limits, ..DecodeOptions::DEFAULT };
    let error = decode(&[0x10, 0x3F], None, &options).unwrap_err();
    let found = (error.kind(), error.offset(), error.reason_code(), error.response());
    assert_eq!(found, (K::PacketTooLarge, 1, ReasonCode(0x95), CLOSE));
    assert!(matches!(decode(&[0x10, 0x3E], None, &options), Ok(Status::Incomplete { .. })));
}

#[test]
fn faults_that_5_0_does_not_have_are_counted_under_a_code_of_5_0() {
    for (_, case) in cases() {
        let Old(wire, kind, _) = case else {
            continue;
        };
        let code = match kind {
            K::PasswordWithoutUserName => 0x81,
            K::ClientIdEmpty | K::ClientIdTooLong => 0x85,
            _ => continue,
        };
        assert_eq!(wire.decode().unwrap_err().reason_code(), ReasonCode(code), "{kind:?}");
    }
}
