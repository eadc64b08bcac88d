"""The classes of packets: what their constructors take and refuse."""

import inspect
import weakref
from typing import Any

import mqtt_core
import pytest
from mqtt_core import (
    ConnAck,
    Connect,
    Disconnect,
    Error,
    PubAck,
    Publish,
    QoS,
    ReasonCode,
    SubAck,
    Subscribe,
    Subscription,
    Version,
    Will,
    encode,
)
from samples import CLASSES, FULL_PUBLISH, PROPERTIES, one, property_names, rows

TABLE = {
    row["name"]: set(
        row["packets"].replace("ALL", ",".join(kind.name for kind in CLASSES)).split(",")
    )
    for row in rows("properties-v5.tsv")
}
api: Any = mqtt_core
"""For calls that a type checker would not let pass."""

PLURAL = {"user_properties": "user_property", "subscription_identifiers": "subscription_identifier"}


@pytest.mark.parametrize("cls", [*CLASSES.values(), Will], ids=lambda cls: cls.__name__)
def test_properties_are_those_of_the_standard(cls: type) -> None:
    expected = {name for name, packets in TABLE.items() if cls.__name__.upper() in packets}
    assert {PLURAL.get(name, name) for name in property_names(cls)} == expected


def test_every_property_is_tested() -> None:
    assert {PLURAL.get(name, name) for name in PROPERTIES} == set(TABLE)


@pytest.mark.parametrize("name", [row["name"].upper() for row in rows("reason-codes-v5.tsv")])
def test_reason_codes_are_those_of_the_standard(name: str) -> None:
    codes = {row["name"].upper(): int(row["code"], 16) for row in rows("reason-codes-v5.tsv")}
    assert ReasonCode[name] == codes[name]
    of_version_5 = {key: it for key, it in ReasonCode.__members__.items() if key[:3] != "V3_"}
    assert set(of_version_5) == set(codes)


def test_fields() -> None:
    packet = FULL_PUBLISH
    assert packet.topic == "a/é"
    assert packet.payload == b"x\x00y"
    assert bytes(packet.payload_view) == b"x\x00y"
    assert packet.qos is QoS.EXACTLY_ONCE
    assert packet.retain is True
    assert packet.dup is True
    assert packet.packet_id == 258
    assert packet.payload_format_indicator == 1
    assert packet.message_expiry_interval == 86_400
    assert packet.content_type == "text/plain"
    assert packet.response_topic == "re"
    assert packet.correlation_data == b"\x00\xff"
    assert packet.subscription_identifiers == (128, 3)
    assert packet.topic_alias == 7
    assert packet.user_properties == (("k", "v1"), ("k", "v2"))


def test_defaults() -> None:
    packet = Publish("t")
    assert packet.payload == b""
    assert packet.qos is QoS.AT_MOST_ONCE
    assert packet.retain is False
    assert packet.dup is False
    assert packet.packet_id is None
    assert packet.content_type is None
    assert packet.subscription_identifiers == ()
    assert packet.user_properties == ()
    connect = Connect()
    assert connect.version is Version.V5
    assert connect.clean_start is True
    assert connect.keep_alive == 0
    assert connect.will is None
    assert connect.user_name is None
    assert connect.password is None


def test_types_of_attributes() -> None:
    ack = ConnAck(maximum_qos=QoS.AT_LEAST_ONCE, retain_available=False, receive_maximum=3)
    for packet in (ack, one(encode(ack))):
        assert isinstance(packet, ConnAck)
        assert packet.reason is ReasonCode.SUCCESS
        assert packet.maximum_qos is QoS.AT_LEAST_ONCE
        assert packet.retain_available is False
        assert packet.receive_maximum == 3
        assert packet.wildcard_subscription_available is None


def test_objects_are_made_once() -> None:
    packet = one(encode(FULL_PUBLISH))
    assert isinstance(packet, Publish)
    assert packet.topic is packet.topic
    assert packet.payload is packet.payload
    subscribe = Subscribe([Subscription("a")], packet_id=1)
    assert subscribe.subscriptions is subscribe.subscriptions


