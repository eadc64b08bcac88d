//! Changes on their way to a store.

use super::op::{Persist, PersistOp};
use super::record::{
    Key, MAX_NUMBER, MESSAGE_HEAD, MessageRecord, ORDER_KEY, PHASE_LEN, PhaseRecord, Record,
};
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
    /// is forgotten with the process. A message of that time may be lost, come twice or out of its order; and
    /// so may a later one under an identifier of that time, which one of the two sides takes for the earlier one.
    Report,
    /// Changes are told, and what depends on them waits until they are safe.
    Gate,
}

/// How a session tells its changes.
///
/// A state may go on with another durability than it had. If its last changes were not told, or none ever was,
/// what the store has of it is of no use: before the next change that is told comes
/// [`Clear`](crate::store::Persist::Clear), and all that there is. Tell the time before, for what expires:
/// [`set_unix_time`](crate::ClientSession::set_unix_time). Only what a server's client had subscribed to before
/// anything was told is not known to its session.
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
    /// So many changes may wait to be polled, and at least one; then no more input is read, and no message taken.
    /// One packet or command more may add to them. Default 1,024.
    pub max_ops: usize,
    /// The same in bytes of their keys and values, at least one. Default 1 MiB.
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
    /// How many have not been polled, the last of which is `seq`.
    waiting: usize,
    /// Those, from `read` on: each as [`HEAD`] bytes, the key, and the value.
    bytes: Vec<u8>,
    read: usize,
}

/// Kind, length of the key, length of the value.
pub(super) const HEAD: usize = 9;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Put,
    Delete,
    Clear,
    Mark,
}

impl Kind {
    #[inline(always)]
    const fn head(self, key: usize, value: usize) -> [u8; HEAD] {
        let (key, value) = ((key as u32).to_le_bytes(), (value as u32).to_le_bytes());
        let [a, b, c, d] = key;
        let [e, f, g, h] = value;
        [self as u8, a, b, c, d, e, f, g, h]
    }
}

impl Journal {
    pub(crate) fn new(config: PersistConfig) -> Self {
        let (max_ops, max_bytes) = (config.max_ops.max(1), config.max_bytes.max(1));
        let config = PersistConfig { max_ops, max_bytes, ..config };
        // Those of before are below it too, as a restore holds.
        let (bytes, seq) = (Vec::new(), config.after.min(MAX_NUMBER));
        Self { config, seq, persisted: seq, waiting: 0, bytes, read: 0 }
    }

    /// Counts on from the number of another change; nothing has been noted.
    pub(crate) fn count_from(&mut self, seq: u64) {
        if self.waiting == 0 {
            let seq = seq.min(MAX_NUMBER);
            (self.seq, self.persisted) = (seq, seq);
        }
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
        let polled = self.seq - self.waiting as u64;
        self.persisted = self.persisted.max(seq.min(polled));
    }

