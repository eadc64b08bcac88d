"""The way to the broker: a transport of asyncio, and how it is opened and closed."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from functools import partial
from itertools import zip_longest
from typing import Protocol, cast

from mqtt_core.aio._address import Address, is_ip
from mqtt_core.aio._race import first

__all__ = ["LAST_BYTES_UNHEARD", "Line", "Owner", "TlsChoice", "open_line"]

TlsChoice = ssl.SSLContext | bool | None

_READ = 64 * 1024
# So long the last bytes may take, if the broker has said something, and if not; seconds.
_LAST_BYTES = 2.0
LAST_BYTES_UNHEARD = 0.5


class Owner(Protocol):
    """Who is told what a line does."""

    def received(self, line: "Line", data: memoryview | bytes) -> None: ...
    def lost(self, line: "Line", error: Exception | None) -> None: ...
    def may_write(self, line: "Line", can_write: bool) -> None: ...


class Line(asyncio.BufferedProtocol):
    """A byte stream to the broker."""

    def __init__(self, owner: Owner, loop: asyncio.AbstractEventLoop) -> None:
        self._owner: Owner | None = owner
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._buffer = memoryview(bytearray(_READ))
        self._is_paused = False
        self._alarm: asyncio.TimerHandle | None = None
        self.closed: asyncio.Future[None] = loop.create_future()
        """Done when the transport is."""

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._owner is None:
            self._transport.abort()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._owner is not None:
            self._owner.received(self, self._buffer[:nbytes])

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        owner, self._owner = self._owner, None
        if not self.closed.done():
            self.closed.set_result(None)
        if owner is not None:
            owner.lost(self, exc)

    def pause_writing(self) -> None:
        if self._owner is not None:
            self._owner.may_write(self, False)

    def resume_writing(self) -> None:
        if self._owner is not None:
            self._owner.may_write(self, True)

    # What the owner calls.

    def write(self, data: bytes) -> None:
        """Sends bytes."""
        if self._transport is not None:
            self._transport.write(data)

    def drain(self) -> None:
        """From now on takes more only when all that it has is written."""
        if self._transport is not None:
            # Of TLS, asyncio takes 0 for reached when there is nothing.
            self._transport.set_write_buffer_limits(high=1)

    def pause(self, is_paused: bool) -> None:
        """Stops reading, or goes on with it."""
        if self._transport is None or is_paused is self._is_paused:
            return
        self._is_paused = is_paused
        if is_paused:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def hang_up(self, last: bytes, *, is_heard: bool) -> None:
        """Sends the last bytes and closes; the owner hears nothing more.

        A broker that listens closes first: TCP answers what comes to a closed end with a reset,
        which takes the last bytes away from a peer that has not read them.
        """
        self._owner = None
        transport = self._transport
        if transport is None:
            return
        if transport.is_closing():
            transport.abort()
            return
        self._alarm = self._loop.call_later(
            _LAST_BYTES if is_heard else LAST_BYTES_UNHEARD, self.abort
        )
        if last:
            self.write(last)
        self.pause(False)
        self._say_end(transport, is_heard=is_heard)

    def _say_end(self, transport: asyncio.Transport, *, is_heard: bool) -> None:
        if is_heard and transport.can_write_eof():
            try:
                transport.write_eof()
            except OSError:
                # The broker was faster, and there is nothing to be ended.
                transport.abort()
        else:
            transport.close()

    def abort(self) -> None:
        """Closes at once."""
        self._owner = None
        if self._transport is not None:
            self._transport.abort()

    async def opened(self) -> None:
        """Waits until bytes of MQTT can be sent."""


async def open_line(
    owner: Owner,
    address: Address,
    tls: TlsChoice,
    server_name: str | None,
    headers: dict[str, str],
    max_packet_size: int,
) -> Line:
    """Opens a line, to whichever address of the host is there first. Raises OSError, UnicodeError
    for a name that cannot be one."""
    loop = asyncio.get_running_loop()
    context: ssl.SSLContext | None = None
    if address.is_secure:
        context = tls if isinstance(tls, ssl.SSLContext) else ssl.create_default_context()
    name = (server_name or address.host) if context is not None else None
    make: Callable[[], Line]
    if address.is_websocket:
        # An optional extra, which takes time to import.
        try:
            from mqtt_core.aio._websocket import WebSocketLine
        except ImportError as error:
            raise ImportError("WebSocket needs: pip install 'mqtt-core[ws]'") from error

        make = partial(WebSocketLine, owner, loop, address, headers, max_packet_size)
    else:
        make = partial(Line, owner, loop)

    async def try_at(host: str) -> Line:
        line = make()
        try:
            await loop.create_connection(
                lambda: line, host, address.port, ssl=context, server_hostname=name
            )
        except BaseException:
            line.abort()
            raise
        return line

    if is_ip(address.host):
        line = await try_at(address.host)
    else:
        hosts = await _addresses(address)
        line = await first([partial(try_at, host) for host in hosts], Line.abort)
    try:
        await line.opened()
    except BaseException:
        line.abort()
        raise
    return line


async def _addresses(address: Address) -> list[str]:
    """The addresses of a host, families in turns (RFC 8305, section 4)."""
    loop = asyncio.get_running_loop()
    families: dict[int, list[str]] = {}
    for family, *_, place in await loop.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM
    ):
        host, _, *rest = place
        # Behind the port an address of IPv6 has a flow and a zone.
        zone = f"%{rest[1]}" if rest and rest[1] else ""
        families.setdefault(family, []).append(f"{host}{zone}")
    if not families:
        raise OSError(f"{address.host} has no address")
    return [host for turn in zip_longest(*families.values()) for host in turn if host is not None]
