"""A broker on TCP, which needs nothing but asyncio.

    python examples/mini_broker.py [--host HOST] [--port PORT] [--user NAME=PASSWORD ...]

It prints the port that it listens on, which port 0 leaves to the system, and runs until it is
interrupted. With `--user`, once for each, nobody else may connect. Nothing is encrypted, and a
password on a command line can be seen by others on the same machine: this is for trying things out.
"""

import argparse
import asyncio
import hmac
import signal
import sys

from mqtt_core import (
    Authenticate,
    Authentication,
    Broker,
    BrokerClosed,
    BrokerConfig,
    ConnAck,
    Disconnect,
    LimitError,
    LocalProtocolError,
    ReasonCode,
)


class MiniBroker:
    """A broker, the transports of its connections, and the timer that wakes it up."""

    def __init__(self, users: dict[str, bytes]) -> None:
        self.loop = asyncio.get_running_loop()
        self.users = users
        ask = Authentication.ASK if users else Authentication.ALLOW_ALL
        self.broker = Broker(BrokerConfig(authentication=ask), now=self.now())
        self.connections: dict[int, Connection] = {}
        self.timer: asyncio.TimerHandle | None = None
        self.step()

    def now(self) -> float:
        return self.loop.time()

    def step(self) -> None:
        """Handles what has happened, writes what is to be sent, and looks at the clock."""
        ended = []
        while True:
            for event in self.broker.events():
                match event:
                    case Authenticate(conn, connect):
                        self.judge(conn, connect.user_name, connect.password)
                    case BrokerClosed(conn):
                        ended.append(conn)
            # To go on with a connection may make further events.
            if (writable := self.broker.next_writable()) is None:
                break
            if writable in self.connections:
                self.connections[writable].go_on()
        for conn in ended:
            if conn in self.connections:
                self.connections.pop(conn).close()
            else:
                # Its transport is gone: what was to be sent need not be kept.
                self.broker.receive_eof(conn, now=self.now())
        if self.timer is not None:
            self.timer.cancel()
        deadline = self.broker.next_timeout()
        self.timer = None if deadline is None else self.loop.call_at(deadline, self.wake)

    def judge(self, conn: int, user_name: str | None, password: bytes | None) -> None:
        known = self.users.get(user_name or "")
        if known is not None and hmac.compare_digest(known, password or b""):
            self.broker.accept(conn, now=self.now())
        else:
            refusal = ConnAck(ReasonCode.BAD_USER_NAME_OR_PASSWORD)
            self.broker.refuse(conn, refusal, now=self.now())

    def wake(self) -> None:
        # The loop may be a little early: what is due then is due at its deadline.
        deadline = self.broker.next_timeout()
        self.broker.handle_timeout(max(self.now(), deadline or 0.0))
        self.step()

    def shut_down(self) -> None:
        reason = Disconnect(ReasonCode.SERVER_SHUTTING_DOWN)
        self.broker.shut_down(reason, now=self.now())
        self.step()
        if self.timer is not None:
            self.timer.cancel()


class Connection(asyncio.Protocol):
    """A transport, and the bytes that the broker has not taken yet."""

    def __init__(self, owner: MiniBroker) -> None:
        self.owner = owner
        self.unread = b""
        self.is_eof = False
        self.can_write = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        try:
            self.conn = self.owner.broker.open(now=self.owner.now())
        except (LimitError, LocalProtocolError):
            # There is no room, or the broker is shutting down.
            self.conn = -1
            transport.abort()
            return
        self.owner.connections[self.conn] = self
        self.owner.step()

    def data_received(self, data: bytes) -> None:
        self.unread += data
        self.read()
        self.owner.step()

    def read(self) -> None:
        """Hands in what has come; if the broker is full, the client has to wait."""
        rest = memoryview(self.unread)
        while rest:
            taken = self.owner.broker.receive_data(self.conn, rest, now=self.owner.now())
            if taken == 0:
                break
            rest = rest[taken:]
        self.unread = bytes(rest)
        if self.unread:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def go_on(self) -> None:
        """Writes what the transport takes, and hands in what had to wait."""
        while self.can_write and (data := self.owner.broker.data_to_send(self.conn)):
            self.transport.write(data)
        if self.unread:
            self.read()

    def pause_writing(self) -> None:
        self.can_write = False

    def resume_writing(self) -> None:
        self.can_write = True
        self.go_on()
        self.owner.step()

    def connection_lost(self, exc: Exception | None) -> None:
        # It is told also of one that the broker has ended.
        if self.conn >= 0:
            self.owner.connections.pop(self.conn, None)
            self.owner.broker.receive_eof(self.conn, now=self.owner.now())
            self.owner.step()

    def close(self) -> None:
        """The broker has ended the connection: what is to be sent is sent first."""
        self.can_write = True
        self.unread = b""
        self.go_on()
        self.transport.close()
        # Should the client not read even that.
        self.owner.loop.call_later(10, self.transport.abort)


async def serve(host: str, port: int, users: dict[str, bytes]) -> None:
    owner = MiniBroker(users)
    server = await owner.loop.create_server(lambda: Connection(owner), host, port)
    print(server.sockets[0].getsockname()[1], flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        owner.loop.add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()
    owner.shut_down()
    # So that transports send what they still have.
    await asyncio.sleep(0)


def user(text: str) -> tuple[str, bytes]:
    name, separator, password = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError("expected NAME=PASSWORD")
    return name, password.encode()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--user", type=user, action="append", default=[], metavar="NAME=PASSWORD")
    options = parser.parse_args()
    asyncio.run(serve(options.host, options.port, dict(options.user)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
