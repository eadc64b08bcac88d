//! Memory for the children of nodes.

use super::tree::{NodeId, ROOT};
use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

/// What leads from a node to its children: the run of places where they are, and `NAMED`. Of a node without
/// children, its own place, and `LEAF`.
pub(super) type Content = u32;

/// Set in the content of a node without children.
const LEAF: Content = 1 << 31;
/// Set in the content of a node with children where a name ends.
const NAMED: Content = 1 << 30;

/// True if a node has children.
#[inline]
pub(super) const fn has_children(content: Content) -> bool {
    content & LEAF == 0
}

/// True if a name ends at a node. One does at each without children.
#[inline]
pub(super) const fn has_name(content: Content) -> bool {
    content & (LEAF | NAMED) != 0
}

/// The content of a node without children, which is at a place.
#[inline]
pub(super) const fn leaf(place: u32) -> Content {
    LEAF | place
}

/// The place of a node without children.
#[inline]
pub(super) const fn place(content: Content) -> u32 {
    content & !LEAF
}

/// As many places as a power of two, from a multiple of that on.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) start: u32,
    order: u32,
}

impl Run {
    /// The lowest bit that is set says how long it is, those above where it is.
    #[inline]
    pub(super) const fn new(content: Content) -> Self {
        let order = content.trailing_zeros();
        Self { start: (content & !NAMED & content.wrapping_sub(1)) >> 1, order }
    }

    /// The content of the node whose children are there.
    pub(super) const fn content(self, has_name: bool) -> Content {
        self.start << 1 | 1 << self.order | if has_name { NAMED } else { 0 }
    }

    #[inline]
    pub(super) fn places(self) -> Range<u32> {
        self.start..self.start + (1 << self.order)
    }
}

/// A place for a node beside the other children of its parent, with all that a lookup wants of it.
#[derive(Clone)]
pub(super) struct Child<V> {
    pub(super) birth: u64,
    /// When the name came that ends here. Not in one `Option` with the value, which would take more room.
    pub(super) named: u64,
    /// The value of that name.
    pub(super) value: Option<V>,
    /// `ROOT` for a gap, which has a birth, and for an unused place.
    pub(super) node: NodeId,
    pub(super) content: Content,
}

const _: () = assert!(size_of::<Child<u32>>() == 32);

/// The birth of no node, after all others.
pub(super) const UNUSED: u64 = u64::MAX;
/// Instead of a birth, at the first place of a run that is free.
const FREE: u64 = u64::MAX - 1;
/// No place.
const NONE: u32 = u32::MAX;
/// How many lengths of runs there are.
const ORDERS: usize = 30;
/// With fewer places, there is a number for each run that may be wanted next, twice as long as another.
const MAX: usize = 1 << 27;

impl<V> Child<V> {
    /// False for a gap between others.
    #[inline]
    pub(super) const fn is_no_gap(&self) -> bool {
        self.node != ROOT || self.birth == UNUSED
    }

    const fn unused() -> Self {
        Self { birth: UNUSED, named: 0, value: None, node: ROOT, content: 0 }
    }
}

/// Runs of places, split in two and joined again as they are wanted.
#[derive(Clone)]
pub(super) struct Pool<V> {
    places: Vec<Child<V>>,
    /// The first free run of each length: a list through `content`, back through `named`. `node` says how long
    /// a free run is.
    free: [u32; ORDERS],
}

impl<V> Pool<V> {
    pub(super) const fn new() -> Self {
        Self { places: Vec::new(), free: [NONE; ORDERS] }
    }

    #[inline]
    pub(super) fn get(&self, place: u32) -> Option<&Child<V>> {
        self.places.get(place as usize)
    }

    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut Child<V>> {
        self.places.get_mut(place as usize)
    }

    /// True if no more may be wanted.
    pub(super) fn is_full(&self) -> bool {
        self.places.len() >= MAX
    }

    /// Nodes at all places.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Child<V>> {
        self.places.iter().filter(|child| child.node != ROOT && child.birth < FREE)
    }

    /// The places of a run.
    #[inline]
    pub(super) fn run(&self, run: Run) -> &[Child<V>] {
        let Range { start, end } = run.places();
        self.places.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Writes to a place.
    pub(super) fn put(&mut self, place: u32, child: Child<V>) {
        if let Some(old) = self.get_mut(place) {
            *old = child;
        }
    }

    /// Empties a place.
    pub(super) fn take(&mut self, place: u32) -> Child<V> {
        self.get_mut(place).map_or(Child::unused(), |old| mem::replace(old, Child::unused()))
    }

    /// A run of unused places, as many as wanted or more.
    pub(super) fn allocate(&mut self, len: u32) -> Run {
        let order = len.next_power_of_two().trailing_zeros();
        let Some(from) = (order..ORDERS as u32).find(|&order| self.free[order as usize] != NONE)
        else {
            return self.extend(order);
        };
        let start = self.free[from as usize];
        self.unlink(start, from);
        for order in order..from {
            self.link(start + (1 << order), order);
        }
        Run { start, order }
    }

    /// Takes back a run whose places are unused.
    pub(super) fn give(&mut self, run: Run) {
        let Run { mut start, mut order } = run;
        // Its other half may be free as well, and so on.
        loop {
            let other = start ^ 1 << order;
            let half = self.get(other).filter(|half| half.birth == FREE && half.node == order);
            if half.is_none() || order as usize + 1 == ORDERS {
                break;
            }
            self.unlink(other, order);
            start &= other;
            order += 1;
        }
        self.link(start, order);
    }

    /// A run behind all others.
    fn extend(&mut self, order: u32) -> Run {
        let mut end = self.places.len() as u32;
        let start = end.next_multiple_of(1 << order);
        self.places.resize_with((start + (1 << order)) as usize, Child::unused);
        while end < start {
            let order = end.trailing_zeros();
            self.give(Run { start: end, order });
            end += 1 << order;
        }
        Run { start, order }
    }

    fn link(&mut self, start: u32, order: u32) {
        let next = mem::replace(&mut self.free[order as usize], start);
        self.put(
            start,
            Child { birth: FREE, named: NONE.into(), value: None, node: order, content: next },
        );
        if let Some(next) = self.get_mut(next) {
            next.named = start.into();
        }
    }

    fn unlink(&mut self, start: u32, order: u32) {
        let Child { named: before, content: next, .. } = self.take(start);
        match self.get_mut(before as u32) {
            Some(before) => before.content = next,
            None => self.free[order as usize] = next,
        }
        if let Some(next) = self.get_mut(next) {
            next.named = before;
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.places.shrink_to_fit();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.places.capacity() * size_of::<Child<V>>()
    }
}
