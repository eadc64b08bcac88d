//! mqtt-proto 0.4: `Header::decode_buffer`, the synchronous way in, with the framing left to the
//! caller. `Packet::decode` drives an asynchronous decoder over a slice and is much slower.
//! Encoding returns a `Vec` per packet, or a small array for the shortest ones.

use crate::codec::job::{Decode, Encode, frame};
use mqtt_benches::corpus::{Case, Protocol, sample};
use mqtt_benches::visit::Visit;
use mqtt_proto::{PollHeader, QosPid, v3, v5};
use std::hint::black_box;

/// The packet at the head of `bytes`, and its end.
#[inline]
fn read<H: PollHeader>(bytes: &[u8]) -> (Result<H::Packet, H::Error>, usize) {
    let (first, start, end) = frame(bytes);
    let decode = || {
        let header = H::new_with(first, (end - start) as u32, end as u32)?;
        match header.build_empty_packet() {
            Some(packet) => Ok(packet),
            None => header.decode_buffer(&bytes[start..end], &mut 0),
        }
    };
    (decode(), end)
}

#[inline]
fn visit_qos<V: Visit>(qos: QosPid, visitor: &mut V) {
    visitor.int(qos.qos() as u64);
    if let Some(pid) = qos.pid() {
        visitor.int(pid.value().into());
    }
}

pub(super) struct V3;

impl Decode for V3 {
    type Input = Vec<u8>;

    fn decode_all<V: Visit>(input: &mut Vec<u8>, visitor: &mut V) {
        let mut rest = &input[..];
        while !rest.is_empty() {
            let (packet, end) = &read::<v3::Header>(rest);
            match packet {
                Ok(packet) => visit_v3(black_box(packet), visitor),
                other => panic!("the corpus holds well-formed packets: {other:?}"),
            }
            rest = &rest[*end..];
        }
    }
}

#[inline]
fn visit_v3<V: Visit>(packet: &v3::Packet, visitor: &mut V) {
    match packet {
        v3::Packet::Publish(publish) => {
            visitor.int(publish.dup.into());
            visitor.int(publish.retain.into());
            visit_qos(publish.qos_pid, visitor);
            visitor.text(&publish.topic_name);
            visitor.bytes(&publish.payload);
        }
        v3::Packet::Puback(pid) => visitor.int(pid.value().into()),
        v3::Packet::Subscribe(subscribe) => {
            visitor.int(subscribe.pid.value().into());
            for (filter, qos) in &subscribe.topics {
                visitor.text(filter);
                visitor.int(*qos as u64);
            }
        }
        v3::Packet::Connect(connect) => {
            visitor.int(connect.clean_session.into());
            visitor.int(connect.keep_alive.into());
            visitor.text(&connect.client_id);
            if let Some(will) = &connect.last_will {
                visitor.int(will.qos as u64);
                visitor.int(will.retain.into());
                visitor.text(&will.topic_name);
                visitor.bytes(&will.message);
            }
            if let Some(username) = &connect.username {
                visitor.text(username);
            }
            if let Some(password) = &connect.password {
                visitor.bytes(password);
            }
        }
        v3::Packet::Pingreq => {}
        other => panic!("not in the corpus: {other:?}"),
    }
}

pub(super) struct V5;

impl Decode for V5 {
    type Input = Vec<u8>;

    fn decode_all<V: Visit>(input: &mut Vec<u8>, visitor: &mut V) {
        let mut rest = &input[..];
        while !rest.is_empty() {
            let (packet, end) = &read::<v5::Header>(rest);
            match packet {
                Ok(packet) => visit_v5(black_box(packet), visitor),
                other => panic!("the corpus holds well-formed packets: {other:?}"),
            }
            rest = &rest[*end..];
        }
    }
}