    /// True if there is room for more.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.waiting < self.config.max_ops && self.bytes.len() - self.read < self.config.max_bytes
    }

    pub(crate) fn put<'r>(&mut self, key: Key<'_>, value: &impl Record<'r>) {
        let start = self.start();
        self.bytes.extend_from_slice(&[0; HEAD]);
        key.write(&mut self.bytes);
        let middle = self.bytes.len();
        value.write(&mut self.bytes);
        let head = Kind::Put.head(middle - start - HEAD, self.bytes.len() - middle);
        self.bytes[start..start + HEAD].copy_from_slice(&head);
        self.note();
    }

    /// A key has this value.
    pub(crate) fn put_bytes(&mut self, key: &[u8], value: &[u8]) {
        self.put_parts(key, [value, &[], &[]]);
    }

    /// The same with a value in parts.
    pub(crate) fn put_parts(&mut self, key: &[u8], value: [&[u8]; 3]) {
        self.start();
        let len = value.iter().map(|part| part.len()).sum();
        self.bytes.extend_from_slice(&Kind::Put.head(key.len(), len));
        self.bytes.extend_from_slice(key);
        value.iter().for_each(|part| self.bytes.extend_from_slice(part));
        self.note();
    }

    /// A key is gone.
    pub(crate) fn delete_bytes(&mut self, key: &[u8]) {
        self.start();
        self.bytes.extend_from_slice(&Kind::Delete.head(key.len(), 0));
        self.bytes.extend_from_slice(key);
        self.note();
    }

    /// The same for a message: every one goes through here.
    #[inline(always)]
    pub(crate) fn put_message(&mut self, order: u64, message: &MessageRecord<'_>) {
        const KEY: usize = HEAD + ORDER_KEY;
        self.start();
        let value = MESSAGE_HEAD + message.packet.len() + message.body.len();
        let mut head = [0; KEY + MESSAGE_HEAD];
        head[..HEAD].copy_from_slice(&Kind::Put.head(ORDER_KEY, value));
        head[HEAD..KEY].copy_from_slice(&Key::order_key(Key::MESSAGE, order));
        head[KEY..].copy_from_slice(&message.head());
        self.bytes.extend_from_slice(&head);
        message.write_packet(&mut self.bytes);
        self.note();
    }

    /// The same for where a message stands.
    pub(crate) fn put_phase(&mut self, order: u64, phase: &PhaseRecord) {
        const KEY: usize = HEAD + ORDER_KEY;
        let mut entry = [0; KEY + PHASE_LEN];
        entry[..HEAD].copy_from_slice(&Kind::Put.head(ORDER_KEY, PHASE_LEN));
        entry[HEAD..KEY].copy_from_slice(&Key::order_key(Key::PHASE, order));
        entry[KEY..].copy_from_slice(&phase.to_bytes());
        self.append(&entry);
    }

    /// A message is gone, or where it stands.
    #[inline]
    pub(crate) fn delete_order(&mut self, kind: u8, order: u64) {
        let mut entry = [0; HEAD + ORDER_KEY];
        entry[..HEAD].copy_from_slice(&Kind::Delete.head(ORDER_KEY, 0));
        entry[HEAD..].copy_from_slice(&Key::order_key(kind, order));
        self.append(&entry);
    }

    pub(crate) fn delete(&mut self, key: Key<'_>) {
        let start = self.start();
        self.bytes.extend_from_slice(&[0; HEAD]);
        key.write(&mut self.bytes);
        let head = Kind::Delete.head(self.bytes.len() - start - HEAD, 0);
        self.bytes[start..start + HEAD].copy_from_slice(&head);
        self.note();
    }

    pub(crate) fn clear(&mut self) {
        self.append(&Kind::Clear.head(0, 0));
    }

    /// Sees to it that a change is to be polled, and so to be reported: what comes before that is before it.
    #[inline]
    pub(crate) fn mark(&mut self) {
        if self.waiting == 0 {
            self.append(&Kind::Mark.head(0, 0));
        }
    }

    /// Notes a whole entry.
    #[inline(always)]
    fn append(&mut self, entry: &[u8]) {
        self.start();
        self.bytes.extend_from_slice(entry);
        self.note();
    }

    /// Where the next entry comes.
    #[inline(always)]
    fn start(&mut self) -> usize {
        // Not as long as more is kept than has been read, so each byte is moved once at most.
        if self.read > self.bytes.len() / 2 {
            self.drop_read();
        }
        self.bytes.len()
    }

    #[cold]
    fn drop_read(&mut self) {
        self.bytes.drain(..self.read);
        self.read = 0;
    }

    #[inline(always)]
    fn note(&mut self) {
        self.seq += 1;
        self.waiting += 1;
    }

    /// The next change.
    #[inline]
    pub(crate) fn poll(&mut self) -> Option<PersistOp<'_>> {
        if self.waiting == 0 {
            return None;
        }
        let entry = self.bytes.get(self.read..)?;
        let ([kind, lens @ ..], rest): (&[u8; HEAD], _) = entry.split_first_chunk()?;
        let [a, b, c, d, e, f, g, h] = *lens;
        let (key, value) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        let (key, rest) = rest.split_at_checked(key as usize)?;
        let value = rest.get(..value as usize)?;
        self.read += HEAD + key.len() + value.len();
        self.waiting -= 1;
        let change = match *kind {
            kind if kind == Kind::Put as u8 => Persist::Put { key, value },
            kind if kind == Kind::Delete as u8 => Persist::Delete { key },
            kind if kind == Kind::Clear as u8 => Persist::Clear,
            _ => Persist::Mark,
        };
        let seq = self.seq - self.waiting as u64;
        Some(PersistOp { seq, epoch: self.config.epoch, change })
    }

    pub(crate) fn shrink(&mut self) {
        self.drop_read();
        self.bytes.shrink_to_fit();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}
