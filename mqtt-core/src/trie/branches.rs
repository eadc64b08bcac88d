//! What is known of the nodes of names, beside the way to them.

use super::levels::LevelId;
use super::pool::{Child, Content, Pool, Run, UNUSED, has_children, leaf, place};
use super::sequence::GAPS;
use super::tree::{NodeId, ROOT, Tree};
use alloc::vec::Vec;
use core::mem;

/// Children of all nodes.
///
/// Those of one node lie side by side in the order of birth, each with what a lookup wants of it: whoever finds
/// all of them waits once for memory. The content of a node in the tree leads there: to its children, or to
/// its own place if it has none.
#[derive(Clone)]
pub(super) struct Branches<V> {
    /// By the number of a node.
    branches: Vec<Branch>,
    pool: Pool<V>,
}

/// What is known of a node by its number.
#[derive(Clone, Copy)]
struct Branch {
    parent: NodeId,
    level: LevelId,
    content: Content,
    /// Where it is itself.
    place: u32,
}

const BARE_ROOT: Branch = Branch { parent: ROOT, level: 0, content: leaf(0), place: 0 };

/// A node, and what leads on from it.
#[derive(Clone, Copy)]
pub(super) struct Spot {
    pub(super) node: NodeId,
    pub(super) content: Content,
}

impl Spot {
    /// No node, and no name.
    pub(super) const NONE: Self = Self { node: ROOT, content: 1 };

    pub(super) const fn of<V>(child: &Child<V>) -> Self {
        Self { node: child.node, content: child.content }
    }

    /// The child at a level.
    #[inline]
    pub(super) fn child(self, tree: &Tree, level: LevelId) -> Option<Self> {
        let node = tree.child(self.node, level)?;
        Some(Self { node: node.id(), content: node.content })
    }
}

impl<V> Branches<V> {
    pub(super) const fn new() -> Self {
        Self { branches: Vec::new(), pool: Pool::new() }
    }

    fn branch(&self, node: NodeId) -> Branch {
        self.branches.get(node as usize).copied().unwrap_or(BARE_ROOT)
    }

    /// The parent and the level of a node other than the root.
    #[inline]
    pub(super) fn parent(&self, node: NodeId) -> (NodeId, LevelId) {
        let Branch { parent, level, .. } = self.branch(node);
        (parent, level)
    }

    /// What leads on from a node.
    #[inline]
    pub(super) fn spot(&self, node: NodeId) -> Spot {
        Spot { node, content: self.branch(node).content }
    }

    /// The places of the children of a node, those born first before others; behind them are unused ones.
    #[inline]
    pub(super) fn children(&self, content: Content) -> &[Child<V>] {
        if has_children(content) { self.pool.run(Run::new(content)) } else { &[] }
    }

    /// The child that was born then.
    pub(super) fn born(&self, content: Content, birth: u64) -> Option<&Child<V>> {
        let children = self.children(content);
        let at = children.binary_search_by_key(&birth, |child| child.birth).ok()?;
        children.get(at).filter(|child| child.node != ROOT)
    }

    /// What is known of a node; of the root, nothing of use.
    #[inline]
    pub(super) fn at(&self, spot: Spot) -> Option<&Child<V>> {
        let place = match has_children(spot.content) {
            true => self.branch(spot.node).place,
            false => place(spot.content),
        };
        self.pool.get(place)
    }

    /// The same, to be changed.
    pub(super) fn node_mut(&mut self, node: NodeId) -> Option<&mut Child<V>> {
        let Branch { place, .. } = self.branch(node);
        self.pool.get_mut(place).filter(|_| node != ROOT)
    }

    /// Gives a node a name, or takes it away, and gives the value it had.
    pub(super) fn set_value(
        &mut self,
        tree: &mut Tree,
        node: NodeId,
        value: Option<V>,
        named: u64,
    ) -> Option<V> {
        let child = self.node_mut(node)?;
        child.named = named;
        let (old, content) = (mem::replace(&mut child.value, value), child.content);
        if has_children(content) {
            self.set_run(tree, node, Run::new(content));
        }
        old
    }

    /// True if there may be no room for another name.
    pub(super) fn is_full(&self) -> bool {
        self.pool.is_full()
    }

