"""The broker for tests: in a thread, with a clock that a test moves, and as fixtures of pytest."""

import asyncio
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from mqtt_core import BrokerConfig, Disconnect, QoS, ReasonCode, Version, Will
from mqtt_core.aio import Client, MemoryStore
from mqtt_core.aio._options import OptionsDict
from mqtt_core.testing import Broker, Clock, broker

from aio.runner import eventually, run
from aio.serving import Certificates, Raw

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE


def no_threads() -> None:
    assert [it.name for it in threading.enumerate() if it.name == "mqtt_core.testing"] == []


def test_a_broker_in_a_thread() -> None:
    with broker() as running:
        assert running.url == f"mqtt://127.0.0.1:{running.port}"
        recorder = running.record("a/+")
        everything = running.record()

        async def test() -> None:
            async with Client(running.url, client_id="c") as client:
                assert running.clients() == {"c"}
                await client.subscribe("b", qos=QOS1)
                await client.publish("a/1", "x", qos=QOS2, retain=True)
                assert running.publish("b", "from outside", user_properties=[("k", "v")]) == 2
                message = await anext(client.messages())
                assert (message.payload, message.user_properties) == (
                    b"from outside",
                    (("k", "v"),),
                )

        run(test)
        assert [(it.topic, it.payload) for it in recorder.wait()] == [("a/1", b"x")]
        assert [it.topic for it in everything.wait(2)] == ["a/1", "b"]
        assert len(recorder) == 1 and [it.qos for it in recorder] == [QOS2]
        assert [it.topic for it in running.retained()] == ["a/1"]
        assert running.wait_until(lambda stats: stats.connected == 0).connects == 1
        with pytest.raises(TimeoutError, match="1 of 2"):
            recorder.wait(2, timeout=0.01)
        with pytest.raises(TimeoutError):
            running.wait_until(lambda stats: stats.connected == 1, timeout=0.01)
        with pytest.raises(RuntimeError, match="no clock"):
            running.advance(1)
    no_threads()
    with pytest.raises(RuntimeError, match="has ended"):
        running.stats()
    running.close()
    with socket.socket() as one:
        assert one.connect_ex((running.host, running.port)) != 0


def test_a_broker_that_cannot_begin() -> None:
    with broker() as running, pytest.raises(OSError), broker(port=running.port):
        pass
    with pytest.raises(ValueError), broker(exchange=lambda _: True):
        pass
    no_threads()


