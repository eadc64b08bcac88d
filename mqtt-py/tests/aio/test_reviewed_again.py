"""Faults that a second review has found in the client."""

import asyncio
import contextlib
import gc
import socket
import warnings
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mqtt_core import (
    BrokerConfig,
    ConnAck,
    Disconnect,
    Publish,
    QoS,
    QueueLimits,
    ReasonCode,
    SessionState,
    Version,
    WouldBlock,
)
from mqtt_core.aio import (
    Backoff,
    Client,
    ClosedError,
    Overflow,
    ReasonError,
    SqliteStore,
    Status,
    serve,
)

from aio.broker import Broker
from aio.runner import eventually, no_tasks, run
from aio.serving import Certificates, serving

QOS0 = QoS.AT_MOST_ONCE
QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE
QUICK = Backoff(initial=0.001, max=0.001)
SLOW = Backoff(initial=0.1, max=0.1)


def stays(**options: Any) -> dict[str, Any]:
    """Settings of a client whose session goes on."""
    return {"client_id": "c", "session_expiry_interval": 100, "reconnect": QUICK} | options


async def asked(client: Client) -> None:
    """What was said before has come to the broker, and its answers have come back."""
    await client.publish("last", qos=QOS1)


# Closing.


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("scheme", ["mqtt", "mqtts", "ws", "wss"])
def test_to_leave_waits_for_what_is_under_way_and_for_nothing_else(
    certificates: Certificates, scheme: str
) -> None:
    """More than the test may take is `close_timeout`: it is not used up."""

    async def test() -> None:
        settings: dict[str, Any] = {"close_timeout": 1_000.0}
        if scheme.endswith("s") and scheme != "ws":
            settings["tls"] = certificates.client
        server = await serving(scheme, certificates)
        async with server, Client(server.url, **settings) as listener:
            async with Client(server.url, **settings):
                pass
            await listener.subscribe("big")
            async with Client(server.url, **settings) as client:
                for _ in range(50):
                    await client.publish("big", bytes(100_000))
            messages = listener.messages()
            for _ in range(50):
                await anext(messages)
            client = Client(server.url, **settings)
            await client.connect()
            waiting = asyncio.ensure_future(client.publish("t", qos=QOS1))
            await asyncio.sleep(0)
            await client.close()
            assert (await waiting).is_success

    run(test)


def test_the_first_close_says_how() -> None:
    async def test() -> None:
        async with Broker() as broker:
            broker.holds_acks = True
            client = Client("127.0.0.1", broker.port, close_timeout=1_000.0)
            await client.connect()
            await client.send("t", b"x", qos=QOS1)
            said = Disconnect(ReasonCode.DISCONNECT_WITH_WILL_MESSAGE)
            first = asyncio.ensure_future(client.close(said))
            await asyncio.sleep(0)
            await client.close(timeout=0.0)
            await first
            await eventually(lambda: len(broker.closed) == 1)
            assert broker.closed[0].packet == said

    run(test)


def test_what_is_no_disconnect_ends_nothing() -> None:
    async def test() -> None:
        async with Broker() as broker, Client("127.0.0.1", broker.port) as client:
            with pytest.raises(TypeError, match="bye"):
                await client.close("bye")  # type: ignore[arg-type]
            await asked(client)

    run(test)


# Subscriptions.


async def filters_of(broker: Broker) -> list[str]:
    return [item.filter for it in broker.subscribes for item in it.subscriptions]


def test_what_was_unsubscribed_from_stays_so() -> None:
    """A subscription with an iterator makes filters that it overlaps be said once more, and those
    alone that the broker has."""

    async def test() -> None:
        async with Broker() as broker, Client("127.0.0.1", broker.port) as client:
            await client.subscribe("a/1", "b/1", qos=QOS1)
            await client.unsubscribe("a/1")
            async with client.subscription("b/+"):
                assert await filters_of(broker) == ["a/1", "b/1", "b/1", "b/+"]
            # Under way.
            leaving = asyncio.ensure_future(client.unsubscribe("b/1"))
            await asyncio.sleep(0)
            async with client.subscription("+/1"):
                assert (await leaving).is_success
                assert not list(broker.subscriptions.matches("a/1"))[1:]
                assert (await filters_of(broker))[4:] == ["+/1"]

    run(test)


def test_what_was_refused_is_not_asked_for_again() -> None:
    async def test() -> None:
        async with Broker() as broker, Client("127.0.0.1", broker.port) as client:
            broker.grant = lambda name, qos: ReasonCode(0x87 if name == "a/1" else qos)
            refused = (await client.subscribe("a/1", "b/1", qos=QOS1)).refused
            assert list(refused) == ["a/1"]
            broker.grant = lambda _, qos: ReasonCode(qos)
            async with client.subscription("b/+"):
                assert not list(broker.subscriptions.matches("a/1"))

    run(test)


