//! Topic names.

use super::error::MAX_LEN;
use super::{Levels, TopicError, check, literal};
use crate::ErrorKind;
use crate::wire::utf8;
use core::borrow::Borrow;
use core::fmt;

/// A topic name: what a message is published to.
///
/// 1 to 65,535 bytes without U+0000, `+` and `#`. Levels are not limited, see
/// [`Limits::max_topic_levels`](crate::Limits::max_topic_levels) for packets. Equality, order and hash
/// are those of the text, byte by byte.
///
/// # Spec
/// v3 \[MQTT-4.7.1-1\], \[MQTT-4.7.3-1\], \[MQTT-4.7.3-2\], \[MQTT-4.7.3-3\]; v5 \[MQTT-4.7.0-1\],
/// \[MQTT-4.7.3-1\], \[MQTT-4.7.3-2\], \[MQTT-4.7.3-3\].
///
/// # Examples
/// ```
/// use mqtt_core::TopicName;
/// const STATE: TopicName<'_> = TopicName::from_static("site/7/state");
/// assert_eq!(TopicName::new("site/7/state"), Ok(STATE));
/// assert!(TopicName::new("site/+/state").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName<'a>(&'a str);

impl<'a> TopicName<'a> {
    /// The topic name with a text that has been found to be one.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) const fn trusted(text: &'a str) -> Self {
        Self(text)
    }

    /// The topic name with this text. O(bytes), sixteen at a time.
    ///
    /// # Errors
    /// - [`TopicError::TooLong`] above 65,535 bytes.
    /// - [`ErrorKind::TopicEmpty`], [`ErrorKind::Nul`], [`ErrorKind::TopicWildcard`].
    ///
    /// # Spec
    /// As for [the type](Self).
    ///
    /// ```
    /// use mqtt_core::TopicName;
    /// assert_eq!(TopicName::new("a/b")?.as_str(), "a/b");
    /// assert_eq!(TopicName::new("a/b#").unwrap_err().offset(), 3);
    /// # Ok::<(), mqtt_core::TopicError>(())
    /// ```
    #[inline]
    pub fn new(text: &'a str) -> Result<Self, TopicError> {
        let fault = if text.len() > MAX_LEN {
            return Err(TopicError::TooLong { len: text.len() });
        } else if text.is_empty() {
            ErrorKind::TopicEmpty
        } else {
            match check::check_name(text, ErrorKind::TopicWildcard) {
                Ok(()) => return Ok(Self(text)),
                Err(kind) => kind,
            }
        };
        Err(TopicError::Invalid { kind: fault, offset: offset(text, fault) })
    }

    /// The topic name with this text, for constants: judged when compiled.
    ///
    /// # Panics
    /// If [`new`](Self::new) would refuse it; in a constant, this is an error of the compiler.
    ///
    /// ```
    /// use mqtt_core::TopicName;
    /// const STATE: TopicName<'_> = TopicName::from_static("site/7/state");
    /// assert_eq!(STATE.level_count(), 3);
    /// ```
    ///
    /// ```compile_fail,E0080
    /// use mqtt_core::TopicName;
    /// const STATE: TopicName<'_> = TopicName::from_static("site/+/state");
    /// # fn main() { let _ = STATE; }
    /// ```
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        match literal::check_name(text.as_bytes()) {
            Ok(()) => Self(text),
            Err(error) => literal::refuse(error),
        }
    }

    /// The text.
    ///
    /// ```
    /// # use mqtt_core::TopicName;
    /// assert_eq!(TopicName::from_static("a/b").as_str(), "a/b");
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.0
    }

    /// The levels, empty ones too.
    ///
    /// ```
    /// # use mqtt_core::TopicName;
    /// assert!(TopicName::from_static("a//b").levels().eq(["a", "", "b"]));
    /// ```
    #[inline]
    #[must_use]
    pub fn levels(&self) -> Levels<'a> {
        Levels::new(self.0)
    }

    /// How many levels there are: one more than slashes. O(bytes).
    ///
    /// ```
    /// # use mqtt_core::TopicName;
    /// assert_eq!(TopicName::from_static("/").level_count(), 2);
    /// ```
    #[must_use]
    pub fn level_count(&self) -> usize {
        check::level_count(self.0.as_bytes())
    }

    /// True if the first character is `$`. Filters that begin with a wildcard do not match such
    /// names, which servers use for their own purposes.
    ///
    /// # Spec
    /// v3 \[MQTT-4.7.2-1\]; v5 \[MQTT-4.7.2-1\].
    ///
    /// ```
    /// # use mqtt_core::TopicName;
    /// assert!(TopicName::from_static("$SYS/uptime").starts_with_dollar());
    /// assert!(!TopicName::from_static("a/$SYS").starts_with_dollar());
    /// ```
    #[inline]
    #[must_use]
    pub const fn starts_with_dollar(&self) -> bool {
        matches!(self.0.as_bytes(), [b'$', ..])
    }
}

/// Where this fault is in a text that has it.
#[cold]
fn offset(text: &str, kind: ErrorKind) -> usize {
    match kind {
        ErrorKind::Nul => utf8::position(text, &['\0']),
        ErrorKind::TopicWildcard => utf8::position(text, &['+', '#']),
        _ => 0,
    }
}

impl fmt::Display for TopicName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl fmt::Debug for TopicName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TopicName({:?})", self.0)
    }
}

impl AsRef<str> for TopicName<'_> {
    fn as_ref(&self) -> &str {
        self.0
    }
}

/// Maps with names as keys can be asked for a text.
impl Borrow<str> for TopicName<'_> {
    fn borrow(&self) -> &str {
        self.0
    }
}

impl<'a> From<TopicName<'a>> for &'a str {
    fn from(name: TopicName<'a>) -> Self {
        name.0
    }
}

impl<'a> TryFrom<&'a str> for TopicName<'a> {
    type Error = TopicError;

    fn try_from(text: &'a str) -> Result<Self, TopicError> {
        Self::new(text)
    }
}
