//! The walk from a topic filter to the names that match it.

use super::branches::Spot;
use super::levels::{LevelId, MULTI, SINGLE, UNKNOWN};
use super::pool::{Child, Content, has_children, has_name};
use super::retained::{RetainedEntry, RetainedIndex};
use super::sequence::Walk;
use super::tree::{NodeId, ROOT};
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
    /// The node below which they are, and where its children are.
    below: NodeId,
    content: Content,
    /// Where the wildcard is in the filter.
    at: u32,
    by: By,
    walk: Walk,
}

const _: () = assert!(size_of::<Step>() == 32);

/// Which nodes are walked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// The children, for a `+`.
    Children,
    /// The nodes that have the text at a later place of the filter, for a `+`: so few that the ways up from
    /// them are fewer steps than there are children.
    Text(u16),
    /// The children and what is below them, for a `#`.
    All,
}

/// How many nodes are read ahead: about as many cache misses as a processor has under way at once.
const AHEAD: usize = 16;

/// Nodes that match, read ahead of the cursor, which follows as they are taken.
struct Ahead<'t, V> {
    /// With the place of each in the walk.
    nodes: [(Walk, Option<&'t Child<V>>); AHEAD],
    next: usize,
    len: usize,
}

impl<'t, V> Ahead<'t, V> {
    fn new() -> Self {
        Self { nodes: [(Walk::default(), None); AHEAD], next: 0, len: 0 }
    }

    #[inline]
    fn next(&mut self) -> Option<(Walk, Option<&'t Child<V>>)> {
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
        let is_wildcard = |level: &Level| level.id == SINGLE || level.id == MULTI;
        let mut is_behind = false;
        self.levels.extend(filter.levels().map(|text| {
            let id = index.paths.levels.find_in_filter(text).unwrap_or(UNKNOWN);
            let level = Level { id, rarest: 0 };
            is_behind |= is_wildcard(&level);
            if is_behind {
                index.ask_for(id);
            }
            level
        }));
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
        let (mut spot, mut at) = (Some(index.branches.spot(ROOT)), 0);
        let mut len = 0;
        for step in &mut steps {
            // The texts between the wildcards.
            while let Some(from) = spot.filter(|_| at < step.at) {
                spot = self
                    .levels
                    .get(at as usize)
                    .and_then(|level| from.child(&index.paths.tree, level.id));
                at += 1;
            }
            let Some(below) = spot else { break };
            (step.below, step.content) = (below.node, below.content);
            len += 1;
            let birth = step.walk.number();
            (spot, at) = match step.by {
                By::Children => (index.branches.born(step.content, birth).map(Spot::of), at + 1),
                By::All => (index.branches.born(step.content, birth).map(Spot::of), at),
                By::Text(text) => {
                    let level = self.levels.get(text as usize);
                    let node = level.and_then(|level| index.having(level.id).get(birth));
                    (node.map(|node| index.branches.spot(node)), u32::from(text) + 1)
                }
            };
        }
        steps.truncate(len);
        self.steps = steps;
    }

    /// Goes on from a node that matches all before a place of the filter, to one whose name matches.
    #[inline]
    fn arrive<V, S: BuildHasher>(
        &mut self,
        index: &RetainedIndex<V, S>,
        spot: Spot,
        at: u32,
    ) -> Option<Spot> {
        let (mut spot, mut at) = (spot, at);
        let by = loop {
            let Some(level) = self.levels.get(at as usize) else { break None };
            match level.id {
                SINGLE => break Some(self.by(index, spot, at, level.rarest)),
                MULTI => break Some(By::All),
                _ => spot = spot.child(&index.paths.tree, level.id)?,
            }
            at += 1;
        };
        let is_found = by.is_none_or(|by| by == By::All);
        if let Some(by) = by.filter(|_| has_children(spot.content)) {
            let Spot { node: below, content } = spot;
            self.steps.push(Step { below, content, at, by, walk: Walk::default() });
        }
        // The root is no name.
        (is_found && spot.node != ROOT && has_name(spot.content)).then_some(spot)
    }

    /// How to walk a `+` below a node.
    fn by<V, S: BuildHasher>(
        &self,
        index: &RetainedIndex<V, S>,
        spot: Spot,
        at: u32,
        rarest: u32,
    ) -> By {
        let Some(level) = self.levels.get(rarest as usize).filter(|_| rarest > 0) else {
            return By::Children;
        };
        let children = index.paths.tree.children(spot.node) as usize;
        // From each of them the way up is as long as that, and may lead elsewhere.
        let having = index.having(level.id).len().saturating_mul((rarest - at) as usize);
        match u16::try_from(rarest) {
            Ok(rarest) if having < children => By::Text(rarest),
            _ => By::Children,
        }
    }

    /// Walks on at the last wildcard, and goes down the texts behind it from several nodes at once: level
    /// by level, so that the searches do not wait for each other. False at the end of the list.
    fn read_ahead<'t, V, S: BuildHasher>(
        &self,
        index: &'t RetainedIndex<V, S>,
        step: &Step,
        ahead: &mut Ahead<'t, V>,
    ) -> bool {
        (ahead.next, ahead.len) = (0, 0);
        let children = index.branches.children(step.content);
        let from = step.walk.place_in(children, |child| child.birth);
        for (place, child) in (from..).zip(children.get(from..).unwrap_or_default()) {
            // Those that came later are behind.
            if child.birth > self.births || ahead.len == AHEAD {
                break;
            }
            if child.node == ROOT {
                continue;
            }
            ahead.nodes[ahead.len] = (Walk::on(child.birth, place), Some(child));
            ahead.len += 1;
            // What hangs on it comes first.
            if step.by == By::All && has_children(child.content) {
                break;
            }
        }
        let nodes = ahead.nodes.get_mut(..ahead.len).unwrap_or_default();
        if step.below == ROOT {
            for (_, node) in &mut *nodes {
                *node = node.filter(|child| self.may_begin(index, step, child.node));
            }
        }
        let levels = self.levels.get(step.at as usize + 1..).unwrap_or_default();
        if levels.is_empty() {
            return ahead.len > 0;
        }
        let mut spots = [Spot::NONE; AHEAD];
        for (spot, (_, child)) in spots.iter_mut().zip(&*nodes) {
            *spot = child.map_or(Spot::NONE, Spot::of);
        }
        let spots = spots.get_mut(..nodes.len()).unwrap_or_default();
        for level in levels {
            for spot in spots.iter_mut().filter(|spot| spot.node != ROOT) {
                *spot = spot.child(&index.paths.tree, level.id).unwrap_or(Spot::NONE);
            }
        }
        for ((_, child), spot) in nodes.iter_mut().zip(spots) {
            *child = index.branches.at(*spot).filter(|_| has_name(spot.content));
        }
        ahead.len > 0
    }

    /// The next node that matches; it may have no name.
    fn next<'t, V, S: BuildHasher>(
        &mut self,
        index: &'t RetainedIndex<V, S>,
        ahead: &mut Ahead<'t, V>,
    ) -> Option<&'t Child<V>> {
        if !self.has_begun {
            self.has_begun = true;
            // A text that no name has.
            if self.levels.iter().any(|level| level.id == UNKNOWN) {
                return None;
            }
            if let Some(found) = self.arrive(index, index.branches.spot(ROOT), 0) {
                return index.branches.at(found);
            }
        }
        loop {
            let at = self.steps.len().checked_sub(1)?;
            if let Some((walk, child)) = ahead.next() {
                let step = &mut self.steps[at];
                step.walk = walk;
                let Some(child) = child else { continue };
                if step.by == By::All && has_children(child.content) {
                    let Spot { node: below, content } = Spot::of(child);
                    let step = Step { below, content, walk: Walk::default(), ..*step };
                    self.steps.push(step);
                }
                return Some(child);
            }
            let mut step = *self.steps.get(at)?;
            if step.by == By::All || step.by == By::Children && self.last == Some(step.at) {
                if !self.read_ahead(index, &step, ahead) {
                    self.steps.pop();
                }
                continue;
            }
            // Those that came later are behind.
            let Some(spot) = self.step_on(index, &mut step) else {
                self.steps.pop();
                continue;
            };
            self.steps[at].walk = step.walk;
            let found = match step.by {
                By::Children if self.may_begin(index, &step, spot.node) => {
                    self.arrive(index, spot, step.at + 1)
                }
                By::Text(at) if self.leads_to(index, &step, spot.node, at.into()) => {
                    self.arrive(index, spot, u32::from(at) + 1)
                }
                _ => None,
            };
            if let Some(found) = found {
                return index.branches.at(found);
            }
        }
    }

    /// The next node of a walk, if it was there when the lookup began.
    fn step_on<V, S: BuildHasher>(
        &self,
        index: &RetainedIndex<V, S>,
        step: &mut Step,
    ) -> Option<Spot> {
        let (birth, spot) = match step.by {
            By::Text(at) => {
                let level = self.levels.get(at as usize)?;
                let (birth, node) = index.having(level.id).next(&mut step.walk)?;
                (birth, index.branches.spot(node))
            }
            By::Children | By::All => {
                let children = index.branches.children(step.content);
                let from = step.walk.place_in(children, |child| child.birth);
                let rest = children.get(from..)?;
                let skipped = rest.iter().position(Child::is_no_gap)?;
                let child = &rest[skipped];
                step.walk.stand(child.birth, from + skipped);
                (child.birth, Spot::of(child))
            }
        };
        (birth <= self.births).then_some(spot)
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
            let (_, level) = index.branches.parent(node);
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
            let (parent, id) = index.branches.parent(node);
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
    ahead: Ahead<'t, V>,
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
            let child = self.cursor.next(self.index, &mut self.ahead)?;
            if child.named <= self.cursor.births {
                if let Some(entry) = self.index.entry(child) {
                    return Some(entry);
                }
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
