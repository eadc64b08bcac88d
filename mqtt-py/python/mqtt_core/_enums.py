"""The closed sets of values that packets are made of."""

from enum import IntEnum

__all__ = ["QoS", "ShareStrategy", "Version"]


class QoS(IntEnum):
    """Quality of service: how often a message may arrive."""

    AT_MOST_ONCE = 0
    """Fire and forget."""
    AT_LEAST_ONCE = 1
    """Acknowledged, duplicates possible."""
    EXACTLY_ONCE = 2
    """Acknowledged twice, no duplicates."""


class ShareStrategy(IntEnum):
    """How one member of a shared subscription is chosen."""

    ROUND_ROBIN = 0
    """The member behind the one that was picked last, in the order in which they joined."""
    STICKY = 1
    """The member that was picked last, as long as it can be; then the one behind it."""
    HASH = 2
    """The same member for the same number, say `hash(topic)`: when a member goes, only its numbers
    go to others.
    """
    NUMBER = 3
    """The member with this number, counted in the order in which they joined and around."""


class Version(IntEnum):
    """A version of the protocol; its value is the protocol level byte of CONNECT."""

    V31 = 3
    """MQTT 3.1."""
    V311 = 4
    """MQTT 3.1.1."""
    V5 = 5
    """MQTT 5.0."""
