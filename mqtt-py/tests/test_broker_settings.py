"""Each setting of a broker does what it says."""

from typing import Any

import pytest
from mqtt_core import (
    BrokerConfig,
    BrokerLimits,
    Closed,
    Connect,
    Connected,
    Published,
    QoS,
    QueueLimits,
    ReasonCode,
    ServerConfig,
    Subscribed,
)
from network import Network, is_up

QOS1 = QoS.AT_LEAST_ONCE


@pytest.mark.parametrize(
    "setting,value,told,expected",
    [
        ("max_qos", QOS1, "maximum_qos", QOS1),
        ("retain_available", False, "retain_available", False),
        ("wildcards_available", False, "wildcard_subscription_available", False),
        ("shared_available", False, "shared_subscription_available", False),
        ("subscription_ids_available", False, "subscription_identifier_available", False),
        ("receive_maximum", 7, "receive_maximum", 7),
        ("topic_alias_maximum", 8, "topic_alias_maximum", 8),
        ("max_keep_alive", 9, "server_keep_alive", 9),
        ("max_session_expiry", 10, "session_expiry_interval", 10),
    ],
)
def test_what_a_client_is_told(setting: str, value: Any, told: str, expected: Any) -> None:
    def connack(config: BrokerConfig) -> Any:
        client = Network(config).join("c", session_expiry_interval=100)
        (connected,) = client.taken(Connected)
        return connected.connack

    usual, changed = connack(BrokerConfig()), connack(BrokerConfig(**{setting: value}))
    assert getattr(changed, told) == expected != getattr(usual, told)
    assert changed.replace(**{told: getattr(usual, told)}) == usual


@pytest.mark.parametrize("waits", [True, False])
def test_qos_0_for_who_is_away(waits: bool) -> None:
    net = Network(BrokerConfig(queue_qos_0=waits))
    options: dict[str, Any] = {"clean_start": False, "session_expiry_interval": 100}
    anna = net.join("anna", **options)
    anna.subscribe("t")
    anna.lose()
    net.broker.publish("t", b"x", now=0.0)
    anna.connect(Connect("anna", **options))
    assert anna.payloads() == ([b"x"] if waits else [])


def test_a_publisher_waits_for_a_receiver() -> None:
    server = ServerConfig(queue=QueueLimits(max_count=20), max_output=2000)
    waits = []
    for seconds in (0.0, 1.0):
        net = Network(BrokerConfig(server=server, max_publisher_wait=seconds))
        anna, ben = net.join("anna"), net.join("ben")
        anna.subscribe("t")
        anna.is_deaf = True
        for n in range(40):
            ben.publish("t", b"%d" % n + bytes(500), qos=QOS1)
        waits.append((net.broker.stats().publisher_waits, len(ben.taken(Published))))
        net.wait(1.0)
        waits.append((net.broker.stats().publisher_waits, len(ben.taken(Published))))
    assert waits[:2] == [(0, 40), (0, 0)]
    # Then it was told that its messages are taken, whatever the receiver does.
    assert waits[2][0] == waits[3][0] == 1
    assert waits[2][1] < 40 and waits[2][1] + waits[3][1] == 40


def limited(**limits: int) -> Network:
    return Network(BrokerConfig(limits=BrokerLimits(**limits)))


def test_limits_of_sessions() -> None:
    net = limited(max_sessions=1)
    assert is_up(net.join("a"))
    closed: Closed = net.join("b").closed()
    assert closed.reason is ReasonCode.QUOTA_EXCEEDED
    net = limited(max_connections=2)
    net.join("a")
    net.join("b")
    assert net.broker.stats().connections == 2


@pytest.mark.parametrize(
    "limit,refused",
    [
        ({"max_subscriptions": 1}, ReasonCode.QUOTA_EXCEEDED),
        ({"max_subscriptions_per_client": 1}, ReasonCode.QUOTA_EXCEEDED),
        ({"max_levels": 2}, ReasonCode.TOPIC_FILTER_INVALID),
    ],
)
def test_limits_of_subscriptions(limit: dict[str, int], refused: ReasonCode) -> None:
    net = limited(**limit)
    anna = net.join("anna")
    anna.subscribe("a/b", "a/b/c", qos=QOS1)
    (subscribed,) = anna.taken(Subscribed)
    assert subscribed.reasons == (ReasonCode.GRANTED_QOS_1, refused)


@pytest.mark.parametrize(
    "limit", [{"max_retained": 1}, {"max_retained_bytes": 150}, {"max_levels": 1}]
)
def test_limits_of_retained_messages(limit: dict[str, int]) -> None:
    net = limited(**limit)
    for topic in ("a", "b/c"):
        net.broker.publish(topic, bytes(100), retain=True, now=0.0)
    assert [it.topic for it in net.broker.retained("#")] == ["a"]


def test_limit_of_what_waits() -> None:
    net = limited(max_queued_bytes=10_000)
    anna = net.join("anna", clean_start=False, session_expiry_interval=100)
    anna.subscribe("t")
    anna.lose()
    for _ in range(100):
        net.broker.publish("t", bytes(1000), qos=QOS1, now=0.0)
    stats = net.broker.stats()
    # The one that reaches the bound is the last.
    assert stats.queued_bytes < 12_000 and stats.dropped_full >= 90
