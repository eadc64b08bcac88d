//! Sizes of packets to be written, and the checks that make writing them safe.

use crate::topic;
use crate::wire::field::{Precise, Quick, Refused};
use crate::wire::utf8;
use crate::wire::writer::{Put, VARINT_MAX};
use crate::{EncodeError, ErrorKind, PacketType, PropertyId, ReasonCode, Version};
use core::marker::PhantomData;

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
    fn measure<T: Judge>(&self, m: Measure<T>) -> Result<Sizes, T::Error>;

    /// Writes all that follows the fixed header, but not the payload of a PUBLISH.
    fn write<P: Put>(&self, version: Version, sizes: &Sizes, out: P) -> Option<P>;

    /// The payload of a PUBLISH.
    #[inline(always)]
    fn payload(&self) -> &[u8] {
        &[]
    }
}

/// PINGREQ and PINGRESP, by the number of their type: nothing follows the fixed header.
pub(crate) struct Ping<const TYPE: u8>;

impl<const TYPE: u8> Body for Ping<TYPE> {
    const PACKET: PacketType = PacketType::numbered(TYPE);

    fn measure<T: Judge>(&self, _: Measure<T>) -> Result<Sizes, T::Error> {
        Ok(Sizes::default())
    }

    fn write<P: Put>(&self, _: Version, _: &Sizes, out: P) -> Option<P> {
        Some(out)
    }
}

/// How a packet is measured: as it is read, in [`Quick`] mode, and in [`Precise`] mode once more if
/// that fails, to say why. Errors in the way of good packets cost more than checking these.
pub(crate) trait Judge: Copy {
    /// True if it is not said why.
    const QUICK: bool;

    /// What is said of a packet that cannot be written.
    type Error;

    fn error(make: impl FnOnce() -> EncodeError) -> Self::Error;
}

impl Judge for Quick {
    const QUICK: bool = true;
    type Error = Refused;

    #[inline(always)]
    fn error(_: impl FnOnce() -> EncodeError) -> Refused {
        Refused
    }
}

impl Judge for Precise {
    const QUICK: bool = false;
    type Error = EncodeError;

    #[inline(always)]
    fn error(make: impl FnOnce() -> EncodeError) -> EncodeError {
        make()
    }
}

/// Checks a packet and gives its sizes.
#[inline(always)]
pub(crate) fn measure<B: Body>(body: &B, version: Version) -> Result<Sizes, EncodeError> {
    let quick = Measure::<Quick>::new(B::PACKET, version);
    body.measure(quick).map_err(|Refused| refusal(body, version))
}

/// Says why a packet has been refused.
#[cold]
#[inline(never)]
fn refusal<B: Body>(body: &B, version: Version) -> EncodeError {
    let precise = Measure::<Precise>::new(B::PACKET, version);
    // It is refused again: the checks are the same in both modes.
    body.measure(precise).err().unwrap_or_else(|| precise.not_in_version())
}

/// Measures the fields of one packet. Sums are 64 bits wide, because the lists of a caller may
/// repeat a string more often than memory could hold it.
#[derive(Clone, Copy)]
pub(crate) struct Measure<T> {
    packet: PacketType,
    pub(crate) version: Version,
    /// The property whose fields are measured.
    property: Option<PropertyId>,
    judge: PhantomData<T>,
}

impl<T: Judge> Measure<T> {
    #[inline(always)]
    pub(crate) const fn new(packet: PacketType, version: Version) -> Self {
        Self { packet, version, property: None, judge: PhantomData }
    }

    /// For the fields of a property.
    #[inline(always)]
    pub(crate) fn of_property(self, id: PropertyId) -> Self {
        Self { property: Some(id), ..self }
    }

    #[inline(always)]
    pub(crate) fn invalid(&self, kind: ErrorKind) -> T::Error {
        T::error(|| EncodeError::Invalid { kind, packet: self.packet, property: self.property })
    }

    #[inline(always)]
    pub(crate) fn not_in_version(&self) -> T::Error {
        T::error(|| EncodeError::NotInVersion { packet: self.packet, version: self.version })
    }

    /// Checks that this packet may carry the reason code.
    #[inline]
    pub(crate) fn reason(&self, reason: ReasonCode) -> Result<(), T::Error> {
        match reason.is_legal(self.packet, self.version) {
            true => Ok(()),
            false => Err(self.invalid(ErrorKind::ReasonCode)),
        }
    }

    /// Refuses what 3.1 and 3.1.1 do not have.
    #[inline]
    pub(crate) fn only_v5(&self, present: bool) -> Result<(), T::Error> {
        if present && !self.version.is_v5() { Err(self.not_in_version()) } else { Ok(()) }
    }

    /// Refuses what 3.1 does not have.
    #[inline]
    pub(crate) fn only_after_v31(&self, present: bool) -> Result<(), T::Error> {
        if present && self.version == Version::V31 { Err(self.not_in_version()) } else { Ok(()) }
    }

    /// A length as the packet can hold it.
    #[inline]
    pub(crate) fn fits(&self, body: u64) -> Result<u32, T::Error> {
        if body > u64::from(VARINT_MAX) {
            // The first byte and four bytes of length come on top.
            let (size, limit) = (body + 5, VARINT_MAX + 5);
            return Err(T::error(|| EncodeError::PacketTooLarge { size, limit }));
        }
        Ok(body as u32)
    }

    /// Length-prefixed bytes.
    #[inline(always)]
    pub(crate) fn binary(&self, bytes: &[u8]) -> Result<u64, T::Error> {
        if bytes.len() > usize::from(u16::MAX) {
            let (packet, property, len) = (self.packet, self.property, bytes.len());
            return Err(T::error(|| EncodeError::FieldTooLong { packet, property, len }));
        }
        Ok(2 + bytes.len() as u64)
    }

    /// A string.
    #[inline(always)]
    pub(crate) fn string(&self, text: &str) -> Result<u64, T::Error> {
        if utf8::has_nul(text.as_bytes()) {
            return Err(self.invalid(ErrorKind::Nul));
        }
        self.binary(text.as_bytes())
    }

    /// A string that is a topic name, empty or not.
    #[inline(always)]
    pub(crate) fn topic_name(&self, text: &str, wildcard: ErrorKind) -> Result<u64, T::Error> {
        topic::check_name(text, wildcard).map_err(|kind| self.invalid(kind))?;
        self.binary(text.as_bytes())
    }

    /// A string that is a topic filter.
    #[inline(always)]
    pub(crate) fn topic_filter(&self, text: &str) -> Result<u64, T::Error> {
        topic::check_filter(text.as_bytes(), self.version)
            .map_err(|fault| self.invalid(fault.kind))?;
        self.binary(text.as_bytes())
    }
}
