"""What a server does: transports, its own messages, bounds."""

import asyncio
import logging
import sys

import pytest
from mqtt_core import (
    Authenticate,
    BrokerConfig,
    BrokerLimits,
    ConnAck,
    Connect,
    Decoder,
    Disconnect,
    PingReq,
    PingResp,
    PubAck,
    Publish,
    QoS,
    ReasonCode,
    Sender,
    ServerConfig,
    SessionStart,
    SlowConsumer,
    SubAck,
    Subscribe,
    Subscription,
    TopicError,
    Version,
    Will,
)
from mqtt_core.aio import Client, ClosedError, Server, serve
from mqtt_core.testing import Clock

from aio.cuts import RECONNECTS, through_cuts
from aio.runner import eventually, run
from aio.serving import Certificates, Raw, serving

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE

versions = pytest.mark.parametrize("version", list(Version))
schemes = pytest.mark.parametrize("scheme", ["mqtt", "mqtts", "ws", "wss"])


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


# Messages.


@versions
@schemes
def test_all_qos_over_all_transports(
    certificates: Certificates, scheme: str, version: Version
) -> None:
    async def test() -> None:
        async with await serving(scheme, certificates) as server:
            assert server.url.startswith(f"{scheme}://127.0.0.1:{server.port}")
            tls = certificates.client if scheme in ("mqtts", "wss") else None
            async with Client(server.url, version=version, tls=tls, client_id="c") as client:
                result = await client.subscribe("a/#", qos=QOS2)
                assert result.check().granted == {"a/#": QOS2}
                deliveries = [
                    await client.send("a/1", str(number), qos=QoS(number % 3))
                    for number in range(60)
                ]
                big = bytes(range(256)) * 2000
                assert (await client.publish("a/2", big, qos=QOS1)).is_success
                for delivery in deliveries:
                    assert (await delivery).is_success
                messages = client.messages()
                payloads = [(await anext(messages)).payload for _ in range(61)]
                assert payloads == [*[b"%d" % number for number in range(60)], big]
            stats = server.stats()
            assert (stats.connects, stats.messages_received) == (1, 61)

    run(test)


def test_retained_will_and_session() -> None:
    async def test() -> None:
        async with serve(port=0) as server:
            async with Client(server.url) as client:
                await client.publish("kept", b"k", qos=QOS1, retain=True)
            will = Will("kept/gone", b"c", qos=QOS1)
            first = Client(
                server.url,
                client_id="c",
                clean_start=False,
                session_expiry_interval=100,
                will=will,
            )
            await first.connect()
            await first.subscribe("kept/#", qos=QOS2)
            assert (await anext(first.messages())).payload == b"k"
            first.abort()
            await eventually(lambda: server.stats().connected == 0)
            server.publish("kept/more", "m", qos=QOS2)
            second = Client(
                server.url, client_id="c", clean_start=False, session_expiry_interval=100
            )
            async with second:
                assert second.session_start is not SessionStart.NEW
                await second.subscribe("kept/#", qos=QOS2)
                seen = set()
                async for message in second.messages():
                    seen.add((message.topic, message.payload))
                    if len(seen) == 3:
                        break
            assert seen == {("kept", b"k"), ("kept/gone", b"c"), ("kept/more", b"m")}

    run(test)


@pytest.mark.parametrize("version", [Version.V311, Version.V5])
def test_connections_that_are_cut(version: Version) -> None:
    """Nothing of QoS 1 and 2 is lost, and nothing of QoS 2 comes twice."""

    async def test() -> None:
        async with serve(port=0) as server:
            numbers = await through_cuts(server.port, version, "cuts", seed=version)
            assert min(numbers.values()) > 0

    run(test, deadline=60 + 2 * RECONNECTS)


def test_what_the_server_does_itself() -> None:
    taken: list[Publish] = []

    async def test() -> None:
        async with serve(port=0) as server:
            number = server.subscribe(Subscription("a/+", QOS1), taken.append)
            async with Client(server.url, client_id="c") as client:
                await client.subscribe("a/#", qos=QOS2)
                assert server.publish("a/1", "one", qos=QOS2, content_type="t") == 2
                message = await anext(client.messages())
                assert (message.payload, message.content_type) == (b"one", "t")
                await client.publish("a/2", "two", qos=QOS2)
                await eventually(lambda: len(taken) == 2)
                assert [it.payload for it in taken] == [b"one", b"two"]
                assert server.unsubscribe(number)
                assert not server.unsubscribe(number)
                await client.publish("a/3", qos=QOS2)
                assert len(taken) == 2
                ((conn, name),) = server.connections().items()
                assert name == "c"
                peer = server.peer(conn)
                assert peer is not None
                assert (peer.scheme, peer.host, peer.certificate) == ("mqtt", "127.0.0.1", None)
                server.publish("kept", retain=True, payload=b"x")
                assert [it.topic for it in server.retained("#")] == ["kept"]
                server.disconnect(conn, Disconnect(ReasonCode.ADMINISTRATIVE_ACTION))
                await eventually(lambda: not client.is_connected)
                await eventually(lambda: server.peer(conn) is None)
                await client.connected()
                assert server.drop_session("c")
                assert not server.drop_session("nobody")
            with pytest.raises(TopicError):
                server.publish("a/#")

    run(test)


