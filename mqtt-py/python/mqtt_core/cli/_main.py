"""Command line to subcommand. Each subcommand is imported when it is asked for, not before."""

import argparse
import contextlib
import importlib
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple, TextIO, cast

from mqtt_core.cli._exit import Exit, Usage
from mqtt_core.cli._words import fit, restore

__all__ = ["main"]

EXITS = """\
exit status:
  0    fine
  1    the subject is bad: malformed, no match, refused by the broker
  2    usage: wrong options, or a file that cannot be read or written
  3    no connection to the broker: refused, lost, an unknown host
  130  interrupted (SIGINT, SIGTERM)
"""


class _Command(NamedTuple):
    module: str
    help: str
    has_host: bool = False
    """-h is the host of a broker, as with mosquitto's programs, and help is --help alone."""


_COMMANDS = {
    "inspect": _Command("inspect", "show the packets in hex, a file, standard input or a capture"),
    "pcap": _Command("pcap", "show the packets of a capture"),
    "match": _Command("match", "say which topics match a filter"),
    "pub": _Command("pub", "publish messages", has_host=True),
    "sub": _Command("sub", "subscribe, and print what comes", has_host=True),
    "bench": _Command("bench", "measure a broker", has_host=True),
    "broker": _Command("broker", "serve, for developers", has_host=True),
    "check": _Command("check", "name each rule of the standard that a file breaks"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; gives the exit status. argparse raises SystemExit for usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="mqc",
        description="MQTT 3.1, 3.1.1 and 5.0 on the command line.",
        epilog="'mqc COMMAND --help' explains a command with examples.\n\n" + EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    run: Callable[[argparse.Namespace], Exit] | None = None
    for name, command in _COMMANDS.items():
        sub = commands.add_parser(
            name,
            help=command.help,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            add_help=not command.has_host,
            allow_abbrev=False,
        )
        if words and words[0] == name:
            module = importlib.import_module(f"mqtt_core.cli.{command.module}")
            sub.description = module.__doc__
            sub.epilog = f"{module.EXAMPLES}\n{EXITS}"
            module.options(sub)
            # There is no public way to them.
            words = [name, *fit(words[1:], sub._actions)]  # pyright: ignore[reportPrivateUsage]
            run = module.run
    options = parser.parse_args(words)
    restore(options)
    if cast("TextIO | None", sys.stdout) is None:
        # It was closed before we began.
        print("mqc: standard output is closed", file=sys.stderr)
        return Exit.USAGE
    if run is None:
        parser.error("the command comes first")
    _prepare_output()
    with contextlib.suppress(ValueError):
        # Commands with a connection see to it themselves. In a thread nobody may.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = run(options)
        sys.stdout.flush()
    except Usage as error:
        print(f"mqc: {error}", file=sys.stderr)
        return Exit.USAGE
    except BrokenPipeError:
        # The reader has what it wants.
        _drop_output()
        return Exit.FINE
    except OSError as error:
        # Files that are read say so themselves.
        _drop_output()
        print(f"mqc: it cannot write: {error.strerror}", file=sys.stderr)
        return Exit.USAGE
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    return status


def _prepare_output() -> None:
    """What the encoding of a terminal does not have is shown as an escape, and does not end it."""
    out: object = sys.stdout
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Python writes what is left again at its end, which must not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
