//! Messages that have not been sent yet.

use super::super::message::{Clock, Message, signed};
use crate::{Instant, QoS, Version};
use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::ops::Bound::{Excluded, Included};

/// So many buffers are kept to be used again, each of so many bytes at most.
const SPARE: usize = 16;
const KEEPS: usize = 1024;
/// So many gaps are not worth closing.
const GAPS: usize = 16;

/// So many messages, and bytes of their packets.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::session) struct Load {
    pub(in crate::session) count: usize,
    pub(in crate::session) bytes: usize,
}

impl Load {
    fn add(&mut self, message: &Message) {
        (self.count, self.bytes) = (self.count + 1, self.bytes + message.len());
    }

    /// What is left without one message of so many bytes.
    pub(in crate::session) const fn without_one(self, bytes: usize) -> Self {
        self.without(Self { count: 1, bytes })
    }

    /// What is left without some.
    pub(in crate::session) const fn without(self, some: Self) -> Self {
        Self { count: self.count - some.count, bytes: self.bytes - some.bytes }
    }
}

/// Messages that have not been sent yet, and what is kept for them.
///
/// A message stays at its place until it is gone, so that others can be found by theirs; the place that it
/// leaves is a gap. The first place has a message: if it goes, the next one is first. Gaps are closed when a
/// message comes and they are more than the messages.
#[derive(Debug, Default)]
pub(super) struct Queue {
    places: VecDeque<Option<Message>>,
    /// The number of the first place.
    first: u64,
    load: Load,
    /// When messages are of no use any more, in milliseconds, and the numbers of their places.
    ends: BTreeSet<(i64, u64)>,
    /// Those of them that were of no use any more at this time, in milliseconds.
    expired: Load,
    looked: i64,
    /// Buffers to be used again.
    spare: Vec<Vec<u8>>,
}

/// When a message is of no use any more, in milliseconds; `None` as long as it is not known what time it is.
fn end_of(message: &Message) -> Option<i64> {
    Some(message.head.expiry.filter(|expiry| expiry.clock == Clock::Session)?.ends())
}

impl Queue {
    pub(super) const fn load(&self) -> Load {
        self.load
    }

    /// The message at a place.
    pub(super) fn get(&self, at: usize) -> Option<&Message> {
        self.places.get(at)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Message> {
        self.places.get_mut(at)?.as_mut()
    }

    /// The first message at a place or behind it, and its place.
    pub(super) fn next(&self, at: usize) -> Option<(usize, &Message)> {
        let mut behind = self.places.iter().enumerate().skip(at);
        behind.find_map(|(at, message)| Some((at, message.as_ref()?)))
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Message> {
        self.places.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Message> {
        self.places.iter_mut().flatten()
    }

    /// Messages of QoS 0, the oldest first, but for those that have [expired](Self::expired): their places and
    /// their lengths.
    pub(super) fn qos_0(&self) -> impl Iterator<Item = (usize, usize)> {
        let all = self.places.iter().enumerate();
        let all = all.filter_map(|(at, message)| Some((at, message.as_ref()?)));
        let some = all.filter(|(_, message)| {
            message.head.qos == QoS::AtMostOnce
                && end_of(message).is_none_or(|end| end > self.looked)
        });
        some.map(|(at, message)| (at, message.len()))
    }

    pub(super) fn push_back(&mut self, message: Message) {
        self.close_many_gaps();
        let place = self.first.wrapping_add(self.places.len() as u64);
        self.note_end(&message, place);
        self.load.add(&message);
        self.places.push_back(Some(message));
    }

    pub(super) fn push_front(&mut self, message: Message) {
        self.close_many_gaps();
        self.first = self.first.wrapping_sub(1);
        self.note_end(&message, self.first);
        self.load.add(&message);
        self.places.push_front(Some(message));
    }

    pub(super) fn remove(&mut self, at: usize) -> Option<Message> {
        let message = self.places.get_mut(at)?.take()?;
        self.load = self.load.without_one(message.len());
        if let Some(end) = end_of(&message) {
            self.ends.remove(&(end, self.first.wrapping_add(at as u64)));
            if end <= self.looked {
                self.expired = self.expired.without_one(message.len());
            }
        }
        while let Some(None) = self.places.front() {
            self.places.pop_front();
            self.first = self.first.wrapping_add(1);
        }
        Some(message)
    }

    /// Closes gaps when there are more than messages, so each is moved once at most for one that has gone.
    fn close_many_gaps(&mut self) {
        if self.places.len() > 2 * self.load.count + GAPS {
            self.close_gaps();
        }
    }

    fn close_gaps(&mut self) {
        self.places.retain(Option::is_some);
        self.find_ends();
    }

    fn note_end(&mut self, message: &Message, place: u64) {
        if let Some(end) = end_of(message) {
            self.ends.insert((end, place));
            if end <= self.looked {
                self.expired.add(message);
            }
        }
    }

    /// Notes again when messages are of no use any more.
    pub(super) fn find_ends(&mut self) {
        (self.ends, self.expired) = (BTreeSet::new(), Load::default());
        let places = core::mem::take(&mut self.places);
        for (message, at) in places.iter().zip(0..) {
            if let Some(message) = message {
                self.note_end(message, self.first.wrapping_add(at));
            }
        }
        self.places = places;
    }

    /// What is of no use any more. O(log(messages)) for each for which that is new.
    pub(super) fn expired(&mut self, now: Instant) -> Load {
        let now = signed(now);
        if now > self.looked {
            let since = (Excluded((self.looked, u64::MAX)), Included((now, u64::MAX)));
            for (_, place) in self.ends.range(since) {
                let at = place.wrapping_sub(self.first) as usize;
                if let Some(Some(message)) = self.places.get(at) {
                    self.expired.add(message);
                }
            }
            self.looked = now;
        }
        self.expired
    }

    /// The messages that have [expired](Self::expired), those that did so first in front: their places and
    /// their lengths.
    pub(super) fn all_expired(&self) -> impl Iterator<Item = (usize, usize)> {
        let some = self.ends.iter().take_while(|(end, _)| *end <= self.looked);
        some.filter_map(|(_, place)| {
            let at = place.wrapping_sub(self.first) as usize;
            Some((at, self.get(at)?.len()))
        })
    }

    pub(super) fn into_messages(self) -> impl Iterator<Item = Message> {
        self.places.into_iter().flatten()
    }

    /// Makes them packets of another version.
    pub(super) fn convert(&mut self, from: Version, to: Version) {
        self.iter_mut().for_each(|message| message.convert(from, to));
        self.load.bytes = self.iter().map(Message::len).sum();
        self.find_ends();
    }

    /// A buffer for a packet.
    pub(super) fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes a buffer back.
    pub(super) fn recycle(&mut self, mut buffer: Vec<u8>) {
        // A large one would be kept for small ones.
        if self.spare.len() < SPARE && buffer.capacity() <= KEEPS {
            buffer.clear();
            self.spare.push(buffer);
        }
    }

    /// Gives back memory that is not needed.
    pub(super) fn shrink(&mut self) {
        self.spare = Vec::new();
        self.close_gaps();
        self.places.shrink_to_fit();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let messages = self.iter().map(Message::heap_bytes);
        let all = messages.chain(self.spare.iter().map(Vec::capacity));
        all.sum::<usize>()
            + self.places.capacity() * size_of::<Option<Message>>()
            + self.ends.len() * size_of::<(i64, u64)>()
            + self.spare.capacity() * size_of::<Vec<u8>>()
    }
}
