//! A cursor over wire bytes, and blocks of them that are kept.

use nom::{
    IResult,
    bytes::complete::take,
    number::complete::{be_u16, be_u32, u8 as byte},
};

/// Wire bytes, and the same bytes as text if all of them happen to be well-formed UTF-8.
///
/// Blocks of strings between short length fields often are. Then one pass over the block has
/// checked all its strings, and each is a slice at character boundaries: no second check, no
/// `unsafe`. A slice of a text that does not begin and end at such boundaries is not well-formed
/// itself, so falling back to the bytes gives the same answer.
#[derive(Clone, Copy)]
pub(crate) enum Block<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Block<'a> {
    #[inline]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        match *self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    #[inline]
    pub(crate) fn cursor(&self) -> Cursor<'a> {
        match *self {
            Self::Text(text) => Cursor { rest: text.as_bytes(), text },
            Self::Bytes(bytes) => Cursor::new(bytes),
        }
    }
}

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
    /// Empty, or the text of a block that ends where `rest` ends.
    text: &'a str,
}

impl<'a> Cursor<'a> {
    #[inline]
    pub(crate) const fn new(rest: &'a [u8]) -> Self {
        Self { rest, text: "" }
    }

    /// As `new`, and looks whether all of it is text.
    #[inline]
    pub(crate) fn with_text(rest: &'a [u8]) -> Self {
        Self { rest, text: core::str::from_utf8(rest).unwrap_or("") }
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

    /// Runs a parser on what is left; takes what it takes.
    #[inline(always)]
    fn run<O>(&mut self, parser: impl FnOnce(&'a [u8]) -> IResult<&'a [u8], O, ()>) -> Option<O> {
        let (rest, output) = parser(self.rest).ok()?;
        self.rest = rest;
        Some(output)
    }

    #[inline]
    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.run(byte)
    }

    #[inline]
    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.run(be_u16)
    }

    #[inline]
    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.run(be_u32)
    }

    #[inline]
    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        self.run(|input| take(len)(input))
    }

    /// Two bytes of length, then that many bytes.
    #[inline]
    pub(crate) fn binary(&mut self) -> Option<&'a [u8]> {
        let before = *self;
        let len = self.u16()?;
        let bytes = self.take(usize::from(len));
        if bytes.is_none() {
            *self = before;
        }
        bytes
    }

    /// A string: its bytes, and its text if the block around it is known to be text.
    #[inline]
    pub(crate) fn string(&mut self) -> Option<(&'a [u8], Option<&'a str>)> {
        let bytes = self.binary()?;
        // Without a text the start wraps around and `get` finds nothing.
        let end = self.text.len().wrapping_sub(self.rest.len());
        let start = end.wrapping_sub(bytes.len());
        Some((bytes, self.text.get(start..end)))
    }

    /// A string that has been checked before.
    #[inline]
    pub(crate) fn checked_str(&mut self) -> Option<&'a str> {
        let (bytes, text) = self.string()?;
        text.or_else(|| core::str::from_utf8(bytes).ok())
    }

    /// One to four bytes of seven bits each, least significant first.
    #[inline]
    pub(crate) fn varint(&mut self) -> Result<Varint, VarintFault> {
        let mut value = 0;
        for (index, &byte) in self.rest.iter().take(4).enumerate() {
            value |= u32::from(byte & 0x7F) << (7 * index);
            if byte < 0x80 {
                self.rest = &self.rest[index + 1..];
                return Ok(Varint { value, minimal: index == 0 || byte != 0 });
            }
        }
        Err(if self.rest.len() < 4 { VarintFault::Truncated } else { VarintFault::TooLong })
    }

    /// Splits off the next `len` bytes as a block of their own.
    #[inline]
    pub(crate) fn block(&mut self, len: usize) -> Option<Block<'a>> {
        let bytes = self.take(len)?;
        let end = self.text.len().wrapping_sub(self.rest.len());
        let text = self.text.get(end.wrapping_sub(len)..end);
        Some(match text.or_else(|| core::str::from_utf8(bytes).ok()) {
            Some(text) => Block::Text(text),
            None => Block::Bytes(bytes),
        })
    }

    /// All that is left, as a block.
    #[inline]
    pub(crate) fn rest(&self) -> Block<'a> {
        match self.text.get(self.text.len().wrapping_sub(self.rest.len())..) {
            Some(text) if text.len() == self.rest.len() && !text.is_empty() => Block::Text(text),
            _ => Block::Bytes(self.rest),
        }
    }

    /// Takes all that is left.
    #[inline]
    pub(crate) fn take_rest(&mut self) -> &'a [u8] {
        let rest = self.rest;
        self.rest = &[];
        rest
    }
}
