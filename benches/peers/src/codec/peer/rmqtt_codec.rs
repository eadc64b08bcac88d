//! rmqtt-codec 0.3: consumes a `BytesMut`, strings and payloads share it, each PUBLISH is boxed.
//! Encoding consumes the packets; their copies are made outside the clock, their end is inside.

use crate::codec::job::{Decode, Encode, Room};
use bytes::BytesMut;
use mqtt_benches::corpus::{Case, Protocol, sample};
use mqtt_benches::visit::Visit;
use rmqtt_codec::types::Publish;
use rmqtt_codec::{v3, v5};
use std::hint::black_box;
use std::num::NonZeroU64;
use tokio_util::codec::{Decoder as _, Encoder as _};

pub(super) struct V3;

impl Decode for V3 {
    type Input = BytesMut;

    fn decode_all<V: Visit>(input: &mut BytesMut, visitor: &mut V) {
        let mut codec = v3::Codec::new(0);
        while !input.is_empty() {
            match &codec.decode(input) {
                Ok(Some((packet, _))) => visit_v3(black_box(packet), visitor),
                other => panic!("the corpus holds whole, well-formed packets: {other:?}"),
            }
        }
    }
}

#[inline]
fn visit_publish<V: Visit>(publish: &Publish, visitor: &mut V) {
    visitor.int(publish.dup.into());
    visitor.int(publish.retain.into());
    visitor.int(publish.qos as u64);
    visitor.text(&publish.topic);
    if let Some(id) = publish.packet_id {
        visitor.int(id.get().into());
    }
    if let Some(properties) = &publish.properties {
        int(properties.message_expiry_interval, visitor);
        int(properties.topic_alias, visitor);
        text(properties.content_type.as_deref(), visitor);
        text(properties.response_topic.as_deref(), visitor);
        if let Some(data) = &properties.correlation_data {
            visitor.bytes(data);
        }
        black_box(properties.is_utf8_payload);
        for id in &properties.subscription_ids {
            visitor.int(id.get().into());
        }
        pairs(&properties.user_properties, visitor);
    }
    visitor.bytes(&publish.payload);
}

#[inline]
fn visit_v3<V: Visit>(packet: &v3::Packet, visitor: &mut V) {
    match packet {
        v3::Packet::Publish(publish) => visit_publish(publish, visitor),
        v3::Packet::PublishAck { packet_id } => visitor.int(packet_id.get().into()),
        v3::Packet::Subscribe { packet_id, topic_filters } => {
            visitor.int(packet_id.get().into());
            for (filter, qos) in topic_filters {
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
                visitor.text(&will.topic);
                visitor.bytes(&will.message);
            }
            text(connect.username.as_deref(), visitor);
            if let Some(password) = &connect.password {
                visitor.bytes(password);
            }
        }
        v3::Packet::PingRequest => {}
        other => panic!("not in the corpus: {other:?}"),
    }
}

pub(super) struct V5;

impl Decode for V5 {
    type Input = BytesMut;

    fn decode_all<V: Visit>(input: &mut BytesMut, visitor: &mut V) {
        let mut codec = v5::Codec::new(0, 0);
        while !input.is_empty() {
            match &codec.decode(input) {
                Ok(Some((packet, _))) => visit_v5(black_box(packet), visitor),
                other => panic!("the corpus holds whole, well-formed packets: {other:?}"),
            }
        }
    }
}

