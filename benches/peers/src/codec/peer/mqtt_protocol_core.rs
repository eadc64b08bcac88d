//! mqtt-protocol-core 0.7: the `parse` of each packet type, into the crate's own `Packet`, which is
//! what its connection hands out. That connection would copy each body twice; here the caller does
//! the framing and makes the `Arc<[u8]>` that a PUBLISH is parsed from, the cheapest way in.

use crate::codec::job::{Decode, Encode, frame};
use mqtt_benches::corpus::{Case, Protocol, sample};
use mqtt_benches::visit::Visit;
use mqtt_protocol_core::mqtt::packet::{
    GenericPacketTrait, Packet, Property, SubEntry, v3_1_1, v5_0,
};
use mqtt_protocol_core::mqtt::result_code::MqttError;
use std::hint::black_box;
use std::io::{IoSlice, Write};
use std::sync::Arc;

/// The packet at the head of `bytes`, and its end.
#[inline]
fn read(protocol: Protocol, bytes: &[u8]) -> (Result<Packet, MqttError>, usize) {
    let (first, start, end) = frame(bytes);
    let body = &bytes[start..end];
    let packet = match (protocol, first >> 4) {
        (Protocol::V311, 3) => packet(v3_1_1::Publish::parse(first & 15, Arc::from(body))),
        (Protocol::V311, 4) => packet(v3_1_1::Puback::parse(body)),
        (Protocol::V311, 8) => packet(v3_1_1::Subscribe::parse(body)),
        (Protocol::V311, 1) => packet(v3_1_1::Connect::parse(body)),
        (Protocol::V311, _) => packet(v3_1_1::Pingreq::parse(body)),
        (Protocol::V5, 3) => packet(v5_0::Publish::parse(first & 15, Arc::from(body))),
        (Protocol::V5, 4) => packet(v5_0::Puback::parse(body)),
        (Protocol::V5, 8) => packet(v5_0::Subscribe::parse(body)),
        (Protocol::V5, 1) => packet(v5_0::Connect::parse(body)),
        (Protocol::V5, _) => packet(v5_0::Pingreq::parse(body)),
    };
    (packet, end)
}

#[inline(always)]
fn packet<T: Into<Packet>>(parsed: Result<(T, usize), MqttError>) -> Result<Packet, MqttError> {
    parsed.map(|(packet, _)| packet.into())
}

pub(super) struct V311;

impl Decode for V311 {
    type Input = Vec<u8>;

    fn decode_all<V: Visit>(input: &mut Vec<u8>, visitor: &mut V) {
        decode_all(Protocol::V311, input, visitor);
    }
}

pub(super) struct V5;

impl Decode for V5 {
    type Input = Vec<u8>;

    fn decode_all<V: Visit>(input: &mut Vec<u8>, visitor: &mut V) {
        decode_all(Protocol::V5, input, visitor);
    }
}

#[inline(always)]
fn decode_all<V: Visit>(protocol: Protocol, input: &[u8], visitor: &mut V) {
    let mut rest = input;
    while !rest.is_empty() {
        let (packet, end) = &read(protocol, rest);
        match packet {
            Ok(packet) => visit(black_box(packet), visitor),
            other => panic!("the corpus holds well-formed packets: {other:?}"),
        }
        rest = &rest[*end..];
    }
}

/// Four types of the same fields.
macro_rules! ack {
    ($ack:expr, $visitor:expr) => {{
        $visitor.int($ack.packet_id().into());
        $visitor.int($ack.reason_code().map_or(0, |code| code as u64));
        if let Some(props) = $ack.props() {
            properties(props, $visitor);
        }
    }};
}

/// Visits every value of `packet`.
#[inline]
pub(crate) fn visit<V: Visit>(packet: &Packet, visitor: &mut V) {
    match packet {
        Packet::V3_1_1Publish(publish) => {
            visitor.int(publish.dup().into());
            visitor.int(publish.retain().into());
            visitor.int(publish.qos() as u64);
            visitor.text(publish.topic_name());
            if let Some(id) = publish.packet_id() {
                visitor.int(id.into());
            }
            visitor.bytes(publish.payload().as_slice());
        }
        Packet::V5_0Publish(publish) => {
            visitor.int(publish.dup().into());
            visitor.int(publish.retain().into());
            visitor.int(publish.qos() as u64);
            visitor.text(publish.topic_name());
            if let Some(id) = publish.packet_id() {
                visitor.int(id.into());
            }
            properties(publish.props(), visitor);
            visitor.bytes(publish.payload().as_slice());
        }
        Packet::V3_1_1Puback(ack) => visitor.int(ack.packet_id().into()),
        Packet::V3_1_1Pubrec(ack) => visitor.int(ack.packet_id().into()),
        Packet::V3_1_1Pubcomp(ack) => visitor.int(ack.packet_id().into()),
        Packet::V5_0Puback(ack) => ack!(ack, visitor),
        Packet::V5_0Pubrec(ack) => ack!(ack, visitor),
        Packet::V5_0Pubcomp(ack) => ack!(ack, visitor),
        Packet::V3_1_1Subscribe(subscribe) => {
            visitor.int(subscribe.packet_id().into());
            for entry in subscribe.entries() {
                visitor.text(entry.topic_filter());
                visitor.int(entry.sub_opts().qos() as u64);
            }
        }
        Packet::V5_0Subscribe(subscribe) => {
            visitor.int(subscribe.packet_id().into());
            properties(subscribe.props(), visitor);
            subscribe.entries().iter().for_each(|entry| filter(entry, visitor));
        }
        Packet::V3_1_1Connect(connect) => {
            visitor.int(connect.clean_session().into());
            visitor.int(connect.keep_alive().into());
            visitor.text(connect.client_id());
            visitor.int(connect.will_qos() as u64);
            visitor.int(connect.will_retain().into());
            text(connect.will_topic(), visitor);
            binary(connect.will_payload(), visitor);
            text(connect.user_name(), visitor);
            binary(connect.password(), visitor);
        }
        Packet::V5_0Connect(connect) => {
            visitor.int(connect.clean_start().into());
            visitor.int(connect.keep_alive().into());
            properties(connect.props(), visitor);
            visitor.text(connect.client_id());
            visitor.int(connect.will_qos() as u64);
            visitor.int(connect.will_retain().into());
            properties(connect.will_props(), visitor);
            text(connect.will_topic(), visitor);
            binary(connect.will_payload(), visitor);
            text(connect.user_name(), visitor);
            binary(connect.password(), visitor);
        }
        Packet::V3_1_1Pingreq(_) | Packet::V5_0Pingreq(_) => {}
        other => panic!("not in the corpus: {other:?}"),
    }
}

