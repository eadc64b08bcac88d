"""A wire tap before a broker: what clients say to it, as packets."""

import asyncio
import contextlib
import ssl
import threading
from types import TracebackType
from typing import Final

from mqtt_core import Decoder, Packet

BLOCK: Final = 65_536

# Generous: what takes longer never comes.
PATIENCE: Final = 30.0


class Tap:
    """Listens, hands on both ways, and keeps what clients have sent. It has a thread of its own.

    With `server` it speaks TLS to clients, and with `client` to the broker. The first connection is
    cut when `cut_at` comes from the client: that packet goes nowhere.
    """

    def __init__(
        self,
        broker: int,
        *,
        server: ssl.SSLContext | None = None,
        client: ssl.SSLContext | None = None,
        cut_at: type[Packet] | None = None,
    ) -> None:
        self._broker = broker
        self._server = server
        self._client = client
        self._cut_at: tuple[type[Packet], ...] = () if cut_at is None else (cut_at,)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listens = threading.Event()
        self._is_over = asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()
        self.port = 0
        self.packets: list[Packet] = []
        self.connections = 0

    def __enter__(self) -> "Tap":
        self._thread.start()
        assert self._listens.wait(PATIENCE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._is_over.set)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._server)
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            self._listens.set()
            await self._is_over.wait()
        if self._serving:
            _, late = await asyncio.wait(self._serving, timeout=1)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _accept(self, near: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        name = None if self._client is None else "localhost"
        far, far_out = await asyncio.open_connection(
            "127.0.0.1", self._broker, ssl=self._client, server_hostname=name
        )
        back = asyncio.create_task(pump(far, near_out))
        try:
            with contextlib.suppress(OSError):
                await self._listen(near, far_out, may_cut=self.connections == 1)
        finally:
            back.cancel()
            for writer in (near_out, far_out):
                # What was cut need not take leave.
                writer.transport.abort()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
            self._serving.discard(task)

    async def _listen(
        self, near: asyncio.StreamReader, far_out: asyncio.StreamWriter, *, may_cut: bool
    ) -> None:
        decoder = Decoder(version=None)
        while data := await near.read(BLOCK):
            decoder.feed(data)
            packets = list(decoder)
            if may_cut and any(isinstance(it, self._cut_at) for it in packets):
                return
            self.packets += packets
            far_out.write(data)
            await far_out.drain()
        # The broker has the last word.
        far_out.close()


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(BLOCK):
            sink.write(data)
            await sink.drain()
        sink.close()
