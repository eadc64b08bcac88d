"""Frames as they come, and as they should not."""

import asyncio

import pytest
from mqtt_core.aio import Server, serve

from aio.runner import eventually, run
from aio.serving import Raw

UPGRADE = (
    b"GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)
PROTOCOL = b"Sec-WebSocket-Protocol: mqtt\r\n"


def frame(opcode: int, payload: bytes, *, is_final: bool = True) -> bytes:
    """A frame of a client, with a mask of zeros."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([opcode | (0x80 if is_final else 0)]) + length + bytes(4) + payload


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"426"),
        (UPGRADE + b"\r\n", b"400"),
        (UPGRADE + b"Sec-WebSocket-Protocol: other\r\n\r\n", b"400"),
        (UPGRADE + PROTOCOL + b"Origin: https://evil.example\r\n\r\n", b"403"),
        (b"\x10\x0c\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x00\r\n\r\n", None),
    ],
)
def test_what_is_no_websocket(request_: bytes, status: bytes | None) -> None:
    async def test() -> None:
        origins = [None, "https://good.example"]
        async with serve(port=0, websocket=True, websocket_origins=origins) as server:
            raw = await Raw.open(server.port)
            raw.writer.write(request_)
            answer = await raw.rest()
            if status is None:
                assert answer == b""
            else:
                assert answer.startswith(b"HTTP/1.1 " + status)
            await raw.close()
            await eventually(lambda: server.stats().connections == 0)

    run(test)


async def upgraded(server: Server) -> Raw:
    raw = await Raw.open(server.port)
    raw.writer.write(UPGRADE + PROTOCOL + b"\r\n")
    answer = await raw.reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 101") and b"mqtt" in answer
    return raw


CONNECT = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01c"
CONNACK = b"\x20\x02\x00\x00"


@pytest.mark.parametrize(
    ("frames", "answer"),
    [
        # Text, a frame without a mask, a close, a close behind a packet.
        (frame(1, CONNECT), b"\x88\x10\x03\xebMQTT is binary"),
        (b"\x82\x01x", None),
        (frame(8, b"\x03\xe8"), b"\x88\x02\x03\xe8"),
        (frame(2, CONNECT + b"\xe0\x00"), b"\x82\x04" + CONNACK + b"\x88\x02\x03\xe8"),
    ],
)
def test_frames(frames: bytes, answer: bytes | None) -> None:
    async def test() -> None:
        async with serve(port=0, websocket=True) as server:
            raw = await upgraded(server)
            raw.writer.write(frames)
            if answer is None:
                # A close with 1002.
                assert (await raw.rest())[2:4] == b"\x03\xea"
            else:
                assert await raw.reader.readexactly(len(answer)) == answer
                raw.writer.write(frame(8, b"\x03\xe8"))
                await raw.rest()
            await raw.close()
            await eventually(lambda: server.stats().connections == 0)

    run(test)


def test_packets_in_any_frames() -> None:
    async def test() -> None:
        async with serve(port=0, websocket=True) as server:
            raw = await upgraded(server)
            stream = CONNECT + b"\xc0\x00" * 3
            parts = [
                frame(2 if at == 0 else 0, stream[at : at + 1], is_final=at == len(stream) - 1)
                for at in range(len(stream))
            ]
            # A ping between the fragments.
            parts.insert(5, frame(9, b"p"))
            for part in parts:
                raw.writer.write(part)
                await asyncio.sleep(0)
            assert await raw.reader.readexactly(3) == b"\x8a\x01p"
            assert await raw.reader.readexactly(6) == b"\x82\x04" + CONNACK
            got = b""
            while got.count(b"\xd0\x00") < 3:
                got += await raw.reader.read(100)
            raw.abort()

    run(test)


def test_pings_of_one_who_does_not_read() -> None:
    async def test() -> None:
        async with serve(port=0, websocket=True) as server:
            raw = await upgraded(server)
            raw.pause()
            ping = frame(9, b"x" * 120) * 500

            async def flood() -> None:
                for _ in range(1000):
                    raw.writer.write(ping)
                    await raw.writer.drain()

            with pytest.raises(OSError):
                await flood()
            raw.abort()
            await eventually(lambda: server.stats().connections == 0)

    run(test)
