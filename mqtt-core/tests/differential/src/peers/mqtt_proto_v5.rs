//! mqtt-proto 0.4, 5.0.

use super::mqtt_proto_v3::level;
use super::{Peer, options_byte};
use crate::meaning::{Meaning, Outcome};
use mqtt_core::Version;
use mqtt_proto::Pid;
use mqtt_proto::v5::{self, ConnackProperties, Packet, UserProperty, VarByteInt};

pub(super) const PEER: Peer =
    Peer { name: "mqtt-proto-v5", versions: &[Version::V5], read, fold: |_| {} };

fn read(input: &[u8]) -> Outcome {
    match Packet::decode(input) {
        Ok(Some(packet)) => Outcome::Accepted(meaning(&packet)),
        Ok(None) => Outcome::Incomplete,
        // The inner error says more.
        Err(v5::ErrorV5::Common(error)) => Outcome::rejected(&error),
        Err(error) => Outcome::rejected(&error),
    }
}

fn text(m: &mut Meaning, field: &str, value: Option<&(impl AsRef<str> + ?Sized)>) {
    m.bytes_opt(field, value.map(AsRef::as_ref));
}

fn user_properties(m: &mut Meaning, prefix: &str, list: &[UserProperty]) {
    m.pairs(prefix, list.iter().map(|pair| (pair.name.as_bytes(), pair.value.as_bytes())));
}

/// What most answers have.
macro_rules! answer {
    ($m:ident, $packet:ident) => {
        text(&mut $m, "reason_string", $packet.properties.reason_string.as_deref());
        user_properties(&mut $m, "", &$packet.properties.user_properties);
    };
}

macro_rules! acknowledgement {
    ($number:literal, $ack:ident) => {{
        let mut m = Meaning::new($number);
        m.number("packet_id", $ack.pid.value());
        m.number("reason", $ack.reason_code as u8);
        answer!(m, $ack);
        m
    }};
}

fn connect(connect: &v5::Connect) -> Meaning {
    let mut m = Meaning::new(1);
    m.number("version", level(connect.protocol));
    m.number("clean_start", connect.clean_start);
    m.number("keep_alive", connect.keep_alive);
    text(&mut m, "client_id", Some(&*connect.client_id));
    let properties = &connect.properties;
    m.number_opt("session_expiry_interval", properties.session_expiry_interval);
    m.number_opt("receive_maximum", properties.receive_max);
    m.number_opt("maximum_packet_size", properties.max_packet_size);
    m.number_opt("topic_alias_maximum", properties.topic_alias_max);
    m.number_opt("request_response_information", properties.request_response_info);
    m.number_opt("request_problem_information", properties.request_problem_info);
    text(&mut m, "authentication_method", properties.auth_method.as_deref());
    m.bytes_opt("authentication_data", properties.auth_data.as_ref());
    user_properties(&mut m, "", &properties.user_properties);
    if let Some(will) = &connect.last_will {
        m.number("will.qos", will.qos as u8);
        m.number("will.retain", will.retain);
        text(&mut m, "will.topic", Some(&*will.topic_name));
        m.bytes("will.payload", &will.payload);
        let properties = &will.properties;
        m.number_opt("will.will_delay_interval", properties.delay_interval);
        m.number_opt("will.payload_format_indicator", properties.payload_is_utf8);
        m.number_opt("will.message_expiry_interval", properties.message_expiry_interval);
        text(&mut m, "will.content_type", properties.content_type.as_deref());
        text(&mut m, "will.response_topic", properties.response_topic.as_deref());
        m.bytes_opt("will.correlation_data", properties.correlation_data.as_ref());
        user_properties(&mut m, "will.", &properties.user_properties);
    }
    text(&mut m, "user_name", connect.username.as_deref());
    m.bytes_opt("password", connect.password.as_ref());
    m
}

fn connack_properties(m: &mut Meaning, properties: &ConnackProperties) {
    m.number_opt("session_expiry_interval", properties.session_expiry_interval);
    m.number_opt("receive_maximum", properties.receive_max);
    m.number_opt("maximum_qos", properties.max_qos.map(|qos| qos as u8));
    m.number_opt("retain_available", properties.retain_available);
    m.number_opt("maximum_packet_size", properties.max_packet_size);
    text(m, "assigned_client_identifier", properties.assigned_client_id.as_deref());
    m.number_opt("topic_alias_maximum", properties.topic_alias_max);
    text(m, "reason_string", properties.reason_string.as_deref());
    user_properties(m, "", &properties.user_properties);
    m.number_opt("wildcard_subscription_available", properties.wildcard_subscription_available);
    m.number_opt("subscription_identifier_available", properties.subscription_id_available);
    m.number_opt("shared_subscription_available", properties.shared_subscription_available);
    m.number_opt("server_keep_alive", properties.server_keep_alive);
    text(m, "response_information", properties.response_info.as_deref());
    text(m, "server_reference", properties.server_reference.as_deref());
    text(m, "authentication_method", properties.auth_method.as_deref());
    m.bytes_opt("authentication_data", properties.auth_data.as_ref());
}

