//! `Packet::fit`: what it tries before it gives up. What may be left out of which packet is tested
//! with the statements of the standard.

use mqtt_core::{
    Disconnect, EncodeError, ErrorKind, Packet, PacketId, PacketType, Properties, Property,
    PropertyId, PubAck, Publish, Version,
};

fn disconnect<'a>(list: &'a [Property<'a>]) -> Packet<'a> {
    Packet::from(Disconnect { properties: Properties::new(list), ..Disconnect::default() })
}

/// The properties that are left.
fn left<'a>(packet: Packet<'a>) -> Vec<Property<'a>> {
    let Packet::Disconnect(packet) = packet else { panic!("{packet:?}") };
    packet.properties.iter().collect()
}

#[test]
fn a_packet_beyond_the_protocol_is_shortened() {
    let value = "v".repeat(65_535);
    let mut list = vec![Property::UserProperty("", &value); 4_100];
    list.push(Property::ReasonString("why"));
    list.push(Property::SessionExpiryInterval(7));
    let packet = disconnect(&list);
    let beyond = packet.encoded_len(Version::V5);
    assert!(matches!(beyond, Err(EncodeError::PacketTooLarge { .. })), "{beyond:?}");
    let fitted = packet.fit(Version::V5, 9).expect("what is left is small");
    assert_eq!(left(fitted), [Property::SessionExpiryInterval(7)]);
}

#[test]
fn a_string_that_is_too_long_is_left_out_if_it_may_be() {
    let long = "x".repeat(65_536);
    let kept = Property::UserProperty("k", "v");
    let expiry = Property::SessionExpiryInterval(7);

    let list = [Property::ReasonString(&long), kept, expiry];
    let packet = disconnect(&list);
    let error = EncodeError::FieldTooLong {
        packet: PacketType::Disconnect,
        property: Some(PropertyId::ReasonString),
        len: 65_536,
    };
    assert_eq!(packet.encoded_len(Version::V5), Err(error));
    let fitted = packet.fit(Version::V5, u32::MAX).expect("without the reason string");
    assert_eq!(left(fitted), [kept, expiry]);
    assert_eq!(fitted.encoded_len(Version::V5), Ok(16));
    let fitted = packet.fit(Version::V5, 15).expect("without user properties too");
    assert_eq!(left(fitted), [expiry]);
    let too_large = EncodeError::PacketTooLarge { size: 9, limit: 8 };
    assert_eq!(packet.fit(Version::V5, 8), Err(too_large));

    for pair in [Property::UserProperty(&long, "v"), Property::UserProperty("k", &long)] {
        let list = [pair, Property::ReasonString("why"), expiry];
        let fitted = disconnect(&list).fit(Version::V5, u32::MAX).expect("without both");
        assert_eq!(left(fitted), [expiry]);
    }
}

#[test]
fn what_shortening_cannot_mend_stays_an_error() {
    let long = "x".repeat(65_536);
    // A field that has to stay.
    let list = [Property::ReasonString("why"), Property::ServerReference(&long)];
    let error = EncodeError::FieldTooLong {
        packet: PacketType::Disconnect,
        property: Some(PropertyId::ServerReference),
        len: 65_536,
    };
    assert_eq!(disconnect(&list).fit(Version::V5, u32::MAX), Err(error));
    // A packet of which nothing may be left out.
    let list = [Property::UserProperty("k", &long)];
    let publish = Publish { topic: "a", properties: Properties::new(&list), ..Publish::default() };
    let error = EncodeError::FieldTooLong {
        packet: PacketType::Publish,
        property: Some(PropertyId::UserProperty),
        len: 65_536,
    };
    assert_eq!(Packet::from(publish).fit(Version::V5, u32::MAX), Err(error));
    // Mistakes of another kind, though they are in what may be left out.
    let list = [Property::ReasonString("a\0b")];
    let packet = disconnect(&list);
    let error = packet.encoded_len(Version::V5).unwrap_err();
    assert!(matches!(error, EncodeError::Invalid { kind: ErrorKind::Nul, .. }), "{error:?}");
    assert_eq!(packet.fit(Version::V5, 8), Err(error));
    let list = [Property::ReasonString("why")];
    let properties = Properties::new(&list);
    let packet = Packet::from(PubAck { properties, ..PubAck::new(PacketId::MIN) });
    let error = EncodeError::NotInVersion { packet: PacketType::PubAck, version: Version::V311 };
    assert_eq!(packet.fit(Version::V311, 4), Err(error));
}
