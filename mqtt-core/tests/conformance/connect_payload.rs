//! The payload of CONNECT: sections 3.1.2.8, 3.1.2.9 and 3.1.3 of both versions.

use mqtt_core::{Connect, ErrorKind, PacketType, Properties, Property, QoS, Version, Will};

use crate::support::{CLOSE, connack, invalid, unwritable, v5, v311, written};

/// A client without anything that the flags announce.
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

/// CONNECT of 5.0 with these flags and one field of one byte behind the client identifier.
fn one_field_v5(flags: u8) -> [u8; 19] {
    [
        0x10, 0x11, // CONNECT, 17 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        flags, 0x00, 0x3C, 0x00, // flags, keep alive 60, no properties
        0x00, 0x01, b'c', // client identifier
        0x00, 0x01, b'f', // the field
    ]
}

/// CONNECT of 5.0 with these flags and nothing behind the client identifier.
fn no_field_v5(flags: u8) -> [u8; 16] {
    [
        0x10, 0x0E, // CONNECT, 14 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        flags, 0x00, 0x3C, 0x00, // flags, keep alive 60, no properties
        0x00, 0x01, b'c', // client identifier
    ]
}

/// CONNECT of 3.1.1 with these flags and fields behind the client identifier.
fn fields_v311(flags: u8, fields: &[u8]) -> Vec<u8> {
    let mut bytes = vec![
        0x10, 0x0D, // CONNECT, 13 bytes and the fields follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, // name, level 4
        flags, 0x00, 0x3C, // flags, keep alive 60
        0x00, 0x01, b'c', // client identifier
    ];
    bytes[1] += fields.len() as u8;
    bytes.extend_from_slice(fields);
    bytes
}

const USER: &[u8] = &[0x00, 0x01, b'u'];
const PASSWORD: &[u8] = &[0x00, 0x01, b'p'];

#[test]
fn v5_3_1_2_16_no_user_name_flag_no_user_name() {
    v5(&one_field_v5(0x02)).refused(ErrorKind::TrailingBytes, 16, "MQTT-3.1.4-1", connack(0x81));
    v5(&no_field_v5(0x02)).is(PLAIN);
}

#[test]
fn v5_3_1_2_17_user_name_flag_asks_for_a_user_name() {
    v5(&no_field_v5(0x82)).refused(ErrorKind::Truncated, 16, "MQTT-3.1.4-1", connack(0x81));
    v5(&one_field_v5(0x82)).is(Connect { user_name: Some("f"), ..PLAIN });
}

#[test]
fn v5_3_1_2_18_no_password_flag_no_password() {
    let mut bytes = [
        0x10, 0x14, // CONNECT, 20 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0x82, 0x00, 0x3C, 0x00, // user name alone, keep alive 60, no properties
        0x00, 0x01, b'c', // client identifier
        0x00, 0x01, b'u', // user name
        0x00, 0x01, b'p', // password all the same
    ];
    v5(&bytes).refused(ErrorKind::TrailingBytes, 19, "MQTT-3.1.4-1", connack(0x81));
    bytes[9] = 0xC2; // with the flag
    v5(&bytes).is(Connect { user_name: Some("u"), password: Some(b"p"), ..PLAIN });
}

#[test]
fn v5_3_1_2_19_password_flag_asks_for_a_password() {
    v5(&no_field_v5(0x42)).refused(ErrorKind::Truncated, 16, "MQTT-3.1.4-1", connack(0x81));
    // Without a user name, which 5.0 allows, and any bytes.
    let mut bytes = one_field_v5(0x42);
    bytes[18] = 0xFF;
    v5(&bytes).is(Connect { password: Some(&[0xFF]), ..PLAIN });
    // The only field is the user name.
    v5(&one_field_v5(0xC2)).refused(ErrorKind::Truncated, 19, "MQTT-3.1.4-1", connack(0x81));
}

#[test]
fn v5_3_1_3_1_order_of_the_payload() {
    let properties = [Property::ReceiveMaximum(20)];
    let will_properties = [Property::WillDelayInterval(5)];
    v5(&[
        0x10, 0x23, // CONNECT, 35 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0xC6, 0x00, 0x3C, // user name, password, will, Clean Start; keep alive 60
        0x03, 0x21, 0x00, 0x14, // receive maximum 20
        0x00, 0x01, b'1', // client identifier
        0x05, 0x18, 0x00, 0x00, 0x00, 0x05, // will delay interval 5
        0x00, 0x01, b'3', // will topic
        0x00, 0x01, b'4', // will payload
        0x00, 0x01, b'5', // user name
        0x00, 0x01, b'6', // password
    ])
    .is(Connect {
        client_id: "1",
        will: Some(Will {
            topic: "3",
            payload: b"4",
            qos: QoS::AtMostOnce,
            retain: false,
            properties: Properties::new(&will_properties),
        }),
        user_name: Some("5"),
        password: Some(b"6"),
        properties: Properties::new(&properties),
        ..PLAIN
    });
}

