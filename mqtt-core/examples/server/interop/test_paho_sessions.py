"""paho-mqtt: sessions, wills, the ends of connections."""

from __future__ import annotations

import time
from typing import Any

import pytest
from conftest import ANY, Connect
from harness import Server, Site, expect, fresh
from paho_peer import V5, V31, V311, VERSIONS, Message, Peer, Version

versions = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)


def staying(version: Version) -> dict[str, Any]:
    """The options of a session that outlives its connection."""
    return {"clean": False, **({"SessionExpiryInterval": 100} if version == V5 else {})}


@versions
def test_session_resumes(connect: Connect, version: Version) -> None:
    topic, name = fresh("t"), fresh("anna")
    away = connect(version, name, **staying(version))
    expect("session present", away.hello.session_present, False)
    away.subscribe(f"{topic}/#", 2)
    away.leave()
    sender = connect(version)
    sent = [Message(f"{topic}/{at % 3}", b"%d" % at, 1 + at % 2) for at in range(50)]
    for message in sent:
        sender.publish(message.topic, message.payload, message.qos)
    back = connect(version, name, **staying(version))
    # 3.1 has no such flag.
    expect("session present", back.hello.session_present, version != V31)
    came = [back.next() for _ in sent]
    # paho hands on a message of QoS 2 when it has PUBREL, and so after others that came later.
    for qos in [1, 2]:
        of_qos = [[message for message in each if message.qos == qos] for each in (came, sent)]
        expect(f"messages of QoS {qos}", *of_qos)
    back.gets_nothing()
    sender.publish(topic, b"live", 2)
    back.gets(Message(topic, b"live", 2))


@versions
def test_clean_start_forgets(connect: Connect, version: Version) -> None:
    topic, name = fresh("t"), fresh("anna")
    away = connect(version, name, **staying(version))
    away.subscribe(topic, 1)
    away.leave()
    sender = connect(version)
    sender.publish(topic, b"1", 1)
    clean = connect(version, name)
    expect("session present", clean.hello.session_present, False)
    sender.publish(topic, b"2", 1)
    clean.gets_nothing()
    clean.leave()
    # And there is nothing of that one either.
    back = connect(version, name, **staying(version))
    expect("session present", back.hello.session_present, False)
    back.gets_nothing()


@versions
def test_unacknowledged_comes_again(connect: Connect, version: Version) -> None:
    topic, name = fresh("t"), fresh("anna")
    away = connect(version, name, manual_ack=True, **staying(version))
    away.subscribe(topic, 1)
    sender = connect(version)
    sender.publish(topic, b"1", 1)
    sender.publish(topic, b"2", 1)
    one, two = away.gets(Message(topic, b"1", 1), Message(topic, b"2", 1))
    expect("dup of the first try", (one.dup, two.dup), (False, False))
    away.ack(one)
    # The server has read that before this.
    away.gets_nothing()
    away.cut()
    back = connect(version, name, **staying(version))
    [again] = back.gets(Message(topic, b"2", 1))
    expect("dup, packet identifier", (again.dup, again.mid), (True, two.mid))
    back.gets_nothing()


def test_session_expiry(connect: Connect) -> None:
    topic, name = fresh("t"), fresh("anna")
    away = connect(V5, name, clean=False, SessionExpiryInterval=1)
    away.subscribe(topic, 1)
    away.leave()
    # A will that is due when a session ends tells that a second is over.
    clock = connect(
        V5,
        SessionExpiryInterval=1,
        will=(f"{topic}/end", b"", 0, False),
        will_properties={"WillDelayInterval": 100},
    )
    watcher = connect(V5)
    watcher.subscribe(f"{topic}/end")
    clock.cut()
    watcher.gets(Message(f"{topic}/end", b"", 0))
    back = connect(V5, name, clean=False, SessionExpiryInterval=1)
    expect("session present", back.hello.session_present, False)


def test_disconnect_changes_session_expiry(connect: Connect) -> None:
    name = fresh("anna")
    connect(V5, name, clean=False, SessionExpiryInterval=100).leave(expiry=0)
    back = connect(V5, name, clean=False, SessionExpiryInterval=100)
    expect("session present", back.hello.session_present, False)


