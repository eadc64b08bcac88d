//! What a program holds: a handle to give orders by, and the messages that come.

use crate::driver::{self, Command, Outcome};
use crate::error::Error;
use crate::inbox::Inbox;
use crate::message::{Message, Received};
use crate::options::{Acks, Options};
use crate::storage::{Effect, Keeper};
use crate::transport::Connector;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use futures_util::Stream;
use mqc_store::rusqlite::{self, Transaction};
use mqtt_core::{AckToken, PacketId, QoS, ReasonCode, SessionStart, Stats, SubscriptionOptions};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{self, AbortHandle};

/// How many orders wait for the driver; then who gives one waits.
const COMMANDS: usize = 256;
/// How many messages are acknowledged together at most.
const ACKS: usize = 16;

/// A connected client: a handle that can be cloned and given away.
///
/// A task of its own owns session and socket; it connects again when the connection is lost, and subscribes
/// again if the broker has forgotten what was subscribed. When the last handle is gone it finishes what is
/// under way, takes leave of the broker and ends.
///
/// # Examples
/// ```no_run
/// use mqc_client::{Client, Message, Options};
/// use mqtt_core::QoS;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let options = Options::new("mqtt://localhost".parse()?);
/// let (client, mut messages) = Client::connect(options).await?;
/// client.subscribe("sensors/+/state", QoS::AtLeastOnce).await?;
/// client.publish(Message::new("sensors/7/state", "on").qos(QoS::AtLeastOnce)).await?;
/// if let Some(received) = messages.next().await {
///     println!("{}: {:?}", received.message.topic, received.message.payload);
/// }
/// client.disconnect().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    commands: mpsc::Sender<Command>,
    acks: mpsc::UnboundedSender<(AckToken, ReasonCode)>,
    status: watch::Receiver<Status>,
    driver: AbortHandle,
}

/// Whether there is a connection.
///
/// # Examples
/// See [`Client::status`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Status {
    /// There is none yet, or it is being made again.
    Connecting,
    /// There is one.
    Connected(Connected),
    /// It is lost, for that reason; it will be made again.
    Lost(Error),
    /// The client has ended: by its own wish, or for that reason.
    Ended(Option<Error>),
}

/// What the broker says to a new connection.
///
/// # Examples
/// See [`Client::status`].
#[derive(Clone, Debug)]
pub struct Connected {
    /// What became of the session of before.
    pub session: SessionStart,
    /// Filters that were subscribed to before and that the broker, having forgotten them, does not take again,
    /// and why. They come after the connection, if at all; nothing more is tried.
    pub refused: Vec<(String, ReasonCode)>,
    /// The client identifier: ours, or the one the broker made up (5.0).
    pub client_id: String,
}

/// A filter to subscribe to, with all that can be said about it.
///
/// # Examples
/// ```
/// use mqc_client::Filter;
/// use mqtt_core::QoS;
/// let filter = Filter::new("sensors/#", QoS::ExactlyOnce);
/// assert!(!filter.options.no_local);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// A topic filter; in 5.0 also `$share/group/filter`.
    pub filter: String,
    /// QoS, and in 5.0 more.
    pub options: SubscriptionOptions,
}

impl Filter {
    /// A filter with this QoS and nothing else.
    ///
    /// See [`Filter`] for an example.
    pub fn new(filter: impl Into<String>, qos: QoS) -> Self {
        let options = SubscriptionOptions { qos, ..SubscriptionOptions::DEFAULT };
        Self { filter: filter.into(), options }
    }
}

/// A message that has been delivered.
///
/// # Examples
/// See [`Client::publish`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Of QoS 1 and 2: what it was known by on the way.
    pub packet_id: Option<PacketId>,
    /// What the broker says: success, or that nobody subscribes to it.
    pub reason: ReasonCode,
}

/// A message on its way. It goes its way also if this is dropped.
///
/// # Examples
/// See [`Client::send`].
#[must_use = "it tells when the message has been delivered"]
#[derive(Debug)]
pub struct Delivery(oneshot::Receiver<Outcome<Published>>);

impl Future for Delivery {
    type Output = Outcome<Published>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|received| received.unwrap_or(Err(Error::Closed)))
    }
}

impl Client {
    /// Connects, and gives a handle and the messages that come.
    ///
    /// # Errors
    /// The broker cannot be reached or refuses. That is not tried again; what happens later is
    /// [`status`](Self::status).
    ///
    /// See [`Client`] for an example.
    pub async fn connect(options: Options) -> Outcome<(Self, Messages)> {
        let (first, connected) = oneshot::channel();
        let (address, tls) = (options.address.clone(), options.tls.clone());
        let connector = match address.scheme.is_tls() {
            // Files are to be read.
            true => task::spawn_blocking(move || Connector::new(&address, &tls)).await,
            false => Ok(Connector::new(&address, &tls)),
        };
        let connector = connector.unwrap_or(Err(Error::Closed))?;
        let (storage, name) = (options.store.clone(), options.client_id.clone());
        let keeper = match storage {
            Some(storage) => task::spawn_blocking(move || Keeper::open(&storage, &name).map(Some))
                .await
                .unwrap_or(Err(Error::Closed))?,
            None => None,
        };
        let started = Self::spawn(options, connector, keeper, Some(first));
        connected.await.unwrap_or(Err(Error::Closed))?;
        Ok(started)
    }

