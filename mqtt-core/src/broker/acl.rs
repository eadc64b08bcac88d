//! Who may publish and subscribe to what: rules with topic filters.

mod error;
mod pattern;
mod rule;
mod text;

pub use error::{AclError, AclErrorKind};
pub use rule::{AclAction, AclDecision, AclRule, AclSubject};

use crate::{TopicFilter, TopicName};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::{fmt, iter};
use pattern::Fill;
use rule::Rule;

/// Who asks: what a client has said of itself, once that has been believed.
///
/// # Examples
/// ```
/// use mqtt_core::Identity;
/// let anna = Identity { client_id: "phone-7", user_name: Some("anna") };
/// let nobody = Identity { client_id: "phone-8", user_name: None };
/// assert_ne!(anna, nobody);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity<'a> {
    /// The client identifier, also one that the server has assigned.
    pub client_id: &'a str,
    /// The user name; `None` for an anonymous client.
    pub user_name: Option<&'a str>,
}

/// Access control by topic filters: a list of rules, the first that decides wins.
///
/// [`parse`](Self::parse) reads it from text, [`rule`](Self::rule) builds it in code. If no rule decides,
/// the [default](Self::default_decision) does: deny.
///
/// # Which rule decides
///
/// A rule concerns everybody, or one user, or one client; it is for publishing, subscribing, or both. Of
/// those that concern who asks,
///
/// - for a topic name, a rule decides if its pattern matches the name;
/// - for a topic filter, an *allow* rule decides if its pattern matches **all** names that the filter
///   matches, a *deny* rule if it matches **any** of them. So nobody gets by a filter what single names
///   would not give, and a subscription that is partly allowed is refused. Of a shared subscription the
///   filter counts, not the share name.
///
/// As for all filters, a pattern that begins with a wildcard matches no name that begins with `$`:
/// `deny all #` says nothing about `$SYS/uptime`, which then is left to the default.
///
/// # Patterns
///
/// A pattern is a topic filter. A level that is exactly `%c` stands for the client identifier of who asks,
/// one that is exactly `%u` for the user name; as a part of a level both mean themselves.
///
/// What is put in can never widen a rule. A rule with `%c` or `%u` concerns **nobody** whose client
/// identifier or user name there is missing, is empty or has `+`, `#` or `/`; nor anybody whose pattern
/// would so begin with `$`. This holds for *deny* rules too: one with `%u` does not keep out the anonymous,
/// nor a user named `#`. So allow what may be done, and leave the rest to the default.
///
/// # Cost
///
/// Rules of other users and clients are not looked at: a decision takes O(log n) for the users and
/// clients that have rules, then the bytes of pattern and topic for each rule that concerns everybody or
/// who asks, until one decides. It allocates nothing and does not recurse. Kept are the texts of the
/// rules, names of users and clients twice, and some 60 bytes for each rule, user and client.
///
/// # Examples
/// ```
/// use mqtt_core::{Acl, Identity, TopicFilter, TopicName};
/// let acl = Acl::parse(
///     "deny  all       devices/+/secret
///      allow publish   devices/%c/state
///      allow subscribe devices/%c/orders/#
///      allow subscribe user anna devices/+/state",
/// )?;
/// let meter = Identity { client_id: "meter-7", user_name: None };
/// assert!(acl.allows_publish(&meter, TopicName::new("devices/meter-7/state")?));
/// assert!(!acl.allows_publish(&meter, TopicName::new("devices/meter-8/state")?));
/// assert!(acl.allows_subscribe(&meter, TopicFilter::new("devices/meter-7/orders/+")?));
///
/// let anna = Identity { client_id: "phone", user_name: Some("anna") };
/// assert!(acl.allows_subscribe(&anna, TopicFilter::new("$share/screens/devices/+/state")?));
/// // More than she may have, and what nobody may.
/// assert!(!acl.allows_subscribe(&anna, TopicFilter::new("devices/#")?));
///
/// // What a client calls itself does not widen a rule.
/// let sly = Identity { client_id: "+", user_name: None };
/// assert!(!acl.allows_subscribe(&sly, TopicFilter::new("devices/+/orders/#")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acl {
    rules: Vec<Rule>,
    /// The numbers of the rules that concern everybody, in order.
    everybody: Vec<u32>,
    /// Those that concern one user.
    users: BTreeMap<Box<str>, Vec<u32>>,
    /// Those that concern one client.
    clients: BTreeMap<Box<str>, Vec<u32>>,
    default: AclDecision,
    /// Bytes of the text form.
    text_len: usize,
}

impl Acl {
    /// Most rules.
    pub const MAX_RULES: usize = 100_000;

