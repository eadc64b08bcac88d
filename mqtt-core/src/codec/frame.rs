//! Chunks in, whole packets out.

use super::stream::Rules;
use crate::wire::header::{Header, PartialHeader};
use crate::{DecodeError, DecodeOptions, Limits, Version};
use alloc::vec::Vec;
use core::fmt;

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
pub struct FrameBuffer {
    /// As told when it was made.
    options: DecodeOptions,
    /// For the packets that have not begun.
    next: Rules,
    state: State,
    /// The bytes of the packet at hand that came in earlier chunks.
    buffer: Vec<u8>,
}

#[derive(Clone, Copy)]
enum State {
    /// Between packets; the buffer is empty.
    Start,
    /// Between the first and the last byte of a fixed header.
    Header(PartialHeader, Rules),
    /// Behind the header of a packet of so many bytes.
    Body(usize),
    /// Between packets; the buffer holds the one that was handed out.
    Done,
    Failed(DecodeError),
}

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
        let next = Rules { version: None, options };
        Self { options, next, state: State::Start, buffer: Vec::new() }
    }

    /// Sets the version that fixed headers are judged by, from the next packet on: one whose first
    /// byte has come is judged by the version before.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
    /// frames.set_version(Version::V5);
    /// assert_eq!(frames.next_frame(&mut &b"\xD0\0"[..])?, Some(&b"\xD0\0"[..]));
    /// # Ok::<(), DecodeError>(())
    /// ```
    pub fn set_version(&mut self, version: Version) {
        self.next.version = Some(version);
    }

    /// Sets the limits that fixed headers are judged by, from the next packet on: one whose first
    /// byte has come is judged by those before. A server raises them once a client is known.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
    /// frames.set_limits(Limits { max_packet_size: 16, ..Limits::DEFAULT });
    /// let error = frames.next_frame(&mut &b"\x10\x20"[..]).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::PacketTooLarge);
    /// ```
    pub fn set_limits(&mut self, limits: Limits) {
        self.next.options.limits = limits;
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
        match self.state {
            State::Start if input.is_empty() => return Ok(None),
            State::Start => {
                if let Some(frame) = self.whole_frame(input)? {
                    return Ok(Some(frame));
                }
            }
            _ => {}
        }
        self.assemble(input)
    }

    /// A packet that lies whole at the front of `input`, which is not empty.
    fn whole_frame<'i>(&mut self, input: &mut &'i [u8]) -> Result<Option<&'i [u8]>, DecodeError> {
        match Header::parse(input, self.next.version, &self.next.options) {
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
                self.state = State::Header(partial, self.next);
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
                State::Header(mut partial, rules) => {
                    let Some((&byte, rest)) = input.split_first() else {
                        return Ok(None);
                    };
                    match partial.push(byte, rules.version, &rules.options) {
                        Ok(Some(header)) => self.state = State::Body(header.frame_len()),
                        Ok(None) => self.state = State::Header(partial, rules),
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
                // `next_frame` has seen to these.
                State::Start | State::Done => return Ok(None),
                State::Failed(error) => return Err(error),
            }
        }
    }

    /// Bytes that are certainly missing to the end of the packet at hand; exact once its fixed
    /// header is there; never 0. Reading that many never reads into the next packet.
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
            State::Header(partial, _) => partial.needed().get(),
            State::Body(frame_len) => frame_len - self.buffer.len(),
            State::Start | State::Done | State::Failed(_) => PartialHeader::START.needed().get(),
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
            State::Header(..) | State::Body(_) => self.buffer.len(),
            State::Start | State::Done | State::Failed(_) => 0,
        }
    }

    /// True between packets: a stream that ends here ends well. False inside a packet and after an
    /// error.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
    /// assert!(frames.is_idle());
    /// frames.next_frame(&mut &b"\x10"[..])?;
    /// assert!(!frames.is_idle());
    /// # Ok::<(), DecodeError>(())
    /// ```
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self.state, State::Start | State::Done)
    }

    /// Forgets an incomplete packet, an error, the version and changed limits: ready for another
    /// connection, as new.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut frames = FrameBuffer::new(DecodeOptions::DEFAULT);
    /// assert!(frames.next_frame(&mut &b"\0"[..]).is_err());
    /// frames.clear();
    /// assert_eq!(frames.next_frame(&mut &b"\x10"[..]), Ok(None));
    /// ```
    pub fn clear(&mut self) {
        self.next = Rules { version: None, options: self.options };
        self.reset();
    }

    /// Starts with an empty buffer; a large one is given back.
    fn reset(&mut self) {
        self.state = State::Start;
        self.buffer.clear();
        self.buffer.shrink_to(Self::KEEP);
    }

    fn fail(&mut self, error: DecodeError) -> DecodeError {
        self.state = State::Failed(error);
        self.buffer = Vec::new();
        error
    }
}

/// Without the bytes in the buffer, which may be a password.
impl fmt::Debug for FrameBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match &self.state {
            State::Failed(error) => Some(error),
            _ => None,
        };
        f.debug_struct("FrameBuffer")
            .field("options", &self.next.options)
            .field("version", &self.next.version)
            .field("buffered", &self.buffered())
            .field("needed", &self.needed())
            .field("error", &error)
            .finish()
    }
}
