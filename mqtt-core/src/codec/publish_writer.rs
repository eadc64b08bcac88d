//! PUBLISH packets larger than memory, on their way out.

use super::encode::encode_head;
use crate::packet::{Publish, PublishHead};
use crate::{EncodeError, Version};

/// Sends a PUBLISH whose payload is not in memory: writes the head, then keeps count of the parts
/// that the caller sends itself.
///
/// # Examples
/// ```
/// use mqtt_core::{Publish, PublishWriter, Version};
/// let publish = Publish { topic: "firmware", ..Publish::default() };
/// let mut buffer = [0; 1024];
/// let (mut writer, head) = PublishWriter::begin(&publish, 16 << 20, Version::V5, &mut buffer)?;
/// let mut sent = buffer[..head].len(); // to the socket
/// while writer.remaining() > 0 {
///     let part = [0; 4096]; // from a file
///     writer.part(part.len())?;
///     sent += part.len(); // to the socket
/// }
/// writer.finish()?;
/// assert_eq!(sent, head + (16 << 20));
/// # Ok::<(), mqtt_core::EncodeError>(())
/// ```
#[derive(Debug)]
#[must_use = "a PUBLISH that is not finished leaves the connection unusable"]
pub struct PublishWriter {
    remaining: u32,
}

impl PublishWriter {
    /// Writes the head of a PUBLISH with `payload_len` bytes of payload to `out`; gives the bytes
    /// written. `publish.payload` is not looked at.
    ///
    /// # Errors
    /// As [`Packet::encode_to_slice`](crate::Packet::encode_to_slice).
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let publish = Publish { topic: "a", ..Publish::default() };
    /// let mut out = [0; 8];
    /// let (writer, len) = PublishWriter::begin(&publish, 200, Version::V311, &mut out)?;
    /// assert_eq!((&out[..len], writer.remaining()), (&b"\x30\xCB\x01\0\x01a"[..], 200));
    /// # Ok::<(), EncodeError>(())
    /// ```
    pub fn begin(
        publish: &Publish<'_>,
        payload_len: u32,
        version: Version,
        out: &mut [u8],
    ) -> Result<(Self, usize), EncodeError> {
        let head = PublishHead { publish, payload_len: u64::from(payload_len) };
        let len = encode_head(&head, payload_len as usize, version, out)?;
        Ok((Self { remaining: payload_len }, len))
    }

    /// Bytes of payload still to be sent.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let publish = Publish { topic: "a", ..Publish::default() };
    /// let (writer, _) = PublishWriter::begin(&publish, 9, Version::V5, &mut [0; 16])?;
    /// assert_eq!(writer.remaining(), 9);
    /// # Ok::<(), EncodeError>(())
    /// ```
    #[must_use]
    pub const fn remaining(&self) -> u32 {
        self.remaining
    }

    /// Says that the next `len` bytes of the payload are sent.
    ///
    /// # Errors
    /// [`EncodeError::PayloadLength`] if that is more than was announced; nothing is counted then.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let publish = Publish { topic: "a", ..Publish::default() };
    /// let (mut writer, _) = PublishWriter::begin(&publish, 9, Version::V5, &mut [0; 16])?;
    /// writer.part(4)?;
    /// assert_eq!(writer.part(6), Err(EncodeError::PayloadLength { remaining: 5, given: 6 }));
    /// # Ok::<(), EncodeError>(())
    /// ```
    pub fn part(&mut self, len: usize) -> Result<(), EncodeError> {
        let error = EncodeError::PayloadLength { remaining: self.remaining, given: len };
        let len = u32::try_from(len).map_err(|_| error)?;
        self.remaining = self.remaining.checked_sub(len).ok_or(error)?;
        Ok(())
    }

    /// Says that the payload is complete.
    ///
    /// # Errors
    /// [`EncodeError::PayloadLength`] if bytes are missing.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let publish = Publish { topic: "a", ..Publish::default() };
    /// let (writer, _) = PublishWriter::begin(&publish, 9, Version::V5, &mut [0; 16])?;
    /// assert_eq!(writer.finish(), Err(EncodeError::PayloadLength { remaining: 9, given: 0 }));
    /// # Ok::<(), EncodeError>(())
    /// ```
    pub fn finish(self) -> Result<(), EncodeError> {
        match self.remaining {
            0 => Ok(()),
            remaining => Err(EncodeError::PayloadLength { remaining, given: 0 }),
        }
    }
}
