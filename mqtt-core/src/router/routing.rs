//! The router.

use super::error::{RouteError, RouteErrorKind};
use super::matches::{RouteMatch, RouteMatchMut, RouteMatches, RouteMatchesMut, first_of};
use super::pattern::{self, Pattern};
use super::routes::{Chain, NONE, RouteId, Routes};
use crate::{MatchScratch, SubscriptionTrie, TopicFilter, TopicName};
use core::fmt;
use core::hash::BuildHasher;

/// Which handler of a client a message is for, by the topic name.
///
/// A route is a pattern and a handler: a function, a channel, an enum, as you like. Each level of a
/// pattern is one of these:
///
/// | level | subscribes to | captures |
/// |---|---|---|
/// | `text` | itself | |
/// | `+`, and `#` as the last level | itself | |
/// | `{name}` | `+` | the level |
/// | `{*name}`, as the last level | `#` | all levels that are left, slashes included, if any are |
///
/// `{{` and `}}` stand for the braces themselves. A name has no `+`, `#`, `*` or brace, and is there once
/// in a pattern. With `$share/group/` in front the subscription is shared; messages, which come without
/// it, are matched by what follows.
///
/// - **Handlers**: [all that match](Self::route) or [the most specific](Self::most_specific); the
///   [fallback](Self::set_fallback) if none does.
/// - **Routing** takes O(levels of the topic) for each way through the wildcards that exist. It allocates
///   nothing once the scratch has seen as deep a topic, and does not recurse. Topic names that begin with
///   `$` are not for patterns that begin with a wildcard or a capture.
/// - **Changing** takes O(bytes of the pattern), or O(n log n) for n captures; now and then a table grows.
/// - **Filters that overlap**: a server may send a message once for each of them. Each copy goes to all
///   routes that match; in 5.0, subscription identifiers tell copies apart.
///
/// `S` hashes the levels of filters, see [`SubscriptionTrie`]. `$share/` is read by the rules of 5.0.
///
/// # Spec
/// v3 sections 3.3.5, 4.7; v5 sections 3.3.4, 4.7, 4.8.
///
/// # Examples
/// What a client does with its messages:
/// ```
/// use mqtt_core::{
///     Captures, DecodeOptions, MatchScratch, Packet, PacketId, QoS, Router, Status, Subscribe,
///     Subscription, Subscriptions, TopicName, Version, decode,
/// };
/// use std::hash::RandomState;
///
/// type Handler<'h> = Box<dyn FnMut(Captures<'_, '_>, &[u8]) + 'h>;
///
/// # let temperatures = std::cell::RefCell::new(Vec::new());
/// let mut router: Router<Handler<'_>, RandomState> = Router::default();
/// router.add(
///     "sensors/{room}/temperature",
///     Box::new(|captures, payload| {
///         let room = captures.get("room").unwrap_or_default();
///         let reading = String::from_utf8_lossy(payload);
///         println!("{room}: {reading}");
/// #       temperatures.borrow_mut().push(format!("{room}: {reading}"));
///     }),
/// )?;
/// router.add("logs/{*path}", Box::new(|captures, _| println!("{:?}", captures.get("path"))))?;
/// router.set_fallback(Some(Box::new(|_, payload| println!("{} bytes", payload.len()))));
///
/// // Once connected: `sensors/+/temperature` and `logs/#`.
/// let filters: Vec<_> = router
///     .filters()
///     .map(|filter| Subscription::new(filter.into(), QoS::AtLeastOnce))
///     .collect();
/// let mut out = Vec::new();
/// let subscribe =
///     Subscribe { filters: Subscriptions::new(&filters), ..Subscribe::new(PacketId::MIN) };
/// Packet::from(subscribe).encode(Version::V5, &mut out)?;
///
/// // Then, for all that comes:
/// # let received = b"\x30\x20\0\x19sensors/attic/temperature\x0021.5\x30\x05\0\x01x\0y\xD0\0";
/// let mut scratch = MatchScratch::default();
/// let mut input = &received[..];
/// while let Status::Complete(decoded) =
///     decode(input, Some(Version::V5), &DecodeOptions::DEFAULT)?
/// {
///     input = &input[decoded.consumed..];
///     if let Packet::Publish(publish) = decoded.packet {
///         // A topic alias has to be looked up before.
///         let topic = TopicName::new(publish.topic)?;
///         let mut matches = router.route_mut(topic, &mut scratch);
///         while let Some(found) = matches.next_match() {
///             (found.handler)(found.captures, publish.payload);
///         }
///     }
///     // Acknowledge what was handled, see the crate documentation.
/// #   if input.is_empty() { break }
/// }
/// # assert_eq!(*temperatures.borrow(), ["attic: 21.5"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Router<H, S> {
    /// The routes of each filter.
    trie: SubscriptionTrie<(), Chain, S>,
    routes: Routes<H>,
    fallback: Option<H>,
}

