//! mqttbytes 0.6, 5.0.

use super::{Peer, mqttbytes_v4, options_byte};
use crate::meaning::{Meaning, Outcome};
use bytes::BytesMut;
use mqtt_core::Version;
use mqttbytes::v5::{self, ConnAckProperties, Packet, RetainForwardRule};
use mqttbytes::{Error, Protocol};

pub(super) const PEER: Peer =
    Peer { name: "mqttbytes-v5", versions: &[Version::V5], read, fold: mqttbytes_v4::fold };

fn read(input: &[u8]) -> Outcome {
    let mut stream = BytesMut::from(input);
    match v5::read(&mut stream, usize::MAX) {
        Ok(packet) if stream.is_empty() => Outcome::Accepted(meaning(&packet)),
        Ok(_) => Outcome::Rejected("bytes_left".to_owned()),
        Err(Error::InsufficientBytes(_)) => Outcome::Incomplete,
        Err(error) => Outcome::rejected(&error),
    }
}

fn user_properties(m: &mut Meaning, prefix: &str, list: &[(String, String)]) {
    m.pairs(prefix, list.iter().map(|(name, value)| (name, value)));
}

/// What most answers have.
macro_rules! answer {
    ($m:ident, $packet:ident) => {
        if let Some(properties) = &$packet.properties {
            $m.bytes_opt("reason_string", properties.reason_string.as_ref());
            user_properties(&mut $m, "", &properties.user_properties);
        }
    };
}

macro_rules! acknowledgement {
    ($number:literal, $ack:ident) => {{
        let mut m = Meaning::new($number);
        m.number("packet_id", $ack.pkid);
        m.number("reason", $ack.reason as u8);
        answer!(m, $ack);
        m
    }};
}

fn connect(connect: &v5::Connect) -> Meaning {
    let mut m = Meaning::new(1);
    m.number(
        "version",
        match connect.protocol {
            Protocol::V4 => 4_u8,
            Protocol::V5 => 5,
        },
    );
    m.number("clean_start", connect.clean_session);
    m.number("keep_alive", connect.keep_alive);
    m.bytes("client_id", &connect.client_id);
    if let Some(properties) = &connect.properties {
        m.number_opt("session_expiry_interval", properties.session_expiry_interval);
        m.number_opt("receive_maximum", properties.receive_maximum);
        m.number_opt("maximum_packet_size", properties.max_packet_size);
        m.number_opt("topic_alias_maximum", properties.topic_alias_max);
        m.number_opt("request_response_information", properties.request_response_info);
        m.number_opt("request_problem_information", properties.request_problem_info);
        m.bytes_opt("authentication_method", properties.authentication_method.as_ref());
        m.bytes_opt("authentication_data", properties.authentication_data.as_ref());
        user_properties(&mut m, "", &properties.user_properties);
    }
    if let Some(will) = &connect.last_will {
        m.number("will.qos", will.qos as u8);
        m.number("will.retain", will.retain);
        m.bytes("will.topic", &will.topic);
        m.bytes("will.payload", &will.message);
        if let Some(properties) = &will.properties {
            m.number_opt("will.will_delay_interval", properties.delay_interval);
            m.number_opt("will.payload_format_indicator", properties.payload_format_indicator);
            m.number_opt("will.message_expiry_interval", properties.message_expiry_interval);
            m.bytes_opt("will.content_type", properties.content_type.as_ref());
            m.bytes_opt("will.response_topic", properties.response_topic.as_ref());
            m.bytes_opt("will.correlation_data", properties.correlation_data.as_ref());
            user_properties(&mut m, "will.", &properties.user_properties);
        }
    }
    if let Some(login) = &connect.login {
        m.bytes("user_name", &login.username);
        m.bytes("password", &login.password);
    }
    mqttbytes_v4::fold(&mut m);
    m
}

fn connack_properties(m: &mut Meaning, properties: &ConnAckProperties) {
    m.number_opt("session_expiry_interval", properties.session_expiry_interval);
    m.number_opt("receive_maximum", properties.receive_max);
    m.number_opt("maximum_qos", properties.max_qos);
    m.number_opt("retain_available", properties.retain_available);
    m.number_opt("maximum_packet_size", properties.max_packet_size);
    m.bytes_opt("assigned_client_identifier", properties.assigned_client_identifier.as_ref());
    m.number_opt("topic_alias_maximum", properties.topic_alias_max);
    m.bytes_opt("reason_string", properties.reason_string.as_ref());
    user_properties(m, "", &properties.user_properties);
    m.number_opt("wildcard_subscription_available", properties.wildcard_subscription_available);
    m.number_opt(
        "subscription_identifier_available",
        properties.subscription_identifiers_available,
    );
    m.number_opt("shared_subscription_available", properties.shared_subscription_available);
    m.number_opt("server_keep_alive", properties.server_keep_alive);
    m.bytes_opt("response_information", properties.response_information.as_ref());
    m.bytes_opt("server_reference", properties.server_reference.as_ref());
    m.bytes_opt("authentication_method", properties.authentication_method.as_ref());
    m.bytes_opt("authentication_data", properties.authentication_data.as_ref());
}

