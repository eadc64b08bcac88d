"""Bytes in, events out; messages out, acknowledgements in. No sockets on either side.

paho reads from an object that it takes for its socket, gmqtt gets what its transport would give it.
Each message is looked at by whoever is told of it.
"""

from collections.abc import Iterator
from time import monotonic
from typing import Any

from codec import PROPERTIES, TOPIC, Look, packet_of, paho_property_values, property_values
from measure import Call, Case, Target, once, same
from mqtt_core import (
    ClientConfig,
    ClientSession,
    ConnAck,
    Connect,
    Connected,
    Message,
    Publish,
    Published,
    QoS,
    Version,
    encode,
)
from peers import gmqtt, gmqtt_reader, paho, paho_client

MESSAGES = 100
"""So many come in one piece."""

RECEIVING = {"paho": Target(20, 40), "gmqtt": Target(6, 15)}
WITH_PROPERTIES = {"paho": Target(50)}
CYCLE = {"paho": Target(15, 25)}


def session_of(version: Version) -> ClientSession:
    """A session that is connected."""
    session = ClientSession(ClientConfig(version=version))
    session.connect(Connect("bench", version=version), now=monotonic())
    session.data_to_send()
    session.receive_data(encode(ConnAck(), version=version), now=monotonic())
    assert isinstance(session.next_event(), Connected)
    return session


def stream_of(packet: Publish, version: Version) -> bytes:
    if packet.qos is QoS.AT_MOST_ONCE:
        return encode(packet, version=version) * MESSAGES
    packets = (packet.replace(packet_id=1 + number) for number in range(MESSAGES))
    return b"".join(encode(each, version=version) for each in packets)


def our_receive(stream: bytes, version: Version, look: Look) -> Call:
    session = session_of(version)

    def call() -> object:
        seen = None
        rest = stream
        while rest:
            # As much as the session takes at a time.
            rest = rest[session.receive_data(rest, now=monotonic()) :]
            for event in session.events():
                # Faster than a pattern that takes it apart.
                if isinstance(event, Message):
                    seen = look(event.publish)
            # The acknowledgements.
            while session.data_to_send():
                pass
        return seen

    return call


def paho_receive(stream: bytes, version: Version, look: Look) -> Call:
    client, wire = paho_client(version)
    seen: list[object] = [None]

    def on_message(_client: object, _data: object, message: Any) -> None:
        seen[0] = look(message)

    client.on_message = on_message

    def call() -> object:
        wire.put(stream)
        for _ in range(MESSAGES):
            client.loop_read()
        return seen[0]

    return call


def gmqtt_receive(stream: bytes, version: Version) -> Call:
    seen: list[object] = [None]

    def on_message(_client: object, topic: str, payload: bytes, qos: int, _more: object) -> None:
        seen[0] = topic, payload, qos

    read = gmqtt_reader(version, on_message)

    def call() -> object:
        assert read(stream) == len(stream)
        return seen[0]

    return call


def fields(message: Any) -> tuple[object, ...]:
    return message.topic, message.payload, message.qos


def values(message: Any) -> tuple[object, ...]:
    return *fields(message), *property_values(message)


def paho_values(message: Any) -> tuple[object, ...]:
    return *fields(message), *paho_property_values(message)


def our_cycle(version: Version, payload: bytes) -> Call:
    """The identifier that is acknowledged is read from what was sent."""
    session = session_of(version)
    at = len(encode(Publish(TOPIC), version=version)) - (version is Version.V5) + 1

    def call() -> object:
        now = monotonic()
        session.publish(TOPIC, payload, qos=QoS.AT_LEAST_ONCE, now=now)
        sent = session.data_to_send()
        session.receive_data(b"\x40\x02" + sent[at : at + 2], now=now)
        done = None
        for event in session.events():
            if isinstance(event, Published):
                done = event.token
        return done

    return call


def paho_cycle(version: Version, payload: bytes) -> Call:
    client, wire = paho_client(version)
    done: list[int] = []

    def on_publish(_client: object, _data: object, mid: int, *_more: object) -> None:
        done[:] = [mid]

    client.on_publish = on_publish

    def call() -> object:
        info = client.publish(TOPIC, payload, qos=1)
        wire.put(b"\x40\x02" + info.mid.to_bytes(2, "big"))
        client.loop_read()
        return done[0]

    return call


def receiving(name: str, packet: Publish, version: Version) -> Case:
    stream = stream_of(packet, version)
    ours = our_receive(stream, version, fields)
    others: dict[str, Call] = {}
    if paho:
        others["paho"] = paho_receive(stream, version, fields)
    if gmqtt:
        others["gmqtt"] = gmqtt_receive(stream, version)
    same(ours, *others.values())
    in_chart = "3.1.1" in name and "256" in name
    return Case(f"receive, {name}", ours, others, RECEIVING, MESSAGES, in_chart)


def cases() -> Iterator[Case]:
    v3, v5 = Version.V311, Version.V5
    small, large = packet_of(256, QoS.AT_MOST_ONCE), packet_of(256, QoS.AT_LEAST_ONCE)
    yield receiving("3.1.1, QoS 0, 16 B", packet_of(16, QoS.AT_MOST_ONCE), v3)
    yield receiving("3.1.1, QoS 0, 256 B", small, v3)
    yield receiving("3.1.1, QoS 1, 256 B, PUBACK out", large, v3)
    yield receiving("5.0, QoS 0, 256 B", small, v5)

    stream = stream_of(large.replace(**PROPERTIES), v5)
    ours = our_receive(stream, v5, values)
    others: dict[str, Call] = {}
    if paho:
        others["paho"] = paho_receive(stream, v5, paho_values)
    same(ours, *others.values())
    name = "receive, 5.0, QoS 1, 256 B, 6 properties, PUBACK out"
    yield Case(name, ours, others, WITH_PROPERTIES, MESSAGES)

    for name, version in (("3.1.1", v3), ("5.0", v5)):
        ours = our_cycle(version, large.payload)
        others = {}
        if paho:
            others["paho"] = paho_cycle(version, large.payload)
        assert all(once(call) is not None for call in (ours, *others.values()))
        yield Case(f"publish QoS 1, 256 B, PUBACK in, {name}", ours, others, CYCLE)
