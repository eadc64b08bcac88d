//! Who subscribes at one node.

use super::ordered::Ordered;
use super::sequence::Walk;
use super::share::{Group, ShareGroup};
use super::tree::NOTHING;
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
    pub(super) const fn read(content: u32) -> Self {
        match content {
            NOTHING => Self::Nobody,
            _ if content & MANY != 0 => Self::Many((content & !MANY) as usize),
            _ => Self::One(content as usize),
        }
    }

    pub(super) const fn write(self) -> u32 {
        match self {
            Self::Nobody => NOTHING,
            Self::One(index) => index as u32,
            Self::Many(index) => index as u32 | MANY,
        }
    }
}

/// The subscribers of all nodes.
#[derive(Clone)]
pub(super) struct Members<K, V> {
    pub(super) ones: Slab<(K, V)>,
    pub(super) many: Slab<Many<K, V>>,
}

/// The subscribers of one node.
#[derive(Clone)]
pub(super) struct Many<K, V> {
    pub(super) own: Ordered<K, V>,
    /// Shared subscriptions by share name.
    pub(super) groups: Ordered<Box<str>, Group<K, V>>,
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

impl MembersWalk {
    /// True if it stands on somebody.
    pub(super) const fn has_begun(&self) -> bool {
        self.own.number() > 0 || self.groups.number() > 0
    }
}

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
                let (name, group) = many.groups.next(&mut walk.groups)?;
                Some(Found::Group(ShareGroup { name, group }))
            }
            _ => None,
        }
    }

    /// All subscribers of a node.
    #[inline]
    pub(super) fn fold<'t, B>(
        &'t self,
        handle: Handle,
        start: B,
        f: &mut impl FnMut(B, Found<'t, K, V>) -> B,
    ) -> B {
        match handle {
            Handle::Nobody => start,
            Handle::One(index) => match self.ones.get(index) {
                Some((key, value)) => f(start, Found::Subscriber { key, value }),
                None => start,
            },
            Handle::Many(index) => {
                let Some(many) = self.many.get(index) else { return start };
                let own = many.own.iter();
                let sum =
                    own.fold(start, |sum, (key, value)| f(sum, Found::Subscriber { key, value }));
                many.groups.iter().fold(sum, |sum, (name, group)| {
                    f(sum, Found::Group(ShareGroup { name, group }))
                })
            }
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

    /// The subscribers under a share name, with the name.
    pub(super) fn group(
        &self,
        name: &str,
        hasher: &impl BuildHasher,
    ) -> Option<(&str, &Group<K, V>)> {
        let found = self.groups.get_entry(hasher.hash_one(name), |other| **other == *name);
        found.map(|(name, group)| (&**name, group))
    }

    /// The subscribers under a share name, or those of their own.
    pub(super) fn list(
        &self,
        share: Option<&str>,
        hasher: &impl BuildHasher,
    ) -> Option<&Ordered<K, V>> {
        match share {
            None => Some(&self.own),
            Some(name) => self.group(name, hasher).map(|(_, group)| &group.members),
        }
    }

    pub(super) fn list_mut(
        &mut self,
        share: Option<&str>,
        hasher: &impl BuildHasher,
    ) -> Option<&mut Ordered<K, V>> {
        let Some(name) = share else { return Some(&mut self.own) };
        let group = self.groups.get_mut(hasher.hash_one(name), |other| **other == *name);
        group.map(|group| &mut group.members)
    }

    /// Adds a subscriber who is not there yet.
    pub(super) fn add(&mut self, share: Option<&str>, key: K, value: V, hasher: &impl BuildHasher) {
        let hash_of = |key: &K| hasher.hash_one(key);
        if let Some(list) = self.list_mut(share, hasher) {
            list.push(key, value, hash_of);
        } else if let Some(name) = share {
            let group =
                self.groups.push(name.into(), Group::new(), |name| hasher.hash_one(&**name));
            group.members.push(key, value, hash_of);
        }
    }

    /// Removes a subscriber, and the list under the share name if nobody is left in it.
    pub(super) fn remove(
        &mut self,
        share: Option<&str>,
        key: &K,
        hasher: &impl BuildHasher,
    ) -> Option<V> {
        let hash_of = |key: &K| hasher.hash_one(key);
        let list = self.list_mut(share, hasher)?;
        let (_, value) = list.remove(hash_of(key), |other| other == key, hash_of)?;
        if let Some(name) = share.filter(|_| list.len() == 0) {
            let hash = hasher.hash_one(name);
            self.groups.remove(hash, |other| **other == *name, |name| hasher.hash_one(&**name));
        }
        Some(value)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.own.len() == 0 && self.groups.len() == 0
    }

    pub(super) fn shrink(&mut self, hasher: &impl BuildHasher) {
        self.own.shrink(|key| hasher.hash_one(key));
        self.groups.shrink(|name| hasher.hash_one(&**name));
        self.groups.change(|group| group.members.shrink(|key| hasher.hash_one(key)));
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let groups: usize =
            self.groups.iter().map(|(name, group)| name.len() + group.members.heap_bytes()).sum();
        self.own.heap_bytes() + self.groups.heap_bytes() + groups
    }
}
