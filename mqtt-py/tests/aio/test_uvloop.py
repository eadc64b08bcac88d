"""On the loop that many programs use in place of asyncio's own."""

import asyncio
import threading
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any

import pytest
import uvloop
from mqtt_core import QoS
from mqtt_core.aio import Client, Server, serve

from aio.serving import Certificates, serving

DEADLINE = 60.0


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def run(test: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(asyncio.wait_for(test, DEADLINE))


@contextmanager
def elsewhere(scheme: str, certificates: Certificates) -> Generator[str]:
    """The address of a server in another thread, on a loop of asyncio."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def do(what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, loop).result(DEADLINE)

    try:
        server: Server = do(serving(scheme, certificates))
        yield server.url
        do(server.close())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def talk(url: str, **settings: Any) -> None:
    async with (
        Client(url, **settings) as client,
        client.subscription("a/+", qos=QoS.EXACTLY_ONCE) as messages,
    ):
        for n in range(100):
            await client.publish("a/1", b"%d" % n, qos=QoS(n % 3))
        found = [int((await anext(messages)).payload) for _ in range(100)]
        assert sorted(found) == list(range(100))
        # Behind what has been read there is more than is read at once.
        await client.publish("a/1", bytes(1_000_000), qos=QoS.AT_LEAST_ONCE)
        assert (await anext(messages)).payload == bytes(1_000_000)


@pytest.mark.parametrize("scheme", ["mqtt", "mqtts", "ws", "wss"])
def test_client(certificates: Certificates, scheme: str) -> None:
    settings = {"tls": certificates.client} if scheme in ("mqtts", "wss") else {}
    with elsewhere(scheme, certificates) as url:
        run(talk(url, **settings))


@pytest.mark.parametrize("scheme", ["mqtt", "ws"])
def test_server(certificates: Certificates, scheme: str) -> None:
    async def test() -> None:
        async with await serving(scheme, certificates) as server:
            await talk(server.url)

    run(test())


def test_there_is_no_tls_on_a_loop_that_cannot_serve_it(certificates: Certificates) -> None:
    async def test() -> None:
        with pytest.raises(NotImplementedError, match="start_tls"):
            await serve(port=0, ssl=certificates.server)

    run(test())
