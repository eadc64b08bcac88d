"""The shared vectors: what Rust and C make of them, Python makes of them.

The format is told in the README beside the files.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mqtt_core import (
    Connect,
    Decoder,
    LimitError,
    Limits,
    LocalProtocolError,
    MalformedPacketError,
    Packet,
    PacketType,
    Publish,
    RemoteProtocolError,
    Sender,
    Strictness,
    Subscribe,
    Subscription,
    Version,
    Will,
    decode,
    encode,
    encode_segments,
    inspect,
)
from samples import CLASSES, property_names

FOLDER = Path(__file__).parents[2] / "mqtt-core" / "tests" / "vectors"
VERSIONS = {"3.1": Version.V31, "3.1.1": Version.V311, "5": Version.V5}
SENDERS = {"client": Sender.CLIENT, "server": Sender.SERVER}
OF_LIMITS = {"packet_too_large", "user_property_count", "filter_count", "topic_levels"}
BINARY = {"correlation_data", "authentication_data"}
PLURAL = {"user_property": "user_properties", "subscription_identifier": "subscription_identifiers"}


@dataclass(frozen=True)
class Vector:
    """One line of a file."""

    name: str
    version: Version | None
    options: dict[str, Any]
    data: bytes
    expectation: str
    reencoded: str | None


def parse_hex(cell: str) -> bytes:
    """`30 06*2` is 30 06 06."""
    data = bytearray()
    for token in cell.split():
        if token != "-":
            unit, _, copies = token.partition("*")
            data += bytes.fromhex(unit) * int(copies or 1)
    return bytes(data)


def parse_options(cell: str) -> dict[str, Any]:
    limits: dict[str, int] = {}
    switches: dict[str, bool] = {}
    options: dict[str, Any] = {}
    for option in cell.split(",") if cell != "-" else []:
        name, mark, value = option.partition("=")
        if name == "sender":
            options["sender"] = SENDERS[value]
        elif mark:
            limits[name] = int(value)
        else:
            switches[name] = True
    if limits:
        options["limits"] = Limits(**limits)
    if switches:
        options["strictness"] = Strictness(**switches)
    return options


def unfold(text: str) -> str:
    """A backslash and `(ab*2)` is `abab`."""

    def copies(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        return match[1] * int(match[2])

    return re.sub(r"\\(?:\(([^*)]*)\*(\d+)\)|.)", copies, text)


def vectors() -> Iterator[Vector]:
    for path in sorted(FOLDER.glob("*.txt")):
        for line in path.read_text("ascii").splitlines():
            if not line or line.startswith("#"):
                continue
            name, version, options, data, expectation = line.split(" | ", 4)
            expectation, mark, reencoded = expectation.partition("} | re=")
            yield Vector(
                name,
                VERSIONS.get(version),
                parse_options(options),
                parse_hex(data),
                expectation + ("}" if mark else ""),
                reencoded if mark else None,
            )


VECTORS = list(vectors())


def describe_properties(value: Packet | Will) -> list[list[Any]]:
    found: list[list[Any]] = []
    for name in property_names(type(value)):
        it = getattr(value, name)
        if isinstance(it, bytes):
            found.append([name, it.hex()])
        elif name == "user_properties":
            found += [["user_property", *pair] for pair in it]
        elif name == "subscription_identifiers":
            found += [["subscription_identifier", number] for number in it]
        elif it is not None:
            found.append([name, it])
    return found


def describe(packet: Packet) -> dict[str, Any]:
    """What the description of a vector says."""
    found: dict[str, Any] = {"type": type(packet).__name__.lower()}
    properties = property_names(type(packet))
    names = [name for name in dir(packet) if name[0] != "_" and name not in properties]
    for name in names:
        if name not in ("replace", "payload_view", "size"):
            found[name] = getattr(packet, name)
    if properties:
        found["properties"] = describe_properties(packet)
    if isinstance(packet, Publish):
        found["payload"] = packet.payload.hex()
    if isinstance(packet, Subscribe):
        del found["subscriptions"]
        found["filters"] = [
            {
                name: getattr(filter, name)
                for name in ("filter", "qos", "no_local", "retain_as_published", "retain_handling")
            }
            for filter in packet.subscriptions
        ]
    if isinstance(packet, Connect):
        found["version"] = {it: key for key, it in VERSIONS.items()}[packet.version]
        found["password"] = packet.password if packet.password is None else packet.password.hex()
        if packet.will is not None:
            found["will"] = {
                "qos": packet.will.qos,
                "retain": packet.will.retain,
                "topic": packet.will.topic,
                "payload": packet.will.payload.hex(),
                "properties": describe_properties(packet.will),
            }
    return {key: list(it) if isinstance(it, tuple) else it for key, it in found.items()}


def in_kinds(found: dict[str, Any]) -> dict[str, Any]:
    """Properties by kind: Python keeps the order within one, which is all that has a meaning."""
    found = dict(found)
    if "properties" in found:
        found["properties"] = sorted(found["properties"], key=lambda entry: str(entry[0]))
    if found.get("will"):
        found["will"] = in_kinds(found["will"])
    return found


def keywords(description: dict[str, Any], cls: type) -> dict[str, Any]:
    """The arguments of a constructor that a description means."""
    fields = {key: it for key, it in description.items() if key not in ("type", "properties")}
    for key in ("payload", "password"):
        if fields.get(key) is not None:
            fields[key] = bytes.fromhex(fields[key])
    if "version" in fields:
        fields["version"] = VERSIONS[fields["version"]]
    if fields.get("will"):
        fields["will"] = Will(**keywords(fields["will"], Will))
    if cls is Subscribe:
        fields["subscriptions"] = [Subscription(**it) for it in fields.pop("filters")]
    for name, *values in description.get("properties", []):
        value = bytes.fromhex(values[0]) if name in BINARY else values[0]
        if name == "user_property":
            fields.setdefault("user_properties", []).append(tuple(values))
        elif name == "subscription_identifier" and cls is Publish:
            fields.setdefault("subscription_identifiers", []).append(value)
        else:
            fields[name] = value
    return fields


def check_ok(vector: Vector, description: dict[str, Any]) -> None:
    result = decode(vector.data, version=vector.version, **vector.options)
    assert result is not None
    packet, consumed = result
    assert consumed == len(vector.data)
    assert in_kinds(describe(packet)) == in_kinds(description)
    cls = CLASSES[PacketType[description["type"].upper()]]
    built = cls(**keywords(description, cls))
    assert packet == built
    assert hash(packet) == hash(built)
    version = packet.version if isinstance(packet, Connect) else vector.version
    assert version is not None
    if vector.reencoded == "refused":
        for value in (packet, built):
            with pytest.raises(LocalProtocolError):
                encode(value, version=version)
        return
    again = vector.data if vector.reencoded is None else parse_hex(vector.reencoded)
    assert encode(packet, version=version) == again
    assert b"".join(encode_segments(packet, version=version)) == again
    assert len(encode(built, version=version)) == len(again)
    # The same where it is put together from pieces.
    decoder = Decoder(version=vector.version, **vector.options)
    middle = len(vector.data) // 2
    for piece in (vector.data[:1], vector.data[1:middle], vector.data[max(middle, 1) :]):
        decoder.feed(piece)
    assert list(decoder) == [packet]


def check_error(vector: Vector, kind: str, offset: int, response: str) -> None:
    with pytest.raises((RemoteProtocolError, LimitError)) as caught:
        decode(vector.data, version=vector.version, **vector.options)
    error = caught.value
    assert (error.kind, error.offset) == (kind, offset)
    assert error.reason is not None
    assert isinstance(error, LimitError) is (kind in OF_LIMITS)
    if not isinstance(error, LimitError):
        assert isinstance(error, MalformedPacketError) is (error.reason == 0x81)
    way, _, code = response.partition(":")
    # Return codes of 3.1.1 are other numbers.
    if way != "close" and int(code, 16) >= 0x80:
        assert error.reason == int(code, 16)
    decoder = Decoder(version=vector.version, **vector.options)
    for byte in vector.data:
        decoder.feed(bytes([byte]))
    for _ in range(2):
        with pytest.raises(type(error)) as fed:
            next(decoder)
        assert vars(fed.value) == vars(error)
    assert not decoder.is_idle


def check(vector: Vector) -> None:
    assert inspect(vector.data, version=vector.version, **vector.options)
    verdict, _, detail = vector.expectation.partition(" ")
    if verdict == "ok":
        check_ok(vector, json.loads(unfold(detail)))
    elif verdict == "error":
        kind, offset, response = detail.split()
        check_error(vector, kind, int(offset), response)
    else:
        assert verdict == "incomplete"
        assert decode(vector.data, version=vector.version, **vector.options) is None
        decoder = Decoder(version=vector.version, **vector.options)
        decoder.feed(vector.data)
        assert list(decoder) == []
        assert decoder.needed == int(detail)


@pytest.mark.parametrize("kind", list(PacketType), ids=lambda kind: kind.name)
def test_there_are_vectors(kind: PacketType) -> None:
    mark = f'"type":"{kind.name.lower()}"'
    assert any(mark in vector.expectation for vector in VECTORS)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.name)
def test_files_are_read(path: Path) -> None:
    lines = [line for line in path.read_text("ascii").splitlines() if line and line[0] != "#"]
    names = {vector.name for vector in VECTORS}
    assert lines
    assert all(line.split(" | ")[0] in names for line in lines)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector(vector: Vector) -> None:
    check(vector)
