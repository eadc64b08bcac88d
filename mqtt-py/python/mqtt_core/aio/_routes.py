"""Which iterators get a message."""

import random
from typing import TYPE_CHECKING

from mqtt_core._enums import Version
from mqtt_core._native import Message, Publish, Subscription, SubscriptionTrie, TopicFilter
from mqtt_core.aio._inbox import Inbox, Received

if TYPE_CHECKING:
    from mqtt_core.aio._core import Core

__all__ = ["MAIN", "MAX_IDENTIFIER", "Route", "Routes"]

MAX_IDENTIFIER = (1 << 27) - 1
"""Subscription identifiers up to here are the program's, those above are the client's."""
MAIN = 0x0FFF_FFFF
"""That of filters without iterators which others overlap, the largest there is."""
# Those of routes are between both.
_ROUTES = MAIN - MAX_IDENTIFIER - 1
# So many filters without iterators are known, before 5.0.
_REMEMBERED = 256


class Route:
    """A filter with iterators of its own."""

    def __init__(self, wanted: Subscription, identifier: int | None) -> None:
        self.wanted = wanted
        """As it was subscribed to for the last of them."""
        self.identifier = identifier
        """By what its messages are told; None where they are told by the filter."""
        self.number = identifier
        """The same, also if the broker has no identifiers any more."""
        self.was_said = False
        """The broker may know of it."""
        self.inboxes: list[Inbox] = []

    @property
    def filter(self) -> str:
        return self.wanted.filter

    def joined(self, wanted: Subscription) -> Subscription:
        """What to subscribe to for one iterator more: there is one subscription of a filter, so its
        QoS is the highest. Raises ValueError if it cannot be as both want it."""
        mine = self.wanted
        options = (wanted.no_local, wanted.retain_as_published)
        if options != (mine.no_local, mine.retain_as_published):
            raise ValueError(f"{self.filter!r} is subscribed to with other options")
        return wanted.replace(qos=max(wanted.qos, mine.qos))


