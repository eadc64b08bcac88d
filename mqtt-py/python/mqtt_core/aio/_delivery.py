"""Messages on their way to the broker."""

import asyncio
from collections.abc import Generator
from typing import TYPE_CHECKING

from mqtt_core.aio._results import PublishResult

if TYPE_CHECKING:
    from mqtt_core.aio._core import Core

__all__ = ["Delivery"]


class Delivery:
    """A message on its way, which it goes whether anybody awaits this or not.

    Awaiting gives the broker's answer, or raises what has become of the message without one. It may
    be awaited several times, and by several tasks; to give up waiting changes nothing.
    """

    __slots__ = ("_core", "_outcome", "_waiters")

    def __init__(self, core: "Core", outcome: PublishResult | None = None) -> None:
        self._core = core
        self._outcome: PublishResult | Exception | None = outcome
        self._waiters: list[asyncio.Future[None]] | None = None

    @property
    def is_done(self) -> bool:
        """True if awaiting does not wait."""
        return self._outcome is not None

    def settle(self, outcome: PublishResult | Exception) -> None:
        """Notes what has become of the message. For the client."""
        self._outcome = outcome
        if self._waiters is not None:
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)
            self._waiters = None

    def __await__(self) -> Generator[object, None, PublishResult]:
        if self._outcome is None:
            core = self._core
            waiter = core.loop.create_future()
            if self._waiters is None:
                self._waiters = []
            self._waiters.append(waiter)
            core.awaited += 1
            if core.full:
                core.has_room()
            try:
                yield from waiter
            except asyncio.CancelledError:
                self._forget(waiter)
                raise
            finally:
                core.awaited -= 1
        outcome = self._outcome
        if isinstance(outcome, PublishResult):
            return outcome
        assert outcome is not None
        # Others may wait for the same: each raise would add to its traceback.
        raise outcome.with_traceback(None)

    def _forget(self, waiter: asyncio.Future[None]) -> None:
        if self._waiters is not None:
            self._waiters.remove(waiter)
