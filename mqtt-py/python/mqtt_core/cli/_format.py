"""How messages are printed: the formats of mosquitto_sub, JSON lines, hex digits."""

import base64
import json
import re
import time
from collections.abc import Callable
from typing import Final, NoReturn

from mqtt_core import Publish

__all__ = ["Format", "FormatError", "Unprintable", "as_hex", "as_json"]

_Part = Callable[[Publish, int], bytes]
"""What a part of a format gives of a message that came at this time, in nanoseconds."""

_ESCAPES: Final = {
    "\\": b"\\",
    "0": b"\0",
    "a": b"\a",
    "e": b"\x1b",
    "n": b"\n",
    "r": b"\r",
    "t": b"\t",
    "v": b"\v",
}
# Flags, a least width, a precision.
_FIELD: Final = re.compile(
    r"(?P<flags>[-0]*)(?P<width>\d*)(?:\.(?P<precision>\d+))?(?P<what>.)", re.S
)
# Strings of JSON, which stay; blanks between other things, which go.
_BLANKS: Final = re.compile(rb'("[^"\\]*+(?:\\.[^"\\]*+)*+")|[ \t\r\n]+')
# What a flag 0 fills with zeros.
_ZEROS: Final = "AEFlmSxXp"
_MAX_WIDTH: Final = 10_000
_MAX_DIGITS: Final = 9


class FormatError(ValueError):
    """A format that means nothing."""


class Unprintable(Exception):
    """A message that the format cannot show."""


def _number(value: int | None) -> bytes:
    return b"" if value is None else b"%d" % value


def _text(value: str | None) -> bytes:
    return b"" if value is None else value.encode()


def _pairs(publish: Publish, _: int) -> bytes:
    return " ".join(f"{name}:{value}" for name, value in publish.user_properties).encode()


