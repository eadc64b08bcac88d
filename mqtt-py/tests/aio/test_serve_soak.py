"""Many clients that say anything and leave anyhow: nothing is left of them."""

import asyncio
import contextlib
import logging
import random
import ssl
from pathlib import Path

import pytest
from mqtt_core import (
    Authenticate,
    Authorize,
    BrokerConfig,
    BrokerLimits,
    Connect,
    Disconnect,
    Packet,
    PingReq,
    Publish,
    QoS,
    Subscribe,
    Subscription,
    Unsubscribe,
    Will,
    encode,
)
from mqtt_core.aio import Listener, MemoryStore, serve

from aio.runner import eventually, run
from aio.serving import Certificates, Raw, reset
from aio.test_serve_websocket import PROTOCOL, UPGRADE, frame

CLIENTS = 150
AT_A_TIME = 12


def packets(rng: random.Random) -> bytes:
    """What a client says, most of it legal."""

    def packet() -> Packet | bytes:
        qos = QoS(rng.randrange(3))
        match rng.randrange(12):
            case 0:
                wanted = [Subscription(rng.choice(["t/#", "t/1", "#", "$share/g/t/+"]), qos)]
                return Subscribe(wanted, packet_id=7)
            case 1:
                return Unsubscribe(["t/#"], packet_id=8)
            case 2:
                return PingReq()
            case 3:
                return Disconnect()
            case 4:
                return rng.randbytes(rng.randrange(1, 30))
            case _:
                topic, payload = f"t/{rng.randrange(4)}", bytes(rng.choice([0, 10, 5000, 60_000]))
                number = rng.randrange(1, 5) if qos else None
                is_kept = rng.random() < 0.2
                return Publish(topic, payload, qos=qos, packet_id=number, retain=is_kept)

    will = Will("w", b"gone", qos=QoS(rng.randrange(3))) if rng.random() < 0.4 else None
    keep_alive, is_new = rng.choice([0, 60]), rng.random() < 0.5
    connect = Connect(f"c{rng.randrange(6)}", clean_start=is_new, keep_alive=keep_alive, will=will)
    said: list[Packet | bytes] = [connect] if rng.random() < 0.9 else []
    said += [packet() for _ in range(rng.randrange(12))]
    return b"".join(one if isinstance(one, bytes) else encode(one) for one in said)


def frames(rng: random.Random, data: bytes) -> bytes:
    """The same over WebSocket, in any frames, with some that have no place there."""
    if rng.random() < 0.1:
        return b"GET / HTTP/1.1\r\n" + data
    parts = [UPGRADE + PROTOCOL + b"\r\n"]
    while data:
        size = rng.randrange(1, min(len(data), 60_000) + 1)
        parts.append(frame(2, data[:size]))
        data = data[size:]
        if rng.random() < 0.1:
            parts.append(frame(9, b"ping"))
    match rng.randrange(5):
        case 0:
            parts.append(frame(8, b"\x03\xe8"))
        case 1:
            parts.append(frame(1, b"text"))
        case _:
            pass
    return b"".join(parts)


async def client(rng: random.Random, listener: Listener, tls: ssl.SSLContext) -> None:
    data = packets(rng)
    if listener.scheme.startswith("ws"):
        data = frames(rng, data)
    # Some speak no TLS where there is some.
    is_plain = not listener.scheme.endswith("s") or rng.random() < 0.2
    raw = await Raw.open(listener.port, None if is_plain else tls)
    try:
        raw.writer.write(data)
        if rng.random() < 0.6:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rng.random() * 0.2):
                    while await raw.reader.read(rng.choice([10, 1000, 1 << 16])):
                        pass
        match rng.randrange(4):
            case 0:
                raw.abort()
            case 1:
                reset(raw.writer.get_extra_info("socket"))
                raw.abort()
            case 2 if raw.writer.can_write_eof():
                raw.writer.write_eof()
                await asyncio.sleep(0.02)
            case _:
                pass
    finally:
        # What is not written is given up: some do not read it.
        raw.abort()
        with contextlib.suppress(OSError):
            await raw.writer.wait_closed()


@pytest.mark.parametrize("seed", range(4))
def test_anybody_may_come_and_go(
    seed: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rng = random.Random(seed)
    certificates = Certificates(tmp_path)

    async def authenticate(_: Authenticate) -> bool:
        await asyncio.sleep(rng.random() * 0.05)
        if rng.random() < 0.05:
            raise ZeroDivisionError
        return rng.random() < 0.9

    async def authorize(_: Authorize) -> bool:
        if rng.random() < 0.3:
            await asyncio.sleep(rng.random() * 0.02)
        return rng.random() < 0.95

    async def test() -> None:
        async with serve(
            port=0,
            config=BrokerConfig(limits=BrokerLimits(max_connections=10)),
            authenticate=authenticate,
            authorize=authorize,
            question_timeout=rng.choice([0.03, 1.0]),
            store=rng.choice([None, MemoryStore()]),
            close_timeout=0.3,
        ) as server:
            await server.listen(port=0, ssl=certificates.server)
            await server.listen(port=0, websocket=True)
            await server.listen(port=0, ssl=certificates.server, websocket=True)
            turns = asyncio.Semaphore(AT_A_TIME)

            async def come() -> None:
                async with turns:
                    # Some are refused, and then there is no end that is not of that kind.
                    with contextlib.suppress(OSError):
                        await client(rng, rng.choice(server.listeners), certificates.client)

            await asyncio.gather(*(come() for _ in range(CLIENTS)))
            engine = server._engine  # pyright: ignore[reportPrivateUsage]
            await eventually(lambda: not engine.links and not engine.strangers)
            await eventually(lambda: server.stats().connections == 0)
            assert not engine.waiting
            await eventually(lambda: not engine.questions.tasks and not engine.handshakes)

    with caplog.at_level(logging.CRITICAL):
        run(test)
