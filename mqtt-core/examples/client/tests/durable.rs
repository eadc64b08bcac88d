//! Sessions that are stored, in real processes that are killed, against mosquitto.

use core::time::Duration;
use fastrand::Rng;
use loopback::{
    Broker, BrokerOptions, MosquittoSub, PATIENCE, Program, Stream, mosquitto_pub_lines, within,
};
use mqc_client::{Client, Error, Options, Status, Storage};
use mqc_store::rusqlite::{self, Connection};
use mqtt_core::QoS;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, mpsc};
use std::thread::{self, sleep};
use tempfile::TempDir;

const LEDGER: &str = env!("CARGO_BIN_EXE_mqc-ledger");
const PUB: &str = env!("CARGO_BIN_EXE_mqc-pub");
const SUB: &str = env!("CARGO_BIN_EXE_mqc-sub");

/// A number from the environment, for longer runs.
fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// It tells each packet, and lets all that waits wait.
fn broker() -> Option<Broker> {
    let options = BrokerOptions::default().line("max_queued_messages 0");
    Broker::for_test(options.line("log_type all"))
}

fn ledger(broker: &Broker, file: &Path) -> Command {
    let mut command = Command::new(LEDGER);
    command.arg("--url").arg(format!("mqtt://127.0.0.1:{}", broker.port()));
    command.args(["--id", "ledger", "--topic", "in/#"]).arg(file);
    command
}

fn start(command: &mut Command) -> Program {
    Program::spawn(command).unwrap()
}

/// Starts it, and waits until it is connected.
fn connected(broker: &Broker, file: &Path) -> Program {
    let program = start(&mut ledger(broker, file));
    program.wait_for_text(Stream::Stderr, "connected to").unwrap();
    program
}

fn open(file: &Path) -> Connection {
    let connection = Connection::open(file).unwrap();
    connection.busy_timeout(PATIENCE).unwrap();
    connection
}

fn count(connection: &Connection, what: &str) -> u64 {
    let count: i64 = connection.query_row(&format!("SELECT {what}"), [], |row| row.get(0)).unwrap();
    u64::try_from(count).unwrap()
}

fn fill_outbox(connection: &mut Connection, numbers: core::ops::Range<u64>) {
    let transaction = connection.transaction().unwrap();
    for number in numbers {
        let insert = "INSERT INTO outbox(topic, payload) VALUES ('out', ?1)";
        transaction.execute(insert, [number.to_string()]).unwrap();
    }
    transaction.commit().unwrap();
}

fn number(payload: &[u8]) -> u64 {
    core::str::from_utf8(payload).unwrap().parse().unwrap()
}

/// How often each number is there.
fn times(numbers: impl IntoIterator<Item = u64>) -> BTreeMap<u64, usize> {
    let mut times = BTreeMap::new();
    numbers.into_iter().for_each(|number| *times.entry(number).or_default() += 1);
    times
}

fn inbox(connection: &Connection) -> Vec<u64> {
    let mut select = connection.prepare("SELECT payload FROM inbox ORDER BY id").unwrap();
    let rows = select.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    rows.map(|row| number(&row.unwrap())).collect()
}

/// The messages that the broker has sent to the ledger anew, after it had sent PUBREL for them: mosquitto 2.0.11
/// forgets that it has, if a connection ends before it has sent all again, against v5 \[MQTT-4.3.3-6\]. How often,
/// for each; the nth message that it has sent is that with number n.
fn sent_after_release(log: &str) -> BTreeMap<u64, usize> {
    // Those under way, by their packet identifiers.
    let mut open = BTreeMap::new();
    let mut released = BTreeSet::new();
    let mut faults = BTreeMap::new();
    let mut count = 0;
    for line in log.lines() {
        let id = |mark: &str| {
            let (_, rest) = line.split_once(mark)?;
            let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
            digits.parse::<u16>().ok()
        };
        if line.contains("Sending PUBREL to ledger ") {
            released.extend(id("(m"));
        } else if line.contains("Received PUBCOMP from ledger ") {
            id("Mid: ").map(|id| (released.remove(&id), open.remove(&id)));
        } else if line.contains("Sending PUBLISH to ledger (d0, q2,") {
            open.entry(id(" m").unwrap()).or_insert_with(|| {
                let number: u64 = count;
                // Its payload is the number: the log tells how long it is.
                assert!(
                    line.ends_with(&format!("({} bytes))", number.to_string().len())),
                    "{line}"
                );
                count += 1;
                number
            });
        } else if line.contains("Sending PUBLISH to ledger (d1, q2,") {
            if let Some(id) = id(" m").filter(|id| released.remove(id)) {
                *faults.entry(open[&id]).or_default() += 1;
            }
        }
    }
    faults
}

