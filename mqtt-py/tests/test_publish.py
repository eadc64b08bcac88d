"""`Publish` and `PublishProperties` are immutable values."""

import copy
import enum
import pickle
import weakref

import mqtt_core
import pytest
from mqtt_core import Publish, PublishProperties, QoS, Version, decode, encode

FULL_PROPERTIES = PublishProperties(
    payload_format_indicator=1,
    message_expiry_interval=86_400,
    content_type="text/plain",
    response_topic="re",
    correlation_data=b"\x00\xff",
    subscription_identifiers=[128, 3],
    topic_alias=7,
    user_properties=[("k", "v1"), ("k", "v2")],
)
FULL = Publish(
    topic="a/é",
    payload=b"x\x00y",
    qos=QoS.EXACTLY_ONCE,
    retain=True,
    dup=True,
    packet_id=258,
    properties=FULL_PROPERTIES,
)
PLAIN = Publish(topic="t")


def received(packet: Publish) -> Publish:
    result = decode(encode(packet, version=Version.V5), version=Version.V5)
    assert result is not None
    return result[0]


VALUES = [FULL_PROPERTIES, PublishProperties(), FULL, PLAIN, received(FULL), received(PLAIN)]


def test_fields() -> None:
    assert FULL.topic == "a/é"
    assert FULL.payload == b"x\x00y"
    assert FULL.qos is QoS.EXACTLY_ONCE
    assert FULL.retain is True
    assert FULL.dup is True
    assert FULL.packet_id == 258
    assert FULL.properties is FULL_PROPERTIES


def test_defaults() -> None:
    assert PLAIN.payload == b""
    assert PLAIN.qos is QoS.AT_MOST_ONCE
    assert PLAIN.retain is False
    assert PLAIN.dup is False
    assert PLAIN.packet_id is None
    assert PLAIN.properties == PublishProperties()
    assert not PLAIN.properties


def test_fields_of_properties() -> None:
    assert FULL_PROPERTIES.payload_format_indicator == 1
    assert FULL_PROPERTIES.message_expiry_interval == 86_400
    assert FULL_PROPERTIES.content_type == "text/plain"
    assert FULL_PROPERTIES.response_topic == "re"
    assert FULL_PROPERTIES.correlation_data == b"\x00\xff"
    assert FULL_PROPERTIES.subscription_identifiers == (128, 3)
    assert FULL_PROPERTIES.topic_alias == 7
    assert FULL_PROPERTIES.user_properties == (("k", "v1"), ("k", "v2"))
    empty = PublishProperties()
    assert empty.content_type is None
    assert empty.subscription_identifiers == ()
    assert empty.user_properties == ()


def test_received_has_the_same_fields() -> None:
    packet = received(FULL)
    assert packet.properties == FULL_PROPERTIES
    assert packet.properties is packet.properties
    assert packet.payload is packet.payload
    assert repr(packet) == repr(FULL)


@pytest.mark.parametrize("value", VALUES)
def test_value(value: Publish | PublishProperties) -> None:
    same = copy.deepcopy(value)
    assert same == value
    assert hash(same) == hash(value)
    assert copy.copy(value) == value
    assert value.replace() == value
    assert value.__replace__() == value
    assert weakref.ref(value)() is value
    assert value != "something else"
    assert {value: 1}[same] == 1


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", VALUES)
def test_pickle(value: Publish | PublishProperties, protocol: int) -> None:
    again = pickle.loads(pickle.dumps(value, protocol))
    assert again == value
    assert type(again) is type(value)
    assert repr(again) == repr(value)


@pytest.mark.parametrize(
    "change",
    [
        {"topic": "b"},
        {"payload": b"z"},
        {"qos": QoS.AT_LEAST_ONCE},
        {"retain": False},
        {"dup": False},
        {"packet_id": 1},
        {"packet_id": None},
        {"properties": PublishProperties(topic_alias=7)},
    ],
)
@pytest.mark.parametrize("packet", [FULL, received(FULL)])
def test_every_field_counts(packet: Publish, change: dict[str, object]) -> None:
    changed = packet.replace(**change)  # type: ignore[arg-type]
    assert changed != packet
    assert hash(changed) != hash(packet)
    (name,) = change
    assert getattr(changed, name) == change[name]
    for other in {"topic", "payload", "qos", "retain", "dup", "packet_id", "properties"} - {name}:
        assert getattr(changed, other) == getattr(packet, other)


