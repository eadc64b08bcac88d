//! Every packet type against `packets.tsv`: flags, direction, and the shortest body.

use mqtt_core::{ConnAck, EncodeError, ErrorKind, PacketType, ReasonCode, Sender, Version};

use crate::support::{Row, Table, on, packet_type, unwritable};

/// The shortest legal packet of each type, in the order of their numbers; `None` where there is no
/// such packet.
fn shortest(version: Version, packet: PacketType) -> Option<&'static [u8]> {
    let v5 = version == Version::V5;
    Some(match packet {
        PacketType::Connect if v5 => b"\x10\x0D\0\x04MQTT\x05\0\0\0\0\0\0",
        PacketType::Connect => b"\x10\x0C\0\x04MQTT\x04\x02\0\0\0\0",
        PacketType::ConnAck if v5 => b"\x20\x03\0\0\0",
        PacketType::ConnAck => b"\x20\x02\0\0",
        PacketType::Publish if v5 => b"\x30\x04\0\x01t\0",
        PacketType::Publish => b"\x30\x03\0\x01t",
        PacketType::PubAck => b"\x40\x02\0\x01",
        PacketType::PubRec => b"\x50\x02\0\x01",
        PacketType::PubRel => b"\x62\x02\0\x01",
        PacketType::PubComp => b"\x70\x02\0\x01",
        PacketType::Subscribe if v5 => b"\x82\x07\0\x01\0\0\x01a\0",
        PacketType::Subscribe => b"\x82\x06\0\x01\0\x01a\0",
        PacketType::SubAck if v5 => b"\x90\x04\0\x01\0\0",
        PacketType::SubAck => b"\x90\x03\0\x01\0",
        PacketType::Unsubscribe if v5 => b"\xA2\x06\0\x01\0\0\x01a",
        PacketType::Unsubscribe => b"\xA2\x05\0\x01\0\x01a",
        PacketType::UnsubAck if v5 => b"\xB0\x04\0\x01\0\0",
        PacketType::UnsubAck => b"\xB0\x02\0\x01",
        PacketType::PingReq => b"\xC0\x00",
        PacketType::PingResp => b"\xD0\x00",
        PacketType::Disconnect => b"\xE0\x00",
        PacketType::Auth if v5 => b"\xF0\x00",
        PacketType::Auth => return None,
    })
}

/// The columns of a version: direction, and the shortest body.
fn columns(version: Version) -> (&'static str, &'static str) {
    if version == Version::V5 {
        ("direction_v5", "min_remaining_length_v5")
    } else {
        ("direction_v311", "remaining_length_v311")
    }
}

/// Every packet type of the table.
fn for_each(mut check: impl FnMut(Row<'_>, PacketType, Version)) {
    let table = Table::of_spec("packets.tsv");
    assert_eq!(table.rows().count(), 16);
    for row in table.rows().filter(|row| row.get("name") != "RESERVED") {
        let packet = packet_type(row.get("name"));
        assert_eq!(row.get("type"), (packet as u8).to_string());
        for version in [Version::V311, Version::V5] {
            check(row, packet, version);
        }
    }
}

#[test]
fn flags_are_those_of_the_table() {
    for_each(|row, packet, version| {
        let (Some(bytes), Ok(flags)) =
            (shortest(version, packet), u8::from_str_radix(row.get("flags"), 2))
        else {
            return; // PUBLISH has flags of its own, and 3.1.1 has no AUTH
        };
        let mut bytes = bytes.to_vec();
        for found in 0..16 {
            bytes[0] = (packet as u8) << 4 | found;
            let error = on(version, &bytes).decode().err().map(|error| error.kind());
            let expected = (found != flags).then_some(ErrorKind::FixedHeaderFlags);
            assert_eq!(error, expected, "{packet} with flags {found:04b}");
        }
    });
}

#[test]
fn directions_are_those_of_the_table() {
    for_each(|row, packet, version| {
        let direction = row.get(columns(version).0);
        for (sender, only) in
            [(Sender::Client, "client_to_server"), (Sender::Server, "server_to_client")]
        {
            let legal = direction == "both" || direction == only;
            assert_eq!(packet.may_be_sent_by(sender, version), legal, "{packet} from {sender:?}");
            let Some(bytes) = shortest(version, packet) else {
                assert_eq!(direction, "forbidden");
                let error = on(version, &[0xF0, 0x00]).decode().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::PacketTypeReserved);
                continue;
            };
            let found = on(version, bytes).sent_by(sender).decode();
            let kind = found.err().map(|error| error.kind());
            let expected = match (legal, packet, sender) {
                (false, ..) => Some(ErrorKind::PacketDirection),
                // The shortest AUTH stands for 0x00, which only a server sends.
                (true, PacketType::Auth, Sender::Client) => Some(ErrorKind::ReasonCodeSender),
                (true, ..) => None,
            };
            assert_eq!(kind, expected, "{packet} from {sender:?}");
        }
    });
}

