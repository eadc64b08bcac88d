//! What the YAML file says. A value that exists is a good one: it is judged where it is read, so that the
//! YAML reader knows the key and the line of a bad one.

mod values;

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use mqc_client::{Address, Message, Options};
use mqtt_core::{Backoff, QoS, Version};
use serde::{Deserialize, Deserializer};
use serde_saphyr::{Error, MessageFormatter as _, UserMessageFormatter};
use std::path::{Path, PathBuf};
use values::{
    address, expanded, expanded_or_none, listener, name_topic, or_default, qos, ranged,
    readable_file, version,
};

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    #[serde(deserialize_with = "address")]
    pub(crate) broker_url: Address,
    pub(crate) topics: Vec<Topic>,
    #[serde(deserialize_with = "qos")]
    pub(crate) qos: QoS,
    #[serde(deserialize_with = "expanded")]
    pub(crate) client_id: String,
    pub(crate) clean_session: bool,
    #[serde(deserialize_with = "ranged::<_, 1, { u32::MAX as u64 }>")]
    pub(crate) session_expiry_seconds: u64,
    #[serde(deserialize_with = "version")]
    pub(crate) mqtt_version: Version,
    #[serde(deserialize_with = "or_default")]
    pub(crate) auth: Auth,
    #[serde(deserialize_with = "or_default")]
    pub(crate) tls: Tls,
    pub(crate) last_will: Option<LastWill>,
    #[serde(deserialize_with = "ranged::<_, 1, HOUR_MS>")]
    pub(crate) retry_initial_ms: u64,
    #[serde(deserialize_with = "ranged::<_, 1, HOUR_MS>")]
    pub(crate) retry_max_ms: u64,
    #[serde(deserialize_with = "values::multiplier")]
    pub(crate) retry_multiplier: f64,
    #[serde(deserialize_with = "ranged::<_, 0, HOUR_MS>")]
    pub(crate) empty_poll_delay_ms: u64,
    #[serde(deserialize_with = "listener")]
    pub(crate) metrics_address: Option<SocketAddr>,
}

const HOUR_MS: u64 = 3_600_000;

/// What is subscribed to: a filter alone, or with a QoS of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Topic {
    pub(crate) filter: String,
    pub(crate) qos: Option<QoS>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Auth {
    #[serde(deserialize_with = "expanded_or_none")]
    pub(crate) username: Option<String>,
    #[serde(deserialize_with = "expanded_or_none")]
    pub(crate) password: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tls {
    #[serde(deserialize_with = "readable_file")]
    pub(crate) ca_file: Option<PathBuf>,
    #[serde(deserialize_with = "readable_file")]
    pub(crate) cert_file: Option<PathBuf>,
    #[serde(deserialize_with = "readable_file")]
    pub(crate) key_file: Option<PathBuf>,
    #[serde(deserialize_with = "expanded_or_none")]
    pub(crate) server_name: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LastWill {
    #[serde(deserialize_with = "name_topic")]
    pub(crate) topic: String,
    #[serde(default, deserialize_with = "expanded")]
    pub(crate) payload: String,
    #[serde(default, deserialize_with = "qos")]
    pub(crate) qos: QoS,
    #[serde(default)]
    pub(crate) retain: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            broker_url: Address::tcp("localhost", 1883),
            topics: vec![Topic { filter: "#".to_owned(), qos: None }],
            qos: QoS::AtLeastOnce,
            client_id: String::new(),
            clean_session: true,
            session_expiry_seconds: u64::from(u32::MAX),
            mqtt_version: Version::V5,
            auth: Auth::default(),
            tls: Tls::default(),
            last_will: None,
            retry_initial_ms: 200,
            retry_max_ms: 30_000,
            retry_multiplier: 2.0,
            empty_poll_delay_ms: 100,
            metrics_address: None,
        }
    }
}

impl<'de> Deserialize<'de> for Topic {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(values::TopicVisitor)
    }
}

/// Why a file is refused: one line, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    file: PathBuf,
    line: Option<u64>,
    /// Such as `tls.ca_file`; empty if it is none of them.
    key: String,
    reason: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        if !self.key.is_empty() {
            write!(f, " {}:", self.key)?;
        }
        write!(f, " {}", self.reason)
    }
}