def test_the_last_word_on_a_filter_is_said_once_more() -> None:
    async def test() -> None:
        async with Broker() as broker, Client("127.0.0.1", broker.port) as client:
            await client.subscribe("a/1", "b/1")
            again = asyncio.ensure_future(client.subscribe("a/1", qos=QOS2))
            await asyncio.sleep(0)
            async with client.subscription("+/1"):
                await again
                said = [it for it in broker.subscribes if it.subscriptions[0].filter == "a/1"]
                last = said[-1]
                qos, identifier = last.subscriptions[0].qos, last.subscription_identifier
                assert (qos, identifier is not None) == (QOS2, True)

    run(test)


def test_what_cannot_be_said_once_more_is_as_it_was() -> None:
    """The broker takes SUBSCRIBE without an identifier, and no larger one."""

    async def test() -> None:
        async with Broker() as broker:
            broker.answer = lambda _: ConnAck(maximum_packet_size=30)
            async with Client("127.0.0.1", broker.port, **stays()) as client:
                long = "a/" + "x" * 19
                await client.subscribe(long, qos=QOS1)
                async with client.subscription("a/+", qos=QOS1):
                    await asked(client)
                    broker.forget()
                    await eventually(lambda: len(broker.connects) == 2 and client.is_connected)
                    await asked(client)
                    assert (await filters_of(broker))[2:] == [long, "a/+"]

    run(test)


def test_messages_with_identifiers_that_are_no_more() -> None:
    """The broker says so with a session that goes on."""

    async def test() -> None:
        async with Broker() as broker, Client("127.0.0.1", broker.port, **stays()) as client:
            async with client.subscription("a/+", qos=QOS1) as own:
                broker.answer = lambda _: ConnAck(subscription_identifier_available=False)
                broker.cut()
                await eventually(lambda: not broker.connections)
                broker.publish(Publish("a/b", b"kept", qos=QOS1))
                assert (await anext(own)).payload == b"kept"
            await asked(client)
            assert client.dropped == 0 and not client._core.routes._by_identifier

    run(test)


@pytest.mark.parametrize("version", [Version.V311, Version.V5])
def test_one_message_for_several_filters_is_one(version: Version) -> None:
    async def test() -> None:
        config = BrokerConfig(subscription_ids_available=False)
        async with (
            serve(port=0, config=config) as server,
            Client(server.url, version=version) as client,
            client.subscription("other"),
        ):
            await client.subscribe("a/#", "a/+", qos=QOS2)
            await client.publish("a/1", b"once", qos=QOS2)
            await asked(client)
            assert len(client.messages()) == 1

    run(test)


def test_who_gives_up_after_a_loss_unsubscribes() -> None:
    """SUBSCRIBE was sent and not answered; a second one of the same filter was not sent."""

    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, **stays(reconnect=SLOW)) as client,
        ):
            broker.holds_subacks = True
            first = asyncio.ensure_future(client.subscription("n").__aenter__())
            await eventually(lambda: len(broker.subscribes) == 1)
            broker.cut()
            await eventually(lambda: not client.is_connected)
            second = asyncio.ensure_future(client.subscription("n").__aenter__())
            await asyncio.sleep(0)
            for entering in (first, second):
                entering.cancel()
            await asyncio.wait([first, second])
            broker.holds_subacks = False
            await eventually(lambda: client.is_connected)
            await asked(client)
            assert [it.filters for it in broker.unsubscribes] == [("n",)]

    run(test)


