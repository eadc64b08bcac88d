"""What becomes of a client, and who wants to know."""

import asyncio
import weakref

from mqtt_core.aio._errors import ClosedError
from mqtt_core.aio._events import Events
from mqtt_core.aio._results import ClientEvent, Status

__all__ = ["Watched"]


class Watched:
    """A status that can be waited for, and iterators over events."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.status = Status.CONNECTING
        self.error: Exception | None = None
        """Why the client has ended, if that was not its own wish."""
        self._listeners: weakref.WeakSet[Events] = weakref.WeakSet()
        self._waiters: list[asyncio.Future[Status]] = []

    @property
    def is_ended(self) -> bool:
        """True if nothing happens any more."""
        return self.status is Status.CLOSED

    @property
    def is_leaving(self) -> bool:
        """True if nothing is taken any more."""
        return self.status is Status.CLOSING or self.status is Status.CLOSED

    def check_open(self) -> None:
        """Raises ClosedError if nothing is taken any more."""
        if self.is_leaving:
            raise self.closed_error()

    def closed_error(self) -> ClosedError:
        """What those are told whom the end concerns."""
        error = ClosedError("the client has ended" + (f": {self.error}" if self.error else ""))
        error.__cause__ = self.error
        return error

    def events(self) -> Events:
        """Makes an iterator over what is told from now on."""
        events = Events(self.loop, is_over=self.status is Status.CLOSED)
        self._listeners.add(events)
        return events

    def tell(self, event: ClientEvent) -> None:
        """Tells those who listen."""
        for listener in list(self._listeners):
            listener.put(event)

    def set_status(self, status: Status) -> None:
        """Notes a status, and wakes those who wait for one."""
        if status is self.status:
            return
        self.status = status
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(status)

    async def until(self, *wanted: Status) -> Status:
        """Waits until the status is one of these; gives which. It may be another by now."""
        status = self.status
        while status not in wanted:
            waiter = self.loop.create_future()
            self._waiters.append(waiter)
            try:
                status = await waiter
            finally:
                if waiter in self._waiters:
                    self._waiters.remove(waiter)
            if status not in wanted:
                # More than one may have come since.
                status = self.status
        return status
