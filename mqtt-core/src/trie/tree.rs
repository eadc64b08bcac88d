//! Nodes, found by their parent and their level.

use super::levels::{LevelId, MULTI, SINGLE};
use alloc::vec::Vec;
use core::mem;

/// The number of a node.
pub(super) type NodeId = u32;

pub(super) const ROOT: NodeId = 0;
/// Nothing at a node but the way to others.
pub(super) const NOTHING: u32 = u32::MAX;
/// The highest number of a node; the bits above are flags.
const LAST: NodeId = (1 << 29) - 1;

/// A node as it is in the table, found together with the edge that leads to it: one cache line.
#[derive(Clone, Copy)]
pub(super) struct Node {
    parent: NodeId,
    level: LevelId,
    /// The number, and in the upper bits which children there are.
    id_and_flags: u32,
    /// What is here, by a number of the owner's: who subscribes, or the value of a name.
    pub(super) content: u32,
}

/// The parent of no node.
const NO_PARENT: NodeId = u32::MAX;
const EMPTY: Node = Node { parent: NO_PARENT, level: 0, id_and_flags: 0, content: NOTHING };

impl Node {
    pub(super) const HAS_SINGLE: u32 = 1 << 29;
    pub(super) const HAS_MULTI: u32 = 1 << 30;
    pub(super) const HAS_LITERAL: u32 = 1 << 31;

    #[inline(always)]
    pub(super) const fn id(&self) -> NodeId {
        self.id_and_flags & LAST
    }

    #[inline(always)]
    pub(super) const fn has(&self, flag: u32) -> bool {
        self.id_and_flags & flag != 0
    }

    const fn is_empty(&self) -> bool {
        self.parent == NO_PARENT
    }
}

/// The flag of a parent that says that there is such a child.
const fn flag(level: LevelId) -> u32 {
    match level {
        SINGLE => Node::HAS_SINGLE,
        MULTI => Node::HAS_MULTI,
        _ => Node::HAS_LITERAL,
    }
}

/// What is known of a node by its number.
#[derive(Clone, Copy)]
struct Place {
    /// Where it is in the table; of a number that is not in use, the next such number.
    slot: u32,
    children: u32,
}

/// A tree of nodes in one table: open addressing, with a home that only the owner of the seed knows.
#[derive(Clone)]
pub(super) struct Tree {
    seed: [u64; 2],
    slots: Vec<Node>,
    /// By number; that of the root has no slot.
    places: Vec<Place>,
    root: Node,
    /// Nodes without the root.
    len: usize,
    /// The number to be given next, if one has been given back.
    free: u32,
}

