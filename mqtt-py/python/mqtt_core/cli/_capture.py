"""Frames of pcap and pcapng files. Any bytes may come; what is no capture raises CaptureError."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

__all__ = ["CaptureError", "Frame", "Reader", "frames", "is_capture"]

_PCAP: Final = {
    b"\xd4\xc3\xb2\xa1": "<",
    b"\xa1\xb2\xc3\xd4": ">",
    # With nanoseconds.
    b"\x4d\x3c\xb2\xa1": "<",
    b"\xa1\xb2\x3c\x4d": ">",
}
_SECTION: Final = b"\x0a\x0d\x0d\x0a"
_INTERFACE, _OBSOLETE, _SIMPLE, _ENHANCED = 1, 2, 3, 6
# Larger frames and blocks are no real ones: a length that is a lie must not reserve memory.
_MAX: Final = 64 << 20


class CaptureError(Exception):
    """The file is not a capture, or is cut off."""


class Reader(Protocol):
    """Where a capture comes from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, and fewer at the end only."""
        ...


class Frame(NamedTuple):
    """A frame as it was captured."""

    number: int
    """From 1, as tshark counts."""
    link: int
    """The link type."""
    data: bytes
    """What was kept of it."""
    size: int
    """How long it was on the wire; more than was kept if the capture had a snap length."""


def is_capture(data: bytes) -> bool:
    """True if the file begins as pcap or pcapng does."""
    return data[:4] in _PCAP or data[:4] == _SECTION


def frames(head: bytes, rest: Reader) -> Iterator[Frame]:
    """The frames of a file, in order; `head` are its first four bytes, `rest` reads what follows.

    Holds one frame at a time. Raises CaptureError behind the last frame that can be read.
    """
    if head in _PCAP:
        return _pcap(_PCAP[head], rest)
    if head == _SECTION:
        return _pcapng(head, rest)
    raise CaptureError("neither pcap nor pcapng")


def _read(rest: Reader, size: int, what: str) -> bytes:
    data = rest.read(size)
    if len(data) < size:
        raise CaptureError(f"{what} is cut off")
    return data


def _pcap(order: str, rest: Reader) -> Iterator[Frame]:
    # The upper bits tell of checksums at the end of frames.
    link = struct.unpack_from(order + "I", _read(rest, 20, "the file header"), 16)[0] & 0x0FFF_FFFF
    number = 0
    while head := rest.read(16):
        number += 1
        if len(head) < 16:
            raise CaptureError(f"frame {number} is cut off")
        kept, size = struct.unpack_from(order + "II", head, 8)
        if kept > _MAX:
            raise CaptureError(f"frame {number} has no possible length: {kept}")
        yield Frame(number, link, _read(rest, kept, f"frame {number}"), max(kept, size))


class _Interface(NamedTuple):
    link: int
    snap: int


def _pcapng(first: bytes, rest: Reader) -> Iterator[Frame]:
    at, number, order = 0, 0, "<"
    interfaces: list[_Interface] = []
    head = first + rest.read(4)
    while head:
        what = f"the block at byte {at}"
        if len(head) < 8:
            raise CaptureError(f"{what} is cut off")
        body = b""
        if head[:4] == _SECTION:
            body = _read(rest, 4, what)
            if body not in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"):
                raise CaptureError(f"{what} is a section without a byte order")
            order = "<" if body == b"\x4d\x3c\x2b\x1a" else ">"
            # Interfaces are counted within their section.
            interfaces = []
        kind, size = struct.unpack(order + "II", head)
        if size < 12 + len(body) or size % 4 or size > _MAX:
            raise CaptureError(f"{what} has no possible length: {size}")
        body += _read(rest, size - 12 - len(body), what)
        _read(rest, 4, what)
        at += size
        if kind == _INTERFACE and len(body) >= 8:
            interfaces.append(_Interface(*struct.unpack_from(order + "HxxI", body)))
        elif kind in (_ENHANCED, _SIMPLE, _OBSOLETE):
            number += 1
            yield _packet(number, kind, body, order, interfaces)
        head = rest.read(8)


def _packet(number: int, kind: int, body: bytes, order: str, interfaces: list[_Interface]) -> Frame:
    head = 4 if kind == _SIMPLE else 20
    if len(body) < head:
        raise CaptureError(f"frame {number} is cut off")
    if kind == _SIMPLE:
        index, size = 0, struct.unpack_from(order + "I", body)[0]
        snap = interfaces[0].snap if interfaces else 0
        kept = min(size, snap) if snap else size
    else:
        index, kept, size = struct.unpack_from(
            order + ("I8xII" if kind == _ENHANCED else "H10xII"), body
        )
    if index >= len(interfaces):
        raise CaptureError(f"frame {number} is of no interface")
    if kept > len(body) - head:
        raise CaptureError(f"frame {number} is longer than its block")
    return Frame(number, interfaces[index].link, body[head : head + kept], max(kept, size))
