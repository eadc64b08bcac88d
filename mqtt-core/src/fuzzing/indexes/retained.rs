//! An index of retained messages beside a list that is searched from end to end.

use super::input::{Filter, Hashing, Input, name, numbered};
use super::{Finds, MAX_ENTRIES, SLOTS};
use crate::{IndexFull, IndexLimits, RetainedCursor, RetainedEntry, RetainedIndex, TopicFilter};
use std::collections::BTreeSet;
use std::string::String;
use std::vec::Vec;

type Index = RetainedIndex<u32, Hashing>;

/// An index, what is in it, and lookups that are under way.
pub(super) struct Retained {
    hashing: Hashing,
    index: Index,
    /// What it was a copy of, to be mistaken for it.
    other: Option<Index>,
    limits: IndexLimits,
    /// In the order in which they came.
    names: Vec<Name>,
    /// Counts whatever comes, values too.
    births: u32,
    open: [Open; SLOTS],
}

struct Name {
    text: String,
    value: u32,
    birth: u32,
}

/// A lookup under way.
#[derive(Default)]
struct Open {
    cursor: RetainedCursor,
    /// `None` if it has not begun.
    filter: Option<Filter>,
    /// What came later is not found.
    begun: u32,
    /// What has been found, by birth.
    seen: BTreeSet<u32>,
    is_ended: bool,
}

