"""Sessions that outlive their clients."""

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from mqtt_core import PersistenceError, PersistKind, PersistOp, Publish, QoS, SessionStart, Version
from mqtt_core.aio import (
    Acks,
    Backoff,
    Client,
    FencedError,
    Loaded,
    MemoryStore,
    SqliteStore,
    Store,
)

from aio.broker import Broker
from aio.runner import eventually, run

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE

both = pytest.mark.parametrize("version", [Version.V311, Version.V5])
stores = pytest.mark.parametrize("kind", ["memory", "sqlite"])


class Stores:
    """Opens the same store again and again, as the next process does."""

    def __init__(self, kind: str, path: Path) -> None:
        self.path = path / "store.db"
        self.memory = MemoryStore() if kind == "memory" else None
        self.opened: list[SqliteStore] = []

    def open(self) -> Store:
        if self.memory is not None:
            return self.memory
        self.opened.append(SqliteStore(self.path))
        return self.opened[-1]

    def close(self) -> None:
        for store in self.opened:
            store.close()


def make(broker: Broker, store: Store, version: Version = Version.V5, **more: object) -> Client:
    return Client(
        "127.0.0.1",
        broker.port,
        version=version,
        client_id="c",
        store=store,
        reconnect=Backoff(initial=0.01, max=0.02),
        **more,  # type: ignore[arg-type]
    )


def kill(client: Client) -> None:
    """Ends a client as the end of its process does."""
    client.abort()


@both
@stores
def test_messages_survive_their_process(kind: str, version: Version, tmp_path: Path) -> None:
    async def test() -> None:
        opened = Stores(kind, tmp_path)
        async with Broker() as broker:
            broker.holds_acks = True
            client = make(broker, opened.open(), version)
            await client.connect()
            await client.subscribe("n", qos=QOS2)
            # One that the broker has, and does not acknowledge; and some that it never gets.
            first = await client.send("out", b"1", qos=QOS2)
            await eventually(lambda: len(broker.published) == 1)
            broker.cut()
            await eventually(lambda: not client.is_connected)
            second = await client.send("out", b"2", qos=QOS1)
            third = await client.send("out", b"3", qos=QOS2)
            await asyncio.sleep(0)
            kill(client)
            assert all(delivery.is_done for delivery in (first, second, third))
            await client.close()

            broker.holds_acks = False
            async with make(broker, opened.open(), version) as client:
                assert client.session_start is SessionStart.RESUMED
                await eventually(lambda: len({p.payload for p in broker.published}) == 3)
                broker.publish(Publish("n", b"x", qos=QOS2))
                assert (await anext(client.messages())).payload == b"x"
        assert [p.payload for p in broker.published if p.qos == QOS2].count(b"3") == 1
        opened.close()

    run(test)


@both
def test_a_session_that_is_not_stored_begins_anew(version: Version) -> None:
    async def test() -> None:
        async with Broker() as broker:
            # Another program had a session of this name.
            async with Client(
                "127.0.0.1",
                broker.port,
                version=version,
                client_id="c",
                clean_start=False,
                session_expiry_interval=100 if version is Version.V5 else None,
            ) as other:
                await other.subscribe("old", qos=QOS1)
            store = MemoryStore()
            async with make(broker, store, version) as client:
                assert client.session_start is SessionStart.NEW
                assert broker.subscriptions.filters("c") == []
                await client.subscribe("new", qos=QOS1)
            async with make(broker, store, version) as client:
                assert client.session_start is SessionStart.RESUMED
                assert broker.subscriptions.filters("c") == ["new"]

    run(test)


def test_another_owner_fences_this_one(tmp_path: Path) -> None:
    async def test() -> None:
        with SqliteStore(tmp_path / "store.db") as store, SqliteStore(store.path) as again:
            async with Broker() as broker:
                client = make(broker, store)
                await client.connect()
                again.load("c")
                with pytest.raises(Exception, match="ended"):
                    await client.publish("a", qos=QOS1)
                assert isinstance(client.error, FencedError)
                assert client.error.epoch == 2
                await client.close()
                assert broker.published == []

    run(test)


