"""A client on trio: one task reads, one writes, and any others publish and wait for messages.

    python examples/trio_client.py [--host HOST] [--port PORT] FILTER [TOPIC PAYLOAD]

It ends after as many messages as `--count` says. It needs `pip install trio`.
"""

import argparse
import math
import sys

import trio
from mqtt_core import (
    ClientConfig,
    ClientSession,
    CloseCause,
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
    """A session, the stream that carries it, and what tasks wait for."""

    def __init__(self, version: Version) -> None:
        self.session = ClientSession(ClientConfig(version=version))
        self.inbox, self.messages = trio.open_memory_channel[Publish](math.inf)
        self.is_up = trio.Event()
        self.has_output = trio.Event()
        self.closed: Closed | None = None
        # By tokens: set when the answer is there.
        self.waiting: dict[int, trio.Event] = {}
        self.answers: dict[int, tuple[ReasonCode, ...]] = {}

    async def run(self, host: str, port: int, connect: Connect) -> None:
        """Carries one connection to its end; raises ConnectionError if that is not ours."""
        with trio.fail_after(10):
            stream = await trio.open_tcp_stream(host, port)
        async with stream, trio.open_nursery() as nursery:
            self.session.connect(connect, now=trio.current_time())
            nursery.start_soon(self.write, stream)
            await self.read(stream)
            # The last words may be unsent.
            nursery.cancel_scope.deadline = trio.current_time() + 5
        self.inbox.close()
        if self.closed is not None and self.closed.cause is not CloseCause.LOCAL:
            raise ConnectionError(str(self.closed))

    async def read(self, stream: trio.SocketStream) -> None:
        """Gives the session what comes, and the time, until it has closed."""
        while self.closed is None:
            deadline = self.session.next_timeout()
            data = None
            with trio.move_on_at(math.inf if deadline is None else deadline):
                try:
                    data = await stream.receive_some(1 << 16)
                except trio.BrokenResourceError:
                    data = b""
            now = trio.current_time()
            if data is None:
                self.session.handle_timeout(now)
            elif not data:
                self.session.receive_eof(now=now)
            rest = memoryview(data or b"")
            while True:
                rest = rest[self.session.receive_data(rest, now=now) :]
                self.handle_events()
                if not rest:
                    break
                # The session is full: let the writer take something.
                await trio.sleep(0.001)

    async def write(self, stream: trio.SocketStream) -> None:
        """Sends what the session has written, whoever made it do so."""
        while True:
            try:
                while data := self.session.data_to_send():
                    await stream.send_all(data)
            except trio.BrokenResourceError:
                # The reader learns of it too.
                return
            if self.closed is not None:
                return
            self.has_output = trio.Event()
            await self.has_output.wait()

    def handle_events(self) -> None:
        for event in self.session.events():
            match event:
                case Connected():
                    self.is_up.set()
                case Message(publish):
                    self.inbox.send_nowait(publish)
                case Published(token, reason):
                    self.done(token, (reason,))
                case Subscribed(token, reasons):
                    self.done(token, reasons)
                case Closed():
                    self.closed = event
        self.has_output.set()

    def done(self, token: int, reasons: tuple[ReasonCode, ...]) -> None:
        if token in self.waiting:
            self.answers[token] = reasons
            self.waiting.pop(token).set()

    async def answer(self, token: int) -> tuple[ReasonCode, ...]:
        self.has_output.set()
        arrival = self.waiting[token] = trio.Event()
        await arrival.wait()
        return self.answers.pop(token)

    async def subscribe(self, topic_filter: str, qos: QoS) -> tuple[ReasonCode, ...]:
        wanted = Subscription(topic_filter, qos)
        return await self.answer(self.session.subscribe([wanted], now=trio.current_time()))

    async def publish(self, topic: str, payload: bytes, qos: QoS) -> tuple[ReasonCode, ...]:
        token = self.session.publish(topic, payload, qos=qos, now=trio.current_time())
        if qos is QoS.AT_MOST_ONCE:
            self.has_output.set()
            return ()
        return await self.answer(token)

    def disconnect(self) -> None:
        self.session.disconnect(now=trio.current_time())
        self.has_output.set()


async def run(options: argparse.Namespace) -> None:
    connect = Connect("", version=VERSIONS[options.version], keep_alive=30)
    client, qos = Client(connect.version), QoS(options.qos)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.run, options.host, options.port, connect)
        await client.is_up.wait()
        reasons = await client.subscribe(options.filter, qos)
        print("subscribed:", *(reason.name for reason in reasons), flush=True)
        if options.topic is not None:
            reasons = await client.publish(options.topic, options.payload.encode(), qos)
            print("published:", *(reason.name for reason in reasons), flush=True)
        seen = 0
        async for message in client.messages:
            print("message:", message.topic, message.payload, flush=True)
            seen += 1
            if seen == options.count:
                # The nursery ends when the server has closed the connection.
                client.disconnect()
                return


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
        trio.run(run, options)
        status = 0
    except* (OSError, Error, trio.TooSlowError) as group:
        print(*group.exceptions, sep="\n", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
