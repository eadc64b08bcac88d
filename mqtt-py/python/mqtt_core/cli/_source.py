"""Packets out of what the command line names: hex, a file, standard input, a capture."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mqtt_core import Connect, Error, Packet, Sender, Version, decode
from mqtt_core.cli._capture import CaptureError, frames, is_capture
from mqtt_core.cli._exit import Usage
from mqtt_core.cli._tcp import Half, Segment, segment

__all__ = ["Item", "items", "options"]

_VERSIONS = {"3.1": Version.V31, "3.1.1": Version.V311, "5": Version.V5}
_Ends = tuple[tuple[bytes, int], tuple[bytes, int]]


class Item(NamedTuple):
    """A packet, or what stands in the place of one."""

    where: str
    """`frame 7` of a capture, `byte 20` of other files."""
    raw: bytes
    """Its bytes; of a packet that is cut off, those there are."""
    version: Version | None
    """By whose rules it was read."""
    sender: Sender | None
    """Who sent it, if that is known."""
    packet: Packet | None
    """The packet, or None if there is a fault."""
    fault: Error | None
    """What is wrong; None beside no packet means that bytes are missing."""


def options(parser: argparse.ArgumentParser) -> None:
    """Declares the options that say what is read."""
    parser.add_argument("source", metavar="FILE", nargs="?", default="-", help="default: stdin, -")
    parser.add_argument("-x", "--hex", metavar="HEX", help="read these digits instead of a file")
    parser.add_argument(
        "-V",
        "--version",
        choices=sorted(_VERSIONS),
        help="the version of packets before the first CONNECT (default: 5)",
    )


def items(options: argparse.Namespace) -> Iterator[Item]:
    """The packets that the options name."""
    data = _bytes(options)
    version = _VERSIONS[options.version or "5"]
    if is_capture(data):
        return _captured(data)
    return _plain(data, version)


def _bytes(options: argparse.Namespace) -> bytes:
    if options.hex is not None:
        try:
            return bytes.fromhex(options.hex.replace(":", " "))
        except ValueError as error:
            raise Usage(f"not hex: {error}") from error
    try:
        data = sys.stdin.buffer.read() if options.source == "-" else _read(options.source)
    except OSError as error:
        raise Usage(f"{options.source}: {error.strerror}") from error
    if is_capture(data):
        return data
    # No packet that begins with two digits is one of digits and white space alone to its end.
    try:
        return bytes.fromhex(data.decode("ascii").replace(":", " "))
    except ValueError:
        return data


def _read(name: str) -> bytes:
    return Path(name).read_bytes()


def _whole(data: bytes | bytearray, at: int) -> int | None:
    """The length of the packet at `at` by its fixed header, or None if there is no whole one."""
    length = 0
    for index in range(4):
        place = at + 1 + index
        if place >= len(data):
            return None
        length |= (data[place] & 0x7F) << (7 * index)
        if data[place] < 0x80:
            size = 2 + index + length
            return size if size <= len(data) - at else None
    # Four bytes that all go on: there is no length, and the decoder says so.
    return len(data) - at


class _Stream:
    """One direction: bytes in, items out. Goes on behind a packet with a fault, as a reader of
    files may; a length that cannot be ends it."""

    def __init__(self, version: Version, sender: Sender | None) -> None:
        self.version = version
        self.sender = sender
        self.held = bytearray()

    def take(self, data: bytes, where: str | None, base: int = 0) -> Iterator[Item]:
        self.held += data
        at = 0
        while (size := _whole(self.held, at)) is not None:
            raw = bytes(self.held[at : at + size])
            place = where or f"byte {base + at}"
            at += size
            yield self._item(raw, place)
        del self.held[:at]

    def _item(self, raw: bytes, where: str) -> Item:
        # A CONNECT says itself which version it is of.
        version = None if raw[0] >> 4 == 1 else self.version
        try:
            decoded = decode(raw, version=version, sender=self.sender)
        except Error as error:
            return Item(where, raw, version, self.sender, None, error)
        packet = decoded[0] if decoded is not None else None
        if isinstance(packet, Connect):
            self.version = packet.version
        return Item(where, raw, version, self.sender, packet, None)


def _plain(data: bytes, version: Version) -> Iterator[Item]:
    stream = _Stream(version, None)
    yield from stream.take(data, None)
    if stream.held:
        place = f"byte {len(data) - len(stream.held)}"
        yield Item(place, bytes(stream.held), stream.version, None, None, None)


class _Connection:
    """Both directions between two ends. It is MQTT if the first bytes begin as a CONNECT does."""

    def __init__(self) -> None:
        self.halves: dict[_Ends, Half] = {}
        self.streams: dict[_Ends, _Stream] = {}
        self.other = False

    def take(self, part: Segment, where: str) -> Iterator[Item]:
        ends, back = (part.source, part.target), (part.target, part.source)
        data = self.halves.setdefault(ends, Half()).take(part)
        if not data or self.other:
            return
        if not self.streams:
            if data[0] != 0x10:
                self.other = True
                return
            self.streams[ends] = _Stream(Version.V5, Sender.CLIENT)
            self.streams[back] = _Stream(Version.V5, Sender.SERVER)
        stream = self.streams[ends]
        for item in stream.take(data, where):
            if isinstance(item.packet, Connect):
                self.streams[back].version = stream.version
            yield item


def _captured(data: bytes) -> Iterator[Item]:
    connections: dict[frozenset[tuple[bytes, int]], _Connection] = {}
    last = 0
    try:
        for frame in frames(data):
            last = frame.number
            part = segment(frame)
            if part is None:
                continue
            key = frozenset((part.source, part.target))
            connection = connections.get(key)
            if part.syn and connection is not None:
                half = connection.halves.get((part.source, part.target))
                if half is not None and half.first not in (None, part.sequence):
                    # The same ports again: a new connection.
                    connection = None
            if connection is None:
                connection = connections[key] = _Connection()
            yield from connection.take(part, f"frame {frame.number}")
    except CaptureError as error:
        raise Usage(f"the capture cannot be read behind frame {last}: {error}") from error
