//! What a store cannot do, each in one line.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What a store cannot do. Nothing of the batch is stored then.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Another owner has the session: `session.fenced(now, epoch)`.
    Fenced {
        /// Its epoch.
        epoch: u64,
    },
    /// It is not the batch that is to come next.
    OutOfOrder {
        /// The number that was to come.
        expected: u64,
        /// That which came.
        found: u64,
    },
    /// No owner can come after the one that the session has: its epoch is the highest.
    LastEpoch,
    /// Not the address of a store.
    Address(String),
    /// The name of a session is too long for a file.
    Name,
    /// Another process has the store.
    InUse(PathBuf),
    /// There is no room for more, on the disk or for this user.
    Full(PathBuf),
    /// It may not be written.
    ReadOnly(PathBuf),
    /// What is stored is not what was written.
    Damaged {
        /// The file.
        path: PathBuf,
        /// The byte where that shows, if it is known.
        offset: Option<u64>,
    },
    /// It is no place for a store: it is not as safe as it must be, or has other tables.
    Unsuitable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A write failed before, and it is not known what is on the disk: open it again.
    Failed(PathBuf),
    /// The system or the engine says no.
    Io {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
}

impl Error {
    #[cfg(unix)]
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full(path),
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                Self::ReadOnly(path)
            }
            _ => Self::Io { path, source },
        }
    }

    pub(crate) fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let owned = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(owned),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly(owned),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse(owned),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { path: owned, offset: None }
            }
            _ => Self::Io { path: owned, source: io::Error::other(source) },
        }
    }
}

/// Those that there are.
const ADDRESSES: &str = match cfg!(unix) {
    true => "memory:, file:DIRECTORY or sqlite:FILE",
    false => "memory: or sqlite:FILE",
};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fenced { epoch } => write!(f, "another owner has the session, of epoch {epoch}"),
            Self::OutOfOrder { expected, found } => {
                write!(f, "change {found} came, where {expected} was to come")
            }
            Self::LastEpoch => f.write_str("the session has the highest epoch that there is"),
            Self::Address(address) => {
                write!(f, "{address:?} is no address of a store: {ADDRESSES}")
            }
            Self::Name => f.write_str("the name of the session is too long for a file"),
            Self::InUse(path) => write!(f, "{}: another process has it", path.display()),
            Self::Full(path) => write!(f, "{}: no room is left", path.display()),
            Self::ReadOnly(path) => write!(f, "{}: it may not be written", path.display()),
            Self::Damaged { path, offset: Some(offset) } => {
                write!(f, "{}: damaged at byte {offset}", path.display())
            }
            Self::Damaged { path, offset: None } => {
                write!(f, "{}: damaged, or no store", path.display())
            }
            Self::Unsuitable { path, why } => write!(f, "{}: {why}", path.display()),
            Self::Failed(path) => {
                write!(f, "{}: a write failed before; it is to be opened again", path.display())
            }
            Self::Io { path, source } => write!(f, "{}: {source}", path.display()),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
