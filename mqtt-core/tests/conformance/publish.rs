//! PUBLISH: section 3.3 of both versions, and its packet identifier.

use mqtt_core::{
    ErrorKind, PacketId, PacketType, Properties, Property, PropertyId, Publish, QoS, Sender,
    Version,
};

use crate::support::{
    CLOSE, disconnect, id, invalid, invalid_property, unwritable, v5, v311, written,
};

const PLAIN: Publish<'_> = Publish {
    dup: false,
    qos: QoS::AtMostOnce,
    retain: false,
    topic: "t",
    packet_id: None,
    properties: Properties::EMPTY,
    payload: b"",
};

/// A first byte that the rules allow: DUP, QoS, RETAIN.
fn legal_first_bytes() -> Vec<(u8, bool, QoS, bool)> {
    let mut all = Vec::new();
    for (bits, qos) in [(0, QoS::AtMostOnce), (1, QoS::AtLeastOnce), (2, QoS::ExactlyOnce)] {
        for retain in [false, true] {
            for dup in [false, true] {
                if !(dup && qos == QoS::AtMostOnce) {
                    let first = 0x30 | u8::from(dup) << 3 | bits << 1 | u8::from(retain);
                    all.push((first, dup, qos, retain));
                }
            }
        }
    }
    all
}

#[test]
fn v5_2_2_1_2_no_packet_identifier_with_qos_0() {
    v5(&[
        0x30, 0x06, // PUBLISH, QoS 0, 6 bytes follow
        0x00, 0x01, b't', // topic
        0x00, // no properties: no identifier in between
        0x00, 0x0A, // payload
    ])
    .is(Publish { payload: &[0x00, 0x0A], ..PLAIN });
    v5(&[
        0x32, 0x06, // PUBLISH, QoS 1, 6 bytes follow
        0x00, 0x01, b't', // topic
        0x00, 0x0A, // packet identifier
        0x00, // no properties
    ])
    .is(Publish { qos: QoS::AtLeastOnce, packet_id: PacketId::new(10), ..PLAIN });
    unwritable(
        Version::V5,
        Publish { packet_id: PacketId::new(10), ..PLAIN },
        invalid(PacketType::Publish, ErrorKind::PacketIdZero),
    );
}

#[test]
fn v5_2_2_1_3_packet_identifier_is_not_0() {
    v5(&[
        0x32, 0x06, // PUBLISH, QoS 1, 6 bytes follow
        0x00, 0x01, b't', // topic
        0x00, 0x00, // packet identifier
        0x00, // no properties
    ])
    .sent_by(Sender::Client)
    .refused(ErrorKind::PacketIdZero, 5, "MQTT-2.2.1-3", disconnect(0x82));
    v5(&[
        0x82, 0x07, // SUBSCRIBE, 7 bytes follow
        0x00, 0x00, // packet identifier
        0x00, // no properties
        0x00, 0x01, b'a', 0x00, // filter and options
    ])
    .refused(ErrorKind::PacketIdZero, 2, "MQTT-2.2.1-3", disconnect(0x82));
    v5(&[
        0xA2, 0x06, // UNSUBSCRIBE, 6 bytes follow
        0x00, 0x00, // packet identifier
        0x00, // no properties
        0x00, 0x01, b'a', // filter
    ])
    .refused(ErrorKind::PacketIdZero, 2, "MQTT-2.2.1-3", disconnect(0x82));
}

#[test]
fn v5_2_2_1_4_packet_identifier_of_a_server_is_not_0() {
    let bytes = [
        0x34, 0x06, // PUBLISH, QoS 2, 6 bytes follow
        0x00, 0x01, b't', // topic
        0x00, 0x00, // packet identifier
        0x00, // no properties
    ];
    let kind = ErrorKind::PacketIdZero;
    v5(&bytes).sent_by(Sender::Server).refused(kind, 5, "MQTT-2.2.1-4", disconnect(0x82));
    // Of whoever sent it, the section says the same.
    v5(&bytes).refused(kind, 5, "section 2.2.1", disconnect(0x82));
}

