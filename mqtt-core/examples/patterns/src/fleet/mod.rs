//! A fleet of devices, and a monitor that knows them by nothing but their messages.

mod monitor;
mod reading;

pub use monitor::{Alert, Device, Monitor, Status, Thresholds, Trouble};
pub use reading::{Reading, Sample, Simulation};

use crate::common::{GRACE, leave};
use crate::{CancellationToken, Common, Events, Outcome};
use clap::Parser;
use core::fmt;
use core::time::Duration;
use mqc_client::{
    Client, Error, Message, Options as ClientOptions, Received, Status as Connection,
};
use mqtt_core::QoS;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

/// What fleet there is.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Debug, Parser)]
#[command(about = "A fleet of simulated devices, and a monitor that raises alerts", long_about = None)]
pub struct Options {
    /// The broker.
    #[command(flatten)]
    pub common: Common,
    /// How many devices there are.
    #[arg(long, default_value_t = 20)]
    pub devices: u64,
    /// What they measure depends on it.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many simulated seconds are a real one.
    #[arg(long, default_value_t = 60.0, value_parser = speed)]
    pub speed: f64,
    /// After so many readings a device says goodbye; else it goes on.
    #[arg(long)]
    pub count: Option<usize>,
    /// So many devices lose their connection without DISCONNECT,
    #[arg(long, default_value_t = 0)]
    pub kill: u64,
    /// after so many simulated seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub kill_after: u64,
    /// What is wrong.
    #[command(flatten)]
    pub thresholds: Thresholds,
}

/// So slow that a day takes 27 years is slow enough for times to be representable.
fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if (1e-4..=1e6).contains(&speed) => Ok(speed),
        _ => Err("not a number from 0.0001 to 1000000".to_owned()),
    }
}

/// What the monitor notices.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Something is wrong, or well again.
    Alert(Alert),
    /// A message is none of ours.
    Unreadable {
        /// Where it was published.
        topic: String,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alert(alert) => alert.fmt(f),
            Self::Unreadable { topic } => write!(f, "         not understood: {topic}"),
        }
    }
}

/// Runs devices and monitor until all devices are gone; gives the table.
///
/// # Errors
/// The broker cannot be reached, or refuses.
///
/// # Examples
/// ```no_run
/// use patterns::fleet::{Options, Thresholds, run};
/// # async fn example(common: patterns::Common) -> patterns::Outcome<()> {
/// let options = Options {
///     common,
///     devices: 20,
///     seed: 1,
///     speed: 100.0,
///     count: Some(500),
///     kill: 2,
///     kill_after: 60,
///     thresholds: Thresholds::default(),
/// };
/// let (events, mut happened) = tokio::sync::mpsc::unbounded_channel();
/// let table = run(options, patterns::CancellationToken::new(), events).await?;
/// println!("{table}");
/// while let Some(event) = happened.recv().await {
///     println!("{event}");
/// }
/// # Ok(()) }
/// ```
pub async fn run(
    options: Options,
    stop: CancellationToken,
    events: Events<Event>,
) -> Outcome<Monitor> {
    // First, so that it misses nothing.
    let (client, mut messages) = Client::connect(options.common.options("monitor")).await?;
    client.subscribe("fleet/+/+", QoS::ExactlyOnce).await?;
    let mut monitor = Monitor::new(options.thresholds);
    let mut devices = JoinSet::new();
    for number in 1..=options.devices {
        devices.spawn(device(options.clone(), number, stop.clone()));
    }
    let mut end = None;
    while !devices.is_empty() || monitor.has_online() {
        tokio::select! {
            Some(ended) = devices.join_next() => {
                ended??;
                end = Some(Instant::now() + GRACE);
            }
            received = messages.next() => {
                let Received { message, .. } = received.ok_or(Error::Closed)?;
                for event in notice(&mut monitor, &message) {
                    if let Event::Alert(alert) = &event {
                        // Whoever waits here for its acknowledgement does not take the messages before it.
                        client.post(alert.message()).await?;
                    }
                    // Nobody has to listen.
                    let _ = events.send(event);
                }
            }
            // The broker does not tell of the others.
            () = sleep_until(end.unwrap_or_else(Instant::now)), if devices.is_empty() => break,
        }
    }
    leave(&[client]).await;
    Ok(monitor)
}

/// What a message says to the monitor.
fn notice(monitor: &mut Monitor, message: &Message) -> Vec<Event> {
    let unreadable = || vec![Event::Unreadable { topic: message.topic.clone() }];
    let levels: Vec<_> = message.topic.split('/').collect();
    let &[_, device, kind] = &levels[..] else { return unreadable() };
    let alerts = if kind == "status" {
        let Some(status) = Status::read(&message.payload) else { return unreadable() };
        monitor.status(device, status).into_iter().collect()
    } else {
        let sample = Sample::read(message).filter(|sample| sample.reading.kind() == kind);
        let Some(sample) = sample else { return unreadable() };
        monitor.sample(device, sample)
    };
    alerts.into_iter().map(Event::Alert).collect()
}

/// One device, from its birth to its goodbye, or to its end without one.
async fn device(options: Options, number: u64, stop: CancellationToken) -> Outcome<()> {
    let name = format!("device-{number:02}");
    let status = |status: Status| {
        let topic = format!("fleet/{name}/status");
        Message::new(topic, status.text()).qos(QoS::AtLeastOnce).retain(true)
    };
    let will = Some(status(Status::Offline));
    let connect = ClientOptions { will, ..options.common.options(&name) };
    let (client, _) = Client::connect(connect).await?;
    let mut connection = client.status();
    let start = Instant::now();
    let mut samples =
        Simulation::new(options.seed, number).take(options.count.unwrap_or(usize::MAX));
    let mut next = samples.next();
    while let Some(sample) = next {
        let due = start + Duration::from_secs_f64(sample.at as f64 / options.speed);
        let step = async {
            tokio::select! {
                biased;
                // Also when it is connected again: meanwhile the broker has published the will.
                Ok(()) = connection.changed() => {
                    let is_connected = matches!(*connection.borrow_and_update(), Connection::Connected(_));
                    if is_connected {
                        client.publish(status(Status::Online)).await?;
                    }
                }
                () = sleep_until(due) => {
                    client.publish(sample.message(&name)).await?;
                    next = samples.next();
                }
            }
            Outcome::Ok(())
        };
        tokio::select! {
            () = stop.cancelled() => break,
            result = step => result?,
        }
        if number <= options.kill && sample.at >= options.kill_after {
            client.abort();
            return Ok(());
        }
    }
    let goodbye = async {
        client.publish(status(Status::Left)).await?;
        client.disconnect().await?;
        Ok(())
    };
    timeout(GRACE, goodbye).await.unwrap_or(Ok(()))
}
