//! The program killed under load, with a store: what was acknowledged is not lost, and nothing of QoS 2 comes twice.

use core::sync::atomic::{AtomicU64, Ordering::SeqCst};
use core::time::Duration;
use loopback::{PATIENCE, Program, Stream, free_port, within};
use mqc_client::{Client, Message, Messages, Options};
use mqtt_core::{Backoff, QoS, Version};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use std::collections::{BTreeMap, VecDeque};
use std::env;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use tokio::time::{sleep, timeout};

/// Messages that a publisher has on the way at a time.
const WINDOW: usize = 40;
/// Each so many messages a retained one goes out.
const RETAINED: u64 = 16;

/// A server with a store, as a process of its own.
struct Running {
    port: u16,
    store: String,
    program: Program,
}

impl Running {
    fn start(directory: &Path) -> Self {
        let (port, store) = (free_port().expect("a port"), directory.join("broker.db"));
        let store = format!("sqlite:{}", store.display());
        Self { port, program: spawn(port, &store), store }
    }

    /// No file of it may be larger from now on: then writing fails, as on a disk that is full.
    fn limit_files(&self, bytes: Option<u64>) {
        let pid = i32::try_from(self.program.id()).ok().and_then(Pid::from_raw);
        let limit = Rlimit { current: bytes, maximum: None };
        prlimit(pid, Resource::Fsize, limit).expect("a limit");
    }

    /// SIGKILL, and a new one in its place.
    fn kill(&mut self) {
        self.program.kill().expect("it runs");
        self.program = spawn(self.port, &self.store);
    }
}

fn spawn(port: u16, store: &str) -> Program {
    // Writing beyond a limit is to fail, and not to end it.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_mqc-server")]);
    command.args(["--listen", &format!("127.0.0.1:{port}"), "--store", store, "--log", "debug"]);
    let program = Program::spawn(&mut command).expect("it starts");
    let is_up = within(PATIENCE, || TcpStream::connect(("127.0.0.1", port)).ok());
    let said = || String::from_utf8_lossy(&program.output(Stream::Stderr)).into_owned();
    assert!(is_up.is_some(), "it does not listen: {}", said());
    program
}

fn options(port: u16, version: Version, client_id: &str) -> Options {
    let backoff = Backoff {
        initial: Duration::from_millis(20),
        max: Duration::from_millis(100),
        ..Backoff::default()
    };
    Options {
        version,
        client_id: client_id.to_owned(),
        clean_start: false,
        session_expiry: u32::MAX,
        reconnect: Some(backoff),
        ..Options::new(format!("mqtt://127.0.0.1:{port}").parse().expect("a URL"))
    }
}

/// What a publisher has had acknowledged.
#[derive(Debug, Default)]
struct Acknowledged {
    messages: AtomicU64,
    retained: AtomicU64,
}

/// Publishes numbers, one after the other, until it is told that there are enough; gives how many.
async fn publish(
    client: Client,
    name: String,
    qos: QoS,
    done: Arc<Acknowledged>,
    end: Arc<AtomicU64>,
) -> u64 {
    let mut window = VecDeque::new();
    let mut number = 0;
    while number < end.load(SeqCst) {
        number += 1;
        let payload = number.to_string();
        let message = Message::new(format!("t/{name}"), payload.clone()).qos(qos);
        window.push_back((number, false, client.send(message).await.expect("it goes on")));
        if number % RETAINED == 0 {
            let message = Message::new(format!("r/{name}"), payload).qos(qos).retain(true);
            window.push_back((number, true, client.send(message).await.expect("it goes on")));
        }
        while window.len() > WINDOW {
            acknowledged(window.pop_front(), &done).await;
        }
    }
    while !window.is_empty() {
        acknowledged(window.pop_front(), &done).await;
    }
    number
}

async fn acknowledged(first: Option<(u64, bool, mqc_client::Delivery)>, done: &Acknowledged) {
    let Some((number, is_retained, delivery)) = first else { return };
    delivery.await.expect("it is acknowledged");
    let count = if is_retained { &done.retained } else { &done.messages };
    count.fetch_max(number, SeqCst);
}

