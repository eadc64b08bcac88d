"""What a client does with a broker that does what it should."""

import asyncio

import pytest
from mqtt_core import (
    ConnAck,
    Disconnect,
    LocalProtocolError,
    Publish,
    QoS,
    ReasonCode,
    RetainHandling,
    SessionStart,
    Subscription,
    TopicError,
    Version,
    Will,
)
from mqtt_core.aio import (
    Acks,
    Client,
    ClosedError,
    ConnectionMade,
    Ended,
    ReasonError,
    RefusedError,
    Status,
    TransportError,
)

from aio.broker import Broker
from aio.runner import eventually, no_tasks, run

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE

versions = pytest.mark.parametrize("version", list(Version))


@versions
@pytest.mark.parametrize("qos", list(QoS))
def test_publish_and_receive(version: Version, qos: QoS) -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, version=version, client_id="c") as client,
        ):
            result = await client.subscribe("a/#", "b", qos=qos)
            assert result.check() is result
            assert result.granted == {"a/#": qos, "b": qos}
            published = await client.publish("a/1", "first", qos=qos)
            assert published.check() is published
            assert (published.packet_id is None) == (qos == 0)
            await client.publish("a/2", bytearray(b"second"), qos=qos)
            messages = client.messages()
            first, second = await anext(messages), await anext(messages)
            assert (first.topic, first.payload, first.qos) == ("a/1", b"first", qos)
            assert (second.topic, bytes(second.payload_view)) == ("a/2", b"second")
            assert (await client.unsubscribe("a/#")).is_success
            await client.publish("a/3", qos=QOS1)
            assert len(messages) == 0
        assert client.status is Status.CLOSED
        assert client.error is None
        # It took leave.
        assert broker.closed[-1].cause.name == "DISCONNECT"

    run(test)


def test_properties_of_5() -> None:
    will = Will("gone", b"yes", qos=QOS1, will_delay_interval=3)

    async def test() -> None:
        async with (
            Broker() as broker,
            Client(
                f"mqtt://anna:p%40ss@127.0.0.1:{broker.port}",
                will=will,
                session_expiry_interval=60,
                receive_maximum=7,
                topic_alias_maximum=5,
                request_problem_information=True,
                user_properties=[("a", "b")],
            ) as client,
        ):
            assert client.client_id == "auto-1"
            connect = broker.connects[0]
            assert connect.will == will
            assert (connect.user_name, connect.password) == ("anna", b"p@ss")
            assert (connect.receive_maximum, connect.topic_alias_maximum) == (7, 5)
            assert connect.user_properties == (("a", "b"),)
            wanted = Subscription(
                "t", QOS2, no_local=False, retain_handling=RetainHandling.DO_NOT_SEND
            )
            await client.subscribe(wanted, subscription_identifier=9, user_properties=[("x", "y")])
            assert broker.subscribes[0].subscriptions == (wanted,)
            assert broker.subscribes[0].user_properties == (("x", "y"),)
            await client.publish(
                "t",
                b"{}",
                qos=QOS2,
                content_type="application/json",
                message_expiry_interval=100,
                payload_format_indicator=1,
                user_properties=[("k", "1"), ("k", "2")],
            )
            message = await anext(client.messages())
            assert message.content_type == "application/json"
            assert message.user_properties == (("k", "1"), ("k", "2"))
            assert message.publish.message_expiry_interval == 100
            assert message.publish.subscription_identifiers == (9,)
            await client.close(Disconnect(ReasonCode.DISCONNECT_WITH_WILL_MESSAGE))
        packet = broker.closed[0].packet
        assert isinstance(packet, Disconnect)
        assert packet.reason is ReasonCode.DISCONNECT_WITH_WILL_MESSAGE

    run(test)


