"""Requests of an application and their responses (5.0)."""

import asyncio
import secrets
from typing import TYPE_CHECKING

from mqtt_core._enums import QoS
from mqtt_core._native import Subscription
from mqtt_core.aio._inbox import Received
from mqtt_core.aio._requests import Request

if TYPE_CHECKING:
    from mqtt_core.aio._core import Core

__all__ = ["Calls"]


class Calls:
    """Who waits for a response. All come to one topic, which is subscribed to with the first
    request."""

    def __init__(self, core: "Core") -> None:
        self._core = core
        self._waiting: dict[bytes, asyncio.Future[Received]] = {}
        self._subscribing: Request | None = None
        self._is_subscribed = False
        self._next = 0
        self.topic = ""
        self.is_active = False
        """A response may come."""
        self.unexpected = 0
        """Responses that nobody waited for."""

    async def subscribe(self) -> None:
        """Sees to it that responses come. Raises ReasonError if the broker does not want that."""
        while not self._is_subscribed:
            if self._subscribing is None:
                connack = self._core.connack
                basis = connack.response_information if connack is not None else None
                self.topic = f"{basis or 'response'}/{secrets.token_hex(12)}"
                wanted = Subscription(self.topic, QoS.AT_LEAST_ONCE)
                request = Request((wanted,), (self.topic,), on_answer=self._answered)
                self._core.requests.submit(request)
                self._subscribing = request
            result = await self._core.requests.answer(self._subscribing)
            result.check()

    def _answered(self, result: object) -> None:
        self._subscribing = None
        self._is_subscribed = bool(getattr(result, "is_success", False))
        self.is_active = self._is_subscribed

    def expect(self) -> tuple[bytes, asyncio.Future[Received]]:
        """Makes correlation data, and what waits for the response that has them."""
        self._next += 1
        key = self._next.to_bytes(8, "big")
        waiter: asyncio.Future[Received] = self._core.loop.create_future()
        self._waiting[key] = waiter
        self._core.awaited += 1
        return key, waiter

    def forget(self, key: bytes) -> None:
        """Nobody waits any more."""
        waiter = self._waiting.pop(key, None)
        if waiter is not None:
            self._core.awaited -= 1
            if waiter.done() and not waiter.cancelled():
                # The caller may have been told before it came to wait for this.
                waiter.exception()

    def answered(self, received: Received) -> None:
        """Takes a response."""
        waiter = self._waiting.get(received.correlation_data or b"")
        if waiter is None or waiter.done():
            self.unexpected += 1
        else:
            waiter.set_result(received)

    def refused(self, error: Exception) -> None:
        """The broker has forgotten the subscription, and does not grant it again: the next request
        tries anew."""
        self._is_subscribed = self.is_active = False
        self.end(error)

    def forgotten(self) -> None:
        """The broker has forgotten the subscription, and it is not made again: the next request
        does."""
        self._is_subscribed = False

    def end(self, error: Exception) -> None:
        """No more responses come."""
        for waiter in self._waiting.values():
            if not waiter.done():
                waiter.set_exception(error)