def test_plain_numbers_stand_for_members() -> None:
    assert Publish("t", qos=1, packet_id=1).qos is QoS.AT_LEAST_ONCE  # type: ignore[arg-type]
    assert PubAck(1, 0x87).reason is ReasonCode.NOT_AUTHORIZED  # type: ignore[arg-type]
    reasons = SubAck([0x80, 1], packet_id=1).reasons  # type: ignore[list-item]
    assert reasons == (ReasonCode.UNSPECIFIED_ERROR, ReasonCode.GRANTED_QOS_1)
    assert all(type(reason) is ReasonCode for reason in reasons)


def test_subclasses_count_as_their_text() -> None:
    class Text(str):
        __slots__ = ()

    class Data(bytes):
        pass

    packet = Publish(Text("t"), Data(b"x"))
    assert type(packet.topic) is str
    assert type(packet.payload) is bytes
    assert packet == Publish("t", b"x")


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: api.Publish(), TypeError),
        (lambda: api.Publish(b"t"), TypeError),
        (lambda: api.Publish(None), TypeError),
        (lambda: api.Publish("t", "text"), TypeError),
        (lambda: api.Publish("t", None), TypeError),
        (lambda: api.Publish("t", b"", QoS.AT_MOST_ONCE), TypeError),
        (lambda: api.Publish("t", qos=True), TypeError),
        (lambda: api.Publish("t", qos=Version.V5), TypeError),
        (lambda: api.Publish("t", qos="1"), TypeError),
        (lambda: api.Publish("t", qos=1.0), TypeError),
        (lambda: api.Publish("t", qos=3), ValueError),
        (lambda: api.Publish("t", qos=-1), ValueError),
        (lambda: api.Publish("t", qos=2**70), ValueError),
        (lambda: api.Publish("t", retain=1), TypeError),
        (lambda: api.Publish("t", packet_id=0), ValueError),
        (lambda: api.Publish("t", packet_id=70_000), ValueError),
        (lambda: api.Publish("t", packet_id=-1), ValueError),
        (lambda: api.Publish("t", packet_id=True), TypeError),
        (lambda: api.Publish("t", packet_id="1"), TypeError),
        (lambda: api.Publish("\ud800"), ValueError),
        (lambda: api.Publish("t", content_type="\ud800"), ValueError),
        (lambda: api.Publish("t", content_type=b"x"), TypeError),
        (lambda: api.Publish("t", content_type="\0"), ValueError),
        (lambda: api.Publish("t", content_type="x" * 65_536), ValueError),
        (lambda: api.Publish("t", correlation_data="x"), TypeError),
        (lambda: api.Publish("t", correlation_data=bytes(65_536)), ValueError),
        (lambda: api.Publish("t", response_topic="a/#"), ValueError),
        (lambda: api.Publish("t", response_topic=""), ValueError),
        (lambda: api.Publish("t", topic_alias=0), ValueError),
        (lambda: api.Publish("t", topic_alias=65_536), ValueError),
        (lambda: api.Publish("t", topic_alias=True), TypeError),
        (lambda: api.Publish("t", payload_format_indicator=2), ValueError),
        (lambda: api.Publish("t", message_expiry_interval=2**32), ValueError),
        (lambda: api.Publish("t", subscription_identifiers=[0]), ValueError),
        (lambda: api.Publish("t", subscription_identifiers=[268_435_456]), ValueError),
        (lambda: api.Publish("t", subscription_identifiers=5), TypeError),
        (lambda: api.Publish("t", user_properties="ab"), TypeError),
        (lambda: api.Publish("t", user_properties=["ab"]), TypeError),
        (lambda: api.Publish("t", user_properties=[("a", 1)]), TypeError),
        (lambda: api.Publish("t", user_properties=[("a",)]), ValueError),
        (lambda: api.Publish("t", user_properties={"a": "b"}), TypeError),
        (lambda: api.Publish("t", user_properties=[("a", "\ud800")]), ValueError),
        (lambda: api.Publish("t", receive_maximum=5), TypeError),
        (lambda: api.Connect(password="text"), TypeError),
        (lambda: api.Connect(keep_alive=65_536), ValueError),
        (lambda: api.Connect(will="gone"), TypeError),
        (lambda: api.Connect(version=None), TypeError),
        (lambda: api.Connect(version=6), ValueError),
        (lambda: api.Connect(receive_maximum=0), ValueError),
        (lambda: api.Connect(maximum_packet_size=0), ValueError),
        (lambda: api.Connect(request_problem_information=1), TypeError),
        (lambda: api.ConnAck(maximum_qos=QoS.EXACTLY_ONCE), ValueError),
        (lambda: api.ConnAck(assigned_client_identifier=""), ValueError),
        (lambda: api.ConnAck(0x03 + 3), ValueError),
        (lambda: api.PubAck(), TypeError),
        (lambda: api.PubAck(None), TypeError),
        (lambda: api.PubAck(1, QoS.AT_LEAST_ONCE), TypeError),
        (lambda: api.Subscribe([Subscription("a")]), TypeError),
        (lambda: api.Subscribe(["a"], packet_id=1), TypeError),
        (lambda: api.Subscribe("a", packet_id=1), TypeError),
        (
            lambda: api.Subscribe([Subscription("a")], packet_id=1, subscription_identifier=0),
            ValueError,
        ),
        (lambda: api.Unsubscribe("a", packet_id=1), TypeError),
        (lambda: api.Unsubscribe([b"a"], packet_id=1), TypeError),
        (lambda: api.SubAck([300], packet_id=1), ValueError),
        (lambda: api.Limits(max_filters=-1), ValueError),
        (lambda: api.Limits(5), TypeError),
        (lambda: api.Strictness(allow_dup_qos0=1), TypeError),
    ],
)
def test_refused_at_construction(make: Any, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        make()
    assert not isinstance(caught.value, Error)


def test_errors_name_the_argument() -> None:
    for name in ("topic_alias", "packet_id"):
        with pytest.raises(ValueError) as caught:
            api.Publish("t", **{name: 0})
        assert any(name in note for note in caught.value.__notes__)


# Python 3.11 cannot parse in several threads at a time: "AST constructor recursion depth mismatch".
@pytest.mark.thread_unsafe
def test_signatures_are_readable() -> None:
    text = str(inspect.signature(Publish))
    assert text.startswith("(topic, payload=b'', *, qos=QoS.AT_MOST_ONCE, retain=False")
    assert inspect.signature(Disconnect).parameters["reason"].default is ReasonCode.SUCCESS


def test_order_of_properties_means_nothing() -> None:
    a = one(b"\x30\x0c\x00\x01t\x07\x01\x01\x02\x00\x00\x00\x05x")
    b = one(b"\x30\x0c\x00\x01t\x07\x02\x00\x00\x00\x05\x01\x01x")
    assert a == b
    assert hash(a) == hash(b)
    assert repr(a) == repr(b)
    assert encode(a) != encode(b)
    c = Publish("t", user_properties=[("k", "1"), ("k", "2")])
    d = Publish("t", user_properties=[("k", "2"), ("k", "1")])
    assert c != d


def test_memory_that_is_used_again_has_nothing_of_its_past() -> None:
    for _ in range(3):
        # More than are kept.
        many = [Publish(f"t/{n}", b"x", qos=QoS(1), content_type="c") for n in range(1000)]
        gone = [weakref.ref(one) for one in many]
        del many
        again = [Publish(f"u/{n}") for n in range(1000)]
        assert all(one() is None for one in gone)
        assert all(
            (one.topic, one.payload, one.qos, one.content_type) == (f"u/{n}", b"", QoS(0), None)
            and weakref.ref(one)() is one
            for n, one in enumerate(again)
        )
