//! Changes, and journals of them.

use super::crc::crc32c;
use super::error::{StoreError, StoreErrorKind};
use crate::wire::cursor::Cursor;
use alloc::vec::Vec;

/// One change of what a store keeps of a session.
///
/// # Examples
/// ```
/// use mqtt_core::store::{JOURNAL_HEADER, JournalReader, Persist, PersistOp};
/// let op = PersistOp { seq: 7, epoch: 1, change: Persist::Delete { key: b"r\0\x01" } };
/// let mut journal = JOURNAL_HEADER.to_vec();
/// op.encode(&mut journal);
/// let mut reader = JournalReader::new(&journal)?;
/// assert_eq!(reader.next().transpose()?, Some(op));
/// assert!(reader.next().is_none());
/// # Ok::<(), mqtt_core::store::StoreError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PersistOp<'a> {
    /// Its number: each is one more than the one before, also over restarts.
    pub seq: u64,
    /// That of the owner: see [`PersistConfig::epoch`](crate::PersistConfig::epoch).
    pub epoch: u64,
    /// What changes.
    pub change: Persist<'a>,
}

/// What changes in a store.
///
/// # Examples
/// ```
/// use mqtt_core::store::Persist;
/// use std::collections::BTreeMap;
///
/// /// All that a store has to know of the changes.
/// fn apply(rows: &mut BTreeMap<Vec<u8>, Vec<u8>>, change: Persist<'_>) {
///     match change {
///         Persist::Put { key, value } => drop(rows.insert(key.to_vec(), value.to_vec())),
///         Persist::Delete { key } => drop(rows.remove(key)),
///         Persist::Clear => rows.clear(),
///         Persist::Mark => {}
///     }
/// }
/// let mut rows = BTreeMap::new();
/// apply(&mut rows, Persist::Put { key: b"s", value: b"\x01" });
/// apply(&mut rows, Persist::Clear);
/// assert!(rows.is_empty());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Persist<'a> {
    /// The key has this value from now on.
    Put {
        /// The key: of at most 65,535 bytes and a few.
        key: &'a [u8],
        /// The value: as large as a packet may be, and a few bytes.
        value: &'a [u8],
    },
    /// The key is gone. It may not have been there.
    Delete {
        /// The key.
        key: &'a [u8],
    },
    /// All keys of the session are gone.
    Clear,
    /// Nothing changes, but an acknowledgement waits for this number: what was made of the messages that have
    /// come is to be safe before it is reported.
    Mark,
}

/// What a journal begins with: its name and format.
///
/// See [`PersistOp`] for an example.
pub const JOURNAL_HEADER: [u8; 8] = *b"MQTTJRN\x01";

/// Bytes of an entry before its key.
const HEAD: usize = 29;

impl PersistOp<'_> {
    /// Appends it as an entry of a journal: see [the module](crate::store) for the layout.
    ///
    /// See [`PersistOp`] for an example.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let (kind, key, value): (u8, &[u8], &[u8]) = match self.change {
            Persist::Put { key, value } => (1, key, value),
            Persist::Delete { key } => (2, key, &[]),
            Persist::Clear => (3, &[], &[]),
            Persist::Mark => (4, &[], &[]),
        };
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&((HEAD - 8 + key.len() + value.len()) as u32).to_be_bytes());
        out.push(kind);
        out.extend_from_slice(&self.seq.to_be_bytes());
        out.extend_from_slice(&self.epoch.to_be_bytes());
        out.extend_from_slice(&(key.len() as u32).to_be_bytes());
        out.extend_from_slice(key);
        out.extend_from_slice(value);
        let crc = crc32c(&out[start + 4..]);
        out[start..start + 4].copy_from_slice(&crc.to_be_bytes());
    }
}

/// Reads the changes of a journal, in order. It ends with the first fault.
///
/// A journal whose last write was cut off ends with [`Truncated`](StoreErrorKind::Truncated), or, if the
/// place of the cut has other bytes, with [`Checksum`](StoreErrorKind::Checksum), at the
/// [place](Self::offset) where it is to be cut.
///
/// # Examples
/// See [`PersistOp`].
#[derive(Clone, Debug)]
pub struct JournalReader<'a> {
    journal: &'a [u8],
    offset: usize,
    has_failed: bool,
}

impl<'a> JournalReader<'a> {
    /// Begins to read.
    ///
    /// # Errors
    /// [`NotOurs`](StoreErrorKind::NotOurs), [`Truncated`](StoreErrorKind::Truncated),
    /// [`Format`](StoreErrorKind::Format).
    pub fn new(journal: &'a [u8]) -> Result<Self, StoreError> {
        let (name, format) = (&JOURNAL_HEADER[..7], JOURNAL_HEADER[7]);
        let has = journal.len().min(7);
        let kind = match journal.get(7) {
            _ if journal[..has] != name[..has] => StoreErrorKind::NotOurs,
            None => StoreErrorKind::Truncated,
            Some(&found) if found != format => StoreErrorKind::Format { found },
            Some(_) => return Ok(Self { journal, offset: 8, has_failed: false }),
        };
        Err(StoreError { kind, offset: has })
    }

    /// How far it has been read: behind the last entry that was given.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    fn read(&self) -> Result<(PersistOp<'a>, usize), StoreErrorKind> {
        let mut rest = Cursor::new(&self.journal[self.offset..]);
        let crc = rest.u32().ok_or(StoreErrorKind::Truncated)?;
        let checked = rest.rest();
        let len = rest.u32().ok_or(StoreErrorKind::Truncated)? as usize;
        let entry = rest.take(len).ok_or(StoreErrorKind::Truncated)?;
        if crc32c(&checked[..4 + len]) != crc {
            return Err(StoreErrorKind::Checksum);
        }
        let op = entry_of(entry).ok_or(StoreErrorKind::NotOurs)?;
        Ok((op, 8 + len))
    }
}

/// The change that an entry has, without its checksum and length.
fn entry_of(entry: &[u8]) -> Option<PersistOp<'_>> {
    let mut rest = Cursor::new(entry);
    let kind = rest.u8()?;
    let seq = u64::from_be_bytes(*rest.take(8)?.first_chunk()?);
    let epoch = u64::from_be_bytes(*rest.take(8)?.first_chunk()?);
    let len = rest.u32()?;
    let key = rest.take(len as usize)?;
    let value = rest.rest();
    let change = match kind {
        1 => Persist::Put { key, value },
        2 if value.is_empty() => Persist::Delete { key },
        3 if key.is_empty() && value.is_empty() => Persist::Clear,
        4 if key.is_empty() && value.is_empty() => Persist::Mark,
        _ => return None,
    };
    Some(PersistOp { seq, epoch, change })
}

impl<'a> Iterator for JournalReader<'a> {
    type Item = Result<PersistOp<'a>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed || self.offset == self.journal.len() {
            return None;
        }
        Some(match self.read() {
            Ok((op, len)) => {
                self.offset += len;
                Ok(op)
            }
            Err(kind) => {
                self.has_failed = true;
                Err(StoreError { kind, offset: self.offset })
            }
        })
    }
}
