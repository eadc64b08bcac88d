"""The tutorial, step by step, as a reader types it: with mosquitto, and with mqc-server."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from aio.servers import Server, mosquitto, mqc_server

from .programs import PATIENCE, Fence, fences, output, start, text_of, with_ports

FENCES = fences(text_of("tutorial.md"))
PROGRAMS = {fence.title: fence.text for fence in FENCES if fence.title}

COMPANIONS = {"reader.py": ("listening", "writer.py", 0), "watch.py": ("watching", "device.py", 1)}
"""What is started in another terminal when a program has printed its first line, and its status."""


@pytest.fixture(scope="module", params=[mosquitto, mqc_server], ids=["mosquitto", "mqc-server"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    issued = trustme.CA().issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    started: Server = request.param(folder, folder / "server.pem", folder / "server.pem")
    started.start()
    yield started
    started.stop()


def steps() -> list[tuple[str, str]]:
    """What is typed, and what is shown behind it."""
    found = []
    for fence, behind in zip(FENCES, [*FENCES[1:], Fence("", "", "")], strict=True):
        if fence.language == "sh" and "python " in fence.text:
            found.append((fence.text, behind.text if behind.language == "text" else ""))
    return found


def test_all_steps(server: Server, tmp_path: Path) -> None:
    used = set()
    later: list[tuple[str, str]] = []
    for typed, shown in steps():
        printed = ""
        for name in re.findall(r"^python (\S+)$", typed, re.MULTILINE):
            used.add(name)
            if later and later[0][0] == name:
                # It ran beside the one before.
                printed += later.pop()[1]
                continue
            program = with_ports(PROGRAMS[name], {1883: server.ports["mqtt"]})
            process = start(tmp_path, name, program)
            first = ""
            if name in COMPANIONS:
                word, other, status = COMPANIONS[name]
                used.add(other)
                assert process.stdout is not None
                first = process.stdout.readline()
                assert first == f"{word}\n"
                text = with_ports(PROGRAMS[other], {1883: server.ports["mqtt"]})
                beside = start(tmp_path, other, text)
                said, complaints = beside.communicate(timeout=PATIENCE)
                assert (beside.returncode, complaints) == (status, "")
                if said:
                    later.append((other, said))
            printed += first + output(process)
        assert printed == shown, typed
    assert not later
    assert used == set(PROGRAMS)


def test_there_are_steps() -> None:
    assert len(steps()) >= 8 and all(typed for typed, _ in steps())
