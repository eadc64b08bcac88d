"""Colour and tables: by `rich` if that is installed, plain without."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mqtt_core.cli._exit import Usage

if TYPE_CHECKING:
    import rich.console

__all__ = ["Look", "options"]


def options(parser: argparse.ArgumentParser) -> None:
    """Declares the option."""
    parser.add_argument(
        "--color",
        "--colour",
        choices=["never", "auto", "always"],
        default="auto",
        help="colour and tables; auto: on a terminal, unless NO_COLOR is set (default: auto). "
        "They need: pip install 'mqtt-core[rich]'",
    )


class Look:
    """How the output looks."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._console: rich.console.Console | None = None
        if options.color == "never":
            return
        is_wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        if options.color == "auto" and not is_wanted:
            return
        try:
            from rich.console import Console
        except ImportError:
            if options.color == "always":
                raise Usage("--color always needs: pip install 'mqtt-core[rich]'") from None
            return
        self._console = Console(
            force_terminal=True,
            highlight=False,
            soft_wrap=True,
            # NO_COLOR is asked above; `always` means it.
            no_color=False,
            color_system="standard",
        )

    def line(self, *parts: tuple[str, str]) -> None:
        """Prints a line of texts, each with its style."""
        if self._console is None:
            print("".join(text for text, _ in parts))
            return
        from rich.text import Text

        self._console.print(Text.assemble(*parts))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Prints a table; the first column is for names, the others for numbers."""
        if self._console is None:
            widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
            for row in (head, *rows):
                cells = (
                    cell.ljust(width) if index == 0 else cell.rjust(width)
                    for index, (cell, width) in enumerate(zip(row, widths, strict=True))
                )
                print("  ".join(cells).rstrip())
            return
        from rich.table import Table

        table = Table(header_style="bold")
        for index, name in enumerate(head):
            table.add_column(name, justify="left" if index == 0 else "right")
        for row in rows:
            table.add_row(*row)
        self._console.print(table)
