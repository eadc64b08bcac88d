//! What an MQTT message is in AMQP.

use bytes::Bytes;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldArray, FieldTable, LongString, ShortString};
use mqc_client::Message;
use mqtt_core::{QoS, TopicName, mapping};
use std::collections::BTreeMap;

/// An AMQP message, but for its body, which is the payload.
#[derive(Debug, PartialEq)]
pub(crate) struct Publication {
    /// A topic exchange, or that of dead letters.
    pub(crate) exchange: ShortString,
    pub(crate) key: ShortString,
    pub(crate) properties: BasicProperties,
}

/// Most bytes of properties: all go into one frame of 128 KiB, with a topic of up to 64 KiB.
const MAX_PROPERTIES: usize = 32 * 1024;
/// What each pair may take besides its bytes.
const PAIR: usize = 16;
/// Most bytes of a short string of AMQP.
const SHORT: usize = 255;

/// The message in AMQP, or why it cannot be one.
pub(crate) fn publication(message: &Message) -> Result<Publication, String> {
    let name = TopicName::new(&message.topic).map_err(|error| error.to_string())?;
    let (exchange, key) = mapping::name_to_exchange(name).map_err(|error| error.to_string())?;
    if exchange.starts_with("amq.") {
        return Err("exchanges amq.* are RabbitMQ's own".to_owned());
    }
    let properties = properties(message)?;
    Ok(Publication { exchange: exchange.into(), key: key.to_string().into(), properties })
}

fn properties(message: &Message) -> Result<BasicProperties, String> {
    let own = message.properties();
    let len = properties_len(message);
    if len > MAX_PROPERTIES {
        return Err(format!("{len} bytes of properties, at most {MAX_PROPERTIES} are carried"));
    }
    let mut all = BasicProperties::default().with_delivery_mode(delivery_mode(message));
    if let Some(text) = &own.content_type {
        all = all.with_content_type(short(text, "content type")?);
    }
    if let Some(seconds) = own.message_expiry {
        let milliseconds = u64::from(seconds) * 1000;
        all = all.with_expiration(milliseconds.to_string().into());
    }
    let mut headers = FieldTable::default();
    // Several values of a name become a list.
    let mut pairs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in &own.user_properties {
        pairs.entry(name).or_default().push(value);
    }
    for (name, values) in pairs {
        let value = match *values {
            [value] => text(value),
            _ => list(values.into_iter().map(text)),
        };
        headers.insert(short(name, "name of a user property")?, value);
    }
    if let Some(data) = &own.correlation_data {
        match core::str::from_utf8(data) {
            Ok(id) if id.len() <= SHORT => all = all.with_correlation_id(id.into()),
            _ => drop(headers.insert("mqtt-correlation-data".into(), bytes(data))),
        }
    }
    // In AMQP `reply-to` names a queue, and an answer to a topic needs an exchange.
    if let Some(topic) = &own.response_topic {
        headers.insert("mqtt-response-topic".into(), text(topic));
    }
    if !headers.inner().is_empty() {
        all = all.with_headers(headers);
    }
    Ok(all)
}

/// The message as a dead letter: all that it said, and why it is one, in headers, which can be long.
pub(crate) fn dead_letter(message: &Message, why: &str, exchange: &str) -> Publication {
    let own = message.properties();
    let mut headers = FieldTable::default();
    headers.insert("mqtt-topic".into(), text(&message.topic));
    headers.insert("mqtt-reason".into(), text(why));
    if properties_len(message) <= MAX_PROPERTIES {
        if let Some(kind) = &own.content_type {
            headers.insert("mqtt-content-type".into(), text(kind));
        }
        if let Some(topic) = &own.response_topic {
            headers.insert("mqtt-response-topic".into(), text(topic));
        }
        if let Some(data) = &own.correlation_data {
            headers.insert("mqtt-correlation-data".into(), bytes(data));
        }
        if !own.user_properties.is_empty() {
            let pairs = own.user_properties.iter();
            let pairs = pairs.map(|(name, value)| list([text(name), text(value)].into_iter()));
            headers.insert("mqtt-user-properties".into(), list(pairs));
        }
    }
    let properties = BasicProperties::default().with_delivery_mode(delivery_mode(message));
    Publication {
        exchange: exchange.into(),
        key: ShortString::default(),
        properties: properties.with_headers(headers),
    }
}

/// 2 is persistent.
fn delivery_mode(message: &Message) -> u8 {
    if message.qos == QoS::AtMostOnce { 1 } else { 2 }
}

fn properties_len(message: &Message) -> usize {
    let own = message.properties();
    let texts = [&own.content_type, &own.response_topic].into_iter().flatten();
    let data = own.correlation_data.as_ref().map_or(0, Bytes::len);
    let pairs = own.user_properties.iter().map(|(name, value)| name.len() + value.len() + PAIR);
    texts.map(String::len).sum::<usize>() + data + pairs.sum::<usize>()
}

fn short(text: &str, what: &str) -> Result<ShortString, String> {
    ShortString::try_new(text)
        .map_err(|_| format!("{what} of {} bytes, at most {SHORT} are carried", text.len()))
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(text))
}

