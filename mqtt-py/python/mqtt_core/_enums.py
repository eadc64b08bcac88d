"""The closed sets of values that packets are made of."""

from enum import IntEnum

__all__ = ["QoS", "Version"]


class QoS(IntEnum):
    """Quality of service: how often a message may arrive."""

    AT_MOST_ONCE = 0
    """Fire and forget."""
    AT_LEAST_ONCE = 1
    """Acknowledged, duplicates possible."""
    EXACTLY_ONCE = 2
    """Acknowledged twice, no duplicates."""


class Version(IntEnum):
    """A version of the protocol; its value is the protocol level byte of CONNECT."""

    V31 = 3
    """MQTT 3.1."""
    V311 = 4
    """MQTT 3.1.1."""
    V5 = 5
    """MQTT 5.0."""
