"""Faults that a review has found."""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from mqtt_core import (
    ConnAck,
    Disconnect,
    LocalProtocolError,
    PersistenceError,
    Publish,
    QoS,
    ReasonCode,
    SessionState,
    Version,
)
from mqtt_core.aio import (
    Client,
    ClosedError,
    FencedError,
    MemoryStore,
    Options,
    ReasonError,
    RefusedError,
    SqliteStore,
)

from aio.broker import Broker
from aio.runner import eventually, run

QOS0 = QoS.AT_MOST_ONCE
QOS1 = QoS.AT_LEAST_ONCE


def test_what_was_taken_is_stored_though_there_is_no_connection() -> None:
    store = MemoryStore()

    async def main() -> None:
        client = Client("mqtt://127.0.0.1:1", client_id="c", store=store)
        client.start()
        await client.send("t", b"x", qos=QoS.AT_LEAST_ONCE)
        await client.close()

    run(main)
    state = SessionState.restore(rows=store.load("c").rows, at=store.load("c").last)
    assert state is not None
    assert state.queued_messages == 1


@pytest.mark.parametrize("url", ["mqtt://user:SECRET@host/path", "mqtt://user:SECRET@"])
def test_faults_of_an_address_do_not_show_the_password(url: str) -> None:
    with pytest.raises(ValueError) as caught:
        Client(url)
    assert "SECRET" not in str(caught.value)


def test_texts_do_not_show_secrets() -> None:
    assert "SECRET" not in repr(Client("ws://host/mqtt?signature=SECRET"))
    assert "SECRET" not in repr(Options(websocket_headers={"Authorization": "SECRET"}))


async def fill(broker: Broker, client: Client, count: int, *, qos: QoS = QOS1) -> None:
    """Subscribes to `n` and has messages sent, numbered."""
    await client.subscribe("n", qos=qos)
    for number in range(count):
        broker.publish(Publish("n", str(number).encode(), qos=qos))


@dataclass
class Resumed:
    """A client that is to come again, and what it has then."""

    broker: Broker

    def client(self, *, clean_start: bool = False) -> Client:
        return Client(
            "127.0.0.1",
            self.broker.port,
            client_id="c",
            clean_start=clean_start,
            session_expiry_interval=100,
        )

    async def payloads(self, count: int) -> list[bytes]:
        async with self.client() as client:
            messages = client.messages()
            return [(await anext(messages)).payload for _ in range(count)]


@pytest.mark.parametrize("is_own", [False, True])
def test_a_message_whose_loop_was_left_by_an_exception_comes_again(is_own: bool) -> None:
    async def test() -> None:
        async with Broker() as broker:
            resumed = Resumed(broker)

            async def fail() -> None:
                async with resumed.client(clean_start=True) as client:
                    if is_own:
                        async with client.subscription("n", qos=QOS1) as messages:
                            for number in range(3):
                                broker.publish(Publish("n", str(number).encode(), qos=QOS1))
                            await eventually(lambda: len(messages) == 3)
                            async for message in messages:
                                if message.payload == b"1":
                                    raise ZeroDivisionError
                    await fill(broker, client, 3)
                    async for message in client.messages():
                        if message.payload == b"1":
                            raise ZeroDivisionError

            with pytest.raises(ZeroDivisionError):
                await fail()
            assert await resumed.payloads(2) == [b"1", b"2"]

    run(test)


def test_a_message_whose_loop_was_left_in_peace_is_done_when_the_client_is_left() -> None:
    async def test() -> None:
        async with Broker() as broker:
            resumed = Resumed(broker)
            async with resumed.client(clean_start=True) as client:
                await fill(broker, client, 3)
                async for message in client.messages():
                    if message.payload == b"1":
                        break
            assert await resumed.payloads(1) == [b"2"]

    run(test)


