//! Moments at which something is to be looked at.

use crate::Instant;
use alloc::collections::BinaryHeap;
use core::cmp::Reverse;

/// A heap of moments, each with its owner. An owner notes the moment at which it is looked at next, and is
/// looked at again only if it wants to be earlier: what moves a deadline on costs nothing. A moment that its
/// owner has not noted, or not any more, means nothing.
///
/// So the first moment may be too early, and is never too late.
#[derive(Debug)]
pub(super) struct Timers<T> {
    heap: BinaryHeap<Reverse<(Instant, T)>>,
    /// When there are so many, those that mean nothing are dropped.
    high_water: usize,
}

impl<T: Ord> Timers<T> {
    pub(super) const fn new() -> Self {
        Self { heap: BinaryHeap::new(), high_water: 64 }
    }

    /// An owner wants to be looked at, if that is earlier than what it has noted. O(log n).
    pub(super) fn arm(&mut self, noted: &mut Option<Instant>, at: Instant, owner: T) {
        if noted.is_none_or(|noted| at < noted) {
            *noted = Some(at);
            self.heap.push(Reverse((at, owner)));
        }
    }

    /// The first moment. O(1).
    pub(super) fn first(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// The next owner whose moment has come, and that moment.
    pub(super) fn due(&mut self, now: Instant) -> Option<(Instant, T)> {
        if self.first()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry)
    }

    /// Drops the moments that mean nothing, once there may be as many of them as of others: amortised O(1) for
    /// each that was armed.
    pub(super) fn sweep(&mut self, is_noted: impl Fn(Instant, &T) -> bool) {
        if self.heap.len() >= self.high_water {
            self.heap.retain(|Reverse((at, owner))| is_noted(*at, owner));
            self.high_water = (self.heap.len() * 2).max(64);
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.heap.capacity() * size_of::<Reverse<(Instant, T)>>()
    }
}
