//! Checks that a store of any kind can be run through.
//!
//! The checks are data: a [`Case`] is a list of steps, which say what is done with a store and what is to come
//! of it. [`BackEnd::check`] runs them all against the functions of a store that is written in Rust; one in
//! another language can walk through [`cases()`] by itself.
//!
//! What they ask of a store:
//!
//! - A batch is stored whole or not at all, in its order, and is there after reopening.
//! - The first number of a batch is one more than the last that is stored of the session, which begins with
//!   0; within a batch each is one more than the one before. Else nothing is stored.
//! - A batch with a change of a lower epoch than the highest that has been seen of the session is refused,
//!   whatever its numbers are; one of a higher epoch takes over. What comes before it in the same batch has been seen:
//!   epochs do not fall within a batch. A claim gives one more than the highest, and is there after reopening.
//! - Keys have 1 to 65,536 bytes, values 0 to some MiB, both any bytes; rows come back in the order of their
//!   keys, byte by byte. Sessions do not touch each other.
//! - Whoever dies within a commit leaves a beginning of the batch: none of it, all, or, where a store is a
//!   journal, its first changes. Never others, and never a part of one.
//!
//! The names of sessions here have up to 64 bytes. Those that clients choose may have 65,535.
//!
//! # Examples
//! All that a store in memory does, run through all checks:
//! ```
//! use mqtt_core::store::kit::{BackEnd, Contents, Outcome};
//! use mqtt_core::store::{Persist, PersistOp};
//! use std::collections::{BTreeMap, HashMap};
//!
//! #[derive(Default)]
//! struct Session {
//!     epoch: u64,
//!     seq: u64,
//!     rows: BTreeMap<Vec<u8>, Vec<u8>>,
//! }
//!
//! type Store = HashMap<String, Session>;
//!
//! fn commit(store: &mut Store, session: &str, batch: &[PersistOp<'_>]) -> Outcome {
//!     let Session { epoch, seq, rows } = store.entry(session.to_owned()).or_default();
//!     let mut highest = *epoch;
//!     for op in batch {
//!         if op.epoch < highest {
//!             return Outcome::Fenced { epoch: highest };
//!         }
//!         highest = op.epoch;
//!     }
//!     for (op, expected) in batch.iter().zip(*seq + 1..) {
//!         if op.seq != expected {
//!             return Outcome::OutOfOrder { expected };
//!         }
//!     }
//!     for op in batch {
//!         (*epoch, *seq) = (op.epoch, op.seq);
//!         match op.change {
//!             Persist::Put { key, value } => drop(rows.insert(key.to_vec(), value.to_vec())),
//!             Persist::Delete { key } => drop(rows.remove(key)),
//!             Persist::Clear => rows.clear(),
//!             Persist::Mark => {}
//!         }
//!     }
//!     Outcome::Stored
//! }
//!
//! let memory = BackEnd::<Store> {
//!     commit: |store, session, batch| Ok(commit(store, session, batch)),
//!     claim: |store, session| {
//!         let session = store.entry(session.to_owned()).or_default();
//!         session.epoch += 1;
//!         Ok(session.epoch)
//!     },
//!     load: |store, session| {
//!         let Some(Session { epoch, seq, rows }) = store.get(session) else {
//!             return Ok(Contents::default());
//!         };
//!         let rows = rows.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
//!         Ok(Contents { epoch: *epoch, seq: *seq, rows })
//!     },
//!     // It has nothing to open again, and nothing that could be cut off.
//!     reopen: Ok,
//!     tear: |mut store, session, batch, _| {
//!         commit(&mut store, session, batch);
//!         Ok(store)
//!     },
//! };
//! memory.check(|| Ok(Store::new()))?;
//! # Ok::<(), mqtt_core::store::kit::Failure>(())
//! ```

mod cases;
mod failure;

pub use cases::{cases, random};
pub use failure::{Failure, FailureKind};

use super::op::{Persist, PersistOp};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::error::Error;

/// Steps that go together, from an empty store on.
///
/// # Examples
/// ```
/// use mqtt_core::store::kit;
/// let names: Vec<_> = kit::cases().iter().map(|case| case.name).collect();
/// assert!(names.contains(&"a claim shuts out the owner before"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What it is about.
    pub name: &'static str,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

