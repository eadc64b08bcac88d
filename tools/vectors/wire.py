"""Bytes with labels: packets are put together from named parts, so that offsets are computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tables import MAX_VARINT, PROPERTIES

Text = str | bytes
PropertyValue = int | bool | str | bytes | tuple[Text, Text]


def u16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


def varint(value: int) -> bytes:
    """The shortest form of a variable byte integer."""
    if not 0 <= value <= MAX_VARINT:
        raise ValueError(value)
    out = bytearray()
    while True:
        value, low = divmod(value, 128)
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def long_varint(value: int, size: int) -> bytes:
    """The same value in exactly `size` bytes, which is a longer form than needed."""
    groups = [value >> (7 * i) & 0x7F for i in range(size)]
    return bytes(group | 0x80 for group in groups[:-1]) + bytes(groups[-1:])


def raw(text: Text) -> bytes:
    """The bytes of a string; `bytes` stands for content that need not be well-formed."""
    return text if isinstance(text, bytes) else text.encode("utf-8")


def string(text: Text) -> bytes:
    """A two-byte length and the content, for strings and binary data alike."""
    content = raw(text)
    return u16(len(content)) + content


@dataclass(frozen=True)
class Part:
    """One field: its bytes under a label that is unique in the packet."""

    label: str
    data: bytes


@dataclass(frozen=True)
class Frame:
    """A whole packet as parts; `length` replaces the computed remaining length if given."""

    first: int
    parts: tuple[Part, ...] = ()
    length: bytes | None = None

    @property
    def body(self) -> bytes:
        return b"".join(part.data for part in self.parts)

    @property
    def header(self) -> bytes:
        length = varint(len(self.body)) if self.length is None else self.length
        return bytes([self.first]) + length

    @property
    def data(self) -> bytes:
        return self.header + self.body

    @property
    def end(self) -> int:
        return len(self.data)

    def labels(self) -> list[str]:
        return [part.label for part in self.parts]

    def part(self, label: str) -> Part:
        return self.parts[self.labels().index(label)]

    def offset(self, label: str) -> int:
        """Where the part begins, counted from the first byte of the packet."""
        before = self.parts[: self.labels().index(label)]
        return len(self.header) + sum(len(part.data) for part in before)

    def with_part(self, label: str, data: bytes) -> Frame:
        parts = [Part(label, data) if part.label == label else part for part in self.parts]
        return replace(self, parts=tuple(parts))

    def cut(self, label: str, keep: int = 0) -> Frame:
        """Ends the packet `keep` bytes into the part; the remaining length follows."""
        index = self.labels().index(label)
        tail = (Part(label, self.parts[index].data[:keep]),) if keep else ()
        return replace(self, parts=self.parts[:index] + tail)

    def plus(self, data: bytes, label: str = "extra") -> Frame:
        return replace(self, parts=(*self.parts, Part(label, data)))

    def with_length(self, length: bytes) -> Frame:
        return replace(self, length=length)


@dataclass(frozen=True)
class Prop:
    """A property by name; `raw_value` and `raw_id` replace the bytes that would be written."""

    name: str
    value: PropertyValue
    raw_value: bytes | None = None
    raw_id: bytes | None = None

    @property
    def id_bytes(self) -> bytes:
        return varint(PROPERTIES[self.name].number) if self.raw_id is None else self.raw_id

    @property
    def value_bytes(self) -> bytes:
        if self.raw_value is not None:
            return self.raw_value
        kind, value = PROPERTIES[self.name].kind, self.value
        if isinstance(value, tuple):
            return string(value[0]) + string(value[1])
        if isinstance(value, str | bytes):
            return string(value)
        sizes = {"byte": 1, "bool": 1, "u16": 2, "u32": 4}
        return varint(value) if kind == "varint" else int(value).to_bytes(sizes[kind], "big")


def property_parts(
    props: Sequence[Prop], prefix: str = "", length: bytes | None = None
) -> tuple[Part, ...]:
    """A property list: `property_length`, then `p0`, `p0.value`, `p1`, `p1.value` and so on."""
    parts: list[Part] = []
    for index, prop in enumerate(props):
        parts.append(Part(f"{prefix}p{index}", prop.id_bytes))
        parts.append(Part(f"{prefix}p{index}.value", prop.value_bytes))
    size = sum(len(part.data) for part in parts)
    head = Part(f"{prefix}property_length", varint(size) if length is None else length)
    return (head, *parts)
