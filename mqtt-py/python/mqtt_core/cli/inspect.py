"""Show the packets in hex digits, a file, standard input, or a capture (pcap, pcapng).

Streams of TCP are put together; of a capture, the connections that begin with CONNECT are shown,
whatever their port. What a capture lacks is said, and what follows it in that direction is not
shown."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator

import mqtt_core
from mqtt_core import Sender
from mqtt_core.cli import _look, _source
from mqtt_core.cli._exit import Exit
from mqtt_core.cli._look import Look
from mqtt_core.cli._stream import Item

__all__ = ["EXAMPLES", "forms", "options", "run", "show"]

_STYLES = {Sender.CLIENT: "cyan", Sender.SERVER: "magenta"}

EXAMPLES = """\
examples:
  mqc inspect -x 'c0 00'
  mqc inspect --fields packets.bin
  mqc inspect --json traffic.pcapng | head
  tcpdump -U -w - port 1883 | mqc inspect

A file of hex digits and white space is read as such. Status 1 if a packet is malformed or cut off,
or a capture lacks bytes.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    _source.options(parser)
    forms(parser)


def forms(parser: argparse.ArgumentParser) -> None:
    """Declares the options that say how packets are shown."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("-f", "--fields", action="store_true", help="explain each field")
    form.add_argument("-j", "--json", action="store_true", help="one JSON object a line")
    _look.options(parser)


def run(options: argparse.Namespace) -> Exit:
    """Runs the command."""
    return show(_source.items(options), options)


def show(items: Iterable[Item], options: argparse.Namespace) -> Exit:
    """Prints packets as the options say."""
    status, look = Exit.FINE, Look(options)
    # Who pipes a capture that still grows wants to see it as it comes.
    is_live = options.source == "-"
    for item in items:
        if item.problem is not None:
            status = Exit.BAD
        if options.json:
            print(json.dumps(_as_json(item)))
        else:
            look.line(*_line(item))
            if options.fields and item.raw:
                explained = mqtt_core.inspect(item.raw, version=item.version, sender=item.sender)
                print(explained.rstrip())
        if is_live:
            sys.stdout.flush()
    return status


def _line(item: Item) -> Iterator[tuple[str, str]]:
    """The texts of a line, and their styles."""
    yield f"{item.where}: ", "dim"
    if item.sender is not None:
        yield f"{item.sender.name.lower()}: ", _STYLES[item.sender]
    if item.packet is None:
        yield item.told, "red"
        return
    name = type(item.packet).__name__
    yield name, "bold"
    yield repr(item.packet).removeprefix(name), ""


def _as_json(item: Item) -> dict[str, object]:
    line: dict[str, object] = {
        "where": item.where,
        "sender": item.sender.name.lower() if item.sender is not None else None,
        "type": type(item.packet).__name__ if item.packet is not None else None,
        "text": repr(item.packet) if item.problem is None else item.note,
        "bytes": item.raw.hex(),
    }
    if item.ends is not None:
        line["from"], line["to"] = item.ends
    if item.problem is not None:
        line["problem"] = item.problem.value
    return line
