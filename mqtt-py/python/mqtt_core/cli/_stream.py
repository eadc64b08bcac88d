"""Bytes of one direction in, packets out; and what is said in the place of packets."""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from mqtt_core import Connect, Error, Limits, Packet, Sender, Version, decode

__all__ = ["Item", "Problem", "Stream"]

# The standard alone judges. None of these reserves memory, and no packet has more.
_UNBOUNDED = Limits(max_user_properties=1 << 28, max_filters=1 << 28, max_topic_levels=1 << 16)
_NO_MORE = "what follows is not shown"
_LEVELS = {3: Version.V31, 4: Version.V311, 5: Version.V5}


class Problem(Enum):
    """What stands in the place of a packet."""

    MALFORMED = "malformed"
    """Bytes that are no legal packet."""
    CUT_OFF = "cut off"
    """The beginning of a packet, and nothing behind it."""
    LOST = "lost"
    """Bytes that the capture does not have; what follows them is not shown."""


class Item(NamedTuple):
    """A packet, or what stands in the place of one."""

    where: str
    """`frame 7` of a capture, `byte 20` of other files."""
    raw: bytes
    """Its bytes; of a packet that is cut off, those there are."""
    version: Version | None = None
    """By whose rules it was read."""
    sender: Sender | None = None
    """Who sent it, if that is known."""
    ends: tuple[str, str] | None = None
    """Of a capture: from where to where."""
    packet: Packet | None = None
    """The packet, or None if there is a problem."""
    fault: Error | None = None
    """What is wrong with a malformed one."""
    problem: Problem | None = None
    """What kind of problem it is."""
    note: str = ""
    """What the problem is."""

    @property
    def told(self) -> str:
        """The same for people: whose bytes are lost stands in it."""
        if self.problem is Problem.LOST and self.ends is not None:
            return f"{self.ends[0]} to {self.ends[1]}: {self.note}"
        return self.note


def _sizes(data: bytes | bytearray, at: int) -> tuple[int, int | None] | None:
    """The lengths of the fixed header at `at`, and of the packet; None without a whole header.

    Four bytes of length that all go on are none: then the packet has no length.
    """
    length = 0
    for index in range(4):
        place = at + 1 + index
        if place >= len(data):
            return None
        length |= (data[place] & 0x7F) << (7 * index)
        if data[place] < 0x80:
            return 2 + index, 2 + index + length
    return 5, None


class Stream:
    """One direction. Goes on behind a packet with a fault, as a reader of files may."""

    def __init__(
        self, version: Version, sender: Sender | None = None, ends: tuple[str, str] | None = None
    ) -> None:
        self.version = version
        self.held = bytearray()
        """The beginning of a packet."""
        self._sender = sender
        self._ends = ends
        self._is_over = False

    def take(self, data: bytes, where: str | None, base: int = 0) -> Iterator[Item]:
        """The packets that `data` completes. They are at `where`, or at bytes from `base` on."""
        self.held += data
        at = 0
        while not self._is_over and (found := _sizes(self.held, at)) is not None:
            head, size = found
            place = where or f"byte {base + at}"
            if size is None:
                self._is_over = True
                item = self._item(bytes(self.held[at : at + head]), place)
                yield item._replace(note=f"{item.note}; where it ends is not known: {_NO_MORE}")
                break
            if size > len(self.held) - at:
                break
            yield self._item(bytes(self.held[at : at + size]), place)
            at += size
        if self._is_over:
            self.held.clear()
        else:
            del self.held[:at]

    def end(self, where: str | None, base: int = 0) -> Iterator[Item]:
        """The packet that is not whole, if there is one; nothing comes behind it."""
        if not self.held:
            return
        raw = bytes(self.held)
        self.held.clear()
        item = self._item(raw, where or f"byte {base}")
        if item.problem is Problem.CUT_OFF:
            found = _sizes(raw, 0)
            said = "it ends within the fixed header"
            if found is not None:
                said = f"offset 1: its length says {found[1]} bytes, {len(raw)} are there"
            item = item._replace(note=f"the packet is cut off: {said}")
        yield item

    def lost(self, where: str, note: str) -> Item:
        """Says that what follows is lost, with what there is of a packet."""
        raw = bytes(self.held)
        self.held.clear()
        self._is_over = True
        return Item(
            where, raw, self.version, self._sender, self._ends, problem=Problem.LOST, note=note
        )

    def _item(self, raw: bytes, where: str) -> Item:
        is_connect = raw[0] >> 4 == 1
        # A CONNECT says itself which version it is of.
        version = None if is_connect else self.version
        item = Item(where, raw, version, self._sender, self._ends)
        try:
            decoded = decode(raw, version=version, limits=_UNBOUNDED, sender=self._sender)
        except Error as error:
            if is_connect:
                self.version = _level(raw) or self.version
            return item._replace(fault=error, problem=Problem.MALFORMED, note=str(error))
        if decoded is None:
            return item._replace(problem=Problem.CUT_OFF, note="the packet is cut off")
        packet = decoded[0]
        if isinstance(packet, Connect):
            self.version = packet.version
        return item._replace(packet=packet)


def _level(raw: bytes) -> Version | None:
    """The version that a CONNECT with a fault names, as far as it can be read."""
    found = _sizes(raw, 0)
    start = found[0] if found is not None else len(raw)
    name = start + 2 + int.from_bytes(raw[start : start + 2])
    return _LEVELS.get(raw[name]) if name < len(raw) else None
