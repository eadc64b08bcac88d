//! The subscription trie.

use super::limits::{IndexFull, IndexLimits};
use super::matches::{MatchScratch, Matches};
use super::members::{Found, Handle, Many, Members};
use super::paths::{Paths, slab_bytes};
use super::share::ShareGroup;
use super::tree::{NOTHING, NodeId};
use crate::{TopicFilter, TopicName};
use core::hash::{BuildHasher, Hash};
use core::mem;
use core::ops::ControlFlow;

/// Who subscribes to which filter, asked by topic name.
///
/// A subscription is a filter, a key (who) and a value (how: options, subscription identifier). Filters
/// of shared subscriptions are kept with their share name.
///
/// - **Matching** takes O(levels of the topic) for each way through the wildcards that exist; it
///   allocates nothing and does not recurse. It finds each subscription once.
/// - **Changing** takes O(levels of the filter), whatever else there is; now and then a table grows.
/// - **Memory**: 70 bytes for a filter with one subscriber of eight bytes, measured among a million
///   filters that have levels in common; the text of a level is kept once. What is removed is kept for
///   what comes next, until the trie is empty or [shrunk](Self::shrink_to_fit).
/// - **Hostile filters**: `S` hashes levels and keys. With a seed that is not known outside, nobody can
///   choose filters that collide. No result and no order depends on hashes.
///
/// # Spec
/// v3 section 4.7; v5 sections 4.7, 4.8.
///
/// # Examples
/// ```
/// use mqtt_core::{Found, MatchScratch, QoS, SubscriptionTrie, TopicFilter, TopicName};
/// use std::hash::RandomState;
///
/// let mut trie: SubscriptionTrie<u32, QoS, RandomState> = SubscriptionTrie::default();
/// trie.insert(TopicFilter::new("site/+/state")?, 1, QoS::AtLeastOnce)?;
/// trie.insert(TopicFilter::new("site/#")?, 2, QoS::AtMostOnce)?;
///
/// let mut scratch = MatchScratch::default();
/// let found = trie.matches(TopicName::new("site/7/state")?, &mut scratch);
/// let keys = found.filter_map(|found| match found {
///     Found::Subscriber { key, .. } => Some(*key),
///     _ => None,
/// });
/// assert!(keys.eq([2, 1]));
///
/// assert_eq!(trie.remove(TopicFilter::new("site/#")?, &2), Some(QoS::AtMostOnce));
/// assert_eq!(trie.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SubscriptionTrie<K, V, S> {
    pub(super) paths: Paths<S>,
    pub(super) members: Members<K, V>,
    len: usize,
    limits: IndexLimits,
}

