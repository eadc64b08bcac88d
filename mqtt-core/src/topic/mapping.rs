//! What AMQP 0-9-1 and Kafka call an MQTT topic, and back.
//!
//! | MQTT | AMQP routing key | AMQP exchange and routing key | Kafka topic |
//! |---|---|---|---|
//! | `sensors/temperature` | `sensors.temperature` | `sensors`, `temperature` | `sensors.temperature` |
//! | `orders/eu/new` | `orders.eu.new` | `orders`, `eu.new` | `orders.eu.new` |
//! | `a//b` | `a..b` | `a`, `.b` | `a..b` |
//! | `orders` | `orders` | `orders`, empty | `orders` |
//! | filter `orders/+/#` | binding key `orders.*.#` | `orders`, `*.#` | none |
//! | `a.b`, `$SYS/x` | none | `a.b`, empty; none | none |
//!
//! - **What maps, maps back** to the same text. What the other side cannot carry is refused with
//!   [`Unmappable`], which says why; nothing is escaped, shortened or replaced.
//! - **Matching is kept**: a filter matches a topic name if and only if its binding key matches the
//!   routing key, both mapped the same way.
//! - A mapping is checked at once and written when it is used: [`Mapped`] borrows its text, prints
//!   itself, goes into a slice, and with the `alloc` feature into a `String`. No function here
//!   allocates; all are O(bytes).
//!
//! # AMQP
//!
//! A routing key has up to 255 bytes; words are separated by dots and may be empty; the empty key has no
//! words. In a binding key of a topic exchange, the word `*` stands for one word and `#` for any number,
//! none included. Words are any text, as brokers take them; the standard itself lists letters and digits.
//! Not carried:
//!
//! - `.` in a level, `/` in a word: they separate on the other side.
//! - A level `*`, words with `+` or `#`: they are wildcards on the other side, or not legal there.
//! - `#` before the last word of a binding key.
//! - As a key alone, what begins with `$`: in MQTT `#` does not match it, in AMQP `#` does. An exchange
//!   is never matched by a wildcard, so behind it `$` is a character like others.
//! - An exchange is 1 to 127 of `A-Z a-z 0-9 - _ . :`, as the standard has it. Behind it, one empty
//!   level would be the same as none.
//! - A shared filter: map its [`filter`](TopicFilter::filter), and let the group share a queue.
//!
//! # Kafka
//!
//! A topic is 1 to 249 of `A-Z a-z 0-9 . _ -`, but not `.` or `..`. Levels are separated by dots, so a
//! level must have none. Kafka does not let two topics exist that differ only in `.` and `_`, such as
//! those for `a/b` and `a_b`.
//!
//! # Examples
//! ```
//! use mqtt_core::mapping::{self, Unmappable, Why};
//! use mqtt_core::{TopicFilter, TopicName};
//!
//! let name = TopicName::new("orders/eu/new")?;
//! let (exchange, key) = mapping::name_to_exchange(name)?;
//! assert_eq!((exchange, key.to_string().as_str()), ("orders", "eu.new"));
//! assert_eq!(mapping::exchange_to_name(exchange, "eu.new")?, "orders/eu/new");
//!
//! let filter = TopicFilter::new("sensors/+/#")?;
//! assert_eq!(mapping::filter_to_binding_key(filter)?, "sensors.*.#");
//!
//! let dotted = TopicName::new("v1.0/temperature")?;
//! let refused = mapping::name_to_kafka_topic(dotted).unwrap_err();
//! assert_eq!(refused, Unmappable { why: Why::Separator { at: 2 } });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod mapped;

use super::{TopicFilter, TopicName};
use core::fmt;

pub use mapped::Mapped;

/// Most bytes of a routing key or binding key: a short string of AMQP.
const MAX_KEY: usize = 255;
/// Most bytes of the name of an exchange.
const MAX_EXCHANGE: usize = 127;
/// Most bytes of a Kafka topic.
const MAX_KAFKA: usize = 249;

/// A text that the other side cannot carry.
///
/// # Examples
/// ```
/// use mqtt_core::mapping::{Unmappable, Why, routing_key_to_name};
/// let refused = routing_key_to_name("a.b/c").unwrap_err();
/// assert_eq!(refused, Unmappable { why: Why::Separator { at: 3 } });
/// assert_eq!(refused.to_string(), "byte 3 would separate levels or words on the other side");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unmappable {
    /// The reason.
    pub why: Why,
}

