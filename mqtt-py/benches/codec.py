"""PUBLISH, one call for each packet: bytes to values, values to bytes.

Of paho, the functions that read the body of a packet and that put one together: no framing, no
socket, no callbacks. `mqtt5` knows 5.0 only.
"""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

from measure import Call, Case, Snippet, Target, same
from mqtt_core import Publish, QoS, Version, decode, encode
from peers import mqtt5, paho, paho_packer, paho_properties

TOPIC = "sensors/building-7/temp/x"
"""25 bytes."""

PROPERTIES: dict[str, Any] = {
    "payload_format_indicator": 1,
    "message_expiry_interval": 3600,
    "content_type": "text/plain",
    "response_topic": "answers/7",
    "correlation_data": b"12345678",
    "user_properties": [("site", "north")],
}

OF_PAHO = {"paho": Target(10, 15)}
OF_BOTH = {"paho": Target(10, 15), "mqtt5": Target(1.0, 1.3)}


def packet_of(size: int, qos: QoS) -> Publish:
    packet_id = None if qos is QoS.AT_MOST_ONCE else 10
    return Publish(TOPIC, b"x" * size, qos=qos, packet_id=packet_id)


SIZES = [
    ("QoS 0, 16 B", packet_of(16, QoS.AT_MOST_ONCE)),
    ("QoS 0, 256 B", packet_of(256, QoS.AT_MOST_ONCE)),
    ("QoS 1, 256 B", packet_of(256, QoS.AT_LEAST_ONCE)),
]


def fields(packet: Any) -> tuple[object, ...]:
    return packet.topic, packet.payload, packet.qos, packet.packet_id


def property_values(packet: Any) -> tuple[object, ...]:
    return (
        packet.payload_format_indicator,
        packet.message_expiry_interval,
        packet.content_type,
        packet.response_topic,
        packet.correlation_data,
        tuple(packet.user_properties),
    )


def values(packet: Any) -> tuple[object, ...]:
    return *fields(packet), *property_values(packet)


def paho_fields(packet: Any) -> tuple[object, ...]:
    return packet.topic.decode(), packet.payload, packet.qos, packet.mid


def paho_property_values(packet: Any) -> tuple[object, ...]:
    found = packet.properties
    return (
        found.PayloadFormatIndicator,
        found.MessageExpiryInterval,
        found.ContentType,
        found.ResponseTopic,
        found.CorrelationData,
        tuple(found.UserProperty),
    )


def paho_values(packet: Any) -> tuple[object, ...]:
    return *paho_fields(packet), *paho_property_values(packet)


Look = Callable[[Any], tuple[object, ...]]


def our_decode(data: bytes, version: Version) -> Snippet:
    names = {"decode": decode, "data": data, "version": version}
    return Snippet(f"decode(data{of_version(version)})", names)


def of_version(version: Version) -> str:
    """As one writes it: 5.0 goes without saying."""
    return "" if version is Version.V5 else ", version=version"


def mqtt5_decode(data: bytes) -> Snippet:
    return Snippet("read(data)", {"read": mqtt5.read, "data": data})


def paho_decode(data: bytes, version: Version) -> Snippet:
    """Fixed header and length are read before, outside of what is measured."""
    head = 1
    while data[head] & 0x80:
        head += 1
    names = {
        "read": importlib.import_module("paho.mqtt._packet").decode_publish,
        "first": data[0],
        "body": data[head + 1 :],
        "protocol": paho_packer(version)._protocol,
    }
    return Snippet("read(first, body, protocol)", names)


def and_look(snippet: Snippet, look: Look) -> Snippet:
    """Ours and `mqtt5` give a packet and its length, paho gives a packet."""
    at = "" if "first" in snippet.names else "[0]"
    return Snippet(f"look({snippet.code}{at})", snippet.names | {"look": look})


def our_encode(packet: Publish, version: Version) -> Snippet:
    names = {"encode": encode, "packet": packet, "version": version}
    return Snippet(f"encode(packet{of_version(version)})", names)


def mqtt5_packet(packet: Publish, **properties: Any) -> Any:
    levels = (mqtt5.QoS.AT_MOST_ONCE, mqtt5.QoS.AT_LEAST_ONCE, mqtt5.QoS.EXACTLY_ONCE)
    qos, number = levels[packet.qos], packet.packet_id
    return mqtt5.PublishPacket(TOPIC, packet.payload, qos=qos, packet_id=number, **properties)


def mqtt5_encode(packet: Any) -> Snippet:
    return Snippet("packet.write()", {"packet": packet})


