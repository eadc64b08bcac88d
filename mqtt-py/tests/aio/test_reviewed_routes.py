"""Faults that a review has found in what gets which messages."""

import asyncio

import pytest
from mqtt_core import (
    BrokerConfig,
    ConnAck,
    Publish,
    QoS,
    ReasonCode,
    Subscription,
    Version,
)
from mqtt_core.aio import Client, Messages, ReasonError, SubscriptionRefused, serve

from aio.broker import Broker
from aio.runner import eventually, run

QOS0 = QoS.AT_MOST_ONCE
QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE

versions = pytest.mark.parametrize("version", [Version.V311, Version.V5])


async def payloads(client: Client, topic: str, *all_: Messages) -> list[list[bytes]]:
    """What is in each when a last message of this topic has come to all."""
    await client.publish(topic, "last", qos=QOS2)
    out: list[list[bytes]] = []
    for messages in all_:
        out.append([])
        async for message in messages:
            out[-1].append(message.payload)
            if message.payload == b"last":
                break
    return out


@versions
@pytest.mark.parametrize("order", ["plain first", "plain last", "plain not answered"])
def test_filters_that_overlap_take_nothing_from_each_other(version: Version, order: str) -> None:
    """The broker sends a message once for all that it matches."""

    async def test() -> None:
        async with (
            serve(port=0) as server,
            Client(server.url, version=version) as client,
        ):
            await client.publish("a/b", "kept", qos=QOS1, retain=True)
            asking = None
            if order == "plain first":
                await client.subscribe("a/#", "other", qos=QOS2)
            elif order == "plain not answered":
                asking = asyncio.create_task(client.subscribe("a/#", qos=QOS2))
                await asyncio.sleep(0)
            async with client.subscription("a/+", qos=QOS2) as own:
                if order == "plain last":
                    await client.subscribe("a/#", qos=QOS2)
                if asking is not None:
                    await asking
                await client.publish("a/b/c", "deep", qos=QOS2)
                await client.publish("a/b", "both", qos=QOS2)
                found = await payloads(client, "a/b", client.messages(), own)
            assert found[0][-3:] == [b"deep", b"both", b"last"]
            assert found[1][-2:] == [b"both", b"last"]
            # Retained messages are not asked for again, for what is subscribed to already.
            is_twice = version is Version.V311 and order != "plain last"
            assert found[0].count(b"kept") == (2 if is_twice else 1)
            # It is so, too, when the other is over.
            await client.publish("a/b", "alone", qos=QOS2)
            assert (await anext(client.messages())).payload == b"alone"

    run(test)


def test_overlapping_filters_are_so_again_after_the_session_is_lost() -> None:
    async def test() -> None:
        async with Broker() as broker, Client("127.0.0.1", broker.port, client_id="c") as client:
            await client.subscribe("a/#", "b", qos=QOS1)
            async with client.subscription("a/+", qos=QOS1):
                mark = broker.subscribes[1]
                broker.forget()
                await eventually(lambda: len(broker.connects) == 2 and client.is_connected)
                await client.publish("other", qos=QOS1)
                again = {
                    item.filter: each.subscription_identifier
                    for each in broker.subscribes[3:]
                    for item in each.subscriptions
                }
                assert again["a/#"] == again["b"] == mark.subscription_identifier
                assert again["a/+"] == broker.subscribes[2].subscription_identifier != again["b"]
                assert len(broker.subscribes) == 5

    run(test)


def test_what_is_subscribed_to_again_fits_the_broker() -> None:
    names = [f"{number:03}/{'x' * 20}" for number in range(20)]

    async def test() -> None:
        async with Broker() as broker:
            broker.answer = lambda _: ConnAck(maximum_packet_size=200)
            async with Client("127.0.0.1", broker.port, client_id="c") as client:
                for name in names:
                    await client.subscribe(name, qos=QOS1)
                broker.forget()
                await eventually(lambda: len(broker.connects) == 2 and client.is_connected)
                await eventually(lambda: len(broker.subscriptions) == 20)
                events = client.events()
                broker.answer = lambda _: ConnAck(maximum_packet_size=25)
                broker.forget()
                # Those that the broker has no room for any more are told, each.
                refused: set[str] = set()
                async for event in events:
                    if isinstance(event, SubscriptionRefused):
                        refused.add(event.filter)
                        if len(refused) == len(names):
                            break
                assert refused == set(names)

    run(test)