def test_a_message_stays_open_while_an_exception_closes_the_client() -> None:
    async def test() -> None:
        async with Broker() as broker:
            resumed = Resumed(broker)
            client = resumed.client(clean_start=True)

            async def fail() -> None:
                try:
                    await client.connect()
                    await fill(broker, client, 2)
                    async for _ in client.messages():
                        raise ZeroDivisionError
                finally:
                    await client.close()

            with pytest.raises(ZeroDivisionError):
                await fail()
            assert await resumed.payloads(2) == [b"0", b"1"]

    run(test)


def test_other_loops_do_not_acknowledge_what_one_was_left_with(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test() -> None:
        async with Broker() as broker:
            resumed = Resumed(broker)

            async def fail() -> None:
                async with resumed.client(clean_start=True) as client:
                    await fill(broker, client, 4)
                    other = client.messages()
                    assert (await anext(other)).payload == b"0"
                    with contextlib.suppress(KeyError):
                        async for message in client.messages():
                            raise KeyError(message)
                    assert (await anext(other)).payload == b"2"
                    assert (await anext(other)).payload == b"3"
                    await client.publish("other", qos=QOS1)
                    raise ZeroDivisionError

            with pytest.raises(ZeroDivisionError):
                await fail()
            assert await resumed.payloads(3) == [b"1", b"2", b"3"]

    run(test)
    assert len([record for record in caplog.records if "holds back" in record.message]) == 1


@pytest.mark.parametrize("flood", [QOS0, QOS1])
def test_a_loop_that_awaits_answers_does_not_stand_still_in_a_flood(flood: QoS) -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, inbox=10, receive_maximum=159) as client,
        ):
            await fill(broker, client, 5000, qos=flood)
            seen: list[int] = []
            async for message in client.messages():
                seen.append(int(message.payload))
                await client.publish("echo", qos=QOS1)
                if seen[-1] == 4999 or len(seen) + client.dropped == 5000:
                    break
            assert seen == sorted(seen)
            assert len(seen) >= 10
            if flood is QOS1:
                assert (len(seen), client.dropped) == (5000, 0)

    run(test)


def test_a_loop_that_awaits_an_answer_is_told_of_a_lost_connection() -> None:
    async def test() -> None:
        async with Broker() as broker:
            # Who does not read notices when it writes.
            client = Client("127.0.0.1", broker.port, inbox=1, keep_alive=1, reconnect=None)
            async with client:
                await fill(broker, client, 500)
                messages = client.messages()
                await anext(messages)
                broker.is_silent = True
                publishing = asyncio.create_task(client.publish("echo", qos=QOS1))
                await eventually(lambda: len(messages) > 10)
                broker.cut()
                with pytest.raises(ClosedError):
                    await publishing

    run(test)


def test_two_sessions_have_no_transaction_in_common(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "one.db") as store:
        store.load("a")
        store.transaction.execute("CREATE TABLE effects(what TEXT)")
        with pytest.raises(PersistenceError, match="the transaction of a is open"):
            store.load("b")
        store.commit()
        store.load("a")
        store.load("b")
        with pytest.raises(PersistenceError, match="whose transaction: that of a and b"):
            store.transaction.execute("INSERT INTO effects VALUES ('half')")


