//! Chunks in, whole packets out.

use crate::wire::header::{Header, PartialHeader};
use crate::{DecodeError, DecodeOptions, Limits, Version};
use alloc::vec::Vec;

/// Cuts a stream of chunks into packets.
///
/// A packet that lies whole in a chunk is handed out where it lies. One that straddles chunks is
/// put together in a buffer of this type, each byte copied once and none read twice. The buffer
/// grows with the bytes that have come, never by a length that a peer has declared, and the size
/// limit is applied to the fixed header.
///
/// # Examples
/// ```
/// use mqtt_core::{DecodeOptions, FrameBuffer, Version};
/// let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
/// frames.set_version(Version::V311);
///
/// let mut found = Vec::new();
/// for chunk in [&b"\xC0"[..], b"\0\x30\x06\0\x01", b"a123\xC0\0"] {
///     let mut input = chunk;
///     while let Some(frame) = frames.next_frame(&mut input)? {
///         found.push(frame.to_vec());
///     }
/// }
/// assert_eq!(found, [&b"\xC0\0"[..], b"\x30\x06\0\x01a123", b"\xC0\0"]);
/// # Ok::<(), mqtt_core::DecodeError>(())
/// ```
#[derive(Debug)]
pub struct FrameBuffer {
    options: DecodeOptions,
    version: Option<Version>,
    state: State,
    /// The bytes of the packet at hand that came in earlier chunks.
    buffer: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Between the first and the last byte of a fixed header, or before it.
    Header(PartialHeader),
    /// Behind the header of a packet of so many bytes.
    Body(usize),
    /// The buffer holds a packet that was handed out.
    Done,
    Failed(DecodeError),
}

const START: State = State::Header(PartialHeader::START);

impl FrameBuffer {
    /// Capacity that is kept from one packet to the next.
    const KEEP: usize = 64 * 1024;

    /// An empty buffer that takes only a CONNECT until it is told the version.
    ///
    /// ```
    /// use mqtt_core::{DecodeOptions, FrameBuffer};
    /// assert_eq!(FrameBuffer::new(DecodeOptions::DEFAULT).needed(), 2);
    /// ```
    #[must_use]
    pub const fn new(options: DecodeOptions) -> Self {
        Self { options, version: None, state: START, buffer: Vec::new() }
    }

    /// Sets the version that fixed headers are judged by.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
    /// frames.set_version(Version::V5);
    /// assert_eq!(frames.next_frame(&mut &b"\xD0\0"[..])?, Some(&b"\xD0\0"[..]));
    /// # Ok::<(), DecodeError>(())
    /// ```
    pub fn set_version(&mut self, version: Version) {
        self.version = Some(version);
    }

    /// Sets the limits, from the next packet on: a server raises them once a client is known.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
    /// frames.set_limits(Limits { max_packet_size: 16, ..Limits::DEFAULT });
    /// let error = frames.next_frame(&mut &b"\x10\x20"[..]).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::PacketTooLarge);
    /// ```
    pub fn set_limits(&mut self, limits: Limits) {
        self.options.limits = limits;
    }

    /// Takes bytes from the front of `input` until a packet is complete or `input` is empty; gives
    /// the packet, fixed header included. Call it until it gives `None`.
    ///
    /// Copies only packets that straddle chunks; O(bytes taken).
    ///
    /// # Errors
    /// [`DecodeError`] if a fixed header is not legal or the packet too large. The stream cannot be
    /// cut any further: every later call gives the same error, until [`clear`](Self::clear).
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
    /// let mut input = &b"\x10"[..];
    /// assert_eq!(frames.next_frame(&mut input)?, None);
    /// assert!(input.is_empty());
    /// # Ok::<(), DecodeError>(())
    /// ```
    pub fn next_frame<'r, 'i: 'r>(
        &'r mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<&'r [u8]>, DecodeError> {
        if let State::Done = self.state {
            self.reset();
        }
        if self.buffer.is_empty() {
            if let State::Header(_) = self.state {
                if let Some(frame) = self.whole_frame(input)? {
                    return Ok(Some(frame));
                }
            }
        }
        self.assemble(input)
    }

