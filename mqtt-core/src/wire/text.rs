//! Strings that are text, or bytes for bindings to languages whose strings are bytes.

use super::utf8;
use crate::topic;

/// A string of a packet: `&str`, or the same as bytes, which need not be looked at once more to be called text.
///
/// Not part of the interface that versions keep.
pub trait Text<'a>: Copy {
    /// The string of these bytes, which are known to be ASCII: the last `len` of `bytes`.
    #[doc(hidden)]
    fn last(bytes: &'a [u8], len: usize) -> Self;

    /// These bytes, if they are a topic name as nearly all are; `None` says nothing about them. O(bytes).
    #[doc(hidden)]
    fn usual_name(name: &'a [u8], max_levels: u32) -> Option<Self>;

    /// Its bytes.
    #[doc(hidden)]
    fn wire_bytes(self) -> &'a [u8];
}

impl<'a> Text<'a> for &'a str {
    #[inline(always)]
    fn last(bytes: &'a [u8], len: usize) -> Self {
        utf8::last_str_apart(bytes, len)
    }

    #[inline(always)]
    fn usual_name(name: &'a [u8], max_levels: u32) -> Option<Self> {
        topic::usual_name(name, max_levels)
    }

    #[inline(always)]
    fn wire_bytes(self) -> &'a [u8] {
        self.as_bytes()
    }
}

impl<'a> Text<'a> for &'a [u8] {
    #[inline(always)]
    fn last(bytes: &'a [u8], len: usize) -> Self {
        bytes.len().checked_sub(len).and_then(|at| bytes.get(at..)).unwrap_or_default()
    }

    #[inline(always)]
    fn usual_name(name: &'a [u8], max_levels: u32) -> Option<Self> {
        topic::is_usual_name(name, max_levels).then_some(name)
    }

    #[inline(always)]
    fn wire_bytes(self) -> &'a [u8] {
        self
    }
}
