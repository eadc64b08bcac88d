//! rumqttc 0.25, its codec modules: consumes a `BytesMut`, payloads share it, strings are copied,
//! but the topic of a 5.0 PUBLISH, which stays bytes that were never checked to be UTF-8.

use crate::codec::job::{Decode, WriteTo};
use bytes::BytesMut;
use mqtt_benches::corpus::Protocol;
use mqtt_benches::visit::Visit;
use rumqttc::mqttbytes::v4;
use rumqttc::v5::mqttbytes::v5;
use std::hint::black_box;

pub(super) struct V4;

impl Decode for V4 {
    type Input = BytesMut;

    fn decode_all<V: Visit>(input: &mut BytesMut, visitor: &mut V) {
        while !input.is_empty() {
            match &v4::Packet::read(input, usize::MAX) {
                Ok(packet) => visit_v4(black_box(packet), visitor),
                other => panic!("the corpus holds whole, well-formed packets: {other:?}"),
            }
        }
    }
}

/// Visits every value of `packet`.
#[inline]
pub(crate) fn visit_v4<V: Visit>(packet: &v4::Packet, visitor: &mut V) {
    match packet {
        v4::Packet::Publish(publish) => {
            visitor.int(publish.dup.into());
            visitor.int(publish.retain.into());
            visitor.int(publish.qos as u64);
            visitor.text(&publish.topic);
            if publish.pkid != 0 {
                visitor.int(publish.pkid.into());
            }
            visitor.bytes(&publish.payload);
        }
        v4::Packet::PubAck(ack) => visitor.int(ack.pkid.into()),
        v4::Packet::PubRec(ack) => visitor.int(ack.pkid.into()),
        v4::Packet::PubComp(ack) => visitor.int(ack.pkid.into()),
        v4::Packet::Subscribe(subscribe) => {
            visitor.int(subscribe.pkid.into());
            for filter in &subscribe.filters {
                visitor.text(&filter.path);
                visitor.int(filter.qos as u64);
            }
        }
        v4::Packet::Connect(connect) => {
            visitor.int(connect.clean_session.into());
            visitor.int(connect.keep_alive.into());
            visitor.text(&connect.client_id);
            if let Some(will) = &connect.last_will {
                visitor.int(will.qos as u64);
                visitor.int(will.retain.into());
                visitor.text(&will.topic);
                visitor.bytes(&will.message);
            }
            if let Some(login) = &connect.login {
                visitor.text(&login.username);
                visitor.text(&login.password);
            }
        }
        v4::Packet::PingReq => {}
        other => panic!("not in the corpus: {other:?}"),
    }
}

impl WriteTo for v4::Packet {
    fn read_all(_protocol: Protocol, stream: &mut BytesMut) -> Vec<Self> {
        let mut packets = Vec::new();
        while !stream.is_empty() {
            packets.push(v4::Packet::read(stream, usize::MAX).expect("well-formed and whole"));
        }
        packets
    }

    #[inline]
    fn write_to(&self, out: &mut BytesMut) {
        self.write(out, usize::MAX).expect("can be encoded");
    }
}

pub(super) struct V5;

impl Decode for V5 {
    type Input = BytesMut;

    fn decode_all<V: Visit>(input: &mut BytesMut, visitor: &mut V) {
        while !input.is_empty() {
            match &v5::Packet::read(input, None) {
                Ok(packet) => visit_v5(black_box(packet), visitor),
                other => panic!("the corpus holds whole, well-formed packets: {other:?}"),
            }
        }
    }
}

/// Four types of the same fields.
macro_rules! ack {
    ($ack:expr, $visitor:expr) => {{
        $visitor.int($ack.pkid.into());
        $visitor.int($ack.reason as u64);
        if let Some(properties) = &$ack.properties {
            text(&properties.reason_string, $visitor);
            pairs(&properties.user_properties, $visitor);
        }
    }};
}