def test_a_callback_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Publish) -> None:
        raise RuntimeError("not today")

    async def test() -> None:
        async with serve(port=0) as server:
            server.subscribe("#", fail)
            async with Client(server.url) as client:
                assert (await client.publish("a", qos=QOS2)).is_success

    run(test)
    assert "not today" in caplog.text


def test_who_the_client_is(certificates: Certificates) -> None:
    names: list[tuple[str, str]] = []

    async def test() -> None:
        async def authenticate(question: Authenticate) -> bool:
            peer = server.peer(question.conn)
            assert peer is not None and peer.certificate is not None
            names.append((peer.scheme, str(peer.certificate["subject"])))
            return True

        server = await serve(port=0, ssl=certificates.mutual, authenticate=authenticate)
        async with server, Client(server.url, tls=certificates.known) as client:
            assert client.is_connected

    run(test)
    ((scheme, subject),) = names
    assert scheme == "mqtts" and "meter-7" in subject


def test_several_listeners(certificates: Certificates) -> None:
    async def test() -> None:
        async with serve(port=0) as server:
            await server.listen(port=0, websocket=True)
            await server.listen(port=0, ssl=certificates.server)
            one, two, three = server.listeners
            assert [it.scheme for it in server.listeners] == ["mqtt", "ws", "mqtts"]
            assert len(server.sockets) == 3
            assert two.url == f"ws://127.0.0.1:{two.port}/mqtt"
            async with (
                Client(one.url) as anna,
                Client(two.url) as ben,
                Client(three.url, tls=certificates.client) as carl,
            ):
                await anna.subscribe("t", qos=QOS1)
                await ben.publish("t", b"b", qos=QOS1)
                await carl.publish("t", b"c", qos=QOS1)
                messages = anna.messages()
                assert [(await anext(messages)).payload for _ in range(2)] == [b"b", b"c"]
                two.close()
                with pytest.raises(OSError):
                    await asyncio.open_connection("127.0.0.1", two.port)
                # Who is there stays.
                await ben.publish("t", b"again", qos=QOS1)
                assert (await anext(messages)).payload == b"again"

    run(test)


# What cannot be.


def test_what_does_not_go_together() -> None:
    from mqtt_core import Acl, Authentication, Authorization

    async def test() -> None:
        for config in (
            BrokerConfig(authentication=Authentication.ASK),
            BrokerConfig(authorization=Authorization.ASK),
        ):
            with pytest.raises(ValueError, match="somebody has to answer"):
                await serve(port=0, config=config)
        with pytest.raises(ValueError, match="either rules"):
            await serve(
                port=0, config=BrokerConfig(authorization=Acl("")), authorize=lambda _: True
            )
        with pytest.raises(ValueError, match="begins with CONNECT"):
            await serve(port=0, exchange=lambda _: True)
        async with serve(port=0) as server:
            with pytest.raises(OSError):
                await serve(port=server.port)
            with pytest.raises(ValueError):
                server.set_authorization(Authorization.ASK)
            server.set_authorization(Acl("deny publish #\nallow all #"))
            async with Client(server.url) as client:
                assert not (await client.publish("a", qos=QOS1)).is_success
        assert server.is_closed
        with pytest.raises(ClosedError):
            await server.listen(port=0)
        with pytest.raises(ClosedError):
            server.publish("a")
        with pytest.raises(ClosedError):
            server.subscribe("a", print)

    run(test)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mqtt_core.aio._server_websocket", None)

    async def test() -> None:
        with pytest.raises(ImportError, match="mqtt-core\\[ws\\]"):
            await serve(port=0, websocket=True)

    run(test)


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00" * 100, b"\x30\x00", b"\x10\xff\xff\xff\xff"],
)
def test_what_is_no_mqtt(data: bytes) -> None:
    async def test() -> None:
        async with serve(port=0) as server:
            raw = await Raw.open(server.port)
            raw.writer.write(data)
            assert await raw.rest() == b""
            await raw.close()
            await eventually(lambda: server.stats().connections == 0)

    run(test)


