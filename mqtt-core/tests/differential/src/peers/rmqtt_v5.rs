//! rmqtt-codec 0.3, 5.0.

use super::{Peer, options_byte, rmqtt_v3};
use crate::meaning::{Meaning, Outcome};
use bytes::BytesMut;
use mqtt_core::Version;
use rmqtt_codec::v5::{self, Codec, Packet};
use std::num::{NonZeroU16, NonZeroU32};
use tokio_util::codec::Decoder as _;

pub(super) const PEER: Peer = Peer { name: "rmqtt-v5", versions: &[Version::V5], read, fold };

/// Absent properties have their default values.
fn fold(m: &mut Meaning) {
    for (field, default) in [
        ("session_expiry_interval", 0),
        ("topic_alias_maximum", 0),
        ("request_problem_information", 1),
        ("request_response_information", 0),
        ("payload_format_indicator", 0),
    ] {
        m.remove_if(field, default);
    }
    // Only CONNACK has a default here; that of CONNECT is an `Option`.
    if m.get("type") == [crate::meaning::Value::Number(2)] {
        for (field, default) in [
            ("receive_maximum", 65_535),
            ("retain_available", 1),
            ("wildcard_subscription_available", 1),
            ("subscription_identifier_available", 1),
            ("shared_subscription_available", 1),
        ] {
            m.remove_if(field, default);
        }
    }
}

fn read(input: &[u8]) -> Outcome {
    let mut stream = BytesMut::from(input);
    match Codec::new(0, 0).decode(&mut stream) {
        Ok(Some((packet, _))) if stream.is_empty() => {
            let mut m = meaning(&packet);
            fold(&mut m);
            Outcome::Accepted(m)
        }
        Ok(Some(_)) => Outcome::Rejected("bytes_left".to_owned()),
        Ok(None) => Outcome::Incomplete,
        Err(error) => Outcome::rejected(&error),
    }
}

fn user_properties(m: &mut Meaning, prefix: &str, list: &v5::UserProperties) {
    m.pairs(prefix, list.iter().map(|(name, value)| (name, value)));
}

/// What most answers have.
macro_rules! answer {
    ($m:ident, $packet:ident, $user_properties:ident) => {
        $m.bytes_opt("reason_string", $packet.reason_string.as_ref());
        user_properties(&mut $m, "", &$packet.$user_properties);
    };
}

macro_rules! acknowledgement {
    ($number:literal, $ack:ident) => {{
        let mut m = Meaning::new($number);
        m.number("packet_id", $ack.packet_id.get());
        m.number("reason", $ack.reason_code as u8);
        answer!(m, $ack, properties);
        m
    }};
}

fn connect(connect: &v5::Connect) -> Meaning {
    let mut m = Meaning::new(1);
    m.number("version", 5_u8);
    m.number("clean_start", connect.clean_start);
    m.number("keep_alive", connect.keep_alive);
    m.bytes("client_id", &connect.client_id);
    m.number("session_expiry_interval", connect.session_expiry_interval_secs);
    m.number_opt("receive_maximum", connect.receive_max.map(NonZeroU16::get));
    m.number_opt("maximum_packet_size", connect.max_packet_size.map(NonZeroU32::get));
    m.number("topic_alias_maximum", connect.topic_alias_max);
    m.number("request_response_information", connect.request_response_info);
    m.number("request_problem_information", connect.request_problem_info);
    m.bytes_opt("authentication_method", connect.auth_method.as_ref());
    m.bytes_opt("authentication_data", connect.auth_data.as_ref());
    user_properties(&mut m, "", &connect.user_properties);
    if let Some(will) = &connect.last_will {
        m.number("will.qos", will.qos as u8);
        m.number("will.retain", will.retain);
        m.bytes("will.topic", &will.topic);
        m.bytes("will.payload", &will.message);
        m.number_opt("will.will_delay_interval", will.will_delay_interval_sec);
        m.number_opt("will.payload_format_indicator", will.is_utf8_payload);
        let expiry = will.message_expiry_interval.map(NonZeroU32::get);
        m.number_opt("will.message_expiry_interval", expiry);
        m.bytes_opt("will.content_type", will.content_type.as_ref());
        m.bytes_opt("will.response_topic", will.response_topic.as_ref());
        m.bytes_opt("will.correlation_data", will.correlation_data.as_ref());
        user_properties(&mut m, "will.", &will.user_properties);
    }
    m.bytes_opt("user_name", connect.username.as_ref());
    m.bytes_opt("password", connect.password.as_ref());
    m
}

