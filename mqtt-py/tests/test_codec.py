"""`decode`, `encode` and their like: what they take, what they give, what they raise."""

import array
import copy
from pathlib import Path
from typing import Any

import mqtt_core
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt_core import (
    Auth,
    ConnAck,
    Connect,
    Disconnect,
    Error,
    LimitError,
    Limits,
    LocalProtocolError,
    MalformedPacketError,
    Packet,
    PacketType,
    PingReq,
    PubAck,
    Publish,
    QoS,
    ReasonCode,
    RemoteProtocolError,
    Sender,
    Strictness,
    SubAck,
    Subscribe,
    Subscription,
    Unsubscribe,
    Version,
    Will,
    decode,
    encode,
    encode_into,
    encode_segments,
    inspect,
)
from samples import PACKETS, VERSIONED, one

V311 = b"\x32\x09\x00\x03a/b\x00\x0ahi"
V5 = b"\x30\x0f\x00\x01t\x07\x26\x00\x01k\x00\x01vbody"


@given(VERSIONED)
def test_round_trip(versioned: tuple[Version, Packet]) -> None:
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
    assert again.replace() == packet
    assert copy.deepcopy(again) == packet


@given(VERSIONED)
def test_every_prefix_needs_more(versioned: tuple[Version, Packet]) -> None:
    version, packet = versioned
    data = encode(packet, version=version)
    for end in range(len(data)):
        assert decode(data[:end], version=version) is None


@given(st.binary(max_size=60), st.sampled_from([None, *Version]))
def test_any_bytes(data: bytes, version: Version | None) -> None:
    fault = None
    try:
        result = decode(data, version=version)
    except (RemoteProtocolError, LimitError) as error:
        fault = error.offset, error.reason
    else:
        if result is not None:
            packet, consumed = result
            version = packet.version if isinstance(packet, Connect) else version
            assert version is not None
            assert one(encode(packet, version=version), version) == packet
            assert consumed <= len(data)
    if fault is not None:
        offset, reason = fault
        assert offset in range(len(data) + 1)
        assert reason is not None
    assert inspect(data, version=version)


@given(VERSIONED, st.data())
def test_any_change_of_a_packet(versioned: tuple[Version, Packet], data: st.DataObject) -> None:
    version, packet = versioned
    wire = bytearray(encode(packet, version=version))
    wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    try:
        result = decode(wire, version=version)
    except (RemoteProtocolError, LimitError):
        return
    if result is not None:
        changed = result[0]
        of = changed.version if isinstance(changed, Connect) else version
        assert one(encode(changed, version=of), of) == changed
        assert hash(changed) == hash(copy.deepcopy(changed))
        assert repr(changed)


@pytest.mark.parametrize("packet", PACKETS, ids=repr)
def test_forms_of_encode(packet: Packet) -> None:
    data = encode(packet)
    assert b"".join(encode_segments(packet)) == data
    room = bytearray(b"\xee" * (len(data) + 8))
    assert encode_into(packet, room, offset=3) == len(data)
    assert room == b"\xee" * 3 + data + b"\xee" * 5
    exact = memoryview(bytearray(len(data)))
    assert encode_into(packet, exact) == len(data)
    assert exact == data


def test_encode_into_has_no_room() -> None:
    packet = Publish("t", b"hello")
    room = bytearray(len(encode(packet)) - 1)
    with pytest.raises(LimitError) as caught:
        encode_into(packet, room)
    assert caught.value.kind == "buffer_too_small"
    assert not any(room)
    for offset in (2, 2**62):
        with pytest.raises(LimitError):
            encode_into(packet, bytearray(10), offset=offset)
    with pytest.raises(TypeError):
        encode_into(packet, bytes(100))
    for offset in (-1, 2**64):
        with pytest.raises(ValueError, match="out of range"):
            encode_into(packet, bytearray(100), offset=offset)


def test_encode_into_other_buffers() -> None:
    room = array.array("H", [0] * 8)
    assert encode_into(PubAck(258), room, offset=2) == 4
    assert room.tobytes()[2:6] == b"\x40\x02\x01\x02"