#[test]
fn v5_3_1_3_3_client_identifier_is_never_left_out() {
    v5(&[
        0x10, 0x0B, // CONNECT, 11 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0x02, 0x00, 0x3C, 0x00, // Clean Start, keep alive 60, no properties
    ])
    .refused(ErrorKind::Truncated, 13, "MQTT-3.1.4-1", connack(0x81));
    // Empty, it is there all the same, with any Clean Start.
    for (flags, clean_start) in [(0x02, true), (0x00, false)] {
        v5(&[
            0x10, 0x0D, // CONNECT, 13 bytes follow
            0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
            flags, 0x00, 0x3C, 0x00, // keep alive 60, no properties
            0x00, 0x00, // client identifier
        ])
        .is(Connect { client_id: "", clean_start, ..PLAIN });
    }
}

#[test]
fn v5_3_1_3_4_client_identifier_is_utf8() {
    v5(&[
        0x10, 0x0F, // CONNECT, 15 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0x02, 0x00, 0x3C, 0x00, // Clean Start, keep alive 60, no properties
        0x00, 0x02, b'c', 0x80, // client identifier with a lone continuation byte
    ])
    .refused(ErrorKind::Utf8, 16, "MQTT-1.5.4-1", connack(0x81));
    v5(&[
        0x10, 0x0F, // CONNECT, 15 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0x02, 0x00, 0x3C, 0x00, // Clean Start, keep alive 60, no properties
        0x00, 0x02, 0xC3, 0xA9, // client identifier U+00E9
    ])
    .is(Connect { client_id: "é", ..PLAIN });
}

#[test]
fn v5_3_1_3_11_will_topic_is_utf8() {
    v5(&[
        0x10, 0x16, // CONNECT, 22 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0x06, 0x00, 0x3C, 0x00, // will and Clean Start, keep alive 60, no properties
        0x00, 0x01, b'c', // client identifier
        0x00, // will: no properties
        0x00, 0x02, b'w', 0xC3, // will topic that ends inside a character
        0x00, 0x01, 0xC3, // will payload: any bytes
    ])
    .refused(ErrorKind::Utf8, 20, "MQTT-1.5.4-1", connack(0x81));
    let will = Will { topic: "é", payload: &[0xC3], ..Will::default() };
    v5(&[
        0x10, 0x16, // CONNECT, 22 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x05, // name, level 5
        0x06, 0x00, 0x3C, 0x00, // will and Clean Start, keep alive 60, no properties
        0x00, 0x01, b'c', // client identifier
        0x00, // will: no properties
        0x00, 0x02, 0xC3, 0xA9, // will topic U+00E9
        0x00, 0x01, 0xC3, // will payload: any bytes
    ])
    .is(Connect { will: Some(will), ..PLAIN });
}

#[test]
fn v5_3_1_3_12_user_name_is_utf8() {
    let mut bytes = one_field_v5(0x82);
    bytes[18] = 0xFE;
    v5(&bytes).refused(ErrorKind::Utf8, 18, "MQTT-1.5.4-1", connack(0x81));
}

#[test]
fn v311_3_1_2_18_no_user_name_flag_no_user_name() {
    v311(&fields_v311(0x02, USER)).refused(ErrorKind::TrailingBytes, 15, "MQTT-3.1.4-1", CLOSE);
    v311(&fields_v311(0x02, &[])).is(PLAIN_V311);
}

#[test]
fn v311_3_1_2_19_user_name_flag_asks_for_a_user_name() {
    v311(&fields_v311(0x82, &[])).refused(ErrorKind::Truncated, 15, "MQTT-3.1.4-1", CLOSE);
    v311(&fields_v311(0x82, USER)).is(Connect { user_name: Some("u"), ..PLAIN_V311 });
}

#[test]
fn v311_3_1_2_20_no_password_flag_no_password() {
    let both = [USER, PASSWORD].concat();
    v311(&fields_v311(0x82, &both)).refused(ErrorKind::TrailingBytes, 18, "MQTT-3.1.4-1", CLOSE);
}

