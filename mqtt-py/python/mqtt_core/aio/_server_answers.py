"""What those who are asked who may do what answer."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mqtt_core._enums import ReasonCode
from mqtt_core._native import Authenticate, Authorize, BrokerAuth, ConnAck

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Accept", "Authenticator", "Authorizer", "Challenge", "ConnectAnswer", "Exchanger"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """The client is let in, or its authentication goes on well: see `Broker.accept`."""

    client_id: str | None = None
    """Stands for the client identifier that it gave."""
    user_name: str | None = None
    """Stands for the user name that it gave: for rules, and as whose session it is."""
    authentication_data: "Buffer | None" = None
    """The last data of an enhanced authentication (5.0)."""
    response_information: str | None = None
    """A basis of response topics (5.0)."""
    reason_string: str | None = None
    """Words for the client (5.0)."""
    user_properties: Iterable[tuple[str, str]] = ()
    """Pairs for the client (5.0)."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """An enhanced authentication goes on with AUTH (5.0): see `Broker.challenge`."""

    authentication_data: "Buffer | None" = None
    """Data of the method."""
    reason_string: str | None = None
    """Words for the client."""
    user_properties: Iterable[tuple[str, str]] = ()
    """Pairs for the client."""


ConnectAnswer = bool | ReasonCode | ConnAck | Accept | Challenge
"""True, `ReasonCode.SUCCESS` and `Accept` let a client in; `Challenge` goes on with AUTH; False
refuses it as `BAD_USER_NAME_OR_PASSWORD`, after an AUTH as `NOT_AUTHORIZED`; another code, or a
`ConnAck` with one, refuses it so. A client that is connected hears it by DISCONNECT, which can say
less."""

Authenticator = Callable[[Authenticate], Awaitable[ConnectAnswer] | ConnectAnswer]
"""Says who may connect."""

Exchanger = Callable[[BrokerAuth], Awaitable[ConnectAnswer] | ConnectAnswer]
"""Says how an enhanced authentication goes on."""

Authorizer = Callable[[Authorize], Awaitable[bool | ReasonCode] | bool | ReasonCode]
"""Says who may publish and subscribe to what. False is `NOT_AUTHORIZED`."""