fn connack(connack: &v5::ConnectAck) -> Meaning {
    let mut m = Meaning::new(2);
    m.number("session_present", connack.session_present);
    m.number("reason", connack.reason_code as u8);
    m.number_opt("session_expiry_interval", connack.session_expiry_interval_secs);
    m.number("receive_maximum", connack.receive_max.get());
    // QoS 2 is not a value that can be sent.
    m.number("maximum_qos", connack.max_qos as u8);
    m.remove_if("maximum_qos", 2);
    m.number("retain_available", connack.retain_available);
    m.number_opt("maximum_packet_size", connack.max_packet_size);
    m.bytes_opt("assigned_client_identifier", connack.assigned_client_id.as_ref());
    m.number("topic_alias_maximum", connack.topic_alias_max);
    m.number("wildcard_subscription_available", connack.wildcard_subscription_available);
    m.number("subscription_identifier_available", connack.subscription_identifiers_available);
    m.number("shared_subscription_available", connack.shared_subscription_available);
    m.number_opt("server_keep_alive", connack.server_keepalive_sec);
    m.bytes_opt("response_information", connack.response_info.as_ref());
    m.bytes_opt("server_reference", connack.server_reference.as_ref());
    m.bytes_opt("authentication_method", connack.auth_method.as_ref());
    m.bytes_opt("authentication_data", connack.auth_data.as_ref());
    answer!(m, connack, user_properties);
    m
}

fn publish(publish: &rmqtt_codec::types::Publish) -> Meaning {
    let mut m = rmqtt_v3::publish(publish);
    if let Some(properties) = &publish.properties {
        m.number("payload_format_indicator", properties.is_utf8_payload);
        let expiry = properties.message_expiry_interval.map(NonZeroU32::get);
        m.number_opt("message_expiry_interval", expiry);
        m.number_opt("topic_alias", properties.topic_alias.map(NonZeroU16::get));
        m.bytes_opt("response_topic", properties.response_topic.as_ref());
        m.bytes_opt("correlation_data", properties.correlation_data.as_ref());
        user_properties(&mut m, "", &properties.user_properties);
        for id in &properties.subscription_ids {
            m.number("subscription_identifier", id.get());
        }
        m.bytes_opt("content_type", properties.content_type.as_ref());
    }
    m
}

fn meaning(packet: &Packet) -> Meaning {
    match packet {
        Packet::Connect(packet) => connect(packet),
        Packet::ConnectAck(packet) => connack(packet),
        Packet::Publish(packet) => publish(packet),
        Packet::PublishAck(ack) => acknowledgement!(4, ack),
        Packet::PublishReceived(ack) => acknowledgement!(5, ack),
        Packet::PublishRelease(ack) => acknowledgement!(6, ack),
        Packet::PublishComplete(ack) => acknowledgement!(7, ack),
        Packet::Subscribe(subscribe) => {
            let mut m = Meaning::new(8);
            m.number("packet_id", subscribe.packet_id.get());
            m.number_opt("subscription_identifier", subscribe.id.map(NonZeroU32::get));
            user_properties(&mut m, "", &subscribe.user_properties);
            for (filter, options) in &subscribe.topic_filters {
                let (local, retain) = (options.no_local, options.retain_as_published);
                let handling = options.retain_handling as u8;
                m.subscription(filter, options_byte(options.qos as u8, local, retain, handling));
            }
            m
        }
        Packet::SubscribeAck(ack) => {
            let mut m = Meaning::new(9);
            m.number("packet_id", ack.packet_id.get());
            answer!(m, ack, properties);
            ack.status.iter().for_each(|code| m.number("reason", *code as u8));
            m
        }
        Packet::Unsubscribe(unsubscribe) => {
            let mut m = Meaning::new(10);
            m.number("packet_id", unsubscribe.packet_id.get());
            user_properties(&mut m, "", &unsubscribe.user_properties);
            unsubscribe.topic_filters.iter().for_each(|filter| m.bytes("filter", filter));
            m
        }
        Packet::UnsubscribeAck(ack) => {
            let mut m = Meaning::new(11);
            m.number("packet_id", ack.packet_id.get());
            answer!(m, ack, properties);
            ack.status.iter().for_each(|code| m.number("reason", *code as u8));
            m
        }
        Packet::PingRequest => Meaning::new(12),
        Packet::PingResponse => Meaning::new(13),
        Packet::Disconnect(disconnect) => {
            let mut m = Meaning::new(14);
            m.number("reason", disconnect.reason_code as u8);
            answer!(m, disconnect, user_properties);
            m.number_opt("session_expiry_interval", disconnect.session_expiry_interval_secs);
            m.bytes_opt("server_reference", disconnect.server_reference.as_ref());
            m
        }
        Packet::Auth(auth) => {
            let mut m = Meaning::new(15);
            m.number("reason", auth.reason_code as u8);
            answer!(m, auth, user_properties);
            m.bytes_opt("authentication_method", auth.auth_method.as_ref());
            m.bytes_opt("authentication_data", auth.auth_data.as_ref());
            m
        }
    }
}
