"""TCP segments out of frames, and streams out of segments.

Frames that are cut short, fragments of IP and what is no TCP are passed over.
"""

import struct
from typing import NamedTuple

from mqtt_core.cli._capture import Frame

__all__ = ["Half", "Segment", "segment"]

_NULL, _ETHERNET, _RAW, _COOKED, _COOKED2 = 0, 1, 101, 113, 276
_IPV4, _IPV6 = 0x0800, 0x86DD
_VLAN = (0x8100, 0x88A8)
_SYN, _HELD = 2, 16 << 20


class Segment(NamedTuple):
    """A TCP segment with what says whose it is."""

    source: tuple[bytes, int]
    target: tuple[bytes, int]
    sequence: int
    syn: bool
    data: bytes


def _network(frame: Frame) -> bytes | None:
    data, link = frame.data, frame.link
    if link in (_RAW, 228, 229):
        return data
    if link == _NULL:
        return data[4:]
    at = {_ETHERNET: 12, _COOKED: 14, _COOKED2: 0}.get(link)
    if at is None:
        return None
    kind = int.from_bytes(data[at : at + 2])
    if link == _COOKED2:
        return data[20:] if kind in (_IPV4, _IPV6) else None
    at += 2
    while kind in _VLAN:
        kind = int.from_bytes(data[at + 2 : at + 4])
        at += 4
    return data[at:] if kind in (_IPV4, _IPV6) else None


def segment(frame: Frame) -> Segment | None:
    """The segment in a frame, or None."""
    packet = _network(frame)
    if not packet:
        return None
    if packet[0] >> 4 == 4 and len(packet) >= 20:
        head, total = (packet[0] & 15) * 4, int.from_bytes(packet[2:4])
        fragment = int.from_bytes(packet[6:8]) & 0x3FFF
        if head < 20 or packet[9] != 6 or fragment:
            return None
        source, target = packet[12:16], packet[16:20]
        # Offloaded segments may have no length; frames may be padded behind it.
        body = packet[head : total or None]
    elif packet[0] >> 4 == 6 and len(packet) >= 40 and packet[6] == 6:
        size = int.from_bytes(packet[4:6])
        source, target = packet[8:24], packet[24:40]
        body = packet[40 : 40 + size if size else None]
    else:
        return None
    if len(body) < 20:
        return None
    port, to, sequence = struct.unpack_from(">HHI", body)
    start = (body[12] >> 4) * 4
    if start < 20 or start > len(body):
        return None
    syn = bool(body[13] & _SYN)
    return Segment((source, port), (target, to), sequence, syn, body[start:])


class Half:
    """One direction of a connection: segments in any order in, bytes in order out."""

    def __init__(self) -> None:
        self.first: int | None = None
        """The sequence number of its SYN."""
        self._next: int | None = None
        self._later: dict[int, bytes] = {}
        self._held = 0

    def take(self, part: Segment) -> bytes:
        """The bytes that are now in order; often those of the segment."""
        sequence = part.sequence
        if part.syn:
            self.first = sequence
            sequence = (sequence + 1) & 0xFFFF_FFFF
            self._next = sequence
        if not part.data:
            return b""
        if self._next is None:
            # The capture began within the connection.
            self._next = sequence
        old = self._later.get(sequence, b"")
        if len(part.data) > len(old) and self._held + len(part.data) <= _HELD:
            self._later[sequence] = part.data
            self._held += len(part.data) - len(old)
        return self._ready(self._next)

    def _ready(self, at: int) -> bytes:
        out: list[bytes] = []
        moved = True
        while moved:
            moved = False
            for sequence in list(self._later):
                skip = (at - sequence) & 0xFFFF_FFFF
                if skip >= 1 << 31:
                    continue
                data = self._later.pop(sequence)
                self._held -= len(data)
                if skip < len(data):
                    out.append(data[skip:])
                    at = (at + len(data) - skip) & 0xFFFF_FFFF
                    moved = True
        self._next = at
        return b"".join(out)
