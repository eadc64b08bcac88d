"""How a server ends, and what is left: nothing."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import Callable, Coroutine
from functools import partial

import pytest
from mqtt_core import (
    Disconnect,
    QoS,
    ReasonCode,
    Version,
    Will,
)
from mqtt_core.aio import Client, Listener, serve

from aio.runner import CancelAt, eventually, no_tasks, run
from aio.serving import Certificates, Raw, serving

QOS1 = QoS.AT_LEAST_ONCE


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("scheme", ["mqtt", "mqtts", "ws", "wss"])
def test_the_end_is_said(certificates: Certificates, scheme: str) -> None:
    async def test() -> None:
        tls = certificates.client if scheme in ("mqtts", "wss") else None
        server = await serving(scheme, certificates)
        will = Will("gone", b"w", qos=QOS1, retain=True)
        client = Client(server.url, tls=tls, will=will, reconnect=None)
        old = Client(server.url, tls=tls, version=Version.V311, reconnect=None)
        await client.connect()
        await old.connect()
        forever = asyncio.create_task(server.serve_forever())
        cancelled = asyncio.create_task(server.serve_forever())
        await asyncio.sleep(0)
        cancelled.cancel()
        began = asyncio.get_running_loop().time()
        await asyncio.gather(server.close(), server.close())
        # Clients that listen close: nobody waits for the time to be over.
        assert asyncio.get_running_loop().time() - began < 1.5
        await forever
        assert [it.payload for it in server.retained("gone")] == [b"w"]
        for one in (client, old):
            with pytest.raises(Exception, match=r"shutting down|has closed"):
                await one.closed()
        assert server.error is None
        await server.close()

    run(test)


def test_clients_that_do_not_listen_at_the_end() -> None:
    async def test() -> None:
        server = await serve(port=0, close_timeout=0.05)
        raw = await Raw.connected(server.port, "c")
        raw.pause()
        await server.close()
        await no_tasks()
        raw.resume()
        assert (await raw.packet()) == Disconnect(ReasonCode.SERVER_SHUTTING_DOWN)
        raw.abort()

    run(test)


def test_abort(certificates: Certificates) -> None:
    async def test() -> None:
        server = await serve(port=0)
        client = Client(server.url, reconnect=None)
        await client.connect()
        # In the middle of a handshake of TLS.
        listener = await server.listen(port=0, ssl=certificates.server)
        raw = await Raw.open(listener.port)
        await eventually(lambda: server.stats().connections == 2)
        server.abort()
        assert await raw.rest() == b""
        await raw.close()
        assert server.is_closed
        with pytest.raises(Exception, match="has closed"):
            await client.closed()
        await server.close()

    run(test)


@pytest.mark.parametrize("is_abort", [False, True])
def test_a_connection_that_comes_as_the_server_ends(is_abort: bool) -> None:
    """In whatever turn of the loop: its socket is closed, and the port is free again."""

    async def test() -> None:
        for turns in range(8):
            server = await serve(port=0, close_timeout=0.05)
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                for _ in range(turns):
                    await asyncio.sleep(0)
                if is_abort:
                    server.abort()
                await server.close()
                async with serve(port=server.port):
                    client.settimeout(10.0)
                    with contextlib.suppress(ConnectionResetError):
                        assert client.recv(1) == b""
        gc.collect()

    run(test)


def count_of(test: Callable[[int], Coroutine[object, object, bool]]) -> int:
    for at in range(1, 100):
        if not run(partial(test, at)):
            return at - 1
    raise AssertionError("there is no end")


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("scheme", ["mqtt", "wss"])
def test_cancelled_at_every_await(certificates: Certificates, scheme: str, is_late: bool) -> None:
    """To begin, to listen at one more place, to serve, to close: after each cancellation nothing is
    left, and it listens nowhere."""

    async def whole(listeners: list[Listener], client: list[Client]) -> None:
        async with await serving(scheme, certificates, close_timeout=0.05) as server:
            listeners.append(server.listeners[0])
            listener = await server.listen("localhost", 0)
            listeners.append(listener)
            client.append(Client(listener.host, listener.port, reconnect=None))
            await client[0].connect()
            try:
                async with asyncio.timeout(0.02):
                    await server.serve_forever()
            except TimeoutError:
                pass

    async def test(at: int) -> bool:
        listeners: list[Listener] = []
        clients: list[Client] = []
        watched = CancelAt(whole(listeners, clients), at, is_late=is_late)

        async def consume() -> None:
            await watched

        task = asyncio.create_task(consume())
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
        for client in clients:
            client.abort()
            await client.close()
        await no_tasks()
        gc.collect()
        assert {one.fileno() for it in listeners for one in it.sockets} <= {-1}
        return watched.was_cancelled

    assert count_of(test) >= 6
