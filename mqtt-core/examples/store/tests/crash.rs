//! What processes leave that are killed, or have no room, or may not write.
//!
//! The processes are this program again: see [`writer`].

#![cfg(unix)]

use core::hint::black_box;
use mqc_store::{Batch, Error, Loaded, Store};
use mqtt_core::PersistOp;
use mqtt_core::store::Persist;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

const SESSION: &str = "client";

/// The change with a number: the history of every store here.
fn change(seq: u64, apply: impl FnOnce(Persist<'_>)) {
    let (key, value) = ((seq % 97).to_be_bytes(), vec![seq as u8; (seq * 31 % 1500) as usize]);
    apply(match seq {
        _ if seq % 900 == 1 => Persist::Clear,
        _ if seq % 5 == 0 => Persist::Delete { key: &key },
        _ => Persist::Put { key: &key, value: &value },
    });
}

/// The rows after so many changes.
fn rows(seq: u64) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut rows = BTreeMap::new();
    // Nothing is left of what was before that.
    let cleared = seq.saturating_sub(1) / 900 * 900 + 1;
    for seq in cleared..=seq {
        change(seq, |change| match change {
            Persist::Put { key, value } => drop(rows.insert(key.to_vec(), value.to_vec())),
            Persist::Delete { key } => drop(rows.remove(key)),
            Persist::Clear => rows.clear(),
            Persist::Mark => {}
        });
    }
    rows
}

/// Stores batch after batch, and tells the number of the last change of each when it is safe; at the first
/// error that error. With SQLite the application has a table too.
fn write(url: &str) -> Result<(), Error> {
    let mut store = Store::open(url)?;
    let epoch = store.claim(SESSION)?;
    let mut seq = store.load(SESSION)?.seq;
    let mut random = fastrand::Rng::with_seed(epoch);
    let mut batch = Batch::new();
    println!("{seq}");
    loop {
        batch.clear();
        let first = seq + 1;
        seq += random.u64(1..20);
        (first..=seq).for_each(|seq| {
            change(seq, |change| batch.push(&PersistOp { seq, epoch, change }));
        });
        match &mut store {
            Store::Sqlite(store) => {
                let transaction = store.begin()?;
                let insert = "WITH RECURSIVE new(seq) AS
                    (SELECT ?1 UNION ALL SELECT seq + 1 FROM new WHERE seq < ?2)
                    INSERT INTO effects SELECT seq FROM new";
                transaction.tables().execute(insert, [first as i64, seq as i64]).unwrap();
                transaction.put(SESSION, &batch)?;
                transaction.commit()?;
            }
            store => store.commit(SESSION, &batch)?,
        }
        println!("{seq}");
    }
}

/// Not a test, but the process that others start.
#[test]
fn writer() {
    if let Ok(url) = env::var("STORE") {
        if let Err(error) = write(&url) {
            println!("error: {error}");
        }
    }
}

fn this(url: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "writer", "--nocapture"]).env("STORE", url);
    command
}

/// Held while a store is open here, and while a process is started: that has what is open, and its locks, for a
/// moment.
static ONE: Mutex<()> = Mutex::new(());

fn one() -> MutexGuard<'static, ()> {
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start(command: &mut Command) -> (Child, Told) {
    let _one = one();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    (child, Told { lines, last: 0, error: None })
}

/// What a writer tells.
struct Told {
    lines: BufReader<ChildStdout>,
    last: u64,
    error: Option<String>,
}

impl Told {
    /// Reads so many lines, or to the end.
    fn read(&mut self, lines: usize) {
        let mut line = String::new();
        for _ in 0..lines {
            line.clear();
            // What has no end was cut off with the process.
            if self.lines.read_line(&mut line).unwrap() == 0 || !line.ends_with('\n') {
                return;
            }
            if let Ok(seq) = line.trim_end().parse() {
                self.last = seq;
            } else if let Some(error) = line.strip_prefix("error: ") {
                self.error = Some(error.trim_end().to_owned());
            }
        }
    }
}

/// What a store has is the history up to some number, in the application's table too.
fn look(url: &str) -> u64 {
    let _one = one();
    let mut store = Store::open(url).unwrap();
    let Loaded { seq, rows, .. } = store.load(SESSION).unwrap();
    assert!(rows == self::rows(seq), "other rows after {seq} changes");
    if let Store::Sqlite(store) = &mut store {
        let transaction = store.begin().unwrap();
        let count = "SELECT count(*), coalesce(max(seq), 0) FROM effects";
        let found: (i64, i64) =
            transaction.tables().query_row(count, [], |row| row.try_into()).unwrap();
        assert_eq!(found, (seq as i64, seq as i64), "the application's table");
    }
    seq
}

