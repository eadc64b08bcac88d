"""Faults that a review has found in addresses, options, inboxes and stores."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from mqtt_core import PersistenceError, Publish, QoS, SessionLost, Version
from mqtt_core.aio import Acks, Backoff, Client, Options, Overflow, SqliteStore
from mqtt_core.aio._address import Address

from aio.broker import Broker
from aio.runner import eventually, run

QOS0 = QoS.AT_MOST_ONCE
QOS1 = QoS.AT_LEAST_ONCE


@pytest.mark.parametrize(
    "text",
    [
        "ws://user:SECRET/x@host",
        "mqtt://user:[SECRET]@host",
        "mqtt://user:SECRET\u2100@host",
        "mqtt://user:SECRET#1@host",
        "mqtt://user:SECRET?1@host",
        "user:SECRET@host",
        "mqtt://user:SECRET@host:70000",
        "mqtt://user:SECRET@a b",
    ],
)
def test_no_error_tells_a_password(text: str) -> None:
    with pytest.raises(ValueError, match=r".+") as caught:
        Client(text)
    error: BaseException | None = caught.value
    assert error is not None and error.__suppress_context__ == (error.__context__ is not None)
    assert "SECRET" not in str(error)


@pytest.mark.parametrize(
    "text",
    ["localhost:1883", "[::1]:1883", "//h", "[", "a\0b", "a..b", ".a", "a" * 64, "a b", "\ud800"],
)
def test_what_can_be_no_host_is_none(text: str) -> None:
    for address in (text, f"mqtt://{text}") if ":" not in text else (text,):
        with pytest.raises(ValueError, match=r".+"):
            Client(address)


@pytest.mark.parametrize("port", [0, -1, 65536, 1.5, True, "1883"])
def test_what_is_no_port(port: Any) -> None:
    with pytest.raises(ValueError, match="port"):
        Client("localhost", port)


def parse(text: str) -> Address:
    return Address.parse(text, None, is_secure=False)


def test_what_addresses_mean() -> None:
    assert parse("[::1]").host == "::1"
    assert parse("mqtt://[fe80::1%25eth0]").host == "fe80::1%eth0"
    assert parse("b\u00fccher.example").host == "b\u00fccher.example"
    # A password is any bytes, a path of HTTP is ASCII.
    assert parse("mqtt://me:%ff%00@h").password == b"\xff\x00"
    assert parse("ws://h/\u00e9?a=\u00fc").path == "/%C3%A9?a=%C3%BC"
    assert parse("ws://h/a%2Fb c").path == "/a%2Fb%20c"
    with pytest.raises(ValueError, match="UTF-8"):
        parse("mqtt://%ff@h")


def test_an_empty_user_name_takes_the_place_of_that_of_the_address() -> None:
    async def test() -> list[tuple[str | None, bytes | None]]:
        async with Broker() as broker:
            url = f"mqtt://me:%ffsecret@127.0.0.1:{broker.port}"
            async with Client(url), Client(url, user_name="", password=b""):
                pass
            return [(connect.user_name, connect.password) for connect in broker.connects]

    assert run(test) == [("me", b"\xffsecret"), ("", b"")]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ({"version": 6}, "6"),
        ({"acks": "never"}, "never"),
        ({"overflow": 1}, "1"),
        ({"session_lost": 5}, "5"),
        ({"inbox": float("nan")}, "inbox"),
        ({"inbox": 1.5}, "inbox"),
        ({"inbox_bytes": 0}, "inbox_bytes"),
        ({"connect_timeout": None}, "connect_timeout"),
        ({"ping_timeout": -1}, "ping_timeout"),
        ({"close_timeout": float("inf")}, "close_timeout"),
        ({"server_name": "a..b"}, "host"),
        ({"server_name": 5}, "host"),
        ({"tls": "yes"}, "tls"),
        ({"websocket_headers": {"X": "a\r\nEvil: 1"}}, "X"),
        ({"websocket_headers": {"X": "\u20ac"}}, "X"),
        ({"websocket_headers": {"X Y": "a"}}, "X Y"),
    ],
)
def test_wrong_options_are_said_at_once(wanted: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Options(**wanted)


def test_values_of_enums_are_taken() -> None:
    given: dict[str, Any] = {"version": 4, "acks": "manual", "overflow": "drop-oldest"}
    given["session_lost"] = SessionLost.DROP.value
    options = Options(**given)
    assert (options.version, options.acks) == (Version.V311, Acks.MANUAL)
    assert (options.overflow, options.session_lost) == (Overflow.DROP_OLDEST, SessionLost.DROP)
    assert options.version is Version.V311


def test_a_store_fails_by_one_kind_of_error(tmp_path: Path) -> None:
    with pytest.raises(PersistenceError, match="null"):
        SqliteStore("a\0b")
    path = tmp_path / "locked.db"
    with SqliteStore(path) as store:
        store.load("c")
        store.transaction.execute("PRAGMA busy_timeout = 1")
        store.commit()
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(PersistenceError, match="locked"):
            _ = store.transaction
        other.close()
    for use in (
        lambda: store.load("c"),
        lambda: store.apply("c", 1, ()),
        lambda: store.transaction,
        store.commit,
    ):
        with pytest.raises(PersistenceError, match="closed"):
            use()


def test_a_commit_that_fails_can_be_rolled_back(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "a.db") as store:
        store.load("c")
        store.transaction.execute("CREATE TABLE p(id INTEGER PRIMARY KEY)")
        reference = "id INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED"
        store.transaction.execute(f"CREATE TABLE q({reference})")
        store.commit()
        with sqlite3.connect(tmp_path / "a.db") as reader:
            names = {name for (name,) in reader.execute("SELECT name FROM sqlite_master")}
        assert {"p", "q"} <= names
        reader.close()
        # Checked from the next transaction on.
        store._connection.execute("PRAGMA foreign_keys = ON")
        store.transaction.execute("INSERT INTO q VALUES (5)")
        with pytest.raises(PersistenceError, match="FOREIGN KEY"):
            store.commit()
        store.transaction.execute("ROLLBACK")
        assert store.load("c").epoch == 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE mqc_sessions SET epoch = 'x'",
        "UPDATE mqc_sessions SET epoch = 9223372036854775807",
        "UPDATE mqc_sessions SET epoch = -1",
        "UPDATE mqc_sessions SET seq = 1.5",
        "INSERT INTO mqc_rows(session, key, value) VALUES (1, 'k', 'v')",
        "INSERT INTO mqc_rows(session, key, value) VALUES (1, 5, 6)",
    ],
)
def test_rows_of_others_are_not_loaded(change: str, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with SqliteStore(path) as store:
        store.load("c")
    with sqlite3.connect(path) as db:
        db.execute(change)
    db.close()
    with SqliteStore(path) as store:
        with pytest.raises(PersistenceError, match="not written by a session"):
            store.load("c")
        # It holds nothing, and others have theirs.
        assert store.load("d").epoch == 1


def test_the_size_of_a_message() -> None:
    publish = Publish("\u00e9", b"12345", user_properties=[("a", "b")], message_expiry_interval=7)
    properties = 7 + 5
    assert publish.size == 2 + 5 + properties
    assert Publish("t").size == 1


def test_what_waits_is_counted_with_its_properties() -> None:
    async def test() -> int:
        heavy = Publish("a", b"", user_properties=[("k", "v" * 1000)])
        async with Broker() as broker:
            settings: dict[str, Any] = {"overflow": Overflow.DROP_NEWEST, "inbox_bytes": 10_000}
            client = Client("127.0.0.1", broker.port, **settings)
            async with client, client.subscription("a") as messages:
                for _ in range(100):
                    broker.publish(heavy)
                await client.publish("b", qos=QOS1)
                taken = 0
                for _ in range(100 - client.dropped):
                    await anext(messages)
                    taken += 1
                return taken

    assert run(test) == 10


def test_the_oldest_goes_first_and_the_order_stays() -> None:
    async def test() -> list[tuple[QoS, int]]:
        async with Broker() as broker:
            settings: dict[str, Any] = {"overflow": Overflow.DROP_OLDEST, "inbox": 6}
            client = Client("127.0.0.1", broker.port, **settings)
            async with client, client.subscription("a", qos=QOS1) as messages:
                for n in range(9):
                    qos = QOS1 if n in (0, 3, 5, 8) else QOS0
                    broker.publish(Publish("a", b"%d" % n, qos=qos))
                await client.publish("b", qos=QOS1)
                found: list[tuple[QoS, int]] = []
                for _ in range(9 - client.dropped):
                    message = await anext(messages)
                    found.append((message.qos, int(message.payload)))
                return found

    # 0 to 5 fill it; 6 and 7 take the places of 1 and 2, and 8 waits.
    assert run(test) == [
        (QOS1, 0),
        (QOS1, 3),
        (QOS0, 4),
        (QOS1, 5),
        (QOS0, 6),
        (QOS0, 7),
        (QOS1, 8),
    ]


def test_what_was_never_subscribed_to_is_not_unsubscribed_from() -> None:
    async def test() -> None:
        async with Broker() as broker:
            settings: dict[str, Any] = {"reconnect": Backoff(initial=0.001, max=0.001)}
            await broker.stop()
            client = Client("127.0.0.1", broker.port, **settings)
            client.start()
            for n in range(20):
                entering = asyncio.ensure_future(client.subscription(f"a/{n}").__aenter__())
                await asyncio.sleep(0)
                entering.cancel()
                await asyncio.wait([entering])
            await broker.listen()
            await eventually(lambda: client.is_connected)
            await client.publish("b", qos=QOS1)
            assert not broker.subscribes and not broker.unsubscribes
            await client.close()

    run(test)
