//! A stream of packets, PUBLISH larger than memory among them.

use super::decode::{Decoded, Status, decode};
use crate::packet::{Packet, Publish};
use crate::wire::cursor::{Cursor, VarintFault};
use crate::wire::field::Precise;
use crate::wire::header::{Header, PartialHeader};
use crate::wire::reader::Reader;
use crate::wire::utf8::PartialUtf8;
use crate::{DecodeError, DecodeOptions, ErrorKind, Limits, PacketType, QoS, Version};
use core::fmt;

/// What a [`StreamDecoder`] found next.
///
/// # Examples
/// ```
/// use mqtt_core::{Packet, StreamItem};
/// let item = StreamItem::Packet(Packet::PingReq);
/// assert!(!matches!(item, StreamItem::Payload { last: true, .. }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamItem<'a> {
    /// A packet that fits into the buffer.
    Packet(Packet<'a>),
    /// The head of a larger PUBLISH. Its payload, not in `publish`, follows in parts.
    PublishHead {
        /// The packet without its payload.
        publish: Publish<'a>,
        /// Bytes of payload that follow: at least one.
        payload_len: u32,
    },
    /// The next part of the payload.
    Payload {
        /// Bytes where the caller has them; at least one.
        bytes: &'a [u8],
        /// True for the last part.
        last: bool,
    },
}

/// Decodes a stream of chunks with a fixed amount of memory: that of the caller's buffer.
///
/// Packets that fit into the buffer come whole. Of a larger PUBLISH comes the head, then the payload
/// in parts that lie in the caller's chunks: not buffered, not copied. What is whole and what is
/// not depends on the size of the buffer alone, never on how the stream is chopped. Needs no
/// allocator.
///
/// # Examples
/// 16 MiB through 1 KiB:
/// ```
/// use mqtt_core::{DecodeOptions, StreamDecoder, StreamItem, Version};
/// let mut buffer = [0; 1024];
/// let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
/// decoder.set_version(Version::V311);
///
/// let head = b"\x30\x83\x80\x80\x08\0\x01a"; // remaining length 16 MiB + 3
/// let chunk = [b'x'; 4096];
/// let mut received = 0;
/// for chunk in std::iter::once(&head[..]).chain(std::iter::repeat_n(&chunk[..], 4096)) {
///     let mut input = chunk;
///     while let Some(item) = decoder.next_item(&mut input)? {
///         match item {
///             StreamItem::PublishHead { publish, payload_len } => {
///                 assert_eq!((publish.topic, payload_len), ("a", 16 << 20));
///             }
///             StreamItem::Payload { bytes, .. } => received += bytes.len(),
///             StreamItem::Packet(packet) => unreachable!("{packet:?}"),
///         }
///     }
/// }
/// assert_eq!(received, 16 << 20);
/// # Ok::<(), mqtt_core::DecodeError>(())
/// ```
pub struct StreamDecoder<'b> {
    /// As told when it was made.
    options: DecodeOptions,
    /// For the packets that have not begun.
    next: Rules,
    state: State,
    buffer: &'b mut [u8],
    /// Bytes of `buffer` in use.
    len: usize,
}

/// What a packet is judged by: that which is set when its first byte comes.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) version: Option<Version>,
    pub(super) options: DecodeOptions,
}

#[derive(Clone, Copy)]
enum State {
    /// Between packets.
    Start,
    /// Behind the first byte of a fixed header, or just before it.
    Header(PartialHeader, Rules),
    /// A packet that fits.
    Whole(Begun),
    /// The head of a PUBLISH that does not fit, known to have at least so many bytes.
    Head(Begun, usize),
    Payload(Payload),
    Failed(DecodeError),
}

/// A packet behind its fixed header.
#[derive(Clone, Copy)]
struct Begun {
    header: Header,
    rules: Rules,
}

/// Where in the payload of a PUBLISH the stream is.
#[derive(Clone, Copy)]
struct Payload {
    packet: Begun,
    remaining: usize,
    /// There if the payload must be text.
    text: Option<PartialUtf8>,
}

impl<'b> StreamDecoder<'b> {
    /// A decoder that works in `buffer`, which must hold the largest packet other than PUBLISH and
    /// the largest head of a PUBLISH; what is larger is refused. It takes only a CONNECT until it
    /// is told the version.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut buffer = [0; 64];
    /// let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
    /// assert!(decoder.next_item(&mut &b"\xC0\0"[..]).is_err()); // not CONNECT
    /// ```
    #[must_use]
    pub const fn new(buffer: &'b mut [u8], options: DecodeOptions) -> Self {
        let next = Rules { version: None, options };
        Self { options, next, state: State::Start, buffer, len: 0 }
    }

