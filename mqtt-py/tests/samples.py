"""Values of all classes, and strategies of hypothesis that make legal packets of all types."""

import csv
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mqtt_core
from hypothesis import strategies as st
from mqtt_core import (
    Auth,
    ConnAck,
    Connect,
    Disconnect,
    Limits,
    MergedDelivery,
    Packet,
    PacketType,
    PingReq,
    PingResp,
    PubAck,
    PubComp,
    Publish,
    PubRec,
    PubRel,
    QoS,
    ReasonCode,
    RetainHandling,
    Strictness,
    SubAck,
    Subscribe,
    Subscription,
    TopicFilter,
    TopicName,
    UnsubAck,
    Unsubscribe,
    Version,
    Will,
    decode,
    encode,
)

SPEC = Path(__file__).parents[2] / "mqtt-core" / "tests" / "spec"

CLASSES: dict[PacketType, type[Packet]] = {
    PacketType[cls.__name__.upper()]: cls
    for cls in (
        Connect,
        ConnAck,
        Publish,
        PubAck,
        PubRec,
        PubRel,
        PubComp,
        Subscribe,
        SubAck,
        Unsubscribe,
        UnsubAck,
        PingReq,
        PingResp,
        Disconnect,
        Auth,
    )
}


def rows(name: str) -> list[dict[str, str]]:
    """A table of the standard."""
    with (SPEC / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def legal_reasons(packet: str) -> list[ReasonCode]:
    """The reason codes of 5.0 that a packet may carry."""
    return sorted(
        {
            ReasonCode(int(row["code"], 16))
            for row in rows("reason-codes-v5.tsv")
            if packet in row["packets"].split(",")
        }
    )


def one(data: bytes, version: Version | None = Version.V5, **options: Any) -> Packet:
    """The packet that all of the data is."""
    result = decode(data, version=version, **options)
    assert result is not None
    packet, consumed = result
    assert consumed == len(data)
    return packet


FULL_WILL = Will(
    "gone/é",
    b"\x00lost",
    qos=QoS.EXACTLY_ONCE,
    retain=True,
    payload_format_indicator=0,
    message_expiry_interval=60,
    content_type="text/plain",
    response_topic="re",
    correlation_data=b"\x01",
    will_delay_interval=5,
    user_properties=[("k", "v1"), ("k", "v2")],
)

FULL_PUBLISH = Publish(
    "a/é",
    b"x\x00y",
    qos=QoS.EXACTLY_ONCE,
    retain=True,
    dup=True,
    packet_id=258,
    payload_format_indicator=1,
    message_expiry_interval=86_400,
    content_type="text/plain",
    response_topic="re",
    correlation_data=b"\x00\xff",
    subscription_identifiers=[128, 3],
    topic_alias=7,
    user_properties=[("k", "v1"), ("k", "v2")],
)

PACKETS: list[Packet] = [
    Connect(),
    Connect(
        "sensor-7",
        clean_start=False,
        keep_alive=30,
        will=FULL_WILL,
        user_name="sensor",
        session_expiry_interval=3600,
        receive_maximum=20,
        maximum_packet_size=65_536,
        topic_alias_maximum=10,
        request_response_information=True,
        request_problem_information=False,
        authentication_method="SCRAM-SHA-256",
        user_properties=[("site", "north")],
    ),
    ConnAck(),
    ConnAck(
        ReasonCode.SUCCESS,
        session_present=True,
        session_expiry_interval=0,
        receive_maximum=1,
        maximum_qos=QoS.AT_LEAST_ONCE,
        retain_available=False,
        maximum_packet_size=1024,
        assigned_client_identifier="auto-17",
        topic_alias_maximum=0,
        reason_string="welcome",
        wildcard_subscription_available=True,
        subscription_identifier_available=False,
        shared_subscription_available=True,
        server_keep_alive=65_535,
        response_information="answers/",
        server_reference="other:1883",
        authentication_method="m",
        user_properties=[("", "")],
    ),
    Publish("t"),
    FULL_PUBLISH,
    PubAck(1),
    PubAck(65_535, ReasonCode.NO_MATCHING_SUBSCRIBERS, reason_string="nobody"),
    PubRec(2, ReasonCode.QUOTA_EXCEEDED, user_properties=[("k", "v")]),
    PubRel(3, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND),
    PubComp(4),
    Subscribe([Subscription("a/+")], packet_id=5),
    Subscribe(
        [
            Subscription("$share/g/jobs/#", QoS.AT_LEAST_ONCE),
            Subscription(
                "b",
                QoS.EXACTLY_ONCE,
                no_local=True,
                retain_as_published=True,
                retain_handling=RetainHandling.DO_NOT_SEND,
            ),
        ],
        packet_id=6,
        subscription_identifier=268_435_455,
        user_properties=[("k", "v")],
    ),
    SubAck([ReasonCode.GRANTED_QOS_1, ReasonCode.NOT_AUTHORIZED], packet_id=6, reason_string="r"),
    Unsubscribe(["a/+", "b"], packet_id=7, user_properties=[("k", "v")]),
    UnsubAck([ReasonCode.NO_SUBSCRIPTION_EXISTED], packet_id=7, reason_string="r"),
    PingReq(),
    PingResp(),
    Disconnect(),
    Disconnect(
        ReasonCode.USE_ANOTHER_SERVER,
        session_expiry_interval=4_294_967_295,
        reason_string="full",
        server_reference="other",
        user_properties=[("k", "v")],
    ),
    Auth(
        ReasonCode.CONTINUE_AUTHENTICATION,
        authentication_method="m",
        reason_string="more",
        user_properties=[("k", "v")],
    ),
]
"""At least one of each type, legal in 5.0, without secrets: a `repr` does not tell those."""

SECRETS: list[Packet] = [
    Connect("c", password=b"secret", authentication_method="m", authentication_data=b"abc"),
    ConnAck(authentication_method="m", authentication_data=b"abc"),
    Auth(authentication_method="m", authentication_data=b"abc"),
]

VALUES: list[Any] = [
    *PACKETS,
    *(one(encode(packet)) for packet in PACKETS),
    FULL_WILL,
    Subscription("a/+", QoS.AT_LEAST_ONCE),
    MergedDelivery("anna", QoS.AT_LEAST_ONCE, subscription_ids=[1, 2]),
    TopicName("a/b"),
    TopicFilter("a/+"),
    TopicFilter("b/#"),
    Limits(),
    Limits(max_packet_size=1, max_user_properties=2, max_filters=3, max_topic_levels=4),
    Strictness(),
    Strictness(allow_dup_qos0=True, check_payload_format=True),
]
"""Values of all classes; of packets, also as they are received."""

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
TOPIC = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0+#"), min_size=1, max_size=20
)
PACKET_ID = st.integers(1, 65_535)
U32 = st.integers(0, 2**32 - 1)
U16 = st.integers(0, 65_535)
SUBSCRIPTION_IDENTIFIER = st.integers(1, 268_435_455)