def paho_encode(packet: Publish, version: Version, properties: Any = None) -> Snippet:
    names = {
        "send": paho_packer(version)._send_publish,
        "topic": TOPIC.encode(),
        "payload": packet.payload,
        "qos": int(packet.qos),
        "properties": properties,
    }
    return Snippet("send(10, topic, payload, qos, properties=properties)", names)


def reading(name: str, data: bytes, version: Version) -> Case:
    others: dict[str, Call] = {}
    if mqtt5 and version is Version.V5:
        others["mqtt5"] = mqtt5_decode(data)
    if paho:
        others["paho"] = paho_decode(data, version)
    ours, in_chart = our_decode(data, version), "QoS 1" in name
    return Case(f"decode, {name}", ours, others, OF_BOTH, in_chart=in_chart)


def looking(name: str, data: bytes, version: Version, look: Look, paho_look: Look) -> Case:
    ours = and_look(our_decode(data, version), look)
    others: dict[str, Call] = {}
    if mqtt5 and version is Version.V5:
        others["mqtt5"] = and_look(mqtt5_decode(data), look)
    if paho:
        others["paho"] = and_look(paho_decode(data, version), paho_look)
    same(ours, *others.values())
    return Case(f"decode and read, {name}", ours, others, OF_BOTH)


def large() -> Case:
    small, data = (encode(packet_of(size, QoS.AT_LEAST_ONCE)) for size in (16, 1 << 20))
    others: dict[str, Call] = {"mqtt_core, 16 B": our_decode(small, Version.V5)}
    if mqtt5:
        others["mqtt5"] = mqtt5_decode(data)
    if paho:
        others["paho"] = paho_decode(data, Version.V5)
    # As long as for a small one, but for what is noise.
    targets = {"mqtt_core, 16 B": Target(0.8, 1.0), "mqtt5": Target(1.0, 1.3)}
    return Case("decode, 5.0, QoS 1, 1 MiB", our_decode(data, Version.V5), others, targets)


def writing(name: str, packet: Publish, version: Version) -> Case:
    others: dict[str, Call] = {}
    if mqtt5 and version is Version.V5:
        others["mqtt5"] = mqtt5_encode(mqtt5_packet(packet))
    if paho:
        others["paho"] = paho_encode(packet, version)
    ours = our_encode(packet, version)
    # What paho has put together is in its queue.
    same(ours, *(call for who, call in others.items() if who != "paho"))
    return Case(f"encode, {name}", ours, others, OF_BOTH, in_chart="QoS 1" in name)


def writing_properties(name: str, packet: Publish) -> Case:
    others: dict[str, Call] = {}
    if mqtt5:
        others["mqtt5"] = mqtt5_encode(mqtt5_packet(packet, **PROPERTIES))
    if paho:
        others["paho"] = paho_encode(packet, Version.V5, paho_properties(PROPERTIES))
    ours = our_encode(packet.replace(**PROPERTIES), Version.V5)
    return Case(f"encode, {name}, 6 properties", ours, others, OF_BOTH)


def making(name: str, packet: Publish) -> Case:
    """A packet that is encoded once: its object is made for that. paho has none."""
    names = {"topic": TOPIC, "payload": packet.payload}
    others: dict[str, Call] = {}
    if mqtt5:
        others["mqtt5"] = Snippet(
            "make(topic, payload, qos=qos, packet_id=10).write()",
            names | {"make": mqtt5.PublishPacket, "qos": mqtt5.QoS.AT_LEAST_ONCE},
        )
    if paho:
        others["paho"] = paho_encode(packet, Version.V5)
    ours = Snippet(
        "encode(make(topic, payload, qos=qos, packet_id=10))",
        names | {"encode": encode, "make": Publish, "qos": QoS.AT_LEAST_ONCE},
    )
    return Case(f"make and encode, {name}", ours, others, in_chart=False)


def cases() -> Iterator[Case]:
    both = [("3.1.1", Version.V311), ("5.0", Version.V5)]
    for name, version in both:
        for what, packet in SIZES:
            yield reading(f"{name}, {what}", encode(packet, version=version), version)
    yield large()
    what, packet = SIZES[-1]
    for name, version in both:
        data = encode(packet, version=version)
        yield looking(f"{name}, {what}", data, version, fields, paho_fields)
    data = encode(packet.replace(**PROPERTIES))
    yield looking(f"5.0, {what}, 6 properties", data, Version.V5, values, paho_values)
    for name, version in both:
        for what, packet in SIZES:
            yield writing(f"{name}, {what}", packet, version)
    yield writing_properties(f"5.0, {what}", packet)
    yield making(f"5.0, {what}", packet)
