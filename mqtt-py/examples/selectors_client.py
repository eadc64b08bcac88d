"""Several connections in one thread, with `selectors`: each subscribes, one publishes to all.

    python examples/selectors_client.py [--clients N] FILTER [TOPIC PAYLOAD]

No call waits but `select`, so that no connection waits for another one. It ends when each has had
as many messages as `--count` says.
"""

import argparse
import contextlib
import selectors
import socket
import sys
import time

from mqtt_core import (
    ClientConfig,
    ClientSession,
    CloseCause,
    Closed,
    Connect,
    Connected,
    Error,
    Message,
    Published,
    QoS,
    Subscribed,
    Subscription,
    Version,
)

VERSIONS = {"3.1.1": Version.V311, "5.0": Version.V5}


class Connection:
    """A session, its socket, and the bytes that the socket has not taken yet."""

    def __init__(self, number: int, connect: Connect, options: argparse.Namespace) -> None:
        self.number = number
        self.filter, self.qos, self.count = options.filter, QoS(options.qos), options.count
        self.session = ClientSession(ClientConfig(version=connect.version))
        # Looking up a name and connecting may take a moment; nothing does that comes later.
        self.socket = socket.create_connection((options.host, options.port), timeout=10)
        self.socket.setblocking(False)
        self.unsent = b""
        self.seen = 0
        self.is_subscribed = False
        self.why_closed: Closed | None = None
        self.session.connect(connect, now=time.monotonic())

    def say(self, *what: object) -> None:
        print(self.number, *what, flush=True)

    def wanted(self) -> int:
        """What `select` is to wait for."""
        # A session that is full takes nothing before the server has taken something.
        reading = selectors.EVENT_READ if self.session.wants_input else 0
        return reading | (selectors.EVENT_WRITE if self.unsent or not reading else 0)

    def read(self) -> None:
        """Takes what has come; `select` says again if there is more."""
        try:
            data = self.socket.recv(min(self.session.wants_input, 1 << 16))
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.session.receive_data(data, now=time.monotonic())
        else:
            self.session.receive_eof(now=time.monotonic())

    def handle_events(self) -> None:
        for event in self.session.events():
            match event:
                case Connected():
                    wanted = Subscription(self.filter, self.qos)
                    self.session.subscribe([wanted], now=time.monotonic())
                case Subscribed(_, reasons):
                    self.say("subscribed:", *(reason.name for reason in reasons))
                    self.is_subscribed = True
                case Published(_, reason):
                    self.say("published:", reason.name)
                case Message(publish):
                    self.say("message:", publish.topic, publish.payload)
                    self.seen += 1
                    if self.seen == self.count:
                        # It says DISCONNECT when its own messages have been acknowledged.
                        self.session.quiesce(now=time.monotonic())
                case Closed():
                    self.why_closed = event

    def write(self) -> None:
        """Sends as much as the socket takes."""
        try:
            while self.unsent or (data := self.session.data_to_send(1 << 16)):
                self.unsent = self.unsent or data
                self.unsent = self.unsent[self.socket.send(self.unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self.unsent = b""
            self.session.receive_eof(now=time.monotonic())
            self.handle_events()


def timeout(connections: list[Connection]) -> float | None:
    """How long `select` may wait: the earliest deadline of all sessions decides."""
    deadlines = [connection.session.next_timeout() for connection in connections]
    known = [deadline for deadline in deadlines if deadline is not None]
    return max(min(known) - time.monotonic(), 0.0) if known else None


def run(options: argparse.Namespace) -> None:
    """Ends when each connection has had its messages."""
    qos = QoS(options.qos)
    connect = Connect("", version=VERSIONS[options.version], keep_alive=30)
    is_published = options.topic is None
    with contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        connections = []
        for number in range(options.clients):
            connection = Connection(number, connect, options)
            stack.enter_context(connection.socket)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connections.append(connection)
        while True:
            for connection in connections:
                connection.handle_events()
            if not is_published and all(connection.is_subscribed for connection in connections):
                payload = options.payload.encode()
                now = time.monotonic()
                connections[0].session.publish(options.topic, payload, qos=qos, now=now)
                is_published = True
            for connection in connections.copy():
                connection.write()
                if connection.why_closed is None:
                    selector.modify(connection.socket, connection.wanted(), connection)
                elif connection.why_closed.cause is CloseCause.LOCAL:
                    selector.unregister(connection.socket)
                    connections.remove(connection)
                else:
                    raise ConnectionError(f"{connection.number} {connection.why_closed}")
            if not connections:
                return
            for key, events in selector.select(timeout(connections)):
                if events & selectors.EVENT_READ:
                    key.data.read()
            for connection in connections:
                connection.session.handle_timeout(time.monotonic())


def main() -> int:
    parser = argparse.ArgumentParser(description="Several connections in one thread.")
    parser.add_argument("filter")
    parser.add_argument("topic", nargs="?")
    parser.add_argument("payload", nargs="?", default="")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--version", choices=VERSIONS, default="5.0")
    parser.add_argument("--qos", type=int, choices=(0, 1, 2), default=1)
    parser.add_argument("--clients", type=int, default=3, help="how many connections")
    parser.add_argument("--count", type=int, default=1, help="end after so many messages each")
    options = parser.parse_args()
    try:
        run(options)
    except (OSError, Error) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
