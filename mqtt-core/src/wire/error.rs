//! Why a packet is refused, on the way in and on the way out.

use super::rules::{ErrorKind, Rule};
use crate::{PacketType, PropertyId, ReasonCode, Sender, Version};
use core::fmt;

/// What the standard lets a receiver answer to a packet it refuses, before it closes the connection.
///
/// The codec knows one packet and not the connection: where a `DisConnect` may not be sent yet
/// (5.0, before a successful CONNACK), the session closes silently.
///
/// # Examples
/// ```
/// use mqtt_core::{DecodeOptions, ReasonCode, Response, Version, decode};
/// let bytes = [0x30, 0x04, 0x00, 0x01, b'#', 0x00]; // PUBLISH to `#`
/// let error = decode(&bytes, Some(Version::V5), &DecodeOptions::DEFAULT).unwrap_err();
/// assert_eq!(error.response(), Response::Disconnect(ReasonCode::TOPIC_NAME_INVALID));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Response {
    /// A CONNACK with this code (3.x: return code), then close.
    ConnAck(ReasonCode),
    /// A DISCONNECT with this reason code, then close (5.0).
    Disconnect(ReasonCode),
    /// Close without a word.
    Close,
}

/// Bytes that are not a legal packet: what, where, and which rule.
///
/// Eight bytes, `Copy`, no allocation. `decode` has consumed nothing when it returns one; the decoders
/// of streams have taken what came before the fault, and go no further.
///
/// # Examples
/// ```
/// use mqtt_core::{DecodeOptions, ErrorKind, PacketType, Version, decode};
/// let bytes = [0x82, 0x07, 0x00, 0x01, 0x00, 0x00, 0x01, b'a', 0x03]; // SUBSCRIBE, QoS 3
/// let error = decode(&bytes, Some(Version::V5), &DecodeOptions::DEFAULT).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::SubscriptionQos);
/// assert_eq!(error.offset(), 8);
/// assert_eq!(error.packet(), Some(PacketType::Subscribe));
/// assert_eq!(
///     error.to_string(),
///     "SUBSCRIBE: subscription QoS 3 at byte 8 (MQTT 5.0 section 3.8.3.1)",
/// );
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DecodeError {
    pub(crate) offset: u32,
    pub(crate) kind: ErrorKind,
    pub(crate) packet: Option<PacketType>,
    pub(crate) origin: Origin,
    pub(crate) property: Option<PropertyId>,
}

/// What was known of a packet besides its type, in one byte: the version it was judged by in the
/// lower half, its sender in the upper half, 0 for what was not known.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Origin(u8);

impl Origin {
    const CLIENT: u8 = 0x10;
    const SERVER: u8 = 0x20;

    #[inline]
    pub(crate) const fn new(version: Option<Version>, sender: Option<Sender>) -> Self {
        let version = match version {
            Some(version) => version.level(),
            None => 0,
        };
        Self(version).sent_by(sender)
    }

    const fn sent_by(self, sender: Option<Sender>) -> Self {
        let version = self.0 & 0x0F;
        Self(match sender {
            Some(Sender::Client) => version | Self::CLIENT,
            Some(Sender::Server) => version | Self::SERVER,
            None => version,
        })
    }

    const fn version(self) -> Option<Version> {
        Version::from_level(self.0 & 0x0F)
    }

    const fn sender(self) -> Option<Sender> {
        match self.0 & 0xF0 {
            Self::CLIENT => Some(Sender::Client),
            Self::SERVER => Some(Sender::Server),
            _ => None,
        }
    }
}

