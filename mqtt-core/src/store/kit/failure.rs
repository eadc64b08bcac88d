//! What a store has done wrong.

use super::{Contents, Fault, Outcome};
use alloc::vec::Vec;
use core::error::Error;
use core::fmt;

/// What a store has done wrong, and where.
///
/// # Examples
/// ```
/// use mqtt_core::store::kit::{Failure, FailureKind};
/// let kind = FailureKind::Epoch { expected: 2, found: 1 };
/// let failure = Failure { case: "claims", step: 3, kind };
/// assert_eq!(failure.to_string(), "claims, step 3: the claim gave epoch 1, not 2");
/// ```
#[derive(Debug)]
pub struct Failure {
    /// The name of the [`Case`](super::Case).
    pub case: &'static str,
    /// The place of the step in it, from 0.
    pub step: usize,
    /// What is wrong.
    pub kind: FailureKind,
}

/// What is wrong with what a store does.
///
/// See [`Failure`] for an example.
#[derive(Debug)]
#[non_exhaustive]
pub enum FailureKind {
    /// It cannot do its work.
    Fault(Fault),
    /// Something else became of a batch.
    Outcome {
        /// What was to become of it.
        expected: Outcome,
        /// What did.
        found: Outcome,
    },
    /// A claim gave another epoch.
    Epoch {
        /// One more than the highest before.
        expected: u64,
        /// What it gave.
        found: u64,
    },
    /// Epoch and number of the last change are others.
    Last {
        /// What they should be.
        expected: (u64, u64),
        /// What they are.
        found: (u64, u64),
    },
    /// Another row is there, or one more, or one less.
    Row {
        /// Its place, from 0.
        at: usize,
        /// Its key, if there is to be one.
        expected: Option<Vec<u8>>,
        /// The key that is there. It may be the same: then the values differ.
        found: Option<Vec<u8>>,
    },
    /// What a commit that was cut off has left is no beginning of the batch.
    Torn,
}

/// Whether a store has what it should.
pub(super) fn compare(expected: &Contents, found: &Contents) -> Result<(), FailureKind> {
    let last = |contents: &Contents| (contents.epoch, contents.seq);
    if last(expected) != last(found) {
        return Err(FailureKind::Last { expected: last(expected), found: last(found) });
    }
    let rows = expected.rows.len().max(found.rows.len());
    match (0..rows).find(|at| expected.rows.get(*at) != found.rows.get(*at)) {
        Some(at) => {
            let key = |contents: &Contents| contents.rows.get(at).map(|(key, _)| key.clone());
            Err(FailureKind::Row { at, expected: key(expected), found: key(found) })
        }
        None => Ok(()),
    }
}

/// A key, as far as it helps.
struct Key<'k>(&'k Option<Vec<u8>>);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some(key) => {
                let more = if key.len() > 24 { "..." } else { "" };
                let shown = key.get(..24).unwrap_or(key).escape_ascii();
                write!(f, "\"{shown}\"{more} of {} bytes", key.len())
            }
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => write!(f, "{fault}"),
            Self::Outcome { expected, found } => {
                write!(f, "the commit gave {found:?}, not {expected:?}")
            }
            Self::Epoch { expected, found } => {
                write!(f, "the claim gave epoch {found}, not {expected}")
            }
            Self::Last { expected, found } => {
                let (epoch, seq) = found;
                write!(f, "the last change has epoch {epoch} and number {seq}, ")?;
                let (epoch, seq) = expected;
                write!(f, "not epoch {epoch} and number {seq}")
            }
            Self::Row { at, expected, found } if expected == found => {
                write!(f, "row {at} has another value: key {}", Key(found))
            }
            Self::Row { at, expected, found } => {
                write!(f, "row {at} is another one: key {}, not {}", Key(found), Key(expected))
            }
            Self::Torn => f.write_str("what is left of the batch is no beginning of it"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, step {}: {}", self.case, self.step, self.kind)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            FailureKind::Fault(fault) => Some(&**fault),
            _ => None,
        }
    }
}
