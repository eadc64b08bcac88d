"""What the command says to the shell when it ends."""

from enum import IntEnum

__all__ = ["Exit", "Usage"]


class Exit(IntEnum):
    """Exit statuses."""

    FINE = 0
    """All is well."""
    BAD = 1
    """The subject is bad: a malformed packet, a topic that does not match, a message that the
    broker refuses."""
    USAGE = 2
    """The command line is wrong, or a file that it names cannot be read."""
    NO_CONNECTION = 3
    """There is no connection to the broker: refused, lost, an unknown host."""
    INTERRUPTED = 130
    """Ended by SIGINT or SIGTERM."""


class Usage(Exception):
    """The command line, or what it names, cannot be used."""