impl DecodeError {
    /// What is wrong.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let error = decode(&[0x00], Some(Version::V5), &DecodeOptions::DEFAULT).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::PacketTypeReserved);
    /// ```
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where, in bytes from the first byte of the packet.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let error = decode(&[0xC0, 1, 9], Some(Version::V5), &DecodeOptions::DEFAULT).unwrap_err();
    /// assert_eq!(error.offset(), 2); // PINGREQ has no body
    /// ```
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset as usize
    }

    /// The type of the packet, where its first byte names one.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let error = decode(&[0x0F], Some(Version::V5), &DecodeOptions::DEFAULT).unwrap_err();
    /// assert_eq!(error.packet(), None);
    /// ```
    #[must_use]
    pub const fn packet(&self) -> Option<PacketType> {
        self.packet
    }

    /// The version the packet was judged by, if it was known.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let error = decode(&[0xC0], None, &DecodeOptions::DEFAULT).unwrap_err();
    /// assert_eq!(error.version(), None);
    /// ```
    #[must_use]
    pub const fn version(&self) -> Option<Version> {
        self.origin.version()
    }

    /// The property at fault, if it is one.
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let bytes = [0x30, 0x07, 0x00, 0x01, b'a', 0x03, 0x23, 0x00, 0x00];
    /// let error = decode(&bytes, Some(Version::V5), &DecodeOptions::DEFAULT).unwrap_err();
    /// assert_eq!(error.property(), Some(PropertyId::TopicAlias));
    /// ```
    #[must_use]
    pub const fn property(&self) -> Option<PropertyId> {
        self.property
    }

    /// The statement of the standard that is broken: `MQTT-` and its number, or the section where
    /// the rule has no number.
    ///
    /// In 3.1 it is that of 3.1.1; a section of 3.1 itself where 3.1.1 has another rule. Where a rule
    /// is stated for each side, the sender decides; of a packet that both sides send, this is only
    /// known from [`DecodeOptions::sender`](crate::DecodeOptions::sender).
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let error = decode(&[0x36], Some(Version::V311), &DecodeOptions::DEFAULT).unwrap_err();
    /// assert_eq!(error.statement(), "MQTT-3.3.1-4"); // QoS 3
    /// ```
    #[must_use]
    pub fn statement(&self) -> &'static str {
        self.rule().statement(self.version())
    }

    /// The reason code of 5.0 for this fault, whatever version the peer speaks: for logs and
    /// counters. What may be sent is [`response`](Self::response).
    ///
    /// ```
    /// # use mqtt_core::*;
    /// let error = decode(&[0x36], Some(Version::V311), &DecodeOptions::DEFAULT).unwrap_err();
    /// assert_eq!(error.reason_code(), ReasonCode::MALFORMED_PACKET);
    /// assert_eq!(error.response(), Response::Close);
    /// ```
    #[must_use]
    pub fn reason_code(&self) -> ReasonCode {
        self.rule().reason
    }

    fn rule(&self) -> &'static Rule {
        Rule::of(self.kind, self.packet, self.origin.sender())
    }

    /// The same fault in a packet of this sender.
    pub(crate) const fn sent_by(mut self, sender: Option<Sender>) -> Self {
        self.origin = self.origin.sent_by(sender);
        self
    }

    /// The same fault in a packet of this version.
    #[cfg(feature = "alloc")]
    pub(crate) const fn of_version(mut self, version: Version) -> Self {
        self.origin = Origin::new(Some(version), self.origin.sender());
        self
    }

    /// What to send before closing.
    ///
    /// A CONNECT of an unknown level is answered in the form of 3.1.1, which asks for that; 5.0 does not.
    ///
    /// # Spec
    /// v5 section 4.13.1 and \[MQTT-3.1.2-1\], \[MQTT-3.1.4-1\]; v3 \[MQTT-3.1.4-1\],
    /// \[MQTT-3.1.2-2\], \[MQTT-3.1.3-8\], \[MQTT-4.8.0-1\].
    ///
    /// ```
    /// # use mqtt_core::*;
    /// // CONNECT of level 3 under the name of 3.1.1: answered in the form of 3.1.1.
    /// let bytes = [0x10, 0x0C, 0, 4, b'M', b'Q', b'T', b'T', 3, 2, 0, 0, 0, 0];
    /// let error = decode(&bytes, None, &DecodeOptions::DEFAULT).unwrap_err();
    /// assert_eq!(
    ///     error.response(),
    ///     Response::ConnAck(ReasonCode::V3_UNACCEPTABLE_PROTOCOL_VERSION),
    /// );
    /// ```
    #[must_use]
    pub fn response(&self) -> Response {
        let v3 = match self.version() {
            None => return Response::Close,
            Some(version) => !version.is_v5(),
        };
        match (self.packet, self.kind) {
            (Some(PacketType::Connect), kind) if v3 => match kind {
                ErrorKind::ProtocolLevel => {
                    Response::ConnAck(ReasonCode::V3_UNACCEPTABLE_PROTOCOL_VERSION)
                }
                ErrorKind::ClientIdEmpty | ErrorKind::ClientIdTooLong => {
                    Response::ConnAck(ReasonCode::V3_IDENTIFIER_REJECTED)
                }
                _ => Response::Close,
            },
            _ if v3 => Response::Close,
            (Some(PacketType::Connect), _) => Response::ConnAck(self.reason_code()),
            _ => Response::Disconnect(self.reason_code()),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(packet) = self.packet {
            write!(f, "{packet}: ")?;
        }
        if let Some(property) = self.property {
            write!(f, "{property}: ")?;
        }
        write!(f, "{} at byte {} (", self.kind, self.offset)?;
        if let Some(version) = self.version() {
            write!(f, "MQTT {version} ")?;
        }
        write!(f, "{})", self.statement())
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

impl core::error::Error for DecodeError {}

/// A packet that cannot be written as asked. Nothing has been written when an encoder returns it.
///
/// # Examples
/// ```
/// use mqtt_core::{EncodeError, ErrorKind, Packet, Publish, Version};
/// let packet = Packet::from(Publish { topic: "a/#", ..Publish::default() });
/// let error = packet.encoded_len(Version::V5).unwrap_err();
/// assert!(matches!(error, EncodeError::Invalid { kind: ErrorKind::TopicWildcard, .. }));
///
/// let packet = Packet::from(Publish { topic: "a", ..Publish::default() });
/// let error = packet.encode_to_slice(Version::V5, &mut [0; 3]).unwrap_err();
/// assert_eq!(error, EncodeError::BufferTooSmall { needed: 6 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodeError {
    /// The buffer has no room for `needed` bytes.
    BufferTooSmall {
        /// Bytes that would have been written.
        needed: usize,
    },
    /// The packet is larger than the protocol, or the peer's Maximum Packet Size, allows.
    PacketTooLarge {
        /// Size of the packet in bytes; `u64` because a caller's lists can exceed 4 GiB.
        size: u64,
        /// The limit in bytes.
        limit: u32,
    },
    /// A string or binary field has more than 65,535 bytes.
    FieldTooLong {
        /// The packet.
        packet: PacketType,
        /// The property it is a field of, if it is one.
        property: Option<PropertyId>,
        /// Its length in bytes.
        len: usize,
    },
    /// The parts of a streamed payload do not add up to the length that was announced.
    PayloadLength {
        /// Bytes still to come.
        remaining: u32,
        /// Bytes that came.
        given: usize,
    },
    /// The packet, or a field of it that is set, does not exist in this version.
    NotInVersion {
        /// The packet.
        packet: PacketType,
        /// The version it was to be written in.
        version: Version,
    },
    /// The packet would break a rule, so that a receiver would refuse it.
    Invalid {
        /// The rule.
        kind: ErrorKind,
        /// The packet.
        packet: PacketType,
        /// The property at fault, if it is one.
        property: Option<PropertyId>,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::BufferTooSmall { needed } => write!(f, "buffer has no room for {needed} bytes"),
            Self::PacketTooLarge { size, limit } => {
                write!(f, "packet of {size} bytes is larger than the limit of {limit}")
            }
            Self::FieldTooLong { packet, property, len } => {
                write!(f, "{packet}: ")?;
                if let Some(property) = property {
                    write!(f, "{property}: ")?;
                }
                write!(f, "field of {len} bytes, at most 65535 are allowed")
            }
            Self::PayloadLength { remaining, given } => {
                write!(f, "payload part of {given} bytes where {remaining} are announced")
            }
            Self::NotInVersion { packet, version } => {
                write!(f, "{packet}: packet or field does not exist in MQTT {version}")
            }
            Self::Invalid { kind, packet, property: Some(property) } => {
                write!(f, "{packet}: {property}: {kind}")
            }
            Self::Invalid { kind, packet, property: None } => write!(f, "{packet}: {kind}"),
        }
    }
}

impl core::error::Error for EncodeError {}
