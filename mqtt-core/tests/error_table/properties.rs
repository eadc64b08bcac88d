//! Every property in every packet, against `properties-v5.tsv`: where it may be, how often, with
//! which values, from which side, and the code for each condition.

use std::collections::BTreeSet;

use mqtt_core::{
    Connect, EncodeError, ErrorKind, Packet, PacketType, Properties, Property, PropertyId, QoS,
    ReasonCode, Sender, Strictness, Version,
};

use crate::sections::{
    SECTIONS, answer, company, packet, packet_of, packet_with, property_id, sample, section_with,
    value,
};
use crate::support::{Row, Table, Wire, byte, invalid_property, packet_type, unwritable, v5};

/// Conditions that take more than one packet to meet: they are for the session.
const OF_THE_SESSION: &[&str] = &[
    "feature_off",
    "nonzero_in_DISCONNECT_after_zero_in_CONNECT",
    "missing_after_empty_client_id",
    "missing@AUTH",
    "differs_from_CONNECT@AUTH",
    "unsupported",
    "not_requested",
    "sent_despite_problem_info_0",
    "exceeded",
    "exceeded@PUBLISH",
    "exceeded@WILL",
    "used_when_off",
    "used_when_off@PUBLISH",
    "used_when_off@WILL",
    "above_maximum",
    "unmapped_with_empty_topic",
];

/// Conditions that the tests of this file meet.
const OF_THE_CODEC: &[&str] = &[
    "wrong_packet",
    "bad_encoding",
    "duplicate",
    "duplicate@PUBLISH",
    "duplicate@WILL",
    "duplicate@SUBSCRIBE",
    "value_out_of_range",
    "zero",
    "wildcard",
    "empty",
    "payload_mismatch",
    "from_client@PUBLISH",
    "from_server@DISCONNECT",
    "without_method@CONNECT",
    "without_method@CONNACK",
];

/// Where the codec lets pass what the table rules out, and why.
const EXCEPTIONS: &[(&str, &str, &str)] =
    &[("server_reference", "from_client@DISCONNECT", "the standard names no error")];

fn excepted(name: &str, condition: &str) -> bool {
    EXCEPTIONS.iter().any(|it| (it.0, it.1) == (name, condition))
}

fn table() -> Table {
    Table::of_spec("properties-v5.tsv")
}

/// The code that the table gives for a condition, stated or derived, in a section or in all.
fn code(row: Row<'_>, condition: &str, section: &str) -> Option<u8> {
    let of_section = format!("{condition}@{section}");
    for column in ["errors", "derived_errors"] {
        for pair in row.list(column, ';') {
            let (found, code) = pair.split_once('=').expect("condition=code");
            if found == condition || found == of_section {
                return byte(code);
            }
        }
    }
    None
}

/// Refused for that kind, and for that property.
#[track_caller]
fn refused(
    wire: Wire<'_>,
    section: &str,
    kind: ErrorKind,
    offset: usize,
    id: PropertyId,
    code: u8,
) {
    let error = match wire.decode() {
        Ok(packet) => panic!("{id} is taken in {packet:?}"),
        Err(error) => error,
    };
    let found = (error.kind(), error.offset(), error.reason_code(), error.property());
    assert_eq!(found, (kind, offset, ReasonCode(code), Some(id)), "{section}: {error}");
    assert_eq!(error.response(), answer(section, code), "{section}: {error}");
    assert_eq!(error.packet(), Some(packet_of(section)));
}

#[test]
fn identifiers_and_names_are_those_of_the_table() {
    let table = table();
    let of_table: Vec<_> = table.rows().map(|row| (row.byte("code"), row.get("name"))).collect();
    let ours: Vec<_> = PropertyId::ALL.iter().map(|id| (*id as u8, id.name())).collect();
    assert_eq!(ours, of_table);
    assert_eq!(ours.len(), 27);
}

