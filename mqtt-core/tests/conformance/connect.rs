//! CONNECT up to its flags: section 3.1.2 of both versions, and what becomes of one that breaks the
//! format, section 3.1.4.

use mqtt_core::{
    Connect, DecodeOptions, EncodeError, ErrorKind, PacketType, Properties, Property, QoS, Version,
    Will, decode,
};

use crate::support::{CLOSE, Wire, connack, invalid, unwritable, v5, v311, written};

/// Offset of the byte of connect flags.
const FLAGS: usize = 9;

/// CONNECT of 5.0 with these flags, and a payload of a client identifier alone.
fn flagged_v5(flags: u8) -> [u8; 16] {
    [
        0x10, 0x0E, // CONNECT, 14 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        flags, 0x00, 0x3C, // flags, keep alive 60
        0x00, // no properties
        0x00, 0x01, b'c', // client identifier
    ]
}

/// CONNECT of 3.1.1 with these flags, and a payload of a client identifier alone.
fn flagged_v311(flags: u8) -> [u8; 15] {
    [
        0x10, 0x0D, // CONNECT, 13 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, // name, level 4
        flags, 0x00, 0x3C, // flags, keep alive 60
        0x00, 0x01, b'c', // client identifier
    ]
}

/// What those bytes mean if the only flag is Clean Start.
const PLAIN: Connect<'_> = Connect {
    version: Version::V5,
    clean_start: true,
    keep_alive: 60,
    client_id: "c",
    will: None,
    user_name: None,
    password: None,
    properties: Properties::EMPTY,
};

const PLAIN_V311: Connect<'_> = Connect { version: Version::V311, ..PLAIN };

const WILL: Will<'_> = Will {
    topic: "w",
    payload: b"x",
    qos: QoS::AtMostOnce,
    retain: false,
    properties: Properties::EMPTY,
};

/// Every combination of what the flags stand for, in one version.
fn combinations(base: Connect<'_>) -> Vec<Connect<'_>> {
    let mut all = Vec::new();
    for clean_start in [false, true] {
        for user_name in [None, Some("u")] {
            for password in [None, Some(&b"p"[..])] {
                let base = Connect { clean_start, user_name, password, ..base };
                all.push(Connect { will: None, ..base });
                for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
                    for retain in [false, true] {
                        all.push(Connect { will: Some(Will { qos, retain, ..WILL }), ..base });
                    }
                }
            }
        }
    }
    all
}

#[test]
fn v5_3_1_2_1_only_the_name_mqtt() {
    v5(&flagged_v5(0x02)).is(PLAIN);
    v5(&[
        0x10, 0x0E, // CONNECT, 14 bytes follow
        0x00, 0x04, b'm', b'q', b't', b't', 0x05, // in lower case
        0x02, 0x00, 0x3C, 0x00, // Clean Start, keep alive 60, no properties
        0x00, 0x01, b'c', // client identifier
    ])
    .refused(ErrorKind::ProtocolName, 2, "MQTT-3.1.2-1", connack(0x84));
    v5(&[
        0x10, 0x0D, // CONNECT, 13 bytes follow
        0x00, 0x03, b'M', b'Q', b'T', 0x05, // a letter short
        0x02, 0x00, 0x3C, 0x00, // Clean Start, keep alive 60, no properties
        0x00, 0x01, b'c', // client identifier
    ])
    .refused(ErrorKind::ProtocolName, 2, "MQTT-3.1.2-1", connack(0x84));
    v5(&[
        0x10, 0x0F, // CONNECT, 15 bytes follow
        0x00, 0x05, b'M', b'Q', b'T', b'T', b'5', 0x05, // a letter more
        0x02, 0x00, 0x3C, 0x00, // Clean Start, keep alive 60, no properties
        0x00, 0x01, b'c', // client identifier
    ])
    .refused(ErrorKind::ProtocolName, 2, "MQTT-3.1.2-1", connack(0x84));
    v5(&[
        0x10, 0x0A, // CONNECT, 10 bytes follow
        0x00, 0x00, 0x05, // no name at all
        0x02, 0x00, 0x3C, 0x00, // Clean Start, keep alive 60, no properties
        0x00, 0x01, b'c', // client identifier
    ])
    .refused(ErrorKind::ProtocolName, 2, "MQTT-3.1.2-1", connack(0x84));
}

