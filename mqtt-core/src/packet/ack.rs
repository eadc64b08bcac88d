//! PUBACK, PUBREC, PUBREL and PUBCOMP: one layout, four packets.

use super::measure::{Body, Judge, Measure, Sizes};
use super::property::{Properties, section_len};
use crate::wire::field::{self, Mode};
use crate::wire::property::Section;
use crate::wire::reader::Reader;
use crate::wire::writer::Put;
use crate::{PacketId, PacketType, ReasonCode, Version};
use core::fmt;

/// The acknowledgement whose packet type has the number `TYPE`; use it as [`PubAck`], [`PubRec`],
/// [`PubRel`] or [`PubComp`].
///
/// Layout of the body: `| packet id u16 | [reason code u8 | [properties]] (5.0) |`. In 5.0 the
/// shortest form is written: 2 bytes for a success without properties, 3 for another code without
/// properties.
///
/// # Spec
/// v3 sections 3.4 to 3.7; v5 sections 3.4 to 3.7.
///
/// # Examples
/// ```
/// use mqtt_core::{Packet, PacketId, PubRel, Version};
/// let packet = Packet::from(PubRel::new(PacketId::MAX));
/// let mut buffer = [0; 4];
/// packet.encode_to_slice(Version::V5, &mut buffer)?;
/// assert_eq!(buffer, [0x62, 2, 0xFF, 0xFF]);
/// # Ok::<(), mqtt_core::EncodeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ack<'a, const TYPE: u8> {
    /// The identifier of the PUBLISH this belongs to.
    pub packet_id: PacketId,
    /// Reason code; always success in 3.1 and 3.1.1.
    pub reason: ReasonCode,
    /// Properties (5.0).
    pub properties: Properties<'a>,
}

/// Answer to a QoS 1 PUBLISH.
///
/// # Examples
/// ```
/// use mqtt_core::{PacketId, PubAck, ReasonCode};
/// assert_eq!(PubAck::new(PacketId::MIN).reason, ReasonCode::SUCCESS);
/// ```
pub type PubAck<'a> = Ack<'a, { PacketType::PubAck as u8 }>;

/// First answer to a QoS 2 PUBLISH: received.
///
/// # Examples
/// ```
/// use mqtt_core::{PacketId, PubRec, ReasonCode};
/// let refusal = PubRec { reason: ReasonCode::QUOTA_EXCEEDED, ..PubRec::new(PacketId::MIN) };
/// assert!(!refusal.reason.is_success());
/// ```
pub type PubRec<'a> = Ack<'a, { PacketType::PubRec as u8 }>;

/// Answer to PUBREC: the identifier is released.
///
/// # Examples
/// ```
/// use mqtt_core::{PacketId, PubRel};
/// assert!(PubRel::new(PacketId::MIN).properties.is_empty());
/// ```
pub type PubRel<'a> = Ack<'a, { PacketType::PubRel as u8 }>;

/// Answer to PUBREL: the QoS 2 exchange is complete.
///
/// # Examples
/// ```
/// use mqtt_core::{PacketId, PubComp};
/// assert_eq!(PubComp::new(PacketId::MIN).packet_id, PacketId::MIN);
/// ```
pub type PubComp<'a> = Ack<'a, { PacketType::PubComp as u8 }>;

impl<'a, const TYPE: u8> Ack<'a, TYPE> {
    const SECTION: Section = Section::of(Self::PACKET);

    /// A success without properties.
    ///
    /// ```
    /// use mqtt_core::{PacketId, PubAck};
    /// let ack = PubAck::new(PacketId::MIN);
    /// assert!(ack.reason.is_success());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new(packet_id: PacketId) -> Self {
        Self { packet_id, reason: ReasonCode::SUCCESS, properties: Properties::new(&[]) }
    }

    /// A success without properties, as it is written in every version.
    #[inline]
    #[cfg(feature = "alloc")]
    pub(crate) const fn short(packet_id: PacketId) -> [u8; 4] {
        let [high, low] = packet_id.get().to_be_bytes();
        [TYPE << 4 | Self::PACKET.required_flags(), 2, high, low]
    }

    #[inline(always)]
    pub(crate) fn parse<T: Mode>(r: &mut Reader<'a, '_, T>) -> Result<Self, T::Error> {
        let mut ack = Self::new(r.packet_id()?);
        if r.version().is_v5() && !r.is_empty() {
            ack.reason = super::parse_reason(r)?;
            if !r.is_empty() {
                ack.properties = Properties::parse(r, Self::SECTION, &field::PROPERTY_LENGTH)?;
            }
        }
        r.finish()?;
        Ok(ack)
    }
}

impl<const TYPE: u8> fmt::Debug for Ack<'_, TYPE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(Self::PACKET.name())
            .field("packet_id", &self.packet_id)
            .field("reason", &self.reason)
            .field("properties", &self.properties)
            .finish()
    }
}

impl<const TYPE: u8> Body for Ack<'_, TYPE> {
    const PACKET: PacketType = PacketType::numbered(TYPE);

    #[inline(always)]
    fn measure<T: Judge>(&self, m: Measure<T>) -> Result<Sizes, T::Error> {
        let properties = self.properties.measure::<_, TYPE>(m)?;
        if self.reason == ReasonCode::SUCCESS && properties == 0 {
            return Ok(Sizes { body: 2, ..Sizes::default() });
        }
        m.only_v5(true)?;
        m.reason(self.reason)?;
        let rest = if properties == 0 { 0 } else { section_len(m, properties) };
        Ok(Sizes { body: m.fits(3 + rest)?, properties, ..Sizes::default() })
    }

    #[inline(always)]
    fn write<P: Put>(&self, _: Version, sizes: &Sizes, out: P) -> Option<P> {
        let mut out = out.u16(self.packet_id.get())?;
        if sizes.body > 2 {
            out = out.u8(self.reason.0)?;
        }
        if sizes.body > 3 {
            out = self.properties.write(Self::SECTION, sizes.properties, out)?;
        }
        Some(out)
    }
}
