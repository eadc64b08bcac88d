//! Lists inside packets: checked once, read lazily.

use crate::Version;
use crate::wire::cursor::{array_at, field_at};
use crate::wire::utf8;
use ascii::{AsAsciiStr, AsciiChar, AsciiStr};
use core::hash::{Hash, Hasher};
use core::iter::FusedIterator;
use core::{fmt, slice};

/// What can be in a list. Sealed: the lists of the standard are all there are.
#[allow(unnameable_types)] // sealed
pub trait Item<'a>: Copy + PartialEq + Hash + fmt::Debug {
    /// Reads an item that has been checked before.
    #[doc(hidden)]
    fn read(checked: &mut Checked<'a>) -> Option<Self>;
}

/// Wire bytes that have been checked, and a place in them.
#[allow(unnameable_types)] // part of a sealed trait
#[derive(Clone, Copy)]
pub struct Checked<'a> {
    wire: &'a [u8],
    /// The same, if it is known to be ASCII as a whole.
    ascii: &'a [AsciiChar],
    at: u32,
}

impl<'a> Checked<'a> {
    /// Bytes left.
    #[inline]
    const fn len(&self) -> usize {
        self.wire.len().saturating_sub(self.at as usize)
    }

    #[inline(always)]
    pub(crate) fn u8(&mut self) -> Option<u8> {
        let byte = *self.wire.get(self.at as usize)?;
        self.at += 1;
        Some(byte)
    }

    /// A string, and the `N` bytes behind it.
    #[inline(always)]
    pub(crate) fn str<const N: usize>(&mut self) -> Option<(&'a str, [u8; N])> {
        let start = self.at as usize + 2;
        let Some(&[high, low]) = self.ascii.get(self.at as usize..start) else {
            if self.len() == 0 {
                return None;
            }
            let (item, rest) = self.other_str()?;
            *self = rest;
            return Some(item);
        };
        let len = usize::from(u16::from_be_bytes([high.as_byte(), low.as_byte()]));
        let end = start + len + N;
        let (text, behind) = self.ascii.get(start..end)?.split_at_checked(len)?;
        self.at = end as u32;
        let behind = behind.first_chunk::<N>()?.map(AsciiChar::as_byte);
        Some((<&AsciiStr>::from(text).as_str(), behind))
    }

    /// The same where not all is ASCII, and the place behind it. By value, as in `PropertyIter`.
    #[cold]
    fn other_str<const N: usize>(mut self) -> Option<((&'a str, [u8; N]), Self)> {
        let (bytes, end) = field_at(self.wire, self.at)?;
        let behind = *array_at(self.wire, end)?;
        self.at = end + N as u32;
        Some(((utf8::to_str(bytes).ok()?, behind), self))
    }
}

/// A list in a packet: the wire bytes of a received one, or a slice of values to send.
///
/// Wire bytes are checked when the packet is decoded and read when the list is walked; nothing is
/// collected. Both kinds compare by their items.
///
/// # Examples
/// ```
/// use mqtt_core::{ReasonCode, ReasonCodes};
/// let codes = [ReasonCode::GRANTED_QOS_1, ReasonCode::NOT_AUTHORIZED];
/// let list = ReasonCodes::new(&codes);
/// assert_eq!(list.iter().filter(|code| code.is_success()).count(), 1);
/// ```
#[derive(Clone, Copy)]
pub struct List<'a, T> {
    /// What was received; empty if there are values.
    wire: &'a [u8],
    /// What is to be sent; empty if there are wire bytes.
    values: &'a [T],
    /// What was received once more, if it is ASCII as a whole. Lists of filters nearly always are,
    /// lengths and options too. Pieces of it need not be looked at again to be text.
    ascii: &'a [AsciiChar],
    /// The version by whose rules the wire bytes were checked.
    version: Version,
}

impl<'a, T> List<'a, T> {
    /// The list without items.
    pub const EMPTY: Self = Self::new(&[]);

    /// A list of these values. They are checked when the packet is written.
    ///
    /// ```
    /// use mqtt_core::TopicFilters;
    /// assert!(!TopicFilters::new(&["a/+", "b/#"]).is_empty());
    /// ```
    #[must_use]
    pub const fn new(values: &'a [T]) -> Self {
        Self { wire: &[], values, ascii: &[], version: Version::V5 }
    }

    /// Wire bytes that have just been checked by the rules of `version`.
    #[inline(always)]
    pub(crate) const fn checked(wire: &'a [u8], version: Version) -> Self {
        Self { wire, values: &[], ascii: &[], version }
    }

    /// The same for a list with text in it.
    #[inline(always)]
    pub(crate) fn checked_text(wire: &'a [u8], version: Version) -> Self {
        let ascii = wire.as_ascii_str().map_or(&[][..], AsciiStr::as_slice);
        Self { ascii, ..Self::checked(wire, version) }
    }

    /// True for a received list that is ASCII as a whole.
    #[inline(always)]
    pub(crate) fn is_ascii(&self) -> bool {
        !self.ascii.is_empty()
    }

