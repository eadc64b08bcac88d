//! Items that are walked in the order in which they came, although some go meanwhile.

use alloc::vec::Vec;

/// Items in the order in which they came, each with a number that counts up.
///
/// What is removed leaves a gap; gaps are closed when half of the places are gaps, so the order stays
/// and each change is cheap. Gaps at the front are not walked.
#[derive(Clone)]
pub(super) struct Sequence<T> {
    /// The number, and the item unless it is a gap.
    places: Vec<(u64, Option<T>)>,
    /// Places that are no gaps.
    len: usize,
    /// Gaps at the front.
    front: usize,
}

/// Where a walk is. As long as the item it stood on is in its place, it goes on in O(1).
#[derive(Clone, Copy, Default)]
pub(super) struct Walk {
    /// The number of the item it stood on last; 0 at first.
    number: u64,
    /// The place behind that item when it was met.
    place: usize,
}

impl Walk {
    /// Steps on the first item there ever was. False if the walk has begun before.
    pub(super) fn begin(&mut self) -> bool {
        let begins = self.number == 0;
        self.number = self.number.max(1);
        begins
    }

    /// Steps on an item that is alone. False if the walk is past it.
    #[inline]
    pub(super) fn pass(&mut self, number: u64) -> bool {
        let passes = self.number < number;
        self.number = self.number.max(number);
        passes
    }

    /// Where to go on: behind the item that it stands on, wherever that is now.
    #[inline]
    pub(super) fn place_in<P>(&self, places: &[P], number: impl Fn(&P) -> u64) -> usize {
        let behind = self.place.checked_sub(1).and_then(|place| places.get(place));
        match behind {
            Some(place) if number(place) == self.number => self.place,
            // Not searched for: each step of a search waits for memory.
            None if self.number == 0 => 0,
            _ => places.partition_point(|place| number(place) <= self.number),
        }
    }

    /// A walk that stands on the item at a place.
    #[inline]
    pub(super) const fn on(number: u64, place: usize) -> Self {
        Self { number, place: place + 1 }
    }

    /// Steps on the item at a place.
    #[inline]
    pub(super) const fn stand(&mut self, number: u64, place: usize) {
        *self = Self::on(number, place);
    }

    /// The number of the item it stands on; 0 before the first.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }
}

/// So many gaps may be in a sequence of any length.
pub(super) const GAPS: usize = 8;

impl<T> Sequence<T> {
    pub(super) const fn new() -> Self {
        Self { places: Vec::new(), len: 0, front: 0 }
    }

    /// How many items there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// How many places there are, gaps too.
    pub(super) fn places(&self) -> usize {
        self.places.len()
    }

    pub(super) fn get(&self, place: usize) -> Option<&T> {
        self.places.get(place)?.1.as_ref()
    }

    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        self.places.get_mut(place)?.1.as_mut()
    }

    /// Adds an item behind all others; its number is higher than theirs.
    pub(super) fn push(&mut self, number: u64, item: T) -> &mut T {
        let place = self.places.len();
        self.places.push((number, None));
        self.len += 1;
        self.places[place].1.insert(item)
    }

    /// Removes an item. Others stay in their places, until gaps are closed.
    pub(super) fn remove(&mut self, place: usize) -> Option<T> {
        let item = self.places.get_mut(place)?.1.take()?;
        self.len -= 1;
        while self.places.get(self.front).is_some_and(|(_, item)| item.is_none()) {
            self.front += 1;
        }
        Some(item)
    }

    /// Removes all, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.places.clear();
        (self.len, self.front) = (0, 0);
    }

    /// True if it is time to close the gaps.
    pub(super) fn has_many_gaps(&self) -> bool {
        self.places.len() > 2 * self.len + GAPS
    }

    /// Moves the items together.
    pub(super) fn close_gaps(&mut self) {
        self.places.retain(|(_, item)| item.is_some());
        self.front = 0;
    }

    /// Gives memory back if most of it is not needed.
    pub(super) fn give_back(&mut self) {
        if self.places.capacity() > 4 * self.places.len() {
            self.places.shrink_to(2 * self.places.len());
        }
    }

    /// Where the item with this number is, or the first place behind where it would be.
    pub(super) fn place_of(&self, number: u64) -> Result<usize, usize> {
        self.places.binary_search_by_key(&number, |(number, _)| *number)
    }

    /// The next item of a walk, with its number.
    #[inline]
    pub(super) fn next(&self, walk: &mut Walk) -> Option<(u64, &T)> {
        let mut place = walk.place_in(&self.places, |(number, _)| *number).max(self.front);
        loop {
            let (number, item) = self.places.get(place)?;
            if let Some(item) = item {
                walk.stand(*number, place);
                return Some((*number, item));
            }
            place += 1;
        }
    }

    /// All items, with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        live(self.places.get(self.front..).unwrap_or_default())
    }

    /// All items, with their numbers: those from a place on, and then those before it.
    pub(super) fn cycle(&self, place: usize) -> impl Iterator<Item = (u64, &T)> {
        let (before, behind) = self.places.split_at(place.min(self.places.len()));
        live(behind).chain(live(before))
    }

    /// The place of the item behind `skip` others. O(1) without gaps.
    pub(super) fn nth_place(&self, skip: usize) -> usize {
        if self.len == self.places.len() {
            return skip;
        }
        let mut places = self.places.iter().enumerate().filter(|(_, (_, item))| item.is_some());
        places.nth(skip).map_or(self.places.len(), |(place, _)| place)
    }

    /// Gives another item for each.
    pub(super) fn change(&mut self, change: impl Fn(&mut T)) {
        self.places.iter_mut().filter_map(|(_, item)| item.as_mut()).for_each(change);
    }

    /// Gives back memory that is not needed.
    pub(super) fn shrink(&mut self) {
        self.close_gaps();
        self.places.shrink_to_fit();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.places.capacity() * size_of::<(u64, Option<T>)>()
    }
}

fn live<T>(places: &[(u64, Option<T>)]) -> impl Iterator<Item = (u64, &T)> {
    places.iter().filter_map(|(number, item)| Some((*number, item.as_ref()?)))
}
