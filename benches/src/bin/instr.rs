//! Counts the instructions our code spends per packet, message, topic and retained name, which drift with
//! no machine's mood.
//!
//! ```text
//! cargo run --profile bench -p mqtt-benches --bin instr [-- --check]
//! cargo run --profile bench -p mqtt-benches --bin instr -- --annotate decode 5.0 g
//! ```
//!
//! Each figure is a difference: the program runs itself under callgrind twice, the second time with
//! twice the work, so that starting up, building the corpus or the index and loading fall out. What is
//! left holds the codec, the session or the index, the loop around it and the visitor that reads every value
//! of each decoded packet and event, every subscriber of each topic, the value of each name. Hashes have a
//! fixed seed here.
//! Budgets hold for the profile above (fat LTO, one codegen unit) on x86-64.

use core::hash::BuildHasherDefault;
use core::hint::black_box;
use mqtt_benches::broker;
use mqtt_benches::broker::Exchange::{Many, One};
use mqtt_benches::corpus::{Case, Protocol, sample};
use mqtt_benches::ours::{
    built, decode_all, decoded, encode_all, encode_all_called, read_all, read_all_called,
};
use mqtt_benches::retained::{self, HITS, Index, Kind, LOOKUPS, look_up_all};
use mqtt_benches::sessions::{self, Engine, Exchange, Scenario, WINDOW};
use mqtt_benches::subscriptions::{Trie, insert_all, match_all, remove_all};
use mqtt_benches::topics::{Mix, TOPICS, Workload, size_name};
use mqtt_benches::visit::Sum;
use mqtt_core::{MatchScratch, QoS, RetainedCursor};
use std::env;
use std::fs;
use std::hash::DefaultHasher;
use std::path::Path;
use std::process::{Command, ExitCode, Output};
use std::thread;

const USAGE: &str = "\
usage: instr [--check]          tables; with --check exit 1 over budget
       instr --annotate JOB     where the instructions go, by function
       instr --corpus DIR       the packets as files, for programs in other languages
JOB is decode, encode, read (decode alone), again (encode what was decoded), read-called or encode-called (by a call that
    is not inlined), 3.1.1 or 5.0, and a letter from a to g,
    or client, server or gate, 3.1.1 or 5.0, and recv0, recv1, send1 or send2,
    or match, insert or remove, plain, skewed, wildcards or names, and 1k or 100k,
    or broker, 3.1.1 or 5.0, and one0, one1, one2 or fan0,
    or lookup, region, site, metric, below or device, and 10k or 100k";

/// Instructions per packet, message, topic, filter or name: what must hold, and what is aimed at.
struct Budget {
    job: Job,
    must: f64,
    goal: f64,
}

const BUDGETS: [Budget; 24] = [
    codec(Codec::Decode, Protocol::V311, Case::G, 300.0, 230.0),
    codec(Codec::Decode, Protocol::V5, Case::G, 480.0, 380.0),
    codec(Codec::Decode, Protocol::V5, Case::D, 1_320.0, 900.0),
    client(Protocol::V311, Scenario::Recv0, 650.0, 400.0),
    client(Protocol::V5, Scenario::Recv0, 650.0, 400.0),
    client(Protocol::V311, Scenario::Recv1, 880.0, 650.0),
    client(Protocol::V5, Scenario::Recv1, 1_720.0, 1_450.0),
    client(Protocol::V311, Scenario::Send1, 1_400.0, 800.0),
    client(Protocol::V5, Scenario::Send1, 1_400.0, 800.0),
    client(Protocol::V311, Scenario::Send2, 1_880.0, 1_200.0),
    client(Protocol::V5, Scenario::Send2, 1_880.0, 1_200.0),
    through(Protocol::V311, One(QoS::AtMostOnce), 3_000.0, 1_500.0),
    through(Protocol::V5, One(QoS::AtMostOnce), 3_000.0, 1_500.0),
    through(Protocol::V311, One(QoS::AtLeastOnce), 6_000.0, 3_000.0),
    through(Protocol::V5, One(QoS::AtLeastOnce), 6_000.0, 3_000.0),
    through(Protocol::V311, One(QoS::ExactlyOnce), 10_000.0, 5_000.0),
    through(Protocol::V5, One(QoS::ExactlyOnce), 10_000.0, 5_000.0),
    through(Protocol::V311, Many, 300.0, 150.0),
    through(Protocol::V5, Many, 300.0, 150.0),
    trie(Work::Match, 4_500.0, 3_400.0),
    trie(Work::Insert, 4_500.0, 3_400.0),
    trie(Work::Remove, 4_500.0, 3_400.0),
    lookup(Kind::Region, 600.0, 500.0),
    lookup(Kind::Device, 600.0, 500.0),
];

