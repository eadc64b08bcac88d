//! One packet from the front of a slice.

use crate::packet::{
    Auth, ConnAck, Connect, Disconnect, Packet, PubAck, PubComp, PubRec, PubRel, Publish,
    RawConnect, RawPublish, SubAck, Subscribe, UnsubAck, Unsubscribe,
};
use crate::wire::cursor::Cursor;
use crate::wire::field::{self, Mode, Precise, Quick, Refused, Value};
use crate::wire::header::Header;
use crate::wire::reader::Reader;
use crate::wire::text::Text;
use crate::{DecodeError, DecodeOptions, PacketId, PacketType, Sender, Version};
use core::num::NonZeroUsize;

/// What a decoder found.
///
/// # Examples
/// ```
/// use mqtt_core::{DecodeOptions, Status, Version, decode};
/// let bytes = [0xD0]; // half a PINGRESP
/// match decode(&bytes, Some(Version::V5), &DecodeOptions::DEFAULT)? {
///     Status::Complete(decoded) => unreachable!("{decoded:?}"),
///     Status::Incomplete { needed } => assert_eq!(needed.get(), 1),
/// }
/// # Ok::<(), mqtt_core::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status<T> {
    /// A whole packet.
    Complete(T),
    /// The input ends inside a packet that is legal so far.
    Incomplete {
        /// Bytes that are certainly missing: first those of the fixed header, then exactly the
        /// rest of the packet. Reading that many never reads into the next packet.
        needed: NonZeroUsize,
    },
}

/// A packet and how many bytes it took.
///
/// # Examples
/// ```
/// use mqtt_core::{DecodeOptions, Packet, Status, Version, decode};
/// let bytes = [0xC0, 0, 0xC0, 0]; // two PINGREQ
/// let Status::Complete(first) = decode(&bytes, Some(Version::V5), &DecodeOptions::DEFAULT)?
/// else {
///     unreachable!()
/// };
/// assert_eq!((first.packet, first.consumed), (Packet::PingReq, 2));
/// # Ok::<(), mqtt_core::DecodeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The packet; its strings and bytes lie in the input.
    pub packet: Packet<'a>,
    /// Its length in bytes, fixed header included.
    pub consumed: usize,
}

/// Decodes the packet at the front of `input`.
///
/// `version` is the version of the connection. `None` accepts only CONNECT, which names its own
/// version ([`Connect::version`]); a CONNECT is always judged by the version it names.
///
/// Borrows from `input`; allocates nothing; O(packet), and O(1) for the payload of PUBLISH.
///
/// # Errors
/// [`DecodeError`] if the bytes cannot be, or become, a legal packet: what is wrong, at which byte,
/// which statement of the standard says so, and what to answer. A fault of the fixed header is
/// reported before the body is there.
///
/// # Spec
/// v3 chapters 2 and 3; v5 chapters 2 and 3.
///
/// # Examples
/// ```
/// use mqtt_core::{DecodeOptions, Packet, Status, decode};
/// let bytes = b"\x10\x13\0\x04MQTT\x05\x02\0\x3C\0\0\x06sensor";
/// let Status::Complete(decoded) = decode(bytes, None, &DecodeOptions::DEFAULT)? else {
///     unreachable!()
/// };
/// let Packet::Connect(connect) = decoded.packet else { unreachable!() };
/// assert_eq!((connect.client_id, connect.keep_alive), ("sensor", 60));
/// # Ok::<(), mqtt_core::DecodeError>(())
/// ```
// Inlined whoever calls it and how often: what is returned through memory costs up to 45 instructions.
#[inline(always)]
pub fn decode<'a>(
    input: &'a [u8],
    version: Option<Version>,
    options: &DecodeOptions,
) -> Result<Status<Decoded<'a>>, DecodeError> {
    let complete = |packet, consumed| Ok(Status::Complete(Decoded { packet, consumed }));
    // The packets that a busy connection is made of, as nearly all of them are: PUBLISH with a plain
    // topic, acknowledgements of success. Written by hand and without an account of offsets, which takes
    // half the instructions; any fault, and all that is out of the ordinary, is for `decode_any` in the
    // end. Each packet is put together where it is returned: joined before, they would be moved in the
    // small pieces that the layouts of all of them have in common.
    match (input, version) {
        (&[first, ..], Some(version)) if first >> 4 == PacketType::Publish as u8 => {
            if let Some((publish, consumed)) = usual_publish::<&str>(input, version, options) {
                return complete(Packet::Publish(publish.into()), consumed);
            }
        }
        (&[first, 2, high, low, ..], Some(_)) if options.limits.max_packet_size >= 4 => {
            let bytes = [first, 2, high, low];
            let taken = usual_ack(
                bytes,
                #[inline(always)]
                |packet, _| complete(packet, 4),
            );
            if let Some(taken) = taken {
                return taken;
            }
        }
        _ => {}
    }
    decode_seldom(input, version, options)
}

