"""MQTT.js."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import Site
from programs import play


def test_all(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        play(site, "mqttjs", ["node", str(Path(__file__).with_name("mqttjs.cjs"))])