#[test]
fn v311_3_1_2_21_password_flag_asks_for_a_password() {
    v311(&fields_v311(0xC2, USER)).refused(ErrorKind::Truncated, 18, "MQTT-3.1.4-1", CLOSE);
    let both = [USER, PASSWORD].concat();
    v311(&fields_v311(0xC2, &both)).is(Connect {
        user_name: Some("u"),
        password: Some(b"p"),
        ..PLAIN_V311
    });
}

#[test]
fn v311_3_1_3_1_order_of_the_payload() {
    let will = Will { topic: "2", payload: b"3", ..Will::default() };
    v311(&[
        0x10, 0x19, // CONNECT, 25 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, // name, level 4
        0xC6, 0x00, 0x3C, // user name, password, will, CleanSession; keep alive 60
        0x00, 0x01, b'1', // client identifier
        0x00, 0x01, b'2', // will topic
        0x00, 0x01, b'3', // will message
        0x00, 0x01, b'4', // user name
        0x00, 0x01, b'5', // password
    ])
    .is(Connect {
        client_id: "1",
        will: Some(will),
        user_name: Some("4"),
        password: Some(b"5"),
        ..PLAIN_V311
    });
}

#[test]
fn v311_3_1_3_3_client_identifier_is_never_left_out() {
    v311(&[
        0x10, 0x0A, // CONNECT, 10 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, // name, level 4
        0x02, 0x00, 0x3C, // CleanSession, keep alive 60
    ])
    .refused(ErrorKind::Truncated, 12, "MQTT-3.1.4-1", CLOSE);
    v311(&[
        0x10, 0x0C, // CONNECT, 12 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, // name, level 4
        0x02, 0x00, 0x3C, // CleanSession, keep alive 60
        0x00, 0x00, // client identifier
    ])
    .is(Connect { client_id: "", ..PLAIN_V311 });
}

#[test]
fn v311_3_1_3_4_client_identifier_is_utf8() {
    let mut bytes = fields_v311(0x02, &[]);
    bytes[14] = 0x80;
    v311(&bytes).refused(ErrorKind::Utf8, 14, "MQTT-1.5.3-1", CLOSE);
}

#[test]
fn v311_3_1_3_7_empty_client_identifier_asks_for_clean_session() {
    let mut bytes = [
        0x10, 0x0C, // CONNECT, 12 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, // name, level 4
        0x00, 0x00, 0x3C, // CleanSession 0, keep alive 60
        0x00, 0x00, // client identifier
    ];
    v311(&bytes).refused(ErrorKind::ClientIdEmpty, 12, "MQTT-3.1.3-7", connack(0x02));
    bytes[9] = 0x02; // CleanSession 1
    v311(&bytes).is(Connect { client_id: "", ..PLAIN_V311 });
    unwritable(
        Version::V311,
        Connect { client_id: "", clean_start: false, ..PLAIN_V311 },
        invalid(PacketType::Connect, ErrorKind::ClientIdEmpty),
    );
}

#[test]
fn v311_3_1_3_8_empty_client_identifier_is_answered_with_2() {
    let error = v311(&[
        0x10, 0x0C, // CONNECT, 12 bytes follow
        0x00, 0x04, b'M', b'Q', b'T', b'T', 0x04, // name, level 4
        0x00, 0x00, 0x3C, // CleanSession 0, keep alive 60
        0x00, 0x00, // client identifier
    ])
    .decode()
    .unwrap_err();
    let mqtt_core::Response::ConnAck(reason) = error.response() else {
        panic!("{:?}", error.response());
    };
    let answer = mqtt_core::ConnAck { reason, ..mqtt_core::ConnAck::default() };
    assert_eq!(written(error.version().unwrap(), answer), [0x20, 0x02, 0x00, 0x02]);
}

#[test]
fn v311_3_1_3_10_will_topic_is_utf8() {
    let bytes = fields_v311(0x06, &[0x00, 0x02, b'w', 0xC3, 0x00, 0x01, 0xC3]);
    v311(&bytes).refused(ErrorKind::Utf8, 18, "MQTT-1.5.3-1", CLOSE);
    let will = Will { topic: "é", payload: &[0xC3], ..Will::default() };
    let bytes = fields_v311(0x06, &[0x00, 0x02, 0xC3, 0xA9, 0x00, 0x01, 0xC3]);
    v311(&bytes).is(Connect { will: Some(will), ..PLAIN_V311 });
}

#[test]
fn v311_3_1_3_11_user_name_is_utf8() {
    let bytes = fields_v311(0x82, &[0x00, 0x01, 0xFE]);
    v311(&bytes).refused(ErrorKind::Utf8, 17, "MQTT-1.5.3-1", CLOSE);
}
