"""Programs that pages show, and how they are run: each in a process of its own."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).parents[2] / "docs"

# Generous: a program that has not ended by then never will.
PATIENCE: Final = 60.0

# Not -X dev: asyncio then complains of a machine that is slow.
STRICT: Final = ["-Werror"]

MANY: Final = re.DOTALL | re.MULTILINE
FENCE: Final = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", MANY)
PAIR: Final = re.compile(r'^<div class="pair" markdown>\n(.*?)^</div>$', MANY)


@dataclass(frozen=True)
class Fence:
    """A block of a page."""

    language: str
    title: str
    """Of a program: the name of its file."""
    text: str


@dataclass(frozen=True)
class Pair:
    """The same program twice, and what both print."""

    heading: str
    theirs: str
    ours: str
    printed: str


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def fences(text: str) -> list[Fence]:
    return [Fence(*found.groups(default="")) for found in FENCE.finditer(text)]


def pairs(page: str) -> list[Pair]:
    """All pairs of a page, each with the output that stands behind it."""
    text = text_of(page)
    found = []
    for pair in PAIR.finditer(text):
        theirs, ours = fences(pair[1])
        shown = FENCE.match(text, pair.end() + 2)
        assert shown is not None and shown[1] == "text", pair[0]
        heading = re.findall(r"^## (.*)$", text[: pair.start()], re.MULTILINE)[-1]
        found.append(Pair(heading, theirs.text, ours.text, shown[3]))
    return found


def with_ports(program: str, ports: dict[int, int]) -> str:
    """The program with other ports. Each that is to be changed has to be there as it is usual."""
    for usual, actual in ports.items():
        program = re.sub(rf"\b{usual}\b", str(actual), program)
    return program


def start(folder: Path, name: str, program: str) -> "subprocess.Popen[str]":
    """Runs a program from its file; one of ours with warnings as errors."""
    (folder / name).write_text(program, "utf-8")
    strict = STRICT if "mqtt_core" in program else []
    return subprocess.Popen(
        [sys.executable, *strict, name],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output(process: "subprocess.Popen[str]", *, may_complain: bool = False) -> str:
    """What it prints to its end. Fails if it fails, or says something on standard error."""
    try:
        printed, complaints = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        printed, complaints = process.communicate()
        raise AssertionError(f"it does not end: {printed}{complaints}") from None
    assert process.returncode == 0, printed + complaints
    assert may_complain or not complaints, complaints
    return printed


def run(folder: Path, name: str, program: str, *, may_complain: bool = False) -> str:
    return output(start(folder, name, program), may_complain=may_complain)
