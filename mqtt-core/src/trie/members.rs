//! Who subscribes at one node.

use super::ordered::{Ordered, Walk};
use super::tree::NOBODY;
use alloc::boxed::Box;
use core::hash::{BuildHasher, Hash};
use slab::Slab;

/// Where the subscribers of a node are.
#[derive(Clone, Copy)]
pub(super) enum Handle {
    Nobody,
    /// One subscriber, as at most nodes.
    One(usize),
    /// Several, or shared ones.
    Many(usize),
}

const MANY: u32 = 1 << 31;

impl Handle {
    #[inline]
    pub(super) const fn read(subscribers: u32) -> Self {
        match subscribers {
            NOBODY => Self::Nobody,
            _ if subscribers & MANY != 0 => Self::Many((subscribers & !MANY) as usize),
            _ => Self::One(subscribers as usize),
        }
    }

    pub(super) const fn write(self) -> u32 {
        match self {
            Self::Nobody => NOBODY,
            Self::One(index) => index as u32,
            Self::Many(index) => index as u32 | MANY,
        }
    }
}

/// The subscribers of all nodes.
pub(super) struct Members<K, V> {
    pub(super) ones: Slab<(K, V)>,
    pub(super) many: Slab<Many<K, V>>,
}

/// The subscribers of one node.
pub(super) struct Many<K, V> {
    pub(super) own: Ordered<K, V>,
    /// Shared subscriptions by share name.
    pub(super) groups: Ordered<Box<str>, Ordered<K, V>>,
}

/// Where a walk over the subscribers of a node is.
#[derive(Clone, Copy, Default)]
pub(super) struct MembersWalk {
    own: Walk,
    groups: Walk,
}

/// A match: who is to get a message.
///
/// # Examples
/// ```
/// use mqtt_core::{Found, MatchScratch, SubscriptionTrie, TopicFilter, TopicName};
/// # use std::hash::RandomState;
/// let mut trie: SubscriptionTrie<&str, (), RandomState> = SubscriptionTrie::default();
/// trie.insert(TopicFilter::from_static("a/+"), "anna", ())?;
/// trie.insert(TopicFilter::from_static("$share/team/a/b"), "ben", ())?;
/// trie.insert(TopicFilter::from_static("$share/team/a/b"), "cleo", ())?;
///
/// let mut scratch = MatchScratch::default();
/// let topic = TopicName::from_static("a/b");
/// for found in trie.matches(topic, &mut scratch) {
///     match found {
///         Found::Subscriber { key, .. } => assert_eq!(*key, "anna"),
///         // One of these is to get it.
///         Found::Group(group) => assert_eq!((group.share_name(), group.len()), ("team", 2)),
///     }
/// }
/// # Ok::<(), mqtt_core::IndexFull>(())
/// ```
#[derive(Debug)]
pub enum Found<'t, K, V> {
    /// A subscriber of its own.
    Subscriber {
        /// Who.
        key: &'t K,
        /// What was stored with the subscription.
        value: &'t V,
    },
    /// A shared subscription: one of its members is to get the message.
    Group(ShareGroup<'t, K, V>),
}

impl<K, V> Clone for Found<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Found<'_, K, V> {}

impl<K, V> Members<K, V> {
    pub(super) const fn new() -> Self {
        Self { ones: Slab::new(), many: Slab::new() }
    }

    /// The next of the subscribers of a node.
    #[inline]
    pub(super) fn next(&self, handle: Handle, walk: &mut MembersWalk) -> Option<Found<'_, K, V>> {
        match handle {
            // Should others join it before the walk goes on, it is the first of them.
            Handle::One(index) if walk.own.begin() => {
                let (key, value) = self.ones.get(index)?;
                Some(Found::Subscriber { key, value })
            }
            Handle::Many(index) => {
                let many = self.many.get(index)?;
                if let Some((key, value)) = many.own.next(&mut walk.own) {
                    return Some(Found::Subscriber { key, value });
                }
                let (name, members) = many.groups.next(&mut walk.groups)?;
                Some(Found::Group(ShareGroup { name, members }))
            }
            _ => None,
        }
    }

    /// How many finds there are at a node.
    pub(super) fn count(&self, handle: Handle) -> usize {
        match handle {
            Handle::Nobody => 0,
            Handle::One(_) => 1,
            Handle::Many(index) => {
                self.many.get(index).map_or(0, |many| many.own.len() + many.groups.len())
            }
        }
    }
}

impl<K: Hash + Eq, V> Many<K, V> {
    pub(super) const fn new() -> Self {
        Self { own: Ordered::new(), groups: Ordered::new() }
    }

