//! mqtt-proto 0.4, 3.1 and 3.1.1.

use super::Peer;
use crate::meaning::{Meaning, Outcome};
use mqtt_core::Version;
use mqtt_proto::v3::{Packet, SubscribeReturnCode};
use mqtt_proto::{Pid, Protocol};

pub(super) const PEER: Peer =
    Peer { name: "mqtt-proto-v3", versions: &[Version::V31, Version::V311], read, fold: |_| {} };

fn read(input: &[u8]) -> Outcome {
    match Packet::decode(input) {
        Ok(Some(packet)) => Outcome::Accepted(meaning(&packet)),
        Ok(None) => Outcome::Incomplete,
        Err(error) => Outcome::rejected(&error),
    }
}

/// The level that CONNECT names.
pub(super) fn level(protocol: Protocol) -> u8 {
    match protocol {
        Protocol::V310 => 3,
        Protocol::V311 => 4,
        Protocol::V500 => 5,
    }
}

fn acknowledgement(packet: u8, id: Pid) -> Meaning {
    let mut m = Meaning::new(packet);
    m.number("packet_id", id.value());
    m.number("reason", 0_u8);
    m
}

fn meaning(packet: &Packet) -> Meaning {
    match packet {
        Packet::Connect(connect) => {
            let mut m = Meaning::new(1);
            m.number("version", level(connect.protocol));
            m.number("clean_start", connect.clean_session);
            m.number("keep_alive", connect.keep_alive);
            m.bytes("client_id", connect.client_id.as_bytes());
            if let Some(will) = &connect.last_will {
                m.number("will.qos", will.qos as u8);
                m.number("will.retain", will.retain);
                m.bytes("will.topic", will.topic_name.as_bytes());
                m.bytes("will.payload", &will.message);
            }
            m.bytes_opt("user_name", connect.username.as_ref().map(|name| name.as_bytes()));
            m.bytes_opt("password", connect.password.as_ref());
            m
        }
        Packet::Connack(connack) => {
            let mut m = Meaning::new(2);
            m.number("session_present", connack.session_present);
            m.number("reason", connack.code as u8);
            m
        }
        Packet::Publish(publish) => {
            let mut m = Meaning::new(3);
            m.number("dup", publish.dup);
            m.number("qos", publish.qos_pid.qos() as u8);
            m.number("retain", publish.retain);
            m.bytes("topic", publish.topic_name.as_bytes());
            m.number_opt("packet_id", publish.qos_pid.pid().map(Pid::value));
            m.bytes("payload", &publish.payload);
            m
        }
        Packet::Puback(id) => acknowledgement(4, *id),
        Packet::Pubrec(id) => acknowledgement(5, *id),
        Packet::Pubrel(id) => acknowledgement(6, *id),
        Packet::Pubcomp(id) => acknowledgement(7, *id),
        Packet::Subscribe(subscribe) => {
            let mut m = Meaning::new(8);
            m.number("packet_id", subscribe.pid.value());
            for (filter, qos) in &subscribe.topics {
                m.subscription(filter.as_bytes(), *qos as u8);
            }
            m
        }
        Packet::Suback(ack) => {
            let mut m = Meaning::new(9);
            m.number("packet_id", ack.pid.value());
            for code in &ack.topics {
                m.number(
                    "reason",
                    match code {
                        SubscribeReturnCode::MaxLevel0 => 0_u8,
                        SubscribeReturnCode::MaxLevel1 => 1,
                        SubscribeReturnCode::MaxLevel2 => 2,
                        SubscribeReturnCode::Failure => 0x80,
                    },
                );
            }
            m
        }
        Packet::Unsubscribe(unsubscribe) => {
            let mut m = Meaning::new(10);
            m.number("packet_id", unsubscribe.pid.value());
            unsubscribe.topics.iter().for_each(|filter| m.bytes("filter", filter.as_bytes()));
            m
        }
        Packet::Unsuback(id) => {
            let mut m = Meaning::new(11);
            m.number("packet_id", id.value());
            m
        }
        Packet::Pingreq => Meaning::new(12),
        Packet::Pingresp => Meaning::new(13),
        Packet::Disconnect => {
            let mut m = Meaning::new(14);
            m.number("reason", 0_u8);
            m
        }
    }
}
