//! DISCONNECT and AUTH: a reason code and properties, both of which may be left out.

use super::measure::{Body, Judge, Measure, Sizes};
use super::property::{Properties, section_len};
use crate::wire::field::{self, Mode};
use crate::wire::property::Section;
use crate::wire::reader::Reader;
use crate::wire::writer::Put;
use crate::{PacketType, ReasonCode, Version};

/// DISCONNECT: the last packet of a connection; in 3.1 and 3.1.1 from the client only.
///
/// Layout of the body: `| [reason code u8 | [properties]] |` in 5.0, empty before. In 5.0 the
/// shortest form is written: nothing for a normal end without properties.
///
/// # Spec
/// v3 section 3.14; v5 section 3.14.
///
/// # Examples
/// ```
/// use mqtt_core::{Disconnect, Packet, ReasonCode, Version};
/// let packet = Packet::from(Disconnect {
///     reason: ReasonCode::SERVER_SHUTTING_DOWN,
///     ..Disconnect::default()
/// });
/// let mut buffer = [0; 3];
/// packet.encode_to_slice(Version::V5, &mut buffer)?;
/// assert_eq!(buffer, [0xE0, 1, 0x8B]);
/// # Ok::<(), mqtt_core::EncodeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Disconnect<'a> {
    /// Why; always success in 3.1 and 3.1.1.
    pub reason: ReasonCode,
    /// Properties (5.0).
    pub properties: Properties<'a>,
}

/// AUTH: one step of enhanced authentication (5.0).
///
/// Layout of the body: `| [reason code u8 | properties] |`. An empty body stands for success
/// without properties; a session refuses it, because every AUTH must name the method.
///
/// # Spec
/// v5 section 3.15. A body of one byte is not covered by the standard and is refused.
///
/// # Examples
/// ```
/// use mqtt_core::{Auth, Packet, Properties, Property, ReasonCode, Version};
/// let packet = Packet::from(Auth {
///     reason: ReasonCode::CONTINUE_AUTHENTICATION,
///     properties: Properties::new(&[
///         Property::AuthenticationMethod("SCRAM-SHA-256"),
///         Property::AuthenticationData(b"r=abc"),
///     ]),
/// });
/// assert_eq!(packet.encoded_len(Version::V5), Ok(28));
/// assert!(packet.encoded_len(Version::V311).is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Auth<'a> {
    /// Success, continue, or re-authenticate.
    pub reason: ReasonCode,
    /// Properties.
    pub properties: Properties<'a>,
}

impl<'a> Disconnect<'a> {
    const SECTION: Section = Section::of(PacketType::Disconnect);

    pub(crate) fn parse<T: Mode>(r: &mut Reader<'a, '_, T>) -> Result<Self, T::Error> {
        let mut disconnect = Self::default();
        if r.version().is_v5() && !r.is_empty() {
            disconnect.reason = super::parse_reason(r)?;
            if !r.is_empty() {
                disconnect.properties =
                    Properties::parse(r, Self::SECTION, &field::PROPERTY_LENGTH)?;
            }
        }
        r.finish()?;
        Ok(disconnect)
    }
}

impl Body for Disconnect<'_> {
    const PACKET: PacketType = PacketType::Disconnect;

    fn measure<T: Judge>(&self, m: Measure<T>) -> Result<Sizes, T::Error> {
        let properties = self.properties.measure::<_, { PacketType::Disconnect as u8 }>(m)?;
        if self.reason == ReasonCode::SUCCESS && properties == 0 {
            return Ok(Sizes::default());
        }
        m.only_v5(true)?;
        m.reason(self.reason)?;
        let rest = if properties == 0 { 0 } else { section_len(m, properties) };
        Ok(Sizes { body: m.fits(1 + rest)?, properties, ..Sizes::default() })
    }

    fn write<P: Put>(&self, _: Version, sizes: &Sizes, mut out: P) -> Option<P> {
        if sizes.body > 0 {
            out = out.u8(self.reason.0)?;
        }
        if sizes.body > 1 {
            out = self.properties.write(Self::SECTION, sizes.properties, out)?;
        }
        Some(out)
    }
}

impl<'a> Auth<'a> {
    const SECTION: Section = Section::of(PacketType::Auth);

    pub(crate) fn parse<T: Mode>(r: &mut Reader<'a, '_, T>) -> Result<Self, T::Error> {
        let mut auth = Self::default();
        if r.is_empty() {
            // The short form stands for success, which has a sender too.
            super::check_reason_sender(r, auth.reason, r.offset())?;
        } else {
            auth.reason = super::parse_reason(r)?;
            auth.properties = Properties::parse(r, Self::SECTION, &field::PROPERTY_LENGTH)?;
        }
        r.finish()?;
        Ok(auth)
    }
}

impl Body for Auth<'_> {
    const PACKET: PacketType = PacketType::Auth;

    fn measure<T: Judge>(&self, m: Measure<T>) -> Result<Sizes, T::Error> {
        m.only_v5(true)?;
        let properties = self.properties.measure::<_, { PacketType::Auth as u8 }>(m)?;
        if self.reason == ReasonCode::SUCCESS && properties == 0 {
            return Ok(Sizes::default());
        }
        m.reason(self.reason)?;
        let body = m.fits(1 + section_len(m, properties))?;
        Ok(Sizes { body, properties, ..Sizes::default() })
    }

    fn write<P: Put>(&self, _: Version, sizes: &Sizes, out: P) -> Option<P> {
        if sizes.body == 0 {
            return Some(out);
        }
        self.properties.write(Self::SECTION, sizes.properties, out.u8(self.reason.0)?)
    }
}
