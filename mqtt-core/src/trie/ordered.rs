//! A map that is walked in the order of insertion, and goes on where it was although it changed.

use super::sequence::{Sequence, Walk};
use hashbrown::HashTable;

/// Entries in the order of insertion.
///
/// Up to a few entries are looked for one by one; more are found by their hash.
#[derive(Clone)]
pub(super) struct Ordered<K, V> {
    entries: Sequence<(K, V)>,
    /// The number of the entry inserted last; 0 if there was none.
    last: u64,
    /// Places of entries, by hash of the key; empty as long as there are few.
    index: HashTable<u32>,
}

/// So many entries are looked for one by one.
const FEW: usize = 8;

impl<K, V> Ordered<K, V> {
    pub(super) const fn new() -> Self {
        Self { entries: Sequence::new(), last: 0, index: HashTable::new() }
    }

    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// The place of the key that `is` knows.
    fn place(&self, hash: u64, is: impl Fn(&K) -> bool) -> Option<usize> {
        let is_at = |place: usize| self.entries.get(place).is_some_and(|(key, _)| is(key));
        if self.index.is_empty() {
            (0..self.entries.places()).find(|&place| is_at(place))
        } else {
            self.index.find(hash, |&place| is_at(place as usize)).map(|&place| place as usize)
        }
    }

    pub(super) fn get(&self, hash: u64, is: impl Fn(&K) -> bool) -> Option<&V> {
        self.get_entry(hash, is).map(|(_, value)| value)
    }

    pub(super) fn get_entry(&self, hash: u64, is: impl Fn(&K) -> bool) -> Option<(&K, &V)> {
        self.entries.get(self.place(hash, is)?).map(|(key, value)| (key, value))
    }

    pub(super) fn get_mut(&mut self, hash: u64, is: impl Fn(&K) -> bool) -> Option<&mut V> {
        let place = self.place(hash, is)?;
        self.entries.get_mut(place).map(|(_, value)| value)
    }

    /// Adds a key that is not there yet.
    pub(super) fn push(&mut self, key: K, value: V, hash_of: impl Fn(&K) -> u64) -> &mut V {
        if self.index.is_empty() && self.entries.places() >= FEW {
            self.rebuild(&hash_of);
        }
        if !self.index.is_empty() {
            let (entries, place) = (&self.entries, self.entries.places() as u32);
            self.index.insert_unique(hash_of(&key), place, |&place| {
                entries.get(place as usize).map_or(0, |(key, _)| hash_of(key))
            });
        }
        self.last += 1;
        &mut self.entries.push(self.last, (key, value)).1
    }

    pub(super) fn remove(
        &mut self,
        hash: u64,
        is: impl Fn(&K) -> bool,
        hash_of: impl Fn(&K) -> u64,
    ) -> Option<(K, V)> {
        let place = self.place(hash, is)?;
        if let Ok(found) = self.index.find_entry(hash, |&other| other as usize == place) {
            found.remove();
        }
        let content = self.entries.remove(place);
        if self.entries.has_many_gaps() {
            self.index = HashTable::new();
            self.rebuild(hash_of);
            self.entries.give_back();
        }
        content
    }

    /// Closes the gaps.
    fn rebuild(&mut self, hash_of: impl Fn(&K) -> u64) {
        self.entries.close_gaps();
        self.index.clear();
        if self.entries.len() >= FEW {
            let entries = &self.entries;
            let hash_at = |place: usize| entries.get(place).map_or(0, |(key, _)| hash_of(key));
            self.index.reserve(entries.len(), |&place| hash_at(place as usize));
            for place in 0..entries.len() {
                let hash = hash_at(place);
                self.index.insert_unique(hash, place as u32, |&place| hash_at(place as usize));
            }
        }
    }

    /// The next entry of a walk.
    #[inline]
    pub(super) fn next(&self, walk: &mut Walk) -> Option<(&K, &V)> {
        self.entries.next(walk).map(|(_, (key, value))| (key, value))
    }

    /// The entries, as a sequence.
    pub(super) const fn entries(&self) -> &Sequence<(K, V)> {
        &self.entries
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(_, (key, value))| (key, value))
    }

    pub(super) fn change(&mut self, change: impl Fn(&mut V)) {
        self.entries.change(|(_, value)| change(value));
    }

    /// Gives back memory that is not needed.
    pub(super) fn shrink(&mut self, hash_of: impl Fn(&K) -> u64) {
        let has_index = !self.index.is_empty();
        self.index = HashTable::new();
        if has_index {
            self.rebuild(hash_of);
        }
        self.entries.shrink();
    }

    /// Removes all, and keeps the memory. O(entries), however many there have been.
    pub(super) fn clear(&mut self, hash_of: impl Fn(&K) -> u64) {
        if self.index.capacity() > 16 * self.entries.len() {
            // To clear the table is to write to all of it.
            for place in 0..self.entries.places() {
                let Some((key, _)) = self.entries.get(place) else { continue };
                let is_at = |&other: &u32| other as usize == place;
                if let Ok(found) = self.index.find_entry(hash_of(key), is_at) {
                    found.remove();
                }
            }
        } else {
            self.index.clear();
        }
        self.entries.clear();
    }

    /// The number of the entry inserted last; 0 if there was none.
    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.entries.heap_bytes() + self.index.allocation_size()
    }
}
