"""A client and a broker on asyncio. `docs/aio.md` and `docs/serve.md` are the guides.

They are Python alone, over `mqtt_core.ClientSession` and `mqtt_core.Broker`, and the transports and
protocols of asyncio.
"""

from mqtt_core.aio._auth import Authentication, Exchange
from mqtt_core.aio._backoff import Backoff
from mqtt_core.aio._client import Client, PublishProperties
from mqtt_core.aio._delivery import Delivery
from mqtt_core.aio._errors import (
    ClosedError,
    DisconnectedError,
    DroppedError,
    ReasonError,
    RefusedError,
    TransportError,
)
from mqtt_core.aio._events import Events
from mqtt_core.aio._inbox import Messages, Received
from mqtt_core.aio._options import Acks, Options, Overflow
from mqtt_core.aio._results import (
    ClientEvent,
    ConnectionLost,
    ConnectionMade,
    Ended,
    MessagesDropped,
    PublishResult,
    Status,
    SubscribeResult,
    SubscriptionRefused,
    UnsubscribeResult,
)
from mqtt_core.aio._server import Listener, Peer, Server, Serving, Tap, serve
from mqtt_core.aio._server_answers import (
    Accept,
    Authenticator,
    Authorizer,
    Challenge,
    ConnectAnswer,
    Exchanger,
)
from mqtt_core.aio._server_clock import Alarm, Clock
from mqtt_core.aio._subscription import SubscriptionContext
from mqtt_core.aio.store import FencedError, Loaded, MemoryStore, SqliteStore, Store

__all__ = [
    "Accept",
    "Acks",
    "Alarm",
    "Authentication",
    "Authenticator",
    "Authorizer",
    "Backoff",
    "Challenge",
    "Client",
    "ClientEvent",
    "Clock",
    "ClosedError",
    "ConnectAnswer",
    "ConnectionLost",
    "ConnectionMade",
    "Delivery",
    "DisconnectedError",
    "DroppedError",
    "Ended",
    "Events",
    "Exchange",
    "Exchanger",
    "FencedError",
    "Listener",
    "Loaded",
    "MemoryStore",
    "Messages",
    "MessagesDropped",
    "Options",
    "Overflow",
    "Peer",
    "PublishProperties",
    "PublishResult",
    "ReasonError",
    "Received",
    "RefusedError",
    "Server",
    "Serving",
    "SqliteStore",
    "Status",
    "Store",
    "SubscribeResult",
    "SubscriptionContext",
    "SubscriptionRefused",
    "Tap",
    "TransportError",
    "UnsubscribeResult",
    "serve",
]
