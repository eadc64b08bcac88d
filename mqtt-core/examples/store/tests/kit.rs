//! All stores do what is asked of stores.

use mqc_store::{Batch, Error, Memory, Sqlite, Store};
use mqtt_core::PersistOp;
use mqtt_core::store::kit::{BackEnd, Contents, Fault, Outcome};
#[cfg(unix)]
use std::{fs, io, path::PathBuf};
use tempfile::TempDir;

/// A store with what it is opened again by.
struct Bench {
    store: Store,
    directory: TempDir,
    reopen: fn(&TempDir) -> Result<Store, Error>,
}

impl Bench {
    fn open(reopen: fn(&TempDir) -> Result<Store, Error>) -> Result<Self, Fault> {
        let directory = tempfile::tempdir()?;
        Ok(Self { store: reopen(&directory)?, directory, reopen })
    }

    fn batch(ops: &[PersistOp<'_>]) -> Batch {
        let mut batch = Batch::new();
        ops.iter().for_each(|op| batch.push(op));
        batch
    }

    fn commit(&mut self, session: &str, ops: &[PersistOp<'_>]) -> Result<Outcome, Fault> {
        match self.store.commit(session, &Self::batch(ops)) {
            Ok(()) => Ok(Outcome::Stored),
            Err(Error::Fenced { epoch }) => Ok(Outcome::Fenced { epoch }),
            Err(Error::OutOfOrder { expected, .. }) => Ok(Outcome::OutOfOrder { expected }),
            Err(error) => Err(error.into()),
        }
    }

    fn load(&mut self, session: &str) -> Result<Contents, Fault> {
        let loaded = self.store.load(session)?;
        let rows = loaded.rows.into_iter().collect();
        Ok(Contents { epoch: loaded.epoch, seq: loaded.seq, rows })
    }

    fn reopen(self) -> Result<Self, Fault> {
        let Self { store, directory, reopen } = self;
        let store = match store {
            Store::Memory(store) => Store::Memory(store),
            closed => {
                drop(closed);
                reopen(&directory)?
            }
        };
        Ok(Self { store, directory, reopen })
    }

    /// Dies within a commit, as far as that can be done from here.
    fn tear(mut self, session: &str, ops: &[PersistOp<'_>], cut: u8) -> Result<Self, Fault> {
        match &mut self.store {
            Store::Memory(store) => store.commit(session, &Self::batch(ops))?,
            #[cfg(unix)]
            Store::File(store) => {
                let files = files(&self.directory)?;
                store.commit(session, &Self::batch(ops))?;
                cut_off(&self.directory, &files, cut)?;
            }
            Store::Sqlite(store) => {
                let transaction = store.begin()?;
                let some = ops.get(..ops.len() * usize::from(cut) / 256).unwrap_or_default();
                transaction.put(session, &Self::batch(some))?;
            }
        }
        self.reopen()
    }
}

/// The files of a directory, and their lengths.
#[cfg(unix)]
fn files(directory: &TempDir) -> Result<Vec<(PathBuf, u64)>, io::Error> {
    let entries = fs::read_dir(directory)?.map(|entry| {
        let entry = entry?;
        Ok((entry.path(), entry.metadata()?.len()))
    });
    entries.collect()
}

/// Leaves so many 256ths of what the files have more than before.
#[cfg(unix)]
fn cut_off(directory: &TempDir, before: &[(PathBuf, u64)], cut: u8) -> Result<(), io::Error> {
    for (path, len) in files(directory)? {
        let old = before.iter().find(|(old, _)| *old == path).map_or(0, |(_, len)| *len);
        let file = fs::File::options().write(true).open(path)?;
        file.set_len(old + (len - old) * u64::from(cut) / 256)?;
    }
    Ok(())
}

fn check(reopen: fn(&TempDir) -> Result<Store, Error>) -> Result<(), Fault> {
    let back_end = BackEnd {
        commit: Bench::commit,
        claim: |bench, session| Ok(bench.store.claim(session)?),
        load: Bench::load,
        reopen: Bench::reopen,
        tear: Bench::tear,
    };
    Ok(back_end.check(|| Bench::open(reopen))?)
}

#[test]
fn memory() -> Result<(), Fault> {
    check(|_| Ok(Store::Memory(Memory::new())))
}

#[cfg(unix)]
#[test]
fn file() -> Result<(), Fault> {
    check(|directory| mqc_store::File::open(directory.path()).map(Store::File))
}

#[test]
fn sqlite() -> Result<(), Fault> {
    check(|directory| Sqlite::open(&directory.path().join("store.db")).map(Store::Sqlite))
}
