//! What clients say and get, as text.
//!
//! A message is `topic=payload`, then what it has of `q1` or `q2`, `retain`, `dup` and properties; a subscription
//! is its filter, then what it has of `q1` or `q2`, `nolocal`, `rap`, and `new` or `never` for retained messages.

use crate::kit::written;
use mqtt_core::{
    BrokerConfig, Connect, Properties, Property, Publish, QoS, ReasonCode, RetainHandling,
    Subscription, SubscriptionOptions, Version, Will,
};

pub(crate) const V31: Version = Version::V31;
pub(crate) const V311: Version = Version::V311;
pub(crate) const V5: Version = Version::V5;
pub(crate) const VERSIONS: [Version; 3] = [V31, V311, V5];

/// As a broker is by itself, but silent about itself.
pub(crate) fn config() -> BrokerConfig {
    BrokerConfig { sys_interval: None, ..BrokerConfig::default() }
}

/// What a client says in CONNECT: a clean start, no keep alive.
#[derive(Clone)]
pub(crate) struct Hello {
    pub(crate) client_id: String,
    pub(crate) version: Version,
    clean_start: bool,
    keep_alive: u16,
    will: Option<&'static str>,
    will_properties: Vec<Property<'static>>,
    user_name: Option<&'static str>,
    properties: Vec<Property<'static>>,
}

impl Hello {
    pub(crate) fn new(version: Version, client_id: &str) -> Self {
        Self {
            client_id: client_id.into(),
            version,
            clean_start: true,
            keep_alive: 0,
            will: None,
            will_properties: Vec::new(),
            user_name: None,
            properties: Vec::new(),
        }
    }

    /// Its session goes on, and stays for ever.
    pub(crate) fn stays(self) -> Self {
        match self.version {
            V5 => self.expiry(u32::MAX),
            _ => Self { clean_start: false, ..self },
        }
    }

    /// Its session goes on, and stays for so many seconds.
    pub(crate) fn expiry(self, seconds: u32) -> Self {
        Self { clean_start: false, ..self }.property(Property::SessionExpiryInterval(seconds))
    }

    /// It begins anew.
    pub(crate) fn clean(self) -> Self {
        Self { clean_start: true, ..self }
    }

    pub(crate) fn keep_alive(self, seconds: u16) -> Self {
        Self { keep_alive: seconds, ..self }
    }

    pub(crate) fn will(self, message: &'static str) -> Self {
        Self { will: Some(message), ..self }
    }

    pub(crate) fn will_property(mut self, property: Property<'static>) -> Self {
        self.will_properties.push(property);
        self
    }

    /// The will is late by so many seconds.
    pub(crate) fn delay(self, seconds: u32) -> Self {
        self.will_property(Property::WillDelayInterval(seconds))
    }

    pub(crate) fn user(self, name: &'static str) -> Self {
        Self { user_name: Some(name), ..self }
    }

    pub(crate) fn property(mut self, property: Property<'static>) -> Self {
        self.properties.push(property);
        self
    }

    pub(crate) fn written(&self) -> Vec<u8> {
        let will = self.will.map(|text| {
            let Publish { topic, payload, qos, retain, .. } = message(text, &[]);
            let properties = Properties::new(&self.will_properties);
            Will { topic, payload, qos, retain, properties }
        });
        let connect = Connect {
            version: self.version,
            clean_start: self.clean_start,
            keep_alive: self.keep_alive,
            client_id: &self.client_id,
            will,
            user_name: self.user_name,
            password: None,
            properties: Properties::new(&self.properties),
        };
        written(self.version, connect)
    }
}

/// A message from its text.
pub(crate) fn message<'a>(text: &'a str, properties: &'a [Property<'a>]) -> Publish<'a> {
    let mut words = text.split(' ');
    let (topic, payload) = words.next().and_then(|word| word.split_once('=')).expect("t=p");
    let properties = Properties::new(properties);
    let payload = payload.as_bytes();
    let mut publish = Publish { topic, payload, properties, ..Publish::default() };
    for word in words {
        match word {
            "q1" => publish.qos = QoS::AtLeastOnce,
            "q2" => publish.qos = QoS::ExactlyOnce,
            "retain" => publish.retain = true,
            "dup" => publish.dup = true,
            _ => panic!("{word} in {text}"),
        }
    }
    publish
}

pub(crate) fn subscription(text: &str) -> Subscription<'_> {
    let mut words = text.split(' ');
    let filter = words.next().unwrap_or_default();
    let mut options = SubscriptionOptions::DEFAULT;
    for word in words {
        match word {
            "q1" => options.qos = QoS::AtLeastOnce,
            "q2" => options.qos = QoS::ExactlyOnce,
            "nolocal" => options.no_local = true,
            "rap" => options.retain_as_published = true,
            "new" => options.retain_handling = RetainHandling::SendIfNew,
            "never" => options.retain_handling = RetainHandling::DoNotSend,
            _ => panic!("{word} in {text}"),
        }
    }
    Subscription { filter, options }
}

/// The text of a message.
pub(crate) fn show(publish: &Publish<'_>) -> String {
    let payload = match publish.payload {
        long if long.len() > 40 => format!("<{}>", long.len()),
        short => String::from_utf8_lossy(short).into_owned(),
    };
    let mut text = format!("{}={payload}", publish.topic);
    match publish.qos {
        QoS::AtMostOnce => {}
        QoS::AtLeastOnce => text.push_str(" q1"),
        QoS::ExactlyOnce => text.push_str(" q2"),
    }
    for (is_so, word) in [(publish.retain, " retain"), (publish.dup, " dup")] {
        text.push_str(if is_so { word } else { "" });
    }
    text + &list(&publish.properties)
}

pub(crate) fn list(properties: &Properties<'_>) -> String {
    properties.iter().map(|property| format!(" {property:?}")).collect()
}

pub(crate) fn coded(word: &str, code: ReasonCode) -> String {
    if code.0 == 0 { word.into() } else { format!("{word} {:02X}", code.0) }
}
