//! How fast stores are, and how much they write: a client that sends messages of QoS 1 with `Durability::Gate`.
//!
//! ```text
//! store-bench [--payload BYTES] [--seconds SECONDS] STORE...
//! ```
//!
//! A batch has the messages that are handed in together, and the acknowledgements of those before: two changes
//! for each message. Stores are to be new. Times are those of one run.

use bytes::Buf;
use core::error::Error;
use core::time::Duration;
use lexopt::{Arg, Parser, ValueExt};
use mqc_store::{Batch, Store};
use mqtt_core::{
    ClientConfig, ClientSession, ConnAck, Connect, Durability, Instant, Packet, PacketId, PubAck,
    Publish, QoS, Status, Version, WhenFull, decode,
};
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant as Clock;

const NOW: Instant = Instant::from_millis(1);

struct Options {
    payload: usize,
    limit: Duration,
    stores: Vec<String>,
}

fn options() -> Result<Options, lexopt::Error> {
    let mut options = Options { payload: 100, limit: Duration::from_secs(2), stores: Vec::new() };
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("payload") => options.payload = parser.value()?.parse()?,
            Arg::Long("seconds") => {
                options.limit = Duration::from_secs(parser.value()?.parse()?);
            }
            Arg::Value(url) => options.stores.push(url.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

/// A client, its store, and the batch on its way between them.
struct Bench {
    name: String,
    store: Store,
    session: ClientSession,
    batch: Batch,
    payload: Vec<u8>,
    commits: u64,
    changes: u64,
}

impl Bench {
    fn open(url: &str, name: &str, payload: usize) -> Result<Self, Box<dyn Error>> {
        let mut store = Store::open(url)?;
        store.claim(name)?;
        let mut config = ClientConfig::default();
        config.session.persist = store.load(name)?.persist(Durability::Gate);
        config.session.persist.max_ops = usize::MAX;
        config.session.persist.max_bytes = usize::MAX;
        config.session.max_output = usize::MAX;
        let session = ClientSession::new(config);
        let (name, batch, payload) = (name.to_owned(), Batch::new(), vec![b'!'; payload]);
        let mut bench = Self { name, store, session, batch, payload, commits: 0, changes: 0 };
        bench.session.connect(NOW, &Connect { client_id: "bench", ..Connect::default() })?;
        bench.commit()?;
        let mut bytes = Vec::new();
        Packet::from(ConnAck::default()).encode(Version::V5, &mut bytes)?;
        bench.input(&bytes);
        bench.commit()?;
        Ok(bench)
    }

    /// What a driver does after it has driven its session.
    fn commit(&mut self) -> Result<Vec<u8>, Box<dyn Error>> {
        self.batch.clear();
        while let Some(op) = self.session.poll_persist() {
            self.batch.push(&op);
        }
        if !self.batch.is_empty() {
            self.store.commit(&self.name, &self.batch)?;
            self.session.persisted(NOW, self.batch.last_seq());
            self.commits += 1;
            self.changes += self.batch.len() as u64;
        }
        let mut out = self.session.transmit();
        Ok(out.copy_to_bytes(out.remaining()).to_vec())
    }

    fn input(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = &bytes[self.session.handle_input(NOW, bytes)..];
            while self.session.poll_event().is_some() {}
        }
    }

    /// Sends so many messages; gives what is to be answered.
    fn send(&mut self, messages: usize) -> Result<Vec<PacketId>, Box<dyn Error>> {
        for token in 0..messages as u64 {
            let qos = QoS::AtLeastOnce;
            let message =
                Publish { topic: "bench/topic", qos, payload: &self.payload, ..Publish::default() };
            self.session.publish(NOW, &message, token, WhenFull::Queue)?;
        }
        let out = self.commit()?;
        let (mut rest, mut sent) = (&out[..], Vec::with_capacity(messages));
        while let Status::Complete(decoded) =
            decode(rest, Some(Version::V5), &mqtt_core::DecodeOptions::default())?
        {
            if let Packet::Publish(publish) = decoded.packet {
                sent.extend(publish.packet_id);
            }
            rest = &rest[decoded.consumed..];
        }
        Ok(sent)
    }

    fn acknowledge(&mut self, sent: Vec<PacketId>) -> Result<(), Box<dyn Error>> {
        let mut bytes = Vec::new();
        for packet_id in sent {
            Packet::from(PubAck::new(packet_id)).encode(Version::V5, &mut bytes)?;
        }
        self.input(&bytes);
        Ok(())
    }
}

/// Bytes that this process has handed to the system, where that is told.
fn written() -> u64 {
    let io = fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = io.lines().find_map(|line| line.strip_prefix("wchar: "));
    line.and_then(|bytes| bytes.parse().ok()).unwrap_or(0)
}

fn run(options: &Options, url: &str) -> Result<(), Box<dyn Error>> {
    println!("{url}, payloads of {} bytes", options.payload);
    println!("  batch  messages/s  changes/s  commits/message  written/change");
    for messages in [1, 10, 100, 1000] {
        let mut bench = Bench::open(url, &format!("bench-{messages}"), options.payload)?;
        let (begin, old) = (Clock::now(), written());
        (bench.commits, bench.changes) = (0, 0);
        let mut count = 0;
        while count == 0 || begin.elapsed() < options.limit && count < 200_000 {
            let sent = bench.send(messages)?;
            bench.acknowledge(sent)?;
            count += messages;
        }
        let (time, count) = (begin.elapsed().as_secs_f64(), count as f64);
        let changes = bench.changes as f64;
        println!(
            "{messages:7} {:11.0} {:10.0} {:16.3} {:15.0}",
            count / time,
            changes / time,
            bench.commits as f64 / count,
            (written() - old) as f64 / changes,
        );
    }
    // Messages that wait for their acknowledgements, and nothing else.
    const WAITING: usize = 10_000;
    let (kind, path) = url.split_once(':').unwrap_or((url, ""));
    if kind != "memory" {
        let other = format!("{kind}:{path}-waiting");
        let mut bench = Bench::open(&other, "waiting", options.payload)?;
        let sent = bench.send(WAITING)?.len();
        drop(bench);
        let size = size(Path::new(&format!("{path}-waiting")))?;
        println!("  {} bytes on the disk for each of {sent} messages", size / WAITING as u64);
    }
    Ok(())
}

/// Bytes of a file, or of those in a directory.
fn size(path: &Path) -> std::io::Result<u64> {
    let data = fs::metadata(path)?;
    if data.is_file() {
        return Ok(data.len());
    }
    fs::read_dir(path)?.map(|entry| Ok(entry?.metadata()?.len())).sum()
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("store-bench: {error}");
            return ExitCode::from(2);
        }
    };
    for url in &options.stores {
        if let Err(error) = run(&options, url) {
            eprintln!("store-bench: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