impl<H, S: BuildHasher> Router<H, S> {
    /// A router without routes and fallback. Allocates nothing.
    ///
    /// ```
    /// use mqtt_core::Router;
    /// use std::hash::RandomState;
    /// let router: Router<fn(&[u8]), _> = Router::with_hasher(RandomState::new());
    /// assert!(router.is_empty());
    /// ```
    #[must_use]
    pub fn with_hasher(hasher: S) -> Self {
        let trie = SubscriptionTrie::with_hasher(hasher);
        Self { trie, routes: Routes::new(), fallback: None }
    }

    /// Adds a route. Others may have the same pattern; it comes behind them.
    ///
    /// # Errors
    /// - [`RouteErrorKind::Filter`] if the pattern subscribes to no legal topic filter, of 65,535 bytes
    ///   at most. The pattern itself may be longer.
    /// - [`RouteErrorKind::Brace`], [`NameEmpty`](RouteErrorKind::NameEmpty),
    ///   [`NameCharacter`](RouteErrorKind::NameCharacter), [`NameTwice`](RouteErrorKind::NameTwice),
    ///   [`RestNotLast`](RouteErrorKind::RestNotLast): see [the syntax](Self).
    /// - [`RouteErrorKind::Full`].
    ///
    /// The router is as it was then, and the handler is dropped.
    ///
    /// # Spec
    /// As for [`TopicFilter`].
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// let id = router.add("$share/group/jobs/{job}", 7)?;
    /// assert_eq!(router.filter(id).unwrap().as_str(), "$share/group/jobs/+");
    /// assert!(router.add("jobs/{job}s", 7).is_err());
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    pub fn add(&mut self, pattern: &str, handler: H) -> Result<RouteId, RouteError> {
        let text = pattern::to_filter(pattern)?;
        let filter =
            TopicFilter::new(&text).map_err(|error| pattern::refuse(pattern, &text, error))?;
        let full = RouteError::new(RouteErrorKind::Full, 0);
        let slot = self.routes.vacant().ok_or(full)?;
        let same = self.trie.get(filter, &()).copied().unwrap_or(Chain::EMPTY);
        self.trie.insert(filter, (), same.with(slot)).map_err(|_| full)?;
        Ok(self.routes.add(slot, Pattern::new(pattern, filter), handler, same.last))
    }

    /// Removes a route and gives its handler. O(bytes of the filter).
    ///
    /// Whether to unsubscribe, [`with_filter`](Self::with_filter) tells before.
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// # let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// let id = router.add("jobs/{job}", 7)?;
    /// assert_eq!(router.remove(id), Some(7));
    /// assert_eq!(router.remove(id), None);
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    pub fn remove(&mut self, id: RouteId) -> Option<H> {
        let same = *self.trie.get(self.filter(id)?, &())?;
        let (route, same) = self.routes.remove(id, same)?;
        if let Some(filter) = route.pattern.filter() {
            if same.is_empty() {
                self.trie.remove(filter, &());
            } else if let Some(stored) = self.trie.get_mut(filter, &()) {
                *stored = same;
            }
        }
        Some(route.handler)
    }

