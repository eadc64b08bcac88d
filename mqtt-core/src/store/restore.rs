//! What a store gives back, put together aside.

use super::error::{StoreError, StoreErrorKind};
use super::op::{Persist, PersistOp};
use super::record::{Key, MAX_NUMBER};
use super::snapshot::Page;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// What a store gives back: rows, pages of a snapshot, the changes after it. Nothing is a session before all of
/// it is there and right: [`SessionState::restore`](crate::SessionState::restore).
///
/// # Examples
/// ```
/// use mqtt_core::store::{Persist, Restore};
/// use mqtt_core::{ClientConfig, ClientSession, Durability, PersistConfig, Publish, QoS, SessionState};
/// # use mqtt_core::{Instant, WhenFull};
/// # let now = Instant::default();
/// let mut config = ClientConfig::default();
/// config.session.persist = PersistConfig { durability: Durability::Gate, ..PersistConfig::default() };
/// let mut session = ClientSession::new(config.clone());
/// let publish = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
/// session.publish(now, &publish, 7, WhenFull::Queue)?;
///
/// // What the store does, and what it gives back in another process.
/// let mut restore = Restore::new();
/// while let Some(op) = session.poll_persist() {
///     restore.apply(&op)?;
/// }
/// let state = SessionState::restore(&restore)?.expect("a session");
/// let session = ClientSession::resume(config, state);
/// # assert_eq!(session.stats().unwrap().queued, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Restore {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    epoch: u64,
    /// The number of the last change, if that is known.
    seq: Option<u64>,
    /// A change has been made.
    has_changed: bool,
    /// So many pages have come, and more are to.
    pages: u32,
    is_unfinished: bool,
    skips_unknown: bool,
}

impl Restore {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Skips rows of kinds that this version does not know, instead of refusing them: what a newer version
    /// has stored with them is lost.
    #[must_use]
    pub const fn skip_unknown(mut self) -> Self {
        self.skips_unknown = true;
        self
    }

    /// Takes a row of a store of keys and values, in any order.
    ///
    /// ```
    /// # use mqtt_core::store::Restore;
    /// # use mqtt_core::SessionState;
    /// let mut restore = Restore::new();
    /// restore.put(b"x", b"");
    /// assert!(SessionState::restore(&restore).is_err());
    /// assert!(SessionState::restore(&restore.skip_unknown())?.is_none());
    /// # Ok::<(), mqtt_core::store::StoreError>(())
    /// ```
    pub fn put(&mut self, key: &[u8], value: &[u8]) {
        self.rows.insert(key.to_vec(), value.to_vec());
    }

    /// Says which was the last change that the rows have, and its epoch.
    pub fn at(&mut self, epoch: u64, seq: u64) {
        (self.epoch, self.seq) = (epoch, Some(seq.min(MAX_NUMBER)));
    }

    /// Takes the next page of a snapshot; gives true if it is the last.
    ///
    /// # Errors
    /// Those of a damaged page; [`OutOfOrder`](StoreErrorKind::OutOfOrder) for another page than the next one
    /// of this snapshot. Nothing of it has been taken.
    pub fn page(&mut self, page: &[u8]) -> Result<bool, StoreError> {
        let page = Page::parse(page)?;
        let is_first = self.pages == 0;
        let follows = is_first
            || self.is_unfinished && (self.epoch, self.seq) == (page.epoch, Some(page.seq));
        if page.number != self.pages || !follows {
            let (expected, found) = (self.pages.into(), page.number.into());
            let kind = StoreErrorKind::OutOfOrder { expected, found };
            return Err(StoreError { kind, offset: 24 });
        }
        if page.seq > MAX_NUMBER {
            let kind = StoreErrorKind::OutOfOrder { expected: MAX_NUMBER, found: page.seq };
            return Err(StoreError { kind, offset: 16 });
        }
        let mut last = self.rows.last_key_value().map(|(key, _)| &key[..]);
        for (key, _) in page.entries() {
            if last.is_some_and(|last| last >= key) {
                let kind = key.first().copied().unwrap_or(0);
                let kind = StoreErrorKind::Contradiction { kind };
                return Err(StoreError { kind, offset: 32 });
            }
            last = Some(key);
        }
        page.entries().for_each(|(key, value)| self.put(key, value));
        (self.epoch, self.seq) = (page.epoch, Some(page.seq));
        self.pages += 1;
        self.is_unfinished = !page.is_last;
        Ok(page.is_last)
    }

