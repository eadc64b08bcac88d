//! Topic filters, shared ones too.

use super::error::MAX_LEN;
use super::{Levels, TopicError, TopicName, check, literal, matching};
use crate::Version;
use crate::wire::utf8;
use core::fmt;
use core::hash::{Hash, Hasher};

/// A topic filter: what a client subscribes to.
///
/// 1 to 65,535 bytes without U+0000. `+` fills one level; `#` is the last level and stands for any
/// number of levels, none included. In 5.0 a filter `$share/` *name* `/` *filter* is a shared
/// subscription: only the inner filter matches. It is found once, when the filter is made.
///
/// Two filters are equal if text and meaning are. The meaning differs for the text `$share/g/a` by the
/// rules of 3.1.1 and of 5.0; this is why a map of filters cannot be asked for a `str`. Order and hash
/// are those of the text, byte by byte; shared comes last among equal texts.
///
/// # Spec
/// v3 \[MQTT-4.7.1-2\], \[MQTT-4.7.1-3\], \[MQTT-4.7.3-1\] to \[MQTT-4.7.3-3\]; v5 \[MQTT-4.7.1-1\],
/// \[MQTT-4.7.1-2\], \[MQTT-4.7.3-1\] to \[MQTT-4.7.3-3\], \[MQTT-4.8.2-1\], \[MQTT-4.8.2-2\].
///
/// # Examples
/// ```
/// use mqtt_core::{TopicFilter, TopicName};
/// let filter = TopicFilter::new("$share/workers/site/+/state")?;
/// assert_eq!(filter.share_name(), Some("workers"));
/// assert!(filter.matches(TopicName::new("site/7/state")?));
/// # Ok::<(), mqtt_core::TopicError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TopicFilter<'a> {
    text: &'a str,
    /// Where the inner filter of a shared subscription begins; 0 for any other.
    inner: u16,
}

/// Where the share name of a shared subscription begins.
const SHARE_NAME: usize = "$share/".len();

impl<'a> TopicFilter<'a> {
    /// The topic filter with this text by the rules of 5.0. O(bytes), sixteen at a time.
    ///
    /// # Errors
    /// - [`TopicError::TooLong`] above 65,535 bytes.
    /// - [`FilterEmpty`](crate::ErrorKind::FilterEmpty), [`Nul`](crate::ErrorKind::Nul).
    /// - [`FilterSingleLevel`](crate::ErrorKind::FilterSingleLevel),
    ///   [`FilterMultiLevel`](crate::ErrorKind::FilterMultiLevel).
    /// - [`ShareNameEmpty`](crate::ErrorKind::ShareNameEmpty),
    ///   [`ShareName`](crate::ErrorKind::ShareName).
    ///
    /// # Spec
    /// As for [the type](Self).
    ///
    /// ```
    /// use mqtt_core::{ErrorKind, TopicFilter};
    /// assert!(TopicFilter::new("+/b/#").is_ok());
    /// let error = TopicFilter::new("$share/g").unwrap_err();
    /// assert_eq!(error.kind(), Some(ErrorKind::ShareName));
    /// ```
    #[inline]
    pub fn new(text: &'a str) -> Result<Self, TopicError> {
        Self::for_version(text, Version::V5)
    }

    /// The topic filter with this text by the rules of a version: before 5.0, `$share/` means nothing.
    ///
    /// # Errors
    /// Those of [`new`](Self::new); before 5.0, none about share names.
    ///
    /// # Spec
    /// As for [the type](Self).
    ///
    /// ```
    /// use mqtt_core::{TopicFilter, Version};
    /// let filter = TopicFilter::for_version("$share/g/a", Version::V311)?;
    /// assert!(!filter.is_shared());
    /// assert_ne!(filter, TopicFilter::for_version("$share/g/a", Version::V5)?);
    /// # Ok::<(), mqtt_core::TopicError>(())
    /// ```
    #[inline]
    pub fn for_version(text: &'a str, version: Version) -> Result<Self, TopicError> {
        if text.len() > MAX_LEN {
            return Err(TopicError::TooLong { len: text.len() });
        }
        check::check_filter(text.as_bytes(), version)?;
        let inner = match check::shared(text.as_bytes()) {
            Some((_, inner)) if version.is_v5() => text.len() - inner.len(),
            _ => 0,
        };
        // Less than `MAX_LEN`.
        Ok(Self { text, inner: inner as u16 })
    }

