"""Fixtures for pytest, which finds them by itself: see `docs/serve.md`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

# A pytest that does not use the fixtures does not wait for asyncio and all that.
if TYPE_CHECKING:
    from mqtt_core.testing import Broker, Clock, ServeOptions

__all__ = ["mqtt_broker", "mqtt_broker_options", "mqtt_clock"]


@pytest.fixture
def mqtt_broker_options() -> "ServeOptions":
    """The keywords of `mqtt_core.testing.broker` for `mqtt_broker`: define it anew to set them."""
    return {}


@pytest.fixture
def mqtt_clock() -> "Clock":
    """The clock of `mqtt_broker`, which stands still until the test moves it."""
    from mqtt_core.testing import Clock

    return Clock()


@pytest.fixture
def mqtt_broker(
    request: pytest.FixtureRequest, mqtt_broker_options: "ServeOptions"
) -> "Iterator[Broker]":
    """A broker on a free port, in a thread of its own; its time is that of `mqtt_clock` in a test
    that asks for it too."""
    from mqtt_core.testing import broker

    options = mqtt_broker_options.copy()
    if "mqtt_clock" in request.fixturenames:
        options["clock"] = request.getfixturevalue("mqtt_clock")
    with broker(**options) as running:
        yield running
