//! A router with asynchronous handlers, on a client.

use futures_util::future::BoxFuture;
use mqc_client::{Client, Error, Filter, Message, Outcome};
use mqtt_core::{MatchScratch, QoS, RouteError, RouteMatch, Router, TopicName};
use std::hash::RandomState;

/// What a handler gets.
///
/// # Examples
/// See [`Routes`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The message.
    pub message: Message,
    /// The captures of the pattern, and what they stand for.
    pub captures: Vec<(String, String)>,
}

impl Request {
    /// What a capture stands for; empty if the pattern has no such capture, or the topic ends before it.
    ///
    /// See [`Routes`] for an example.
    #[must_use]
    pub fn capture(&self, name: &str) -> &str {
        let found = self.captures.iter().find(|(other, _)| other == name);
        found.map_or("", |(_, value)| value)
    }
}

/// Owns what it is given, so that it can wait for something.
type Handler = Box<dyn Fn(Request) -> BoxFuture<'static, ()> + Send + Sync>;

/// Handlers by topic.
///
/// # Examples
/// ```
/// use mqc_client::Message;
/// use patterns::routing::Routes;
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), mqtt_core::RouteError> {
/// let mut routes = Routes::default();
/// routes.add("sensors/{room}/temperature", |request| async move {
///     println!("{}: {:?}", request.capture("room"), request.message.text());
/// #   assert_eq!(request.capture("room"), "attic");
/// })?;
/// assert_eq!(routes.filters(), ["sensors/+/temperature"]);
/// assert_eq!(routes.handle(Message::new("sensors/attic/temperature", "21.5")).await, 1);
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct Routes {
    router: Router<Handler, RandomState>,
}

fn boxed<F>(handler: impl Fn(Request) -> F + Send + Sync + 'static) -> Handler
where
    F: Future<Output = ()> + Send + 'static,
{
    Box::new(move |request| Box::pin(handler(request)))
}

impl Routes {
    /// Adds a handler for a pattern.
    ///
    /// # Errors
    /// It is none.
    ///
    /// See [`Routes`] for an example.
    pub fn add<F>(
        &mut self,
        pattern: &str,
        handler: impl Fn(Request) -> F + Send + Sync + 'static,
    ) -> Result<(), RouteError>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.router.add(pattern, boxed(handler)).map(|_| ())
    }

    /// Sets the handler of messages that no pattern matches.
    ///
    /// ```
    /// use mqc_client::Message;
    /// use patterns::routing::Routes;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let mut routes = Routes::default();
    /// assert_eq!(routes.handle(Message::new("a", "b")).await, 0);
    /// routes.fallback(|request| async move { println!("{request:?}") });
    /// assert_eq!(routes.handle(Message::new("a", "b")).await, 1);
    /// # }
    /// ```
    pub fn fallback<F>(&mut self, handler: impl Fn(Request) -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.router.set_fallback(Some(boxed(handler)));
    }

    /// What has to be subscribed to: each filter once.
    ///
    /// See [`Routes`] for an example.
    #[must_use]
    pub fn filters(&self) -> Vec<String> {
        self.router.filters().map(|filter| filter.as_str().to_owned()).collect()
    }

    /// Subscribes to exactly that.
    ///
    /// # Errors
    /// The broker refuses one of them, or the client has ended.
    ///
    /// ```no_run
    /// # async fn example(client: mqc_client::Client, routes: patterns::routing::Routes) {
    /// routes.subscribe(&client, mqtt_core::QoS::AtLeastOnce).await.unwrap();
    /// # }
    /// ```
    pub async fn subscribe(&self, client: &Client, qos: QoS) -> Outcome<()> {
        let filters = self.filters().into_iter().map(|filter| Filter::new(filter, qos)).collect();
        let codes = client.subscribe_all(filters, None).await?;
        match codes.into_iter().find(|code| !code.is_success()) {
            Some(code) => Err(Error::Reason(code)),
            None => Ok(()),
        }
    }

    /// Gives a message to all handlers that it is for, and waits for them. How many there are.
    ///
    /// See [`Routes`] for an example.
    pub async fn handle(&self, message: Message) -> usize {
        let mut scratch = MatchScratch::default();
        // A broker sends no other.
        let Ok(topic) = TopicName::new(&message.topic) else { return 0 };
        let request = |found: RouteMatch<'_, '_, Handler>| {
            let pairs = found.captures.iter();
            let captures = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            (found.handler)(Request { message: message.clone(), captures })
        };
        let handlers: Vec<_> = self.router.route(topic, &mut scratch).map(request).collect();
        let count = handlers.len();
        futures_util::future::join_all(handlers).await;
        count
    }
}