def test_answers_are_results() -> None:
    def grant(name: str, qos: QoS) -> ReasonCode:
        return ReasonCode.NOT_AUTHORIZED if name == "secret" else ReasonCode(qos)

    async def test() -> None:
        async with Broker() as broker:
            broker.grant = grant
            broker.refuses = ReasonCode.QUOTA_EXCEEDED
            async with Client("127.0.0.1", broker.port) as client:
                result = await client.subscribe("open", "secret", qos=QOS1)
                assert result.reasons == (ReasonCode.GRANTED_QOS_1, ReasonCode.NOT_AUTHORIZED)
                assert result.refused == {"secret": ReasonCode.NOT_AUTHORIZED}
                with pytest.raises(ReasonError, match="'secret': not authorized"):
                    result.check()
                for qos in (QOS1, QOS2):
                    published = await client.publish("t", qos=qos)
                    assert published.reason is ReasonCode.QUOTA_EXCEEDED
                    with pytest.raises(ReasonError, match="quota exceeded") as raised:
                        published.check()
                    assert raised.value.reason is ReasonCode.QUOTA_EXCEEDED
                with pytest.raises(ReasonError):
                    await client.subscription("secret").__aenter__()

    run(test)


def test_what_cannot_be_sent_is_an_error_and_changes_nothing() -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, version=Version.V311) as client,
        ):
            with pytest.raises((ValueError, TopicError, LocalProtocolError)):
                await client.publish("a/#")
            with pytest.raises(LocalProtocolError):
                await client.publish("a", content_type="text/plain")
            with pytest.raises((ValueError, TopicError, LocalProtocolError)):
                await client.subscribe("a#")
            with pytest.raises(TypeError):
                await client.publish("a", 5)  # type: ignore[arg-type]
            with pytest.raises(LocalProtocolError):
                await client.request("a")
            await client.subscribe("a")
            await client.publish("a")
            message = await anext(client.messages())
            with pytest.raises(ValueError, match="no response"):
                await client.respond(message)
            assert (await client.publish("b", qos=QOS1)).is_success

    run(test)


def test_send_pipelines() -> None:
    async def test() -> None:
        async with Broker() as broker, Client("127.0.0.1", broker.port) as client:
            deliveries = [
                await client.send("n", str(number), qos=QoS(number % 3)) for number in range(300)
            ]
            for delivery in reversed(deliveries):
                assert (await delivery).is_success
                assert delivery.is_done
                assert (await delivery).is_success
            await client.send(Publish("n", b"300", qos=QOS1))
        assert [int(publish.payload) for publish in broker.published] == list(range(301))

    run(test)


@versions
def test_subscriptions_have_their_own_iterators(version: Version) -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, version=version, client_id="c") as client,
        ):
            await client.subscribe("main", qos=QOS1)
            with pytest.raises(ValueError, match="already"):
                await client.subscription("main").__aenter__()
            async with (
                client.subscription("a/+", qos=QOS1) as a,
                client.subscription("a/+", qos=QOS1) as again,
                client.subscription("b/#", qos=QOS2) as b,
            ):
                with pytest.raises(ValueError, match="iterators of its own"):
                    await client.subscribe("b/#")
                for topic in ("a/1", "main", "b/1", "a/2"):
                    await client.publish(topic, topic, qos=QOS1)
                assert [(await anext(a)).topic for _ in range(2)] == ["a/1", "a/2"]
                assert [(await anext(again)).topic for _ in range(2)] == ["a/1", "a/2"]
                assert (await anext(b)).topic == "b/1"
                assert (await anext(client.messages())).topic == "main"
                # Nobody takes it before the subscription is left.
                await client.publish("b/2", qos=QOS1)
                await client.publish("b/3", qos=QoS.AT_MOST_ONCE)
                await eventually(lambda: len(b) == 2)
            await eventually(lambda: len(broker.unsubscribes) == 2)
            assert client.dropped == 2
            # The broker still had this one on its way.
            broker.subscriptions.insert("b/#", "c", (QOS1, None))
            await client.publish("b/4", qos=QOS1)
            if version is not Version.V5:
                await client.publish("main", b"last", qos=QOS1)
                assert (await anext(client.messages())).payload == b"last"
            # All is acknowledged: a new message of QoS 1 gets through.
            async with client.subscription("a/+", qos=QOS1) as a:
                await client.publish("a/5", qos=QOS1)
                assert (await anext(a)).topic == "a/5"

    run(test)


