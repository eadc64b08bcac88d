"""A client on asyncio. `docs/aio.md` is the guide.

It is Python alone, over `mqtt_core.ClientSession` and the transports and protocols of asyncio.
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
from mqtt_core.aio._subscription import SubscriptionContext
from mqtt_core.aio.store import FencedError, Loaded, MemoryStore, SqliteStore, Store

__all__ = [
    "Acks",
    "Authentication",
    "Backoff",
    "Client",
    "ClientEvent",
    "ClosedError",
    "ConnectionLost",
    "ConnectionMade",
    "Delivery",
    "DisconnectedError",
    "DroppedError",
    "Ended",
    "Events",
    "Exchange",
    "FencedError",
    "Loaded",
    "MemoryStore",
    "Messages",
    "MessagesDropped",
    "Options",
    "Overflow",
    "PublishProperties",
    "PublishResult",
    "ReasonError",
    "Received",
    "RefusedError",
    "SqliteStore",
    "Status",
    "Store",
    "SubscribeResult",
    "SubscriptionContext",
    "SubscriptionRefused",
    "TransportError",
    "UnsubscribeResult",
]
