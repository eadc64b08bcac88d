"""The types of any event."""

from mqtt_core._native import (
    Auth,
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

__all__ = ["ClientEvent", "ServerEvent"]

ClientEvent = (
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

ServerEvent = (
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