def test_several_iterators_share_an_inbox() -> None:
    async def test() -> None:
        async with Broker() as broker, Client("127.0.0.1", broker.port) as client:
            await client.subscribe("n", qos=QOS1)
            seen: list[int] = []

            async def worker() -> None:
                async for message in client.messages():
                    seen.append(int(message.payload))
                    await asyncio.sleep(0)

            workers = [asyncio.create_task(worker()) for _ in range(5)]
            for number in range(100):
                await client.publish("n", str(number), qos=QOS1)
            await eventually(lambda: len(seen) == 100)
            assert sorted(seen) == list(range(100))
            for task in workers[:2]:
                task.cancel()
            await asyncio.wait(workers[:2])
            await client.publish("n", "100", qos=QOS1)
            await eventually(lambda: 100 in seen)
            await client.close()
            # Iterators end with the client.
            await asyncio.gather(*workers[2:])

    run(test)


def test_manual_acks_keep_order_on_the_wire() -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, acks=Acks.MANUAL, client_id="c") as client,
        ):
            await client.subscribe("n", qos=QOS2)
            for number in range(3):
                await client.publish("n", str(number), qos=QOS1)
            messages = client.messages()
            taken = [await anext(messages) for _ in range(3)]
            stats = broker.connections["c"].session.stats
            for message in (taken[2], taken[1]):
                message.ack()
                assert not message.needs_ack
            await client.publish("other", qos=QOS1)
            told = stats()
            assert told is not None
            assert told.in_flight == 3
            taken[0].ack()
            taken[0].ack()

            def done() -> bool:
                told = stats()
                return told is not None and told.in_flight == 0

            await eventually(done)

    run(test)


def test_messages_are_acknowledged_when_the_next_is_asked_for() -> None:
    async def test() -> None:
        async with Broker() as broker, Client("127.0.0.1", broker.port, client_id="c") as client:
            await client.subscribe("n", qos=QOS1)
            for number in range(3):
                await client.publish("n", str(number), qos=QOS1)

            def open_messages() -> int:
                told = broker.connections["c"].session.stats()
                assert told is not None
                return told.in_flight

            messages = client.messages()
            await anext(messages)
            await client.publish("other", qos=QOS1)
            assert open_messages() == 3
            await anext(messages)
            await eventually(lambda: open_messages() == 2)
            messages.done()
            await eventually(lambda: open_messages() == 1)
            async for _ in client.messages():
                break
            # A loop that was left says nothing, until there is another.
            await client.publish("other", qos=QOS1)
            assert open_messages() == 1
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(client.messages()), 0.01)
            await eventually(lambda: open_messages() == 0)

    run(test)


def test_request_and_response() -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port) as server,
            Client("127.0.0.1", broker.port) as client,
        ):

            async def serve() -> None:
                async with server.subscription("double", qos=QOS1) as requests:
                    async for request in requests:
                        if request.payload != b"ignore":
                            await server.respond(request, request.payload * 2)

            task = asyncio.create_task(serve())
            await eventually(lambda: len(broker.subscribes) == 1)
            answers = await asyncio.gather(*[client.request("double", str(n)) for n in range(20)])
            assert [answer.payload for answer in answers] == [
                str(n).encode() * 2 for n in range(20)
            ]
            # One subscription for all responses.
            assert len(broker.subscribes) == 2
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await client.request("double", "ignore")
            assert (await client.request("double", "a")).payload == b"aa"
            task.cancel()
            await asyncio.wait([task])

    run(test)


def test_server_without_subscription_identifiers() -> None:
    async def test() -> None:
        async with Broker() as broker:
            broker.answer = lambda _: ConnAck(subscription_identifier_available=False)
            async with (
                Client("127.0.0.1", broker.port) as client,
                client.subscription("a/#", qos=QOS1) as messages,
            ):
                assert broker.subscribes[0].subscription_identifier is None
                await client.publish("a/b", qos=QOS1)
                assert (await anext(messages)).topic == "a/b"

    run(test)


