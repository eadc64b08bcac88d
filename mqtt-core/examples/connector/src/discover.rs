//! Which topics are there, and what do they carry?

use crate::config::Config;
use core::pin::pin;
use core::time::Duration;
use mqc_client::service::{Stop, leave, subscribe, why_ended};
use mqc_client::{Client, Message};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::{Instant, sleep_until};

/// More topics are counted only.
const MAX_TOPICS: usize = 100_000;
/// More names of a topic's JSON are left out.
const MAX_KEYS: usize = 100;

/// What was seen of a topic: one line.
#[derive(Serialize)]
struct Seen<'a> {
    topic: &'a str,
    #[serde(flatten)]
    topics: &'a Topic,
}

#[derive(Default, Serialize)]
struct Topic {
    messages: u64,
    retained: u64,
    qos: BTreeSet<u8>,
    min_bytes: usize,
    max_bytes: usize,
    total_bytes: u64,
    /// How many messages look like what.
    formats: BTreeMap<&'static str, u64>,
    /// The names at the top of JSON objects.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    keys: BTreeSet<String>,
}

impl Topic {
    fn add(&mut self, message: &Message) {
        let len = message.payload.len();
        self.min_bytes = if self.messages == 0 { len } else { self.min_bytes.min(len) };
        self.max_bytes = self.max_bytes.max(len);
        self.total_bytes += len as u64;
        self.messages += 1;
        self.retained += u64::from(message.retain);
        self.qos.insert(message.qos as u8);
        let format = self.format(message);
        *self.formats.entry(format).or_default() += 1;
    }

    /// A guess; notes names.
    fn format(&mut self, message: &Message) -> &'static str {
        let Some(text) = message.text() else { return "binary" };
        if text.is_empty() {
            return "empty";
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(pairs)) => {
                for (name, _) in pairs {
                    if self.keys.len() < MAX_KEYS {
                        self.keys.insert(name);
                    }
                }
                "json"
            }
            Ok(Value::Array(_)) => "json",
            Ok(Value::Number(_)) => "number",
            _ if text.trim().parse::<f64>().is_ok_and(f64::is_finite) => "number",
            _ => "text",
        }
    }
}

/// Listens for some time, then prints a line for each topic.
pub(crate) async fn discover(
    config: &Config,
    time: Duration,
    stop: &mut Stop,
) -> Result<(), String> {
    let options = config.options_aside("discover");
    let (client, mut messages) =
        Client::connect(options).await.map_err(|error| error.to_string())?;
    let mut topics: BTreeMap<String, Topic> = BTreeMap::new();
    let mut left_out = 0_u64;
    let end = Instant::now() + time;
    let mut subscribing = pin!(subscribe(&client, config.mqtt_version, config.filters()));
    let mut is_subscribed = false;
    let result = loop {
        tokio::select! {
            () = stop.wished() => break Ok(()),
            () = sleep_until(end) => break Ok(()),
            result = &mut subscribing, if !is_subscribed => match result {
                Ok(_) => is_subscribed = true,
                Err(error) => break Err(error),
            },
            received = messages.next() => {
                let Some(received) = received else { break Err(why_ended(&client).await.to_string()) };
                let message = received.message;
                if topics.len() >= MAX_TOPICS && !topics.contains_key(&message.topic) {
                    left_out += 1;
                } else {
                    topics.entry(message.topic.clone()).or_default().add(&message);
                }
            }
        }
    };
    leave(&client).await;
    for (topic, seen) in &topics {
        let line = serde_json::to_string(&Seen { topic, topics: seen });
        println!("{}", line.map_err(|error| error.to_string())?);
    }
    if left_out > 0 {
        eprintln!("mqc-connector: {left_out} messages of more than {MAX_TOPICS} topics left out");
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_guessed() {
        let format = |payload: &[u8]| Topic::default().format(&Message::new("a", payload.to_vec()));
        assert_eq!(format(b"{\"a\": 1}"), "json");
        assert_eq!(format(b"[1, 2]"), "json");
        assert_eq!(format(b"21.5"), "number");
        assert_eq!(format(b" +21.50 "), "number");
        assert_eq!(format(b"nan"), "text");
        assert_eq!(format(b"true"), "text");
        assert_eq!(format(b"{"), "text");
        assert_eq!(format(b"\xff"), "binary");
        assert_eq!(format(b""), "empty");
    }

    #[test]
    fn sizes_and_names_add_up() {
        let mut topic = Topic::default();
        for payload in ["{\"b\": 1}", "{\"a\": 1, \"b\": 2}"] {
            topic.add(&Message::new("a", payload).retain(payload.len() == 8));
        }
        assert_eq!(
            serde_json::to_string(&Seen { topic: "a", topics: &topic }).unwrap(),
            "{\"topic\":\"a\",\"messages\":2,\"retained\":1,\"qos\":[0],\"min_bytes\":8,\
             \"max_bytes\":16,\"total_bytes\":24,\"formats\":{\"json\":2},\"keys\":[\"a\",\"b\"]}"
        );
    }
}
