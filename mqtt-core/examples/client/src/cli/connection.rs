//! Options that both programs have: which broker, as whom, and how.

use super::property::Definitions;
use super::report::Failure;
use crate::{Address, Message, Options, Scheme, Storage, Tls};
use clap::{ArgAction, Args};
use mqtt_core::{QoS, QueueLimits, TopicName, Version};
use std::ffi::OsString;
use std::path::PathBuf;

/// Larger packets cannot be: the most that a packet's length can say.
const LARGEST_PACKET: u32 = 256 << 20;

#[derive(Args, Debug)]
pub(crate) struct Connection {
    /// Broker [default: localhost]
    #[arg(short = 'h', long, value_name = "HOST", help_heading = "Broker")]
    host: Option<String>,
    /// Port [default: 1883, with TLS 8883]
    #[arg(short, long, help_heading = "Broker", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// mqtt:// or mqtts://USER:PASSWORD@HOST:PORT/TOPIC; ws:// or wss://HOST:PORT/PATH
    #[arg(short = 'L', long, help_heading = "Broker", conflicts_with_all = ["host", "port"])]
    url: Option<String>,
    /// User name
    #[arg(short, long, value_name = "NAME", help_heading = "Broker", allow_hyphen_values = true)]
    username: Option<String>,
    /// Password
    #[arg(short = 'P', long = "pw", value_name = "PASSWORD", help_heading = "Broker")]
    #[arg(allow_hyphen_values = true)]
    password: Option<OsString>,
    /// mqttv31, mqttv311, mqttv5, or 31, 311, 5 [default: 311; 5 if an option needs it]
    #[arg(short = 'V', long, value_name = "VERSION", help_heading = "Broker", value_parser = version)]
    protocol_version: Option<Version>,

    /// Client identifier [default: a new one]
    #[arg(short, long, help_heading = "Session", allow_hyphen_values = true)]
    id: Option<String>,
    /// Client identifier: this and the number of the process
    #[arg(
        short = 'I',
        long,
        value_name = "PREFIX",
        help_heading = "Session",
        conflicts_with = "id"
    )]
    id_prefix: Option<String>,
    /// Take up the session of before, and leave it with the broker; needs -i
    #[arg(short = 'c', long, help_heading = "Session")]
    disable_clean_session: bool,
    /// Seconds the broker keeps the session; -1 or ∞: for ever [default: 0, with -c ∞]
    #[arg(short = 'x', long, value_name = "SECONDS", help_heading = "Session")]
    #[arg(value_parser = expiry, allow_negative_numbers = true)]
    session_expiry_interval: Option<u32>,
    /// Keep the session here too, in file:DIRECTORY or sqlite:FILE, so that it outlives the program, however it
    /// ends; needs -i, and means -c
    #[arg(long, value_name = "URL", help_heading = "Session")]
    store: Option<String>,
    /// Longest time without a packet; 0: no bound
    #[arg(short, long, value_name = "SECONDS", help_heading = "Session", default_value_t = 60)]
    keepalive: u16,

    /// Topic of what the broker publishes if the connection is lost
    #[arg(long, value_name = "TOPIC", help_heading = "Will")]
    will_topic: Option<String>,
    /// Its payload [default: empty]
    #[arg(long, value_name = "TEXT", help_heading = "Will", requires = "will_topic")]
    #[arg(allow_hyphen_values = true)]
    will_payload: Option<OsString>,
    /// Its QoS [default: 0]
    #[arg(long, value_name = "QOS", help_heading = "Will", requires = "will_topic", value_parser = qos)]
    will_qos: Option<QoS>,
    /// Retain it
    #[arg(long, help_heading = "Will", requires = "will_topic")]
    will_retain: bool,

    /// PEM: authorities to be trusted; turns TLS on
    #[arg(long, value_name = "FILE", help_heading = "TLS")]
    cafile: Option<PathBuf>,
    /// PEM: our certificate
    #[arg(long, value_name = "FILE", help_heading = "TLS", requires = "key")]
    cert: Option<PathBuf>,
    /// PEM: its key
    #[arg(long, value_name = "FILE", help_heading = "TLS", requires = "cert")]
    key: Option<PathBuf>,
    /// Trust the authorities of the system; turns TLS on
    #[arg(long, help_heading = "TLS", conflicts_with = "cafile")]
    tls_use_os_certs: bool,
    /// The name that the broker's certificate is for [default: the host]
    #[arg(long, value_name = "NAME", help_heading = "TLS", alias = "tls-servername")]
    server_name: Option<String>,

    #[command(flatten)]
    pub(crate) definitions: Definitions,

    /// Say on standard error what goes on
    #[arg(short, long)]
    pub(crate) debug: bool,
    /// Say nothing of errors but wrong options
    #[arg(long)]
    pub(crate) quiet: bool,
    /// Does nothing: packets are never held back
    #[arg(long, hide = true)]
    nodelay: bool,
    /// Print this
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
    /// Print the version of the program
    #[arg(long, action = ArgAction::Version)]
    version: Option<bool>,
}