impl<K, V, S: BuildHasher> SubscriptionTrie<K, V, S> {
    /// An empty trie. Allocates nothing.
    ///
    /// ```
    /// use mqtt_core::SubscriptionTrie;
    /// use std::hash::RandomState;
    /// let trie: SubscriptionTrie<u32, (), _> = SubscriptionTrie::with_hasher(RandomState::new());
    /// assert!(trie.is_empty());
    /// ```
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        let (paths, members) = (Paths::new(hasher), Members::new());
        Self { paths, members, len: 0, limits: IndexLimits::DEFAULT }
    }

    /// Says how much may be added; what is there stays.
    ///
    /// ```
    /// # use mqtt_core::{IndexFull, IndexLimits, SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.set_limits(IndexLimits { max_entries: 1, ..trie.limits() });
    /// trie.insert(TopicFilter::from_static("a"), 1, ())?;
    /// let full = trie.insert(TopicFilter::from_static("a"), 2, ());
    /// assert_eq!(full, Err(IndexFull::Entries { max: 1 }));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub const fn set_limits(&mut self, limits: IndexLimits) {
        self.limits = limits;
    }

    /// How much may be added.
    #[must_use]
    pub const fn limits(&self) -> IndexLimits {
        self.limits
    }

    /// How many subscriptions there are.
    ///
    /// ```
    /// # use mqtt_core::{SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.insert(TopicFilter::from_static("a"), 1, ())?;
    /// trie.insert(TopicFilter::from_static("a"), 2, ())?;
    /// assert_eq!(trie.len(), 2);
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True if there are none.
    ///
    /// ```
    /// # use mqtt_core::SubscriptionTrie;
    /// # let trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// assert!(trie.is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<K: Hash + Eq, V, S: BuildHasher> SubscriptionTrie<K, V, S> {
    /// Adds a subscription, or replaces its value and gives the old one; the key stays as it was then, and
    /// so does its place in the order. O(levels).
    ///
    /// # Errors
    /// [`IndexFull`]; nothing has changed then. A value can be replaced in any case.
    ///
    /// ```
    /// # use mqtt_core::{SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<&str, u8, std::hash::RandomState> = SubscriptionTrie::default();
    /// let filter = TopicFilter::from_static("a/+");
    /// assert_eq!(trie.insert(filter, "anna", 1), Ok(None));
    /// assert_eq!(trie.insert(filter, "anna", 2), Ok(Some(1)));
    /// ```
    pub fn insert(
        &mut self,
        filter: TopicFilter<'_>,
        key: K,
        value: V,
    ) -> Result<Option<V>, IndexFull> {
        let (node, rest) = self.paths.reach(filter.levels());
        if rest.clone().next().is_none() {
            if let Some(old) = self.value_mut(node, filter.share_name(), &key) {
                return Ok(Some(mem::replace(old, value)));
            }
        }
        self.limits.judge(self.len, filter.levels())?;
        let made = self.paths.make(node, rest, |_, _, _, _| {});
        let node = made.map_err(|last| {
            self.paths.prune(last);
            IndexFull::Nodes
        })?;
        // The numbers of subscribers are no more than those of nodes.
        let handle = Handle::read(self.paths.tree.node(node).content);
        let share = filter.share_name();
        let hasher = self.paths.levels.hasher();
        let handle = match (handle, share) {
            (Handle::Nobody, None) => Handle::One(self.members.ones.insert((key, value))),
            (Handle::Many(index), _) => {
                self.members.many[index].add(share, key, value, hasher);
                handle
            }
            (Handle::Nobody | Handle::One(_), _) => {
                let mut many = Many::new();
                if let Handle::One(index) = handle {
                    let (key, value) = self.members.ones.remove(index);
                    many.add(None, key, value, hasher);
                }
                many.add(share, key, value, hasher);
                Handle::Many(self.members.many.insert(many))
            }
        };
        self.paths.tree.node_mut(node).content = handle.write();
        self.len += 1;
        self.paths.changed();
        Ok(None)
    }

    /// Removes a subscription and gives its value. O(levels).
    ///
    /// ```
    /// # use mqtt_core::{SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, u8, std::hash::RandomState> = SubscriptionTrie::default();
    /// let filter = TopicFilter::from_static("a/+");
    /// trie.insert(filter, 1, 7)?;
    /// assert_eq!(trie.remove(filter, &1), Some(7));
    /// assert_eq!(trie.remove(filter, &1), None);
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub fn remove(&mut self, filter: TopicFilter<'_>, key: &K) -> Option<V> {
        let node = self.paths.find(filter.levels())?;
        let share = filter.share_name();
        let (value, is_empty) = match Handle::read(self.paths.tree.node(node).content) {
            Handle::One(index) if share.is_none() && self.members.ones.get(index)?.0 == *key => {
                (self.members.ones.remove(index).1, true)
            }
            Handle::Many(index) => {
                let many = self.members.many.get_mut(index)?;
                let value = many.remove(share, key, self.paths.levels.hasher())?;
                let is_empty = many.is_empty();
                if is_empty {
                    self.members.many.remove(index);
                }
                (value, is_empty)
            }
            _ => return None,
        };
        if is_empty {
            self.paths.tree.node_mut(node).content = NOTHING;
            self.paths.prune(node);
        }
        self.len -= 1;
        self.paths.changed();
        if self.len == 0 {
            self.members = Members::new();
        }
        Some(value)
    }

    /// The value of a subscription. O(levels).
    ///
    /// ```
    /// # use mqtt_core::{SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, u8, std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.insert(TopicFilter::from_static("a/+"), 1, 7)?;
    /// assert_eq!(trie.get(TopicFilter::from_static("a/+"), &1), Some(&7));
    /// assert_eq!(trie.get(TopicFilter::from_static("a/b"), &1), None);
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub fn get(&self, filter: TopicFilter<'_>, key: &K) -> Option<&V> {
        match Handle::read(self.paths.tree.node(self.paths.find(filter.levels())?).content) {
            Handle::One(index) if filter.share_name().is_none() => {
                let (other, value) = self.members.ones.get(index)?;
                (other == key).then_some(value)
            }
            Handle::Many(index) => {
                let hasher = self.paths.levels.hasher();
                let list = self.members.many.get(index)?.list(filter.share_name(), hasher)?;
                list.get(hasher.hash_one(key), |other| other == key)
            }
            _ => None,
        }
    }

    /// The members of a shared subscription, to choose one apart from a match: who takes over what a member
    /// left behind, say. `None` also for a filter that is not shared. O(levels).
    ///
    /// ```
    /// # use mqtt_core::{ShareStrategy, SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// let filter = TopicFilter::from_static("$share/team/a/+");
    /// trie.insert(filter, 1, ())?;
    /// let group = trie.share_group(filter).unwrap();
    /// assert_eq!(group.pick(ShareStrategy::RoundRobin, |_, _| true), Some((&1, &())));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub fn share_group(&self, filter: TopicFilter<'_>) -> Option<ShareGroup<'_, K, V>> {
        let name = filter.share_name()?;
        let node = self.paths.find(filter.levels())?;
        let Handle::Many(index) = Handle::read(self.paths.tree.node(node).content) else {
            return None;
        };
        let hasher = self.paths.levels.hasher();
        let (name, group) = self.members.many.get(index)?.group(name, hasher)?;
        Some(ShareGroup { name, group })
    }

    /// The value of a subscription, to be changed. O(levels).
    ///
    /// ```
    /// # use mqtt_core::{SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, u8, std::hash::RandomState> = SubscriptionTrie::default();
    /// let filter = TopicFilter::from_static("a/+");
    /// trie.insert(filter, 1, 7)?;
    /// *trie.get_mut(filter, &1).unwrap() += 1;
    /// assert_eq!(trie.get(filter, &1), Some(&8));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub fn get_mut(&mut self, filter: TopicFilter<'_>, key: &K) -> Option<&mut V> {
        let node = self.paths.find(filter.levels())?;
        self.value_mut(node, filter.share_name(), key)
    }

    fn value_mut(&mut self, node: NodeId, share: Option<&str>, key: &K) -> Option<&mut V> {
        match Handle::read(self.paths.tree.node(node).content) {
            Handle::One(index) if share.is_none() => {
                let (other, value) = self.members.ones.get_mut(index)?;
                (other == key).then_some(value)
            }
            Handle::Many(index) => {
                let hasher = self.paths.levels.hasher();
                let list = self.members.many.get_mut(index)?;
                let list = list.list_mut(share, hasher)?;
                list.get_mut(hasher.hash_one(key), |other| other == key)
            }
            _ => None,
        }
    }

    /// The subscriptions that match a topic name, each once: those of their own, and a group for each
    /// shared subscription. Nothing is allocated once `scratch` has seen as deep a topic.
    ///
    /// # Spec
    /// v5 \[MQTT-4.7.2-1\], \[MQTT-4.7.3-4\], section 4.8.2.
    ///
    /// ```
    /// # use mqtt_core::{MatchScratch, SubscriptionTrie, TopicFilter, TopicName};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.insert(TopicFilter::from_static("#"), 1, ())?;
    /// let mut scratch = MatchScratch::default();
    /// assert_eq!(trie.matches(TopicName::from_static("a/b"), &mut scratch).count(), 1);
    /// assert_eq!(trie.matches(TopicName::from_static("$SYS/b"), &mut scratch).count(), 0);
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[inline]
    pub fn matches<'t, 's>(
        &'t self,
        topic: TopicName<'_>,
        scratch: &'s mut MatchScratch,
    ) -> Matches<'t, 's, K, V, S> {
        Matches::begin(self, topic, scratch)
    }

    /// Goes on with a match that was left before its end, in `scratch`. Trie and topic must be the same.
    ///
    /// The trie may have changed meanwhile: what was in it all the time is found once; what came or went
    /// is found or not. It is searched once more then, for which memory is allocated.
    ///
    /// ```
    /// # use mqtt_core::{Found, MatchScratch, SubscriptionTrie, TopicFilter, TopicName};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// for key in 0..10 {
    ///     trie.insert(TopicFilter::from_static("a"), key, ())?;
    /// }
    /// let topic = TopicName::from_static("a");
    /// let mut scratch = MatchScratch::default();
    /// assert_eq!(trie.matches(topic, &mut scratch).take(4).count(), 4);
    /// trie.remove(TopicFilter::from_static("a"), &2);
    /// assert_eq!(trie.resume(topic, &mut scratch).count(), 6);
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub fn resume<'t, 's>(
        &'t self,
        topic: TopicName<'_>,
        scratch: &'s mut MatchScratch,
    ) -> Matches<'t, 's, K, V, S> {
        Matches::resume(self, topic, scratch)
    }

    /// Shows each match to `visitor`, until it breaks.
    ///
    /// ```
    /// use core::ops::ControlFlow;
    /// # use mqtt_core::{Found, MatchScratch, SubscriptionTrie, TopicFilter, TopicName};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.insert(TopicFilter::from_static("+"), 1, ())?;
    /// let mut scratch = MatchScratch::default();
    /// let found = trie.visit(TopicName::from_static("a"), &mut scratch, |found| match found {
    ///     Found::Subscriber { key: 1, .. } => ControlFlow::Break("one"),
    ///     _ => ControlFlow::Continue(()),
    /// });
    /// assert_eq!(found, ControlFlow::Break("one"));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[inline]
    pub fn visit<'t, B>(
        &'t self,
        topic: TopicName<'_>,
        scratch: &mut MatchScratch,
        visitor: impl FnMut(Found<'t, K, V>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        self.matches(topic, scratch).try_for_each(visitor)
    }

    /// True if anything matches.
    ///
    /// ```
    /// # use mqtt_core::{MatchScratch, SubscriptionTrie, TopicFilter, TopicName};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.insert(TopicFilter::from_static("a/#"), 1, ())?;
    /// let mut scratch = MatchScratch::default();
    /// assert!(trie.matches_any(TopicName::from_static("a"), &mut scratch));
    /// assert!(!trie.matches_any(TopicName::from_static("b"), &mut scratch));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub fn matches_any(&self, topic: TopicName<'_>, scratch: &mut MatchScratch) -> bool {
        Matches::begin(self, topic, scratch).has_rest()
    }

    /// How many matches there are, shared subscriptions counted once each. No subscriber is looked at.
    ///
    /// ```
    /// # use mqtt_core::{MatchScratch, SubscriptionTrie, TopicFilter, TopicName};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.insert(TopicFilter::from_static("a/#"), 1, ())?;
    /// trie.insert(TopicFilter::from_static("a/+"), 1, ())?;
    /// let mut scratch = MatchScratch::default();
    /// assert_eq!(trie.count_matches(TopicName::from_static("a/b"), &mut scratch), 2);
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub fn count_matches(&self, topic: TopicName<'_>, scratch: &mut MatchScratch) -> usize {
        Matches::begin(self, topic, scratch).count_rest()
    }

    /// Removes everything and gives the memory back.
    ///
    /// ```
    /// # use mqtt_core::{SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.insert(TopicFilter::from_static("a"), 1, ())?;
    /// trie.clear();
    /// assert_eq!((trie.len(), trie.heap_bytes()), (0, 0));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub fn clear(&mut self) {
        self.paths.clear();
        self.members = Members::new();
        self.len = 0;
    }

    /// Gives back what memory is not needed. O(all).
    ///
    /// ```
    /// # use mqtt_core::SubscriptionTrie;
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.shrink_to_fit();
    /// ```
    pub fn shrink_to_fit(&mut self) {
        let mut old = mem::replace(&mut self.members, Members::new());
        self.members.ones.reserve_exact(old.ones.len());
        self.members.many.reserve_exact(old.many.len());
        self.paths.shrink(|content| {
            let handle = match Handle::read(content) {
                Handle::Nobody => Handle::Nobody,
                Handle::One(index) => Handle::One(self.members.ones.insert(old.ones.remove(index))),
                Handle::Many(index) => {
                    Handle::Many(self.members.many.insert(old.many.remove(index)))
                }
            };
            handle.write()
        });
        let hasher = self.paths.levels.hasher();
        self.members.many.iter_mut().for_each(|(_, many)| many.shrink(hasher));
    }

    /// Bytes on the heap, without what keys and values own there. O(all).
    ///
    /// ```
    /// # use mqtt_core::SubscriptionTrie;
    /// # let trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// assert_eq!(trie.heap_bytes(), 0);
    /// ```
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let many: usize = self.members.many.iter().map(|(_, many)| many.heap_bytes()).sum();
        self.paths.heap_bytes()
            + slab_bytes(&self.members.ones)
            + slab_bytes(&self.members.many)
            + many
    }
}

impl<K: Hash + Eq, V, S: BuildHasher + Default> Default for SubscriptionTrie<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}
