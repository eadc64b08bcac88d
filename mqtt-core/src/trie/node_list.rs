//! Lists of nodes that have a text, in the order of their birth.

use super::pool::{Content, leaf};
use super::sequence::{GAPS, Walk};
use super::tree::{NodeId, ROOT};
use alloc::vec::Vec;

/// Nodes in the order of their birth, by which a node is found in it. Most lists have no node or one.
///
/// A [`Sequence`](super::sequence::Sequence) that takes no more room than a `Vec`, and so has its nodes one
/// cache miss nearer: there are as many lists as texts.
#[derive(Clone)]
pub(super) enum NodeList {
    Empty,
    /// And where its children were when that was noted: a hint.
    One(u64, NodeId, Content),
    /// Not empty.
    Many(Vec<Place>),
}

const _: () = assert!(size_of::<NodeList>() == size_of::<Vec<Place>>());

#[derive(Clone, Copy)]
pub(super) struct Place {
    birth: u64,
    /// `ROOT`, which is in no list, for a gap.
    node: NodeId,
    /// Of the first place: how many gaps there are.
    gaps: u32,
}

impl Place {
    const fn new(birth: u64, node: NodeId) -> Self {
        Self { birth, node, gaps: 0 }
    }
}

fn gaps(places: &[Place]) -> usize {
    places.first().map_or(0, |first| first.gaps as usize)
}

fn place_of(places: &[Place], birth: u64) -> Option<usize> {
    places.binary_search_by_key(&birth, |place| place.birth).ok()
}

impl NodeList {
    pub(super) const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::One(..) => 1,
            Self::Many(places) => places.len() - gaps(places),
        }
    }

    /// Adds a node, born after all others of the list.
    pub(super) fn push(&mut self, birth: u64, node: NodeId) {
        match self {
            Self::Empty => *self = Self::One(birth, node, leaf(0)),
            Self::One(first_birth, first, _) => {
                let first = Place::new(*first_birth, *first);
                *self = Self::Many(alloc::vec![first, Place::new(birth, node)]);
            }
            Self::Many(places) => places.push(Place::new(birth, node)),
        }
    }

    /// Notes where the children of a node are, if it is the only one.
    pub(super) fn note(&mut self, node: NodeId, content: Content) {
        match self {
            Self::One(_, only, hint) if *only == node => *hint = content,
            _ => {}
        }
    }

    /// Removes the node that was born then.
    pub(super) fn remove(&mut self, birth: u64) {
        let Self::Many(places) = self else {
            *self = Self::Empty;
            return;
        };
        if let Some(place) = place_of(places, birth) {
            places[place].node = ROOT;
            places[0].gaps += 1;
        }
        let gaps = gaps(places);
        let len = places.len() - gaps;
        if len == 0 {
            *self = Self::Empty;
        } else if gaps > len + GAPS {
            places.retain(|place| place.node != ROOT);
            places[0].gaps = 0;
            if places.capacity() > 4 * len {
                places.shrink_to(2 * len);
            }
        }
    }

    /// The node that was born then.
    pub(super) fn get(&self, birth: u64) -> Option<NodeId> {
        match self {
            Self::Empty => None,
            Self::One(only, node, _) => (*only == birth).then_some(*node),
            Self::Many(places) => {
                let node = places[place_of(places, birth)?].node;
                (node != ROOT).then_some(node)
            }
        }
    }

    /// The next node of a walk, and when it was born.
    #[inline]
    pub(super) fn next(&self, walk: &mut Walk) -> Option<(u64, NodeId)> {
        match self {
            Self::Empty => None,
            Self::One(birth, node, _) => walk.pass(*birth).then_some((*birth, *node)),
            Self::Many(places) => {
                let from = walk.place_in(places, |place| place.birth);
                let rest = places.get(from..)?;
                let skipped = rest.iter().position(|place| place.node != ROOT)?;
                let Place { birth, node, .. } = rest[skipped];
                walk.stand(birth, from + skipped);
                Some((birth, node))
            }
        }
    }

    /// Gives the nodes other numbers, and memory back that is not needed.
    pub(super) fn renumber(&mut self, new_ids: &[NodeId]) {
        match self {
            Self::Empty => {}
            Self::One(_, node, _) => *node = new_ids[*node as usize],
            Self::Many(places) => {
                places.retain(|place| place.node != ROOT);
                places.iter_mut().for_each(|place| place.node = new_ids[place.node as usize]);
                places.shrink_to_fit();
                match places[..] {
                    [Place { birth, node, .. }] => *self = Self::One(birth, node, leaf(0)),
                    _ => places[0].gaps = 0,
                }
            }
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::Many(places) => places.capacity() * size_of::<Place>(),
            _ => 0,
        }
    }
}
