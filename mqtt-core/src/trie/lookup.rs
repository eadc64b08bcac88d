//! The walk from a topic filter to the names that match it.

use super::levels::{LevelId, MULTI, SINGLE, UNKNOWN};
use super::node_list::NodeList;
use super::retained::{RetainedEntry, RetainedIndex};
use super::sequence::Walk;
use super::tree::{Node, NodeId, ROOT};
use crate::TopicFilter;
use alloc::vec::Vec;
use core::fmt;
use core::hash::BuildHasher;
use core::iter::FusedIterator;
use core::mem;

/// Memory for a lookup, and where it is. Kept by the caller, so that looking up allocates nothing once it
/// has grown to what filters and names need: 8 bytes for each level of the filter, 32 for each level of
/// the names that is matched by a wildcard. It does not shrink; drop it for that.
///
/// # Examples
/// See [`RetainedIndex::lookup`] and [`RetainedIndex::resume`].
#[derive(Clone, Default)]
pub struct RetainedCursor {
    /// The levels of the filter.
    levels: Vec<Level>,
    /// The wildcards on the way to where the lookup is, the first of the filter first.
    steps: Vec<Step>,
    /// The way without wildcards has been gone.
    has_begun: bool,
    /// Names that came later are not for this lookup.
    births: u64,
    /// What the index counted when it was looked at last.
    changes: u64,
}

/// A level of the filter.
#[derive(Clone, Copy)]
struct Level {
    id: LevelId,
    /// Where the rarest text behind this level is; 0 if there is none.
    rarest: u32,
}

/// A list of nodes that is walked for a wildcard.
#[derive(Clone, Copy)]
struct Step {
    /// The node below which they are.
    below: NodeId,
    /// Where the wildcard is in the filter.
    at: u32,
    by: By,
    walk: Walk,
}

/// Which nodes are walked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// The children, for a `+`.
    Children,
    /// The nodes that have the text at a later place of the filter, for a `+`: so few that the ways up from
    /// them are fewer steps than there are children.
    Text(u32),
    /// The children and what is below them, for a `#`.
    All,
}

impl RetainedCursor {
    fn begin<V, S: BuildHasher>(&mut self, index: &RetainedIndex<V, S>, filter: TopicFilter<'_>) {
        self.steps.clear();
        self.has_begun = false;
        self.births = index.births();
        self.read(index, filter);
    }

    /// Looks up the levels of the filter.
    fn read<V, S: BuildHasher>(&mut self, index: &RetainedIndex<V, S>, filter: TopicFilter<'_>) {
        self.changes = index.paths.changes;
        self.levels.clear();
        self.levels.extend(filter.levels().map(|text| {
            let id = index.paths.levels.find_in_filter(text).unwrap_or(UNKNOWN);
            Level { id, rarest: 0 }
        }));
        let count = |id: LevelId| index.having.get(id as usize).map_or(0, NodeList::len);
        let (mut rarest, mut least) = (0, usize::MAX);
        for (at, level) in self.levels.iter_mut().enumerate().rev() {
            level.rarest = rarest;
            let len = count(level.id);
            // Of several, the first: less is left to be compared.
            if level.id != SINGLE && level.id != MULTI && len <= least {
                (rarest, least) = (at as u32, len);
            }
        }
    }

    /// Finds its place again in an index that has changed.
    ///
    /// Numbers of nodes and levels may have changed too. A node is the same if it was born then.
    fn find_again<V, S: BuildHasher>(
        &mut self,
        index: &RetainedIndex<V, S>,
        filter: TopicFilter<'_>,
    ) {
        self.read(index, filter);
        let mut steps = mem::take(&mut self.steps);
        let (mut node, mut at) = (Some(ROOT), 0);
        let mut len = 0;
        for step in &mut steps {
            // The texts between the wildcards.
            while let Some(from) = node.filter(|_| at < step.at) {
                node = self.literal(index, from, at);
                at += 1;
            }
            let Some(below) = node else { break };
            step.below = below;
            len += 1;
            node = self.list(index, step).get(step.walk.number());
            at = match step.by {
                By::Children => at + 1,
                By::Text(text) => text + 1,
                By::All => at,
            };
        }
        steps.truncate(len);
        self.steps = steps;
    }

    /// The child of a node that has the text at a place of the filter.
    fn literal<V, S>(&self, index: &RetainedIndex<V, S>, node: NodeId, at: u32) -> Option<NodeId> {
        let level = self.levels.get(at as usize)?;
        index.paths.tree.child(node, level.id).map(Node::id)
    }

