//! Snapshots, in pages.

use super::crc::crc32c;
use super::error::{StoreError, StoreErrorKind};
use super::record::{Key, Record};
use crate::wire::cursor::Cursor;
use alloc::vec::Vec;
use core::ops::Range;

/// Where a snapshot goes on: it may be kept while the session goes on too.
///
/// # Examples
/// See [`ClientSession::snapshot`](crate::ClientSession::snapshot).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotCursor {
    /// Of the first page.
    epoch: u64,
    seq: u64,
    /// Pages so far.
    page: u32,
    /// The last key so far.
    key: Vec<u8>,
}

impl SnapshotCursor {
    /// The number that had been reached when the first page was made: the changes after it are to be kept
    /// with the snapshot, those up to it are in it.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }
}

/// What a page begins with, and its format.
const NAME: [u8; 4] = *b"MQCS";
const FORMAT: u8 = 1;
const HEAD: usize = 32;

/// Puts a page together.
pub(crate) struct PageWriter<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    max_bytes: usize,
    cursor: SnapshotCursor,
    /// Where the last key lies in `out`.
    last_key: Range<usize>,
    /// An entry did not fit.
    is_full: bool,
}

impl<'o> PageWriter<'o> {
    /// A page of so many bytes at most, but with one entry at least, behind what `out` has.
    pub(crate) fn new(
        cursor: Option<SnapshotCursor>,
        (epoch, seq): (u64, u64),
        max_bytes: usize,
        out: &'o mut Vec<u8>,
    ) -> Self {
        let first = SnapshotCursor { epoch, seq, page: 0, key: Vec::new() };
        let start = out.len();
        out.resize(start + HEAD, 0);
        let (cursor, last_key) = (cursor.unwrap_or(first), 0..0);
        Self { out, start, max_bytes, cursor, last_key, is_full: false }
    }

    /// Writes the next entry, unless it is on a page before; false if there is no room for more.
    pub(crate) fn put<'r>(&mut self, key: Key<'_>, value: &impl Record<'r>) -> bool {
        let start = self.out.len();
        self.out.extend_from_slice(&[0; 8]);
        key.write(self.out);
        let middle = self.out.len();
        if self.cursor.page > 0 && self.out[start + 8..] <= self.cursor.key[..] {
            self.out.truncate(start);
            return true;
        }
        value.write(self.out);
        let lens = [middle - start - 8, self.out.len() - middle].map(|len| len as u32);
        self.out[start..start + 4].copy_from_slice(&lens[0].to_be_bytes());
        self.out[start + 4..start + 8].copy_from_slice(&lens[1].to_be_bytes());
        let is_first = start == self.start + HEAD;
        if !is_first && self.out.len() + 4 - self.start > self.max_bytes {
            self.out.truncate(start);
            self.is_full = true;
            return false;
        }
        self.last_key = start + 8..middle;
        true
    }

    /// Ends the page; gives where the next one begins, if there is one.
    pub(crate) fn finish(mut self) -> Option<SnapshotCursor> {
        let entries = self.out.len() - self.start - HEAD;
        let SnapshotCursor { epoch, seq, page, .. } = self.cursor;
        let head = &mut self.out[self.start..self.start + HEAD];
        head[..4].copy_from_slice(&NAME);
        (head[4], head[5]) = (FORMAT, u8::from(!self.is_full));
        head[8..16].copy_from_slice(&epoch.to_be_bytes());
        head[16..24].copy_from_slice(&seq.to_be_bytes());
        head[24..28].copy_from_slice(&page.to_be_bytes());
        head[28..].copy_from_slice(&(entries as u32).to_be_bytes());
        let crc = crc32c(&self.out[self.start..]);
        self.out.extend_from_slice(&crc.to_be_bytes());
        if !self.is_full {
            return None;
        }
        // An entry did not fit behind another one.
        self.cursor.key = self.out[self.last_key].to_vec();
        self.cursor.page += 1;
        Some(self.cursor)
    }
}

/// A page that has been read.
pub(super) struct Page<'a> {
    pub(super) is_last: bool,
    pub(super) epoch: u64,
    pub(super) seq: u64,
    pub(super) number: u32,
    entries: &'a [u8],
}

