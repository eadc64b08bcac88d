//! The rounds.

use super::job::{Direction, Job, Place, ROWS, WINDOW};
use super::run::Taken;
use crate::children::{READY, Words, last_words};
use crate::measure::{Series, turns};
use crate::row::Row;
use loopback::{Broker, BrokerOptions, PATIENCE, Program, Stream};
use std::path::Path;

/// All that was measured: nanoseconds per message.
#[derive(Debug, Default)]
pub struct Results {
    /// The broker was told to send at once.
    pub is_nodelay: bool,
    /// By the clock on the wall.
    pub wall: Vec<Series<Place>>,
    /// Of the processor.
    pub cpu: Vec<Series<Place>>,
}

/// The broker: nothing is dropped, and it takes what a window holds.
fn broker(is_nodelay: bool) -> std::io::Result<Broker> {
    let window = format!("max_inflight_messages {WINDOW}");
    let nodelay = format!("set_tcp_nodelay {is_nodelay}");
    let lines = vec!["max_queued_messages 0".to_owned(), window, nodelay];
    Broker::start(BrokerOptions { lines, ..BrokerOptions::default() })
}

/// Has all clients do all work, in turns, each run by the program `clients`. `is_nodelay`: the broker sends
/// at once. By default mosquitto does not: it leaves it to TCP to hold small packets back until those before
/// are acknowledged (Nagle's algorithm), so that several come together.
pub fn measure(
    program: &Path,
    rounds: usize,
    messages: u64,
    is_nodelay: bool,
) -> Result<Results, String> {
    let broker = broker(is_nodelay).map_err(|error| error.to_string())?;
    let mut results = Results { is_nodelay, ..Results::default() };
    for place in Place::all() {
        let first = results.wall.len();
        results.wall.extend(Series::of(place, &ROWS));
        results.cpu.extend(Series::of(place, &ROWS));
        // Acknowledgements make it slower.
        let messages = messages / (1 + u64::from(place.qos));
        let job = Job { place, port: broker.port(), messages };
        for round in 0..rounds {
            for turn in turns(round, ROWS.len()) {
                let taken =
                    run(program, ROWS[turn], job).map_err(|error| format!("{place}: {error}"))?;
                results.wall[first + turn].ns.push(taken.wall);
                results.cpu[first + turn].ns.push(taken.cpu);
            }
        }
    }
    Ok(results)
}

/// One run in a process of its own.
fn run(program: &Path, row: Row, job: Job) -> Result<Taken, String> {
    let text = |error: std::io::Error| error.to_string();
    let spawn = |first: &str| {
        let program = Program::spawn(&mut job.command(program, &[first]))?;
        program.wait_for_line(Stream::Stdout, PATIENCE, |line| line == READY.as_bytes())?;
        Ok(program)
    };
    let source = match job.place.direction {
        Direction::Receive => Some(spawn("source").map_err(text)?),
        _ => None,
    };
    let mut client = spawn(row.peer).map_err(text)?;
    if let Some(mut source) = source {
        source.write(b"go\n").map_err(text)?;
        source.wait(PATIENCE).map_err(text)?;
    }
    client.wait(PATIENCE).map_err(text)?;
    let taken = last_words(&client, |line| {
        let (wall, cpu) = line.split_once(' ')?;
        Some(Taken { wall: wall.parse().ok()?, cpu: cpu.parse().ok()? })
    });
    taken.map_err(|said| format!("{}: {said}", row.peer))
}