def test_segments_share_the_payload() -> None:
    payload = bytes(100_000)
    head, tail = encode_segments(Publish("t", payload))
    assert len(head) < 16
    assert isinstance(tail, memoryview)
    assert tail.obj is payload
    assert len(encode_segments(Publish("t"))) == 1
    assert len(encode_segments(PingReq())) == 1


@pytest.mark.parametrize(
    "kind", [bytes, bytearray, memoryview, lambda data: array.array("B", data)]
)
def test_any_bytes_like(kind: Any) -> None:
    packet = one(kind(V311), Version.V311)
    assert packet == Publish("a/b", b"hi", qos=QoS.AT_LEAST_ONCE, packet_id=10)
    assert Publish("t", kind(b"hi")).payload == b"hi"


def test_pieces_of_a_view() -> None:
    for view in (memoryview(b"--" + V311)[2:], memoryview(V311[::-1])[::-1]):
        packet = one(view, Version.V311)  # type: ignore[arg-type]
        assert isinstance(packet, Publish)
        assert packet.payload == b"hi"


def test_mutable_input_is_copied() -> None:
    data = bytearray(V5)
    result = decode(data)
    assert result is not None
    packet = result[0]
    data[:] = bytes(len(data))
    data.clear()  # nobody holds its memory
    assert packet == Publish("t", b"body", user_properties=[("k", "v")])

    payload = bytearray(b"hi")
    packet = Publish("t", payload)
    payload[0] = 0
    assert packet.payload == b"hi"


@pytest.mark.parametrize("data", ["text", None, 5, [1, 2]])
def test_wrong_type_of_data(data: Any) -> None:
    with pytest.raises(TypeError):
        decode(data)
    with pytest.raises(TypeError):
        inspect(data)


@pytest.mark.parametrize("version", ["5", QoS.AT_LEAST_ONCE, True, 5.0])
def test_wrong_type_of_version(version: Any) -> None:
    with pytest.raises(TypeError):
        decode(V5, version=version)
    with pytest.raises(TypeError):
        encode(Publish("t"), version=version)


def test_version() -> None:
    with pytest.raises(TypeError):
        decode(V5, Version.V5)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        encode(Publish("t"), version=None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"6 is no mqtt_core\.Version"):
        decode(V5, version=6)  # type: ignore[arg-type]
    assert decode(V5, version=5) == decode(V5)  # type: ignore[arg-type]


@pytest.mark.parametrize("packet", [b"t", None, Will("t"), Subscription("a"), Publish])
def test_what_is_no_packet(packet: Any) -> None:
    for function in (encode, encode_segments, lambda packet: encode_into(packet, bytearray(9))):
        with pytest.raises(TypeError, match="expected a packet"):
            function(packet)


def test_version_is_not_known_yet() -> None:
    for version in Version:
        connect = Connect("c", version=version)
        assert one(encode(connect, version=version), None) == connect
        # It is judged by what it names, whatever is told.
        for told in Version:
            assert one(encode(connect, version=version), told) == connect
    with pytest.raises(RemoteProtocolError) as caught:
        decode(V5, version=None)
    assert caught.value.kind == "expected_connect"


def test_remote_errors() -> None:
    with pytest.raises(MalformedPacketError) as caught:
        decode(b"\x36\x00")
    error = caught.value
    assert error.kind == "publish_qos"
    assert error.offset == 0
    assert error.clause == "MQTT-3.3.1-4"
    assert error.reason is ReasonCode.MALFORMED_PACKET
    assert error.packet_type is PacketType.PUBLISH
    assert "byte 0" in str(error)

    with pytest.raises(RemoteProtocolError) as refused:
        decode(b"\x30\x06\x00\x03a/#\x00")
    assert refused.value.reason is ReasonCode.TOPIC_NAME_INVALID
    assert refused.value.offset == 6
    assert not isinstance(refused.value, MalformedPacketError)

    with pytest.raises(RemoteProtocolError) as unknown:
        decode(b"\x00\x00")
    assert unknown.value.packet_type is None


