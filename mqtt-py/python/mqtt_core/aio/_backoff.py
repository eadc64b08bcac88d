"""When to connect again."""

import random
from dataclasses import dataclass

__all__ = ["Backoff", "Reconnect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait before the next attempt to connect. Times are seconds."""

    initial: float = 0.2
    """The first wait."""
    max: float = 30.0
    """The longest wait."""
    multiplier: float = 2.0
    """Each wait is so many times the one before."""
    jitter: float = 0.2
    """A wait is shorter by up to this share of it, by chance, so that clients do not all come at
    once."""
    stable_after: float = 30.0
    """A connection that has lasted so long begins anew with the first wait."""

    def __post_init__(self) -> None:
        if not 0 <= self.initial <= self.max or self.multiplier < 1 or not 0 <= self.jitter <= 1:
            raise ValueError(f"no backoff: {self}")


class Reconnect:
    """Counts the waits of one client. The time comes from the caller."""

    def __init__(self, backoff: Backoff) -> None:
        self._backoff = backoff
        self._next = backoff.initial
        self._connected: float | None = None

    def connected(self, now: float) -> None:
        """Notes that the broker has accepted the connection."""
        self._connected = now

    def lost(self, now: float) -> float:
        """Notes that a connection has ended, or an attempt has failed; gives how long to wait."""
        backoff = self._backoff
        if self._connected is not None and now - self._connected >= backoff.stable_after:
            self._next = backoff.initial
        self._connected = None
        wait = self._next
        self._next = min(wait * backoff.multiplier, backoff.max)
        return wait * (1 - backoff.jitter * random.random())
