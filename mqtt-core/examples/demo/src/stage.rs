//! The broker, and what all do with it.

use core::time::Duration;
use mqc_client::{Address, Client, Error, Filter, Message, Messages, Options, service};
use mqtt_core::{QoS, ReasonCode, UsageError, Version};
use tokio::time::timeout;

/// What a broker answers that has no shared subscriptions, or none for us. Before 5.0 there is one code for all.
const NOT_SHARED: [ReasonCode; 3] = [
    ReasonCode::SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
    ReasonCode::UNSPECIFIED_ERROR,
    ReasonCode::TOPIC_FILTER_INVALID,
];

/// The broker, and how to speak to it.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) address: Address,
    /// It is [`mqc_server`], in this process: what another broker may do without, it has to do.
    pub(crate) is_ours: bool,
    /// What has not come after so long is missing.
    pub(crate) patience: Duration,
    /// How many messages of a publisher may be on the way to a subscriber.
    pub(crate) window: u64,
    /// In topics and client identifiers, so that nobody else has them.
    name: String,
}

impl Stage {
    pub(crate) fn new(address: Address, is_ours: bool, patience: Duration, window: u64) -> Self {
        let name = format!("{:08x}", fastrand::u32(..));
        Self { address, is_ours, patience, window, name }
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
            Err(_) => Err(self.silence(what)),
        }
    }

    pub(crate) async fn connect(&self, options: Options) -> Result<(Client, Messages), String> {
        self.wait("connecting", Client::connect(options)).await
    }

    /// Gives the QoS that is granted, which another broker may choose to be less than what was asked for.
    pub(crate) async fn subscribe(
        &self,
        client: &Client,
        version: Version,
        filters: Vec<Filter>,
    ) -> Result<QoS, String> {
        let asked = filters.iter().map(|filter| filter.options.qos).min().unwrap_or_default();
        let subscribing = service::subscribe(client, version, filters);
        let codes = self.wait("subscribing", subscribing).await?;
        let granted = codes.iter().filter_map(|code| QoS::try_from(code.0).ok()).min();
        let granted = granted.unwrap_or_default().min(asked);
        match self.is_ours && granted < asked {
            true => {
                Err(format!("QoS {} was asked for, and {} is granted", asked as u8, granted as u8))
            }
            false => Ok(granted),
        }
    }

    /// One that subscribes to one filter, with QoS 1.
    pub(crate) async fn subscriber(
        &self,
        version: Version,
        filter: &str,
    ) -> Result<(Client, Messages), Trouble> {
        let (client, messages) = self.connect(self.options(version)).await?;
        let filter = Filter::new(filter, QoS::AtLeastOnce);
        let granted = self.subscribe(&client, version, vec![filter]).await?;
        enough(QoS::AtLeastOnce, granted)?;
        Ok((client, messages))
    }

    pub(crate) async fn publish(&self, client: &Client, message: Message) -> Result<(), String> {
        self.wait("publishing", client.publish(message)).await.map(drop)
    }

    /// The next message: it comes on that topic, with QoS 1.
    pub(crate) async fn next(
        &self,
        messages: &mut Messages,
        topic: &str,
    ) -> Result<Message, String> {
        let message = self.any(messages).await?;
        is_of(&message, topic, QoS::AtLeastOnce)?;
        Ok(message)
    }

    /// The next message, whatever it is.
    pub(crate) async fn any(&self, messages: &mut Messages) -> Result<Message, String> {
        let next = async { messages.next().await.ok_or("the connection is over") };
        self.wait("a message", next).await.map(|received| received.message)
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

    /// Tries a shared subscription. 3.1.1 says nothing of them: another broker may refuse them, or take the filter for
    /// one that begins with `$`, to which nothing comes. A 5.0 broker may say that it has none.
    ///
    /// # Errors
    /// What failed, be it with a broker that need not have them.
    pub(crate) async fn try_sharing(&self, version: Version) -> Result<Sharing, String> {
        let topic = self.topic(version, "probe");
        let (client, mut messages) = self.connect(self.options(version)).await?;
        let filter = Filter::new(self.shared(&topic), QoS::AtLeastOnce);
        let subscribing = client.subscribe_all(vec![filter.clone()], None);
        let refused = match timeout(self.patience, subscribing).await {
            Ok(Ok(codes)) => codes.into_iter().find(|code| !code.is_success()),
            // CONNACK said so.
            Ok(Err(Error::Usage(UsageError::NotSupported(code)))) => Some(code),
            Ok(Err(error)) => return Err(format!("subscribing: {error}")),
            Err(_) => return Err(self.silence("subscribing")),
        };
        let why = match refused {
            Some(code) if self.is_ours || !NOT_SHARED.contains(&code) => {
                return Err(Error::Reason(code).to_string());
            }
            Some(code) => Some(Error::Reason(code).to_string()),
            None => {
                let message = Message::new(topic.as_str(), "is it shared?").qos(QoS::AtLeastOnce);
                self.publish(&client, message).await?;
                match timeout(self.patience, messages.next()).await {
                    Ok(Some(_)) => None,
                    Ok(None) => return Err(service::why_ended(&client).await.to_string()),
                    // A 5.0 broker says so if it has none; if it does not keep its word the counts will tell.
                    Err(_) if version == Version::V5 => None,
                    Err(_) if self.is_ours => return Err(self.silence("a shared subscription")),
                    Err(_) => Some("nothing comes to it".to_owned()),
                }
            }
        };
        messages.done();
        self.leave(&client).await;
        Ok(why.map_or(Sharing::There, Sharing::Missing))
    }

    fn silence(&self, what: &str) -> String {
        format!("{what}: nothing came for {} s", self.patience.as_secs())
    }
}