    /// A packet that lies whole at the front of `input`.
    fn whole_frame<'i>(&mut self, input: &mut &'i [u8]) -> Result<Option<&'i [u8]>, DecodeError> {
        match Header::parse(input, self.version, &self.options) {
            Ok(header) => match input.split_at_checked(header.frame_len()) {
                Some((frame, rest)) => {
                    *input = rest;
                    Ok(Some(frame))
                }
                None => {
                    // The header has been read here and is not read again.
                    self.state = State::Body(header.frame_len());
                    Ok(None)
                }
            },
            Err(Ok(partial)) => {
                self.state = State::Header(partial);
                self.buffer.extend_from_slice(core::mem::take(input));
                Ok(None)
            }
            Err(Err(error)) => Err(self.fail(error)),
        }
    }

    /// Moves bytes from `input` to the buffer until that holds a packet.
    fn assemble(&mut self, input: &mut &[u8]) -> Result<Option<&[u8]>, DecodeError> {
        loop {
            match self.state {
                State::Header(mut partial) => {
                    let Some((&byte, rest)) = input.split_first() else {
                        return Ok(None);
                    };
                    match partial.push(byte, self.version, &self.options) {
                        Ok(Some(header)) => self.state = State::Body(header.frame_len()),
                        Ok(None) => self.state = State::Header(partial),
                        Err(error) => return Err(self.fail(error)),
                    }
                    self.buffer.push(byte);
                    *input = rest;
                }
                State::Body(frame_len) => {
                    let missing = frame_len - self.buffer.len();
                    let (taken, rest) = input.split_at(missing.min(input.len()));
                    self.buffer.extend_from_slice(taken);
                    *input = rest;
                    if self.buffer.len() < frame_len {
                        return Ok(None);
                    }
                    self.state = State::Done;
                    return Ok(Some(&self.buffer));
                }
                // `next_frame` has started anew.
                State::Done => return Ok(None),
                State::Failed(error) => return Err(error),
            }
        }
    }

    /// Bytes that are certainly missing for the next packet, exact once its fixed header is there;
    /// never 0.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
    /// frames.next_frame(&mut &b"\x10\x20\0"[..])?;
    /// assert_eq!(frames.needed(), 31);
    /// # Ok::<(), DecodeError>(())
    /// ```
    #[must_use]
    pub fn needed(&self) -> usize {
        match self.state {
            State::Header(partial) => partial.needed().get(),
            State::Body(frame_len) => frame_len - self.buffer.len(),
            State::Done | State::Failed(_) => PartialHeader::START.needed().get(),
        }
    }

    /// Bytes of an incomplete packet that are held.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
    /// frames.next_frame(&mut &b"\x10\x20\0"[..])?;
    /// assert_eq!(frames.buffered(), 3);
    /// # Ok::<(), DecodeError>(())
    /// ```
    #[must_use]
    pub fn buffered(&self) -> usize {
        match self.state {
            State::Header(_) | State::Body(_) => self.buffer.len(),
            State::Done | State::Failed(_) => 0,
        }
    }

    /// Forgets an incomplete packet, an error, and the version: ready for another connection.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
    /// assert!(frames.next_frame(&mut &b"\0"[..]).is_err());
    /// frames.clear();
    /// assert_eq!(frames.next_frame(&mut &b"\x10"[..]), Ok(None));
    /// ```
    pub fn clear(&mut self) {
        self.version = None;
        self.reset();
    }

    /// Starts with an empty buffer; a large one is given back.
    fn reset(&mut self) {
        self.state = START;
        self.buffer.clear();
        self.buffer.shrink_to(Self::KEEP);
    }

    fn fail(&mut self, error: DecodeError) -> DecodeError {
        self.state = State::Failed(error);
        self.buffer = Vec::new();
        error
    }
}