    /// All nodes but the root.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Child<V>> {
        self.pool.iter()
    }

    /// Notes a new node, which is in the tree. True if its parent has its children in another place now.
    pub(super) fn add(
        &mut self,
        tree: &mut Tree,
        (parent, level, node): (NodeId, LevelId, NodeId),
        birth: u64,
    ) -> bool {
        if self.branches.is_empty() {
            self.branches.push(BARE_ROOT);
        }
        let others = tree.children(parent) - 1;
        let content = tree.node(parent).content;
        let used = self.used(content, others);
        let is_full = used == self.children(content).len() as u32;
        let place = match is_full {
            // Room for a quarter more, or one that comes for each that goes would move all others each time.
            true => self.settle(tree, parent, (others + 1) + (others + 1) / 4),
            false => Run::new(content).start + used,
        };
        let content = leaf(place);
        self.pool.put(place, Child { birth, named: 0, value: None, node, content });
        tree.node_mut(node).content = content;
        let branch = Branch { parent, level, content, place };
        // Numbers are given in turn, or given once more.
        match self.branches.get_mut(node as usize) {
            Some(old) => *old = branch,
            None => self.branches.push(branch),
        }
        is_full
    }

    /// How many places are used, gaps too, of which at least `least` are.
    fn used(&self, content: Content, least: u32) -> u32 {
        let rest = self.children(content).get(least as usize..).unwrap_or_default();
        match rest.first() {
            Some(first) if first.birth != UNUSED => {
                least + rest.partition_point(|child| child.birth != UNUSED) as u32
            }
            _ => least,
        }
    }

    /// Moves the children of a node together, to where there is room for so many, and gives the first place
    /// that is unused.
    fn settle(&mut self, tree: &mut Tree, node: NodeId, room: u32) -> u32 {
        let new = self.pool.allocate(room);
        let mut at = new.start;
        let content = self.branch(node).content;
        if has_children(content) {
            let old = Run::new(content);
            for place in old.places() {
                let child = self.pool.take(place);
                if child.node != ROOT {
                    self.put(tree, at, child);
                    at += 1;
                }
            }
            self.pool.give(old);
        }
        self.set_run(tree, node, new);
        at
    }

    /// Puts a node to a place.
    fn put(&mut self, tree: &mut Tree, place: u32, mut child: Child<V>) {
        let branch = &mut self.branches[child.node as usize];
        branch.place = place;
        if !has_children(child.content) {
            child.content = leaf(place);
            branch.content = child.content;
            tree.node_mut(child.node).content = child.content;
        }
        self.pool.put(place, child);
    }

    /// Notes where the children of a node are.
    fn set_run(&mut self, tree: &mut Tree, node: NodeId, run: Run) {
        let has_name = self.node_mut(node).is_some_and(|child| child.value.is_some());
        self.set_content(tree, node, run.content(has_name));
    }

    /// Notes what leads on from a node wherever that is looked for.
    fn set_content(&mut self, tree: &mut Tree, node: NodeId, content: Content) {
        tree.node_mut(node).content = content;
        self.branches[node as usize].content = content;
        if let Some(child) = self.node_mut(node) {
            child.content = content;
        }
    }

    /// Takes a node away if it has no name and no children, and gives its birth. In the tree, it is still to be
    /// removed.
    pub(super) fn remove_bare(&mut self, tree: &mut Tree, node: NodeId) -> Option<u64> {
        let bare = |child: &&mut Child<V>| child.value.is_none() && !has_children(child.content);
        let child = self.node_mut(node).filter(bare)?;
        child.node = ROOT;
        let birth = child.birth;
        let parent = self.branch(node).parent;
        let Branch { content, place, .. } = self.branch(parent);
        let others = tree.children(parent) - 1;
        let used = self.used(content, others + 1);
        if others == 0 {
            let run = Run::new(content);
            run.places().take(used as usize).for_each(|place| drop(self.pool.take(place)));
            self.pool.give(run);
            self.set_content(tree, parent, leaf(place));
        } else if used > 2 * others + GAPS as u32 {
            self.settle(tree, parent, others);
        }
        Some(birth)
    }

    /// Gives memory back that is not needed, after nodes in the tree have got other numbers.
    pub(super) fn shrink(&mut self, tree: &mut Tree, new_ids: &[NodeId]) {
        let mut old = mem::replace(self, Self::new());
        if new_ids.is_empty() {
            return;
        }
        let is_live = |node: usize| node == ROOT as usize || new_ids[node] != ROOT;
        let live = old.branches.iter().enumerate().filter(|(node, _)| is_live(*node));
        // New numbers are in the order of the old ones.
        self.branches = live.map(|(_, branch)| *branch).collect();
        let mut runs = Vec::new();
        for node in 0..self.branches.len() as NodeId {
            let Branch { content, .. } = self.branches[node as usize];
            if node != ROOT {
                let (parent, level) = tree.parent(node);
                let branch = &mut self.branches[node as usize];
                (branch.parent, branch.level) = (parent, level);
            }
            if has_children(content) {
                let new = self.pool.allocate(tree.children(node));
                runs.push((node, new));
                let mut at = new.start;
                for place in Run::new(content).places() {
                    let mut child = old.pool.take(place);
                    if child.node != ROOT {
                        child.node = new_ids[child.node as usize];
                        self.put(tree, at, child);
                        at += 1;
                    }
                }
            }
        }
        // When all are in their places.
        runs.into_iter().for_each(|(node, run)| self.set_run(tree, node, run));
        self.branches.shrink_to_fit();
        self.pool.shrink_to_fit();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.branches.capacity() * size_of::<Branch>() + self.pool.heap_bytes()
    }
}
