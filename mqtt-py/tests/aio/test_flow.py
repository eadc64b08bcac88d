"""Bounds: what waits, who waits for it, and what is dropped, never without a word."""

import asyncio

import pytest
from mqtt_core import Publish, QoS, QueueLimits, Version
from mqtt_core.aio import Client, ClosedError, MessagesDropped, Overflow

from aio.broker import Broker
from aio.runner import eventually, run

QOS0 = QoS.AT_MOST_ONCE
QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE


async def settle(client: Client) -> None:
    """Waits until nothing more comes."""
    before = -1
    while (stats := client.stats()) is not None and stats.received.bytes[0] != before:
        before = stats.received.bytes[0]
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("qos", [QOS0, QOS1, QOS2])
def test_a_full_inbox_stops_reading(qos: QoS) -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client(
                "127.0.0.1", broker.port, client_id="c", inbox=10, keep_alive=1, ping_timeout=0.2
            ) as client,
        ):
            await client.subscribe("n", qos=qos)
            payload = bytes(20_000)
            for number in range(500):
                broker.publish(Publish("n", number.to_bytes(2, "big") + payload, qos=qos))
            messages = client.messages()
            await eventually(lambda: len(messages) == 10)
            # Longer than a PINGRESP may take: who does not read hears none, and goes on.
            await asyncio.sleep(1.7)
            assert len(messages) == 10
            assert client.is_connected
            if qos == QOS0:
                assert broker.connections["c"].transport.get_write_buffer_size() > 1_000_000
            seen = [int.from_bytes((await anext(messages)).payload[:2], "big") for _ in range(500)]
            assert seen == list(range(500))
            assert client.dropped == 0
            assert client.is_connected
            assert len(broker.connects) == 1

    run(test)


def test_bytes_are_bounded_too() -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, inbox_bytes=100_000) as client,
        ):
            await client.subscribe("n")
            for _ in range(100):
                broker.publish(Publish("n", bytes(30_000)))
            messages = client.messages()
            await eventually(lambda: len(messages) == 4)
            await asyncio.sleep(0.02)
            assert len(messages) == 4
            for _ in range(100):
                await anext(messages)

    run(test)


def test_who_waits_for_an_answer_is_not_held_up_by_messages() -> None:
    async def test() -> None:
        async with Broker() as broker, Client("127.0.0.1", broker.port, inbox=100) as client:
            await client.subscribe("n")
            # A loop that publishes and awaits the answer, while its own inbox is full.
            for number in range(150):
                broker.publish(Publish("n", str(number).encode()))
            await eventually(lambda: len(client.messages()) == 100)
            seen = 0
            async for message in client.messages():
                assert message.payload == str(seen).encode()
                assert (await client.publish("echo", message.payload, qos=QOS1)).is_success
                seen += 1
                if seen == 150:
                    break

    run(test)


@pytest.mark.parametrize("overflow", [Overflow.DROP_OLDEST, Overflow.DROP_NEWEST])
def test_dropping_is_a_choice_and_is_told(overflow: Overflow) -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, inbox=10, overflow=overflow) as client,
        ):
            told: list[int] = []

            async def watch() -> None:
                async for event in client.events():
                    if isinstance(event, MessagesDropped):
                        told.append(event.total)

            task = asyncio.create_task(watch())
            await client.subscribe("n", qos=QOS1)
            for number in range(30):
                broker.publish(Publish("n", str(number).encode()))
            for number in range(30, 35):
                broker.publish(Publish("n", str(number).encode(), qos=QOS1))
            await eventually(lambda: len(client.messages()) == 15)
            assert client.dropped == 20
            seen = [int((await anext(client.messages())).payload) for _ in range(15)]
            if overflow is Overflow.DROP_OLDEST:
                assert seen == list(range(20, 35))
            else:
                assert seen == [*range(10), *range(30, 35)]
            await client.close()
            await task
            assert told == list(range(1, 21))

    run(test)


def test_messages_of_qos_1_are_not_dropped() -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, inbox=10, overflow=Overflow.DROP_OLDEST) as client,
        ):
            await client.subscribe("n", qos=QOS1)
            for number in range(100):
                broker.publish(Publish("n", str(number).encode(), qos=QOS1))
            await eventually(lambda: len(client.messages()) == 20)
            seen = [int((await anext(client.messages())).payload) for _ in range(100)]
            assert seen == list(range(100))
            assert client.dropped == 0

    run(test)


@pytest.mark.parametrize("version", [Version.V311, Version.V5])
def test_publishers_wait_for_room_in_their_order(version: Version) -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client(
                "127.0.0.1",
                broker.port,
                version=version,
                queue=QueueLimits(max_count=5, max_open=2),
            ) as client,
        ):
            tasks = [
                asyncio.create_task(client.publish("n", str(number), qos=QOS1))
                for number in range(200)
            ]
            # Some give up while they wait: theirs are not sent, and others take their turn.
            await asyncio.sleep(0)
            for task in tasks[50:200:10]:
                task.cancel()
            await asyncio.wait(tasks)
            given_up = {number for number, task in enumerate(tasks) if task.cancelled()}
            assert given_up == set(range(50, 200, 10))
            sent = [int(publish.payload) for publish in broker.published]
            assert sent == [number for number in range(200) if number not in given_up]

    run(test)


def test_publishers_of_qos_0_wait_for_a_slow_transport() -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, queue=QueueLimits(max_count=10)) as client,
        ):
            await client.publish("first", qos=QOS1)
            (connection,) = broker.connections.values()
            connection.transport.pause_reading()
            sent = 0

            async def publish() -> None:
                nonlocal sent
                while sent < 1000:
                    await client.publish("n", bytes(50_000))
                    sent += 1

            task = asyncio.create_task(publish())
            before = -1
            while before != sent:
                before = sent
                await asyncio.sleep(0.1)
            assert sent < 500
            connection.transport.resume_reading()
            await task
            await eventually(lambda: len(broker.published) == 1001)

    run(test)


def test_who_waits_for_room_is_told_of_the_end() -> None:
    async def test() -> None:
        async with Broker() as broker:
            client = Client("127.0.0.1", broker.port, queue=QueueLimits(max_count=1))
            client.start()
            tasks = [asyncio.create_task(client.publish("n", qos=QOS1)) for _ in range(5)]
            await asyncio.sleep(0)
            client.abort()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert [type(result) for result in results] == [ClosedError] * 5
            await client.close()

    run(test)
