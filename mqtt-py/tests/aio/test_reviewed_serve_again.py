"""Faults that a second review has found in the server, and in what tests have of it."""

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mqtt_core import (
    Authorize,
    BrokerConfig,
    Publish,
    QoS,
    Sender,
    ServerConfig,
    Subscribe,
    Subscription,
    Version,
    encode,
)
from mqtt_core.aio import Client, Server, SqliteStore, serve
from mqtt_core.testing import Clock, broker

from aio.runner import eventually, run
from aio.serving import Certificates, Raw, reset
from aio.test_serve_websocket import CONNACK, CONNECT, PROTOCOL, UPGRADE, frame, upgraded

QOS1 = QoS.AT_LEAST_ONCE
V3 = Version.V311
MESSAGE = encode(Publish("t", b"through"), version=V3)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("is_websocket", [False, True])
def test_what_comes_with_the_end_of_a_handshake(
    is_websocket: bool, certificates: Certificates
) -> None:
    """All in one flight: the end of the handshake, MQTT, and the end of TLS."""

    async def test() -> None:
        async with serve(port=0, ssl=certificates.server, websocket=is_websocket) as server:
            found: list[bytes] = []
            server.subscribe("#", lambda publish: found.append(publish.payload))
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = certificates.client.wrap_bio(incoming, outgoing, server_hostname="localhost")
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    writer.write(outgoing.read())
                    incoming.write(await reader.read(1 << 16))
            tls.write(CONNECT + MESSAGE)
            with pytest.raises(ssl.SSLWantReadError):
                tls.unwrap()
            writer.write(outgoing.read())
            await reader.read(-1)
            writer.close()
            await eventually(lambda: server.stats().connections == 0)
            # Over WebSocket it is no MQTT.
            assert found == ([] if is_websocket else [b"through"])

    run(test)


def test_pongs_do_not_end_that_a_slow_client_is_waited_for() -> None:
    async def test() -> None:
        async with serve(port=0, websocket=True, close_timeout=0.1) as server:
            raw = await upgraded(server)
            raw.writer.write(frame(2, CONNECT))
            await raw.reader.readexactly(2 + len(CONNACK))
            subscribe = Subscribe([Subscription("t")], packet_id=1)
            raw.writer.write(frame(2, encode(subscribe, version=V3)))
            await raw.reader.readexactly(2 + 5)
            raw.pause()
            [link] = server._engine.links.values()  # pyright: ignore[reportPrivateUsage]
            state: Any = link
            while state._can_write:
                server.publish("t", bytes(10_000))
                await asyncio.sleep(0)
            raw.writer.write(frame(9, bytes(123)) * 510)
            await eventually(lambda: len(state._pongs) == 510)
            # It reads until there is room for the answers, and no longer.
            client: socket.socket = raw.writer.get_extra_info("socket").dup()
            while state._pongs:
                with contextlib.suppress(BlockingIOError):
                    client.recv(5_000)
                await asyncio.sleep(0)
            for _ in range(1000):
                server.publish("t", bytes(10_000))
                await asyncio.sleep(0)
            assert state._transport.get_write_buffer_size() < 1_000_000
            client.close()
            raw.abort()
            await eventually(lambda: server.stats().connections == 0)

    run(test)


def test_what_is_for_a_client_that_is_lost_is_lost() -> None:
    go_on = asyncio.Event()

    async def authorize(question: Authorize) -> bool:
        if isinstance(question.action, Publish):
            await go_on.wait()
        return True

    async def test() -> None:
        async with serve(port=0, websocket=True, authorize=authorize) as server:
            raw = await upgraded(server)
            raw.writer.write(frame(2, CONNECT))
            await raw.reader.readexactly(2 + len(CONNACK))
            subscribe = Subscribe([Subscription("big")], packet_id=1)
            raw.writer.write(frame(2, encode(subscribe, version=V3)))
            await raw.reader.readexactly(2 + 5)
            raw.pause()
            engine: Any = server._engine  # pyright: ignore[reportPrivateUsage]
            [link] = engine.links.values()
            while link._can_write:
                server.publish("big", bytes(10_000))
                await asyncio.sleep(0)
            for _ in range(20):
                server.publish("big", bytes(10_000))
            # The broker does not take all of this before it knows whether it may be.
            for _ in range(3):
                publish = Publish("t", bytes(60_000))
                raw.writer.write(frame(2, encode(publish, version=V3)))
            await eventually(lambda: link.has_unread)
            reset(raw.writer.get_extra_info("socket"))
            raw.abort()
            await eventually(lambda: link.is_lost)
            go_on.set()
            await eventually(lambda: not engine.links and not engine.waiting)
            await eventually(lambda: server.stats().connections == 0)

    run(test)


class Failure(BaseException):
    """As those of pytest are."""


@pytest.mark.parametrize("what", ["authorize", "subscriber", "tap"])
def test_who_raises_what_is_no_exception(what: str, caplog: pytest.LogCaptureFixture) -> None:
    def fail(name: str) -> None:
        if what == name:
            raise Failure

    def authorize(question: Authorize) -> bool:
        fail("authorize")
        return True

    def tap(_: int, sender: Sender, data: bytes) -> None:
        if sender is Sender.SERVER and data:
            fail("tap")

    async def test() -> None:
        async with serve(port=0, authorize=authorize, tap=tap) as server:
            server.subscribe("#", lambda _: fail("subscriber"))
            raw = await Raw.connected(server.port, "meter-7")
            raw.send(Publish("t", qos=QOS1, packet_id=1))
            puback: Any = await raw.packet()
            assert (puback.reason < 0x80) is (what != "authorize")
            await raw.close()

    with caplog.at_level(logging.CRITICAL, "mqtt_core"):
        run(test)


