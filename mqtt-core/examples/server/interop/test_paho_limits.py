"""paho-mqtt: what is refused, and what is bounded."""

from __future__ import annotations

import pytest
from conftest import Connect
from harness import expect, fresh
from paho_peer import V5, V31, V311, VERSIONS, Message, Version

versions = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)


@versions
def test_acl_publish(connect: Connect, version: Version) -> None:
    watcher, peer = connect(version), connect(version)
    watcher.subscribe("forbidden/#", 2)
    peer.publish("forbidden/a", b"x", 0)
    # Before 5.0 it is acknowledged, and goes nowhere.
    refused = 0x87 if version == V5 else 0
    expect("PUBACK", peer.publish("forbidden/a", b"x", 1), refused)
    # paho 2.2 does not look at the code of PUBREC: it goes on with PUBREL, and tells of the code of
    # PUBCOMP, which is that there is no such packet identifier.
    expect("PUBCOMP", peer.publish("forbidden/a", b"x", 2), 0x92 if version == V5 else 0)
    watcher.gets_nothing()
    # The connection goes on.
    expect("PUBACK is good", peer.publish(fresh("t"), b"x", 1) < 0x80, True)


@versions
def test_acl_will(connect: Connect, version: Version) -> None:
    watcher = connect(version)
    watcher.subscribe("forbidden/#", 2)
    dying = connect.attempt(version, will=("forbidden/a", b"x", 1, False))
    if getattr(dying.connack, "code", None) == 0:
        dying.cut()
    watcher.gets_nothing()


@versions
def test_acl_subscribe(connect: Connect, version: Version) -> None:
    peer, sender = connect(version), connect(version)
    # 3.1 has no code for it: QoS 0 is said, and nothing comes.
    refused = {V5: 0x87, V311: 0x80, V31: 0}[version]
    # A wider filter would have secrets, too.
    for topic in ["secret/#", "secret/a", "+/a", "#", "$share/group/secret/a"]:
        expect(f"SUBACK for {topic}", peer.subscribe(topic, 1), [refused])
    sender.publish("secret/a", b"x", 1)
    peer.gets_nothing()


def test_what_the_server_grants(connect: Connect) -> None:
    properties = connect(V5).hello.properties
    for name, value in {
        "ReceiveMaximum": 100,
        "TopicAliasMaximum": 10,
        "MaximumPacketSize": 1 << 20,
    }.items():
        expect(name, properties.get(name), value)
    # What is not said is available.
    for name in [
        "MaximumQoS",
        "RetainAvailable",
        "WildcardSubscriptionAvailable",
        "SubscriptionIdentifierAvailable",
        "SharedSubscriptionAvailable",
    ]:
        expect(name, properties.get(name), None)


def test_receive_maximum_of_the_client(connect: Connect) -> None:
    topic = fresh("t")
    slow = connect(V5, manual_ack=True, ReceiveMaximum=2)
    slow.subscribe(topic, 1)
    sender = connect(V5)
    for at in range(5):
        sender.publish(topic, b"%d" % at, 1)
    waiting = slow.gets(Message(topic, b"0", 1), Message(topic, b"1", 1))
    slow.gets_nothing()
    # Each acknowledgement makes room for one.
    for at in range(2, 5):
        slow.ack(waiting.pop(0))
        waiting += slow.gets(Message(topic, b"%d" % at, 1))
        slow.gets_nothing()
    # QoS 0 is not counted.
    free = fresh("t")
    slow.subscribe(free, 0)
    sender.publish(free, b"free", 0)
    slow.gets(Message(free, b"free", 0))


def test_topic_alias_of_the_client(connect: Connect) -> None:
    one, other = fresh("t"), fresh("t")
    receiver, sender = connect(V5), connect(V5)
    receiver.subscribe(one, 2)
    receiver.subscribe(other, 2)
    sender.publish(one, b"1", 1, TopicAlias=1)
    sender.publish(other, b"2", 1, TopicAlias=10)
    sender.publish("", b"3", 1, TopicAlias=1)
    sender.publish("", b"4", 1, TopicAlias=10)
    # A new meaning.
    sender.publish(other, b"5", 1, TopicAlias=1)
    sender.publish("", b"6", 2, TopicAlias=1)
    came = receiver.gets(
        Message(one, b"1", 1),
        Message(other, b"2", 1),
        Message(one, b"3", 1),
        Message(other, b"4", 1),
        Message(other, b"5", 1),
        Message(other, b"6", 2),
    )
    expect("aliases to one who wants none", [message.properties for message in came], [{}] * 6)


@pytest.mark.parametrize("alias", [11, 65_535])
def test_topic_alias_too_large(connect: Connect, alias: int) -> None:
    peer = connect(V5)
    peer.send("t", b"x", 1, TopicAlias=alias)
    expect("DISCONNECT", peer.ended(), 0x94)


def test_topic_alias_of_the_server(connect: Connect) -> None:
    topics = [fresh("t") for _ in range(3)]
    receiver, sender = connect(V5, TopicAliasMaximum=2), connect(V5)
    for topic in topics:
        receiver.subscribe(topic, 1)
    # paho hands on what it gets, aliases and empty topics.
    meaning: dict[int, str] = {}
    without_topic = 0
    for at in range(30):
        topic = topics[at % 3 if at < 15 else 0]
        sender.publish(topic, b"%d" % at, 1)
        came = receiver.next()
        alias = came.properties.get("TopicAlias")
        if alias is not None:
            expect(f"0 < {alias} <= 2", 0 < alias <= 2, True)
            if came.topic:
                meaning[alias] = came.topic
        without_topic += not came.topic
        expect("topic", came.topic or meaning.get(alias or 0), topic)
        expect("payload", came.payload, b"%d" % at)
    expect("aliases are used", without_topic > 10, True)


def test_maximum_packet_size_of_the_client(connect: Connect) -> None:
    topic = fresh("t")
    small, large, sender = connect(V5, MaximumPacketSize=200), connect(V5), connect(V5)
    for peer in [small, large]:
        peer.subscribe(topic, 1)
    sender.publish(topic, b"x" * 300, 1)
    sender.publish(topic, b"y" * 100, 1)
    large.gets(Message(topic, b"x" * 300, 1), Message(topic, b"y" * 100, 1))
    small.gets(Message(topic, b"y" * 100, 1))
    small.gets_nothing()


@versions
def test_maximum_packet_size_of_the_server(connect: Connect, version: Version) -> None:
    topic = fresh("t")
    watcher, peer = connect(version), connect(version)
    watcher.subscribe(topic, 1)
    peer.send(topic, bytes(1 << 20), 1)
    expect("DISCONNECT", peer.ended(), 0x95 if version == V5 else -1)
    watcher.gets_nothing()


@pytest.mark.parametrize("topic", ["$SYS/mine", "$share/group/t"])
@versions
def test_topics_of_the_server(connect: Connect, version: Version, topic: str) -> None:
    peer, watcher = connect(version), connect(version)
    watcher.subscribe("$SYS/mine", 1)
    watcher.subscribe("t", 1)
    expect("PUBACK", peer.publish(topic, b"x", 1) in ([0x87, 0x90] if version == V5 else [0]), True)
    watcher.gets_nothing()
