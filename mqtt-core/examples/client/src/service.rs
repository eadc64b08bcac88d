//! What programs have in common that run until they are asked to end: signals, what standard error is told,
//! and how they begin and end with a broker.

use crate::client::{Client, Filter, Status};
use crate::error::{Error, reason_name};
use core::time::Duration;
use mqtt_core::{PacketType, ReasonCode, SessionStart, Version};
use std::io;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

/// How long a broker may take to answer.
pub const ANSWER: Duration = Duration::from_secs(10);

/// Waits for SIGINT or SIGTERM; where there are none, for Ctrl-C.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// let mut stop = mqc_client::service::Stop::new()?;
/// tokio::select! {
///     () = stop.wished() => println!("somebody wants us to end"),
///     () = core::future::ready(()) => println!("the work is done"),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Stop {
    #[cfg(unix)]
    signals: [Signal; 2],
    is_wished: bool,
}

impl Stop {
    /// From now on the signals no longer end the program by themselves.
    ///
    /// # Errors
    /// The system does not let us listen.
    ///
    /// See [`Stop`] for an example.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            signals: [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?],
            is_wished: false,
        })
    }

    /// Waits; goes on at once if a signal has come before. Nothing is lost if the wait is given up.
    ///
    /// See [`Stop`] for an example.
    pub async fn wished(&mut self) {
        if !self.is_wished {
            self.signal().await;
            self.is_wished = true;
        }
    }

    /// Waits for the next signal, whatever has come before.
    pub(crate) async fn signal(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(not(unix))]
        if tokio::signal::ctrl_c().await.is_err() {
            core::future::pending().await
        }
    }
}

/// Tells standard error how the connection to a broker is doing, until it is over, in lines that begin with
/// the program's name.
///
/// ```no_run
/// # use mqc_client::{Client, Options};
/// # async fn example(options: Options) -> Result<(), mqc_client::Error> {
/// let broker = options.address.to_string();
/// let (client, messages) = Client::start(options)?;
/// tokio::spawn(mqc_client::service::report("worker", client.status(), broker));
/// # Ok(()) }
/// ```
pub async fn report(program: &str, mut status: watch::Receiver<Status>, broker: String) {
    loop {
        match &*status.borrow_and_update() {
            Status::Connected(connected) => {
                let session = match connected.session {
                    SessionStart::Resumed => "the session goes on",
                    _ => "a new session",
                };
                eprintln!("{program}: connected to {broker}, {session}");
            }
            Status::Lost(error) => eprintln!("{program}: {error}; trying again"),
            Status::Ended(_) => return,
            _ => {}
        }
        if status.changed().await.is_err() {
            return;
        }
    }
}

/// Subscribes, and waits for the answer: the QoS that is granted for each filter.
///
/// # Errors
/// In words: which filter is refused and why, or why the client has ended.
///
/// ```no_run
/// # use mqc_client::{Client, Filter};
/// # use mqtt_core::{QoS, Version};
/// # async fn example(client: Client) -> Result<(), String> {
/// let filters = vec![Filter::new("sensors/#", QoS::AtLeastOnce)];
/// let granted = mqc_client::service::subscribe(&client, Version::V5, filters).await?;
/// println!("{:?}", granted);
/// # Ok(()) }
/// ```
pub async fn subscribe(
    client: &Client,
    version: Version,
    filters: Vec<Filter>,
) -> Result<Vec<ReasonCode>, String> {
    let codes = match client.subscribe_all(filters.clone(), None).await {
        Ok(codes) => codes,
        Err(error) => return Err(cause(client, error).await.to_string()),
    };
    match filters.iter().zip(&codes).find(|(_, code)| !code.is_success()) {
        None => Ok(codes),
        Some((Filter { filter, .. }, code)) => {
            let name = reason_name(*code, PacketType::SubAck, version);
            Err(format!("the broker refuses to subscribe to {filter}: {name}"))
        }
    }
}

/// Ends a client: what it was given is stored, if it has a store, and the broker is told, if there is a connection.
/// Waits for that, but not for ever, and not for a connection that is only being made.
///
/// ```no_run
/// # async fn example(client: mqc_client::Client) {
/// mqc_client::service::leave(&client).await;
/// # }
/// ```
pub async fn leave(client: &Client) {
    // If there is no connection, or it goes away now, what is not stored is lost: nothing is left to be done.
    let _ = timeout(ANSWER, client.leave()).await;
}

/// What an error comes from: if it says that the client has ended, waits until it has, and says why.
///
/// ```no_run
/// # use mqc_client::{Client, Error, Message, service::cause};
/// # async fn example(client: Client) -> Result<(), Error> {
/// if let Err(error) = client.post(Message::new("ticks", "1")).await {
///     return Err(cause(&client, error).await);
/// }
/// # Ok(()) }
/// ```
pub async fn cause(client: &Client, error: Error) -> Error {
    match error {
        Error::Closed => why_ended(client).await,
        error => error,
    }
}

/// Waits until the client has ended, and says why.
///
/// ```no_run
/// # async fn example(client: mqc_client::Client, mut messages: mqc_client::Messages) {
/// while let Some(received) = messages.next().await {
///     println!("{}", received.message.topic);
/// }
/// eprintln!("{}", mqc_client::service::why_ended(&client).await);
/// # }
/// ```
pub async fn why_ended(client: &Client) -> Error {
    // It tells so last of all.
    let mut status = client.status();
    match status.wait_for(|status| matches!(status, Status::Ended(_))).await.as_deref() {
        Ok(Status::Ended(Some(error))) => error.clone(),
        _ => Error::Closed,
    }
}
