"""The types of any event."""

from typing import TypeAlias

from mqtt_core._native import (
    Auth,
    Authenticate,
    Authorize,
    BrokerAuth,
    BrokerClosed,
    BrokerConnected,
    BrokerMessage,
    Closed,
    Connect,
    Connected,
    Dropped,
    Fenced,
    Message,
    Published,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
    Writable,
)

__all__ = ["BrokerEvent", "ClientEvent", "ServerEvent"]

ClientEvent: TypeAlias = (
    Connected
    | Message
    | Published
    | Dropped
    | Fenced
    | Writable
    | Subscribed
    | Unsubscribed
    | Auth
    | Closed
)
"""What a `ClientSession` reports."""

ServerEvent: TypeAlias = (
    Connect
    | Message
    | Published
    | Dropped
    | Fenced
    | Writable
    | Subscribe
    | Unsubscribe
    | Auth
    | Closed
)
"""What a `ServerSession` reports."""

BrokerEvent: TypeAlias = (
    Authenticate | BrokerAuth | Authorize | BrokerConnected | BrokerMessage | Fenced | BrokerClosed
)
"""What a `Broker` asks and reports."""