def test_what_a_call_raises() -> None:
    with broker() as running:
        with pytest.raises(ZeroDivisionError):
            running.call(lambda _: 1 // 0)
        assert running.call(lambda server: server.port) == running.port


def test_other_listeners(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)

    async def test() -> None:
        with broker(ssl=certificates.server) as running:
            other = running.listen(websocket=True)
            async with (
                Client(running.url, tls=certificates.client) as one,
                Client(other.url) as two,
            ):
                await one.subscribe("t", qos=QOS1)
                await two.publish("t", b"x", qos=QOS1)
                assert (await anext(one.messages())).payload == b"x"

    run(test)


def test_a_broker_that_is_away_for_a_while() -> None:
    async def test() -> None:
        with broker(store=MemoryStore()) as running:
            client = Client(
                running.url, client_id="c", clean_start=False, session_expiry_interval=100
            )
            async with client:
                await client.subscribe("t", qos=QOS1)
                running.restart()
                await eventually(lambda: client.is_connected and running.clients() == {"c"})
                assert client.connack is not None and client.connack.session_present
                assert running.disconnect("c", Disconnect(ReasonCode.ADMINISTRATIVE_ACTION))
                assert not running.disconnect("nobody")
                await eventually(lambda: running.stats().connects == 2)
                running.publish("t", b"x", qos=QOS1)
                assert (await anext(client.messages())).payload == b"x"

    run(test)


# Time.


def test_keep_alive(mqtt_broker: Broker, mqtt_clock: Clock) -> None:
    assert mqtt_broker.clock is mqtt_clock
    recorder = mqtt_broker.record("gone")

    async def test() -> None:
        will = Will("gone", b"w", qos=QOS1)
        raw = await Raw.connected(mqtt_broker.port, "c", keep_alive=10, will=will)
        mqtt_clock.advance(14.9)
        assert mqtt_broker.clients() == {"c"} and len(recorder) == 0
        mqtt_clock.advance(0.2)
        assert mqtt_broker.clients() == set()
        assert await raw.packet() == Disconnect(ReasonCode.KEEP_ALIVE_TIMEOUT)
        await raw.rest()
        await raw.close()

    run(test)
    assert [it.payload for it in recorder.wait()] == [b"w"]
    assert mqtt_clock.time() == pytest.approx(15.1)


def test_sessions_end_in_time(mqtt_broker: Broker, mqtt_clock: Clock) -> None:
    async def test() -> None:
        for wait, is_there in [(59.0, True), (60.5, False)]:
            client = Client(
                mqtt_broker.url, client_id="c", clean_start=False, session_expiry_interval=60
            )
            await client.connect()
            await client.close()
            mqtt_broker.wait_until(lambda stats: stats.connections == 0)
            mqtt_clock.advance(wait)
            assert (mqtt_broker.stats().sessions == 1) is is_there

    run(test)


def test_messages_expire_in_time(mqtt_broker: Broker, mqtt_clock: Clock) -> None:
    async def test() -> None:
        session = OptionsDict(client_id="c", clean_start=False, session_expiry_interval=1000)
        async with Client(mqtt_broker.url, **session) as client:
            await client.subscribe("t", qos=QOS1)
        async with Client(mqtt_broker.url) as other:
            await other.publish("t", b"short", qos=QOS1, message_expiry_interval=10)
            await other.publish("t", b"long", qos=QOS1, message_expiry_interval=100)
            await other.publish("kept", b"k", retain=True, qos=QOS1, message_expiry_interval=10)
        mqtt_clock.advance(30)
        assert mqtt_broker.retained() == []
        async with Client(mqtt_broker.url, **session) as client:
            message = await anext(client.messages())
            assert message.payload == b"long"
            assert message.publish.message_expiry_interval == 70

    run(test)


def test_the_delay_of_a_will(mqtt_broker: Broker, mqtt_clock: Clock) -> None:
    recorder = mqtt_broker.record("gone")

    async def test() -> None:
        will = Will("gone", b"w", will_delay_interval=30)
        client = Client(mqtt_broker.url, will=will, session_expiry_interval=100)
        await client.connect()
        client.abort()
        await client.close()
        mqtt_broker.wait_until(lambda stats: stats.connections == 0)
        mqtt_clock.advance(29)
        assert len(recorder) == 0
        mqtt_clock.advance(2)
        assert len(recorder.wait()) == 1

    run(test)


def test_what_was_sent_before_the_time_is_moved_comes_before(
    mqtt_broker: Broker, mqtt_clock: Clock
) -> None:
    """A client that blocks sends a ping, then the time goes on: the ping was in time."""
    with socket.create_connection(("127.0.0.1", mqtt_broker.port), 10) as one:
        one.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x0a\x00\x01c")
        assert one.recv(4) == b"\x20\x02\x00\x00"
        for _ in range(20):
            mqtt_clock.advance(10)
            one.sendall(b"\xc0\x00")
        mqtt_clock.advance(14)
        assert mqtt_broker.clients() == {"c"}
        mqtt_clock.advance(2)
        assert mqtt_broker.clients() == set()


def test_a_clock() -> None:
    clock = Clock(unix_time=1000.0)
    clock.advance(2.5)
    assert (clock.time(), clock.unix_time()) == (2.5, 1002.5)
    for wrong in (-1.0, float("nan")):
        with pytest.raises(ValueError):
            clock.advance(wrong)

    async def test() -> None:
        called: list[tuple[str, float]] = []

        def at(name: str) -> None:
            called.append((name, clock.time()))
            if name == "first":
                clock.call_at(clock.time() + 1, lambda: at("again"))

        clock.call_at(10, lambda: at("second"))
        clock.call_at(5, lambda: at("first"))
        clock.call_at(5.5, lambda: at("never")).cancel()
        clock.call_at(5, lambda: at("same"))
        clock.advance(2.4)
        assert called == []
        clock.advance(0.1)
        assert called == [("first", 5.0), ("same", 5.0)]
        clock.advance(100)
        assert called[2:] == [("again", 6.0), ("second", 10.0)]
        assert clock.time() == 105.0

    asyncio.run(test())
    # Its loop is gone.
    clock.advance(1)
    assert clock.time() == 106.0


def test_a_day_with_topics_of_the_broker() -> None:
    clock = Clock()
    with broker(config=BrokerConfig(sys_interval=10.0), clock=clock) as running:
        recorder = running.record("$SYS/#")
        clock.advance(3600)
        assert len(recorder) > 300


# With pytest, as a user has it.

TEST_FILE = """
import pytest
from mqtt_core import ReasonCode
from mqtt_core.aio import Client, RefusedError


@pytest.fixture
def mqtt_broker_options():
    return {"authenticate": lambda question: question.connect.user_name == "anna"}


def test_one(mqtt_broker):
    assert mqtt_broker.clock is None
    assert mqtt_broker.stats().connections == 0


def test_two(mqtt_broker, mqtt_clock):
    mqtt_clock.advance(1e6)
    assert mqtt_broker.clock is mqtt_clock
"""


def test_the_plugin_in_a_run_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TEST_FILE, "utf-8")
    command = [sys.executable, "-X", "dev", "-W", "error", "-m", "pytest", "-q"]
    command += ["-p", "mqtt_core.testing_plugin", "-p", "no:cacheprovider", "--rootdir", "."]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_pytest_is_not_needed() -> None:
    program = (
        "import sys\n"
        "sys.modules['pytest'] = None\n"
        "import mqtt_core, mqtt_core.aio, mqtt_core.testing\n"
        "assert not [it for it in sys.modules if it.startswith('_pytest')]\n"
        "with mqtt_core.testing.broker() as broker: print(broker.url)\n"
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("mqtt://127.0.0.1:")


def test_the_plugin_is_light() -> None:
    program = (
        "import sys, mqtt_core.testing_plugin\n"
        "assert 'mqtt_core.aio' not in sys.modules and 'asyncio.tasks' not in sys.modules\n"
        "import mqtt_core\n"
        "assert 'mqtt_core.testing' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("version", [Version.V311, Version.V5])
def test_with_a_client_of_a_version(mqtt_broker: Broker, version: Version) -> None:
    async def test() -> None:
        async with Client(mqtt_broker.url, version=version) as client:
            assert (await client.publish("a", qos=QOS2)).is_success

    run(test)