/// Why a text cannot be mapped. Places are bytes of the topic or key that was given.
///
/// # Examples
/// ```
/// use mqtt_core::mapping::{Why, binding_key_to_filter};
/// let why = |key| binding_key_to_filter(key).unwrap_err().why;
/// assert_eq!(why("a.#.b"), Why::Wildcard { at: 2 });
/// assert_eq!(why("$a.#"), Why::Dollar);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// More bytes than the other side takes, or than there can be on this side.
    TooLong {
        /// The length in bytes.
        len: usize,
        /// The most that is possible.
        max: usize,
    },
    /// A character that separates levels or words on the other side.
    Separator {
        /// Where it is.
        at: usize,
    },
    /// A wildcard, or a character that means one, where the other side has none.
    Wildcard {
        /// Where it is.
        at: usize,
    },
    /// A character that does not exist on the other side, or that cannot be on this side.
    Character {
        /// Where it is.
        at: usize,
    },
    /// Nothing: an MQTT topic and a Kafka topic have one character at least.
    Empty,
    /// One empty level behind the exchange: in AMQP this is the same as none.
    EmptyLevel,
    /// It begins with `$`, which MQTT alone keeps from wildcards.
    Dollar,
    /// A shared subscription.
    Shared,
    /// The exchange, or the first level, is not 1 to 127 of `A-Z a-z 0-9 - _ . :`.
    Exchange,
    /// `.` or `..`, which Kafka reserves.
    Dots,
}

impl fmt::Display for Unmappable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.why {
            Why::TooLong { len, max } => {
                return write!(f, "{len} bytes, at most {max} are allowed");
            }
            Why::Separator { at } => {
                return write!(f, "byte {at} would separate levels or words on the other side");
            }
            Why::Wildcard { at } => {
                return write!(
                    f,
                    "wildcard at byte {at} is none, or another one, on the other side"
                );
            }
            Why::Character { at } => return write!(f, "character at byte {at} cannot be carried"),
            Why::Empty => "topic is empty",
            Why::EmptyLevel => "one empty level behind the exchange is the same as none",
            Why::Dollar => "topic begins with $, which only MQTT keeps from wildcards",
            Why::Shared => "filter is a shared subscription",
            Why::Exchange => "exchange or first level is not 1 to 127 of A-Z a-z 0-9 - _ . :",
            Why::Dots => "topic of Kafka is . or ..",
        })
    }
}

impl core::error::Error for Unmappable {}

const fn refuse<T>(why: Why) -> Result<T, Unmappable> {
    Err(Unmappable { why })
}

/// The routing key for a topic name: `sensors/temperature` is `sensors.temperature`.
///
/// # Errors
/// [`Why::TooLong`] above 255 bytes, [`Why::Dollar`], [`Why::Separator`] for `.`, [`Why::Wildcard`]
/// for a level `*`.
///
/// ```
/// # use mqtt_core::{TopicName, mapping};
/// let name = TopicName::from_static("sensors/temperature");
/// assert_eq!(mapping::name_to_routing_key(name)?, "sensors.temperature");
/// # Ok::<(), mapping::Unmappable>(())
/// ```
pub fn name_to_routing_key(name: TopicName<'_>) -> Result<Mapped<'_>, Unmappable> {
    to_key(name.as_str())
}

/// The topic name for a routing key: `sensors.temperature` is `sensors/temperature`.
///
/// # Errors
/// [`Why::Empty`], [`Why::TooLong`] above 255 bytes, [`Why::Dollar`], [`Why::Separator`] for `/`,
/// [`Why::Wildcard`] for `+`, `#` and a word `*`, [`Why::Character`] for U+0000.
///
/// ```
/// # use mqtt_core::mapping;
/// assert_eq!(mapping::routing_key_to_name("sensors.temperature")?, "sensors/temperature");
/// # Ok::<(), mapping::Unmappable>(())
/// ```
pub fn routing_key_to_name(key: &str) -> Result<Mapped<'_>, Unmappable> {
    check_start(key)?;
    check_words(key, Wildcards::No)?;
    Ok(Mapped::levels(key))
}

/// The binding key for a topic filter: `sensors/+/#` is `sensors.*.#`.
///
/// # Errors
/// [`Why::Shared`], and those of [`name_to_routing_key`].
///
/// ```
/// # use mqtt_core::{TopicFilter, mapping};
/// let filter = TopicFilter::from_static("sensors/+/#");
/// assert_eq!(mapping::filter_to_binding_key(filter)?, "sensors.*.#");
/// # Ok::<(), mapping::Unmappable>(())
/// ```
pub fn filter_to_binding_key(filter: TopicFilter<'_>) -> Result<Mapped<'_>, Unmappable> {
    to_key(unshared(filter)?)
}

/// The topic filter for a binding key: `sensors.*.#` is `sensors/+/#`.
///
/// # Errors
/// [`Why::Empty`], [`Why::TooLong`] above 255 bytes, [`Why::Dollar`], [`Why::Separator`] for `/`,
/// [`Why::Wildcard`] for `+`, and for `#` that is not the last word, [`Why::Character`] for U+0000.
///
/// ```
/// # use mqtt_core::mapping;
/// assert_eq!(mapping::binding_key_to_filter("sensors.*.#")?, "sensors/+/#");
/// assert!(mapping::binding_key_to_filter("#.temperature").is_err());
/// # Ok::<(), mapping::Unmappable>(())
/// ```
pub fn binding_key_to_filter(key: &str) -> Result<Mapped<'_>, Unmappable> {
    check_start(key)?;
    check_words(key, Wildcards::Yes)?;
    Ok(Mapped::levels(key))
}