/// All that came, by topic.
type Got = Arc<Mutex<BTreeMap<String, Vec<u64>>>>;

fn number(payload: &[u8]) -> u64 {
    String::from_utf8_lossy(payload).parse().expect("a number")
}

async fn receive(mut messages: Messages, got: Got) {
    while let Some(received) = messages.next().await {
        let number = number(&received.message.payload);
        got.lock().expect("no panic").entry(received.message.topic).or_default().push(number);
    }
}

/// The retained messages that a client gets that has never been there.
async fn retained(port: u16) -> BTreeMap<String, u64> {
    let options =
        Options { clean_start: true, session_expiry: 0, ..options(port, Version::V5, "") };
    let (client, mut messages) = Client::connect(options).await.expect("it is let in");
    client.subscribe("r/#", QoS::AtLeastOnce).await.expect("it is granted");
    // Behind the last of them.
    client.subscribe("end", QoS::AtLeastOnce).await.expect("it is granted");
    client.publish(Message::new("end", "0").qos(QoS::AtLeastOnce)).await.expect("it goes on");
    let mut all = BTreeMap::new();
    while let Some(received) = messages.next().await {
        if received.message.topic == "end" {
            break;
        }
        // What is published meanwhile may come too.
        all.insert(received.message.topic, number(&received.message.payload));
    }
    client.disconnect().await.expect("it goes");
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_under_load_it_loses_nothing() {
    let kills: u64 = env::var("KILLS").map_or(8, |kills| kills.parse().expect("KILLS is a number"));
    let directory = tempfile::tempdir().expect("a directory");
    let mut server = Running::start(directory.path());
    let mut receivers = Vec::new();
    for version in [Version::V311, Version::V5] {
        let options = options(server.port, version, &format!("receiver {version}"));
        let (client, messages) = Client::connect(options).await.expect("it is let in");
        client.subscribe("t/#", QoS::ExactlyOnce).await.expect("it is granted");
        let got = Got::default();
        let task = tokio::spawn(receive(messages, got.clone()));
        receivers.push((client, got, task));
    }
    let end = Arc::new(AtomicU64::new(u64::MAX));
    let mut publishers = Vec::new();
    for version in [Version::V311, Version::V5] {
        for qos in [QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let name = format!("{version}-{}", qos as u8);
            let options = options(server.port, version, &name);
            let (client, _) = Client::connect(options).await.expect("it is let in");
            let done = Arc::new(Acknowledged::default());
            let task = publish(client.clone(), name.clone(), qos, done.clone(), end.clone());
            publishers.push((name, qos, done, tokio::spawn(task), client));
        }
    }
    let all = |done: &[u64]| done.iter().sum::<u64>();
    let counts = |of: fn(&Acknowledged) -> &AtomicU64| -> Vec<u64> {
        publishers.iter().map(|(_, _, done, ..)| of(done).load(SeqCst)).collect()
    };
    for kill in 0..kills {
        // Not always at the same point.
        let further = 40 + kill * 37 % 200;
        let before = all(&counts(|done| &done.messages));
        let progress = async {
            while all(&counts(|done| &done.messages)) < before + further {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(PATIENCE, progress).await.expect("they go on after a kill");
        let kept = counts(|done| &done.retained);
        server.kill();
        let now = retained(server.port).await;
        for ((name, ..), kept) in publishers.iter().zip(kept) {
            let found = now.get(&format!("r/{name}")).copied().unwrap_or_default();
            assert!(
                found >= kept,
                "kill {kill}, {name}: {found} is retained, {kept} was acknowledged"
            );
        }
    }
    // No more than that, and all of it.
    end.store(0, SeqCst);
    let mut sent = BTreeMap::new();
    for (name, qos, _, task, client) in publishers {
        let last = timeout(PATIENCE, task).await.expect("it ends").expect("no panic");
        client.disconnect().await.expect("it goes");
        sent.insert(format!("t/{name}"), (qos, last));
    }
    let now = retained(server.port).await;
    for (topic, (_, last)) in &sent {
        let wanted = last / RETAINED * RETAINED;
        let found = now.get(&topic.replace("t/", "r/")).copied().unwrap_or_default();
        assert_eq!(found, wanted, "retained of {topic}");
    }
    for (client, got, task) in receivers {
        let has_all = || {
            let got = got.lock().expect("no panic");
            sent.iter().all(|(topic, (_, last))| {
                got.get(topic).is_some_and(|numbers| numbers.contains(last))
            })
        };
        let arriving = async {
            while !has_all() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let has_arrived = timeout(PATIENCE, arriving).await.is_ok();
        client.disconnect().await.expect("it goes");
        task.await.expect("no panic");
        let mut got = core::mem::take(&mut *got.lock().expect("no panic"));
        for (topic, (qos, last)) in &sent {
            let mut numbers = got.remove(topic).unwrap_or_default();
            if *qos == QoS::AtLeastOnce {
                numbers.sort_unstable();
                numbers.dedup();
            }
            let wanted: Vec<u64> = (1..=*last).collect();
            let missing: Vec<_> = wanted.iter().filter(|one| !numbers.contains(one)).collect();
            assert!(missing.is_empty(), "{topic}: {missing:?} of {last} did not come");
            assert_eq!(numbers, wanted, "{topic}: twice, or out of order");
        }
        assert!(has_arrived && got.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_full_disk_nothing_is_acknowledged_that_is_not_stored() {
    for is_killed in [false, true] {
        full_disk(is_killed).await;
    }
}

/// The disk gets room again; or it does so only when the server has been killed.
async fn full_disk(is_killed: bool) {
    const MESSAGES: u64 = 150;
    let directory = tempfile::tempdir().expect("a directory");
    let mut server = Running::start(directory.path());
    let port = server.port;
    let receiver = || Client::connect(options(port, Version::V5, "receiver"));
    let (client, _) = receiver().await.expect("it is let in");
    client.subscribe("t", QoS::ExactlyOnce).await.expect("it is granted");
    client.disconnect().await.expect("it goes");
    let publisher = options(port, Version::V5, "publisher");
    let (client, _) = Client::connect(publisher).await.expect("it is let in");
    server.limit_files(Some(300 << 10));
    // More than there is room for. One after the other, so that it is known which was the last.
    let done = Arc::new(AtomicU64::new(0));
    let counted = done.clone();
    let publishing = tokio::spawn(async move {
        for number in 1..=MESSAGES {
            let qos = [QoS::AtLeastOnce, QoS::ExactlyOnce][number as usize % 2];
            let message = Message::new("t", format!("{number:05000}")).qos(qos);
            client.publish(message).await.expect("it goes on");
            counted.store(number, SeqCst);
        }
        client.disconnect().await.expect("it goes");
    });
    server.program.wait_for_text(Stream::Stderr, "cannot store").expect("it says so");
    // Nobody can be told of the one that failed.
    let acknowledged = done.load(SeqCst);
    assert!(acknowledged < MESSAGES, "all {MESSAGES} were stored");
    // It is tried again and again, in vain: whoever was told after the first of these knows it by the next.
    let is_tried_twice = || {
        let log = server.program.output(Stream::Stderr);
        let tries = String::from_utf8_lossy(&log).matches("cannot store again").count();
        (tries >= 2).then_some(())
    };
    within(PATIENCE, is_tried_twice).expect("it tries again");
    assert!(done.load(SeqCst) <= acknowledged + 1 && !publishing.is_finished());
    match is_killed {
        true => server.kill(),
        false => server.limit_files(None),
    }
    timeout(PATIENCE, publishing).await.expect("it goes on").expect("no panic");
    // What it had when it was killed last is what is there.
    server.kill();
    let (client, mut messages) = receiver().await.expect("it is let in");
    let mut got = Vec::new();
    while got.last() != Some(&MESSAGES) {
        let received = timeout(PATIENCE, messages.next()).await.expect("all come").expect("one");
        let number = number(&received.message.payload);
        // One of QoS 1 that was not acknowledged may come twice.
        if received.message.qos == QoS::ExactlyOnce || got.last() != Some(&number) {
            got.push(number);
        }
    }
    assert_eq!(got, (1..=MESSAGES).collect::<Vec<_>>());
    client.disconnect().await.expect("it goes");
}
