"""Connections that are lost, and what goes on."""

import asyncio

import pytest
from mqtt_core import (
    ConnAck,
    DropReason,
    Publish,
    QoS,
    ReasonCode,
    SessionLost,
    SessionStart,
    Version,
)
from mqtt_core.aio import (
    Client,
    ClosedError,
    ConnectionLost,
    ConnectionMade,
    DisconnectedError,
    DroppedError,
    ReasonError,
    RefusedError,
    Status,
    SubscriptionRefused,
)

from aio.broker import Broker
from aio.cuts import QUICK, RECONNECTS, through_cuts
from aio.runner import eventually, run

QOS0 = QoS.AT_MOST_ONCE
QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE


both = pytest.mark.parametrize("version", [Version.V311, Version.V5])


def kept(version: Version, port: int, **more: object) -> Client:
    """A client whose session outlives its connections."""
    return Client(
        "127.0.0.1",
        port,
        version=version,
        client_id="c",
        clean_start=False,
        session_expiry_interval=1000 if version is Version.V5 else None,
        reconnect=QUICK,
        **more,  # type: ignore[arg-type]
    )


@both
def test_a_session_goes_on(version: Version) -> None:
    async def test() -> None:
        async with Broker() as broker, kept(version, broker.port) as client:
            await client.subscribe("n", qos=QOS2)
            broker.holds_acks = True
            broker.cut()
            await eventually(lambda: client.is_connected and len(broker.connects) == 2)
            first = asyncio.create_task(client.publish("a", qos=QOS1))
            second = asyncio.create_task(client.publish("b", qos=QOS2))
            await eventually(lambda: len(broker.published) == 2)
            broker.holds_acks = False
            broker.cut()
            assert (await first).is_success
            assert (await second).is_success
            assert client.session_start is SessionStart.RESUMED
            assert len(broker.subscribes) == 1
            broker.publish(Publish("n", b"x", qos=QOS2))
            assert (await anext(client.messages())).payload == b"x"

    run(test)


@both
def test_what_was_subscribed_is_subscribed_again(version: Version) -> None:
    async def test() -> None:
        async with Broker() as broker, kept(version, broker.port) as client:
            events = client.events()
            await client.subscribe("a", "b", "gone", qos=QOS1)
            await client.unsubscribe("gone")
            async with client.subscription("c", qos=QOS2) as messages:
                broker.grant = lambda name, qos: (
                    ReasonCode.UNSPECIFIED_ERROR if name == "b" else ReasonCode(qos)
                )
                waiting = asyncio.gather(anext(events))
                await asyncio.sleep(0)
                broker.forget()
                assert isinstance((await waiting)[0], ConnectionLost)
                made = await anext(events)
                assert isinstance(made, ConnectionMade)
                assert made.session is SessionStart.LOST
                assert await anext(events) == SubscriptionRefused("b", ReasonCode.UNSPECIFIED_ERROR)
                await client.publish("c", b"1", qos=QOS1)
                await client.publish("a", b"2", qos=QOS1)
                assert (await anext(messages)).payload == b"1"
                assert (await anext(client.messages())).payload == b"2"
                assert sorted(broker.subscriptions.filters("c")) == ["a", "c"]

    run(test)


def test_not_again_if_that_is_not_wanted() -> None:
    async def test() -> None:
        async with Broker() as broker, kept(Version.V5, broker.port, resubscribe=False) as client:
            await client.subscribe("a")
            broker.forget()
            await eventually(lambda: client.is_connected and len(broker.connects) == 2)
            await client.publish("a", qos=QOS1)
            assert len(broker.subscribes) == 1

    run(test)


@both
@pytest.mark.parametrize("lost", list(SessionLost))
def test_messages_when_the_session_is_lost(version: Version, lost: SessionLost) -> None:
    async def test() -> None:
        async with Broker() as broker, kept(version, broker.port, session_lost=lost) as client:
            broker.holds_acks = True
            broker.cut()
            await eventually(lambda: client.is_connected and len(broker.connects) == 2)
            tasks = [asyncio.create_task(client.publish("a", qos=qos)) for qos in (QOS1, QOS2)]
            await eventually(lambda: len(broker.published) == 2)
            broker.holds_acks = False
            broker.forget()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            if lost is SessionLost.DROP:
                for result in results:
                    assert isinstance(result, DroppedError)
                    assert result.why is DropReason.SESSION_LOST
            else:
                assert [getattr(result, "is_success", result) for result in results] == [True, True]
                assert len(broker.published) == 4

    run(test)


