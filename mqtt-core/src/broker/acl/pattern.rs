//! The patterns of rules: topic filters with levels to fill in.

use super::Identity;
use crate::topic::{covers, exact_levels, overlaps};
use crate::{TopicFilter, TopicName};
use alloc::boxed::Box;

/// What stands for the client identifier of who asks.
const CLIENT: &str = "%c";
/// What stands for the user name.
const USER: &str = "%u";

/// A topic filter that is not shared; levels of it may be to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    text: Box<str>,
    has_client: bool,
    has_user: bool,
}

/// What is filled in; `None` for what cannot be a level, or might be a wildcard.
pub(super) struct Fill<'a> {
    client: Option<&'a str>,
    user: Option<&'a str>,
}

impl<'a> Fill<'a> {
    pub(super) fn new(who: &Identity<'a>) -> Self {
        let is_special = |byte| matches!(byte, b'+' | b'#' | b'/');
        let is_level = |text: &&str| !text.is_empty() && !text.bytes().any(is_special);
        Self { client: Some(who.client_id).filter(is_level), user: who.user_name.filter(is_level) }
    }
}

impl Pattern {
    pub(super) fn new(filter: TopicFilter<'_>) -> Self {
        let has = |wanted| filter.levels().any(|level| level == wanted);
        Self { text: filter.as_str().into(), has_client: has(CLIENT), has_user: has(USER) }
    }

    /// The pattern as a filter, nothing filled in.
    pub(super) fn filter(&self) -> TopicFilter<'_> {
        TopicFilter::known(&self.text)
    }

    /// Does it match the name?
    pub(super) fn matches(&self, name: TopicName<'_>, fill: &Fill<'_>) -> bool {
        if !self.has_client && !self.has_user {
            return self.filter().matches(name);
        }
        self.levels(fill).is_some_and(|levels| covers(levels, name.levels()))
    }

    /// Does it match all names that the filter matches?
    pub(super) fn covers(&self, filter: TopicFilter<'_>, fill: &Fill<'_>) -> bool {
        let narrow = exact_levels(filter.filter().as_str());
        self.levels(fill).is_some_and(|levels| covers(levels, narrow))
    }

    /// Does it match any of the names that the filter matches?
    pub(super) fn overlaps(&self, filter: TopicFilter<'_>, fill: &Fill<'_>) -> bool {
        let other = exact_levels(filter.filter().as_str());
        self.levels(fill).is_some_and(|levels| overlaps(levels, other))
    }

    /// The levels, filled in; `None` if the pattern is for nobody.
    fn levels<'a>(&'a self, fill: &Fill<'a>) -> Option<impl Iterator<Item = &'a str>> {
        let client = if self.has_client { fill.client? } else { CLIENT };
        let user = if self.has_user { fill.user? } else { USER };
        let filled = move |level| match level {
            CLIENT => client,
            USER => user,
            _ => level,
        };
        let first = exact_levels(&self.text).next()?;
        // Names that begin with `$` are for those patterns alone that say so themselves.
        if filled(first).starts_with('$') && !first.starts_with('$') {
            return None;
        }
        Some(exact_levels(&self.text).map(filled))
    }
}
