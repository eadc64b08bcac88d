//! Messages that own what they hold.

use bytes::Bytes;
use mqtt_core::{AckToken, PacketId, Property, Publish, QoS};

/// A message to be published, or one that has come.
///
/// # Examples
/// ```
/// use mqc_client::Message;
/// use mqtt_core::QoS;
///
/// let message = Message::new("sensors/7", "21.5").qos(QoS::AtLeastOnce).user_property("unit", "celsius");
/// assert_eq!(message.payload, "21.5");
/// assert_eq!(message.properties().user_properties, [("unit".to_owned(), "celsius".to_owned())]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Where it goes: a topic name.
    pub topic: String,
    /// What it says. One of 2 KiB and more is not copied when it is published.
    pub payload: Bytes,
    /// How sure it is to arrive.
    pub qos: QoS,
    /// Publishing: keep it for those that subscribe later. Received: it was kept.
    pub retain: bool,
    /// Most messages have none.
    properties: Option<Box<MessageProperties>>,
}

/// What a message of MQTT 5.0 says beside its payload. All fields may be left out.
///
/// # Examples
/// See [`Message::properties_mut`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageProperties {
    /// 1: the payload is UTF-8.
    pub payload_format: Option<u8>,
    /// After so many seconds nobody needs it any more.
    pub message_expiry: Option<u32>,
    /// A description of the payload, such as a MIME type.
    pub content_type: Option<String>,
    /// Where an answer goes.
    pub response_topic: Option<String>,
    /// What an answer is to say so that it is known as one.
    pub correlation_data: Option<Bytes>,
    /// Pairs of the application, in their order.
    pub user_properties: Vec<(String, String)>,
    /// Received: the identifiers of the subscriptions that it matched.
    pub subscription_identifiers: Vec<u32>,
}

/// What is not said.
static NONE: MessageProperties = MessageProperties {
    payload_format: None,
    message_expiry: None,
    content_type: None,
    response_topic: None,
    correlation_data: None,
    user_properties: Vec::new(),
    subscription_identifiers: Vec::new(),
};

impl Message {
    /// A message of QoS 0.
    ///
    /// ```
    /// use mqc_client::Message;
    /// assert!(!Message::new("a/b", vec![1, 2, 3]).retain);
    /// ```
    pub fn new(topic: impl Into<String>, payload: impl Into<Bytes>) -> Self {
        Self { topic: topic.into(), payload: payload.into(), ..Self::default() }
    }

    /// The same with this QoS.
    ///
    /// See [`Message`] for an example.
    #[must_use]
    pub fn qos(mut self, qos: QoS) -> Self {
        self.qos = qos;
        self
    }

    /// The same, kept for those that subscribe later, or not.
    ///
    /// ```
    /// use mqc_client::Message;
    /// assert!(Message::new("state", "on").retain(true).retain);
    /// ```
    #[must_use]
    pub fn retain(mut self, retain: bool) -> Self {
        self.retain = retain;
        self
    }

    /// The same with one more pair (5.0).
    ///
    /// See [`Message`] for an example.
    #[must_use]
    pub fn user_property(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.properties_mut().user_properties.push((name.into(), value.into()));
        self
    }

    /// What it says beside its payload.
    ///
    /// See [`Message`] for an example.
    #[must_use]
    pub fn properties(&self) -> &MessageProperties {
        self.properties.as_deref().unwrap_or(&NONE)
    }

    /// What it says beside its payload, to be changed.
    ///
    /// ```
    /// use mqc_client::Message;
    /// let mut message = Message::new("a", "{}");
    /// message.properties_mut().content_type = Some("application/json".to_owned());
    /// assert!(message.properties().response_topic.is_none());
    /// ```
    #[must_use]
    pub fn properties_mut(&mut self) -> &mut MessageProperties {
        self.properties.get_or_insert_default()
    }

