//! A store in a directory: a journal for each session.
//!
//! A file is [`HEADER`](frame::HEADER), then batches: length (4 bytes, big endian), the same with each bit turned
//! round (4), then so many bytes that are a journal as `mqtt_core::store` has it. So a batch is there whole or not
//! at all. A `Mark` under the number of the change before, alone in a batch, is a claim: it has the epoch of the new
//! owner. The first batch of a file may begin with any number: with a `Mark` under the number before its rows if
//! the file was written anew.

mod frame;
mod journal;

use crate::{Batch, Error, Loaded};
use journal::Journal;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A store in a directory, with a file for each session, which one process at a time can have. On Unix only:
/// elsewhere a directory cannot be made safe like a file.
///
/// A batch is one write and one `fdatasync`. A file that has grown to [some times](File::GROWTH) what is alive in
/// it is written anew. Files stay open once they are used.
///
/// What a process that died has written of its last batch is cut off when the file is opened. Other damage is
/// refused, with its place: then nothing is changed. A last batch that was safe, and that the disk has spoiled
/// since, looks like one that was cut: [`cut`](Self::cut) tells how much is gone.
///
/// # Examples
/// See [`Store`](crate::Store).
#[derive(Debug)]
pub struct File {
    directory: PathBuf,
    /// Locked as long as it is open.
    lock: fs::File,
    journals: HashMap<String, Journal>,
    /// Reused for each write.
    buffer: Vec<u8>,
}

impl File {
    /// A journal is written anew when it has grown to so many times the entries that are alive in it.
    pub const GROWTH: u64 = 4;

    /// Up to so many bytes a journal is left alone.
    pub const SMALL: u64 = 256 * 1024;

    /// Opens a directory, or makes it.
    ///
    /// # Errors
    /// It cannot be written; another process has it.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        make_directory(directory, &mut sync_directory)
            .map_err(|error| Error::io(directory, error))?;
        let path = directory.join("lock");
        let lock = fs::File::options().create(true).append(true).open(&path);
        let lock = lock.map_err(|error| Error::io(&path, error))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(Error::InUse(directory.to_owned())),
            Err(error) => return Err(Error::io(&path, error.into())),
        }
        let (journals, buffer) = (HashMap::new(), Vec::new());
        Ok(Self { directory: directory.to_owned(), lock, journals, buffer })
    }

    /// All of a session. O(its file): it is read from the disk, but what was read to open it is not read
    /// again before something is stored.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn load(&mut self, session: &str) -> Result<Loaded, Error> {
        let (journal, _) = self.journal(session)?;
        journal.load()
    }

    /// How many bytes were cut off the file of a session when it was opened: what a process that died had
    /// written of its last batch.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn cut(&mut self, session: &str) -> Result<u64, Error> {
        Ok(self.journal(session)?.0.cut())
    }

    /// Gives a new owner of a session its epoch.
    ///
    /// # Errors
    /// [`Error::LastEpoch`]; the file cannot be read or written, or is damaged.
    pub fn claim(&mut self, session: &str) -> Result<u64, Error> {
        let (journal, buffer) = self.journal(session)?;
        journal.claim(buffer)
    }

    /// Stores a batch, or refuses it.
    ///
    /// A file that cannot be written anew stays as it is until it has doubled.
    ///
    /// # Errors
    /// [`Error::Fenced`], [`Error::OutOfOrder`]; the file cannot be read or written, or is damaged.
    pub fn commit(&mut self, session: &str, batch: &Batch) -> Result<(), Error> {
        let (journal, buffer) = self.journal(session)?;
        journal.commit(batch, buffer)
    }

    fn journal(&mut self, session: &str) -> Result<(&mut Journal, &mut Vec<u8>), Error> {
        if !self.journals.contains_key(session) {
            let name = file_name(session).ok_or(Error::Name)?;
            let journal = Journal::open(self.directory.join(name))?;
            self.journals.insert(session.to_owned(), journal);
        }
        let journal = self.journals.get_mut(session).ok_or(Error::Name)?;
        Ok((journal, &mut self.buffer))
    }
}

/// The lock is that of the open file: a process that another thread is just starting has it open too, until it becomes
/// the program that it is to be. Closing our end would not unlock it then.
impl Drop for File {
    fn drop(&mut self) {
        let _ = flock(&self.lock, FlockOperation::Unlock);
    }
}

/// What ends the names of journals.
const SUFFIX: &str = ".journal";

/// The name of a session as that of a file, on any file system: the same only for the same session.
fn file_name(session: &str) -> Option<String> {
    let mut name = String::new();
    for byte in session.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            _ => {
                let digits = [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
                name.push('%');
                name.extend(digits.into_iter().flatten());
            }
        }
    }
    name.push_str(SUFFIX);
    // That of a new file in its place is a little longer.
    (name.len() < 250).then_some(name)
}

/// Makes a directory and what is missing above it, each one safe before the next is made.
fn make_directory(
    directory: &Path,
    sync: &mut impl FnMut(&Path) -> io::Result<()>,
) -> io::Result<()> {
    if directory.is_dir() {
        // Whoever made it may have died at once. It may also be that of another user, who answers for it.
        let _ = sync(directory);
        return Ok(());
    }
    if let Some(above) = above(directory) {
        make_directory(above, sync)?;
    }
    match fs::create_dir(directory) {
        // Another process was faster.
        Err(_) if directory.is_dir() => {}
        result => result?,
    }
    sync(directory)
}

/// The directory of a file, if its path tells.
fn above(path: &Path) -> Option<&Path> {
    path.parent().filter(|directory| !directory.as_os_str().is_empty())
}

/// Makes what was renamed or made in the directory of a file safe.
fn sync_directory(path: &Path) -> io::Result<()> {
    fs::File::open(above(path).unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::{file_name, make_directory, sync_directory};
    use std::path::Path;

    #[test]
    fn names_of_files_are_safe() {
        assert_eq!(file_name("client-7_a").unwrap(), "client-7_a.journal");
        assert_eq!(file_name("../A b%").unwrap(), "%2e%2e%2f%41%20b%25.journal");
        assert_eq!(file_name("").unwrap(), ".journal");
        assert_eq!(file_name(&"a".repeat(300)), None);
    }

    #[test]
    fn where_a_name_lies_is_found() {
        for name in ["name", "./name", "/name"] {
            assert!(sync_directory(Path::new(name)).is_ok(), "{name}");
        }
        assert!(sync_directory(Path::new("no/such/name")).is_err());
    }

    #[test]
    fn each_directory_is_safe_before_the_next_is_made() {
        let place = tempfile::tempdir().unwrap();
        let levels = ["", "a", "a/b", "a/b/c"].map(|name| place.path().join(name));
        let mut synced = Vec::new();
        make_directory(&levels[3], &mut |directory: &Path| {
            synced.push(directory.to_owned());
            // It is there, and nothing is in it.
            assert_eq!(directory.read_dir()?.count(), 0);
            sync_directory(directory)
        })
        .unwrap();
        assert_eq!(synced, levels);
    }
}
