"""Faults as lines for people."""

from mqtt_core import TopicError

__all__ = ["told"]


def told(error: Exception) -> str:
    """What is wrong, with the statement of the standard if there is one."""
    if isinstance(error, UnicodeEncodeError):
        return f"no UTF-8: {error.object!r}"
    clause = error.clause if isinstance(error, TopicError) else None
    return f"{error} [{clause}]" if clause else str(error)
