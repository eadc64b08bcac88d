"""Faults that a review has found in what drives the client, and in its beginning and end."""

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mqtt_core import (
    ConnAck,
    Connect,
    Decoder,
    Disconnect,
    Error,
    Publish,
    PubRec,
    PubRel,
    QoS,
    QueueLimits,
    ReasonCode,
    Sender,
    SessionState,
    WouldBlock,
    encode,
)
from mqtt_core.aio import (
    Acks,
    Backoff,
    Client,
    ClosedError,
    DisconnectedError,
    MemoryStore,
    RefusedError,
    SqliteStore,
    Status,
)

from aio.broker import Broker
from aio.runner import eventually, run

QOS0 = QoS.AT_MOST_ONCE
QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE
QUICK = Backoff(initial=0.001, max=0.001)

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def answered_by(handler: Handler) -> AsyncGenerator[int, None]:
    """A server of bytes; gives its port, and waits for those that it has served."""
    served: list[asyncio.Task[None]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        served.append(task)
        with contextlib.suppress(ConnectionError):
            await handler(reader, writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*served)


# Waiting for room.


@pytest.mark.parametrize("flood", [QOS0, QOS1])
def test_a_loop_that_sends_more_than_it_takes_does_not_stand_still(flood: QoS) -> None:
    count = 300

    async def test() -> None:
        async with (
            Broker() as broker,
            Client(
                "127.0.0.1",
                broker.port,
                inbox=10,
                receive_maximum=100,
                queue=QueueLimits(max_count=10, max_bytes=1 << 20, max_open=5),
            ) as client,
        ):
            await client.subscribe("n", qos=flood)
            for number in range(count):
                broker.publish(Publish("n", str(number).encode(), qos=flood))
            seen = 0
            async for _ in client.messages():
                seen += 1
                for _ in range(3):
                    await client.send("echo", b"", qos=QOS1)
                if seen + client.dropped == count:
                    break

    run(test)


def test_what_does_not_wait_says_that_there_is_no_room() -> None:
    async def test() -> None:
        async with Broker() as broker:
            broker.holds_acks = True
            broker.answer = lambda _: ConnAck(receive_maximum=2)
            queue = QueueLimits(max_count=2)
            async with Client("127.0.0.1", broker.port, queue=queue) as client:
                # Two under way, two that wait.
                deliveries = [client.send_nowait("t", str(n), qos=QOS1) for n in range(4)]
                with pytest.raises(WouldBlock):
                    client.send_nowait("t", "too many", qos=QOS1)
                waiting = asyncio.create_task(client.send("t", "4", qos=QOS1))
                await eventually(lambda: len(broker.published) == 2)
                # Nobody goes before one who waits.
                with pytest.raises(WouldBlock):
                    client.send_nowait("t", "before others", qos=QOS1)
                (connection,) = broker.connections.values()
                while len(broker.published) < 5:
                    connection.ack_held()
                    await asyncio.sleep(0.002)
                connection.ack_held()
                for delivery in (*deliveries, await waiting):
                    assert (await delivery).is_success
            assert [it.payload for it in broker.published] == [b"0", b"1", b"2", b"3", b"4"]

    run(test)


def test_a_loop_that_tries_again_does_not_stand_still() -> None:
    """Room comes with answers, which are behind messages that wait."""
    count = 300

    async def test() -> None:
        async with (
            Broker() as broker,
            Client(
                "127.0.0.1",
                broker.port,
                inbox=10,
                receive_maximum=100,
                queue=QueueLimits(max_count=10, max_bytes=1 << 20, max_open=5),
            ) as client,
        ):

            async def echo() -> None:
                while True:
                    try:
                        client.send_nowait("echo", b"", qos=QOS1)
                    except WouldBlock:
                        await asyncio.sleep(0.001)
                    else:
                        return

            await client.subscribe("n", qos=QOS1)
            for number in range(count):
                broker.publish(Publish("n", str(number).encode(), qos=QOS1))
            seen = 0
            async for _ in client.messages():
                seen += 1
                for _ in range(3):
                    await echo()
                if seen == count:
                    break

    run(test)


# What is asked without a connection.

BAD: dict[str, Callable[[Client], Awaitable[object]]] = {
    "identifier": lambda client: client.subscribe("a", subscription_identifier=0),
    "filter": lambda client: client.unsubscribe("\ud800"),
    "type": lambda client: client.unsubscribe(5),  # type: ignore[arg-type]
    "property": lambda client: client.subscribe("a", user_properties=[("k", "\ud800")]),
    "pair": lambda client: client.subscribe("a", user_properties=[("k",)]),  # type: ignore[list-item]
    "form": lambda client: client.subscribe("a/#/b"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_orders_are_refused_and_hurt_nobody_else(what: str) -> None:
    async def test() -> None:
        async with Broker() as broker:
            client = Client("127.0.0.1", broker.port, client_id="c", reconnect=QUICK)
            client.start()
            bad = asyncio.ensure_future(BAD[what](client))
            good = asyncio.ensure_future(client.subscribe("good", qos=QOS1))
            with pytest.raises((Error, ValueError, TypeError)):
                await bad
            assert (await good).granted == {"good": QOS1}
            assert len(broker.connects) == 1
            await client.close()

    run(test)


# Beginning.


def test_a_broker_that_accepts_and_ends_at_once() -> None:
    count = 0

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        await reader.read(200)
        writer.write(encode(ConnAck()) + encode(Disconnect(ReasonCode.QUOTA_EXCEEDED)))

    async def test() -> None:
        async with answered_by(accept) as port:
            client = Client("127.0.0.1", port, reconnect=QUICK)
            await client.connect()
            await eventually(lambda: count >= 3)
            await client.close()
            with pytest.raises(DisconnectedError):
                await Client("127.0.0.1", port, reconnect=None).connect()

    run(test)


def test_a_server_that_has_moved_is_not_tried_again() -> None:
    async def test() -> None:
        async with Broker() as broker:
            broker.answer = lambda _: ConnAck(ReasonCode.SERVER_MOVED, server_reference="other")
            client = Client("127.0.0.1", broker.port, reconnect=QUICK)
            client.start()
            with pytest.raises(RefusedError, match="server moved") as caught:
                await client.closed()
            connack = caught.value.connack
            assert connack is not None and connack.server_reference == "other"
            assert len(broker.connects) == 1

    run(test)


@pytest.mark.parametrize(
    ("reason", "is_final"),
    [(ReasonCode.SERVER_MOVED, True), (ReasonCode.USE_ANOTHER_SERVER, False)],
)
def test_a_server_that_sends_one_elsewhere(reason: ReasonCode, is_final: bool) -> None:
    count = 0

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        await reader.read(200)
        writer.write(encode(ConnAck()) + encode(Disconnect(reason, server_reference="other")))

    async def test() -> None:
        async with answered_by(accept) as port:
            client = Client("127.0.0.1", port, reconnect=QUICK)
            client.start()
            if is_final:
                with pytest.raises(DisconnectedError, match="server moved") as caught:
                    await client.closed()
                packet = caught.value.closed.packet
                assert isinstance(packet, Disconnect)
                assert packet.server_reference == "other"
                assert count == 1
            else:
                await eventually(lambda: count >= 3)
                await client.close()

    run(test)


def test_a_client_that_has_ended_is_not_entered_again() -> None:
    async def test() -> None:
        async with Broker() as broker:
            client = Client("127.0.0.1", broker.port)
            async with client:
                pass
            with pytest.raises(ClosedError):
                async with client:
                    pass

    run(test)


# The end.


def test_a_broker_that_closes_as_the_client_does() -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(200)
        writer.write(encode(ConnAck()))
        await writer.drain()

    async def test() -> None:
        async with answered_by(accept) as port:
            for _ in range(100):
                client = Client("127.0.0.1", port, reconnect=QUICK, close_timeout=1000.0)
                await client.connect()
                await client.close()
                assert client.status is Status.CLOSED

    # An exception in a callback would fail this, and a wait would take too long.
    run(test)


def test_who_waits_for_the_end_is_told_though_it_comes_at_once() -> None:
    async def test() -> None:
        async with Broker() as broker:
            client = Client("127.0.0.1", broker.port)
            await client.connect()
            waiting = asyncio.create_task(client.closed())
            await asyncio.sleep(0)
            # What has to be sent is sent in the turn in which the client is closed.
            client.send_nowait("t", b"")
            await client.close()
            await waiting

    run(test)


def test_closing_waits_until_all_is_written() -> None:
    count, size = 100, 100_000
    got = bytearray()
    may_read = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(encode(ConnAck()))
        await may_read.wait()
        while data := await reader.read(1 << 20):
            got.extend(data)

    async def test() -> None:
        async with answered_by(accept) as port:
            client = Client("127.0.0.1", port, close_timeout=1000.0)
            await client.connect()
            for _ in range(count):
                await client.publish("t", bytes(size))
            closing = asyncio.create_task(client.close())
            # Longer than last bytes may take, once they are all there is.
            await asyncio.sleep(2.5)
            assert not closing.done()
            may_read.set()
            await closing
        assert len(got) > count * size
        assert got.endswith(encode(Disconnect()))

    run(test)


def test_a_client_within_the_care_of_another_exception_is_left_in_peace() -> None:
    async def test() -> None:
        async with Broker() as broker:
            options: dict[str, Any] = {"client_id": "c", "session_expiry_interval": 100}
            try:
                raise ZeroDivisionError
            except ZeroDivisionError:
                async with Client("127.0.0.1", broker.port, **options) as client:
                    await client.subscribe("n", qos=QOS1)
                    for number in range(2):
                        broker.publish(Publish("n", str(number).encode(), qos=QOS1))
                    async for _ in client.messages():
                        break
            async with Client("127.0.0.1", broker.port, clean_start=False, **options) as client:
                assert (await anext(client.messages())).payload == b"1"

    run(test)


# Acknowledgements.


def test_an_acknowledgement_that_cannot_be_may_be_made_anew() -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, acks=Acks.MANUAL, receive_maximum=1) as client,
        ):
            await client.subscribe("n", qos=QOS1)
            for number in range(2):
                broker.publish(Publish("n", str(number).encode(), qos=QOS1))
            messages = client.messages()
            message = await anext(messages)
            with pytest.raises((Error, ValueError)):
                message.ack(ReasonCode.SESSION_TAKEN_OVER)
            assert message.needs_ack
            message.ack()
            assert not message.needs_ack
            assert (await anext(messages)).payload == b"1"

    run(test)


# What is stored.

CRASH = """
import asyncio, os, sys
from mqtt_core import QoS
from mqtt_core.aio import Client, SqliteStore

async def main():
    with SqliteStore(sys.argv[1]) as store:
        client = Client("mqtt://127.0.0.1:1", client_id="c", store=store)
        client.start()
        for number in range(3):
            await client.send("t", str(number), qos=QoS.AT_LEAST_ONCE)
        os._exit(7)

asyncio.run(main())
"""


def queued(store: SqliteStore | MemoryStore) -> int:
    """So many messages of the client are in a store."""
    loaded = store.load("c")
    state = SessionState.restore(rows=loaded.rows, at=loaded.last)
    return 0 if state is None else state.queued_messages


def test_what_was_sent_is_stored_when_send_returns(tmp_path: Path) -> None:
    file = str(tmp_path / "session.db")
    ran = subprocess.run([sys.executable, "-c", CRASH, file], env=dict(os.environ), timeout=60)
    assert ran.returncode == 7
    with SqliteStore(file) as store:
        assert queued(store) == 3


def test_an_effect_and_a_message_are_stored_together_or_not_at_all(tmp_path: Path) -> None:
    """The outbox of the guide: what there is no room for stays in it."""
    with SqliteStore(tmp_path / "outbox.db") as store:

        def left() -> int:
            (count,) = store.transaction.execute("SELECT count(*) FROM outbox").fetchone()
            assert isinstance(count, int)
            return count

        store.transaction.execute("CREATE TABLE outbox(id INTEGER PRIMARY KEY)")
        store.transaction.executemany("INSERT INTO outbox VALUES (?)", [(n,) for n in range(10)])
        store.commit()

        async def test() -> None:
            client = Client(
                "mqtt://127.0.0.1:1", client_id="c", store=store, queue=QueueLimits(max_count=3)
            )
            client.start()
            rows = store.transaction.execute("SELECT id FROM outbox").fetchall()
            for (number,) in rows:
                try:
                    client.send_nowait("t", str(number), qos=QOS1)
                except WouldBlock:
                    break
                store.transaction.execute("DELETE FROM outbox WHERE id = ?", (number,))
            await client.close()

        run(test)
        assert left() == 7
        store.commit()
        assert queued(store) == 3


def test_a_message_whose_session_is_lost_is_told_though_its_process_is_gone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = MemoryStore()
    connects = 0
    released = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers PUBLISH, and PUBREL never; it has forgotten all when the client comes again."""
        nonlocal connects
        connects += 1
        decoder = Decoder(sender=Sender.CLIENT)
        while data := await reader.read(1000):
            decoder.feed(data)
            for packet in decoder:
                match packet:
                    case Connect():
                        writer.write(encode(ConnAck()))
                    case Publish(packet_id=int(number)):
                        writer.write(encode(PubRec(number)))
                    case PubRel():
                        released.set()
                    case _:
                        pass

    async def test() -> None:
        async with answered_by(accept) as port:
            client = Client("127.0.0.1", port, client_id="c", store=store)
            await client.connect()
            await client.send("t", b"x", qos=QOS2)
            await released.wait()
            client.abort()
            await client.close()
            async with Client("127.0.0.1", port, client_id="c", store=store):
                pass
        assert connects == 2

    with caplog.at_level(logging.WARNING, "mqtt_core.aio"):
        run(test)
    assert "the message was dropped: session lost" in caplog.text
