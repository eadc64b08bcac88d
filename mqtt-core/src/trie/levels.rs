//! Texts of levels, each kept once.

use super::tree::{close_gap, mix};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hasher};
use core::mem;

/// The number of a level.
pub(super) type LevelId = u32;

/// `+`.
pub(super) const SINGLE: LevelId = 0;
/// `#`.
pub(super) const MULTI: LevelId = 1;
/// A text that no filter has.
pub(super) const UNKNOWN: LevelId = u32::MAX;

/// Texts of levels with a number for each, and how often it is used.
///
/// The table is open addressing with what decides nearly always beside the number: the length and the
/// first bytes. A short text is compared without following a pointer.
#[derive(Clone)]
pub(super) struct Levels<S> {
    hasher: S,
    seed: [u64; 2],
    slots: Vec<Slot>,
    texts: Vec<Text>,
    /// How many numbers are in use, without the wildcards.
    len: usize,
    /// The number to be given next, if one has been given back; a list through `Text::uses`.
    free: u32,
}

#[derive(Clone, Copy)]
struct Slot {
    /// See `head`.
    head: u64,
    len: u32,
    id: LevelId,
}

#[derive(Clone)]
struct Text {
    text: Box<str>,
    /// How many nodes have the level; of a number that is not in use, the next such number.
    uses: u32,
}

const EMPTY: Slot = Slot { head: 0, len: 0, id: UNKNOWN };
/// The first number of a text.
pub(super) const FIRST: LevelId = 2;

/// Eight bytes that are the text itself, up to that length. Different texts of the same length have the
/// same head only if they are longer.
#[inline(always)]
fn head(text: &[u8]) -> u64 {
    if let Some(first) = text.first_chunk() {
        return u64::from_le_bytes(*first);
    }
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
    }
    match *text {
        [a] => a.into(),
        [a, b] => u64::from_le_bytes([a, b, 0, 0, 0, 0, 0, 0]),
        [a, b, c] => u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]),
        _ => 0,
    }
}

impl<S: BuildHasher> Levels<S> {
    pub(super) const fn new(hasher: S, seed: [u64; 2]) -> Self {
        Self { hasher, seed, slots: Vec::new(), texts: Vec::new(), len: 0, free: UNKNOWN }
    }

    pub(super) const fn hasher(&self) -> &S {
        &self.hasher
    }

    /// The number of a level of a topic name, or `UNKNOWN`.
    #[inline]
    pub(super) fn find(&self, text: &[u8]) -> LevelId {
        match self.place(text) {
            Some(at) => self.slots[at].id,
            None => UNKNOWN,
        }
    }

    /// The number of a level of a filter, if any filter has it.
    pub(super) fn find_in_filter(&self, text: &str) -> Option<LevelId> {
        let level = match text {
            "+" => SINGLE,
            "#" => MULTI,
            _ => self.find(text.as_bytes()),
        };
        (level != UNKNOWN).then_some(level)
    }

    /// Notes that one more node has a level, and gives its number back.
    pub(super) fn share(&mut self, id: LevelId) -> LevelId {
        if id >= FIRST {
            self.texts[(id - FIRST) as usize].uses += 1;
        }
        id
    }

    /// The number of a level that is not there yet, for a node. `None` if there are no numbers left.
    pub(super) fn add(&mut self, text: &str) -> Option<LevelId> {
        if (self.len + 1) * 3 > self.slots.len() * 2 {
            self.resize((self.len + 1).next_power_of_two().max(8) * 2);
        }
        let entry = Text { text: text.into(), uses: 1 };
        let id = if self.free == UNKNOWN {
            let id = u32::try_from(self.texts.len()).ok()?.checked_add(FIRST)?;
            if id == UNKNOWN {
                return None;
            }
            self.texts.push(entry);
            id
        } else {
            let id = self.free;
            let old = mem::replace(&mut self.texts[(id - FIRST) as usize], entry);
            self.free = old.uses;
            id
        };
        self.len += 1;
        let at = self.place(text.as_bytes())?;
        self.slots[at] = Slot { head: head(text.as_bytes()), len: text.len() as u32, id };
        Some(id)
    }

    /// Takes back what `share` or `add` gave.
    pub(super) fn release(&mut self, id: LevelId) {
        if id < FIRST {
            return;
        }
        let entry = &mut self.texts[(id - FIRST) as usize];
        entry.uses -= 1;
        if entry.uses > 0 {
            return;
        }
        // While the text is there: a long one is found by it.
        if let Some(at) = self.place(self.text(id).as_bytes()) {
            self.vacate(at);
        }
        self.texts[(id - FIRST) as usize] = Text { text: Box::default(), uses: self.free };
        self.free = id;
        self.len -= 1;
        if self.len == 0 {
            self.clear();
        }
    }

