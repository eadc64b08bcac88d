"""`decode` and `encode`: what they take, what they give, what they raise."""

import array
import pickle
from pathlib import Path

import mqtt_core
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt_core import (
    DecodeError,
    EncodeError,
    MqttError,
    Publish,
    PublishProperties,
    QoS,
    UnsupportedPacket,
    Version,
    decode,
    encode,
)

V311 = b"\x32\x09\x00\x03a/b\x00\x0ahi"
V5 = b"\x30\x0f\x00\x01t\x07\x26\x00\x01k\x00\x01vbody"

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
TOPIC = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0+#"), min_size=1, max_size=20
)
PROPERTIES = st.builds(
    PublishProperties,
    payload_format_indicator=st.none() | st.integers(0, 1),
    message_expiry_interval=st.none() | st.integers(0, 2**32 - 1),
    content_type=st.none() | TEXT,
    response_topic=st.none() | TOPIC,
    correlation_data=st.none() | st.binary(max_size=20),
    subscription_identifiers=st.lists(st.integers(1, 268_435_455), max_size=3),
    topic_alias=st.none() | st.integers(1, 65_535),
    user_properties=st.lists(st.tuples(TEXT, TEXT), max_size=3),
)


@st.composite
def packets(draw: st.DrawFn, version: Version) -> Publish:
    qos = draw(st.sampled_from(QoS))
    return Publish(
        topic=draw(TOPIC),
        payload=draw(st.binary(max_size=300)),
        qos=qos,
        retain=draw(st.booleans()),
        dup=draw(st.booleans()) if qos else False,
        packet_id=draw(st.integers(1, 65_535)) if qos else None,
        properties=draw(PROPERTIES) if version == Version.V5 else PublishProperties(),
    )


VERSIONED = st.sampled_from(Version).flatmap(
    lambda version: st.tuples(st.just(version), packets(version))
)


@given(VERSIONED)
def test_round_trip(versioned: tuple[Version, Publish]) -> None:
    version, packet = versioned
    data = encode(packet, version=version)
    result = decode(data + b"\x30", version=version)
    assert result is not None
    again, consumed = result
    assert consumed == len(data)
    assert again == packet
    assert hash(again) == hash(packet)
    assert repr(again) == repr(packet)
    assert encode(again, version=version) == data


@given(VERSIONED)
def test_every_prefix_needs_more(versioned: tuple[Version, Publish]) -> None:
    version, packet = versioned
    data = encode(packet, version=version)
    for end in range(len(data)):
        assert decode(data[:end], version=version) is None


@given(st.binary(max_size=60), st.sampled_from(Version))
def test_any_bytes(data: bytes, version: Version) -> None:
    try:
        result = decode(data, version=version)
    except DecodeError as error:
        assert 0 <= error.offset <= len(data)
    except UnsupportedPacket as error:
        assert 2 <= error.consumed <= len(data)
    else:
        if result is not None:
            packet, consumed = result
            again = decode(encode(packet, version=version), version=version)
            assert again is not None
            assert again[0] == packet
            assert consumed <= len(data)


@pytest.mark.parametrize(
    "kind", [bytes, bytearray, memoryview, lambda data: array.array("B", data)]
)
def test_any_bytes_like(kind: type[bytes]) -> None:
    result = decode(kind(V311), version=Version.V311)
    assert result is not None
    packet, consumed = result
    assert (packet.topic, packet.payload, packet.packet_id) == ("a/b", b"hi", 10)
    assert consumed == len(V311)
    assert Publish(topic="t", payload=kind(b"hi")).payload == b"hi"


def test_pieces_of_a_view() -> None:
    result = decode(memoryview(b"--" + V311)[2:], version=Version.V311)
    assert result is not None
    assert result[0].payload == b"hi"
    result = decode(memoryview(V311[::-1])[::-1], version=Version.V311)
    assert result is not None
    assert result[0].payload == b"hi"


def test_mutable_input_is_copied() -> None:
    data = bytearray(V5)
    result = decode(data, version=Version.V5)
    assert result is not None
    packet = result[0]
    data[:] = bytes(len(data))
    data.clear()  # nobody holds its memory
    assert packet.payload == b"body"
    assert packet.properties.user_properties == (("k", "v"),)

    payload = bytearray(b"hi")
    packet = Publish(topic="t", payload=payload)
    payload[0] = 0
    assert packet.payload == b"hi"


