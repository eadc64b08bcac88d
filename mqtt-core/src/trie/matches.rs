//! The walk from a topic name to the filters that match it.

use super::SubscriptionTrie;
use super::levels::{LevelId, MULTI, SINGLE, UNKNOWN};
use super::members::{Found, Handle, MembersWalk};
use super::tree::{NOTHING, Node, Tree};
use crate::TopicName;
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};
use core::iter::FusedIterator;
use core::mem;

/// Memory for matching, and where a match is. Kept by the caller, so that matching allocates nothing
/// once it has grown to what the topics need: 4 bytes for each level of the topic, 24 for each node that
/// it leads to, 12 for each filter that matches. It does not shrink; drop it for that.
///
/// # Examples
/// See [`SubscriptionTrie::matches`] and [`SubscriptionTrie::resume`].
// Level by level, not way by way: the searches for the nodes of a level do not wait for each other, and
// in a large trie each of them is a cache miss.
#[derive(Clone, Default)]
pub struct MatchScratch {
    /// The levels of the topic.
    levels: Vec<LevelId>,
    /// The nodes that the topic leads to, level by level, the root first.
    reached: Vec<Reached>,
    /// What is to be handed out.
    finds: Vec<Find>,
    /// How much of it has been.
    done: usize,
    /// Where the walk over the subscribers of the next one is.
    walk: MembersWalk,
    /// What the trie counted when it was searched.
    changes: u64,
}

/// A node that the topic leads to, wholly or in part.
#[derive(Clone, Copy)]
struct Reached {
    node: Node,
    /// Where its parent is among those reached.
    parent: u32,
    by: By,
}

/// How a level of a filter matches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Literal,
    Single,
}

/// A node with subscribers that match.
#[derive(Clone, Copy)]
struct Find {
    subscribers: u32,
    /// Where it is among those reached, or the parent of this `#`.
    reached: u32,
    is_multi: bool,
    /// Handed out before the trie was searched once more.
    is_done: bool,
}

impl MatchScratch {
    /// Finds all nodes that match.
    #[inline]
    pub(super) fn search<K, V, S: BuildHasher>(
        &mut self,
        trie: &SubscriptionTrie<K, V, S>,
        topic: TopicName<'_>,
    ) {
        self.changes = trie.paths.changes;
        self.finds.clear();
        (self.done, self.walk) = (0, MembersWalk::default());
        self.levels.clear();
        let levels = topic.as_str().as_bytes().split(|&byte| byte == b'/');
        self.levels.extend(levels.map(|level| trie.paths.levels.find(level)));

        let tree = &trie.paths.tree;
        self.reached.clear();
        self.reached.push(Reached { node: *tree.root(), parent: 0, by: By::Literal });
        // Wildcards at the start are not for names that begin with `$`.
        let mut wildcards = !topic.starts_with_dollar();
        let mut from = 0;
        for depth in 0..=self.levels.len() {
            let level = self.levels.get(depth).copied();
            let to = self.reached.len();
            for at in from..to {
                self.step(tree, at, level, wildcards);
            }
            (from, wildcards) = (to, true);
            if from == self.reached.len() {
                break;
            }
        }
    }

    /// Goes on from one node; `None` is the end of the topic.
    #[inline(always)]
    fn step(&mut self, tree: &Tree, at: usize, level: Option<LevelId>, wildcards: bool) {
        let node = self.reached[at].node;
        let parent = at as u32;
        if node.has(Node::HAS_MULTI) && wildcards {
            if let Some(child) = tree.child(node.id(), MULTI) {
                self.find(child.content, parent, true);
            }
        }
        let Some(level) = level else {
            // The root stands for no filter.
            if at > 0 && node.content != NOTHING {
                self.find(node.content, parent, false);
            }
            return;
        };
        if node.has(Node::HAS_LITERAL) && level != UNKNOWN {
            if let Some(&node) = tree.child(node.id(), level) {
                self.reached.push(Reached { node, parent, by: By::Literal });
            }
        }
        if node.has(Node::HAS_SINGLE) && wildcards {
            if let Some(&node) = tree.child(node.id(), SINGLE) {
                self.reached.push(Reached { node, parent, by: By::Single });
            }
        }
    }

    #[inline(always)]
    fn find(&mut self, subscribers: u32, reached: u32, is_multi: bool) {
        self.finds.push(Find { subscribers, reached, is_multi, is_done: false });
    }

    /// Searches once more in a trie that has changed, and marks what has been handed out before.
    ///
    /// Numbers of nodes may have changed too; a node is the same if the way to it is.
    fn search_again<K, V, S: BuildHasher>(
        &mut self,
        trie: &SubscriptionTrie<K, V, S>,
        topic: TopicName<'_>,
    ) {
        let old_reached = mem::take(&mut self.reached);
        let old_finds = mem::take(&mut self.finds);
        let (old_done, old_walk) = (self.done, self.walk);
        self.search(trie, topic);
        // Where those reached before are now, the parents first.
        let mut now: Vec<Option<u32>> = Vec::with_capacity(old_reached.len());
        for (index, before) in old_reached.iter().enumerate() {
            let place = if index == 0 {
                Some(0)
            } else {
                now[before.parent as usize].and_then(|parent| self.reached_by(parent, before.by))
            };
            now.push(place);
        }
        // Where the find at each of them is, and that of its child `#`.
        let mut places = alloc::vec![[None; 2]; self.reached.len()];
        for (index, find) in self.finds.iter().enumerate() {
            places[find.reached as usize][usize::from(find.is_multi)] = Some(index);
        }
        let mut in_progress = None;
        for (index, before) in old_finds.iter().enumerate() {
            let place = now[before.reached as usize]
                .and_then(|reached| places[reached as usize][usize::from(before.is_multi)]);
            let Some(place) = place else { continue };
            self.finds[place].is_done = index < old_done || before.is_done;
            if index == old_done {
                in_progress = Some(place);
            }
        }
        // The one that was being walked goes first.
        if let Some(place) = in_progress {
            self.finds.swap(0, place);
            self.walk = old_walk;
        }
    }