/// The PUBLISH at the front of `input`, if it is as nearly all are, and its length in bytes; `None` says nothing about it.
///
/// Not part of the interface that versions keep.
#[doc(hidden)]
#[inline(always)]
pub fn usual_publish<'a, T: Text<'a>>(
    input: &'a [u8],
    version: Version,
    options: &DecodeOptions,
) -> Option<(RawPublish<'a, T>, usize)> {
    let Frame { first, body, consumed } = Frame::usual(input, options)?;
    if first >> 4 != PacketType::Publish as u8 {
        return None;
    }
    Some((RawPublish::usual(first, body, version, options)?, consumed))
}

/// The CONNECT at the front of `input`, if it is as nearly all are, and its length in bytes; `None` says nothing about it.
///
/// Not part of the interface that versions keep.
#[doc(hidden)]
#[inline(always)]
pub fn usual_connect<'a, T: Text<'a>>(
    input: &'a [u8],
    options: &DecodeOptions,
) -> Option<(RawConnect<'a, T>, usize)> {
    let Frame { first, body, consumed } = Frame::usual(input, options)?;
    let is_connect = first == 0x10 && options.sender != Some(Sender::Server);
    if is_connect { Some((RawConnect::usual(body, options)?, consumed)) } else { None }
}

/// The SUBSCRIBE at the front of `input`, if it is as nearly all are, and its length in bytes; `None` says nothing about it.
///
/// Not part of the interface that versions keep.
#[doc(hidden)]
#[inline(always)]
pub fn usual_subscribe<'a>(
    input: &'a [u8],
    version: Version,
    options: &DecodeOptions,
) -> Option<(Subscribe<'a>, usize)> {
    let Frame { first, body, consumed } = Frame::usual(input, options)?;
    let is_subscribe = first == 0x82 && options.sender != Some(Sender::Server);
    if is_subscribe { Some((Subscribe::usual(body, version, options)?, consumed)) } else { None }
}

/// Gives `to` the acknowledgement of success in these bytes, in the short form that all versions have: PUBACK, PUBREC,
/// PUBREL or PUBCOMP. `None` says nothing about them. For limits of four bytes and more.
///
/// Not part of the interface that versions keep.
#[doc(hidden)]
#[inline(always)]
pub fn usual_ack<R>(bytes: [u8; 4], to: impl FnOnce(Packet<'static>, PacketId) -> R) -> Option<R> {
    let [first, 2, high, low] = bytes else { return None };
    let id = PacketId::new(u16::from_be_bytes([high, low]))?;
    // Each is put together where it is given away: joined before, they would be moved.
    match first {
        0x40 => Some(to(Packet::PubAck(PubAck::new(id)), id)),
        0x50 => Some(to(Packet::PubRec(PubRec::new(id)), id)),
        0x62 => Some(to(Packet::PubRel(PubRel::new(id)), id)),
        0x70 => Some(to(Packet::PubComp(PubComp::new(id)), id)),
        _ => None,
    }
}

/// A whole packet within the size limit, whose length is written as nearly all are: in up to three
/// bytes, and not in more than needed. It is not known yet what packet it is.
struct Frame<'a> {
    first: u8,
    body: &'a [u8],
    consumed: usize,
}

impl<'a> Frame<'a> {
    /// The frame at the front of `input`; `None` says nothing about it.
    #[inline(always)]
    fn usual(input: &'a [u8], options: &DecodeOptions) -> Option<Self> {
        let (&first, rest) = input.split_first()?;
        let mut rest = Cursor::new(rest);
        let (remaining, length_len) = rest.usual_varint()?;
        let body = rest.take(remaining)?;
        // Not what is missing from the input: the next packet waits for this number.
        let consumed = 1 + length_len + remaining;
        let fits = consumed <= options.limits.max_packet_size as usize;
        fits.then_some(Self { first, body, consumed })
    }
}

/// What `decode` was asked for.
struct Request<'a, 'o> {
    input: &'a [u8],
    version: Option<Version>,
    options: &'o DecodeOptions,
}

/// `decode` for packets that are seldom met. As a whole, not in steps that hand a packet on: to move
/// one through memory takes longer than to read it.
#[inline(never)]
fn decode_seldom<'a>(
    input: &'a [u8],
    version: Option<Version>,
    options: &DecodeOptions,
) -> Result<Status<Decoded<'a>>, DecodeError> {
    // In memory, so that it is not kept at hand and brought back behind each call.
    let request = Request { input, version, options };
    let (Some(frame), None | Some(Sender::Client)) = (Frame::usual(input, options), options.sender)
    else {
        return decode_unusual(&request);
    };
    let Frame { first, body, consumed } = frame;
    match (first, version) {
        (0x10, _) => {
            if let Some(connect) = RawConnect::<&str>::usual(body, options) {
                let packet = Packet::Connect(connect.into());
                return Ok(Status::Complete(Decoded { packet, consumed }));
            }
        }
        (0xC0, Some(_)) if body.is_empty() => {
            return Ok(Status::Complete(Decoded { packet: Packet::PingReq, consumed }));
        }
        (0x82, Some(version)) => {
            if let Some(subscribe) = Subscribe::usual(body, version, options) {
                let packet = Packet::Subscribe(subscribe);
                return Ok(Status::Complete(Decoded { packet, consumed }));
            }
        }
        _ => {}
    }
    decode_unusual(&request)
}