@pytest.mark.parametrize("data", ["text", None, 5, [1, 2]])
def test_wrong_type_of_data(data: object) -> None:
    with pytest.raises(TypeError):
        decode(data, version=Version.V5)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", [4, "5", None, QoS.AT_LEAST_ONCE, True])
def test_wrong_type_of_version(version: object) -> None:
    with pytest.raises(TypeError):
        decode(V5, version=version)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        encode(Publish(topic="t"), version=version)  # type: ignore[arg-type]


def test_version_is_a_keyword() -> None:
    with pytest.raises(TypeError):
        decode(V5)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        decode(V5, Version.V5)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        encode(b"t", version=Version.V5)  # type: ignore[arg-type]


def test_decode_error() -> None:
    with pytest.raises(DecodeError) as caught:
        decode(b"\x30\x06\x00\x03a/#\x00", version=Version.V5)
    error = caught.value
    assert isinstance(error, MqttError)
    assert error.kind == "topic_wildcard"
    assert error.offset == 6
    assert error.statement == "MQTT-3.3.2-2"
    assert error.reason_code == 0x90
    assert error.packet_type == "PUBLISH"
    assert "byte 6" in str(error)


def test_error_of_an_unknown_packet() -> None:
    with pytest.raises(DecodeError) as caught:
        decode(b"\x00\x00", version=Version.V5)
    assert caught.value.packet_type is None


@pytest.mark.parametrize(
    ("packet", "version", "kind"),
    [
        (Publish(topic="a/#"), Version.V311, "topic_wildcard"),
        (Publish(topic=""), Version.V311, "topic_empty"),
        (Publish(topic="t\0"), Version.V311, "nul"),
        (Publish(topic="t", qos=QoS.AT_LEAST_ONCE), Version.V311, "packet_id_zero"),
        (Publish(topic="t", dup=True), Version.V311, "dup_without_qos"),
        (Publish(topic="t" * 65_536), Version.V311, "field_too_long"),
        (
            Publish(topic="t", properties=PublishProperties(topic_alias=1)),
            Version.V311,
            "not_in_version",
        ),
        (
            Publish(topic="t", properties=PublishProperties(topic_alias=0)),
            Version.V5,
            "topic_alias_zero",
        ),
        (
            Publish(topic="t", properties=PublishProperties(payload_format_indicator=2)),
            Version.V5,
            "property_value",
        ),
    ],
)
def test_encode_error(packet: Publish, version: Version, kind: str) -> None:
    with pytest.raises(EncodeError) as caught:
        encode(packet, version=version)
    assert isinstance(caught.value, MqttError)
    assert caught.value.kind == kind
    assert str(caught.value)


def test_received_properties_do_not_exist_in_3_1_1() -> None:
    result = decode(V5, version=Version.V5)
    assert result is not None
    with pytest.raises(EncodeError) as caught:
        encode(result[0], version=Version.V311)
    assert caught.value.kind == "not_in_version"
    plain = result[0].replace(properties=PublishProperties())
    assert encode(plain, version=Version.V311) == b"\x30\x07\x00\x01tbody"


def test_unsupported_packet() -> None:
    with pytest.raises(UnsupportedPacket, match="PINGREQ") as caught:
        decode(b"\xc0\x00\x30", version=Version.V311)
    assert isinstance(caught.value, MqttError)
    assert caught.value.packet_type == "PINGREQ"
    assert caught.value.consumed == 2


@pytest.mark.parametrize(
    "error",
    [
        DecodeError(
            "m", kind="utf8", offset=3, statement="s", reason_code=0x81, packet_type="PUBLISH"
        ),
        EncodeError("m", kind="nul"),
        UnsupportedPacket("m", packet_type="AUTH", consumed=2),
        MqttError("m"),
    ],
)
def test_errors_pickle(error: MqttError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == "m"
    assert vars(again) == vars(error)


def test_public_names() -> None:
    for name in mqtt_core.__all__:
        assert getattr(mqtt_core, name).__module__.startswith("mqtt_core")
    assert Publish.__module__ == "mqtt_core"
    package = Path(mqtt_core.__file__).parent
    assert (package / "py.typed").exists()
    assert (package / "_native.pyi").exists()