/// Whether a broker has shared subscriptions.
#[derive(Debug)]
pub(crate) enum Sharing {
    There,
    /// How that is known.
    Missing(String),
}

/// Why something was not seen that is promised.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The promise is broken.
    Broken(String),
    /// It is not given: the broker grants no more than this.
    Less(QoS),
}

impl From<String> for Trouble {
    fn from(how: String) -> Self {
        Self::Broken(how)
    }
}

impl From<&str> for Trouble {
    fn from(how: &str) -> Self {
        Self::Broken(how.to_owned())
    }
}

/// What was asked for has been granted.
pub(crate) fn enough(asked: QoS, granted: QoS) -> Result<(), Trouble> {
    if granted < asked { Err(Trouble::Less(granted)) } else { Ok(()) }
}

/// The message came on that topic and with that QoS.
pub(crate) fn is_of(message: &Message, topic: &str, qos: QoS) -> Result<(), String> {
    if message.topic != topic {
        return Err(format!("a message came on {}, not on {topic}", message.topic));
    }
    if message.qos != qos {
        return Err(format!("a message came with QoS {}, not {}", message.qos as u8, qos as u8));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mqc_server::{Listen, Server, Settings};

    /// A broker that has no shared subscriptions and grants no more than QoS 1: once as ours, once as another's.
    fn stages() -> (Server, [Stage; 2]) {
        let listen = vec![Listen::new(([127, 0, 0, 1], 0).into())];
        let mut settings = Settings { listen, ..Settings::default() };
        settings.broker.shared_available = false;
        settings.broker.max_qos = QoS::AtLeastOnce;
        let server = Server::start(settings).expect("a server");
        let address = Address::tcp("127.0.0.1", server.addresses()[0].port());
        let stage = |is_ours| Stage::new(address.clone(), is_ours, Duration::from_secs(10), 50);
        let stages = [true, false].map(stage);
        (server, stages)
    }

    #[tokio::test]
    async fn ours_has_shared_subscriptions_and_another_need_not() {
        let (_server, [ours, other]) = stages();
        for version in [Version::V311, Version::V5] {
            let sharing = ours.try_sharing(version).await;
            assert!(sharing.is_err(), "{sharing:?}");
            let sharing = other.try_sharing(version).await;
            assert!(matches!(sharing, Ok(Sharing::Missing(_))), "{sharing:?}");
        }
    }

    #[tokio::test]
    async fn ours_grants_what_is_asked_for_and_another_need_not() {
        let (_server, [ours, other]) = stages();
        for version in [Version::V311, Version::V5] {
            for (qos, is_enough) in [(QoS::AtLeastOnce, true), (QoS::ExactlyOnce, false)] {
                for stage in [&ours, &other] {
                    let (client, _messages) =
                        stage.connect(stage.options(version)).await.expect("a connection");
                    let filter = Filter::new(stage.topic(version, "a"), qos);
                    let granted = stage.subscribe(&client, version, vec![filter]).await;
                    let expected = (is_enough || !stage.is_ours).then_some(QoS::AtLeastOnce);
                    assert_eq!(granted.clone().ok(), expected, "{granted:?}");
                }
            }
        }
    }
}