impl Retained {
    pub(super) fn new(hashing: Hashing) -> Self {
        let limits = IndexLimits { max_entries: MAX_ENTRIES, ..IndexLimits::DEFAULT };
        let mut index = Index::with_hasher(hashing);
        assert_eq!((index.len(), index.heap_bytes()), (0, 0));
        index.set_limits(limits);
        let (names, open) = (Vec::new(), Default::default());
        Self { hashing, index, other: None, limits, names, births: 0, open }
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    fn birth(&mut self) -> u32 {
        self.births += 1;
        self.births
    }

    fn position(&self, text: &str) -> Option<usize> {
        self.names.iter().position(|known| known.text == text)
    }

    fn insert(&mut self, text: &str) {
        let value = self.birth();
        let at = self.position(text);
        let IndexLimits { max_entries, max_levels } = self.limits;
        let expected = if let Some(at) = at {
            Ok(Some(core::mem::replace(&mut self.names[at].value, value)))
        } else if self.len() >= max_entries {
            Err(IndexFull::Entries { max: max_entries })
        } else if text.split('/').count() > max_levels {
            Err(IndexFull::Levels { max: max_levels })
        } else {
            Ok(None)
        };
        let heap_bytes = expected.map_err(|_| self.index.heap_bytes());
        assert_eq!(self.index.insert(name(text), value), expected, "{text}");
        if let Err(heap_bytes) = heap_bytes {
            assert_eq!(self.index.heap_bytes(), heap_bytes, "{text}");
        }
        if expected != Ok(None) {
            return;
        }
        let birth = self.birth();
        self.names.push(Name { text: text.into(), value, birth });
    }

    fn remove(&mut self, text: &str) {
        let expected = self.position(text).map(|at| self.names.remove(at).value);
        assert_eq!(self.index.remove(name(text)), expected, "{text}");
    }

    fn remove_at(&mut self, at: usize) {
        if let Some(known) = self.names.get(at) {
            let text = known.text.clone();
            self.remove(&text);
        }
    }

    /// One name, or many: that differ in their last level, or in their first and not in their last.
    pub(super) fn insert_some(&mut self, input: &mut Input<'_>, how: u8) {
        let text = input.name();
        match how {
            0 => self.insert(&text),
            how => {
                for number in 0..input.byte() % 48 {
                    let number = numbered(number);
                    self.insert(&if how == 1 {
                        std::format!("{text}/{number}")
                    } else {
                        std::format!("{number}/{text}")
                    });
                }
            }
        }
    }

    /// One name that is there, one that may be, or many in a row, from either end.
    pub(super) fn remove_some(&mut self, input: &mut Input<'_>, how: u8) {
        match how {
            0 => {
                let at = input.place(self.len());
                self.remove_at(at);
            }
            1 => {
                let text = input.name();
                self.remove(&text);
            }
            _ => {
                let at = input.place(self.len());
                let count = input.below(64);
                for _ in 0..count {
                    let len = self.len();
                    self.remove_at(match how {
                        2 => at,
                        3 => at.saturating_sub(1).min(len.saturating_sub(1)),
                        _ => len.saturating_sub(1),
                    });
                }
            }
        }
    }

    pub(super) fn get(&mut self, input: &mut Input<'_>) {
        let text = input.name();
        let value = self.birth();
        let at = self.position(&text);
        let known = at.map(|at| &mut self.names[at]);
        assert_eq!(self.index.get(name(&text)), known.as_ref().map(|known| &known.value));
        match (self.index.get_mut(name(&text)), known) {
            (Some(found), Some(known)) => {
                assert_eq!(*found, known.value);
                (*found, known.value) = (value, value);
            }
            (found, known) => assert!(found.is_none() && known.is_none(), "{text}"),
        }
    }

    /// Everything, one by one.
    pub(super) fn list(&self, finds: &mut Finds) {
        let mut births = BTreeSet::new();
        for found in self.index.iter() {
            let birth = self.identify(&found);
            assert!(births.insert(birth));
            finds.push(birth);
        }
        assert_eq!((births.len(), self.index.len()), (self.len(), self.len()));
        assert_eq!(self.index.is_empty(), self.len() == 0);
    }

    /// What a find is, which must be there now.
    fn identify(&self, found: &RetainedEntry<'_, u32, Hashing>) -> u32 {
        let text = found.name();
        let known = self.names.iter().find(|known| known.text == text);
        let known = known.expect("what is found is there now");
        assert_eq!(*found.value, known.value, "{text} has its present value");
        known.birth
    }

    fn matching(&self, filter: &Filter) -> Vec<u32> {
        let matching = self.names.iter().filter(|known| filter.matches(&known.text));
        matching.map(|known| known.birth).collect()
    }

    /// A lookup from beginning to end.
    pub(super) fn find(&self, input: &mut Input<'_>, finds: &mut Finds) {
        let filter = input.filter();
        let mut cursor = RetainedCursor::default();
        let found: Vec<_> = self.index.lookup(filter.get(), &mut cursor).collect();
        let mut births: Vec<_> = found.iter().map(|found| self.identify(found)).collect();
        finds.extend(births.iter().copied());
        births.sort_unstable();
        assert_eq!(births, self.matching(&filter), "{filter:?}");
        assert!(self.index.resume(filter.get(), &mut cursor).next().is_none());

        let mut text = String::new();
        let mut names: Vec<&str> = Vec::new();
        let mut lens = Vec::new();
        for found in &found {
            found.write_name(&mut text);
            lens.push(text.len());
        }
        let mut from = 0;
        for (found, to) in found.iter().zip(lens) {
            let name = text.get(from..to).expect("one behind the other");
            assert_eq!(name, found.name());
            // Before those below it.
            let below = std::format!("{name}/");
            if names.len() < 64 {
                assert!(!names.iter().any(|other| other.starts_with(&below)), "{name}");
            }
            names.push(name);
            from = to;
        }
    }

    pub(super) fn begin(&mut self, input: &mut Input<'_>) {
        let open = &mut self.open[input.below(SLOTS)];
        let filter = input.filter();
        let _ = self.index.lookup(filter.get(), &mut open.cursor);
        (open.filter, open.begun, open.is_ended) = (Some(filter), self.births, false);
        open.seen.clear();
    }

    /// A page of a lookup.
    pub(super) fn resume(&mut self, input: &mut Input<'_>, finds: &mut Finds) {
        let slot = input.below(SLOTS);
        let page = match input.byte() {
            255 => usize::MAX,
            page => usize::from(page % 16),
        };
        self.go_on(slot, page, finds);
    }

    fn go_on(&mut self, slot: usize, page: usize, finds: &mut Finds) {
        let mut open = core::mem::take(&mut self.open[slot]);
        if let Some(filter) = &open.filter {
            let mut found = self.index.resume(filter.get(), &mut open.cursor);
            for _ in 0..page {
                let Some(one) = found.next() else {
                    assert!(found.next().is_none());
                    open.is_ended = true;
                    break;
                };
                let birth = self.identify(&one);
                assert!(!open.is_ended, "{one:?} was found behind the end");
                assert!(birth <= open.begun, "{one:?} came too late");
                assert!(filter.matches(&one.name()), "{filter:?} found {one:?}");
                assert!(open.seen.insert(birth), "{one:?} was found before");
                finds.push(birth);
            }
            if open.is_ended {
                let stayed = self.matching(filter).into_iter().filter(|birth| *birth <= open.begun);
                for birth in stayed {
                    assert!(open.seen.contains(&birth), "{birth} was there all the time");
                }
            }
        }
        self.open[slot] = open;
    }

    /// What must not be done: it may find what it likes, but comes to an end.
    pub(super) fn mistake(&mut self, input: &mut Input<'_>) {
        let open = &mut self.open[input.below(SLOTS)];
        let filter = input.filter();
        let index = self.other.as_ref().unwrap_or(&self.index);
        let page = input.below(8);
        for found in index.resume(filter.get(), &mut open.cursor).take(page) {
            assert!(index.get(name(&found.name())).is_some());
        }
        for found in self.index.resume(filter.get(), &mut open.cursor) {
            assert!(self.index.get(name(&found.name())).is_some());
        }
        open.filter = None;
    }

    /// What changes nothing, and what changes all.
    pub(super) fn maintain(&mut self, input: &mut Input<'_>) {
        match input.byte() % 8 {
            0..=2 => {
                let before = self.index.heap_bytes();
                self.index.shrink_to_fit();
                assert!(self.index.heap_bytes() <= before);
            }
            3 | 4 => {
                let copy = self.index.clone();
                self.other = Some(core::mem::replace(&mut self.index, copy));
            }
            5 => {
                self.index.clear();
                self.names.clear();
                assert_eq!((self.index.len(), self.index.heap_bytes()), (0, 0));
            }
            _ => {
                self.limits = input.limits();
                self.index.set_limits(self.limits);
                assert_eq!(self.index.limits(), self.limits);
            }
        }
    }

    /// Removes all; then the index is as new.
    pub(super) fn finish(mut self, how: u8, finds: &mut Finds) {
        while self.len() > 0 {
            let len = self.len();
            self.remove_at(match how % 4 {
                0 => 0,
                1 => len - 1,
                2 => len / 2,
                _ => usize::from(how) * len % 251 % len,
            });
        }
        assert_eq!((self.index.len(), self.index.heap_bytes()), (0, 0));
        for slot in 0..SLOTS {
            self.open[slot].seen.clear();
            self.go_on(slot, usize::MAX, finds);
            assert!(self.open[slot].seen.is_empty());
        }
        self.index.set_limits(IndexLimits::DEFAULT);
        let mut new = Index::with_hasher(self.hashing);
        assert_eq!(fill(&mut self.index), fill(&mut new));
    }
}

/// What some changes make of an index that is empty.
fn fill(index: &mut Index) -> (Vec<u32>, Vec<u32>, usize) {
    let names = ["a", "a/b", "$SYS/b", "a/c", "a level of some length/b", "b/b"];
    for (value, text) in (0..).zip(names) {
        assert_eq!(index.insert(name(text), value), Ok(None));
        if value % 3 == 2 {
            assert_eq!(index.remove(name(text)), Some(value));
        }
    }
    let mut cursor = RetainedCursor::default();
    let found = index.lookup(TopicFilter::from_static("+/#"), &mut cursor);
    let found = found.map(|found| *found.value).collect();
    (found, index.iter().map(|entry| *entry.value).collect(), index.heap_bytes())
}
