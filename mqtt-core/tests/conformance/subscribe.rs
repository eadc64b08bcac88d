//! SUBSCRIBE and SUBACK: sections 3.8 and 3.9 of both versions.

use mqtt_core::{
    ErrorKind, Packet, PacketType, Properties, Property, QoS, ReasonCode, ReasonCodes,
    RetainHandling, Sender, SubAck, Subscribe, Subscription, SubscriptionOptions, Subscriptions,
    Version,
};

use crate::support::{CLOSE, disconnect, id, invalid, unwritable, v5, v311};

/// SUBSCRIBE of identifier 1 for these filters.
fn subscribe<'a>(filters: &'a [Subscription<'a>]) -> Subscribe<'a> {
    Subscribe { filters: Subscriptions::new(filters), ..Subscribe::new(id(1)) }
}

/// SUBACK of identifier 1 with these codes.
fn suback(codes: &[ReasonCode]) -> SubAck<'_> {
    SubAck { reasons: ReasonCodes::new(codes), ..SubAck::new(id(1)) }
}

#[test]
fn v5_3_8_3_1_filters_are_utf8() {
    v5(&[
        0x82, 0x0C, // SUBSCRIBE, 12 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
        0x00, 0x02, 0xC3, 0xA9, 0x00, // filter U+00E9, options
        0x00, 0x01, 0xA9, 0x00, // filter of a lone continuation byte, options
    ])
    .refused(ErrorKind::Utf8, 12, "MQTT-1.5.4-1", disconnect(0x81));
    let filters = [Subscription::new("é", QoS::AtMostOnce)];
    v5(&[
        0x82, 0x08, // SUBSCRIBE, 8 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
        0x00, 0x02, 0xC3, 0xA9, 0x00, // filter U+00E9, options
    ])
    .is(subscribe(&filters));
}

#[test]
fn v5_3_8_3_2_at_least_one_filter_with_its_options() {
    v5(&[
        0x82, 0x03, // SUBSCRIBE, 3 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
    ])
    .refused(ErrorKind::SubscriptionsEmpty, 5, "MQTT-3.8.3-2", disconnect(0x82));
    v5(&[
        0x82, 0x06, // SUBSCRIBE, 6 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
        0x00, 0x01, b'a', // filter without options
    ])
    .refused(ErrorKind::Truncated, 8, "section 1.2", disconnect(0x81));
    let empty = invalid(PacketType::Subscribe, ErrorKind::SubscriptionsEmpty);
    unwritable(Version::V5, subscribe(&[]), empty);
    let filters =
        [Subscription::new("a", QoS::AtLeastOnce), Subscription::new("b", QoS::ExactlyOnce)];
    v5(&[
        0x82, 0x0B, // SUBSCRIBE, 11 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
        0x00, 0x01, b'a', 0x01, // filter, QoS 1
        0x00, 0x01, b'b', 0x02, // filter, QoS 2
    ])
    .is(subscribe(&filters));
}

#[test]
fn v5_3_8_3_4_no_local_on_a_shared_subscription() {
    let shared = [
        0x82, 0x10, // SUBSCRIBE, 16 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
        0x00, 0x0A, b'$', b's', b'h', b'a', b'r', b'e', b'/', b'g', b'/', b'a', // filter
        0x04, // No Local
    ];
    v5(&shared).refused(ErrorKind::NoLocalOnShare, 17, "MQTT-3.8.3-4", disconnect(0x82));
    let no_local = SubscriptionOptions { no_local: true, ..SubscriptionOptions::DEFAULT };
    let filters = [Subscription { filter: "$share/g/a", options: no_local }];
    let error = invalid(PacketType::Subscribe, ErrorKind::NoLocalOnShare);
    unwritable(Version::V5, subscribe(&filters), error);

    let filters = [Subscription::new("$share/g/a", QoS::AtMostOnce)];
    let mut without = shared;
    without[17] = 0x00;
    v5(&without).is(subscribe(&filters));
    let filters = [Subscription { filter: "a", options: no_local }];
    v5(&[
        0x82, 0x07, // SUBSCRIBE, 7 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
        0x00, 0x01, b'a', 0x04, // filter that is not shared, No Local
    ])
    .is(subscribe(&filters));
}

