//! PUBACK, PUBREC, PUBREL and PUBCOMP: sections 3.4 to 3.7 of 5.0.

use mqtt_core::{
    EncodeError, ErrorKind, Packet, PacketType, Properties, Property, PubAck, PubComp, PubRec,
    PubRel, ReasonCode, Sender, Version,
};

use crate::support::{disconnect, id, invalid, unwritable, v5, written};

/// The codes of table 3-4 and 3-5, and who sends them.
const PUBACK_CODES: &[u8] = &[0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
/// The codes of table 3-6 and 3-7.
const PUBREL_CODES: &[u8] = &[0x00, 0x92];

/// Tries all codes in a packet with this first byte.
fn all_codes(
    first: u8,
    packet: PacketType,
    legal: &[u8],
    statement: &str,
    build: impl Fn(ReasonCode) -> Packet<'static>,
) {
    for code in 0..=255 {
        let bytes = [first, 0x03, 0x00, 0x01, code]; // identifier 1, the code, no properties
        let ack = build(ReasonCode(code));
        if !legal.contains(&code) {
            v5(&bytes).refused(ErrorKind::ReasonCode, 4, statement, disconnect(0x82));
            unwritable(Version::V5, ack, invalid(packet, ErrorKind::ReasonCode));
        } else if code == 0 {
            v5(&bytes).means(ack);
            assert_eq!(written(Version::V5, ack), [first, 0x02, 0x00, 0x01]); // the short form
        } else {
            v5(&bytes).is(ack);
        }
    }
}

#[test]
fn v5_3_4_2_1_codes_of_puback() {
    v5(&[
        0x40, 0x03, // PUBACK, 3 bytes follow
        0x00, 0x01, // packet identifier
        0x92, // packet identifier not found: a code of PUBREL and PUBCOMP
    ])
    .refused(ErrorKind::ReasonCode, 4, "MQTT-3.4.2-1", disconnect(0x82));
    all_codes(0x40, PacketType::PubAck, PUBACK_CODES, "MQTT-3.4.2-1", |reason| {
        PubAck { reason, ..PubAck::new(id(1)) }.into()
    });
}

#[test]
fn v5_3_5_2_1_codes_of_pubrec() {
    v5(&[
        0x50, 0x03, // PUBREC, 3 bytes follow
        0x00, 0x01, // packet identifier
        0x92, // packet identifier not found: a code of PUBREL and PUBCOMP
    ])
    .refused(ErrorKind::ReasonCode, 4, "MQTT-3.5.2-1", disconnect(0x82));
    all_codes(0x50, PacketType::PubRec, PUBACK_CODES, "MQTT-3.5.2-1", |reason| {
        PubRec { reason, ..PubRec::new(id(1)) }.into()
    });
}

#[test]
fn v5_3_4_2_1_and_3_5_2_1_only_a_server_knows_of_subscribers() {
    for first in [0x40, 0x50] {
        let bytes = [
            first, 0x03, // PUBACK and PUBREC, 3 bytes follow
            0x00, 0x01, // packet identifier
            0x10, // no matching subscribers
        ];
        assert!(v5(&bytes).sent_by(Sender::Server).decode().is_ok());
        v5(&bytes).sent_by(Sender::Client).refused(
            ErrorKind::ReasonCodeSender,
            4,
            "section 2.4",
            disconnect(0x82),
        );
    }
}

#[test]
fn v5_3_6_2_1_codes_of_pubrel() {
    v5(&[
        0x62, 0x03, // PUBREL, 3 bytes follow
        0x00, 0x01, // packet identifier
        0x80, // unspecified error: not a code of PUBREL
    ])
    .refused(ErrorKind::ReasonCode, 4, "MQTT-3.6.2-1", disconnect(0x82));
    all_codes(0x62, PacketType::PubRel, PUBREL_CODES, "MQTT-3.6.2-1", |reason| {
        PubRel { reason, ..PubRel::new(id(1)) }.into()
    });
}

#[test]
fn v5_3_7_2_1_codes_of_pubcomp() {
    v5(&[
        0x70, 0x03, // PUBCOMP, 3 bytes follow
        0x00, 0x01, // packet identifier
        0x80, // unspecified error: not a code of PUBCOMP
    ])
    .refused(ErrorKind::ReasonCode, 4, "MQTT-3.7.2-1", disconnect(0x82));
    all_codes(0x70, PacketType::PubComp, PUBREL_CODES, "MQTT-3.7.2-1", |reason| {
        PubComp { reason, ..PubComp::new(id(1)) }.into()
    });
}

/// 7 bytes of reason string, 7 of user property.
const WORDY: &[Property<'_>] = &[Property::ReasonString("full"), Property::UserProperty("k", "v")];

/// A packet with both, and a limit one byte below its size.
fn without_reason_string(first: u8, code: u8, wordy: Packet<'_>) {
    let all = [
        &[first, 0x12, 0x00, 0x01, code, 0x0E], // identifier 1, 14 bytes of properties
        &[0x1F, 0x00, 0x04, b'f', b'u', b'l', b'l'][..],
        &[0x26, 0x00, 0x01, b'k', 0x00, 0x01, b'v'],
    ]
    .concat();
    v5(&all).is(wordy);
    assert_eq!(wordy.fit(Version::V5, 20), Ok(wordy));
    let shorter = [
        &[first, 0x0B, 0x00, 0x01, code, 0x07], // identifier 1, 7 bytes of properties
        &[0x26, 0x00, 0x01, b'k', 0x00, 0x01, b'v'][..],
    ]
    .concat();
    v5(&shorter).is(wordy.fit(Version::V5, 19).unwrap());
    v5(&shorter).is(wordy.fit(Version::V5, 13).unwrap());
}

/// A packet with both, and a limit below its size without the reason string.
fn without_user_property(first: u8, code: u8, wordy: Packet<'_>) {
    let shortest = [first, 0x03, 0x00, 0x01, code];
    v5(&shortest).is(wordy.fit(Version::V5, 12).unwrap());
    v5(&shortest).is(wordy.fit(Version::V5, 5).unwrap());
    let error = EncodeError::PacketTooLarge { size: 5, limit: 4 };
    assert_eq!(wordy.fit(Version::V5, 4), Err(error)); // the code says something
}

/// Each of the four packets with both properties: first byte, code, packet.
fn wordy() -> [(u8, u8, Packet<'static>); 4] {
    let properties = Properties::new(WORDY);
    let quota = ReasonCode::QUOTA_EXCEEDED;
    let unknown = ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
    [
        (0x40, 0x97, PubAck { reason: quota, properties, ..PubAck::new(id(1)) }.into()),
        (0x50, 0x97, PubRec { reason: quota, properties, ..PubRec::new(id(1)) }.into()),
        (0x62, 0x92, PubRel { reason: unknown, properties, ..PubRel::new(id(1)) }.into()),
        (0x70, 0x92, PubComp { reason: unknown, properties, ..PubComp::new(id(1)) }.into()),
    ]
}

#[test]
fn v5_3_4_2_2_reason_string_is_left_out_of_puback_to_fit() {
    let (first, code, packet) = wordy()[0];
    without_reason_string(first, code, packet);
}

#[test]
fn v5_3_4_2_3_user_property_is_left_out_of_puback_to_fit() {
    let (first, code, packet) = wordy()[0];
    without_user_property(first, code, packet);
}

#[test]
fn v5_3_5_2_2_reason_string_is_left_out_of_pubrec_to_fit() {
    let (first, code, packet) = wordy()[1];
    without_reason_string(first, code, packet);
}

#[test]
fn v5_3_5_2_3_user_property_is_left_out_of_pubrec_to_fit() {
    let (first, code, packet) = wordy()[1];
    without_user_property(first, code, packet);
}

#[test]
fn v5_3_6_2_2_reason_string_is_left_out_of_pubrel_to_fit() {
    let (first, code, packet) = wordy()[2];
    without_reason_string(first, code, packet);
}

#[test]
fn v5_3_6_2_3_user_property_is_left_out_of_pubrel_to_fit() {
    let (first, code, packet) = wordy()[2];
    without_user_property(first, code, packet);
}

#[test]
fn v5_3_7_2_2_reason_string_is_left_out_of_pubcomp_to_fit() {
    let (first, code, packet) = wordy()[3];
    without_reason_string(first, code, packet);
}

#[test]
fn v5_3_7_2_3_user_property_is_left_out_of_pubcomp_to_fit() {
    let (first, code, packet) = wordy()[3];
    without_user_property(first, code, packet);
}
