//! Why a text is no topic name or no topic filter.

use super::check::FilterFault;
use crate::wire::rules::Rule;
use crate::{ErrorKind, Version};
use core::fmt;

/// Most bytes of a topic name or topic filter: those of any string.
///
/// # Spec
/// v3 \[MQTT-4.7.3-3\]; v5 \[MQTT-4.7.3-3\].
pub(super) const MAX_LEN: usize = 65_535;

/// A text that is no topic name or no topic filter: what, and where.
///
/// `Copy`, no allocation.
///
/// # Examples
/// ```
/// use mqtt_core::{ErrorKind, TopicError, TopicFilter, Version};
/// let error = TopicFilter::new("a/#/b").unwrap_err();
/// assert_eq!(error, TopicError::Invalid { kind: ErrorKind::FilterMultiLevel, offset: 2 });
/// assert_eq!(error.statement(Version::V5), Some("MQTT-4.7.1-1"));
/// assert_eq!(error.to_string(), "# is not the last level of the topic filter at byte 2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TopicError {
    /// More than 65,535 bytes. The text was not looked at further.
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// A rule for names or filters is broken.
    Invalid {
        /// The rule.
        kind: ErrorKind,
        /// The byte at which it is broken; 0 if it is about the text as a whole.
        offset: usize,
    },
}

impl TopicError {
    /// The rule that is broken; `None` for a text that is too long, which no packet can carry.
    ///
    /// ```
    /// use mqtt_core::{ErrorKind, TopicName};
    /// let error = TopicName::new("a/+").unwrap_err();
    /// assert_eq!(error.kind(), Some(ErrorKind::TopicWildcard));
    /// ```
    #[must_use]
    pub const fn kind(&self) -> Option<ErrorKind> {
        match *self {
            Self::TooLong { .. } => None,
            Self::Invalid { kind, .. } => Some(kind),
        }
    }

    /// The byte at which the rule is broken: 65,535 in a text that is too long, 0 if the fault is the
    /// text as a whole.
    ///
    /// ```
    /// assert_eq!(mqtt_core::TopicName::new("a/+").unwrap_err().offset(), 2);
    /// ```
    #[must_use]
    pub const fn offset(&self) -> usize {
        match *self {
            Self::TooLong { .. } => MAX_LEN,
            Self::Invalid { offset, .. } => offset,
        }
    }

    /// The statement of the standard that is broken: `MQTT-` and its number, in the count of this
    /// version; `None` where the version has no such rule.
    ///
    /// ```
    /// use mqtt_core::{TopicFilter, TopicName, Version};
    /// let wildcard = TopicName::new("a/+").unwrap_err();
    /// assert_eq!(wildcard.statement(Version::V5), Some("MQTT-4.7.0-1"));
    /// assert_eq!(wildcard.statement(Version::V311), Some("MQTT-4.7.1-1"));
    /// let share = TopicFilter::new("$share//a").unwrap_err();
    /// assert_eq!(share.statement(Version::V311), None);
    /// ```
    #[must_use]
    pub fn statement(&self, version: Version) -> Option<&'static str> {
        let statement = match *self {
            Self::TooLong { .. } => "MQTT-4.7.3-3",
            // Of packets, the rule for all strings is named.
            Self::Invalid { kind: ErrorKind::Nul, .. } => "MQTT-4.7.3-2",
            Self::Invalid { kind, .. } => Rule::of(kind, None, None).statement(Some(version)),
        };
        (statement != "-").then_some(statement)
    }
}

impl From<FilterFault> for TopicError {
    fn from(fault: FilterFault) -> Self {
        Self::Invalid { kind: fault.kind, offset: fault.at.unwrap_or(0) }
    }
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TooLong { len } => {
                write!(f, "topic of {len} bytes, at most {MAX_LEN} are allowed")
            }
            Self::Invalid { kind, offset } => write!(f, "{kind} at byte {offset}"),
        }
    }
}

impl core::error::Error for TopicError {}
