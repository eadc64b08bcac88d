//! Changes that are stored together.

use crate::Error;
use mqtt_core::PersistOp;
use mqtt_core::store::{JOURNAL_HEADER, JournalReader};

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
#[derive(Clone, Debug)]
pub struct Batch {
    /// A journal.
    bytes: Vec<u8>,
    len: usize,
    epoch: u64,
    first: u64,
    last: u64,
    /// What is wrong within it.
    fault: Option<Refusal>,
}

/// Why a batch is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Fenced { epoch: u64 },
    OutOfOrder { expected: u64, found: u64 },
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

impl Batch {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        let bytes = JOURNAL_HEADER.to_vec();
        Self { bytes, len: 0, epoch: 0, first: 0, last: 0, fault: None }
    }

    /// Adds a change. The bytes are copied.
    pub fn push(&mut self, op: &PersistOp<'_>) {
        op.encode(&mut self.bytes);
        if self.is_empty() {
            (self.epoch, self.first) = (op.epoch, op.seq);
        } else if self.fault.is_none() {
            let (expected, found) = (self.last.saturating_add(1), op.seq);
            if op.epoch < self.epoch {
                self.fault = Some(Refusal::Fenced { epoch: self.epoch });
            } else if found != expected {
                self.fault = Some(Refusal::OutOfOrder { expected, found });
            }
        }
        (self.epoch, self.last) = (op.epoch.max(self.epoch), op.seq);
        self.len += 1;
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.bytes.truncate(JOURNAL_HEADER.len());
        (self.len, self.epoch, self.first, self.last, self.fault) = (0, 0, 0, 0, None);
    }

    /// How many changes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True if it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of the last change, 0 if there is none: `session.persisted(now, batch.last_seq())`.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.last
    }

    /// The epoch of its owner, 0 if it is empty.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The changes, in order.
    pub fn ops(&self) -> impl Iterator<Item = PersistOp<'_>> {
        // Nobody else has had the bytes: nothing can be wrong with them.
        JournalReader::new(&self.bytes).into_iter().flatten().map_while(Result::ok)
    }

    /// The changes, as a journal.
    pub(crate) fn journal(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it may follow what is stored of the session.
    pub(crate) fn follows(&self, epoch: u64, seq: u64) -> Result<(), Error> {
        let expected = seq.saturating_add(1);
        if self.is_empty() {
            return Ok(());
        }
        if self.epoch < epoch {
            return Err(Error::Fenced { epoch });
        }
        if self.first != expected {
            return Err(Error::OutOfOrder { expected, found: self.first });
        }
        match self.fault {
            None => Ok(()),
            Some(Refusal::Fenced { epoch }) => Err(Error::Fenced { epoch }),
            Some(Refusal::OutOfOrder { expected, found }) => {
                Err(Error::OutOfOrder { expected, found })
            }
        }
    }
}
