//! Values with bounds and names of their own. One that exists is a good one.

use core::fmt;
use core::time::Duration;
use mqtt_core::{QoS, ShareStrategy, SlowConsumer};
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::{Deserialize, de};
use tracing::Level;

/// A number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number<const MIN: u64, const MAX: u64>(u64);

/// How many, or how many bytes; none at all is possible.
pub(crate) type Count = Number<0, { i64::MAX as u64 }>;
/// The same, one at least.
pub(crate) type Positive = Number<1, { i64::MAX as u64 }>;
/// Seconds; 0 is for none.
pub(crate) type Seconds = Number<0, { u32::MAX as u64 }>;

impl<'de, const MIN: u64, const MAX: u64> Deserialize<'de> for Number<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Expected<const MIN: u64, const MAX: u64>;
        impl<const MIN: u64, const MAX: u64> Visitor<'_> for Expected<MIN, MAX> {
            type Value = u64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match MAX {
                    _ if MAX == i64::MAX as u64 => write!(f, "a number, {MIN} or more"),
                    _ => write!(f, "a number from {MIN} to {MAX}"),
                }
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<u64, E> {
                let found = u64::try_from(number).ok();
                let found = found.filter(|number| (MIN..=MAX).contains(number));
                found.ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
            }
        }
        from.deserialize_i64(Expected::<MIN, MAX>).map(Self)
    }
}

macro_rules! number_into {
    ($($kind:ty)*) => {$(
        /// The most, if it is more.
        impl<const MIN: u64, const MAX: u64> From<Number<MIN, MAX>> for $kind {
            fn from(number: Number<MIN, MAX>) -> Self {
                Self::try_from(number.0).unwrap_or(Self::MAX)
            }
        }
    )*};
}
number_into!(u16 u32 usize);

impl<const MIN: u64, const MAX: u64> From<Number<MIN, MAX>> for QoS {
    fn from(number: Number<MIN, MAX>) -> Self {
        match number.0 {
            0 => Self::AtMostOnce,
            1 => Self::AtLeastOnce,
            _ => Self::ExactlyOnce,
        }
    }
}

impl<const MIN: u64, const MAX: u64> From<Number<MIN, MAX>> for Duration {
    fn from(number: Number<MIN, MAX>) -> Self {
        Self::from_secs(number.0)
    }
}

/// Milliseconds, up to a minute.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Millis(Number<0, 60_000>);

impl From<Millis> for Duration {
    fn from(millis: Millis) -> Self {
        Self::from_millis(millis.0.0)
    }
}

/// 0 is for none.
impl<const MIN: u64, const MAX: u64> From<Number<MIN, MAX>> for Option<Duration> {
    fn from(number: Number<MIN, MAX>) -> Self {
        (number.0 > 0).then(|| number.into())
    }
}

/// 0 is for none.
impl<const MIN: u64, const MAX: u64> From<Number<MIN, MAX>> for Option<u16> {
    fn from(number: Number<MIN, MAX>) -> Self {
        (number.0 > 0).then(|| number.into())
    }
}

/// Which member of a shared subscription gets a message.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Share {
    RoundRobin,
    Sticky,
}

impl From<Share> for ShareStrategy {
    fn from(share: Share) -> Self {
        match share {
            Share::RoundRobin => Self::RoundRobin,
            Share::Sticky => Self::Sticky,
        }
    }
}

/// What becomes of a client that takes less than it gets.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Slow {
    Drop,
    Disconnect,
}

impl From<Slow> for SlowConsumer {
    fn from(slow: Slow) -> Self {
        match slow {
            Slow::Drop => Self::Drop,
            Slow::Disconnect => Self::Disconnect,
        }
    }
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) level: Level,
    pub(crate) format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: Level::INFO, format: LogFormat::Text }
    }
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// The least that is worth being logged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogLevel(pub(crate) Level);

impl<'de> Deserialize<'de> for LogLevel {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        level(&name).map(Self).map_err(de::Error::custom)
    }
}

/// The level of this name.
pub(crate) fn level(name: &str) -> Result<Level, String> {
    let levels = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];
    let found = levels.into_iter().find(|level| level.as_str().to_lowercase() == name);
    found.ok_or_else(|| format!("{name:?} is not error, warn, info, debug or trace"))
}
