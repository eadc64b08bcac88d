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
    ) {
        let before = self.filters.len();
        self.filters.extend(filters);
        self.requests.push(Request { id, packet, filters: self.filters.len() - before });
    }

    /// Where the first such request is, and its filters.
    pub(super) fn find(&self, id: PacketId, packet: PacketType) -> Option<(usize, &[QoS])> {
        let is = |request: &Request| request.id == id && request.packet == packet;
        let at = self.requests.iter().position(is)?;
        let start = self.before(at);
        Some((at, self.filters.get(start..start + self.requests.get(at)?.filters)?))
    }

    /// Forgets the request at a place.
    pub(super) fn remove(&mut self, at: usize) {
        let start = self.before(at);
        let Request { filters, .. } = self.requests.remove(at);
        self.filters.drain(start..start + filters);
    }

    /// How many filters come before those of the request at a place.
    fn before(&self, at: usize) -> usize {
        self.requests.iter().take(at).map(|request| request.filters).sum()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.requests.capacity() * size_of::<Request>() + self.filters.capacity()
    }
}