const fn codec(direction: Codec, protocol: Protocol, case: Case, must: f64, goal: f64) -> Budget {
    Budget { job: Job::Codec(direction, protocol, case), must, goal }
}

const fn client(protocol: Protocol, scenario: Scenario, must: f64, goal: f64) -> Budget {
    Budget { job: Job::Session(Side::Client, protocol, scenario), must, goal }
}

const fn through(protocol: Protocol, exchange: broker::Exchange, must: f64, goal: f64) -> Budget {
    Budget { job: Job::Broker(protocol, exchange), must, goal }
}

const fn trie(work: Work, must: f64, goal: f64) -> Budget {
    Budget { job: Job::Trie(work, Mix::Plain, 100_000), must, goal }
}

const fn lookup(kind: Kind, must: f64, goal: f64) -> Budget {
    Budget { job: Job::Retained(kind, 100_000), must, goal }
}

#[derive(Clone, Copy, PartialEq)]
enum Job {
    Codec(Codec, Protocol, Case),
    Session(Side, Protocol, Scenario),
    Broker(Protocol, broker::Exchange),
    Trie(Work, Mix, usize),
    Retained(Kind, usize),
}

#[derive(Clone, Copy, PartialEq)]
enum Codec {
    Decode,
    Encode,
    /// Decodes, and looks at nothing.
    Read,
    /// Encodes packets whose lists are wire bytes.
    Again,
    /// As `Read`, by a call that is not inlined.
    ReadCalled,
    /// As `Encode`, by a call that is not inlined.
    EncodeCalled,
}

impl Codec {
    const ALL: [Codec; 2] = [Codec::Decode, Codec::Encode];
    /// Not in the tables: other languages are compared with them.
    const BESIDE: [Codec; 4] = [Codec::Read, Codec::Again, Codec::ReadCalled, Codec::EncodeCalled];

    fn name(self) -> &'static str {
        ["decode", "encode", "read", "again", "read-called", "encode-called"][self as usize]
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Client,
    Server,
    /// A client whose promises wait for a store in memory.
    Gate,
}

impl Side {
    const ALL: [Side; 3] = [Side::Client, Side::Server, Side::Gate];

    fn name(self) -> &'static str {
        ["client", "server", "gate"][self as usize]
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Work {
    Match,
    Insert,
    Remove,
}

impl Work {
    const ALL: [Work; 3] = [Work::Match, Work::Insert, Work::Remove];

    fn name(self) -> &'static str {
        ["match", "insert", "remove"][self as usize]
    }
}

/// Larger tries take callgrind minutes to build.
const SIZES: [usize; 2] = [1_000, 100_000];

impl Job {
    fn codec(directions: impl IntoIterator<Item = Codec>) -> Vec<Job> {
        let mut jobs = Vec::new();
        for direction in directions {
            for protocol in Protocol::ALL {
                jobs.extend(Case::ALL.map(|case| Job::Codec(direction, protocol, case)));
            }
        }
        jobs
    }

    fn session() -> Vec<Job> {
        let mut jobs = Vec::new();
        for side in Side::ALL {
            for protocol in Protocol::ALL {
                jobs.extend(Scenario::ALL.map(|scenario| Job::Session(side, protocol, scenario)));
            }
        }
        jobs
    }

    fn broker() -> Vec<Job> {
        let exchanges = |protocol| broker::Exchange::ALL.map(|it| Job::Broker(protocol, it));
        Protocol::ALL.into_iter().flat_map(exchanges).collect()
    }

    fn trie(mix: Mix) -> impl Iterator<Item = Job> {
        Work::ALL.into_iter().flat_map(move |work| SIZES.map(|size| Job::Trie(work, mix, size)))
    }

