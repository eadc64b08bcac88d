//! What the processes do that are no parent: a server, or clients.

use super::job::{Generator, Job, Shape};
use super::{idle, ours, rumqttc};
use crate::children::{READY, say};
use mqc_server::{Listen, Server, Settings};
use std::error::Error;
use std::{fmt, io};
use tokio::runtime::Runtime;

/// The first word of a process that serves.
pub(super) const SERVE: &str = "serve";
/// What clients say when no more messages come, and all are still connected.
pub(super) const DONE: &str = "done";

/// What became of a load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// How many messages were sent.
    pub sent: u64,
    /// How many came.
    pub received: u64,
    /// How many came in a second.
    pub rate: f64,
    /// How long half of all took at most, in microseconds; 0 if that is not known.
    pub p50_us: f64,
    /// The same of 99 of 100.
    pub p99_us: f64,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { sent, received, rate, p50_us, p99_us } = self;
        write!(f, "{sent} {received} {rate} {p50_us} {p99_us}")
    }
}

impl Outcome {
    /// What [`Display`](fmt::Display) writes.
    pub(super) fn read(line: &str) -> Option<Self> {
        let words: Vec<f64> = line.split(' ').map_while(|word| word.parse().ok()).collect();
        let &[sent, received, rate, p50_us, p99_us] = &*words else { return None };
        Some(Self { sent: sent as u64, received: received as u64, rate, p50_us, p99_us })
    }
}

/// What a process of its own does if these are its arguments, `None` if it is to do something else.
pub fn child(words: &[String]) -> Option<Result<(), String>> {
    let result = match words {
        [first] if first == SERVE => serve(),
        words => load(Job::read(words)?),
    };
    Some(result.map_err(|error| error.to_string()))
}

/// Serves until its input ends.
fn serve() -> Result<(), Box<dyn Error>> {
    let listen = vec![Listen::new("127.0.0.1:0".parse()?)];
    let mut settings = Settings { listen, ..Settings::default() };
    // mosquitto is told the same: only publishers have a window.
    settings.broker.receive_maximum = u16::MAX;
    let server = Server::start(settings)?;
    say(&format!("{READY} {}", server.addresses()[0].port()))?;
    server.stop();
    Ok(())
}

/// Has clients, tells when they are ready, and what became of their messages when they are done.
fn load(job: Job) -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::new()?;
    if job.place.shape == Shape::Idle {
        let connections = runtime.block_on(idle::connect(job))?;
        say(READY)?;
        drop(connections);
        return Ok(());
    }
    let outcome = match job.place.generator {
        Generator::Ours => runtime.block_on(ours::run(job))?,
        Generator::Rumqttc => runtime.block_on(rumqttc::run(job))?,
        Generator::Paho => return Err("that is a program in Python".into()),
    };
    runtime.shutdown_background();
    println!("{outcome}");
    Ok(())
}

/// Says how far clients are, and waits until the parent has read its clock.
pub(super) async fn cue(word: &'static str) -> io::Result<()> {
    tokio::task::spawn_blocking(move || say(word)).await?
}