@pytest.mark.parametrize(
    ("limits", "packet", "kind", "reason"),
    [
        (Limits(max_packet_size=20), Publish("t", bytes(20)), "packet_too_large", 0x95),
        (
            Limits(max_user_properties=1),
            Publish("t", user_properties=[("a", "b")] * 2),
            "user_property_count",
            0x97,
        ),
        (Limits(max_filters=1), Unsubscribe(["a", "b"], packet_id=1), "filter_count", 0x97),
        (Limits(max_topic_levels=2), Publish("a/b/c"), "topic_levels", 0x90),
        (Limits(), Publish("/" * 200), "topic_levels", 0x90),
    ],
)
def test_limits(limits: Limits, packet: Packet, kind: str, reason: int) -> None:
    data = encode(packet)
    with pytest.raises(LimitError) as caught:
        decode(data, limits=limits)
    assert caught.value.kind == kind
    assert caught.value.reason is ReasonCode(reason)
    assert caught.value.packet_type is not None
    assert one(data, limits=Limits(max_topic_levels=1000)) == packet


def test_limit_on_size_needs_no_body() -> None:
    with pytest.raises(LimitError):
        decode(b"\x30\xff\xff\x7f", limits=Limits(max_packet_size=1000))


def test_strictness_and_sender() -> None:
    data = b"\x38\x03\x00\x01t"
    with pytest.raises(RemoteProtocolError):
        decode(data, version=Version.V311)
    lenient = Strictness(allow_dup_qos0=True)
    packet = one(data, Version.V311, strictness=lenient)
    assert packet == Publish("t", dup=True)
    with pytest.raises(LocalProtocolError):
        encode(packet, version=Version.V311)
    assert "PUBLISH, 5 bytes" in inspect(data, version=Version.V311, strictness=lenient)

    assert one(b"\xc0\x00", sender=Sender.CLIENT) == PingReq()
    with pytest.raises(RemoteProtocolError) as caught:
        decode(b"\xc0\x00", sender=Sender.SERVER)
    assert caught.value.kind == "packet_direction"


def test_lenient_properties_can_be_read() -> None:
    """A subscription identifier in more bytes than needed, in the packet that was let pass."""
    data = b"\x30\x07\x00\x01t\x03\x0b\x85\x00"
    packet = one(data, strictness=Strictness(allow_non_minimal_varints=True))
    assert packet == Publish("t", subscription_identifiers=[5])
    assert one(encode(packet)) == packet


@pytest.mark.parametrize(
    ("packet", "version", "clause"),
    [
        (Publish("a/#"), Version.V5, "MQTT-3.3.2-2"),
        (Publish("a/+"), Version.V311, "MQTT-3.3.2-2"),
        (Publish("t", dup=True), Version.V5, "MQTT-3.3.1-2"),
        (Connect(authentication_data=b"x"), Version.V5, "section 3.1.2.11.10"),
        (PubAck(1, ReasonCode.BANNED), Version.V5, "MQTT-3.4.2-1"),
        (Publish("t", topic_alias=1), Version.V311, None),
    ],
)
def test_what_cannot_be_encoded_names_its_statement(
    packet: Packet, version: Version, clause: str | None
) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        encode(packet, version=version)
    assert caught.value.clause == clause