    fn retained() -> impl Iterator<Item = Job> {
        let sizes = &retained::SIZES[..2];
        Kind::ALL
            .into_iter()
            .flat_map(|kind| sizes.iter().map(move |&size| Job::Retained(kind, size)))
    }

    fn parse(words: &[String]) -> Option<Job> {
        let tries = Mix::ALL.into_iter().flat_map(Job::trie);
        let codec = Job::codec(Codec::ALL.into_iter().chain(Codec::BESIDE));
        let jobs = codec.into_iter().chain(Job::session()).chain(Job::broker()).chain(tries);
        jobs.chain(Job::retained()).find(|job| words == job.words())
    }

    /// The last word names the column of a table, those before it the row.
    fn words(self) -> [String; 3] {
        match self {
            Job::Codec(direction, protocol, case) => {
                [direction.name(), protocol.name(), case.name()].map(str::to_owned)
            }
            Job::Session(side, protocol, scenario) => {
                [side.name(), protocol.name(), scenario.name()].map(str::to_owned)
            }
            Job::Broker(protocol, exchange) => {
                ["broker", protocol.name(), exchange.name()].map(str::to_owned)
            }
            Job::Trie(work, mix, size) => {
                [work.name().to_owned(), mix.name().to_owned(), size_name(size)]
            }
            Job::Retained(kind, size) => {
                ["lookup".to_owned(), kind.name().to_owned(), size_name(size)]
            }
        }
    }

    /// How often a job is run at least, so that a figure is the mean of many packets, messages or topics.
    fn runs(self) -> usize {
        match self {
            Job::Broker(_, Many) => 10,
            Job::Codec(_, _, Case::G) | Job::Trie(..) | Job::Retained(..) => 1,
            Job::Codec(..) | Job::Session(..) | Job::Broker(..) => 500,
        }
    }

    /// Packets, messages, topics, filters or names in a run.
    fn things(self) -> usize {
        match self {
            Job::Codec(_, protocol, case) => sample(protocol, case).packets,
            Job::Session(..) => WINDOW,
            Job::Broker(_, exchange) => exchange.deliveries(),
            Job::Trie(Work::Match, ..) => TOPICS,
            Job::Trie(_, _, size) => size,
            Job::Retained(..) => LOOKUPS * HITS,
        }
    }

    fn work(self, runs: usize) {
        match self {
            Job::Codec(Codec::Decode, protocol, case) => {
                let bytes = &sample(protocol, case).bytes[..];
                let mut sum = Sum::default();
                for _ in 0..runs {
                    decode_all(black_box(bytes), protocol, &mut sum);
                }
                black_box(sum.0);
            }
            Job::Codec(Codec::Read, protocol, case) => {
                let bytes = &sample(protocol, case).bytes[..];
                for _ in 0..runs {
                    black_box(read_all(black_box(bytes), protocol));
                }
            }
            Job::Codec(Codec::ReadCalled, protocol, case) => {
                let bytes = &sample(protocol, case).bytes[..];
                for _ in 0..runs {
                    black_box(read_all_called(black_box(bytes), protocol));
                }
            }
            Job::Codec(direction, protocol, case) => {
                let bytes = &sample(protocol, case).bytes[..];
                let packets = match direction {
                    Codec::Again => decoded(bytes, protocol),
                    _ => built(bytes, protocol),
                };
                let mut out = vec![0; bytes.len()];
                if direction == Codec::EncodeCalled {
                    for _ in 0..runs {
                        black_box(encode_all_called(&packets, protocol, black_box(&mut out)));
                    }
                    return;
                }
                for _ in 0..runs {
                    black_box(encode_all(&packets, protocol, black_box(&mut out)));
                }
            }
            Job::Session(Side::Client, protocol, scenario) => {
                exchange::<sessions::Client>(protocol, scenario, runs);
            }
            Job::Session(Side::Server, protocol, scenario) => {
                exchange::<sessions::Server>(protocol, scenario, runs);
            }
            Job::Session(Side::Gate, protocol, scenario) => {
                exchange::<sessions::GatedClient>(protocol, scenario, runs);
            }
            Job::Broker(protocol, exchange) => {
                let mut world = broker::World::new(protocol, exchange, broker::hasher());
                let mut wire = Sum::default();
                for _ in 0..runs {
                    black_box(world.run(&mut wire));
                }
                black_box(wire.0);
            }
            Job::Trie(work, mix, size) => index(work, &Workload::new(mix, size), runs),
            Job::Retained(kind, size) => names(kind, &retained::Workload::new(size), runs),
        }
    }
}

