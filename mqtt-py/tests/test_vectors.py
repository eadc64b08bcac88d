"""The shared vectors. Errors and unfinished input are checked for all packets, values for PUBLISH.

The format is told in the README beside the files. Vectors with options that Python does not have
yet are left out, and so is input before a version is known.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from mqtt_core import DecodeError, Publish, PublishProperties, QoS, UnsupportedPacket, Version
from mqtt_core import EncodeError, decode, encode

FOLDER = Path(__file__).parents[2] / "mqtt-core" / "tests" / "vectors"
VERSIONS = {"3.1": Version.V31, "3.1.1": Version.V311, "5": Version.V5}


@dataclass(frozen=True)
class Vector:
    """One line of a file."""

    name: str
    version: Version
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
            if version == "-" or options != "-":
                continue
            expectation, mark, reencoded = expectation.partition("} | re=")
            yield Vector(
                name,
                VERSIONS[version],
                parse_hex(data),
                expectation + ("}" if mark else ""),
                reencoded if mark else None,
            )


VECTORS = list(vectors())


def describe(packet: Publish) -> dict[str, object]:
    """What the description of a vector says."""
    properties: list[list[object]] = []
    for name in (
        "payload_format_indicator",
        "message_expiry_interval",
        "content_type",
        "response_topic",
        "topic_alias",
    ):
        if getattr(packet.properties, name) is not None:
            properties.append([name, getattr(packet.properties, name)])
    if packet.properties.correlation_data is not None:
        properties.append(["correlation_data", packet.properties.correlation_data.hex()])
    for identifier in packet.properties.subscription_identifiers:
        properties.append(["subscription_identifier", identifier])
    for key, value in packet.properties.user_properties:
        properties.append(["user_property", key, value])
    return {
        "type": "publish",
        "dup": packet.dup,
        "qos": packet.qos,
        "retain": packet.retain,
        "topic": packet.topic,
        "packet_id": packet.packet_id,
        "properties": properties,
        "payload": packet.payload.hex(),
    }


def build(description: dict[str, object]) -> Publish:
    """The packet that a description means, made by its constructor."""
    fields: dict[str, object] = {}
    identifiers: list[object] = []
    pairs: list[object] = []
    assert isinstance(description["properties"], list)
    for name, *values in description["properties"]:
        if name == "subscription_identifier":
            identifiers += values
        elif name == "user_property":
            pairs.append(tuple(values))
        elif name == "correlation_data":
            fields[name] = bytes.fromhex(values[0])
        else:
            fields[name] = values[0]
    rest = {key: value for key, value in description.items() if key != "type"}
    rest["properties"] = PublishProperties(
        subscription_identifiers=identifiers,  # type: ignore[arg-type]
        user_properties=pairs,  # type: ignore[arg-type]
        **fields,  # type: ignore[arg-type]
    )
    rest["payload"] = bytes.fromhex(str(rest["payload"]))
    rest["qos"] = QoS(rest["qos"])  # type: ignore[arg-type]
    return Publish(**rest)  # type: ignore[arg-type]


def by_kind(name: str, properties: list[list[object]]) -> list[list[object]]:
    return [entry for entry in properties if entry[0] == name]


def check_ok(vector: Vector, description: dict[str, object]) -> None:
    if description["type"] != "publish":
        with pytest.raises(UnsupportedPacket) as caught:
            decode(vector.data, version=vector.version)
        assert caught.value.packet_type.lower() == description["type"]
        assert caught.value.consumed == len(vector.data)
        return
    result = decode(vector.data, version=vector.version)
    assert result is not None
    packet, consumed = result
    assert consumed == len(vector.data)
    found = describe(packet)
    # Python keeps the order within one kind, which is all that has a meaning.
    listed, expected = found.pop("properties"), description["properties"]
    assert isinstance(listed, list)
    assert isinstance(expected, list)
    assert len(listed) == len(expected)
    for name in {entry[0] for entry in expected}:
        assert by_kind(name, listed) == by_kind(name, expected)
    assert found == {key: value for key, value in description.items() if key != "properties"}
    assert packet.payload_view == packet.payload
    assert packet == build(description)
    if vector.reencoded == "refused":
        with pytest.raises(EncodeError):
            encode(packet, version=vector.version)
        return
    again = vector.data if vector.reencoded is None else parse_hex(vector.reencoded)
    assert encode(packet, version=vector.version) == again
    assert len(encode(build(description), version=vector.version)) == len(again)


def check(vector: Vector) -> None:
    verdict, _, detail = vector.expectation.partition(" ")
    if verdict == "ok":
        check_ok(vector, json.loads(unfold(detail)))
    elif verdict == "error":
        kind, offset, _ = detail.split()
        with pytest.raises(DecodeError) as caught:
            decode(vector.data, version=vector.version)
        assert (caught.value.kind, caught.value.offset) == (kind, int(offset))
    else:
        assert verdict == "incomplete"
        assert decode(vector.data, version=vector.version) is None


def test_there_are_vectors() -> None:
    assert len([vector for vector in VECTORS if '"type":"publish"' in vector.expectation]) > 100
    assert len([vector for vector in VECTORS if vector.expectation.startswith("error")]) > 100


@pytest.mark.parametrize("path", sorted(path.name for path in FOLDER.glob("*.txt")))
def test_files_are_read(path: str) -> None:
    assert (FOLDER / path).read_text("ascii")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector(vector: Vector) -> None:
    check(vector)
