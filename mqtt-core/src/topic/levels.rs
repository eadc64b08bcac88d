//! The levels of a topic name or topic filter.

use core::iter::FusedIterator;

/// The levels of a topic name or topic filter, from either end.
///
/// Empty levels count. Allocates nothing; O(bytes) for the whole walk.
///
/// # Spec
/// v3 section 4.7.1.1; v5 section 4.7.1.1.
///
/// # Examples
/// ```
/// use mqtt_core::TopicName;
/// let name = TopicName::new("/site/7").unwrap();
/// assert!(name.levels().eq(["", "site", "7"]));
/// assert_eq!(name.levels().next_back(), Some("7"));
/// ```
#[derive(Clone, Debug)]
pub struct Levels<'a> {
    /// What has not been walked; `None` at the end.
    rest: Option<&'a str>,
}

impl<'a> Levels<'a> {
    #[inline]
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: Some(text) }
    }
}

// Byte by byte: levels are short, and to begin a search for the next slash takes longer than to find it.

impl<'a> Iterator for Levels<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let Some(slash) = rest.bytes().position(|byte| byte == b'/') else {
            return self.rest.take();
        };
        let (level, behind) = rest.split_at_checked(slash)?;
        self.rest = behind.get(1..);
        Some(level)
    }
}

impl<'a> DoubleEndedIterator for Levels<'a> {
    #[inline]
    fn next_back(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let Some(slash) = rest.bytes().rposition(|byte| byte == b'/') else {
            return self.rest.take();
        };
        let (before, level) = rest.split_at_checked(slash)?;
        self.rest = Some(before);
        level.get(1..)
    }
}

impl FusedIterator for Levels<'_> {}
