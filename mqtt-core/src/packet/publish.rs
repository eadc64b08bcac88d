//! PUBLISH.

use super::measure::{Measure, Sizes};
use super::property::{Properties, section_len};
use crate::wire::error::{DecodeError, EncodeError};
use crate::wire::field::{self, Trace};
use crate::wire::property::Section;
use crate::wire::reader::Reader;
use crate::wire::writer::Put;
use crate::{ErrorKind, PacketId, PacketType, QoS, Version};

/// PUBLISH: a message, in either direction.
///
/// Layout of the body: `| topic name | packet id u16 (QoS 1, 2) | properties (5.0) | payload |`.
///
/// # Spec
/// v3 section 3.3; v5 section 3.3.
///
/// # Examples
/// ```
/// use mqtt_core::{Packet, PacketId, Publish, QoS, Version};
/// let packet = Packet::from(Publish {
///     topic: "a/b",
///     qos: QoS::AtLeastOnce,
///     packet_id: PacketId::new(10),
///     payload: b"hi",
///     ..Publish::default()
/// });
/// let mut buffer = [0; 11];
/// packet.encode_to_slice(Version::V311, &mut buffer)?;
/// assert_eq!(buffer, *b"\x32\x09\0\x03a/b\0\x0Ahi");
/// # Ok::<(), mqtt_core::EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Sent before; never with QoS 0.
    pub dup: bool,
    /// Quality of service.
    pub qos: QoS,
    /// From the sender: to be kept. To a subscriber: was kept.
    pub retain: bool,
    /// Topic name without wildcards; empty only in 5.0 together with a topic alias.
    pub topic: &'a str,
    /// Packet identifier: there with QoS 1 and 2, and not with QoS 0.
    pub packet_id: Option<PacketId>,
    /// Properties (5.0).
    pub properties: Properties<'a>,
    /// Payload: any bytes, none too.
    pub payload: &'a [u8],
}

impl<'a> Publish<'a> {
    const SECTION: Section = Section::of(PacketType::Publish);

    #[inline]
    pub(crate) fn parse<T: Trace>(r: &mut Reader<'a, '_, T>) -> Result<Self, DecodeError> {
        let mut publish = Self::parse_head(r)?;
        let payload_at = r.offset();
        publish.payload = r.payload();
        super::check_payload_format(r, &publish.properties, publish.payload, payload_at)?;
        Ok(publish)
    }

    /// Reads all but the payload.
    #[inline]
    pub(crate) fn parse_head<T: Trace>(r: &mut Reader<'a, '_, T>) -> Result<Self, DecodeError> {
        let flags = r.first_byte();
        // The fixed header has been checked: QoS 3 does not come here.
        let qos = QoS::from_bits(flags >> 1).unwrap_or_default();
        let topic_at = r.offset();
        let topic = r.topic_name(&field::TOPIC_NAME, None, ErrorKind::TopicWildcard)?;
        let packet_id = match qos {
            QoS::AtMostOnce => None,
            QoS::AtLeastOnce | QoS::ExactlyOnce => Some(r.packet_id()?),
        };
        let properties = Properties::parse(r, Self::SECTION, &field::PROPERTY_LENGTH)?;
        if topic.is_empty() && properties.topic_alias().is_none() {
            return Err(r.fault(ErrorKind::TopicEmpty, topic_at));
        }
        Ok(Self {
            dup: flags & 0b1000 != 0,
            qos,
            retain: flags & 1 != 0,
            topic,
            packet_id,
            properties,
            payload: &[],
        })
    }

    /// The lower half of the first byte.
    pub(crate) fn flags(&self) -> u8 {
        u8::from(self.dup) << 3 | (self.qos as u8) << 1 | u8::from(self.retain)
    }

    /// Measures a PUBLISH whose payload has `payload` bytes, whatever `self.payload` is.
    #[inline]
    pub(crate) fn measure(&self, m: Measure, payload: u64) -> Result<Sizes, EncodeError> {
        if self.dup && self.qos == QoS::AtMostOnce {
            return Err(m.invalid(ErrorKind::DupWithoutQos));
        }
        let packet_id = match (self.qos, self.packet_id) {
            (QoS::AtMostOnce, None) => 0,
            (QoS::AtLeastOnce | QoS::ExactlyOnce, Some(_)) => 2,
            // Missing, or there although QoS 0 has none.
            _ => return Err(m.invalid(ErrorKind::PacketIdZero)),
        };
        let topic = m.topic_name(self.topic, ErrorKind::TopicWildcard)?;
        let properties = self.properties.measure(m, Self::SECTION)?;
        if self.topic.is_empty() && self.properties.topic_alias().is_none() {
            return Err(m.invalid(ErrorKind::TopicEmpty));
        }
        let body = m.fits(topic + packet_id + section_len(m, properties) + payload)?;
        Ok(Sizes { body, properties, ..Sizes::default() })
    }

    /// Writes all but the payload.
    #[inline]
    pub(crate) fn write_head(&self, version: Version, sizes: &Sizes, out: &mut impl Put) {
        out.binary(self.topic.as_bytes());
        if let Some(packet_id) = self.packet_id {
            out.u16(packet_id.get());
        }
        if version.is_v5() {
            self.properties.write(Self::SECTION, sizes.properties, out);
        }
    }
}