#[test]
fn the_shortest_bodies_are_those_of_the_table() {
    for_each(|row, packet, version| {
        let Some(bytes) = shortest(version, packet) else {
            return;
        };
        let text = row.get(columns(version).1).trim_start_matches(">=");
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        let least: usize = digits.parse().expect("a length");
        assert_eq!(bytes.len(), 2 + least, "{packet}");
        assert!(on(version, bytes).decode().is_ok(), "{packet}");
        for len in 0..least {
            let mut shorter = bytes[..2 + len].to_vec();
            shorter[1] = len as u8;
            assert!(on(version, &shorter).decode().is_err(), "{packet} with {len} bytes");
        }
    });
}

/// Packets that say all they can, each a byte too long.
const TOO_LONG: &[(Version, &[u8])] = &[
    (Version::V5, b"\x10\x0E\0\x04MQTT\x05\0\0\0\0\0\0!"),
    (Version::V5, b"\x20\x04\0\0\0!"),
    (Version::V5, b"\x40\x05\0\x01\x80\0!"),
    (Version::V5, b"\x50\x05\0\x01\x80\0!"),
    (Version::V5, b"\x62\x05\0\x01\x92\0!"),
    (Version::V5, b"\x70\x05\0\x01\x92\0!"),
    (Version::V5, b"\xC0\x01!"),
    (Version::V5, b"\xD0\x01!"),
    (Version::V5, b"\xE0\x03\x04\0!"),
    (Version::V5, b"\xF0\x03\x18\0!"),
    (Version::V311, b"\x10\x0D\0\x04MQTT\x04\x02\0\0\0\0!"),
    (Version::V311, b"\x20\x03\0\0!"),
    (Version::V311, b"\x40\x03\0\x01!"),
    (Version::V311, b"\x50\x03\0\x01!"),
    (Version::V311, b"\x62\x03\0\x01!"),
    (Version::V311, b"\x70\x03\0\x01!"),
    (Version::V311, b"\xB0\x03\0\x01!"),
    (Version::V311, b"\xC0\x01!"),
    (Version::V311, b"\xD0\x01!"),
    (Version::V311, b"\xE0\x01!"),
];

#[test]
fn no_bytes_are_left_after_the_last_field() {
    for (version, bytes) in TOO_LONG {
        let error = on(*version, bytes).decode().unwrap_err();
        let found = (error.kind(), error.offset(), error.reason_code());
        let expected = (ErrorKind::TrailingBytes, bytes.len() - 1, ReasonCode(0x81));
        assert_eq!(found, expected, "{bytes:02X?}");
        let mut right = bytes[..bytes.len() - 1].to_vec();
        right[1] -= 1;
        assert!(on(*version, &right).decode().is_ok(), "{right:02X?}");
    }
}

#[test]
fn type_0_is_reserved() {
    for version in [Version::V311, Version::V5] {
        for first in 0..16 {
            let error = on(version, &[first, 0x00]).decode().unwrap_err();
            assert_eq!((error.kind(), error.packet()), (ErrorKind::PacketTypeReserved, None));
        }
    }
}

#[test]
fn session_present_is_new_in_3_1_1() {
    let present = ConnAck { session_present: true, ..ConnAck::default() };
    on(Version::V311, &[0x20, 2, 1, 0]).is(present);
    let error = on(Version::V31, &[0x20, 2, 1, 0]).decode().unwrap_err();
    assert_eq!((error.kind(), error.offset()), (ErrorKind::ConnAckFlags, 2));
    let error = EncodeError::NotInVersion { packet: PacketType::ConnAck, version: Version::V31 };
    unwritable(Version::V31, present, error);
}
