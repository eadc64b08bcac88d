//! Messages that have not been sent yet.

use super::super::message::Message;
use super::KEEPS_BYTES;
use crate::{QoS, Version};
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// So many buffers are kept to be used again.
const SPARE: usize = 16;

/// Messages that have not been sent yet, and what is kept for them.
#[derive(Debug, Default)]
pub(super) struct Queue {
    messages: VecDeque<Message>,
    /// Bytes of their packets.
    bytes: usize,
    /// Buffers to be used again.
    spare: Vec<Vec<u8>>,
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    /// Bytes of the packets.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The message at a place.
    pub(super) fn get(&self, at: usize) -> Option<&Message> {
        self.messages.get(at)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Message> {
        self.messages.get_mut(at)
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Message> {
        self.messages.iter_mut()
    }

    /// Messages of QoS 0, the oldest first: their places and their lengths.
    pub(super) fn qos_0(&self) -> impl Iterator<Item = (usize, usize)> {
        let all = self.messages.iter().enumerate();
        let some = all.filter(|(_, message)| message.head.qos == QoS::AtMostOnce);
        some.map(|(at, message)| (at, message.len()))
    }

    pub(super) fn push_back(&mut self, message: Message) {
        self.bytes += message.len();
        self.messages.push_back(message);
    }

    pub(super) fn push_front(&mut self, message: Message) {
        self.bytes += message.len();
        self.messages.push_front(message);
    }

    pub(super) fn remove(&mut self, at: usize) -> Option<Message> {
        let message = self.messages.remove(at)?;
        self.bytes -= message.len();
        Some(message)
    }

    pub(super) fn into_messages(self) -> VecDeque<Message> {
        self.messages
    }

    /// Makes them packets of another version.
    pub(super) fn convert(&mut self, from: Version, to: Version) {
        self.messages.iter_mut().for_each(|message| message.convert(from, to));
        self.bytes = self.messages.iter().map(Message::len).sum();
    }

    /// A buffer for a packet.
    pub(super) fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes a buffer back.
    pub(super) fn recycle(&mut self, mut buffer: Vec<u8>) {
        // A large one would be kept for small ones.
        if self.spare.len() < SPARE && buffer.capacity() <= KEEPS_BYTES {
            buffer.clear();
            self.spare.push(buffer);
        }
    }

    /// Gives back memory that is not needed.
    pub(super) fn shrink(&mut self) {
        self.spare = Vec::new();
        self.messages.shrink_to_fit();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let messages = self.messages.iter().map(Message::heap_bytes);
        let all = messages.chain(self.spare.iter().map(Vec::capacity));
        all.sum::<usize>()
            + self.messages.capacity() * size_of::<Message>()
            + self.spare.capacity() * size_of::<Vec<u8>>()
    }
}