def test_a_second_iterator_that_is_refused_leaves_the_first_as_it_was() -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, client_id="c") as client,
            client.subscription("n", qos=QOS1) as first,
        ):
            broker.grant = lambda *_: ReasonCode.QUOTA_EXCEEDED
            with pytest.raises(ReasonError):
                async with client.subscription("n", qos=QOS1):
                    pass
            broker.grant = lambda _, qos: ReasonCode(qos)
            broker.forget()
            await eventually(lambda: len(broker.subscribes) == 3)
            broker.publish(Publish("n", b"x", qos=QOS1))
            assert (await anext(first)).payload == b"x"
            assert not broker.unsubscribes

    run(test)


def test_a_second_iterator_does_not_lower_the_quality_of_the_first() -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port) as client,
            client.subscription("n", qos=QOS2) as first,
        ):
            async with client.subscription("n", qos=QOS0) as second:
                broker.publish(Publish("n", b"x", qos=QOS2))
                assert (await anext(first)).qos is QOS2
                assert (await anext(second)).payload == b"x"
            for other in (
                Subscription("n", QOS2, no_local=True),
                Subscription("n", QOS2, retain_as_published=True),
            ):
                with pytest.raises(ValueError, match="other options"):
                    async with client.subscription(other):
                        pass
            broker.publish(Publish("n", b"y", qos=QOS2))
            message = await anext(first)
            assert (message.payload, message.qos) == (b"y", QOS2)
            assert not broker.unsubscribes

    run(test)


def test_a_broker_without_subscription_identifiers() -> None:
    config = BrokerConfig(subscription_ids_available=False)

    async def test() -> None:
        async with serve(port=0, config=config) as server:
            client = Client(server.url)
            client.start()
            # Before it is known.
            async with client, client.subscription("a/+", qos=QOS2) as own:
                await client.subscribe("a/#", qos=QOS2)
                await client.publish("a/b", "both", qos=QOS2)
                found = await payloads(client, "a/b", client.messages(), own)
                assert found == [[b"both", b"last"]] * 2

    run(test)


def test_a_broker_that_has_no_subscription_identifiers_any_more() -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, client_id="c") as client,
            client.subscription("a/+", qos=QOS1) as own,
        ):
            await client.subscribe("a/#", qos=QOS1)
            broker.answer = lambda _: ConnAck(subscription_identifier_available=False)
            broker.forget()
            await eventually(lambda: len(broker.subscribes) == 3)
            assert broker.subscribes[2].subscription_identifier is None
            assert len(broker.subscribes[2].subscriptions) == 2
            broker.publish(Publish("a/b", b"x", qos=QOS1))
            assert (await anext(own)).payload == b"x"
            assert (await anext(client.messages())).payload == b"x"

    run(test)


def test_a_program_that_subscribes_again_itself() -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, client_id="c", resubscribe=False) as client,
        ):
            await client.subscribe("n", qos=QOS1)
            asking = asyncio.create_task(client.request("ask", b"?"))
            await eventually(lambda: bool(broker.published))
            asking.cancel()
            broker.forget()
            await eventually(lambda: len(broker.connects) == 2 and client.is_connected)
            await client.publish("other", qos=QOS1)
            assert len(broker.subscribes) == 2
            async with client.subscription("n", qos=QOS1) as own:
                broker.publish(Publish("n", b"x", qos=QOS1))
                assert (await anext(own)).payload == b"x"
            asking = asyncio.create_task(client.request("ask", b"?"))
            await eventually(lambda: broker.published[-1].topic == "ask")
            request = broker.published[-1]
            assert request.response_topic is not None
            broker.publish(
                Publish(request.response_topic, b"!", correlation_data=request.correlation_data)
            )
            assert (await asking).payload == b"!"

    run(test)
