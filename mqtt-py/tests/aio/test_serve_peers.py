"""Clients of other people with our server: paho-mqtt, which has threads, aiomqtt and gmqtt."""

import asyncio
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiomqtt
import gmqtt  # type: ignore[import-untyped]
import paho.mqtt.client as paho
import pytest
from mqtt_core import QoS
from mqtt_core.testing import Broker, broker
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from aio.runner import run
from aio.serving import Certificates

PATIENCE = 20.0

versions = pytest.mark.parametrize("version", [paho.MQTTv311, paho.MQTTv5])
transports = pytest.mark.parametrize("transport", ["tcp", "websockets"])

COUNT = 20
PAYLOADS = [b"%d" % number for number in range(COUNT)] + [bytes(200_000)]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


# paho-mqtt.


class Paho:
    """A client of paho-mqtt with its thread."""

    def __init__(self, version: int, client_id: str, transport: Any = "tcp") -> None:
        self.messages: queue.Queue[paho.MQTTMessage] = queue.Queue()
        self.is_up = threading.Event()
        self.is_subscribed = threading.Event()
        self.reasons: list[Any] = []
        self.granted: list[Any] = []
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            protocol=MQTTProtocolVersion(version),
            transport=transport,
        )
        self.client.on_connect = self.connected
        self.client.on_subscribe = self.subscribed
        self.client.on_message = lambda _, __, message: self.messages.put(message)

    def connected(self, _: Any, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        self.reasons.append(reason)
        self.is_up.set()

    def subscribed(self, _: Any, __: Any, ___: Any, codes: Any, ____: Any) -> None:
        self.granted = codes
        self.is_subscribed.set()

    @contextmanager
    def running(self, port: int) -> Iterator["Paho"]:
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        try:
            assert self.is_up.wait(PATIENCE)
            yield self
        finally:
            self.client.disconnect()
            self.client.loop_stop()

    def subscribe(self, topic: str, qos: int) -> None:
        self.is_subscribed.clear()
        self.client.subscribe(topic, qos)
        assert self.is_subscribed.wait(PATIENCE)

    def take(self) -> paho.MQTTMessage:
        return self.messages.get(timeout=PATIENCE)


@versions
@transports
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_paho(version: int, transport: str, qos: int) -> None:
    with broker(websocket=transport == "websockets") as running:
        with (
            Paho(version, "anna", transport).running(running.port) as anna,
            Paho(version, "ben", transport).running(running.port) as ben,
        ):
            anna.subscribe("t/+", qos)
            assert [int(getattr(it, "value", it)) for it in anna.granted] == [qos]
            infos = [ben.client.publish("t/1", it, qos) for it in PAYLOADS]
            for info in infos:
                info.wait_for_publish(PATIENCE)
                assert info.is_published()
            taken = [anna.take() for _ in PAYLOADS]
            assert [it.payload for it in taken] == PAYLOADS
            assert {(it.topic, it.qos, it.retain) for it in taken} == {("t/1", qos, False)}
            assert anna.messages.empty()
            # Retained, and its end.
            info = ben.client.publish("kept", b"k", qos, retain=True)
            info.wait_for_publish(PATIENCE)
            ben.subscribe("kept", 2)
            message = ben.take()
            assert (message.payload, message.qos, message.retain) == (b"k", qos, True)
            anna.client.unsubscribe("t/+")
        running.wait_until(lambda stats: stats.connections == 0)


@versions
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_will_of_paho(version: int, qos: int, mqtt_broker: Broker) -> None:
    with Paho(version, "watcher").running(mqtt_broker.port) as watcher:
        watcher.subscribe("gone", 2)
        dying = Paho(version, "dying")
        dying.client.will_set("gone", b"w", qos, retain=True)
        with dying.running(mqtt_broker.port):
            assert mqtt_broker.disconnect("dying")
            message = watcher.take()
            assert (message.payload, message.qos) == (b"w", qos)
        # Who takes leave leaves no will.
        staying = Paho(version, "staying")
        staying.client.will_set("gone", b"never", qos)
        with staying.running(mqtt_broker.port):
            pass
        mqtt_broker.wait_until(lambda stats: stats.connections == 1)
        assert watcher.messages.empty()
        assert [it.payload for it in mqtt_broker.retained("gone")] == [b"w"]


def test_properties_of_paho(mqtt_broker: Broker) -> None:
    # Its properties are not known to a type checker.
    properties: Any = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = "text/plain"
    properties.ResponseTopic = "answers"
    properties.CorrelationData = b"7"
    properties.UserProperty = [("a", "1"), ("a", "2")]
    recorder = mqtt_broker.record("t")
    with Paho(paho.MQTTv5, "c").running(mqtt_broker.port) as client:
        client.subscribe("t", 1)
        client.client.publish("t", b"x", 1, properties=properties)
        got: Any = client.take().properties
        assert (got.ContentType, got.ResponseTopic, got.CorrelationData) == (
            "text/plain",
            "answers",
            b"7",
        )
        assert got.UserProperty == [("a", "1"), ("a", "2")]
    (publish,) = recorder.wait()
    assert publish.user_properties == (("a", "1"), ("a", "2"))


@versions
def test_session_of_paho(version: int, mqtt_broker: Broker) -> None:
    def client() -> paho.Client:
        made = paho.Client(
            CallbackAPIVersion.VERSION2,
            "c",
            protocol=MQTTProtocolVersion(version),
            clean_session=None if version == paho.MQTTv5 else False,
        )
        made.on_message = lambda _, __, message: messages.put(bytes(message.payload))
        return made

    def connect(one: paho.Client) -> None:
        if version == paho.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = 1000
            one.connect("127.0.0.1", mqtt_broker.port, clean_start=False, properties=properties)
        else:
            one.connect("127.0.0.1", mqtt_broker.port)

    messages: queue.Queue[bytes] = queue.Queue()
    first = client()
    subscribed = threading.Event()
    first.on_connect = lambda *_: first.subscribe("t", 2) and None
    first.on_subscribe = lambda *_: subscribed.set()
    connect(first)
    first.loop_start()
    assert subscribed.wait(PATIENCE)
    first.disconnect()
    first.loop_stop()
    mqtt_broker.wait_until(lambda stats: stats.connections == 0)
    for number in range(5):
        mqtt_broker.publish("t", b"%d" % number, qos=QoS.EXACTLY_ONCE)
    second = client()
    connect(second)
    second.loop_start()
    assert [messages.get(timeout=PATIENCE) for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
    second.disconnect()
    second.loop_stop()


def test_paho_over_tls_with_a_password(certificates: Certificates) -> None:
    def authenticate(question: Any) -> bool:
        connect = question.connect
        return (connect.user_name, connect.password) == ("anna", b"secret")

    with broker(ssl=certificates.server, authenticate=authenticate) as running:
        for password, is_in in [("secret", True), ("other", False)]:
            client = Paho(paho.MQTTv5, "c")
            client.client.username_pw_set("anna", password)
            client.client.tls_set(str(certificates.authority))
            with client.running(running.port):
                assert client.reasons[0].is_failure is not is_in


# aiomqtt.


@pytest.mark.parametrize("version", [aiomqtt.ProtocolVersion.V311, aiomqtt.ProtocolVersion.V5])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_aiomqtt(version: aiomqtt.ProtocolVersion, qos: int, mqtt_broker: Broker) -> None:
    port = mqtt_broker.port

    async def test() -> None:
        will = aiomqtt.Will("gone", b"w", qos=qos)
        async with aiomqtt.Client("127.0.0.1", port, protocol=version) as anna:
            await anna.subscribe("t/#", qos=qos)
            await anna.subscribe("gone", qos=2)
            async with aiomqtt.Client(
                "127.0.0.1", port, protocol=version, identifier="ben", will=will
            ) as ben:
                for payload in PAYLOADS:
                    await ben.publish("t/1", payload, qos=qos)
                await ben.publish("kept", b"k", qos=qos, retain=True)
            messages = anna.messages
            taken = [await anext(messages) for _ in PAYLOADS]
            assert [it.payload for it in taken] == PAYLOADS
            assert {it.qos for it in taken} == {qos}
            await anna.subscribe("kept", qos=2)
            kept = await anext(messages)
            assert (kept.payload, kept.qos, kept.retain) == (b"k", qos, True)

            async def dies() -> None:
                async with aiomqtt.Client(
                    "127.0.0.1", port, protocol=version, identifier="carl", will=will
                ) as carl:
                    assert mqtt_broker.disconnect("carl")
                    async for _ in carl.messages:
                        pass

            with pytest.raises(aiomqtt.MqttError):
                await dies()
            gone = await anext(messages)
            assert (gone.payload, gone.qos) == (b"w", qos)

    run(test)


# gmqtt.


class Gmqtt:
    """A client of gmqtt."""

    def __init__(self, client_id: str, **options: Any) -> None:
        self.messages: asyncio.Queue[tuple[str, bytes, int, dict[str, Any]]] = asyncio.Queue()
        self.subscribed: asyncio.Queue[tuple[int, ...]] = asyncio.Queue()
        self.client = gmqtt.Client(client_id, **options)
        self.client.on_message = self.message
        self.client.on_subscribe = lambda _, __, codes, ___: self.subscribed.put_nowait(codes)
        self.client.set_config({"reconnect_delay": 0})

    async def message(
        self, _: Any, topic: str, payload: bytes, qos: int, properties: dict[str, Any]
    ) -> int:
        self.messages.put_nowait((topic, bytes(payload), qos, properties))
        return 0

    async def subscribe(self, topic: str, qos: int) -> None:
        self.client.subscribe(topic, qos=qos)
        async with asyncio.timeout(PATIENCE):
            assert tuple(await self.subscribed.get()) == (qos,)

    async def take(self) -> tuple[str, bytes, int, dict[str, Any]]:
        async with asyncio.timeout(PATIENCE):
            return await self.messages.get()


@pytest.mark.parametrize(
    "version", [gmqtt.constants.MQTTv311, gmqtt.constants.MQTTv50], ids=["v311", "v5"]
)
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_gmqtt(version: int, qos: int, mqtt_broker: Broker) -> None:
    port = mqtt_broker.port
    recorder = mqtt_broker.record("t/1")

    async def test() -> None:
        anna = Gmqtt("anna")
        ben = Gmqtt("ben")
        dying = Gmqtt("dying", will_message=gmqtt.Message("gone", b"w", qos=qos))
        for one in (anna, ben, dying):
            await one.client.connect("127.0.0.1", port, version=version)
        await anna.subscribe("t/#", qos)
        await anna.subscribe("gone", 2)
        for payload in PAYLOADS:
            ben.client.publish("t/1", payload, qos=qos)
        taken = [await anna.take() for _ in PAYLOADS]
        assert [it[1] for it in taken] == PAYLOADS
        assert {it[2] for it in taken} == {qos}
        ben.client.publish("kept", b"k", qos=qos, retain=True)
        async with asyncio.timeout(PATIENCE):
            while not mqtt_broker.retained("kept"):
                await asyncio.sleep(0.005)
        await ben.subscribe("kept", 2)
        topic, kept, kept_qos, properties = await ben.take()
        assert (topic, kept, kept_qos, properties["retain"]) == ("kept", b"k", qos, 1)
        assert mqtt_broker.disconnect("dying")
        assert (await anna.take())[:3] == ("gone", b"w", qos)
        # It comes again.
        async with asyncio.timeout(PATIENCE):
            while mqtt_broker.clients() != {"anna", "ben", "dying"}:
                await asyncio.sleep(0.005)
        for one in (anna, ben, dying):
            await one.client.disconnect()
        # Its tasks end by themselves.
        mine = asyncio.current_task()
        if left := [task for task in asyncio.all_tasks() if task is not mine]:
            await asyncio.wait(left, timeout=PATIENCE)

    run(test)
    assert len(recorder.wait(len(PAYLOADS))) == len(PAYLOADS)