#[test]
fn v5_3_1_2_2_levels_that_are_not_served() {
    for level in (0..=255).filter(|level| ![4, 5].contains(level)) {
        let mut bytes = flagged_v5(0x02);
        bytes[8] = level;
        // 3.1.1 asks for an answer, 5.0 allows one: in the form of 3.1.1, which clients of 3.1, of 3.1.1 and
        // bridges (levels 0x83 and 0x84) read, who then try another level.
        v5(&bytes).refused(ErrorKind::ProtocolLevel, 8, "MQTT-3.1.2-2", connack(0x01));
        let version = v5(&bytes).decode().unwrap_err().version();
        assert_eq!(version, Some(Version::V311));
    }
    // The level that is written is that of the connection.
    let error = EncodeError::NotInVersion { packet: PacketType::Connect, version: Version::V5 };
    unwritable(Version::V5, PLAIN_V311, error);
}

#[test]
fn v5_3_1_2_3_reserved_connect_flag() {
    v5(&flagged_v5(0x03)).refused(
        ErrorKind::ConnectFlagsReserved,
        FLAGS,
        "MQTT-3.1.2-3",
        connack(0x81),
    );
    for flags in (0..=255_u8).filter(|flags| flags & 1 != 0) {
        let error = v5(&flagged_v5(flags)).decode().unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::ConnectFlagsReserved, FLAGS));
    }
}

#[test]
fn v5_3_1_2_3_reserved_connect_flag_is_written_as_0() {
    for connect in combinations(PLAIN) {
        assert_eq!(written(Version::V5, connect)[FLAGS] & 1, 0, "{connect:?}");
    }
}

#[test]
fn v5_3_1_2_9_will_flag_asks_for_properties_topic_and_payload() {
    let bytes = [
        0x10, 0x15, // CONNECT, 21 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0x06, 0x00, 0x3C, 0x00, // will and Clean Start, keep alive 60, no properties
        0x00, 0x01, b'c', // client identifier
        0x00, // will: no properties
        0x00, 0x01, b'w', // will topic
        0x00, 0x01, b'x', // will payload
    ];
    v5(&bytes).is(Connect { will: Some(WILL), ..PLAIN });
    // Without the payload, without the topic too, without all three.
    for (end, at) in [(20, 20), (17, 17), (16, 16)] {
        let mut bytes = bytes[..end].to_vec();
        bytes[1] = end as u8 - 2;
        v5(&bytes).refused(ErrorKind::Truncated, at, "MQTT-3.1.4-1", connack(0x81));
    }
}

#[test]
fn v5_3_1_2_11_will_qos_without_will() {
    for flags in [0x0A, 0x12, 0x1A] {
        // Clean Start and will QoS 1, 2, 3
        v5(&flagged_v5(flags)).refused(
            ErrorKind::WillQosWithoutWill,
            FLAGS,
            "MQTT-3.1.2-11",
            connack(0x81),
        );
    }
    for connect in combinations(PLAIN).into_iter().filter(|connect| connect.will.is_none()) {
        assert_eq!(written(Version::V5, connect)[FLAGS] & 0b0001_1000, 0, "{connect:?}");
    }
}

#[test]
fn v5_3_1_2_12_will_qos_is_not_3() {
    let mut bytes = [
        0x10, 0x15, // CONNECT, 21 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0x1E, 0x00, 0x3C, 0x00, // will QoS 3, will, Clean Start; keep alive; no properties
        0x00, 0x01, b'c', // client identifier
        0x00, 0x00, 0x01, b'w', 0x00, 0x01, b'x', // will
    ];
    v5(&bytes).refused(ErrorKind::WillQos, FLAGS, "MQTT-3.1.2-12", connack(0x81));
    for (flags, qos) in
        [(0x06, QoS::AtMostOnce), (0x0E, QoS::AtLeastOnce), (0x16, QoS::ExactlyOnce)]
    {
        bytes[FLAGS] = flags;
        v5(&bytes).is(Connect { will: Some(Will { qos, ..WILL }), ..PLAIN });
    }
}

#[test]
fn v5_3_1_2_13_will_retain_without_will() {
    v5(&flagged_v5(0x22)).refused(
        ErrorKind::WillRetainWithoutWill,
        FLAGS,
        "MQTT-3.1.2-13",
        connack(0x81),
    );
    for connect in combinations(PLAIN).into_iter().filter(|connect| connect.will.is_none()) {
        assert_eq!(written(Version::V5, connect)[FLAGS] & 0b0010_0000, 0, "{connect:?}");
    }
}