/// A store that is ready for [`write`].
fn prepare(url: &str) {
    let _one = one();
    let mut store = Store::open(url).unwrap();
    store.claim(SESSION).unwrap();
    if let Store::Sqlite(store) = &mut store {
        let transaction = store.begin().unwrap();
        let table = "CREATE TABLE effects(seq INTEGER PRIMARY KEY)";
        transaction.tables().execute_batch(table).unwrap();
        transaction.commit().unwrap();
    }
}

fn is_killed(url: &str) {
    prepare(url);
    let mut random = fastrand::Rng::with_seed(7);
    let mut unknown = 0;
    for round in 0..100 {
        let (mut child, mut told) = start(&mut this(url));
        // Some lines of the harness come before.
        told.read(random.usize(3..20));
        // Somewhere in the next commits.
        (0..random.u32(0..400_000)).for_each(|count| _ = black_box(count));
        child.kill().unwrap();
        child.wait().unwrap();
        told.read(usize::MAX);
        assert_eq!(told.error, None);
        let seq = look(url);
        assert!(seq >= told.last, "round {round}: {} was safe, {seq} is there", told.last);
        unknown += u32::from(seq > told.last);
    }
    println!("{} changes, {unknown} commits done and not told", look(url));
}

/// A process whose files may have so many blocks of 512 bytes.
fn has_no_room(url: &str, blocks: u32) -> String {
    prepare(url);
    let this = this(url);
    let mut limited = Command::new("sh");
    // What is ignored stays so: the write fails, and does not end the process.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    limited.args(["-c", &script]).arg(this.get_program()).args(this.get_args()).env("STORE", url);
    let (mut child, mut told) = start(&mut limited);
    told.read(usize::MAX);
    child.wait().unwrap();
    assert!(told.last > 100, "it began");
    assert_eq!(look(url), told.last, "nothing half, nothing that was not told");
    told.error.expect("an error")
}

/// A process that may read the directory only.
fn may_not_write(directory: &Path, url: &str) -> String {
    prepare(url);
    let program = directory.join("writer");
    // Where it is built others may not look.
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    let set = |path: &Path, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode));
    let places = [directory.join("store"), directory.to_owned()];
    places.iter().for_each(|place| set(place, 0o555).unwrap());
    set(&program, 0o555).unwrap();
    let this = this(url);
    let mut other = Command::new(&program);
    other.args(this.get_args()).env("STORE", url);
    if rustix::process::geteuid().is_root() {
        // Root may write everything.
        other.uid(65_534);
    }
    let (mut child, mut told) = start(&mut other);
    told.read(usize::MAX);
    child.wait().unwrap();
    places.iter().for_each(|place| set(place, 0o755).unwrap());
    assert_eq!(look(url), 0);
    told.error.expect("an error")
}

/// A directory, and the two stores that files have.
fn stores() -> (tempfile::TempDir, [String; 2]) {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("store");
    fs::create_dir(&place).unwrap();
    let place = place.display();
    let urls = [format!("file:{place}"), format!("sqlite:{place}/db")];
    (directory, urls)
}

#[test]
fn what_was_safe_is_there_after_a_kill_file() {
    let (_directory, [file, _]) = stores();
    is_killed(&file);
}

#[test]
fn what_was_safe_is_there_after_a_kill_sqlite() {
    let (_directory, [_, sqlite]) = stores();
    is_killed(&sqlite);
}

#[test]
fn nothing_half_is_there_if_there_is_no_room() {
    let (_directory, [file, sqlite]) = stores();
    let path = file.strip_prefix("file:").unwrap();
    assert_eq!(has_no_room(&file, 250), format!("{path}/client.journal: no room is left"));
    let path = sqlite.strip_prefix("sqlite:").unwrap();
    assert_eq!(has_no_room(&sqlite, 2000), format!("{path}: disk I/O error"));
}

#[test]
fn who_may_not_write_learns_it() {
    for url in [0, 1] {
        let (directory, urls) = stores();
        let error = may_not_write(directory.path(), &urls[url]);
        let (_, path) = urls[url].split_once(':').unwrap();
        assert!(error.starts_with(path) && error.ends_with(": it may not be written"), "{error}");
    }
}