    /// The topic filter with this text by the rules of 5.0, for constants: judged when compiled.
    ///
    /// # Panics
    /// If [`new`](Self::new) would refuse it; in a constant, this is an error of the compiler.
    ///
    /// ```
    /// use mqtt_core::TopicFilter;
    /// const STATES: TopicFilter<'_> = TopicFilter::from_static("site/+/state");
    /// assert!(STATES.has_wildcards());
    /// ```
    ///
    /// ```compile_fail,E0080
    /// use mqtt_core::TopicFilter;
    /// const STATES: TopicFilter<'_> = TopicFilter::from_static("site/+7/state");
    /// # fn main() { let _ = STATES; }
    /// ```
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        match literal::check_filter(text.as_bytes()) {
            Ok(inner) => Self { text, inner: inner as u16 },
            Err(error) => literal::refuse(error),
        }
    }

    /// The filter with a text that has been one that is not shared.
    #[cfg(feature = "alloc")]
    pub(crate) const fn known(text: &'a str) -> Self {
        Self { text, inner: 0 }
    }

    /// The whole text: what SUBSCRIBE and UNSUBSCRIBE carry.
    ///
    /// ```
    /// # use mqtt_core::TopicFilter;
    /// assert_eq!(TopicFilter::from_static("$share/g/a").as_str(), "$share/g/a");
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// True for a shared subscription of 5.0.
    ///
    /// ```
    /// # use mqtt_core::TopicFilter;
    /// assert!(TopicFilter::from_static("$share/g/a").is_shared());
    /// assert!(!TopicFilter::from_static("$share").is_shared());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.inner != 0
    }

    /// The share name of a shared subscription. O(1).
    ///
    /// # Spec
    /// v5 \[MQTT-4.8.2-1\], \[MQTT-4.8.2-2\].
    ///
    /// ```
    /// # use mqtt_core::TopicFilter;
    /// assert_eq!(TopicFilter::from_static("$share/g/a/#").share_name(), Some("g"));
    /// assert_eq!(TopicFilter::from_static("a/#").share_name(), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn share_name(&self) -> Option<&'a str> {
        // Behind the name there is a slash.
        self.text.get(SHARE_NAME..usize::from(self.inner).checked_sub(1)?)
    }

    /// The part that matches: the inner filter of a shared subscription, else the filter itself. O(1).
    ///
    /// It is not shared, even if the inner filter begins with `$share/` once more.
    ///
    /// ```
    /// # use mqtt_core::TopicFilter;
    /// let shared = TopicFilter::from_static("$share/g//finance");
    /// assert_eq!(shared.filter().as_str(), "/finance");
    /// assert_eq!(shared.filter(), TopicFilter::from_static("/finance"));
    /// ```
    #[inline]
    #[must_use]
    pub fn filter(&self) -> Self {
        Self { text: self.matching(), inner: 0 }
    }

    /// The text of the part that matches.
    #[inline]
    fn matching(&self) -> &'a str {
        // A slash is before it, so this is never `None`.
        self.text.get(usize::from(self.inner)..).unwrap_or(self.text)
    }

    /// The levels of the part that matches, wildcards and empty ones too.
    ///
    /// ```
    /// # use mqtt_core::TopicFilter;
    /// assert!(TopicFilter::from_static("$share/g/a/+").levels().eq(["a", "+"]));
    /// ```
    #[inline]
    #[must_use]
    pub fn levels(&self) -> Levels<'a> {
        Levels::new(self.matching())
    }

    /// How many levels the part that matches has: one more than slashes. O(bytes).
    ///
    /// ```
    /// # use mqtt_core::TopicFilter;
    /// assert_eq!(TopicFilter::from_static("$share/g/a/#").level_count(), 2);
    /// ```
    #[must_use]
    pub fn level_count(&self) -> usize {
        check::level_count(self.matching().as_bytes())
    }

    /// True if the filter has `+` or `#`; if not, it matches one name only. O(bytes).
    ///
    /// ```
    /// # use mqtt_core::TopicFilter;
    /// assert!(TopicFilter::from_static("a/+/c").has_wildcards());
    /// assert!(!TopicFilter::from_static("$share/g/a").has_wildcards());
    /// ```
    #[must_use]
    pub fn has_wildcards(&self) -> bool {
        utf8::has_nul_or_wildcard(self.matching().as_bytes())
    }

    /// True if the part that matches begins with `$`.
    ///
    /// ```
    /// # use mqtt_core::TopicFilter;
    /// assert!(TopicFilter::from_static("$SYS/#").starts_with_dollar());
    /// assert!(!TopicFilter::from_static("$share/g/a").starts_with_dollar());
    /// ```
    #[inline]
    #[must_use]
    pub fn starts_with_dollar(&self) -> bool {
        self.matching().starts_with('$')
    }

    /// True if a message to this topic is for this filter.
    ///
    /// Compares characters as they are: no case folding, no normalization. `a/#` matches `a`; empty
    /// levels count; a filter that begins with a wildcard matches no name that begins with `$`.
    /// O(bytes of the name), whatever the filter; no allocation, no recursion.
    ///
    /// # Spec
    /// v3 \[MQTT-4.7.1-2\], \[MQTT-4.7.2-1\], \[MQTT-4.7.3-4\]; v5 \[MQTT-4.7.1-1\],
    /// \[MQTT-4.7.2-1\], \[MQTT-4.7.3-4\], section 4.8.2.
    ///
    /// ```
    /// use mqtt_core::{TopicFilter, TopicName};
    /// let filter = TopicFilter::new("sport/+/#")?;
    /// assert!(filter.matches(TopicName::new("sport/tennis/player1/ranking")?));
    /// assert!(filter.matches(TopicName::new("sport/tennis")?));
    /// assert!(!filter.matches(TopicName::new("sport")?));
    /// assert!(!TopicFilter::new("#")?.matches(TopicName::new("$SYS/uptime")?));
    /// # Ok::<(), mqtt_core::TopicError>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn matches(&self, name: TopicName<'_>) -> bool {
        matching::matches(self.matching().as_bytes(), name.as_str().as_bytes())
    }

    /// True if this filter matches every name that `other` matches. Share names play no part.
    ///
    /// Whether a subscription adds nothing to another, or is within what a client may read.
    /// O(bytes); no allocation, no recursion.
    ///
    /// ```
    /// use mqtt_core::TopicFilter;
    /// let allowed = TopicFilter::new("site/7/#")?;
    /// assert!(allowed.covers(TopicFilter::new("site/7/+/state")?));
    /// assert!(!allowed.covers(TopicFilter::new("site/+/state")?));
    /// assert!(!TopicFilter::new("#")?.covers(TopicFilter::new("$SYS/#")?));
    /// # Ok::<(), mqtt_core::TopicError>(())
    /// ```
    #[must_use]
    pub fn covers(&self, other: TopicFilter<'_>) -> bool {
        let (wide, narrow) = (self.matching(), other.matching());
        matching::covers(matching::exact_levels(wide), matching::exact_levels(narrow))
    }

    /// True if there is a name that this filter and `other` both match. Share names play no part.
    ///
    /// Whether one message can be for both. Names are taken to be of any length. O(bytes); no
    /// allocation, no recursion.
    ///
    /// ```
    /// use mqtt_core::TopicFilter;
    /// let secret = TopicFilter::new("site/+/secret")?;
    /// assert!(secret.overlaps(TopicFilter::new("site/7/#")?));
    /// assert!(!secret.overlaps(TopicFilter::new("site/7/state")?));
    /// assert!(!TopicFilter::new("#")?.overlaps(TopicFilter::new("$SYS/#")?));
    /// # Ok::<(), mqtt_core::TopicError>(())
    /// ```
    #[must_use]
    pub fn overlaps(&self, other: TopicFilter<'_>) -> bool {
        let (a, b) = (self.matching(), other.matching());
        matching::overlaps(matching::exact_levels(a), matching::exact_levels(b))
    }
}

