//! What bindings read and write themselves, against the decoder and the encoder for all.

use crate::raw::{
    RawConnect, RawProperty, RawPublish, RawWill, Text, usual_ack, usual_connect, usual_publish,
};
use crate::{
    Connect, DecodeOptions, Packet, PacketType, Properties, Property, PropertyValue, Publish,
    Status, Version, decode,
};
use std::vec;

const STRICT: DecodeOptions = DecodeOptions::DEFAULT;

/// Whatever is found to be usual in any bytes is what the decoder finds, and is written as the encoder writes it.
pub(super) fn check_raw(data: &[u8]) {
    for version in [Version::V31, Version::V311, Version::V5] {
        let decoded = || match decode(data, Some(version), &STRICT) {
            Ok(Status::Complete(decoded)) => (decoded.packet, decoded.consumed),
            other => panic!("found to be usual: {other:?}"),
        };
        if let Some((raw, consumed)) = usual_publish::<&[u8]>(data, version, &STRICT) {
            let (Packet::Publish(publish), len) = decoded() else { panic!("not a PUBLISH") };
            assert_eq!(consumed, len);
            check_publish(&raw, &publish, version);
        }
        if let Some(bytes) = data.first_chunk() {
            let found = usual_ack(*bytes, |packet, id| (packet, id));
            if let Some((packet, id)) = found {
                assert_eq!(decoded(), (packet, 4));
                assert_eq!(bytes[2..], id.get().to_be_bytes());
            }
        }
    }
    if let Some((raw, consumed)) = usual_connect::<&[u8]>(data, &STRICT) {
        let decoded = decode(data, None, &STRICT);
        let Ok(Status::Complete(decoded)) = decoded else { panic!("found usual: {decoded:?}") };
        let Packet::Connect(connect) = decoded.packet else { panic!("not a CONNECT") };
        assert_eq!(consumed, decoded.consumed);
        check_connect(&raw, &connect);
    }
    if let Some((raw, rest)) = RawProperty::usual(data) {
        let (property, len) = Property::parse_wire(data, &STRICT).expect("found usual");
        assert_eq!((property.id(), &data[len..]), (raw.id, rest));
        let expected: (u32, &[u8], &[u8]) = match property.value() {
            PropertyValue::Number(number) => (number, b"", b""),
            PropertyValue::Text(text) => (0, b"", text.as_bytes()),
            PropertyValue::Binary(bytes) => (0, b"", bytes),
            PropertyValue::Pair(name, value) => (0, name.as_bytes(), value.as_bytes()),
        };
        assert_eq!((raw.number, raw.name, raw.value), expected);
    }
    for &packet in PacketType::ALL {
        let usual = match packet {
            PacketType::Publish => {
                Properties::usual_wire::<{ PacketType::Publish as u8 }>(data, &STRICT)
            }
            PacketType::Connect => {
                Properties::usual_wire::<{ PacketType::Connect as u8 }>(data, &STRICT)
            }
            _ => continue,
        };
        if let Some(list) = usual {
            assert_eq!(Properties::parse_wire(packet, data, &STRICT), Ok(list));
        }
    }
    if let Some(list) = Properties::usual_wire::<0>(data, &STRICT) {
        assert_eq!(Properties::parse_will_wire(data, &STRICT), Ok(list));
    }
}

/// What the encoder refuses nobody writes, and what is written is what it writes.
pub(super) fn check_raw_of(packet: &Packet<'_>, version: Version) {
    match packet {
        Packet::Publish(publish) => {
            let Publish { dup, qos, retain, topic, packet_id, properties, payload } = *publish;
            let topic = topic.as_bytes();
            let raw = RawPublish { dup, qos, retain, topic, packet_id, properties, payload };
            check_written(packet, version, |out| raw.encode_usual(version, out));
        }
        Packet::Connect(connect) => {
            let raw = bytes_of(&RawConnect::from(*connect));
            check_written(packet, version, |out| raw.encode_usual(version, out));
        }
        _ => {}
    }
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

/// The same CONNECT with bytes for text.
fn bytes_of<'a>(raw: &RawConnect<'a, &'a str>) -> RawConnect<'a, &'a [u8]> {
    let RawConnect { version, clean_start, keep_alive, password, properties, .. } = *raw;
    let will = raw.will.map(|will| {
        let RawWill { topic, payload, qos, retain, properties } = will;
        RawWill { topic: topic.wire_bytes(), payload, qos, retain, properties }
    });
    let (client_id, user_name) = (raw.client_id.wire_bytes(), raw.user_name.map(Text::wire_bytes));
    RawConnect {
        version,
        clean_start,
        keep_alive,
        client_id,
        will,
        user_name,
        password,
        properties,
    }
}

/// All of it, as the encoder writes it, or nothing.
fn check_written(
    packet: &Packet<'_>,
    version: Version,
    write: impl Fn(&mut [u8]) -> Option<usize>,
) {
    let Ok(len) = packet.encoded_len(version) else {
        assert_eq!(write(&mut [0; 1 << 10]), None, "{packet:?}");
        return;
    };
    let (mut expected, mut out) = (vec![0; len], vec![0x5A; len]);
    assert_eq!(packet.encode_to_slice(version, &mut expected), Ok(len));
    assert_eq!(write(&mut out[..len - 1]), None);
    assert!(out.iter().all(|&byte| byte == 0x5A));
    if let Some(written) = write(&mut out) {
        assert_eq!((written, &out), (len, &expected));
    }
}
