//! Maximum Packet Size: what the codec contributes to 5.0 sections 3.1.2.11.4 and 3.2.2.3.6. Which
//! packets may be shortened is tested with each of them.

use mqtt_core::{
    Connect, EncodeError, ErrorKind, Limits, Packet, Properties, Property, Publish, QoS, Sender,
    Subscribe, Subscription, Subscriptions, TopicFilters, Unsubscribe, Version,
};

use crate::support::{disconnect, id, v5, written};

/// PUBLISH of 12 bytes.
const BYTES: [u8; 12] = [
    0x30, 0x0A, // PUBLISH, 10 bytes follow
    0x00, 0x01, b't', // topic
    0x00, // no properties
    b'p', b'a', b'y', b'l', b'd', b'!', // payload
];

const PUBLISH: Publish<'_> = Publish {
    dup: false,
    qos: QoS::AtMostOnce,
    retain: false,
    topic: "t",
    packet_id: None,
    properties: Properties::EMPTY,
    payload: b"payld!",
};

/// At the limit a packet passes, one byte above it the fixed header is enough to refuse it.
fn received(sender: Sender, statement: &str) {
    let limits = |max_packet_size| Limits { max_packet_size, ..Limits::DEFAULT };
    v5(&BYTES).sent_by(sender).within(limits(12)).is(PUBLISH);
    for bytes in [&BYTES[..], &BYTES[..2]] {
        v5(bytes).sent_by(sender).within(limits(11)).refused(
            ErrorKind::PacketTooLarge,
            1,
            statement,
            disconnect(0x95),
        );
    }
}

#[test]
fn v5_3_1_2_24_too_large_for_the_client() {
    received(Sender::Server, "MQTT-3.1.2-24");
    let packet = Packet::from(PUBLISH);
    assert_eq!(packet.fit(Version::V5, 12), Ok(packet));
    let error = EncodeError::PacketTooLarge { size: 12, limit: 11 };
    assert_eq!(packet.fit(Version::V5, 11), Err(error));
}

#[test]
fn v5_3_1_2_25_a_message_is_not_shortened() {
    let list = [Property::UserProperty("k", "v")];
    let packet = Packet::from(Publish { properties: Properties::new(&list), ..PUBLISH });
    let size = written(Version::V5, packet).len();
    let limit = u32::try_from(size).unwrap() - 1;
    let error = EncodeError::PacketTooLarge { size: size as u64, limit };
    assert_eq!(packet.fit(Version::V5, limit), Err(error));
}

#[test]
fn v5_3_2_2_15_too_large_for_the_server() {
    received(Sender::Client, "MQTT-3.2.2-15");
    let list = [Property::UserProperty("k", "v")];
    let properties = Properties::new(&list);
    let filters = [Subscription::new("a", QoS::AtMostOnce)];
    let requests = [
        Packet::from(Connect { properties, ..Connect::default() }),
        Packet::from(Subscribe {
            properties,
            filters: Subscriptions::new(&filters),
            ..Subscribe::new(id(1))
        }),
        Packet::from(Unsubscribe {
            properties,
            filters: TopicFilters::new(&["a"]),
            ..Unsubscribe::new(id(1))
        }),
    ];
    for packet in requests {
        let size = written(Version::V5, packet).len();
        let limit = u32::try_from(size).unwrap();
        assert_eq!(packet.fit(Version::V5, limit), Ok(packet));
        let limit = limit - 1;
        let error = EncodeError::PacketTooLarge { size: size as u64, limit };
        assert_eq!(packet.fit(Version::V5, limit), Err(error), "{packet:?}");
    }
}