@pytest.mark.parametrize(
    ("packet", "version", "kind"),
    [
        (Publish("a/#"), Version.V311, "topic_wildcard"),
        (Publish(""), Version.V311, "topic_empty"),
        (Publish("t\0"), Version.V311, "nul"),
        (Publish("t", qos=QoS.AT_LEAST_ONCE), Version.V311, "packet_id_zero"),
        (Publish("t", packet_id=1), Version.V311, "packet_id_zero"),
        (Publish("t", dup=True), Version.V311, "dup_without_qos"),
        (Publish("t" * 65_536), Version.V311, "field_too_long"),
        (Publish("t", topic_alias=1), Version.V311, "not_in_version"),
        (PubAck(1, ReasonCode.NOT_AUTHORIZED), Version.V311, "not_in_version"),
        (PubAck(1, ReasonCode.BANNED), Version.V5, "reason_code"),
        (Auth(), Version.V311, "not_in_version"),
        (Connect(authentication_data=b"x"), Version.V5, "authentication_data_alone"),
        (Connect(), Version.V311, "not_in_version"),
        (Connect("", version=Version.V31), Version.V31, "client_id_empty"),
        (Connect("c" * 24, version=Version.V31), Version.V31, "client_id_too_long"),
        (
            Connect("c", version=Version.V311, password=b"x"),
            Version.V311,
            "password_without_user_name",
        ),
        (Connect(will=Will("")), Version.V5, "topic_empty"),
        (
            Connect(version=Version.V311, will=Will("t", will_delay_interval=1)),
            Version.V311,
            "not_in_version",
        ),
        (
            ConnAck(ReasonCode.BANNED, session_present=True),
            Version.V5,
            "session_present_on_refusal",
        ),
        (Subscribe([], packet_id=1), Version.V5, "subscriptions_empty"),
        (Subscribe([Subscription("a#")], packet_id=1), Version.V5, "filter_multi_level"),
        (
            Subscribe([Subscription("$share/g/a", no_local=True)], packet_id=1),
            Version.V5,
            "no_local_on_share",
        ),
        (
            Subscribe([Subscription("a", retain_as_published=True)], packet_id=1),
            Version.V311,
            "not_in_version",
        ),
        (Unsubscribe([], packet_id=1), Version.V311, "subscriptions_empty"),
        (SubAck([], packet_id=1), Version.V5, "reason_codes_empty"),
        (SubAck([ReasonCode.V3_FAILURE], packet_id=1), Version.V31, "reason_code"),
        (Disconnect(ReasonCode.SERVER_BUSY), Version.V311, "not_in_version"),
        (Disconnect(ReasonCode.BANNED), Version.V5, "reason_code"),
    ],
)
def test_local_errors(packet: Packet, version: Version, kind: str) -> None:
    for function in (
        encode,
        encode_segments,
        lambda packet, version: encode_into(packet, bytearray(100_000), version=version),
    ):
        with pytest.raises(LocalProtocolError) as caught:
            function(packet, version=version)
        error = caught.value
        assert isinstance(error, Error)
        assert error.kind == kind
        assert error.packet_type is not None
        assert error.packet_type.name == type(packet).__name__.upper()
        assert error.offset is None
        assert error.reason is None
        assert str(error)


def test_received_properties_do_not_exist_in_3_1_1() -> None:
    packet = one(V5)
    assert isinstance(packet, Publish)
    with pytest.raises(LocalProtocolError) as caught:
        encode(packet, version=Version.V311)
    assert caught.value.kind == "not_in_version"
    plain = packet.replace(user_properties=())
    assert encode(plain, version=Version.V311) == b"\x30\x07\x00\x01tbody"


def test_inspect() -> None:
    text = inspect(b"\x40\x02\0\x07", version=Version.V311)
    cells = [line.split() for line in text.splitlines()]
    assert cells == [
        ["PUBACK,", "4", "bytes,", "MQTT", "3.1.1"],
        ["offset", "bytes", "field", "value", "statement"],
        ["0", "40", "packet", "type", "PUBACK", "MQTT-2.2.2-1"],
        ["1", "02", "remaining", "length", "2", "section", "2.2.3"],
        ["2", "00", "07", "packet", "identifier", "7", "section", "2.3.1"],
    ]
    text = inspect(encode(Connect("c")))
    assert "client identifier" in text
    text = inspect(b"\x36\x00", version=Version.V5)
    assert "publish_qos" in text
    assert "MQTT-3.3.1-4" in text
    assert "expected_connect" in inspect(b"\xc0\x00")
    assert "more bytes needed" in inspect(b"\x10")


def test_package() -> None:
    package = Path(mqtt_core.__file__).parent
    assert (package / "py.typed").exists()
    assert (package / "_native.pyi").exists()
