"""Who waits for the same thing, in order."""

import asyncio
from collections import deque

__all__ = ["Turns"]


class Turns:
    """Waiters, of whom one at a time is woken. One that gives up hands its turn on."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._woken = 0
        """So many were woken and have not run yet: nobody passes them."""

    def __len__(self) -> int:
        return len(self._waiters) + self._woken

    async def wait(self, *, is_first: bool = False) -> None:
        """Waits for one's turn, behind all others or before them."""
        waiter = self._loop.create_future()
        if is_first:
            self._waiters.appendleft(waiter)
        else:
            self._waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                # Woken, and cancelled before it could do anything.
                self.wake()
            elif waiter in self._waiters:
                self._waiters.remove(waiter)
            raise
        finally:
            if waiter.done() and not waiter.cancelled():
                self._woken -= 1

    def wake(self) -> None:
        """It is the next one's turn."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                self._woken += 1
                return

    def wake_all(self) -> None:
        """There is nothing to wait for any more."""
        while self._waiters:
            self.wake()