PROPERTIES: dict[str, st.SearchStrategy[Any]] = {
    "payload_format_indicator": st.integers(0, 1),
    "message_expiry_interval": U32,
    "content_type": TEXT,
    "response_topic": TOPIC,
    "correlation_data": st.binary(max_size=20),
    "subscription_identifiers": st.lists(SUBSCRIPTION_IDENTIFIER, max_size=3),
    "subscription_identifier": SUBSCRIPTION_IDENTIFIER,
    "topic_alias": st.integers(1, 65_535),
    "user_properties": st.lists(st.tuples(TEXT, TEXT), max_size=3),
    "will_delay_interval": U32,
    "session_expiry_interval": U32,
    "receive_maximum": st.integers(1, 65_535),
    "maximum_packet_size": st.integers(1, 2**32 - 1),
    "topic_alias_maximum": U16,
    "request_response_information": st.booleans(),
    "request_problem_information": st.booleans(),
    "authentication_method": TEXT,
    "authentication_data": st.binary(max_size=20),
    "maximum_qos": st.sampled_from([QoS.AT_MOST_ONCE, QoS.AT_LEAST_ONCE]),
    "retain_available": st.booleans(),
    "assigned_client_identifier": TEXT.filter(bool),
    "reason_string": TEXT,
    "wildcard_subscription_available": st.booleans(),
    "subscription_identifier_available": st.booleans(),
    "shared_subscription_available": st.booleans(),
    "server_keep_alive": U16,
    "response_information": TEXT,
    "server_reference": TEXT,
}
"""Legal values of each keyword that is a property."""


