//! Data with metadata, and both ways to send them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use core::fmt;
use mqc_client::Message;
use mqtt_core::Version;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What all that belongs together has in common, across services.
pub const TRACE_ID: &str = "trace-id";
/// By which version of its description the data is to be read.
pub const SCHEMA_VERSION: &str = "schema-version";
/// What numbers are counted in.
pub const UNIT: &str = "unit";
/// When it was sent: milliseconds since 1970, UTC.
pub const SENT_AT: &str = "sent-at";

/// Names with values; a name may have several, in their order. The order of names means nothing.
///
/// # Examples
/// ```
/// use patterns::metadata::{Metadata, UNIT};
/// let metadata = Metadata::default().with(UNIT, "celsius").with("tag", "a").with("tag", "b");
/// assert_eq!(metadata.get(UNIT), Some("celsius"));
/// assert_eq!(metadata.all("tag"), ["a", "b"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Metadata(BTreeMap<String, Vec<String>>);

/// As it stands in JSON: one value without brackets, several in a list.
type Wire = BTreeMap<String, Values>;

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

impl From<Wire> for Metadata {
    fn from(wire: Wire) -> Self {
        let list = |(name, values)| match values {
            Values::One(value) => (name, vec![value]),
            Values::Many(values) => (name, values),
        };
        Self(wire.into_iter().map(list).filter(|(_, values)| !values.is_empty()).collect())
    }
}

impl From<Metadata> for Wire {
    fn from(metadata: Metadata) -> Self {
        let one_or_many = |mut values: Vec<String>| match values.len() {
            1 => Values::One(values.remove(0)),
            _ => Values::Many(values),
        };
        metadata.0.into_iter().map(|(name, values)| (name, one_or_many(values))).collect()
    }
}

impl Metadata {
    /// The same with one more value.
    ///
    /// See [`Metadata`] for an example.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.entry(name.into()).or_default().push(value.into());
        self
    }

    /// The first value of a name.
    ///
    /// See [`Metadata`] for an example.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).first().map(String::as_str)
    }

    /// All values of a name.
    ///
    /// See [`Metadata`] for an example.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// All names with their values.
    ///
    /// ```
    /// use patterns::metadata::Metadata;
    /// let metadata = Metadata::default().with("tag", "a").with("tag", "b");
    /// assert!(metadata.iter().eq([("tag", "a"), ("tag", "b")]));
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .flat_map(|(name, values)| values.iter().map(|value| (name.as_str(), value.as_str())))
    }

    /// True if there is none.
    ///
    /// ```
    /// assert!(patterns::metadata::Metadata::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How metadata is sent.
///
/// # Examples
/// See [`Annotated`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// As user properties and content type, beside the data. Only in 5.0; subscribers of 3.1.1 get the data
    /// without them.
    Properties,
    /// In a JSON object, with the data. In all versions.
    Envelope,
}

impl Form {
    /// What is natural to a version.
    ///
    /// ```
    /// use mqtt_core::Version;
    /// use patterns::metadata::Form;
    /// assert_eq!(Form::of(Version::V311), Form::Envelope);
    /// ```
    #[must_use]
    pub fn of(version: Version) -> Self {
        if version == Version::V5 { Self::Properties } else { Self::Envelope }
    }
}

/// Data and what is said about it.
///
/// # Examples
/// ```
/// use patterns::metadata::{Annotated, Form, Metadata, UNIT};
/// let metadata = Metadata::default().with(UNIT, "celsius");
/// let annotated = Annotated::new("21.5").content_type("application/json").metadata(metadata);
///
/// let message = annotated.write("measured/temperature", Form::Properties);
/// assert_eq!(message.payload, "21.5");
/// assert_eq!(message.properties().user_properties, [("unit".to_owned(), "celsius".to_owned())]);
/// assert_eq!(Annotated::read(&message), annotated);
///
/// let message = annotated.write("measured/temperature", Form::Envelope);
/// let envelope = r#"{"meta":{"unit":"celsius"},"content_type":"application/json","data":21.5}"#;
/// assert_eq!(message.payload, envelope);
/// assert_eq!(Annotated::read(&message), annotated);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotated {
    /// What is said about the data.
    pub metadata: Metadata,
    /// What the data is, such as a MIME type.
    pub content_type: Option<String>,
    /// The data.
    pub data: Bytes,
}

