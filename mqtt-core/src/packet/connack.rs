//! CONNACK.

use super::measure::{Body, Judge, Measure, Sizes};
use super::property::{Properties, section_len};
use crate::wire::field::{self, Mode, Value};
use crate::wire::property::Section;
use crate::wire::reader::Reader;
use crate::wire::writer::Put;
use crate::{ErrorKind, PacketType, ReasonCode, Version};

/// CONNACK: the server's answer to CONNECT.
///
/// Layout of the body: `| flags u8 | reason or return code u8 | properties (5.0) |`.
///
/// # Spec
/// v3 section 3.2; v5 section 3.2. 3.1 has no Session Present.
///
/// # Examples
/// ```
/// use mqtt_core::{ConnAck, Packet, ReasonCode, Version};
/// let refusal = ConnAck { reason: ReasonCode::V3_NOT_AUTHORIZED, ..ConnAck::default() };
/// let mut buffer = [0; 4];
/// Packet::from(refusal).encode_to_slice(Version::V311, &mut buffer)?;
/// assert_eq!(buffer, [0x20, 2, 0, 5]);
/// # Ok::<(), mqtt_core::EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConnAck<'a> {
    /// Whether the server resumes a session; never together with a refusal.
    pub session_present: bool,
    /// Reason code; in 3.1 and 3.1.1 a return code (`ReasonCode::V3_*`).
    pub reason: ReasonCode,
    /// Properties (5.0).
    pub properties: Properties<'a>,
}

impl<'a> ConnAck<'a> {
    const SECTION: Section = Section::of(PacketType::ConnAck);

    pub(crate) fn parse<T: Mode>(r: &mut Reader<'a, '_, T>) -> Result<Self, T::Error> {
        let flags_at = r.offset();
        let flags = r.flags(&field::CONNACK_FLAGS)?;
        r.part(&field::SESSION_PRESENT, Value::Number(u32::from(flags & 1)));
        let legal = if r.version() == Version::V31 { 0 } else { 1 };
        if flags & !legal != 0 {
            return Err(r.fault(ErrorKind::ConnAckFlags, flags_at));
        }
        let session_present = flags != 0;
        let reason = super::parse_reason(r)?;
        if session_present && reason != ReasonCode::SUCCESS {
            return Err(r.fault(ErrorKind::SessionPresentOnRefusal, flags_at));
        }
        let properties = Properties::parse(r, Self::SECTION, &field::PROPERTY_LENGTH)?;
        r.finish()?;
        Ok(Self { session_present, reason, properties })
    }
}

impl Body for ConnAck<'_> {
    const PACKET: PacketType = PacketType::ConnAck;

    fn measure<T: Judge>(&self, m: Measure<T>) -> Result<Sizes, T::Error> {
        m.only_after_v31(self.session_present)?;
        m.reason(self.reason)?;
        if self.session_present && self.reason != ReasonCode::SUCCESS {
            return Err(m.invalid(ErrorKind::SessionPresentOnRefusal));
        }
        let properties = self.properties.measure::<_, { PacketType::ConnAck as u8 }>(m)?;
        let body = m.fits(2 + section_len(m, properties))?;
        Ok(Sizes { body, properties, ..Sizes::default() })
    }

    fn write<P: Put>(&self, version: Version, sizes: &Sizes, out: P) -> Option<P> {
        let out = out.array([u8::from(self.session_present), self.reason.0])?;
        if !version.is_v5() {
            return Some(out);
        }
        self.properties.write(Self::SECTION, sizes.properties, out)
    }
}