    /// The text of a level.
    pub(super) fn text(&self, id: LevelId) -> &str {
        match id {
            SINGLE => "+",
            MULTI => "#",
            _ => &self.texts[(id - FIRST) as usize].text,
        }
    }

    /// Forgets all numbers.
    pub(super) fn clear(&mut self) {
        (self.slots, self.texts, self.free) = (Vec::new(), Vec::new(), UNKNOWN);
        self.len = 0;
    }

    /// Gives back memory that is not needed. The numbers change: the new one of each is in the answer.
    pub(super) fn shrink(&mut self) -> Vec<LevelId> {
        let mut new_ids = alloc::vec![SINGLE; self.texts.len()];
        let mut free = self.free;
        while free != UNKNOWN {
            new_ids[(free - FIRST) as usize] = UNKNOWN;
            free = self.texts[(free - FIRST) as usize].uses;
        }
        self.free = UNKNOWN;
        let old = mem::take(&mut self.texts);
        self.texts = Vec::with_capacity(self.len);
        for (id, entry) in new_ids.iter_mut().zip(old) {
            if *id != UNKNOWN {
                *id = self.texts.len() as LevelId + FIRST;
                self.texts.push(entry);
            }
        }
        for slot in self.slots.iter_mut().filter(|slot| slot.id != UNKNOWN) {
            slot.id = new_ids[(slot.id - FIRST) as usize];
        }
        if self.len > 0 {
            self.resize((self.len * 3 / 2 + 1).next_power_of_two());
        }
        new_ids
    }

    /// The number that a level has after `shrink`.
    pub(super) fn renumbered(new_ids: &[LevelId], level: LevelId) -> LevelId {
        level.checked_sub(FIRST).map_or(level, |old| new_ids[old as usize])
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let texts: usize = self.texts.iter().map(|entry| entry.text.len()).sum();
        self.slots.capacity() * size_of::<Slot>()
            + self.texts.capacity() * size_of::<Text>()
            + texts
    }

    /// Where the text is, or where it would go. `None` if there is no table.
    #[inline(always)]
    fn place(&self, text: &[u8]) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let head = head(text);
        let mut at = self.home(text, mask);
        loop {
            let slot = self.slots.get(at)?;
            let same = slot.head == head && slot.len as usize == text.len();
            if slot.id == UNKNOWN
                || same && (text.len() <= 8 || self.text(slot.id).as_bytes() == text)
            {
                return Some(at);
            }
            at = (at + 1) & mask;
        }
    }

    /// Where the search for a text begins.
    #[inline(always)]
    fn home(&self, text: &[u8], mask: usize) -> usize {
        if text.len() <= 8 {
            return self.home_of_short(head(text), text.len(), mask);
        }
        let mut state = self.hasher.build_hasher();
        state.write(text);
        state.finish() as usize & mask
    }

    #[inline(always)]
    fn home_of_short(&self, head: u64, len: usize, mask: usize) -> usize {
        // The length above the lowest bit, which is set anyway.
        let factor = self.seed[1] ^ (len as u64) << 1;
        mix(head, self.seed[0], factor) & mask
    }

    /// Where the search for what is in a slot begins.
    fn home_of(&self, slot: Slot, mask: usize) -> usize {
        match slot.len as usize {
            len @ 0..=8 => self.home_of_short(slot.head, len, mask),
            _ => self.home(self.text(slot.id).as_bytes(), mask),
        }
    }

    fn vacate(&mut self, slot: usize) {
        let mask = self.slots.len() - 1;
        let home = |levels: &Self, at: usize| {
            let id = levels.slots[at].id;
            (id != UNKNOWN).then(|| levels.home_of(levels.slots[at], mask))
        };
        let hole = close_gap(self, mask, slot, home, |levels, from, to| {
            levels.slots[to] = levels.slots[from];
        });
        self.slots[hole] = EMPTY;
    }

    fn resize(&mut self, size: usize) {
        // Not by `Vec::resize`, which makes room for four at least.
        let old = mem::replace(&mut self.slots, alloc::vec![EMPTY; size]);
        for slot in old.into_iter().filter(|slot| slot.id != UNKNOWN && slot.len <= 8) {
            self.put(slot, self.home_of(slot, size - 1));
        }
        // Long ones in the order of their numbers, for their texts lie in memory like that. A number that is
        // not in use has none.
        for at in 0..self.texts.len() {
            let text = self.texts[at].text.as_bytes();
            if text.len() > 8 {
                let slot =
                    Slot { head: head(text), len: text.len() as u32, id: at as LevelId + FIRST };
                self.put(slot, self.home(text, size - 1));
            }
        }
    }

    /// Writes to the first free slot from `at` on.
    fn put(&mut self, slot: Slot, mut at: usize) {
        while self.slots[at].id != UNKNOWN {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = slot;
    }
}
