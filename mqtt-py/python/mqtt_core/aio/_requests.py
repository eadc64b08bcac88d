"""SUBSCRIBE and UNSUBSCRIBE: who waits for an answer, what is sent again, and what is subscribed
to."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mqtt_core._enums import ReasonCode, RetainHandling
from mqtt_core._errors import Error, LimitError, ProtocolError, WouldBlock
from mqtt_core._native import Subscribed, Subscription, TopicFilter, Unsubscribed
from mqtt_core.aio._errors import ClosedError, ReasonError
from mqtt_core.aio._results import SubscribeResult, SubscriptionRefused, UnsubscribeResult
from mqtt_core.aio._routes import MAIN, MAX_IDENTIFIER, Route

if TYPE_CHECKING:
    from mqtt_core.aio._core import Core

__all__ = ["Request", "Requests"]

_FAILURE = 0x80
# So many filters are subscribed to again by one packet.
_BATCH = 64

Answer = SubscribeResult | UnsubscribeResult


@dataclass(slots=True, eq=False)
class Request:
    """A SUBSCRIBE or UNSUBSCRIBE, until it is answered; over more than one connection if need
    be."""

    subscriptions: tuple[Subscription, ...] = ()
    """What to subscribe to; empty to unsubscribe."""
    filters: tuple[str, ...] = ()
    identifier: int | None = None
    user_properties: tuple[tuple[str, str], ...] = ()
    is_again: bool = False
    """It was answered before, by a broker that has forgotten it."""
    is_mark: bool = False
    """It says nothing new, but gives a subscription an identifier."""
    route: Route | None = None
    """For whom it is."""
    on_answer: Callable[[Answer | None], None] | None = None
    """Is told the answer, or None if there will be none."""
    waiters: list[asyncio.Future[Answer]] = field(default_factory=list[asyncio.Future[Answer]])


class Requests:
    """The requests of a client, and what it has subscribed to."""

    def __init__(self, core: "Core") -> None:
        self._core = core
        self._open: dict[int, Request] = {}
        self._held: deque[Request] = deque()
        self.subscribed: dict[str, Request] = {}
        """What the broker has granted: for each filter a request that has it."""

    @property
    def is_idle(self) -> bool:
        """True if nothing waits to be sent or answered."""
        return not self._open and not self._held

    def submit(self, request: Request) -> None:
        """Sends a request, or keeps it for the next connection.

        Raises what the session does if it can never be sent.
        """
        if self._held or not self._send(request):
            self._held.append(request)

    def _send(self, request: Request) -> bool:
        core = self._core
        if not core.session.is_connected:
            return False
        try:
            if request.subscriptions:
                token = core.session.subscribe(
                    request.subscriptions,
                    subscription_identifier=request.identifier,
                    user_properties=request.user_properties,
                    now=core.now(),
                )
            else:
                token = core.session.unsubscribe(
                    request.filters, user_properties=request.user_properties, now=core.now()
                )
        except WouldBlock:
            return False
        if request.route is not None:
            request.route.was_said = True
        self._open[token] = request
        core.flush_soon()
        return True

    def send_held(self) -> None:
        """Sends what is kept, as far as there is room."""
        while self._held:
            try:
                if not self._send(self._held[0]):
                    return
            except Exception as error:
                # Also one of what the program has given.
                self._fail(self._held.popleft(), error)
            else:
                self._held.popleft()

    async def answer(self, request: Request) -> Answer:
        """Waits for the answer. If that is given up, a request that was not sent is not sent."""
        waiter: asyncio.Future[Answer] = self._core.loop.create_future()
        request.waiters.append(waiter)
        self._core.awaited += 1
        self._core.has_room()
        try:
            return await waiter
        except asyncio.CancelledError:
            request.waiters.remove(waiter)
            if not request.waiters and request in self._held:
                self._held.remove(request)
                if request.on_answer is not None:
                    request.on_answer(None)
            raise
        finally:
            self._core.awaited -= 1

    def answered(self, event: Subscribed | Unsubscribed) -> None:
        """Takes the broker's answer."""
        request = self._open.pop(event.token, None)
        if request is None:
            return
        result: Answer
        if isinstance(event, Subscribed):
            result = SubscribeResult(
                request.filters, event.reasons, event.reason_string, event.user_properties
            )
            for name, reason in zip(request.filters, event.reasons, strict=False):
                if reason < _FAILURE:
                    if not request.is_mark:
                        self.subscribed[name] = request
                elif request.is_again:
                    self.subscribed.pop(name, None)
                    self._refused_again(name, reason)
                # Else what it was to replace is as it was.
        else:
            result = UnsubscribeResult(
                request.filters, event.reasons, event.reason_string, event.user_properties
            )
            refused = result.refused
            for name in request.filters:
                if name not in refused:
                    self._core.routes.unsubscribed(name)
                    self.subscribed.pop(name, None)
        if request.on_answer is not None:
            request.on_answer(result)
        for waiter in request.waiters:
            if not waiter.done():
                waiter.set_result(result)

    def _refused_again(self, name: str, reason: ReasonCode) -> None:
        """The broker had granted a filter, has forgotten it, and does not grant it again."""
        core = self._core
        core.tell(SubscriptionRefused(name, reason))
        try:
            SubscribeResult((name,), (reason,)).check()
        except ReasonError as error:
            route = core.routes.by_filter.get(name)
            if route is not None:
                core.routes.drop(route)
                for inbox in route.inboxes:
                    inbox.close(error)
            if name == core.calls.topic:
                core.calls.refused(error)

    def _fail(self, request: Request, error: Exception) -> None:
        if request.is_again and not isinstance(error, ClosedError):
            if isinstance(error, LimitError) and len(request.subscriptions) > 1:
                # The broker takes no packet so large; perhaps two.
                self._held.extendleft(reversed(_halves(request)))
                return
            for name in request.filters:
                self.subscribed.pop(name, None)
                reason = error.reason if isinstance(error, ProtocolError) else None
                self._refused_again(name, reason or ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR)
        if request.on_answer is not None:
            request.on_answer(None)
        for waiter in request.waiters:
            if not waiter.done():
                waiter.set_exception(error)

    def lost(self) -> None:
        """The connection is over: what was not answered is sent again, before what was asked
        later."""
        again = [self._open[token] for token in sorted(self._open)]
        self._open.clear()
        self._held.extendleft(reversed(again))

    def mark(self, filter_: str) -> None:
        """Gives an identifier to what was subscribed to without one and overlaps this filter, which
        gets one: else nothing would say that a message is of both."""
        route = TopicFilter(filter_)
        for request, names in self._last_words().items():
            is_wanted = request.subscriptions and request.identifier is None
            if not is_wanted or not any(map(route.overlaps, request.filters)):
                continue
            request.identifier = MAIN
            if request not in self._held:
                self._mark(request, [it for it in request.subscriptions if it.filter in names])

    def _last_words(self) -> dict[Request, set[str]]:
        """Who has the last word on which filters: all requests that were not refused, in order."""
        words: dict[Request, set[str]] = {}
        last: dict[str, Request] = {}
        for name, request in self.subscribed.items():
            words.setdefault(request, set()).add(name)
            last[name] = request
        for request in (*self._open.values(), *self._held):
            words.setdefault(request, set())
            for name in request.filters:
                if name in last:
                    words[last[name]].discard(name)
                words[request].add(name)
                last[name] = request
        return words

    def _mark(self, request: Request, again: list[Subscription]) -> None:
        """Subscribes to these of a request once more, with its identifier."""
        if not again:
            return
        quiet = tuple(item.replace(retain_handling=RetainHandling.DO_NOT_SEND) for item in again)
        names = tuple(item.filter for item in again)
        mark = Request(quiet, names, request.identifier, request.user_properties, is_mark=True)
        try:
            self.submit(mark)
        except Error:
            # The broker takes no packet so large; perhaps two.
            middle = len(again) // 2
            if middle:
                self._mark(request, again[:middle])
                self._mark(request, again[middle:])
                return
            # What cannot be said so is as it was.
            (name,) = names
            if self.subscribed.get(name) is request:
                pairs = request.user_properties
                self.subscribed[name] = Request(tuple(again), names, user_properties=pairs)
            else:
                request.identifier = None

    def without_identifiers(self) -> None:
        """The broker has none: those that the program did not choose are left out."""
        for request in (*self._open.values(), *self._held, *self.subscribed.values()):
            if request.identifier is not None and request.identifier > MAX_IDENTIFIER:
                request.identifier = None

    def forget(self) -> None:
        """The broker has forgotten all, and the program sees to it."""
        self.subscribed.clear()

    def subscribe_again(self) -> None:
        """The broker has forgotten all: subscribes to all there was, before what was asked since.
        Messages that waited are in front of it."""
        held = [request for request in self._held if not (request.is_again or request.is_mark)]
        groups: dict[tuple[int | None, tuple[tuple[str, str], ...]], list[Subscription]] = {}
        for name, request in self.subscribed.items():
            wanted = next(item for item in request.subscriptions if item.filter == name)
            groups.setdefault((request.identifier, request.user_properties), []).append(wanted)
        again: list[Request] = []
        for (identifier, properties), wanted_all in groups.items():
            for at in range(0, len(wanted_all), _BATCH):
                some = tuple(wanted_all[at : at + _BATCH])
                names = tuple(item.filter for item in some)
                again.append(Request(some, names, identifier, properties, is_again=True))
        self._held = deque(again + held)

    def end(self, error: Exception) -> None:
        """No more answers come."""
        requests = [*self._open.values(), *self._held]
        self._open.clear()
        self._held.clear()
        for request in requests:
            self._fail(request, error)


def _halves(request: Request) -> list[Request]:
    """The same in two packets."""
    middle = len(request.subscriptions) // 2
    return [
        Request(
            request.subscriptions[part],
            request.filters[part],
            request.identifier,
            request.user_properties,
            is_again=request.is_again,
        )
        for part in (slice(middle), slice(middle, None))
    ]
