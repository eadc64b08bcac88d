"""What a type checker knows of the package. Type checkers read this file, and pytest runs it."""

from typing import assert_type

from mqtt_core import (
    ConnAck,
    Connect,
    Decoder,
    LimitError,
    Limits,
    Packet,
    PacketType,
    ProtocolError,
    PubAck,
    Publish,
    QoS,
    ReasonCode,
    SubAck,
    Subscribe,
    Subscription,
    Unsubscribe,
    Version,
    Will,
    WouldBlock,
    decode,
    encode,
    encode_into,
    encode_segments,
    inspect,
)


def test_types_of_results() -> None:
    packet = Publish("t", b"x", qos=QoS.AT_LEAST_ONCE, packet_id=1)
    assert_type(packet, Publish)
    assert_type(packet.topic, str)
    assert_type(packet.payload, bytes)
    assert_type(packet.payload_view, memoryview)
    assert_type(packet.qos, QoS)
    assert_type(packet.retain, bool)
    assert_type(packet.packet_id, int | None)
    assert_type(packet.content_type, str | None)
    assert_type(packet.correlation_data, bytes | None)
    assert_type(packet.subscription_identifiers, tuple[int, ...])
    assert_type(packet.user_properties, tuple[tuple[str, str], ...])
    assert_type(packet.replace(retain=True), Publish)
    data = encode(packet)
    assert_type(data, bytes)
    assert_type(encode_into(packet, bytearray(100)), int)
    assert_type(encode_segments(packet), tuple[bytes | memoryview, ...])
    assert_type(inspect(data, version=Version.V5), str)
    result = decode(memoryview(data), limits=Limits(max_filters=1))
    assert_type(result, tuple[Packet, int] | None)
    assert result is not None
    match result[0]:
        case Publish(topic=topic):
            assert_type(topic, str)
        case Connect() | ConnAck():
            raise AssertionError
        case _:
            raise AssertionError


def test_types_of_packets() -> None:
    connect = Connect("c", will=Will("t", b"x"), password=b"p", receive_maximum=3)
    assert_type(connect.will, Will | None)
    assert_type(connect.password, bytes | None)
    assert_type(connect.receive_maximum, int | None)
    ack = ConnAck(maximum_qos=QoS.AT_LEAST_ONCE)
    assert_type(ack.reason, ReasonCode)
    assert_type(ack.maximum_qos, QoS | None)
    assert_type(ack.retain_available, bool | None)
    subscribe = Subscribe([Subscription("a")], packet_id=1)
    assert_type(subscribe.subscriptions, tuple[Subscription, ...])
    assert_type(Unsubscribe(["a"], packet_id=1).filters, tuple[str, ...])
    assert_type(SubAck([ReasonCode.SUCCESS], packet_id=1).reasons, tuple[ReasonCode, ...])


def test_types_of_the_decoder() -> None:
    decoder = Decoder(version=None)
    decoder.feed(bytearray(b"\x10"))
    for packet in decoder:
        assert_type(packet, Packet)
    assert_type(decoder.needed, int)
    assert_type(decoder.version, Version | None)
    decoder.version = Version.V5


def test_types_of_errors() -> None:
    error = ProtocolError("m", kind="k")
    assert_type(error.reason, ReasonCode | None)
    assert_type(error.offset, int | None)
    assert_type(error.clause, str | None)
    assert_type(error.packet_type, PacketType | None)
    assert_type(LimitError("m", kind="k").kind, str)
    assert_type(WouldBlock("m", needed="packet-ids").needed, str)


def test_wrong_uses_are_seen() -> None:
    """Each of these lines needs its `ignore`: `--strict` warns of one that is not needed."""

    def never_called() -> None:
        Publish("t", receive_maximum=5)  # type: ignore[call-arg]
        PubAck(1, content_type="x")  # type: ignore[call-arg]
        Publish(b"t")  # type: ignore[arg-type]
        Publish("t", qos=1)  # type: ignore[arg-type]
        Publish("t").replace(receive_maximum=5)  # type: ignore[call-arg]
        decode("text")  # type: ignore[arg-type]
        encode(Will("t"))  # type: ignore[arg-type]
        Publish("t").topic = "u"  # type: ignore[misc]

    assert callable(never_called)
