//! Requests and responses: a response topic and correlation data in 5.0, a convention of topics in 3.1.1.

mod requester;
mod responder;
mod scheme;

pub use requester::{RequestError, Requester};
pub use responder::{Responder, respond};

use crate::common::{leave, milliseconds};
use crate::{CancellationToken, Common, Events, Outcome};
use bytes::Bytes;
use clap::Parser;
use core::fmt;
use core::time::Duration;
use futures_util::StreamExt as _;
use futures_util::stream;
use mqc_client::Client;
use tokio::time::sleep;

/// How many requests there are, and how long they take.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Debug, Parser)]
#[command(about = "A responder that squares numbers, and a requester with many of them", long_about = None)]
pub struct Options {
    /// The broker.
    #[command(flatten)]
    pub common: Common,
    /// How many requests there are.
    #[arg(long, default_value_t = 20)]
    pub count: u64,
    /// How many of them wait at a time.
    #[arg(long, default_value_t = 5)]
    pub parallel: usize,
    /// How long each waits for its response.
    #[arg(long, value_name = "MILLISECONDS", default_value = "1000", value_parser = milliseconds)]
    pub deadline: Duration,
    /// Each request of this number is answered too late; 0: none.
    #[arg(long, default_value_t = 7)]
    pub slow: u64,
}

/// What became of a request.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Debug)]
pub struct Event {
    /// Of the request: the number to be squared.
    pub number: u64,
    /// What the responder says.
    pub result: Result<String, RequestError>,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.result {
            Ok(response) => write!(f, "{:3} squared is {response}", self.number),
            Err(error) => write!(f, "{:3} squared: {error}", self.number),
        }
    }
}

/// What all requests came to.
///
/// # Examples
/// See [`run`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Requests with their response.
    pub answered: usize,
    /// Requests whose deadline passed, or that could not be sent.
    pub failed: usize,
    /// Responses that nobody waited for any more.
    pub ignored: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { answered, failed, ignored } = self;
        write!(f, "{answered} answered, {failed} failed, {ignored} too late")
    }
}

/// A responder that squares numbers, and a requester with many numbers.
///
/// # Errors
/// The broker cannot be reached, or refuses.
///
/// # Examples
/// ```no_run
/// use core::time::Duration;
/// use patterns::request_response::{Options, run};
/// # async fn example(common: patterns::Common) -> patterns::Outcome<()> {
/// let deadline = Duration::from_secs(1);
/// let options = Options { common, count: 20, parallel: 5, deadline, slow: 7 };
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
    let Options { common, count, parallel, deadline, slow } = options;
    let (service, messages) = Client::connect(common.options("squares")).await?;
    let square = move |request: Bytes| async move {
        let number = core::str::from_utf8(&request).ok()?.parse::<u64>().ok()?;
        if number.checked_rem(slow) == Some(0) {
            sleep(deadline * 2).await;
        }
        Some(number.checked_mul(number)?.to_string().into())
    };
    let responder = respond(service.clone(), messages, common.version, "squares", square).await?;

    let (client, messages) = Client::connect(common.options("requester")).await?;
    let requester = Requester::new(client.clone(), messages, common.version, "squares").await?;
    let mut summary = Summary::default();
    let work = async {
        let request = async |number: u64| {
            let response = requester.request(number.to_string(), deadline).await;
            let result = response.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            Event { number, result }
        };
        let mut results = stream::iter(1..=count).map(request).buffer_unordered(parallel.max(1));
        while let Some(event) = results.next().await {
            match event.result {
                Ok(_) => summary.answered += 1,
                Err(_) => summary.failed += 1,
            }
            // Nobody has to listen.
            let _ = events.send(event);
        }
        // So that the page can tell of responses that come too late.
        if slow != 0 && slow <= count {
            sleep(deadline * 2).await;
        }
    };
    stop.run_until_cancelled(work).await;
    summary.ignored = requester.ignored();
    drop(responder);
    leave(&[client, service]).await;
    Ok(summary)
}