# Looked at once: CPython 3.11 cannot always parse signatures in several threads at once.
PARAMETERS = {
    cls: dict(inspect.signature(cls).parameters)
    for cls in (
        *CLASSES.values(),
        Will,
        Subscription,
        Limits,
        Strictness,
        MergedDelivery,
        TopicName,
        TopicFilter,
    )
}
"""What the constructor of each class takes."""


def property_names(cls: type) -> list[str]:
    """The keywords of a class that are properties."""
    return [name for name in PARAMETERS[cls] if name in PROPERTIES]


@st.composite
def properties(draw: st.DrawFn, cls: type, version: Version) -> dict[str, Any]:
    if version is not Version.V5:
        return {}
    names = draw(st.sets(st.sampled_from(property_names(cls))))
    if "authentication_data" in names:
        names.add("authentication_method")
    return {name: draw(PROPERTIES[name]) for name in sorted(names)}


@st.composite
def filters(draw: st.DrawFn, version: Version) -> str:
    levels = draw(st.lists(TOPIC.map(lambda text: text.replace("/", "")) | st.just("+")))
    text = "/".join([*levels, "#"] if draw(st.booleans()) or not levels else levels)
    # In 5.0 that would be a shared subscription, which has rules of its own.
    if version is Version.V5 and text.startswith("$share/"):
        text = "x" + text
    if version is Version.V5 and draw(st.booleans()):
        return f"$share/group/{text}"
    return text or "/"


@st.composite
def wills(draw: st.DrawFn, version: Version) -> Will:
    return Will(
        draw(TOPIC),
        draw(st.binary(max_size=300)),
        qos=draw(st.sampled_from(QoS)),
        retain=draw(st.booleans()),
        **draw(properties(Will, version)),
    )


@st.composite
def connects(draw: st.DrawFn, version: Version) -> Connect:
    client_id = draw(TEXT)
    if version is Version.V31:
        client_id = client_id or "c"
    user_name = draw(st.none() | TEXT)
    password = draw(st.none() | st.binary(max_size=20))
    return Connect(
        client_id,
        version=version,
        clean_start=draw(st.booleans()) or (version is Version.V311 and not client_id),
        keep_alive=draw(U16),
        will=draw(st.none() | wills(version)),
        user_name=user_name,
        password=None if user_name is None and version is not Version.V5 else password,
        **draw(properties(Connect, version)),
    )


@st.composite
def connacks(draw: st.DrawFn, version: Version) -> ConnAck:
    legal = legal_reasons("CONNACK") if version is Version.V5 else [ReasonCode(i) for i in range(6)]
    reason = draw(st.sampled_from(legal))
    may_be_present = reason == ReasonCode.SUCCESS and version is not Version.V31
    return ConnAck(
        reason,
        session_present=may_be_present and draw(st.booleans()),
        **draw(properties(ConnAck, version)),
    )


@st.composite
def publishes(draw: st.DrawFn, version: Version) -> Publish:
    qos = draw(st.sampled_from(QoS))
    rest = draw(properties(Publish, version))
    return Publish(
        draw(TOPIC | st.just("")) if "topic_alias" in rest else draw(TOPIC),
        draw(st.binary(max_size=300)),
        qos=qos,
        retain=draw(st.booleans()),
        dup=draw(st.booleans()) if qos else False,
        packet_id=draw(PACKET_ID) if qos else None,
        **rest,
    )


Ack = PubAck | PubRec | PubRel | PubComp


def acks(cls: type[Ack]) -> Callable[[Version], st.SearchStrategy[Packet]]:
    @st.composite
    def make(draw: st.DrawFn, version: Version) -> Packet:
        v5 = version is Version.V5
        legal = legal_reasons(cls.__name__.upper()) if v5 else [ReasonCode.SUCCESS]
        return cls(draw(PACKET_ID), draw(st.sampled_from(legal)), **draw(properties(cls, version)))

    return make


