"""Runs the command as a user does."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import NamedTuple

# Generous: what takes longer does not end.
PATIENCE = 60.0

MQC = [sys.executable, "-X", "dev", "-W", "error", "-m", "mqtt_core"]


class Ran(NamedTuple):
    """What a run left."""

    status: int
    out: str
    err: str


def mqc(*words: str, given: bytes = b"", env: dict[str, str] | None = None) -> Ran:
    """`mqc` with these words and this standard input."""
    done = subprocess.run(
        [*MQC, *words],
        input=given,
        capture_output=True,
        timeout=PATIENCE,
        env={**os.environ, **(env or {})},
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


class Running:
    """A command that runs beside the test."""

    def __init__(self, *words: str, command: list[str] | None = None) -> None:
        self._process = subprocess.Popen(
            [*(command or MQC), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # `communicate` knows nothing of what a buffer has read ahead.
            bufsize=0,
        )
        self._guard = threading.Timer(PATIENCE, self._process.kill)
        self._guard.start()
        self.err = ""

    def hear(self, text: str) -> str:
        """Waits for a line on standard error with this in it."""
        assert self._process.stderr is not None
        for raw in self._process.stderr:
            line = raw.decode()
            self.err += line
            if text in line:
                return line
        raise AssertionError(f"it ended without saying {text!r}: {self.err}")

    def read_line(self) -> str:
        """The next line of its output."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode()

    def write(self, data: bytes) -> None:
        """Something for its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def close_out(self) -> None:
        """Nobody reads its output any more."""
        assert self._process.stdout is not None
        self._process.stdout.close()

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal."""
        self._process.send_signal(number)

    def end(self) -> Ran:
        """Waits for its end."""
        if self._process.stdout is not None and self._process.stdout.closed:
            assert self._process.stdin is not None and self._process.stderr is not None
            self._process.stdin.close()
            out, err = b"", self._process.stderr.read()
            self._process.stderr.close()
            self._process.wait()
        else:
            out, err = self._process.communicate()
        self._guard.cancel()
        return Ran(self._process.returncode, out.decode(), self.err + err.decode())

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                # What was not written, nobody reads any more.
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._process.wait()
        self._guard.cancel()