#[inline]
fn visit_v5<V: Visit>(packet: &v5::Packet, visitor: &mut V) {
    match packet {
        v5::Packet::Publish(publish) => visit_publish(publish, visitor),
        v5::Packet::PublishAck(ack) => {
            visitor.int(ack.packet_id.get().into());
            visitor.int(ack.reason_code as u64);
            text(ack.reason_string.as_deref(), visitor);
            pairs(&ack.properties, visitor);
        }
        v5::Packet::Subscribe(subscribe) => {
            visitor.int(subscribe.packet_id.get().into());
            int(subscribe.id, visitor);
            pairs(&subscribe.user_properties, visitor);
            for (filter, options) in &subscribe.topic_filters {
                visitor.text(filter);
                visitor.int(options.qos as u64);
                visitor.int(options.no_local.into());
                visitor.int(options.retain_as_published.into());
                visitor.int(options.retain_handling as u64);
            }
        }
        v5::Packet::Connect(connect) => {
            visitor.int(connect.clean_start.into());
            visitor.int(connect.keep_alive.into());
            visitor.int(connect.session_expiry_interval_secs.into());
            int(connect.receive_max, visitor);
            int(connect.max_packet_size, visitor);
            visitor.int(connect.topic_alias_max.into());
            black_box((connect.request_response_info, connect.request_problem_info));
            text(connect.auth_method.as_deref(), visitor);
            if let Some(data) = &connect.auth_data {
                visitor.bytes(data);
            }
            pairs(&connect.user_properties, visitor);
            visitor.text(&connect.client_id);
            if let Some(will) = &connect.last_will {
                visitor.int(will.qos as u64);
                visitor.int(will.retain.into());
                visitor.text(&will.topic);
                visitor.bytes(&will.message);
                if let Some(delay) = will.will_delay_interval_sec {
                    visitor.int(delay.into());
                }
                int(will.message_expiry_interval, visitor);
                text(will.content_type.as_deref(), visitor);
                text(will.response_topic.as_deref(), visitor);
                if let Some(data) = &will.correlation_data {
                    visitor.bytes(data);
                }
                black_box(will.is_utf8_payload);
                pairs(&will.user_properties, visitor);
            }
            text(connect.username.as_deref(), visitor);
            if let Some(password) = &connect.password {
                visitor.bytes(password);
            }
        }
        v5::Packet::PingRequest => {}
        other => panic!("not in the corpus: {other:?}"),
    }
}

#[inline]
fn int<V: Visit>(value: Option<impl Into<NonZeroU64>>, visitor: &mut V) {
    if let Some(value) = value {
        visitor.int(value.into().get());
    }
}

#[inline]
fn text<V: Visit>(value: Option<&str>, visitor: &mut V) {
    if let Some(value) = value {
        visitor.text(value);
    }
}

#[inline]
fn pairs<V: Visit>(pairs: &v5::UserProperties, visitor: &mut V) {
    for (key, value) in pairs {
        visitor.text(key);
        visitor.text(value);
    }
}

/// A codec of one version, with the packets it consumes.
pub(super) struct Encoder<C, P> {
    codec: C,
    packets: Vec<P>,
    copies: Vec<P>,
    out: BytesMut,
}

/// What the two versions' codecs have in common.
pub(super) trait Codec<P>: Default + 'static {
    fn read(&mut self, stream: &mut BytesMut) -> P;
    fn write(&mut self, packet: P, out: &mut BytesMut);
}

impl Codec<v3::Packet> for v3::Codec {
    fn read(&mut self, stream: &mut BytesMut) -> v3::Packet {
        self.decode(stream).expect("well-formed").expect("whole").0
    }

    #[inline]
    fn write(&mut self, packet: v3::Packet, out: &mut BytesMut) {
        self.encode(packet, out).expect("can be encoded");
    }
}

impl Codec<v5::Packet> for v5::Codec {
    fn read(&mut self, stream: &mut BytesMut) -> v5::Packet {
        self.decode(stream).expect("well-formed").expect("whole").0
    }

    #[inline]
    fn write(&mut self, packet: v5::Packet, out: &mut BytesMut) {
        self.encode(packet, out).expect("can be encoded");
    }
}

impl<P: Clone + 'static, C: Codec<P>> Encode for Encoder<C, P> {
    fn new(protocol: Protocol, case: Case) -> Self {
        let mut stream = BytesMut::from(&sample(protocol, case).bytes[..]);
        let out = Room::buffer(2 * stream.len() + 4096);
        let mut packets = Vec::new();
        // Apart from the one that encodes, which a CONNECT would teach to leave properties out.
        let mut codec = C::default();
        while !stream.is_empty() {
            packets.push(codec.read(&mut stream));
        }
        Encoder { codec: C::default(), packets, copies: Vec::new(), out }
    }

    fn prepare(&mut self, repeats: usize) {
        self.out.clear();
        self.copies.clear();
        for _ in 0..repeats {
            self.copies.extend_from_slice(&self.packets);
        }
    }

    fn run(&mut self, _repeats: usize, append: bool) -> u64 {
        for packet in self.copies.drain(..) {
            if !append {
                self.out.clear();
            }
            self.codec.write(packet, &mut self.out);
        }
        black_box(&self.out).len() as u64
    }

    fn output(&mut self) -> Vec<u8> {
        self.prepare(1);
        self.run(1, true);
        self.out.to_vec()
    }
}