    /// The child of one that was reached.
    fn reached_by(&self, parent: u32, by: By) -> Option<u32> {
        // They are in the order of their parents.
        let from = self.reached.partition_point(|reached| reached.parent < parent).max(1);
        let children = self.reached.get(from..)?.iter().take_while(|child| child.parent == parent);
        let index = children.enumerate().find(|(_, child)| child.by == by)?.0;
        Some((from + index) as u32)
    }

    /// Those that are left.
    fn rest(&self) -> impl Iterator<Item = Handle> {
        let rest = self.finds.get(self.done..).unwrap_or_default();
        rest.iter().filter(|find| !find.is_done).map(|find| Handle::read(find.subscribers))
    }
}

impl core::fmt::Debug for MatchScratch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "MatchScratch({} of {} filters)", self.done, self.finds.len())
    }
}

/// The subscribers that match a topic name: see [`SubscriptionTrie::matches`].
///
/// The order depends on the order of the changes to the trie alone, not on hashes: filter by filter,
/// those who share one behind those who do not. Filters with `#` above the last level of the topic come
/// first, the shorter before the longer. After a change between two pages the order is another.
///
/// # Examples
/// ```
/// # use mqtt_core::{MatchScratch, SubscriptionTrie, TopicName};
/// # use std::hash::RandomState;
/// let trie: SubscriptionTrie<u32, (), RandomState> = SubscriptionTrie::default();
/// let mut scratch = MatchScratch::default();
/// assert!(trie.matches(TopicName::from_static("a"), &mut scratch).next().is_none());
/// ```
pub struct Matches<'t, 's, K, V, S> {
    trie: &'t SubscriptionTrie<K, V, S>,
    scratch: &'s mut MatchScratch,
}

impl<'t, 's, K: Hash + Eq, V, S: BuildHasher> Matches<'t, 's, K, V, S> {
    #[inline]
    pub(super) fn begin(
        trie: &'t SubscriptionTrie<K, V, S>,
        topic: TopicName<'_>,
        scratch: &'s mut MatchScratch,
    ) -> Self {
        scratch.search(trie, topic);
        Self { trie, scratch }
    }

    pub(super) fn resume(
        trie: &'t SubscriptionTrie<K, V, S>,
        topic: TopicName<'_>,
        scratch: &'s mut MatchScratch,
    ) -> Self {
        if scratch.changes != trie.paths.changes && !scratch.reached.is_empty() {
            scratch.search_again(trie, topic);
        }
        Self { trie, scratch }
    }

    /// How many are left, without a look at any.
    pub(crate) fn count_rest(&self) -> usize {
        self.scratch.rest().map(|handle| self.trie.members.count(handle)).sum()
    }

    /// How many filters are left, of which each has different subscribers; and the same as
    /// [`count_rest`](Self::count_rest).
    #[inline]
    pub(crate) fn count_filters(&self) -> (usize, usize) {
        let add = |(filters, count), handle| (filters + 1, count + self.trie.members.count(handle));
        self.scratch.rest().fold((0, 0), add)
    }

    /// True if any is left.
    pub(super) fn has_rest(&self) -> bool {
        self.scratch.rest().next().is_some()
    }
}

impl<'t, K, V, S> Iterator for Matches<'t, '_, K, V, S> {
    type Item = Found<'t, K, V>;

    #[inline]
    fn next(&mut self) -> Option<Found<'t, K, V>> {
        let scratch = &mut *self.scratch;
        loop {
            let find = scratch.finds.get(scratch.done)?;
            if !find.is_done {
                let handle = Handle::read(find.subscribers);
                if let Some(found) = self.trie.members.next(handle, &mut scratch.walk) {
                    return Some(found);
                }
            }
            scratch.done += 1;
            scratch.walk = MembersWalk::default();
        }
    }

    /// All that are left, without a note of where the walk is at each: several times as fast as one by one.
    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(mut self, start: B, mut f: F) -> B {
        let mut sum = start;
        if self.scratch.walk.has_begun() {
            for found in self.by_ref() {
                sum = f(sum, found);
            }
            return sum;
        }
        for handle in self.scratch.rest() {
            sum = self.trie.members.fold(handle, sum, &mut f);
        }
        self.scratch.done = self.scratch.finds.len();
        sum
    }
}

impl<K, V, S> FusedIterator for Matches<'_, '_, K, V, S> {}

impl<K, V, S> core::fmt::Debug for Matches<'_, '_, K, V, S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Matches").field(&self.scratch).finish()
    }
}
