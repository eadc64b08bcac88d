"""One server for all scenarios, and a line for each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from harness import (
    ACL,
    OWN_ONLY,
    PASSWORD,
    USER,
    Certificates,
    Ports,
    Server,
    Site,
    folder,
    set_password,
)
from paho_peer import Peer, Version

ANY = "127.0.0.1:0"


@pytest.fixture(scope="session")
def work() -> Path:
    return folder()


@pytest.fixture(scope="session")
def site(work: Path) -> Iterator[Site]:
    certificates = Certificates(work)
    own = certificates.server
    tls: dict[str, object] = {"certificate": own.certificate, "key": own.key}
    (work / "rules.acl").write_text(ACL)
    (work / "own.acl").write_text(OWN_ONLY)
    set_password(work / "users", USER, PASSWORD)
    with ExitStack() as servers:

        def start(name: str, general: dict[str, object], *listen: dict[str, object]) -> list[int]:
            file, log = work / f"{name}.toml", work / f"{name}.log"
            # The values of JSON are those of TOML.
            lines = [f"{key} = {json.dumps(value)}" for key, value in general.items()]
            for listener in listen:
                lines += ["[[listen]]", f'address = "{ANY}"']
                lines += [f"{key} = {json.dumps(value)}" for key, value in listener.items()]
            file.write_text("\n".join(lines))
            server = Server(["--config", str(file)], len(listen), log)
            return servers.enter_context(server).ports

        ports = start(
            "server",
            {"acl": "rules.acl", "limits.max_auto_aliases": 10},
            {},
            {"websocket": True},
            tls,
            {"websocket": True, **tls},
            {"client_ca": certificates.authority, **tls},
        )
        ports += start("guarded", {"users": "users", "acl": "own.acl"}, {})
        yield Site(Ports(*ports), certificates, work)


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """No dots: `pytest_runtest_logreport` prints a line instead."""
    if report.when == "call" or not report.passed:
        return report.outcome, "", ""
    return None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when != "call" and report.passed:
        return
    words = {"passed": "ok", "failed": "FAILED", "skipped": "skipped"}
    file, _, name = report.nodeid.partition("::")
    client = Path(file).stem.removeprefix("test_")
    scenario, _, parameters = name.removeprefix("test_").partition("[")
    text = f"{client} {parameters.rstrip(']')} {scenario.replace('_', ' ')}"
    print(f"\n{words[report.outcome]} {' '.join(text.split())} ({report.duration:.2f} s)", end="")


class Connect:
    """Connects paho clients, and disconnects them at the end of the scenario."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._peers: list[Peer] = []

    def attempt(self, version: Version, client_id: str | None = None, **options: Any) -> Peer:
        """One that the server need not accept."""
        peer = Peer(self.site, version, client_id, **options)
        self._peers.append(peer)
        return peer

    def __call__(self, version: Version, client_id: str | None = None, **options: Any) -> Peer:
        return self.attempt(version, client_id, **options).accepted()

    def close(self) -> None:
        for peer in self._peers:
            peer.close()


@pytest.fixture
def connect(site: Site) -> Iterator[Connect]:
    connect = Connect(site)
    yield connect
    connect.close()