#[inline]
fn filter<V: Visit>(entry: &SubEntry, visitor: &mut V) {
    let options = entry.sub_opts();
    visitor.text(entry.topic_filter());
    visitor.int(options.qos() as u64);
    visitor.int(options.nl().into());
    visitor.int(options.rap().into());
    visitor.int(options.rh() as u64);
}

#[inline]
fn properties<V: Visit>(properties: &[Property], visitor: &mut V) {
    for property in properties {
        match property {
            Property::MessageExpiryInterval(value) => visitor.int(value.val().into()),
            Property::SubscriptionIdentifier(value) => visitor.int(value.val().into()),
            Property::SessionExpiryInterval(value) => visitor.int(value.val().into()),
            Property::WillDelayInterval(value) => visitor.int(value.val().into()),
            Property::MaximumPacketSize(value) => visitor.int(value.val().into()),
            Property::ReceiveMaximum(value) => visitor.int(value.val().into()),
            Property::TopicAliasMaximum(value) => visitor.int(value.val().into()),
            Property::ContentType(value) => visitor.text(value.val()),
            Property::ResponseTopic(value) => visitor.text(value.val()),
            Property::CorrelationData(value) => visitor.bytes(value.val()),
            Property::UserProperty(value) => {
                visitor.text(value.key());
                visitor.text(value.val());
            }
            other => panic!("not in the corpus: {other:?}"),
        }
    }
}

#[inline]
fn text<V: Visit>(value: Option<&str>, visitor: &mut V) {
    if let Some(value) = value {
        visitor.text(value);
    }
}

#[inline]
fn binary<V: Visit>(value: Option<&[u8]>, visitor: &mut V) {
    if let Some(value) = value {
        visitor.bytes(value);
    }
}

fn read_all(protocol: Protocol, mut rest: &[u8]) -> Vec<Packet> {
    let mut packets = Vec::new();
    while !rest.is_empty() {
        let (packet, end) = read(protocol, rest);
        packets.push(packet.expect("well-formed"));
        rest = &rest[end..];
    }
    packets
}

/// `to_buffers`: a `Vec` of slices per packet, nothing copied.
pub(super) struct Buffers(Vec<Packet>);

impl Encode for Buffers {
    fn new(protocol: Protocol, case: Case) -> Self {
        Buffers(read_all(protocol, &sample(protocol, case).bytes))
    }

    fn prepare(&mut self, _repeats: usize) {}

    fn run(&mut self, repeats: usize, _append: bool) -> u64 {
        let mut buffers = 0;
        for _ in 0..repeats {
            for packet in black_box(&self.0) {
                buffers += black_box(packet.to_buffers()).len() as u64;
            }
        }
        buffers
    }

    fn output(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        for packet in &self.0 {
            for buffer in packet.to_buffers() {
                let buffer: IoSlice<'_> = buffer;
                out.write_all(&buffer).expect("memory");
            }
        }
        out
    }
}

/// `to_continuous_buffer`: a `Vec` of bytes per packet.
pub(super) struct Continuous(Vec<Packet>);

impl Encode for Continuous {
    fn new(protocol: Protocol, case: Case) -> Self {
        Continuous(read_all(protocol, &sample(protocol, case).bytes))
    }

    fn prepare(&mut self, _repeats: usize) {}

    fn run(&mut self, repeats: usize, _append: bool) -> u64 {
        let mut len = 0;
        for _ in 0..repeats {
            for packet in black_box(&self.0) {
                len += black_box(packet.to_continuous_buffer()).len() as u64;
            }
        }
        len
    }

    fn output(&mut self) -> Vec<u8> {
        self.0.iter().flat_map(GenericPacketTrait::to_continuous_buffer).collect()
    }
}
