"""What a type checker knows of the package. `mypy --strict` reads this file, and pytest runs it."""

from typing import assert_type

from mqtt_core import Publish, PublishProperties, QoS, Version, decode, encode


def test_types_of_results() -> None:
    packet = Publish(topic="t", payload=b"x", qos=QoS.AT_LEAST_ONCE, packet_id=1)
    assert_type(packet, Publish)
    assert_type(packet.topic, str)
    assert_type(packet.payload, bytes)
    assert_type(packet.payload_view, memoryview)
    assert_type(packet.qos, QoS)
    assert_type(packet.retain, bool)
    assert_type(packet.packet_id, int | None)
    assert_type(packet.properties, PublishProperties)
    assert_type(packet.properties.content_type, str | None)
    assert_type(packet.properties.subscription_identifiers, tuple[int, ...])
    assert_type(packet.properties.user_properties, tuple[tuple[str, str], ...])
    assert_type(packet.replace(retain=True), Publish)
    data = encode(packet, version=Version.V5)
    assert_type(data, bytes)
    result = decode(memoryview(data), version=Version.V5)
    assert_type(result, tuple[Publish, int] | None)
    assert result is not None


def test_wrong_uses_are_seen() -> None:
    """Each of these lines needs its `ignore`: `--strict` warns of one that is not needed."""

    def never_called() -> None:
        PublishProperties(receive_maximum=5)  # type: ignore[call-arg]
        Publish(topic=b"t")  # type: ignore[arg-type]
        Publish(topic="t", qos=1)  # type: ignore[arg-type]
        decode("text", version=Version.V5)  # type: ignore[arg-type]
        Publish(topic="t").topic = "u"  # type: ignore[misc]

    assert callable(never_called)