/// The hash of a key whose choice may be hostile, in its lower 32 bits.
///
/// A folded multiplication alone leaves the keys of an arithmetic progression in one: for some seeds they
/// meet. The second multiplication breaks that up.
#[inline(always)]
pub(super) fn mix(key: u64, seed: u64, factor: u64) -> usize {
    let product = u128::from(key ^ seed) * u128::from(factor | 1);
    let folded = (product >> 64) as u64 ^ product as u64;
    ((folded ^ folded >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize
}

/// Moves those behind a slot that is to be emptied, if they would no longer be found; gives the slot that
/// is to be emptied in the end. `home` is where the search for the one in a slot begins, `None` for an
/// empty slot.
pub(super) fn close_gap<T>(
    table: &mut T,
    mask: usize,
    slot: usize,
    home: impl Fn(&T, usize) -> Option<usize>,
    shift: impl Fn(&mut T, usize, usize),
) -> usize {
    let (mut hole, mut at) = (slot, slot);
    loop {
        at = (at + 1) & mask;
        let Some(home) = home(table, at) else { return hole };
        // How far it is from home, and how far the hole is from it, both against the search.
        if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
            shift(table, at, hole);
            hole = at;
        }
    }
}

impl Tree {
    pub(super) const fn new(seed: [u64; 2]) -> Self {
        Self { seed, slots: Vec::new(), places: Vec::new(), root: EMPTY, len: 0, free: u32::MAX }
    }

    pub(super) const fn root(&self) -> &Node {
        &self.root
    }

    /// The child of a node at a level.
    #[inline(always)]
    pub(super) fn child(&self, parent: NodeId, level: LevelId) -> Option<&Node> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = self.home(parent, level) & mask;
        loop {
            let node = self.slots.get(at)?;
            if node.parent == parent && node.level == level {
                return Some(node);
            }
            if node.is_empty() {
                return None;
            }
            at = (at + 1) & mask;
        }
    }

    /// A node by its number.
    pub(super) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        match id {
            ROOT => &mut self.root,
            _ => &mut self.slots[self.places[id as usize].slot as usize],
        }
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        match id {
            ROOT => &self.root,
            _ => &self.slots[self.places[id as usize].slot as usize],
        }
    }

    /// The parent and the level of a node other than the root.
    pub(super) fn parent(&self, id: NodeId) -> (NodeId, LevelId) {
        let node = self.node(id);
        (node.parent, node.level)
    }

    /// How many children a node has.
    pub(super) fn children(&self, id: NodeId) -> u32 {
        self.places.get(id as usize).map_or(0, |place| place.children)
    }

    /// True if nothing hangs on the node.
    pub(super) fn is_bare(&self, id: NodeId) -> bool {
        self.places[id as usize].children == 0 && self.node(id).content == NOTHING
    }

    /// How many numbers have been given, those that are not in use now too.
    pub(super) fn ids(&self) -> NodeId {
        self.places.len() as NodeId
    }

    /// What is at the node with this number, if there is one.
    pub(super) fn content(&self, id: NodeId) -> u32 {
        if self.is_live(id) { self.node(id).content } else { NOTHING }
    }

    /// True if there is a node with this number, which is not that of the root.
    fn is_live(&self, id: NodeId) -> bool {
        // The place of a number that is not in use says nothing.
        let place = self.places.get(id as usize);
        let node = place.and_then(|place| self.slots.get(place.slot as usize));
        node.is_some_and(|node| !node.is_empty() && node.id() == id)
    }

    /// Adds a child that is not there yet. `None` if there are no numbers left.
    pub(super) fn add(&mut self, parent: NodeId, level: LevelId) -> Option<NodeId> {
        if self.places.is_empty() {
            self.places.push(Place { slot: 0, children: 0 });
        }
        if (self.len + 1) * 4 > self.slots.len() * 3 {
            self.resize((self.slots.len() * 2).max(8));
        }
        let id = if self.free == u32::MAX {
            let id = self.places.len() as NodeId;
            if id > LAST {
                return None;
            }
            self.places.push(Place { slot: 0, children: 0 });
            id
        } else {
            let id = self.free;
            self.free = self.places[id as usize].slot;
            id
        };
        self.len += 1;
        self.put(Node { parent, level, id_and_flags: id, content: NOTHING });
        self.places[id as usize].children = 0;
        self.places[parent as usize].children += 1;
        self.node_mut(parent).id_and_flags |= flag(level);
        Some(id)
    }

    /// Removes a bare node other than the root.
    pub(super) fn remove(&mut self, id: NodeId) {
        let (parent, level) = self.parent(id);
        self.vacate(self.places[id as usize].slot as usize);
        self.places[id as usize].slot = self.free;
        self.free = id;
        self.len -= 1;
        self.places[parent as usize].children -= 1;
        let literal = self.places[parent as usize].children
            - u32::from(level != SINGLE && self.node(parent).has(Node::HAS_SINGLE))
            - u32::from(level != MULTI && self.node(parent).has(Node::HAS_MULTI));
        if flag(level) != Node::HAS_LITERAL || literal == 0 {
            self.node_mut(parent).id_and_flags &= !flag(level);
        }
        if self.len == 0 {
            self.clear();
        }
    }

    /// Removes all nodes.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.seed);
    }

    /// Gives back memory that is not needed, with the numbers that `level` and `content` give for those
    /// there are. Nodes get new numbers in the order of the old ones: the answer, `ROOT` for no node.
    pub(super) fn shrink(
        &mut self,
        level: impl Fn(LevelId) -> LevelId,
        mut content: impl FnMut(u32) -> u32,
    ) -> Vec<NodeId> {
        let mut old = mem::replace(self, Self::new(self.seed));
        if old.len == 0 {
            return Vec::new();
        }
        let mut new_ids = alloc::vec![ROOT; old.places.len()];
        let mut last = ROOT;
        for (id, new_id) in new_ids.iter_mut().enumerate().skip(1) {
            if old.is_live(id as NodeId) {
                last += 1;
                *new_id = last;
            }
        }
        // Not by `Vec::resize`, which makes room for four at least.
        self.slots = alloc::vec![EMPTY; (old.len * 4).div_ceil(3).next_power_of_two()];
        self.places = Vec::with_capacity(old.len + 1);
        self.places.push(old.places[0]);
        self.root = old.root;
        self.len = old.len;
        for id in (1..old.places.len()).filter(|&id| new_ids[id] != ROOT) {
            let place = old.places[id];
            self.places.push(place);
            let node = &mut old.slots[place.slot as usize];
            let flags = node.id_and_flags & !LAST;
            let node = Node {
                parent: new_ids[node.parent as usize],
                level: level(node.level),
                id_and_flags: flags | new_ids[id],
                content: content(node.content),
            };
            self.put(node);
        }
        new_ids
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Node>() + self.places.capacity() * size_of::<Place>()
    }

    /// Where the search for a node begins, before it is cut to the table.
    #[inline(always)]
    fn home(&self, parent: NodeId, level: LevelId) -> usize {
        mix(u64::from(parent) << 32 | u64::from(level), self.seed[0], self.seed[1])
    }

    /// Writes a node to the first free slot of its search.
    fn put(&mut self, node: Node) {
        let mask = self.slots.len() - 1;
        let mut at = self.home(node.parent, node.level) & mask;
        while !self.slots[at].is_empty() {
            at = (at + 1) & mask;
        }
        self.slots[at] = node;
        self.places[node.id() as usize].slot = at as u32;
    }

    fn vacate(&mut self, slot: usize) {
        let mask = self.slots.len() - 1;
        let home = |tree: &Self, at: usize| {
            let node = tree.slots[at];
            (!node.is_empty()).then(|| tree.home(node.parent, node.level))
        };
        let hole = close_gap(self, mask, slot, home, |tree, from, to| {
            let node = tree.slots[from];
            tree.slots[to] = node;
            tree.places[node.id() as usize].slot = to as u32;
        });
        self.slots[hole] = EMPTY;
    }

    fn resize(&mut self, size: usize) {
        for node in mem::replace(&mut self.slots, alloc::vec![EMPTY; size]) {
            if !node.is_empty() {
                self.put(node);
            }
        }
    }
}
