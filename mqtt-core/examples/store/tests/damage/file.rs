//! Journals.

use crate::{SESSION, batch, put};
use mqc_store::{Error, File, Loaded};
use mqtt_core::store::Persist;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

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

/// A process that is being started has what the others have open, for a moment.
#[test]
fn a_directory_is_free_while_other_threads_start_programs() {
    let directory = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        let starting = scope.spawn(|| {
            for _ in 0..200 {
                Command::new("true").status().unwrap();
            }
        });
        while !starting.is_finished() {
            drop(File::open(directory.path()).unwrap());
        }
    });
}

#[test]
fn directories_are_made() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("a/b/c");
    let mut store = File::open(&place).unwrap();
    assert_eq!(store.claim(SESSION).unwrap(), 1);
    // A file is in the way.
    let file = place.join("client.journal");
    let error = File::open(&file.join("d/e")).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}/d/e: ", file.display())), "{error}");
}

#[test]
fn what_was_read_to_open_a_file_is_not_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let (path, _, states) = journal(directory.path());
    let mut store = File::open(directory.path()).unwrap();
    assert_eq!(store.claim(SESSION).unwrap(), 2);
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let expected = Loaded { epoch: 2, ..states[states.len() - 1].clone() };
    assert_eq!(store.load(SESSION).unwrap(), expected);
    // It is not kept for longer than that.
    assert!(store.load(SESSION).is_err());
    fs::write(&path, bytes).unwrap();
    assert_eq!(store.load(SESSION).unwrap(), expected);
}

#[test]
fn what_is_stored_is_loaded_and_not_what_was_read_before() {
    let directory = tempfile::tempdir().unwrap();
    let (_, _, states) = journal(directory.path());
    let seq = states[states.len() - 1].seq;
    let mut store = File::open(directory.path()).unwrap();
    let refused = batch(seq, 1, &[Persist::Clear]);
    assert!(matches!(store.commit(SESSION, &refused), Err(Error::OutOfOrder { .. })));
    store.commit(SESSION, &batch(seq + 1, 1, &[Persist::Clear, put(b"k", b"v")])).unwrap();
    let loaded = store.load(SESSION).unwrap();
    assert_eq!((loaded.seq, loaded.rows.len()), (seq + 2, 1));
}
