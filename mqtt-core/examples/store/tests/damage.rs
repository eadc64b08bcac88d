//! Damaged files, cut ones, those of others; files that grow; who may have them.

use mqc_store::{Batch, Error, File, Loaded, Sqlite, Store};
use mqtt_core::PersistOp;
use mqtt_core::store::Persist;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const SESSION: &str = "client";

fn batch(first: u64, epoch: u64, changes: &[Persist<'_>]) -> Batch {
    let mut batch = Batch::new();
    for (seq, &change) in (first..).zip(changes) {
        batch.push(&PersistOp { seq, epoch, change });
    }
    batch
}

fn put<'a>(key: &'a [u8], value: &'a [u8]) -> Persist<'a> {
    Persist::Put { key, value }
}

/// A journal of some batches: its path, its length after each, and what is there by then.
fn journal(directory: &Path) -> (PathBuf, Vec<u64>, Vec<Loaded>) {
    let path = directory.join("client.journal");
    let mut store = File::open(directory).unwrap();
    let (mut lens, mut states) = (vec![0], vec![Loaded::default()]);
    let mut note = |store: &mut File| {
        lens.push(fs::metadata(&path).unwrap().len());
        states.push(store.load(SESSION).unwrap());
    };
    assert_eq!(store.claim(SESSION).unwrap(), 1);
    note(&mut store);
    let batches = [
        batch(1, 1, &[Persist::Clear, put(b"s", b"\x01state"), put(b"m\0", &[7; 40])]),
        batch(4, 1, &[Persist::Delete { key: b"m\0" }, Persist::Mark]),
        // A body may look like anything.
        batch(6, 1, &[put(b"m\x01", &fs::read(&path).unwrap())]),
        batch(7, 1, &[put(b"m\x02", b""), put(b"s", b"\x01other")]),
    ];
    for batch in batches {
        store.commit(SESSION, &batch).unwrap();
        note(&mut store);
    }
    assert_eq!(store.cut(SESSION).unwrap(), 0);
    (path, lens, states)
}

#[test]
fn a_file_that_is_cut_loses_its_last_batch_only() {
    let directory = tempfile::tempdir().unwrap();
    let (path, lens, states) = journal(directory.path());
    let whole = fs::read(&path).unwrap();
    for len in 0..whole.len() {
        fs::write(&path, &whole[..len]).unwrap();
        let mut store = File::open(directory.path()).unwrap();
        let batches = lens.partition_point(|end| *end <= len as u64) - 1;
        let is_header = batches == 0 && len >= 8;
        let held = if is_header { 8 } else { lens[batches] };
        assert_eq!(store.cut(SESSION).unwrap(), len as u64 - held, "{len}");
        assert_eq!(store.load(SESSION).unwrap(), states[batches], "{len}");
        // It goes on from there.
        if len % 16 > 0 {
            continue;
        }
        let epoch = store.claim(SESSION).unwrap();
        let next = batch(states[batches].seq + 1, epoch, &[put(b"new", b"")]);
        store.commit(SESSION, &next).unwrap();
        drop(store);
        let loaded = File::open(directory.path()).unwrap().load(SESSION).unwrap();
        assert_eq!((loaded.epoch, loaded.seq), (epoch, next.last_seq()));
    }
}

#[test]
fn damage_is_refused_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let (path, lens, states) = journal(directory.path());
    let whole = fs::read(&path).unwrap();
    let last = lens[lens.len() - 2];
    for at in (0..whole.len()).step_by(3) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(&path, &damaged).unwrap();
        let mut store = File::open(directory.path()).unwrap();
        let result = store.load(SESSION);
        if at as u64 >= last {
            // That may have been cut off too: what was safe before is there, and how much is gone is told.
            assert_eq!(result.unwrap(), states[states.len() - 2]);
            assert_eq!(store.cut(SESSION).unwrap(), whole.len() as u64 - last);
            continue;
        }
        let Err(Error::Damaged { path: place, offset: Some(offset) }) = result else {
            panic!("{at}: {result:?}");
        };
        let begin = lens.iter().rev().find(|end| **end <= at as u64).copied().unwrap();
        // The first batch begins behind the name of the file.
        let begin = if begin == 0 && at >= 8 { 8 } else { begin };
        assert_eq!((place, offset), (path.clone(), begin), "{at}");
        assert!(store.claim(SESSION).is_err());
        assert_eq!(fs::read(&path).unwrap(), damaged, "nothing is changed");
    }
}

#[test]
fn a_batch_that_is_missing_is_damage() {
    let directory = tempfile::tempdir().unwrap();
    let (path, lens, _) = journal(directory.path());
    let whole = fs::read(&path).unwrap();
    let without = [&whole[..lens[2] as usize], &whole[lens[3] as usize..]].concat();
    let twice = [&whole[..lens[3] as usize], &whole[lens[2] as usize..]].concat();
    for (damaged, at) in [(without, lens[2]), (twice, lens[3])] {
        fs::write(&path, damaged).unwrap();
        let error = File::open(directory.path()).unwrap().load(SESSION).unwrap_err();
        assert_eq!(error.to_string(), format!("{}: damaged at byte {at}", path.display()));
    }
}

