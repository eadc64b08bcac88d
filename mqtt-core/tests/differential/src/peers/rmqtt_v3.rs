//! rmqtt-codec 0.3, 3.1 and 3.1.1.

use super::Peer;
use crate::meaning::{Meaning, Outcome};
use bytes::BytesMut;
use mqtt_core::Version;
use rmqtt_codec::types::Publish;
use rmqtt_codec::v3::{Codec, Packet, SubscribeReturnCode};
use std::num::NonZeroU16;
use tokio_util::codec::Decoder as _;

pub(super) const PEER: Peer =
    Peer { name: "rmqtt-v3", versions: &[Version::V31, Version::V311], read, fold: |_| {} };

fn read(input: &[u8]) -> Outcome {
    let mut stream = BytesMut::from(input);
    match Codec::new(0).decode(&mut stream) {
        Ok(Some((packet, _))) if stream.is_empty() => Outcome::Accepted(meaning(&packet)),
        Ok(Some(_)) => Outcome::Rejected("bytes_left".to_owned()),
        Ok(None) => Outcome::Incomplete,
        Err(error) => Outcome::rejected(&error),
    }
}

/// The fields that a PUBLISH has in all versions.
pub(super) fn publish(publish: &Publish) -> Meaning {
    let mut m = Meaning::new(3);
    m.number("dup", publish.dup);
    m.number("qos", publish.qos as u8);
    m.number("retain", publish.retain);
    m.bytes("topic", &publish.topic);
    m.number_opt("packet_id", publish.packet_id.map(NonZeroU16::get));
    m.bytes("payload", &publish.payload);
    m
}

fn acknowledgement(packet: u8, id: NonZeroU16) -> Meaning {
    let mut m = Meaning::new(packet);
    m.number("packet_id", id.get());
    m.number("reason", 0_u8);
    m
}

fn meaning(packet: &Packet) -> Meaning {
    match packet {
        Packet::Connect(connect) => {
            let mut m = Meaning::new(1);
            m.number("version", connect.protocol.level());
            m.number("clean_start", connect.clean_session);
            m.number("keep_alive", connect.keep_alive);
            m.bytes("client_id", &connect.client_id);
            if let Some(will) = &connect.last_will {
                m.number("will.qos", will.qos as u8);
                m.number("will.retain", will.retain);
                m.bytes("will.topic", &will.topic);
                m.bytes("will.payload", &will.message);
            }
            m.bytes_opt("user_name", connect.username.as_ref());
            m.bytes_opt("password", connect.password.as_ref());
            m
        }
        Packet::ConnectAck(connack) => {
            let mut m = Meaning::new(2);
            m.number("session_present", connack.session_present);
            m.number("reason", connack.return_code as u8);
            m
        }
        Packet::Publish(packet) => publish(packet),
        Packet::PublishAck { packet_id } => acknowledgement(4, *packet_id),
        Packet::PublishReceived { packet_id } => acknowledgement(5, *packet_id),
        Packet::PublishRelease { packet_id } => acknowledgement(6, *packet_id),
        Packet::PublishComplete { packet_id } => acknowledgement(7, *packet_id),
        Packet::Subscribe { packet_id, topic_filters } => {
            let mut m = Meaning::new(8);
            m.number("packet_id", packet_id.get());
            for (filter, qos) in topic_filters {
                m.subscription(filter, *qos as u8);
            }
            m
        }
        Packet::SubscribeAck { packet_id, status } => {
            let mut m = Meaning::new(9);
            m.number("packet_id", packet_id.get());
            for code in status {
                m.number(
                    "reason",
                    match code {
                        SubscribeReturnCode::Success(qos) => *qos as u8,
                        SubscribeReturnCode::Failure => 0x80,
                    },
                );
            }
            m
        }
        Packet::Unsubscribe { packet_id, topic_filters } => {
            let mut m = Meaning::new(10);
            m.number("packet_id", packet_id.get());
            topic_filters.iter().for_each(|filter| m.bytes("filter", filter));
            m
        }
        Packet::UnsubscribeAck { packet_id } => {
            let mut m = Meaning::new(11);
            m.number("packet_id", packet_id.get());
            m
        }
        Packet::PingRequest => Meaning::new(12),
        Packet::PingResponse => Meaning::new(13),
        Packet::Disconnect => {
            let mut m = Meaning::new(14);
            m.number("reason", 0_u8);
            m
        }
    }
}
