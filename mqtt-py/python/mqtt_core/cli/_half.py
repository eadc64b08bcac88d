"""One direction of a TCP connection: segments in any order in, bytes in order out."""

import heapq
from typing import Final

from mqtt_core.cli._tcp import Segment

__all__ = ["PIECE", "WINDOW", "Half"]

WINDOW: Final = 16 << 20
"""So many bytes of one direction wait for bytes before them; beyond, those are lost."""
PIECE: Final = 256
"""So many bytes a piece that waits counts besides its own: what Python takes to keep it."""

_MASK, _SIGN = 0xFFFF_FFFF, 0x8000_0000


class Half:
    """Puts segments in order. O(log n) for each, n of them waiting."""

    def __init__(self, window: int = WINDOW) -> None:
        self.held = 0
        """Bytes that wait for bytes before them, with PIECE for each part."""
        self.is_lost = False
        """Nothing more comes: bytes are missing, or it was given up."""
        self.has_begun = False
        """Its first sequence number is known."""
        self.is_opened = False
        """Its SYN was seen."""
        self._window = window
        # Sequence numbers that go on counting where those of the wire begin again.
        self._start = 0
        self._next = 0
        self._end = 0
        self._missed = 0
        self._heap: list[int] = []
        self._later: dict[int, bytes] = {}

    def is_another(self, part: Segment) -> bool:
        """True if a segment with SYN is of another connection between the same ends."""
        return self.has_begun and (part.sequence + 1 - self._start) & _MASK != 0

    def is_far(self, part: Segment) -> bool:
        """True if a segment cannot be of this stream, by its sequence number."""
        return self.has_begun and abs(self._place(part) - self._next) > self._window

    def _place(self, part: Segment) -> int:
        ahead = (part.sequence + part.syn - self._next) & _MASK
        return self._next + (ahead - (_MASK + 1) if ahead & _SIGN else ahead)

    def missing(self) -> int:
        """How many bytes lie before the end of what was seen, and are not there. O(n log n)."""
        if self.is_lost:
            return self._missed
        gaps, at = 0, self._next
        for start in sorted(self._later):
            gaps += max(0, start - at)
            at = max(at, start + len(self._later[start]))
        return gaps + max(0, self._end - at)

    def take(self, part: Segment) -> bytes:
        """The bytes that are now in order; often those of the segment."""
        if not self.has_begun:
            # Without SYN, the capture began within the connection.
            self.has_begun = True
            self._start = self._next = self._end = (part.sequence + part.syn) & _MASK
        self.is_opened |= part.syn
        # What a reset carries is no part of the stream.
        if self.is_lost or part.rst:
            return b""
        at = self._place(part)
        if at < self._next - self._window:
            # Not sent again, but another stream: its numbers do not go on from here.
            self.give_up()
            return b""
        if part.data or part.lost or part.fin:
            # Others may stand behind FIN, which has a number and is no byte.
            self._end = max(self._end, at + len(part.data) + part.lost)
        if not part.data or at + len(part.data) <= self._next:
            return b""
        if at <= self._next and not self._heap:
            data = part.data[self._next - at :]
            self._next += len(data)
            return data
        self._keep(at, part.data)
        if self.held > self._window:
            self.give_up()
            return b""
        return self._ready()

    def _keep(self, at: int, data: bytes) -> None:
        old = self._later.get(at)
        if old is None:
            heapq.heappush(self._heap, at)
            self.held += PIECE
        elif len(old) >= len(data):
            return
        self._later[at] = data
        self.held += len(data) - len(old or b"")

    def _ready(self) -> bytes:
        out: list[bytes] = []
        while self._heap and self._heap[0] <= self._next:
            at = heapq.heappop(self._heap)
            data = self._later.pop(at)
            self.held -= len(data) + PIECE
            skip = self._next - at
            if skip < len(data):
                out.append(data[skip:])
                self._next = at + len(data)
        return b"".join(out)

    def give_up(self) -> None:
        """Lets go of what waits, and takes nothing more."""
        self._missed = self.missing()
        self.is_lost = True
        self._heap.clear()
        self._later.clear()
        self.held = 0
