//! Messages go to handlers by their topic, and handlers get what the wildcards stand for.

mod routes;

pub use routes::{Request, Routes};

use crate::common::leave;
use crate::{CancellationToken, Common, Events, Outcome};
use clap::Parser;
use core::fmt;
use fastrand::Rng;
use mqc_client::{Client, Error, Message};
use mqtt_core::{QoS, RouteError};

/// How many messages there are.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Debug, Parser)]
#[command(about = "Gives messages to handlers by their topic", long_about = None)]
pub struct Options {
    /// The broker.
    #[command(flatten)]
    pub common: Common,
    /// How many messages are published.
    #[arg(long, default_value_t = 10)]
    pub count: usize,
    /// What they are depends on it.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// A message that a handler has dealt with.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which handler.
    pub handler: &'static str,
    /// What the message is about, as the handler sees it.
    pub about: String,
    /// Where it was published.
    pub topic: String,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { handler, about, topic } = self;
        write!(f, "{topic:28}  {handler:12}  {about}")
    }
}

/// How many messages were handled.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// What was subscribed to.
    pub filters: Vec<String>,
    /// How many messages came.
    pub messages: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { filters, messages } = self;
        write!(f, "{messages} messages by the filters {}", filters.join(", "))
    }
}

/// A program with four routes and a fallback, and a publisher.
///
/// # Errors
/// The broker cannot be reached, or refuses.
///
/// # Examples
/// ```no_run
/// use patterns::routing::{Options, run};
/// # async fn example(common: patterns::Common) -> patterns::Outcome<()> {
/// let options = Options { common, count: 12, seed: 1 };
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
    let Options { common, count, seed } = options;
    let (client, mut messages) = Client::connect(common.options("routing")).await?;
    // What an older program of this name has subscribed to, and the broker's session still knows.
    client.subscribe("old/#", QoS::AtLeastOnce).await?;
    let routes = routes(&events)?;
    routes.subscribe(&client, QoS::AtLeastOnce).await?;
    let mut summary = Summary { filters: routes.filters(), messages: 0 };
    let (publisher, _) = Client::connect(common.options("routing-publisher")).await?;
    let work = async {
        for message in published(count, seed) {
            publisher.publish(message).await?;
        }
        while summary.messages < count {
            let message = messages.next().await.ok_or(Error::Closed)?.message;
            summary.messages += 1;
            routes.handle(message).await;
        }
        Ok::<_, Box<_>>(())
    };
    let result = stop.run_until_cancelled(work).await.unwrap_or(Ok(()));
    leave(&[client, publisher]).await;
    result.map(|()| summary)
}

/// What is done with which messages.
fn routes(events: &Events<Event>) -> Result<Routes, RouteError> {
    // A handler says what it has understood. Nobody has to listen.
    let tell = |handler: &'static str, about: fn(&Request) -> String| {
        let events = events.clone();
        move |request: Request| {
            let events = events.clone();
            async move {
                let about = about(&request);
                let _ = events.send(Event { handler, about, topic: request.message.topic });
            }
        }
    };
    let mut routes = Routes::default();
    let temperature = |request: &Request| {
        format!("{} degrees in the {}", text(&request.message), request.capture("room"))
    };
    routes.add("sensors/{room}/temperature", tell("temperature", temperature))?;
    let door = |request: &Request| {
        format!(
            "door {} of the {} is {}",
            request.capture("door"),
            request.capture("room"),
            text(&request.message)
        )
    };
    routes.add("sensors/{room}/doors/{door}", tell("door", door))?;
    let log = |request: &Request| {
        format!("{} says {:?}", request.capture("path").replace('/', " > "), text(&request.message))
    };
    routes.add("logs/{*path}", tell("log", log))?;
    routes.add(
        "$share/routing/jobs/{job}",
        tell("job", |request| request.capture("job").to_owned()),
    )?;
    routes.fallback(tell("(fallback)", |request| text(&request.message).to_owned()));
    Ok(routes)
}

fn text(message: &Message) -> &str {
    message.text().unwrap_or("(no text)")
}

/// Messages for each of the routes in turn.
fn published(count: usize, seed: u64) -> impl Iterator<Item = Message> {
    let mut rng = Rng::with_seed(seed);
    (0..count).map(move |number| {
        let room = ["attic", "cellar", "kitchen"][rng.usize(..3)];
        let (topic, payload) = match number % 5 {
            0 => (format!("sensors/{room}/temperature"), format!("{:.1}", 15.0 + 10.0 * rng.f64())),
            1 => (format!("sensors/{room}/doors/{}", rng.u8(1..4)), "open".to_owned()),
            2 => (format!("logs/{room}/heating"), "pressure is low".to_owned()),
            3 => (format!("jobs/{}", 100 + number), "paint it".to_owned()),
            _ => (format!("old/{room}"), "does anybody hear me?".to_owned()),
        };
        Message::new(topic, payload).qos(QoS::AtLeastOnce)
    })
}