/// Visits every value of `packet`.
#[inline]
pub(crate) fn visit_v5<V: Visit>(packet: &v5::Packet, visitor: &mut V) {
    match packet {
        v5::Packet::Publish(publish) => {
            visitor.int(publish.dup.into());
            visitor.int(publish.retain.into());
            visitor.int(publish.qos as u64);
            visitor.bytes(&publish.topic);
            if publish.pkid != 0 {
                visitor.int(publish.pkid.into());
            }
            if let Some(properties) = &publish.properties {
                int(properties.payload_format_indicator, visitor);
                int(properties.message_expiry_interval, visitor);
                int(properties.topic_alias, visitor);
                text(&properties.content_type, visitor);
                text(&properties.response_topic, visitor);
                if let Some(data) = &properties.correlation_data {
                    visitor.bytes(data);
                }
                for id in &properties.subscription_identifiers {
                    visitor.int(*id as u64);
                }
                pairs(&properties.user_properties, visitor);
            }
            visitor.bytes(&publish.payload);
        }
        v5::Packet::PubAck(ack) => ack!(ack, visitor),
        v5::Packet::PubRec(ack) => ack!(ack, visitor),
        v5::Packet::PubComp(ack) => ack!(ack, visitor),
        v5::Packet::Subscribe(subscribe) => {
            visitor.int(subscribe.pkid.into());
            if let Some(properties) = &subscribe.properties {
                int(properties.id.map(|id| id as u64), visitor);
                pairs(&properties.user_properties, visitor);
            }
            for filter in &subscribe.filters {
                visitor.text(&filter.path);
                visitor.int(filter.qos as u64);
                visitor.int(filter.nolocal.into());
                visitor.int(filter.preserve_retain.into());
                visitor.int(match filter.retain_forward_rule {
                    v5::RetainForwardRule::OnEverySubscribe => 0,
                    v5::RetainForwardRule::OnNewSubscribe => 1,
                    v5::RetainForwardRule::Never => 2,
                });
            }
        }
        v5::Packet::Connect(connect, will, login) => {
            visitor.int(connect.clean_start.into());
            visitor.int(connect.keep_alive.into());
            if let Some(properties) = &connect.properties {
                int(properties.session_expiry_interval, visitor);
                int(properties.receive_maximum, visitor);
                int(properties.max_packet_size, visitor);
                int(properties.topic_alias_max, visitor);
                int(properties.request_response_info, visitor);
                int(properties.request_problem_info, visitor);
                text(&properties.authentication_method, visitor);
                if let Some(data) = &properties.authentication_data {
                    visitor.bytes(data);
                }
                pairs(&properties.user_properties, visitor);
            }
            visitor.text(&connect.client_id);
            if let Some(will) = will {
                visitor.int(will.qos as u64);
                visitor.int(will.retain.into());
                visitor.bytes(&will.topic);
                visitor.bytes(&will.message);
                if let Some(properties) = &will.properties {
                    int(properties.delay_interval, visitor);
                    int(properties.payload_format_indicator, visitor);
                    int(properties.message_expiry_interval, visitor);
                    text(&properties.content_type, visitor);
                    text(&properties.response_topic, visitor);
                    if let Some(data) = &properties.correlation_data {
                        visitor.bytes(data);
                    }
                    pairs(&properties.user_properties, visitor);
                }
            }
            if let Some(login) = login {
                visitor.text(&login.username);
                visitor.text(&login.password);
            }
        }
        v5::Packet::PingReq(_) => {}
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
fn text<V: Visit>(value: &Option<String>, visitor: &mut V) {
    if let Some(value) = value {
        visitor.text(value);
    }
}

#[inline]
fn pairs<V: Visit>(pairs: &[(String, String)], visitor: &mut V) {
    for (key, value) in pairs {
        visitor.text(key);
        visitor.text(value);
    }
}

impl WriteTo for v5::Packet {
    fn read_all(_protocol: Protocol, stream: &mut BytesMut) -> Vec<Self> {
        let mut packets = Vec::new();
        while !stream.is_empty() {
            packets.push(v5::Packet::read(stream, None).expect("well-formed and whole"));
        }
        packets
    }

    #[inline]
    fn write_to(&self, out: &mut BytesMut) {
        self.write(out, None).expect("can be encoded");
    }
}
