//! The side that asks.

use super::scheme::Scheme;
use bytes::Bytes;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use mqc_client::{Client, Error, Message, Messages, Outcome};
use mqtt_core::{Instant, Properties, Property, Publish, QoS, ReasonCode, Requests, Version};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};
use tokio::time::{self, sleep_until};
use tokio_util::task::AbortOnDropHandle;

/// How many requests may wait at a time.
const MAX: usize = 1000;

/// Who waits for a response.
type Waiting = oneshot::Sender<Result<Bytes, RequestError>>;

/// Sends requests to a service, and tells their responses apart.
///
/// # Examples
/// ```no_run
/// use core::time::Duration;
/// use mqc_client::{Client, Options};
/// use mqtt_core::Version;
/// use patterns::request_response::Requester;
/// # async fn example(options: Options) -> Result<(), Box<dyn std::error::Error>> {
/// let (client, messages) = Client::connect(options).await?;
/// let requester = Requester::new(client, messages, Version::V5, "squares").await?;
/// let response = requester.request("12", Duration::from_secs(5)).await?;
/// assert_eq!(response, "144");
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Requester {
    shared: Arc<Shared>,
    client: Client,
    /// Hands out responses and watches deadlines.
    _reader: AbortOnDropHandle<()>,
}

#[derive(Debug)]
struct Shared {
    scheme: Scheme,
    /// Different in each requester, so that it gets no responses to requests of one before it.
    name: String,
    requests: Mutex<Requests<Waiting>>,
    /// There may be an earlier deadline than before.
    begun: Notify,
    ignored: AtomicU64,
    start: time::Instant,
}

/// Why there is no response.
///
/// # Examples
/// ```
/// use patterns::request_response::RequestError;
/// assert_eq!(RequestError::TooLate.to_string(), "no response in time");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RequestError {
    /// The deadline has passed. Whether the responder has done what was asked is not known.
    TooLate,
    /// Nobody has subscribed to requests (5.0, if the broker tells).
    NoResponder,
    /// Too many requests wait; this one was not sent.
    TooMany,
    /// The request could not be sent, or the client has ended.
    Client(Error),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLate => f.write_str("no response in time"),
            Self::NoResponder => f.write_str("nobody responds"),
            Self::TooMany => f.write_str("too many requests wait"),
            Self::Client(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for RequestError {}

impl Requester {
    /// Subscribes to responses of a service. The client's other messages are ignored.
    ///
    /// # Errors
    /// The broker refuses, or the client has ended.
    ///
    /// See [`Requester`] for an example.
    pub async fn new(
        client: Client,
        messages: Messages,
        version: Version,
        service: &str,
    ) -> Outcome<Self> {
        let scheme = Scheme::new(version, service);
        let name = format!("{:016x}", fastrand::u64(..));
        let topic = scheme.response_topic(&name);
        client.subscribe(scheme.responses(&topic), QoS::AtLeastOnce).await?;
        let shared = Arc::new(Shared {
            scheme,
            name,
            requests: Mutex::new(Requests::new(&topic, MAX)),
            begun: Notify::new(),
            ignored: AtomicU64::new(0),
            start: time::Instant::now(),
        });
        let reader = AbortOnDropHandle::new(tokio::spawn(read(shared.clone(), messages)));
        Ok(Self { shared, client, _reader: reader })
    }

    /// Sends a request and waits for its response.
    ///
    /// # Errors
    /// See [`RequestError`].
    ///
    /// See [`Requester`] for an example.
    pub async fn request(
        &self,
        payload: impl Into<Bytes>,
        deadline: Duration,
    ) -> Result<Bytes, RequestError> {
        let shared = &self.shared;
        let (done, answer) = oneshot::channel();
        let begun = shared.requests().begin(shared.now(), deadline, done);
        let correlation = begun.map_err(|_| RequestError::TooMany)?;
        shared.begun.notify_one();
        let mut message = shared.scheme.request(&shared.name, correlation, payload.into());
        message.qos = QoS::AtLeastOnce;
        if message.properties().response_topic.is_some() {
            // Nobody is to work for a request that nobody waits for. Whole seconds, and one for the way.
            let seconds = u32::try_from(deadline.as_secs().saturating_add(1)).unwrap_or(u32::MAX);
            message.properties_mut().message_expiry = Some(seconds);
        }
        // While there is no connection, the deadline holds all the same.
        let refused = async {
            match self.client.publish(message).await {
                Ok(published) if published.reason == ReasonCode::NO_MATCHING_SUBSCRIBERS => {
                    RequestError::NoResponder
                }
                Ok(_) => core::future::pending().await,
                Err(error) => RequestError::Client(error),
            }
        };
        tokio::select! {
            answer = answer => answer.unwrap_or(Err(RequestError::Client(Error::Closed))),
            error = refused => Err(error),
        }
    }

    /// How many messages have come that no request waited for.
    ///
    /// See [`Summary`](super::Summary) for an example.
    #[must_use]
    pub fn ignored(&self) -> u64 {
        self.shared.ignored.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn requests(&self) -> MutexGuard<'_, Requests<Waiting>> {
        // Nothing that could panic is done inside.
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Instant {
        Instant::from(self.start.elapsed())
    }

    /// Who waits for this message.
    fn take(&self, message: &Message) -> Option<Waiting> {
        let (topic, correlation) = self.scheme.correlation(message)?;
        let property = [Property::CorrelationData(&correlation)];
        let properties = Properties::new(&property);
        self.requests().take(&Publish { topic: &topic, properties, ..Publish::default() })
    }
}

/// Hands out responses, and tells those whose deadline has passed.
async fn read(shared: Arc<Shared>, mut messages: Messages) {
    loop {
        let deadline = shared.requests().poll_timeout();
        let passed = async {
            match deadline {
                Some(at) => {
                    sleep_until(shared.start + Duration::from_millis(at.as_millis())).await;
                }
                None => core::future::pending().await,
            }
        };
        tokio::select! {
            received = messages.next() => {
                let Some(received) = received else { break };
                match shared.take(&received.message) {
                    // Who waited may be gone, here and below.
                    Some(waiting) => drop(waiting.send(Ok(received.message.payload))),
                    None => drop(shared.ignored.fetch_add(1, Ordering::Relaxed)),
                }
            }
            () = passed => {
                let now = shared.now();
                let expire = || shared.requests().expire(now);
                for waiting in core::iter::from_fn(expire) {
                    let _ = waiting.send(Err(RequestError::TooLate));
                }
            }
            () = shared.begun.notified() => {}
        }
    }
}
