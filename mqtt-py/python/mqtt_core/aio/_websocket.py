"""MQTT over WebSocket: the frames are read and written by `websockets`, which does no I/O here."""

import asyncio

from websockets.client import ClientProtocol
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

from mqtt_core.aio._address import Address, is_ip
from mqtt_core.aio._line import LAST_BYTES_UNHEARD, Line, Owner

__all__ = ["WebSocketLine"]

_DATA = (Opcode.BINARY, Opcode.CONT)
# A frame is read as a whole, and may have many packets: it may be as long as the longest packet,
# and so long anyway; bytes.
_MIN_FRAME = 1 << 20
_PONG = 0x80 | Opcode.PONG


class WebSocketLine(Line):
    """A byte stream in binary frames."""

    def __init__(
        self,
        owner: Owner,
        loop: asyncio.AbstractEventLoop,
        address: Address,
        headers: dict[str, str],
        max_packet_size: int,
    ) -> None:
        super().__init__(owner, loop)
        self._opened: asyncio.Future[None] = loop.create_future()
        path, _, query = address.path.partition("?")
        # In HTTP, names of other scripts are in ASCII, and a zone is of this machine alone.
        host = address.host.partition("%")[0] if is_ip(address.host) else address.host
        host = host.encode("idna").decode()
        uri = WebSocketURI(address.is_secure, host, address.port, path or "/", query, None, None)
        self._frames = ClientProtocol(
            uri, subprotocols=[Subprotocol("mqtt")], max_size=max(max_packet_size, _MIN_FRAME)
        )
        self._headers = headers
        self._can_write = True
        self._pong = b""
        """The answer to the last ping, if there is no room for it."""
        self._why: OSError | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        request = self._frames.connect()
        for name, value in self._headers.items():
            request.headers[name] = value
        self._frames.send_request(request)
        self._write_frames()

    def buffer_updated(self, nbytes: int) -> None:
        frames = self._frames
        frames.receive_data(bytes(self._buffer[:nbytes]))
        data: list[bytes] = []
        is_text = False
        for event in frames.events_received():
            if isinstance(event, Response):
                self._answered()
            elif not isinstance(event, Frame):
                continue
            elif event.opcode is Opcode.TEXT:
                is_text = True
                break
            elif event.opcode in _DATA:
                data.append(bytes(event.data))
        if self._owner is not None and any(data):
            # At once: what is not taken is joined by the owner, which would be for each frame.
            self._owner.received(self, b"".join(data))
        if is_text:
            frames.fail(1003, "MQTT is binary")
            self._why = OSError("the WebSocket has sent text, which is not MQTT")
        elif frames.parser_exc is not None:
            self._why = OSError(f"the WebSocket is broken: {frames.parser_exc}")
        self._write_frames()
        if frames.close_rcvd is not None or self._why is not None:
            self._fail(self._why or OSError("the WebSocket was closed"))
            self._end()

    def _end(self) -> None:
        """Closes; at once if the peer does not take the last bytes."""
        transport = self._transport
        if transport is not None and not transport.is_closing():
            self._alarm = self._loop.call_later(LAST_BYTES_UNHEARD, transport.abort)
            transport.close()

    def _answered(self) -> None:
        refused = self._frames.handshake_exc
        if refused is not None:
            error = OSError(f"the WebSocket was refused: {refused}")
            error.__cause__ = refused
            self._fail(error)
        elif self._frames.subprotocol != "mqtt":
            self._fail(OSError("the server does not speak MQTT over WebSocket"))
        elif not self._opened.done():
            self._opened.set_result(None)

    def _fail(self, error: OSError) -> None:
        if not self._opened.done():
            self._opened.set_exception(error)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(OSError("the connection was closed before the WebSocket was open"))
        if self._opened.done() and not self._opened.cancelled():
            # Nobody may wait for it any more.
            self._opened.exception()
        super().connection_lost(exc or self._why)

    def write(self, data: bytes) -> None:
        if self._frames.state is State.OPEN:
            self._frames.send_binary(data)
            self._write_frames()

    def _write_frames(self) -> None:
        frames = self._frames.data_to_send()
        if not self._can_write:
            # A peer that pings and does not read: the last one is answered, as RFC 6455 allows.
            pongs = [frame for frame in frames if frame[:1] == bytes([_PONG])]
            if pongs:
                self._pong = pongs[-1]
                frames = [frame for frame in frames if frame not in pongs]
        if self._transport is not None and frames:
            self._transport.write(b"".join(frames))

    def pause_writing(self) -> None:
        self._can_write = False
        super().pause_writing()

    def resume_writing(self) -> None:
        self._can_write = True
        pong, self._pong = self._pong, b""
        if pong and self._transport is not None:
            self._transport.write(pong)
        super().resume_writing()

    def _say_end(self, transport: asyncio.Transport, *, is_heard: bool) -> None:
        if is_heard and self._frames.state is State.OPEN:
            try:
                self._frames.send_close(1000)
            except WebSocketException:
                transport.close()
                return
            # The server answers, and closes.
            self._write_frames()
        else:
            transport.close()

    async def opened(self) -> None:
        await self._opened
