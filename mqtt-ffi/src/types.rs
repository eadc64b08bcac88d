//! The plain values that cross the boundary.

use crate::{MQC_INVALID_ARGUMENT, mqc_status};
use mqtt_core::{QoS, Version};

/// A version of the protocol: the protocol level byte of CONNECT.
pub type mqc_version = u32;
/// Not known yet: only a CONNECT is accepted, which names its own version.
pub const MQC_VERSION_UNKNOWN: mqc_version = 0;
/// MQTT 3.1.
pub const MQC_VERSION_V31: mqc_version = 3;
/// MQTT 3.1.1.
pub const MQC_VERSION_V311: mqc_version = 4;
/// MQTT 5.0.
pub const MQC_VERSION_V5: mqc_version = 5;

/// Quality of service: how often a message may arrive.
pub type mqc_qos = u8;
/// Fire and forget.
pub const MQC_QOS_AT_MOST_ONCE: mqc_qos = 0;
/// Acknowledged, duplicates possible.
pub const MQC_QOS_AT_LEAST_ONCE: mqc_qos = 1;
/// Acknowledged twice, no duplicates.
pub const MQC_QOS_EXACTLY_ONCE: mqc_qos = 2;

/// The type of a packet: the upper half of its first byte.
pub type mqc_packet_type = u32;
/// No type.
pub const MQC_PACKET_NONE: mqc_packet_type = 0;
/// Client asks for a connection.
pub const MQC_PACKET_CONNECT: mqc_packet_type = 1;
/// Server answers CONNECT.
pub const MQC_PACKET_CONNACK: mqc_packet_type = 2;
/// A message.
pub const MQC_PACKET_PUBLISH: mqc_packet_type = 3;
/// Answer to a QoS 1 PUBLISH.
pub const MQC_PACKET_PUBACK: mqc_packet_type = 4;
/// First answer to a QoS 2 PUBLISH.
pub const MQC_PACKET_PUBREC: mqc_packet_type = 5;
/// Answer to PUBREC.
pub const MQC_PACKET_PUBREL: mqc_packet_type = 6;
/// Answer to PUBREL.
pub const MQC_PACKET_PUBCOMP: mqc_packet_type = 7;
/// Client subscribes.
pub const MQC_PACKET_SUBSCRIBE: mqc_packet_type = 8;
/// Server answers SUBSCRIBE.
pub const MQC_PACKET_SUBACK: mqc_packet_type = 9;
/// Client unsubscribes.
pub const MQC_PACKET_UNSUBSCRIBE: mqc_packet_type = 10;
/// Server answers UNSUBSCRIBE.
pub const MQC_PACKET_UNSUBACK: mqc_packet_type = 11;
/// Client shows that it is alive.
pub const MQC_PACKET_PINGREQ: mqc_packet_type = 12;
/// Server answers PINGREQ.
pub const MQC_PACKET_PINGRESP: mqc_packet_type = 13;
/// Last packet of a connection.
pub const MQC_PACKET_DISCONNECT: mqc_packet_type = 14;
/// One step of enhanced authentication (5.0).
pub const MQC_PACKET_AUTH: mqc_packet_type = 15;

/// A view of bytes that belong to someone else. Not NUL-terminated.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mqc_bytes {
    /// First byte; may be NULL if `len` is 0.
    pub data: *const u8,
    /// Number of bytes.
    pub len: usize,
}

/// The core's version for a number; `MQC_VERSION_UNKNOWN` is none.
pub(crate) fn known_version(version: mqc_version) -> Result<Version, mqc_status> {
    match version {
        MQC_VERSION_V31 => Ok(Version::V31),
        MQC_VERSION_V311 => Ok(Version::V311),
        MQC_VERSION_V5 => Ok(Version::V5),
        _ => Err(MQC_INVALID_ARGUMENT),
    }
}

pub(crate) fn qos(qos: mqc_qos) -> Result<QoS, mqc_status> {
    QoS::try_from(qos).map_err(|_| MQC_INVALID_ARGUMENT)
}

/// A byte that stands for a truth value; Rust's own type would make any other value undefined.
pub(crate) fn flag(byte: u8) -> Result<bool, mqc_status> {
    match byte {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(MQC_INVALID_ARGUMENT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mqtt_core::PacketType;

    #[test]
    fn numbers_are_those_of_the_core() {
        assert_eq!(MQC_VERSION_V31, u32::from(Version::V31.level()));
        assert_eq!(MQC_VERSION_V311, u32::from(Version::V311.level()));
        assert_eq!(MQC_VERSION_V5, u32::from(Version::V5.level()));
        assert_eq!(qos(MQC_QOS_AT_MOST_ONCE), Ok(QoS::AtMostOnce));
        assert_eq!(qos(MQC_QOS_AT_LEAST_ONCE), Ok(QoS::AtLeastOnce));
        assert_eq!(qos(MQC_QOS_EXACTLY_ONCE), Ok(QoS::ExactlyOnce));
        let types = [
            (MQC_PACKET_CONNECT, PacketType::Connect),
            (MQC_PACKET_CONNACK, PacketType::ConnAck),
            (MQC_PACKET_PUBLISH, PacketType::Publish),
            (MQC_PACKET_PUBACK, PacketType::PubAck),
            (MQC_PACKET_PUBREC, PacketType::PubRec),
            (MQC_PACKET_PUBREL, PacketType::PubRel),
            (MQC_PACKET_PUBCOMP, PacketType::PubComp),
            (MQC_PACKET_SUBSCRIBE, PacketType::Subscribe),
            (MQC_PACKET_SUBACK, PacketType::SubAck),
            (MQC_PACKET_UNSUBSCRIBE, PacketType::Unsubscribe),
            (MQC_PACKET_UNSUBACK, PacketType::UnsubAck),
            (MQC_PACKET_PINGREQ, PacketType::PingReq),
            (MQC_PACKET_PINGRESP, PacketType::PingResp),
            (MQC_PACKET_DISCONNECT, PacketType::Disconnect),
            (MQC_PACKET_AUTH, PacketType::Auth),
        ];
        for (number, packet_type) in types {
            assert_eq!(number, packet_type as u32);
        }
    }
}