#[test]
fn v5_3_8_3_5_reserved_option_bits() {
    for bits in [0x40, 0x80, 0xC0] {
        v5(&[
            0x82, 0x07, // SUBSCRIBE, 7 bytes follow
            0x00, 0x01, 0x00, // packet identifier, no properties
            0x00, 0x01, b'a', bits, // filter, options
        ])
        .refused(
            ErrorKind::SubscriptionOptionsReserved,
            8,
            "MQTT-3.8.3-5",
            disconnect(0x81),
        );
    }
    // All values of the byte: reserved bits before QoS 3 before Retain Handling 3.
    for byte in 0..=255_u8 {
        let bytes = [0x82, 0x07, 0x00, 0x01, 0x00, 0x00, 0x01, b'a', byte];
        let kind = match (byte >> 6, byte & 3, byte >> 4 & 3) {
            (1.., ..) => Some(ErrorKind::SubscriptionOptionsReserved),
            (_, 3, _) => Some(ErrorKind::SubscriptionQos),
            (.., 3) => Some(ErrorKind::RetainHandling),
            _ => None,
        };
        match kind {
            Some(kind) => assert_eq!(v5(&bytes).decode().unwrap_err().kind(), kind, "{byte:#04x}"),
            None => {
                let filters = [Subscription { filter: "a", options: options(byte) }];
                v5(&bytes).is(subscribe(&filters)); // and the encoder leaves the bits 0
            }
        }
    }
}

/// The options that a legal byte stands for.
fn options(byte: u8) -> SubscriptionOptions {
    let handling =
        [RetainHandling::SendAlways, RetainHandling::SendIfNew, RetainHandling::DoNotSend];
    SubscriptionOptions {
        qos: QoS::try_from(byte & 3).unwrap(),
        no_local: byte & 4 != 0,
        retain_as_published: byte & 8 != 0,
        retain_handling: handling[usize::from(byte >> 4)],
    }
}

#[test]
fn v5_3_8_4_6_suback_has_a_code() {
    v5(&[
        0x90, 0x03, // SUBACK, 3 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
    ])
    .refused(ErrorKind::ReasonCodesEmpty, 5, "MQTT-3.8.4-6", disconnect(0x82));
    let error = invalid(PacketType::SubAck, ErrorKind::ReasonCodesEmpty);
    unwritable(Version::V5, suback(&[]), error);
}

/// The codes of table 3-8 of 5.0.
const CODES_V5: &[u8] = &[0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2];

#[test]
fn v5_3_9_3_2_codes_of_suback() {
    v5(&[
        0x90, 0x05, // SUBACK, 5 bytes follow
        0x00, 0x01, 0x00, // packet identifier, no properties
        0x02, 0x03, // QoS 2 granted; a code that does not exist
    ])
    .refused(ErrorKind::ReasonCode, 6, "MQTT-3.9.3-2", disconnect(0x82));
    for code in 0..=255 {
        let bytes = [0x90, 0x04, 0x00, 0x01, 0x00, code];
        let codes = [ReasonCode(code)];
        if CODES_V5.contains(&code) {
            v5(&bytes).sent_by(Sender::Server).is(suback(&codes));
        } else {
            v5(&bytes).refused(ErrorKind::ReasonCode, 5, "MQTT-3.9.3-2", disconnect(0x82));
            let error = invalid(PacketType::SubAck, ErrorKind::ReasonCode);
            unwritable(Version::V5, suback(&codes), error);
        }
    }
}

/// 7 bytes of reason string, 7 of user property.
const WORDY: &[Property<'_>] = &[Property::ReasonString("full"), Property::UserProperty("k", "v")];

/// A SUBACK of 20 bytes with both.
fn wordy() -> Packet<'static> {
    const CODES: &[ReasonCode] = &[ReasonCode::QUOTA_EXCEEDED];
    SubAck { properties: Properties::new(WORDY), ..suback(CODES) }.into()
}

#[test]
fn v5_3_9_2_1_reason_string_is_left_out_of_suback_to_fit() {
    assert_eq!(wordy().fit(Version::V5, 20), Ok(wordy()));
    v5(&[
        0x90, 0x0B, // SUBACK, 11 bytes follow
        0x00, 0x01, // packet identifier
        0x07, 0x26, 0x00, 0x01, b'k', 0x00, 0x01, b'v', // user property
        0x97, // quota exceeded
    ])
    .is(wordy().fit(Version::V5, 19).unwrap());
}

#[test]
fn v5_3_9_2_2_user_property_is_left_out_of_suback_to_fit() {
    v5(&[
        0x90, 0x04, // SUBACK, 4 bytes follow
        0x00, 0x01, // packet identifier
        0x00, // no properties
        0x97, // quota exceeded
    ])
    .is(wordy().fit(Version::V5, 12).unwrap());
}

