//! The fixed header: first byte and remaining length. It can be read at once, or byte by byte as
//! the bytes come.

use super::cursor::{Cursor, Varint};
use super::error::{DecodeError, Origin};
use super::rules::ErrorKind;
use crate::{DecodeOptions, PacketType, Version};
use core::num::NonZeroUsize;

/// A fixed header that is complete and legal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) packet: PacketType,
    /// The first byte.
    pub(crate) first: u8,
    /// Bytes of this header: 2 to 5.
    pub(crate) len: u8,
    /// Bytes after it.
    pub(crate) remaining: u32,
    /// False if the remaining length could have been shorter.
    pub(crate) minimal: bool,
}

impl Header {
    /// Bytes of the whole packet.
    #[inline]
    pub(crate) const fn frame_len(&self) -> usize {
        self.len as usize + self.remaining as usize
    }
}

/// A fixed header as far as it has been read. Takes one byte at a time and never sees one twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartialHeader {
    first: u8,
    len: u8,
    remaining: u32,
}

impl PartialHeader {
    /// Nothing read yet.
    pub(crate) const START: Self = Self { first: 0, len: 0, remaining: 0 };

    /// Bytes that are certainly missing: the type byte and one of length, then one at a time.
    pub(crate) const fn needed(self) -> NonZeroUsize {
        match NonZeroUsize::new(2usize.saturating_sub(self.len as usize)) {
            Some(needed) => needed,
            None => NonZeroUsize::MIN,
        }
    }

    /// Takes the next byte.
    ///
    /// # Errors
    /// As soon as the bytes so far cannot become a legal header: reserved type, flags, direction,
    /// a fifth byte of length, a packet above the limit.
    #[inline]
    pub(crate) fn push(
        &mut self,
        byte: u8,
        version: Option<Version>,
        options: &DecodeOptions,
    ) -> Result<Option<Header>, DecodeError> {
        if self.len == 0 {
            check_first_byte(byte, version, options)?;
            self.first = byte;
            self.len = 1;
            return Ok(None);
        }
        self.remaining |= u32::from(byte & 0x7F) << (7 * (self.len - 1));
        self.len += 1;
        if byte >= 0x80 {
            return if self.len == 5 {
                Err(fault(ErrorKind::VarintTooLong, 4, self.first, version))
            } else {
                Ok(None)
            };
        }
        let minimal = byte != 0 || self.len == 2;
        let header = Header {
            // The first byte has been checked when it came.
            packet: PacketType::of_first_byte(self.first).unwrap_or(PacketType::Connect),
            first: self.first,
            len: self.len,
            remaining: self.remaining,
            minimal,
        };
        header.check_length(version, options)?;
        Ok(Some(header))
    }
}

impl Header {
    /// Reads the header at the front of `input`; `Err(Ok(part))` if it is not all there.
    #[inline]
    pub(crate) fn parse(
        input: &[u8],
        version: Option<Version>,
        options: &DecodeOptions,
    ) -> Result<Self, Result<PartialHeader, DecodeError>> {
        if let Some((&first, rest)) = input.split_first() {
            let packet = check_first_byte(first, version, options).map_err(Err)?;
            let mut behind = Cursor::new(rest);
            if let Ok(Varint { value, minimal }) = behind.varint() {
                // At most 5.
                let len = (input.len() - behind.len()) as u8;
                let header = Self { packet, first, len, remaining: value, minimal };
                header.check_length(version, options).map_err(Err)?;
                return Ok(header);
            }
        }
        // Not all there, or too long.
        let mut partial = PartialHeader::START;
        for &byte in input {
            if let Some(header) = partial.push(byte, version, options).map_err(Err)? {
                return Ok(header);
            }
        }
        Err(Ok(partial))
    }

    #[inline(always)]
    fn check_length(
        &self,
        version: Option<Version>,
        options: &DecodeOptions,
    ) -> Result<(), DecodeError> {
        // CONNECT is judged when its level is known.
        let judged = version == Some(Version::V5) && self.packet != PacketType::Connect;
        if !self.minimal && judged && !options.strictness.allow_non_minimal_varints {
            return Err(fault(ErrorKind::VarintNotMinimal, 1, self.first, version));
        }
        // At most 5 + 268,435,455.
        if u32::from(self.len) + self.remaining > options.limits.max_packet_size {
            let error = fault(ErrorKind::PacketTooLarge, 1, self.first, version);
            return Err(error.sent_by(options.sender));
        }
        Ok(())
    }
}

/// Judges the first byte of a packet.
#[inline(always)]
fn check_first_byte(
    first: u8,
    version: Option<Version>,
    options: &DecodeOptions,
) -> Result<PacketType, DecodeError> {
    let packet = match PacketType::of_first_byte(first) {
        Some(PacketType::Auth) if matches!(version, Some(Version::V31 | Version::V311)) => {
            return Err(fault(ErrorKind::PacketTypeReserved, 0, first, version));
        }
        Some(packet) => packet,
        None => return Err(fault(ErrorKind::PacketTypeReserved, 0, first, version)),
    };
    if version.is_none() && packet != PacketType::Connect {
        return Err(fault(ErrorKind::ExpectedConnect, 0, first, version));
    }
    if packet == PacketType::Publish {
        let (dup, qos) = (first & 0b1000, first & 0b0110);
        if qos == 0b0110 {
            return Err(fault(ErrorKind::PublishQos, 0, first, version));
        }
        if dup != 0 && qos == 0 && !options.strictness.allow_dup_qos0 {
            return Err(fault(ErrorKind::DupWithoutQos, 0, first, version));
        }
    } else if first & 0x0F != packet.required_flags() && !is_sent_again(first, packet, version) {
        return Err(fault(ErrorKind::FixedHeaderFlags, 0, first, version));
    }
    match (options.sender, version) {
        (Some(sender), _) if !packet.may_be_sent_by(sender, version.unwrap_or_default()) => {
            Err(fault(ErrorKind::PacketDirection, 0, first, version))
        }
        _ => Ok(packet),
    }
}

/// True for a request of 3.1 with DUP, which the later versions have for PUBLISH alone.
///
/// # Spec
/// v3.1 section 2.1; v3 \[MQTT-2.2.2-2\]; v5 \[MQTT-2.1.3-1\].
#[cold]
fn is_sent_again(first: u8, packet: PacketType, version: Option<Version>) -> bool {
    version == Some(Version::V31) && packet.required_flags() == 0b0010 && first & 0x0F == 0b1010
}

#[cold]
fn fault(kind: ErrorKind, offset: u32, first: u8, version: Option<Version>) -> DecodeError {
    let packet = PacketType::of_first_byte(first);
    // A CONNECT names its own version, which is not known here.
    let version = if packet == Some(PacketType::Connect) { None } else { version };
    DecodeError { offset, kind, packet, origin: Origin::new(version, None), property: None }
}