    /// The routes that subscribe with this filter, in the order of adding. A share name is part of it.
    /// O(levels of the filter), and O(1) for each.
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// # let mut router: Router<(), std::hash::RandomState> = Router::default();
    /// let first = router.add("jobs/{job}", ())?;
    /// let second = router.add("jobs/{id}", ())?;
    /// let filter = router.filter(first).unwrap();
    /// assert!(router.with_filter(filter).eq([first, second]));
    ///
    /// router.remove(first);
    /// let filter = router.filter(second).unwrap();
    /// if router.with_filter(filter).count() == 1 {
    ///     // Unsubscribe from it, and
    ///     router.remove(second);
    /// }
    /// # assert!(router.is_empty());
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    pub fn with_filter(
        &self,
        filter: TopicFilter<'_>,
    ) -> impl Iterator<Item = RouteId> + use<'_, H, S> {
        let same = self.trie.get(filter, &()).copied().unwrap_or(Chain::EMPTY);
        self.routes.iter_chain(same).map(|route| route.id)
    }

    /// All routes that match a topic name, each once; the fallback alone if none does.
    ///
    /// The order: filter by filter as [`Matches`](crate::Matches) has it, so those with `#` above the
    /// last level of the topic come first, the shorter before the longer; for each filter the routes that
    /// are not shared, then those of each share name, both in the order of adding. It depends on the order
    /// of the changes alone, never on hashes.
    ///
    /// # Spec
    /// v5 \[MQTT-4.7.2-1\], \[MQTT-4.7.3-4\].
    ///
    /// ```
    /// # use mqtt_core::{MatchScratch, Router, TopicName};
    /// let mut router: Router<char, std::hash::RandomState> = Router::default();
    /// router.add("site/{number}/state", 'x')?;
    /// router.add("site/{*path}", 'y')?;
    /// router.set_fallback(Some('z'));
    /// let mut scratch = MatchScratch::default();
    ///
    /// let matches = router.route(TopicName::from_static("site/7/state"), &mut scratch);
    /// let found: Vec<_> = matches.map(|found| (*found.handler, found.captures)).collect();
    /// assert_eq!(format!("{found:?}"), r#"[('y', {"path": "7/state"}), ('x', {"number": "7"})]"#);
    ///
    /// let matches = router.route(TopicName::from_static("other"), &mut scratch);
    /// assert!(matches.map(|found| (found.id, *found.handler)).eq([(None, 'z')]));
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    #[inline]
    pub fn route<'r, 's, 't>(
        &'r self,
        topic: TopicName<'t>,
        scratch: &'s mut MatchScratch,
    ) -> RouteMatches<'r, 's, 't, H, S> {
        let matches = self.trie.matches(topic, scratch);
        RouteMatches::new(matches, &self.routes, topic.as_str(), self.fallback.as_ref())
    }

    /// What [`route`](Self::route) finds, one at a time, with handlers to be changed or called.
    ///
    /// ```
    /// # use mqtt_core::{MatchScratch, Router, TopicName};
    /// let mut router: Router<Box<dyn FnMut() -> u32>, std::hash::RandomState> = Router::default();
    /// let mut count = 0;
    /// let handler = move || {
    ///     count += 1;
    ///     count
    /// };
    /// router.add("a/+", Box::new(handler))?;
    /// router.add("a/b", Box::new(handler))?;
    /// let mut scratch = MatchScratch::default();
    /// let mut matches = router.route_mut(TopicName::from_static("a/b"), &mut scratch);
    /// while let Some(found) = matches.next_match() {
    ///     assert_eq!((found.handler)(), 1);
    /// }
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    #[inline]
    pub fn route_mut<'r, 's, 't>(
        &'r mut self,
        topic: TopicName<'t>,
        scratch: &'s mut MatchScratch,
    ) -> RouteMatchesMut<'r, 's, 't, H, S> {
        let matches = self.trie.matches(topic, scratch);
        RouteMatchesMut::new(matches, &mut self.routes, topic.as_str(), self.fallback.as_mut())
    }

    /// The route that matches a topic name most specifically; the fallback if none does.
    ///
    /// The leftmost level that differs decides: text before `+` or `{name}` before `#` or `{*name}`; the
    /// end of the pattern before these too. Of the same filter, shared or not, it is the first added.
    /// Takes what [`route`](Self::route) takes, and one comparison for each filter that matches.
    ///
    /// ```
    /// # use mqtt_core::{MatchScratch, Router, TopicName};
    /// let mut router: Router<char, std::hash::RandomState> = Router::default();
    /// router.add("site/{*path}", 'x')?;
    /// router.add("{place}/7/state", 'y')?;
    /// router.add("site/{number}/state", 'z')?;
    /// let mut scratch = MatchScratch::default();
    /// let found = router.most_specific(TopicName::from_static("site/7/state"), &mut scratch);
    /// assert_eq!(found.map(|found| *found.handler), Some('z'));
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    #[must_use]
    pub fn most_specific<'r, 't>(
        &'r self,
        topic: TopicName<'t>,
        scratch: &mut MatchScratch,
    ) -> Option<RouteMatch<'r, 't, H>> {
        match self.routes.at(self.best(topic, scratch)) {
            Some(route) => Some(RouteMatch::of_route(route, topic.as_str())),
            None => self.fallback.as_ref().map(RouteMatch::of_fallback),
        }
    }

    /// What [`most_specific`](Self::most_specific) finds, with a handler to be changed or called.
    ///
    /// ```
    /// # use mqtt_core::{MatchScratch, Router, TopicName};
    /// let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// let id = router.add("a/{b}", 0)?;
    /// let mut scratch = MatchScratch::default();
    /// let topic = TopicName::from_static("a/b");
    /// if let Some(found) = router.most_specific_mut(topic, &mut scratch) {
    ///     *found.handler += 1;
    /// }
    /// assert_eq!(router.get(id), Some(&1));
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    #[must_use]
    pub fn most_specific_mut<'r, 't>(
        &'r mut self,
        topic: TopicName<'t>,
        scratch: &mut MatchScratch,
    ) -> Option<RouteMatchMut<'r, 't, H>> {
        let best = self.best(topic, scratch);
        match self.routes.at_mut(best) {
            Some(route) => Some(RouteMatchMut::of_route(route, topic.as_str())),
            None => self.fallback.as_mut().map(RouteMatchMut::of_fallback),
        }
    }

    /// The slot of the most specific match.
    fn best(&self, topic: TopicName<'_>, scratch: &mut MatchScratch) -> u32 {
        let matches = self.trie.matches(topic, scratch).map(first_of);
        let best = matches.filter_map(|slot| self.routes.at(slot)).min_by(|a, b| {
            let levels = a.pattern.ranks().cmp(b.pattern.ranks());
            levels.then_with(|| a.id.cmp(&b.id))
        });
        best.map_or(NONE, |route| route.id.slot)
    }
}