/// Killed with SIGKILL again and again: each message is once in the table of what came, and each of the outbox
/// once with another client.
#[test]
fn a_client_that_is_killed_takes_and_sends_each_message_once() {
    let (kills, messages) = (setting("KILLS", 20), setting("MESSAGES", 1_000));
    let seed = setting("SEED", 1);
    let Some(broker) = broker() else { return };
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("ledger.db");
    let sub = MosquittoSub::start(broker.port(), ["-V", "311", "-q", "2", "-t", "out"]).unwrap();
    let mut random = Rng::with_seed(seed);
    // Before there is a session, and while there comes to be one.
    for _ in 0..kills.div_ceil(4) {
        let mut program = start(&mut ledger(&broker, &file));
        sleep(Duration::from_micros(random.u64(0..40_000)));
        program.kill().unwrap();
    }
    // The subscription is there before the first message.
    let log = broker.log().len();
    let mut program = connected(&broker, &file);
    let subscribed = || broker.log()[log..].contains("Sending SUBACK to ledger").then_some(());
    within(PATIENCE, subscribed).unwrap();
    let mut tables = open(&file);

    let share = |kill: u64| messages * kill / (kills + 1);
    let mut publishers = Vec::new();
    for kill in 0..=kills {
        let part = share(kill)..share(kill + 1);
        fill_outbox(&mut tables, part.clone());
        let args = ["-V", "311", "-q", "2", "-t", "in/1"];
        publishers.push(mosquitto_pub_lines(broker.port(), args, part).unwrap());
        if kill < kills {
            sleep(Duration::from_micros(random.u64(0..120_000)));
            program.kill().unwrap();
            program = start(&mut ledger(&broker, &file));
        }
        // Those of one publisher are in order; those of several would mix.
        let mut publisher = publishers.pop().unwrap();
        assert!(publisher.wait(PATIENCE).unwrap().success());
    }

    let patience = PATIENCE + Duration::from_millis(10 * messages);
    let distinct = "count(DISTINCT payload) FROM inbox";
    let is_done = || {
        let is_sent = count(&tables, "count(*) FROM outbox") == 0;
        (is_sent && count(&tables, distinct) == messages).then_some(())
    };
    let trouble = || {
        let said = program.output(Stream::Stderr);
        let (got, left) = (count(&tables, distinct), count(&tables, "count(*) FROM outbox"));
        panic!("seed {seed}: {got} came, {left} left\n{}", String::from_utf8_lossy(&said))
    };
    within(patience, is_done).unwrap_or_else(trouble);
    let received = sub.wait_for(usize::try_from(messages).unwrap(), patience).unwrap();
    program.terminate().unwrap();
    assert!(program.wait(PATIENCE).unwrap().success());

    let sent: Vec<u64> = received.iter().map(|received| number(&received.payload)).collect();
    let all: Vec<u64> = (0..messages).collect();
    assert_eq!(sent, all, "seed {seed}: what was sent, in order");
    let came = times(inbox(&tables));
    assert_eq!(came.len() as u64, messages);
    let faults = sent_after_release(&broker.log());
    eprintln!("{kills} kills, {messages} messages each way; the broker sent {faults:?} again");
    for (number, times) in came {
        let faults = faults.get(&number).copied().unwrap_or_default();
        assert!(
            times <= 1 + faults,
            "seed {seed}: {number} came {times} times, {faults} too often"
        );
    }
    // All that was received was sent again by nobody.
    assert_eq!(sub.stop().unwrap().len() as u64, messages);
}

/// How often the broker has got an acknowledgement of this kind from a client.
fn acknowledged(broker: &Broker, packet: &str, client: &str) -> usize {
    broker.log().matches(&format!("Received {packet} from {client} ")).count()
}

/// Publishes numbers to `in/1` and waits until the broker has them.
fn publish(broker: &Broker, numbers: core::ops::Range<u64>) {
    let args = ["-V", "311", "-q", "2", "-t", "in/1"];
    let mut publisher = mosquitto_pub_lines(broker.port(), args, numbers).unwrap();
    assert!(publisher.wait(PATIENCE).unwrap().success());
}

