//! How much may be in an index.

use core::fmt;

/// How much may be in a [`SubscriptionTrie`](crate::SubscriptionTrie) or a
/// [`RetainedIndex`](crate::RetainedIndex). Judged when something is added, and only then: what is in an
/// index is always found.
///
/// By default only numbers bound it, 2^29 nodes.
///
/// # Examples
/// ```
/// use mqtt_core::{IndexFull, IndexLimits, SubscriptionTrie, TopicFilter};
/// use std::hash::RandomState;
///
/// let mut trie: SubscriptionTrie<u32, (), RandomState> = SubscriptionTrie::default();
/// trie.set_limits(IndexLimits { max_entries: 1_000_000, max_levels: 3, ..IndexLimits::default() });
/// let filter = TopicFilter::from_static("a/b/c/d");
/// assert_eq!(trie.insert(filter, 1, ()), Err(IndexFull::Levels { max: 3 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IndexLimits {
    /// Subscriptions, or names.
    pub max_entries: usize,
    /// Levels of a filter, without the share name; of a name.
    pub max_levels: usize,
}

impl IndexLimits {
    /// No limits but those of numbers.
    pub const DEFAULT: Self = Self { max_entries: usize::MAX, max_levels: usize::MAX };

    /// Judges one more entry.
    pub(super) fn judge<'a>(
        &self,
        entries: usize,
        mut levels: impl Iterator<Item = &'a str>,
    ) -> Result<(), IndexFull> {
        if entries >= self.max_entries {
            return Err(IndexFull::Entries { max: self.max_entries });
        }
        if self.max_levels < usize::MAX && levels.nth(self.max_levels).is_some() {
            return Err(IndexFull::Levels { max: self.max_levels });
        }
        Ok(())
    }
}

impl Default for IndexLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// There is no room for what was to be added. The index is as it was, and what was to be added is gone.
///
/// # Examples
/// ```
/// use mqtt_core::IndexFull;
/// let error = IndexFull::Entries { max: 1000 };
/// assert_eq!(error.to_string(), "the index is full: it may have 1000 entries");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IndexFull {
    /// There are as many as [`IndexLimits::max_entries`].
    Entries {
        /// The limit.
        max: usize,
    },
    /// The filter or name has more than [`IndexLimits::max_levels`].
    Levels {
        /// The limit.
        max: usize,
    },
    /// There are no more numbers: 2^29 nodes of filters, or 2^27 places for those of names, up to a half of
    /// which may be empty.
    Nodes,
}

impl fmt::Display for IndexFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entries { max } => write!(f, "the index is full: it may have {max} entries"),
            Self::Levels { max } => write!(f, "the index takes at most {max} levels"),
            Self::Nodes => {
                f.write_str("the index is full: it has as many nodes as can be numbered")
            }
        }
    }
}

impl core::error::Error for IndexFull {}
