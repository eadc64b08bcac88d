//! mqtt5-protocol 0.16: fixed header and body apart, the body a `Bytes`, so that payloads share
//! the input; properties in a hash map of vectors. Encoding builds each body in a `Vec` first.

use crate::codec::job::{Decode, WriteTo};
use bytes::BytesMut;
use mqtt_benches::corpus::Protocol;
use mqtt_benches::visit::Visit;
use mqtt5_protocol::packet::pingreq::PingReqPacket;
use mqtt5_protocol::packet::{FixedHeader, MqttPacket, Packet};
use mqtt5_protocol::{MqttError, Properties, PropertyValue};
use std::hint::black_box;

/// Both versions, by the level that CONNECT carries: 4 or 5.
pub(super) struct Decoder<const LEVEL: u8>;

impl<const LEVEL: u8> Decode for Decoder<LEVEL> {
    type Input = BytesMut;

    fn decode_all<V: Visit>(input: &mut BytesMut, visitor: &mut V) {
        while !input.is_empty() {
            match &read(input, LEVEL) {
                Ok(packet) => visit(black_box(packet), LEVEL == 5, visitor),
                other => panic!("the corpus holds whole, well-formed packets: {other:?}"),
            }
        }
    }
}

#[inline]
fn read(input: &mut BytesMut, level: u8) -> Result<Packet, MqttError> {
    let header = FixedHeader::decode(input)?;
    let mut body = input.split_to(header.remaining_length as usize).freeze();
    Packet::decode_from_body_with_version(header.packet_type, &header, &mut body, level)
}

#[inline]
fn visit<V: Visit>(packet: &Packet, v5: bool, visitor: &mut V) {
    match packet {
        Packet::Publish(publish) => {
            visitor.int(publish.dup.into());
            visitor.int(publish.retain.into());
            visitor.int(publish.qos as u64);
            visitor.text(&publish.topic_name);
            if let Some(id) = publish.packet_id {
                visitor.int(id.into());
            }
            properties(&publish.properties, visitor);
            visitor.bytes(&publish.payload);
        }
        Packet::PubAck(ack) => {
            visitor.int(ack.packet_id.into());
            if v5 {
                visitor.int(u8::from(ack.reason_code).into());
            }
            properties(&ack.properties, visitor);
        }
        Packet::Subscribe(subscribe) => {
            visitor.int(subscribe.packet_id.into());
            properties(&subscribe.properties, visitor);
            for filter in &subscribe.filters {
                visitor.text(&filter.filter);
                visitor.int(filter.options.qos as u64);
                if v5 {
                    visitor.int(filter.options.no_local.into());
                    visitor.int(filter.options.retain_as_published.into());
                    visitor.int(filter.options.retain_handling as u64);
                }
            }
        }
        Packet::Connect(connect) => {
            visitor.int(connect.clean_start.into());
            visitor.int(connect.keep_alive.into());
            properties(&connect.properties, visitor);
            visitor.text(&connect.client_id);
            if let Some(will) = &connect.will {
                visitor.int(will.qos as u64);
                visitor.int(will.retain.into());
                properties(&connect.will_properties, visitor);
                visitor.text(&will.topic);
                visitor.bytes(&will.payload);
            }
            if let Some(username) = &connect.username {
                visitor.text(username);
            }
            if let Some(password) = &connect.password {
                visitor.bytes(password);
            }
        }
        Packet::PingReq => {}
        other => panic!("not in the corpus: {other:?}"),
    }
}

#[inline]
fn properties<V: Visit>(properties: &Properties, visitor: &mut V) {
    for (_, value) in properties.iter() {
        match value {
            PropertyValue::Byte(value) => visitor.int((*value).into()),
            PropertyValue::TwoByteInteger(value) => visitor.int((*value).into()),
            PropertyValue::FourByteInteger(value) | PropertyValue::VariableByteInteger(value) => {
                visitor.int((*value).into());
            }
            PropertyValue::BinaryData(value) => visitor.bytes(value),
            PropertyValue::Utf8String(value) => visitor.text(value),
            PropertyValue::Utf8StringPair(key, value) => {
                visitor.text(key);
                visitor.text(value);
            }
        }
    }
}

impl WriteTo for Packet {
    fn read_all(protocol: Protocol, stream: &mut BytesMut) -> Vec<Self> {
        let level = if protocol == Protocol::V5 { 5 } else { 4 };
        let mut packets = Vec::new();
        while !stream.is_empty() {
            packets.push(read(stream, level).expect("well-formed and whole"));
        }
        packets
    }

    #[inline]
    fn write_to(&self, out: &mut BytesMut) {
        match self {
            Packet::Publish(packet) => packet.encode(out),
            Packet::PubAck(packet) => packet.encode(out),
            Packet::Subscribe(packet) => packet.encode(out),
            Packet::Connect(packet) => packet.encode(out),
            Packet::PingReq => PingReqPacket::default().encode(out),
            other => panic!("not in the corpus: {other:?}"),
        }
        .expect("can be encoded");
    }
}