class Routes:
    """The way of messages to their inboxes.

    In 5.0 each route has a subscription identifier, which comes with its messages, and so have
    filters without iterators that overlap one of a route: a broker may send a message once for all
    that it matches, with their identifiers. Where there are none, filters are matched here.
    """

    def __init__(self, core: "Core") -> None:
        self._core = core
        self.main = Inbox(core)
        """What no route takes."""
        self.by_filter: dict[str, Route] = {}
        self._by_identifier: dict[int, Route] = {}
        # Keys are routes; None is what was subscribed to without one.
        self._trie: SubscriptionTrie[Route | None, None] = SubscriptionTrie()
        self._left: SubscriptionTrie[int, None] = SubscriptionTrie()
        # In the order of their answers.
        self._unsubscribed: dict[str, None] = {}
        # Not the same numbers in each life of a session: the broker may have messages of the last
        # one.
        self._first = random.randrange(_ROUTES)
        self._count = 0
        self.has_identifiers = core.options.version is Version.V5
        """There are subscription identifiers, as far as is known."""

    @property
    def is_plain(self) -> bool:
        """True if all messages go to the main inbox."""
        return not self._count and not self._core.calls.is_active

    def plain(self, filter_: str, *, is_subscribed: bool) -> None:
        """Notes a filter that was subscribed to without a route, or is not any more."""
        if is_subscribed:
            self._trie.insert(filter_, None)
            self._is_back(filter_)
        else:
            self._trie.remove(filter_, None)

    def add(self, wanted: Subscription, inbox: Inbox) -> Route:
        """Adds an iterator's inbox to the route of a filter, which is made if there is none.

        Raises ValueError if the route is another's, with other options.
        """
        route = self.by_filter.get(wanted.filter)
        if route is None:
            identifier = None
            if self.has_identifiers:
                identifier = MAX_IDENTIFIER + 1 + (self._first + self._count) % _ROUTES
            route = self.by_filter[wanted.filter] = Route(wanted, identifier)
            self._enter(route)
            self._count += 1
        else:
            route.wanted = route.joined(wanted)
        route.inboxes.append(inbox)
        return route

    def _enter(self, route: Route) -> None:
        if route.identifier is None:
            self._trie.insert(route.filter, route)
            self._is_back(route.filter)
        else:
            self._by_identifier[route.identifier] = route

    def without_identifiers(self) -> None:
        """The broker has none: filters are matched here from now on."""
        self.has_identifiers = False
        # Messages of a session that goes on may have theirs yet.
        for route in self.by_filter.values():
            route.identifier = None
            self._enter(route)

    def is_overlapped(self, filter_: str) -> bool:
        """True if a route may get the same message as this filter."""
        wanted = TopicFilter(filter_)
        return any(wanted.overlaps(name) for name in self.by_filter)

    def remove(self, route: Route, inbox: Inbox) -> bool:
        """Takes an inbox away; true if that was the last one of its route."""
        route.inboxes.remove(inbox)
        if route.inboxes or self.by_filter.get(route.filter) is not route:
            return False
        self.drop(route)
        if route.identifier is None:
            self._left.insert(route.filter, 0)
        return True

    def drop(self, route: Route) -> None:
        """Nothing more comes for a route."""
        del self.by_filter[route.filter]
        if route.identifier is None:
            self._trie.remove(route.filter, route)
        if route.number is not None:
            del self._by_identifier[route.number]

    def unsubscribed(self, filter_: str) -> None:
        """The broker has answered that a filter is gone. It may send yet what it has kept for it,
        which nobody wants; that is true of the last filters only, so that they do not become
        more and more."""
        if self._left.get(filter_, 0, False) is False:
            return
        self._unsubscribed.pop(filter_, None)
        self._unsubscribed[filter_] = None
        if len(self._unsubscribed) > _REMEMBERED:
            oldest = next(iter(self._unsubscribed))
            del self._unsubscribed[oldest]
            self._left.remove(oldest, 0)

    def forget(self) -> None:
        """The session is a new one: nothing of the old one comes any more."""
        for filter_ in self._unsubscribed:
            self._left.remove(filter_, 0)
        self._unsubscribed.clear()

    def _is_back(self, filter_: str) -> None:
        self._left.remove(filter_, 0)
        self._unsubscribed.pop(filter_, None)

    def inboxes(self) -> list[Inbox]:
        """All of them."""
        routed = [inbox for route in self.by_filter.values() for inbox in route.inboxes]
        return [self.main, *routed]

    def take(self, event: Message) -> None:
        """Gives a message to those that want it."""
        publish = event.publish
        calls = self._core.calls
        if calls.is_active and publish.topic == calls.topic:
            self._core.done_with(event)
            calls.answered(Received(self._core, event))
            return
        inboxes = self._find(publish)
        if not inboxes:
            # Nobody is left who wants it.
            self._core.done_with(event)
            self._core.dropped()
        elif len(inboxes) == 1:
            inboxes[0].put(event)
        else:
            received = Received(self._core, event, len(inboxes))
            for inbox in inboxes:
                inbox.put(received)

    def _find(self, publish: Publish) -> list[Inbox]:
        inboxes: list[Inbox] = []
        identifiers = publish.subscription_identifiers
        if identifiers:
            is_main = False
            for identifier in identifiers:
                route = self._by_identifier.get(identifier)
                if route is not None:
                    inboxes += route.inboxes
                elif not self._was_route(identifier):
                    is_main = True
            return [self.main, *inboxes] if is_main else inboxes
        if not len(self._trie) and not len(self._left):
            return [self.main]
        # What was subscribed to without a route is there for each of its filters.
        routes = dict.fromkeys(route for route, _ in self._trie.matches(publish.topic))
        for route in routes:
            inboxes += [self.main] if route is None else route.inboxes
        if routes or self._left.matches_any(publish.topic):
            return inboxes
        return [self.main]

    def _was_route(self, identifier: int) -> bool:
        since = (identifier - MAX_IDENTIFIER - 1 - self._first) % _ROUTES
        return MAX_IDENTIFIER < identifier < MAIN and since < self._count