@versions
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_will(connect: Connect, version: Version, qos: int) -> None:
    topic = fresh("w")
    watcher = connect(version)
    watcher.subscribe(topic, 2)
    # One that says goodbye has none.
    connect(version, will=(topic, b"left", qos, True)).leave()
    watcher.gets_nothing()
    connect(version, will=(topic, b"cut", qos, True)).cut()
    watcher.gets(Message(topic, b"cut", qos))
    late = connect(version)
    late.subscribe(topic, 2)
    late.gets(Message(topic, b"cut", qos, retain=True))


def test_will_with_goodbye(connect: Connect) -> None:
    topic = fresh("w")
    watcher = connect(V5)
    watcher.subscribe(topic, 1)
    properties = {"ContentType": "x", "UserProperty": [("a", "1")], "CorrelationData": b"\0"}
    will = (topic, b"with will", 1, False)
    connect(V5, will=will, will_properties=properties).leave(0x04)
    [came] = watcher.gets(Message(*will))
    expect("properties", came.properties, properties)


def test_will_delay(connect: Connect) -> None:
    topic = fresh("w")
    watcher = connect(V5)
    watcher.subscribe(f"{topic}/#", 1)

    def dies(name: str) -> Peer:
        will = (f"{topic}/{name}", name.encode(), 1, False)
        peer = connect(
            V5,
            f"{topic}{name}",
            will=will,
            will_properties={"WillDelayInterval": 2},
            SessionExpiryInterval=100,
        )
        peer.cut()
        return peer

    dies("returns")
    connect(V5, f"{topic}returns", clean=False, SessionExpiryInterval=100)
    # Its session ends there and then, so does the delay.
    dies("starts anew")
    connect(V5, f"{topic}starts anew", clean=True)
    watcher.gets(Message(f"{topic}/starts anew", b"starts anew", 1))
    began = time.monotonic()
    dies("stays away")
    watcher.gets(Message(f"{topic}/stays away", b"stays away", 1))
    expect("a delay of two seconds", time.monotonic() - began > 1.9, True)
    # The will of the first one would have come before.
    watcher.gets_nothing()


@versions
def test_takeover(connect: Connect, version: Version) -> None:
    topic, name = fresh("t"), fresh("anna")
    first = connect(version, name, **staying(version))
    first.subscribe(topic, 1)
    second = connect(version, name, **staying(version))
    expect("DISCONNECT", first.ended(), 0x8E if version == V5 else -1)
    expect("session present", second.hello.session_present, version != V31)
    second.publish(topic, b"x", 1)
    second.gets(Message(topic, b"x", 1))


@versions
def test_server_shuts_down(site: Site, connect: Connect, version: Version) -> None:
    log = site.folder / "shutdown.log"
    with Server(["--listen", ANY], listeners=1, log=log) as server:
        watcher = connect(version, port=server.ports[0])
        server.stop()
        expect("DISCONNECT", watcher.ended(), 0x8B if version == V5 else -1)


def test_assigned_client_identifier(connect: Connect) -> None:
    one, other = connect(V5, ""), connect(V5, "")
    names = {peer.hello.properties["AssignedClientIdentifier"] for peer in [one, other]}
    expect("two names", len(names), 2)
    # The client can come back to it.
    [name] = {one.hello.properties["AssignedClientIdentifier"]}
    connect(V5, name)
    expect("DISCONNECT", one.ended(), 0x8E)
    # Before 5.0 nobody is told.
    connect(V311, "").subscribe("t")


def test_keep_alive(connect: Connect) -> None:
    peer = connect(V5, keepalive=1)
    while "PINGRESP" not in peer.packets.get(timeout=10):
        pass


def test_keep_alive_of_the_server_is_not_missed(connect: Connect) -> None:
    """One that is silent for one and a half times as long as it said loses its connection, and its will comes."""
    topic = fresh("w")
    watcher = connect(V5)
    watcher.subscribe(topic, 1)
    silent = connect(V5, keepalive=1, will=(topic, b"silent", 1, False))
    began = time.monotonic()
    silent.stop_reading()
    watcher.gets(Message(topic, b"silent", 1))
    expect("after 1.5 s", time.monotonic() - began > 1.4, True)
