//! Parts of packets as bytes on the wire, apart from any packet.

use crate::wire::field::Mode;
use crate::wire::header::Header;
use crate::wire::reader::Reader;
use crate::wire::writer::{SliceWriter, VARINT_MAX};
use crate::{DecodeOptions, EncodeError, ErrorKind, PacketType, Version};

/// Reads a part of a packet as if it were all of its body; offsets count from the first byte of the part.
///
/// # Errors
/// No packet can hold so much.
pub(crate) fn reader<'a, 'o, T: Mode>(
    wire: &'a [u8],
    packet: PacketType,
    version: Version,
    options: &'o DecodeOptions,
    mode: T,
) -> Result<Reader<'a, 'o, T>, T::Error> {
    let header = Header { packet, first: (packet as u8) << 4, len: 0, remaining: 0, minimal: true };
    let mut reader = Reader::new(wire, header, Some(version), options, mode);
    // A CONNECT does not know it otherwise.
    reader.set_version(version)?;
    if wire.len() > VARINT_MAX as usize {
        return Err(reader.fault(ErrorKind::PacketTooLarge, 0));
    }
    Ok(reader)
}

/// Writes a part of `needed` bytes to the front of `out`: all of it or nothing.
pub(crate) fn put<'o>(
    needed: u64,
    out: &'o mut [u8],
    write: impl FnOnce(SliceWriter<'o>) -> Option<SliceWriter<'o>>,
) -> Result<usize, EncodeError> {
    // Parts are strings of 16 bits of length, a few of them.
    let needed = needed as usize;
    let room = out.get_mut(..needed).map(SliceWriter::new);
    match room.and_then(write) {
        Some(_) => Ok(needed),
        None => Err(EncodeError::BufferTooSmall { needed }),
    }
}