def test_requests_without_an_answer_are_sent_again() -> None:
    async def test() -> None:
        async with Broker() as broker, kept(Version.V5, broker.port) as client:
            broker.holds_subacks = True
            task = asyncio.create_task(client.subscribe("a", qos=QOS1))
            given_up = asyncio.create_task(client.subscribe("b", qos=QOS1))
            await eventually(lambda: len(broker.subscribes) == 2)
            given_up.cancel()
            broker.holds_subacks = False
            broker.cut()
            assert (await task).is_success
            # What is asked for without a connection waits for one, or is given up without a trace.
            await broker.stop()
            await eventually(lambda: not client.is_connected)
            late = asyncio.create_task(client.subscribe("late"))
            never = asyncio.create_task(client.subscribe("never"))
            message = asyncio.create_task(client.publish("a", b"early", qos=QOS1))
            await asyncio.sleep(0.01)
            never.cancel()
            await broker.listen()
            assert (await late).is_success
            assert (await message).is_success
            names = [item.filter for packet in broker.subscribes for item in packet.subscriptions]
            assert "never" not in names
            assert (await anext(client.messages())).payload == b"early"

    run(test)


def test_first_attempts_are_repeated_after_start() -> None:
    async def test() -> None:
        broker = Broker()
        await broker.listen()
        await broker.stop()
        client = Client("127.0.0.1", broker.port, reconnect=QUICK)
        client.start()
        await asyncio.sleep(0.05)
        assert client.status is Status.CONNECTING
        await broker.listen()
        await client.connected()
        await client.close()
        await broker.stop()

    run(test)


def test_without_reconnect_the_loss_is_the_end() -> None:
    async def test() -> None:
        async with Broker() as broker:
            client = Client("127.0.0.1", broker.port, reconnect=None)
            await client.connect()
            broker.holds_subacks = True
            waiting = [
                asyncio.create_task(client.subscribe("a")),
                asyncio.create_task(anext(client.messages())),
                asyncio.create_task(client.closed()),
            ]
            await eventually(lambda: len(broker.subscribes) == 1)
            broker.cut()
            results = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(result) for result in results] == [
                ClosedError,
                DisconnectedError,
                DisconnectedError,
            ]
            await client.close()

    run(test)


def test_a_final_refusal_is_the_end() -> None:
    async def test() -> None:
        async with Broker() as broker:
            async with kept(Version.V5, broker.port) as client:
                broker.answer = lambda _: ConnAck(ReasonCode.SERVER_BUSY)
                broker.cut()
                await eventually(lambda: len(broker.connects) >= 3)
                assert client.status is Status.CONNECTING
                broker.answer = lambda _: ConnAck(ReasonCode.BAD_USER_NAME_OR_PASSWORD)
                with pytest.raises(RefusedError):
                    await client.closed()
            # So is another client that takes the session over.
            broker.answer = lambda _: None
            async with kept(Version.V5, broker.port) as client, kept(Version.V5, broker.port):
                with pytest.raises(DisconnectedError, match="taken over"):
                    await client.closed()

    run(test)


@both
def test_reconnects_through_cuts(version: Version) -> None:
    async def test() -> None:
        async with Broker() as broker:
            numbers = await through_cuts(broker.port, version, "c", seed=7)
            # To the broker nothing comes twice either.
            arrived = [int(item.payload) for item in broker.published if item.topic == "two"]
            assert sorted(arrived) == list(range(numbers["two"]))

    run(test, deadline=60 + RECONNECTS)


def test_an_iterator_ends_if_its_filter_is_not_granted_again() -> None:
    async def test() -> None:
        async with Broker() as broker, kept(Version.V5, broker.port) as client:
            async with client.subscription("a", qos=QOS1) as messages:
                broker.publish(Publish("a", b"before", qos=QOS1))
                await eventually(lambda: len(messages) == 1)
                broker.grant = lambda _name, _qos: ReasonCode.NOT_AUTHORIZED
                broker.forget()
                assert (await anext(messages)).payload == b"before"
                with pytest.raises(ReasonError, match="'a': not authorized"):
                    await anext(messages)
            assert client.is_connected

    run(test)
