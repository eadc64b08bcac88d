"""What becomes of the connection, for whoever wants to know."""

import asyncio
from collections import deque

from mqtt_core.aio._results import ClientEvent, Ended

__all__ = ["Events"]

# So many events wait; then the oldest go.
_MOST = 256


class Events:
    """An iterator over events, from when it was made to the end of the client."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, is_over: bool) -> None:
        self._loop = loop
        self._waiting: deque[ClientEvent] = deque(maxlen=_MOST)
        self._waiters: list[asyncio.Future[None]] = []
        self._is_over = is_over

    def put(self, event: ClientEvent) -> None:
        """Adds an event. For the client."""
        self._waiting.append(event)
        self._is_over = isinstance(event, Ended)
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def __aiter__(self) -> "Events":
        return self

    async def __anext__(self) -> ClientEvent:
        while not self._waiting:
            if self._is_over:
                raise StopAsyncIteration
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            finally:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
        return self._waiting.popleft()
