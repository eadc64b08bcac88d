//! Shared subscriptions: who of a group gets a message.

use super::ordered::Ordered;
use super::tree::mix;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

/// How one member of a shared subscription is chosen.
///
/// # Examples
/// See [`ShareGroup::pick`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShareStrategy {
    /// The member behind the one that was picked last, in the order in which they joined.
    RoundRobin,
    /// The member that was picked last, as long as it can be; then the one behind it.
    Sticky,
    /// The same member for the same number, say a hash of the topic or of the publisher: messages that
    /// belong together stay together and in order. When a member goes, only its numbers go to others;
    /// when one comes, it takes over its part. O(members).
    Hash(u64),
    /// The member with this number, counted in the order in which they joined and around; the one behind
    /// it if that cannot be picked. With a random number: each as often as the others. O(members) while
    /// members have left and their places are not yet closed, else O(1).
    Number(u64),
}

/// The members of one shared subscription.
pub(super) struct Group<K, V> {
    pub(super) members: Ordered<K, V>,
    /// The number of the member picked last; 0 before the first. Where pointers have 32 bits, its lower half.
    turn: AtomicUsize,
}

impl<K, V> Group<K, V> {
    pub(super) const fn new() -> Self {
        Self { members: Ordered::new(), turn: AtomicUsize::new(0) }
    }
}

impl<K: Clone, V: Clone> Clone for Group<K, V> {
    fn clone(&self) -> Self {
        let turn = AtomicUsize::new(self.turn.load(Ordering::Relaxed));
        Self { members: self.members.clone(), turn }
    }
}

/// The members of a shared subscription.
///
/// # Spec
/// v5 section 4.8.2.
///
/// # Examples
/// See [`Found`](crate::Found).
pub struct ShareGroup<'t, K, V> {
    pub(super) name: &'t str,
    pub(super) group: &'t Group<K, V>,
}

impl<'t, K, V> ShareGroup<'t, K, V> {
    /// The share name.
    ///
    /// ```
    /// # use mqtt_core::{SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// let filter = TopicFilter::from_static("$share/team/a");
    /// trie.insert(filter, 7, ())?;
    /// assert_eq!(trie.share_group(filter).unwrap().share_name(), "team");
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub const fn share_name(&self) -> &'t str {
        self.name
    }

    /// How many members there are; never none.
    ///
    /// ```
    /// # use mqtt_core::{SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// let filter = TopicFilter::from_static("$share/team/a");
    /// trie.insert(filter, 7, ())?;
    /// assert_eq!(trie.share_group(filter).unwrap().len(), 1);
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // never empty
    pub const fn len(&self) -> usize {
        self.group.members.len()
    }

    /// The members, in the order in which they joined.
    ///
    /// ```
    /// # use mqtt_core::{SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// let filter = TopicFilter::from_static("$share/team/a");
    /// trie.insert(filter, 7, ())?;
    /// assert!(trie.share_group(filter).unwrap().members().eq([(&7, &())]));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub fn members(&self) -> impl Iterator<Item = (&'t K, &'t V)> + use<'t, K, V> {
        self.group.members.iter()
    }

    /// Chooses who gets the next message: one of those that `is_available`, say online and with room.
    /// `None` if no member is; then `|_, _| true` chooses who is to have it later.
    ///
    /// The group remembers who was picked last, for [`RoundRobin`](ShareStrategy::RoundRobin) and
    /// [`Sticky`](ShareStrategy::Sticky); members may come and go in between. When all have left, that is
    /// forgotten. Threads that pick at the same moment may pick the same.
    ///
    /// Cost: O(log members), and one call for each member that is passed over, if not said otherwise at the
    /// strategy; also a step for each member on the way that has left and whose place is not yet closed,
    /// never more than there are members. Allocates nothing.
    ///
    /// ```
    /// use mqtt_core::{ShareStrategy, SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<&str, bool, std::hash::RandomState> = SubscriptionTrie::default();
    /// let filter = TopicFilter::from_static("$share/team/a");
    /// for (name, online) in [("anna", true), ("ben", false), ("cleo", true)] {
    ///     trie.insert(filter, name, online)?;
    /// }
    /// let group = trie.share_group(filter).unwrap();
    /// let mut pick = |strategy| group.pick(strategy, |_, online| *online).map(|(key, _)| *key);
    /// assert_eq!(pick(ShareStrategy::RoundRobin), Some("anna"));
    /// assert_eq!(pick(ShareStrategy::RoundRobin), Some("cleo"));
    /// assert_eq!(pick(ShareStrategy::Sticky), Some("cleo"));
    /// assert_eq!(pick(ShareStrategy::Number(3)), Some("anna"));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub fn pick(
        &self,
        strategy: ShareStrategy,
        mut is_available: impl FnMut(&K, &V) -> bool,
    ) -> Option<(&'t K, &'t V)> {
        let members = self.group.members.entries();
        // The last number with these lower bits.
        let turn = || {
            let (last, turn) = (self.group.members.last(), self.group.turn.load(Ordering::Relaxed));
            last - (last as usize).wrapping_sub(turn) as u64
        };
        let (Ok(at) | Err(at)) = match strategy {
            ShareStrategy::RoundRobin => members.place_of(turn() + 1),
            ShareStrategy::Sticky => members.place_of(turn()),
            ShareStrategy::Number(number) => {
                let number = number.checked_rem(members.len() as u64)?;
                Ok(members.nth_place(number as usize))
            }
            ShareStrategy::Hash(hash) => {
                // Each member draws a number of its own from the hash; the highest has it.
                let draw = |number: &u64| mix(*number, hash, hash.rotate_left(32));
                let available = members.iter().filter(|(_, (key, value))| is_available(key, value));
                let (_, (key, value)) = available.max_by_key(|(number, _)| draw(number))?;
                return Some((key, value));
            }
        };
        let (number, (key, value)) =
            members.cycle(at).find(|(_, (key, value))| is_available(key, value))?;
        if !matches!(strategy, ShareStrategy::Number(_)) {
            self.group.turn.store(number as usize, Ordering::Relaxed);
        }
        Some((key, value))
    }
}

impl<K, V> Clone for ShareGroup<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for ShareGroup<'_, K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for ShareGroup<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name)?;
        f.debug_map().entries(self.members()).finish()
    }
}
