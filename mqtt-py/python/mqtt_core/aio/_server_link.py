"""A connection of a server: a transport of asyncio, and what the broker has not taken yet."""

import asyncio
import logging
import ssl
from collections import deque
from typing import Final, Protocol, cast

from mqtt_core._enums import Sender
from mqtt_core._native import Broker

__all__ = ["Hub", "Link"]

logger = logging.getLogger("mqtt_core.aio.server")

# What is handed to a transport at once; bytes. It says then whether it takes more.
_CHUNK: Final = 64 << 10


class Hub(Protocol):
    """Who has the broker."""

    broker: Broker
    linger: float
    handshake_timeout: float
    handshakes: "set[asyncio.Task[None]]"
    waiting: "dict[Link, None]"
    strangers: "dict[Link, None]"

    @property
    def tap(self) -> object | None: ...
    def now(self) -> float: ...
    def opened(self, link: "Link") -> int | None: ...
    def lost(self, link: "Link") -> None: ...
    def show(self, conn: int, sender: Sender, data: bytes | memoryview) -> None: ...
    def soon(self) -> None: ...


class Link(asyncio.Protocol):
    """The transport of a connection, TCP or TLS.

        made ──> reading <──> paused ──> over ──> lost
           └────────┴────────────┴─────────────────┘

    Paused: the broker takes no more for now, so the client is not read, and TCP makes it wait.
    Over: the broker has ended the connection; what is to be sent is sent, then the transport is
    closed. Lost: there is no transport any more.
    """

    _scheme = "mqtt"

    def __init__(self, hub: Hub, tls: ssl.SSLContext | None) -> None:
        self._hub = hub
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._raw: asyncio.Transport | None = None
        self._transport: asyncio.Transport | None = None
        """What bytes of MQTT go through; not there before a TLS handshake is done."""
        self._early: list[bytes] = []
        """What has come with the last of a handshake, before this knows that it is done."""
        self._unread: deque[memoryview] = deque()
        self._can_write = True
        self._is_paused = False
        self._is_shut = False
        self._is_eof = False
        self._is_over = False
        self._is_finished = False
        self._alarm: asyncio.TimerHandle | None = None
        self.conn = -1
        self.is_lost = False
        hub.strangers[self] = None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = self._raw = cast(asyncio.Transport, transport)
        conn = self._hub.opened(self)
        if conn is None:
            # There is no room, or the server ends.
            self._is_over = True
            transport.abort()
            return
        self.conn = conn
        if self._tls is None:
            self._transport = transport
            return
        transport.pause_reading()
        task = self._loop.create_task(self._shake_hands(transport, self._tls))
        self._hub.handshakes.add(task)
        task.add_done_callback(self._hub.handshakes.discard)

    async def _shake_hands(self, raw: asyncio.Transport, tls: ssl.SSLContext) -> None:
        try:
            transport = await self._loop.start_tls(
                raw,
                self,
                tls,
                server_side=True,
                # They may not be 0.
                ssl_handshake_timeout=max(self._hub.handshake_timeout, 0.001),
                ssl_shutdown_timeout=max(self._hub.linger, 0.001),
            )
        except Exception as error:
            level = logging.DEBUG if isinstance(error, OSError) else logging.ERROR
            logger.log(level, "connection %d: no TLS: %s", self.conn, error)
            raw.abort()
            self.connection_lost(error)
            return
        except BaseException:
            raw.abort()
            # The loop does not tell it of a handshake that is not done.
            self.connection_lost(None)
            raise
        if transport is None or self.is_lost:
            raw.abort()
            self.connection_lost(None)
            return
        self._transport = transport
        if self._is_over:
            self._finish()
            return
        early, self._early = self._early, []
        for data in early:
            self.data_received(data)
        if self._is_shut:
            self.input_ended()

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._input(data)
        elif not (self.is_lost or self._is_over):
            # Not for the broker yet: it may still turn out that they have come without TLS.
            self._early.append(data)

    def eof_received(self) -> bool:
        """True if the client may still get something; otherwise the transport is closed now."""
        self._is_shut = True
        if self.conn >= 0 and self._transport is not None:
            self.input_ended()
        return self._tls is None and not self._is_finished

    def connection_lost(self, exc: Exception | None) -> None:
        if self.is_lost:
            return
        self.is_lost = True
        self._raw = self._transport = None
        self._early.clear()
        self._can_write = True
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self.conn >= 0:
            self.input_ended()
        self._hub.lost(self)

    def pause_writing(self) -> None:
        self._can_write = False

    def resume_writing(self) -> None:
        self._can_write = True
        self.go_on()
        self._hub.soon()

    # Bytes of MQTT.

    def _input(self, data: bytes) -> None:
        """The client has sent something."""
        if self._is_over or not data:
            return
        self._unread.append(memoryview(data))
        if len(self._unread) == 1:
            self.feed()
        self._hub.soon()

    def feed(self) -> bool:
        """Hands in what has come, as far as the broker takes it; False if it takes nothing."""
        unread = self._unread
        before = len(unread), len(unread[0]) if unread else 0
        broker = self._hub.broker
        now = self._hub.now()
        while unread and not self._is_over:
            data = unread[0]
            taken = broker.receive_data(self.conn, data, now=now)
            if not taken:
                # It says when it goes on.
                break
            if taken == len(data):
                unread.popleft()
            else:
                # It takes a part for what it has room for then, and may take more.
                unread[0] = data[taken:]
            if self._hub.tap is not None:
                self._hub.show(self.conn, Sender.CLIENT, data[:taken])
        self._wait(bool(unread))
        if self._is_eof and not unread:
            broker.receive_eof(self.conn, now=now)
        return before != (len(unread), len(unread[0]) if unread else 0)

    def input_ended(self) -> None:
        """The client sends nothing more: the broker is told when it has taken what came. Told
        again, it takes it that there is no transport any more."""
        if self._is_eof and not self.is_lost:
            return
        self._is_eof = True
        self.feed()
        self._hub.soon()

    def _write(self, data: bytes) -> None:
        """Sends bytes of MQTT."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    # What the hub calls.

    @property
    def scheme(self) -> str:
        """That of its URL."""
        return self._scheme + ("" if self._tls is None else "s")

    @property
    def has_unread(self) -> bool:
        """Bytes have come that the broker has not taken."""
        return bool(self._unread)

    def extra_info(self, name: str) -> object:
        """What the transport knows of itself."""
        transport = self._transport or self._raw
        return None if transport is None else transport.get_extra_info(name)

    def go_on(self) -> None:
        """Sends what the transport takes, and hands in what had to wait."""
        if self._is_finished or (self._transport is None and not (self.is_lost or self._is_over)):
            return
        broker, conn = self._hub.broker, self.conn
        while self._can_write and (data := broker.data_to_send(conn, _CHUNK)):
            # Without a transport it is lost, as what a transport has when it is lost.
            self._write(data)
            if self._hub.tap is not None:
                self._hub.show(conn, Sender.SERVER, data)
        if self._is_over:
            if self._can_write:
                self._finish()
        elif self._unread:
            self.feed()

    def end(self) -> None:
        """The broker has ended the connection: the client gets what is to be sent, and some time to
        read it."""
        if self._is_over:
            return
        self._is_over = True
        self._unread.clear()
        self._wait(False)
        if self.is_lost:
            return
        self._alarm = self._loop.call_later(self._hub.linger, self.abort)
        self.go_on()

    def abort(self) -> None:
        """Closes at once."""
        self._is_over = True
        self._unread.clear()
        self._hub.waiting.pop(self, None)
        if self._raw is not None:
            self._raw.abort()

    def _finish(self) -> None:
        """All is sent. A client that listens closes first: TCP answers what comes to a closed end
        with a reset, which takes the last bytes away from a client that has not read them."""
        if self._is_finished:
            return
        self._is_finished = True
        transport = self._transport
        if transport is None:
            self.abort()
        elif not transport.is_closing():
            self._say_end(transport)

    def _say_end(self, transport: asyncio.Transport) -> None:
        if not transport.can_write_eof() or self._is_shut:
            transport.close()
            return
        try:
            transport.write_eof()
        except OSError:
            # The client has reset the connection, and the loop has not heard of it yet.
            transport.abort()

    def _wait(self, is_paused: bool) -> None:
        """The client has to wait until the broker has taken what came, or not any more."""
        if is_paused:
            self._hub.waiting[self] = None
        else:
            self._hub.waiting.pop(self, None)
        transport = self._transport
        if transport is None or is_paused is self._is_paused or transport.is_closing():
            return
        self._is_paused = is_paused
        if is_paused:
            transport.pause_reading()
        else:
            transport.resume_reading()
