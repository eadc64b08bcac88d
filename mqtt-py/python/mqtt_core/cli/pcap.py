"""Show the packets of a capture (pcap, pcapng): `inspect` for captures alone.

Streams of TCP are put together; the connections that begin with CONNECT are shown, whatever their
port. What the capture lacks is said, and what follows it in that direction is not shown.

Read are Ethernet with VLAN tags, Linux cooked captures, loopback and raw IP; IPv4 and IPv6."""

import argparse

from mqtt_core.cli import _source
from mqtt_core.cli import inspect as _inspect
from mqtt_core.cli._exit import Exit

__all__ = ["EXAMPLES", "options", "run"]

EXAMPLES = """\
examples:
  mqc pcap traffic.pcapng
  mqc pcap --json traffic.pcap | jq -r 'select(.type == "Connect") | .from'
  tcpdump -U -w - port 1883 | mqc pcap

Status 1 if a packet is malformed or cut off, or the capture lacks bytes.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("source", metavar="FILE", nargs="?", default="-", help="default: stdin, -")
    _source.bounds(parser)
    _inspect.forms(parser)


def run(options: argparse.Namespace) -> Exit:
    """Runs the command."""
    return _inspect.show(_source.items(options, only_captures=True), options)
