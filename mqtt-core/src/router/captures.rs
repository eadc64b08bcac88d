//! What the named levels of a pattern have matched.

use super::pattern::Level;
use core::fmt;
use core::iter;

/// What the captures of a pattern stand for in a topic name: borrowed, read when asked for.
///
/// Allocates nothing; each question takes O(bytes of the topic and the pattern).
///
/// # Examples
/// ```
/// use mqtt_core::{MatchScratch, Router, TopicName};
/// # use std::hash::RandomState;
/// let mut router: Router<(), RandomState> = Router::default();
/// router.add("{site}/logs/{*path}", ())?;
///
/// let mut scratch = MatchScratch::default();
/// let topic = TopicName::from_static("north/logs/door/7");
/// let captures = router.most_specific(topic, &mut scratch).unwrap().captures;
/// assert!(captures.iter().eq([("site", "north"), ("path", "door/7")]));
///
/// // `#` stands for no level too: there is nothing to capture then.
/// let topic = TopicName::from_static("north/logs");
/// let captures = router.most_specific(topic, &mut scratch).unwrap().captures;
/// assert_eq!(captures.get("path"), None);
/// # Ok::<(), mqtt_core::RouteError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Captures<'r, 't> {
    /// The part of the pattern that matches.
    pattern: &'r str,
    topic: &'t str,
}

impl<'r, 't> Captures<'r, 't> {
    /// The topic has to match the pattern.
    #[inline]
    pub(super) const fn new(pattern: &'r str, topic: &'t str) -> Self {
        Self { pattern, topic }
    }

    /// What a name stands for: one level, which may be empty, or with `{*name}` all that are left.
    /// `None` if the pattern has no such name, or if the topic ends before it.
    ///
    /// ```
    /// # use mqtt_core::{MatchScratch, Router, TopicName};
    /// # let mut router: Router<(), std::hash::RandomState> = Router::default();
    /// router.add("sensors/{room}/temperature", ())?;
    /// # let mut scratch = MatchScratch::default();
    /// let topic = TopicName::from_static("sensors/attic/temperature");
    /// let found = router.most_specific(topic, &mut scratch).unwrap();
    /// assert_eq!(found.captures.get("room"), Some("attic"));
    /// assert_eq!(found.captures.get("site"), None);
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'t str> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Names and what they stand for, in the order of the levels.
    ///
    /// ```
    /// # use mqtt_core::{MatchScratch, Router, TopicName};
    /// # let mut router: Router<(), std::hash::RandomState> = Router::default();
    /// router.add("{site}/+/{unit}", ())?;
    /// # let mut scratch = MatchScratch::default();
    /// let found = router.most_specific(TopicName::from_static("a/b/c"), &mut scratch).unwrap();
    /// assert!(found.captures.iter().eq([("site", "a"), ("unit", "c")]));
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&'r str, &'t str)> + use<'r, 't> {
        let mut levels = self.pattern.split('/');
        let mut rest = Some(self.topic);
        iter::from_fn(move || {
            loop {
                let level = Level::read(levels.next()?);
                let all = rest?;
                let (first, behind) = match all.split_once('/') {
                    Some((first, behind)) => (first, Some(behind)),
                    None => (all, None),
                };
                rest = behind;
                match level {
                    Level::Single(Some(name)) => return Some((name, first)),
                    Level::Multi(Some(name)) => return Some((name, all)),
                    _ => {}
                }
            }
        })
    }

    /// How many there are, without one that the topic ends before.
    ///
    /// ```
    /// # use mqtt_core::{MatchScratch, Router, TopicName};
    /// # let mut router: Router<(), std::hash::RandomState> = Router::default();
    /// router.add("{site}/{*path}", ())?;
    /// # let mut scratch = MatchScratch::default();
    /// let mut len = |topic| router.most_specific(topic, &mut scratch).unwrap().captures.len();
    /// assert_eq!(len(TopicName::from_static("a/b/c")), 2);
    /// assert_eq!(len(TopicName::from_static("a")), 1);
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// True if there are none.
    ///
    /// ```
    /// # use mqtt_core::{MatchScratch, Router, TopicName};
    /// # let mut router: Router<(), std::hash::RandomState> = Router::default();
    /// router.add("+/state", ())?;
    /// # let mut scratch = MatchScratch::default();
    /// let topic = TopicName::from_static("a/state");
    /// assert!(router.most_specific(topic, &mut scratch).unwrap().captures.is_empty());
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl fmt::Debug for Captures<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
