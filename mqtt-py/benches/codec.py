"""PUBLISH in and out, beside `mqtt5` and `paho-mqtt`: nanoseconds per packet, and how much faster.

    python codec.py [ROUNDS]

All in one process, round by round in turn, the best of each. A packet of QoS 1 with a topic of 25
bytes and a payload of 256. `mqtt5` knows 5.0 only. Of paho, the functions that read the body of a
packet and that put one together: no framing, no socket, no callbacks.
"""

import io
import sys
import timeit
from collections.abc import Callable
from typing import Any

import mqtt5
from mqtt_core import Decoder, Publish, QoS, Version, decode, encode, encode_segments
from paho.mqtt import _packet, client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

CALLS = 5000
TOPIC = "sensors/building-7/temp/x"
PAYLOAD = b"x" * 256
SIX: dict[str, Any] = {
    "payload_format_indicator": 1,
    "message_expiry_interval": 3600,
    "content_type": "text/plain",
    "response_topic": "answers/7",
    "correlation_data": b"12345678",
    "user_properties": [("site", "north")],
}


def paho(protocol: MQTTProtocolVersion) -> Any:
    """A client of paho that keeps nothing of what it is to send."""
    peer: Any = client.Client(CallbackAPIVersion.VERSION2, protocol=protocol)
    peer._sock = io.BytesIO()
    peer._packet_queue = lambda *_: 0
    return peer


def body(data: bytes) -> bytes:
    """All behind the fixed header, whose length has two bytes."""
    return data[3:]


def cases() -> list[tuple[str, dict[str, Callable[[], object]]]]:
    plain = Publish(TOPIC, PAYLOAD, qos=QoS.AT_LEAST_ONCE, packet_id=10)
    full = plain.replace(**SIX)
    large_packet = plain.replace(payload=bytes(1 << 20))
    large = encode(large_packet)
    v311, v5, v5_full = encode(plain, version=Version.V311), encode(plain), encode(full)
    of_3, of_5 = paho(MQTTProtocolVersion.MQTTv311), paho(MQTTProtocolVersion.MQTTv5)
    topic = TOPIC.encode()
    # Its stub knows one bytes-like type only.
    read: Any = mqtt5.read
    other = mqtt5.PublishPacket(TOPIC, PAYLOAD, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=10)
    other_large, _ = read(large)
    other_full = mqtt5.PublishPacket(
        TOPIC,
        PAYLOAD,
        qos=mqtt5.QoS.AT_LEAST_ONCE,
        packet_id=10,
        **{key: it for key, it in SIX.items() if key != "payload_format_indicator"},
    )
    stream = v5 * 100

    def fields(packet: Any) -> None:
        _ = packet.topic, packet.payload, packet.qos, packet.packet_id

    def properties(packet: Any) -> None:
        _ = packet.message_expiry_interval, packet.content_type, packet.response_topic
        _ = packet.payload_format_indicator, packet.correlation_data, packet.user_properties

    def through_decoder() -> None:
        decoder = Decoder()
        decoder.feed(stream)
        for _ in decoder:
            pass

    v4 = Version.V311
    return [
        (
            "decode, 3.1.1",
            {
                "mqtt_core": lambda: decode(v311, version=v4),
                "paho": lambda: _packet.decode_publish(0x32, body(v311), of_3._protocol),
            },
        ),
        (
            "decode, 5.0",
            {
                "mqtt_core": lambda: decode(v5),
                "mqtt5": lambda: read(v5),
                "paho": lambda: _packet.decode_publish(0x32, body(v5), of_5._protocol),
            },
        ),
        (
            "decode, 5.0, topic, payload, QoS and id read",
            {
                "mqtt_core": lambda: fields(decode(v5)[0]),  # type: ignore[index]
                "mqtt5": lambda: fields(read(v5)[0]),
            },
        ),
        (
            "decode, 5.0, 6 properties",
            {
                "mqtt_core": lambda: decode(v5_full),
                "mqtt5": lambda: read(v5_full),
                "paho": lambda: _packet.decode_publish(0x32, body(v5_full), of_5._protocol),
            },
        ),
        (
            "decode, 5.0, 6 properties, all read",
            {
                "mqtt_core": lambda: properties(decode(v5_full)[0]),  # type: ignore[index]
                "mqtt5": lambda: properties(read(v5_full)[0]),
            },
        ),
        (
            "decode, 5.0, 1 MiB",
            {"mqtt_core": lambda: decode(large), "mqtt5": lambda: read(large)},
        ),
        ("Decoder, 100 packets at once", {"mqtt_core": through_decoder}),
        (
            "encode, 3.1.1",
            {
                "mqtt_core": lambda: encode(plain, version=v4),
                "paho": lambda: of_3._send_publish(10, topic, PAYLOAD, 1),
            },
        ),
        (
            "encode, 5.0",
            {
                "mqtt_core": lambda: encode(plain),
                "mqtt5": lambda: other.write(),
                "paho": lambda: of_5._send_publish(10, topic, PAYLOAD, 1),
            },
        ),
        (
            "encode, 5.0, 6 properties",
            {"mqtt_core": lambda: encode(full), "mqtt5": lambda: other_full.write()},
        ),
        (
            "make a packet",
            {
                "mqtt_core": lambda: Publish(TOPIC, PAYLOAD, qos=QoS.AT_LEAST_ONCE, packet_id=10),
                "mqtt5": lambda: mqtt5.PublishPacket(
                    TOPIC, PAYLOAD, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=10
                ),
            },
        ),
        (
            "segments, 5.0, 1 MiB",
            {
                "mqtt_core": lambda: encode_segments(large_packet),
                "mqtt5": lambda: other_large.write(),
            },
        ),
    ]


def main(rounds: int) -> None:
    best: dict[tuple[str, str], float] = {}
    found = cases()
    timers = [
        (name, who, timeit.Timer(call), 20 if "1 MiB" in name or "100" in name else CALLS)
        for name, calls in found
        for who, call in calls.items()
    ]
    for _ in range(rounds):
        for name, who, timer, calls in timers:
            taken = timer.timeit(calls) / calls * 1e9
            best[name, who] = min(best.get((name, who), taken), taken)
    print(f"{'PUBLISH, QoS 1, 256 B; ns':46}{'mqtt_core':>12}{'mqtt5':>18}{'paho':>18}")
    for name, _ in found:
        ours = best[name, "mqtt_core"]
        line = f"{name:46}{ours:12.0f}"
        for who in ("mqtt5", "paho"):
            theirs = best.get((name, who))
            cell = "" if theirs is None else f"{theirs:.0f} ({theirs / ours:.1f}x)"
            line += f"{cell:>18}"
        print(line.rstrip())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
