//! Jobs shared by workers. Each is done at least once, also if a worker dies with it.

mod dispatcher;
mod worker;

use crate::common::{leave, milliseconds};
use crate::{CancellationToken, Common, Events, Outcome};
use clap::Parser;
use core::error::Error;
use core::fmt;
use core::time::Duration;
use mqc_client::Client;
use mqtt_core::QoS;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokio::task::JoinSet;

/// The filter of all workers. The broker gives each job to one of them.
const JOBS: &str = "$share/workers/jobs/#";

/// How many jobs and workers there are.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Debug, Parser)]
#[command(about = "A dispatcher and workers that share its jobs; one of them dies", long_about = None)]
pub struct Options {
    /// The broker.
    #[command(flatten)]
    pub common: Common,
    /// How many workers there are.
    #[arg(long, default_value_t = 3)]
    pub workers: usize,
    /// How many jobs there are.
    #[arg(long, default_value_t = 30)]
    pub count: u64,
    /// How long a job takes.
    #[arg(long, value_name = "MILLISECONDS", default_value = "100", value_parser = milliseconds)]
    pub work: Duration,
    /// With which of its jobs the first worker dies; 0: it does not.
    #[arg(long, default_value_t = 3)]
    pub die_at: u64,
    /// After so long without any result, jobs without one are given again.
    #[arg(long, value_name = "MILLISECONDS", default_value = "2000", value_parser = milliseconds)]
    pub patience: Duration,
}

/// What happens.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A worker has done a job.
    Done {
        /// Which job.
        job: u64,
        /// Which worker.
        worker: String,
        /// Another one, or the same, had done it before.
        again: bool,
    },
    /// A worker dies with a job that it has not acknowledged.
    Died {
        /// Which worker.
        worker: String,
        /// With which job.
        job: u64,
    },
    /// A job has had no result for too long, and is published again.
    Again {
        /// Which job.
        job: u64,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done { job, worker, again: false } => write!(f, "job {job:3}  {worker}"),
            Self::Done { job, worker, again: true } => {
                write!(f, "job {job:3}  {worker}, once more")
            }
            Self::Died { worker, job } => write!(f, "job {job:3}  {worker} dies with it"),
            Self::Again { job } => write!(f, "job {job:3}  no result: published again"),
        }
    }
}

/// Who has done how many jobs.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// For each worker, the jobs that it was the first to do.
    pub shares: BTreeMap<String, u64>,
    /// How many jobs were given again.
    pub again: u64,
    /// How many results came for jobs that were done.
    pub twice: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done: u64 = self.shares.values().sum();
        writeln!(f, "worker     jobs  share")?;
        for (worker, jobs) in &self.shares {
            writeln!(f, "{worker:9}  {jobs:4}  {:4} %", jobs * 100 / done.max(1))?;
        }
        let Self { again, twice, .. } = self;
        write!(f, "{done} done, {again} given again, {twice} done twice")
    }
}

/// The payload of a result.
#[derive(Debug, Serialize, Deserialize)]
struct Done {
    job: u64,
    worker: String,
}

/// A dispatcher, and workers that share its jobs. Gives who has done how many.
///
/// # Errors
/// The broker cannot be reached, or refuses.
///
/// # Examples
/// ```no_run
/// use core::time::Duration;
/// use patterns::workers::{Options, run};
/// # async fn example(common: patterns::Common) -> patterns::Outcome<()> {
/// let options = Options {
///     common,
///     workers: 3,
///     count: 30,
///     work: Duration::from_millis(100),
///     die_at: 3,
///     patience: Duration::from_secs(2),
/// };
/// let (events, mut happened) = tokio::sync::mpsc::unbounded_channel();
/// println!("{}", run(options, patterns::CancellationToken::new(), events).await?);
/// while let Some(event) = happened.recv().await {
///     println!("{event}");
/// }
/// # Ok(()) }
/// ```
pub async fn run(
    options: Options,
    stop: CancellationToken,
    events: Events<Event>,
) -> Outcome<Summary> {
    let mut workers = JoinSet::new();
    let mut clients = Vec::new();
    let mut summary = Summary::default();
    for number in 1..=options.workers {
        let name = format!("worker-{number}");
        let (client, messages) = Client::connect(worker::options(&options.common, &name)).await?;
        // All are there before the first job, so that all get their share.
        client.subscribe(JOBS, QoS::AtLeastOnce).await?;
        clients.push(client.clone());
        summary.shares.insert(name.clone(), 0);
        let die_at = if number == 1 { options.die_at } else { 0 };
        let worker = worker::Worker { name, client, work: options.work, die_at };
        workers.spawn(worker.run(messages, events.clone()));
    }
    let (client, results) = Client::connect(options.common.options("dispatcher")).await?;
    let dispatched = dispatcher::run(&client, results, &options, &events, &mut summary);
    let result = tokio::select! {
        result = dispatched => result.map_err(Into::into),
        failed = failure(&mut workers) => Err(failed),
        () = stop.cancelled() => Ok(()),
    };
    workers.abort_all();
    clients.push(client);
    leave(&clients).await;
    result.map(|()| summary)
}

/// Waits for a worker that ends with an error; for ever if there is none.
async fn failure(workers: &mut JoinSet<mqc_client::Outcome<()>>) -> Box<dyn Error + Send + Sync> {
    while let Some(ended) = workers.join_next().await {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return error.into(),
            Err(error) => return error.into(),
        }
    }
    core::future::pending().await
}
