//! The rounds.

use super::job::{Generator, Job, Place, ROWS, Shape};
use super::run::{DONE, Outcome, SERVE};
use super::{idle, paho};
use crate::children::{READY, last_words};
use crate::measure::{Series, turns};
use crate::row::{OURS, Row};
use loopback::{Broker, BrokerOptions, PATIENCE, Program, Stream};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A run is given up after so long: the machine may do other things beside.
const LIMIT: Duration = Duration::from_secs(180);

/// All that was measured.
#[derive(Debug, Default)]
pub struct Results {
    /// mosquitto was told to send at once.
    pub is_nodelay: bool,
    /// Where both were measured in all rounds: the places of the series.
    pub places: Vec<Place>,
    /// How many connections do nothing.
    pub idle: u64,
    /// What was not measured, and why.
    pub left_out: Vec<String>,
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
    /// The loads that were measured.
    pub fn loads(&self) -> impl Iterator<Item = Place> {
        self.places.iter().copied().filter(|place| *place != Place::IDLE)
    }

    /// Takes what was measured at a place, in all rounds.
    pub(super) fn note(&mut self, place: Place, runs: &[(usize, Run)]) {
        let (_, subscribers) = place.shape.clients();
        let at = self.cost.len();
        self.places.push(place);
        for all in [&mut self.cost, &mut self.wall, &mut self.p50, &mut self.p99, &mut self.lost] {
            all.extend(Series::of(place, &ROWS));
        }
        for (row, Run { cost, outcome }) in runs {
            let at = at + row;
            self.cost[at].ns.push(*cost);
            if let Some(Outcome { sent, received, rate, p50_us, p99_us }) = outcome {
                let wanted = (sent * subscribers as u64) as f64;
                self.wall[at].ns.push(1e9 / rate);
                self.p50[at].ns.push(p50_us * 1e3);
                self.p99[at].ns.push(p99_us * 1e3);
                self.lost[at].ns.push(100.0 * (wanted - *received as f64) / wanted);
            }
        }
    }
}

/// What one run showed.
pub(super) struct Run {
    /// See [`Results::cost`].
    pub(super) cost: f64,
    /// Idle ones have none.
    pub(super) outcome: Option<Outcome>,
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
        let lines = vec![
            "max_queued_messages 0".to_owned(),
            "max_inflight_messages 0".to_owned(),
            format!("set_tcp_nodelay {is_nodelay}"),
            // Ours says nothing of connections either. That it runs is an information.
            "connection_messages false".to_owned(),
            "log_type error".to_owned(),
            "log_type warning".to_owned(),
            "log_type information".to_owned(),
        ];
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

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How often.
    pub rounds: usize,
    /// With a tenth of the messages: it proves nothing.
    pub is_quick: bool,
    /// mosquitto sends at once. By default it does not: it leaves it to TCP to hold small packets back until those before
    /// are acknowledged (Nagle's algorithm).
    pub is_nodelay: bool,
    /// Where.
    pub places: Vec<Place>,
}

/// Gives both servers all work, in turns; clients are processes of `program`.
///
/// If something fails, what was measured before is there, and the fault beside it.
pub fn measure(program: &Path, plan: &Plan) -> (Results, Result<(), String>) {
    let &Plan { rounds, is_quick, is_nodelay, .. } = plan;
    let mut results = Results { is_nodelay, ..Results::default() };
    let paho = paho::find();
    match &paho {
        Some((_, version)) => eprintln!("paho-mqtt {version} gives loads too"),
        None => results.left_out.push(
            "loads by paho-mqtt: there is no Python that has it (`make test-interop` makes one)"
                .into(),
        ),
    }
    let python = paho.map(|(python, _)| python);
    let possible = idle::possible();
    let idle = Place::IDLE.messages(is_quick);
    results.idle = idle.min(possible);
    if possible < idle {
        results.left_out.push(format!(
            "{idle} connections that do nothing: the limit of open files allows {possible}"
        ));
    }
    for left_out in &results.left_out {
        eprintln!("not measured: {left_out}");
    }
    let bench = Bench { program, python, rounds, is_nodelay };
    for &place in &plan.places {
        if place.generator == Generator::Paho && bench.python.is_none() {
            continue;
        }
        let messages = if place == Place::IDLE { results.idle } else { place.messages(is_quick) };
        match bench.place(place, messages) {
            Ok(runs) => results.note(place, &runs),
            Err(why) => return (results, Err(why)),
        }
    }
    (results, Ok(()))
}

/// What all runs have in common.
struct Bench<'a> {
    /// This program.
    program: &'a Path,
    /// With paho-mqtt.
    python: Option<PathBuf>,
    rounds: usize,
    is_nodelay: bool,
}

impl Bench<'_> {
    /// All rounds at a place: each run with the number of its row.
    fn place(&self, place: Place, messages: u64) -> Result<Vec<(usize, Run)>, String> {
        let mut runs = Vec::new();
        for round in 0..self.rounds {
            for turn in turns(round, ROWS.len()) {
                let row = ROWS[turn];
                let run = self.run(place, row, messages);
                runs.push((turn, run.map_err(|why| format!("{place}, {}: {why}", row.peer))?));
            }
        }
        Ok(runs)
    }

    fn run(&self, place: Place, row: Row, messages: u64) -> Result<Run, String> {
        let text = |error: std::io::Error| error.to_string();
        let server = Running::start(self.program, row, self.is_nodelay).map_err(text)?;
        let job = Job { place, port: server.port(), messages };
        let mut command = match (&self.python, place.generator) {
            (Some(python), Generator::Paho) => paho::command(python, job),
            _ => job.command(self.program, &[]),
        };
        let memory = server.memory().map_err(text)?;
        let mut clients = Program::spawn(&mut command).map_err(text)?;
        let wait_for = |clients: &Program, word: &str| {
            let line = clients.wait_for_line(Stream::Stdout, LIMIT, |line| line == word.as_bytes());
            line.map(drop).map_err(text)
        };
        wait_for(&clients, READY)?;
        if place.shape == Shape::Idle {
            let cost = (server.memory().map_err(text)? - memory) / messages as f64;
            return Ok(Run { cost, outcome: None });
        }
        let before = server.cpu().map_err(text)?;
        clients.write(b"go\n").map_err(text)?;
        wait_for(&clients, DONE)?;
        let cpu = server.cpu().map_err(text)? - before;
        clients.wait(LIMIT).map_err(text)?;
        let outcome = last_words(&clients, Outcome::read)?;
        let wanted = outcome.sent * place.shape.clients().1 as u64;
        if place.qos > 0 && outcome.received < wanted {
            return Err(format!("{} of {wanted} messages came", outcome.received));
        }
        Ok(Run { cost: cpu / (outcome.sent + outcome.received) as f64, outcome: Some(outcome) })
    }
}