#[test]
fn every_condition_of_the_table_is_somebodys() {
    let mut met = BTreeSet::new();
    for row in table().rows() {
        for pair in [row.list("errors", ';'), row.list("derived_errors", ';')].concat() {
            let (condition, code) = pair.split_once('=').expect("condition=code");
            let ours = OF_THE_CODEC.contains(&condition);
            assert!(ours != OF_THE_SESSION.contains(&condition), "{condition}");
            assert!(!ours || byte(code).is_some(), "{condition}={code}");
            met.insert(condition.to_owned());
        }
        for section in row.list("packets", ',') {
            assert!(SECTIONS.contains(&section), "{section}");
        }
    }
    let listed: BTreeSet<_> =
        [OF_THE_CODEC, OF_THE_SESSION].concat().into_iter().map(str::to_owned).collect();
    assert_eq!(met, listed);
}

#[test]
fn each_property_is_legal_where_the_table_lists_it() {
    for row in table().rows() {
        let id = property_id(row);
        for section in SECTIONS {
            let listed = row.list("packets", ',').contains(section);
            let public = match *section {
                "WILL" => id.is_allowed_in_will(),
                other => id.is_allowed_in(packet_type(other)),
            };
            assert_eq!(public, listed, "{id} in {section}");
            let (bytes, at) = section_with(row, section, sample(row));
            let mut list = company(id, section).0;
            list.push(value(id));
            let packet = packet(section, Properties::new(&list));
            if listed {
                v5(&bytes).is(packet);
            } else {
                let code = code(row, "wrong_packet", section).expect("a code");
                refused(v5(&bytes), section, ErrorKind::PropertyNotAllowed, at, id, code);
                let kind = ErrorKind::PropertyNotAllowed;
                unwritable(Version::V5, packet, invalid_property(packet_of(section), kind, id));
            }
        }
    }
}

#[test]
fn no_property_is_legal_before_5_0() {
    for id in PropertyId::ALL {
        for section in SECTIONS.iter().filter(|section| **section != "AUTH") {
            let list = [value(*id)];
            let packet = match packet(section, Properties::new(&list)) {
                Packet::Connect(connect) => Connect { version: Version::V311, ..connect }.into(),
                packet => packet,
            };
            let error =
                EncodeError::NotInVersion { packet: packet_of(section), version: Version::V311 };
            // Before that, an UNSUBACK of 3.1.1 has no codes either.
            unwritable(Version::V311, packet, error);
        }
    }
}

#[test]
fn each_property_repeats_where_the_table_says_so() {
    for row in table().rows() {
        let id = property_id(row);
        for section in row.list("packets", ',') {
            let repeats = match row.get("repeat") {
                "yes" => true,
                "no" => false,
                per_packet => per_packet.contains(&format!("{section}=yes")),
            };
            let may = match section {
                "WILL" => id == PropertyId::UserProperty, // a will has no packet type of its own
                other => id.may_repeat_in(packet_type(other)),
            };
            assert_eq!(may, repeats, "{id} in {section}");
            let twice = [sample(row), &[row.byte("code")], sample(row)].concat();
            let (bytes, at) = section_with(row, section, &twice);
            let mut list = company(id, section).0;
            list.extend([value(id), value(id)]);
            let packet = packet(section, Properties::new(&list));
            if repeats {
                v5(&bytes).is(packet);
            } else {
                let code = code(row, "duplicate", section).expect("a code");
                let second = at + 1 + sample(row).len();
                refused(v5(&bytes), section, ErrorKind::PropertyDuplicate, second, id, code);
                let kind = ErrorKind::PropertyDuplicate;
                unwritable(Version::V5, packet, invalid_property(packet_of(section), kind, id));
            }
        }
    }
}

