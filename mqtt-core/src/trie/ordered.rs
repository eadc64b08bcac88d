//! A map that is walked in the order of insertion, and goes on where it was although it changed.

use alloc::vec::Vec;
use hashbrown::HashTable;

/// Entries in the order of insertion.
///
/// Up to a few entries are looked for one by one; more are found by their hash. What is removed leaves
/// a gap, which is closed when half of the entries are gaps: the order stays.
pub(super) struct Ordered<K, V> {
    entries: Vec<Entry<K, V>>,
    /// Entries that are no gaps.
    len: usize,
    /// The number of the entry inserted last; 0 if there was none.
    last: u64,
    /// Places in `entries`, by hash of the key; empty as long as there are few.
    index: HashTable<u32>,
}

struct Entry<K, V> {
    /// Counts up from 1.
    number: u64,
    /// `None`: a gap.
    content: Option<(K, V)>,
}

/// Where a walk is. As long as the entry it stood on is in its place, it goes on in O(1).
#[derive(Clone, Copy, Default)]
pub(super) struct Walk {
    /// The number of the entry it stood on last; 0 at first.
    number: u64,
    /// The place behind that entry when it was met.
    place: usize,
}

impl Walk {
    /// Steps on the first entry there ever was. False if the walk has begun before.
    pub(super) fn begin(&mut self) -> bool {
        let begins = self.number == 0;
        self.number = self.number.max(1);
        begins
    }
}

/// So many entries are looked for one by one.
const FEW: usize = 8;

impl<K, V> Ordered<K, V> {
    pub(super) const fn new() -> Self {
        Self { entries: Vec::new(), len: 0, last: 0, index: HashTable::new() }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The place of the key that `is` knows.
    fn place(&self, hash: u64, is: impl Fn(&K) -> bool) -> Option<usize> {
        let is_at = |place: usize| {
            let content = self.entries.get(place).and_then(|entry| entry.content.as_ref());
            content.is_some_and(|(key, _)| is(key))
        };
        if self.index.is_empty() {
            (0..self.entries.len()).find(|&place| is_at(place))
        } else {
            self.index.find(hash, |&place| is_at(place as usize)).map(|&place| place as usize)
        }
    }

    pub(super) fn get(&self, hash: u64, is: impl Fn(&K) -> bool) -> Option<&V> {
        let place = self.place(hash, is)?;
        self.entries[place].content.as_ref().map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, hash: u64, is: impl Fn(&K) -> bool) -> Option<&mut V> {
        let place = self.place(hash, is)?;
        self.entries[place].content.as_mut().map(|(_, value)| value)
    }

    /// Adds a key that is not there yet.
    pub(super) fn push(&mut self, key: K, value: V, hash_of: impl Fn(&K) -> u64) {
        self.last += 1;
        let place = self.entries.len();
        let hash = hash_of(&key);
        self.entries.push(Entry { number: self.last, content: Some((key, value)) });
        self.len += 1;
        if !self.index.is_empty() {
            let entries = &self.entries;
            self.index.insert_unique(hash, place as u32, |&place| {
                entries[place as usize].content.as_ref().map_or(0, |(key, _)| hash_of(key))
            });
        } else if self.entries.len() > FEW {
            self.rebuild(hash_of);
        }
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
        let content = self.entries[place].content.take();
        self.len -= 1;
        if self.entries.len() > 2 * self.len + FEW {
            self.rebuild(hash_of);
        }
        content
    }

    /// Closes the gaps.
    fn rebuild(&mut self, hash_of: impl Fn(&K) -> u64) {
        self.entries.retain(|entry| entry.content.is_some());
        if self.entries.capacity() > 4 * self.entries.len() {
            self.entries.shrink_to(2 * self.entries.len());
        }
        self.index = HashTable::new();
        if self.len > FEW {
            let entries = &self.entries;
            let hash_at =
                |place: usize| entries[place].content.as_ref().map_or(0, |(key, _)| hash_of(key));
            self.index.reserve(self.len, |&place| hash_at(place as usize));
            for place in 0..entries.len() {
                let hash = hash_at(place);
                self.index.insert_unique(hash, place as u32, |&place| hash_at(place as usize));
            }
        }
    }

    /// The next entry of a walk.
    pub(super) fn next(&self, walk: &mut Walk) -> Option<(&K, &V)> {
        let behind = walk.place.checked_sub(1).and_then(|place| self.entries.get(place));
        let mut place = match behind {
            Some(entry) if entry.number == walk.number => walk.place,
            _ => self.entries.partition_point(|entry| entry.number <= walk.number),
        };
        loop {
            let entry = self.entries.get(place)?;
            place += 1;
            if let Some((key, value)) = &entry.content {
                *walk = Walk { number: entry.number, place };
                return Some((key, value));
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries
            .iter()
            .filter_map(|entry| entry.content.as_ref())
            .map(|(key, value)| (key, value))
    }

    /// Gives back memory that is not needed.
    pub(super) fn shrink(&mut self, hash_of: impl Fn(&K) -> u64) {
        self.rebuild(hash_of);
        self.entries.shrink_to_fit();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry<K, V>>() + self.index.allocation_size()
    }
}
