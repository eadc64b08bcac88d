"""Connections of a capture: frames in, packets out.

A connection is shown if the first bytes of its client begin as a CONNECT does, whatever its port.
Who opens a connection is its client; without SYN, who is first heard. What cannot be told for want
of bytes is said, and what follows a gap is not shown: to find the next packet there is a guess.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Final

from mqtt_core import Sender, Version
from mqtt_core.cli._capture import CaptureError, Frame
from mqtt_core.cli._half import PIECE, Half
from mqtt_core.cli._stream import Item, Problem, Stream
from mqtt_core.cli._tcp import End, HeadersLost, Segment, knows, segment

__all__ = ["CONNECTIONS", "MEMORY", "Flows", "captured"]

CONNECTIONS: Final = 65536
"""So many connections are followed at a time."""
MEMORY: Final = 256 << 20
"""So many bytes wait at a time for those before them, or for the rest of their packet."""

_CONNECT: Final = 0x10
_CONNACK: Final = 0x20
# There MQTT is expected, also where the first bytes are not in the capture.
_PORT: Final = 1883
_NOT_SHOWN: Final = "what follows in this direction is not shown"


def _text(end: End) -> str:
    address, port = ip_address(end[0]), end[1]
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


class _Side:
    """One direction of a connection."""

    def __init__(self, source: End, target: End) -> None:
        self.ends = (source, target)
        self.half = Half()
        self.stream: Stream | None = None
        self.pending: list[tuple[bytes, str]] = []
        """Bytes in order that cannot be read yet, and where they were seen."""
        self.waiting = 0
        """Bytes of those, with PIECE for each part."""
        self.where = ""
        """The frame that last brought something; while there is a gap, the one behind it."""
        self.is_closed = False

    @property
    def held(self) -> int:
        return self.half.held + self.waiting + (len(self.stream.held) if self.stream else 0)

    @property
    def names(self) -> tuple[str, str]:
        return _text(self.ends[0]), _text(self.ends[1])

    def read_as(self, sender: Sender) -> None:
        self.stream = Stream(Version.V5, sender, self.names)

    def hold(self, data: bytes, where: str) -> None:
        self.pending.append((data, where))
        self.waiting += len(data) + PIECE

    def lost(self, note: str) -> Item:
        """Says that nothing more comes of it."""
        if self.stream is not None:
            return self.stream.lost(self.where, note)
        return Item(self.where, b"", ends=self.names, problem=Problem.LOST, note=note)

    def let_go(self) -> None:
        """Holds nothing any more, and takes nothing."""
        self.half.give_up()
        self.pending.clear()
        self.waiting = 0

    def release(self) -> Iterator[Item]:
        """What is pending can be read."""
        pending, self.pending, self.waiting = self.pending, [], 0
        assert self.stream is not None
        for data, where in pending:
            yield from self.stream.take(data, where)


class _Connection:
    """Both directions between two ends."""

    def __init__(self, part: Segment) -> None:
        there = _Side(part.source, part.target)
        back = _Side(part.target, part.source)
        self.sides = {part.source: there, part.target: back}
        self.client: _Side | None = None
        if part.syn:
            self.client = back if part.ack else there
        self.is_opened = part.syn
        self.is_mqtt: bool | None = None
        self._is_versed = False

    @property
    def held(self) -> int:
        return sum(side.held for side in self.sides.values())

    @property
    def is_closed(self) -> bool:
        return all(side.is_closed for side in self.sides.values())

    def is_another(self, part: Segment) -> bool:
        """True if this segment begins another connection between the same ends."""
        half = self.sides[part.source].half
        if part.syn:
            return half.is_another(part)
        # Its SYN may not be in the capture.
        return self.is_closed and bool(part.data) and half.is_far(part)

    def take(self, part: Segment, where: str) -> Iterator[Item]:
        side = self.sides[part.source]
        if not side.where or (not side.half.held and (part.data or part.lost or part.fin)):
            side.where = where
        if part.rst:
            for one in self.sides.values():
                one.is_closed = True
        side.is_closed |= part.fin
        if self.is_mqtt is False:
            return
        was_lost = side.half.is_lost
        data = side.half.take(part)
        if side.half.is_lost and not was_lost:
            yield self._lost(side, "and too many behind them wait")
        if not data:
            return
        if self.client is None:
            self.client = side
        if self.is_mqtt is None and side is self.client:
            self.is_mqtt = data[0] == _CONNECT
            if not self.is_mqtt:
                self._let_go()
                return
            for one in self.sides.values():
                one.read_as(Sender.CLIENT if one is side else Sender.SERVER)
        if self.is_mqtt is None or (side is not self.client and not self._is_versed):
            # The client speaks first, and says of which version all the rest is.
            side.hold(data, where)
            return
        assert side.stream is not None
        for item in side.stream.take(data, where):
            yield item
            yield from self._heard(side)

    def _heard(self, side: _Side) -> Iterator[Item]:
        """A packet was read; with the first one of the client, the server is understood."""
        assert side.stream is not None
        if side is self.client and not self._is_versed:
            self._is_versed = True
            for other in self.sides.values():
                if other is not side and other.stream is not None:
                    other.stream.version = side.stream.version
                    yield from other.release()

    def end(self) -> Iterator[Item]:
        """Nothing more comes: says what is not whole."""
        if self.is_mqtt:
            for side in self.sides.values():
                yield from self._end_of(side)
        elif self.is_mqtt is None and self._looks_like_mqtt():
            yield self._unread("its first bytes are not in the capture")
        elif self.is_mqtt is False and not self.is_opened and self._is_expected():
            yield self._unread("the capture begins within it")
        self._let_go()

    def _end_of(self, side: _Side) -> Iterator[Item]:
        assert side.stream is not None
        if side.half.is_lost:
            return
        if side.half.missing():
            side.half.give_up()
            yield self._lost(side, "which are not in the capture")
        elif side.pending:
            yield side.lost("its version is not known: this side is not shown")
        else:
            yield from side.stream.end(side.where)

    def _lost(self, side: _Side, why: str) -> Item:
        missing = side.half.missing()
        what = f"{missing} bytes are missing, {why}" if missing else "its sequence numbers jump"
        return side.lost(f"{what}; {_NOT_SHOWN}")

    def _unread(self, why: str) -> Item:
        side = self.client if self.client is not None and self.client.where else None
        side = side or next(one for one in self.sides.values() if one.where)
        return side.lost(f"this connection is not shown: {why}")

    def _is_expected(self) -> bool:
        return any(port == _PORT for _, port in self.sides)

    def _looks_like_mqtt(self) -> bool:
        """The client was not understood, or not heard: whether it was worth it."""
        sides = self.sides.values()
        has_more = any(side.half.missing() or side.pending for side in sides)
        answers = any(side.pending and side.pending[0][0][0] == _CONNACK for side in sides)
        return has_more and (answers or self._is_expected())

    def give_up(self, why: str) -> Iterator[Item]:
        """It is not followed any more."""
        if self.is_mqtt or (self.is_mqtt is None and self._looks_like_mqtt()):
            for side in self.sides.values():
                if side.where and not side.half.is_lost:
                    yield side.lost(f"{why}; {_NOT_SHOWN}")
        self.is_mqtt, self.is_opened = False, True
        self._let_go()

    def free(self, why: str) -> Iterator[Item]:
        """Gives up the directions that hold bytes."""
        if not self.is_mqtt:
            yield from self.give_up(why)
            return
        for side in self.sides.values():
            if side.held:
                yield side.lost(f"{why}; {_NOT_SHOWN}")
                side.let_go()

    def _let_go(self) -> None:
        for side in self.sides.values():
            side.let_go()
            side.stream = None


class Flows:
    """All connections, within bounds: of those that are beyond them, the ones go that were silent
    the longest."""

    def __init__(self, connections: int = CONNECTIONS, memory: int = MEMORY) -> None:
        self._max, self._memory = connections, memory
        self._all: OrderedDict[frozenset[End], _Connection] = OrderedDict()
        self._holding: OrderedDict[frozenset[End], int] = OrderedDict()
        self._held = 0

    @property
    def count(self) -> int:
        """Connections that are followed."""
        return len(self._all)

    @property
    def held(self) -> int:
        """Bytes that wait."""
        return self._held

    def take(self, part: Segment, where: str) -> Iterator[Item]:
        """What a segment completes."""
        key = frozenset((part.source, part.target))
        connection = self._all.get(key)
        if connection is not None and connection.is_another(part):
            yield from self._end(key)
            connection = None
        if connection is None:
            connection = self._all[key] = _Connection(part)
        self._all.move_to_end(key)
        yield from connection.take(part, where)
        self._count(key, connection.held)
        while self._held > self._memory:
            oldest = next(iter(self._holding))
            why = f"more than {self._memory} bytes wait, and these the longest"
            yield from self._all[oldest].free(why)
            self._count(oldest, 0)
        if len(self._all) > self._max:
            oldest = next(iter(self._all))
            if not self._all[oldest].is_closed:
                yield from self._all[oldest].give_up(f"there are more than {self._max} connections")
            yield from self._end(oldest)

    def _count(self, key: frozenset[End], held: int) -> None:
        self._held += held - self._holding.pop(key, 0)
        if held:
            self._holding[key] = held

    def _end(self, key: frozenset[End]) -> Iterator[Item]:
        self._count(key, 0)
        yield from self._all.pop(key).end()

    def end(self) -> Iterator[Item]:
        """The capture is over: says what is not whole."""
        while self._all:
            yield from self._end(next(iter(self._all)))


def captured(frames: Iterable[Frame], flows: Flows) -> Iterator[Item]:
    """The packets in frames, and at the end what is not whole."""
    where = "frame 0"
    said: set[str] = set()
    try:
        for frame in frames:
            where, note = f"frame {frame.number}", ""
            try:
                part = segment(frame)
            except HeadersLost:
                part, note = None, "frames are cut off within their headers, and are not shown"
            if part is not None:
                yield from flows.take(part, where)
            elif not knows(frame.link):
                note = f"frames of link type {frame.link} cannot be read, and are not shown"
            if note and note not in said:
                said.add(note)
                yield Item(where, b"", problem=Problem.LOST, note=note)
    except CaptureError as error:
        note = f"the capture cannot be read behind this: {error}"
        yield Item(where, b"", problem=Problem.LOST, note=note)
    yield from flows.end()
