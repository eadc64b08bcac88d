"""What a type checker knows of the client. Type checkers read this file, and pytest runs it."""

from typing import assert_type

from mqtt_core import ConnAck, QoS, ReasonCode, SessionStart
from mqtt_core.aio import (
    Client,
    Delivery,
    MemoryStore,
    PublishResult,
    Received,
    SqliteStore,
    Status,
    Store,
    SubscribeResult,
    UnsubscribeResult,
)

from aio.broker import Broker
from aio.runner import run


def test_types() -> None:
    async def test() -> None:
        async with Broker() as broker, Client("127.0.0.1", broker.port) as client:
            assert_type(client, Client)
            assert_type(client.connack, ConnAck | None)
            assert_type(client.status, Status)
            assert_type(client.session_start, SessionStart | None)
            subscribed = await client.subscribe("a", qos=QoS.AT_LEAST_ONCE)
            assert_type(subscribed.check(), SubscribeResult)
            assert_type(subscribed.granted, dict[str, QoS])
            published = await client.publish("a", "text", qos=QoS.AT_LEAST_ONCE)
            assert_type(published.check(), PublishResult)
            assert_type(published.reason, ReasonCode)
            delivery = await client.send("a", memoryview(b"x"), user_properties=[("a", "b")])
            assert_type(delivery, Delivery)
            assert_type(await delivery, PublishResult)
            async for message in client.messages():
                assert_type(message, Received)
                assert_type(message.payload, bytes)
                assert_type(message.correlation_data, bytes | None)
                break
            async with client.subscription("b") as messages:
                await client.publish("b")
                assert_type(await anext(messages), Received)
            assert_type(await client.unsubscribe("a"), UnsubscribeResult)

    run(test)


def test_stores_are_stores(tmp_path: str) -> None:
    stores: list[Store] = [MemoryStore(), SqliteStore(f"{tmp_path}/store.db")]
    for store in stores:
        assert store.load("s").epoch == 1
    assert isinstance(stores[1], SqliteStore)
    stores[1].close()
