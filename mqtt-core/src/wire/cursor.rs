//! A cursor over wire bytes.

use super::text::Text;
use super::utf8;

/// A variable byte integer, and whether it was as short as possible.
#[derive(Clone, Copy)]
pub(crate) struct Varint {
    pub(crate) value: u32,
    pub(crate) minimal: bool,
}

/// Why there is no variable byte integer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum VarintFault {
    /// The bytes end inside it.
    Truncated,
    /// Its fourth byte asks for a fifth.
    TooLong,
}

/// Reads fields from the front of wire bytes. `None` means that the field does not fit; nothing is
/// taken then.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    #[inline(always)]
    pub(crate) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// Bytes left.
    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.rest.len()
    }

    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline(always)]
    pub(crate) fn u8(&mut self) -> Option<u8> {
        let (value, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*value)
    }

    #[inline(always)]
    pub(crate) fn u16(&mut self) -> Option<u16> {
        let (value, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u16::from_be_bytes(*value))
    }

    #[inline(always)]
    pub(crate) fn u32(&mut self) -> Option<u32> {
        let (value, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u32::from_be_bytes(*value))
    }

    #[inline(always)]
    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(bytes)
    }

    /// Two bytes of length, then that many bytes.
    #[inline(always)]
    pub(crate) fn binary(&mut self) -> Option<&'a [u8]> {
        let (len, rest) = self.rest.split_first_chunk()?;
        let (bytes, rest) = rest.split_at_checked(u16::from_be_bytes(*len).into())?;
        self.rest = rest;
        Some(bytes)
    }

    /// One to four bytes of seven bits each, least significant first.
    #[inline(always)]
    pub(crate) fn varint(&mut self) -> Result<Varint, VarintFault> {
        /// Seven bits at their place.
        #[inline(always)]
        const fn part(byte: u8, index: u32) -> u32 {
            ((byte & 0x7F) as u32) << (7 * index)
        }

        let (value, last, rest) = match *self.rest {
            [a @ 0..=0x7F, ref rest @ ..] => {
                self.rest = rest;
                return Ok(Varint { value: part(a, 0), minimal: true });
            }
            [a, b @ 0..=0x7F, ref rest @ ..] => (part(a, 0) | part(b, 1), b, rest),
            [a, b, c @ 0..=0x7F, ref rest @ ..] => (part(a, 0) | part(b, 1) | part(c, 2), c, rest),
            [a, b, c, d @ 0..=0x7F, ref rest @ ..] => {
                (part(a, 0) | part(b, 1) | part(c, 2) | part(d, 3), d, rest)
            }
            [_, _, _, _, ..] => return Err(VarintFault::TooLong),
            _ => return Err(VarintFault::Truncated),
        };
        self.rest = rest;
        Ok(Varint { value, minimal: last != 0 })
    }

    /// A variable byte integer as nearly all are: of up to three bytes, and not of more than needed.
    /// And how many bytes it has.
    #[inline(always)]
    pub(crate) fn usual_varint(&mut self) -> Option<(usize, usize)> {
        let (value, len, rest) = match *self.rest {
            [a @ 0..=0x7F, ref rest @ ..] => (usize::from(a), 1, rest),
            [a, b @ 1..=0x7F, ref rest @ ..] => {
                (usize::from(a & 0x7F) | usize::from(b) << 7, 2, rest)
            }
            [a, b @ 0x80..=0xFF, c @ 1..=0x7F, ref rest @ ..] => {
                let low = usize::from(a & 0x7F) | usize::from(b & 0x7F) << 7;
                (low | usize::from(c) << 14, 3, rest)
            }
            _ => return None,
        };
        self.rest = rest;
        Some((value, len))
    }

    /// All that is left.
    #[inline(always)]
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Takes all that is left.
    #[inline]
    pub(crate) fn take_rest(&mut self) -> &'a [u8] {
        let rest = self.rest;
        self.rest = &[];
        rest
    }
}

/// The `N` bytes at `at`, which is within `bytes` or at their end. A place counts in 32 bits, so that
/// one comparison says whether a field fits: no sum of it and a length overflows.
#[inline(always)]
pub(crate) fn array_at<const N: usize>(bytes: &[u8], at: u32) -> Option<&[u8; N]> {
    let at = at as usize;
    bytes.get(at..at + N)?.first_chunk()
}

/// `len` bytes at `at`, and where they end.
#[inline(always)]
pub(crate) fn bytes_at(bytes: &[u8], at: u32, len: impl Into<u32>) -> Option<(&[u8], u32)> {
    let (start, end) = (at as usize, at as usize + len.into() as usize);
    Some((bytes.get(start..end)?, end as u32))
}

/// All up to the end of the `len` bytes at `at`.
#[inline(always)]
pub(crate) fn up_to(bytes: &[u8], at: u32, len: u16) -> Option<&[u8]> {
    bytes.get(..at as usize + usize::from(len))
}

/// Length-prefixed bytes at `at`, and where they end.
#[inline(always)]
pub(crate) fn field_at(bytes: &[u8], at: u32) -> Option<(&[u8], u32)> {
    let len = u16::from_be_bytes(*array_at(bytes, at)?);
    bytes_at(bytes, at + 2, len)
}

/// A string at `at` of ASCII without U+0000, as nearly all are, and where it ends.
#[inline(always)]
pub(crate) fn plain_at<'a, T: Text<'a>>(bytes: &'a [u8], at: u32) -> Option<(T, u32)> {
    let (text, end) = field_at(bytes, at)?;
    if !utf8::is_plain(text) {
        return None;
    }
    Some((T::last(bytes.get(..end as usize)?, text.len()), end))
}
