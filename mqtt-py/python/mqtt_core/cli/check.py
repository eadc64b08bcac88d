"""Judge a file of packets (binary, hex or capture) strictly. Each fault is a line: where the packet
is, the offset in it, the statement of the standard, the reason code of 5.0, what is wrong.

Packets are judged one by one, not their order in a conversation."""

import argparse

from mqtt_core import LimitError, ProtocolError
from mqtt_core.cli import _source
from mqtt_core.cli._exit import Exit

__all__ = ["EXAMPLES", "options", "run"]

EXAMPLES = """\
examples:
  mqc check traffic.pcapng
  mqc check -x '36 05 00 01 61 00 00'

Status 1 if there is a fault.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    _source.options(parser)


def run(options: argparse.Namespace) -> Exit:
    """Runs the command."""
    count = faults = 0
    for item in _source.items(options):
        count += 1
        if item.packet is not None:
            continue
        faults += 1
        fault = item.fault
        if isinstance(fault, ProtocolError | LimitError):
            parts = [
                f"offset {fault.offset}" if fault.offset is not None else "",
                fault.clause or "",
                f"0x{fault.reason.value:02X}" if fault.reason is not None else "",
                str(fault),
            ]
            print(": ".join([item.where, *filter(None, parts)]))
        else:
            print(f"{item.where}: {fault or 'the packet is cut off'}")
    print(f"packets {count}, faults {faults}")
    return Exit.BAD if faults else Exit.FINE
