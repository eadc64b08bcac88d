"""Enhanced authentication (5.0)."""

from typing import Protocol

__all__ = ["Authentication", "Exchange"]


class Exchange(Protocol):
    """One authentication, of one connection. What its methods raise ends the client."""

    def begin(self) -> bytes:
        """The data that goes with CONNECT; empty for none."""
        ...

    def answer(self, challenge: bytes) -> bytes:
        """The answer to data of the broker."""
        ...

    def finish(self, data: bytes) -> None:
        """Looks at the data that came with the broker's acceptance; empty if there were none."""
        ...


class Authentication(Protocol):
    """A method of authentication."""

    @property
    def method(self) -> str:
        """Its name."""
        ...

    def open(self) -> Exchange:
        """Begins an exchange, at each connection."""
        ...
