"""What time it is for a server."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

__all__ = ["Alarm", "Clock", "LoopClock"]


class Alarm(Protocol):
    """A call that is to come."""

    def cancel(self) -> None:
        """It does not come any more."""
        ...


class Clock(Protocol):
    """The time of a server. `mqtt_core.testing.Clock` is one that a test moves."""

    def time(self) -> float:
        """Seconds of a clock that never goes back."""
        ...

    def unix_time(self) -> float:
        """Seconds since 1970."""
        ...

    def call_at(self, when: float, callback: Callable[[], object]) -> Alarm:
        """Has a function called at a time of `time`, in the thread of the loop."""
        ...


class LoopClock:
    """The clock of the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.time: Callable[[], float] = loop.time

    def unix_time(self) -> float:
        return time.time()

    def call_at(self, when: float, callback: Callable[[], object]) -> Alarm:
        # A loop may call a little early: what is due then is not due yet.
        return self._loop.call_at(when, callback)