/// Only the text: a hasher sees the same as for a `str`.
impl Hash for TopicFilter<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Display for TopicFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text)
    }
}

impl fmt::Debug for TopicFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = if self.is_shared() { ", shared" } else { "" };
        write!(f, "TopicFilter({:?}{shared})", self.text)
    }
}

impl AsRef<str> for TopicFilter<'_> {
    fn as_ref(&self) -> &str {
        self.text
    }
}

impl<'a> From<TopicFilter<'a>> for &'a str {
    fn from(filter: TopicFilter<'a>) -> Self {
        filter.text
    }
}

/// The filter that matches this name and no other.
///
/// It is never shared. A name that begins with `$share/` can only be subscribed to before 5.0.
///
/// ```
/// use mqtt_core::{TopicFilter, TopicName};
/// let name = TopicName::from_static("$share/g/a");
/// assert!(TopicFilter::from(name).matches(name));
/// ```
impl<'a> From<TopicName<'a>> for TopicFilter<'a> {
    fn from(name: TopicName<'a>) -> Self {
        Self { text: name.as_str(), inner: 0 }
    }
}

impl<'a> TryFrom<&'a str> for TopicFilter<'a> {
    type Error = TopicError;

    /// By the rules of 5.0, as [`new`](Self::new).
    fn try_from(text: &'a str) -> Result<Self, TopicError> {
        Self::new(text)
    }
}
