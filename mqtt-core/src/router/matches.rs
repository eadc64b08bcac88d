//! The routes that match a topic name.

use super::captures::Captures;
use super::routes::{Chain, NONE, Route, RouteId, Routes};
use crate::{Found, Matches};
use core::fmt;
use core::iter::FusedIterator;

/// A route that matches a topic name, or the fallback.
///
/// # Examples
/// See [`Router::route`](super::Router::route).
#[non_exhaustive]
pub struct RouteMatch<'r, 't, H> {
    /// The route; `None` for the fallback.
    pub id: Option<RouteId>,
    /// Its handler.
    pub handler: &'r H,
    /// What its captures stand for; the fallback has none.
    pub captures: Captures<'r, 't>,
}

/// A route that matches a topic name, or the fallback, with its handler to be changed or called.
///
/// # Examples
/// See [`Router::route_mut`](super::Router::route_mut).
#[non_exhaustive]
pub struct RouteMatchMut<'r, 't, H> {
    /// The route; `None` for the fallback.
    pub id: Option<RouteId>,
    /// Its handler.
    pub handler: &'r mut H,
    /// What its captures stand for; the fallback has none.
    pub captures: Captures<'r, 't>,
}

impl<'r, 't, H> RouteMatch<'r, 't, H> {
    #[inline]
    pub(super) fn of_route(route: &'r Route<H>, topic: &'t str) -> Self {
        let captures = Captures::new(route.pattern.matching(), topic);
        Self { id: Some(route.id), handler: &route.handler, captures }
    }

    pub(super) const fn of_fallback(handler: &'r H) -> Self {
        Self { id: None, handler, captures: Captures::new("", "") }
    }
}

impl<'r, 't, H> RouteMatchMut<'r, 't, H> {
    #[inline]
    pub(super) fn of_route(route: &'r mut Route<H>, topic: &'t str) -> Self {
        let captures = Captures::new(route.pattern.matching(), topic);
        Self { id: Some(route.id), handler: &mut route.handler, captures }
    }

    pub(super) const fn of_fallback(handler: &'r mut H) -> Self {
        Self { id: None, handler, captures: Captures::new("", "") }
    }
}

/// The first route of those with a filter, and of those that share it under one name.
#[inline]
pub(super) fn first_of(found: Found<'_, (), Chain>) -> u32 {
    match found {
        Found::Subscriber { value, .. } => value.first,
        Found::Group(group) => group.members().next().map_or(NONE, |(_, chain)| chain.first),
    }
}

/// A walk over the slots of the routes that match.
struct Walk<'r, 's, S> {
    matches: Matches<'r, 's, (), Chain, S>,
    /// The next route with the filter of the one before.
    next: u32,
}

impl<S> Walk<'_, '_, S> {
    #[inline]
    fn next<H>(&mut self, routes: &Routes<H>) -> Option<u32> {
        let slot = if self.next == NONE { first_of(self.matches.next()?) } else { self.next };
        self.next = routes.at(slot)?.in_filter.behind;
        Some(slot)
    }
}

/// The routes that match a topic name, or the fallback: see [`Router::route`](super::Router::route).
///
/// # Examples
/// ```
/// # use mqtt_core::{MatchScratch, Router, TopicName};
/// let mut router: Router<char, std::hash::RandomState> = Router::default();
/// router.add("a/#", 'x')?;
/// let mut scratch = MatchScratch::default();
/// let matches = router.route(TopicName::from_static("a/b"), &mut scratch);
/// assert!(matches.map(|found| *found.handler).eq(['x']));
/// # Ok::<(), mqtt_core::RouteError>(())
/// ```
pub struct RouteMatches<'r, 's, 't, H, S> {
    walk: Walk<'r, 's, S>,
    routes: &'r Routes<H>,
    topic: &'t str,
    /// Until it is handed out, or a route is.
    fallback: Option<&'r H>,
}

impl<'r, 's, 't, H, S> RouteMatches<'r, 's, 't, H, S> {
    #[inline]
    pub(super) const fn new(
        matches: Matches<'r, 's, (), Chain, S>,
        routes: &'r Routes<H>,
        topic: &'t str,
        fallback: Option<&'r H>,
    ) -> Self {
        Self { walk: Walk { matches, next: NONE }, routes, topic, fallback }
    }
}

