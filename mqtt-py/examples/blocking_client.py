"""A client over a blocking socket: subscribes, publishes, and shows what comes.

    python examples/blocking_client.py [--host HOST] [--port PORT] FILTER [TOPIC PAYLOAD]

It ends after as many messages as `--count` says, and connects again when the connection breaks.
"""

import argparse
import socket
import sys
import time

from mqtt_core import (
    ClientConfig,
    ClientSession,
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


class Client:
    """A session and the socket that carries it."""

    def __init__(self, address: tuple[str, int], connect: Connect) -> None:
        self.address = address
        self.packet = connect
        self.session = ClientSession(ClientConfig(version=connect.version))
        self.socket: socket.socket | None = None

    def connect(self) -> None:
        self.socket = socket.create_connection(self.address, timeout=10)
        self.session.connect(self.packet, now=time.monotonic())

    def send(self) -> None:
        """Sends what the session has written. A transport that breaks is the session's to know."""
        assert self.socket is not None
        try:
            self.socket.settimeout(10)
            while data := self.session.data_to_send():
                self.socket.sendall(data)
        except OSError:
            self.session.receive_eof(now=time.monotonic())

    def wait(self) -> None:
        """Waits for bytes or for the next deadline, and tells the session."""
        assert self.socket is not None
        deadline = self.session.next_timeout()
        rest = None if deadline is None else max(deadline - time.monotonic(), 0.001)
        self.socket.settimeout(rest)
        # A session that is full has to be drained first: see `wants_input`.
        room = min(self.session.wants_input, 1 << 16)
        try:
            data = self.socket.recv(room) if room else None
        except TimeoutError:
            data = None
        except OSError:
            data = b""
        now = time.monotonic()
        if data is None:
            self.session.handle_timeout(now)
        elif data:
            self.session.receive_data(data, now=now)
        else:
            self.session.receive_eof(now=now)

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def run(client: Client, options: argparse.Namespace) -> int:
    """Handles events up to the end of the connection; gives how many messages have come."""
    qos = QoS(options.qos)
    seen = 0
    while True:
        for event in client.session.events():
            now = time.monotonic()
            match event:
                case Connected(_, session):
                    print("connected:", session.name.lower(), flush=True)
                    client.session.subscribe([Subscription(options.filter, qos)], now=now)
                case Subscribed(_, reasons):
                    print("subscribed:", *(reason.name for reason in reasons), flush=True)
                    if options.topic is not None:
                        payload = options.payload.encode()
                        client.session.publish(options.topic, payload, qos=qos, now=now)
                case Published(token, reason):
                    print("published:", token, reason.name, flush=True)
                case Message(publish):
                    print("message:", publish.topic, publish.payload, flush=True)
                    seen += 1
                    if seen == options.count:
                        client.session.quiesce(now=now)
                case Closed(cause, reason):
                    print(
                        "closed:",
                        *(it.name for it in (cause, reason) if it is not None),
                        flush=True,
                    )
                    client.send()
                    return seen
        client.send()
        client.wait()


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

    connect = Connect("", version=VERSIONS[options.version], keep_alive=30)
    client = Client((options.host, options.port), connect)
    for attempt in range(5):
        try:
            client.connect()
            if run(client, options) >= options.count:
                return 0
        except OSError as error:
            print("no connection:", error, file=sys.stderr)
        except Error as error:
            print("not possible:", error, file=sys.stderr)
            return 2
        finally:
            client.close()
        time.sleep(2**attempt / 10)
    return 1


if __name__ == "__main__":
    sys.exit(main())
