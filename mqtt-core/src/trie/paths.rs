//! Ways of levels from the root to a node.

use super::levels::{LevelId, Levels};
use super::tree::{NodeId, ROOT, Tree};
use crate::Levels as Texts;
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::BuildHasher;
use core::mem;
use slab::Slab;

/// The texts of levels and the tree of their numbers: what all indexes stand on.
#[derive(Clone)]
pub(super) struct Paths<S> {
    pub(super) levels: Levels<S>,
    pub(super) tree: Tree,
    /// Counts the changes that a walk would notice.
    pub(super) changes: u64,
}

/// So many bytes are looked at in no time.
const SHORT: usize = 256;

impl<S: BuildHasher> Paths<S> {
    pub(super) fn new(hasher: S) -> Self {
        let seed = [hasher.hash_one(0_u8), hasher.hash_one(1_u8)];
        // Not 0, so that a walk begun in one index is not gone on with in another unnoticed.
        let changes = hasher.hash_one(2_u8);
        Self { levels: Levels::new(hasher, seed), tree: Tree::new(seed), changes }
    }

    /// Notes a change that a walk would notice.
    pub(super) fn changed(&mut self) {
        self.changes = self.changes.wrapping_add(1);
    }

    /// The node at the end of a way.
    pub(super) fn find(&self, way: Texts<'_>) -> Option<NodeId> {
        let (node, mut rest) = self.reach(way);
        rest.next().is_none().then_some(node)
    }

    /// The last node of a way that is there, and the rest of the way.
    pub(super) fn reach<'a>(&self, mut way: Texts<'a>) -> (NodeId, Texts<'a>) {
        let mut node = ROOT;
        loop {
            let rest = way.clone();
            let level = way.next().and_then(|text| self.levels.find_in_filter(text));
            match level.and_then(|level| self.tree.child(node, level)) {
                Some(child) => node = child.id(),
                None => return (node, rest),
            }
        }
    }

    /// Makes the rest of a way, behind the last node that is there, and gives the node at its end; `added`
    /// sees each new node with its parent and its level.
    ///
    /// # Errors
    /// The last node, if there is no room for more. It is to be pruned.
    pub(super) fn make(
        &mut self,
        mut node: NodeId,
        rest: Texts<'_>,
        mut added: impl FnMut(&mut Tree, NodeId, LevelId, NodeId),
    ) -> Result<NodeId, NodeId> {
        for text in rest {
            let level = match self.levels.find_in_filter(text) {
                Some(level) => self.levels.share(level),
                None => self.levels.add(text).ok_or(node)?,
            };
            let Some(child) = self.tree.add(node, level) else {
                self.levels.release(level);
                return Err(node);
            };
            added(&mut self.tree, node, level, child);
            node = child;
        }
        Ok(node)
    }

    /// Removes a node on which nothing hangs, and then its parent, and so on.
    pub(super) fn prune(&mut self, mut node: NodeId) {
        while node != ROOT && self.tree.is_bare(node) {
            (node, _) = self.remove(node);
        }
    }

    /// Removes a node without children, and gives its parent and its level.
    #[inline(always)]
    pub(super) fn remove(&mut self, node: NodeId) -> (NodeId, LevelId) {
        let (parent, level) = self.tree.parent(node);
        self.tree.remove(node);
        self.levels.release(level);
        (parent, level)
    }

    /// Appends the levels that lead to a node. O(bytes appended). Allocates nothing but what `out` needs, and
    /// a text for the levels if `out` is long.
    pub(super) fn write(&self, node: NodeId, out: &mut String) {
        if out.len() <= SHORT {
            return self.write_to_short(node, out);
        }
        let mut name = String::new();
        self.write_to_short(node, &mut name);
        out.push_str(&name);
    }

    /// The same; also looks at all that was in `out` before.
    fn write_to_short(&self, node: NodeId, out: &mut String) {
        let len: usize = self.upward(node).map(|text| text.len() + 1).sum();
        let mut bytes = mem::take(out).into_bytes();
        // From the end to the start, with a slash wherever no text goes.
        let mut at = bytes.len() + len.saturating_sub(1);
        bytes.resize(at, b'/');
        for text in self.upward(node) {
            let from = at - text.len();
            bytes[from..at].copy_from_slice(text.as_bytes());
            at = from.saturating_sub(1);
        }
        // Text and text is text.
        *out = String::from_utf8(bytes).unwrap_or_default();
    }

    /// The texts of the levels that lead to a node, the last first.
    fn upward(&self, mut node: NodeId) -> impl Iterator<Item = &str> {
        core::iter::from_fn(move || {
            let (parent, level) = (node != ROOT).then(|| self.tree.parent(node))?;
            node = parent;
            Some(self.levels.text(level))
        })
    }

    pub(super) fn clear(&mut self) {
        self.levels.clear();
        self.tree.clear();
        self.changed();
    }

    /// Gives back memory that is not needed; `content` gives each its new number. Levels and nodes get
    /// new numbers in the order of the old ones: the answer has those of the nodes.
    pub(super) fn shrink(&mut self, content: impl FnMut(u32) -> u32) -> Vec<NodeId> {
        self.changed();
        let levels = self.levels.shrink();
        self.tree.shrink(|level| Levels::<S>::renumbered(&levels, level), content)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.levels.heap_bytes() + self.tree.heap_bytes()
    }
}

/// Bytes on the heap.
pub(super) fn slab_bytes<T>(slab: &Slab<T>) -> usize {
    /// As large as an entry of a slab.
    #[allow(dead_code)] // never made
    enum Entry<T> {
        Vacant(usize),
        Occupied(T),
    }
    slab.capacity() * size_of::<Entry<T>>()
}