    /// The nodes that a step walks.
    #[inline]
    fn list<'t, V, S>(&self, index: &'t RetainedIndex<V, S>, step: &Step) -> &'t NodeList {
        let list = match step.by {
            By::Children | By::All => {
                index.branches.get(step.below as usize).map(|branch| &branch.children)
            }
            By::Text(at) => {
                let level = self.levels.get(at as usize);
                level.and_then(|level| index.having.get(level.id as usize))
            }
        };
        list.unwrap_or(&NodeList::Empty)
    }

    /// Goes on from a node that matches all before a place of the filter, to one whose name matches.
    #[inline]
    fn arrive<V, S>(
        &mut self,
        index: &RetainedIndex<V, S>,
        node: NodeId,
        at: u32,
    ) -> Option<NodeId> {
        let (mut node, mut at) = (node, at);
        let by = loop {
            let Some(level) = self.levels.get(at as usize) else { break None };
            match level.id {
                SINGLE => break Some(self.by(index, node, at, level.rarest)),
                MULTI => break Some(By::All),
                _ => node = index.paths.tree.child(node, level.id)?.id(),
            }
            at += 1;
        };
        let is_found = by.is_none_or(|by| by == By::All);
        if let Some(by) = by {
            self.steps.push(Step { below: node, at, by, walk: Walk::default() });
        }
        // The root is no name.
        (is_found && node != ROOT).then_some(node)
    }

    /// How to walk a `+` below a node.
    fn by<V, S>(&self, index: &RetainedIndex<V, S>, node: NodeId, at: u32, rarest: u32) -> By {
        let children = index.branches.get(node as usize).map_or(0, |branch| branch.children.len());
        let level = self.levels.get(rarest as usize).filter(|_| rarest > 0);
        let having = level.and_then(|level| index.having.get(level.id as usize));
        match having {
            // From each of them the way up is as long as that, and may lead elsewhere.
            Some(having) if having.len().saturating_mul((rarest - at) as usize) < children => {
                By::Text(rarest)
            }
            _ => By::Children,
        }
    }

    /// The next node that matches; it may have no name.
    fn next<V, S: BuildHasher>(&mut self, index: &RetainedIndex<V, S>) -> Option<NodeId> {
        if !self.has_begun {
            self.has_begun = true;
            // A text that no name has.
            if self.levels.iter().any(|level| level.id == UNKNOWN) {
                return None;
            }
            if let Some(found) = self.arrive(index, ROOT, 0) {
                return Some(found);
            }
        }
        loop {
            let at = self.steps.len().checked_sub(1)?;
            let mut step = *self.steps.get(at)?;
            let next = self.list(index, &step).next(&mut step.walk);
            // Those that came later are behind.
            let Some((_, node)) = next.filter(|(birth, _)| *birth <= self.births) else {
                self.steps.pop();
                continue;
            };
            self.steps[at].walk = step.walk;
            let found = match step.by {
                By::Children if self.may_begin(index, &step, node) => {
                    self.arrive(index, node, step.at + 1)
                }
                By::Text(at) if self.leads_to(index, &step, node, at) => {
                    self.arrive(index, node, at + 1)
                }
                By::All if self.may_begin(index, &step, node) => {
                    if index.branches.get(node as usize).is_some_and(|b| b.children.len() > 0) {
                        self.steps.push(Step { below: node, walk: Walk::default(), ..step });
                    }
                    Some(node)
                }
                _ => None,
            };
            if found.is_some() {
                return found;
            }
        }
    }

    /// False for a child of the root that begins with `$`, which no wildcard matches.
    #[inline]
    fn may_begin<V, S: BuildHasher>(
        &self,
        index: &RetainedIndex<V, S>,
        step: &Step,
        node: NodeId,
    ) -> bool {
        step.below != ROOT || {
            let (_, level) = index.paths.tree.parent(node);
            !index.paths.levels.text(level).starts_with('$')
        }
    }

    /// True if the levels from the step to the node are those of the filter.
    fn leads_to<V, S: BuildHasher>(
        &self,
        index: &RetainedIndex<V, S>,
        step: &Step,
        node: NodeId,
        at: u32,
    ) -> bool {
        let mut node = node;
        for at in (step.at..=at).rev() {
            if node == ROOT {
                return false;
            }
            let (parent, id) = index.paths.tree.parent(node);
            let Some(level) = self.levels.get(at as usize) else { return false };
            let first = at == step.at;
            if level.id != SINGLE && level.id != id || first && !self.may_begin(index, step, node) {
                return false;
            }
            node = parent;
        }
        node == step.below
    }
}

impl fmt::Debug for RetainedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RetainedCursor({} levels deep)", self.steps.len())
    }
}

/// The names that match a topic filter: see [`RetainedIndex::lookup`].
///
/// The order depends on the order of the changes to the index alone, not on hashes: a name before those
/// below it.
///
/// # Examples
/// ```
/// use mqtt_core::{RetainedCursor, RetainedIndex, TopicFilter};
/// use std::hash::RandomState;
/// let index: RetainedIndex<(), RandomState> = RetainedIndex::default();
/// let mut cursor = RetainedCursor::default();
/// assert!(index.lookup(TopicFilter::from_static("#"), &mut cursor).next().is_none());
/// ```
pub struct Retained<'t, 'c, V, S> {
    index: &'t RetainedIndex<V, S>,
    cursor: &'c mut RetainedCursor,
}

impl<'t, 'c, V, S: BuildHasher> Retained<'t, 'c, V, S> {
    pub(super) fn begin(
        index: &'t RetainedIndex<V, S>,
        filter: TopicFilter<'_>,
        cursor: &'c mut RetainedCursor,
    ) -> Self {
        cursor.begin(index, filter);
        Self { index, cursor }
    }

    pub(super) fn resume(
        index: &'t RetainedIndex<V, S>,
        filter: TopicFilter<'_>,
        cursor: &'c mut RetainedCursor,
    ) -> Self {
        if cursor.changes != index.paths.changes {
            cursor.find_again(index, filter);
        }
        Self { index, cursor }
    }
}

impl<'t, V, S: BuildHasher> Iterator for Retained<'t, '_, V, S> {
    type Item = RetainedEntry<'t, V, S>;

    fn next(&mut self) -> Option<RetainedEntry<'t, V, S>> {
        loop {
            let node = self.cursor.next(self.index)?;
            match self.index.entry(node) {
                Some((birth, entry)) if birth <= self.cursor.births => return Some(entry),
                _ => {}
            }
        }
    }
}

impl<V, S: BuildHasher> FusedIterator for Retained<'_, '_, V, S> {}

impl<V, S> fmt::Debug for Retained<'_, '_, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Retained").field(&self.cursor).finish()
    }
}
