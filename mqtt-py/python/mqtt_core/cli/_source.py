"""Packets out of what the command line names: hex, a file, standard input, a capture."""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from mqtt_core.cli._capture import frames, is_capture
from mqtt_core.cli._exit import Usage
from mqtt_core.cli._flows import CONNECTIONS, MEMORY, Flows, captured
from mqtt_core.cli._stream import Item, Stream
from mqtt_core.cli._versions import VERSIONS, version

__all__ = ["bounds", "items", "options"]


def options(parser: argparse.ArgumentParser) -> None:
    """Declares the options that say what is read."""
    parser.add_argument("source", metavar="FILE", nargs="?", default="-", help="default: stdin, -")
    parser.add_argument("-x", "--hex", metavar="HEX", help="read these digits instead of a file")
    parser.add_argument(
        "-V",
        "--version",
        metavar="VERSION",
        type=version,
        default=VERSIONS["5"],
        help="the version of packets before the first CONNECT: 3.1, 3.1.1 or 5 (default: 5)",
    )
    bounds(parser)


def bounds(parser: argparse.ArgumentParser) -> None:
    """Declares the options that bound what is kept of a capture."""
    group = parser.add_argument_group("bounds of captures")
    group.add_argument(
        "--connections",
        metavar="COUNT",
        type=_positive,
        default=CONNECTIONS,
        help=f"follow so many connections at a time (default: {CONNECTIONS})",
    )
    group.add_argument(
        "--memory",
        metavar="MIB",
        type=_positive,
        default=MEMORY >> 20,
        help="keep so much of packets that are not whole, and of bytes out of order "
        f"(default: {MEMORY >> 20})",
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def items(options: argparse.Namespace, *, only_captures: bool = False) -> Iterator[Item]:
    """The packets that the options name."""
    if not only_captures and options.hex is not None:
        if options.source != "-":
            raise Usage("-x or a file, not both")
        try:
            data = _digits(options.hex)
        except ValueError as error:
            raise Usage(f"not hex: {error}") from error
        yield from _plain(data, options)
        return
    name = "standard input" if options.source == "-" else options.source
    with _opened(options.source, name) as file:
        try:
            head = file.read(4)
            if not is_capture(head):
                if only_captures:
                    raise Usage(f"{name}: neither pcap nor pcapng")
                data = head + file.read()
            else:
                flows = Flows(options.connections, options.memory << 20)
                yield from captured(frames(head, file), flows)
                return
        except OSError as error:
            raise Usage(f"{name}: {error.strerror}") from error
    # No packet that begins with two digits is one of digits and white space alone to its end.
    with contextlib.suppress(ValueError):
        data = _digits(data.decode("ascii"))
    yield from _plain(data, options)


def _opened(source: str, name: str) -> "contextlib.AbstractContextManager[BinaryIO]":
    if source == "-":
        # None, if it was closed before we began.
        if cast("TextIO | None", sys.stdin) is None:
            raise Usage("standard input is closed")
        return contextlib.nullcontext(sys.stdin.buffer)
    try:
        return Path(source).open("rb")
    except (OSError, ValueError) as error:
        raise Usage(f"{name}: {getattr(error, 'strerror', error)}") from error


def _digits(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", " "))


def _plain(data: bytes, options: argparse.Namespace) -> Iterator[Item]:
    stream = Stream(options.version)
    yield from stream.take(data, None)
    yield from stream.end(None, len(data) - len(stream.held))
