//! Counts the instructions our codec spends per packet, which drift with no machine's mood.
//!
//! ```text
//! cargo run --profile bench -p mqtt-benches --bin instr [-- --check]
//! cargo run --profile bench -p mqtt-benches --bin instr -- --annotate decode 5.0 g
//! ```
//!
//! Each figure is a difference: the program runs itself under callgrind twice, the second time with
//! twice the work, so that starting up, building the corpus and loading fall out. What is left holds
//! the codec, the loop around it and the visitor that reads every value of each decoded packet.
//! Budgets hold for the profile above (fat LTO, one codegen unit) on x86-64.

use core::hint::black_box;
use mqtt_benches::corpus::{Case, Protocol, sample};
use mqtt_benches::ours::{built, decode_all, encode_all};
use mqtt_benches::visit::Sum;
use std::env;
use std::fs;
use std::process::{Command, ExitCode, Output};
use std::thread;

const USAGE: &str = "\
usage: instr [--check]                            a table; with --check exit 1 over budget
       instr --annotate DIRECTION VERSION CASE    where the instructions go, by function
DIRECTION is decode or encode, VERSION 3.1.1 or 5.0, CASE a letter from a to g";

const DECODE: &str = "decode";
const ENCODE: &str = "encode";

/// Instructions per packet: what must hold, and what is aimed at.
struct Budget {
    job: Job,
    must: f64,
    goal: f64,
}

const BUDGETS: [Budget; 2] = [
    Budget { job: Job(DECODE, Protocol::V311, Case::G), must: 300.0, goal: 230.0 },
    Budget { job: Job(DECODE, Protocol::V5, Case::G), must: 480.0, goal: 380.0 },
];

#[derive(Clone, Copy, PartialEq)]
struct Job(&'static str, Protocol, Case);

impl Job {
    fn parse(words: &[String]) -> Option<Job> {
        let [direction, protocol, case] = words else { return None };
        Some(Job(
            [DECODE, ENCODE].into_iter().find(|name| name == direction)?,
            Protocol::ALL.into_iter().find(|known| known.name() == protocol)?,
            Case::ALL.into_iter().find(|known| known.name() == case)?,
        ))
    }

    fn words(self) -> [&'static str; 3] {
        [self.0, self.1.name(), self.2.name()]
    }

    /// How often a case is run at least, so that a figure is the mean of many packets.
    fn runs(self) -> usize {
        if self.2 == Case::G { 1 } else { 500 }
    }

    fn work(self, runs: usize) {
        let Job(direction, protocol, case) = self;
        let bytes = &sample(protocol, case).bytes[..];
        if direction == DECODE {
            let mut sum = Sum::default();
            for _ in 0..runs {
                decode_all(black_box(bytes), protocol, &mut sum);
            }
            black_box(sum.0);
        } else {
            let packets = built(bytes, protocol);
            let mut out = vec![0; bytes.len()];
            for _ in 0..runs {
                black_box(encode_all(&packets, protocol, black_box(&mut out)));
            }
        }
    }
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

fn per_packet(job: Job) -> Result<f64, String> {
    let runs = job.runs();
    let once = total(job, runs)?;
    let twice = total(job, 2 * runs)?;
    Ok((twice - once) as f64 / (runs * sample(job.1, job.2).packets) as f64)
}

fn table(check: bool) -> Result<(), String> {
    let mut jobs = Vec::new();
    for direction in [DECODE, ENCODE] {
        for protocol in Protocol::ALL {
            jobs.extend(Case::ALL.map(|case| Job(direction, protocol, case)));
        }
    }
    // Counts do not depend on what else runs, so all processors may be used.
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let counts = thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|first| {
                let mine: Vec<Job> = jobs.iter().copied().skip(first).step_by(workers).collect();
                scope.spawn(|| mine.into_iter().map(|job| Ok((job, per_packet(job)?))).collect())
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
    println!("| | a | b | c | d | e | f | g |\n|---|---:|---:|---:|---:|---:|---:|---:|");
    for row in jobs.chunks(Case::ALL.len()) {
        let cells: Vec<String> = row.iter().map(|job| format!("{:.0}", count(*job))).collect();
        println!("| {} {} | {} |", row[0].0, row[0].1.name(), cells.join(" | "));
    }

    println!("\n| budget | counted | must | goal | |\n|---|---:|---:|---:|---|");
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

fn annotate(job: Job) -> Result<(), String> {
    let file = env::temp_dir().join(format!("mqtt-benches-{}.callgrind", std::process::id()));
    let path = file.to_string_lossy();
    // Long enough for the work to dwarf the start.
    callgrind(job, 40 * job.runs(), &path)?;
    let annotated = Command::new("callgrind_annotate").args(["--threshold=98", &path]).status();
    fs::remove_file(&file).map_err(|error| format!("{path}: {error}"))?;
    match annotated {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("callgrind_annotate: {status}")),
        Err(error) => Err(format!("cannot run callgrind_annotate: {error}")),
    }
}
