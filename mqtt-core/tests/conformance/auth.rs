//! AUTH: section 3.15 of 5.0. Its flags are in `header`.

use mqtt_core::{
    Auth, EncodeError, ErrorKind, Packet, PacketType, Properties, Property, ReasonCode, Sender,
    Version,
};

use crate::support::{disconnect, invalid, unwritable, v5, written};

/// AUTH with this code and the method "m".
fn step(code: u8) -> Auth<'static> {
    const METHOD: &[Property<'_>] = &[Property::AuthenticationMethod("m")];
    Auth { reason: ReasonCode(code), properties: Properties::new(METHOD) }
}

/// The bytes of `step`.
fn bytes(code: u8) -> [u8; 8] {
    [
        0xF0, 0x06, // AUTH, 6 bytes follow
        code, 0x04, 0x15, 0x00, 0x01, b'm', // 4 bytes of properties: method
    ]
}

#[test]
fn v5_3_15_2_1_codes_of_auth() {
    v5(&bytes(0x8C)).refused(ErrorKind::ReasonCode, 2, "MQTT-3.15.2-1", disconnect(0x82));
    for code in 0..=255 {
        if let 0x00 | 0x18 | 0x19 = code {
            v5(&bytes(code)).is(step(code));
        } else {
            v5(&bytes(code)).refused(ErrorKind::ReasonCode, 2, "MQTT-3.15.2-1", disconnect(0x82));
            let error = invalid(PacketType::Auth, ErrorKind::ReasonCode);
            unwritable(Version::V5, step(code), error);
        }
    }
}

#[test]
fn v5_3_15_2_1_codes_of_one_side() {
    for (code, other) in [(0x00, Sender::Client), (0x19, Sender::Server)] {
        v5(&bytes(code)).sent_by(other).refused(
            ErrorKind::ReasonCodeSender,
            2,
            "section 2.4",
            disconnect(0x82),
        );
    }
    v5(&bytes(0x00)).sent_by(Sender::Server).is(step(0x00));
    v5(&bytes(0x19)).sent_by(Sender::Client).is(step(0x19));
    for sender in [Sender::Client, Sender::Server] {
        v5(&bytes(0x18)).sent_by(sender).is(step(0x18));
    }
}

/// An AUTH of 22 bytes: 4 of method, 7 of reason string, 7 of user property.
fn wordy() -> Packet<'static> {
    const LIST: &[Property<'_>] = &[
        Property::AuthenticationMethod("m"),
        Property::ReasonString("next"),
        Property::UserProperty("k", "v"),
    ];
    Auth { reason: ReasonCode::CONTINUE_AUTHENTICATION, properties: Properties::new(LIST) }.into()
}

#[test]
fn v5_3_15_2_2_reason_string_is_left_out_to_fit() {
    assert_eq!(written(Version::V5, wordy()).len(), 22);
    assert_eq!(wordy().fit(Version::V5, 22), Ok(wordy()));
    v5(&[
        0xF0, 0x0D, // AUTH, 13 bytes follow
        0x18, 0x0B, // continue, 11 bytes of properties
        0x15, 0x00, 0x01, b'm', // method
        0x26, 0x00, 0x01, b'k', 0x00, 0x01, b'v', // user property
    ])
    .is(wordy().fit(Version::V5, 21).unwrap());
}

#[test]
fn v5_3_15_2_3_user_property_is_left_out_to_fit() {
    v5(&bytes(0x18)).is(wordy().fit(Version::V5, 14).unwrap());
    let error = EncodeError::PacketTooLarge { size: 8, limit: 7 };
    assert_eq!(wordy().fit(Version::V5, 7), Err(error)); // the method stays
}
