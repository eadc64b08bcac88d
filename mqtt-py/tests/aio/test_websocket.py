"""What a WebSocket peer may do to a client."""

import asyncio
from collections.abc import Callable

import pytest
from mqtt_core import ConnAck, Publish, encode
from mqtt_core.aio import Client, DisconnectedError
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from aio.runner import eventually, run

CONNACK = encode(ConnAck())


class Peer(asyncio.Protocol):
    """Says CONNACK to the first data, and what the test wants then."""

    def __init__(self, then: "Callable[[Peer], None]") -> None:
        self._then = then
        self._frames = ServerProtocol(subprotocols=[Subprotocol("mqtt")])
        self._has_answered = False
        self.pongs: list[bytes] = []
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._frames.receive_data(data)
        for event in self._frames.events_received():
            if isinstance(event, Request):
                self._frames.send_response(self._frames.accept(event))
                self.transport.write(b"".join(self._frames.data_to_send()))
            elif isinstance(event, Frame) and event.opcode is Opcode.PONG:
                self.pongs.append(bytes(event.data))
            elif isinstance(event, Frame) and not self._has_answered:
                self._has_answered = True
                self.send(Opcode.BINARY, CONNACK)
                self._then(self)
        if self._frames.close_rcvd is not None:
            self.transport.close()

    def send(self, opcode: Opcode, data: bytes, *, times: int = 1) -> None:
        self.transport.write(Frame(opcode, data).serialize(mask=False) * times)


async def listen(then: Callable[[Peer], None]) -> tuple[asyncio.Server, str, list[Peer]]:
    peers: list[Peer] = []

    def made() -> Peer:
        peers.append(Peer(then))
        return peers[-1]

    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
    return server, f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/mqtt", peers


@pytest.mark.parametrize(
    "opcode, data, words",
    [
        (Opcode.TEXT, b"\x20\x00", "has sent text"),
        (Opcode.BINARY, bytes((1 << 20) + 1), "is broken"),
        (Opcode.CONT, b"x", "is broken"),
    ],
)
@pytest.mark.parametrize("reads", [True, False])
def test_what_is_no_mqtt_ends_the_connection(
    opcode: Opcode, data: bytes, words: str, reads: bool
) -> None:
    async def test() -> None:
        def then(peer: Peer) -> None:
            peer.send(opcode, data)
            if not reads:
                peer.transport.pause_reading()

        server, url, peers = await listen(then)
        async with server:
            client = Client(url, reconnect=None, max_packet_size=1000)
            await client.connect()
            with pytest.raises(DisconnectedError, match=words):
                await client.closed()
            await client.close()
            peers[0].transport.abort()

    run(test)


def test_pings_of_a_peer_that_does_not_read_take_no_memory() -> None:
    async def test() -> None:
        def then(peer: Peer) -> None:
            peer.transport.pause_reading()
            for number in range(400):
                peer.send(Opcode.PING, b"%0120d" % number, times=1000)

        server, url, peers = await listen(then)
        async with server, Client(url) as client:
            await eventually(lambda: bool(peers) and not peers[0].transport.get_write_buffer_size())
            assert client._core_ is not None  # its buffer is not to be seen otherwise
            line = client._core_._line
            assert line is not None
            assert line._transport is not None
            # 50 MB of pongs without a bound.
            assert line._transport.get_write_buffer_size() < 2_000_000
            peers[0].transport.resume_reading()
            # The last ping has its answer.
            await eventually(lambda: peers[0].pongs[-1:] == [b"%0120d" % 399])
            peers[0].transport.abort()

    run(test)


def test_packets_in_many_small_frames() -> None:
    async def test() -> None:
        def then(peer: Peer) -> None:
            for number in range(500):
                packet = encode(Publish("n", b"%d" % number))
                for at in range(len(packet)):
                    peer.send(Opcode.BINARY, packet[at : at + 1])
                    peer.send(Opcode.BINARY, b"")

        server, url, peers = await listen(then)
        async with server, Client(url, inbox=3) as client:
            messages = client.messages()
            for number in range(500):
                assert (await anext(messages)).payload == b"%d" % number
            peers[0].transport.abort()

    run(test)
