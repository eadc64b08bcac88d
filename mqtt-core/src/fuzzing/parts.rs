//! Parts of packets as bytes on the wire: sections of properties and lists of filters.

use crate::{
    DecodeError, DecodeOptions, EncodeError, Item, List, Packet, PacketType, Properties, Property,
    Subscription, Subscriptions, TopicFilter, TopicFilters, Version,
};

const STRICT: DecodeOptions = DecodeOptions::DEFAULT;

/// What was read from a packet is read from its parts alike, and written as it was.
pub(super) fn check_parts_of(packet: &Packet<'_>, version: Version) {
    let packet_type = packet.packet_type();
    let section = |list: &Properties<'_>| {
        let wire = list.wire().expect("it was read");
        check_section(list, wire, Properties::parse_wire(packet_type, wire, &STRICT));
    };
    match packet {
        Packet::Connect(connect) => {
            section(&connect.properties);
            if let Some(will) = &connect.will {
                let wire = will.properties.wire().expect("it was read");
                check_section(&will.properties, wire, Properties::parse_will_wire(wire, &STRICT));
            }
        }
        Packet::ConnAck(it) => section(&it.properties),
        Packet::Publish(it) => section(&it.properties),
        Packet::PubAck(it) => section(&it.properties),
        Packet::PubRec(it) => section(&it.properties),
        Packet::PubRel(it) => section(&it.properties),
        Packet::PubComp(it) => section(&it.properties),
        Packet::Subscribe(it) => {
            section(&it.properties);
            let wire = it.filters.wire().expect("it was read");
            assert_eq!(Subscriptions::parse_wire(wire, version, &STRICT), Ok(it.filters));
            check_subscriptions(&it.filters, wire, version);
        }
        Packet::SubAck(it) => section(&it.properties),
        Packet::Unsubscribe(it) => {
            section(&it.properties);
            let wire = it.filters.wire().expect("it was read");
            assert_eq!(TopicFilters::parse_wire(wire, version, &STRICT), Ok(it.filters));
            check_filters(&it.filters, wire, version);
        }
        Packet::UnsubAck(it) => section(&it.properties),
        Packet::Disconnect(it) => section(&it.properties),
        Packet::Auth(it) => section(&it.properties),
        Packet::PingReq | Packet::PingResp => {}
    }
}

/// Any bytes are a part, or are refused at one of them.
pub(super) fn check_as_parts(data: &[u8]) {
    for &packet in PacketType::ALL {
        match Properties::parse_wire(packet, data, &STRICT) {
            Ok(list) => check_section(&list, data, Ok(list)),
            Err(error) => assert!(error.offset() < data.len(), "{error:?}"),
        }
    }
    match Property::parse_wire(data, &STRICT) {
        Ok((property, len)) => check_property(property, &data[..len]),
        Err(error) => {
            assert!(error.offset() <= data.len() && error.packet().is_none(), "{error:?}");
        }
    }
    for version in [Version::V31, Version::V311, Version::V5] {
        if let Ok(list) = Subscriptions::parse_wire(data, version, &STRICT) {
            check_subscriptions(&list, data, version);
        }
        if let Ok(list) = TopicFilters::parse_wire(data, version, &STRICT) {
            check_filters(&list, data, version);
        }
    }
}

fn check_section(list: &Properties<'_>, wire: &[u8], parsed: Result<Properties<'_>, DecodeError>) {
    assert_eq!(parsed.as_ref(), Ok(list));
    let mut rest = wire;
    for property in list {
        let (alone, len) = Property::parse_wire(rest, &STRICT).expect("it was read");
        assert_eq!(alone, property);
        check_property(alone, &rest[..len]);
        rest = &rest[len..];
    }
    assert!(rest.is_empty());
}

fn check_property(property: Property<'_>, wire: &[u8]) {
    assert_eq!(Property::from_value(property.id(), property.value()), Some(property));
    check_written(wire, |out| property.encode_to_slice(out));
}

fn check_subscriptions(list: &Subscriptions<'_>, wire: &[u8], version: Version) {
    check_items(list, wire, |it: &Subscription<'_>, out| it.encode_to_slice(version, out));
}

fn check_filters(list: &TopicFilters<'_>, wire: &[u8], version: Version) {
    check_items(list, wire, |it: &&str, out| {
        TopicFilter::for_version(it, version).expect("it was read").encode_to_slice(out)
    });
}

fn check_items<'a, T: Item<'a>>(
    list: &List<'a, T>,
    wire: &'a [u8],
    write: impl Fn(&T, &mut [u8]) -> Result<usize, EncodeError>,
) {
    let mut rest = wire;
    for item in list {
        let (alone, behind) = List::<T>::split_wire(rest).expect("it was read");
        assert_eq!(alone, item);
        check_written(&rest[..rest.len() - behind.len()], |out| write(&alone, out));
        rest = behind;
    }
    assert!(rest.is_empty() && List::<T>::split_wire(rest).is_none());
}

/// All of it or nothing.
fn check_written(wire: &[u8], write: impl Fn(&mut [u8]) -> Result<usize, EncodeError>) {
    let mut out = wire.to_vec();
    out.fill(0x5A);
    let (needed, short) = (wire.len(), wire.len() - 1);
    assert_eq!(write(&mut out[..short]), Err(EncodeError::BufferTooSmall { needed }));
    assert!(out.iter().all(|&byte| byte == 0x5A));
    assert_eq!(write(&mut out), Ok(needed));
    assert_eq!(out, wire);
}