/// A program that can write so much into a file: 512 bytes each.
fn limited(blocks: u32, program: &str) -> Command {
    let mut command = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    command.args(["-c", &script, program]);
    command
}

/// What a program says that ends with an error: one line.
fn last_words(mut program: Program) -> String {
    let status = program.wait(PATIENCE).unwrap();
    let said = String::from_utf8(program.output(Stream::Stderr)).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

/// The database becomes full: what was acknowledged is in the table, the rest stays with the broker.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_database_acknowledges_nothing_that_it_has_not() {
    let Some(broker) = broker() else { return };
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("full.db");
    let url = format!("sqlite:{}", file.display());
    let options = |pages: u32| {
        let effect = move |tables: &rusqlite::Transaction<'_>, message: &mqc_client::Message| {
            tables.pragma_update(None, "max_page_count", pages)?;
            let insert = "INSERT INTO inbox(payload, room) VALUES (?1, zeroblob(1000))";
            tables.execute(insert, [&message.payload[..]]).map(drop)
        };
        let store = Some(Storage::new(url.clone()).on_message(effect));
        let address = format!("mqtt://127.0.0.1:{}", broker.port()).parse().unwrap();
        Options { client_id: "ledger".to_owned(), store, ..Options::new(address) }
    };
    let tables = open(&file);
    let table = "CREATE TABLE inbox(id INTEGER PRIMARY KEY, payload BLOB, room BLOB)";
    tables.execute_batch(table).unwrap();

    let (client, mut messages) = Client::connect(options(30)).await.unwrap();
    client.subscribe("in/#", QoS::ExactlyOnce).await.unwrap();
    publish(&broker, 0..200);
    assert!(messages.next().await.is_none(), "they go into the table");
    let error = mqc_client::service::why_ended(&client).await;
    assert!(matches!(error, Error::Store(_)));
    let expected = format!("the session cannot be stored: {}: no room is left", file.display());
    assert_eq!(error.to_string(), expected);
    let stored = inbox(&tables).len();
    assert!((1..200).contains(&stored), "{stored} of 200");
    assert!(acknowledged(&broker, "PUBREC", "ledger") <= stored);

    let (client, _messages) = Client::connect(options(100_000)).await.unwrap();
    within(PATIENCE, || (inbox(&tables).len() >= 200).then_some(())).unwrap();
    client.disconnect().await.unwrap();
    let came = inbox(&tables);
    assert!(came.iter().copied().eq(0..200), "{came:?}");
}

/// The connection ends, for good, while something is being stored: the client ends after that, and does not
/// connect again meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_waits_for_the_store_and_for_nothing_else() {
    let Some(mut broker) = broker() else { return };
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("end.db");
    open(&file).execute_batch("CREATE TABLE inbox(id INTEGER PRIMARY KEY, payload BLOB)").unwrap();
    let (entered, has_entered) = mpsc::channel();
    let (release, released) = mpsc::channel();
    let released = Mutex::new(released);
    let storage = Storage::new(format!("sqlite:{}", file.display()));
    let storage = storage.on_message(move |tables, message| {
        entered.send(()).unwrap();
        released.lock().unwrap().recv().unwrap();
        let insert = "INSERT INTO inbox(payload) VALUES (?1)";
        tables.execute(insert, [&message.payload[..]]).map(drop)
    });
    let address = format!("mqtt://127.0.0.1:{}", broker.port()).parse().unwrap();
    let options = Options {
        client_id: "ledger".to_owned(),
        store: Some(storage),
        reconnect: None,
        ..Options::new(address)
    };
    let (client, mut messages) = Client::connect(options).await.unwrap();
    client.subscribe("in/#", QoS::ExactlyOnce).await.unwrap();
    publish(&broker, 0..1);
    has_entered.recv_timeout(PATIENCE).unwrap();
    broker.kill().unwrap();
    broker.restart().unwrap();
    // A round trip, for whoever would connect.
    publish(&broker, 1..2);
    // An order meanwhile is told why it is in vain.
    let order = client.subscribe("late/#", QoS::ExactlyOnce);
    let release = async { release.send(()).unwrap() };
    let (ordered, ()) = tokio::join!(order, release);
    let error = ordered.unwrap_err();
    assert!(matches!(error, Error::Broker(_) | Error::Transport(..)), "{error:?}");
    assert!(messages.next().await.is_none());
    assert!(matches!(&*client.status().borrow(), Status::Ended(Some(_))));
    assert_eq!(inbox(&open(&file)), [0]);
    assert_eq!(broker.log().matches(" as ledger ").count(), 1);
}