#[test]
fn v5_3_1_4_1_malformed_connect_is_answered_and_closed() {
    let good = [
        0x10, 0x13, // CONNECT, 19 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0x02, 0x00, 0x3C, // Clean Start, keep alive 60
        0x05, 0x11, 0x00, 0x00, 0x00, 0x1E, // session expiry interval 30
        0x00, 0x01, b'c', // client identifier
    ];
    let properties = [Property::SessionExpiryInterval(30)];
    v5(&good).is(Connect { properties: Properties::new(&properties), ..PLAIN });

    let longer = [&good[..], &[0x00]].concat();
    let mut longer = longer;
    longer[1] += 1;
    v5(&longer).refused(ErrorKind::TrailingBytes, 21, "MQTT-3.1.4-1", connack(0x81));
    // The body cut off at any byte, and the header telling the truth about it.
    for end in 2..good.len() {
        let mut shorter = good[..end].to_vec();
        shorter[1] = end as u8 - 2;
        let error = v5(&shorter).decode().unwrap_err();
        let answer = if end > 8 { connack(0x81) } else { CLOSE }; // before the level: version unknown
        assert_eq!(error.response(), answer, "{end} bytes: {error}");
    }
    let mut will_delay = good;
    will_delay[13] = 0x18; // a property of the will
    v5(&will_delay).refused(ErrorKind::PropertyNotAllowed, 13, "section 2.2.2.2", connack(0x81));
}

#[test]
fn v311_3_1_2_1_another_name_is_not_taken_for_3_1_1() {
    v311(&flagged_v311(0x02)).is(PLAIN_V311);
    let name = [
        0x10, 0x0D, // CONNECT, 13 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'X', 0x04, // another name
        0x02, 0x00, 0x3C, // CleanSession, keep alive 60
        0x00, 0x01, b'c', // client identifier
    ];
    v311(&name).refused(ErrorKind::ProtocolName, 2, "MQTT-3.1.2-1", CLOSE);
    let old_name = [
        0x10, 0x0F, // CONNECT, 15 bytes follow
        0x00, 0x06, b'M', b'Q', b'I', b's', b'd', b'p', 0x03, // the name of 3.1
        0x02, 0x00, 0x3C, // CleanSession, keep alive 60
        0x00, 0x01, b'c', // client identifier
    ];
    v311(&old_name).means(Connect { version: Version::V31, ..PLAIN });
    let mut mixed = old_name;
    mixed[10] = 0x04; // the name of 3.1 with the level of 3.1.1
    v311(&mixed).refused(ErrorKind::ProtocolLevel, 10, "MQTT-3.1.2-2", connack(0x01));
}

#[test]
fn v311_3_1_2_2_levels_that_are_not_served() {
    for level in [0, 1, 2, 3] {
        let mut bytes = flagged_v311(0x02);
        bytes[8] = level;
        v311(&bytes).refused(ErrorKind::ProtocolLevel, 8, "MQTT-3.1.2-2", connack(0x01));
    }
}

#[test]
fn v311_3_1_2_3_reserved_connect_flag() {
    v311(&flagged_v311(0x03)).refused(
        ErrorKind::ConnectFlagsReserved,
        FLAGS,
        "MQTT-3.1.2-3",
        CLOSE,
    );
    for flags in (0..=255_u8).filter(|flags| flags & 1 != 0) {
        let error = v311(&flagged_v311(flags)).decode().unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::ConnectFlagsReserved, FLAGS));
    }
    for connect in legal_v311() {
        assert_eq!(written(Version::V311, connect)[FLAGS] & 1, 0, "{connect:?}");
    }
}

/// The combinations that 3.1.1 allows: no password without a user name.
fn legal_v311() -> impl Iterator<Item = Connect<'static>> {
    let alone = |connect: &Connect<'_>| connect.password.is_some() && connect.user_name.is_none();
    combinations(PLAIN_V311).into_iter().filter(move |connect| !alone(connect))
}

#[test]
fn v311_3_1_2_9_will_flag_asks_for_topic_and_message() {
    let bytes = [
        0x10, 0x13, // CONNECT, 19 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, // name, level 4
        0x2E, 0x00, 0x3C, // will retain, will QoS 1, will, CleanSession; keep alive 60
        0x00, 0x01, b'c', // client identifier
        0x00, 0x01, b'w', // will topic
        0x00, 0x01, b'x', // will message
    ];
    let will = Will { qos: QoS::AtLeastOnce, retain: true, ..WILL };
    v311(&bytes).is(Connect { will: Some(will), ..PLAIN_V311 });
    // Without the message, without both.
    for (end, at) in [(18, 18), (15, 15)] {
        let mut bytes = bytes[..end].to_vec();
        bytes[1] = end as u8 - 2;
        v311(&bytes).refused(ErrorKind::Truncated, at, "MQTT-3.1.4-1", CLOSE);
    }
}

