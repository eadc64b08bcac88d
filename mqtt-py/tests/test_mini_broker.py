"""`examples/mini_broker.py` as a process of its own, and sessions over sockets."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mqtt_core import (
    ClientConfig,
    ClientEvent,
    ClientSession,
    CloseCause,
    Closed,
    Connect,
    Connected,
    Message,
    Published,
    QoS,
    ReasonCode,
    Subscribed,
    Subscription,
    Version,
)

EXAMPLE = Path(__file__).parents[1] / "examples" / "mini_broker.py"
PATIENCE = 30.0
"""Seconds after which a test fails that waits for something."""


@contextmanager
def running(*options: str) -> Iterator[int]:
    """The broker; gives its port. It ends as it should when it is told to."""
    command = [sys.executable, "-W", "error", str(EXAMPLE), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
            process.terminate()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()


class Client:
    """A session on a blocking socket."""

    def __init__(self, port: int, connect: Connect) -> None:
        self.session = ClientSession(ClientConfig(version=connect.version))
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.events: list[ClientEvent] = []
        self.session.connect(connect, now=time.monotonic())

    def flush(self) -> None:
        while data := self.session.data_to_send():
            self.socket.sendall(data)

    def wait(self, kind: type) -> ClientEvent:
        """The next event of this kind; those before it are skipped."""
        while True:
            while self.events:
                if isinstance(event := self.events.pop(0), kind):
                    return event
            self.flush()
            data = self.socket.recv(1 << 16)
            if not data:
                self.session.receive_eof(now=time.monotonic())
            while data:
                data = data[self.session.receive_data(data, now=time.monotonic()) :]
                self.events += self.session.events()
            self.events += self.session.events()

    def subscribe(self, topic_filter: str) -> None:
        wanted = Subscription(topic_filter, QoS.EXACTLY_ONCE)
        self.session.subscribe([wanted], now=time.monotonic())
        self.wait(Subscribed)

    def publish(self, topic: str, payload: bytes, qos: QoS, retain: bool = False) -> None:
        now = time.monotonic()
        self.session.publish(topic, payload, qos=qos, retain=retain, now=now)
        self.wait(Published)


@pytest.mark.parametrize("version", [Version.V311, Version.V5])
def test_two_clients(version: Version) -> None:
    with running() as port:
        anna = Client(port, Connect("anna", version=version))
        ben = Client(port, Connect("ben"))
        for client in (anna, ben):
            assert isinstance(client.wait(Connected), Connected)
        anna.subscribe("t/#")
        payloads = [b"small", bytes(900_000), b"last"]
        for payload in payloads:
            ben.publish("t/1", payload, QoS.EXACTLY_ONCE)
        for payload in payloads:
            message = anna.wait(Message)
            assert isinstance(message, Message) and message.publish.payload == payload
        ben.publish("kept", b"k", QoS.AT_LEAST_ONCE, retain=True)
        anna.subscribe("kept")
        message = anna.wait(Message)
        assert isinstance(message, Message) and message.publish.retain
        ben.session.disconnect(now=time.monotonic())
        assert ben.wait(Closed) == Closed(CloseCause.LOCAL)
        ben.flush()
        assert ben.socket.recv(1) == b""
        ben.socket.close()
        # The broker is told to end before the last client is.
    anna.session.publish("t/1", now=time.monotonic())
    closed = anna.wait(Closed)
    assert isinstance(closed, Closed)
    if version is Version.V5:
        assert closed.reason is ReasonCode.SERVER_SHUTTING_DOWN
    anna.socket.close()


@pytest.mark.parametrize("version", [Version.V311, Version.V5])
def test_passwords(version: Version) -> None:
    with running("--user", "anna=secret", "--user", "ben=other") as port:
        wrong: list[tuple[str | None, bytes | None]] = [
            ("anna", b"other"),
            ("nobody", b""),
            ("anna", None),
            (None, None),
        ]
        for user_name, password in wrong:
            client = Client(
                port, Connect("c", version=version, user_name=user_name, password=password)
            )
            closed = client.wait(Closed)
            assert isinstance(closed, Closed) and closed.cause is CloseCause.REFUSED
            client.socket.close()
        client = Client(port, Connect("c", version=version, user_name="anna", password=b"secret"))
        client.wait(Connected)
        client.publish("a", b"x", QoS.AT_LEAST_ONCE)
        client.socket.close()


def test_what_is_no_mqtt() -> None:
    with running() as port:
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as other:
            other.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert other.recv(100) == b""
        client = Client(port, Connect("c"))
        client.wait(Connected)
        client.socket.close()


def test_options() -> None:
    command = [sys.executable, str(EXAMPLE), "--user", "without"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2 and "NAME=PASSWORD" in done.stderr
