//! What all programs have in common: the broker, the version, the end.

use core::error::Error;
use core::fmt::Display;
use core::num::ParseIntError;
use core::time::Duration;
use mqc_client::service::{self, Stop};
use mqc_client::{Address, Client, Options};
use mqtt_core::Version;
use std::io::{self, Write as _};
use std::process::ExitCode;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Where a pattern tells what happens.
pub type Events<E> = mpsc::UnboundedSender<E>;

/// What a pattern comes to; mostly it is an [`mqc_client::Error`] that keeps it from its end.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Arguments of all programs.
///
/// # Examples
/// ```
/// use clap::Parser;
/// use patterns::Common;
///
/// #[derive(Parser)]
/// struct Args {
///     #[command(flatten)]
///     common: Common,
/// }
/// let args = Args::parse_from(["program", "--version", "3.1.1"]);
/// assert_eq!(args.common.url.to_string(), "mqtt://localhost:1883");
/// assert_eq!(args.common.options("anna").client_id, "anna");
/// ```
#[derive(clap::Args, Clone, Debug)]
pub struct Common {
    /// The broker: mqtt://, mqtts://, ws:// or wss://
    #[arg(long, default_value = "mqtt://localhost:1883")]
    pub url: Address,
    /// The version of MQTT: 3.1, 3.1.1 or 5
    #[arg(long, default_value = "5")]
    pub version: Version,
    /// End after so many seconds; else at SIGINT or SIGTERM, or when all is done
    #[arg(long = "for", value_name = "SECONDS")]
    pub seconds: Option<f64>,
}

pub(crate) fn milliseconds(text: &str) -> Result<Duration, ParseIntError> {
    Ok(Duration::from_millis(text.parse::<u32>()?.into()))
}

impl Common {
    /// A broker, and nothing that ends the program.
    ///
    /// ```
    /// use mqc_client::Address;
    /// use mqtt_core::Version;
    /// use patterns::Common;
    /// assert!(Common::new(Address::tcp("localhost", 1883), Version::V5).seconds.is_none());
    /// ```
    #[must_use]
    pub const fn new(url: Address, version: Version) -> Self {
        Self { url, version, seconds: None }
    }

    /// How a client of this name connects.
    ///
    /// See [`Common`] for an example.
    #[must_use]
    pub fn options(&self, client_id: &str) -> Options {
        Options {
            version: self.version,
            client_id: client_id.to_owned(),
            ..Options::new(self.url.clone())
        }
    }
}

/// How long what is left may take at the end.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// Has clients say goodbye. The pattern is done by then, whatever that comes to.
pub(crate) async fn leave(clients: &[Client]) {
    for client in clients {
        service::leave(client).await;
    }
}

/// Runs a pattern as a program: prints its events and what it comes to, and stops it at SIGINT, SIGTERM or
/// when its time is over.
///
/// # Examples
/// ```
/// # use mqc_client::Address;
/// # use mqtt_core::Version;
/// # use patterns::{Common, show};
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # let common = Common::new(Address::tcp("localhost", 1883), Version::V5);
/// show(&common, async |stop, events| {
///     let _ = events.send("what happens");
///     Ok("and the result")
/// })
/// .await;
/// # }
/// ```
pub async fn show<E: Display, S: Display>(
    common: &Common,
    pattern: impl AsyncFnOnce(CancellationToken, Events<E>) -> Outcome<S>,
) -> ExitCode {
    let stop = CancellationToken::new();
    // Dropped, it stops who waits for the end.
    let _ending = stop.clone().drop_guard();
    tokio::spawn(end(common.seconds, stop.clone()));
    let (events, mut happened) = mpsc::unbounded_channel();
    let printed = async {
        while let Some(event) = happened.recv().await {
            if !print(&event) {
                stop.cancel();
            }
        }
    };
    let (result, ()) = tokio::join!(pattern(stop.clone(), events), printed);
    match result {
        Ok(summary) => {
            print(&summary);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// False if nobody reads it any more, as of a pipe to `head`.
fn print(line: &impl Display) -> bool {
    writeln!(io::stdout(), "{line}").is_ok()
}

/// Stops at a signal, or when the time is over.
async fn end(seconds: Option<f64>, stop: CancellationToken) {
    // What is too long to be a time is for ever.
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let time_is_over = async {
        match time {
            Some(time) => tokio::time::sleep(time).await,
            None => core::future::pending().await,
        }
    };
    let signal = async {
        match Stop::new() {
            Ok(mut signals) => signals.wished().await,
            Err(_) => core::future::pending().await,
        }
    };
    tokio::select! {
        () = signal => {}
        () = time_is_over => {}
        () = stop.cancelled() => {}
    }
    stop.cancel();
}
