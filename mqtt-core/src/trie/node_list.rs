//! Lists of nodes in the order of their birth.

use super::sequence::{Sequence, Walk};
use super::tree::NodeId;
use alloc::boxed::Box;

/// Nodes in the order of their birth, by which a node is found in it. Most lists have no node or one.
#[derive(Clone)]
pub(super) enum NodeList {
    Empty,
    One(u64, NodeId),
    // Not inline: there are as many lists as nodes.
    Many(Box<Sequence<NodeId>>),
}

impl NodeList {
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::One(..) => 1,
            Self::Many(nodes) => nodes.len(),
        }
    }

    /// Adds a node, born after all others of the list.
    pub(super) fn push(&mut self, birth: u64, node: NodeId) {
        match self {
            Self::Empty => *self = Self::One(birth, node),
            Self::One(first_birth, first) => {
                let mut nodes = Box::new(Sequence::new());
                nodes.push(*first_birth, *first);
                nodes.push(birth, node);
                *self = Self::Many(nodes);
            }
            Self::Many(nodes) => {
                nodes.push(birth, node);
            }
        }
    }

    /// Removes the node that was born then.
    pub(super) fn remove(&mut self, birth: u64) {
        let Self::Many(nodes) = self else {
            *self = Self::Empty;
            return;
        };
        if let Ok(place) = nodes.place_of(birth) {
            nodes.remove(place);
        }
        if nodes.len() == 0 {
            *self = Self::Empty;
        } else if nodes.has_many_gaps() {
            nodes.close_gaps();
            nodes.give_back();
        }
    }

    /// The node that was born then.
    pub(super) fn get(&self, birth: u64) -> Option<NodeId> {
        match self {
            Self::Empty => None,
            Self::One(only, node) => (*only == birth).then_some(*node),
            Self::Many(nodes) => nodes.get(nodes.place_of(birth).ok()?).copied(),
        }
    }

    /// The next node of a walk, and when it was born.
    #[inline]
    pub(super) fn next(&self, walk: &mut Walk) -> Option<(u64, NodeId)> {
        match self {
            Self::Empty => None,
            Self::One(birth, node) => walk.pass(*birth).then_some((*birth, *node)),
            Self::Many(nodes) => nodes.next(walk).map(|(birth, node)| (birth, *node)),
        }
    }

    /// Gives the nodes other numbers, and memory back that is not needed.
    pub(super) fn renumber(&mut self, new_ids: &[NodeId]) {
        let renumber = |node: &mut NodeId| *node = new_ids[*node as usize];
        match self {
            Self::Empty => {}
            Self::One(_, node) => renumber(node),
            Self::Many(nodes) => {
                nodes.change(renumber);
                nodes.shrink();
                let only = nodes.iter().next().filter(|_| nodes.len() == 1);
                if let Some((birth, node)) = only.map(|(birth, node)| (birth, *node)) {
                    *self = Self::One(birth, node);
                }
            }
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Many(nodes) => size_of::<Sequence<NodeId>>() + nodes.heap_bytes(),
            _ => 0,
        }
    }
}
