//! What a store has of a session.

use crate::Error;
use mqtt_core::store::{Persist, Restore, StoreError};
use mqtt_core::{Durability, PersistConfig, PersistOp, SessionState};
use std::collections::BTreeMap;

/// What a store has of a session; of one that it does not know, the default.
///
/// # Examples
/// See [`Store`](crate::Store).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The highest epoch.
    pub epoch: u64,
    /// The number of the last change.
    pub seq: u64,
    /// Keys and values.
    pub rows: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Loaded {
    /// The state of the session, if there is one.
    ///
    /// # Errors
    /// The rows are no session: its kinds or formats are unknown, or they contradict each other.
    pub fn state(&self) -> Result<Option<SessionState>, StoreError> {
        SessionState::restore(&self.restore())
    }

    /// What a session, or a broker that is stored under its name, is restored from.
    #[must_use]
    pub fn restore(&self) -> Restore {
        let mut restore = Restore::new();
        self.rows.iter().for_each(|(key, value)| restore.put(key, value));
        restore.at(self.epoch, self.seq);
        restore
    }

    /// How a session that goes on from here, or a new one in its place, tells its changes.
    #[must_use]
    pub fn persist(&self, durability: Durability) -> PersistConfig {
        let (epoch, after) = (self.epoch, self.seq);
        PersistConfig { durability, epoch, after, ..PersistConfig::default() }
    }

    pub(crate) fn apply(&mut self, op: &PersistOp<'_>) {
        (self.epoch, self.seq) = (op.epoch, op.seq);
        match op.change {
            Persist::Put { key, value } => drop(self.rows.insert(key.to_vec(), value.to_vec())),
            Persist::Delete { key } => drop(self.rows.remove(key)),
            Persist::Clear => self.rows.clear(),
            Persist::Mark => {}
        }
    }
}

/// The epoch of the owner after one.
pub(crate) fn next(epoch: u64) -> Result<u64, Error> {
    epoch.checked_add(1).ok_or(Error::LastEpoch)
}
