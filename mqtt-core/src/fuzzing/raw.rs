//! What bindings read and write themselves, against the decoder and the encoder for all.

use super::judges::Judge;
use crate::raw::{
    RawConnect, RawProperty, RawPublish, RawWill, SENDING, SentConnect, SentPublish, SentSubscribe,
    usual_ack, usual_connect, usual_publish, usual_subscribe,
};
use crate::{
    Connect, DecodeOptions, Packet, PacketId, PacketType, Properties, Property, PropertyId,
    PropertyValue, Publish, Status, Version, decode,
};
use std::{vec, vec::Vec};

/// Whatever is found to be usual in any bytes, by any judge, is what the decoder finds.
pub(super) fn check_raw(data: &[u8]) {
    for judge in Judge::ALL {
        check_raw_by(data, &judge.options());
    }
    check_property(data);
}

fn check_property(data: &[u8]) {
    if let Some((raw, rest)) = RawProperty::usual(data) {
        let (property, len) =
            Property::parse_wire(data, &DecodeOptions::DEFAULT).expect("found usual");
        assert_eq!((property.id(), &data[len..]), (raw.id, rest));
        let expected: (u32, &[u8], &[u8]) = match property.value() {
            PropertyValue::Number(number) => (number, b"", b""),
            PropertyValue::Text(text) => (0, b"", text.as_bytes()),
            PropertyValue::Binary(bytes) => (0, b"", bytes),
            PropertyValue::Pair(name, value) => (0, name.as_bytes(), value.as_bytes()),
        };
        assert_eq!((raw.number, raw.name, raw.value), expected);
    }
}

fn check_raw_by(data: &[u8], options: &DecodeOptions) {
    for version in [Version::V31, Version::V311, Version::V5] {
        let decoded = || match decode(data, Some(version), options) {
            Ok(Status::Complete(decoded)) => (decoded.packet, decoded.consumed),
            other => panic!("found to be usual: {other:?}"),
        };
        if let Some((raw, consumed)) = usual_publish::<&[u8]>(data, version, options) {
            let (Packet::Publish(publish), len) = decoded() else { panic!("not a PUBLISH") };
            assert_eq!(consumed, len);
            check_publish(&raw, &publish, version);
        }
        if let Some((subscribe, consumed)) = usual_subscribe(data, version, options) {
            assert_eq!(decoded(), (Packet::Subscribe(subscribe), consumed));
        }
        if let Some(bytes) = data.first_chunk() {
            let found = usual_ack(*bytes, |packet, id| (packet, id));
            if let Some((packet, id)) = found {
                assert_eq!(decoded(), (packet, 4));
                assert_eq!(bytes[2..], id.get().to_be_bytes());
            }
        }
    }
    if let Some((raw, consumed)) = usual_connect::<&[u8]>(data, options) {
        let decoded = decode(data, None, options);
        let Ok(Status::Complete(decoded)) = decoded else { panic!("found usual: {decoded:?}") };
        let Packet::Connect(connect) = decoded.packet else { panic!("not a CONNECT") };
        assert_eq!(consumed, decoded.consumed);
        check_connect(&raw, &connect);
    }
    for &packet in PacketType::ALL {
        let usual = match packet {
            PacketType::Publish => {
                Properties::usual_wire::<{ PacketType::Publish as u8 }>(data, options)
            }
            PacketType::Connect => {
                Properties::usual_wire::<{ PacketType::Connect as u8 }>(data, options)
            }
            _ => continue,
        };
        if let Some(list) = usual {
            assert_eq!(Properties::parse_wire(packet, data, options), Ok(list));
        }
    }
    if let Some(list) = Properties::usual_wire::<0>(data, options) {
        assert_eq!(Properties::parse_will_wire(data, options), Ok(list));
    }
}

/// What the encoder refuses nobody writes, what is written is what it writes, and what is plain is written.
pub(super) fn check_raw_of(packet: &Packet<'_>, version: Version) {
    let v5 = version == Version::V5;
    match packet {
        Packet::Publish(publish) => {
            let Publish { dup, qos, retain, topic, packet_id, payload, .. } = *publish;
            let Some(properties) = wire_of(&publish.properties) else { return };
            let raw = SentPublish {
                flags: u8::from(dup) << 3 | (qos as u8) << 1 | u8::from(retain),
                topic: topic.as_bytes(),
                packet_id: packet_id.map_or(0, PacketId::get),
                properties: &properties,
                payload,
            };
            let plain = is_plain(&[topic]) && !topic.is_empty() && are_plain(&publish.properties);
            check_written(packet, version, plain, |out| match v5 {
                true => raw.encode::<true>(out),
                false => raw.encode::<false>(out),
            });
        }
        Packet::Connect(connect) if version == connect.version && version != Version::V31 => {
            let will = connect.will.unwrap_or_default();
            let (Some(properties), Some(will_properties)) =
                (wire_of(&connect.properties), wire_of(&will.properties))
            else {
                return;
            };
            let user_name = connect.user_name.unwrap_or_default();
            let raw = SentConnect {
                clean_start: connect.clean_start,
                has_will: connect.will.is_some(),
                will_qos: will.qos,
                will_retain: will.retain,
                has_user_name: connect.user_name.is_some(),
                has_password: connect.password.is_some(),
                keep_alive: connect.keep_alive,
                client_id: connect.client_id.as_bytes(),
                will_topic: will.topic.as_bytes(),
                will_payload: will.payload,
                will_properties: &will_properties,
                user_name: user_name.as_bytes(),
                password: connect.password.unwrap_or_default(),
                properties: &properties,
            };
            let plain = is_plain(&[connect.client_id, will.topic, user_name])
                && are_plain(&connect.properties)
                && are_plain(&will.properties);
            check_written(packet, version, plain, |out| match v5 {
                true => raw.encode::<true>(out),
                false => raw.encode::<false>(out),
            });
        }
        Packet::Subscribe(subscribe) => {
            let Some(properties) = wire_of(&subscribe.properties) else { return };
            let mut filters = Vec::new();
            let mut plain = are_plain(&subscribe.properties);
            for subscription in subscribe.filters {
                let mut one = vec![0; subscription.filter.len() + 3];
                if subscription.encode_to_slice(version, &mut one).is_err() {
                    return;
                }
                filters.extend(one);
                // No Local of one that may be shared is looked at more closely.
                let special = subscription.filter.starts_with('$') && subscription.options.no_local;
                plain &= is_plain(&[subscription.filter]) && !special;
            }
            // The lengths are looked at with the filters.
            plain &= filters.is_ascii();
            let raw = SentSubscribe {
                packet_id: subscribe.packet_id.get(),
                properties: &properties,
                filters: &filters,
            };
            check_written(packet, version, plain, |out| match v5 {
                true => raw.encode::<true>(out),
                false => raw.encode::<false>(out),
            });
        }
        _ => {}
    }
}

