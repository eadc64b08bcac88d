"""When the session wants to hear of the time."""

import asyncio
from collections.abc import Callable

from mqtt_core._native import ClientSession

__all__ = ["Alarm"]


class Alarm:
    """Tells a session of the time when it wants that, and then calls `on_time`."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, session: ClientSession, on_time: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._session = session
        self._on_time = on_time
        self._handle: asyncio.TimerHandle | None = None

    def set(self) -> None:
        """Looks at what the session waits for."""
        deadline = self._session.next_timeout()
        handle = self._handle
        if deadline is None:
            if handle is not None:
                self.cancel()
        elif handle is None or handle.when() > deadline:
            # One that is too early costs less than setting it anew with each packet.
            self.cancel()
            self._handle = self._loop.call_at(deadline, self._ring)

    def cancel(self) -> None:
        """There is nothing to wait for."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _ring(self) -> None:
        self._handle = None
        now = self._loop.time()
        deadline = self._session.next_timeout()
        if deadline is not None and deadline <= now:
            self._session.handle_timeout(now)
        elif deadline is not None and deadline - now < 0.001:
            # A loop's clock is coarser than the session's.
            self._session.handle_timeout(deadline)
        self._on_time()