/// A real limit, and a program that prints.
#[test]
fn a_full_disk_ends_the_program_with_one_line() {
    let Some(broker) = broker() else { return };
    let directory = TempDir::new().unwrap();
    let store = format!("file:{}", directory.path().join("store").display());
    let args = |command: &mut Command| {
        command.args(["-h", "127.0.0.1", "-p", &broker.port().to_string(), "-V", "5"]);
        command.args(["-i", "reader", "-t", "in/#", "-q", "2", "--store", &store]);
        start(command)
    };
    let program = args(&mut limited(8, SUB));
    within(PATIENCE, || broker.log().contains("Sending SUBACK to reader").then_some(())).unwrap();
    publish(&broker, 0..2_000);
    let printed = |program: &Program| {
        let lines = program.lines(Stream::Stdout);
        lines.iter().map(|line| number(line)).collect::<Vec<_>>()
    };
    within(PATIENCE, || (!program.lines(Stream::Stderr).is_empty()).then_some(())).unwrap();
    let mut numbers = printed(&program);
    let said = last_words(program);
    assert!(said.starts_with("mqc-sub: the session cannot be stored: "), "{said}");
    assert!(said.ends_with(": no room is left\n"), "{said}");
    assert!(acknowledged(&broker, "PUBREC", "reader") <= numbers.len());

    // What was printed and not acknowledged is printed again, nothing is missing.
    let mut program = args(&mut Command::new(SUB));
    let is_last = |line: &[u8]| line == b"1999";
    program.wait_for_line(Stream::Stdout, PATIENCE, is_last).unwrap();
    program.terminate().unwrap();
    assert!(program.wait(PATIENCE).unwrap().success());
    numbers.extend(printed(&program));
    assert_eq!(times(numbers).len(), 2_000);
}

#[test]
fn a_store_that_may_not_be_written_is_told_before_anything_is_done() {
    let Some(broker) = broker() else { return };
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("readonly.db");
    drop(connected(&broker, &file));
    // The version for writing: newer than any, so that SQLite only reads.
    drop(open(&file).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)"));
    let mut bytes = fs::read(&file).unwrap();
    bytes[18] = 3;
    fs::write(&file, bytes).unwrap();
    let port = broker.port().to_string();
    let store = format!("sqlite:{}", file.display());
    for (program, rest) in [(SUB, ["-q", "2"]), (PUB, ["-m", "x"])] {
        let mut command = Command::new(program);
        command.args(["-h", "127.0.0.1", "-p", &port, "-i", "other", "-t", "in/1"]).args(rest);
        let said = last_words(start(command.args(["--store", &store])));
        let expected = format!("the session cannot be stored: {}: it may not be", file.display());
        assert!(said.contains(&expected), "{said}");
    }
    assert!(!broker.log().contains("as other"), "nobody connects");
}

/// Two processes with one session: the older one ends, and what both would send goes out once.
#[test]
fn an_owner_whose_place_is_taken_ends() {
    let Some(broker) = broker() else { return };
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("ledger.db");
    let sub = MosquittoSub::start(broker.port(), ["-V", "311", "-q", "2", "-t", "out"]).unwrap();
    let mut one = connected(&broker, &file);
    let _other = connected(&broker, &file);
    // It ends when it has something to store, and both may take what there is: while they take each other's
    // place, the other may have taken all of it.
    let mut rows = 0;
    let ended = loop {
        fill_outbox(&mut open(&file), rows..rows + 100);
        rows += 100;
        match one.wait(Duration::from_secs(2)) {
            Ok(ended) => break ended,
            Err(why) => assert!(rows < 2000, "{why}"),
        }
    };
    assert_eq!(ended.code(), Some(1));
    let said = String::from_utf8(one.output(Stream::Stderr)).unwrap();
    let expected = format!(
        "mqc-ledger: the session cannot be stored in sqlite:{}: another owner has the session, of epoch 2",
        file.display()
    );
    assert_eq!(said.lines().last(), Some(expected.as_str()), "{said}");
    let sent = sub.wait_for(rows as usize, PATIENCE).unwrap();
    let sent: Vec<_> = sent.iter().map(|received| number(&received.payload)).collect();
    assert!(sent.iter().copied().eq(0..rows), "{sent:?}");
}

