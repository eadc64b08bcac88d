//! Sets of packet identifiers.

use crate::PacketId;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A set of packet identifiers: a bit each, in pages of 1,024 that are there only as long as they are
/// needed, but for one.
#[derive(Debug, Default)]
pub(super) struct IdSet {
    pages: Vec<Option<Box<Page>>>,
    /// Kept for the next page: identifiers that count up do not allocate.
    spare: Option<Box<Page>>,
}

#[derive(Debug, Default)]
struct Page {
    bits: [u64; 16],
    len: u16,
}

impl IdSet {
    const fn split(id: PacketId) -> (usize, usize, u64) {
        let id = id.get() as usize;
        (id >> 10, id >> 6 & 15, 1 << (id & 63))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pages.iter().all(Option::is_none)
    }

    pub(super) fn contains(&self, id: PacketId) -> bool {
        let (page, word, bit) = Self::split(id);
        let page = self.pages.get(page).and_then(Option::as_ref);
        page.is_some_and(|page| page.bits[word] & bit != 0)
    }

    pub(super) fn insert(&mut self, id: PacketId) {
        let (at, word, bit) = Self::split(id);
        if self.pages.len() <= at {
            self.pages.resize_with(at + 1, || None);
        }
        let page = self.pages[at].get_or_insert_with(|| self.spare.take().unwrap_or_default());
        if page.bits[word] & bit == 0 {
            page.bits[word] |= bit;
            page.len += 1;
        }
    }

    pub(super) fn remove(&mut self, id: PacketId) -> bool {
        let (at, word, bit) = Self::split(id);
        let Some(entry) = self.pages.get_mut(at) else { return false };
        let Some(page) = entry.as_mut().filter(|page| page.bits[word] & bit != 0) else {
            return false;
        };
        page.bits[word] &= !bit;
        page.len -= 1;
        if page.len == 0 {
            self.spare = entry.take();
        }
        true
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = PacketId> {
        let pages = self.pages.iter().enumerate();
        let words = pages.flat_map(|(at, page)| {
            let words = page.iter().flat_map(|page| page.bits.iter().enumerate());
            words.map(move |(word, bits)| (at << 10 | word << 6, *bits))
        });
        words.flat_map(|(base, bits)| {
            let ids = (0..64).filter(move |bit| bits >> bit & 1 != 0).map(move |bit| base | bit);
            ids.filter_map(|id| PacketId::new(id as u16))
        })
    }

    pub(super) fn clear(&mut self) {
        let page = self.pages.iter_mut().find_map(Option::take);
        self.spare = self.spare.take().or(page).map(|mut page| {
            *page = Page::default();
            page
        });
        self.pages.clear();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let pages = self.pages.iter().flatten().count() + usize::from(self.spare.is_some());
        self.pages.capacity() * size_of::<Option<Box<Page>>>() + pages * size_of::<Page>()
    }
}