    /// The same without waiting for the first connection: it is tried again as later ones are, and
    /// [`status`](Self::status) tells. Orders wait for it. To be called inside a runtime of tokio; the files for
    /// TLS and the store are read here, while nothing else goes on in this thread.
    ///
    /// # Errors
    /// Files for TLS or the store cannot be used.
    ///
    /// ```
    /// use mqc_client::{Client, Options, Status};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // Nobody listens there, yet.
    /// let (client, _messages) = Client::start(Options::new("mqtt://127.0.0.1:1".parse()?))?;
    /// client.status().wait_for(|status| matches!(status, Status::Lost(_))).await?;
    /// # Ok(()) }
    /// ```
    pub fn start(options: Options) -> Outcome<(Self, Messages)> {
        let connector = Connector::new(&options.address, &options.tls)?;
        let storage = options.store.as_ref();
        let keeper =
            storage.map(|storage| Keeper::open(storage, &options.client_id)).transpose()?;
        Ok(Self::spawn(options, connector, keeper, None))
    }

    fn spawn(
        options: Options,
        connector: Connector,
        keeper: Option<Keeper>,
        first: Option<oneshot::Sender<Outcome<()>>>,
    ) -> (Self, Messages) {
        let (commands, orders) = mpsc::channel(COMMANDS);
        let (acks, tokens) = mpsc::unbounded_channel();
        let (status, watched) = watch::channel(Status::Connecting);
        let inbox = Arc::new(Inbox::new(options.inbox, options.inbox_bytes));
        let is_manual = options.acks == Acks::Manual;
        let ways = driver::Ways { commands: orders, acks: tokens, status, inbox: inbox.clone() };
        let driver = driver::Driver::new(options, connector, keeper, ways, first);
        let driver = tokio::spawn(driver).abort_handle();
        let messages = Messages {
            inbox,
            taken: VecDeque::new(),
            unacknowledged: Vec::new(),
            acks: (!is_manual).then(|| acks.clone()),
        };
        (Self { commands, acks, status: watched, driver }, messages)
    }

    /// Publishes a message and waits until it is delivered: handed to the session, for QoS 0; acknowledged, for
    /// others. While there is no connection it waits in the session's queue for the next one. If this is dropped
    /// half way the message goes its way all the same, once there was room for it.
    ///
    /// # Errors
    /// The broker refuses it; it cannot be sent as it is; the client has ended. See [`Error`].
    ///
    /// See [`Client`] for an example.
    pub async fn publish(&self, message: Message) -> Outcome<Published> {
        self.send(message).await?.await
    }

    /// Hands a message over and goes on; what is given back tells when it is delivered. Waits if too many
    /// wait to be sent; if this is dropped while it waits, the message is not sent.
    ///
    /// # Errors
    /// The client has ended.
    ///
    /// ```no_run
    /// # use mqc_client::{Client, Error, Message};
    /// # use mqtt_core::QoS;
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// let mut deliveries = Vec::new();
    /// for number in 0..100 {
    ///     let message = Message::new("count", number.to_string()).qos(QoS::AtLeastOnce);
    ///     deliveries.push(client.send(message).await?);
    /// }
    /// for delivery in deliveries {
    ///     delivery.await?;
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn send(&self, message: Message) -> Outcome<Delivery> {
        let (done, delivered) = oneshot::channel();
        self.order(Command::Publish(message, Some(done), None)).await?;
        Ok(Delivery(delivered))
    }

    /// The same for a message that is stored: `effect` is committed with it, in one transaction of the
    /// `sqlite:` that keeps the session. Before that the message does not go out; after it, it arrives, if the
    /// process dies or not. To send exactly once what is in a table, delete it there, and use QoS 2. Of QoS 0
    /// nothing is stored but the effect. If the effect fails, the client ends.
    ///
    /// # Errors
    /// The client has ended. The delivery tells if there is no such store, or the message cannot be sent as it
    /// is: then there is no effect.
    ///
    /// ```no_run
    /// # use mqc_client::{Client, Error, Message};
    /// # use mqtt_core::QoS;
    /// # async fn example(client: Client, row: i64) -> Result<(), Error> {
    /// let message = Message::new("orders", "one").qos(QoS::ExactlyOnce);
    /// let delete = move |tables: &mqc_store::rusqlite::Transaction<'_>| {
    ///     tables.execute("DELETE FROM outbox WHERE id = ?1", [row]).map(drop)
    /// };
    /// client.send_with(message, delete).await?.await?;
    /// # Ok(()) }
    /// ```
    pub async fn send_with(
        &self,
        message: Message,
        effect: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()> + Send + 'static,
    ) -> Outcome<Delivery> {
        let (done, delivered) = oneshot::channel();
        let effect: Effect = Box::new(effect);
        self.order(Command::Publish(message, Some(done), Some(effect))).await?;
        Ok(Delivery(delivered))
    }