#[test]
fn each_value_has_the_type_of_the_table() {
    for row in table().rows() {
        let id = property_id(row);
        for section in row.list("packets", ',') {
            let code = code(row, "bad_encoding", section).expect("a code");
            // A byte short, down to none: the section ends inside the value.
            for len in 0..sample(row).len() {
                let (bytes, at) = section_with(row, section, &sample(row)[..len]);
                refused(v5(&bytes), section, ErrorKind::PropertyTruncated, at, id, code);
            }
            // A byte more is the next identifier, and 0x00 is none.
            let (bytes, at) = section_with(row, section, &[sample(row), &[0x00]].concat());
            let error = v5(&bytes).decode().unwrap_err();
            let place = at + 1 + sample(row).len();
            assert_eq!((error.kind(), error.offset()), (ErrorKind::PropertyUnknown, place));
            // Strings are text, binary data is not.
            let strings: &[(&[u8], usize)] = match row.get("type") {
                "utf8_string" => &[(b"\0\x01\xFF", 2)],
                "utf8_pair" => &[(b"\0\x01\xFF\0\x01v", 2), (b"\0\x01k\0\x01\xFF", 5)],
                _ => &[],
            };
            for (value, bad) in strings {
                let (bytes, at) = section_with(row, section, value);
                refused(v5(&bytes), section, ErrorKind::Utf8, at + 1 + bad, id, code);
                let nul: Vec<_> =
                    value.iter().map(|it| if *it == 0xFF { 0 } else { *it }).collect();
                let (bytes, at) = section_with(row, section, &nul);
                refused(v5(&bytes), section, ErrorKind::Nul, at + 1 + bad, id, code);
            }
        }
    }
}

/// The smallest and the largest value of a number, as the table words it.
fn range(row: Row<'_>) -> (u64, u64) {
    let range = row.get("range");
    if range == "0|1" {
        return (0, 1);
    }
    let (min, rest) = range.split_once("..").unwrap_or_else(|| panic!("range {range}"));
    let min = min.rsplit(' ').next().unwrap_or(min);
    let max: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (min.parse().expect("a number"), max.parse().expect("a number"))
}

/// A number on the wire, by the type that the table names; `None` if it does not fit.
fn number(row: Row<'_>, value: u64) -> Option<Vec<u8>> {
    Some(match row.get("type") {
        "byte" => vec![u8::try_from(value).ok()?],
        "two_byte_int" => u16::try_from(value).ok()?.to_be_bytes().to_vec(),
        "four_byte_int" => u32::try_from(value).ok()?.to_be_bytes().to_vec(),
        "varint" if value < 0x80 => vec![value as u8],
        "varint" if value == 268_435_455 => vec![0xFF, 0xFF, 0xFF, 0x7F],
        _ => return None,
    })
}

#[test]
fn each_number_has_the_range_of_the_table() {
    let numbers = ["byte", "two_byte_int", "four_byte_int", "varint"];
    for row in table().rows().filter(|row| numbers.contains(&row.get("type"))) {
        let id = property_id(row);
        let (min, max) = range(row);
        for section in row.list("packets", ',') {
            for legal in [min, max] {
                let value = number(row, legal).expect("a value that fits its type");
                let (bytes, _) = section_with(row, section, &value);
                let packet = v5(&bytes).packet();
                v5(&bytes).is(packet);
            }
            let outside = (0..min).chain(max + 1..=if max < 256 { 255 } else { 0 });
            for illegal in outside {
                let condition = if illegal == 0 { "zero" } else { "value_out_of_range" };
                let code = code(row, condition, section);
                let code = code.unwrap_or_else(|| panic!("{id}: no code for {condition}"));
                let alias = id == PropertyId::TopicAlias;
                let kind = if alias { ErrorKind::TopicAliasZero } else { ErrorKind::PropertyValue };
                let value = number(row, illegal).expect("a value that fits its type");
                let (bytes, at) = section_with(row, section, &value);
                refused(v5(&bytes), section, kind, at, id, code);
            }
            if row.get("type") == "varint" {
                let (bytes, at) = section_with(row, section, &[0x80, 0x80, 0x80, 0x80, 0x01]);
                let code = code(row, "bad_encoding", section).expect("a code");
                refused(v5(&bytes), section, ErrorKind::VarintTooLong, at + 4, id, code);
            }
        }
    }
}