impl Config {
    /// Reads a file and judges it.
    pub(crate) fn load(file: &Path) -> Result<Self, ConfigError> {
        let error = |line, key: &str, reason| {
            Err(ConfigError { file: file.to_owned(), line, key: key.to_owned(), reason })
        };
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(why) => return error(None, "", why.to_string()),
        };
        let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
        let mut path = String::new();
        let parsed =
            serde_saphyr::with_deserializer_from_str_with_options(&text, options, |yaml| {
                serde_path_to_error::deserialize::<_, Option<Self>>(yaml).map_err(|error| {
                    path = error.path().to_string();
                    error.into_inner()
                })
            });
        match parsed {
            Ok(config) => {
                let config = config.unwrap_or_default();
                match config.contradiction() {
                    None => Ok(config),
                    Some((key, reason)) => error(None, key, reason.to_owned()),
                }
            }
            Err(why) => {
                // Where the text is no YAML, the path ends in the middle of nothing.
                let key = path.trim_end_matches(['?', '.']);
                error(why.location().map(|place| place.line()), key, reason(&why))
            }
        }
    }

    /// Values that are good for themselves and do not go together.
    fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        let Tls { ca_file, cert_file, key_file, server_name } = &self.tls;
        let is_tls = self.broker_url.scheme.is_tls();
        let of_tls = [
            ("tls.ca_file", ca_file.is_some()),
            ("tls.cert_file", cert_file.is_some()),
            ("tls.key_file", key_file.is_some()),
            ("tls.server_name", server_name.is_some()),
        ];
        if let Some((key, _)) = of_tls.into_iter().find(|(_, given)| *given && !is_tls) {
            return Some((key, "broker_url is one without TLS"));
        }
        let name = self.auth.username.as_ref().or(self.broker_url.user_name.as_ref());
        let is_old = self.mqtt_version != Version::V5;
        let all = [
            (self.topics.is_empty(), "topics", "there must be one at least"),
            (cert_file.is_some() && key_file.is_none(), "tls.cert_file", "needs tls.key_file"),
            (key_file.is_some() && cert_file.is_none(), "tls.key_file", "needs tls.cert_file"),
            (
                self.retry_initial_ms > self.retry_max_ms,
                "retry_initial_ms",
                "more than retry_max_ms",
            ),
            (
                !self.clean_session && self.client_id.is_empty(),
                "client_id",
                "a session that stays (clean_session: false) needs one",
            ),
            (
                self.auth.password.is_some() && name.is_none() && is_old,
                "auth.password",
                "before MQTT 5.0 it needs auth.username",
            ),
        ];
        all.into_iter().find(|(is_so, ..)| *is_so).map(|(_, key, reason)| (key, reason))
    }

    /// How the client connects.
    pub(crate) fn options(&self) -> Options {
        let seconds = u32::try_from(self.session_expiry_seconds).unwrap_or(u32::MAX);
        let tls = mqc_client::Tls {
            ca_file: self.tls.ca_file.clone(),
            certificate: self.tls.cert_file.clone(),
            key: self.tls.key_file.clone(),
            server_name: self.tls.server_name.clone(),
        };
        let will = self.last_will.as_ref().map(|will| {
            let message = Message::new(&*will.topic, will.payload.clone());
            message.qos(will.qos).retain(will.retain)
        });
        Options {
            tls,
            version: self.mqtt_version,
            client_id: self.client_id.clone(),
            clean_start: self.clean_session,
            session_expiry: if self.clean_session { 0 } else { seconds },
            user_name: self.auth.username.clone(),
            password: self.auth.password.clone().map(String::into_bytes),
            will,
            reconnect: Some(self.backoff()),
            ..Options::new(self.broker_url.clone())
        }
    }

    /// How to connect beside a connector that runs, without getting in its way: under another name, with a
    /// session of its own that ends at once, and without a will.
    pub(crate) fn options_aside(&self, what: &str) -> Options {
        let mut options = self.options();
        if !options.client_id.is_empty() {
            options.client_id = format!("{}-{what}", options.client_id);
        }
        Options { clean_start: true, session_expiry: 0, will: None, ..options }
    }

    fn backoff(&self) -> Backoff {
        Backoff {
            initial: Duration::from_millis(self.retry_initial_ms),
            max: Duration::from_millis(self.retry_max_ms),
            // From 100 to 10,000: see where it is read.
            multiplier_percent: (self.retry_multiplier * 100.0).round() as u32,
            ..Backoff::default()
        }
    }

    /// What to subscribe to.
    pub(crate) fn filters(&self) -> Vec<mqc_client::Filter> {
        let filter =
            |topic: &Topic| mqc_client::Filter::new(&*topic.filter, topic.qos.unwrap_or(self.qos));
        self.topics.iter().map(filter).collect()
    }
}

/// The YAML reader's reason in one line and in our words, without the place.
fn reason(error: &Error) -> String {
    match error.without_snippet() {
        Error::SerdeUnknownField { expected, .. } => {
            format!("unknown key; there are {}", expected.join(", "))
        }
        Error::SerdeMissingField { field, .. } => format!("{field} is missing"),
        Error::Unexpected { expected: "string scalar", .. } => "not a text".to_owned(),
        Error::Unexpected { expected: "mapping start", .. } => "not a mapping".to_owned(),
        Error::Unexpected { expected: "sequence start", .. } => "not a list".to_owned(),
        Error::InvalidBooleanStrict { .. } => "not true or false".to_owned(),
        other => {
            let text = UserMessageFormatter.format_message(other);
            text.lines().next().unwrap_or_default().to_owned()
        }
    }
}

#[cfg(test)]
mod tests;
