//! mqttbytes 0.6, 3.1.1.

use super::Peer;
use crate::meaning::{Meaning, Outcome, Value};
use bytes::BytesMut;
use mqtt_core::Version;
use mqttbytes::v4::{self, Packet, SubscribeReasonCode};
use mqttbytes::{Error, Protocol};

pub(super) const PEER: Peer = Peer { name: "mqttbytes-v4", versions: &[Version::V311], read, fold };

/// An absent user name or password is an empty one.
pub(super) fn fold(m: &mut Meaning) {
    m.remove_empty("user_name");
    m.remove_empty("password");
}

fn read(input: &[u8]) -> Outcome {
    let mut stream = BytesMut::from(input);
    match v4::read(&mut stream, usize::MAX) {
        Ok(packet) if stream.is_empty() => Outcome::Accepted(meaning(&packet)),
        Ok(_) => Outcome::Rejected("bytes_left".to_owned()),
        Err(Error::InsufficientBytes(_)) => Outcome::Incomplete,
        Err(error) => Outcome::rejected(&error),
    }
}

fn acknowledgement(packet: u8, id: u16) -> Meaning {
    let mut m = Meaning::new(packet);
    m.number("packet_id", id);
    m.number("reason", 0_u8);
    m
}

fn meaning(packet: &Packet) -> Meaning {
    match packet {
        Packet::Connect(connect) => {
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
            if let Some(will) = &connect.last_will {
                m.number("will.qos", will.qos as u8);
                m.number("will.retain", will.retain);
                m.bytes("will.topic", &will.topic);
                m.bytes("will.payload", &will.message);
            }
            if let Some(login) = &connect.login {
                m.bytes("user_name", &login.username);
                m.bytes("password", &login.password);
            }
            fold(&mut m);
            m
        }
        Packet::ConnAck(connack) => {
            let mut m = Meaning::new(2);
            m.number("session_present", connack.session_present);
            m.number("reason", connack.code as u8);
            m
        }
        Packet::Publish(publish) => {
            let mut m = Meaning::new(3);
            m.number("dup", publish.dup);
            m.number("qos", publish.qos as u8);
            m.number("retain", publish.retain);
            m.bytes("topic", &publish.topic);
            // 0 stands for none.
            m.number("packet_id", publish.pkid);
            m.remove_if("packet_id", 0);
            m.bytes("payload", &publish.payload);
            m
        }
        Packet::PubAck(ack) => acknowledgement(4, ack.pkid),
        Packet::PubRec(ack) => acknowledgement(5, ack.pkid),
        Packet::PubRel(ack) => acknowledgement(6, ack.pkid),
        Packet::PubComp(ack) => acknowledgement(7, ack.pkid),
        Packet::Subscribe(subscribe) => {
            let mut m = Meaning::new(8);
            m.number("packet_id", subscribe.pkid);
            for filter in &subscribe.filters {
                m.subscription(&filter.path, filter.qos as u8);
            }
            m
        }
        Packet::SubAck(ack) => {
            let mut m = Meaning::new(9);
            m.number("packet_id", ack.pkid);
            for code in &ack.return_codes {
                m.push(
                    "reason",
                    Value::Number(match code {
                        SubscribeReasonCode::Success(qos) => *qos as u64,
                        SubscribeReasonCode::Failure => 0x80,
                    }),
                );
            }
            m
        }
        Packet::Unsubscribe(unsubscribe) => {
            let mut m = Meaning::new(10);
            m.number("packet_id", unsubscribe.pkid);
            unsubscribe.topics.iter().for_each(|filter| m.bytes("filter", filter));
            m
        }
        Packet::UnsubAck(ack) => {
            let mut m = Meaning::new(11);
            m.number("packet_id", ack.pkid);
            m
        }
        Packet::PingReq => Meaning::new(12),
        Packet::PingResp => Meaning::new(13),
        Packet::Disconnect => {
            let mut m = Meaning::new(14);
            m.number("reason", 0_u8);
            m
        }
    }
}
