"""A client on asyncio, which needs nothing but streams.

    python examples/asyncio_client.py HOST PORT FILTER [TOPIC PAYLOAD]

It ends after as many messages as `--count` says.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator

from mqtt_core import (
    ClientSession,
    Closed,
    Connect,
    Connected,
    Message,
    Publish,
    Published,
    QoS,
    ReasonCode,
    Subscribed,
    Subscription,
)


class Client:
    """A session, the streams that carry it, and the callers who wait for what becomes of it."""

    def __init__(self) -> None:
        self.session = ClientSession()
        self.messages: asyncio.Queue[Publish | None] = asyncio.Queue()
        self.waiting: dict[int, asyncio.Future[tuple[ReasonCode, ...]]] = {}
        self.is_up = asyncio.Event()

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def run(self, host: str, port: int, connect: Connect) -> None:
        """Carries one connection to its end."""
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
            for future in self.waiting.values():
                future.cancel()

    def report(self) -> bool:
        """Handles what has happened, and writes what is to be sent; gives false at the end."""
        is_open = True
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
                    is_open = False
        self.flush()
        return is_open

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

    async def subscribe(self, topic_filter: str) -> tuple[ReasonCode, ...]:
        wanted = Subscription(topic_filter, QoS.AT_LEAST_ONCE)
        return await self.answer(self.session.subscribe([wanted], now=self.now()))

    async def publish(self, topic: str, payload: bytes) -> tuple[ReasonCode, ...]:
        qos = QoS.AT_LEAST_ONCE
        return await self.answer(self.session.publish(topic, payload, qos=qos, now=self.now()))

    async def __aiter__(self) -> AsyncIterator[Publish]:
        while (message := await self.messages.get()) is not None:
            yield message

    def disconnect(self) -> None:
        self.session.disconnect(now=self.now())
        self.flush()


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("filter")
    parser.add_argument("topic", nargs="?")
    parser.add_argument("payload", nargs="?", default="")
    parser.add_argument("--count", type=int, default=1)
    options = parser.parse_args()

    client = Client()
    task = asyncio.create_task(client.run(options.host, options.port, Connect("", keep_alive=30)))
    async with asyncio.timeout(10):
        await client.is_up.wait()
    print("subscribed:", *(code.name for code in await client.subscribe(options.filter)))
    if options.topic is not None:
        reasons = await client.publish(options.topic, options.payload.encode())
        print("published:", reasons[0].name)
    seen = 0
    async for message in client:
        print("message:", message.topic, message.payload)
        seen += 1
        if seen == options.count:
            client.disconnect()
            break
    # The loop of the connection wakes up when the server closes it.
    await task
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