/// A publisher that is killed: what it had stored goes out when it runs again.
#[test]
fn what_a_killed_publisher_has_stored_goes_out_later() {
    let Some(mut broker) = broker() else { return };
    let directory = TempDir::new().unwrap();
    let store = format!("sqlite:{}", directory.path().join("pub.db").display());
    let port = broker.port().to_string();
    let run = |more: &[&str]| {
        let mut command = Command::new(PUB);
        command.args(["-h", "127.0.0.1", "-p", &port, "-V", "5", "-i", "writer", "-q", "2"]);
        start(command.args(["-t", "out", "--store", &store]).args(more))
    };
    let mut program = run(&["-l"]);
    program.write(b"first\n").unwrap();
    let released = || (acknowledged(&broker, "PUBREL", "writer") == 1).then_some(());
    within(PATIENCE, released).unwrap();
    broker.kill().unwrap();
    let lines: String = (0..100).map(|number| format!("{number}\n")).collect();
    program.write(lines.as_bytes()).unwrap();
    let url = store.strip_prefix("sqlite:").unwrap();
    let tables = open(Path::new(url));
    let waiting = "count(*) FROM mqc_rows WHERE substr(key, 1, 1) = x'6D'";
    within(PATIENCE, || (count(&tables, waiting) >= 100).then_some(())).unwrap();
    program.kill().unwrap();

    broker.restart().unwrap();
    let sub = MosquittoSub::start(broker.port(), ["-V", "311", "-q", "2", "-t", "out"]).unwrap();
    let mut program = run(&["-m", "100"]);
    assert!(program.wait(PATIENCE).unwrap().success());
    let sent = sub.wait_for(101, PATIENCE).unwrap();
    let sent: Vec<_> = sent.iter().map(|received| number(&received.payload)).collect();
    assert!(sent.iter().copied().eq(0..=100), "{sent:?}");
}