    /// The bytes of the list on the wire: of one that was read, or of an empty one. `None` for values to send, which
    /// have no bytes yet.
    ///
    /// ```
    /// use mqtt_core::{DecodeOptions, TopicFilters, Version};
    /// let wire = b"\0\x03a/+\0\x03b/#";
    /// let filters = TopicFilters::parse_wire(wire, Version::V5, &DecodeOptions::DEFAULT)?;
    /// assert_eq!(filters.wire(), Some(&wire[..]));
    /// assert_eq!(TopicFilters::new(&["a/+"]).wire(), None);
    /// # Ok::<(), mqtt_core::DecodeError>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn wire(&self) -> Option<&'a [u8]> {
        if self.values.is_empty() { Some(self.wire) } else { None }
    }

    /// The wire bytes, if there are some and they were checked by the rules of `version`.
    #[inline]
    pub(crate) fn wire_of(&self, version: Version) -> Option<&'a [u8]> {
        (!self.wire.is_empty() && self.version == version).then_some(self.wire)
    }

    /// The values of a list that a caller made, which are walked without the iterator.
    #[inline]
    pub(crate) fn values(&self) -> Option<&'a [T]> {
        self.wire.is_empty().then_some(self.values)
    }

    /// True if there are no items.
    ///
    /// ```
    /// assert!(mqtt_core::ReasonCodes::EMPTY.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wire.is_empty() && self.values.is_empty()
    }
}

impl<'a, T: Item<'a>> List<'a, T> {
    /// The items in order. O(bytes) for the whole walk.
    ///
    /// ```
    /// use mqtt_core::TopicFilters;
    /// let filters = TopicFilters::new(&["a/+", "b/#"]);
    /// assert_eq!(filters.iter().last(), Some("b/#"));
    /// ```
    #[inline]
    #[must_use]
    pub fn iter(&self) -> ListIter<'a, T> {
        let wire = Checked { wire: self.wire, ascii: self.ascii, at: 0 };
        ListIter { wire, values: self.values.iter() }
    }

    /// The first item of wire bytes and the bytes behind it; `None` if they do not begin with one. Only the layout is
    /// looked at, and that text is UTF-8: for lists that have been checked before.
    ///
    /// ```
    /// use mqtt_core::TopicFilters;
    /// assert_eq!(TopicFilters::split_wire(b"\0\x03a/+\0\x03b/#"), Some(("a/+", &b"\0\x03b/#"[..])));
    /// assert_eq!(TopicFilters::split_wire(b"\0\x03a/"), None);
    /// ```
    #[must_use]
    pub fn split_wire(wire: &'a [u8]) -> Option<(T, &'a [u8])> {
        let mut checked = Checked { wire, ascii: first_ascii(wire), at: 0 };
        let item = T::read(&mut checked)?;
        Some((item, wire.get(checked.at as usize..)?))
    }

    /// How many items there are. O(bytes) for a received list, which is walked.
    ///
    /// ```
    /// assert_eq!(mqtt_core::TopicFilters::new(&["a/+", "b/#"]).len(), 2);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }
}

impl<'a, T> Default for List<'a, T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<'a, T> From<&'a [T]> for List<'a, T> {
    fn from(values: &'a [T]) -> Self {
        Self::new(values)
    }
}

impl<'a, T, const N: usize> From<&'a [T; N]> for List<'a, T> {
    fn from(values: &'a [T; N]) -> Self {
        Self::new(values)
    }
}

impl<'a, T: Item<'a>> PartialEq for List<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Item<'a> + Eq> Eq for List<'a, T> {}

impl<'a, T: Item<'a>> Hash for List<'a, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.iter().for_each(|item| item.hash(state));
        // So that two lists side by side differ from the same items otherwise divided.
        state.write_usize(self.len());
    }
}

impl<'a, T: Item<'a>> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: Item<'a>> IntoIterator for List<'a, T> {
    type Item = T;
    type IntoIter = ListIter<'a, T>;

    fn into_iter(self) -> ListIter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Item<'a>> IntoIterator for &List<'a, T> {
    type Item = T;
    type IntoIter = ListIter<'a, T>;

    fn into_iter(self) -> ListIter<'a, T> {
        self.iter()
    }
}

/// The string at the front of wire bytes, its length in front and a byte behind it included, if all that is ASCII.
fn first_ascii(wire: &[u8]) -> &[AsciiChar] {
    let len = array_at::<2>(wire, 0).map_or(0, |len| usize::from(u16::from_be_bytes(*len)));
    let first = wire.get(..2 + len + 1).unwrap_or(wire);
    first.as_ascii_str().map_or(&[][..], AsciiStr::as_slice)
}

/// Walks a [`List`].
///
/// # Examples
/// ```
/// use mqtt_core::TopicFilters;
/// let mut filters = TopicFilters::new(&["a"]).iter();
/// assert_eq!(filters.next(), Some("a"));
/// assert_eq!(filters.next(), None);
/// ```
#[derive(Clone)]
pub struct ListIter<'a, T> {
    wire: Checked<'a>,
    values: slice::Iter<'a, T>,
}

impl<'a, T: Item<'a>> Iterator for ListIter<'a, T> {
    type Item = T;

    #[inline(always)]
    fn next(&mut self) -> Option<T> {
        match T::read(&mut self.wire) {
            Some(item) => Some(item),
            None => self.values.next().copied(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // An item takes at least a byte.
        let most = self.values.len() + self.wire.len();
        (self.values.len(), Some(most))
    }
}

impl<'a, T: Item<'a>> FusedIterator for ListIter<'a, T> {}

impl<'a, T: Item<'a>> fmt::Debug for ListIter<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