@pytest.mark.parametrize(
    "change",
    [
        {"payload_format_indicator": 0},
        {"message_expiry_interval": None},
        {"content_type": "text/html"},
        {"response_topic": None},
        {"correlation_data": b""},
        {"subscription_identifiers": (3, 128)},
        {"topic_alias": 8},
        {"user_properties": (("k", "v2"), ("k", "v1"))},
    ],
)
def test_every_property_counts(change: dict[str, object]) -> None:
    changed = FULL_PROPERTIES.replace(**change)  # type: ignore[arg-type]
    assert changed != FULL_PROPERTIES
    assert hash(changed) != hash(FULL_PROPERTIES)
    (name,) = change
    assert getattr(changed, name) == change[name]


def test_order_among_kinds_means_nothing_but_is_kept() -> None:
    alias, text = b"\x23\x00\x07", b"\x03\x00\x01t"
    packets = []
    for block in (alias + text, text + alias):
        data = b"\x30" + bytes([4 + len(block)]) + b"\x00\x01a" + bytes([len(block)]) + block
        result = decode(data, version=Version.V5)
        assert result is not None
        packets.append(result[0])
        assert result[0].properties.topic_alias == 7
        assert encode(result[0], version=Version.V5) == data
    assert packets[0] == packets[1]
    assert hash(packets[0]) == hash(packets[1])


def test_immutable() -> None:
    for value in (FULL, FULL_PROPERTIES):
        with pytest.raises(AttributeError):
            value.topic = "b"  # type: ignore[misc, union-attr]
        with pytest.raises(AttributeError):
            value.added = 1  # type: ignore[union-attr]


def test_match() -> None:
    match FULL:
        case Publish(topic, payload, QoS.EXACTLY_ONCE):
            assert (topic, payload) == ("a/é", b"x\x00y")
        case _:
            pytest.fail("no match")
    match FULL_PROPERTIES:
        case PublishProperties("text/plain", ((name, _), *_)):
            assert name == "k"
        case _:
            pytest.fail("no match")


def test_repr() -> None:
    assert repr(PLAIN) == "Publish(topic='t', payload=b'', qos=0)"
    assert eval(repr(FULL_PROPERTIES), vars(mqtt_core)) == FULL_PROPERTIES
    assert "dup=True" in repr(FULL)
    assert "retain=True" in repr(FULL)
    assert "packet_id=258" in repr(FULL)
    assert repr(FULL_PROPERTIES) in repr(FULL)
    assert "payload=<1000 bytes>" in repr(Publish(topic="t", payload=bytes(1000)))


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"topic": b"t"},
        {"topic": None},
        {"topic": "t", "payload": "text"},
        {"topic": "t", "payload": None},
        {"topic": "t", "payload": 5},
        {"topic": "t", "qos": 1},
        {"topic": "t", "qos": True},
        {"topic": "t", "qos": Version.V5},
        {"topic": "t", "qos": None},
        {"topic": "t", "retain": 1},
        {"topic": "t", "dup": None},
        {"topic": "t", "packet_id": "1"},
        {"topic": "t", "packet_id": 1.0},
        {"topic": "t", "properties": None},
        {"topic": "t", "properties": {}},
        {"topic": "t", "unknown": 1},
    ],
)
def test_wrong_types(arguments: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        Publish(**arguments)  # type: ignore[arg-type]


def test_only_keywords() -> None:
    with pytest.raises(TypeError):
        Publish("t")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        PublishProperties(1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "arguments",
    [
        {"content_type": b"t"},
        {"correlation_data": "t"},
        {"topic_alias": "1"},
        {"subscription_identifiers": 1},
        {"subscription_identifiers": ["1"]},
        {"user_properties": "ab"},
        {"user_properties": [("a", 1)]},
        {"user_properties": [("a", "b", "c")]},
    ],
)
def test_wrong_types_of_properties(arguments: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        PublishProperties(**arguments)  # type: ignore[arg-type]


def test_impossible_values() -> None:
    with pytest.raises(ValueError, match="packet_id"):
        Publish(topic="t", packet_id=0)
    with pytest.raises(OverflowError):
        Publish(topic="t", packet_id=65_536)
    with pytest.raises(OverflowError):
        Publish(topic="t", packet_id=-1)
    with pytest.raises(UnicodeEncodeError):
        Publish(topic="\ud800")
    with pytest.raises(OverflowError):
        PublishProperties(topic_alias=65_536)


def test_enums_are_real() -> None:
    assert issubclass(QoS, enum.IntEnum)
    assert list(QoS) == [0, 1, 2]
    assert issubclass(Version, enum.IntEnum)
    assert list(Version) == [3, 4, 5]
    assert pickle.loads(pickle.dumps(FULL.qos)) is QoS.EXACTLY_ONCE
