//! Changes that are stored together.

use crate::Error;
use mqtt_core::PersistOp;
use mqtt_core::store::Persist;

/// Changes of one owner of one session that are stored together, with their bytes: it can go to another
/// thread. A batch that is cleared keeps its memory for the next.
///
/// # Examples
/// ```
/// use mqc_store::Batch;
/// use mqtt_core::{ClientConfig, ClientSession, Connect, Durability, Instant};
/// let now = Instant::default();
/// let mut config = ClientConfig::default();
/// config.session.persist.durability = Durability::Gate;
/// let mut session = ClientSession::new(config);
/// session.connect(now, &Connect { client_id: "c", ..Connect::default() })?;
///
/// let mut batch = Batch::new();
/// while let Some(op) = session.poll_persist() {
///     batch.push(&op);
/// }
/// assert_eq!(batch.ops().count(), batch.len());
/// // Stored by now, says the thread that has done it.
/// session.persisted(now, batch.last_seq());
/// batch.clear();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Batch {
    entries: Vec<Entry>,
    /// Keys and values, one behind the other.
    bytes: Vec<u8>,
}

/// A change without its bytes.
#[derive(Clone, Copy, Debug)]
struct Entry {
    seq: u64,
    epoch: u64,
    kind: Kind,
    key_len: usize,
    value_len: usize,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Put,
    Delete,
    Clear,
    Mark,
}

impl Batch {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a change. The bytes are copied.
    pub fn push(&mut self, op: &PersistOp<'_>) {
        let (kind, key, value): (_, &[u8], &[u8]) = match op.change {
            Persist::Put { key, value } => (Kind::Put, key, value),
            Persist::Delete { key } => (Kind::Delete, key, &[]),
            Persist::Clear => (Kind::Clear, &[], &[]),
            Persist::Mark => (Kind::Mark, &[], &[]),
        };
        let (key_len, value_len) = (key.len(), value.len());
        self.entries.push(Entry { seq: op.seq, epoch: op.epoch, kind, key_len, value_len });
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.bytes.clear();
    }

    /// How many changes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of the last change, 0 if there is none: `session.persisted(now, batch.last_seq())`.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.seq)
    }

    /// The epoch of its owner, 0 if it is empty.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.epoch)
    }

    /// The changes, in order. They are not copied.
    pub fn ops(&self) -> impl Iterator<Item = PersistOp<'_>> {
        let mut rest = &self.bytes[..];
        self.entries.iter().map(move |entry| {
            let Entry { seq, epoch, kind, key_len, value_len } = *entry;
            let (key, behind) = rest.split_at(key_len);
            let (value, behind) = behind.split_at(value_len);
            rest = behind;
            let change = match kind {
                Kind::Put => Persist::Put { key, value },
                Kind::Delete => Persist::Delete { key },
                Kind::Clear => Persist::Clear,
                Kind::Mark => Persist::Mark,
            };
            PersistOp { seq, epoch, change }
        })
    }

    /// Whether it may follow what is stored of the session: epochs may only rise, and each number is one more
    /// than the one before. Whoever has lost the session learns that, whatever its numbers are.
    pub(crate) fn follows(&self, mut epoch: u64, mut seq: u64) -> Result<(), Error> {
        for entry in &self.entries {
            if entry.epoch < epoch {
                return Err(Error::Fenced { epoch });
            }
            epoch = entry.epoch;
        }
        for entry in &self.entries {
            if entry.seq.checked_sub(1) != Some(seq) {
                let (expected, found) = (seq.saturating_add(1), entry.seq);
                return Err(Error::OutOfOrder { expected, found });
            }
            seq = entry.seq;
        }
        Ok(())
    }
}