def test_times_of_nothing_with_tls(certificates: Certificates) -> None:
    async def test() -> None:
        async with (
            serve(port=0, ssl=certificates.server, close_timeout=0) as server,
            Client(server.url, tls=certificates.client) as client,
        ):
            await client.publish("t", qos=QOS1)

    run(test)
    config = BrokerConfig(server=ServerConfig(connect_timeout=0))

    async def none() -> None:
        # Nobody can connect in no time, and that is no fault of the server.
        async with serve(port=0, ssl=certificates.server, config=config) as server:
            with pytest.raises(OSError):
                await Raw.open(server.port, certificates.client)
            await eventually(lambda: server.stats().connections == 0)

    run(none)


@pytest.mark.parametrize("is_one_message", [False, True])
def test_nothing_counts_behind_a_text(is_one_message: bool) -> None:
    async def test() -> None:
        async with serve(port=0, websocket=True) as server:
            found: list[bytes] = []
            server.subscribe("#", lambda publish: found.append(publish.payload))
            raw = await upgraded(server)
            raw.writer.write(frame(2, CONNECT))
            await raw.reader.readexactly(2 + len(CONNACK))
            text = frame(1, b"hi", is_final=not is_one_message)
            raw.writer.write(text + frame(0 if is_one_message else 2, MESSAGE))
            assert (await raw.reader.readexactly(4))[2:] == (1003).to_bytes(2, "big")
            raw.abort()
            await eventually(lambda: server.stats().connections == 0)
            assert found == []

    run(test)


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("is_welcome", [False, True])
def test_what_comes_before_the_answer_to_an_upgrade(is_welcome: bool, size: int) -> None:
    """It counts if the answer is good, and only then."""

    async def test() -> None:
        origins = None if is_welcome else ["https://good.example"]
        async with serve(port=0, websocket=True, websocket_origins=origins) as server:
            found: list[bytes] = []
            server.subscribe("#", lambda publish: found.append(publish.payload))
            raw = await Raw.open(server.port)
            data = UPGRADE + PROTOCOL + b"\r\n"
            data += frame(2, CONNECT + MESSAGE) + frame(8, b"\x03\xe8")
            for at in range(0, len(data), size):
                raw.writer.write(data[at : at + size])
                await asyncio.sleep(0)
            answer = await raw.rest()
            assert answer.startswith(b"HTTP/1.1 101" if is_welcome else b"HTTP/1.1 403")
            # The close is answered.
            assert answer.endswith(b"\x88\x02\x03\xe8") is is_welcome
            await raw.close()
            await eventually(lambda: server.stats().connections == 0)
            assert found == ([b"through"] if is_welcome else [])

    run(test)


# What tests have.


def test_calls_while_another_thread_ends_the_broker() -> None:
    for _ in range(10):
        with broker() as running:
            ends: list[str] = []

            def ask(running: Any = running, ends: list[str] = ends) -> None:
                try:
                    while True:
                        running.stats()
                except RuntimeError as caught:
                    ends.append(str(caught))

            threads = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
            for thread in threads:
                thread.start()
            time.sleep(0.01)
            running.close()
            for thread in threads:
                thread.join(10)
            assert ends == ["the broker has ended"] * 4


def test_a_store_that_is_made_in_another_thread(tmp_path: Path) -> None:
    with broker(store=SqliteStore(tmp_path / "broker.db")) as running:
        running.publish("t", b"kept", retain=True)
        running.restart()
        assert [publish.payload for publish in running.retained()] == [b"kept"]


def test_restarts_in_several_threads() -> None:
    with broker() as running:
        errors: list[BaseException] = []

        def restart() -> None:
            try:
                running.restart()
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=restart) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert running.clients() == set()


def test_a_broker_that_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mqtt_core.testing._PATIENCE", 0.1)
    is_loading, may_go_on = threading.Event(), threading.Event()

    class Slow:
        def load(self, name: str) -> Any:
            is_loading.set()
            may_go_on.wait()
            raise OSError("it does not matter any more")

        def apply(self, name: str, epoch: int, ops: object) -> None: ...

    before = set(threading.enumerate())
    with pytest.raises(TimeoutError, match="has not begun"), broker(store=Slow()):
        pass
    assert is_loading.is_set()
    may_go_on.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()


def test_a_clock_between_two_runs_of_its_loop() -> None:
    loop, clock = asyncio.new_event_loop(), Clock()
    server: Server = loop.run_until_complete(_begin(clock))
    clock.advance(5)
    assert clock.time() == 5
    loop.run_until_complete(server.close())
    loop.close()


async def _begin(clock: Clock) -> Server:
    return await serve(port=0, clock=clock)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e18])
def test_no_time_to_advance_by(seconds: float) -> None:
    with pytest.raises(ValueError, match="time goes on"):
        Clock().advance(seconds)


async def _load(_: str) -> None: ...


@pytest.mark.parametrize(
    "options",
    [
        {"host": []},
        {"host": 5},
        {"host": ["127.0.0.1", None]},
        {"clock": object()},
        {"store": type("Async", (), {"load": staticmethod(_load), "apply": print})()},
    ],
    ids=repr,
)
def test_more_of_the_wrong_kind(options: dict[str, Any]) -> None:
    name = next(iter(options))
    with pytest.raises(TypeError, match=name):
        serve(**{"port": 0, **options})


def test_a_time_that_has_no_end() -> None:
    begin: Callable[..., object] = serve
    with pytest.raises(ValueError, match="question_timeout"):
        begin(port=0, question_timeout=10**400)
