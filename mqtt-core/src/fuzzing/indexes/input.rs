//! Texts and hashers from the bytes of an input.

use super::MAX_ENTRIES;
pub(super) use crate::fuzzing::input::Input;
use crate::{IndexLimits, TopicFilter, TopicName, Version};
use core::hash::{BuildHasher, Hasher};
use std::format;
use std::string::String;

impl Input<'_> {
    /// The text of a topic name: `| levels 0-2, unused | level * |`, of 0 levels `| count u8 | level |`.
    pub(super) fn name(&mut self) -> String {
        let shape = self.byte();
        self.levels(shape & 7, |byte| LEVELS[usize::from(byte) % LEVELS.len()])
    }

    /// A filter: as a name, and bit 3 of the shape for `#` at its end, with bit 7 for `#` alone, bits 4 and 5
    /// for a share name, bit 6 for a text that begins like a shared one and is none.
    pub(super) fn filter(&mut self) -> Filter {
        let shape = self.byte();
        let share = match shape >> 4 & 3 {
            0 | 1 => None,
            2 => Some("g".into()),
            _ => Some(match self.byte() % 64 {
                0 => "h".into(),
                number => format!("a share name {number}"),
            }),
        };
        let mut inner = self.levels(shape & 7, |byte| match byte {
            0x20.. => "+",
            _ => LEVELS[usize::from(byte) % LEVELS.len()],
        });
        match shape & 0x88 {
            0x08 => inner.push_str("/#"),
            0x88 => inner = "#".into(),
            _ => {}
        }
        if shape & 64 != 0 {
            inner.insert_str(0, "$share/g/");
        }
        Filter::new(share.as_deref(), &inner)
    }

    /// Bounds of an index: `| entries u8 | levels u8, 0 for any |`.
    pub(super) fn limits(&mut self) -> IndexLimits {
        let max_entries = usize::from(self.byte()).min(MAX_ENTRIES);
        let max_levels = match self.byte() {
            0 => usize::MAX,
            max => usize::from(max),
        };
        IndexLimits { max_entries, max_levels }
    }

    /// Levels, `short` giving those whose byte is below 64.
    fn levels(&mut self, count: u8, short: impl Fn(u8) -> &'static str) -> String {
        let mut text = String::new();
        let (count, repeat) = if count == 0 { (1, self.byte()) } else { (count, 0) };
        for index in 0..count {
            if index > 0 {
                text.push('/');
            }
            match self.byte() {
                byte @ ..0x40 => text.push_str(short(byte)),
                byte @ ..0x80 => text.push_str(&numbered(byte & 0x3F)),
                // Of one length, and alike in the first bytes.
                byte @ ..0xC0 => text.push_str(&format!("a long level {:02}", byte & 0x3F)),
                byte => self.any(usize::from(byte & 0x1F), &mut text),
            }
        }
        if repeat > 0 {
            let level = text.clone();
            for _ in 0..usize::from(repeat).min(512 / (level.len() + 1)) {
                text.push('/');
                text.push_str(&level);
            }
        }
        if text.is_empty() {
            text.push('/');
        }
        text
    }

    /// Any text, of more than one level too.
    fn any(&mut self, len: usize, out: &mut String) {
        let text = String::from_utf8_lossy(self.bytes(len));
        out.extend(text.chars().map(|c| if matches!(c, '\0' | '+' | '#') { '_' } else { c }));
    }
}

/// Levels that are chosen by one byte: short, of eight bytes, longer, and what is special.
const LEVELS: [&str; 16] = [
    "a",
    "b",
    "",
    "c",
    "d",
    "$a",
    "$SYS",
    "é",
    "$share",
    "12345678",
    "12345679",
    "123456789",
    "123456780",
    "a level of some length",
    "A level of some length",
    "a level of some lengtH",
];

/// One of many levels.
pub(super) fn numbered(number: u8) -> String {
    format!("n{number}")
}

/// The name with this text.
pub(super) fn name(text: &str) -> TopicName<'_> {
    TopicName::new(text).expect("a name")
}

/// A filter, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    /// Without the share name.
    pub(super) inner: String,
    pub(super) share: Option<String>,
    /// With the share name.
    pub(super) text: String,
}

impl Filter {
    pub(super) fn new(share: Option<&str>, inner: &str) -> Self {
        let text = match share {
            Some(share) => format!("$share/{share}/{inner}"),
            None => inner.into(),
        };
        Self { inner: inner.into(), share: share.map(Into::into), text }
    }

    pub(super) fn get(&self) -> TopicFilter<'_> {
        // By the rules of 3.1.1 no text is shared.
        let version = if self.share.is_some() { Version::V5 } else { Version::V311 };
        TopicFilter::for_version(&self.text, version).expect("a filter")
    }

    /// Does the filter match? Level by level, as the standard puts it.
    pub(super) fn matches(&self, name: &str) -> bool {
        if self.inner.starts_with(['+', '#']) && name.starts_with('$') {
            return false;
        }
        let (mut filter, mut name) = (self.inner.split('/'), name.split('/'));
        loop {
            match (filter.next(), name.next()) {
                (Some("#"), _) | (None, None) => return true,
                (Some("+"), Some(_)) => {}
                (Some(level), Some(same)) if level == same => {}
                _ => return false,
            }
        }
    }
}

/// How texts and keys are hashed: quickly, not safely.
#[derive(Clone, Copy, Debug)]
pub(super) enum Hashing {
    /// To all values, with a seed.
    Seeded(u8),
    /// To so few values.
    Few(u64),
}

impl BuildHasher for Hashing {
    type Hasher = Hashed;

    fn build_hasher(&self) -> Hashed {
        match *self {
            Self::Seeded(seed) => Hashed { hash: seed.into(), few: u64::MAX },
            Self::Few(few) => Hashed { hash: 0, few },
        }
    }
}

/// The hasher of [`Hashing`].
pub(super) struct Hashed {
    hash: u64,
    few: u64,
}

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.hash = (self.hash ^ u64::from(*byte)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            self.hash ^= self.hash >> 32;
        }
    }

    fn finish(&self) -> u64 {
        self.hash % self.few
    }
}