    /// Hands a message over and wants to hear no more of it. Waits if too many wait to be sent; if this is
    /// dropped while it waits, the message is not sent.
    ///
    /// # Errors
    /// The client has ended.
    ///
    /// ```no_run
    /// # use mqc_client::{Client, Error, Message};
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// client.post(Message::new("ticks", "1")).await?;
    /// # Ok(()) }
    /// ```
    pub async fn post(&self, message: Message) -> Outcome<()> {
        self.order(Command::Publish(message, None, None)).await
    }

    /// Subscribes to a filter. The code is the granted QoS.
    ///
    /// # Errors
    /// The broker refuses, or the client has ended.
    ///
    /// See [`Client`] for an example.
    pub async fn subscribe(&self, filter: impl Into<String>, qos: QoS) -> Outcome<ReasonCode> {
        let codes = self.subscribe_all(vec![Filter::new(filter, qos)], None).await?;
        let code = codes.first().copied().unwrap_or(ReasonCode::UNSPECIFIED_ERROR);
        if code.is_success() { Ok(code) } else { Err(Error::Reason(code)) }
    }

    /// Subscribes to several filters, in 5.0 with an identifier that comes with their messages. One code for
    /// each: the granted QoS, or why not. If this is dropped half way they are subscribed to all the same, once
    /// there was room for the order; so with [`subscribe`](Self::subscribe).
    ///
    /// # Errors
    /// They cannot be sent as they are, or the client has ended.
    ///
    /// ```no_run
    /// # use mqc_client::{Client, Error, Filter};
    /// # use mqtt_core::QoS;
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// let filters = ["a/#", "b/+"].map(|filter| Filter::new(filter, QoS::AtLeastOnce));
    /// for code in client.subscribe_all(filters.to_vec(), Some(7)).await? {
    ///     println!("{code:?}");
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn subscribe_all(
        &self,
        filters: Vec<Filter>,
        identifier: Option<u32>,
    ) -> Outcome<Vec<ReasonCode>> {
        let (done, answer) = oneshot::channel();
        self.order(Command::Subscribe { filters, identifier, done: Some(done) }).await?;
        answer.await.unwrap_or(Err(Error::Closed))
    }

    /// Ends subscriptions. In 5.0 one code for each; before, none. If this is dropped half way they end all the
    /// same, once there was room for the order.
    ///
    /// # Errors
    /// They cannot be sent as they are, or the client has ended.
    ///
    /// ```no_run
    /// # use mqc_client::{Client, Error};
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// client.unsubscribe(vec!["a/#".to_owned()]).await?;
    /// # Ok(()) }
    /// ```
    pub async fn unsubscribe(&self, filters: Vec<String>) -> Outcome<Vec<ReasonCode>> {
        let (done, answer) = oneshot::channel();
        self.order(Command::Unsubscribe { filters, done: Some(done) }).await?;
        answer.await.unwrap_or(Err(Error::Closed))
    }

    /// Acknowledges a message, with [`Acks::Manual`]. Messages may be acknowledged in any order; the broker
    /// sees them in theirs. After the end of the connection that brought it, a message of QoS 1 comes again, with
    /// another token; for one of QoS 2 this token stays the only one.
    ///
    /// ```no_run
    /// # use mqc_client::{Client, Error, Messages};
    /// # use mqtt_core::ReasonCode;
    /// # async fn example(client: Client, mut messages: Messages) {
    /// while let Some(received) = messages.next().await {
    ///     println!("{}", received.message.topic);
    ///     if let Some(token) = received.ack {
    ///         client.ack(token, ReasonCode::SUCCESS);
    ///     }
    /// }
    /// # }
    /// ```
    pub fn ack(&self, token: AckToken, reason: ReasonCode) {
        // If the client has ended the broker sends it again.
        let _ = self.acks.send((token, reason));
    }

    /// What the session has counted.
    ///
    /// # Errors
    /// The client has ended.
    ///
    /// ```no_run
    /// # use mqc_client::{Client, Error};
    /// # async fn example(client: Client) -> Result<(), Error> {
    /// println!("{}", client.stats().await?.messages());
    /// # Ok(()) }
    /// ```
    pub async fn stats(&self) -> Outcome<Stats> {
        let (done, answer) = oneshot::channel();
        self.order(Command::Stats(done)).await?;
        answer.await.map_err(|_| Error::Closed)
    }

