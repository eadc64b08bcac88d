//! A store that ends with its process.

use crate::loaded::next;
use crate::{Batch, Error, Loaded};
use std::collections::HashMap;

/// A store that ends with its process: for tests, and for sessions that are to outlive their connection only.
///
/// # Examples
/// See [`Store`](crate::Store).
#[derive(Debug, Default)]
pub struct Memory {
    sessions: HashMap<String, Loaded>,
}

impl Memory {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All of a session. O(rows).
    #[must_use]
    pub fn load(&self, session: &str) -> Loaded {
        self.sessions.get(session).cloned().unwrap_or_default()
    }

    /// Gives a new owner of a session its epoch.
    ///
    /// # Errors
    /// [`Error::LastEpoch`].
    pub fn claim(&mut self, session: &str) -> Result<u64, Error> {
        let session = self.sessions.entry(session.to_owned()).or_default();
        session.epoch = next(session.epoch)?;
        Ok(session.epoch)
    }

    /// Stores a batch, or refuses it.
    ///
    /// # Errors
    /// [`Error::Fenced`], [`Error::OutOfOrder`].
    pub fn commit(&mut self, session: &str, batch: &Batch) -> Result<(), Error> {
        let session = self.sessions.entry(session.to_owned()).or_default();
        batch.follows(session.epoch, session.seq)?;
        batch.ops().for_each(|op| session.apply(&op));
        Ok(())
    }
}
