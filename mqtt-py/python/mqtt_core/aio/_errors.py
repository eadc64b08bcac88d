"""What can go wrong beside what the package itself says."""

from mqtt_core._enums import DropReason, ReasonCode
from mqtt_core._errors import Error
from mqtt_core._native import Closed, ConnAck

__all__ = [
    "ClosedError",
    "DisconnectedError",
    "DroppedError",
    "ReasonError",
    "RefusedError",
    "TransportError",
]


class TransportError(Error):
    """The broker cannot be reached, or the way to it has failed; `__cause__` says how."""


class RefusedError(Error):
    """The broker has refused the connection."""

    def __init__(self, message: str, *, reason: ReasonCode, connack: ConnAck | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        """The code of its CONNACK; before 5.0 a return code."""
        self.connack = connack
        """Its answer, with its words and the server that is to be used instead (5.0)."""


class DisconnectedError(Error):
    """A connection has ended."""

    def __init__(self, message: str, *, closed: Closed) -> None:
        super().__init__(message)
        self.closed = closed
        """Why, as the session says."""


class DroppedError(Error):
    """A message is gone without having been delivered for certain."""

    def __init__(self, message: str, *, why: DropReason) -> None:
        super().__init__(message)
        self.why = why
        """Why."""


class ReasonError(Error):
    """The broker has refused a message, a subscription or the end of one."""

    def __init__(self, message: str, *, reason: ReasonCode) -> None:
        super().__init__(message)
        self.reason = reason
        """Its code."""


class ClosedError(Error):
    """The client has ended; `__cause__` says why, if that was not its own wish."""