    /// Most bytes of the text form: of what [`parse`](Self::parse) reads, and of what `Display` writes.
    pub const MAX_TEXT_LEN: usize = 16 << 20;

    /// No rules: denies all. Allocates nothing.
    ///
    /// ```
    /// use mqtt_core::{Acl, Identity, TopicName};
    /// let who = Identity { client_id: "meter-7", user_name: None };
    /// assert!(!Acl::new().allows_publish(&who, TopicName::from_static("a")));
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rules: Vec::new(),
            everybody: Vec::new(),
            users: BTreeMap::new(),
            clients: BTreeMap::new(),
            default: AclDecision::Deny,
            // The two decisions are words of up to five letters.
            text_len: "default allow\n".len(),
        }
    }

    /// Reads rules from text, one in a line:
    ///
    /// ```text
    /// allow|deny all|publish|subscribe [user NAME|client ID] FILTER
    /// default allow|deny
    /// ```
    ///
    /// The second may be there once, anywhere. Words are apart by spaces or tabs. Empty lines, and those
    /// whose first character is `#`, count for nothing; lines may end with CR LF. A name or a filter in
    /// double quotes can have any characters: `\"`, `\\`, `\n` and `\r` stand for the quote, the
    /// backslash and the ends of lines. It needs quotes if it is empty, if it has white space, control
    /// characters or quotes; a filter `user` or `client` too.
    ///
    /// O(bytes), and O(log n) for each rule.
    ///
    /// # Errors
    /// The first fault, with line and column: see [`AclErrorKind`].
    ///
    /// ```
    /// use mqtt_core::{Acl, AclErrorKind};
    /// let acl = Acl::parse("allow all user \"anna b\" home/#\n\n# The rest.\ndefault deny")?;
    /// assert_eq!(acl.to_string(), "allow all user \"anna b\" home/#\ndefault deny\n");
    ///
    /// let error = Acl::parse("allow all home/#\nallow write home/#").unwrap_err();
    /// assert_eq!(error.kind(), AclErrorKind::Action);
    /// assert_eq!((error.line(), error.column()), (2, 7));
    /// # Ok::<(), mqtt_core::AclError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, AclError> {
        text::parse(text)
    }

    /// This list with one more rule at its end. O(bytes of the rule), and O(log n) for one that concerns a
    /// user or a client.
    ///
    /// # Errors
    /// - [`AclErrorKind::Shared`]: the pattern is a shared subscription.
    /// - [`AclErrorKind::TooManyRules`], [`AclErrorKind::TooLong`]: there is no more room.
    ///
    /// ```
    /// use mqtt_core::{Acl, AclAction, AclDecision, AclRule, AclSubject, TopicFilter};
    /// let acl = Acl::new().rule(AclRule {
    ///     decision: AclDecision::Allow,
    ///     action: AclAction::Publish,
    ///     who: AclSubject::User("anna"),
    ///     filter: TopicFilter::new("home/#")?,
    /// })?;
    /// assert_eq!(acl, Acl::parse("allow publish user anna home/#")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rule(mut self, rule: AclRule<'_>) -> Result<Self, AclErrorKind> {
        self.add(rule)?;
        Ok(self)
    }

    fn add(&mut self, rule: AclRule<'_>) -> Result<(), AclErrorKind> {
        if rule.filter.is_shared() {
            return Err(AclErrorKind::Shared);
        }
        if self.rules.len() >= Self::MAX_RULES {
            return Err(AclErrorKind::TooManyRules);
        }
        let text_len = self.text_len.saturating_add(text::line_len(&rule));
        if text_len > Self::MAX_TEXT_LEN {
            return Err(AclErrorKind::TooLong);
        }
        self.text_len = text_len;
        // Below the limit.
        let number = self.rules.len() as u32;
        match rule.who {
            AclSubject::Everybody => self.everybody.push(number),
            AclSubject::User(name) => self.users.entry(name.into()).or_default().push(number),
            AclSubject::Client(id) => self.clients.entry(id.into()).or_default().push(number),
        }
        self.rules.push(Rule::new(rule));
        Ok(())
    }

    /// This list with another decision where no rule decides. `default` in the text form.
    ///
    /// ```
    /// use mqtt_core::{Acl, AclDecision, Identity, TopicName};
    /// let acl = Acl::parse("deny publish $SYS/#")?.with_default(AclDecision::Allow);
    /// let who = Identity { client_id: "meter-7", user_name: None };
    /// assert!(acl.allows_publish(&who, TopicName::from_static("a")));
    /// assert!(!acl.allows_publish(&who, TopicName::from_static("$SYS/a")));
    /// # Ok::<(), mqtt_core::AclError>(())
    /// ```
    #[must_use]
    pub fn with_default(mut self, decision: AclDecision) -> Self {
        self.default = decision;
        self
    }

    /// What is decided where no rule decides; [`Deny`](AclDecision::Deny) if nothing else is said.
    ///
    /// ```
    /// # use mqtt_core::{Acl, AclDecision};
    /// assert_eq!(Acl::new().default_decision(), AclDecision::Deny);
    /// ```
    #[must_use]
    pub const fn default_decision(&self) -> AclDecision {
        self.default
    }

    /// The rules, in order.
    ///
    /// ```
    /// # use mqtt_core::{Acl, AclSubject};
    /// let acl = Acl::parse("deny all a/b\nallow all user anna a/#")?;
    /// assert_eq!(acl.rules().nth(1).map(|rule| rule.who), Some(AclSubject::User("anna")));
    /// # Ok::<(), mqtt_core::AclError>(())
    /// ```
    pub fn rules(&self) -> impl Iterator<Item = AclRule<'_>> {
        self.rules.iter().map(Rule::as_rule)
    }

    /// May this client publish to this topic? Allocates nothing; see [the type](Self) for which rule
    /// decides, and the cost.
    ///
    /// ```
    /// # use mqtt_core::{Acl, Identity, TopicName};
    /// let acl = Acl::parse("allow publish devices/%c/state")?;
    /// let who = Identity { client_id: "meter-7", user_name: None };
    /// assert!(acl.allows_publish(&who, TopicName::from_static("devices/meter-7/state")));
    /// assert!(!acl.allows_publish(&who, TopicName::from_static("devices/meter-8/state")));
    /// # Ok::<(), mqtt_core::AclError>(())
    /// ```
    #[must_use]
    pub fn allows_publish(&self, who: &Identity<'_>, topic: TopicName<'_>) -> bool {
        let fill = Fill::new(who);
        self.decide(who, AclAction::Publish, |rule| rule.pattern.matches(topic, &fill))
    }

    /// May this client subscribe to this filter? Of a shared subscription the inner filter counts. Allocates
    /// nothing; see [the type](Self) for which rule decides, and the cost.
    ///
    /// ```
    /// # use mqtt_core::{Acl, Identity, TopicFilter};
    /// let acl = Acl::parse("deny all a/secret\nallow subscribe a/#")?;
    /// let who = Identity { client_id: "meter-7", user_name: None };
    /// assert!(acl.allows_subscribe(&who, TopicFilter::from_static("a/b/#")));
    /// assert!(!acl.allows_subscribe(&who, TopicFilter::from_static("a/#")));
    /// # Ok::<(), mqtt_core::AclError>(())
    /// ```
    #[must_use]
    pub fn allows_subscribe(&self, who: &Identity<'_>, filter: TopicFilter<'_>) -> bool {
        let fill = Fill::new(who);
        self.decide(who, AclAction::Subscribe, |rule| match rule.decision {
            AclDecision::Allow => rule.pattern.covers(filter, &fill),
            AclDecision::Deny => rule.pattern.overlaps(filter, &fill),
        })
    }

    /// The decision of the first rule for this action that decides.
    fn decide(
        &self,
        who: &Identity<'_>,
        action: AclAction,
        mut decides: impl FnMut(&Rule) -> bool,
    ) -> bool {
        let found = self.concerning(who).find(|rule| rule.is_for(action) && decides(rule));
        found.map_or(self.default, |rule| rule.decision) == AclDecision::Allow
    }

    /// The rules that concern a client, in order.
    fn concerning(&self, who: &Identity<'_>) -> impl Iterator<Item = &Rule> {
        let of_user = who.user_name.and_then(|name| self.users.get(name));
        let of_client = self.clients.get(who.client_id);
        let mut lists = [Some(&self.everybody), of_user, of_client]
            .map(|list| list.map_or(&[][..], |list| list));
        iter::from_fn(move || {
            let next = lists.iter_mut().filter(|list| !list.is_empty());
            let list = next.min_by_key(|list| list.first().copied())?;
            let (&number, rest) = list.split_first()?;
            *list = rest;
            self.rules.get(number as usize)
        })
    }
}

/// Denies all, as [`new`](Acl::new).
impl Default for Acl {
    fn default() -> Self {
        Self::new()
    }
}

/// The text form, which [`parse`](Acl::parse) reads back: a line for each rule, then the default.
impl fmt::Display for Acl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rule in self.rules() {
            writeln!(f, "{rule}")?;
        }
        writeln!(f, "default {}", self.default)
    }
}
