//! What the command line says.

use core::time::Duration;
use lapin::uri::{AMQPScheme, AMQPUri};
use lexopt::prelude::*;
use mqc_client::{Acks, Address, Filter, Options, Tls};
use mqtt_core::{Backoff, QoS, TopicFilter, Version};
use std::env;

pub(crate) const NAME: &str = "mqc-amqp-bridge";

pub(crate) const HELP: &str = "\
Carries messages from an MQTT broker to RabbitMQ: a/b/c goes to the topic exchange a with the
routing key b.c. A message is acknowledged only when RabbitMQ has confirmed it.

    mqc-amqp-bridge [OPTIONS]

Options
        --mqtt URL          mqtt, mqtts, ws or wss (default: $MQC_MQTT_URL, or mqtt://localhost)
        --amqp URL          amqp://user:password@host:port/vhost (default: $MQC_AMQP_URL, or
                            amqp://localhost)
    -t, --topic FILTER      what to carry; may be given again (default #)
    -q, --qos QOS           of the subscriptions (default 1)
    -i, --id CLIENT_ID      under which the MQTT broker keeps what has not been carried (default
                            mqc-amqp-bridge)
    -V, --mqtt-version V    3.1, 3.1.1 or 5 (default 5)
        --in-flight N       so many are published and not confirmed, at most (default 1000)
        --receive-maximum N tell the MQTT broker (5.0) to send so many unacknowledged at most
        --dead-letters NAME exchange and queue for what RabbitMQ cannot carry (default
                            mqtt.dead-letters)
        --ca-file FILE      PEM: for mqtts and wss, and so are the next two
        --cert-file FILE
        --key-file FILE
    -h, --help

What is in a variable of the environment is not seen by other users of the machine.
Exit status: 0 after SIGINT or SIGTERM, 1 if the MQTT broker refuses, 2 if the options were wrong.
";

/// What the command line says.
pub(crate) struct Settings {
    pub(crate) mqtt: Options,
    pub(crate) filters: Vec<Filter>,
    pub(crate) amqp: AMQPUri,
    pub(crate) in_flight: u16,
    pub(crate) dead_letters: String,
}

impl Settings {
    /// Reads it; `None` if help is wanted.
    pub(crate) fn from_arguments() -> Result<Option<Self>, lexopt::Error> {
        let mut parser = lexopt::Parser::from_env();
        let (mut mqtt, mut amqp) = (None, None);
        let (mut topics, mut qos) = (Vec::new(), QoS::AtLeastOnce);
        let (mut id, mut version, mut tls) = (NAME.to_owned(), Version::V5, Tls::default());
        let mut receive_maximum = None;
        let (mut in_flight, mut dead_letters) = (1000, "mqtt.dead-letters".to_owned());
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(None),
                Long("mqtt") => mqtt = Some(parser.value()?.string()?),
                Long("amqp") => amqp = Some(parser.value()?.string()?),
                Short('t') | Long("topic") => topics.push(parser.value()?.parse_with(topic)?),
                Short('q') | Long("qos") => qos = parser.value()?.parse_with(level)?,
                Short('i') | Long("id") => id = parser.value()?.parse_with(client_id)?,
                Short('V') | Long("mqtt-version") => {
                    version = parser.value()?.parse()?;
                }
                Long("in-flight") => in_flight = parser.value()?.parse_with(window)?,
                Long("receive-maximum") => {
                    receive_maximum = Some(parser.value()?.parse_with(window)?);
                }
                Long("dead-letters") => dead_letters = parser.value()?.parse_with(exchange)?,
                Long("ca-file") => tls.ca_file = Some(parser.value()?.into()),
                Long("cert-file") => tls.certificate = Some(parser.value()?.into()),
                Long("key-file") => tls.key = Some(parser.value()?.into()),
                other => return Err(other.unexpected()),
            }
        }
        if topics.is_empty() {
            topics.push("#".to_owned());
        }
        let given = |given: Option<String>, variable: &str, default: &str| {
            given.or_else(|| env::var(variable).ok()).unwrap_or_else(|| default.to_owned())
        };
        let mqtt: Address = given(mqtt, "MQC_MQTT_URL", "mqtt://localhost")
            .parse()
            .map_err(|error: mqc_client::BadAddress| error.to_string())?;
        let amqp = amqp_uri(&given(amqp, "MQC_AMQP_URL", "amqp://localhost"))?;
        Ok(Some(Self {
            mqtt: Options {
                tls,
                version,
                client_id: id,
                clean_start: false,
                session_expiry: u32::MAX,
                // Not said unless wished: mosquitto 2.0.11 sends more, and can then never go on.
                receive_maximum: receive_maximum.filter(|_| version == Version::V5),
                reconnect: Some(Self::backoff()),
                acks: Acks::Manual,
                ..Options::new(mqtt)
            },
            filters: topics.into_iter().map(|topic| Filter::new(topic, qos)).collect(),
            amqp,
            in_flight,
            dead_letters,
        }))
    }

    /// When to connect again, to either side.
    pub(crate) fn backoff() -> Backoff {
        Backoff {
            initial: Duration::from_millis(200),
            max: Duration::from_secs(10),
            ..Backoff::default()
        }
    }
}

fn amqp_uri(text: &str) -> Result<AMQPUri, String> {
    // The reader's own words may repeat the password.
    let uri: AMQPUri = text.parse().map_err(|_| "the URL for --amqp is not a good one")?;
    match uri.scheme {
        AMQPScheme::AMQP => Ok(uri),
        AMQPScheme::AMQPS => Err("amqps: this program has no TLS for AMQP".to_owned()),
    }
}

fn topic(text: &str) -> Result<String, String> {
    TopicFilter::new(text).map_err(|error| error.to_string())?;
    Ok(text.to_owned())
}

fn level(text: &str) -> Result<QoS, &'static str> {
    let number: u8 = text.parse().map_err(|_| "not 0, 1 or 2")?;
    QoS::try_from(number).map_err(|_| "not 0, 1 or 2")
}

fn client_id(text: &str) -> Result<String, &'static str> {
    if text.is_empty() { Err("it must not be empty") } else { Ok(text.to_owned()) }
}

fn window(text: &str) -> Result<u16, &'static str> {
    text.parse().ok().filter(|number| *number > 0).ok_or("not a number from 1 to 65535")
}

fn exchange(text: &str) -> Result<String, &'static str> {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let is_name = (1..=127).contains(&text.len()) && text.bytes().all(is_good);
    if is_name && !text.starts_with("amq.") {
        Ok(text.to_owned())
    } else {
        Err("not 1 to 127 of A-Z a-z 0-9 - _ . : that do not begin with amq.")
    }
}
