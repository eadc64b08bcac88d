"""What the broker answers, and what a client tells of its connection."""

from dataclasses import dataclass
from enum import Enum

from mqtt_core._enums import QoS, ReasonCode, SessionStart
from mqtt_core._errors import Error
from mqtt_core._native import ConnAck
from mqtt_core.aio._errors import ReasonError

__all__ = [
    "ClientEvent",
    "ConnectionLost",
    "ConnectionMade",
    "Ended",
    "MessagesDropped",
    "PublishResult",
    "Status",
    "SubscribeResult",
    "SubscriptionRefused",
    "UnsubscribeResult",
]

_FAILURE = 0x80


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What became of a message."""

    reason: ReasonCode = ReasonCode.SUCCESS
    """The broker's code; from 0x80 on it has refused the message. Of QoS 0 there is no answer: it
    is SUCCESS when the message is handed to the session."""
    packet_id: int | None = None
    """Of QoS 1 and 2: what it was known by on the way."""
    reason_string: str | None = None
    """The broker's words (5.0)."""
    user_properties: tuple[tuple[str, str], ...] = ()
    """Names and values of its answer (5.0)."""

    @property
    def is_success(self) -> bool:
        """True if the broker has taken it."""
        return self.reason < _FAILURE

    def check(self) -> "PublishResult":
        """Gives itself, or raises ReasonError if the broker has refused the message."""
        if self.reason >= _FAILURE:
            raise ReasonError(_refused("the message", self), reason=self.reason)
        return self


@dataclass(frozen=True)
class _RequestResult:
    filters: tuple[str, ...]
    """What was asked for."""
    reasons: tuple[ReasonCode, ...]
    """A code for each filter, in their order."""
    reason_string: str | None = None
    """The broker's words (5.0)."""
    user_properties: tuple[tuple[str, str], ...] = ()
    """Names and values of its answer (5.0)."""

    @property
    def is_success(self) -> bool:
        """True if the broker has refused none of them."""
        return all(reason < _FAILURE for reason in self.reasons)

    @property
    def refused(self) -> dict[str, ReasonCode]:
        """The filters that the broker has refused, and why."""
        pairs = zip(self.filters, self.reasons, strict=False)
        return {name: reason for name, reason in pairs if reason >= _FAILURE}

    def _check(self) -> None:
        for name, reason in self.refused.items():
            text = _refused(repr(name), PublishResult(reason, None, self.reason_string))
            raise ReasonError(text, reason=reason)


@dataclass(frozen=True)
class SubscribeResult(_RequestResult):
    """The broker's answer to SUBSCRIBE."""

    @property
    def granted(self) -> dict[str, QoS]:
        """The filters that are subscribed to, with the highest QoS of their messages."""
        pairs = zip(self.filters, self.reasons, strict=False)
        return {name: QoS(reason) for name, reason in pairs if reason <= QoS.EXACTLY_ONCE}

    def check(self) -> "SubscribeResult":
        """Gives itself, or raises ReasonError for the first filter that was refused."""
        self._check()
        return self


@dataclass(frozen=True)
class UnsubscribeResult(_RequestResult):
    """The broker's answer to UNSUBSCRIBE. Before 5.0 it has no codes: `reasons` is empty."""

    def check(self) -> "UnsubscribeResult":
        """Gives itself, or raises ReasonError for the first filter that was refused."""
        self._check()
        return self


def _refused(what: str, result: PublishResult) -> str:
    words = "" if result.reason_string is None else f" ({result.reason_string})"
    return f"the broker refuses {what}: {result.reason.name.lower().replace('_', ' ')}{words}"


class Status(Enum):
    """Whether there is a connection."""

    IDLE = "idle"
    """Nothing was begun."""
    CONNECTING = "connecting"
    """There is none, and one is being made, or will be after a wait."""
    CONNECTED = "connected"
    """There is one, and the broker has accepted it."""
    CLOSING = "closing"
    """The client takes leave."""
    CLOSED = "closed"
    """The client has ended."""


@dataclass(frozen=True, slots=True)
class ConnectionMade:
    """The broker has accepted a connection."""

    connack: ConnAck
    """Its answer."""
    session: SessionStart
    """What became of the session of before."""


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """A connection has ended, or an attempt has failed; the next attempt follows."""

    error: Error
    """Why."""
    wait: float
    """Seconds until the next attempt."""


@dataclass(frozen=True, slots=True)
class MessagesDropped:
    """Messages that have come were dropped."""

    total: int
    """So many since the client was made."""


@dataclass(frozen=True, slots=True)
class SubscriptionRefused:
    """A filter was to be subscribed to again, and the broker has refused. Nothing more is tried."""

    filter: str
    """The filter."""
    reason: ReasonCode
    """Why."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The client has ended. Nothing follows."""

    error: Exception | None
    """Why; None if that was its own wish."""


ClientEvent = ConnectionMade | ConnectionLost | MessagesDropped | SubscriptionRefused | Ended
"""What `Client.events` tells."""