def test_effects_of_an_owner_that_was_fenced_are_not_committed(tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    with SqliteStore(path) as old, SqliteStore(path) as new:
        old.transaction.execute("CREATE TABLE effects(what TEXT)")
        old.commit()
        mine = old.load("a")
        new.load("a")
        old.transaction.execute("INSERT INTO effects VALUES ('late')")
        with pytest.raises(FencedError) as caught:
            old.apply("a", mine.epoch, [])
        assert caught.value.epoch == mine.epoch + 1
        assert new.transaction.execute("SELECT * FROM effects").fetchall() == []


@pytest.mark.parametrize("has_store", [False, True])
@pytest.mark.parametrize(
    "reason, words",
    [
        (ReasonCode.V3_UNACCEPTABLE_PROTOCOL_VERSION, "unacceptable protocol version"),
        (ReasonCode.V3_IDENTIFIER_REJECTED, "identifier rejected"),
        (ReasonCode.V3_SERVER_UNAVAILABLE, "server unavailable"),
        (ReasonCode.V3_BAD_USER_NAME_OR_PASSWORD, "bad user name or password"),
        (ReasonCode.V3_NOT_AUTHORIZED, "not authorized"),
    ],
)
def test_a_refusal_before_5_0_is_told_in_its_words(
    reason: ReasonCode, words: str, has_store: bool
) -> None:
    async def test() -> None:
        async with Broker() as broker:
            broker.answer = lambda _: ConnAck(reason)
            store = MemoryStore() if has_store else None
            client = Client(
                "127.0.0.1", broker.port, client_id="c", version=Version.V311, store=store
            )
            with pytest.raises(RefusedError, match=f"refuses the connection: {words}$") as caught:
                await client.connect()
            assert caught.value.reason == reason
            assert len(broker.connects) == 1

    run(test)


@pytest.mark.parametrize("version", [Version.V311, Version.V5])
def test_a_filter_is_entered_again_before_the_answer_to_its_end(version: Version) -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, client_id="c", version=version) as client,
        ):
            for number in range(3):
                async with client.subscription("n", qos=QOS1) as messages:
                    broker.publish(Publish("n", str(number).encode(), qos=QOS1))
                    assert (await anext(messages)).payload == str(number).encode()
            broker.forget()
            await eventually(lambda: len(broker.connects) == 2 and client.is_connected)
            await client.publish("other", qos=QOS1)
            # What is over is not subscribed to again.
            assert len(broker.subscribes) == 3

    run(test)


def test_filters_of_the_past_are_not_more_and_more() -> None:
    async def test() -> None:
        async with (
            Broker() as broker,
            Client("127.0.0.1", broker.port, version=Version.V311) as client,
        ):
            for number in range(600):
                async with client.subscription(f"n/{number}"):
                    pass
            await client.unsubscribe("last")
            assert client._core_ is not None  # what it holds is not to be seen otherwise
            assert len(client._core_.routes._left) <= 256

    run(test)


def test_a_request_whose_client_ends_leaves_nothing_unread() -> None:
    async def test() -> None:
        async with Broker() as broker:
            client = Client("127.0.0.1", broker.port)
            await client.connect()
            broker.holds_acks = True
            asking = asyncio.create_task(client.request("ask", b"?"))
            await eventually(lambda: bool(broker.published))
            client.abort()
            with pytest.raises(ClosedError):
                await asking

    # Which fails for exceptions that nobody has read.
    run(test)


def test_requests_after_the_subscription_to_responses_was_refused() -> None:
    async def test() -> None:
        async with Broker() as broker, Client("127.0.0.1", broker.port) as client:
            asking = asyncio.create_task(client.request("ask", b"?"))
            await eventually(lambda: bool(broker.published))
            broker.grant = lambda *_: ReasonCode.NOT_AUTHORIZED
            broker.forget()
            with pytest.raises(ReasonError, match="not authorized"):
                await asking
            with pytest.raises(ReasonError, match="not authorized"):
                await client.request("ask", b"?")
            broker.grant = lambda _, qos: ReasonCode(qos)
            async with client.subscription("ask", qos=QOS1) as requests:

                async def serve() -> None:
                    await client.respond(await anext(requests), b"!")

                serving = asyncio.create_task(serve())
                assert (await client.request("ask", b"?")).payload == b"!"
                await serving

    run(test)


def test_a_disconnect_that_cannot_be_said_is_a_plain_one() -> None:
    async def main() -> None:
        async with Broker() as broker:
            client = Client("127.0.0.1", broker.port)
            await client.connect()
            with pytest.raises(LocalProtocolError):
                await client.close(Disconnect(session_expiry_interval=5))
            assert client.error is None
        # Otherwise the will would be published.
        assert broker.closed[0].packet == Disconnect()

    run(main)
