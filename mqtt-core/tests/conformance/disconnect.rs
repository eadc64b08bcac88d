//! DISCONNECT: section 3.14 of 5.0. Its flags are in `header`.

use mqtt_core::{
    Disconnect, EncodeError, ErrorKind, Packet, PacketType, Properties, Property, ReasonCode,
    Sender, Version,
};

use crate::support::{disconnect, invalid, unwritable, v5, written};

/// The codes of table 3-10, and 0x8C, which only the table of all codes has.
const CODES: &[u8] = &[
    0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94,
    0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2,
];

/// Those of them that table 3-10 leaves to the server. 0x9B is not among them: section 3.3.4 lets a
/// client use it.
const SERVER_CODES: &[u8] =
    &[0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x9A, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2];

/// DISCONNECT with this code and no properties.
fn with_code(code: u8) -> Disconnect<'static> {
    Disconnect { reason: ReasonCode(code), ..Disconnect::default() }
}

#[test]
fn v5_3_14_2_1_codes_of_disconnect() {
    v5(&[
        0xE0, 0x01, // DISCONNECT, 1 byte follows
        0x92, // packet identifier not found: a code of PUBREL and PUBCOMP
    ])
    .refused(ErrorKind::ReasonCode, 2, "MQTT-3.14.2-1", disconnect(0x82));
    for code in 0..=255 {
        let bytes = [0xE0, 0x01, code];
        if !CODES.contains(&code) {
            v5(&bytes).refused(ErrorKind::ReasonCode, 2, "MQTT-3.14.2-1", disconnect(0x82));
            let error = invalid(PacketType::Disconnect, ErrorKind::ReasonCode);
            unwritable(Version::V5, with_code(code), error);
        } else if code == 0 {
            v5(&bytes).means(with_code(code));
            assert_eq!(written(Version::V5, with_code(code)), [0xE0, 0x00]); // the short form
        } else {
            v5(&bytes).is(with_code(code));
        }
    }
}

#[test]
fn v5_3_14_2_1_codes_of_one_side() {
    for &code in CODES {
        let bytes = [0xE0, 0x01, code];
        for (sender, not_its) in [(Sender::Client, SERVER_CODES), (Sender::Server, &[0x04][..])] {
            let wire = v5(&bytes).sent_by(sender);
            if not_its.contains(&code) {
                wire.refused(ErrorKind::ReasonCodeSender, 2, "section 2.4", disconnect(0x82));
            } else {
                wire.means(with_code(code));
            }
        }
    }
}

#[test]
fn v5_3_14_2_2_no_session_expiry_interval_from_a_server() {
    let bytes = [
        0xE0, 0x07, // DISCONNECT, 7 bytes follow
        0x80, // unspecified error
        0x05, 0x11, 0x00, 0x00, 0x00, 0x3C, // session expiry interval 60
    ];
    v5(&bytes).sent_by(Sender::Server).refused(
        ErrorKind::SessionExpiryFromServer,
        4,
        "MQTT-3.14.2-2",
        disconnect(0x82),
    );
    let list = [Property::SessionExpiryInterval(60)];
    let packet = Disconnect { properties: Properties::new(&list), ..with_code(0x80) };
    v5(&bytes).sent_by(Sender::Client).is(packet);
}

/// 7 bytes of reason string, 7 of user property.
const WORDY: &[Property<'_>] = &[Property::ReasonString("off."), Property::UserProperty("k", "v")];

/// A DISCONNECT of 18 bytes with both.
fn wordy() -> Packet<'static> {
    Disconnect { properties: Properties::new(WORDY), ..with_code(0x8B) }.into()
}

#[test]
fn v5_3_14_2_3_reason_string_is_left_out_to_fit() {
    assert_eq!(wordy().fit(Version::V5, 18), Ok(wordy()));
    v5(&[
        0xE0, 0x09, // DISCONNECT, 9 bytes follow
        0x8B, // server shutting down
        0x07, 0x26, 0x00, 0x01, b'k', 0x00, 0x01, b'v', // user property
    ])
    .is(wordy().fit(Version::V5, 17).unwrap());
}

#[test]
fn v5_3_14_2_4_user_property_is_left_out_to_fit() {
    v5(&[
        0xE0, 0x01, // DISCONNECT, 1 byte follows
        0x8B, // server shutting down
    ])
    .is(wordy().fit(Version::V5, 10).unwrap());
    let error = EncodeError::PacketTooLarge { size: 3, limit: 2 };
    assert_eq!(wordy().fit(Version::V5, 2), Err(error));
}