    /// Makes a change. One that the snapshot has already may come again, also one of an owner before.
    ///
    /// # Errors
    /// [`OutOfOrder`](StoreErrorKind::OutOfOrder): one before it is missing; without a snapshot or rows the first
    /// is to be a [`Clear`](Persist::Clear).
    /// [`Epoch`](StoreErrorKind::Epoch): an owner that has lost the session made it. Nothing has changed.
    pub fn apply(&mut self, op: &PersistOp<'_>) -> Result<(), StoreError> {
        let error = |kind| Err(StoreError { kind, offset: 0 });
        if self.is_unfinished {
            return error(StoreErrorKind::Unfinished);
        }
        // Before its epoch is looked at: the snapshot may be that of another owner, who went on from it.
        if !self.has_changed && self.seq.is_some_and(|seq| op.seq <= seq) {
            return Ok(());
        }
        if op.epoch < self.epoch {
            return error(StoreErrorKind::Epoch { expected: self.epoch, found: op.epoch });
        }
        if op.seq > MAX_NUMBER {
            return error(StoreErrorKind::OutOfOrder { expected: MAX_NUMBER, found: op.seq });
        }
        match self.seq {
            Some(seq) if op.seq != seq + 1 => {
                return error(StoreErrorKind::OutOfOrder { expected: seq + 1, found: op.seq });
            }
            // Without a snapshot it is the beginning that is to come.
            None if op.change != Persist::Clear => {
                return error(StoreErrorKind::OutOfOrder { expected: 1, found: op.seq });
            }
            _ => {}
        }
        (self.epoch, self.seq, self.has_changed) = (op.epoch, Some(op.seq), true);
        match op.change {
            Persist::Put { key, value } => self.put(key, value),
            Persist::Delete { key } => drop(self.rows.remove(key)),
            Persist::Clear => self.rows.clear(),
            Persist::Mark => {}
        }
        Ok(())
    }

    /// The last change: its epoch and number.
    pub(crate) fn last(&self) -> (u64, u64) {
        (self.epoch, self.seq.unwrap_or(0))
    }

    /// All rows as they are, in the order of their keys, if nothing is missing.
    pub(crate) fn raw_rows(&self) -> Result<impl Iterator<Item = (&[u8], &[u8])>, StoreError> {
        if self.is_unfinished {
            return Err(StoreError { kind: StoreErrorKind::Unfinished, offset: 0 });
        }
        Ok(self.rows.iter().map(|(key, value)| (&key[..], &value[..])))
    }

    /// The rows, in the order of their keys, if nothing is missing.
    pub(crate) fn rows(&self) -> Result<Vec<(Key<'_>, &[u8])>, StoreError> {
        let mut rows = Vec::with_capacity(self.rows.len());
        for (key, value) in self.raw_rows()? {
            match Key::parse(key) {
                Ok(key) => rows.push((key, value)),
                Err(StoreErrorKind::UnknownKey { .. }) if self.skips_unknown => {}
                Err(kind) => return Err(StoreError { kind, offset: 0 }),
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::Restore;
    use crate::store::{Persist, PersistOp, StoreError, StoreErrorKind};

    #[test]
    fn what_the_snapshot_has_may_be_of_an_owner_before() {
        let kind = |result: Result<(), StoreError>| result.map_err(|error| error.kind);
        let mut restore = Restore::new();
        restore.put(b"k", b"7");
        restore.at(4, 7);
        let op = |seq, epoch| {
            let change = Persist::Put { key: b"k", value: b"wrong" };
            PersistOp { seq, epoch, change }
        };
        for (seq, epoch) in [(5, 2), (6, 3), (7, 3), (7, 4)] {
            assert_eq!(restore.apply(&op(seq, epoch)), Ok(()));
        }
        assert_eq!(restore.last(), (4, 7));
        assert_eq!(restore.rows[&b"k"[..]], b"7");
        // What it does not have is to be of its owner, or a later one.
        let lower = StoreErrorKind::Epoch { expected: 4, found: 3 };
        assert_eq!(kind(restore.apply(&op(8, 3))), Err(lower));
        assert_eq!(restore.apply(&PersistOp { seq: 8, epoch: 4, change: Persist::Clear }), Ok(()));
        // Behind the first change nothing comes again.
        assert_eq!(kind(restore.apply(&op(7, 3))), Err(lower));
        let wrong = StoreErrorKind::OutOfOrder { expected: 9, found: 7 };
        assert_eq!(kind(restore.apply(&op(7, 4))), Err(wrong));
        assert!(restore.rows.is_empty());
    }
}
