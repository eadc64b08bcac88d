//! Chopped streams: `FrameBuffer` and `StreamDecoder` beside `decode` of the whole.

use super::judges::{PlainHeader, StreamInput};
use crate::{
    DecodeError, DecodeOptions, ErrorKind, FrameBuffer, Limits, Packet, PacketType, Publish,
    Status, StreamDecoder, StreamItem, Strictness, Version,
};
use core::str;
use std::{vec, vec::Vec};

/// How a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Inside or behind a packet, where so many bytes are missing.
    Open(usize),
    Error(DecodeError),
    /// With some error; which one is more than can be told here.
    SomeError,
}

/// Cuts the stream into packets by `FrameBuffer`, chopped in several ways.
pub fn check_split(input: &StreamInput<'_>) {
    let options = input.judge.options();
    let (frames, end) = frames(input.bytes, input.version, &options);
    for chopping in input.choppings() {
        check_chopping(input, &options, &frames, end, &chopping);
    }
}

/// The packets at the front of a stream, and what is behind them.
fn frames<'a>(
    mut rest: &'a [u8],
    mut version: Option<Version>,
    options: &DecodeOptions,
) -> (Vec<(&'a [u8], Packet<'a>)>, End) {
    let mut frames = Vec::new();
    loop {
        match crate::decode(rest, version, options) {
            Ok(Status::Complete(decoded)) => {
                let (frame, behind) = rest.split_at(decoded.consumed);
                version = version_after(version, &decoded.packet);
                frames.push((frame, decoded.packet));
                rest = behind;
            }
            Ok(Status::Incomplete { needed }) => return (frames, End::Open(needed.get())),
            Err(error) => return (frames, End::Error(error)),
        }
    }
}

/// CONNECT names the version of what follows.
fn version_after(version: Option<Version>, packet: &Packet<'_>) -> Option<Version> {
    match packet {
        Packet::Connect(connect) => Some(connect.version),
        _ => version,
    }
}

fn check_chopping(
    input: &StreamInput<'_>,
    options: &DecodeOptions,
    frames: &[(&[u8], Packet<'_>)],
    end: End,
    chopping: &[usize],
) {
    let mut buffer = FrameBuffer::new(*options);
    let mut version = input.version;
    if let Some(version) = version {
        buffer.set_version(version);
    }
    let mut expected = frames.iter();
    let mut rest = input.bytes;
    let mut held = 0;
    for chunk in chopping {
        let (mut chunk, behind) = rest.split_at(*chunk);
        rest = behind;
        held += chunk.len();
        loop {
            let frame = match buffer.next_frame(&mut chunk) {
                Ok(Some(frame)) => frame,
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(End::Error(error), end);
                    assert!(expected.next().is_none(), "an error instead of a packet");
                    // The same for ever, and nothing more is held.
                    assert_eq!(buffer.next_frame(&mut &b"\xC0\0"[..]), Err(error));
                    return assert_eq!(buffer.buffered(), 0);
                }
            };
            held -= frame.len();
            let outcome = crate::decode(frame, version, options);
            let Some((bytes, packet)) = expected.next() else {
                // All of the packet is there, and the fault is in its body.
                let error = outcome.expect_err("one packet too many");
                return assert_eq!(End::Error(error), end);
            };
            assert_eq!(frame, *bytes);
            match outcome {
                Ok(Status::Complete(decoded)) => assert_eq!(decoded.packet, *packet),
                other => panic!("{other:?} instead of {packet:?}"),
            }
            version = version_after(version, packet);
            if let Some(version) = version {
                buffer.set_version(version);
            }
            assert_eq!(buffer.buffered(), 0, "holds what it has handed out");
        }
        assert!(chunk.is_empty(), "asks for more with bytes left");
        assert_eq!(buffer.buffered(), held, "holds other bytes than it was given");
    }
    assert!(expected.next().is_none(), "a packet is missing");
    assert_eq!(End::Open(buffer.needed()), end);
}

/// Decodes the stream through a buffer of `size` bytes, chopped in several ways.
pub fn check_stream(input: &StreamInput<'_>, size: usize) {
    let options = input.judge.options();
    let script = Script::new(input, &options, size);
    for chopping in input.choppings() {
        let mut buffer = vec![0xA5; size];
        let mut decoder = StreamDecoder::new(&mut buffer, options);
        if let Some(version) = input.version {
            decoder.set_version(version);
        }
        script.play(&mut decoder, input.bytes, &chopping);
    }
}

/// What a `StreamDecoder` hands out, by what `decode` finds.
#[derive(Debug)]
struct Script<'a> {
    items: Vec<Item<'a>>,
    end: End,
}

#[derive(Clone, Copy, Debug)]
enum Item<'a> {
    Packet(Packet<'a>),
    Head {
        /// Without payload; not known for a packet that is too large to be put together here.
        publish: Option<Publish<'a>>,
        payload_len: usize,
        /// What of the payload is in the stream.
        payload: &'a [u8],
    },
}

