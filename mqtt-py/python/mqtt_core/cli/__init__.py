"""The command `mqc`. `docs/mqc.md` is the guide."""

from mqtt_core.cli._main import main

__all__ = ["main"]
