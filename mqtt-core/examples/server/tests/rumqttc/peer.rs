//! A client of rumqttc, whose two versions are two sets of types.

use bytes::Bytes;
use loopback::PATIENCE;
use rumqttc::v5::mqttbytes::v5 as five;
use rumqttc::{TlsConfiguration, Transport, v5};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::rustls::ClientConfig;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    V311,
    V5,
}

pub(crate) const VERSIONS: [Version; 2] = [Version::V311, Version::V5];

/// Topic, payload, quality of service, RETAIN.
pub(crate) type Seen = (String, Bytes, u8, bool);

/// What a client wants when it connects.
#[derive(Clone)]
pub(crate) struct Wish {
    pub(crate) version: Version,
    pub(crate) port: u16,
    pub(crate) name: String,
    /// Its session outlives its connection.
    pub(crate) stays: bool,
    /// Topic and payload.
    pub(crate) will: Option<(&'static str, &'static str)>,
    pub(crate) tls: Option<Arc<ClientConfig>>,
    /// User name and password.
    pub(crate) login: Option<(&'static str, &'static str)>,
    /// Nothing is acknowledged but by [`Peer::ack`]. Only of 5.0.
    pub(crate) acks_later: bool,
    /// What only 5.0 has.
    pub(crate) properties: five::ConnectProperties,
    pub(crate) will_properties: Option<five::LastWillProperties>,
}

impl Wish {
    pub(crate) fn new(version: Version, port: u16, name: &str) -> Self {
        Self {
            version,
            port,
            name: name.to_owned(),
            stays: false,
            will: None,
            tls: None,
            login: None,
            acks_later: false,
            properties: five::ConnectProperties::new(),
            will_properties: None,
        }
    }
}

enum Client {
    V311(rumqttc::AsyncClient),
    V5(v5::AsyncClient),
}

/// What comes, in the same form of both versions.
#[derive(Debug)]
enum Came {
    Hello {
        session_present: bool,
        properties: Option<five::ConnAckProperties>,
    },
    /// With the packet, of 5.0.
    Message(Seen, Option<five::Publish>),
    Answer(String),
    Other,
    End(String),
}

pub(crate) struct Peer {
    client: Client,
    came: UnboundedReceiver<Came>,
    inbox: VecDeque<(Seen, Option<five::PublishProperties>)>,
    /// What [`ack`](Self::ack) is to acknowledge.
    open: VecDeque<five::Publish>,
    task: JoinHandle<()>,
    pub(crate) session_present: bool,
    pub(crate) hello: Option<five::ConnAckProperties>,
}

/// Larger than the 1 MiB that the server takes.
const MAX: u32 = 2 << 20;

impl Peer {
    /// Connects; else says why not.
    pub(crate) async fn open(wish: Wish) -> Result<Self, String> {
        let (sender, came) = unbounded_channel();
        let transport =
            wish.tls.map_or(Transport::Tcp, |tls| Transport::Tls(TlsConfiguration::Rustls(tls)));
        let (client, task) = match wish.version {
            Version::V311 => {
                let mut options = rumqttc::MqttOptions::new(wish.name, "localhost", wish.port);
                options.set_clean_session(!wish.stays).set_transport(transport);
                options.set_max_packet_size(MAX as usize, MAX as usize);
                if let Some((topic, payload)) = wish.will {
                    let will =
                        rumqttc::LastWill::new(topic, payload, rumqttc::QoS::AtLeastOnce, false);
                    options.set_last_will(will);
                }
                if let Some((user, password)) = wish.login {
                    options.set_credentials(user, password);
                }
                let (client, events) = rumqttc::AsyncClient::new(options, 10);
                (Client::V311(client), tokio::spawn(run_v311(events, sender)))
            }
            Version::V5 => {
                let mut options = v5::MqttOptions::new(wish.name, "localhost", wish.port);
                let mut properties = wish.properties;
                properties.session_expiry_interval = wish.stays.then_some(100);
                // Else it takes 10 KiB, and does not tell the server.
                properties.max_packet_size.get_or_insert(MAX);
                options.set_connect_properties(properties);
                options.set_clean_start(!wish.stays).set_transport(transport);
                options.set_manual_acks(wish.acks_later);
                if let Some((topic, payload)) = wish.will {
                    let qos = v5::mqttbytes::QoS::AtLeastOnce;
                    let properties = wish.will_properties;
                    options
                        .set_last_will(five::LastWill::new(topic, payload, qos, false, properties));
                }
                if let Some((user, password)) = wish.login {
                    options.set_credentials(user, password);
                }
                let (client, events) = v5::AsyncClient::new(options, 10);
                (Client::V5(client), tokio::spawn(run_v5(events, sender)))
            }
        };
        let (inbox, open) = (VecDeque::new(), VecDeque::new());
        let mut peer =
            Self { client, came, inbox, open, task, session_present: false, hello: None };
        match peer.next_of_all().await {
            Came::Hello { session_present, properties } => {
                peer.session_present = session_present;
                peer.hello = properties;
                Ok(peer)
            }
            Came::End(why) => Err(why),
            other => panic!("expected CONNACK, came {other:?}"),
        }
    }