#[test]
fn v5_3_3_1_2_no_dup_with_qos_0() {
    v5(&[
        0x38, 0x04, // PUBLISH, DUP 1, QoS 0, 4 bytes follow
        0x00, 0x01, b't', // topic
        0x00, // no properties
    ])
    .refused(ErrorKind::DupWithoutQos, 0, "MQTT-3.3.1-2", disconnect(0x81));
    let error = invalid(PacketType::Publish, ErrorKind::DupWithoutQos);
    unwritable(Version::V5, Publish { dup: true, ..PLAIN }, error);
    for (first, dup, qos, retain) in legal_first_bytes() {
        let packet_id = if qos == QoS::AtMostOnce { None } else { Some(id(1)) };
        let publish = Publish { dup, qos, retain, packet_id, ..PLAIN };
        assert_eq!(written(Version::V5, publish)[0], first, "{publish:?}");
    }
}

#[test]
fn v5_3_3_1_4_qos_is_not_3() {
    for first in [0x36, 0x37, 0x3E, 0x3F] {
        v5(&[
            first, 0x06, // PUBLISH, QoS bits 11, 6 bytes follow
            0x00, 0x01, b't', // topic
            0x00, 0x01, // packet identifier
            0x00, // no properties
        ])
        .refused(ErrorKind::PublishQos, 0, "MQTT-3.3.1-4", disconnect(0x81));
    }
    for (first, dup, qos, retain) in legal_first_bytes() {
        // QoS 0 reads the identifier as empty properties and a payload that is the rest.
        let bytes = [first, 0x06, 0x00, 0x01, b't', 0x00, 0x01, 0x00];
        let publish = Publish { dup, qos, retain, ..PLAIN };
        v5(&bytes).is(if qos == QoS::AtMostOnce {
            Publish { payload: &[0x01, 0x00], ..publish }
        } else {
            Publish { packet_id: Some(id(1)), ..publish }
        });
    }
}

#[test]
fn v5_3_3_2_1_topic_name_comes_first_and_is_utf8() {
    let mut bytes = [
        0x30, 0x06, // PUBLISH, 6 bytes follow
        0x00, 0x02, 0xC3, 0xA9, // topic U+00E9
        0x00, // no properties
        b'!', // payload
    ];
    v5(&bytes).is(Publish { topic: "é", payload: b"!", ..PLAIN });
    bytes[5] = b'x'; // the character is cut off
    v5(&bytes).refused(ErrorKind::Utf8, 4, "MQTT-1.5.4-1", disconnect(0x81));
    v5(&[
        0x30, 0x01, // PUBLISH, 1 byte follows
        0x00, // half the length of the topic
    ])
    .refused(ErrorKind::Truncated, 2, "section 1.2", disconnect(0x81));
}

#[test]
fn v5_3_3_2_2_no_wildcard_in_a_topic_name() {
    for wildcard in [b'+', b'#'] {
        v5(&[
            0x30, 0x06, // PUBLISH, 6 bytes follow
            0x00, 0x03, b'a', b'/', wildcard, // topic
            0x00,     // no properties
        ])
        .refused(ErrorKind::TopicWildcard, 6, "MQTT-3.3.2-2", disconnect(0x90));
    }
    for topic in ["+", "#", "a/+/b", "a+", "#a", "$share/g/#"] {
        let error = invalid(PacketType::Publish, ErrorKind::TopicWildcard);
        unwritable(Version::V5, Publish { topic, ..PLAIN }, error);
    }
}

#[test]
fn v5_3_3_2_8_topic_alias_is_not_0() {
    let mut bytes = [
        0x30, 0x07, // PUBLISH, 7 bytes follow
        0x00, 0x01, b't', // topic
        0x03, 0x23, 0x00, 0x00, // 3 bytes of properties: topic alias
    ];
    v5(&bytes).refused(ErrorKind::TopicAliasZero, 6, "MQTT-3.3.2-8", disconnect(0x94));
    for alias in [1, 0xFFFF_u16] {
        bytes[7..].copy_from_slice(&alias.to_be_bytes());
        let list = [Property::TopicAlias(alias)];
        v5(&bytes).is(Publish { properties: Properties::new(&list), ..PLAIN });
    }
    unwritable(
        Version::V5,
        Publish { properties: Properties::new(&[Property::TopicAlias(0)]), ..PLAIN },
        invalid_property(PacketType::Publish, ErrorKind::TopicAliasZero, PropertyId::TopicAlias),
    );
}

