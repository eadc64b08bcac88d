//! The rounds.

use super::job::{IDLE, Job, Place, ROWS, Shape};
use super::run::{Outcome, READY, SERVE};
use crate::measure::{Series, turns};
use crate::row::{OURS, Row};
use loopback::{Broker, BrokerOptions, PATIENCE, Program, Stream};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A run is given up after so long: the machine may do other things beside.
const LIMIT: Duration = Duration::from_secs(180);

/// All that was measured.
#[derive(Debug, Default)]
pub struct Results {
    /// mosquitto was told to send at once.
    pub is_nodelay: bool,
    /// Nanoseconds of the processor for each message that came or went; of idle ones, bytes of each connection.
    pub cost: Vec<Series<Place>>,
    /// Nanoseconds by the clock on the wall for each message that came to a subscriber.
    pub wall: Vec<Series<Place>>,
    /// Nanoseconds that half of all messages took at most, and 99 of 100.
    pub p50: Vec<Series<Place>>,
    /// See `p50`.
    pub p99: Vec<Series<Place>>,
    /// Messages of 100 that did not come.
    pub lost: Vec<Series<Place>>,
}

impl Results {
    /// One row at one place.
    pub fn get(series: &[Series<Place>], place: Place, row: Row) -> &Series<Place> {
        let found = series.iter().find(|series| series.place == place && series.row == row);
        found.expect("all do all")
    }

    fn note(&mut self, at: usize, place: Place, cost: f64, outcome: Option<Outcome>) {
        let (_, subscribers) = place.shape.clients();
        self.cost[at].ns.push(cost);
        if let Some(Outcome { sent, received, rate, p50_us, p99_us }) = outcome {
            let wanted = sent * subscribers as u64;
            self.wall[at].ns.push(1e9 / rate);
            self.p50[at].ns.push(p50_us * 1e3);
            self.p99[at].ns.push(p99_us * 1e3);
            self.lost[at].ns.push(100.0 * (wanted - received) as f64 / wanted as f64);
        }
    }
}

/// A server that runs.
enum Running {
    Ours { server: Program, port: u16 },
    Mosquitto(Broker),
}

impl Running {
    fn start(program: &Path, row: Row, is_nodelay: bool) -> std::io::Result<Self> {
        if row == OURS {
            let server = Program::spawn(Command::new(program).arg(SERVE))?;
            let is_ready = |line: &[u8]| line.starts_with(READY.as_bytes());
            let line = server.wait_for_line(Stream::Stdout, PATIENCE, is_ready)?;
            let line = String::from_utf8_lossy(&line).into_owned();
            let port = line.rsplit(' ').next().and_then(|port| port.parse().ok());
            let port = port.ok_or_else(|| std::io::Error::other(line))?;
            return Ok(Self::Ours { server, port });
        }
        let nodelay = format!("set_tcp_nodelay {is_nodelay}");
        let bounds = ["max_queued_messages 0", "max_inflight_messages 0"].map(str::to_owned);
        let lines = bounds.into_iter().chain([nodelay]).collect();
        Broker::start(BrokerOptions { lines, ..BrokerOptions::default() }).map(Self::Mosquitto)
    }

    fn port(&self) -> u16 {
        match self {
            Self::Ours { port, .. } => *port,
            Self::Mosquitto(broker) => broker.port(),
        }
    }

    fn id(&self) -> u32 {
        match self {
            Self::Ours { server, .. } => server.id(),
            // It runs as long as nobody stops it.
            Self::Mosquitto(broker) => broker.id().unwrap_or_default(),
        }
    }

    /// Nanoseconds of the processor that all its threads have had.
    fn cpu(&self) -> std::io::Result<f64> {
        let mut sum = 0.0;
        for thread in fs::read_dir(format!("/proc/{}/task", self.id()))? {
            let line = fs::read_to_string(thread?.path().join("schedstat"))?;
            sum += line.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or_default();
        }
        Ok(sum)
    }

    /// Bytes of its memory.
    fn memory(&self) -> std::io::Result<f64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        Ok(kib.unwrap_or_default() * 1024.0)
    }
}

/// Gives both servers all work, in turns. `is_nodelay`: mosquitto sends at once. By default it does not: it leaves it
/// to TCP to hold small packets back until those before are acknowledged (Nagle's algorithm).
pub fn measure(
    program: &Path,
    rounds: usize,
    is_quick: bool,
    is_nodelay: bool,
) -> Result<Results, String> {
    let mut results = Results { is_nodelay, ..Results::default() };
    for place in Place::all() {
        let first = results.cost.len();
        for row in ROWS {
            let series = Series { place, row, ns: Vec::new() };
            for all in [
                &mut results.cost,
                &mut results.wall,
                &mut results.p50,
                &mut results.p99,
                &mut results.lost,
            ] {
                all.push(series.clone());
            }
        }
        for round in 0..rounds {
            for turn in turns(round, ROWS.len()) {
                let row = ROWS[turn];
                let fault = |error: String| format!("{place}, {}: {error}", row.peer);
                let running = Running::start(program, row, is_nodelay);
                let running = running.map_err(|error| fault(error.to_string()))?;
                let job = Job { place, port: running.port(), messages: place.messages(is_quick) };
                let (cost, outcome) = run(program, &running, job).map_err(fault)?;
                results.note(first + turn, place, cost, outcome);
            }
        }
    }
    Ok(results)
}

/// One run.
fn run(program: &Path, server: &Running, job: Job) -> Result<(f64, Option<Outcome>), String> {
    let text = |error: std::io::Error| error.to_string();
    let (cpu, memory) = (server.cpu().map_err(text)?, server.memory().map_err(text)?);
    let mut command = Command::new(program);
    command.args(job.place.words()).args([job.port.to_string(), job.messages.to_string()]);
    let mut clients = Program::spawn(&mut command).map_err(text)?;
    if job.place.shape == Shape::Idle {
        let is_ready = |line: &[u8]| line == READY.as_bytes();
        clients.wait_for_line(Stream::Stdout, PATIENCE, is_ready).map_err(text)?;
        let each = (server.memory().map_err(text)? - memory) / IDLE as f64;
        return Ok((each, None));
    }
    clients.wait(LIMIT).map_err(text)?;
    let cpu = server.cpu().map_err(text)? - cpu;
    let lines = clients.lines(Stream::Stdout);
    let last = String::from_utf8_lossy(lines.last().map_or(&[], Vec::as_slice));
    let outcome = Outcome::read(&last);
    let said = || String::from_utf8_lossy(&clients.output(Stream::Stderr)).into_owned();
    let outcome = outcome.ok_or_else(said)?;
    Ok((cpu / (outcome.sent + outcome.received) as f64, Some(outcome)))
}