/// The exchange and the routing key for a topic name, whose first level is the exchange:
/// `orders/eu/new` is `orders` and `eu.new`; `orders` is `orders` and the empty key.
///
/// # Errors
/// [`Why::Exchange`], [`Why::EmptyLevel`], [`Why::TooLong`] above 255 bytes of the key,
/// [`Why::Separator`] for `.` in the key, [`Why::Wildcard`] for a level `*`.
///
/// ```
/// # use mqtt_core::{TopicName, mapping};
/// let (exchange, key) = mapping::name_to_exchange(TopicName::from_static("orders/eu/new"))?;
/// assert_eq!(exchange, "orders");
/// assert_eq!(key, "eu.new");
/// # Ok::<(), mapping::Unmappable>(())
/// ```
pub fn name_to_exchange(name: TopicName<'_>) -> Result<(&str, Mapped<'_>), Unmappable> {
    to_exchange(name.as_str())
}

/// The topic name for an exchange and a routing key: `orders` and `eu.new` are `orders/eu/new`.
///
/// # Errors
/// [`Why::Exchange`], and those of [`routing_key_to_name`] but [`Why::Empty`] and [`Why::Dollar`].
///
/// ```
/// # use mqtt_core::mapping;
/// assert_eq!(mapping::exchange_to_name("orders", "eu.new")?, "orders/eu/new");
/// assert_eq!(mapping::exchange_to_name("orders", "")?, "orders");
/// # Ok::<(), mapping::Unmappable>(())
/// ```
pub fn exchange_to_name<'a>(exchange: &'a str, key: &'a str) -> Result<Mapped<'a>, Unmappable> {
    check_exchange(exchange)?;
    check_words(key, Wildcards::No)?;
    Ok(Mapped::levels(key).behind(exchange))
}

/// The exchange and the binding key for a topic filter, whose first level is the exchange:
/// `orders/+/#` is `orders` and `*.#`; `orders` is `orders` and the empty key.
///
/// # Errors
/// [`Why::Shared`], and those of [`name_to_exchange`]; [`Why::Exchange`] also for a wildcard there.
///
/// ```
/// # use mqtt_core::{TopicFilter, mapping};
/// let (exchange, key) = mapping::filter_to_exchange(TopicFilter::from_static("orders/#"))?;
/// assert_eq!(exchange, "orders");
/// assert_eq!(key, "#");
/// # Ok::<(), mapping::Unmappable>(())
/// ```
pub fn filter_to_exchange(filter: TopicFilter<'_>) -> Result<(&str, Mapped<'_>), Unmappable> {
    to_exchange(unshared(filter)?)
}

/// The topic filter for an exchange and a binding key: `orders` and `*.#` are `orders/+/#`.
///
/// # Errors
/// [`Why::Exchange`], and those of [`binding_key_to_filter`] but [`Why::Empty`] and [`Why::Dollar`].
///
/// ```
/// # use mqtt_core::mapping;
/// assert_eq!(mapping::exchange_to_filter("orders", "*.#")?, "orders/+/#");
/// # Ok::<(), mapping::Unmappable>(())
/// ```
pub fn exchange_to_filter<'a>(exchange: &'a str, key: &'a str) -> Result<Mapped<'a>, Unmappable> {
    check_exchange(exchange)?;
    check_words(key, Wildcards::Yes)?;
    Ok(Mapped::levels(key).behind(exchange))
}

/// The Kafka topic for a topic name: `sensors/temperature` is `sensors.temperature`.
///
/// # Errors
/// [`Why::TooLong`] above 249 bytes, [`Why::Separator`] for `.`, [`Why::Character`] for what is not
/// of `A-Z a-z 0-9 _ -`, [`Why::Dots`] for `/` and `//`.
///
/// ```
/// # use mqtt_core::{TopicName, mapping};
/// let name = TopicName::from_static("sensors/temperature");
/// assert_eq!(mapping::name_to_kafka_topic(name)?, "sensors.temperature");
/// # Ok::<(), mapping::Unmappable>(())
/// ```
pub fn name_to_kafka_topic(name: TopicName<'_>) -> Result<Mapped<'_>, Unmappable> {
    let text = name.as_str();
    check_len(text, MAX_KAFKA)?;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'/' | b'_' | b'-' => {}
            b'.' => return refuse(Why::Separator { at }),
            _ if byte.is_ascii_alphanumeric() => {}
            _ => return refuse(Why::Character { at }),
        }
    }
    if matches!(text, "/" | "//") { refuse(Why::Dots) } else { Ok(Mapped::words(text)) }
}

