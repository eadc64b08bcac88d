//! What is wrong with what a store gives back.

use core::fmt;

/// What is wrong with what a store gives back, and where. Nothing has been restored.
///
/// # Examples
/// ```
/// use mqtt_core::store::{Restore, StoreErrorKind};
/// let error = Restore::new().page(b"MQCS\x01").unwrap_err();
/// assert_eq!((error.kind, error.offset), (StoreErrorKind::Truncated, 5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StoreError {
    /// What.
    pub kind: StoreErrorKind,
    /// Where: in the page, in the journal, or in the value, in bytes.
    pub offset: usize,
}

/// What can be wrong with what a store gives back.
///
/// # Examples
/// ```
/// use mqtt_core::store::StoreErrorKind;
/// let kind = StoreErrorKind::Format { found: 2 };
/// assert_eq!(kind.to_string(), "format 2, which this version does not know");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It ends too early. At the end of a journal: the last write was cut off, and what is before holds.
    Truncated,
    /// It does not begin like a page, or a journal.
    NotOurs,
    /// It is of an older or newer format.
    Format {
        /// The format.
        found: u8,
    },
    /// Its checksum is another one.
    Checksum,
    /// Bytes lie behind the end.
    Trailing,
    /// A page or change is not the one that is to come next.
    OutOfOrder {
        /// The sequence number or page that was to come.
        expected: u64,
        /// That which came.
        found: u64,
    },
    /// The change is of an owner before.
    Epoch {
        /// The epoch of what is there.
        expected: u64,
        /// That of the change.
        found: u64,
    },
    /// A page is missing at the end.
    Unfinished,
    /// A key of a kind that this version does not know; it may be skipped:
    /// [`Restore::skip_unknown`](crate::store::Restore::skip_unknown).
    UnknownKey {
        /// Its first byte, 0 if it has none.
        kind: u8,
    },
    /// The value of such a key does not say what it should.
    Value {
        /// The first byte of the key.
        kind: u8,
    },
    /// Values do not go together: two messages under one identifier, one that is open behind one that waits,
    /// PUBREL for a message of QoS 1, rows without that of the session.
    Contradiction {
        /// The first byte of the key of one of them.
        kind: u8,
    },
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |kind: &u8| char::from(*kind).escape_default();
        match self {
            Self::Truncated => f.write_str("it ends too early"),
            Self::NotOurs => f.write_str("this is no snapshot or journal of a session"),
            Self::Format { found } => {
                write!(f, "format {found}, which this version does not know")
            }
            Self::Checksum => f.write_str("the checksum is wrong"),
            Self::Trailing => f.write_str("bytes lie behind the end"),
            Self::OutOfOrder { expected, found } => {
                write!(f, "number {found}, where {expected} was to come")
            }
            Self::Epoch { expected, found } => {
                write!(f, "epoch {found}, although an owner of epoch {expected} was there")
            }
            Self::Unfinished => f.write_str("the last page is missing"),
            Self::UnknownKey { kind } => write!(f, "a key of unknown kind '{}'", name(kind)),
            Self::Value { kind } => write!(f, "the value of a key '{}' is wrong", name(kind)),
            Self::Contradiction { kind } => {
                write!(f, "the value of a key '{}' contradicts another", name(kind))
            }
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.offset, self.kind)
    }
}

impl core::error::Error for StoreError {}