def test_faults_of_a_client_that_is_connected() -> None:
    async def test() -> None:
        async with serve(port=0) as server:
            raw = await Raw.connected(server.port, "c")
            raw.writer.write(b"\x30\x05\x00\x03a/#")
            assert await raw.packet() == Disconnect(ReasonCode.TOPIC_NAME_INVALID)
            assert await raw.rest() == b""
            await raw.close()

    run(test)


def test_tls_without_tls(certificates: Certificates) -> None:
    async def test() -> None:
        async with serve(port=0, ssl=certificates.server) as server:
            raw = await Raw.open(server.port)
            raw.send(Connect("c"))
            # An alert of TLS, or nothing: the connection ends.
            await raw.rest()
            await raw.close()
            # One who does not begin counts as a connection, and is there when the server ends.
            silent = await Raw.open(server.port)
            await eventually(lambda: server.stats().connections == 1)
        assert await silent.rest() == b""
        await silent.close()

    run(test)


@pytest.mark.parametrize("scheme", ["mqtt", "mqtts", "ws"])
def test_one_who_does_not_connect_in_time(certificates: Certificates, scheme: str) -> None:
    clock = Clock()

    async def test() -> None:
        config = BrokerConfig(server=ServerConfig(connect_timeout=5.0), sys_interval=None)
        async with await serving(scheme, certificates, config=config, clock=clock) as server:
            raw = await Raw.open(server.port)
            await eventually(lambda: server.stats().connections == 1)
            clock.advance(4.9)
            assert server.stats().connections == 1
            clock.advance(0.2)
            assert await raw.rest() == b""
            await raw.close()
            assert server.stats().connections == 0

    run(test)


# Bounds.


def test_a_bound_on_connections(certificates: Certificates) -> None:
    config = BrokerConfig(limits=BrokerLimits(max_connections=2))

    async def test() -> None:
        async with serve(port=0, config=config) as server:
            tls = await server.listen(port=0, ssl=certificates.server)
            async with Client(server.url) as first:
                second = await Raw.open(tls.port)
                await eventually(lambda: server.stats().connections == 2)
                third = await Raw.open(server.port)
                assert await third.rest() == b""
                await third.close()
                assert first.is_connected
                await second.close()
                await eventually(lambda: server.stats().connections == 1)
                async with Client(server.url) as fourth:
                    assert fourth.is_connected

    run(test)


def written(server: Server) -> int:
    """Bytes that wait in transports."""
    links = server._engine.links.values()  # pyright: ignore[reportPrivateUsage]
    transports = [link._transport for link in links]  # pyright: ignore[reportPrivateUsage]
    return sum(it.get_write_buffer_size() for it in transports if it is not None)


@pytest.mark.parametrize("scheme", ["mqtt", "mqtts"])
@pytest.mark.parametrize("policy", list(SlowConsumer))
def test_one_who_does_not_read_what_it_gets(
    certificates: Certificates, scheme: str, policy: SlowConsumer
) -> None:
    config = BrokerConfig(slow_consumer=policy)
    payload = bytes(100_000)
    count = 600

    async def test() -> None:
        tls = certificates.client if scheme == "mqtts" else None
        async with await serving(scheme, certificates, config=config) as server:
            slow = await Raw.connected(server.port, "slow", tls)
            slow.send(Subscribe([Subscription("t", QoS.AT_MOST_ONCE)], packet_id=1))
            assert isinstance(await slow.packet(), SubAck)
            slow.pause()
            async with (
                Client(server.url, tls=tls) as client,
                client.subscription("t") as messages,
            ):
                most = 0
                for number in range(count):
                    await client.publish("t", b"%d" % number + payload)
                    # Others are not harmed.
                    assert (await anext(messages)).payload[:3].rstrip(b"\0") == b"%d" % number
                    most = max(most, written(server))
            assert most < 1 << 20
            stats = server.stats()
            if policy is SlowConsumer.DROP:
                assert stats.dropped_full > 0 and stats.connected == 1
            else:
                await eventually(lambda: server.stats().connections == 0)
            slow.abort()

    run(test)


def test_one_who_sends_more_than_is_read() -> None:
    """While somebody thinks about a message, those behind it wait with their sender."""
    answers: asyncio.Future[bool]

    async def authorize(_: object) -> bool:
        return await asyncio.shield(answers)

    async def test() -> None:
        nonlocal answers
        answers = asyncio.get_running_loop().create_future()
        async with serve(port=0, authorize=authorize) as server:
            taken: list[Publish] = []
            server.subscribe("#", taken.append)
            raw = await Raw.connected(server.port, "c")
            for number in range(200):
                raw.send(Publish("t", b"%d" % number + bytes(100_000)))
            await asyncio.sleep(0.05)
            (link,) = server._engine.links.values()  # pyright: ignore[reportPrivateUsage]
            assert link.has_unread
            assert sum(len(it) for it in link._unread) < 1 << 20  # pyright: ignore[reportPrivateUsage]
            assert taken == []
            answers.set_result(True)
            await eventually(lambda: len(taken) == 200)
            raw.abort()

    run(test)


