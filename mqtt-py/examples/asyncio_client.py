"""A client on asyncio, which needs nothing but streams.

    python examples/asyncio_client.py [--host HOST] [--port PORT] FILTER [TOPIC PAYLOAD]

It ends after as many messages as `--count` says.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator

from mqtt_core import (
    ClientConfig,
    ClientSession,
    Closed,
    Connect,
    Connected,
    Error,
    Message,
    Publish,
    Published,
    QoS,
    ReasonCode,
    Subscribed,
    Subscription,
    Version,
)

VERSIONS = {"3.1.1": Version.V311, "5.0": Version.V5}


class Client:
    """A session, the streams that carry it, and the callers who wait for what becomes of it."""

    def __init__(self, version: Version) -> None:
        self.session = ClientSession(ClientConfig(version=version))
        self.messages: asyncio.Queue[Publish | None] = asyncio.Queue()
        self.waiting: dict[int, asyncio.Future[tuple[ReasonCode, ...]]] = {}
        self.is_up = asyncio.Event()
        self.why_closed: Closed | None = None

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def run(self, host: str, port: int, connect: Connect) -> None:
        """Carries one connection to its end."""
        async with asyncio.timeout(10):
            reader, self.writer = await asyncio.open_connection(host, port)
        try:
            self.session.connect(connect, now=self.now())
            while self.report():
                await self.writer.drain()
                deadline = self.session.next_timeout()
                try:
                    async with asyncio.timeout_at(deadline):
                        data = await reader.read(1 << 16)
                except TimeoutError:
                    self.session.handle_timeout(self.now())
                    continue
                if not data:
                    self.session.receive_eof(now=self.now())
                rest = memoryview(data)
                while rest:
                    rest = rest[self.session.receive_data(rest, now=self.now()) :]
                    if not self.report():
                        return
        finally:
            self.writer.close()
            self.messages.put_nowait(None)
            self.is_up.set()
            for future in self.waiting.values():
                if not future.done():
                    future.set_exception(ConnectionError(str(self.why_closed)))

    def report(self) -> bool:
        """Handles what has happened, and writes what is to be sent; gives false at the end."""
        for event in self.session.events():
            match event:
                case Connected():
                    self.is_up.set()
                case Message(publish):
                    self.messages.put_nowait(publish)
                case Published(token, reason):
                    self.done(token, (reason,))
                case Subscribed(token, reasons):
                    self.done(token, reasons)
                case Closed():
                    self.why_closed = event
        self.flush()
        return self.why_closed is None

    def flush(self) -> None:
        while data := self.session.data_to_send():
            self.writer.write(data)

    def done(self, token: int, reasons: tuple[ReasonCode, ...]) -> None:
        future = self.waiting.pop(token, None)
        if future is not None and not future.done():
            future.set_result(reasons)

    async def answer(self, token: int) -> tuple[ReasonCode, ...]:
        self.flush()
        future = self.waiting[token] = asyncio.get_running_loop().create_future()
        reasons: tuple[ReasonCode, ...] = await future
        return reasons

    async def connected(self) -> None:
        await self.is_up.wait()
        if self.why_closed is not None:
            raise ConnectionError(str(self.why_closed))

    async def subscribe(self, topic_filter: str, qos: QoS) -> tuple[ReasonCode, ...]:
        wanted = Subscription(topic_filter, qos)
        return await self.answer(self.session.subscribe([wanted], now=self.now()))

    async def publish(self, topic: str, payload: bytes, qos: QoS) -> tuple[ReasonCode, ...]:
        token = self.session.publish(topic, payload, qos=qos, now=self.now())
        if qos is QoS.AT_MOST_ONCE:
            self.flush()
            return ()
        return await self.answer(token)

    async def __aiter__(self) -> AsyncIterator[Publish]:
        while (message := await self.messages.get()) is not None:
            yield message

    def disconnect(self) -> None:
        self.session.disconnect(now=self.now())
        self.flush()


async def run(options: argparse.Namespace) -> None:
    connect = Connect("", version=VERSIONS[options.version], keep_alive=30)
    client, qos = Client(connect.version), QoS(options.qos)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(client.run(options.host, options.port, connect))
        await client.connected()
        reasons = await client.subscribe(options.filter, qos)
        print("subscribed:", *(reason.name for reason in reasons), flush=True)
        if options.topic is not None:
            reasons = await client.publish(options.topic, options.payload.encode(), qos)
            print("published:", *(reason.name for reason in reasons), flush=True)
        seen = 0
        async for message in client:
            print("message:", message.topic, message.payload, flush=True)
            seen += 1
            if seen == options.count:
                # The task of the connection ends when the server closes it.
                client.disconnect()
                return
        raise ConnectionError(str(client.why_closed))


def main() -> int:
    parser = argparse.ArgumentParser(description="Subscribes, publishes, and shows what comes.")
    parser.add_argument("filter")
    parser.add_argument("topic", nargs="?")
    parser.add_argument("payload", nargs="?", default="")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--version", choices=VERSIONS, default="5.0")
    parser.add_argument("--qos", type=int, choices=(0, 1, 2), default=1)
    parser.add_argument("--count", type=int, default=1, help="end after so many messages")
    options = parser.parse_args()
    status = 1
    try:
        asyncio.run(run(options))
        status = 0
    except* (OSError, Error) as group:
        print(*group.exceptions, sep="\n", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
