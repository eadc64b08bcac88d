//! Topic aliases (5.0): numbers that stand for topic names on one connection.

use super::error::Violation;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// Aliases of one connection: hardly any has them, so they are made when they are needed.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    pub(super) received: ReceivedAliases,
    pub(super) sent: SentAliases,
}

impl Aliases {
    pub(super) fn heap_bytes(&self) -> usize {
        self.received.heap_bytes() + self.sent.heap_bytes()
    }
}

/// Aliases that the peer sets.
#[derive(Debug, Default)]
pub(super) struct ReceivedAliases {
    /// By alias. What is set costs what it has, whatever its number is.
    topics: BTreeMap<u16, String>,
}

impl ReceivedAliases {
    /// Sets an alias, if there is a topic.
    pub(super) fn set(&mut self, alias: u16, topic: &str) -> Result<(), Violation> {
        if topic.is_empty() {
            let is_set = self.topics.contains_key(&alias);
            return if is_set { Ok(()) } else { Err(Violation::UnknownTopicAlias) };
        }
        let known = self.topics.entry(alias).or_default();
        known.clear();
        known.push_str(topic);
        Ok(())
    }

    /// The topic of an alias that is set.
    pub(super) fn get(&self, alias: u16) -> &str {
        self.topics.get(&alias).map_or("", String::as_str)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let texts: usize = self.topics.values().map(String::capacity).sum();
        self.topics.len() * size_of::<(u16, String)>() + texts
    }
}

/// Aliases that this side sets: chosen by the caller, or here, the one that was not used for the longest
/// time first.
#[derive(Debug, Default)]
pub(super) struct SentAliases {
    /// By alias, less one.
    entries: Vec<SentAlias>,
    /// How many may be chosen here.
    max: u16,
    /// Counts uses.
    uses: u64,
}

/// Instead of a use: the caller has set it.
const PINNED: u64 = u64::MAX;

#[derive(Debug)]
struct SentAlias {
    topic: String,
    used: u64,
}

/// How a topic goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AliasUse {
    /// The alias alone.
    Known(u16),
    /// Topic and alias, which is set by that.
    New(u16),
}

impl SentAliases {
    /// Lets so many aliases be chosen here.
    pub(super) fn choose_up_to(&mut self, max: u16) {
        self.max = max;
    }

    /// The topic that an alias stands for.
    pub(super) fn topic(&self, alias: u16) -> Option<&str> {
        let entry = self.entries.get(usize::from(alias).checked_sub(1)?)?;
        Some(entry.topic.as_str()).filter(|topic| !topic.is_empty())
    }

    /// True if none are chosen here.
    pub(super) const fn is_off(&self) -> bool {
        self.max == 0
    }

    /// How to send a topic; `None` if none are to be chosen. Costs O(aliases): there are few.
    pub(super) fn choose(&self, topic: &str) -> Option<AliasUse> {
        if self.max == 0 {
            return None;
        }
        let known = self.entries.iter().position(|entry| entry.topic == topic);
        let next = || {
            if self.entries.len() < usize::from(self.max) {
                return Some(self.entries.len());
            }
            let own = self.entries.iter().take(self.max.into()).enumerate();
            let own = own.filter(|(_, entry)| entry.used != PINNED);
            own.min_by_key(|(_, entry)| entry.used).map(|(at, _)| at)
        };
        Some(match known {
            Some(at) => AliasUse::Known(at as u16 + 1),
            None => AliasUse::New(next()? as u16 + 1),
        })
    }

    /// Notes that the caller has set an alias, or has used it without a topic: it is the caller's from now on.
    pub(super) fn pin(&mut self, topic: &str, alias: u16) {
        if !topic.is_empty() {
            self.commit(topic, AliasUse::New(alias));
        }
        if let Some(entry) = self.entries.get_mut(usize::from(alias) - 1) {
            entry.used = PINNED;
        }
    }

    /// Forgets what an alias stands for: the caller has set it anew, and the message waits.
    pub(super) fn forget(&mut self, alias: u16) {
        if let Some(entry) = self.entries.get_mut(usize::from(alias) - 1) {
            entry.topic.clear();
        }
    }

    /// Forgets the alias that was chosen here for a topic; those of the caller are the caller's.
    pub(super) fn forget_topic(&mut self, topic: &[u8]) {
        let mut own = self.entries.iter_mut().filter(|entry| entry.used != PINNED);
        if let Some(entry) = own.find(|entry| entry.topic.as_bytes() == topic) {
            entry.topic.clear();
            entry.used = 0;
        }
    }

    /// Notes that a topic has been written like that.
    pub(super) fn commit(&mut self, topic: &str, alias: AliasUse) {
        self.uses += 1;
        let (AliasUse::Known(number) | AliasUse::New(number)) = alias;
        let at = usize::from(number) - 1;
        if self.entries.len() <= at {
            let unset = || SentAlias { topic: String::new(), used: 0 };
            self.entries.resize_with(at + 1, unset);
        }
        let Some(entry) = self.entries.get_mut(at) else { return };
        if entry.used != PINNED {
            entry.used = self.uses;
        }
        if let AliasUse::New(_) = alias {
            entry.topic.clear();
            entry.topic.push_str(topic);
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let texts: usize = self.entries.iter().map(|entry| entry.topic.capacity()).sum();
        self.entries.capacity() * size_of::<SentAlias>() + texts
    }
}