    /// The payload, if it is text.
    ///
    /// ```
    /// use mqc_client::Message;
    /// assert_eq!(Message::new("a", "b").text(), Some("b"));
    /// assert_eq!(Message::new("a", vec![0xFF]).text(), None);
    /// ```
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        core::str::from_utf8(&self.payload).ok()
    }

    pub(crate) fn has_properties(&self) -> bool {
        self.properties.is_some()
    }

    /// About how many bytes it holds.
    pub(crate) fn size(&self) -> usize {
        let properties = self.properties.as_deref().map_or(0, MessageProperties::size);
        self.topic.len() + self.payload.len() + properties
    }

    pub(crate) fn received(publish: &Publish<'_>) -> Self {
        let mut message = Self {
            topic: publish.topic.to_owned(),
            payload: Bytes::copy_from_slice(publish.payload),
            qos: publish.qos,
            retain: publish.retain,
            properties: None,
        };
        if !publish.properties.is_empty() {
            *message.properties_mut() = MessageProperties::received(publish);
        }
        message
    }
}

impl MessageProperties {
    /// True if nothing is said.
    ///
    /// ```
    /// use mqc_client::Message;
    /// let message = Message::new("a", "b");
    /// assert!(message.properties().is_empty());
    /// assert!(!message.user_property("unit", "celsius").properties().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == NONE
    }

    fn received(publish: &Publish<'_>) -> Self {
        let mut own = Self::default();
        for property in publish.properties.iter() {
            match property {
                Property::PayloadFormatIndicator(value) => own.payload_format = Some(value),
                Property::MessageExpiryInterval(value) => own.message_expiry = Some(value),
                Property::ContentType(value) => own.content_type = Some(value.to_owned()),
                Property::ResponseTopic(value) => own.response_topic = Some(value.to_owned()),
                Property::CorrelationData(value) => {
                    own.correlation_data = Some(Bytes::copy_from_slice(value));
                }
                Property::UserProperty(name, value) => {
                    own.user_properties.push((name.to_owned(), value.to_owned()));
                }
                Property::SubscriptionIdentifier(value) => own.subscription_identifiers.push(value),
                // The session keeps topic aliases to itself; PUBLISH has no others.
                _ => {}
            }
        }
        own
    }

    /// About how many bytes it holds.
    fn size(&self) -> usize {
        let texts = [&self.content_type, &self.response_topic].into_iter().flatten();
        let pairs = self.user_properties.iter();
        size_of::<Self>()
            + texts.map(String::len).sum::<usize>()
            + self.correlation_data.as_ref().map_or(0, Bytes::len)
            + pairs.map(|pair| size_of_val(pair) + pair.0.len() + pair.1.len()).sum::<usize>()
            + size_of_val(self.subscription_identifiers.as_slice())
    }

    /// As a list to be sent.
    pub(crate) fn list(&self) -> Vec<Property<'_>> {
        let mut list = Vec::new();
        list.extend(self.payload_format.map(Property::PayloadFormatIndicator));
        list.extend(self.message_expiry.map(Property::MessageExpiryInterval));
        list.extend(self.content_type.as_deref().map(Property::ContentType));
        list.extend(self.response_topic.as_deref().map(Property::ResponseTopic));
        list.extend(self.correlation_data.as_deref().map(Property::CorrelationData));
        let pairs = self.user_properties.iter();
        list.extend(pairs.map(|(name, value)| Property::UserProperty(name, value)));
        list
    }
}

/// A message that has come.
///
/// # Examples
/// See [`Messages`](crate::Messages).
#[derive(Debug)]
pub struct Received {
    /// The message.
    pub message: Message,
    /// It may have come before.
    pub dup: bool,
    /// Of QoS 1 and 2: what it was known by on the way.
    pub packet_id: Option<PacketId>,
    /// With [`Acks::Manual`](crate::Acks::Manual), of QoS 1 and 2: what acknowledges it, by
    /// [`Client::ack`](crate::Client::ack).
    pub ack: Option<AckToken>,
}