    /// The subscribers under a share name, or those of their own.
    pub(super) fn list(
        &self,
        share: Option<&str>,
        hasher: &impl BuildHasher,
    ) -> Option<&Ordered<K, V>> {
        match share {
            None => Some(&self.own),
            Some(name) => self.groups.get(hasher.hash_one(name), |other| **other == *name),
        }
    }

    pub(super) fn list_mut(
        &mut self,
        share: Option<&str>,
        hasher: &impl BuildHasher,
    ) -> Option<&mut Ordered<K, V>> {
        match share {
            None => Some(&mut self.own),
            Some(name) => self.groups.get_mut(hasher.hash_one(name), |other| **other == *name),
        }
    }

    /// `list_mut`, made if it is not there.
    pub(super) fn list_or_new(
        &mut self,
        share: Option<&str>,
        hasher: &impl BuildHasher,
    ) -> &mut Ordered<K, V> {
        let Some(name) = share else { return &mut self.own };
        let hash = hasher.hash_one(name);
        if self.groups.get(hash, |other| **other == *name).is_none() {
            self.groups.push(name.into(), Ordered::new(), |name| hasher.hash_one(&**name));
        }
        match self.groups.get_mut(hash, |other| **other == *name) {
            Some(list) => list,
            // It has just been added.
            None => &mut self.own,
        }
    }

    /// Removes the list under a share name if nobody is in it.
    pub(super) fn tidy(&mut self, share: Option<&str>, hasher: &impl BuildHasher) {
        if let Some(name) = share {
            let hash = hasher.hash_one(name);
            if self.groups.get(hash, |other| **other == *name).is_some_and(|list| list.len() == 0) {
                self.groups.remove(hash, |other| **other == *name, |name| hasher.hash_one(&**name));
            }
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.own.len() == 0 && self.groups.len() == 0
    }

    pub(super) fn shrink(&mut self, hasher: &impl BuildHasher) {
        self.own.shrink(|key| hasher.hash_one(key));
        self.groups.shrink(|name| hasher.hash_one(&**name));
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let groups: usize =
            self.groups.iter().map(|(name, list)| name.len() + list.heap_bytes()).sum();
        self.own.heap_bytes() + self.groups.heap_bytes() + groups
    }
}

/// The members of a shared subscription.
///
/// # Examples
/// See [`Found`].
pub struct ShareGroup<'t, K, V> {
    name: &'t str,
    members: &'t Ordered<K, V>,
}

impl<'t, K, V> ShareGroup<'t, K, V> {
    /// The share name.
    ///
    /// ```
    /// # use mqtt_core::{Found, MatchScratch, SubscriptionTrie, TopicFilter, TopicName};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.insert(TopicFilter::from_static("$share/team/a"), 7, ())?;
    /// # let mut scratch = MatchScratch::default();
    /// let found = trie.matches(TopicName::from_static("a"), &mut scratch).next();
    /// let Some(Found::Group(group)) = found else { unreachable!() };
    /// assert_eq!(group.share_name(), "team");
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub const fn share_name(&self) -> &'t str {
        self.name
    }

    /// How many members there are; never none.
    ///
    /// ```
    /// # use mqtt_core::{Found, MatchScratch, SubscriptionTrie, TopicFilter, TopicName};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.insert(TopicFilter::from_static("$share/team/a"), 7, ())?;
    /// # let mut scratch = MatchScratch::default();
    /// let found = trie.matches(TopicName::from_static("a"), &mut scratch).next();
    /// let Some(Found::Group(group)) = found else { unreachable!() };
    /// assert_eq!(group.len(), 1);
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // never empty
    pub const fn len(&self) -> usize {
        self.members.len()
    }

    /// The members, in the order in which they joined.
    ///
    /// ```
    /// # use mqtt_core::{Found, MatchScratch, SubscriptionTrie, TopicFilter, TopicName};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.insert(TopicFilter::from_static("$share/team/a"), 7, ())?;
    /// # let mut scratch = MatchScratch::default();
    /// let found = trie.matches(TopicName::from_static("a"), &mut scratch).next();
    /// let Some(Found::Group(group)) = found else { unreachable!() };
    /// assert!(group.members().eq([(&7, &())]));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub fn members(&self) -> impl Iterator<Item = (&'t K, &'t V)> + use<'t, K, V> {
        self.members.iter()
    }
}

impl<K, V> Clone for ShareGroup<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for ShareGroup<'_, K, V> {}

impl<K: core::fmt::Debug, V: core::fmt::Debug> core::fmt::Debug for ShareGroup<'_, K, V> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: ", self.name)?;
        f.debug_map().entries(self.members()).finish()
    }
}
