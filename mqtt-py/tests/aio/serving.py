"""What tests of the server share: certificates, and a client made of bytes."""

import asyncio
import socket
import ssl
import struct
from pathlib import Path

import trustme
from mqtt_core import Connect, Decoder, Packet, Version, encode
from mqtt_core.aio import Server, serve


class Certificates:
    """An authority, and what both ends need of it."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("localhost", "127.0.0.1")
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        issued.configure_cert(self.server)
        self.client = ssl.create_default_context()
        authority.configure_trust(self.client)
        self.authority = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.authority)
        # For a server that wants to know who its clients are.
        self.mutual = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        issued.configure_cert(self.mutual)
        authority.configure_trust(self.mutual)
        self.mutual.verify_mode = ssl.CERT_REQUIRED
        self.known = ssl.create_default_context()
        authority.configure_trust(self.known)
        authority.issue_cert("meter-7.example", common_name="meter-7").configure_cert(self.known)


class Raw:
    """A client that sends what it is told, and reads only when it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.decoder = Decoder(version=Version.V5)

    @classmethod
    async def open(cls, port: int, tls: ssl.SSLContext | None = None) -> "Raw":
        return cls(*await asyncio.open_connection("127.0.0.1", port, ssl=tls))

    @classmethod
    async def connected(
        cls, port: int, client_id: str, tls: ssl.SSLContext | None = None, **options: object
    ) -> "Raw":
        raw = await cls.open(port, tls)
        raw.send(Connect(client_id, **options))  # type: ignore[arg-type]
        await raw.packet()
        return raw

    def send(self, *packets: Packet) -> None:
        self.writer.write(b"".join(encode(it, version=Version.V5) for it in packets))

    async def packet(self) -> Packet:
        """The next packet."""
        while True:
            for packet in self.decoder:
                return packet
            data = await self.reader.read(1 << 16)
            assert data, "the server has closed"
            self.decoder.feed(data)

    async def rest(self) -> bytes:
        """What comes before the server closes."""
        return await self.reader.read(-1)

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            # It was reset.
            return

    def pause(self) -> None:
        """Reads nothing more."""
        self._transport().pause_reading()

    def resume(self) -> None:
        self._transport().resume_reading()

    def _transport(self) -> asyncio.Transport:
        transport = self.writer.transport
        assert isinstance(transport, asyncio.Transport)
        return transport

    def abort(self) -> None:
        self.writer.transport.abort()


def reset(sock: socket.socket) -> None:
    """Its end will be a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def serving(scheme: str, certificates: Certificates, **options: object) -> Server:
    tls = certificates.server if scheme.endswith("s") and scheme != "ws" else None
    is_websocket = scheme.startswith("ws")
    return await serve(port=0, ssl=tls, websocket=is_websocket, **options)  # type: ignore[arg-type]