/// `decode_any`, apart so that what it needs is not kept at hand where it is not needed.
#[cold]
#[inline(never)]
fn decode_unusual<'a>(request: &Request<'a, '_>) -> Result<Status<Decoded<'a>>, DecodeError> {
    decode_any(request.input, request.version, request.options)
}

/// `decode` for all packets.
#[inline(never)]
fn decode_any<'a>(
    input: &'a [u8],
    version: Option<Version>,
    options: &DecodeOptions,
) -> Result<Status<Decoded<'a>>, DecodeError> {
    let header = match Header::parse(input, version, options) {
        Ok(header) => header,
        Err(Ok(partial)) => return Ok(Status::Incomplete { needed: partial.needed() }),
        Err(Err(error)) => return Err(error),
    };
    let consumed = header.frame_len();
    let Some(frame) = input.get(..consumed) else {
        let needed = NonZeroUsize::new(consumed - input.len()).unwrap_or(NonZeroUsize::MIN);
        return Ok(Status::Incomplete { needed });
    };
    let packet = match parse_body(Reader::new(frame, header, version, options, Quick)) {
        Ok(packet) => packet,
        Err(Refused) => decode_precisely(frame, header, version, options)?,
    };
    Ok(Status::Complete(Decoded { packet, consumed }))
}

/// Reads a packet that has been refused, to say why.
#[cold]
fn decode_precisely<'a>(
    frame: &'a [u8],
    header: Header,
    version: Option<Version>,
    options: &DecodeOptions,
) -> Result<Packet<'a>, DecodeError> {
    parse_body(Reader::new(frame, header, version, options, Precise))
}

/// Reads the packet at the front of `input`, or as much of it as is good, for `mode` to watch.
pub(crate) fn watch<T: Mode>(
    input: &[u8],
    version: Option<Version>,
    options: &DecodeOptions,
    mode: T,
) {
    if let Ok(header) = Header::parse(input, version, options) {
        show_header(mode, header);
        if let Some(frame) = input.get(..header.frame_len()) {
            // What comes of it is known from `decode`.
            let _ = parse_body(Reader::new(frame, header, version, options, mode));
        }
    }
}

/// Reads the body of any packet.
#[inline(never)]
fn parse_body<'a, T: Mode>(mut r: Reader<'a, '_, T>) -> Result<Packet<'a>, T::Error> {
    let r = &mut r;
    Ok(match r.packet() {
        PacketType::Connect => Packet::Connect(Connect::parse(r)?),
        PacketType::ConnAck => Packet::ConnAck(ConnAck::parse(r)?),
        PacketType::Publish => Packet::Publish(Publish::parse(r)?),
        PacketType::PubAck => Packet::PubAck(PubAck::parse(r)?),
        PacketType::PubRec => Packet::PubRec(PubRec::parse(r)?),
        PacketType::PubRel => Packet::PubRel(PubRel::parse(r)?),
        PacketType::PubComp => Packet::PubComp(PubComp::parse(r)?),
        PacketType::Subscribe => Packet::Subscribe(Subscribe::parse(r)?),
        PacketType::SubAck => Packet::SubAck(SubAck::parse(r)?),
        PacketType::Unsubscribe => Packet::Unsubscribe(Unsubscribe::parse(r)?),
        PacketType::UnsubAck => Packet::UnsubAck(UnsubAck::parse(r)?),
        PacketType::PingReq => {
            r.finish()?;
            Packet::PingReq
        }
        PacketType::PingResp => {
            r.finish()?;
            Packet::PingResp
        }
        PacketType::Disconnect => Packet::Disconnect(Disconnect::parse(r)?),
        PacketType::Auth => Packet::Auth(Auth::parse(r)?),
    })
}

#[inline(always)]
fn show_header<T: Mode>(mode: T, header: Header) {
    let first = u32::from(header.first);
    mode.field(0, 1, field::packet_type(header.packet), Value::Word(header.packet.name()));
    if header.packet == PacketType::Publish {
        mode.field(0, 0, &field::DUP, Value::Number(first >> 3 & 1));
        mode.field(0, 0, &field::QOS, Value::Number(first >> 1 & 3));
        mode.field(0, 0, &field::RETAIN, Value::Number(first & 1));
    }
    let len = usize::from(header.len) - 1;
    mode.field(1, len, &field::REMAINING_LENGTH, Value::Number(header.remaining));
}
