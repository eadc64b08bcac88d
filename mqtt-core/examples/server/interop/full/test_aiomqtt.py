"""aiomqtt: paho-mqtt under asyncio."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiomqtt import Client, Message, MqttCodeError, MqttError, ProtocolVersion, TLSParameters, Will
from conftest import ANY
from harness import PASSWORD, PATIENCE, USER, Server, Site, expect, fresh
from paho.mqtt.packettypes import PacketTypes
from paho_peer import plain, properties

V5 = ProtocolVersion.V5
versions = pytest.mark.parametrize("version", list(ProtocolVersion), ids=lambda version: version.name)


def client(site: Site, version: ProtocolVersion, **options: Any) -> Client:
    given = {"port": site.ports.plain, "timeout": PATIENCE, "identifier": fresh("aio"), **options}
    if version == V5:
        given.setdefault("clean_start", True)
    return Client("localhost", protocol=version, **given)


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 3 * PATIENCE))


async def gets(peer: Client, topic: str, payload: bytes, qos: int, retain: bool = False) -> Message:
    came = await asyncio.wait_for(anext(peer.messages), PATIENCE)
    seen = (came.topic.value, came.payload, came.qos, came.retain)
    expect("message", seen, (topic, payload, qos, retain))
    return came


async def gets_nothing(peer: Client) -> None:
    """What the server had for it comes before the answer to this."""
    await peer.subscribe(fresh("fence"))
    expect("messages", len(peer.messages), 0)


@versions
def test_qos(site: Site, version: ProtocolVersion) -> None:
    async def scenario() -> None:
        topic = fresh("t")
        async with client(site, version) as sender, client(site, version) as receiver:
            for granted in [0, 1, 2]:
                await receiver.subscribe(topic, granted)
                for qos in [0, 1, 2]:
                    await sender.publish(topic, b"hello", qos)
                    await gets(receiver, topic, b"hello", min(qos, granted))
            await gets_nothing(receiver)

    run(scenario)


@versions
def test_many_at_once(site: Site, version: ProtocolVersion) -> None:
    async def scenario() -> None:
        topic = fresh("t")
        async with client(site, version) as sender, client(site, version) as receiver:
            await receiver.subscribe(topic, 2)
            numbers = [b"%d" % at for at in range(300)]
            await asyncio.gather(*(sender.publish(topic, number, 2) for number in numbers))
            came = [await asyncio.wait_for(anext(receiver.messages), PATIENCE) for _ in numbers]
            expect("messages", [message.payload for message in came], numbers)
            await gets_nothing(receiver)

    run(scenario)


@versions
def test_retained_and_large(site: Site, version: ProtocolVersion) -> None:
    async def scenario() -> None:
        topic, payload = fresh("r"), b"x" * ((1 << 20) - 100)
        async with client(site, version) as sender, client(site, version) as late:
            await sender.publish(topic, payload, 1, retain=True)
            await late.subscribe(topic, 2)
            await gets(late, topic, payload, 1, retain=True)
            await sender.publish(topic, b"", 1, retain=True)
            await gets(late, topic, b"", 1)
            await late.subscribe(topic, 2)
            await gets_nothing(late)

    run(scenario)


@versions
def test_session_resumes(site: Site, version: ProtocolVersion) -> None:
    async def scenario() -> None:
        topic = fresh("t")
        stay: dict[str, Any] = {"identifier": fresh("anna")}
        if version == V5:
            stay["clean_start"] = False
            stay["properties"] = properties(PacketTypes.CONNECT, {"SessionExpiryInterval": 100})
        else:
            stay["clean_session"] = False
        async with client(site, version, **stay) as away:
            await away.subscribe(topic, 2)
        async with client(site, version) as sender:
            for at in range(20):
                await sender.publish(topic, b"%d" % at, 2)
        async with client(site, version, **stay) as back:
            for at in range(20):
                await gets(back, topic, b"%d" % at, 2)
            await gets_nothing(back)

    run(scenario)


@versions
def test_will_and_takeover(site: Site, version: ProtocolVersion) -> None:
    async def scenario() -> None:
        topic, name = fresh("w"), fresh("anna")
        async with client(site, version) as watcher:
            await watcher.subscribe(topic, 1)
            will = Will(topic, b"gone", 1)
            async with client(site, version, will=will):
                pass
            await gets_nothing(watcher)
            with pytest.raises(MqttError):
                async with client(site, version, will=will, identifier=name) as first:
                    async with client(site, version, identifier=name):
                        await gets(watcher, topic, b"gone", 1)
                        await asyncio.wait_for(anext(first.messages), PATIENCE)

    run(scenario)


@versions
def test_acl(site: Site, version: ProtocolVersion) -> None:
    async def scenario() -> None:
        async with client(site, version) as peer:
            codes = await peer.subscribe("secret/#", 1)
            refused = {"V31": 0, "V311": 0x80, "V5": 0x87}[version.name]
            expect("SUBACK", [getattr(code, "value", code) for code in codes], [refused])

    run(scenario)


@versions
def test_acl_publish(site: Site, version: ProtocolVersion) -> None:
    async def scenario() -> None:
        async with client(site, version) as watcher, client(site, version) as peer:
            await watcher.subscribe("forbidden/#", 2)
            # aiomqtt does not tell what the acknowledgement says.
            for qos in [0, 1, 2]:
                await peer.publish("forbidden/a", b"x", qos)
            await peer.publish(topic := fresh("t"), b"x", 1)
            await gets_nothing(watcher)
            # The connection goes on.
            await peer.subscribe(topic, 1)
            await peer.publish(topic, b"y", 1)
            await gets(peer, topic, b"y", 1)

    run(scenario)


@versions
def test_shared_subscription(site: Site, version: ProtocolVersion) -> None:
    async def scenario() -> None:
        topic, end = fresh("s"), fresh("end")
        async with (
            client(site, version) as one,
            client(site, version) as two,
            client(site, version) as sender,
        ):
            for member in [one, two]:
                await member.subscribe(f"$share/group/{topic}", 1)
                await member.subscribe(end, 1)
            numbers = [b"%02d" % at for at in range(20)]
            for number in numbers:
                await sender.publish(topic, number, 1)
            await sender.publish(end, b"", 1)
            parts: list[list[object]] = [[], []]
            for member, part in zip([one, two], parts, strict=True):
                while (came := await asyncio.wait_for(anext(member.messages), PATIENCE)).topic.value != end:
                    part.append(came.payload)
            expect("all messages once", sorted(map(str, parts[0] + parts[1])), sorted(map(str, numbers)))
            expect("some for each", all(parts), True)

    run(scenario)


def test_will_delay(site: Site) -> None:
    async def scenario() -> None:
        topic = fresh("w")
        staying = properties(PacketTypes.CONNECT, {"SessionExpiryInterval": 100})

        async def dies(name: str) -> None:
            delay = properties(PacketTypes.WILLMESSAGE, {"WillDelayInterval": 2})
            will = Will(f"{topic}/{name}", name.encode(), 1, properties=delay)
            identifier = topic + name
            with pytest.raises(MqttError):
                async with client(site, V5, will=will, identifier=identifier, properties=staying) as peer:
                    # aiomqtt has no call for this: the connection ends without a word.
                    sock = peer._client.socket()  # noqa: SLF001
                    assert isinstance(sock, socket.socket)
                    sock.shutdown(socket.SHUT_RDWR)
                    await asyncio.wait_for(anext(peer.messages), PATIENCE)

        async with client(site, V5) as watcher:
            await watcher.subscribe(f"{topic}/+", 1)
            await dies("returns")
            again = {"identifier": f"{topic}returns", "properties": staying, "clean_start": False}
            async with client(site, V5, **again):
                began = time.monotonic()
                await dies("away")
                await gets(watcher, f"{topic}/away", b"away", 1)
                expect("a delay of two seconds", time.monotonic() - began > 1.9, True)
                # That of the other one would have come before.
                await gets_nothing(watcher)

    run(scenario)


@versions
def test_passwords(site: Site, version: ProtocolVersion) -> None:
    async def scenario() -> None:
        topic, port = f"{USER}/{fresh('t')}", site.ports.guarded
        async with client(site, version, port=port, username=USER, password=PASSWORD) as peer:
            await peer.subscribe(topic, 1)
            await peer.publish(topic, b"x", 1)
            await gets(peer, topic, b"x", 1)
        for name, password in [(USER, "another"), ("nobody", PASSWORD), (None, None)]:
            with pytest.raises(MqttError):
                async with client(site, version, port=port, username=name, password=password):
                    pass

    run(scenario)


def test_properties_unchanged(site: Site) -> None:
    async def scenario() -> None:
        topic = fresh("t")
        sent = {
            "ContentType": "text/plain",
            "CorrelationData": b"\0\1\xff",
            "ResponseTopic": "answer",
            "UserProperty": [("b", "1"), ("a", "2"), ("b", "3")],
        }
        async with client(site, V5) as peer:
            number = properties(PacketTypes.SUBSCRIBE, {"SubscriptionIdentifier": 7})
            await peer.subscribe(topic, 1, properties=number)
            await peer.publish(topic, b"x", 1, properties=properties(PacketTypes.PUBLISH, sent))
            came = await gets(peer, topic, b"x", 1)
            expect("properties", plain(came.properties), {**sent, "SubscriptionIdentifier": [7]})

    run(scenario)


@versions
@pytest.mark.parametrize("kind", ["tls", "wss", "mutual"])
def test_transport(site: Site, version: ProtocolVersion, kind: str) -> None:
    async def scenario() -> None:
        certificates, topic = site.certificates, fresh("t")
        own = certificates.client
        parameters = TLSParameters(
            ca_certs=certificates.authority,
            certfile=own.certificate if kind == "mutual" else None,
            keyfile=own.key if kind == "mutual" else None,
            cert_reqs=ssl.CERT_REQUIRED,
        )
        transport = "websockets" if kind == "wss" else "tcp"
        port = getattr(site.ports, kind)
        async with client(
            site, version, port=port, transport=transport, tls_params=parameters
        ) as peer:
            await peer.subscribe(topic, 2)
            await peer.publish(topic, b"x" * 300_000, 2)
            await gets(peer, topic, b"x" * 300_000, 2)

    run(scenario)


@versions
def test_server_stops(site: Site, version: ProtocolVersion) -> None:
    async def scenario() -> None:
        with Server(["--listen", ANY], listeners=1, log=site.folder / "aiomqtt.log") as server:
            with pytest.raises(MqttError) as raised:
                async with client(site, version, port=server.ports[0]) as peer:
                    server.stop()
                    await asyncio.wait_for(anext(peer.messages), PATIENCE)
            if version == V5:
                code = next(
                    error.rc
                    for error in (raised.value, raised.value.__cause__)
                    if isinstance(error, MqttCodeError)
                )
                expect("DISCONNECT", getattr(code, "value", code), 0x8B)

    run(scenario)