    pub(crate) async fn connect(version: Version, port: u16, name: &str) -> Self {
        Self::open(Wish::new(version, port, name)).await.expect("CONNACK")
    }

    async fn next_of_all(&mut self) -> Came {
        let next = timeout(PATIENCE, self.came.recv()).await.expect("something comes in time");
        next.expect("the client says how it ended")
    }

    /// The next answer; messages that come before it wait.
    async fn answer(&mut self) -> String {
        loop {
            match self.next_of_all().await {
                Came::Message(seen, packet) => {
                    let properties = self.note(packet);
                    self.inbox.push_back((seen, properties));
                }
                Came::Answer(text) => return text,
                Came::Other => {}
                came => panic!("expected an answer, came {came:?}"),
            }
        }
    }

    /// The properties of a message, which is open from now on.
    fn note(&mut self, packet: Option<five::Publish>) -> Option<five::PublishProperties> {
        let packet = packet?;
        let properties = packet.properties.clone();
        self.open.push_back(packet);
        properties
    }

    /// Acknowledges the first message that is not, for one that [acknowledges later](Wish::acks_later).
    pub(crate) async fn ack(&mut self) {
        let first = self.open.pop_front().expect("there is one");
        match &self.client {
            Client::V5(client) => client.ack(&first).await.unwrap(),
            Client::V311(_) => panic!("only of 5.0"),
        }
    }

    /// What SUBACK said.
    pub(crate) async fn subscribe(&mut self, filter: &str, qos: u8) -> String {
        self.subscribe_as(filter, qos, None).await
    }

    /// The same with a subscription identifier, which only 5.0 has.
    pub(crate) async fn subscribe_as(
        &mut self,
        filter: &str,
        qos: u8,
        id: Option<usize>,
    ) -> String {
        match &self.client {
            Client::V311(client) => client.subscribe(filter, qos_v311(qos)).await.unwrap(),
            Client::V5(client) => {
                let properties = five::SubscribeProperties { id, user_properties: Vec::new() };
                client.subscribe_with_properties(filter, qos_v5(qos), properties).await.unwrap();
            }
        }
        self.answer().await
    }

    pub(crate) async fn unsubscribe(&mut self, filter: &str) {
        match &self.client {
            Client::V311(client) => client.unsubscribe(filter).await.unwrap(),
            Client::V5(client) => client.unsubscribe(filter).await.unwrap(),
        }
        self.answer().await;
    }

    /// Publishes, and does not wait.
    pub(crate) async fn send(&self, topic: &str, payload: &[u8], qos: u8, retain: bool) {
        self.send_with(topic, payload, qos, retain, five::PublishProperties::default()).await;
    }

    pub(crate) async fn send_with(
        &self,
        topic: &str,
        payload: &[u8],
        qos: u8,
        retain: bool,
        properties: five::PublishProperties,
    ) {
        match &self.client {
            Client::V311(client) => {
                client.publish(topic, qos_v311(qos), retain, payload).await.unwrap();
            }
            Client::V5(client) => {
                let payload = payload.to_vec();
                let qos = qos_v5(qos);
                client
                    .publish_with_properties(topic, qos, retain, payload, properties)
                    .await
                    .unwrap();
            }
        }
    }

    /// Publishes; what the acknowledgement said.
    pub(crate) async fn publish(
        &mut self,
        topic: &str,
        payload: &[u8],
        qos: u8,
        retain: bool,
    ) -> String {
        self.send(topic, payload, qos, retain).await;
        if qos == 0 { String::new() } else { self.answer().await }
    }

