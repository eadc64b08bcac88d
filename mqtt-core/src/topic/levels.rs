//! The levels of a topic name or topic filter.

use core::iter::FusedIterator;
use core::str::Split;

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
pub struct Levels<'a>(Split<'a, char>);

impl<'a> Levels<'a> {
    #[inline]
    pub(super) fn new(text: &'a str) -> Self {
        Self(text.split('/'))
    }
}

impl<'a> Iterator for Levels<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        self.0.next()
    }
}

impl<'a> DoubleEndedIterator for Levels<'a> {
    #[inline]
    fn next_back(&mut self) -> Option<&'a str> {
        self.0.next_back()
    }
}

impl FusedIterator for Levels<'_> {}