    /// Sets the version that packets are judged by, from the next one on: a packet whose first byte
    /// has come is judged by the version before.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut buffer = [0; 64];
    /// let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
    /// decoder.set_version(Version::V5);
    /// let item = decoder.next_item(&mut &b"\xC0\0"[..])?;
    /// assert_eq!(item, Some(StreamItem::Packet(Packet::PingReq)));
    /// # Ok::<(), DecodeError>(())
    /// ```
    pub fn set_version(&mut self, version: Version) {
        self.next.version = Some(version);
    }

    /// Sets the limits that packets are judged by, from the next one on: a packet whose first byte
    /// has come is judged by those before. A server raises them once a client is known.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut buffer = [0; 64];
    /// let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
    /// decoder.set_limits(Limits { max_packet_size: 16, ..Limits::DEFAULT });
    /// let error = decoder.next_item(&mut &b"\x10\x20"[..]).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::PacketTooLarge);
    /// ```
    pub fn set_limits(&mut self, limits: Limits) {
        self.next.options.limits = limits;
    }

    /// The limits that hold from the next packet on.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut buffer = [0; 64];
    /// let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
    /// decoder.set_limits(Limits { max_packet_size: 1000, ..decoder.limits() });
    /// assert_eq!(decoder.limits().max_packet_size, 1000);
    /// ```
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.next.options.limits
    }

    /// Takes bytes from the front of `input` until there is something to hand out or `input` is
    /// empty. Call it until it gives `None`.
    ///
    /// # Errors
    /// [`DecodeError`]; [`ErrorKind::PacketTooLarge`] also for what does not fit into the buffer.
    /// Every later call gives the same error, until [`clear`](Self::clear).
    ///
    /// When: a fault of the fixed header, at once. One of a packet that fits into the buffer, or of
    /// the head of a larger PUBLISH, when that is complete, though the fault may lie further in
    /// front; earlier only if a length field in the head points behind the packet or has too many
    /// bytes. One of the payload, with the part it is in.
    ///
    /// What: of several faults the one that [`decode`] reports of the whole packet; but of a head
    /// that cannot fit into the buffer, only that.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut buffer = [0; 4];
    /// let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
    /// let error = decoder.next_item(&mut &b"\x10\x20"[..]).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::PacketTooLarge);
    /// ```
    pub fn next_item<'r, 'i: 'r>(
        &'r mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<StreamItem<'r>>, DecodeError> {
        loop {
            match self.state {
                State::Start if input.is_empty() => return Ok(None),
                State::Start => self.state = State::Header(PartialHeader::START, self.next),
                State::Header(mut partial, rules) => {
                    let Some((&byte, rest)) = input.split_first() else {
                        return Ok(None);
                    };
                    *input = rest;
                    self.store(byte);
                    let pushed = partial.push(byte, rules.version, &rules.options);
                    self.state = match self.track(pushed)? {
                        None => State::Header(partial, rules),
                        Some(header) => self.after_header(Begun { header, rules })?,
                    };
                }
                State::Whole(packet) => {
                    if !self.fill(packet.len(), input) {
                        return Ok(None);
                    }
                    return self.whole(packet).map(Some);
                }
                State::Head(packet, known) => {
                    if !self.fill(known, input) {
                        return Ok(None);
                    }
                    match self.head_len(packet) {
                        HeadLen::Exactly(len) if len <= self.len => {
                            return self.head(packet).map(Some);
                        }
                        HeadLen::Exactly(len) | HeadLen::AtLeast(len) => {
                            self.state = self.grow_head(packet, len)?;
                        }
                    }
                }
                State::Payload(_) if input.is_empty() => return Ok(None),
                State::Payload(payload) => return self.payload(payload, input).map(Some),
                State::Failed(error) => return Err(error),
            }
        }
    }

    /// Bytes that are certainly missing to the end of the packet at hand, payload included; exact
    /// once its fixed header is there; never 0. Reading that many never reads into the next packet.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut buffer = [0; 64];
    /// let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
    /// decoder.next_item(&mut &b"\x10\x20\0"[..])?;
    /// assert_eq!(decoder.needed(), 31);
    /// # Ok::<(), DecodeError>(())
    /// ```
    #[must_use]
    pub const fn needed(&self) -> usize {
        match self.state {
            State::Header(partial, _) => partial.needed().get(),
            State::Whole(packet) | State::Head(packet, _) => packet.len() - self.len,
            State::Payload(payload) => payload.remaining,
            State::Start | State::Failed(_) => PartialHeader::START.needed().get(),
        }
    }

    /// True between packets: a stream that ends here ends well. False inside a packet and after an
    /// error.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut buffer = [0; 64];
    /// let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
    /// assert!(decoder.is_idle());
    /// decoder.next_item(&mut &b"\x10"[..])?;
    /// assert!(!decoder.is_idle());
    /// # Ok::<(), DecodeError>(())
    /// ```
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        matches!(self.state, State::Start)
    }

    /// Forgets an incomplete packet, an error, the version and changed limits: ready for another
    /// connection, as new.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let mut buffer = [0; 64];
    /// let mut decoder = StreamDecoder::new(&mut buffer, DecodeOptions::DEFAULT);
    /// assert!(decoder.next_item(&mut &b"\0"[..]).is_err());
    /// decoder.clear();
    /// assert_eq!(decoder.next_item(&mut &b"\x10"[..]), Ok(None));
    /// ```
    pub fn clear(&mut self) {
        self.next = Rules { version: None, options: self.options };
        self.state = State::Start;
        self.len = 0;
    }

    /// Decides how a packet is read.
    fn after_header(&mut self, packet: Begun) -> Result<State, DecodeError> {
        if packet.len() <= self.buffer.len() {
            return Ok(State::Whole(packet));
        }
        if packet.header.packet != PacketType::Publish {
            return Err(self.too_large(packet));
        }
        // The length of the topic name.
        self.grow_head(packet, usize::from(packet.header.len) + 2)
    }

    /// Goes on reading a head that turns out to have at least `len` bytes.
    fn grow_head(&mut self, packet: Begun, len: usize) -> Result<State, DecodeError> {
        if len > packet.len() {
            // A length field points behind the packet; reading what is there finds out which.
            let parsed = packet.parse_head(self.buffer.get(..self.len).unwrap_or(&[])).map(drop);
            self.track(parsed)?;
        }
        if len > self.buffer.len() {
            return Err(self.too_large(packet));
        }
        Ok(State::Head(packet, len))
    }

    /// What the bytes so far say of the length of the head, by its length fields alone. Goes from
    /// field to field, so that a length that cannot be is met before a later one is waited for.
    fn head_len(&self, packet: Begun) -> HeadLen {
        let Begun { header, rules } = packet;
        let have = self.buffer.get(..self.len).unwrap_or(&[]);
        let topic_at = usize::from(header.len);
        let Some(topic_len) = Cursor::new(have.get(topic_at..).unwrap_or(&[])).u16() else {
            return HeadLen::AtLeast(topic_at + 2);
        };
        let mut end = topic_at + 2 + usize::from(topic_len);
        let has_id = QoS::from_bits(header.first >> 1) != Some(QoS::AtMostOnce);
        if has_id && have.len() >= end {
            end += 2;
        }
        if have.len() < end {
            return HeadLen::AtLeast(end);
        }
        if rules.version != Some(Version::V5) {
            return HeadLen::Exactly(end);
        }
        let length = have.get(end..).unwrap_or(&[]);
        match Cursor::new(length).varint() {
            Ok(properties) => {
                let length_len = length.iter().take_while(|&&byte| byte >= 0x80).count() + 1;
                HeadLen::Exactly(end + length_len + properties.value as usize)
            }
            // One that is too long is found when the head is read.
            Err(VarintFault::TooLong) => HeadLen::Exactly(self.len),
            Err(VarintFault::Truncated) => HeadLen::AtLeast(end + length.len() + 1),
        }
    }

    /// Hands out a packet that is complete in the buffer.
    fn whole(&mut self, packet: Begun) -> Result<StreamItem<'_>, DecodeError> {
        let len = core::mem::take(&mut self.len);
        let frame = self.buffer.get(..len).unwrap_or(&[]);
        let error = match decode(frame, packet.rules.version, &packet.rules.options) {
            Ok(Status::Complete(Decoded { packet, .. })) => {
                self.state = State::Start;
                return Ok(StreamItem::Packet(packet));
            }
            // Cannot be, as the buffer holds what the header announced; a packet that ends too
            // early would be the thing to report.
            Ok(Status::Incomplete { .. }) => packet.fault(ErrorKind::Truncated, len),
            Err(error) => error,
        };
        self.state = State::Failed(error);
        Err(error)
    }

    /// Hands out the head of a PUBLISH that is complete in the buffer.
    fn head(&mut self, packet: Begun) -> Result<StreamItem<'_>, DecodeError> {
        let len = core::mem::take(&mut self.len);
        // Not by a method of the decoder, which would borrow its state as long as the buffer.
        match packet.parse_head(self.buffer.get(..len).unwrap_or(&[])) {
            Ok(publish) => {
                let marked = publish.properties.payload_format_indicator() == Some(1);
                let check = marked && packet.rules.options.strictness.check_payload_format;
                let text = check.then(PartialUtf8::default);
                let remaining = packet.len() - len;
                self.state = State::Payload(Payload { packet, remaining, text });
                // At most 268,435,455.
                Ok(StreamItem::PublishHead { publish, payload_len: remaining as u32 })
            }
            Err(error) => {
                self.state = State::Failed(error);
                Err(error)
            }
        }
    }

    /// Hands out what `input` has of the payload.
    fn payload<'i>(
        &mut self,
        mut payload: Payload,
        input: &mut &'i [u8],
    ) -> Result<StreamItem<'i>, DecodeError> {
        let (bytes, rest) = input.split_at(payload.remaining.min(input.len()));
        let at = payload.packet.len() - payload.remaining;
        payload.remaining -= bytes.len();
        let last = payload.remaining == 0;
        if let Some(text) = &mut payload.text {
            let fault = match text.push(bytes) {
                Err(offset) => Some(at.saturating_add_signed(offset)),
                Ok(()) if last && text.open_len() > 0 => Some(at + bytes.len() - text.open_len()),
                Ok(()) => None,
            };
            if let Some(offset) = fault {
                return Err(self.fail(payload.packet.fault(ErrorKind::PayloadNotUtf8, offset)));
            }
        }
        *input = rest;
        self.state = if last { State::Start } else { State::Payload(payload) };
        Ok(StreamItem::Payload { bytes, last })
    }

    /// Moves bytes from `input` until the buffer holds `len`; true if it does.
    fn fill(&mut self, len: usize, input: &mut &[u8]) -> bool {
        let missing = len.saturating_sub(self.len).min(input.len());
        let (taken, rest) = input.split_at(missing);
        if let Some(space) = self.buffer.get_mut(self.len..self.len + missing) {
            space.copy_from_slice(taken);
        }
        self.len += missing;
        *input = rest;
        self.len >= len
    }

    fn store(&mut self, byte: u8) {
        // A header that does not fit belongs to a packet that has been refused.
        if let Some(space) = self.buffer.get_mut(self.len) {
            *space = byte;
        }
        self.len += 1;
    }

    fn too_large(&mut self, packet: Begun) -> DecodeError {
        self.fail(packet.fault(ErrorKind::PacketTooLarge, 1))
    }

    fn fail(&mut self, error: DecodeError) -> DecodeError {
        self.state = State::Failed(error);
        error
    }

    fn track<T>(&mut self, result: Result<T, DecodeError>) -> Result<T, DecodeError> {
        result.map_err(|error| self.fail(error))
    }
}

/// Without the bytes in the buffer, which may be a password.
impl fmt::Debug for StreamDecoder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match &self.state {
            State::Failed(error) => Some(error),
            _ => None,
        };
        f.debug_struct("StreamDecoder")
            .field("options", &self.next.options)
            .field("version", &self.next.version)
            .field("capacity", &self.buffer.len())
            .field("buffered", &self.len)
            .field("needed", &self.needed())
            .field("error", &error)
            .finish()
    }
}

impl Begun {
    /// Bytes of the whole packet.
    const fn len(&self) -> usize {
        self.header.frame_len()
    }

    fn reader<'a>(&self, frame: &'a [u8]) -> Reader<'a, '_, Precise> {
        Reader::new(frame, self.header, self.rules.version, &self.rules.options, Precise)
    }

    /// Reads the head of a PUBLISH.
    fn parse_head<'a>(&self, head: &'a [u8]) -> Result<Publish<'a>, DecodeError> {
        Publish::parse_head(&mut self.reader(head))
    }

    /// The error for a fault at `offset`.
    fn fault(&self, kind: ErrorKind, offset: usize) -> DecodeError {
        self.reader(&[]).fault(kind, offset)
    }
}

enum HeadLen {
    Exactly(usize),
    AtLeast(usize),
}