/// Each packet is an input of its own.
fn exchange<S: Engine>(protocol: Protocol, scenario: Scenario, runs: usize) {
    let mut exchange = Exchange::new(protocol, scenario, 1);
    let mut session: S = exchange.open();
    let (mut events, mut wire) = (Sum::default(), Sum::default());
    for _ in 0..runs {
        black_box(exchange.run(&mut session, &mut events, &mut wire));
    }
    black_box((events.0, wire.0));
}

type Hashes = BuildHasherDefault<DefaultHasher>;

fn index(work: Work, workload: &Workload, runs: usize) {
    // For insert a trie for each run; for remove as many in all runs that are compared.
    let full = [1, runs, runs.max(2)][work as usize];
    let mut tries: Vec<Trie<Hashes>> = Vec::new();
    tries.resize_with(full, Trie::default);
    for trie in &mut tries {
        insert_all(trie, black_box(&workload.filters));
    }
    let mut scratch = MatchScratch::default();
    for run in 0..runs {
        match work {
            Work::Match => {
                black_box(match_all(&tries[0], black_box(&workload.topics), &mut scratch));
            }
            Work::Insert => {}
            Work::Remove => remove_all(&mut tries[run], black_box(workload)),
        }
    }
    // Dropping is none of it.
    core::mem::forget(tries);
}