    /// Whether there is a connection; also a way to wait for changes.
    ///
    /// ```no_run
    /// # use mqc_client::{Client, Status};
    /// # async fn example(client: Client) {
    /// let mut status = client.status();
    /// while status.changed().await.is_ok() {
    ///     if let Status::Lost(error) = &*status.borrow_and_update() {
    ///         eprintln!("{error}");
    ///     }
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Finishes what was ordered before, says DISCONNECT, and ends the client, for all handles. Does not wait for
    /// messages that have come and are not acknowledged; what is ordered after this fails with [`Error::Closed`]. If
    /// this is dropped half way the client ends all the same, once there was room for the order.
    ///
    /// # Errors
    /// There is no connection and messages wait for one, it was lost meanwhile, or the client had ended.
    ///
    /// See [`Client`] for an example.
    pub async fn disconnect(&self) -> Outcome<()> {
        self.quiesce(false).await
    }

    /// The same for a program that is asked to end: if there is no connection yet, it does not wait for one.
    pub(crate) async fn leave(&self) -> Outcome<()> {
        self.quiesce(true).await
    }

    async fn quiesce(&self, in_haste: bool) -> Outcome<()> {
        let (done, answer) = oneshot::channel();
        self.order(Command::Quiesce { done, in_haste }).await?;
        answer.await.unwrap_or(Err(Error::Closed))
    }

    /// Ends the client at once and for all handles, as a crash would: the connection is closed without
    /// DISCONNECT, so that the broker publishes the will. What was under way is lost, with its session, unless it is
    /// stored; the store may be in use for a moment longer.
    ///
    /// ```no_run
    /// # use mqc_client::Client;
    /// # fn example(client: Client) {
    /// client.abort();
    /// # }
    /// ```
    pub fn abort(&self) {
        self.driver.abort();
    }

    async fn order(&self, command: Command) -> Outcome<()> {
        self.commands.send(command).await.map_err(|_| Error::Closed)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&*self.status.borrow()).finish()
    }
}

/// The messages that come, in their order.
///
/// With [`Acks::WhenTaken`] a message is acknowledged after the next one has been asked for: at once if none is at
/// hand, else together with those that came with it, 16 at most. When this is dropped, messages of QoS 0
/// are thrown away, others stay with the broker.
///
/// # Examples
/// See [`Client`]; it is a [`Stream`] too.
pub struct Messages {
    inbox: Arc<Inbox>,
    /// Taken over from there.
    taken: VecDeque<Received>,
    /// What acknowledges those that were handed out.
    unacknowledged: Vec<AckToken>,
    /// `None` if that is not for us.
    acks: Option<mpsc::UnboundedSender<(AckToken, ReasonCode)>>,
}

impl Messages {
    /// The next message. `None` when the client has ended. If this is dropped before it is done, no message is
    /// lost: it may stand in a `select!`.
    ///
    /// See [`Client`] for an example.
    pub async fn next(&mut self) -> Option<Received> {
        core::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// Acknowledges all messages that were taken, as asking for the next one does sooner or later: for a program
    /// that asks for no more.
    ///
    /// ```no_run
    /// # async fn example(client: mqc_client::Client, mut messages: mqc_client::Messages) {
    /// if let Some(received) = messages.next().await {
    ///     println!("{}", received.message.topic);
    ///     messages.done();
    /// }
    /// let _ = client.disconnect().await;
    /// # }
    /// ```
    pub fn done(&mut self) {
        for token in self.unacknowledged.drain(..) {
            // If the driver has ended the broker sends it again.
            let _ = self.acks.as_ref().map(|acks| acks.send((token, ReasonCode::SUCCESS)));
        }
    }

    /// How many messages of QoS 0 were dropped for want of room: see [`Overflow`](crate::Overflow).
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.inbox.dropped()
    }

    fn poll(&mut self, cx: &Context<'_>) -> Poll<Option<Received>> {
        // Together, so that the driver is woken once and the packets go out in one write.
        if self.taken.is_empty() || self.unacknowledged.len() >= ACKS {
            self.done();
        }
        if self.taken.is_empty() && !ready!(self.inbox.poll_take(cx, &mut self.taken)) {
            return Poll::Ready(None);
        }
        let mut received = self.taken.pop_front();
        if self.acks.is_some() {
            let token = received.as_mut().and_then(|received| received.ack.take());
            self.unacknowledged.extend(token);
        }
        Poll::Ready(received)
    }
}

impl Stream for Messages {
    type Item = Received;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Received>> {
        self.poll(cx)
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        // Those that were taken over and not handed out: the broker sends them again some day.
        self.inbox.abandon();
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Messages({} at hand)", self.taken.len())
    }
}
