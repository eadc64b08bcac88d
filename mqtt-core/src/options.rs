//! What a decoder is told besides the bytes.

use crate::{Limits, Strictness};

/// The side of a connection that sent a packet.
///
/// A few rules depend on it: which packet types, reason codes and properties are legal.
///
/// # Examples
/// ```
/// use mqtt_core::{DecodeOptions, ErrorKind, Sender, Version, decode};
/// let from_server = DecodeOptions { sender: Some(Sender::Server), ..DecodeOptions::DEFAULT };
/// let error = decode(&[0xC0, 0x00], Some(Version::V5), &from_server).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::PacketDirection); // only clients send PINGREQ
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// The side that sent CONNECT.
    Client,
    /// The side that sent CONNACK.
    Server,
}

/// How to judge received packets: limits, switches, and who sent them.
///
/// # Examples
/// ```
/// use mqtt_core::{DecodeOptions, Limits};
/// let options = DecodeOptions {
///     limits: Limits { max_packet_size: 128 * 1024, ..Limits::DEFAULT },
///     ..DecodeOptions::DEFAULT
/// };
/// assert_eq!(options.sender, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DecodeOptions {
    /// Bounds on packets.
    pub limits: Limits,
    /// Named deviations.
    pub strictness: Strictness,
    /// Who sent the bytes, if known. `None` (the default) skips the rules that depend on it.
    pub sender: Option<Sender>,
}

impl DecodeOptions {
    /// Default limits and strictness, unknown sender, as a constant.
    pub const DEFAULT: Self =
        Self { limits: Limits::DEFAULT, strictness: Strictness::DEFAULT, sender: None };
}
