//! What is wrong with a file, in one line.

use super::Table;
use core::fmt;
use serde_path_to_error::deserialize;
use toml::de::{Deserializer, Error};

/// A word may differ from a key by so much to be taken for it.
const LIKE: f64 = 0.7;

/// A mistake in a configuration file: `KEY: REASON`, or `REASON` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Such as `listen[1].certificate`; empty if it is none of them.
    key: String,
    reason: String,
}

impl Mistake {
    pub(super) fn new(key: impl Into<String>, why: impl fmt::Display) -> Self {
        let reason: Vec<_> = why.to_string().lines().map(|line| line.trim().to_owned()).collect();
        Self { key: key.into(), reason: reason.join(", ") }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.key.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}", self.key, self.reason)
    }
}

/// Reads the text of a file.
pub(super) fn parse(text: &str) -> Result<Table, Mistake> {
    let table = Deserializer::parse(text).map_err(|why| syntax(text, &why))?;
    deserialize(table).map_err(|error| {
        let key = error.path().to_string();
        // The file as a whole.
        let key = if key == "." { String::new() } else { key };
        let message = error.inner().message();
        match unknown(message) {
            Some(reason) => Mistake::new(key, reason),
            None => Mistake::new(key, message),
        }
    })
}

/// A mistake that is not about a key: where it stands.
fn syntax(text: &str, why: &Error) -> Mistake {
    let at = why.span().map_or(0, |span| span.start).min(text.len());
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Mistake::new(format!("line {line}, column {column}"), why.message())
}

/// If the message is about a key that is not known: the same, with the one that may be meant.
///
/// serde says: unknown field `a`, expected one of `b`, `c`.
fn unknown(message: &str) -> Option<String> {
    let mut names = message.strip_prefix("unknown field `")?.split('`').step_by(2);
    let found = names.next()?;
    let known = names.map(|name| (strsim::jaro_winkler(found, name), name));
    let nearest = known.filter(|(like, _)| *like >= LIKE).max_by(|a, b| a.0.total_cmp(&b.0));
    let reason = "there is no such key";
    Some(match nearest {
        Some((_, name)) => format!("{reason}; {name} is meant?"),
        None => reason.to_owned(),
    })
}
