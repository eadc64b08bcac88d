//! Packets to bytes: measured and checked first, written after, so that nothing is written unless
//! all is.

use crate::packet::measure::{Body, Ping, Sizes, measure};
use crate::packet::property::Omit;
use crate::packet::{Packet, PublishHead};
#[cfg(feature = "alloc")]
use crate::wire::writer::BufWriter;
use crate::wire::writer::{Put, SliceWriter, VARINT_MAX, varint_len};
use crate::{EncodeError, PacketType, Version};

/// Does the same with a packet of whatever type.
macro_rules! with_body {
    ($packet:expr, $body:ident => $do:expr) => {
        match $packet {
            Packet::Publish(publish) => {
                let $body = &PublishHead { publish, payload_len: publish.payload.len() as u64 };
                $do
            }
            Packet::PubAck($body) => $do,
            Packet::PubRec($body) => $do,
            Packet::PubRel($body) => $do,
            Packet::PubComp($body) => $do,
            Packet::Connect($body) => $do,
            Packet::ConnAck($body) => $do,
            Packet::Subscribe($body) => $do,
            Packet::SubAck($body) => $do,
            Packet::Unsubscribe($body) => $do,
            Packet::UnsubAck($body) => $do,
            Packet::PingReq => {
                let $body = &Ping::<{ PacketType::PingReq as u8 }>;
                $do
            }
            Packet::PingResp => {
                let $body = &Ping::<{ PacketType::PingResp as u8 }>;
                $do
            }
            Packet::Disconnect($body) => $do,
            Packet::Auth($body) => $do,
        }
    };
}

impl<'a> Packet<'a> {
    /// Bytes of the packet on the wire, after all the checks of [`encode`](Self::encode).
    ///
    /// Allocates nothing; O(packet), and O(1) for payloads and for properties and filters that were
    /// received in the same version.
    ///
    /// # Errors
    /// [`EncodeError`] if the packet cannot be written in this version.
    ///
    /// # Examples
    /// ```
    /// use mqtt_core::{Packet, Version};
    /// assert_eq!(Packet::PingReq.encoded_len(Version::V5), Ok(2));
    /// ```
    #[inline]
    pub fn encoded_len(&self, version: Version) -> Result<usize, EncodeError> {
        with_body!(self, body => measure(body, version).map(|sizes| frame_len(sizes.body)))
    }

    /// Writes the packet and gives its length in bytes. If the encoder succeeds, the bytes decode
    /// to an equal packet (by a decoder whose [`Limits`](crate::Limits) admit it).
    ///
    /// # Errors
    /// [`EncodeError`]; then nothing has been written.
    ///
    /// # Examples
    /// ```
    /// use mqtt_core::{Packet, Publish, Version};
    /// let packet = Packet::from(Publish { topic: "a", payload: b"1", ..Publish::default() });
    /// let mut out = Vec::new();
    /// packet.encode(Version::V311, &mut out)?;
    /// assert_eq!(out, b"\x30\x04\0\x01a1");
    /// # Ok::<(), mqtt_core::EncodeError>(())
    /// ```
    ///
    /// # Spec
    /// v5 \[MQTT-1.5.5-1\], \[MQTT-2.2.2-1\]. The short forms of 5.0 are used.
    #[cfg(feature = "alloc")]
    pub fn encode(
        &self,
        version: Version,
        out: &mut impl bytes::BufMut,
    ) -> Result<usize, EncodeError> {
        with_body!(self, body => {
            let sizes = measure(body, version)?;
            let needed = frame_len(sizes.body);
            if out.remaining_mut() < needed {
                return Err(EncodeError::BufferTooSmall { needed });
            }
            // Fields are put together first: each piece that is put into a buffer is a call or two.
            let head_len = needed - self.payload().len();
            let mut head = [0; 256];
            let written = match head.get_mut(..head_len) {
                Some(head) => {
                    let written = write(body, version, &sizes, SliceWriter::new(head)).is_some();
                    out.put_slice(head);
                    written
                }
                None => write(body, version, &sizes, BufWriter(&mut *out)).is_some(),
            };
            debug_assert!(written, "measuring has made sure of the room");
            out.put_slice(self.payload());
            Ok(needed)
        })
    }