fn bytes(bytes: &[u8]) -> AMQPValue {
    AMQPValue::ByteArray(bytes.to_vec().into())
}

fn list(values: impl Iterator<Item = AMQPValue>) -> AMQPValue {
    AMQPValue::FieldArray(FieldArray::from(values.collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapin::protocol::BasicProperties as Properties;

    fn refused(message: &Message) -> String {
        publication(message).unwrap_err()
    }

    #[test]
    fn topics_become_exchanges_and_keys() {
        for (topic, exchange, key) in
            [("orders/eu/new", "orders", "eu.new"), ("orders", "orders", ""), ("a//b", "a", ".b")]
        {
            let message = Message::new(topic, "x");
            let publication = publication(&message).unwrap();
            assert_eq!(publication.exchange.as_str(), exchange);
            assert_eq!(publication.key.as_str(), key);
            // Of QoS 0, without properties: not persistent, and nothing else.
            assert_eq!(publication.properties, Properties::default().with_delivery_mode(1));
        }
    }

    #[test]
    fn properties_become_properties_and_headers() {
        let mut message = Message::new("a/b", "x").qos(QoS::AtLeastOnce);
        message = message.user_property("k", "1").user_property("l", "2").user_property("k", "3");
        let own = message.properties_mut();
        own.content_type = Some("text/plain".to_owned());
        own.message_expiry = Some(u32::MAX);
        own.correlation_data = Some("42".into());
        own.response_topic = Some("answers/1".to_owned());
        let mut headers = FieldTable::default();
        headers.insert("k".into(), list([text("1"), text("3")].into_iter()));
        headers.insert("l".into(), text("2"));
        headers.insert("mqtt-response-topic".into(), text("answers/1"));
        let expected = Properties::default()
            .with_delivery_mode(2)
            .with_content_type("text/plain".into())
            .with_expiration("4294967295000".into())
            .with_correlation_id("42".into())
            .with_headers(headers);
        assert_eq!(publication(&message).unwrap().properties, expected);
    }

    #[test]
    fn correlation_data_that_is_no_short_text_is_a_header() {
        for data in [vec![0xFF], vec![b'a'; 256]] {
            let mut message = Message::new("a", "");
            message.properties_mut().correlation_data = Some(data.clone().into());
            let properties = publication(&message).unwrap().properties;
            assert!(properties.correlation_id().is_none());
            let headers = properties.headers().as_ref().unwrap();
            assert_eq!(headers.inner()["mqtt-correlation-data"], bytes(&data));
        }
    }

    #[test]
    fn what_cannot_be_carried_says_why() {
        let topic = |topic: &str| refused(&Message::new(topic, ""));
        assert_eq!(topic("a/b.c"), "byte 3 would separate levels or words on the other side");
        assert_eq!(
            topic("$SYS/load"),
            "exchange or first level is not 1 to 127 of A-Z a-z 0-9 - _ . :"
        );
        assert_eq!(topic("amq.topic/a"), "exchanges amq.* are RabbitMQ's own");
        assert_eq!(topic(&format!("a/{}", "b".repeat(256))), "256 bytes, at most 255 are allowed");
        let long = "n".repeat(256);
        assert_eq!(
            refused(&Message::new("a", "").user_property(&*long, "")),
            "name of a user property of 256 bytes, at most 255 are carried"
        );
        let mut message = Message::new("a", "");
        message.properties_mut().content_type = Some(long);
        assert_eq!(refused(&message), "content type of 256 bytes, at most 255 are carried");
        let message = Message::new("a", "").user_property("n", "v".repeat(40_000));
        assert_eq!(refused(&message), "40017 bytes of properties, at most 32768 are carried");
    }

    #[test]
    fn a_dead_letter_has_everything_and_the_reason() {
        let mut message = Message::new("a.b/c", "x").qos(QoS::ExactlyOnce);
        message = message.user_property("k", "1").user_property("k", "2");
        message.properties_mut().content_type = Some("t".repeat(300));
        let letter = dead_letter(&message, "because", "dead");
        assert_eq!((letter.exchange.as_str(), letter.key.as_str()), ("dead", ""));
        assert_eq!(letter.properties.delivery_mode(), &Some(2));
        let headers = letter.properties.headers().as_ref().unwrap().inner();
        assert_eq!(headers["mqtt-topic"], text("a.b/c"));
        assert_eq!(headers["mqtt-reason"], text("because"));
        assert_eq!(headers["mqtt-content-type"], text(&"t".repeat(300)));
        let pair = |value| list([text("k"), text(value)].into_iter());
        assert_eq!(headers["mqtt-user-properties"], list([pair("1"), pair("2")].into_iter()));
        assert_eq!(headers.len(), 4);
        // One that is too large to be carried even so.
        let message = Message::new("a", "").user_property("n", "v".repeat(40_000));
        let letter = dead_letter(&message, "because", "dead");
        assert_eq!(letter.properties.headers().as_ref().unwrap().inner().len(), 2);
    }
}