#[test]
fn v311_3_8_3_1_filters_are_utf8() {
    v311(&[
        0x82, 0x0B, // SUBSCRIBE, 11 bytes follow
        0x00, 0x01, // packet identifier
        0x00, 0x02, 0xC3, 0xA9, 0x00, // filter U+00E9, QoS 0
        0x00, 0x01, 0xA9, 0x00, // filter of a lone continuation byte, QoS 0
    ])
    .refused(ErrorKind::Utf8, 11, "MQTT-1.5.3-1", CLOSE);
    let filters = [Subscription::new("é", QoS::AtMostOnce)];
    v311(&[
        0x82, 0x07, // SUBSCRIBE, 7 bytes follow
        0x00, 0x01, // packet identifier
        0x00, 0x02, 0xC3, 0xA9, 0x00, // filter U+00E9, QoS 0
    ])
    .is(subscribe(&filters));
}

#[test]
fn v311_3_8_3_3_at_least_one_filter_with_its_qos() {
    v311(&[
        0x82, 0x02, // SUBSCRIBE, 2 bytes follow
        0x00, 0x01, // packet identifier
    ])
    .refused(ErrorKind::SubscriptionsEmpty, 4, "MQTT-3.8.3-3", CLOSE);
    v311(&[
        0x82, 0x05, // SUBSCRIBE, 5 bytes follow
        0x00, 0x01, // packet identifier
        0x00, 0x01, b'a', // filter without QoS
    ])
    .refused(ErrorKind::Truncated, 7, "MQTT-4.8.0-1", CLOSE);
    let empty = invalid(PacketType::Subscribe, ErrorKind::SubscriptionsEmpty);
    unwritable(Version::V311, subscribe(&[]), empty);
    let filters =
        [Subscription::new("a", QoS::AtLeastOnce), Subscription::new("b", QoS::ExactlyOnce)];
    v311(&[
        0x82, 0x0A, // SUBSCRIBE, 10 bytes follow
        0x00, 0x01, // packet identifier
        0x00, 0x01, b'a', 0x01, // filter, QoS 1
        0x00, 0x01, b'b', 0x02, // filter, QoS 2
    ])
    .is(subscribe(&filters));
}

#[test]
fn v311_3_8_3_4_qos_byte_is_0_1_or_2() {
    for byte in 0..=255_u8 {
        let bytes = [
            0x82, 0x06, // SUBSCRIBE, 6 bytes follow
            0x00, 0x01, // packet identifier
            0x00, 0x01, b'a', byte, // filter, QoS
        ];
        match byte {
            0..=2 => {
                let filters = [Subscription::new("a", QoS::try_from(byte).unwrap())];
                v311(&bytes).is(subscribe(&filters));
            }
            3 => v311(&bytes).refused(ErrorKind::SubscriptionQos, 7, "MQTT-3.8.3-4", CLOSE),
            _ => v311(&bytes).refused(
                ErrorKind::SubscriptionOptionsReserved,
                7,
                "MQTT-3.8.3-4",
                CLOSE,
            ),
        }
    }
    // What 5.0 keeps in these bits cannot be written.
    for byte in [0x04, 0x08, 0x10, 0x20] {
        let filters = [Subscription { filter: "a", options: options(byte) }];
        let error = mqtt_core::EncodeError::NotInVersion {
            packet: PacketType::Subscribe,
            version: Version::V311,
        };
        unwritable(Version::V311, subscribe(&filters), error);
    }
}

#[test]
fn v311_3_8_4_5_suback_has_a_code() {
    v311(&[
        0x90, 0x02, // SUBACK, 2 bytes follow
        0x00, 0x01, // packet identifier
    ])
    .refused(ErrorKind::ReasonCodesEmpty, 4, "MQTT-3.8.4-5", CLOSE);
    let error = invalid(PacketType::SubAck, ErrorKind::ReasonCodesEmpty);
    unwritable(Version::V311, suback(&[]), error);
}

#[test]
fn v311_3_9_3_2_codes_of_suback() {
    for code in 0..=255 {
        let bytes = [
            0x90, 0x03, // SUBACK, 3 bytes follow
            0x00, 0x01, // packet identifier
            code,
        ];
        let codes = [ReasonCode(code)];
        if let 0..=2 | 0x80 = code {
            v311(&bytes).is(suback(&codes));
        } else {
            v311(&bytes).refused(ErrorKind::ReasonCode, 4, "MQTT-3.9.3-2", CLOSE);
            let error = invalid(PacketType::SubAck, ErrorKind::ReasonCode);
            unwritable(Version::V311, suback(&codes), error);
        }
    }
}
