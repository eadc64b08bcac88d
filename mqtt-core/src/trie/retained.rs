//! The index of retained messages.

use super::levels::{FIRST, LevelId};
use super::limits::{IndexFull, IndexLimits};
use super::lookup::{Retained, RetainedCursor};
use super::node_list::NodeList;
use super::paths::Paths;
use super::tree::{NOTHING, NodeId, ROOT};
use crate::{TopicFilter, TopicName};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::hash::BuildHasher;
use core::mem;

/// Values by topic name, asked by topic filter: retained messages.
///
/// - **Looking up** goes down the levels of the filter. At a `+` it goes through the children of the
///   node, or through all nodes that have a later level of the filter and up from them, whichever is less:
///   where there are a thousand children and a hundred levels `7`, `+/+/7/#` looks only at these. At most,
///   everything is looked at once. A find takes O(levels). Nothing is allocated, nothing recurses.
/// - **In pages**: a lookup that is left can be gone on with although names have come and gone.
/// - **Changing** takes O(levels of the name), whatever else there is; now and then a table grows.
/// - **Memory**: 170 to 210 bytes for a name beside its value, measured among ten thousand to a million names
///   that have levels in common. What is removed is kept for what comes next, until the index is empty or
///   [shrunk](Self::shrink_to_fit).
/// - **Hostile names**: `S` hashes levels. With a seed that is not known outside, nobody can choose
///   names that collide. No result and no order depends on hashes.
///
/// # Spec
/// v3 section 3.3.1.3 and 4.7; v5 sections 3.3.1.3 and 4.7.
///
/// # Examples
/// ```
/// use mqtt_core::{RetainedCursor, RetainedIndex, TopicFilter, TopicName};
/// use std::hash::RandomState;
///
/// let mut index: RetainedIndex<&[u8], RandomState> = RetainedIndex::default();
/// index.insert(TopicName::new("site/7/state")?, b"up")?;
/// index.insert(TopicName::new("site/8/state")?, b"down")?;
///
/// let mut cursor = RetainedCursor::default();
/// let mut topic = String::new();
/// for found in index.lookup(TopicFilter::new("site/+/state")?, &mut cursor) {
///     topic.clear();
///     found.write_name(&mut topic);
///     println!("{topic}: {} bytes", found.value.len());
/// }
/// assert_eq!(index.remove(TopicName::new("site/8/state")?), Some(&b"down"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RetainedIndex<V, S> {
    pub(super) paths: Paths<S>,
    /// By the number of a node.
    branches: Vec<Branch<V>>,
    /// The nodes that have a level, by its number.
    having: Vec<NodeList>,
    /// How many names there are.
    len: usize,
    /// Counts nodes and names as they come.
    births: u64,
    limits: IndexLimits,
}

/// What is known of a node beside the way to it: all that a lookup wants of it, in one place.
#[derive(Clone)]
struct Branch<V> {
    birth: u64,
    children: NodeList,
    /// The value of the name that ends here.
    value: Option<V>,
    /// When that name came. Not in one `Option` with the value, which would take more room.
    named: u64,
}

impl<V> Branch<V> {
    const fn new(birth: u64) -> Self {
        Self { birth, children: NodeList::Empty, value: None, named: 0 }
    }
}

/// What the tree notes at a node that has a name.
const NAME: u32 = 0;