/// The topic name for a Kafka topic: `sensors.temperature` is `sensors/temperature`. Every legal
/// topic of Kafka has one.
///
/// # Errors
/// For what is no topic of Kafka: [`Why::Empty`], [`Why::TooLong`] above 249 bytes, [`Why::Dots`],
/// [`Why::Character`].
///
/// ```
/// # use mqtt_core::mapping;
/// assert_eq!(mapping::kafka_topic_to_name("sensors.temperature")?, "sensors/temperature");
/// # Ok::<(), mapping::Unmappable>(())
/// ```
pub fn kafka_topic_to_name(topic: &str) -> Result<Mapped<'_>, Unmappable> {
    check_len(topic, MAX_KAFKA)?;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if let Some(at) = topic.bytes().position(|byte| !legal(byte)) {
        return refuse(Why::Character { at });
    }
    match topic {
        "" => refuse(Why::Empty),
        "." | ".." => refuse(Why::Dots),
        _ => Ok(Mapped::levels(topic)),
    }
}

fn check_len(text: &str, max: usize) -> Result<(), Unmappable> {
    let len = text.len();
    if len > max { refuse(Why::TooLong { len, max }) } else { Ok(()) }
}

/// Checks how a topic that stands alone begins.
fn check_start(text: &str) -> Result<(), Unmappable> {
    match text.as_bytes() {
        [] => refuse(Why::Empty),
        [b'$', ..] => refuse(Why::Dollar),
        _ => Ok(()),
    }
}

fn check_exchange(name: &str) -> Result<(), Unmappable> {
    let legal =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    if (1..=MAX_EXCHANGE).contains(&name.len()) && name.bytes().all(legal) {
        Ok(())
    } else {
        refuse(Why::Exchange)
    }
}

/// The text of a filter that is not shared.
fn unshared(filter: TopicFilter<'_>) -> Result<&str, Unmappable> {
    if filter.is_shared() { refuse(Why::Shared) } else { Ok(filter.as_str()) }
}

/// The key for a topic name or filter.
fn to_key(text: &str) -> Result<Mapped<'_>, Unmappable> {
    check_start(text)?;
    check_levels(text, 0)?;
    Ok(Mapped::words(text))
}

/// The exchange and the key for a topic name or filter.
fn to_exchange(text: &str) -> Result<(&str, Mapped<'_>), Unmappable> {
    let (exchange, levels) = match text.split_once('/') {
        Some((exchange, "")) => {
            check_exchange(exchange)?;
            return refuse(Why::EmptyLevel);
        }
        Some(parts) => parts,
        None => (text, ""),
    };
    check_exchange(exchange)?;
    check_levels(levels, text.len() - levels.len())?;
    Ok((exchange, Mapped::words(levels)))
}

/// Checks that levels of a legal name or filter can be words; they begin at byte `begin`.
fn check_levels(levels: &str, begin: usize) -> Result<(), Unmappable> {
    check_len(levels, MAX_KEY)?;
    let mut at = begin;
    for level in levels.split('/') {
        if level == "*" {
            return refuse(Why::Wildcard { at });
        }
        if let Some(index) = level.find('.') {
            return refuse(Why::Separator { at: at + index });
        }
        at += level.len() + 1;
    }
    Ok(())
}

/// May words be wildcards?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wildcards {
    No,
    Yes,
}

/// Checks that the words of a key can be levels of a name or filter.
fn check_words(key: &str, wildcards: Wildcards) -> Result<(), Unmappable> {
    check_len(key, MAX_KEY)?;
    let mut at = 0;
    for word in key.split('.') {
        let end = at + word.len();
        match (word, wildcards) {
            ("*", Wildcards::Yes) => {}
            ("#", Wildcards::Yes) if end == key.len() => {}
            ("*" | "#", _) => return refuse(Why::Wildcard { at }),
            _ => {
                if let Some(index) = word.find(['/', '+', '#', '\0']) {
                    let at = at + index;
                    return refuse(match key.as_bytes().get(at) {
                        Some(b'/') => Why::Separator { at },
                        Some(0) => Why::Character { at },
                        _ => Why::Wildcard { at },
                    });
                }
            }
        }
        at = end + 1;
    }
    Ok(())
}
