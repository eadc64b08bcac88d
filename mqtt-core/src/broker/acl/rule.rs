//! Rules.

use super::pattern::Pattern;
use super::text::Quoted;
use crate::TopicFilter;
use alloc::boxed::Box;
use core::fmt;

/// What is decided. As text: `allow`, `deny`.
///
/// # Examples
/// ```
/// use mqtt_core::AclDecision;
/// assert_eq!(AclDecision::Allow.to_string(), "allow");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AclDecision {
    /// It may be done.
    Allow,
    /// It may not be done.
    Deny,
}

/// What a rule is about. As text: `all`, `publish`, `subscribe`.
///
/// # Examples
/// ```
/// use mqtt_core::AclAction;
/// assert_eq!(AclAction::All.to_string(), "all");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AclAction {
    /// Publishing and subscribing.
    All,
    /// Publishing, wills included.
    Publish,
    /// Subscribing.
    Subscribe,
}

/// Whom a rule concerns. Names are compared as they are, byte by byte.
///
/// # Examples
/// ```
/// use mqtt_core::{Acl, AclSubject, Identity, TopicName};
/// let acl = Acl::parse("allow all client meter-7 a")?;
/// assert_eq!(acl.rules().next().map(|rule| rule.who), Some(AclSubject::Client("meter-7")));
/// let other = Identity { client_id: "x", user_name: Some("meter-7") };
/// assert!(!acl.allows_publish(&other, TopicName::from_static("a")));
/// # Ok::<(), mqtt_core::AclError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AclSubject<'a> {
    /// All clients, also those without a user name.
    Everybody,
    /// Those with this user name.
    User(&'a str),
    /// The one with this client identifier.
    Client(&'a str),
}

/// A rule of an [`Acl`](crate::Acl).
///
/// # Examples
/// As text it is a line that [`Acl::parse`](crate::Acl::parse) reads:
///
/// ```
/// use mqtt_core::{AclAction, AclDecision, AclRule, AclSubject, TopicFilter};
/// let rule = AclRule {
///     decision: AclDecision::Deny,
///     action: AclAction::Subscribe,
///     who: AclSubject::User("anna b"),
///     filter: TopicFilter::from_static("home/+/alarm"),
/// };
/// assert_eq!(rule.to_string(), "deny subscribe user \"anna b\" home/+/alarm");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AclRule<'a> {
    /// What it decides.
    pub decision: AclDecision,
    /// What it is about.
    pub action: AclAction,
    /// Whom it concerns.
    pub who: AclSubject<'a>,
    /// The pattern: levels that are `%c` or `%u` stand for the client identifier and the user name. It
    /// may not be a shared subscription.
    pub filter: TopicFilter<'a>,
}

impl fmt::Display for AclDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        })
    }
}

impl fmt::Display for AclAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::All => "all",
            Self::Publish => "publish",
            Self::Subscribe => "subscribe",
        })
    }
}

impl fmt::Display for AclRule<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.decision, self.action)?;
        match self.who {
            AclSubject::Everybody => {}
            AclSubject::User(name) => write!(f, "user {} ", Quoted(name))?,
            AclSubject::Client(id) => write!(f, "client {} ", Quoted(id))?,
        }
        Quoted(self.filter.as_str()).fmt(f)
    }
}

/// A rule as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) decision: AclDecision,
    action: AclAction,
    who: Who,
    pub(super) pattern: Pattern,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    Everybody,
    User(Box<str>),
    Client(Box<str>),
}

impl Rule {
    pub(super) fn new(rule: AclRule<'_>) -> Self {
        Self {
            decision: rule.decision,
            action: rule.action,
            who: match rule.who {
                AclSubject::Everybody => Who::Everybody,
                AclSubject::User(name) => Who::User(name.into()),
                AclSubject::Client(id) => Who::Client(id.into()),
            },
            pattern: Pattern::new(rule.filter),
        }
    }

    pub(super) fn as_rule(&self) -> AclRule<'_> {
        AclRule {
            decision: self.decision,
            action: self.action,
            who: match &self.who {
                Who::Everybody => AclSubject::Everybody,
                Who::User(name) => AclSubject::User(name),
                Who::Client(id) => AclSubject::Client(id),
            },
            filter: self.pattern.filter(),
        }
    }

    /// Is it about publishing, or subscribing?
    pub(super) fn is_for(&self, action: AclAction) -> bool {
        matches!(self.action, AclAction::All) || self.action == action
    }
}
