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
    /// Where the last wildcard of the filter is, if it is a `+`.
    last: Option<u32>,
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
    /// Of a wildcard: where the rarest text behind it is; 0 if there is none.
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

/// How many nodes are read ahead: about as many cache misses as a processor has under way at once.
const AHEAD: usize = 16;

/// Nodes that match, read ahead of the cursor, which follows as they are taken.
struct Ahead {
    /// With the place of each in the walk; `ROOT` for none.
    nodes: [(Walk, NodeId); AHEAD],
    next: usize,
    len: usize,
}

impl Ahead {
    fn new() -> Self {
        Self { nodes: [(Walk::default(), ROOT); AHEAD], next: 0, len: 0 }
    }

    #[inline]
    fn next(&mut self) -> Option<(Walk, NodeId)> {
        let next = self.nodes.get(..self.len)?.get(self.next)?;
        self.next += 1;
        Some(*next)
    }
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
        let is_wildcard = |level: &Level| level.id == SINGLE || level.id == MULTI;
        let first = self.levels.iter().position(is_wildcard).unwrap_or(self.levels.len());
        let last = self.levels.iter().rposition(is_wildcard);
        self.last = last.filter(|&at| self.levels[at].id == SINGLE).map(|at| at as u32);
        let (mut rarest, mut least) = (0, usize::MAX);
        for (at, level) in self.levels.iter_mut().enumerate().skip(first).rev() {
            level.rarest = rarest;
            let len = index.having(level.id).len();
            // Of several, the first: less is left to be compared.
            if !is_wildcard(level) && len <= least {
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
    fn literal<V, S: BuildHasher>(
        &self,
        index: &RetainedIndex<V, S>,
        node: NodeId,
        at: u32,
    ) -> Option<NodeId> {
        let level = self.levels.get(at as usize)?;
        index.paths.tree.child(node, level.id).map(Node::id)
    }

    /// The nodes that a step walks.
    #[inline]
    fn list<'t, V, S: BuildHasher>(
        &self,
        index: &'t RetainedIndex<V, S>,
        step: &Step,
    ) -> &'t NodeList {
        match step.by {
            By::Children | By::All => index.children(step.below),
            By::Text(at) => {
                let level = self.levels.get(at as usize);
                level.map_or(&NodeList::Empty, |level| index.having(level.id))
            }
        }
    }

    /// Goes on from a node that matches all before a place of the filter, to one whose name matches.
    #[inline]
    fn arrive<V, S: BuildHasher>(
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
    fn by<V, S: BuildHasher>(
        &self,
        index: &RetainedIndex<V, S>,
        node: NodeId,
        at: u32,
        rarest: u32,
    ) -> By {
        let Some(level) = self.levels.get(rarest as usize).filter(|_| rarest > 0) else {
            return By::Children;
        };
        let children = index.children(node).len();
        // From each of them the way up is as long as that, and may lead elsewhere.
        let having = index.having(level.id).len().saturating_mul((rarest - at) as usize);
        if having < children { By::Text(rarest) } else { By::Children }
    }

    /// Walks on at the last wildcard, and goes down the texts behind it from several nodes at once: level
    /// by level, so that the searches do not wait for each other. False at the end of the list.
    fn read_ahead<V, S: BuildHasher>(
        &self,
        index: &RetainedIndex<V, S>,
        step: &Step,
        ahead: &mut Ahead,
    ) -> bool {
        let list = self.list(index, step);
        let mut walk = step.walk;
        (ahead.next, ahead.len) = (0, 0);
        for place in &mut ahead.nodes {
            // Those that came later are behind.
            let next = list.next(&mut walk).filter(|(birth, _)| *birth <= self.births);
            let Some((_, node)) = next else { break };
            *place = (walk, if self.may_begin(index, step, node) { node } else { ROOT });
            ahead.len += 1;
            // What hangs on it comes first.
            if step.by == By::All && !index.children(node).is_empty() {
                break;
            }
        }
        let nodes = ahead.nodes.get_mut(..ahead.len).unwrap_or_default();
        for level in self.levels.get(step.at as usize + 1..).unwrap_or_default() {
            for (_, node) in nodes.iter_mut().filter(|(_, node)| *node != ROOT) {
                *node = index.paths.tree.child(*node, level.id).map_or(ROOT, Node::id);
            }
        }
        // Whoever takes one of them does too much for the processor to be at the next meanwhile.
        for (_, node) in nodes.iter_mut().filter(|_| step.by == By::Children) {
            if !index.has_name(*node) {
                *node = ROOT;
            }
        }
        ahead.len > 0
    }

    /// The next node that matches; it may have no name.
    fn next<V, S: BuildHasher>(
        &mut self,
        index: &RetainedIndex<V, S>,
        ahead: &mut Ahead,
    ) -> Option<NodeId> {
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
            if let Some((walk, node)) = ahead.next() {
                self.steps[at].walk = walk;
                if node == ROOT {
                    continue;
                }
                let step = self.steps[at];
                if step.by == By::All && !index.children(node).is_empty() {
                    self.steps.push(Step { below: node, walk: Walk::default(), ..step });
                }
                return Some(node);
            }
            let mut step = *self.steps.get(at)?;
            if step.by == By::All || step.by == By::Children && self.last == Some(step.at) {
                if !self.read_ahead(index, &step, ahead) {
                    self.steps.pop();
                }
                continue;
            }
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
    ahead: Ahead,
}

impl<'t, 'c, V, S: BuildHasher> Retained<'t, 'c, V, S> {
    pub(super) fn begin(
        index: &'t RetainedIndex<V, S>,
        filter: TopicFilter<'_>,
        cursor: &'c mut RetainedCursor,
    ) -> Self {
        cursor.begin(index, filter);
        Self { index, cursor, ahead: Ahead::new() }
    }

    pub(super) fn resume(
        index: &'t RetainedIndex<V, S>,
        filter: TopicFilter<'_>,
        cursor: &'c mut RetainedCursor,
    ) -> Self {
        if cursor.changes != index.paths.changes {
            cursor.find_again(index, filter);
        }
        Self { index, cursor, ahead: Ahead::new() }
    }
}

impl<'t, V, S: BuildHasher> Iterator for Retained<'t, '_, V, S> {
    type Item = RetainedEntry<'t, V, S>;

    fn next(&mut self) -> Option<RetainedEntry<'t, V, S>> {
        loop {
            let node = self.cursor.next(self.index, &mut self.ahead)?;
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
