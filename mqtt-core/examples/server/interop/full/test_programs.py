"""Programs in C and Go, built by build.sh."""

from __future__ import annotations

import os

import pytest
from harness import Site
from programs import play


@pytest.mark.parametrize("name", ["libmosquitto", "paho_c", "paho_go"])
def test_all(site: Site, capsys: pytest.CaptureFixture[str], name: str) -> None:
    with capsys.disabled():
        play(site, name, [os.path.join(os.environ["MQC_BIN"], name)])