impl Connection {
    /// How to connect, and the topic of the URL. `needs` names an option that only 5.0 can carry out.
    pub(crate) fn options(
        &self,
        needs: Option<&str>,
    ) -> Result<(Options, Option<String>), Failure> {
        let (address, topic) = self.address().map_err(Failure::Usage)?;
        let options = self.complete(Options::new(address), needs).map_err(Failure::Usage)?;
        Ok((options, topic))
    }

    fn address(&self) -> Result<(Address, Option<String>), String> {
        let wants_tls = self.cafile.is_some() || self.cert.is_some() || self.tls_use_os_certs;
        if let Some(url) = &self.url {
            let (url, topic) = without_topic(url);
            let address: Address = url.parse().map_err(|error| format!("--url: {error}"))?;
            if wants_tls && !address.scheme.is_tls() {
                return Err(format!("{address} is without TLS: use mqtts:// or wss://"));
            }
            return Ok((address, topic));
        }
        let default = if wants_tls { Scheme::Mqtts } else { Scheme::Mqtt };
        let port = self.port.unwrap_or(default.default_port());
        let mut address = Address::tcp(self.host.as_deref().unwrap_or("localhost"), port);
        if wants_tls || port == Scheme::Mqtts.default_port() {
            address.scheme = Scheme::Mqtts;
        }
        Ok((address, None))
    }

    fn complete(&self, options: Options, needs: Option<&str>) -> Result<Options, String> {
        let needs = needs
            .or((!self.definitions.is_empty()).then_some("-D"))
            .or(self.session_expiry_interval.map(|_| "-x"));
        let default = if needs.is_some() { Version::V5 } else { Version::V311 };
        let version = self.protocol_version.unwrap_or(default);
        let is_v5 = version == Version::V5;
        if let (Some(option), false) = (needs, is_v5) {
            return Err(format!("{option} needs MQTT 5.0 (-V 5)"));
        }
        let user_name = self.username.clone().or(options.address.user_name.clone());
        let has_password = self.password.is_some() || options.address.password.is_some();
        if has_password && user_name.is_none() && !is_v5 {
            return Err("a password needs a user name (-u) before MQTT 5.0".to_owned());
        }
        let keeps = self.disable_clean_session || self.store.is_some();
        let mut options = Options {
            tls: Tls {
                ca_file: self.cafile.clone(),
                certificate: self.cert.clone(),
                key: self.key.clone(),
                server_name: self.server_name.clone(),
            },
            version,
            client_id: self.client_id(version)?,
            clean_start: !keeps,
            session_expiry: self.session_expiry_interval.unwrap_or(if keeps {
                u32::MAX
            } else {
                0
            }),
            store: self.store.as_deref().map(Storage::new),
            keep_alive: self.keepalive,
            user_name: self.username.clone(),
            password: self.password.clone().map(OsString::into_encoded_bytes),
            will: self.will()?,
            max_packet_size: LARGEST_PACKET,
            // As large as a message can be; how many wait is bounded by their count.
            queue: QueueLimits { max_bytes: LARGEST_PACKET as usize, ..options.queue },
            ..options
        };
        self.definitions.apply_to_options(&mut options)?;
        Ok(options)
    }

