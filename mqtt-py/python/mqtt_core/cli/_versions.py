"""How versions are written on the command line."""

from typing import Final

from mqtt_core import Version

__all__ = ["VERSIONS", "version"]

VERSIONS: Final = {
    "3.1": Version.V31,
    "31": Version.V31,
    "mqttv31": Version.V31,
    "3.1.1": Version.V311,
    "311": Version.V311,
    "mqttv311": Version.V311,
    "5": Version.V5,
    "5.0": Version.V5,
    "mqttv5": Version.V5,
}
"""As the standard writes them, and as mosquitto does."""


def version(text: str) -> Version:
    """The version of this name. Raises ValueError."""
    if text not in VERSIONS:
        raise ValueError
    return VERSIONS[text]