fn publish(publish: &v5::Publish) -> Meaning {
    let mut m = Meaning::new(3);
    m.number("dup", publish.dup);
    m.number("qos", publish.qos as u8);
    m.number("retain", publish.retain);
    m.bytes("topic", &publish.topic);
    // 0 stands for none.
    m.number("packet_id", publish.pkid);
    m.remove_if("packet_id", 0);
    m.bytes("payload", &publish.payload);
    if let Some(properties) = &publish.properties {
        m.number_opt("payload_format_indicator", properties.payload_format_indicator);
        m.number_opt("message_expiry_interval", properties.message_expiry_interval);
        m.number_opt("topic_alias", properties.topic_alias);
        m.bytes_opt("response_topic", properties.response_topic.as_ref());
        m.bytes_opt("correlation_data", properties.correlation_data.as_ref());
        user_properties(&mut m, "", &properties.user_properties);
        for id in &properties.subscription_identifiers {
            m.number("subscription_identifier", *id as u64);
        }
        m.bytes_opt("content_type", properties.content_type.as_ref());
    }
    m
}

fn meaning(packet: &Packet) -> Meaning {
    match packet {
        Packet::Connect(packet) => connect(packet),
        Packet::ConnAck(connack) => {
            let mut m = Meaning::new(2);
            m.number("session_present", connack.session_present);
            m.number("reason", connack.code as u8);
            if let Some(properties) = &connack.properties {
                connack_properties(&mut m, properties);
            }
            m
        }
        Packet::Publish(packet) => publish(packet),
        Packet::PubAck(ack) => acknowledgement!(4, ack),
        Packet::PubRec(ack) => acknowledgement!(5, ack),
        Packet::PubRel(ack) => acknowledgement!(6, ack),
        Packet::PubComp(ack) => acknowledgement!(7, ack),
        Packet::Subscribe(subscribe) => {
            let mut m = Meaning::new(8);
            m.number("packet_id", subscribe.pkid);
            if let Some(properties) = &subscribe.properties {
                m.number_opt("subscription_identifier", properties.id.map(|id| id as u64));
                user_properties(&mut m, "", &properties.user_properties);
            }
            for filter in &subscribe.filters {
                let handling = match filter.retain_forward_rule {
                    RetainForwardRule::OnEverySubscribe => 0,
                    RetainForwardRule::OnNewSubscribe => 1,
                    RetainForwardRule::Never => 2,
                };
                let (local, retain) = (filter.nolocal, filter.preserve_retain);
                let options = options_byte(filter.qos as u8, local, retain, handling);
                m.subscription(&filter.path, options);
            }
            m
        }
        Packet::SubAck(ack) => {
            let mut m = Meaning::new(9);
            m.number("packet_id", ack.pkid);
            answer!(m, ack);
            ack.return_codes.iter().for_each(|code| m.number("reason", *code as u8));
            m
        }
        Packet::Unsubscribe(unsubscribe) => {
            let mut m = Meaning::new(10);
            m.number("packet_id", unsubscribe.pkid);
            if let Some(properties) = &unsubscribe.properties {
                user_properties(&mut m, "", &properties.user_properties);
            }
            unsubscribe.filters.iter().for_each(|filter| m.bytes("filter", filter));
            m
        }
        Packet::UnsubAck(ack) => {
            let mut m = Meaning::new(11);
            m.number("packet_id", ack.pkid);
            answer!(m, ack);
            ack.reasons.iter().for_each(|code| m.number("reason", *code as u8));
            m
        }
        Packet::PingReq => Meaning::new(12),
        Packet::PingResp => Meaning::new(13),
        Packet::Disconnect(disconnect) => {
            let mut m = Meaning::new(14);
            m.number("reason", disconnect.reason_code as u8);
            answer!(m, disconnect);
            if let Some(properties) = &disconnect.properties {
                m.number_opt("session_expiry_interval", properties.session_expiry_interval);
                m.bytes_opt("server_reference", properties.server_reference.as_ref());
            }
            m
        }
    }
}
