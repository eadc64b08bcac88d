//! One run: what a process of its own does.

use super::job::{FLOOR, Flavour, Job, ROWS, SIZE, TOPIC, WINDOW};
use super::{floor, ours, rumqttc};
use crate::children::{READY, say};
use crate::row::{OURS, Row};
use cpu_time::ProcessTime;
use std::error::Error;
use std::io;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// What a run took, in nanoseconds per message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taken {
    /// By the clock on the wall.
    pub wall: f64,
    /// Of the processor, user and system.
    pub cpu: f64,
}

/// Both clocks.
pub(super) struct Clocks {
    wall: Instant,
    cpu: ProcessTime,
}

impl Clocks {
    /// Says that the client is ready.
    pub(super) fn start() -> Self {
        println!("{READY}");
        Self { wall: Instant::now(), cpu: ProcessTime::now() }
    }

    pub(super) fn stop(self, messages: u64) -> Taken {
        let per = |time: Duration| time.as_nanos() as f64 / messages as f64;
        Taken { wall: per(self.wall.elapsed()), cpu: per(self.cpu.elapsed()) }
    }
}

/// What a process of its own does if these are its arguments, `None` if it is to do something else.
pub fn child(words: &[String]) -> Option<Result<(), String>> {
    let (first, rest) = words.split_first()?;
    let job = Job::read(rest)?;
    let result = match first.as_str() {
        "source" => source(job),
        peer => {
            let row = ROWS.into_iter().find(|row| row.peer == peer)?;
            run(row, job).map(|taken| println!("{} {}", taken.wall, taken.cpu))
        }
    };
    Some(result.map_err(|error| error.to_string()))
}

/// Has a client do it. By a task, as what `block_on` is given itself is woken at a higher price.
fn run(row: Row, job: Job) -> Result<Taken, Box<dyn Error>> {
    let work = async move {
        match row {
            OURS => ours::run(job).await.map_err(|error| error.to_string()),
            FLOOR => floor::run(job).await.map_err(|error| error.to_string()),
            _ => rumqttc::run(job).await.map_err(|error| error.to_string()),
        }
    };
    let runtime = runtime(job.place.flavour)?;
    let result = runtime.block_on(async { tokio::spawn(work).await });
    runtime.shutdown_background();
    Ok(result??)
}

/// Publishes when told to.
fn source(job: Job) -> Result<(), Box<dyn Error>> {
    runtime(Flavour::CurrentThread)?.block_on(async {
        let (client, _messages) = ours::connect(job).await?;
        say(READY)?;
        ours::publish(client.clone(), job).await?;
        Ok(client.disconnect().await?)
    })
}

fn runtime(flavour: Flavour) -> io::Result<Runtime> {
    match flavour {
        Flavour::CurrentThread => Builder::new_current_thread().enable_all().build(),
        Flavour::MultiThread => Builder::new_multi_thread().worker_threads(2).enable_all().build(),
    }
}

/// What the tables say of all runs.
pub(super) fn legend(is_nodelay: bool) -> String {
    format!(
        "Payloads of {SIZE} bytes, topic `{TOPIC}`, {WINDOW} messages on the way at a time; mosquitto with \
         `set_tcp_nodelay {is_nodelay}`. Ours is the example client. The floor is no client, but a loop that \
         waits, reads, and writes at once what has to be written. Ratios are those to rumqttc.\n"
    )
}
