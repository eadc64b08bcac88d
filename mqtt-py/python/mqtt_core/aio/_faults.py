"""Why connections end, as exceptions."""

from mqtt_core._enums import CloseCause, ReasonCode
from mqtt_core._errors import Error
from mqtt_core._native import Closed, ConnAck, Disconnect
from mqtt_core.aio._address import Address
from mqtt_core.aio._errors import DisconnectedError, RefusedError, TransportError

__all__ = ["error_of", "is_final", "unreachable"]

_FAILURE = 0x80
# Connecting again would give the same answer, or take the place of another.
_FINAL = frozenset(
    {
        ReasonCode.BAD_USER_NAME_OR_PASSWORD,
        ReasonCode.NOT_AUTHORIZED,
        ReasonCode.BANNED,
        ReasonCode.BAD_AUTHENTICATION_METHOD,
        ReasonCode.UNSUPPORTED_PROTOCOL_VERSION,
        ReasonCode.CLIENT_IDENTIFIER_NOT_VALID,
        ReasonCode.SESSION_TAKEN_OVER,
        ReasonCode.SERVER_MOVED,
        ReasonCode.V3_UNACCEPTABLE_PROTOCOL_VERSION,
        ReasonCode.V3_IDENTIFIER_REJECTED,
        ReasonCode.V3_BAD_USER_NAME_OR_PASSWORD,
        ReasonCode.V3_NOT_AUTHORIZED,
    }
)


def is_final(error: Error) -> bool:
    """True if to connect again is of no use."""
    if isinstance(error, RefusedError):
        return error.reason in _FINAL
    if isinstance(error, DisconnectedError):
        closed = error.closed
        return closed.cause is CloseCause.DISCONNECT and closed.reason in _FINAL
    return False


def unreachable(address: Address, cause: Exception) -> TransportError:
    """There is no way to the broker."""
    what = "no connection in time" if isinstance(cause, TimeoutError) else str(cause)
    error = TransportError(f"{address}: {what}")
    error.__cause__ = cause
    return error


def _words(reason: ReasonCode | None) -> str:
    if reason is None:
        return ""
    name = reason.name
    if reason < _FAILURE:
        # A number of 3.1.1, which in 5.0 has another meaning, and so another name.
        names = ReasonCode.__members__.items()
        name = next((v3 for v3, of in names if v3.startswith("V3_") and of == reason), name)
    return name.removeprefix("V3_").lower().replace("_", " ")


def error_of(address: Address, closed: Closed, cause: Exception | None) -> Error:
    """Why a connection has ended; `cause` is what the transport says."""
    reason = _words(closed.reason)
    if isinstance(closed.packet, ConnAck) and closed.reason is not None:
        words = closed.packet.reason_string
        text = f"{address} refuses the connection: {reason}" + (f" ({words})" if words else "")
        return RefusedError(text, reason=closed.reason, connack=closed.packet)
    if closed.cause is CloseCause.EOF:
        what = f": {cause}" if cause is not None else ""
        error = DisconnectedError(f"{address} has closed the connection{what}", closed=closed)
        error.__cause__ = cause
        return error
    if isinstance(closed.packet, Disconnect):
        words = closed.packet.reason_string
        text = f"{address} disconnects: {reason}" + (f" ({words})" if words else "")
    elif closed.cause is CloseCause.TIMEOUT:
        text = f"{address} does not answer"
    else:
        text = f"{address} breaks the protocol: {closed.message or closed.kind}"
    return DisconnectedError(text, closed=closed)
