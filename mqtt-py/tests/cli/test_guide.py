"""The blocks of docs/mqc.md give what they show."""

import re
import shlex
from pathlib import Path

import pytest

from .run import mqc

GUIDE = Path(__file__).parents[2] / "docs/mqc.md"
BLOCKS = re.findall(r"```console\n\$ mqc (.*)\n((?:.*\n)*?)```", GUIDE.read_text())


def test_the_guide_has_blocks() -> None:
    assert len(BLOCKS) == GUIDE.read_text().count("```console") > 0


@pytest.mark.parametrize("words, shown", BLOCKS)
def test_a_block_gives_what_it_shows(words: str, shown: str) -> None:
    assert mqc(*shlex.split(words)).out == shown
