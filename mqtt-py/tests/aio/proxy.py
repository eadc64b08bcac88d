"""A proxy that cuts connections at bytes that a seed chooses."""

import asyncio
import random


class Proxy:
    """Passes bytes on between clients and a server, and cuts each connection after some of them."""

    def __init__(self, port: int, seed: int, most: int) -> None:
        self.port = 0
        self.cuts = 0
        self.is_cutting = True
        self._to = port
        self._random = random.Random(seed)
        self._most = most
        self._server: asyncio.Server | None = None
        self._open: set[_Half] = set()

    async def __aenter__(self) -> "Proxy":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Half(self), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        for half in list(self._open):
            half.abort()
        while self._open:
            await asyncio.sleep(0.001)

    def budget(self) -> int:
        """After how many bytes a connection is cut."""
        return self._random.randrange(1, self._most)

    @property
    def to(self) -> int:
        return self._to

    def opened(self, half: "_Half") -> None:
        self._open.add(half)

    def closed(self, half: "_Half") -> None:
        self._open.discard(half)


class _Half(asyncio.Protocol):
    """One side of a connection through the proxy."""

    def __init__(self, proxy: Proxy, other: "_Half | None" = None) -> None:
        self.proxy = proxy
        self.other = other
        self.transport: asyncio.Transport | None = None
        self.waiting = b""
        self.left = proxy.budget() if other is None else 0
        self.connecting: asyncio.Task[object] | None = None

    @property
    def first(self) -> "_Half":
        """The side that has the budget: that of the client."""
        return self if self.connecting is not None or self.other is None else self.other

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.proxy.opened(self)
        if self.other is None:
            loop = asyncio.get_running_loop()
            self.connecting = loop.create_task(self.connect(loop))
        else:
            self.other.other = self
            transport.write(self.other.waiting)
            self.other.waiting = b""

    async def connect(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            await loop.create_connection(
                lambda: _Half(self.proxy, self), "127.0.0.1", self.proxy.to
            )
        except OSError:
            self.abort()

    def data_received(self, data: bytes) -> None:
        first = self.first
        if self.proxy.is_cutting:
            data, rest = data[: first.left], data[first.left :]
            first.left -= len(data)
        else:
            rest = b""
        if self.other is None:
            self.waiting += data
        elif self.other.transport is not None:
            self.other.transport.write(data)
        if rest or (self.proxy.is_cutting and first.left <= 0):
            self.proxy.cuts += 1
            # What was passed on before arrives; then there is nothing more.
            for half in (self, self.other):
                if half is not None and half.transport is not None:
                    half.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self.proxy.closed(self)
        if self.connecting is not None:
            self.connecting.cancel()
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()
