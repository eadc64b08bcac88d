//! The journal of a session.

use super::frame::{self, HEADER, Replayed};
use super::{File, sync_directory};
use crate::loaded::next;
use crate::{Batch, Error, Loaded};
use mqtt_core::PersistOp;
use mqtt_core::store::Persist;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The journal of a session.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    /// `None` as long as nothing is to be written.
    file: Option<fs::File>,
    /// So many bytes of it hold.
    len: u64,
    cut: u64,
    /// What was read when it was opened, until it is asked for or changed.
    loaded: Option<Loaded>,
    epoch: u64,
    seq: u64,
    alive: Alive,
    /// It is not to be written anew below this length.
    compact_from: u64,
    /// It is not known what is on the disk.
    has_failed: bool,
}

/// The entries that a journal written anew would have: how long they are.
#[derive(Debug, Default)]
struct Alive {
    lens: BTreeMap<Vec<u8>, u64>,
    bytes: u64,
}

/// Bytes of an entry beside its key and value.
const ENTRY: u64 = 29;

impl Alive {
    fn put(&mut self, key: &[u8], value: &[u8]) {
        let len = ENTRY + key.len() as u64 + value.len() as u64;
        self.bytes += len;
        match self.lens.get_mut(key) {
            Some(old) => self.bytes -= core::mem::replace(old, len),
            None => drop(self.lens.insert(key.to_vec(), len)),
        }
    }

    fn apply(&mut self, op: &PersistOp<'_>) {
        match op.change {
            Persist::Put { key, value } => self.put(key, value),
            Persist::Delete { key } => self.bytes -= self.lens.remove(key).unwrap_or(0),
            Persist::Clear => *self = Self::default(),
            Persist::Mark => {}
        }
    }
}

impl Journal {
    /// Opens a journal, and cuts off what a process that died has left. Where there is none, none is made.
    pub(super) fn open(path: PathBuf) -> Result<Self, Error> {
        let mut journal = Self {
            path,
            file: None,
            len: 0,
            cut: 0,
            loaded: None,
            epoch: 0,
            seq: 0,
            alive: Alive::default(),
            compact_from: File::SMALL,
            has_failed: false,
        };
        let file = match fs::File::options().read(true).write(true).open(&journal.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(journal),
            result => result.map_err(|error| journal.fault(error))?,
        };
        let Replayed { loaded, len } = journal.replay()?;
        journal.len = len as u64;
        (journal.epoch, journal.seq) = (loaded.epoch, loaded.seq);
        loaded.rows.iter().for_each(|(key, value)| journal.alive.put(key, value));
        let cut_off = || {
            let old = file.metadata()?.len();
            if old > journal.len {
                file.set_len(journal.len)?;
                file.sync_data()?;
            }
            Ok(old - journal.len)
        };
        journal.cut = cut_off().map_err(|error| journal.fault(error))?;
        (journal.file, journal.loaded) = (Some(file), Some(loaded));
        Ok(journal)
    }

    fn fault(&self, error: io::Error) -> Error {
        Error::io(&self.path, error)
    }

    fn replay(&self) -> Result<Replayed, Error> {
        let bytes = fs::read(&self.path).map_err(|error| self.fault(error))?;
        frame::replay(&bytes).map_err(|offset| Error::Damaged {
            path: self.path.clone(),
            offset: Some(offset as u64),
        })
    }

    pub(super) fn cut(&self) -> u64 {
        self.cut
    }

    pub(super) fn load(&mut self) -> Result<Loaded, Error> {
        if self.has_failed {
            return Err(Error::Failed(self.path.clone()));
        }
        match (self.loaded.take(), &self.file) {
            (Some(loaded), _) => Ok(loaded),
            (None, Some(_)) => Ok(self.replay()?.loaded),
            (None, None) => Ok(Loaded::default()),
        }
    }

    pub(super) fn claim(&mut self, buffer: &mut Vec<u8>) -> Result<u64, Error> {
        let epoch = next(self.epoch)?;
        let mark = PersistOp { seq: self.seq, epoch, change: Persist::Mark };
        self.append([mark].into_iter(), buffer)?;
        self.epoch = epoch;
        // Who takes a session over loads it next.
        if let Some(loaded) = &mut self.loaded {
            loaded.epoch = epoch;
        }
        Ok(epoch)
    }

    pub(super) fn commit(&mut self, batch: &Batch, buffer: &mut Vec<u8>) -> Result<(), Error> {
        batch.follows(self.epoch, self.seq)?;
        if batch.is_empty() {
            return Ok(());
        }
        self.append(batch.ops(), buffer)?;
        self.loaded = None;
        (self.epoch, self.seq) = (batch.epoch(), batch.last_seq());
        batch.ops().for_each(|op| self.alive.apply(&op));
        if self.len > self.compact_from && self.len > File::GROWTH * self.alive.bytes {
            // The batch is safe whatever becomes of this.
            self.compact(buffer);
        }
        Ok(())
    }

    /// Writes a batch, and waits until it is safe.
    fn append<'a>(
        &mut self,
        ops: impl Iterator<Item = PersistOp<'a>>,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Error> {
        if self.has_failed {
            return Err(Error::Failed(self.path.clone()));
        }
        buffer.clear();
        if self.len == 0 {
            buffer.extend_from_slice(&HEADER);
        }
        let result = frame::write(ops, buffer).and_then(|()| self.write(buffer));
        // A large batch is not to be held on to.
        buffer.shrink_to(1 << 20);
        result.map_err(|error| self.fault(error))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let is_new = self.len == 0;
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let mut options = fs::File::options();
                let file = options.read(true).write(true).create(true).truncate(false);
                self.file.insert(file.open(&self.path)?)
            }
        };
        if let Err(error) = file.write_all_at(bytes, self.len) {
            // As if nothing had been written; or else nobody knows.
            self.has_failed = file.set_len(self.len).is_err();
            return Err(error);
        }
        let sync = file.sync_data().and_then(|()| match is_new {
            true => sync_directory(&self.path),
            false => Ok(()),
        });
        // What a failed sync leaves on the disk cannot be asked for.
        self.has_failed = sync.is_err();
        sync?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Writes the rows to a new journal in place of this one.
    fn compact(&mut self, buffer: &mut Vec<u8>) {
        self.compact_from = self.len * 2;
        let Ok(Replayed { loaded, .. }) = self.replay() else { return };
        // Each row was a change once, so there are numbers for all.
        let first = loaded.seq.saturating_sub(loaded.rows.len() as u64);
        let puts = loaded.rows.iter().map(|(key, value)| Persist::Put { key, value });
        let changes = (first..).zip(core::iter::once(Persist::Mark).chain(puts));
        let ops = changes.map(|(seq, change)| PersistOp { seq, epoch: loaded.epoch, change });
        buffer.clear();
        buffer.extend_from_slice(&HEADER);
        let new = self.path.with_extension(NEW);
        match frame::write(ops, buffer).and_then(|()| write_new(&new, buffer)) {
            Ok(file) if fs::rename(&new, &self.path).is_ok() => {
                // As long as the old one might come back, nothing may be added to the new one.
                self.has_failed = sync_directory(&self.path).is_err();
                self.file = Some(file);
                self.len = buffer.len() as u64;
                self.compact_from = File::SMALL;
            }
            // It stays as it is.
            _ => drop(fs::remove_file(&new)),
        }
        buffer.shrink_to(1 << 20);
    }
}

/// The ending of a journal that is to take the place of another.
const NEW: &str = "new";

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<fs::File> {
    let mut options = fs::File::options();
    let mut file = options.read(true).write(true).create(true).truncate(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(file)
}
