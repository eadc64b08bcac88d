//! Why rules are refused.

use super::Acl;
use crate::TopicError;
use core::fmt;

/// A text that is no list of rules: what is wrong, and where.
///
/// `Copy`, no allocation.
///
/// # Examples
/// ```
/// use mqtt_core::{Acl, AclErrorKind};
/// let error = Acl::parse("deny all a/#\n\nallow all \"home/#").unwrap_err();
/// assert_eq!(error.kind(), AclErrorKind::QuoteOpen);
/// assert_eq!(error.to_string(), "line 3, column 11: double quote is never closed");
///
/// let error = Acl::parse("allow publish user anna a/#/b").unwrap_err();
/// let text = "line 1, column 25: # is not the last level of the topic filter at byte 2";
/// assert_eq!(error.to_string(), text);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AclError {
    pub(super) kind: AclErrorKind,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// What is wrong with a rule.
///
/// # Examples
/// ```
/// use mqtt_core::{Acl, AclErrorKind};
/// let kind = |text| Acl::parse(text).unwrap_err().kind();
/// assert_eq!(kind("permit all #"), AclErrorKind::Decision);
/// assert_eq!(kind("allow all user"), AclErrorKind::Name);
/// assert_eq!(kind("allow all # and more"), AclErrorKind::LineEnd);
/// assert_eq!(AclErrorKind::Action.to_string(), "expected all, publish or subscribe");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AclErrorKind {
    /// The first word of a line is not `allow`, `deny` or `default`.
    Decision,
    /// What follows is not `all`, `publish` or `subscribe`.
    Action,
    /// Behind `default` is not `allow` or `deny`.
    Default,
    /// The default is said a second time.
    DefaultTwice,
    /// No name behind `user` or `client`.
    Name,
    /// The line ends before the topic filter.
    NoFilter,
    /// The pattern is no topic filter. The offset of the [`TopicError`] is that in the filter; the
    /// column is where the filter begins.
    Filter(TopicError),
    /// The pattern is a shared subscription: what such a rule might say, it says without `$share/` and
    /// the name.
    Shared,
    /// More words behind the topic filter or the default.
    LineEnd,
    /// A double quote that is not closed in its line.
    QuoteOpen,
    /// Behind a closing quote is neither a space nor the end of the line.
    QuoteEnd,
    /// Behind a backslash is not `"`, `\`, `n` or `r`.
    Escape,
    /// White space other than space and tab, a control character or a double quote in a word without
    /// quotes.
    Character,
    /// There are [`Acl::MAX_RULES`].
    TooManyRules,
    /// The text has more than [`Acl::MAX_TEXT_LEN`] bytes, or would have.
    TooLong,
}

impl AclError {
    /// What is wrong.
    ///
    /// ```
    /// # use mqtt_core::{Acl, AclErrorKind};
    /// let error = Acl::parse("allow all $share/g/a").unwrap_err();
    /// assert_eq!(error.kind(), AclErrorKind::Shared);
    /// ```
    #[must_use]
    pub const fn kind(&self) -> AclErrorKind {
        self.kind
    }

    /// In which line, from 1.
    ///
    /// ```
    /// # use mqtt_core::Acl;
    /// assert_eq!(Acl::parse("# Rules.\nallow").unwrap_err().line(), 2);
    /// ```
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// At which character of the line, from 1: where the word begins that is wrong, or where one is
    /// missing.
    ///
    /// ```
    /// # use mqtt_core::Acl;
    /// assert_eq!(Acl::parse("allow every #").unwrap_err().column(), 7);
    /// assert_eq!(Acl::parse("allow").unwrap_err().column(), 6);
    /// ```
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }
}

impl fmt::Display for AclError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.kind)
    }
}

impl fmt::Display for AclErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Decision => "expected allow, deny or default",
            Self::Action => "expected all, publish or subscribe",
            Self::Default => "expected allow or deny",
            Self::DefaultTwice => "the default is said before",
            Self::Name => "expected the name of a user or a client",
            Self::NoFilter => "expected a topic filter",
            Self::Filter(error) => return error.fmt(f),
            Self::Shared => "expected a topic filter that is not shared",
            Self::LineEnd => "expected the end of the line",
            Self::QuoteOpen => "double quote is never closed",
            Self::QuoteEnd => "expected a space behind the closing quote",
            Self::Escape => "expected \", \\, n or r behind the backslash",
            Self::Character => "expected double quotes around a word with this character",
            Self::TooManyRules => return write!(f, "more than {} rules", Acl::MAX_RULES),
            Self::TooLong => {
                return write!(f, "more than {} bytes of rules", Acl::MAX_TEXT_LEN);
            }
        })
    }
}

impl core::error::Error for AclError {}

impl core::error::Error for AclErrorKind {}
