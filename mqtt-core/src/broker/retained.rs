//! Retained messages.

use super::message::{Message, RetainedMessage};
use super::timers::Timers;
use crate::{IndexLimits, Instant, RetainedIndex, TopicName};
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::hash::BuildHasher;

/// Retained messages, within bounds.
pub(super) struct RetainedMessages<S> {
    pub(super) index: RetainedIndex<RetainedMessage, S>,
    /// Bytes of payloads and properties.
    bytes: usize,
    max_bytes: usize,
    timers: Timers<Box<str>>,
}

impl<S: BuildHasher> RetainedMessages<S> {
    pub(super) fn new(limits: IndexLimits, max_bytes: usize, hasher: S) -> Self {
        let mut index = RetainedIndex::with_hasher(hasher);
        index.set_limits(limits);
        Self { index, bytes: 0, max_bytes, timers: Timers::new() }
    }

    /// Keeps a message, or forgets the one of its topic if it is empty. False if there is no room; then the one
    /// before is forgotten too, for it is not the last one any more.
    ///
    /// # Spec
    /// v3 \[MQTT-3.3.1-5\], \[MQTT-3.3.1-7\], \[MQTT-3.3.1-10\], \[MQTT-3.3.1-11\]; v5 \[MQTT-3.3.1-5\] to
    /// \[MQTT-3.3.1-7\].
    pub(super) fn keep(
        &mut self,
        message: &Message,
        now: Instant,
        publisher: Option<Arc<str>>,
    ) -> bool {
        let name = message.name();
        let old = self.forget(name);
        if message.payload().is_empty() {
            return true;
        }
        let mut kept = message.retained(now, publisher);
        if self.bytes + kept.bytes.len() > self.max_bytes {
            return false;
        }
        kept.armed = old.and_then(|old| old.armed);
        self.insert(name, kept)
    }

    /// Adds a message of a topic that has none. False if there is no room.
    pub(super) fn insert(&mut self, name: TopicName<'_>, mut kept: RetainedMessage) -> bool {
        if let Some(ends) = kept.ends {
            self.timers.arm(&mut kept.armed, ends, name.as_str().into());
        }
        let len = kept.bytes.len();
        if self.index.insert(name, kept).is_err() {
            return false;
        }
        self.bytes += len;
        self.sweep();
        true
    }

    fn forget(&mut self, name: TopicName<'_>) -> Option<RetainedMessage> {
        let old = self.index.remove(name)?;
        self.bytes -= old.bytes.len();
        Some(old)
    }

    fn sweep(&mut self) {
        let index = &self.index;
        self.timers.sweep(|at, topic| {
            index.get(TopicName::trusted(topic)).is_some_and(|kept| kept.armed == Some(at))
        });
    }

    /// Forgets those that have expired, and tells which.
    pub(super) fn expire(&mut self, now: Instant, mut forgotten: impl FnMut(&str)) {
        while let Some((at, topic)) = self.timers.due(now) {
            let name = TopicName::trusted(&topic);
            let Some(kept) = self.index.get_mut(name).filter(|kept| kept.armed == Some(at)) else {
                continue;
            };
            kept.armed = None;
            match kept.ends {
                Some(ends) if ends > now => self.timers.arm(&mut kept.armed, ends, topic),
                Some(_) => {
                    self.forget(name);
                    forgotten(name.as_str());
                }
                None => {}
            }
        }
    }

    /// When one of them may expire.
    pub(super) fn next(&self) -> Option<Instant> {
        self.timers.first()
    }

    /// Bytes of payloads and properties.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.index.heap_bytes() + self.bytes + self.timers.heap_bytes()
    }
}
