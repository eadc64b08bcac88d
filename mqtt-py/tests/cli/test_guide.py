"""The blocks of docs/mqc.md give what they show."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .run import PATIENCE, Running

GUIDE = (Path(__file__).parents[2] / "docs/mqc.md").read_text("utf-8")
BLOCKS: list[str] = re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL)

# What the reader has in the PATH, and a broker at the usual port.
SHELL = """\
mqc() {{
    local command=$1
    shift
    case $command in
        pub | sub | bench) "{python}" -m mqtt_core "$command" -p {port} "$@" ;;
        *) "{python}" -m mqtt_core "$command" "$@" ;;
    esac
}}
"""


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    with Running("broker", "-p", "0") as broker:
        yield broker.read_line().strip().rpartition(":")[2]


def steps(block: str) -> list[tuple[str, str]]:
    """The commands of a block, and what each prints."""
    found: list[tuple[str, str]] = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    return found


def shape(text: str) -> str:
    """What is printed, but for what the machine makes of it."""
    return re.sub(r" +", " ", re.sub(r"\d[\d,.]*", "N", text))


def test_the_guide_has_blocks() -> None:
    assert len(BLOCKS) == GUIDE.count("```console") == GUIDE.count("```") // 2 > 0
    for block in BLOCKS:
        assert sum(len(word) + len(shown) + 3 for word, shown in steps(block)) == len(block)


def test_the_blocks_give_what_they_show(port: str) -> None:
    # In their order: what one retains another prints.
    shell = SHELL.format(python=sys.executable, port=port)
    for block in BLOCKS:
        for command, shown in steps(block):
            if command.startswith("mqc broker"):
                with Running(*command.split()[1:]) as broker:
                    assert shape(broker.read_line()) == shape(shown)
                continue
            ran = subprocess.run(
                ["bash", "-c", shell + command], capture_output=True, timeout=PATIENCE, text=True
            )
            assert ran.stderr == ""
            if command.startswith("mqc bench"):
                assert shape(ran.stdout) == shape(shown)
            else:
                assert ran.stdout == shown


def test_the_guide_names_all_commands_and_statuses() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "mqtt_core", "--help"], capture_output=True, text=True, timeout=60
    )
    names = re.findall(r"^    (\w+) ", ran.stdout, re.MULTILINE)
    assert names
    for name in names:
        assert f"| [`{name}`](#" in GUIDE
    for status in re.findall(r"^  (\d+) ", ran.stdout, re.MULTILINE):
        assert re.search(rf"^\| {status} \| ", GUIDE, re.MULTILINE)
