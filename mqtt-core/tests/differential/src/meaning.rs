//! What a packet means, in a form that every codec's packets can be brought into.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};

/// What a decoder says of some bytes.
#[derive(Debug)]
pub enum Outcome {
    /// It is a packet.
    Accepted(Meaning),
    /// It is not; the name of the error.
    Rejected(String),
    /// More bytes are needed.
    Incomplete,
    /// The decoder panicked.
    Panicked,
}

impl Outcome {
    /// The outcome of a decoder that may panic.
    pub fn of(read: impl FnOnce() -> Self) -> Self {
        panic::catch_unwind(AssertUnwindSafe(read)).unwrap_or(Self::Panicked)
    }

    /// A refusal, by the name of the variant of an error: `Foo` of `Foo(3)` or `Foo { a: 3 }`.
    pub fn rejected(error: &impl std::fmt::Debug) -> Self {
        let text = format!("{error:?}");
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        Self::Rejected(text[..end].to_owned())
    }
}

/// A value in a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number, a flag or a code.
    Number(u64),
    /// A string or bytes.
    Bytes(Vec<u8>),
    /// A user property.
    Pair(Vec<u8>, Vec<u8>),
    /// A filter of a SUBSCRIBE with its options byte.
    Subscription(Vec<u8>, u8),
}

/// The values of a packet by the names of the fields.
///
/// The order of different properties is lost, because most codecs lose it; the order of the values
/// of one field is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    fields: BTreeMap<String, Vec<Value>>,
}

/// The names of packet types.
pub const TYPES: [&str; 16] = [
    "RESERVED",
    "CONNECT",
    "CONNACK",
    "PUBLISH",
    "PUBACK",
    "PUBREC",
    "PUBREL",
    "PUBCOMP",
    "SUBSCRIBE",
    "SUBACK",
    "UNSUBSCRIBE",
    "UNSUBACK",
    "PINGREQ",
    "PINGRESP",
    "DISCONNECT",
    "AUTH",
];

impl Meaning {
    /// A packet of the type with this number, without values yet.
    pub fn new(packet: u8) -> Self {
        let mut meaning = Self::default();
        meaning.number("type", packet);
        meaning
    }

    /// Adds a value.
    pub fn push(&mut self, field: &str, value: Value) {
        self.fields.entry(field.to_owned()).or_default().push(value);
    }

    /// Adds a number.
    pub fn number(&mut self, field: &str, value: impl Into<u64>) {
        self.push(field, Value::Number(value.into()));
    }

    /// Adds a number that may be missing.
    pub fn number_opt(&mut self, field: &str, value: Option<impl Into<u64>>) {
        if let Some(value) = value {
            self.number(field, value);
        }
    }

    /// Adds a string or bytes.
    pub fn bytes(&mut self, field: &str, value: impl AsRef<[u8]>) {
        self.push(field, Value::Bytes(value.as_ref().to_vec()));
    }

    /// Adds a string or bytes that may be missing.
    pub fn bytes_opt(&mut self, field: &str, value: Option<impl AsRef<[u8]>>) {
        if let Some(value) = value {
            self.bytes(field, value);
        }
    }

    /// Adds user properties, in a section that begins with `prefix`.
    pub fn pairs<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        prefix: &str,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) {
        for (name, value) in pairs {
            let pair = Value::Pair(name.as_ref().to_vec(), value.as_ref().to_vec());
            self.push(&format!("{prefix}user_property"), pair);
        }
    }

    /// Adds a filter of a SUBSCRIBE.
    pub fn subscription(&mut self, filter: impl AsRef<[u8]>, options: u8) {
        self.push("filter", Value::Subscription(filter.as_ref().to_vec(), options));
    }

    /// The values of a field.
    pub fn get(&self, field: &str) -> &[Value] {
        self.fields.get(field).map_or(&[], Vec::as_slice)
    }

    /// Takes out a field.
    pub fn remove(&mut self, field: &str) {
        self.fields.remove(field);
    }

    /// Takes out a field whose only value is this number.
    pub fn remove_if(&mut self, field: &str, value: u64) {
        if self.get(field) == [Value::Number(value)] {
            self.remove(field);
        }
    }

    /// Takes out a field whose only value is empty.
    pub fn remove_empty(&mut self, field: &str) {
        if self.get(field) == [Value::Bytes(Vec::new())] {
            self.remove(field);
        }
    }

    /// Names of the fields whose values differ from those of `other`, in order.
    pub fn differences<'a>(&'a self, other: &'a Self) -> Vec<&'a str> {
        let mut names: Vec<&str> =
            self.fields.keys().chain(other.fields.keys()).map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| self.get(name) != other.get(name));
        names
    }
}