/// What can be wrong with a fixed header. A CONNECT is not judged by its length form there.
const HEADER_FAULTS: [ErrorKind; 9] = [
    ErrorKind::ExpectedConnect,
    ErrorKind::PacketTypeReserved,
    ErrorKind::FixedHeaderFlags,
    ErrorKind::PublishQos,
    ErrorKind::DupWithoutQos,
    ErrorKind::PacketDirection,
    ErrorKind::PacketTooLarge,
    ErrorKind::VarintNotMinimal,
    ErrorKind::VarintTooLong,
];

/// The largest packet that is put together to know what `decode` says of it.
const LARGEST: usize = 1 << 17;

impl<'a> Script<'a> {
    fn new(input: &StreamInput<'a>, options: &DecodeOptions, size: usize) -> Self {
        let mut script = Self { items: Vec::new(), end: End::Open(0) };
        let mut version = input.version;
        let mut rest = input.bytes;
        while let Some((item, consumed)) = script.next(rest, version, options, size) {
            script.items.push(item);
            if let Item::Packet(packet) = &item {
                version = version_after(version, packet);
            }
            rest = &rest[consumed..];
            if let Item::Head { payload, payload_len, .. } = item {
                if payload.len() < payload_len || script.end != End::Open(0) {
                    break;
                }
            }
        }
        script
    }

    /// The next item and the bytes it takes; `None` if there is no more, and `end` says why.
    fn next(
        &mut self,
        rest: &'a [u8],
        version: Option<Version>,
        options: &DecodeOptions,
        size: usize,
    ) -> Option<(Item<'a>, usize)> {
        let outcome = crate::decode(rest, version, options);
        let PlainHeader::Whole { header_len, frame_len } = PlainHeader::read(rest) else {
            self.end = outcome.err().map_or(End::Open(0), End::Error);
            return None;
        };
        // A fault of the header comes before all else.
        if let Err(error) = crate::decode(&rest[..header_len], version, options) {
            if HEADER_FAULTS.contains(&error.kind()) {
                self.end = End::Error(error);
                return None;
            }
        }
        if frame_len <= size {
            return match outcome {
                Ok(Status::Complete(decoded)) => {
                    Some((Item::Packet(decoded.packet), decoded.consumed))
                }
                Ok(Status::Incomplete { .. }) => None,
                Err(error) => {
                    self.end = End::Error(error);
                    None
                }
            };
        }
        let too_large = || {
            let limits = Limits { max_packet_size: size as u32, ..options.limits };
            let options = DecodeOptions { limits, ..*options };
            End::Error(crate::decode(&rest[..header_len], version, &options).unwrap_err())
        };
        if rest[0] >> 4 != PacketType::Publish as u8 {
            self.end = too_large();
            return None;
        }
        match head_len(&rest[..rest.len().min(frame_len)], header_len, frame_len, version, size) {
            Err(NoHead::Open) => None,
            Err(NoHead::TooLarge) => {
                self.end = too_large();
                None
            }
            Err(NoHead::Broken) => {
                self.end = fault(rest, frame_len, version, options);
                None
            }
            Ok(head_len) => self.head(rest, head_len, frame_len, version, options),
        }
    }

    /// A PUBLISH whose head is there.
    fn head(
        &mut self,
        rest: &'a [u8],
        head_len: usize,
        frame_len: usize,
        version: Option<Version>,
        options: &DecodeOptions,
    ) -> Option<(Item<'a>, usize)> {
        let payload = &rest[head_len..rest.len().min(frame_len)];
        let payload_len = frame_len - head_len;
        if frame_len > LARGEST {
            self.end = End::SomeError;
            let item = Item::Head { publish: None, payload_len, payload };
            return Some((item, rest.len().min(frame_len)));
        }
        let unchecked = DecodeOptions {
            strictness: Strictness { check_payload_format: false, ..options.strictness },
            ..*options
        };
        // The head is judged with any payload behind it, so that of a cut packet is made up.
        let decoded = match crate::decode(rest, version, &unchecked) {
            Ok(Status::Complete(decoded)) => decoded.packet,
            Ok(Status::Incomplete { .. }) => {
                let error = fault(rest, frame_len, version, &unchecked);
                if error != End::Open(0) {
                    self.end = error;
                    return None;
                }
                // A character that the cut goes through may be well-formed.
                let not_text = str::from_utf8(payload).is_err_and(|e| e.error_len().is_some());
                if not_text {
                    self.end = fault(rest, frame_len, version, options);
                }
                let item = Item::Head { publish: None, payload_len, payload };
                return Some((item, rest.len()));
            }
            Err(error) => {
                self.end = End::Error(error);
                return None;
            }
        };
        if let Err(error) = crate::decode(rest, version, options) {
            // Only the payload is at fault, so the head is handed out.
            assert_eq!(error.kind(), ErrorKind::PayloadNotUtf8);
            self.end = End::Error(error);
        }
        let Packet::Publish(publish) = decoded else {
            panic!("{decoded:?} is no PUBLISH");
        };
        assert_eq!(publish.payload, payload);
        let publish = Some(Publish { payload: &[], ..publish });
        Some((Item::Head { publish, payload_len, payload }, frame_len))
    }