@st.composite
def subscribes(draw: st.DrawFn, version: Version) -> Subscribe:
    def subscription(filter: str) -> st.SearchStrategy[Subscription]:
        if version is not Version.V5:
            return st.builds(Subscription, st.just(filter), st.sampled_from(QoS))
        return st.builds(
            Subscription,
            st.just(filter),
            st.sampled_from(QoS),
            no_local=st.just(False) if filter.startswith("$share/") else st.booleans(),
            retain_as_published=st.booleans(),
            retain_handling=st.sampled_from(RetainHandling),
        )

    return Subscribe(
        draw(st.lists(filters(version).flatmap(subscription), min_size=1, max_size=4)),
        packet_id=draw(PACKET_ID),
        **draw(properties(Subscribe, version)),
    )


@st.composite
def subacks(draw: st.DrawFn, version: Version) -> SubAck:
    granted = [ReasonCode.GRANTED_QOS_0, ReasonCode.GRANTED_QOS_1, ReasonCode.GRANTED_QOS_2]
    legal = {
        Version.V31: granted,
        Version.V311: [*granted, ReasonCode.V3_FAILURE],
        Version.V5: legal_reasons("SUBACK"),
    }[version]
    return SubAck(
        draw(st.lists(st.sampled_from(legal), min_size=1, max_size=5)),
        packet_id=draw(PACKET_ID),
        **draw(properties(SubAck, version)),
    )


@st.composite
def unsubscribes(draw: st.DrawFn, version: Version) -> Unsubscribe:
    return Unsubscribe(
        draw(st.lists(filters(version), min_size=1, max_size=4)),
        packet_id=draw(PACKET_ID),
        **draw(properties(Unsubscribe, version)),
    )


@st.composite
def unsubacks(draw: st.DrawFn, version: Version) -> UnsubAck:
    v5 = version is Version.V5
    reasons = st.lists(st.sampled_from(legal_reasons("UNSUBACK")), min_size=1, max_size=5)
    return UnsubAck(
        draw(reasons) if v5 else (),
        packet_id=draw(PACKET_ID),
        **draw(properties(UnsubAck, version)),
    )


@st.composite
def disconnects(draw: st.DrawFn, version: Version) -> Disconnect:
    legal = legal_reasons("DISCONNECT") if version is Version.V5 else [ReasonCode.SUCCESS]
    return Disconnect(draw(st.sampled_from(legal)), **draw(properties(Disconnect, version)))


@st.composite
def auths(draw: st.DrawFn, version: Version) -> Auth:
    assert version is Version.V5
    return Auth(draw(st.sampled_from(legal_reasons("AUTH"))), **draw(properties(Auth, version)))


MAKERS: dict[PacketType, Callable[[Version], st.SearchStrategy[Packet]]] = {
    PacketType.CONNECT: connects,
    PacketType.CONNACK: connacks,
    PacketType.PUBLISH: publishes,
    PacketType.PUBACK: acks(PubAck),
    PacketType.PUBREC: acks(PubRec),
    PacketType.PUBREL: acks(PubRel),
    PacketType.PUBCOMP: acks(PubComp),
    PacketType.SUBSCRIBE: subscribes,
    PacketType.SUBACK: subacks,
    PacketType.UNSUBSCRIBE: unsubscribes,
    PacketType.UNSUBACK: unsubacks,
    PacketType.PINGREQ: lambda _: st.just(PingReq()),
    PacketType.PINGRESP: lambda _: st.just(PingResp()),
    PacketType.DISCONNECT: disconnects,
    PacketType.AUTH: auths,
}


def types_of(version: Version) -> list[PacketType]:
    """The packets that a version has."""
    return [kind for kind in PacketType if kind != PacketType.AUTH or version is Version.V5]


def packets(version: Version) -> st.SearchStrategy[Packet]:
    """Legal packets of all types."""
    return st.one_of([MAKERS[kind](version) for kind in types_of(version)])


VERSIONED = st.sampled_from(Version).flatmap(
    lambda version: st.tuples(st.just(version), packets(version))
)

NAMES = vars(mqtt_core) | {"__builtins__": {}}
"""What a `repr` is evaluated with."""
