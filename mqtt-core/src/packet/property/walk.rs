//! A walk over a list of properties.

use super::Property;
use super::list::Omit;
use crate::PropertyId;
use crate::wire::cursor::array_at;
use core::iter::FusedIterator;
use core::{fmt, slice};

/// Walks [`Properties`](crate::Properties).
///
/// # Examples
/// ```
/// use mqtt_core::{Properties, Property};
/// let mut walk = Properties::new(&[Property::TopicAlias(3)]).iter();
/// assert_eq!(walk.next(), Some(Property::TopicAlias(3)));
/// assert_eq!(walk.next(), None);
/// ```
#[derive(Clone)]
pub struct PropertyIter<'a> {
    /// What was received; empty if something is to be left out.
    pub(super) wire: &'a [u8],
    /// Where the walk is in `wire`.
    pub(super) at: u32,
    /// True if there may be something in the fields below.
    pub(super) seldom: bool,
    pub(super) omit: Omit,
    /// What was received if something is to be left out of it.
    pub(super) thinned: &'a [u8],
    pub(super) values: slice::Iter<'a, Property<'a>>,
}

impl<'a> Iterator for PropertyIter<'a> {
    type Item = Property<'a>;

    // Inlined and without a detour on the way out, so that a `match` in the loop around it joins with
    // the one that reads the property.
    #[inline(always)]
    fn next(&mut self) -> Option<Property<'a>> {
        const ONE_ID: u8 = PropertyId::SubscriptionIdentifier as u8;
        if let Some(head) = array_at(self.wire, self.at) {
            let (property, at) = Property::read(head, self.wire, self.at)?;
            self.at = at;
            return Some(property);
        }
        if self.at as usize == self.wire.len() && !self.seldom {
            return None;
        }
        // The one property of most SUBSCRIBEs.
        if let Some(&[ONE_ID, id @ ..0x80]) = self.wire.get(self.at as usize..) {
            self.at += 2;
            return Some(Property::SubscriptionIdentifier(id.into()));
        }
        let (property, rest) = self.clone().next_seldom();
        *self = rest;
        property
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // A property takes at least two bytes; any may be left out.
        let wire = self.wire.len().saturating_sub(self.at as usize) + self.thinned.len();
        (0, Some(self.values.len() + wire / 2))
    }
}

impl FusedIterator for PropertyIter<'_> {}

impl<'a> PropertyIter<'a> {
    /// The next property where it is not read from three bytes or more of a whole list, and the walk
    /// behind it. By value: a walk whose address is known elsewhere has its place in memory, and each
    /// step would wait for the store of the one before.
    #[cold]
    fn next_seldom(mut self) -> (Option<Property<'a>>, Self) {
        loop {
            let property = if let Some(property) = read_last(self.wire, self.at) {
                self.at += 2;
                Some(property)
            } else if let Some(head) = array_at(self.thinned, 0) {
                Property::read(head, self.thinned, 0).map(|(property, at)| {
                    self.thinned = self.thinned.get(at as usize..).unwrap_or_default();
                    property
                })
            } else if let Some(property) = read_last(self.thinned, 0) {
                self.thinned = &[];
                Some(property)
            } else {
                self.values.next().copied()
            };
            if !property.is_some_and(|property| self.omit.drops(property.id())) {
                return (property, self);
            }
        }
    }
}

/// Reads the property at `at`, if it is the last one and of but two bytes.
fn read_last(wire: &[u8], at: u32) -> Option<Property<'_>> {
    match *wire.get(at as usize..)? {
        [number, value] => Some(Property::read(&[number, value, 0], wire, at)?.0),
        _ => None,
    }
}

impl fmt::Debug for PropertyIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
