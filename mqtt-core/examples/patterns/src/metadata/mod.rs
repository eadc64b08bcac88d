//! What a message says about itself: as user properties of 5.0, or in an envelope of JSON.

mod annotated;

pub use annotated::{Annotated, Form, Metadata, SCHEMA_VERSION, SENT_AT, TRACE_ID, UNIT};

use crate::common::leave;
use crate::{CancellationToken, Common, Events, Outcome};
use clap::Parser;
use core::fmt;
use fastrand::Rng;
use mqc_client::{Client, Error, Options as ClientOptions};
use mqtt_core::{QoS, Version};
use std::time::SystemTime;

/// What is published, and how.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Debug, Parser)]
#[command(about = "Publishes data with metadata in one version, and reads it in both", long_about = None)]
pub struct Options {
    /// The broker, and the version of the publisher.
    #[command(flatten)]
    pub common: Common,
    /// Use the envelope also in 5.0, for subscribers of 3.1.1.
    #[arg(long)]
    pub envelope: bool,
    /// How many messages are published.
    #[arg(long, default_value_t = 2)]
    pub count: usize,
}

/// A message as a subscriber reads it.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The version that the subscriber speaks.
    pub version: Version,
    /// Where it was published.
    pub topic: String,
    /// What it says.
    pub read: Annotated,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "subscriber of {:5}  {}  {}", self.version.to_string(), self.topic, self.read)
    }
}

/// How many messages the subscribers have read, and how many of them had metadata.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Of both subscribers.
    pub read: usize,
    /// Those that had any.
    pub with_metadata: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} read, {} with metadata", self.read, self.with_metadata)
    }
}

/// A publisher of one version, and a subscriber of each.
///
/// # Errors
/// The broker cannot be reached, or refuses.
///
/// # Examples
/// ```no_run
/// use patterns::metadata::{Options, run};
/// # async fn example(common: patterns::Common) -> patterns::Outcome<()> {
/// let options = Options { common, envelope: false, count: 4 };
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
    let Options { common, envelope, count } = options;
    let form = if envelope { Form::Envelope } else { Form::of(common.version) };
    let mut subscribers = Vec::new();
    for version in [Version::V5, Version::V311] {
        let name = format!("metadata-subscriber-{version}");
        let options = ClientOptions { version, ..common.options(&name) };
        let (client, messages) = Client::connect(options).await?;
        client.subscribe("measured/+", QoS::AtLeastOnce).await?;
        subscribers.push((version, client, messages));
    }
    let (publisher, _) = Client::connect(common.options("metadata-publisher")).await?;
    let mut summary = Summary::default();
    let work = async {
        for number in 0..count {
            let (topic, annotated) = measured(number);
            let message = annotated.write(topic, form).qos(QoS::AtLeastOnce);
            publisher.publish(message).await?;
            for (version, _, messages) in &mut subscribers {
                let message = messages.next().await.ok_or(Error::Closed)?.message;
                let read = Annotated::read(&message);
                summary.read += 1;
                summary.with_metadata += usize::from(!read.metadata.is_empty());
                // Nobody has to listen.
                let _ = events.send(Event { version: *version, topic: message.topic, read });
            }
        }
        Ok(())
    };
    let result = stop.run_until_cancelled(work).await.unwrap_or(Ok(()));
    let mut clients: Vec<_> = subscribers.into_iter().map(|(_, client, _)| client).collect();
    clients.push(publisher);
    leave(&clients).await;
    result.map(|()| summary)
}

/// Something to publish: text and bytes take turns.
fn measured(number: usize) -> (&'static str, Annotated) {
    let mut rng = Rng::with_seed(number as u64);
    let sent_at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let metadata = Metadata::default()
        .with(TRACE_ID, format!("{:032x}", rng.u128(..)))
        .with(SCHEMA_VERSION, "1")
        .with(SENT_AT, sent_at.unwrap_or_default().as_millis().to_string());
    if number % 2 == 0 {
        let metadata = metadata.with(UNIT, "celsius");
        let data = format!("{{\"value\": {:.1}}}", 15.0 + 10.0 * rng.f64());
        (
            "measured/temperature",
            Annotated::new(data).content_type("application/json").metadata(metadata),
        )
    } else {
        let data: Vec<u8> = (0..6).map(|_| rng.u8(..)).collect();
        ("measured/image", Annotated::new(data).content_type("image/x-tiny").metadata(metadata))
    }
}
