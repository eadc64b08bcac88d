//! Everything in a subscription trie, one by one.

use super::SubscriptionTrie;
use super::members::Handle;
use super::tree::{NOTHING, NodeId, ROOT};
use crate::TopicFilter;
use alloc::string::String;
use core::fmt;
use core::hash::{BuildHasher, Hash};

impl<K: Hash + Eq, V, S: BuildHasher> SubscriptionTrie<K, V, S> {
    /// All subscriptions, in an order that depends on the changes to the trie alone.
    ///
    /// ```
    /// # use mqtt_core::{SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, u8, std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.insert(TopicFilter::from_static("$share/g/a/+"), 1, 7)?;
    /// let all: Vec<_> = trie.iter().map(|entry| (entry.filter(), *entry.key, *entry.value)).collect();
    /// assert_eq!(all, [("$share/g/a/+".to_owned(), 1, 7)]);
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = TrieEntry<'_, K, V, S>> {
        self.entries_below(ROOT)
    }

    /// The subscriptions whose filter begins with these levels, that of exactly these levels among them;
    /// wildcards are levels like others, share names play no part. Looks at all filters, and where each is.
    ///
    /// ```
    /// # use mqtt_core::{SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// for filter in ["site", "site/7/#", "site/+/state", "sites"] {
    ///     trie.insert(TopicFilter::from_static(filter), 1, ())?;
    /// }
    /// assert_eq!(trie.iter_below(TopicFilter::from_static("site")).count(), 3);
    /// assert_eq!(trie.iter_below(TopicFilter::from_static("site/+")).count(), 1);
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub fn iter_below(
        &self,
        levels: TopicFilter<'_>,
    ) -> impl Iterator<Item = TrieEntry<'_, K, V, S>> + use<'_, K, V, S> {
        self.paths.find(levels.levels()).into_iter().flat_map(|node| self.entries_below(node))
    }

    fn entries_below(
        &self,
        top: NodeId,
    ) -> impl Iterator<Item = TrieEntry<'_, K, V, S>> + use<'_, K, V, S> {
        let nodes = (1..self.paths.tree.ids()).filter(move |&id| {
            self.paths.tree.content(id) != NOTHING && (top == ROOT || self.is_below(id, top))
        });
        nodes.flat_map(move |node| {
            let trie = self;
            let handle = Handle::read(self.paths.tree.node(node).content);
            let one = match handle {
                Handle::One(index) => self.members.ones.get(index),
                _ => None,
            };
            let many = match handle {
                Handle::Many(index) => self.members.many.get(index),
                _ => None,
            };
            let one = one.into_iter().map(move |(key, value)| TrieEntry {
                trie,
                node,
                share: None,
                key,
                value,
            });
            one.chain(many.into_iter().flat_map(move |many| {
                let own = many.own.iter();
                let own =
                    own.map(move |(key, value)| TrieEntry { trie, node, share: None, key, value });
                own.chain(many.groups.iter().flat_map(move |(name, group)| {
                    let share = Some(&**name);
                    let members = group.members.iter();
                    members.map(move |(key, value)| TrieEntry { trie, node, share, key, value })
                }))
            }))
        })
    }

    fn is_below(&self, mut node: NodeId, top: NodeId) -> bool {
        while node != top && node != ROOT {
            node = self.paths.tree.parent(node).0;
        }
        node == top
    }
}

/// A subscription of a [`SubscriptionTrie`].
///
/// # Examples
/// See [`SubscriptionTrie::iter`].
pub struct TrieEntry<'t, K, V, S> {
    trie: &'t SubscriptionTrie<K, V, S>,
    node: NodeId,
    share: Option<&'t str>,
    /// Who.
    pub key: &'t K,
    /// What was stored with the subscription.
    pub value: &'t V,
}

impl<K, V, S: BuildHasher> TrieEntry<'_, K, V, S> {
    /// The filter, put together: with its share name, if it is shared. O(bytes), one text.
    ///
    /// A filter that begins with `$share/` and is not shared is one of 3.1.1, or was inside a shared one:
    /// [`share_name`](Self::share_name) tells.
    ///
    /// ```
    /// # use mqtt_core::{SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.insert(TopicFilter::from_static("a/+/#"), 1, ())?;
    /// assert_eq!(trie.iter().next().unwrap().filter(), "a/+/#");
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub fn filter(&self) -> String {
        let mut text = String::new();
        if let Some(name) = self.share {
            text = ["$share", name, ""].join("/");
        }
        self.trie.paths.write(self.node, &mut text);
        text
    }

    /// The share name of a shared subscription.
    ///
    /// ```
    /// # use mqtt_core::{SubscriptionTrie, TopicFilter};
    /// # let mut trie: SubscriptionTrie<u32, (), std::hash::RandomState> = SubscriptionTrie::default();
    /// trie.insert(TopicFilter::from_static("$share/g/a"), 1, ())?;
    /// assert_eq!(trie.iter().next().unwrap().share_name(), Some("g"));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub const fn share_name(&self) -> Option<&str> {
        self.share
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S: BuildHasher> fmt::Debug for TrieEntry<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}: {:?}", self.filter(), self.key, self.value)
    }
}

impl<K: Hash + Eq + fmt::Debug, V: fmt::Debug, S: BuildHasher> fmt::Debug
    for SubscriptionTrie<K, V, S>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
