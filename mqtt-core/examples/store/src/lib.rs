//! Stores for the sessions of `mqtt-core`: memory, a file for each session (on Unix), SQLite.
//!
//! Calls block: a caller that must not wait hands a [`Batch`] and its [`Store`] to another thread, collects the
//! next one meanwhile, and says `session.persisted(now, batch.last_seq())` when the first is back. Whatever has
//! been collected by then is stored together, with one `fsync`.
//!
//! ```text
//! session -- poll_persist --> Batch -- commit --> Store      (a thread that may block)
//!         <- persisted(last_seq) <---- stored ----
//!         <- fenced(epoch) <---------- Error::Fenced
//! ```
//!
//! See `docs/durability.md` for what an application can count on.

mod batch;
mod error;
#[cfg(unix)]
mod file;
mod loaded;
mod memory;
mod sqlite;

pub use batch::Batch;
pub use error::Error;
#[cfg(unix)]
pub use file::File;
pub use loaded::Loaded;
pub use memory::Memory;
/// For tables of one's own.
pub use rusqlite;
pub use sqlite::{Sqlite, SqliteTransaction};

use std::path::Path;

/// One of the stores.
///
/// An enum and no trait: there is nothing to be added from outside, since whoever has another engine calls that,
/// and who wants the transactions of [`Sqlite`] can take it out.
///
/// # Examples
/// ```
/// use mqc_store::{Batch, Store};
/// use mqtt_core::{ClientConfig, ClientSession, Durability, Instant, Publish, QoS, WhenFull};
/// let now = Instant::default();
/// let directory = tempfile::tempdir()?;
/// let url = format!("sqlite:{}", directory.path().join("store.db").display());
///
/// let mut store = Store::open(&url)?;
/// store.claim("client")?;
/// let loaded = store.load("client")?;
/// let mut config = ClientConfig::default();
/// config.session.persist = loaded.persist(Durability::Gate);
/// let mut session = match loaded.state()? {
///     Some(state) => ClientSession::resume(config, state),
///     None => ClientSession::new(config),
/// };
/// let message = Publish { topic: "t", qos: QoS::AtLeastOnce, ..Publish::default() };
/// session.publish(now, &message, 7, WhenFull::Queue)?;
///
/// let mut batch = Batch::new();
/// while let Some(op) = session.poll_persist() {
///     batch.push(&op);
/// }
/// store.commit("client", &batch)?;
/// session.persisted(now, batch.last_seq());
///
/// // Another process, later.
/// # drop(store);
/// let state = Store::open(&url)?.load("client")?.state()?.expect("a session");
/// assert_eq!(state.queued_messages(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub enum Store {
    /// It ends with its process.
    Memory(Memory),
    /// A file for each session.
    #[cfg(unix)]
    File(File),
    /// A file of SQLite.
    Sqlite(Sqlite),
}

impl Store {
    /// Opens `memory:`, `file:DIRECTORY` (on Unix) or `sqlite:FILE`; makes what is not there.
    ///
    /// # Errors
    /// [`Error::Address`]; those of `File::open` and [`Sqlite::open`].
    ///
    /// ```
    /// use mqc_store::Store;
    /// assert!(Store::open("memory:").is_ok());
    /// assert!(Store::open("redis:localhost").is_err());
    /// ```
    pub fn open(url: &str) -> Result<Self, Error> {
        match url.split_once(':') {
            Some(("memory", "")) => Ok(Self::Memory(Memory::new())),
            #[cfg(unix)]
            Some(("file", path)) if !path.is_empty() => File::open(Path::new(path)).map(Self::File),
            Some(("sqlite", path)) if !path.is_empty() => {
                Sqlite::open(Path::new(path)).map(Self::Sqlite)
            }
            _ => Err(Error::Address(url.to_owned())),
        }
    }

    /// All of a session. O(rows).
    ///
    /// # Errors
    /// The store cannot be read.
    ///
    /// See [`Store`] for an example.
    pub fn load(&mut self, session: &str) -> Result<Loaded, Error> {
        match self {
            Self::Memory(store) => Ok(store.load(session)),
            #[cfg(unix)]
            Self::File(store) => store.load(session),
            Self::Sqlite(store) => store.load(session),
        }
    }

    /// Gives a new owner of a session its epoch, one more than the highest before. From now on nothing of the
    /// owner before is stored.
    ///
    /// # Errors
    /// [`Error::LastEpoch`]; the store cannot be written.
    ///
    /// See [`Store`] for an example.
    pub fn claim(&mut self, session: &str) -> Result<u64, Error> {
        match self {
            Self::Memory(store) => store.claim(session),
            #[cfg(unix)]
            Self::File(store) => store.claim(session),
            Self::Sqlite(store) => store.claim(session),
        }
    }

    /// Stores a batch, or refuses it. When it returns, the batch is safe.
    ///
    /// # Errors
    /// [`Error::Fenced`], [`Error::OutOfOrder`]; the store cannot be written. Then nothing of it is stored.
    ///
    /// See [`Store`] for an example.
    pub fn commit(&mut self, session: &str, batch: &Batch) -> Result<(), Error> {
        match self {
            Self::Memory(store) => store.commit(session, batch),
            #[cfg(unix)]
            Self::File(store) => store.commit(session, batch),
            Self::Sqlite(store) => store.commit(session, batch),
        }
    }
}
