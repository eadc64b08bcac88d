"""`-D COMMAND NAME VALUE`: properties of 5.0, as mosquitto's programs take them."""

import textwrap
from collections.abc import Callable, Iterable
from typing import Any, Final

from mqtt_core.cli._exit import Usage
from mqtt_core.cli._words import SEPARATOR

__all__ = ["HELP", "Properties", "explain", "gather"]

HELP = "5.0: a property of CONNECT, PUBLISH, ...; see below"

Properties = dict[str, Any]
"""Keywords of a packet, or of a client."""


def _truth(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError
    return text == "1"


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise ValueError
        return value

    return read


# Those above are the client's own.
MAX_IDENTIFIER: Final = 0x07FFFFFF
_U32 = _number(0, 0xFFFFFFFF)
_U16 = _number(0, 0xFFFF)
_U16_FROM_1 = _number(1, 0xFFFF)
_U32_FROM_1 = _number(1, 0xFFFFFFFF)


def _bytes(text: str) -> bytes:
    # As the shell gave it.
    return text.encode(errors="surrogateescape")


_MESSAGE: Final[dict[str, Callable[[str], object]]] = {
    "content-type": str,
    "correlation-data": _bytes,
    "message-expiry-interval": _U32,
    "payload-format-indicator": _number(0, 1),
    "response-topic": str,
}
_KNOWN: Final[dict[str, dict[str, Callable[[str], object]]]] = {
    "connect": {
        "maximum-packet-size": _U32_FROM_1,
        "receive-maximum": _U16_FROM_1,
        "request-problem-information": _truth,
        "request-response-information": _truth,
        "session-expiry-interval": _U32,
        "topic-alias-maximum": _U16,
    },
    "publish": _MESSAGE | {"topic-alias": _U16_FROM_1},
    "subscribe": {"subscription-identifier": _number(1, MAX_IDENTIFIER)},
    "unsubscribe": {},
    "disconnect": {"reason-string": str, "session-expiry-interval": _U32},
    "will": _MESSAGE | {"will-delay-interval": _U32},
}


def gather(given: Iterable[str], commands: Iterable[str]) -> dict[str, Properties]:
    """The properties of each command, by keyword. Raises Usage."""
    all_: dict[str, Properties] = {name: {} for name in commands}
    for word in given:
        parts = word.split(SEPARATOR)
        command = parts[0].lower()
        known = _KNOWN.get(command)
        if known is None or command not in all_:
            raise Usage(f"-D {parts[0]}: there are {', '.join(all_)}")
        properties = all_[command]
        match parts:
            case [_, "user-property", key, value]:
                properties["user_properties"] = (
                    *properties.get("user_properties", ()),
                    (key, value),
                )
            case [_, name, text] if name in known:
                try:
                    value_ = known[name](text)
                except ValueError:
                    raise Usage(f"-D {command} {name}: no value for it: {text!r}") from None
                properties[name.replace("-", "_")] = value_
            case [_, name, *rest] if name in known or name == "user-property":
                raise Usage(f"-D {command} {name}: {'too many' if len(rest) > 1 else 'no'} values")
            case _:
                names = ", ".join([*sorted(known), "user-property"])
                raise Usage(f"-D {command}: no such property: {' '.join(parts[1:2])}; {names}")
    return all_


def explain(commands: Iterable[str]) -> str:
    """What there is, for `--help`."""
    lines = ["properties, as -D COMMAND NAME VALUE and -D COMMAND user-property KEY VALUE:"]
    for name in commands:
        names = ", ".join([*sorted(_KNOWN[name]), "user-property"])
        text = f"{name}: {names}"
        lines += textwrap.wrap(
            text, 98, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )
    return "\n".join(lines) + "\n"
