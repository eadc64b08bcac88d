//! PUBLISH.

use super::measure::{Body, Judge, Measure, Sizes};
use super::property::{Properties, section_len};
use crate::wire::cursor::Cursor;
use crate::wire::field::{self, Mode};
use crate::wire::property::Section;
use crate::wire::reader::Reader;
use crate::wire::text::Text;
use crate::wire::writer::Put;
use crate::{DecodeOptions, ErrorKind, PacketId, PacketType, QoS, Version};

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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

    pub(crate) fn parse<T: Mode>(r: &mut Reader<'a, '_, T>) -> Result<Self, T::Error> {
        let head = Self::parse_head(r)?;
        let payload_at = r.offset();
        let payload = r.payload();
        super::check_payload_format(r, &head.properties, payload, payload_at)?;
        Ok(Self { payload, ..head })
    }

    /// Reads all but the payload.
    #[inline]
    pub(crate) fn parse_head<T: Mode>(r: &mut Reader<'a, '_, T>) -> Result<Self, T::Error> {
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
    fn flags(&self) -> u8 {
        u8::from(self.dup) << 3 | (self.qos as u8) << 1 | u8::from(self.retain)
    }
}

/// A PUBLISH whose topic is a `T`: text, or bytes for bindings to languages whose strings are. What has been checked is
/// not looked at again to call it text.
///
/// Not part of the interface that versions keep.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct RawPublish<'a, T> {
    pub dup: bool,
    pub qos: QoS,
    pub retain: bool,
    pub topic: T,
    pub packet_id: Option<PacketId>,
    pub properties: Properties<'a>,
    pub payload: &'a [u8],
}

impl<'a> From<RawPublish<'a, &'a str>> for Publish<'a> {
    #[inline(always)]
    fn from(raw: RawPublish<'a, &'a str>) -> Self {
        let RawPublish { dup, qos, retain, topic, packet_id, properties, payload } = raw;
        Self { dup, qos, retain, topic, packet_id, properties, payload }
    }
}

impl<'a, T: Text<'a>> RawPublish<'a, T> {
    /// Reads the body of a PUBLISH as nearly all are; `None` says nothing about it.
    #[inline(always)]
    pub(crate) fn usual(
        first: u8,
        body: &'a [u8],
        version: Version,
        options: &DecodeOptions,
    ) -> Option<Self> {
        let mut fields = Cursor::new(body);
        let topic = T::usual_name(fields.binary()?, options.limits.max_topic_levels)?;
        if options.strictness.refuses_legal() {
            return None;
        }
        let dup = first & 0b1000 != 0;
        let (mut qos, mut packet_id) = (QoS::AtMostOnce, None);
        if first & 0b0110 != 0 {
            qos = QoS::from_bits(first >> 1)?;
            packet_id = Some(PacketId::new(fields.u16()?)?);
        } else if dup {
            return None;
        }
        let (properties, payload) =
            Properties::usual::<{ PacketType::Publish as u8 }>(fields.rest(), version, options)?;
        let retain = first & 1 != 0;
        Some(Self { dup, qos, retain, topic, packet_id, properties, payload })
    }
}

/// A PUBLISH whose payload of so many bytes, whatever `publish.payload` is, is written elsewhere.
pub(crate) struct PublishHead<'p, 'a> {
    pub(crate) publish: &'p Publish<'a>,
    pub(crate) payload_len: u64,
}

impl Body for PublishHead<'_, '_> {
    const PACKET: PacketType = PacketType::Publish;

    #[inline(always)]
    fn first_byte(&self) -> u8 {
        (Self::PACKET as u8) << 4 | self.publish.flags()
    }

    #[inline(always)]
    fn measure<T: Judge>(&self, m: Measure<T>) -> Result<Sizes, T::Error> {
        let publish = self.publish;
        let packet_id = match (publish.qos, publish.packet_id) {
            (QoS::AtMostOnce, _) if publish.dup => return Err(m.invalid(ErrorKind::DupWithoutQos)),
            (QoS::AtMostOnce, None) => 0,
            (QoS::AtLeastOnce | QoS::ExactlyOnce, Some(_)) => 2,
            // Missing, or there although QoS 0 has none.
            _ => return Err(m.invalid(ErrorKind::PacketIdZero)),
        };
        let topic = m.topic_name(publish.topic, ErrorKind::TopicWildcard)?;
        let properties = publish.properties.measure::<_, { PacketType::Publish as u8 }>(m)?;
        if publish.topic.is_empty() && publish.properties.topic_alias().is_none() {
            return Err(m.invalid(ErrorKind::TopicEmpty));
        }
        let body = m.fits(topic + packet_id + section_len(m, properties) + self.payload_len)?;
        Ok(Sizes { body, properties, ..Sizes::default() })
    }

    #[inline(always)]
    fn write<P: Put>(&self, version: Version, sizes: &Sizes, out: P) -> Option<P> {
        let publish = self.publish;
        let mut out = out.binary(publish.topic.as_bytes())?;
        if let Some(packet_id) = publish.packet_id {
            out = out.u16(packet_id.get())?;
        }
        if version.is_v5() {
            out = publish.properties.write(Publish::SECTION, sizes.properties, out)?;
        }
        Some(out)
    }

    #[inline(always)]
    fn payload(&self) -> &[u8] {
        self.publish.payload
    }
}
