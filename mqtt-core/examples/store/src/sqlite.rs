//! A store in a file of SQLite.

use crate::loaded::next;
use crate::{Batch, Error, Loaded};
use core::time::Duration;
use mqtt_core::store::Persist;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};

/// A store in a file of SQLite, with many sessions, next to whatever tables an application has in it.
///
/// Processes may share the file: the epoch in each change decides whose session it is. A batch is a transaction,
/// which is safe when it is committed (`journal_mode = WAL`, `synchronous = FULL`).
///
/// # Examples
/// What the application makes of messages is stored with what the session made of them, or not at all:
/// ```
/// use mqc_store::{Batch, Sqlite};
/// let directory = tempfile::tempdir()?;
/// let mut store = Sqlite::open(&directory.path().join("store.db"))?;
/// let batch = Batch::new(); // with what the session told
///
/// let transaction = store.begin()?;
/// transaction.tables().execute_batch("CREATE TABLE IF NOT EXISTS readings(value INTEGER)")?;
/// transaction.tables().execute("INSERT INTO readings VALUES (?1)", [21])?;
/// transaction.put("client", &batch)?;
/// transaction.commit()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    connection: Connection,
}

/// So long another process may have the file.
const PATIENCE: Duration = Duration::from_secs(5);

/// What SQLite calls `synchronous = FULL`.
const FULL: i64 = 2;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS mqc_sessions(
        id INTEGER PRIMARY KEY, session TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL, seq INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS mqc_rows(
        session INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY(session, key)
    ) WITHOUT ROWID;";

/// Their columns: name, type, 1 if it may not be NULL, its place in the primary key.
const COLUMNS: [(&str, &str); 2] = [
    ("mqc_sessions", "id INTEGER 0 1, session TEXT 1 0, epoch INTEGER 1 0, seq INTEGER 1 0"),
    ("mqc_rows", "session INTEGER 1 1, key BLOB 1 2, value BLOB 1 0"),
];

impl Sqlite {
    /// Opens a file, or makes it, with its tables `mqc_sessions` and `mqc_rows`.
    ///
    /// # Errors
    /// It cannot be read or written, is no file of SQLite or damaged, or another process has it for too long;
    /// [`Error::Unsuitable`]: it has other tables of these names, or SQLite cannot keep a journal beside it (a
    /// database in memory, some file systems). Then its tables are as they were.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let open = || {
            let connection = Connection::open(path)?;
            connection.busy_timeout(PATIENCE)?;
            let unsuitable = prepare(&connection)?;
            Ok((connection, unsuitable))
        };
        let path = path.to_owned();
        match open().map_err(|error| Error::sqlite(&path, error))? {
            (connection, None) => Ok(Self { path, connection }),
            (_, Some(why)) => Err(Error::Unsuitable { path, why }),
        }
    }

    /// All of a session. O(rows).
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn load(&mut self, session: &str) -> Result<Loaded, Error> {
        let Self { path, connection } = self;
        let mut load = || {
            // One transaction: all is of one moment.
            let transaction = connection.transaction()?;
            let Some((id, epoch, seq)) = last(&transaction, session)? else {
                return Ok(Loaded::default());
            };
            let mut select =
                transaction.prepare_cached("SELECT key, value FROM mqc_rows WHERE session = ?1")?;
            let rows = select.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(Loaded { epoch, seq, rows: rows.collect::<Result<_, _>>()? })
        };
        load().map_err(|error| Error::sqlite(path, error))
    }

    /// Gives a new owner of a session its epoch. From now on nothing of the owner before is stored.
    ///
    /// # Errors
    /// [`Error::LastEpoch`]; the file cannot be written.
    pub fn claim(&mut self, session: &str) -> Result<u64, Error> {
        let transaction = self.begin()?;
        let epoch = transaction.claim(session)?;
        transaction.commit()?;
        Ok(epoch)
    }

    /// Stores a batch, or refuses it.
    ///
    /// # Errors
    /// [`Error::Fenced`], [`Error::OutOfOrder`]; the file cannot be written.
    pub fn commit(&mut self, session: &str, batch: &Batch) -> Result<(), Error> {
        let transaction = self.begin()?;
        transaction.put(session, batch)?;
        transaction.commit()
    }

    /// Begins a transaction, for the application's own tables too.
    ///
    /// # Errors
    /// The file cannot be written, or another process has it for too long.
    pub fn begin(&mut self) -> Result<SqliteTransaction<'_>, Error> {
        let Self { path, connection } = self;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
        match transaction {
            Ok(transaction) => Ok(SqliteTransaction { path, transaction }),
            Err(error) => Err(Error::sqlite(path, error)),
        }
    }
}

/// A transaction: nothing of it is there before it is committed, and nothing if it is dropped.
///
/// # Examples
/// See [`Sqlite`].
#[derive(Debug)]
pub struct SqliteTransaction<'s> {
    path: &'s Path,
    transaction: Transaction<'s>,
}