#[inline]
fn visit_v5<V: Visit>(packet: &v5::Packet, visitor: &mut V) {
    match packet {
        v5::Packet::Publish(publish) => {
            visitor.int(publish.dup.into());
            visitor.int(publish.retain.into());
            visit_qos(publish.qos_pid, visitor);
            visitor.text(&publish.topic_name);
            let properties = &publish.properties;
            int(properties.payload_is_utf8, visitor);
            int(properties.message_expiry_interval, visitor);
            int(properties.topic_alias, visitor);
            text(properties.content_type.as_deref(), visitor);
            text(properties.response_topic.as_deref(), visitor);
            if let Some(data) = &properties.correlation_data {
                visitor.bytes(data);
            }
            int(properties.subscription_id.map(v5::VarByteInt::value), visitor);
            pairs(&properties.user_properties, visitor);
            visitor.bytes(&publish.payload);
        }
        v5::Packet::Puback(ack) => {
            visitor.int(ack.pid.value().into());
            visitor.int(ack.reason_code as u64);
            text(ack.properties.reason_string.as_deref(), visitor);
            pairs(&ack.properties.user_properties, visitor);
        }
        v5::Packet::Subscribe(subscribe) => {
            visitor.int(subscribe.pid.value().into());
            int(subscribe.properties.subscription_id.map(v5::VarByteInt::value), visitor);
            pairs(&subscribe.properties.user_properties, visitor);
            for (filter, options) in &subscribe.topics {
                visitor.text(filter);
                visitor.int(options.max_qos as u64);
                visitor.int(options.no_local.into());
                visitor.int(options.retain_as_published.into());
                visitor.int(options.retain_handling as u64);
            }
        }
        v5::Packet::Connect(connect) => {
            visitor.int(connect.clean_start.into());
            visitor.int(connect.keep_alive.into());
            let properties = &connect.properties;
            int(properties.session_expiry_interval, visitor);
            int(properties.receive_max, visitor);
            int(properties.max_packet_size, visitor);
            int(properties.topic_alias_max, visitor);
            int(properties.request_response_info, visitor);
            int(properties.request_problem_info, visitor);
            text(properties.auth_method.as_deref(), visitor);
            if let Some(data) = &properties.auth_data {
                visitor.bytes(data);
            }
            pairs(&properties.user_properties, visitor);
            visitor.text(&connect.client_id);
            if let Some(will) = &connect.last_will {
                visitor.int(will.qos as u64);
                visitor.int(will.retain.into());
                visitor.text(&will.topic_name);
                visitor.bytes(&will.payload);
                let properties = &will.properties;
                int(properties.delay_interval, visitor);
                int(properties.payload_is_utf8, visitor);
                int(properties.message_expiry_interval, visitor);
                text(properties.content_type.as_deref(), visitor);
                text(properties.response_topic.as_deref(), visitor);
                if let Some(data) = &properties.correlation_data {
                    visitor.bytes(data);
                }
                pairs(&properties.user_properties, visitor);
            }
            text(connect.username.as_deref(), visitor);
            if let Some(password) = &connect.password {
                visitor.bytes(password);
            }
        }
        v5::Packet::Pingreq => {}
        other => panic!("not in the corpus: {other:?}"),
    }
}

#[inline]
fn int<V: Visit>(value: Option<impl Into<u64>>, visitor: &mut V) {
    if let Some(value) = value {
        visitor.int(value.into());
    }
}

#[inline]
fn text<V: Visit>(value: Option<&str>, visitor: &mut V) {
    if let Some(value) = value {
        visitor.text(value);
    }
}

#[inline]
fn pairs<V: Visit>(pairs: &[v5::UserProperty], visitor: &mut V) {
    for pair in pairs {
        visitor.text(&pair.name);
        visitor.text(&pair.value);
    }
}

fn read_all<H: PollHeader>(mut rest: &[u8]) -> Vec<H::Packet>
where
    H::Error: std::fmt::Debug,
{
    let mut packets = Vec::new();
    while !rest.is_empty() {
        let (packet, end) = read::<H>(rest);
        packets.push(packet.expect("well-formed"));
        rest = &rest[end..];
    }
    packets
}

/// `Packet::encode` of 3.1.1.
pub(super) struct EncoderV3(Vec<v3::Packet>);

impl Encode for EncoderV3 {
    fn new(protocol: Protocol, case: Case) -> Self {
        EncoderV3(read_all::<v3::Header>(&sample(protocol, case).bytes))
    }

    fn prepare(&mut self, _repeats: usize) {}

    fn run(&mut self, repeats: usize, _append: bool) -> u64 {
        let mut len = 0;
        for _ in 0..repeats {
            for packet in black_box(&self.0) {
                let bytes = packet.encode().expect("can be encoded");
                len += black_box(bytes.as_ref()).len() as u64;
            }
        }
        len
    }

    fn output(&mut self) -> Vec<u8> {
        let encode = |packet: &v3::Packet| packet.encode().expect("can be encoded");
        self.0.iter().flat_map(|packet| encode(packet).as_ref().to_vec()).collect()
    }
}

/// `Packet::encode` of 5.0.
pub(super) struct EncoderV5(Vec<v5::Packet>);

impl Encode for EncoderV5 {
    fn new(protocol: Protocol, case: Case) -> Self {
        EncoderV5(read_all::<v5::Header>(&sample(protocol, case).bytes))
    }

    fn prepare(&mut self, _repeats: usize) {}

    fn run(&mut self, repeats: usize, _append: bool) -> u64 {
        let mut len = 0;
        for _ in 0..repeats {
            for packet in black_box(&self.0) {
                let bytes = packet.encode().expect("can be encoded");
                len += black_box(bytes.as_ref()).len() as u64;
            }
        }
        len
    }

    fn output(&mut self) -> Vec<u8> {
        let encode = |packet: &v5::Packet| packet.encode().expect("can be encoded");
        self.0.iter().flat_map(|packet| encode(packet).as_ref().to_vec()).collect()
    }
}