impl<V, S: BuildHasher> RetainedIndex<V, S> {
    /// An empty index. Allocates nothing.
    ///
    /// ```
    /// use mqtt_core::RetainedIndex;
    /// use std::hash::RandomState;
    /// let index: RetainedIndex<(), _> = RetainedIndex::with_hasher(RandomState::new());
    /// assert!(index.is_empty());
    /// ```
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        Self {
            paths: Paths::new(hasher),
            branches: Vec::new(),
            having: Vec::new(),
            len: 0,
            births: 0,
            limits: IndexLimits::DEFAULT,
        }
    }

    /// Says how much may be added; what is there stays.
    ///
    /// ```
    /// # use mqtt_core::{IndexFull, IndexLimits, RetainedIndex, TopicName};
    /// # let mut index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// index.set_limits(IndexLimits { max_entries: 1, ..index.limits() });
    /// index.insert(TopicName::from_static("a"), 1)?;
    /// let full = index.insert(TopicName::from_static("b"), 2);
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

    /// How many names there are.
    ///
    /// ```
    /// # use mqtt_core::{RetainedIndex, TopicName};
    /// # let mut index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// index.insert(TopicName::from_static("a/b"), 1)?;
    /// index.insert(TopicName::from_static("a/b"), 2)?;
    /// assert_eq!(index.len(), 1);
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True if there are none.
    ///
    /// ```
    /// # use mqtt_core::RetainedIndex;
    /// # let index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// assert!(index.is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a name, or replaces its value and gives the old one. O(levels).
    ///
    /// # Errors
    /// [`IndexFull`]; nothing has changed then. A value can be replaced in any case.
    ///
    /// ```
    /// # use mqtt_core::{RetainedIndex, TopicName};
    /// # let mut index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// assert_eq!(index.insert(TopicName::from_static("a/b"), 1), Ok(None));
    /// assert_eq!(index.insert(TopicName::from_static("a/b"), 2), Ok(Some(1)));
    /// ```
    pub fn insert(&mut self, name: TopicName<'_>, value: V) -> Result<Option<V>, IndexFull> {
        let (node, rest) = self.paths.reach(name.levels());
        if rest.clone().next().is_none() {
            if let Some(old) = self.value_mut(node) {
                return Ok(Some(mem::replace(old, value)));
            }
        }
        self.limits.judge(self.len, name.levels())?;
        let Self { paths, branches, having, births, .. } = self;
        if branches.is_empty() {
            branches.push(Branch::new(0));
        }
        let made = paths.make(node, rest, |parent, level, node| {
            *births += 1;
            let branch = Branch::new(*births);
            // Numbers are given in turn, or given once more.
            match branches.get_mut(node as usize) {
                Some(old) => *old = branch,
                None => branches.push(branch),
            }
            branches[parent as usize].children.push(*births, node);
            if having.len() <= level as usize {
                having.resize(level as usize + 1, NodeList::Empty);
            }
            having[level as usize].push(*births, node);
        });
        let node = made.map_err(|last| {
            self.prune(last);
            IndexFull::Nodes
        })?;
        self.births += 1;
        let branch = &mut self.branches[node as usize];
        (branch.value, branch.named) = (Some(value), self.births);
        self.paths.tree.node_mut(node).content = NAME;
        self.paths.changed();
        self.len += 1;
        Ok(None)
    }

    /// Removes a name and gives its value. O(levels).
    ///
    /// ```
    /// # use mqtt_core::{RetainedIndex, TopicName};
    /// # let mut index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// index.insert(TopicName::from_static("a/b"), 1)?;
    /// assert_eq!(index.remove(TopicName::from_static("a")), None);
    /// assert_eq!(index.remove(TopicName::from_static("a/b")), Some(1));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub fn remove(&mut self, name: TopicName<'_>) -> Option<V> {
        let node = self.paths.find(name.levels())?;
        let value = self.branches.get_mut(node as usize)?.value.take()?;
        self.paths.tree.node_mut(node).content = NOTHING;
        self.len -= 1;
        if self.len == 0 {
            self.clear();
        } else {
            self.prune(node);
            self.paths.changed();
        }
        Some(value)
    }

    /// The value of a name. O(levels).
    ///
    /// ```
    /// # use mqtt_core::{RetainedIndex, TopicName};
    /// # let mut index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// index.insert(TopicName::from_static("a/b"), 1)?;
    /// assert_eq!(index.get(TopicName::from_static("a/b")), Some(&1));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub fn get(&self, name: TopicName<'_>) -> Option<&V> {
        let node = self.paths.find(name.levels())?;
        self.entry(node).map(|(_, entry)| entry.value)
    }

    /// The value of a name, to be changed. O(levels).
    ///
    /// ```
    /// # use mqtt_core::{RetainedIndex, TopicName};
    /// # let mut index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// index.insert(TopicName::from_static("a/b"), 1)?;
    /// *index.get_mut(TopicName::from_static("a/b")).unwrap() += 1;
    /// assert_eq!(index.get(TopicName::from_static("a/b")), Some(&2));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub fn get_mut(&mut self, name: TopicName<'_>) -> Option<&mut V> {
        let node = self.paths.find(name.levels())?;
        self.value_mut(node)
    }

    fn value_mut(&mut self, node: NodeId) -> Option<&mut V> {
        self.branches.get_mut(node as usize)?.value.as_mut()
    }

    /// Begins to look for the names that match a filter; of a shared subscription, the filter without
    /// the share name. See [`resume`](Self::resume) for pages, [`RetainedIndex`] for the cost.
    ///
    /// ```
    /// # use mqtt_core::{RetainedCursor, RetainedIndex, TopicFilter, TopicName};
    /// # let mut index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// for (value, name) in ["a/b", "a/c", "a", "$SYS/b"].into_iter().enumerate() {
    ///     index.insert(TopicName::from_static(name), value as u32)?;
    /// }
    /// let mut cursor = RetainedCursor::default();
    /// let found = index.lookup(TopicFilter::from_static("a/#"), &mut cursor);
    /// assert!(found.map(|found| *found.value).eq([2, 0, 1]));
    /// // Wildcards at the start do not match names that begin with `$`.
    /// assert_eq!(index.lookup(TopicFilter::from_static("#"), &mut cursor).count(), 3);
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub fn lookup<'t, 'c>(
        &'t self,
        filter: TopicFilter<'_>,
        cursor: &'c mut RetainedCursor,
    ) -> Retained<'t, 'c, V, S> {
        Retained::begin(self, filter, cursor)
    }

    /// Goes on with a lookup that was left before its end, in `cursor`. Index and filter must be the same.
    ///
    /// The index may have changed meanwhile: a name that was there when the lookup began, and has not
    /// been removed since, is found once, with the value that it has now. A name that came later is not
    /// found, also if it was there before: who subscribes gets such messages as they are published. So
    /// the pages come to an end, however fast names come.
    ///
    /// Costs O(levels of the names) more than to go on in an index that has not changed.
    ///
    /// ```
    /// # use mqtt_core::{RetainedCursor, RetainedIndex, TopicFilter, TopicName};
    /// # let mut index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// for value in 0..10 {
    ///     index.insert(TopicName::new(&format!("a/{value}")).unwrap(), value)?;
    /// }
    /// let filter = TopicFilter::from_static("a/+");
    /// let mut cursor = RetainedCursor::default();
    /// assert_eq!(index.lookup(filter, &mut cursor).take(4).count(), 4);
    /// index.remove(TopicName::from_static("a/3"));
    /// index.remove(TopicName::from_static("a/4"));
    /// index.insert(TopicName::from_static("a/10"), 10)?;
    /// assert!(index.resume(filter, &mut cursor).map(|found| *found.value).eq([5, 6, 7, 8, 9]));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub fn resume<'t, 'c>(
        &'t self,
        filter: TopicFilter<'_>,
        cursor: &'c mut RetainedCursor,
    ) -> Retained<'t, 'c, V, S> {
        Retained::resume(self, filter, cursor)
    }

    /// All names, those that begin with `$` too, in an order that depends on the changes to the index
    /// alone.
    ///
    /// ```
    /// # use mqtt_core::{RetainedIndex, TopicName};
    /// # let mut index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// index.insert(TopicName::from_static("$SYS/a"), 1)?;
    /// let all: Vec<_> = index.iter().map(|entry| (entry.name(), *entry.value)).collect();
    /// assert_eq!(all, [("$SYS/a".to_owned(), 1)]);
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = RetainedEntry<'_, V, S>> {
        let nodes = 1..self.branches.len() as NodeId;
        nodes.filter_map(|node| self.entry(node).map(|(_, entry)| entry))
    }

    /// Removes everything and gives the memory back.
    ///
    /// ```
    /// # use mqtt_core::{RetainedIndex, TopicName};
    /// # let mut index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// index.insert(TopicName::from_static("a"), 1)?;
    /// index.clear();
    /// assert_eq!((index.len(), index.heap_bytes()), (0, 0));
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    pub fn clear(&mut self) {
        self.paths.clear();
        (self.branches, self.having) = (Vec::new(), Vec::new());
        self.len = 0;
    }

    /// Gives back what memory is not needed. O(all).
    ///
    /// ```
    /// # use mqtt_core::RetainedIndex;
    /// # let mut index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// index.shrink_to_fit();
    /// ```
    pub fn shrink_to_fit(&mut self) {
        let new_ids = self.paths.shrink(|content| content);
        // New numbers are in the order of the old ones.
        let is_live =
            |id: usize| id == ROOT as usize || new_ids.get(id).is_some_and(|&id| id != ROOT);
        let branches = mem::take(&mut self.branches).into_iter().enumerate();
        self.branches = branches.filter(|(id, _)| is_live(*id)).map(|(_, branch)| branch).collect();
        self.branches.shrink_to_fit();
        let having = mem::take(&mut self.having).into_iter().enumerate();
        let is_level = |(id, list): &(usize, NodeList)| *id < FIRST as usize || !list.is_empty();
        self.having = having.filter(is_level).map(|(_, list)| list).collect();
        self.having.shrink_to_fit();
        let lists = self.branches.iter_mut().map(|branch| &mut branch.children);
        lists.chain(&mut self.having).for_each(|list| list.renumber(&new_ids));
    }

    /// Bytes on the heap, without what values own there. O(all).
    ///
    /// ```
    /// # use mqtt_core::RetainedIndex;
    /// # let index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// assert_eq!(index.heap_bytes(), 0);
    /// ```
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let children = self.branches.iter().map(|branch| &branch.children);
        let lists: usize = children.chain(&self.having).map(NodeList::heap_bytes).sum();
        self.paths.heap_bytes()
            + self.branches.capacity() * size_of::<Branch<V>>()
            + self.having.capacity() * size_of::<NodeList>()
            + lists
    }

    /// The name at a node, and when it came.
    #[inline]
    pub(super) fn entry(&self, node: NodeId) -> Option<(u64, RetainedEntry<'_, V, S>)> {
        let branch = self.branches.get(node as usize)?;
        let value = branch.value.as_ref()?;
        Some((branch.named, RetainedEntry { index: self, node, value }))
    }

    /// True if a name ends at a node.
    #[inline]
    pub(super) fn has_name(&self, node: NodeId) -> bool {
        self.branches.get(node as usize).is_some_and(|branch| branch.value.is_some())
    }

    /// The children of a node.
    #[inline]
    pub(super) fn children(&self, node: NodeId) -> &NodeList {
        self.branches.get(node as usize).map_or(&NodeList::Empty, |branch| &branch.children)
    }

    /// The nodes that have a level.
    #[inline]
    pub(super) fn having(&self, level: LevelId) -> &NodeList {
        self.having.get(level as usize).unwrap_or(&NodeList::Empty)
    }

    /// When the last of all came.
    pub(super) const fn births(&self) -> u64 {
        self.births
    }

    /// Removes a node on which nothing hangs, and then its parent, and so on.
    fn prune(&mut self, node: NodeId) {
        let Self { paths, branches, having, .. } = self;
        paths.prune(node, |parent, level, node| {
            let birth = branches[node as usize].birth;
            branches[parent as usize].children.remove(birth);
            having[level as usize].remove(birth);
        });
    }
}