impl<'s> SqliteTransaction<'s> {
    /// The transaction of SQLite, for other tables.
    #[must_use]
    pub fn tables(&self) -> &Transaction<'s> {
        &self.transaction
    }

    /// Does something with other tables; says of what goes wrong in which file that was.
    ///
    /// # Errors
    /// That of `work`. Then the transaction is to be dropped.
    pub fn with<T>(
        &self,
        work: impl FnOnce(&Transaction<'s>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        work(&self.transaction).map_err(|error| Error::sqlite(self.path, error))
    }

    /// Adds a batch of a session.
    ///
    /// # Errors
    /// [`Error::Fenced`], [`Error::OutOfOrder`]; the file cannot be written. Then the transaction is to be
    /// dropped.
    pub fn put(&self, session: &str, batch: &Batch) -> Result<(), Error> {
        let fault = |error| Error::sqlite(self.path, error);
        let last = last(&self.transaction, session).map_err(fault)?;
        let (_, epoch, seq) = last.unwrap_or_default();
        batch.follows(epoch, seq)?;
        if batch.is_empty() {
            return Ok(());
        }
        let id = self.set_last(session, batch.epoch(), batch.last_seq()).map_err(fault)?;
        self.put_rows(id, batch).map_err(fault)
    }

    fn put_rows(&self, id: i64, batch: &Batch) -> rusqlite::Result<()> {
        let mut put = self.transaction.prepare_cached(
            "INSERT OR REPLACE INTO mqc_rows(session, key, value) VALUES (?1, ?2, ?3)",
        )?;
        let mut delete = self
            .transaction
            .prepare_cached("DELETE FROM mqc_rows WHERE session = ?1 AND key = ?2")?;
        for op in batch.ops() {
            match op.change {
                Persist::Put { key, value } => put.execute((id, key, value))?,
                Persist::Delete { key } => delete.execute((id, key))?,
                Persist::Clear => {
                    let clear = "DELETE FROM mqc_rows WHERE session = ?1";
                    self.transaction.prepare_cached(clear)?.execute([id])?
                }
                Persist::Mark => 0,
            };
        }
        Ok(())
    }

    /// Gives a new owner of a session its epoch.
    ///
    /// # Errors
    /// [`Error::LastEpoch`]; the file cannot be written. Then the transaction is to be dropped.
    pub fn claim(&self, session: &str) -> Result<u64, Error> {
        let fault = |error| Error::sqlite(self.path, error);
        let last = last(&self.transaction, session).map_err(fault)?;
        let (_, epoch, seq) = last.unwrap_or_default();
        let epoch = next(epoch)?;
        self.set_last(session, epoch, seq).map_err(fault)?;
        Ok(epoch)
    }

    /// Notes epoch and number of the last change; gives the number that the session has in the table.
    fn set_last(&self, session: &str, epoch: u64, seq: u64) -> rusqlite::Result<i64> {
        let set = "INSERT INTO mqc_sessions(session, epoch, seq) VALUES (?1, ?2, ?3)
            ON CONFLICT(session) DO UPDATE SET epoch = ?2, seq = ?3 RETURNING id";
        let last = (session, epoch as i64, seq as i64);
        self.transaction.prepare_cached(set)?.query_row(last, |row| row.get(0))
    }

    /// Makes all of it safe.
    ///
    /// # Errors
    /// The file cannot be written. Nothing of it is there then.
    pub fn commit(self) -> Result<(), Error> {
        let Self { path, transaction } = self;
        transaction.commit().map_err(|error| Error::sqlite(path, error))
    }
}

/// Sees to it that commits are safe, and that the tables are there; gives why they cannot be.
fn prepare(connection: &Connection) -> rusqlite::Result<Option<String>> {
    // What SQLite cannot do it leaves as it was, and says so only if it is asked.
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if mode != "wal" || synchronous != FULL {
        let why = format!("journal_mode is {mode}, synchronous {synchronous}, not wal and {FULL}");
        return Ok(Some(why));
    }
    let mut has_all = true;
    for (table, expected) in COLUMNS {
        let columns: Option<String> = connection.query_row(
            "SELECT group_concat(name || ' ' || type || ' ' || \"notnull\" || ' ' || pk, ', ')
             FROM (SELECT * FROM pragma_table_info(?1) ORDER BY cid)",
            [table],
            |row| row.get(0),
        )?;
        match columns {
            None => has_all = false,
            Some(found) if found == expected => {}
            Some(_) => return Ok(Some(format!("the table {table} is not that of this store"))),
        }
    }
    // Whoever may only read learns it when it writes.
    if !has_all {
        connection.execute_batch(TABLES)?;
    }
    Ok(None)
}

/// The number that a session has in the table, and epoch and number of its last change. SQLite has no unsigned
/// numbers; their bits are the same.
fn last(connection: &Connection, session: &str) -> rusqlite::Result<Option<(i64, u64, u64)>> {
    connection
        .prepare_cached("SELECT id, epoch, seq FROM mqc_sessions WHERE session = ?1")?
        .query_row([session], |row| {
            let last: (i64, i64) = (row.get(1)?, row.get(2)?);
            Ok((row.get(0)?, last.0 as u64, last.1 as u64))
        })
        .optional()
}
