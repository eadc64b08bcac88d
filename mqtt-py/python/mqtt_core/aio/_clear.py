"""Before 5.0: how a session begins anew that the broker is to keep."""

import asyncio
from collections.abc import Awaitable, Callable

from mqtt_core._native import ClientConfig, ClientSession, Closed, Connect, Connected
from mqtt_core.aio._address import Address
from mqtt_core.aio._faults import error_of
from mqtt_core.aio._line import Line, Owner

__all__ = ["clear_session"]


class _Clearing:
    """With Clean Session a broker ends the session that it has, and keeps none: the next is a new
    one."""

    def __init__(self, address: Address, connect: Connect) -> None:
        self._loop = asyncio.get_running_loop()
        self._address = address
        self._session = ClientSession(ClientConfig(version=connect.version))
        self._connect = connect.replace(clean_start=True, will=None)
        self._cause: Exception | None = None
        self.answered: asyncio.Future[None] = self._loop.create_future()

    def begin(self, line: Line) -> None:
        self._session.connect(self._connect, now=self._loop.time())
        line.write(self._session.data_to_send())

    def end(self, line: Line) -> None:
        self._session.disconnect(now=self._loop.time())
        line.hang_up(self._session.data_to_send(), is_heard=True)

    def received(self, line: Line, data: memoryview | bytes) -> None:
        self._session.receive_data(data, now=self._loop.time())
        self._look()

    def lost(self, line: Line, error: Exception | None) -> None:
        self._cause = error
        self._session.receive_eof(now=self._loop.time())
        self._look()

    def may_write(self, line: Line, can_write: bool) -> None:
        pass

    def _look(self) -> None:
        for event in self._session.events():
            if self.answered.done():
                return
            if isinstance(event, Connected):
                self.answered.set_result(None)
            elif isinstance(event, Closed):
                self.answered.set_exception(error_of(self._address, event, self._cause))


async def clear_session(
    open_for: Callable[[Owner], Awaitable[Line]],
    address: Address,
    connect: Connect,
    timeout: float,
) -> None:
    """Has the broker forget the session that it has. Raises OSError, RefusedError,
    DisconnectedError."""
    clearing = _Clearing(address, connect)
    line = await open_for(clearing)
    try:
        async with asyncio.timeout(timeout):
            clearing.begin(line)
            await clearing.answered
            clearing.end(line)
            await asyncio.shield(line.closed)
    finally:
        line.abort()
        if clearing.answered.done() and not clearing.answered.cancelled():
            clearing.answered.exception()
