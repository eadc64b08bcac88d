//! Messages as JSON.

use super::format::NotJson;
use crate::{MessageProperties, Received};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::Zoned;
use jiff::fmt::strtime;
use serde::Serialize;
use serde::de::IgnoredAny;

/// When a message is printed: the same for all of it, and not asked for unless it is wanted.
#[derive(Debug, Default)]
pub(crate) struct Moment(Option<Zoned>);

impl Moment {
    fn zoned(&mut self) -> &Zoned {
        self.0.get_or_insert_with(Zoned::now)
    }

    /// As strftime does, in local time. What it does not know is left as it is.
    pub(crate) fn format(&mut self, format: &str) -> String {
        strtime::format(format, self.zoned()).unwrap_or_else(|_| format.to_owned())
    }

    /// Since 1970.
    pub(crate) fn seconds(&mut self) -> i64 {
        self.zoned().timestamp().as_second()
    }

    /// Of the second.
    pub(crate) fn nanoseconds(&mut self) -> i32 {
        self.zoned().timestamp().subsec_nanosecond()
    }
}

/// One line of `--json`. The readme tells what the fields mean.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    topic: &'a str,
    qos: u8,
    retain: bool,
    dup: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    packet_id: Option<u16>,
    encoding: &'static str,
    payload: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Properties<'a>>,
}

#[derive(Serialize)]
struct Properties<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_format_indicator: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_expiry_interval: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_topic: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_data: Option<Text<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    subscription_identifiers: &'a [u32],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    user_properties: &'a [(String, String)],
}

/// Bytes, as they are or in base64.
#[derive(Serialize)]
#[serde(untagged)]
enum Text<'a> {
    AsIs(&'a str),
    Base64(String),
}

impl<'a> Text<'a> {
    fn of(bytes: &'a [u8]) -> (&'static str, Self) {
        match core::str::from_utf8(bytes) {
            Ok(text) => ("utf-8", Self::AsIs(text)),
            Err(_) => ("base64", Self::Base64(BASE64_STANDARD.encode(bytes))),
        }
    }
}

/// Prints a message for `--json`.
pub(crate) fn write_line(out: &mut Vec<u8>, received: &Received) {
    let message = &received.message;
    let own = message.properties();
    let (encoding, payload) = Text::of(&message.payload);
    let correlation = own.correlation_data.as_deref().map(Text::of);
    let (correlation_encoding, correlation_data) = correlation.unzip();
    put(
        out,
        &Line {
            time: Moment::default().format("%Y-%m-%dT%H:%M:%S.%6f%:z"),
            topic: &message.topic,
            qos: message.qos as u8,
            retain: message.retain,
            dup: received.dup,
            packet_id: received.packet_id.map(mqtt_core::PacketId::get),
            encoding,
            payload,
            properties: (!own.is_empty()).then(|| Properties {
                payload_format_indicator: own.payload_format,
                message_expiry_interval: own.message_expiry,
                content_type: own.content_type.as_deref(),
                response_topic: own.response_topic.as_deref(),
                correlation_encoding,
                correlation_data,
                subscription_identifiers: &own.subscription_identifiers,
                user_properties: &own.user_properties,
            }),
        },
    );
}

/// Prints a message as mosquitto_sub does for `%j`, or, if the payload is JSON itself, for `%J`. What is not
/// UTF-8 is replaced, as JSON has no room for it.
pub(crate) fn write_familiar(
    out: &mut Vec<u8>,
    received: &Received,
    moment: &mut Moment,
    is_json: bool,
) -> Result<(), NotJson> {
    let message = &received.message;
    if is_json && serde_json::from_slice::<IgnoredAny>(&message.payload).is_err() {
        return Err(NotJson);
    }
    out.push(b'{');
    field(out, "tst", &moment.format("%Y-%m-%dT%H:%M:%S.%6f%z"));
    field(out, "topic", &message.topic);
    field(out, "qos", &(message.qos as u8));
    field(out, "retain", &u8::from(message.retain));
    field(out, "payloadlen", &message.payload.len());
    if let Some(id) = received.packet_id {
        field(out, "mid", &id.get());
    }
    if !message.properties().is_empty() {
        name(out, "properties");
        write_familiar_properties(out, message.properties());
    }
    if is_json {
        name(out, "payload");
        compact(out, &message.payload);
    } else if message.payload.is_empty() {
        field(out, "payload", &());
    } else {
        field(out, "payload", &String::from_utf8_lossy(&message.payload));
    }
    out.push(b'}');
    Ok(())
}

fn write_familiar_properties(out: &mut Vec<u8>, own: &MessageProperties) {
    out.push(b'{');
    for identifier in &own.subscription_identifiers {
        field(out, "subscription-identifier", identifier);
    }
    if let Some(value) = &own.content_type {
        field(out, "content-type", value);
    }
    if let Some(value) = &own.correlation_data {
        field(out, "correlation-data", &String::from_utf8_lossy(value));
    }
    if let Some(value) = own.payload_format {
        field(out, "payload-format-indicator", &value);
    }
    if let Some(value) = &own.response_topic {
        field(out, "response-topic", value);
    }
    if !own.user_properties.is_empty() {
        name(out, "user-properties");
        out.push(b'{');
        for (name, value) in &own.user_properties {
            field(out, name, value);
        }
        out.push(b'}');
    }
    if let Some(value) = own.message_expiry {
        field(out, "message-expiry-interval", &value);
    }
    out.push(b'}');
}

/// The name of the next field of an object.
fn name(out: &mut Vec<u8>, name: &str) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    put(out, name);
    out.push(b':');
}

fn field<T: Serialize + ?Sized>(out: &mut Vec<u8>, of: &str, value: &T) {
    name(out, of);
    put(out, value);
}

fn put<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    // Memory takes all, and nothing here is no JSON.
    let _ = serde_json::to_writer(out, value);
}

/// JSON without the white space that means nothing, so that it stays in its line.
fn compact(out: &mut Vec<u8>, json: &[u8]) {
    let (mut in_string, mut is_escaped) = (false, false);
    for &byte in json {
        if in_string || !byte.is_ascii_whitespace() {
            out.push(byte);
        }
        in_string ^= byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_made_compact() {
        let mut out = Vec::new();
        compact(&mut out, b" {\"a \\\" \\\\\" :\n[ 1.0, \"b c\"] }\r\n");
        assert_eq!(out, b"{\"a \\\" \\\\\":[1.0,\"b c\"]}");
    }
}
