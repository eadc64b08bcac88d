"""Subscriptions with iterators of their own."""

import contextlib
from types import TracebackType

from mqtt_core._errors import Error
from mqtt_core._native import Subscription
from mqtt_core.aio._core import Core
from mqtt_core.aio._inbox import Inbox, Messages, Received
from mqtt_core.aio._requests import Request
from mqtt_core.aio._results import Status
from mqtt_core.aio._routes import Route

__all__ = ["SubscriptionContext"]


class SubscriptionContext:
    """What `Client.subscription` gives: to be entered, once."""

    def __init__(
        self, core: Core, wanted: Subscription, user_properties: tuple[tuple[str, str], ...]
    ) -> None:
        self._core = core
        self._wanted = wanted
        self._user_properties = user_properties
        self._inbox: Inbox | None = None
        self._route: Route | None = None
        self._messages: Messages | None = None

    async def __aenter__(self) -> Messages:
        core, wanted = self._core, self._wanted
        if self._inbox is not None:
            raise RuntimeError("a subscription is entered once")
        core.check_open()
        name = wanted.filter
        if name in core.requests.subscribed and name not in core.routes.by_filter:
            raise ValueError(f"{name!r} is subscribed to already")
        inbox = self._inbox = Inbox(core)
        # Before SUBSCRIBE is sent: messages may come before its answer.
        route = self._route = core.routes.add(wanted, inbox)
        request = Request(
            (route.wanted,), (name,), route.identifier, self._user_properties, route=route
        )
        try:
            if route.identifier is not None:
                core.requests.mark(name)
            core.requests.submit(request)
            result = await core.requests.answer(request)
            result.check()
        except BaseException:
            self._leave(is_in_peace=False)
            raise
        self._messages = Messages(core, inbox)
        return self._messages

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._messages is not None and error is None:
            self._messages.done()
        elif self._messages is not None:
            self._messages.leave()
        self._leave(is_in_peace=error is None)

    def _leave(self, *, is_in_peace: bool) -> None:
        """Gives up what waits, and has UNSUBSCRIBE sent; its answer is not awaited.

        By an exception what waits is left open, as the message that was taken: the client may be
        about to end.
        """
        core, inbox, route = self._core, self._inbox, self._route
        if inbox is None or route is None:
            return
        self._route = None
        inbox.close()
        is_last = core.routes.remove(route, inbox)
        for item in inbox.clear():
            received = item if isinstance(item, Received) else Received(core, item)
            if is_in_peace or not received.needs_ack:
                core.dropped()
                received.ack()
            else:
                core.left.append(received)
        if not is_last or core.status in (Status.CLOSING, Status.CLOSED):
            return
        if not route.was_said and route.filter not in core.requests.subscribed:
            return
        # Not with the answer: until then the filter may be entered again.
        core.requests.subscribed.pop(route.filter, None)
        # The broker takes no packet so large: then it took no SUBSCRIBE either.
        with contextlib.suppress(Error):
            core.requests.submit(Request((), (route.filter,)))
