"""Awaits that are cancelled, at every step: a client works then as before, or has ended."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial

import pytest
from mqtt_core import QoS, QueueLimits, Version
from mqtt_core.aio import Backoff, Client, Status

from aio.broker import Broker
from aio.runner import CancelAt, eventually, no_tasks, run

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE

Scenario = Callable[[Client], Coroutine[object, object, object]]

late_or_not = pytest.mark.parametrize("is_late", [False, True])


def make(broker: Broker, version: Version = Version.V5) -> Client:
    return Client(
        "127.0.0.1",
        broker.port,
        version=version,
        client_id="c",
        clean_start=False,
        session_expiry_interval=100 if version is Version.V5 else None,
        reconnect=Backoff(initial=0.001, max=0.002),
        queue=QueueLimits(max_count=3, max_open=2),
    )


async def works(client: Client) -> None:
    """Fails if a client does not do all that it should."""
    async with asyncio.timeout(20):
        async with client.subscription("check/+", qos=QOS1) as messages:
            assert (await client.publish("check/1", b"1", qos=QOS2)).is_success
            assert (await anext(messages)).payload == b"1"
        await client.subscribe("main", qos=QOS1)
        assert (await client.publish("main", b"last", qos=QOS1)).is_success
        async for message in client.messages():
            if message.payload == b"last":
                break


async def publish(client: Client) -> None:
    await client.publish("a", b"x", qos=QOS2)


async def publish_many(client: Client) -> None:
    for delivery in [await client.send("a", b"x", qos=QOS1) for _ in range(8)]:
        await delivery


async def publish_beside(client: Client) -> None:
    others = [asyncio.create_task(client.publish("b", b"y", qos=QOS1)) for _ in range(8)]
    try:
        for _ in range(3):
            await client.publish("a", b"x", qos=QOS1)
    finally:
        # The turn of who gives up goes to the others.
        async with asyncio.timeout(20):
            await asyncio.gather(*others)


async def subscribe(client: Client) -> None:
    await client.subscribe("a", qos=QOS2)
    await client.unsubscribe("a")


async def receive(client: Client) -> None:
    await client.subscribe("a", qos=QOS1)
    for number in range(3):
        await client.publish("a", str(number), qos=QOS1)
    seen = 0
    async for _ in client.messages():
        seen += 1
        if seen == 3:
            break


async def subscription(client: Client) -> None:
    async with client.subscription("a", qos=QOS2) as messages:
        await client.publish("a", b"x", qos=QOS2)
        await anext(messages)


async def request(client: Client) -> None:
    async def serve() -> None:
        async with client.subscription("double", qos=QOS1) as requests:
            async for message in requests:
                await client.respond(message, message.payload * 2)

    task = asyncio.create_task(serve())
    try:
        await asyncio.sleep(0.005)
        assert (await client.request("double", b"a")).payload == b"aa"
    finally:
        task.cancel()
        await asyncio.wait([task])


SCENARIOS = [
    publish,
    publish_many,
    publish_beside,
    subscribe,
    receive,
    subscription,
    request,
]


def count_of(test: Callable[[int], Coroutine[object, object, bool]]) -> int:
    """Runs a test for the first step, the second, and so on: so many that were cancelled."""
    for at in range(1, 200):
        if not run(partial(test, at)):
            return at - 1
    raise AssertionError("there is no end")


@late_or_not
@pytest.mark.parametrize("is_cut", [False, True])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_of_a_client_that_stays(scenario: Scenario, is_cut: bool, is_late: bool) -> None:
    async def test(at: int) -> bool:
        async with Broker() as broker, make(broker) as client:
            if is_cut:
                # It connects again meanwhile.
                broker.cut()
            watched = CancelAt(scenario(client), at, is_late=is_late)
            task = asyncio.create_task(consume(watched))
            await asyncio.wait([task])
            if not task.cancelled():
                # It may have been over before the cancellation was heard.
                task.result()
            await no_tasks_but(client)
            await works(client)
            assert client.status is Status.CONNECTED
            return watched.was_cancelled

    assert count_of(test) > 0


async def consume(watched: Awaitable[object]) -> None:
    await watched


async def no_tasks_but(client: Client) -> None:
    """The task that connects is no leak."""
    await client.connected()
    await no_tasks()


@late_or_not
@pytest.mark.parametrize("version", [Version.V311, Version.V5])
def test_of_a_client_that_begins_and_ends(version: Version, is_late: bool) -> None:
    async def whole(client: Client) -> None:
        async with client:
            await client.subscribe("a", qos=QOS2)
            await client.publish("a", b"x", qos=QOS2)
            async for _ in client.messages():
                break

    async def test(at: int) -> bool:
        async with Broker() as broker:
            client = make(broker, version)
            watched = CancelAt(whole(client), at, is_late=is_late)
            task = asyncio.create_task(consume(watched))
            await asyncio.wait([task])
            if not task.cancelled():
                task.result()
            assert client.status is Status.CLOSED
            assert client.error is None
            await no_tasks()
            # Nothing is left with the broker that keeps another client out.
            async with make(broker, version) as other:
                await works(other)
            await eventually(lambda: not broker.connections)
            return watched.was_cancelled

    assert count_of(test) >= 5


@late_or_not
def test_closing_is_cancelled(is_late: bool) -> None:
    async def test(at: int) -> bool:
        async with Broker() as broker:
            broker.holds_acks = True
            client = make(broker)
            await client.connect()
            delivery = await client.send("a", qos=QOS1)
            watched = CancelAt(client.close(timeout=0.01), at, is_late=is_late)
            task = asyncio.create_task(consume(watched))
            await asyncio.wait([task])
            assert client.status is Status.CLOSED
            assert delivery.is_done
            await client.close()
            await no_tasks()
            return watched.was_cancelled

    assert count_of(test) >= 2


def test_a_task_that_connects_is_no_leak_when_the_loop_ends() -> None:
    async def test() -> None:
        client = Client("127.0.0.1", 1, reconnect=Backoff(initial=5.0))
        client.start()
        await asyncio.sleep(0.01)
        client.abort()
        await client.close()

    run(test)
