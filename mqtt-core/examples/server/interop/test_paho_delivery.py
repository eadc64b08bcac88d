"""paho-mqtt: messages, from one client to others."""

from __future__ import annotations

import time
from typing import Any

import pytest
from conftest import Connect
from harness import PATIENCE, expect, fresh
from paho_peer import V5, V311, VERSIONS, Message, Version

versions = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)

LARGE = (1 << 20) - 100
"""With its head a little less than the 1 MiB that the server takes."""


@versions
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_qos(connect: Connect, version: Version, qos: int) -> None:
    topic = fresh("t")
    receivers = [connect(other) for other in VERSIONS for _ in range(3)]
    for at, receiver in enumerate(receivers):
        expect("SUBACK", receiver.subscribe(f"{topic}/+", at % 3), [at % 3])
    sender = connect(version)
    expect("acknowledgement", sender.publish(f"{topic}/a", b"hello", qos), 0)
    for at, receiver in enumerate(receivers):
        receiver.gets(Message(f"{topic}/a", b"hello", min(qos, at % 3)))
        receiver.gets_nothing()


@versions
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_many_in_flight(connect: Connect, version: Version, qos: int) -> None:
    topic = fresh("t")
    receiver = connect(version)
    receiver.subscribe(topic, qos)
    # paho 2.2 does not look at the server's Receive Maximum: it has to be told.
    sender = connect(version, max_inflight=100)
    sent = [sender.send(topic, b"%d" % at, qos) for at in range(900)]
    for mid in sent:
        expect("acknowledgement", sender.published(mid), 0)
    receiver.gets(*(Message(topic, b"%d" % at, qos) for at in range(900)))
    receiver.gets_nothing()


