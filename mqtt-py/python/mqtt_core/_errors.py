"""Exceptions. Wrong types and impossible values raise TypeError, ValueError and OverflowError."""

from typing import final

__all__ = [
    "DecodeError",
    "EncodeError",
    "LimitError",
    "MqttError",
    "TopicError",
    "UnsupportedPacket",
]


class MqttError(Exception):
    """Base of the exceptions of this package."""

    def __reduce__(self) -> tuple[object, ...]:
        # The constructors want keywords, which the default way of pickling does not give.
        return _restore, (type(self), self.args, self.__dict__)


def _restore(
    kind: type[MqttError], args: tuple[object, ...], fields: dict[str, object]
) -> MqttError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


@final
class DecodeError(MqttError):
    """The bytes are not a legal packet: the peer's fault."""

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        offset: int,
        statement: str,
        reason_code: int,
        packet_type: str | None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        """What is wrong, in snake_case: `"publish_qos"`."""
        self.offset = offset
        """Where: bytes from the first byte of the packet."""
        self.statement = statement
        """The statement of the standard that is broken."""
        self.reason_code = reason_code
        """What to answer with: the return code of CONNACK or the reason code of DISCONNECT."""
        self.packet_type = packet_type
        """In which packet, in capitals; None if that is not known."""


@final
class EncodeError(MqttError):
    """The packet cannot be written in this version: the caller's fault."""

    def __init__(self, message: str, *, kind: str) -> None:
        super().__init__(message)
        self.kind = kind
        """What is wrong, in snake_case: `"packet_id_missing"`."""


@final
class UnsupportedPacket(MqttError):
    """A legal packet of a type that has no Python class yet."""

    def __init__(self, message: str, *, packet_type: str, consumed: int) -> None:
        super().__init__(message)
        self.packet_type = packet_type
        """Its type, in capitals: `"SUBSCRIBE"`."""
        self.consumed = consumed
        """Its length in bytes: the next packet begins there."""


@final
class TopicError(MqttError, ValueError):
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
        """The statement of the standard that is broken, if it is one."""


@final
class LimitError(MqttError):
    """Our own limits are exceeded."""

    def __init__(self, message: str, *, kind: str) -> None:
        super().__init__(message)
        self.kind = kind
        """Which limit, in snake_case: `"index_entries"`."""