impl<V, S: BuildHasher + Default> Default for RetainedIndex<V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<V: fmt::Debug, S: BuildHasher> fmt::Debug for RetainedIndex<V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A name with its value: see [`RetainedIndex::lookup`].
///
/// # Examples
/// See [`RetainedIndex`].
pub struct RetainedEntry<'t, V, S> {
    index: &'t RetainedIndex<V, S>,
    node: NodeId,
    /// What was stored with the name.
    pub value: &'t V,
}

impl<V, S: BuildHasher> RetainedEntry<'_, V, S> {
    /// The name, put together. O(bytes).
    ///
    /// ```
    /// # use mqtt_core::{RetainedIndex, TopicName};
    /// # let mut index: RetainedIndex<u32, std::hash::RandomState> = RetainedIndex::default();
    /// index.insert(TopicName::from_static("a//b"), 1)?;
    /// assert_eq!(index.iter().next().unwrap().name(), "a//b");
    /// # Ok::<(), mqtt_core::IndexFull>(())
    /// ```
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = String::new();
        self.write_name(&mut name);
        name
    }

    /// Appends the name to a text, which may be used again. O(bytes).
    ///
    /// See [`RetainedIndex`] for an example.
    pub fn write_name(&self, out: &mut String) {
        self.index.paths.write(self.node, out);
    }
}

impl<V, S> Clone for RetainedEntry<'_, V, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V, S> Copy for RetainedEntry<'_, V, S> {}

impl<V: fmt::Debug, S: BuildHasher> fmt::Debug for RetainedEntry<'_, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.name(), self.value)
    }
}
