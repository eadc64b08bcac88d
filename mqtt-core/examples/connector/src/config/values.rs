//! How single values are read.

use super::Topic;
use core::fmt;
use core::net::SocketAddr;
use mqc_client::Address;
use mqtt_core::{QoS, TopicFilter, TopicName, Version};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::env::{self, VarError};
use std::fs::File;
use std::path::PathBuf;

/// A key with nothing behind it is as one that is not there.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A text with variables of the environment put in.
pub(super) fn expanded<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    expand(&String::deserialize(from)?, |name| env::var(name)).map_err(Error::custom)
}

/// The same; a text that is empty counts as none.
pub(super) fn expanded_or_none<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<String>, D::Error> {
    expanded(from).map(|text| Some(text).filter(|text| !text.is_empty()))
}

/// Puts in what `${NAME}` and `${NAME:-default}` stand for. `$${` is a `${` that stands for itself.
pub(super) fn expand(
    text: &str,
    variable: impl Fn(&str) -> Result<String, VarError>,
) -> Result<String, String> {
    let mut whole = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        if let Some(before) = before.strip_suffix('$') {
            whole.push_str(before);
            whole.push_str("${");
            rest = after;
            continue;
        }
        whole.push_str(before);
        let (inside, after) =
            after.split_once('}').ok_or("there is a ${ without a }; $${ would stand for itself")?;
        rest = after;
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if name.is_empty() || !name.bytes().all(is_name) {
            return Err(format!("${{{name}}} does not name a variable of the environment"));
        }
        match (variable(name), default) {
            (Ok(value), None) => whole.push_str(&value),
            (Ok(value), Some(_)) if !value.is_empty() => whole.push_str(&value),
            (_, Some(default)) => whole.push_str(default),
            (Err(VarError::NotPresent), None) => {
                return Err(format!("the environment variable {name} is not set"));
            }
            (Err(VarError::NotUnicode(_)), None) => {
                return Err(format!("the environment variable {name} is not UTF-8"));
            }
        }
    }
    whole.push_str(rest);
    Ok(whole)
}

/// A whole number between two, both included.
pub(super) fn ranged<'de, D: Deserializer<'de>, const MIN: u64, const MAX: u64>(
    from: D,
) -> Result<u64, D::Error> {
    u64::deserialize(from)
        .ok()
        .filter(|number| (MIN..=MAX).contains(number))
        .ok_or_else(|| D::Error::custom(format!("not a whole number from {MIN} to {MAX}")))
}

pub(super) fn multiplier<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    f64::deserialize(from)
        .ok()
        .filter(|factor| (1.0..=100.0).contains(factor))
        .ok_or_else(|| D::Error::custom("not a number from 1 to 100"))
}

pub(super) fn qos<'de, D: Deserializer<'de>>(from: D) -> Result<QoS, D::Error> {
    u8::deserialize(from)
        .ok()
        .and_then(|number| QoS::try_from(number).ok())
        .ok_or_else(|| D::Error::custom("not 0, 1 or 2"))
}

pub(super) fn version<'de, D: Deserializer<'de>>(from: D) -> Result<Version, D::Error> {
    expanded(from)?.parse().map_err(D::Error::custom)
}

pub(super) fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Address, D::Error> {
    let text = expanded(from)?;
    text.parse().map_err(|error: mqc_client::BadAddress| {
        // It repeats the text, and there may be a password in it.
        let error = error.to_string();
        let why = error.strip_prefix(&text).unwrap_or("not a URL");
        D::Error::custom(why.trim_start_matches([':', ' ']))
    })
}

pub(super) fn listener<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    let parse = |text: String| {
        text.parse().map_err(|_| D::Error::custom("not an address with a port: 127.0.0.1:9100"))
    };
    expanded_or_none(from)?.map(parse).transpose()
}

pub(super) fn filter_topic<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    checked_filter(expanded(from)?)
}

fn checked_filter<E: Error>(text: String) -> Result<String, E> {
    TopicFilter::new(&text).map_err(E::custom)?;
    Ok(text)
}

pub(super) fn name_topic<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = expanded(from)?;
    TopicName::new(&text).map_err(D::Error::custom)?;
    Ok(text)
}

/// A file that can be read now.
pub(super) fn readable_file<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<PathBuf>, D::Error> {
    let Some(text) = expanded_or_none(from)? else { return Ok(None) };
    match File::open(&text).and_then(|file| file.metadata()) {
        Ok(metadata) if metadata.is_file() => Ok(Some(text.into())),
        Ok(_) => Err(D::Error::custom(format!("{text}: not a file"))),
        Err(error) => Err(D::Error::custom(format!("{text}: {error}"))),
    }
}

/// Reads a topic: `a/#`, or `{topic: a/#, qos: 2}`.
pub(super) struct TopicVisitor;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithQos {
    #[serde(deserialize_with = "filter_topic")]
    topic: String,
    #[serde(default, deserialize_with = "some_qos")]
    qos: Option<QoS>,
}

fn some_qos<'de, D: Deserializer<'de>>(from: D) -> Result<Option<QoS>, D::Error> {
    qos(from).map(Some)
}

impl<'de> Visitor<'de> for TopicVisitor {
    type Value = Topic;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a topic filter, or a mapping with topic and qos")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Topic, E> {
        let filter = expand(text, |name| env::var(name)).map_err(E::custom)?;
        Ok(Topic { filter: checked_filter(filter)?, qos: None })
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Topic, M::Error> {
        let WithQos { topic, qos } = WithQos::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Topic { filter: topic, qos })
    }
}
