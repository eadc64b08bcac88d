"""Servers that outlive their process."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
import trustme
from mqtt_core import (
    BrokerConfig,
    Durability,
    PersistConfig,
    PersistenceError,
    PersistOp,
    QoS,
    ReasonCode,
    ServerConfig,
    SessionStart,
    Version,
)
from mqtt_core.aio import (
    Client,
    ClosedError,
    FencedError,
    Loaded,
    MemoryStore,
    RefusedError,
    SqliteStore,
    Store,
    serve,
)

from aio.runner import eventually, run
from aio.servers import mqc_server

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE

versions = pytest.mark.parametrize("version", [Version.V311, Version.V5])


def client_of(url: str, version: Version) -> Client:
    return Client(
        url,
        version=version,
        client_id="c",
        clean_start=False,
        session_expiry_interval=1000 if version is Version.V5 else None,
        reconnect=None,
    )


async def first_life(store: Store, version: Version) -> None:
    async with serve(port=0, store=store) as server:
        client = client_of(server.url, version)
        await client.connect()
        await client.subscribe("t/#", qos=QOS2)
        await client.close()
        async with Client(server.url) as other:
            for qos in (QOS1, QOS2):
                await other.publish(f"t/{qos}", b"%d" % qos, qos=qos)
            await other.publish("kept", b"k", qos=QOS1, retain=True)
        # Nobody takes leave of the next one.
        server.abort()


async def second_life(store: Store, version: Version) -> None:
    async with serve(port=0, store=store) as server:
        assert [it.payload for it in server.retained("#")] == [b"k"]
        async with client_of(server.url, version) as client:
            assert client.session_start is not SessionStart.NEW
            assert client.connack is not None and client.connack.session_present
            messages = client.messages()
            assert sorted([(await anext(messages)).payload for _ in range(2)]) == [b"1", b"2"]
            await client.publish("t/more", b"m", qos=QOS2)
            assert (await anext(messages)).payload == b"m"


@versions
def test_memory(version: Version) -> None:
    async def test() -> None:
        store = MemoryStore()
        await first_life(store, version)
        await second_life(store, version)

    run(test)


@versions
def test_sqlite(version: Version, tmp_path: Path) -> None:
    async def test() -> None:
        for life in (first_life, second_life):
            with SqliteStore(tmp_path / "broker.db") as store:
                await life(store, version)

    run(test)


def test_what_mqc_server_has_stored(tmp_path: Path) -> None:
    """A server goes on where `mqc-server` has ended, and the other way round."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
    issued.private_key_pem.write_to_path(key)
    issued.cert_chain_pems[0].write_to_path(certificate)
    other = mqc_server(tmp_path, certificate, key)

    async def fill() -> None:
        url = f"mqtt://127.0.0.1:{other.ports['mqtt']}"
        async with client_of(url, Version.V5) as client:
            await client.subscribe("t/#", qos=QOS2)
        async with Client(url) as client:
            await client.publish("t/1", b"1", qos=QOS2)
            await client.publish("kept", b"k", qos=QOS1, retain=True)

    async def go_on() -> None:
        with SqliteStore(tmp_path / "broker.db") as store:
            async with serve(port=0, store=store) as server:
                assert [it.payload for it in server.retained("#")] == [b"k"]
                async with client_of(server.url, Version.V5) as client:
                    assert (await anext(client.messages())).payload == b"1"
                server.publish("t/2", b"2", qos=QOS2)
                await asyncio.sleep(0)

    async def look() -> None:
        url = f"mqtt://127.0.0.1:{other.ports['mqtt']}"
        async with client_of(url, Version.V5) as client:
            assert (await anext(client.messages())).payload == b"2"

    for step in (fill, None, look):
        if step is None:
            run(go_on)
            continue
        other.start()
        try:
            run(step)
        finally:
            other.stop()


class Failing(MemoryStore):
    """A store whose disk is full at some time."""

    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None

    def apply(self, session: str, epoch: int, ops: Sequence[PersistOp]) -> None:
        if self.error is not None:
            raise self.error
        super().apply(session, epoch, ops)


def test_what_cannot_be_stored_is_not_acknowledged() -> None:
    async def test() -> None:
        store = Failing()
        server = await serve(port=0, store=store)
        forever = asyncio.create_task(server.serve_forever())
        client = client_of(server.url, Version.V5)
        await client.connect()
        await client.subscribe("t", qos=QOS1)
        store.error = OSError("the disk is full")
        with pytest.raises(ClosedError):
            await client.publish("t", b"x", qos=QOS1)
        with pytest.raises(PersistenceError, match="the disk is full"):
            await forever
        assert isinstance(server.error, PersistenceError)
        assert server.is_closed
        with pytest.raises(ClosedError) as caught:
            server.publish("t")
        assert caught.value.__cause__ is server.error
        await server.close()

    run(test)


def test_two_servers_with_one_store() -> None:
    async def test() -> None:
        store = MemoryStore()
        first = await serve(port=0, store=store)
        one = client_of(first.url, Version.V5)
        await one.connect()
        async with serve(port=0, store=store) as second:
            with pytest.raises(ClosedError):
                await one.subscribe("t", qos=QOS1)
            with pytest.raises(FencedError):
                await first.serve_forever()
            async with client_of(second.url, Version.V5) as two:
                assert (await two.subscribe("t", qos=QOS1)).check()
        await first.close()

    run(test)


def test_a_store_that_cannot_be_read() -> None:
    class Broken(MemoryStore):
        def load(self, session: str) -> Loaded:
            assert session == "broker"
            raise PersistenceError("it is gone")

    async def test() -> None:
        with pytest.raises(PersistenceError, match="it is gone"):
            await serve(port=0, store=Broken())

    run(test)


def test_refusals_need_no_store() -> None:
    async def test() -> None:
        store = MemoryStore()
        async with serve(port=0, store=store, authenticate=lambda _: False) as server:
            with pytest.raises(RefusedError) as caught:
                await client_of(server.url, Version.V5).connect()
            assert caught.value.reason is ReasonCode.BAD_USER_NAME_OR_PASSWORD
            await eventually(lambda: server.stats().connections == 0)

    run(test)


def test_what_is_reported_and_not_waited_for() -> None:
    persist = PersistConfig(Durability.REPORT, max_ops=4)
    config = BrokerConfig(server=ServerConfig(persist=persist))

    async def test() -> None:
        store = MemoryStore()
        async with (
            serve(port=0, store=store, config=config) as server,
            Client(server.url) as client,
        ):
            for number in range(50):
                await client.publish(f"kept/{number}", b"x", qos=QOS1, retain=True)
        async with serve(port=0, store=store) as server:
            assert len(server.retained("kept/+")) == 50

    run(test)
