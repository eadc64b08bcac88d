"""Show the packets in hex digits, a file, standard input, or a capture (pcap, pcapng).

Streams of TCP are put together; of a capture, those that begin with CONNECT are shown."""

import argparse
import json

import mqtt_core
from mqtt_core.cli import _source
from mqtt_core.cli._exit import Exit

__all__ = ["EXAMPLES", "options", "run"]

EXAMPLES = """\
examples:
  mqc inspect -x 'c0 00'
  mqc inspect --fields packets.bin
  mqc inspect --json traffic.pcapng | head

A file of hex digits and white space is read as such. Status 1 if a packet is malformed.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    _source.options(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("-f", "--fields", action="store_true", help="explain each field")
    form.add_argument("-j", "--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> Exit:
    """Runs the command."""
    status = Exit.FINE
    for item in _source.items(options):
        if item.packet is None:
            status = Exit.BAD
        text = repr(item.packet) if item.packet is not None else str(item.fault or "cut off")
        sender = item.sender.name.lower() if item.sender is not None else None
        if options.json:
            line = {
                "where": item.where,
                "sender": sender,
                "type": type(item.packet).__name__ if item.packet is not None else None,
                "text": text,
                "bytes": item.raw.hex(),
            }
            print(json.dumps(line))
            continue
        print(f"{item.where}: {sender + ': ' if sender else ''}{text}")
        if options.fields:
            explained = mqtt_core.inspect(item.raw, version=item.version, sender=item.sender)
            print(explained.rstrip())
    return status