/// The envelope. One of the two kinds of data is there.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    meta: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_base64: Option<String>,
}

impl Annotated {
    /// Data of which nothing is said.
    ///
    /// See [`Annotated`] for an example.
    pub fn new(data: impl Into<Bytes>) -> Self {
        Self { data: data.into(), ..Self::default() }
    }

    /// The same, and what it is.
    ///
    /// See [`Annotated`] for an example.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// The same with this metadata.
    ///
    /// See [`Annotated`] for an example.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// As a message.
    ///
    /// See [`Annotated`] for an example.
    #[must_use]
    pub fn write(&self, topic: &str, form: Form) -> Message {
        let is_bare = self.metadata.is_empty() && self.content_type.is_none();
        if form == Form::Envelope || is_bare && Self::open(&self.data).is_some() {
            // Data that looks like an envelope, with nothing beside it, gets one more: readers open one.
            return Message::new(topic, self.envelope());
        }
        let mut message = Message::new(topic, self.data.clone());
        if !is_bare {
            let properties = message.properties_mut();
            properties.content_type = self.content_type.clone();
            let pairs = self.metadata.iter();
            properties.user_properties =
                pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        }
        message
    }

    /// What a message says, whoever wrote it: an envelope is opened if nothing is said beside it.
    ///
    /// See [`Annotated`] for an example.
    #[must_use]
    pub fn read(message: &Message) -> Self {
        let properties = message.properties();
        let metadata = properties
            .user_properties
            .iter()
            .fold(Metadata::default(), |all, (name, value)| all.with(name, value));
        let content_type = properties.content_type.clone();
        let data = message.payload.clone();
        let plain = Self { metadata, content_type, data };
        match plain.metadata.is_empty() && plain.content_type.is_none() {
            true => Self::open(&plain.data).unwrap_or(plain),
            false => plain,
        }
    }

    /// JSON that holds all.
    fn envelope(&self) -> Vec<u8> {
        // Kept letter by letter, but for white space around it. A lone `null` would be taken for nothing.
        let raw = serde_json::from_slice::<&RawValue>(&self.data).ok();
        let raw = raw.filter(|raw| raw.get().len() == self.data.len() && raw.get() != "null");
        let envelope = Envelope {
            meta: self.metadata.clone(),
            content_type: self.content_type.clone(),
            data: raw,
            data_base64: raw.is_none().then(|| BASE64.encode(&self.data)),
        };
        // Text and JSON always are JSON.
        serde_json::to_vec(&envelope).unwrap_or_default()
    }

    /// What is in an envelope. `None` if it is something else.
    fn open(envelope: &Bytes) -> Option<Self> {
        let Envelope { meta, content_type, data, data_base64 } =
            serde_json::from_slice(envelope).ok()?;
        let data = match (data, data_base64) {
            (Some(raw), None) => envelope.slice_ref(raw.get().as_bytes()),
            (None, Some(text)) => BASE64.decode(text).ok()?.into(),
            _ => return None,
        };
        Some(Self { metadata: meta, content_type, data })
    }
}

impl fmt::Display for Annotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match core::str::from_utf8(&self.data) {
            Ok(text) => f.write_str(text)?,
            Err(_) => write!(f, "{} bytes", self.data.len())?,
        }
        if let Some(content_type) = &self.content_type {
            write!(f, " [{content_type}]")?;
        }
        for (name, value) in self.metadata.iter() {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}
