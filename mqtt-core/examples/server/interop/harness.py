"""What the scenarios of all clients need: the server, certificates, checks that say what came."""

from __future__ import annotations

import ctypes
import itertools
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import trustme

PROGRAM = os.environ["MQC_SERVER"]

PATIENCE = 10.0
"""So many seconds each thing may take that is waited for."""

ACL = """\
deny   subscribe  secret/#
deny   publish    forbidden/#
default allow
"""

OWN_ONLY = """\
allow  all        %u/#
default deny
"""
"""Each user may do everything in a part of the topics, nobody anything else."""

USER, PASSWORD = "anna", "her secret"
"""Who may connect to the server that asks for passwords."""

_numbers = itertools.count(1)


def fresh(what: str) -> str:
    """A name that no other scenario has: a topic, a client identifier."""
    return f"{what}{next(_numbers)}"


def expect(what: str, came: object, expected: object) -> None:
    """Fails with both if they differ."""
    if came != expected:
        raise AssertionError(f"{what}: expected {short(expected)}, came {short(came)}")


def short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 600 else f"{text[:600]}... ({len(text)} characters)"


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, in one PEM file each."""

    certificate: str
    key: str


class Certificates:
    """An authority, with a server and a client; and a client of another authority."""

    def __init__(self, folder: Path) -> None:
        authority, other = trustme.CA(), trustme.CA()
        self.authority = str(folder / "authority.pem")
        authority.cert_pem.write_to_path(self.authority)
        self.stranger = str(folder / "stranger.pem")
        other.cert_pem.write_to_path(self.stranger)

        def write(ca: trustme.CA, name: str, file: str) -> Identity:
            issued = ca.issue_cert(name)
            certificate, key = folder / f"{file}.pem", folder / f"{file}.key"
            issued.cert_chain_pems[0].write_to_path(str(certificate))
            issued.private_key_pem.write_to_path(str(key))
            return Identity(str(certificate), str(key))

        self.server = write(authority, "localhost", "server")
        self.client = write(authority, "client", "client")
        self.impostor = write(other, "client", "impostor")


def set_password(users: Path, name: str, password: str) -> None:
    """Writes it into a file of users, as `mqc-server passwd` does."""
    command = [PROGRAM, "passwd", str(users), name]
    subprocess.run(command, input=f"{password}\n", text=True, check=True, timeout=PATIENCE)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Server:
    """The program `mqc-server`, on ports that were free. It ends when this does, whatever happens."""

    def __init__(self, arguments: Iterable[str], listeners: int, log: Path) -> None:
        self._process = subprocess.Popen(
            [PROGRAM, "--log", "debug", *arguments],
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_die_with_parent,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._log = log
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.ports = [self._next_port() for _ in range(listeners)]

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._log.open("a") as log, self._process.stderr as lines:
            for line in lines:
                log.write(line)
                log.flush()
                self._lines.put(line)
        self._lines.put(None)

    def _next_port(self) -> int:
        """Listeners are told of in the order of the arguments."""
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
            if found := re.search(r"listening address=\S+:(\d+)", plain):
                return int(found[1])
        raise AssertionError(f"the server ended:\n{self._log.read_text()}")

    def stop(self) -> None:
        """Asks it to end, and waits."""
        self._process.send_signal(signal.SIGTERM)
        expect("exit status of the server", self._process.wait(PATIENCE), 0)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._process.poll() is None:
                self.stop()
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join()


def folder() -> Path:
    """Where logs and certificates are; it stays for whoever wants to know why something failed."""
    root = Path(os.environ["MQC_WORK"])
    root.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="run-", dir=root))


@dataclass(frozen=True)
class Ports:
    """Where the server listens, by what is spoken there."""

    plain: int
    websocket: int
    tls: int
    wss: int
    mutual: int
    """TLS, and each client needs a certificate."""

    guarded: int
    """Plain, for `USER` with `PASSWORD` alone, who has topics of his own alone."""


@dataclass(frozen=True)
class Site:
    """Servers that run for all scenarios, and the files that go with them."""

    ports: Ports
    certificates: Certificates
    folder: Path