#[test]
fn v5_3_3_2_13_response_topic_is_utf8() {
    v5(&[
        0x30, 0x09, // PUBLISH, 9 bytes follow
        0x00, 0x01, b't', // topic
        0x05, 0x08, 0x00, 0x02, b'r', 0xC0, // 5 bytes of properties: response topic
    ])
    .refused(ErrorKind::Utf8, 10, "MQTT-1.5.4-1", disconnect(0x81));
    let list = [Property::ResponseTopic("é")];
    v5(&[
        0x30, 0x09, // PUBLISH, 9 bytes follow
        0x00, 0x01, b't', // topic
        0x05, 0x08, 0x00, 0x02, 0xC3, 0xA9, // 5 bytes of properties: response topic
    ])
    .is(Publish { properties: Properties::new(&list), ..PLAIN });
}

#[test]
fn v5_3_3_2_14_no_wildcard_in_a_response_topic() {
    for wildcard in [b'+', b'#'] {
        v5(&[
            0x30, 0x0A, // PUBLISH, 10 bytes follow
            0x00, 0x01, b't', // topic
            0x06, 0x08, 0x00, 0x03, b'r', b'/', wildcard, // response topic
        ])
        .refused(ErrorKind::ResponseTopicWildcard, 11, "MQTT-3.3.2-14", disconnect(0x82));
    }
    for topic in ["+", "r/#"] {
        unwritable(
            Version::V5,
            Publish { properties: Properties::new(&[Property::ResponseTopic(topic)]), ..PLAIN },
            invalid_property(
                PacketType::Publish,
                ErrorKind::ResponseTopicWildcard,
                PropertyId::ResponseTopic,
            ),
        );
    }
}

#[test]
fn v5_3_3_2_19_content_type_is_utf8() {
    v5(&[
        0x30, 0x09, // PUBLISH, 9 bytes follow
        0x00, 0x01, b't', // topic
        0x05, 0x03, 0x00, 0x02, b'c', 0xFF, // 5 bytes of properties: content type
    ])
    .refused(ErrorKind::Utf8, 10, "MQTT-1.5.4-1", disconnect(0x81));
    let list = [Property::ContentType("é")];
    v5(&[
        0x30, 0x09, // PUBLISH, 9 bytes follow
        0x00, 0x01, b't', // topic
        0x05, 0x03, 0x00, 0x02, 0xC3, 0xA9, // 5 bytes of properties: content type
    ])
    .is(Publish { properties: Properties::new(&list), ..PLAIN });
}

#[test]
fn v5_3_3_4_6_no_subscription_identifier_from_a_client() {
    let bytes = [
        0x30, 0x06, // PUBLISH, 6 bytes follow
        0x00, 0x01, b't', // topic
        0x02, 0x0B, 0x07, // 2 bytes of properties: subscription identifier 7
    ];
    v5(&bytes).sent_by(Sender::Client).refused(
        ErrorKind::SubscriptionIdFromClient,
        6,
        "MQTT-3.3.4-6",
        disconnect(0x82),
    );
    let list = [Property::SubscriptionIdentifier(7)];
    v5(&bytes).sent_by(Sender::Server).is(Publish { properties: Properties::new(&list), ..PLAIN });
}

#[test]
fn v311_2_3_1_1_packet_identifier_is_not_0() {
    v311(&[
        0x34, 0x05, // PUBLISH, QoS 2, 5 bytes follow
        0x00, 0x01, b't', // topic
        0x00, 0x00, // packet identifier
    ])
    .refused(ErrorKind::PacketIdZero, 5, "MQTT-2.3.1-1", CLOSE);
    v311(&[
        0x82, 0x06, // SUBSCRIBE, 6 bytes follow
        0x00, 0x00, // packet identifier
        0x00, 0x01, b'a', 0x00, // filter and QoS
    ])
    .refused(ErrorKind::PacketIdZero, 2, "MQTT-2.3.1-1", CLOSE);
    v311(&[
        0xA2, 0x05, // UNSUBSCRIBE, 5 bytes follow
        0x00, 0x00, // packet identifier
        0x00, 0x01, b'a', // filter
    ])
    .refused(ErrorKind::PacketIdZero, 2, "MQTT-2.3.1-1", CLOSE);
}

