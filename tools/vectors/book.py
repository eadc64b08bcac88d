"""Collects vectors and writes them as lines; expectations that follow by rule are made here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from packets import Packet
from tables import KIND_CODES, TOPIC_LEVELS_FILTER_CODE, V5
from wire import Frame

# Fields above this many bytes are searched for runs, and runs of this many bytes are folded.
RUN_LIMIT = 48
LONGEST_UNIT = 16
LONGEST_TEXT_UNIT = 96

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
UNKNOWN = "-"
NO_OPTIONS = "-"


def _run(data: bytes, start: int, longest: int) -> tuple[int, int]:
    """The shortest unit at `start` that repeats for RUN_LIMIT bytes, as (unit length, count)."""
    for size in range(1, longest + 1):
        unit = data[start : start + size]
        if data[start + size : start + 2 * size] != unit:
            continue
        end = start + 2 * size
        while data.startswith(unit, end):
            end += size
        if end - start >= RUN_LIMIT:
            return size, (end - start) // size
    return 0, 0


def fold_hex(data: bytes) -> str:
    """Hex tokens; a run becomes `unit*count`."""
    if len(data) <= RUN_LIMIT:
        return data.hex()
    tokens: list[str] = []
    plain = start = 0
    while start < len(data):
        size, count = _run(data, start, LONGEST_UNIT)
        if not size:
            start += 1
            continue
        if plain < start:
            tokens.append(data[plain:start].hex())
        tokens.append(f"{data[start : start + size].hex()}*{count}")
        start += size * count
        plain = start
    if plain < len(data):
        tokens.append(data[plain:].hex())
    return " ".join(tokens)


def unfold_hex(text: str) -> bytes:
    out = bytearray()
    for token in text.split():
        unit, _, count = token.partition("*")
        out += bytes.fromhex(unit) * int(count or 1)
    return bytes(out)


def fold_text(text: str) -> str:
    """The description with runs written as a backslash, `(unit*count)`."""
    if len(text) <= 4 * RUN_LIMIT:
        return text
    data = text.encode("ascii")
    out: list[str] = []
    start = 0
    while start < len(data):
        size, count = _run(data, start, LONGEST_TEXT_UNIT)
        unit = data[start : start + size].decode("ascii")
        if size and "*" not in unit and ")" not in unit:
            out.append(f"\\({unit}*{count})")
            start += size * count
        else:
            # An escape is taken whole, so that no run can begin inside it.
            step = 2 if data[start : start + 1] == b"\\" else 1
            out.append(data[start : start + step].decode("ascii"))
            start += step
    return "".join(out)


def unfold_text(text: str) -> str:
    out: list[str] = []
    start = 0
    while start < len(text):
        if text.startswith("\\(", start):
            end = text.index(")", start)
            unit, count = text[start + 2 : end].split("*")
            out.append(unit * int(count))
            start = end + 1
        else:
            step = 2 if text[start] == "\\" else 1
            out.append(text[start : start + step])
            start += step
    return "".join(out)


def frame_hex(frame: Frame) -> str:
    """One token per field, so that a line can be read against the layout of the packet."""
    if len(frame.body) > 8 * RUN_LIMIT:
        fields = [frame.body]
    else:
        fields = [part.data for part in frame.parts]
    heads = [frame.header[:1].hex(), frame.header[1:].hex()]
    text = " ".join([*heads, *(fold_hex(data) for data in fields if data)])
    if unfold_hex(text) != frame.data:
        raise AssertionError(text[:200])
    return text


def response(kind: str, frame: Frame, version: str, offset: int) -> str:
    """What a receiver sends before it closes, by the rules of the README."""
    code = KIND_CODES[kind]
    if kind == "topic_levels" and frame.first >> 4 in (8, 10):
        code = TOPIC_LEVELS_FILTER_CODE
    if frame.first >> 4 == 1:
        return _connect_response(kind, frame, offset, code)
    if version == V5 and code is not None:
        return f"disconnect:{code:#04x}"
    return "close"


def _connect_response(kind: str, frame: Frame, offset: int, code: int | None) -> str:
    if "level" not in frame.labels():
        return "close"
    level_at = frame.offset("level")
    level = frame.data[level_at]
    if kind == "protocol_name":
        return "connack:0x84" if level == 5 else "close"
    if kind == "protocol_level":
        return "connack:0x01"
    if offset <= level_at and kind != "varint_not_minimal":
        return "close"
    if level == 5:
        return f"connack:{code:#04x}"
    return "connack:0x02" if kind.startswith("client_id_") else "close"


@dataclass(frozen=True)
class Vector:
    name: str
    version: str
    options: str
    hex: str
    expectation: str
    extra: str = ""

    def line(self) -> str:
        cells = [self.name, self.version, self.options, self.hex, self.expectation]
        if self.extra:
            cells.append(self.extra)
        if any(" | " in cell or "\n" in cell for cell in cells):
            raise AssertionError(f"{self.name}: a cell contains the separator")
        return " | ".join(cells)


@dataclass
class Book:
    """All files in the making: name of the file to its lines."""

    files: dict[str, list[str | Vector]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def section(self, file: str, title: str) -> None:
        lines = self.files.setdefault(file, [])
        lines += [f"# {title}"] if not lines else ["", f"# {title}"]

    def add(self, file: str, vector: Vector) -> None:
        if not NAME.fullmatch(vector.name) or vector.name in self.names:
            raise AssertionError(f"name not usable or used twice: {vector.name}")
        self.names.add(vector.name)
        self.files.setdefault(file, []).append(vector)

    def ok(
        self,
        file: str,
        name: str,
        packet: Packet,
        *,
        version: str | None = None,
        options: str = NO_OPTIONS,
        again: Frame | str | None = None,
    ) -> None:
        """A legal packet; `again` is what encoding gives if that is not the same bytes."""
        extra = ""
        if isinstance(again, str):
            extra = f"re={again}"
        elif again is not None:
            extra = f"re={frame_hex(again)}"
        described = packet.description
        folded = fold_text(described)
        if unfold_text(folded) != described:
            raise AssertionError(f"{name}: folding the description loses something")
        cells = (_given(packet, version), options, frame_hex(packet.frame), f"ok {folded}")
        self.add(file, Vector(name, *cells, extra))

    def bad(
        self,
        file: str,
        name: str,
        packet: Packet | Frame,
        kind: str,
        offset: int,
        *,
        version: str | None = None,
        options: str = NO_OPTIONS,
    ) -> None:
        """An illegal packet with the kind, offset and answer a decoder gives."""
        frame = packet if isinstance(packet, Frame) else packet.frame
        given = version if isinstance(packet, Frame) else _given(packet, version)
        if given is None:
            raise AssertionError(f"{name}: a bare frame needs a version")
        answer = response(kind, frame, given, offset)
        expectation = f"error {kind} {offset} {answer}"
        self.add(file, Vector(name, given, options, frame_hex(frame), expectation))

    def raw(
        self, file: str, name: str, version: str, data: bytes, expectation: str, options: str = "-"
    ) -> None:
        """Any bytes, an unfinished packet among them, with the expectation as it is."""
        hex_text = fold_hex(data) if data else "-"
        self.add(file, Vector(name, version, options, hex_text, expectation))

    def vectors(self, file: str) -> list[Vector]:
        return [line for line in self.files[file] if isinstance(line, Vector)]

    def text(self, file: str) -> str:
        lines = (item.line() if isinstance(item, Vector) else item for item in self.files[file])
        return "\n".join(lines) + "\n"


def _given(packet: Packet, version: str | None) -> str:
    """The version told to the decoder: CONNECT names its own, so none is told by default."""
    if version is not None:
        return version
    return UNKNOWN if packet.name == "connect" else packet.version


def tag(version: str) -> str:
    """The version in the names of vectors and files."""
    return "v" + version.replace(".", "")


def legal(version: str) -> str:
    return f"legal-{tag(version)}.txt"


def illegal(version: str) -> str:
    return f"illegal-{tag(version)}.txt"


def short(name: str) -> str:
    """A property or kind name inside a vector name."""
    return name.replace("_", "-")