@versions
@pytest.mark.parametrize("payload", [b"", b"\0\xff" * (LARGE // 2)], ids=["empty", "large"])
def test_payload(connect: Connect, version: Version, payload: bytes) -> None:
    topic = fresh("t")
    peer = connect(version)
    peer.subscribe(topic, 2)
    for qos in [0, 1, 2]:
        peer.publish(topic, payload, qos)
        peer.gets(Message(topic, payload, qos))


@versions
def test_retained(connect: Connect, version: Version) -> None:
    topic = fresh("r")
    sender, live = connect(version), connect(version)
    live.subscribe(f"{topic}/#", 1)
    sender.publish(f"{topic}/a", b"old", 1, retain=True)
    sender.publish(f"{topic}/a", b"new", 1, retain=True)
    sender.publish(f"{topic}/b", b"not kept", 1)
    live.gets(
        Message(f"{topic}/a", b"old", 1),
        Message(f"{topic}/a", b"new", 1),
        Message(f"{topic}/b", b"not kept", 1),
    )
    late = connect(version)
    late.subscribe(f"{topic}/+", 0)
    late.gets(Message(f"{topic}/a", b"new", 0, retain=True))
    late.gets_nothing()
    # An empty one deletes it, and is a message like others.
    sender.publish(f"{topic}/a", b"", 1, retain=True)
    live.gets(Message(f"{topic}/a", b"", 1))
    later = connect(version)
    later.subscribe(f"{topic}/+", 1)
    later.gets_nothing()


@versions
def test_shared_subscription(connect: Connect, version: Version) -> None:
    topic = fresh("s")
    members = [connect(version) for _ in range(2)]
    for member in members:
        expect("SUBACK", member.subscribe(f"$share/group/{topic}", 1), [1])
    other_group, alone = connect(version), connect(version)
    other_group.subscribe(f"$share/other/{topic}", 1)
    alone.subscribe(topic, 1)
    sender = connect(version)
    sent = [b"%d" % at for at in range(20)]
    for payload in sent:
        sender.publish(topic, payload, 1)
    for peer in [other_group, alone]:
        peer.gets(*(Message(topic, payload, 1) for payload in sent))
    # Each message to one of the two, and to both a part.
    parts = []
    for member in members:
        member.subscribe(fresh("fence"))
        parts.append([member.messages.get().payload for _ in range(member.messages.qsize())])
    expect("messages to the group", sorted(parts[0] + parts[1]), sorted(sent))
    expect("each member has some", [bool(part) for part in parts], [True, True])


def test_shared_subscription_has_no_retained_messages(connect: Connect) -> None:
    topic = fresh("s")
    peer = connect(V5)
    peer.publish(topic, b"x", 1, retain=True)
    peer.subscribe(f"$share/group/{topic}", 1)
    peer.gets_nothing()


def test_subscription_identifiers(connect: Connect) -> None:
    topic = fresh("t")
    peer = connect(V5)
    expect("SUBACK", peer.subscribe(f"{topic}/#", 1, identifier=1), [1])
    expect("SUBACK", peer.subscribe(f"{topic}/+", 2, identifier=268_435_455), [2])
    peer.subscribe(f"{topic}/a/b", 1)
    peer.publish(f"{topic}/a", b"both", 2)
    peer.publish(f"{topic}/a/b", b"one", 2)
    [both, one] = peer.gets(Message(f"{topic}/a", b"both", 2), Message(f"{topic}/a/b", b"one", 1))
    expect("both", sorted(both.properties["SubscriptionIdentifier"]), [1, 268_435_455])
    expect("one", one.properties["SubscriptionIdentifier"], [1])


def test_no_local(connect: Connect) -> None:
    topic = fresh("t")
    peer, other = connect(V5), connect(V5)
    peer.subscribe(topic, 1, noLocal=True)
    other.subscribe(topic, 1)
    peer.publish(topic, b"own", 1)
    other.gets(Message(topic, b"own", 1))
    peer.gets_nothing()
    other.publish(topic, b"other", 1)
    peer.gets(Message(topic, b"other", 1))


def test_retain_as_published(connect: Connect) -> None:
    topic = fresh("t")
    keeps, clears, sender = connect(V5), connect(V5), connect(V5)
    keeps.subscribe(topic, 1, retainAsPublished=True)
    clears.subscribe(topic, 1)
    for retain in [True, False]:
        sender.publish(topic, b"x", 1, retain)
        keeps.gets(Message(topic, b"x", 1, retain))
        clears.gets(Message(topic, b"x", 1, False))
    sender.publish(topic, b"", 1, retain=True)


def test_retain_handling(connect: Connect) -> None:
    topic = fresh("t")
    peer = connect(V5)
    peer.publish(topic, b"x", 1, retain=True)
    retained = Message(topic, b"x", 1, retain=True)
    peer.subscribe(topic, 1, retainHandling=2)
    peer.gets_nothing()
    peer.subscribe(topic, 1, retainHandling=1)
    peer.gets_nothing()
    peer.subscribe(topic, 1, retainHandling=0)
    peer.gets(retained)
    peer.unsubscribe(topic)
    peer.subscribe(topic, 1, retainHandling=1)
    peer.gets(retained)
    peer.gets_nothing()


def test_properties_unchanged(connect: Connect) -> None:
    topic = fresh("t")
    peer = connect(V5)
    peer.subscribe(topic, 2)
    sent: dict[str, Any] = {
        "PayloadFormatIndicator": 1,
        "ContentType": "text/plain; \u00fcber",
        "ResponseTopic": "reply/\u20ac",
        "CorrelationData": bytes(range(256)),
        "UserProperty": [("b", "2"), ("a", "1"), ("b", "2"), ("", ""), ("\u4e16", "\u754c")],
    }
    for qos in [0, 1, 2]:
        peer.publish(topic, b"x", qos, **sent)
        [came] = peer.gets(Message(topic, b"x", qos))
        expect("properties", came.properties, sent)
    # Also with a message that is kept.
    peer.publish(topic, b"kept", 1, retain=True, **sent)
    peer.next()
    late = connect(V5)
    late.subscribe(topic, 1)
    [came] = late.gets(Message(topic, b"kept", 1, retain=True))
    expect("properties of the retained message", came.properties, sent)
    # One without properties for those who cannot have them.
    old = connect(V311)
    old.subscribe(topic, 1)
    old.gets(Message(topic, b"kept", 1, retain=True))


def test_request_and_response(connect: Connect) -> None:
    question, answer = fresh("question"), fresh("answer")
    service, caller = connect(V5), connect(V5)
    service.subscribe(question, 1)
    caller.subscribe(answer, 1)
    caller.publish(question, b"6*7", 1, ResponseTopic=answer, CorrelationData=b"\0\1")
    request = service.next()
    given = request.properties
    service.publish(given["ResponseTopic"], b"42", 1, CorrelationData=given["CorrelationData"])
    [response] = caller.gets(Message(answer, b"42", 1))
    expect("correlation", response.properties["CorrelationData"], b"\0\1")


@versions
def test_unsubscribe(connect: Connect, version: Version) -> None:
    topic = fresh("t")
    peer = connect(version)
    peer.subscribe(topic, 1)
    peer.publish(topic, b"1", 1)
    peer.gets(Message(topic, b"1", 1))
    expect("UNSUBACK", peer.unsubscribe(topic), [0] if version == V5 else [])
    peer.publish(topic, b"2", 1)
    peer.gets_nothing()
    expect("UNSUBACK again", peer.unsubscribe(topic), [0x11] if version == V5 else [])


@versions
def test_wildcards(connect: Connect, version: Version) -> None:
    topic = fresh("w")
    peer = connect(version)
    matches = {
        f"{topic}/a": ["+", "#"],
        f"{topic}/a/b": ["#", "a/b"],
        f"{topic}": ["#"],
        f"{topic}/": ["+", "#"],
    }
    for wanted in ["+", "#", "a/b"]:
        peer.subscribe(f"{topic}/{wanted}", 1)
        for name, filters in matches.items():
            peer.publish(name, name.encode(), 1)
            if wanted in filters:
                peer.gets(Message(name, name.encode(), 1))
        peer.gets_nothing()
        peer.unsubscribe(f"{topic}/{wanted}")


def test_expiry_counts_down(connect: Connect) -> None:
    topic, name = fresh("t"), fresh("away")
    away = connect(V5, name, clean=False, SessionExpiryInterval=100)
    away.subscribe(topic, 1)
    away.leave()
    sender = connect(V5)
    sender.publish(topic, b"short", 1, MessageExpiryInterval=1)
    sender.publish(topic, b"long", 1, MessageExpiryInterval=1000)
    # Once this one is gone, the other one, which was there before, is too.
    kept = fresh("kept")
    sender.publish(kept, b"x", 1, retain=True, MessageExpiryInterval=1)
    watcher = connect(V5)
    until = time.monotonic() + PATIENCE
    while True:
        expect("it is gone in time", time.monotonic() < until, True)
        watcher.subscribe(kept, 1)
        watcher.subscribe(fresh("fence"))
        if watcher.messages.empty():
            break
        expect("expiry", watcher.next().properties["MessageExpiryInterval"] in (0, 1), True)
    away = connect(V5, name, clean=False, SessionExpiryInterval=0)
    [came] = away.gets(Message(topic, b"long", 1))
    left = came.properties["MessageExpiryInterval"]
    expect(f"0 < {left} < 1000", 980 < left < 1000, True)
    away.gets_nothing()
