"""Events, settings and numbers of sessions are immutable values."""

import copy
import pickle
import sys
import weakref
from collections.abc import Callable

import mqtt_core
import pytest
from mqtt_core import (
    ClientConfig,
    CloseCause,
    Closed,
    ConnAck,
    Connected,
    Dropped,
    DropReason,
    Fenced,
    Limits,
    Message,
    PacketType,
    PersistConfig,
    PersistKind,
    PersistOp,
    Publish,
    Published,
    QoS,
    QueueLimits,
    ReasonCode,
    ServerConfig,
    SessionStart,
    Spread,
    Stats,
    Subscribed,
    Timer,
    Traffic,
    Unsubscribed,
    Version,
    Writable,
)

QOS1 = QoS.AT_LEAST_ONCE

VALUES: list[object] = [
    Connected(ConnAck(server_keep_alive=3), SessionStart.LOST, dropped=2),
    Message(Publish("a/é", b"x\x00y", qos=QOS1, packet_id=7, content_type="t"), 2**64 - 1, seq=9),
    Message(Publish("a")),
    Published(5, ReasonCode.QUOTA_EXCEEDED, packet_id=2, user_properties=[("k", "v")]),
    Dropped(1, DropReason.EXPIRED),
    Fenced(4),
    Writable(),
    Subscribed(3, [ReasonCode.GRANTED_QOS_1], packet_id=1, reason_string="why"),
    Unsubscribed(3, [ReasonCode.SUCCESS], packet_id=1),
    Unsubscribed(3, packet_id=1),
    Closed(CloseCause.EOF),
    Closed(CloseCause.TIMEOUT, ReasonCode.KEEP_ALIVE_TIMEOUT, timer=Timer.PING_RESPONSE),
    Closed(CloseCause.REFUSED, ReasonCode.BANNED, packet=ConnAck(ReasonCode.BANNED)),
    Closed(
        CloseCause.MALFORMED,
        ReasonCode.MALFORMED_PACKET,
        kind="publish_qos",
        message="m",
        offset=0,
        clause="MQTT-3.3.1-4",
        packet_type=PacketType.PUBLISH,
    ),
    Stats(
        sent=Traffic(messages=(1, 2, 3)), latency=Spread(min=1, max=2, sum=3, count=2), until=1.5
    ),
    Traffic(bytes=(1, 2, 3)),
    Spread(count=1),
    PersistOp(PersistKind.PUT, b"k", b"v", seq=4, epoch=2),
    ClientConfig(version=Version.V311, limits=Limits(max_filters=3), ping_timeout=1.5),
    ServerConfig(queue=QueueLimits(max_count=1), persist=PersistConfig(epoch=3)),
    QueueLimits(max_open=20),
    PersistConfig(after=8),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values(value: object) -> None:
    made = eval(repr(value), vars(mqtt_core).copy())
    assert made == value and hash(made) == hash(value) and made is not value
    assert repr(made) == repr(value)
    assert value != object()
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
    assert copy.copy(value) is value
    assert copy.deepcopy(value) is value
    assert weakref.ref(value)() is value
    replace: Callable[..., object] = value.replace  # type: ignore[attr-defined]
    assert replace() == value
    if sys.version_info >= (3, 13):
        assert copy.replace(value) == value
    for name in type(value).__match_args__:  # type: ignore[attr-defined]
        assert getattr(value, name) == getattr(made, name)
        with pytest.raises(AttributeError):
            setattr(value, name, None)
    with pytest.raises(TypeError):
        type("Derived", (type(value),), {})


def test_values_differ() -> None:
    assert Dropped(1, DropReason.EXPIRED) != Dropped(2, DropReason.EXPIRED)
    assert Fenced(1) != Dropped(1, DropReason.EXPIRED)
    assert Closed(CloseCause.EOF) != Closed(CloseCause.LOCAL)
    assert Fenced(1).replace(epoch=2) == Fenced(2)
    assert len({repr(value) for value in VALUES}) == len(VALUES)
