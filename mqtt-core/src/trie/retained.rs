//! The index of retained messages.

use super::branches::Branches;
use super::levels::{FIRST, LevelId};
use super::limits::{IndexFull, IndexLimits};
use super::lookup::{Retained, RetainedCursor};
use super::node_list::NodeList;
use super::paths::Paths;
use super::pool::Child;
use super::tree::{NodeId, ROOT};
use crate::{TopicFilter, TopicName};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::hash::BuildHasher;
use core::hint::black_box;
use core::mem;

/// Values by topic name, asked by topic filter: retained messages.
///
/// - **Looking up** goes down the levels of the filter. At a `+` it goes through the children of the
///   node, or through all nodes that have a later level of the filter and up from them, whichever is less:
///   where there are a thousand children and a hundred levels `7`, `+/+/7/#` looks only at these. At most,
///   everything is looked at once. A find takes O(levels). Nothing is allocated, nothing recurses.
/// - **In pages**: a lookup that is left can be gone on with although names have come and gone.
/// - **Changing** takes O(levels of the name), whatever else there is; now and then a table grows.
/// - **Memory**: 170 to 200 bytes for a name beside its value, measured among ten thousand to a million names
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
    pub(super) branches: Branches<V>,
    /// The nodes that have a level, by its number.
    having: Vec<NodeList>,
    /// How many names there are.
    len: usize,
    /// Counts nodes and names as they come.
    births: u64,
    limits: IndexLimits,
}

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
            branches: Branches::new(),
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
        if self.branches.is_full() {
            return Err(IndexFull::Nodes);
        }
        let Self { paths, branches, having, births, .. } = self;
        let made = paths.make(node, rest, |tree, parent, level, node| {
            *births += 1;
            if branches.add(tree, (parent, level, node), *births) && parent != ROOT {
                let (_, level) = tree.parent(parent);
                having[level as usize].note(parent, tree.node(parent).content);
            }
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
        self.branches.set_value(&mut self.paths.tree, node, Some(value), self.births);
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
        let value = self.branches.set_value(&mut self.paths.tree, node, None, 0)?;
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
        self.branches.at(self.branches.spot(node))?.value.as_ref()
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
        self.branches.node_mut(node)?.value.as_mut()
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
        self.branches.iter().filter_map(|child| self.entry(child))
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
        (self.branches, self.having) = (Branches::new(), Vec::new());
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
        self.branches.shrink(&mut self.paths.tree, &new_ids);
        let having = mem::take(&mut self.having).into_iter().enumerate();
        let is_level = |(id, list): &(usize, NodeList)| *id < FIRST as usize || !list.is_empty();
        self.having = having.filter(is_level).map(|(_, list)| list).collect();
        self.having.shrink_to_fit();
        for list in &mut self.having {
            list.renumber(&new_ids);
            if let NodeList::One(_, node, hint) = list {
                *hint = self.branches.spot(*node).content;
            }
        }
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
        let lists: usize = self.having.iter().map(NodeList::heap_bytes).sum();
        self.paths.heap_bytes()
            + self.branches.heap_bytes()
            + self.having.capacity() * size_of::<NodeList>()
            + lists
    }

    /// The name that ends at a node.
    #[inline]
    pub(super) fn entry<'t>(&'t self, child: &'t Child<V>) -> Option<RetainedEntry<'t, V, S>> {
        let value = child.value.as_ref()?;
        Some(RetainedEntry { index: self, node: child.node, value })
    }

    /// The nodes that have a level.
    #[inline]
    pub(super) fn having(&self, level: LevelId) -> &NodeList {
        self.having.get(level as usize).unwrap_or(&NodeList::Empty)
    }

    /// Asks memory for the children of the only node that has a level. While a text is compared, the processor
    /// goes on as if it were the right one, but not as far as to where they are wanted.
    #[inline]
    pub(super) fn ask_for(&self, level: LevelId) {
        if let NodeList::One(_, node, content) = *self.having(level) {
            let children = self.branches.children(content).iter();
            let births = children.take(16).step_by(2).map(|child| child.birth);
            black_box((self.branches.spot(node), births.fold(0, |all, birth| all | birth)));
        }
    }

    /// When the last of all came.
    pub(super) const fn births(&self) -> u64 {
        self.births
    }

    /// Removes a node on which nothing hangs, and then its parent, and so on.
    fn prune(&mut self, mut node: NodeId) {
        while let Some(birth) = self.branches.remove_bare(&mut self.paths.tree, node) {
            let (parent, level) = self.paths.remove(node);
            self.having[level as usize].remove(birth);
            node = parent;
        }
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
