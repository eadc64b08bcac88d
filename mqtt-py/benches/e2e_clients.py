"""One client, in a process of its own: publishes or receives messages, and says how long it took.

    e2e_clients.py LIBRARY publish|receive VERSION QOS COUNT PORT

Prints a line of JSON: seconds on the wall, and seconds of processor time of this process, its
threads among them. To connect does not count for who publishes; who receives has a session whose
messages wait at the broker, and counts from its CONNECT on.
"""

import asyncio
import importlib
import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

TOPIC = "site/7/machine/12/reading"
PAYLOAD = b"x" * 256
WINDOW = 100
"""Messages that a client may have open at a time."""

READER = "reader"
"""Whose session has messages waiting."""

SESSION = 600
"""Seconds that it is kept, in 5.0."""


class Watch:
    """Measures one stretch of work."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def stop(self) -> tuple[float, float]:
        return time.perf_counter() - self.wall, time.process_time() - self.cpu


class Reader:
    """Counts messages, looks at each, and stops the watch at the last."""

    def __init__(self, count: int, done: Callable[[], object] = lambda: None) -> None:
        self.left = count
        self.watch = Watch()
        self.taken = (0.0, 0.0)
        self._done = done

    def take(self, topic: str, payload: bytes) -> bool:
        """True for the last one."""
        assert topic == TOPIC and len(payload) == len(PAYLOAD)
        self.left -= 1
        if self.left == 0:
            self.taken = self.watch.stop()
            self._done()
        return self.left == 0


Taken = tuple[float, float]


def ours_options(version: int) -> dict[str, Any]:
    core = importlib.import_module("mqtt_core")
    options: dict[str, Any] = {"version": core.Version(version)}
    if version != 5:
        # There a broker cannot say how many messages it takes at a time.
        size = 16 << 20
        options["queue"] = core.QueueLimits(max_bytes=size, max_open_bytes=size, max_open=WINDOW)
    return options


async def ours_publish(version: int, qos: int, count: int, port: int) -> Taken:
    core, aio = importlib.import_module("mqtt_core"), importlib.import_module("mqtt_core.aio")
    level = core.QoS(qos)
    async with aio.Client("127.0.0.1", port, **ours_options(version)) as client:
        watch = Watch()
        deliveries = [await client.send(TOPIC, PAYLOAD, qos=level) for _ in range(count)]
        for delivery in deliveries:
            (await delivery).check()
        await client.publish(TOPIC, PAYLOAD, qos=core.QoS.AT_LEAST_ONCE)
        return watch.stop()


async def ours_receive(version: int, qos: int, count: int, port: int) -> Taken:
    aio = importlib.import_module("mqtt_core.aio")
    options = ours_options(version) | {"client_id": READER, "clean_start": False}
    if version == 5:
        options["session_expiry_interval"] = SESSION
    reader = Reader(count)
    async with aio.Client("127.0.0.1", port, **options) as client:
        async for message in client.messages():
            if reader.take(message.topic, message.payload):
                break
    return reader.taken


def paho_client(version: int, **options: Any) -> Any:
    paho = importlib.import_module("paho.mqtt.client")
    enums = importlib.import_module("paho.mqtt.enums")
    protocol = enums.MQTTProtocolVersion(version)
    client = paho.Client(enums.CallbackAPIVersion.VERSION2, protocol=protocol, **options)
    client.max_inflight_messages_set(WINDOW)
    return client


def expiry() -> Any:
    """What paho and aiomqtt want for a session that is kept."""
    found = importlib.import_module("paho.mqtt.properties")
    types = importlib.import_module("paho.mqtt.packettypes")
    properties = found.Properties(types.PacketTypes.CONNECT)
    properties.SessionExpiryInterval = SESSION
    return properties


async def paho_publish(version: int, qos: int, count: int, port: int) -> Taken:
    client = paho_client(version)
    is_connected = threading.Event()
    client.on_connect = lambda *_: is_connected.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    is_connected.wait(60)
    watch = Watch()
    handles = [client.publish(TOPIC, PAYLOAD, qos=qos) for _ in range(count)]
    handles.append(client.publish(TOPIC, PAYLOAD, qos=1))
    for handle in handles:
        handle.wait_for_publish(60)
    taken = watch.stop()
    client.disconnect()
    client.loop_stop()
    return taken


async def paho_receive(version: int, qos: int, count: int, port: int) -> Taken:
    kept: dict[str, Any] = {} if version == 5 else {"clean_session": False}
    client = paho_client(version, client_id=READER, **kept)
    reader = Reader(count, client.disconnect)
    client.on_message = lambda _, __, message: reader.take(message.topic, message.payload)
    options = {"clean_start": False, "properties": expiry()} if version == 5 else {}
    client.connect("127.0.0.1", port, **options)
    client.loop_forever()
    return reader.taken


def aiomqtt_client(version: int, port: int, **options: Any) -> Any:
    aiomqtt = importlib.import_module("aiomqtt")
    # It warns of each publish that waits.
    logging.getLogger("mqtt").setLevel(logging.ERROR)
    protocol = aiomqtt.ProtocolVersion(version)
    return aiomqtt.Client(
        "127.0.0.1", port, protocol=protocol, max_inflight_messages=WINDOW, timeout=60, **options
    )


async def aiomqtt_publish(version: int, qos: int, count: int, port: int) -> Taken:
    async with aiomqtt_client(version, port) as client:
        left = iter(range(count))

        async def work() -> None:
            for _ in left:
                await client.publish(TOPIC, PAYLOAD, qos=qos)

        watch = Watch()
        async with asyncio.TaskGroup() as group:
            for _ in range(WINDOW):
                group.create_task(work())
        await client.publish(TOPIC, PAYLOAD, qos=1)
        return watch.stop()


async def aiomqtt_receive(version: int, qos: int, count: int, port: int) -> Taken:
    if version == 5:
        options: dict[str, Any] = {"clean_start": False, "properties": expiry()}
    else:
        options = {"clean_session": False}
    reader = Reader(count)
    async with aiomqtt_client(version, port, identifier=READER, **options) as client:
        async for message in client.messages:
            if reader.take(message.topic.value, message.payload):
                break
    return reader.taken


async def gmqtt_publish(version: int, qos: int, count: int, port: int) -> Taken:
    gmqtt = importlib.import_module("gmqtt")
    client = gmqtt.Client("writer")
    # It tells nobody of acknowledgements, raises when too many messages are open, and has one
    # identifier less than the broker takes messages.
    room = asyncio.Semaphore(WINDOW - 1)
    storage = client._persistent_storage
    remove = storage.remove_message_by_mid

    def removed(mid: int) -> None:
        remove(mid)
        room.release()

    storage.remove_message_by_mid = removed
    await client.connect("127.0.0.1", port, version=version)
    watch = Watch()
    for number in range(count):
        if qos:
            await room.acquire()
        elif number % WINDOW == 0:
            # It writes without looking if anybody takes it.
            await asyncio.sleep(0)
        client.publish(TOPIC, PAYLOAD, qos=qos)
    await storage.wait_empty()
    client.publish(TOPIC, PAYLOAD, qos=1)
    await storage.wait_empty()
    taken = watch.stop()
    await client.disconnect()
    return taken


async def gmqtt_receive(version: int, qos: int, count: int, port: int) -> Taken:
    gmqtt = importlib.import_module("gmqtt")
    options = {"session_expiry_interval": SESSION} if version == 5 else {}
    client = gmqtt.Client(READER, clean_session=False, **options)
    is_over = asyncio.Event()
    reader = Reader(count, is_over.set)

    def on_message(_: Any, topic: str, payload: bytes, qos: int, properties: Any) -> int:
        reader.take(topic, payload)
        return 0

    client.on_message = on_message
    await client.connect("127.0.0.1", port, version=version)
    await is_over.wait()
    await client.disconnect()
    return reader.taken


WORK = {
    "mqtt_core": (ours_publish, ours_receive),
    "paho": (paho_publish, paho_receive),
    "aiomqtt": (aiomqtt_publish, aiomqtt_receive),
    "gmqtt": (gmqtt_publish, gmqtt_receive),
}


def main() -> None:
    library, direction, *numbers = sys.argv[1:]
    version, qos, count, port = map(int, numbers)
    publish, receive = WORK[library]
    work = publish if direction == "publish" else receive
    wall, cpu = asyncio.run(work(version, qos, count, port))
    print(json.dumps({"seconds": wall, "cpu": cpu}))


if __name__ == "__main__":
    main()
