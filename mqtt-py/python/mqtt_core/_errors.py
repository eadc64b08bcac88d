"""Exceptions. A wrong type is a TypeError, a value that no packet can have is a ValueError."""

from mqtt_core._enums import PacketType, ReasonCode

__all__ = [
    "AclError",
    "Error",
    "LimitError",
    "LocalProtocolError",
    "MalformedPacketError",
    "PersistenceError",
    "ProtocolError",
    "RemoteProtocolError",
    "TopicError",
    "WouldBlock",
]


class Error(Exception):
    """Base of the exceptions of this package."""

    def __init__(self, message: str) -> None:
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        # The constructors want keywords, which the default way of pickling does not give.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[Error], args: tuple[object, ...], fields: dict[str, object]) -> Error:
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


class _Fault(Error):
    """What is known of a fault in a packet."""

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        reason: ReasonCode | None = None,
        offset: int | None = None,
        clause: str | None = None,
        packet_type: PacketType | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        """What is wrong, in snake_case: `"publish_qos"`."""
        self.reason = reason
        """The reason code of 5.0 for it; None for faults of this side."""
        self.offset = offset
        """Where: bytes from the first byte of the packet. None for packets to be sent."""
        self.clause = clause
        """The statement of the standard that is broken: `"MQTT-3.3.1-4"`, or a section."""
        self.packet_type = packet_type
        """In which packet, if that is known."""


class ProtocolError(_Fault):
    """A rule of the protocol was broken, or would be."""


class RemoteProtocolError(ProtocolError):
    """The peer broke a rule; `reason` says what to answer before the connection is closed."""


class MalformedPacketError(RemoteProtocolError):
    """The peer sent bytes that cannot be read as a packet: reason 0x81."""


class LocalProtocolError(ProtocolError):
    """This side was asked to break a rule. Nothing has been written."""


class LimitError(_Fault):
    """A legal packet is beyond a limit: of the peer's by `Limits`, of one's own by a size."""


class WouldBlock(Error):
    """There is no room now; it comes with time."""

    def __init__(self, message: str, *, needed: str) -> None:
        super().__init__(message)
        self.needed = needed
        """What is used up: `"receive-maximum"`, `"packet-ids"`, `"queue-bytes"` and the like."""


class TopicError(Error, ValueError):
    """A text that is no topic name, filter or pattern, or that another system cannot carry."""

    def __init__(
        self, message: str, *, kind: str, offset: int | None = None, clause: str | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        """What is wrong, in snake_case: `"topic_wildcard"`."""
        self.offset = offset
        """Where: bytes of UTF-8 from the first of the text; None if it is no one place."""
        self.clause = clause
        """The statement of the standard (5.0) that is broken."""


class PersistenceError(Error):
    """Stored state cannot be used."""


class AclError(Error, ValueError):
    """A text that is no list of rules."""

    def __init__(self, message: str, *, kind: str, line: int, column: int) -> None:
        super().__init__(message)
        self.kind = kind
        """What is wrong, in snake_case: `"quote_open"`."""
        self.line = line
        """In which line, from 1."""
        self.column = column
        """At which character of the line, from 1."""
