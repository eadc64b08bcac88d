"""Faults that a review has found in the server, and in what tests have of it."""

import asyncio
import contextlib
import functools
import logging
import math
import socket
import ssl
from collections.abc import Coroutine
from typing import Any, cast

import pytest
from mqtt_core import (
    Authenticate,
    Authorize,
    ConnAck,
    Connect,
    Publish,
    QoS,
    ReasonCode,
    Sender,
    ServerConfig,
    Version,
    encode,
)
from mqtt_core.aio import Client, ClosedError, RefusedError, Server, serve
from mqtt_core.testing import Clock, broker

from aio.runner import eventually, run
from aio.serving import Raw, reset

QOS1 = QoS.AT_LEAST_ONCE


@pytest.mark.parametrize("name", ["question_timeout", "close_timeout"])
@pytest.mark.parametrize("seconds", [None, "1", -1.0, math.nan, math.inf])
def test_times_are_times(name: str, seconds: Any) -> None:
    options: dict[str, Any] = {name: seconds}
    with pytest.raises(ValueError, match=name):
        serve(port=0, **options)


async def _async(*_: object) -> bool:
    return True


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"ssl": True}, TypeError, "ssl: True"),
        ({"ssl": ssl.create_default_context()}, ValueError, "for clients"),
        ({"config": ServerConfig()}, TypeError, "config: ServerConfig"),
        ({"port": "1883"}, TypeError, "port: '1883'"),
        ({"port": 65536}, ValueError, "65536"),
        ({"websocket_origins": "https://example.com"}, TypeError, "one text"),
        ({"authenticate": True}, TypeError, "authenticate: True"),
        ({"authenticate": _async, "exchange": 1}, TypeError, "exchange: 1"),
        ({"authorize": "all"}, TypeError, "authorize: 'all'"),
        ({"tap": print, "store": "broker.db"}, TypeError, "store.load"),
        ({"tap": _async}, TypeError, "tap: .* is async"),
    ],
)
def test_what_is_of_the_wrong_kind(
    options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        serve(**{"port": 0, **options})


@pytest.mark.parametrize("callback", [None, 5, _async, functools.partial(_async, 1)])
def test_subscribers_that_cannot_be_called(callback: Any) -> None:
    async def test() -> None:
        async with serve(port=0) as server:
            with pytest.raises(TypeError, match="callback"):
                server.subscribe("t", callback)
            with pytest.raises(TypeError, match="port"):
                await server.listen(port=cast(int, "0"))
            assert server.publish("t") == 0

    run(test)


def test_a_function_that_says_it_was_cancelled_refuses(caplog: pytest.LogCaptureFixture) -> None:
    def authenticate(question: Authenticate) -> bool:
        if question.connect.client_id == "bad":
            raise asyncio.CancelledError
        return True

    def tap(conn: int, sender: Sender, data: bytes) -> None:
        raise asyncio.CancelledError

    def callback(_: object) -> None:
        raise asyncio.CancelledError

    async def test() -> None:
        async with serve(port=0, authenticate=authenticate, tap=tap) as server:
            server.subscribe("t", callback)
            with pytest.raises(RefusedError) as caught:
                async with Client(server.url, client_id="bad", reconnect=None):
                    pass
            assert caught.value.reason is ReasonCode.SERVER_UNAVAILABLE
            async with Client(server.url, client_id="good") as client:
                await client.subscribe("t", qos=QOS1)
                for number in range(3):
                    await client.publish("t", str(number), qos=QOS1)
                messages = client.messages()
                found = [(await anext(messages)).payload for _ in range(3)]
                assert found == [b"0", b"1", b"2"]

    with caplog.at_level(logging.CRITICAL, "mqtt_core"):
        run(test)


def test_a_server_that_has_ended_ends_nothing_more() -> None:
    async def test() -> None:
        async with serve(port=0) as server:
            pass
        with pytest.raises(ClosedError):
            server.disconnect(0)
        with pytest.raises(ClosedError):
            server.drop_session("c")

    run(test)


def test_connections_whose_websocket_is_not_open_are_closed_at_the_end() -> None:
    async def test() -> None:
        async with serve(port=0, websocket=True, close_timeout=0.0) as server:
            raw = await Raw.open(server.port)
            raw.writer.write(b"GET /mqtt HTTP/1.1\r\n")
            await raw.writer.drain()
        with contextlib.suppress(ConnectionResetError):
            assert await raw.reader.read() == b""
        raw.writer.close()

    run(test)


def test_a_clock_never_goes_back() -> None:
    clock = Clock()
    seen: list[float] = []

    async def test() -> None:
        # As a server does.
        clock.call_at(5, lambda: clock.advance(100))
        clock.call_at(50, lambda: seen.append(clock.time()))
        clock.advance(10)

    run(test)
    assert clock.time() == 105
    assert seen == [50]


def test_what_a_broker_of_a_test_dies_of_is_told() -> None:
    def fail(server: Server) -> None:
        def raises(*_: object) -> None:
            server.abort()
            raise ZeroDivisionError

        # Nothing is known that brings it about.
        server.close = raises  # type: ignore[assignment]

    with pytest.raises(ZeroDivisionError), broker() as running:
        running.call(fail)


def test_a_broker_that_cannot_start_again_may_later() -> None:
    with broker() as running:
        port = running.port
        running.run(lambda server: server.close())
        with socket.socket() as other:
            other.bind(("127.0.0.1", port))
            other.listen()
            with pytest.raises(OSError):
                running.restart()
            with pytest.raises(ClosedError):
                running.publish("t", b"x")
        running.restart()

        async def ask() -> None:
            raw = await Raw.open(port)
            raw.send(Connect("c"))
            assert isinstance(await raw.packet(), ConnAck)
            raw.writer.close()

        asyncio.run(ask())


def test_a_client_that_resets_takes_nothing_from_others() -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        async with serve(port=0) as server:
            clients = [socket.create_connection((server.host, server.port)) for _ in range(3)]
            for number, client in enumerate(clients):
                client.setblocking(False)
                connect = Connect(f"c{number}", version=Version.V311)
                await loop.sock_sendall(client, encode(connect, version=Version.V311))
                assert len(await loop.sock_recv(client, 100)) == 4
            # The loop hears of it later than the broker ends the connections, without a word.
            reset(clients[0])
            clients[0].close()
            for conn in server.connections():
                server.disconnect(conn)
            for client in clients[1:]:
                assert await loop.sock_recv(client, 100) == b""
                client.close()
            await eventually(lambda: server.stats().connections == 0)

    run(test)


@pytest.mark.parametrize("is_reset", [False, True])
def test_who_leaves_before_the_answer_leaves_no_place_behind(is_reset: bool) -> None:
    go_on = asyncio.Event()

    async def authorize(_: Authorize) -> bool:
        await go_on.wait()
        return True

    async def test() -> None:
        async with serve(port=0, authorize=authorize) as server:
            raw = await Raw.connected(server.port, "meter-7")
            raw.send(Publish("t", b"x" * 100, qos=QOS1, packet_id=1))
            await raw.writer.drain()
            await asyncio.sleep(0.02)
            if is_reset:
                reset(raw.writer.get_extra_info("socket"))
                raw.writer.transport.abort()
            else:
                raw.writer.write_eof()
            await asyncio.sleep(0.02)
            go_on.set()
            if not is_reset:
                # It still reads.
                assert (await raw.packet()).packet_id == 1  # type: ignore[union-attr]
            await eventually(lambda: server.stats().connections == 0)
            await raw.close()

    run(test)


def test_an_answer_that_nobody_waits_for_before_it_begins() -> None:
    answers: list[str] = []

    async def answer() -> bool:
        answers.append("begun")
        return True

    async def test() -> None:
        def authenticate(question: Authenticate) -> Coroutine[object, object, bool]:
            server.disconnect(question.conn)
            return answer()

        async with serve(port=0, authenticate=authenticate) as server:
            raw = await Raw.open(server.port)
            raw.send(Connect("meter-7"))
            await raw.rest()
            await raw.close()

    # A coroutine that was never awaited would be a warning.
    run(test)
    assert answers == []
