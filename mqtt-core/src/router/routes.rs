//! The routes, in the order in which they were added.

use super::pattern::Pattern;
use core::iter;
use core::num::NonZeroU64;
use slab::Slab;

/// No slot.
pub(super) const NONE: u32 = u32::MAX;

/// A route of one [`Router`](super::Router). It is never that of another, also when the route is
/// removed. Ids are in the order of adding.
///
/// # Examples
/// ```
/// use mqtt_core::Router;
/// let mut router: Router<char, std::hash::RandomState> = Router::default();
/// let first = router.add("a/{b}", 'x')?;
/// router.remove(first);
/// let second = router.add("a/{b}", 'y')?;
/// assert!(first < second);
/// assert_eq!((router.get(first), router.get(second)), (None, Some(&'y')));
/// # Ok::<(), mqtt_core::RouteError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteId {
    /// Counts up.
    number: NonZeroU64,
    pub(super) slot: u32,
}

/// All routes: slots that are linked to chains.
pub(super) struct Routes<H> {
    slots: Slab<Route<H>>,
    all: Chain,
    next: NonZeroU64,
}

/// A route.
pub(super) struct Route<H> {
    pub(super) id: RouteId,
    pub(super) pattern: Pattern,
    pub(super) handler: H,
    /// Its neighbours among all routes.
    in_all: Links,
    /// Its neighbours among those that subscribe with the same filter.
    pub(super) in_filter: Links,
}

/// Routes in the order of adding: the slots of the first and the last.
#[derive(Clone, Copy)]
pub(super) struct Chain {
    pub(super) first: u32,
    pub(super) last: u32,
}

/// The neighbours in a chain.
#[derive(Clone, Copy)]
pub(super) struct Links {
    pub(super) before: u32,
    pub(super) behind: u32,
}

impl Chain {
    pub(super) const EMPTY: Self = Self { first: NONE, last: NONE };

    pub(super) const fn is_empty(&self) -> bool {
        self.first == NONE
    }

    /// With one more at the end.
    pub(super) const fn with(self, slot: u32) -> Self {
        Self { first: if self.is_empty() { slot } else { self.first }, last: slot }
    }
}

impl<H> Routes<H> {
    pub(super) const fn new() -> Self {
        Self { slots: Slab::new(), all: Chain::EMPTY, next: NonZeroU64::MIN }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The slot of the next route; `None` if there are no more.
    pub(super) fn vacant(&self) -> Option<u32> {
        u32::try_from(self.slots.vacant_key()).ok().filter(|&slot| slot != NONE)
    }

    /// Adds a route in the vacant slot. It comes after this one of the same filter.
    pub(super) fn add(&mut self, slot: u32, pattern: Pattern, handler: H, before: u32) -> RouteId {
        let id = RouteId { number: self.next, slot };
        self.next = self.next.saturating_add(1);
        if let Some(last) = self.at_mut(self.all.last) {
            last.in_all.behind = slot;
        }
        if let Some(last) = self.at_mut(before) {
            last.in_filter.behind = slot;
        }
        let in_all = Links { before: self.all.last, behind: NONE };
        let in_filter = Links { before, behind: NONE };
        self.slots.insert(Route { id, pattern, handler, in_all, in_filter });
        self.all = self.all.with(slot);
        id
    }

    /// Removes a route; this is what is left of the chain of its filter.
    pub(super) fn remove(&mut self, id: RouteId, same: Chain) -> Option<(Route<H>, Chain)> {
        self.get(id)?;
        let route = self.slots.try_remove(id.slot as usize)?;
        self.all = self.unlink(self.all, route.in_all, |route| &mut route.in_all);
        let same = self.unlink(same, route.in_filter, |route| &mut route.in_filter);
        if self.slots.is_empty() {
            self.slots = Slab::new();
        }
        Some((route, same))
    }

    /// Closes the gap between two neighbours.
    fn unlink(
        &mut self,
        mut chain: Chain,
        gap: Links,
        links_of: fn(&mut Route<H>) -> &mut Links,
    ) -> Chain {
        match self.at_mut(gap.before) {
            Some(before) => links_of(before).behind = gap.behind,
            None => chain.first = gap.behind,
        }
        match self.at_mut(gap.behind) {
            Some(behind) => links_of(behind).before = gap.before,
            None => chain.last = gap.before,
        }
        chain
    }

    pub(super) fn get(&self, id: RouteId) -> Option<&Route<H>> {
        self.at(id.slot).filter(|route| route.id == id)
    }

    pub(super) fn get_mut(&mut self, id: RouteId) -> Option<&mut Route<H>> {
        self.at_mut(id.slot).filter(|route| route.id == id)
    }

    #[inline]
    pub(super) fn at(&self, slot: u32) -> Option<&Route<H>> {
        self.slots.get(slot as usize)
    }

    #[inline]
    pub(super) fn at_mut(&mut self, slot: u32) -> Option<&mut Route<H>> {
        self.slots.get_mut(slot as usize)
    }

    /// All routes.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Route<H>> {
        self.walk(self.all.first, |route| route.in_all)
    }

    /// The routes of a chain of one filter.
    pub(super) fn iter_chain(&self, chain: Chain) -> impl Iterator<Item = &Route<H>> {
        self.walk(chain.first, |route| route.in_filter)
    }

    fn walk(
        &self,
        first: u32,
        links_of: fn(&Route<H>) -> Links,
    ) -> impl Iterator<Item = &Route<H>> {
        iter::successors(self.at(first), move |route| self.at(links_of(route).behind))
    }
}
