"""Times that programs give."""

import math

__all__ = ["check_time"]


def check_time(name: str, seconds: object) -> None:
    """Raises ValueError for what is no number of seconds: programs without a type checker say
    None."""
    if not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
        raise ValueError(f"{name}: {seconds!r} is no number of seconds")
