//! A message as a line of JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mqc_client::{MessageProperties, Received};
use serde::Serialize;
use std::borrow::Cow;

#[derive(Serialize)]
struct Line<'a> {
    topic: &'a str,
    payload: Cow<'a, str>,
    /// Of the payload.
    encoding: &'static str,
    qos: u8,
    retain: bool,
    dup: bool,
    received_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Properties<'a>>,
}

#[derive(Serialize)]
struct Properties<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_format: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_expiry: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_topic: Option<&'a str>,
    /// In base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_data: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    subscription_identifiers: &'a [u32],
    /// A list, as names may repeat.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    user_properties: &'a [(String, String)],
}

impl<'a> Properties<'a> {
    fn of(properties: &'a MessageProperties) -> Option<Self> {
        let data = properties.correlation_data.as_ref();
        (!properties.is_empty()).then(|| Self {
            payload_format: properties.payload_format,
            message_expiry: properties.message_expiry,
            content_type: properties.content_type.as_deref(),
            response_topic: properties.response_topic.as_deref(),
            correlation_data: data.map(|data| STANDARD.encode(data)),
            subscription_identifiers: &properties.subscription_identifiers,
            user_properties: &properties.user_properties,
        })
    }
}

/// Appends a message, with the end of the line. `received_at` is in milliseconds since 1970.
pub(crate) fn append(received: &Received, received_at: u64, to: &mut Vec<u8>) {
    let message = &received.message;
    let (payload, encoding) = match message.text() {
        Some(text) => (Cow::Borrowed(text), "text"),
        None => (Cow::Owned(STANDARD.encode(&message.payload)), "base64"),
    };
    let line = Line {
        topic: &message.topic,
        payload,
        encoding,
        qos: message.qos as u8,
        retain: message.retain,
        dup: received.dup,
        received_at,
        properties: Properties::of(message.properties()),
    };
    // Neither the text nor the memory that it goes to can fail.
    let _ = serde_json::to_writer(&mut *to, &line);
    to.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use mqc_client::Message;
    use mqtt_core::QoS;

    fn line(message: Message) -> String {
        let mut text = Vec::new();
        append(
            &Received { message, dup: true, packet_id: None, ack: None },
            1_700_000_000_123,
            &mut text,
        );
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn text_stays_text() {
        let message = Message::new("a/b", "\"é\n").qos(QoS::AtLeastOnce).retain(true);
        assert_eq!(
            line(message),
            "{\"topic\":\"a/b\",\"payload\":\"\\\"é\\n\",\"encoding\":\"text\",\"qos\":1,\
             \"retain\":true,\"dup\":true,\"received_at\":1700000000123}\n"
        );
    }

    #[test]
    fn bytes_become_base64() {
        let line = line(Message::new("a", vec![0xFF, 0]));
        assert!(line.contains("\"payload\":\"/wA=\",\"encoding\":\"base64\",\"qos\":0"), "{line}");
    }

    #[test]
    fn properties_come_along() {
        let mut message = Message::new("a", "").user_property("k", "1").user_property("k", "2");
        let properties = message.properties_mut();
        properties.payload_format = Some(1);
        properties.message_expiry = Some(60);
        properties.content_type = Some("text/plain".to_owned());
        properties.response_topic = Some("answers".to_owned());
        properties.correlation_data = Some(vec![1, 2, 3].into());
        properties.subscription_identifiers = vec![7];
        let line = line(message);
        let expected = "\"properties\":{\"payload_format\":1,\"message_expiry\":60,\
            \"content_type\":\"text/plain\",\"response_topic\":\"answers\",\
            \"correlation_data\":\"AQID\",\"subscription_identifiers\":[7],\
            \"user_properties\":[[\"k\",\"1\"],[\"k\",\"2\"]]}}\n";
        assert!(line.ends_with(expected), "{line}");
    }
}