fn publish(publish: &v5::Publish) -> Meaning {
    let mut m = Meaning::new(3);
    m.number("dup", publish.dup);
    m.number("qos", publish.qos_pid.qos() as u8);
    m.number("retain", publish.retain);
    text(&mut m, "topic", Some(&*publish.topic_name));
    m.number_opt("packet_id", publish.qos_pid.pid().map(Pid::value));
    m.bytes("payload", &publish.payload);
    let properties = &publish.properties;
    m.number_opt("payload_format_indicator", properties.payload_is_utf8);
    m.number_opt("message_expiry_interval", properties.message_expiry_interval);
    m.number_opt("topic_alias", properties.topic_alias);
    text(&mut m, "response_topic", properties.response_topic.as_deref());
    m.bytes_opt("correlation_data", properties.correlation_data.as_ref());
    user_properties(&mut m, "", &properties.user_properties);
    m.number_opt("subscription_identifier", properties.subscription_id.map(VarByteInt::value));
    text(&mut m, "content_type", properties.content_type.as_deref());
    m
}

fn meaning(packet: &Packet) -> Meaning {
    match packet {
        Packet::Connect(packet) => connect(packet),
        Packet::Connack(connack) => {
            let mut m = Meaning::new(2);
            m.number("session_present", connack.session_present);
            m.number("reason", connack.reason_code as u8);
            connack_properties(&mut m, &connack.properties);
            m
        }
        Packet::Publish(packet) => publish(packet),
        Packet::Puback(ack) => acknowledgement!(4, ack),
        Packet::Pubrec(ack) => acknowledgement!(5, ack),
        Packet::Pubrel(ack) => acknowledgement!(6, ack),
        Packet::Pubcomp(ack) => acknowledgement!(7, ack),
        Packet::Subscribe(subscribe) => {
            let mut m = Meaning::new(8);
            m.number("packet_id", subscribe.pid.value());
            let properties = &subscribe.properties;
            let id = properties.subscription_id.map(VarByteInt::value);
            m.number_opt("subscription_identifier", id);
            user_properties(&mut m, "", &properties.user_properties);
            for (filter, options) in &subscribe.topics {
                let (local, retain) = (options.no_local, options.retain_as_published);
                let handling = options.retain_handling as u8;
                let options = options_byte(options.max_qos as u8, local, retain, handling);
                m.subscription(filter.as_bytes(), options);
            }
            m
        }
        Packet::Suback(ack) => {
            let mut m = Meaning::new(9);
            m.number("packet_id", ack.pid.value());
            answer!(m, ack);
            ack.topics.iter().for_each(|code| m.number("reason", *code as u8));
            m
        }
        Packet::Unsubscribe(unsubscribe) => {
            let mut m = Meaning::new(10);
            m.number("packet_id", unsubscribe.pid.value());
            user_properties(&mut m, "", &unsubscribe.properties.user_properties);
            unsubscribe.topics.iter().for_each(|filter| m.bytes("filter", filter.as_bytes()));
            m
        }
        Packet::Unsuback(ack) => {
            let mut m = Meaning::new(11);
            m.number("packet_id", ack.pid.value());
            answer!(m, ack);
            ack.topics.iter().for_each(|code| m.number("reason", *code as u8));
            m
        }
        Packet::Pingreq => Meaning::new(12),
        Packet::Pingresp => Meaning::new(13),
        Packet::Disconnect(disconnect) => {
            let mut m = Meaning::new(14);
            m.number("reason", disconnect.reason_code as u8);
            answer!(m, disconnect);
            let properties = &disconnect.properties;
            m.number_opt("session_expiry_interval", properties.session_expiry_interval);
            text(&mut m, "server_reference", properties.server_reference.as_deref());
            m
        }
        Packet::Auth(auth) => {
            let mut m = Meaning::new(15);
            m.number("reason", auth.reason_code as u8);
            answer!(m, auth);
            text(&mut m, "authentication_method", auth.properties.auth_method.as_deref());
            m.bytes_opt("authentication_data", auth.properties.auth_data.as_ref());
            m
        }
    }
}
