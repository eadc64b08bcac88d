//! The protocol versions.

use core::fmt;
use core::str::FromStr;

/// A version of the MQTT protocol, as named by the protocol level of CONNECT.
///
/// 3.1 differs from 3.1.1 in a few rules only; 5.0 adds properties, reason codes and AUTH.
///
/// # Spec
/// v3 section 3.1.2.2; v5 section 3.1.2.2.
///
/// # Examples
/// ```
/// use mqtt_core::Version;
/// assert_eq!(Version::from_level(4), Some(Version::V311));
/// assert_eq!(Version::V5.protocol_name(), "MQTT");
/// assert_eq!(Version::V31.to_string(), "3.1");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Version {
    /// MQTT 3.1: protocol name `MQIsdp`, level 3.
    V31 = 3,
    /// MQTT 3.1.1: protocol name `MQTT`, level 4.
    V311 = 4,
    /// MQTT 5.0: protocol name `MQTT`, level 5.
    #[default]
    V5 = 5,
}

impl Version {
    /// The version with this protocol level, if there is one.
    ///
    /// ```
    /// assert_eq!(mqtt_core::Version::from_level(6), None);
    /// ```
    #[must_use]
    pub const fn from_level(level: u8) -> Option<Self> {
        match level {
            3 => Some(Self::V31),
            4 => Some(Self::V311),
            5 => Some(Self::V5),
            _ => None,
        }
    }

    /// The protocol level byte of CONNECT: 3, 4 or 5.
    ///
    /// ```
    /// assert_eq!(mqtt_core::Version::V5.level(), 5);
    /// ```
    #[must_use]
    pub const fn level(self) -> u8 {
        self as u8
    }

    /// The protocol name of CONNECT.
    ///
    /// ```
    /// assert_eq!(mqtt_core::Version::V31.protocol_name(), "MQIsdp");
    /// ```
    #[must_use]
    pub const fn protocol_name(self) -> &'static str {
        match self {
            Self::V31 => "MQIsdp",
            Self::V311 | Self::V5 => "MQTT",
        }
    }

    /// True for 5.0, the only version with properties.
    #[inline]
    pub(crate) const fn is_v5(self) -> bool {
        matches!(self, Self::V5)
    }
}

impl TryFrom<u8> for Version {
    type Error = u8;

    /// The version with this protocol level; the level itself if there is none.
    ///
    /// ```
    /// use mqtt_core::Version;
    /// assert_eq!(Version::try_from(5), Ok(Version::V5));
    /// assert_eq!(Version::try_from(6), Err(6));
    /// ```
    fn try_from(level: u8) -> Result<Self, u8> {
        Self::from_level(level).ok_or(level)
    }
}

impl FromStr for Version {
    type Err = UnknownVersion;

    /// Reads what people write: `3.1`, `3.1.1` and `5.0`, each also without dots, and `5`.
    ///
    /// ```
    /// use mqtt_core::Version;
    /// assert_eq!("3.1.1".parse(), Ok(Version::V311));
    /// assert_eq!("5".parse(), Ok(Version::V5));
    /// assert_eq!("4".parse::<Version>().unwrap_err().to_string(), "not 3.1, 3.1.1 or 5.0");
    /// ```
    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        match text {
            "3.1" | "31" => Ok(Self::V31),
            "3.1.1" | "311" => Ok(Self::V311),
            "5.0" | "50" | "5" => Ok(Self::V5),
            _ => Err(UnknownVersion),
        }
    }
}

/// A text that names no version of the protocol.
///
/// # Examples
/// ```
/// use mqtt_core::{UnknownVersion, Version};
/// assert_eq!("3.2".parse::<Version>(), Err(UnknownVersion));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs)] // there is nothing more to say
pub struct UnknownVersion;

impl fmt::Display for UnknownVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not 3.1, 3.1.1 or 5.0")
    }
}

impl core::error::Error for UnknownVersion {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V31 => "3.1",
            Self::V311 => "3.1.1",
            Self::V5 => "5.0",
        })
    }
}