fn names(kind: Kind, workload: &retained::Workload, runs: usize) {
    let mut index: Index<Hashes> = Index::default();
    retained::insert_all(&mut index, &workload.names);
    let mut cursor = RetainedCursor::default();
    for _ in 0..runs {
        black_box(look_up_all(&index, black_box(workload.lookups(kind)), &mut cursor));
    }
    core::mem::forget(index);
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let option = words.first().map(String::as_str);
    let result = match option {
        None => table(false),
        Some("--check") if words.len() == 1 => table(true),
        Some("--annotate") => match Job::parse(&words[1..]) {
            Some(job) => annotate(job),
            None => usage(),
        },
        Some("--corpus") if words.len() == 2 => write_corpus(Path::new(&words[1])),
        // What callgrind runs: a job and how often.
        Some("--work") if words.len() == 5 => match (Job::parse(&words[1..4]), words[4].parse()) {
            (Some(job), Ok(runs)) => {
                job.work(runs);
                Ok(())
            }
            _ => usage(),
        },
        Some(_) => usage(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Writes `g-5.0` and so on.
fn write_corpus(folder: &Path) -> Result<(), String> {
    for protocol in Protocol::ALL {
        for case in Case::ALL {
            let file = folder.join(format!("{}-{}", case.name(), protocol.name()));
            let written = fs::write(&file, &sample(protocol, case).bytes);
            written.map_err(|error| format!("{}: {error}", file.display()))?;
        }
    }
    Ok(())
}

fn usage() -> Result<(), String> {
    Err(USAGE.into())
}

/// Runs a job under callgrind.
fn callgrind(job: Job, runs: usize, out_file: &str) -> Result<Output, String> {
    let program = env::current_exe().map_err(|error| format!("no path to myself: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", &format!("--callgrind-out-file={out_file}")])
        .arg(program)
        .arg("--work")
        .args(job.words())
        .arg(runs.to_string())
        .output()
        .map_err(|error| format!("cannot run valgrind: {error}"))?;
    if !output.status.success() {
        return Err(format!("valgrind failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(output)
}

/// The instructions of a whole run.
fn total(job: Job, runs: usize) -> Result<u64, String> {
    let output = callgrind(job, runs, "/dev/null")?;
    let text = String::from_utf8_lossy(&output.stderr);
    let count = text.lines().find_map(|line| line.split_once("Collected : "));
    let count = count.and_then(|(_, count)| count.trim().parse().ok());
    count.ok_or_else(|| format!("callgrind printed no total: {text}"))
}

/// Instructions for each packet, message, topic, filter or name.
fn each(job: Job) -> Result<f64, String> {
    let runs = job.runs();
    let once = total(job, runs)?;
    let twice = total(job, 2 * runs)?;
    Ok((twice - once) as f64 / (runs * job.things()) as f64)
}

fn table(check: bool) -> Result<(), String> {
    let (codec, session, through) = (Job::codec(Codec::ALL), Job::session(), Job::broker());
    // The other mixes differ by a few percent, and take as long.
    let trie: Vec<Job> = Job::trie(Mix::Plain).collect();
    // Those that take longest first.
    let retained: Vec<Job> = Job::retained().collect();
    let jobs = trie.iter().rev().chain(&retained).chain(&codec).chain(&session).chain(&through);
    let jobs: Vec<Job> = jobs.copied().collect();
    // Counts do not depend on what else runs, so all processors may be used.
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let counts = thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|first| {
                let mine: Vec<Job> = jobs.iter().copied().skip(first).step_by(workers).collect();
                scope.spawn(|| mine.into_iter().map(|job| Ok((job, each(job)?))).collect())
            })
            .collect();
        let mut counts = Vec::new();
        for thread in threads {
            let part: Result<Vec<(Job, f64)>, String> =
                thread.join().map_err(|_| "a thread panicked".to_owned())?;
            counts.extend(part?);
        }
        Ok::<_, String>(counts)
    })?;
    let count = |job| counts.iter().find(|(known, _)| *known == job).map_or(0.0, |found| found.1);

    println!("Instructions per packet\n");
    print_table(&codec, count);
    println!("Instructions per message, one packet in an input\n");
    print_table(&session, count);
    println!("Instructions of a broker per message, bytes in to bytes out; fan0: per subscriber\n");
    print_table(&through, count);
    println!("Instructions per topic or filter\n");
    print_table(&trie, count);
    println!("Instructions per retained name that a lookup finds, ten in each\n");
    print_table(&retained, count);

    println!("| budget | counted | must | goal | |\n|---|---:|---:|---:|---|");
    let mut over = 0;
    for Budget { job, must, goal } in BUDGETS {
        let counted = count(job);
        over += usize::from(counted > must);
        let verdict = match counted {
            counted if counted <= goal => "pass, goal met",
            counted if counted <= must => "pass",
            _ => "**FAIL**",
        };
        println!("| {} | {counted:.1} | ≤ {must} | ≤ {goal} | {verdict} |", job.words().join(" "));
    }
    if check && over > 0 {
        return Err(format!("{over} over budget"));
    }
    Ok(())
}

/// A row for all jobs that differ in their last word.
fn print_table(jobs: &[Job], count: impl Fn(Job) -> f64) {
    let rows = || jobs.chunk_by(|a, b| a.words()[..2] == b.words()[..2]);
    let row = |name: String, cells: Vec<String>| println!("| {name} | {} |", cells.join(" | "));
    for columns in rows().take(1) {
        row(String::new(), columns.iter().map(|job| job.words()[2].clone()).collect());
        println!("|---|{}", "---:|".repeat(columns.len()));
    }
    for jobs in rows() {
        let cells = jobs.iter().map(|job| format!("{:.0}", count(*job)));
        row(jobs[0].words()[..2].join(" "), cells.collect());
    }
    println!();
}

fn annotate(job: Job) -> Result<(), String> {
    let file = env::temp_dir().join(format!("mqtt-benches-{}.callgrind", std::process::id()));
    let path = file.to_string_lossy();
    // Long enough for the work to dwarf the start.
    let times = if matches!(job, Job::Trie(Work::Insert | Work::Remove, ..)) { 4 } else { 40 };
    callgrind(job, times * job.runs(), &path)?;
    let annotated = Command::new("callgrind_annotate").args(["--threshold=98", &path]).status();
    fs::remove_file(&file).map_err(|error| format!("{path}: {error}"))?;
    match annotated {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("callgrind_annotate: {status}")),
        Err(error) => Err(format!("cannot run callgrind_annotate: {error}")),
    }
}
