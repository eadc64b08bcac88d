//! Damaged files, cut ones, those of others; files that grow; who may have them.

#[cfg(unix)]
mod file;

use mqc_store::{Batch, Error, Loaded, Sqlite, Store, rusqlite};
use mqtt_core::PersistOp;
use mqtt_core::store::Persist;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

pub(crate) const SESSION: &str = "client";

pub(crate) fn batch(first: u64, epoch: u64, changes: &[Persist<'_>]) -> Batch {
    let mut batch = Batch::new();
    for (seq, &change) in (first..).zip(changes) {
        batch.push(&PersistOp { seq, epoch, change });
    }
    batch
}

pub(crate) fn put<'a>(key: &'a [u8], value: &'a [u8]) -> Persist<'a> {
    Persist::Put { key, value }
}

#[test]
fn files_of_others_are_no_databases() {
    let directory = tempfile::tempdir().unwrap();
    for bytes in [b"some notes of mine, which are not to be lost".repeat(100), vec![0; 8192]] {
        let path = directory.path().join("db");
        fs::write(&path, &bytes).unwrap();
        let error = Sqlite::open(&path).unwrap_err();
        let expected = format!("{}: damaged, or no store", path.display());
        assert_eq!(error.to_string(), expected);
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_damaged_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    let mut store = Sqlite::open(&path).unwrap();
    let rows: Vec<_> = (0..500_u32).map(u32::to_be_bytes).collect();
    let changes: Vec<_> = rows.iter().map(|key| put(key, &[1; 100])).collect();
    store.commit(SESSION, &batch(1, 0, &changes)).unwrap();
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xA5);
    fs::write(&path, bytes).unwrap();
    let error = Sqlite::open(&path).unwrap().load(SESSION).unwrap_err();
    assert_eq!(error.to_string(), format!("{}: damaged, or no store", path.display()));
}

fn sqlite(directory: &TempDir) -> Sqlite {
    Sqlite::open(&directory.path().join("db")).unwrap()
}

#[test]
fn two_owners_of_a_session_in_a_database() {
    let directory = tempfile::tempdir().unwrap();
    let (mut one, mut other) = (sqlite(&directory), sqlite(&directory));
    let epoch = one.claim(SESSION).unwrap();
    one.commit(SESSION, &batch(1, epoch, &[put(b"k", b"1")])).unwrap();
    assert_eq!(other.claim(SESSION).unwrap(), epoch + 1);
    let error = one.commit(SESSION, &batch(2, epoch, &[put(b"k", b"2")])).unwrap_err();
    assert!(matches!(error, Error::Fenced { epoch: 2 }), "{error}");
    other.commit(SESSION, &batch(2, epoch + 1, &[put(b"l", b"2")])).unwrap();
    let rows = one.load(SESSION).unwrap().rows;
    assert_eq!(rows.len(), 2);
}

#[test]
fn a_full_database_stores_nothing_half() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = sqlite(&directory);
    let transaction = store.begin().unwrap();
    transaction.tables().pragma_update(None, "max_page_count", 20).unwrap();
    transaction.commit().unwrap();
    let mut seq = 0_u64;
    let error = loop {
        let key = seq.to_be_bytes();
        let changes = [put(&key, &[1; 1000]), put(b"last", &key)];
        if let Err(error) = store.commit(SESSION, &batch(seq + 1, 0, &changes)) {
            break error.to_string();
        }
        seq += 2;
    };
    assert!(seq > 10 && error.ends_with("db: no room is left"), "{seq}: {error}");
    let loaded = store.load(SESSION).unwrap();
    assert_eq!((loaded.seq, loaded.rows.len() as u64), (seq, seq / 2 + 1));
    // It can make room by itself.
    store.commit(SESSION, &batch(seq + 1, 0, &[Persist::Clear])).unwrap();
}

#[test]
fn a_transaction_that_is_dropped_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = sqlite(&directory);
    let changes = batch(1, 0, &[put(b"k", b"1")]);
    {
        let transaction = store.begin().unwrap();
        transaction.tables().execute_batch("CREATE TABLE mine(x)").unwrap();
        transaction.put(SESSION, &changes).unwrap();
    }
    assert_eq!(store.load(SESSION).unwrap(), Loaded::default());
    let transaction = store.begin().unwrap();
    transaction.tables().execute_batch("CREATE TABLE mine(x)").unwrap();
    transaction.put(SESSION, &changes).unwrap();
    transaction.commit().unwrap();
    assert_eq!(store.load(SESSION).unwrap().seq, 1);
}

/// All stores that there are here.
fn urls(directory: &TempDir) -> Vec<String> {
    let place = directory.path().display();
    let mut urls = vec!["memory:".to_owned(), format!("sqlite:{place}/db")];
    if cfg!(unix) {
        urls.push(format!("file:{place}"));
    }
    urls
}

#[test]
fn no_owner_comes_after_the_last() {
    let directory = tempfile::tempdir().unwrap();
    for url in urls(&directory) {
        let mut store = Store::open(&url).unwrap();
        store.commit(SESSION, &batch(1, u64::MAX, &[put(b"k", b"")])).unwrap();
        let error = store.claim(SESSION).unwrap_err();
        assert!(matches!(error, Error::LastEpoch), "{error}");
        store.commit(SESSION, &batch(2, u64::MAX, &[put(b"k", b"")])).unwrap();
    }
}

