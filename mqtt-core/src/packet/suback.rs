//! SUBACK and UNSUBACK: one layout, two packets.

use super::list::{Checked, Item, List};
use super::measure::{Body, Judge, Measure, Sizes};
use super::property::{Properties, section_len};
use crate::wire::field::{self, Mode};
use crate::wire::property::Section;
use crate::wire::reader::Reader;
use crate::wire::writer::Put;
use crate::{ErrorKind, PacketId, PacketType, ReasonCode, Version};
use core::fmt;

/// The answer whose packet type has the number `TYPE`; use it as [`SubAck`] or [`UnsubAck`].
///
/// Layout of the body: `| packet id u16 | properties (5.0) | code u8 x 1.. |`; UNSUBACK of 3.1 and
/// 3.1.1 is the packet identifier alone.
///
/// A decoder takes no more codes than `Limits::max_filters`.
///
/// # Spec
/// v3 sections 3.9, 3.11; v5 sections 3.9, 3.11.
///
/// # Examples
/// ```
/// use mqtt_core::{Packet, PacketId, ReasonCode, ReasonCodes, SubAck, Version};
/// let packet = Packet::from(SubAck {
///     reasons: ReasonCodes::new(&[ReasonCode::GRANTED_QOS_1, ReasonCode::V3_FAILURE]),
///     ..SubAck::new(PacketId::MIN)
/// });
/// let mut buffer = [0; 6];
/// packet.encode_to_slice(Version::V311, &mut buffer)?;
/// assert_eq!(buffer, [0x90, 4, 0, 1, 1, 0x80]);
/// # Ok::<(), mqtt_core::EncodeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FilterAck<'a, const TYPE: u8> {
    /// The identifier of the packet this answers.
    pub packet_id: PacketId,
    /// Properties (5.0).
    pub properties: Properties<'a>,
    /// One code per filter, in the order of the filters; empty in an UNSUBACK of 3.1 and 3.1.1.
    pub reasons: ReasonCodes<'a>,
}

/// The server's answer to SUBSCRIBE.
///
/// # Examples
/// ```
/// use mqtt_core::{PacketId, SubAck};
/// assert!(SubAck::new(PacketId::MIN).reasons.is_empty());
/// ```
pub type SubAck<'a> = FilterAck<'a, { PacketType::SubAck as u8 }>;

/// The server's answer to UNSUBSCRIBE.
///
/// # Examples
/// ```
/// use mqtt_core::{Packet, PacketId, UnsubAck, Version};
/// let packet = Packet::from(UnsubAck::new(PacketId::MIN));
/// assert_eq!(packet.encoded_len(Version::V311), Ok(4));
/// assert!(packet.encoded_len(Version::V5).is_err()); // 5.0 wants codes
/// ```
pub type UnsubAck<'a> = FilterAck<'a, { PacketType::UnsubAck as u8 }>;

/// The codes of a SUBACK or UNSUBACK.
///
/// # Examples
/// ```
/// use mqtt_core::{ReasonCode, ReasonCodes};
/// let codes = [ReasonCode::GRANTED_QOS_1];
/// assert!(ReasonCodes::new(&codes).iter().all(ReasonCode::is_success));
/// ```
pub type ReasonCodes<'a> = List<'a, ReasonCode>;

impl<'a> Item<'a> for ReasonCode {
    #[inline]
    fn read(checked: &mut Checked<'a>) -> Option<Self> {
        checked.u8().map(Self)
    }
}

impl<'a, const TYPE: u8> FilterAck<'a, TYPE> {
    const SECTION: Section = Section::of(Self::PACKET);

    /// True for the one packet that has no codes.
    #[inline]
    fn has_no_codes(version: Version) -> bool {
        TYPE == PacketType::UnsubAck as u8 && !version.is_v5()
    }

    /// An answer without codes or properties yet.
    ///
    /// ```
    /// use mqtt_core::{PacketId, SubAck};
    /// assert!(SubAck::new(PacketId::MIN).properties.is_empty());
    /// ```
    #[must_use]
    pub const fn new(packet_id: PacketId) -> Self {
        Self { packet_id, properties: Properties::EMPTY, reasons: List::EMPTY }
    }

    pub(crate) fn parse<T: Mode>(r: &mut Reader<'a, '_, T>) -> Result<Self, T::Error> {
        let mut ack = Self::new(r.packet_id()?);
        let version = r.version();
        if Self::has_no_codes(version) {
            r.finish()?;
            return Ok(ack);
        }
        ack.properties = Properties::parse(r, Self::SECTION, &field::PROPERTY_LENGTH)?;
        ack.reasons = List::checked(r.rest(), version);
        if r.is_empty() {
            return Err(r.fault(ErrorKind::ReasonCodesEmpty, r.offset()));
        }
        let mut count = 0;
        while !r.is_empty() {
            count += 1;
            if count > r.options.limits.max_filters {
                return Err(r.fault(ErrorKind::FilterCount, r.offset()));
            }
            super::parse_reason(r)?;
        }
        Ok(ack)
    }
}

impl<const TYPE: u8> fmt::Debug for FilterAck<'_, TYPE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(Self::PACKET.name())
            .field("packet_id", &self.packet_id)
            .field("properties", &self.properties)
            .field("reasons", &self.reasons)
            .finish()
    }
}

impl<const TYPE: u8> Body for FilterAck<'_, TYPE> {
    const PACKET: PacketType = PacketType::numbered(TYPE);

    fn measure<T: Judge>(&self, m: Measure<T>) -> Result<Sizes, T::Error> {
        let properties = self.properties.measure::<_, TYPE>(m)?;
        let mut codes = 0;
        if Self::has_no_codes(m.version) {
            m.only_v5(!self.reasons.is_empty())?;
        } else {
            if self.reasons.is_empty() {
                return Err(m.invalid(ErrorKind::ReasonCodesEmpty));
            }
            for reason in self.reasons.iter() {
                m.reason(reason)?;
                codes += 1;
            }
        }
        let body = m.fits(2 + section_len(m, properties) + codes)?;
        Ok(Sizes { body, properties, ..Sizes::default() })
    }

    fn write<P: Put>(&self, version: Version, sizes: &Sizes, out: P) -> Option<P> {
        let mut out = out.u16(self.packet_id.get())?;
        if version.is_v5() {
            out = self.properties.write(Self::SECTION, sizes.properties, out)?;
        }
        self.reasons.iter().try_fold(out, |out, reason| out.u8(reason.0))
    }
}
