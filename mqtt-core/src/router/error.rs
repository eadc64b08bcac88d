//! Why a route is not added.

use crate::{TopicError, Version};
use core::fmt;

/// A route that was not added: what is wrong with its pattern, and where.
///
/// `Copy`, no allocation. Faults of captures and braces go before those of the filter.
///
/// # Examples
/// ```
/// use mqtt_core::{RouteErrorKind, Router, Version};
/// # use std::hash::RandomState;
/// let mut router: Router<(), RandomState> = Router::default();
/// let error = router.add("site-{number}/state", ()).unwrap_err();
/// assert_eq!((error.kind(), error.offset()), (RouteErrorKind::Brace, 5));
/// assert_eq!(error.to_string(), "brace is neither doubled nor around a whole level at byte 5");
///
/// let error = router.add("{site}/#/state", ()).unwrap_err();
/// assert_eq!(error.statement(Version::V5), Some("MQTT-4.7.1-1"));
/// assert_eq!(error.to_string(), "# is not the last level of the topic filter at byte 7");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RouteError {
    kind: RouteErrorKind,
    offset: usize,
}

/// What is wrong with the pattern of a route.
///
/// # Examples
/// ```
/// use mqtt_core::{RouteErrorKind, Router};
/// let mut router: Router<(), std::hash::RandomState> = Router::default();
/// let mut kind = |pattern| router.add(pattern, ()).unwrap_err().kind();
/// assert_eq!(kind("{room}/{room}"), RouteErrorKind::NameTwice);
/// assert_eq!(kind("{*path}/state"), RouteErrorKind::RestNotLast);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RouteErrorKind {
    /// What it subscribes to is no topic filter. The offset of the [`TopicError`] is that in the
    /// pattern; a length is that of the filter.
    Filter(TopicError),
    /// A brace that is not doubled, and not around a whole level.
    Brace,
    /// `{}` or `{*}`.
    NameEmpty,
    /// `+`, `#` or `*` in a name.
    NameCharacter,
    /// Two captures of the pattern have this name.
    NameTwice,
    /// `{*name}` before the last level.
    RestNotLast,
    /// Nothing: there is no more room. See [`IndexFull`](crate::IndexFull).
    Full,
}

impl RouteError {
    pub(super) const fn new(kind: RouteErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// What is wrong.
    ///
    /// ```
    /// # use mqtt_core::{RouteErrorKind, Router};
    /// # let mut router: Router<(), std::hash::RandomState> = Router::default();
    /// let error = router.add("{}", ()).unwrap_err();
    /// assert_eq!(error.kind(), RouteErrorKind::NameEmpty);
    /// ```
    #[must_use]
    pub const fn kind(&self) -> RouteErrorKind {
        self.kind
    }

    /// Where, in bytes of the pattern: at the brace, at the name, or at the character. 0 if the fault
    /// is the pattern as a whole; where a filter that is too long exceeds 65,535 bytes.
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// # let mut router: Router<(), std::hash::RandomState> = Router::default();
    /// assert_eq!(router.add("{site}/a+", ()).unwrap_err().offset(), 8);
    /// ```
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The statement of the standard that is broken, in the count of this version; `None` if it is a
    /// rule of patterns, or the version has no such rule.
    ///
    /// ```
    /// # use mqtt_core::{Router, Version};
    /// # let mut router: Router<(), std::hash::RandomState> = Router::default();
    /// let error = router.add("a+", ()).unwrap_err();
    /// assert_eq!(error.statement(Version::V5), Some("MQTT-4.7.1-2"));
    /// let error = router.add("a{", ()).unwrap_err();
    /// assert_eq!(error.statement(Version::V5), None);
    /// ```
    #[must_use]
    pub fn statement(&self, version: Version) -> Option<&'static str> {
        match self.kind {
            RouteErrorKind::Filter(error) => error.statement(version),
            _ => None,
        }
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            // It tells the place itself.
            RouteErrorKind::Filter(error) => return error.fmt(f),
            RouteErrorKind::Full => return f.write_str("the router is full"),
            RouteErrorKind::Brace => "brace is neither doubled nor around a whole level",
            RouteErrorKind::NameEmpty => "capture without a name",
            RouteErrorKind::NameCharacter => "+, # or * in the name of a capture",
            RouteErrorKind::NameTwice => "another capture has the name",
            RouteErrorKind::RestNotLast => "capture of the rest is not the last level",
        };
        write!(f, "{what} at byte {}", self.offset)
    }
}

impl core::error::Error for RouteError {}