/// What is done with a store, and what is to come of it.
///
/// # Examples
/// ```
/// use mqtt_core::store::kit::{self, Step};
/// let cases = kit::cases();
/// let mut steps = cases.iter().flat_map(|case| &case.steps);
/// assert!(steps.any(|step| matches!(step, Step::Torn { allowed, .. } if allowed.len() > 2)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A batch is handed in.
    Commit {
        /// The name of the session.
        session: &'static str,
        /// The batch.
        ops: Vec<Op>,
        /// What becomes of it.
        outcome: Outcome,
    },
    /// A new owner asks for its epoch.
    Claim {
        /// The name of the session.
        session: &'static str,
        /// The epoch it gets.
        epoch: u64,
    },
    /// The process dies within the commit of a batch, and the store is opened again. Then it has one of the
    /// contents allowed, and takes the rest of the batch.
    Torn {
        /// The name of the session.
        session: &'static str,
        /// The batch.
        ops: Vec<Op>,
        /// About where it dies: so many 256ths of the batch have been written.
        cut: u8,
        /// The contents after none of the changes, after the first, and so on: one more than changes.
        allowed: Vec<Contents>,
    },
    /// The store is closed and opened again.
    Reopen,
    /// The store has this of a session.
    Expect {
        /// The name of the session.
        session: &'static str,
        /// All that it has.
        contents: Contents,
    },
}

/// A change that has its bytes.
///
/// # Examples
/// ```
/// use mqtt_core::store::kit::{Change, Op};
/// use mqtt_core::store::Persist;
/// let op = Op { seq: 1, epoch: 0, change: Change::Delete { key: b"r\0\x01".to_vec() } };
/// assert_eq!(op.as_op().change, Persist::Delete { key: b"r\0\x01" });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op {
    /// Its number.
    pub seq: u64,
    /// That of the owner.
    pub epoch: u64,
    /// What changes.
    pub change: Change,
}

/// [`Persist`] that has its bytes.
///
/// See [`Op`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The key has this value from now on.
    Put {
        /// The key.
        key: Vec<u8>,
        /// The value.
        value: Vec<u8>,
    },
    /// The key is gone. It may not have been there.
    Delete {
        /// The key.
        key: Vec<u8>,
    },
    /// All keys of the session are gone.
    Clear,
    /// Nothing changes but the number.
    Mark,
}

impl Op {
    /// As a session tells it.
    ///
    /// See [`Op`] for an example.
    #[must_use]
    pub fn as_op(&self) -> PersistOp<'_> {
        let change = match &self.change {
            Change::Put { key, value } => Persist::Put { key, value },
            Change::Delete { key } => Persist::Delete { key },
            Change::Clear => Persist::Clear,
            Change::Mark => Persist::Mark,
        };
        PersistOp { seq: self.seq, epoch: self.epoch, change }
    }
}

/// What becomes of a batch.
///
/// See [the module](self) for an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it is stored.
    Stored,
    /// Nothing is stored: another owner has the session.
    Fenced {
        /// The epoch of that owner.
        epoch: u64,
    },
    /// Nothing is stored: it is not the batch that is to come next.
    OutOfOrder {
        /// The number that was to come.
        expected: u64,
    },
}

/// What a store has of a session; of one that it does not know, the default.
///
/// See [the module](self) for an example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The highest epoch.
    pub epoch: u64,
    /// The number of the last change.
    pub seq: u64,
    /// Keys and values, in the order of the keys.
    pub rows: Vec<(Vec<u8>, Vec<u8>)>,
}

/// What a store says when it cannot do its work.
///
/// See [the module](self) for an example, whose store always can.
pub type Fault = Box<dyn Error + Send + Sync>;