    fn client_id(&self, version: Version) -> Result<String, String> {
        Ok(match (&self.id, &self.id_prefix) {
            (Some(id), _) => id.clone(),
            (None, _) if self.store.is_some() => {
                return Err("--store needs a client identifier (-i)".to_owned());
            }
            (None, Some(prefix)) => format!("{prefix}{}", std::process::id()),
            (None, None) if self.disable_clean_session => {
                return Err("-c needs a client identifier (-i)".to_owned());
            }
            (None, None) if version == Version::V5 => String::new(),
            // 3.1 demands one, of at most 23 characters; 3.1.1 is kept by few brokers that demand it too.
            (None, None) => format!("mqc-{:016x}", fastrand::u64(..)),
        })
    }

    fn will(&self) -> Result<Option<Message>, String> {
        let Some(topic) = &self.will_topic else { return Ok(None) };
        TopicName::new(topic).map_err(|error| format!("--will-topic {topic}: {error}"))?;
        let payload = self.will_payload.clone().unwrap_or_default().into_encoded_bytes();
        let will = Message::new(topic.clone(), payload);
        Ok(Some(will.qos(self.will_qos.unwrap_or_default()).retain(self.will_retain)))
    }
}

/// Takes the topic off a URL: of WebSocket there is none, its path is HTTP's.
fn without_topic(url: &str) -> (&str, Option<String>) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url, None) };
    match rest.split_once('/') {
        Some((host, topic)) if !scheme.starts_with("ws") => {
            let end = scheme.len() + "://".len() + host.len();
            (&url[..end], (!topic.is_empty()).then(|| topic.to_owned()))
        }
        _ => (url, None),
    }
}

/// Reads `-q`.
pub(crate) fn qos(text: &str) -> Result<QoS, String> {
    let number: u8 = text.parse().map_err(|_| "not 0, 1 or 2".to_owned())?;
    QoS::try_from(number).map_err(|_| "not 0, 1 or 2".to_owned())
}

fn version(text: &str) -> Result<Version, String> {
    let number = text.strip_prefix("mqttv").unwrap_or(text);
    number.parse().map_err(|_| "not mqttv31, mqttv311 or mqttv5".to_owned())
}

fn expiry(text: &str) -> Result<u32, String> {
    match text {
        "-1" | "∞" => Ok(u32::MAX),
        _ => text.parse().map_err(|_| "not a number of seconds, -1 or ∞".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_taken_off_a_url() {
        let topic = |text: &str| Some(text.to_owned());
        assert_eq!(without_topic("mqtt://host/a/#"), ("mqtt://host", topic("a/#")));
        assert_eq!(without_topic("mqtts://u:p@host:1/a"), ("mqtts://u:p@host:1", topic("a")));
        assert_eq!(without_topic("mqtt://host/"), ("mqtt://host", None));
        assert_eq!(without_topic("mqtt://host"), ("mqtt://host", None));
        assert_eq!(without_topic("wss://host/path"), ("wss://host/path", None));
        assert_eq!(without_topic("host/a"), ("host/a", None));
    }

    #[test]
    fn a_session_that_never_ends_has_three_names() {
        assert_eq!(
            ["-1", "∞", "4294967295"].map(expiry),
            [Ok(u32::MAX), Ok(u32::MAX), Ok(u32::MAX)]
        );
        assert!(expiry("-2").is_err());
    }
}
