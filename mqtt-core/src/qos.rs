//! Quality of service and packet identifiers.

use core::{fmt, num::NonZeroU16};

/// Quality of service: how often a message may arrive.
///
/// # Spec
/// v3, v5 section 4.3. The value 3 is never legal (\[MQTT-3.3.1-4\]).
///
/// # Examples
/// ```
/// use mqtt_core::QoS;
/// assert_eq!(QoS::try_from(1), Ok(QoS::AtLeastOnce));
/// assert_eq!(QoS::try_from(3), Err(3));
/// assert!(QoS::AtMostOnce < QoS::ExactlyOnce);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum QoS {
    /// QoS 0: fire and forget.
    #[default]
    AtMostOnce = 0,
    /// QoS 1: acknowledged, duplicates possible.
    AtLeastOnce = 1,
    /// QoS 2: acknowledged twice, no duplicates.
    ExactlyOnce = 2,
}

impl QoS {
    /// The QoS in the two lowest bits of `bits`; `None` for 3.
    #[inline]
    pub(crate) const fn from_bits(bits: u8) -> Option<Self> {
        match bits & 3 {
            0 => Some(Self::AtMostOnce),
            1 => Some(Self::AtLeastOnce),
            2 => Some(Self::ExactlyOnce),
            _ => None,
        }
    }
}

impl TryFrom<u8> for QoS {
    type Error = u8;

    /// The QoS with this number; the number itself if it is above 2.
    ///
    /// ```
    /// use mqtt_core::QoS;
    /// assert_eq!(QoS::try_from(2), Ok(QoS::ExactlyOnce));
    /// assert_eq!(QoS::try_from(4), Err(4));
    /// ```
    fn try_from(value: u8) -> Result<Self, u8> {
        if value > 2 { Err(value) } else { Self::from_bits(value).ok_or(value) }
    }
}

impl fmt::Display for QoS {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", *self as u8)
    }
}

/// A packet identifier: 1 to 65,535.
///
/// # Spec
/// v3 section 2.3.1; v5 section 2.2.1. Zero is never legal.
///
/// # Examples
/// ```
/// use mqtt_core::PacketId;
/// assert_eq!(PacketId::new(7).map(PacketId::get), Some(7));
/// assert_eq!(PacketId::new(0), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct PacketId(NonZeroU16);

impl PacketId {
    /// The smallest identifier, 1.
    pub const MIN: Self = Self(NonZeroU16::MIN);
    /// The largest identifier, 65,535.
    pub const MAX: Self = Self(NonZeroU16::MAX);

    /// The identifier with this number; `None` for 0.
    ///
    /// ```
    /// assert!(mqtt_core::PacketId::new(0).is_none());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new(value: u16) -> Option<Self> {
        match NonZeroU16::new(value) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// The number.
    ///
    /// ```
    /// assert_eq!(mqtt_core::PacketId::MAX.get(), 65_535);
    /// ```
    #[inline]
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

impl From<NonZeroU16> for PacketId {
    fn from(value: NonZeroU16) -> Self {
        Self(value)
    }
}

impl TryFrom<u16> for PacketId {
    type Error = u16;

    /// The identifier with this number; the number itself if it is 0.
    ///
    /// ```
    /// use mqtt_core::PacketId;
    /// assert_eq!(PacketId::try_from(7).map(PacketId::get), Ok(7));
    /// assert_eq!(PacketId::try_from(0), Err(0));
    /// ```
    fn try_from(value: u16) -> Result<Self, u16> {
        Self::new(value).ok_or(value)
    }
}

impl From<PacketId> for u16 {
    fn from(id: PacketId) -> Self {
        id.get()
    }
}

impl fmt::Display for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