/// What a store does, as functions of whatever it is, with all that belongs to it.
///
/// See [the module](self) for an example.
#[derive(Debug)]
pub struct BackEnd<S> {
    /// Stores a batch of a session, or refuses it.
    pub commit: fn(&mut S, &str, &[PersistOp<'_>]) -> Result<Outcome, Fault>,
    /// Gives a new owner of a session its epoch.
    pub claim: fn(&mut S, &str) -> Result<u64, Fault>,
    /// Gives back all of a session.
    pub load: fn(&mut S, &str) -> Result<Contents, Fault>,
    /// Closes it, and opens it again.
    pub reopen: fn(S) -> Result<S, Fault>,
    /// Dies when so many 256ths of a batch have been written, and opens it again. One that cannot be cut off
    /// stores the batch.
    pub tear: fn(S, &str, &[PersistOp<'_>], u8) -> Result<S, Fault>,
}

impl<S> BackEnd<S> {
    /// Runs all [`cases()`], and some [`random`] ones, each with a store that is opened empty for it.
    ///
    /// # Errors
    /// The first step that fails.
    ///
    /// See [the module](self) for an example.
    pub fn check(&self, mut open: impl FnMut() -> Result<S, Fault>) -> Result<(), Failure> {
        let random = (0..8).map(|seed| random(seed, 60));
        for case in cases().into_iter().chain(random) {
            let store = open().map_err(|fault| Failure {
                case: case.name,
                step: 0,
                kind: FailureKind::Fault(fault),
            })?;
            self.run(&case, store)?;
        }
        Ok(())
    }

    /// Runs one case with a store that is empty.
    ///
    /// # Errors
    /// The first step that fails.
    ///
    /// ```
    /// use mqtt_core::store::kit::{self, BackEnd, Contents, FailureKind, Outcome};
    /// let nothing = BackEnd {
    ///     commit: |(), _, _| Ok(Outcome::Stored),
    ///     claim: |(), _| Ok(1),
    ///     load: |(), _| Ok(Contents::default()),
    ///     reopen: Ok,
    ///     tear: |(), _, _, _| Ok(()),
    /// };
    /// let failure = nothing.run(&kit::cases()[1], ()).unwrap_err();
    /// assert!(matches!(failure.kind, FailureKind::Last { expected: (0, 3), found: (0, 0) }));
    /// ```
    pub fn run(&self, case: &Case, mut store: S) -> Result<(), Failure> {
        let failure = |step| move |kind| Failure { case: case.name, step, kind };
        let fault = |step| move |fault| failure(step)(FailureKind::Fault(fault));
        for (at, step) in case.steps.iter().enumerate() {
            let result = match step {
                Step::Reopen => {
                    store = (self.reopen)(store).map_err(fault(at))?;
                    Ok(())
                }
                Step::Torn { session, ops, cut, allowed } => {
                    store = (self.tear)(store, session, &borrowed(ops), *cut).map_err(fault(at))?;
                    self.finish(&mut store, session, ops, allowed)
                }
                Step::Commit { session, ops, outcome } => {
                    self.commit(&mut store, session, ops, *outcome)
                }
                Step::Claim { session, epoch } => match (self.claim)(&mut store, session) {
                    Ok(found) if found == *epoch => Ok(()),
                    Ok(found) => Err(FailureKind::Epoch { expected: *epoch, found }),
                    Err(fault) => Err(FailureKind::Fault(fault)),
                },
                Step::Expect { session, contents } => match (self.load)(&mut store, session) {
                    Ok(found) => failure::compare(contents, &found),
                    Err(fault) => Err(FailureKind::Fault(fault)),
                },
            };
            result.map_err(failure(at))?;
        }
        Ok(())
    }

    fn commit(
        &self,
        store: &mut S,
        session: &str,
        ops: &[Op],
        expected: Outcome,
    ) -> Result<(), FailureKind> {
        match (self.commit)(store, session, &borrowed(ops)).map_err(FailureKind::Fault)? {
            found if found == expected => Ok(()),
            found => Err(FailureKind::Outcome { expected, found }),
        }
    }

    /// Looks at what a commit that was cut off has left, and commits the rest.
    fn finish(
        &self,
        store: &mut S,
        session: &str,
        ops: &[Op],
        allowed: &[Contents],
    ) -> Result<(), FailureKind> {
        let found = (self.load)(store, session).map_err(FailureKind::Fault)?;
        let stored = allowed.iter().position(|allowed| *allowed == found);
        let rest = ops.get(stored.ok_or(FailureKind::Torn)?..).unwrap_or_default();
        self.commit(store, session, rest, Outcome::Stored)
    }
}

fn borrowed(ops: &[Op]) -> Vec<PersistOp<'_>> {
    ops.iter().map(Op::as_op).collect()
}
