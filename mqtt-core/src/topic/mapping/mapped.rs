//! A text as it is called on the other side.

use crate::EncodeError;
use core::fmt;

/// What a text is called on the other side: borrowed, written when it is used.
///
/// Prints itself; compares with `str`; with the `alloc` feature, `String::from` allocates once.
///
/// # Examples
/// ```
/// use mqtt_core::{TopicName, mapping};
/// let key = mapping::name_to_routing_key(TopicName::new("sensors/temperature")?)?;
/// assert_eq!(key, "sensors.temperature");
/// assert_eq!(format!("to {key}"), "to sensors.temperature");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Mapped<'a> {
    /// What comes first; empty if there is only the text.
    exchange: &'a str,
    /// What is to be mapped.
    text: &'a str,
    to: To,
}

/// The side that a text is mapped to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    /// `/` becomes `.`, a level `+` becomes a word `*`.
    Words,
    /// `.` becomes `/`, a word `*` becomes a level `+`.
    Levels,
}

impl<'a> Mapped<'a> {
    pub(super) const fn words(text: &'a str) -> Self {
        Self { exchange: "", text, to: To::Words }
    }

    pub(super) const fn levels(text: &'a str) -> Self {
        Self { exchange: "", text, to: To::Levels }
    }

    /// The same with an exchange as the first level.
    pub(super) const fn behind(self, exchange: &'a str) -> Self {
        Self { exchange, ..self }
    }

    /// Length in bytes. O(1).
    ///
    /// ```
    /// # use mqtt_core::mapping;
    /// assert_eq!(mapping::exchange_to_name("a", "b.c").unwrap().len(), 5);
    /// ```
    #[must_use]
    pub const fn len(&self) -> usize {
        let slash = !self.exchange.is_empty() && !self.text.is_empty();
        self.exchange.len() + slash as usize + self.text.len()
    }

    /// True for the routing key of a topic that is the exchange alone.
    ///
    /// ```
    /// # use mqtt_core::{TopicName, mapping};
    /// let (_, key) = mapping::name_to_exchange(TopicName::from_static("orders")).unwrap();
    /// assert!(key.is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the text to the front of `out` and gives it. Allocates nothing.
    ///
    /// # Errors
    /// [`EncodeError::BufferTooSmall`] if `out` has less than [`len`](Self::len) bytes; nothing is
    /// written.
    ///
    /// ```
    /// # use mqtt_core::{TopicName, mapping};
    /// let key = mapping::name_to_routing_key(TopicName::from_static("a/b")).unwrap();
    /// assert_eq!(key.write_to_slice(&mut [0; 255]), Ok("a.b"));
    /// assert!(key.write_to_slice(&mut [0; 2]).is_err());
    /// ```
    pub fn write_to_slice<'b>(&self, out: &'b mut [u8]) -> Result<&'b str, EncodeError> {
        let too_small = EncodeError::BufferTooSmall { needed: self.len() };
        let out = out.get_mut(..self.len()).ok_or(too_small)?;
        let mut at = 0;
        self.each(|piece| {
            let end = at + piece.len();
            out.get_mut(at..end).ok_or(too_small)?.copy_from_slice(piece.as_bytes());
            at = end;
            Ok(())
        })?;
        // Whole pieces of text are text.
        core::str::from_utf8(out).map_err(|_| too_small)
    }

    /// Hands out the text piece by piece.
    fn each<E>(&self, mut take: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        let (from, to, wildcard, other) = match self.to {
            To::Words => ('/', ".", "+", "*"),
            To::Levels => ('.', "/", "*", "+"),
        };
        if !self.exchange.is_empty() {
            take(self.exchange)?;
            if self.text.is_empty() {
                return Ok(());
            }
            take("/")?;
        }
        for (index, part) in self.text.split(from).enumerate() {
            if index > 0 {
                take(to)?;
            }
            take(if part == wildcard { other } else { part })?;
        }
        Ok(())
    }
}

impl fmt::Display for Mapped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.each(|piece| f.write_str(piece))
    }
}

impl fmt::Debug for Mapped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mapped({self})")
    }
}

impl PartialEq<str> for Mapped<'_> {
    fn eq(&self, text: &str) -> bool {
        let mut rest = text;
        let is_start = self.each(|piece| {
            rest = rest.strip_prefix(piece).ok_or(())?;
            Ok::<(), ()>(())
        });
        is_start.is_ok() && rest.is_empty()
    }
}

impl PartialEq<&str> for Mapped<'_> {
    fn eq(&self, text: &&str) -> bool {
        *self == **text
    }
}

/// Allocates once.
#[cfg(feature = "alloc")]
impl From<Mapped<'_>> for alloc::string::String {
    fn from(mapped: Mapped<'_>) -> Self {
        let mut text = Self::with_capacity(mapped.len());
        let Ok(()) = mapped.each(|piece| {
            text.push_str(piece);
            Ok::<(), core::convert::Infallible>(())
        });
        text
    }
}
