//! CONNACK: section 3.2 of both versions.

use mqtt_core::{
    ConnAck, ErrorKind, PacketType, Properties, Property, ReasonCode, Sender, Version,
};

use crate::support::{CLOSE, disconnect, invalid, unwritable, v5, v311, written};

/// The codes of table 3-1 of 5.0.
const CODES_V5: &[u8] = &[
    0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97,
    0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
];

fn refusal(code: u8) -> ConnAck<'static> {
    ConnAck { reason: ReasonCode(code), ..ConnAck::default() }
}

#[test]
fn v5_3_2_2_1_reserved_acknowledge_flags() {
    v5(&[
        0x20, 0x03, // CONNACK, 3 bytes follow
        0x02, 0x00, 0x00, // bit 1 of the flags, success, no properties
    ])
    .refused(ErrorKind::ConnAckFlags, 2, "MQTT-3.2.2-1", disconnect(0x81));
    for flags in 2..=255 {
        let error = v5(&[0x20, 0x03, flags, 0x00, 0x00]).decode().unwrap_err();
        assert_eq!((error.kind(), error.offset()), (ErrorKind::ConnAckFlags, 2), "{flags:#04x}");
    }
    v5(&[0x20, 0x03, 0x00, 0x00, 0x00]).is(ConnAck::default());
    v5(&[0x20, 0x03, 0x01, 0x00, 0x00]).is(ConnAck { session_present: true, ..ConnAck::default() });
}

#[test]
fn v5_3_2_2_6_no_session_present_on_refusal() {
    v5(&[
        0x20, 0x03, // CONNACK, 3 bytes follow
        0x01, 0x87, 0x00, // Session Present, not authorized, no properties
    ])
    .refused(ErrorKind::SessionPresentOnRefusal, 2, "MQTT-3.2.2-6", disconnect(0x82));
    v5(&[0x20, 0x03, 0x00, 0x87, 0x00]).is(refusal(0x87));
    for &code in &CODES_V5[1..] {
        unwritable(
            Version::V5,
            ConnAck { session_present: true, ..refusal(code) },
            invalid(PacketType::ConnAck, ErrorKind::SessionPresentOnRefusal),
        );
    }
}

#[test]
fn v5_3_2_2_8_only_codes_of_the_table() {
    v5(&[
        0x20, 0x03, // CONNACK, 3 bytes follow
        0x00, 0x8E, 0x00, // no flags, session taken over, no properties
    ])
    .refused(ErrorKind::ReasonCode, 3, "MQTT-3.2.2-8", disconnect(0x82));
    for code in 0..=255 {
        let bytes = [0x20, 0x03, 0x00, code, 0x00];
        if CODES_V5.contains(&code) {
            v5(&bytes).sent_by(Sender::Server).is(refusal(code));
        } else {
            let error = v5(&bytes).decode().unwrap_err();
            assert_eq!((error.kind(), error.offset()), (ErrorKind::ReasonCode, 3), "{code:#04x}");
            let error = invalid(PacketType::ConnAck, ErrorKind::ReasonCode);
            unwritable(Version::V5, refusal(code), error);
        }
    }
}

/// A refusal with a reason string of 20 characters and a user property.
const WORDY: &[Property<'_>] = &[
    Property::ReasonString("no room for you here"),
    Property::UserProperty("k", "v"),
    Property::ServerReference("b"),
];

#[test]
fn v5_3_2_2_19_reason_string_is_left_out_to_fit() {
    let wordy = ConnAck { properties: Properties::new(WORDY), ..refusal(0x9C) };
    assert_eq!(written(Version::V5, wordy).len(), 39);
    let fits = mqtt_core::Packet::from(wordy).fit(Version::V5, 39).unwrap();
    assert_eq!(fits, wordy.into());
    let shorter = mqtt_core::Packet::from(wordy).fit(Version::V5, 38).unwrap();
    v5(&[
        0x20, 0x0E, // CONNACK, 14 bytes follow
        0x00, 0x9C, // no flags, use another server
        0x0B, 0x26, 0x00, 0x01, b'k', 0x00, 0x01, b'v', // user property
        0x1C, 0x00, 0x01, b'b', // server reference
    ])
    .is(shorter);
}

#[test]
fn v5_3_2_2_20_user_properties_are_left_out_to_fit() {
    let wordy = ConnAck { properties: Properties::new(WORDY), ..refusal(0x9C) };
    let shortest = mqtt_core::Packet::from(wordy).fit(Version::V5, 15).unwrap();
    v5(&[
        0x20, 0x07, // CONNACK, 7 bytes follow
        0x00, 0x9C, // no flags, use another server
        0x04, 0x1C, 0x00, 0x01, b'b', // server reference, which stays
    ])
    .is(shortest);
    // Nothing else may be left out.
    let error = mqtt_core::Packet::from(wordy).fit(Version::V5, 8).unwrap_err();
    assert_eq!(error, mqtt_core::EncodeError::PacketTooLarge { size: 9, limit: 8 });
}

#[test]
fn v311_3_2_2_4_no_session_present_on_refusal() {
    v311(&[
        0x20, 0x02, // CONNACK, 2 bytes follow
        0x01, 0x05, // Session Present, not authorized
    ])
    .refused(ErrorKind::SessionPresentOnRefusal, 2, "MQTT-3.2.2-4", CLOSE);
    v311(&[0x20, 0x02, 0x01, 0x00]).is(ConnAck { session_present: true, ..ConnAck::default() });
    for code in 1..=5 {
        v311(&[0x20, 0x02, 0x00, code]).is(refusal(code));
        unwritable(
            Version::V311,
            ConnAck { session_present: true, ..refusal(code) },
            invalid(PacketType::ConnAck, ErrorKind::SessionPresentOnRefusal),
        );
    }
}

#[test]
fn v311_3_2_2_6_other_codes_do_not_exist() {
    for code in 6..=255 {
        v311(&[0x20, 0x02, 0x00, code]).refused(ErrorKind::ReasonCode, 3, "section 3.2.2.3", CLOSE);
        let error = invalid(PacketType::ConnAck, ErrorKind::ReasonCode);
        unwritable(Version::V311, refusal(code), error);
    }
}