def _iso(_: Publish, now: int) -> bytes:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(now // 10**9)).encode()


def _numbers(publish: Publish, _: int) -> bytes:
    return b" ".join(b"%d" % number for number in publish.subscription_identifiers)


_FIELDS: Final[dict[str, _Part]] = {
    "A": lambda p, _: _number(p.topic_alias),
    "C": lambda p, _: _text(p.content_type),
    "D": lambda p, _: p.correlation_data or b"",
    "E": lambda p, _: _number(p.message_expiry_interval),
    "F": lambda p, _: _number(p.payload_format_indicator),
    "I": _iso,
    "J": lambda p, now: _mosquitto(p, now, is_json=True),
    "P": _pairs,
    "R": lambda p, _: _text(p.response_topic),
    "S": _numbers,
    "U": lambda _, now: b"%d.%09d" % divmod(now, 10**9),
    "X": lambda p, _: p.payload.hex().upper().encode(),
    "j": lambda p, now: _mosquitto(p, now, is_json=False),
    "l": lambda p, _: _number(len(p.payload_view)),
    "m": lambda p, _: _number(p.packet_id or 0),
    "p": lambda p, _: p.payload,
    "q": lambda p, _: _number(p.qos),
    "r": lambda p, _: _number(int(p.retain)),
    "t": lambda p, _: p.topic.encode(),
    "x": lambda p, _: p.payload.hex().encode(),
}


class Format:
    """A format of `-F`. Raises FormatError if it means nothing."""

    def __init__(self, text: str) -> None:
        self._parts: list[_Part] = []
        at = 0
        for found in re.finditer(r"[%@\\]", text):
            if found.start() < at:
                continue
            self._plain(text[at : found.start()])
            at = self._sequence(text, found.start())
        self._plain(text[at:])

    def __call__(self, publish: Publish, now: int) -> bytes:
        """A message as the format has it."""
        return b"".join(part(publish, now) for part in self._parts)

    def _plain(self, text: str) -> None:
        if text:
            self._constant(text.encode(errors="surrogateescape"))

    def _constant(self, data: bytes) -> None:
        self._parts.append(lambda _, __: data)

    def _sequence(self, text: str, at: int) -> int:
        """Adds the part that begins here; gives where it ends."""
        sign, rest = text[at], text[at + 1 :]
        if not rest:
            raise FormatError(f"nothing follows {sign!r} at the end")
        if sign == "\\":
            if rest[0] not in _ESCAPES:
                raise FormatError(f"there is no \\{rest[0]}")
            self._constant(_ESCAPES[rest[0]])
            return at + 2
        if sign == "@":
            self._time(rest[0])
            return at + 2
        found = _FIELD.match(rest)
        if found is None:
            raise FormatError(f"nothing follows {text[at:]!r}")
        self._field(found)
        return at + 1 + found.end()

    def _time(self, what: str) -> None:
        if what == "@":
            self._constant(b"@")
        elif what == "N":
            self._parts.append(lambda _, now: b"%09d" % (now % 10**9))
        else:
            form = f"%{what}"
            try:
                time.strftime(form).encode()
            except ValueError as error:
                raise FormatError(f"there is no @{what!r}") from error
            self._parts.append(
                lambda _, now: time.strftime(form, time.localtime(now // 10**9)).encode()
            )

    def _field(self, found: re.Match[str]) -> None:
        what = found["what"]
        if what == "%":
            self._constant(b"%")
            return
        part = _FIELDS.get(what)
        if part is None:
            raise FormatError(f"there is no %{what}")
        for number in (found["width"], found["precision"]):
            # Python reads no number of thousands of digits.
            if len(number or "") > _MAX_DIGITS:
                raise FormatError("too wide")
        width = int(found["width"] or 0)
        if width > _MAX_WIDTH:
            raise FormatError(f"too wide: {width}")
        precision = None if found["precision"] is None else int(found["precision"])
        if not width and precision is None:
            self._parts.append(part)
            return
        is_left, fill = "-" in found["flags"], b" "
        if "0" in found["flags"] and what in _ZEROS and not is_left:
            fill = b"0"

        def fit(publish: Publish, now: int) -> bytes:
            data = part(publish, now)[:precision]
            return data.ljust(width) if is_left else data.rjust(width, fill)

        self._parts.append(fit)


def _properties(publish: Publish) -> dict[str, object]:
    """The properties that a message has, but those of users; bytes as they are."""
    found: dict[str, object] = {
        "topic_alias": publish.topic_alias,
        "content_type": publish.content_type,
        "response_topic": publish.response_topic,
        "correlation_data": publish.correlation_data,
        "payload_format_indicator": publish.payload_format_indicator,
        "message_expiry_interval": publish.message_expiry_interval,
        "subscription_identifiers": list(publish.subscription_identifiers) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _stamp(now: int) -> str:
    seconds, rest = divmod(now, 10**9)
    local = time.localtime(seconds)
    zone = time.strftime("%z", local)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', local)}.{rest // 1000:06d}{zone}"


def _quoted(data: bytes) -> bytes:
    """A string of JSON; bytes that are no UTF-8 are left as they are, as mosquitto does."""
    text = json.dumps(data.decode(errors="surrogateescape"), ensure_ascii=False)
    return text.encode(errors="surrogateescape")


def _mosquitto(publish: Publish, now: int, *, is_json: bool) -> bytes:
    """The object of `%j` and `%J`: the names, and their order, are those of mosquitto_sub."""
    out = [
        b'"tst":' + _quoted(_stamp(now).encode()),
        b'"topic":' + _quoted(publish.topic.encode()),
        b'"qos":%d,"retain":%d,"payloadlen":%d'
        % (publish.qos, publish.retain, len(publish.payload_view)),
    ]
    if publish.packet_id is not None:
        out.append(b'"mid":%d' % publish.packet_id)
    inner: list[bytes] = []
    for name, value in _properties(publish).items():
        key = b'"%s":' % name.replace("_", "-").encode()
        if isinstance(value, list):
            # One number, and a list of several only.
            numbers: list[int] = list(publish.subscription_identifiers)
            text = json.dumps(numbers if len(numbers) > 1 else numbers[0]).encode()
            inner.append(b'"subscription-identifier":' + text)
        elif isinstance(value, int):
            inner.append(key + b"%d" % value)
        else:
            inner.append(key + _quoted(value if isinstance(value, bytes) else str(value).encode()))
    if publish.user_properties:
        pairs = (
            _quoted(name.encode()) + b":" + _quoted(value.encode())
            for name, value in publish.user_properties
        )
        inner.insert(0, b'"user-properties":{' + b",".join(pairs) + b"}")
    if inner:
        out.append(b'"properties":{' + b",".join(inner) + b"}")
    out.append(b'"payload":' + _payload(publish, is_json=is_json))
    return b"{" + b",".join(out) + b"}"


def _payload(publish: Publish, *, is_json: bool) -> bytes:
    payload = publish.payload
    if not payload:
        return b"null"
    if not is_json:
        return _quoted(payload)
    try:
        # Only judged: Python's numbers are others, and its own parser takes more than JSON.
        json.loads(payload.decode(), parse_int=str, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Unprintable(f"the payload is no JSON, on topic {publish.topic}") from None
    # In one line, and otherwise as it was.
    return _BLANKS.sub(rb"\1", payload)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def as_json(publish: Publish, now: int) -> bytes:
    """All of a message as an object of JSON; bytes that are no text in base64."""
    line: dict[str, object] = {"time": _stamp(now), "topic": publish.topic}
    _put(line, "payload", publish.payload)
    line |= {"qos": int(publish.qos), "retain": publish.retain, "dup": publish.dup}
    if publish.packet_id is not None:
        line["packet_id"] = publish.packet_id
    for name, value in _properties(publish).items():
        _put(line, name, value)
    if publish.user_properties:
        line["user_properties"] = publish.user_properties
    return json.dumps(line, ensure_ascii=False).encode()


def _put(line: dict[str, object], name: str, value: object) -> None:
    if isinstance(value, bytes):
        try:
            line[name] = value.decode()
        except UnicodeDecodeError:
            line[f"{name}_base64"] = base64.b64encode(value).decode()
        return
    line[name] = value


def as_hex(*, is_verbose: bool) -> _Part:
    """The payload as hex digits, with the topic before it if that is wanted."""
    return Format("%t %x" if is_verbose else "%x")