#[test]
fn v311_3_1_2_11_no_will_flag_no_will() {
    let fields = [
        0x10, 0x13, // CONNECT, 19 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, // name, level 4
        0x02, 0x00, 0x3C, // CleanSession alone, keep alive 60
        0x00, 0x01, b'c', // client identifier
        0x00, 0x01, b'w', // will topic all the same
        0x00, 0x01, b'x', // will message all the same
    ];
    v311(&fields).refused(ErrorKind::TrailingBytes, 15, "MQTT-3.1.4-1", CLOSE);
    for flags in [0x0A, 0x12, 0x1A, 0x22, 0x2A] {
        // any of the will QoS and will retain bits
        assert!(v311(&flagged_v311(flags)).decode().is_err(), "{flags:#04x}");
    }
    for connect in legal_v311().filter(|connect| connect.will.is_none()) {
        assert_eq!(written(Version::V311, connect)[FLAGS] & 0b0011_1100, 0, "{connect:?}");
    }
}

#[test]
fn v311_3_1_2_13_will_qos_without_will() {
    for flags in [0x0A, 0x12, 0x1A] {
        // CleanSession and will QoS 1, 2, 3
        v311(&flagged_v311(flags)).refused(
            ErrorKind::WillQosWithoutWill,
            FLAGS,
            "MQTT-3.1.2-13",
            CLOSE,
        );
    }
}

#[test]
fn v311_3_1_2_14_will_qos_is_not_3() {
    let mut bytes = [
        0x10, 0x13, // CONNECT, 19 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, // name, level 4
        0x1E, 0x00, 0x3C, // will QoS 3, will, CleanSession; keep alive 60
        0x00, 0x01, b'c', // client identifier
        0x00, 0x01, b'w', 0x00, 0x01, b'x', // will
    ];
    v311(&bytes).refused(ErrorKind::WillQos, FLAGS, "MQTT-3.1.2-14", CLOSE);
    for (flags, qos) in
        [(0x06, QoS::AtMostOnce), (0x0E, QoS::AtLeastOnce), (0x16, QoS::ExactlyOnce)]
    {
        bytes[FLAGS] = flags;
        v311(&bytes).is(Connect { will: Some(Will { qos, ..WILL }), ..PLAIN_V311 });
    }
}

#[test]
fn v311_3_1_2_15_will_retain_without_will() {
    v311(&flagged_v311(0x22)).refused(
        ErrorKind::WillRetainWithoutWill,
        FLAGS,
        "MQTT-3.1.2-15",
        CLOSE,
    );
}

#[test]
fn v311_3_1_2_22_password_without_user_name() {
    let bytes = [
        0x10, 0x10, // CONNECT, 16 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, // name, level 4
        0x42, 0x00, 0x3C, // password and CleanSession, keep alive 60
        0x00, 0x01, b'c', // client identifier
        0x00, 0x01, b'p', // password
    ];
    v311(&bytes).refused(ErrorKind::PasswordWithoutUserName, FLAGS, "MQTT-3.1.2-22", CLOSE);
    unwritable(
        Version::V311,
        Connect { password: Some(b"p"), ..PLAIN_V311 },
        invalid(PacketType::Connect, ErrorKind::PasswordWithoutUserName),
    );
}

#[test]
fn v311_3_1_4_1_malformed_connect_is_closed_without_connack() {
    let good = flagged_v311(0x02);
    let refused = |bytes: &[u8], kind| {
        let error = Wire::decode(v311(bytes)).unwrap_err();
        assert_eq!((error.kind(), error.response()), (kind, CLOSE), "{bytes:02X?}");
        assert_eq!(error.statement(), "MQTT-3.1.4-1");
    };
    let mut longer = [&good[..], &[0x00]].concat();
    longer[1] += 1;
    refused(&longer, ErrorKind::TrailingBytes);
    // Cut off behind the level, and the header telling the truth about it.
    for end in FLAGS..good.len() {
        let mut shorter = good[..end].to_vec();
        shorter[1] = end as u8 - 2;
        refused(&shorter, ErrorKind::Truncated);
    }
    // Of all values of the byte of flags: none that is refused is answered.
    for flags in 0..=255 {
        let bytes = flagged_v311(flags);
        if let Err(error) = decode(&bytes, None, &DecodeOptions::DEFAULT) {
            assert_eq!(error.response(), CLOSE, "{flags:#04x}");
        }
    }
}
