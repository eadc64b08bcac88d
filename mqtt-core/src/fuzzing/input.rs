//! Operations and choices from the bytes of an input.

use super::generate::Source;

/// Choices from bytes. At the end of the data every choice is the first one.
#[derive(Clone, Debug)]
pub(super) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// The byte of the next operation, if there is one.
    pub(super) fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.next().unwrap_or(0)
    }

    /// A number below `bound`, which is at most 256; 0 if there is none.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()).checked_rem(bound).unwrap_or(0)
    }

    /// A place in a list of so many; one beyond its end too, if there is none.
    pub(super) fn place(&mut self, len: usize) -> usize {
        let number = u16::from_le_bytes([self.byte(), self.byte()]);
        usize::from(number).checked_rem(len).unwrap_or(0)
    }

    /// So many bytes, or all that are left.
    pub(super) fn bytes(&mut self, len: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        bytes
    }

    /// How many bytes are left.
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }
}

impl Source for Input<'_> {
    fn below(&mut self, bound: u32) -> u32 {
        match bound {
            0..=256 => u32::from(self.byte()) % bound,
            _ => u32::from(u16::from_le_bytes([self.byte(), self.byte()])) % bound,
        }
    }
}
