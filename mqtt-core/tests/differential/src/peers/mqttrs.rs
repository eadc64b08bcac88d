//! mqttrs 0.4: 3.1.1 and 3.1, borrowed.

use super::Peer;
use crate::meaning::{Meaning, Outcome};
use mqtt_core::Version;
use mqttrs::{Packet, Pid, Protocol, SubscribeReturnCodes, decode_slice};

pub(super) const PEER: Peer =
    Peer { name: "mqttrs", versions: &[Version::V31, Version::V311], read, fold: |_| {} };

fn read(input: &[u8]) -> Outcome {
    match decode_slice(input) {
        Ok(Some(packet)) => Outcome::Accepted(meaning(&packet)),
        Ok(None) => Outcome::Incomplete,
        Err(error) => Outcome::rejected(&error),
    }
}

fn acknowledgement(packet: u8, id: Pid) -> Meaning {
    let mut m = Meaning::new(packet);
    m.number("packet_id", id.get());
    m.number("reason", 0_u8);
    m
}

fn meaning(packet: &Packet<'_>) -> Meaning {
    match packet {
        Packet::Connect(connect) => {
            let mut m = Meaning::new(1);
            m.number(
                "version",
                match connect.protocol {
                    Protocol::MQIsdp => 3_u8,
                    Protocol::MQTT311 => 4,
                },
            );
            m.number("clean_start", connect.clean_session);
            m.number("keep_alive", connect.keep_alive);
            m.bytes("client_id", connect.client_id);
            if let Some(will) = &connect.last_will {
                m.number("will.qos", will.qos as u8);
                m.number("will.retain", will.retain);
                m.bytes("will.topic", will.topic);
                m.bytes("will.payload", will.message);
            }
            m.bytes_opt("user_name", connect.username);
            m.bytes_opt("password", connect.password);
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
            m.number("qos", publish.qospid.qos() as u8);
            m.number("retain", publish.retain);
            m.bytes("topic", publish.topic_name);
            m.number_opt("packet_id", publish.qospid.pid().map(Pid::get));
            m.bytes("payload", publish.payload);
            m
        }
        Packet::Puback(id) => acknowledgement(4, *id),
        Packet::Pubrec(id) => acknowledgement(5, *id),
        Packet::Pubrel(id) => acknowledgement(6, *id),
        Packet::Pubcomp(id) => acknowledgement(7, *id),
        Packet::Subscribe(subscribe) => {
            let mut m = Meaning::new(8);
            m.number("packet_id", subscribe.pid.get());
            for topic in &subscribe.topics {
                m.subscription(&topic.topic_path, topic.qos as u8);
            }
            m
        }
        Packet::Suback(ack) => {
            let mut m = Meaning::new(9);
            m.number("packet_id", ack.pid.get());
            for code in &ack.return_codes {
                m.number(
                    "reason",
                    match code {
                        SubscribeReturnCodes::Success(qos) => *qos as u8,
                        SubscribeReturnCodes::Failure => 0x80,
                    },
                );
            }
            m
        }
        Packet::Unsubscribe(unsubscribe) => {
            let mut m = Meaning::new(10);
            m.number("packet_id", unsubscribe.pid.get());
            unsubscribe.topics.iter().for_each(|filter| m.bytes("filter", filter));
            m
        }
        Packet::Unsuback(id) => {
            let mut m = Meaning::new(11);
            m.number("packet_id", id.get());
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
