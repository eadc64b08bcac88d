"""Times that programs give."""

import sys

__all__ = ["check_time"]


def check_time(name: str, seconds: object) -> None:
    """Raises ValueError for what is no number of seconds: programs without a type checker say
    None."""
    # A number with more digits than a float has room for is a number too.
    if not isinstance(seconds, int | float) or not 0 <= seconds <= sys.float_info.max:
        raise ValueError(f"{name}: {seconds!r} is no number of seconds")