#[test]
fn files_of_others_are_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    for (session, bytes) in [
        ("text", b"some notes of mine, which are not to be lost".to_vec()),
        ("newer", b"MQCFILE\x02and more".to_vec()),
        ("zeros", vec![0; 100]),
    ] {
        let path = directory.path().join(format!("{session}.journal"));
        fs::write(&path, &bytes).unwrap();
        let error = File::open(directory.path()).unwrap().claim(session).unwrap_err();
        assert!(matches!(error, Error::Damaged { offset: Some(0), .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
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

#[test]
fn a_journal_is_written_anew() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("client.journal");
    let mut store = File::open(directory.path()).unwrap();
    let epoch = store.claim(SESSION).unwrap();
    let (mut seq, mut largest, mut shrunk) = (0, 0, 0);
    let mut old = 0;
    for round in 0..300_u32 {
        let (key, value) = ((round % 10).to_be_bytes(), [round as u8; 5000]);
        let changes = [put(&key, &value), Persist::Delete { key: b"not there" }];
        store.commit(SESSION, &batch(seq + 1, epoch, &changes)).unwrap();
        seq += 2;
        let len = fs::metadata(&path).unwrap().len();
        shrunk += u32::from(len < old);
        old = len;
        largest = largest.max(len);
    }
    assert!(shrunk >= 5 && largest < File::SMALL + 6000, "{shrunk} times, up to {largest} bytes");
    let before = store.load(SESSION).unwrap();
    assert_eq!((before.epoch, before.seq, before.rows.len()), (epoch, seq, 10));
    // With nothing alive, too; and what is alive may be large.
    store.commit(SESSION, &batch(seq + 1, epoch, &[Persist::Clear])).unwrap();
    let large = vec![1; 2 << 20];
    for round in 2..12 {
        store.commit(SESSION, &batch(seq + round, epoch, &[put(b"k", &large)])).unwrap();
        let len = fs::metadata(&path).unwrap().len();
        assert!(len < (File::GROWTH + 1) * large.len() as u64 + 1000, "{len}");
    }
    drop(store);
    let mut store = File::open(directory.path()).unwrap();
    let loaded = store.load(SESSION).unwrap();
    assert_eq!((loaded.epoch, loaded.seq, loaded.rows.len()), (epoch, seq + 11, 1));
    assert_eq!(store.claim(SESSION).unwrap(), epoch + 1);
}

#[test]
fn a_journal_that_cannot_be_written_anew_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    // Where the new one would be.
    fs::create_dir(directory.path().join("client.new")).unwrap();
    let mut store = File::open(directory.path()).unwrap();
    for seq in 1..200 {
        store.commit(SESSION, &batch(seq, 0, &[put(b"k", &[seq as u8; 5000])])).unwrap();
    }
    assert!(fs::metadata(directory.path().join("client.journal")).unwrap().len() > 900_000);
    drop(store);
    let loaded = File::open(directory.path()).unwrap().load(SESSION).unwrap();
    assert_eq!(loaded.rows[&b"k"[..]], [199; 5000]);
}

#[test]
fn one_process_has_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let store = File::open(directory.path()).unwrap();
    let error = File::open(directory.path()).unwrap_err().to_string();
    assert_eq!(error, format!("{}: another process has it", directory.path().display()));
    drop(store);
    assert!(File::open(directory.path()).is_ok());
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

#[test]
fn no_owner_comes_after_the_last() {
    let directory = tempfile::tempdir().unwrap();
    for url in ["memory:".to_owned(), format!("file:{}", directory.path().display()), {
        format!("sqlite:{}/db", directory.path().display())
    }] {
        let mut store = Store::open(&url).unwrap();
        store.commit(SESSION, &batch(1, u64::MAX, &[put(b"k", b"")])).unwrap();
        let error = store.claim(SESSION).unwrap_err();
        assert!(matches!(error, Error::LastEpoch), "{error}");
        store.commit(SESSION, &batch(2, u64::MAX, &[put(b"k", b"")])).unwrap();
    }
}

#[test]
fn a_place_that_is_not_there() {
    let error = Sqlite::open(Path::new("/no/such/place/db")).unwrap_err().to_string();
    assert!(error.starts_with("/no/such/place/db: unable to open"), "{error}");
    let error = Store::open("file:").unwrap_err().to_string();
    let expected = "\"file:\" is no address of a store: memory:, file:DIRECTORY or sqlite:FILE";
    assert_eq!(error, expected);
}

#[test]
fn names_that_are_too_long_for_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let long = "n".repeat(65_535);
    let error = File::open(directory.path()).unwrap().claim(&long).unwrap_err();
    assert_eq!(error.to_string(), "the name of the session is too long for a file");
    assert_eq!(sqlite(&directory).claim(&long).unwrap(), 1);
    assert_eq!(Store::open("memory:").unwrap().claim(&long).unwrap(), 1);
}
