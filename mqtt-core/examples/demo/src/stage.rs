//! The broker, and what all do with it.

use core::time::Duration;
use mqc_client::{Address, Client, Filter, Message, Messages, Options, Received, service};
use mqtt_core::{QoS, Version};
use tokio::time::timeout;

/// How long a shared subscription may take that may be none.
const PROBE: Duration = Duration::from_secs(2);

/// The broker, and how to speak to it.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) address: Address,
    /// What has not come after so long is missing.
    pub(crate) patience: Duration,
    /// How many messages of a publisher may be on the way to a subscriber.
    pub(crate) window: u64,
    /// In topics and client identifiers, so that nobody else has them.
    name: String,
}

impl Stage {
    pub(crate) fn new(address: Address, patience: Duration, window: u64) -> Self {
        Self { address, patience, window, name: format!("{:08x}", fastrand::u32(..)) }
    }

    /// A topic that begins with ours.
    pub(crate) fn topic(&self, version: Version, rest: &str) -> String {
        format!("mqc-demo/{}/{version}/{rest}", self.name)
    }

    /// A filter as one of a group of ours.
    pub(crate) fn shared(&self, filter: &str) -> String {
        format!("$share/mqc-demo-{}/{filter}", self.name)
    }

    /// Of a client whose session ends with its connection, which is made once.
    pub(crate) fn options(&self, version: Version) -> Options {
        let (reconnect, connect_timeout) = (None, self.patience);
        Options { version, reconnect, connect_timeout, ..Options::new(self.address.clone()) }
    }

    /// Of a client with a name: its session may go on.
    pub(crate) fn options_of(&self, version: Version, name: &str) -> Options {
        // 3.1.1 brokers need not take more than 23 characters.
        let client_id = format!("demo-{}-{name}", self.name);
        Options { client_id, ..self.options(version) }
    }

    /// What something comes to, if it does in time.
    pub(crate) async fn wait<T, E: ToString>(
        &self,
        what: &str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, String> {
        match timeout(self.patience, work).await {
            Ok(result) => result.map_err(|error| format!("{what}: {}", error.to_string())),
            Err(_) => Err(format!("{what}: nothing came for {} s", self.patience.as_secs())),
        }
    }

    pub(crate) async fn connect(&self, options: Options) -> Result<(Client, Messages), String> {
        self.wait("connecting", Client::connect(options)).await
    }

    pub(crate) async fn subscribe(
        &self,
        client: &Client,
        version: Version,
        filters: Vec<Filter>,
    ) -> Result<(), String> {
        let subscribing = service::subscribe(client, version, filters);
        self.wait("subscribing", subscribing).await.map(drop)
    }

    /// One that subscribes to one filter.
    pub(crate) async fn subscriber(
        &self,
        version: Version,
        filter: &str,
    ) -> Result<(Client, Messages), String> {
        let (client, messages) = self.connect(self.options(version)).await?;
        self.subscribe(&client, version, vec![Filter::new(filter, QoS::AtLeastOnce)]).await?;
        Ok((client, messages))
    }

    pub(crate) async fn publish(&self, client: &Client, message: Message) -> Result<(), String> {
        self.wait("publishing", client.publish(message)).await.map(drop)
    }

    /// The next message.
    pub(crate) async fn next(&self, messages: &mut Messages) -> Result<Received, String> {
        let next = async { messages.next().await.ok_or("the connection is over") };
        self.wait("a message", next).await
    }

    /// Takes leave. It does not matter what that comes to.
    pub(crate) async fn leave(&self, client: &Client) {
        let _ = timeout(self.patience, client.disconnect()).await;
    }

    /// Connects once, to know that there is a broker.
    pub(crate) async fn is_there(&self) -> Result<(), String> {
        let options = self.options(Version::V311);
        let (client, _) = Client::connect(options).await.map_err(|error| error.to_string())?;
        self.leave(&client).await;
        Ok(())
    }

    /// Tries a shared subscription. 3.1.1 says nothing of them: a broker may refuse them, or take the filter for one
    /// that begins with `$`, to which nothing comes.
    ///
    /// # Errors
    /// Why there are none.
    pub(crate) async fn try_sharing(&self, version: Version) -> Result<(), String> {
        let topic = self.topic(version, "probe");
        let (client, mut messages) = self.subscriber(version, &self.shared(&topic)).await?;
        let message = Message::new(topic, "is it shared?").qos(QoS::AtLeastOnce);
        self.publish(&client, message).await?;
        let came = timeout(PROBE, messages.next()).await.is_ok_and(|next| next.is_some());
        messages.done();
        self.leave(&client).await;
        // A 5.0 broker says so if it has none; if it does not keep its word the counts will tell.
        let is_there = came || version == Version::V5;
        if is_there { Ok(()) } else { Err("nothing comes to it".to_owned()) }
    }
}