    /// Writes the packet to the front of `out` and gives its length in bytes.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    ///
    /// # Examples
    /// ```
    /// use mqtt_core::{Packet, Version};
    /// let mut out = [0; 16];
    /// let len = Packet::PingResp.encode_to_slice(Version::V5, &mut out)?;
    /// assert_eq!(out[..len], [0xD0, 0]);
    /// # Ok::<(), mqtt_core::EncodeError>(())
    /// ```
    // As with `decode`.
    #[inline(always)]
    pub fn encode_to_slice(&self, version: Version, out: &mut [u8]) -> Result<usize, EncodeError> {
        // What a busy connection is made of, apart from the rest: short code in few registers.
        match self {
            Self::Publish(publish) => encode_body(
                &PublishHead { publish, payload_len: publish.payload.len() as u64 },
                version,
                out,
            ),
            Self::PubAck(ack) => encode_body(ack, version, out),
            _ => self.encode_seldom(version, out),
        }
    }

    #[inline(never)]
    fn encode_seldom(&self, version: Version, out: &mut [u8]) -> Result<usize, EncodeError> {
        with_body!(self, body => encode_body(body, version, out))
    }

    /// Measures the packet once, and gives `make` its length in bytes and what writes it to a place of exactly that
    /// length. Of any other place it says false, and writes nothing: a longer one is not filled.
    ///
    /// For bindings, whose memory comes from elsewhere; not part of the interface that versions keep.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    #[doc(hidden)]
    pub fn encode_with<R>(
        &self,
        version: Version,
        make: impl FnOnce(usize, &dyn Fn(&mut [u8]) -> bool) -> R,
    ) -> Result<R, EncodeError> {
        with_body!(self, body => {
            let sizes = measure(body, version)?;
            let needed = frame_len(sizes.body);
            Ok(make(needed, &|out| {
                if out.len() != needed {
                    return false;
                }
                let written = write(body, version, &sizes, SliceWriter::new(out));
                written.and_then(|out| out.bytes(body.payload())).is_some()
            }))
        })
    }

    /// Writes all but the payload of a PUBLISH to the front of `out` and gives the bytes written,
    /// for a vectored write of head and [`payload`](Self::payload) without a copy. Other packets
    /// have no payload and are written whole.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    ///
    /// # Examples
    /// ```
    /// use mqtt_core::{Packet, Publish, Version};
    /// let payload = [7; 100_000];
    /// let packet = Packet::from(Publish { topic: "a/b", payload: &payload, ..Publish::default() });
    /// let mut head = [0; 64];
    /// let len = packet.encode_head(Version::V311, &mut head)?;
    /// // What a vectored write takes.
    /// let slices = [&head[..len], packet.payload()];
    /// assert_eq!(slices.concat().len(), packet.encoded_len(Version::V311)?);
    /// # Ok::<(), mqtt_core::EncodeError>(())
    /// ```
    #[inline]
    pub fn encode_head(&self, version: Version, out: &mut [u8]) -> Result<usize, EncodeError> {
        with_body!(self, body => encode_head(body, self.payload().len(), version, out))
    }

