"""MQTT over WebSocket: the frames are read and written by `websockets`, which does no I/O here."""

import asyncio

from websockets.client import ClientProtocol
from websockets.exceptions import WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

from mqtt_core.aio._address import Address
from mqtt_core.aio._line import Line, Owner

__all__ = ["WebSocketLine"]

_DATA = (Opcode.BINARY, Opcode.CONT)
# A frame is read as a whole, and may have many packets; bytes.
_MAX_FRAME = 64 << 20


class WebSocketLine(Line):
    """A byte stream in binary frames."""

    def __init__(
        self,
        owner: Owner,
        loop: asyncio.AbstractEventLoop,
        address: Address,
        headers: dict[str, str],
    ) -> None:
        super().__init__(owner, loop)
        self._opened: asyncio.Future[None] = loop.create_future()
        path, _, query = address.path.partition("?")
        uri = WebSocketURI(
            address.is_secure, address.host, address.port, path or "/", query, None, None
        )
        self._frames = ClientProtocol(uri, subprotocols=[Subprotocol("mqtt")], max_size=_MAX_FRAME)
        self._headers = headers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        request = self._frames.connect()
        for name, value in self._headers.items():
            request.headers[name] = value
        self._frames.send_request(request)
        self._write_frames()

    def buffer_updated(self, nbytes: int) -> None:
        self._frames.receive_data(bytes(self._buffer[:nbytes]))
        for event in self._frames.events_received():
            if isinstance(event, Response):
                self._answered()
            elif not isinstance(event, Frame):
                continue
            elif event.opcode in _DATA:
                self._data(event)
            elif event.opcode is Opcode.TEXT:
                self._frames.fail(1003, "MQTT is binary")
        self._write_frames()
        if self._frames.close_rcvd is not None or self._frames.parser_exc is not None:
            self._fail(OSError("the WebSocket was closed"))
            if self._transport is not None:
                self._transport.close()

    def _data(self, frame: Frame) -> None:
        if self._owner is not None and frame.data:
            self._owner.received(self, bytes(frame.data))

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
        super().connection_lost(exc)

    def write(self, data: bytes) -> None:
        if self._frames.state is State.OPEN:
            self._frames.send_binary(data)
            self._write_frames()

    def _write_frames(self) -> None:
        if self._transport is not None:
            data = b"".join(self._frames.data_to_send())
            if data:
                self._transport.write(data)

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
