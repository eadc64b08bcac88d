//! Bytes that have come and are not yet read.

use crate::wire::header::Header;
use crate::{DecodeOptions, Version};
use alloc::vec::Vec;

/// Bytes that have come and are not yet read.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) bytes: Vec<u8>,
    /// How many of `bytes` have been read.
    pub(super) read: usize,
    /// No more bytes will come.
    pub(super) is_at_end: bool,
    /// There may be a whole packet that is not read.
    pub(super) has_whole: bool,
    /// The last input was not taken whole: more is to come.
    was_refused: bool,
}

impl Input {
    /// So many bytes are taken ahead of what is read, but for a packet that is larger.
    const AHEAD: usize = 16 * 1024;

    /// Takes as many of the bytes as there is room for.
    #[inline]
    pub(super) fn take(
        &mut self,
        data: &[u8],
        version: Option<Version>,
        options: &DecodeOptions,
    ) -> usize {
        if self.read == self.bytes.len() {
            self.bytes.clear();
            self.read = 0;
        } else if self.read > 0 {
            self.bytes.drain(..self.read);
            self.read = 0;
        }
        self.has_whole = true;
        let mut taken = data.len().min(Self::AHEAD.saturating_sub(self.bytes.len()));
        self.bytes.extend_from_slice(&data[..taken]);
        if taken < data.len() {
            // More, if the packet at hand has need of it.
            let need = Header::parse(&self.bytes, version, options);
            let need = need.map_or(0, |header| header.frame_len().saturating_sub(self.bytes.len()));
            let more = need.min(data.len() - taken);
            self.bytes.extend_from_slice(&data[taken..taken + more]);
            taken += more;
        }
        self.was_refused = taken < data.len();
        taken
    }

    /// How much would be taken at least.
    pub(super) fn room(&self, version: Option<Version>, options: &DecodeOptions) -> usize {
        let unread = &self.bytes[self.read..];
        let header = Header::parse(unread, version, options);
        let need = header.map_or(0, |header| header.frame_len());
        need.max(Self::AHEAD).saturating_sub(unread.len())
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        (self.read, self.is_at_end) = (0, false);
        (self.has_whole, self.was_refused) = (false, false);
    }

    /// True if there may be a packet that is not read: then the peer is not silent.
    pub(super) fn has_whole(&self) -> bool {
        self.was_refused || self.has_whole && self.read < self.bytes.len()
    }

    /// Gives back memory that is not needed.
    pub(super) fn shrink(&mut self) {
        self.bytes.drain(..self.read);
        self.read = 0;
        self.bytes.shrink_to_fit();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}