/// What the broker does not take, before or after the connection is made, or refuses.
#[test]
fn a_row_that_cannot_be_delivered_is_put_aside() {
    let directory = TempDir::new().unwrap();
    let rules = directory.path().join("rules");
    fs::write(&rules, "topic readwrite in/#\ntopic readwrite out\n").unwrap();
    let options = BrokerOptions::default().line("max_packet_size 300");
    let options = options.line(&format!("acl_file {}", rules.display()));
    let Some(mut broker) = Broker::for_test(options) else { return };
    let file = directory.path().join("ledger.db");
    let tables = open(&file);
    // As an application makes it.
    let id = "id INTEGER PRIMARY KEY AUTOINCREMENT";
    tables.execute_batch(&format!("CREATE TABLE outbox({id}, topic TEXT, payload BLOB)")).unwrap();
    let insert = |topic: &str, payload: &[u8]| {
        let insert = "INSERT INTO outbox(topic, payload) VALUES (?1, ?2)";
        tables.execute(insert, (topic, payload)).unwrap();
    };
    let left = || count(&tables, "count(*) FROM outbox WHERE refused IS NULL");
    let is_done = |refused: u64| {
        let done = || left() == 0 && count(&tables, "count(refused) FROM outbox") == refused;
        within(PATIENCE, || done().then_some(())).unwrap();
    };

    let sub = MosquittoSub::start(broker.port(), ["-V", "311", "-q", "2", "-t", "out"]).unwrap();
    let mut program = connected(&broker, &file);
    let large = [b'.'; 400];
    for (topic, payload) in [("out", &b"1"[..]), ("out", &large), ("secret", b"2"), ("out/#", b"3")]
    {
        insert(topic, payload);
    }
    insert("out", b"4");
    is_done(3);
    let sent: Vec<_> =
        sub.wait_for(2, PATIENCE).unwrap().into_iter().map(|one| one.payload).collect();
    assert_eq!(sent, [b"1", b"4"]);

    // One that is stored before it is known how much the broker takes.
    drop(sub);
    broker.kill().unwrap();
    program.wait_for_text(Stream::Stderr, "trying again").unwrap();
    insert("out", &large);
    within(PATIENCE, || (left() == 0).then_some(())).unwrap();
    broker.restart().unwrap();
    is_done(4);

    program.terminate().unwrap();
    assert!(program.wait(PATIENCE).unwrap().success());
    let told = |program: &Program| {
        let said = String::from_utf8(program.output(Stream::Stderr)).unwrap();
        let lines = said.lines().filter(|line| line.contains("put aside"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut lines = told(&program);
    lines.sort();
    let line =
        |row: u8, why: &str| format!("mqc-ledger: row {row} of the outbox is put aside: {why}");
    let expected = [
        line(2, "the peer takes packets of 300 bytes"),
        line(3, "the broker refuses: not authorized"),
        line(4, "PUBLISH: topic name contains a wildcard"),
        line(6, "too large for the broker"),
    ];
    assert_eq!(lines, expected);
    let mut select = tables.prepare("SELECT payload FROM outbox ORDER BY id").unwrap();
    let rows = select.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let rows: Vec<_> = rows.map(Result::unwrap).collect();
    assert_eq!(rows, [&large[..], b"2", b"3", &large]);

    // Once is enough.
    let mut program = connected(&broker, &file);
    insert("out", b"5");
    is_done(4);
    program.terminate().unwrap();
    assert!(program.wait(PATIENCE).unwrap().success());
    assert_eq!(told(&program), Vec::<String>::new());
}

/// In a table that an application has made there may be anything.
#[test]
fn a_row_that_is_no_message_is_put_aside() {
    let Some(broker) = broker() else { return };
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("ledger.db");
    let tables = open(&file);
    let sub = MosquittoSub::start(broker.port(), ["-V", "311", "-q", "2", "-t", "out"]).unwrap();
    let rows = "
        CREATE TABLE outbox(id INTEGER PRIMARY KEY, topic TEXT, payload BLOB);
        INSERT INTO outbox(topic, payload) VALUES
            (NULL, '1'), ('out', NULL), (x'FF', '2'), (CAST(x'FF' AS TEXT), '3'), (NULL, NULL),
            ('out', 4), ('out', '')";
    tables.execute_batch(rows).unwrap();
    let mut program = connected(&broker, &file);
    let sent: Vec<_> =
        sub.wait_for(2, PATIENCE).unwrap().into_iter().map(|one| one.payload).collect();
    assert_eq!(sent, [&b"4"[..], b""]);
    let is_done = || (count(&tables, "count(*) FROM outbox") == 5).then_some(());
    within(PATIENCE, is_done).unwrap();
    program.terminate().unwrap();
    assert!(program.wait(PATIENCE).unwrap().success());
    let said = String::from_utf8(program.output(Stream::Stderr)).unwrap();
    let (topic, payload) = ("the topic is no text", "there is no payload");
    for (id, why) in [(1, topic), (2, payload), (3, topic), (4, topic), (5, topic)] {
        let line = format!("mqc-ledger: row {id} of the outbox is put aside: {why}");
        assert_eq!(said.lines().filter(|it| **it == line).count(), 1, "{said}");
        let kept = format!("count(*) FROM outbox WHERE id = {id} AND refused = '{why}'");
        assert_eq!(count(&tables, &kept), 1);
    }
    // They are as they were.
    assert_eq!(count(&tables, "count(*) FROM outbox WHERE topic IS NULL"), 2);
    assert_eq!(count(&tables, "count(*) FROM outbox WHERE payload IS NULL"), 2);
}

/// A broker of Maximum QoS 1, which is all it does.
#[test]
fn a_row_of_a_qos_that_the_broker_does_not_support_is_put_aside() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let broker = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut packet = [0; 1000];
        assert!(stream.read(&mut packet).unwrap() > 0 && packet[0] == 0x10, "CONNECT");
        stream.write_all(&[0x20, 5, 0, 0, 2, 0x24, 1]).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        rest
    });
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("ledger.db");
    let mut command = Command::new(LEDGER);
    let mut program =
        start(command.arg("--url").arg(format!("mqtt://127.0.0.1:{port}")).arg(&file));
    program.wait_for_text(Stream::Stderr, "connected to").unwrap();
    let mut tables = open(&file);
    fill_outbox(&mut tables, 0..1);
    let why = "the broker does not support this: qos not supported";
    program
        .wait_for_text(Stream::Stderr, &format!("row 1 of the outbox is put aside: {why}"))
        .unwrap();
    assert_eq!(count(&tables, &format!("count(*) FROM outbox WHERE refused = '{why}'")), 1);
    program.terminate().unwrap();
    assert!(program.wait(PATIENCE).unwrap().success());
    // DISCONNECT.
    assert_eq!(broker.join().unwrap()[0], 0xE0);
}