def test_refused_connections() -> None:
    async def test() -> None:
        async with Broker() as broker:
            broker.answer = lambda _: ConnAck(
                ReasonCode.NOT_AUTHORIZED, reason_string="who are you"
            )
            client = Client("127.0.0.1", broker.port)
            with pytest.raises(RefusedError, match="not authorized") as raised:
                await client.connect()
            assert raised.value.reason is ReasonCode.NOT_AUTHORIZED
            assert raised.value.connack is not None
            assert raised.value.connack.reason_string == "who are you"
            with pytest.raises(ClosedError) as closed:
                await client.publish("a")
            assert closed.value.__cause__ is raised.value
            with pytest.raises(RefusedError):
                await anext(client.messages())
            port = broker.port
        with pytest.raises(TransportError) as unreachable:
            async with Client("127.0.0.1", port):
                pass
        assert isinstance(unreachable.value.__cause__, OSError)

    run(test)


def test_silent_broker() -> None:
    async def test() -> None:
        async with Broker() as broker:
            broker.is_silent = True
            with pytest.raises(Exception, match="does not answer"):
                await Client("127.0.0.1", broker.port, connect_timeout=0.1).connect()

    run(test)


def test_keep_alive() -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client(
                "127.0.0.1", broker.port, keep_alive=1, ping_timeout=0.2, reconnect=None
            ) as client,
        ):
            # A ping goes out and is answered.
            await asyncio.sleep(1.3)
            assert client.is_connected
            broker.is_silent = True
            with pytest.raises(Exception, match="does not answer"):
                await client.closed()

    run(test)


def test_events_and_status() -> None:
    async def test() -> None:
        async with Broker() as broker:
            client = Client("127.0.0.1", broker.port, client_id="c")
            assert client.status is Status.IDLE
            with pytest.raises(ClosedError):
                await client.publish("a")
            client.start()
            seen = []

            async def watch() -> None:
                async for event in client.events():
                    seen.append(event)

            task = asyncio.create_task(watch())
            delivery = asyncio.create_task(client.publish("early", qos=QOS1))
            await client.connected()
            assert (await delivery).is_success
            assert client.session_start is SessionStart.NEW
            assert client.connack is not None
            stats = client.stats()
            assert stats is not None
            assert stats.sent.messages == (0, 1, 0)
            await client.close()
            await client.close()
            await client.closed()
            await task
            assert [type(event) for event in seen] == [ConnectionMade, Ended]
            with pytest.raises(RuntimeError, match="once"):
                await client.connect()

    run(test)


def test_close_waits_for_messages_and_not_for_ever() -> None:
    async def test() -> None:
        async with Broker() as broker:
            broker.holds_acks = True
            async with Client("127.0.0.1", broker.port, client_id="c") as client:
                delivery = await client.send("a", qos=QOS1)
                await eventually(lambda: len(broker.published) == 1)
                closing = asyncio.create_task(client.close())
                await eventually(lambda: client.status is Status.CLOSING)
                with pytest.raises(ClosedError):
                    await client.publish("late")
                broker.connections["c"].ack_held()
                await closing
                assert (await delivery).is_success
            async with Client("127.0.0.1", broker.port, client_id="c") as client:
                delivery = await client.send("a", qos=QOS1)
                await client.close(timeout=0.05)
                with pytest.raises(ClosedError):
                    await delivery
            assert broker.closed[-1].cause.name == "DISCONNECT"

    run(test)


def test_abort_says_nothing() -> None:
    async def test() -> None:
        async with Broker() as broker:
            client = Client("127.0.0.1", broker.port)
            await client.connect()
            client.abort()
            await eventually(lambda: len(broker.closed) == 1)
            assert broker.closed[0].cause.name == "EOF"
            await client.close()
            await no_tasks()

    run(test)