    /// Feeds the decoder and compares.
    fn play(&self, decoder: &mut StreamDecoder<'_>, stream: &[u8], chopping: &[usize]) {
        let mut items = self.items.iter();
        // What is left of the payload at hand: bytes in the stream, and bytes in all.
        let mut payload: (&[u8], usize) = (&[], 0);
        let mut rest = stream;
        for chunk in chopping {
            let (mut chunk, behind) = rest.split_at(*chunk);
            rest = behind;
            loop {
                let connect = match decoder.next_item(&mut chunk) {
                    Ok(None) => break,
                    Ok(Some(StreamItem::Payload { bytes, last })) => {
                        assert!(!bytes.is_empty(), "an empty part");
                        let (expected, left) = payload;
                        assert!(expected.starts_with(bytes), "other payload");
                        payload = (&expected[bytes.len()..], left - bytes.len());
                        assert_eq!(last, payload.1 == 0);
                        None
                    }
                    Ok(Some(item)) => {
                        assert_eq!(payload.1, 0, "{item:?} inside a payload");
                        let Some(expected) = items.next() else {
                            panic!("{item:?}, but {:?}", self.end);
                        };
                        payload = compare(&item, expected);
                        match item {
                            StreamItem::Packet(packet) => version_after(None, &packet),
                            _ => None,
                        }
                    }
                    Err(error) => {
                        if self.end != End::SomeError {
                            assert_eq!(End::Error(error), self.end);
                            let next = items.next();
                            assert!(next.is_none(), "{error} instead of {next:?}");
                        }
                        assert_eq!(decoder.next_item(&mut &b"\xC0\0"[..]), Err(error));
                        return;
                    }
                };
                if let Some(version) = connect {
                    decoder.set_version(version);
                }
            }
            assert!(chunk.is_empty(), "asks for more with bytes left");
        }
        assert!(items.next().is_none(), "an item is missing");
        assert!(payload.0.is_empty(), "payload is missing");
        assert!(matches!(self.end, End::Open(_) | End::SomeError), "no error: {:?}", self.end);
    }
}

fn compare<'a>(item: &StreamItem<'_>, expected: &Item<'a>) -> (&'a [u8], usize) {
    match (item, expected) {
        (StreamItem::Packet(packet), Item::Packet(expected)) => {
            assert_eq!(packet, expected);
            (&[], 0)
        }
        (
            StreamItem::PublishHead { publish, payload_len },
            Item::Head { publish: expected, payload_len: len, payload },
        ) => {
            if let Some(expected) = expected {
                assert_eq!(publish, expected);
            }
            assert!(publish.payload.is_empty() && *payload_len > 0);
            assert_eq!(*payload_len as usize, *len);
            (payload, *len)
        }
        other => panic!("{other:?}"),
    }
}

/// Why there is no head of a PUBLISH. Each field is looked at before the next one.
enum NoHead {
    /// Not all of it is in the stream.
    Open,
    /// It does not fit into the buffer.
    TooLarge,
    /// It does not fit into the packet.
    Broken,
}

/// The length of the head of a PUBLISH, by its length fields alone.
fn head_len(
    bytes: &[u8],
    header_len: usize,
    frame_len: usize,
    version: Option<Version>,
    size: usize,
) -> Result<usize, NoHead> {
    let reach = |len: usize| match len {
        _ if len > frame_len => Err(NoHead::Broken),
        _ if len > size => Err(NoHead::TooLarge),
        _ if len > bytes.len() => Err(NoHead::Open),
        _ => Ok(len),
    };
    let mut len = reach(header_len + 2)?;
    len = reach(len + usize::from(u16::from_be_bytes([bytes[len - 2], bytes[len - 1]])))?;
    if bytes[0] & 0b110 != 0 {
        len = reach(len + 2)?;
    }
    if version != Some(Version::V5) {
        return Ok(len);
    }
    let mut properties = 0;
    for index in 0..4 {
        len = reach(len + 1)?;
        let byte = bytes[len - 1];
        properties |= usize::from(byte & 0x7F) << (7 * index);
        if byte < 0x80 {
            return reach(len + properties);
        }
    }
    Err(NoHead::Broken)
}

/// The fault of the packet at the front of `rest`, of which the end may be missing; `Open` if there
/// is none.
fn fault(rest: &[u8], frame_len: usize, version: Option<Version>, options: &DecodeOptions) -> End {
    if frame_len > LARGEST {
        return End::SomeError;
    }
    let mut frame = Vec::from(&rest[..rest.len().min(frame_len)]);
    frame.resize(frame_len, 0);
    match crate::decode(&frame, version, options) {
        Ok(_) => End::Open(0),
        Err(error) => End::Error(error),
    }
}