def test_what_was_sent_before_the_end_is_heard() -> None:
    async def authorize(_: object) -> bool:
        await asyncio.sleep(0)
        return True

    async def test() -> None:
        async with serve(port=0, authorize=authorize) as server:
            taken: list[Publish] = []
            server.subscribe("#", taken.append)
            raw = await Raw.open(server.port)
            raw.send(Connect("c"), *[Publish("t", b"%d" % n) for n in range(50)], Disconnect())
            await raw.writer.drain()
            raw.writer.write_eof()
            assert (await raw.rest())[:1] == b"\x20"
            await raw.close()
            await eventually(lambda: len(taken) == 50)
            await eventually(lambda: server.stats().connections == 0)

    run(test)


@pytest.mark.parametrize("is_slow", [False, True])
def test_one_who_says_all_and_then_listens(is_slow: bool) -> None:
    """As `printf ... | nc -N`: the answers come although there is nothing more to read."""

    async def authorize(_: object) -> bool:
        await asyncio.sleep(0.02 if is_slow else 0)
        return True

    async def test() -> None:
        async with serve(port=0, authorize=authorize) as server:
            raw = await Raw.open(server.port)
            raw.send(Connect("c"), Publish("t", b"x", qos=QOS1, packet_id=7))
            raw.writer.write_eof()
            assert isinstance(await raw.packet(), ConnAck)
            assert await raw.packet() == PubAck(7, ReasonCode.NO_MATCHING_SUBSCRIBERS)
            assert await raw.rest() == b""
            await raw.close()
            await eventually(lambda: server.stats().connections == 0)

    run(test)


def test_pings_are_answered_in_order() -> None:
    async def test() -> None:
        async with serve(port=0) as server:
            raw = await Raw.connected(server.port, "c")
            raw.send(*[PingReq()] * 1000)
            for _ in range(1000):
                assert await raw.packet() == PingResp()
            raw.abort()

    run(test)


def test_what_it_tells_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "mqtt_core.aio.server")

    async def test() -> None:
        async with serve(port=0) as server:
            async with Client(server.url, client_id="anna") as client:
                await client.publish("a", qos=QOS1)
            await eventually(lambda: server.stats().connections == 0)
            raw = await Raw.open(server.port)
            raw.writer.write(b"\x30\x00")
            await raw.rest()
            await raw.close()

    run(test)
    lines = [it.getMessage() for it in caplog.records if it.name == "mqtt_core.aio.server"]
    assert "'anna' connects from ('127.0.0.1'" in lines[0]
    assert "ended: disconnect, success" in lines[1]
    assert "ended: violation" in lines[2] or "ended: malformed" in lines[2]


def test_connack_of_a_server() -> None:
    config = BrokerConfig(max_qos=QOS1, retain_available=False, max_keep_alive=30)

    async def test() -> None:
        async with (
            serve(port=0, config=config) as server,
            Client(server.url, keep_alive=60) as client,
        ):
            connack = client.connack
            assert isinstance(connack, ConnAck)
            assert (connack.maximum_qos, connack.server_keep_alive) == (QOS1, 30)
            assert connack.retain_available is False

    run(test)


# Those who watch.


@schemes
def test_a_tap_sees_all_bytes(certificates: Certificates, scheme: str) -> None:
    seen: dict[int, dict[Sender, list[bytes]]] = {}
    gone: list[int] = []

    def tap(conn: int, sender: Sender, data: bytes) -> None:
        assert conn not in gone
        if data:
            seen.setdefault(conn, {Sender.CLIENT: [], Sender.SERVER: []})[sender].append(data)
        else:
            gone.append(conn)
            raise ValueError("the tap's own fault")

    async def test() -> None:
        async with await serving(scheme, certificates, tap=tap) as server:
            tls = certificates.client if scheme in ("mqtts", "wss") else None
            for _ in range(2):
                async with Client(server.url, tls=tls) as client:
                    assert (await client.publish("t", b"x", qos=QOS1)).is_success
            await eventually(lambda: len(gone) == 2)

    run(test)
    assert sorted(seen) == sorted(gone)
    for both in seen.values():
        names: dict[Sender, list[str]] = {}
        for sender, data in both.items():
            decoder = Decoder(sender=sender)
            decoder.feed(b"".join(data))
            names[sender] = [type(packet).__name__ for packet in decoder]
        assert names[Sender.CLIENT] == ["Connect", "Publish", "Disconnect"]
        assert names[Sender.SERVER] == ["ConnAck", "PubAck"]
