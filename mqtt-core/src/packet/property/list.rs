//! A list of properties.

use super::Property;
use super::walk::{PropertyIter, THINNED};
use crate::PropertyId;
use crate::wire::property::Section;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::num::NonZeroU32;

/// The properties of a packet or of a will, in order.
///
/// Either the wire bytes of a received packet, checked once and read lazily, or a slice of values
/// to send. Both compare by their items. In 3.1 and 3.1.1 the list is always empty.
///
/// # Examples
/// ```
/// use mqtt_core::{Properties, Property};
/// let list = [
///     Property::ContentType("application/json"),
///     Property::UserProperty("site", "north"),
///     Property::UserProperty("site", "annex"),
/// ];
/// let properties = Properties::new(&list);
/// assert_eq!(properties.content_type(), Some("application/json"));
/// assert_eq!(properties.user_properties().count(), 2);
/// assert_eq!(properties.iter().next(), Some(list[0]));
/// ```
// A plain struct rather than an enum of the two kinds: it is copied field by field, where an enum is
// copied through memory in pieces that the processor cannot forward from store to load.
#[derive(Clone, Copy)]
pub struct Properties<'a> {
    /// What was received; empty if there are values.
    pub(super) wire: &'a [u8],
    /// What is to be sent; empty if there are wire bytes.
    pub(super) values: &'a [Property<'a>],
    /// What is known of the wire bytes, if they may be sent as they are.
    pub(super) exact: Option<Exact>,
    pub(super) omit: Omit,
}

/// The section that wire bytes belong to, and a bit that says that they have no topic alias: whoever receives
/// messages asks for it each time.
#[derive(Clone, Copy)]
pub(super) struct Exact(NonZeroU32);

impl Exact {
    const NO_ALIAS: u32 = 1 << 31;

    #[inline(always)]
    pub(super) const fn new(section: Section, has_alias: bool) -> Self {
        let mark = if has_alias { 0 } else { Self::NO_ALIAS };
        match NonZeroU32::new(section.bits() | mark) {
            Some(bits) => Self(bits),
            None => unreachable!(),
        }
    }

    #[inline(always)]
    #[cfg(feature = "alloc")]
    const fn has_no_alias(self) -> bool {
        self.0.get() & Self::NO_ALIAS != 0
    }

    /// True if the bytes belong to this section.
    #[inline(always)]
    pub(super) const fn is(self, section: Section) -> bool {
        self.0.get() & !Self::NO_ALIAS == section.bits()
    }
}

/// What is left out to make a packet smaller, or because it means nothing any more.
// As large as the section, so that a list has no padding: that would be copied too, in two pieces.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Omit {
    Nothing,
    ReasonString,
    ReasonStringAndUserProperties,
    #[cfg_attr(not(feature = "alloc"), allow(dead_code))]
    TopicAlias,
}

impl Omit {
    #[inline]
    pub(super) fn drops(self, id: PropertyId) -> bool {
        match id {
            PropertyId::ReasonString => {
                matches!(self, Self::ReasonString | Self::ReasonStringAndUserProperties)
            }
            PropertyId::TopicAlias => self == Self::TopicAlias,
            PropertyId::UserProperty => self == Self::ReasonStringAndUserProperties,
            _ => false,
        }
    }
}

impl<'a> Properties<'a> {
    /// No properties.
    pub const EMPTY: Self = Self::new(&[]);

    /// These properties in this order. They are checked when the packet is written.
    ///
    /// ```
    /// use mqtt_core::{Properties, Property};
    /// let properties = Properties::new(&[Property::TopicAlias(3)]);
    /// assert_eq!(properties.topic_alias(), Some(3));
    /// ```
    #[must_use]
    pub const fn new(values: &'a [Property<'a>]) -> Self {
        Self { wire: &[], values, exact: None, omit: Omit::Nothing }
    }

    /// The properties in order. O(bytes) for the whole walk.
    ///
    /// ```
    /// assert_eq!(mqtt_core::Properties::EMPTY.iter().next(), None);
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn iter(&self) -> PropertyIter<'a> {
        let at = if self.omit == Omit::Nothing { 0 } else { THINNED };
        PropertyIter { wire: self.wire, values: self.values, omit: self.omit, at }
    }

    /// False if there is certainly no such property: a look at the bytes, cheaper than a walk.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn may_have(&self, id: PropertyId) -> bool {
        !self.values.is_empty() || self.wire.contains(&(id as u8))
    }

    /// The same of a topic alias, which is mostly known without a look.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn may_have_alias(&self) -> bool {
        let is_known = self.exact.is_some_and(Exact::has_no_alias);
        !is_known && self.may_have(PropertyId::TopicAlias)
    }

    /// True if there are none.
    ///
    /// ```
    /// assert!(mqtt_core::Properties::EMPTY.is_empty());
    /// ```
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let none = self.wire.is_empty() && self.values.is_empty();
        none || self.omit != Omit::Nothing && self.omits_all()
    }

    #[cold]
    fn omits_all(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Names and values of the user properties, in order.
    ///
    /// ```
    /// use mqtt_core::{Properties, Property};
    /// let list = [Property::UserProperty("a", "1"), Property::UserProperty("a", "2")];
    /// let values = Properties::new(&list).user_properties().map(|(_, value)| value);
    /// assert!(values.eq(["1", "2"]));
    /// ```
    pub fn user_properties(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.iter().filter_map(|property| match property {
            Property::UserProperty(name, value) => Some((name, value)),
            _ => None,
        })
    }

    /// The subscription identifiers, in order: at most one in SUBSCRIBE, any number in PUBLISH.
    ///
    /// ```
    /// use mqtt_core::{Properties, Property};
    /// let list = [Property::SubscriptionIdentifier(7), Property::SubscriptionIdentifier(9)];
    /// assert!(Properties::new(&list).subscription_identifiers().eq([7, 9]));
    /// ```
    pub fn subscription_identifiers(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.iter().filter_map(|property| match property {
            Property::SubscriptionIdentifier(id) => Some(id),
            _ => None,
        })
    }

    /// The same list with less in it.
    pub(crate) fn omitting(self, omit: Omit) -> Self {
        Self { omit, ..self }
    }
}

impl Default for Properties<'_> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<'a> From<&'a [Property<'a>]> for Properties<'a> {
    fn from(values: &'a [Property<'a>]) -> Self {
        Self::new(values)
    }
}

impl<'a, const N: usize> From<&'a [Property<'a>; N]> for Properties<'a> {
    fn from(values: &'a [Property<'a>; N]) -> Self {
        Self::new(values)
    }
}

impl PartialEq for Properties<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Properties<'_> {}

impl Hash for Properties<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.iter().for_each(|property| property.hash(state));
        // So that two lists side by side differ from the same properties otherwise divided.
        state.write_usize(self.iter().count());
    }
}

impl fmt::Debug for Properties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for Properties<'a> {
    type Item = Property<'a>;
    type IntoIter = PropertyIter<'a>;

    fn into_iter(self) -> PropertyIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &Properties<'a> {
    type Item = Property<'a>;
    type IntoIter = PropertyIter<'a>;

    fn into_iter(self) -> PropertyIter<'a> {
        self.iter()
    }
}
