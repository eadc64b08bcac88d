//! Samples to bytes and back, and bytes that are almost those of a packet.

use crate::fuzzing::{Sample, SampleProperty};
use mqtt_core::*;
use proptest::sample::Index;

/// Limits that no packet breaks.
pub(crate) const UNLIMITED: DecodeOptions =
    DecodeOptions { limits: Limits::UNLIMITED, ..DecodeOptions::DEFAULT };

/// The bytes of a legal packet.
pub(crate) fn encoded(sample: &Sample) -> Vec<u8> {
    let mut bytes = Vec::new();
    let lists = sample.lists();
    sample.packet(&lists).encode(sample.version, &mut bytes).expect("a legal packet");
    bytes
}

pub(crate) fn decoded<'a>(bytes: &'a [u8], version: Version) -> Packet<'a> {
    match decode(bytes, Some(version), &UNLIMITED) {
        Ok(Status::Complete(Decoded { packet, consumed })) if consumed == bytes.len() => packet,
        other => panic!("{other:?}"),
    }
}

/// The bytes of a packet with another body and a remaining length that fits it.
pub(crate) fn with_body(packet: &[u8], edit: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut body = packet[header_len(packet)..].to_vec();
    edit(&mut body);
    let mut out = vec![packet[0]];
    out.extend(varint(body.len()));
    out.extend(body);
    out
}

pub(crate) fn header_len(packet: &[u8]) -> usize {
    2 + packet[1..].iter().take_while(|byte| **byte >= 0x80).count()
}

pub(crate) fn varint(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 127 {
        out.push((value % 128) as u8 + 128);
        value /= 128;
    }
    out.push(value as u8);
    out
}

/// A variable byte integer with one byte more than it needs, if there may be one.
pub(crate) fn longer(value: usize) -> Vec<u8> {
    let mut bytes = varint(value);
    if bytes.len() < 4 {
        *bytes.last_mut().expect("at least one byte") |= 0x80;
        bytes.push(0);
    }
    bytes
}

/// A packet with one change.
pub(crate) fn mutated(packet: &[u8], edit: u8, at: Index, value: u8) -> Vec<u8> {
    let at = |len: usize| at.index(len + 1).min(len.saturating_sub(1));
    match edit {
        0 => {
            let mut bytes = packet.to_vec();
            if let Some(byte) = bytes.get_mut(at(packet.len())) {
                *byte ^= 1 << (value % 8);
            }
            bytes
        }
        1 if packet.len() > 1 => packet[..packet.len() - 1 - at(packet.len() - 1)].to_vec(),
        // The rest keeps the remaining length true, so that the change reaches the fields.
        _ if packet.len() < 2 || packet.len() < header_len(packet) => packet.to_vec(),
        2 => with_body(packet, |body| body.truncate(at(body.len()))),
        3 => with_body(packet, |body| body.insert(at(body.len()), value)),
        _ => with_body(packet, |body| {
            let from = at(body.len());
            let part = body[from..body.len().min(from + usize::from(value % 16))].to_vec();
            body.splice(from..from, part);
        }),
    }
}

/// Where in the body the property list begins, length included; `None` for pings.
pub(crate) fn section_at(sample: &Sample) -> Option<usize> {
    Some(match sample.packet {
        PacketType::Connect => 10,
        PacketType::Publish if sample.qos == QoS::AtMostOnce => 2 + sample.text.len(),
        PacketType::Publish => 4 + sample.text.len(),
        PacketType::PubAck | PacketType::PubRec | PacketType::PubRel | PacketType::PubComp => 3,
        PacketType::Disconnect | PacketType::Auth => 1,
        PacketType::PingReq | PacketType::PingResp => return None,
        _ => 2,
    })
}

/// A property on the wire, by the types in the table of the standard.
pub(crate) fn wire(property: &SampleProperty) -> Vec<u8> {
    use PropertyId as Id;
    let SampleProperty { id, number, text, second } = property;
    let string = |text: &str| [&(text.len() as u16).to_be_bytes(), text.as_bytes()].concat();
    let value = match id {
        Id::PayloadFormatIndicator => vec![*number as u8],
        Id::MaximumQoS => vec![(number % 3) as u8],
        Id::RequestProblemInformation
        | Id::RequestResponseInformation
        | Id::RetainAvailable
        | Id::WildcardSubscriptionAvailable
        | Id::SubscriptionIdentifierAvailable
        | Id::SharedSubscriptionAvailable => vec![(number % 2) as u8],
        Id::ServerKeepAlive | Id::ReceiveMaximum | Id::TopicAliasMaximum | Id::TopicAlias => {
            (*number as u16).to_be_bytes().to_vec()
        }
        Id::MessageExpiryInterval
        | Id::SessionExpiryInterval
        | Id::WillDelayInterval
        | Id::MaximumPacketSize => number.to_be_bytes().to_vec(),
        Id::SubscriptionIdentifier => varint(*number as usize),
        Id::UserProperty => [string(text), string(second)].concat(),
        _ => string(text),
    };
    [vec![*id as u8], value].concat()
}