def test_an_iterator_that_was_refused_again_holds_nobody_up() -> None:
    async def test() -> None:
        settings = stays(version=Version.V311, inbox=30)
        async with Broker() as broker, Client("127.0.0.1", broker.port, **settings) as client:
            await client.subscribe("a/#", qos=QOS1)
            async with client.subscription("a/+", qos=QOS1) as own:
                broker.grant = lambda name, qos: ReasonCode(0x80 if name == "a/+" else qos)
                broker.forget()
                await eventually(lambda: len(broker.subscribes) >= 3)
                await asked(client)
                # It has ended, and takes no room away though nobody asks it.
                for n in range(100):
                    broker.publish(Publish("a/b", b"%d" % n, qos=QOS1))
                found = client.messages()
                for n in range(100):
                    assert (await anext(found)).payload == b"%d" % n
                with pytest.raises(ReasonError):
                    await anext(own)
                # It may be subscribed to anew, and the old one takes nothing away at its end.
                broker.grant = lambda _, qos: ReasonCode(qos)
                anew = client.subscription("a/+", qos=QOS1)
                messages = await anew.__aenter__()
            for n in range(10):
                broker.publish(Publish("a/b", b"%d" % n, qos=QOS1))
            # The broker sends one for each filter, and before 5.0 nothing says for which.
            for found in (client.messages(), messages):
                assert [(await anext(found)).payload for _ in range(20)] == [
                    b"%d" % (n // 2) for n in range(20)
                ]
            await anew.__aexit__(None, None, None)

    run(test)


# Room.


@contextlib.asynccontextmanager
async def crowded(**options: Any) -> AsyncGenerator[tuple[Broker, Client]]:
    """A broker that acknowledges nothing, and a client with room for one message that waits."""
    async with Broker() as broker:
        broker.answer = lambda _: ConnAck(receive_maximum=1)
        broker.holds_acks = True
        limits = QueueLimits(max_count=1)
        client = Client("127.0.0.1", broker.port, queue=limits, **options)
        await client.connect()
        yield broker, client
        client.abort()
        await client.close()


def test_a_message_that_was_turned_away_does_not_take_the_bounds_away() -> None:
    async def test() -> None:
        async with crowded(inbox=10) as (broker, client):
            await client.subscribe("n")
            for _ in range(2):
                client.send_nowait("t", b"", qos=QOS1)
            with pytest.raises(WouldBlock):
                client.send_nowait("t", b"", qos=QOS1)
            for _ in range(2_000):
                broker.publish(Publish("n", b"x"))
            await eventually(lambda: client.dropped == 1_840)
            assert len(client.messages()) == 160

    run(test)


@pytest.mark.parametrize("is_nowait", [False, True])
def test_room_is_given_in_the_order_of_the_calls(is_nowait: bool) -> None:
    async def test() -> None:
        async with crowded() as (broker, client):
            first = client.send_nowait("t", "0", qos=QOS1)
            client.send_nowait("t", "1", qos=QOS1)

            async def follow() -> None:
                await first
                if is_nowait:
                    with pytest.raises(WouldBlock):
                        client.send_nowait("t", "3", qos=QOS1)
                else:
                    await client.send("t", "3", qos=QOS1)

            following = asyncio.ensure_future(follow())
            await eventually(lambda: len(broker.published) == 1)
            waiting = asyncio.ensure_future(client.send("t", "2", qos=QOS1))
            await asyncio.sleep(0)
            (connection,) = broker.connections.values()

            def is_done() -> bool:
                connection.ack_held()
                return following.done() and len(broker.published) == 4 - is_nowait

            await eventually(is_done)
            await waiting
            following.result()
            found = [int(it.payload) for it in broker.published]
            assert found == [0, 1, 2, 3][: len(found)]

    run(test)


def test_who_waits_longest_is_next() -> None:
    async def test() -> None:
        async with crowded() as (broker, client):
            is_over = False
            count = 0

            async def publish() -> None:
                nonlocal count
                while not is_over:
                    await client.publish("t", b"", qos=QOS1)
                    count += 1

            others = [asyncio.ensure_future(publish()) for _ in range(2)]
            (connection,) = broker.connections.values()

            def answer(wanted: int) -> bool:
                connection.ack_held()
                return count >= wanted

            await eventually(partial(answer, 20))
            waiting = asyncio.ensure_future(client.send("t", b"waits", qos=QOS1))
            await asyncio.sleep(0)
            since = count

            def is_taken() -> bool:
                answer(0)
                return waiting.done()

            await eventually(is_taken)
            assert count - since <= 4
            is_over = True

            def are_over() -> bool:
                answer(0)
                return all(it.done() for it in others)

            await eventually(are_over)

    run(test)


def test_the_oldest_give_way_to_bytes_too() -> None:
    async def test() -> None:
        settings: dict[str, Any] = {"overflow": Overflow.DROP_OLDEST, "inbox_bytes": 10_000}
        async with Broker() as broker, Client("127.0.0.1", broker.port, **settings) as client:
            await client.subscribe("n")
            for size in (1, 9_000):
                for _ in range(900):
                    broker.publish(Publish("n", b"x" * size))
            await asked(client)
            messages = client.messages()
            left = len(messages)
            assert left + client.dropped == 1_800
            taken = [(await anext(messages)).publish.size for _ in range(left)]
            assert 9_001 <= sum(taken) < 10_000 + 9_001

    run(test)


# Stores.


def test_an_outbox_is_whole_however_the_client_ends(tmp_path: Path) -> None:
    """It ends by an error between the turn that hands over a message, and its end."""
    count = 50

    async def test() -> None:
        with SqliteStore(tmp_path / "a.db") as store:
            store.transaction.execute("CREATE TABLE outbox(id INTEGER PRIMARY KEY)")
            rows = [(n,) for n in range(count)]
            store.transaction.executemany("INSERT INTO outbox VALUES (?)", rows)
            store.commit()
            with socket.create_server(("127.0.0.1", 0)) as closed:
                port = closed.getsockname()[1]
            client = Client("127.0.0.1", port, client_id="c", store=store, reconnect=None)
            client.start()
            with contextlib.suppress(ClosedError):
                for n in range(count):
                    client.send_nowait("t", str(n), qos=QOS1)
                    store.transaction.execute("DELETE FROM outbox WHERE id = ?", (n,))
                    await asyncio.sleep(0)
            assert client.status is Status.CLOSED
            store.commit()
            await client.close()
        with SqliteStore(tmp_path / "a.db") as store:
            (left,) = store.transaction.execute("SELECT count(*) FROM outbox").fetchone()
            store.commit()
            loaded = store.load("c")
        state = SessionState.restore(rows=loaded.rows, at=loaded.last)
        assert 0 < left < count
        assert left + (state.queued_messages if state is not None else 0) == count

    run(test)


def test_a_name_that_is_no_text_leaves_a_store_free(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "a.db") as store, SqliteStore(tmp_path / "a.db") as other:
        with pytest.raises(Exception, match="surrogates"):
            store.load("\ud800")
        assert other.load("c").epoch == 1


# Addresses.


HERE, NOWHERE, DEAF = "127.0.0.1", "127.0.0.2", "127.0.0.3"


def names(*hosts: str) -> Any:
    """Looks up a host that has these addresses."""

    async def look_up(_: object, port: int, **__: object) -> list[tuple[object, ...]]:
        kind = socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, ""
        return [(*kind, (host, port)) for host in hosts]

    return look_up


def test_an_address_that_does_not_answer_is_not_waited_for() -> None:
    """A listener whose queue is full answers no SYN; the second address of the host does."""

    async def test() -> None:
        loop = asyncio.get_running_loop()
        async with Broker() as broker:
            with contextlib.ExitStack() as sockets:
                deaf = sockets.enter_context(socket.create_server((DEAF, broker.port), backlog=0))
                for _ in range(4):
                    filler = sockets.enter_context(socket.socket())
                    filler.setblocking(False)
                    filler.connect_ex(deaf.getsockname())
                loop.getaddrinfo = names(DEAF, HERE)  # type: ignore[method-assign]
                settings: dict[str, Any] = {"connect_timeout": 1_000.0}
                async with Client("broker.example", broker.port, **settings) as client:
                    assert client.is_connected
                # To give up while the first is being tried leaves nothing.
                loop.getaddrinfo = names(DEAF)  # type: ignore[method-assign]
                client = Client("broker.example", broker.port)
                client.start()
                for _ in range(5):
                    await asyncio.sleep(0)
                await client.close()
                await no_tasks()

    run(test)


def test_the_next_address_is_tried_at_once_if_one_refuses() -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        async with Broker() as broker:
            port = broker.port
            loop.getaddrinfo = names(NOWHERE, HERE)  # type: ignore[method-assign]
            async with Client("broker.example", port):
                pass
            loop.getaddrinfo = names(NOWHERE, NOWHERE)  # type: ignore[method-assign]
            with pytest.raises(Exception, match=r"Connect.*; .*Connect"):
                await Client("broker.example", port).connect()
            loop.getaddrinfo = names()  # type: ignore[method-assign]
            with pytest.raises(Exception, match="no address"):
                await Client("broker.example", port).connect()

    run(test)


def test_nothing_is_left_of_attempts_that_are_given_up() -> None:
    """In whatever turn of the loop, and of the winner neither."""

    async def test() -> None:
        loop = asyncio.get_running_loop()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            async with Broker() as broker:
                loop.getaddrinfo = names(HERE, HERE)  # type: ignore[method-assign]
                for turns in range(30):
                    client = Client("broker.example", broker.port)
                    connecting = asyncio.ensure_future(client.connect())
                    for _ in range(turns):
                        await asyncio.sleep(0)
                    connecting.cancel()
                    await asyncio.wait([connecting])
                    await client.close()
                    await no_tasks()
            gc.collect()

    run(test)


def test_hosts_of_websockets_are_ascii() -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        heard: list[bytes] = []

        async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

        async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            loop.getaddrinfo = names(HERE)  # type: ignore[method-assign]
            for host in ("\u65e5\u672c.jp", "[fe80::1%25eth0]"):
                with pytest.raises(Exception, match="closed"):
                    await Client(f"ws://{host}:{port}").connect()
        lines = [line for it in heard for line in it.split(b"\r\n") if line.startswith(b"Host")]
        assert lines == [b"Host: xn--wgv71a.jp:%d" % port, b"Host: [fe80::1]:%d" % port]

    run(test)
