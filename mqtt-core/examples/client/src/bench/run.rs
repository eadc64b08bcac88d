//! A run.

use super::load::Load;
use super::meter::Meter;
use super::publisher::Publisher;
use super::report::Report;
use super::tally::{Arrival, Tally};
use crate::client::{Client, Messages, Status};
use crate::driver::Outcome;
use crate::error::Error;
use core::time::Duration;
use cpu_time::ProcessTime;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{self, Instant};

/// How many connect at a time: brokers let few wait.
const CONNECTING: usize = 32;
/// How often it is looked whether all has come.
const LOOK: Duration = Duration::from_millis(5);

/// Runs a load to its end, or to where it is [stopped](Meter::stop).
///
/// # Errors
/// A client cannot connect or subscribe. What happens later is in the report.
///
/// See [`bench`](crate::bench) for an example.
pub async fn run(load: &Load, meter: &Meter) -> Outcome<Report> {
    Ok(Clients::connect(load).await?.run(meter, async {}).await)
}

/// The clients of a load, connected and subscribed: for who wants to know when that is over, and when messages are.
///
/// # Examples
/// ```no_run
/// use mqc_client::Options;
/// use mqc_client::bench::{Clients, Load, Meter};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let load = Load::new(Options::new("mqtt://localhost".parse()?));
/// let clients = Clients::connect(&load).await?;
/// println!("from now on there are messages");
/// let report = clients.run(&Meter::default(), async { println!("all have come") }).await;
/// println!("{report}");
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Clients {
    load: Load,
    subscribers: Vec<(Client, Messages)>,
    publishers: Vec<(Client, Messages)>,
}

impl Clients {
    /// Connects all, and subscribes.
    ///
    /// # Errors
    /// One cannot.
    ///
    /// See [`Clients`] for an example.
    pub async fn connect(load: &Load) -> Outcome<Self> {
        let subscribers = stream::iter(0..load.subscribers)
            .map(|subscriber| subscribe(load, subscriber))
            .buffered(CONNECTING)
            .try_collect()
            .await?;
        let publishers = stream::iter(0..load.publishers)
            .map(|publisher| Client::connect(load.options_of(publisher)))
            .buffered(CONNECTING)
            .try_collect()
            .await?;
        Ok(Self { load: load.clone(), subscribers, publishers })
    }

    /// Runs the load, as [`run`] does. `done` is awaited when the last message has come, or none more is waited for:
    /// subscribers leave the broker after that, publishers have left.
    ///
    /// See [`Clients`] for an example.
    pub async fn run(self, meter: &Meter, done: impl Future<Output = ()>) -> Report {
        let Self { load, subscribers, publishers } = self;
        let (start, cpu) = (Instant::now(), ProcessTime::now());
        let mut receiving = JoinSet::new();
        let mut listening = Vec::new();
        for (subscriber, (client, messages)) in subscribers.into_iter().enumerate() {
            let tally = Tally::new(subscriber, load.size, load.publishers);
            receiving.spawn(receive(messages, tally, client.status(), start, meter.clone()));
            listening.push(client);
        }
        let mut sending = JoinSet::new();
        for (number, (client, _)) in publishers.into_iter().enumerate() {
            sending.spawn(Publisher::new(number, client).run(load.clone(), start, meter.clone()));
        }
        let publishers = sending.join_all().await;
        let mut sent = vec![0; load.publishers];
        for publisher in &publishers {
            sent[publisher.number] = publisher.window.sent;
        }
        let expected = load.expected(&sent);
        last_ones(expected.iter().sum(), load.quiet, meter).await;
        let cpu = cpu.elapsed();
        done.await;

        for client in listening {
            // One that has lost the broker ends all the same.
            let _ = time::timeout(load.quiet, client.disconnect()).await;
        }
        let tallies = receiving.join_all().await;
        Report::new(&load, &publishers, &expected, &tallies, cpu, meter.is_stopped())
    }
}

async fn subscribe(load: &Load, subscriber: usize) -> Outcome<(Client, Messages)> {
    let (client, messages) = Client::connect(load.options()).await?;
    let filters = load.filters_of(subscriber);
    if !filters.is_empty() {
        let codes = client.subscribe_all(filters, None).await?;
        if let Some(refused) = codes.into_iter().find(|code| !code.is_success()) {
            return Err(Error::Reason(refused));
        }
    }
    Ok((client, messages))
}

async fn receive(
    mut messages: Messages,
    mut tally: Tally,
    status: watch::Receiver<Status>,
    start: Instant,
    meter: Meter,
) -> Tally {
    while let Some(received) = messages.next().await {
        let arrival = tally.note(&received.message.payload, start.elapsed());
        if arrival.is_some_and(|arrival| arrival != Arrival::Again) {
            meter.add_received();
        }
    }
    if let Status::Ended(error) = &*status.borrow() {
        tally.error = error.clone();
    }
    tally
}

/// Waits until so many have come, or nothing has come for so long.
///
/// # Examples
/// ```
/// use core::time::Duration;
/// use mqc_client::bench::{Meter, last_ones};
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let meter = Meter::default();
/// meter.add_received();
/// last_ones(1, Duration::from_secs(60), &meter).await;
/// last_ones(2, Duration::ZERO, &meter).await;
/// # }
/// ```
pub async fn last_ones(expected: u64, quiet: Duration, meter: &Meter) {
    let mut last = (meter.received(), Instant::now());
    while last.0 < expected && last.1.elapsed() < quiet {
        time::sleep(LOOK).await;
        let received = meter.received();
        if received != last.0 {
            last = (received, Instant::now());
        }
    }
}
