//! Sizes of packets to be written, and the checks that make writing them safe.

use crate::topic;
use crate::wire::utf8;
use crate::wire::writer::{Put, VARINT_MAX};
use crate::{EncodeError, ErrorKind, PacketType, PropertyId, Version};

/// The sizes of a packet that has been found to be legal, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sizes {
    /// All that follows the fixed header.
    pub(crate) body: u32,
    /// The property section without its length field.
    pub(crate) properties: u32,
    /// The property section of the will without its length field.
    pub(crate) will_properties: u32,
}

/// A packet that can be written: measured and checked first.
pub(crate) trait Body {
    const PACKET: PacketType;

    /// The first byte of the fixed header.
    #[inline(always)]
    fn first_byte(&self) -> u8 {
        (Self::PACKET as u8) << 4 | Self::PACKET.required_flags()
    }

    /// Checks the packet and gives its sizes.
    fn measure(&self, m: Measure) -> Result<Sizes, EncodeError>;

    /// Writes all that follows the fixed header, but not the payload of a PUBLISH.
    fn write(&self, version: Version, sizes: &Sizes, out: &mut impl Put);
}

/// PINGREQ and PINGRESP, by the number of their type: nothing follows the fixed header.
pub(crate) struct Ping<const TYPE: u8>;

impl<const TYPE: u8> Body for Ping<TYPE> {
    const PACKET: PacketType = match PacketType::of_first_byte(TYPE << 4) {
        Some(packet) => packet,
        None => panic!("not the number of a packet type"),
    };

    fn measure(&self, _: Measure) -> Result<Sizes, EncodeError> {
        Ok(Sizes::default())
    }

    fn write(&self, _: Version, _: &Sizes, _: &mut impl Put) {}
}

/// Measures the fields of one packet. Sums are 64 bits wide, because the lists of a caller may
/// repeat a string more often than memory could hold it.
#[derive(Clone, Copy)]
pub(crate) struct Measure {
    pub(crate) packet: PacketType,
    pub(crate) version: Version,
}

impl Measure {
    #[cold]
    pub(crate) fn invalid(&self, kind: ErrorKind) -> EncodeError {
        EncodeError::Invalid { kind, packet: self.packet, property: None }
    }

    #[cold]
    pub(crate) fn invalid_property(&self, kind: ErrorKind, id: PropertyId) -> EncodeError {
        EncodeError::Invalid { kind, packet: self.packet, property: Some(id) }
    }

    #[cold]
    pub(crate) fn not_in_version(&self) -> EncodeError {
        EncodeError::NotInVersion { packet: self.packet, version: self.version }
    }

    /// Refuses what 3.1 and 3.1.1 do not have.
    #[inline]
    pub(crate) fn only_v5(&self, present: bool) -> Result<(), EncodeError> {
        if present && !self.version.is_v5() { Err(self.not_in_version()) } else { Ok(()) }
    }

    /// Refuses what 3.1 does not have.
    #[inline]
    pub(crate) fn only_after_v31(&self, present: bool) -> Result<(), EncodeError> {
        if present && self.version == Version::V31 { Err(self.not_in_version()) } else { Ok(()) }
    }

    /// A length as the packet can hold it.
    #[inline]
    pub(crate) fn fits(&self, body: u64) -> Result<u32, EncodeError> {
        if body > u64::from(VARINT_MAX) {
            // The first byte and four bytes of length come on top.
            return Err(EncodeError::PacketTooLarge { size: body + 5, limit: VARINT_MAX + 5 });
        }
        Ok(body as u32)
    }

    /// Length-prefixed bytes.
    #[inline]
    pub(crate) fn binary(&self, bytes: &[u8]) -> Result<u64, EncodeError> {
        if bytes.len() > usize::from(u16::MAX) {
            return Err(EncodeError::FieldTooLong { packet: self.packet, len: bytes.len() });
        }
        Ok(2 + bytes.len() as u64)
    }

    /// A string.
    #[inline]
    pub(crate) fn string(&self, text: &str) -> Result<u64, EncodeError> {
        if utf8::has_nul(text.as_bytes()) {
            return Err(self.invalid(ErrorKind::Nul));
        }
        self.binary(text.as_bytes())
    }

    /// A string that is a topic name, empty or not.
    #[inline]
    pub(crate) fn topic_name(&self, text: &str, wildcard: ErrorKind) -> Result<u64, EncodeError> {
        topic::check_name(text, wildcard).map_err(|kind| self.invalid(kind))?;
        self.binary(text.as_bytes())
    }

    /// A string that is a topic filter.
    #[inline]
    pub(crate) fn topic_filter(&self, text: &str) -> Result<u64, EncodeError> {
        topic::check_filter(text.as_bytes(), self.version)
            .map_err(|fault| self.invalid(fault.kind))?;
        self.binary(text.as_bytes())
    }
}