impl<'r, 't, H, S> Iterator for RouteMatches<'r, '_, 't, H, S> {
    type Item = RouteMatch<'r, 't, H>;

    #[inline]
    fn next(&mut self) -> Option<RouteMatch<'r, 't, H>> {
        match self.walk.next(self.routes) {
            Some(slot) => {
                self.fallback = None;
                Some(RouteMatch::of_route(self.routes.at(slot)?, self.topic))
            }
            None => self.fallback.take().map(RouteMatch::of_fallback),
        }
    }
}

impl<H, S> FusedIterator for RouteMatches<'_, '_, '_, H, S> {}

/// The routes that match a topic name, or the fallback, one at a time: see
/// [`Router::route_mut`](super::Router::route_mut).
///
/// Not an `Iterator`: each match borrows the router until the next is asked for.
///
/// # Examples
/// ```
/// # use mqtt_core::{MatchScratch, Router, TopicName};
/// let mut router: Router<u32, std::hash::RandomState> = Router::default();
/// let id = router.add("a/#", 0)?;
/// let mut scratch = MatchScratch::default();
/// let mut matches = router.route_mut(TopicName::from_static("a/b"), &mut scratch);
/// while let Some(found) = matches.next_match() {
///     *found.handler += 1;
/// }
/// assert_eq!(router.get(id), Some(&1));
/// # Ok::<(), mqtt_core::RouteError>(())
/// ```
pub struct RouteMatchesMut<'r, 's, 't, H, S> {
    walk: Walk<'r, 's, S>,
    routes: &'r mut Routes<H>,
    topic: &'t str,
    /// Until it is handed out, or a route is.
    fallback: Option<&'r mut H>,
}

impl<'r, 's, 't, H, S> RouteMatchesMut<'r, 's, 't, H, S> {
    #[inline]
    pub(super) const fn new(
        matches: Matches<'r, 's, (), Chain, S>,
        routes: &'r mut Routes<H>,
        topic: &'t str,
        fallback: Option<&'r mut H>,
    ) -> Self {
        Self { walk: Walk { matches, next: NONE }, routes, topic, fallback }
    }

    /// The next match.
    ///
    /// ```
    /// # use mqtt_core::{MatchScratch, Router, TopicName};
    /// let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// router.set_fallback(Some(0));
    /// let mut scratch = MatchScratch::default();
    /// let mut matches = router.route_mut(TopicName::from_static("a"), &mut scratch);
    /// *matches.next_match().unwrap().handler += 1;
    /// assert!(matches.next_match().is_none());
    /// assert_eq!(router.fallback(), Some(&1));
    /// ```
    #[inline]
    pub fn next_match(&mut self) -> Option<RouteMatchMut<'_, 't, H>> {
        match self.walk.next(self.routes) {
            Some(slot) => {
                self.fallback = None;
                Some(RouteMatchMut::of_route(self.routes.at_mut(slot)?, self.topic))
            }
            None => self.fallback.take().map(RouteMatchMut::of_fallback),
        }
    }
}

impl<H> Clone for RouteMatch<'_, '_, H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for RouteMatch<'_, '_, H> {}

/// Without the handler, which mostly is a function.
impl<H> fmt::Debug for RouteMatch<'_, '_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "RouteMatch", self.id, self.captures)
    }
}

/// Without the handler, which mostly is a function.
impl<H> fmt::Debug for RouteMatchMut<'_, '_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, "RouteMatchMut", self.id, self.captures)
    }
}

fn show(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    id: Option<RouteId>,
    captures: Captures<'_, '_>,
) -> fmt::Result {
    f.debug_struct(name).field("id", &id).field("captures", &captures).finish_non_exhaustive()
}

impl<H, S> fmt::Debug for RouteMatches<'_, '_, '_, H, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RouteMatches({:?})", self.topic)
    }
}

impl<H, S> fmt::Debug for RouteMatchesMut<'_, '_, '_, H, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RouteMatchesMut({:?})", self.topic)
    }
}
