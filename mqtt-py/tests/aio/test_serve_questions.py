"""Who may connect, publish and subscribe: functions are asked, and may be slow or fail."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest
from mqtt_core import (
    Auth,
    Authenticate,
    Authorize,
    BrokerAuth,
    BrokerConfig,
    ConnAck,
    Connect,
    Disconnect,
    Publish,
    QoS,
    ReasonCode,
    Subscription,
    Version,
    Will,
)
from mqtt_core.aio import (
    Accept,
    Challenge,
    Client,
    ConnectAnswer,
    ReasonError,
    RefusedError,
    serve,
)

from aio.runner import CancelAt, eventually, no_tasks, run
from aio.serving import Raw

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE

both = pytest.mark.parametrize("version", [Version.V311, Version.V5])


async def passwords(question: Authenticate) -> ConnectAnswer:
    await asyncio.sleep(0)
    connect = question.connect
    return (connect.user_name, connect.password) == ("anna", b"secret")


@both
def test_passwords(version: Version) -> None:
    async def test() -> None:
        async with serve(port=0, authenticate=passwords) as server:
            for user_name, password in [("anna", "other"), ("ben", "secret"), (None, None)]:
                client = Client(server.url, version=version, user_name=user_name, password=password)
                with pytest.raises(RefusedError) as caught:
                    await client.connect()
                wanted = (
                    ReasonCode.BAD_USER_NAME_OR_PASSWORD
                    if version is Version.V5
                    else ReasonCode.V3_BAD_USER_NAME_OR_PASSWORD
                )
                assert caught.value.reason is wanted
            async with Client(
                server.url, version=version, user_name="anna", password="secret"
            ) as client:
                assert (await client.publish("a", qos=QOS2)).is_success
            assert server.stats().refused == 3

    run(test)


def refused(answer: ConnectAnswer) -> ReasonCode:
    """With which code a client of 5.0 is refused."""

    async def test() -> ReasonCode:
        async with serve(port=0, authenticate=lambda _: answer) as server:
            with pytest.raises(RefusedError) as caught:
                await Client(server.url).connect()
            return caught.value.reason

    return run(test)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (False, ReasonCode.BAD_USER_NAME_OR_PASSWORD),
        (ReasonCode.BANNED, ReasonCode.BANNED),
        (ConnAck(ReasonCode.USE_ANOTHER_SERVER, server_reference="b"), ReasonCode(0x9C)),
        # What is no answer refuses.
        (None, ReasonCode.SERVER_UNAVAILABLE),
        (0, ReasonCode.SERVER_UNAVAILABLE),
        ("yes", ReasonCode.SERVER_UNAVAILABLE),
        (ConnAck(), ReasonCode.SERVER_UNAVAILABLE),
        (ReasonCode.NO_MATCHING_SUBSCRIBERS, ReasonCode.SERVER_UNAVAILABLE),
        (Challenge(b"who?"), ReasonCode.SERVER_UNAVAILABLE),
        (Accept(client_id="a\0b"), ReasonCode.SERVER_UNAVAILABLE),
    ],
)
def test_answers(answer: ConnectAnswer, reason: ReasonCode) -> None:
    assert refused(answer) is reason


def test_who_is_accepted_as_somebody_else() -> None:
    asked: list[Authorize] = []

    def authorize(question: Authorize) -> bool:
        asked.append(question)
        return True

    async def test() -> None:
        answer = Accept(client_id="meter-7", user_name="meters", reason_string="welcome")
        async with (
            serve(port=0, authenticate=lambda _: answer, authorize=authorize) as server,
            Client(server.url, client_id="any") as client,
        ):
            assert list(server.connections().values()) == ["meter-7"]
            assert client.connack is not None and client.connack.reason_string == "welcome"
            await client.publish("a", b"x", qos=QOS1)
        assert [(it.client_id, it.user_name) for it in asked] == [("meter-7", "meters")]

    run(test)


async def raises(_: object) -> bool:
    await asyncio.sleep(0)
    raise RuntimeError("the database is away")


def raises_at_once(_: object) -> bool:
    raise RuntimeError("the database is away")


async def is_cancelled(_: object) -> bool:
    raise asyncio.CancelledError


async def is_slow(_: object) -> bool:
    await asyncio.sleep(3600)
    return True


async def is_stubborn(_: object) -> bool:
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        await asyncio.sleep(0.02)
    return True


Question = Callable[[object], Awaitable[bool] | bool]

bad = pytest.mark.parametrize("judge", [raises, raises_at_once, is_cancelled, is_slow, is_stubborn])


@bad
@both
def test_who_does_not_answer_refuses_to_connect(
    judge: Question, version: Version, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        async with serve(port=0, authenticate=judge, question_timeout=0.05) as server:
            client = Client(server.url, version=version, user_name="a", password="hidden")
            with pytest.raises(RefusedError) as caught:
                await client.connect()
            wanted = (
                ReasonCode.SERVER_UNAVAILABLE
                if version is Version.V5
                else ReasonCode.V3_SERVER_UNAVAILABLE
            )
            assert caught.value.reason is wanted
            await eventually(lambda: server.stats().connections == 0)

    run(test)
    assert "refused: connection" in caplog.text and "hidden" not in caplog.text
    if judge in (raises, raises_at_once):
        assert "the database is away" in caplog.text


@bad
def test_who_does_not_answer_refuses_what_is_asked(judge: Question) -> None:
    async def test() -> None:
        async with (
            serve(port=0, authorize=judge, question_timeout=0.05) as server,
            Client(server.url) as client,
        ):
            taken: list[Publish] = []
            server.subscribe("#", taken.append)
            assert (await client.publish("a", qos=QOS1)).reason is ReasonCode.UNSPECIFIED_ERROR
            assert (await client.publish("a", qos=QOS2)).reason is ReasonCode.UNSPECIFIED_ERROR
            result = await client.subscribe("a", "b")
            assert set(result.refused.values()) == {ReasonCode.UNSPECIFIED_ERROR}
            assert taken == []
            assert client.is_connected

    run(test)


@both
def test_what_may_be_done(version: Version) -> None:
    async def authorize(question: Authorize) -> bool | ReasonCode:
        await asyncio.sleep(0)
        match question.action:
            case Publish() as publish:
                return publish.topic.startswith(f"{question.client_id}/")
            case Subscription() as subscription:
                if subscription.filter == "quota":
                    return ReasonCode.QUOTA_EXCEEDED
                return subscription.filter == "public/#"

    async def test() -> None:
        async with (
            serve(port=0, authorize=authorize) as server,
            Client(server.url, version=version, client_id="anna") as client,
        ):
            taken: list[Publish] = []
            server.subscribe("#", taken.append)
            result = await client.subscribe("public/#", "quota", "#", qos=QOS1)
            assert result.granted == {"public/#": QOS1}
            if version is Version.V5:
                assert result.refused == {
                    "quota": ReasonCode.QUOTA_EXCEEDED,
                    "#": ReasonCode.NOT_AUTHORIZED,
                }
            for qos in QoS:
                await client.publish("anna/1", b"%d" % qos, qos=qos)
                refused = await client.publish("ben/1", qos=qos)
                if version is Version.V5 and qos > 0:
                    assert refused.reason is ReasonCode.NOT_AUTHORIZED
                    with pytest.raises(ReasonError):
                        refused.check()
            await client.publish("anna/last", qos=QOS1)
            assert [it.topic for it in taken] == ["anna/1"] * 3 + ["anna/last"]

    run(test)


def test_one_who_waits_for_an_answer_makes_nobody_else_wait() -> None:
    async def test() -> None:
        waiting = asyncio.get_running_loop().create_future()

        async def authorize(question: Authorize) -> bool:
            if question.client_id == "slow":
                return bool(await asyncio.shield(waiting))
            return True

        async with (
            serve(port=0, authorize=authorize) as server,
            Client(server.url, client_id="slow") as slow,
            Client(server.url, client_id="quick") as quick,
        ):
            deliveries = [await slow.send("a", b"%d" % n, qos=QOS1) for n in range(5)]
            for _ in range(20):
                assert (await quick.publish("a", qos=QOS2)).is_success
            assert not any(it.is_done for it in deliveries)
            waiting.set_result(True)
            for delivery in deliveries:
                assert (await delivery).is_success

    run(test)


def test_there_is_one_task_for_a_question_in_flight() -> None:
    async def test() -> None:
        answers = asyncio.get_running_loop().create_future()

        async def authorize(_: Authorize) -> bool:
            return bool(await asyncio.shield(answers))

        async with serve(port=0, authorize=authorize) as server:
            mine = len(asyncio.all_tasks())
            raws = [await Raw.connected(server.port, str(number)) for number in range(3)]
            for raw in raws:
                raw.send(Publish("t", b"x"))
            await eventually(lambda: len(asyncio.all_tasks()) >= mine + 3)
            await asyncio.sleep(0.02)
            assert len(asyncio.all_tasks()) == mine + 3
            # Who leaves is still asked about: what it sent before is heard.
            raws[0].abort()
            await asyncio.sleep(0.02)
            assert len(asyncio.all_tasks()) == mine + 3
            # Whom the server ends is not.
            for conn in server.connections():
                server.disconnect(conn)
            await eventually(lambda: len(asyncio.all_tasks()) == mine)
            answers.cancel()
            for raw in raws:
                raw.abort()

    run(test)


@pytest.mark.parametrize("is_stubborn_", [False, True])
def test_questions_at_the_end(is_stubborn_: bool) -> None:
    judge = is_stubborn if is_stubborn_ else is_slow

    async def test() -> None:
        server = await serve(port=0, authenticate=judge, close_timeout=0.05)
        raw = await Raw.open(server.port)
        raw.send(Connect("c"))
        await eventually(lambda: len(asyncio.all_tasks()) == 2)
        await server.close()
        await no_tasks()
        assert await raw.rest() == b""
        await raw.close()

    run(test)


def test_one_who_does_not_end(caplog: pytest.LogCaptureFixture) -> None:
    """Who goes on although it is cancelled makes nobody wait for ever."""

    async def test() -> None:
        may_end = asyncio.Event()

        async def authenticate(_: Authenticate) -> bool:
            while not may_end.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await may_end.wait()
            return True

        server = await serve(port=0, authenticate=authenticate, close_timeout=0.05)
        raw = await Raw.open(server.port)
        raw.send(Connect("c"))
        await eventually(lambda: len(asyncio.all_tasks()) == 2)
        await server.close()
        assert server.is_closed
        may_end.set()
        await raw.rest()
        await raw.close()

    run(test)
    assert "goes on although it is cancelled" in caplog.text


@pytest.mark.parametrize("is_late", [False, True])
def test_closing_is_cancelled(is_late: bool) -> None:
    async def test(at: int) -> bool:
        server = await serve(port=0, authorize=is_stubborn, close_timeout=0.05)
        raw = await Raw.connected(server.port, "c")
        raw.pause()
        raw.send(Publish("t", b"x"))
        await eventually(lambda: len(asyncio.all_tasks()) == 2)
        watched = CancelAt(server.close(), at, is_late=is_late)

        async def consume() -> None:
            await watched

        task = asyncio.create_task(consume())
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()
        assert server.is_closed
        await server.close()
        await no_tasks()
        raw.abort()
        return watched.was_cancelled

    count = 0
    while run(lambda: test(count + 1)):  # noqa: B023
        count += 1
    assert count >= 1


def test_wills_are_seen_with_connect() -> None:
    async def authenticate(question: Authenticate) -> bool | ReasonCode:
        will = question.connect.will
        return will is None or will.topic != "forbidden" or ReasonCode.NOT_AUTHORIZED

    async def test() -> None:
        async with serve(port=0, authenticate=authenticate) as server:
            with pytest.raises(RefusedError):
                await Client(server.url, will=Will("forbidden", b"")).connect()
            async with Client(server.url, will=Will("fine", b"")) as client:
                assert client.is_connected

    run(test)


class Counting:
    """A method in which the client says how many rounds there were."""

    method = "COUNT"

    def __init__(self) -> None:
        self.rounds = 0
        self.finished = b""

    def open(self) -> "Counting":
        return self

    def begin(self) -> bytes:
        return b"0"

    def answer(self, challenge: bytes) -> bytes:
        assert challenge == b"next"
        self.rounds += 1
        return b"%d" % self.rounds

    def finish(self, data: bytes) -> None:
        self.finished = data


@pytest.mark.parametrize("rounds", [0, 3])
def test_enhanced_authentication(rounds: int) -> None:
    async def authenticate(question: Authenticate) -> ConnectAnswer:
        assert question.connect.authentication_method == "COUNT"
        return step(question.connect.authentication_data)

    async def exchange(question: BrokerAuth) -> ConnectAnswer:
        return step(question.auth.authentication_data)

    def step(data: bytes | None) -> ConnectAnswer:
        done = int(data or b"")
        return Accept(authentication_data=b"done") if done == rounds else Challenge(b"next")

    async def test() -> None:
        async with serve(port=0, authenticate=authenticate, exchange=exchange) as server:
            method = Counting()
            async with Client(server.url, authentication=method):
                assert (method.rounds, method.finished) == (rounds, b"done")

    run(test)


def test_authentication_that_nobody_goes_on_with() -> None:
    async def test() -> None:
        async with serve(port=0, authenticate=lambda _: Challenge(b"next")) as server:
            with pytest.raises(RefusedError) as caught:
                await Client(server.url, authentication=Counting()).connect()
            assert caught.value.reason is ReasonCode.NOT_AUTHORIZED

    run(test)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (False, ReasonCode.NOT_AUTHORIZED),
        (ReasonCode.QUOTA_EXCEEDED, ReasonCode.QUOTA_EXCEEDED),
        # What DISCONNECT cannot say, and no answer.
        (ReasonCode.BAD_USER_NAME_OR_PASSWORD, ReasonCode.UNSPECIFIED_ERROR),
        (None, ReasonCode.UNSPECIFIED_ERROR),
    ],
)
def test_authentication_anew(answer: ConnectAnswer, reason: ReasonCode) -> None:
    async def exchange(question: BrokerAuth) -> ConnectAnswer:
        return question.auth.authentication_data == b"good" or answer

    async def test() -> None:
        async with serve(port=0, authenticate=lambda _: True, exchange=exchange) as server:
            raw = await Raw.connected(server.port, "c", authentication_method="M")
            again = ReasonCode.RE_AUTHENTICATE
            raw.send(Auth(again, authentication_method="M", authentication_data=b"good"))
            said = await raw.packet()
            assert isinstance(said, Auth) and said.reason is ReasonCode.SUCCESS
            raw.send(Auth(again, authentication_method="M", authentication_data=b"bad"))
            assert await raw.packet() == Disconnect(reason)
            await raw.rest()
            await raw.close()

    run(test)


def test_a_session_is_its_users() -> None:
    async def test() -> None:
        config = BrokerConfig(sessions_of_users=True)
        async with (
            serve(port=0, config=config, authenticate=lambda _: True) as server,
            Client(server.url, client_id="c", user_name="anna"),
        ):
            with pytest.raises(RefusedError):
                await Client(server.url, client_id="c", user_name="ben").connect()

    run(test)
