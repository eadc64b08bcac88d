//! Requests of the client that the caller has not answered.

use crate::{PacketId, PacketType, QoS};
use alloc::vec::Vec;

/// Requests of the client that the caller has not answered, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Unanswered {
    requests: Vec<Request>,
    /// What each filter of each of them may be answered with at most: the QoS that SUBSCRIBE asks for, 0 for
    /// UNSUBSCRIBE.
    filters: Vec<QoS>,
}

#[derive(Debug)]
struct Request {
    id: PacketId,
    packet: PacketType,
    /// How many.
    filters: usize,
    /// The packet itself, if it is needed.
    kept: Vec<u8>,
}

impl Unanswered {
    pub(super) fn len(&self) -> usize {
        self.requests.len()
    }

    pub(super) fn push(
        &mut self,
        id: PacketId,
        packet: PacketType,
        filters: impl Iterator<Item = QoS>,
        kept: Vec<u8>,
    ) {
        let before = self.filters.len();
        self.filters.extend(filters);
        self.requests.push(Request { id, packet, filters: self.filters.len() - before, kept });
    }

    /// Where the first such request is, and its filters.
    pub(super) fn find(&self, id: PacketId, packet: PacketType) -> Option<(usize, &[QoS])> {
        let is = |request: &Request| request.id == id && request.packet == packet;
        let at = self.requests.iter().position(is)?;
        let start = self.before(at);
        Some((at, self.filters.get(start..start + self.requests.get(at)?.filters)?))
    }

    /// Forgets the request at a place; gives its packet, if that was needed.
    pub(super) fn remove(&mut self, at: usize) -> Option<Vec<u8>> {
        let start = self.before(at);
        let Request { filters, kept, .. } = self.requests.remove(at);
        self.filters.drain(start..start + filters);
        Some(kept).filter(|kept| !kept.is_empty())
    }

    /// How many filters come before those of the request at a place.
    fn before(&self, at: usize) -> usize {
        self.requests.iter().take(at).map(|request| request.filters).sum()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let kept = self.requests.iter().map(|request| request.kept.capacity()).sum::<usize>();
        self.requests.capacity() * size_of::<Request>() + self.filters.capacity() + kept
    }
}