impl<H, S> Router<H, S> {
    /// The handler of a route. O(1).
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// # let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// let id = router.add("a/{b}", 7)?;
    /// assert_eq!(router.get(id), Some(&7));
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    #[must_use]
    pub fn get(&self, id: RouteId) -> Option<&H> {
        self.routes.get(id).map(|route| &route.handler)
    }

    /// The handler of a route, to be changed or called. O(1).
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// # let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// let id = router.add("a/{b}", 7)?;
    /// *router.get_mut(id).unwrap() += 1;
    /// assert_eq!(router.get(id), Some(&8));
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    #[must_use]
    pub fn get_mut(&mut self, id: RouteId) -> Option<&mut H> {
        self.routes.get_mut(id).map(|route| &mut route.handler)
    }

    /// The pattern of a route, as it was given. O(1).
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// # let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// let id = router.add("a/{b}", 7)?;
    /// assert_eq!(router.pattern(id), Some("a/{b}"));
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    #[must_use]
    pub fn pattern(&self, id: RouteId) -> Option<&str> {
        self.routes.get(id).map(|route| route.pattern.as_str())
    }

    /// What to subscribe to for a route: with its share name, if it has one. O(bytes).
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// # let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// let id = router.add("a/{b}/{{c}}/{*d}", 7)?;
    /// assert_eq!(router.filter(id).unwrap().as_str(), "a/+/{c}/#");
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    #[must_use]
    pub fn filter(&self, id: RouteId) -> Option<TopicFilter<'_>> {
        self.routes.get(id)?.pattern.filter()
    }

    /// What to subscribe to for all routes: each filter once, in the order of the first route that has it.
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// # let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// for pattern in ["sensors/{room}", "sensors/+", "logs/{*path}"] {
    ///     router.add(pattern, 7)?;
    /// }
    /// assert!(router.filters().map(|filter| filter.as_str()).eq(["sensors/+", "logs/#"]));
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    pub fn filters(&self) -> impl Iterator<Item = TopicFilter<'_>> {
        let firsts = self.routes.iter().filter(|route| route.in_filter.before == NONE);
        firsts.filter_map(|route| route.pattern.filter())
    }

    /// All routes with their handlers, in the order of adding; not the fallback.
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// # let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// let first = router.add("a/{b}", 7)?;
    /// let second = router.add("#", 8)?;
    /// assert!(router.iter().eq([(first, &7), (second, &8)]));
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (RouteId, &H)> {
        self.routes.iter().map(|route| (route.id, &route.handler))
    }

    /// How many routes there are, without the fallback.
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// # let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// router.add("a/{b}", 7)?;
    /// router.add("a/{b}", 8)?;
    /// assert_eq!(router.len(), 2);
    /// # Ok::<(), mqtt_core::RouteError>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.routes.len()
    }

    /// True if there are no routes; there may be a fallback.
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// # let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// router.set_fallback(Some(7));
    /// assert!(router.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sets the handler of messages that no route matches, or none, and gives the old one.
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// # let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// assert_eq!(router.set_fallback(Some(7)), None);
    /// assert_eq!(router.set_fallback(None), Some(7));
    /// ```
    pub const fn set_fallback(&mut self, handler: Option<H>) -> Option<H> {
        core::mem::replace(&mut self.fallback, handler)
    }

    /// The handler of messages that no route matches.
    ///
    /// ```
    /// # use mqtt_core::Router;
    /// # let mut router: Router<u32, std::hash::RandomState> = Router::default();
    /// router.set_fallback(Some(7));
    /// assert_eq!(router.fallback(), Some(&7));
    /// ```
    #[must_use]
    pub const fn fallback(&self) -> Option<&H> {
        self.fallback.as_ref()
    }
}

impl<H, S: BuildHasher + Default> Default for Router<H, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

/// The patterns, without the handlers, which mostly are functions.
impl<H, S> fmt::Debug for Router<H, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes.iter().map(|route| route.pattern.as_str())).finish()
    }
}