impl<'a> Page<'a> {
    pub(super) fn parse(page: &'a [u8]) -> Result<Self, StoreError> {
        let error = |kind, offset| StoreError { kind, offset };
        let has = page.len().min(4);
        if page[..has] != NAME[..has] {
            return Err(error(StoreErrorKind::NotOurs, 0));
        }
        if let Some(&found) = page.get(4).filter(|format| **format != FORMAT) {
            return Err(error(StoreErrorKind::Format { found }, 4));
        }
        let truncated = error(StoreErrorKind::Truncated, page.len());
        let head: &[u8; HEAD] = page.first_chunk().ok_or(truncated)?;
        let number =
            |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let long = |at: usize| u64::from(number(at)) << 32 | u64::from(number(at + 4));
        // No page is as long as the largest number says, and where `usize` has 32 bits none can be.
        let end = HEAD.checked_add(number(28) as usize).ok_or(truncated)?;
        let entries = page.get(HEAD..end).ok_or(truncated)?;
        let crc = page.get(end..).and_then(<[u8]>::first_chunk).ok_or(truncated)?;
        if u32::from_be_bytes(*crc) != crc32c(&page[..end]) {
            return Err(error(StoreErrorKind::Checksum, end));
        }
        if page.len() > end + 4 {
            return Err(error(StoreErrorKind::Trailing, end + 4));
        }
        let page = Self {
            is_last: head[5] == 1,
            epoch: long(8),
            seq: long(16),
            number: number(24),
            entries,
        };
        let mut walk = page.entries();
        walk.by_ref().for_each(drop);
        match walk.rest.is_empty() && head[5] < 2 && head[6..8] == [0, 0] {
            true => Ok(page),
            // Its checksum is right: whoever wrote it had other rules.
            false => Err(error(StoreErrorKind::NotOurs, end - walk.rest.len())),
        }
    }

    /// Keys and values.
    pub(super) fn entries(&self) -> Entries<'a> {
        Entries { rest: Cursor::new(self.entries) }
    }
}

/// Keys and values of a page.
pub(super) struct Entries<'a> {
    rest: Cursor<'a>,
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let mut rest = self.rest;
        let (key, value) = (rest.u32()?, rest.u32()?);
        let entry = (rest.take(key as usize)?, rest.take(value as usize)?);
        self.rest = rest;
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, PageWriter};
    use crate::PacketId;
    use crate::store::{Key, StoreErrorKind};
    use alloc::vec::Vec;

    const KEYS: [&str; 4] = ["a", "a/b", "b", "b/a-long-one"];

    fn write(page: &mut PageWriter<'_>) {
        let _ = KEYS.iter().all(|key| page.put(Key::Subscription(key), &()));
    }

    #[test]
    fn a_snapshot_goes_on_behind_the_last_key() {
        // The pages lie one behind the other, and behind something else.
        let (mut out, mut cursor, mut starts) = (b"before".to_vec(), None, Vec::new());
        loop {
            starts.push(out.len());
            let mut page = PageWriter::new(cursor, (3, 9), 60, &mut out);
            write(&mut page);
            cursor = page.finish();
            let Some(next) = &cursor else { break };
            let start = starts[starts.len() - 1];
            let last = Page::parse(&out[start..]).ok().and_then(|page| page.entries().last());
            assert_eq!(last.map(|(key, _)| key), Some(&next.key[..]));
        }
        assert!(starts.len() > 1);
        starts.push(out.len());
        let mut found = Vec::new();
        for (number, ends) in starts.windows(2).enumerate() {
            let Ok(page) = Page::parse(&out[ends[0]..ends[1]]) else { panic!("page {number}") };
            assert_eq!((page.epoch, page.seq, page.number as usize), (3, 9, number));
            found.extend(page.entries().map(|(key, _)| key));
        }
        let expected: Vec<_> =
            KEYS.iter().map(|key| [&b"t"[..], key.as_bytes()].concat()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_length_beyond_all_memory() {
        let mut out = Vec::new();
        let mut page = PageWriter::new(None, (0, 0), usize::MAX, &mut out);
        page.put(Key::Received(PacketId::MIN), &());
        assert!(page.finish().is_none());
        for high in [0xFF, 0x7F] {
            out[28..32].copy_from_slice(&[high, 0xFF, 0xFF, 0xFF]);
            let error = Page::parse(&out).err().expect("an error");
            assert_eq!((error.kind, error.offset), (StoreErrorKind::Truncated, out.len()));
        }
    }
}