#[test]
fn a_batch_of_two_owners() {
    let directory = tempfile::tempdir().unwrap();
    let of = |first: u64, epochs: &[u64]| {
        let mut batch = Batch::new();
        for (seq, &epoch) in (first..).zip(epochs) {
            batch.push(&PersistOp { seq, epoch, change: put(b"k", b"v") });
        }
        batch
    };
    for url in urls(&directory) {
        let mut store = Store::open(&url).unwrap();
        assert_eq!(store.claim(SESSION).unwrap(), 1);
        // Whichever of its changes it is that comes too late.
        for epochs in [&[0, 1][..], &[1, 0], &[0, 2], &[1, 1, 0, 1]] {
            let error = store.commit(SESSION, &of(1, epochs)).unwrap_err();
            assert!(matches!(error, Error::Fenced { epoch: 1 }), "{url} {epochs:?}: {error}");
        }
        let error = store.commit(SESSION, &of(1, &[3, 2])).unwrap_err();
        assert!(matches!(error, Error::Fenced { epoch: 3 }), "{url}: {error}");
        assert_eq!(store.load(SESSION).unwrap(), Loaded { epoch: 1, ..Loaded::default() });
        // A later owner may go on within a batch.
        store.commit(SESSION, &of(1, &[1, 1, 4])).unwrap();
        let expected = (4, 3);
        let is_expected = |loaded: Loaded| (loaded.epoch, loaded.seq) == expected;
        assert!(is_expected(store.load(SESSION).unwrap()), "{url}");
        if url != "memory:" {
            drop(store);
            assert!(is_expected(Store::open(&url).unwrap().load(SESSION).unwrap()), "{url}");
        }
    }
}

#[test]
fn tables_of_these_names_that_are_others() {
    for table in [
        "mqc_sessions(user TEXT, token TEXT)",
        "mqc_sessions(id INTEGER PRIMARY KEY, session TEXT NOT NULL, epoch INTEGER NOT NULL)",
        "mqc_rows(session INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL)",
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("db");
        let tables = rusqlite::Connection::open(&path).unwrap();
        tables.execute_batch(&format!("CREATE TABLE {table}")).unwrap();
        let error = Sqlite::open(&path).unwrap_err();
        let (name, _) = table.split_once('(').unwrap();
        let expected = format!("{}: the table {name} is not that of this store", path.display());
        assert_eq!(error.to_string(), expected);
        let count = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'";
        let count: i64 = tables.query_row(count, [], |row| row.get(0)).unwrap();
        assert_eq!(count, 1, "none is made");
    }
}

#[test]
fn an_application_may_have_sessions_and_rows() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    let tables = rusqlite::Connection::open(&path).unwrap();
    tables.execute_batch("CREATE TABLE sessions(user, token); CREATE TABLE rows(x)").unwrap();
    let mut store = Sqlite::open(&path).unwrap();
    assert_eq!(store.claim(SESSION).unwrap(), 1);
    store.commit(SESSION, &batch(1, 1, &[put(b"k", b"v")])).unwrap();
    let count = "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM rows)";
    let count: i64 = tables.query_row(count, [], |row| row.get(0)).unwrap();
    assert_eq!(count, 0);
}

#[test]
fn a_database_whose_commits_are_not_safe_is_refused() {
    let error = Sqlite::open(Path::new(":memory:")).unwrap_err();
    let expected = ":memory:: journal_mode is memory, synchronous 2, not wal and 2";
    assert_eq!(error.to_string(), expected);
    if cfg!(unix) {
        // Without memory that processes share there is no WAL.
        let directory = tempfile::tempdir().unwrap();
        let path = format!("file:{}/db?vfs=unix-dotfile", directory.path().display());
        let error = Sqlite::open(Path::new(&path)).unwrap_err();
        assert!(matches!(error, Error::Unsuitable { .. }), "{error}");
    }
    let directory = tempfile::tempdir().unwrap();
    let mut store = sqlite(&directory);
    let transaction = store.begin().unwrap();
    let value = |name| transaction.tables().pragma_query_value(None, name, |row| row.get(0));
    assert_eq!(value("synchronous"), Ok(2));
}

#[test]
fn a_place_that_is_not_there() {
    let error = Sqlite::open(Path::new("/no/such/place/db")).unwrap_err().to_string();
    assert!(error.starts_with("/no/such/place/db: unable to open"), "{error}");
    let error = Store::open("file:").unwrap_err().to_string();
    let all = if cfg!(unix) {
        "memory:, file:DIRECTORY or sqlite:FILE"
    } else {
        "memory: or sqlite:FILE"
    };
    assert_eq!(error, format!("\"file:\" is no address of a store: {all}"));
}

#[test]
fn names_that_are_too_long_for_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let long = "n".repeat(65_535);
    if cfg!(unix) {
        let url = format!("file:{}", directory.path().display());
        let error = Store::open(&url).unwrap().claim(&long).unwrap_err();
        assert_eq!(error.to_string(), "the name of the session is too long for a file");
    }
    assert_eq!(sqlite(&directory).claim(&long).unwrap(), 1);
    assert_eq!(Store::open("memory:").unwrap().claim(&long).unwrap(), 1);
}