#[test]
fn numbers_outside_the_range_are_not_written() {
    let illegal: &[(&str, Property<'_>)] = &[
        ("PUBLISH", Property::PayloadFormatIndicator(2)),
        ("WILL", Property::PayloadFormatIndicator(255)),
        ("PUBLISH", Property::SubscriptionIdentifier(0)),
        ("SUBSCRIBE", Property::SubscriptionIdentifier(268_435_456)),
        ("CONNECT", Property::ReceiveMaximum(0)),
        ("CONNACK", Property::ReceiveMaximum(0)),
        ("CONNECT", Property::MaximumPacketSize(0)),
        ("CONNACK", Property::MaximumPacketSize(0)),
        ("CONNACK", Property::MaximumQoS(QoS::ExactlyOnce)),
    ];
    for (section, property) in illegal {
        let list = [*property];
        let kind = ErrorKind::PropertyValue;
        let error = invalid_property(packet_of(section), kind, property.id());
        unwritable(Version::V5, packet(section, Properties::new(&list)), error);
    }
    let list = [Property::TopicAlias(0)];
    let kind = ErrorKind::TopicAliasZero;
    let error = invalid_property(PacketType::Publish, kind, PropertyId::TopicAlias);
    unwritable(Version::V5, packet("PUBLISH", Properties::new(&list)), error);
}

#[test]
fn strings_have_the_lengths_of_the_table() {
    let lengths = ["utf8_string", "binary"];
    for row in table().rows().filter(|row| lengths.contains(&row.get("type"))) {
        let id = property_id(row);
        let (min, max) = range(row);
        assert_eq!(max, 65_535); // what the two bytes of length can say
        for section in row.list("packets", ',') {
            let (bytes, at) = section_with(row, section, b"\0\0");
            if min == 0 {
                let packet = v5(&bytes).packet();
                v5(&bytes).is(packet);
                continue;
            }
            let kind = match id {
                PropertyId::ResponseTopic => ErrorKind::ResponseTopicEmpty,
                _ => ErrorKind::PropertyValue,
            };
            // Where the table names no code: parsed, but not allowed.
            let code = code(row, "empty", section).unwrap_or(0x82);
            refused(v5(&bytes), section, kind, at, id, code);
            let list = [match id {
                PropertyId::ResponseTopic => Property::ResponseTopic(""),
                PropertyId::AssignedClientIdentifier => Property::AssignedClientIdentifier(""),
                other => panic!("{other}"),
            }];
            let error = invalid_property(packet_of(section), kind, id);
            unwritable(Version::V5, packet(section, Properties::new(&list)), error);
        }
    }
}

#[test]
fn response_topic_is_a_topic_name() {
    let table = table();
    let row = table.rows().find(|row| row.get("name") == "response_topic").expect("a row");
    for section in row.list("packets", ',') {
        for (value, bad) in [(b"\0\x03a/+", 4), (b"\0\x03#/b", 2)] {
            let (bytes, at) = section_with(row, section, value);
            let code = code(row, "wildcard", section).expect("a code");
            let kind = ErrorKind::ResponseTopicWildcard;
            refused(v5(&bytes), section, kind, at + 1 + bad, property_id(row), code);
        }
    }
}

#[test]
fn payload_format_is_checked_if_asked_for() {
    let table = table();
    let row =
        table.rows().find(|row| row.get("name") == "payload_format_indicator").expect("a row");
    let checking = Strictness { check_payload_format: true, ..Strictness::DEFAULT };
    for section in row.list("packets", ',') {
        // The payload of the packets built here is the byte FF, their last one.
        let (bytes, _) = section_with(row, section, &[1]);
        let code = code(row, "payload_mismatch", section).expect("a code");
        let error = v5(&bytes).under(checking).decode().unwrap_err();
        let found = (error.kind(), error.offset(), error.response());
        assert_eq!(found, (ErrorKind::PayloadNotUtf8, bytes.len() - 1, answer(section, code)));
        let (bytes, _) = section_with(row, section, &[0]);
        assert!(v5(&bytes).under(checking).decode().is_ok());
    }
}

#[test]
fn authentication_data_needs_a_method_where_the_table_says_so() {
    let table = table();
    let row = table.rows().find(|row| row.get("name") == "authentication_data").expect("a row");
    let id = property_id(row);
    let list = [value(id)];
    for section in row.list("packets", ',') {
        let alone = [&[row.byte("code")], sample(row)].concat();
        let (bytes, at) = packet_with(section, &alone);
        let packet = packet(section, Properties::new(&list));
        match code(row, "without_method", section) {
            Some(code) => {
                let kind = ErrorKind::AuthenticationDataAlone;
                refused(v5(&bytes), section, kind, at, id, code);
                unwritable(Version::V5, packet, invalid_property(packet_of(section), kind, id));
            }
            // Every AUTH has a method, and that is for the session to see.
            None => v5(&bytes).is(packet),
        }
    }
}

#[test]
fn each_property_comes_from_the_side_of_the_table() {
    let mut refusals = 0;
    for row in table().rows() {
        let id = property_id(row);
        for section in row.list("packets", ',') {
            let direction = row.get("direction");
            let of_section =
                direction.split(',').find_map(|it| it.strip_prefix(&format!("{section}=")));
            let direction = of_section.unwrap_or(direction);
            let sides = [("client", Sender::Client), ("server", Sender::Server)];
            for (side, sender) in sides {
                if !packet_of(section).may_be_sent_by(sender, Version::V5) {
                    assert!(!direction.starts_with(side), "{id} in {section}");
                    continue;
                }
                let (bytes, at) = section_with(row, section, sample(row));
                // An AUTH of success has another sender than one of continuation: not of interest.
                let wire = v5(&bytes).sent_by(sender);
                let condition = format!("from_{side}@{section}");
                if direction == "both" || direction.starts_with(side) {
                    assert!(wire.decode().is_ok(), "{id} in {section} from the {side}");
                } else if excepted(id.name(), &condition) {
                    assert_eq!(code(row, &format!("from_{side}"), section), None);
                    assert!(wire.decode().is_ok(), "{id} in {section} from the {side}");
                } else {
                    let kind = match id {
                        PropertyId::SubscriptionIdentifier => ErrorKind::SubscriptionIdFromClient,
                        PropertyId::SessionExpiryInterval => ErrorKind::SessionExpiryFromServer,
                        other => panic!("{other} in {section} from the {side}"),
                    };
                    let code = code(row, &format!("from_{side}"), section).expect("a code");
                    refused(wire, section, kind, at, id, code);
                    refusals += 1;
                }
            }
        }
    }
    assert_eq!(refusals, 2);
}

#[test]
fn other_identifiers_do_not_exist() {
    for section in SECTIONS {
        for number in (0..=255).filter(|number| PropertyId::try_from(*number).is_err()) {
            // With enough behind it for any type. From 0x80 on, a longer form of an identifier.
            let (bytes, at) = packet_with(section, &[number, 0, 1, b'x', 0, 1, b'y']);
            let error = v5(&bytes).decode().unwrap_err();
            let found = (error.kind(), error.offset(), error.response());
            let expected = (ErrorKind::PropertyUnknown, at, answer(section, 0x81));
            assert_eq!(found, expected, "{number:#04x} in {section}");
        }
        let (bytes, at) = packet_with(section, &[0xA6, 0x00, 0, 1, b'k', 0, 1, b'v']);
        let error = v5(&bytes).decode().unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::PropertyUnknown, at));
    }
}

#[test]
fn a_section_ends_inside_the_packet() {
    for section in SECTIONS {
        let (bytes, at) = packet_with(section, b"");
        let after = bytes.len() - at;
        let mut bytes = bytes;
        bytes[at - 1] = after as u8 + 1;
        let error = v5(&bytes).decode().unwrap_err();
        let found = (error.kind(), error.offset(), error.response());
        assert_eq!(found, (ErrorKind::PropertyLength, at - 1, answer(section, 0x81)), "{section}");
    }
}
