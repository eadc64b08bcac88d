"""Judge a file of packets (binary, hex or capture) strictly. Each fault is a line: where the packet
is, the offset in it, the statement of the standard, the reason code of 5.0, what is wrong.

Packets are judged one by one, not their order in a conversation. What cannot be judged, because it
is cut off or a capture lacks it, is a line, too."""

import argparse
import json
from collections.abc import Iterator

from mqtt_core import LimitError, ProtocolError
from mqtt_core.cli import _look, _source
from mqtt_core.cli._exit import Exit
from mqtt_core.cli._look import Look
from mqtt_core.cli._stream import Item, Problem

__all__ = ["EXAMPLES", "options", "run"]

EXAMPLES = """\
examples:
  mqc check traffic.pcapng
  mqc check -x '36 05 00 01 61 00 00'
  mqc check --json traffic.pcapng | jq -r .clause

Status 1 if there is a fault, or something that could not be judged.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    _source.options(parser)
    parser.add_argument("-j", "--json", action="store_true", help="one JSON object for each fault")
    _look.options(parser)


def run(options: argparse.Namespace) -> Exit:
    """Runs the command."""
    packets = faults = lost = 0
    look = Look(options)
    for item in _source.items(options):
        if item.problem is Problem.LOST:
            lost += 1
        else:
            packets += 1
            faults += item.problem is not None
        if item.problem is not None and options.json:
            print(json.dumps(_as_json(item)))
        elif item.problem is not None:
            look.line((f"{item.where}: ", "dim"), *_line(item))
    if not options.json:
        text = f"packets {packets}, faults {faults}" + (f", not judged {lost}" if lost else "")
        look.line((text, "bold red" if faults or lost else "bold green"))
    return Exit.BAD if faults or lost else Exit.FINE


def _line(item: Item) -> Iterator[tuple[str, str]]:
    """The texts of a line, and their styles."""
    fault = item.fault
    if isinstance(fault, ProtocolError | LimitError):
        if fault.offset is not None:
            yield f"offset {fault.offset}: ", ""
        if fault.clause is not None:
            yield f"{fault.clause}: ", "cyan"
        if fault.reason is not None:
            yield f"0x{fault.reason.value:02X}: ", "magenta"
        yield item.note, "red"
    else:
        yield item.told, "red"


def _as_json(item: Item) -> dict[str, object]:
    fault = item.fault if isinstance(item.fault, ProtocolError | LimitError) else None
    line: dict[str, object] = {
        "where": item.where,
        "sender": item.sender.name.lower() if item.sender is not None else None,
        "problem": item.problem.value if item.problem is not None else None,
        "text": item.note,
        "offset": fault.offset if fault is not None else None,
        "clause": fault.clause if fault is not None else None,
        "reason": fault.reason.value if fault is not None and fault.reason is not None else None,
    }
    if item.ends is not None:
        line["from"], line["to"] = item.ends
    return line
