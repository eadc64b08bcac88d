"""How a client connects and behaves."""

import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, TypedDict

from mqtt_core._enums import SessionLost, Version
from mqtt_core._native import Limits, QueueLimits, Strictness, Will
from mqtt_core.aio._address import check_name
from mqtt_core.aio._auth import Authentication
from mqtt_core.aio._backoff import Backoff
from mqtt_core.aio._times import check_time
from mqtt_core.aio.store import Store

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Acks", "Options", "OptionsDict", "Overflow"]


_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")


class Overflow(Enum):
    """What becomes of a message of QoS 0 for which an inbox has no room. Those of QoS 1 and 2
    wait."""

    WAIT = "wait"
    """It stays with the broker, and all that is behind it."""
    DROP_OLDEST = "drop-oldest"
    """The oldest of QoS 0 that waits makes room for it, and is counted."""
    DROP_NEWEST = "drop-newest"
    """It is dropped and counted."""


class Acks(Enum):
    """Who acknowledges messages of QoS 1 and 2."""

    WHEN_TAKEN = "when-taken"
    """The iterator, when the next message is asked for: then the last has been dealt with."""
    MANUAL = "manual"
    """The program, by `Received.ack`."""


class OptionsDict(TypedDict, total=False):
    """The keywords of `Client`: see `Options`."""

    tls: ssl.SSLContext | bool | None
    server_name: str | None
    version: Version
    client_id: str
    clean_start: bool
    session_expiry_interval: int | None
    keep_alive: int
    user_name: str | None
    password: "str | Buffer | None"
    will: Will | None
    receive_maximum: int | None
    topic_alias_maximum: int | None
    request_response_information: bool | None
    request_problem_information: bool | None
    user_properties: Iterable[tuple[str, str]]
    authentication: Authentication | None
    acks: Acks
    inbox: int
    inbox_bytes: int
    overflow: Overflow
    queue: QueueLimits | None
    max_packet_size: int
    max_auto_aliases: int
    limits: Limits | None
    strictness: Strictness | None
    session_lost: SessionLost
    resubscribe: bool
    reconnect: Backoff | None
    store: Store | None
    connect_timeout: float
    ping_timeout: float
    close_timeout: float
    websocket_headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a client connects and behaves: the keywords of `Client`. Times are seconds."""

    tls: ssl.SSLContext | bool | None = None
    """For TLS: a context, or True for `ssl.create_default_context()`. With a URL, its scheme says
    whether there is TLS."""
    server_name: str | None = None
    """The name that the broker's certificate is for; None for the host."""
    version: Version = Version.V5
    """The version that is spoken."""
    client_id: str = ""
    """Empty asks the broker to make one up (5.0): a session then ends with the client."""
    clean_start: bool = True
    """Begin with a new session. In 5.0 that concerns the first connection only: later ones go on
    with the session if the broker has it. Before, each connection begins so."""
    session_expiry_interval: int | None = None
    """5.0: for how many seconds the broker keeps the session without a connection. None for 0."""
    keep_alive: int = 60
    """Longest time without a packet of the client; 0 turns it off."""
    user_name: str | None = None
    """Takes the place of the one in the URL."""
    password: "str | Buffer | None" = field(default=None, repr=False)
    """The same; a text is sent as UTF-8."""
    will: Will | None = None
    """What the broker publishes when the connection is lost."""
    receive_maximum: int | None = None
    """5.0: how many messages of QoS 1 and 2 the broker may send before the first is acknowledged.
    None for 65,535."""
    topic_alias_maximum: int | None = None
    """5.0: how many topics the broker may shorten. None for none."""
    request_response_information: bool | None = None
    """5.0: ask for a basis of response topics."""
    request_problem_information: bool | None = None
    """5.0: whether the broker may send reason strings and user properties in all packets."""
    user_properties: Iterable[tuple[str, str]] = ()
    """5.0: pairs for CONNECT."""
    authentication: Authentication | None = None
    """5.0: enhanced authentication."""
    acks: Acks = Acks.WHEN_TAKEN
    """Who acknowledges messages."""
    inbox: int = 1000
    """How many messages wait for an iterator."""
    inbox_bytes: int = 16 << 20
    """How many bytes of topics, payloads and properties wait for an iterator, and beyond them one
    message."""
    overflow: Overflow = Overflow.WAIT
    """What becomes of a message of QoS 0 when that much waits."""
    queue: QueueLimits | None = None
    """How many messages wait to be sent, and are open. None: 1,000 and 16 MiB wait, 16 MiB are
    open, and before 5.0 no more than 20 messages: more than some brokers take, which cannot say
    so."""
    max_packet_size: int = 16 << 20
    """Larger packets of the broker are refused; bytes."""
    max_auto_aliases: int = 16
    """5.0: how many of our topics are shortened, if the broker takes so many."""
    limits: Limits | None = None
    """Other bounds for what the broker sends; `max_packet_size` is then here."""
    strictness: Strictness | None = None
    """Deviations of the broker that are accepted."""
    session_lost: SessionLost = SessionLost.PUBLISH_AGAIN
    """What becomes of messages that are under way when the broker has lost the session."""
    resubscribe: bool = True
    """Subscribe again when the broker has lost the session."""
    reconnect: Backoff | None = field(default_factory=Backoff)
    """When to connect again after a connection is lost; None for never."""
    store: Store | None = None
    """Where the session is kept, so that it outlives the process; it needs a `client_id`."""
    connect_timeout: float = 10.0
    """How long to try to reach the broker, and to wait for its answer."""
    ping_timeout: float = 10.0
    """How long the broker may be silent after PINGREQ."""
    close_timeout: float = 5.0
    """How long `Client.close` waits for messages that are under way."""
    websocket_headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Of the request that opens a WebSocket. A token may stand there, so `repr` leaves them out."""

    @property
    def bounds(self) -> Limits:
        """For what the broker sends."""
        return self.limits or Limits(max_packet_size=self.max_packet_size)

    def __post_init__(self) -> None:
        # It is said at each connection.
        object.__setattr__(self, "user_properties", tuple(self.user_properties))
        # Programs without a type checker give values of enums.
        for name, kind in _ENUMS.items():
            object.__setattr__(self, name, kind(getattr(self, name)))
        for name in ("inbox", "inbox_bytes"):
            number = getattr(self, name)
            if not isinstance(number, int) or number < 1:
                raise ValueError(f"{name}: {number!r}; an inbox has room for one message at least")
        for name in ("connect_timeout", "ping_timeout", "close_timeout"):
            check_time(name, getattr(self, name))
        _check_tls(self.tls)
        if self.server_name is not None:
            check_name(self.server_name)
        for name, value in self.websocket_headers.items():
            # Not the value itself, which may be a secret.
            if not _HEADER.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise ValueError(f"no header of HTTP: {name!r}")
        if self.store is not None and not self.client_id:
            raise ValueError("a session that is stored needs a client identifier")
        if self.authentication is not None and self.version is not Version.V5:
            raise ValueError("enhanced authentication is of 5.0")


def _check_tls(tls: object) -> None:
    if not isinstance(tls, ssl.SSLContext | bool | None):
        raise ValueError(f"tls: {tls!r} is no context")


_ENUMS: Final[dict[str, type[Enum]]] = {
    "version": Version,
    "acks": Acks,
    "overflow": Overflow,
    "session_lost": SessionLost,
}