    /// The payload of a PUBLISH; empty for other packets.
    ///
    /// ```
    /// assert_eq!(mqtt_core::Packet::PingReq.payload(), b"");
    /// ```
    #[inline]
    #[must_use]
    pub const fn payload(&self) -> &'a [u8] {
        match self {
            Self::Publish(publish) => publish.payload,
            _ => &[],
        }
    }

    /// The packet made to fit a peer's Maximum Packet Size: without its reason string, and if that
    /// is not enough without its user properties too, where the standard lets a sender leave them
    /// out. A packet that fits is given back as it is. One that does not fit the protocol, as a
    /// whole or with a string of more than 65,535 bytes, is shortened in the same way.
    ///
    /// # Errors
    /// [`EncodeError::PacketTooLarge`] if it still does not fit, and always for an oversized
    /// CONNECT, PUBLISH, SUBSCRIBE or UNSUBSCRIBE, which may not be shortened. Any other error of
    /// [`encode`](Self::encode): of the packet, or of the last shorter form that was tried.
    ///
    /// # Spec
    /// v5 \[MQTT-3.1.2-24\], \[MQTT-3.2.2-19\], \[MQTT-3.4.2-2\] and their like for each packet.
    ///
    /// # Examples
    /// ```
    /// use mqtt_core::{Packet, PacketId, Properties, Property, PubAck, ReasonCode, Version};
    /// let list = [Property::ReasonString("no such topic"), Property::UserProperty("a", "b")];
    /// let packet = Packet::from(PubAck {
    ///     reason: ReasonCode::TOPIC_NAME_INVALID,
    ///     properties: Properties::new(&list),
    ///     ..PubAck::new(PacketId::MIN)
    /// });
    /// let Packet::PubAck(short) = packet.fit(Version::V5, 16)? else { unreachable!() };
    /// assert!(short.properties.iter().eq([list[1]]));
    /// # Ok::<(), mqtt_core::EncodeError>(())
    /// ```
    pub fn fit(self, version: Version, max_packet_size: u32) -> Result<Self, EncodeError> {
        let check = |packet: &Self| match packet.encoded_len(version)? as u64 {
            size if size <= u64::from(max_packet_size) => Ok(()),
            size => Err(EncodeError::PacketTooLarge { size, limit: max_packet_size }),
        };
        let mut fitted = self;
        let mut checked = check(&fitted);
        for omit in [Omit::ReasonString, Omit::ReasonStringAndUserProperties] {
            let Err(EncodeError::PacketTooLarge { .. } | EncodeError::FieldTooLong { .. }) =
                checked
            else {
                break;
            };
            if let Some(shorter) = fitted.omitting(omit) {
                fitted = shorter;
                checked = check(&fitted);
            }
        }
        checked.map(|()| fitted)
    }

    /// The packet with fewer properties, if its sender may leave some out.
    fn omitting(mut self, omit: Omit) -> Option<Self> {
        let properties = match &mut self {
            Self::ConnAck(packet) => &mut packet.properties,
            Self::PubAck(packet) => &mut packet.properties,
            Self::PubRec(packet) => &mut packet.properties,
            Self::PubRel(packet) => &mut packet.properties,
            Self::PubComp(packet) => &mut packet.properties,
            Self::SubAck(packet) => &mut packet.properties,
            Self::UnsubAck(packet) => &mut packet.properties,
            Self::Disconnect(packet) => &mut packet.properties,
            Self::Auth(packet) => &mut packet.properties,
            _ => return None,
        };
        *properties = properties.omitting(omit);
        Some(self)
    }
}

/// Writes all but the payload of a PUBLISH to a place that is large enough.
#[inline(always)]
fn write<P: Put>(body: &impl Body, version: Version, sizes: &Sizes, out: P) -> Option<P> {
    body.write(version, sizes, out.u8(body.first_byte())?.varint(sizes.body)?)
}

/// Writes a packet to the front of `out`; gives the bytes written.
#[inline(always)]
pub(crate) fn encode_body(
    body: &impl Body,
    version: Version,
    out: &mut [u8],
) -> Result<usize, EncodeError> {
    let sizes = measure(body, version)?;
    let needed = frame_len(sizes.body);
    let Some(out) = out.get_mut(..needed) else {
        return Err(EncodeError::BufferTooSmall { needed });
    };
    let written = write(body, version, &sizes, SliceWriter::new(out));
    match written.and_then(|out| out.bytes(body.payload())) {
        Some(_) => Ok(needed),
        // Not so: measuring has made sure of the room.
        None => Err(EncodeError::BufferTooSmall { needed }),
    }
}

/// Writes a packet without its payload of `payload_len` bytes to the front of `out`; gives the bytes
/// written.
#[inline(always)]
pub(crate) fn encode_head(
    body: &impl Body,
    payload_len: usize,
    version: Version,
    out: &mut [u8],
) -> Result<usize, EncodeError> {
    let sizes = measure(body, version)?;
    let needed = frame_len(sizes.body) - payload_len;
    let Some(out) = out.get_mut(..needed) else {
        return Err(EncodeError::BufferTooSmall { needed });
    };
    match write(body, version, &sizes, SliceWriter::new(out)) {
        Some(_) => Ok(needed),
        // Not so: measuring has made sure of the room.
        None => Err(EncodeError::BufferTooSmall { needed }),
    }
}

/// Bytes of a packet with a body of `body` bytes.
#[inline(always)]
const fn frame_len(body: u32) -> usize {
    debug_assert!(body <= VARINT_MAX);
    (1 + varint_len(body) + body) as usize
}
