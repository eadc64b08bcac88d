//! A connection to RabbitMQ.

use crate::publication::{Publication, dead_letter, publication};
use crate::settings::Settings;
use core::time::Duration;
use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind, PublisherConfirm};
use mqc_client::Message;
use std::collections::HashMap;
use tokio::time::timeout;

/// How long RabbitMQ may take to let us in.
const CONNECT: Duration = Duration::from_secs(20);
/// More exchanges are not kept in mind; those that come again are declared again.
const MAX_EXCHANGES: usize = 10_000;

/// A connection with a channel in confirm mode.
pub(crate) struct Rabbit {
    connection: Connection,
    publisher: Channel,
    /// Exchanges that are declared, or why they cannot be.
    exchanges: HashMap<String, Result<(), String>>,
    dead_letters: String,
}

/// A message that is on its way.
pub(crate) struct Sent {
    pub(crate) confirm: PublisherConfirm,
    /// Why it is a dead letter, if it is one.
    pub(crate) dead: Option<String>,
}

impl Rabbit {
    /// Connects, and declares where dead letters go.
    pub(crate) async fn connect(settings: &Settings) -> Result<Self, String> {
        let connecting = async {
            let properties = ConnectionProperties::default();
            let connection = Connection::connect_uri(settings.amqp.clone(), properties).await?;
            let publisher = connection.create_channel().await?;
            publisher.confirm_select(ConfirmSelectOptions::default()).await?;
            let name = &*settings.dead_letters;
            let none = FieldTable::default();
            let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
            let kind = ExchangeKind::Fanout;
            publisher.exchange_declare(name.into(), kind, durable, none.clone()).await?;
            let durable = QueueDeclareOptions { durable: true, ..Default::default() };
            publisher.queue_declare(name.into(), durable, none.clone()).await?;
            let bind = QueueBindOptions::default();
            publisher.queue_bind(name.into(), name.into(), "".into(), bind, none).await?;
            Ok(Self {
                connection,
                publisher,
                exchanges: HashMap::new(),
                dead_letters: name.to_owned(),
            })
        };
        match timeout(CONNECT, connecting).await {
            Ok(result) => result.map_err(|error: lapin::Error| error.to_string()),
            Err(_) => Err("no connection in time".to_owned()),
        }
    }

    /// Sends a message, as a dead letter if it cannot be sent as it is.
    pub(crate) async fn publish(&mut self, message: &Message) -> Result<Sent, String> {
        let (wanted, dead) = match self.prepare(message).await? {
            Ok(publication) => (publication, None),
            Err(why) => (dead_letter(message, &why, &self.dead_letters), Some(why)),
        };
        let Publication { exchange, key, properties } = wanted;
        // Returned if no queue wants it; confirmed then too.
        let options = BasicPublishOptions { mandatory: true, ..Default::default() };
        let payload = &message.payload;
        let sending = self.publisher.basic_publish(exchange, key, options, payload, properties);
        let confirm = sending.await.map_err(|error| error.to_string())?;
        Ok(Sent { confirm, dead })
    }

    /// The message in AMQP, with its exchange declared, or why it cannot be.
    async fn prepare(&mut self, message: &Message) -> Result<Result<Publication, String>, String> {
        let publication = match publication(message) {
            Ok(publication) => publication,
            Err(why) => return Ok(Err(why)),
        };
        let exchange = publication.exchange.as_str();
        if !self.exchanges.contains_key(exchange) {
            let declared = self.declare(exchange).await?;
            if self.exchanges.len() >= MAX_EXCHANGES {
                self.exchanges.clear();
            }
            self.exchanges.insert(exchange.to_owned(), declared);
        }
        match &self.exchanges[exchange] {
            Ok(()) => Ok(Ok(publication)),
            Err(why) => Ok(Err(why.clone())),
        }
    }

    /// Declares a topic exchange. The inner error is RabbitMQ's refusal, the outer one that it is gone.
    async fn declare(&self, name: &str) -> Result<Result<(), String>, String> {
        let declaring = async {
            // A refusal closes the channel.
            let channel = self.connection.create_channel().await?;
            let options = ExchangeDeclareOptions { durable: true, ..Default::default() };
            let (kind, none) = (ExchangeKind::Topic, FieldTable::default());
            channel.exchange_declare(name.into(), kind, options, none).await?;
            channel.close(200, "done".into()).await
        };
        match declaring.await {
            Ok(()) => Ok(Ok(())),
            Err(error) if error.is_amqp_soft_error() => Ok(Err(error.to_string())),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Takes leave.
    pub(crate) async fn close(self) {
        // If it is gone, so is the connection.
        let _ = timeout(CONNECT, self.connection.close(200, "done".into())).await;
    }
}
