"""TCP segments out of frames.

Under them may be: Ethernet with VLAN tags, Linux cooked captures (SLL, SLL2), loopback (NULL,
LOOP), raw IP; IPv4, and IPv6 with extension headers.
"""

import struct
from typing import Final, NamedTuple

from mqtt_core.cli._capture import Frame

__all__ = ["End", "HeadersLost", "Segment", "knows", "segment"]

_NULL, _ETHERNET, _LOOP, _COOKED, _COOKED2 = 0, 1, 108, 113, 276
_RAW: Final = (12, 14, 101, 228, 229)
# Where the protocol of the network layer stands.
_KIND_AT: Final = {_ETHERNET: 12, _COOKED: 14}
_IPV4, _IPV6 = 0x0800, 0x86DD
_VLAN: Final = (0x8100, 0x88A8, 0x9100)
_TCP = 6
# Headers of IPv6 that may stand before TCP, with a length in units of eight bytes.
_EXTENSIONS: Final = (0, 43, 60)
_FRAGMENT = 44
# With a VLAN tag.
_LINK: Final = 18
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16

End = tuple[bytes, int]
"""An address and a port."""


class HeadersLost(Exception):
    """A frame was cut so short that it cannot be told whose it is."""


class Segment(NamedTuple):
    """A TCP segment with what says whose it is."""

    source: End
    target: End
    sequence: int
    data: bytes
    lost: int = 0
    """So many bytes behind `data` were on the wire and were not captured."""
    syn: bool = False
    ack: bool = False
    fin: bool = False
    rst: bool = False


def knows(link: int) -> bool:
    """True if frames of this link type can be read."""
    return link in (_NULL, _LOOP, _COOKED2, *_KIND_AT, *_RAW)


def _network(frame: Frame) -> bytes:
    """What is of the network layer in a frame; nothing if it is not IP."""
    data, link = frame.data, frame.link
    if link in _RAW:
        return data
    if link in (_NULL, _LOOP):
        # Which family it is, IP says itself.
        return data[4:]
    if link == _COOKED2:
        kind, at = int.from_bytes(data[:2]), 20
    else:
        start = _KIND_AT.get(link)
        if start is None:
            return b""
        kind, at = int.from_bytes(data[start : start + 2]), start + 2
    while kind in _VLAN and at + 4 <= len(data):
        kind = int.from_bytes(data[at + 2 : at + 4])
        at += 4
    return data[at:] if kind in (_IPV4, _IPV6) else b""


def segment(frame: Frame) -> Segment | None:
    """The segment in a frame, or None if it is something else. Raises HeadersLost."""
    packet = _network(frame)
    # As much as the wire had, from the first byte of IP.
    size = frame.size - (len(frame.data) - len(packet))
    if not packet:
        if len(frame.data) < min(frame.size, _LINK):
            raise HeadersLost
        return None
    if packet[0] >> 4 == 4:
        return _ipv4(packet, size)
    if packet[0] >> 4 == 6:
        return _ipv6(packet, size)
    return None


def _ipv4(packet: bytes, size: int) -> Segment | None:
    head = (packet[0] & 15) * 4
    if len(packet) < 20:
        _short(packet, size)
        return None
    if head < 20 or packet[9] != _TCP:
        return None
    # Of a datagram in fragments, the first has the header; the others are as if they were lost.
    if int.from_bytes(packet[6:8]) & 0x1FFF:
        return None
    # Offloaded segments may have no length; frames may be padded behind it.
    total = int.from_bytes(packet[2:4]) or size
    return _tcp(packet[12:16], packet[16:20], packet[head:total], total - head)


def _ipv6(packet: bytes, size: int) -> Segment | None:
    if len(packet) < 40:
        _short(packet, size)
        return None
    total = int.from_bytes(packet[4:6]) + 40
    if total == 40:
        total = size
    kind, at = packet[6], 40
    while kind in _EXTENSIONS or kind == _FRAGMENT:
        if at + 8 > len(packet):
            _short(packet, total)
            return None
        if kind == _FRAGMENT and int.from_bytes(packet[at + 2 : at + 4]) >> 3:
            return None
        kind, at = packet[at], at + (8 if kind == _FRAGMENT else 8 * (packet[at + 1] + 1))
    if kind != _TCP:
        return None
    return _tcp(packet[8:24], packet[24:40], packet[at:total], total - at)


def _short(data: bytes, size: int) -> None:
    """There is too little: of a frame that was cut, or of one that makes no sense."""
    if len(data) < size:
        raise HeadersLost


def _tcp(source: bytes, target: bytes, body: bytes, size: int) -> Segment | None:
    if len(body) < 20:
        _short(body, size)
        return None
    port, to, sequence = struct.unpack_from(">HHI", body)
    start, flags = (body[12] >> 4) * 4, body[13]
    if start < 20 or start > size:
        return None
    data = body[start:]
    return Segment(
        (source, port),
        (target, to),
        sequence,
        data,
        size - start - len(data),
        syn=bool(flags & _SYN),
        ack=bool(flags & _ACK),
        fin=bool(flags & _FIN),
        rst=bool(flags & _RST),
    )
