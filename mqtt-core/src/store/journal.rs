//! Changes on their way to a store.

use super::op::{Persist, PersistOp};
use super::record::{Key, MessageRecord, Record};
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// What a session tells of its changes, and whether it waits for them to be safe.
///
/// # Examples
/// ```
/// use mqtt_core::Durability;
/// assert_eq!(Durability::default(), Durability::Off);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Durability {
    /// Nothing is told: the session lives as long as its process.
    #[default]
    Off,
    /// Changes are told, and nothing waits: what was promised within the time that a change takes to be safe
    /// is forgotten with the process.
    Report,
    /// Changes are told, and what depends on them waits until they are safe.
    Gate,
}

/// How a session tells its changes.
///
/// # Examples
/// ```
/// use mqtt_core::{ClientConfig, Durability, PersistConfig};
/// let mut config = ClientConfig::default();
/// config.session.persist = PersistConfig { durability: Durability::Gate, ..PersistConfig::default() };
/// assert_eq!(config.session.persist.max_ops, 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PersistConfig {
    /// What is told, and what waits. Default nothing.
    pub durability: Durability,
    /// Which owner of the session this is: it stands in each change, so that a store can refuse those of an
    /// owner whose place another one has taken, with a higher number. Default 0.
    pub epoch: u64,
    /// The number of the last change that the store has of this session, or of one that had its place: a new
    /// session counts on from there. One that goes on knows it. Default 0.
    pub after: u64,
    /// So many changes may wait to be polled; then no more input is read, and no message taken. One packet
    /// or command more may add to them. Default 1,024.
    pub max_ops: usize,
    /// The same in bytes of their keys and values. Default 1 MiB.
    pub max_bytes: usize,
}

impl Default for PersistConfig {
    fn default() -> Self {
        Self { durability: Durability::Off, epoch: 0, after: 0, max_ops: 1024, max_bytes: 1 << 20 }
    }
}

/// Changes on their way to a store.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) config: PersistConfig,
    /// The number of the last change.
    seq: u64,
    /// All up to this one are safe.
    persisted: u64,
    /// Those that have not been polled, the last of which is `seq`.
    ops: VecDeque<Noted>,
    /// Their keys and values, from `read` on.
    bytes: Vec<u8>,
    read: usize,
}

/// A change that has not been polled.
#[derive(Clone, Copy, Debug)]
struct Noted {
    kind: Kind,
    key: u32,
    value: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Put,
    Delete,
    Clear,
    Mark,
}

impl Journal {
    pub(crate) fn new(config: PersistConfig) -> Self {
        let (ops, bytes, seq) = (VecDeque::new(), Vec::new(), config.after);
        Self { config, seq, persisted: seq, ops, bytes, read: 0 }
    }

    /// The number of the last change.
    pub(crate) const fn seq(&self) -> u64 {
        self.seq
    }

    /// True if what depends on changes waits for them.
    #[inline]
    pub(crate) fn gates(&self) -> bool {
        self.config.durability == Durability::Gate
    }

    /// True if all changes are safe.
    #[inline]
    pub(crate) const fn is_persisted(&self) -> bool {
        self.persisted == self.seq
    }

    #[inline]
    pub(crate) const fn persisted(&self) -> u64 {
        self.persisted
    }

    /// Notes that all up to a number are safe, of those that have been polled.
    pub(crate) fn set_persisted(&mut self, seq: u64) {
        let polled = self.seq - self.ops.len() as u64;
        self.persisted = self.persisted.max(seq.min(polled));
    }

    /// True if there is room for more.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.ops.len() < self.config.max_ops && self.bytes.len() - self.read < self.config.max_bytes
    }

    #[inline]
    pub(crate) fn put<'r>(&mut self, key: Key<'_>, value: &impl Record<'r>) {
        let start = self.start();
        key.write(&mut self.bytes);
        let middle = self.bytes.len();
        value.write(&mut self.bytes);
        let (key, value) = (middle - start, self.bytes.len() - middle);
        self.note(Noted { kind: Kind::Put, key: key as u32, value: value as u32 });
    }

    #[inline]
    pub(crate) fn put_message(&mut self, order: u64, message: &MessageRecord<'_>) {
        let start = self.start();
        let key = message.write_row(order, &mut self.bytes);
        let value = self.bytes.len() - start - key;
        self.note(Noted { kind: Kind::Put, key: key as u32, value: value as u32 });
    }

    #[inline]
    pub(crate) fn delete(&mut self, key: Key<'_>) {
        let start = self.start();
        key.write(&mut self.bytes);
        let key = (self.bytes.len() - start) as u32;
        self.note(Noted { kind: Kind::Delete, key, value: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.start();
        self.note(Noted { kind: Kind::Clear, key: 0, value: 0 });
    }

    /// Sees to it that a change is to be polled, and so to be reported: what comes before that is before it.
    #[inline]
    pub(crate) fn mark(&mut self) {
        if self.ops.is_empty() {
            self.note(Noted { kind: Kind::Mark, key: 0, value: 0 });
        }
    }

    /// Where the next key comes.
    #[inline]
    fn start(&mut self) -> usize {
        if self.ops.is_empty() {
            self.bytes.clear();
            self.read = 0;
        } else if self.read > self.bytes.len() / 2 {
            self.bytes.drain(..self.read);
            self.read = 0;
        }
        self.bytes.len()
    }

    #[inline]
    fn note(&mut self, noted: Noted) {
        self.seq += 1;
        self.ops.push_back(noted);
    }

    /// The next change.
    #[inline]
    pub(crate) fn poll(&mut self) -> Option<PersistOp<'_>> {
        let seq = self.seq + 1 - self.ops.len() as u64;
        let Noted { kind, key, value } = self.ops.pop_front()?;
        let (start, middle) = (self.read, self.read + key as usize);
        self.read = middle + value as usize;
        let key = self.bytes.get(start..middle).unwrap_or_default();
        let value = self.bytes.get(middle..self.read).unwrap_or_default();
        let change = match kind {
            Kind::Put => Persist::Put { key, value },
            Kind::Delete => Persist::Delete { key },
            Kind::Clear => Persist::Clear,
            Kind::Mark => Persist::Mark,
        };
        Some(PersistOp { seq, epoch: self.config.epoch, change })
    }

    pub(crate) fn shrink(&mut self) {
        self.start();
        self.bytes.shrink_to_fit();
        self.ops.shrink_to_fit();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes.capacity() + self.ops.capacity() * size_of::<Noted>()
    }
}
