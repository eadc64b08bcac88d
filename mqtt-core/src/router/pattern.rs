//! The patterns of routes.

use super::error::{RouteError, RouteErrorKind};
use crate::{TopicError, TopicFilter};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;

/// A pattern, checked.
pub(super) struct Pattern {
    text: Box<str>,
    /// What it subscribes to; `None` if it is the same text.
    filter: Option<Box<str>>,
    /// Where the part that matches begins.
    inner: u32,
}

/// A level of a pattern that is checked; captures have names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level<'p> {
    Literal,
    Single(Option<&'p str>),
    Multi(Option<&'p str>),
}

impl Pattern {
    /// A pattern that is known to subscribe to this filter.
    pub(super) fn new(text: &str, filter: TopicFilter<'_>) -> Self {
        // Names have no slashes, so both texts have the same levels.
        let inner = match text.match_indices('/').nth(1) {
            Some((second, _)) if filter.is_shared() => second + 1,
            _ => 0,
        };
        Self {
            text: text.into(),
            filter: (filter.as_str() != text).then(|| filter.as_str().into()),
            // A share name has less than 65,536 bytes, and here not more than twice as many.
            inner: inner as u32,
        }
    }

    pub(super) const fn as_str(&self) -> &str {
        &self.text
    }

    /// What it subscribes to; never `None`. O(bytes).
    pub(super) fn filter(&self) -> Option<TopicFilter<'_>> {
        TopicFilter::new(self.filter.as_deref().unwrap_or(&self.text)).ok()
    }

    /// The part whose levels are those of the filter that matches.
    #[inline]
    pub(super) fn matching(&self) -> &str {
        self.text.get(self.inner as usize..).unwrap_or(&self.text)
    }

    /// The kinds of its levels. Of two patterns that match one topic, the lesser is more specific.
    pub(super) fn ranks(&self) -> impl Iterator<Item = u8> {
        self.matching().split('/').map(|level| match Level::read(level) {
            Level::Literal => 0,
            Level::Single(_) => 1,
            Level::Multi(_) => 2,
        })
    }
}

impl<'p> Level<'p> {
    #[inline]
    pub(super) fn read(level: &'p str) -> Self {
        match (level, capture(level)) {
            ("+", _) => Self::Single(None),
            ("#", _) => Self::Multi(None),
            (_, None) => Self::Literal,
            (_, Some(name)) => match name.strip_prefix('*') {
                None => Self::Single(Some(name)),
                rest => Self::Multi(rest),
            },
        }
    }
}

/// What is between the braces of a level that is a capture.
#[inline]
fn capture(level: &str) -> Option<&str> {
    let inside = level.strip_prefix('{')?;
    if inside.starts_with('{') { None } else { inside.strip_suffix('}') }
}

/// The text that a pattern subscribes to, not checked by the rules for filters. O(bytes).
pub(super) fn to_filter(pattern: &str) -> Result<Cow<'_, str>, RouteError> {
    if !pattern.contains(['{', '}']) {
        return Ok(Cow::Borrowed(pattern));
    }
    let mut filter = String::new();
    let mut names = BTreeSet::new();
    let mut at = 0;
    for level in pattern.split('/') {
        if at > 0 {
            filter.push('/');
        }
        match capture(level) {
            Some(inside) => {
                let name = inside.strip_prefix('*').unwrap_or(inside);
                let name_at = at + level.len() - "}".len() - name.len();
                if name.contains(['{', '}']) {
                    return Err(RouteError::new(RouteErrorKind::Brace, at));
                }
                if name.is_empty() {
                    return Err(RouteError::new(RouteErrorKind::NameEmpty, at));
                }
                if let Some(index) = name.find(['+', '#', '*']) {
                    return Err(RouteError::new(RouteErrorKind::NameCharacter, name_at + index));
                }
                if !names.insert(name) {
                    return Err(RouteError::new(RouteErrorKind::NameTwice, name_at));
                }
                let is_rest = name.len() < inside.len();
                if is_rest && at + level.len() < pattern.len() {
                    return Err(RouteError::new(RouteErrorKind::RestNotLast, at));
                }
                filter.push(if is_rest { '#' } else { '+' });
            }
            None => unescape(level, at, &mut filter)?,
        }
        at += level.len() + 1;
    }
    Ok(Cow::Owned(filter))
}

/// Appends a literal level, which begins at this byte of the pattern.
fn unescape(level: &str, at: usize, out: &mut String) -> Result<(), RouteError> {
    let mut rest = level;
    while let Some(index) = rest.find(['{', '}']) {
        let (before, braces) = rest.split_at(index);
        let (brace, behind) = if let Some(behind) = braces.strip_prefix("{{") {
            ('{', behind)
        } else if let Some(behind) = braces.strip_prefix("}}") {
            ('}', behind)
        } else {
            return Err(RouteError::new(RouteErrorKind::Brace, at + level.len() - braces.len()));
        };
        out.push_str(before);
        out.push(brace);
        rest = behind;
    }
    out.push_str(rest);
    Ok(())
}

/// The error for a pattern that subscribes to no filter: the fault in the filter is brought back to
/// where it comes from.
pub(super) fn refuse(pattern: &str, filter: &str, error: TopicError) -> RouteError {
    let offset = place(pattern, filter, error.offset());
    let error = match error {
        TopicError::Invalid { kind, .. } => TopicError::Invalid { kind, offset },
        error => error,
    };
    RouteError::new(RouteErrorKind::Filter(error), offset)
}

/// The byte of the pattern that became this byte of the filter.
fn place(pattern: &str, filter: &str, offset: usize) -> usize {
    let before = filter.as_bytes().get(..offset).unwrap_or_default();
    let within = before.iter().rev().take_while(|&&byte| byte != b'/').count();
    let mut levels = pattern.split('/');
    let mut start = 0;
    for _ in before.iter().filter(|&&byte| byte == b'/') {
        start += levels.next().map_or(0, str::len) + 1;
    }
    let level = levels.next().unwrap_or_default();
    if within > 0 && capture(level).is_some() {
        return start + level.len();
    }
    // Two braces became one.
    let bytes = level.as_bytes();
    let at = (0..within).fold(0, |at, _| match bytes.get(at) {
        Some(b'{' | b'}') => at + 2,
        _ => at + 1,
    });
    start + at
}
