"""Captures made by hand: frames of each kind that the command reads, and files around them."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
CLIENT, SERVER = ("10.0.0.1", 40000), ("10.0.0.2", 1883)


@dataclass(frozen=True)
class Tcp:
    """A segment that is to be framed."""

    sequence: int
    data: bytes = b""
    flags: int = ACK
    source: tuple[str, int] = CLIENT
    target: tuple[str, int] = SERVER

    def back(self) -> "Tcp":
        """The same from the other end."""
        return replace(self, source=self.target, target=self.source)

    def _tcp(self) -> bytes:
        ports = self.source[1], self.target[1]
        sequence = self.sequence % 2**32
        head = struct.pack(">HHIIBBHHH", *ports, sequence, 0, 0x50, self.flags, 65535, 0, 0)
        return head + self.data

    def ipv4(self, *, fragment: int = 0, length: int | None = None) -> bytes:
        body = self._tcp()
        ends = bytes(int(part) for end in (self.source, self.target) for part in end[0].split("."))
        total = 20 + len(body) if length is None else length
        return struct.pack(">BBHHHBBH", 0x45, 0, total, 0, fragment, 64, 6, 0) + ends + body

    def ipv6(self, extensions: bytes = b"", first: int = 6) -> bytes:
        body = extensions + self._tcp()
        ends = b"".join(bytes(15) + end[0][-1:].encode() for end in (self.source, self.target))
        return struct.pack(">IHBB", 6 << 28, len(body), first, 64) + ends + body


def ethernet(packet: bytes, kind: int = 0x0800, tags: bytes = b"") -> bytes:
    return bytes(12) + tags + kind.to_bytes(2) + packet


# By name: the link type, and what stands before the packet of IP.
LINKS: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "ethernet": (1, ethernet),
    "vlan": (1, lambda p: ethernet(p, tags=b"\x81\0\0\x07")),
    "two tags": (1, lambda p: ethernet(p, tags=b"\x88\xa8\0\x07\x81\0\0\x07")),
    "padded": (1, lambda p: ethernet(p) + bytes(max(0, 46 - len(p)))),
    "null": (0, lambda p: b"\2\0\0\0" + p),
    "loop": (108, lambda p: b"\0\0\0\2" + p),
    "raw": (101, lambda p: p),
    "ipv4": (228, lambda p: p),
    "cooked": (113, lambda p: b"\0\0\0\1\0\6" + bytes(8) + b"\x08\0" + p),
    "cooked v2": (276, lambda p: b"\x08\0" + bytes(18) + p),
}


def pcap(
    frames: list[bytes],
    link: int = 1,
    *,
    order: str = "<",
    nanoseconds: bool = False,
    snap: int = 262144,
) -> bytes:
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    file = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, link)
    for number, frame in enumerate(frames):
        kept = frame[:snap]
        file += struct.pack(order + "IIII", 1 + number, 0, len(kept), len(frame)) + kept
    return file


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = 12 + len(body)
    return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)


def section(order: str = "<") -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(link: int, order: str = "<", snap: int = 0) -> bytes:
    return block(order, 1, struct.pack(order + "HHI", link, 0, snap))


def enhanced(frame: bytes, index: int = 0, order: str = "<", kept: int | None = None) -> bytes:
    kept = len(frame) if kept is None else kept
    head = struct.pack(order + "IIIII", index, 0, 0, kept, len(frame))
    return block(order, 6, head + frame[:kept])


def simple(frame: bytes, order: str = "<", snap: int = 262144) -> bytes:
    return block(order, 3, struct.pack(order + "I", len(frame)) + frame[:snap])
