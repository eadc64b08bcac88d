"""Connections over WebSocket: the frames are read and written by `websockets`, which does no I/O
here."""

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import SEND_EOF, State
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol

from mqtt_core.aio._server_link import Hub, Link

__all__ = ["WebSocketLink"]

_DATA = (Opcode.BINARY, Opcode.CONT)
# Of a request.
_END: Final = b"\r\n\r\n"
# A frame is read as a whole, and may have many packets; bytes.
_MAX_FRAME: Final = 1 << 20
# Answers to pings that wait for a client that does not read; bytes.
_MAX_PONGS: Final = 64 << 10


class WebSocketLink(Link):
    """A byte stream in binary frames, `ws` or `wss`."""

    _scheme = "ws"

    def __init__(
        self,
        hub: Hub,
        tls: ssl.SSLContext | None,
        origins: Sequence[str | None] | None,
        max_packet_size: int,
    ) -> None:
        super().__init__(hub, tls)
        wanted = None if origins is None else [None if it is None else Origin(it) for it in origins]
        self._frames = ServerProtocol(
            subprotocols=[Subprotocol("mqtt")],
            origins=wanted,
            max_size=max(_MAX_FRAME, max_packet_size),
        )
        self._pongs: list[bytes] = []
        self._last = b""
        """The last bytes of a request that is not whole."""
        self._is_closing = False

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            super().data_received(data)
            return
        if self._frames.state is State.CONNECTING:
            # Frames count when the request is answered: it may be refused.
            head = self._last + data
            request, end, rest = head.partition(_END)
            if end:
                size = len(request) + len(end) - len(self._last)
                self._read(data[:size])
                data = rest
                if not data or not self._is_open():
                    return
            self._last = head[1 - len(_END) :]
        self._read(data)

    def _read(self, data: bytes) -> None:
        frames = self._frames
        frames.receive_data(data)
        payloads: list[bytes] = []
        for event in frames.events_received():
            if isinstance(event, Request):
                frames.send_response(frames.accept(event))
            elif not isinstance(event, Frame):
                continue
            elif event.opcode in _DATA:
                payloads.append(bytes(event.data))
            elif event.opcode is Opcode.TEXT and self._is_open():
                frames.fail(1003, "MQTT is binary")
                break
        self._write_frames()
        self._input(b"".join(payloads))
        if self._is_closing:
            self._closed()

    def _is_open(self) -> bool:
        return self._frames.state is State.OPEN

    def _closed(self) -> None:
        """There are no frames any more."""
        transport = self._transport
        if not self._is_over and not self._is_eof:
            self.input_ended()
        elif self._is_finished and transport is not None and not transport.is_closing():
            # The client has answered to the end.
            super()._say_end(transport)

    def resume_writing(self) -> None:
        self._can_write = True
        pongs, self._pongs = b"".join(self._pongs), []
        if pongs and self._transport is not None:
            # They may be all that there is room for.
            self._transport.write(pongs)
        self.go_on()
        self._hub.soon()

    def _write(self, data: bytes) -> None:
        if self._is_open():
            self._frames.send_binary(data)
            self._write_frames()

    def _write_frames(self) -> None:
        for data in self._frames.data_to_send():
            if data == SEND_EOF:
                self._is_closing = True
            elif self._transport is None:
                # It is lost, as what is on its way when a transport is lost.
                continue
            elif self._can_write:
                self._transport.write(data)
            else:
                self._pongs.append(data)
        if sum(map(len, self._pongs)) > _MAX_PONGS:
            # It pings, and does not read the answers.
            self.abort()

    def _say_end(self, transport: asyncio.Transport) -> None:
        if self._is_shut:
            transport.close()
        elif self._is_open():
            # The client answers.
            self._frames.send_close(1000)
            self._write_frames()
        elif self._frames.state is State.CONNECTING and not self._is_closing:
            transport.close()
        else:
            super()._say_end(transport)