def test_a_store_that_fails_ends_the_client_and_nothing_is_promised() -> None:
    class Broken(MemoryStore):
        is_broken = False

        def apply(self, session: str, epoch: int, ops: Sequence[PersistOp]) -> None:
            if self.is_broken:
                raise OSError("the disk is full")
            super().apply(session, epoch, ops)

    async def test() -> None:
        store = Broken()
        async with Broker() as broker:
            client = make(broker, store)
            await client.connect()
            await client.subscribe("a", qos=QOS1)
            store.is_broken = True
            broker.publish(Publish("a", b"x", qos=QOS1))
            with pytest.raises(PersistenceError, match="disk is full"):
                async for _ in client.messages():
                    pass
            await client.close()
            # It was not acknowledged: it comes again.
            store.is_broken = False
            async with make(broker, store) as client:
                assert (await anext(client.messages())).payload == b"x"

    run(test)


def test_effects_are_committed_with_what_they_are_made_of(tmp_path: Path) -> None:
    async def test() -> None:
        path = tmp_path / "store.db"
        with SqliteStore(path) as store:
            store.transaction.execute("CREATE TABLE inbox(payload BLOB)")
            store.commit()
            async with Broker() as broker:
                client = make(broker, store, acks=Acks.MANUAL)
                await client.connect()
                await client.subscribe("a", qos=QOS2)
                for number in range(5):
                    broker.publish(Publish("a", str(number).encode(), qos=QOS2))
                seen = 0
                async for message in client.messages():
                    store.transaction.execute("INSERT INTO inbox VALUES (?)", (message.payload,))
                    message.ack()
                    # The third has its effect, and dies before the commit.
                    seen += 1
                    if seen == 3:
                        break
                    await asyncio.sleep(0.01)
                kill(client)
                await client.close()
                store.close()
                with SqliteStore(path) as second:
                    client = make(broker, second, acks=Acks.MANUAL)
                    await client.connect()
                    async for message in client.messages():
                        second.transaction.execute(
                            "INSERT INTO inbox VALUES (?)", (message.payload,)
                        )
                        message.ack()
                        if message.payload == b"4":
                            break
                    await client.close()
        with sqlite3.connect(path) as connection:
            rows = connection.execute("SELECT payload FROM inbox").fetchall()
        connection.close()
        assert [payload for (payload,) in rows] == [b"0", b"1", b"2", b"3", b"4"]

    run(test)


def op(kind: PersistKind, key: bytes, value: bytes, seq: int, epoch: int) -> PersistOp:
    return PersistOp(kind, key, value, seq=seq, epoch=epoch)


@stores
def test_what_stores_do(kind: str, tmp_path: Path) -> None:
    opened = Stores(kind, tmp_path)
    store = opened.open()
    assert store.load("s") == Loaded(1, (0, 0), [])
    store.apply("s", 1, [])
    store.apply(
        "s", 1, [op(PersistKind.PUT, b"a", b"1", 1, 1), op(PersistKind.PUT, b"b", b"2", 2, 1)]
    )
    store.apply(
        "s", 1, [op(PersistKind.DELETE, b"a", b"", 3, 1), op(PersistKind.MARK, b"", b"", 4, 1)]
    )
    assert store.load("other").rows == []
    store = opened.open()
    assert store.load("s") == Loaded(2, (1, 4), [(b"b", b"2")])
    with pytest.raises(FencedError):
        store.apply("s", 1, [op(PersistKind.PUT, b"c", b"3", 5, 1)])
    # All or none.
    good, bad = op(PersistKind.PUT, b"d", b"4", 5, 2), op(PersistKind.PUT, b"e", b"5", 7, 2)
    with pytest.raises(PersistenceError, match="follows"):
        store.apply("s", 2, [good, bad])
    store.apply(
        "s", 2, [op(PersistKind.CLEAR, b"", b"", 5, 2), op(PersistKind.PUT, b"f", b"6", 6, 2)]
    )
    assert store.load("s") == Loaded(3, (2, 6), [(b"f", b"6")])
    opened.close()


def test_sqlite_is_safe_or_says_so(tmp_path: Path) -> None:
    with pytest.raises(PersistenceError, match="journal_mode"):
        SqliteStore(":memory:")
    with pytest.raises(PersistenceError, match="nowhere"):
        SqliteStore(tmp_path / "nowhere" / "store.db")
    (tmp_path / "text").write_text("this is no database, and it is long enough to be told from one")
    with pytest.raises(PersistenceError, match="not a database"):
        SqliteStore(tmp_path / "text")
    with SqliteStore(tmp_path / "store.db") as store:
        assert store.transaction.execute("PRAGMA synchronous").fetchone() == (2,)
        store.commit()


def test_a_stored_session_has_a_name() -> None:
    with pytest.raises(ValueError, match="client identifier"):
        Client("localhost", store=MemoryStore())
