//! Every code in every packet from every side, against `reason-codes-v5.tsv` and
//! `return-codes-v311.tsv`.

use std::collections::BTreeMap;

use mqtt_core::{
    Auth, ConnAck, Disconnect, EncodeError, ErrorKind, Packet, PacketType, PubAck, PubComp, PubRec,
    PubRel, ReasonCode, ReasonCodes, Sender, SubAck, UnsubAck, Version,
};

use crate::support::{
    CLOSE, Table, byte, disconnect, id, invalid, on, packet_type, packet_types, unwritable, v5,
    v311, written,
};

/// A side that the codec lets send a code although the table of the packet does not list it.
const EXCEPTIONS: &[(u8, PacketType, Sender, &str)] = &[(
    0x9B,
    PacketType::Disconnect,
    Sender::Client,
    "section 3.3.4 lets a client send it, against table 3-10",
)];

/// What `reason-codes-v5.tsv` says of a code in a packet: the name, and the side that sends it.
fn codes_v5() -> BTreeMap<(PacketType, u8), (String, String)> {
    let mut codes = BTreeMap::new();
    for row in Table::of_spec("reason-codes-v5.tsv").rows() {
        let senders = row.list("sender_by_packet", ';');
        for name in row.list("packets", ',') {
            let sender = senders.iter().find_map(|it| it.strip_prefix(&format!("{name}=")));
            let sender = sender.expect("a sender for each packet").to_owned();
            let entry = (row.get("name").to_owned(), sender);
            let before = codes.insert((packet_type(name), row.byte("code")), entry);
            assert_eq!(before, None, "{name}");
        }
    }
    codes
}

fn may_send(sender: Sender, of_table: &str) -> bool {
    match of_table {
        "both" | "unstated" => true, // where the standard contradicts itself, take it
        "client" => sender == Sender::Client,
        "server" => sender == Sender::Server,
        other => panic!("sender {other}"),
    }
}

/// A packet of 5.0 with this code, and where in it the code is.
fn with_code_v5(packet: PacketType, code: u8) -> Option<(Vec<u8>, usize)> {
    Some(match packet {
        PacketType::ConnAck => (vec![0x20, 3, 0, code, 0], 3),
        PacketType::PubAck => (vec![0x40, 3, 0, 1, code], 4),
        PacketType::PubRec => (vec![0x50, 3, 0, 1, code], 4),
        PacketType::PubRel => (vec![0x62, 3, 0, 1, code], 4),
        PacketType::PubComp => (vec![0x70, 3, 0, 1, code], 4),
        PacketType::SubAck => (vec![0x90, 4, 0, 1, 0, code], 5),
        PacketType::UnsubAck => (vec![0xB0, 4, 0, 1, 0, code], 5),
        PacketType::Disconnect => (vec![0xE0, 1, code], 2),
        PacketType::Auth => (vec![0xF0, 2, code, 0], 2),
        _ => return None,
    })
}

/// The packet of those bytes.
fn packet_of(packet: PacketType, codes: &[ReasonCode; 1]) -> Packet<'_> {
    let reason = codes[0];
    let reasons = ReasonCodes::new(codes);
    match packet {
        PacketType::ConnAck => ConnAck { reason, ..ConnAck::default() }.into(),
        PacketType::PubAck => PubAck { reason, ..PubAck::new(id(1)) }.into(),
        PacketType::PubRec => PubRec { reason, ..PubRec::new(id(1)) }.into(),
        PacketType::PubRel => PubRel { reason, ..PubRel::new(id(1)) }.into(),
        PacketType::PubComp => PubComp { reason, ..PubComp::new(id(1)) }.into(),
        PacketType::SubAck => SubAck { reasons, ..SubAck::new(id(1)) }.into(),
        PacketType::UnsubAck => UnsubAck { reasons, ..UnsubAck::new(id(1)) }.into(),
        PacketType::Disconnect => Disconnect { reason, ..Disconnect::default() }.into(),
        PacketType::Auth => Auth { reason, ..Auth::default() }.into(),
        other => panic!("{other} has no code"),
    }
}

#[test]
fn codes_of_5_0_are_legal_where_the_table_lists_them() {
    let table = codes_v5();
    assert_eq!(table.len(), 96);
    for packet in packet_types() {
        for code in 0..=255 {
            let entry = table.get(&(packet, code));
            let reason = ReasonCode(code);
            assert_eq!(reason.is_legal(packet, Version::V5), entry.is_some(), "{packet} {reason}");
            let name = entry.map(|(name, _)| name.as_str());
            assert_eq!(reason.name(packet, Version::V5), name, "{packet} {reason}");
            let Some((bytes, at)) = with_code_v5(packet, code) else {
                assert_eq!(entry, None, "{packet} {reason}");
                continue;
            };
            let codes = [reason];
            let value = packet_of(packet, &codes);
            if entry.is_some() {
                v5(&bytes).means(value);
                v5(&written(Version::V5, value)).means(value);
            } else {
                let error = v5(&bytes).decode().unwrap_err();
                assert_eq!((error.kind(), error.offset()), (ErrorKind::ReasonCode, at));
                assert_eq!(error.response(), disconnect(0x82), "{packet} {reason}");
                unwritable(Version::V5, value, invalid(packet, ErrorKind::ReasonCode));
            }
        }
    }
}