    pub(crate) async fn next(&mut self) -> (Seen, Option<five::PublishProperties>) {
        loop {
            if let Some(message) = self.inbox.pop_front() {
                return message;
            }
            match self.next_of_all().await {
                Came::Message(seen, packet) => return (seen, self.note(packet)),
                Came::End(why) => panic!("expected a message, came {why}"),
                _ => {}
            }
        }
    }

    pub(crate) async fn gets(&mut self, topic: &str, payload: &[u8], qos: u8, retain: bool) {
        let (seen, _) = self.next().await;
        let fields = (seen.0.as_str(), seen.2, seen.3, seen.1.len());
        assert_eq!(fields, (topic, qos, retain, payload.len()));
        assert!(seen.1 == payload, "the payload is another one");
    }

    /// Fails if a message has come. What the server had for it came before the answer to this.
    pub(crate) async fn gets_nothing(&mut self) {
        self.subscribe("fence", 0).await;
        assert_eq!(self.inbox, []);
    }

    /// Waits for the end of the connection: why.
    pub(crate) async fn ended(mut self) -> String {
        loop {
            if let Came::End(why) = self.next_of_all().await {
                return why;
            }
        }
    }

    /// Says DISCONNECT, and waits for the end.
    pub(crate) async fn leave(self) {
        match &self.client {
            Client::V311(client) => client.disconnect().await.unwrap(),
            Client::V5(client) => client.disconnect().await.unwrap(),
        }
        self.ended().await;
    }
}

/// Without a word: its socket is closed.
impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn qos_v311(qos: u8) -> rumqttc::QoS {
    [rumqttc::QoS::AtMostOnce, rumqttc::QoS::AtLeastOnce, rumqttc::QoS::ExactlyOnce]
        [usize::from(qos)]
}

fn qos_v5(qos: u8) -> v5::mqttbytes::QoS {
    use v5::mqttbytes::QoS;
    [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce][usize::from(qos)]
}

/// Does what the client does, until its connection ends.
async fn run_v311(mut events: rumqttc::EventLoop, sender: UnboundedSender<Came>) {
    use rumqttc::{Event, Packet};
    loop {
        let came = match events.poll().await {
            Err(why) => Came::End(format!("{why:?}")),
            Ok(Event::Outgoing(_)) => continue,
            Ok(Event::Incoming(packet)) => match packet {
                Packet::ConnAck(connack) => {
                    Came::Hello { session_present: connack.session_present, properties: None }
                }
                Packet::Publish(publish) => Came::Message(
                    (publish.topic, publish.payload, publish.qos as u8, publish.retain),
                    None,
                ),
                Packet::SubAck(suback) => Came::Answer(format!("{:?}", suback.return_codes)),
                Packet::PubAck(_) | Packet::PubComp(_) | Packet::UnsubAck(_) => {
                    Came::Answer(String::new())
                }
                _ => Came::Other,
            },
        };
        let is_over = matches!(came, Came::End(_));
        if sender.send(came).is_err() || is_over {
            return;
        }
    }
}

async fn run_v5(mut events: v5::EventLoop, sender: UnboundedSender<Came>) {
    use five::Packet;
    use v5::Event;
    loop {
        let came = match events.poll().await {
            Err(why) => Came::End(format!("{why:?}")),
            Ok(Event::Outgoing(_)) => continue,
            Ok(Event::Incoming(packet)) => match packet {
                Packet::ConnAck(connack) => Came::Hello {
                    session_present: connack.session_present,
                    properties: connack.properties,
                },
                Packet::Publish(publish) => {
                    let topic = String::from_utf8_lossy(&publish.topic).into_owned();
                    let seen = (topic, publish.payload.clone(), publish.qos as u8, publish.retain);
                    Came::Message(seen, Some(publish))
                }
                Packet::SubAck(suback) => Came::Answer(format!("{:?}", suback.return_codes)),
                Packet::PubAck(puback) => Came::Answer(format!("{:?}", puback.reason)),
                Packet::PubComp(pubcomp) => Came::Answer(format!("{:?}", pubcomp.reason)),
                Packet::UnsubAck(unsuback) => Came::Answer(format!("{:?}", unsuback.reasons)),
                _ => Came::Other,
            },
        };
        let is_over = matches!(came, Came::End(_));
        if sender.send(came).is_err() || is_over {
            return;
        }
    }
}
