"""Clients in other languages: programs that play all their scenarios and print `ok NAME` or `FAILED NAME` and why.

Their exit status is 0 if all were ok. An argument, if there is one, is a part of the names of those to be played.
Where servers and certificates are they have from their environment:

    MQC_PORT, MQC_WEBSOCKET, MQC_TLS, MQC_WSS, MQC_MUTUAL   ports on localhost
    MQC_GUARDED                                             that of a server with passwords
    MQC_USER, MQC_PASSWORD                                  who may connect there; his topics begin with his name
    MQC_STOPPING                                            that of a server that stops when they print `stop`
    MQC_CA, MQC_CERT, MQC_KEY                               the authority, and an identity for MQC_MUTUAL, PEM
    MQC_OTHER_CERT, MQC_OTHER_KEY                           one of another authority, which MQC_MUTUAL refuses
    MQC_PREFIX                                              what their topics and client identifiers begin with
"""

from __future__ import annotations

import os
import subprocess
import threading

from conftest import ANY
from harness import PASSWORD, USER, Server, Site, fresh

LIMIT = 120
"""So many seconds a program may take in all. It has bounds of its own for each thing that it waits for."""


def play(site: Site, name: str, command: list[str]) -> None:
    """Runs a program, and shows what it prints."""
    ports, certificates = site.ports, site.certificates
    with Server(["--listen", ANY], listeners=1, log=site.folder / f"{name}.log") as stopping:
        values: dict[str, object] = {
            "MQC_PORT": ports.plain,
            "MQC_WEBSOCKET": ports.websocket,
            "MQC_TLS": ports.tls,
            "MQC_WSS": ports.wss,
            "MQC_MUTUAL": ports.mutual,
            "MQC_GUARDED": ports.guarded,
            "MQC_USER": USER,
            "MQC_PASSWORD": PASSWORD,
            "MQC_STOPPING": stopping.ports[0],
            "MQC_CA": certificates.authority,
            "MQC_CERT": certificates.client.certificate,
            "MQC_KEY": certificates.client.key,
            "MQC_OTHER_CERT": certificates.impostor.certificate,
            "MQC_OTHER_KEY": certificates.impostor.key,
            "MQC_PREFIX": fresh(name),
        }
        with subprocess.Popen(
            [*command, *filter(None, [os.environ.get("MQC_ONLY")])],
            env={**os.environ, **{name: str(value) for name, value in values.items()}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            limit = threading.Timer(LIMIT, process.kill)
            limit.start()
            assert process.stdout is not None
            count = 0
            for line in process.stdout:
                if line == "stop\n":
                    stopping.stop()
                    continue
                count += line.startswith("ok ")
                if line.startswith(("ok ", "FAILED ")):
                    line = line.replace(" ", f" {name} ", 1)
                print(f"\n{line.rstrip()}", end="", flush=True)
            limit.cancel()
    if process.returncode != 0 or count == 0:
        raise AssertionError(f"{name}: exit status {process.returncode}, {count} were ok; see above")
