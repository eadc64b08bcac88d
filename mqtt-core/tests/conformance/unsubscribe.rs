//! UNSUBSCRIBE and UNSUBACK: sections 3.10 and 3.11 of both versions.

use mqtt_core::{
    ErrorKind, Packet, PacketType, Properties, Property, ReasonCode, ReasonCodes, Sender,
    TopicFilters, UnsubAck, Unsubscribe, Version,
};

use crate::support::{CLOSE, disconnect, id, invalid, unwritable, v5, v311};

/// UNSUBSCRIBE of identifier 1 for these filters.
fn unsubscribe<'a>(filters: &'a [&'a str]) -> Unsubscribe<'a> {
    Unsubscribe { filters: TopicFilters::new(filters), ..Unsubscribe::new(id(1)) }
}

/// UNSUBACK of identifier 1 with these codes.
fn unsuback(codes: &[ReasonCode]) -> UnsubAck<'_> {
    UnsubAck { reasons: ReasonCodes::new(codes), ..UnsubAck::new(id(1)) }
}

#[test]
fn v5_3_10_3_1_filters_are_utf8() {
    v5(&[
        0xA2, 0x0A, // UNSUBSCRIBE, 10 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
        0x00, 0x02, 0xC3, 0xA9, // filter U+00E9
        0x00, 0x01, 0xA9, // filter of a lone continuation byte
    ])
    .refused(ErrorKind::Utf8, 11, "MQTT-1.5.4-1", disconnect(0x81));
    v5(&[
        0xA2, 0x07, // UNSUBSCRIBE, 7 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
        0x00, 0x02, 0xC3, 0xA9, // filter U+00E9
    ])
    .is(unsubscribe(&["é"]));
}

#[test]
fn v5_3_10_3_2_at_least_one_filter() {
    v5(&[
        0xA2, 0x03, // UNSUBSCRIBE, 3 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
    ])
    .refused(ErrorKind::SubscriptionsEmpty, 5, "MQTT-3.10.3-2", disconnect(0x82));
    let empty = invalid(PacketType::Unsubscribe, ErrorKind::SubscriptionsEmpty);
    unwritable(Version::V5, unsubscribe(&[]), empty);
    v5(&[
        0xA2, 0x09, // UNSUBSCRIBE, 9 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
        0x00, 0x01, b'a', // filter
        0x00, 0x01, b'#', // filter
    ])
    .is(unsubscribe(&["a", "#"]));
}

#[test]
fn v5_3_11_3_1_unsuback_has_a_code() {
    v5(&[
        0xB0, 0x03, // UNSUBACK, 3 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
    ])
    .refused(ErrorKind::ReasonCodesEmpty, 5, "section 3.11.3", disconnect(0x82));
    let error = invalid(PacketType::UnsubAck, ErrorKind::ReasonCodesEmpty);
    unwritable(Version::V5, unsuback(&[]), error);
}

/// The codes of table 3-9.
const CODES: &[u8] = &[0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91];

#[test]
fn v5_3_11_3_2_codes_of_unsuback() {
    v5(&[
        0xB0, 0x05, // UNSUBACK, 5 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
        0x11, 0x01, // no subscription existed; a code of SUBACK
    ])
    .refused(ErrorKind::ReasonCode, 6, "MQTT-3.11.3-2", disconnect(0x82));
    for code in 0..=255 {
        let bytes = [0xB0, 0x04, 0x00, 0x01, 0x00, code];
        let codes = [ReasonCode(code)];
        if CODES.contains(&code) {
            v5(&bytes).sent_by(Sender::Server).is(unsuback(&codes));
        } else {
            v5(&bytes).refused(ErrorKind::ReasonCode, 5, "MQTT-3.11.3-2", disconnect(0x82));
            let error = invalid(PacketType::UnsubAck, ErrorKind::ReasonCode);
            unwritable(Version::V5, unsuback(&codes), error);
        }
    }
}

/// 7 bytes of reason string, 7 of user property.
const WORDY: &[Property<'_>] = &[Property::ReasonString("why?"), Property::UserProperty("k", "v")];

/// An UNSUBACK of 20 bytes with both.
fn wordy() -> Packet<'static> {
    const CODES: &[ReasonCode] = &[ReasonCode::NO_SUBSCRIPTION_EXISTED];
    UnsubAck { properties: Properties::new(WORDY), ..unsuback(CODES) }.into()
}

#[test]
fn v5_3_11_2_1_reason_string_is_left_out_of_unsuback_to_fit() {
    assert_eq!(wordy().fit(Version::V5, 20), Ok(wordy()));
    v5(&[
        0xB0, 0x0B, // UNSUBACK, 11 bytes follow
        0x00, 0x01, // packet identifier
        0x07, 0x26, 0x00, 0x01, b'k', 0x00, 0x01, b'v', // user property
        0x11, // no subscription existed
    ])
    .is(wordy().fit(Version::V5, 19).unwrap());
}

#[test]
fn v5_3_11_2_2_user_property_is_left_out_of_unsuback_to_fit() {
    v5(&[
        0xB0, 0x04, // UNSUBACK, 4 bytes follow
        0x00, 0x01, // packet identifier
        0x00, // no properties
        0x11, // no subscription existed
    ])
    .is(wordy().fit(Version::V5, 12).unwrap());
}

#[test]
fn v311_3_10_3_1_filters_are_utf8_without_gaps() {
    v311(&[
        0xA2, 0x09, // UNSUBSCRIBE, 9 bytes follow
        0x00, 0x01, // packet identifier
        0x00, 0x02, 0xC3, 0xA9, // filter U+00E9
        0x00, 0x01, 0xA9, // filter of a lone continuation byte
    ])
    .refused(ErrorKind::Utf8, 10, "MQTT-1.5.3-1", CLOSE);
    v311(&[
        0xA2, 0x0A, // UNSUBSCRIBE, 10 bytes follow
        0x00, 0x01, // packet identifier
        0x00, 0x02, 0xC3, 0xA9, // filter U+00E9
        0x00, 0x02, b'b', b'c', // filter at once behind it
    ])
    .is(unsubscribe(&["é", "bc"]));
    v311(&[
        0xA2, 0x09, // UNSUBSCRIBE, 9 bytes follow
        0x00, 0x01, // packet identifier
        0x00, 0x01, b'a', // filter
        0x00, // a gap
        0x00, 0x01, b'b', // filter: read as 0x0000 and a rest
    ])
    .refused(ErrorKind::FilterEmpty, 7, "MQTT-4.7.3-1", CLOSE);
}

#[test]
fn v311_3_10_3_2_at_least_one_filter() {
    v311(&[
        0xA2, 0x02, // UNSUBSCRIBE, 2 bytes follow
        0x00, 0x01, // packet identifier
    ])
    .refused(ErrorKind::SubscriptionsEmpty, 4, "MQTT-3.10.3-2", CLOSE);
    let empty = invalid(PacketType::Unsubscribe, ErrorKind::SubscriptionsEmpty);
    unwritable(Version::V311, unsubscribe(&[]), empty);
}
