//! A walk over a list of properties.

use super::Property;
use super::list::Omit;
use crate::PropertyId;
use crate::wire::cursor::array_at;
use core::fmt;
use core::iter::FusedIterator;

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
    pub(super) wire: &'a [u8],
    pub(super) values: &'a [Property<'a>],
    pub(super) omit: Omit,
    /// Where the walk is: a place in what was received, or a number of values. With `THINNED` if
    /// something is to be left out.
    pub(super) at: u32,
}

/// Beyond the end of any list, so that what is to be thinned is not taken for a whole list.
pub(super) const THINNED: u32 = 1 << 31;

impl<'a> Iterator for PropertyIter<'a> {
    type Item = Property<'a>;

    // Inlined and without a detour on the way out, so that a `match` in the loop around it joins with
    // the one that reads the property.
    #[inline(always)]
    fn next(&mut self) -> Option<Property<'a>> {
        const ONE_ID: u8 = PropertyId::SubscriptionIdentifier as u8;
        let wire = self.wire;
        if let Some(head) = array_at(wire, self.at) {
            let (property, at) = Property::read(head, wire, self.at)?;
            self.at = at;
            return Some(property);
        }
        if self.at as usize == wire.len() && self.values.is_empty() {
            return None;
        }
        // The one property of most SUBSCRIBEs.
        if let Some(&[ONE_ID, id @ ..0x80]) = wire.get(self.at as usize..) {
            self.at += 2;
            return Some(Property::SubscriptionIdentifier(id.into()));
        }
        let (property, at) = self.clone().next_seldom();
        self.at = at;
        property
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let at = self.at & !THINNED;
        let left = |len: usize| len.saturating_sub(at as usize);
        // A property takes at least two bytes; any may be left out.
        (0, Some(left(self.values.len()) + left(self.wire.len()) / 2))
    }
}

impl FusedIterator for PropertyIter<'_> {}

impl<'a> PropertyIter<'a> {
    /// The next property where it is not read from three bytes or more of a whole list, and the place
    /// behind it. By value: a walk whose address is known elsewhere has its place in memory, and each
    /// step would wait for the store of the one before.
    #[cold]
    fn next_seldom(self) -> (Option<Property<'a>>, u32) {
        let thinned = self.at & THINNED;
        let mut at = self.at & !THINNED;
        loop {
            let read = if let Some(head) = array_at(self.wire, at) {
                Property::read(head, self.wire, at)
            } else if let Some(property) = read_last(self.wire, at) {
                Some((property, at + 2))
            } else {
                self.values.get(at as usize).map(|&property| (property, at + 1))
            };
            let Some((property, end)) = read else {
                return (None, at | thinned);
            };
            at = end;
            if !self.omit.drops(property.id()) {
                return (Some(property), at | thinned);
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
