"""Times in a histogram whose memory does not grow with their number."""

from collections.abc import Iterator
from typing import Final

__all__ = ["Histogram"]

_BITS: Final = 6
_SUB: Final = 1 << _BITS


class Histogram:
    """Counts times in nanoseconds, each to one part in 64."""

    def __init__(self) -> None:
        self.count = 0
        self.max = 0
        self._total = 0
        self._counts: dict[int, int] = {}

    def add(self, time: int) -> None:
        """Counts a time."""
        time = max(0, time)
        self.count += 1
        self._total += time
        self.max = max(self.max, time)
        place = _place(time)
        self._counts[place] = self._counts.get(place, 0) + 1

    @property
    def mean(self) -> float:
        """Their mean; 0 if there are none."""
        return self._total / self.count if self.count else 0.0

    def percentile(self, share: float) -> int:
        """A time that so many of a hundred are not above; 0 if there are none."""
        wanted = self.count * share / 100
        seen = 0
        for place in sorted(self._counts):
            seen += self._counts[place]
            if seen >= wanted:
                return min(_top(place), self.max)
        return self.max

    def rows(self) -> Iterator[tuple[int, int, int]]:
        """From, to, and how many: each row up to twice the time of the one before."""
        by_row: dict[int, int] = {}
        for place, count in self._counts.items():
            row = max(0, _top(place)).bit_length()
            by_row[row] = by_row.get(row, 0) + count
        for row in range(min(by_row, default=0), max(by_row, default=-1) + 1):
            yield (1 << row >> 1), 1 << row, by_row.get(row, 0)


def _place(time: int) -> int:
    shift = max(0, time.bit_length() - _BITS - 1)
    return (shift << _BITS) + (time >> shift)


def _top(place: int) -> int:
    """The longest time that is counted at a place."""
    shift = max(0, (place >> _BITS) - 1)
    return (((place - (shift << _BITS)) + 1) << shift) - 1
