"""Runs the command as a user does."""

import subprocess
import sys
from typing import NamedTuple


class Ran(NamedTuple):
    """What a run left."""

    status: int
    out: str
    err: str


def mqc(*words: str, given: bytes = b"") -> Ran:
    """`mqc` with these words and this standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "mqtt_core", *words], input=given, capture_output=True, timeout=60
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
