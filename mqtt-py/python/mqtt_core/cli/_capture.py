"""Frames of pcap and pcapng files. Any bytes may come; what is no capture raises CaptureError."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["CaptureError", "Frame", "frames", "is_capture"]

_PCAP = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
}
_SECTION = b"\x0a\x0d\x0d\x0a"
_INTERFACE, _SIMPLE, _ENHANCED = 1, 3, 6


class CaptureError(Exception):
    """The file is not a capture, or is cut off."""


class Frame(NamedTuple):
    """A frame as it was captured."""

    number: int
    """From 1, as tshark counts."""
    link: int
    """The link type."""
    data: bytes
    """What was kept of it."""


def is_capture(data: bytes) -> bool:
    """True if the file begins as pcap or pcapng does."""
    return data[:4] in _PCAP or data[:4] == _SECTION


def frames(data: bytes) -> Iterator[Frame]:
    """The frames of a file, in order."""
    if data[:4] in _PCAP:
        return _pcap(data, _PCAP[data[:4]][0])
    if data[:4] == _SECTION:
        return _pcapng(data)
    raise CaptureError("neither pcap nor pcapng")


def _pcap(data: bytes, order: str) -> Iterator[Frame]:
    if len(data) < 24:
        raise CaptureError("the file header is cut off")
    # The upper bits tell of checksums at the end of frames.
    link = struct.unpack_from(order + "I", data, 20)[0] & 0x0FFF_FFFF
    at, number = 24, 0
    while at < len(data):
        number += 1
        if len(data) - at < 16:
            raise CaptureError(f"frame {number} is cut off")
        size = struct.unpack_from(order + "I", data, at + 8)[0]
        at += 16
        if size > len(data) - at:
            raise CaptureError(f"frame {number} is cut off")
        yield Frame(number, link, data[at : at + size])
        at += size


def _pcapng(data: bytes) -> Iterator[Frame]:
    at, number, order = 0, 0, "<"
    links: list[int] = []
    while at < len(data):
        if len(data) - at < 12:
            raise CaptureError(f"the block at {at} is cut off")
        if data[at : at + 4] == _SECTION:
            magic = data[at + 8 : at + 12]
            if magic not in (b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"):
                raise CaptureError(f"the section at {at} has no byte order")
            order = "<" if magic == b"\x4d\x3c\x2b\x1a" else ">"
            # Interfaces are counted within their section.
            links = []
        kind, size = struct.unpack_from(order + "II", data, at)
        if size < 12 or size % 4 or size > len(data) - at:
            raise CaptureError(f"the block at {at} has no possible length")
        body = data[at + 8 : at + size - 4]
        at += size
        if kind == _INTERFACE and len(body) >= 8:
            links.append(struct.unpack_from(order + "H", body)[0])
        elif kind in (_ENHANCED, _SIMPLE):
            number += 1
            yield _packet(number, kind, body, order, links)


def _packet(number: int, kind: int, body: bytes, order: str, links: list[int]) -> Frame:
    head = 20 if kind == _ENHANCED else 4
    if len(body) < head:
        raise CaptureError(f"frame {number} is cut off")
    if kind == _ENHANCED:
        interface, _, _, kept, _ = struct.unpack_from(order + "IIIII", body)
    else:
        interface, kept = 0, min(struct.unpack_from(order + "I", body)[0], len(body) - head)
    if interface >= len(links) or kept > len(body) - head:
        raise CaptureError(f"frame {number} is of no interface, or cut off")
    return Frame(number, links[interface], body[head : head + kept])