#[test]
fn codes_of_5_0_are_legal_from_the_sides_that_the_table_names() {
    let table = codes_v5();
    let mut used = vec![false; EXCEPTIONS.len()];
    for ((packet, code), (_, of_table)) in &table {
        let (bytes, at) = with_code_v5(*packet, *code).expect("a packet with a code");
        for sender in [Sender::Client, Sender::Server] {
            let exception = EXCEPTIONS.iter().position(|(of_code, of_packet, from, _)| {
                (of_code, of_packet, *from) == (code, packet, sender)
            });
            let mut legal = may_send(sender, of_table);
            if let Some(index) = exception {
                assert!(!legal, "{packet} {code:#04x}: not an exception any more");
                used[index] = true;
                legal = true;
            }
            let wire = v5(&bytes).sent_by(sender);
            let reason = ReasonCode(*code);
            assert_eq!(
                reason.may_be_sent_by(sender, *packet, Version::V5),
                legal,
                "{packet} {reason}"
            );
            let kind = if legal {
                None
            } else if packet.may_be_sent_by(sender, Version::V5) {
                Some((ErrorKind::ReasonCodeSender, at))
            } else {
                Some((ErrorKind::PacketDirection, 0))
            };
            match (wire.decode(), kind) {
                (Ok(_), None) => {}
                (Err(error), Some(expected)) => {
                    assert_eq!((error.kind(), error.offset()), expected, "{packet} {reason}");
                    assert_eq!(error.response(), disconnect(0x82), "{packet} {reason}");
                }
                (found, _) => panic!("{packet} {reason} from {sender:?}: {found:?}"),
            }
        }
    }
    assert!(used.iter().all(|used| *used), "an exception for a code that is not there");
}

/// What `return-codes-v311.tsv` says: packet, code, name. Ranges of reserved codes are left out.
fn codes_v311() -> BTreeMap<(PacketType, u8), String> {
    let table = Table::of_spec("return-codes-v311.tsv");
    let legal = table.rows().filter(|row| row.get("class") != "reserved");
    legal
        .map(|row| {
            let code = byte(row.get("code")).expect("a single code");
            ((packet_type(row.get("packet")), code), row.get("name").to_owned())
        })
        .collect()
}

#[test]
fn codes_of_3_1_1_are_legal_where_the_table_lists_them() {
    let table = codes_v311();
    assert_eq!(table.len(), 10);
    for packet in packet_types() {
        for code in 0..=255 {
            let name = table.get(&(packet, code)).map(String::as_str);
            let reason = ReasonCode(code);
            assert_eq!(reason.is_legal(packet, Version::V311), name.is_some(), "{packet} {reason}");
            assert_eq!(reason.name(packet, Version::V311), name, "{packet} {reason}");
            // CONNACK and SUBACK come from servers alone.
            for (sender, sends) in [(Sender::Client, false), (Sender::Server, true)] {
                let may = reason.may_be_sent_by(sender, packet, Version::V311);
                assert_eq!(may, sends && name.is_some(), "{packet} {reason}");
            }
            let (bytes, at, statement) = match packet {
                PacketType::ConnAck => (vec![0x20, 2, 0, code], 3, "section 3.2.2.3"),
                PacketType::SubAck => (vec![0x90, 3, 0, 1, code], 4, "MQTT-3.9.3-2"),
                _ => continue,
            };
            let codes = [reason];
            let value = packet_of(packet, &codes);
            if name.is_some() {
                v311(&bytes).is(value);
            } else {
                v311(&bytes).refused(ErrorKind::ReasonCode, at, statement, CLOSE);
                unwritable(Version::V311, value, invalid(packet, ErrorKind::ReasonCode));
            }
        }
    }
}

#[test]
fn other_packets_of_3_1_1_have_no_code() {
    for (packet, code) in codes_v5().into_keys() {
        if let PacketType::ConnAck | PacketType::SubAck = packet {
            continue;
        }
        // Success is what an acknowledgement and a DISCONNECT without a code stand for.
        let said = code != 0 || matches!(packet, PacketType::UnsubAck | PacketType::Auth);
        let codes = [ReasonCode(code)];
        let value = packet_of(packet, &codes);
        for version in [Version::V311, Version::V31] {
            if said {
                unwritable(version, value, EncodeError::NotInVersion { packet, version });
            } else {
                on(version, &written(version, value)).means(value);
            }
        }
    }
}

#[test]
fn only_the_failure_of_suback_is_new_in_3_1_1() {
    for packet in packet_types() {
        for code in 0..=255 {
            let failure = (packet, code) == (PacketType::SubAck, 0x80);
            let (old, new) = (Version::V31, Version::V311);
            let reason = ReasonCode(code);
            assert_eq!(reason.is_legal(packet, old), reason.is_legal(packet, new) && !failure);
        }
    }
    let error = on(Version::V31, &[0x90, 3, 0, 1, 0x80]).decode().unwrap_err();
    assert_eq!((error.kind(), error.response()), (ErrorKind::ReasonCode, CLOSE));
}

#[test]
fn the_rules_for_codes_are_constants() {
    const REFUSED: ReasonCode = ReasonCode::NOT_AUTHORIZED;
    const LEGAL: bool = REFUSED.is_legal(PacketType::SubAck, Version::V5);
    const OF_CLIENT: bool =
        REFUSED.may_be_sent_by(Sender::Client, PacketType::Disconnect, Version::V5);
    const NAME: Option<&str> = REFUSED.name(PacketType::ConnAck, Version::V5);
    assert_eq!((LEGAL, OF_CLIENT, NAME), (true, false, Some("not_authorized")));
}

#[test]
fn codes_of_5_0_become_codes_of_3_1_1_of_the_same_class() {
    let legal = codes_v311();
    for code in 0..=255 {
        let Some(v3) = ReasonCode(code).to_v3_connack() else {
            assert_ne!(code, 0);
            continue;
        };
        assert!(legal.contains_key(&(PacketType::ConnAck, v3.0)), "{code:#04x}");
        assert!(ReasonCode(code).is_legal(PacketType::ConnAck, Version::V5), "{code:#04x}");
        assert_eq!(v3.0 == 0, code == 0);
    }
}