/// The bytes of properties as a binding has them; `None` for what has no bytes.
fn wire_of(properties: &Properties<'_>) -> Option<Vec<u8>> {
    if let Some(wire) = properties.wire() {
        return Some(wire.to_vec());
    }
    let mut wire = Vec::new();
    for property in properties {
        let mut one = vec![0; 1 << 18];
        let len = property.encode_to_slice(&mut one).ok()?;
        wire.extend_from_slice(&one[..len]);
    }
    Some(wire)
}

/// True for text as nearly all is.
fn is_plain(texts: &[&str]) -> bool {
    texts.iter().all(|text| text.is_ascii())
}

/// True for properties as nearly all are.
fn are_plain(properties: &Properties<'_>) -> bool {
    properties.iter().all(|property| match property.value() {
        // A number of more than a byte is out of the ordinary.
        PropertyValue::Number(number) => {
            property.id() != PropertyId::SubscriptionIdentifier || number < 128
        }
        PropertyValue::Text(text) => is_plain(&[text]),
        PropertyValue::Binary(_) => true,
        PropertyValue::Pair(name, value) => is_plain(&[name, value]),
    })
}

fn check_publish(raw: &RawPublish<'_, &[u8]>, publish: &Publish<'_>, version: Version) {
    let RawPublish { dup, qos, retain, topic, packet_id, properties, payload } = *raw;
    let topic = core::str::from_utf8(topic).expect("it is text");
    let found = Publish { dup, qos, retain, topic, packet_id, properties, payload };
    assert_eq!(found, *publish);
    check_raw_of(&Packet::Publish(*publish), version);
}

fn check_connect(raw: &RawConnect<'_, &[u8]>, connect: &Connect<'_>) {
    let text = |bytes| core::str::from_utf8(bytes).expect("it is text");
    let will = raw.will.map(|will| {
        let RawWill { topic, payload, qos, retain, properties } = will;
        RawWill { topic: text(topic), payload, qos, retain, properties }
    });
    let RawConnect { version, clean_start, keep_alive, password, properties, .. } = *raw;
    let (client_id, user_name) = (text(raw.client_id), raw.user_name.map(text));
    let found = RawConnect {
        version,
        clean_start,
        keep_alive,
        client_id,
        will,
        user_name,
        password,
        properties,
    };
    assert_eq!(Connect::from(found), *connect);
    check_raw_of(&Packet::Connect(*connect), version);
}

/// All of it, as the encoder writes it, or nothing.
fn check_written(
    packet: &Packet<'_>,
    version: Version,
    plain: bool,
    write: impl Fn(&mut [u8]) -> Option<usize>,
) {
    let Ok(len) = packet.encoded_len(version) else {
        // Room for whatever it might be.
        assert_eq!(write(&mut vec![0; 1 << 20]), None, "{packet:?}");
        return;
    };
    let (mut expected, mut out) = (vec![0; len], vec![0x5A; len]);
    assert_eq!(packet.encode_to_slice(version, &mut expected), Ok(len));
    assert_eq!(write(&mut out[..len - 1]), None);
    assert!(out.iter().all(|&byte| byte == 0x5A));
    let written = write(&mut out);
    assert!(written.is_some() || !plain, "not found to be usual: {packet:?}");
    if let Some(written) = written {
        assert_eq!((written, &out), (len, &expected));
    }
    // A length of four bytes is out of the ordinary.
    if plain && len < 1 << 21 {
        let is_usual = match packet {
            Packet::Publish(_) => usual_publish::<&[u8]>(&expected, version, &SENDING).is_some(),
            Packet::Connect(_) => usual_connect::<&[u8]>(&expected, &SENDING).is_some(),
            _ => usual_subscribe(&expected, version, &SENDING).is_some(),
        };
        assert!(is_usual, "not found to be usual: {packet:?}");
    }
}