#[test]
fn v311_2_3_1_1_packet_identifier_is_not_left_out() {
    v311(&[
        0x32, 0x03, // PUBLISH, QoS 1, 3 bytes follow
        0x00, 0x01, b't', // topic
    ])
    .refused(ErrorKind::Truncated, 5, "MQTT-4.8.0-1", CLOSE);
    for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
        let error = invalid(PacketType::Publish, ErrorKind::PacketIdZero);
        unwritable(Version::V311, Publish { qos, ..PLAIN }, error);
    }
    assert_eq!(PacketId::new(0), None); // so that no other packet can be built with it
}

#[test]
fn v311_2_3_1_5_no_packet_identifier_with_qos_0() {
    v311(&[
        0x30, 0x05, // PUBLISH, QoS 0, 5 bytes follow
        0x00, 0x01, b't', // topic
        0x00, 0x0A, // payload, not an identifier
    ])
    .is(Publish { payload: &[0x00, 0x0A], ..PLAIN });
    v311(&[
        0x32, 0x05, // PUBLISH, QoS 1, 5 bytes follow
        0x00, 0x01, b't', // topic
        0x00, 0x0A, // packet identifier
    ])
    .is(Publish { qos: QoS::AtLeastOnce, packet_id: PacketId::new(10), ..PLAIN });
    unwritable(
        Version::V311,
        Publish { packet_id: PacketId::new(10), ..PLAIN },
        invalid(PacketType::Publish, ErrorKind::PacketIdZero),
    );
}

#[test]
fn v311_3_3_1_2_no_dup_with_qos_0() {
    v311(&[
        0x38, 0x03, // PUBLISH, DUP 1, QoS 0, 3 bytes follow
        0x00, 0x01, b't', // topic
    ])
    .refused(ErrorKind::DupWithoutQos, 0, "MQTT-3.3.1-2", CLOSE);
    let error = invalid(PacketType::Publish, ErrorKind::DupWithoutQos);
    unwritable(Version::V311, Publish { dup: true, ..PLAIN }, error);
}

#[test]
fn v311_3_3_1_4_qos_is_not_3() {
    for first in [0x36, 0x37, 0x3E, 0x3F] {
        v311(&[
            first, 0x05, // PUBLISH, QoS bits 11, 5 bytes follow
            0x00, 0x01, b't', // topic
            0x00, 0x01, // packet identifier
        ])
        .refused(ErrorKind::PublishQos, 0, "MQTT-3.3.1-4", CLOSE);
    }
    for (first, dup, qos, retain) in legal_first_bytes() {
        let bytes = [first, 0x05, 0x00, 0x01, b't', 0x00, 0x01];
        let publish = Publish { dup, qos, retain, ..PLAIN };
        v311(&bytes).is(if qos == QoS::AtMostOnce {
            Publish { payload: &[0x00, 0x01], ..publish }
        } else {
            Publish { packet_id: Some(id(1)), ..publish }
        });
    }
}

#[test]
fn v311_3_3_2_1_topic_name_comes_first_and_is_utf8() {
    let mut bytes = [
        0x30, 0x05, // PUBLISH, 5 bytes follow
        0x00, 0x02, 0xC3, 0xA9, // topic U+00E9
        b'!', // payload
    ];
    v311(&bytes).is(Publish { topic: "é", payload: b"!", ..PLAIN });
    bytes[5] = b'x'; // the character is cut off
    v311(&bytes).refused(ErrorKind::Utf8, 4, "MQTT-1.5.3-1", CLOSE);
    v311(&[
        0x30, 0x01, // PUBLISH, 1 byte follows
        0x00, // half the length of the topic
    ])
    .refused(ErrorKind::Truncated, 2, "MQTT-4.8.0-1", CLOSE);
}

#[test]
fn v311_3_3_2_2_no_wildcard_in_a_topic_name() {
    for wildcard in [b'+', b'#'] {
        v311(&[
            0x30, 0x05, // PUBLISH, 5 bytes follow
            0x00, 0x03, b'a', b'/', wildcard, // topic
        ])
        .refused(ErrorKind::TopicWildcard, 6, "MQTT-3.3.2-2", CLOSE);
    }
    for topic in ["+", "#", "a/+/b", "a+", "#a"] {
        let error = invalid(PacketType::Publish, ErrorKind::TopicWildcard);
        unwritable(Version::V311, Publish { topic, ..PLAIN }, error);
    }
}
